"""Motion kernels against slow integration and plain matrices."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from skypact.kernels.frame import ecef_from_geodetic
from skypact.kernels.motion import (
    beyond_aircraft,
    boost_chance,
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


BOOST = (22.0, 1.0 / 80.0, 0.5, 20.0)


def drawn_boosts(state, spread, dt, boost, n, shared=True):
    """Ends of n boosts drawn from what the kernel assumes, in steps of 0.1 s, with what noise there is by hand.

    Starts are drawn from the spread. The push lies along the velocity at every instant and is
    `along + growth * speed`. Its error is drawn once each (`shared`) or anew in every step as white noise.
    """
    along, growth, share, hold = boost
    rng = np.random.default_rng(100)
    steps = round(abs(dt) / 0.1)
    h = dt / steps
    x = rng.multivariate_normal(state, spread, n)
    constant = rng.normal(size=n) if shared else None
    for _ in range(steps):
        speed = np.linalg.norm(x[:, 3:], axis=1)
        size = along + growth * speed
        off = constant if shared else rng.normal(size=n) * math.sqrt(hold / abs(h))
        push = size * (1.0 + share * off)
        aside = share * size[:, None] / 3.0 * rng.normal(size=(n, 3)) * math.sqrt(hold / abs(h))
        rate = push[:, None] * x[:, 3:] / speed[:, None] + (0.0 if shared else aside)
        x[:, :3] += h * x[:, 3:] + 0.5 * h * h * rate
        x[:, 3:] += h * rate
    return x


@pytest.mark.parametrize(
    ("speed", "sigma_v", "dt"),
    [(1300.0, 60.0, 10.0), (500.0, 100.0, 10.0), (800.0, 150.0, 20.0), (550.0, 200.0, 10.0)],
)
def test_the_moments_of_a_boost_are_those_of_drawn_ones_on_every_axis(speed, sigma_v, dt):
    """Against 20,000 drawn boosts: mean, and standard deviations along the velocity and across it."""
    ahead = np.array([0.6, 0.0, 0.8])
    state = np.concatenate([from_enu(0.0, 0.0, 30e3), speed * ahead])
    spread = np.diag([100.0**2] * 3 + [sigma_v**2] * 3)
    ends = drawn_boosts(state, spread, dt, BOOST, 20_000, shared=False)
    mean, cov = state.copy(), spread.copy()
    predict_boost(mean, cov, dt, *BOOST)
    off = ends.mean(axis=0) - mean
    assert np.linalg.norm(off[:3]) < 0.1 * math.sqrt(np.trace(cov[:3, :3]))
    assert np.linalg.norm(off[3:]) < 0.1 * math.sqrt(np.trace(cov[3:, 3:]))
    for axis in (ahead, np.array([0.8, 0.0, -0.6]), np.array([0.0, 1.0, 0.0])):
        for part in (slice(0, 3), slice(3, 6)):
            told = math.sqrt(axis @ cov[part, part] @ axis)
            assert 0.93 < np.std(ends[:, part] @ axis) / told < 1.07, (axis, part)


@pytest.mark.parametrize(("sigma_v", "speed"), [(100.0, 500.0), (400.0, 550.0)])
def test_an_error_of_direction_grows_with_the_speed(sigma_v, speed):
    """Without noise, across the velocity: known size, unknown direction, as a launch is first taken."""
    state = np.concatenate([from_enu(0.0, 0.0, 30e3), [speed, 0.0, 0.0]])
    spread = np.diag([100.0**2] * 3 + [sigma_v**2] * 3)
    ends = drawn_boosts(state, spread, 10.0, (35.0, 0.0, 0.0, 10.0), 20_000)
    mean, cov = state.copy(), spread.copy()
    predict_boost(mean, cov, 10.0, 35.0, 0.0, 0.0, 10.0)
    for a in (1, 2, 4, 5):
        assert math.sqrt(cov[a, a]) == pytest.approx(np.std(ends[:, a]), rel=0.04)


@given(st.floats(-15.0, 20.0), st.floats(0.0, 40.0), st.floats(0.0, 0.02), st.floats(100.0, 2000.0))
def test_a_boost_in_many_steps_is_that_in_one(dt, along, growth, speed):
    """Within a tenth of the speed: many steps learn the direction as it grows. Not back to where it began."""
    assume(speed + dt * (along + growth * speed) > 0.5 * speed)
    state = np.concatenate([from_enu(0.0, 0.0, 30e3), speed * np.array([0.6, 0.0, 0.8])])
    cov = np.diag([1e4] * 3 + [400.0] * 3) + 5.0
    one, many = (state.copy(), cov.copy()), (state.copy(), cov.copy())
    predict_boost(*one, dt, along, growth, 0.4, 10.0)
    for _ in range(20):
        predict_boost(*many, dt / 20.0, along, growth, 0.4, 10.0)
    whole = np.linalg.norm(one[0][3:])
    assert np.linalg.norm(one[0][3:] - many[0][3:]) < 0.1 * (whole + speed) + 10.0
    ahead, aside = np.array([0.6, 0.0, 0.8]), np.array([0.0, 1.0, 0.0])
    if dt > 0.0 and speed > 400.0:
        for axis in (ahead, aside):
            for part in (slice(0, 3), slice(3, 6)):
                ratio = (axis @ one[1][part, part] @ axis) / (axis @ many[1][part, part] @ axis)
                assert 0.7 < ratio < 1.3
    assert np.all(np.linalg.eigvalsh(one[1]) > 0.0)


def test_back_in_time_a_boost_comes_to_rest_and_no_further():
    for speed in (30.0, 100.0, 300.0):
        state = np.concatenate([from_enu(0.0, 0.0, 30e3), [speed, 0.0, 0.0]])
        for along, growth in ((35.0, 0.0), (22.0, 1.0 / 80.0)):
            mean, cov = state.copy(), np.diag([1e4] * 3 + [400.0] * 3)
            predict_boost(mean, cov, -12.0, along, growth, 0.4, 10.0)
            assert -1e-2 < mean[3] < speed
            assert np.all(np.linalg.eigvalsh(cov) > 0.0)
    assert mean[3] == pytest.approx(80.0 * (math.exp(-12.0 / 80.0) * (300.0 / 80.0 + 22.0) - 22.0), abs=3.0)


@pytest.mark.parametrize("dt", [math.nan, 0.0])
def test_free_flight_over_no_time_or_none_that_is_a_number_ends(dt):
    state = np.concatenate([from_enu(0.0, 0.0, 30e3), [900.0, 0.0, 0.0]])
    mean, cov = state.copy(), COV.copy()
    predict_ballistic(mean, cov, dt, 0.001, 7500.0, 2.0)
    assert np.array_equal(mean, state)


def test_boost_and_turn_blend_where_climb_or_speed_are_between():
    def chance(climb, level):
        return boost_chance(climb, math.hypot(climb, level))

    assert chance(-200.0, 900.0) == chance(0.0, 250.0) == chance(110.0, 250.0) == 0.0
    assert chance(210.0, 0.0) == chance(60.0, 900.0) == 1.0
    steps = [chance(climb, 300.0) for climb in np.arange(80.0, 220.0, 1.0)]
    assert np.all(np.diff(steps) >= 0.0)
    assert np.max(np.diff(steps)) < 0.03


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
