"""Motion kernels against slow integration and plain matrices."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.kernels.frame import ecef_from_geodetic
from skypact.kernels.motion import height_of, predict_ballistic, predict_level, predict_white
from tests.track.world import free_fall, from_enu, level_flight

COV = np.diag([1e4, 2e4, 3e4, 10.0, 20.0, 30.0]) + 5.0


def naive_ballistic(state, dt, beta):
    steps = 400
    h = dt / steps
    x = state.copy()
    for _ in range(steps):
        k1 = free_fall(x, beta)
        k2 = free_fall(x + h / 2 * k1, beta)
        k3 = free_fall(x + h / 2 * k2, beta)
        k4 = free_fall(x + h * k3, beta)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return x


@given(st.floats(-10.0, 30.0), st.floats(0.0, 900.0))
def test_white_acceleration_is_the_matrix_formula(dt, q):
    mean, cov = np.arange(6.0), COV.copy()
    F = np.block([[np.eye(3), dt * np.eye(3)], [np.zeros((3, 3)), np.eye(3)]])
    a = abs(dt)
    Q = q * np.block(
        [[a**3 / 3 * np.eye(3), dt * a / 2 * np.eye(3)], [dt * a / 2 * np.eye(3), a * np.eye(3)]]
    )
    predict_white(mean, cov, dt, q)
    assert mean == pytest.approx(F @ np.arange(6.0))
    assert cov == pytest.approx(F @ COV @ F.T + Q, rel=1e-9)


@pytest.mark.parametrize("dt", [1.0, 10.0, 60.0, -5.0])
def test_free_flight_in_vacuum_follows_the_integrated_path(dt):
    state = np.concatenate([from_enu(1e4, 2e4, 150e3), [900.0, -700.0, 1200.0]])
    mean, cov = state.copy(), COV.copy()
    predict_ballistic(mean, cov, dt, 0.0, 1e12, 2.0)
    truth = naive_ballistic(state, dt, 0.0)
    assert np.linalg.norm(mean[:3] - truth[:3]) < (0.05 if abs(dt) <= 10.0 else 1.0)
    assert np.linalg.norm(mean[3:] - truth[3:]) < (0.01 if abs(dt) <= 10.0 else 0.1)


def test_free_flight_with_drag_stays_within_its_own_uncertainty():
    state = np.concatenate([from_enu(1e4, 2e4, 30e3), [900.0, -700.0, -1200.0]])
    mean, cov = state.copy(), np.zeros((6, 6))
    predict_ballistic(mean, cov, 4.0, 0.01, 5000.0, 2.0)
    truth = naive_ballistic(state, 4.0, 5000.0)
    error = mean - truth
    assert np.linalg.norm(error[:3]) < 25.0
    assert error @ np.linalg.solve(cov, error) < 6.0
    faint = naive_ballistic(state, 4.0, 8000.0)
    assert (mean - faint) @ np.linalg.solve(cov, mean - faint) < 12.0


def test_the_covariance_follows_the_numerical_transition_matrix():
    state = np.concatenate([from_enu(1e4, 2e4, 200e3), [900.0, -700.0, 1200.0]])
    dt = 10.0
    phi = np.empty((6, 6))
    for j, step in enumerate([10.0] * 3 + [0.1] * 3):
        up, down = state.copy(), state.copy()
        up[j] += step
        down[j] -= step
        phi[:, j] = (naive_ballistic(up, dt, 0.0) - naive_ballistic(down, dt, 0.0)) / (2 * step)
    mean, cov = state.copy(), COV.copy()
    predict_ballistic(mean, cov, dt, 0.0, 1e12, 2.0)
    assert cov == pytest.approx(phi @ COV @ phi.T, rel=5e-4, abs=1e-3)


def test_level_flight_keeps_its_height_along_a_great_circle():
    flight = level_flight(0.0, 0.0, 10_000.0, 250.0, 60.0, 60)
    mean, cov = flight.state[0].copy(), COV.copy()
    predict_level(mean, cov, 60.0, 0.0)
    assert height_of(*mean[:3]) == pytest.approx(height_of(*flight.state[0, :3]), abs=2.0)
    assert np.linalg.norm(mean[:3] - flight.state[60, :3]) < 60.0
    assert np.linalg.norm(mean[3:]) == pytest.approx(250.0, rel=1e-4)


@pytest.mark.parametrize("height", [0.0, 10e3, 300e3])
@pytest.mark.parametrize("north", [-3e6, 0.0, 3e6])
def test_height_is_geodetic_height_within_forty_metres(height, north):
    lat = math.radians(25.0) + north / 6.37e6
    assert height_of(*ecef_from_geodetic(lat, 0.9, height)) == pytest.approx(height, abs=40.0 + 4e-4 * height)
