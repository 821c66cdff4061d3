"""Building blocks of estimation: assignment, gates, motion, one track's filter."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.stats import chi2

from skypact.errors import UsageError
from skypact.estimate import (
    Modes,
    assign,
    chi_square_gate,
    imm_predict,
    imm_update,
    mixture,
    squared_distance,
    white_acceleration,
)
from skypact.track import TrackerSettings
from tests.track.world import LAT, LON, from_enu, rotation


@pytest.mark.parametrize("shape", [(1, 1), (7, 7), (5, 9), (9, 5), (40, 40), (0, 3), (3, 0)])
def test_an_assignment_costs_what_scipys_does(shape):
    cost = np.random.default_rng(4).normal(size=shape)
    column = assign(cost)
    taken = column[column >= 0]
    assert len(taken) == min(shape) == len(set(taken))
    wanted = cost[linear_sum_assignment(cost)].sum()
    assert cost[np.flatnonzero(column >= 0), taken].sum() == pytest.approx(wanted)


@pytest.mark.parametrize(
    "cost", [np.array([1.0]), np.array([[np.nan]]), np.array([[-np.inf]]), np.array([[np.inf]])]
)
def test_what_cannot_be_assigned_is_refused(cost):
    with pytest.raises(UsageError):
        assign(cost)


@pytest.mark.parametrize("dimensions", [1, 2, 3, 4, 6])
def test_the_gate_holds_its_share(dimensions):
    assert chi2.cdf(chi_square_gate(0.9997, dimensions), dimensions) == pytest.approx(0.9997)


@pytest.mark.parametrize(("probability", "dimensions"), [(0.0, 3), (1.0, 3), (0.9, 0)])
def test_a_gate_that_does_not_exist_is_refused(probability, dimensions):
    with pytest.raises(UsageError):
        chi_square_gate(probability, dimensions)


def test_squared_distances_are_taken_row_by_row():
    cov = np.array([np.diag([4.0, 9.0]), np.eye(2)])
    assert squared_distance(np.array([[2.0, 3.0], [1.0, 2.0]]), cov) == pytest.approx([2.0, 5.0])


def test_white_acceleration_over_two_steps_is_that_over_both():
    F1, Q1 = white_acceleration(2.0, 0.7)
    F2, Q2 = white_acceleration(4.0, 0.7)
    assert pytest.approx(F2) == F1 @ F1
    assert pytest.approx(Q2) == F1 @ Q1 @ F1.T + Q1


def test_a_track_is_followed_by_hand():
    settings = TrackerSettings().vector
    rng = np.random.default_rng(2)
    origin, rot = from_enu(0.0, 0.0, 20.0), rotation(LAT, LON)
    pos, vel = from_enu(20e3, 30e3, 5e3), rot.T @ np.array([150.0, 80.0, 0.0])
    start = np.concatenate([pos, np.zeros(3)])
    modes = Modes(np.tile(start, (3, 1)), np.array([np.diag([1e6] * 3 + [4e4] * 3)] * 3), np.full(3, 1 / 3))
    for k in range(1, 30):
        modes = imm_predict(modes, 2.0, settings)
        e, n, u = rot @ (pos + 2.0 * k * vel - origin)
        r = np.sqrt(e * e + n * n + u * u)
        sigma = np.array([20.0, 0.001, 0.001, np.nan])
        z = np.array([r, np.arctan2(e, n), np.arcsin(u / r), np.nan])
        z[:3] += rng.normal(size=3) * sigma[:3]
        modes, loglik = imm_update(modes, z, sigma, origin, rot)
        assert np.isfinite(loglik)
    mean, cov = mixture(modes)
    error = mean - np.concatenate([pos + 58.0 * vel, vel])
    assert modes.probability[0] > 0.8
    assert squared_distance(error, cov) < chi_square_gate(0.9999, 6)
    assert np.linalg.norm(error[3:]) < 5.0
