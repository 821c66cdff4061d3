"""What a detection reports: random error, bias, clock, transponder code, number.

Each draw is keyed by (purpose, sensor, object key, look).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.detectability import decibel, random_error
from skypact.kernels.drift import clock_ns, drift
from skypact.kernels.jit import kernel
from skypact.kernels.looks import (
    ACOUSTIC,
    BEAM_AZIMUTH,
    BEAM_ELEVATION,
    BIAS_BEARING,
    BIAS_ELEVATION,
    BIAS_RANGE,
    CELL_RANGE,
    COOPERATIVE,
    DIRECTION,
    INFRARED,
    KIND,
    MEASURES_ELEVATION,
    RADAR,
    SIGMA_BEARING,
    SIGMA_ELEVATION,
    SIGMA_RANGE,
)
from skypact.kernels.random import BIAS, MEASUREMENT, MEASUREMENT_2, normal_pair
from skypact.kernels.resolution import LEAST_COSINE

MAX_SENSORS = 4096
MAX_LOOK = 262_144
"""Looks beyond this number either side of zero have no identity."""

_TWO_PI = 2.0 * math.pi
_M = np.uint64(0xD256D193)
_W = np.uint64(0x9E3779B9)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)


class Rows(NamedTuple):
    """Detections being written: arrays of one length."""

    t_ns: NDArray[np.int64]
    sensor: NDArray[np.uint16]
    z: NDArray[np.float64]
    sigma: NDArray[np.float64]
    snr_db: NDArray[np.float32]
    code: NDArray[np.uint32]
    detection_id: NDArray[np.uint64]
    object: NDArray[np.int32]
    frame: NDArray[np.int64]
    """The sensor's frame (revolution) that it counts in, and its true time: known to sensing alone."""
    t_s: NDArray[np.float64]


@kernel
def bias_rows(sigma: NDArray[np.float64], k0: np.uint32, k1: np.uint32, out: NDArray[np.float64]) -> None:
    """Fill out[S, 4] with normal draws of standard deviations `sigma`, keyed by sensor row and column pair."""
    for s in range(sigma.shape[0]):
        for pair in range(2):
            first, second = normal_pair(k0, k1, BIAS, np.uint32(s), np.uint32(pair), np.uint32(0))
            out[s, 2 * pair] = sigma[s, 2 * pair] * first
            out[s, 2 * pair + 1] = sigma[s, 2 * pair + 1] * second


@kernel
def philox_2x32(low: np.uint64, high: np.uint64, key: np.uint32) -> tuple[np.uint64, np.uint64]:
    """A bijection of two 32-bit words under a key: Philox 2x32-10 (Salmon et al., SC11, 2011)."""
    word = np.uint64(key)
    for _ in range(10):
        product = _M * low
        low = (product >> _32) ^ word ^ high
        high = product & _LOW
        word = (word + _W) & _LOW
    return low, high


@kernel
def identity(
    sensor: int, look: int, word: np.uint32, is_false: bool, k0: np.uint32, k1: np.uint32
) -> np.uint64:
    """A detection's number: unique in a run, and silent about the object.

    Object key or ordinal (32 bits) stands beside sensor (12), look (19) and falsity (1) without loss; two
    bijections under the run's key stir them, so that two events never share a number.
    """
    event = (sensor << 20) | ((look + MAX_LOOK) << 1) | (1 if is_false else 0)
    low, high = philox_2x32(np.uint64(word), np.uint64(event), k0)
    low, high = philox_2x32(low, high, k1)
    return (high << _32) | low


@kernel
def random_errors(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    range_m: float,
    elevation_rad: float,
    received: float,
    position_sigma_m: float,
    sigma: NDArray[np.float64],
) -> None:
    """Fill sigma[4] of a detection: NaN where the sensor's kind does not measure.

    A radar's errors follow `random_error` with its range cell and beam widths; its bearing error is that across the
    beam over the cosine of elevation (held above 0.05). What a cooperative receiver hears is as wrong as the object's
    own position (`position_sigma_m` each way, seen from the receiver) and, in quadrature, its table's errors. The
    other kinds have their table's errors themselves.
    """
    kind = int(site[KIND])
    sigma[0] = site[SIGMA_RANGE]
    sigma[1] = site[SIGMA_BEARING]
    sigma[2] = site[SIGMA_ELEVATION]
    across = max(math.cos(elevation_rad), LEAST_COSINE)
    if kind == RADAR:
        sigma[0] = random_error(sigma[0], physics[CELL_RANGE], received)
        sigma[1] = random_error(sigma[1], physics[BEAM_AZIMUTH], received) / across
        sigma[2] = random_error(sigma[2], physics[BEAM_ELEVATION], received)
    elif kind == COOPERATIVE:
        angle = position_sigma_m / max(range_m, 1.0)
        sigma[0] = math.sqrt(sigma[0] ** 2 + position_sigma_m**2)
        sigma[1] = math.sqrt(sigma[1] ** 2 + (angle / across) ** 2)
        sigma[2] = math.sqrt(sigma[2] ** 2 + angle**2)
    sigma[3] = math.nan
    if kind in (INFRARED, ACOUSTIC, DIRECTION):
        sigma[0] = math.nan
    if kind in (ACOUSTIC, DIRECTION) or (kind == RADAR and site[MEASURES_ELEVATION] == 0.0):
        sigma[2] = math.nan


@kernel
def measure(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    sensor: int,
    word: np.uint32,
    look: np.uint32,
    t_s: float,
    place: tuple[float, float, float],
    k0: np.uint32,
    k1: np.uint32,
    sigma: NDArray[np.float64],
    z: NDArray[np.float64],
) -> None:
    """Fill z[4] of an object at a place (range m, bearing and elevation rad): bias, drift and noise on top.

    A position that the object itself reports has no bias or drift of the receiver's.
    """
    n0, n1 = normal_pair(k0, k1, MEASUREMENT, np.uint32(sensor), word, look)
    n2, _ = normal_pair(k0, k1, MEASUREMENT_2, np.uint32(sensor), word, look)
    z[0] = place[0] + sigma[0] * n0
    z[1] = place[1] + sigma[1] * n1
    z[2] = place[2] + sigma[2] * n2
    z[3] = math.nan
    if int(site[KIND]) != COOPERATIVE:
        in_range, in_bearing, in_elevation = drift(physics, sensor, t_s, k0, k1)
        z[0] += site[BIAS_RANGE] + in_range
        z[1] += site[BIAS_BEARING] + in_bearing
        z[2] += site[BIAS_ELEVATION] + in_elevation
    z[1] -= _TWO_PI * math.floor(z[1] / _TWO_PI)


@kernel
def write_stamp(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    sensor: int,
    frame: int,
    t_s: float,
    received: float,
    k0: np.uint32,
    k1: np.uint32,
    rows: Rows,
    n: int,
) -> None:
    """Write into row n when a plot was made, by the sensor's clock and truly, by which sensor, and how strong it is.

    `received` is the power over the mean noise, less the noise: NaN for kinds that have none.
    """
    rows.t_ns[n] = clock_ns(site, physics, sensor, t_s, k0, k1)
    rows.sensor[n] = sensor
    rows.snr_db[n] = decibel(received)
    rows.frame[n] = frame
    rows.t_s[n] = t_s
