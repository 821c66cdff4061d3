"""Carrying received tracks forward to the present."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.motion import predict_ballistic

F8 = NDArray[np.float64]

Q_LEVEL = 1.0
Q_MANOEUVRE = 900.0
Q_BALLISTIC = 1.0
"""White acceleration densities (m2/s3) of an extrapolated message, by mode: a message cannot carry the filter."""
BETA_KGPM2 = 7_500.0
DRAG_TIME_S = 2.0
"""Notional ballistic coefficient of what falls, and how long an error of its drag lasts (as in kernels.motion)."""
LEAST_WEIGHT = 1e-3
"""A motion less likely than this is left out."""


@kernel
def _straight(mean: F8, cov: F8, dt_s: float, q: float) -> None:
    """Advance mean[6] and cov[6, 6] in place by straight flight with white acceleration of density q (m2/s3).

    Bar-Shalom, Li and Kirubarajan 2001, eq. 6.2.2-12.
    """
    for a in range(3):
        mean[a] += dt_s * mean[a + 3]
    for a in range(3):
        for b in range(3):
            vv = cov[a + 3, b + 3]
            cov[a, b] += dt_s * (cov[a, b + 3] + cov[a + 3, b]) + dt_s * dt_s * vv
            cov[a, b + 3] += dt_s * vv
    for a in range(3):
        cov[a, a] += q * dt_s**3 / 3.0
        cov[a, a + 3] += q * dt_s**2 / 2.0
        cov[a + 3, a + 3] += q * dt_s
    for a in range(3):
        for b in range(3):
            cov[a + 3, b] = cov[b, a + 3]


@kernel
def extrapolate(mean: F8, cov: F8, mode: NDArray[np.float32], dt_s: float, out_mean: F8, out_cov: F8) -> None:
    """Carry tracks forward by dt_s (at most about 30 s): flight in a line, or free fall under gravity and drag.

    The two motions start from the same state; the result has the mean and covariance of their mixture, the spread
    between them included (Bar-Shalom, Li and Kirubarajan 2001, section 1.4.16).

    Args:
        mean: [n, 6] ECEF m, m/s; cov: [n, 6, 6].
        mode: [n, 3] probability of level, manoeuvring and ballistic flight.
        dt_s: seconds.
        out_mean: [n, 6] receives the result; out_cov: [n, 6, 6].
    """
    fall_mean, fall_cov, apart = np.empty(6), np.empty((6, 6)), np.empty(6)
    for i in range(len(mean)):
        flown = mode[i, 0] + mode[i, 1]
        weight = mode[i, 2] / max(flown + mode[i, 2], 1e-9)
        if weight > LEAST_WEIGHT:
            fall_mean[:] = mean[i]
            fall_cov[:] = cov[i]
            predict_ballistic(fall_mean, fall_cov, dt_s, Q_BALLISTIC, BETA_KGPM2, DRAG_TIME_S)
            if weight > 1.0 - LEAST_WEIGHT:
                out_mean[i] = fall_mean
                out_cov[i] = fall_cov
                continue
        out_mean[i] = mean[i]
        out_cov[i] = cov[i]
        q = (mode[i, 0] * Q_LEVEL + mode[i, 1] * Q_MANOEUVRE) / max(flown, 1e-9)
        _straight(out_mean[i], out_cov[i], dt_s, q)
        if weight <= LEAST_WEIGHT:
            continue
        for a in range(6):
            apart[a] = fall_mean[a] - out_mean[i, a]
            out_mean[i, a] += weight * apart[a]
        for a in range(6):
            for b in range(6):
                spread = weight * (1.0 - weight) * apart[a] * apart[b]
                out_cov[i, a, b] += weight * (fall_cov[a, b] - out_cov[i, a, b]) + spread
