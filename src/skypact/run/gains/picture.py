"""The picture of gains: a panel a metric, a row a nation, a dot with its interval for each level of sharing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from skypact.run.gains.chart import COLOURS, SHAPES, Chart, Kind, Mark, Panel, Row, write_chart
from skypact.run.gains.scale import scale_of
from skypact.run.gains.study import EVERY_FAMILY, Gains, Group
from skypact.score import Difference, Metric
from skypact.score.summary import ALL

MOST_LEVELS = len(COLOURS)
_TALL, _TALL_A_LEVEL = 1.6, 0.48
"""Height of the row of all nations, in rows, at least and for each level: there its dots have names."""


def write_gains_picture(path: Path, gains: Gains) -> None:
    """Draw the first group of raids into a PNG or SVG file.

    Raises:
        UsageError: another suffix, the file cannot be written, or there are more metrics than are legible.
    """
    group, levels = gains.groups[0], drawn_levels(gains)
    best = _best(gains, group, levels)
    nations = (ALL, *_sorted(gains, group, best))
    names = dict(zip(gains.nations, gains.names, strict=True))
    tall = max(_TALL, _TALL_A_LEVEL * len(levels))
    chart = Chart(
        title=f"Who gains what from sharing  ·  {gains.title or gains.scenario}{of_family(group)}",
        facts=_facts(gains, group, len(levels), best),
        against=gains.baseline,
        values=f"at {gains.baseline}",
        rows=[Row("All nations", tall, True), *(Row(names[nation]) for nation in nations[1:])],
        series=levels,
        colours=COLOURS[: len(levels)],
        shapes=SHAPES[: len(levels)],
        panels=[_panel(gains, group, metric, nations, levels) for metric in gains.metrics],
    )
    write_chart(path, chart, gains)


def drawn_levels(gains: Gains) -> tuple[str, ...]:
    """The levels of a picture; of more than are legible first those that name no nation and add no switch."""
    plain = [level for level in gains.levels if ":" not in level and "+" not in level]
    others = [level for level in gains.levels if level not in plain]
    chosen = (*plain, *others)[:MOST_LEVELS]
    return tuple(level for level in gains.levels if level in chosen)


def of_family(group: Group) -> str:
    """What a title says of the raids; nothing where they are all of them."""
    return "" if group.family == EVERY_FAMILY else f"  ·  raid family {group.family}"


def counted(gains: Gains, group: Group) -> str:
    """How many runs there are, and against what they are held."""
    few = "PREVIEW, too few to cite: " if group.preview else ""
    runs = "1 paired run" if group.runs == 1 else f"{group.runs} paired runs"
    return f"{few}{runs}, change against {gains.baseline}, each raid compared with itself"


HOW_TO_READ = (
    "right of the line is better  ·  grey band: too small to matter  ·  hollow: these runs cannot tell  ·  "
    "small: every run the same"
)


def _facts(gains: Gains, group: Group, drawn: int, best: str) -> list[str]:
    hidden = len(gains.levels) - drawn
    more = f"  ·  {hidden} more level{'s' * (hidden != 1)} not drawn" if hidden else ""
    return [
        f"{counted(gains, group)}  ·  bars: {gains.confidence:.0%} intervals that hold for all nations at once{more}",
        f"{HOW_TO_READ}  ·  nations in the order of {gains.metrics[0].title}, gained at {best}",
    ]


def _best(gains: Gains, group: Group, levels: Sequence[str]) -> str:
    """The level at which all nations together gain most in the first metric."""
    return min(levels, key=lambda level: _loss(gains, group, level, ALL))


def _sorted(gains: Gains, group: Group, level: str) -> list[str]:
    """The nations by what they gain at a level in the first metric, those without a number last."""
    return sorted(gains.nations, key=lambda nation: _loss(gains, group, level, nation))


def _loss(gains: Gains, group: Group, level: str, nation: str) -> float:
    metric = gains.metrics[0]
    apart = group.entry(level, nation, metric.key).difference
    if apart is None or not math.isfinite(apart.value):
        return math.inf
    return -apart.value * (metric.better or 1)


def _panel(
    gains: Gains, group: Group, metric: Metric, nations: Sequence[str], levels: Sequence[str]
) -> Panel:
    scale = scale_of(gains, metric)
    return Panel(
        metric,
        [scale.show(group.entry(gains.baseline, nation, metric.key).estimate.value) for nation in nations],
        [
            [mark_of(group.entry(level, nation, metric.key).difference) for level in levels]
            for nation in nations
        ],
    )


def mark_of(apart: Difference | None) -> Mark | None:
    """The dot of a difference, with the interval that its verdict is taken from; None where nothing was measured."""
    if apart is None or not math.isfinite(apart.value):
        return None
    kinds: dict[str, Kind] = {"not resolved": "open", "identical": "same"}
    kind = kinds.get(apart.verdict, "told")
    return Mark(apart.value, apart.simultaneous_low, apart.simultaneous_high, kind)
