"""WGS 84 frames for arrays. The mathematics is in `skypact.kernels.frame`; the conventions are stated there.

Arguments broadcast as in NumPy. Leading shapes are kept: a position is the last axis, of length 3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skypact.kernels import frame as kernel

Floats = NDArray[np.float64]


def _columns(*values: ArrayLike) -> tuple[Floats, tuple[int, ...]]:
    """The broadcast arguments as contiguous columns [n, k], and their common shape."""
    arrays = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
    return np.ascontiguousarray(np.stack([a.ravel() for a in arrays], axis=1)), arrays[0].shape


def _positions(pos_m: ArrayLike) -> tuple[Floats, tuple[int, ...]]:
    """Positions as contiguous rows [n, 3], and their leading shape."""
    array = np.asarray(pos_m, dtype=np.float64)
    return np.ascontiguousarray(array.reshape(-1, 3)), array.shape[:-1]


def ecef_from_geodetic(lat_rad: ArrayLike, lon_rad: ArrayLike, height_m: ArrayLike) -> Floats:
    """ECEF positions f8[..., 3] (m) of geodetic points (rad, rad, m above the ellipsoid)."""
    geodetic, shape = _columns(lat_rad, lon_rad, height_m)
    out = np.empty_like(geodetic)
    kernel.ecef_from_geodetic_rows(geodetic, out)
    return out.reshape(*shape, 3)


def geodetic_from_ecef(pos_ecef_m: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Latitude, longitude (rad) and height (m above the ellipsoid) of ECEF positions f8[..., 3] (m).

    Accurate to 1e-7 m from 10 km below the ellipsoid to 100,000 km above it (Bowring 1985, applied twice).
    """
    ecef, shape = _positions(pos_ecef_m)
    out = np.empty_like(ecef)
    kernel.geodetic_from_ecef_rows(ecef, out)
    return out[:, 0].reshape(shape), out[:, 1].reshape(shape), out[:, 2].reshape(shape)


def rot_enu_from_ecef(lat_rad: ArrayLike, lon_rad: ArrayLike) -> Floats:
    """Rotations f8[..., 3, 3] with `vec_enu = rot_enu_from_ecef @ vec_ecef` at geodetic points (rad)."""
    lat, lon = np.broadcast_arrays(
        np.asarray(lat_rad, dtype=np.float64), np.asarray(lon_rad, dtype=np.float64)
    )
    sin_lat, cos_lat, sin_lon, cos_lon = np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)
    rot = np.empty((*lat.shape, 3, 3))
    rot[..., 0, 0], rot[..., 0, 1], rot[..., 0, 2] = -sin_lon, cos_lon, 0.0
    rot[..., 1, 0], rot[..., 1, 1], rot[..., 1, 2] = -sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat
    rot[..., 2, 0], rot[..., 2, 1], rot[..., 2, 2] = cos_lat * cos_lon, cos_lat * sin_lon, sin_lat
    return rot


def enu_from_ecef(pos_ecef_m: ArrayLike, lat_rad: float, lon_rad: float, height_m: float) -> Floats:
    """ENU positions f8[..., 3] (m), at a geodetic origin, of ECEF positions f8[..., 3] (m)."""
    origin_ecef_m = ecef_from_geodetic(lat_rad, lon_rad, height_m)
    rot = rot_enu_from_ecef(lat_rad, lon_rad)
    enu_m: Floats = (np.asarray(pos_ecef_m, dtype=np.float64) - origin_ecef_m) @ rot.T
    return enu_m


def ecef_from_enu(pos_enu_m: ArrayLike, lat_rad: float, lon_rad: float, height_m: float) -> Floats:
    """ECEF positions f8[..., 3] (m) of ENU positions f8[..., 3] (m) at a geodetic origin."""
    origin_ecef_m = ecef_from_geodetic(lat_rad, lon_rad, height_m)
    rot = rot_enu_from_ecef(lat_rad, lon_rad)
    ecef_m: Floats = np.asarray(pos_enu_m, dtype=np.float64) @ rot + origin_ecef_m
    return ecef_m


def range_bearing_elevation_from_ecef(
    pos_ecef_m: ArrayLike, lat_rad: float, lon_rad: float, height_m: float
) -> tuple[Floats, Floats, Floats]:
    """Slant range (m), bearing in [0, 2 pi) and elevation (rad) of ECEF positions seen from a geodetic site.

    Geometric: no refraction. Each answer has the leading shape of `pos_ecef_m` f8[..., 3].
    """
    ecef, shape = _positions(pos_ecef_m)
    out = np.empty_like(ecef)
    site = np.array(kernel.ecef_from_geodetic(lat_rad, lon_rad, height_m))
    kernel.range_bearing_elevation_rows(ecef, site, kernel.rot_enu_from_ecef(lat_rad, lon_rad), out)
    return out[:, 0].reshape(shape), out[:, 1].reshape(shape), out[:, 2].reshape(shape)


def destination(
    lat_rad: ArrayLike, lon_rad: ArrayLike, bearing_rad: ArrayLike, distance_m: ArrayLike
) -> tuple[Floats, Floats]:
    """Latitude and longitude (rad) at a distance (m) along great circles of the mean sphere (6,371,008.8 m).

    For scenario construction: the distance is within 0.56% of the ellipsoid's geodesic.
    """
    points, shape = _columns(lat_rad, lon_rad, bearing_rad, distance_m)
    out = np.empty((len(points), 2))
    kernel.destination_rows(points, out)
    return out[:, 0].reshape(shape), out[:, 1].reshape(shape)


def distance_bearing(
    lat1_rad: ArrayLike, lon1_rad: ArrayLike, lat2_rad: ArrayLike, lon2_rad: ArrayLike
) -> tuple[Floats, Floats]:
    """Great-circle distance (m, mean sphere) from first to second points and the bearing (rad) at the first."""
    points, shape = _columns(lat1_rad, lon1_rad, lat2_rad, lon2_rad)
    out = np.empty((len(points), 2))
    kernel.distance_bearing_rows(points, out)
    return out[:, 0].reshape(shape), out[:, 1].reshape(shape)


def intermediate(
    lat1_rad: ArrayLike, lon1_rad: ArrayLike, lat2_rad: ArrayLike, lon2_rad: ArrayLike, fraction: ArrayLike
) -> tuple[Floats, Floats]:
    """Latitude and longitude (rad) a fraction of the way along great circles between two points (slerp)."""
    points, shape = _columns(lat1_rad, lon1_rad, lat2_rad, lon2_rad, fraction)
    out = np.empty((len(points), 2))
    kernel.intermediate_rows(points, out)
    return out[:, 0].reshape(shape), out[:, 1].reshape(shape)
