"""Routes over the ground: through points, around holding patterns, aside to other points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from skypact.earth.terrain import Terrain
from skypact.kernels import route as kernel
from skypact.kernels.wgs84 import MEAN_RADIUS_M
from skypact.model.network import F8

FOOT_M = 0.3048
LEVEL_M = 1_000.0 * FOOT_M
"""Cruise levels are whole multiples of it."""


@dataclass(frozen=True)
class Route:
    """A route over the ground: its elements (kernels.route) and its length, m."""

    elements: F8
    length_m: float

    @property
    def tightest_m(self) -> float:
        """The least radius of its turns, m; infinite where it has none."""
        radius = self.elements[:, kernel.RADIUS]
        return float(radius[radius > 0.0].min(initial=math.inf))


def n_vectors(lat_rad: F8, lon_rad: F8) -> F8:
    """The n-vectors [n, 3] of points, rad."""
    across = np.cos(lat_rad)
    return np.stack([across * np.cos(lon_rad), across * np.sin(lon_rad), np.sin(lat_rad)], axis=-1)


def route_through(points: F8, radius_m: float) -> Route:
    """The route through n-vectors [w, 3], its corners cut by turns of a radius (less where legs are short)."""
    elements = np.zeros((2 * len(points) - 3, kernel.ELEMENT_WIDTH))
    length_m = kernel.build_route(points, radius_m, elements)
    return Route(elements, length_m)


def place_on(route: Route, s_m: float) -> F8:
    """The n-vector and the direction, [6], at a length along a route."""
    before = route.elements[:, kernel.BEFORE]
    element = route.elements[max(int(np.searchsorted(before, s_m, side="right")) - 1, 0)]
    here = np.empty(6)
    kernel.point_on(element, s_m - element[kernel.BEFORE], here)
    return here


def looped(route: Route, s_m: float, radius_m: float, leg_m: float, laps: int) -> Route:
    """The route with right-hand racetracks put in at a length; from the last of them straight to its end.

    A lap is half a circle, a leg back, half a circle and a leg to where it began (the standard holding pattern, ICAO
    Doc 8168, volume I). What follows must be a great circle.
    """
    here = place_on(route, s_m)
    end = place_on(route, route.length_m)[:3]
    half_m = math.pi * radius_m
    lap = [(radius_m, half_m), (0.0, leg_m), (radius_m, half_m), (0.0, leg_m)]
    loops, after_m = _going_on(here, s_m, lap * laps)
    rest = route_through(np.stack([here[:3], end]), radius_m)
    rest.elements[:, kernel.BEFORE] += after_m
    return Route(np.vstack([_until(route, s_m), *loops, rest.elements]), after_m + rest.length_m)


def turned(route: Route, s_m: float, points: F8, radius_m: float) -> Route:
    """A route that leaves another at a length for n-vectors [w, 3], each more than two radii from the one before.

    At the start and over each point it turns with the radius until the next point lies straight ahead.
    """
    here = place_on(route, s_m)
    parts = [_until(route, s_m)]
    after_m = s_m
    ahead = np.empty(3)
    for point in points:
        angle = kernel.turn_towards(here, point, radius_m)
        turn, after_m = _going_on(here, after_m, [(math.copysign(radius_m, angle), abs(angle) * radius_m)])
        leg_m = kernel.tangent(here[:3], point, ahead) * MEAN_RADIUS_M
        leg, after_m = _going_on(here, after_m, [(0.0, leg_m)])
        parts += [*turn, *leg]
    return Route(np.vstack(parts), after_m)


def _until(route: Route, s_m: float) -> F8:
    """The elements of a route that begin before a length."""
    return route.elements[route.elements[:, kernel.BEFORE] < s_m]


def _going_on(here: F8, before_m: float, pieces: list[tuple[float, float]]) -> tuple[list[F8], float]:
    """Elements from a place and direction, which are moved to their end, by (radius, length); the length there, m."""
    radius, length = np.array(pieces).T
    elements = np.zeros((len(pieces), kernel.ELEMENT_WIDTH))
    after_m = kernel.go_on(here, before_m, radius.copy(), length.copy(), elements)
    return [elements], after_m


def highest_ground(terrain: Terrain, route: Route) -> float:
    """The highest ground (m) at 64 points along a route."""
    points = np.empty((64, 3))
    kernel.route_points(route.elements, np.linspace(0.0, route.length_m, 64), points)
    return float(ground_along(terrain, points).max())


def ground_along(terrain: Terrain, vectors: F8) -> F8:
    """Height of the ground (m) under n-vectors [n, 3]."""
    ground = np.empty(len(vectors))
    kernel.ground_along(
        terrain.heights_m, terrain.lat0_deg, terrain.lon0_deg, terrain.step_deg, vectors, ground
    )
    return ground
