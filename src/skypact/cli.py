"""The commands. Heavy imports happen inside them, so that help is instant."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from skypact.errors import SkypactError

if TYPE_CHECKING:
    from skypact.run.campaign import Request

app = typer.Typer(
    name="skypact",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Skypact: the open laboratory for shared air defence (simulation, analysis, training).

Several nations each own radars, other detectors and interceptors. Skypact simulates what each sees, what they
choose to share, and what picture, warning time and protection each gets from it, with an error bar on every number.""",
    epilog="""Examples:

* `skypact run gulf-small` - a raid on three nations, four levels of sharing, a few seconds
* `skypact run gulf` - the whole region
* `skypact check my.yaml` - every fault of a scenario file at once
* `skypact show skypact-runs/gulf-seed1` - the table again, from the record
* `skypact track radar.pcap` - a recording of a real radar through the same tracker""",
)
out, err = Console(), Console(stderr=True)


def _complete_scenario(incomplete: str) -> list[str]:
    from skypact.run.library import builtin_names

    names = [*builtin_names(), *(str(path) for path in Path().glob("*.yaml"))]
    return [name for name in names if name.startswith(incomplete)]


def _complete_run(incomplete: str) -> list[str]:
    return [str(path) for path in Path("skypact-runs").glob("*") if str(path).startswith(incomplete)]


def _complete_recording(incomplete: str) -> list[str]:
    kinds = (".pcap", ".pcapng", ".cap", ".ast", ".asterix", ".bin", ".raw")
    names = sorted(str(path) for path in Path().glob("**/*") if path.suffix in kinds)
    return [name for name in names if name.startswith(incomplete)]


@app.command(
    epilog="""Examples:

* `skypact run gulf` - as many runs as the scenario says
* `skypact run gulf --runs 40 --seed 7 --workers 4` - enough runs to cite
* `skypact run my.yaml --level today --level pact` - two levels of your own scenario
* `skypact run gulf --level today --level hub:SAU --level without:QAT` - through a hub; without a member

Interrupt it at any time: the same command resumes."""
)
def run(
    name_or_file: Annotated[
        str, typer.Argument(help="A built-in scenario or a YAML file.", autocompletion=_complete_scenario)
    ],
    runs: Annotated[
        int | None, typer.Option(min=1, help="Paired runs; the scenario's number by default.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed; the scenario's by default.")] = None,
    level: Annotated[
        list[str] | None,
        typer.Option(
            help="A level of sharing; repeat for several. National, today, pact, full, warnings, tracks, hub:XXX, "
            "without:XXX. The scenario's own by default."
        ),
    ] = None,
    treatments: Annotated[
        str,
        typer.Option(
            help="Comma-separated: information (always), engage_on_remote, coordinated_fire.",
            show_default=True,
        ),
    ] = "information",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes; one a processor by default.")
    ] = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Run folder; skypact-runs/NAME-seedS by default.")
    ] = None,
) -> None:
    """Simulate a scenario under several levels of sharing and say what sharing was worth to each nation."""
    from skypact.run.build import parse_treatments
    from skypact.run.campaign import Request, default_workers
    from skypact.run.library import load

    loaded = load(name_or_file)
    scenario = loaded.scenario
    number = runs or scenario.runs
    chosen_seed = scenario.seed if seed is None else seed
    levels = tuple(dict.fromkeys(level)) if level else scenario.levels
    switches = parse_treatments(tuple(name.strip() for name in treatments.split(",") if name.strip()))
    request = Request(
        loaded=loaded,
        runs=number,
        seed=chosen_seed,
        levels=levels,
        treatments=switches,
        workers=workers or default_workers(number),
        folder=out_dir or _default_folder(scenario.name, chosen_seed, level, switches.names),
    )
    _execute(name_or_file, request)


def _default_folder(name: str, seed: int, levels: list[str] | None, treatments: tuple[str, ...]) -> Path:
    extra = "".join(f"-{part}" for part in (*(levels or ()), *treatments[1:]))
    return Path("skypact-runs") / f"{name}-seed{seed}{extra}".replace(":", "_")


def _execute(name_or_file: str, request: Request) -> None:
    from skypact.run.campaign import prepare_campaign, run_campaign
    from skypact.run.display import Display
    from skypact.run.report import write_report
    from skypact.run.summary import summary_of
    from skypact.run.table import print_summary
    from skypact.run.warmup import compile_kernels, kernels_are_compiled

    wired, manifest = prepare_campaign(request)
    with Display(err, request, manifest) as display:
        if not kernels_are_compiled():
            display.say("Compiling the kernels: about a minute, once")
            compile_kernels()
        run_campaign(wired, manifest, request, display.report)
        display.say("Scoring the record")
        command = _command(name_or_file, request, max(20, 2 * request.runs))
        summary = summary_of(request.folder, command)
        display.say("Writing the report")
        report = write_report(request.folder, summary, request.loaded)
    print_summary(summary, out)
    out.print(
        f"Record and report: [bold]{escape(str(report))}[/bold] (open it in a browser). "
        f"Next: [cyan]skypact show {escape(str(request.folder))}[/cyan], or more runs: "
        f"[cyan]{escape(command)}[/cyan]",
        soft_wrap=True,
    )


def _command(name_or_file: str, request: Request, runs: int) -> str:
    """The command that extends this campaign to `runs` runs in the same folder."""
    parts = ["skypact", "run", name_or_file, "--runs", str(runs), "--seed", str(request.seed)]
    if request.levels != request.loaded.scenario.levels:
        parts += [word for level in request.levels for word in ("--level", level)]
    if len(request.treatments.names) > 1:
        parts += ["--treatments", ",".join(request.treatments.names)]
    return shlex.join([*parts, "--out", str(request.folder)])


@app.command(epilog="Example: `skypact check my.yaml`")
def check(
    name_or_file: Annotated[
        str, typer.Argument(help="A YAML file or a built-in scenario.", autocompletion=_complete_scenario)
    ],
) -> None:
    """Check a scenario file: all faults at once, each with file, line, field, what was found and what was expected."""
    from skypact.run.library import load

    loaded = load(name_or_file)
    scenario = loaded.scenario
    out.print(
        f"{escape(name_or_file)}: good. {len(scenario.nations)} nations, {len(scenario.sensors)} sensors, "
        f"{len(scenario.batteries)} batteries, {len(scenario.places)} places, {len(scenario.families)} raid families, "
        f"{scenario.runs} runs at {', '.join(scenario.levels)}."
    )


@app.command(epilog="Example: `skypact scenarios`")
def scenarios() -> None:
    """List the built-in scenarios."""
    from rich.table import Table

    from skypact.run.library import builtin_names, load

    table = Table("name", "title", "nations", "runs", box=None)
    for name in builtin_names():
        scenario = load(name).scenario
        table.add_row(
            f"[bold]{name}[/bold]", escape(scenario.title), str(len(scenario.nations)), str(scenario.runs)
        )
    out.print(table)


@app.command(
    epilog="""Examples:

* `skypact show skypact-runs/gulf-seed1`
* `skypact show skypact-runs/gulf-seed1 --json | jq .`
* `skypact show skypact-runs/gulf-seed1 --hash`
* `skypact show skypact-runs/quiet-sky-seed1 --mistakes` - every false alert and wrong shot with its cause"""
)
def show(
    run_folder: Annotated[Path, typer.Argument(help="A run folder.", autocompletion=_complete_run)],
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
    as_hash: Annotated[bool, typer.Option("--hash", help="The record hash alone.")] = False,
    as_mistakes: Annotated[
        bool, typer.Option("--mistakes", help="False alerts and wrong shots, each with its cause.")
    ] = False,
) -> None:
    """Show the table of a run again, from its record alone."""
    if as_hash:
        from skypact.record import record_hash

        typer.echo(record_hash(run_folder))
        return
    if as_mistakes:
        from skypact.record import finished_runs, read_manifest
        from skypact.run.mistake_table import print_mistakes
        from skypact.run.summary import mistakes_of

        print_mistakes(
            mistakes_of(run_folder), read_manifest(run_folder).levels, len(finished_runs(run_folder)), out
        )
        return
    from skypact.run.summary import summary_of
    from skypact.run.table import print_summary, to_json

    summary = summary_of(run_folder)
    if as_json:
        typer.echo(to_json(summary))
    else:
        print_summary(summary, out)


RecordingArgument = Annotated[
    str,
    typer.Argument(
        help="A pcap, a pcapng or a raw file of ASTERIX blocks (categories 034, 048, 062); - reads standard input.",
        autocompletion=_complete_recording,
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
        autocompletion=_complete_recording,
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


@app.command()
def version() -> None:
    """Print the version."""
    from skypact import __version__

    typer.echo(__version__)


def main() -> None:
    """The command line: an error is one message and an exit status, never a traceback."""
    from skypact.run.cache import use_kernel_cache

    use_kernel_cache()
    try:
        app(standalone_mode=True)
    except SkypactError as fault:
        err.print(Text("error ", style="bold red") + Text(str(fault)), highlight=False, soft_wrap=True)
        sys.exit(fault.exit_status)
    except KeyboardInterrupt:
        err.print("Interrupted. What was finished is kept; the same command resumes.")
        sys.exit(130)
