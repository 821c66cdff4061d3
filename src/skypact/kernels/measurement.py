"""What a sensor measures of a state, and where a measurement lies: range, bearing, elevation and range rate.

Bearing is clockwise from true north, elevation above the ellipsoid's local horizontal at the sensor; positions
and velocities are ECEF, metres and metres a second.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.frame import geodetic_from_ecef
from skypact.kernels.jit import bare, kernel
from skypact.kernels.sound import SPEED_OF_SOUND_MPS
from skypact.kernels.wgs84 import A_M, B_M, MEAN_RADIUS_M

TWO_PI = 2.0 * math.pi


@bare
def wrap(angle_rad: float) -> float:
    """The angle in [-pi, pi)."""
    return angle_rad - TWO_PI * math.floor((angle_rad + math.pi) / TWO_PI)


@bare
def spherical_of(
    pos_ecef_m: NDArray[np.float64], origin_ecef_m: NDArray[np.float64], rot: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Range (m), bearing and elevation (rad) of a position from an origin; rot is enu_from_ecef [3, 3]."""
    x = pos_ecef_m[0] - origin_ecef_m[0]
    y = pos_ecef_m[1] - origin_ecef_m[1]
    z = pos_ecef_m[2] - origin_ecef_m[2]
    e = rot[0, 0] * x + rot[0, 1] * y + rot[0, 2] * z
    n = rot[1, 0] * x + rot[1, 1] * y + rot[1, 2] * z
    u = rot[2, 0] * x + rot[2, 1] * y + rot[2, 2] * z
    ground2 = e * e + n * n
    return math.sqrt(ground2 + u * u), math.atan2(e, n), math.atan2(u, math.sqrt(ground2))


@bare
def position_of(
    range_m: float,
    bearing_rad: float,
    elevation_rad: float,
    origin_ecef_m: NDArray[np.float64],
    rot: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write the ECEF position (m) at range, bearing and elevation from an origin into out[0:3]."""
    ground = range_m * math.cos(elevation_rad)
    e = ground * math.sin(bearing_rad)
    n = ground * math.cos(bearing_rad)
    u = range_m * math.sin(elevation_rad)
    for i in range(3):
        out[i] = origin_ecef_m[i] + rot[0, i] * e + rot[1, i] * n + rot[2, i] * u


@bare
def linearise(
    state: NDArray[np.float64],
    origin_ecef_m: NDArray[np.float64],
    rot: NDArray[np.float64],
    value: NDArray[np.float64],
    rows: NDArray[np.float64],
) -> None:
    """Write the measurement of state[6] into value[4] and its Jacobian into rows[4, 6] (rows as z of Detections).

    Straight above the sensor bearing has no derivative: the horizontal distance is taken as at least 1 m.
    """
    d0 = state[0] - origin_ecef_m[0]
    d1 = state[1] - origin_ecef_m[1]
    d2 = state[2] - origin_ecef_m[2]
    e = rot[0, 0] * d0 + rot[0, 1] * d1 + rot[0, 2] * d2
    n = rot[1, 0] * d0 + rot[1, 1] * d1 + rot[1, 2] * d2
    u = rot[2, 0] * d0 + rot[2, 1] * d1 + rot[2, 2] * d2
    ground2 = max(e * e + n * n, 1.0)
    ground = math.sqrt(ground2)
    r2 = ground2 + u * u
    r = math.sqrt(r2)
    rate = (d0 * state[3] + d1 * state[4] + d2 * state[5]) / r
    value[0] = r
    value[1] = math.atan2(e, n)
    value[2] = math.atan2(u, ground)
    value[3] = rate
    be, bn = n / ground2, -e / ground2
    ee, en, eu = -e * u / (r2 * ground), -n * u / (r2 * ground), ground / r2
    d = (d0, d1, d2)
    for i in range(3):
        rows[0, i] = d[i] / r
        rows[1, i] = be * rot[0, i] + bn * rot[1, i]
        rows[2, i] = ee * rot[0, i] + en * rot[1, i] + eu * rot[2, i]
        rows[3, i] = (state[i + 3] - rate * d[i] / r) / r
        rows[0, i + 3] = 0.0
        rows[1, i + 3] = 0.0
        rows[2, i + 3] = 0.0
        rows[3, i + 3] = d[i] / r


@kernel
def linearise_sound(
    state: NDArray[np.float64],
    origin_ecef_m: NDArray[np.float64],
    rot: NDArray[np.float64],
    value: NDArray[np.float64],
    rows: NDArray[np.float64],
) -> None:
    """As `linearise` for sound: it tells where the object was when it left, so that velocity enters by the delay."""
    r, _, _ = spherical_of(state, origin_ecef_m, rot)
    delay = r / SPEED_OF_SOUND_MPS
    past = np.empty(6)
    for a in range(3):
        past[a] = state[a] - delay * state[a + 3]
        past[a + 3] = state[a + 3]
    linearise(past, origin_ecef_m, rot, value, rows)
    for k in range(3):
        for a in range(3):
            rows[k, a + 3] = -delay * rows[k, a]


@bare
def position_spread(
    range_m: float,
    bearing_rad: float,
    elevation_rad: float,
    rot: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write d position / d (range, bearing, elevation) in ECEF into out[3, 3], a column each (m/m, m/rad)."""
    sb, cb = math.sin(bearing_rad), math.cos(bearing_rad)
    se, ce = math.sin(elevation_rad), math.cos(elevation_rad)
    for i in range(3):
        e, n, u = rot[0, i], rot[1, i], rot[2, i]
        out[i, 0] = ce * sb * e + ce * cb * n + se * u
        out[i, 1] = range_m * ce * (cb * e - sb * n)
        out[i, 2] = range_m * (-se * sb * e - se * cb * n + ce * u)


@bare
def range_to_shell(
    origin_ecef_m: NDArray[np.float64],
    rot: NDArray[np.float64],
    bearing_rad: float,
    elevation_rad: float,
    height_m: float,
) -> float:
    """Range (m) along a line of sight to the ellipsoid raised by height_m (axes a + h, b + h); -1 where it misses.

    From below the shell this is where the line leaves it, from above where it first meets it.
    """
    ce = math.cos(elevation_rad)
    e, n, u = ce * math.sin(bearing_rad), ce * math.cos(bearing_rad), math.sin(elevation_rad)
    a = A_M + height_m
    b = B_M + height_m
    uu, ou, oo = 0.0, 0.0, -1.0
    for i in range(3):
        axis = b if i == 2 else a
        d = (rot[0, i] * e + rot[1, i] * n + rot[2, i] * u) / axis
        o = origin_ecef_m[i] / axis
        uu += d * d
        ou += o * d
        oo += o * o
    root = ou * ou - uu * oo
    if root < 0.0:
        return -1.0
    if oo < 0.0:
        return (-ou + math.sqrt(root)) / uu
    reach = (-ou - math.sqrt(root)) / uu
    return reach if reach > 0.0 else -1.0


@kernel
def elevation_at_height(
    range_m: float,
    bearing_rad: float,
    height_m: float,
    origin_ecef_m: NDArray[np.float64],
    rot: NDArray[np.float64],
) -> float:
    """Elevation (rad) at which a slant range and bearing reach a height above the ellipsoid; NaN where none does.

    The triangle with the Earth's centre gives a first value, Newton's rule on the ellipsoid's height the rest. Between
    straight up and straight down height grows with elevation, so that there is one solution at most.
    """
    if not range_m > 0.0:
        return math.nan
    pos = np.empty(3)
    _, _, own_m = geodetic_from_ecef(origin_ecef_m[0], origin_ecef_m[1], origin_ecef_m[2])
    if abs(height_m - own_m) > range_m:
        return math.nan
    radius = MEAN_RADIUS_M + own_m
    sine = (height_m - own_m) / range_m * (1.0 + 0.5 * (height_m - own_m) / radius) - 0.5 * range_m / radius
    elevation = math.asin(min(max(sine, -1.0), 1.0))
    for _ in range(20):
        position_of(range_m, bearing_rad, elevation, origin_ecef_m, rot, pos)
        _, _, found_m = geodetic_from_ecef(pos[0], pos[1], pos[2])
        step = (height_m - found_m) / (range_m * max(math.cos(elevation), 0.01))
        elevation = min(max(elevation + step, -0.5 * math.pi), 0.5 * math.pi)
        if abs(step) < 1e-10:
            return elevation
    return math.nan


@kernel
def elevations_at_heights(
    range_m: NDArray[np.float64],
    bearing_rad: NDArray[np.float64],
    height_m: NDArray[np.float64],
    origin_ecef_m: NDArray[np.float64],
    rot: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write `elevation_at_height` of every row into out [n]."""
    for i in range(range_m.size):
        out[i] = elevation_at_height(range_m[i], bearing_rad[i], height_m[i], origin_ecef_m, rot)
