"""The picture of several days: for each nation its rounds left, and below them the share stopped, level by level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from skypact.run.endurance.study import Endurance
from skypact.run.gains.chart import COLOURS, SHAPES
from skypact.run.recorded.map import MUTED, RULE, drawing, new_figure, save
from skypact.score import Estimate
from skypact.score.endurance import DayRow
from skypact.score.summary import ALL

NOTE = "simulation of notional forces and stocks: no real system"
_AREA = (0.06, 0.075, 0.925, 0.75)
_COLUMNS = 6
_ACROSS, _DOWN, _BETWEEN = 0.016, 0.028, 0.085
"""Gaps: between nations, between a nation's two plots, between rows of nations."""
MOST_NATIONS = 18


def write_endurance_picture(path: Path, found: Endurance) -> None:
    """Draw two small plots a nation, rounds left above and share stopped below, into a PNG or SVG file.

    Raises:
        UsageError: another suffix, or the file cannot be written.
    """
    nations = [ALL, *(nation for nation in found.nations if nation != ALL)][:MOST_NATIONS]
    preview = "PREVIEW, too few to cite: " if found.preview else ""
    below = "dashed: if all rounds of day 1 were there" if found.control else "dotted: the threshold"
    facts = [
        f"{preview}{found.chains} chain{'s' * (found.chains != 1)} of {found.days} days, the same raids at every level"
        f"  ·  bands: {found.confidence:.0%} intervals over chains  ·  {found.supply.basis}",
        f"above: rounds left at the end of the day, % of those held at first  ·  below: objects of the scored set "
        f"stopped, %; {below}",
    ]
    with drawing():
        figure = new_figure(f"How long protection lasts  ·  {found.title or found.scenario}", facts, NOTE)
        columns = min(_COLUMNS, len(nations))
        rows = -(-len(nations) // columns)
        width = (_AREA[2] - (columns - 1) * _ACROSS) / columns
        tall = (_AREA[3] - (rows - 1) * _BETWEEN) / rows
        lines: list[Line2D] = []
        for k, nation in enumerate(nations):
            down, across = divmod(k, columns)
            left = _AREA[0] + across * (width + _ACROSS)
            bottom = _AREA[1] + (rows - 1 - down) * (tall + _BETWEEN)
            lines = _nation(figure, found, nation, (left, bottom, width, tall), across == 0)
        figure.legend(lines, found.levels, loc="upper right", bbox_to_anchor=(0.985, 0.985), ncols=len(lines))
        save(path, figure)


def _nation(
    figure: Figure, found: Endurance, nation: str, area: tuple[float, float, float, float], labelled: bool
) -> list[Line2D]:
    """The two plots of a nation; the lines of its levels."""
    left, bottom, width, tall = area
    high = 0.5 * (tall - _DOWN)
    above = figure.add_axes((left, bottom + high + _DOWN, width, high))
    below = figure.add_axes((left, bottom, width, high))
    above.set_title("All nations" if nation == ALL else nation, pad=4)
    _draw(above, found, nation, lambda day: day.left, 0)
    lines = _draw(below, found, nation, lambda day: day.stopped, 1)
    for level, colour in zip(found.levels, COLOURS, strict=False):
        row = found.row(nation, level)
        if found.control:
            share = [
                100.0 * day.control.value if day.control and day.control.n else np.nan for day in row.days
            ]
            below.plot(range(1, found.days + 1), share, color=colour, lw=1.1, ls=(0, (4, 3)), zorder=2)
        elif np.isfinite(row.threshold):
            below.axhline(100.0 * row.threshold, color=colour, lw=0.9, ls=(0, (1, 2)), zorder=1)
    above.tick_params(labelbottom=False)
    below.set_xlabel("day", labelpad=1)
    for axes, name in ((above, "left, %"), (below, "stopped, %")):
        axes.tick_params(labelleft=labelled)
        if labelled:
            axes.set_ylabel(name)
    return lines


def _draw(
    axes: Axes, found: Endurance, nation: str, of: Callable[[DayRow], Estimate], first: int
) -> list[Line2D]:
    """One quantity day by day at every level; rounds left begin with all of them, on day 0."""
    lines = []
    for k, level in enumerate(found.levels[: len(COLOURS)]):
        estimates = [of(day) for day in found.row(nation, level).days]
        days, value, low, high = _series(estimates, first)
        axes.fill_between(days, low, high, color=COLOURS[k], alpha=0.13, lw=0)
        # What is drawn first is larger, so that it is seen under what is drawn over it.
        size = max(11.5 - 3.0 * k, 4.0)
        (line,) = axes.plot(
            days,
            value,
            color=COLOURS[k],
            marker=SHAPES[k],
            ms=size,
            lw=0.38 * size,
            clip_on=False,
            zorder=3 + k,
        )
        lines.append(line)
    if all(not of(day).n for level in found.levels for day in found.row(nation, level).days):
        words = "no rounds that run out" if first == 0 else "nothing at stake"
        axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color=MUTED)
    axes.set_xlim(0.0, found.days + 0.25)
    axes.set_ylim(0.0, 103.0)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.set_yticks([0, 25, 50, 75, 100])
    axes.grid(axis="y", color=RULE, lw=0.6)
    axes.tick_params(length=0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return lines


def _series(
    estimates: Sequence[Estimate], first: int
) -> tuple[list[float], list[float], list[float], list[float]]:
    """Days, values and bounds in percent; where an interval is not known, none is drawn."""
    start = [] if first else [Estimate(1.0, 1.0, 1.0, 1, "")]
    points = [*start, *(estimate for estimate in estimates)]
    days = [float(first + k) for k in range(len(points))]
    value = [100.0 * p.value if p.n else np.nan for p in points]
    low = [100.0 * (p.low if np.isfinite(p.low) else p.value) if p.n else np.nan for p in points]
    high = [100.0 * (p.high if np.isfinite(p.high) else p.value) if p.n else np.nan for p in points]
    if not first and not estimates[0].n:
        value[0] = low[0] = high[0] = np.nan
    return days, value, low, high
