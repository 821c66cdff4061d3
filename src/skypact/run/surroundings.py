"""What lies between sensors and objects in a run: terrain, air, clutter, and what befalls sensors and positions."""

from __future__ import annotations

import numpy as np

from skypact.earth.frame import ecef_from_geodetic
from skypact.kernels.random import RELIEF, uniform
from skypact.kernels.wgs84 import MEAN_RADIUS_M
from skypact.model.network import F8, DisturbanceTable, MaskTable, PositionFaultTable, Surroundings
from skypact.model.scenario import PositionFault, SensorEvent
from skypact.run.build import Wired
from skypact.run.mask import masks_of_terrain, masks_with_relief
from skypact.sense.clutter import clutter_table
from skypact.sense.propagation import loss_table


def draw_surroundings(wired: Wired, k0: np.uint32, k1: np.uint32) -> Surroundings:
    """The surroundings of a run: on coarse terrain with its own sub-grid relief, on fine terrain the same in all runs.

    Args:
        wired: the scenario ready to run.
        k0, k1: the run's key.
    """
    return surroundings_of(wired, draw_masks(wired, k0, k1))


def surroundings_of(wired: Wired, masks: MaskTable) -> Surroundings:
    """The surroundings that go with these masks."""
    sensors, sensing, weather = wired.network.sensors, wired.network.sensing, wired.scenario.weather
    return Surroundings(
        masks=masks,
        loss=loss_table(sensors, sensing, weather),
        clutter=clutter_table(sensors, sensing, masks, wired.terrain, weather),
        weather=weather,
        disturbances=disturbances(wired.scenario.sensor_events, sensors.names),
        position_faults=position_faults(wired.scenario.position_faults),
    )


def draw_masks(wired: Wired, k0: np.uint32, k1: np.uint32) -> MaskTable:
    """The run's terrain masking of every sensor; on coarse terrain with relief drawn from the scenario's interval."""
    settings, sensors, terrain = wired.scenario.settings, wired.network.sensors, wired.terrain
    if not terrain.coarse:
        return masks_of_terrain(sensors, terrain)
    share = uniform(k0, k1, RELIEF, np.uint32(0xFFFFFFFF), np.uint32(0), np.uint32(0))
    relief_m = settings.relief_low_m + share * (settings.relief_high_m - settings.relief_low_m)
    return masks_with_relief(sensors, terrain, relief_m, k0, k1)


def disturbances(events: tuple[SensorEvent, ...], names: tuple[str, ...]) -> DisturbanceTable:
    """The table of what befalls the sensors of these names, in the order in which it is written."""
    row = {name: s for s, name in enumerate(names)}

    def column(field: str) -> F8:
        return np.array([getattr(event, field) for event in events], np.float64)

    return DisturbanceTable(
        sensor=np.array([row[event.sensor] for event in events], np.int32),
        effect=np.array([event.effect for event in events], np.uint8),
        from_s=column("from_s"),
        until_s=column("until_s"),
        bearing_rad=column("bearing_rad"),
        width_rad=column("width_rad"),
        level=column("level"),
    )


def position_faults(faults: tuple[PositionFault, ...]) -> PositionFaultTable:
    """The table of where and when aircraft report no position or a false one, in the order in which it is written."""

    def column(field: str) -> F8:
        return np.array([getattr(fault, field) for fault in faults], np.float64)

    middle = ecef_from_geodetic(column("lat_rad"), column("lon_rad"), np.zeros(len(faults))).reshape(-1, 3)
    away_m, towards_rad = column("shift_m"), column("towards_rad")
    return PositionFaultTable(
        direction=middle / np.linalg.norm(middle, axis=1, keepdims=True),
        cos_radius=np.cos(column("radius_m") / MEAN_RADIUS_M),
        from_s=column("from_s"),
        until_s=column("until_s"),
        jammed=np.array([fault.jammed for fault in faults], np.bool_),
        east_m=away_m * np.sin(towards_rad),
        north_m=away_m * np.cos(towards_rad),
    )
