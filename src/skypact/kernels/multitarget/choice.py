"""Which Bernoulli components to report: the decision that a set of estimates is judged by.

By existence: what exists more likely than a threshold. By cost: what makes the expected GOSPA metric (p = 2, alpha = 2)
lower. Reporting a component of existence r costs r E[min(e^2, c^2)] + (1 - r) c^2 / 2, e its error, and
leaving it out r c^2 / 2; so report where r (2 - 2 E[min(e^2, c^2)] / c^2) > 1. By number: the most likely number
of objects, the likeliest components first (Mahler, IEEE Trans. AES 43(4), 2007: the multi-Bernoulli's MAP estimate).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel


@kernel
def clipped_error(variance: float, cutoff_m: float) -> float:
    """Expected min(e^2, c^2) of a position error whose mean square is `variance` (m2), cut off at c.

    Exact for equal variances in two dimensions, where e^2 is exponential.
    """
    if not variance > 0.0:
        return 0.0
    return variance * -math.expm1(-cutoff_m * cutoff_m / variance)


@kernel
def existence_needed(variance: float, threshold: float, cutoff_m: float) -> float:
    """The existence above which to report a component; `threshold`, or by cost where cutoff_m > 0.

    Args:
        variance: trace of the position's covariance, m2.
        threshold: used where cutoff_m is 0.
        cutoff_m: GOSPA's c. Above 1 is returned where the place is too vague to be worth a report.
    """
    if not cutoff_m > 0.0:
        return threshold
    gain = 2.0 - 2.0 * clipped_error(variance, cutoff_m) / (cutoff_m * cutoff_m)
    return 1.0 / gain if gain > 0.0 else math.inf


@kernel
def likeliest_number(existence: NDArray[np.float64]) -> int:
    """The most likely number of objects, the least such: existence [k] are independent chances."""
    n, low = len(existence), 0
    chance = np.zeros(n + 1)
    chance[0] = 1.0
    high = 0
    for i in range(n):
        r = min(max(existence[i], 0.0), 1.0)
        if r >= 1.0:
            low += 1
            continue
        if not r > 0.0:
            continue
        high += 1
        for k in range(high, 0, -1):
            chance[k] = chance[k] * (1.0 - r) + chance[k - 1] * r
        chance[0] *= 1.0 - r
    best = 0
    for k in range(1, high + 1):
        if chance[k] > chance[best]:
            best = k
    return low + best
