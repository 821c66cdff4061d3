"""GOSPA against its definition worked by hand (Rahmathullah, Garcia-Fernandez and Svensson 2017, p = 2, alpha = 2)."""

import math

import numpy as np
import pytest

from skypact.score import gospa


def test_a_pair_closer_than_the_cutoff_costs_its_distance():
    assert gospa(np.array([[3.0, 4.0]]), np.array([[0.0, 0.0]]), 20.0).total == pytest.approx(5.0)


def test_a_pair_at_the_cutoff_costs_as_much_as_one_missed_and_one_false():
    far = gospa(np.array([[20.0, 0.0]]), np.array([[0.0, 0.0]]), 20.0)
    assert far.total == pytest.approx(20.0)
    assert (far.missed, far.false) == (200.0, 200.0)


def test_each_missed_and_each_false_costs_half_the_squared_cutoff():
    nothing = np.zeros((0, 2))
    assert gospa(nothing, np.zeros((3, 2)), 10.0).total == pytest.approx(math.sqrt(3 * 50.0))
    assert gospa(np.zeros((2, 2)), nothing, 10.0).total == pytest.approx(10.0)
    assert gospa(nothing, nothing, 10.0).total == 0.0


def test_unlike_ospa_it_grows_with_every_false_track():
    truth = np.zeros((1, 2))
    errors = [
        gospa(np.array([[1.0, 0.0], *[[100.0 * k, 0.0] for k in range(1, extra + 1)]]), truth, 10.0)
        for extra in range(4)
    ]
    assert [e.total for e in errors] == pytest.approx([math.sqrt(1 + 50 * extra) for extra in range(4)])


def test_the_best_pairing_is_not_the_nearest_first():
    est, truth = np.array([[0.0], [4.0]]), np.array([[3.0], [-5.0]])
    assert gospa(est, truth, 6.0).total == pytest.approx(math.sqrt(25.0 + 1.0))
    est, truth = np.array([[0.0], [3.0]]), np.array([[1.9], [-2.5]])
    assert gospa(est, truth, 6.0).total == pytest.approx(math.sqrt(2.5**2 + 1.1**2))
