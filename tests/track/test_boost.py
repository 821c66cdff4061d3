"""Boosts: as honest as can be while they last, seen late by satellites, and never taken for level flight."""

import functools
import math

import numpy as np
import pytest
from scipy import stats

from skypact.kernels import bank as layout
from skypact.model.codes import SensorKind, TrackStatus
from skypact.model.detection import Detections
from skypact.track import TrackerSettings, advance, new_bank, snapshot
from tests.track.test_tracker import BIAS, WIDE, follow, nearest
from tests.track.world import LAT, LON, Flight, Site, free_fall, from_enu, observe, rotation, table

SETTINGS = TrackerSettings()
RUNS = 24
DRAG_KGPM2 = 8_000.0


def boosted(rng, seconds=160):
    """A flight from rest by constant thrust, its direction fixed after 4 s, and when its boost ends (s).

    Mean thrust of 25 to 60 m/s2, exhaust at 2.0 to 2.8 km/s, one stage or, of the fast ones, two: drawn from public
    intervals by the rocket equation, with gravity and drag, and nothing of it from the tracker's own model.
    """
    whole, mean, exhaust = rng.uniform(1_800.0, 3_000.0), rng.uniform(25.0, 60.0), rng.uniform(2e3, 2.8e3)
    stages = 1 if whole < 2_400.0 else 2
    stage_s, log_growth = whole / mean / stages, whole / stages / exhaust
    first = max(-math.expm1(-log_growth) / log_growth * mean, 13.0)
    bearing, steep = rng.uniform(0.0, 2.0 * math.pi), rng.uniform(0.8, 1.1)
    up, along = (
        rotation(LAT, LON).T
        @ np.array([math.cos(e) * math.sin(bearing), math.cos(e) * math.cos(bearing), math.sin(e)])
        for e in (0.5 * math.pi, steep)
    )

    def rate(x, t):
        out = free_fall(x, DRAG_KGPM2)
        if t < stages * stage_s:
            burnt = (t % stage_s) / stage_s
            out[3:] += first / (1.0 + math.expm1(-log_growth) * burnt) * (up if t < 4.0 else along)
        return out

    x = np.concatenate([from_enu(rng.uniform(-60e3, 60e3), rng.uniform(60e3, 120e3), 0.0), np.zeros(3)])
    states, h = [x], 0.5
    for k in range(2 * seconds):
        t = k * h
        k1 = rate(x, t)
        k2 = rate(x + 0.5 * h * k1, t + 0.5 * h)
        x = x + h * rate(x + 0.5 * h * k2, t + 0.5 * h)
        if k % 2:
            states.append(x)
    return Flight(0, np.array(states)), stages * stage_s


def watched(site, flight, run, late_s=None):
    """[(second, tracks)] of a radar and, with `late_s`, a satellite: the radar then sees nothing before 40 s."""
    if late_s is None:
        return follow([site], [flight], 160, 2000 + run, every=2)[1]
    rng = np.random.default_rng(2000 + run)
    sites = [site, satellite(late_s)]
    sensors = table(sites)
    sensors.delay_s[1] = late_s
    bias = rng.normal(size=4) * site.bias_sigma
    plots, _ = observe([site], [flight], 160, rng, bias[None])
    plots = rows_of(plots, np.flatnonzero(plots.t_ns > 40 * 10**9))
    far = observe_from_above(sites[1], flight, seed=run)
    far.sensor[:] = 1
    both = Detections(
        *(np.concatenate([getattr(plots, f), getattr(far, f)]) for f in Detections.__dataclass_fields__)
    )
    use_ns = both.t_ns + np.where(both.sensor == 1, round(late_s * 1e9), 0)
    order = np.argsort(use_ns, kind="stable")
    both, use_ns = rows_of(both, order), use_ns[order]
    bank, low, shots = new_bank(64), 0, []
    for k in range(2, 161, 2):
        high = int(np.searchsorted(use_ns, k * 10**9))
        advance(bank, sensors, both, low, high, None, float(k), SETTINGS)
        low = high
        shots.append((k, snapshot(bank, float(k), SETTINGS)))
    return shots


def rows_of(log, rows):
    """Some rows of detections."""
    return Detections(*(getattr(log, name)[rows] for name in Detections.__dataclass_fields__))


@functools.cache
def looks(revisit, late_s=None):
    """Of each run its looks at a confirmed track of the flight, [n, 4].

    Time since burnout (s), squared normalised error per dimension, error of speed (m/s), its sigma.
    """
    out = []
    site = Site(revisit=revisit, bias_sigma=BIAS, **WIDE)
    for run in range(RUNS):
        flight, burnout_s = drawn(run)
        found = []
        for k, tracks in watched(site, flight, run, late_s):
            row = nearest(tracks, flight.at(k), 20e3)
            if row < 0:
                continue
            error, cov = tracks.mean_ecef[row] - flight.at(k), tracks.cov_ecef[row]
            ahead = flight.at(k)[3:] / np.linalg.norm(flight.at(k)[3:])
            square = error @ np.linalg.solve(cov, error) / 6.0
            sigma = math.sqrt(ahead @ cov[3:, 3:] @ ahead)
            found.append((k - burnout_s, square, error[3:] @ ahead, sigma))
        out.append(np.array(found))
    return out


@functools.cache
def drawn(run):
    """The flight of a run, and when its boost ends (s)."""
    return boosted(np.random.default_rng(100 + run))


def between(revisit, late_s, low, high):
    """The looks of each run that has any from `low` to `high` (s) after burnout."""
    kept = [run[(run[:, 0] >= low) & (run[:, 0] <= high)] for run in looks(revisit, late_s)]
    return [run for run in kept if len(run)]


def interval(values):
    """Mean and half a 95% interval by Student's t."""
    half = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values))
    return float(np.mean(values)), float(half)


CASES = ((2.0, None), (4.0, None), (10.0, None), (20.0, None), (10.0, 10.0))
"""Revisit of the radar, and of the satellite seen with it how late it tells (s); each every 10 s."""


@pytest.mark.parametrize(("revisit", "late_s"), CASES)
def test_tracks_are_not_over_confident_from_the_first_look_at_a_boost_to_its_end(revisit, late_s):
    runs = between(revisit, late_s, -math.inf, 0.0)
    assert len(runs) >= 16
    mean, half = interval([run[:, 1].mean() for run in runs])
    assert mean + half < 1.3
    assert mean > 0.15


@pytest.mark.parametrize(("revisit", "late_s"), CASES)
def test_tracks_are_not_over_confident_in_the_first_moments_after_burnout(revisit, late_s):
    runs = between(revisit, late_s, 0.0, 15.0)
    assert len(runs) >= 20
    mean, half = interval([run[:, 1].mean() for run in runs])
    assert mean + half < 1.3


@pytest.mark.parametrize(("revisit", "late_s"), CASES)
def test_tracks_settle_after_burnout(revisit, late_s):
    runs = between(revisit, late_s, 30.0, 80.0)
    assert len(runs) == RUNS
    mean, half = interval([run[:, 1].mean() for run in runs])
    assert mean > 0.2
    assert mean + half < 1.3


@pytest.mark.parametrize(("revisit", "late_s"), CASES)
def test_the_speed_of_a_boost_that_may_end_at_any_moment_lags_by_less_than_its_sigma(revisit, late_s):
    """While it has not ended the mean of both lags, and just after it leads; over both it is off by a third of it."""
    burning = np.concatenate(between(revisit, late_s, -math.inf, 0.0))
    assert abs(np.mean(burning[:, 2] / burning[:, 3])) < 0.85
    mean, half = interval([run[:, 2].mean() for run in between(revisit, late_s, -math.inf, 15.0)])
    assert abs(mean) - half < np.mean(burning[:, 3]) / 3.0


def test_nothing_at_a_kilometre_a_second_flies_level():
    _, shots, _ = follow([Site(revisit=4.0, **WIDE)], [drawn(7)[0]], 160, 7)
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
    flight, _ = drawn(3)
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
    assert np.linalg.norm(error) < 70e3


def observe_from_above(site, flight, first_s=15, last_s=80, seed=1):
    """Detections of one flight from a satellite, as `observe` makes them but at any elevation."""
    tables = table([site])
    origin, rot = tables.pos_ecef_m[0], tables.rot_enu_from_ecef[0]
    rng = np.random.default_rng(seed)
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
    flight, _ = drawn(3)
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
            second = rows_of(late, due)
            second.sensor[:] = 1
            found = advance(both, sensors, second, 0, len(due), None, float(now), SETTINGS)
            assert found.owner.tolist() == [0]
            advance(alone, sensors, second, 0, 0, None, float(now), SETTINGS)
    assert len(both) == len(alone) == 1
    assert np.array_equal(both.arrays.mean, alone.arrays.mean)
    assert np.array_equal(both.arrays.cov, alone.arrays.cov)
