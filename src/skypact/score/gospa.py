"""The picture error of one snapshot: GOSPA and its parts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from skypact.kernels.gospa import pair_snapshots
from skypact.model.network import F8


@dataclass(frozen=True)
class Gospa:
    """GOSPA with p = 2 and alpha = 2; `total` squared is the sum of the three parts."""

    total: float
    localisation: float
    """Sum of the squared distances of the pairs."""
    missed: float
    """c^2/2 for each true object without an estimate."""
    false: float
    """c^2/2 for each estimate without a true object."""


def gospa(est: F8, truth: F8, c: float) -> Gospa:
    """The GOSPA metric (p = 2, alpha = 2) between estimated and true positions, exact.

    Source: Rahmathullah, Garcia-Fernandez and Svensson, "Generalized optimal sub-pattern assignment metric",
    2017, definition 1 and proposition 1.

    Args:
        est: [n, d] estimated positions.
        truth: [m, d] true positions in the same frame and unit.
        c: cut-off distance in that unit.
    """
    n, m = len(est), len(truth)
    ordered = np.ascontiguousarray(truth[np.argsort(truth[:, 0], kind="stable")], np.float64)
    match, square = np.full(n, -1, np.int64), np.zeros(n)
    pairs = pair_snapshots(
        np.ascontiguousarray(est, np.float64),
        np.array([0, n]),
        ordered,
        np.array([0, m]),
        np.ones(m, np.bool_),
        c,
        match,
        square,
    )
    half = 0.5 * c * c
    located, missed, false = float(square.sum()), (m - pairs) * half, (n - pairs) * half
    return Gospa(math.sqrt(located + missed + false), located, missed, false)
