"""Unresolved plots against plain algebra: all pairs, all subsets, and joint updates of stacked states."""

from __future__ import annotations

import itertools
import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.errors import UsageError
from skypact.estimate import ConstantVelocity, Sensor
from skypact.kernels.multitarget import layout
from skypact.kernels.multitarget.layout import (
    BEARING,
    BEARING_ELEVATION,
    EXTENDED,
    POSITION,
    RANGE_BEARING,
    RANGE_BEARING_ELEVATION_RATE,
    RANGE_DIFFERENCE,
    RESOLUTION,
)
from skypact.kernels.multitarget.measurement import measure
from skypact.kernels.multitarget.merged import join_misses
from skypact.kernels.multitarget.midpoint import (
    compare_midpoint,
    in_order,
    near_midpoint,
    read_common,
    update_joined,
)  # fmt: skip
from skypact.kernels.multitarget.resolution import LEAST_UNRESOLVED, Seen, effective_chances, meet_partners
from skypact.track import Life, Tracker
from skypact.track.nearest import step_nearest
from tests.multitarget.objects import Cv, Eye, bank_of

COMPILED = "NUMBA_DISABLE_JIT" not in os.environ
EXAMPLES = 60 if COMPILED else 12

KINDS = {
    (POSITION, 2): ((30.0, 20.0), (300.0, 200.0)),
    (POSITION, 3): ((30.0, 20.0, 40.0), (300.0, np.inf, 400.0)),
    (RANGE_BEARING, 2): ((20.0, 0.02), (150.0, 0.2)),
    (RANGE_BEARING_ELEVATION_RATE, 3): ((20.0, 0.02, 0.02, 5.0), (200.0, 0.2, 0.2, np.inf)),
    (BEARING, 2): ((0.02,), (0.2,)),
    (BEARING_ELEVATION, 3): ((0.02, 0.02), (0.2, 0.3)),
    (RANGE_DIFFERENCE, 2): ((40.0,), (300.0,)),
}


def world(kind, d, seed, tracks=9, apart_m=400.0):
    """A bank of tracks about a place south of the sensor, where bearing wraps, a scan of them, and the generator."""
    rng = np.random.default_rng(seed)
    sigma, resolution = KINDS[kind, d]
    n = 2 * d
    centre = np.array([0.0, -1500.0, 300.0])[:d]
    mean = np.c_[centre + rng.normal(0.0, apart_m, (tracks, d)), rng.normal(0, 50, (tracks, d))]
    root = rng.normal(size=(tracks, n, n)) * 15.0 * rng.choice([0.3, 1.0, 4.0], (tracks, 1, 1))
    cov = root @ root.transpose(0, 2, 1) + np.eye(n)
    row = np.zeros(layout.N_SENSOR)
    row[layout.SECOND : layout.SECOND + 2] = 3e3, -1e3
    row[layout.NEW_RANGE], row[layout.NEW_RANGE_SIGMA] = 3e3, 1e3
    row[layout.NEW_ELEVATION], row[layout.NEW_ELEVATION_SIGMA] = 0.1, 0.1
    row[RESOLUTION : RESOLUTION + len(sigma)] = resolution
    eye = Eye(kind, sigma, d, row=row)
    bare = eye.scan(0.0, np.zeros((0, len(sigma))))
    z = np.array([expected(bare, mean[i], cov[i], d)[0] for i in range(tracks)])
    scan = eye.scan(0.0, z + rng.normal(size=z.shape) * sigma)
    bank = bank_of(mean, cov)
    bank.tags[:, layout.STATUS] = layout.CONFIRMED
    return bank, Cv(d).pack(), scan, rng


def expected(scan, mean, cov, d):
    """Value, H and H P H' by the Jacobian."""
    m = len(scan.noise[0])
    value, rows = np.zeros(4), np.zeros((4, len(mean)))
    measure(scan.kind, scan.sensor, Cv(d).pack().shape, mean, value, rows)
    return value[:m], rows[:m], rows[:m] @ cov @ rows[:m].T


def wrapped(kind, left):
    left = np.array(left, float)
    if kind not in {POSITION, RANGE_DIFFERENCE}:
        k = 0 if kind in {BEARING, BEARING_ELEVATION} else 1
        left[..., k] = (left[..., k] + math.pi) % (2 * math.pi) - math.pi
    return left


def weights(scan):
    m = scan.z.shape[1]
    return np.diag(2.0 * math.log(2.0) / np.square(scan.sensor[RESOLUTION : RESOLUTION + m]))


def naive_chance(scan, bank, i, j, d):
    """E[exp(-1/2 x' W x)] over x ~ N(difference, D), in information form."""
    (vi, _, si), (vj, _, sj) = (expected(scan, bank.mean[k, 0], bank.cov[k, 0], d) for k in (i, j))
    x, w = wrapped(scan.kind, vi - vj), weights(scan)
    lump = np.eye(len(x)) + (si + sj) @ w
    return math.exp(-0.5 * x @ w @ np.linalg.solve(lump, x)) / math.sqrt(np.linalg.det(lump))


def pairs_of(partners):
    rows = np.repeat(np.arange(len(partners.start) - 1), np.diff(partners.start))
    return {(int(i), int(j)): p for i, j, p in zip(rows, partners.row, partners.chance, strict=True)}


@pytest.mark.parametrize(("kind", "d"), KINDS)
def test_partners_are_exactly_those_of_a_loop_over_all_pairs(kind, d):
    seen, crossed = 0, 0
    for seed in range(12 if COMPILED else 3):
        bank, motion, scan, rng = world(kind, d, seed, apart_m=[150.0, 500.0, 2000.0][seed % 3])
        use = rng.random(9) < 0.9
        found = pairs_of(meet_partners(bank, motion, EXTENDED, scan, 0.0, use))
        wanted = {
            (i, j): p
            for i, j in itertools.permutations(np.flatnonzero(use).tolist(), 2)
            if (p := naive_chance(scan, bank, i, j, d)) >= LEAST_UNRESOLVED
        }
        assert found.keys() == wanted.keys()
        assert [found[key] for key in wanted] == pytest.approx(list(wanted.values()))
        seen += len(wanted)
        crossed += sum(bank.mean[i, 0, 0] * bank.mean[j, 0, 0] < 0.0 for i, j in wanted)
    assert seen > 40
    assert crossed > 5


def test_the_chance_is_the_mean_over_what_is_not_known_of_the_difference():
    """Half at the resolution itself where all is known; else an average by samples."""
    row = np.zeros(layout.N_SENSOR)
    row[RESOLUTION : RESOLUTION + 2] = 100.0, 50.0
    scan = Eye(row=row).scan(0.0, np.zeros((0, 2)))
    use = np.ones(2, np.bool_)
    exact = bank_of(np.array([[0.0, 0, 0, 0], [100.0, 0, 0, 0]]), np.tile(1e-9 * np.eye(4), (2, 1, 1)))
    assert pairs_of(meet_partners(exact, Cv().pack(), EXTENDED, scan, 0.0, use))[0, 1] == pytest.approx(0.5)
    vague = bank_of(np.array([[0.0, 0, 0, 0], [70.0, 30.0, 0, 0]]), np.tile(900.0 * np.eye(4), (2, 1, 1)))
    x = np.random.default_rng(1).multivariate_normal([70.0, 30.0], 1800.0 * np.eye(2), 200_000)
    average = np.exp(-math.log(2.0) * np.sum(np.square(x / [100.0, 50.0]), axis=1)).mean()
    found = pairs_of(meet_partners(vague, Cv().pack(), EXTENDED, scan, 0.0, use))[0, 1]
    assert found == pytest.approx(average, abs=0.004)


@given(st.integers(0, 10_000))
@settings(max_examples=EXAMPLES)
def test_effective_chances_are_those_of_all_subsets_of_partners(seed):
    kind, d = list(KINDS)[seed % len(KINDS)]
    bank, motion, scan, rng = world(kind, d, seed, tracks=6, apart_m=200.0)
    chance = rng.choice([0.9, 0.5, 0.0], 6, p=[0.6, 0.3, 0.1])
    weight = rng.choice([1.0, 0.6, 1e-4], 6)
    found = effective_chances(bank, motion, EXTENDED, scan, 0.0, chance, weight)
    for i in range(6):
        share = 0.0
        each = [
            p * weight[j] * min(chance[j] / chance[i], 1.0)
            for j in range(6)
            if j != i and chance[i] > 0.0 and min(weight[i], weight[j]) > 0.01 and chance[j] > 0.0
            and (p := naive_chance(scan, bank, i, j, d)) >= LEAST_UNRESOLVED
        ]  # fmt: skip
        for inside in itertools.product([False, True], repeat=len(each)):
            odds = math.prod(q if yes else 1.0 - q for q, yes in zip(each, inside, strict=True))
            share += odds / (1 + sum(inside))
        assert found[i] == pytest.approx(chance[i] * share, abs=1e-12)
    order = rng.permutation(6)
    other = bank._replace(mean=bank.mean[order], cov=bank.cov[order], tags=bank.tags[order])
    again = effective_chances(other, motion, EXTENDED, scan, 0.0, chance[order], weight[order])
    assert again == pytest.approx(found[order], abs=1e-12)


# ------------------------------------------------------------------------------------------- plots in common


def stacked(scan, bank, members, k, z, d):
    """Mean and covariance of member k after the joint update of all: z of the mean of all, 0 of k minus the others'."""
    n, m, count = 2 * d, scan.z.shape[1], len(members)
    told = [expected(scan, bank.mean[i, 0], bank.cov[i, 0], d) for i in members]
    cov = np.zeros((count * n, count * n))
    rows = np.zeros((2 * m, count * n))
    used = np.isfinite(scan.sensor[RESOLUTION : RESOLUTION + m])
    left = np.zeros(2 * m)
    left[:m] = wrapped(scan.kind, scan.z[z] - told[0][0])
    for c, i in enumerate(members):
        part = slice(c * n, (c + 1) * n)
        cov[part, part] = bank.cov[i, 0]
        rows[:m, part] = told[c][1] / count
        rows[m:, part] = told[c][1] * (1.0 if c == k else -1.0 / (count - 1))
        left[:m] -= wrapped(scan.kind, told[c][0] - told[0][0]) / count
        if c != k:
            left[m:] -= wrapped(scan.kind, told[k][0] - told[c][0]) / (count - 1)
    noise = np.zeros((2 * m, 2 * m))
    noise[:m, :m] = scan.noise[0]
    noise[m:, m:] = np.diag(np.where(used, 1.0 / np.where(used, np.diag(weights(scan)), 1.0), 1.0))
    keep = np.r_[np.ones(m, bool), used]
    rows, left, noise = rows[keep], left[keep], noise[np.ix_(keep, keep)]
    gain = np.linalg.solve(rows @ cov @ rows.T + noise, rows @ cov).T
    part = slice(k * n, (k + 1) * n)
    return bank.mean[members[k], 0] + (gain @ left)[part], (cov - gain @ rows @ cov)[part, part]


@pytest.mark.parametrize(("kind", "d"), KINDS)
@pytest.mark.parametrize("count", [2, 3])
def test_a_plot_in_common_updates_each_track_as_the_joint_update_of_all_does(kind, d, count):
    bank, motion, scan, _ = world(kind, d, 3, tracks=5, apart_m=60.0)
    members = [0, 3, 4][:count]
    joined, detection_of = np.full(5, -1), np.full(5, -1)
    joined[members], detection_of[members[-1]] = 3, 3
    wanted = [stacked(scan, bank, members, k, 3, d) for k in range(count)]
    before = bank.mean.copy()
    update_joined(bank, motion, EXTENDED, scan, joined, detection_of)
    for (mean, cov), i in zip(wanted, members, strict=True):
        scale = np.sqrt(np.diag(cov))
        assert np.allclose(bank.mean[i, 0] / scale, mean / scale, atol=1e-6)
        assert np.allclose(bank.cov[i, 0] / np.outer(scale, scale), cov / np.outer(scale, scale), atol=1e-7)
    assert np.all(detection_of == -1)
    assert np.array_equal(bank.mean[[1, 2]], before[[1, 2]])


@given(st.integers(0, 10_000))
@settings(max_examples=EXAMPLES)
def test_a_miss_is_a_plot_in_common_where_that_is_the_likelier_way_to_it(seed):
    kind, d = list(KINDS)[seed % len(KINDS)]
    bank, motion, scan, rng = world(kind, d, seed, tracks=2, apart_m=[20.0, 60.0, 200.0][seed % 3])
    p = float(rng.choice([0.5, 0.9, 0.99]))
    told, joined = np.full(2, math.log(1.0 - p)), np.empty(2, np.int64)
    partners = meet_partners(bank, motion, EXTENDED, scan, 0.0, np.ones(2, np.bool_))
    chance = join_misses(
        bank, motion, EXTENDED, scan, 16.0, partners, np.full(2, p), np.array([-1, 1]), joined, told
    )
    (vi, _, si), (vj, _, sj) = (expected(scan, bank.mean[k, 0], bank.cov[k, 0], d) for k in (0, 1))
    noise = scan.noise[0]

    def density(left, cov):
        return math.exp(-0.5 * left @ np.linalg.solve(cov, left)) / math.sqrt(
            np.linalg.det(2 * math.pi * cov)
        )

    left = wrapped(kind, scan.z[1] - vj)
    middle = wrapped(kind, left - 0.5 * wrapped(kind, vi - vj))
    cov = 0.25 * (si + sj) + noise
    unresolved = naive_chance(scan, bank, 0, 1, d)
    gated = middle @ np.linalg.solve(cov, middle) < 16.0 and unresolved >= LEAST_UNRESOLVED
    common = unresolved * density(middle, cov) * gated
    alone = (1.0 - unresolved) * (1.0 - p) * density(left, sj + noise)
    kept = min(max((common + alone) / density(left, sj + noise), 1.0 - p), 1.0) if gated else 1.0 - p
    assert told[0] == pytest.approx(math.log(kept))
    assert joined.tolist() == ([1, 1] if common > alone else [-1, -1])
    assert chance[0] == pytest.approx(0.0 if common > alone else 1.0 - kept)
    assert chance[1] == p
    assert told[1] == pytest.approx(math.log(1.0 - p))


def step(bank, scan, chance, gate2=9.0):
    """Owners after one scan of the nearest neighbour with a resolution."""
    packed = np.array([gate2, 0.0, 1.0])
    owner = np.empty(len(scan.z), np.int64)
    life = Life().pack((10.0, 10.0, 10.0))
    step_nearest(bank, Cv().pack(), EXTENDED, scan, 0.0, np.array(chance), packed, life, owner)
    return owner.tolist()


def side_by_side(apart_m, status=layout.CONFIRMED):
    """Two tracks, the other confirmed, with room for one more, and the row of a sensor that resolves 100 m."""
    mean = np.array([[0.0, 0, 0, 0], [apart_m, 0, 0, 0], [0, 0, 0, 0]])
    bank = bank_of(mean, np.tile(25.0 * np.eye(4), (3, 1, 1)))
    bank.counts[layout.TRACKS] = 2
    bank.tags[:, layout.STATUS] = layout.CONFIRMED, status, layout.CONFIRMED
    row = np.zeros(layout.N_SENSOR)
    row[RESOLUTION : RESOLUTION + 2] = 100.0
    return bank, Eye(row=row)


@pytest.mark.parametrize(
    ("status", "view", "misses"),
    [(layout.CONFIRMED, 0.9, 0), (layout.TENTATIVE, 0.9, 1), (layout.CONFIRMED, 0.0, 0)],
)
def test_tentative_tracks_and_those_out_of_view_have_no_part_in_a_plot(status, view, misses):
    bank, eye = side_by_side(20.0, status)
    step(bank, eye.scan(0.0, [[8.0, 0.0]]), [0.9, view])
    assert bank.tags[:2, layout.MISSES].tolist() == [0, misses]
    moved = bank.mean[1, 0, 0] != 20.0
    assert moved == (status == layout.CONFIRMED and view > 0.0)


@pytest.mark.parametrize("apart_m", [60.0, 90.0])
def test_a_plot_in_the_gate_of_neither_but_of_both_ones_middle_begins_no_track(apart_m):
    bank, eye = side_by_side(apart_m)
    bank.tags[:2, layout.TRACK_ID] = 7, 8
    owner = step(bank, eye.scan(0.0, [[0.5 * apart_m, 3.0]]), [0.9, 0.9], gate2=4.0)
    assert owner == [7]
    assert bank.counts[layout.TRACKS] == 2
    assert bank.tags[:2, layout.MISSES].tolist() == [0, 0]
    assert np.all(bank.mean[:2, 0, 1] > 0.0)
    bank, eye = side_by_side(apart_m)
    step(bank, eye.scan(0.0, [[0.5 * apart_m, 40.0]]), [0.9, 0.9], gate2=4.0)
    assert bank.counts[layout.TRACKS] == 3
    assert bank.tags[:2, layout.MISSES].tolist() == [1, 1]


@given(st.integers(0, 10_000))
@settings(max_examples=EXAMPLES)
def test_the_search_about_a_midpoint_leaves_nothing_out_that_its_gate_passes(seed):
    kind, d = list(KINDS)[seed % len(KINDS)]
    _, _, scan, rng = world(kind, d, seed, tracks=8, apart_m=100.0)
    scan = scan._replace(z=scan.z[np.argsort(scan.z[:, 0])])
    assert in_order(scan) == (kind not in {BEARING, BEARING_ELEVATION})
    assert not in_order(scan._replace(z=scan.z[::-1].copy()))
    if not in_order(scan):
        return
    pair = Seen(scan.z[rng.integers(0, 8, 2)].copy(), np.tile(scan.noise[0], (2, 1, 1)))
    span, square = np.empty(2, np.int64), np.empty(1)
    near_midpoint(scan, pair, 9.0, scan.noise[0, 0, 0], span)
    for z in range(8):
        compare_midpoint(scan, z, pair, 2, square, np.zeros((4, 4)))
        assert span[0] <= z < span[1] or not square[0] < 9.0


def test_what_cannot_be_computed_makes_no_partner_and_no_update():
    bank, motion, scan, _ = world(POSITION, 2, 0, tracks=4, apart_m=30.0)
    bank.cov[1, 0] = np.nan
    bank.mean[2, 0, 0] = np.inf
    found = pairs_of(meet_partners(bank, motion, EXTENDED, scan, 0.0, np.ones(4, np.bool_)))
    assert found.keys() <= {(0, 3), (3, 0)}
    seen = Seen(np.zeros((1, 2)), np.full((1, 2, 2), np.nan))
    square = np.zeros(1)
    assert compare_midpoint(scan, 0, seen, 1, square, np.zeros((4, 4))) == -np.inf
    told, noise = np.empty(2), np.empty((2, 2))
    read_common(scan, 0, Seen(np.zeros((2, 2)), np.full((2, 2, 2), np.nan)), 2, 0, np.eye(2), told, noise)
    assert not np.any(np.isfinite(noise))


# ---------------------------------------------------------------------------------------------- whole trackers


def flock(seed, sensor, association, shuffle=False, scans=12):
    """The last estimates of a tracker that watched six objects in two close groups."""
    rng, order = np.random.default_rng(seed), np.random.default_rng(seed + 1)
    place = np.repeat([[0.0, 0.0], [800.0, 0.0]], 3, axis=0) + rng.normal(0, 25.0, (6, 2))
    tracker = Tracker(ConstantVelocity(noise_m2ps3=1.0), association, speed_sigma_mps=20.0)
    for k in range(scans):
        seen = rng.random(6) < 0.8
        z = (place + 10.0 * k)[seen] + rng.normal(0, 10.0, (seen.sum(), 2))
        found = tracker.step(float(k), z[order.permutation(len(z))] if shuffle else z, sensor)
    return found


@pytest.mark.parametrize("association", ["gnn", "pmb", "pmbm"] if COMPILED else ["gnn", "pmb"])
def test_neither_the_order_of_detections_nor_a_perfect_resolution_changes_anything(association):
    blunt = Sensor("position", sigma=(10.0, 10.0), resolution=80.0)
    sharp = Sensor("position", sigma=(10.0, 10.0), resolution=1e-3)
    plain = Sensor("position", sigma=(10.0, 10.0))
    first, second = flock(3, blunt, association), flock(3, blunt, association, shuffle=True)
    assert np.array_equal(first.mean, second.mean)
    assert np.array_equal(first.existence, second.existence)
    one, other = flock(3, sharp, association), flock(3, plain, association)
    assert np.array_equal(one.mean, other.mean)
    assert np.array_equal(one.existence, other.existence)
    assert not (np.array_equal(first.mean, one.mean) and np.array_equal(first.existence, one.existence))


@pytest.mark.parametrize("wrong", [0.0, -5.0, math.nan, math.inf, (1.0, 2.0, 3.0), (10.0, -1.0)])
def test_a_resolution_that_does_not_fit_is_refused_with_all_other_faults(wrong):
    with pytest.raises(UsageError) as caught:
        Sensor("position", sigma=(10.0, 10.0), resolution=wrong, detection_chance=2.0)
    assert "resolution" in str(caught.value)
    assert "detection_chance" in str(caught.value)


def test_a_resolution_may_be_one_number_or_leave_a_component_out():
    row = Sensor("position", sigma=(10.0, 10.0), resolution=50.0).pack()
    assert row[RESOLUTION : RESOLUTION + 4].tolist() == [50.0, 50.0, 0.0, 0.0]
    row = Sensor("range_bearing", sigma=(10.0, 1e-3), resolution=(150.0, math.inf)).pack()
    assert row[RESOLUTION : RESOLUTION + 2].tolist() == [150.0, math.inf]
    assert not np.any(Sensor("position", sigma=10.0).pack()[RESOLUTION:])
