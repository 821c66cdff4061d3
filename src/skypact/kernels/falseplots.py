"""False plots: what noise, clutter and glint put on the screen."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.clutter import ground_tan, rain_weight
from skypact.kernels.detectability import received_power
from skypact.kernels.jit import kernel
from skypact.kernels.looks import (
    BEAM_ELEVATION,
    COOPERATIVE,
    ELEVATION_MAX,
    ELEVATION_MIN,
    FALSE_PLOTS,
    HEIGHT,
    INFRARED,
    KIND,
    MULTILATERATION,
    PATTERN,
    PFA,
    PHASE,
    PULSES,
    RADAR,
    RANGE_MAX,
    RANGE_MIN,
    REVISIT,
    ROTATION,
    SECTOR,
    SECTOR_CENTRE,
    X,
    Y,
    Z,
)
from skypact.kernels.masking import apparent_tan
from skypact.kernels.random import FALSE_PLOT, poisson, uniform_pair
from skypact.kernels.report import Rows, identity, random_errors, write_stamp
from skypact.kernels.ring import fix_transponder
from skypact.kernels.scan import sweep_of
from skypact.kernels.wgs84 import A_M

PAIRS = 4
"""Pairs of uniforms that a false plot takes."""
FLYING_M = 12_000.0
"""False fixes of multilateration lie below this height over the site (notional: where aircraft fly)."""

_TWO_PI = 2.0 * math.pi


@kernel
def _in_sector(site: NDArray[np.float64], bearing_rad: float) -> float:
    """The bearing of a radar's sector that is nearest to a bearing, in [0, 2 pi)."""
    turn = (bearing_rad - site[SECTOR_CENTRE]) / _TWO_PI
    off = _TWO_PI * (turn - math.floor(turn + 0.5))
    if site[SECTOR] < _TWO_PI:
        off = min(max(off, -0.5 * site[SECTOR]), 0.5 * site[SECTOR])
    bearing = (site[SECTOR_CENTRE] + off) / _TWO_PI
    return float(_TWO_PI * (bearing - math.floor(bearing)))


@kernel
def place_of_noise(site: NDArray[np.float64], u: tuple[float, float, float]) -> tuple[float, float, float]:
    """Range (m), bearing and elevation (rad) of a false plot of a radar's noise: every cell is as likely."""
    range_m = site[RANGE_MIN] + u[0] * (site[RANGE_MAX] - site[RANGE_MIN])
    bearing = _in_sector(site, site[SECTOR_CENTRE] + (u[1] - 0.5) * site[SECTOR])
    return range_m, bearing, site[ELEVATION_MIN] + u[2] * (site[ELEVATION_MAX] - site[ELEVATION_MIN])


@kernel
def place_of_surface(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    surface: NDArray[np.float32],
    cells: int,
    cell_m: float,
    pick: float,
    u: tuple[float, float, float],
) -> tuple[float, float, float]:
    """Range, bearing and elevation of a false plot of land or sea: in a cell by the cumulated shares f4[A * cells].

    Even in its cell, and in elevation over the lowest beam: from the ground (or the limit of elevation) up.
    """
    cell = np.searchsorted(surface, pick, side="right")
    row, column = cell // cells, cell % cells
    range_m = min(max((column + u[0]) * cell_m, site[RANGE_MIN]), site[RANGE_MAX])
    azimuths = surface.shape[0] // cells
    bearing = _in_sector(site, (row + u[1] - 0.5) / azimuths * _TWO_PI)
    low = max(math.atan(ground_tan(range_m, site[HEIGHT])), site[ELEVATION_MIN])
    high = min(low + physics[BEAM_ELEVATION], site[ELEVATION_MAX])
    return range_m, bearing, low + u[2] * (high - low)


@kernel
def place_of_rain(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    rain: NDArray[np.float32],
    cell_m: float,
    rain_top_m: float,
    pick: float,
    u: tuple[float, float, float],
) -> tuple[float, float, float]:
    """Range, bearing and elevation of a false plot of rain: in a cell by `rain_weight`, even within the rain."""
    total = 0.0
    for column in range(rain.shape[0]):
        total += _weight(site, physics, rain[column], (column + 0.5) * cell_m, rain_top_m)
    left = pick * total
    column = 0
    while column < rain.shape[0] - 1:
        left -= _weight(site, physics, rain[column], (column + 0.5) * cell_m, rain_top_m)
        if left < 0.0:
            break
        column += 1
    range_m = min(max((column + u[0]) * cell_m, site[RANGE_MIN]), site[RANGE_MAX])
    bearing = _in_sector(site, site[SECTOR_CENTRE] + (u[1] - 0.5) * site[SECTOR])
    low = max(math.atan(ground_tan(range_m, site[HEIGHT])), site[ELEVATION_MIN])
    top = math.atan(apparent_tan(range_m, rain_top_m, site[HEIGHT]))
    high = max(min(top, site[ELEVATION_MAX]), low)
    return range_m, bearing, low + u[2] * (high - low)


@kernel
def _weight(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    residue: float,
    range_m: float,
    rain_top_m: float,
) -> float:
    return rain_weight(
        residue,
        physics[PFA],
        range_m,
        site[HEIGHT],
        rain_top_m,
        site[ELEVATION_MIN],
        site[ELEVATION_MAX],
        physics[BEAM_ELEVATION],
        int(physics[PATTERN]),
    )


@kernel
def place_elsewhere(site: NDArray[np.float64], u: tuple[float, float, float]) -> tuple[float, float, float]:
    """Range, bearing and elevation of a false plot of a sensor that is no radar, as far as it measures them.

    Bearing all round. Infrared: solid angle of the Earth's disc (a sphere of the equator's radius) within the limits
    of elevation. Else: below `FLYING_M`, even in range and in height.
    """
    bearing = u[1] * _TWO_PI
    range_m = site[RANGE_MIN] + u[0] * (site[RANGE_MAX] - site[RANGE_MIN])
    if int(site[KIND]) == INFRARED:
        distance_m = math.sqrt(site[X] ** 2 + site[Y] ** 2 + site[Z] ** 2)
        limb = -math.acos(min(A_M / distance_m, 1.0))
        low = math.sin(min(site[ELEVATION_MIN], limb))
        high = math.sin(min(site[ELEVATION_MAX], limb))
        return range_m, bearing, math.asin(low + u[2] * (high - low))
    return range_m, bearing, math.atan2(u[2] * FLYING_M, max(range_m, 1.0))


@kernel
def _false_fix(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    sensor: int,
    look: int,
    ordinal: int,
    place: tuple[float, float, float],
    k0: np.uint32,
    k1: np.uint32,
    rows: Rows,
    n: int,
) -> bool:
    """Write into row n what receivers that agree on a place where nobody is make of it; False where it is no fix."""
    across = place[0] * math.cos(place[2])
    east, north = across * math.sin(place[1]), across * math.cos(place[1])
    up = place[0] * math.sin(place[2])
    state = np.zeros(6)
    for a in range(3):
        state[a] = (
            site[X + a]
            + site[ROTATION + a] * east
            + site[ROTATION + 3 + a] * north
            + site[ROTATION + 6 + a] * up
        )
    key, word = np.uint32(0xFFFFFFFF - ordinal), np.uint32(look & 0xFFFFFFFF)
    return fix_transponder(site, physics, sensor, key, word, state, k0, k1, rows.z[n], rows.sigma[n])


@kernel
def write_false_plot(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    sensor: int,
    surface: NDArray[np.float32],
    rain: NDArray[np.float32],
    cell_m: float,
    mean: NDArray[np.float64],
    rain_top_m: float,
    look: int,
    ordinal: int,
    k0: np.uint32,
    k1: np.uint32,
    rows: Rows,
    n: int,
) -> float:
    """Write false plot `ordinal` of a look into row n; its true time (s), NaN where there is none after all.

    A radar's is of noise, of the surface or of rain in the proportion of their means; its power is that of noise that
    crossed the threshold. A radar's time is that at which its sweep passes the bearing.
    """
    a, b, c = np.uint32(sensor), np.uint32(look & 0xFFFFFFFF), PAIRS * ordinal
    u_range, u_bearing = uniform_pair(k0, k1, FALSE_PLOT, a, b, np.uint32(c))
    u_elevation, u_time = uniform_pair(k0, k1, FALSE_PLOT, a, b, np.uint32(c + 1))
    u_power, u_source = uniform_pair(k0, k1, FALSE_PLOT, a, b, np.uint32(c + 2))
    pick, _ = uniform_pair(k0, k1, FALSE_PLOT, a, b, np.uint32(c + 3))
    u = (u_range, u_bearing, u_elevation)
    received = math.nan
    fraction = u_time
    if int(site[KIND]) == RADAR:
        source = u_source * (mean[0] + mean[1] + mean[2])
        if source < mean[0]:
            place = place_of_noise(site, u)
        elif source < mean[0] + mean[1]:
            place = place_of_surface(site, physics, surface, rain.shape[0], cell_m, pick, u)
        else:
            place = place_of_rain(site, physics, rain, cell_m, rain_top_m, pick, u)
        pulses = int(physics[PULSES])
        received = received_power(u_power * physics[PFA], 0.0, pulses, 2) - pulses
        begin, width = sweep_of(site)
        turn = (place[1] - begin) / _TWO_PI
        fraction = (turn - math.floor(turn)) * _TWO_PI / width
    else:
        place = place_elsewhere(site, u)
    if int(site[KIND]) == MULTILATERATION:
        if not _false_fix(site, physics, sensor, look, ordinal, place, k0, k1, rows, n):
            return math.nan
    else:
        random_errors(site, physics, place[0], place[2], received, 0.0, rows.sigma[n])
        for j in range(3):
            rows.z[n, j] = math.nan if math.isnan(rows.sigma[n, j]) else place[j]
        rows.z[n, 3] = math.nan
    t_s = float(look * site[REVISIT] + physics[PHASE] + fraction * site[REVISIT])
    write_stamp(site, physics, sensor, look, t_s, received, k0, k1, rows, n)
    rows.code[n] = 0
    rows.detection_id[n] = identity(sensor, look, np.uint32(ordinal), True, k0, k1)
    rows.object[n] = -1
    return t_s


@kernel
def sense_nothing(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    sensor: int,
    surface: NDArray[np.float32],
    rain: NDArray[np.float32],
    cell_m: float,
    mean: NDArray[np.float64],
    rain_top_m: float,
    k0: np.uint32,
    k1: np.uint32,
    t_from_s: float,
    t_to_s: float,
    first_look: int,
    last_look: int,
    rows: Rows,
) -> tuple[int, int]:
    """Write false plots of one sensor in [t_from_s, t_to_s) until done or the rows are full.

    A Poisson number a look (a frame), keyed by (sensor, look): of radars by their clutter table, of others by their
    `false_plots`. Cooperative receivers have none: forgery is not modelled.

    Args:
        site, physics: the sensor's rows, layout of kernels.looks.
        sensor: its number.
        surface, rain, cell_m, mean: its rows of model.network.ClutterTable: f4[A * C], f4[C], their cells, f8[3].
        rain_top_m: height below which it rains.
        k0, k1: the run's key.
        t_from_s, t_to_s, first_look, last_look: the time asked for, and looks that hold it.
        rows: written from row 0.

    Returns:
        The look to go on from (last_look + 1 when done) and the number of rows written.
    """
    n = 0
    kind = int(site[KIND])
    if kind == COOPERATIVE:
        return last_look + 1, n
    expected = mean[0] + mean[1] + mean[2] if kind == RADAR else site[FALSE_PLOTS]
    for look in range(first_look, last_look + 1):
        word = np.uint32(look & 0xFFFFFFFF)
        count = poisson(expected, k0, k1, FALSE_PLOT, np.uint32(sensor), word)
        if n + count > rows.t_ns.shape[0]:
            return look, n
        for ordinal in range(count):
            t_s = write_false_plot(
                site,
                physics,
                sensor,
                surface,
                rain,
                cell_m,
                mean,
                rain_top_m,
                look,
                ordinal,
                k0,
                k1,
                rows,
                n,
            )
            if t_s >= t_from_s and t_s < t_to_s:
                n += 1
    return last_look + 1, n
