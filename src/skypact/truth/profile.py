"""The profile of an aircraft's flight: its height and speed over time, and what is inserted into it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from skypact.kernels import profile as kernel
from skypact.kernels.profile import (
    ACCELERATION,
    CLIMB,
    CRUISE,
    DESCENT,
    HEIGHT,
    KNEE_M,
    LENGTH,
    PHASE,
    RATE,
    ROUND_S,
    SPEED,
    TIME,
)  # fmt: skip
from skypact.model.network import F8, U1

LANDING_MPS = 80.0
"""Speed at take-off and landing (155 kt) of what cruises faster than 133 m/s; else six tenths of that in cruise."""
_LANDING_SHARE = 0.6
_CLEARANCE_M = 150.0
_LEVEL_SHARE = 0.2


@dataclass(frozen=True)
class Performance:
    """How an aircraft climbs and descends: rates (m/s; stated, notional), and the greatest slope of its flight."""

    climb_mps: float
    descent_mps: float
    slope: float


@dataclass(frozen=True)
class Profile:
    """A profile: knots [k, 7] of `kernels.profile`, the first at take-off (or where the region is entered)."""

    knots: F8

    @property
    def duration_s(self) -> float:
        """From the first knot to the last."""
        return float(self.knots[-1, TIME])

    def at(self, t_s: F8) -> tuple[F8, F8, U1]:
        """Length flown (m), height (m) and model.codes.Phase at rising times (s) since the first knot."""
        length, height, phase = np.empty(len(t_s)), np.empty(len(t_s)), np.empty(len(t_s), dtype=np.uint8)
        kernel.follow(self.knots, t_s, length, height, phase)
        return length, height, phase


def airport_to_airport(
    length_m: float,
    speed_mps: float,
    heights_m: tuple[float, float, float],
    performance: Performance,
) -> Profile:
    """The profile of a flight of a length between airports: heights from, cruise and to (m).

    The cruise height is brought down until a fifth of a short flight is level, but not below 150 m over either end.
    """
    from_m, cruise_m, to_m = heights_m
    knots = np.zeros((2 + kernel.PLANNED, kernel.KNOT_WIDTH))
    slow = _slow_mps(speed_mps)
    knots[:2, HEIGHT], knots[:2, SPEED], knots[:2, PHASE] = from_m, slow, CLIMB
    knots[1, TIME], knots[1, LENGTH] = ROUND_S, ROUND_S * slow
    least_m = max(from_m, to_m) + _CLEARANCE_M
    rates = performance.climb_mps, performance.descent_mps, performance.slope
    count = kernel.plan(
        length_m - ROUND_S * slow, speed_mps, cruise_m, least_m, to_m, slow, *rates, _LEVEL_SHARE, knots, 2
    )
    return Profile(knots[: abs(count)].copy())


def level_profile(length_m: float, speed_mps: float, height_m: float) -> Profile:
    """The profile of a flight that is level from end to end."""
    knots = np.zeros((2, kernel.KNOT_WIDTH))
    knots[:, HEIGHT], knots[:, SPEED], knots[:, PHASE] = height_m, speed_mps, CRUISE
    knots[1, TIME], knots[1, LENGTH] = length_m / speed_mps, length_m
    return Profile(knots)


def onward(
    flown: Profile,
    t_s: float,
    length_m: float,
    speed_mps: float,
    heights_m: tuple[float, float],
    performance: Performance,
) -> tuple[Profile, bool]:
    """A profile that leaves another at t_s for a landing after a length from there: heights of cruise and landing (m).

    Nothing before t_s - `ROUND_S` changes, to the last bit. With it whether the rest keeps to its rates.
    """
    cut = cut_at(flown, t_s)
    knots = np.zeros((len(cut) + kernel.PLANNED, kernel.KNOT_WIDTH))
    knots[: len(cut)] = cut
    cruise_m, to_m = heights_m
    rates = performance.climb_mps, performance.descent_mps, performance.slope
    count = kernel.plan(
        length_m, speed_mps, cruise_m, to_m + _CLEARANCE_M, to_m, _slow_mps(speed_mps), *rates, 0.0, knots, len(cut)
    )  # fmt: skip
    return Profile(knots[: abs(count)].copy()), count > 0


def level_onward(flown: Profile, t_s: float, length_m: float) -> Profile:
    """A profile that goes on as it is from t_s until a length from there is flown."""
    knots = cut_at(flown, t_s)
    last = knots[-1].copy()
    last[TIME] += length_m / last[SPEED]
    last[LENGTH] += length_m
    return Profile(np.vstack([knots, last]))


def cut_at(flown: Profile, t_s: float) -> F8:
    """The knots until t_s, the last one there."""
    before = flown.knots[flown.knots[:, TIME] < t_s]
    last = before[-1]
    past = t_s - last[TIME]
    here = last.copy()
    here[TIME] = t_s
    here[LENGTH] += (last[SPEED] + 0.5 * last[ACCELERATION] * past) * past
    here[SPEED] += last[ACCELERATION] * past
    here[HEIGHT] += last[RATE] * past
    return np.vstack([before, here])


def speed_at(flown: Profile, t_s: float) -> tuple[float, float]:
    """Length flown (m) and speed (m/s) at a time."""
    last = cut_at(flown, t_s)[-1]
    return float(last[LENGTH]), float(last[SPEED])


def descent_through(flown: Profile, height_m: float) -> float | None:
    """When a flight from airport to airport comes down through a height below 10,000 ft, s; None where it does not."""
    knots = flown.knots
    if height_m > KNEE_M:
        return None
    for a, b in pairwise(knots):
        if a[PHASE] == DESCENT and a[HEIGHT] > height_m >= b[HEIGHT]:
            return float(a[TIME] + (height_m - a[HEIGHT]) / a[RATE])
    return None


def with_level(flown: Profile, t_s: float, time_s: float) -> Profile:
    """The profile with a stretch of constant speed and height put in at a time."""
    cut = cut_at(flown, t_s)
    end = cut[-1].copy()
    end[TIME] += time_s
    end[LENGTH] += time_s * end[SPEED]
    cut[-1, RATE] = cut[-1, ACCELERATION] = 0.0
    rest = flown.knots[flown.knots[:, TIME] >= t_s].copy()
    rest[:, TIME] += time_s
    rest[:, LENGTH] += time_s * end[SPEED]
    return Profile(np.vstack([cut, end, rest]))


def _slow_mps(speed_mps: float) -> float:
    """Speed at take-off and landing."""
    return min(LANDING_MPS, _LANDING_SHARE * speed_mps)
