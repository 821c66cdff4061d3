"""Fusion against published and exactly computed values.

The case and its results follow from exact algebra (Julier and Uhlmann 1997, eq. 4-5; Noack, Sijs, Reinhardt and
Hanebeck 2017), and those with known correlation from Bar-Shalom and Campo 1986.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from skypact.errors import UsageError
from skypact.fuse import (
    covariance_intersection,
    independent_inconsistent,
    inverse_covariance_intersection,
    known_correlation,
)

XI, PI = np.array([1.0, -2.0]), np.array([[3.0, 0.0], [0.0, 0.4]])
XJ, PJ = np.array([-2.0, -1.0]), np.array([[2.0, -0.8], [-0.8, 1.0]])


def test_the_determinant_minimal_intersection_has_the_published_values() -> None:
    mean, cov, _ = covariance_intersection(XI, PI, XJ, PJ)
    np.testing.assert_allclose(mean, [-0.44515477, -1.88199224], atol=1e-6)
    np.testing.assert_allclose(cov, [[2.09908999, -0.26208291], [-0.26208291, 0.52012133]], atol=1e-6)


def test_the_trace_minimal_intersection_has_the_published_weight_and_trace() -> None:
    _, cov, weight = covariance_intersection(XI, PI, XJ, PJ, by="trace")
    assert weight == pytest.approx(0.4037029063, abs=1e-7)
    assert np.trace(cov) == pytest.approx(2.567595, abs=1e-6)


def test_the_trace_minimal_inverse_intersection_has_the_published_values() -> None:
    mean, cov, weight = inverse_covariance_intersection(XI, PI, XJ, PJ)
    assert weight == pytest.approx(0.57929, abs=1e-5)
    np.testing.assert_allclose(mean, [-0.80198, -2.01774], atol=1e-5)
    np.testing.assert_allclose(cov, [[1.68661, -0.2709], [-0.2709, 0.47321]], atol=1e-5)


def _two_sensors(index: float) -> tuple[np.ndarray, np.ndarray]:
    """Covariance and cross-covariance of two like sensors' filters of position: R = T = 1, discrete acceleration."""
    f, g = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[0.5], [1.0]])
    q, h = index**2 * g @ g.T, np.array([[1.0, 0.0]])
    p, cross = np.eye(2), np.zeros((2, 2))
    for _ in range(2000):
        ahead = f @ p @ f.T + q
        gain = ahead @ h.T / (h @ ahead @ h.T + 1.0)
        left = np.eye(2) - gain @ h
        p, cross = left @ ahead, left @ (f @ cross @ f.T + q) @ left.T
    return p, cross


def test_two_sensors_with_known_correlation_fuse_as_published() -> None:
    p, cross = _two_sensors(1.0)
    assert p[0, 0] == pytest.approx(0.75, abs=1e-9)
    assert cross[0, 0] / p[0, 0] == pytest.approx(0.1111111111, abs=1e-9)
    assert cross[1, 1] / p[1, 1] == pytest.approx(0.6666666667, abs=1e-9)
    _, fused = known_correlation(np.zeros(2), p, np.ones(2), p, cross)
    assert fused[0, 0] / p[0, 0] == pytest.approx(0.5555555556, abs=1e-9)
    assert np.sqrt(np.linalg.det(fused) / np.linalg.det(p)) == pytest.approx(0.6872, abs=5e-5)
    p, cross = _two_sensors(0.1)
    _, fused = known_correlation(np.zeros(2), p, np.ones(2), p, cross)
    assert np.sqrt(np.linalg.det(fused) / np.linalg.det(p)) == pytest.approx(0.7147, abs=5e-5)


def test_two_sensors_taken_for_independent_claim_what_is_published_and_err_by_as_much() -> None:
    p, cross = _two_sensors(1.0)
    _, claimed = independent_inconsistent(np.zeros(2), p, np.ones(2), p)
    assert np.sqrt(np.linalg.det(claimed) / np.linalg.det(p)) == pytest.approx(0.5, abs=1e-9)
    true = 0.25 * (2.0 * p + cross + cross.T)
    assert np.trace(np.linalg.solve(claimed, true)) / 2.0 == pytest.approx(1.4167, abs=1e-4)


def test_two_equal_estimates_are_not_made_better() -> None:
    mean, cov, _ = covariance_intersection(XI, PI, XI, PI)
    np.testing.assert_allclose(mean, XI, atol=1e-12)
    np.testing.assert_allclose(cov, PI, atol=1e-12)


def test_a_covariance_that_is_not_one_is_refused() -> None:
    with pytest.raises(UsageError, match="positive definite"):
        covariance_intersection(XI, -PI, XJ, PJ)
    with pytest.raises(UsageError, match="positive definite"):
        inverse_covariance_intersection(XI, PI, XJ, -PJ)
    with pytest.raises(UsageError, match="singular"):
        known_correlation(XI, PI, XI, PI, PI)


def _correlated(rng: np.random.Generator, n: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two covariances, and a cross-covariance as strong as any can be."""
    a, b = (m @ m.T + 0.1 * np.eye(n) for m in rng.normal(size=(2, n, n)))
    turn, _ = np.linalg.qr(rng.normal(size=(n, n)))
    return a, b, np.linalg.cholesky(a) @ turn @ np.linalg.cholesky(b).T


@given(seed=st.integers(0, 10_000))
def test_the_result_is_consistent_for_every_correlation_and_no_weight_is_better(seed: int) -> None:
    a, b, cross = _correlated(np.random.default_rng(seed))
    _, cov, weight = covariance_intersection(np.zeros(3), a, np.ones(3), b)
    best = minimize_scalar(
        lambda w: -np.linalg.slogdet(w * np.linalg.inv(a) + (1 - w) * np.linalg.inv(b))[1],
        bounds=(0, 1),
        method="bounded",
    )
    assert np.linalg.slogdet(cov)[1] <= best.fun + 1e-6
    # Whatever the cross-covariance, the true error covariance of the combination is below the one claimed.
    joint = np.block([[a, cross], [cross.T, b]])
    gain = np.hstack([weight * cov @ np.linalg.inv(a), (1 - weight) * cov @ np.linalg.inv(b)])
    assert np.linalg.eigvalsh(cov - gain @ joint @ gain.T).min() > -1e-8


@given(seed=st.integers(0, 10_000))
def test_the_inverse_intersection_is_consistent_where_both_contain_an_estimate_and_nothing_else_is_common(
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    own_a, own_b, shared = (m @ m.T + 0.1 * np.eye(3) for m in rng.normal(size=(3, 3, 3)))
    info = [np.linalg.inv(part) for part in (own_a, own_b, shared)]
    a, b = np.linalg.inv(info[0] + info[2]), np.linalg.inv(info[1] + info[2])
    cross = a @ info[2] @ b
    _, cov, weight = inverse_covariance_intersection(np.zeros(3), a, np.ones(3), b)
    mixed = np.linalg.inv(weight * a + (1 - weight) * b)
    gain = np.hstack(
        [cov @ (np.linalg.inv(a) - weight * mixed), cov @ (np.linalg.inv(b) - (1 - weight) * mixed)]
    )
    joint = np.block([[a, cross], [cross.T, b]])
    assert np.linalg.eigvalsh(cov - gain @ joint @ gain.T).min() > -1e-8


def test_the_inverse_intersection_is_over_confident_where_the_correlation_is_of_another_kind() -> None:
    # Two equal estimates with errors one and the same: nothing is learnt by the second, and it claims nothing more.
    _, cov, _ = inverse_covariance_intersection(XI, PI, XI, PI)
    np.testing.assert_allclose(cov, PI, atol=1e-9)
    # Errors correlated as closely as covariances allow, but not through a common estimate: it claims too much.
    worst = 0.0
    for seed in range(20):
        a, b, cross = _correlated(np.random.default_rng(seed))
        _, cov, weight = inverse_covariance_intersection(np.zeros(3), a, np.ones(3), b)
        mixed = np.linalg.inv(weight * a + (1 - weight) * b)
        gain = np.hstack(
            [cov @ (np.linalg.inv(a) - weight * mixed), cov @ (np.linalg.inv(b) - (1 - weight) * mixed)]
        )
        true = gain @ np.block([[a, cross], [cross.T, b]]) @ gain.T
        worst = max(worst, float(np.linalg.eigvals(np.linalg.solve(cov, true)).real.max()))
    assert worst > 1.2
