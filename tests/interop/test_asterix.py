from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.errors import UsageError
from skypact.interop.asterix import EDITIONS, MISSING, decode, encode_block, record_of, records
from skypact.interop.asterix.grammar import grammar_of
from skypact.interop.asterix.layout import Kind
from skypact.interop.asterix.text import UNKNOWN, number_of, text_of
from skypact.model.recording import ReadFault
from tests.interop.blocks import FILES, joined, random_record, real_spans

CASES = [(number, edition) for number, editions in EDITIONS.items() for edition in editions]
PLOT = {
    "010": {"SAC": 25, "SIC": 7},
    "140": 3600.5,
    "020": {"TYP": 2},
    "040": {"RHO": 12.5, "THETA": 45.0},
    "070": {"MODE3A": "7700"},
    "090": {"FL": -1.25},
    "130": {"SRL": 1.10, "SAM": -70},
    "240": "KLM1023",
}


def read(*blocks, editions=None):
    return decode(*joined(blocks), editions)


def plots(*changes):
    return encode_block(48, [record_of(48, PLOT | change) for change in changes])


def block(category, body):
    return bytes((category,)) + (len(body) + 3).to_bytes(2, "big") + body


# ------------------------------------------------------------------------------------------------- reading


def test_physical_values_come_back_to_within_half_a_bit():
    table = read(plots({})).tables[48]
    assert table.value("040", "RHO").tolist() == [12.5]
    assert table.value("040", "THETA").tolist() == [45.0]
    assert table.value("140").tolist() == [3600.5]
    assert table.value("090", "FL").tolist() == [-1.25]
    assert table.raw("070", "MODE3A").tolist() == [0o7700]
    assert table.text("070", "MODE3A") == ["7700"]
    assert table.text("240") == ["KLM1023"]
    assert table.value("130", subitem="SAM").tolist() == [-70.0]
    assert table.value("130", subitem="SRL")[0] == pytest.approx(1.10, abs=360 / 2**14)


def test_what_a_record_lacks_is_missing_and_not_a_number():
    table = read(plots({}), encode_block(48, [record_of(48, {"010": {"SAC": 1}})])).tables[48]
    assert table.has("040").tolist() == [True, False]
    assert table.has("130", "SAM").tolist() == [True, False]
    assert table.has("130", "PAM").tolist() == [False, False]
    assert table.raw("040", "RHO").tolist() == [3200, MISSING]
    assert np.isnan(table.value("040", "RHO")).tolist() == [False, True]
    assert np.isnan(table.value("020", "TST")).all(), "the octet of TST was not sent"
    assert table.text("240") == ["KLM1023", ""]


def test_a_repeated_item_is_read_part_by_part():
    counts = [{"TYP": 1, "COUNT": 2000}, {"TYP": 16, "COUNT": 3}]
    made = [record_of(34, {"000": 1, "070": counts}), record_of(34, {"000": 1, "070": counts[:1]})]
    table = read(encode_block(34, made)).tables[34]
    assert table.raw("070", "COUNT").tolist() == [2000, 2000]
    assert table.raw("070", "COUNT", repetition=1).tolist() == [3, MISSING]
    warnings = read(plots({"030": [3, 97, 1]})).tables[48]
    assert [warnings.raw("030", repetition=k).tolist() for k in range(4)] == [[3], [97], [1], [MISSING]]
    with pytest.raises(UsageError, match="does not repeat"):
        table.raw("000", repetition=1)
    with pytest.raises(UsageError, match="repetition -1"):
        table.raw("070", "COUNT", repetition=-1)


def test_airspeed_is_in_the_unit_that_its_own_record_says():
    speeds = [{"IM": 0, "IAS": 0.125}, {"IM": 1, "IAS": 0.82}]
    table = read(encode_block(62, [record_of(62, {"380": {"IAS": speed}}) for speed in speeds])).tables[62]
    assert table.value("380", "IAS", "IAS").tolist() == pytest.approx([0.125, 0.82])


def test_spans_say_where_each_record_was():
    first, second = plots({}, {"140": 1.0}), encode_block(34, [record_of(34, {"000": 2})])
    data, begin, end = joined([first + second, b"", second])
    found = decode(data, begin, end)
    assert found.tables[48].span.tolist() == [0, 0]
    assert found.tables[34].span.tolist() == [0, 2]
    assert found.tables[48].begin[0] == 3
    assert found.tables[48].end[0] == found.tables[48].begin[1]
    assert found.tables[34].begin.tolist() == [len(first) + 3, len(first) + len(second) + 3]
    assert len(found.tables[62]) == 0
    assert found.tables[62].value("105", "LAT").tolist() == []


def test_what_is_not_known_is_skipped_by_its_length_and_counted():
    special = encode_block(
        48, [record_of(48, {"010": {"SAC": 1}, "SP": b"abc", "161": {"TRN": 4095}, "RE": b""})]
    )
    found = read(block(21, b"anything"), special + block(21, b"") + block(255, b"\xff"), special)
    assert found.unknown == {"category 021": 2, "category 255": 1, "I048/SP": 2, "I048/RE": 2}
    assert found.tables[48].raw("161", "TRN").tolist() == [4095, 4095]
    assert found.faults == ()


def test_no_bytes_hold_nothing():
    found = decode(np.zeros(0, np.uint8), np.zeros(0, np.int64), np.zeros(0, np.int64))
    assert [len(table) for table in found.tables.values()] == [0, 0, 0]
    assert (found.unknown, found.faults) == ({}, ())


@pytest.mark.parametrize(
    ("octets", "kept", "offset", "reason"),
    [
        (plots({}) + b"\x30\x00", 1, 28, "block header is cut off"),
        (plots({}) + b"\x30\x00\x02" + plots({}), 1, 28, "block length 2 is below 3"),
        (plots({}, {})[:-1], 0, 0, "block reaches past its datagram"),
        (
            block(48, b"\x80\x01\x02" + b"\xff\xff\x01"),
            1,
            6,
            "FSPEC of a record of category 048 reaches past its block",
        ),
        (
            block(48, b"\x80\x01\x02" + b"\x01\x01\x01\x01\x80"),
            1,
            6,
            "FSPEC names an item that category 048 does not have",
        ),
        (
            block(62, b"\x80\x01\x02" + b"\x40\x01"),
            1,
            6,
            "FSPEC names an item that category 062 does not have",
        ),
        (block(48, b"\x80\x01\x02" + b"\x00\x00"), 1, 6, "record of category 048 has no item"),
        (block(48, b"\x80\x01\x02" + b"\x40\x01\x02"), 1, 6, "item I048/140 reaches past its block"),
        (block(48, b"\x80\x01\x02" + b"\x20\x01"), 1, 6, "item I048/020 reaches past its block"),
        (block(48, b"\x01\x20\x02" + b"\0" * 8), 0, 3, "item I048/250 reaches past its block"),
        (block(48, b"\x02\x01"), 0, 3, "item I048/130 reaches past its block"),
        (block(48, b"\x02\xc0\x09"), 0, 3, "item I048/130 SRR reaches past its block"),
        (block(34, b"\x04\x40"), 0, 3, "item I034/050 names a subitem that it does not have"),
        (block(34, b"\x04\x01\x80"), 0, 3, "item I034/050 names a subitem that it does not have"),
        (block(48, b"\x01\x01\x01\x04\x00"), 0, 3, "item I048/SP has length 0"),
        (block(48, b"\x01\x01\x01\x04\x03\x00"), 0, 3, "item I048/SP reaches past its block"),
    ],
)
def test_a_fault_says_where_and_why_and_keeps_what_came_before(octets, kept, offset, reason):
    found = read(octets)
    assert found.faults == (ReadFault(offset, reason, 1),)
    assert sum(len(table) for table in found.tables.values()) == kept


def test_a_bad_record_loses_the_rest_of_its_block_only():
    bad = block(48, b"\x80\x01\x02" + b"\x00" + b"\x80\x03\x04")
    found = read(bad + plots({}), bad, b"\x30\x00\x00" + plots({}))
    assert len(found.tables[48]) == 3
    assert found.faults == (
        ReadFault(6, "record of category 048 has no item", 2),
        ReadFault(len(bad) * 2 + len(plots({})), "block length 0 is below 3", 1),
    )


def test_a_span_outside_the_data_is_refused():
    data = np.zeros(10, np.uint8)
    for begin, end in ((0, 11), (-1, 5), (5, 4)):
        with pytest.raises(UsageError, match="does not lie in the data"):
            decode(data, np.array([begin]), np.array([end]))
    with pytest.raises(UsageError, match="u1"):
        decode(data.astype(np.int64), np.array([0]), np.array([0]))


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda table: table.value("999"), "I048/999"),
        (lambda table: table.value("040"), "Known: RHO, THETA"),
        (lambda table: table.value("130"), "subitem SRL"),
        (lambda table: table.value("130", subitem="XYZ"), "Known: SRL"),
        (lambda table: table.has("040", "RHO"), "I048/040 RHO"),
        (lambda table: read(b"", editions={48: "0.9"}), "Known: 1.27"),
    ],
)
def test_a_name_that_does_not_exist_is_told_with_those_that_do(ask, words):
    with pytest.raises(UsageError, match=words):
        ask(read(plots({})).tables[48])


# ------------------------------------------------------------------------------------------------- writing


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ({"041": 1}, "I048/041"),
        ({"040": {"RANGE": 1.0}}, "I048/040 RANGE"),
        ({"040": {"RHO": 256.0}}, "I048/040 RHO: 256.0 NM is out of range. It holds 0 to 255.996 NM"),
        ({"040": {"RHO": -0.1}}, "I048/040 RHO"),
        ({"040": {"RHO": math.nan}}, "I048/040 RHO"),
        ({"040": 3}, "I048/040"),
        ({"070": {"MODE3A": "7800"}}, "I048/070 MODE3A"),
        ({"070": {"MODE3A": 4096}}, "I048/070 MODE3A"),
        ({"070": {"V": 0.5}}, "I048/070 V"),
        ({"130": {"SXX": 1}}, "I048/130 SXX"),
        ({"130": {"SAM": 200}}, "I048/130 SAM"),
        ({"240": "TOOLONGNAME"}, "I048/240"),
        ({"240": "low"}, "I048/240"),
        ({"030": 3}, "I048/030"),
        ({"030": [200]}, "I048/030"),
        ({"SP": 3}, "I048/SP"),
        ({"140": "noon"}, "I048/140"),
    ],
)
def test_a_value_that_cannot_be_written_names_its_item_and_field(items, words):
    with pytest.raises(UsageError, match=words):
        record_of(48, items)


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({}, "no item"),
        ({"041": 1}, "I048/041"),
        ({"040": {"RANGE": 1}}, "I048/040 RANGE"),
        ({"040": {"RHO": 65536}}, "I048/040 RHO"),
        ({"040": {"RHO": 1.5}}, "I048/040 RHO"),
        ({"040": 3}, "I048/040"),
        ({"020": {"XXX": 1}}, "I048/020 XXX"),
        ({"020": {"MORE": [128]}}, "I048/020 MORE"),
        ({"130": {"SXX": 1}}, "I048/130 SXX"),
        ({"030": []}, "I048/030"),
        ({"250": [{}] * 256}, "I048/250"),
        ({"SP": b"x" * 255}, "I048/SP"),
        ({"SP": 1}, "I048/SP"),
    ],
)
def test_a_record_that_cannot_be_written_names_its_item_and_field(record, words):
    with pytest.raises(UsageError, match=words):
        encode_block(48, [record])


def test_more_than_a_block_can_hold_is_refused():
    most = 65_532 // 3
    assert len(encode_block(48, [{"010": {"SAC": 1}}] * most)) == 65_535
    with pytest.raises(UsageError, match="65538 octets"):
        encode_block(48, [{"010": {"SAC": 1}}] * (most + 1))
    with pytest.raises(UsageError, match="category 021"):
        encode_block(21, [])


def test_a_direction_that_rounds_to_the_full_circle_is_north():
    assert record_of(48, {"040": {"THETA": 359.9999}}) == {"040": {"THETA": 0}}
    with pytest.raises(UsageError):
        record_of(48, {"040": {"THETA": 361.0}})


def test_spare_bits_and_unknown_octets_survive():
    octets = block(48, b"\x28" + b"\x41\x01\x01\x01\x01\x01\x05\x02" + b"\x1f\x00")
    table = read(octets).tables[48]
    (record,) = records(table)
    descriptor, code = record["020"], record["070"]
    assert isinstance(descriptor, dict)
    assert isinstance(code, dict)
    assert descriptor["MORE"] == [2, 1]
    assert code["SPARE3"] == 1
    assert encode_block(48, [record]) == octets


def test_fields_of_later_editions_are_spare_before():
    octets = encode_block(62, [{"060": {"V": 1, "G": 1, "CH": 0, "MODE3A": 1}}])
    old = read(octets, editions={62: "1.16"}).tables[62]
    assert records(old) == [{"060": {"SPARE0": 1, "SPARE1": 1, "CH": 0, "MODE3A": 1}}]
    with pytest.raises(UsageError):
        old.raw("060", "V")
    assert encode_block(62, records(old), "1.16") == octets


@given(st.sampled_from([Kind.ASCII, Kind.ICAO, Kind.OCTAL]), st.integers(0, 2**48 - 1))
def test_text_says_the_number_where_every_character_exists(kind, number):
    field = next(
        place.field
        for grammar in (grammar_of(48), grammar_of(62))
        for place in grammar.places.values()
        if place.field.kind is kind
    )
    number &= (1 << field.bits) - 1
    text = text_of(field, number)
    assert UNKNOWN in text or number_of(field, text) == number


# --------------------------------------------------------------------------------------------- round trips


@settings(max_examples=150)
@given(st.sampled_from(CASES), st.integers(0, 2**32), st.integers(1, 4))
def test_random_records_of_every_edition_come_back_as_they_were(case, seed, count):
    number, edition = case
    rng = random.Random(seed)
    made = [random_record(grammar_of(number, edition).category, rng) for _ in range(count)]
    octets = encode_block(number, made, edition)
    found = decode(*joined([octets]), {number: edition})
    assert found.faults == ()
    assert found.tables[number].edition == edition
    assert records(found.tables[number]) == made
    assert records(found.tables[number], [count - 1]) == made[-1:]


@pytest.mark.parametrize("name", FILES)
def test_every_real_block_is_written_again_byte_for_byte(real_data, name):
    data, begin, end = real_spans(real_data / "asterix" / name)
    assert len(begin) == FILES[name]
    found = decode(data, begin, end)
    assert (found.faults, found.unknown) == ((), {})
    held = {number: records(table) for number, table in found.tables.items()}
    blocks = 0
    for first, last in zip(begin.tolist(), end.tolist(), strict=True):
        at = first
        while at < last:
            number, length = int(data[at]), int(data[at + 1]) * 256 + int(data[at + 2])
            mine = np.searchsorted(found.tables[number].begin, [at, at + length])
            assert encode_block(number, held[number][mine[0] : mine[1]]) == data[at : at + length].tobytes()
            at += length
            blocks += 1
    assert blocks == FILES[name]


# ------------------------------------------------------------------------------------------------- noise


def mutated(rng, blocks):
    """Many blocks, some octets of each changed, and of some the length."""
    spans = []
    for octets in blocks:
        changed = bytearray(octets)
        for _ in range(rng.randint(1, 4)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        spans.append(bytes(changed[: rng.randint(1, len(changed))] if rng.random() < 0.1 else changed))
    return spans


def check_sound(found, begin, end):
    """Every record lies in its span after the one before, and every item in its record."""
    for table in found.tables.values():
        assert (table.begin >= begin[table.span] + 3).all()
        assert (table.end <= end[table.span]).all()
        assert (table.begin < table.end).all()
        assert (table.begin[1:] >= table.end[:-1])[table.span[1:] == table.span[:-1]].all()
        assert (table.offsets <= (table.end - table.begin)[:, None]).all()


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_changed_octets_never_raise_and_what_lies_outside_a_span_changes_nothing(seed):
    rng = random.Random(seed)
    made = [
        encode_block(number, [random_record(grammar_of(number).category, rng, 0.2) for _ in range(3)])
        for number in (34, 48, 62, 48)
    ]
    spans = [*mutated(rng, made), rng.randbytes(rng.randint(0, 40))]
    found = []
    for noise in (b"\x00", b"\xff"):
        gap = noise * 300
        data = np.frombuffer(gap + b"".join(span + gap for span in spans), np.uint8)
        lengths = np.array([len(span) for span in spans], np.int64)
        begin = 300 + np.concatenate(([0], np.cumsum(lengths + 300)[:-1]))
        one = decode(data, begin, begin + lengths)
        check_sound(one, begin, begin + lengths)
        found.append(one)
    first, second = found
    assert (first.faults, first.unknown) == (second.faults, second.unknown)
    for number, table in first.tables.items():
        assert records(table) == records(second.tables[number])
        for item, sub, field in table.grammar.places:
            assert np.array_equal(table.raw(item, field, sub), second.tables[number].raw(item, field, sub))


@settings(max_examples=60)
@given(st.sampled_from(list(EDITIONS)), st.integers(0, 2**32))
def test_records_before_a_changed_octet_are_kept(number, seed):
    rng = random.Random(seed)
    made = [random_record(grammar_of(number).category, rng, 0.3) for _ in range(5)]
    octets = encode_block(number, made)
    whole = read(octets).tables[number]
    at = rng.randrange(3, len(octets))
    changed = octets[:at] + bytes((octets[at] ^ rng.randint(1, 255),)) + octets[at + 1 :]
    table = read(changed).tables[number]
    untouched = int((whole.end <= at).sum())
    assert len(table) >= untouched
    assert table.begin[:untouched].tolist() == whole.begin[:untouched].tolist()
    assert records(table, range(untouched)) == made[:untouched]


def test_a_hundred_thousand_changed_blocks_are_read_without_fail():
    rng = random.Random(48)
    made = [
        encode_block(number, [random_record(grammar_of(number).category, rng, 0.2) for _ in range(2)])
        for number in EDITIONS
        for _ in range(200)
    ]
    for _ in range(167):
        data, begin, end = joined(mutated(rng, made))
        check_sound(decode(data, begin, end), begin, end)
