"""The plane of a map: Lambert's azimuthal equal-area projection about its middle, so that areas are counted in cells.

Snyder, "Map Projections: A Working Manual", USGS Professional Paper 1395, 1987, equations 24-2 to 24-4 and 20-14 to
20-18, on the mean sphere. Up to 1,500 km from the middle lengths are within 0.7%.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from skypact.kernels.wgs84 import MEAN_RADIUS_M
from skypact.model.network import F8


@dataclass(frozen=True)
class Plane:
    """A plane that touches the Earth at a point: x east and y north of it, km."""

    lat_rad: float
    lon_rad: float

    def xy_km(self, lat_rad: ArrayLike, lon_rad: ArrayLike) -> tuple[F8, F8]:
        """East and north (km) of points; not for the antipodes."""
        lat, turn = np.asarray(lat_rad, np.float64), np.asarray(lon_rad, np.float64) - self.lon_rad
        sin0, cos0 = math.sin(self.lat_rad), math.cos(self.lat_rad)
        cosine = sin0 * np.sin(lat) + cos0 * np.cos(lat) * np.cos(turn)
        scale = 1e-3 * MEAN_RADIUS_M * np.sqrt(2.0 / (1.0 + cosine))
        x = scale * np.cos(lat) * np.sin(turn)
        y = scale * (cos0 * np.sin(lat) - sin0 * np.cos(lat) * np.cos(turn))
        return x, y

    def lat_lon(self, x_km: ArrayLike, y_km: ArrayLike) -> tuple[F8, F8]:
        """Latitude and longitude (rad) of points of the plane."""
        x, y = np.asarray(x_km, np.float64), np.asarray(y_km, np.float64)
        away = np.maximum(np.hypot(x, y), 1e-9)
        angle = 2.0 * np.arcsin(np.minimum(away / (2e-3 * MEAN_RADIUS_M), 1.0))
        sin0, cos0 = math.sin(self.lat_rad), math.cos(self.lat_rad)
        lat = np.arcsin(np.clip(np.cos(angle) * sin0 + y / away * np.sin(angle) * cos0, -1.0, 1.0))
        east = x * np.sin(angle)
        lon = self.lon_rad + np.arctan2(east, away * cos0 * np.cos(angle) - y * sin0 * np.sin(angle))
        return lat, lon


@dataclass(frozen=True)
class Chart:
    """A part of a plane in square cells: edges (km) and the side of a cell."""

    plane: Plane
    west: float
    east: float
    south: float
    north: float
    cell_km: float

    @property
    def x_km(self) -> F8:
        """Middles of the columns, west first."""
        return _middles(self.west, self.east, self.cell_km)

    @property
    def y_km(self) -> F8:
        """Middles of the rows, south first."""
        return _middles(self.south, self.north, self.cell_km)

    def lat_lon(self) -> tuple[F8, F8]:
        """Latitude and longitude (rad) of the cells' middles, [rows, columns]."""
        return self.plane.lat_lon(*np.meshgrid(self.x_km, self.y_km))


def chart_around(lat_rad: F8, lon_rad: F8, shape: float, cells: int) -> Chart:
    """The smallest chart of a shape (width over height) about points, with a margin, in so many rows.

    Args:
        lat_rad, lon_rad: at least one point.
        shape: of the axes it is for.
        cells: rows.
    """
    middle = Plane(0.5 * float(lat_rad.min() + lat_rad.max()), 0.5 * float(lon_rad.min() + lon_rad.max()))
    x, y = middle.xy_km(lat_rad, lon_rad)
    half_y = 1.08 * max(0.5 * float(np.ptp(y)), 0.5 * float(np.ptp(x)) / shape, 10.0)
    mid_x, mid_y = 0.5 * float(x.min() + x.max()), 0.5 * float(y.min() + y.max())
    cell = 2.0 * half_y / cells
    half_x = cell * math.ceil(half_y * shape / cell)
    return Chart(middle, mid_x - half_x, mid_x + half_x, mid_y - half_y, mid_y + half_y, cell)


def _middles(low: float, high: float, cell: float) -> F8:
    return np.asarray(low + cell * (np.arange(round((high - low) / cell)) + 0.5), np.float64)
