"""The picture of what was located: map, errors by variant, along and across the course, stations."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

from skypact.kernels.multilateration import SPEED_OF_LIGHT_MPS
from skypact.model.network import F8
from skypact.run.locate.study import Study
from skypact.run.locate.summary import NOTE
from skypact.run.recorded.map import (
    HALO,
    INK,
    MISSED,
    MUTED,
    OURS,
    RULE,
    drawing,
    height_colours,
    new_figure,
    save,
)

COLOURS = (OURS, MISSED, "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
"""Of Okabe and Ito (2008)."""
CORE = (2.0, 98.0)
"""Percentiles of the reported positions that the map shows."""


def write_picture(path: Path, found: Study, name: str) -> None:
    """Draw the study and write it as PNG or SVG."""
    with drawing():
        save(path, _figure(found, name))


def _figure(found: Study, name: str) -> Figure:
    result = found.results[0]
    error = result.horizontal_m[np.isfinite(result.horizontal_m)]
    facts = [
        f"{name}  ·  {len(found.arrivals):,} messages  ·  located with {result.variant.text}",
        f"horizontal error against ADS-B: median {np.median(error):.0f} m, 95% {np.percentile(error, 95):.0f} m  ·  "
        f"timing error of the residuals {1e9 * result.sigma_s:.0f} ns"
        if len(error)
        else "nothing located",
    ]
    figure = new_figure("Located by time of arrival", facts, NOTE)
    _draw_map(figure, found)
    _draw_errors(figure.add_axes((0.60, 0.555, 0.375, 0.29)), found)
    _draw_course(figure.add_axes((0.60, 0.10, 0.17, 0.345)), found)
    _draw_stations(figure.add_axes((0.835, 0.10, 0.14, 0.345)), found)
    return figure


def _draw_map(figure: Figure, found: Study) -> None:
    """Reported positions coloured by error, stations as triangles; what lies far out is only counted."""
    axes = figure.add_axes((0.045, 0.095, 0.455, 0.75))
    lat, lon = np.degrees(found.arrivals.lat_rad), np.degrees(found.arrivals.lon_rad)
    error = found.results[0].horizontal_m
    have = np.flatnonzero(np.isfinite(error))
    if not len(have):
        return
    centre = math.radians(float(np.median(lat[have])))
    x, y = lon, lat
    west, east = _core(x[have])
    south, north = _core(y[have])
    shown = have[(x[have] >= west) & (x[have] <= east) & (y[have] >= south) & (y[have] <= north)]
    colours = axes.scatter(
        x[shown],
        y[shown],
        c=np.clip(error[shown], 10.0, 1_000.0),
        s=9,
        cmap=height_colours(),
        norm=LogNorm(10.0, 1_000.0),
        linewidths=0,
    )
    used = np.unique(found.arrivals.station)
    own_x = np.degrees(found.stations.lon_rad[used])
    own_y = np.degrees(found.stations.lat_rad[used])
    axes.plot(own_x, own_y, "^", ms=8, color=INK, mec="white", mew=0.8, ls="none", zorder=5)
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    for s, at_x, at_y in zip(used.tolist(), own_x, own_y, strict=True):
        if west < at_x < east and south < at_y < north:
            number = str(found.stations.number[s])
            axes.annotate(
                number, (at_x, at_y), (5, 3), textcoords="offset points", fontsize=7.5, path_effects=HALO
            )
    axes.set_aspect(1.0 / math.cos(centre), adjustable="box")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.1f}°"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.1f}°"))
    axes.grid(color=RULE, lw=0.5)
    axes.set_axisbelow(True)
    outside = len(have) - len(shown)
    axes.set_title(f"Reported positions; triangles are stations{f'; {outside} outside' if outside else ''}")
    bar = figure.colorbar(colours, ax=axes, fraction=0.03, pad=0.02)
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    bar.set_label("horizontal error (m)")


def _core(values: F8) -> tuple[float, float]:
    """Where most of the values lie, with a margin; an own cluster far away is left out."""
    ordered = np.sort(values)
    gap = np.flatnonzero(np.diff(ordered) > 3.0)
    groups = np.split(ordered, gap + 1)
    largest = max(groups, key=len)
    margin = 0.06 * max(float(np.ptp(largest)), 0.5)
    return float(largest[0]) - margin, float(largest[-1]) + margin


def _draw_errors(axes: Axes, found: Study) -> None:
    """The share of the messages that is no further off than a distance, a line a variant."""
    for colour, result in zip(COLOURS, found.results, strict=False):
        error = np.sort(result.horizontal_m[np.isfinite(result.horizontal_m)])
        share = np.arange(1, len(error) + 1) / len(found.arrivals)
        axes.plot(error, share, color=colour, lw=1.6, label=result.variant.text)
    axes.set_xscale("log")
    axes.set_xlim(3.0, 3_000.0)
    axes.set_ylim(0.0, 1.0)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.grid(color=RULE, lw=0.5)
    axes.axhline(0.95, color=MUTED, lw=0.8, ls=":")
    axes.set_xlabel("horizontal error against ADS-B (m)")
    axes.set_title("Messages located at least so well")
    axes.legend(frameon=False, fontsize=8, loc="lower right")


def _draw_course(axes: Axes, found: Study) -> None:
    """Errors along and across the course: a report's age makes them long along it."""
    axes.axhline(0.0, color=RULE, lw=0.8)
    axes.axvline(0.0, color=RULE, lw=0.8)
    axes.plot(found.across_m, found.along_m, ".", ms=3, color=OURS, alpha=0.6, mew=0)
    axes.set_xlim(-400.0, 400.0)
    axes.set_ylim(-400.0, 600.0)
    axes.set_xlabel("left of the course (m)")
    axes.set_ylabel("ahead of the report (m)")
    count = int(np.isfinite(found.along_m).sum())
    axes.set_title(f"Against the course (n = {count:,})")


def _draw_stations(axes: Axes, found: Study) -> None:
    """How late each station is, the busiest on top, with one sigma."""
    count = np.bincount(found.arrivals.station, minlength=len(found.stations.number))
    order = [s for s in np.argsort(-count, kind="stable").tolist() if count[s]][:16]
    to_ns = 1e9 / SPEED_OF_LIGHT_MPS
    axes.axvline(0.0, color=RULE, lw=0.8)
    axes.errorbar(
        found.errors.offset_m[order] * to_ns,
        np.arange(len(order)),
        xerr=found.errors.spread_m[order] * to_ns,
        fmt="o",
        ms=4,
        color=OURS,
        ecolor="#9aa5b1",
        elinewidth=1.2,
    )
    axes.set_yticks(np.arange(len(order)), [str(found.stations.number[s]) for s in order], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("late (ns), one sigma")
    axes.set_title("Stations")
