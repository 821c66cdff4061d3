"""Commands that read a policy: in words, as a matrix, beside another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from skypact.cli import complete
from skypact.cli.app import app, out

policy = typer.Typer(
    name="policy",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Read a policy: who may know what of whom, on which terms, and why not more.",
)
app.add_typer(policy)

_SCENARIO = "A built-in scenario or a YAML file."
_JSON = "For machines."


@policy.command(
    epilog="""Examples:

* `skypact policy explain gulf --from KWT --to ISR` - at the level pact
* `skypact policy explain gulf --from USA --to KWT --level today`
* `skypact policy explain my.yaml --from QAT --to BHR --json | jq '.contents[].released'`"""
)
def explain(
    name_or_file: Annotated[str, typer.Argument(help=_SCENARIO, autocompletion=complete.scenario)],
    sender: Annotated[str, typer.Option("--from", help="Whose information.", autocompletion=complete.nation)],
    receiver: Annotated[str, typer.Option("--to", help="Who would have it.", autocompletion=complete.nation)],
    level: Annotated[str, typer.Option(help="The level.", autocompletion=complete.level)] = "pact",
    as_json: Annotated[bool, typer.Option("--json", help=_JSON)] = False,
) -> None:
    """Say in words what one nation releases to another: how late, how degraded, by which line, and why not more."""
    from skypact.run.policy import command

    command.explain(name_or_file, sender, receiver, level, as_json, out)


@policy.command(
    epilog="""Examples:

* `skypact policy matrix gulf` - the most that each nation has of each other, at the level pact
* `skypact policy matrix gulf --level hub:USA`
* `skypact policy matrix gulf --content warnings --level today`
* `skypact policy matrix gulf --plot pact.png` - as a picture too"""
)
def matrix(
    name_or_file: Annotated[str, typer.Argument(help=_SCENARIO, autocompletion=complete.scenario)],
    level: Annotated[str, typer.Option(help="The level.", autocompletion=complete.level)] = "pact",
    content: Annotated[
        str | None,
        typer.Option(help="One content; the most of all by default.", autocompletion=complete.content),
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw it into this PNG or SVG file too.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help=_JSON)] = False,
) -> None:
    """Show the whole matrix of a level: who has what of whom, how late, by way of whom."""
    from skypact.run.policy import command

    drawn = command.matrix(name_or_file, level, content, plot, as_json, out)
    if drawn is not None and not as_json:
        out.print(f"Picture: [bold]{escape(str(drawn))}[/bold]", soft_wrap=True)


@policy.command(
    epilog="""Examples:

* `skypact policy diff gulf --level today --level pact` - two levels of one scenario
* `skypact policy diff gulf my.yaml` - two scenarios at the level pact
* `skypact policy diff gulf my.yaml --level today --json`"""
)
def diff(
    name_or_file: Annotated[str, typer.Argument(help=_SCENARIO, autocompletion=complete.scenario)],
    other: Annotated[
        str | None, typer.Argument(help="What it is compared with.", autocompletion=complete.scenario)
    ] = None,
    level: Annotated[
        list[str] | None,
        typer.Option(help="The level; twice for one of each side.", autocompletion=complete.level),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=_JSON)] = False,
) -> None:
    """Say in words what changes for whom between two scenarios, or two levels of one."""
    from skypact.run.policy import command

    command.diff(name_or_file, other, level or [], as_json, out)
