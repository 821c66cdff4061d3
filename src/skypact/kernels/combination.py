"""Combining two estimates whose correlation is unknown or assumed, by every rule there is a name for.

Any two covariances are diagonal together in one basis: A = T T', B = T diag(l) T'. There each rule says what it makes
of every axis by itself, and the weight that it seeks is the minimum of a convex function of one number, found by
Newton's method inside a bracket. Split covariance intersection alone mixes four covariances and seeks its weight by
golden sections.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.intersection import WEIGHT_STEPS, WEIGHT_TOLERANCE, cholesky, diagonalise, invert
from skypact.kernels.jit import bare

F8 = NDArray[np.float64]

BY_INTERSECTION = 0
"""Covariance intersection: I = w A^-1 + (1 - w) B^-1 (Julier and Uhlmann 1997, eq. 4-5)."""
BY_INVERSE_INTERSECTION = 1
"""Inverse covariance intersection: I = A^-1 + B^-1 - (w A + (1 - w) B)^-1 (Noack and others 2017)."""
BY_INDEPENDENCE = 2
"""The sum of information, I = A^-1 + B^-1: inconsistent unless the errors are independent."""
BY_ELLIPSOIDS = 3
"""Ellipsoidal intersection (Sijs and Lazar 2012): the better of the two on each common axis; inconsistent."""
BY_SPLIT = 4
"""Split covariance intersection (Julier and Uhlmann 2001): `split_intersect`."""
BY_BEST = 5
"""No fusion: the more accurate of the two."""
GOLDEN = 0.6180339887498949
SPLIT_STEPS = 24
"""Golden-section steps of a split intersection: its weight to 1e-5."""


@bare
def _axis(rule: int, ratio: float, weight: float) -> tuple[float, float, float, float]:
    """Information on an axis where A is 1 and B is `ratio`, its two derivatives by the weight, and the gain of b."""
    inverse = 1.0 / ratio
    if rule == BY_INTERSECTION:
        info = weight + (1.0 - weight) * inverse
        return info, 1.0 - inverse, 0.0, (1.0 - weight) * inverse / info
    if rule == BY_INVERSE_INTERSECTION:
        common = 1.0 / (weight + (1.0 - weight) * ratio)
        info = 1.0 + inverse - common
        fall = (1.0 - ratio) * common
        gain = (inverse - (1.0 - weight) * common) / info
        return info, fall * common, -2.0 * fall * fall * common, gain
    if rule == BY_INDEPENDENCE:
        return 1.0 + inverse, 0.0, 0.0, inverse / (1.0 + inverse)
    if abs(ratio - 1.0) < 1e-9:
        return 1.0, 0.0, 0.0, 0.5
    return max(1.0, inverse), 0.0, 0.0, 1.0 if ratio < 1.0 else 0.0


@bare
def _slope(rule: int, ratio: F8, scale: F8, by_trace: bool, weight: float) -> tuple[float, float]:
    """First and second derivative by the weight of the log-determinant, or of the trace weighed by `scale`."""
    slope, bend = 0.0, 0.0
    for i in range(len(ratio)):
        info, first, second, _ = _axis(rule, ratio[i], weight)
        part = first / info
        if by_trace:
            slope -= scale[i] * part / info
            bend += scale[i] * (2.0 * part * part - second / info) / info
        else:
            slope -= part
            bend += part * part - second / info
    return slope, bend


@bare
def least_weight(rule: int, ratio: F8, scale: F8, by_trace: bool) -> float:
    """The weight of a in [0, 1] at which a rule's covariance is least, by Newton's method inside a bracket."""
    if rule in (BY_INDEPENDENCE, BY_ELLIPSOIDS):
        return 0.5
    slope, bend = _slope(rule, ratio, scale, by_trace, 1.0)
    if slope <= 0.0:
        return 1.0
    slope, bend = _slope(rule, ratio, scale, by_trace, 0.0)
    if slope >= 0.0:
        return 0.0
    left, right, weight = 0.0, 1.0, 0.5
    for _ in range(WEIGHT_STEPS):
        slope, bend = _slope(rule, ratio, scale, by_trace, weight)
        if slope < 0.0:
            left = weight
        else:
            right = weight
        following = weight - slope / bend if bend > 0.0 else 0.5 * (left + right)
        if not left < following < right:
            following = 0.5 * (left + right)
        done = abs(following - weight) < WEIGHT_TOLERANCE
        weight = following
        if done:
            break
    return weight


@bare
def unite(
    rule: int,
    by_trace: int,
    mean_a: F8,
    cov_a: F8,
    mean_b: F8,
    cov_b: F8,
    mean: F8,
    cov: F8,
    work: F8,
) -> float:
    """Combine two estimates by a rule; the weight is that of least determinant, or of least trace.

    Args:
        rule: BY_INTERSECTION, BY_INVERSE_INTERSECTION, BY_INDEPENDENCE or BY_ELLIPSOIDS.
        by_trace: 0 for the determinant, else the trace of the first so many states (which share a unit).
        mean_a: [n]; cov_a: [n, n]; mean_b: [n]; cov_b: [n, n].
        mean: receives the result, [n]; cov: [n, n]. Neither may be one of the inputs.
        work: [5, max(n, 4), n] scratch.

    Returns:
        The weight of a (0.5 where a rule has none), or -1 where a covariance is not positive definite.
    """
    n = len(mean_a)
    low, scale, along, turn = work[0], work[1, 0], work[1, 1], work[2]
    basis, ratio = work[3], work[4, 0]
    if not diagonalise(cov_a, cov_b, basis, ratio, work[:3]):
        return -1.0
    for i in range(n):
        scale[i] = 0.0
        for r in range(by_trace):
            scale[i] += basis[r, i] * basis[r, i]
    weight = least_weight(rule, ratio, scale, by_trace > 0)
    for i in range(n):
        total = mean_b[i] - mean_a[i]
        for k in range(i):
            total -= low[i, k] * along[k]
        along[i] = total / low[i, i]
    for i in range(n):
        mean[i] = mean_a[i]
        for j in range(n):
            cov[i, j] = 0.0
    for c in range(n):
        step = 0.0
        for k in range(n):
            step += turn[k, c] * along[k]
        info, _, _, gain = _axis(rule, ratio[c], weight)
        for i in range(n):
            mean[i] += basis[i, c] * gain * step
            for j in range(n):
                cov[i, j] += basis[i, c] * basis[j, c] / info
    return weight


@bare
def _inflated(own: F8, common: F8, weight: float, out: F8, n: int) -> None:
    for i in range(n):
        for j in range(n):
            out[i, j] = own[i, j] + common[i, j] / weight


@bare
def _half_log_det(a: F8, low: F8, n: int) -> float:
    if not cholesky(a, low, n):
        return math.nan
    total = 0.0
    for i in range(n):
        total += math.log(low[i, i])
    return total


@bare
def _split_size(own_a: F8, common_a: F8, own_b: F8, common_b: F8, weight: float, work: F8, n: int) -> float:
    """Half the log-determinant of a split intersection: that of A(w) and B(1 - w) less that of their sum."""
    first, second, low = work[0], work[1], work[2]
    _inflated(own_a, common_a, weight, first, n)
    _inflated(own_b, common_b, 1.0 - weight, second, n)
    size = _half_log_det(first, low, n) + _half_log_det(second, low, n)
    for i in range(n):
        for j in range(n):
            first[i, j] += second[i, j]
    return size - _half_log_det(first, low, n)


@bare
def split_intersect(
    mean_a: F8,
    own_a: F8,
    common_a: F8,
    mean_b: F8,
    own_b: F8,
    common_b: F8,
    mean: F8,
    own: F8,
    common: F8,
    work: F8,
) -> float:
    """Split covariance intersection (Julier and Uhlmann 2001, chapter 12): only the common parts are intersected.

    Each covariance is the sum of a part whose error is independent of everything in the other, and a common part whose
    correlation with the other's is unknown. A(w) = own_a + common_a / w and B(w) = own_b + common_b / (1 - w) are then
    fused as if independent; w makes the determinant least, which is convex in it.

    Args:
        mean_a: [n]; own_a, common_a: its two parts, [n, n]; the same of b.
        mean: receives the result, [n]; own, common: receive its two parts, [n, n].
        work: [6, n, n] scratch.

    Returns:
        The weight of a in (0, 1), or -1 where a sum of parts is not positive definite.
    """
    n = len(mean_a)
    left, right = 1e-6, 1.0 - 1e-6
    x1 = right - GOLDEN * (right - left)
    x2 = left + GOLDEN * (right - left)
    f1 = _split_size(own_a, common_a, own_b, common_b, x1, work, n)
    f2 = _split_size(own_a, common_a, own_b, common_b, x2, work, n)
    if math.isnan(f1 + f2):
        return -1.0
    for _ in range(SPLIT_STEPS):
        if f1 < f2:
            right, x2, f2 = x2, x1, f1
            x1 = right - GOLDEN * (right - left)
            f1 = _split_size(own_a, common_a, own_b, common_b, x1, work, n)
        else:
            left, x1, f1 = x1, x2, f2
            x2 = left + GOLDEN * (right - left)
            f2 = _split_size(own_a, common_a, own_b, common_b, x2, work, n)
    weight = 0.5 * (left + right)
    first, second, info_a, info_b, low, total = work[0], work[1], work[2], work[3], work[4], work[5]
    _inflated(own_a, common_a, weight, first, n)
    _inflated(own_b, common_b, 1.0 - weight, second, n)
    if not invert(first, info_a, low, n) or not invert(second, info_b, low, n):
        return -1.0
    for i in range(n):
        for j in range(n):
            first[i, j] = info_a[i, j] + info_b[i, j]
    if not invert(first, total, low, n):
        return -1.0
    _times(total, info_a, first, n)
    _times(total, info_b, second, n)
    for i in range(n):
        mean[i] = mean_a[i]
        for j in range(n):
            mean[i] += second[i, j] * (mean_b[j] - mean_a[j])
            own[i, j] = 0.0
    _add_congruent(first, own_a, own, low, n)
    _add_congruent(second, own_b, own, low, n)
    for i in range(n):
        for j in range(n):
            common[i, j] = total[i, j] - own[i, j]
    return weight


@bare
def _times(a: F8, b: F8, out: F8, n: int) -> None:
    for i in range(n):
        for j in range(n):
            out[i, j] = 0.0
            for k in range(n):
                out[i, j] += a[i, k] * b[k, j]


@bare
def _add_congruent(gain: F8, cov: F8, out: F8, work: F8, n: int) -> None:
    """Add gain cov gain' to out."""
    _times(gain, cov, work, n)
    for i in range(n):
        for j in range(n):
            for k in range(n):
                out[i, j] += work[i, k] * gain[j, k]
