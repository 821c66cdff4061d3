"""What one nation could know of a run: the part of a record that may leave it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from skypact.errors import UsageError
from skypact.model.codes import Content, EventKind
from skypact.model.manifest import Manifest
from skypact.model.network import B1
from skypact.model.record import Columns
from skypact.record import encode, finished_runs, read_manifest, read_shard
from skypact.run.library import load
from skypact.scenario import parse_level
from skypact.share import LevelRules, information_set, rules_for

TABLES = ("events", "holders", "pictures", "tracks")
_OWN = (
    EventKind.TRACK_STATE,
    EventKind.MESSAGE_SENT,
    EventKind.ALERT,
    EventKind.ALL_CLEAR,
    EventKind.ALERT_UPDATE,
    EventKind.PRE_ALERT,
    EventKind.PRE_ALERT_END,
    EventKind.SHOT,
    EventKind.ASSESSED,
)
"""Events that a nation knows of itself. What truly happened (launches, outcomes, arrivals) is not among them."""


def extract(folder: Path, nation: str, level: str, out: Path) -> int:
    """Write what one nation knew at one level of every finished run, as Parquet; the number of runs.

    Its own tracks' changes, its pictures with their lineage, its alerts and shots, what it believed of them, and the
    messages that it sent and got. Rows and shots are numbered anew, so that nothing tells how many were left out; the
    seed, from which everybody's knowledge can be made again, is not told.

    Args:
        folder: a run folder.
        nation: code of the nation.
        level: name of a level of the record.
        out: folder to write, which must not exist.

    Raises:
        RecordError: the folder is no run folder, or damaged.
        UsageError: there is no such nation or level, `out` exists, or a picture holds what the level's policy forbids.
    """
    manifest = read_manifest(folder)
    for asked, found, known in (("nation", nation, manifest.nations), ("level", level, manifest.levels)):
        if found not in known:
            raise UsageError(f"{asked} '{found}'", "not in this record", f"There are: {', '.join(known)}.")
    if out.exists():
        raise UsageError(str(out), "it exists", "Name a folder that does not.")
    runs = finished_runs(folder)
    for run, tables in knowledge(folder, manifest, nation, level, runs):
        target = out / f"run-{run:05d}"
        target.mkdir(parents=True)
        for name, table in tables.items():
            (target / f"{name}.parquet").write_bytes(encode(name, table))
    about = {
        "scenario": manifest.scenario,
        "title": manifest.title,
        "nation": nation,
        "level": level,
        "version": manifest.version,
        "nations": list(manifest.nations),
        "note": "simulation of notional forces; what this nation could know, no more",
    }
    (out / "about.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    return len(runs)


def knowledge(
    folder: Path, manifest: Manifest, nation: str, level: str, runs: Iterable[int]
) -> Iterator[tuple[int, dict[str, Columns]]]:
    """What a nation knew at a level in each of the runs: the one way by which anything leaves a record for it.

    Raises:
        RecordError: the record is damaged.
        UsageError: a picture holds what the level's policy forbids.
    """
    row, at = manifest.nations.index(nation), manifest.levels.index(level)
    allowed = _allowed(folder, manifest.nations, level, row)
    for run in runs:
        tables = known_to(read_shard(folder, run, TABLES), row, at)
        _refuse_forbidden(tables["pictures"], allowed, nation, run)
        yield run, tables


def known_to(tables: dict[str, Columns], nation: int, level: int) -> dict[str, Columns]:
    """The rows of a run's events, pictures and full-rate tracks that a nation knows at a level, numbered anew."""
    holders = tables["holders"]
    held = holders["picture"][(holders["level"] == level) & (holders["nation"] == nation)]
    events = tables["events"]
    kind = events["kind"]
    own = (events["level"] == level) & (
        (np.isin(kind, _OWN) & (events["nation"] == nation))
        | ((kind == EventKind.MESSAGE_RECEIVED) & (events["other"] == nation))
    )
    found = {"events": _renumbered(events, own)}
    _number_shots(found["events"])
    for name in ("pictures", "tracks"):
        table = tables[name]
        found[name] = _renumbered(table, (table["level"] == level) & np.isin(table["picture"], held))
        found[name]["picture"][:] = 0
    return found


def _renumbered(table: Columns, rows: B1) -> Columns:
    kept = {name: values[rows] for name, values in table.items()}
    kept["seq"][:] = np.arange(len(kept["seq"]))
    return kept


def _number_shots(events: Columns) -> None:
    """Number the nation's shots from 1 on, in its own order: a level counts the shots of all nations together."""
    shots, told = events["kind"] == EventKind.SHOT, events["kind"] == EventKind.ASSESSED
    numbers = np.unique(events["other"][shots])
    events["other"][shots] = 1 + np.searchsorted(numbers, events["other"][shots])
    events["value"][told] = 1 + np.searchsorted(numbers, events["value"][told])


def _allowed(folder: Path, nations: tuple[str, ...], level: str, nation: int) -> int:
    """A bit for each nation whose information may come to this one at the level."""
    scenario = load(str(folder / "scenario.yaml")).scenario
    name = parse_level(level, nations, tuple(scenario.policy.levels))
    rules: LevelRules = rules_for(scenario.policy, nations, level, name.base, name.hub, name.without)
    seen = (Content.TRACKS, Content.DETECTIONS)
    return sum(
        1 << source
        for source in {line.nation for line in information_set(rules, nation) if line.content in seen}
    )


def _refuse_forbidden(pictures: Columns, allowed: int, nation: str, run: int) -> None:
    forbidden = np.asarray(pictures["sources"], np.int64) & ~np.int64(allowed)
    if forbidden.any():
        raise UsageError(
            f"the picture of {nation} in run {run}",
            "its lineage names nations that release nothing to it",
            "Do not pass this record on, and report it: a run must not make it.",
        )
