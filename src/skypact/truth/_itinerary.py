"""Where one aircraft goes: its route and profile, by kind.

Airliners fly between civil airports of the region 150 to 3,000 km apart with chance proportional to w_i w_j / d (a
gravity model: Grosche, Rothlauf and Heinzl, "Gravity models for airline passenger volume estimation", J. Air
Transport Management 13, 2007), overflights from edge to edge of the region, private aircraft between near airports,
military ones from their airport to a racetrack and back. All numbers of this page are notional.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from skypact.earth import frame as frames
from skypact.earth.terrain import Terrain
from skypact.errors import UsageError
from skypact.kernels import frame
from skypact.model.catalogue import ThreatClass
from skypact.model.network import F8, I4, I8, AirportTable
from skypact.model.scenario import Region
from skypact.truth._holding import held
from skypact.truth.flight import Draws, class_value, within
from skypact.truth.profile import (
    Performance,
    Profile,
    airport_to_airport,
    level_profile,
)
from skypact.truth.route import (
    FOOT_M,
    LEVEL_M,
    Route,
    highest_ground,
    n_vectors,
    route_through,
)


@dataclass(frozen=True)
class Kind:
    """A kind of flight: its name, the catalogue class that flies it and how that climbs (the slope is the class's)."""

    name: str
    class_name: str
    performance: Performance


KINDS = (
    Kind("airliner", "airliner", Performance(10.0, 8.0, 1.0)),
    Kind("overflight", "airliner", Performance(10.0, 8.0, 1.0)),
    Kind("private", "private", Performance(3.5, 3.0, 1.0)),
    Kind("military", "military", Performance(20.0, 15.0, 1.0)),
)

_AIRLINER_M = (150e3, 3_000e3)
_PRIVATE_M = (40e3, 400e3)
SHORTEST_OVERFLIGHT_M = 300e3
"""Shorter crossings are drawn again."""
_REDRAWS = 16
_OVER_GROUND_M = 500.0
OUT_M = (60e3, 250e3)
"""Of a patrol: how far out."""
LEG_M = (40e3, 80e3)
"""Its legs."""
WIDTH_M = (14e3, 22e3)
"""Its width."""
LAPS = (2, 5)
"""Its laps."""
WIDTH_TURNS = 2.3
"""A racetrack is at least that many turn radii wide, so that its corners are flown with the turn of the class."""

# Slots of a departure's draws; 0 and 1 are the process's own.
_PAIR, _MOTION, _OUT, _TRACK, _LAP, _LIMITS, _HOLD, _EDGES = 2, 3, 4, 20, 21, 22, 23, 40


@dataclass(frozen=True)
class Itinerary:
    """A planned flight."""

    route: Route
    flown: Profile
    airport: int
    """Row of the airport it leaves from; -1 where it has none."""
    speed_mps: float
    cruise_m: float
    radius_m: float
    """Of its turns in cruise."""
    flies: Performance
    left: Itinerary | None = None
    """The plan that it left on its way, where it did, at the length left_m of that."""
    left_m: float = 0.0


@dataclass(frozen=True)
class Pairs:
    """Pairs of airports with the cumulated chance of each."""

    origin: I8
    target: I8
    distance_m: F8
    chance: F8
    cumulated: F8


@dataclass(frozen=True)
class World:
    """What itineraries are drawn in."""

    region: Region
    airports: AirportTable
    terrain: Terrain

    def rows(self, military: bool) -> I4:
        """Rows of the region's airports of one sort."""
        port, box = self.airports, self.region
        inside = (port.lat_rad >= box.south_rad) & (port.lat_rad <= box.north_rad)
        inside &= (port.lon_rad >= box.west_rad) & (port.lon_rad <= box.east_rad)
        return np.flatnonzero(inside & (port.military == military)).astype(np.int32)

    @cached_property
    def airline_pairs(self) -> Pairs:
        """Pairs that airliners fly."""
        return self._pairs("airliners", _AIRLINER_M, weighted=True)

    @cached_property
    def private_pairs(self) -> Pairs:
        """Pairs that private aircraft fly: with chance proportional to 1 / d."""
        return self._pairs("private aircraft", _PRIVATE_M, weighted=False)

    @cached_property
    def bases(self) -> I4:
        """Rows of the airports that military aircraft leave from."""
        rows = self.rows(military=True)
        if len(rows) == 0:
            raise UsageError(
                "military aircraft", "no military airport in the region", "Set traffic.military_share to 0."
            )
        return rows

    def _pairs(self, who: str, between_m: tuple[float, float], weighted: bool) -> Pairs:
        port, rows = self.airports, self.rows(military=False)
        origin, target = np.repeat(rows, len(rows)), np.tile(rows, len(rows))
        distance_m, _bearing = frames.distance_bearing(
            port.lat_rad[origin], port.lon_rad[origin], port.lat_rad[target], port.lon_rad[target]
        )
        mass = port.weight[origin] * port.weight[target] if weighted else np.ones(len(origin))
        fit = (distance_m >= between_m[0]) & (distance_m <= between_m[1]) & (mass > 0.0)
        if not fit.any():
            reach = f"{between_m[0] / 1e3:.0f} to {between_m[1] / 1e3:.0f} km apart"
            found = f"none of the region's {len(rows)} civil airports lie {reach}"
            raise UsageError(f"traffic of {who}", found, "Widen the region or set their share to 0.")
        origin, target, distance_m, mass = origin[fit], target[fit], distance_m[fit], mass[fit]
        chance = mass / distance_m
        chance /= chance.sum()
        return Pairs(origin.astype(np.int64), target.astype(np.int64), distance_m, chance, np.cumsum(chance))


def itinerary(kind: Kind, threat: ThreatClass, world: World, draws: Draws) -> Itinerary:
    """One flight of a kind, drawn."""
    u, v = draws.uniforms(_MOTION)
    speed_mps = within(class_value(threat, "speed_mps"), u)
    higher = u if kind.name == "private" else v  # the faster a private aircraft, the higher it flies
    height_m = within(class_value(threat, "height_m"), higher)
    turn, climb = draws.uniforms(_LIMITS)
    radius_m = speed_mps * speed_mps / within(class_value(threat, "turn_mps2"), turn)
    flies = replace(kind.performance, slope=math.tan(within(class_value(threat, "climb_rad"), climb)))
    if kind.name == "overflight":
        points = _across(world.region, draws)
        route = route_through(points, radius_m)
        level_m = _cruise_m(kind, world, route, height_m, _course(points))
        flown = level_profile(route.length_m, speed_mps, level_m)
        return Itinerary(route, flown, -1, speed_mps, level_m, radius_m, flies)
    if kind.name == "military":
        row = int(world.bases[_pick(len(world.bases), draws.uniforms(_PAIR)[0])])
        landing, points = row, _patrol(world, row, radius_m, draws)
    else:
        pairs = world.airline_pairs if kind.name == "airliner" else world.private_pairs
        pair = min(int(np.searchsorted(pairs.cumulated, draws.uniforms(_PAIR)[0])), len(pairs.chance) - 1)
        row, landing = int(pairs.origin[pair]), int(pairs.target[pair])
        port = world.airports
        points = n_vectors(port.lat_rad[[row, landing]], port.lon_rad[[row, landing]])
    route = route_through(points, radius_m)
    cruise_m = _cruise_m(kind, world, route, height_m, _course(points))
    ends = (float(world.airports.height_m[row]), cruise_m, float(world.airports.height_m[landing]))
    flown = airport_to_airport(route.length_m, speed_mps, ends, flies)
    if kind.name == "airliner":
        route, flown = held(route, flown, draws.uniforms(_HOLD))
    return Itinerary(route, flown, row, speed_mps, cruise_m, radius_m, flies)


def _pick(count: int, u: float) -> int:
    """One of `count` with equal chance."""
    return min(int(u * count), count - 1)


def _course(points: F8) -> bool:
    """Whether a route's first leg leads east of north to south."""
    east = points[0, 0] * points[1, 1] - points[0, 1] * points[1, 0]
    return bool(east >= 0.0)


def _cruise_m(kind: Kind, world: World, route: Route, height_m: float, eastward: bool) -> float:
    """The cruise height, m: odd thousands of feet eastward, even ones westward (ICAO Annex 2, appendix 3).

    Private aircraft fly 500 ft over these; all at least 500 m over the highest ground of the route.
    """
    least_m = highest_ground(world.terrain, route) + _OVER_GROUND_M
    above_m = 500.0 * FOOT_M if kind.name == "private" else 0.0
    odd = 1.0 if eastward else 0.0
    pair_m = 2.0 * LEVEL_M
    level_m = round((height_m - above_m - odd * LEVEL_M) / pair_m) * pair_m + odd * LEVEL_M + above_m
    short_m = max(0.0, least_m - level_m)
    return level_m + math.ceil(short_m / pair_m) * pair_m


def _across(region: Region, draws: Draws) -> F8:
    """Two n-vectors on different edges of the region, at least 300 km apart (the last draw where none is)."""
    ends = np.empty((2, 2))
    for attempt in range(_REDRAWS):
        edges = draws.uniforms(_EDGES + 2 * attempt)
        along = draws.uniforms(_EDGES + 2 * attempt + 1)
        first = _pick(4, edges[0])
        second = (first + 1 + _pick(3, edges[1])) % 4
        ends[0], ends[1] = on_edge(region, first, along[0]), on_edge(region, second, along[1])
        if frame.distance_bearing(*ends[0], *ends[1])[0] >= SHORTEST_OVERFLIGHT_M:
            break
    return n_vectors(ends[:, 0], ends[:, 1])


def on_edge(region: Region, edge: int, share: float) -> tuple[float, float]:
    """Latitude and longitude (rad) at a share of an edge: south, east, north, west."""
    lat = region.south_rad + share * (region.north_rad - region.south_rad)
    lon = region.west_rad + share * (region.east_rad - region.west_rad)
    if edge % 2 == 0:
        return (region.south_rad if edge == 0 else region.north_rad), lon
    return lat, (region.east_rad if edge == 1 else region.west_rad)


def _patrol(world: World, row: int, radius_m: float, draws: Draws) -> F8:
    """N-vectors of a way from an airport to a racetrack, around it and back."""
    home = (float(world.airports.lat_rad[row]), float(world.airports.lon_rad[row]))
    box = world.region
    station = home
    bearing = 0.0
    for attempt in range(_REDRAWS):
        u, v = draws.uniforms(_OUT + attempt)
        bearing = 2.0 * math.pi * u
        station = frame.destination(*home, bearing, OUT_M[0] + v * (OUT_M[1] - OUT_M[0]))
        if box.south_rad <= station[0] <= box.north_rad and box.west_rad <= station[1] <= box.east_rad:
            break
    u, v = draws.uniforms(_TRACK)
    laps, turned = draws.uniforms(_LAP)
    corners = racetrack(
        station,
        bearing + (turned - 0.5) * 0.5 * math.pi,
        LEG_M[0] + u * (LEG_M[1] - LEG_M[0]),
        max(WIDTH_M[0] + v * (WIDTH_M[1] - WIDTH_M[0]), WIDTH_TURNS * radius_m),
    )
    ways = [home, *corners * (LAPS[0] + _pick(LAPS[1] - LAPS[0] + 1, laps)), home]
    lat, lon = np.array(ways).T
    return n_vectors(lat, lon)


def racetrack(
    centre: tuple[float, float], bearing: float, leg_m: float, width_m: float
) -> list[tuple[float, float]]:
    """Four corners of a racetrack about a centre, its legs along a bearing, the first one nearest."""
    across = math.hypot(0.5 * leg_m, 0.5 * width_m)
    angle = math.atan2(width_m, leg_m)
    turns = (math.pi + angle, -angle, angle, math.pi - angle)
    return [frame.destination(*centre, bearing + turn, across) for turn in turns]
