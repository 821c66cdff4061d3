"""Carrying received tracks forward to the present."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import bare, kernel
from skypact.kernels.motion import BURN_S, boost_chance, climb_rate, predict_ballistic, predict_boost

F8 = NDArray[np.float64]

Q_LEVEL = 1.0
Q_MANOEUVRE = 900.0
Q_BALLISTIC = 1.0
"""White acceleration densities (m2/s3) of an extrapolated message, by mode: a message cannot carry the filter."""
LEVEL_TO_MANOEUVRE_PER_S = 1.0 / 80.0
"""Rate at which level flight turns into a manoeuvre, as trackers assume it."""
Q_RISE = Q_MANOEUVRE * LEVEL_TO_MANOEUVRE_PER_S
"""What the density of level flight gains a second (m2/s4): turns that may have begun, to first order in their rate."""
BOOST_MPS2 = 22.0
BOOST_GROWTH_PER_S = 1.0 / 80.0
BOOST_SIGMA_SHARE = 0.5
BOOST_HOLD_S = 20.0
"""The boost that trackers assume: at rest, its growth by the speed, the share that is one sigma, how long it holds."""
BETA_KGPM2 = 7_500.0
DRAG_TIME_S = 2.0
"""Notional ballistic coefficient of what falls, and how long an error of its drag lasts (as in kernels.motion)."""
LEAST_WEIGHT = 1e-3
"""A motion less likely than this is left out."""


@bare
def _straight(mean: F8, cov: F8, dt_s: float, q: float, rise: float) -> None:
    """Advance mean[6] and cov[6, 6] in place by straight flight with white acceleration of density q + rise t.

    q in m2/s3, rise in m2/s4. Bar-Shalom, Li and Kirubarajan 2001, eq. 6.2.2-12, integrated over the growing density.
    """
    for a in range(3):
        mean[a] += dt_s * mean[a + 3]
    for a in range(3):
        for b in range(3):
            vv = cov[a + 3, b + 3]
            cov[a, b] += dt_s * (cov[a, b + 3] + cov[a + 3, b]) + dt_s * dt_s * vv
            cov[a, b + 3] += dt_s * vv
    for a in range(3):
        cov[a, a] += q * dt_s**3 / 3.0 + rise * dt_s**4 / 12.0
        cov[a, a + 3] += q * dt_s**2 / 2.0 + rise * dt_s**3 / 6.0
        cov[a + 3, a + 3] += q * dt_s + rise * dt_s**2 / 2.0
    for a in range(3):
        for b in range(3):
            cov[a + 3, b] = cov[b, a + 3]


@bare
def _boosted(mean: F8, cov: F8, dt_s: float, chance: float) -> None:
    """Advance mean[6] and cov[6, 6] in place by a boost that goes on with a chance, as kernels.filter does."""
    burn = min(dt_s, BURN_S + (1.0 - chance) * max(dt_s - BURN_S, 0.0))
    predict_boost(
        mean,
        cov,
        burn,
        BOOST_MPS2,
        BOOST_GROWTH_PER_S,
        BOOST_SIGMA_SHARE,
        BOOST_HOLD_S,
        chance,
        Q_MANOEUVRE,
    )
    if burn < dt_s:
        predict_ballistic(mean, cov, dt_s - burn, Q_BALLISTIC, BETA_KGPM2, DRAG_TIME_S)


@kernel
def extrapolate(mean: F8, cov: F8, mode: NDArray[np.float32], dt_s: float, out_mean: F8, out_cov: F8) -> None:
    """Carry tracks forward by dt_s (0 to about 30 s): flight in a line, boost, or free fall under gravity and drag.

    What manoeuvres boosts as far as it climbs or flies as no aircraft can, and else turns. Level flight may begin to
    turn on the way. The motions start from the same state; the result has the mean and covariance of their mixture,
    the spread between them included (Bar-Shalom, Li and Kirubarajan 2001, section 1.4.16).

    Args:
        mean: [n, 6] ECEF m, m/s; cov: [n, 6, 6].
        mode: [n, 3] probability of level, manoeuvring and ballistic flight.
        dt_s: seconds.
        out_mean: [n, 6] receives the result; out_cov: [n, 6, 6].
    """
    weight, means, covs = np.empty(3), np.empty((3, 6)), np.empty((3, 6, 6))
    for i in range(len(mean)):
        total = max(mode[i, 0] + mode[i, 1] + mode[i, 2], 1e-9)
        level, turning, falling = mode[i, 0] / total, mode[i, 1] / total, mode[i, 2] / total
        speed = math.sqrt(mean[i, 3] ** 2 + mean[i, 4] ** 2 + mean[i, 5] ** 2)
        chance = boost_chance(climb_rate(mean[i]), speed)
        weight[1] = turning if chance > 0.0 and turning > LEAST_WEIGHT else 0.0
        weight[2] = falling if falling > LEAST_WEIGHT else 0.0
        weight[0] = 1.0 - weight[1] - weight[2]
        if weight[0] <= LEAST_WEIGHT:
            weight[0] = 0.0
            weight /= weight[1] + weight[2]
        for j in range(3):
            means[j] = mean[i]
            covs[j] = cov[i]
        if weight[0] > 0.0:
            turns = 0.0 if weight[1] > 0.0 else turning
            flown = max(level + turns, 1e-9)
            q = (level * Q_LEVEL + turns * Q_MANOEUVRE) / flown
            _straight(means[0], covs[0], dt_s, q, level * Q_RISE / flown)
        if weight[1] > 0.0:
            _boosted(means[1], covs[1], dt_s, chance)
        if weight[2] > 0.0:
            predict_ballistic(means[2], covs[2], dt_s, Q_BALLISTIC, BETA_KGPM2, DRAG_TIME_S)
        _mixed(weight, means, covs, out_mean[i], out_cov[i])


@bare
def _mixed(weight: F8, means: F8, covs: F8, out_mean: F8, out_cov: F8) -> None:
    """Write the mean [6] and covariance [6, 6] of a mixture of three; without weight a part does not enter."""
    for a in range(6):
        out_mean[a] = weight[0] * means[0, a] + weight[1] * means[1, a] + weight[2] * means[2, a]
    out_cov[:] = 0.0
    for j in range(3):
        if weight[j] == 0.0:
            continue
        for a in range(6):
            for b in range(6):
                spread = (means[j, a] - out_mean[a]) * (means[j, b] - out_mean[b])
                out_cov[a, b] += weight[j] * (covs[j, a, b] + spread)
