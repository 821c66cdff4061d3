"""What a detection reports: random error, bias, clock, transponder code, number.

Each draw is keyed by (purpose, sensor, object key, look).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.detectability import RESOLUTION_PER_FLOOR, decibel, random_error, received_power
from skypact.kernels.jit import kernel
from skypact.kernels.looks import (
    ACOUSTIC,
    BEAM_AZIMUTH,
    BEAM_ELEVATION,
    BIAS_BEARING,
    BIAS_CLOCK,
    BIAS_ELEVATION,
    BIAS_RANGE,
    CODE_PROBABILITY,
    COOPERATIVE,
    INFRARED,
    KIND,
    MEASURES_ELEVATION,
    RADAR,
    SIGMA_BEARING,
    SIGMA_ELEVATION,
    SIGMA_RANGE,
    SWERLING,
    Paths,
)
from skypact.kernels.random import BIAS, MEASUREMENT, MEASUREMENT_2, normal_pair

MAX_SENSORS = 4096
MAX_LOOK = 262_144
"""Looks beyond this number either side of zero have no identity."""

_TWO_PI = 2.0 * math.pi
_LEAST_COSINE = 0.05
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
    site: NDArray[np.float64], elevation_rad: float, snr: float, sigma: NDArray[np.float64]
) -> None:
    """Fill sigma[4] of a detection: NaN where the sensor's kind does not measure.

    A radar's errors follow `random_error`; its bearing error is that across the beam over the cosine of elevation
    (held above 0.05). The other kinds have their table's errors of range, bearing and elevation themselves.
    """
    kind = int(site[KIND])
    sigma[0] = site[SIGMA_RANGE]
    sigma[1] = site[SIGMA_BEARING]
    sigma[2] = site[SIGMA_ELEVATION]
    if kind == RADAR:
        sigma[0] = random_error(sigma[0], RESOLUTION_PER_FLOOR * sigma[0], snr)
        across = random_error(sigma[1], site[BEAM_AZIMUTH], snr)
        sigma[1] = across / max(math.cos(elevation_rad), _LEAST_COSINE)
        sigma[2] = random_error(sigma[2], site[BEAM_ELEVATION], snr)
    sigma[3] = math.nan
    if kind in (INFRARED, ACOUSTIC):
        sigma[0] = math.nan
    if kind == ACOUSTIC or (kind == RADAR and site[MEASURES_ELEVATION] == 0.0):
        sigma[2] = math.nan


@kernel
def measure(
    site: NDArray[np.float64],
    sensor: int,
    word: np.uint32,
    look: np.uint32,
    range_m: float,
    bearing_rad: float,
    elevation_rad: float,
    k0: np.uint32,
    k1: np.uint32,
    sigma: NDArray[np.float64],
    z: NDArray[np.float64],
) -> None:
    """Fill z[4]: truth, the sensor's bias (none for a position that the object itself reports) and noise."""
    own = 0.0 if int(site[KIND]) == COOPERATIVE else 1.0
    n0, n1 = normal_pair(k0, k1, MEASUREMENT, np.uint32(sensor), word, look)
    n2, _ = normal_pair(k0, k1, MEASUREMENT_2, np.uint32(sensor), word, look)
    z[0] = range_m + own * site[BIAS_RANGE] + sigma[0] * n0
    bearing = bearing_rad + own * site[BIAS_BEARING] + sigma[1] * n1
    z[1] = bearing - _TWO_PI * math.floor(bearing / _TWO_PI)
    z[2] = elevation_rad + own * site[BIAS_ELEVATION] + sigma[2] * n2
    z[3] = math.nan


@kernel
def clock_ns(t_s: float, error_s: float) -> int:
    """What a clock with an error (s) reads at an instant (s), in nanoseconds."""
    return int(math.floor((t_s + error_s) * 1e9 + 0.5))


@kernel
def write_detection(
    site: NDArray[np.float64],
    sensor: int,
    paths: Paths,
    i: int,
    look: int,
    t_s: float,
    range_m: float,
    bearing_rad: float,
    elevation_rad: float,
    draw: float,
    snr: float,
    read: float,
    k0: np.uint32,
    k1: np.uint32,
    rows: Rows,
    n: int,
) -> None:
    """Write into row n what a look that detected object i reports; `draw`, `read`: the look's uniforms."""
    kind = int(site[KIND])
    key = paths.key[i]
    received = 1.0
    rows.snr_db[n] = math.nan
    if kind == RADAR:
        received = received_power(draw, snr, int(site[SWERLING])) - 1.0
        rows.snr_db[n] = decibel(received)
    random_errors(site, elevation_rad, received, rows.sigma[n])
    measure(
        site,
        sensor,
        key,
        np.uint32(look & 0xFFFFFFFF),
        range_m,
        bearing_rad,
        elevation_rad,
        k0,
        k1,
        rows.sigma[n],
        rows.z[n],
    )
    known = kind == COOPERATIVE or (kind == RADAR and read < site[CODE_PROBABILITY])
    rows.t_ns[n] = clock_ns(t_s, site[BIAS_CLOCK])
    rows.sensor[n] = sensor
    rows.code[n] = paths.code[i] if known else np.uint32(0)
    rows.detection_id[n] = identity(sensor, look, key, False, k0, k1)
    rows.object[n] = i
