"""Covariance intersection of two estimates, and the linear algebra of small symmetric matrices that it needs."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import bare

F8 = NDArray[np.float64]

WEIGHT_STEPS = 60
"""Most steps of a search; a bracket halved so often is a single number."""
WEIGHT_TOLERANCE = 1e-9


@bare
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


@bare
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


@bare
def _whiten(b: F8, low: F8, out: F8, n: int) -> None:
    """Write L^-1 B L^-T, symmetric, into out."""
    for j in range(n):
        for i in range(n):
            total = b[i, j]
            for k in range(i):
                total -= low[i, k] * out[k, j]
            out[i, j] = total / low[i, i]
    for i in range(n):
        for j in range(n):
            total = out[i, j]
            for k in range(j):
                total -= low[j, k] * out[i, k]
            out[i, j] = total / low[j, j]
    for i in range(n):
        for j in range(i):
            out[i, j] = 0.5 * (out[i, j] + out[j, i])
            out[j, i] = out[i, j]


@bare
def _tridiagonal(a: F8, diagonal: F8, off2: F8, v: F8, w: F8, n: int) -> None:
    """Reduce the symmetric a[n, n] to a tridiagonal matrix with the same eigenvalues (Householder 1958).

    Writes its diagonal and the squares of its other diagonal; a is destroyed.
    """
    for k in range(n - 2):
        tail = 0.0
        for i in range(k + 2, n):
            tail += a[i, k] * a[i, k]
        off2[k] = a[k + 1, k] * a[k + 1, k] + tail
        if tail == 0.0:
            continue
        norm = math.sqrt(off2[k])
        v[k + 1] = a[k + 1, k] + (norm if a[k + 1, k] > 0.0 else -norm)
        for i in range(k + 2, n):
            v[i] = a[i, k]
        beta = 2.0 / (tail + v[k + 1] * v[k + 1])
        along = 0.0
        for i in range(k + 1, n):
            total = 0.0
            for j in range(k + 1, n):
                total += a[i, j] * v[j]
            w[i] = beta * total
            along += w[i] * v[i]
        for i in range(k + 1, n):
            w[i] -= 0.5 * beta * along * v[i]
        for i in range(k + 1, n):
            for j in range(k + 1, n):
                a[i, j] -= v[i] * w[j] + w[i] * v[j]
    for i in range(n):
        diagonal[i] = a[i, i]
    if n > 1:
        off2[n - 2] = a[n - 1, n - 2] * a[n - 1, n - 2]


@bare
def _log_det_slope(diagonal: F8, off2: F8, weight: float, n: int) -> tuple[float, float]:
    """First and second derivative by w of log det(I + w (D - I)), D tridiagonal; (nan, nan) where it is not positive.

    The pivots of the matrix and their derivatives follow from row to row.
    """
    pivot, first, second = 1.0, 0.0, 0.0
    slope, bend = 0.0, 0.0
    for i in range(n):
        now = 1.0 + weight * (diagonal[i] - 1.0)
        now_first = diagonal[i] - 1.0
        now_second = 0.0
        if i > 0:
            share = off2[i - 1] / pivot
            ratio = weight * first / pivot
            now -= weight * weight * share
            now_first -= weight * share * (2.0 - ratio)
            now_second = share * (-2.0 + 4.0 * ratio - 2.0 * ratio * ratio + weight * weight * second / pivot)
        if not now > 0.0:
            return math.nan, math.nan
        pivot, first, second = now, now_first, now_second
        part = first / pivot
        slope += part
        bend += second / pivot - part * part
    return slope, bend


@bare
def _determinant_weight(diagonal: F8, off2: F8, n: int) -> float:
    """The weight of A that makes det(w B + (1 - w) A) largest, B whitened and tridiagonal; -1 if B is no covariance.

    The logarithm is concave in w: its slope falls, and has one root or lies on one side of nought.
    """
    slope, bend = _log_det_slope(diagonal, off2, 1.0, n)
    if math.isnan(slope):
        return -1.0
    if slope >= 0.0:
        return 1.0
    slope, bend = _log_det_slope(diagonal, off2, 0.0, n)
    if slope <= 0.0:
        return 0.0
    left, right, weight = 0.0, 1.0, 0.5
    for _ in range(WEIGHT_STEPS):
        slope, bend = _log_det_slope(diagonal, off2, weight, n)
        if slope > 0.0:
            left = weight
        else:
            right = weight
        following = weight - slope / bend if bend < 0.0 else 0.5 * (left + right)
        if not left < following < right:
            following = 0.5 * (left + right)
        done = abs(following - weight) < WEIGHT_TOLERANCE
        weight = following
        if done:
            break
    return weight


@bare
def _blend(
    mean_a: F8, cov_a: F8, mean_b: F8, cov_b: F8, weight: float, mean: F8, cov: F8, low: F8, work: F8
) -> bool:
    """Write the intersection of weight 0.5 <= w < 1 of a: P = (A - (1 - w) A S^-1 A) / w, S = w B + (1 - w) A.

    Equal to the information form, without inverting a covariance.
    """
    n = len(mean_a)
    rest = 1.0 - weight
    for i in range(n):
        for j in range(i + 1):
            work[i, j] = weight * cov_b[i, j] + rest * cov_a[i, j]
    if not cholesky(work, low, n):
        return False
    for j in range(n):
        for i in range(n):
            total = cov_a[i, j]
            for k in range(i):
                total -= low[i, k] * work[k, j]
            work[i, j] = total / low[i, i]
    for i in range(n):
        for j in range(i + 1):
            total = 0.0
            for k in range(n):
                total += work[k, i] * work[k, j]
            cov[i, j] = (cov_a[i, j] - rest * total) / weight
            cov[j, i] = cov[i, j]
    step = low[0]  # the factor's rows are used from the top down, each once
    for i in range(n):
        total = mean_b[i] - mean_a[i]
        pivot = low[i, i]
        for k in range(i):
            total -= low[i, k] * mean[k]
        mean[i] = total / pivot
    for i in range(n):
        total = 0.0
        for k in range(n):
            total += work[k, i] * mean[k]
        step[i] = rest * total
    for i in range(n):
        mean[i] = mean_a[i] + step[i]
    return True


@bare
def intersect(mean_a: F8, cov_a: F8, mean_b: F8, cov_b: F8, mean: F8, cov: F8, work: F8) -> float:
    """Covariance intersection of least determinant (Julier and Uhlmann 1997, eq. 4-5), whatever the correlation.

    B is whitened by A once and made tridiagonal; the slope of the log-determinant is then a recurrence along its rows.

    Args:
        mean_a: first estimate, [n].
        cov_a: its covariance, [n, n].
        mean_b: second estimate, [n].
        cov_b: its covariance, [n, n].
        mean: receives the fused mean.
        cov: receives the fused covariance.
        work: [3, max(n, 4), n] scratch.

    Returns:
        The weight of a in [0, 1], or -1 where a covariance is not positive definite.
    """
    n = len(mean_a)
    low, mixed, rows = work[0], work[1], work[2]
    if not cholesky(cov_a, low, n):
        return -1.0
    _whiten(cov_b, low, mixed, n)
    _tridiagonal(mixed, rows[0], rows[1], rows[2], rows[3], n)
    weight = _determinant_weight(rows[0], rows[1], n)
    if weight < 0.0:
        return -1.0
    if weight == 1.0 or weight == 0.0:
        for i in range(n):
            mean[i] = mean_a[i] if weight == 1.0 else mean_b[i]
            for j in range(n):
                cov[i, j] = cov_a[i, j] if weight == 1.0 else cov_b[i, j]
    elif weight >= 0.5:
        if not _blend(mean_a, cov_a, mean_b, cov_b, weight, mean, cov, low, mixed):
            return -1.0
    elif not _blend(mean_b, cov_b, mean_a, cov_a, 1.0 - weight, mean, cov, low, mixed):
        return -1.0
    return weight


@bare
def diagonalise(cov_a: F8, cov_b: F8, basis: F8, ratio: F8, work: F8) -> bool:
    """Write T and l with A = T T', B = T diag(l) T'; False if a covariance is not positive definite.

    The eigenvectors of B whitened by A, by cyclic rotations (Jacobi 1846).

    Args:
        cov_a: [n, n]; cov_b: [n, n].
        basis: receives T, [n, n], and may be the second matrix of the scratch; ratio: receives l, [n].
        work: [3, max(n, 4), n] scratch; then its first matrix holds the Cholesky factor L of A, its third V, T = L V.
    """
    n = len(ratio)
    low, mixed, turn = work[0], work[1], work[2]
    if not cholesky(cov_a, low, n):
        return False
    _whiten(cov_b, low, mixed, n)
    for i in range(n):
        for j in range(n):
            turn[i, j] = 1.0 if i == j else 0.0
    for _ in range(WEIGHT_STEPS):
        rotated = False
        for p in range(n - 1):
            for q in range(p + 1, n):
                off = mixed[p, q]
                if off * off <= 1e-30 * abs(mixed[p, p] * mixed[q, q]):
                    continue
                rotated = True
                theta = 0.5 * (mixed[q, q] - mixed[p, p]) / off
                t = 1.0 / (abs(theta) + math.sqrt(theta * theta + 1.0))
                if theta < 0.0:
                    t = -t
                c = 1.0 / math.sqrt(t * t + 1.0)
                s = t * c
                for k in range(n):
                    x, y = mixed[k, p], mixed[k, q]
                    mixed[k, p], mixed[k, q] = c * x - s * y, s * x + c * y
                for k in range(n):
                    x, y = mixed[p, k], mixed[q, k]
                    mixed[p, k], mixed[q, k] = c * x - s * y, s * x + c * y
                for k in range(n):
                    x, y = turn[k, p], turn[k, q]
                    turn[k, p], turn[k, q] = c * x - s * y, s * x + c * y
        if not rotated:
            break
    for i in range(n):
        ratio[i] = mixed[i, i]
        if not ratio[i] > 0.0:
            return False
        for j in range(n):
            total = 0.0
            for k in range(i + 1):
                total += low[i, k] * turn[k, j]
            basis[i, j] = total
    return True
