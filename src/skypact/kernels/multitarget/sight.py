"""What a sensor would measure of each track, how far a detection is from it, and where detections of it can lie.

A detection that passes the gate g has |z_i - h_i| <= g sqrt(S_ii) in every component, so that it lies within a known
distance of where the track expects it, in a box. Loops run over all tracks inside a kernel: a call costs more than
the arithmetic of one track.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.inline import inlined
from skypact.kernels.multitarget.layout import (
    BEARING,
    BEARING_ELEVATION,
    BIAS,
    DIMS,
    EXTENDED,
    MOST_MEASURED,
    NEW_RANGE,
    POSITION,
    RANGE_BEARING,
    RANGE_BEARING_ELEVATION,
    RANGE_BEARING_ELEVATION_RATE,
    RANGE_BEARING_RATE,
    RANGE_DIFFERENCE,
)
from skypact.kernels.multitarget.measurement import measured_size, place
from skypact.kernels.multitarget.update import innovation, linearise

TWO_PI = 2.0 * math.pi
LOG_TWO_PI = math.log(TWO_PI)


class Sight(NamedTuple):
    """What a sensor would measure of each track, by mode, and where detections of it can lie."""

    value: NDArray[np.float64]
    """[T, M, m]"""
    inverse: NDArray[np.float64]
    """[T, M, m, m] of the innovation covariance"""
    logdet: NDArray[np.float64]
    """[T, M] of it, +inf where the mode cannot be used"""
    low: NDArray[np.float64]
    """[T, d] corners of the box that holds the place of every detection that some mode's gate passes"""
    high: NDArray[np.float64]


@kernel
def new_sight(tracks: int, modes: int, d: int, m: int) -> Sight:
    """Room for a number of tracks and m components measured; boxes empty."""
    return Sight(
        np.empty((tracks, modes, m)),
        np.empty((tracks, modes, m, m)),
        np.empty((tracks, modes)),
        np.full((tracks, d), np.inf),
        np.full((tracks, d), -np.inf),
    )


@kernel
def see_tracks(
    form: int,
    kind: int,
    sensor: NDArray[np.float64],
    shape: NDArray[np.int64],
    noise: NDArray[np.float64],
    gate: float,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    tracks: int,
    sight: Sight,
    work: NDArray[np.float64],
) -> None:
    """Write what a sensor would measure of the first tracks and widen their boxes.

    mean [T, M, n] and cov [T, M, n, n] are the tracks'; noise [m, m] is the measurement's covariance,
    `gate` the distance in sigmas that the box is for.
    """
    m, d, size = noise.shape[0], shape[DIMS], mean.shape[2]
    value, extra = np.zeros(MOST_MEASURED), np.zeros((MOST_MEASURED, MOST_MEASURED))
    rows, cross = np.zeros((MOST_MEASURED, size)), np.zeros((size, MOST_MEASURED))
    inverse, blank = np.zeros((MOST_MEASURED, MOST_MEASURED)), np.zeros((MOST_MEASURED, MOST_MEASURED))
    reach, centre, spread = np.zeros(MOST_MEASURED), np.zeros(3), np.zeros((3, 3))
    values, inverses, logdets = sight.value, sight.inverse, sight.logdet
    low, high = sight.low, sight.high
    own_place = form == EXTENDED and _measures_place(kind, d)
    used = measured_size(kind, d)
    for k in range(mean.shape[1]):
        for i in range(tracks):
            linearise(form, kind, sensor, shape, mean[i, k], cov[i, k], value, rows, extra, work)
            logdet = innovation(m, rows, cov[i, k], noise, extra, cross, inverse)
            logdets[i, k] = logdet
            if not logdet < np.inf:
                continue
            for a in range(m):
                values[i, k, a] = value[a]
                variance = noise[a, a] + extra[a, a]
                for b in range(used):
                    variance += rows[a, b] * cross[b, a]
                reach[a] = gate * math.sqrt(variance) if variance >= 0.0 else np.inf
                for b in range(m):
                    inverses[i, k, a, b] = inverse[a, b]
            if own_place:
                for a in range(d):
                    centre[a] = mean[i, k, a]
            elif not place(kind, sensor, d, value[:m], blank[:m, :m], centre, spread):
                centre[:] = np.nan
            _spread_reach(kind, sensor, value[0], reach)
            for a in range(d):
                # what is not a number opens the box
                least, most = centre[a] - reach[a], centre[a] + reach[a]
                low[i, a] = min(low[i, a], least) if not math.isnan(least) else -np.inf
                high[i, a] = max(high[i, a], most) if not math.isnan(most) else np.inf


@inlined
def _measures_place(kind: int, d: int) -> bool:
    """Whether a measurement without error tells the whole position."""
    flat = kind in (RANGE_BEARING, RANGE_BEARING_RATE)
    solid = kind in (RANGE_BEARING_ELEVATION, RANGE_BEARING_ELEVATION_RATE)
    return kind == POSITION or solid or (flat and d == 2)


@inlined
def _spread_reach(kind: int, sensor: NDArray[np.float64], first: float, reach: NDArray[np.float64]) -> None:
    """Turn the greatest differences by component into one distance for every axis.

    Two directions whose bearings and elevations differ by b and e are at most b + e apart, so that places at ranges
    r and r + a are at most a + r min(2, b + e) apart.
    """
    if kind == POSITION:
        return
    if kind in (BEARING, BEARING_ELEVATION):
        span = sensor[NEW_RANGE] * min(2.0, reach[0] + (reach[1] if kind == BEARING_ELEVATION else 0.0))
    else:
        raised = kind in (RANGE_BEARING_ELEVATION, RANGE_BEARING_ELEVATION_RATE)
        angle = reach[1] + (reach[2] if raised else 0.0)
        span = reach[0] + abs(first - sensor[BIAS]) * min(2.0, angle)
    reach[0] = span
    reach[1] = span
    reach[2] = span


@inlined
def bearing_at(kind: int) -> int:
    """Which component is a bearing, which wraps around; -1 for none."""
    if kind in (POSITION, RANGE_DIFFERENCE):
        return -1
    return 0 if kind in (BEARING, BEARING_ELEVATION) else 1


@inlined
def wrap(angle: float) -> float:
    """The angle in [-pi, pi)."""
    return angle if abs(angle) < math.pi else angle - TWO_PI * math.floor((angle + math.pi) / TWO_PI)


@inlined
def compare(
    bearing: int,
    z: NDArray[np.float64],
    j: int,
    sight: Sight,
    i: int,
    left: NDArray[np.float64],
    loglik: NDArray[np.float64],
) -> float:
    """Squared Mahalanobis distance of detection j from track i's nearest mode; writes log likelihoods [M]."""
    m = z.shape[1]
    nearest = np.inf
    for k in range(loglik.size):
        loglik[k] = -np.inf
        if not sight.logdet[i, k] < np.inf:
            continue
        for a in range(m):
            left[a] = z[j, a] - sight.value[i, k, a]
            if a == bearing:
                left[a] = wrap(left[a])
        d2 = 0.0
        for a in range(m):
            total = 0.0
            for b in range(m):
                total += sight.inverse[i, k, a, b] * left[b]
            d2 += left[a] * total
        if d2 >= 0.0 and d2 < np.inf:
            loglik[k] = -0.5 * (d2 + sight.logdet[i, k] + m * LOG_TWO_PI)
            nearest = min(nearest, d2)
    return nearest


@inlined
def mixture_loglik(mode: NDArray[np.float64], i: int, loglik: NDArray[np.float64]) -> float:
    """Log likelihood of track i's mode mixture from that of each mode; -inf where no mode explains the detection."""
    most = -np.inf
    for k in range(loglik.size):
        if mode[i, k] > 0.0:
            most = max(most, loglik[k])
    if loglik.size == 1 or most == -np.inf:
        return most
    total = 0.0
    for k in range(loglik.size):
        if mode[i, k] > 0.0:
            total += mode[i, k] * math.exp(loglik[k] - most)
    return most + math.log(total)
