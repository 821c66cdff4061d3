"""Which objects a sensor may meet in a stretch of time: bounds that reject cheaply and change no detection.

Each object is evaluated once, at the middle of the stretch; how far it can be from there is its greatest speed times
the time. A look is skipped only where it is certain to detect nothing.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.looks import (
    KIND,
    PHASE,
    RADAR,
    RANGE_MAX,
    REVISIT,
    REVISIT_CUED,
    REVISIT_TRACK,
    ROTATION,
    Paths,
    X,
    Y,
    Z,
)
from skypact.kernels.path import state_at
from skypact.kernels.scan import frame_at, sweep_of

GONE_M = 1e30
"""Where an object stands that does not fly in a stretch."""


@kernel
def lives(paths: Paths, out: NDArray[np.float64]) -> None:
    """Fill out[n, 2] with the first and last instant (s) at which each object flies; empty where it has no path."""
    for i in range(out.shape[0]):
        count = paths.offset[i + 1] - paths.offset[i]
        out[i, 0] = max(paths.launch_s[i], float(paths.first_s[i]))
        out[i, 1] = min(paths.end_s[i], float(paths.first_s[i] + (count - 1)))
        if count < 1:
            out[i, 1] = -math.inf


@kernel
def greatest_speed(paths: Paths, i: int, t_from_s: float, t_to_s: float) -> float:
    """A speed (m/s) that the interpolated path of object i never exceeds between two instants.

    The derivative of a cubic Hermite piece is a quadratic Bezier curve, which lies in the hull of its three control
    points: both end velocities and three chords less their sum.
    """
    count = paths.offset[i + 1] - paths.offset[i]
    first = min(max(int(math.floor(t_from_s - paths.first_s[i])), 0), count - 1)
    last = min(max(int(math.ceil(t_to_s - paths.first_s[i])), first), count - 1)
    largest = 0.0
    for row in range(paths.offset[i] + first, paths.offset[i] + last + 1):
        velocity2 = 0.0
        inner2 = 0.0
        for j in range(3):
            v0 = paths.state[row, j + 3]
            velocity2 += v0 * v0
            if row < paths.offset[i] + last:
                chord = paths.state[row + 1, j] - paths.state[row, j]
                inner2 += (3.0 * chord - v0 - paths.state[row + 1, j + 3]) ** 2
        largest = max(largest, velocity2, inner2)
    return math.sqrt(largest) * (1.0 + 1e-9)


@kernel
def stand_at(
    paths: Paths,
    life_s: NDArray[np.float64],
    t_from_s: float,
    t_to_s: float,
    pad_s: float,
    place: NDArray[np.float64],
    speed: NDArray[np.float64],
) -> None:
    """Fill place[3, n] with where each object is in the middle of a stretch, and speed[n] with its bound (m/s).

    The bound holds `pad_s` either side of the stretch too. An object that lives only before or after stands where its
    life is nearest; one that does not live within `pad_s` of the stretch at all stands at `GONE_M`.
    """
    state = np.empty(6)
    middle_s = 0.5 * (t_from_s + t_to_s)
    for i in range(paths.key.shape[0]):
        low_s, high_s = life_s[i, 0], life_s[i, 1]
        if high_s < low_s or low_s > t_to_s + pad_s or high_s < t_from_s - pad_s:
            place[0, i] = GONE_M
            place[1, i] = GONE_M
            place[2, i] = GONE_M
            speed[i] = 0.0
            continue
        at_s = min(max(middle_s, low_s), high_s)
        state_at(paths.state, paths.offset[i], paths.offset[i + 1], paths.first_s[i], at_s, state)
        place[0, i] = state[0]
        place[1, i] = state[1]
        place[2, i] = state[2]
        speed[i] = greatest_speed(paths, i, t_from_s - pad_s, t_to_s + pad_s)


@kernel
def stand_in_each(
    paths: Paths,
    life_s: NDArray[np.float64],
    edge_s: NDArray[np.float64],
    pad_s: float,
    place: NDArray[np.float64],
    speed: NDArray[np.float64],
) -> None:
    """Fill place[B, 3, n] and speed[B, n] by `stand_at` for the B stretches between instants edge_s[B + 1]."""
    for b in range(edge_s.shape[0] - 1):
        stand_at(paths, life_s, edge_s[b], edge_s[b + 1], pad_s, place[b], speed[b])


@kernel
def swept(
    site: NDArray[np.float64], physics: NDArray[np.float64], t_from_s: float, t_to_s: float
) -> tuple[float, float]:
    """Middle (rad) and half width (rad) of what a radar's beam sweeps in a stretch; half a turn or more is all round.

    The whole sector where the radar has looks that the search does not time, or where a frame ends in between.
    """
    begin, width = sweep_of(site)
    revisit_s = site[REVISIT]
    half = 0.5 * width * (t_to_s - t_from_s) / revisit_s
    untimed = physics[REVISIT_TRACK] > 0.0 or physics[REVISIT_CUED] > 0.0
    if untimed or half >= 0.5 * width:
        return begin + 0.5 * width, 0.5 * width
    middle_s = 0.5 * (t_from_s + t_to_s)
    if width < 2.0 * math.pi and frame_at(site, physics, t_from_s) != frame_at(site, physics, t_to_s):
        return begin + 0.5 * width, 0.5 * width
    frames = (middle_s - physics[PHASE]) / revisit_s
    return begin + width * (frames - math.floor(frames)), half


@kernel
def candidates(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    place: NDArray[np.float64],
    speed: NDArray[np.float64],
    away_s: float,
    t_from_s: float,
    t_to_s: float,
    lag_s: float,
    out: NDArray[np.int64],
) -> int:
    """Write the objects that a sensor may detect between two instants into `out`; how many there are.

    Args:
        site, physics: the sensor's rows.
        place, speed: of `stand_at`, from a stretch whose middle is at most `away_s` from either instant.
        lag_s: how much earlier the sensor may perceive an object than it looks (sound).
    """
    n = 0
    limited = int(site[KIND]) == RADAR
    sine, cosine, sin_half, cos_half = 0.0, 1.0, 0.0, 1.0
    revisit_s = site[REVISIT]
    if limited:
        middle, half = swept(site, physics, t_from_s, t_to_s)
        half += 1e-6
        limited = half < 0.5 * math.pi
        sine, cosine, sin_half, cos_half = math.sin(middle), math.cos(middle), math.sin(half), math.cos(half)
    for i in range(speed.shape[0]):
        dx = place[0, i] - site[X]
        dy = place[1, i] - site[Y]
        dz = place[2, i] - site[Z]
        reach_m = site[RANGE_MAX] + speed[i] * (away_s + lag_s) + 1.0
        if dx * dx + dy * dy + dz * dz > reach_m * reach_m:
            continue
        if limited:
            east = site[ROTATION] * dx + site[ROTATION + 1] * dy + site[ROTATION + 2] * dz
            north = site[ROTATION + 3] * dx + site[ROTATION + 4] * dy + site[ROTATION + 5] * dz
            along = east * sine + north * cosine
            across = abs(east * cosine - north * sine)
            if across * cos_half - along * sin_half > speed[i] * (away_s + revisit_s) + 1.0:
                continue
        out[n] = i
        n += 1
    return n
