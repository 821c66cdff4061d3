"""The biases of a radar against another system's tracks: range, bearing and clock, ours minus theirs.

Model: a plot stamped t by our clock was measured at t - time_s by theirs; its range is the slant range of their
position at that instant plus range_m, its bearing likewise plus bearing_rad. Gauss-Newton on Tukey's biweight
(Beaton and Tukey 1974), scales from the median absolute deviation, the pairing renewed in every step. Errors of
one aircraft are alike for minutes, so the standard errors take the aircraft as the unit: a jackknife over aircraft
in one step (the estimator CR3 of MacKinnon and White 1985, Bell and McCaffrey 2002), with Student's t with one
degree of freedom fewer than aircraft. With few aircraft (under `FEW_AIRCRAFT`) even that is rough.

An error of the site's position shows as a bias that turns with the bearing: see skypact.score.site. What cannot be
told apart from these two recordings alone: a range bias from such an error where all aircraft flew on one side of the
radar, and from a transponder's delay; a bearing bias from the alignment of north, or from that of their radars; a
time bias from their tracker's lag or lead along the track, and from the age that their time stamps hide. Refraction
and the geoid are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.errors import UsageError
from skypact.model.network import F8, I8, U8
from skypact.model.recording import ABSENT, Plots, RadarSite, SystemTracks
from skypact.score.aircraft import unshared
from skypact.score.clock import (
    REACH_S,
    Apart,
    Candidates,
    Looks,
    PairedBy,
    Start,
    apart,
    candidates,
    coarse_start,
    thinned,
)
from skypact.score.interval import CONFIDENCE, Estimate, Spread, quantile
from skypact.score.path import EXTRAPOLATE_S, SystemPath, path_of
from skypact.score.robust import MAD, RESOLVED, aircraft_of_pairs, jackknife, linear, normal
from skypact.score.site import SiteShift, site_shift

ASKED = "compare with another system's tracks"
MIN_PAIRS = 20
"""Fewer pairs give no number."""
FEW_AIRCRAFT = 10
_SLACK_S = 30.0
_MOST_BY_POSITION = 4000
_WIDE_M, _WIDE_RAD = 2000.0, np.radians(1.5)
_GATE_SIGMAS = 8.0
_NARROW_SHARE = 0.5
_FLOOR_M, _FLOOR_RAD = 10.0, np.radians(0.003)
_STEPS, _SETTLED = 40, 1e-6
_STANDS_OUT = 1.5
_AGREEING_SHARE = 0.3
_PLAIN_CLOCK_S = 120.0
"""Clocks further apart need two aircraft that say so: one may be another flight of the same code."""
_METHOD = "Tukey's biweight, jackknife over aircraft, t"


@dataclass(frozen=True)
class RadarBias:
    """Biases of a radar, ours minus theirs, with standard errors and what they rest on."""

    range_m: float
    bearing_rad: float
    time_s: float
    range_error_m: float
    """standard errors with the aircraft as the unit; NaN for one aircraft"""
    bearing_error_rad: float
    time_error_s: float
    plots: int
    """plots of confirmed tracks within the time of the other recording"""
    pairs: int
    aircraft: int
    paired_by: tuple[int, int, int]
    """pairs by each PairedBy"""
    median_range_m: float
    """of the size of the residuals after removal"""
    p95_range_m: float
    median_bearing_rad: float
    p95_bearing_rad: float
    plot: I8
    """[pairs] row in Plots"""
    update: I8
    """[pairs] row in SystemTracks of the update nearest in time"""
    residual_range_m: F8
    residual_bearing_rad: F8
    site_shift_m: tuple[float, float]
    """how far to the east and north of its true place the radar seems to have been put (given minus true); or NaN"""
    site_share: float
    """of the variance of the differences in range that this explains"""
    site_doubt: str
    """a sentence if the place given for the radar looks wrong; else empty"""

    @property
    def few_aircraft(self) -> bool:
        """Whether the standard errors rest on so few aircraft that they are rough themselves."""
        return self.aircraft < FEW_AIRCRAFT

    @property
    def how_paired(self) -> str:
        """By what plots and tracks were paired, in words."""
        return ", ".join(f"{n} by {PairedBy(k).text}" for k, n in enumerate(self.paired_by) if n)

    def intervals(self, confidence: float = CONFIDENCE) -> tuple[Estimate, Estimate, Estimate]:
        """Range (m), bearing (rad) and time (s) with their two-sided intervals; n counts aircraft."""
        values = (self.range_m, self.bearing_rad, self.time_s)
        errors = (self.range_error_m, self.bearing_error_rad, self.time_error_s)
        first, second, third = (
            Spread(value, error, self.aircraft, _METHOD).interval(confidence)
            for value, error in zip(values, errors, strict=True)
        )
        return first, second, third


@dataclass(frozen=True)
class _Fit:
    bias: F8
    """[3] range (m), bearing (rad), time (s)"""
    scale: F8
    """[2] of range (m) and bearing (rad)"""
    pairs: Candidates
    off: Apart
    """of the pairs, at the offset found"""


def estimate_bias(plots: Plots, owner: U8, confirmed: U8, site: RadarSite, system: SystemTracks) -> RadarBias:
    """Range, bearing and clock bias of one radar against another system's tracks; see the module for the model.

    Clocks may be up to twelve hours apart. Identities come from Mode S addresses where both sides have one, else from
    Mode 3/A codes (but those that several aircraft bear at once) with flight levels that do not contradict; where codes
    pair nothing, from position alone.

    Args:
        plots: of one radar.
        owner: [n plots] id of the track that each plot updated.
        confirmed: ids of tracks that were ever confirmed; only their plots are used.
        site: of the radar.
        system: the other system's track updates.

    Raises:
        UsageError: the recordings have no time or no aircraft in common, or too few pairs.
    """
    mine = np.flatnonzero(np.isin(owner, confirmed) & (plots.t_ns >= 0))
    plots, path = unshared(plots, mine, owner[mine], path_of(system, site))
    looks = _looks(plots, owner, confirmed)
    _must_meet(looks, path)
    start, by_code = _started(looks, path)
    fitted = looks if by_code else thinned(looks, _MOST_BY_POSITION)
    pairs = candidates(fitted, path, by_code, start.time_s, _SLACK_S)
    fit = _fitted(fitted, path, pairs, start)
    shift = site_shift(fitted, path, pairs if by_code else fit.pairs, fit.bias, owner[fitted.row])
    bias = _result(fitted, path, fit, shift, owner)
    if bias.aircraft < 2 and abs(bias.time_s) > _PLAIN_CLOCK_S:
        found = f"one aircraft in common, and only if the clocks are {bias.time_s:.0f} s apart"
        raise UsageError(ASKED, found, _next_step(looks, path))
    return bias


def _looks(plots: Plots, owner: U8, confirmed: U8) -> Looks:
    """The plots of confirmed tracks that have a time and a position."""
    use = (
        np.isin(owner, confirmed)
        & (plots.t_ns >= 0)
        & ~np.isnan(plots.range_m)
        & ~np.isnan(plots.bearing_rad)
    )
    row = np.flatnonzero(use)
    columns = (plots.range_m, plots.bearing_rad, plots.height_m)
    range_m, bearing, height = (column[row].astype(np.float64) for column in columns)
    t_ns = plots.t_ns[row].astype(np.int64)
    return Looks(row, t_ns, range_m, bearing, height, plots.mode_3a[row], plots.address[row])


def _must_meet(looks: Looks, path: SystemPath) -> None:
    """Whether there is something on both sides, at most REACH_S apart in time.

    Raises:
        UsageError: there is not.
    """
    if len(looks) < MIN_PAIRS:
        found = f"{len(looks)} plots with time and position in confirmed tracks; {MIN_PAIRS} are needed"
        raise UsageError(ASKED, found, "Compare a longer recording.")
    if not len(path):
        found = "the other recording has no update of a confirmed track with time, number and position"
        raise UsageError(ASKED, found, "Check that it holds category 062 of a system that is tracking.")
    ours, theirs = (
        (np.datetime64(int(t.min()), "ns"), np.datetime64(int(t.max()), "ns"))
        for t in (looks.t_ns, path.t_ns)
    )
    apart_s = max(
        (ours[0] - theirs[1]) / np.timedelta64(1, "s"), (theirs[0] - ours[1]) / np.timedelta64(1, "s")
    )
    if apart_s > REACH_S:
        spans = [f"{a.astype('datetime64[s]')} to {b.astype('datetime64[s]')}" for a, b in (ours, theirs)]
        found = f"no time in common: ours is {spans[0]}, theirs {spans[1]}"
        raise UsageError(ASKED, found, "Compare recordings of the same hours.")


def _started(looks: Looks, path: SystemPath) -> tuple[Start, bool]:
    """A coarse offset, by codes if they pair enough, else by position.

    Raises:
        UsageError: neither finds an offset that stands out.
    """
    tried = []
    for by_code in (True, False):
        start = coarse_start(looks, path, by_code)
        tried.append(start)
        share = 0.0 if by_code else _AGREEING_SHARE
        enough = start.agreeing >= max(min(MIN_PAIRS, start.sample), 5, share * start.sample)
        near = by_code and abs(start.time_s) <= _PLAIN_CLOCK_S
        if enough and (near or start.agreeing >= _STANDS_OUT * start.rival):
            return start, by_code
    found = (
        f"no offset of the clocks within {REACH_S / 3600:.0f} h at which the aircraft agree: of {tried[1].sample} "
        f"plots at most {tried[0].agreeing} fit by code and {tried[1].agreeing} by position "
        f"({tried[1].rival} at another offset)"
    )
    raise UsageError(ASKED, found, _next_step(looks, path))


def _next_step(looks: Looks, path: SystemPath) -> str:
    """What to do where too few plots stand near a track: the place is suspect if both sides have the same codes."""
    common = sum(
        len(np.setdiff1d(np.intersect1d(ours, theirs), [ABSENT]))
        for ours, theirs in ((looks.address, path.address), (looks.mode_3a, path.mode_3a))
    )
    if common == 0:
        return "Check the site's position, and that both recordings are of the same hours and sky."
    return (
        f"{common} addresses and codes are on both sides, but not at the same places: if both recordings are of the "
        "same hours, check --site"
    )


def _fitted(looks: Looks, path: SystemPath, pairs: Candidates, start: Start) -> _Fit:
    """The robust fit, pairs renewed in each step.

    Raises:
        UsageError: too few pairs, or what they say does not determine all three biases.
    """
    bias = np.array([start.range_m, start.bearing_rad, start.time_s])
    scale = np.array([_WIDE_M, _WIDE_RAD]) / _GATE_SIGMAS
    for _ in range(_STEPS):
        off, _ = _paired(looks, path, pairs, bias, scale)
        design, residual = linear(off, bias)
        spread = MAD * np.median(np.abs(residual - np.median(residual, axis=1, keepdims=True)), axis=1)
        # The gate never narrows faster than by half, so that a poor start is not locked in.
        scale = np.maximum(np.maximum(spread, _NARROW_SHARE * scale), [_FLOOR_M, _FLOOR_RAD])
        products, scores, _ = normal(design, residual / scale[:, None], scale)
        step = _solved(products.sum(axis=0), scores.sum(axis=0))
        bias = bias + step
        if np.all(np.abs(step) <= _SETTLED * np.array([1e3, 1e-2, 1.0])):
            break
    off, chosen = _paired(looks, path, pairs, bias, scale)
    return _Fit(bias, scale, chosen, off)


def _paired(
    looks: Looks, path: SystemPath, pairs: Candidates, bias: F8, scale: F8
) -> tuple[Apart, Candidates]:
    """For each plot its nearest candidate within the gate, at the present biases.

    Raises:
        UsageError: fewer than MIN_PAIRS.
    """
    off = apart(looks, path, pairs, float(bias[2]))
    distance = np.hypot((off.range_m - bias[0]) / scale[0], (off.bearing_rad - bias[1]) / scale[1])
    inside = np.flatnonzero(distance < _GATE_SIGMAS)  # false where not held
    known = inside[~off.assumed[inside]]
    inside = known if len(known) >= MIN_PAIRS else inside
    inside = inside[np.lexsort((distance[inside], pairs.look[inside]))]
    first = inside[np.unique(pairs.look[inside], return_index=True)[1]]
    if len(first) < MIN_PAIRS:
        found = f"{len(first)} plots near a track of the other system; {MIN_PAIRS} are needed"
        raise UsageError(ASKED, found, _next_step(looks, path))
    return off.take(first), pairs.take(first)


def _solved(matrix: F8, score: F8) -> F8:
    """The step of the biases.

    Raises:
        UsageError: the pairs do not determine all three.
    """
    size = np.sqrt(np.diag(matrix))
    if not np.all(size > 0.0) or np.linalg.eigvalsh(matrix / np.outer(size, size))[0] < RESOLVED:
        found = "the paired aircraft do not move enough to tell the bias of the clock from those of the radar"
        raise UsageError(ASKED, found, "Compare a longer recording.")
    return np.asarray(np.linalg.solve(matrix, score), np.float64)


def _result(looks: Looks, path: SystemPath, fit: _Fit, shift: SiteShift, owner: U8) -> RadarBias:
    """The biases with their errors and residuals."""
    design, residual = linear(fit.off, fit.bias)
    _, scores, slopes = normal(design, residual / fit.scale[:, None], fit.scale)
    row = looks.row[fit.pairs.look]
    aircraft = aircraft_of_pairs(owner[row], fit.pairs.stretch)
    covariance = jackknife(slopes, scores, aircraft)
    error = np.sqrt(np.diag(covariance))
    at_ns = looks.t_ns - round(float(fit.bias[2]) * 1e9)
    reach_ns = round(EXTRAPOLATE_S * 1e9)
    size = np.abs(residual)
    by = np.bincount(fit.pairs.by, minlength=len(PairedBy))
    return RadarBias(
        range_m=float(fit.bias[0]),
        bearing_rad=float(fit.bias[1]),
        time_s=float(fit.bias[2]),
        range_error_m=float(error[0]),
        bearing_error_rad=float(error[1]),
        time_error_s=float(error[2]),
        plots=int(np.sum((at_ns >= path.t_ns.min() - reach_ns) & (at_ns <= path.t_ns.max() + reach_ns))),
        pairs=len(row),
        aircraft=int(aircraft.max()) + 1,
        paired_by=(int(by[0]), int(by[1]), int(by[2])),
        median_range_m=quantile(size[0], 0.5),
        p95_range_m=quantile(size[0], 0.95),
        median_bearing_rad=quantile(size[1], 0.5),
        p95_bearing_rad=quantile(size[1], 0.95),
        plot=row,
        update=path.row[fit.off.nearest],
        residual_range_m=residual[0],
        residual_bearing_rad=residual[1],
        site_shift_m=(shift.east_m, shift.north_m),
        site_share=shift.share,
        site_doubt=shift.doubt,
    )
