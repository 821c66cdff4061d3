"""The flights of the synthetic sample recording: what flies where, to the metre; all of it notional.

A flight is straight and level before its anchor and follows its legs after it, on the ellipsoid: a straight leg is a
geodesic. Codes are of no real flight, aircraft addresses of a block that is allotted to no state.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from skypact.earth.frame import destination, ecef_from_geodetic, rot_enu_from_ecef
from skypact.kernels.wgs84 import A_M, E2
from skypact.model.network import F8
from skypact.model.recording import ABSENT, RadarSite
from skypact.run.recorded.file import FOOT_M, KNOT_MPS, NM_M

SITE = RadarSite(math.radians(1_224_200 * 180 / 2**23), math.radians(2_359_500 * 180 / 2**23), 25.0)
"""Of the notional radar, near the airport of Bahrain, as I034/120 can hold it."""
DURATION_S = 1500


@dataclass(frozen=True)
class Leg:
    """A part of a flight at constant rates."""

    seconds: int
    turn_deg_s: float = 0.0
    """clockwise"""
    climb_fpm: float = 0.0
    gain_kt_s: float = 0.0


@dataclass(frozen=True)
class Flight:
    """One object: where it is at its anchor and what it does then."""

    name: str
    bearing_deg: float
    """from the radar, at the anchor"""
    distance_nm: float
    course_deg: float
    speed_kt: float
    height_ft: float
    legs: tuple[Leg, ...] = ()
    """after the anchor; then straight and level"""
    codes: tuple[tuple[int, int], ...] = ()
    """(second from which it is used, Mode 3/A code); none: no transponder"""
    address: int = ABSENT
    anchor_s: int = 0
    first_s: int = 0
    last_s: int = DURATION_S
    hidden_s: tuple[int, int] = (0, 0)
    """the radar does not see it between these"""
    in_reach: bool = True
    """whether the radar can see it at all"""

    def code_at(self, t_s: float) -> int:
        """The Mode 3/A code at a second of the sample, ABSENT without transponder."""
        return next((code for since, code in reversed(self.codes) if t_s >= since), ABSENT)


_RACETRACK = (Leg(60), Leg(60, 3.0), Leg(60), Leg(60, 3.0))
_WEAVE = (Leg(120), Leg(40, 1.5), Leg(150), Leg(60, -1.5), Leg(200), Leg(50, 1.2))
_DEPARTURE = (Leg(60, 0.0, 2200.0, 1.5), Leg(50, 1.8, 2200.0, 1.0), Leg(520, 0.0, 1900.0, 0.15))
_ARRIVAL = (
    Leg(420, 0.0, -1400.0, -0.15),
    Leg(60, 1.0, -1200.0, -0.5),
    Leg(330, 0.0, -1000.0, -0.1),
    Leg(45, -1.6, -700.0),
    Leg(300, 0.0, -600.0),
)

FLIGHTS = (
    Flight(
        "overflight to the south-east", 305, 100, 118, 460, 35_000, codes=((0, 0o2101),), address=0xD0A001
    ),
    Flight("overflight to the north-west", 128, 98, 300, 440, 36_000, codes=((0, 0o2102),), address=0xD0A002),
    Flight("crossing, first", 60, 45, 40, 420, 33_000, codes=((0, 0o2103),), anchor_s=720),
    Flight("crossing, second", 60, 45, 100, 400, 33_400, codes=((0, 0o2104),), anchor_s=723),
    Flight("departure", 345, 4, 300, 150, 800, _DEPARTURE, ((0, 0o2105),), anchor_s=240, first_s=240),
    Flight("arrival", 70, 90, 252, 330, 24_000, _ARRIVAL, ((0, 0o2106),), 0xD0A003, last_s=1150),
    Flight("holding", 200, 40, 290, 230, 11_000, _RACETRACK * 7, ((0, 0o2107),), 0xD0A004),
    Flight("code change", 15, 85, 190, 400, 28_000, codes=((0, 0o2000), (600, 0o2110))),
    Flight("low, hidden for 40 s", 255, 55, 30, 140, 3_000, codes=((0, 0o4401),), hidden_s=(700, 740)),
    Flight("no transponder", 100, 35, 350, 110, 2_000, _WEAVE),
    Flight("comes into reach", 330, 140, 145, 480, 39_000, codes=((0, 0o2111),), address=0xD0A005),
    Flight("leaves reach", 160, 40, 165, 470, 37_000, codes=((0, 0o2112),), address=0xD0A006),
    Flight("far north-west", 300, 190, 210, 450, 34_000, codes=((0, 0o3301),), in_reach=False),
    Flight("far north-east", 45, 180, 130, 430, 32_000, codes=((0, 0o3302),), in_reach=False),
    Flight("far south", 170, 200, 80, 470, 38_000, codes=((0, 0o3303),), address=0xD0A007, in_reach=False),
)


@dataclass(frozen=True)
class Path:
    """Where a flight is, every second from `first_s`."""

    first_s: int
    pos_ecef_m: F8
    """[seconds + 1, 3]"""
    vel_ecef_mps: F8

    def at(self, t_s: F8) -> tuple[F8, F8]:
        """Positions and velocities [n, 3] at seconds of the sample within the flight (cubic Hermite)."""
        since = np.clip(np.asarray(t_s) - self.first_s, 0.0, len(self.pos_ecef_m) - 1.0)
        row = np.minimum(since.astype(np.int64), len(self.pos_ecef_m) - 2)
        u = (since - row)[:, None]
        p0, p1 = self.pos_ecef_m[row], self.pos_ecef_m[row + 1]
        v0, v1 = self.vel_ecef_mps[row], self.vel_ecef_mps[row + 1]
        a, b = 2.0 * (p0 - p1) + v0 + v1, 3.0 * (p1 - p0) - 2.0 * v0 - v1
        return ((a * u + b) * u + v0) * u + p0, (3.0 * a * u + 2.0 * b) * u + v0


@cache
def path_of(flight: Flight) -> Path:
    """The path of a flight."""
    lat, lon = destination(
        SITE.lat_rad, SITE.lon_rad, math.radians(flight.bearing_deg), flight.distance_nm * NM_M
    )
    start = np.array(
        [
            float(lat),
            float(lon),
            flight.height_ft * FOOT_M,
            math.radians(flight.course_deg),
            flight.speed_kt * KNOT_MPS,
        ]
    )
    before = [start]
    for _ in range(flight.anchor_s - flight.first_s):
        before.append(_step(before[-1], Leg(1), -1.0))
    after = [start]
    seconds = [leg for leg in flight.legs for _ in range(leg.seconds)]
    for k in range(flight.last_s - flight.anchor_s):
        after.append(_step(after[-1], seconds[k] if k < len(seconds) else Leg(1), 1.0))
    states = np.array(before[:0:-1] + after)
    rates = [
        seconds[k].climb_fpm if 0 <= k < len(seconds) else 0.0 for k in range(-len(before) + 1, len(after))
    ]
    vel_enu = np.stack(
        [
            states[:, 4] * np.sin(states[:, 3]),
            states[:, 4] * np.cos(states[:, 3]),
            np.array(rates) * FOOT_M / 60.0,
        ],
        axis=1,
    )
    rot = rot_enu_from_ecef(states[:, 0], states[:, 1])
    pos = ecef_from_geodetic(states[:, 0], states[:, 1], states[:, 2])
    return Path(flight.first_s, pos, np.einsum("nji,nj->ni", rot, vel_enu))


def _step(state: F8, leg: Leg, step_s: float) -> F8:
    """Latitude, longitude (rad), height (m), course (rad) and speed (m/s) one step on, by the midpoint."""
    return state + step_s * _rate(state + 0.5 * step_s * _rate(state, leg), leg)


def _rate(state: F8, leg: Leg) -> F8:
    lat, _, height_m, course, speed_mps = state.tolist()
    root = math.sqrt(1.0 - E2 * math.sin(lat) ** 2)
    across_m, along_m = A_M / root + height_m, A_M * (1.0 - E2) / root**3 + height_m
    east = speed_mps * math.sin(course) / across_m
    return np.array(
        [
            speed_mps * math.cos(course) / along_m,
            east / math.cos(lat),
            leg.climb_fpm * FOOT_M / 60.0,
            east * math.tan(lat) + math.radians(leg.turn_deg_s),
            leg.gain_kt_s * KNOT_MPS,
        ]
    )
