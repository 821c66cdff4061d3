"""What the air and the rain take from a radar's signal: one table a radar, asked for every look.

The table holds the two-way loss (dB) at nodes of apparent elevation and slant range. Nodes are even in
asinh(elevation / `ELEVATION_SCALE_RAD`) and in log(1 + range / `RANGE_SCALE_M`): fine in angle near the horizon, fine
in range near the radar. Between nodes the loss is bilinear in these two numbers, so that it rises with range as its
nodes do.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.masking import height_from_slant

ELEVATIONS, RANGES = 124, 126
ELEVATION_SCALE_RAD = math.pi / 180.0
ELEVATION_STEPS, RANGE_STEPS = 15.0, 20.0
"""Nodes a unit of asinh and of log."""
LEVEL_ELEVATION = 45
"""The node of elevation 0; the first is at -10 degrees, the last at the zenith."""
RANGE_SCALE_M = 2_000.0
"""With 126 nodes the last is at 1,034 km: beyond it, the loss is that there."""

AIR_BOTTOM_M, AIR_STEP_M, AIR_LEVELS = -500.0, 250.0, 163
"""Heights at which the specific attenuation of the air is given: to 40 km, above which it counts as none."""


@kernel
def node_elevation_rad(i: int) -> float:
    """Elevation of the table's row i, the zenith at most."""
    x = (i - LEVEL_ELEVATION) / ELEVATION_STEPS
    return min(ELEVATION_SCALE_RAD * math.sinh(x), 0.5 * math.pi)


@kernel
def node_range_m(j: int) -> float:
    """Slant range of the table's column j; 0 for the first."""
    return RANGE_SCALE_M * (math.exp(j / RANGE_STEPS) - 1.0)


@kernel
def loss_db(table_row: NDArray[np.float32], elevation_rad: float, range_m: float) -> float:
    """Two-way loss (dB) to a slant range under an apparent elevation, off a radar's f4[E, R] of `fill_loss`."""
    x = math.asinh(elevation_rad / ELEVATION_SCALE_RAD) * ELEVATION_STEPS + LEVEL_ELEVATION
    y = math.log(1.0 + max(range_m, 0.0) / RANGE_SCALE_M) * RANGE_STEPS
    x = min(max(x, 0.0), ELEVATIONS - 1.0)
    y = min(y, RANGES - 1.0)
    i = min(int(x), ELEVATIONS - 2)
    j = min(int(y), RANGES - 2)
    u = x - i
    v = y - j
    low = table_row[i, j] * (1.0 - v) + table_row[i, j + 1] * v
    high = table_row[i + 1, j] * (1.0 - v) + table_row[i + 1, j + 1] * v
    return float(low * (1.0 - u) + high * u)


@kernel
def air_dbpkm(air: NDArray[np.float64], height_m: float) -> float:
    """One-way specific attenuation (dB/km) of the air at a height: linear in `air`, f8[AIR_LEVELS]."""
    x = max((height_m - AIR_BOTTOM_M) / AIR_STEP_M, 0.0)
    i = int(x)
    if i >= AIR_LEVELS - 1:
        return 0.0
    return float(air[i] + (x - i) * (air[i + 1] - air[i]))


@kernel
def share_below(near_m: float, far_m: float, top_m: float) -> float:
    """Share of a straight piece between two heights that lies below a third."""
    if near_m == far_m:
        return 1.0 if near_m < top_m else 0.0
    low, high = min(near_m, far_m), max(near_m, far_m)
    return min(max((top_m - low) / (high - low), 0.0), 1.0)


@kernel
def fill_loss(
    air: NDArray[np.float64],
    rain_dbpkm: float,
    rain_top_m: float,
    antenna_m: float,
    out: NDArray[np.float32],
) -> None:
    """Fill out[E, R] with the two-way loss (dB) from an antenna along rays over the 4/3 Earth.

    The air at the middle between nodes of range, the rain by the share of each piece that lies below its top.

    Args:
        air: f8[AIR_LEVELS] one-way specific attenuation (dB/km) of the air.
        rain_dbpkm, rain_top_m: one-way specific attenuation of the rain, which falls below the top.
        antenna_m: height of the antenna; all heights are above the ellipsoid.
    """
    for i in range(ELEVATIONS):
        elevation = node_elevation_rad(i)
        total_db = 0.0
        near_m = 0.0
        before_m = antenna_m
        out[i, 0] = 0.0
        for j in range(1, RANGES):
            far_m = node_range_m(j)
            length_m = far_m - near_m
            after_m = height_from_slant(far_m, elevation, antenna_m)
            middle_m = height_from_slant(0.5 * (near_m + far_m), elevation, antenna_m)
            one_way = air_dbpkm(air, middle_m) + rain_dbpkm * share_below(before_m, after_m, rain_top_m)
            total_db += 2.0e-3 * length_m * one_way
            out[i, j] = total_db
            near_m = far_m
            before_m = after_m
