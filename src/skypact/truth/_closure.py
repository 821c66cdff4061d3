"""What civil flights do when airspace closes: leave it, go round it, land elsewhere, or stay on the ground.

A closure is known when it begins. Half a minute later every civil flight that is in a closed disc, or would be in one
before it opens, changes its way: from inside out by the shortest way, then by the shortest way round all discs that are
closed then to where it was bound for; or, where that is closed or out of reach, to the nearest open airport that it
can descend to, an overflight to the nearest open point of the region's edge. What has not left yet and would be in a
disc stays on the ground (or out of the region). What lands within five minutes lands. A way keeps 10 km from a disc;
where there is none, more or less; where nothing leads anywhere, the flight goes on as it was. All of it is notional.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import route as kernel
from skypact.kernels.profile import CRUISE, HEIGHT, PHASE, ROUND_S
from skypact.kernels.wgs84 import MEAN_RADIUS_M
from skypact.model.network import F8
from skypact.model.scenario import Closure, Region
from skypact.truth._itinerary import Itinerary, World
from skypact.truth._way import Discs, Ways
from skypact.truth.profile import level_onward, onward, speed_at
from skypact.truth.route import Route, n_vectors, place_on, turned

REACTION_S = 30.0
"""From the beginning of a closure to the first change of a way."""
LANDING_S = 300.0
"""What lands within it goes on."""

_STEP_S = 15.0
_STEP_M = 2_000.0
_MARGINS_M = (10e3, 30e3, 4e3, 1e3)
_EXIT_RADII = 2.5
_GOAL_RADII = 3.0
_MISS_RAD = 100.0 / MEAN_RADIUS_M
_GOALS_TRIED = 12
_EDGE_POINTS = 16


@dataclass(frozen=True, eq=False)
class _Stage:
    """A time at which discs close: which of all those are, and the ways round every disc that is closed then."""

    from_s: float
    closing: NDArray[np.bool_]
    discs: Discs
    ways: tuple[Ways, ...]
    """By margin, the one to be kept first."""


class ClosedAirspace:
    """The closures of a scenario, for the flights of a world."""

    def __init__(self, closures: Sequence[Closure], world: World) -> None:
        """Args: closures: all of the scenario's, in any order. world: airports and region."""
        self._world = world
        self._all = Discs.of(closures)
        self._until_s = np.array([closure.until_s for closure in closures])
        self._stages = [
            _stage(from_s, closures) for from_s in sorted({closure.from_s for closure in closures})
        ]

    def flown(self, plan: Itinerary, launch_s: int) -> Itinerary | None:
        """A civil flight as it is flown under the closures; None where it stays on the ground.

        Args:
            plan: the flight as planned.
            launch_s: whole second of its take-off.
        """
        seen = None
        for stage in self._stages:
            if launch_s < stage.from_s and launch_s + plan.flown.duration_s < stage.from_s + LANDING_S:
                continue
            if seen is None:
                seen = self._seen(plan, launch_s)
            t_s, held = seen
            if not (held & (t_s >= stage.from_s)[:, None])[:, stage.closing].any():
                continue
            if launch_s >= stage.from_s:
                return None
            plan = _aside(plan, math.ceil(stage.from_s + REACTION_S) - launch_s, stage, self._world)
            seen = None
        return plan

    def _seen(self, plan: Itinerary, launch_s: int) -> tuple[F8, NDArray[np.bool_]]:
        """Every quarter of a minute of a flight from the first closure on, and which discs it is in, not open yet."""
        first_s = max(self._stages[0].from_s - launch_s, 0.0)
        t = np.append(np.arange(first_s, plan.flown.duration_s, _STEP_S), plan.flown.duration_s)
        points = np.empty((len(t), 3))
        kernel.route_points(plan.route.elements, plan.flown.at(t)[0], points)
        t_s = launch_s + t
        return t_s, self._all.hold(points) & (t_s[:, None] <= self._until_s)


def _stage(from_s: float, closures: Sequence[Closure]) -> _Stage:
    """What closes at a time."""
    discs = Discs.of([other for other in closures if other.from_s <= from_s < other.until_s])
    return _Stage(
        from_s,
        np.array([closure.from_s == from_s for closure in closures]),
        discs,
        tuple(Ways(discs, margin_m / MEAN_RADIUS_M) for margin_m in _MARGINS_M),
    )


def _aside(plan: Itinerary, t_s: float, stage: _Stage, world: World) -> Itinerary:
    """The flight turned aside t_s after its take-off; as it was where nothing leads out or round."""
    s_m, _speed = speed_at(plan.flown, t_s)
    bound = place_on(plan.route, plan.route.length_m)[:3]
    to_m = float(plan.flown.knots[-1, HEIGHT])
    if not stage.discs.hold(bound[None]).any():
        route = _route(plan, s_m, bound, stage)
        if route is not None:
            return _turned(plan, t_s, s_m, route, to_m)[0]
    found = plan
    for goal, height_m in _goals(plan, place_on(plan.route, s_m)[:3], bound, stage.discs, world):
        route = _route(plan, s_m, goal, stage)
        if route is not None:
            found, fits = _turned(plan, t_s, s_m, route, height_m)
            if fits:
                break
    return found


def _turned(plan: Itinerary, t_s: float, s_m: float, route: Route, to_m: float) -> tuple[Itinerary, bool]:
    """The flight on another route from t_s, s_m on, to a height; whether it keeps to its rates of descent."""
    if plan.flown.knots[-1, PHASE] == CRUISE:  # an overflight goes on level
        flown, fits = level_onward(plan.flown, t_s, route.length_m - s_m), True
    else:
        left_m = route.length_m - speed_at(plan.flown, t_s + ROUND_S)[0]
        heights = plan.cruise_m, to_m
        flown, fits = onward(plan.flown, t_s + ROUND_S, left_m, plan.speed_mps, heights, plan.flies)
    return replace(plan, route=route, flown=flown, left=plan, left_m=s_m), fits


def _route(plan: Itinerary, s_m: float, goal: F8, stage: _Stage) -> Route | None:
    """The route from a length on to a goal that enters no disc again once it is out; None where no way leads there.

    The turns that join the legs may reach into a disc: then that route of all margins which is in discs the least.
    """
    found: Route | None = None
    least = math.inf
    here = place_on(plan.route, s_m)[:3]
    exit_rad = _EXIT_RADII * plan.radius_m / MEAN_RADIUS_M
    if _way(here, goal, stage.ways[-1], exit_rad) is None:  # the narrowest margin leaves the most ways
        return None
    for ways in stage.ways:
        way = _way(here, goal, ways, exit_rad)
        if way is None:
            continue
        route = turned(plan.route, s_m, np.array(way), plan.radius_m)
        if math.acos(min(float(place_on(route, route.length_m)[:3] @ goal), 1.0)) > _MISS_RAD:
            continue  # too near to turn to
        points = np.empty((math.ceil((route.length_m - s_m) / _STEP_M) + 1, 3))
        kernel.route_points(route.elements, np.linspace(s_m, route.length_m, len(points)), points)
        held = np.asarray(stage.discs.hold(points).any(axis=1))
        if not held[np.argmin(held) :].any():
            return route
        if held.sum() < least:
            found, least = route, float(held.sum())
    return found


def _way(here: F8, goal: F8, ways: Ways, least_rad: float) -> list[F8] | None:
    """The points of a way out of the discs, at least so far, and round them to a goal; None where there is none."""
    exits = ways.out(here, least_rad)
    if not exits and not ways.discs.hold(here[None]).any():
        return ways.onward(here, goal)
    for exit_at in exits:
        way = ways.onward(exit_at, goal)
        if way is not None:
            return [exit_at, *way]
    return None


def _goals(plan: Itinerary, here: F8, bound: F8, discs: Discs, world: World) -> Iterator[tuple[F8, float]]:
    """Where else a flight may go, the nearest first, and the height there: open airports, open points of the edge."""
    if plan.flown.knots[-1, PHASE] == CRUISE:
        edge = _edge(world.region)
        edge = edge[~discs.hold(edge, _MARGINS_M[0] / MEAN_RADIUS_M).any(axis=1)]
        for point in edge[np.argsort(-(edge @ bound), kind="stable")[:_GOALS_TRIED]]:
            yield point, float(plan.flown.knots[-1, HEIGHT])
        return
    port, rows = world.airports, world.rows(military=False)
    points = n_vectors(port.lat_rad[rows], port.lon_rad[rows])
    fit = ~discs.hold(points).any(axis=1)
    fit &= points @ here < math.cos(_GOAL_RADII * plan.radius_m / MEAN_RADIUS_M)
    points, rows = points[fit], rows[fit]
    for k in np.argsort(-(points @ here), kind="stable")[:_GOALS_TRIED]:
        yield points[k], float(port.height_m[rows[k]])


def _edge(region: Region) -> F8:
    """N-vectors along the edge of the region."""
    share = np.arange(_EDGE_POINTS) / _EDGE_POINTS
    lat = region.south_rad + share * (region.north_rad - region.south_rad)
    lon = region.west_rad + share * (region.east_rad - region.west_rad)
    south, north = np.full(_EDGE_POINTS, region.south_rad), np.full(_EDGE_POINTS, region.north_rad)
    west, east = np.full(_EDGE_POINTS, region.west_rad), np.full(_EDGE_POINTS, region.east_rad)
    return n_vectors(
        np.concatenate([south, lat, north, lat[::-1]]), np.concatenate([lon, east, lon[::-1], west])
    )
