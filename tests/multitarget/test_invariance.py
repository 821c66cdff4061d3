"""What no drawn scenario may change, for every associator: orders, places, lateness; and what no input may break."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.errors import UsageError
from skypact.track import Tracker
from skypact.track.association import registered
from tests.multitarget.objects import Cv, Eye, crossing

FINE, COARSE = Eye(sigma=(5.0, 5.0)), Eye(sigma=(12.0, 8.0), detection_chance=0.8)
pytestmark = pytest.mark.parametrize("name", registered())
seeds = st.integers(0, 10_000)


def ordered(report):
    """Positions, velocities, covariances and existence, by the first coordinate."""
    order = np.lexsort(report.mean.T[::-1])
    return report.mean[order], report.cov[order], report.existence[order]


def told(first, second):
    """Whether two reports say the same to 1e-9 of their size."""
    return len(first) == len(second) and all(
        np.allclose(a, b, rtol=1e-9, atol=1e-9) for a, b in zip(ordered(first), ordered(second), strict=True)
    )


@given(seeds, st.floats(0.6, 1.0), st.integers(0, 6), st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_detections_may_come_in_any_order(name, seed, chance, clutter, random):
    _, scans = crossing(scans=10, chance=chance, clutter=clutter, seed=seed)
    one, other = (Tracker(Cv(), name, speed_sigma_mps=30.0) for _ in range(2))
    for k, z in enumerate(scans):
        order = random.sample(range(len(z)), len(z))
        first, second = one.step(float(k), z, FINE), other.step(float(k), z[order], FINE)
        assert np.array_equal(first.mean, second.mean)
        assert np.array_equal(first.cov, second.cov)
        assert np.array_equal(first.track_id, second.track_id)


@given(seeds, st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))
@settings(max_examples=20)
def test_a_world_that_is_moved_has_its_tracks_moved(name, seed, east_m, north_m):
    _, scans = crossing(scans=10, chance=0.9, clutter=3, seed=seed)
    here, there = (Tracker(Cv(), name, speed_sigma_mps=30.0) for _ in range(2))
    moved = np.array([east_m, north_m])
    for k, z in enumerate(scans):
        first, second = here.step(float(k), z, FINE), there.step(float(k), z + moved, FINE)
        assert len(first) == len(second)
    order, other = np.lexsort(first.pos_m.T[::-1]), np.lexsort((second.pos_m - moved).T[::-1])
    assert np.allclose(first.pos_m[order] + moved, second.pos_m[other], atol=1e-6)
    assert np.allclose(first.vel_mps[order], second.vel_mps[other], atol=1e-6)


@given(seeds, st.lists(st.booleans(), min_size=8, max_size=8))
@settings(max_examples=20)
def test_sensors_that_look_at_the_same_instant_may_be_taken_in_either_order(name, seed, turned):
    """Which is which is not in doubt, no plot is outside a gate, and two updates of one state commute.

    Where a detection counts by its chance, that chance depends a little on what came first: a metre and no more.
    """
    rng = np.random.default_rng(seed)
    start, speed = np.array([[0.0, 0.0], [9e3, 0.0], [0.0, 9e3]]), rng.normal(0.0, 20.0, (3, 2))
    one, other = (Tracker(Cv(), name, speed_sigma_mps=30.0) for _ in range(2))
    for k, turn in enumerate(turned):
        seen = [
            (start + k * speed + rng.uniform(-1.5, 1.5, (3, 2)) * eye.sigma, eye) for eye in (FINE, COARSE)
        ]
        for z, eye in seen:
            first = one.step(float(k), z, eye)
        for z, eye in seen[::-1] if turn else seen:
            second = other.step(float(k), z, eye)
    assert len(first) == 3
    if name == "gnn":
        assert told(first, second)
    assert np.allclose(ordered(first)[0], ordered(second)[0], rtol=0.0, atol=1.0)


@given(seeds, st.permutations(range(9)))
@settings(max_examples=20)
def test_scans_out_of_sequence_give_what_scans_in_sequence_give(name, seed, order):
    _, scans = crossing(scans=10, chance=0.9, clutter=2, seed=seed)
    one, other = (Tracker(Cv(), name, speed_sigma_mps=30.0, late_s=20.0) for _ in range(2))
    for k, z in enumerate(scans):
        first = one.step(float(k), z, FINE)
    for k in order:
        other.step(float(k), scans[k], FINE)
    assert told(first, other.step(9.0, scans[9], FINE))


wild = st.sampled_from([0.0, -0.0, 1e-300, 5.0, 1e6, -1e18, 1e308, np.inf, -np.inf, np.nan])


@given(
    seeds, st.lists(st.tuples(wild, wild), max_size=6), st.sampled_from([0.0, 1.0, 7.5, 1e9, np.nan, -1.0])
)
@settings(max_examples=40)
def test_no_input_breaks_a_tracker(name, seed, rows, wait_s):
    """Refused with a reason and without a trace, or taken; afterwards a clean scan is tracked as ever."""
    _, scans = crossing(scans=12, seed=seed)
    tracker, calm = (Tracker(Cv(), name, speed_sigma_mps=30.0) for _ in range(2))
    for k in range(6):
        tracker.step(float(k), scans[k], FINE)
        calm.step(float(k), scans[k], FINE)
    refused = ""
    try:
        tracker.step(5.0 + wait_s, np.array(rows).reshape(-1, 2), FINE)
    except UsageError as error:
        refused = str(error)
    assert not refused or told(tracker.estimates(), calm.estimates())
    for k in range(6):
        report = tracker.step(tracker.now_s + 1.0, scans[6 + k], FINE)
    assert np.all(np.isfinite(report.mean))
    assert np.all(np.isfinite(report.cov))
    assert np.all(np.linalg.eigvalsh(report.cov) > 0.0)
