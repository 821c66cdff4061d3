"""Truth to detections: every look of every sensor at every object.

Each draw is keyed by (purpose, sensor, object key, look), so that a detection depends on nothing but its own
sensor, object and look: not on other objects, not on the window asked for. Objects do not interact (no two
share a resolution cell, none shadows another).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.detectability import detection_chance, signal_to_noise
from skypact.kernels.frame import distance_bearing, geodetic_from_ecef
from skypact.kernels.jit import kernel
from skypact.kernels.looks import (
    ACOUSTIC,
    COOPERATIVE,
    DETECTION_PROBABILITY,
    ELEVATION_MAX,
    ELEVATION_MIN,
    HEIGHT,
    INFRARED,
    KIND,
    LAT,
    LON,
    PFA,
    PHASE,
    RADAR,
    RANGE_MAX,
    RANGE_MIN,
    REVISIT,
    ROTATES,
    SECTOR,
    SECTOR_CENTRE,
    SNR_DB,
    SPEED_OF_SOUND_MPS,
    SWERLING,
    Paths,
    clear_of_earth,
    emission_time,
    in_sector,
    passing_time,
    seen_from,
)
from skypact.kernels.masking import apparent_tan, visible
from skypact.kernels.path import state_at
from skypact.kernels.random import DETECTION, uniform, uniform_pair
from skypact.kernels.report import Rows, write_detection

CLOUD_TOP_M = 10_000.0
"""A launch plume is seen from space only above this height (notional)."""
SOUND_HEIGHT_M = 1_500.0
"""Air-breathing objects higher than this above an acoustic sensor are not heard (notional)."""
CRUISE, DRONE, CIVIL, FRIENDLY = 1, 2, 4, 5
"""Values of model.codes.ObjectClass: those that acoustic sensors hear."""

_STEADY = np.uint32(0x80000000)  # in place of a look: a draw that is the same for all looks


@kernel
def in_view(
    site: NDArray[np.float64],
    mask_tan: NDArray[np.float32],
    cell_m: float,
    bearing_rad: float,
    state: NDArray[np.float64],
    limited: bool,
) -> bool:
    """Whether terrain and the 4/3 Earth leave a state in view, and, if `limited`, elevation limits too.

    Limits apply to apparent elevation. The 4/3 Earth bends rays too much above the lower atmosphere: an object
    at 100 km of height rises 1,303 km out, where a straight ray gives 1,129 km and the truth lies between.
    """
    lat, lon, height_m = geodetic_from_ecef(state[0], state[1], state[2])
    ground_m, _ = distance_bearing(site[LAT], site[LON], lat, lon)
    tangent = apparent_tan(ground_m, height_m, site[HEIGHT])
    if limited:
        elevation = math.atan(tangent)
        if elevation < site[ELEVATION_MIN] or elevation > site[ELEVATION_MAX]:
            return False
    return visible(mask_tan, cell_m, ground_m, bearing_rad, tangent)


@kernel
def look_chance(
    site: NDArray[np.float64],
    mask_tan: NDArray[np.float32],
    cell_m: float,
    range_m: float,
    bearing_rad: float,
    elevation_rad: float,
    state: NDArray[np.float64],
    snr: float,
) -> float:
    """Chance that one look at an object in this state gives a detection; 0 where it cannot be seen.

    All within range limits. Radar: `detection_chance` within sector, elevation limits and sight. Cooperative: the
    sensor's own probability within sight. Infrared: the sensor's own within (geometric) elevation limits, above
    the clouds and clear of the Earth. Acoustic: the sensor's own times 1 - (range / greatest range)^2, a
    notional fall, below `SOUND_HEIGHT_M`.
    """
    kind = int(site[KIND])
    if range_m > site[RANGE_MAX] or range_m < site[RANGE_MIN]:
        return 0.0
    if kind == INFRARED:
        _, _, height_m = geodetic_from_ecef(state[0], state[1], state[2])
        if height_m < CLOUD_TOP_M or not clear_of_earth(site, state):
            return 0.0
        if elevation_rad < site[ELEVATION_MIN] or elevation_rad > site[ELEVATION_MAX]:
            return 0.0
        return float(site[DETECTION_PROBABILITY])
    if kind == ACOUSTIC:
        _, _, height_m = geodetic_from_ecef(state[0], state[1], state[2])
        if height_m - site[HEIGHT] > SOUND_HEIGHT_M:
            return 0.0
        share = range_m / site[RANGE_MAX]
        return float(site[DETECTION_PROBABILITY] * (1.0 - share * share))
    if kind == RADAR and not in_sector(bearing_rad, site[SECTOR_CENTRE], site[SECTOR]):
        return 0.0
    if not in_view(site, mask_tan, cell_m, bearing_rad, state, kind == RADAR):
        return 0.0
    if kind == RADAR:
        return detection_chance(snr, site[PFA], int(site[SWERLING]))
    return float(site[DETECTION_PROBABILITY])


@kernel
def perceptible_span(site: NDArray[np.float64], paths: Paths, i: int) -> tuple[float, float, float]:
    """When a kind of sensor can perceive object i: first and last instant, and the sound's greatest lag (s).

    The span is empty (the last before the first) where it never can. Acoustic sensors hear air-breathing
    classes, infrared sees what burns, cooperative receivers hear working transponders.
    """
    kind = int(site[KIND])
    low_s = max(paths.launch_s[i], float(paths.first_s[i]))
    samples = paths.offset[i + 1] - paths.offset[i]
    high_s = min(paths.end_s[i], float(paths.first_s[i] + (samples - 1)))
    if kind == INFRARED:
        burnout_s = paths.burnout_s[i]
        if burnout_s <= paths.launch_s[i]:
            return low_s, -math.inf, 0.0
        return low_s, min(high_s, burnout_s), 0.0
    if kind == ACOUSTIC:
        noisy = paths.object_class[i]
        if noisy != CRUISE and noisy != DRONE and noisy != CIVIL and noisy != FRIENDLY:
            return low_s, -math.inf, 0.0
        return low_s, high_s, site[RANGE_MAX] / SPEED_OF_SOUND_MPS
    if kind == COOPERATIVE and paths.code[i] == 0:
        return low_s, -math.inf, 0.0
    return low_s, high_s, 0.0


@kernel
def sense_object(
    site: NDArray[np.float64],
    sensor: int,
    mask_tan: NDArray[np.float32],
    cell_m: float,
    paths: Paths,
    i: int,
    k0: np.uint32,
    k1: np.uint32,
    t_from_s: float,
    t_to_s: float,
    rows: Rows,
    n: int,
) -> int:
    """Write the detections of object i by one sensor in [t_from_s, t_to_s) from row n on; the next free row.

    -1 where the rows left may not suffice. Looks that start out of reach are skipped by as many as the
    object's speed bound allows, which changes no detection.
    """
    kind = int(site[KIND])
    low_s, high_s, lag_s = perceptible_span(site, paths, i)
    from_s = max(t_from_s, low_s)
    to_s = min(t_to_s, high_s + lag_s)
    if high_s < low_s or from_s > to_s:
        return n
    revisit_s = site[REVISIT]
    look = int(math.floor((from_s - site[PHASE]) / revisit_s)) - 2
    last = int(math.floor((to_s - site[PHASE]) / revisit_s)) + 1
    if n + (last - look) > rows.t_ns.shape[0]:
        return -1
    begin, end, first_s = paths.offset[i], paths.offset[i + 1], paths.first_s[i]
    key = paths.key[i]
    rotating = kind == RADAR and site[ROTATES] != 0.0
    fraction = uniform(k0, k1, DETECTION, np.uint32(sensor), key, _STEADY)
    reach_m = site[RANGE_MAX] + paths.speed_mps[i] * lag_s
    stride_m = paths.speed_mps[i] * revisit_s
    state = np.empty(6)
    while look < last:
        look += 1
        start_s = look * revisit_s + site[PHASE]
        t_s = min(max(start_s + 0.5 * revisit_s, low_s), high_s)
        state_at(paths.state, begin, end, first_s, t_s, state)
        range_m, bearing, elevation = seen_from(site, state)
        if range_m - reach_m > stride_m:
            look += int((range_m - reach_m) / stride_m) - 1
            continue
        t_s = start_s + fraction * revisit_s
        if rotating:
            t_s = passing_time(site, paths, i, start_s, low_s, high_s, bearing, state)
        if t_s < t_from_s or t_s >= t_to_s:
            continue
        seen_s = t_s
        if kind == ACOUSTIC:
            seen_s = emission_time(site, paths, i, t_s, low_s, high_s, state)
        if not low_s <= seen_s <= high_s:
            continue
        state_at(paths.state, begin, end, first_s, seen_s, state)
        range_m, bearing, elevation = seen_from(site, state)
        snr = 0.0
        if kind == RADAR:
            snr = signal_to_noise(site[SNR_DB], paths.rcs_m2[i], range_m)
        chance = look_chance(site, mask_tan, cell_m, range_m, bearing, elevation, state, snr)
        if chance <= 0.0:
            continue
        word = np.uint32(look & 0xFFFFFFFF)
        draw, read = uniform_pair(k0, k1, DETECTION, np.uint32(sensor), key, word)
        if draw < chance:
            write_detection(
                site,
                sensor,
                paths,
                i,
                look,
                t_s,
                range_m,
                bearing,
                elevation,
                draw,
                snr,
                read,
                k0,
                k1,
                rows,
                n,
            )
            n += 1
    return n


@kernel
def sense_objects(
    sites: NDArray[np.float64],
    mask_tan: NDArray[np.float32],
    cell_m: float,
    paths: Paths,
    k0: np.uint32,
    k1: np.uint32,
    t_from_s: float,
    t_to_s: float,
    first: int,
    rows: Rows,
) -> tuple[int, int]:
    """Write detections of all objects by all sensors until done or the rows are full.

    Args:
        sites: f8[S, SITE_WIDTH], layout of kernels.looks.
        mask_tan: f4[S, A, R], with cells of cell_m.
        first: the pair (sensor * objects + object) to go on from.
        rows: written from row 0.

    Returns:
        The pair to go on from (sensors * objects when done) and the number of rows written.
    """
    objects = paths.key.shape[0]
    n = 0
    for pair in range(first, sites.shape[0] * objects):
        s = pair // objects
        after = sense_object(
            sites[s],
            s,
            mask_tan[s],
            cell_m,
            paths,
            pair - s * objects,
            k0,
            k1,
            t_from_s,
            t_to_s,
            rows,
            n,
        )
        if after < 0:
            return pair, n
        n = after
    return sites.shape[0] * objects, n
