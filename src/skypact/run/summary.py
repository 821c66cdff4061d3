"""The summary of a run folder, from its record alone."""

from __future__ import annotations

from pathlib import Path

from skypact.record import finished_runs, read_manifest, read_shard
from skypact.score import Mistake, Summary, mistakes, score_run, summarise

SCORED_TABLES = ("events", "objects", "truth", "pictures", "holders")


def summary_of(folder: Path) -> Summary:
    """Score every finished run of a folder and put intervals on the result.

    Raises:
        RecordError: the folder is no run folder, has no finished run, or is damaged.
    """
    manifest = read_manifest(folder)
    rows = [score_run(read_shard(folder, run, SCORED_TABLES), manifest) for run in finished_runs(folder)]
    return summarise(rows, manifest)


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
