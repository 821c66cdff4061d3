"""The packaged region: cities, airports and terrain, read from the package's own data."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from skypact.earth.frame import distance_bearing
from skypact.earth.terrain import Terrain
from skypact.model.network import AirportTable
from skypact.run.terrain import load_geotiff, load_region_terrain

CITY_REACH_M = 60_000.0
"""An airport serves the people of cities this near."""


@dataclass(frozen=True)
class City:
    """A city of the region."""

    name: str
    country: str
    lat_rad: float
    lon_rad: float
    population: int


def read_text(*path: str) -> str:
    """The text of a file of the package's data."""
    return files("skypact").joinpath("data", *path).read_text(encoding="utf-8")


def load_cities() -> tuple[City, ...]:
    """All cities, largest first."""
    return tuple(
        City(
            row["name"],
            row["country"],
            math.radians(float(row["lat_deg"])),
            math.radians(float(row["lon_deg"])),
            int(row["population"]),
        )
        for row in _rows("cities.csv")
    )


def load_airports(cities: tuple[City, ...]) -> tuple[AirportTable, tuple[str, ...]]:
    """All airports and their ICAO codes; the gravity mass is the people (millions) within reach, plus a little."""
    rows = list(_rows("airports.csv"))
    lat = np.radians([float(row["lat_deg"]) for row in rows])
    lon = np.radians([float(row["lon_deg"]) for row in rows])
    city_lat = np.array([city.lat_rad for city in cities])
    city_lon = np.array([city.lon_rad for city in cities])
    people = np.array([city.population for city in cities]) * 1e-6
    weight = np.full(len(rows), 0.02)
    for i in range(len(rows)):
        near = (np.abs(city_lat - lat[i]) < 0.02) & (np.abs(city_lon - lon[i]) < 0.03)
        distance_m, _ = distance_bearing(lat[i], lon[i], city_lat[near], city_lon[near])
        weight[i] += people[near][distance_m < CITY_REACH_M].sum()
    table = AirportTable(
        names=tuple(row["name"] for row in rows),
        countries=tuple(row["country"] for row in rows),
        lat_rad=lat,
        lon_rad=lon,
        height_m=np.array([float(row["elevation_m"]) for row in rows]),
        weight=weight,
        military=np.array([row["kind"] == "base" for row in rows], np.bool_),
    )
    return table, tuple(row["icao"] for row in rows)


def load_terrain(name: str, folder: Path) -> Terrain:
    """The terrain that a scenario names: `region` for the packaged one, or a file beside the scenario."""
    return load_region_terrain() if name == "region" else load_geotiff(folder / name)


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read_text("region", name))))
