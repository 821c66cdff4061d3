"""Every message located in several ways, how far each is from ADS-B, and what limits it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import gammaincinv

from skypact.earth.frame import ecef_from_geodetic, rot_enu_from_ecef
from skypact.errors import UsageError
from skypact.kernels.multilateration import SOLVED, SPEED_OF_LIGHT_MPS, UNFIT
from skypact.model.arrival import Arrivals, Stations
from skypact.model.network import B1, F8, I8
from skypact.sense.location import (
    STANDARD_REFRACTIVITY,
    Located,
    StationErrors,
    locate_messages,
    station_errors,
)

FIRST_SIGMA_S = 50e-9
"""Timing error taken before the residuals have told it: some clocks of such receivers are good to 50 ns."""
GREATEST_SIGMA_S = 5e-6
"""With a larger timing error of the residuals nothing is located: such times are no nanoseconds, or other stations'."""
HEIGHT_SIGMA_M = 15.0
"""Of a height reported by satellite navigation."""
PRESSURE_SIGMA_M = 120.0
"""Of a barometric height taken as height above the ellipsoid: the weather and the geoid, not the altimeter."""
HEIGHTS = ("reported", "barometric", "none")
NEIGHBOUR_S = (3.0, 60.0)
"""An aircraft's course is read from its message nearest in time that is so far away."""
SLOWEST_MPS, FASTEST_MPS = 30.0, 350.0
"""Other speeds are taken for errors of the reports or of their times."""
PARTS = 4
"""A single file is calibrated by the other parts of it, so many by time."""


@dataclass(frozen=True)
class Variant:
    """One way to locate the messages."""

    height: str
    """one of HEIGHTS"""
    refractivity: float = STANDARD_REFRACTIVITY
    calibrated: bool = False

    @property
    def text(self) -> str:
        """What a reader calls it."""
        height = {"none": "no height", "barometric": "barometric height"}.get(self.height, "reported height")
        air = "" if self.refractivity > 0.0 else ", light as in a vacuum"
        return f"{height}{air}{', calibrated' if self.calibrated else ''}"


@dataclass(frozen=True, eq=False)
class Result:
    """One variant's positions against ADS-B; n messages, NaN where there is no position or nothing to compare."""

    variant: Variant
    located: Located
    sigma_s: float
    """one-sigma timing error that the residuals show"""
    error_enu_m: F8
    """[n, 3] found less reported; the third is NaN without a reported height"""
    cov_enu_m2: F8
    """[n, 3, 3]"""

    @property
    def horizontal_m(self) -> F8:
        """[n] length of the horizontal error."""
        length: F8 = np.hypot(self.error_enu_m[:, 0], self.error_enu_m[:, 1])
        return length

    @property
    def dilution(self) -> F8:
        """[n] horizontal dilution of precision: the error's one sigma over that of a time of arrival."""
        area = self.cov_enu_m2[:, 0, 0] + self.cov_enu_m2[:, 1, 1]
        ratio: F8 = np.sqrt(area) / (self.sigma_s * SPEED_OF_LIGHT_MPS)
        return ratio


@dataclass(frozen=True, eq=False)
class Study:
    """All of it."""

    arrivals: Arrivals
    stations: Stations
    results: tuple[Result, ...]
    """the first is that which was asked for"""
    errors: StationErrors
    """of the stations, over all messages"""
    along_m: F8
    """[n] of the first result's horizontal error, along the course ahead of the report; NaN where none is known"""
    across_m: F8
    across_sigma_m: F8
    """one sigma of the latter by the solution's own covariance"""
    speed_mps: F8

    @property
    def lag_s(self) -> F8:
        """[n] how old each reported position seems."""
        lag: F8 = self.along_m / self.speed_mps
        return lag


def study(arrivals: Arrivals, stations: Stations, height: str, calibrate: bool) -> Study:
    """The messages located as asked and in the other ways that show what matters.

    Raises:
        UsageError: the times of arrival do not fit the places of the stations.
    """
    ways = [Variant(height, calibrated=calibrate)]
    ways += [Variant(other, calibrated=calibrate) for other in HEIGHTS if other != height]
    ways.append(Variant(height, 0.0, calibrate))
    if calibrate:
        ways.append(Variant(height))
    everything = np.ones(len(arrivals), np.bool_)
    results = tuple(_result(arrivals, stations, way) for way in ways)
    course, speed = _courses(arrivals)
    error, cov = results[0].error_enu_m[:, :2], results[0].cov_enu_m2[:, :2, :2]
    left = np.stack([-course[:, 1], course[:, 0]], axis=1)
    errors = station_errors(arrivals, stations, STANDARD_REFRACTIVITY, everything)
    return Study(
        arrivals=arrivals,
        stations=stations,
        results=results,
        errors=errors,
        along_m=np.einsum("ni,ni->n", error, course),
        across_m=np.einsum("ni,ni->n", error, left),
        across_sigma_m=np.sqrt(np.einsum("ni,nij,nj->n", left, cov, left)),
        speed_mps=speed,
    )


def _result(arrivals: Arrivals, stations: Stations, variant: Variant) -> Result:
    """Located twice: the first residuals tell the timing error that the second takes."""
    offsets = offsets_by_part(arrivals, stations, variant)
    sigma_s = FIRST_SIGMA_S
    located = _located(arrivals, stations, variant, sigma_s, offsets)
    sigma_s *= _scale(located, np.diff(arrivals.first), _heights(arrivals, variant)[1] > 0.0)
    if sigma_s > GREATEST_SIGMA_S:
        raise UsageError(
            "times of arrival",
            f"they do not fit the stations' places: residuals of {1e6 * sigma_s:,.0f} microseconds",
            "Are they nanoseconds, and the stations theirs?",
        )
    located = _located(arrivals, stations, variant, sigma_s, offsets)
    rot = rot_enu_from_ecef(np.nan_to_num(arrivals.lat_rad), np.nan_to_num(arrivals.lon_rad))
    known = np.isfinite(arrivals.height_m)
    height_m = np.where(known, arrivals.height_m, np.nan_to_num(arrivals.pressure_height_m))
    reported = ecef_from_geodetic(arrivals.lat_rad, arrivals.lon_rad, height_m)
    error = np.einsum("nij,nj->ni", rot, located.pos_ecef_m - reported)
    error[~known, 2] = np.nan
    cov = np.einsum("nij,njk,nlk->nil", rot, located.cov_ecef_m2, rot)
    return Result(variant, located, sigma_s, error, cov)


def _heights(arrivals: Arrivals, variant: Variant) -> tuple[F8, F8]:
    """Heights that help and their sigmas, 0 where there is none; reported ones are barometric where no other is."""
    height_m = arrivals.pressure_height_m
    sigma_m = np.where(np.isfinite(height_m), PRESSURE_SIGMA_M, 0.0)
    if variant.height == "reported":
        better = np.isfinite(arrivals.height_m)
        height_m = np.where(better, arrivals.height_m, height_m)
        sigma_m = np.where(better, HEIGHT_SIGMA_M, sigma_m)
    return height_m, sigma_m if variant.height != "none" else np.zeros(len(arrivals))


def _located(
    arrivals: Arrivals, stations: Stations, variant: Variant, sigma_s: float, offsets: F8
) -> Located:
    height_m, height_sigma_m = _heights(arrivals, variant)
    parts = _parts(arrivals)
    located = [
        locate_messages(
            arrivals, stations, height_m, height_sigma_m, variant.refractivity, sigma_s, offsets[part]
        )
        for part in range(len(offsets))
    ]
    if len(located) == 1:
        return located[0]
    arrival_part = np.repeat(parts, np.diff(arrivals.first))
    columns = {}
    for name in ("status", "pos_ecef_m", "cov_ecef_m2", "misfit", "residual_m"):
        own = arrival_part if name == "residual_m" else parts
        stacked = np.stack([getattr(each, name) for each in located])
        columns[name] = stacked[own, np.arange(len(own))]
    return Located(**columns)


def offsets_by_part(arrivals: Arrivals, stations: Stations, variant: Variant) -> F8:
    """Offsets (m) of the stations [parts, m] that each part of the messages is corrected by: those of the others."""
    if not variant.calibrated:
        return np.zeros((1, len(stations.number)))
    parts = _parts(arrivals)
    return np.stack(
        [
            station_errors(arrivals, stations, variant.refractivity, parts != part).offset_m
            for part in range(int(parts.max()) + 1)
        ]
    )


def _parts(arrivals: Arrivals) -> I8:
    """The part of each message: its file, or a quarter of the only file by time."""
    if arrivals.source.max() > 0:
        return arrivals.source.astype(np.int64)
    rank = np.argsort(np.argsort(arrivals.t_s, kind="stable"), kind="stable")
    part: I8 = rank * PARTS // len(rank)
    return part


def _scale(located: Located, count: I8, aided: B1) -> float:
    """By how much the residuals are larger than the sigmas say: by the median misfit over that of chi square."""
    freedom = count + aided - 4
    use = np.isin(located.status, (SOLVED, UNFIT)) & (freedom > 0)
    if not use.any():
        return 1.0
    ratio = located.misfit[use] / (2.0 * gammaincinv(0.5 * freedom[use], 0.5))
    return math.sqrt(float(np.median(ratio)))


def _courses(arrivals: Arrivals) -> tuple[F8, F8]:
    """Unit vectors (east, north) [n, 2] and speeds (m/s) [n], NaN where no other message of the aircraft tells them."""
    n = len(arrivals)
    course, speed = np.full((n, 2), np.nan), np.full(n, np.nan)
    pos = ecef_from_geodetic(arrivals.lat_rad, arrivals.lon_rad, 0.0)
    rot = rot_enu_from_ecef(np.nan_to_num(arrivals.lat_rad), np.nan_to_num(arrivals.lon_rad))
    order = np.lexsort((arrivals.t_s, arrivals.aircraft, arrivals.source))
    same = (np.diff(arrivals.aircraft[order]) == 0) & (np.diff(arrivals.source[order]) == 0)
    for group in np.split(order, np.flatnonzero(~same) + 1):
        for i in group.tolist():
            j = _neighbour(arrivals.t_s, i, group)
            if j is None:
                continue
            velocity = rot[i] @ (pos[j] - pos[i]) / (arrivals.t_s[j] - arrivals.t_s[i])
            over_ground = math.hypot(velocity[0], velocity[1])
            if SLOWEST_MPS < over_ground < FASTEST_MPS:
                course[i], speed[i] = velocity[:2] / over_ground, over_ground
    return course, speed


def _neighbour(t_s: F8, i: int, group: I8) -> int | None:
    """The row of the group nearest to i in time within NEIGHBOUR_S."""
    apart = np.abs(t_s[group] - t_s[i])
    apart[(apart < NEIGHBOUR_S[0]) | (apart > NEIGHBOUR_S[1])] = np.inf
    nearest = int(np.argmin(apart))
    return int(group[nearest]) if np.isfinite(apart[nearest]) else None


def dilution_bins(result: Result, edges: Sequence[float]) -> list[tuple[float, float, F8]]:
    """Horizontal errors (m) by horizontal dilution of precision: from, to, errors."""
    error, dilution = result.horizontal_m, result.dilution
    have = np.isfinite(error)
    return [(low, high, error[have & (dilution >= low) & (dilution < high)]) for low, high in pairwise(edges)]
