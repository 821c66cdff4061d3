"""The picture error of one snapshot: GOSPA and OSPA with their parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.kernels.gospa import match_sparse
from skypact.model.network import F8
from skypact.score.trajectory import as_positions, in_metres, near_points, require, require_same_space


@dataclass(frozen=True)
class Gospa:
    """GOSPA with alpha = 2; `total` to the power p is the sum of the three parts.

    A part beyond all numbers, as 5 km to the power 100 is, is infinite; the total never is.
    """

    total: float
    localisation: float
    """Sum of the distances of the pairs to the power p."""
    missed: float
    """c^p/2 for each true object without an estimate."""
    false: float
    """c^p/2 for each estimate without a true object."""


@dataclass(frozen=True)
class Ospa:
    """OSPA; `total` to the power p is the sum of the two parts to the power p."""

    total: float
    localisation: float
    """What the pairs are apart, as a mean of order p over the larger set."""
    cardinality: float
    """What the difference of the numbers costs."""


def gospa(est: F8, truth: F8, c: float, p: float = 2.0) -> Gospa:
    """The GOSPA metric (alpha = 2) between estimated and true positions, exact.

    Source: Rahmathullah, Garcia-Fernandez and Svensson, "Generalized optimal sub-pattern assignment metric",
    2017, definition 1 and proposition 1.

    Args:
        est: [n, d] estimated positions.
        truth: [m, d] true positions in the same frame and unit.
        c: cut-off distance in that unit.
        p: order, 1 or more.

    Raises:
        UsageError: c or p is out of its range, the frames differ, or a position is not finite.
    """
    pairs, located = _best_pairs(est, truth, c, p)
    missed, false = 0.5 * (len(truth) - pairs), 0.5 * (len(est) - pairs)
    total = float(c * (located + missed + false) ** (1.0 / p))
    return Gospa(total, in_metres(located, c, p), in_metres(missed, c, p), in_metres(false, c, p))


def ospa(est: F8, truth: F8, c: float, p: float = 2.0) -> Ospa:
    """The OSPA metric between estimated and true positions with its parts, exact; 0 of two empty sets.

    Source: Schuhmacher, Vo and Vo, "A consistent metric for performance evaluation of multi-object filters", IEEE
    Trans. SP 56(8), 2008.

    Args:
        est: [n, d] estimated positions.
        truth: [m, d] true positions in the same frame and unit.
        c: cut-off distance in that unit.
        p: order, 1 or more.

    Raises:
        UsageError: c or p is out of its range, the frames differ, or a position is not finite.
    """
    pairs, located = _best_pairs(est, truth, c, p)
    fewer, more = sorted((len(est), len(truth)))
    if not more:
        return Ospa(0.0, 0.0, 0.0)
    apart, short = located + (fewer - pairs), more - fewer
    total, localisation, cardinality = (
        float(c * (part / more) ** (1.0 / p)) for part in (apart + short, apart, short)
    )
    return Ospa(total, localisation, cardinality)


def _best_pairs(est: F8, truth: F8, c: float, p: float) -> tuple[int, float]:
    """Number of the pairs closer than c that save the most, and the sum of their (distance / c)^p."""
    require("c", c, 0.0, open_end=True)
    require("p", p, 1.0, open_end=False)
    require_same_space(est, truth)
    est, truth = as_positions(est), as_positions(truth)
    n, m = len(est), len(truth)
    ordered = truth[np.argsort(truth[:, 0], kind="stable")] if m else truth
    row, column, square = near_points(est, np.array([0, n]), ordered, np.array([0, m]), c)
    square /= float(c) * float(c)
    cost = square ** (0.5 * p)
    column_of = np.empty(n, np.int64)
    match_sparse(np.searchsorted(row, np.arange(n + 1)), column, cost, 1.0, m, column_of)
    paired = column_of[row] == column
    return int(paired.sum()), float(cost[paired].sum())
