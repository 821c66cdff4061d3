"""What sensors that send nothing can perceive: infrared satellites, acoustic posts, receivers of signals.

A look's chance is here for infrared and acoustic sensors. Receivers of transponder replies, of their times of arrival
and of other emissions hear whatever is in sight with their own probability.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.frame import geodetic_from_ecef
from skypact.kernels.jit import kernel
from skypact.kernels.looks import (
    ACOUSTIC,
    COOPERATIVE,
    DETECTION_PROBABILITY,
    DIRECTION,
    ELEVATION_MAX,
    ELEVATION_MIN,
    HEIGHT,
    INFRARED,
    KIND,
    MULTILATERATION,
    RANGE_MAX,
    Around,
    Paths,
    clear_of_earth,
)
from skypact.kernels.random import CLOUD, uniform
from skypact.kernels.sound import greatest_lag

SOUND_HEIGHT_M = 1_500.0
"""Air-breathing objects higher than this above an acoustic sensor are not heard (notional)."""
CRUISE, DRONE, CIVIL, FRIENDLY = 1, 2, 4, 5
"""Values of model.codes.ObjectClass: those that acoustic sensors hear."""

_NONE = np.uint32(0)


@kernel
def perceptible_span(
    site: NDArray[np.float64], around: Around, paths: Paths, i: int
) -> tuple[float, float, float]:
    """When a kind of sensor can perceive object i: first and last instant, and the greatest lag of its sound (s).

    The span is empty (the last before the first) where it never can. Infrared sees what burns, acoustic sensors hear
    air-breathing classes, cooperative receivers and multilateration hear working transponders, direction finders what
    emits.
    """
    kind = int(site[KIND])
    low_s = max(paths.launch_s[i], float(paths.first_s[i]))
    samples = paths.offset[i + 1] - paths.offset[i]
    high_s = min(paths.end_s[i], float(paths.first_s[i] + (samples - 1)))
    heard, lag_s = True, 0.0
    if kind == INFRARED:
        heard = paths.burnout_s[i] > paths.launch_s[i]
        high_s = min(high_s, paths.burnout_s[i])
    elif kind == ACOUSTIC:
        noisy = paths.object_class[i]
        heard = noisy in (CRUISE, DRONE, CIVIL, FRIENDLY)
        lag_s = greatest_lag(site[RANGE_MAX], around)
    elif kind in (COOPERATIVE, MULTILATERATION):
        heard = paths.code[i] != 0
        high_s = min(high_s, paths.silent_s[i])
    elif kind == DIRECTION:
        heard = paths.emits[i]
    if not heard:
        return low_s, -math.inf, 0.0
    return low_s, high_s, lag_s


@kernel
def lies_under_cloud(cloud_cover: float, key: np.uint32, k0: np.uint32, k1: np.uint32) -> bool:
    """Whether the launch of the object with this key lies under cloud: one draw a launch, the same for all sensors."""
    return bool(uniform(k0, k1, CLOUD, key, _NONE, _NONE) < cloud_cover)


@kernel
def infrared_chance(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    around: Around,
    elevation_rad: float,
    state: NDArray[np.float64],
    clouded: bool,
) -> float:
    """Chance that one frame shows a burning object: its own within elevation limits and clear of the Earth, else 0.

    A launch under cloud (`lies_under_cloud`) is seen from the cloud's top on, any other from the ground on. Cloud is
    as good as opaque in the bands used, and a plume in the clear is seen within seconds.
    """
    if elevation_rad < site[ELEVATION_MIN] or elevation_rad > site[ELEVATION_MAX]:
        return 0.0
    if clouded:
        _, _, height_m = geodetic_from_ecef(state[0], state[1], state[2])
        if height_m < around.cloud_top_m:
            return 0.0
    if not clear_of_earth(site, state):
        return 0.0
    return float(physics[DETECTION_PROBABILITY])


@kernel
def acoustic_chance(
    site: NDArray[np.float64], physics: NDArray[np.float64], range_m: float, state: NDArray[np.float64]
) -> float:
    """Chance that a post hears an object that was `range_m` away when its sound left: p (1 - (range / greatest)^2).

    Notional, like the height up to which it holds (`SOUND_HEIGHT_M`): wind, terrain and noise are left out of it.
    """
    _, _, height_m = geodetic_from_ecef(state[0], state[1], state[2])
    share = range_m / site[RANGE_MAX]
    if height_m - site[HEIGHT] > SOUND_HEIGHT_M or share >= 1.0:
        return 0.0
    return float(physics[DETECTION_PROBABILITY] * (1.0 - share * share))
