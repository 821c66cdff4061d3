"""The biases of a radar against another system's tracks: range, bearing and clock, ours minus theirs.

Model: a plot stamped t by our clock was measured at t - time_s by theirs; its range is the slant range of their
position at that instant plus range_m, its bearing likewise plus bearing_rad. Gauss-Newton on Tukey's biweight
(Beaton and Tukey 1974), scales from the median absolute deviation, the pairing renewed in every step. Errors of
one aircraft are alike for minutes, so the standard errors take the aircraft as the unit: a jackknife over aircraft
in one step (the estimator CR3 of MacKinnon and White 1985, Bell and McCaffrey 2002), with Student's t with one
degree of freedom fewer than aircraft. With few aircraft (under `FEW_AIRCRAFT`) even that is rough.

What cannot be told apart from these two recordings alone: a range bias from an error of the site's position (which
shows as a bias that turns with the bearing) averaged over where the aircraft flew, and from a transponder's delay; a
bearing bias from the alignment of north, or from that of their radars; a time bias from their tracker's lag or lead
along the track, and from the age that their time stamps hide. Refraction and the geoid are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from skypact.errors import UsageError
from skypact.model.network import F8, I8, U8
from skypact.model.recording import Plots, RadarSite, SystemTracks
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

ASKED = "compare with another system's tracks"
MIN_PAIRS = 20
"""Fewer pairs give no number."""
FEW_AIRCRAFT = 10
MIN_LINK = 3
"""Pairs between one of our tracks and one of theirs that make them one aircraft."""
_SLACK_S = 30.0
_MOST_BY_POSITION = 4000
_WIDE_M, _WIDE_RAD = 2000.0, np.radians(1.5)
_GATE_SIGMAS = 8.0
_NARROW_SHARE = 0.5
_FLOOR_M, _FLOOR_RAD = 10.0, np.radians(0.003)
_TUKEY = 4.685
_MAD = 1.4826
_STEPS, _SETTLED = 40, 1e-6
_RESOLVED = 1e-7
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
    correlation: F8
    """[3, 3] of range, bearing and time"""
    plots: int
    """plots of confirmed tracks within the time of the other recording"""
    pairs: int
    aircraft: int
    paired_by: tuple[int, int, int]
    """pairs by each PairedBy"""
    assumed_heights: int
    """pairs for which neither side had a height"""
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
    Mode 3/A codes with flight levels that do not contradict; where codes pair nothing, from position alone.

    Args:
        plots: of one radar.
        owner: [n plots] id of the track that each plot updated.
        confirmed: ids of tracks that were ever confirmed; only their plots are used.
        site: of the radar.
        system: the other system's track updates.

    Raises:
        UsageError: the recordings have no time or no aircraft in common, or too few pairs.
    """
    path = path_of(system, site)
    looks = _looks(plots, owner, confirmed)
    _must_meet(looks, path)
    start, by_code = _started(looks, path)
    fitted = looks if by_code else thinned(looks, _MOST_BY_POSITION)
    pairs = candidates(fitted, path, by_code, start.time_s, _SLACK_S)
    bias = _result(fitted, path, _fitted(fitted, path, pairs, start), owner)
    if bias.aircraft < 2 and abs(bias.time_s) > _PLAIN_CLOCK_S:
        found = f"one aircraft in common, and only if the clocks are {bias.time_s:.0f} s apart"
        raise UsageError(ASKED, found, "Compare recordings of the same hours.")
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
    next_step = "Check the site's position, and that both recordings are of the same hours and sky."
    raise UsageError(ASKED, found, next_step)


def _fitted(looks: Looks, path: SystemPath, pairs: Candidates, start: Start) -> _Fit:
    """The robust fit, pairs renewed in each step.

    Raises:
        UsageError: too few pairs, or what they say does not determine all three biases.
    """
    bias = np.array([start.range_m, start.bearing_rad, start.time_s])
    scale = np.array([_WIDE_M, _WIDE_RAD]) / _GATE_SIGMAS
    for _ in range(_STEPS):
        off, _ = _paired(looks, path, pairs, bias, scale)
        design, residual = _linear(off, bias)
        spread = _MAD * np.median(np.abs(residual - np.median(residual, axis=1, keepdims=True)), axis=1)
        # The gate never narrows faster than by half, so that a poor start is not locked in.
        scale = np.maximum(np.maximum(spread, _NARROW_SHARE * scale), [_FLOOR_M, _FLOOR_RAD])
        products, scores, _ = _normal(design, residual / scale[:, None], scale)
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
        next_step = "Check the site's position, and that both recordings are of the same hours and sky."
        raise UsageError(ASKED, found, next_step)
    chosen = Candidates(pairs.look[first], pairs.stretch[first], pairs.by[first])
    columns = (off.range_m, off.bearing_rad, off.range_rate, off.bearing_rate)
    range_m, bearing, range_rate, bearing_rate = (column[first] for column in columns)
    return Apart(range_m, bearing, range_rate, bearing_rate, off.assumed[first], off.nearest[first]), chosen


def _linear(off: Apart, bias: F8) -> tuple[F8, F8]:
    """What a change of the three biases takes off the residuals, [2, n, 3], and the residuals, [2, n]."""
    one, zero = np.ones(len(off.range_m)), np.zeros(len(off.range_m))
    design = np.stack(
        [
            np.stack([one, zero, -off.range_rate], axis=1),
            np.stack([zero, one, -off.bearing_rate], axis=1),
        ]
    )
    return design, np.stack([off.range_m - bias[0], off.bearing_rad - bias[1]])


def _normal(design: F8, standard: F8, scale: F8) -> tuple[F8, F8, F8]:
    """Per pair: weighted products [n, 3, 3], scores [n, 3] and the products with the influence's slope [n, 3, 3].

    Args:
        design: [2, n, 3].
        standard: [2, n] residuals over their scale.
        scale: [2].
    """
    part = np.maximum(1.0 - (standard / _TUKEY) ** 2, 0.0)
    slope = np.where(part > 0.0, part * (1.0 - 5.0 * (standard / _TUKEY) ** 2), 0.0)
    scaled = design / scale[:, None, None]
    products = np.einsum("kn,kni,knj->nij", part**2, scaled, scaled)
    slopes = np.einsum("kn,kni,knj->nij", slope, scaled, scaled)
    scores = np.einsum("kn,kni->ni", part**2 * standard, scaled)
    return products, scores, slopes


def _solved(matrix: F8, score: F8) -> F8:
    """The step of the biases.

    Raises:
        UsageError: the pairs do not determine all three.
    """
    size = np.sqrt(np.diag(matrix))
    if not np.all(size > 0.0) or np.linalg.eigvalsh(matrix / np.outer(size, size))[0] < _RESOLVED:
        found = "the paired aircraft do not move enough to tell the bias of the clock from those of the radar"
        raise UsageError(ASKED, found, "Compare a longer recording.")
    return np.asarray(np.linalg.solve(matrix, score), np.float64)


def _aircraft(owner: U8, stretch: I8) -> I8:
    """A number for each pair: equal for pairs that share one of our tracks or one of theirs.

    A track and a stretch are linked by at least MIN_LINK pairs (or by all that the track has), so that one plot gone
    astray does not make one aircraft of two.
    """
    _, ours = np.unique(owner, return_inverse=True)
    _, theirs = np.unique(stretch, return_inverse=True)
    n_ours, n_theirs = int(ours.max()) + 1, int(theirs.max()) + 1
    link, count = np.unique(ours * n_theirs + theirs, return_counts=True)
    link = link[count >= np.minimum(MIN_LINK, np.bincount(ours)[link // n_theirs])]
    nodes = n_ours + n_theirs
    ends = (link // n_theirs, n_ours + link % n_theirs)
    graph = coo_array((np.ones(len(link)), ends), shape=(nodes, nodes))
    label = connected_components(graph, directed=False)[1]
    return np.unique(label[ours], return_inverse=True)[1].astype(np.int64)


def _jackknife(products: F8, scores: F8, aircraft: I8) -> F8:
    """Covariance [3, 3] of the biases from one step without each aircraft in turn; NaN for fewer than two."""
    n = int(aircraft.max()) + 1
    if n < 2:
        return np.full((3, 3), np.nan)
    matrix, score = np.zeros((n, 3, 3)), np.zeros((n, 3))
    np.add.at(matrix, aircraft, products)
    np.add.at(score, aircraft, scores)
    rest = matrix.sum(axis=0) - matrix
    size = np.sqrt(np.maximum(np.einsum("gii->gi", rest), 1e-300))
    scaled = rest / (size[:, :, None] * size[:, None, :])
    if np.linalg.eigvalsh(scaled).min() < _RESOLVED:
        return np.full((3, 3), np.nan)
    without = np.linalg.solve(scaled, (score / size)[:, :, None])[:, :, 0] / size
    return np.asarray((n - 1) / n * without.T @ without, np.float64)


def _result(looks: Looks, path: SystemPath, fit: _Fit, owner: U8) -> RadarBias:
    """The biases with their errors and residuals."""
    design, residual = _linear(fit.off, fit.bias)
    _, scores, slopes = _normal(design, residual / fit.scale[:, None], fit.scale)
    row = looks.row[fit.pairs.look]
    aircraft = _aircraft(owner[row], fit.pairs.stretch)
    covariance = _jackknife(slopes, scores, aircraft)
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
        correlation=covariance / np.outer(error, error),
        plots=int(np.sum((at_ns >= path.t_ns.min() - reach_ns) & (at_ns <= path.t_ns.max() + reach_ns))),
        pairs=len(row),
        aircraft=int(aircraft.max()) + 1,
        paired_by=(int(by[0]), int(by[1]), int(by[2])),
        assumed_heights=int(fit.off.assumed.sum()),
        median_range_m=quantile(size[0], 0.5),
        p95_range_m=quantile(size[0], 0.95),
        median_bearing_rad=quantile(size[1], 0.5),
        p95_bearing_rad=quantile(size[1], 0.95),
        plot=row,
        update=path.row[fit.off.nearest],
        residual_range_m=residual[0],
        residual_bearing_rad=residual[1],
    )
