"""Covariance intersection of small estimates, and the linear algebra it needs."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel

F8 = NDArray[np.float64]

GOLDEN = 0.6180339887498949


@kernel
def cholesky(a: F8, low: F8, n: int) -> bool:
    """Write the lower Cholesky factor of a[n, n] into low; False if a is not positive definite."""
    for i in range(n):
        for j in range(i + 1):
            total = a[i, j]
            for k in range(j):
                total -= low[i, k] * low[j, k]
            if i == j:
                if total <= 0.0:
                    return False
                low[i, i] = math.sqrt(total)
            else:
                low[i, j] = total / low[j, j]
    return True


@kernel
def invert(a: F8, out: F8, low: F8, n: int) -> bool:
    """Write the inverse of the symmetric positive definite a[n, n] into out; False if it has none."""
    if not cholesky(a, low, n):
        return False
    for column in range(n):
        for i in range(n):
            total = 1.0 if i == column else 0.0
            for k in range(i):
                total -= low[i, k] * out[k, column]
            out[i, column] = total / low[i, i]
        for i in range(n - 1, -1, -1):
            total = out[i, column]
            for k in range(i + 1, n):
                total -= low[k, i] * out[k, column]
            out[i, column] = total / low[i, i]
    return True


@kernel
def _log_det_mixed(info_a: F8, info_b: F8, weight: float, work: F8, low: F8, n: int) -> float:
    for i in range(n):
        for j in range(n):
            work[i, j] = weight * info_a[i, j] + (1.0 - weight) * info_b[i, j]
    if not cholesky(work, low, n):
        return -1e300
    total = 0.0
    for i in range(n):
        total += math.log(low[i, i])
    return total


@kernel
def intersect(mean_a: F8, cov_a: F8, mean_b: F8, cov_b: F8, mean: F8, cov: F8, steps: int) -> float:
    """Covariance intersection of two estimates whose correlation is unknown (Julier and Uhlmann 1997, eq. 4-5).

    The weight of a minimises the determinant of the result, found by `steps` golden-section steps.

    Args:
        mean_a: first estimate, [n].
        cov_a: its covariance, [n, n].
        mean_b: second estimate, [n].
        cov_b: its covariance, [n, n].
        mean: receives the fused mean.
        cov: receives the fused covariance.
        steps: golden-section steps; 24 give the weight to 1e-5.

    Returns:
        The weight of a in [0, 1], or -1 where a covariance is not positive definite (nothing is written).
    """
    n = len(mean_a)
    info_a = np.empty((n, n))
    info_b = np.empty((n, n))
    work = np.empty((n, n))
    low = np.empty((n, n))
    if not invert(cov_a, info_a, low, n) or not invert(cov_b, info_b, low, n):
        return -1.0
    left, right = 0.0, 1.0
    x1 = right - GOLDEN * (right - left)
    x2 = left + GOLDEN * (right - left)
    f1 = _log_det_mixed(info_a, info_b, x1, work, low, n)
    f2 = _log_det_mixed(info_a, info_b, x2, work, low, n)
    for _ in range(steps):
        if f1 > f2:
            right, x2, f2 = x2, x1, f1
            x1 = right - GOLDEN * (right - left)
            f1 = _log_det_mixed(info_a, info_b, x1, work, low, n)
        else:
            left, x1, f1 = x1, x2, f2
            x2 = left + GOLDEN * (right - left)
            f2 = _log_det_mixed(info_a, info_b, x2, work, low, n)
    weight = 0.5 * (left + right)
    best = _log_det_mixed(info_a, info_b, weight, work, low, n)
    if _log_det_mixed(info_a, info_b, 1.0, work, low, n) >= best:
        weight = 1.0
    elif _log_det_mixed(info_a, info_b, 0.0, work, low, n) >= best:
        weight = 0.0
    vector = np.zeros(n)
    for i in range(n):
        for j in range(n):
            work[i, j] = weight * info_a[i, j] + (1.0 - weight) * info_b[i, j]
            vector[i] += weight * info_a[i, j] * mean_a[j] + (1.0 - weight) * info_b[i, j] * mean_b[j]
    if not invert(work, cov, low, n):
        return -1.0
    for i in range(n):
        mean[i] = 0.0
        for j in range(n):
            mean[i] += cov[i, j] * vector[j]
    return weight
