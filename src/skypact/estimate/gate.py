"""Gates: how far an innovation or a difference of estimates may be."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtri

from skypact.errors import UsageError
from skypact.model.network import F8


def chi_square_gate(probability: float, dimensions: int) -> float:
    """The squared Mahalanobis distance that holds `probability` of a normal vector of `dimensions` components.

    Raises:
        UsageError: probability is not in (0, 1) or dimensions not positive.
    """
    if not 0.0 < probability < 1.0 or dimensions < 1:
        raise UsageError(
            "chi_square_gate",
            f"probability {probability}, {dimensions} dimensions",
            "Give a probability between 0 and 1 and at least one dimension.",
        )
    return float(chdtri(dimensions, 1.0 - probability))


def squared_distance(difference: F8, cov: F8) -> F8:
    """The squared Mahalanobis distance of each difference [..., n] under its covariance [..., n, n]."""
    solved = np.linalg.solve(cov, difference[..., None])[..., 0]
    distance2: F8 = np.sum(difference * solved, axis=-1)
    return distance2
