"""What civil flights do when airspace closes: leave it, go round it, land elsewhere, or stay on the ground.

A closure is known when it begins. Half a minute later every civil flight that is in the closed disc, or would be in it
before it opens, changes its way: from inside out by the shortest way, then round the disc to where it was bound for,
or, where that is closed, to the nearest open airport that it can descend to. What has not left yet and would be in
the disc stays on the ground (or out of the region). What lands within five minutes lands. A way keeps 10 km from a
disc where it can; where discs overlap, a way round one may touch another. All of it is notional.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from skypact.earth import frame as frames
from skypact.kernels import frame
from skypact.kernels import route as kernel
from skypact.kernels.profile import CRUISE, HEIGHT, PHASE, ROUND_S
from skypact.kernels.wgs84 import MEAN_RADIUS_M
from skypact.model.network import F8
from skypact.model.scenario import Closure
from skypact.truth._itinerary import Itinerary, World
from skypact.truth.profile import level_onward, onward, speed_at
from skypact.truth.route import n_vectors, place_on, turned

REACTION_S = 30.0
"""From the beginning of a closure to the first change of a way."""
LANDING_S = 300.0
"""What lands within it goes on."""

_STEP_S = 15.0
_CLEAR_M = 10e3
_EXIT_RADII = 3.0
_ARC_RAD = math.radians(30.0)
_ROUNDS = 6
_AIRPORTS_TRIED = 12

Point = tuple[float, float]
"""Latitude and longitude, rad."""


def with_closures(
    plan: Itinerary, launch_s: int, closures: Iterable[Closure], world: World
) -> Itinerary | None:
    """A civil flight as it is flown under closures; None where it stays on the ground.

    Args:
        plan: the flight as planned.
        launch_s: whole second of its take-off.
        closures: all of the scenario's.
        world: airports and region.
    """
    ordered = sorted(closures, key=lambda closure: (closure.from_s, closure.name))
    for closure in ordered:
        if launch_s >= closure.from_s:
            if _enters(plan, launch_s, closure):
                return None
            continue
        if launch_s + plan.flown.duration_s < closure.from_s + LANDING_S:
            continue
        if _enters(plan, launch_s, closure):
            active = [other for other in ordered if other.from_s <= closure.from_s < other.until_s]
            told_s = math.ceil(closure.from_s + REACTION_S) - launch_s
            plan = _aside(plan, float(told_s), active, world)
    return plan


def _enters(plan: Itinerary, launch_s: int, closure: Closure) -> bool:
    """Whether a flight is in a disc while it is closed, looked at every quarter of a minute."""
    first = max(closure.from_s - launch_s, 0.0)
    last = min(closure.until_s - launch_s, plan.flown.duration_s)
    if last < first:
        return False
    t = np.append(np.arange(first, last, _STEP_S), last)
    along, _height, _phase = plan.flown.at(t)
    points = np.empty((len(t), 3))
    kernel.route_points(plan.route.elements, along, points)
    nearness = points @ _vector((closure.lat_rad, closure.lon_rad))
    return bool((nearness > math.cos(closure.radius_m / MEAN_RADIUS_M)).any())


def _aside(plan: Itinerary, t_s: float, closures: Sequence[Closure], world: World) -> Itinerary:
    """The flight turned aside t_s after its take-off: round the closed discs, or to an open airport."""
    s_m, _speed = speed_at(plan.flown, t_s)
    here = _point(place_on(plan.route, s_m)[:3])
    bound = _point(place_on(plan.route, plan.route.length_m)[:3])
    out = _way_out(here, closures, plan.radius_m)
    port = world.airports
    shut = any(_inside(bound, closure) for closure in closures)
    rows = _open_airports(out[-1], _EXIT_RADII * plan.radius_m, closures, world) if shut else ()
    goals = [
        ((float(port.lat_rad[row]), float(port.lon_rad[row])), float(port.height_m[row])) for row in rows
    ]
    found = plan
    for goal, to_m in goals or [(bound, float(plan.flown.knots[-1, HEIGHT]))]:
        points = np.array([*out[1:], *_way_round(out[-1], goal, closures)[1:]])
        route = turned(plan.route, s_m, n_vectors(*points.T), plan.radius_m)
        heights = plan.cruise_m, to_m
        if not goals and plan.flown.knots[-1, PHASE] == CRUISE:  # an overflight goes on level
            flown = level_onward(plan.flown, t_s, route.length_m - s_m)
            return replace(plan, route=route, flown=flown, left=plan, left_m=s_m)
        left_m = route.length_m - speed_at(plan.flown, t_s + ROUND_S)[0]
        flown, fits = onward(plan.flown, t_s + ROUND_S, left_m, plan.speed_mps, heights, plan.flies)
        found = replace(plan, route=route, flown=flown, left=plan, left_m=s_m)
        if fits:
            break
    return found


def _open_airports(near: Point, least_m: float, closures: Sequence[Closure], world: World) -> Sequence[int]:
    """Rows of civil airports outside the discs and further away than a distance, the nearest first."""
    port, rows = world.airports, world.rows(military=False)
    for closure in closures:
        lat, lon = port.lat_rad[rows], port.lon_rad[rows]
        far_m, _bearing = frames.distance_bearing(lat, lon, closure.lat_rad, closure.lon_rad)
        rows = rows[far_m > closure.radius_m]
    far_m, _bearing = frames.distance_bearing(*near, port.lat_rad[rows], port.lon_rad[rows])
    ordered = rows[np.argsort(far_m, kind="stable")][np.sort(far_m) > least_m]
    return [int(row) for row in ordered[:_AIRPORTS_TRIED]]


def _way_out(here: Point, closures: Sequence[Closure], radius_m: float) -> list[Point]:
    """The point itself, and where it lies in a disc or near it, one straight out of it, far enough to turn there."""
    for closure in closures:
        distance_m, bearing = frame.distance_bearing(closure.lat_rad, closure.lon_rad, *here)
        if distance_m < closure.radius_m + _CLEAR_M:
            exit_m = closure.radius_m + _CLEAR_M + _EXIT_RADII * radius_m
            return [here, frame.destination(closure.lat_rad, closure.lon_rad, bearing, exit_m)]
    return [here]


def _way_round(start: Point, goal: Point, closures: Sequence[Closure]) -> list[Point]:
    """Points of a way from start to goal that goes round the discs, one after the other."""
    ways = [start, goal]
    for _ in range(_ROUNDS):
        for leg, closure in product(range(len(ways) - 1), closures):
            if _crosses(ways[leg], ways[leg + 1], closure):
                ways[leg + 1 : leg + 1] = _round(ways[leg], ways[leg + 1], closure)
                break
        else:
            break
    return ways


def _crosses(start: Point, goal: Point, closure: Closure) -> bool:
    """Whether a great circle between two points outside a disc goes through it."""
    a, b, centre = _vector(start), _vector(goal), _vector((closure.lat_rad, closure.lon_rad))
    pole = np.cross(a, b)
    pole /= np.linalg.norm(pole)
    between = np.cross(pole, a) @ centre > 0.0 and np.cross(b, pole) @ centre > 0.0
    return bool(between and abs(math.asin(pole @ centre)) * MEAN_RADIUS_M < closure.radius_m)


def _round(start: Point, goal: Point, closure: Closure) -> list[Point]:
    """Corners of a way round a disc by the nearer side: tangents to a circle 10 km wider, or less where an end is."""
    centre = closure.lat_rad, closure.lon_rad
    start_m, from_rad = frame.distance_bearing(*centre, *start)
    goal_m, to_rad = frame.distance_bearing(*centre, *goal)
    circle_m = max(min(closure.radius_m + _CLEAR_M, start_m, goal_m), closure.radius_m)
    wide = math.tan(circle_m / MEAN_RADIUS_M)
    first = math.acos(min(wide / math.tan(start_m / MEAN_RADIUS_M), 1.0))
    last = math.acos(min(wide / math.tan(goal_m / MEAN_RADIUS_M), 1.0))
    turn = math.remainder(to_rad - from_rad, 2.0 * math.pi)
    arc = max(abs(turn) - first - last, 0.0)
    steps = max(math.ceil(arc / _ARC_RAD), 1)
    corner_m = math.atan(wide / math.cos(0.5 * arc / steps)) * MEAN_RADIUS_M
    bearings = [from_rad + math.copysign(first + arc * (k + 0.5) / steps, turn) for k in range(steps)]
    return [frame.destination(*centre, bearing, corner_m) for bearing in bearings]


def _inside(point: Point, closure: Closure) -> bool:
    """Whether a point is in a disc."""
    return frame.distance_bearing(closure.lat_rad, closure.lon_rad, *point)[0] <= closure.radius_m


def _vector(point: Point) -> F8:
    """The n-vector of a point."""
    return n_vectors(np.array(point[0]), np.array(point[1]))


def _point(vector: F8) -> Point:
    """The point of an n-vector."""
    return math.atan2(vector[2], math.hypot(vector[0], vector[1])), math.atan2(vector[1], vector[0])
