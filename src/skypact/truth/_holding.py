"""Holding before landing: standard patterns that a share of the airliners fly on their way down.

The pattern is the standard one (ICAO Doc 8168, volume I): right-hand turns at 3 degrees a second or at a bank of 25
degrees, whichever needs the lesser bank, and legs of a minute. How many hold, how high and how long is notional.
"""

from __future__ import annotations

import math

import numpy as np

from skypact.kernels.profile import HEIGHT
from skypact.truth.profile import Profile, descent_through, speed_at, with_level
from skypact.truth.route import LEVEL_M, Route, looped

HOLDING_SHARE = 0.1
"""Share of the airliners that hold."""

_LAPS = (1, 3)
_LEVELS = (5, 10)
"""Thousands of feet."""
_OVER_AIRPORT_M = 1_000.0
_LEG_S = 60.0
_RATE_ONE_RAD_S = math.radians(3.0)
_BANK_MPS2 = 9.80665 * math.tan(math.radians(25.0))


def held(route: Route, flown: Profile, drawn: tuple[float, float]) -> tuple[Route, Profile]:
    """A flight with one to three laps of a holding pattern on its way down, for a share of the draws.

    drawn is two uniforms: whether and how many laps, and at which of the levels 5,000 to 10,000 ft. A flight that
    does not come down through that level, or for which it is less than 1,000 m over the airport, does not hold.
    """
    u, v = drawn
    if u >= HOLDING_SHARE:
        return route, flown
    level_m = (_LEVELS[0] + math.floor(v * (_LEVELS[1] - _LEVELS[0] + 1))) * LEVEL_M
    laps = _LAPS[0] + math.floor(u / HOLDING_SHARE * (_LAPS[1] - _LAPS[0] + 1))
    when_s = descent_through(flown, level_m)
    if when_s is None or level_m < flown.knots[-1, HEIGHT] + _OVER_AIRPORT_M:
        return route, flown
    s_m, speed_mps = speed_at(flown, when_s)
    radius_m, _lap_s = lap(speed_mps)
    longer = looped(route, s_m, radius_m, speed_mps * _LEG_S, laps)
    return longer, with_level(flown, when_s, (longer.length_m - route.length_m) / speed_mps)


def lap(speed_mps: float) -> tuple[float, float]:
    """Radius of the turns (m) of the pattern at a true air speed, and the time of a lap (s)."""
    radius_m = max(speed_mps / _RATE_ONE_RAD_S, speed_mps * speed_mps / _BANK_MPS2)
    return radius_m, 2.0 * (math.pi * radius_m / speed_mps + _LEG_S)


def mean_holding_s(flown: Profile) -> float:
    """The mean time in the pattern of a flight with a profile that holds."""
    return 0.5 * sum(_LAPS) * float(np.mean(_laps_s(flown)))


def longest_holding_s(flown: Profile) -> float:
    """The longest time in the pattern of a flight with a profile."""
    return _LAPS[1] * max(_laps_s(flown))


def _laps_s(flown: Profile) -> list[float]:
    """The time of a lap at each level, 0 where the flight does not come down through it."""
    when_s = [descent_through(flown, level * LEVEL_M) for level in range(_LEVELS[0], _LEVELS[1] + 1)]
    return [0.0 if when is None else lap(speed_at(flown, when)[1])[1] for when in when_s]
