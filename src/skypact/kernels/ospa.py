"""OSPA(2) in sliding windows: the mean distance of tracks over a window, and the best pairing of tracks by it.

Base distance and metric: Beard, Vo and Vo, "A solution for large-scale multi-object tracking", IEEE Trans. SP 68,
2020. Costs here are in units of the cut-off: a step at which one of two tracks is absent costs 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.gospa import match_sparse
from skypact.kernels.jit import kernel


@kernel
def block_sums(
    pair_start: NDArray[np.int64],
    step: NDArray[np.int64],
    cost: NDArray[np.float64],
    first: int,
    window: int,
    since: NDArray[np.float64],
    until: NDArray[np.float64],
) -> None:
    """Write for each entry the cost of its pair from its block's begin, and to its block's end, itself included.

    A window of the same length covers the end of one block and the begin of the next: its sum is one addition and no
    subtraction, so that nothing is left of costs that have gone out of it (van Herk, Pattern Recognition Letters 13,
    1992).

    Args:
        pair_start: [p + 1] where each pair's entries begin.
        step: [e] step of each entry, ascending within a pair.
        cost: [e] its cost.
        first: the first step of all; blocks are counted from it.
        window: steps of a block.
        since: [e] written: sum from the begin of the block.
        until: [e] written: sum to the end of the block.
    """
    for p in range(len(pair_start) - 1):
        low, high = pair_start[p], pair_start[p + 1]
        for e in range(low, high):
            same = e > low and (step[e] - first) // window == (step[e - 1] - first) // window
            since[e] = cost[e] + (since[e - 1] if same else 0.0)
        for e in range(high - 1, low - 1, -1):
            same = e < high - 1 and (step[e] - first) // window == (step[e + 1] - first) // window
            until[e] = cost[e] + (until[e + 1] if same else 0.0)


@kernel
def slide(
    start: NDArray[np.int64], step: NDArray[np.int64], low: int, high: int, at: NDArray[np.int64]
) -> None:
    """Move the pointers at[n, 2] on, to the entries of each list with low <= step < high; both never step back."""
    for i in range(len(start) - 1):
        while at[i, 0] < start[i + 1] and step[at[i, 0]] < low:
            at[i, 0] += 1
        while at[i, 1] < start[i + 1] and step[at[i, 1]] < high:
            at[i, 1] += 1


@kernel
def ospa_windows(
    at: NDArray[np.int64],
    window: int,
    first: int,
    power: float,
    est_start: NDArray[np.int64],
    est_step: NDArray[np.int64],
    truth_start: NDArray[np.int64],
    truth_step: NDArray[np.int64],
    pair_est: NDArray[np.int64],
    pair_truth: NDArray[np.int64],
    pair_start: NDArray[np.int64],
    step: NDArray[np.int64],
    since: NDArray[np.float64],
    until: NDArray[np.float64],
    count: NDArray[np.int64],
    paired: NDArray[np.float64],
) -> None:
    """Write how many tracks each window holds and what their best pairing costs.

    Args:
        at: [s] last step of each window, ascending.
        window: steps of a window.
        first: the first step of all.
        power: outer over inner order: the cost of two tracks is their mean cost raised to it.
        est_start: [a + 1] first row of each estimated trajectory in `est_step`.
        est_step: [n] steps, ascending within a trajectory.
        truth_start: [b + 1] as `est_start`.
        truth_step: [m] as `est_step`.
        pair_est: [p] estimated trajectory of each pair, ascending.
        pair_truth: [p] true trajectory of each pair.
        pair_start: [p + 1] where the steps begin that a pair shares.
        step: [e] those steps.
        since: [e] see `block_sums`.
        until: [e] see `block_sums`.
        count: [s, 2] written: tracks and true trajectories that exist in the window.
        paired: [s] written: least sum of costs, 1 for each of the pairs that are no closer than the cut-off.
    """
    n, m = len(est_start) - 1, len(truth_start) - 1
    est_at, truth_at, pair_at = np.empty((n, 2), np.int64), np.empty((m, 2), np.int64), pair_start[:-1]
    est_at[:, 0], est_at[:, 1] = est_start[:-1], est_start[:-1]
    truth_at[:, 0], truth_at[:, 1] = truth_start[:-1], truth_start[:-1]
    shared_at = np.empty((len(pair_est), 2), np.int64)
    shared_at[:, 0], shared_at[:, 1] = pair_at, pair_at
    row_start = np.zeros(n + 1, np.int64)
    column, cost = np.empty(len(pair_est), np.int64), np.empty(len(pair_est))
    column_of = np.empty(n, np.int64)
    for s in range(len(at)):
        low, high = at[s] - window + 1, at[s] + 1
        slide(est_start, est_step, low, high, est_at)
        slide(truth_start, truth_step, low, high, truth_at)
        slide(pair_start, step, low, high, shared_at)
        used, p = 0, 0
        for i in range(n):
            row_start[i] = used
            while p < len(pair_est) and pair_est[p] == i:
                j, begin, end = pair_truth[p], shared_at[p, 0], shared_at[p, 1] - 1
                both = end - begin + 1
                if both > 0:
                    total = until[begin]
                    if (step[begin] - first) // window != (step[end] - first) // window:
                        total += since[end]
                    elif (high - 1 - first) // window == (step[begin] - first) // window:
                        total = since[end]  # the window ends in the only block it meets entries in
                    there = est_at[i, 1] - est_at[i, 0] + truth_at[j, 1] - truth_at[j, 0] - both
                    mean = (total + (there - both)) / there
                    if mean < 1.0:
                        column[used] = j
                        cost[used] = mean**power
                        used += 1
                p += 1
        row_start[n] = used
        match_sparse(row_start, column, cost, 1.0, m, column_of)
        tracks, objects, joined, total = 0, 0, 0, 0.0
        for i in range(n):
            tracks += est_at[i, 1] > est_at[i, 0]
            if column_of[i] >= 0:
                joined += 1
                for e in range(row_start[i], row_start[i + 1]):
                    if column[e] == column_of[i]:
                        total += cost[e]
        for j in range(m):
            objects += truth_at[j, 1] > truth_at[j, 0]
        count[s, 0], count[s, 1] = tracks, objects
        paired[s] = total + (min(tracks, objects) - joined)
