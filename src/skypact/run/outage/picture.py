"""The picture of a cut: every nation's picture error over time, with the cut and without it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from skypact.model.network import F8
from skypact.run.recorded.map import MISSED, OURS, RULE, drawing, new_figure, save
from skypact.score.outage import AFTER_S, CutRun

NOTE = "simulation of notional forces: no real system"
BEFORE_S = 300.0
"""How much of the time before the cut is shown."""
_AREA = (0.045, 0.075, 0.94, 0.79)
_COLUMNS = 4
_GAP = (0.035, 0.085)


def write_cut_picture(
    path: Path,
    title: str,
    levels: tuple[str, str],
    nations: Sequence[str],
    rows: Sequence[int],
    mean: CutRun,
    span_s: tuple[float, float],
    runs: int,
) -> None:
    """Draw one small plot a nation into a PNG or SVG file.

    Args:
        path: of the file.
        title: of the scenario.
        levels: names of the level without the cut and of that with it.
        nations: names of the nations drawn.
        rows: row of each in `mean`.
        mean: picture errors averaged over the runs.
        span_s: begin and end of the cut.
        runs: how many runs there were.

    Raises:
        UsageError: another suffix, or the file cannot be written.
    """
    shown = (mean.t_s >= span_s[0] - BEFORE_S) & (mean.t_s <= span_s[1] + AFTER_S)
    minutes = mean.t_s[shown] / 60.0
    facts = [
        f"picture error (GOSPA, km), mean of {runs} runs  ·  grey: the cut  ·  each nation on its own scale"
    ]
    with drawing():
        figure = new_figure(f"{title}  ·  {levels[1]}", facts, NOTE)
        columns = min(_COLUMNS, len(nations))
        count = math.ceil(len(nations) / columns)
        width = (_AREA[2] - (columns - 1) * _GAP[0]) / columns
        height = (_AREA[3] - (count - 1) * _GAP[1]) / count
        for k, (nation, n) in enumerate(zip(nations, rows, strict=True)):
            down, across = divmod(k, columns)
            left = _AREA[0] + across * (width + _GAP[0])
            bottom = _AREA[1] + (count - 1 - down) * (height + _GAP[1])
            axes = figure.add_axes((left, bottom, width, height))
            both = mean.connected_m[n, shown] / 1e3, mean.cut_m[n, shown] / 1e3
            lines = _draw(axes, nation, minutes, both, span_s)
            if k + columns >= len(nations):
                axes.set_xlabel("minutes")
            if k == 0:
                figure.legend(lines, levels, loc="upper right", bbox_to_anchor=(0.985, 0.985), ncols=2)
        save(path, figure)


def _draw(
    axes: Axes,
    nation: str,
    minutes: F8,
    both_km: tuple[F8, F8],
    span_s: tuple[float, float],
) -> list[Line2D]:
    """One nation's plot; the lines without the cut and with it."""
    connected, cut = both_km
    axes.axvspan(span_s[0] / 60.0, span_s[1] / 60.0, color="#eef1f4", zorder=0)
    axes.fill_between(minutes, connected, cut, where=list(cut >= connected), color=MISSED, alpha=0.22, lw=0)
    axes.fill_between(minutes, connected, cut, where=list(cut < connected), color=OURS, alpha=0.18, lw=0)
    (with_cut,) = axes.plot(minutes, cut, color=MISSED, lw=2.6)
    (without,) = axes.plot(minutes, connected, color=OURS, lw=1.2)
    axes.set_title(nation, pad=4)
    axes.set_xlim(minutes[0], minutes[-1])
    top = float(np.nanmax(np.concatenate(both_km), initial=0.0))
    axes.set_ylim(0.0, 1.15 * top if top > 0.0 else 1.0)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.grid(axis="y", color=RULE, lw=0.6)
    axes.tick_params(length=0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return [without, with_cut]
