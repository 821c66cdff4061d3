"""Point of origin: what began as an aircraft does that takes off at home is not fired at.

A light aircraft whose transponder is dead moves as a drone does. But it took off somewhere, and a radar of its own side
has mostly seen it do so. Point of origin is an old criterion of identification in air defence (JP 3-01, "Countering
Air and Missile Threats"); the numbers here are notional.
"""

from __future__ import annotations

import numpy as np

from skypact.defend.settings import FireSettings
from skypact.model.network import B1, F8


def took_off(pos_ecef_m: F8, vel_ecef_mps: F8, airport_ecef_m: F8, settings: FireSettings) -> B1:
    """Which tracks, where first seen, look as if they had just taken off from one of the airports, [n].

    They are within `origin_radius_m` of it, and no faster than `origin_speed_mps`: a cruise missile that comes into
    view there is faster.

    Args:
        pos_ecef_m: [n, 3] where each track of a picture was first seen.
        vel_ecef_mps: [n, 3] how it then moved.
        airport_ecef_m: [k, 3] airports of those who share the picture's side.
        settings: assumptions.
    """
    gap_m = np.linalg.norm(pos_ecef_m[:, None] - airport_ecef_m[None], axis=2)
    near: B1 = (gap_m <= settings.origin_radius_m).any(axis=1)
    slow: B1 = np.linalg.norm(vel_ecef_mps, axis=1) <= settings.origin_speed_mps
    return np.logical_and(near, slow)
