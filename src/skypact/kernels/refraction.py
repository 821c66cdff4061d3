"""Rays in the exponential atmosphere: what the 4/3 Earth of kernels.masking stands for, step by step.

The air's refractivity falls exponentially with height (ITU-R P.453-14, 2019, section 3, after Bean and Thayer, "CRPL
Exponential Reference Atmosphere", NBS Monograph 4, 1959). A ray in spherical layers keeps n r cos(elevation): its
height z and its elevation e above the local horizontal change with the ground range x (on the sphere of radius R) as
dz/dx = (1 + z/R) tan e and de/dx = 1/R + (1 + z/R) n'/n. Integrated by the Runge-Kutta method of order four.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.wgs84 import EFFECTIVE_RADIUS_M

RADIUS_M = 0.75 * EFFECTIVE_RADIUS_M
"""Radius of the sphere on which rays bend: the 6,371 km whose 4/3 is the effective radius."""
REFRACTIVITY = 315e-6
"""n - 1 at sea level in the reference atmosphere of ITU-R P.453-14, equation (8)."""
SCALE_HEIGHT_M = 7_350.0
"""Height over which it falls by e, ibid."""

_STEP_M = 1_000.0
_LEAST_STEPS = 64


@kernel
def _rates(z_m: float, elevation_rad: float) -> tuple[float, float]:
    """Height (m) and elevation (rad) that a ray gains by metre of ground range."""
    stretch = 1.0 + z_m / RADIUS_M
    excess = REFRACTIVITY * math.exp(-z_m / SCALE_HEIGHT_M)
    return stretch * math.tan(elevation_rad), 1.0 / RADIUS_M - stretch * excess / (
        SCALE_HEIGHT_M * (1.0 + excess)
    )


@kernel
def ray_end(ground_range_m: float, elevation_rad: float, height_antenna_m: float) -> tuple[float, float]:
    """Height (m) and elevation above the local horizontal (rad) of a ray at a ground range.

    Args:
        ground_range_m: 0 or more, on the sphere of `RADIUS_M`.
        elevation_rad: of the ray at the antenna, well below the zenith (to 85 degrees).
        height_antenna_m: where it starts.
    """
    steps = max(_LEAST_STEPS, int(ground_range_m / _STEP_M) + 1)
    dx = ground_range_m / steps
    z, e = height_antenna_m, elevation_rad
    for _ in range(steps):
        z1, e1 = _rates(z, e)
        z2, e2 = _rates(z + 0.5 * dx * z1, e + 0.5 * dx * e1)
        z3, e3 = _rates(z + 0.5 * dx * z2, e + 0.5 * dx * e2)
        z4, e4 = _rates(z + dx * z3, e + dx * e3)
        z += dx * (z1 + 2.0 * z2 + 2.0 * z3 + z4) / 6.0
        e += dx * (e1 + 2.0 * e2 + 2.0 * e3 + e4) / 6.0
    return z, e


@kernel
def apparent_elevation(ground_range_m: float, height_target_m: float, height_antenna_m: float) -> float:
    """Elevation (rad) at which the ray to a target leaves the antenna, by the secant method; NaN if it is not found.

    Args:
        ground_range_m: at least some metres.
        height_target_m, height_antenna_m: above the sphere.
    """
    distance_m = max(ground_range_m, 1.0)
    rise_m = height_target_m - height_antenna_m
    first = math.atan(rise_m / distance_m - distance_m / (2.0 * EFFECTIVE_RADIUS_M))
    second = first + 1e-4
    miss1 = ray_end(distance_m, first, height_antenna_m)[0] - height_target_m
    for _ in range(20):
        miss2 = ray_end(distance_m, second, height_antenna_m)[0] - height_target_m
        if abs(miss2) < 1e-4:
            return second
        if miss2 == miss1:
            break
        first, second = second, second - miss2 * (second - first) / (miss2 - miss1)
        miss1 = miss2
    return math.nan


@kernel
def ray_end_rows(rays: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Fill out[n, 2] with `ray_end` of rays[n, 3] (ground range m, elevation rad, antenna height m)."""
    for i in range(rays.shape[0]):
        out[i, 0], out[i, 1] = ray_end(rays[i, 0], rays[i, 1], rays[i, 2])


@kernel
def apparent_elevation_rows(targets: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Fill out[n] with `apparent_elevation` of targets[n, 3] (ground range, target height, antenna height, m)."""
    for i in range(targets.shape[0]):
        out[i] = apparent_elevation(targets[i, 0], targets[i, 1], targets[i, 2])
