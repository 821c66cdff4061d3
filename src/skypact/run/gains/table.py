"""What each nation gains, as tables for the terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from skypact.run.gains.scale import scale_of, threshold_text
from skypact.run.gains.study import EVERY_FAMILY, Gains, Group
from skypact.run.plain import plain
from skypact.run.scale import MARKS, Scale
from skypact.run.summary import CITABLE_RUNS
from skypact.score import Difference, Entry, Estimate, Metric
from skypact.score.summary import ALL

_NATION, _BETWEEN = 9, 3
"""Columns of the terminal that the nations' codes take, and that stand between two columns of a table."""
_WIDEST = 180


@dataclass(frozen=True)
class _Cell:
    """A number, its margin and its mark, apart so that a terminal may dim what is less important."""

    value: str
    margin: str = ""
    mark: str = ""
    style: str = ""

    @property
    def text(self) -> str:
        """All of it in one line."""
        return " ".join(part for part in (self.value, self.margin, self.mark) if part)


# ------------------------------------------------------------------------------------------------ the terminal


def print_gains(gains: Gains, console: Console) -> None:
    """Print a table a metric, for each group of raids, as wide as the console is."""
    _print_heading(gains, console)
    for group in gains.groups:
        if len(gains.groups) > 1 or group.family != EVERY_FAMILY:
            console.rule(f"[bold]{_group_title(group)}[/bold]", align="left", style="dim")
        for metric in gains.metrics:
            scale = scale_of(gains, metric)
            columns = _columns(gains, group, metric, scale)
            heading = Text(f"{metric.title}, {scale.unit}", "bold")
            heading.append(f"  {_sense(metric)}: {metric.meaning}", "dim")
            console.print(heading)
            for levels in _chunks(gains, columns, console.width):
                console.print(_table(gains, columns, levels))
            console.print()
    console.print(Padding(_legend(gains), (0, 0, 1, 0)))


def _print_heading(gains: Gains, console: Console) -> None:
    text = Text(gains.title or gains.scenario, "bold")
    text.append(
        f"\nWho gains what against {gains.baseline}: {gains.runs} paired run{'s' * (gains.runs != 1)}, "
        f"seed {gains.seed}; what is switched on: {', '.join(gains.treatments)}; ",
        "dim",
    )
    if gains.uncertain:
        text.append("every run drew the parameters of its classes from their intervals; ", "dim")
    text.append(f"skypact {gains.version}", "dim")
    console.print(text)
    if few := _few(gains):
        console.print(Text("PREVIEW ", "bold yellow") + Text(few))
    console.print()


def _few(gains: Gains) -> str:
    """What is to be said of too few runs; empty where there are enough."""
    if not any(group.preview for group in gains.groups):
        return ""
    least = min(group.runs for group in gains.groups)
    where = " of a family" if any(group.family != EVERY_FAMILY for group in gains.groups) else ""
    return f"{least} run{'s' * (least != 1)}{where} are too few to cite; from {CITABLE_RUNS} on a result may be cited."


def _group_title(group: Group) -> str:
    title = "All raids" if group.family == EVERY_FAMILY else f"Raid family {group.family}"
    return f"{title}, n = {group.runs}{' (preview)' if group.preview else ''}"


def _sense(metric: Metric) -> str:
    return {1: "more is better", -1: "less is better", 0: "neither more nor less is better"}[metric.better]


def _chunks(gains: Gains, columns: Mapping[str, Sequence[Text]], width: int) -> list[tuple[str, ...]]:
    """The levels in groups that fit the width beside the nation and the baseline."""
    wide = {
        level: _BETWEEN + max(*(len(line) for line in _lines(level)), *(len(cell) for cell in cells))
        for level, cells in columns.items()
    }
    room = min(width, _WIDEST) - _NATION - max(wide[gains.baseline], len("baseline") + _BETWEEN)
    chunks: list[list[str]] = [[]]
    left = room
    for level in gains.levels:
        if chunks[-1] and wide[level] > left:
            chunks.append([])
            left = room
        chunks[-1].append(level)
        left -= wide[level]
    return [tuple(chunk) for chunk in chunks]


def _lines(level: str) -> list[str]:
    """A level's name in lines: each switch on one of its own."""
    first, *switches = level.split("+")
    return [first, *(f"+{switch}" for switch in switches)]


def _columns(gains: Gains, group: Group, metric: Metric, scale: Scale) -> dict[str, list[Text]]:
    """What stands under each level, the baseline first: a line a nation, all, and how many have which mark."""
    levels = (gains.baseline, *gains.levels)
    columns: dict[str, list[Text]] = {level: [] for level in levels}
    for nation in (*gains.nations, ALL):
        entries = [group.entry(level, nation, metric.key) for level in levels]
        for level, cell in zip(levels, _cells(entries, scale), strict=True):
            columns[level].append(_styled(cell))
    for level in levels:
        tally = "" if level == gains.baseline else _tally(gains, group, metric, level)
        columns[level].append(Text(tally, "dim"))
    return columns


def _table(gains: Gains, columns: Mapping[str, Sequence[Text]], levels: Sequence[str]) -> Table:
    """The levels of one chunk beside the nation and the baseline."""
    table = Table(box=box.HORIZONTALS, pad_edge=False, padding=(0, 1))
    table.add_column(Text("nation", "bold"), no_wrap=True)
    for level in (gains.baseline, *levels):
        heading = Text("\n".join(_lines(level)), "bold")
        if level == gains.baseline:
            heading.append("\nbaseline", "dim")
        table.add_column(heading, justify="right", no_wrap=True)
    lines = [*(Text(nation, "bold") for nation in gains.nations), Text("all", "bold"), Text("marks", "dim")]
    for k, name in enumerate(lines):
        table.add_row(name, *(columns[level][k] for level in (gains.baseline, *levels)))
        if k >= len(gains.nations) - 1:
            table.add_section()
    return table


def _cells(entries: Sequence[Entry], scale: Scale) -> list[_Cell]:
    """The baseline's value, then what each level changes."""
    return [
        _value_cell(entries[0].estimate, scale),
        *(_change_cell(e.difference, scale) for e in entries[1:]),
    ]


def _value_cell(estimate: Estimate, scale: Scale) -> _Cell:
    if not estimate.n:
        return _Cell("-")
    if estimate.value == 0.0 and estimate.method.startswith("exact"):
        return _Cell("0", f"<{scale.show(estimate.high)}")
    return _Cell(scale.show(estimate.value), scale.margin(estimate.value, estimate.low, estimate.high))


def _change_cell(apart: Difference | None, scale: Scale) -> _Cell:
    if apart is None or not apart.n:
        return _Cell("-")
    mark, style = MARKS[apart.verdict]
    if apart.verdict == "identical":
        return _Cell("same", "", mark)
    margin = scale.margin(apart.value, apart.simultaneous_low, apart.simultaneous_high)
    return _Cell(scale.show(apart.value, sign=True), margin, mark, style)


def _styled(cell: _Cell) -> Text:
    text = Text(justify="right")
    text.append(cell.value, cell.style)
    if cell.margin:
        text.append(f" {cell.margin}", "dim")
    if cell.mark:
        text.append(f" {cell.mark}", cell.style)
    return text


def _tally(gains: Gains, group: Group, metric: Metric, level: str) -> str:
    """How many nations have each mark."""
    counts: dict[str, int] = {}
    for nation in gains.nations:
        apart = group.entry(level, nation, metric.key).difference
        if apart is not None and apart.n:
            mark = MARKS[apart.verdict][0]
            counts[mark] = counts.get(mark, 0) + 1
    order = dict.fromkeys(mark for mark, _ in MARKS.values())
    return " ".join(f"{counts[mark]}{mark}" for mark in order if mark in counts)


def _legend(gains: Gains) -> Text:
    text = Text()
    text.append("How to read it. ", "bold")
    text.append(f"{gains.baseline} shows the value itself; every other column, {_explained(gains)} ")
    for verdict, words in _meanings(gains):
        mark, style = MARKS[verdict]
        text.append(mark, style)
        text.append(f" {words}, ")
    text.append(f"each measured against the smallest change that matters: {_thresholds(gains)}. ")
    text.append("In the last line, how many of the nations shown have which mark.")
    return text


def _meanings(gains: Gains) -> list[tuple[str, str]]:
    """What each mark means that may stand beside one of the metrics shown."""
    sided = any(metric.better for metric in gains.metrics)
    neutral = any(not metric.better for metric in gains.metrics)
    return [
        *([("better", "better"), ("worse", "worse")] if sided else []),
        *([("higher", "more"), ("lower", "less")] if neutral else []),
        ("no relevant difference", "no change that matters"),
        ("not resolved", "not resolved (these runs cannot tell)"),
    ]


def _explained(gains: Gains) -> str:
    return (
        f"the change against it, each raid compared with itself. Margins are of {gains.confidence:.0%} intervals over "
        f"runs, and in a column of changes hold for all nations at once."
    )


def _thresholds(gains: Gains) -> str:
    return "; ".join(
        f"{metric.title}: {threshold_text(metric, scale_of(gains, metric))}" for metric in gains.metrics
    )


# ---------------------------------------------------------------------------------------- Markdown and machines


def to_markdown(gains: Gains) -> str:
    """The tables as Markdown, to be pasted into a page."""
    parts = [
        f"{gains.runs} paired run{'s' * (gains.runs != 1)} of “{gains.title or gains.scenario}”, seed {gains.seed}, "
        f"against `{gains.baseline}`."
    ]
    if few := _few(gains):
        parts.append(f"**Preview.** {few}")
    several = len(gains.groups) > 1 or gains.groups[0].family != EVERY_FAMILY
    for group in gains.groups:
        if several:
            parts.append(f"**{_group_title(group)}**")
        for metric in gains.metrics:
            scale = scale_of(gains, metric)
            parts.append(f"*{metric.title}, {scale.unit} ({_sense(metric)})*")
            parts.append("\n".join(_markdown_rows(gains, group, metric, scale)))
    marks = ", ".join(f"{MARKS[verdict][0]} {words}" for verdict, words in _meanings(gains))
    parts.append(
        f"The column `{gains.baseline}` shows the value itself; every other column, {_explained(gains)} {marks}. The "
        f"smallest changes that matter: {_thresholds(gains)}."
    )
    return "\n\n".join(parts)


def _markdown_rows(gains: Gains, group: Group, metric: Metric, scale: Scale) -> Iterable[str]:
    levels = (gains.baseline, *gains.levels)
    yield _row(["nation", *(f"`{level}`" for level in levels)])
    yield _row(["---", *("---:" for _ in levels)])
    names = dict(zip(gains.nations, gains.names, strict=True))
    for nation in (*gains.nations, ALL):
        entries = [group.entry(level, nation, metric.key) for level in levels]
        cells = [cell.text for cell in _cells(entries, scale)]
        yield _row([names.get(nation, "**all nations**"), *cells])
    yield _row(["marks", "", *(_tally(gains, group, metric, level) for level in gains.levels)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def to_json(gains: Gains) -> str:
    """Everything as JSON, SI units; what there is no number for is null."""
    document = asdict(gains)
    for group, found in zip(document["groups"], gains.groups, strict=True):
        group["preview"] = found.preview
    return json.dumps(plain(document), indent=1, ensure_ascii=False, allow_nan=False)
