"""The picture of one class of radar on a smooth sea: range against height and against cross-section."""

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
from skypact.run.recorded.map import HALO, MUTED, RULE, drawing, height_colours, new_figure, save
from skypact.run.surroundings import draw_surroundings

THRESHOLD = 0.5
RCS_M2 = (0.01, 0.1, 1.0, 10.0)
HEIGHTS_M = (30.0, 100.0, 1_000.0, 3_000.0, 10_000.0, 30_000.0)
_ANY = "quiet-sky"
"""The built-in scenario whose settings serve: the class stands alone in it, on a smooth sea in calm weather."""
_LOWEST_M, _HIGHEST_M = 10.0, 100_000.0
_COLUMNS, _ROWS = 600, 400


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
        f"smooth sea, antenna {mast_m:g} m above it",
        f"one look, a chance of at least {THRESHOLD:.0%}",
        "straight ahead, radial speed as at random",
        f"sea state {seen.surroundings.weather.sea_state}, no rain",
    ]
    figure = new_figure(cls.title, ["  ·  ".join(facts)], NOTE)
    _draw_heights(figure.add_axes((0.055, 0.095, 0.43, 0.755)), seen, mast_m)
    _draw_sizes(figure.add_axes((0.555, 0.095, 0.425, 0.755)), seen)
    return figure


def _alone(cls: SensorClass) -> Seen:
    """A radar of the class, alone on a smooth sea, facing east where it has a face."""
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


def _ranges(seen: Seen) -> F8:
    return np.linspace(500.0, float(seen.wired.network.sensors.range_max_m[0]) * 1.02, _COLUMNS)


def _draw_heights(axes: Axes, seen: Seen, mast_m: float) -> None:
    """Lines of equal chance in height and range, one a cross-section, and the horizon."""
    distance = _ranges(seen)
    height = np.geomspace(_LOWEST_M, _HIGHEST_M, _ROWS)
    axes.set_yscale("log")
    for rcs, colour in zip(RCS_M2, COLOURS, strict=False):
        chance = chance_of(replace(seen, rcs_m2=rcs), 0, distance, math.pi / 2, height[:, None])
        axes.plot([], [], color=colour, lw=1.8, label=f"{rcs:g} m²")
        if (chance >= THRESHOLD).any():
            axes.contour(1e-3 * distance, height, chance, levels=[THRESHOLD], colors=[colour], linewidths=1.8)
    horizon_km = [1e-3 * horizon_m(mast_m, h) for h in height.tolist()]
    axes.plot(horizon_km, height, color=MUTED, lw=0.9, ls=(0, (4, 3)), label="horizon of the 4/3 Earth")
    axes.set_xlim(0.0, 1e-3 * distance[-1])
    axes.set_ylim(_LOWEST_M, _HIGHEST_M)
    axes.set_title("within the line of its size a target is detected")
    axes.set_xlabel("ground range (km)")
    axes.set_ylabel("height above the sea (m)")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.legend(loc="lower right")
    _quiet(axes)


def _draw_sizes(axes: Axes, seen: Seen) -> None:
    """The greatest range against cross-section, one line a height."""
    distance = _ranges(seen)
    sizes = np.geomspace(1e-3, 100.0, 101)
    colours = height_colours()(np.linspace(0.0, 1.0, len(HEIGHTS_M)))
    for height, colour in zip(HEIGHTS_M, colours, strict=True):
        far_km = np.array(
            [_farthest(replace(seen, rcs_m2=size), distance, height) for size in sizes.tolist()]
        )
        axes.plot(sizes, far_km, color=colour, lw=1.8)
        name = f"{height:,.0f} m"
        axes.annotate(
            name,
            (sizes[-1], far_km[-1]),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=colour,
            annotation_clip=False,
            path_effects=HALO,
        )
    axes.set_xscale("log")
    axes.set_xlim(sizes[0], sizes[-1] * 2.2)
    axes.set_ylim(0.0, 1e-3 * distance[-1])
    axes.set_title("greatest range of detection, by height above the sea")
    axes.set_xlabel("cross-section (m²)")
    axes.set_ylabel("ground range (km)")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    _quiet(axes)


def _farthest(seen: Seen, distance_m: F8, height_m: float) -> float:
    """Greatest range (km) at which a target of this height is detected; NaN where it is nowhere."""
    found = chance_of(seen, 0, distance_m, math.pi / 2, np.full(1, height_m)) >= THRESHOLD
    return 1e-3 * float(distance_m[found].max()) if found.any() else math.nan


def _quiet(axes: Axes) -> None:
    axes.grid(color=RULE, lw=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
