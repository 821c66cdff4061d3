"""The command that reads from a record who gains what from which level of sharing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from skypact.cli import complete
from skypact.cli.app import app, err, out

if TYPE_CHECKING:
    from skypact.run.gains import Gains


def _metric(incomplete: str) -> list[str]:
    from skypact.score import METRICS

    return [metric.key for metric in METRICS if metric.key.startswith(incomplete)]


@app.command(
    epilog="""Examples:

* `skypact run gulf --runs 20 --out all` - the record it reads, at four levels
* `skypact gains all` - warning, picture error, time to firm track and held in time, nation by nation
* `skypact gains all --against national --plot gains.png` - from sharing nothing on, and as one picture
* `skypact gains all --families --metric leakers` - the same in every kind of raid
* `skypact gains all --markdown > gains.md` - the tables for a page

The metrics are those of the table of a run; their keys stand in the documentation of scores."""
)
def gains(
    run_folder: Annotated[
        Path, typer.Argument(help="A run folder with two levels or more.", autocompletion=complete.run)
    ],
    against: Annotated[
        str | None, typer.Option(help="Level to compare with; the record's baseline by default.")
    ] = None,
    level: Annotated[
        list[str] | None, typer.Option(help="A level to show; repeat for several. All by default.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(help="Key of a metric, such as leakers; repeat for several.", autocompletion=_metric),
    ] = None,
    nation: Annotated[
        list[str] | None, typer.Option(help="A nation to show; repeat for several. All by default.")
    ] = None,
    family: Annotated[
        list[str] | None, typer.Option(help="Only raids of this family; repeat for several.")
    ] = None,
    families: Annotated[bool, typer.Option("--families", help="All raids, then every family.")] = False,
    plot: Annotated[
        Path | None, typer.Option(help="Draw nations and levels into this PNG or SVG file.")
    ] = None,
    ladder: Annotated[
        Path | None, typer.Option(help="Draw level after level and family by family into this file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="The tables as Markdown.")] = False,
) -> None:
    """Show who gains what from which level of sharing: a table a metric, with intervals, from the record alone."""
    from skypact.errors import UsageError
    from skypact.run.gains import GainsRequest, gains_of, print_gains, to_json, to_markdown
    from skypact.run.gains.progress import ScoringProgress
    from skypact.run.recorded.map import require_picture

    if as_json and as_markdown:
        raise UsageError("--json --markdown", "both fill the same output", "Ask for one at a time.")
    for path in (plot, ladder):
        if path is not None:
            require_picture(path)
    request = GainsRequest(
        against=against,
        levels=tuple(level or ()),
        metrics=tuple(metric or ()),
        nations=tuple(nation or ()),
        families=tuple(family or ()),
        every_family=families,
    )
    with ScoringProgress(err) as progress:
        found = gains_of(run_folder, request, progress.report)
    if as_json:
        typer.echo(to_json(found))
    elif as_markdown:
        typer.echo(to_markdown(found))
    else:
        print_gains(found, out)
    for path in _drawn(found, plot, ladder):
        if not (as_json or as_markdown):
            out.print(f"Picture: [bold]{escape(str(path))}[/bold]", soft_wrap=True)


def _drawn(found: Gains, plot: Path | None, ladder: Path | None) -> Iterator[Path]:
    """The pictures asked for, each once it is written."""
    from skypact.run.gains import write_gains_picture, write_ladder

    for path, write in ((plot, write_gains_picture), (ladder, write_ladder)):
        if path is not None:
            write(path, found)
            yield path
