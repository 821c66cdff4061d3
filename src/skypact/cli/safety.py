"""The command that reads from a record which aircraft were engaged by mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skypact.cli import complete
from skypact.cli.app import app, err, out


@app.command(
    epilog="""Examples:

* `skypact run quiet-sky --level national --level today --level pact --level full --out quiet` - a record without a raid
* `skypact safety quiet` - civil and friendly flights engaged per 1,000, with exact bounds
* `skypact run mixed-sky --runs 20 --out mixed` - raids in a full and doubtful sky, at raised alert
* `skypact safety mixed --json | jq '.rows[] | select(.kind == "civil") | {level, engaged, flights, high}'`"""
)
def safety(
    run_folder: Annotated[Path, typer.Argument(help="A run folder.", autocompletion=complete.run)],
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
) -> None:
    """Show which civil and friendly flights were engaged, of how many, with exact bounds, each with the reason."""
    from skypact.run.gains.progress import ScoringProgress
    from skypact.run.safety import print_safety, safety_of, to_json

    with ScoringProgress(err) as progress:
        found = safety_of(run_folder, progress.report)
    if as_json:
        typer.echo(to_json(found))
    else:
        print_safety(found, out)
