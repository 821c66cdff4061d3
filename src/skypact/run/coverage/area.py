"""What a scenario's radars see on a map: the best chance of each nation in every cell, and the areas seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from skypact.earth.frame import destination, distance_bearing
from skypact.earth.terrain import Terrain
from skypact.errors import UsageError
from skypact.model.codes import SensorKind
from skypact.model.network import F4, F8, Surroundings
from skypact.run.build import Wired
from skypact.run.coverage.plane import Chart, chart_around
from skypact.sense.coverage import detection_map, within_looks

FIRST_AZIMUTHS, FIRST_CELL_M = 240, 4_000.0
"""A first look on bearings and ranges this far apart finds how large the map must be."""
MAP_ROWS = 640


@dataclass(frozen=True, eq=False)
class Seen:
    """The network that is looked at, and at what."""

    wired: Wired
    surroundings: Surroundings
    radars: tuple[int, ...]
    """Rows of the sensor table."""
    heights_m: tuple[float, ...]
    """Above the ground."""
    rcs_m2: float
    threshold: float
    """Chance of detection from which a place counts as seen."""
    looks: int
    """Looks in which it is to be reached."""

    @property
    def looks_text(self) -> str:
        """How many looks, in words."""
        return "one look" if self.looks == 1 else f"{self.looks} looks"

    @property
    def nations(self) -> tuple[str, ...]:
        """Codes of the nations that own a radar, in the scenario's order."""
        owners = {int(self.wired.network.sensors.nation[s]) for s in self.radars}
        return tuple(code for n, code in enumerate(self.wired.network.nations) if n in owners)


@dataclass(frozen=True, eq=False)
class Layer:
    """The map at one height: [rows, columns] of a chart, row 0 the southernmost."""

    height_m: float
    by_nation: dict[str, F4]
    """Greatest chance of detection by any one radar of the nation."""

    @property
    def by_all(self) -> F4:
        """Greatest chance by any one radar."""
        return np.asarray(np.maximum.reduce(list(self.by_nation.values())), np.float32)


def chosen_radars(wired: Wired, sensors: tuple[str, ...], nations: tuple[str, ...]) -> tuple[int, ...]:
    """Rows of the radars of these names and nations; of all where none is named.

    Raises:
        UsageError: a name that is no radar, a nation that is not in the scenario, or no radar is left.
    """
    table = wired.network.sensors
    radar = table.kind == SensorKind.RADAR
    known = [table.names[s] for s in np.flatnonzero(radar)]
    for name in sensors:
        if name not in known:
            raise UsageError(f"--sensor {name}", "no radar of the scenario", f"Radars: {', '.join(known)}.")
    for code in nations:
        if code not in wired.network.nations:
            raise UsageError(
                f"--nation {code}", "not in the scenario", f"Nations: {', '.join(wired.network.nations)}."
            )
    found = tuple(
        int(s)
        for s in np.flatnonzero(radar)
        if (not sensors or table.names[s] in sensors)
        and (not nations or wired.network.nations[table.nation[s]] in nations)
    )
    if not found:
        raise UsageError("coverage", "no radar is left to draw", f"Radars: {', '.join(known)}.")
    return found


def ground_m(terrain: Terrain, lat_rad: F8, lon_rad: F8) -> F8:
    """Heights of the ground (m); the sea's (0) beyond the terrain's edge."""
    known = terrain.covers(lat_rad, lon_rad)
    heights = np.zeros(lat_rad.shape)
    heights[known] = terrain.height_m(lat_rad[known], lon_rad[known])
    return heights


def chart_of(seen: Seen, shape: float) -> Chart:
    """The chart of a shape (width over height) that holds all that is seen at any of the heights, and the radars."""
    table, terrain = seen.wired.network.sensors, seen.wired.terrain
    lat, lon = [table.lat_rad[list(seen.radars)]], [table.lon_rad[list(seen.radars)]]
    bearing = 2.0 * np.pi * np.arange(FIRST_AZIMUTHS)[:, None] / FIRST_AZIMUTHS
    for s in seen.radars:
        distance = np.arange(FIRST_CELL_M, table.range_max_m[s] + FIRST_CELL_M, FIRST_CELL_M)
        at = destination(table.lat_rad[s], table.lon_rad[s], bearing, distance)
        ground = ground_m(terrain, *at)
        for height in seen.heights_m:
            found = chance_of(seen, s, distance, bearing, ground + height) >= seen.threshold
            lat.append(at[0][found])
            lon.append(at[1][found])
    return chart_around(np.concatenate(lat), np.concatenate(lon), shape, MAP_ROWS)


def layers(seen: Seen, chart: Chart, progress: Callable[[str], None]) -> tuple[Layer, ...]:
    """The maps at each height; `progress` is told what is being worked out."""
    table = seen.wired.network.sensors
    lat, lon = chart.lat_lon()
    ground = ground_m(seen.wired.terrain, lat, lon)
    maps = [{code: np.zeros(lat.shape, np.float32) for code in seen.nations} for _ in seen.heights_m]
    for s in seen.radars:
        progress(table.names[s])
        distance, bearing = distance_bearing(table.lat_rad[s], table.lon_rad[s], lat, lon)
        near = distance <= table.range_max_m[s]
        code = seen.wired.network.nations[table.nation[s]]
        for height, by_nation in zip(seen.heights_m, maps, strict=True):
            chance = chance_of(seen, s, distance[near], bearing[near], ground[near] + height)
            by_nation[code][near] = np.maximum(by_nation[code][near], chance)
    return tuple(Layer(height, found) for height, found in zip(seen.heights_m, maps, strict=True))


def area_km2(chance: F4, threshold: float, chart: Chart) -> float:
    """Area where the chance is at least the threshold: the cells of an equal-area plane, counted."""
    return float((chance >= threshold).sum()) * chart.cell_km**2


def chance_of(seen: Seen, sensor: int, distance_m: F8, bearing_rad: F8 | float, height_m: F8) -> F4:
    """Chance of detection within the looks, in the broadcast shape of the points (`sense.coverage.detection_map`)."""
    network = seen.wired.network
    found = detection_map(
        network.sensors,
        network.sensing,
        seen.surroundings,
        sensor,
        distance_m,
        bearing_rad,
        height_m,
        seen.rcs_m2,
    )
    return within_looks(found[0], seen.looks)
