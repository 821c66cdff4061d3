"""A summary as a table for the terminal, and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from skypact.run.plain import plain
from skypact.run.scale import MARKS, Scale, scale_for
from skypact.score import Difference, Entry, Estimate, FamilyDifference, Metric, Summary

HEADLINE = (
    "warning_median_s",
    "people_60_share",
    "held_share",
    "gospa_m",
    "leakers",
    "rounds",
    "price_usd",
    "civil_engaged",
    "false_alerts",
)
SAFETY = ("civil_engaged", "friendly_engaged")
ALL = "all"
_COLUMN = 13
"""Width that a metric needs: "+38.5 ±12.7 ▲"."""
_MAX_UNRESOLVED = 5
_FAMILY_WIDTH = 70
"""Columns left for the metrics beside level, family and number of runs, as `_chunks` counts them."""


def print_summary(summary: Summary, console: Console) -> None:
    """Print the summary, as wide as the console is."""
    console.print(render(summary, console.width))


def render(summary: Summary, width: int, metrics: Sequence[str] = HEADLINE) -> RenderableType:
    """The summary for a terminal of this width: all nations, then each level nation by nation, then what to mind.

    Args:
        summary: what to show.
        width: columns of the terminal.
        metrics: keys of the metrics to show, split over several tables where they do not fit.
    """
    shown = [metric for key in metrics for metric in summary.metrics if metric.key == key]
    parts: list[RenderableType] = [_heading(summary)]
    if summary.preview:
        parts.append(_preview(summary))
    others = [level for level in summary.levels if level != summary.baseline]
    chunks = _chunks(shown, width)
    parts += [_overview(summary, chunk) for chunk in chunks]
    for level in (summary.baseline, *others):
        parts += [_level_table(summary, level, chunk) for chunk in chunks]
    parts += [_legend(summary, bool(others)), _safety(summary)]
    if others:
        parts += [_families(summary, shown, others), _equal_alerts(summary), _worse(summary)]
    return Group(*parts)


def to_json(summary: Summary) -> str:
    """Everything the summary holds as JSON; what there is no number for is null."""
    return json.dumps(plain(asdict(summary)), indent=1, ensure_ascii=False, allow_nan=False)


def _heading(summary: Summary) -> RenderableType:
    text = Text()
    text.append(summary.title or summary.scenario, "bold")
    count = "1 paired run" if summary.runs == 1 else f"{summary.runs} paired runs"
    text.append(f"\n{count}, seed {summary.seed}, levels {', '.join(summary.levels)}; ", "dim")
    text.append(f"what is switched on: {', '.join(summary.treatments)}; ", "dim")
    if summary.uncertain:
        text.append("every run drew the parameters of its classes from their intervals; ", "dim")
    text.append(f"skypact {summary.version}", "dim")
    return Padding(text, (1, 0))


def _preview(summary: Summary) -> RenderableType:
    text = Text("PREVIEW ", "bold yellow")
    text.append(f"{summary.runs} runs are too few to cite. For a result that can be cited:\n")
    text.append(summary.citable_command, "bold cyan")
    return Panel(text, border_style="yellow", box=box.ROUNDED, expand=False)


def _chunks(metrics: Sequence[Metric], width: int) -> list[list[Metric]]:
    """The metrics in groups that fit the width side by side, as even as they can be."""
    fits = max(1, (min(width, 160) - 10) // (_COLUMN + 2))
    groups = math.ceil(len(metrics) / fits)
    size = math.ceil(len(metrics) / groups) if groups else 1
    return [list(metrics[i : i + size]) for i in range(0, len(metrics), size)]


def _scale(summary: Summary, metric: Metric) -> Scale:
    """One scale for all numbers of a metric."""
    largest = max(
        (
            abs(e.estimate.value)
            for e in summary.entries
            if e.metric == metric.key and not math.isnan(e.estimate.value)
        ),
        default=0.0,
    )
    return scale_for(metric, largest)


def _columns(table: Table, summary: Summary, metrics: Sequence[Metric]) -> list[Scale]:
    """Add a column for each metric; their scales."""
    scales = [_scale(summary, metric) for metric in metrics]
    for metric, scale in zip(metrics, scales, strict=True):
        heading = Text(metric.title, "bold")
        heading.append(f"\n{scale.unit}", "dim")
        table.add_column(heading, justify="right", width=_COLUMN)
    return scales


def _table() -> Table:
    return Table(box=box.HORIZONTALS, pad_edge=False, padding=(0, 1))


def _block(title: str, note: str, table: Table) -> RenderableType:
    """A table under its title, with space below."""
    heading = Text(title, "bold")
    heading.append(f"  {note}", "dim")
    return Padding(Group(heading, table), (0, 0, 1, 0))


def _overview(summary: Summary, metrics: Sequence[Metric]) -> RenderableType:
    table = _table()
    table.add_column(Text("level", "bold"), no_wrap=True)
    scales = _columns(table, summary, metrics)
    for level in summary.levels:
        name = Text(level, "bold" if level == summary.baseline else "")
        if level == summary.baseline:
            name.append("\nbaseline", "dim")
        entries = [summary.entry(level, ALL, metric.key) for metric in metrics]
        table.add_row(name, *(_cell(entry, scale) for entry, scale in zip(entries, scales, strict=True)))
        table.add_section()
    return _block("All nations together", "a line a level of sharing", table)


def _level_table(summary: Summary, level: str, metrics: Sequence[Metric]) -> RenderableType:
    base = level == summary.baseline
    note = "the baseline" if base else f"and, below each number, the change against {summary.baseline}"
    table = _table()
    table.add_column(Text("nation", "bold"), no_wrap=True)
    scales = _columns(table, summary, metrics)
    for nation in summary.nations:
        entries = [summary.entry(level, nation, metric.key) for metric in metrics]
        cells = [_cell(entry, scale) for entry, scale in zip(entries, scales, strict=True)]
        table.add_row(Text(nation, "bold"), *cells)
    return _block(f"At {level}", note, table)


def _cell(entry: Entry, scale: Scale) -> Text:
    """The value with its margin and, below, the change with its margin and mark."""
    text = Text(justify="right")
    _append_value(text, entry.estimate, scale)
    if entry.difference is not None:
        text.append("\n")
        _append_change(text, entry.difference, scale)
    return text


def _append_value(text: Text, estimate: Estimate, scale: Scale) -> None:
    if not estimate.n:
        text.append("none came" if math.isnan(estimate.value) else scale.show(estimate.value), "dim")
        return
    if estimate.value == 0.0 and estimate.method.startswith("exact"):
        text.append("0")
        text.append(f" <{scale.show(estimate.high)}", "dim")
    else:
        text.append(scale.show(estimate.value))
        text.append(f" {scale.margin(estimate.value, estimate.low, estimate.high)}".rstrip(), "dim")
    text.append("  ")


def _append_change(text: Text, apart: Difference, scale: Scale) -> None:
    mark, style = MARKS[apart.verdict]
    if not apart.n:
        return
    if apart.verdict == "identical":
        text.append("same =", "dim")
        return
    text.append(scale.show(apart.value, sign=True), style)
    margin = scale.margin(apart.value, apart.simultaneous_low, apart.simultaneous_high)
    text.append(f" {margin}".rstrip(), "dim")
    text.append(f" {mark}", style)


def _legend(summary: Summary, compared: bool) -> RenderableType:
    text = Text()
    text.append("How to read it. ", "bold")
    text.append(
        f"120 ±14: these raids average 120, and the true average of such raids lies within 14 of it, "
        f"{summary.confidence:.0%} sure. 0 <0.2: never in these runs, which still allows 0.2. "
    )
    if compared:
        text.append(
            f"Below stands the change against {summary.baseline}, each raid compared with itself; its margins hold "
            "for all nations of a table at once. "
        )
        for verdict, words in (
            ("better", "better"),
            ("worse", "worse"),
            ("no relevant difference", "no change that matters"),
            ("not resolved", f"not resolved with n = {summary.runs} (these runs cannot tell)"),
        ):
            mark, style = MARKS[verdict]
            text.append(mark, style)
            text.append(f" {words}, ")
        text.append("each measured against the smallest change that matters: ")
        shown = [metric for metric in summary.metrics if metric.key in HEADLINE]
        text.append("; ".join(f"{metric.title} {_threshold(metric)}" for metric in shown) + ".")
    return Padding(text, (0, 0, 1, 0))


def _threshold(metric: Metric) -> str:
    if metric.unit == "%":
        return f"{100 * metric.threshold:g} %"
    if metric.unit == "USD":
        return f"{metric.threshold / 1e6:g} million USD"
    return f"{metric.threshold:g} {metric.unit}".strip()


def _safety(summary: Summary) -> RenderableType:
    """Aircraft that were fired at: the gravest failure, so a zero is shown with what it still allows."""
    table = _table()
    table.add_column(Text("level", "bold"))
    for key in SAFETY:
        table.add_column(
            Text(next(m.title for m in summary.metrics if m.key == key), "bold"), justify="right"
        )
    for level in summary.levels:
        cells = []
        for key in SAFETY:
            estimate = summary.entry(level, ALL, key).estimate
            if estimate.value == 0.0:
                cells.append(Text(f"none, at most {estimate.high:.2g} a raid"))
            else:
                bounds = "" if math.isnan(estimate.low) else f" [{estimate.low:.2g}, {estimate.high:.2g}]"
                cells.append(Text(f"{estimate.value:.2g}{bounds} a raid", "bold red"))
        table.add_row(level, *cells)
    return _block(
        "Safety, all nations together", "a zero is shown with the most that these runs allow", table
    )


def _families(summary: Summary, metrics: Sequence[Metric], levels: Sequence[str]) -> RenderableType:
    """The change within each raid family, a row each: does it hold in every kind of raid?"""
    if not summary.families:
        return Text()
    parts: list[RenderableType] = []
    for chunk in _chunks(metrics, _FAMILY_WIDTH):
        table = _table()
        for heading in ("level", "raid family", "n"):
            table.add_column(Text(heading, "bold"), no_wrap=True)
        scales = [_scale(summary, metric) for metric in chunk]
        for metric, scale in zip(chunk, scales, strict=True):
            table.add_column(Text(f"{metric.title} {scale.unit}", "bold"), justify="right")
        for level in levels:
            changes = [summary.entry(level, ALL, metric.key).difference for metric in chunk]
            by_family = [{} if c is None else {part.family: part for part in c.families} for c in changes]
            for k, name in enumerate(summary.families):
                cells = [
                    _with_margin(scale, found[name]) if name in found else "-"
                    for scale, found in zip(scales, by_family, strict=True)
                ]
                runs = max((found[name].n for found in by_family if name in found), default=0)
                table.add_row("" if k else level, name, str(runs), *cells)
            table.add_section()
        note = f"the change against {summary.baseline} in n raids of each family, all nations together"
        parts.append(_block("Does it hold in every kind of raid?", note, table))
    return Group(*parts)


def _with_margin(scale: Scale, part: FamilyDifference) -> str:
    """A family's change with its interval as one margin."""
    return f"{scale.show(part.value, sign=True)} {scale.margin(part.value, part.low, part.high)}".rstrip()


def _equal_alerts(summary: Summary) -> RenderableType:
    """Warning at an equal false-alert rate."""
    metric = next(m for m in summary.metrics if m.key == "warning_equal_far_s")
    scale = _scale(summary, metric)
    text = Text("At equal false alerts", "bold")
    text.append(f" (no more than {summary.baseline} has), all nations together, the median warning is")
    for choice in summary.rungs:
        estimate = summary.entry(choice.level, ALL, metric.key).estimate
        margin = scale.margin(estimate.value, estimate.low, estimate.high)
        text.append(f"\n  {choice.level}: {scale.show(estimate.value)} {margin} s")
        text.append(
            f", alerting at {choice.probability:g}, {choice.false_alerts:.1f} false alerts a raid", "dim"
        )
        if not choice.within:
            text.append(" (more than allowed even so)", "yellow")
    return Padding(text, (0, 0, 1, 0))


def _worse(summary: Summary) -> RenderableType:
    """Nations that are worse off under sharing, with what the record says of why."""
    text = Text()
    resolved = [cause for cause in summary.worse if cause.resolved]
    open_ones = [cause for cause in summary.worse if not cause.resolved]
    if resolved:
        text.append("Worse off under sharing\n", "bold red")
    else:
        text.append(f"No nation is shown to be worse off than at {summary.baseline}.\n", "bold")
    listed = [*resolved, *open_ones[:_MAX_UNRESOLVED]]
    for k, cause in enumerate(listed):
        if not cause.resolved and k == len(resolved):
            text.append("Perhaps worse off (these runs cannot tell)\n", "bold")
        metric = next(m for m in summary.metrics if m.key == cause.metric)
        scale = _scale(summary, metric)
        unit = "points" if scale.unit == "%" else scale.unit
        change = f"{scale.show(cause.difference, sign=True)} {unit}"
        text.append(f"  ▼ {cause.nation} at {cause.level}: ", "bold red" if cause.resolved else "")
        text.append(f"{metric.title} {change}")
        reasons = "; ".join(f"{reason.per_run:.2g} {reason.text}" for reason in cause.reasons[:3])
        text.append(
            f". In a raid: {reasons}\n" if reasons else ". The record names no step that fell behind\n", "dim"
        )
    if len(open_ones) > _MAX_UNRESOLVED:
        text.append(f"  and {len(open_ones) - _MAX_UNRESOLVED} more, all of them in the JSON\n", "dim")
    text.rstrip()
    return text
