"""The filter's kernels against an independent IMM in NumPy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from skypact.kernels.bank import SET_BOOST, SET_BOOST_GROWTH, SET_RATES
from skypact.kernels.bias import add_bias, predict_bias_gain
from skypact.kernels.filter import (
    anchor_height,
    combine,
    mix,
    predict_manoeuvre,
    predict_track,
    transition,
    update_modes,
    update_scalar,
)
from skypact.kernels.measurement import linearise
from skypact.track import TrackerSettings
from tests.track.world import LAT, LON, from_enu, rotation

ORIGIN, ROT = from_enu(0.0, 0.0, 30.0), rotation(LAT, LON)
SETTINGS = TrackerSettings().vector
RATES = SETTINGS[SET_RATES : SET_RATES + 9].reshape(3, 3)
NO_BIAS = (np.zeros((4, 6, 4)), np.zeros((4, 4)), np.full(4, -1, np.int32), 0)
OPEN, WORK = np.full(4, np.inf), np.empty((3, 4, 6))


def random_modes(seed):
    rng = np.random.default_rng(seed)
    centre = np.concatenate([from_enu(40e3, 60e3, 9e3), [150.0, -90.0, 120.0]])
    scale = np.array([200.0] * 3 + [30.0] * 3)
    mean = centre + rng.normal(size=(3, 6)) * scale
    root = rng.normal(size=(3, 6, 6)) * scale[:, None]
    cov = root @ root.transpose(0, 2, 1) + np.diag(scale**2)
    return mean, cov, rng.dirichlet([2.0, 2.0, 2.0])


def naive_mix(mean, cov, mode, chance):
    predicted = chance.T @ mode
    means, covs = [], []
    for j in range(3):
        w = chance[:, j] * mode / predicted[j]
        m = w @ mean
        means.append(m)
        covs.append(sum(w[i] * (cov[i] + np.outer(mean[i] - m, mean[i] - m)) for i in range(3)))
    return np.array(means), np.array(covs), predicted


def naive_update(mean, cov, mode, z, var, point):
    """All components at once, each mode by the textbook, weighed by its likelihood."""
    value, rows = np.empty(4), np.empty((4, 6))
    linearise(point, ORIGIN, ROT, value, rows)
    k = var > 0
    H, R = rows[k], np.diag(var[k])
    means, covs, likelihood = [], [], []
    for j in range(3):
        S = H @ cov[j] @ H.T + R
        K = cov[j] @ H.T @ np.linalg.inv(S)
        nu = z[k] - value[k] - H @ (mean[j] - point)
        means.append(mean[j] + K @ nu)
        A = np.eye(6) - K @ H
        covs.append(A @ cov[j] @ A.T + K @ R @ K.T)
        likelihood.append(
            math.exp(-0.5 * nu @ np.linalg.solve(S, nu)) / math.sqrt(np.linalg.det(2 * math.pi * S))
        )
    weight = mode * np.array(likelihood)
    return np.array(means), np.array(covs), weight / weight.sum(), math.log(weight.sum())


@given(st.floats(0.0, 300.0))
def test_transition_probabilities_are_the_matrix_exponential(dt):
    out = np.empty((3, 3))
    transition(RATES.ravel(), dt, out, np.empty((3, 3)))
    assert out == pytest.approx(expm(RATES * dt), abs=1e-4)
    assert out.sum(axis=1) == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(3))
def test_mixing_is_that_of_blom_and_bar_shalom(seed):
    mean, cov, mode = random_modes(seed)
    chance = expm(RATES * 4.0)
    out = np.empty((3, 6)), np.empty((3, 6, 6)), np.empty(3)
    mix(mean, cov, mode, chance, *out)
    for found, wanted in zip(out, naive_mix(mean, cov, mode, chance), strict=True):
        assert found == pytest.approx(wanted, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("measured", [(1, 1, 1, 0), (1, 1, 0, 0), (0, 1, 1, 0), (0, 1, 0, 0), (1, 1, 1, 1)])
@pytest.mark.parametrize("seed", range(2))
def test_component_by_component_is_the_joint_update_and_its_likelihood(seed, measured):
    mean, cov, mode = random_modes(seed)
    var = np.array([50.0, 0.002, 0.003, 5.0]) ** 2 * np.array(measured)
    point = mode @ mean
    value, rows = np.empty(4), np.empty((4, 6))
    linearise(point, ORIGIN, ROT, value, rows)
    z = value + np.array([80.0, 0.002, -0.001, 10.0])
    wanted = naive_update(mean, cov, mode, z, var, point)
    loglik, distance = update_modes(
        mean, cov, mode, *NO_BIAS, z, var, point, value, rows, np.zeros(3), OPEN, WORK
    )
    assert mean == pytest.approx(wanted[0], rel=1e-9, abs=1e-5)
    assert cov == pytest.approx(wanted[1], rel=1e-6, abs=1e-4)
    assert mode == pytest.approx(wanted[2], rel=1e-6, abs=2e-6)
    assert loglik == pytest.approx(wanted[3], abs=1e-5)
    assert distance >= 0.0


def test_outside_every_gate_nothing_is_likely():
    mean, cov, mode = random_modes(1)
    value, rows = np.empty(4), np.empty((4, 6))
    point = mode @ mean
    linearise(point, ORIGIN, ROT, value, rows)
    var = np.array([50.0, 0.002, 0.003, 0.0]) ** 2
    far = value + np.array([1e5, 0.0, 0.0, 0.0])
    found = update_modes(
        mean, cov, mode, *NO_BIAS, far, var, point, value, rows, np.zeros(3), np.full(4, 20.0), WORK
    )
    assert found[0] == -math.inf
    assert found[1] > 20.0


@given(
    st.floats(1e-6, 1e6), st.floats(0.0, 1e6), st.lists(st.floats(-1.0, 1.0), min_size=6, max_size=6),
    st.integers(0, 50), st.booleans(),
)  # fmt: skip
def test_a_covariance_stays_positive_definite_and_is_josephs(var, bias, row, seed, hold):
    _, cov, _ = random_modes(seed)
    before = cov[0].copy()
    H = np.array(row)
    u = np.array([0.6, 0.0, 0.8]) if hold else np.zeros(3)
    gain = np.empty(6)
    update_scalar(np.zeros(6), cov[0], H, 1.0, var, bias, u, gain, np.empty(6))
    A = np.eye(6) - np.outer(gain, H)
    assert cov[0] == pytest.approx(A @ before @ A.T + var * np.outer(gain, gain), rel=1e-6, abs=1e-3)
    assert np.all(np.linalg.eigvalsh(cov[0]) > 0.0)
    assert cov[0] == pytest.approx(cov[0].T, abs=0.0)
    assert abs(u @ gain[:3]) < 1e-9 * (1.0 + np.abs(gain).max())


def test_the_bias_sensitivity_is_that_of_the_error():
    """Run the filter twice, with and without a bias: the difference of the estimates is D times the bias."""
    rng = np.random.default_rng(5)
    bias = np.array([40.0, 0.003, -0.002, 0.0])
    var = np.array([50.0, 0.002, 0.003, 0.0]) ** 2
    truth = np.concatenate([from_enu(40e3, 60e3, 9e3), [150.0, -90.0, 120.0]])
    value, rows = np.empty(4), np.empty((4, 6))
    linearise(truth, ORIGIN, ROT, value, rows)
    runs = []
    for shift in (np.zeros(4), bias):
        cov = np.array([np.diag([1e6] * 3 + [1e4] * 3)] * 3)
        mean, mode = np.tile(truth, (3, 1)), np.array([1.0, 0.0, 0.0]) + 1e-12
        D, variance = np.zeros((4, 6, 4)), np.zeros((4, 4))
        variance[0] = bias**2
        used = np.array([7, -1, -1, -1], np.int32)
        rng = np.random.default_rng(5)
        for _ in range(6):
            z = value + shift + rng.normal(size=4) * np.sqrt(var)
            update_modes(
                mean, cov, mode, D, variance, used, 0, z, var, truth, value, rows, np.zeros(3), OPEN, WORK
            )
        runs.append(mean[0].copy())
    assert runs[1] - runs[0] == pytest.approx(D[0] @ bias, rel=2e-3, abs=0.5)
    whole = np.zeros((6, 6))
    add_bias(whole, D, variance, used)
    assert whole == pytest.approx(D[0] @ np.diag(variance[0]) @ D[0].T, rel=1e-9, abs=1e-9)
    moved = D.copy()
    predict_bias_gain(moved, used, 3.0)
    assert moved[0, :3] == pytest.approx(D[0, :3] + 3.0 * D[0, 3:])
    assert moved[0, 3:] == pytest.approx(D[0, 3:])


@pytest.mark.parametrize("seed", range(2))
def test_the_mixture_has_the_moments_of_its_modes(seed):
    mean, cov, mode = random_modes(seed)
    m, P = np.empty(6), np.empty((6, 6))
    combine(mean, cov, mode, m, P)
    assert m == pytest.approx(mode @ mean)
    wanted = sum(mode[j] * (cov[j] + np.outer(mean[j] - m, mean[j] - m)) for j in range(3))
    assert pytest.approx(wanted, rel=1e-9, abs=1e-6) == P


def test_modes_that_do_not_mix_are_predicted_each_on_its_own():
    mean, cov, mode = random_modes(0)
    out = np.empty((3, 6)), np.empty((3, 6, 6)), np.empty(3)
    predict_track(mean, cov, mode, False, 2.0, SETTINGS, *out, np.empty((2, 3, 3)))
    F = np.block([[np.eye(3), 2.0 * np.eye(3)], [np.zeros((3, 3)), np.eye(3)]])
    assert out[0][1] == pytest.approx(F @ mean[1])
    assert out[2] == pytest.approx(mode)


def test_what_no_aircraft_flies_as_goes_on_as_a_boost_or_a_fall():
    """The chance of level flight goes to the manoeuvre mode; mixing is the textbook's with that."""
    mean, cov, mode = random_modes(0)
    faster = np.array([900.0, 0.0, 0.0])
    mean[:, 3:] += faster
    chance = expm(RATES * 4.0)
    chance[:, 1] += chance[:, 0]
    chance[:, 0] = 1e-6
    out = np.empty((3, 6)), np.empty((3, 6, 6)), np.empty(3)
    predict_track(mean, cov, mode, True, 4.0, SETTINGS, *out, np.empty((2, 3, 3)))
    _, _, wanted = naive_mix(mean, cov, mode, chance)
    assert out[2] == pytest.approx(wanted, rel=1e-4)
    assert out[2][0] < 2e-6
    mean[:, 3:] -= faster
    predict_track(mean, cov, mode, True, 4.0, SETTINGS, *out, np.empty((2, 3, 3)))
    assert out[2] == pytest.approx(expm(RATES * 4.0).T @ mode, rel=1e-4)


def test_a_steep_climb_is_predicted_as_a_boost_that_ends():
    state = np.concatenate(
        [from_enu(0.0, 0.0, 15e3), 800.0 * (from_enu(0.0, 0.0, 1.0) - from_enu(0.0, 0.0, 0.0))]
    )
    speeds = []
    for dt in (10.0, 20.0, 40.0):
        mean, cov = state.copy(), np.diag([1e4] * 3 + [1e2] * 3)
        predict_manoeuvre(mean, cov, dt, SETTINGS)
        speeds.append(np.linalg.norm(mean[3:]))
    push, growth = SETTINGS[SET_BOOST], SETTINGS[SET_BOOST_GROWTH]
    for speed, dt in zip(speeds[:2], (10.0, 20.0), strict=True):
        assert speed == pytest.approx(
            (800.0 + push / growth) * math.exp(growth * dt) - push / growth, rel=0.001
        )
    assert speeds[2] == pytest.approx(
        speeds[1] - 9.4 * 20.0, rel=0.01
    )  # no thrust: gravity alone, above the thick air
    level = np.concatenate([from_enu(0.0, 0.0, 9e3), [200.0, 0.0, 0.0]])
    mean, cov = level.copy(), np.eye(6)
    predict_manoeuvre(mean, cov, 10.0, SETTINGS)
    assert mean[3:] == pytest.approx(level[3:])


@pytest.mark.parametrize("dt", [-10.0, 10.0, 20.0])
def test_a_little_more_climb_or_speed_changes_a_prediction_a_little(dt):
    """No step anywhere from level flight to a steep boost: velocity and its spread change by as little as the climb."""
    up = from_enu(0.0, 0.0, 1.0) - from_enu(0.0, 0.0, 0.0)
    across = np.cross(up, [0.0, 0.0, 1.0])
    place = from_enu(0.0, 0.0, 5e3)
    paths = (
        [climb * up + 300.0 * across for climb in np.arange(50.0, 250.0)],
        [60.0 * up + speed * across for speed in np.arange(550.0, 850.0)],
        [climb * up + 900.0 * across for climb in np.arange(-20.0, 80.0)],
    )
    for path in paths:
        found = []
        for velocity in path:
            mean, cov = np.concatenate([place, velocity]), np.diag([100.0**2] * 3 + [50.0**2] * 3)
            predict_manoeuvre(mean, cov, dt, SETTINGS)
            found.append(np.concatenate([mean[3:], np.sqrt(np.diag(cov)[3:])]))
        assert np.abs(np.diff(found, axis=0)).max() < 60.0


def test_an_assumed_height_bounds_the_spread_and_never_adds_up():
    up = from_enu(0.0, 0.0, 0.0)
    up = up / np.linalg.norm(up)
    cov = np.diag([1e8] * 3 + [1e4] * 3)
    mean = np.zeros(6)
    for _ in range(20):
        anchor_height(mean, cov, up, 9_000.0, 5_000.0, 4_000.0, np.empty(6))
    assert math.sqrt(up @ cov[:3, :3] @ up) == pytest.approx(4_000.0)
    assert up @ mean[:3] == pytest.approx(-4_000.0 * (1.0 - 0.16))
    assert np.all(np.linalg.eigvalsh(cov) > 0.0)
