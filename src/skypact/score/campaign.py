"""All runs of a campaign put together, and the numbers of each run that a metric is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skypact.model.manifest import Manifest
from skypact.model.network import B1, F8, I8
from skypact.model.record import Columns
from skypact.model.warning import RUNGS
from skypact.score.alert import public_rung
from skypact.score.column import real, whole
from skypact.score.interval import Spread, ratio_difference
from skypact.score.metric import Metric
from skypact.score.run import OBJECT_ROWS, ROWS, RunScores


@dataclass(frozen=True)
class Campaign:
    """The scores of all runs.

    `rows` has columns [runs, levels, nations]; `objects` is sorted by (level, nation, run, object), so that any two
    levels list the same objects in the same order.
    """

    manifest: Manifest
    baseline: int
    family: I8
    """[runs]"""
    rows: Columns
    objects: Columns
    rung: I8
    """[levels] index in RUNGS chosen for equal false alerts"""


def campaign_of(scores: Sequence[RunScores], manifest: Manifest, baseline: int) -> Campaign:
    """The scores of all runs put together, runs in the order given."""
    table = {name: np.concatenate([s.rows[name] for s in scores]) for name in ROWS}
    objects = {name: np.concatenate([s.objects[name] for s in scores]) for name in OBJECT_ROWS}
    order = np.lexsort([whole(objects, name) for name in ("object", "run", "nation", "level")])
    objects = {name: values[order] for name, values in objects.items()}
    shape = (len(scores), len(manifest.levels), len(manifest.nations))
    shaped = {name: values.reshape(*shape, *values.shape[1:]) for name, values in table.items()}
    false = np.asarray(shaped["false_alerts_by_rung"], np.float64).sum(axis=(0, 2))
    allowed = float(false[baseline, public_rung(manifest)])
    rung = np.array([equal_rung(counts, allowed) for counts in false], np.int64)
    rung[baseline] = public_rung(manifest)
    return Campaign(manifest, baseline, np.array([s.family for s in scores]), shaped, objects, rung)


def equal_rung(false: F8, allowed: float) -> int:
    """The rung with the most false alerts that are not above those allowed; the highest rung where all are."""
    within = np.flatnonzero(false <= allowed)
    return int(within[np.argmax(false[within])]) if len(within) else len(RUNGS) - 1


def parts(campaign: Campaign, metric: Metric, level: int, n: int, of: str = "") -> tuple[F8, F8]:
    """Numerator and denominator of a metric in each run, [runs] each.

    Args:
        campaign: all runs.
        metric: the metric; of a quantile, the number of objects is given.
        level: index of the level.
        n: index of the nation; one past the last stands for all together.
        of: another column to use as the numerator.
    """
    name = of or ("scored" if metric.kind == "quantile" else metric.of)
    top = real(campaign.rows, name)[:, level, :]
    bottom = real(campaign.rows, metric.per)[:, level, :] if metric.per else np.ones_like(top)
    if n < len(campaign.manifest.nations):
        return top[:, n], bottom[:, n]
    if metric.total == "sum":
        return np.nansum(top, axis=1), np.nansum(bottom, axis=1) if metric.per else bottom[:, 0]
    there = ~np.isnan(top)
    number = there.sum(axis=1)
    mean = np.where(there, top, 0.0).sum(axis=1) / np.maximum(number, 1)
    return np.where(number > 0, mean, np.nan), bottom[:, 0]


def paired_parts(campaign: Campaign, metric: Metric, level: int, n: int) -> tuple[F8, F8, F8, F8]:
    """Numerators of a level and of what it is paired with, then their denominators."""
    top, bottom = parts(campaign, metric, level, n)
    if metric.key == "common_rmse_m":
        other, other_bottom = parts(campaign, metric, level, n, "common_baseline_rmse_m")
    else:
        other, other_bottom = parts(campaign, metric, campaign.baseline, n)
    return top, other, bottom, other_bottom


def paired_spread(campaign: Campaign, metric: Metric, level: int, n: int, runs: B1) -> Spread:
    """The paired difference of a mean or ratio from the baseline, in the chosen runs."""
    top, other, bottom, other_bottom = paired_parts(campaign, metric, level, n)
    return ratio_difference(top[runs], other[runs], bottom[runs], other_bottom[runs])


def objects_of(campaign: Campaign, level: int, n: int) -> B1:
    """Rows of the objects at a level that go to a nation, or to any."""
    here: B1 = whole(campaign.objects, "level") == level
    return here if n == len(campaign.manifest.nations) else here & (whole(campaign.objects, "nation") == n)


def object_seconds(campaign: Campaign, metric: Metric, level: int, n: int, runs: B1) -> tuple[F8, I8]:
    """The seconds of each object in the chosen runs of which the metric is a quantile, and the run of each."""
    here = objects_of(campaign, level, n)
    run = whole(campaign.objects, "run")[here]
    chosen = np.isin(run, np.unique(campaign.rows["run"][runs]))
    if metric.of == "firm":
        launch_s, end_s = real(campaign.objects, "launch_s")[here], real(campaign.objects, "end_s")[here]
        firm_s = real(campaign.objects, "first_firm_s")[here]
        return (np.fmin(firm_s, end_s) - launch_s)[chosen], run[chosen]
    rung = campaign.rung[level] if metric.of == "equal" else public_rung(campaign.manifest)
    return real(campaign.objects, "warning_s")[here, rung][chosen], run[chosen]


def identical(campaign: Campaign, metric: Metric, level: int, n: int) -> bool:
    """Whether every run (of a quantile, every object) has the same value at the level and at the baseline."""
    if metric.kind == "quantile":
        every = np.ones(len(campaign.family), np.bool_)
        now, base = (object_seconds(campaign, metric, at, n, every)[0] for at in (level, campaign.baseline))
        return bool(np.array_equal(now, base))
    top, other, _, _ = paired_parts(campaign, metric, level, n)
    return bool(np.array_equal(top, other, equal_nan=True))
