"""Where aircraft were, from times of arrival that real or simulated stations recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from skypact.earth.frame import ecef_from_geodetic
from skypact.kernels.arrivalrows import locate_rows, predicted_rows
from skypact.kernels.multilateration import (
    AMBIGUOUS,
    HUBER,
    NOT_CONVERGED,
    SINGULAR,
    SOLVED,
    SPEED_OF_LIGHT_MPS,
    TOO_FEW,
    UNFIT,
)
from skypact.model.arrival import Arrivals, Stations
from skypact.model.network import B1, F8, I8, U1

STANDARD_REFRACTIVITY = 3.15e-4
"""Refractive index less one of average air at sea level (ITU-R P.453-14, section 3)."""
FEWEST_ARRIVALS = 20
"""With fewer than these a station's offset is not estimated but taken as 0."""
OUTCOMES = {
    SOLVED: "located",
    TOO_FEW: "too few stations",
    SINGULAR: "stations in a line",
    NOT_CONVERGED: "not converged",
    AMBIGUOUS: "two positions possible",
    UNFIT: "times do not agree",
}
"""What became of a message, by its status."""

_PASSES = 100
_REST_M = 0.01


@dataclass(frozen=True, eq=False)
class Located:
    """Positions of n messages and residuals of their k arrivals, NaN where there are none."""

    status: U1
    """key of OUTCOMES"""
    pos_ecef_m: F8
    """[n, 3]"""
    cov_ecef_m2: F8
    """[n, 3, 3] by the sigmas given"""
    misfit: F8
    """[n] sum of the squares of the residuals over their sigmas; also of what was rejected as unfit"""
    residual_m: F8
    """[k] measured less fitted"""


@dataclass(frozen=True, eq=False)
class StationErrors:
    """How the arrivals of m stations differ from those that the reported positions let expect."""

    offset_m: F8
    """late is positive; against the median of the stations that share messages with it, 0 where there are too few"""
    sigma_m: F8
    """one-sigma error of the offset if the arrivals err independently; NaN where none is estimated"""
    spread_m: F8
    """one sigma from the median absolute deviation; NaN without arrivals"""
    count: I8


def locate_messages(
    arrivals: Arrivals,
    stations: Stations,
    height_m: F8,
    height_sigma_m: F8,
    refractivity: float = STANDARD_REFRACTIVITY,
    sigma_s: float = 50e-9,
    offset_m: F8 | None = None,
) -> Located:
    """The position of every message.

    Args:
        arrivals: n messages with k arrivals.
        stations: m stations.
        height_m: f8[n] heights above the ellipsoid that help.
        height_sigma_m: f8[n] their one-sigma errors, 0 where there is none.
        refractivity: of the air at sea level, 0 for a vacuum.
        sigma_s: one-sigma error of a time of arrival.
        offset_m: f8[m] by how much each station is late (time times speed of light), None for not at all.
    """
    n, k = len(arrivals), len(arrivals.t_ns)
    located = Located(np.empty(n, np.uint8), np.empty((n, 3)), np.empty((n, 3, 3)), np.empty(n), np.empty(k))
    locate_rows(
        stations.pos_ecef_m,
        arrivals.first,
        arrivals.station,
        arrival_lengths(arrivals, offset_m),
        np.full(k, sigma_s * SPEED_OF_LIGHT_MPS),
        np.where(height_sigma_m > 0.0, height_m, 0.0),
        height_sigma_m,
        refractivity,
        located.status,
        located.misfit,
        located.pos_ecef_m,
        located.cov_ecef_m2,
        located.residual_m,
    )
    return located


def arrival_lengths(arrivals: Arrivals, offset_m: F8 | None = None) -> F8:
    """f8[k] times of arrival after the message's first station, as lengths (m), less the stations' offsets.

    Differences are taken in whole nanoseconds, so that no digit of a long count is lost.
    """
    start_ns = np.repeat(arrivals.t_ns[arrivals.first[:-1]], np.diff(arrivals.first))
    length_m: F8 = (arrivals.t_ns - start_ns).astype(np.float64) * (1e-9 * SPEED_OF_LIGHT_MPS)
    return length_m if offset_m is None else length_m - offset_m[arrivals.station]


def station_errors(arrivals: Arrivals, stations: Stations, refractivity: float, rows: B1) -> StationErrors:
    """How late each station is against the positions that the messages of `rows` (b1[n]) report.

    An arrival is late by its message (the instant of sending) and its station. Both are found by least squares with
    Huber's weights (Huber, "Robust statistics", 1981, section 7), the messages' parts eliminated. Offsets have no
    common zero: within each set of stations that messages tie together their median is 0.
    """
    m, count = len(stations.number), np.diff(arrivals.first)
    reported = np.isfinite(arrivals.height_m) & np.isfinite(arrivals.lat_rad + arrivals.lon_rad)
    expected_m = np.empty(len(arrivals.t_ns))
    pos = ecef_from_geodetic(arrivals.lat_rad, arrivals.lon_rad, np.nan_to_num(arrivals.height_m))
    predicted_rows(stations.pos_ecef_m, arrivals.first, arrivals.station, pos, refractivity, expected_m)
    message = np.repeat(np.arange(len(arrivals)), count)
    use = np.flatnonzero((rows & reported)[message])
    message, station = message[use], arrivals.station[use].astype(np.int64)
    late_m = (arrival_lengths(arrivals) - expected_m)[use]
    heard: I8 = np.bincount(station, minlength=m)
    known = np.flatnonzero(heard >= FEWEST_ARRIVALS)
    offset_m, sigma_m, weight = np.zeros(m), np.full(m, np.nan), np.zeros(len(use))
    told = np.isin(station, known)
    told &= np.bincount(message, told, minlength=len(arrivals))[message] > 1.0
    if told.any():
        column = np.searchsorted(known, station[told])
        offset_m[known], sigma_m[known], weight[told] = _two_ways(
            late_m[told], message[told], column, len(known)
        )
    weight[np.bincount(message, weight, minlength=len(arrivals))[message] == 0.0] = 1.0
    rest_m = late_m - offset_m[station]
    rest_m = rest_m - _means(rest_m, weight, message, len(arrivals))[message]
    spread_m = 1.4826 * _medians(np.abs(rest_m), station, m)
    return StationErrors(offset_m, sigma_m, np.where(heard > 0, spread_m, np.nan), heard)


def _two_ways(late_m: F8, message: I8, station: I8, m: int) -> tuple[F8, F8, F8]:
    """Offsets of m stations, their one-sigma errors, and the weights of arrivals that are late by message and station.

    With the weights W [messages, stations] the offsets solve N o = g, N = diag(W' 1) - W' diag(1 / W 1) W. N takes
    nothing of a shift of stations that messages tie together: for each such set its mean is held.
    """
    _, message = np.unique(message, return_inverse=True)
    shape = (int(message.max()) + 1, m)
    rest_m = late_m - _medians(late_m, message, shape[0])[message]
    offset_m = np.zeros(m)
    freedom = max(len(late_m) - shape[0] - m + 1, 1) / len(late_m)  # what is fitted makes residuals smaller
    for _ in range(_PASSES):
        scale_m = max(1.4826 * float(np.median(np.abs(rest_m))) / np.sqrt(freedom), _REST_M)
        weight = np.minimum(1.0, HUBER * scale_m / np.maximum(np.abs(rest_m), _REST_M))
        table = csr_array((weight, (message, station)), shape=shape)
        total = table.sum(axis=1)
        share = csr_array((weight / total[message], (message, station)), shape=shape)
        normal = np.diag(table.sum(axis=0)) - (table.T @ share).toarray()
        _, tied = connected_components(csr_array(np.abs(normal) > 0.0), directed=False)
        held = (tied[:, None] == tied[None, :]) / np.bincount(tied)[tied]
        mean_m = _means(late_m, weight, message, shape[0])
        right_m = np.bincount(station, weight * (late_m - mean_m[message]), minlength=m)
        inverse = np.linalg.inv(normal + held) - held
        before_m, offset_m = offset_m, inverse @ right_m
        rest_m = late_m - offset_m[station]
        rest_m = rest_m - _means(rest_m, weight, message, shape[0])[message]
        if np.abs(offset_m - before_m).max() < _REST_M:
            break
    # The variance of Huber's estimate (his section 7.6): mean square influence over the share of the core.
    core = float((weight == 1.0).mean())
    variance_m2 = float(np.mean((weight * rest_m) ** 2)) / freedom * float(weight.mean()) / core**2
    sigma_m = np.sqrt(variance_m2 * np.maximum(inverse.diagonal(), 0.0))
    offset_m = offset_m - _medians(offset_m, tied.astype(np.int64), int(tied.max()) + 1)[tied]
    return offset_m, np.where(np.bincount(tied)[tied] > 1, sigma_m, np.nan), weight


def _means(values: F8, weight: F8, group: I8, groups: int) -> F8:
    """Weighted mean of the values of each group, 0 where it has none."""
    total = np.bincount(group, weight, minlength=groups)
    mean: F8 = np.bincount(group, weight * values, minlength=groups) / np.where(total > 0.0, total, 1.0)
    return mean


def _medians(values: F8, group: I8, groups: int) -> F8:
    """Median of the values of each group, 0 where it has none."""
    order = np.lexsort((values, group))
    count = np.bincount(group, minlength=groups)
    begin = np.concatenate([[0], np.cumsum(count)[:-1]])
    ordered = np.append(values[order], 0.0)
    low, high = begin + np.maximum(count - 1, 0) // 2, begin + count // 2
    middle: F8 = np.where(count > 0, 0.5 * (ordered[low] + ordered[np.minimum(high, len(values))]), 0.0)
    return middle
