"""The assignment kernel against all permutations and against SciPy."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment

from skypact.kernels.assignment import assign_rows


def naive_cost(cost):
    n, m = cost.shape
    return min(
        sum(cost[i, c] for i, c in enumerate(columns)) for columns in itertools.permutations(range(m), n)
    )


shapes = st.tuples(st.integers(1, 5), st.integers(0, 2)).map(lambda s: (s[0], s[0] + s[1]))


@given(shapes.flatmap(lambda s: arrays(float, s, elements=st.integers(-20, 20).map(float))))
def test_no_permutation_is_cheaper(cost):
    column = np.empty(len(cost), np.int32)
    assert assign_rows(cost, column)
    assert len(set(column)) == len(cost)
    assert cost[np.arange(len(cost)), column].sum() == pytest.approx(naive_cost(cost))


@pytest.mark.parametrize("seed", range(8))
def test_scipy_finds_the_same_cost_with_forbidden_pairs(seed):
    rng = np.random.default_rng(seed)
    n, m = 12, 20
    cost = rng.normal(size=(n, m))
    cost[rng.random((n, m)) < 0.5] = np.inf
    cost[np.arange(n), np.arange(n)] = 5.0
    column = np.empty(n, np.int32)
    assert assign_rows(cost, column)
    rows, columns = linear_sum_assignment(cost)
    assert cost[np.arange(n), column].sum() == pytest.approx(cost[rows, columns].sum())


def test_what_cannot_be_assigned_is_said():
    cost = np.array([[1.0, np.inf], [2.0, np.inf]])
    assert not assign_rows(cost, np.empty(2, np.int32))
