"""The picture of one class of radar on the sea: range against height and against cross-section."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from skypact.earth.terrain import flat_terrain
from skypact.errors import UsageError
from skypact.kernels.masking import horizon_m
from skypact.kernels.random import run_key
from skypact.model.catalogue import SensorClass
from skypact.model.codes import SensorKind
from skypact.model.network import F8
from skypact.model.scenario import SensorSite
from skypact.model.weather import calm
from skypact.run.build import Treatments, wire
from skypact.run.coverage.area import Seen, chance_of
from skypact.run.coverage.picture import COLOURS, NOTE
from skypact.run.library import load
from skypact.run.recorded.label import Label, place_labels
from skypact.run.recorded.map import MUTED, RULE, drawing, height_colours, new_figure, save
from skypact.run.surroundings import draw_surroundings

THRESHOLD = 0.5
RCS_M2 = (0.01, 0.1, 1.0, 10.0)
AIR_M = (30.0, 100.0, 1_000.0, 3_000.0, 10_000.0, 30_000.0)
SPACE_M = (1_000.0, 10_000.0, 30_000.0, 100_000.0, 200_000.0, 300_000.0)
"""Heights of the lines for radars that turn, and for fixed faces, which look for what flies above the air; those within
range are drawn."""
_ANY = "quiet-sky"
"""The built-in scenario whose settings serve: the class stands alone in it, on the sea in calm weather."""
_LOWEST_M, _HIGHEST_M = 10.0, 100_000.0
_COLUMNS, _ROWS = 600, 400
_WIDTHS = (4.4, 3.1, 2.0, 1.0)
"""Of the lines of the cross-sections: where they run together the larger target's lies on the smaller one's."""


def plot_sensor_class(cls: SensorClass, path: Path) -> Path:
    """The path of the picture (PNG or SVG, by the suffix) drawn of a class of radar.

    Left: the height and ground range within which one look detects targets of several cross-sections with a chance
    of at least a half, straight ahead of the radar. Right: the greatest such range against cross-section, for several
    heights.

    Raises:
        UsageError: the class is no radar, the suffix is another, or the file cannot be written.
    """
    if cls.kind != SensorKind.RADAR:
        raise UsageError(
            f"--plot of {cls.name}", f"it is of the kind {SensorKind(cls.kind).name.lower()}", "Name a radar."
        )
    with drawing():
        save(path, class_figure(cls))
    return path


def class_figure(cls: SensorClass) -> Figure:
    """The picture of a class of radar; draw and save it within `recorded.map.drawing`."""
    seen = _alone(cls)
    mast_m = float(seen.wired.network.sensors.height_m[0])
    facts = [
        f"sea state {seen.surroundings.weather.sea_state}, no rain, antenna {mast_m:g} m above the sea",
        f"one look, a chance of at least {THRESHOLD:.0%}",
        "straight ahead, radial speed as at random",
    ]
    figure = new_figure(cls.title, ["  ·  ".join(facts)], NOTE)
    _draw_heights(figure.add_axes((0.067, 0.095, 0.418, 0.755)), seen, mast_m)
    _draw_sizes(figure.add_axes((0.555, 0.095, 0.425, 0.755)), seen)
    return figure


def _alone(cls: SensorClass) -> Seen:
    """A radar of the class, alone on the sea, facing east where it has a face."""
    loaded = load(_ANY)
    lat, lon = math.radians(25.0), math.radians(45.0)
    nation = loaded.scenario.nations[0]
    site = SensorSite(cls.name, cls.name, nation, nation, lat, lon, None, math.pi / 2)
    scenario = replace(loaded.scenario, sensors=(site,), batteries=(), sensor_events=(), weather=calm())
    sea = flat_terrain(10, 24, 40, 66)
    catalogue = replace(loaded.catalogue, sensors={cls.name: cls})
    wired = wire(scenario, catalogue, loaded.airports, sea, scenario.levels, Treatments())
    surroundings = draw_surroundings(wired, *run_key(0, 0))
    return Seen(wired, surroundings, (0,), (100.0,), 1.0, THRESHOLD, 1)


def drawn_heights(seen: Seen) -> tuple[float, ...]:
    """The heights (m) of the lines of range against cross-section."""
    table = seen.wired.network.sensors
    return tuple(h for h in (AIR_M if table.rotates[0] else SPACE_M) if h < table.range_max_m[0])


def _highest_m(seen: Seen) -> float:
    """The top of the heights: for fixed faces the whole range, which they may look up to."""
    table = seen.wired.network.sensors
    return _HIGHEST_M if table.rotates[0] else max(_HIGHEST_M, float(table.range_max_m[0]))


def _ranges(seen: Seen) -> F8:
    return np.linspace(0.0, float(seen.wired.network.sensors.range_max_m[0]) * 1.02, _COLUMNS)


def _draw_heights(axes: Axes, seen: Seen, mast_m: float) -> None:
    """Lines of equal chance in height and range, one a cross-section, and the horizon."""
    distance = _ranges(seen)
    height = np.geomspace(_LOWEST_M, _highest_m(seen), _ROWS)
    axes.set_yscale("log")
    for rcs, colour, width in zip(RCS_M2, COLOURS, _WIDTHS, strict=False):
        chance = chance_of(replace(seen, rcs_m2=rcs), 0, distance, math.pi / 2, height[:, None])
        axes.plot([], [], color=colour, lw=width, label=f"{rcs:g} m²")
        if (chance >= THRESHOLD).any():
            axes.contour(
                1e-3 * distance, height, chance, levels=[THRESHOLD], colors=[colour], linewidths=width
            )
    horizon_km = [1e-3 * horizon_m(mast_m, h) for h in height.tolist()]
    axes.plot(horizon_km, height, color=MUTED, lw=0.9, ls=(0, (4, 3)), label="horizon of the 4/3 Earth")
    axes.set_xlim(0.0, 1e-3 * distance[-1])
    axes.set_ylim(height[0], height[-1])
    axes.set_title("within the line of its size a target is detected")
    axes.set_xlabel("ground range (km)")
    axes.set_ylabel("height above the sea (m)")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.legend(loc="lower right")
    _quiet(axes)


def _draw_sizes(axes: Axes, seen: Seen) -> None:
    """The greatest range against cross-section, one line a height."""
    distance, heights = _ranges(seen), drawn_heights(seen)
    sizes = np.geomspace(1e-3, 100.0, 101)
    colours = height_colours()(np.linspace(0.0, 1.0, len(heights)))
    lines = []
    for height, colour in zip(heights, colours, strict=True):
        far_km = np.array(
            [_farthest(replace(seen, rcs_m2=size), distance, height) for size in sizes.tolist()]
        )
        axes.plot(sizes, far_km, color=colour, lw=1.8)
        lines.append(np.stack([sizes, far_km], axis=1))
    axes.set_xscale("log")
    axes.set_xlim(sizes[0], sizes[-1])
    axes.set_ylim(0.0, 1e-3 * distance[-1])
    axes.set_title("greatest range of detection, by height above the sea")
    axes.set_xlabel("cross-section (m²)")
    axes.set_ylabel("ground range (km)")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    _quiet(axes)
    names = [f"{height:,.0f} m" for height in heights]
    labels = [Label(*at, name) for at, name in zip(_apart(axes, lines), names, strict=True) if at is not None]
    joined = [
        line[:-1] + share * np.diff(line, axis=0) for line in lines for share in np.linspace(0.0, 1.0, 16)
    ]
    drawn = np.concatenate(joined)
    place_labels(axes, labels, (), drawn[np.isfinite(drawn[:, 1])])


def _apart(axes: Axes, lines: list[F8]) -> list[tuple[float, float] | None]:
    """The point of each line [n, 2] farthest from all the others on the page; none where it has no point."""
    drawn = [axes.transData.transform(line[np.isfinite(line[:, 1])]) for line in lines]
    found: list[tuple[float, float] | None] = []
    for k, line in enumerate(drawn):
        others = np.concatenate([np.full((1, 2), np.inf), *drawn[:k], *drawn[k + 1 :]])
        if not len(line):
            found.append(None)
            continue
        gap = np.hypot(*(line[:, None, :] - others[None, :, :]).transpose(2, 0, 1)).min(axis=1)
        x, y = axes.transData.inverted().transform(line[gap.argmax()]).tolist()
        found.append((x, y))
    return found


def _farthest(seen: Seen, distance_m: F8, height_m: float) -> float:
    """Greatest range (km) at which a target of this height is detected; NaN where it is nowhere."""
    found = chance_of(seen, 0, distance_m, math.pi / 2, np.full(1, height_m)) >= THRESHOLD
    return 1e-3 * float(distance_m[found].max()) if found.any() else math.nan


def _quiet(axes: Axes) -> None:
    axes.grid(color=RULE, lw=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
