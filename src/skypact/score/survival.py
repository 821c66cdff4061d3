"""How long something lasts where not everything is seen to end: the product-limit estimate with its intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from skypact.model.network import B1, F8
from skypact.score.interval import CONFIDENCE, Estimate, binomial_bounds, ratio_spread


@dataclass(frozen=True)
class Survival:
    """The share that still lasts after each instant, T of them."""

    time: F8
    share: F8
    low: F8
    high: F8

    @property
    def median(self) -> float:
        """The first instant after which half or fewer last; infinite where more than half last to the end."""
        reached = np.flatnonzero(self.share <= 0.5)
        return float(self.time[reached[0]]) if len(reached) else np.inf


def survival(ended: F8, seen: B1, time: F8, confidence: float = CONFIDENCE) -> Survival:
    """The product-limit estimate (Kaplan and Meier, J. Am. Stat. Assoc. 53, 1958) at the instants asked for.

    Intervals are pointwise: Greenwood's variance (1926) on the scale of log(-log), which keeps them within 0 and 1
    (Kalbfleisch and Prentice, "The Statistical Analysis of Failure Time Data", 2002, section 1.4). Where none or all
    have ended that variance is nothing, and the exact binomial bounds of those at risk stand instead.

    Args:
        ended: [n] when each ended, or was last seen.
        seen: [n] whether its end was seen; else it is censored there, after the ends of the same instant.
        time: [T] rising.
        confidence: of each interval.
    """
    moments = np.unique(ended[seen])
    risk = np.array([np.count_nonzero(ended >= t) for t in moments], np.float64)
    ends = np.array([np.count_nonzero(seen & (ended == t)) for t in moments], np.float64)
    share, low, high = (np.ones(len(time)) for _ in range(3))
    z = float(special.ndtri(0.5 + 0.5 * confidence))
    for k, t in enumerate(time):
        past = moments <= t
        share[k] = float(np.prod(1.0 - ends[past] / risk[past]))
        if share[k] in (0.0, 1.0):
            n = float(np.count_nonzero(ended >= t)) if share[k] == 1.0 else float(len(ended))
            low[k], high[k] = binomial_bounds(share[k] * n, n, confidence) if n else (0.0, 1.0)
            continue
        greenwood = float(np.sum(ends[past] / (risk[past] * (risk[past] - ends[past]))))
        log_share = np.log(share[k])
        half = z * np.sqrt(greenwood) / abs(log_share)
        low[k], high[k] = share[k] ** np.exp(half), share[k] ** np.exp(-half)
    return Survival(time, share, low, high)


def restricted_mean(lasted: F8, most: float) -> Estimate:
    """The mean of how long each of n lasted, none longer than `most`; the interval is Student's t over them.

    What lasts to the end counts with `most`: the restricted mean, the area under the survival curve up to there
    (Irwin, J. Hygiene 47, 1949; Royston and Parmar, BMC Med. Res. Methodol. 13:152, 2013). Where everything was
    watched that long nothing is censored before it, and the plain mean over n estimates that area without bias. Where
    all lasted equally long the bounds are what the exact bound on a share of others allows.
    """
    found = ratio_spread(lasted, np.ones(len(lasted))).interval()
    if found.n and np.ptp(lasted) == 0.0:
        others = binomial_bounds(0.0, found.n)[1]
        value = float(lasted[0])
        return Estimate(
            value, value * (1.0 - others), value + (most - value) * others, found.n, "all alike; exact bound"
        )
    return Estimate(found.value, max(found.low, 0.0), min(found.high, most), found.n, found.method)
