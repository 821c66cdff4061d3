"""Correlation in a picture: groups seen shifted, numbers that last, and what no order of the input may change."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from skypact.fuse import Contribution, correlated, fuse, new_picture
from skypact.fuse.quality import selected
from skypact.kernels.correlation import correlate
from skypact.model.codes import Identity, TrackStatus
from skypact.model.track import Tracks

SECOND = 1_000_000_000
CENTRE = np.array([3.9e6, 4.2e6, 2.8e6])


def tracks(mean: np.ndarray, sigma_m: float, code: np.ndarray | None = None, first_id: int = 1) -> Tracks:
    n = len(mean)
    prob = np.full((n, 7), 0.1 / 6, np.float32)
    prob[:, 2] = 0.9
    codes = np.zeros(n, np.uint32) if code is None else code.astype(np.uint32)
    return Tracks(
        now_ns=SECOND,
        track_id=np.arange(first_id, first_id + n, dtype=np.uint64),
        slot=np.arange(n, dtype=np.int32),
        mean_ecef=mean.copy(),
        cov_ecef=np.tile(np.diag([sigma_m**2] * 3 + [25.0] * 3), (n, 1, 1)),
        status=np.full(n, TrackStatus.CONFIRMED, np.uint8),
        class_prob=prob,
        mode_prob=np.tile(np.array([1, 0, 0], np.float32), (n, 1)),
        identity=np.full(n, Identity.UNKNOWN, np.uint8),
        code=codes,
        first_ns=np.zeros(n, np.int64),
        updated_ns=np.full(n, SECOND, np.int64),
        sources=np.ones(n, np.uint32),
    )


def group(rng: np.random.Generator, n: int, spread_m: float, least_m: float) -> np.ndarray:
    """Objects [n, 6] in a swarm of one velocity, none nearer to another than `least_m`."""
    place: list[np.ndarray] = []
    while len(place) < n:
        new = rng.uniform(-spread_m, spread_m, 3)
        if all(np.linalg.norm(new - p) > least_m for p in place):
            place.append(new)
    return np.hstack([CENTRE + np.array(place), np.tile([40.0, 0.0, 0.0], (n, 1))])


def nearest_pairs(a: np.ndarray, b: np.ndarray, gate_m: float) -> dict[int, int]:
    """Greedy nearest neighbour: the partner of each of a."""
    gap = np.linalg.norm(a[:, None, :3] - b[None, :, :3], axis=2)
    found: dict[int, int] = {}
    for k in np.argsort(gap, axis=None):
        i, j = divmod(int(k), len(b))
        if i not in found and j not in found.values() and gap[i, j] < gate_m:
            found[i] = j
    return found


def test_in_a_dense_group_seen_shifted_nearest_neighbour_swaps_and_correlation_does_not() -> None:
    runs, size = 200, 8
    wrong_here = wrong_nearest = 0
    for r in range(runs):
        rng = np.random.default_rng([1, r])
        objects = group(rng, size, 1000.0, 400.0)
        shift = rng.normal(size=3)
        shift *= 450.0 / np.linalg.norm(shift)
        noise = rng.normal(size=(2, size, 6)) * [30, 30, 30, 2, 2, 2]
        own, theirs = objects + noise[0], objects + noise[1]
        theirs[:, :3] += shift
        order = rng.permutation(size)
        mean = np.vstack([own, theirs[order]])
        cov = np.tile(np.diag([200.0**2] * 3 + [25.0] * 3), (2 * size, 1, 1))
        row, score, doubt = np.full(2 * size, -1, np.int32), np.full(2 * size, np.nan), np.empty(2 * size)
        source, code = np.repeat(np.array([0, 1], np.int32), size), np.zeros(2 * size, np.uint32)
        correlate(mean, cov, source, code, row, 0, score, doubt)
        wrong_here += sum(row[size + k] != row[order[k]] for k in range(size))
        nearest = nearest_pairs(own, theirs[order], 1300.0)
        wrong_nearest += sum(order[nearest[i]] != i if i in nearest else 1 for i in range(size))
    # Errors of a group hang together: bounds are for an error rate a group as the unit.
    assert wrong_nearest > size * binom.ppf(0.999, runs, 0.05)
    assert wrong_here < size * binom.ppf(0.999, runs, 0.01)


def test_numbers_last_while_groups_cross_and_nothing_is_exchanged_without_need() -> None:
    rng = np.random.default_rng(5)
    objects = np.vstack([group(rng, 5, 800.0, 400.0), group(rng, 5, 800.0, 400.0)])
    objects[:5, 1] -= 4000.0
    objects[:5, 3:] = [0.0, 100.0, 0.0]
    objects[5:, 1] += 4000.0
    objects[5:, 3:] = [0.0, -100.0, 0.0]
    state, first = new_picture(3), None
    for k in range(17):
        here = objects.copy()
        here[:, :3] += 5.0 * k * here[:, 3:]
        parts = []
        for nation in range(3):
            seen = here + rng.normal(size=here.shape) * [60, 60, 60, 2, 2, 2]
            seen[:, :3] += [0.0, 90.0 * nation, 0.0]
            parts.append(Contribution(nation, tracks(seen, 120.0)))
        stack = correlated(state, parts, (1 + 5 * k) * SECOND)
        number = stack.row_id[stack.row].reshape(3, 10)
        assert np.all(number == number[0])
        assert len(set(number[0])) == 10
        first = number[0] if first is None else first
        np.testing.assert_array_equal(number[0], first)


def test_a_pairing_made_when_objects_could_not_be_told_apart_is_put_right_when_they_can() -> None:
    objects = np.tile(np.r_[CENTRE, 40.0, 0, 0], (2, 1))
    objects[1, 1] += 60.0
    state, numbers = new_picture(2), []
    for k in range(12):
        here = objects.copy()
        here[1, 1] += 80.0 * k
        theirs = here.copy()
        if k == 0:
            theirs[:, 1] = theirs[::-1, 1]  # seen on the wrong sides of one another, within the errors
        parts = [Contribution(0, tracks(here, 100.0)), Contribution(1, tracks(theirs, 100.0))]
        stack = correlated(state, parts, (1 + 5 * k) * SECOND)
        numbers.append(stack.row_id[stack.row])
    assert numbers[0][0] == numbers[0][3]
    assert numbers[-1][0] == numbers[-1][2]
    assert numbers[-1][1] == numbers[-1][3]
    assert all(set(now[:2]) == set(numbers[0][:2]) and now[0] == numbers[0][0] for now in numbers)


def test_a_picture_says_how_much_its_tracks_are_in_doubt() -> None:
    far, near = np.tile(np.r_[CENTRE, 40.0, 0, 0], (4, 1)), np.tile(np.r_[CENTRE, 40.0, 0, 0], (4, 1))
    far[:, 1] += [0.0, 20e3, 40e3, 60e3]
    near[:, 1] += [0.0, 20e3, 40e3, 40e3 + 50.0]
    for places, expected in ((far, [0, 0, 0, 0]), (near, [0, 0, 1, 1])):
        state = new_picture(2)
        parts = [Contribution(n, tracks(places, 150.0)) for n in range(2)]
        picture = fuse(state, parts, SECOND)
        assert len(state.doubt()) == len(picture) == 4
        order = np.argsort(picture.mean_ecef[:, 1])
        assert np.all((state.doubt()[order] > 0.3) == np.array(expected, bool))
        assert np.all(state.doubt() <= 0.5 + 1e-9)


def _scene(seed: int) -> list[Tracks]:
    """Three nations' tracks of a few groups and aircraft, some with codes, some of them false."""
    rng = np.random.default_rng(seed)
    objects = np.vstack([group(rng, 4, 900.0, 250.0) for _ in range(3)])
    objects[:, :3] += np.repeat(rng.uniform(-4e4, 4e4, (3, 3)), 4, axis=0)
    codes = np.where(rng.random(12) < 0.4, np.arange(1, 13), 0)
    out = []
    for _ in range(3):
        held = np.flatnonzero(rng.random(12) < 0.8)
        seen = objects[held] + rng.normal(size=(len(held), 6)) * [120, 120, 120, 5, 5, 5]
        read = np.where(rng.random(len(held)) < 0.8, codes[held], 0)
        read = np.where(rng.random(len(held)) < 0.05, 99, read)
        out.append(tracks(seen, 150.0, read))
    return out


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_no_row_holds_two_codes_or_two_tracks_of_a_source_and_no_order_changes_anything(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, two = new_picture(3), new_picture(3)
    for k in range(3):
        parts = [Contribution(n, t) for n, t in enumerate(_scene(seed + 20_000 * k))]
        mixed = [Contribution(p.nation, selected(p.tracks, rng.permutation(len(p.tracks)))) for p in parts]
        mixed = [mixed[0], mixed[2], mixed[1]]
        now_ns = (1 + 20 * k) * SECOND
        stack = correlated(one, parts, now_ns)
        other = correlated(two, mixed, now_ns)
        np.testing.assert_array_equal(stack.keys, other.keys)
        np.testing.assert_array_equal(stack.row_id[stack.row], other.row_id[other.row])
        np.testing.assert_array_equal(stack.mean_ecef, other.mean_ecef)
        np.testing.assert_array_equal(stack.cov_ecef, other.cov_ecef)
        np.testing.assert_array_equal(one.doubt(), two.doubt())
        assert np.all((one.doubt() >= 0.0) & (one.doubt() <= 1.0))
        for row in np.unique(stack.row):
            members = np.flatnonzero(stack.row == row)
            assert len(set((stack.keys[members] >> np.uint64(48)).tolist())) == len(members)
            assert len(set(stack.tracks.code[members].tolist()) - {0}) <= 1
