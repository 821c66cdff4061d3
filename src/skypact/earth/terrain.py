"""The ground: a grid of heights, and the height at a point between its nodes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skypact.errors import UsageError
from skypact.kernels import terrain as kernel

COARSE_STEP_DEG = 1.0 / 30.0
"""Nodes further apart than this (2 arc minutes, some 3.7 km) cannot decide what a low flyer's radar sees."""


@dataclass(frozen=True, eq=False)
class Terrain:
    """Heights on a regular grid of latitude and longitude.

    Heights are used as heights above the ellipsoid: the geoid (tens of metres in the region) is ignored.

    Attributes:
        heights_m: i2[rows, cols], C order, at the nodes; row 0 the southernmost, column 0 the westernmost.
        lat0_deg, lon0_deg: the first node, degrees.
        step_deg: the spacing of the nodes in both directions, degrees.
        name: what it is, for reports.
    """

    heights_m: NDArray[np.int16]
    lat0_deg: float
    lon0_deg: float
    step_deg: float
    name: str

    def __post_init__(self) -> None:
        shape = self.heights_m.shape
        if len(shape) != 2 or min(shape) < 2 or self.heights_m.dtype != np.int16:
            raise UsageError(
                f"terrain {self.name}",
                f"an array of {self.heights_m.dtype} of shape {shape}",
                "Give int16 metres of shape [rows, cols], at least 2 by 2.",
            )
        if not (self.step_deg > 0.0 and self.heights_m.flags.c_contiguous):
            raise UsageError(
                f"terrain {self.name}",
                f"a step of {self.step_deg} degrees, C order {self.heights_m.flags.c_contiguous}",
                "Give a positive step and a C-ordered array whose row 0 is the southernmost.",
            )

    @property
    def coarse(self) -> bool:
        """Whether results for low flyers on this terrain must carry a warning."""
        return self.step_deg > COARSE_STEP_DEG

    @property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """South, west, north and east edges (the outermost nodes), degrees."""
        rows, cols = self.heights_m.shape
        north = self.lat0_deg + (rows - 1) * self.step_deg
        east = self.lon0_deg + (cols - 1) * self.step_deg
        return self.lat0_deg, self.lon0_deg, north, east

    def covers(self, lat_rad: ArrayLike, lon_rad: ArrayLike) -> NDArray[np.bool_]:
        """Which points (rad) lie within the grid; ask before using heights near its edge."""
        rows, cols = self.heights_m.shape
        y = (np.degrees(np.asarray(lat_rad, dtype=np.float64)) - self.lat0_deg) / self.step_deg
        x = (np.degrees(np.asarray(lon_rad, dtype=np.float64)) - self.lon0_deg) / self.step_deg
        return np.asarray((y >= 0.0) & (y <= rows - 1) & (x >= 0.0) & (x <= cols - 1))

    def height_m(self, lat_rad: ArrayLike, lon_rad: ArrayLike) -> NDArray[np.float64]:
        """Bilinear heights (m) at points (rad), in the shape of the broadcast arguments.

        Raises:
            UsageError: a point lies outside the grid; heights there are not guessed.
        """
        lat, lon = np.broadcast_arrays(np.asarray(lat_rad, dtype=np.float64), np.asarray(lon_rad, np.float64))
        points = np.ascontiguousarray(np.degrees(np.stack([lat.ravel(), lon.ravel()], axis=1)))
        out = np.empty(len(points))
        kernel.height_rows(self.heights_m, self.lat0_deg, self.lon0_deg, self.step_deg, points, out)
        outside = np.isnan(out)
        if outside.any():
            at_lat, at_lon = points[outside.argmax()]
            south, west, north, east = self.bounds_deg
            raise UsageError(
                f"terrain height at {at_lat:.4f} N {at_lon:.4f} E",
                f"{self.name} covers {south:g} to {north:g} N, {west:g} to {east:g} E",
                "Use a point inside, or a terrain that covers it (`Terrain.covers` tells).",
            )
        return out.reshape(lat.shape)


def flat_terrain(
    south_deg: float, west_deg: float, north_deg: float, east_deg: float, height_m: int = 0
) -> Terrain:
    """A terrain of one height (m) with nodes a degree apart, for tests and examples over the sea."""
    rows = max(2, math.ceil(north_deg - south_deg) + 1)
    cols = max(2, math.ceil(east_deg - west_deg) + 1)
    heights = np.full((rows, cols), height_m, dtype=np.int16)
    return Terrain(heights, south_deg, west_deg, 1.0, f"flat at {height_m} m")
