import numpy as np
import pytest

from skypact.model.record import TABLES, empty
from skypact.record import canonical, decode, encode
from skypact.record.shard import ShardError
from tests.record.tables import random_table


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("rows", [0, 1, 200])
def test_every_table_comes_back_bit_by_bit(name, rows):
    table = random_table(name, rows)
    back = decode(name, encode(name, table))
    for column, values in canonical(name, table).items():
        assert back[column].dtype == values.dtype
        assert back[column].shape == values.shape
        assert back[column].tobytes() == values.tobytes()


def test_a_track_that_flies_straight_costs_few_bytes():
    rows = 20_000
    table = empty(TABLES["pictures"], rows)
    table["seq"][:] = np.arange(rows)
    table["t_ns"][:] = np.arange(rows) // 50 * 10_000_000_000
    table["track"][:] = np.arange(rows) % 50
    table["pos_ecef_m"][:] = (np.arange(rows) // 50 * 2500 + np.arange(rows) % 50 * 40_000)[:, None]
    assert len(encode("pictures", table)) < 4 * rows < sum(v.nbytes for v in table.values()) / 10


def test_every_cut_of_a_file_is_found():
    content = encode("holders", random_table("holders", 30))
    for length in range(0, len(content), 7):
        with pytest.raises(ShardError, match=r"not a whole Parquet file|schema version"):
            decode("holders", content[:length])


def test_a_flipped_bit_in_the_data_is_found():
    content = bytearray(encode("truth", random_table("truth", 3000)))
    content[len(content) // 2] ^= 0x10
    with pytest.raises(ShardError, match="not a whole Parquet file"):
        decode("truth", bytes(content))


def test_another_table_is_not_taken_for_this_one():
    with pytest.raises(ShardError, match="column"):
        decode("truth", encode("holders", random_table("holders", 3)))


def test_columns_that_do_not_fit_the_schema_are_refused():
    table = random_table("truth", 4)
    with pytest.raises(ShardError, match="shape"):
        encode("truth", table | {"pos_ecef_m": np.zeros((4, 2), np.float32)})
    with pytest.raises(ShardError, match="columns"):
        encode("truth", {name: values for name, values in table.items() if name != "phase"})
