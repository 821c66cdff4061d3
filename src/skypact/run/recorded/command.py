"""`skypact track`: read a recording, track it with and without codes, judge, compare, write."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from skypact.errors import UsageError
from skypact.interop.asterix import EDITIONS
from skypact.model.recording import RadarSite, Recording
from skypact.run.recorded.comparison import ComparedTracks, write_comparison_picture
from skypact.run.recorded.file import TrackedRecording, write_geojson, write_parquet, write_whole
from skypact.run.recorded.follow import Followed, follow
from skypact.run.recorded.judgement import Comparison, View, compare, judge, taken, views
from skypact.run.recorded.picture import write_tracks_picture
from skypact.run.recorded.radar import TrackOptions
from skypact.run.recorded.reading import LIMIT, read_recording
from skypact.run.recorded.summary import Association, Found, summary_of
from skypact.run.recorded.table import print_found
from skypact.run.warmup import TRACKER, kernels_are_compiled, note_compiled
from skypact.score import Unmatched
from skypact.score.match import DISTANCE_M


@dataclass(frozen=True)
class TrackRequest:
    """What `skypact track` was asked for."""

    recording: str
    other: str | None
    folder: Path
    options: TrackOptions
    editions: dict[int, str]
    limit: int = LIMIT


def parse_radar(text: str) -> int:
    """SAC * 256 + SIC of 'SAC/SIC'.

    Raises:
        UsageError: it is none.
    """
    parts = re.fullmatch(r"(\d{1,3})/(\d{1,3})", text)
    if parts is None or any(int(part) > 255 for part in parts.groups()):
        raise UsageError(f"radar {text}", "not SAC/SIC, two numbers from 0 to 255", "Write it like 226/232.")
    return int(parts[1]) * 256 + int(parts[2])


def parse_sites(texts: Iterable[str]) -> dict[int | None, RadarSite]:
    """Places by radar of 'LAT,LON,HEIGHT_M' (any radar) and 'SAC/SIC=LAT,LON,HEIGHT_M'.

    Raises:
        UsageError: one is not a place, or a radar has two.
    """
    sites: dict[int | None, RadarSite] = {}
    for text in texts:
        name, _, place = text.rpartition("=")
        radar = parse_radar(name) if name else None
        try:
            lat, lon, height = (float(part) for part in place.split(","))
        except ValueError:
            lat = lon = height = math.nan
        if not (abs(lat) <= 90.0 and abs(lon) <= 180.0 and -500.0 <= height <= 9_000.0):
            raise UsageError(
                f"--site {text}",
                "not a place",
                "Write LAT,LON,HEIGHT_M: degrees north, degrees east, metres (-26.75,-60.48,92), "
                "or SAC/SIC=LAT,LON,HEIGHT_M.",
            )
        if radar in sites:
            raise UsageError(f"--site {text}", "the radar has two places", "Give one a radar.")
        sites[radar] = RadarSite(math.radians(lat), math.radians(lon), height)
    return sites


def parse_clock(text: str) -> bool:
    """Whether instants are taken from the capture, of 'radar' or 'capture'.

    Raises:
        UsageError: it is neither.
    """
    if text not in ("radar", "capture"):
        raise UsageError(f"--clock {text}", "neither radar nor capture", "Choose one of these.")
    return text == "capture"


def parse_editions(texts: Iterable[str]) -> dict[int, str]:
    """Editions by category of '048=1.27'.

    Raises:
        UsageError: there is no such edition here.
    """
    editions = {}
    for text in texts:
        category, _, edition = text.partition("=")
        if not category.isdigit() or edition not in EDITIONS.get(int(category), ()):
            known = "; ".join(f"{number:03d}: {', '.join(names)}" for number, names in EDITIONS.items())
            raise UsageError(f"--edition {text}", "not known", f"Write it like 048=1.27. Known are {known}.")
        editions[int(category)] = edition
    return editions


def options_of(
    sites: Iterable[str], radars: Iterable[str], with_codes: bool, together: bool, clock: str
) -> TrackOptions:
    """The options as a user writes them.

    Raises:
        UsageError: one cannot be understood.
    """
    return TrackOptions(
        sites=parse_sites(sites),
        radars=tuple(dict.fromkeys(parse_radar(text) for text in radars)),
        with_codes=with_codes,
        together=together,
        capture_clock=parse_clock(clock),
    )


def request_of(
    recording: str,
    other: str | None,
    options: TrackOptions,
    editions: Iterable[str],
    limit: int | None,
    folder: Path | None,
) -> TrackRequest:
    """What is to be done, the folder named after the recording unless told.

    Raises:
        UsageError: an edition that is not known.
    """
    name = "stdin" if recording == "-" else Path(recording).stem
    own = Path("skypact-tracks") / (name if options.with_codes else f"{name}-no-codes")
    return TrackRequest(recording, other, folder or own, options, parse_editions(editions), limit or LIMIT)


def print_result(found: Found, folder: Path, as_json: bool, console: Console) -> None:
    """Print tables and where the files are, or the summary as it was written."""
    if as_json:
        text = (folder / "summary.json").read_text(encoding="utf-8")
        console.print(text, end="", highlight=False, markup=False, soft_wrap=True)
        return
    print_found(found, console)
    files = ", ".join(sorted(found["files"].values()))
    console.print(f"\nWritten to {folder}: {files}", markup=False, highlight=False, soft_wrap=True)


def track_recording(request: TrackRequest, console: Console) -> Found:
    """Do it all; what was found, as it is in summary.json.

    Raises:
        UsageError: a file that cannot be read, or nothing to track.
    """
    if not kernels_are_compiled(TRACKER):
        console.print("[dim]Compiling the tracker: about half a minute, once[/dim]")
    with _progress(console) as progress:
        recording = _read(request.recording, request, progress)
        other = None if request.other is None else _read(request.other, request, progress)
        ways = [True, False] if request.options.with_codes else [False]
        associations = [_associated(recording, other, request, codes, progress) for codes in ways]
        progress.add_task("Writing", total=None)
        _make(request.folder)
        files = _write(request, associations, other)
        found = summary_of(associations, other, files)
        text = json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        write_whole(request.folder / "summary.json", text.encode())
    note_compiled(TRACKER)
    return found


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        found = fault.strerror or str(fault)
        raise UsageError(f"--out {folder}", found, "Choose a folder that can be made.") from fault


def _progress(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _read(path: str, request: TrackRequest, progress: Progress) -> Recording:
    task = progress.add_task(f"Reading {Path(path).name}", total=None)

    def report(octets: int, records: int, size: int) -> None:
        progress.update(
            task,
            description=f"Reading {Path(path).name}: {records:,} records",
            completed=octets,
            total=size or None,
        )

    recording = read_recording(path, request.editions, request.limit, report)
    progress.remove_task(task)
    return recording


def _associated(
    recording: Recording, other: Recording | None, request: TrackRequest, codes: bool, progress: Progress
) -> Association:
    task = progress.add_task("Tracking", total=1.0)
    hidden = "" if codes else ", codes hidden"

    def report(what: str, share: float) -> None:
        progress.update(task, description=f"{what}{hidden}", completed=share)

    followed = follow(recording, replace(request.options, with_codes=codes), report)
    progress.update(task, description=f"Judging{hidden}", total=None)
    compared = compare(followed, other) if other is not None else ()
    found = Association("codes" if codes else "codes hidden", followed, judge(followed), compared)
    progress.remove_task(task)
    return found


def _write(
    request: TrackRequest, associations: Sequence[Association], other: Recording | None
) -> dict[str, str]:
    """Write the files of the first association; their names by what they hold. Those of an earlier command go."""
    for name in ("tracks.geojson", "comparison*.png"):
        for old in request.folder.glob(name):
            old.unlink()
    first = associations[0].followed
    tracked = _drawable(first)
    names = {"tracks": "tracks.parquet", "picture": "tracks.png", "summary": "summary.json"}
    write_parquet(request.folder / names["tracks"], tracked)
    write_tracks_picture(request.folder / names["picture"], tracked)
    if tracked.sites:
        names["map"] = "tracks.geojson"
        write_geojson(request.folder / names["map"], tracked)
    if other is not None:
        for association in associations:
            hidden = "" if association.followed.options.with_codes else "-codes-hidden"
            for view, comparison in zip(views(association.followed), association.compared, strict=True):
                several = f"-{view.number >> 8}-{view.number & 0xFF}" if len(association.compared) > 1 else ""
                compared = _compared(association.followed, view, comparison, other)
                if compared is not None:
                    name = f"comparison{several}{hidden}.png"
                    names[f"comparison{several}{hidden}"] = name
                    write_comparison_picture(request.folder / name, compared)
    return names


def _drawable(followed: Followed) -> TrackedRecording:
    """What was tracked, for files and pictures: the plots that the tracker had, no others."""
    prepared = followed.prepared
    rows = np.sort(prepared.rows)
    place = np.full(len(followed.recording.plots), -1, np.int64)
    place[rows] = np.arange(len(rows))
    plots = replace(followed.recording.plots, t_ns=prepared.t_ns)
    return TrackedRecording(
        name=Path(followed.recording.name).name,
        plots=taken(plots, rows),
        plot_track=np.where(followed.held, followed.owner, np.uint64(0))[rows],
        points=replace(followed.points, plot=place[followed.points.plot]),
        with_codes=followed.options.with_codes,
        sites={radar.number: radar.site for radar in prepared.radars if radar.site is not None},
        revolution_s={radar.number: radar.revolution.period_s for radar in prepared.radars},
    )


def _compared(
    followed: Followed, view: View, comparison: Comparison, other: Recording
) -> ComparedTracks | None:
    """What the picture of a comparison shows; None where there is no comparison."""
    bias, match = comparison.bias, comparison.match
    site = next(radar.site for radar in followed.prepared.radars if radar.number == view.number)
    if bias is None or match is None or site is None:
        return None
    inside = np.flatnonzero(match.inside)
    causes = [count.cause for count in match.causes]
    code_of = np.zeros(len(Unmatched) + 1, np.uint8)
    code_of[[int(cause) for cause in causes]] = np.arange(1, len(causes) + 1)
    distance_m = match.distance_m[inside]
    system = other.system
    half = [0.5 * (estimate.high - estimate.low) for estimate in bias.intervals()]
    return ComparedTracks(
        ours_name=Path(followed.recording.name).name,
        theirs_name=Path(other.name).name,
        site=site,
        with_codes=followed.options.with_codes,
        track_id=view.points.track_id[inside],
        t_ns=view.points.t_ns[inside],
        pos_ecef_m=view.points.pos_ecef_m[inside],
        distance_m=np.where(np.isfinite(distance_m), distance_m, np.nan),
        cause=code_of[match.cause[inside]],
        causes=tuple(cause.text for cause in causes),
        limit_m=DISTANCE_M,
        share=match.share.value,
        median_m=match.median_m.value,
        p95_m=match.p95_m.value,
        their_track=system.track_number,
        their_t_ns=system.t_ns,
        their_lat_rad=system.lat_rad,
        their_lon_rad=system.lon_rad,
        pair_t_ns=view.plots.t_ns[bias.plot],
        pair_bearing_rad=view.plots.bearing_rad[bias.plot],
        residual_range_m=bias.residual_range_m,
        residual_bearing_rad=bias.residual_bearing_rad,
        bias=(bias.range_m, bias.bearing_rad, bias.time_s),
        bias_half_width=(half[0], half[1], half[2]),
    )
