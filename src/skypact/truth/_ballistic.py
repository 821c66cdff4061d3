"""Ballistic flights of a raid: a notional boost whose length and bearing are found no closer than truth needs.

Boost (notional, for every class): a constant acceleration by thrust, straight up for the first seconds, then
along a fixed direction of the Earth-fixed frame until burnout. The direction is such that thrust less gravity
points along the minimum-energy elevation of the range, (pi - phi) / 4 for a range angle phi (Wheelon, "Free flight of
a ballistic missile", ARS Journal 29, 1959), times the class's loft.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from skypact.earth.terrain import Terrain
from skypact.kernels import flight as kernel
from skypact.kernels import frame
from skypact.kernels.wgs84 import GM_M3_S2, J2, MEAN_RADIUS_M, OMEGA_RAD_S
from skypact.model.network import F8
from skypact.truth.flight import Path, ground_height

_FLOOR_M = 2_000.0
_SHARE_OF_RANGE = 0.01
_TRIALS = 12
_LONGEST_S = 3_600
_RISE_S = 4.0
_RISE_SHARE = 0.15
_GRAVITY_MPS2 = 9.8
_SHORTEST_RANGE_M = 100.0


@dataclass(frozen=True)
class Body:
    """What decides a ballistic flight besides where it starts and which way it goes."""

    beta_kgpm2: float
    thrust_mps2: float
    loft: float


@dataclass(frozen=True)
class _Setting:
    """A boost: its length, the bearing and the elevation of its thrust."""

    burn_s: float
    bearing_rad: float
    elevation_rad: float


def tolerance_m(range_m: float) -> float:
    """How near to a wanted point a flight must come: 1% of the range, never under 2 km."""
    return max(_FLOOR_M, _SHARE_OF_RANGE * range_m)


def ballistic_path(
    terrain: Terrain, start: tuple[float, float], towards: tuple[float, float], body: Body, launch_s: int
) -> Path | None:
    """The first flight tried that comes down within `tolerance_m` of a point; None where no trial does.

    Starts from the burn and the bearing of a vacuum flight over an Earth at rest, and corrects the burn by secant
    steps in the logarithms of burn and range, the bearing by the bearing missed.

    Args:
        terrain: the ground.
        start: latitude and longitude, rad.
        towards: latitude and longitude, rad.
        body: the body's parameters.
        launch_s: whole second of the launch.
    """
    range_m, bearing = frame.distance_bearing(*start, *towards)
    setting = _vacuum_setting(range_m, bearing, body)
    log_burn, slope = math.log(setting.burn_s), 2.0
    last: tuple[float, float] | None = None
    for _ in range(_TRIALS):
        path = _flown(terrain, start, setting, body, launch_s)
        if path is None:
            return None
        lat, lon, _height = frame.geodetic_from_ecef(*path.end_ecef_m)
        miss_m, _bearing = frame.distance_bearing(lat, lon, *towards)
        if miss_m <= tolerance_m(range_m):
            return path
        reached_m, reached_bearing = frame.distance_bearing(*start, lat, lon)
        log_range = math.log(max(reached_m, _SHORTEST_RANGE_M))
        if last is not None and log_burn != last[0]:
            slope = min(max((log_range - last[1]) / (log_burn - last[0]), 0.8), 4.0)
        last = (log_burn, log_range)
        log_burn += min(max((math.log(range_m) - log_range) / slope, -0.7), 0.7)
        aside = math.remainder(bearing - reached_bearing, 2.0 * math.pi) if reached_m > _FLOOR_M else 0.0
        setting = _Setting(math.exp(log_burn), setting.bearing_rad + aside, setting.elevation_rad)
    return None


def _vacuum_setting(range_m: float, bearing_rad: float, body: Body) -> _Setting:
    """The boost that would reach a range without air or rotation, from a launch at burnout."""
    angle = range_m / MEAN_RADIUS_M
    half = math.sin(0.5 * angle)
    speed = math.sqrt(GM_M3_S2 / MEAN_RADIUS_M * 2.0 * half / (1.0 + half))
    path_elevation = min(max(body.loft * (math.pi - angle) / 4.0, math.radians(15.0)), math.radians(80.0))
    sag = _GRAVITY_MPS2 * math.cos(path_elevation) / body.thrust_mps2
    elevation = path_elevation + math.asin(min(sag, 0.8))
    net = body.thrust_mps2 * math.cos(elevation) / math.cos(path_elevation)
    return _Setting(speed / max(net, 1.0), bearing_rad, min(elevation, math.radians(88.0)))


def _flown(
    terrain: Terrain, start: tuple[float, float], setting: _Setting, body: Body, launch_s: int
) -> Path | None:
    """The flight of a boost, None where it does not come down within an hour."""
    lat, lon = start
    state = np.zeros(6)
    state[:3] = frame.ecef_from_geodetic(lat, lon, ground_height(terrain, lat, lon))
    rot = np.array(frame.rot_enu_from_ecef(lat, lon)).reshape(3, 3)
    across = math.cos(setting.elevation_rad)
    thrust_enu = np.array(
        [
            across * math.sin(setting.bearing_rad),
            across * math.cos(setting.bearing_rad),
            math.sin(setting.elevation_rad),
        ]
    )
    directions = np.concatenate([rot[2], thrust_enu @ rot])
    rise_s = min(_RISE_S, _RISE_SHARE * setting.burn_s)
    path, landed = free_path(terrain, state, body, (rise_s, setting.burn_s, directions), launch_s)
    return path if landed else None


def free_path(
    terrain: Terrain, start: F8, body: Body, boost: tuple[float, float, F8], launch_s: int
) -> tuple[Path, bool]:
    """The flight from a state (ECEF m, m/s) under a boost (rise s, burn s, directions[6]) until the ground.

    With it whether it came down within an hour; where it did not, the path ends there. Rotation, J2 and air are as
    they are.
    """
    rise_s, burn_s, directions = boost
    out = np.empty((_LONGEST_S, 6))
    phase = np.empty(_LONGEST_S, dtype=np.uint8)
    end = np.empty(4)
    rows = kernel.fly(
        terrain.heights_m, terrain.lat0_deg, terrain.lon0_deg, terrain.step_deg, start, body.thrust_mps2, rise_s,
        burn_s, directions, body.beta_kgpm2, OMEGA_RAD_S, J2, 1.0, out, phase, end,
    )  # fmt: skip
    landed = rows > 0
    if not landed:
        rows = _LONGEST_S
        end[0], end[1:] = rows - 1.0, out[-1, :3]
    path = Path(
        launch_s=float(launch_s),
        burnout_s=launch_s + burn_s,
        end_s=launch_s + float(end[0]),
        end_ecef_m=end[1:].copy(),
        first_s=launch_s,
        state=out[:rows].copy(),
        phase=phase[:rows].copy(),
    )
    return path, landed
