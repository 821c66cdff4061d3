"""Heights between the nodes of a terrain grid."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel


@kernel
def height_within(heights_m: NDArray[np.int16], y: float, x: float) -> float:
    """Bilinear height (m) at a fractional row y in [0, rows - 1) and column x in [0, columns - 1), unchecked."""
    i = np.uint64(y)  # unsigned: no index can be negative, and none is tested for it
    j = np.uint64(x)
    v = y - float(i)
    u = x - float(j)
    one = np.uint64(1)
    south = heights_m[i, j] * (1.0 - u) + heights_m[i, j + one] * u
    north = heights_m[i + one, j] * (1.0 - u) + heights_m[i + one, j + one] * u
    return float(south * (1.0 - v) + north * v)


@kernel
def height_at(heights_m: NDArray[np.int16], y: float, x: float) -> float:
    """Bilinear height (m) at a fractional row y and column x; NaN outside the grid."""
    rows, cols = heights_m.shape
    if not (0.0 <= y <= rows - 1 and 0.0 <= x <= cols - 1):
        return math.nan
    i = min(int(y), rows - 2)
    j = min(int(x), cols - 2)
    v = y - i
    u = x - j
    south = heights_m[i, j] * (1.0 - u) + heights_m[i, j + 1] * u
    north = heights_m[i + 1, j] * (1.0 - u) + heights_m[i + 1, j + 1] * u
    return float(south * (1.0 - v) + north * v)


@kernel
def height_m(
    heights_m: NDArray[np.int16], lat0: float, lon0: float, step: float, lat: float, lon: float
) -> float:
    """Bilinear terrain height (m) at a point; NaN outside the grid.

    Args:
        heights_m: i2[rows, cols] at the nodes, row 0 the southernmost, column 0 the westernmost.
        lat0, lon0, step: the first node and the spacing, in the unit of `lat` and `lon`.
        lat, lon: the point.
    """
    return height_at(heights_m, (lat - lat0) / step, (lon - lon0) / step)


@kernel
def height_rows(
    heights_m: NDArray[np.int16],
    lat0: float,
    lon0: float,
    step: float,
    points: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Fill out[n] with the heights (m) at points[n, 2] (lat, lon); NaN outside the grid."""
    for k in range(points.shape[0]):
        out[k] = height_m(heights_m, lat0, lon0, step, points[k, 0], points[k, 1])
