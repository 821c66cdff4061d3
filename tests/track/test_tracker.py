"""What a bank of tracks makes of detections."""

import math
from typing import Any

import numpy as np
import pytest

from skypact.errors import UsageError
from skypact.model.codes import Identity, ObjectClass, SensorKind, TrackStatus
from skypact.track import TrackerSettings, advance, new_bank, snapshot
from tests.track.world import (
    LAT,
    LON,
    Site,
    ballistic_flight,
    from_enu,
    level_flight,
    observe,
    rotation,
    table,
)

SETTINGS = TrackerSettings()
BIAS = (20.0, 0.001, 0.001, 0.03)
WIDE: dict[str, Any] = {"range_max": 600e3, "elevation_limits": (0.0, 1.5)}


def follow(sites, flights, seconds, seed, biased=True, every=1):
    """Bank, snapshots [(second, tracks)] and events of tracking flights second by second."""
    rng = np.random.default_rng(seed)
    bias = rng.normal(size=(len(sites), 4)) * np.array([s.bias_sigma for s in sites]) * biased
    detections, _ = observe(sites, flights, seconds, rng, bias)
    bank, sensors, low = new_bank(), table(sites), 0
    shots, events = [], []
    for k in range(1, seconds + 1):
        high = int(np.searchsorted(detections.t_ns, k * 10**9))
        found = advance(bank, sensors, detections, low, high, None, float(k), SETTINGS)
        events += list(zip(found.track_id, found.new, found.old, strict=True))
        low = high
        if k % every == 0:
            shots.append((k, snapshot(bank, float(k), SETTINGS)))
    return bank, shots, events


def nearest(tracks, state, within_m=8e3):
    """The row of the track nearest to a state, -1 where none is near."""
    if len(tracks) == 0:
        return -1
    gap = np.linalg.norm(tracks.mean_ecef[:, :3] - state[:3], axis=1)
    return int(gap.argmin()) if gap.min() < within_m else -1


def missile(seconds=200):
    up = rotation(LAT, LON)
    vel = up.T @ (2000.0 * np.array([math.cos(0.8), 0.2, math.sin(0.8)]))
    return ballistic_flight(from_enu(-200e3, 40e3, 40e3), vel, seconds)


def test_aircraft_and_a_missile_among_false_plots_keep_one_track_each():
    flights = [
        level_flight(25e3 * k - 60e3, 50e3 - 20e3 * k, 3e3 + 1.5e3 * k, 60.0 + 45.0 * k, 70.0 * k, 200)
        for k in range(5)
    ]
    flights.append(missile())
    site = Site(false_plots=5.0, pd=0.9, bias_sigma=BIAS, **WIDE)
    _, shots, events = follow([site], flights, 200, 8)
    held: list[set[int]] = [set() for _ in flights]
    for k, tracks in shots:
        if k < 30:
            continue
        rows = [nearest(tracks, flight.at(k)) for flight in flights if flight.at(k) is not None]
        assert -1 not in rows
        assert len(set(rows)) == len(rows)
        for f, row in enumerate(rows):
            held[f].add(int(tracks.track_id[row]))
    assert [len(ids) for ids in held] == [1] * len(flights)
    assert sum(new == TrackStatus.CONFIRMED and old == TrackStatus.TENTATIVE for _, new, old in events) <= 7
    last = shots[-1][1]
    row = nearest(last, flights[-1].at(200))
    assert last.class_prob[row].argmax() == ObjectClass.BALLISTIC
    assert last.mode_prob[row, 2] > 0.9
    assert last.identity[row] == Identity.HOSTILE
    assert np.all(last.sources == 1)


@pytest.mark.parametrize("revisit", [1.0, 4.0, 10.0])
def test_a_missile_is_confirmed_at_the_third_look_of_any_radar(revisit):
    _, shots, _ = follow([Site(revisit=revisit, bias_sigma=BIAS, **WIDE)], [missile()], 60, 3)
    first = next(k for k, tracks in shots if len(tracks))
    assert first <= 3 * revisit + 2
    final = shots[-1][1]
    assert len(final) == 1
    assert np.linalg.norm(final.mean_ecef[0, 3:] - missile().at(60)[3:]) < 60.0


def test_crossing_aircraft_keep_their_tracks():
    flights = [
        level_flight(-20e3, 60e3, 9e3, 220.0, 90.0, 180),
        level_flight(0.0, 40e3, 8.4e3, 220.0, 0.0, 180),
    ]
    _, shots, _ = follow([Site(sigma=(30.0, 0.001, 0.001))], flights, 180, 5)
    ids = [[int(t.track_id[nearest(t, f.at(k))]) for f in flights] for k, t in shots if k > 20]
    assert all(pair == ids[0] for pair in ids)
    assert ids[0][0] != ids[0][1]


def test_a_turning_aircraft_is_held():
    turns = ((60, 90, 0.03), (130, 190, -0.05))
    _, shots, _ = follow(
        [Site(revisit=10.0)], [level_flight(10e3, 60e3, 5e3, 230.0, 120.0, 240, turns=turns)], 240, 5
    )
    flight = level_flight(10e3, 60e3, 5e3, 230.0, 120.0, 240, turns=turns)
    assert {tuple(t.track_id) for k, t in shots if k > 40} == {(1,)}
    gaps = [np.linalg.norm(t.mean_ecef[0, :3] - flight.at(k)[:3]) for k, t in shots if k > 40]
    assert max(gaps) < 3e3


def split(bank, sensors, detections, seconds, ends):
    events, low = [], 0
    for end in ends:
        high = int(np.searchsorted(detections.t_ns, end * 10**9))
        found = advance(bank, sensors, detections, low, high, None, float(end), SETTINGS)
        events.append(np.stack([found.track_id.astype(int), found.new, found.old]))
        low = high
    return np.concatenate(events, axis=1)


def test_how_a_time_is_split_at_whole_seconds_changes_nothing():
    sites = [
        Site(false_plots=5.0, pd=0.8, bias_sigma=BIAS),
        Site(lat=LAT + 0.005, revisit=1.0, rotates=False, phase=0.4),
    ]
    flights = [level_flight(20e3 * k, 50e3, 6e3, 200.0, 80.0 * k, 60) for k in range(3)]
    detections, _ = observe(sites, flights, 60, np.random.default_rng(2))
    one, many, all_at_once = new_bank(64), new_bank(64), new_bank(64)
    a = split(one, table(sites), detections, 60, range(1, 61))
    b = split(many, table(sites), detections, 60, (7, 8, 30, 60))
    c = split(all_at_once, table(sites), detections, 60, (60,))
    assert np.array_equal(a, b)
    assert np.array_equal(a, c)
    for name in one.arrays._fields:
        if name not in {"counts", "events"}:
            assert np.array_equal(getattr(one.arrays, name), getattr(many.arrays, name)), name
            assert np.array_equal(getattr(one.arrays, name), getattr(all_at_once.arrays, name)), name


def test_a_copy_goes_its_own_way():
    site = Site()
    detections, _ = observe(
        [site], [level_flight(0.0, 50e3, 6e3, 200.0, 80.0, 60)], 60, np.random.default_rng(2)
    )
    bank, sensors = new_bank(16), table([site])
    half = len(detections.t_ns) // 2
    advance(bank, sensors, detections, 0, half, None, 30.0, SETTINGS)
    twin = bank.copy()
    before = snapshot(twin, 30.0, SETTINGS)
    advance(bank, sensors, detections, half, len(detections.t_ns), None, 60.0, SETTINGS)
    assert np.array_equal(snapshot(twin, 30.0, SETTINGS).mean_ecef, before.mean_ecef)
    advance(twin, sensors, detections, half, len(detections.t_ns), None, 60.0, SETTINGS)
    assert np.array_equal(snapshot(twin, 60.0, SETTINGS).cov_ecef, snapshot(bank, 60.0, SETTINGS).cov_ecef)


def test_nothing_comes_of_nothing():
    site = Site()
    detections, _ = observe([site], [], 10, np.random.default_rng(2))
    bank = new_bank(16)
    assert len(advance(bank, table([site]), detections, 0, 0, None, 10.0, SETTINGS)) == 0
    tracks = snapshot(bank, 10.0, SETTINGS)
    assert len(tracks) == 0
    assert tracks.cov_ecef.shape == (0, 6, 6)
    with pytest.raises(UsageError):
        advance(bank, table([site]), detections, 0, 5, None, 11.0, SETTINGS)
    with pytest.raises(UsageError):
        new_bank(0)


def test_late_detections_are_used_but_not_too_late_ones():
    """A second sensor's plots come up to 8 s late: they still narrow the track; older than the limit, they do not."""
    sites = [
        Site(rotates=False, sigma=(50.0, 0.004, 0.004)),
        Site(lat=LAT + 0.008, rotates=False, phase=2.0, sigma=(10.0, 0.0003, 0.0003)),
    ]
    flight = level_flight(20e3, 50e3, 6e3, 200.0, 80.0, 80)
    detections, _ = observe(sites, [flight], 60, np.random.default_rng(4))
    errors = {}
    for delay in (None, 8, 30):
        bank, sensors = new_bank(16), table(sites)
        for k in range(1, 61):
            t = detections.t_ns * 1e-9 + (detections.sensor == 1) * (0 if delay is None else delay)
            use = (t >= k - 1) & (t < k) & ((detections.sensor == 0) | (delay is not None))
            advance(bank, sensors, detections, 0, len(t), use, float(k), SETTINGS)
        tracks = snapshot(bank, 60.0, SETTINGS)
        row = nearest(tracks, flight.at(60))
        errors[delay] = math.sqrt(np.trace(tracks.cov_ecef[row, :3, :3]))
    assert errors[8] < 0.8 * errors[None]
    assert errors[30] == pytest.approx(errors[None], rel=0.05)


def coded(site_kw, flights, seconds=60, seed=3):
    return follow([Site(code_probability=1.0, rotates=False, **site_kw)], flights, seconds, seed)


def test_codes_name_tracks_and_keep_close_aircraft_apart():
    flights = [
        level_flight(20e3, 50e3, 6e3, 200.0, 80.0, 60, code=31),
        level_flight(20e3, 50.3e3, 6e3, 200.0, 80.0, 60, code=1_000_007),
    ]
    _, shots, _ = coded({"sigma": (100.0, 0.01, 0.01)}, flights)
    tracks = shots[-1][1]
    assert sorted(tracks.code) == [31, 1_000_007]
    by_code = {int(c): i for i, c in enumerate(tracks.code)}
    assert tracks.identity[by_code[31]] == Identity.CIVIL
    assert tracks.identity[by_code[1_000_007]] == Identity.FRIEND
    assert tracks.class_prob[by_code[31], ObjectClass.CIVIL] > 0.9
    assert tracks.class_prob[by_code[1_000_007], ObjectClass.FRIENDLY] > 0.9


def test_sound_follows_tracks_and_never_starts_one():
    drone = level_flight(3e3, 4e3, 300.0, 50.0, 200.0, 120)
    ear = Site(
        kind=SensorKind.ACOUSTIC,
        elevation=False,
        ranges=False,
        range_max=10e3,
        sigma=(1.0, 0.02, 1.0),
        revisit=1.0,
        rotates=False,
    )
    bank, _, _ = follow([ear], [drone], 60, 3)
    assert len(bank) == 0


def test_plots_without_elevation_hold_a_track_that_owns_its_unknown_height():
    flight = level_flight(30e3, 60e3, 9e3, 230.0, 200.0, 200)
    _, shots, _ = follow([Site(elevation=False, bias_sigma=BIAS)], [flight], 200, 3)
    tracks = shots[-1][1]
    assert len(tracks) == 1
    error = tracks.mean_ecef[0] - flight.at(200)
    up = rotation(LAT, LON)
    flat = (up @ error[:3])[:2]
    assert np.linalg.norm(flat) < 1.5e3
    assert error @ np.linalg.solve(tracks.cov_ecef[0], error) < 25.0
    assert math.sqrt(up[2] @ tracks.cov_ecef[0, :3, :3] @ up[2]) > 2e3


@pytest.mark.parametrize("height", [30.0, 35.8e6])
def test_a_line_of_sight_to_a_boost_starts_a_wide_track(height):
    launch = missile(60)
    eye = Site(
        kind=SensorKind.INFRARED, height=height, ranges=False, range_max=5e7, revisit=2.0, rotates=False,
        sigma=(1.0, 2e-4 if height < 1e3 else 3e-5, 2e-4 if height < 1e3 else 3e-5), elevation_limits=(-1.6, 1.6),
        lat=LAT if height < 1e3 else 0.02,
    )  # fmt: skip
    rng = np.random.default_rng(1)
    sensors = table([eye])
    rows = []
    for k in range(5, 45, 2):
        e, n, u = sensors.rot_enu_from_ecef[0] @ (launch.at(k)[:3] - sensors.pos_ecef_m[0])
        bearing, elevation = math.atan2(e, n), math.atan2(u, math.hypot(e, n))
        rows.append(
            [np.nan, bearing + rng.normal() * eye.sigma[1], elevation + rng.normal() * eye.sigma[2], np.nan]
        )
    detections, _ = observe([Site()], [], 1, rng)
    n = len(rows)
    detections = type(detections)(
        t_ns=np.arange(5, 45, 2).astype(np.int64) * 10**9, ready_ns=np.zeros(n, np.int64),
        sensor=np.zeros(n, np.uint16),
        kind=np.full(n, 1, np.uint8), z=np.array(rows),
        sigma=np.tile([np.nan, eye.sigma[1], eye.sigma[2], np.nan], (n, 1)), snr_db=np.zeros(n, np.float32),
        code=np.zeros(n, np.uint32), detection_id=np.arange(n, dtype=np.uint64),
    )  # fmt: skip
    bank = new_bank(16)
    advance(bank, sensors, detections, 0, n, None, 44.0, SETTINGS)
    tracks = snapshot(bank, 44.0, SETTINGS)
    assert len(tracks) == 1
    error = tracks.mean_ecef[0, :3] - launch.at(44)[:3]
    assert np.linalg.norm(error) < 200e3
    assert error @ np.linalg.solve(tracks.cov_ecef[0, :3, :3], error) < 30.0


PER_ROW = [
    "mean",
    "cov",
    "mode",
    "bias_gain",
    "bias_sensor",
    "bias_s",
    "bias_var",
    "centre",
    "evidence",
    "life",
    "tags",
]


def grafted(sensor_of_second):
    """A bank with a second track of the same aircraft, made by another bank from one of two radars."""
    sites = [
        Site(rotates=False, bias_sigma=BIAS),
        Site(lat=LAT + 0.006, rotates=False, phase=2.0, bias_sigma=BIAS),
    ]
    flight = level_flight(20e3, 60e3, 6e3, 200.0, 80.0, 60)
    detections, _ = observe(sites, [flight], 43, np.random.default_rng(4))
    banks = []
    for sensor in (0, sensor_of_second):
        bank = new_bank(4)
        advance(
            bank,
            table(sites),
            detections,
            0,
            len(detections.t_ns),
            detections.sensor == sensor,
            43.0,
            SETTINGS,
        )
        banks.append(bank)
    into, other = banks[0].arrays, banks[1].arrays
    first, second = int(into.lists[0, 0]), int(into.lists[1, 2])
    for name in PER_ROW:
        getattr(into, name)[second] = getattr(other, name)[int(other.lists[0, 0])]
    into.tags[second, 2] = 99
    into.lists[0, 1] = second
    into.counts[0] = 2
    assert first != second
    return banks[0], table(sites), detections


def test_two_tracks_of_one_object_become_one():
    bank, sensors, detections = grafted(1)
    found = advance(bank, sensors, detections, 0, 0, None, 44.0, SETTINGS)
    assert list(found.track_id) == [99]
    assert list(found.new) == [TrackStatus.LOST]
    assert bank.merged == 1
    assert list(snapshot(bank, 44.0, SETTINGS).track_id) == [1]


def test_two_tracks_that_one_radar_saw_apart_in_one_look_stay_two():
    bank, sensors, detections = grafted(0)
    assert len(advance(bank, sensors, detections, 0, 0, None, 44.0, SETTINGS)) == 0
    assert len(snapshot(bank, 44.0, SETTINGS)) == 2


def test_detections_in_any_order_of_rows_within_a_second_of_other_sensors_give_tracks():
    sites = [Site(rotates=False), Site(lat=LAT + 0.006, rotates=False)]
    detections, _ = observe(
        sites, [level_flight(20e3, 60e3, 6e3, 200.0, 80.0, 60)], 40, np.random.default_rng(1)
    )
    bank = new_bank(16)
    order = np.arange(len(detections.t_ns))[::-1]
    turned = type(detections)(**{name: getattr(detections, name)[order] for name in vars(detections)})
    advance(bank, table(sites), turned, 0, len(order), None, 40.0, SETTINGS)
    straight = new_bank(16)
    advance(straight, table(sites), detections, 0, len(order), None, 40.0, SETTINGS)
    a, b = snapshot(bank, 40.0, SETTINGS), snapshot(straight, 40.0, SETTINGS)
    assert len(a) == len(b) == 1
    assert np.linalg.norm(a.mean_ecef - b.mean_ecef) < 50.0
