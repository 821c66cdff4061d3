"""The least heights of an aircraft's way over the ground: what lifts a profile over the hills beside an airport."""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from skypact.earth.terrain import Terrain
from skypact.kernels import route as kernel
from skypact.kernels.lowflight import limit_slope
from skypact.kernels.profile import CLIMB, DESCENT, HEIGHT, LENGTH, PHASE
from skypact.model.catalogue import ThreatClass
from skypact.model.network import F8
from skypact.truth.flight import class_value
from skypact.truth.profile import Profile
from skypact.truth.route import Route, ground_along

CLEARANCE_M = 150.0
"""Least height over the smoothed ground."""
SPACING_M = 1_000.0
_LOOKS = np.array([-1.0 / 3.0, 0.0, 1.0 / 3.0])
"""Where the ground is looked up about a row, in spacings."""
_HALF = 3
_WINDOW = 2 * _HALF + 1
_BLEND_M = 100.0
_FAR_M = 1_000.0
_NO_GROUND_M = -10_000.0
_JOINT_ROWS = 40


def least_heights(terrain: Terrain, highest_m: float, route: Route, flown: Profile, slope: float) -> F8:
    """The least heights along a route at every `SPACING_M` of it: 150 m over the ground, no steeper than a slope.

    About an airport they are no more than those of a climb with that slope from 100 m under it: where the ground of the
    grid is higher than that, the airport lies in a valley that the grid does not have. Corners are rounded by a mean
    over 7 km, of the highest ground within as much, so that nothing is lost. highest_m: no ground is higher.
    """
    rows = math.ceil(route.length_m / SPACING_M) + 2
    s_m = SPACING_M * np.arange(-_HALF, rows + _HALF, dtype=np.float64)
    inside = s_m[_HALF:-_HALF]
    # Where the profile is far above all ground, and so above what any ground asks for at that slope, none is looked up.
    low = np.interp(inside, flown.knots[:, LENGTH], flown.knots[:, HEIGHT]) < highest_m + _FAR_M
    looked_up = (inside[low, None] + SPACING_M * _LOOKS).ravel()
    vectors = np.empty((len(looked_up), 3))
    kernel.route_points(route.elements, looked_up, vectors)
    ground = np.full(rows, _NO_GROUND_M)
    ground[low] = ground_along(terrain, vectors).reshape(-1, len(_LOOKS)).max(axis=1)
    ground = np.pad(ground, 2 * _HALF, mode="edge")
    least = sliding_window_view(ground, _WINDOW).max(axis=1) + CLEARANCE_M
    limit_slope(least, slope * SPACING_M)
    first, last = flown.knots[0], flown.knots[-1]
    if first[PHASE] == CLIMB:
        np.minimum(least, first[HEIGHT] - _BLEND_M + slope * s_m, out=least)
    if last[PHASE] == DESCENT:
        np.minimum(least, last[HEIGHT] - _BLEND_M + slope * (route.length_m - s_m), out=least)
    return np.convolve(least, np.full(_WINDOW, 1.0 / _WINDOW), mode="valid")


def steepest(threat: ThreatClass) -> float:
    """The slope by which ground lifts the ways of a class: the greatest that any of it flies."""
    return math.tan(class_value(threat, "climb_rad").high)


def joined(before: F8, after: F8, left_m: float) -> F8:
    """The least heights of a way that left another at a length: those before, then smoothly those after."""
    k = min(int(left_m / SPACING_M) + 2, len(before) - 1, len(after) - 1)
    least = after.copy()
    least[:k] = before[:k]
    part = np.clip(1.0 - np.arange(len(after) - k) / _JOINT_ROWS, 0.0, 1.0)
    least[k:] += part * part * (3.0 - 2.0 * part) * (before[k] - after[k])
    return least


def over(height_m: F8, s_m: F8, least: F8) -> F8:
    """Heights at lengths along a route raised to the least ones, the corner where they meet rounded by a parabola."""
    floor = np.interp(s_m, SPACING_M * np.arange(float(len(least))), least)
    close = np.maximum(_BLEND_M - np.abs(height_m - floor), 0.0)
    return np.asarray(np.maximum(height_m, floor) + close * close / (4.0 * _BLEND_M))
