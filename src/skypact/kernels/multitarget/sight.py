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
from skypact.kernels.multitarget.inline import hold, inlined
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
    Scan,
)
from skypact.kernels.multitarget.measurement import measure, measured_size, place
from skypact.kernels.multitarget.update import innovate, innovation, linearise

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
    scan: Scan,
    shape: NDArray[np.int64],
    noises: NDArray[np.float64],
    gate: float,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    tracks: int,
    sight: Sight,
    work: NDArray[np.float64],
) -> None:
    """Write what a scan's sensor would measure of the first tracks and widen their boxes.

    mean [T, M, n] and cov [T, M, n, n] are the tracks'; noises [1, m, m] or [T, m, m] the measurement's covariance, for
    all or for each; `gate` the distance in sigmas that the box is for.
    """
    kind, sensor = scan.kind, scan.sensor
    m, d, size = noises.shape[1], shape[DIMS], mean.shape[2]
    if form == EXTENDED and _measures_place(kind, d):
        _see_places(kind, sensor, shape, noises, gate, mean, cov, tracks, sight)
        return
    value, extra = np.zeros(MOST_MEASURED), np.zeros((MOST_MEASURED, MOST_MEASURED))
    rows, cross = np.zeros((MOST_MEASURED, size)), np.zeros((size, MOST_MEASURED))
    inverse, blank = np.zeros((MOST_MEASURED, MOST_MEASURED)), np.zeros((MOST_MEASURED, MOST_MEASURED))
    reach, centre, spread = np.zeros(MOST_MEASURED), np.zeros(3), np.zeros((3, 3))
    values, inverses, logdets = sight.value, sight.inverse, sight.logdet
    low, high = sight.low, sight.high
    used, own = measured_size(kind, d), 1 if noises.shape[0] > 1 else 0
    for k in range(mean.shape[1]):
        for i in range(tracks):
            noise = noises[own * i]
            linearise(form, kind, sensor, shape, mean[i, k], cov[i, k], value, rows, extra, work)
            logdets[i, k] = innovation(m, rows, cov[i, k], noise, extra, cross, inverse)
            if not logdets[i, k] < np.inf:
                continue
            _enter(i, k, used, gate, noise, extra, value, rows, cross, inverse, values, inverses, reach)
            if not place(kind, sensor, d, value[:m], blank[:m, :m], centre, spread):
                centre[:] = np.nan
            _spread_reach(kind, sensor, value[0], reach)
            _widen(i, centre, reach, low, high)


@kernel
def _see_places(
    kind: int,
    sensor: NDArray[np.float64],
    shape: NDArray[np.int64],
    noises: NDArray[np.float64],
    gate: float,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    tracks: int,
    sight: Sight,
) -> None:
    """`see_tracks` for an extended filter and a sensor that tells the whole position: nothing is called in its loop."""
    m, d, size = noises.shape[1], shape[DIMS], mean.shape[2]
    value, extra = np.zeros(MOST_MEASURED), np.zeros((MOST_MEASURED, MOST_MEASURED))
    rows, cross = np.zeros((MOST_MEASURED, size)), np.zeros((size, MOST_MEASURED))
    inverse, reach = np.zeros((MOST_MEASURED, MOST_MEASURED)), np.zeros(MOST_MEASURED)
    values, inverses, logdets = sight.value, sight.inverse, sight.logdet
    low, high = sight.low, sight.high
    used, own = measured_size(kind, d), 1 if noises.shape[0] > 1 else 0
    for k in range(mean.shape[1]):
        for i in range(tracks):
            noise = noises[own * i]
            measure(kind, sensor, shape, mean[i, k], value, rows)
            logdets[i, k] = innovate(m, rows, cov[i, k], noise, extra, cross, inverse)
            if logdets[i, k] < np.inf:
                _enter(i, k, used, gate, noise, extra, value, rows, cross, inverse, values, inverses, reach)
                _spread_reach(kind, sensor, value[0], reach)
                _widen(i, mean[i, k], reach, low, high)
    hold((sensor, shape, noises, mean, cov, value, extra, rows, cross, inverse, reach))
    hold((values, inverses, logdets, low, high))


@inlined
def _enter(
    i: int,
    k: int,
    used: int,
    gate: float,
    noise: NDArray[np.float64],
    extra: NDArray[np.float64],
    value: NDArray[np.float64],
    rows: NDArray[np.float64],
    cross: NDArray[np.float64],
    inverse: NDArray[np.float64],
    values: NDArray[np.float64],
    inverses: NDArray[np.float64],
    reach: NDArray[np.float64],
) -> None:
    """Enter what track i's mode k shows, and write how far each component can be from it at the gate."""
    for a in range(noise.shape[0]):
        values[i, k, a] = value[a]
        variance = noise[a, a] + extra[a, a]
        for b in range(used):
            variance += rows[a, b] * cross[b, a]
        reach[a] = gate * math.sqrt(variance) if variance >= 0.0 else np.inf
        for b in range(noise.shape[0]):
            inverses[i, k, a, b] = inverse[a, b]
    hold((noise, extra, value, rows, cross, inverse, values, inverses, reach))


@inlined
def _widen(
    i: int,
    centre: NDArray[np.float64],
    reach: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> None:
    """Widen track i's box by what lies within reach of a centre; what is not a number opens it."""
    for a in range(low.shape[1]):
        least, most = centre[a] - reach[a], centre[a] + reach[a]
        low[i, a] = min(low[i, a], least) if not math.isnan(least) else -np.inf
        high[i, a] = max(high[i, a], most) if not math.isnan(most) else np.inf
    hold((centre, reach, low, high))


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
    mode: NDArray[np.float64],
    left: NDArray[np.float64],
    loglik: NDArray[np.float64],
) -> float:
    """Squared Mahalanobis distance of detection j from track i's nearest mode; writes log likelihoods [M].

    A mode without a chance, by mode [T, M], is far from everything: it is not to bring its track a detection.
    """
    value, inverse, logdet = sight.value, sight.inverse, sight.logdet
    m = z.shape[1]
    nearest = np.inf
    for k in range(loglik.size):
        loglik[k] = -np.inf
        if not (logdet[i, k] < np.inf and mode[i, k] > 0.0):
            continue
        for a in range(m):
            left[a] = z[j, a] - value[i, k, a]
            if a == bearing:
                left[a] = wrap(left[a])
        d2 = 0.0
        for a in range(m):
            total = 0.0
            for b in range(m):
                total += inverse[i, k, a, b] * left[b]
            d2 += left[a] * total
        if d2 >= 0.0 and d2 < np.inf:
            loglik[k] = -0.5 * (d2 + logdet[i, k] + m * LOG_TWO_PI)
            nearest = min(nearest, d2)
    hold((value, inverse, logdet, z, mode, left, loglik))
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
