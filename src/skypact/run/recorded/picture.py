"""The picture of what was tracked: a map beside a timeline of every track and the plots of every revolution."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from skypact.earth.frame import ecef_from_geodetic
from skypact.model.network import F8
from skypact.model.recording import ABSENT
from skypact.run.recorded.drawn import (
    DrawnTrack,
    centre_of,
    detection_share,
    drawn_sites,
    drawn_tracks,
    lone_points,
)
from skypact.run.recorded.file import NM_M, TrackedRecording, plane
from skypact.run.recorded.label import Label, place_labels
from skypact.run.recorded.map import (
    INK,
    MISSED,
    MUTED,
    OURS,
    RULE,
    SIZE_IN,
    dates,
    draw_map,
    drawing,
    extent_around,
    height_colours,
    line_collection,
    new_figure,
    plot_plane,
    save,
    span_text,
    time_axis,
)
from skypact.run.recorded.radar import radar_name

MAP_BOX = (0.045, 0.095, 0.485, 0.785)
"""Left, bottom, width and height of the map in the figure."""
LABELLED_ROWS = 70
"""With more tracks than this the timeline has no codes: they could not be read."""
_UNMEASURED = "#8a949e"


def tracks_figure(tracked: TrackedRecording) -> Figure:
    """The picture of a tracked recording; draw and save it within `track_map.drawing`."""
    tracks = drawn_tracks(tracked)
    figure = new_figure(*_title(tracked, tracks))
    heights = np.concatenate([track.height_fl for track in tracks]) if tracks else np.empty(0)
    heights = heights[np.isfinite(heights)]
    low, high = (heights.min(), heights.max()) if len(heights) else (0.0, 400.0)
    norm = Normalize(50.0 * np.floor(low / 50.0), 50.0 * np.floor(high / 50.0 + 1.0))
    _draw_tracks_map(figure, tracked, tracks, norm)
    if len(heights):
        _colour_bar(figure, norm)
    times = tracked.plots.t_ns[tracked.plots.t_ns != ABSENT]
    times = np.concatenate([times, tracked.points.t_ns])
    first_ns, last_ns = (int(times.min()), int(times.max())) if len(times) else (0, 0)
    upper = figure.add_axes((0.675, 0.3, 0.305, 0.58))
    _draw_timeline(upper, tracks, norm)
    counts, share = (
        figure.add_axes((0.675, 0.192, 0.305, 0.075)),
        figure.add_axes((0.675, 0.095, 0.305, 0.065)),
    )
    _draw_counts(counts, tracked, first_ns, last_ns)
    _draw_share(share, tracks)
    for axes in (upper, counts, share):
        time_axis(axes, first_ns, last_ns)
        axes.spines[["top", "right"]].set_visible(False)
    for axes in (upper, counts):
        axes.tick_params(axis="x", labelbottom=False, length=0)
    share.set_xlabel("time (UTC, radar's clock)", labelpad=2)
    return figure


def write_tracks_picture(path: Path, tracked: TrackedRecording) -> None:
    """Draw the picture of a tracked recording into a PNG or SVG file.

    Raises:
        UsageError: another suffix, or the file cannot be written.
    """
    with drawing():
        save(path, tracks_figure(tracked))


def _title(tracked: TrackedRecording, tracks: list[DrawnTrack]) -> tuple[str, list[str]]:
    plots = tracked.plots
    times = plots.t_ns[plots.t_ns != ABSENT]
    facts = [span_text(int(times.min()), int(times.max()))] if len(times) else []
    used = int((tracked.plot_track != 0).sum())
    facts += [
        f"{len(plots):,} plots, {used:,} of them in {len(tracks):,} confirmed {_plural('track', len(tracks))}",
        f"{'with' if tracked.with_codes else 'without'} transponder codes in the association",
    ]
    revolutions = sorted({f"{value:.2f} s" for value in tracked.revolution_s.values()})
    if revolutions:
        facts.append(f"{' and '.join(revolutions[:2])} a revolution")
    drawn = drawn_sites(tracked)
    if not tracked.sites and drawn:
        facts.append(f"map in the own plane of {_names(drawn)}: position not known")
    left_out = sorted(set(tracked.radars) - set(drawn))
    if left_out:
        facts.append(f"plots and tracks of {_names(left_out)} not in the map: position not known")
    seen_by = f"{_plural('radar', len(tracked.radars))} {_names(tracked.radars)}"
    return f"{tracked.name}  ·  {seen_by}", ["  ·  ".join(facts)]


def _names(radars: Iterable[int]) -> str:
    """At most four radars by name."""
    names = [radar_name(radar) for radar in sorted(radars)]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"


# -------------------------------------------------------------------------------------------------------- map


def _draw_tracks_map(
    figure: Figure, tracked: TrackedRecording, tracks: list[DrawnTrack], norm: Normalize
) -> None:
    axes = figure.add_axes(MAP_BOX)
    plots, plot_track = tracked.plots, tracked.plot_track
    sites, centre = drawn_sites(tracked), centre_of(tracked)
    x, y = plot_plane(plots, sites, centre).T / NM_M
    all_x = np.concatenate([x, *(track.east_nm for track in tracks)])
    all_y = np.concatenate([y, *(track.north_nm for track in tracks)])
    drawn = np.stack([all_x, all_y], axis=1)[np.isfinite(all_x)]
    shape = MAP_BOX[2] * SIZE_IN[0] / (MAP_BOX[3] * SIZE_IN[1])
    places = list(sites.values())
    others = plane(
        ecef_from_geodetic(
            *np.array([(p.lat_rad, p.lon_rad, p.height_m) for p in places[1:]]).reshape(-1, 3).T
        ),
        centre,
    )
    texts = draw_map(axes, extent_around(all_x, all_y, shape), centre, others / NM_M, drawn)
    own, lost = plot_track != 0, plot_track == 0
    dense = len(plots) > 10_000
    axes.plot(x[own], y[own], ls="none", marker=".", ms=1.2 if dense else 3.6, mew=0, color="#6d7882",
              alpha=0.5, zorder=3.2, rasterized=True, gid="plots in tracks")  # fmt: skip
    axes.plot(x[lost], y[lost], ls="none", marker="x", ms=3.0 if dense else 4.5, mew=0.6 if dense else 0.9,
              color=MISSED, alpha=0.8, zorder=4, rasterized=True, gid="plots in no track")  # fmt: skip
    width = 2.0 if len(tracks) <= 60 else 1.2 if len(tracks) <= 200 else 0.8
    colours = height_colours().with_extremes(bad=_UNMEASURED)
    for unbroken in (True, False):
        chosen = [(track.broken != unbroken) & track.shown() for track in tracks]
        lines = [track.segments()[rows] for track, rows in zip(tracks, chosen, strict=True)]
        height = [_middle(track.height_fl)[rows] for track, rows in zip(tracks, chosen, strict=True)]
        if unbroken:
            _add_lines(axes, lines, height, norm, width)
        elif lines:
            axes.add_collection(
                line_collection(np.concatenate(lines), colors=_UNMEASURED, linewidths=0.6 * width,
                               linestyles=(0, (1, 2)), zorder=3.5, gid="gaps"),
                autolim=False,
            )  # fmt: skip
    heads = np.array([[track.east_nm[-1], track.north_nm[-1]] for track in tracks]).reshape(-1, 2)
    last = np.array([track.height_fl[-1] for track in tracks])
    axes.scatter(
        heads[:, 0],
        heads[:, 1],
        s=20 if len(tracks) <= 60 else 7,
        c=last,
        cmap=colours,
        norm=norm,
        plotnonfinite=True,
        edgecolors="white",
        linewidths=0.6,
        zorder=7,
        gid="last points",
    )
    place_labels(axes, _labels(tracks), texts, drawn)
    there = np.isfinite(x)
    unmeasured = any(np.isnan(track.height_fl).any() for track in tracks)
    _map_legend(figure, int((own & there).sum()), int((lost & there).sum()), unmeasured)


def _add_lines(axes: Axes, lines: list[F8], height: list[F8], norm: Normalize, width: float) -> None:
    """The lines of the tracks, white below and coloured by height above, grey where it was never measured."""
    if not lines:
        return
    segments, values = np.concatenate(lines), np.concatenate(height)
    halo = line_collection(segments, colors="white", linewidths=width + 1.2, alpha=0.8, zorder=3)
    colours = height_colours().with_extremes(bad=_UNMEASURED)
    line = line_collection(segments, cmap=colours, norm=norm, linewidths=width, capstyle="round", zorder=5)
    line.set_array(np.ma.masked_invalid(values))
    line.set_gid("tracks")
    for collection in (halo, line):
        collection.set_rasterized(len(segments) > 20_000)
        axes.add_collection(collection, autolim=False)


def _middle(values: F8) -> F8:
    return 0.5 * (values[1:] + values[:-1])


def _labels(tracks: list[DrawnTrack]) -> list[Label]:
    """A label for each track whose last point is in the map, the longest track first."""
    shown = [track for track in tracks if np.isfinite(track.east_nm[-1])]
    by_length = sorted(shown, key=lambda track: (-len(track.t_ns), track.track_id))
    return [Label(float(t.east_nm[-1]), float(t.north_nm[-1]), _label(t)) for t in by_length]


def _label(track: DrawnTrack) -> str:
    name = track.codes[-1][1] if track.codes else track.name
    level = track.height_fl[-1]
    return f"{name}\nFL{max(round(float(level)), 0):03d}" if np.isfinite(level) else name


def _map_legend(figure: Figure, own: int, lost: int, unmeasured: bool) -> None:
    def mark(label: str, **style: object) -> Line2D:
        return Line2D([], [], label=label, **{"ls": "none", "color": MUTED, **style})  # type: ignore[arg-type]

    handles = [
        mark("radar", marker="^", ms=8, color=INK),
        mark(f"plot in a track ({own:,})", marker=".", ms=5),
        mark(f"plot in no track ({lost:,})", marker="x", ms=5, color=MISSED),
        mark("last point, code and flight level", marker="o", ms=5, color=INK),
        mark("gap", ls=(0, (1, 2)), lw=1.4),
    ]
    if unmeasured:
        handles.append(mark("height not measured", ls="-", lw=2, color=_UNMEASURED))
    left, bottom = MAP_BOX[0], 0.014
    figure.legend(handles=handles, loc="center left", bbox_to_anchor=(left, bottom), ncols=len(handles),
                  columnspacing=1.4, handletextpad=0.5, borderpad=0)  # fmt: skip


def _colour_bar(figure: Figure, norm: Normalize) -> None:
    axes = figure.add_axes((0.577, 0.3, 0.009, 0.58))
    bar = figure.colorbar(ScalarMappable(norm, height_colours()), cax=axes)
    bar.outline.set_visible(False)
    bar.ax.yaxis.set_major_locator(MaxNLocator(9, steps=[1, 2, 5, 10], integer=True))
    axes.tick_params(length=2, labelsize=8.5)
    axes.set_ylabel("height (flight level, 100 ft)", labelpad=3, fontsize=8.5)


# --------------------------------------------------------------------------------------------------- timeline


def _draw_timeline(axes: Axes, tracks: list[DrawnTrack], norm: Normalize) -> None:
    """A line a track, by its first instant from the top; gaps are left open, new codes marked."""
    n = len(tracks)
    few = n <= LABELLED_ROWS
    axes.set_ylim(max(n, 1) - 0.4, -0.6)
    axes.set_title(f"{n:,} {_plural('track', n)} over time, first seen at the top", pad=6)
    if few:
        axes.set_yticks(range(n), [track.name for track in tracks], fontsize=min(9.0, 8.0 * 36 / max(n, 1)))
        axes.set_ylabel("first Mode 3/A code, address or track number", labelpad=4)
        axes.hlines(range(n), 0, 1, transform=axes.get_yaxis_transform(), color=RULE, lw=0.4, zorder=0)
    else:
        axes.yaxis.set_major_locator(MaxNLocator(8, integer=True))
        axes.set_ylabel("tracks")
    axes.tick_params(axis="y", length=0 if few else 3, pad=3)
    width = float(np.clip(0.55 * 555 * SIZE_IN[1] * 0.072 / max(n, 1), 0.8, 5.0))
    rows = [(row, track, ~track.broken) for row, track in enumerate(tracks)]
    segments, heights = [], []
    for row, track, kept in rows:
        x = dates(track.t_ns)
        at = np.full(len(x), float(row))
        both = np.stack([np.stack([x[:-1], at[:-1]], axis=1), np.stack([x[1:], at[1:]], axis=1)], axis=1)
        segments.append(both[kept])
        heights.append(_middle(track.height_fl)[kept])
    if segments:
        line = line_collection(np.concatenate(segments), cmap=height_colours().with_extremes(bad=_UNMEASURED),
                              norm=norm, linewidths=width, capstyle="butt", zorder=2)  # fmt: skip
        line.set_array(np.ma.masked_invalid(np.concatenate(heights)))
        line.set_gid("timeline")
        line.set_rasterized(len(line.get_segments()) > 20_000)
        axes.add_collection(line, autolim=False)
    lone = [(dates(track.t_ns)[i], row) for row, track, _ in rows for i in lone_points(track.broken)]
    if lone:
        axes.plot(*np.array(lone).T, ls="none", marker="|", ms=max(width, 2.0), mew=1.0, color=_UNMEASURED, zorder=2,
                  gid="lone points")  # fmt: skip
    for row, track, _ in rows:
        for at_row, code in track.codes[1:]:
            when = dates(track.t_ns)[at_row]
            axes.plot(
                when,
                row,
                marker="|",
                ms=max(width + 4.0, 3.0),
                mew=1.4 if n <= 100 else 0.8,
                color=MISSED,
                gid="new code",
                zorder=4,
            )
            if n <= 45:
                axes.annotate(
                    code,
                    (when, row),
                    (4, 0.5 * width + 1.0),
                    textcoords="offset points",
                    fontsize=7,
                    color=MISSED,
                    zorder=5,
                )


def _draw_counts(axes: Axes, tracked: TrackedRecording, first_ns: int, last_ns: int) -> None:
    """Plots of each revolution, those in tracks below."""
    axes.set_title("plots a revolution", fontsize=9.5, pad=3)
    revolution_ns = max(
        max(tracked.revolution_s.values(), default=0.0) * 1e9, (last_ns - first_ns) / 20_000, 1.0
    )
    edges = first_ns + revolution_ns * np.arange(int((last_ns - first_ns) / revolution_ns) + 2)
    timed = tracked.plots.t_ns != ABSENT
    everything = np.histogram(tracked.plots.t_ns[timed], edges)[0]
    own = np.histogram(tracked.plots.t_ns[timed & (tracked.plot_track != 0)], edges)[0]
    axes.stairs(everything, dates(edges), fill=True, color=MISSED, alpha=0.55, lw=0, gid="all plots")
    axes.stairs(own, dates(edges), fill=True, color=OURS, alpha=0.75, lw=0, gid="plots in tracks")
    axes.set_ylim(0, max(1.15 * float(everything.max(initial=1)), 1.0))
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.text(
        1.0, 1.06, "in tracks", color=OURS, ha="right", va="bottom", transform=axes.transAxes, fontsize=8.5
    )
    axes.text(
        0.87,
        1.06,
        "in no track",
        color=MISSED,
        ha="right",
        va="bottom",
        transform=axes.transAxes,
        fontsize=8.5,
    )


def _draw_share(axes: Axes, tracks: list[DrawnTrack]) -> None:
    """How much of the looks at tracks in being gave a plot, over windows of time; open where there was no track."""
    axes.set_title("looks at tracks in being that gave a plot", fontsize=9.5, pad=3)
    edges, share = detection_share(tracks)
    axes.stairs(share, dates(edges), baseline=None, color=OURS, lw=1.4, gid="detection share")
    low = float(share[np.isfinite(share)].min(initial=1.0))
    axes.set_ylim(0.1 * np.floor(max(10.0 * low - 1.0, 0.0)), 1.02)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.hlines(1.0, 0, 1, transform=axes.get_yaxis_transform(), color=RULE, lw=0.8, zorder=0)
