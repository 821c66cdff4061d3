"""The coverage map of one height: what each nation's radars see, over shaded relief, with a key and the areas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from skypact.model.network import F4, F8
from skypact.run.coverage.area import Layer, Seen, area_km2, ground_m
from skypact.run.coverage.ground import draw_ground
from skypact.run.coverage.plane import Chart
from skypact.run.recorded.label import Label, place_labels
from skypact.run.recorded.map import INK, MUTED, SIZE_IN, drawing, new_figure, save

MAP_BOX = (0.045, 0.065, 0.675, 0.825)
"""Left, bottom, width and height of the map in the figure."""
MAP_SHAPE = MAP_BOX[2] * SIZE_IN[0] / (MAP_BOX[3] * SIZE_IN[1])
NOTE = "simulation of notional radars: no real system"
COARSE = "coarse: the median of draws of the relief below its grid"
"""What pictures say of coarse terrain."""
COLOURS = (
    *("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d00", "#56b4e9"),
    *("#7b3294", "#b2182b", "#4d4d4d", "#e69f00", "#1b7837", "#92547e"),
)
"""Those of Okabe and Ito (2008) that can be read on land and sea, and six more; then they come again."""
DEGREE_KM = 111.2
_FILLED, _FILLED_ALONE = 0.13, 0.24


def colours_of(seen: Seen) -> dict[str, str]:
    """A colour for each nation of the scenario, the same on every map of it."""
    return {code: COLOURS[n % len(COLOURS)] for n, code in enumerate(seen.wired.network.nations)}


def write_coverage_map(path: Path, seen: Seen, chart: Chart, layer: Layer) -> None:
    """Draw the map of one height into a PNG or SVG file.

    Raises:
        UsageError: another suffix, or the file cannot be written.
    """
    with drawing():
        save(path, coverage_figure(seen, chart, layer))


def coverage_figure(seen: Seen, chart: Chart, layer: Layer) -> Figure:
    """The map of one height; draw and save it within `recorded.map.drawing`."""
    figure = new_figure(*_title(seen, layer), NOTE)
    axes = figure.add_axes(MAP_BOX)
    lat, lon = chart.lat_lon()
    terrain = seen.wired.terrain
    node_km = DEGREE_KM * terrain.step_deg
    names = draw_ground(axes, chart, ground_m(terrain, lat, lon), node_km, seen.nations)
    colours = colours_of(seen)
    for code, chance in layer.by_nation.items():
        if (chance >= seen.threshold).any():
            tint = to_rgba(colours[code], _FILLED if len(layer.by_nation) > 1 else _FILLED_ALONE)
            _draw_seen(axes, chart, chance, seen.threshold, colours[code], tint)
    if len(layer.by_nation) > 1 and (layer.by_all >= seen.threshold).any():
        x, y, ringed = _ringed(chart, layer.by_all)
        axes.contour(x, y, ringed, levels=[seen.threshold], colors=[INK], linewidths=2.8, zorder=5)
    radars = _draw_radars(axes, seen, chart, colours)
    table = seen.wired.network.sensors
    labels = [Label(x, y, table.names[s]) for (x, y), s in zip(radars.tolist(), seen.radars, strict=True)]
    place_labels(axes, labels, names, radars)
    _draw_key(figure, seen, chart, layer, colours)
    return figure


def _title(seen: Seen, layer: Layer) -> tuple[str, list[str]]:
    scenario, terrain = seen.wired.scenario, seen.wired.terrain
    count = len(seen.radars)
    title = f"{scenario.title}  ·  seen at {layer.height_m:,.0f} m above the ground"
    facts = [
        f"{count} radars" if count > 1 else seen.wired.network.sensors.names[seen.radars[0]],
        f"{seen.rcs_m2:g} m² towards the radar",
        f"at least {seen.threshold:.0%} in {seen.looks_text} of one radar",
        terrain.name,
    ]
    if terrain.coarse:
        facts.append(COARSE)
    return title, ["  ·  ".join(facts)]


def _draw_seen(
    axes: Axes,
    chart: Chart,
    chance: F4,
    threshold: float,
    colour: str,
    tint: tuple[float, float, float, float],
) -> None:
    """A tint and an outline of where the chance is at least the threshold."""
    x, y, ringed = _ringed(chart, chance)
    axes.contourf(x, y, ringed, levels=[threshold, 2.0], colors=[tint], zorder=1)
    axes.contour(x, y, ringed, levels=[threshold], colors=["white"], linewidths=2.4, alpha=0.6, zorder=4)
    axes.contour(x, y, ringed, levels=[threshold], colors=[colour], linewidths=1.2, zorder=6)


def _ringed(chart: Chart, chance: F4) -> tuple[F8, F8, F4]:
    """East, north and chance with a rim of nothing on the map's edges, where outlines close."""
    x = np.concatenate([[chart.west], chart.x_km, [chart.east]])
    y = np.concatenate([[chart.south], chart.y_km, [chart.north]])
    return x, y, np.pad(chance, 1)


def _draw_radars(axes: Axes, seen: Seen, chart: Chart, colours: dict[str, str]) -> F8:
    """A triangle for each radar; where they are [n, 2], km."""
    table, nations = seen.wired.network.sensors, seen.wired.network.nations
    rows = list(seen.radars)
    at = np.stack(chart.plane.xy_km(table.lat_rad[rows], table.lon_rad[rows]), axis=1)
    for (x, y), s in zip(at.tolist(), rows, strict=True):
        colour = colours[nations[table.nation[s]]]
        axes.plot([x], [y], marker="^", ms=8.5, color=colour, mec="white", mew=1.0, ls="none", zorder=7)
    return at


def _draw_key(figure: Figure, seen: Seen, chart: Chart, layer: Layer, colours: dict[str, str]) -> None:
    """Nations with their radars and areas, and how to read the map."""
    axes = figure.add_axes((0.735, 0.065, 0.25, 0.825))
    axes.set_axis_off()
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(0.0, 1.0)
    table, network = seen.wired.network.sensors, seen.wired.network
    owners = [network.nations[table.nation[s]] for s in seen.radars]
    small: dict[str, Any] = {"fontsize": 8.5, "color": MUTED, "va": "center"}
    axes.text(0.12, 0.975, "nation", **small)
    axes.text(0.62, 0.975, "radars", ha="right", **small)
    axes.text(1.0, 0.975, "seen, km²", ha="right", **small)
    y = 0.935
    step = min(0.042, 0.6 / (len(layer.by_nation) + 1))
    for code, chance in layer.by_nation.items():
        colour = colours[code]
        _swatch(axes, y, colour)
        axes.text(0.12, y, code, va="center", fontsize=10, fontweight="bold")
        axes.text(0.62, y, str(owners.count(code)), va="center", ha="right", fontsize=10)
        axes.text(1.0, y, f"{_area(chance, seen, chart):,.0f}", va="center", ha="right", fontsize=10)
        y -= step
    if len(layer.by_nation) > 1:
        axes.plot([0.0, 1.0], [y + 0.5 * step] * 2, color=MUTED, lw=0.6)
        axes.plot([0.0, 0.075], [y, y], color=INK, lw=2.4)
        axes.text(0.12, y, "all", va="center", fontsize=10, fontweight="bold")
        axes.text(0.62, y, str(len(owners)), va="center", ha="right", fontsize=10)
        axes.text(1.0, y, f"{_area(layer.by_all, seen, chart):,.0f}", va="center", ha="right", fontsize=10)
        y -= step
    axes.text(0.0, y - 0.02, _reading(seen, layer), va="top", fontsize=8.5, color=MUTED, linespacing=1.5)


def _reading(seen: Seen, layer: Layer) -> str:
    return (
        f"Outlined and tinted: a target {layer.height_m:,.0f} m above\n"
        f"the ground below it, of {seen.rcs_m2:g} m², is detected with\n"
        f"at least {seen.threshold:.0%} in {seen.looks_text} of one radar of\n"
        "the nation. Its radial speed is as at random.\n\n"
        "Counted: beam and scan, gases and rain, clutter\n"
        "left after processing, terrain and the 4/3 Earth.\n\n"
        "▲ radar    Equal-area projection; areas are those\n"
        "of the map's cells. North is up at its middle."
    )


def _area(chance: F4, seen: Seen, chart: Chart) -> float:
    """To three figures: the cells are kilometres wide."""
    return float(f"{area_km2(chance, seen.threshold, chart):.3g}")


def _swatch(axes: Axes, y: float, colour: str) -> None:
    size: dict[str, Any] = {"width": 0.075, "height": 0.02}
    axes.add_patch(
        Rectangle((0.0, y - 0.01), facecolor=to_rgba(colour, 0.3), edgecolor=colour, lw=1.2, **size)
    )
