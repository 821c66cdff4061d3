"""Association chances against enumeration of every joint event, and what must hold of them for any weights."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels.multitarget.belief import marginals
from skypact.kernels.multitarget.cluster import components, transpose

EXACT, BELIEF = 12, 0


def pairs_of(table):
    """The pairs of a dense table of weights (0: no pair) by track."""
    n = len(table)
    start, detection, weight = np.zeros(n + 1, np.int64), [], []
    for i, row in enumerate(table):
        chosen = np.flatnonzero(row)
        detection += list(chosen)
        weight += list(row[chosen])
        start[i + 1] = len(detection)
    return start, np.array(detection, np.int64), np.array(weight, np.float64)


def found(table, outside, shared=EXACT, tolerance=1e-9, most=10_000):
    """Chances as a table with the miss in the last column, chances of being new, and sweeps."""
    start, detection, weight = pairs_of(table)
    pair, miss, new = np.empty(len(detection)), np.empty(len(table)), np.empty(len(outside))
    sweeps = marginals(start, detection, weight, outside, tolerance, most, shared, pair, miss, new)
    chance = np.zeros((len(table), len(outside) + 1))
    for i in range(len(table)):
        chance[i, detection[start[i] : start[i + 1]]] = pair[start[i] : start[i + 1]]
    chance[:, -1] = miss
    return chance, new, sweeps


def enumerated(table, outside):
    """The same by listing every joint event."""
    n, m = table.shape
    chance, new, total = np.zeros((n, m + 1)), np.zeros(m), 0.0
    for event in itertools.product(range(m + 1), repeat=n):
        taken = [j for j in event if j < m]
        if len(set(taken)) < len(taken):
            continue
        weight = np.prod([table[i, j] for i, j in enumerate(event) if j < m])
        free = [j for j in range(m) if j not in taken]
        weight *= np.prod(outside[free])
        total += weight
        chance[np.arange(n), event] += weight
        new[free] += weight
    return chance / total, new / total


def naive_groups(table):
    """Groups by repeated merging of sets."""
    groups = [({i}, set(np.flatnonzero(row))) for i, row in enumerate(table) if row.any()]
    merged = True
    while merged:
        merged = False
        for a, b in itertools.combinations(range(len(groups)), 2):
            if groups[a][1] & groups[b][1]:
                groups[a] = (groups[a][0] | groups[b][0], groups[a][1] | groups[b][1])
                del groups[b]
                merged = True
                break
    return sorted((sorted(t), sorted(d)) for t, d in groups)


sizes = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32 - 1), st.floats(0.1, 1.0))


def drawn(size, spread=3.0):
    n, m, seed, full = size
    random = np.random.default_rng(seed)
    table = np.exp(random.normal(0.0, spread, (n, m))) * (random.random((n, m)) < full)
    return table, np.exp(random.normal(0.0, spread, m))


def tree(random, n, m):
    """A table whose pairs join n tracks and m detections without a loop."""
    table = np.zeros((n, m))
    nodes = [("t", 0)]
    rest = [("t", i) for i in range(1, n)] + [("d", j) for j in range(m)]
    random.shuffle(rest)
    while rest:
        for k, (kind, index) in enumerate(rest):
            others = [other for other, _ in enumerate(nodes) if nodes[other][0] != kind]
            if others:
                other = nodes[random.choice(others)][1]
                i, j = (index, other) if kind == "t" else (other, index)
                table[i, j] = np.exp(random.normal(0.0, 4.0))
                nodes.append(rest.pop(k))
                break
        else:
            break
    return table


@given(sizes)
@settings(max_examples=150)
def test_small_groups_are_summed_exactly(size):
    table, outside = drawn(size)
    chance, new, sweeps = found(table, outside)
    wanted, wanted_new = enumerated(table, outside)
    assert chance == pytest.approx(wanted, abs=1e-12)
    assert new == pytest.approx(wanted_new, abs=1e-12)
    assert sweeps == 0


@pytest.mark.parametrize("seed", range(25))
def test_belief_is_exact_on_trees(seed):
    random = np.random.default_rng(seed)
    table = tree(random, *random.integers(1, 6, 2))
    outside = np.exp(random.normal(0.0, 3.0, table.shape[1]))
    chance, new, _ = found(table, outside, BELIEF)
    wanted, wanted_new = enumerated(table, outside)
    assert chance == pytest.approx(wanted, abs=1e-12)
    assert new == pytest.approx(wanted_new, abs=1e-12)


def test_belief_on_loops_errs_within_a_stated_bound():
    """200 full 4 x 4 tables, weights over five decades: the worst chance of each errs by 0.025, at most 0.11."""
    errors = []
    for seed in range(200):
        table, outside = drawn((4, 4, seed, 1.0), 2.0)
        chance, _, _ = found(table, outside, BELIEF)
        errors.append(np.max(np.abs(chance - enumerated(table, outside)[0])))
    assert 0.005 < np.mean(errors) < 0.03
    assert max(errors) < 0.15


@given(sizes)
def test_belief_ends_at_the_fixed_point_that_its_test_promises(size):
    table, outside = drawn(size, 1.0)
    rough, _, few = found(table, outside, BELIEF, tolerance=1e-3)
    fine, _, many = found(table, outside, BELIEF, tolerance=1e-13)
    # messages within 1e-3 of the fixed point in logarithm: so are ratios of chances of a track
    assert np.all(np.abs(rough - fine) <= 1e-3 + 1e-12)
    assert few <= many


@given(sizes, st.sampled_from([BELIEF, EXACT]), st.randoms(use_true_random=False))
def test_chances_sum_to_one_and_follow_their_tracks_and_detections(size, shared, random):
    table, outside = drawn(size)
    n, m = table.shape
    chance, new, _ = found(table, outside, shared)
    assert chance.sum(axis=1) == pytest.approx(np.ones(n))
    assert chance[:, :-1].sum(axis=0) + new == pytest.approx(np.ones(m), abs=1e-6)
    assert np.all(chance >= 0.0)
    assert np.all(new >= 0.0)
    rows, columns = random.sample(range(n), n), random.sample(range(m), m)
    moved, moved_new, _ = found(table[rows][:, columns], outside[columns], shared)
    assert moved == pytest.approx(chance[rows][:, [*columns, m]], abs=1e-8)
    assert moved_new == pytest.approx(new[columns], abs=1e-8)


extreme = st.sampled_from([0.0, 1e-300, 1e-9, 1.0, 1e9, 1e300, np.inf, np.nan, -1.0])


@given(
    st.lists(st.lists(extreme, min_size=3, max_size=3), min_size=1, max_size=4),
    st.lists(extreme, min_size=3, max_size=3),
    st.sampled_from([BELIEF, EXACT]),
)
def test_no_weight_breaks_the_chances(rows, outside, shared):
    start = np.arange(0, 3 * len(rows) + 1, 3)
    detection = np.tile(np.arange(3), len(rows))
    pair, miss, new = np.empty(3 * len(rows)), np.empty(len(rows)), np.empty(3)
    marginals(start, detection, np.ravel(rows), np.array(outside), 1e-6, 500, shared, pair, miss, new)
    assert np.all((pair >= 0) & (pair <= 1))
    assert np.all((miss >= 0) & (miss <= 1))
    assert np.all((new >= 0) & (new <= 1))
    assert pair.reshape(-1, 3).sum(axis=1) + miss == pytest.approx(np.ones(len(rows)), abs=1e-6)
    assert np.all(pair.reshape(-1, 3).sum(axis=0) <= 1.0 + 1e-9)


def test_a_detection_is_given_once_although_sweeps_end_before_their_fixed_point():
    """Three tracks must share two detections that nothing else explains: messages shrink to their point very slowly."""
    table = np.full((3, 2), 1e-300)
    chance, new, sweeps = found(table, np.zeros(2), BELIEF, most=500)
    assert sweeps == 500
    assert chance[:, :-1] == pytest.approx(np.full((3, 2), 1 / 3))
    assert new == pytest.approx([0.0, 0.0])


def test_a_sure_pair_leaves_the_other_track_nothing():
    chance, new, _ = found(np.array([[1e300], [1.0]]), np.array([1.0]))
    assert chance == pytest.approx(np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert new == pytest.approx([0.0])


def test_a_detection_that_must_be_of_some_track_is():
    chance, new, _ = found(np.array([[1.0], [3.0]]), np.array([0.0]))
    assert chance == pytest.approx(np.array([[0.25, 0.75], [0.75, 0.25]]))
    assert new == pytest.approx([0.0], abs=1e-12)


@given(sizes)
def test_groups_are_those_of_repeated_merging(size):
    table, _ = drawn(size)
    start, detection, _ = pairs_of(table)
    n, m = table.shape
    at, tracks = np.empty(n + 1, np.int64), np.empty(n, np.int64)
    det_at, detections = np.empty(n + 1, np.int64), np.empty(m, np.int64)
    count = components(start, detection, m, at, tracks, det_at, detections)
    groups = [
        (list(tracks[at[g] : at[g + 1]]), list(detections[det_at[g] : det_at[g + 1]])) for g in range(count)
    ]
    assert groups == naive_groups(table)
    column, pair, track = (
        np.empty(m + 1, np.int64),
        np.empty(len(detection), np.int64),
        np.empty_like(detection),
    )
    transpose(start, detection, m, column, pair, track)
    assert np.all(detection[pair] == np.sort(detection))
    for j in range(m):
        assert list(track[column[j] : column[j + 1]]) == list(np.flatnonzero(table[:, j]))


def test_a_scan_without_tracks_detections_or_pairs_is_no_trouble():
    for n, m in ((0, 0), (0, 3), (3, 0), (3, 3)):
        chance, new, sweeps = found(np.zeros((n, m)), np.ones(m))
        assert sweeps == 0
        assert np.all(chance[:, -1] == 1.0)
        assert np.all(new == 1.0)
