"""Statistical linear regression of a measurement over sigma points: the unscented and the cubature form.

z = H x + e (Lefebvre, Bruyninckx and De Schutter, IEEE Trans. AC 47(8), 2002; Arasaratnam and Haykin, IEEE Trans.
AC 54(6), 2009). Sigma points are those of the components that the measurement depends on, the position or position
and velocity: the regression on the others is zero.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.multitarget.inline import hold, inlined
from skypact.kernels.multitarget.measurement import measured_size, observe, residual

CENTRE = 1.0 / 3.0
"""Weight of the unscented form's central point: kurtosis 3 in the plane, and never a negative weight
(Julier and Uhlmann, Proc. IEEE 92(3), 2004, section III)."""


@inlined
def regress(
    centre: float,
    m: int,
    kind: int,
    sensor: NDArray[np.float64],
    d: int,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    value: NDArray[np.float64],
    rows: NDArray[np.float64],
    extra: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Statistical linear regression over a symmetric set of sigma points whose middle one weighs `centre`.

    With P = L L' and points mean +- c L_i, the regression H solves H L = (z+ - z-) / (2 c), and what it leaves out is
    the scatter of the even parts (z+ + z-) / 2: a sum of squares, so never negative.
    """
    n, h = mean.size, measured_size(kind, d)
    low, plus, minus = work[0], work[1], work[2]
    _root(cov, h, low)
    c = math.sqrt(h / (1.0 - centre))
    weight = (1.0 - centre) / h
    observe(kind, sensor, d, mean, value)
    point, seen = rows[3], rows[2]
    for i in range(h):
        for sign in range(2):
            step = c if sign == 0 else -c
            for j in range(h):
                point[j] = mean[j] + (step * low[j, i] if j >= i else 0.0)
            observe(kind, sensor, d, point, seen)
            residual(kind, m, seen, value, plus[i] if sign == 0 else minus[i])
    for k in range(m):
        shift = 0.0
        for i in range(h):
            odd = 0.5 * (plus[i, k] - minus[i, k]) / c
            plus[i, k] = 0.5 * (plus[i, k] + minus[i, k])
            minus[i, k] = odd
            shift += weight * plus[i, k]
        value[k] += shift
        extra[k, k] = shift
    for k in range(m):
        for i in range(h):
            plus[i, k] -= extra[k, k]
    for a in range(m - 1, -1, -1):
        for b in range(a + 1):
            # the diagonal holds the shifts until its turn
            total = centre * extra[a, a] * extra[b, b]
            for i in range(h):
                total += weight * plus[i, a] * plus[i, b]
            extra[a, b] = total
            extra[b, a] = total
    for k in range(m):
        for i in range(n):
            rows[k, i] = 0.0
        for j in range(h - 1, -1, -1):
            total = minus[j, k]
            for i in range(j + 1, h):
                total -= rows[k, i] * low[i, j]
            rows[k, j] = total / low[j, j]
    hold((sensor, mean, cov, value, rows, extra, work, low, plus, minus, point, seen))


@inlined
def _root(cov: NDArray[np.float64], h: int, low: NDArray[np.float64]) -> None:
    """Write the lower Cholesky factor of cov[:h, :h] into low.

    A component without variance gets a millimetre (a second), so that the regression becomes its derivative.
    """
    for j in range(h):
        pivot = cov[j, j]
        for k in range(j):
            pivot -= low[j, k] * low[j, k]
        root = math.sqrt(max(pivot, 1e-12 * cov[j, j], 1e-6))
        low[j, j] = root
        for i in range(j + 1, h):
            total = cov[i, j]
            for k in range(j):
                total -= low[i, k] * low[j, k]
            low[i, j] = total / root
