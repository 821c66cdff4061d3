"""When a sensor's look meets an object, from where the object is seen, and what hides it.

A look k of a sensor starts at k * revisit + phase, for any integer k: nothing depends on when a run starts.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.frame import range_bearing_elevation_from_enu
from skypact.kernels.jit import kernel
from skypact.kernels.path import state_at
from skypact.kernels.wgs84 import A_M, B_M

SPEED_OF_SOUND_MPS = 340.294
"""At sea level (US Standard Atmosphere 1976)."""

RADAR, INFRARED, ACOUSTIC, COOPERATIVE = range(4)
"""Values of model.codes.SensorKind."""

# Layout of a sensor's row of parameters, SI units. Biases are the run's own; ROTATION is nine columns.
(
    KIND,
    ROTATES,
    MEASURES_ELEVATION,
    LAT,
    LON,
    HEIGHT,
    X,
    Y,
    Z,
    RANGE_MIN,
    RANGE_MAX,
    SNR_DB,
    PFA,
    SWERLING,
    REVISIT,
    PHASE,
    BEAM_AZIMUTH,
    BEAM_ELEVATION,
    SIGMA_RANGE,
    SIGMA_BEARING,
    SIGMA_ELEVATION,
    ELEVATION_MIN,
    ELEVATION_MAX,
    SECTOR_CENTRE,
    SECTOR,
    FALSE_PLOTS,
    DETECTION_PROBABILITY,
    CODE_PROBABILITY,
    BIAS_RANGE,
    BIAS_BEARING,
    BIAS_ELEVATION,
    BIAS_CLOCK,
    ROTATION,
) = range(33)
SITE_WIDTH = ROTATION + 9

_TWO_PI = 2.0 * math.pi


class Paths(NamedTuple):
    """The arrays of model.truth.Truth that sensing needs, n objects; `speed_mps` bounds their speeds."""

    key: NDArray[np.uint32]
    object_class: NDArray[np.uint8]
    code: NDArray[np.uint32]
    rcs_m2: NDArray[np.float64]
    launch_s: NDArray[np.float64]
    burnout_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    offset: NDArray[np.int64]
    first_s: NDArray[np.int32]
    state: NDArray[np.float64]
    speed_mps: NDArray[np.float64]


@kernel
def speed_bounds(state: NDArray[np.float64], offset: NDArray[np.int64], out: NDArray[np.float64]) -> None:
    """Fill out[n] with a speed (m/s) that the interpolated path of each object never exceeds.

    The derivative of the cubic Hermite path is a combination of both end velocities and the chord whose
    absolute weights sum to at most 2, so twice the largest of them all is a bound.
    """
    for i in range(out.shape[0]):
        largest = 1.0
        for row in range(offset[i], offset[i + 1]):
            velocity2 = 0.0
            chord2 = 0.0
            for j in range(3):
                velocity2 += state[row, j + 3] ** 2
                if row + 1 < offset[i + 1]:
                    chord2 += (state[row + 1, j] - state[row, j]) ** 2
            largest = max(largest, velocity2, chord2)
        out[i] = 2.0 * math.sqrt(largest)


@kernel
def seen_from(site: NDArray[np.float64], state: NDArray[np.float64]) -> tuple[float, float, float]:
    """Slant range (m), bearing in [0, 2 pi) and elevation (rad) of a state (ECEF) at a sensor."""
    dx = state[0] - site[X]
    dy = state[1] - site[Y]
    dz = state[2] - site[Z]
    return range_bearing_elevation_from_enu(
        site[ROTATION] * dx + site[ROTATION + 1] * dy + site[ROTATION + 2] * dz,
        site[ROTATION + 3] * dx + site[ROTATION + 4] * dy + site[ROTATION + 5] * dz,
        site[ROTATION + 6] * dx + site[ROTATION + 7] * dy + site[ROTATION + 8] * dz,
    )


@kernel
def passing_time(
    site: NDArray[np.float64],
    paths: Paths,
    i: int,
    start_s: float,
    low_s: float,
    high_s: float,
    bearing_rad: float,
    state: NDArray[np.float64],
) -> float:
    """When a rotating antenna that points north at `start_s` passes object i, in that revolution (s).

    Two fixed-point steps from the bearing at mid-revolution: the bearing is then that of the antenna but for at
    most pi (bearing rate x revisit / 2 pi)^2. An object that crosses north in a revolution is met at most once
    in it, at one side or the other. `state` is scratch.
    """
    t_s = start_s + bearing_rad / _TWO_PI * site[REVISIT]
    state_at(
        paths.state,
        paths.offset[i],
        paths.offset[i + 1],
        paths.first_s[i],
        min(max(t_s, low_s), high_s),
        state,
    )
    _, bearing, _ = seen_from(site, state)
    return start_s + bearing / _TWO_PI * float(site[REVISIT])


@kernel
def emission_time(
    site: NDArray[np.float64],
    paths: Paths,
    i: int,
    t_s: float,
    low_s: float,
    high_s: float,
    state: NDArray[np.float64],
) -> float:
    """When object i made the sound that arrives at `t_s` (s), by Newton's method; NaN where it made none.

    Solves range(emission) = speed of sound * (t - emission) in still air. An object faster than sound
    outruns its own sound and is not heard where the steps do not settle. `state` is left at the emission.
    """
    lag_s = 0.0
    miss_m = math.inf
    for _ in range(8):
        emitted_s = t_s - lag_s
        inside_s = min(max(emitted_s, low_s), high_s)
        state_at(paths.state, paths.offset[i], paths.offset[i + 1], paths.first_s[i], inside_s, state)
        dx = state[0] - site[X]
        dy = state[1] - site[Y]
        dz = state[2] - site[Z]
        range_m = math.sqrt(dx * dx + dy * dy + dz * dz)
        miss_m = range_m - SPEED_OF_SOUND_MPS * lag_s
        if abs(miss_m) < 1e-6:
            break
        opening_mps = (dx * state[3] + dy * state[4] + dz * state[5]) / max(range_m, 1.0)
        if emitted_s != inside_s:
            opening_mps = 0.0
        lag_s += miss_m / max(SPEED_OF_SOUND_MPS + opening_mps, 0.1 * SPEED_OF_SOUND_MPS)
    emitted_s = t_s - lag_s
    if abs(miss_m) >= 0.01 or emitted_s < low_s or emitted_s > high_s:
        return math.nan
    return emitted_s


@kernel
def in_sector(bearing_rad: float, centre_rad: float, width_rad: float) -> bool:
    """Whether a bearing lies in a sector of a full width about its centre (rad); 2 pi is all round."""
    if width_rad >= _TWO_PI:
        return True
    turn = (bearing_rad - centre_rad) / _TWO_PI
    turn -= math.floor(turn + 0.5)
    return abs(turn) * _TWO_PI <= 0.5 * width_rad


@kernel
def clear_of_earth(site: NDArray[np.float64], state: NDArray[np.float64]) -> bool:
    """Whether the straight line from a sensor far above the Earth to a state (ECEF) misses the ellipsoid.

    The z axis is stretched so that the ellipsoid is a sphere; the air's bending is left out.
    """
    stretch = A_M / B_M
    sx, sy, sz = site[X], site[Y], site[Z] * stretch
    dx, dy, dz = state[0] - sx, state[1] - sy, state[2] * stretch - sz
    length2 = dx * dx + dy * dy + dz * dz
    nearest = -(sx * dx + sy * dy + sz * dz) / length2
    if nearest >= 1.0 or nearest <= 0.0:
        return True
    x, y, z = sx + nearest * dx, sy + nearest * dy, sz + nearest * dz
    return bool(x * x + y * y + z * z >= A_M * A_M)
