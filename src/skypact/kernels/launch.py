"""Where a track was launched: its free flight followed back to the end of the boost, and the boost back to the ground.

A boost from rest in a constant direction is straight and lies along the velocity at burnout; its length is that
velocity squared times half over the mean acceleration, less as the acceleration grows. With that one number, known to a
factor, the instant of burnout follows: it is where the boost behind it begins on the ground. A track that is lower than
that still boosts, and its launch lies straight behind it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.descent import State, flight_step, height_above_ellipsoid
from skypact.kernels.flight import ground_m
from skypact.kernels.frame import geodetic_from_ecef
from skypact.kernels.impact import Ground
from skypact.kernels.jit import kernel

COLUMNS = 9
"""State (6), logarithm of drag, logarithm of the boost's length, angle between its path and the velocity at its end."""
_STEP_S = 4.0
_HALVINGS = 12
_STEPS = (200.0, 200.0, 200.0, 1.0, 1.0, 1.0, 0.2, 0.1, 0.01)
Point = tuple[float, float, float]


@kernel
def boost_start(s: State, length_m: float, bend_rad: float) -> Point:
    """Where a straight boost of this length began that ends at a state, its path steeper by `bend_rad` than the end."""
    x, y, z, u, v, w = s
    speed = math.sqrt(u * u + v * v + w * w)
    r = math.sqrt(x * x + y * y + z * z)
    climb = (x * u + y * v + z * w) / r
    flat = math.sqrt(max(speed * speed - climb * climb, 1e-12))
    # The unit vector across the velocity, in its vertical plane, upwards.
    a, b, c = x / r, y / r, z / r
    part = climb / speed
    lx, ly, lz = (a * speed - u * part) / flat, (b * speed - v * part) / flat, (c * speed - w * part) / flat
    near, aside = length_m * math.cos(bend_rad) / speed, length_m * math.sin(bend_rad)
    return x - near * u - aside * lx, y - near * v - aside * ly, z - near * w - aside * lz


@kernel
def _over_ground(s: State, size_s2pm: float, bend_rad: float, ground: float) -> float:
    """Height (m) over the ground of where the boost that would end at a state began."""
    speed2 = s[3] * s[3] + s[4] * s[4] + s[5] * s[5]
    p = boost_start(s, size_s2pm * speed2, bend_rad)
    return height_above_ellipsoid(p[0], p[1], p[2]) - ground


@kernel
def back_to_launch(
    start: State, inverse_beta: float, size_s2pm: float, bend_rad: float, ground: float, time_max_s: float
) -> tuple[bool, float, float, float]:
    """Whether, and where (ECEF, m) at a height `ground`, the object of a state was launched.

    Args:
        start: position (m) and velocity (m/s) in ECEF, of free flight or of a boost.
        inverse_beta: 1 / ballistic coefficient (m2/kg).
        size_s2pm: length of the boost over the square of the speed at its end; negative where the object boosts now.
        bend_rad: how much steeper the boost's path is than the velocity at its end.
        ground: height of the launch, m.
        time_max_s: give up after following the flight back for so long.
    """
    s = start
    climbs = s[0] * s[3] + s[1] * s[4] + s[2] * s[5] > 0.0
    if climbs and (size_s2pm < 0.0 or _over_ground(s, size_s2pm, bend_rad, ground) <= 0.0):
        return _still_boosting(s, bend_rad, ground)
    t = 0.0
    while t < time_max_s:
        before = flight_step(s, -_STEP_S, inverse_beta)
        over_before = _over_ground(before, size_s2pm, bend_rad, ground)
        rises = before[0] * before[3] + before[1] * before[4] + before[2] * before[5] > 0.0
        if over_before > 0.0 or not rises:
            if height_above_ellipsoid(before[0], before[1], before[2]) < ground:
                return False, s[0], s[1], s[2]
            s = before
            t += _STEP_S
            continue
        low, high = 0.0, _STEP_S
        for _ in range(_HALVINGS):
            part = 0.5 * (low + high)
            if _over_ground(flight_step(s, -part, inverse_beta), size_s2pm, bend_rad, ground) > 0.0:
                low = part
            else:
                high = part
        s = flight_step(s, -0.5 * (low + high), inverse_beta)
        speed2 = s[3] * s[3] + s[4] * s[4] + s[5] * s[5]
        p = boost_start(s, size_s2pm * speed2, bend_rad)
        return True, p[0], p[1], p[2]
    return False, s[0], s[1], s[2]


@kernel
def _still_boosting(s: State, bend_rad: float, ground: float) -> tuple[bool, float, float, float]:
    """Where the line behind a climbing state meets the height `ground`."""
    low, high = 0.0, 2e6
    if height_above_ellipsoid(s[0], s[1], s[2]) <= ground:
        return True, s[0], s[1], s[2]
    p = boost_start(s, high, bend_rad)
    if height_above_ellipsoid(p[0], p[1], p[2]) > ground:
        high = 2e5
        p = boost_start(s, high, bend_rad)
        if height_above_ellipsoid(p[0], p[1], p[2]) > ground:
            return False, s[0], s[1], s[2]
    for _ in range(40):
        part = 0.5 * (low + high)
        p = boost_start(s, part, bend_rad)
        if height_above_ellipsoid(p[0], p[1], p[2]) > ground:
            low = part
        else:
            high = part
    return True, p[0], p[1], p[2]


@kernel
def launch_of(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    inverse_beta: float,
    size_s2pm: float,
    sigma: NDArray[np.float64],
    time_max_s: float,
    ground: Ground,
    point: NDArray[np.float64],
    cov_en: NDArray[np.float64],
) -> bool:
    """Fill point[5] (ECEF x, y, z, lat, lon) and cov_en[3] (ee, en, nn, m2) of a launch; False if none is found.

    Args:
        mean: [6] ECEF m, m/s.
        cov: [6, 6].
        inverse_beta: 1 / believed ballistic coefficient (m2/kg).
        size_s2pm: length of the boost over the square of the speed at its end.
        sigma: [3] one sigma of the logarithm of drag, of that of the length, and of the angle (rad) between the boost's
            path and the velocity at its end.
        time_max_s: longest flight considered.
        ground: where it began.
        point, cov_en: written.
    """
    start = (mean[0], mean[1], mean[2], mean[3], mean[4], mean[5])
    height = 0.0
    lat, lon = 0.0, 0.0
    x, y, z = 0.0, 0.0, 0.0
    for _ in range(2):
        ok, x, y, z = back_to_launch(start, inverse_beta, size_s2pm, 0.0, height, time_max_s)
        if not ok:
            return False
        lat, lon, _ = geodetic_from_ecef(x, y, z)
        height = ground_m(ground.heights_m, ground.lat0_deg, ground.lon0_deg, ground.step_deg, lat, lon)
    ok, x, y, z = back_to_launch(start, inverse_beta, size_s2pm, 0.0, height, time_max_s)
    if not ok:
        return False
    lat, lon, _ = geodetic_from_ecef(x, y, z)
    point[0], point[1], point[2], point[3], point[4] = x, y, z, lat, lon
    sin_lat, cos_lat, sin_lon, cos_lon = math.sin(lat), math.cos(lat), math.sin(lon), math.cos(lon)
    east, north = np.empty(COLUMNS), np.empty(COLUMNS)
    for j in range(COLUMNS):
        h = _STEPS[j]
        moved = (
            start[0] + (h if j == 0 else 0.0),
            start[1] + (h if j == 1 else 0.0),
            start[2] + (h if j == 2 else 0.0),
            start[3] + (h if j == 3 else 0.0),
            start[4] + (h if j == 4 else 0.0),
            start[5] + (h if j == 5 else 0.0),
        )
        drag = inverse_beta * math.exp(h) if j == 6 else inverse_beta
        size = size_s2pm * math.exp(h) if j == 7 else size_s2pm
        ok, x1, y1, z1 = back_to_launch(moved, drag, size, h if j == 8 else 0.0, height, time_max_s)
        if not ok:
            return False
        dx, dy, dz = x1 - x, y1 - y, z1 - z
        east[j] = (cos_lon * dy - sin_lon * dx) / h
        north[j] = (cos_lat * dz - sin_lat * (cos_lon * dx + sin_lon * dy)) / h
    cov_en[:] = 0.0
    for i in range(6):
        for j in range(6):
            cov_en[0] += east[i] * cov[i, j] * east[j]
            cov_en[1] += east[i] * cov[i, j] * north[j]
            cov_en[2] += north[i] * cov[i, j] * north[j]
    for k in range(3):
        var = sigma[k] * sigma[k]
        cov_en[0] += var * east[6 + k] * east[6 + k]
        cov_en[1] += var * east[6 + k] * north[6 + k]
        cov_en[2] += var * north[6 + k] * north[6 + k]
    return True


@kernel
def launch_rows(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    row: NDArray[np.int64],
    inverse_beta: NDArray[np.float64],
    size_s2pm: NDArray[np.float64],
    sigma: NDArray[np.float64],
    limits: NDArray[np.float64],
    ground: Ground,
    known: NDArray[np.bool_],
    pos_ecef_m: NDArray[np.float64],
    lat_lon_rad: NDArray[np.float64],
    cov_en_m2: NDArray[np.float64],
) -> None:
    """Fill known, pos_ecef_m [n, 3], lat_lon_rad [n, 2] and cov_en_m2 [n, 2, 2] for the given rows of n tracks.

    Args:
        mean, cov: [n, 6], [n, 6, 6] of the tracks.
        row: [m] whose launch is asked for.
        inverse_beta, size_s2pm: [m], sigma: [m, 3], as in `launch_of`.
        limits: longest flight considered (s), greatest sigma of the longer axis (m).
        ground: where launches are.
        known, pos_ecef_m, lat_lon_rad, cov_en_m2: written.
    """
    point, packed = np.zeros(5), np.zeros(3)
    for k in range(row.size):
        i = row[k]
        if not launch_of(
            mean[i], cov[i], inverse_beta[k], size_s2pm[k], sigma[k], limits[0], ground, point, packed
        ):
            continue
        half = 0.5 * (packed[0] - packed[2])
        if 0.5 * (packed[0] + packed[2]) + math.sqrt(half * half + packed[1] ** 2) > limits[1] * limits[1]:
            continue
        known[i] = True
        for a in range(3):
            pos_ecef_m[i, a] = point[a]
        lat_lon_rad[i, 0], lat_lon_rad[i, 1] = point[3], point[4]
        cov_en_m2[i, 0, 0], cov_en_m2[i, 1, 1] = packed[0], packed[2]
        cov_en_m2[i, 0, 1], cov_en_m2[i, 1, 0] = packed[1], packed[1]
