"""ASTERIX against libasterix: structure and values of every item in every edition."""

from __future__ import annotations

import importlib
import random
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.interop.asterix import EDITIONS, MISSING, decode, encode_block
from skypact.interop.asterix.grammar import grammar_of
from skypact.interop.asterix.layout import VALUE, Kind, Shape
from tests.interop.blocks import FILES, joined, random_record, real_spans

CASES = [(number, edition) for number, editions in EDITIONS.items() for edition in editions]
UNITS = {"°": "deg", "°/s": "deg/s", "°C": "degC", "m/s²": "m/s2"}
# Two's complement here in every edition, as the newest says: unsigned in libasterix before that.
ALWAYS_SIGNED = {("048", "090", "FL"): 32, ("062", "340", "HEIGHT"): 19}


@cache
def oracle():
    """libasterix: its generated classes and their bases, untyped."""
    return importlib.import_module("asterix.generated"), importlib.import_module("asterix.base")


@cache
def oracle_category(number, edition):
    generated, _ = oracle()
    wanted = tuple(int(part) for part in edition.split("."))
    return next(found for found in generated.manifest["CATS"][number] if found.cv_edition == wanted)


# ------------------------------------------------------------------------------------------------- structure


def content_of(content, bits, where, edition):
    """What libasterix says that bits mean, as (kind, scale, unit)."""
    _, base = oracle()
    if issubclass(content, base.ContentString):
        kinds = {base.StringAscii: Kind.ASCII, base.StringICAO: Kind.ICAO, base.StringOctal: Kind.OCTAL}
        return kinds[content.cv_string_type], 1.0, ""
    if not issubclass(content, base.ContentQuantity | base.ContentInteger):
        return Kind.UNSIGNED, 1.0, ""
    signed = content.cv_signedness is base.Signed
    if any(where[: len(key) - 1] == key[:2] and where[-1] == key[2] for key in ALWAYS_SIGNED):
        minor = int(edition.split(".")[1])
        assert signed == (minor >= next(since for key, since in ALWAYS_SIGNED.items() if key[0] == where[0]))
        signed = True
    kind = Kind.SIGNED if signed else Kind.UNSIGNED
    if issubclass(content, base.ContentInteger):
        return kind, 1.0, ""
    return kind, content.cv_lsb, UNITS.get(content.cv_unit, content.cv_unit)


def their_fields(entry, where, edition, name=VALUE):
    """The (name, bits, kind, scale, unit) of an element or group, spare bits named ''."""
    _, base = oracle()
    if issubclass(entry, base.Group):
        for item, _ in entry.cv_items_list:
            if issubclass(item, base.Spare):
                yield "", item.cv_bit_size, Kind.SPARE, 1.0, ""
            else:
                inner = item.cv_non_spare
                prefix = inner.cv_name if name == VALUE else f"{name}.{inner.cv_name}"
                rule = inner.cv_rule.cv_variation
                yield from their_fields(rule, (*where, inner.cv_name), edition, prefix)
        return
    rule = entry.cv_rule
    if issubclass(rule, base.RuleContentDependent):
        (_, first), (_, second) = rule.cv_cases
        assert [case for case, _ in rule.cv_cases] == [[0], [1]]
        yield (
            name,
            entry.cv_bit_size,
            *content_of(first, 15, where, edition),
            *content_of(second, 15, where, edition)[1:],
        )
    elif entry.cv_bit_size == 64 and issubclass(rule.cv_content, base.ContentBds):
        yield from (("MBDATA", 56, Kind.UNSIGNED, 1.0, ""), ("BDS1", 4, Kind.UNSIGNED, 1.0, ""))
        yield "BDS2", 4, Kind.UNSIGNED, 1.0, ""
    else:
        yield name, entry.cv_bit_size, *content_of(rule.cv_content, entry.cv_bit_size, where, edition)


def their_item(spec, where, edition):
    """An item of libasterix as (name, shape, parts, subitems), None where a bit means nothing."""
    _, base = oracle()
    if spec is None:
        return None
    name, entry = spec.cv_name, spec.cv_rule.cv_variation
    where = (*where, name)
    if issubclass(entry, base.Compound):
        return name, Shape.COMPOUND, [], [their_item(sub, where, edition) for sub in entry.cv_items_list]
    if issubclass(entry, base.Explicit):
        return name, Shape.EXPLICIT, [], []
    if issubclass(entry, base.Extended):
        parts = []
        for part in entry.cv_items_list:
            assert part[-1] is None, "a part without FX"
            inner = [base_fields(item, where, edition) for item, _ in part[:-1]]
            parts.append(merged([field for fields in inner for field in fields]))
        return name, Shape.EXTENDED, parts, []
    if issubclass(entry, base.Repetitive):
        shape = Shape.CHAINED if entry.cv_rep_bytes is None else Shape.REPETITIVE
        assert entry.cv_rep_bytes in (None, 1)
        return name, shape, [merged(their_fields(entry.cv_variation, where, edition))], []
    return name, Shape.FIXED, [merged(their_fields(entry, where, edition))], []


def base_fields(item, where, edition):
    _, base = oracle()
    if issubclass(item, base.Spare):
        return [("", item.cv_bit_size, Kind.SPARE, 1.0, "")]
    inner = item.cv_non_spare
    return list(their_fields(inner.cv_rule.cv_variation, (*where, inner.cv_name), edition, inner.cv_name))


def merged(fields):
    """The fields with neighbouring spare bits made one."""
    found: list[Any] = []
    for field in fields:
        if found and field[2] == found[-1][2] == Kind.SPARE:
            found[-1] = ("", found[-1][1] + field[1], Kind.SPARE, 1.0, "")
        else:
            found.append(field)
    return found


def our_item(item):
    if item is None:
        return None
    parts = [
        merged(
            (field.name, field.bits, field.kind, field.scale, field.unit)
            + ((field.other_scale, field.other_unit) if field.switch else ())
            for field in part
        )
        for part in item.parts
    ]
    return item.name, item.shape, parts, [our_item(sub) for sub in item.subitems]


@pytest.mark.parametrize(("number", "edition"), CASES)
def test_every_item_has_the_structure_that_libasterix_gives_it(number, edition):
    _, base = oracle()
    theirs = oracle_category(number, edition).cv_uap.cv_record.cv_items_list
    ours = grammar_of(number, edition).category.items
    assert len(ours) == len(theirs)
    for mine, slot in zip(ours, theirs, strict=True):
        spec = slot.cv_non_spare if issubclass(slot, base.UapItem) else None
        assert our_item(mine) == their_item(spec, (f"{number:03d}",), edition)


# --------------------------------------------------------------------------------------------------- values


def their_numbers(spec, part, repetition=0, name=VALUE):
    """((field, repetition), bits, physical value) of every field of an element, group, extended or repeated item."""
    _, base = oracle()
    if isinstance(part, base.Repetitive):
        for k, inner in enumerate(part.arg):
            yield from their_numbers(spec, inner, k)
    elif isinstance(part, base.Extended):
        for item in (item for items in part.arg for item in items if isinstance(item, base.Item)):
            yield from their_numbers(spec, item.arg.arg.arg, 0, item.arg.cv_name)
    elif isinstance(part, base.Group):
        for item in (item for item in part.arg if isinstance(item, base.Item)):
            prefix = item.arg.cv_name if name == VALUE else f"{name}.{item.arg.cv_name}"
            yield from their_numbers(part, item.arg.arg.arg, repetition, prefix)
    else:
        rule, number = part.cv_rule, part.as_uint()
        if issubclass(rule, base.RuleContentDependent):
            content = rule(part.bs)._get_content([spec._get_item("IM").as_uint()])
        else:
            content = rule.cv_content(part.bs)
        if part.cv_bit_size == 64:
            yield ("MBDATA", repetition), number >> 8, float(number >> 8)
            yield ("BDS1", repetition), number >> 4 & 15, float(number >> 4 & 15)
            yield ("BDS2", repetition), number & 15, float(number & 15)
        else:
            physical = content._as_quantity() if isinstance(content, base.ContentQuantity) else float(number)
            yield (name, repetition), number, physical


def their_record(number, edition, octets):
    """Every field that libasterix finds: (item, subitem, field, repetition) -> (bits, physical value)."""
    _, base = oracle()
    parsed = oracle_category(number, edition).cv_uap.cv_record.parse(
        base.ParsingMode.StrictParsing, base.Bits.from_bytes(octets)
    )
    assert not isinstance(parsed, ValueError), parsed
    record, rest = parsed
    assert len(rest) == 0
    found = {}
    for item, spec in record.items_regular.items():
        entry = spec.arg.arg
        if isinstance(entry, base.Compound):
            parts = [(sub, inner.arg.arg) for sub, inner in entry.arg.items()]
        else:
            parts = [(None, entry)]
        for sub, part in parts:
            if not isinstance(part, base.Explicit):
                for (field, k), bits, physical in their_numbers(part, part):
                    found[item, sub, field, k] = bits, physical
    return found


def our_records(table):
    """The same of every record of a table."""
    found: list[dict[Any, Any]] = [{} for _ in range(len(table))]
    for (item, sub, field), place in table.grammar.places.items():
        repetitions = 5 if place.shape in {Shape.CHAINED, Shape.REPETITIVE} else 1
        mask = (1 << place.field.bits) - 1
        for k in range(repetitions):
            raw, value = table.raw(item, field, sub, k), table.value(item, field, sub, k)
            assert ((raw == MISSING) == np.isnan(value)).all()
            for n in (raw != MISSING).nonzero()[0].tolist():
                found[n][item, sub, field, k] = int(raw[n]) & mask, float(value[n])
    return found


def agree(table):
    ours = our_records(table)
    for n, mine in enumerate(ours):
        octets = table.data[table.begin[n] : table.end[n]].tobytes()
        theirs = their_record(table.category, table.edition, octets)
        assert mine.keys() == theirs.keys()
        for key, (bits, physical) in theirs.items():
            assert mine[key][0] == bits, key
            since = ALWAYS_SIGNED.get((f"{table.category:03d}", key[0], key[1] or key[2]), 0)
            if mine[key][1] >= 0.0 or int(table.edition.split(".")[1]) >= since:
                assert mine[key][1] == physical, key
    return len(ours)


@settings(max_examples=40)
@given(st.sampled_from(CASES), st.integers(0, 2**32))
def test_random_records_read_as_libasterix_reads_them(case, seed):
    number, edition = case
    rng = random.Random(seed)
    made = [random_record(grammar_of(number, edition).category, rng) for _ in range(2)]
    table = decode(*joined([encode_block(number, made, edition)]), {number: edition}).tables[number]
    assert agree(table) == 2


@pytest.mark.parametrize("name", FILES)
def test_real_records_read_as_libasterix_reads_them(real_data, name):
    data, begin, end = real_spans(real_data / "asterix" / name)
    tables = decode(data, begin, end).tables
    for table in tables.values():
        shapes = np.packbits(table.offsets != 0, axis=1)
        first_of_each = np.unique(shapes, axis=0, return_index=True)[1]
        rows = np.unique(np.concatenate((first_of_each, np.arange(len(table))[:: max(1, len(table) // 200)])))
        chosen = [table.data[table.begin[n] : table.end[n]].tobytes() for n in rows.tolist()]
        head = [bytes((table.category,)) + (len(octets) + 3).to_bytes(2, "big") for octets in chosen]
        again = decode(*joined([h + octets for h, octets in zip(head, chosen, strict=True)]))
        assert agree(again.tables[table.category]) == len(rows)
