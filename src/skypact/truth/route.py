"""Paths along waypoints: low flyers over terrain, and aircraft that climb, cruise and descend."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from skypact.earth.terrain import Terrain
from skypact.kernels import route as kernel
from skypact.model.codes import Phase
from skypact.model.network import F8, U1
from skypact.truth.flight import Path, position_on_path

TURN_MPS2 = 5.0
"""Acceleration towards the side in a turn (a bank of 27 degrees)."""
FOOT_M = 0.3048
LEVEL_M = 1_000.0 * FOOT_M
"""Cruise levels are whole multiples of it."""

_SMOOTH_HALF_S = 12
_CLEARANCE_M = 150.0
_ROUND_S = 10.0
_FADE_S = 120.0
_BLEND_M = 100.0
_UNDER_M = 5_000.0


@dataclass(frozen=True)
class Route:
    """A route over the ground: its elements (kernels.route) and its length, m."""

    elements: F8
    length_m: float


def n_vectors(lat_rad: F8, lon_rad: F8) -> F8:
    """The n-vectors [n, 3] of points, rad."""
    across = np.cos(lat_rad)
    return np.stack([across * np.cos(lon_rad), across * np.sin(lon_rad), np.sin(lat_rad)], axis=-1)


def route_through(points: F8, speed_mps: float) -> Route:
    """The route through n-vectors [w, 3], its corners cut by turns of `TURN_MPS2` at a speed."""
    elements = np.zeros((2 * len(points) - 3, kernel.ELEMENT_WIDTH))
    length_m = kernel.build_route(points, speed_mps * speed_mps / TURN_MPS2, elements)
    return Route(elements, length_m)


def highest_ground(terrain: Terrain, route: Route) -> float:
    """The highest ground (m) at 64 points along a route."""
    points = np.empty((64, 3))
    kernel.route_points(route.elements, np.linspace(0.0, route.length_m, 64), points)
    return float(_ground(terrain, points).max())


def low_path(terrain: Terrain, points: F8, speed_mps: float, height_m: float, launch_s: int) -> Path:
    """The path of a low flyer: constant speed along the waypoints at a height above the smoothed ground.

    The smoothed ground is nowhere below the ground (kernels.route.smooth_above). It climbs from the ground in the
    first ten seconds or eight heights, and descends to it in the last six seconds or three heights.

    Args:
        terrain: the ground.
        points: n-vectors [w, 3], the first the launch point, the last where the flight ends.
        speed_mps: ground speed.
        height_m: height above the smoothed ground.
        launch_s: whole second of the launch.
    """
    route = route_through(points, speed_mps)
    end_s = route.length_m / speed_mps
    rows = math.ceil(end_s) + 1
    pad = 2 * _SMOOTH_HALF_S
    t = np.arange(-1 - pad, rows + 1 + pad, dtype=np.float64)
    vectors = np.empty((len(t), 3))
    kernel.route_points(route.elements, speed_mps * t, vectors)
    ground = _ground(terrain, vectors)
    smooth = np.empty(rows + 2)
    kernel.smooth_above(ground, _SMOOTH_HALF_S, smooth)
    middle = slice(pad, pad + rows + 2)
    s = speed_mps * t[middle]
    climb_m = max(10.0 * speed_mps, 8.0 * height_m)
    descent_m = max(6.0 * speed_mps, 3.0 * height_m)
    share = 0.5 * route.length_m / max(0.5 * route.length_m, climb_m, descent_m)
    climb_m, descent_m = climb_m * share, descent_m * share
    up = np.clip(s / climb_m, 0.0, 1.0)
    up = up * up * (3.0 - 2.0 * up)
    left = np.minimum((route.length_m - s) / descent_m, 1.0)
    down = np.where(left > 0.0, left * (2.0 - left), 2.0 * left)
    under = ground[middle]
    height = under + up * down * (smooth + height_m - under)
    state = np.empty((rows, 6))
    kernel.route_states(vectors[middle], height, state)
    inner = s[1:-1]
    phase = np.full(rows, Phase.CRUISE, dtype=np.uint8)
    phase[inner < climb_m] = Phase.CLIMB
    phase[inner > route.length_m - descent_m] = Phase.DESCENT
    return Path(
        launch_s=float(launch_s),
        burnout_s=float(launch_s),
        end_s=launch_s + end_s,
        end_ecef_m=position_on_path(state, 0, end_s),
        first_s=launch_s,
        state=state,
        phase=phase,
    )


@dataclass(frozen=True)
class Performance:
    """How a kind of aircraft climbs, descends and flies near the ground (stated, notional)."""

    climb_mps: float
    descent_mps: float
    slow_share: float
    """Ground speed at take-off and landing, as a share of that in cruise; it changes evenly in climb and descent."""


@dataclass(frozen=True)
class Profile:
    """Heights and times of a flight: F8 arrays of one shape, or floats."""

    speed_mps: F8 | float
    slow_share: float
    from_m: F8 | float
    cruise_m: F8 | float
    to_m: F8 | float
    climb_s: F8 | float
    descent_s: F8 | float
    duration_s: F8 | float


def profile(
    length_m: F8 | float,
    speed_mps: F8 | float,
    heights_m: tuple[F8 | float, F8 | float, F8 | float],
    performance: Performance,
) -> Profile:
    """The profile of flights of a length at a speed: from, cruise and to heights (m).

    The cruise height is brought down to the highest level that leaves a fifth of a short flight level, but not below
    150 m over either end.
    """
    from_m, cruise_m, to_m = heights_m
    mean = 0.5 * speed_mps * (1.0 + performance.slow_share)
    per_m = 1.0 / performance.climb_mps + 1.0 / performance.descent_mps
    reach = (0.8 * length_m / mean + from_m / performance.climb_mps + to_m / performance.descent_mps) / per_m
    cruise_m = np.where(reach < cruise_m, np.floor(reach / LEVEL_M) * LEVEL_M, cruise_m)
    cruise_m = np.maximum(cruise_m, np.maximum(from_m, to_m) + _CLEARANCE_M)
    climb_s = (cruise_m - from_m) / performance.climb_mps
    descent_s = (cruise_m - to_m) / performance.descent_mps
    fit = np.minimum(1.0, length_m / (mean * (climb_s + descent_s)))
    climb_s, descent_s = fit * climb_s, fit * descent_s
    level_m = length_m - mean * (climb_s + descent_s)
    duration_s = climb_s + descent_s + level_m / speed_mps
    return Profile(speed_mps, performance.slow_share, from_m, cruise_m, to_m, climb_s, descent_s, duration_s)


def level_profile(length_m: float, speed_mps: float, height_m: float) -> Profile:
    """The profile of a flight that is level from end to end."""
    return Profile(speed_mps, 1.0, height_m, height_m, height_m, 0.0, 0.0, length_m / speed_mps)


def aircraft_path(
    terrain: Terrain, route: Route, flown: Profile, launch_s: int, kept_s: tuple[int, int]
) -> Path:
    """The path of an aircraft, kept from the first to the last second of `kept_s` only.

    Heights follow the profile, corners rounded over ten seconds either side, and stay 150 m over the smoothed
    ground except within two minutes of either end. What is kept changes no sample: each is computed by itself. Where
    `kept_s` ends before the flight does, so does the path.
    """
    duration = float(flown.duration_s)
    first = max(0, kept_s[0] - launch_s)
    last = min(math.ceil(duration), kept_s[1] - launch_s)
    pad = 2 * _SMOOTH_HALF_S
    t = np.arange(first - 1 - pad, last + 2 + pad, dtype=np.float64)
    vectors = np.empty((len(t), 3))
    kernel.route_points(route.elements, _along(flown, t), vectors)
    smooth = np.empty(len(t) - 2 * pad)
    kernel.smooth_above(_ground(terrain, vectors), _SMOOTH_HALF_S, smooth)
    middle = slice(pad, len(t) - pad)
    near = np.clip(np.minimum(t[middle], duration - t[middle]) / _FADE_S, 0.0, 1.0)
    under = min(float(flown.from_m), float(flown.to_m)) - _UNDER_M
    floor = under + near * near * (3.0 - 2.0 * near) * (smooth + _CLEARANCE_M - under)
    height = _height(flown, t[middle])
    height = 0.5 * (height + floor + np.sqrt((height - floor) ** 2 + _BLEND_M**2))
    state = np.empty((last - first + 1, 6))
    kernel.route_states(vectors[middle], height, state)
    end_s = min(launch_s + duration, float(kept_s[1]))
    return Path(
        launch_s=float(launch_s),
        burnout_s=float(launch_s),
        end_s=end_s,
        end_ecef_m=position_on_path(state, launch_s + first, end_s),
        first_s=launch_s + first,
        state=state,
        phase=_phase(flown, t[middle][1:-1]),
    )


def _ground(terrain: Terrain, vectors: F8) -> F8:
    """Height of the ground (m) under n-vectors [n, 3]."""
    ground = np.empty(len(vectors))
    kernel.ground_along(
        terrain.heights_m, terrain.lat0_deg, terrain.lon0_deg, terrain.step_deg, vectors, ground
    )
    return ground


def _along(flown: Profile, t: F8) -> F8:
    """Length along the route (m) at times since take-off; before it and after landing the speed goes on."""
    speed = float(flown.speed_mps)
    slow = speed * flown.slow_share
    climb, descent, duration = float(flown.climb_s), float(flown.descent_s), float(flown.duration_s)
    into = np.clip(t, 0.0, climb)
    left = np.clip(duration - t, 0.0, descent)
    level = np.clip(t - climb, 0.0, duration - climb - descent)
    started = slow * into + 0.5 * (speed - slow) * into * into / max(climb, 1.0)
    landing = 0.5 * (speed + slow) * descent - (
        slow * left + 0.5 * (speed - slow) * left * left / max(descent, 1.0)
    )
    outside = slow * (np.minimum(t, 0.0) + np.maximum(t - duration, 0.0))
    return np.asarray(started + speed * level + landing + outside)


def _ramp(t: F8) -> F8:
    """max(0, t) with its corner rounded by a parabola over `_ROUND_S` either side."""
    near = np.clip(t + _ROUND_S, 0.0, 2.0 * _ROUND_S)
    return np.asarray(near * near / (4.0 * _ROUND_S) + np.maximum(t - _ROUND_S, 0.0))


def _height(flown: Profile, t: F8) -> F8:
    """Height above the ellipsoid (m) at times since take-off."""
    climb, descent, duration = float(flown.climb_s), float(flown.descent_s), float(flown.duration_s)
    climb_rate = (flown.cruise_m - flown.from_m) / max(climb - _ROUND_S, 1.0)
    descent_rate = (flown.cruise_m - flown.to_m) / max(descent - _ROUND_S, 1.0)
    rise = climb_rate * (_ramp(t - min(_ROUND_S, climb)) - _ramp(t - climb))
    fall = descent_rate * (_ramp(t - duration + descent) - _ramp(t - duration + min(_ROUND_S, descent)))
    return np.asarray(flown.from_m + rise - fall)


def _phase(flown: Profile, t: F8) -> U1:
    """model.codes.Phase at times since take-off."""
    phase = np.full(len(t), Phase.CRUISE, dtype=np.uint8)
    phase[t < flown.climb_s] = Phase.CLIMB
    if float(flown.descent_s) > 0.0:
        phase[t > flown.duration_s - flown.descent_s] = Phase.DESCENT
    return phase
