"""Whether trackers err as much as they say: normalised errors, ellipses and picture of trackers beside truth.

A tracker is consistent where its errors match its covariances. The average normalised estimation error squared per
dimension is then 1 (Bar-Shalom, Li and Kirubarajan, "Estimation with Applications to Tracking and Navigation", 2001,
section 5.4.2), and an ellipse that is to hold a share of the truth holds it. Above 1 a tracker is over-confident. The
mean is ruled by the few worst: beside it stands the share of errors within the 95 % point, which is not. The run is the
unit of every interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from skypact.model.codes import ObjectClass, Phase
from skypact.model.network import B1, F8, I8
from skypact.score.credibility import normalised_square
from skypact.score.interval import Estimate, binomial_bounds, ratio_spread

SETTLED_HITS = 10
"""Detections from which a track counts as settled; before, it starts up."""
TO_GO_S = (0.0, 15.0, 30.0, 60.0, 120.0, 300.0, 900.0)
"""Edges of the times to go, or since launch, by which ellipses are judged."""
HALF, MOST = 0.5, 0.95
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
    """squared normalised error of position, 3 dimensions"""
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
    """squared normalised distance, 2 dimensions"""
    miss_m: F8
    sigma_m: F8
    """one sigma along the longer axis"""

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
    mixed: Estimate
    """share of the looks at tracks that lately took a detection of something else; the others make the rest"""
    position: Estimate
    """ANEES per dimension"""
    whole: Estimate
    position_within: Estimate
    """share of normalised position errors within the 95 % point"""
    whole_within: Estimate


@dataclass(frozen=True)
class EllipseRow:
    """How often ellipses of one class hold the truth; `from_s` to `to_s` to go, or since launch."""

    pooled: bool
    object_class: int
    from_s: float
    to_s: float
    predictions: int
    half: Estimate
    most: Estimate
    miss_m: float
    """median distance from the truth"""
    sigma_m: float
    """median one sigma along the longer axis"""


@dataclass(frozen=True)
class PictureRow:
    """How many tracks are of nothing, and how far the picture is from truth."""

    pooled: bool
    false_tracks_per_h: Estimate
    gospa_m: Estimate
    located_m: float
    """root of the mean sum of squared distances"""
    missed: Estimate
    stray: Estimate


@dataclass(frozen=True)
class FirstRow:
    """How soon objects of one class are tracked after the first detection."""

    pooled: bool
    object_class: int
    objects: int
    confirmed_share: Estimate
    confirmed_median_s: float
    """of those ever confirmed"""
    firm_share: Estimate
    firm_median_s: float
    """of those ever firm"""


def squares_or_nan(error: F8, cov: F8) -> F8:
    """Squared normalised errors (score.credibility), [n]; NaN where a covariance is not positive definite.

    Args:
        error: [n, d].
        cov: [n, d, d].
    """
    out = np.full(len(error), np.nan)
    if len(error):
        scale = np.sqrt(np.maximum(np.diagonal(cov, axis1=1, axis2=2), 1e-300))
        even = cov / (scale[:, :, None] * scale[:, None, :])
        good = np.linalg.eigvalsh(even).min(axis=1) > 1e-12
        out[good] = normalised_square((error / scale)[good], even[good])
    return out


def state_rows(states: States, runs: int) -> tuple[StateRow, ...]:
    """Normalised errors by tracker, true class, phase and whether the track is settled."""
    rows = []
    for chosen, (pooled, kind, phase, settled) in _groups(
        states.pooled, states.object_class, states.phase, states.settled
    ):
        pure = chosen & ~states.mixed
        run, position, whole = states.run[pure], states.position[pure], states.whole[pure]
        rows.append(
            StateRow(
                bool(pooled),
                kind,
                phase,
                bool(settled),
                int(chosen.sum()),
                share_estimate(states.mixed[chosen], states.run[chosen], runs),
                mean_estimate(position / 3.0, run, runs),
                mean_estimate(whole / 6.0, run, runs),
                share_estimate(position <= GATES[3], run, runs),
                share_estimate(whole <= GATES[6], run, runs),
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
            rows.append(
                EllipseRow(
                    bool(pooled),
                    kind,
                    TO_GO_S[part] if part >= 0 else TO_GO_S[0],
                    TO_GO_S[part + 1] if part >= 0 else TO_GO_S[-1],
                    int(those.sum()),
                    share_estimate(square <= HALF_GATE_2D, run, runs),
                    share_estimate(square <= GATES[2], run, runs),
                    float(np.median(ellipses.miss_m[those])),
                    float(np.median(ellipses.sigma_m[those])),
                )
            )
    return tuple(rows)


def picture_rows(counts: Counts, runs: int) -> tuple[PictureRow, ...]:
    """False tracks an hour of a tracker, and its picture error."""
    rows = []
    for chosen, (pooled,) in _groups(counts.pooled):

        def ratio(top: F8, bottom: F8, chosen: B1 = chosen) -> Estimate:
            run = counts.run[chosen]
            return ratio_spread(_sums(run, top[chosen], runs), _sums(run, bottom[chosen], runs)).interval()

        located = counts.located_m2[chosen].sum() / counts.epochs[chosen].sum()
        rows.append(
            PictureRow(
                bool(pooled),
                ratio(counts.false_tracks, counts.hours),
                ratio(counts.gospa_m, counts.epochs),
                float(np.sqrt(located)),
                ratio(counts.missed, counts.epochs),
                ratio(counts.stray, counts.epochs),
            )
        )
    return tuple(rows)


def first_rows(firsts: Firsts, runs: int) -> tuple[FirstRow, ...]:
    """How soon, and how often at all, objects get a confirmed and a firm track."""
    rows = []
    for chosen, (pooled, kind) in _groups(firsts.pooled, firsts.object_class):
        run = firsts.run[chosen]
        share, median = [], []
        for seconds in (firsts.confirmed_s[chosen], firsts.firm_s[chosen]):
            there = ~np.isnan(seconds)
            share.append(share_estimate(there, run, runs))
            median.append(float(np.median(seconds[there])) if there.any() else np.nan)
        rows.append(FirstRow(bool(pooled), kind, int(chosen.sum()), share[0], median[0], share[1], median[1]))
    return tuple(rows)


def mean_estimate(values: F8, run: I8, runs: int) -> Estimate:
    """The mean of values that come in runs, with its interval over runs; what is NaN is left out."""
    there = ~np.isnan(values)
    total = _sums(run[there], values[there], runs)
    return ratio_spread(total, _sums(run[there], np.ones(np.count_nonzero(there)), runs)).interval()


def share_estimate(held: B1, run: I8, runs: int) -> Estimate:
    """The share of cases that hold; where all or none do, the exact bound with runs as trials."""
    return share_of_sums(_sums(run, held.astype(np.float64), runs), _sums(run, np.ones(len(run)), runs))


def share_of_sums(part: F8, total: F8) -> Estimate:
    """The share of sums over runs, [n] each; where it is 0 or 1, the exact bound with runs as trials."""
    found = ratio_spread(part, total).interval()
    if found.n > 0 and found.value in (0.0, 1.0):
        low, high = binomial_bounds(found.n if found.value == 1.0 else 0, found.n)
        return Estimate(found.value, low, high, found.n, "exact binomial, runs as trials")
    return Estimate(found.value, max(found.low, 0.0), min(found.high, 1.0), found.n, found.method)


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
