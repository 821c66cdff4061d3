"""The commands. Heavy imports happen inside them, so that help is instant."""

from __future__ import annotations

import sys

import typer
from rich.text import Text

from skypact.cli import (
    endurance,
    export,
    extract,
    fusion,
    gains,
    judge,
    outage,
    policy,
    run,
    safety,
    survey,
    theory,
    track,
    warning,
)
from skypact.cli.app import app, err
from skypact.errors import SkypactError

__all__ = [
    "app",
    "endurance",
    "export",
    "extract",
    "fusion",
    "gains",
    "judge",
    "main",
    "outage",
    "policy",
    "run",
    "safety",
    "survey",
    "theory",
    "track",
    "warning",
]


@app.command()
def version() -> None:
    """Print the version."""
    from skypact import __version__

    typer.echo(__version__)


def main() -> None:
    """The command line: an error is one message and an exit status, never a traceback."""
    from skypact.run.cache import use_kernel_cache

    use_kernel_cache()
    try:
        app(standalone_mode=True)
    except SkypactError as fault:
        err.print(Text("error ", style="bold red") + Text(str(fault)), highlight=False, soft_wrap=True)
        sys.exit(fault.exit_status)
    except KeyboardInterrupt:
        err.print("Interrupted. What was finished is kept; the same command resumes.")
        sys.exit(130)
