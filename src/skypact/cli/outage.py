"""The command that reads from a record what a cut of links costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from skypact.cli import complete
from skypact.cli.app import app, out


@app.command(
    epilog="""Examples:

* `skypact run gulf --level pact --level pact+cut:USA --runs 20 --out cut` - the record it reads
* `skypact outage cut` - what each nation loses, and how fast it recovers
* `skypact outage cut --plot cut.png` - the picture error over time, nation by nation
* `skypact outage cut --json | jq '.rows[] | {nation, during: .during_m.value}'`

The time of the cut is the scenario's: `settings: {cut: [30 min, 40 min]}`."""
)
def outage(
    run_folder: Annotated[
        Path,
        typer.Argument(
            help="A run folder with a level and the same level +cut:XXX.", autocompletion=complete.run
        ),
    ],
    plot: Annotated[Path | None, typer.Option(help="Draw it into this PNG or SVG file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
) -> None:
    """Show what a cut of a nation's links costs each nation's picture, during it and afterwards."""
    from skypact.run.outage import plot_cut, print_cut, study_of, to_json

    found = study_of(run_folder)
    if as_json:
        typer.echo(to_json(found))
    else:
        print_cut(found, out)
    if plot is not None:
        drawn = plot_cut(found, plot)
        if not as_json:
            out.print(f"Picture: [bold]{escape(str(drawn))}[/bold]")
