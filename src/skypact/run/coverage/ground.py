"""The ground of a map: shaded relief, sea, coasts and borders, graticule and scale."""

from __future__ import annotations

import math
from typing import Any

import matplotlib.path
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.text import Text
from scipy.ndimage import gaussian_filter

from skypact.model.network import F8
from skypact.run.coverage.plane import Chart
from skypact.run.recorded.map import HALO, INK, MUTED
from skypact.run.report_map import STEP_DEG, Box, land

SEA, SHORE, BORDER = "#dbe7ee", "#8fa6b5", "#8d8478"
_LAND = LinearSegmentedColormap.from_list("land", ["#f5f2ea", "#efe8da", "#e2d6c3", "#d3c4b2", "#c9bcb0"])
_HIGHEST_M = 3_500.0
_STEEPER = 4.0
"""Slopes are drawn this much steeper: the cells of a map are kilometres wide."""


def draw_ground(
    axes: Axes, chart: Chart, heights_m: F8, node_km: float, nations: tuple[str, ...]
) -> list[Text]:
    """Relief, coasts, borders, graticule and a scale; the names of the countries, which labels must keep off.

    Args:
        axes: empty.
        chart: what it is to show.
        heights_m: [rows, columns] of the chart.
        node_km: spacing of the terrain's nodes; relief is smoothed to it, so that no facets between them show.
        nations: ISO codes whose names are drawn darker.
    """
    edges = (chart.west, chart.east, chart.south, chart.north)
    axes.set_xlim(chart.west, chart.east)
    axes.set_ylim(chart.south, chart.north)
    axes.set_aspect("equal", adjustable="box")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(SEA)
    box = _box(chart)
    found = land(box, nations)
    outline = _compound([_line(steps, box, chart) for steps in found["land"]])
    shaded = axes.imshow(
        _shaded(gaussian_filter(heights_m, 0.6 * node_km / chart.cell_km), chart.cell_km),
        extent=edges,
        origin="lower",
        interpolation="bilinear",
        zorder=0,
    )
    if outline is not None:
        clip = PathPatch(outline, transform=axes.transData)
        shaded.set_clip_path(clip)
        axes.add_patch(PathPatch(outline, fill=False, edgecolor=SHORE, lw=0.7, zorder=4))
    borders = [_line(steps, box, chart) for steps in found["borders"]]
    axes.add_collection(
        LineCollection(borders, colors=BORDER, linewidths=0.7, linestyles=(0, (5, 2, 1, 2)), zorder=4),
        autolim=False,
    )
    _graticule(axes, chart)
    _scale(axes, chart)
    inside = [label for label in found["labels"] if _inside(chart, box, label, margin=0.04)]
    inside.sort(key=lambda label: not label[3])
    return _apart([_name(axes, chart, box, label) for label in inside])


def _box(chart: Chart) -> Box:
    """The degrees that a chart covers."""
    x, y = np.meshgrid(np.linspace(chart.west, chart.east, 21), np.linspace(chart.south, chart.north, 21))
    lat, lon = (np.degrees(values) for values in chart.plane.lat_lon(x, y))
    return Box(float(lat.min()), float(lon.min()), float(lat.max()), float(lon.max()))


def _line(steps: list[int], box: Box, chart: Chart) -> F8:
    """A line of the report's map, kept as steps from point to point, in the plane [n, 2]."""
    lon, lat = np.cumsum(np.reshape(steps, (-1, 2)), axis=0).T * STEP_DEG
    return np.stack(chart.plane.xy_km(np.radians(lat + box.south), np.radians(lon + box.west)), axis=1)


def _compound(rings: list[F8]) -> matplotlib.path.Path | None:
    """One path of many rings: islands and lakes by the rule of even and odd."""
    if not rings:
        return None
    codes = []
    for ring in rings:
        codes += [matplotlib.path.Path.MOVETO, *[matplotlib.path.Path.LINETO] * (len(ring) - 1)]
    return matplotlib.path.Path(np.concatenate(rings), codes)


def _shaded(heights_m: F8, cell_km: float) -> F8:
    """Colours [rows, columns, 3] of the land: tinted by height, lit from the north-west at 45 degrees."""
    north, east = np.gradient(_STEEPER * heights_m, 1e3 * cell_km)
    level = math.sqrt(0.5)
    lit = (1.0 + level * (east - north)) / np.sqrt(1.0 + east**2 + north**2)  # 1 on level ground
    tint = _LAND(np.clip(heights_m / _HIGHEST_M, 0.0, 1.0))[..., :3]
    return np.asarray(np.clip(tint * (0.72 + 0.28 * np.maximum(lit, 0.0))[..., None], 0.0, 1.0), np.float64)


def _inside(chart: Chart, box: Box, label: list[Any], margin: float) -> bool:
    x, y = _place(chart, box, label)
    pad_x, pad_y = margin * (chart.east - chart.west), margin * (chart.north - chart.south)
    return chart.west + pad_x < x < chart.east - pad_x and chart.south + pad_y < y < chart.north - pad_y


def _place(chart: Chart, box: Box, label: list[Any]) -> tuple[float, float]:
    lat, lon = box.south + STEP_DEG * label[2], box.west + STEP_DEG * label[1]
    x, y = chart.plane.xy_km(math.radians(lat), math.radians(lon))
    return float(x), float(y)


def _name(axes: Axes, chart: Chart, box: Box, label: list[Any]) -> Text:
    x, y = _place(chart, box, label)
    colour = "#6b6257" if label[3] else "#a39a8d"
    return axes.text(
        x, y, " ".join(label[0].upper()), fontsize=7.5, color=colour, ha="center", va="center", alpha=0.9, zorder=5,
        path_effects=HALO,
    )  # fmt: skip


def _apart(names: list[Text]) -> list[Text]:
    """The names that touch none before them; the others are taken off the map."""
    kept: list[Text] = []
    for name in names:
        if any(name.get_window_extent().overlaps(other.get_window_extent()) for other in kept):
            name.remove()
        else:
            kept.append(name)
    return kept


def _graticule(axes: Axes, chart: Chart) -> None:
    """Parallels and meridians, named on the left and lower edges."""
    box = _box(chart)
    step = nice(max(box.north - box.south, box.east - box.west) / 10.0)
    spread = np.linspace(-0.5, 1.5, 161)
    lines = []
    style: dict[str, Any] = {"fontsize": 8, "color": MUTED, "annotation_clip": False}
    for parallel in step * np.arange(math.ceil(box.south / step), math.floor(box.north / step) + 1):
        lon = np.radians(box.west + spread * (box.east - box.west))
        lines.append(np.stack(chart.plane.xy_km(np.full(161, math.radians(parallel)), lon), axis=1))
        at = _crossing(lines[-1], 0, chart.west)
        if at is not None and chart.south < at < chart.north:
            text = f"{abs(parallel):g}° {'N' if parallel >= 0 else 'S'}"
            axes.annotate(
                text, (chart.west, at), (-4, 0), textcoords="offset points", ha="right", va="center", **style
            )
    for meridian in step * np.arange(math.ceil(box.west / step), math.floor(box.east / step) + 1):
        lat = np.radians(np.clip(box.south + spread * (box.north - box.south), -89.0, 89.0))
        lines.append(np.stack(chart.plane.xy_km(lat, np.full(161, math.radians(meridian))), axis=1))
        at = _crossing(lines[-1], 1, chart.south)
        if at is not None and chart.west < at < chart.east:
            text = f"{abs(meridian):g}° {'E' if meridian >= 0 else 'W'}"
            axes.annotate(
                text, (at, chart.south), (0, -4), textcoords="offset points", ha="center", va="top", **style
            )
    axes.add_collection(
        LineCollection(lines, colors="#9fb4c1", linewidths=0.5, alpha=0.7, zorder=3), autolim=False
    )


def _crossing(line: F8, axis: int, value: float) -> float | None:
    """Where a line [n, 2] first passes a value of one axis, on the other axis."""
    side = line[:, axis] > value
    found = np.flatnonzero(side[1:] != side[:-1])
    if not len(found):
        return None
    a, b = line[found[0]], line[found[0] + 1]
    return float(a[1 - axis] + (value - a[axis]) / (b[axis] - a[axis]) * (b[1 - axis] - a[1 - axis]))


def _scale(axes: Axes, chart: Chart) -> None:
    """A bar of a round length in the lower left corner."""
    width, height = chart.east - chart.west, chart.north - chart.south
    length = nice(0.12 * width)
    x, y = chart.west + 0.025 * width, chart.south + 0.035 * height
    pad = 0.012 * width
    axes.add_patch(
        Rectangle(
            (x - pad, y - 0.5 * pad), length + 2 * pad, 0.045 * height, facecolor="white", alpha=0.8, lw=0, zorder=8
        )
    )  # fmt: skip
    axes.plot(
        [x, x, x + length, x + length], [y + 0.4 * pad, y, y, y + 0.4 * pad], color=INK, lw=1.3, zorder=9
    )
    axes.text(
        x + 0.5 * length, y + 0.5 * pad, f"{length:g} km", fontsize=8, ha="center", va="bottom", zorder=9
    )


def nice(rough: float) -> float:
    """The round number (1, 2 or 5 times a power of ten) nearest above a rough one."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(float(k * power) for k in (1, 2, 5, 10) if k * power >= rough * 0.999)
