"""Global nearest neighbour, its gate and its grid against plain loops, SciPy and NumPy."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from benchmarks import scenario
from skypact.estimate import CoordinatedTurn
from skypact.kernels.multitarget import layout, nearest
from skypact.kernels.multitarget.chain import workspace
from skypact.kernels.multitarget.gate import _sweep_box, gate_pairs
from skypact.kernels.multitarget.grid import build_grid, search_grid
from skypact.kernels.multitarget.layout import (
    BEARING,
    BEARING_ELEVATION,
    CUBATURE,
    EXTENDED,
    POSITION,
    RANGE_BEARING,
    RANGE_BEARING_ELEVATION,
    RANGE_BEARING_ELEVATION_RATE,
    RANGE_BEARING_RATE,
    RANGE_DIFFERENCE,
    UNSCENTED,
)
from skypact.kernels.multitarget.measurement import measure
from skypact.kernels.multitarget.motion import predict_state
from skypact.kernels.multitarget.nearest import weigh_modes
from skypact.model.codes import TrackStatus
from skypact.track import Life, Tracker
from skypact.track.nearest import GlobalNearestNeighbour
from tests.multitarget.objects import Cv, Eye, bank_of

COMPILED = "NUMBA_DISABLE_JIT" not in os.environ

# ------------------------------------------------------------------------------------------------------- grid

coordinate = (
    st.integers(-6, 6) | st.floats(-1e3, 1e3) | st.sampled_from([1e9, -1e9, 1e300, math.nan, math.inf])
)


@given(
    st.lists(st.tuples(coordinate, coordinate, coordinate), max_size=20),
    st.tuples(*[st.integers(-6, 6) | st.floats(-1e3, 1e3)] * 3),
    st.integers(0, 6) | st.floats(0.0, 800.0),
    st.integers(1, 5) | st.floats(1e-3, 1e4),
    st.booleans(),
)
@settings(max_examples=200 if COMPILED else 60)
def test_a_search_finds_what_lies_in_the_box_and_what_has_no_place(rows, centre, reach, edge, flat):
    place = np.array(rows, float).reshape(-1, 3)
    place = np.ascontiguousarray(place[:, :2]) if flat else place
    centre = np.array(centre[: place.shape[1]], float)
    grid = build_grid(place, float(edge))
    found = np.empty(len(place), np.int64)
    count = search_grid(grid, (centre - reach)[None], (centre + reach)[None], 0, found)
    placed = np.all(np.isfinite(place), axis=1)
    near = np.all(np.abs(place - centre)[:, grid.axes] <= reach, axis=1)
    assert found[:count].tolist() == np.flatnonzero(~placed | near).tolist()


@pytest.mark.parametrize("edge", [0.5, 4.0], ids=["many cells", "few cells"])
def test_a_search_finds_what_lies_on_the_edge_of_the_box(edge):
    corners = np.array([[x, y] for x in (-2.0, 0.0, 2.0) for y in (-3.0, 0.0, 3.0)])
    place = np.concatenate([corners, 1.01 * corners[[0, 1, 2, 3, 5, 6, 7, 8]]])
    found = np.empty(len(place), np.int64)
    grid = build_grid(place, edge)
    count = search_grid(grid, np.array([[-2.0, -3.0]]), np.array([[2.0, 3.0]]), 0, found)
    assert found[:count].tolist() == list(range(9))


def test_the_grid_leaves_out_the_axis_along_which_places_spread_least():
    rng = np.random.default_rng(0)
    for narrow in range(3):
        spread = np.full(3, 1e5)
        spread[narrow] = 10.0
        grid = build_grid(4e6 + rng.normal(size=(50, 3)) * spread, 1e3)
        assert narrow not in grid.axes


# ------------------------------------------------------------------------------------------------------- gate


def naive_pairs(mean, cov, t_s, q, d, eye, scan, gate2):
    """{(track, detection): (distance squared, log likelihood)} by a loop over all pairs with NumPy's algebra."""
    found = {}
    n, m = 2 * d, scan.z.shape[1]
    shape = Cv(d).pack().shape
    for i in range(len(mean)):
        for j in range(len(scan.z)):
            dt = scan.t_s[j] - t_s
            step = np.eye(n) + dt * np.eye(n, k=d)
            a = abs(dt)
            block = np.array([[a**3 / 3, dt * a / 2], [dt * a / 2, a]])
            p = step @ cov[i] @ step.T + q * np.kron(block, np.eye(d))
            value, rows = np.zeros(4), np.zeros((4, n))
            measure(scan.kind, scan.sensor, shape, step @ mean[i], value, rows)
            left = scan.z[j] - value[:m]
            if scan.kind not in {POSITION, RANGE_DIFFERENCE}:
                k = 0 if scan.kind in {BEARING, BEARING_ELEVATION} else 1
                left[k] = (left[k] + math.pi) % (2 * math.pi) - math.pi
            s = rows[:m] @ p @ rows[:m].T + scan.noise[0 if len(scan.noise) == 1 else j]
            d2 = left @ np.linalg.solve(s, left)
            if d2 < gate2:
                found[i, j] = d2, -0.5 * (d2 + np.linalg.slogdet(2 * math.pi * s)[1])
    return found


KINDS = {
    (POSITION, 2): (30.0, 20.0),
    (POSITION, 3): (30.0, 20.0, 40.0),
    (RANGE_BEARING, 2): (20.0, 0.1),
    (RANGE_BEARING, 3): (20.0, 0.1),
    (RANGE_BEARING_ELEVATION, 3): (20.0, 0.1, 0.02),
    (RANGE_BEARING_RATE, 2): (20.0, 0.1, 5.0),
    (RANGE_BEARING_ELEVATION_RATE, 3): (20.0, 0.02, 0.1, 5.0),
    (BEARING, 2): (0.02,),
    (BEARING_ELEVATION, 3): (0.1, 0.02),
    (RANGE_DIFFERENCE, 2): (40.0,),
}
"""Angles so vague that they, not range, decide how far a search has to go."""


def world(kind, d, seed, tracks=14, detections=40):
    """Tracks and detections of them and of others, around a sensor in the origin."""
    rng = np.random.default_rng(seed)
    n, sigma = 2 * d, KINDS[kind, d]
    mean = np.c_[rng.uniform(-4e3, 4e3, (tracks, d)), rng.normal(0, 100, (tracks, d))]
    root = rng.normal(size=(tracks, n, n)) * np.r_[np.full(d, 15.0), np.full(d, 10.0)][:, None]
    cov = root @ root.transpose(0, 2, 1) + np.eye(n)
    row = np.zeros(layout.N_SENSOR)
    row[layout.SECOND : layout.SECOND + 2] = 3e3, -1e3
    row[layout.NEW_RANGE], row[layout.NEW_RANGE_SIGMA] = 3e3, 1e3
    row[layout.NEW_ELEVATION], row[layout.NEW_ELEVATION_SIGMA] = 0.1, 0.1
    row[layout.BIAS : layout.BIAS + len(sigma)] = 3.0 * np.array(sigma)
    eye = Eye(kind, sigma, d, row=row)
    base = eye.scan(0.0, np.zeros((0, len(sigma))))
    z = np.empty((detections, len(sigma)))
    for j in range(detections):
        ahead = mean[j % tracks] + 2.0 * np.r_[mean[j % tracks, d:], np.zeros(d)]
        state = ahead + np.r_[rng.normal(0, 30, d), rng.normal(0, 15, d)]
        value, rows = np.zeros(4), np.zeros((4, n))
        measure(kind, base.sensor, Cv(d).pack().shape, state, value, rows)
        z[j] = value[: len(sigma)] + rng.normal(size=len(sigma)) * sigma
        if kind not in {POSITION, RANGE_DIFFERENCE}:
            k = 0 if kind in {BEARING, BEARING_ELEVATION} else 1
            z[j, k] %= 2.0 * math.pi  # what is expected is in (-pi, pi]
    return mean, cov, eye, z, rng


@pytest.mark.parametrize(("kind", "d"), KINDS)
@pytest.mark.parametrize("own", ["one instant", "own instants", "own covariances"])
def test_the_gate_passes_exactly_the_pairs_that_a_loop_over_all_passes(kind, d, own):
    for seed in range(4 if COMPILED else 1):
        mean, cov, eye, z, rng = world(kind, d, seed)
        times = 2.0 + (rng.uniform(-1.0, 1.0, len(z)) if own == "own instants" else 0.0)
        if own == "own covariances":
            noise = np.diag(np.square(eye.sigma)) * rng.uniform(0.3, 3.0, (len(z), 1, 1))
            eye = Eye(kind, eye.sigma, d, row=eye.row, noise=noise)
        scan = eye.scan(times, z)
        # the naive loop starts from 0 s: detections lie where tracks are about 2 s later
        wanted = naive_pairs(mean, cov, 0.0, 1.0, d, eye, scan, 9.0)
        pairs = gate_pairs(bank_of(mean, cov), Cv(d).pack(), EXTENDED, scan, 9.0)
        rows = np.repeat(np.arange(len(mean)), np.diff(pairs.start))
        assert list(zip(rows.tolist(), pairs.detection.tolist(), strict=True)) == sorted(wanted)
        assert len(wanted) > 15
        assert np.allclose(pairs.distance2, [wanted[key][0] for key in sorted(wanted)])
        assert np.allclose(pairs.loglik, [wanted[key][1] for key in sorted(wanted)])
        assert np.array_equal(pairs.mode_loglik[:, 0], pairs.loglik)


@pytest.mark.parametrize("form", [UNSCENTED, CUBATURE])
@pytest.mark.parametrize(("kind", "d"), [(RANGE_BEARING_ELEVATION, 3), (BEARING, 2), (POSITION, 2)])
def test_the_search_loses_nothing_under_sigma_points_either(kind, d, form):
    mean, cov, eye, z, _ = world(kind, d, 1)
    scan = eye.scan(2.0, z)
    far = scan._replace(place=np.full_like(scan.place, np.nan))
    found = gate_pairs(bank_of(mean, cov), Cv(d).pack(), form, scan, 9.0)
    everywhere = gate_pairs(bank_of(mean, cov), Cv(d).pack(), form, far, 9.0)
    for a, b in zip(found, everywhere, strict=True):
        assert np.array_equal(a, b)
    assert len(found.detection) > 20


@pytest.mark.parametrize("turn_rad_s", [0.05, 0.1, 0.17, 0.3])
@pytest.mark.parametrize("share", [0.13, 0.5, 0.81])
def test_an_object_that_turns_during_a_revolution_is_found_where_it_is_then(turn_rad_s, share):
    motion = CoordinatedTurn(noise_m2ps3=1.0, turn_noise_rad2ps3=1e-6).pack()
    state = np.array([0.0, 0.0, 250.0, 0.0, turn_rad_s])
    one = bank_of(np.zeros((1, 4)), np.eye(4)[None])
    bank = one._replace(mean=state[None, None], cov=np.diag([400.0, 400.0, 100.0, 100.0, 1e-6])[None, None])
    ahead, cov = state.copy(), bank.cov[0, 0].copy()
    predict_state(motion.code[0], motion.param[0], motion.shape, 10.0 * share, ahead, cov, workspace(1, 5))
    eye = Eye(POSITION, (20.0, 20.0), 2)
    scan = eye.scan(np.array([0.0, 10.0 * share, 10.0]), np.array([[9e5, 9e5], ahead[:2], [9e5, -9e5]]))
    pairs = gate_pairs(bank, motion, EXTENDED, scan, 9.0)
    assert pairs.detection.tolist() == [1]
    assert pairs.distance2[0] == pytest.approx(0.0, abs=1e-9)


def test_a_mode_without_a_chance_brings_its_track_no_detection_and_takes_no_chance():
    motion = Cv(2, (1e-6, 1e4)).pack()
    mean, cov = np.zeros((1, 4)), np.eye(4)[None]
    one = bank_of(mean, cov)
    bank = one._replace(
        mean=np.repeat(one.mean, 2, axis=1),
        cov=np.stack([one.cov[:, 0], 1e6 * one.cov[:, 0]], axis=1),
        mode=np.array([[1.0, 0.0]]),
    )
    scan = Eye(POSITION, (1.0, 1.0), 2).scan(0.0, np.array([[100.0, 0.0]]))
    assert gate_pairs(bank, motion, EXTENDED, scan, 12.25).detection.size == 0
    mode = np.array([1.0, 0.0])
    weigh_modes(mode, np.array([-2000.0, -1.0]))
    assert mode.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("own", [False, True], ids=["one instant", "own instants"])
def test_there_is_room_for_all_pairs_of_a_crowd(own):
    """Thirty tracks and fifty detections in one place: more pairs than are expected, or looked at together."""
    rng = np.random.default_rng(0)
    mean, cov = rng.normal(0.0, 1.0, (30, 4)), np.tile(100.0 * np.eye(4), (30, 1, 1))
    times = np.linspace(0.0, 1.0, 50) if own else 0.0
    scan = Eye(POSITION, (10.0, 10.0), 2).scan(times, rng.normal(0.0, 5.0, (50, 2)))
    pairs = gate_pairs(bank_of(mean, cov), Cv(2).pack(), EXTENDED, scan, 1e3)
    assert pairs.start.tolist() == list(range(0, 1501, 50))
    assert pairs.detection.tolist() == list(range(50)) * 30
    wanted = naive_pairs(mean, cov, 0.0, 1.0, 2, Eye(POSITION, (10.0, 10.0), 2), scan, 1e3)
    assert np.allclose(pairs.distance2, [wanted[key][0] for key in sorted(wanted)])


def test_a_mixture_of_modes_counts_the_nearest_and_weighs_all():
    mean, cov, eye, z, _ = world(POSITION, 2, 0)
    motion = Cv(2, (0.1, 50.0)).pack()
    one = bank_of(mean, cov)
    bank = one._replace(
        mean=np.repeat(one.mean, 2, axis=1),
        cov=np.stack([one.cov[:, 0], 4.0 * one.cov[:, 0]], axis=1),
        mode=np.tile([0.3, 0.7], (len(mean), 1)),
    )
    scan = eye.scan(0.0, z)
    pairs = gate_pairs(bank, motion, EXTENDED, scan, 9.0)
    parts = [naive_pairs(mean, k * cov, 0.0, 0.0, 2, eye, scan, np.inf) for k in (1.0, 4.0)]
    rows = np.repeat(np.arange(len(mean)), np.diff(pairs.start))
    for e, (i, j) in enumerate(zip(rows, pairs.detection, strict=True)):
        d2 = [part[i, j][0] for part in parts]
        logs = [part[i, j][1] for part in parts]
        assert pairs.distance2[e] == pytest.approx(min(d2))
        assert pairs.mode_loglik[e] == pytest.approx(logs)
        assert pairs.loglik[e] == pytest.approx(np.log(0.3 * np.exp(logs[0]) + 0.7 * np.exp(logs[1])))
    assert len(rows) == sum(min(part[key][0] for part in parts) < 9.0 for key in parts[0])


# ------------------------------------------------------------------------------------------------- assignment


@given(st.integers(0, 10_000))
@settings(max_examples=100 if COMPILED else 20)
def test_the_assignment_gains_as_much_as_the_dense_one_and_takes_nothing_twice(seed):
    rng = np.random.default_rng(seed)
    tracks, n = rng.integers(1, 9, 2)
    gain = np.where(rng.random((tracks, n)) < 0.5, rng.normal(2.0, 3.0, (tracks, n)), np.nan)
    use, taken = rng.random(tracks) < 0.8, rng.random(n) < 0.2
    start = np.concatenate([[0], np.cumsum(np.isfinite(gain).sum(axis=1))])
    detection = np.nonzero(np.isfinite(gain))[1]
    flat = gain[np.isfinite(gain)]
    pairs = layout.Pairs(start, detection, flat, flat, flat[:, None].copy())
    free, before = taken.copy(), taken.copy()
    pair_of = np.full(tracks, -7)
    nearest.assign_nearest(pairs, flat, use, free, pair_of)
    dense = np.where(np.isfinite(gain) & use[:, None] & ~before, np.maximum(gain, 0.0), 0.0)
    rows, columns = linear_sum_assignment(-dense)
    assert np.all(pair_of[~use] == -7)
    chosen = [pair_of[i] for i in range(tracks) if use[i] and pair_of[i] >= 0]
    assert sum(flat[chosen]) == pytest.approx(dense[rows, columns].sum())
    assert len(set(detection[chosen])) == len(chosen)
    assert not np.any(before[detection[chosen]])
    assert np.array_equal(free, before | np.isin(np.arange(n), detection[chosen]))


# ------------------------------------------------------------------------------------------------ whole runs


class NaiveTrack:
    """One track of the naive tracker."""

    def __init__(self, z, noise, speed):
        self.mean = np.r_[z, 0.0, 0.0]
        self.cov = np.diag(np.r_[np.diag(noise), speed**2, speed**2])
        self.hits, self.misses, self.confirmed, self.gone = 1, 0, False, False


def naive_run(scans, dt, q, noise, speed, gate, life):
    """Positions of confirmed tracks after each scan: a list of tracks, Kalman's equations, SciPy's assignment."""
    step = np.eye(4) + dt * np.eye(4, k=2)
    drive = q * np.kron([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]], np.eye(2))
    h = np.eye(2, 4)
    tracks: list[NaiveTrack] = []
    out = []
    for k, z in enumerate(scans):
        if k:
            for track in tracks:
                track.mean, track.cov = step @ track.mean, step @ track.cov @ step.T + drive
        free = list(range(len(z)))
        for stage in ([t for t in tracks if t.confirmed], [t for t in tracks if not t.confirmed]):
            cost = np.full((len(stage), len(free) + len(stage)), 1e9)
            for i, track in enumerate(stage):
                s = h @ track.cov @ h.T + noise
                for c, j in enumerate(free):
                    left = z[j] - track.mean[:2]
                    cost[i, c] = math.sqrt(left @ np.linalg.inv(s) @ left)
                cost[i, : len(free)][cost[i, : len(free)] >= gate] = 1e9
                cost[i, len(free) + i] = gate
            took = []
            for i, c in zip(*linear_sum_assignment(cost), strict=True):
                track = stage[i]
                track.misses += 1
                if c < len(free):
                    j = free[c]
                    s = h @ track.cov @ h.T + noise
                    gain = track.cov @ h.T @ np.linalg.inv(s)
                    track.mean = track.mean + gain @ (z[j] - track.mean[:2])
                    track.cov = track.cov - gain @ s @ gain.T
                    track.hits, track.misses = track.hits + 1, 0
                    took.append(j)
            free = [j for j in free if j not in took]
        for track in tracks:
            limit = life.lost_misses if track.confirmed else life.drop_misses
            track.confirmed = track.confirmed or track.hits >= life.confirm_hits
            track.gone = track.misses >= limit
        tracks = [track for track in tracks if not track.gone]
        tracks += [NaiveTrack(z[j], noise, speed) for j in free]
        out.append([track.mean[:2] for track in tracks if track.confirmed])
    return out


@pytest.mark.parametrize("life", [Life(), Life(drop_misses=2, lost_misses=4), Life(confirm_hits=2)])
def test_whole_runs_give_the_tracks_of_a_naive_tracker(life):
    truth = scenario.cart2d(30 if COMPILED else 6, steps=30 if COMPILED else 12, seed=4)
    eye = Eye(clutter_density=truth.clutter_density)
    tracker = Tracker(Cv(), GlobalNearestNeighbour(gate_sigmas=3.5), life=life, speed_sigma_mps=10.0)
    wanted = naive_run(truth.scans, 1.0, 1.0, np.diag([100.0, 100.0]), 10.0, 3.5, life)
    for k, z in enumerate(truth.scans):
        held = tracker.step(float(k), z, eye)
        expected = np.array(wanted[k]).reshape(-1, 2)
        assert len(held) == len(expected)
        assert np.allclose(held.pos_m[np.lexsort(held.pos_m.T)], expected[np.lexsort(expected.T)], atol=1e-6)
    assert len(held) > 5


def test_a_track_that_could_not_be_seen_is_not_counted_as_missed():
    tracker = Tracker(Cv(), "gnn")
    eye = Eye()
    for k in range(4):
        tracker.step(float(k), [[0.0, 0.0], [5e3, 0.0]], eye)
    east = lambda mean: np.where(mean[:, 0] > 1e3, 0.0, 0.9)  # noqa: E731
    tracker.step(4.0, np.empty((0, 2)), eye, sees=east)
    held = tracker.estimates()
    coasting = held.pos_m[held.status == TrackStatus.COASTING]
    assert len(held) == 2
    assert np.allclose(coasting, [[0.0, 0.0]], atol=30.0)


@pytest.mark.parametrize("looks", [3, 5, 9])
def test_a_box_of_looks_holds_the_parabola_between_them(looks):
    rng = np.random.default_rng(looks)
    share = np.linspace(0.0, 1.0, 401)
    for _ in range(50):
        at = np.sort(rng.uniform(-1.0, 1.0, 2))
        bent, begin = rng.uniform(-100.0, 100.0, 2)
        path = begin + bent * (share - at[0]) * (share - at[1])
        seen = path[:: 400 // (looks - 1)]
        low, high = _sweep_box(seen, seen + 1.0)
        assert low <= path.min()
        assert path.max() + 1.0 <= high


def test_tracks_that_no_detection_is_near_have_no_pairs_however_many_stand_in_a_row():
    count = 12
    mean = np.zeros((count, 4))
    mean[:, 0] = 1e4 * np.arange(count)
    cov = np.tile(np.diag([25.0, 25.0, 1.0, 1.0]), (count, 1, 1))
    z = mean[[1, 7, 7], :2] + [[1.0, 0.0], [0.0, 1.0], [2.0, 0.0]]
    scan = Eye(POSITION, (5.0, 5.0), 2).scan(np.array([1.9, 2.0, 2.1]), z)
    pairs = gate_pairs(bank_of(mean, cov), Cv(2).pack(), EXTENDED, scan, 9.0)
    assert pairs.start.tolist() == [0, 0, 1, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3]
    assert pairs.detection.tolist() == [0, 1, 2]
