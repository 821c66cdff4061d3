import hashlib
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.model.record import TABLES
from skypact.record import canonical, decode, encode, run_digest
from skypact.record.digest import combined_digest
from tests.record.tables import random_table, random_tables

TABLE = random_tables(40)


def shuffled(tables, seed):
    random = np.random.default_rng(seed)
    return {
        name: {column: values[order] for column, values in table.items()}
        for name, table in tables.items()
        for order in [random.permutation(len(table["run"]))]
    }


@given(st.integers(0, 2**32))
def test_the_digest_does_not_depend_on_the_order_of_rows(seed):
    assert run_digest(shuffled(TABLE, seed)) == run_digest(TABLE)


def test_rows_that_share_a_key_are_ordered_by_their_other_columns():
    table = random_table("pictures", 30)
    for key in ("run", "level", "t_ns", "seq"):
        table[key][:] = 1
    table["pos_ecef_m"][:, 0] = 7
    assert run_digest(shuffled({"pictures": table}, 5)) == run_digest({"pictures": table})


def test_the_digest_does_not_depend_on_compression():
    stored = [
        {name: decode(name, encode(name, table, level)) for name, table in TABLE.items()} for level in (1, 19)
    ]
    assert {run_digest(tables) for tables in stored} == {run_digest(TABLE)}


@pytest.mark.parametrize("name", TABLES)
def test_any_changed_value_changes_the_digest(name):
    found = set()
    for column in TABLES[name]:
        changed = {key: values.copy() for key, values in TABLE[name].items()}
        raw = changed[column].view(np.uint8).reshape(len(changed["run"]), -1)
        raw[3, 0] ^= 1
        found.add(run_digest(TABLE | {name: changed}))
    assert len(found | {run_digest(TABLE)}) == len(TABLES[name]) + 1


def test_another_nan_and_a_negative_zero_change_nothing():
    table = random_table("events", 5)
    table["value"][:] = [np.nan, 0.0, 1.0, 2.0, 3.0]
    other = {key: values.copy() for key, values in table.items()}
    other["value"][0] = struct.unpack("<d", struct.pack("<Q", 0xFFF8_0000_0000_0001))[0]
    other["value"][1] = -0.0
    assert run_digest({"events": other}) == run_digest({"events": table})


def test_the_byte_order_of_the_machine_changes_nothing():
    swapped = {key: values.astype(values.dtype.newbyteorder(">")) for key, values in TABLE["truth"].items()}
    assert run_digest(TABLE | {"truth": swapped}) == run_digest(TABLE)


def test_an_absent_table_counts_as_empty():
    none = {name: {column: values[:0] for column, values in TABLE[name].items()} for name in TABLE}
    assert run_digest({}) == run_digest(none) != run_digest(TABLE)


def test_the_record_hash_is_over_the_runs_in_order_of_their_numbers():
    text = b"skypact record 1\n1 aa\n2 bb"
    assert combined_digest({2: "bb", 1: "aa"}) == hashlib.blake2b(text, digest_size=32).hexdigest()
    assert combined_digest({1: "bb", 2: "aa"}) != combined_digest({1: "aa", 2: "bb"})


@pytest.mark.parametrize("name", TABLES)
def test_canonical_rows_rise(name):
    table = canonical(name, TABLE[name])
    keys = list(zip(*(table[key].tolist() for key in ("run", "level", "t_ns", "seq")), strict=True))
    assert keys == sorted(keys)
