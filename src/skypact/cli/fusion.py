"""The command that holds every method of fusion against truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from skypact.cli import complete
from skypact.cli.app import app, err, out


@app.command(
    epilog="""Examples:

* `skypact fusion gulf --runs 3` - every method on the same tracks: errors, consistency, bytes, milliseconds
* `skypact fusion gulf --method covariance_intersection --method best` - these two, and central fusion
* `skypact fusion gulf --level tracks --runs 20 --out tracks.json` - where everybody shares tracks, kept in a file
* `skypact fusion gulf-small --json | jq '.rows[] | {method, median: .raid_median_m.value}'`

The method that a run uses is the scenario's: `settings: {fusion: covariance_intersection}`."""
)
def fusion(
    name_or_file: Annotated[
        str, typer.Argument(help="A built-in scenario or a YAML file.", autocompletion=complete.scenario)
    ],
    runs: Annotated[int, typer.Option(min=1, help="Runs; 20 or more to cite.")] = 20,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed; the scenario's by default.")] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            help="A method; repeat for several. All by default.", autocompletion=complete.combination
        ),
    ] = None,
    level: Annotated[str, typer.Option(help="Who shares: pact, or tracks.")] = "pact",
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write everything into this JSON file too.", dir_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
) -> None:
    """Fuse the same tracks by every method, and hold the pictures against truth: errors, consistency, bytes, time.

    Truth, sensing, trackers and messages are those of a run at the level, on perfect links; nobody fires.
    """
    from skypact.run.consistency.progress import StudyProgress
    from skypact.run.fusion.command import methods_named, write_study
    from skypact.run.fusion.study import study
    from skypact.run.fusion.table import print_fusion, to_json
    from skypact.run.library import load

    loaded = load(name_or_file)
    methods = methods_named(method or [])
    chosen = loaded.scenario.seed if seed is None else seed
    with StudyProgress(err, loaded.scenario.title, runs, "pictures of {} runs beside truth") as progress:
        found = study(loaded, runs, chosen, methods, level, progress.report)
    if as_json:
        typer.echo(to_json(found))
    else:
        print_fusion(found, out)
    if out_file is not None:
        write_study(found, out_file)
        if not as_json:
            out.print(f"Written: [bold]{escape(str(out_file))}[/bold]", soft_wrap=True)
