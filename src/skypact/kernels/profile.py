"""Heights and speeds of an aircraft over time: level, climbing and descending stretches joined by knots.

A knot holds what is there and what follows: time, length flown, height, speed, then rate of climb, acceleration along
the way and phase until the next knot. Height is the broken line through the knots with its corners rounded by
parabolas over `ROUND_S` either side, speed is a broken line without rounding. Speeds below 10,000 ft: 250 kt of
indicated air speed and no more (ICAO Annex 11, appendix 4; in descent 230 kt, the limit of holding patterns, ICAO Doc
8168, volume I), above them 330 kt, an airliner's limit (notional); indicated is true times the square root of the
density ratio, that of the standard atmosphere's first layer. Descent below 10,000 ft is no steeper than 3 degrees.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel

TIME, LENGTH, HEIGHT, SPEED, RATE, ACCELERATION, PHASE = 0, 1, 2, 3, 4, 5, 6
KNOT_WIDTH = 7
PLANNED = 7
"""Knots that `plan` adds at most."""
ROUND_S = 10.0
KNEE_M = 3_048.0
"""10,000 ft."""
PAIR_M = 609.6
"""2,000 ft: cruise heights of one direction are as far apart."""
CLIMB, CRUISE, DESCENT = 3.0, 4.0, 5.0
"""model.codes.Phase"""

_KNOT_MPS = 1_852.0 / 3_600.0
_LOW_KT, _ARRIVAL_KT, _HIGH_KT = 250.0, 230.0, 330.0
_GLIDE = math.tan(math.radians(3.0))
_ACCELERATION_MPS2 = 0.5


@kernel
def true_air_speed_mps(indicated_kt: float, height_m: float) -> float:
    """True air speed of an indicated one, m/s: the standard atmosphere's first layer, up to 12 km or so."""
    ratio = (1.0 - 2.25577e-5 * height_m) ** 4.25588
    return indicated_kt * _KNOT_MPS / math.sqrt(ratio)


@kernel
def speed_limit_mps(height_m: float) -> float:
    """The greatest true air speed at a height, m/s: 250 kt indicated below 10,000 ft, 330 kt from there."""
    return true_air_speed_mps(_LOW_KT if height_m < KNEE_M else _HIGH_KT, height_m)


@kernel
def _stretch(
    knots: NDArray[np.float64],
    n: int,
    height_m: float,
    speed_mps: float,
    rate_mps: float,
    slope: float,
    phase: float,
) -> int:
    """Go on from knot n - 1 to a height and a speed, as fast as the limits allow; the knots there are."""
    a = knots[n - 1]
    up = height_m - a[HEIGHT]
    faster = speed_mps - a[SPEED]
    rate = min(rate_mps, slope * min(a[SPEED], speed_mps))
    time_s = max(abs(up) / rate, abs(faster) / _ACCELERATION_MPS2)
    if time_s <= 0.0:
        return n
    a[RATE], a[ACCELERATION], a[PHASE] = up / time_s, faster / time_s, phase
    b = knots[n]
    b[:] = 0.0
    b[TIME] = a[TIME] + time_s
    b[LENGTH] = a[LENGTH] + 0.5 * (a[SPEED] + speed_mps) * time_s
    b[HEIGHT], b[SPEED], b[PHASE] = height_m, speed_mps, phase
    return n + 1


@kernel
def _change(
    knots: NDArray[np.float64],
    n: int,
    height_m: float,
    speed_mps: float,
    most_mps: float,
    rate_mps: float,
    slope: float,
) -> int:
    """Climb or descend from knot n - 1 to a height and a speed, by the speed at 10,000 ft; the knots there are."""
    start_m = knots[n - 1, HEIGHT]
    up = height_m >= start_m
    phase = CLIMB if up else DESCENT
    if min(start_m, height_m) < KNEE_M < max(start_m, height_m):
        knee_mps = min(most_mps, true_air_speed_mps(_LOW_KT if up else _ARRIVAL_KT, KNEE_M))
        n = _stretch(knots, n, KNEE_M, knee_mps, rate_mps, slope, phase)
    steepest = min(slope, _GLIDE) if not up and height_m < KNEE_M else slope
    return _stretch(knots, n, height_m, speed_mps, rate_mps, steepest, phase)


@kernel
def _ended(knots: NDArray[np.float64], n: int) -> int:
    """The last `ROUND_S` level over the ground where the flight ends; the knots there are."""
    a, b = knots[n - 1], knots[n]
    a[RATE], a[ACCELERATION], a[PHASE] = 0.0, 0.0, DESCENT
    b[:] = a
    b[TIME] += ROUND_S
    b[LENGTH] += ROUND_S * a[SPEED]
    return n + 1


@kernel
def plan(
    length_m: float,
    most_mps: float,
    cruise_m: float,
    least_m: float,
    end_m: float,
    end_mps: float,
    climb_mps: float,
    descent_mps: float,
    slope: float,
    level_share: float,
    knots: NDArray[np.float64],
    n: int,
) -> int:
    """Add to the n knots of knots[n + 7, 7] a flight over a length to a landing; how many there are then.

    Climb or descent to cruise_m, or to the highest height a multiple of 2,000 ft under it from which level_share of the
    length is left level, but not below least_m; then descent. The result is negative where even that does not fit:
    every stretch is then flown in less time, steeper than its rates.
    """
    begin_s, begin_m, fixed_m = knots[n - 1, TIME], knots[n - 1, LENGTH], knots[n - 1, HEIGHT]
    height_m = max(cruise_m, least_m)
    while True:
        most = min(most_mps, speed_limit_mps(height_m))
        top = _change(knots, n, height_m, most, most, climb_mps if height_m > fixed_m else descent_mps, slope)
        count = _ended(knots, _change(knots, top, end_m, end_mps, most, descent_mps, slope))
        spare_m = length_m - (knots[count - 1, LENGTH] - begin_m)
        if spare_m >= level_share * length_m or height_m <= least_m:
            break
        height_m = max(height_m - PAIR_M, least_m)
    if spare_m < 0.0:
        part = length_m / (length_m - spare_m)
        for k in range(n - 1, count):
            knots[k, TIME] = begin_s + part * (knots[k, TIME] - begin_s)
            knots[k, LENGTH] = begin_m + part * (knots[k, LENGTH] - begin_m)
            knots[k, RATE] /= part
            knots[k, ACCELERATION] /= part
        return -count
    for k in range(count, top - 1, -1):
        knots[k] = knots[k - 1]
        knots[k, LENGTH] += spare_m
        knots[k, TIME] += spare_m / most
    level = knots[top - 1]
    level[RATE], level[ACCELERATION], level[PHASE] = 0.0, 0.0, CRUISE
    return count + 1


@kernel
def follow(
    knots: NDArray[np.float64],
    t_s: NDArray[np.float64],
    length_m: NDArray[np.float64],
    height_m: NDArray[np.float64],
    phase: NDArray[np.uint8],
) -> None:
    """Fill the length flown, the height and the phase at the times t_s[n] (rising) by knots[k, 7].

    Before the first knot and after the last, speed and height stay what they are there. A knot more than `ROUND_S`
    after a time has no part in what is there at that time.
    """
    m = knots.shape[0]
    i = 0
    for k in range(t_s.shape[0]):
        t = t_s[k]
        while i + 1 < m and t >= knots[i + 1, TIME]:
            i += 1
        past = t - knots[i, TIME]
        gained = knots[i, ACCELERATION] * past if past > 0.0 else 0.0
        length_m[k] = knots[i, LENGTH] + (knots[i, SPEED] + 0.5 * gained) * past
        phase[k] = int(knots[i, PHASE])
        height = knots[0, HEIGHT]
        rate = 0.0
        for j in range(m):
            near = t - knots[j, TIME]
            if near <= -ROUND_S:
                break
            change = knots[j, RATE] - rate
            rate = knots[j, RATE]
            if near >= ROUND_S:
                height += change * near
            else:
                height += change * (near + ROUND_S) ** 2 / (4.0 * ROUND_S)
        height_m[k] = height
