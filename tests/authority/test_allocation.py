"""Optima of the weapon-target assignment that a separate prototype proved, met to 1e-6.

Dense: r = default_rng(1); w = r.integers(25, 101, n); P = r.uniform(.6, .9, (n, n)); one round a shooter.
Sparse: r = default_rng(1); w = r.integers(1, 101, n); P = where(r.random((m, n)) < density, round(r.uniform(.4, .9,
(m, 1)) * r.uniform(.85, 1, (m, n)), 3), 0); k rounds a shooter.
"""

from __future__ import annotations

import numpy as np
import pytest

from skypact.defend.allocation import allocate, allocate_greedy

DENSE = {
    20: 144.440607,
    50: 336.395822,
    100: 660.283909,
    200: 1310.837154,
    500: 3204.504205,
    1000: 6296.499729,
    2000: 12687.888039,
}
SPARSE = [  # shooters, rounds, objects, density, optimum
    (20, 20, 200, 0.3, 892.493497),
    (12, 32, 150, 0.5, 397.266081),
    (40, 16, 300, 0.15, 1420.286252),
    (100, 16, 1000, 0.1, 7037.245665),
]


def sparse(m, k, n, density):
    rng = np.random.default_rng(1)
    weight = rng.integers(1, 101, n).astype(float)
    reach = rng.random((m, n)) < density
    chance = np.where(reach, np.round(rng.uniform(0.4, 0.9, (m, 1)) * rng.uniform(0.85, 1, (m, n)), 3), 0.0)
    return weight, chance, np.full(m, k, np.int32)


@pytest.mark.parametrize("n", [n if n < 2000 else pytest.param(n, marks=pytest.mark.slow) for n in DENSE])
def test_the_optimum_of_a_dense_problem_is_proven(n):
    rng = np.random.default_rng(1)
    weight, chance = rng.integers(25, 101, n).astype(float), rng.uniform(0.6, 0.9, (n, n))
    answer = allocate(weight, chance, np.ones(n, np.int32))
    assert answer.proven
    assert answer.lost == pytest.approx(DENSE[n], abs=1e-6)
    assert answer.bound == pytest.approx(DENSE[n], abs=1e-5)


@pytest.mark.parametrize("case", SPARSE)
def test_the_optimum_of_a_sparse_problem_is_proven(case):
    *size, best = case
    answer = allocate(*sparse(*size))
    assert answer.proven
    assert answer.lost == pytest.approx(best, abs=1e-6)


def test_the_greatest_gain_next_is_12_to_16_percent_off_and_one_percent_is_certified():
    data = sparse(40, 16, 300, 0.15)
    assert allocate_greedy(*data).lost == pytest.approx(1420.286252 * 1.12, rel=0.01)
    answer = allocate(*data, gap=0.01)
    assert answer.gap <= 0.01
    assert answer.bound <= 1420.286253 <= answer.lost * 1.0001
