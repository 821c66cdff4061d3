"""The vertical diagram of one radar: its chance of detection by height and ground range, along two bearings."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from skypact.earth.frame import destination
from skypact.kernels.wgs84 import EFFECTIVE_RADIUS_M
from skypact.model.network import F8
from skypact.run.coverage.area import Seen, chance_of, ground_m
from skypact.run.coverage.picture import COARSE, NOTE
from skypact.run.recorded.map import HALO, INK, MUTED, OURS, RULE, drawing, new_figure, save

AIR_TOP_M, SPACE_TOP_M = 20_000.0, 120_000.0
"""Height of the diagram for radars that turn, and for fixed faces, which look for what flies above the air."""
_COLUMNS, _ROWS, _BEARINGS = 480, 300, 72
_SHADES = ["#dcebf5", "#a9cfe6", "#5fa2cf"]
_LEVELS = [0.1, 0.5, 0.9, 1.01]
_ELEVATIONS_DEG = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0)


def write_vertical_picture(path: Path, seen: Seen, sensor: int) -> None:
    """Draw a radar's vertical diagram into a PNG or SVG file.

    Raises:
        UsageError: another suffix, or the file cannot be written.
    """
    with drawing():
        save(path, vertical_figure(seen, sensor))


def vertical_figure(seen: Seen, sensor: int) -> Figure:
    """The vertical diagram of a radar along the bearings where it sees most and least at the lowest height."""
    table = seen.wired.network.sensors
    best, worst = _bearings(seen, sensor)
    title = f"{table.names[sensor]}  ·  {table.class_names[sensor]}"
    facts = [
        f"{seen.rcs_m2:g} m² towards the radar, radial speed as at random",
        f"antenna {table.height_m[sensor]:,.0f} m above the ellipsoid",
        "heights above the ellipsoid",
        seen.wired.terrain.name,
    ]
    lines = ["  ·  ".join(facts)]
    if seen.wired.terrain.coarse:
        lines.append(
            f"{COARSE}; the lower limit is the terrain with that relief, not the ground that is drawn"
        )
    figure = new_figure(title, lines, NOTE)
    reaches = _most(seen, sensor, best), _most(seen, sensor, worst)
    far_m = min(1.05 * max(*reaches, 20e3), float(table.range_max_m[sensor]))
    for k, (bearing, text) in enumerate(((best, "most"), (worst, "least"))):
        axes = figure.add_axes((0.055, 0.52 - 0.42 * k, 0.925, 0.325))
        _draw(axes, seen, sensor, bearing, far_m)
        axes.set_title(
            f"bearing {math.degrees(bearing):03.0f}°: where it sees {text} at {min(seen.heights_m):,.0f} m above the "
            "ground"
        )
    axes.set_xlabel("ground range (km)")
    _legend(figure, seen)
    return figure


def _ground(seen: Seen, sensor: int, distance_m: F8, bearing_rad: F8 | float) -> F8:
    table = seen.wired.network.sensors
    at = destination(table.lat_rad[sensor], table.lon_rad[sensor], bearing_rad, distance_m)
    return ground_m(seen.wired.terrain, *at)


def _bearings(seen: Seen, sensor: int) -> tuple[float, float]:
    """The bearings, of those in the sector, with the most and the least ground range seen at the lowest height.

    Where several are equal there, the next height decides, and last one in the upper part of the diagram.
    """
    table = seen.wired.network.sensors
    half = min(0.5 * float(table.sector_rad[sensor]), math.pi) - 1e-6
    bearing = table.sector_centre_rad[sensor] + np.linspace(-half, half, _BEARINGS, endpoint=False)
    distance = np.linspace(2e3, float(table.range_max_m[sensor]), _COLUMNS)
    ground = _ground(seen, sensor, distance, bearing[:, None])
    heights = [*sorted(seen.heights_m), 0.5 * _top_m(seen, sensor)]
    chance = [chance_of(seen, sensor, distance, bearing[:, None], ground + height) for height in heights]
    order = np.lexsort([(c >= seen.threshold).sum(axis=1) for c in reversed(chance)])
    turn = bearing % (2.0 * math.pi)
    return float(turn[order[-1]]), float(turn[order[0]])


def _top_m(seen: Seen, sensor: int) -> float:
    return AIR_TOP_M if seen.wired.network.sensors.rotates[sensor] else SPACE_TOP_M


def _grid(seen: Seen, sensor: int, far_m: float) -> tuple[F8, F8]:
    return np.linspace(0.5e3, far_m, _COLUMNS), np.linspace(0.0, _top_m(seen, sensor), _ROWS)


def _most(seen: Seen, sensor: int, bearing_rad: float) -> float:
    """Greatest ground range (m) at which anything of the diagram has a chance of a tenth."""
    distance, height = _grid(seen, sensor, float(seen.wired.network.sensors.range_max_m[sensor]))
    found = (chance_of(seen, sensor, distance, bearing_rad, height[:, None]) >= _LEVELS[0]).any(axis=0)
    return float(distance[found].max(initial=0.0))


def _draw(axes: Axes, seen: Seen, sensor: int, bearing_rad: float, far_m: float) -> None:
    table = seen.wired.network.sensors
    distance, height = _grid(seen, sensor, far_m)
    chance = chance_of(seen, sensor, distance, bearing_rad, height[:, None])
    x, y = 1e-3 * distance, 1e-3 * height
    axes.contourf(x, y, chance, levels=_LEVELS, colors=_SHADES, zorder=1)
    if (chance >= seen.threshold).any():
        axes.contour(x, y, chance, levels=[seen.threshold], colors=[OURS], linewidths=1.6, zorder=4)
    ground = 1e-3 * _ground(seen, sensor, distance, bearing_rad)
    axes.fill_between(x, ground, -1.0, color="#b9a68c", lw=0, zorder=3)
    axes.plot(x, ground, color="#7d6b52", lw=0.8, zorder=3)
    antenna_km = 1e-3 * float(table.height_m[sensor])
    axes.plot([0.0], [antenna_km], marker="^", ms=9, color=INK, mec="white", mew=1.0, clip_on=False, zorder=6)
    top = 1e-3 * _top_m(seen, sensor)
    axes.set_xlim(0.0, 1e-3 * far_m)
    axes.set_ylim(min(0.0, float(ground.min())), top)
    axes.set_ylabel("height (km)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=RULE, lw=0.5)
    axes.set_axisbelow(True)
    for degrees in _ELEVATIONS_DEG:
        _draw_ray(axes, x, antenna_km, degrees, top)


def _draw_ray(axes: Axes, x_km: F8, antenna_km: float, elevation_deg: float, top_km: float) -> None:
    """The line of one apparent elevation on the 4/3 Earth, named where it leaves the diagram."""
    y = antenna_km + x_km * (math.tan(math.radians(elevation_deg)) + x_km * 1e3 / (2.0 * EFFECTIVE_RADIUS_M))
    axes.plot(x_km, y, color=MUTED, lw=0.6, ls=(0, (4, 3)), zorder=2)
    last = int(np.searchsorted(y, 0.97 * top_km)) - 1
    style: dict[str, Any] = {"fontsize": 8, "color": MUTED, "path_effects": HALO, "zorder": 5}
    axes.text(x_km[last], y[last], f"{elevation_deg:g}°", ha="right", va="center", **style)


def _legend(figure: Figure, seen: Seen) -> None:
    shades = [
        Patch(facecolor=shade, label=f"{low:.0%} to {min(high, 1.0):.0%}")
        for shade, low, high in zip(_SHADES, _LEVELS, _LEVELS[1:], strict=False)
    ]
    lines = [
        Line2D([], [], color=OURS, lw=1.6, label=f"{seen.threshold:.0%} in {seen.looks_text}"),
        Line2D([], [], color=MUTED, lw=0.8, ls=(0, (4, 3)), label="apparent elevation"),
        Patch(facecolor="#b9a68c", label="ground"),
    ]
    figure.legend(
        handles=[*shades, *lines], loc="lower left", bbox_to_anchor=(0.05, 0.0), ncols=6, columnspacing=1.6
    )
