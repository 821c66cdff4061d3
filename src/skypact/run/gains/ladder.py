"""The picture of the ladder: a panel a metric, a row a level of sharing, a dot for all raids and for each family."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path

from skypact.run.gains.chart import COLOURS, SHAPES, Chart, Mark, Panel, Row, write_chart
from skypact.run.gains.picture import HOW_TO_READ, counted, mark_of, of_family
from skypact.run.gains.scale import scale_of
from skypact.run.gains.study import EVERY_FAMILY, Gains, Group
from skypact.run.recorded.map import INK
from skypact.score import Metric
from skypact.score.summary import ALL

ALL_RAIDS = "all raids"
_LETTERS = 20
"""A level's name of more letters is broken between its switches."""


def write_ladder(path: Path, gains: Gains) -> None:
    """Draw the first group of raids, level after level in the record's order, into a PNG or SVG file.

    It is drawn for all nations together, or for the nation if a single one is shown.

    Raises:
        UsageError: another suffix, the file cannot be written, or there are more metrics than are legible.
    """
    group = gains.groups[0]
    whose = gains.nations[0] if len(gains.nations) == 1 else ALL
    families = _families(gains, group, whose)
    joint = "" if whose == ALL else ", of all raids for all nations at once"
    chart = Chart(
        title=f"What each level of sharing adds  ·  {gains.names[0] if whose != ALL else 'all nations together'}  ·  "
        f"{gains.title or gains.scenario}{of_family(group)}",
        facts=[
            f"{counted(gains, group)}  ·  bars: {gains.confidence:.0%} intervals{joint}",
            f"{HOW_TO_READ} (in all raids)  ·  a family has its own interval and no verdict",
        ],
        against=gains.baseline,
        values="value",
        rows=[Row(_broken(level), 0.5 if level == gains.baseline else 1.0) for level in gains.rungs],
        series=[ALL_RAIDS if group.family == EVERY_FAMILY else group.family, *families],
        colours=[INK, *COLOURS[: len(families)]],
        shapes=["o", *SHAPES[1 : len(families) + 1]],
        panels=[_panel(gains, group, metric, whose, families) for metric in gains.metrics],
    )
    write_chart(path, chart, gains)


def _broken(level: str) -> str:
    lines = textwrap.wrap(level.replace("+", " +"), _LETTERS, break_on_hyphens=False)
    return "\n".join(line.replace(" +", "+") for line in lines)


def _families(gains: Gains, group: Group, whose: str) -> list[str]:
    """The families of the group's raids, as many as have colours; none where there is but one."""
    found = dict.fromkeys(
        part.family
        for metric in gains.metrics
        for level in gains.levels
        if (apart := group.entry(level, whose, metric.key).difference) is not None
        for part in apart.families
    )
    return list(found)[: len(COLOURS) - 1] if len(found) > 1 else []


def _panel(gains: Gains, group: Group, metric: Metric, whose: str, families: Sequence[str]) -> Panel:
    scale = scale_of(gains, metric)
    entries = [group.entry(level, whose, metric.key) for level in gains.rungs]
    marks: list[list[Mark | None]] = []
    for entry in entries:
        apart = entry.difference
        found = {part.family: part for part in apart.families} if apart is not None else {}
        row = [mark_of(apart)]
        for family in families:
            part = found.get(family)
            known = part is not None and math.isfinite(part.value)
            row.append(Mark(part.value, part.low, part.high) if part is not None and known else None)
        marks.append(row)
    return Panel(metric, [scale.show(entry.estimate.value) for entry in entries], marks)
