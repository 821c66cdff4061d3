"""The summary of a campaign: every metric by nation and level, with intervals and paired differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skypact.errors import UsageError
from skypact.model.manifest import Manifest
from skypact.model.record import Columns
from skypact.model.warning import RUNGS
from skypact.score.alert import public_rung
from skypact.score.campaign import Campaign, campaign_of, objects_of
from skypact.score.cause import Cause, reasons_for
from skypact.score.column import rows
from skypact.score.difference import Entry, entries_of
from skypact.score.interval import CONFIDENCE
from skypact.score.metric import BY_KEY, METRICS, Metric
from skypact.score.run import DEFAULT_BASELINE, RunScores, baseline_row

CITABLE_RUNS = 20
ALL = "all"
"""The row of all nations together."""
ALONE = "national"
"""The level at which nobody shares: being worse off there is no harm of sharing."""
WATCHED = (
    "warning_median_s",
    "people_60_share",
    "held_share",
    "gospa_m",
    "leakers",
    "rounds",
    "overkill_rounds",
    "false_alerts",
    "civil_engaged",
    "friendly_engaged",
)
"""Metrics by which a nation that is worse off is reported."""


@dataclass(frozen=True)
class RungChoice:
    """The alert probability at which a level is compared at an equal false-alert rate."""

    level: str
    probability: float
    false_alerts: float
    """a run, all nations together, at that probability"""
    public_false_alerts: float
    """a run at the probability that the public hears"""
    within: bool
    """False where even the highest probability gives more false alerts than the baseline has"""


@dataclass(frozen=True)
class Summary:
    """What a campaign says."""

    scenario: str
    title: str
    seed: int
    version: str
    treatments: tuple[str, ...]
    runs: int
    preview: bool
    """Fewer runs than may be cited."""
    citable_command: str
    baseline: str
    levels: tuple[str, ...]
    nations: tuple[str, ...]
    nation_names: tuple[str, ...]
    families: tuple[str, ...]
    confidence: float
    metrics: tuple[Metric, ...]
    entries: tuple[Entry, ...]
    rungs: tuple[RungChoice, ...]
    worse: tuple[Cause, ...]
    uncertain: bool = False
    """Whether each run drew the parameters of its classes from their intervals."""

    def entry(self, level: str, nation: str, metric: str) -> Entry:
        """The entry of a level, nation (or ALL) and metric.

        Raises:
            KeyError: there is none.
        """
        for entry in self.entries:
            if (entry.level, entry.nation, entry.metric) == (level, nation, metric):
                return entry
        raise KeyError((level, nation, metric))


def summarise(
    scores: Sequence[RunScores],
    manifest: Manifest,
    baseline: str = DEFAULT_BASELINE,
    citable_command: str | None = None,
) -> Summary:
    """The summary of all runs scored.

    Args:
        scores: of each finished run, in any order.
        manifest: the campaign's description.
        baseline: level that the others are compared with; the first level where it was not run.
        citable_command: the command that makes enough runs; one is composed where none is given.

    Raises:
        UsageError: there is no run.
    """
    if not scores:
        raise UsageError(
            "summary", "the record has no finished run", "Give the command of the campaign again"
        )
    base = baseline_row(manifest, baseline)
    campaign = campaign_of(sorted(scores, key=lambda s: s.run), manifest, base)
    names = (*manifest.nations, ALL)
    entries = tuple(
        entry
        for metric in METRICS
        for n, nation in enumerate(names)
        for entry in entries_of(campaign, metric, n, nation)
    )
    command = (
        citable_command or f"skypact run {manifest.scenario} --seed {manifest.seed} --runs {CITABLE_RUNS}"
    )
    return Summary(
        scenario=manifest.scenario,
        title=manifest.title,
        seed=manifest.seed,
        version=manifest.version,
        treatments=manifest.treatments,
        runs=len(scores),
        preview=len(scores) < CITABLE_RUNS,
        citable_command=command,
        baseline=manifest.levels[base],
        levels=manifest.levels,
        nations=manifest.nations,
        nation_names=manifest.nation_names,
        families=manifest.families,
        confidence=CONFIDENCE,
        metrics=METRICS,
        entries=entries,
        rungs=_choices(campaign),
        worse=_worse(campaign, entries),
        uncertain=manifest.uncertain,
    )


def _choices(campaign: Campaign) -> tuple[RungChoice, ...]:
    """The alert probability chosen for each level."""
    by_rung = np.asarray(campaign.rows["false_alerts_by_rung"], np.float64)
    false = by_rung.sum(axis=2).mean(axis=0)
    public = public_rung(campaign.manifest)
    allowed = false[campaign.baseline, public]
    return tuple(
        RungChoice(
            name, RUNGS[at], float(false[k, at]), float(false[k, public]), bool(false[k, at] <= allowed)
        )
        for k, (name, at) in enumerate(zip(campaign.manifest.levels, campaign.rung, strict=True))
    )


def _worse(campaign: Campaign, entries: Sequence[Entry]) -> tuple[Cause, ...]:
    """Every nation that is worse off than at the baseline at a level that shares, with its cause.

    Resolved cases, and cases that are not resolved but where the estimate lies beyond the threshold.
    """
    found = []
    for entry in entries:
        metric, apart = BY_KEY[entry.metric], entry.difference
        if entry.metric not in WATCHED or apart is None or entry.nation == ALL or entry.level == ALONE:
            continue
        beyond = apart.value * metric.better <= -metric.threshold
        if apart.verdict == "worse" or (apart.verdict == "not resolved" and beyond):
            level = campaign.manifest.levels.index(entry.level)
            n = campaign.manifest.nations.index(entry.nation)
            base = campaign.baseline
            objects = _objects_table(campaign, level, n), _objects_table(campaign, base, n)
            tables = _rows_table(campaign, level, n), _rows_table(campaign, base, n)
            runs = len(campaign.family)
            reasons = reasons_for(metric, objects, tables, public_rung(campaign.manifest), runs)
            resolved = apart.verdict == "worse"
            found.append(Cause(entry.nation, entry.level, entry.metric, apart.value, resolved, reasons))
    return tuple(sorted(found, key=lambda cause: not cause.resolved))


def _objects_table(campaign: Campaign, level: int, n: int) -> Columns:
    """The objects that go to a nation, at a level."""
    return rows(campaign.objects, objects_of(campaign, level, n))


def _rows_table(campaign: Campaign, level: int, n: int) -> Columns:
    """The rows of a nation at a level, run by run."""
    return {name: values[:, level, n] for name, values in campaign.rows.items()}
