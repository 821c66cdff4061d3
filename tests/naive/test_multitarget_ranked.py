"""The k cheapest assignments against a list of all of them."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels.multitarget.ranked import best_assignments, ranking
from tests.authority.test_tracking import MURTY


def ranked(cost, most, limit=np.inf):
    n, m = cost.shape
    columns, total = np.empty((most, n), np.int64), np.empty(most)
    found = best_assignments(cost, n, m, most, limit, ranking(most, n, m), columns, total)
    return columns[:found], total[:found]


def naive_ranked(cost):
    """The costs of all assignments that are allowed, cheapest first."""
    n, m = cost.shape
    sums = [cost[np.arange(n), list(columns)].sum() for columns in permutations(range(m), n)]
    return sorted(total for total in sums if total < np.inf)


@st.composite
def matrices(draw):
    """Small, often with ties, some pairs forbidden, wide or square."""
    n = draw(st.integers(1, 4))
    m = draw(st.integers(n, 6))
    entry = draw(
        st.sampled_from(
            [st.integers(0, 3).map(float), st.floats(-50, 50), st.sampled_from([0.0, 1.0, 1.0, np.inf])]
        )
    )
    return np.array(draw(st.lists(entry, min_size=n * m, max_size=n * m))).reshape(n, m)


@given(matrices(), st.integers(1, 400))
@settings(max_examples=300)
def test_the_ranked_assignments_are_the_first_of_all(cost, most):
    columns, total = ranked(cost, most)
    wanted = naive_ranked(cost)[:most]
    assert total == pytest.approx(wanted, abs=1e-9)
    assert cost[np.arange(len(cost)), columns].sum(axis=1) == pytest.approx(total, abs=1e-9)
    assert len({tuple(row) for row in columns.tolist()}) == len(columns)
    assert all(len(set(row)) == len(row) for row in columns.tolist())


@pytest.mark.parametrize("seed", range(8))
def test_all_assignments_of_larger_matrices_come_in_order(seed):
    random = np.random.default_rng(seed)
    cost = random.normal(0.0, 10.0, (5, 7))
    cost[random.random(cost.shape) < 0.2] = np.inf
    _, total = ranked(cost, 3_000)
    assert total == pytest.approx(naive_ranked(cost))


@pytest.mark.parametrize("most", [1, 2, 7, 40])
def test_asking_for_fewer_gives_the_first_of_more(most):
    cost = np.random.default_rng(most).integers(0, 5, (4, 6)).astype(float)
    columns, total = ranked(cost, most)
    _, all_total = ranked(cost, 360)
    assert len(columns) == most
    assert total.tolist() == all_total[:most].tolist()


def test_the_order_depends_on_the_matrix_alone_even_where_all_costs_are_equal():
    work = ranking(30, 6, 8)
    cost = np.zeros((3, 5))
    columns, total = np.empty((30, 3), np.int64), np.empty(30)
    best_assignments(MURTY, 6, 8, 30, np.inf, work, np.empty((30, 6), np.int64), total)
    assert best_assignments(cost, 3, 5, 30, np.inf, work, columns, total) == 30
    assert columns.tolist() == ranked(cost, 30)[0].tolist()


@given(matrices(), st.floats(-20, 20))
def test_nothing_dearer_than_the_limit_is_found_and_nothing_cheaper_is_missed(cost, limit):
    _, total = ranked(cost, 400, limit)
    everything = naive_ranked(cost)
    assert len([t for t in everything if t < limit - 1e-9]) <= len(total)
    assert len(total) <= len([t for t in everything if t <= limit + 1e-9])


def test_murtys_example_has_the_published_costs():
    """K. G. Murty, Operations Research 16(3), 1968: the six best of 10! assignments."""
    _, total = ranked(MURTY, 6)
    assert total.tolist() == [0.0, 1.0, 10.0, 11.0, 13.0, 14.0]


def test_a_matrix_without_rows_has_one_assignment_and_a_closed_row_none():
    assert ranked(np.zeros((0, 3)), 4)[1].tolist() == [0.0]
    assert len(ranked(np.array([[1.0, 2.0], [np.inf, np.nan]]), 4)[1]) == 0
    assert len(ranked(np.array([[1.0], [1.0]]), 4)[1]) == 0
    assert len(ranked(np.zeros((2, 2)), 0)[1]) == 0
