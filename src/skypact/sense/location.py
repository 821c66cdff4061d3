"""Where aircraft were, from times of arrival that real or simulated stations recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.earth.frame import ecef_from_geodetic
from skypact.kernels.multilateration import (
    AMBIGUOUS,
    NOT_CONVERGED,
    SINGULAR,
    SOLVED,
    SPEED_OF_LIGHT_MPS,
    TOO_FEW,
    locate_rows,
    predicted_rows,
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
}
"""What became of a message, by its status."""

_PASSES = 30


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
    """[n] sum of the squares of the residuals over their sigmas"""
    residual_m: F8
    """[k] measured less fitted"""


@dataclass(frozen=True, eq=False)
class StationErrors:
    """How the arrivals of m stations differ from those that the reported positions let expect."""

    offset_m: F8
    """median, late is positive; 0 where there are too few arrivals"""
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

    Medians in turn: of each message over its stations (its instant of sending), then of each station over its messages,
    until they rest (median polish: Tukey, "Exploratory data analysis", 1977, chapter 11).
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
    offset_m = np.zeros(m)
    rest_m = late_m
    for _ in range(_PASSES):
        rest_m = late_m - offset_m[station]
        rest_m = rest_m - _medians(rest_m, message, len(arrivals))[message]
        change_m = np.where(heard >= FEWEST_ARRIVALS, _medians(rest_m, station, m), 0.0)
        offset_m = offset_m + change_m
        if np.abs(change_m).max(initial=0.0) < 0.01:
            break
    spread_m = 1.4826 * _medians(np.abs(rest_m), station, m)
    return StationErrors(offset_m, np.where(heard > 0, spread_m, np.nan), heard)


def _medians(values: F8, group: I8, groups: int) -> F8:
    """Median of the values of each group, 0 where it has none."""
    order = np.lexsort((values, group))
    count = np.bincount(group, minlength=groups)
    begin = np.concatenate([[0], np.cumsum(count)[:-1]])
    ordered = np.append(values[order], 0.0)
    low, high = begin + np.maximum(count - 1, 0) // 2, begin + count // 2
    middle: F8 = np.where(count > 0, 0.5 * (ordered[low] + ordered[np.minimum(high, len(values))]), 0.0)
    return middle
