"""Terrain masking of one radar against the same sweep in plain NumPy."""

from __future__ import annotations

import math
import os
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.measure import Row, best_s
from skypact.earth.frame import destination
from skypact.earth.masking import terrain_mask
from skypact.earth.terrain import Terrain
from skypact.kernels.wgs84 import EFFECTIVE_RADIUS_M
from skypact.model.network import F4
from skypact.run.terrain import load_geotiff

AZIMUTHS, COLUMN_M, PARTS, RANGE_M, MAST_M = 720, 1_000.0, 4, 500_000.0, 20.0
REAL = Path("terrain") / "dted0_30s.tif"
SITES_DEG = ((24.69, 46.72), (30.50, 50.50), (23.20, 57.20))
"""Notional points: inland plateau, mountain foot, mountain range."""


def _peer(terrain: Terrain, lat_rad: float, lon_rad: float) -> F4:
    """The same table by arrays: exact great-circle points, bilinear heights, a running maximum."""
    step_m = COLUMN_M / PARTS
    distance = step_m * np.arange(int(RANGE_M / step_m) + 1)
    bearing = 2.0 * math.pi * np.arange(AZIMUTHS) / AZIMUTHS
    lat, lon = destination(lat_rad, lon_rad, bearing[:, None], distance[None, :])
    y = (np.degrees(lat) - terrain.lat0_deg) / terrain.step_deg
    x = (np.degrees(lon) - terrain.lon0_deg) / terrain.step_deg
    i, j = y.astype(np.int64), x.astype(np.int64)
    v, u = y - i, x - j
    grid = terrain.heights_m
    ground = (grid[i, j] * (1 - u) + grid[i, j + 1] * u) * (1 - v)
    ground += (grid[i + 1, j] * (1 - u) + grid[i + 1, j + 1] * u) * v
    antenna_m, two_k_m = ground[0, 0] + MAST_M, 2.0 * EFFECTIVE_RADIUS_M
    tangent = np.full(ground.shape, -np.inf)
    tangent[:, 1:] = (ground[:, 1:] - antenna_m) / distance[1:] - distance[1:] / two_k_m
    slope = np.diff(ground, axis=1) / step_m
    summit2 = two_k_m * (antenna_m - ground[:, 1:] + slope * distance[1:])
    inside = (distance[:-1] ** 2 < summit2) & (summit2 < distance[1:] ** 2)
    summit = np.where(inside, slope - 2.0 * np.sqrt(np.maximum(summit2, 0.0)) / two_k_m, -np.inf)
    tangent[:, 1:] = np.maximum(tangent[:, 1:], summit)
    return np.maximum.accumulate(tangent, axis=1)[:, ::PARTS].astype(np.float32)


def _row(name: str, terrain: Terrain, sites_deg: tuple[tuple[float, float], ...], note: str) -> Row:
    """The mean of the sites; at each the two tables must be the same but for half a metre of position."""
    ours_s = peer_s = 0.0
    for lat_deg, lon_deg in sites_deg:
        site = (math.radians(lat_deg), math.radians(lon_deg))
        ours = partial(
            terrain_mask,
            terrain,
            *site,
            MAST_M,
            max_range_m=RANGE_M,
            n_az=AZIMUTHS,
            dr_m=COLUMN_M,
            parts=PARTS,
        )
        apart = np.abs(ours().tan[:, 1:] - _peer(terrain, *site)[:, 1:])
        if apart.max() > 1e-3 or apart.mean() > 2e-6:
            raise ArithmeticError(f"mask at {lat_deg} N {lon_deg} E: {apart.max()} from the peer's")
        ours_s += best_s(ours, 10) / len(sites_deg)
        peer_s += best_s(partial(_peer, terrain, *site), 3) / len(sites_deg)
    size = f"{AZIMUTHS}x{int(RANGE_M / COLUMN_M)}"
    return Row(name, size, "ms", 1e3 * ours_s, 1e3 * peer_s, "NumPy", note)


def _made() -> Terrain:
    """Hills of 30 arc seconds with sea between them, as wide as a sweep: waves of all lengths and directions."""
    rng = np.random.default_rng(30)
    north, east = np.meshgrid(np.arange(1_600.0), np.arange(1_600.0), indexing="ij")
    heights = np.zeros(north.shape)
    for length in np.geomspace(4.0, 800.0, 24):
        turn, phase = rng.uniform(0.0, 2.0 * math.pi, 2)
        along = north * math.cos(turn) + east * math.sin(turn)
        heights += 6.0 * math.sqrt(length) * np.cos(2.0 * math.pi * along / length + phase)
    return Terrain(np.clip(heights, 0.0, None).astype(np.int16), 18.0, 44.0, 1.0 / 120.0, "made")


def rows() -> list[Row]:
    """A row on made terrain, and one on real terrain where it is."""
    found = [_row("earth.mask.made_radar_ms", _made(), ((24.6, 50.6),), "made terrain of 30 arc seconds")]
    folder = Path(os.environ.get("SKYPACT_REAL_DATA", Path(__file__).resolve().parents[2] / "shared/data"))
    if (folder / REAL).is_file():
        note = f"30 arc seconds, mean of {len(SITES_DEG)} sites in mountains and inland"
        found.append(_row("earth.mask.radar_ms", load_geotiff(folder / REAL), SITES_DEG, note))
    else:
        print(f"earth.mask.radar_ms is left out: {folder / REAL} is not there", flush=True)
    return found
