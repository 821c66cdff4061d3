"""The measurement update in four steps: linearise, innovation, (residual), update.

Extended, unscented and cubature forms differ only in the linearisation (`regression`), z = H x + e: the covariance of
e, `extra`, is added to the measurement's noise. One Joseph-form update (Bucy and Joseph 1968) serves all three and
keeps covariances definite.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.inline import hold, inlined
from skypact.kernels.multitarget.layout import DIMS, EXTENDED, UNSCENTED
from skypact.kernels.multitarget.measurement import components, measure
from skypact.kernels.multitarget.regression import CENTRE, regress

_FLAT = 1e-14
"""A pivot of S below this share of its variance means that S is not positive definite."""
_KNOWN = 1e-15
"""A pivot of P below this share of its variance is what rounding left: the component is known from those before."""


@kernel
def linearise(
    form: int,
    kind: int,
    sensor: NDArray[np.float64],
    shape: NDArray[np.int64],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    value: NDArray[np.float64],
    rows: NDArray[np.float64],
    extra: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Write the expected measurement, the matrix H and the covariance of what H leaves out.

    Args:
        form: EXTENDED (the Jacobian; nothing left out), UNSCENTED or CUBATURE (regression over sigma points).
        kind: what is measured; sensor: [N_SENSOR]; shape: [N_SHAPE].
        mean: [n] predicted state.
        cov: [n, n] its covariance.
        value: [4] written: the first `components`.
        rows: [4, n] written: H.
        extra: [4, 4] written: to be added to the measurement's noise, never negative definite.
        work: [3, n, n] scratch.
    """
    m = components(kind, shape[DIMS])
    if form == EXTENDED:
        measure(kind, sensor, shape, mean, value, rows)
        for a in range(m):
            for b in range(m):
                extra[a, b] = 0.0
    else:
        centre = CENTRE if form == UNSCENTED else 0.0
        regress(centre, m, kind, sensor, shape[DIMS], mean, cov, value, rows, extra, work)
    hold((sensor, shape, mean, cov, value, rows, extra, work))


@inlined
def _used(m: int, rows: NDArray[np.float64]) -> int:
    """One more than the last column of rows[m, n] that is not zero."""
    for i in range(rows.shape[1] - 1, -1, -1):
        for k in range(m):
            if rows[k, i] != 0.0:
                return i + 1
    return 0


@inlined
def _spread(
    n: int,
    m: int,
    h: int,
    rows: NDArray[np.float64],
    cov: NDArray[np.float64],
    noise: NDArray[np.float64],
    extra: NDArray[np.float64],
    cross: NDArray[np.float64],
    s: NDArray[np.float64],
) -> None:
    """Write P H' into cross and S into the upper half of s; n: state, m: measurement, h: columns of H in use."""
    for k in range(m):
        for i in range(n):
            total = 0.0
            for j in range(h):
                total += cov[i, j] * rows[k, j]
            cross[i, k] = total
        for a in range(k + 1):
            total = noise[a, k] + extra[a, k]
            for i in range(h):
                total += rows[a, i] * cross[i, k]
            s[a, k] = total
    hold((rows, cov, noise, extra, cross, s))


@inlined
def _invert_pair(s: NDArray[np.float64]) -> float:
    """`_invert` for two components."""
    s00, s01, s11 = s[0, 0], s[0, 1], s[1, 1]
    pivot = s11 - s01 * s01 / s00
    det = s00 * pivot
    logdet = math.inf
    if s00 > 0.0 and pivot > _FLAT * s11 and 0.0 < det < math.inf:
        s[0, 0], s[1, 1] = s11 / det, s00 / det
        s[0, 1] = -s01 / det
        s[1, 0] = s[0, 1]
        logdet = math.log(det)
    hold((s,))
    return logdet


@inlined
def _invert(m: int, s: NDArray[np.float64]) -> float:
    """Replace the symmetric s[m, m], of which the upper half is read, by its inverse; its log determinant."""
    det = 1.0
    for j in range(m):
        variance = s[j, j]
        pivot = variance
        for k in range(j):
            pivot -= s[j, k] * s[j, k]
        definite = pivot > _FLAT * variance
        root = 1.0 / math.sqrt(pivot) if definite else math.nan
        det *= pivot if definite else math.nan
        for i in range(j + 1, m):
            total = s[j, i]
            for k in range(j):
                total -= s[i, k] * s[j, k]
            s[i, j] = total * root
        s[j, j] = root
    # the factor's inverse, in the lower half
    for j in range(m):
        for i in range(j + 1, m):
            total = 0.0
            for k in range(j, i):
                total += s[i, k] * s[k, j]
            s[i, j] = -total * s[i, i]
    for i in range(m):
        for j in range(i, m):
            total = 0.0
            for k in range(j, m):
                total += s[k, i] * s[k, j]
            s[i, j] = total
    for i in range(m):
        for j in range(i):
            s[i, j] = s[j, i]
    hold((s,))
    return math.log(det) if 0.0 < det < math.inf else math.inf


@inlined
def innovate(
    m: int,
    rows: NDArray[np.float64],
    cov: NDArray[np.float64],
    noise: NDArray[np.float64],
    extra: NDArray[np.float64],
    cross: NDArray[np.float64],
    inverse: NDArray[np.float64],
) -> float:
    """`innovation`, to be compiled into a loop."""
    n, h = rows.shape[1], _used(m, rows)
    if m == 2 and h == 2:
        _spread(n, 2, 2, rows, cov, noise, extra, cross, inverse)
        logdet = _invert_pair(inverse)
    elif m == 3 and h == 3:
        _spread(n, 3, 3, rows, cov, noise, extra, cross, inverse)
        logdet = _invert(3, inverse)
    else:
        _spread(n, m, h, rows, cov, noise, extra, cross, inverse)
        logdet = _invert(m, inverse)
    hold((rows, cov, noise, extra, cross, inverse))
    return logdet


@kernel
def innovation(
    m: int,
    rows: NDArray[np.float64],
    cov: NDArray[np.float64],
    noise: NDArray[np.float64],
    extra: NDArray[np.float64],
    cross: NDArray[np.float64],
    inverse: NDArray[np.float64],
) -> float:
    """The log determinant of S = H P H' + noise + extra; infinite where S is not positive definite or not finite.

    Args:
        m: components measured, 1 to 4.
        rows: [4, n] H.
        cov: [n, n] P.
        noise: [m, m].
        extra: [4, 4].
        cross: [n, 4] written: P H'.
        inverse: [4, 4] written: the inverse of S.
    """
    return innovate(m, rows, cov, noise, extra, cross, inverse)


@inlined
def _factor_noise(
    n: int, m: int, noise: NDArray[np.float64], extra: NDArray[np.float64], work: NDArray[np.float64]
) -> None:
    """With R = noise + extra = L D L': D into work[0, n], and K in work[0] becomes K L."""
    at = 0
    for a in range(m):
        variance = noise[a, a] + extra[a, a]
        pivot = variance
        for c in range(a):
            pivot -= work[0, n + 1, at + c] * work[0, n + 1, at + c] * work[0, n, c]
        known = not pivot > _KNOWN * variance
        work[0, n, a] = 0.0 if known else pivot
        at_b = at
        for b in range(a + 1, m):
            at_b += b - 1
            total = noise[b, a] + extra[b, a]
            for c in range(a):
                total -= work[0, n + 1, at_b + c] * work[0, n + 1, at + c] * work[0, n, c]
            lower = 0.0 if known else total / pivot
            work[0, n + 1, at_b + a] = lower
            for i in range(n):
                work[0, i, a] += work[0, i, b] * lower
        at += a
    hold((noise, extra, work))


@inlined
def _joseph(
    n: int,
    m: int,
    h: int,
    residual_: NDArray[np.float64],
    rows: NDArray[np.float64],
    noise: NDArray[np.float64],
    extra: NDArray[np.float64],
    cross: NDArray[np.float64],
    inverse: NDArray[np.float64],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """`update_state` for n state components, m measured, h columns of H in use.

    With P = L D L', (I - K H) P (I - K H)' = M D M', M = L - K (H L), a sum of squares, as K R K' is with the factors
    of R: where gains are great, products with P and R themselves would lose what is small in them. H L has h
    columns, so that the others of M are those of L.
    """
    for i in range(n):
        shift = 0.0
        for k in range(m):
            total = 0.0
            for a in range(m):
                total += cross[i, a] * inverse[a, k]
            work[0, i, k] = total
            shift += total * residual_[k]
        mean[i] += shift
    # work[1]: below the diagonal L, above it D L', on it D; a component that others determine gets nothing
    for j in range(n):
        pivot = cov[j, j]
        for k in range(j):
            pivot -= work[1, j, k] * work[1, k, j]
        known = not pivot > _KNOWN * cov[j, j]
        work[1, j, j] = 0.0 if known else pivot
        scale = 0.0 if known else 1.0 / pivot
        for i in range(j + 1, n):
            total = cov[i, j]
            for k in range(j):
                total -= work[1, i, k] * work[1, k, j]
            work[1, i, j] = total * scale
            work[1, j, i] = 0.0 if known else total
    for k in range(h):
        for i in range(n):
            work[2, i, k] = 0.0 if i < k else 1.0 if i == k else work[1, i, k]
        for a in range(m):
            total = rows[a, k]
            for j in range(k + 1, h):
                total += rows[a, j] * work[1, j, k]
            for i in range(n):
                work[2, i, k] -= work[0, i, a] * total
    _factor_noise(n, m, noise, extra, work)
    for i in range(n):
        for j in range(i, n):
            total = 0.0
            for k in range(h):
                total += work[2, i, k] * work[1, k, k] * work[2, j, k]
            if i >= h:
                for k in range(h, i):
                    total += work[1, k, i] * work[1, j, k]
                total += work[1, i, j]
            cov[i, j] = total
        for a in range(m):
            for j in range(i, n):
                cov[i, j] += work[0, n, a] * work[0, i, a] * work[0, j, a]
        for j in range(i + 1, n):
            cov[j, i] = cov[i, j]
    hold((residual_, rows, noise, extra, cross, inverse, mean, cov, work))


@inlined
def revise(
    m: int,
    residual_: NDArray[np.float64],
    rows: NDArray[np.float64],
    noise: NDArray[np.float64],
    extra: NDArray[np.float64],
    cross: NDArray[np.float64],
    inverse: NDArray[np.float64],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """`update_state`, to be compiled into a loop."""
    n, h = mean.size, _used(m, rows)
    if m == 2 and h == 2:
        _joseph(n, 2, 2, residual_, rows, noise, extra, cross, inverse, mean, cov, work)
    elif m == 3 and h == 3:
        _joseph(n, 3, 3, residual_, rows, noise, extra, cross, inverse, mean, cov, work)
    else:
        _joseph(n, m, h, residual_, rows, noise, extra, cross, inverse, mean, cov, work)
    hold((residual_, rows, noise, extra, cross, inverse, mean, cov, work))


@kernel
def update_state(
    m: int,
    residual_: NDArray[np.float64],
    rows: NDArray[np.float64],
    noise: NDArray[np.float64],
    extra: NDArray[np.float64],
    cross: NDArray[np.float64],
    inverse: NDArray[np.float64],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Update mean[n] and cov[n, n] in place with one measurement, in Joseph's form.

    Args:
        m: components measured.
        residual_: [4] measured minus expected.
        rows: [4, n] H; noise: [m, m]; extra: [4, 4]: as given to `innovation`.
        cross: [n, 4] and inverse: [4, 4]: as `innovation` wrote them, for this covariance.
        mean: [n] and cov: [n, n], changed in place.
        work: [3, n + 2, n + 2] scratch or larger, as `chain.workspace`.
    """
    revise(m, residual_, rows, noise, extra, cross, inverse, mean, cov, work)
