"""Small multiples of changes: a panel a metric, named rows, a dot with its interval for each series."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from skypact.errors import UsageError
from skypact.run.gains.scale import scale_of
from skypact.run.gains.study import Gains
from skypact.run.recorded.map import HALO, INK, MUTED, RULE, drawing, new_figure, save
from skypact.run.scale import Scale
from skypact.score import Metric

NOTE = "simulation of notional forces: no real system"
MOST_PANELS = 4
COLOURS = ("#e69f00", "#0072b2", "#009e73", "#d55e00", "#cc79a7", "#56b4e9")
"""Of Okabe and Ito (2008), told apart by every kind of colour vision; each series has a shape of its own too."""
SHAPES = ("o", "s", "D", "^", "v", "P")
_LEFT, _RIGHT, _BOTTOM, _TOP = 0.03, 0.985, 0.098, 0.785
_LEGEND_Y = 0.866
_STRIP, _GAP = 0.05, 0.012
"""Widths of the column of numbers at the left of each panel, and of what parts it from the panel before."""
_SPREAD = 0.74
"""Share of a row over which its series are spread."""
_BAND, _STRIPE = "#e6ebf0", "#f7f9fa"
_FAR = 2.2
"""An interval that reaches further than this many times the furthest dot is cut there, and shown to be cut."""
_ROOM = 0.7
"""A name stands on the side away from zero, unless its interval takes more than this share of the panel there."""
_MANY = 5
"""From so many series on their dots are smaller."""
_LETTERS = 12
"""A series' name of more letters is not written beside its dot too."""

Kind = Literal["told", "open", "same"]
"""A dot is full, hollow where the runs cannot tell, small with a faint bar where every run has the same value."""


@dataclass(frozen=True)
class Mark:
    """A change with its interval, in the metric's unit; NaN bounds where there is none."""

    value: float
    low: float
    high: float
    kind: Kind = "told"


@dataclass(frozen=True)
class Row:
    """A row: its name, its height, and whether it is the one that sums up the others."""

    name: str
    height: float = 1.0
    strong: bool = False


@dataclass(frozen=True)
class Panel:
    """One metric: what is written at the left of each row, and its marks, one a series; None where there is none."""

    metric: Metric
    values: Sequence[str]
    marks: Sequence[Sequence[Mark | None]]


@dataclass(frozen=True)
class Chart:
    """Everything that is drawn."""

    title: str
    facts: Sequence[str]
    against: str
    """level that the zero line stands for"""
    values: str
    """heading of the numbers at the left of each panel"""
    rows: Sequence[Row]
    series: Sequence[str]
    colours: Sequence[str]
    shapes: Sequence[str]
    panels: Sequence[Panel]


def write_chart(path: Path, chart: Chart, gains: Gains) -> None:
    """Draw a chart into a PNG or SVG file.

    Raises:
        UsageError: another suffix, the file cannot be written, or there are more panels than are legible.
    """
    count = len(chart.panels)
    if count > MOST_PANELS:
        raise UsageError(
            f"a picture of {count} metrics",
            f"more than {MOST_PANELS} panels are not legible",
            "Name fewer with --metric.",
        )
    with drawing():
        figure = new_figure(chart.title, chart.facts, NOTE)
        left = _LEFT + _names_width(figure, chart.rows)
        width = (_RIGHT - left - (count - 1) * _GAP) / count
        for k, panel in enumerate(chart.panels):
            edge = left + k * (width + _GAP) + _STRIP
            axes = figure.add_axes((edge, _BOTTOM, width - _STRIP, _TOP - _BOTTOM))
            _draw_panel(axes, chart, panel, scale_of(gains, panel.metric))
            if k == 0:
                _name_rows(axes, chart.rows, left)
                _name_dots(axes, chart, panel, scale_of(gains, panel.metric))
        _draw_legend(figure, chart)
        save(path, figure)


def _names_width(figure: Figure, rows: Sequence[Row]) -> float:
    """The share of the figure's width that the longest name of a row takes."""
    widest = 0.0
    for row in rows:
        text = figure.text(0.0, 0.0, row.name, fontsize=10, fontweight="bold" if row.strong else "normal")
        widest = max(widest, text.get_window_extent().width)
        text.remove()
    return widest / figure.bbox.width + 0.004


def _placed(rows: Sequence[Row]) -> Iterator[tuple[Row, float]]:
    """Each row with its middle on the vertical axis, which begins at 0 and falls."""
    top = 0.0
    for row in rows:
        yield row, top - 0.5 * row.height
        top -= row.height


def _name_rows(axes: Axes, rows: Sequence[Row], right: float) -> None:
    for row, middle in _placed(rows):
        axes.annotate(
            row.name,
            (right, middle),
            xycoords=("figure fraction", "data"),
            ha="right",
            va="center",
            fontsize=10,
            fontweight="bold" if row.strong else "normal",
            annotation_clip=False,
        )


# ------------------------------------------------------------------------------------------------------ a panel


def _draw_panel(axes: Axes, chart: Chart, panel: Panel, scale: Scale) -> None:
    """One metric: every row's dots, with a number at the left of each."""
    metric = panel.metric
    low, high = (end * scale.factor for end in _reach(panel))
    near = metric.threshold * scale.factor
    axes.set_xlim((high, low) if metric.better < 0 else (low, high))
    axes.set_ylim(-sum(row.height for row in chart.rows), 0.0)
    axes.axvspan(max(-near, low), min(near, high), color=_BAND, lw=0, zorder=0.5)
    axes.axvline(0.0, color=INK, lw=1.1, zorder=2)
    for k, (row, middle) in enumerate(_placed(chart.rows)):
        edge = middle - 0.5 * row.height
        if k % 2 == 0:
            axes.axhspan(edge, edge + row.height, color=_STRIPE, zorder=0)
        if row.strong:
            axes.axhline(edge, color="#aab4be", lw=0.8, zorder=1)
        axes.annotate(
            panel.values[k],
            (0.0, middle),
            (-8, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=9,
            fontweight="bold" if row.strong else "normal",
            annotation_clip=False,
        )
        size = 1.35 if row.strong else 1.0 if len(chart.series) < _MANY else 0.88
        for j, mark in enumerate(panel.marks[k]):
            if mark is not None:
                at = _height_of(row, middle, j, len(chart.series))
                _draw_mark(axes, mark, at, scale.factor, (chart.colours[j], chart.shapes[j]), size)
    _frame(axes, chart, metric, scale)


def _height_of(row: Row, middle: float, j: int, count: int) -> float:
    """Where the j-th of a row's series stands on the vertical axis; the first stands highest."""
    return middle - _SPREAD * row.height * ((j + 0.5) / count - 0.5)


def _reach(panel: Panel) -> tuple[float, float]:
    """How far the axis goes below and above zero: over every interval, but for those much wider than any change."""
    marks = [mark for row in panel.marks for mark in row if mark is not None]
    near = panel.metric.threshold
    values = [mark.value for mark in marks]
    ends = [end for mark in marks for end in (mark.low, mark.high) if math.isfinite(end)]
    furthest = _FAR * max([near, *(abs(value) for value in values)])
    low = max(min([-near, *values, *ends]), -furthest)
    high = min(max([near, *values, *ends]), furthest)
    pad = 0.04 * (high - low)
    return low - pad, high + pad


def _draw_mark(axes: Axes, mark: Mark, at: float, factor: float, look: tuple[str, str], size: float) -> None:
    """A dot with its interval, an arrowhead where the interval leaves the panel."""
    colour, shape = look
    first, last = axes.get_xlim()
    low, high = sorted((first, last))
    same = mark.kind == "same"
    if math.isfinite(mark.low) and math.isfinite(mark.high):
        ends = mark.low * factor, mark.high * factor
        axes.plot(
            (max(ends[0], low), min(ends[1], high)),
            (at, at),
            color=colour,
            lw=(0.9 if same else 1.4) * size,
            alpha=0.35 if same else 0.8,
            solid_capstyle="butt",
            zorder=3,
        )
        for cut, edge in ((ends[0] < low, low), (ends[1] > high, high)):
            if cut:
                head = 4 if edge == first else 5  # pointing left or right, its tip on the edge
                axes.plot([edge], [at], marker=head, ms=5, color=colour, ls="none", clip_on=False, zorder=3)
    axes.plot(
        [mark.value * factor],
        [at],
        marker=shape,
        ms=(3.4 if same else 5.2) * size,
        mfc="white" if mark.kind == "open" else colour,
        mec=colour,
        mew=0.0 if same else 1.2,
        ls="none",
        zorder=4,
    )


def _name_dots(axes: Axes, chart: Chart, panel: Panel, scale: Scale) -> None:
    """The names of the series beside their dots in the row that sums up the others, where there is room."""
    if max(len(name) for name in chart.series) > _LETTERS:
        return
    first, last = axes.get_xlim()
    for k, (row, middle) in enumerate(_placed(chart.rows)):
        for j, mark in enumerate(panel.marks[k] if row.strong else ()):
            if mark is None:
                continue
            ends = [end * scale.factor for end in (mark.value, mark.low, mark.high) if math.isfinite(end)]
            left, right = sorted((end - first) / (last - first) for end in (min(ends), max(ends)))
            ahead = (mark.value * scale.factor < 0.0) == (last < first)  # on the right of the zero line
            after = right <= _ROOM if ahead else left < 1.0 - _ROOM
            axes.annotate(
                chart.series[j],
                (right if after else left, _height_of(row, middle, j, len(chart.series))),
                (7 if after else -7, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                ha="left" if after else "right",
                va="center_baseline",
                fontsize=8.5,
                path_effects=HALO,
                zorder=5,
            )


def _frame(axes: Axes, chart: Chart, metric: Metric, scale: Scale) -> None:
    """Title, direction, heading of the numbers at the left, and ticks."""
    axes.set_title(f"{metric.title} ({scale.unit})", pad=20)
    sense = {1: "better  →", -1: "better (less)  →", 0: "more  →"}[metric.better]
    for text, at, shift, side in ((sense, 1.0, 0, "right"), (chart.values, 0.0, -8, "right")):
        axes.annotate(
            text,
            (at, 1.0),
            (shift, 5),
            xycoords="axes fraction",
            textcoords="offset points",
            ha=side,
            fontsize=9,
            color=INK if at else MUTED,
            annotation_clip=False,
        )
    axes.set_xlabel(f"change against {chart.against} ({scale.change})")
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _signed(value)))
    axes.set_yticks([])
    axes.grid(axis="x", color=RULE, lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _signed(value: float) -> str:
    return f"{value:+,g}".replace("-", "\N{MINUS SIGN}") if abs(value) > 1e-9 else "0"


def _draw_legend(figure: Figure, chart: Chart) -> None:
    """The series in their colours and shapes, in the order in which they stand in a row, from top to bottom."""
    handles = [
        Line2D([], [], color=colour, marker=shape, ms=8, lw=2.0, label=name)
        for name, colour, shape in zip(chart.series, chart.colours, chart.shapes, strict=True)
    ]
    for columns in range(len(handles), 0, -1):
        legend = figure.legend(
            handles=handles,
            loc="center left",
            bbox_to_anchor=(_LEFT + 0.001, _LEGEND_Y),
            ncols=columns,
            fontsize=10.5,
            labelcolor=INK,
            columnspacing=2.2,
            borderpad=0.0,
            borderaxespad=0.0,
        )
        if columns == 1 or legend.get_window_extent().width <= (_RIGHT - _LEFT) * figure.bbox.width:
            return
        legend.remove()
