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
from skypact.score.consistency import (
    AS_SAID,
    HALF,
    MOST,
    PHASES,
    TOLERANCE,
    TOO_LARGE,
    TOO_SMALL,
    UNRESOLVED,
    EllipseRow,
    class_name,
    coverage_verdict,
)
from skypact.score.interval import Estimate

OVERCONFIDENT = 1.3
"""The interval's upper limit of a normalised error per dimension from which a tracker counts as over-confident."""
MARKS = {
    AS_SAID: "",
    TOO_SMALL: " [bold red]![/bold red]",
    TOO_LARGE: " [yellow]~[/yellow]",
    UNRESOLVED: " [dim]?[/dim]",
}


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
        f"dimension whose upper limit exceeds {OVERCONFIDENT}; ellipses whose interval lies more than {TOLERANCE:.0%} "
        "below their probability; behind a number, how many of them had no covariance at all. [yellow]~[/yellow] "
        f"cautious: the interval lies more than {TOLERANCE:.0%} above. [dim]?[/dim] not resolved with n = {found.runs}:"
        " it reaches beyond these limits. No mark: it lies within."
    )


def to_json(found: Consistency) -> str:
    """Everything as JSON; what there is no number for is null."""
    document: dict[str, Any] = {
        name: getattr(found, name) for name in ("scenario", "title", "runs", "seed", "version")
    }
    document["states"] = [_named(asdict(row)) | {"phase": PHASES[row.phase]} for row in found.states]
    for part in ("impacts", "launches"):
        document[part] = [_named(asdict(row)) | _verdicts(row) for row in getattr(found, part)]
    for part in ("firsts", "pictures"):
        document[part] = [_named(asdict(row)) for row in getattr(found, part)]
    document["confusions"] = [confusion_json(confusion) for confusion in found.confusions]
    return json.dumps(plain(document), indent=1, ensure_ascii=False, allow_nan=False)


def _named(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its tracker and class as words."""
    named = {"tracker": TRACKERS[row.pop("pooled")]}
    if "object_class" in row:
        named["object_class"] = class_name(row.pop("object_class"))
    return named | row


def _verdicts(row: EllipseRow) -> dict[str, str]:
    """What the intervals of both coverages say."""
    return {
        "half_verdict": coverage_verdict(row.half, HALF),
        "most_verdict": coverage_verdict(row.most, MOST),
    }


def plain_table(title: str, words: Sequence[str], numbers: Sequence[str]) -> Table:
    """An empty table: columns of words, then columns of numbers."""
    table = Table(title=f"\n{title}", title_justify="left", box=None)
    for heading in words:
        table.add_column(heading, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def margin(found: Estimate, digits: int, factor: float = 1.0) -> str:
    """A number and the wider side of its interval."""
    if math.isnan(found.value):
        return "-"
    text = f"{found.value * factor:.{digits}f}"
    if math.isnan(found.low) or math.isnan(found.high):
        return text
    return f"{text} ±{max(found.high - found.value, found.value - found.low) * factor:.{digits}f}"


def _median(found: Estimate) -> str:
    """A median time with its interval; infinite is never."""
    if math.isfinite(found.value) and not math.isinf(found.high):
        return margin(found, 0)
    value, low, high = (
        "never" if math.isinf(part) else f"{part:.0f}" for part in (found.value, found.low, found.high)
    )
    return value if low == high or math.isnan(found.low) else f"{value} ({low} to {high})"


def _number(cases: int, broken: int) -> str:
    """How many cases, and marked how many of them had a covariance that is none."""
    return f"{cases:,}" + (f" [bold red]! {broken:,}[/bold red]" if broken else "")


def normalised(found: Estimate) -> str:
    """A normalised error per dimension, marked where its upper limit is too large."""
    high = found.high if not math.isnan(found.high) else found.value
    mark = " [bold red]![/bold red]" if high > OVERCONFIDENT else ""
    return f"{margin(found, 2)}{mark}"


def _covered(found: Estimate, probability: float) -> str:
    """The coverage of ellipses, marked with what its interval says of them."""
    return f"{margin(found, 1, 100.0)}{MARKS[coverage_verdict(found, probability)]}"


def _print_states(found: Consistency, console: Console) -> None:
    table = plain_table(
        "Normalised error squared per dimension (1 where errors are as large as the covariance says)",
        ("tracker", "class", "phase", "track"),
        (
            *("looks", "position", "within 95 %", "with velocity", "within 95 %"),
            *("unmixed looks", "position", "with velocity"),
        ),
    )
    for row in found.states:
        table.add_row(
            TRACKERS[row.pooled],
            class_name(row.object_class),
            PHASES[row.phase],
            "settled" if row.settled else "starting",
            _number(row.looks, row.broken),
            normalised(row.position),
            f"{row.position_within.value:.1%}",
            normalised(row.whole),
            f"{row.whole_within.value:.1%}",
            f"{row.unmixed_looks:,}",
            margin(row.unmixed_position, 2),
            margin(row.unmixed_whole, 2),
        )
    console.print(table)


def _print_ellipses(rows: Sequence[EllipseRow], title: str, time: str, console: Console) -> None:
    table = plain_table(
        title, ("tracker", "class", time), ("points", "50 %", "95 %", "median miss, m", "median sigma, m")
    )
    for row in rows:
        whole = (row.from_s, row.to_s) == (rows[-1].from_s, rows[-1].to_s)
        table.add_row(
            TRACKERS[row.pooled],
            class_name(row.object_class),
            "all" if whole else _between(row.from_s, row.to_s),
            _number(row.predictions, row.broken),
            _covered(row.half, HALF),
            _covered(row.most, MOST),
            margin(row.miss_m, 0),
            margin(row.sigma_m, 0),
        )
    if rows:
        console.print(table)


def _between(from_s: float, to_s: float) -> str:
    """A stretch of time."""
    return f"{from_s:.0f} and more" if math.isinf(to_s) else f"{from_s:.0f}-{to_s:.0f}"


def _print_firsts(found: Consistency, console: Console) -> None:
    table = plain_table(
        "From the first detection to a track (medians of all objects, those that never had one among them)",
        ("tracker", "class"),
        ("objects", "confirmed, %", "median, s", "firm, %", "median, s"),
    )
    for row in found.firsts:
        table.add_row(
            TRACKERS[row.pooled],
            class_name(row.object_class),
            f"{row.objects:,}",
            margin(row.confirmed_share, 1, 100.0),
            _median(row.confirmed_median_s),
            margin(row.firm_share, 1, 100.0),
            _median(row.firm_median_s),
        )
    console.print(table)


def _print_pictures(found: Consistency, console: Console) -> None:
    table = plain_table(
        "The picture beside what the sensors detected in the last minute (tracks of what they have not detected since, "
        "though it flies, are too many)",
        ("tracker",),
        ("false tracks an hour and tracker", "GOSPA, m", "of it position, m", "missed", "tracks too many"),
    )
    for row in found.pictures:
        table.add_row(
            TRACKERS[row.pooled],
            margin(row.false_tracks_per_h, 2),
            margin(row.gospa_m, 0),
            f"{row.located_m:,.0f}",
            margin(row.missed, 2),
            margin(row.stray, 2),
        )
    console.print(table)
