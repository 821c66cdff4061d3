"""What the ground hides from a radar: one sweep along each azimuth, then a look-up a target.

Rays in a standard atmosphere run straight above an Earth of 4/3 its radius k (`EFFECTIVE_RADIUS_M`). A point of
height h at ground range d is seen from an antenna of height a under the apparent tangent of elevation
(h - a) / d - d / (2 k), the parabolic form of the smooth-Earth equations (Skolnik, "Radar Handbook", 3rd ed.,
2008, section 26.4; exact for this purpose below 1 degree of elevation, where masks lie). A target is visible
where its tangent is at least the greatest tangent of the ground nearer than it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.frame import destination
from skypact.kernels.jit import kernel
from skypact.kernels.random import RELIEF, normal_pair
from skypact.kernels.terrain import height_at
from skypact.kernels.wgs84 import EFFECTIVE_RADIUS_M

Grid = tuple[float, float, float]
"""Latitude and longitude of a terrain's first node and its step, degrees."""
Site = tuple[float, float, float]
"""Latitude, longitude (rad) and height above the ellipsoid (m)."""
ReliefKey = tuple[np.uint32, np.uint32, np.uint32]
"""The run's two words and the sensor's number."""

RELIEF_FROM_M = 2000.0
"""No sub-grid relief nearer than this: a radar is sited so that its own surroundings do not blind it."""
_CASPIAN_M = -28.0
_KNOT_M = 8000.0
_DEG = 180.0 / math.pi
_TWO_PI = 2.0 * math.pi
_TWO_K_M = 2.0 * EFFECTIVE_RADIUS_M


@kernel
def apparent_tan(ground_range_m: float, height_target_m: float, height_antenna_m: float) -> float:
    """Tangent of the elevation at which a target appears above the 4/3 Earth (heights above the ellipsoid, m)."""
    distance_m = max(ground_range_m, 1.0)
    return (height_target_m - height_antenna_m) / distance_m - distance_m / _TWO_K_M


@kernel
def lowest_visible_m(mask_tan: float, ground_range_m: float, height_antenna_m: float) -> float:
    """Height (m) at a ground range (m) that appears exactly at a tangent: `apparent_tan` turned round."""
    distance_m = max(ground_range_m, 1.0)
    return height_antenna_m + distance_m * (mask_tan + distance_m / _TWO_K_M)


@kernel
def horizon_m(height_antenna_m: float, height_target_m: float) -> float:
    """Ground range (m) at which a target over smooth ground of height 0 rises into view (heights of 0 or more)."""
    return math.sqrt(_TWO_K_M * height_antenna_m) + math.sqrt(_TWO_K_M * height_target_m)


@kernel
def height_from_slant(slant_range_m: float, elevation_rad: float, height_antenna_m: float) -> float:
    """Height (m) of a point at a slant range (m) and an apparent elevation (rad): exact on the 4/3 Earth."""
    antenna_m = EFFECTIVE_RADIUS_M + height_antenna_m
    squared = slant_range_m * (slant_range_m + 2.0 * antenna_m * math.sin(elevation_rad))
    return height_antenna_m + squared / (math.sqrt(antenna_m * antenna_m + squared) + antenna_m)


@kernel
def slant_from_height(height_target_m: float, elevation_rad: float, height_antenna_m: float) -> float:
    """Slant range (m) at which a ray of an elevation (rad, 0 or more) reaches a height (m) above the antenna's."""
    antenna_m = EFFECTIVE_RADIUS_M + height_antenna_m
    rise_m = height_target_m - height_antenna_m
    up_m = antenna_m * math.sin(elevation_rad)
    squared = rise_m * (2.0 * antenna_m + rise_m)
    return squared / (math.sqrt(up_m * up_m + squared) + up_m)


@kernel
def visible(
    mask_tan: NDArray[np.float32],
    dr_m: float,
    ground_range_m: float,
    bearing_rad: float,
    tan_elev_target: float,
) -> bool:
    """Whether no nearer ground stands above a target.

    Args:
        mask_tan: f4[n_az, n_range] from `sweep`; the row nearest in bearing is used, and the column of the last
            sample not beyond the target. Beyond the table its last column holds.
        dr_m: spacing of its columns.
        ground_range_m, bearing_rad: where the target is.
        tan_elev_target: its `apparent_tan`.
    """
    n_az, n_range = mask_tan.shape
    row = int(math.floor(bearing_rad / _TWO_PI * n_az + 0.5)) % n_az
    column = min(int(ground_range_m / dr_m), n_range - 1)
    return bool(tan_elev_target >= mask_tan[row, column])


@kernel
def _piece_tan(
    d0_m: float, d1_m: float, height0_m: float, height1_m: float, height_antenna_m: float
) -> float:
    """Greatest apparent tangent on a straight piece of ground, its near end excluded."""
    best = (height1_m - height_antenna_m) / d1_m - d1_m / _TWO_K_M
    slope = (height1_m - height0_m) / (d1_m - d0_m)
    # Inside the piece the tangent is slope - below / d - d / 2k, greatest where d squared is 2k below.
    below = height_antenna_m - (height0_m - slope * d0_m)
    if below > 0.0 and d0_m * d0_m < _TWO_K_M * below < d1_m * d1_m:
        best = max(best, slope - 2.0 * math.sqrt(below / _TWO_K_M))
    return best


@kernel
def sweep(
    heights_m: NDArray[np.int16],
    grid_deg: Grid,
    site: Site,
    dr_m: float,
    relief_m: float,
    key: ReliefKey,
    out: NDArray[np.float32],
) -> int:
    """Fill out[n_az, n_range] with the greatest apparent tangent of the ground no further than column x dr_m.

    The ground is straight between samples dr_m apart, and the summit of the round Earth within such a piece is found
    exactly, so that flat terrain gives the analytic horizon. Positions are exact great-circle points every 8 km and
    linear in between (under 2 m off).

    Args:
        heights_m: i2[rows, cols], row 0 the southernmost.
        grid_deg: latitude and longitude of its first node, and its step.
        site: the antenna's latitude, longitude (rad) and height above the ellipsoid (m).
        dr_m: spacing of samples and of columns.
        relief_m: standard deviation of relief finer than the grid, added to land beyond `RELIEF_FROM_M`; 0 for none.
            Land is where the height is neither 0 nor the Caspian's -28.
        key: what the relief is keyed by, beside azimuth and range index: the run's two words and the sensor.
        out: f4[n_az, n_range]; row j is bearing 2 pi j / n_az, column 0 is minus infinity (nothing is nearer).

    Returns:
        The number of samples outside the terrain; the sea's smooth surface (height 0) was taken there.
    """
    n_az, n_range = out.shape
    lat0, lon0, step = grid_deg
    lat_site, lon_site, height_antenna_m = site
    knots = max(1, int(_KNOT_M / dr_m))
    outside = 0
    for j in range(n_az):
        y = (lat_site * _DEG - lat0) / step
        x = (lon_site * _DEG - lon0) / step
        dy = 0.0
        dx = 0.0
        best = -math.inf
        before = 0.0
        pair = -1
        relief = (0.0, 0.0)
        for i in range(n_range):
            if i % knots == 0:
                lat, lon = destination(lat_site, lon_site, _TWO_PI * j / n_az, (i + knots) * dr_m)
                dy = ((lat * _DEG - lat0) / step - y) / knots
                dx = ((lon * _DEG - lon0) / step - x) / knots
            height = height_at(heights_m, y, x)
            if math.isnan(height):
                outside += 1
                height = 0.0
            elif relief_m > 0.0 and i * dr_m > RELIEF_FROM_M and height not in (0.0, _CASPIAN_M):
                if i // 2 != pair:  # one draw makes two normals, so it serves two neighbouring samples
                    pair = i // 2
                    relief = normal_pair(key[0], key[1], RELIEF, key[2], np.uint32(j), np.uint32(pair))
                height += relief_m * relief[i % 2]
            if i > 0:
                best = max(best, _piece_tan((i - 1) * dr_m, i * dr_m, before, height, height_antenna_m))
            out[j, i] = best
            before = height
            y += dy
            x += dx
    return outside


@kernel
def lowest_visible_table(
    mask_tan: NDArray[np.float32], dr_m: float, height_antenna_m: float, out: NDArray[np.float32]
) -> None:
    """Fill out[n_az, n_range] with the lowest visible height (m) at each column's range; -inf in column 0."""
    n_az, n_range = mask_tan.shape
    for j in range(n_az):
        for i in range(n_range):
            out[j, i] = lowest_visible_m(float(mask_tan[j, i]), i * dr_m, height_antenna_m)


@kernel
def visible_rows(
    mask_tan: NDArray[np.float32],
    dr_m: float,
    height_antenna_m: float,
    targets: NDArray[np.float64],
    out: NDArray[np.bool_],
) -> None:
    """Fill out[n] for targets[n, 3] (ground range m, bearing rad, height above the ellipsoid m)."""
    for i in range(targets.shape[0]):
        tan = apparent_tan(targets[i, 0], targets[i, 2], height_antenna_m)
        out[i] = visible(mask_tan, dr_m, targets[i, 0], targets[i, 1], tan)
