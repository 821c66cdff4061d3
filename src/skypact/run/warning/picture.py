"""The picture of zones: what lead time costs, a curve a size, a panel a level."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

from skypact.model.warning import RUNGS
from skypact.run.gains.chart import COLOURS, NOTE, SHAPES
from skypact.run.recorded.map import INK, MUTED, RULE, drawing, new_figure, save
from skypact.run.warning.study import Curve, Point, ZoneStudy
from skypact.score.interval import Estimate

_LEFT, _RIGHT, _BOTTOM, _TOP, _GAP, _DOWN = 0.06, 0.985, 0.08, 0.815, 0.03, 0.1
_LEAST = 100.0
"""People: fewer are drawn here, since the axis is logarithmic."""
_MOST_LEVELS = 3


Cost = Literal["person_hours", "in_vain"]
_COSTS: dict[Cost, str] = {
    "person_hours": "people times hours under alert, a raid",
    "in_vain": "people warned in vain, a raid",
}


def write_zone_picture(path: Path, found: ZoneStudy) -> None:
    """Draw the first levels into a PNG or SVG file: lead time by people's hours under alert, and by people in vain.

    Raises:
        UsageError: another suffix, or the file cannot be written.
    """
    levels = found.levels[:_MOST_LEVELS]
    with drawing():
        figure = new_figure(
            f"What the size of alerted zones costs  \u00b7  {found.title}", _facts(found), NOTE
        )
        width = (_RIGHT - _LEFT - (len(levels) - 1) * _GAP) / len(levels)
        height = (_TOP - _BOTTOM - _DOWN) / len(_COSTS)
        curves = found.curves
        for k, level in enumerate(levels):
            curves = tuple(curve for curve in found.curves if curve.level == level)
            for row, cost in enumerate(_COSTS):
                bottom = _BOTTOM + (len(_COSTS) - 1 - row) * (height + _DOWN)
                axes = figure.add_axes((_LEFT + k * (width + _GAP), bottom, width, height))
                for i, curve in enumerate(curves):
                    _draw(axes, curve, found.public, cost, (COLOURS[i], SHAPES[i]))
                _frame(axes, found, cost)
                if row == 0:
                    axes.set_title(level, pad=6)
                if k == 0:
                    axes.set_ylabel("warning, median (s)")
        handles = [
            Line2D([], [], color=COLOURS[i], marker=SHAPES[i], ms=7, lw=1.6, label=_name(curve))
            for i, curve in enumerate(curves)
        ]
        figure.legend(
            handles=handles,
            loc="center left",
            bbox_to_anchor=(_LEFT - 0.002, 0.867),
            ncols=len(handles),
            fontsize=10.5,
            labelcolor=INK,
            borderaxespad=0.0,
        )
        save(path, figure)


def _facts(found: ZoneStudy) -> list[str]:
    runs = "1 run" if found.runs == 1 else f"{found.runs} runs"
    preview = " (PREVIEW: too few to cite)" if found.preview else ""
    return [
        f"{runs}, seed {found.seed}{preview}  \u00b7  {', '.join(found.nations)}  \u00b7  all from the same pictures",
        f"a curve a size, a dot an alert probability, from {RUNGS[0]:g} (right) to {RUNGS[-1]:g}; ringed: "
        f"{RUNGS[found.public]:g}, which the public hears, with 95% intervals  \u00b7  better is up and to the left",
    ]


def _name(curve: Curve) -> str:
    return curve.name if curve.size_m is None else f"hexagons of {curve.name}"


def _people(point: Point, cost: Cost) -> Estimate:
    return point.person_hours if cost == "person_hours" else point.in_vain


def _draw(axes: Axes, curve: Curve, public: int, cost: Cost, look: tuple[str, str]) -> None:
    """One size: its line over the alert probabilities, and the public's with its intervals."""
    colour, shape = look
    people = [max(_people(point, cost).value, _LEAST) for point in curve.points]
    value = [point.warning_median_s.value for point in curve.points]
    axes.plot(people, value, color=colour, marker=shape, ms=4.5, lw=1.5, alpha=0.9, zorder=3)
    at, spent = curve.points[public].warning_median_s, _people(curve.points[public], cost)
    if math.isfinite(at.low):
        axes.plot([people[public]] * 2, [at.low, at.high], color=colour, lw=1.0, alpha=0.5, zorder=2)
    if math.isfinite(spent.low):
        ends = [max(spent.low, _LEAST), max(spent.high, _LEAST)]
        axes.plot(ends, [value[public]] * 2, color=colour, lw=1.0, alpha=0.5, zorder=2)
    axes.plot(
        people[public], value[public], marker="o", ms=12, mfc="none", mec=INK, mew=1.4, ls="none", zorder=5
    )


def _frame(axes: Axes, found: ZoneStudy, cost: Cost) -> None:
    """Axes that are the same for all levels."""
    every = [point for curve in found.curves for point in curve.points]
    people = [max(_people(point, cost).value, _LEAST) for point in every]
    top = max(point.warning_median_s.value for point in every)
    axes.set_xscale("log")
    axes.set_xlim(0.6 * min(people), 1.7 * max(people))
    axes.set_ylim(0.0, 1.1 * top if top > 0.0 else 1.0)
    axes.set_xlabel(_COSTS[cost])
    axes.xaxis.set_major_locator(LogLocator(10.0))
    axes.xaxis.set_minor_locator(LogLocator(10.0, (2.0, 5.0)))
    for which in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
        which(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.grid(color=RULE, lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(which="both", length=0, labelcolor=MUTED)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
