"""The command that follows raids over several days, with the rounds that are left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer
from rich.markup import escape

from skypact.cli import complete
from skypact.cli.app import app, err, out

if TYPE_CHECKING:
    from skypact.run.endurance import EnduranceRequest

Chains: TypeAlias = Annotated[
    int,
    typer.Option(min=1, max=10_000, help="Chains; 20 or more to cite, best a multiple of the raid families."),
]
Levels: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        help="A level of sharing; repeat for several. The scenario's own by default.",
        autocompletion=complete.level,
    ),
]
Threshold: TypeAlias = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=1.0,
        help="Share stopped below which protection has fallen; by default half of what the rounds of the first day "
        "stop in the same raid.",
    ),
]
Control: TypeAlias = Annotated[
    bool, typer.Option(help="Fight every raid with full stocks too, to tell spent rounds from hard raids.")
]


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
    chains: Chains = 20,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed; the scenario's by default.")] = None,
    level: Levels = None,
    threshold: Threshold = None,
    control: Control = True,
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
    from skypact.run.endurance import EnduranceRequest
    from skypact.run.library import load
    from skypact.run.recorded.map import require_picture

    if as_json and as_markdown:
        raise UsageError("--json --markdown", "both fill the same output", "Ask for one at a time.")
    if plot is not None:
        require_picture(plot)
    loaded = load(name_or_file)
    name, chosen = loaded.scenario.name, loaded.scenario.seed if seed is None else seed
    extra = "".join(f"-{word}" for word in (*(level or ()), *(() if control else ("nocontrol",))))
    folder = Path("skypact-runs") / f"{name}-seed{chosen}-{days}days{extra}".replace(":", "_")
    levels = tuple(dict.fromkeys(level)) if level else loaded.scenario.levels
    hands = workers or default_workers(chains)
    request = EnduranceRequest(
        loaded, days, chains, chosen, levels, hands, out_dir or folder, threshold, control
    )
    _execute(request, "json" if as_json else "markdown" if as_markdown else "tables", plot)


def _execute(request: EnduranceRequest, form: str, plot: Path | None) -> None:
    """Follow the chains, and show what they say in the form asked for."""
    from skypact.run.consistency.progress import StudyProgress
    from skypact.run.endurance import (
        endurance_of,
        print_endurance,
        to_json,
        to_markdown,
        write_endurance_picture,
    )

    what = f"{{}} chains of {request.days} days at {', '.join(request.levels)}"
    with StudyProgress(err, request.loaded.scenario.title, request.chains, what, "chains") as progress:
        found = endurance_of(request, lambda done: progress.report(int(done), done - int(done)))
    if form == "json":
        typer.echo(to_json(found))
    elif form == "markdown":
        typer.echo(to_markdown(found))
    else:
        print_endurance(found, out)
        out.print(f"Chains: [bold]{escape(str(request.folder))}[/bold]", soft_wrap=True)
    if plot is not None:
        write_endurance_picture(plot, found)
        if form == "tables":
            out.print(f"Picture: [bold]{escape(str(plot))}[/bold]", soft_wrap=True)
