"""Fusion of estimates whose correlation is unknown."""

from __future__ import annotations

import numpy as np

from skypact.kernels.intersection import intersect
from skypact.model.network import F8


def covariance_intersection(mean_a: F8, cov_a: F8, mean_b: F8, cov_b: F8) -> tuple[F8, F8, float]:
    """The determinant-minimal covariance intersection of two estimates (Julier and Uhlmann 1997).

    The result is consistent whatever the correlation of the two; it never counts shared information twice.

    Args:
        mean_a: [n] any unit; cov_a: [n, n].
        mean_b: [n] the same unit; cov_b: [n, n].

    Returns:
        Fused mean [n], covariance [n, n], and the weight of a in [0, 1].

    Raises:
        ValueError: a covariance is not positive definite.
    """
    mean, cov = np.empty_like(mean_a), np.empty_like(cov_a)
    weight = intersect(mean_a, cov_a, mean_b, cov_b, mean, cov, 60)
    if weight < 0.0:
        raise ValueError("covariance intersection needs two positive definite covariances")
    return mean, cov, weight
