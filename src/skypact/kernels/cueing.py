"""Looks by cue: where a track is expected a beam is put, and it meets what truly is there.

A cued look is a dwell of its own. It takes nothing from the looks in search and track mode: no echo of theirs merges
with one of its own, and the limit on the plots of a frame does not count it. Echoes of cued looks of one sensor at one
instant share cells as all others do.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.drift import drift
from skypact.kernels.jit import kernel
from skypact.kernels.look import Scene, take_radar_looks
from skypact.kernels.looks import (
    BEAM_AZIMUTH,
    BEAM_ELEVATION,
    BIAS_BEARING,
    BIAS_ELEVATION,
    ELEVATION_MAX,
    ELEVATION_MIN,
    HEIGHT,
    PHASE,
    RANGE_MAX,
    RANGE_MIN,
    REVISIT,
    REVISIT_CUED,
    ROTATION,
    SECTOR,
    SECTOR_CENTRE,
    X,
    Y,
    Z,
    in_sector,
    seen_from,
)
from skypact.kernels.path import state_at
from skypact.kernels.plots import cell_of, write_plots
from skypact.kernels.radar import apparent
from skypact.kernels.report import Rows
from skypact.kernels.resolution import Cell, Echoes
from skypact.kernels.scan import cued_slots, frame_at, slots, track_slots
from skypact.kernels.sensing import Scratch, keep_found, plan_radar
from skypact.kernels.wgs84 import EFFECTIVE_RADIUS_M

INSTANT_S = 1e-6
"""Looks within this of each other are at one instant."""


@kernel
def within_reach(site: NDArray[np.float64], state: NDArray[np.float64]) -> bool:
    """Whether a place (ECEF) lies where a radar's owner may expect it to see.

    That is range, sector, limits of apparent elevation, and the horizon of a smooth 4/3 Earth: the mountains about it,
    with the relief that is drawn for the run, are left to the look itself.
    """
    range_m, bearing, _ = seen_from(site, state)
    if range_m < site[RANGE_MIN] or range_m > site[RANGE_MAX]:
        return False
    if not in_sector(bearing, site[SECTOR_CENTRE], site[SECTOR]):
        return False
    ground_m, tangent = apparent(site, state)
    elevation = math.atan(tangent)
    if elevation < site[ELEVATION_MIN] or elevation > site[ELEVATION_MAX]:
        return False
    height_m = max(site[HEIGHT], 0.0)
    beyond = ground_m > math.sqrt(2.0 * EFFECTIVE_RADIUS_M * height_m)
    return not (beyond and tangent < -math.sqrt(2.0 * height_m / EFFECTIVE_RADIUS_M))


@kernel
def reach_rows(
    sites: NDArray[np.float64],
    sensors: NDArray[np.int32],
    states: NDArray[np.float64],
    out: NDArray[np.bool_],
) -> None:
    """Fill out[k, m] with whether each sensor (row of `sites`) may expect to see each state, by `within_reach`."""
    for k in range(sensors.shape[0]):
        for m in range(states.shape[0]):
            out[k, m] = within_reach(sites[sensors[k]], states[m])


@kernel
def axes_of(bearing: float, elevation: float, axes: NDArray[np.float64]) -> None:
    """Fill axes[3, 3] (east, north, up) of a beam: across in azimuth, across in elevation, along."""
    sin_b, cos_b = math.sin(bearing), math.cos(bearing)
    sin_e, cos_e = math.sin(elevation), math.cos(elevation)
    axes[0, 0], axes[0, 1], axes[0, 2] = cos_b, -sin_b, 0.0
    axes[1, 0], axes[1, 1], axes[1, 2] = -sin_b * sin_e, -cos_b * sin_e, cos_e
    axes[2, 0], axes[2, 1], axes[2, 2] = sin_b * cos_e, cos_b * cos_e, sin_e


@kernel
def turn_to_ecef(site: NDArray[np.float64], axes: NDArray[np.float64]) -> None:
    """Turn axes[3, 3] from a sensor's east, north, up to ECEF, in place."""
    for a in range(3):
        east, north, up = axes[a, 0], axes[a, 1], axes[a, 2]
        for j in range(3):
            axes[a, j] = site[ROTATION + j] * east + site[ROTATION + 3 + j] * north
            axes[a, j] += site[ROTATION + 6 + j] * up


@kernel
def in_beam(
    site: NDArray[np.float64],
    axes: NDArray[np.float64],
    half: tuple[float, float],
    state: NDArray[np.float64],
) -> bool:
    """Whether a place (ECEF) is within a beam's half widths (their tangents) in azimuth and elevation."""
    dx, dy, dz = state[0] - site[X], state[1] - site[Y], state[2] - site[Z]
    along = axes[2, 0] * dx + axes[2, 1] * dy + axes[2, 2] * dz
    if along <= 0.0:
        return False
    across = axes[0, 0] * dx + axes[0, 1] * dy + axes[0, 2] * dz
    if abs(across) > half[0] * along:
        return False
    upward = axes[1, 0] * dx + axes[1, 1] * dy + axes[1, 2] * dz
    return bool(abs(upward) <= half[1] * along)


@kernel
def point_beam(
    scene: Scene,
    s: int,
    aim: NDArray[np.float64],
    ahead_s: float,
    t_s: float,
    state: NDArray[np.float64],
    axes: NDArray[np.float64],
) -> None:
    """Fill axes[3, 3] (ECEF) of the beam of radar s at t_s that is ordered onto a path's straight continuation.

    The radar turns its beam by its own scale: what it takes for a bearing is the true one and its bias and drift. So
    the beam points as much too low as the radar measures too high. `state` is scratch f8[6].
    """
    site = scene.sites[s]
    for j in range(3):
        state[j] = aim[j] + ahead_s * aim[j + 3]
    _, bearing, elevation = seen_from(site, state)
    _, in_bearing, in_elevation = drift(scene.physics[s], s, t_s, scene.k0, scene.k1)
    bearing -= site[BIAS_BEARING] + in_bearing
    elevation -= site[BIAS_ELEVATION] + in_elevation
    axes_of(bearing, elevation, axes)
    turn_to_ecef(site, axes)


@kernel
def meet(
    scene: Scene,
    sensors: NDArray[np.int32],
    aims: NDArray[np.float64],
    at_s: float,
    t_from_s: float,
    t_to_s: float,
    gone_s: NDArray[np.float64],
    out_sensor: NDArray[np.int32],
    out_object: NDArray[np.int32],
    out_t_s: NDArray[np.float64],
) -> int:
    """Write which objects each ordered beam meets at each cued look in [t_from_s, t_to_s); their number, -1 where full.

    Args:
        scene: sensors and objects.
        sensors: [C] row of the radar of each order.
        aims: [C, 6] state (ECEF) where the order expects its object at `at_s`.
        at_s: instant of the aims; within the time asked for they go straight on.
        t_from_s, t_to_s: the time for which the orders hold.
        gone_s: [n] when each object was shot down.
        out_sensor, out_object, out_t_s: receive a row for each object in each beam at each look.
    """
    state, axes = np.empty(6), np.empty((3, 3))
    paths, life_s = scene.paths, scene.life_s
    states, offset, first_s = paths.state, paths.offset, paths.first_s
    n = 0
    for c in range(sensors.shape[0]):
        s = sensors[c]
        site, physics = scene.sites[s], scene.physics[s]
        half = (math.tan(0.5 * physics[BEAM_AZIMUTH]), math.tan(0.5 * physics[BEAM_ELEVATION]))
        looks = cued_slots(site, physics)
        for k in range(frame_at(site, physics, t_from_s) - 1, frame_at(site, physics, t_to_s) + 2):
            for j in range(looks):
                t_s = k * site[REVISIT] + physics[PHASE] + j * physics[REVISIT_CUED]
                if t_s < t_from_s or t_s >= t_to_s:
                    continue
                point_beam(scene, s, aims[c], t_s - at_s, t_s, state, axes)
                for i in range(gone_s.shape[0]):
                    if t_s < life_s[i, 0] or t_s > life_s[i, 1] or t_s >= gone_s[i]:
                        continue
                    state_at(states, offset[i], offset[i + 1], first_s[i], t_s, state)
                    if not in_beam(site, axes, half, state):
                        continue
                    if n >= out_t_s.shape[0]:
                        return -1
                    out_sensor[n], out_object[n], out_t_s[n] = s, i, t_s
                    n += 1
    return n


@kernel
def keep_cued(echoes: Echoes, count: int, numbers: int, tracking: int) -> int:
    """Move the first `count` echoes that are of cued looks together; their number."""
    n = 0
    for e in range(count):
        if echoes.look[e] % numbers > tracking:
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
def report_cued(
    scene: Scene, t_from_s: float, t_to_s: float, scratch: Scratch, first: int, rows: Rows
) -> tuple[int, int]:
    """Write what sensors from `first` on report of their cued looks in [t_from_s, t_to_s) until done or out of room.

    The objects' looks of search before and within that time are taken too: they tell where a cue is idle.

    Returns:
        The sensor to go on from (their number when done) and the number of rows written.
    """
    n = 0
    for s in range(first, scene.sites.shape[0]):
        site, physics = scene.sites[s], scene.physics[s]
        if scene.cues.first[s] == scene.cues.first[s + 1] or cued_slots(site, physics) == 0:
            continue
        count = 0
        for c in range(scene.cues.first[s], scene.cues.first[s + 1]):
            i = scene.cues.object[c]
            if count == 0 or scratch.chosen[count - 1] != i:
                scratch.chosen[count] = i
                count += 1
        planned = plan_radar(scene, s, t_from_s, t_to_s, count, scratch, 0)
        if planned < 0:
            return s, n
        take_radar_looks(scene, s, scratch.echoes, 0, planned, scratch.state)
        numbers, tracking = slots(site, physics), track_slots(site, physics)
        found = keep_found(scratch.echoes, 0, planned, numbers, tracking, t_from_s, t_to_s)
        found = keep_cued(scratch.echoes, found, numbers, tracking)
        usual = cell_of(site, physics)
        cell = Cell(INSTANT_S, INSTANT_S, usual.range_m, usual.bearing_rad, usual.elevation_rad)
        after = write_plots(scene, s, scratch, found, cell, t_from_s, t_to_s, rows, n)
        if after < 0:
            return s, n
        n = after
    return scene.sites.shape[0], n
