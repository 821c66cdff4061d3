"""Truth to echoes: every look of one sensor at every object in a stretch of time.

What the objects do to one another, and what the sensor then reports, is in kernels.resolution and kernels.plots.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.look import Scene, take_other_looks, take_radar_looks
from skypact.kernels.looks import ACOUSTIC, KIND, RADAR, RANGE_MAX, Around
from skypact.kernels.passive import perceptible_span
from skypact.kernels.plan import REMEMBERED, plan_cue, plan_frames, plan_search
from skypact.kernels.random import DETECTION, uniform
from skypact.kernels.resolution import Echoes
from skypact.kernels.scan import cued_slots, slots, track_slots
from skypact.kernels.sound import greatest_lag
from skypact.kernels.tick import candidates

_STEADY = np.uint32(0x80000000)  # in place of a look: a draw that is the same for all looks


class Stretches(NamedTuple):
    """Stretches of time one after another, and of `kernels.tick.stand_at` in each: B stretches, n objects."""

    edge_s: NDArray[np.float64]
    """[B + 1]"""
    place: NDArray[np.float64]
    """[B, 3, n]"""
    speed: NDArray[np.float64]
    """[B, n]"""


class Scratch(NamedTuple):
    """Room for what one sensor sees."""

    echoes: Echoes
    chosen: NDArray[np.int64]
    """[n]"""
    state: NDArray[np.float64]
    """[6]"""


@kernel
def lag_of(site: NDArray[np.float64], around: Around) -> float:
    """How much earlier than it looks (s) a sensor may perceive an object: the time of sound, else 0."""
    if int(site[KIND]) == ACOUSTIC:
        return greatest_lag(site[RANGE_MAX], around)
    return 0.0


@kernel
def plan_radar(
    scene: Scene, s: int, t_from_s: float, t_to_s: float, count: int, scratch: Scratch, first: int
) -> int:
    """Plan radar s's looks at the first `count` chosen objects from echo `first` on; the next free, -1 where full."""
    site, physics, echoes, state = scene.sites[s], scene.physics[s], scratch.echoes, scratch.state
    states, offset, first_s = scene.paths.state, scene.paths.offset, scene.paths.first_s
    life_s, chosen = scene.life_s, scratch.chosen
    cue, last_cue = scene.cues.first[s], scene.cues.first[s + 1]
    if cued_slots(site, physics) == 0:
        cue = last_cue
    n = first
    for c in range(count):
        i = chosen[c]
        rows = (offset[i], offset[i + 1], int(first_s[i]))
        n = plan_search(site, physics, states, rows, i, life_s[i], t_from_s, t_to_s, state, echoes, n)
        while n >= 0 and cue < last_cue and scene.cues.object[cue] <= i:
            if scene.cues.object[cue] == i:
                from_s = max(t_from_s, scene.cues.from_s[cue], life_s[i, 0])
                to_s = min(t_to_s, scene.cues.until_s[cue], life_s[i, 1])
                n = plan_cue(site, physics, i, from_s, to_s, echoes, n)
            cue += 1
        if n < 0:
            break
    return n


@kernel
def plan_other(
    scene: Scene, s: int, t_from_s: float, t_to_s: float, count: int, scratch: Scratch, first: int
) -> int:
    """Plan the looks of a sensor that is no radar at the first `count` chosen objects, as `plan_radar` does."""
    site, physics = scene.sites[s], scene.physics[s]
    n = first
    for c in range(count):
        i = scratch.chosen[c]
        low_s, high_s, lag_s = perceptible_span(site, scene.around, scene.paths, i)
        from_s, to_s = max(t_from_s, low_s), min(t_to_s, high_s + lag_s + 1.0)
        if high_s < low_s or from_s >= to_s:
            continue
        fraction = uniform(scene.k0, scene.k1, DETECTION, np.uint32(s), scene.paths.key[i], _STEADY)
        n = plan_frames(site, physics, i, fraction, from_s, to_s, scratch.echoes, n)
        if n < 0:
            break
    return n


@kernel
def in_track(echoes: Echoes, first: int, e: int, numbers: int) -> bool:
    """Whether a radar tracks the object of look e at its instant: its search has detected it then or shortly before.

    In the frame of the look (earlier than it) or in one of the `REMEMBERED` before: finite memory, so that the answer
    does not hang on when sensing began. The object's looks of search lie before e, none before `first`.
    """
    frame = echoes.look[e] // numbers
    p = e - 1
    while p >= first and echoes.object[p] == echoes.object[e]:
        k = echoes.look[p] // numbers
        searched = k * numbers == echoes.look[p] and echoes.t_s[p] < echoes.t_s[e]
        if searched and echoes.found[p] and frame - REMEMBERED <= k <= frame:
            return True
        p -= 1
    return False


@kernel
def keep_found(
    echoes: Echoes, first: int, last: int, numbers: int, tracking: int, t_from_s: float, t_to_s: float
) -> int:
    """Move the looks first..last that happened in [t_from_s, t_to_s) and gave a detection together; the next free.

    A look in track mode happens where the radar tracks the object, one by cue where it does not.
    """
    kept = echoes.strongest  # scratch
    for e in range(first, last):
        kept[e] = echoes.found[e] and t_from_s <= echoes.t_s[e] < t_to_s
        place = echoes.look[e] % numbers
        if kept[e] and place > 0 and tracking > 0:
            kept[e] = in_track(echoes, first, e, numbers) == (place <= tracking)
    n = first
    for e in range(first, last):
        if kept[e]:
            echoes.t_s[n] = echoes.t_s[e]
            echoes.look[n] = echoes.look[e]
            echoes.object[n] = echoes.object[e]
            echoes.range_m[n] = echoes.range_m[e]
            echoes.bearing_rad[n] = echoes.bearing_rad[e]
            echoes.elevation_rad[n] = echoes.elevation_rad[e]
            echoes.power[n] = echoes.power[e]
            echoes.read[n] = echoes.read[e]
            n += 1
    return n


@kernel
def sense_sensor(
    scene: Scene, s: int, t_from_s: float, t_to_s: float, stretches: Stretches, scratch: Scratch
) -> int:
    """Write all detections of sensor s in [t_from_s, t_to_s) as echoes; their number, -1 where room may lack.

    Args:
        scene: sensors, surroundings and objects.
        stretches: they cover the time asked for.
    """
    site, physics = scene.sites[s], scene.physics[s]
    radar = int(site[KIND]) == RADAR
    numbers, tracking = slots(site, physics), track_slots(site, physics)
    lag_s = lag_of(site, scene.around)
    n = 0
    for b in range(stretches.edge_s.shape[0] - 1):
        from_s = max(t_from_s, stretches.edge_s[b])
        to_s = min(t_to_s, stretches.edge_s[b + 1])
        if from_s >= to_s:
            continue
        middle_s = 0.5 * (stretches.edge_s[b] + stretches.edge_s[b + 1])
        away_s = max(abs(from_s - middle_s), abs(to_s - middle_s))
        place, speed = stretches.place[b], stretches.speed[b]
        count = candidates(site, physics, place, speed, away_s, from_s, to_s, lag_s, scratch.chosen)
        if radar:
            planned = plan_radar(scene, s, from_s, to_s, count, scratch, n)
        else:
            planned = plan_other(scene, s, from_s, to_s, count, scratch, n)
        if planned < 0:
            return -1
        if radar:
            take_radar_looks(scene, s, scratch.echoes, n, planned, scratch.state)
        else:
            take_other_looks(scene, s, scratch.echoes, n, planned, scratch.state)
        n = keep_found(scratch.echoes, n, planned, numbers, tracking, from_s, to_s)
    return n
