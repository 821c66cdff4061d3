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
from skypact.kernels.terrain import height_at, height_within
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
_PIECE_M = 64_000.0
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
def _ground_row(
    heights_m: NDArray[np.int16],
    grid_deg: Grid,
    site: Site,
    bearing_rad: float,
    dr_m: float,
    out: NDArray[np.float64],
) -> int:
    """Fill out[n_range] with the ground (m) at 0, dr_m, 2 dr_m ... of a great circle; how many lie off the grid.

    Each piece of `_PIECE_M` is a parabola in rows and columns of the grid through its exact ends and middle. Off the
    grid the height is NaN.
    """
    n_range = out.shape[0]
    rows, cols = heights_m.shape
    lat0, lon0, step = grid_deg
    lat_site, lon_site, _ = site
    length = max(1, int(_PIECE_M / dr_m))
    outside = 0
    y0 = (lat_site * _DEG - lat0) / step
    x0 = (lon_site * _DEG - lon0) / step
    for first in range(0, n_range, length):
        y1, x1 = _node_at(site, grid_deg, bearing_rad, (first + 0.5 * length) * dr_m)
        y2, x2 = _node_at(site, grid_deg, bearing_rad, (first + length) * dr_m)
        y_slope = (4.0 * y1 - 3.0 * y0 - y2) / length
        x_slope = (4.0 * x1 - 3.0 * x0 - x2) / length
        y_bend = 2.0 * (y0 - 2.0 * y1 + y2) / (length * length)
        x_bend = 2.0 * (x0 - 2.0 * x1 + x2) / (length * length)
        last = min(first + length, n_range)
        # The parabola leaves the box of its three points by less than it bends from its chord.
        room = abs(y0 - 2.0 * y1 + y2) + abs(x0 - 2.0 * x1 + x2)
        if (
            min(y0, y1, y2) - room >= 0.0
            and max(y0, y1, y2) + room < rows - 1
            and min(x0, x1, x2) - room >= 0.0
            and max(x0, x1, x2) + room < cols - 1
        ):
            for i in range(first, last):
                t = float(i - first)
                out[i] = height_within(
                    heights_m, y0 + t * (y_slope + t * y_bend), x0 + t * (x_slope + t * x_bend)
                )
        else:
            for i in range(first, last):
                t = float(i - first)
                out[i] = height_at(
                    heights_m, y0 + t * (y_slope + t * y_bend), x0 + t * (x_slope + t * x_bend)
                )
                outside += math.isnan(out[i])
        y0, x0 = y2, x2
    return outside


@kernel
def _node_at(site: Site, grid_deg: Grid, bearing_rad: float, distance_m: float) -> tuple[float, float]:
    """Fractional row and column of the grid at a distance (m) from the site, the short way round the Earth."""
    lat, lon = destination(site[0], site[1], bearing_rad, distance_m)
    turn = (lon - site[1]) / _TWO_PI
    turn -= math.floor(turn + 0.5)
    lat0, lon0, step = grid_deg
    return (lat * _DEG - lat0) / step, (site[1] * _DEG + 360.0 * turn - lon0) / step


@kernel
def _roughen(row: NDArray[np.float64], j: int, dr_m: float, relief_m: float, key: ReliefKey) -> None:
    """Add the relief of azimuth j to the land of its row of ground; one draw makes two normals."""
    pair = -1
    relief = (0.0, 0.0)
    for i in range(int(RELIEF_FROM_M / dr_m) + 1, row.shape[0]):
        if math.isnan(row[i]) or row[i] == 0.0 or row[i] == _CASPIAN_M:
            continue
        if i // 2 != pair:
            pair = i // 2
            relief = normal_pair(key[0], key[1], RELIEF, key[2], np.uint32(j), np.uint32(pair))
        row[i] += relief_m * relief[i % 2]


@kernel
def _rising_tan(
    row: NDArray[np.float64],
    per_m: NDArray[np.float64],
    step_m: float,
    parts: int,
    height_antenna_m: float,
    out: NDArray[np.float32],
) -> None:
    """Fill out[n_range] with the greatest apparent tangent of a row of ground (m), straight between its samples.

    Samples are step_m apart, columns `parts` of them; `per_m` is 1 over each sample's distance. Within a piece the
    tangent is slope - below / d - d / 2k, greatest where d squared is 2k below: where it lies, the summit of the round
    Earth is taken exactly.
    """
    best = -math.inf
    out[0] = best
    before = row[0]
    per_step = 1.0 / step_m
    i = 0
    for column in range(1, out.shape[0]):
        for _ in range(parts):
            i += 1
            height = row[i]
            d1_m = i * step_m
            best = max(best, (height - height_antenna_m) * per_m[i] - d1_m / _TWO_K_M)
            slope = (height - before) * per_step
            summit2 = _TWO_K_M * (height_antenna_m - height + slope * d1_m)
            if (d1_m - step_m) * (d1_m - step_m) < summit2 < d1_m * d1_m:
                best = max(best, slope - 2.0 * math.sqrt(summit2) / _TWO_K_M)
            before = height
        out[column] = best


@kernel
def sweep(
    heights_m: NDArray[np.int16],
    grid_deg: Grid,
    site: Site,
    dr_m: float,
    parts: int,
    relief_m: float,
    key: ReliefKey,
    out: NDArray[np.float32],
) -> int:
    """Fill out[n_az, n_range] with the greatest apparent tangent of the ground no further than column x dr_m.

    The ground is straight between samples dr_m / parts apart, and the summit of the round Earth within such a piece is
    found exactly, so that flat terrain gives the analytic horizon. What rises between samples is missed, which only
    ever shows too much. Positions are great-circle points, at most half a metre off up to 60 degrees of latitude.

    Args:
        heights_m: i2[rows, cols], row 0 the southernmost.
        grid_deg: latitude and longitude of its first node, and its step.
        site: the antenna's latitude, longitude (rad) and height above the ellipsoid (m).
        dr_m: spacing of columns.
        parts: samples of the ground a column, at least 1.
        relief_m: standard deviation of relief finer than the grid, added to land beyond `RELIEF_FROM_M`; 0 for none.
            Land is where the height is neither 0 nor the Caspian's -28.
        key: what the relief is keyed by, beside azimuth and number of the sample: the run's two words and the sensor.
        out: f4[n_az, n_range]; row j is bearing 2 pi j / n_az, column 0 is minus infinity (nothing is nearer).

    Returns:
        The number of samples outside the terrain; the sea's smooth surface (height 0) was taken there.
    """
    n_az, n_range = out.shape
    samples = (n_range - 1) * parts + 1
    step_m = dr_m / parts
    row = np.empty(samples)
    per_m = np.empty(samples)
    for i in range(1, samples):
        per_m[i] = 1.0 / (i * step_m)
    outside = 0
    for j in range(n_az):
        off = _ground_row(heights_m, grid_deg, site, _TWO_PI * j / n_az, step_m, row)
        if relief_m > 0.0:
            _roughen(row, j, step_m, relief_m, key)
        if off > 0:
            outside += off
            for i in range(samples):
                if math.isnan(row[i]):
                    row[i] = 0.0
        _rising_tan(row, per_m, step_m, parts, site[2], out[j])
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


@kernel
def apparent_rows(
    targets: NDArray[np.float64], seen_tan: NDArray[np.float64], out: NDArray[np.float64]
) -> None:
    """Fill out[n, 2]: the apparent tangent of each target, and the height (m) that its range has at a seen tangent.

    Args:
        targets: f8[n, 3] ground range, height above the ellipsoid and antenna height (m).
        seen_tan: f8[n].
    """
    for i in range(targets.shape[0]):
        out[i, 0] = apparent_tan(targets[i, 0], targets[i, 1], targets[i, 2])
        out[i, 1] = lowest_visible_m(seen_tan[i], targets[i, 0], targets[i, 2])
