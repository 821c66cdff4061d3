"""What the pictures of tracks share: style, the map in the radar's plane, time axes, saving.

Everything is drawn with matplotlib's objects, without its global state, and looks the same whatever the user's own
settings of matplotlib are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.style
import matplotlib.ticker
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from numpy.typing import NDArray

from skypact import __version__
from skypact.earth.frame import ecef_from_enu, ecef_from_geodetic, geodetic_from_ecef
from skypact.errors import UsageError
from skypact.kernels.wgs84 import MEAN_RADIUS_M
from skypact.model.network import B1, F8, I8
from skypact.model.recording import Plots, RadarSite
from skypact.run.recorded.file import FOOT_M, NM_M, NOTE, plane, write_with
from skypact.track import OWN_PLANE

SIZE_IN = (16.0, 9.0)
DPI = 150
INK, MUTED, RULE, WATER = "#1f2933", "#5f6b76", "#d5dbe1", "#a9c7d9"
MISSED, OURS, THEIRS = "#d55e00", "#0072b2", "#9aa5b1"
"""Orange and blue of Okabe and Ito (2008), told apart by every kind of colour vision."""
GAP_REVOLUTIONS = 2.5
"""A line is broken where a track had no plot for longer than this many revolutions."""

_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": "#aab4be",
    "axes.labelcolor": MUTED,
    "axes.labelsize": 9.5,
    "axes.linewidth": 0.8,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "xtick.color": "#aab4be",
    "ytick.color": "#aab4be",
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "svg.hashsalt": "skypact",
}
_ROUND_S = (
    *(1, 2, 5, 10, 15, 30),
    *(60 * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(3600 * hours for hours in (1, 2, 3, 6, 12, 24, 48, 168, 720, 8760)),
)
_WIDEST = 0.955
_WIDEST_DEG = 120.0
"""A map over more longitudes is around a pole."""
_SUFFIXES = (".png", ".svg")
HALO = [withStroke(linewidth=2.2, foreground="white")]


@contextmanager
def drawing() -> Iterator[None]:
    """The style of the pictures, for drawing and saving; the settings from before return afterwards."""
    with matplotlib.style.context(["default", _STYLE]):
        yield


def new_figure(title: str, facts: Sequence[str], note: str = NOTE) -> Figure:
    """An empty figure with its title, a line of facts for each text under it, and what it is not at the foot."""
    figure = Figure(figsize=SIZE_IN, dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    heading = figure.text(0.03, 0.962, title, fontsize=17, fontweight="bold", va="center")
    below = [
        figure.text(0.03, 0.926 - 0.026 * i, fact, fontsize=10.5, color=MUTED, va="center")
        for i, fact in enumerate(facts)
    ]
    for text in (heading, *below):
        _fit(text, _WIDEST * figure.bbox.width)
    foot = f"skypact {__version__}  ·  {note}"
    figure.text(0.985, 0.014, foot, fontsize=8, color=MUTED, ha="right", va="center")
    return figure


def _fit(text: Text, width_px: float) -> None:
    """Make a text smaller until it is no wider; hinting makes its width jump, so by several steps."""
    for _ in range(8):
        share = width_px / text.get_window_extent().width
        if share >= 1.0:
            return
        text.set_fontsize(0.99 * float(text.get_fontsize()) * share)


def require_picture(path: Path) -> None:
    """Refuse a path that no picture can be written to, before any work is done for it.

    Raises:
        UsageError: another suffix than `save` knows.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise UsageError(
            f"picture {path.name}", "its format is not known", f"Use one of {', '.join(_SUFFIXES)}."
        )


def save(path: Path, figure: Figure) -> None:
    """Write the figure as PNG or SVG, by the suffix; the file appears when it is whole.

    Raises:
        UsageError: another suffix, or the file cannot be written.
    """
    require_picture(path)
    metadata = {"Date": None} if path.suffix.lower() == ".svg" else None
    write_with(path, lambda part: figure.savefig(part, dpi=DPI, metadata=metadata))


def line_collection(segments: F8, **style: object) -> LineCollection:
    """A collection of lines [n, points, 2] in a style."""
    given: dict[str, Any] = {"segments": segments, **style}
    return LineCollection(**given)


def height_colours() -> Colormap:
    """Colours of height, low to high: viridis reversed without its palest part, which is lost on white."""
    return ListedColormap(matplotlib.colormaps["viridis"](np.linspace(0.86, 0.0, 256)), name="height")


def flight_level(height_m: F8) -> F8:
    """Heights (m) in hundreds of feet."""
    return height_m / (100.0 * FOOT_M)


# ------------------------------------------------------------------------------------------------- the plane


def plot_plane(plots: Plots, sites: Mapping[int, RadarSite], centre: RadarSite) -> F8:
    """East and north (m) [n, 2] of each plot in the tangent plane of the centre; NaN without position or site.

    The slant range is brought down by the height on a sphere; a plot without height is drawn at its slant range.
    """
    east_north_m = np.full((len(plots), 2), np.nan)
    for number, site in sites.items():
        own = np.flatnonzero(plots.radar == number)
        radius_m = MEAN_RADIUS_M + site.height_m
        rise_m = plots.height_m[own] - site.height_m
        range_m, bearing_rad = np.maximum(plots.range_m[own], 1.0), plots.bearing_rad[own]
        sine = (rise_m * (2.0 * radius_m + rise_m) - range_m**2) / (2.0 * radius_m * range_m)
        sine = np.clip(np.nan_to_num(sine), -1.0, 1.0)
        across_m = plots.range_m[own] * np.sqrt(1.0 - sine**2)
        x_m, y_m = across_m * np.sin(bearing_rad), across_m * np.cos(bearing_rad)
        if site == centre:
            east_north_m[own] = np.stack([x_m, y_m], axis=1)
            continue
        enu_m = np.stack([x_m, y_m, range_m * sine], axis=1)
        ecef_m = ecef_from_enu(enu_m, site.lat_rad, site.lon_rad, site.height_m)
        east_north_m[own] = plane(ecef_m, centre)
    return east_north_m


@dataclass(frozen=True)
class Extent:
    """The edges of a map, NM east and north of the radar."""

    west: float
    east: float
    south: float
    north: float

    def holds(self, east_nm: NDArray[np.floating], north_nm: NDArray[np.floating]) -> B1:
        """Which points are inside."""
        inside: B1 = (east_nm >= self.west) & (east_nm <= self.east)
        return inside & (north_nm >= self.south) & (north_nm <= self.north)


def extent_around(east_nm: F8, north_nm: F8, shape: float) -> Extent:
    """The smallest extent of this shape (width over height) about the points and the radar, with a margin."""
    known = np.isfinite(east_nm) & np.isfinite(north_nm)
    x, y = np.append(east_nm[known], 0.0), np.append(north_nm[known], 0.0)
    half_y = max(0.5 * float(np.ptp(y)), 0.5 * float(np.ptp(x)) / shape, 0.5) * 1.07
    mid_x, mid_y = 0.5 * float(x.min() + x.max()), 0.5 * float(y.min() + y.max())
    return Extent(mid_x - half_y * shape, mid_x + half_y * shape, mid_y - half_y, mid_y + half_y)


def draw_map(axes: Axes, extent: Extent, site: RadarSite, others_nm: F8, drawn_nm: F8) -> list[Text]:
    """Rings, bearings, graticule (unless the place is OWN_PLANE) and the radars; the texts that labels must keep off.

    Args:
        axes: empty.
        extent: its edges.
        site: of the radar in the middle of the rings.
        others_nm: [n, 2] further radars, east and north.
        drawn_nm: [n, 2] points that the names of the rings are to hide as little as can be.
    """
    axes.set_xlim(extent.west, extent.east)
    axes.set_ylim(extent.south, extent.north)
    axes.set_aspect("equal", adjustable="box")
    step = _nice((extent.north - extent.south) / 11.0)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(matplotlib.ticker.MultipleLocator(step))
    axes.tick_params(length=3)
    north = "true north up" if site != OWN_PLANE else "radar's own north up"
    axes.set_xlabel("east of the radar (NM)", labelpad=2)
    axes.set_ylabel(f"north of the radar (NM), {north}", labelpad=2)
    if site != OWN_PLANE:
        _graticule(axes, extent, site)
    texts = [*_rings(axes, extent, step, drawn_nm), *_bearings(axes, extent)]
    at = np.concatenate([np.zeros((1, 2)), others_nm])
    axes.plot(
        at[:, 0],
        at[:, 1],
        marker="^",
        ms=9,
        color=INK,
        mec="white",
        mew=1.0,
        ls="none",
        zorder=6,
        gid="radar",
    )
    return texts


def _rings(axes: Axes, extent: Extent, step: float, drawn_nm: F8) -> list[Text]:
    corners = [math.hypot(x, y) for x in (extent.west, extent.east) for y in (extent.south, extent.north)]
    radii = step * np.arange(1, int(max(corners) / step) + 1)
    angle = np.linspace(0.0, 2.0 * math.pi, 361)
    circles = [np.stack([r * np.sin(angle), r * np.cos(angle)], axis=1) for r in radii]
    axes.add_collection(LineCollection(circles, colors=RULE, linewidths=0.7, zorder=1), autolim=False)
    pad = 0.03 * (extent.north - extent.south)
    inner = Extent(extent.west + pad, extent.east - pad, extent.south + pad, extent.north - pad)
    bearings = np.radians(np.arange(15.0, 360.0, 30.0))
    best, most = 0, -math.inf
    for k, bearing in enumerate(bearings):
        x, y = radii * math.sin(bearing), radii * math.cos(bearing)
        shown = inner.holds(x, y)
        apart = np.abs(drawn_nm[:, None, :] - np.stack([x[shown], y[shown]], axis=1))
        hidden = (apart < (1.2 * pad, 0.6 * pad)).all(axis=2).sum()
        if (worth := float(shown.sum()) - float(hidden) / (len(drawn_nm) + 1.0)) > most:
            best, most = k, worth
    x, y = radii * math.sin(bearings[best]), radii * math.cos(bearings[best])
    shown = inner.holds(x, y)
    return [_small(axes, float(x[i]), float(y[i]), f"{radii[i]:g} NM", MUTED) for i in np.flatnonzero(shown)]


def _bearings(axes: Axes, extent: Extent) -> list[Text]:
    """Lines every 30 degrees to the frame, each with its bearing where the line is long enough."""
    texts = []
    lines, longest = [], max(-extent.west, extent.east, -extent.south, extent.north)
    pad_x, pad_y = 0.028 * (extent.east - extent.west), 0.018 * (extent.north - extent.south)
    inner = Extent(extent.west + pad_x, extent.east - pad_x, extent.south + pad_y, extent.north - pad_y)
    for degrees in range(0, 360, 30):
        x, y = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
        reach, inset = _reach(extent, x, y), _reach(inner, x, y)
        lines.append([(0.0, 0.0), (reach * x, reach * y)])
        if inset > 0.35 * longest:
            texts.append(_small(axes, inset * x, inset * y, f"{degrees:03d}°", "#8a949e"))
    axes.add_collection(LineCollection(lines, colors=RULE, linewidths=0.5, zorder=1), autolim=False)
    return texts


def _reach(extent: Extent, x: float, y: float) -> float:
    """How far it is from the radar to the edge in a direction (x east, y north, of length 1)."""
    reach_x = (extent.east if x > 0 else extent.west) / x if abs(x) > 1e-9 else math.inf
    reach_y = (extent.north if y > 0 else extent.south) / y if abs(y) > 1e-9 else math.inf
    return min(reach_x, reach_y)


def _small(axes: Axes, x: float, y: float, text: str, colour: str) -> Text:
    return axes.text(
        x, y, text, fontsize=7.5, color=colour, ha="center", va="center", path_effects=HALO, zorder=6
    )


def _graticule(axes: Axes, extent: Extent, site: RadarSite) -> None:
    """Lines of latitude and longitude, named on the right and upper edges; none around a pole."""
    x = np.array([extent.west, 0.5 * (extent.west + extent.east), extent.east]).repeat(3)
    y = np.tile([extent.south, 0.5 * (extent.south + extent.north), extent.north], 3)
    lat_deg, lon_deg = _geographic(x, y, site)
    lon_deg = (lon_deg - math.degrees(site.lon_rad) + 180.0) % 360.0 - 180.0 + math.degrees(site.lon_rad)
    if np.ptp(lon_deg) > _WIDEST_DEG:
        return
    lat_step, lon_step = (_nice(max(float(np.ptp(values)), 1e-3) / 5.0) for values in (lat_deg, lon_deg))
    spread = np.linspace(0.0, 1.0, 61)
    lines, right, top = [], [], []
    for parallel in _multiples(lat_deg, lat_step):
        lon = lon_deg.min() - 1.0 + spread * (np.ptp(lon_deg) + 2.0)
        lines.append(_plane(np.full(61, parallel), lon, site))
        at = _crossing(lines[-1], 0, extent.east)
        right += [(at, f"{abs(parallel):g}° {'N' if parallel >= 0 else 'S'}")]
    for meridian in _multiples(lon_deg, lon_step):
        lat = np.clip(lat_deg.min() - 1.0 + spread * (np.ptp(lat_deg) + 2.0), -90.0, 90.0)
        lines.append(_plane(lat, np.full(61, meridian), site))
        at = _crossing(lines[-1], 1, extent.north)
        wrapped = (meridian + 180.0) % 360.0 - 180.0
        top += [(at, f"{abs(wrapped):g}° {'E' if wrapped >= 0 else 'W'}")]
    axes.add_collection(
        LineCollection(lines, colors=WATER, linewidths=0.7, linestyles=(0, (1, 2.5)), zorder=1), autolim=False
    )
    style: dict[str, Any] = {"fontsize": 8, "color": "#5b8aa5", "annotation_clip": False}
    highest = extent.north - 0.01 * (extent.north - extent.south)  # else it meets a name above the corner
    for at, text in right:
        if at is not None and extent.south <= at <= highest:
            axes.annotate(text, (extent.east, at), (3, 0), textcoords="offset points", va="center", **style)
    for at, text in top:
        if at is not None and extent.west <= at <= extent.east:
            axes.annotate(text, (at, extent.north), (0, 3), textcoords="offset points", ha="center", **style)


def _geographic(east_nm: F8, north_nm: F8, site: RadarSite) -> tuple[F8, F8]:
    """Latitude and longitude (deg) under points of the tangent plane, by the ellipsoid's curve below it."""
    up_m = -((east_nm * NM_M) ** 2 + (north_nm * NM_M) ** 2) / (2.0 * MEAN_RADIUS_M)
    enu_m = np.stack([east_nm * NM_M, north_nm * NM_M, up_m], axis=1)
    lat, lon, _ = geodetic_from_ecef(ecef_from_enu(enu_m, site.lat_rad, site.lon_rad, site.height_m))
    return np.degrees(lat), np.degrees(lon)


def _plane(lat_deg: F8, lon_deg: F8, site: RadarSite) -> F8:
    """East and north (NM) [n, 2] of points on the ground."""
    return plane(ecef_from_geodetic(np.radians(lat_deg), np.radians(lon_deg), 0.0), site) / NM_M


def _crossing(line: F8, axis: int, value: float) -> float | None:
    """Where a line [n, 2] first passes a value of one axis, on the other axis."""
    side = line[:, axis] > value
    found = np.flatnonzero(side[1:] != side[:-1])
    if not len(found):
        return None
    a, b = line[found[0]], line[found[0] + 1]
    return float(a[1 - axis] + (value - a[axis]) / (b[axis] - a[axis]) * (b[1 - axis] - a[1 - axis]))


def _multiples(values: F8, step: float) -> F8:
    multiples: F8 = step * np.arange(math.ceil(values.min() / step), math.floor(values.max() / step) + 1)
    return np.round(multiples, 6)


def _nice(rough: float) -> float:
    """The round number (1, 2 or 5 times a power of ten) nearest above a rough one."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(float(k * power) for k in (1, 2, 5, 10) if k * power >= rough * 0.999)


# ------------------------------------------------------------------------------------------------------- time


def breaks(t_ns: I8, revolution_s: float) -> B1:
    """[n - 1] where two instants of a track, in order, are further apart than a gap."""
    apart: B1 = np.diff(t_ns) > GAP_REVOLUTIONS * revolution_s * 1e9
    return apart


def dates(t_ns: NDArray[np.integer | np.floating]) -> F8:
    """Instants (UTC ns) as matplotlib's days since 1970."""
    return np.asarray(t_ns / 86_400e9)


def time_axis(axes: Axes, first_ns: int, last_ns: int, most: int = 7) -> None:
    """Clock times, UTC, on the horizontal axis: at most so many, at round times."""
    pad_ns = max((last_ns - first_ns) // 100, 1_000_000_000)
    low_ns, high_ns = first_ns - pad_ns, last_ns + pad_ns
    axes.set_xlim(*dates(np.array([low_ns, high_ns])))
    step_s = next((step for step in _ROUND_S if (high_ns - low_ns) // (step * 10**9) < most), _ROUND_S[-1])
    at_s = np.arange(-(-low_ns // (step_s * 10**9)), high_ns // (step_s * 10**9) + 1) * step_s
    texts = [str(np.datetime64(second, "s"))[11 : 16 if step_s >= 60 else 19] for second in at_s.tolist()]
    axes.set_xticks(dates(at_s * 10**9), texts)
    axes.grid(axis="x", color=RULE, lw=0.5)
    axes.set_axisbelow(True)


def span_text(first_ns: int, last_ns: int) -> str:
    """Date and span of time, UTC; only the time of day in a recording without a date."""
    first, last = (str(np.datetime64(t, "s")) for t in (first_ns // 1_000_000_000, last_ns // 1_000_000_000))
    if first.startswith("1970-01-01"):
        return f"{first[11:]} to {last[11:]} UTC (date not known)"
    return f"{first[:10]}, {first[11:]} to {last[11:] if last[:10] == first[:10] else last.replace('T', ' ')} UTC"
