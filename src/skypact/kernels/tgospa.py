"""The best partner of each trajectory over time on its own, as the trajectory GOSPA metric weighs it.

Rows here are the trajectories of one side, each with a few candidate partners. To be with a partner at a step gains
what an alignment saves there; to take or to leave one costs half a switch. Without the rule that a partner has one
row at a time, every row is a shortest path through (step, partner or none), which the recursion of Viterbi (1967)
finds exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel


@kernel
def best_partners(
    row_start: NDArray[np.int64],
    edge: NDArray[np.int64],
    gain: NDArray[np.float64],
    half: float,
    chosen: NDArray[np.int64],
) -> None:
    """Write for each row the edge that it holds at each step, or -1, at the greatest gain less switches.

    Of equal ways the one that keeps what it has is taken, then the first edge.

    Args:
        row_start: [n + 1] where each row's edges begin in `edge`.
        edge: [e] edges, row by row.
        gain: [E, s] what each edge saves at each step, not negative.
        half: cost of taking or leaving a partner, not negative.
        chosen: [n, s] written.
    """
    steps = gain.shape[1]
    widest = 0
    for r in range(len(row_start) - 1):
        widest = max(widest, row_start[r + 1] - row_start[r])
    value = np.zeros(widest + 1)  # the last of a row's m + 1 is to be without a partner
    before = np.zeros((steps, widest + 1), np.int64)
    for r in range(len(row_start) - 1):
        first = row_start[r]
        m = row_start[r + 1] - first
        for a in range(m):
            value[a] = gain[edge[first + a], 0]
        value[m] = 0.0
        for k in range(1, steps):
            top = m
            for a in range(m):
                if value[a] - half > value[top] - (half if top < m else 0.0):
                    top = a
            alone = value[top] - (half if top < m else 0.0)
            before[k, m] = top
            value[m] = alone
            for a in range(m):
                before[k, a] = a
                if alone - half > value[a]:
                    value[a] = alone - half
                    before[k, a] = top
                value[a] += gain[edge[first + a], k]
        at = m
        for a in range(m):
            if value[a] > value[at]:
                at = a
        for k in range(steps - 1, -1, -1):
            chosen[r, k] = edge[first + at] if at < m else -1
            at = before[k, at]
