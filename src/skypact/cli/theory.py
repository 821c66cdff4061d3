"""Commands that say what the closed forms of layered defence give for stated numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from skypact.cli.app import app, out

if TYPE_CHECKING:
    from skypact.run.theory import Answer

theory = typer.Typer(
    name="theory",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="What the published formulas of layered defence say: to think with, and to hold beside a simulation.",
)
app.add_typer(theory)

_Threats = Annotated[int, typer.Option(min=1, max=10_000, help="Objects that must not leak.")]
_Kill = Annotated[float, typer.Option(min=0.0, max=1.0, help="Chance of one shot to kill.")]
_Track = Annotated[
    float, typer.Option(min=0.0, max=1.0, help="Chance that nothing common to the shots at one object fails.")
]
_Json = Annotated[bool, typer.Option("--json", help="For machines.")]


@theory.command(
    epilog="""Examples:

* `skypact theory barrage --threats 20 --kill 0.7 --track 0.99 --leak-free 0.8` - how many shots that needs
* `skypact theory barrage --threats 10 --decoys 10 --kill 0.7 --track 0.99 --leak-free 0.8`
* `skypact theory barrage --threats 20 --kill 0.7 --shots 4 --first 2` - what 4 each give; fewer, if one looks after 2
* `skypact theory barrage --threats 5 --kill 0.5 --leak-free 0.8 --json | jq '.lines[] | {key, value}'`"""
)
def barrage(
    threats: _Threats,
    kill: _Kill,
    leak_free: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Wanted chance that none leaks.")
    ] = None,
    shots: Annotated[
        float | None, typer.Option(min=0.0, max=1_000.0, help="At each object, instead.")
    ] = None,
    track: _Track = 1.0,
    decoys: Annotated[
        int, typer.Option(min=0, max=10_000, help="Objects that cannot be told from threats.")
    ] = 0,
    first: Annotated[
        float | None, typer.Option(min=0.0, max=1_000.0, help="Of them, shots before a look.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Every object is shot at alike: shots for a wanted chance of no leaker, or what a number of shots gives."""
    from skypact.run.theory import barrage as answer

    _show(answer(threats, decoys, kill, track, leak_free, shots, first), as_json)


@theory.command(
    epilog="""Examples:

* `skypact theory layers --kill 0.8 --kill 0.7 --kill 0.5 --threats 40` - upper tier, medium, short range
* `skypact theory layers --kill 0.8 --kill 0.7 --undetected 0.05 --common-failure 0.02`"""
)
def layers(
    kill: Annotated[
        list[float],
        typer.Option(
            min=0.0, max=1.0, help="Chance of a layer to kill what comes to it; repeat, first layer first."
        ),
    ],
    threats: _Threats = 1,
    undetected: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of the objects that no layer sees.")
    ] = 0.0,
    common_failure: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Chance that all layers fail at once.")
    ] = 0.0,
    as_json: _Json = False,
) -> None:
    """What passes several layers, and what no further layer would stop."""
    from skypact.run.theory import layers as answer

    _show(answer(kill, threats, undetected, common_failure), as_json)


@theory.command(
    epilog="""Examples:

* `skypact theory looks --threats 10 --rounds 20 --kill 0.7 --looks 3` - what each further look is worth
* `skypact theory looks --threats 5 --rounds 10 --kill 0.7 --track 0.95`"""
)
def looks(
    threats: _Threats,
    rounds: Annotated[int, typer.Option(min=0, help="In the magazine.")],
    kill: _Kill,
    most: Annotated[int, typer.Option("--looks", min=1, help="Greatest number of looks.")] = 3,
    track: _Track = 1.0,
    as_json: _Json = False,
) -> None:
    """Shoot, look, shoot with a limited magazine: the least expected leakers, and what to fire first."""
    from skypact.run.theory import looks as answer

    _show(answer(threats, rounds, kill, most, track), as_json)


@theory.command(
    epilog="""Examples:

* `skypact theory uncoordinated --threats 10 --shots 20 --kill 0.7` - what it costs not to know of each other"""
)
def uncoordinated(
    threats: _Threats,
    shots: Annotated[int, typer.Option(min=0, max=100_000, help="One of each shooter.")],
    kill: _Kill,
    as_json: _Json = False,
) -> None:
    """What leaks where each shooter picks its object at random, beside fire that is split evenly."""
    from skypact.run.theory import uncoordinated as answer

    _show(answer(threats, shots, kill), as_json)


def _show(found: Answer, as_json: bool) -> None:
    from skypact.run.theory import print_answer, to_json

    if as_json:
        typer.echo(to_json(found))
    else:
        print_answer(found, out)
