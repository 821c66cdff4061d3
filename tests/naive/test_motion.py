"""Motion kernels against slow integration and plain matrices."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.kernels.frame import ecef_from_geodetic
from skypact.kernels.motion import (
    beyond_aircraft,
    climb_rate,
    height_of,
    predict_ballistic,
    predict_boost,
    predict_level,
    predict_white,
)
from tests.naive.flight import density, drag_coefficient_ratio, geodetic_height, layered
from tests.track.world import free_fall as free_fall_in_vacuum
from tests.track.world import from_enu, level_flight

COV = np.diag([1e4, 2e4, 3e4, 10.0, 20.0, 30.0]) + 5.0


def free_fall(x, beta):
    """d state / dt in the standard atmosphere, where beta > 0."""
    rate = free_fall_in_vacuum(x)
    height = geodetic_height(x[:3])
    if beta and height < 86e3:
        speed = np.linalg.norm(x[3:])
        mach = speed / math.sqrt(1.4 * 287.05287 * layered(height)[1])
        ratio = drag_coefficient_ratio(mach, tumbling=False)
        rate[3:] -= 0.5 * density(height) * ratio * speed * x[3:] / beta
    return rate


def naive_ballistic(state, dt, beta, steps=400):
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


def test_a_fall_of_minutes_into_the_air_is_that_of_many_small_steps():
    """One call from above the air to near the ground: 40 s and two thirds of the speed lost."""
    state = np.concatenate(
        [from_enu(0.0, 0.0, 90e3), from_enu(900.0, 0.0, -1500.0) - from_enu(0.0, 0.0, 0.0)]
    )
    mean, cov = state.copy(), COV.copy()
    predict_ballistic(mean, cov, 60.0, 0.001, 3000.0, 2.0)
    truth = naive_ballistic(state, 60.0, 3000.0, steps=2000)
    free = naive_ballistic(state, 60.0, 0.0)
    lost = np.linalg.norm(free[3:]) - np.linalg.norm(truth[3:])
    assert lost > 300.0
    assert np.linalg.norm(mean[3:] - truth[3:]) < 0.1 * lost
    assert np.linalg.norm(mean[:3] - truth[:3]) < 0.1 * np.linalg.norm(free[:3] - truth[:3]) + 20.0
    assert np.all(np.linalg.eigvalsh(cov) > 0.0)


def naive_boost(mean, cov, dt, along, sigma, hold):
    """The same moments from matrices: a direction drawn from the velocity's distribution, whole tensors at once."""
    v, P = mean[3:], cov[3:, 3:]
    whole2 = v @ v + np.trace(P) + 1e-9
    second = (np.outer(v, v) + P) / whole2
    first = v / math.sqrt(whole2)
    n = (along**2 + sigma**2) * second - along**2 * np.outer(first, first) + sigma**2 / 9.0 * np.eye(3)
    a = abs(dt)
    F = np.block([[np.eye(3), dt * np.eye(3)], [np.zeros((3, 3)), np.eye(3)]])
    Q = max(a, hold) * np.block([[n * a**3 / 3, n * dt * a / 2], [n * dt * a / 2, n * a]])
    moved = F @ mean + along * np.concatenate([0.5 * dt**2 * first, dt * first])
    return moved, F @ cov @ F.T + Q


@given(st.floats(-20.0, 20.0), st.floats(0.0, 60.0), st.floats(0.0, 30.0), st.floats(0.0, 2000.0))
def test_a_boost_is_the_matrix_formula(dt, along, sigma, speed):
    state = np.concatenate([from_enu(0.0, 0.0, 30e3), speed * np.array([0.6, 0.0, 0.8])])
    mean, cov = state.copy(), COV.copy()
    predict_boost(mean, cov, dt, along, sigma, 5.0)
    wanted = naive_boost(state, COV, dt, along, sigma, 5.0)
    assert mean == pytest.approx(wanted[0], rel=1e-12)
    assert cov == pytest.approx(wanted[1], rel=1e-9, abs=1e-6)


def test_boosts_of_drawn_size_and_direction_lie_within_the_predicted_spread():
    """4,000 velocities and constant accelerations along them, over one look of 10 s."""
    rng = np.random.default_rng(100)
    n, dt = 4000, 10.0
    state = np.concatenate([from_enu(0.0, 0.0, 30e3), [900.0, 300.0, 900.0]])
    spread = np.diag([100.0**2] * 3 + [60.0**2] * 3)
    starts = rng.multivariate_normal(state, spread, n)
    push = rng.normal(35.0, 20.0, n)[:, None] * starts[:, 3:] / np.linalg.norm(starts[:, 3:], axis=1)[:, None]
    ends = np.hstack([starts[:, :3] + dt * starts[:, 3:] + 0.5 * dt**2 * push, starts[:, 3:] + dt * push])
    mean, cov = state.copy(), spread.copy()
    predict_boost(mean, cov, dt, 35.0, 20.0, 5.0)
    off = ends - mean
    ahead = state[3:] / np.linalg.norm(state[3:])
    for part, least, most in ((slice(0, 3), 0.8, 1.02), (slice(3, 6), 0.95, 1.05)):
        told = math.sqrt(ahead @ cov[part, part] @ ahead)
        assert (
            least < np.std(off[:, part] @ ahead) / told < most
        )  # white noise strays a little further than a constant
    assert np.linalg.norm(off.mean(axis=0)[3:]) < 15.0


def test_what_is_beyond_aircraft_is_fast_whatever_its_height():
    def at(height, *velocity):
        return np.concatenate([from_enu(0.0, 0.0, height), velocity])

    assert not beyond_aircraft(at(12e3, 300.0, 0.0, 0.0))
    assert not beyond_aircraft(at(60e3, 0.0, 0.0, 690.0))
    assert beyond_aircraft(at(5e3, 0.0, 710.0, 0.0))
    up = from_enu(0.0, 0.0, 1.0) - from_enu(0.0, 0.0, 0.0)
    assert climb_rate(np.concatenate([from_enu(0.0, 0.0, 8e3), 250.0 * up])) == pytest.approx(250.0, abs=1.0)


@pytest.mark.parametrize("height", [0.0, 10e3, 300e3])
@pytest.mark.parametrize("north", [-3e6, 0.0, 3e6])
def test_height_is_geodetic_height_within_forty_metres(height, north):
    lat = math.radians(25.0) + north / 6.37e6
    assert height_of(*ecef_from_geodetic(lat, 0.9, height)) == pytest.approx(height, abs=40.0 + 4e-4 * height)
