"""The summary of a run folder, from its record alone."""

from __future__ import annotations

import shlex
from pathlib import Path

from skypact.model.manifest import Manifest
from skypact.record import finished_runs, read_manifest, read_shard
from skypact.score import Confusion, Mistake, Summary, confusions, mistakes, score_run, summarise

CITABLE_RUNS = 20
"""Runs from which a result is no preview any more."""
SCORED_TABLES = ("events", "objects", "truth", "pictures", "holders")


def summary_of(folder: Path, citable_command: str | None = None) -> Summary:
    """Score every finished run of a folder and put intervals on the result.

    `citable_command` is shown where the runs are too few to cite; by default it runs the folder's own copy of the
    scenario with the folder's seed, levels, treatments and drawing of parameters, and so extends the folder.

    Raises:
        RecordError: the folder is no run folder, has no finished run, or is damaged.
    """
    manifest = read_manifest(folder)
    rows = [score_run(read_shard(folder, run, SCORED_TABLES), manifest) for run in finished_runs(folder)]
    return summarise(rows, manifest, citable_command=citable_command or _extending(folder, manifest))


def _extending(folder: Path, manifest: Manifest) -> str:
    levels = [word for level in manifest.levels for word in ("--level", level)]
    scenario = str(folder / "scenario.yaml")
    asked = ["--runs", str(CITABLE_RUNS), "--seed", str(manifest.seed), *levels]
    treatments = ["--treatments", ",".join(manifest.treatments)]
    uncertain = ["--uncertain"] if manifest.uncertain else []
    return shlex.join(["skypact", "run", scenario, *asked, *treatments, *uncertain, "--out", str(folder)])


def mistakes_of(folder: Path) -> list[Mistake]:
    """Every mistake of every finished run of a folder, with its cause.

    Raises:
        RecordError: as `summary_of`.
    """
    manifest = read_manifest(folder)
    return [
        mistake
        for run in finished_runs(folder)
        for mistake in mistakes(read_shard(folder, run, SCORED_TABLES), manifest)
    ]


def confusions_of(folder: Path) -> tuple[Confusion, ...]:
    """What objects were taken for in every finished run of a folder, level by level.

    Raises:
        RecordError: as `summary_of`.
    """
    tables = [read_shard(folder, run, SCORED_TABLES) for run in finished_runs(folder)]
    return confusions(tables, read_manifest(folder))
