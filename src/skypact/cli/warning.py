"""The command that says what the size of alerted zones costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from skypact.cli import complete
from skypact.cli.app import app, err, out


@app.command(
    epilog="""Examples:

* `skypact warning gulf-small --runs 2` - lead time and alerts in vain for places, and for hexagons of four sizes
* `skypact warning gulf --sizes 5,10,20,50 --runs 20 --level national --level pact --plot zones.png`
* `skypact warning gulf --nation KWT --json | jq '.curves[] | {size_m, points}'` - every alert probability

The zones that a run alerts are the scenario's: `warning: {zones: hexagons, size: 10 km}`."""
)
def warning(
    name_or_file: Annotated[
        str, typer.Argument(help="A built-in scenario or a YAML file.", autocompletion=complete.scenario)
    ],
    sizes: Annotated[str, typer.Option(help="Widths of hexagons, km, from side to side.")] = "5,10,20,50",
    runs: Annotated[int, typer.Option(min=1, help="Runs; 20 or more to cite.")] = 20,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed; the scenario's by default.")] = None,
    level: Annotated[
        list[str] | None,
        typer.Option(
            help="A level; repeat for several. Today and pact by default.", autocompletion=complete.level
        ),
    ] = None,
    nation: Annotated[
        list[str] | None,
        typer.Option(
            help="A nation to count; repeat for several. All by default.", autocompletion=complete.nation
        ),
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the curves into this PNG or SVG file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
) -> None:
    """Alert places, and hexagons of several sizes, from the same pictures: lead time against alerts in vain."""
    from skypact.run.consistency.progress import StudyProgress
    from skypact.run.library import load
    from skypact.run.recorded.map import require_picture
    from skypact.run.warning import print_zones, study, to_json, widths_m, write_zone_picture

    if plot is not None:
        require_picture(plot)
    loaded, widths = load(name_or_file), widths_m(sizes)
    chosen = loaded.scenario.seed if seed is None else seed
    levels = tuple(dict.fromkeys(level or ("today", "pact")))
    with StudyProgress(err, loaded.scenario.title, runs, "alerts") as progress:
        found = study(loaded, runs, chosen, levels, widths, tuple(nation or ()), progress.report)
    if as_json:
        typer.echo(to_json(found))
    else:
        print_zones(found, out)
    if plot is not None:
        write_zone_picture(plot, found)
        if not as_json:
            out.print(f"Picture: [bold]{escape(str(plot))}[/bold]", soft_wrap=True)
