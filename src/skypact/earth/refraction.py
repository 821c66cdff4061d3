"""Radio rays in the exponential atmosphere, and how far the 4/3 Earth of the program is from them.

The program bends rays by the 4/3 Earth (`earth.masking`, `kernels.masking.apparent_tan`). These functions integrate
the ray itself through the reference atmosphere of ITU-R P.453 and say what that simplification costs: little for low
targets within 200 km, a tenth of a degree and more above 10 km of height, where the air bends rays less than the
4/3 Earth does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skypact.kernels import refraction as kernel
from skypact.kernels.masking import apparent_rows

Floats = NDArray[np.float64]


def ray_height_m(ground_range_m: ArrayLike, elevation_rad: ArrayLike, height_antenna_m: ArrayLike) -> Floats:
    """Heights (m) of rays in the exponential atmosphere.

    Args:
        ground_range_m: where, on a sphere of 6,371 km; 0 or more.
        elevation_rad: at which each leaves its antenna, below 85 degrees.
        height_antenna_m: of the antennas.
    """
    rays, shape = _rows(ground_range_m, elevation_rad, height_antenna_m)
    out = np.empty((len(rays), 2))
    kernel.ray_end_rows(rays, out)
    return out[:, 0].reshape(shape)


def apparent_elevation_rad(
    ground_range_m: ArrayLike, height_target_m: ArrayLike, height_antenna_m: ArrayLike
) -> Floats:
    """Elevations (rad) at which targets appear in the exponential atmosphere; NaN where no ray is found.

    Whether ground stands between is not asked.
    """
    targets, shape = _rows(ground_range_m, height_target_m, height_antenna_m)
    out = np.empty(len(targets))
    kernel.apparent_elevation_rows(targets, out)
    return out.reshape(shape)


def effective_earth_error(
    ground_range_m: ArrayLike, height_target_m: ArrayLike, height_antenna_m: ArrayLike
) -> tuple[Floats, Floats]:
    """What the 4/3 Earth gets wrong: apparent elevation (rad) and height (m), each less the ray's.

    The height is the one that the 4/3 Earth gives to a plot at the elevation at which the target really appears.
    """
    targets, shape = _rows(ground_range_m, height_target_m, height_antenna_m)
    true_rad = np.empty(len(targets))
    kernel.apparent_elevation_rows(targets, true_rad)
    told = np.empty((len(targets), 2))
    apparent_rows(targets, np.tan(true_rad), told)
    return (np.arctan(told[:, 0]) - true_rad).reshape(shape), (told[:, 1] - targets[:, 1]).reshape(shape)


def _rows(*values: ArrayLike) -> tuple[Floats, tuple[int, ...]]:
    """The broadcast arguments as contiguous columns [n, k], and their common shape."""
    arrays = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
    return np.ascontiguousarray(np.stack([a.ravel() for a in arrays], axis=1)), arrays[0].shape
