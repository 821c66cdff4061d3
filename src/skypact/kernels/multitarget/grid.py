"""Cells over the places of a scan's detections, so that a track looks only at what lies near.

Cells are squares in the two coordinates in which the places spread most, whatever the frame; a cell is found by a hash
of its two numbers, so that an outlier far away costs nothing (Teschner et al., "Optimized spatial hashing", VMV 2003).
A search is of a box, and exact: what lies in the box is found, each once, in rising order.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.inline import hold, inlined

FARTHEST_CELL = float(2**29)
"""Cells are numbered up to this; what lies farther counts to the last one."""
PRIME_ACROSS, PRIME_ALONG = 73_856_093, 19_349_663


class Grid(NamedTuple):
    """The cells of a scan."""

    axes: NDArray[np.int64]
    """[2] which coordinates of a place the cells divide"""
    edge: NDArray[np.float64]
    """[1] of a cell, m"""
    start: NDArray[np.int64]
    """[B + 1] where each hash value's detections begin in the lists below; B a power of two"""
    cell: NDArray[np.int64]
    """[k, 2] cell of each detection listed"""
    spot: NDArray[np.float64]
    """[k, 2] its coordinates, m"""
    row: NDArray[np.int64]
    """[k] its row in the scan"""
    other: NDArray[np.int64]
    """[n - k] rows without a place, which lie near everything"""


@inlined
def cell_number(coordinate: float, edge: float) -> int:
    """The number of the cell, along one axis, in which a coordinate lies; monotonic, never negative."""
    return int(min(max(np.floor(coordinate / edge), -FARTHEST_CELL), FARTHEST_CELL) + FARTHEST_CELL)


@inlined
def bucket(column: int, row: int, buckets: int) -> int:
    """The hash value of a cell, in [0, buckets); buckets is a power of two."""
    return ((column * PRIME_ACROSS) ^ (row * PRIME_ALONG)) & (buckets - 1)


@kernel
def build_grid(place: NDArray[np.float64], edge: float) -> Grid:
    """The grid of places [n, d]; rows that are not finite have no place.

    Args:
        place: metres, any frame.
        edge: of a cell, m; about twice the usual search distance makes a search short.
    """
    n, d = place.shape
    good = 0
    spread = np.zeros(d)
    first = -1
    for i in range(n):
        if _has_place(place[i]):
            good += 1
            first = i if first < 0 else first
            for a in range(d):
                spread[a] += abs(place[i, a] - place[first, a])
    axes = np.zeros(2, np.int64)
    axes[1] = 1
    if d == 3:
        if spread[0] < spread[1] and spread[0] < spread[2]:
            axes[0], axes[1] = 1, 2
        elif spread[1] < spread[2]:
            axes[1] = 2
    if not (edge > 0.0 and edge < np.inf):
        edge = 1.0
    buckets = 1
    while buckets < 2 * good:
        buckets *= 2
    hashed = np.empty(n, np.int64)
    start = np.zeros(buckets + 1, np.int64)
    other = np.empty(n - good, np.int64)
    k = 0
    for i in range(n):
        if _has_place(place[i]):
            column, row = cell_number(place[i, axes[0]], edge), cell_number(place[i, axes[1]], edge)
            hashed[i] = bucket(column, row, buckets)
            start[hashed[i] + 1] += 1
        else:
            other[k] = i
            k += 1
    for b in range(buckets):
        start[b + 1] += start[b]
    cell = np.empty((good, 2), np.int64)
    spot = np.empty((good, 2))
    index = np.empty(good, np.int64)
    free = start.copy()
    for i in range(n):
        if _has_place(place[i]):
            k = free[hashed[i]]
            free[hashed[i]] = k + 1
            index[k] = i
            for a in range(2):
                spot[k, a] = place[i, axes[a]]
                cell[k, a] = cell_number(spot[k, a], edge)
    return Grid(axes, np.array([edge]), start, cell, spot, index, other)


@inlined
def _has_place(place: NDArray[np.float64]) -> bool:
    for a in range(place.size):
        if not math.isfinite(place[a]):
            return False
    return True


@inlined
def sort_few(values: NDArray[np.int64], count: int) -> None:
    """Sort the first `count` values in place, by Shell's method (Knuth 1973, section 5.2.1): few, one by insertion."""
    gap = 1
    while 9 * gap < count:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, count):
            value = values[i]
            j = i - gap
            while j >= 0 and values[j] > value:
                values[j + gap] = values[j]
                j -= gap
            values[j + gap] = value
        gap //= 3
    hold((values,))


@inlined
def search_grid(
    grid: Grid, low: NDArray[np.float64], high: NDArray[np.float64], i: int, found: NDArray[np.int64]
) -> int:
    """Write the rows that lie in box i, and those without a place, in rising order into `found` [n]; their number.

    Args:
        grid: the cells.
        low, high: [T, d] corners of boxes, in the frame of the places; only the grid's two axes count. A corner that
            is not a number leaves its side open.
        i: which box.
        found: as long as the scan.
    """
    start, cell, spot, listed_row, other = grid.start, grid.cell, grid.spot, grid.row, grid.other
    across, along = grid.axes[0], grid.axes[1]
    edge = grid.edge[0]
    x0 = low[i, across] if not math.isnan(low[i, across]) else -np.inf
    x1 = high[i, across] if not math.isnan(high[i, across]) else np.inf
    y0 = low[i, along] if not math.isnan(low[i, along]) else -np.inf
    y1 = high[i, along] if not math.isnan(high[i, along]) else np.inf
    count = 0
    for k in range(other.size):
        found[count] = other[k]
        count += 1
    column0, column1 = cell_number(x0, edge), cell_number(x1, edge)
    row0, row1 = cell_number(y0, edge), cell_number(y1, edge)
    empty = column1 < column0 or row1 < row0
    if not empty and (column1 - column0 + 1) * (row1 - row0 + 1) > listed_row.size:
        for k in range(listed_row.size):
            x, y = spot[k, 0], spot[k, 1]
            if x >= x0 and x <= x1 and y >= y0 and y <= y1:
                found[count] = listed_row[k]
                count += 1
    elif not empty:
        for column in range(column0, column1 + 1):
            for row in range(row0, row1 + 1):
                b = bucket(column, row, start.size - 1)
                for k in range(start[b], start[b + 1]):
                    if cell[k, 0] != column or cell[k, 1] != row:
                        continue
                    x, y = spot[k, 0], spot[k, 1]
                    if x >= x0 and x <= x1 and y >= y0 and y <= y1:
                        found[count] = listed_row[k]
                        count += 1
    sort_few(found, count)
    hold((start, cell, spot, listed_row, other, low, high, found))
    return count
