"""How long the flights of a kind last: on the mean, which sets the rate of departures, and at most.

The mean is that of 64 flights whose distances stand for equal shares of the chance and whose speeds, heights, climbs
and patrols fill their intervals evenly (multiples of square roots of primes: Niederreiter, "Random Number Generation
and Quasi-Monte Carlo Methods", 1992, chapter 3). It is within about 2% of the mean of the flights that are drawn.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from skypact.earth import frame as frames
from skypact.kernels import frame
from skypact.model.catalogue import ThreatClass
from skypact.model.network import F8
from skypact.model.scenario import Region
from skypact.truth._holding import HOLDING_SHARE, longest_holding_s, mean_holding_s
from skypact.truth._itinerary import (
    LAPS,
    LEG_M,
    OUT_M,
    SHORTEST_OVERFLIGHT_M,
    WIDTH_M,
    WIDTH_TURNS,
    Kind,
    World,
    on_edge,
    racetrack,
)
from skypact.truth.flight import class_value, within
from skypact.truth.profile import airport_to_airport
from skypact.truth.route import n_vectors, route_through

_NODES = 64
_DISTANCE_STEP_M = 50.0
_PRIMES = np.array([2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0])
_RESERVE = 1.05


def mean_duration_s(kind: Kind, threat: ThreatClass, world: World) -> float:
    """The mean time of flight of a kind, s."""
    crossings = _crossings_m(world.region) if kind.name == "overflight" else np.empty(0)
    nodes = [] if kind.name in {"overflight", "military"} else _pair_nodes(kind, world)
    total = 0.0
    for i in range(_NODES):
        a, b, c, turn, out, leg, width = np.modf((i + 0.5) * np.sqrt(_PRIMES))[0].tolist()
        speed_mps = within(class_value(threat, "speed_mps"), a)
        if kind.name == "overflight":
            total += float(crossings.mean()) / speed_mps
            continue
        height_m = within(class_value(threat, "height_m"), a if kind.name == "private" else b)
        flies = replace(kind.performance, slope=math.tan(within(class_value(threat, "climb_rad"), c)))
        if kind.name == "military":
            row = int(world.bases[i % len(world.bases)])
            radius_m = speed_mps * speed_mps / within(class_value(threat, "turn_mps2"), turn)
            length_m = _patrol_m((out, leg, width), LAPS[0] + i % (LAPS[1] - LAPS[0] + 1), radius_m)
            from_m = to_m = float(world.airports.height_m[row])
        else:
            first, last, length_m = nodes[i]
            from_m, to_m = (float(world.airports.height_m[row]) for row in (first, last))
        flown = airport_to_airport(length_m, speed_mps, (from_m, height_m, to_m), flies)
        total += flown.duration_s + (
            HOLDING_SHARE * mean_holding_s(flown) if kind.name == "airliner" else 0.0
        )
    return total / _NODES


def longest_duration_s(kind: Kind, threat: ThreatClass, world: World) -> float:
    """A time (s) that no flight of a kind exceeds unless it is turned aside: the longest way at the lowest speed."""
    speed = class_value(threat, "speed_mps")
    if kind.name == "overflight":
        return _RESERVE * float(_crossings_m(world.region, corners=True).max()) / speed.low
    if kind.name == "military":
        radius_m = speed.high * speed.high / class_value(threat, "turn_mps2").low
        length_m = _patrol_m((1.0, 1.0, 1.0), LAPS[1], radius_m)
    else:
        pairs = world.airline_pairs if kind.name == "airliner" else world.private_pairs
        length_m = float(pairs.distance_m.max())
    flies = replace(kind.performance, slope=math.tan(class_value(threat, "climb_rad").low))
    flown = airport_to_airport(length_m, speed.low, (0.0, class_value(threat, "height_m").high, 0.0), flies)
    held_s = longest_holding_s(flown) if kind.name == "airliner" else 0.0
    return _RESERVE * (flown.duration_s + held_s)


def _pair_nodes(kind: Kind, world: World) -> list[tuple[int, int, float]]:
    """Pairs of airports (rows) and their distance that stand for equal shares of the chance."""
    pairs = world.airline_pairs if kind.name == "airliner" else world.private_pairs
    order = np.argsort((pairs.distance_m / _DISTANCE_STEP_M).astype(np.uint16), kind="stable")
    reached = np.cumsum(pairs.chance[order])
    rows = order[np.minimum(np.searchsorted(reached, (np.arange(_NODES) + 0.5) / _NODES), len(order) - 1)]
    return [(int(pairs.origin[k]), int(pairs.target[k]), float(pairs.distance_m[k])) for k in rows]


def _crossings_m(region: Region, corners: bool = False) -> F8:
    """The lengths of overflights between points of different edges."""
    shares = np.linspace(0.0, 1.0, 9) if corners else (np.arange(8) + 0.5) / 8.0
    points = np.array([on_edge(region, edge, share) for edge in range(4) for share in shares])
    edge = np.repeat(np.arange(4), len(shares))
    first, second = np.nonzero(edge[:, None] != edge[None, :])
    distance_m, _bearing = frames.distance_bearing(
        points[first, 0], points[first, 1], points[second, 0], points[second, 1]
    )
    far = distance_m[distance_m >= SHORTEST_OVERFLIGHT_M]
    return np.asarray(far if len(far) else distance_m.max(keepdims=True))


def _patrol_m(drawn: tuple[float, float, float], laps: int, radius_m: float) -> float:
    """The length of a patrol by the shares of the intervals of its way out, its legs and its width."""
    out, leg, width = drawn
    home = (0.0, 0.0)
    station = frame.destination(*home, 0.0, OUT_M[0] + out * (OUT_M[1] - OUT_M[0]))
    wide_m = max(WIDTH_M[0] + width * (WIDTH_M[1] - WIDTH_M[0]), WIDTH_TURNS * radius_m)
    corners = racetrack(station, 0.0, LEG_M[0] + leg * (LEG_M[1] - LEG_M[0]), wide_m)
    lat, lon = np.array([home, *corners * laps, home]).T
    return route_through(n_vectors(lat, lon), radius_m).length_m
