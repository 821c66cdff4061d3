"""Boosts: consistent while they last, seen late by satellites, and never taken for level flight."""

import math

import numpy as np

from skypact.kernels import bank as layout
from skypact.model.codes import SensorKind, TrackStatus
from skypact.model.detection import Detections
from skypact.track import TrackerSettings, advance, new_bank, snapshot
from tests.track.test_tracker import BIAS, WIDE, follow, nearest
from tests.track.world import LAT, LON, Flight, Site, ballistic_flight, from_enu, observe, rotation, table

SETTINGS = TrackerSettings()


def boosted(rng, burn_s=80, seconds=160):
    """A straight boost from the ground whose net acceleration grows, then free flight; burnout at `burn_s`."""
    push = rng.uniform(18.0, 40.0)
    bearing, steep = rng.uniform(0.0, 2.0 * math.pi), rng.uniform(0.7, 1.0)
    along = rotation(LAT, LON).T @ np.array(
        [math.cos(steep) * math.sin(bearing), math.cos(steep) * math.cos(bearing), math.sin(steep)]
    )
    start = from_enu(rng.uniform(-60e3, 60e3), rng.uniform(60e3, 120e3), 0.0)
    t = np.arange(burn_s + 1.0)
    speed = push * (0.6 * t + 0.4 * t**2 / burn_s)
    path = push * (0.3 * t**2 + 0.4 * t**3 / (3.0 * burn_s))
    burn = np.hstack([start + path[:, None] * along, speed[:, None] * along])
    coast = ballistic_flight(burn[-1, :3], burn[-1, 3:], seconds - burn_s)
    return Flight(0, np.vstack([burn, coast.state[1:]]))


def squares(site, runs, between):
    """Squared normalised errors per dimension of the whole state by run, and the errors of speed (m/s)."""
    means, slower = [], []
    for run in range(runs):
        flight = boosted(np.random.default_rng(100 + run))
        _, shots, _ = follow([site], [flight], 160, 2000 + run, every=2)
        found = []
        for k, tracks in shots:
            if not between[0] <= k <= between[1]:
                continue
            row = nearest(tracks, flight.at(k), 20e3)
            if row < 0:
                continue
            error = tracks.mean_ecef[row] - flight.at(k)
            found.append(error @ np.linalg.solve(tracks.cov_ecef[row], error) / 6.0)
            ahead = flight.at(k)[3:] / np.linalg.norm(flight.at(k)[3:])
            slower.append(error[3:] @ ahead)
        means.append(np.mean(found))
    return np.array(means), np.array(slower)


def test_tracks_are_not_over_confident_while_something_boosts():
    for revisit in (2.0, 10.0):
        found, _ = squares(Site(revisit=revisit, bias_sigma=BIAS, **WIDE), 10, (40, 80))
        assert found.mean() < 1.3, revisit
        assert found.mean() > 0.15, revisit


def test_the_speed_of_a_boost_does_not_lag():
    _, slower = squares(Site(revisit=4.0, bias_sigma=BIAS, **WIDE), 10, (45, 80))
    assert abs(np.median(slower)) < 60.0


def test_tracks_settle_after_burnout():
    found, _ = squares(Site(revisit=4.0, bias_sigma=BIAS, **WIDE), 10, (110, 160))
    assert 0.2 < found.mean() < 1.4


def test_nothing_at_three_kilometres_a_second_flies_level():
    _, shots, _ = follow([Site(revisit=4.0, **WIDE)], [boosted(np.random.default_rng(7))], 160, 7)
    for k, tracks in shots:
        if k > 60 and len(tracks):
            assert tracks.mode_prob[0, layout.LEVEL] < 1e-3


def satellite(delay_s):
    """A line of sight from far above, every 10 s."""
    return Site(
        lat=0.0, lon=LON, height=35_786_000.0, kind=SensorKind.INFRARED, revisit=10.0, rotates=False,
        range_max=math.nan, sigma=(math.nan, 4e-4, 3e-5), ranges=False, elevation_limits=(-1.6, -1.3),
    )  # fmt: skip


def test_what_a_satellite_reports_after_half_a_minute_still_starts_a_track():
    """Its own delay is known; only what is later than that by `late_max_s` is refused."""
    flight = boosted(np.random.default_rng(3))
    site = satellite(30.0)
    log = observe_from_above(site, flight)
    found = {}
    for told_s in (30.0, 0.0):
        sensors = table([site])
        sensors.delay_s[:] = told_s
        bank, low = new_bank(16), 0
        for now in range(1, 161):
            high = int(np.searchsorted(log.t_ns + 30 * 10**9, now * 10**9, side="right"))
            advance(bank, sensors, log, low, high, None, float(now), SETTINGS)
            low = high
            if now == 85:
                found[told_s] = snapshot(bank, 85.0, SETTINGS, TrackStatus.TENTATIVE)
    assert len(found[30.0]) == 1
    assert len(found[0.0]) == 0
    error = found[30.0].mean_ecef[0, :3] - flight.at(85.0)[:3]
    assert np.linalg.norm(error) < 60e3


def observe_from_above(site, flight, first_s=15, last_s=80):
    """Detections of one flight from a satellite, as `observe` makes them but at any elevation."""
    tables = table([site])
    origin, rot = tables.pos_ecef_m[0], tables.rot_enu_from_ecef[0]
    rng = np.random.default_rng(1)
    rows = []
    for t in range(first_s, last_s, 10):
        e, n, u = rot @ (flight.at(t)[:3] - origin)
        r = math.sqrt(e * e + n * n + u * u)
        z = np.array(
            [np.nan, math.atan2(e, n) + 4e-4 * rng.normal(), math.asin(u / r) + 3e-5 * rng.normal(), np.nan]
        )
        rows.append((t, z))
    n = len(rows)
    t_ns = np.array([t * 10**9 for t, _ in rows], np.int64)
    return Detections(
        t_ns=t_ns,
        ready_ns=t_ns + 30 * 10**9,
        sensor=np.zeros(n, np.uint16),
        kind=np.full(n, site.kind, np.uint8),
        z=np.array([z for _, z in rows]),
        sigma=np.tile([np.nan, 4e-4, 3e-5, np.nan], (n, 1)),
        snr_db=np.full(n, np.nan, np.float32),
        code=np.zeros(n, np.uint32),
        detection_id=np.arange(n, dtype=np.uint64),
    )


def test_a_late_sighting_of_what_is_tracked_starts_no_second_track_and_moves_nothing():
    """A radar holds it; the satellite's plot of 30 s ago is explained and left alone."""
    flight = boosted(np.random.default_rng(3))
    radar = Site(revisit=2.0, rotates=False, **WIDE)
    plots, _ = observe([radar], [flight], 110, np.random.default_rng(2))
    late = observe_from_above(satellite(30.0), flight)
    sensors = table([radar, satellite(30.0)])
    sensors.delay_s[1] = 30.0
    alone, both = new_bank(16), new_bank(16)
    low = 0
    for now in range(1, 111):
        high = int(np.searchsorted(plots.t_ns, now * 10**9))
        for bank in (alone, both):
            advance(bank, sensors, plots, low, high, None, float(now), SETTINGS)
        low = high
        due = np.flatnonzero(
            (late.t_ns + 30 * 10**9 <= now * 10**9) & (late.t_ns + 30 * 10**9 > (now - 1) * 10**9)
        )
        if now > 60 and len(due):
            second = type(late)(*(getattr(late, name)[due] for name in late.__dataclass_fields__))
            second.sensor[:] = 1
            found = advance(both, sensors, second, 0, len(due), None, float(now), SETTINGS)
            assert found.owner.tolist() == [0]
            advance(alone, sensors, second, 0, 0, None, float(now), SETTINGS)
    assert len(both) == len(alone) == 1
    assert np.array_equal(both.arrays.mean, alone.arrays.mean)
    assert np.array_equal(both.arrays.cov, alone.arrays.cov)
