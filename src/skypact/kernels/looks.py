"""The arrays that looks are made from, and how an object lies to a sensor."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.frame import range_bearing_elevation_from_enu
from skypact.kernels.jit import kernel
from skypact.kernels.wgs84 import A_M, B_M

RADAR, INFRARED, ACOUSTIC, COOPERATIVE, DIRECTION, MULTILATERATION = range(6)
"""Values of model.codes.SensorKind."""

# Layout of a sensor's row of what trackers may know, SI units. Biases are the run's own; ROTATION is nine columns.
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
    REVISIT,
    SIGMA_RANGE,
    SIGMA_BEARING,
    SIGMA_ELEVATION,
    ELEVATION_MIN,
    ELEVATION_MAX,
    SECTOR_CENTRE,
    SECTOR,
    FALSE_PLOTS,
    CODE_PROBABILITY,
    BIAS_RANGE,
    BIAS_BEARING,
    BIAS_ELEVATION,
    BIAS_CLOCK,
    ROTATION,
) = range(26)
SITE_WIDTH = ROTATION + 9

# Layout of a sensor's row of how it perceives, SI units (model.network.SensingTable). What its kind lacks is NaN.
(
    PHASE,
    REVISIT_TRACK,
    REVISIT_CUED,
    TRACK_GAIN_DB,
    SNR_DB,
    PFA,
    THRESHOLD,
    SWERLING,
    PULSES,
    PATTERN,
    TILT,
    BEAM_AZIMUTH,
    BEAM_ELEVATION,
    FENCE,
    CELL_RANGE,
    BLIND_SPEED,
    CANCELLER,
    STAGGER,
    MTI_RANGE,
    PLOTS_MAX,
    DRIFT_RANGE,
    DRIFT_BEARING,
    DRIFT_ELEVATION,
    DRIFT_CLOCK,
    DRIFT_TIME,
    DETECTION_PROBABILITY,
    RECEIVERS,
    BASELINE,
    SIGMA_TIME,
) = range(29)
PHYSICS_WIDTH = SIGMA_TIME + 1
"""THRESHOLD is that of detectability.threshold(pfa, pulses), worked out once."""

_TWO_PI = 2.0 * math.pi


class Paths(NamedTuple):
    """The arrays of model.truth.Truth that sensing needs, n objects."""

    key: NDArray[np.uint32]
    object_class: NDArray[np.uint8]
    code: NDArray[np.uint32]
    position_sigma_m: NDArray[np.float64]
    emits: NDArray[np.bool_]
    rcs_m2: NDArray[np.float64]
    rcs_side_ratio: NDArray[np.float64]
    launch_s: NDArray[np.float64]
    burnout_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    offset: NDArray[np.int64]
    first_s: NDArray[np.int32]
    state: NDArray[np.float64]
    silent_s: NDArray[np.float64]


class Around(NamedTuple):
    """The arrays of model.network.Surroundings that sensing needs, S sensors; wind and clouds as in model.weather."""

    mask_tan: NDArray[np.float32]
    """[S, A, R], cells of `mask_cell_m`"""
    mask_cell_m: float
    loss_db: NDArray[np.float32]
    """[S, E, R], grid of kernels.propagation"""
    residue: NDArray[np.float32]
    """[S, A, C], cells of `clutter_cell_m`"""
    clutter_cell_m: float
    rain: NDArray[np.float32]
    """[S, C]"""
    surface: NDArray[np.float32]
    """[S, A * C]"""
    false_mean: NDArray[np.float64]
    """[S, 3]"""
    rain_top_m: float
    wind_height_m: NDArray[np.float64]
    wind_east_mps: NDArray[np.float64]
    wind_north_mps: NDArray[np.float64]
    cloud_cover: float
    cloud_base_m: float
    cloud_top_m: float
    disturbed: NDArray[np.int32]
    """[D] sensor of each disturbance; the columns that follow are those of model.network.DisturbanceTable."""
    effect: NDArray[np.uint8]
    from_s: NDArray[np.float64]
    until_s: NDArray[np.float64]
    bearing_rad: NDArray[np.float64]
    width_rad: NDArray[np.float64]
    level: NDArray[np.float64]


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
