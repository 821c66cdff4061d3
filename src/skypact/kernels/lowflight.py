"""Low flight over the ground: heights that climb, bend and end within limits, and time that passes in the wind.

Heights are rows at equal spacing along a course. A smooth height is the mean over a window of the running maximum
over it (`kernels.route.smooth_above`) of heights whose slope is limited first: a mean over 2 h + 1 rows of heights
that change by at most `rise` a row changes its own slope by at most 2 rise / (2 h + 1) a row, which is how a window is
chosen for a greatest vertical acceleration.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel

_TRIES = 12
_STEEPER = 1.4


@kernel
def limit_slope(height: NDArray[np.float64], rise: float) -> None:
    """Raise height[n] in place to the lowest heights nowhere below it that change by at most rise a row."""
    n = height.shape[0]
    for k in range(1, n):
        height[k] = max(height[k], height[k - 1] - rise)
    for k in range(n - 2, -1, -1):
        height[k] = max(height[k], height[k + 1] - rise)


@kernel
def _bent(over: float, slope: float, rise: float, bend: float) -> float:
    """Change of height within `over` rows from a slope that is bent down by bend a row until it falls by rise a row."""
    until = (slope + rise) / bend
    if over <= until:
        return slope * over - 0.5 * bend * over * over
    return 0.5 * (slope + rise) * until - rise * over


@kernel
def come_down(height: NDArray[np.float64], ground: NDArray[np.float64], rise: float, bend: float) -> int:
    """Bend the end of height[n] down to ground[n - 1], in place; the last row left as it was.

    As late as it can be: from there the slope changes by at most bend a row and falls by at most rise a row, a little
    less so that the last row is met. Where that would cut into the ground before, or where half the rows are not
    enough, both limits are raised by steps of 1.4 until it does not.
    """
    last = height.shape[0] - 1
    limit = 1.0
    for _ in range(_TRIES):
        steepest = limit * rise
        sharpest = limit * bend
        for row in range(last - 1, last // 2, -1):
            slope = min(max(height[row] - height[row - 1], -steepest), steepest)
            span = last - row
            gap = ground[last] - height[row] - _bent(span, slope, steepest, sharpest)
            if gap < 0.0:
                continue
            clear = True
            for k in range(row + 1, last):
                part = (k - row) / span
                now = height[row] + _bent(k - row, slope, steepest, sharpest) + gap * part * part
                clear = clear and now >= ground[k]
            if clear:
                start = height[row]
                for k in range(row + 1, last + 1):
                    part = (k - row) / span
                    height[k] = start + _bent(k - row, slope, steepest, sharpest) + gap * part * part
                return row
            break
        limit *= _STEEPER
    height[last] = ground[last]
    return int(last - 1)


@kernel
def ground_speed_mps(air_speed_mps: float, along_mps: float, across_mps: float, slope: float) -> float:
    """Speed over the ground of a flight that keeps its course by heading into the wind; NaN where it cannot.

    The wind triangle: the air speed squared is that of the speed through the air along the course, of the wind across
    it and of the climb, which is the slope (height over way) times the speed over the ground. Of the two solutions the
    faster. Wind along and across the course is where the air moves to.
    """
    one = 1.0 + slope * slope
    wind2 = along_mps * along_mps + across_mps * across_mps
    under = along_mps * along_mps - one * (wind2 - air_speed_mps * air_speed_mps)
    if under < 0.0:
        return math.nan
    return (along_mps + math.sqrt(under)) / one


@kernel
def pass_time(
    points: NDArray[np.float64],
    height_m: NDArray[np.float64],
    spacing_m: float,
    air_speed_mps: float,
    wind_east_mps: NDArray[np.float64],
    wind_north_mps: NDArray[np.float64],
    least_mps: float,
    longest_s: float,
    out: NDArray[np.float64],
) -> int:
    """Fill out[n] with the time (s) at which each row of a course is reached; the number of rows reached.

    Args:
        points: [n, 3] n-vectors of the course at equal spacing.
        height_m: [n] above the ellipsoid.
        spacing_m: of the rows, over the ground.
        air_speed_mps: true air speed.
        wind_east_mps, wind_north_mps: [n] wind at each row, where the air moves to.
        least_mps: below this speed over the ground the course cannot be held: what is there is not reached.
        longest_s: nothing is reached later.
        out: filled as far as the rows reached.
    """
    n = points.shape[0]
    before = 0.0
    for k in range(n):
        i, j = max(k - 1, 0), min(k + 1, n - 1)
        px, py, pz = points[k, 0], points[k, 1], points[k, 2]
        tx, ty, tz = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1], points[j, 2] - points[i, 2]
        across = math.sqrt(px * px + py * py)
        east = (px * ty - py * tx) / across
        north = (tz * across * across - pz * (px * tx + py * ty)) / across
        size = math.sqrt(east * east + north * north)
        east, north = east / size, north / size
        along = wind_east_mps[k] * east + wind_north_mps[k] * north
        aside = wind_east_mps[k] * north - wind_north_mps[k] * east
        slope = (height_m[j] - height_m[i]) / ((j - i) * spacing_m)
        speed = ground_speed_mps(air_speed_mps, along, aside, slope)
        if not speed >= least_mps:
            return int(k)
        out[k] = 0.0 if k == 0 else out[k - 1] + 2.0 * spacing_m / (before + speed)
        if out[k] > longest_s:
            return int(k)
        before = speed
    return int(n)
