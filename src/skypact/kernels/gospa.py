"""Exact pairing of a picture with truth, snapshot by snapshot, as GOSPA needs it.

With p = 2 and alpha = 2 the GOSPA metric (Rahmathullah, Garcia-Fernandez and Svensson, "Generalized optimal
sub-pattern assignment metric", 2017, Proposition 1) is the least, over all sets of pairs closer than c, of the
sum of squared distances plus c^2/2 for each estimate and each true object left alone. Only pairs closer than c
are ever candidates, so the assignment falls apart into small groups; shortest augmenting paths never leave one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel


@kernel
def match_sparse(
    row_start: NDArray[np.int64],
    column: NDArray[np.int64],
    cost: NDArray[np.float64],
    alone: float,
    n_columns: int,
    column_of: NDArray[np.int64],
) -> float:
    """Least total cost of pairing rows with columns where a row may stay alone at the cost `alone`.

    Shortest augmenting paths with prices (Jonker and Volgenant 1987) on a sparse table, each row having a
    column of its own that stands for staying alone.

    Args:
        row_start: [n + 1] where each row's candidates begin in `column` and `cost`.
        column: [e] candidate columns.
        cost: [e] their cost, not negative.
        alone: cost of a row without a column, not negative.
        n_columns: number of columns.
        column_of: [n] written: the column of each row, or -1.
    """
    n = len(row_start) - 1
    row_of = np.full(n_columns, -1, np.int64)
    price = np.zeros(n_columns)
    distance = np.zeros(n_columns)
    before = np.zeros(n_columns, np.int64)
    before_cost = np.zeros(n_columns)
    state = np.zeros(n_columns, np.uint8)
    touched = np.zeros(n_columns, np.int64)
    paid = np.full(n, alone)
    for new in range(n):
        column_of[new] = -1
        n_touched = 0
        row, offset = new, 0.0
        alone_row, shortest, end = new, alone, -1
        while True:
            if alone - offset < shortest:
                shortest, alone_row = alone - offset, row
            for e in range(row_start[row], row_start[row + 1]):
                j = column[e]
                if state[j] == 2:
                    continue
                d = cost[e] - price[j] - offset
                if state[j] == 0:
                    state[j] = 1
                    touched[n_touched] = j
                    n_touched += 1
                elif d >= distance[j]:
                    continue
                distance[j], before[j], before_cost[j] = d, row, cost[e]
            nearest, d_nearest = -1, shortest
            for k in range(n_touched):
                j = touched[k]
                if state[j] == 1 and distance[j] < d_nearest:
                    nearest, d_nearest = j, distance[j]
            if nearest < 0:
                break
            state[nearest] = 2
            if row_of[nearest] < 0:
                end, shortest = nearest, d_nearest
                break
            row = row_of[nearest]
            offset = paid[row] - price[nearest] - d_nearest
        for k in range(n_touched):
            j = touched[k]
            if state[j] == 2:
                price[j] += distance[j] - shortest
            state[j] = 0
        if end < 0 and alone_row != new:
            end = column_of[alone_row]
            column_of[alone_row] = -1
            paid[alone_row] = alone
        while end >= 0:
            row = before[end]
            previous = column_of[row]
            column_of[row] = end
            row_of[end] = row
            paid[row] = before_cost[end]
            end = previous if row != new else -1
    return float(np.sum(paid))


@kernel
def pair_snapshots(
    est: NDArray[np.float64],
    est_start: NDArray[np.int64],
    truth: NDArray[np.float64],
    truth_start: NDArray[np.int64],
    alive: NDArray[np.bool_],
    c: float,
    match: NDArray[np.int64],
    square: NDArray[np.float64],
) -> int:
    """Number of pairs of the best assignment in every snapshot; writes them into `match` and `square`.

    Args:
        est: [n, d] estimated positions, snapshot by snapshot.
        est_start: [s + 1] first row of each snapshot in `est`.
        truth: [m, d] true positions, snapshot by snapshot, within each sorted by the first coordinate.
        truth_start: [s + 1] first row of each snapshot in `truth`.
        alive: [m] true rows that exist in this world; the others are passed over.
        c: cut-off distance in the unit of the positions.
        match: [n] written: row of `truth` paired with each estimate, or -1.
        square: [n] written: squared distance of the pair, 0 where there is none.
    """
    dims = est.shape[1]
    c2 = c * c
    pairs = 0
    for s in range(len(est_start) - 1):
        begin, end = est_start[s], est_start[s + 1]
        first, last = truth_start[s], truth_start[s + 1]
        n = end - begin
        row_start = np.zeros(n + 1, np.int64)
        column = np.empty(max(4 * n, 16), np.int64)
        cost = np.empty(max(4 * n, 16), np.float64)
        used = 0
        for i in range(n):
            x = est[begin + i, 0]
            low, high = first, last
            while low < high:
                middle = (low + high) // 2
                if truth[middle, 0] < x - c:
                    low = middle + 1
                else:
                    high = middle
            while low < last and truth[low, 0] < x + c:
                if alive[low]:
                    d2 = 0.0
                    for j in range(dims):
                        gap = truth[low, j] - est[begin + i, j]
                        d2 += gap * gap
                    if d2 < c2:
                        if used == len(column):
                            column = np.append(column, np.empty(used, np.int64))
                            cost = np.append(cost, np.empty(used, np.float64))
                        column[used] = low - first
                        cost[used] = d2
                        used += 1
                low += 1
            row_start[i + 1] = used
        column_of = np.empty(n, np.int64)
        match_sparse(row_start, column, cost, c2, last - first, column_of)
        for i in range(n):
            match[begin + i] = -1
            square[begin + i] = 0.0
            if column_of[i] >= 0:
                match[begin + i] = first + column_of[i]
                pairs += 1
                for e in range(row_start[i], row_start[i + 1]):
                    if column[e] == column_of[i]:
                        square[begin + i] = cost[e]
    return pairs
