"""Values and paired differences with their intervals, and what they allow to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from skypact.model.network import F8
from skypact.score.campaign import Campaign, identical, object_seconds, paired_spread, parts
from skypact.score.interval import (
    CONFIDENCE,
    Estimate,
    Spread,
    binomial_bounds,
    poisson_bounds,
    pooled_quantile,
    ratio_spread,
)
from skypact.score.metric import Metric

Verdict = Literal["better", "worse", "higher", "lower", "no relevant difference", "identical", "not resolved"]


@dataclass(frozen=True)
class FamilyDifference:
    """A paired difference within the n runs of one raid family, with its interval (for this family alone)."""

    family: str
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Difference:
    """A paired difference against the baseline.

    The simultaneous interval holds for all nations shown at once (Bonferroni); the verdict is taken from it.
    """

    value: float
    low: float
    high: float
    simultaneous_low: float
    simultaneous_high: float
    n: int
    method: str
    verdict: Verdict
    text: str
    families: tuple[FamilyDifference, ...]


@dataclass(frozen=True)
class Entry:
    """One metric of one nation (or ALL) at one level; no difference at the baseline itself."""

    nation: str
    level: str
    metric: str
    estimate: Estimate
    difference: Difference | None


def entries_of(campaign: Campaign, metric: Metric, n: int, nation: str) -> list[Entry]:
    """The entries of one metric at every level.

    Args:
        campaign: all runs.
        metric: the metric.
        n: index of the nation; one past the last stands for all together.
        nation: its name in the entries.
    """
    levels, base = campaign.manifest.levels, campaign.baseline
    every = np.ones(len(campaign.family), np.bool_)
    pooled = {}
    if metric.kind == "quantile":
        pooled = {
            level: pooled_quantile(*object_seconds(campaign, metric, level, n, every), metric.q)
            for level in range(len(levels))
        }
    made = []
    for level, name in enumerate(levels):
        spread = pooled[level].spread() if pooled else ratio_spread(*parts(campaign, metric, level, n))
        estimate = _bounded(metric, spread, *parts(campaign, metric, level, n))
        difference = None
        if level != base:
            apart = (
                pooled[level].minus(pooled[base])
                if pooled
                else paired_spread(campaign, metric, level, n, every)
            )
            difference = _difference(campaign, metric, level, n, apart)
        made.append(Entry(nation, name, metric.key, estimate, difference))
    return made


def _bounded(metric: Metric, spread: Spread, top: F8, bottom: F8) -> Estimate:
    """The interval of a value, exact where nothing (or everything) was counted in all runs."""
    estimate = spread.interval()
    if not spread.n:
        return estimate
    low, high, method = estimate.low, estimate.high, estimate.method
    if metric.count and not np.nansum(top):
        low, high = poisson_bounds(0, spread.n)
        method = "exact (Poisson, Garwood)"
    elif metric.unit == "%" and spread.value in (0.0, 1.0) and bottom.sum() > 0:
        low, high = binomial_bounds(spread.n if spread.value else 0, spread.n)
        method = "exact (Clopper and Pearson, runs)"
    elif metric.better and not np.isnan(low):
        low, high = max(low, 0.0), min(high, 1.0) if metric.unit == "%" else high
    return Estimate(spread.value, low, high, spread.n, method)


def _difference(campaign: Campaign, metric: Metric, level: int, n: int, apart: Spread) -> Difference:
    """A paired difference with its intervals, its verdict and its value in each family."""
    nations = len(campaign.manifest.nations)
    shared = 1.0 - (1.0 - CONFIDENCE) / (nations if n < nations else 1)
    plain, joint = apart.interval(), apart.interval(shared)
    method = apart.method
    same = apart.n > 1 and identical(campaign, metric, level, n)
    if same:
        plain, joint = (_identical_interval(metric, apart.n, at) for at in (CONFIDENCE, shared))
        method = plain.method
    verdict = verdict_of(metric, joint, same)
    return Difference(
        value=apart.value,
        low=plain.low,
        high=plain.high,
        simultaneous_low=joint.low,
        simultaneous_high=joint.high,
        n=apart.n,
        method=method,
        verdict=verdict,
        text=_text(metric, verdict, apart.n),
        families=_families(campaign, metric, level, n),
    )


def _identical_interval(metric: Metric, n: int, confidence: float) -> Estimate:
    """What n runs without any difference still allow: exact for counts and shares."""
    if metric.count:
        high = poisson_bounds(0, n, confidence)[1]
        return Estimate(0.0, -high, high, n, "identical in all runs; exact bound (Poisson, Garwood)")
    high = binomial_bounds(0, n, confidence)[1]
    if metric.unit == "%":
        return Estimate(0.0, -high, high, n, "identical in all runs; exact bound (Clopper and Pearson)")
    return Estimate(0.0, 0.0, 0.0, n, f"identical in all runs; differs in at most {high:.0%} of raids")


def verdict_of(metric: Metric, joint: Estimate, same: bool) -> Verdict:
    """What the simultaneous interval allows to say against the threshold of relevance."""
    if same:
        return "identical"
    if np.isnan(joint.low) or np.isnan(joint.high):
        return "not resolved"
    if joint.low >= metric.threshold:
        return "higher" if not metric.better else "better" if metric.better > 0 else "worse"
    if joint.high <= -metric.threshold:
        return "lower" if not metric.better else "worse" if metric.better > 0 else "better"
    if joint.low >= -metric.threshold and joint.high <= metric.threshold:
        return "no relevant difference"
    return "not resolved"


def _text(metric: Metric, verdict: Verdict, n: int) -> str:
    """The verdict as a reader meets it."""
    unit = metric.unit or "a raid"
    threshold = f"{metric.threshold:.0%}" if metric.unit == "%" else f"{metric.threshold:g} {unit}"
    return {
        "better": f"better by more than {threshold}",
        "worse": f"worse by more than {threshold}",
        "higher": f"higher by more than {threshold}",
        "lower": f"lower by more than {threshold}",
        "no relevant difference": f"differs by less than {threshold}",
        "identical": f"the same in all {n} runs",
        "not resolved": f"not resolved with n = {n}",
    }[verdict]


def _families(campaign: Campaign, metric: Metric, level: int, n: int) -> tuple[FamilyDifference, ...]:
    """The difference within each family's runs."""
    made = []
    for f, family in enumerate(campaign.manifest.families):
        runs = campaign.family == f
        if not runs.any():
            continue
        if metric.kind == "quantile":
            now, base = (
                pooled_quantile(*object_seconds(campaign, metric, at, n, runs), metric.q)
                for at in (level, campaign.baseline)
            )
            apart = now.minus(base)
        else:
            apart = paired_spread(campaign, metric, level, n, runs)
        found = apart.interval()
        made.append(FamilyDifference(family, found.value, found.low, found.high, found.n))
    return tuple(made)
