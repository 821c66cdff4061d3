"""Simulated multilateration: a ring of receivers about a site that times what a transponder sends.

One receiver stands at the site, the others evenly on a ring, the first of them in the north, all at the site's height
above the ellipsoid. Their clocks agree; times of arrival have independent normal errors. The height that the
transponder reports is one more measurement, so that it counts where the ring tells heights poorly. Signals travel in
a vacuum: the receivers are taken to correct for the air.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.frame import geodetic_from_ecef
from skypact.kernels.jit import kernel
from skypact.kernels.looks import BASELINE, RECEIVERS, ROTATION, SIGMA_TIME, X, seen_from
from skypact.kernels.measurement import position_spread
from skypact.kernels.multilateration import MAX_STATIONS, SOLVED, SPEED_OF_LIGHT_MPS, locate
from skypact.kernels.random import ARRIVAL_TIME, normal_pair
from skypact.kernels.wgs84 import MEAN_RADIUS_M

HEIGHT_SIGMA_M = 30.0
"""One-sigma error of a reported height, taken as independent from look to look: altimetry and its step (an
assumption, of the order of what airspace with reduced vertical separation asks of aircraft)."""


@kernel
def ring_stations(
    site: NDArray[np.float64], receivers: int, baseline_m: float, out: NDArray[np.float64]
) -> None:
    """Write the ECEF positions out[receivers, 3] of a site's receivers: the site's own, then the ring from north on."""
    for i in range(receivers):
        east, north, up = 0.0, 0.0, 0.0
        if i > 0:
            bearing = 2.0 * math.pi * (i - 1) / (receivers - 1)
            east, north = baseline_m * math.sin(bearing), baseline_m * math.cos(bearing)
            up = -baseline_m * baseline_m / (2.0 * MEAN_RADIUS_M)
        for a in range(3):
            out[i, a] = (
                site[X + a]
                + site[ROTATION + a] * east
                + site[ROTATION + 3 + a] * north
                + site[ROTATION + 6 + a] * up
            )


@kernel
def fix_transponder(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    sensor: int,
    key: np.uint32,
    look: np.uint32,
    state: NDArray[np.float64],
    k0: np.uint32,
    k1: np.uint32,
    z: NDArray[np.float64],
    sigma: NDArray[np.float64],
) -> bool:
    """Write what a ring of receivers finds of a transponder at `state` into z[4] and sigma[4]; False where nothing.

    Range (m), bearing in [0, 2 pi) and elevation (rad) at the site; range rate is NaN. The sigmas are the square roots
    of the covariance's diagonal in these co-ordinates, so that their errors hang together as those of a radar do not.
    Draws are keyed by (ARRIVAL_TIME, sensor with the ordinal of the pair, object key, look).
    """
    receivers = min(int(physics[RECEIVERS]), MAX_STATIONS)
    stations = np.empty((receivers, 3))
    ring_stations(site, receivers, physics[BASELINE], stations)
    sigma_m = physics[SIGMA_TIME] * SPEED_OF_LIGHT_MPS
    arrival_m, sigmas_m, residual_m = np.empty(receivers), np.empty(receivers), np.empty(receivers)
    error = (0.0, 0.0)
    for i in range(receivers):
        if i % 2 == 0:
            error = normal_pair(k0, k1, ARRIVAL_TIME, np.uint32(sensor | (i // 2 << 12)), key, look)
        dx, dy, dz = state[0] - stations[i, 0], state[1] - stations[i, 1], state[2] - stations[i, 2]
        arrival_m[i] = math.sqrt(dx * dx + dy * dy + dz * dz) + sigma_m * error[i % 2]
        sigmas_m[i] = sigma_m
    altimetry, _ = normal_pair(k0, k1, ARRIVAL_TIME, np.uint32(sensor | (15 << 12)), key, look)
    _, _, height_m = geodetic_from_ecef(state[0], state[1], state[2])
    reported_m = height_m + HEIGHT_SIGMA_M * altimetry
    pos, cov = np.empty(3), np.empty((3, 3))
    status, _ = locate(stations, arrival_m, sigmas_m, reported_m, HEIGHT_SIGMA_M, 0.0, pos, cov, residual_m)
    if status != SOLVED:
        return False
    z[0], z[1], z[2] = seen_from(site, pos)
    z[3], sigma[3] = math.nan, math.nan
    rot = site[ROTATION : ROTATION + 9].copy().reshape(3, 3)
    spread = np.empty((3, 3))
    position_spread(z[0], z[1], z[2], rot, spread)
    for c in range(3):
        # The columns are at right angles: the inverse has their transpose over their squared lengths.
        length2, variance = 0.0, 0.0
        for a in range(3):
            length2 += spread[a, c] * spread[a, c]
            for b in range(3):
                variance += spread[a, c] * cov[a, b] * spread[b, c]
        if not length2 > 0.0:
            return False
        sigma[c] = math.sqrt(variance) / length2
    return True
