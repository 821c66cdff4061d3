"""Intervals in which the run is the unit.

Means and ratios of sums use Student's t over runs, with the jackknife's standard error (Tukey 1958; Cochran,
"Sampling Techniques", 1977, section 6.17), which for a mean is exactly the usual one. Quantiles of objects pooled
over runs use the spread of a cluster bootstrap that draws whole runs, scaled by n / (n - 1) in variance and with
Student's t (Cameron, Gelbach and Miller 2008). Where nothing was counted in any run the bounds are exact. Shares take
the exact bounds of as many trials as their cases are worth (Korn and Graubard 1998).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from skypact.kernels.resample import draw_counts, resampled_quantiles
from skypact.model.network import F8, I8

CONFIDENCE = 0.95
REPLICATES = 1000
NOTHING = "no run had anything to measure"


@dataclass(frozen=True)
class Estimate:
    """A number with its interval; NaN bounds where n runs cannot give one."""

    value: float
    low: float
    high: float
    n: int
    """runs that had something to measure"""
    method: str


@dataclass(frozen=True)
class Spread:
    """A number with its standard error over n runs."""

    value: float
    error: float
    n: int
    method: str

    def interval(self, confidence: float = CONFIDENCE) -> Estimate:
        """The two-sided t interval."""
        half = self.error * t_quantile(self.n, confidence)
        return Estimate(self.value, self.value - half, self.value + half, self.n, self.method)


def t_quantile(n: int, confidence: float = CONFIDENCE) -> float:
    """The two-sided quantile of Student's t with n - 1 degrees of freedom; NaN for n < 2."""
    return float(special.stdtrit(n - 1, 0.5 + 0.5 * confidence)) if n > 1 else np.nan


def poisson_bounds(count: float, exposure: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Exact two-sided bounds of a Poisson rate after `count` events in `exposure` (Garwood 1936)."""
    tail = 0.5 * (1.0 - confidence)
    low = float(special.gammaincinv(count, tail)) if count > 0 else 0.0
    return low / exposure, float(special.gammaincinv(count + 1, 1.0 - tail)) / exposure


def binomial_bounds(count: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Exact two-sided bounds of a probability after `count` of n (Clopper and Pearson 1934); both may be fractions."""
    tail = 0.5 * (1.0 - confidence)
    low = float(special.betaincinv(count, n - count + 1, tail)) if count > 0 else 0.0
    high = float(special.betaincinv(count + 1, n - count, 1.0 - tail)) if count < n else 1.0
    return low, high


def quantile(values: F8, q: float) -> float:
    """The q-quantile (Hyndman and Fan 1996, definition 2: the mean of both neighbours where it falls between)."""
    n = len(values)
    if not n:
        return np.nan
    ordered, place = np.sort(values), q * n
    low = int(np.ceil(place - 1e-9)) - 1
    high = int(np.floor(place + 1e-9))
    return float(0.5 * (ordered[max(low, 0)] + ordered[min(high, n - 1)]))


def ratio_spread(numerator: F8, denominator: F8) -> Spread:
    """The ratio of the sums over runs, with its standard error; with denominators of 1 this is the mean.

    Args:
        numerator: [n] of each run; NaN where the run had nothing to measure.
        denominator: [n] of each run; runs with 0 are left out.
    """
    there = ~np.isnan(numerator) & (denominator > 0)
    top, bottom = numerator[there], denominator[there]
    if not len(top):
        return Spread(np.nan, np.nan, 0, NOTHING)
    return Spread(
        float(top.sum() / bottom.sum()), _error(_without_each(top, bottom)), len(top), "t over runs"
    )


def rate_of_sums(count: F8, exposure: F8) -> Estimate:
    """The rate of events over runs; the interval is over runs and never narrower than the exact one of Poisson.

    After no event at all, and nearly so after a few, the spread between runs says nothing.

    Args:
        count: [n] events of each run.
        exposure: [n] of each run; runs with 0 are left out.
    """
    found = ratio_spread(count, exposure).interval()
    if not found.n:
        return found
    there = exposure > 0
    low, high = poisson_bounds(float(count[there].sum()), float(exposure[there].sum()))
    return Estimate(
        found.value,
        max(float(np.fmin(found.low, low)), 0.0),
        float(np.fmax(found.high, high)),
        found.n,
        "t over runs, at least exact Poisson",
    )


def mean_of_sums(part: F8, total: F8, counted: bool = False) -> Estimate:
    """The mean of what is never negative, as a ratio of sums over runs.

    Args:
        part: [n] of each run.
        total: [n] of each run; runs with 0 are left out.
        counted: whether things are counted: none at all shows the exact Poisson bound then. The same thing may be
            counted at many instants of a run, so that runs are the exposure of that bound.
    """
    found = ratio_spread(part, total).interval()
    if counted and found.n and found.value == 0.0:
        return Estimate(0.0, *poisson_bounds(0.0, found.n), found.n, "exact Poisson, runs as exposure")
    return Estimate(found.value, max(found.low, 0.0), found.high, found.n, found.method)


def share_of_sums(part: F8, total: F8) -> Estimate:
    """The share of sums over runs, with the exact binomial bounds of as many trials as the cases are worth.

    They are worth share (1 - share) / error^2 trials, the error being that between runs, times the square of the
    normal quantile over Student's for the degrees of freedom of the error; never more than there are cases. The error
    is known no better than from the runs that had the rarer outcome: where none or one had it, the runs are the trials.

    Source: Korn and Graubard, "Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data", Survey Methodology 24, 1998.

    Args:
        part: [n] of each run, 0 to `total`.
        total: [n] cases of each run, or their weight of 1 or more each; runs with 0 are left out.
    """
    spread = ratio_spread(part, total)
    if not spread.n:
        return spread.interval()
    there = total > 0
    part, total = part[there], total[there]
    share, cases = min(max(spread.value, 0.0), 1.0), float(total.sum())
    worth = min(share * (1.0 - share) / spread.error**2, cases) if spread.error > 1e-12 else cases
    telling = int(min(np.count_nonzero(part > 0), np.count_nonzero(part < total)))
    known = (float(special.ndtri(0.5 + 0.5 * CONFIDENCE)) / t_quantile(telling)) ** 2 if telling > 1 else 0.0
    trials = max(known * worth, min(worth, float(spread.n)))
    low, high = binomial_bounds(share * trials, trials)
    return Estimate(spread.value, low, high, spread.n, "exact binomial of the effective number of cases")


def ratio_difference(numerator: F8, other: F8, denominator: F8, other_denominator: F8) -> Spread:
    """The paired difference of two such ratios, first minus other, with its standard error."""
    there = ~np.isnan(numerator) & ~np.isnan(other) & (denominator > 0) & (other_denominator > 0)
    if not there.any():
        return Spread(np.nan, np.nan, 0, NOTHING)
    top, bottom = numerator[there], denominator[there]
    top_other, bottom_other = other[there], other_denominator[there]
    value = float(top.sum() / bottom.sum() - top_other.sum() / bottom_other.sum())
    error = _error(_without_each(top, bottom) - _without_each(top_other, bottom_other))
    return Spread(value, error, len(top), "t over paired runs")


def _without_each(top: F8, bottom: F8) -> F8:
    """The ratio of the sums without each run in turn, [n]; NaN for one run."""
    if len(top) < 2:
        return np.full(len(top), np.nan)
    return np.asarray((top.sum() - top) / (bottom.sum() - bottom), np.float64)


def _error(left_out: F8) -> float:
    """The jackknife's standard error from what each run's absence makes of a number; NaN for fewer than two."""
    n = len(left_out)
    return float(np.std(left_out) * np.sqrt(n - 1)) if n > 1 else np.nan


@dataclass(frozen=True)
class Pooled:
    """Values pooled over runs: their quantile and its bootstrap replicates."""

    value: float
    replicates: F8
    n: int

    def spread(self) -> Spread:
        """The quantile with its standard error."""
        return _bootstrap(self.value, self.replicates, self.n, "cluster bootstrap over runs, t")

    def minus(self, other: Pooled) -> Spread:
        """The paired difference of two quantiles of the same runs."""
        apart = self.replicates - other.replicates
        return _bootstrap(self.value - other.value, apart, self.n, "cluster bootstrap over paired runs, t")


def _bootstrap(value: float, replicates: F8, n: int, method: str) -> Spread:
    """A standard error from bootstrap replicates, NaN for fewer than two runs."""
    error = float(np.std(replicates, ddof=1) * np.sqrt(n / (n - 1))) if n > 1 else np.nan
    return Spread(value, error, n, method if n else NOTHING)


def pooled_quantile(values: F8, run: I8, q: float) -> Pooled:
    """The q-quantile of values pooled over runs, with replicates that draw whole runs.

    Two calls with the same set of runs draw the same replicates, so that differences are paired.

    Args:
        values: [m] of all runs.
        run: [m] the run of each.
        q: in (0, 1).
    """
    runs, run_of = np.unique(run, return_inverse=True)
    n = len(runs)
    if n < 2:
        return Pooled(quantile(values, q), np.full(REPLICATES, np.nan), n)
    order = np.argsort(values, kind="stable")
    replicates = resampled_quantiles(
        np.ascontiguousarray(values[order], np.float64),
        run_of[order].astype(np.int64),
        draw_counts(REPLICATES, n),
        q,
    )
    return Pooled(quantile(values, q), replicates, n)


def median_estimate(values: F8, run: I8) -> Estimate:
    """The median of values pooled over runs, none negative; infinite where half of them or more are.

    Where a replicate of the bootstrap is infinite the bounds are the replicates' own 2.5 and 97.5 % points, of which
    the upper may be infinite.

    Args:
        values: [m] of all runs; infinite for what never came.
        run: [m] the run of each.
    """
    pooled = pooled_quantile(values, run, 0.5)
    if pooled.n < 2:
        return Estimate(pooled.value, np.nan, np.nan, pooled.n, "one run" if pooled.n else NOTHING)
    if np.isfinite(pooled.replicates).all():
        found = pooled.spread().interval()
        return Estimate(found.value, max(found.low, 0.0), found.high, found.n, found.method)
    tail = 0.5 * (1.0 - CONFIDENCE)
    low, high = (quantile(pooled.replicates, q) for q in (tail, 1.0 - tail))
    return Estimate(pooled.value, low, high, pooled.n, "cluster bootstrap over runs, percentiles")
