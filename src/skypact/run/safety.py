"""`skypact safety`: aircraft that were engaged, from a record: of how many flights, and each with its reason."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from skypact.record import finished_runs, read_manifest, read_shard
from skypact.run.plain import plain
from skypact.run.summary import CITABLE_RUNS, SCORED_TABLES
from skypact.score import Mistake, SafetyRow, flights_needed, safety_rows, safety_run


@dataclass(frozen=True)
class SafetyStudy:
    """What a record says of aircraft that were engaged."""

    scenario: str
    title: str
    runs: int
    rows: tuple[SafetyRow, ...]
    engagements: tuple[Mistake, ...]


def safety_of(folder: Path, report: Callable[[int, int], None]) -> SafetyStudy:
    """The flights of all finished runs of a folder, and every engagement of one.

    Args:
        folder: a run folder.
        report: told how many of how many runs are done.

    Raises:
        RecordError: the folder is no run folder, has no finished run, or is damaged.
    """
    manifest = read_manifest(folder)
    numbers = finished_runs(folder)
    runs = []
    for number in numbers:
        runs.append(safety_run(read_shard(folder, number, SCORED_TABLES), manifest))
        report(len(runs), len(numbers))
    return SafetyStudy(
        manifest.scenario,
        manifest.title,
        len(runs),
        safety_rows(runs, manifest.levels),
        tuple(m for run in runs for m in run.engagements),
    )


def print_safety(found: SafetyStudy, console: Console) -> None:
    """Print flights engaged by level with exact bounds, the reasons, and each engagement."""
    console.print(f"[bold]{found.title}[/bold]\n{found.runs} paired runs")
    if found.runs < CITABLE_RUNS:
        console.print(f"[bold yellow]PREVIEW[/bold yellow] {found.runs} runs are too few to cite.")
    for kind in dict.fromkeys(row.kind for row in found.rows):
        console.print(_flights(kind, [row for row in found.rows if row.kind == kind]))
    console.print(
        "[dim]At most: exact 95% bounds (Clopper and Pearson 1934), once with flights and once with runs as trials. "
        "The flights of a run have a sky and a raid in common, so that runs say less and assume nothing. Good: at most "
        f"1 in 10,000 flights; with none engaged that takes {flights_needed():,} of them.[/dim]"
    )
    if found.engagements:
        _print_each(found, console)


def _flights(kind: str, rows: list[SafetyRow]) -> Table:
    """The flights of one kind, a row a level."""
    title = f"\n{kind.capitalize()} flights engaged, per 1,000 flights"
    table = Table(title=title, title_justify="left", box=None, collapse_padding=True)
    table.add_column("level", no_wrap=True)
    for heading in ("flights", "engaged", "killed", "per 1,000", "at most", "in runs", "at most"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            _broken(row.level),
            f"{row.flights:,}",
            str(row.engaged),
            str(row.killed),
            _thousandth(row.share),
            _thousandth(row.high) + (" [green]good[/green]" if row.good else ""),
            f"{row.runs_engaged} of {row.runs}",
            f"{row.run_high:.1%}",
        )
    return table


def _broken(level: str) -> str:
    """A level's name, a line a switch."""
    return level.replace("+", "\n+")


def _print_each(found: SafetyStudy, console: Console) -> None:
    reasons = Table(title="\nWhy", title_justify="left", box=None)
    for heading in ("level", "engagement", "what was under the track", "salvos"):
        reasons.add_column(heading, justify="right" if heading == "salvos" else "left")
    for (level, kind, cause), count in sorted(
        Counter((m.level, m.kind, m.cause) for m in found.engagements).items()
    ):
        reasons.add_row(_broken(level), kind, cause, str(count))
    console.print(reasons)
    each = Table(title="\nEach of them", title_justify="left", box=None)
    for heading in (
        "run",
        "level",
        "second",
        "by",
        "aircraft",
        "taken for",
        "what was under the track",
        "end",
    ):
        each.add_column(heading, justify="right" if heading in ("run", "second") else "left")
    for m in found.engagements:
        by = f"{m.nation} {m.where}"
        end = f"[bold red]{m.end}[/bold red]" if m.end == "killed" else m.end
        each.add_row(
            str(m.run), _broken(m.level), f"{m.t_s:.0f}", by, str(m.object_key), m.taken_for, m.cause, end
        )
    console.print(each)


def to_json(found: SafetyStudy) -> str:
    """Everything as JSON; what there is no number for is null."""
    document = asdict(found)
    for row, entry in zip(found.rows, document["rows"], strict=True):
        entry |= {"share": row.share, "good": row.good}
    document["flights_needed"] = flights_needed()
    return json.dumps(plain(document), indent=1, ensure_ascii=False, allow_nan=False)


def _thousandth(share: float) -> str:
    return "-" if math.isnan(share) else f"{1e3 * share:.2f}"
