"""What tracking a recording found, on the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from skypact.run.recorded.summary import Found

MOST_TRACKS = 40
MOST_FAULTS = 12
MOST_CHANGES = 12
NONE = "-"
SKIPPED = "octets skipped"
"""Faults that begin so count octets."""


def print_found(found: Found, console: Console) -> None:
    """Print everything but what the files alone hold."""
    _print_recording(found, console)
    for radar in found["radars"]:
        _print_radar(radar, console)
        _print_tracks(radar, console)
        _print_comparison(radar, found["compared_with"], console)
    if found["tracked_together"] and found["compared_with"] is not None and len(found["radars"]) > 1:
        console.print(
            " The tracks are of all radars together: from each radar's points its own bias alone was taken out.",
            style="yellow",
            soft_wrap=True,
        )


def _head(console: Console, title: str, beside: str = "") -> None:
    console.print()
    console.print(
        Text(title, style="bold") + Text(f"  {beside}" if beside else "", style="dim"), soft_wrap=True
    )


def _lines(console: Console, rows: Iterable[tuple[str, str]]) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in rows:
        table.add_row(name, Text(text))
    console.print(table)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


def _number(value: float | None, digits: int, unit: str = "") -> str:
    return NONE if value is None else f"{value:.{digits}f}{unit}"


def _share(value: float | None) -> str:
    return NONE if value is None else f"{100 * value:.1f} %"


def _print_recording(found: Found, console: Console) -> None:
    recording = found["recording"]
    _head(console, recording["name"], found["note"])
    rows = [
        ("what", f"{recording['container']}, {recording['bytes_read']:,} bytes read"),
        ("time", _span(recording, found["clock"])),
        ("records", _counts({f"of category {k}": n for k, n in recording["records"].items() if n})),
    ]
    if recording["skipped"]:
        rows.append(("skipped by length", _counts(recording["skipped"])))
    if found["radars_without_usable_plots"]:
        rows.append(
            ("not tracked", f"radar {', '.join(found['radars_without_usable_plots'])}: no plot can be used")
        )
    if found["plots_left_out"]:
        rows.append(("plots not tracked", _counts(found["plots_left_out"])))
    _lines(console, rows)
    faults = recording["faults"]
    if faults:
        console.print(
            Text(f" Could not be read ({len(faults)} kinds of fault; what could be is kept):", style="yellow")
        )
        for fault in faults[:MOST_FAULTS]:
            unit = "octets" if fault["reason"].startswith(SKIPPED) else "times"
            times = "" if fault["count"] == 1 else f" ({fault['count']:,} {unit})"
            console.print(
                Text(f"   byte {fault['byte_offset']:,}: {fault['reason']}{times}"),
                soft_wrap=True,
                highlight=False,
            )


def _span(recording: Found, clock: str) -> str:
    first, last = recording["from"], recording["to"]
    if recording["date_known"]:
        return f"{first} to {last} by the {clock}'s clock"
    return f"{first[11:]} to {last[11:]} by the {clock}'s clock; the date is not known"


def _print_radar(radar: Found, console: Console) -> None:
    _head(console, f"Radar {radar['radar']} (SAC/SIC)")
    clock = radar["clock"]
    stated = "" if radar["accuracy_residuals"] else " (assumed: too few plots tell it)"
    rows = [
        ("place", _place(radar)),
        (
            "revolution",
            f"{radar['revolution_s']:.3f} s"
            + (
                ""
                if radar["revolution_spread_s"] is None
                else f" ± {radar['revolution_spread_s']:.3f} s from turn to turn"
            )
            + f" ({radar['revolution_source']})",
        ),
        ("plots", f"{radar['plots']:,}: {_counts(radar['plots_by_kind'])}"),
        (
            "accuracy",
            f"{radar['sigma_range_m']:.0f} m in range, {radar['sigma_bearing_deg']:.3f}° in bearing, one sigma{stated}",
        ),
        ("plots in no track", f"{radar['false_plots_per_revolution']:.2f} a revolution"),
    ]
    if clock["minus_capture_s"] is not None:
        rows.append(
            (
                "clock",
                f"{clock['minus_capture_s']:+.3f} s against the capture's (within ±{clock['spread_s']:.3f} s); "
                "delay on the way counts here too",
            )
        )
    rows += [
        ("clock step", f"{step['seconds']:+.2f} s at plot {step['plot']:,}, taken out")
        for step in clock["steps"]
    ]
    if clock["drift_s_per_hour"]:
        rows.append(("clock drift", f"{clock['drift_s_per_hour']:+.2f} s an hour against the capture's"))
    if clock["set_aside"]:
        rows.append(("clock", f"{clock['set_aside']:,} plots with a time that no neighbour agrees with"))
    _lines(console, rows)


def _place(radar: Found) -> str:
    site = radar["site"]
    if site is None:
        return (
            "unknown: tracks are in the radar's own plane, metres east and north of it, not on the Earth. "
            "Give --site LAT,LON,HEIGHT_M"
        )
    source = "as given" if radar["site_source"] == "given" else "as the radar says, I034/120"
    return f"{site['lat_deg']:.6f}, {site['lon_deg']:.6f}, {site['height_m']:.0f} m ({source})"


def _side_by_side(title: str, names: Iterable[str]) -> Table:
    table = Table(title, *names, box=box.SIMPLE_HEAD, title_justify="left", padding=(0, 2, 0, 0))
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _print_tracks(radar: Found, console: Console) -> None:
    tracked = radar["tracked"]
    ways = list(tracked.values())
    table = _side_by_side("Tracks", [f"with {name}" if name == "codes" else name for name in tracked])

    def add(name: str, *texts: str) -> None:
        table.add_row(name, *texts)

    add("confirmed tracks", *(f"{way['confirmed_tracks']}" for way in ways))
    add("plots in them", *(_share(way["plots_in_confirmed_tracks"]) for way in ways))
    add("purity: plots under their track's commonest code", *(_share(way["purity"]) for way in ways))
    add(
        "the same, new codes of an aircraft allowed for",
        *(_share(way["purity_new_codes_allowed"]) for way in ways),
    )
    add("continuity: plots in the main track of their aircraft", *(_share(way["continuity"]) for way in ways))
    add("aircraft by code", *(f"{way['aircraft']}" for way in ways))
    add("tracks broken / swapped", *(f"{way['breaks']} / {way['swaps']}" for way in ways))
    add(
        "code changes / single misreadings",
        *(f"{way['code_changes']} / {way['codes_misread']}" for way in ways),
    )
    add("gaps / the longest", *(f"{way['gaps']} / {_number(way['longest_gap_s'], 0, ' s')}" for way in ways))
    add("plots a look of a track", *(_share(way["detection_share"]) for way in ways))
    if any(way["tracks_given_up_for_room"] for way in ways):
        add("tracks given up: too many at once", *(f"{way['tracks_given_up_for_room']:,}" for way in ways))
    console.print(table)
    shared = ways[0]["codes_shared_by_several"]
    if shared:
        words = f" Several aircraft at once bear {', '.join(shared)}: nothing is judged by it."
        console.print(words, highlight=False, soft_wrap=True)
    _print_track_list(ways[0], console)


def _print_track_list(way: Found, console: Console) -> None:
    rows = way["tracks"]
    if not rows:
        return
    shown = sorted(sorted(rows, key=lambda row: -row["plots"])[:MOST_TRACKS], key=lambda row: row["from"])
    table = Table(
        "track",
        "code",
        "from",
        "to",
        "plots",
        "seen",
        "gaps",
        "longest",
        box=box.SIMPLE_HEAD,
        padding=(0, 2, 0, 0),
    )
    for name in ("track", "plots", "seen", "gaps", "longest"):
        next(column for column in table.columns if column.header == name).justify = "right"
    for row in shown:
        table.add_row(
            str(row["track_id"]),
            row["code"] or row["mode_3a"] or NONE,
            row["from"][11:19],
            row["to"][11:19],
            str(row["plots"]),
            _share(row["detection_share"]),
            str(row["gaps"]) if row["gaps"] else "",
            _number(row["longest_gap_s"], 0, " s") if row["gaps"] else "",
        )
    console.print(table)
    if len(rows) > len(shown):
        console.print(
            f" The {len(shown)} longest of {len(rows)} tracks; tracks.parquet holds all.", style="dim"
        )
    for change in way["changes"][:MOST_CHANGES]:
        what = "went over to another aircraft" if change["another_aircraft"] else "took a new code"
        console.print(
            f" {change['at'][11:19]} track {change['track_id']} {what}: {change['from']} to {change['to']}"
        )


def _print_comparison(radar: Found, other: Found | None, console: Console) -> None:
    if other is None:
        return
    _head(
        console,
        f"Radar {radar['radar']} against {other['name']}",
        "another tracker's output, not truth; it may itself use this radar",
    )
    tracked = {name: way["comparison"] for name, way in radar["tracked"].items()}
    faults = [way["fault"] for way in tracked.values() if "fault" in way]
    if faults:
        console.print(Text(f" {faults[0]}", style="yellow"), soft_wrap=True)
        return
    first = next(iter(tracked.values()))
    if first["days_added_to_theirs"]:
        console.print(
            " One of the recordings has no date: the time of day alone was compared.", style="yellow"
        )
    if first["bias"]["site_doubt"]:
        console.print(
            f" {first['bias']['site_doubt']}. The biases below are wrong then.",
            style="bold yellow",
            soft_wrap=True,
        )
    _lines(console, _bias_rows(first["bias"]))
    names = [f"with {name}" if name == "codes" else name for name in tracked]
    matches = [way["match"] for way in tracked.values()]
    table = _side_by_side("Our track points, biases removed", names)
    table.add_row("points within their time", *(f"{m['points_in_their_time']:,}" for m in matches))
    table.add_row(
        "with one of theirs within 1 NM and 3 s",
        *(_ranged(m["share_matched"], 100, 1, " %") for m in matches),
    )
    table.add_row("median distance", *(_ranged(m["median_nm"], 1, 3, " NM") for m in matches))
    table.add_row("95 % within", *(_ranged(m["p95_nm"], 1, 3, " NM") for m in matches))
    table.add_row("matched under the same code", *(_ranged(m["same_code"], 100, 1, " %") for m in matches))
    console.print(table)
    causes = _causes(matches)
    if causes is not None:
        console.print(causes)
    theirs, never = matches[0]["their_aircraft_in_our_sky"], matches[0]["of_which_we_never_held"]
    console.print(
        f" For information: of {theirs} of their aircraft in the sky that this radar sees, {never} are in none of our "
        "confirmed tracks.",
        style="dim",
        highlight=False,
        soft_wrap=True,
    )


def _bias_rows(bias: Found) -> list[tuple[str, str]]:
    few = " (few aircraft: the intervals are rough)" if bias["few_aircraft"] else ""
    median = f"{_number(bias['residual_range_median_nm'], 3)} NM, {_number(bias['residual_bearing_median_deg'], 3)}°"
    most = f"{_number(bias['residual_range_p95_nm'], 3)} NM, {_number(bias['residual_bearing_p95_deg'], 3)}°"
    parts = ((bias["range_nm"], " NM"), (bias["bearing_deg"], "°"), (bias["time_s"], " s"))
    correction = ", ".join(_less(part, unit) for part, unit in parts)
    plots = f"{bias['pairs']:,} of {bias['plots']:,} plots"
    return [
        ("range bias", f"{_biased(bias['range_nm'], 3, ' NM')}, ours minus theirs, 95 % interval{few}"),
        ("bearing bias", _biased(bias["bearing_deg"], 3, "°")),
        ("time bias", _biased(bias["time_s"], 3, " s")),
        ("to correct ours", f"add {correction}"),
        ("told by", f"{plots}, {bias['aircraft']} aircraft; {bias['paired_by']}"),
        ("left over", f"median {median}; 95 % within {most}"),
    ]


def _biased(estimate: Found, digits: int, unit: str) -> str:
    value, low, high = estimate["value"], estimate["low"], estimate["high"]
    if value is None:
        return NONE
    spread = "" if low is None or high is None else f" ± {(high - low) / 2:.{digits}f}"
    return f"{value:+.{digits}f}{spread}{unit}"


def _less(estimate: Found, unit: str) -> str:
    """What takes a bias away."""
    return NONE if estimate["value"] is None else f"{-estimate['value']:+.3f}{unit}"


def _ranged(estimate: Found, scale: float, digits: int, unit: str) -> str:
    value, low, high = estimate["value"], estimate["low"], estimate["high"]
    if value is None:
        return NONE
    text = f"{scale * value:.{digits}f}{unit}"
    return (
        text
        if low is None or high is None
        else f"{text} ({scale * low:.{digits}f}-{scale * high:.{digits}f})"
    )


def _causes(matches: list[Found]) -> RenderableType | None:
    """The unmatched points by cause, a column an association; None where all are matched."""
    texts = list(dict.fromkeys(cause["cause"] for match in matches for cause in match["unmatched"]))
    if not texts:
        return None
    table = _side_by_side("Unmatched points, by cause", ["" for _ in matches])
    for text in texts:
        cells = []
        for match in matches:
            cause = next((c for c in match["unmatched"] if c["cause"] == text), None)
            cells.append("0" if cause is None else f"{cause['points']}")
        table.add_row(text, *cells)
    return table
