"""What a flight dynamicist reads off sampled states."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.earth.frame import geodetic_from_ecef


@dataclass(frozen=True)
class Motion:
    """Of one path, a row a sample (accelerations: between samples)."""

    lat: np.ndarray
    lon: np.ndarray
    height: np.ndarray
    speed: np.ndarray
    angle: np.ndarray
    vertical: np.ndarray
    lateral: np.ndarray
    forward: np.ndarray
    ground_speed: np.ndarray


def motion(state):
    """The motion of a path of states [n, 6]."""
    position, velocity = state[:, :3], state[:, 3:]
    lat, lon, height = geodetic_from_ecef(position)
    up = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    climb = (velocity * up).sum(axis=1)
    level = velocity - climb[:, None] * up
    over_ground = np.linalg.norm(level, axis=1)
    ahead = level / np.maximum(over_ground, 1e-9)[:, None]
    change = np.diff(velocity, axis=0)
    vertical = (change * up[:-1]).sum(axis=1)
    change = change - vertical[:, None] * up[:-1]
    lateral = np.linalg.norm(change - (change * ahead[:-1]).sum(axis=1)[:, None] * ahead[:-1], axis=1)
    return Motion(
        lat=lat,
        lon=lon,
        height=height,
        speed=np.linalg.norm(velocity, axis=1),
        angle=np.arctan2(climb, over_ground),
        vertical=vertical,
        lateral=lateral,
        forward=np.diff(over_ground),
        ground_speed=over_ground,
    )


def rows_of(truth, i):
    """The rows of an object's path."""
    return slice(truth.offset[i], truth.offset[i + 1])
