"""Slow twin of `kernels.route`: a traveller that turns a vector about axes, and windows looked at one by one."""

from __future__ import annotations

import numpy as np

from tests.naive.frame import MEAN_RADIUS_M, ecef_from_geodetic
from tests.naive.masking import height_m


def rotate(vector, axis, angle):
    """Rodrigues' formula."""
    axis = axis / np.linalg.norm(axis)
    return (
        np.cos(angle) * vector
        + np.sin(angle) * np.cross(axis, vector)
        + (1 - np.cos(angle)) * (axis @ vector) * axis
    )


def pieces(points, turn_radius):
    """(axis, angle, length) of each great circle and turn; a turn goes about the centre of its circle."""
    found = []
    trimmed = 0.0
    for i in range(len(points) - 1):
        here, there = points[i], points[i + 1]
        axis = np.cross(here, there)
        leg = np.arctan2(np.linalg.norm(axis), here @ there)
        if i == len(points) - 2:
            found.append((axis, leg - trimmed, (leg - trimmed) * MEAN_RADIUS_M))
            return found
        onward = np.cross(there, points[i + 2])
        next_leg = np.arctan2(np.linalg.norm(onward), there @ points[i + 2])
        turn = np.arccos(np.clip(axis @ onward / np.linalg.norm(axis) / np.linalg.norm(onward), -1, 1))
        side = np.sign(np.cross(axis, onward) @ there)
        cut = min(turn_radius * np.tan(turn / 2) / MEAN_RADIUS_M, 0.45 * min(leg, next_leg))
        found.append((axis, leg - trimmed - cut, (leg - trimmed - cut) * MEAN_RADIUS_M))
        radius = cut / np.tan(turn / 2)
        ahead = np.cross(axis / np.linalg.norm(axis), there)
        start = np.cos(cut) * there - np.sin(cut) * ahead
        ahead = np.cross(axis / np.linalg.norm(axis), start)
        left = np.cross(start, ahead)
        centre = np.cos(radius) * start + np.sin(radius) * side * left
        found.append((side * centre, turn, radius * MEAN_RADIUS_M * turn))
        trimmed = cut
    return found


def point_at(points, turn_radius, s):
    """The n-vector at length s."""
    here = np.array(points[0], dtype=float)
    for axis, angle, length in pieces(points, turn_radius):
        part = min(s / length, 1.0) if length > 0 else 1.0
        here = rotate(here, axis, part * angle)
        s -= part * length
        if s <= 0:
            break
    return here


def geodetic(vector):
    """Latitude and longitude, rad."""
    return np.arcsin(vector[2]), np.arctan2(vector[1], vector[0])


def ground(heights, lat0, lon0, step, vector):
    """Height at the nearest point of the grid."""
    rows, cols = heights.shape
    lat, lon = np.degrees(geodetic(vector))
    lat = np.clip(lat, lat0, lat0 + (rows - 1) * step)
    lon = np.clip(lon, lon0, lon0 + (cols - 1) * step)
    return height_m(heights, lat0, lon0, step, lat, lon)


def smooth(values, half):
    """Mean of the maxima of the windows that hold each row."""
    return [
        np.mean([max(values[j - half : j + half + 1]) for j in range(i - half, i + half + 1)])
        for i in range(2 * half, len(values) - 2 * half)
    ]


def positions(vectors, heights):
    """ECEF positions."""
    return np.array(
        [
            ecef_from_geodetic(lat, lon, h)
            for (lat, lon), h in zip(map(geodetic, vectors), heights, strict=True)
        ]
    )
