"""From decoded items to the nouns of the model: units, validity, instants."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from skypact.interop.asterix import decode, encode_block, record_of
from skypact.interop.asterix.instant import DAY_NS, SECOND_NS, Clock, instants
from skypact.interop.asterix.report import Report, report
from skypact.model.recording import ABSENT, PlotFlag, PlotKind, RadarMessage
from tests.interop.blocks import joined

NM_M, FL_M = 1852.0, 30.48
SOURCE = {"SAC": 226, "SIC": 232}
NOON_NS = 20_572 * DAY_NS + DAY_NS // 2
LSB_NS = SECOND_NS // 128


def reported(*items, category=48, captures_ns=None, edition=None) -> Report:
    """What becomes of records, one block and one span each."""
    blocks = [
        encode_block(category, [record_of(category, {"010": SOURCE, **it}, edition)], edition) for it in items
    ]
    data, begin, end = joined(blocks)
    captures = (
        np.full(len(begin), ABSENT, np.int64) if captures_ns is None else np.array(captures_ns, np.int64)
    )
    editions = None if edition is None else {category: edition}
    return report(decode(data, begin, end, editions), begin, captures, begin + 1000, Clock())


def test_a_plot_comes_out_in_si_units():
    plots = reported(
        {
            "140": 43_200.5,
            "020": {"TYP": 2, "SPI": 1},
            "040": {"RHO": 100.5, "THETA": 90.0},
            "070": {"MODE3A": "7700"},
            "090": {"FL": 350.25},
            "220": 0xABCDEF,
        },
        captures_ns=[NOON_NS],
    ).plots
    assert plots.t_ns.tolist() == [NOON_NS + SECOND_NS // 2]
    assert plots.capture_ns.tolist() == [NOON_NS]
    assert plots.radar.tolist() == [226 * 256 + 232]
    assert plots.kind.tolist() == [PlotKind.SECONDARY]
    assert plots.flags.tolist() == [PlotFlag.SPECIAL_PULSE]
    assert plots.range_m.tolist() == [100.5 * NM_M]
    assert plots.bearing_rad.tolist() == [pytest.approx(math.pi / 2)]
    assert plots.height_m.tolist() == [pytest.approx(350.25 * FL_M)]
    assert plots.mode_3a.tolist() == [0o7700]
    assert plots.address.tolist() == [0xABCDEF]
    assert plots.byte_offset.tolist() == [1003]
    kinds = [array.dtype.str for array in vars(plots).values()]
    assert kinds == ["<i8", "<i8", "<u2", "|u1", "|u1", "<f8", "<f8", "<f8", "<i4", "<i4", "<i8"]


def test_what_a_plot_lacks_is_absent():
    plots = reported({}).plots
    row = [column[0] for column in vars(plots).values()]
    assert row[:5] == [ABSENT, ABSENT, 226 * 256 + 232, PlotKind.NONE, 0]
    assert np.isnan(row[5:8]).all()
    assert row[8:10] == [ABSENT, ABSENT]


@pytest.mark.parametrize(("v", "g"), [(0, 1), (1, 0), (1, 1)])
def test_a_code_or_level_that_is_garbled_or_not_validated_is_absent(v, g):
    plots = reported(
        {"070": {"V": v, "G": g, "MODE3A": 0o1234}, "090": {"V": v, "G": g, "FL": 100.0}},
        {"070": {"L": 1, "MODE3A": 0o1234}, "090": {"FL": 100.0}},
    ).plots
    assert plots.mode_3a.tolist() == [ABSENT, 0o1234]
    assert np.isnan(plots.height_m).tolist() == [True, False]


def test_flight_levels_below_zero_are_below_zero():
    assert reported({"090": {"FL": -12.25}}).plots.height_m.tolist() == [pytest.approx(-12.25 * FL_M)]


@pytest.mark.parametrize(
    ("x", "y", "bearing_deg"),
    [(10, 0, 90), (0, -20, 180), (-10, 0, 270), (0, 5, 0), (-0.0078125, 255, 359.998)],
)
def test_cartesian_positions_stand_in_only_where_the_polar_one_is_absent(x, y, bearing_deg):
    both = {"042": {"X": x, "Y": y}, "040": {"RHO": 1.0, "THETA": 1.40625}}
    plots = reported({"042": {"X": x, "Y": y}}, both).plots
    assert plots.range_m == pytest.approx([math.hypot(x, y) * NM_M, NM_M])
    assert np.degrees(plots.bearing_rad) == pytest.approx([bearing_deg, 1.40625], abs=1e-3)


def test_flags_say_what_the_radar_says():
    plots = reported(
        {"020": {"SIM": 1}}, {"020": {"TST": 1}}, {"020": {"RAB": 1}}, {"020": {"TYP": 5, "SPI": 1, "RAB": 1}}
    ).plots
    assert plots.flags.tolist() == [
        PlotFlag.SIMULATED,
        PlotFlag.TEST,
        PlotFlag.FIELD_MONITOR,
        PlotFlag.SPECIAL_PULSE | PlotFlag.FIELD_MONITOR,
    ]
    assert plots.kind.tolist() == [0, 0, 0, PlotKind.MODE_S_ROLL_CALL]


@pytest.mark.parametrize("address", [0, 0xFFFFFF])
def test_addresses_that_no_aircraft_has_are_absent(address):
    assert reported({"220": address}).plots.address.tolist() == [ABSENT]
    assert reported({"380": {"ADR": address}}, category=62).system.address.tolist() == [ABSENT]


def test_a_service_message_comes_out_in_si_units():
    messages = reported(
        {"000": 2, "030": 10.0, "020": 90.0, "041": 7.625},
        {"000": 1, "120": {"HGT": -12, "LAT": -26.75, "LON": -60.5}},
        category=34,
    ).messages
    assert messages.kind.tolist() == [RadarMessage.SECTOR, RadarMessage.NORTH]
    assert messages.t_ns.tolist() == [10 * SECOND_NS, ABSENT]
    assert messages.sector_rad == pytest.approx([math.pi / 2, np.nan], nan_ok=True)
    assert messages.rotation_s == pytest.approx([7.625, np.nan], nan_ok=True)
    assert np.degrees(messages.lat_rad) == pytest.approx([np.nan, -26.75], nan_ok=True, abs=1e-4)
    assert np.degrees(messages.lon_rad) == pytest.approx([np.nan, -60.5], nan_ok=True, abs=1e-4)
    assert messages.height_m == pytest.approx([np.nan, -12.0], nan_ok=True)


def test_a_system_track_comes_out_in_si_units():
    system = reported(
        {
            "070": 3.0,
            "105": {"LAT": 25.5, "LON": -51.25},
            "185": {"VX": -100.25, "VY": 50.0},
            "060": {"MODE3A": "0021"},
            "380": {"ADR": 0x123456},
            "040": 40_000,
            "080": {"CNF": 1, "TSE": 1, "CST": 1},
        },
        {},
        category=62,
    ).system
    assert system.t_ns.tolist() == [3 * SECOND_NS, ABSENT]
    assert system.track_number.tolist() == [40_000, ABSENT]
    assert np.degrees(system.lat_rad) == pytest.approx([25.5, np.nan], nan_ok=True, abs=1e-5)
    assert np.degrees(system.lon_rad) == pytest.approx([-51.25, np.nan], nan_ok=True, abs=1e-5)
    assert system.vel_east_mps == pytest.approx([-100.25, np.nan], nan_ok=True)
    assert system.vel_north_mps == pytest.approx([50.0, np.nan], nan_ok=True)
    assert system.mode_3a.tolist() == [0o21, ABSENT]
    assert system.address.tolist() == [0x123456, ABSENT]
    assert system.confirmed.tolist() == [0, 1]
    assert system.ended.tolist() == [1, 0]
    assert system.coasting.tolist() == [1, 0]
    assert system.byte_offset[0] == 1003
    assert len(system) == 2


def test_heights_are_measured_levels_before_barometric_before_geometric_ones():
    system = reported(
        {"136": 350.25, "135": {"CTB": 340.0}, "130": 33_000.0},
        {"135": {"CTB": -2.5}, "130": 33_000.0},
        {"130": 1000.0},
        {},
        category=62,
    ).system
    wanted = [350.25 * FL_M, -2.5 * FL_M, 304.8, np.nan]
    assert system.height_m == pytest.approx(wanted, nan_ok=True)


@pytest.mark.parametrize(("edition", "code"), [("1.16", 0o1234), ("1.21", ABSENT)])
def test_validity_bits_count_from_the_edition_that_brought_them(edition, code):
    block = encode_block(62, [record_of(62, {"060": {"V": 1, "MODE3A": "1234"}})])
    data, begin, end = joined([block])
    decoded = decode(data, begin, end, {62: edition})
    assert report(decoded, begin, begin, begin, Clock()).system.mode_3a.tolist() == [code]


def test_a_table_without_records_gives_columns_without_rows():
    none = np.zeros(0, np.int64)
    nothing = report(decode(np.zeros(0, np.uint8), none, none), none, none, none, Clock())
    assert (len(nothing.plots), len(nothing.messages), len(nothing.system)) == (0, 0, 0)


# ------------------------------------------------------------------------------------------------------- instants


def ticks(*of_day_s: float, source=1, captures_ns=None, clock=None) -> tuple[list[int], Clock]:
    n = len(of_day_s)
    captures = np.full(n, ABSENT, np.int64) if captures_ns is None else np.array(captures_ns, np.int64)
    sources = np.full(n, source) if isinstance(source, int) else np.array(source)
    t_ns, after = instants(np.array(of_day_s), sources, captures, clock or Clock())
    return t_ns.tolist(), after


@given(st.integers(0, 2**62 // SECOND_NS), st.integers(0, 86_400 * 128 - 1))
def test_with_a_capture_time_the_day_is_the_nearest(capture_s, count):
    (t_ns,), _ = ticks(count / 128, captures_ns=[capture_s * SECOND_NS])
    naive = [
        day * DAY_NS + count * LSB_NS
        for day in range(capture_s // 86_400 - 1, capture_s // 86_400 + 2)
        if day * DAY_NS + count * LSB_NS >= 0
    ]
    best = min(abs(candidate - capture_s * SECOND_NS) for candidate in naive)
    assert abs(t_ns - capture_s * SECOND_NS) == best or t_ns == ABSENT
    assert t_ns == ABSENT or t_ns % DAY_NS == count * LSB_NS


def test_both_sides_of_midnight_fall_on_their_own_day():
    midnight = 20_573 * DAY_NS
    t_ns, _ = ticks(86_399.5, 0.25, 86_400.0, captures_ns=[midnight + LSB_NS, midnight - LSB_NS, midnight])
    assert t_ns == [midnight - SECOND_NS // 2, midnight + SECOND_NS // 4, midnight]


def test_without_capture_times_the_day_goes_on_at_midnight_and_not_on_small_steps_back():
    t_ns, _ = ticks(86_398, 86_397, 86_399, 1, 0, 2, 86_399.5, 3, 43_000, 80_000, 5)
    days = [t // DAY_NS for t in t_ns]
    assert days == [0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 2]


def test_a_late_record_from_before_1970_has_no_instant():
    t_ns, clock = ticks(0.5, 86_399.5, 1.0)
    assert t_ns == [SECOND_NS // 2, ABSENT, SECOND_NS]
    assert ticks(2.0, clock=clock)[0] == [2 * SECOND_NS]


@example(seconds=[86_400, 43_200], cut=1)
@given(st.lists(st.integers(0, 86_400), max_size=30), st.integers(0, 30))
def test_pieces_of_a_file_continue_each_other(seconds, cut):
    whole, _ = ticks(*seconds)
    first, clock = ticks(*seconds[:cut])
    rest, _ = ticks(*seconds[cut:], clock=clock)
    assert first + rest == whole


def test_a_clock_that_is_hours_off_does_not_carry_the_others_along():
    n = 200
    right = [3600.0 + k for k in range(n)]
    wrong = [72_000.0 + k for k in range(n)]
    mixed = [second for pair in zip(right, wrong, strict=True) for second in pair]
    t_ns, _ = ticks(*mixed, source=[1, 2] * n)
    assert np.ptp(np.array(t_ns[::2])) == (n - 1) * SECOND_NS
    assert np.ptp(np.array(t_ns[1::2])) == (n - 1) * SECOND_NS


def test_a_source_that_appears_after_midnight_is_on_the_day_of_the_others():
    _, clock = ticks(86_399, 1, source=1)
    assert ticks(5, source=2, clock=clock)[0] == [DAY_NS + 5 * SECOND_NS]


@pytest.mark.parametrize("second", [math.nan, -1.0, 86_400.5, 131_071.0])
def test_impossible_times_of_day_give_no_instant(second):
    assert ticks(second, captures_ns=[NOON_NS])[0] == [ABSENT]
    assert ticks(second)[0] == [ABSENT]


def test_times_are_taken_in_the_order_of_the_file_over_all_categories():
    blocks = [
        encode_block(48, [record_of(48, {"010": SOURCE, "140": 86_399.0})]),
        encode_block(34, [record_of(34, {"010": SOURCE, "000": 1, "030": 1.0})]),
        encode_block(48, [record_of(48, {"010": SOURCE, "140": 2.0})]),
    ]
    data, begin, end = joined(blocks)
    told = report(decode(data, begin, end), begin, np.full(3, ABSENT), begin, Clock())
    assert told.messages.t_ns.tolist() == [DAY_NS + SECOND_NS]
    assert told.plots.t_ns.tolist() == [DAY_NS - SECOND_NS, DAY_NS + 2 * SECOND_NS]
