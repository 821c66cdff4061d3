"""The command that holds a scenario's trackers against its truth."""

from __future__ import annotations

from typing import Annotated

import typer

from skypact.cli import complete
from skypact.cli.app import app, err, out


@app.command(
    epilog="""Examples:

* `skypact consistency gulf-small --runs 20` - do the trackers err as much as they say?
* `skypact consistency gulf --runs 20 --seed 7`
* `skypact consistency my.yaml --runs 20 --json | jq '.states[] | select(.settled)'`"""
)
def consistency(
    name_or_file: Annotated[
        str, typer.Argument(help="A built-in scenario or a YAML file.", autocompletion=complete.scenario)
    ],
    runs: Annotated[int, typer.Option(min=1, help="Runs; 20 or more to cite.")] = 20,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed; the scenario's by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
) -> None:
    """Hold a scenario's trackers against its truth: errors beside covariances, ellipses, classes, false tracks.

    Truth and sensing are those of `run`; nobody shares, warns or fires. Each nation has its own tracker, and there is
    the common one of `full`.
    """
    from skypact.run.consistency.progress import StudyProgress
    from skypact.run.consistency.study import study
    from skypact.run.consistency.table import print_consistency, to_json
    from skypact.run.library import load

    loaded = load(name_or_file)
    chosen = loaded.scenario.seed if seed is None else seed
    with StudyProgress(err, loaded.scenario.title, runs) as progress:
        found = study(loaded, runs, chosen, progress.report)
    if as_json:
        typer.echo(to_json(found))
    else:
        print_consistency(found, out)
