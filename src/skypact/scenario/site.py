"""Where the sites of a file are: airports and cities looked up, distances between them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import ValidationError

from skypact.scenario.schema import At

Airports: TypeAlias = Mapping[str, tuple[float, float, float]]
"""ICAO code -> (latitude rad, longitude rad, height m)."""
Cities: TypeAlias = Mapping[str, tuple[float, float, int]]
"""Name -> (latitude rad, longitude rad, population)."""

GEOSTATIONARY_HEIGHT_M = 35_786_000.0
_MEAN_RADIUS_M = 6_371_009.0


@dataclass(frozen=True)
class Spot:
    """A point that was looked up; `height_m` and `population` only where the file's words imply them."""

    lat_rad: float
    lon_rad: float
    height_m: float | None = None
    population: int | None = None


def spot(at: At, airports: Airports, cities: Cities) -> Spot | None:
    """The point, or None where the airport or city is not known."""
    if at.airport is not None:
        found = airports.get(at.airport)
        return None if found is None else Spot(found[0], found[1])
    if at.city is not None:
        city = cities.get(at.city)
        return None if city is None else Spot(city[0], city[1], None, city[2])
    if at.geostationary is not None:
        return Spot(0.0, math.radians(at.geostationary), GEOSTATIONARY_HEIGHT_M)
    if at.lat is None or at.lon is None:
        return None
    return Spot(math.radians(at.lat), math.radians(at.lon))


def spot_of(written: object, airports: Airports, cities: Cities) -> Spot | None:
    """The point of an `at` as read from the file; None where it has faults."""
    try:
        return spot(At.model_validate(written), airports, cities)
    except ValidationError:
        return None


def distance_m(a: Spot, b: Spot) -> float:
    """The great-circle distance on a sphere of mean radius (haversine; within 0.6% of the ellipsoid's)."""
    half_lat = math.sin((b.lat_rad - a.lat_rad) / 2.0)
    half_lon = math.sin((b.lon_rad - a.lon_rad) / 2.0)
    chord2 = half_lat**2 + math.cos(a.lat_rad) * math.cos(b.lat_rad) * half_lon**2
    return 2.0 * _MEAN_RADIUS_M * math.asin(min(1.0, math.sqrt(chord2)))
