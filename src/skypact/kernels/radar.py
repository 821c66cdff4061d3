"""The mean signal to noise of one look of a radar, by the radar equation and all that weakens or drowns the echo."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.aspect import cross_section
from skypact.kernels.clutter import clutter_power
from skypact.kernels.detectability import signal_to_noise
from skypact.kernels.doppler import canceller_gain
from skypact.kernels.frame import normal_and_height
from skypact.kernels.jit import kernel
from skypact.kernels.looks import (
    BEAM_ELEVATION,
    BLIND_SPEED,
    CANCELLER,
    ELEVATION_MAX,
    ELEVATION_MIN,
    FENCE,
    HEIGHT,
    MTI_RANGE,
    PATTERN,
    ROTATES,
    ROTATION,
    SECTOR,
    SECTOR_CENTRE,
    SNR_DB,
    STAGGER,
    TILT,
    X,
    Y,
    Z,
    in_sector,
)
from skypact.kernels.masking import apparent_tan, visible
from skypact.kernels.pattern import beam_gain, fence_gain
from skypact.kernels.propagation import loss_db
from skypact.kernels.wgs84 import MEAN_RADIUS_M

_DECIBEL = 0.1 * math.log(10.0)
_LEAST_M = 1e-3
_TWO_PI = 2.0 * math.pi


class View(NamedTuple):
    """What lies around one radar: its rows of kernels.looks.Around."""

    mask_tan: NDArray[np.float32]
    mask_cell_m: float
    loss_db: NDArray[np.float32]
    residue: NDArray[np.float32]
    rain: NDArray[np.float32]
    clutter_cell_m: float
    rain_top_m: float


@kernel
def apparent(site: NDArray[np.float64], state: NDArray[np.float64]) -> tuple[float, float]:
    """Ground range (m) of a state (ECEF) from a sensor and its apparent tangent of elevation on the 4/3 Earth.

    The ground range is that of `frame.distance_bearing`: the angle between the ellipsoid's normals on the mean sphere.
    The 4/3 Earth bends rays too much above the lower atmosphere: an object at 100 km of height rises 1,303 km out,
    where a straight ray gives 1,129 km and the truth lies between.
    """
    sin_lat, cos_lat, height_m = normal_and_height(state[0], state[1], state[2])
    norm = math.sqrt(sin_lat * sin_lat + cos_lat * cos_lat)
    across = cos_lat / (norm * max(math.sqrt(state[0] * state[0] + state[1] * state[1]), _LEAST_M))
    dx = state[0] * across - site[ROTATION + 6]
    dy = state[1] * across - site[ROTATION + 7]
    dz = sin_lat / norm - site[ROTATION + 8]
    half = 0.5 * math.sqrt(dx * dx + dy * dy + dz * dz)
    ground_m = 2.0 * MEAN_RADIUS_M * math.asin(min(half, 1.0))
    return ground_m, apparent_tan(ground_m, height_m, site[HEIGHT])


@kernel
def look_signal(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    view: View,
    jamming: float,
    range_m: float,
    bearing_rad: float,
    state: NDArray[np.float64],
    nose_m2: float,
    side_ratio: float,
    energy: float,
    searches: bool,
) -> float:
    """Mean signal to noise of one burst at an object in this state; -1 out of view.

    Out of view is what lies outside the sector or the limits of apparent elevation, or behind the ground. The
    cross-section is that of the angle between velocity and line of sight. The canceller is on within its ground range.
    `energy` is what the look transmits over a whole beam of search: the gain of track or cued mode, 1 in search; a look
    in search (`searches`) has less above the fence. It weighs what ground and rain send back as it weighs the echo.
    Clutter, rain and jammers (`jamming`, over the receiver's own noise) add to the noise. A radar that scans all round
    without turning has faces on all sides, whose scan loss is left out.
    """
    if not in_sector(bearing_rad, site[SECTOR_CENTRE], site[SECTOR]):
        return -1.0
    ground_m, tangent = apparent(site, state)
    elevation = math.atan(tangent)
    if elevation < site[ELEVATION_MIN] or elevation > site[ELEVATION_MAX]:
        return -1.0
    if not visible(view.mask_tan, view.mask_cell_m, ground_m, bearing_rad, tangent):
        return -1.0
    speed2 = state[3] * state[3] + state[4] * state[4] + state[5] * state[5]
    opening = state[3] * (state[0] - site[X])
    opening += state[4] * (state[1] - site[Y]) + state[5] * (state[2] - site[Z])
    opening /= max(range_m, 1.0)
    cos_aspect = 1.0
    if speed2 > 0.0:
        cos_aspect = min(abs(opening) / math.sqrt(speed2), 1.0)
    signal = signal_to_noise(physics[SNR_DB], cross_section(nose_m2, side_ratio, cos_aspect), range_m)
    signal *= beam_gain(
        int(physics[PATTERN]),
        site[ROTATES] != 0.0 or site[SECTOR] >= _TWO_PI,
        bearing_rad - site[SECTOR_CENTRE],
        elevation,
        physics[TILT],
        physics[BEAM_ELEVATION],
        site[ELEVATION_MAX],
    )
    if searches:
        energy *= fence_gain(physics[FENCE], elevation)
    signal *= math.exp(-_DECIBEL * loss_db(view.loss_db, elevation, range_m))
    if ground_m < physics[MTI_RANGE]:
        signal *= canceller_gain(
            opening, physics[BLIND_SPEED], int(physics[CANCELLER]), int(physics[STAGGER])
        )
    clutter = clutter_power(
        view.residue,
        view.rain,
        view.clutter_cell_m,
        view.mask_tan,
        view.mask_cell_m,
        view.rain_top_m,
        site[HEIGHT],
        int(physics[PATTERN]),
        physics[BEAM_ELEVATION],
        range_m,
        bearing_rad,
        elevation,
    )
    return float(energy * signal / (1.0 + jamming + energy * clutter))
