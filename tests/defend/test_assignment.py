"""The assignment of one epoch: exactly the optimum, within capacity."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.defend import assign_shots


def brute_force(value, chance, capacity):
    """The best total of value x chance over every way to give each object one shooter or none."""
    best = 0.0
    for plan in product(range(-1, len(capacity)), repeat=len(value)):
        if any(plan.count(b) > capacity[b] for b in range(len(capacity))):
            continue
        best = max(best, sum(value[j] * chance[b, j] for j, b in enumerate(plan) if b >= 0))
    return best


sizes = st.tuples(st.integers(1, 4), st.integers(0, 3), st.integers(0, 2**32 - 1))


@given(sizes)
def test_the_total_is_that_of_brute_force_and_no_capacity_is_exceeded(size):
    m, b, seed = size
    rng = np.random.default_rng(seed)
    value = rng.integers(0, 10, m).astype(float)
    chance = np.where(rng.random((b, m)) < 0.6, np.round(rng.uniform(0.1, 1.0, (b, m)), 2), 0.0)
    capacity = rng.integers(0, 3, b).astype(np.int32)
    chosen = assign_shots(value, chance, capacity)
    assert chosen.dtype == np.int32
    assert all((chosen == s).sum() <= capacity[s] for s in range(b))
    total = sum(value[j] * chance[s, j] for j, s in enumerate(chosen.tolist()) if s >= 0)
    assert total == pytest.approx(brute_force(value, chance, capacity))
    assert all(value[j] * chance[s, j] > 0.0 for j, s in enumerate(chosen.tolist()) if s >= 0)


def test_a_scarce_battery_takes_what_is_worth_most():
    chosen = assign_shots(np.array([1.0, 5.0, 3.0]), np.full((1, 3), 0.7), np.array([2], np.int32))
    assert chosen.tolist() == [-1, 0, 0]


def test_a_battery_leaves_to_another_what_only_it_can_do():
    value, chance = np.ones(2), np.array([[0.9, 0.8], [0.85, 0.0]])
    assert assign_shots(value, chance, np.array([1, 1], np.int32)).tolist() == [1, 0]


def test_the_optimum_is_a_linear_programmes():
    """The transportation polytope is integral (Hoffman and Kruskal 1956): the relaxed optimum is the same number."""
    from scipy.optimize import linprog

    rng = np.random.default_rng(11)
    m, b = 25, 8
    value, chance, capacity = rng.uniform(1, 9, m), rng.uniform(0, 1, (b, m)), np.full(b, 2, np.int32)
    rows = np.zeros((b + m, b * m))
    for s in range(b):
        rows[s, s * m : (s + 1) * m] = 1.0
    for j in range(m):
        rows[b + j, j::m] = 1.0
    bound = linprog(
        -(chance * value).ravel(), A_ub=rows, b_ub=np.concatenate([capacity, np.ones(m)]), bounds=(0, 1)
    )
    chosen = assign_shots(value, chance, capacity)
    total = sum(value[j] * chance[s, j] for j, s in enumerate(chosen.tolist()) if s >= 0)
    assert total == pytest.approx(-bound.fun)


def test_nothing_to_assign_is_assigned_to_nobody():
    assert len(assign_shots(np.zeros(0), np.zeros((2, 0)), np.array([1, 1], np.int32))) == 0
    assert assign_shots(np.ones(2), np.zeros((0, 2)), np.zeros(0, np.int32)).tolist() == [-1, -1]
    assert assign_shots(np.ones(2), np.ones((1, 2)), np.array([0], np.int32)).tolist() == [-1, -1]


@pytest.mark.parametrize("chance", [np.full((1, 2), -0.1), np.full((1, 2), np.nan), np.ones((2, 2))])
def test_numbers_that_are_no_chances_are_refused(chance):
    with pytest.raises(ValueError, match="chance"):
        assign_shots(np.ones(2), chance, np.array([1], np.int32))
