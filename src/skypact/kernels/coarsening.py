"""Positions made coarse: moved to the middle of the cell of a grid of latitude and longitude that they lie in."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.frame import ecef_from_geodetic, geodetic_from_ecef, rot_enu_from_ecef
from skypact.kernels.jit import kernel
from skypact.kernels.wgs84 import MEAN_RADIUS_M


@kernel
def middle_of_cell(lat_rad: float, lon_rad: float, side_m: float) -> tuple[float, float]:
    """Latitude and longitude (rad) of the middle of the cell, about `side_m` wide, that holds a point.

    Rows of cells are as high as `side_m` on a sphere of the mean radius; each row has cells of that width at its
    middle. On the ellipsoid a side is longer or shorter by up to 0.7 %.
    """
    step = side_m / MEAN_RADIUS_M
    lat = (math.floor(lat_rad / step) + 0.5) * step
    lat = min(max(lat, -0.5 * math.pi), 0.5 * math.pi)
    across = step / max(math.cos(lat), 1e-6)
    return lat, (math.floor(lon_rad / across) + 0.5) * across


@kernel
def coarsen_states(mean: NDArray[np.float64], cov: NDArray[np.float64], side_m: NDArray[np.float64]) -> None:
    """Coarsen the positions of states in ECEF, in place; their height is kept, their velocity too.

    The error of a place taken for the middle of its cell is uniform over the cell: its variance, side^2 / 12 to the
    east and to the north, is added to the covariance.

    Args:
        mean: [n, 6] ECEF m, m/s.
        cov: [n, 6, 6].
        side_m: [n] side of the cells, 0 where the position stays as it is.
    """
    for i in range(len(mean)):
        if side_m[i] <= 0.0:
            continue
        lat, lon, height_m = geodetic_from_ecef(mean[i, 0], mean[i, 1], mean[i, 2])
        lat, lon = middle_of_cell(lat, lon, side_m[i])
        mean[i, 0], mean[i, 1], mean[i, 2] = ecef_from_geodetic(lat, lon, height_m)
        rot = rot_enu_from_ecef(lat, lon)
        variance = side_m[i] * side_m[i] / 12.0
        for a in range(3):
            for b in range(3):
                cov[i, a, b] += variance * (rot[a] * rot[b] + rot[3 + a] * rot[3 + b])


@kernel
def coarsen_points(
    lat_rad: NDArray[np.float64],
    lon_rad: NDArray[np.float64],
    cov_en: NDArray[np.float64],
    side_m: NDArray[np.float64],
) -> None:
    """Coarsen points on the ground in place, with their covariance east and north [n, 2, 2], as `coarsen_states`."""
    for i in range(len(lat_rad)):
        if side_m[i] > 0.0:
            lat_rad[i], lon_rad[i] = middle_of_cell(lat_rad[i], lon_rad[i], side_m[i])
            cov_en[i, 0, 0] += side_m[i] * side_m[i] / 12.0
            cov_en[i, 1, 1] += side_m[i] * side_m[i] / 12.0
