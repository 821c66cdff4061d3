"""Looks of one sensor: whether each gives a detection, and of what.

Each draw is keyed by (purpose, sensor, object key, look), so that this depends on nothing but its own sensor, object
and look: not on other objects, not on the window asked for.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.detectability import detection_chance, received_power
from skypact.kernels.disturbance import disturbed, jamming, silent
from skypact.kernels.jit import kernel
from skypact.kernels.looks import (
    ACOUSTIC,
    DETECTION_PROBABILITY,
    INFRARED,
    KIND,
    PULSES,
    RANGE_MAX,
    RANGE_MIN,
    SWERLING,
    THRESHOLD,
    Around,
    Paths,
    seen_from,
)
from skypact.kernels.masking import visible
from skypact.kernels.passive import acoustic_chance, infrared_chance, lies_under_cloud, perceptible_span
from skypact.kernels.path import state_at
from skypact.kernels.radar import View, apparent, look_signal
from skypact.kernels.random import DETECTION, uniform_pair
from skypact.kernels.resolution import Echoes
from skypact.kernels.scan import slots
from skypact.kernels.sound import emission_time

_DECIBEL = 0.1 * math.log(10.0)


class Cues(NamedTuple):
    """Orders to look at objects: those of sensor s are first[s] to first[s + 1], sorted by object; none overlap."""

    first: NDArray[np.int64]
    object: NDArray[np.int32]
    from_s: NDArray[np.float64]
    until_s: NDArray[np.float64]


class Scene(NamedTuple):
    """All that sensing reads: S sensors, n objects, and the run's key."""

    sites: NDArray[np.float64]
    physics: NDArray[np.float64]
    around: Around
    paths: Paths
    life_s: NDArray[np.float64]
    """[n, 2] of kernels.tick.lives"""
    cues: Cues
    k0: np.uint32
    k1: np.uint32


@kernel
def view_of(around: Around, sensor: int) -> View:
    """What lies around one radar."""
    return View(
        around.mask_tan[sensor],
        around.mask_cell_m,
        around.loss_db[sensor],
        around.residue[sensor],
        around.rain[sensor],
        around.clutter_cell_m,
        around.rain_top_m,
    )


@kernel
def take_radar_looks(
    scene: Scene, s: int, echoes: Echoes, first: int, last: int, state: NDArray[np.float64]
) -> None:
    """Take the planned looks first..last of radar s: tell of each whether it detects its object, where, how strong.

    One uniform number decides the detection and the power given detection. `state` is scratch f8[6].
    """
    # Arrays are taken out of their tuples once: each time costs as much as the arithmetic of a look.
    site, physics = scene.sites[s], scene.physics[s]
    view = view_of(scene.around, s)
    keys, nose_m2, side_ratio = scene.paths.key, scene.paths.rcs_m2, scene.paths.rcs_side_ratio
    states, offset, first_s = scene.paths.state, scene.paths.offset, scene.paths.first_s
    times_s, looks, objects, gains_db = echoes.t_s, echoes.look, echoes.object, echoes.gain_db
    befallen = disturbed(scene.around, s)
    pulses, swerling, numbers = int(physics[PULSES]), int(physics[SWERLING]), slots(site, physics)
    for e in range(first, last):
        i, t_s = objects[e], times_s[e]
        echoes.found[e] = False
        if befallen and silent(scene.around, s, t_s):
            continue
        state_at(states, offset[i], offset[i + 1], first_s[i], t_s, state)
        range_m, bearing, elevation = seen_from(site, state)
        if range_m > site[RANGE_MAX] or range_m < site[RANGE_MIN]:
            continue
        jammed = 0.0
        if befallen:
            jammed = jamming(scene.around, s, t_s, bearing)
        searches = looks[e] % numbers == 0
        energy = 1.0
        if gains_db[e] != 0.0:
            energy = math.exp(_DECIBEL * gains_db[e])
        snr = look_signal(
            site, physics, view, jammed, range_m, bearing, state, nose_m2[i], side_ratio[i], energy, searches
        )
        if not snr >= 0.0:
            continue
        word = np.uint32(looks[e] & 0xFFFFFFFF)
        draw, read = uniform_pair(scene.k0, scene.k1, DETECTION, np.uint32(s), keys[i], word)
        if not draw < detection_chance(snr, physics[THRESHOLD], pulses, swerling):
            continue
        echoes.found[e] = True
        echoes.range_m[e] = range_m
        echoes.bearing_rad[e] = bearing
        echoes.elevation_rad[e] = elevation
        echoes.power[e] = received_power(draw, snr, pulses, swerling) - pulses
        echoes.read[e] = read


@kernel
def other_chance(
    scene: Scene, s: int, i: int, seen: tuple[float, float, float], state: NDArray[np.float64]
) -> float:
    """Chance that one look of a sensor that is no radar detects object i, seen at range, bearing and elevation."""
    site, physics, around = scene.sites[s], scene.physics[s], scene.around
    range_m, bearing, elevation = seen
    kind = int(site[KIND])
    if kind == INFRARED:
        clouded = lies_under_cloud(around.cloud_cover, scene.paths.key[i], scene.k0, scene.k1)
        return infrared_chance(site, physics, around, elevation, state, clouded)
    if kind == ACOUSTIC:
        return acoustic_chance(site, physics, range_m, state)
    ground_m, tangent = apparent(site, state)
    if not visible(around.mask_tan[s], around.mask_cell_m, ground_m, bearing, tangent):
        return 0.0
    return float(physics[DETECTION_PROBABILITY])


@kernel
def take_other_looks(
    scene: Scene, s: int, echoes: Echoes, first: int, last: int, state: NDArray[np.float64]
) -> None:
    """Take the planned looks first..last of a sensor that is no radar; `state` is scratch f8[6]."""
    site, paths = scene.sites[s], scene.paths
    befallen = disturbed(scene.around, s)
    for e in range(first, last):
        i, t_s = echoes.object[e], echoes.t_s[e]
        echoes.found[e] = False
        if befallen and silent(scene.around, s, t_s):
            continue
        low_s, high_s, _ = perceptible_span(site, scene.around, paths, i)
        seen_s = t_s
        if int(site[KIND]) == ACOUSTIC:
            seen_s = emission_time(site, scene.around, paths, i, t_s, low_s, high_s, state)
        if not low_s <= seen_s <= high_s:
            continue
        state_at(paths.state, paths.offset[i], paths.offset[i + 1], paths.first_s[i], seen_s, state)
        seen = seen_from(site, state)
        if seen[0] > site[RANGE_MAX] or seen[0] < site[RANGE_MIN]:
            continue
        word = np.uint32(echoes.look[e] & 0xFFFFFFFF)
        draw, read = uniform_pair(scene.k0, scene.k1, DETECTION, np.uint32(s), paths.key[i], word)
        if draw < other_chance(scene, s, i, seen, state):
            echoes.found[e] = True
            echoes.range_m[e], echoes.bearing_rad[e], echoes.elevation_rad[e] = seen
            echoes.power[e] = math.nan
            echoes.read[e] = read
