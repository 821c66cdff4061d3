"""Which estimates and true objects of a snapshot are closer than a cut-off, and what pairs of trajectories share.

Positions must be finite; `all_finite` says whether they are.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel


@kernel
def all_finite(rows: NDArray[np.float64]) -> bool:
    """Whether every number of a table, [n, d], is finite."""
    for i in range(rows.shape[0]):
        for a in range(rows.shape[1]):
            if not math.isfinite(rows[i, a]):
                return False
    return True


@kernel
def near_rows(
    est: NDArray[np.float64],
    est_start: NDArray[np.int64],
    truth: NDArray[np.float64],
    truth_start: NDArray[np.int64],
    c: float,
    est_row: NDArray[np.int64],
    truth_row: NDArray[np.int64],
    square: NDArray[np.float64],
) -> int:
    """Number of pairs closer than c within each snapshot; as many as there is room for are written, by estimate.

    Args:
        est: [n, d] estimated positions, snapshot by snapshot.
        est_start: [s + 1] first row of each snapshot in `est`.
        truth: [m, d] true positions, snapshot by snapshot, within each sorted by the first coordinate.
        truth_start: [s + 1] first row of each snapshot in `truth`.
        c: cut-off distance in the unit of the positions.
        est_row: [room] written: row of `est`, ascending.
        truth_row: [room] written: row of `truth`, ascending within a row of `est`.
        square: [room] written: squared distance.
    """
    dims = est.shape[1]
    c2 = c * c
    found = 0
    for s in range(len(est_start) - 1):
        first, last = truth_start[s], truth_start[s + 1]
        for i in range(est_start[s], est_start[s + 1]):
            x = est[i, 0]
            low, high = first, last
            while low < high:
                middle = (low + high) // 2
                if truth[middle, 0] < x - c:
                    low = middle + 1
                else:
                    high = middle
            while low < last and truth[low, 0] <= x + c:
                d2 = 0.0
                for a in range(dims):
                    gap = truth[low, a] - est[i, a]
                    d2 += gap * gap
                if d2 < c2:
                    if found < len(square):
                        est_row[found] = i
                        truth_row[found] = low
                        square[found] = d2
                    found += 1
                low += 1
    return found


@kernel
def shared_steps(
    pair_est: NDArray[np.int64],
    pair_truth: NDArray[np.int64],
    est_start: NDArray[np.int64],
    est_step: NDArray[np.int64],
    est: NDArray[np.float64],
    truth_start: NDArray[np.int64],
    truth_step: NDArray[np.int64],
    truth: NDArray[np.float64],
    c: float,
    q: float,
    pair_start: NDArray[np.int64],
    step: NDArray[np.int64],
    cost: NDArray[np.float64],
) -> int:
    """Number of (pair, step) at which both trajectories of a pair exist; as many as there is room for are written.

    Args:
        pair_est: [p] trajectory of the estimate.
        pair_truth: [p] true trajectory.
        est_start: [a + 1] first row of each estimated trajectory.
        est_step: [n] step of each row, ascending within a trajectory.
        est: [n, d] position of each row.
        truth_start: [b + 1] the same for true trajectories.
        truth_step: [m] as `est_step`.
        truth: [m, d] as `est`.
        c: cut-off distance in the unit of the positions.
        q: order.
        pair_start: [p + 1] written: where each pair's steps begin.
        step: [room] written: the step.
        cost: [room] written: (min(distance, c) / c)^q.
    """
    dims = est.shape[1]
    found = 0
    pair_start[0] = 0
    for k in range(len(pair_est)):
        i, j = est_start[pair_est[k]], truth_start[pair_truth[k]]
        i_end, j_end = est_start[pair_est[k] + 1], truth_start[pair_truth[k] + 1]
        while i < i_end and j < j_end:
            if est_step[i] < truth_step[j]:
                i += 1
            elif est_step[i] > truth_step[j]:
                j += 1
            else:
                if found < len(cost):
                    d2 = 0.0
                    for a in range(dims):
                        gap = truth[j, a] - est[i, a]
                        d2 += gap * gap
                    ratio = math.sqrt(d2) / c
                    step[found] = est_step[i]
                    cost[found] = ratio**q if ratio < 1.0 else 1.0
                found += 1
                i += 1
                j += 1
        pair_start[k + 1] = found
    return found
