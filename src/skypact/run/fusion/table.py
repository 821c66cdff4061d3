"""Methods of fusion beside truth, as tables for the terminal and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from rich.console import Console

from skypact.run.consistency.table import OVERCONFIDENT, margin, normalised, plain_table
from skypact.run.fusion.study import FusionRow, FusionStudy
from skypact.run.plain import plain
from skypact.score.consistency import PHASES, class_name


def print_fusion(found: FusionStudy, console: Console) -> None:
    """Print the comparison, and what each method promises."""
    runs = "1 run" if found.runs == 1 else f"{found.runs} runs"
    console.print(
        f"\n[bold]{found.title}[/bold]\n[dim]{runs}, seed {found.seed}, skypact {found.version}[/dim]"
    )
    if found.preview:
        console.print("[yellow]PREVIEW[/yellow] Too few runs to cite: 20 or more give intervals to rely on.")
    _print_rows(found, console)
    _print_cells(found, console)
    console.print(
        f"\nIntervals are 95%, the run being the unit. [bold red]![/bold red] over-confident: an upper limit above "
        f"{OVERCONFIDENT}. A method is [red]inconsistent[/red] where it promises more than it knows. Errors are of the "
        "objects that every row holds; to usual: the median run by run beside covariance intersection's. Bytes are of "
        "every message to every receiver, without headers; central is one tracker of all detections (level full)."
    )


def to_json(found: FusionStudy) -> str:
    """Everything as JSON; what there is no number for is null."""
    document: dict[str, Any] = {
        name: getattr(found, name) for name in ("scenario", "title", "level", "runs", "seed", "version")
    }
    document["rows"] = [_document(row) for row in found.rows]
    return json.dumps(plain(document), indent=1, ensure_ascii=False, allow_nan=False)


def _document(row: FusionRow) -> dict[str, Any]:
    values = asdict(row)
    line = values.pop("line")
    for cell in values["cells"]:
        cell["object_class"], cell["phase"] = class_name(cell["object_class"]), PHASES[cell["phase"]]
    name = {"method": row.line.name, "level": line["level"], "inconsistent": row.line.inconsistent}
    return name | values


def _label(row: FusionRow, level: str) -> str:
    """A row's name: its level where that is not the study's, and a warning where it is inconsistent."""
    name = row.line.name.replace("_", " ")
    if row.line.level not in (level, "full"):
        name += f" at {row.line.level}"
    return name + (" [red]inconsistent[/red]" if row.line.inconsistent else "")


def _print_rows(found: FusionStudy, console: Console) -> None:
    table = plain_table(
        f"What each method makes of the same tracks, level {found.level}",
        ("method",),
        (
            *("raid RMS, m", "median", "to usual, %", "aircraft RMS, m", "median", "to usual, %"),
            *("GOSPA, m", "missed", "too many", "bytes/s", "ms/picture"),
        ),
    )
    for row in found.rows:
        table.add_row(
            _label(row, found.level),
            margin(row.raid_rms_m, 0),
            margin(row.raid_median_m, 0),
            margin(row.raid_change, 1, 100.0),
            margin(row.traffic_rms_m, 0),
            margin(row.traffic_median_m, 0),
            margin(row.traffic_change, 1, 100.0),
            margin(row.gospa_m, 0),
            f"{row.missed:.2f}",
            f"{row.stray:.2f}",
            f"{row.bytes_per_s:,.0f}",
            f"{row.ms_per_picture:.2f}",
        )
    console.print(table)


def _print_cells(found: FusionStudy, console: Console) -> None:
    table = plain_table(
        "Normalised error squared per dimension of tracks made of several nations' information",
        ("class", "phase", "method"),
        ("looks", "mixed", "position", "with velocity", "unmixed position", "with velocity"),
    )
    cells = {
        (cell.object_class, cell.phase, place): cell
        for place, row in enumerate(found.rows)
        for cell in row.cells
        if cell.fused
    }
    before = None
    for kind, phase, place in sorted(cells):
        cell = cells[kind, phase, place]
        first = (kind, phase) != before
        before = (kind, phase)
        table.add_row(
            class_name(kind) if first else "",
            PHASES[phase] if first else "",
            _label(found.rows[place], found.level),
            f"{cell.looks:,}",
            f"{cell.mixed / cell.looks:.1%}",
            normalised(cell.position),
            normalised(cell.whole),
            margin(cell.pure_position, 2),
            margin(cell.pure_whole, 2),
        )
    console.print(table)
