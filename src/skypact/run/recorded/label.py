"""Labels of a map that keep apart: each beside its point, where it overlaps no other text and hides least."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from skypact.model.network import F8
from skypact.run.recorded.map import HALO, MUTED


@dataclass(frozen=True)
class Label:
    """A text to be placed beside a point of a map."""

    x: float
    y: float
    text: str


_ANGLES = np.radians([45.0, 0.0, 90.0, 135.0, -45.0, 180.0, -90.0, -135.0])
_DISTANCES_PX = (14.0, 26.0, 42.0, 62.0)
_CELL_PX = 8.0


def place_labels(
    axes: Axes, labels: Sequence[Label], taken: Sequence[Text], drawn_nm: F8, most: int = 80
) -> list[Text]:
    """The labels that found room, in the order given: none overlaps another text of the map or leaves it.

    Each is tried on eight sides at four distances; it goes where it hides the fewest of the points drawn.

    Args:
        axes: with its final limits and size.
        labels: the most important first; those without room are left out.
        taken: texts already there.
        drawn_nm: [n, 2] points that are better not hidden.
        most: labels tried.
    """
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    axes.apply_aspect()
    frame = axes.get_window_extent(renderer)
    boxes = [text.get_window_extent(renderer) for text in taken]
    full = _occupied(axes, drawn_nm, frame)
    placed: list[Text] = []
    for label in labels[:most]:
        head = axes.transData.transform((label.x, label.y))
        text = axes.text(
            label.x, label.y, label.text, fontsize=7.5, linespacing=1.05, ha="center", va="center",
            path_effects=HALO, zorder=8,
        )  # fmt: skip
        size = text.get_window_extent(renderer)
        best = _best_box(head, size.width + 4.0, size.height + 3.0, frame, boxes, full)
        if best is None:
            text.remove()
            continue
        middle = np.array([0.5 * (best.x0 + best.x1), 0.5 * (best.y0 + best.y1)])
        x, y = axes.transData.inverted().transform(middle).tolist()
        text.set_position((x, y))
        boxes.append(best)
        placed.append(text)
        near = np.clip(head, [best.x0 + 2, best.y0 + 2], [best.x1 - 2, best.y1 - 2])
        ends = axes.transData.inverted().transform(np.array([head, near]))
        axes.plot(ends[:, 0], ends[:, 1], color=MUTED, lw=0.5, zorder=5, scalex=False, scaley=False)
    return placed


def _occupied(axes: Axes, drawn_nm: F8, frame: Bbox) -> F8:
    """Sums from the lower left corner of the points in cells of pixels, so that a box is counted in four look-ups."""
    pixels = axes.transData.transform(drawn_nm) - (frame.x0, frame.y0) if len(drawn_nm) else np.empty((0, 2))
    shape = (int(frame.width / _CELL_PX) + 2, int(frame.height / _CELL_PX) + 2)
    edges = [np.arange(n + 1) * _CELL_PX for n in shape]
    counts, _, _ = np.histogram2d(pixels[:, 0], pixels[:, 1], bins=(edges[0], edges[1]))
    sums = np.zeros((shape[0] + 1, shape[1] + 1))
    sums[1:, 1:] = np.minimum(counts, 3.0).cumsum(axis=0).cumsum(axis=1)
    return sums


def _best_box(
    head: F8, width: float, height: float, frame: Bbox, boxes: Sequence[Bbox], full: F8
) -> Bbox | None:
    best, least = None, math.inf
    for distance in _DISTANCES_PX:
        for order, angle in enumerate(_ANGLES):
            x = head[0] + math.cos(angle) * (distance + 0.5 * width)
            y = head[1] + math.sin(angle) * (distance + 0.5 * height)
            box = Bbox.from_bounds(x - 0.5 * width, y - 0.5 * height, width, height)
            if (
                box.x0 < frame.x0 + 3
                or box.x1 > frame.x1 - 3
                or box.y0 < frame.y0 + 3
                or box.y1 > frame.y1 - 3
            ):
                continue
            if any(box.overlaps(other) for other in boxes):
                continue
            x0, x1 = (int((v - frame.x0) / _CELL_PX) for v in (box.x0, box.x1))
            y0, y1 = (int((v - frame.y0) / _CELL_PX) for v in (box.y0, box.y1))
            hidden = full[x1 + 1, y1 + 1] - full[x0, y1 + 1] - full[x1 + 1, y0] + full[x0, y0]
            cost = float(hidden) + 0.06 * distance + 0.1 * order
            if cost < least:
                best, least = box, cost
    return best
