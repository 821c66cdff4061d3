import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels.tgospa import best_partners
from skypact.score import gospa, ospa, ospa2, siap, trajectory_gospa
from skypact.score.alignment import align
from tests.naive.gospa import naive_gospa
from tests.naive.trajectory import (
    arrays,
    naive_exact,
    naive_ospa,
    naive_ospa2,
    naive_relaxed,
    naive_siap,
)

C = 3.0


def paths(most, steps=4, spread=4):
    """Up to `most` trajectories on a line, with births, deaths and gaps."""
    path = st.dictionaries(
        st.integers(0, steps - 1), st.tuples(st.integers(-spread, spread)), min_size=1, max_size=steps
    )
    return st.lists(path, max_size=most)


def crowd(seed, n, steps, spread, lost=0.15):
    random = np.random.default_rng(seed)
    return [
        {k: (float(random.normal(0.0, spread)),) for k in range(steps) if random.random() > lost}
        for _ in range(n)
    ]


@given(paths(3), paths(3), st.sampled_from([0.5, 1.0, 2.0]), st.sampled_from([1.0, 2.0]))
@settings(max_examples=60)
def test_the_sparse_program_is_as_good_as_that_of_the_paper(est, truth, gamma, p):
    found = trajectory_gospa(arrays(est), arrays(truth), C, gamma, p)
    assert found.total == pytest.approx(naive_relaxed(est, truth, C, gamma, p), abs=1e-6)
    parts = found.localisation + found.missed + found.false + found.switching
    assert found.total**p == pytest.approx(parts, abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_crowds_that_must_be_solved_together_are(seed):
    est, truth = crowd(seed, 4, 6, 2.0), crowd(seed + 100, 5, 6, 2.0)
    found = trajectory_gospa(arrays(est), arrays(truth), C, 1.0, 1.0)
    assert found.total == pytest.approx(naive_relaxed(est, truth, C, 1.0, 1.0), abs=1e-6)


def test_the_relaxed_metric_is_never_above_the_exact_one_and_mostly_equal():
    gaps = []
    for seed in range(30):
        est, truth = crowd(seed, 3, 4, 1.5), crowd(seed + 50, 3, 4, 1.5)
        relaxed = trajectory_gospa(arrays(est), arrays(truth), C, 1.0, 1.0).total
        gaps.append(naive_exact(est, truth, C, 1.0, 1.0) - relaxed)
    assert min(gaps) > -1e-9
    assert sum(gap < 1e-9 for gap in gaps) >= 20


@given(paths(1, 5), paths(3, 5), st.sampled_from([0.5, 1.0, 2.0]))
@settings(max_examples=60)
def test_against_one_trajectory_it_is_the_best_of_all_sequences_of_assignments(est, truth, gamma):
    found = trajectory_gospa(arrays(est), arrays(truth), C, gamma, 2.0)
    assert found.total == pytest.approx(naive_exact(est, truth, C, gamma, 2.0), abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_the_best_partners_of_a_row_are_the_best_of_all_sequences(seed):
    random = np.random.default_rng(seed)
    m, steps, half = 2, 5, 0.4
    gain = random.uniform(0.0, 1.0, (m, steps)) * (random.random((m, steps)) < 0.7)
    chosen = np.empty((1, steps), np.int64)
    best_partners(np.array([0, m]), np.arange(m), gain, half, chosen)

    def worth(way):
        kept = sum(gain[j, k] for k, j in enumerate(way) if j >= 0)
        return kept - half * sum(
            (0 if a == b else 1 if -1 in {a, b} else 2) for a, b in itertools.pairwise(way)
        )

    best = max(worth(way) for way in itertools.product(range(-1, m), repeat=steps))
    assert worth(tuple(chosen[0])) == pytest.approx(best)


@pytest.mark.parametrize("seed", range(5))
def test_weights_keep_every_rule(seed):
    random = np.random.default_rng(seed)
    row, column = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    weight = align(row, column, random.uniform(0.0, 1.0, (12, 5)), 0.1)
    assert weight.min() >= 0.0
    for side in (row, column):
        assert max(weight[side == one].sum(axis=0).max() for one in np.unique(side)) <= 1.0 + 1e-6


points = st.lists(st.tuples(*[st.integers(-6, 6)] * 2), max_size=5).map(
    lambda rows: np.array(rows, np.float64).reshape(-1, 2)
)


@given(points, points, st.sampled_from([1.0, 2.0, 3.0]))
@settings(max_examples=80)
def test_ospa_is_the_best_of_all_permutations(est, truth, p):
    found = ospa(est, truth, 5.0, p)
    wanted = naive_ospa(list(est), list(truth), lambda x, y: float(np.linalg.norm(x - y)), 5.0, p)
    assert (found.total, found.localisation, found.cardinality) == pytest.approx(wanted, abs=1e-9)


@given(points, points)
def test_gospa_of_order_two_is_the_dense_assignment(est, truth):
    assert gospa(est, truth, 5.0).total == pytest.approx(naive_gospa(est, truth, 5.0)[0], abs=1e-9)


@given(
    paths(3, 7),
    paths(4, 7),
    st.integers(1, 9),
    st.sampled_from([1.0, 2.0]),
    st.sampled_from([1.0, 2.0]),
)
@settings(max_examples=80)
def test_ospa2_is_the_best_of_all_permutations_in_every_window(est, truth, window, p, q):
    at = np.arange(-2, 12)
    found = ospa2(arrays(est), arrays(truth), C, window, p, q, at)
    wanted = naive_ospa2(est, truth, C, window, p, q, at)
    assert np.stack([found.total, found.localisation, found.cardinality], 1) == pytest.approx(
        wanted, abs=1e-9
    )


@given(paths(4, 6, 3), paths(3, 6, 3), st.lists(st.integers(1, 5), min_size=6, max_size=6))
@settings(max_examples=80)
def test_siap_measures_are_those_of_a_walk_through_the_snapshots(est, truth, gaps):
    t_s = np.cumsum(np.array(gaps, np.float64))
    found = siap(arrays(est), arrays(truth), t_s, 2.5)
    measured = [
        *(found.completeness, found.ambiguity, found.spuriousness, found.position_m),
        *(found.longest_segment, found.changes_per_s),
    ]
    assert measured == pytest.approx(naive_siap(est, truth, t_s, 2.5), nan_ok=True)
