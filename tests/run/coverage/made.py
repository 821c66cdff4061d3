"""Radars of the catalogue alone on a made ground, for tests of coverage."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

from skypact.earth.terrain import Terrain, flat_terrain
from skypact.model.scenario import SensorEvent, SensorSite
from skypact.model.weather import Weather, calm
from skypact.run.build import Treatments, Wired, wire
from skypact.run.library import load

SEA = flat_terrain(10, 24, 40, 66)
LAT_DEG, LON_DEG = 25.0, 45.0


@lru_cache(maxsize=1)
def quiet():
    return load("gulf-small")


def site(
    class_name: str, name: str = "A", nation: str = "BHR", faces_deg: float = 90.0, lon_deg: float = LON_DEG
):
    place = (math.radians(LAT_DEG), math.radians(lon_deg))
    return SensorSite(name, class_name, nation, nation, *place, None, math.radians(faces_deg))


def wired(
    *sites: SensorSite,
    terrain: Terrain = SEA,
    weather: Weather | None = None,
    events: tuple[SensorEvent, ...] = (),
) -> Wired:
    """The sites on a terrain, in the otherwise empty small scenario."""
    loaded = quiet()
    scenario = replace(
        loaded.scenario,
        sensors=sites,
        batteries=(),
        places=(),
        weather=weather or calm(),
        sensor_events=events,
    )
    return wire(scenario, loaded.catalogue, loaded.airports, terrain, scenario.levels, Treatments())
