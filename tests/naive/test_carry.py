"""Carrying received tracks forward, against plain matrices, integration and the tracker's own prediction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.integrate import quad

from skypact.kernels.carry import Q_BALLISTIC, Q_RISE, extrapolate
from skypact.kernels.filter import predict_manoeuvre
from skypact.track.settings import TrackerSettings

GM, OMEGA = 3.986004418e14, 7.292115e-5
TRACKER = TrackerSettings(ballistic_noise_m2ps3=Q_BALLISTIC)
EARTH_M = 6_378_137.0


def _tracks(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Tracks above the air that climb no faster than aircraft."""
    mean = rng.normal(size=(n, 6)) * [3e4, 3e4, 3e4, 40, 200, 200] + [6.8e6, 0, 0, 0, 0, 0]
    root = rng.normal(size=(n, 6, 6)) * np.array([300, 300, 300, 20, 20, 20])[None, :, None]
    return mean, root @ np.swapaxes(root, 1, 2) + np.diag([100.0] * 3 + [4.0] * 3)


def _carried(
    mean: np.ndarray, cov: np.ndarray, mode: Sequence[float] | Sequence[Sequence[float]], dt_s: float
) -> tuple[np.ndarray, np.ndarray]:
    out_mean, out_cov = np.empty_like(mean), np.empty_like(cov)
    modes = np.array(np.broadcast_to(mode, (len(mean), 3)), np.float32)
    extrapolate(mean, cov, modes, dt_s, out_mean, out_cov)
    return out_mean, out_cov


def _straight(mean: np.ndarray, cov: np.ndarray, q: float, rise: float) -> tuple[np.ndarray, np.ndarray]:
    f = np.block([[np.eye(3), 7 * np.eye(3)], [np.zeros((3, 3)), np.eye(3)]])
    noise = q * np.kron(np.array([[7**3 / 3, 7**2 / 2], [7**2 / 2, 7]]), np.eye(3))
    noise += rise * np.kron(np.array([[7**4 / 12, 7**3 / 6], [7**3 / 6, 7**2 / 2]]), np.eye(3))
    return f @ mean, f @ cov @ f.T + noise


def _mixture(
    weights: list[float], parts: list[tuple[np.ndarray, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray]:
    mean = np.average([x for x, _ in parts], axis=0, weights=weights)
    return mean, np.average([p + np.outer(x - mean, x - mean) for x, p in parts], axis=0, weights=weights)


def _in_free_fall(state: np.ndarray) -> np.ndarray:
    """Seven seconds above the air, by small steps."""
    w, step = np.array([0, 0, OMEGA]), 0.01
    for _ in range(700):
        p, v = state[:3], state[3:]
        a = -GM * p / np.linalg.norm(p) ** 3 - 2 * np.cross(w, v) - np.cross(w, np.cross(w, p))
        state = np.r_[p + step * v + 0.5 * step**2 * a, v + step * a]
    return state


def test_extrapolation_equals_the_matrix_form_and_free_fall_and_mixes_the_two_by_their_moments() -> None:
    mean, cov = _tracks(np.random.default_rng(6), 6)
    mode = [[1.0, 0, 0], [0, 1.0, 0], [0.7, 0.3, 0], [0, 0, 1.0], [0.5, 0.2, 0.3], [0.1, 0.1, 0.8]]
    out_mean, out_cov = _carried(mean, cov, mode, 7.0)
    falling_mean, falling_cov = _carried(mean, cov, [0, 0, 1], 7.0)
    for i, (level, turning, falling) in enumerate(mode):
        np.testing.assert_allclose(falling_mean[i], _in_free_fall(mean[i]), atol=1.5)  # J2 is left out here
        flown = max(level + turning, 1e-9)
        # Level flight begins to turn once in eighty seconds.
        straight = _straight(mean[i], cov[i], (level + 900 * turning) / flown, 900 / 80 * level / flown)
        expected = _mixture([1.0 - falling, falling], [straight, (falling_mean[i], falling_cov[i])])
        np.testing.assert_allclose(out_mean[i], expected[0], rtol=1e-6, atol=1e-3)
        np.testing.assert_allclose(out_cov[i], expected[1], rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("dt_s", [5.0, 20.0, 30.0])
@pytest.mark.parametrize("climb_mps", [160.0, 700.0])
def test_what_climbs_as_no_aircraft_can_is_carried_as_its_tracker_would_predict_it(
    dt_s: float, climb_mps: float
) -> None:
    state = np.array([EARTH_M + 20e3, 0.0, 0.0, climb_mps, 250.0, 0.0])
    mean, cov = state[None], np.diag([400.0**2] * 3 + [60.0**2] * 3)[None]
    boosted = state.copy(), cov[0].copy()
    predict_manoeuvre(*boosted, dt_s, TRACKER.vector)
    out_mean, out_cov = _carried(mean, cov, [0, 1, 0], dt_s)
    np.testing.assert_allclose(out_mean[0], boosted[0], rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(out_cov[0], boosted[1], rtol=1e-9, atol=1e-3)
    if dt_s == 20.0 and climb_mps == 700.0:
        assert np.linalg.norm(out_mean[0, 3:]) > np.linalg.norm(state[3:]) + 400.0
    straight = _carried(mean, cov, [1, 0, 0], dt_s)
    falling = _carried(mean, cov, [0, 0, 1], dt_s)
    mixed_mean, mixed_cov = _carried(mean, cov, [0.2, 0.5, 0.3], dt_s)
    parts = [(straight[0][0], straight[1][0]), boosted, (falling[0][0], falling[1][0])]
    expected = _mixture([0.2, 0.5, 0.3], parts)
    np.testing.assert_allclose(mixed_mean[0], expected[0], rtol=1e-6, atol=1e-3)
    np.testing.assert_allclose(mixed_cov[0], expected[1], rtol=1e-5, atol=1e-2)


@pytest.mark.parametrize("dt_s", [5.0, 10.0, 20.0])
def test_level_flight_is_carried_with_the_turns_that_may_have_begun_as_trackers_foresee_them(
    dt_s: float,
) -> None:
    rate, density = TRACKER.level_to_manoeuvre_per_s, TRACKER.manoeuvre_noise_m2ps3
    assert rate * density == Q_RISE
    mean, cov = _tracks(np.random.default_rng(7), 1)
    noise = _carried(mean, cov, [1, 0, 0], dt_s)[1] - _carried(mean, cov, [0, 0, 0], dt_s)[1]
    for power, part in ((2, noise[0, 0, 0]), (1, noise[0, 0, 3]), (0, noise[0, 3, 3])):
        without = dt_s ** (power + 1) / (power + 1)  # gusts of 1 m2/s3

        def turned(s: float, power: int = power) -> float:
            return density * (1.0 - np.exp(-rate * s)) * (dt_s - s) ** power

        chain = quad(turned, 0.0, dt_s)[0]
        # To first order in the rate: never less than the chain foresees, and hardly more.
        assert chain <= part - without <= (1.0 + 0.6 * rate * dt_s) * chain


def test_what_falls_into_the_air_is_slowed_and_grows_less_certain_along_its_way() -> None:
    mean = np.array([[EARTH_M + 15_000.0, 0.0, 0.0, -2500.0, 0.0, 0.0]])
    cov = np.diag([100.0] * 3 + [4.0] * 3)[None]
    out_mean, out_cov = _carried(mean, cov, [0, 0, 1], 4.0)
    assert -2_400.0 < out_mean[0, 3] < -500.0
    assert out_cov[0, 3, 3] > 10.0 * out_cov[0, 4, 4]
