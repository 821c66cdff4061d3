"""The terrain masking of a scenario's sensors: with sub-grid relief of a run, or of the terrain alone."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from skypact.earth.masking import terrain_mask
from skypact.earth.terrain import Terrain
from skypact.model.codes import SensorKind
from skypact.model.network import MaskTable, SensorTable

MASK_RANGE_M = 500_000.0
COARSE_MASK = (360, 2_000.0)
"""Azimuths and spacing of the masks on coarse terrain: its cells are larger."""
FINE_MASK = (720, 1_000.0)
FINE_PARTS = 4
"""Samples of fine ground a column: at 1 km a sample the tops of ridges are missed, and too much is seen behind them."""

Site = tuple[float, float, float, bool]
"""Latitude, longitude (rad), height of the antenna above the ellipsoid (m), and whether the ground can hide from it."""


def masks_with_relief(
    sensors: SensorTable, terrain: Terrain, relief_m: float, k0: np.uint32, k1: np.uint32
) -> MaskTable:
    """Masks of every sensor with a run's own relief finer than the terrain's grid; all open where nothing can hide.

    Args:
        sensors: S sensors.
        terrain: the ground.
        relief_m: standard deviation of the relief.
        k0, k1: the run's key.
    """
    return _masks(terrain, _sites(sensors), relief_m, (int(k0), int(k1)))


def masks_of_terrain(sensors: SensorTable, terrain: Terrain) -> MaskTable:
    """Masks of every sensor with nothing added to the terrain: made once in a process, and kept for the next run."""
    return _kept(terrain, _sites(sensors))


@lru_cache(maxsize=1)
def _kept(terrain: Terrain, sites: tuple[Site, ...]) -> MaskTable:
    """Masks depend on the terrain (by identity: it is frozen) and the sites (by value) alone."""
    return _masks(terrain, sites, 0.0, (0, 0))


def _masks(terrain: Terrain, sites: tuple[Site, ...], relief_m: float, key: tuple[int, int]) -> MaskTable:
    azimuths, cell_m = COARSE_MASK if terrain.coarse else FINE_MASK
    table = np.full((len(sites), azimuths, math.ceil(MASK_RANGE_M / cell_m) + 1), -np.inf, np.float32)
    for s, (lat_rad, lon_rad, height_m, hidden) in enumerate(sites):
        if hidden:
            table[s] = terrain_mask(
                terrain,
                lat_rad,
                lon_rad,
                height_m - float(terrain.height_m(lat_rad, lon_rad)),
                max_range_m=MASK_RANGE_M,
                n_az=azimuths,
                dr_m=cell_m,
                parts=1 if terrain.coarse else FINE_PARTS,
                relief_m=relief_m,
                key=(*key, s),
            ).tan
    return MaskTable(table, cell_m)


def _sites(sensors: SensorTable) -> tuple[Site, ...]:
    rows = zip(
        sensors.lat_rad.tolist(),
        sensors.lon_rad.tolist(),
        sensors.height_m.tolist(),
        (sensors.kind != SensorKind.INFRARED).tolist(),
        strict=True,
    )
    return tuple(rows)
