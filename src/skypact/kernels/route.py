"""Paths of what flies by its wings: great circles joined by arcs, at heights that follow a profile and the ground.

A point of the ground is held as its n-vector, the ellipsoid's outward unit normal (Gade, "A non-singular horizontal
position representation", Journal of Navigation 63, 2010). Lengths along a path are those on the sphere of
`MEAN_RADIUS_M`; against the ellipsoid a speed is wrong by at most 0.6%.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.flight import ground_m
from skypact.kernels.jit import kernel
from skypact.kernels.wgs84 import A_M, E2, MEAN_RADIUS_M

# Layout of an element of a route: length before it, radius of its turn (0: a great circle), then the unit vectors
# of its start, of its direction there and of the side it turns to.
BEFORE, RADIUS, _START, _ALONG, _SIDE = 0, 1, 2, 5, 8
ELEMENT_WIDTH = 11

_SHARE_OF_LEG = 0.45
_STRAIGHT_RAD = 1e-6


@kernel
def tangent(start: NDArray[np.float64], to: NDArray[np.float64], out: NDArray[np.float64]) -> float:
    """Fill out[3] with the unit direction at start of the great circle towards `to`; the angle between them, rad."""
    dot = start[0] * to[0] + start[1] * to[1] + start[2] * to[2]
    size2 = 0.0
    for j in range(3):
        out[j] = to[j] - dot * start[j]
        size2 += out[j] * out[j]
    size = math.sqrt(size2)
    for j in range(3):
        out[j] = out[j] / size if size > 0.0 else 0.0
    return math.atan2(size, dot)


@kernel
def build_route(points: NDArray[np.float64], turn_radius_m: float, out: NDArray[np.float64]) -> float:
    """Fill out[2 w - 3, 11] with the elements of the route through points[w, 3] (n-vectors); its length, m.

    Great circles from point to point, each corner cut by an arc of turn_radius_m, or of the largest radius that
    leaves a tenth of the shorter leg straight. The route runs from the first point to the last.
    """
    w = points.shape[0]
    arrive = np.empty(3)
    leave = np.empty(3)
    leg = tangent(points[0], points[1], leave)
    cut = 0.0
    total = 0.0
    for i in range(w - 1):
        straight = out[2 * i]
        straight[BEFORE], straight[RADIUS] = total, 0.0
        for j in range(3):
            straight[_START + j] = math.cos(cut) * points[i, j] + math.sin(cut) * leave[j]
            straight[_ALONG + j] = math.cos(cut) * leave[j] - math.sin(cut) * points[i, j]
            straight[_SIDE + j] = 0.0
        if i == w - 2:
            return total + (leg - cut) * MEAN_RADIUS_M
        tangent(points[i + 1], points[i], arrive)
        next_leg = tangent(points[i + 1], points[i + 2], leave)
        cosine = 0.0
        for j in range(3):
            arrive[j] = -arrive[j]
            cosine += arrive[j] * leave[j]
        turn = math.acos(min(max(cosine, -1.0), 1.0))
        next_cut = 0.0
        if turn > _STRAIGHT_RAD:
            half = math.tan(0.5 * min(turn, math.pi - 1e-3))
            next_cut = min(half * turn_radius_m / MEAN_RADIUS_M, _SHARE_OF_LEG * min(leg, next_leg))
        total += (leg - cut - next_cut) * MEAN_RADIUS_M
        arc = out[2 * i + 1]
        arc[BEFORE], arc[RADIUS] = total, 0.0
        for j in range(3):
            arc[_START + j] = math.cos(next_cut) * points[i + 1, j] - math.sin(next_cut) * arrive[j]
            arc[_ALONG + j] = math.cos(next_cut) * arrive[j] + math.sin(next_cut) * points[i + 1, j]
            arc[_SIDE + j] = 0.0
        if turn > _STRAIGHT_RAD:
            arc[RADIUS] = next_cut / half * MEAN_RADIUS_M
            for j in range(3):
                arc[_SIDE + j] = (leave[j] - cosine * arrive[j]) / math.sin(turn)
            total += arc[RADIUS] * turn
        leg, cut = next_leg, next_cut
    return total


@kernel
def _place(element: NDArray[np.float64], x_m: float, out: NDArray[np.float64]) -> None:
    """Fill out[0:3] with the n-vector at the length x_m along an element of a route."""
    radius = element[RADIUS]
    if radius == 0.0:
        back = math.cos(x_m / MEAN_RADIUS_M)
        ahead = math.sin(x_m / MEAN_RADIUS_M)
        aside = 0.0
    else:
        back = 1.0
        ahead = radius / MEAN_RADIUS_M * math.sin(x_m / radius)
        aside = radius / MEAN_RADIUS_M * (1.0 - math.cos(x_m / radius))
    size2 = 0.0
    for j in range(3):
        out[j] = back * element[_START + j] + ahead * element[_ALONG + j] + aside * element[_SIDE + j]
        size2 += out[j] * out[j]
    size = math.sqrt(size2)
    for j in range(3):
        out[j] /= size


@kernel
def point_on(element: NDArray[np.float64], x_m: float, out: NDArray[np.float64]) -> None:
    """Fill out[6] with the n-vector at the length x_m along an element of a route, and the direction there."""
    _place(element, x_m, out)
    radius = element[RADIUS]
    angle = x_m / (MEAN_RADIUS_M if radius == 0.0 else radius)
    dot = 0.0
    for j in range(3):
        onto = -element[_START + j] if radius == 0.0 else element[_SIDE + j]
        out[3 + j] = math.cos(angle) * element[_ALONG + j] + math.sin(angle) * onto
        dot += out[j] * out[3 + j]
    size2 = 0.0
    for j in range(3):
        out[3 + j] -= dot * out[j]
        size2 += out[3 + j] * out[3 + j]
    size = math.sqrt(size2)
    for j in range(3):
        out[3 + j] /= size


@kernel
def route_points(elements: NDArray[np.float64], s_m: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Fill out[n, 3] with the n-vectors at the lengths s_m[n] (rising) along a route.

    Before its start and after its end the route goes straight on.
    """
    n = elements.shape[0]
    i = 0
    for k in range(s_m.shape[0]):
        while i + 1 < n and s_m[k] >= elements[i + 1, BEFORE]:
            i += 1
        _place(elements[i], s_m[k] - elements[i, BEFORE], out[k])


@kernel
def go_on(
    start: NDArray[np.float64],
    before_m: float,
    radius_m: NDArray[np.float64],
    length_m: NDArray[np.float64],
    out: NDArray[np.float64],
) -> float:
    """Fill out[m, 11] with elements that go on from start[6] (n-vector, direction); the length at their end, m.

    Element i is length_m[i] long and turns with radius_m[i]: to the right where positive, to the left where
    negative, not where 0. start becomes the place and the direction at the end.
    """
    total = before_m
    for i in range(out.shape[0]):
        e = out[i]
        e[BEFORE], e[RADIUS] = total, abs(radius_m[i])
        sign = 1.0 if radius_m[i] > 0.0 else (-1.0 if radius_m[i] < 0.0 else 0.0)
        for j in range(3):
            j1, j2 = (j + 1) % 3, (j + 2) % 3
            e[_START + j] = start[j]
            e[_ALONG + j] = start[3 + j]
            e[_SIDE + j] = sign * (start[3 + j1] * start[j2] - start[3 + j2] * start[j1])
        point_on(e, length_m[i], start)
        total += length_m[i]
    return total


@kernel
def turn_towards(start: NDArray[np.float64], to: NDArray[np.float64], radius_m: float) -> float:
    """The angle (rad, to the right positive) to turn by, with a radius, from start[6] to be on a straight way to to[3].

    Turned to the nearer side; the point should be more than two radii away. Repeated correction by what is left:
    each leaves about radius over distance of the one before.
    """
    element = np.zeros((1, ELEMENT_WIDTH))
    radius = np.empty(1)
    length = np.empty(1)
    here = start.copy()
    course = np.empty(3)
    sign = 0.0
    angle = 0.0
    for _ in range(40):
        tangent(here[:3], to, course)
        ahead = 0.0
        right = 0.0
        for j in range(3):
            j1, j2 = (j + 1) % 3, (j + 2) % 3
            ahead += course[j] * here[3 + j]
            right += course[j] * (here[3 + j1] * here[j2] - here[3 + j2] * here[j1])
        left_over = math.atan2(right, ahead)
        if sign == 0.0:
            sign = 1.0 if left_over >= 0.0 else -1.0
        angle = min(max(angle + sign * left_over, 0.0), 2.0 * math.pi)
        if abs(left_over) < 1e-12:
            break
        here[:] = start
        radius[0], length[0] = sign * radius_m, radius_m * angle
        go_on(here, 0.0, radius, length, element)
    return sign * angle


@kernel
def ground_along(
    heights_m: NDArray[np.int16],
    lat0_deg: float,
    lon0_deg: float,
    step_deg: float,
    points: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Fill out[n] with the height of the ground (m) at the n-vectors points[n, 3]."""
    for k in range(points.shape[0]):
        lat = math.atan2(points[k, 2], math.sqrt(points[k, 0] ** 2 + points[k, 1] ** 2))
        lon = math.atan2(points[k, 1], points[k, 0])
        out[k] = ground_m(heights_m, lat0_deg, lon0_deg, step_deg, lat, lon)


@kernel
def smooth_above(ground: NDArray[np.float64], half: int, out: NDArray[np.float64]) -> None:
    """Fill out[n - 4 half] with a smooth height that is nowhere below ground[n]: out[k] is over ground[k + 2 half].

    The mean over 2 half + 1 rows of the running maximum over as many: each maximum in the mean has row k in it.
    """
    n = ground.shape[0]
    width = 2 * half + 1
    highest = np.empty(n - 2 * half)
    for k in range(highest.shape[0]):
        top = ground[k]
        for i in range(k + 1, k + width):
            top = max(top, ground[i])
        highest[k] = top
    for k in range(out.shape[0]):
        total = 0.0
        for i in range(k, k + width):
            total += highest[i]
        out[k] = total / width


@kernel
def route_states(
    points: NDArray[np.float64], above_ellipsoid_m: NDArray[np.float64], out: NDArray[np.float64]
) -> None:
    """Fill out[n, 6] (ECEF m, m/s) from n-vectors points[n + 2, 3] and heights a second apart.

    Row k of out is at row k + 1 of the points; velocity is the central difference of the positions either side.
    """
    n = points.shape[0]
    before = np.empty(3)
    here = np.empty(3)
    for k in range(n):
        nz = points[k, 2]
        normal = A_M / math.sqrt(1.0 - E2 * nz * nz)
        x = (normal + above_ellipsoid_m[k]) * points[k, 0]
        y = (normal + above_ellipsoid_m[k]) * points[k, 1]
        z = (normal * (1.0 - E2) + above_ellipsoid_m[k]) * nz
        if k >= 2:
            row = out[k - 2]
            row[0], row[1], row[2] = here[0], here[1], here[2]
            row[3] = 0.5 * (x - before[0])
            row[4] = 0.5 * (y - before[1])
            row[5] = 0.5 * (z - before[2])
        before[:] = here
        here[0], here[1], here[2] = x, y, z
