"""Intervals in which the run is the unit.

Means and ratios of sums use Student's t over runs, with the jackknife's standard error (Tukey 1958; Cochran,
"Sampling Techniques", 1977, section 6.17), which for a mean is exactly the usual one. Quantiles of objects pooled
over runs use the spread of a cluster bootstrap that draws whole runs, scaled by n / (n - 1) in variance and with
Student's t (Cameron, Gelbach and Miller 2008). Where nothing was counted in any run the bounds are exact.
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


def binomial_bounds(count: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Exact two-sided bounds of a probability after `count` of n (Clopper and Pearson 1934)."""
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
