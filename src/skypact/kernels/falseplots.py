"""False plots: what noise, clutter and glint put on the screen."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.detectability import decibel, threshold
from skypact.kernels.jit import kernel
from skypact.kernels.looks import (
    BIAS_CLOCK,
    COOPERATIVE,
    ELEVATION_MAX,
    ELEVATION_MIN,
    FALSE_PLOTS,
    INFRARED,
    KIND,
    MEASURES_ELEVATION,
    PFA,
    PHASE,
    RADAR,
    RANGE_MAX,
    RANGE_MIN,
    REVISIT,
    ROTATES,
    SECTOR,
    SECTOR_CENTRE,
    X,
    Y,
    Z,
)
from skypact.kernels.random import FALSE_PLOT, poisson, uniform_pair
from skypact.kernels.report import Rows, clock_ns, identity, random_errors
from skypact.kernels.wgs84 import A_M

_TWO_PI = 2.0 * math.pi


@kernel
def write_false_plot(
    site: NDArray[np.float64],
    sensor: int,
    look: int,
    ordinal: int,
    k0: np.uint32,
    k1: np.uint32,
    rows: Rows,
    n: int,
) -> float:
    """Write false plot `ordinal` of a look into row n; its true time (s).

    Even over what is surveyed. Radar: bearing over the sector, range squared between its limits, elevation between
    its limits; the power is that of noise given that it crossed the threshold, threshold plus a unit
    exponential. Acoustic: bearing all round. Infrared: solid angle of the Earth's disc (a sphere of the
    equator's radius), within the elevation limits.
    """
    kind = int(site[KIND])
    a, b = np.uint32(sensor), np.uint32(look & 0xFFFFFFFF)
    c = 4 * ordinal
    u_bearing, u_range = uniform_pair(k0, k1, FALSE_PLOT, a, b, np.uint32(c))
    u_elevation, u_time = uniform_pair(k0, k1, FALSE_PLOT, a, b, np.uint32(c + 1))
    u_power, _ = uniform_pair(k0, k1, FALSE_PLOT, a, b, np.uint32(c + 2))
    centre, width = (site[SECTOR_CENTRE], site[SECTOR]) if kind == RADAR else (0.0, _TWO_PI)
    bearing = centre + (u_bearing - 0.5) * width
    bearing -= _TWO_PI * math.floor(bearing / _TWO_PI)
    near2, far2 = site[RANGE_MIN] ** 2, site[RANGE_MAX] ** 2
    elevation = 0.0
    received = 1.0
    rows.snr_db[n] = math.nan
    fraction = u_time
    if kind == RADAR:
        received = threshold(site[PFA]) - math.log(u_power) - 1.0
        rows.snr_db[n] = decibel(received)
        if site[MEASURES_ELEVATION] != 0.0:
            elevation = site[ELEVATION_MIN] + u_elevation * (site[ELEVATION_MAX] - site[ELEVATION_MIN])
        if site[ROTATES] != 0.0:
            fraction = bearing / _TWO_PI
    elif kind == INFRARED:
        distance_m = math.sqrt(site[X] ** 2 + site[Y] ** 2 + site[Z] ** 2)
        limb = -math.acos(min(A_M / distance_m, 1.0))
        low = math.sin(min(site[ELEVATION_MIN], limb))
        high = math.sin(min(site[ELEVATION_MAX], limb))
        elevation = math.asin(low + u_elevation * (high - low))
    random_errors(site, elevation, received, rows.sigma[n])
    z = rows.z[n]
    z[0] = math.sqrt(near2 + u_range * (far2 - near2))
    z[1] = bearing
    z[2] = elevation
    for j in range(4):
        if math.isnan(rows.sigma[n, j]):
            z[j] = math.nan
    t_s = float(look * site[REVISIT] + site[PHASE] + fraction * site[REVISIT])
    rows.t_ns[n] = clock_ns(t_s, site[BIAS_CLOCK])
    rows.sensor[n] = sensor
    rows.code[n] = 0
    rows.detection_id[n] = identity(sensor, look, np.uint32(ordinal), True, k0, k1)
    rows.object[n] = -1
    return t_s


@kernel
def sense_nothing(
    site: NDArray[np.float64],
    sensor: int,
    k0: np.uint32,
    k1: np.uint32,
    t_from_s: float,
    t_to_s: float,
    first_look: int,
    last_look: int,
    rows: Rows,
) -> tuple[int, int]:
    """Write false plots of one sensor in [t_from_s, t_to_s) until done or the rows are full.

    A Poisson number a look, keyed by (sensor, look). Cooperative receivers have none: forgery is not modelled.

    Returns:
        The look to go on from (last_look + 1 when done) and the number of rows written.
    """
    n = 0
    if int(site[KIND]) == COOPERATIVE:
        return last_look + 1, n
    for look in range(first_look, last_look + 1):
        word = np.uint32(look & 0xFFFFFFFF)
        count = poisson(site[FALSE_PLOTS], k0, k1, FALSE_PLOT, np.uint32(sensor), word)
        if n + count > rows.t_ns.shape[0]:
            return look, n
        for ordinal in range(count):
            t_s = write_false_plot(site, sensor, look, ordinal, k0, k1, rows, n)
            if t_s >= t_from_s and t_s < t_to_s:
                n += 1
    return last_look + 1, n
