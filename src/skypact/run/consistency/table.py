"""How trackers stand beside truth, as tables for the terminal and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from skypact.run.confusion_table import confusion_json, print_confusions
from skypact.run.consistency.study import TRACKERS, Consistency
from skypact.run.plain import plain
from skypact.score.consistency import PHASES, EllipseRow, class_name
from skypact.score.interval import Estimate

OVERCONFIDENT = 1.3
"""The interval's upper limit of a normalised error per dimension from which a tracker counts as over-confident."""
MOST_LOW, MOST_HIGH = 0.93, 0.97
"""Where the coverage of 95 % ellipses should lie."""


def print_consistency(found: Consistency, console: Console) -> None:
    """Print everything, worst marked."""
    runs = "1 run" if found.runs == 1 else f"{found.runs} runs"
    console.print(
        f"\n[bold]{found.title}[/bold]\n[dim]{runs}, seed {found.seed}, skypact {found.version}[/dim]"
    )
    if found.preview:
        console.print("[yellow]PREVIEW[/yellow] Too few runs to cite: 20 or more give intervals to rely on.")
    _print_states(found, console)
    heading = "Predicted impacts of what has burnt out: share within the 50 % and the 95 % ellipse"
    _print_ellipses(found.impacts, heading, "seconds to go", console)
    _print_ellipses(found.launches, "Launch points: the same", "since launch", console)
    _print_firsts(found, console)
    _print_pictures(found, console)
    print_confusions(found.confusions, console)
    console.print(
        f"\nIntervals are 95%, the run being the unit. [bold red]![/bold red] over-confident: a normalised error per "
        f"dimension whose upper limit exceeds {OVERCONFIDENT}, a 95 % ellipse whose interval lies below "
        f"{MOST_LOW:.0%}. [yellow]~[/yellow] cautious: it lies above {MOST_HIGH:.0%}."
    )


def to_json(found: Consistency) -> str:
    """Everything as JSON; what there is no number for is null."""
    document: dict[str, Any] = {
        name: getattr(found, name) for name in ("scenario", "title", "runs", "seed", "version")
    }
    document["states"] = [_named(asdict(row)) | {"phase": PHASES[row.phase]} for row in found.states]
    for part in ("impacts", "launches", "firsts", "pictures"):
        document[part] = [_named(asdict(row)) for row in getattr(found, part)]
    document["confusions"] = [confusion_json(confusion) for confusion in found.confusions]
    return json.dumps(plain(document), indent=1, ensure_ascii=False, allow_nan=False)


def _named(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its tracker and class as words."""
    named = {"tracker": TRACKERS[row.pop("pooled")]}
    if "object_class" in row:
        named["object_class"] = class_name(row.pop("object_class"))
    return named | row


def _table(title: str, words: Sequence[str], numbers: Sequence[str]) -> Table:
    table = Table(title=f"\n{title}", title_justify="left", box=None)
    for heading in words:
        table.add_column(heading, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def _margin(found: Estimate, digits: int, factor: float = 1.0) -> str:
    """A number and the wider side of its interval."""
    if math.isnan(found.value):
        return "-"
    text = f"{found.value * factor:.{digits}f}"
    if math.isnan(found.low) or math.isnan(found.high):
        return text
    return f"{text} ±{max(found.high - found.value, found.value - found.low) * factor:.{digits}f}"


def _error(found: Estimate) -> str:
    """A normalised error per dimension, marked where its upper limit is too large."""
    high = found.high if not math.isnan(found.high) else found.value
    mark = " [bold red]![/bold red]" if high > OVERCONFIDENT else ""
    return f"{_margin(found, 2)}{mark}"


def _covered(found: Estimate) -> str:
    """The coverage of 95 % ellipses, marked where its interval lies outside what it should be."""
    mark = ""
    if found.high < MOST_LOW:
        mark = " [bold red]![/bold red]"
    elif found.low > MOST_HIGH:
        mark = " [yellow]~[/yellow]"
    return f"{_margin(found, 1, 100.0)}{mark}"


def _print_states(found: Consistency, console: Console) -> None:
    table = _table(
        "Normalised error squared per dimension (1 where errors are as large as the covariance says)",
        ("tracker", "class", "phase", "track"),
        ("looks", "mixed", "position", "within 95 %", "with velocity", "within 95 %"),
    )
    for row in found.states:
        table.add_row(
            TRACKERS[row.pooled],
            class_name(row.object_class),
            PHASES[row.phase],
            "settled" if row.settled else "starting",
            f"{row.looks:,}",
            f"{row.mixed.value:.1%}",
            _error(row.position),
            f"{row.position_within.value:.1%}",
            _error(row.whole),
            f"{row.whole_within.value:.1%}",
        )
    console.print(table)


def _print_ellipses(rows: Sequence[EllipseRow], title: str, time: str, console: Console) -> None:
    table = _table(
        title, ("tracker", "class", time), ("points", "50 %", "95 %", "median miss, m", "median sigma, m")
    )
    for row in rows:
        whole = (row.from_s, row.to_s) == (rows[-1].from_s, rows[-1].to_s)
        table.add_row(
            TRACKERS[row.pooled],
            class_name(row.object_class),
            "all" if whole else f"{row.from_s:.0f}-{row.to_s:.0f}",
            f"{row.predictions:,}",
            _margin(row.half, 1, 100.0),
            _covered(row.most),
            f"{row.miss_m:,.0f}",
            f"{row.sigma_m:,.0f}",
        )
    if rows:
        console.print(table)


def _print_firsts(found: Consistency, console: Console) -> None:
    table = _table(
        "From the first detection to a track",
        ("tracker", "class"),
        ("objects", "confirmed, %", "median, s", "firm, %", "median, s"),
    )
    for row in found.firsts:
        table.add_row(
            TRACKERS[row.pooled],
            class_name(row.object_class),
            f"{row.objects:,}",
            _margin(row.confirmed_share, 1, 100.0),
            f"{row.confirmed_median_s:.0f}",
            _margin(row.firm_share, 1, 100.0),
            f"{row.firm_median_s:.0f}",
        )
    console.print(table)


def _print_pictures(found: Consistency, console: Console) -> None:
    table = _table(
        "The picture beside what the sensors detected in the last minute",
        ("tracker",),
        ("false tracks an hour", "GOSPA, m", "of it position, m", "missed", "tracks too many"),
    )
    for row in found.pictures:
        table.add_row(
            TRACKERS[row.pooled],
            _margin(row.false_tracks_per_h, 2),
            _margin(row.gospa_m, 0),
            f"{row.located_m:,.0f}",
            _margin(row.missed, 2),
            _margin(row.stray, 2),
        )
    console.print(table)
