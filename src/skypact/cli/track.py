"""Commands that take recordings of real sensors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from skypact.cli import complete
from skypact.cli.app import app, err, out

RecordingArgument = Annotated[
    str,
    typer.Argument(
        help="A pcap, a pcapng or a raw file of ASTERIX blocks (categories 034, 048, 062); - reads standard input.",
        autocompletion=complete.recording,
    ),
]
SiteOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Where the radar stands: LAT,LON,HEIGHT_M (degrees, degrees, metres), or SAC/SIC=LAT,LON,HEIGHT_M for one "
        "of several. The recording's own I034/120 by default; without either, tracks are in the radar's own plane."
    ),
]
CompareOption = Annotated[
    str | None,
    typer.Option(
        help="A recording of another system's tracks (category 062) of the same sky.",
        autocompletion=complete.recording,
    ),
]
NoCodesOption = Annotated[
    bool, typer.Option("--no-codes", help="Hide transponder codes from the tracker, and do no run with them.")
]
RadarOption = Annotated[
    list[str] | None, typer.Option(help="SAC/SIC of a radar to track; repeat for several. All by default.")
]
TogetherOption = Annotated[
    bool, typer.Option("--together", help="Feed all radars to one tracker instead of one each.")
]
ClockOption = Annotated[
    str,
    typer.Option(
        help="Whose time to take: `radar`, or, where the radar's clock is bad, `capture`: when each plot was received."
    ),
]
EditionOption = Annotated[
    list[str] | None, typer.Option(help="Edition of a category, such as 048=1.27; the newest by default.")
]
TracksFolderOption = Annotated[
    Path | None, typer.Option("--out", help="Folder for the results; skypact-tracks/NAME by default.")
]


@app.command(
    epilog="""Examples:

* `skypact sample radar-sample` - write a small synthetic recording to try it with
* `skypact track radar-sample/radar.pcap --compare radar-sample/system.pcap` - track it, and compare
* `skypact track mine.pcap --site 26.27,50.63,20` - a radar that does not say where it stands
* `skypact track mine.pcap --no-codes` - the tracker sees no transponder codes
* `skypact track mine.pcap --radar 25/10 --out here` - one radar of several
* `nc -ul 8600 | skypact track -` - raw blocks from a pipe; Ctrl-C ends the reading and tracks what came"""
)
def track(
    recording: RecordingArgument,
    site: SiteOption = None,
    compare: CompareOption = None,
    no_codes: NoCodesOption = False,
    radar: RadarOption = None,
    together: TogetherOption = False,
    clock: ClockOption = "radar",
    edition: EditionOption = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Records to read at most.")] = None,
    out_dir: TracksFolderOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print summary.json instead of tables.")] = False,
) -> None:
    """Track a recording of a real radar with the tracker of the simulation, and hold it against another system.

    Prints what the radar is like (revolution, accuracy, clock), its tracks with and without transponder codes, and how
    pure and unbroken they are; writes tracks (Parquet, GeoJSON), pictures and summary.json.
    """
    from skypact.run.recorded.command import options_of, print_result, request_of, track_recording

    options = options_of(site or (), radar or (), not no_codes, together, clock)
    request = request_of(recording, compare, options, edition or (), limit, out_dir)
    found = track_recording(request, err)
    print_result(found, request.folder, as_json, out)


@app.command(epilog="Example: `skypact sample radar-sample`")
def sample(
    folder: Annotated[Path, typer.Argument(help="Where to write radar.pcap and system.pcap.")],
    seed: Annotated[int, typer.Option(min=0, help="Seed of the synthetic traffic and noise.")] = 1,
) -> None:
    """Write a small synthetic recording of a radar, and of another system's tracks, to try `skypact track` with."""
    from skypact.run.recorded.sample import write_sample

    paths = write_sample(folder, seed)
    out.print(
        f"Written: [bold]{escape(str(paths.radar))}[/bold] and [bold]{escape(str(paths.system))}[/bold]. "
        f"Next: [cyan]skypact track {escape(str(paths.radar))} --compare {escape(str(paths.system))}[/cyan]",
        soft_wrap=True,
    )


@app.command(
    epilog="""Examples:

* `skypact locate --sample toa` - write a small synthetic recording to try it with
* `skypact locate toa/messages-1.csv toa/messages-2.csv --sensors toa/sensors.csv`
* `skypact locate toa/messages-*.csv --sensors toa/sensors.csv --calibrate` - with the stations' offsets taken out
* `skypact locate mine.csv --sensors stations.csv --height none` - without any height"""
)
def locate(
    messages: Annotated[
        list[Path] | None,
        typer.Argument(help="CSV files of messages with their times of arrival (as LocaRDS has them)."),
    ] = None,
    sensors: Annotated[
        Path | None, typer.Option(help="CSV file of the stations: serial, latitude, longitude, height.")
    ] = None,
    height: Annotated[
        str, typer.Option(help="What helps to place: the `reported` height, the `barometric` one, or `none`.")
    ] = "reported",
    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate",
            help="Take out the stations' clock offsets; each file's are found in the other files.",
        ),
    ] = False,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder for the results; skypact-located/NAME by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print summary.json instead of tables.")] = False,
    sample_folder: Annotated[
        Path | None, typer.Option("--sample", help="Write a synthetic recording to this folder, and stop.")
    ] = None,
) -> None:
    """Place aircraft by the times at which stations received their messages, and hold that against ADS-B."""
    from skypact.run.locate.command import locate as located
    from skypact.run.locate.command import make_sample, print_result, request_of

    if sample_folder is not None:
        make_sample(sample_folder, out)
        return
    request = request_of(messages or (), sensors, height, calibrate, out_dir)
    print_result(located(request), request.folder, as_json, out)
