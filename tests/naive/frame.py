"""Slow twins of `kernels.frame`: the textbook definition of each answer, found by iteration or by vectors."""

from __future__ import annotations

import math

import numpy as np

A_M = 6378137.0
F = 1 / 298.257223563
E2 = 2 * F - F * F
MEAN_RADIUS_M = 6371008.8


def ecef_from_geodetic(lat, lon, height):
    """The foot of the normal on the ellipse, turned about the axis, plus the height along the normal."""
    normal = A_M / math.sqrt(1 - E2 * math.sin(lat) ** 2)
    foot = np.array([normal * math.cos(lat), 0.0, normal * (1 - E2) * math.sin(lat)])
    point = foot + height * np.array([math.cos(lat), 0.0, math.sin(lat)])
    return np.array([point[0] * math.cos(lon), point[0] * math.sin(lon), point[2]])


def geodetic_from_ecef(x, y, z):
    """Fixed-point iteration on the latitude (Hofmann-Wellenhof, Lichtenegger and Collins 2001, section 10.2.1)."""
    p = math.hypot(x, y)
    lat = math.atan2(z, p * (1 - E2))
    for _ in range(200):
        normal = A_M / math.sqrt(1 - E2 * math.sin(lat) ** 2)
        lat = math.atan2(z + E2 * normal * math.sin(lat), p)
    across = p * math.cos(lat) + z * math.sin(lat)
    return lat, math.atan2(y, x), across - A_M * math.sqrt(1 - E2 * math.sin(lat) ** 2)


def range_bearing_elevation(point, site, lat, lon):
    """Angles from dot products with the three unit vectors of the site."""
    up = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    north = np.cross(up, east)
    offset = np.asarray(point) - np.asarray(site)
    distance = math.sqrt(offset @ offset)
    across = offset - (offset @ up) * up
    elevation = math.atan2(offset @ up, math.sqrt(across @ across))
    return distance, math.atan2(across @ east, across @ north) % (2 * math.pi), elevation


def unit(lat, lon):
    return np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])


def destination(lat, lon, bearing, distance):
    """Turn the point's unit vector about the normal of the great circle's plane (Rodrigues)."""
    start = unit(lat, lon)
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    ahead = math.sin(bearing) * east + math.cos(bearing) * np.cross(start, east)
    angle = distance / MEAN_RADIUS_M
    end = math.cos(angle) * start + math.sin(angle) * ahead
    return math.asin(max(-1.0, min(1.0, end[2]))), math.atan2(end[1], end[0])


def distance_bearing(lat1, lon1, lat2, lon2):
    start, end = unit(lat1, lon1), unit(lat2, lon2)
    angle = math.atan2(np.linalg.norm(np.cross(start, end)), start @ end)
    east = np.array([-math.sin(lon1), math.cos(lon1), 0.0])
    return MEAN_RADIUS_M * angle, math.atan2(end @ east, end @ np.cross(start, east)) % (2 * math.pi)
