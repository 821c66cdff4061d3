from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.interop.asterix.decode import MISSING, decode
from skypact.interop.asterix.layout import Kind, Shape
from tests.naive.asterix import made_block, read_span


def spans_of(rng):
    """Some spans of sound blocks, a few octets of each changed, cut off or put in; sometimes of nothing but noise."""
    spans = []
    for _ in range(3):
        blocks = [
            made_block(rng.choice((34, 48, 62)), rng.randint(0, 3), rng) for _ in range(rng.randint(0, 3))
        ]
        octets = bytearray(b"".join(blocks))
        if rng.random() < 0.2:
            octets += bytes((rng.choice((21, 48, 62)), 0, rng.randint(0, 12))) + rng.randbytes(9)
        for _ in range(rng.choice((0, 0, 1, 3)) if octets else 0):
            at = rng.randrange(len(octets))
            octets[at : at + rng.choice((0, 1, 1, 1))] = rng.randbytes(rng.choice((0, 1, 1, 1)))
        spans.append(bytes(octets))
    return spans


def decoded(spans):
    """The spans, noise between them, through the kernels; and where each began."""
    data, begin = bytearray(), []
    for span in spans:
        data += b"\xff\x3e\x00"
        begin.append(len(data))
        data += span
    ends = [first + len(span) for first, span in zip(begin, spans, strict=True)]
    return decode(np.frombuffer(bytes(data), np.uint8), np.array(begin), np.array(ends)), begin


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_every_record_item_and_fault_is_where_slow_reading_finds_it(seed):
    spans = spans_of(random.Random(seed))
    found, begin = decoded(spans)
    records: dict[int, list[Any]] = {34: [], 48: [], 62: []}
    unknown: dict[str, int] = {}
    faults = []
    for k, span in enumerate(spans):
        read, skipped, wrong = read_span(span)
        for category, first, end, places in read:
            records[category].append((k, begin[k] + first, begin[k] + end, places))
            for name in {"SP", "RE"} & {item for item, _ in places}:
                unknown[f"I{category:03d}/{name}"] = unknown.get(f"I{category:03d}/{name}", 0) + 1
        for category in skipped:
            unknown[f"category {category:03d}"] = unknown.get(f"category {category:03d}", 0) + 1
        faults += [(begin[k] + at, why) for at, why in wrong]
    for category, table in found.tables.items():
        assert len(table) == len(records[category])
        for n, (k, first, end, places) in enumerate(records[category]):
            assert (table.span[n], table.begin[n], table.end[n]) == (k, first, end)
            rows = table.grammar.rows
            assert {
                name: table.offsets[n, row] for name, row in rows.items() if table.offsets[n, row]
            } == places
    assert found.unknown == unknown
    reasons = [why for _, why in faults]
    assert {(fault.byte_offset, fault.reason, fault.count) for fault in found.faults} == {
        (min(at for at, why in faults if why == reason), reason, reasons.count(reason)) for reason in reasons
    }


@pytest.mark.parametrize(
    "body", ["40 01", "20", "20 01", "20 01 01 01", "02", "02 01 01", "02 01", "01 20", "01 01 01 04"]
)
def test_nothing_is_read_beyond_the_last_octet_of_the_data(body):
    """Without the compiler such a reading raises IndexError."""
    octets = bytes.fromhex(body)
    found, begin = decoded([b"\x30" + (len(octets) + 3).to_bytes(2, "big") + octets])
    ((_, why),) = read_span(bytes(found.tables[48].data[begin[0] :]))[2]
    assert [(fault.byte_offset, fault.reason) for fault in found.faults] == [(begin[0] + 3, why)]


def test_data_changed_after_decoding_cannot_lead_a_reading_astray():
    data = np.frombuffer(b"\x22\0\x08\x01\x80\x01\x12\x34", np.uint8).copy()
    table = decode(data, np.array([0]), np.array([len(data)])).tables[34]
    assert table.raw("070", "COUNT").tolist() == [0x234]
    data[5] = 255
    assert table.raw("070", "COUNT", repetition=1).tolist() == [MISSING]
    assert table.raw("070", "COUNT", repetition=254).tolist() == [MISSING]


def naive_field(octets, place, repetition):
    """A field out of the octets from its item on, as a string of bits; None where it is not there."""
    size, part = place.part_octets, place.part
    if place.shape in {Shape.CHAINED, Shape.REPETITIVE}:
        part = repetition
    if place.shape == Shape.REPETITIVE:
        if part >= octets[0]:
            return None
        octets = octets[1:]
    elif place.shape in {Shape.CHAINED, Shape.EXTENDED} and not all(
        octets[k * size + size - 1] % 2 for k in range(part)
    ):
        return None
    bits = "".join(f"{octet:08b}" for octet in octets[part * size : part * size + size])
    bits = bits[place.first_bit : place.first_bit + place.field.bits]
    return int(bits, 2) - (2 ** len(bits) if place.field.kind == Kind.SIGNED and bits[0] == "1" else 0)


@settings(max_examples=20)
@given(st.sampled_from((34, 48, 62)), st.integers(0, 2**32), st.integers(0, 2))
def test_every_field_reads_as_its_bits_say(category, seed, repetition):
    block = made_block(category, 4, random.Random(seed))
    table = decoded([block])[0].tables[category]
    assert len(table) == 4
    for (item, subitem, field), place in table.grammar.places.items():
        repeats = place.shape in {Shape.CHAINED, Shape.REPETITIVE}
        got = table.raw(item, field, subitem, repetition if repeats else 0).tolist()
        for n in range(4):
            at = int(table.offsets[n, place.row])
            octets = bytes(table.data[table.begin[n] + at : table.end[n]])
            expected = naive_field(octets, place, repetition) if at else None
            assert got[n] == (MISSING if expected is None else expected), (item, subitem, field)
