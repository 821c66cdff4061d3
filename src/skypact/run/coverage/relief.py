"""The usual masks on coarse terrain: the middle of many draws of the relief below its grid."""

from __future__ import annotations

import math

import numpy as np

from skypact.earth.masking import terrain_mask
from skypact.kernels.random import run_key
from skypact.model.network import MaskTable, Surroundings
from skypact.run.build import Wired
from skypact.run.mask import COARSE_MASK, MASK_RANGE_M, masks_of_terrain
from skypact.run.surroundings import surroundings_of

DRAWS = 15
BESIDE = 2
"""Azimuths on each side that count as further draws: to 250 km off they are within the grid's step of some 9 km."""


def usual_surroundings(wired: Wired, radars: tuple[int, ...]) -> Surroundings:
    """The surroundings of the radars as they are in the middle of many runs.

    Where the terrain is coarse, a mask is the median of `DRAWS` draws, in `BESIDE` azimuths to each side, with the
    middle of the scenario's interval of relief: what is above it is seen in half of the runs. On fine terrain nothing
    is drawn.

    Args:
        wired: the scenario ready to run.
        radars: rows of the sensors whose masks are wanted; the others have nothing in their way.
    """
    sensors, terrain, settings = wired.network.sensors, wired.terrain, wired.scenario.settings
    if not terrain.coarse:
        return surroundings_of(wired, masks_of_terrain(sensors, terrain))
    azimuths, cell_m = COARSE_MASK
    columns = math.ceil(MASK_RANGE_M / cell_m) + 1
    table = np.full((len(sensors.names), azimuths, columns), -np.inf, np.float32)
    for s in radars:
        lat_rad, lon_rad = float(sensors.lat_rad[s]), float(sensors.lon_rad[s])
        keys = [run_key(wired.scenario.seed, draw) for draw in range(DRAWS)]
        drawn = [
            terrain_mask(
                terrain,
                lat_rad,
                lon_rad,
                float(sensors.height_m[s] - terrain.height_m(lat_rad, lon_rad)),
                max_range_m=MASK_RANGE_M,
                n_az=azimuths,
                dr_m=cell_m,
                relief_m=0.5 * (settings.relief_low_m + settings.relief_high_m),
                key=(int(k0), int(k1), s),
            ).tan
            for k0, k1 in keys
        ]
        about = [np.roll(mask, turn, axis=0) for mask in drawn for turn in range(-BESIDE, BESIDE + 1)]
        table[s, :, 1:] = np.median(np.stack(about)[..., 1:], axis=0)
    return surroundings_of(wired, MaskTable(table, cell_m))
