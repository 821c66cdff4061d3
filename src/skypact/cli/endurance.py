"""The command that follows raids over several days, with the rounds that are left."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from skypact.cli import complete
from skypact.cli.app import app, err, out


@app.command(
    epilog="""Examples:

* `skypact endurance gulf --days 5 --chains 20` - five days of raids, each begun with what the last one left
* `skypact endurance gulf --level today --level full --plot days.png` - two levels, and as a picture
* `skypact endurance my.yaml --days 10 --threshold 0.5` - the first day on which less than half is stopped
* `skypact endurance gulf --no-control` - in about half of the time, without the same raids fought with full stocks

Resupply and stores are the scenario's: `days: {resupply_per_day: 0.25, store: 1, basis: "assumption: ..."}`.
Interrupt it at any time: the same command resumes."""
)
def endurance(
    name_or_file: Annotated[
        str, typer.Argument(help="A built-in scenario or a YAML file.", autocompletion=complete.scenario)
    ] = "gulf",
    days: Annotated[int, typer.Option(min=1, max=365, help="Days of a chain.")] = 5,
    chains: Annotated[
        int,
        typer.Option(
            min=1, max=10_000, help="Chains; 20 or more to cite, best a multiple of the raid families."
        ),
    ] = 20,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed; the scenario's by default.")] = None,
    level: Annotated[
        list[str] | None,
        typer.Option(
            help="A level of sharing; repeat for several. The scenario's own by default.",
            autocompletion=complete.level,
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Share stopped below which protection has fallen; by default half of what the rounds of the first day "
            "stop in the same raid.",
        ),
    ] = None,
    control: Annotated[
        bool,
        typer.Option(help="Fight every raid with full stocks too, to tell spent rounds from hard raids."),
    ] = True,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes; one a processor by default.")
    ] = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder of the chains; in skypact-runs by default.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw stocks and protection into this PNG or SVG file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="The tables as Markdown.")] = False,
) -> None:
    """Show how long each nation's protection lasts under raids day after day, from the defender's side.

    Every battery begins a raid with what it had left at that level, and what resupply has brought since. Raids are
    drawn at random, whole families in turn, the same at every level.
    """
    from skypact.errors import UsageError
    from skypact.run.campaign import default_workers
    from skypact.run.consistency.progress import StudyProgress
    from skypact.run.endurance import (
        EnduranceRequest,
        endurance_of,
        print_endurance,
        to_json,
        to_markdown,
        write_endurance_picture,
    )
    from skypact.run.library import load
    from skypact.run.recorded.map import require_picture

    if as_json and as_markdown:
        raise UsageError("--json --markdown", "both fill the same output", "Ask for one at a time.")
    if plot is not None:
        require_picture(plot)
    loaded = load(name_or_file)
    scenario = loaded.scenario
    chosen = scenario.seed if seed is None else seed
    extra = "".join(f"-{name}" for name in level or ()).replace(":", "_")
    request = EnduranceRequest(
        loaded=loaded,
        days=days,
        chains=chains,
        seed=chosen,
        levels=tuple(dict.fromkeys(level)) if level else scenario.levels,
        workers=workers or default_workers(chains),
        folder=out_dir or Path("skypact-runs") / f"{scenario.name}-seed{chosen}-{days}days{extra}",
        threshold=threshold,
        control=control,
    )
    what = f"{{}} chains of {days} days at {', '.join(request.levels)}"
    with StudyProgress(err, scenario.title, chains, what, "chains") as progress:
        found = endurance_of(request, lambda done: progress.report(int(done), done - int(done)))
    if as_json:
        typer.echo(to_json(found))
    elif as_markdown:
        typer.echo(to_markdown(found))
    else:
        print_endurance(found, out)
    if plot is not None:
        write_endurance_picture(plot, found)
    if not (as_json or as_markdown):
        out.print(f"Chains: [bold]{escape(str(request.folder))}[/bold]", soft_wrap=True)
        if plot is not None:
            out.print(f"Picture: [bold]{escape(str(plot))}[/bold]", soft_wrap=True)
