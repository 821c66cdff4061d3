"""Sound on its way to an acoustic post: how fast it travels through layered air, and when it was made.

Rays are taken as straight. Real ones bend towards the slower layers: upwind and in the lapse of temperature upwards,
into a shadow from some hundred metres to kilometres away; downwind and under an inversion back to the ground
(Embleton, "Tutorial on sound propagation outdoors", J. Acoust. Soc. Am. 100(1), 1996). The chance of hearing leaves
that out; the time of travel is little changed by it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.atmosphere import sound_speed_mps
from skypact.kernels.frame import geodetic_from_ecef
from skypact.kernels.jit import kernel
from skypact.kernels.looks import HEIGHT, ROTATION, Around, Paths, X, Y, Z
from skypact.kernels.path import state_at
from skypact.kernels.quadrature import NODES, WEIGHTS

SPEED_OF_SOUND_MPS = 340.294
"""At sea level (US Standard Atmosphere 1976): what a tracker takes, which does not know the weather."""

_SLOWEST_MPS = 270.0
"""Less than the speed of sound anywhere below 90 km (US Standard Atmosphere 1976: 274 m/s at the mesopause)."""
_LEAST_MPS = 30.0
_STEPS = 12


@kernel
def wind_at(
    height_m: float,
    wind_height_m: NDArray[np.float64],
    wind_east_mps: NDArray[np.float64],
    wind_north_mps: NDArray[np.float64],
) -> tuple[float, float]:
    """Wind towards east and north (m/s) at a height: linear between levels, constant beyond the first and last."""
    last = wind_height_m.shape[0] - 1
    if height_m <= wind_height_m[0] or last == 0:
        return float(wind_east_mps[0]), float(wind_north_mps[0])
    for k in range(last):
        if height_m < wind_height_m[k + 1]:
            share = (height_m - wind_height_m[k]) / (wind_height_m[k + 1] - wind_height_m[k])
            east = wind_east_mps[k] + share * (wind_east_mps[k + 1] - wind_east_mps[k])
            north = wind_north_mps[k] + share * (wind_north_mps[k + 1] - wind_north_mps[k])
            return float(east), float(north)
    return float(wind_east_mps[last]), float(wind_north_mps[last])


@kernel
def sound_towards(
    site: NDArray[np.float64], around: Around, state: NDArray[np.float64]
) -> tuple[float, float]:
    """Distance (m) from a state (ECEF) to a post, and the mean speed (m/s) of sound along that straight line.

    The mean of the still air's speed and the wind's component towards the post, over the heights on the way (four
    points; 30 m/s at least, so that a storm does not hold sound up for ever).
    """
    dx, dy, dz = state[0] - site[X], state[1] - site[Y], state[2] - site[Z]
    range_m = math.sqrt(dx * dx + dy * dy + dz * dz)
    east = site[ROTATION] * dx + site[ROTATION + 1] * dy + site[ROTATION + 2] * dz
    north = site[ROTATION + 3] * dx + site[ROTATION + 4] * dy + site[ROTATION + 5] * dz
    scale = -1.0 / max(range_m, 1.0)
    _, _, height_m = geodetic_from_ecef(state[0], state[1], state[2])
    speed_mps = 0.0
    for k in range(4):
        level_m = site[HEIGHT] + NODES[k] * (height_m - site[HEIGHT])
        wind_east, wind_north = wind_at(
            level_m, around.wind_height_m, around.wind_east_mps, around.wind_north_mps
        )
        along = scale * (east * wind_east + north * wind_north)
        speed_mps += WEIGHTS[k] * (sound_speed_mps(level_m) + along)
    return range_m, max(speed_mps, _LEAST_MPS)


@kernel
def greatest_lag(range_m: float, around: Around) -> float:
    """More seconds than sound needs for a distance (m) against the strongest wind of the layers."""
    strongest = 0.0
    for k in range(around.wind_height_m.shape[0]):
        strongest = max(strongest, around.wind_east_mps[k] ** 2 + around.wind_north_mps[k] ** 2)
    return range_m / max(_SLOWEST_MPS - math.sqrt(strongest), _LEAST_MPS)


@kernel
def emission_time(
    site: NDArray[np.float64],
    around: Around,
    paths: Paths,
    i: int,
    t_s: float,
    low_s: float,
    high_s: float,
    state: NDArray[np.float64],
) -> float:
    """When object i made the sound that arrives at `t_s` (s), by Newton's method; NaN where it made none.

    Solves range(emission) = speed (`sound_towards`) * (t - emission). An object faster than sound outruns its own
    sound and is not heard where the steps do not settle. `state` is left at the emission.
    """
    lag_s = 0.0
    miss_m = math.inf
    for _ in range(_STEPS):
        emitted_s = t_s - lag_s
        inside_s = min(max(emitted_s, low_s), high_s)
        state_at(paths.state, paths.offset[i], paths.offset[i + 1], paths.first_s[i], inside_s, state)
        range_m, speed_mps = sound_towards(site, around, state)
        miss_m = range_m - speed_mps * lag_s
        if abs(miss_m) < 1e-6:
            break
        opening_mps = 0.0
        if emitted_s == inside_s:
            for a in range(3):
                opening_mps += (state[a] - site[X + a]) * state[a + 3] / max(range_m, 1.0)
        lag_s += miss_m / max(speed_mps + opening_mps, 0.1 * speed_mps)
    emitted_s = t_s - lag_s
    if abs(miss_m) >= 0.01 or emitted_s < low_s or emitted_s > high_s:
        return math.nan
    return emitted_s
