"""Frames of the Earth, one point at a time: geodetic, ECEF, ENU, radar co-ordinates and great circles.

Geodetic means latitude and longitude in radians and height in metres above the WGS 84 ellipsoid. ECEF is
Earth-centred Earth-fixed, metres. ENU is east, north, up at a stated point. Bearing is clockwise from true
north, in [0, 2 pi); elevation is above the ellipsoid's local horizontal. `earth.frame` has the same functions
for arrays.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.wgs84 import A_M, B_M, E2, EP2, MEAN_RADIUS_M, F

Rotation = tuple[float, float, float, float, float, float, float, float, float]
"""A 3 x 3 rotation, row by row."""

_TWO_PI = 2.0 * math.pi


@kernel
def ecef_from_geodetic(lat_rad: float, lon_rad: float, height_m: float) -> tuple[float, float, float]:
    """ECEF x, y, z (m) of a geodetic point."""
    sin_lat = math.sin(lat_rad)
    cos_lat = math.cos(lat_rad)
    normal_m = A_M / math.sqrt(1.0 - E2 * sin_lat * sin_lat)
    across_m = (normal_m + height_m) * cos_lat
    z = (normal_m * (1.0 - E2) + height_m) * sin_lat
    return across_m * math.cos(lon_rad), across_m * math.sin(lon_rad), z


@kernel
def normal_and_height(x: float, y: float, z: float) -> tuple[float, float, float]:
    """Sine and cosine of geodetic latitude, both times one positive number, and height (m) of an ECEF point.

    Bowring's formula ("The accuracy of geodetic latitude and height equations", Survey Review 28, 1985) applied
    twice, without trigonometry. The error is below 1e-7 m from 10 km below the ellipsoid to 100,000 km above it; the
    formula is not for points within some 50 km of the Earth's centre.
    """
    p = math.sqrt(x * x + y * y)
    r = math.sqrt(p * p + z * z)
    # Reduced latitude beta as the unnormalised pair (sine, cosine), so that the poles need no case of their own.
    sin_beta = z * (B_M * r + EP2 * B_M * B_M)
    cos_beta = p * A_M * r
    sin_lat = z
    cos_lat = p
    for _ in range(2):
        norm = math.sqrt(sin_beta * sin_beta + cos_beta * cos_beta)
        sin_beta /= norm
        cos_beta /= norm
        sin_lat = z + EP2 * B_M * sin_beta * sin_beta * sin_beta
        cos_lat = p - E2 * A_M * cos_beta * cos_beta * cos_beta
        sin_beta = (1.0 - F) * sin_lat
        cos_beta = cos_lat
    norm = math.sqrt(sin_lat * sin_lat + cos_lat * cos_lat)
    sin_phi = sin_lat / norm
    cos_phi = cos_lat / norm
    return sin_lat, cos_lat, p * cos_phi + z * sin_phi - A_M * math.sqrt(1.0 - E2 * sin_phi * sin_phi)


@kernel
def geodetic_from_ecef(x: float, y: float, z: float) -> tuple[float, float, float]:
    """Latitude, longitude (rad) and height (m) of an ECEF point, by `normal_and_height`."""
    sin_lat, cos_lat, height_m = normal_and_height(x, y, z)
    return math.atan2(sin_lat, cos_lat), math.atan2(y, x), height_m


@kernel
def rot_enu_from_ecef(lat_rad: float, lon_rad: float) -> Rotation:
    """The rotation that turns an ECEF difference into ENU at a point, row by row (east, north, up)."""
    sin_lat = math.sin(lat_rad)
    cos_lat = math.cos(lat_rad)
    sin_lon = math.sin(lon_rad)
    cos_lon = math.cos(lon_rad)
    return (
        -sin_lon,
        cos_lon,
        0.0,
        -sin_lat * cos_lon,
        -sin_lat * sin_lon,
        cos_lat,
        cos_lat * cos_lon,
        cos_lat * sin_lon,
        sin_lat,
    )


@kernel
def range_bearing_elevation_from_enu(e: float, n: float, u: float) -> tuple[float, float, float]:
    """Slant range (m), bearing in [0, 2 pi) and elevation (rad) of an ENU offset (m)."""
    across_m = math.sqrt(e * e + n * n)
    range_m = math.sqrt(across_m * across_m + u * u)
    bearing_rad = math.atan2(e, n)
    if bearing_rad < 0.0:
        bearing_rad += _TWO_PI
        if bearing_rad >= _TWO_PI:  # a tiny negative angle rounds up to 2 pi
            bearing_rad = 0.0
    return range_m, bearing_rad, math.atan2(u, across_m)


@kernel
def enu_from_range_bearing_elevation(
    range_m: float, bearing_rad: float, elevation_rad: float
) -> tuple[float, float, float]:
    """ENU offset (m) of a slant range (m), a bearing and an elevation (rad)."""
    across_m = range_m * math.cos(elevation_rad)
    return (
        across_m * math.sin(bearing_rad),
        across_m * math.cos(bearing_rad),
        range_m * math.sin(elevation_rad),
    )


@kernel
def range_bearing_elevation_from_ecef(
    x: float, y: float, z: float, site_x: float, site_y: float, site_z: float, rot: Rotation
) -> tuple[float, float, float]:
    """Slant range (m), bearing and elevation (rad) of an ECEF point (m) seen from an ECEF site (m).

    Args:
        x, y, z: the point.
        site_x, site_y, site_z: the site.
        rot: `rot_enu_from_ecef` at the site, computed once for a site that stays.
    """
    dx = x - site_x
    dy = y - site_y
    dz = z - site_z
    e = rot[0] * dx + rot[1] * dy + rot[2] * dz
    n = rot[3] * dx + rot[4] * dy + rot[5] * dz
    u = rot[6] * dx + rot[7] * dy + rot[8] * dz
    return range_bearing_elevation_from_enu(e, n, u)


@kernel
def ecef_from_range_bearing_elevation(
    range_m: float,
    bearing_rad: float,
    elevation_rad: float,
    site_x: float,
    site_y: float,
    site_z: float,
    rot: Rotation,
) -> tuple[float, float, float]:
    """ECEF point (m) measured from an ECEF site (m); the inverse of `range_bearing_elevation_from_ecef`."""
    e, n, u = enu_from_range_bearing_elevation(range_m, bearing_rad, elevation_rad)
    return (
        site_x + rot[0] * e + rot[3] * n + rot[6] * u,
        site_y + rot[1] * e + rot[4] * n + rot[7] * u,
        site_z + rot[2] * e + rot[5] * n + rot[8] * u,
    )


@kernel
def destination(lat_rad: float, lon_rad: float, bearing_rad: float, distance_m: float) -> tuple[float, float]:
    """Latitude and longitude (rad) at a distance (m) along a great circle from a point.

    On the sphere of `MEAN_RADIUS_M`, geodetic latitude taken as spherical: against the ellipsoid's geodesic the
    distance is wrong by at most 0.56% and the bearing by at most 0.2 degrees. For scenario construction.
    """
    angle = distance_m / MEAN_RADIUS_M
    sin_lat = math.sin(lat_rad)
    cos_lat = math.cos(lat_rad)
    sin_angle = math.sin(angle)
    cos_angle = math.cos(angle)
    north = math.cos(bearing_rad)
    z = sin_lat * cos_angle + cos_lat * sin_angle * north
    along = cos_lat * cos_angle - sin_lat * sin_angle * north
    east = sin_angle * math.sin(bearing_rad)
    lat2 = math.atan2(z, math.sqrt(along * along + east * east))
    lon2 = lon_rad + math.atan2(east, along)
    if lon2 > math.pi:
        lon2 -= _TWO_PI
    elif lon2 < -math.pi:
        lon2 += _TWO_PI
    return lat2, lon2


@kernel
def distance_bearing(lat1: float, lon1: float, lat2: float, lon2: float) -> tuple[float, float]:
    """Great-circle distance (m) from the first point to the second (rad) and the bearing there at the first.

    On the sphere of `MEAN_RADIUS_M`, as in `destination`. The bearing of a point from itself is 0.
    """
    sin1 = math.sin(lat1)
    cos1 = math.cos(lat1)
    sin2 = math.sin(lat2)
    cos2 = math.cos(lat2)
    difference = lon2 - lon1
    east = cos2 * math.sin(difference)
    cos_difference = math.cos(difference)
    north = cos1 * sin2 - sin1 * cos2 * cos_difference
    across = math.sqrt(east * east + north * north)
    angle = math.atan2(across, sin1 * sin2 + cos1 * cos2 * cos_difference)
    bearing_rad = math.atan2(east, north)
    if bearing_rad < 0.0:
        bearing_rad += _TWO_PI
        if bearing_rad >= _TWO_PI:
            bearing_rad = 0.0
    return MEAN_RADIUS_M * angle, bearing_rad


@kernel
def intermediate(lat1: float, lon1: float, lat2: float, lon2: float, fraction: float) -> tuple[float, float]:
    """The point (rad) a fraction of the way along the great circle between two points: slerp.

    Shoemake, "Animating rotation with quaternion curves", SIGGRAPH 1985. The ends may not be antipodal.
    """
    cos1 = math.cos(lat1)
    cos2 = math.cos(lat2)
    x1 = cos1 * math.cos(lon1)
    y1 = cos1 * math.sin(lon1)
    z1 = math.sin(lat1)
    x2 = cos2 * math.cos(lon2)
    y2 = cos2 * math.sin(lon2)
    z2 = math.sin(lat2)
    cx = y1 * z2 - z1 * y2
    cy = z1 * x2 - x1 * z2
    cz = x1 * y2 - y1 * x2
    sin_angle = math.sqrt(cx * cx + cy * cy + cz * cz)
    angle = math.atan2(sin_angle, x1 * x2 + y1 * y2 + z1 * z2)
    if sin_angle < 1e-12:
        weight1 = 1.0 - fraction
        weight2 = fraction
    else:
        weight1 = math.sin((1.0 - fraction) * angle) / sin_angle
        weight2 = math.sin(fraction * angle) / sin_angle
    x = weight1 * x1 + weight2 * x2
    y = weight1 * y1 + weight2 * y2
    z = weight1 * z1 + weight2 * z2
    return math.atan2(z, math.sqrt(x * x + y * y)), math.atan2(y, x)


@kernel
def ecef_from_geodetic_rows(geodetic: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Fill out[n, 3] (ECEF, m) from geodetic[n, 3] (lat rad, lon rad, height m)."""
    for i in range(geodetic.shape[0]):
        out[i, 0], out[i, 1], out[i, 2] = ecef_from_geodetic(geodetic[i, 0], geodetic[i, 1], geodetic[i, 2])


@kernel
def geodetic_from_ecef_rows(ecef: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Fill out[n, 3] (lat rad, lon rad, height m) from ecef[n, 3] (m)."""
    for i in range(ecef.shape[0]):
        out[i, 0], out[i, 1], out[i, 2] = geodetic_from_ecef(ecef[i, 0], ecef[i, 1], ecef[i, 2])


@kernel
def range_bearing_elevation_rows(
    ecef: NDArray[np.float64], site: NDArray[np.float64], rot: Rotation, out: NDArray[np.float64]
) -> None:
    """Fill out[n, 3] (range m, bearing rad, elevation rad) of ecef[n, 3] (m) seen from site[3] (ECEF, m)."""
    for i in range(ecef.shape[0]):
        out[i, 0], out[i, 1], out[i, 2] = range_bearing_elevation_from_ecef(
            ecef[i, 0], ecef[i, 1], ecef[i, 2], site[0], site[1], site[2], rot
        )


@kernel
def destination_rows(points: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Fill out[n, 2] (lat, lon rad) from points[n, 4] (lat, lon, bearing rad, distance m)."""
    for i in range(points.shape[0]):
        out[i, 0], out[i, 1] = destination(points[i, 0], points[i, 1], points[i, 2], points[i, 3])


@kernel
def distance_bearing_rows(points: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Fill out[n, 2] (distance m, bearing rad) from points[n, 4] (lat1, lon1, lat2, lon2 rad)."""
    for i in range(points.shape[0]):
        out[i, 0], out[i, 1] = distance_bearing(points[i, 0], points[i, 1], points[i, 2], points[i, 3])


@kernel
def intermediate_rows(points: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Fill out[n, 2] (lat, lon rad) from points[n, 5] (lat1, lon1, lat2, lon2 rad, fraction)."""
    for i in range(points.shape[0]):
        out[i, 0], out[i, 1] = intermediate(
            points[i, 0], points[i, 1], points[i, 2], points[i, 3], points[i, 4]
        )
