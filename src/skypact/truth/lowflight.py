"""Low flyers: cruise missiles and drones that follow the ground within their limits, in the wind.

The limits hold at every sample: the turn by the class's lateral acceleration, the flight-path angle by its greatest
climb, the vertical acceleration by `VERTICAL_MPS2`, the speed through the air. The start and the end are on the ground;
only where the ground about them is steeper than the flight can be are the two vertical limits raised there. What is
left out: the seconds in which a launcher brings the flight to its speed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from skypact.earth.terrain import Terrain
from skypact.kernels import lowflight as kernel
from skypact.kernels import route as route_kernel
from skypact.kernels.wgs84 import MEAN_RADIUS_M
from skypact.model.codes import Phase
from skypact.model.network import F8
from skypact.model.weather import Weather
from skypact.truth.flight import Path, position_on_path
from skypact.truth.route import Route, ground_along, route_through

VERTICAL_MPS2 = 5.0
"""Greatest vertical acceleration that is flown, about half of gravity (notional)."""

_ROW_S = 0.5
_LEAST_ROWS = 16
_LEAST_SHARE = 0.1
_RESERVE = 1.05
_SHORTEST_S = 60.0
_FADE_S = 60.0


@dataclass(frozen=True)
class Wander:
    """A slow swing to either side of the course: at most `reach_s` times the wind speed; a mean of sines."""

    reach_s: float
    period_s: tuple[float, ...]
    phase_rad: tuple[float, ...]


@dataclass(frozen=True)
class Flyer:
    """What decides a low flight besides its way (all of one object)."""

    air_speed_mps: float
    height_m: float
    """Above the smoothed ground."""
    turn_mps2: float
    climb_rad: float
    popup_m: float
    """Height over the end of the flight that it climbs to before its dive; 0: it does not."""
    range_max_m: float
    """In calm air; with the air speed, how long it can fly."""
    wander: Wander


@dataclass(frozen=True)
class _Course:
    """A course by rows at equal spacing: n-vectors, heights, the rows where climb ends and dive begins, times."""

    points: F8
    height_m: F8
    spacing_m: float
    level: tuple[int, int]
    time_s: F8


def low_path(terrain: Terrain, points: F8, flyer: Flyer, weather: Weather, launch_s: int) -> Path | None:
    """The path of a low flyer along waypoints; None where the wind leaves it less than a minute of flight.

    It heads into the wind so as to stay on its course; where it would then make less than a tenth of its air speed
    over the ground, and where its time is up, it comes down on its course, short of the end.

    Args:
        terrain: the ground.
        points: n-vectors [w, 3], the first the launch point, the last where the flight is to end.
        flyer: the object.
        weather: the wind.
        launch_s: whole second of the launch.
    """
    fastest_mps = flyer.air_speed_mps + _strongest_mps(weather)
    radius_m = fastest_mps * fastest_mps / flyer.turn_mps2
    route = route_through(points, radius_m)
    if route.tightest_m < radius_m * (1.0 - 1e-9):
        route = route_through(points[[0, -1]], radius_m)
    longest_s = _RESERVE * flyer.range_max_m / flyer.air_speed_mps
    course, reached = _course(terrain, route, flyer, weather, longest_s)
    if reached < len(course.points):
        short = Route(route.elements, course.spacing_m * (reached - 1))
        if reached < _LEAST_ROWS or course.time_s[reached - 1] < _SHORTEST_S:
            return None
        course, reached = _course(terrain, short, replace(flyer, popup_m=0.0), weather, math.inf)
        if reached < len(course.points):
            return None
        route = short
    return _sampled(route, course, flyer.wander, weather, launch_s)


def _strongest_mps(weather: Weather) -> float:
    """The strongest wind at any height."""
    return float(np.hypot(weather.wind_east_mps, weather.wind_north_mps).max())


def _wind(weather: Weather, height_m: F8) -> tuple[F8, F8]:
    """East and north wind (m/s, where the air moves to) at heights."""
    east = np.interp(height_m, weather.wind_height_m, weather.wind_east_mps)
    return east, np.interp(height_m, weather.wind_height_m, weather.wind_north_mps)


def _course(
    terrain: Terrain, route: Route, flyer: Flyer, weather: Weather, longest_s: float
) -> tuple[_Course, int]:
    """Heights and times along a route, and how many of its rows the flight reaches in a time."""
    n = max(math.ceil(route.length_m / (_ROW_S * flyer.air_speed_mps)), _LEAST_ROWS)
    spacing_m = route.length_m / n
    points = np.empty((n + 1, 3))
    route_kernel.route_points(route.elements, spacing_m * np.arange(n + 1.0), points)
    ground = ground_along(terrain, points)
    fastest_mps = flyer.air_speed_mps + _strongest_mps(weather)
    slope = math.tan(flyer.climb_rad)
    rise = slope * spacing_m
    bend = VERTICAL_MPS2 * (spacing_m / fastest_mps) ** 2
    half = math.ceil(rise / bend)
    least = ground + flyer.height_m
    if flyer.popup_m > 0.0:
        # From where on the dive from that height, bent at its top, reaches the end.
        away = math.ceil(flyer.popup_m / rise + 0.5 * rise / bend) + half
        first = max(n - away, 0)
        least[first:] = np.maximum(least[first:], ground[-1] + flyer.popup_m)
    least = np.pad(least, 2 * half, mode="edge")
    kernel.limit_slope(least, rise)
    height = np.empty(n + 1)
    route_kernel.smooth_above(least, half, height)
    dive = kernel.come_down(height, ground, rise, bend)
    back = height[::-1].copy()
    climb = n - kernel.come_down(back, ground[::-1].copy(), rise, bend)
    height = back[::-1].copy()
    time_s = np.empty(n + 1)
    east, north = _wind(weather, height)
    least_mps = _LEAST_SHARE * flyer.air_speed_mps
    reached = kernel.pass_time(
        points, height, spacing_m, flyer.air_speed_mps, east, north, least_mps, longest_s, time_s
    )
    return _Course(points, height, spacing_m, (climb, dive), time_s), reached


def _sampled(route: Route, course: _Course, wander: Wander, weather: Weather, launch_s: int) -> Path:
    """The path at whole seconds along a course that is reached to its end."""
    end_s = float(course.time_s[-1])
    rows = math.ceil(end_s) + 1
    t = np.arange(-1.0, rows + 1)
    way: F8 = course.spacing_m * np.arange(float(len(course.time_s)))
    s, height = _beyond(t, course.time_s, way), _beyond(t, course.time_s, course.height_m)
    vectors = np.empty((len(t), 3))
    route_kernel.route_points(route.elements, s, vectors)
    vectors = _aside(vectors, _swing(t, end_s, wander, weather, height))
    state = np.empty((rows, 6))
    route_kernel.route_states(vectors, height, state)
    phase = np.full(rows, Phase.CRUISE, dtype=np.uint8)
    phase[s[1:-1] < way[course.level[0]]] = Phase.CLIMB
    phase[s[1:-1] > way[course.level[1]]] = Phase.DESCENT
    return Path(
        launch_s=float(launch_s),
        burnout_s=float(launch_s),
        end_s=launch_s + end_s,
        end_ecef_m=position_on_path(state, 0, end_s),
        first_s=launch_s,
        state=state,
        phase=phase,
    )


def _beyond(t: F8, at: F8, values: F8) -> F8:
    """Values at times between rows, straight on before the first and after the last."""
    first = (values[1] - values[0]) / (at[1] - at[0])
    last = (values[-1] - values[-2]) / (at[-1] - at[-2])
    inside = np.interp(t, at, values)
    return np.asarray(inside + np.minimum(t - at[0], 0.0) * first + np.maximum(t - at[-1], 0.0) * last)


def _swing(t: F8, end_s: float, wander: Wander, weather: Weather, height_m: F8) -> F8:
    """How far (m) to the left of its course the flight is at times since launch; nothing at either end."""
    if wander.reach_s * _strongest_mps(weather) == 0.0:
        return np.zeros(len(t))
    near = np.clip(np.minimum(t, end_s - t) / _FADE_S, 0.0, 1.0)
    reach = wander.reach_s * np.hypot(*_wind(weather, height_m)) * near * near * (3.0 - 2.0 * near)
    swing = sum(
        np.sin(2.0 * math.pi * t / period + phase)
        for period, phase in zip(wander.period_s, wander.phase_rad, strict=True)
    )
    return np.asarray(reach * swing / len(wander.period_s))


def _aside(vectors: F8, left_m: F8) -> F8:
    """N-vectors moved to the left of the way that they make."""
    if not left_m.any():
        return vectors
    ahead = np.gradient(vectors, axis=0)
    left = np.cross(vectors, ahead)
    left /= np.linalg.norm(left, axis=1)[:, None]
    moved = vectors + left * (left_m / MEAN_RADIUS_M)[:, None]
    return np.asarray(moved / np.linalg.norm(moved, axis=1)[:, None])
