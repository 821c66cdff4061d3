"""The cheapest assignment of rows to columns: shortest augmenting paths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel


@kernel
def assign_rows(cost: NDArray[np.float64], col_of_row: NDArray[np.int32]) -> bool:
    """Write for each row of cost[n, m], n <= m, its column in an assignment of least cost; False if there is none.

    An entry of infinity forbids its pair. Shortest augmenting paths with dual variables (Jonker and Volgenant,
    Computing 38, 1987) in the form of Crouse ("On implementing 2D rectangular assignment algorithms", IEEE Trans.
    AES 52(4), 2016). Where several assignments cost the same the choice depends on the matrix alone.
    """
    n, m = cost.shape
    u = np.zeros(n)
    v = np.zeros(m)
    row_of_col = np.full(m, -1, np.int32)
    path = np.empty(m, np.int32)
    shortest = np.empty(m)
    row_done = np.empty(n, np.bool_)
    col_done = np.empty(m, np.bool_)
    least = np.inf
    for i in range(n):
        col_of_row[i] = -1
        for j in range(m):
            least = min(least, cost[i, j])
    for start in range(n):
        shortest[:] = np.inf
        row_done[:] = False
        col_done[:] = False
        i = start
        length = 0.0
        sink = -1
        while sink < 0:
            row_done[i] = True
            index = -1
            lowest = np.inf
            for j in range(m):
                if col_done[j]:
                    continue
                if cost[i, j] < np.inf:
                    reduced = length + (cost[i, j] - least) - u[i] - v[j]
                    if reduced < shortest[j]:
                        shortest[j] = reduced
                        path[j] = i
                if shortest[j] < lowest or (shortest[j] == lowest and index >= 0 and row_of_col[j] < 0):
                    lowest = shortest[j]
                    index = j
            if index < 0:
                return False
            length = lowest
            col_done[index] = True
            if row_of_col[index] < 0:
                sink = index
            else:
                i = row_of_col[index]
        u[start] += length
        for k in range(n):
            if row_done[k] and k != start:
                u[k] += length - shortest[col_of_row[k]]
        for j in range(m):
            if col_done[j]:
                v[j] -= length - shortest[j]
        j = sink
        i = -1
        while i != start:
            i = path[j]
            row_of_col[j] = i
            previous = col_of_row[i]
            col_of_row[i] = j
            j = previous
    return True
