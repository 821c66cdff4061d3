"""The matrix of a level as a picture."""

from __future__ import annotations

from pathlib import Path

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from skypact.model.codes import Content
from skypact.run.policy.matrix import Cell, cells
from skypact.run.policy.reading import Chosen, Flow
from skypact.run.policy.words import CONTENT_WORDS
from skypact.run.recorded.map import INK, MUTED, drawing, new_figure, save

NOTE = "a policy in a simulation: not a statement about any nation's real practice"
_BOX = (0.165, 0.045, 0.64, 0.795)
_HELD = "In each cell: seconds for which\nit is held back, by all who send\nit together."
_BY_WAY = "\nBelow: by way of whom it comes."
_FILL = {
    Content.WARNINGS: "#f4d58d",
    Content.TRACKS: "#8fc1de",
    Content.DETECTIONS: "#1f6a9c",
    Content.SENSOR_STATUS: "#a8d5ba",
    Content.MAGAZINE_STATUS: "#d9b8d4",
}
_EMPTY, _OWN, _BAR = "#f5f5f3", "#dcdcd8", "#b03a2e"


def plot_matrix(chosen: Chosen, content: Content | None, path: Path) -> Path:
    """The path of the picture drawn of who has what of whom: a row a nation whose information it is.

    Raises:
        UsageError: another suffix than .png or .svg, or the file cannot be written.
    """
    matrix = cells(chosen, content)
    shown = [cell for row in matrix for cell in row]
    count = sum(cell.flow is not None for cell in shown)
    pairs = len(chosen.nations) * (len(chosen.nations) - 1)
    asked = "the most that each nation has of each other" if content is None else CONTENT_WORDS[content]
    facts = [f"{chosen.scenario.title}  ·  {asked}  ·  {count} of {pairs} pairs"]
    with drawing():
        figure = new_figure(f"Who has what of whom: {chosen.title}", facts, NOTE)
        axes = figure.add_axes(_BOX)
        _draw(axes, chosen, matrix)
        figure.legend(
            handles=_keys(shown),
            loc="upper left",
            bbox_to_anchor=(_BOX[0] + _BOX[2] + 0.015, _BOX[1] + _BOX[3]),
            frameon=False,
            fontsize=10,
            handlelength=1.4,
            handleheight=1.4,
            labelspacing=0.7,
        )
        figure.text(
            _BOX[0] + _BOX[2] + 0.02,
            _BOX[1] + 0.005,
            _HELD + (_BY_WAY if any(cell.flow and cell.flow.path for cell in shown) else ""),
            fontsize=9,
            color=MUTED,
            va="bottom",
            linespacing=1.4,
        )
        save(path, figure)
    return path


def _draw(axes: Axes, chosen: Chosen, matrix: list[list[Cell]]) -> None:
    n = len(chosen.nations)
    size = min(13.0, 110.0 / n)
    for row, line in enumerate(matrix):
        for column, cell in enumerate(line):
            if row == column:
                axes.add_patch(Rectangle((column, row), 1, 1, facecolor=_OWN, edgecolor="white", lw=1.6))
            else:
                _draw_cell(axes, column, row, cell, size)
    axes.set_xlim(0, n)
    axes.set_ylim(n, 0)
    axes.set_xticks([k + 0.5 for k in range(n)], chosen.nations, fontsize=min(11.0, 130.0 / n))
    names = [
        f"{name}  {code}" for name, code in zip(chosen.scenario.nation_names, chosen.nations, strict=True)
    ]
    axes.set_yticks([k + 0.5 for k in range(n)], names, fontsize=min(11.0, 130.0 / n))
    axes.xaxis.tick_top()
    axes.text(
        -0.01,
        1.012,
        "whose information \N{DOWNWARDS ARROW}   who has it \N{RIGHTWARDS ARROW}",
        transform=axes.transAxes,
        fontsize=9,
        color=MUTED,
        ha="right",
        va="bottom",
    )
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _draw_cell(axes: Axes, column: int, row: int, cell: Cell, size: float) -> None:
    flow = cell.flow
    corner, middle = (column, row), (column + 0.5, row + 0.5)
    if flow is None:
        axes.add_patch(Rectangle(corner, 1, 1, facecolor=_EMPTY, edgecolor="white", lw=1.6))
        if cell.barred:
            for ends in ((0.36, 0.64), (0.64, 0.36)):
                axes.plot(
                    [column + 0.36, column + 0.64],
                    [row + end for end in ends],
                    color=_BAR,
                    lw=2.0,
                    solid_capstyle="round",
                )
        return
    hatch = "//" if flow.conditional else None
    axes.add_patch(
        Rectangle(
            corner, 1, 1, facecolor=_FILL[flow.content], edgecolor="white", lw=0.0, hatch=hatch, alpha=1.0
        )
    )
    axes.add_patch(Rectangle(corner, 1, 1, facecolor="none", edgecolor="white", lw=1.6))
    colour = "white" if flow.content == Content.DETECTIONS else INK
    label = axes.text(
        *middle, _label(flow), ha="center", va="center", color=colour, fontsize=size, linespacing=1.1
    )
    if flow.conditional:
        label.set_bbox({"facecolor": _FILL[flow.content], "edgecolor": "none", "pad": 3.0})


def _label(flow: Flow) -> str:
    late = f"{flow.delay_s:g}" if flow.delay_s < 600.0 else f"{flow.delay_s / 60.0:.0f} min"
    return f"{late}\n{'·'.join(flow.path)}" if flow.path else late


def _keys(shown: list[Cell]) -> list[Artist]:
    present = [cell.flow for cell in shown if cell.flow is not None]
    order = (
        Content.DETECTIONS,
        Content.TRACKS,
        Content.WARNINGS,
        Content.SENSOR_STATUS,
        Content.MAGAZINE_STATUS,
    )
    found = {flow.content for flow in present}
    keys: list[Artist] = [
        Patch(facecolor=_FILL[kind], label=CONTENT_WORDS[kind]) for kind in order if kind in found
    ]
    if any(flow.conditional for flow in present):
        keys.append(Patch(facecolor="#cfcfcb", edgecolor="white", hatch="//", label="on conditions"))
    if any(cell.barred and cell.flow is None for cell in shown):
        cross = Line2D([], [], ls="", marker="x", ms=9, mew=2.0, color=_BAR, label="nothing: a legal bar")
        keys.append(cross)
    keys.append(Patch(facecolor=_EMPTY, edgecolor="#d0d0cc", label="nothing"))
    return keys
