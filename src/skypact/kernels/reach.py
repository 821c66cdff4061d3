"""How likely a track is to reach a place: Gaussian mass on a disc, and course and time to go."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.wgs84 import A_M, E2

_INV_SQRT2 = 1.0 / math.sqrt(2.0)
_INV_SQRT_2PI = 1.0 / math.sqrt(2.0 * math.pi)
_GAUSS_LEGENDRE = np.polynomial.legendre.leggauss(24)
_NODE = np.ascontiguousarray(_GAUSS_LEGENDRE[0])
_WEIGHT = np.ascontiguousarray(_GAUSS_LEGENDRE[1])
_FAR = 6.0


@kernel
def normal_below(x: float) -> float:
    """The standard normal distribution function."""
    return 0.5 * math.erfc(-x * _INV_SQRT2)


@kernel
def disc_probability(
    east_m: float, north_m: float, c_ee: float, c_en: float, c_nn: float, radius_m: float
) -> float:
    """The chance that a Gaussian point lies in a disc, exact to 1e-3.

    In the ellipse's own axes the shorter is integrated in closed form and the longer by Gauss-Legendre quadrature in
    the angle (x = r sin a), in pieces that end where the closed form bends (the integral is that of DiDonato and
    Jarnagin, "Integration of the general bivariate Gaussian distribution over an offset circle", 1961).

    Args:
        east_m, north_m: the mean, from the disc's centre.
        c_ee, c_en, c_nn: covariance, m2.
        radius_m: of the disc.
    """
    middle = 0.5 * (c_ee + c_nn)
    half = 0.5 * (c_ee - c_nn)
    root = math.sqrt(half * half + c_en * c_en)
    sigma1 = math.sqrt(max(middle + root, 0.0))
    distance = math.sqrt(east_m * east_m + north_m * north_m)
    if distance - radius_m >= _FAR * sigma1:
        return 0.0
    if radius_m - distance >= _FAR * sigma1:
        return 1.0
    sigma2 = math.sqrt(max(middle - root, 1e-12 * (middle + root)))
    angle = 0.5 * math.atan2(c_en, half)
    cos_a, sin_a = math.cos(angle), math.sin(angle)
    along = east_m * cos_a + north_m * sin_a
    across = abs(north_m * cos_a - east_m * sin_a)
    low = math.asin(min(1.0, max(-1.0, (along - _FAR * sigma1) / radius_m)))
    high = math.asin(max(-1.0, min(1.0, (along + _FAR * sigma1) / radius_m)))
    bend = math.acos(across / radius_m) if across < radius_m else 0.0
    peak = math.asin(min(1.0, max(-1.0, along / radius_m)))
    cut = (low, min(-bend, peak), max(-bend, min(peak, bend)), max(bend, peak), high)
    total = 0.0
    for k in range(4):
        a = min(high, max(low, cut[k]))
        b = min(high, max(low, cut[k + 1]))
        if b - a < 1e-12:
            continue
        middle_a, half_a = 0.5 * (a + b), 0.5 * (b - a)
        for i in range(24):
            theta = middle_a + half_a * _NODE[i]
            edge = radius_m * math.cos(theta)
            u = (radius_m * math.sin(theta) - along) / sigma1
            inner = normal_below((edge - across) / sigma2) - normal_below((-edge - across) / sigma2)
            total += half_a * _WEIGHT[i] * math.exp(-0.5 * u * u) * edge * inner
    return min(1.0, total * _INV_SQRT_2PI / sigma1)


@kernel
def impact_probability(
    lat_rad: float,
    lon_rad: float,
    c_ee: float,
    c_en: float,
    c_nn: float,
    place_lat_rad: float,
    place_lon_rad: float,
    radius_m: float,
) -> float:
    """The chance that a predicted impact (its mean, rad, and covariance, m2) lies within radius_m of a place (rad).

    The offset is taken on the tangent plane between the two with the ellipsoid's radii of curvature there.
    """
    lat = 0.5 * (lat_rad + place_lat_rad)
    sin_lat = math.sin(lat)
    w2 = 1.0 - E2 * sin_lat * sin_lat
    normal_m = A_M / math.sqrt(w2)
    north = (lat_rad - place_lat_rad) * normal_m * (1.0 - E2) / w2
    reach = radius_m + _FAR * math.sqrt(c_ee + c_nn)
    if abs(north) > reach:
        return 0.0
    difference = lon_rad - place_lon_rad
    if difference > math.pi:
        difference -= 2.0 * math.pi
    elif difference < -math.pi:
        difference += 2.0 * math.pi
    east = difference * normal_m * math.cos(lat)
    if abs(east) > reach:
        return 0.0
    return disc_probability(east, north, c_ee, c_en, c_nn, radius_m)


@kernel
def course_probability(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    place: NDArray[np.float64],
    radius_m: float,
    horizon_s: float,
    turn_sigma_rad: float,
    speed_error: float,
) -> tuple[float, float]:
    """The chance that an air-breathing object is going to a place, and the seconds to its edge.

    Seen from the object, the bearing it is going to is normal about its present course, with the track's own course
    error and a stated turn error; the chance is the share of that within the angle the place fills, times the chance
    that the edge is within the horizon at its speed. Inside the place both are certain.

    Args:
        mean, cov: the track, [6] and [6, 6], ECEF.
        place: [3] ECEF m.
        radius_m: of the place.
        horizon_s: how far ahead is looked.
        turn_sigma_rad: one sigma of the turn error.
        speed_error: one sigma of the mean speed ahead, as a share.
    """
    r = math.sqrt(mean[0] ** 2 + mean[1] ** 2 + mean[2] ** 2)
    ux, uy, uz = mean[0] / r, mean[1] / r, mean[2] / r
    up = place[0] * ux + place[1] * uy + place[2] * uz
    dx, dy, dz = place[0] - up * ux, place[1] - up * uy, place[2] - up * uz
    side = math.sqrt(dx * dx + dy * dy + dz * dz)
    distance_m = math.atan2(side, up) * r
    edge_m = distance_m - radius_m
    if edge_m <= 0.0:
        return 1.0, 0.0
    climb = mean[3] * ux + mean[4] * uy + mean[5] * uz
    vx, vy, vz = mean[3] - climb * ux, mean[4] - climb * uy, mean[5] - climb * uz
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    if speed < 1.0 or edge_m > 1.5 * speed * horizon_s:
        return 0.0, math.inf
    vx, vy, vz = vx / speed, vy / speed, vz / speed
    cx, cy, cz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    off = math.atan2((dx * cx + dy * cy + dz * cz) / side, (dx * vx + dy * vy + dz * vz) / side)
    across_vel = 0.0
    across_pos = 0.0
    along_vel = 0.0
    c = (cx, cy, cz)
    v = (vx, vy, vz)
    for i in range(3):
        for j in range(3):
            across_vel += c[i] * cov[3 + i, 3 + j] * c[j]
            across_pos += c[i] * cov[i, j] * c[j]
            along_vel += v[i] * cov[3 + i, 3 + j] * v[j]
    sigma = math.sqrt(
        turn_sigma_rad * turn_sigma_rad
        + across_vel / (speed * speed)
        + across_pos / (distance_m * distance_m)
    )
    width = math.asin(min(1.0, radius_m / distance_m))
    chance = normal_below((off + width) / sigma) - normal_below((off - width) / sigma)
    speed_sigma = math.sqrt(along_vel + (speed_error * speed) ** 2)
    chance *= normal_below((speed * horizon_s - edge_m) / (horizon_s * speed_sigma + 1.0))
    return min(1.0, chance), edge_m / speed
