"""Covariance intersection against published and exactly computed values.

The case and its determinant-minimal result follow from exact algebra (Julier and Uhlmann 1997, eq. 4-5).
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from skypact.fuse import covariance_intersection

XI, PI = np.array([1.0, -2.0]), np.array([[3.0, 0.0], [0.0, 0.4]])
XJ, PJ = np.array([-2.0, -1.0]), np.array([[2.0, -0.8], [-0.8, 1.0]])


def test_the_determinant_minimal_intersection_has_the_published_values() -> None:
    mean, cov, _ = covariance_intersection(XI, PI, XJ, PJ)
    np.testing.assert_allclose(mean, [-0.44515477, -1.88199224], atol=1e-6)
    np.testing.assert_allclose(cov, [[2.09908999, -0.26208291], [-0.26208291, 0.52012133]], atol=1e-6)


def test_two_equal_estimates_are_not_made_better() -> None:
    mean, cov, _ = covariance_intersection(XI, PI, XI, PI)
    np.testing.assert_allclose(mean, XI, atol=1e-12)
    np.testing.assert_allclose(cov, PI, atol=1e-12)


def test_a_covariance_that_is_not_one_is_refused() -> None:
    with pytest.raises(ValueError, match="positive definite"):
        covariance_intersection(XI, -PI, XJ, PJ)


@given(seed=st.integers(0, 10_000))
def test_the_result_is_consistent_for_every_correlation_and_no_weight_is_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = (m @ m.T + 0.1 * np.eye(3) for m in rng.normal(size=(2, 3, 3)))
    _, cov, _ = covariance_intersection(np.zeros(3), a, np.ones(3), b)
    best = minimize_scalar(
        lambda w: -np.linalg.slogdet(w * np.linalg.inv(a) + (1 - w) * np.linalg.inv(b))[1],
        bounds=(0, 1),
        method="bounded",
    )
    assert np.linalg.slogdet(cov)[1] <= best.fun + 1e-6
    # Whatever the cross-covariance, the true error covariance of the combination is below the one claimed.
    low_a, low_b = np.linalg.cholesky(a), np.linalg.cholesky(b)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    joint = np.block([[a, low_a @ turn @ low_b.T], [low_b @ turn.T @ low_a.T, b]])
    _, _, weight = covariance_intersection(np.zeros(3), a, np.ones(3), b)
    gain = np.hstack([weight * cov @ np.linalg.inv(a), (1 - weight) * cov @ np.linalg.inv(b)])
    assert np.linalg.eigvalsh(cov - gain @ joint @ gain.T).min() > -1e-8
