"""Commands that run scenarios and show what runs recorded."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from skypact.cli import complete
from skypact.cli.app import app, err, out

if TYPE_CHECKING:
    from skypact.run.campaign import Request


@app.command(
    epilog="""Examples:

* `skypact run gulf` - as many runs as the scenario says
* `skypact run gulf --runs 40 --seed 7 --workers 4` - enough runs to cite
* `skypact run my.yaml --level today --level pact` - two levels of your own scenario
* `skypact run gulf --level today --level hub:SAU --level without:QAT` - through a hub; without a member
* `skypact run gulf --treatments information,cueing` - a nation's sensors pointed by others' tracks
* `skypact run gulf --uncertain` - with what is not known of the classes in the intervals of the results

Interrupt it at any time: the same command resumes."""
)
def run(
    name_or_file: Annotated[
        str, typer.Argument(help="A built-in scenario or a YAML file.", autocompletion=complete.scenario)
    ],
    runs: Annotated[
        int | None, typer.Option(min=1, help="Paired runs; the scenario's number by default.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed; the scenario's by default.")] = None,
    level: Annotated[
        list[str] | None,
        typer.Option(
            help="A level of sharing; repeat for several. National, today, pact, full, warnings, tracks, hub:XXX, "
            "without:XXX; with +without:XXX, +cut:XXX, +cueing, +engage_on_remote, +coordinated_fire (or "
            "+coordinated_fire:RULE). The scenario's own by default."
        ),
    ] = None,
    treatments: Annotated[
        str,
        typer.Option(
            help="Comma-separated: information (always), cueing, engage_on_remote, coordinated_fire.",
            show_default=True,
        ),
    ] = "information",
    uncertain: Annotated[
        bool,
        typer.Option(
            "--uncertain",
            help="Let each run draw the parameters of its classes from their catalogue intervals.",
        ),
    ] = False,
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
        folder=out_dir or _default_folder(scenario.name, chosen_seed, level, switches.names, uncertain),
        uncertain=uncertain,
    )
    _execute(name_or_file, request)


def _default_folder(
    name: str, seed: int, levels: list[str] | None, treatments: tuple[str, ...], uncertain: bool
) -> Path:
    drawn = ("uncertain",) if uncertain else ()
    extra = "".join(f"-{part}" for part in (*(levels or ()), *treatments[1:], *drawn))
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
            display.say("Compiling the kernels: about three minutes, once")
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
    if request.uncertain:
        parts.append("--uncertain")
    return shlex.join([*parts, "--out", str(request.folder)])


@app.command(epilog="Example: `skypact check my.yaml`")
def check(
    name_or_file: Annotated[
        str, typer.Argument(help="A YAML file or a built-in scenario.", autocompletion=complete.scenario)
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
* `skypact show skypact-runs/quiet-sky-seed1 --mistakes` - every false alert and wrong shot with its cause
* `skypact show skypact-runs/gulf-seed1 --confusion` - what objects were taken for, level by level; `--json` too"""
)
def show(
    run_folder: Annotated[Path, typer.Argument(help="A run folder.", autocompletion=complete.run)],
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
    as_hash: Annotated[bool, typer.Option("--hash", help="The record hash alone.")] = False,
    as_mistakes: Annotated[
        bool, typer.Option("--mistakes", help="False alerts and wrong shots, each with its cause.")
    ] = False,
    as_confusion: Annotated[
        bool, typer.Option("--confusion", help="What objects were taken for: class and identity, by level.")
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
    if as_confusion:
        from skypact.record import read_manifest
        from skypact.run.confusion_table import print_recorded, recorded_json
        from skypact.run.summary import CITABLE_RUNS, confusions_of

        found, manifest = confusions_of(run_folder), read_manifest(run_folder)
        if as_json:
            typer.echo(recorded_json(manifest.scenario, manifest.title, found, CITABLE_RUNS))
        else:
            print_recorded(manifest.scenario, manifest.title, found, CITABLE_RUNS, out)
        return
    from skypact.run.summary import summary_of
    from skypact.run.table import print_summary, to_json

    summary = summary_of(run_folder)
    if as_json:
        typer.echo(to_json(summary))
    else:
        print_summary(summary, out)
