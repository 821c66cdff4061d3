"""The picture of a comparison: our tracks over another system's, their distances, and the biases."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, MultipleLocator

from skypact.earth.frame import ecef_from_geodetic
from skypact.model.network import B1, F8, I4, I8, U1, U8
from skypact.model.recording import RadarSite
from skypact.run.recorded.file import NM_M, plane
from skypact.run.recorded.map import (
    HALO,
    INK,
    MISSED,
    MUTED,
    OURS,
    RULE,
    SIZE_IN,
    THEIRS,
    dates,
    draw_map,
    drawing,
    extent_around,
    line_collection,
    new_figure,
    save,
    span_text,
    time_axis,
)

MAP_BOX = (0.045, 0.095, 0.485, 0.765)
CAUSE_COLOURS = (MISSED, "#cc79a7", "#e69f00", "#000000", "#56b4e9", "#7b5b2a", "#5f6b76")
"""Of Okabe and Ito (2008), and two more; further causes share the last."""
_BROKEN_S = 30.0
_SHOWN_NM = 1.25
_BINS = 24
_BAR_SHARE, _CAUSE_AT, _CAUSE_LINE = 0.18, 0.34, 46
_FEWEST = 5
_HEADROOM = 1.55
"""Above the bars of distances, for the words."""


@dataclass(frozen=True)
class ComparedTracks:
    """What a comparison found, for its picture: n points of ours, m updates of theirs, k plots of the biases."""

    ours_name: str
    theirs_name: str
    """of the recordings' files"""
    site: RadarSite
    """of the radar: middle of the map"""
    with_codes: bool
    """whether our tracker was shown the transponder codes"""
    track_id: U8
    """[n] our tracks, points in any order"""
    t_ns: I8
    """[n]"""
    pos_ecef_m: F8
    """[n, 3]"""
    distance_m: F8
    """[n] to the nearest of theirs after removal of the biases; NaN where there was none in time"""
    cause: U1
    """[n] 0: matched, else 1 + row of `causes`"""
    causes: tuple[str, ...]
    limit_m: float
    """a point is matched within this"""
    share: float
    """of the n points that are matched"""
    median_m: float
    p95_m: float
    """of the distances, as printed"""
    their_track: I4
    """[m]"""
    their_t_ns: I8
    """[m]"""
    their_lat_rad: F8
    their_lon_rad: F8
    """[m] NaN without position"""
    pair_t_ns: I8
    """[k] instants of the plots that the biases rest on"""
    pair_bearing_rad: F8
    """[k] bearings of these plots"""
    residual_range_m: F8
    residual_bearing_rad: F8
    """[k] ours minus theirs, biases removed"""
    bias: tuple[float, float, float]
    """range (m), bearing (rad), clock (s), ours minus theirs"""
    bias_half_width: tuple[float, float, float]
    """half the width of their 95 % intervals; NaN where not known"""


def comparison_figure(compared: ComparedTracks) -> Figure:
    """The picture of a comparison; draw and save it within `track_map.drawing`."""
    title = f"{compared.ours_name}  against  {compared.theirs_name}"
    figure = new_figure(title, _facts(compared))
    _draw_both(figure, compared)
    left, right, width, narrow, wide = 0.605, 0.81, 0.17, 0.14, 0.205
    _draw_distances(figure.add_axes((left, 0.668, narrow, 0.185)), compared)
    _draw_causes(figure.add_axes((0.98 - wide, 0.668, wide, 0.185)), compared)
    times = compared.pair_t_ns
    rows = (
        (0.385, "range", "m", compared.residual_range_m),
        (0.095, "bearing", "°", np.degrees(compared.residual_bearing_rad)),
    )
    for bottom, name, unit, values in rows:
        reach = residual_reach(values)
        over_time = figure.add_axes((left, bottom, width, 0.183))
        over_bearing = figure.add_axes((right, bottom, width, 0.183))
        over_time.set_title(f"residual {name} over time", fontsize=9.5)
        over_bearing.set_title(f"residual {name} over bearing", fontsize=9.5)
        over_time.set_ylabel(f"{name}, ours minus theirs ({unit})", labelpad=2, fontsize=8.5)
        _draw_residuals(over_time, dates(times), values, reach)
        _draw_residuals(over_bearing, np.degrees(compared.pair_bearing_rad), values, reach)
        if len(times):
            time_axis(over_time, int(times.min()), int(times.max()), most=4)
        over_time.set_xlabel("time (UTC, radar's clock)", labelpad=2)
        over_bearing.set_xlim(0.0, 360.0)
        over_bearing.xaxis.set_major_locator(MultipleLocator(90.0))
        over_bearing.set_xlabel("bearing from the radar (°)", labelpad=2)
    return figure


def write_comparison_picture(path: Path, compared: ComparedTracks) -> None:
    """Draw the picture of a comparison into a PNG or SVG file.

    Raises:
        UsageError: another suffix, or the file cannot be written.
    """
    with drawing():
        save(path, comparison_figure(compared))


def _facts(compared: ComparedTracks) -> list[str]:
    n = len(compared.t_ns)
    first = [span_text(int(compared.t_ns.min()), int(compared.t_ns.max()))] if n else []
    first += [
        f"{compared.share:.1%} of {n:,} points of ours within {compared.limit_m / NM_M:g} NM of one of theirs",
        f"distance: median {compared.median_m / NM_M:.3f} NM, 95% within {compared.p95_m / NM_M:.3f} NM",
        f"{'with' if compared.with_codes else 'without'} transponder codes in the association",
    ]
    (range_m, bearing_rad, time_s), half = compared.bias, compared.bias_half_width
    range_text = _with_half(range_m / NM_M, half[0] / NM_M, 3, " NM")
    bearing_text = _with_half(math.degrees(bearing_rad), math.degrees(half[1]), 3, "°")
    removed = f"range {range_text},  bearing {bearing_text},  clock {_with_half(time_s, half[2], 2, ' s')}"
    note = "95 % interval by aircraft" if all(map(math.isfinite, half)) else "interval not known"
    return [
        "  ·  ".join(first),
        f"removed biases, ours minus theirs:  {removed}  ({note}).  Theirs is not truth.",
    ]


def _with_half(value: float, half: float, digits: int, unit: str) -> str:
    text = f"{value:+.{digits}f}".replace("-", "\N{MINUS SIGN}")
    return f"{text} ± {half:.{digits}f}{unit}" if math.isfinite(half) else f"{text}{unit}"


def colour_of(cause: int) -> str:
    """The colour of a cause (row of `ComparedTracks.causes`)."""
    return CAUSE_COLOURS[min(cause, len(CAUSE_COLOURS) - 1)]


# -------------------------------------------------------------------------------------------------------- map


def _draw_both(figure: Figure, compared: ComparedTracks) -> None:
    axes = figure.add_axes(MAP_BOX)
    ours = plane(compared.pos_ecef_m, compared.site) / NM_M
    theirs_ecef = ecef_from_geodetic(compared.their_lat_rad, compared.their_lon_rad, 0.0)
    theirs = plane(theirs_ecef, compared.site) / NM_M
    shape = MAP_BOX[2] * SIZE_IN[0] / (MAP_BOX[3] * SIZE_IN[1])
    draw_map(axes, extent_around(ours[:, 0], ours[:, 1], shape), compared.site, np.empty((0, 2)), ours)
    _add_lines(axes, theirs, compared.their_track, compared.their_t_ns, THEIRS, 0.7, 2.0, "theirs")
    kept = compared.cause == 0
    width = 2.0 if len(np.unique(compared.track_id)) <= 60 else 1.1
    _add_lines(axes, ours, compared.track_id, compared.t_ns, OURS, width, 4.0, "matched", kept)
    lone = kept & ~_in_line(compared.track_id, compared.t_ns, kept)
    axes.plot(*ours[lone].T, ls="none", marker=".", ms=2.5, mew=0, color=OURS, zorder=4, rasterized=True)
    for cause in range(len(compared.causes)):
        own = compared.cause == cause + 1
        axes.plot(*ours[own].T, ls="none", marker="o", ms=3.2 if len(ours) < 10_000 else 2.0, mew=0,
                  color=colour_of(cause), alpha=0.9, zorder=5, rasterized=True, gid=f"cause {cause}")  # fmt: skip
    handles = [
        Line2D([], [], color=INK, marker="^", ms=8, ls="none", label="radar"),
        Line2D(
            [], [], color=THEIRS, lw=1.2, label=f"theirs ({len(np.unique(compared.their_track)):,} tracks)"
        ),
        Line2D([], [], color=OURS, lw=2.2, label=f"ours, matched ({int(kept.sum()):,} points)"),
        Line2D([], [], color=MISSED, marker="o", ms=4, ls="none", label="ours, unmatched, colour by cause"),
    ]
    figure.legend(handles=handles, loc="center left", bbox_to_anchor=(MAP_BOX[0], 0.014), ncols=4,
                  columnspacing=1.4, handletextpad=0.5, borderpad=0)  # fmt: skip


def _add_lines(
    axes: Axes, at_nm: F8, track: U8 | I4, t_ns: I8, colour: str, width: float, zorder: float, gid: str,
    kept: B1 | None = None,
) -> None:  # fmt: skip
    """Lines between successive points of a track, both kept, not too far apart in time."""
    order = np.lexsort((t_ns, track))
    good: B1 = np.isfinite(at_nm[:, 0]) & np.isfinite(at_nm[:, 1])
    joined = _joined(track, t_ns, order, good if kept is None else good & kept)
    segments = np.stack([at_nm[order][:-1], at_nm[order][1:]], axis=1)[joined]
    lines = line_collection(
        segments, colors=colour, linewidths=width, capstyle="round", zorder=zorder, gid=gid
    )
    lines.set_rasterized(len(segments) > 20_000)
    axes.add_collection(lines, autolim=False)


def _joined(track: U8 | I4, t_ns: I8, order: I8, good: B1) -> B1:
    """[n - 1] whether a row and the next, in this order, are good, of one track and near in time."""
    joined: B1 = good[order][1:] & good[order][:-1]
    joined &= np.diff(t_ns[order]) <= _BROKEN_S * 1e9
    joined &= track[order][1:] == track[order][:-1]
    return joined


def _in_line(track: U8, t_ns: I8, kept: B1) -> B1:
    """Points that end some line between kept points."""
    order = np.lexsort((t_ns, track))
    joined = _joined(track, t_ns, order, kept)
    found: B1 = np.zeros(len(track), np.bool_)
    found[order] = np.append(joined, False) | np.append(False, joined)
    return found


# ----------------------------------------------------------------------------------------- distances, causes


def _draw_distances(axes: Axes, compared: ComparedTracks) -> None:
    known = compared.distance_m[np.isfinite(compared.distance_m)] / NM_M
    limit = compared.limit_m / NM_M
    shown = max(_SHOWN_NM * limit, 1e-3)
    axes.set_title("distance to theirs", fontsize=9.5)
    axes.hist(known, bins=list(np.linspace(0.0, shown, 51)), color=OURS, alpha=0.8, gid="distances")
    axes.set_ylim(0.0, max(_HEADROOM * axes.get_ylim()[1], 1.0))
    marks = (
        (compared.median_m / NM_M, f"median {compared.median_m / NM_M:.3f} NM", INK, 0.97),
        (compared.p95_m / NM_M, f"95% {compared.p95_m / NM_M:.3f} NM", INK, 0.84),
        (limit, f"limit {limit:g} NM", MISSED, 0.71),
    )
    for at, text, colour, height in marks:
        if not math.isfinite(at):
            continue
        axes.axvline(at, color=colour, lw=1.2, ls="--" if colour == MISSED else "-")
        right = at > 0.62 * shown
        axes.annotate(text, (at, height), (-3 if right else 3, 0), xycoords=("data", "axes fraction"), fontsize=8.5,
                      textcoords="offset points", ha="right" if right else "left", va="top", color=colour,
                      path_effects=HALO)  # fmt: skip
    beyond = int((known > shown).sum())
    axes.set_xlim(0.0, shown)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    farther = f"\n{beyond:,} {'point' if beyond == 1 else 'points'} farther" if beyond else ""
    axes.set_xlabel(f"distance, biases removed (NM){farther}", labelpad=2)
    axes.set_ylabel("points", labelpad=2)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_causes(axes: Axes, compared: ComparedTracks) -> None:
    """A bar for each cause with its count and words, most first."""
    count = np.bincount(compared.cause, minlength=len(compared.causes) + 1)[1:]
    order = [int(row) for row in np.argsort(-count, kind="stable") if count[row]]
    axes.set_title(f"unmatched points by cause: {int(count.sum()):,} in all", fontsize=9.5)
    for place, row in enumerate(order):
        axes.barh(place, count[row], height=0.5, color=colour_of(row), gid=f"bar {row}")
        axes.annotate(
            f"{count[row]:,}",
            (count[row], place),
            (3, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
        words = textwrap.fill(compared.causes[row], _CAUSE_LINE)
        axes.annotate(words, (_CAUSE_AT, place), xycoords=("axes fraction", "data"), va="center", fontsize=7,
                      linespacing=1.0, gid="cause")  # fmt: skip
    if not order:
        axes.text(0.5, 0.5, "none", transform=axes.transAxes, ha="center", color=MUTED)
    axes.set_xlim(0.0, float(count.max(initial=1)) / _BAR_SHARE)
    axes.set_ylim(max(len(order), 5) - 0.4, -0.6)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[["top", "right", "bottom"]].set_visible(False)


# -------------------------------------------------------------------------------------------------- residuals


def residual_reach(values: F8) -> float:
    """Half the height of the axes of residuals: most of them fit."""
    known = np.abs(values[np.isfinite(values)])
    return 1.25 * max(float(np.quantile(known, 0.98)), 1e-6) if len(known) else 1.0


def running_quartiles(x: F8, values: F8, bins: int = _BINS) -> tuple[F8, F8]:
    """Middles of bins along x and the quartiles [bins, 3] of the values in them; NaN in bins with few values."""
    edges = np.linspace(x.min(), x.max(), bins + 1) if len(x) else np.linspace(0.0, 1.0, bins + 1)
    row = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, bins - 1)
    quartiles = np.full((bins, 3), np.nan)
    for k in range(bins):
        if (row == k).sum() >= _FEWEST:
            quartiles[k] = np.quantile(values[row == k], [0.25, 0.5, 0.75])
    return 0.5 * (edges[:-1] + edges[1:]), quartiles


def _draw_residuals(axes: Axes, x: F8, values: F8, reach: float) -> None:
    known = np.isfinite(values) & np.isfinite(x)
    x, values = x[known], values[known]
    size, alpha = (5.0, 0.6) if len(x) < 300 else (2.6, 0.28) if len(x) < 10_000 else (1.2, 0.28)
    axes.plot(
        x,
        values,
        ls="none",
        marker=".",
        ms=size,
        mew=0,
        color=OURS,
        alpha=alpha,
        rasterized=True,
        gid="residuals",
    )
    middle, quartiles = running_quartiles(x, values)
    axes.fill_between(middle, quartiles[:, 0], quartiles[:, 2], color=MISSED, alpha=0.22, lw=0, zorder=3)
    axes.plot(
        middle, quartiles[:, 1], color=MISSED, lw=1.6, marker=".", ms=3.5, zorder=4, gid="running median"
    )
    axes.axhline(0.0, color=INK, lw=0.8, zorder=2)
    axes.set_ylim(-reach, reach)
    axes.grid(axis="both", color=RULE, lw=0.5)
    axes.set_axisbelow(True)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    outside = int((np.abs(values) > reach).sum())
    note = "median and quartiles in bins" + (f"; {outside:,} outside" if outside else "")
    axes.annotate(note, (0.99, 0.03), xycoords="axes fraction", ha="right", fontsize=7.5, color=MUTED)
    axes.spines[["top", "right"]].set_visible(False)
