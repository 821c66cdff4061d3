"""Whether trackers err as much as they say: normalised errors, ellipses and picture of trackers beside truth.

A tracker is consistent where its errors match its covariances. The average normalised estimation error squared per
dimension is then 1 (Bar-Shalom, Li and Kirubarajan, "Estimation with Applications to Tracking and Navigation", 2001,
section 5.4.2), and an ellipse that is to hold a share of the truth holds it. Above 1 a tracker is over-confident. The
mean is ruled by the few worst: beside it stands the share of errors within the 95 % point, which is not. Every look at
a track counts, whatever the track took lately; those at tracks of one object alone stand beside. The run is the unit
of every interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from skypact.model.codes import ObjectClass, Phase
from skypact.model.network import B1, F8, I8
from skypact.score.credibility import normalised_square
from skypact.score.interval import Estimate, mean_of_sums, median_estimate, rate_of_sums, share_of_sums

SETTLED_HITS = 10
"""Detections from which a track counts as settled; before, it starts up."""
TO_GO_S = (0.0, 15.0, 30.0, 60.0, 120.0, 300.0, np.inf)
"""Edges of the times to go, or since launch, by which ellipses are judged."""
HALF, MOST = 0.5, 0.95
TOLERANCE = 0.02
"""How far from its probability the coverage of an ellipse may lie."""
AS_SAID, TOO_SMALL, TOO_LARGE, UNRESOLVED = "as said", "too small", "too large", "not resolved"
"""What the interval of a coverage says of ellipses."""
GATES = {dimension: float(2.0 * special.gammaincinv(0.5 * dimension, MOST)) for dimension in (2, 3, 6)}
"""The 95 % point of chi-square by dimension."""
HALF_GATE_2D = float(2.0 * special.gammaincinv(1.0, HALF))


@dataclass(frozen=True)
class States:
    """Tracks beside what they are of: n looks at a track of an object that truly flies."""

    run: I8
    pooled: B1
    """Whether the tracker is fed by many nations."""
    object_class: I8
    phase: I8
    settled: B1
    mixed: B1
    """whether the track lately took a detection of something else"""
    position: F8
    """squared normalised error of position, 3 dimensions; NaN where the covariance is none"""
    whole: F8
    """the same of position and velocity, 6 dimensions"""

    def __len__(self) -> int:
        return len(self.run)


@dataclass(frozen=True)
class Ellipses:
    """Points on the ground told with a covariance, beside where they truly are: n predictions."""

    run: I8
    pooled: B1
    object_class: I8
    t_s: F8
    """seconds to the impact, or since the launch"""
    square: F8
    """squared normalised distance, 2 dimensions; NaN where the covariance is none"""
    miss_m: F8
    sigma_m: F8
    """one sigma along the longer axis; NaN where the covariance is none"""

    def __len__(self) -> int:
        return len(self.run)


@dataclass(frozen=True)
class Counts:
    """What one tracker of one run did: a row a tracker."""

    run: I8
    pooled: B1
    hours: F8
    """how long it worked"""
    false_tracks: F8
    """confirmed tracks that were of nothing when confirmed"""
    epochs: F8
    gospa_m: F8
    """summed over the epochs, as the three below"""
    located_m2: F8
    missed: F8
    stray: F8

    def __len__(self) -> int:
        return len(self.run)


@dataclass(frozen=True)
class Firsts:
    """Objects that a tracker's sensors detected: n rows, NaN for what never came."""

    run: I8
    pooled: B1
    object_class: I8
    confirmed_s: F8
    """from the first detection to a confirmed track"""
    firm_s: F8
    """from the first detection to a firm track"""

    def __len__(self) -> int:
        return len(self.run)


@dataclass(frozen=True)
class StateRow:
    """How one class in one phase is tracked."""

    pooled: bool
    object_class: int
    phase: int
    settled: bool
    looks: int
    broken: int
    """looks whose covariance is not positive definite: they have no normalised error, and are in no other number"""
    position: Estimate
    """ANEES per dimension of all other looks"""
    whole: Estimate
    position_within: Estimate
    """share of their normalised position errors within the 95 % point"""
    whole_within: Estimate
    unmixed_looks: int
    """of these, looks at tracks whose latest detections were all of one object"""
    unmixed_position: Estimate
    """ANEES per dimension of the unmixed"""
    unmixed_whole: Estimate


@dataclass(frozen=True)
class EllipseRow:
    """How often ellipses of one class hold the truth; `from_s` to `to_s` to go, or since launch.

    An ellipse whose covariance is not positive definite is broken, and holds nothing.
    """

    pooled: bool
    object_class: int
    from_s: float
    to_s: float
    predictions: int
    broken: int
    half: Estimate
    most: Estimate
    miss_m: Estimate
    """median distance from the truth"""
    sigma_m: Estimate
    """median one sigma along the longer axis"""


@dataclass(frozen=True)
class PictureRow:
    """How many tracks are of nothing, and how far the picture is from truth."""

    pooled: bool
    false_tracks_per_h: Estimate
    """by the hour of each tracker: of three trackers an hour long, a third of what they made together"""
    gospa_m: Estimate
    located_m: float
    """root of the mean sum of squared distances"""
    missed: Estimate
    """of what the sensors lately detected"""
    stray: Estimate
    """tracks of nothing, or of what the sensors have not detected lately"""


@dataclass(frozen=True)
class FirstRow:
    """How soon objects of one class are tracked after the first detection."""

    pooled: bool
    object_class: int
    objects: int
    confirmed_share: Estimate
    confirmed_median_s: Estimate
    """of all objects, those never confirmed among them; infinite where half or more never were"""
    firm_share: Estimate
    firm_median_s: Estimate
    """the same of firm tracks"""


def squares_or_nan(error: F8, cov: F8) -> F8:
    """Squared normalised errors (score.credibility), [n]; NaN where a covariance is not finite and positive definite.

    Args:
        error: [n, d].
        cov: [n, d, d].
    """
    out = np.full(len(error), np.nan)
    if len(error):
        finite: B1 = np.asarray(np.isfinite(cov).all(axis=(1, 2)), np.bool_)
        cov = np.where(finite[:, None, None], cov, 0.0)
        scale = np.sqrt(np.maximum(np.diagonal(cov, axis1=1, axis2=2), 1e-300))
        even = cov / (scale[:, :, None] * scale[:, None, :])
        good = finite & (np.linalg.eigvalsh(even).min(axis=1) > 1e-12)
        out[good] = normalised_square((error / scale)[good], even[good])
    return out


def state_rows(states: States, runs: int) -> tuple[StateRow, ...]:
    """Normalised errors by tracker, true class, phase and whether the track is settled."""
    sound = np.asarray(~(np.isnan(states.position) | np.isnan(states.whole)), np.bool_)
    rows = []
    for chosen, (pooled, kind, phase, settled) in _groups(
        states.pooled, states.object_class, states.phase, states.settled
    ):
        judged = chosen & sound
        pure = judged & ~states.mixed
        run, position, whole = states.run[judged], states.position[judged], states.whole[judged]
        rows.append(
            StateRow(
                bool(pooled),
                kind,
                phase,
                bool(settled),
                int(chosen.sum()),
                int(chosen.sum() - judged.sum()),
                mean_estimate(position / 3.0, run, runs),
                mean_estimate(whole / 6.0, run, runs),
                share_estimate(position <= GATES[3], run, runs),
                share_estimate(whole <= GATES[6], run, runs),
                int(pure.sum()),
                mean_estimate(states.position[pure] / 3.0, states.run[pure], runs),
                mean_estimate(states.whole[pure] / 6.0, states.run[pure], runs),
            )
        )
    return tuple(rows)


def ellipse_rows(ellipses: Ellipses, runs: int) -> tuple[EllipseRow, ...]:
    """Coverage by tracker, true class and time; the last row of each class is of all times."""
    inner = np.searchsorted(np.asarray(TO_GO_S[1:-1]), ellipses.t_s, side="right")
    rows = []
    for chosen, (pooled, kind) in _groups(ellipses.pooled, ellipses.object_class):
        for part in (*range(len(TO_GO_S) - 1), -1):
            those = chosen & (inner == part) if part >= 0 else chosen
            if not those.any():
                continue
            run, square = ellipses.run[those], ellipses.square[those]
            broken = np.isnan(square)
            rows.append(
                EllipseRow(
                    bool(pooled),
                    kind,
                    TO_GO_S[part] if part >= 0 else TO_GO_S[0],
                    TO_GO_S[part + 1] if part >= 0 else TO_GO_S[-1],
                    int(those.sum()),
                    int(broken.sum()),
                    share_estimate(square <= HALF_GATE_2D, run, runs),
                    share_estimate(square <= GATES[2], run, runs),
                    median_estimate(ellipses.miss_m[those], run),
                    median_estimate(ellipses.sigma_m[those][~broken], run[~broken]),
                )
            )
    return tuple(rows)


def coverage_verdict(found: Estimate, probability: float) -> str:
    """Whether ellipses of a probability hold what they say: within TOLERANCE, outside of it, or not resolved."""
    low, high = probability - TOLERANCE, probability + TOLERANCE
    if found.high < low:
        return TOO_SMALL
    if found.low > high:
        return TOO_LARGE
    return AS_SAID if low <= found.low and found.high <= high else UNRESOLVED


def picture_rows(counts: Counts, runs: int) -> tuple[PictureRow, ...]:
    """False tracks an hour of a tracker, and its picture error."""
    rows = []
    for chosen, (pooled,) in _groups(counts.pooled):
        run = counts.run[chosen]
        epochs = _sums(run, counts.epochs[chosen], runs)
        gospa_m = mean_of_sums(_sums(run, counts.gospa_m[chosen], runs), epochs)
        missed, stray = (
            mean_of_sums(_sums(run, part[chosen], runs), epochs, counted=True)
            for part in (counts.missed, counts.stray)
        )
        false = _sums(run, counts.false_tracks[chosen], runs)
        rate = rate_of_sums(false, _sums(run, counts.hours[chosen], runs))
        located = counts.located_m2[chosen].sum() / epochs.sum()
        rows.append(PictureRow(bool(pooled), rate, gospa_m, float(np.sqrt(located)), missed, stray))
    return tuple(rows)


def first_rows(firsts: Firsts, runs: int) -> tuple[FirstRow, ...]:
    """How soon, and how often at all, objects get a confirmed and a firm track."""
    rows = []
    for chosen, (pooled, kind) in _groups(firsts.pooled, firsts.object_class):
        run = firsts.run[chosen]
        share, median = [], []
        for seconds in (firsts.confirmed_s[chosen], firsts.firm_s[chosen]):
            never = np.isnan(seconds)
            share.append(share_estimate(~never, run, runs))
            median.append(median_estimate(np.where(never, np.inf, seconds), run))
        rows.append(FirstRow(bool(pooled), kind, int(chosen.sum()), share[0], median[0], share[1], median[1]))
    return tuple(rows)


def mean_estimate(values: F8, run: I8, runs: int) -> Estimate:
    """The mean of values that come in runs and are not negative, with its interval over runs."""
    return mean_of_sums(_sums(run, values, runs), _sums(run, np.ones(len(run)), runs))


def share_estimate(held: B1, run: I8, runs: int) -> Estimate:
    """The share of cases that hold, with exact bounds of as many trials as the cases are worth."""
    return share_of_sums(_sums(run, held.astype(np.float64), runs), _sums(run, np.ones(len(run)), runs))


def _sums(run: I8, values: F8, runs: int) -> F8:
    """The sum of the values of each run, [runs]."""
    return np.asarray(np.bincount(run, values, minlength=runs), np.float64)


def class_name(kind: int) -> str:
    """A true class as a word."""
    return ObjectClass(kind).name.lower()


PHASES: Mapping[int, str] = {
    Phase.BOOST: "boost",
    Phase.COAST: "coast",
    Phase.REENTRY: "re-entry",
    Phase.CLIMB: "climb",
    Phase.CRUISE: "level",
    Phase.DESCENT: "descent",
}
"""The phases of a flight as words."""


def _groups(*columns: I8 | B1) -> Sequence[tuple[B1, tuple[int, ...]]]:
    """Every combination that occurs, sorted, with its rows."""
    if not len(columns[0]):
        return []
    table = np.stack([np.asarray(column, np.int64) for column in columns], axis=1)
    kinds, of = np.unique(table, axis=0, return_inverse=True)
    of = np.ravel(of)
    return [(of == k, tuple(int(v) for v in kinds[k])) for k in range(len(kinds))]
