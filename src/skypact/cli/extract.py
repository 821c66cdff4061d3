"""The command that takes from a record what one nation could know."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from skypact.cli import complete
from skypact.cli.app import app, out


@app.command(
    epilog="""Examples:

* `skypact extract skypact-runs/gulf-seed1 --nation KWT --level pact` - into KWT-pact/
* `skypact extract skypact-runs/gulf-seed1 --nation BHR --level today --out bahrain`"""
)
def extract(
    run_folder: Annotated[Path, typer.Argument(help="A run folder.", autocompletion=complete.run)],
    nation: Annotated[str, typer.Option(help="Code of the nation.")],
    level: Annotated[str, typer.Option(help="A level of the record.")],
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder to write; NATION-LEVEL by default.")
    ] = None,
) -> None:
    """Take from a record what one nation could know at one level, and nothing else, as Parquet."""
    from skypact.run.extract import extract as write

    folder = out_dir or Path(f"{nation}-{level}".replace(":", "_"))
    runs = write(run_folder, nation, level, folder)
    out.print(f"{runs} runs as {nation} knew them at {level}: [bold]{escape(str(folder))}[/bold]")
