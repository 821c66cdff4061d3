"""A run folder scored against one of its levels: every metric asked for, all raids together and family by family."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from skypact.errors import UsageError
from skypact.model.manifest import Manifest
from skypact.record import finished_runs, read_manifest, read_shard
from skypact.run.campaign import default_workers
from skypact.run.summary import CITABLE_RUNS, SCORED_TABLES
from skypact.score import METRICS, Entry, Metric, RunScores, score_run
from skypact.score.campaign import Campaign, campaign_of
from skypact.score.difference import entries_of
from skypact.score.interval import CONFIDENCE
from skypact.score.run import baseline_row
from skypact.score.summary import ALL

DEFAULT_METRICS = ("warning_median_s", "gospa_m", "firm_after_s", "held_share")
EVERY_FAMILY = ""
"""Name of the group of all raids."""

Report = Callable[[int, int], None]
"""Called with the runs scored and the runs in all."""


@dataclass(frozen=True)
class GainsRequest:
    """What was asked of a record; an empty tuple leaves the choice to the record."""

    against: str | None = None
    """level that the others are compared with; the record's own baseline where it is None"""
    levels: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    """keys; DEFAULT_METRICS where there are none"""
    nations: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    """raid families shown instead of all raids together"""
    every_family: bool = False
    """Whether each family follows after all raids together."""


@dataclass(frozen=True)
class Group:
    """The raids of one family, or all of them."""

    family: str
    """EVERY_FAMILY for all raids"""
    runs: int
    entries: tuple[Entry, ...]

    @property
    def preview(self) -> bool:
        """Fewer runs than may be cited."""
        return self.runs < CITABLE_RUNS

    @cached_property
    def _by_key(self) -> dict[tuple[str, str, str], Entry]:
        return {(entry.level, entry.nation, entry.metric): entry for entry in self.entries}

    def entry(self, level: str, nation: str, metric: str) -> Entry:
        """The entry of a level, a nation (or ALL) and the key of a metric.

        Raises:
            KeyError: there is none.
        """
        return self._by_key[level, nation, metric]


@dataclass(frozen=True)
class Gains:
    """What each nation gains at each level against the baseline."""

    scenario: str
    title: str
    seed: int
    version: str
    treatments: tuple[str, ...]
    uncertain: bool
    runs: int
    confidence: float
    baseline: str
    levels: tuple[str, ...]
    """those shown, without the baseline, in the record's order"""
    rungs: tuple[str, ...]
    """the same with the baseline in its place"""
    nations: tuple[str, ...]
    """codes of those shown; ALL stands for all nations of the record together"""
    names: tuple[str, ...]
    metrics: tuple[Metric, ...]
    groups: tuple[Group, ...]


def gains_of(folder: Path, request: GainsRequest, report: Report = lambda _done, _total: None) -> Gains:
    """Every metric asked for, nation by nation and level by level, from a folder's record.

    Args:
        folder: of the campaign.
        request: what is asked.
        report: told how far the scoring is.

    Raises:
        RecordError: the folder is no run folder, or damaged.
        UsageError: it lacks a level, nation or family asked for, has no finished run, or no metric is called so.
    """
    manifest = read_manifest(folder)
    base = request.against or manifest.levels[baseline_row(manifest)]
    levels = _levels(manifest, base, request.levels)
    nations = _chosen("--nation", request.nations, manifest.nations, "the record's nations are")
    families = _chosen("--family", request.families, manifest.families, "its raid families are")
    known = {metric.key: metric for metric in METRICS}
    _require("--metric", request.metrics, tuple(known), "the metrics are")
    scores = _score(folder, manifest, base, report)
    whole = campaign_of(scores, manifest, manifest.levels.index(base))
    named = families if request.families else (EVERY_FAMILY, *(families if request.every_family else ()))
    told = tuple(known[key] for key in dict.fromkeys(request.metrics or DEFAULT_METRICS))
    wanted = frozenset((*nations, ALL))
    groups = [_group(whole, scores, family, told, (base, *levels), wanted) for family in named]
    if not any(group.runs for group in groups):
        raise UsageError(
            f"--family {' '.join(named)}",
            f"none of the {len(scores)} finished runs is of it",
            "Add runs to the campaign.",
        )
    return Gains(
        scenario=manifest.scenario,
        title=manifest.title,
        seed=manifest.seed,
        version=manifest.version,
        treatments=manifest.treatments,
        uncertain=manifest.uncertain,
        runs=len(scores),
        confidence=CONFIDENCE,
        baseline=base,
        levels=levels,
        rungs=tuple(level for level in manifest.levels if level in (base, *levels)),
        nations=nations,
        names=tuple(manifest.nation_names[manifest.nations.index(nation)] for nation in nations),
        metrics=told,
        groups=tuple(group for group in groups if group.runs),
    )


def _levels(manifest: Manifest, base: str, asked: tuple[str, ...]) -> tuple[str, ...]:
    """The levels to compare with the baseline."""
    _require("--against", (base,), manifest.levels, "the record's levels are")
    chosen = _chosen("--level", asked, manifest.levels, "the record's levels are")
    levels = tuple(level for level in chosen if level != base)
    if not levels:
        raise UsageError(
            f"what a level gains against {base}",
            f"there is no other level among {', '.join(chosen)}",
            "Name another level, or run a campaign at two levels or more.",
        )
    return levels


def _chosen(option: str, asked: Sequence[str], known: Sequence[str], what: str) -> tuple[str, ...]:
    """Those asked for, or all where none is, in the order known."""
    _require(option, asked, known, what)
    return tuple(name for name in known if name in asked or not asked)


def _require(option: str, asked: Sequence[str], known: Sequence[str], what: str) -> None:
    for name in asked:
        if name not in known:
            raise UsageError(f"{option} {name}", f"{what} {', '.join(known)}", "Choose from these.")


# ---------------------------------------------------------------------------------------------------- scoring


def _score(folder: Path, manifest: Manifest, base: str, report: Report) -> list[RunScores]:
    """The scores of every finished run, in order, by as many processes as there are processors."""
    runs = finished_runs(folder)
    if not runs:
        raise UsageError(
            f"run folder {folder}", "it has no finished run", "Give the command of the campaign again."
        )
    report(0, len(runs))
    # The first run is scored here: it loads the kernels that forked workers then have.
    scores = {runs[0]: _score_run(folder, runs[0], manifest, base)}
    report(1, len(runs))
    rest = runs[1:]
    workers = default_workers(len(rest))
    for done, score in enumerate(_scored(folder, rest, manifest, base, workers), start=2):
        scores[score.run] = score
        report(done, len(runs))
    return [scores[run] for run in runs]


def _scored(
    folder: Path, runs: Sequence[int], manifest: Manifest, base: str, workers: int
) -> Iterable[RunScores]:
    """The scores of these runs, in any order."""
    if workers < 2:
        yield from (_score_run(folder, run, manifest, base) for run in runs)
        return
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting = [pool.submit(_score_run, folder, run, manifest, base) for run in runs]
        try:
            for future in as_completed(waiting):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _score_run(folder: Path, run: int, manifest: Manifest, base: str) -> RunScores:
    return score_run(read_shard(folder, run, SCORED_TABLES), manifest, base)


def _group(
    whole: Campaign,
    scores: Sequence[RunScores],
    family: str,
    metrics: Sequence[Metric],
    levels: Sequence[str],
    nations: frozenset[str],
) -> Group:
    """The entries of the runs of one family, or of all."""
    manifest, campaign = whole.manifest, whole
    if family != EVERY_FAMILY:
        number = manifest.families.index(family)
        scores = [score for score in scores if score.family == number]
        if not scores:
            return Group(family, 0, ())
        # False alerts are made equal over the whole campaign, or a family would compare other alerts than the table.
        campaign = replace(campaign_of(scores, manifest, whole.baseline), rung=whole.rung)
    entries = tuple(
        entry
        for metric in metrics
        for n, nation in enumerate((*manifest.nations, ALL))
        if nation in nations
        for entry in entries_of(campaign, metric, n, nation)
        if entry.level in levels
    )
    return Group(family, len(scores), entries)
