"""Ballistic flights of a raid: a notional boost whose length and bearing are found no closer than truth needs.

Boost (notional, for every class): one to a few stages of equal burn, between them a coast. A stage's thrust and flow
are constant, so that its acceleration grows as its mass burns off: a(t) = a0 / (1 - (1 - 1/growth) t / T) over its burn
T, of the mean that the class has. The growth is that of the rocket equation, exp(v / c) for a stage's change v of
velocity and the class's exhaust speed c (Sutton and Biblarz, "Rocket Propulsion Elements", 9th ed. 2017, chapter 4).
Where that would leave the first stage less than 1.2 g at launch, the mean is raised, as far as the class goes. Drag
takes the less of it the more propellant is left: the ballistic coefficient is that of the body after the boost times
the mass over the mass then. Thrust points straight up for the first seconds, then along a fixed direction of the
Earth-fixed frame. The direction is such that mean thrust less gravity points along the minimum-energy elevation of the
range, (pi - phi) / 4 for a range angle phi (Wheelon, "Free flight of a ballistic missile", ARS Journal 29, 1959), times
the class's loft.

No boost is flown as found: its thrust is off in size and direction, evenly over the burn, by the class's scatter of
the velocity at burnout. Nothing corrects that afterwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from skypact.earth.terrain import Terrain
from skypact.kernels import flight as kernel
from skypact.kernels import frame
from skypact.kernels.wgs84 import GM_M3_S2, MEAN_RADIUS_M
from skypact.model.catalogue import ThreatClass
from skypact.model.network import F8, U1
from skypact.truth.flight import Draws, Path, class_value, ground_height, within

_FLOOR_M = 2_000.0
_SHARE_OF_RANGE = 0.01
_TRIALS = 24
_LONGEST_S = 3_600
_RISE_S = 4.0
_RISE_SHARE = 0.15
_GRAVITY_MPS2 = 9.8
_SHORTEST_RANGE_M = 100.0
_LEAST_LIFT_MPS2 = 1.2 * 9.80665
"""Of the first stage at launch."""
_MOST_MPS = 20_000.0
"""No boost is tried beyond."""
_REPAIRS = 2
_NO_ROWS = (np.empty((0, 6)), np.empty(0, dtype=np.uint8))

# Slots of an object's draws.
_BODY, _SHAPE, _STAGING, _SPEED_UP, _ASIDE = 100, 101, 102, 103, 104


@dataclass(frozen=True)
class Body:
    """What decides a free fall besides its start: the ballistic coefficient, and whether the body tumbles."""

    beta_kgpm2: float
    tumbling: bool


@dataclass(frozen=True)
class _Boost:
    """What decides a boost besides its size and bearing: the mean acceleration while it burns, and the staging."""

    drawn_mps2: float
    most_mps2: float
    loft: float
    stages: int
    exhaust_mps: float
    coast_s: float

    def acceleration_mps2(self, whole_mps: float) -> float:
        """The mean acceleration of a boost of such a change of velocity."""
        least = _LEAST_LIFT_MPS2 / self.first_share(whole_mps)
        return min(max(self.drawn_mps2, least), self.most_mps2)

    def first_share(self, whole_mps: float) -> float:
        """The acceleration of a stage at its ignition over its mean."""
        log_growth = whole_mps / (self.stages * self.exhaust_mps)
        return -math.expm1(-log_growth) / log_growth


@dataclass(frozen=True)
class _Setting:
    """A boost's change of velocity in all, and the bearing and elevation of its thrust."""

    whole_mps: float
    bearing_rad: float
    elevation_rad: float


@dataclass(frozen=True)
class _Place:
    """A launch point: the state of what stands there, and the directions east, north and up (rows of a matrix)."""

    terrain: Terrain
    start: tuple[float, float]
    state: F8
    rot_enu_from_ecef: F8


def tolerance_m(range_m: float) -> float:
    """How near to a wanted point a flight must come: 1% of the range, never under 2 km."""
    return max(_FLOOR_M, _SHARE_OF_RANGE * range_m)


def ballistic_flight(
    threat: ThreatClass,
    terrain: Terrain,
    start: tuple[float, float],
    towards: tuple[float, float],
    launch_s: int,
    draws: Draws,
) -> Path | None:
    """A flight of a class towards a point, scattered at burnout; None where no boost that was tried leads there.

    Ballistic coefficient, acceleration, loft, number of stages, exhaust speed and coast are uniform in the class's
    intervals. The boost is the first one tried that comes down within `tolerance_m` of the point. Its velocity at
    burnout is then off, normally, by `burnout_speed` (a share of it) along and by `burnout_angle_rad` times it to
    either side across.

    Args:
        threat: the class, ballistic or rocket.
        terrain: the ground.
        start: latitude and longitude, rad.
        towards: latitude and longitude, rad.
        launch_s: whole second of the launch.
        draws: the object's random numbers; slots 100 to 104.

    Raises:
        UsageError: the class lacks a value.
    """
    u, v = draws.uniforms(_BODY)
    body = Body(within(class_value(threat, "ballistic_coefficient_kgpm2"), u), tumbling=False)
    boost = _drawn_boost(threat, v, draws)
    place = _launch_place(terrain, start)
    found = _found(place, towards, body, boost)
    if found is None:
        return None
    setting, burnout_mps = found
    along, up = draws.normals(_SPEED_UP)
    aside, _unused = draws.normals(_ASIDE)
    speed_mps = float(np.linalg.norm(burnout_mps))
    forward = burnout_mps / speed_mps
    level = np.cross(forward, place.rot_enu_from_ecef[2])
    level /= np.linalg.norm(level)
    share = class_value(threat, "burnout_speed").value
    angle = class_value(threat, "burnout_angle_rad").value
    off_mps = speed_mps * (share * along * forward + angle * (up * np.cross(level, forward) + aside * level))
    legs = _spoiled(place, setting, body, boost, burnout_mps, off_mps)
    path, landed = free_path(terrain, place.state, body, launch_s, legs=legs)
    return path if landed else None


def _launch_place(terrain: Terrain, start: tuple[float, float]) -> _Place:
    """The launch point at a latitude and longitude (rad), on the ground."""
    state = np.zeros(6)
    state[:3] = frame.ecef_from_geodetic(*start, ground_height(terrain, *start))
    return _Place(terrain, start, state, np.array(frame.rot_enu_from_ecef(*start)).reshape(3, 3))


def _drawn_boost(threat: ThreatClass, u: float, draws: Draws) -> _Boost:
    """The boost of one object, uniform in the class's intervals; u draws the acceleration."""
    loft, number = draws.uniforms(_SHAPE)
    exhaust, coast = draws.uniforms(_STAGING)
    acceleration = class_value(threat, "boost_acceleration_mps2")
    stages = class_value(threat, "stages")
    most = round(stages.high)
    return _Boost(
        drawn_mps2=within(acceleration, u),
        most_mps2=acceleration.high,
        loft=within(class_value(threat, "loft"), loft),
        stages=min(round(stages.low) + int(number * (most - round(stages.low) + 1)), most),
        exhaust_mps=within(class_value(threat, "exhaust_speed_mps"), exhaust),
        coast_s=within(class_value(threat, "stage_coast_s"), coast),
    )


def _found(
    place: _Place, towards: tuple[float, float], body: Body, boost: _Boost
) -> tuple[_Setting, F8] | None:
    """The first boost tried that comes down within `tolerance_m`, and its velocity at burnout; None where none does.

    Starts from the boost and the bearing of a vacuum flight over an Earth at rest, and corrects its change of velocity
    by secant steps in the logarithms of that and of the range, the bearing by the bearing missed.
    """
    range_m, bearing = frame.distance_bearing(*place.start, *towards)
    setting = _vacuum_setting(range_m, bearing, boost)
    log_whole, slope = math.log(setting.whole_mps), 2.0
    last: tuple[float, float] | None = None
    for _ in range(_TRIALS):
        if setting.whole_mps > _MOST_MPS:
            return None
        end = _end(place, _legs(place, setting, boost, np.zeros(3)), body)
        if end is None:
            return None
        lat, lon, _height = frame.geodetic_from_ecef(*end[1:4])
        miss_m, _bearing = frame.distance_bearing(lat, lon, *towards)
        if miss_m <= tolerance_m(range_m):
            return setting, end[7:]
        reached_m, reached_bearing = frame.distance_bearing(*place.start, lat, lon)
        log_range = math.log(max(reached_m, _SHORTEST_RANGE_M))
        if last is not None and log_whole != last[0]:
            slope = min(max((log_range - last[1]) / (log_whole - last[0]), 0.4), 4.0)
        last = (log_whole, log_range)
        log_whole += min(max((math.log(range_m) - log_range) / slope, -0.7), 0.7)
        aside = math.remainder(bearing - reached_bearing, 2.0 * math.pi) if reached_m > _FLOOR_M else 0.0
        setting = _Setting(math.exp(log_whole), setting.bearing_rad + aside, setting.elevation_rad)
    return None


def _vacuum_setting(range_m: float, bearing_rad: float, boost: _Boost) -> _Setting:
    """The boost that would reach a range without air or rotation, from a launch at burnout."""
    angle = range_m / MEAN_RADIUS_M
    half = math.sin(0.5 * angle)
    speed = math.sqrt(GM_M3_S2 / MEAN_RADIUS_M * 2.0 * half / (1.0 + half))
    path_elevation = min(max(boost.loft * (math.pi - angle) / 4.0, math.radians(15.0)), math.radians(80.0))
    acceleration = boost.acceleration_mps2(speed)
    sag = _GRAVITY_MPS2 * math.cos(path_elevation) / acceleration
    elevation = path_elevation + math.asin(min(sag, 0.8))
    net = acceleration * math.cos(elevation) / math.cos(path_elevation)
    return _Setting(speed * acceleration / max(net, 1.0), bearing_rad, min(elevation, math.radians(88.0)))


def _legs(place: _Place, setting: _Setting, boost: _Boost, lean: F8) -> F8:
    """The legs of a boost as `kernels.flight.fly` takes them; lean[3] is added to the unit vectors of thrust."""
    across = math.cos(setting.elevation_rad)
    along_enu = np.array(
        [
            across * math.sin(setting.bearing_rad),
            across * math.cos(setting.bearing_rad),
            math.sin(setting.elevation_rad),
        ]
    )
    up, along = place.rot_enu_from_ecef[2] + lean, along_enu @ place.rot_enu_from_ecef + lean
    acceleration = boost.acceleration_mps2(setting.whole_mps)
    stage_s = setting.whole_mps / acceleration / boost.stages
    growth = math.exp(setting.whole_mps / (boost.stages * boost.exhaust_mps))
    first_mps2 = acceleration * boost.first_share(setting.whole_mps)
    legs = []
    for k in range(boost.stages):
        ignition_s = k * (stage_s + boost.coast_s)
        mass = growth ** (boost.stages - k)
        stage = [ignition_s, first_mps2, (1.0 - 1.0 / growth) / stage_s, mass]
        if k == 0:
            legs.append([min(_RISE_S, _RISE_SHARE * stage_s), *stage, *up])
        elif boost.coast_s > 0.0:
            legs.append([ignition_s, 0.0, 0.0, 0.0, mass, *along])
        legs.append([ignition_s + stage_s, *stage, *along])
    return np.array(legs)


def _spoiled(place: _Place, setting: _Setting, body: Body, boost: _Boost, burnout_mps: F8, off_mps: F8) -> F8:
    """The legs of a boost whose thrust is off, evenly over the burn, so that its velocity at burnout is too.

    What air and gravity make of it is put right twice: to 2% of `off_mps` in most flights, 5% in nearly all.
    """
    lean = off_mps / setting.whole_mps
    end = np.empty(10)
    for _ in range(_REPAIRS):
        legs = _legs(place, setting, boost, lean)
        _fly(place.terrain, place.state, 0.0, float(legs[-1, kernel.UNTIL_S]), legs, body, *_NO_ROWS, end)
        lean = lean + (burnout_mps + off_mps - end[7:]) / setting.whole_mps
    return _legs(place, setting, boost, lean)


def _end(place: _Place, legs: F8, body: Body) -> F8 | None:
    """The arrival of a boost and its state at burnout, as `kernels.flight.fly` fills them; None if not in an hour."""
    end = np.empty(10)
    rows = _fly(place.terrain, place.state, 0.0, _LONGEST_S - 1.0, legs, body, *_NO_ROWS, end)
    return end if rows > 0 else None


def _fly(
    terrain: Terrain,
    start: F8,
    first_s: float,
    longest_s: float,
    legs: F8,
    body: Body,
    out: F8,
    phase: U1,
    end: F8,
) -> int:
    """`kernels.flight.fly` over the Earth as it is."""
    return kernel.fly(
        terrain.heights_m, terrain.lat0_deg, terrain.lon0_deg, terrain.step_deg, start, first_s, longest_s, legs,
        body.beta_kgpm2, body.tumbling, kernel.EARTH, out, phase, end,
    )  # fmt: skip


def free_path(
    terrain: Terrain, start: F8, body: Body, start_s: float, legs: F8 | None = None
) -> tuple[Path, bool]:
    """The flight from a state (ECEF m, m/s) at a time until the ground, rows at whole seconds from then on.

    With it whether it came down within an hour; where it did not, the path ends there. `legs` is the boost, none for
    a free fall. What comes down before the first whole second ends at that second, on the ground.
    """
    boost = np.empty((0, kernel.LEG_WIDTH)) if legs is None else legs
    first_s = math.ceil(start_s)
    out = np.empty((_LONGEST_S, 6))
    phase = np.empty(_LONGEST_S, dtype=np.uint8)
    end = np.empty(10)
    delay_s = first_s - start_s
    rows = _fly(terrain, start, delay_s, delay_s + _LONGEST_S - 1.0, boost, body, out, phase, end)
    landed = rows > 0
    if not landed:
        rows = _LONGEST_S
        end[0], end[1:4] = delay_s + rows - 1.0, out[-1, :3]
    end_s = start_s + float(end[0])
    if end_s < first_s:
        end_s, out[0, :3] = float(first_s), end[1:4]
    path = Path(
        launch_s=float(first_s),
        burnout_s=first_s + (float(boost[-1, kernel.UNTIL_S]) if len(boost) else 0.0),
        end_s=end_s,
        end_ecef_m=end[1:4].copy(),
        first_s=first_s,
        state=out[:rows].copy(),
        phase=phase[:rows].copy(),
    )
    return path, landed
