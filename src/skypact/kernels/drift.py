"""Biases that wander slowly: a stationary random process that can be evaluated at any instant alone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.looks import (
    BIAS_CLOCK,
    DRIFT_BEARING,
    DRIFT_CLOCK,
    DRIFT_ELEVATION,
    DRIFT_RANGE,
    DRIFT_TIME,
)
from skypact.kernels.random import DRIFT, normal_pair, uniform

_ONE_NS = 1e9
_SHIFT = np.uint32(2)  # after the pairs 0 and 1


@kernel
def wander(
    sensor: int, pair: int, t_s: float, drift_time_s: float, k0: np.uint32, k1: np.uint32
) -> tuple[float, float]:
    """Two independent processes of unit variance at an instant: number `pair` of a sensor's.

    Knots lie drift_time_s apart and each has a standard normal n keyed by (DRIFT, sensor, knot, pair); between them
    w(t) = cos(phi) n_k + sin(phi) n_(k+1), phi from 0 to pi / 2 with the fraction of the interval. The variance is 1
    at all t; instants more than two intervals apart are independent. Where the knots lie is uniform, keyed by (DRIFT,
    sensor): over runs the process is stationary, and sensors have no knots in common.
    """
    turns = t_s / drift_time_s + uniform(k0, k1, DRIFT, np.uint32(sensor), np.uint32(0), _SHIFT)
    knot = math.floor(turns)
    phi = 0.5 * math.pi * (turns - knot)
    word = np.uint32(int(knot) & 0xFFFFFFFF)
    after = np.uint32((int(knot) + 1) & 0xFFFFFFFF)
    a0, b0 = normal_pair(k0, k1, DRIFT, np.uint32(sensor), word, np.uint32(pair))
    a1, b1 = normal_pair(k0, k1, DRIFT, np.uint32(sensor), after, np.uint32(pair))
    cosine, sine = math.cos(phi), math.sin(phi)
    return cosine * a0 + sine * a1, cosine * b0 + sine * b1


@kernel
def drift(
    physics: NDArray[np.float64], sensor: int, t_s: float, k0: np.uint32, k1: np.uint32
) -> tuple[float, float, float]:
    """What the drift adds to range (m), bearing and elevation (rad) at an instant: 0 where the sensor has none."""
    if not (physics[DRIFT_RANGE] > 0.0 or physics[DRIFT_BEARING] > 0.0 or physics[DRIFT_ELEVATION] > 0.0):
        return 0.0, 0.0, 0.0
    in_range, in_bearing = wander(sensor, 0, t_s, physics[DRIFT_TIME], k0, k1)
    in_elevation, _ = wander(sensor, 1, t_s, physics[DRIFT_TIME], k0, k1)
    return (
        float(physics[DRIFT_RANGE] * in_range),
        float(physics[DRIFT_BEARING] * in_bearing),
        float(physics[DRIFT_ELEVATION] * in_elevation),
    )


@kernel
def clock_ns(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    sensor: int,
    t_s: float,
    k0: np.uint32,
    k1: np.uint32,
) -> int:
    """What a sensor's clock reads at a true instant, in nanoseconds: with its bias and its drift."""
    error_s = site[BIAS_CLOCK]
    if physics[DRIFT_CLOCK] > 0.0:
        _, in_clock = wander(sensor, 1, t_s, physics[DRIFT_TIME], k0, k1)
        error_s += physics[DRIFT_CLOCK] * in_clock
    return int(math.floor((t_s + error_s) * _ONE_NS + 0.5))
