"""What the ground hides from one sensor: a table made once, asked for every target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skypact.earth.terrain import Terrain
from skypact.errors import UsageError
from skypact.kernels import masking as kernel


@dataclass(frozen=True, eq=False)
class Mask:
    """Terrain masking of one antenna under the 4/3 Earth.

    Attributes:
        tan: f4[n_az, n_range], the greatest apparent tangent of elevation of the ground at or within column x dr_m;
            row j is bearing 2 pi j / n_az, clockwise from north. Column 0 is minus infinity.
        dr_m: spacing of the columns, m of ground range.
        lat_rad, lon_rad, height_antenna_m: the antenna, height above the ellipsoid.
        relief_m: standard deviation of the sub-grid relief that was added, m.
        coarse: whether the terrain is too coarse to decide what a low flyer's radar sees.
        outside_share: share of the samples that lay outside the terrain, where a smooth sea was taken.
    """

    tan: NDArray[np.float32]
    dr_m: float
    lat_rad: float
    lon_rad: float
    height_antenna_m: float
    relief_m: float
    coarse: bool
    outside_share: float


def terrain_mask(
    terrain: Terrain,
    lat_rad: float,
    lon_rad: float,
    antenna_above_ground_m: float,
    *,
    max_range_m: float = 500_000.0,
    n_az: int = 360,
    dr_m: float = 2000.0,
    parts: int = 1,
    relief_m: float = 0.0,
    key: tuple[int, int, int] = (0, 0, 0),
) -> Mask:
    """The mask of an antenna on (or above) a terrain.

    Ground range and bearing are those of great circles on the mean sphere (`earth.frame.distance_bearing`), within
    0.56% and 0.2 degrees of the ellipsoid's.

    Args:
        terrain: the ground; it must cover the site.
        lat_rad, lon_rad: the site.
        antenna_above_ground_m: antenna height above the terrain there, m.
        max_range_m: ground range of the last column.
        n_az, dr_m: azimuths, and spacing of the columns along each.
        parts: samples of the ground a column. Too few miss summits between them, and then too much is seen: rough
            ground wants some four samples a step of its grid.
        relief_m: standard deviation of relief finer than the grid (0 for none), a number drawn once a run.
        key: what the relief is keyed by (two 32-bit words of the run's key and the sensor's number). It is also
            keyed by azimuth and number of the sample, so other `n_az`, `dr_m` and `parts` are other grounds.

    Raises:
        UsageError: the terrain does not cover the site, or a size is not positive.
    """
    if not (max_range_m >= dr_m > 0.0 and n_az >= 1 and parts >= 1 and relief_m >= 0.0):
        raise UsageError(
            "terrain mask",
            f"range {max_range_m} m in steps of {dr_m} m of {parts} parts, {n_az} azimuths, relief {relief_m} m",
            "Give positive sizes, a range of at least one step, and a relief of 0 or more.",
        )
    height_antenna_m = float(terrain.height_m(lat_rad, lon_rad)) + antenna_above_ground_m
    tan = np.empty((n_az, int(np.ceil(max_range_m / dr_m)) + 1), dtype=np.float32)
    outside = kernel.sweep(
        terrain.heights_m,
        (terrain.lat0_deg, terrain.lon0_deg, terrain.step_deg),
        (lat_rad, lon_rad, height_antenna_m),
        dr_m,
        parts,
        relief_m,
        (np.uint32(key[0]), np.uint32(key[1]), np.uint32(key[2])),
        tan,
    )
    outside_share = outside / (n_az * ((tan.shape[1] - 1) * parts + 1))
    return Mask(tan, dr_m, lat_rad, lon_rad, height_antenna_m, relief_m, terrain.coarse, outside_share)


def min_visible_height_m(mask: Mask) -> NDArray[np.float32]:
    """Lowest visible height f4[n_az, n_range] (m above the ellipsoid) at each column's range.

    Column 0 is minus infinity: nothing stands between. A height below the ground there is not cut off.
    """
    out = np.empty_like(mask.tan)
    kernel.lowest_visible_table(mask.tan, mask.dr_m, mask.height_antenna_m, out)
    return out


def is_visible(
    mask: Mask, ground_range_m: ArrayLike, bearing_rad: ArrayLike, height_m: ArrayLike
) -> NDArray[np.bool_]:
    """Which targets no nearer ground hides.

    Args:
        mask: of the sensor.
        ground_range_m, bearing_rad: from the sensor, as `earth.frame.distance_bearing` gives them.
        height_m: above the ellipsoid.
    """
    arrays = np.broadcast_arrays(
        *(np.asarray(a, np.float64) for a in (ground_range_m, bearing_rad, height_m))
    )
    targets = np.ascontiguousarray(np.stack([a.ravel() for a in arrays], axis=1))
    out = np.empty(len(targets), dtype=np.bool_)
    kernel.visible_rows(mask.tan, mask.dr_m, mask.height_antenna_m, targets, out)
    return out.reshape(arrays[0].shape)
