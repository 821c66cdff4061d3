from __future__ import annotations

import math
import subprocess
from collections import Counter

import numpy as np
import pytest
from pyproj import Geod

from skypact.earth.frame import enu_from_ecef, geodetic_from_ecef, range_bearing_elevation_from_ecef
from skypact.errors import UsageError
from skypact.model.recording import ABSENT, PlotKind, RadarMessage, Recording
from skypact.run.recorded.file import FOOT_M, KNOT_MPS, NM_M
from skypact.run.recorded.flight import DURATION_S, FLIGHTS, SITE, Flight, path_of
from skypact.run.recorded.reading import read_recording
from skypact.run.recorded.sample import (
    BIAS_BEARING_RAD,
    BIAS_CLOCK_S,
    BIAS_RANGE_M,
    DETECTION_CHANCE,
    FALSE_PLOTS,
    GARBLED_CHANCE,
    REACH_M,
    REVOLUTION_S,
    SECTORS,
    SIGMA_BEARING_RAD,
    SIGMA_RANGE_M,
    START_NS,
    Sample,
    look_times,
    make_sample,
    write_sample,
)

REVOLUTIONS = 312
NAMED = {flight.name: row for row, flight in enumerate(FLIGHTS)}


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample()


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def radar(paths) -> Recording:
    return read_recording(paths.radar)


@pytest.fixture(scope="module")
def system(paths) -> Recording:
    return read_recording(paths.system)


def true_plots(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the plots that are of a flight, and where it was (ECEF, m)."""
    rows = np.flatnonzero(sample.plot_flight >= 0)
    where = [
        path_of(FLIGHTS[flight]).at(np.array([t_s]))[0][0]
        for flight, t_s in zip(sample.plot_flight[rows].tolist(), sample.plot_t_s[rows].tolist(), strict=True)
    ]
    return rows, np.array(where)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(sample, paths):
    assert (sample.radar, sample.system) == (paths.radar.read_bytes(), paths.system.read_bytes())
    other = make_sample(seed=2)
    assert other.radar != sample.radar
    assert other.system != sample.system


def test_it_is_small(sample):
    assert len(sample.radar) + len(sample.system) < 1_000_000


def test_our_codec_reads_every_record_and_skips_nothing(sample, radar, system):
    assert {k: n for k, n in radar.records.items() if n} == {
        34: REVOLUTIONS * (SECTORS + 1),
        48: len(sample.plot_flight),
    }
    assert {k: n for k, n in system.records.items() if n} == {62: len(system.system)}
    for recording in (radar, system):
        assert not recording.faults
        assert not recording.unknown


def test_tshark_reads_the_same_records(tshark, sample, paths, system):
    found: Counter[str] = Counter()
    malformed = 0
    for path in (paths.radar, paths.system):
        command = [tshark, "-r", str(path), "-d", "udp.port==8600,asterix", "-V"]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        category = ""
        for line in text.splitlines():
            if line.startswith("ASTERIX packet, Category "):
                category = line.split()[-1]
            found[category] += "Asterix message, #" in line
            malformed += "Malformed" in line
    assert malformed == 0
    assert found["034"] == REVOLUTIONS * (SECTORS + 1)
    assert found["048"] == len(sample.plot_flight)
    assert found["062"] == len(system.system)


def test_the_radar_tells_where_it_stands_and_how_it_turns(radar):
    messages = radar.messages
    north = messages.kind == RadarMessage.NORTH
    assert north.sum() == REVOLUTIONS
    assert np.allclose(messages.lat_rad[north], SITE.lat_rad, atol=1e-12)
    assert np.allclose(messages.lon_rad[north], SITE.lon_rad, atol=1e-12)
    assert np.allclose(messages.height_m[north], SITE.height_m)
    assert np.allclose(messages.rotation_s[north], REVOLUTION_S, atol=0.004)
    expected = START_NS + (np.arange(REVOLUTIONS) * REVOLUTION_S + BIAS_CLOCK_S) * 1e9
    assert np.abs(messages.t_ns[north] - expected).max() <= 0.5 / 128 * 1e9 + 1
    sector = messages.kind == RadarMessage.SECTOR
    assert np.allclose(
        messages.sector_rad[sector], np.tile(np.arange(SECTORS), REVOLUTIONS) * 2 * math.pi / SECTORS
    )


def test_the_radar_is_biased_and_noisy_as_declared(sample, radar):
    rows, where = true_plots(sample)
    plots = radar.plots
    range_m, bearing_rad, _ = range_bearing_elevation_from_ecef(where, *SITE)
    off_range = plots.range_m[rows] - range_m
    off_bearing = (plots.bearing_rad[rows] - bearing_rad + math.pi) % (2 * math.pi) - math.pi
    few = math.sqrt(len(rows))
    assert off_range.mean() == pytest.approx(BIAS_RANGE_M, abs=4 * SIGMA_RANGE_M / few)
    assert off_bearing.mean() == pytest.approx(BIAS_BEARING_RAD, abs=4 * SIGMA_BEARING_RAD / few)
    assert off_range.std() == pytest.approx(SIGMA_RANGE_M, rel=0.05)
    assert off_bearing.std() == pytest.approx(SIGMA_BEARING_RAD, rel=0.05)
    late_s = (plots.t_ns - START_NS) / 1e9 - sample.plot_t_s
    assert np.abs(late_s - BIAS_CLOCK_S).max() <= 0.5 / 128 + 1e-6


def test_a_plot_is_made_when_the_antenna_points_there(sample, radar):
    antenna = 2 * math.pi * sample.plot_t_s / REVOLUTION_S
    off = (radar.plots.bearing_rad - antenna + math.pi) % (2 * math.pi) - math.pi
    assert np.abs(off).max() < 5 * SIGMA_BEARING_RAD + 2e-4


def test_every_flight_is_met_once_a_revolution_also_where_it_passes_north():
    for flight in FLIGHTS:
        t_s = look_times(flight)
        turns = np.unwrap(range_bearing_elevation_from_ecef(path_of(flight).at(t_s)[0], *SITE)[1]) / (
            2 * math.pi
        )
        assert np.allclose(np.diff(t_s / REVOLUTION_S - turns), 1.0, atol=1e-9)
        spare = (min(flight.last_s, REVOLUTIONS * REVOLUTION_S) - flight.first_s) / REVOLUTION_S
        assert abs(len(t_s) - spare - (turns[-1] - turns[0])) < 2.0


def test_the_capture_comes_after_the_measurement_and_keeps_its_order(sample, radar):
    true_ns = START_NS + sample.plot_t_s * 1e9
    assert (radar.plots.capture_ns > true_ns).all()
    assert (np.diff(radar.plots.capture_ns) >= 0).all()


def test_height_is_mode_c_in_steps_of_25_feet(sample, radar):
    rows, where = true_plots(sample)
    height_ft = radar.plots.height_m[rows] / FOOT_M
    known = np.isfinite(height_ft)
    assert np.allclose(height_ft[known] % 25.0 % 25.0, 0.0, atol=1e-6) or np.allclose(
        np.round(height_ft[known] / 25.0), height_ft[known] / 25.0, atol=1e-6
    )
    assert np.abs(height_ft[known] - geodetic_from_ecef(where[known])[2] / FOOT_M).max() <= 12.6
    with_mode_c = sample.plot_flight[rows] != NAMED["no transponder"]
    lost = 1.0 - known[with_mode_c].mean()
    assert 0.004 < lost < 0.018


def test_codes_and_addresses_are_those_of_the_flight_or_garbled(sample, radar):
    plots = radar.plots
    kinds: Counter[tuple[int, bool]] = Counter()
    garbled = coded = 0
    for row, flight in enumerate(sample.plot_flight.tolist()):
        if flight < 0:
            continue
        expected = FLIGHTS[flight].code_at(float(sample.plot_t_s[row]))
        kinds[(int(plots.kind[row]), FLIGHTS[flight].address != ABSENT)] += 1
        assert plots.address[row] == FLIGHTS[flight].address
        if expected == ABSENT:
            assert plots.mode_3a[row] == ABSENT
            assert plots.kind[row] == PlotKind.PRIMARY
            continue
        coded += 1
        garbled += plots.mode_3a[row] == ABSENT
        assert plots.mode_3a[row] in {expected, ABSENT}
    assert abs(garbled - GARBLED_CHANCE * coded) < 4 * math.sqrt(GARBLED_CHANCE * coded)
    assert {kind for kind, has_address in kinds if has_address} == {PlotKind.MODE_S_ROLL_CALL}
    assert {PlotKind.SECONDARY, PlotKind.COMBINED} <= {kind for kind, has_address in kinds if not has_address}


def test_a_flight_in_reach_is_seen_with_the_declared_chance(sample):
    seen = looks = 0
    for row, flight in enumerate(FLIGHTS):
        t_s = look_times(flight)
        range_m, _, elevation = range_bearing_elevation_from_ecef(path_of(flight).at(t_s)[0], *SITE)
        possible = (range_m <= REACH_M) & (elevation <= math.radians(45.0)) & flight.in_reach
        low_s, high_s = flight.hidden_s
        possible &= (t_s < low_s) | (t_s >= high_s)
        looks += int(possible.sum())
        seen += int((sample.plot_flight == row).sum())
    assert seen / looks == pytest.approx(DETECTION_CHANCE, abs=4 * math.sqrt(0.04 * 0.96 / looks))


def test_false_plots_are_spread_over_the_area_in_reach(sample, radar):
    false = sample.plot_flight < 0
    expected = FALSE_PLOTS * REVOLUTIONS
    assert abs(false.sum() - expected) < 4 * math.sqrt(expected)
    share = (radar.plots.range_m[false] / REACH_M) ** 2
    assert share.max() <= 1.001
    assert share.mean() == pytest.approx(0.5, abs=0.12)
    assert set(radar.plots.kind[false].tolist()) == {PlotKind.PRIMARY, PlotKind.SECONDARY}


def test_what_the_description_promises_happens(sample):
    t_s, of = sample.plot_t_s, sample.plot_flight
    hidden = np.sort(t_s[of == NAMED["low, hidden for 40 s"]])
    assert np.diff(hidden).max() >= 40.0
    assert not ((hidden >= 700.0) & (hidden < 740.0)).any()
    assert t_s[of == NAMED["comes into reach"]].min() > 60.0
    assert t_s[of == NAMED["leaves reach"]].max() < DURATION_S - 300.0
    first, second = (path_of(FLIGHTS[NAMED[f"crossing, {which}"]]) for which in ("first", "second"))
    at_s = np.arange(600.0, 840.0)
    one, two = geodetic_from_ecef(first.at(at_s)[0]), geodetic_from_ecef(second.at(at_s)[0])
    apart = np.linalg.norm(first.at(at_s)[0] - second.at(at_s)[0], axis=1)
    nearest = int(apart.argmin())
    assert apart[nearest] < 0.35 * NM_M
    assert abs(one[2][nearest] - two[2][nearest]) == pytest.approx(400 * FOOT_M, abs=1.0)
    changing = FLIGHTS[NAMED["code change"]]
    assert (changing.code_at(599.9), changing.code_at(600.0)) == (0o2000, 0o2110)
    assert changing.address == ABSENT


def test_the_other_system_holds_every_flight_with_small_smooth_errors(system):
    tracks = system.system
    assert set(tracks.track_number.tolist()) == set(range(101, 101 + len(FLIGHTS)))
    for row, flight in enumerate(FLIGHTS):
        own = np.flatnonzero(tracks.track_number == 101 + row)
        t_s = (tracks.t_ns[own] - START_NS) / 1e9
        assert np.array_equal(t_s, np.arange(flight.first_s, flight.last_s + 1, 4)[: len(t_s)])
        pos, vel = path_of(flight).at(t_s)
        lat, lon, height = geodetic_from_ecef(pos)
        enu = np.stack(
            [
                (tracks.lon_rad[own] - lon) * np.cos(lat) * 6.378e6,
                (tracks.lat_rad[own] - lat) * 6.357e6,
            ]
        )
        assert np.abs(enu).max() < 38.0
        assert 5.0 < enu.std() < 30.0
        assert np.abs(np.diff(enu, axis=1)).max() < 6.0
        assert np.abs(tracks.height_m[own] - height).max() < 13 * FOOT_M
        speed = np.hypot(tracks.vel_east_mps[own], tracks.vel_north_mps[own])
        assert np.abs(speed - np.linalg.norm(vel, axis=1)).max() < 1.0
        assert tracks.mode_3a[own].tolist() == [flight.code_at(float(t)) for t in t_s]
        assert set(tracks.address[own].tolist()) == {flight.address}
        assert tracks.confirmed[own].tolist() == [0, 0] + [1] * (len(own) - 2)
        assert tracks.ended[own][-1] == (flight.last_s < DURATION_S)
        assert not tracks.ended[own][:-1].any()


def test_flights_beyond_reach_are_in_the_other_system_alone(sample):
    beyond = [row for row, flight in enumerate(FLIGHTS) if not flight.in_reach]
    assert len(beyond) == 3
    assert not np.isin(sample.plot_flight, beyond).any()
    for row in beyond:
        path = path_of(FLIGHTS[row])
        assert np.linalg.norm(enu_from_ecef(path.pos_ecef_m, *SITE), axis=1).min() > REACH_M


def test_a_straight_leg_is_a_geodesic():
    flight = Flight("straight", 305, 100, 118, 460, 0.0)
    path = path_of(flight)
    lat, lon, height = geodetic_from_ecef(path.pos_ecef_m)
    geod = Geod(ellps="WGS84")
    seconds = np.arange(0, DURATION_S + 1, 100)
    n = len(seconds)
    start = np.full(n, math.degrees(lon[0])), np.full(n, math.degrees(lat[0]))
    lon2, lat2, _ = geod.fwd(*start, np.full(n, 118.0), seconds * 460 * KNOT_MPS)
    _, _, apart = geod.inv(np.degrees(lon[seconds]), np.degrees(lat[seconds]), lon2, lat2)
    assert np.abs(apart).max() < 0.1
    assert np.abs(height).max() < 1e-6


def test_a_turn_comes_round_to_where_it_began():
    holding = path_of(FLIGHTS[NAMED["holding"]])
    once = np.linalg.norm(holding.pos_ecef_m[240] - holding.pos_ecef_m[0])
    assert once < 60.0
    radius_m = 230 * KNOT_MPS / math.radians(3.0)
    across = np.linalg.norm(holding.pos_ecef_m[60] - holding.pos_ecef_m[120])
    assert across == pytest.approx(2 * radius_m, rel=0.01)


def test_velocity_is_the_slope_of_the_path():
    for flight in FLIGHTS:
        path = path_of(flight)
        t_s = np.linspace(flight.first_s + 0.5, flight.last_s - 0.5, 97)
        before, after = path.at(t_s - 1e-3)[0], path.at(t_s + 1e-3)[0]
        assert np.allclose((after - before) / 2e-3, path.at(t_s)[1], atol=0.02)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="folder"):
        write_sample(tmp_path / "file" / "sample")


@pytest.mark.parametrize("name", ["radar.pcap", "system.pcap"])
def test_a_file_that_cannot_be_written_is_told(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(UsageError, match=name):
        write_sample(tmp_path)
    assert not list(tmp_path.glob(".*"))
