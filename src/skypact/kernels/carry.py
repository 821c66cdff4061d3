"""Carrying received tracks forward to the present."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.wgs84 import GM_M3_S2, OMEGA_RAD_S

F8 = NDArray[np.float64]

Q_LEVEL = 1.0
Q_MANOEUVRE = 900.0
Q_BALLISTIC = 25.0
"""White acceleration densities (m2/s3) of an extrapolated message, by mode: a message cannot carry the filter."""


@kernel
def extrapolate(mean: F8, cov: F8, mode: NDArray[np.float32], dt_s: float, out_mean: F8, out_cov: F8) -> None:
    """Carry tracks forward by dt_s (at most about 30 s): level flight in a line, ballistic flight under gravity.

    Gravity, Coriolis and centrifugal acceleration are taken constant over the step. Process noise is the
    mode-weighted white acceleration (Bar-Shalom, Li and Kirubarajan 2001, eq. 6.2.2-12).

    Args:
        mean: [n, 6] ECEF m, m/s; cov: [n, 6, 6].
        mode: [n, 3] probability of level, manoeuvring and ballistic flight.
        dt_s: seconds.
        out_mean: [n, 6] receives the result; out_cov: [n, 6, 6].
    """
    for i in range(len(mean)):
        x, y, z = mean[i, 0], mean[i, 1], mean[i, 2]
        r2 = x * x + y * y + z * z
        pull = -GM_M3_S2 / (r2 * math.sqrt(r2))
        w = OMEGA_RAD_S
        weight = mode[i, 2]
        ax = weight * (pull * x + w * w * x + 2.0 * w * mean[i, 4])
        ay = weight * (pull * y + w * w * y - 2.0 * w * mean[i, 3])
        az = weight * pull * z
        q = mode[i, 0] * Q_LEVEL + mode[i, 1] * Q_MANOEUVRE + weight * Q_BALLISTIC
        acceleration = (ax, ay, az)
        for a in range(3):
            out_mean[i, a] = mean[i, a] + dt_s * mean[i, a + 3] + 0.5 * dt_s * dt_s * acceleration[a]
            out_mean[i, a + 3] = mean[i, a + 3] + dt_s * acceleration[a]
        for a in range(3):
            for b in range(3):
                pp, pv = cov[i, a, b], cov[i, a, b + 3]
                vp, vv = cov[i, a + 3, b], cov[i, a + 3, b + 3]
                out_cov[i, a, b] = pp + dt_s * (pv + vp) + dt_s * dt_s * vv
                out_cov[i, a, b + 3] = pv + dt_s * vv
                out_cov[i, a + 3, b] = vp + dt_s * vv
                out_cov[i, a + 3, b + 3] = vv
            out_cov[i, a, a] += q * dt_s**3 / 3.0
            out_cov[i, a, a + 3] += q * dt_s**2 / 2.0
            out_cov[i, a + 3, a] += q * dt_s**2 / 2.0
            out_cov[i, a + 3, a + 3] += q * dt_s
