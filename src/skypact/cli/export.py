"""Commands that write what a run recorded in the formats of other systems."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from skypact.cli import complete
from skypact.cli.app import app, out

export = typer.Typer(
    name="export",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Write what a run recorded in the formats of other systems, always as an exercise.",
)
app.add_typer(export)


@export.command(
    epilog="""Examples:

* `skypact export cap skypact-runs/gulf-seed1 --level pact` - every nation's alerts, each in a folder of its own
* `skypact export cap skypact-runs/gulf-seed1 --level today --nation KWT --run 0 --out kuwait`
* `skypact export cap skypact-runs/gulf-seed1 --level pact --exercise DAWN-2 --start 2030-05-01T06:00:00+00:00`
* `skypact export cap skypact-runs/gulf-seed1 --level pact --address ops@exercise.invalid` - of scope Private"""
)
def cap(
    run_folder: Annotated[Path, typer.Argument(help="A run folder.", autocompletion=complete.run)],
    level: Annotated[str, typer.Option(help="A level of the record.")],
    nation: Annotated[
        list[str] | None, typer.Option(help="Whose alerts; repeat for several. All nations by default.")
    ] = None,
    run: Annotated[int | None, typer.Option(min=0, help="One run; all finished runs by default.")] = None,
    exercise: Annotated[str, typer.Option(help="Name of the exercise; the scenario's by default.")] = "",
    start: Annotated[
        str, typer.Option(help="UTC instant of the scenario's second 0.")
    ] = "2000-01-01T00:00:00+00:00",
    restriction: Annotated[
        str | None, typer.Option(help="Who may have the messages, in words (scope Restricted).")
    ] = None,
    address: Annotated[
        list[str] | None, typer.Option(help="An address; repeat for several (scope Private).")
    ] = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder to write; cap-LEVEL by default.")
    ] = None,
) -> None:
    """Write the alerts of a run as messages of the Common Alerting Protocol 1.2: alert, update and cancel.

    Every message is of status Exercise, and of scope Restricted or Private. A nation's messages hold what it knew
    itself, and nothing else.
    """
    from skypact.run.bulletin import BulletinRequest, audience_of, export_cap

    folder = out_dir or Path(f"cap-{level}".replace(":", "_"))
    request = BulletinRequest(
        level=level,
        nations=tuple(dict.fromkeys(nation or ())),
        run=run,
        exercise=exercise,
        start=start,
        audience=audience_of(restriction, tuple(address or ())),
    )
    count = export_cap(run_folder, request, folder)
    out.print(f"{count} messages, all of status Exercise: [bold]{escape(str(folder))}[/bold]", soft_wrap=True)
