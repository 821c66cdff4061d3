"""`skypact theory`: what the closed forms of layered defence say for given numbers, on the terminal and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from skypact.defend import theory
from skypact.errors import UsageError
from skypact.run.plain import plain

WILKENING = "Wilkening, Science and Global Security 8, 1999"
SOLAND = "Soland, Operations Research 35, 1987"
OCCUPANCY = "Feller, An Introduction to Probability Theory I, 1968, IV.2"
MOST_OBJECTS, MOST_ROUNDS, MOST_LOOKS = 100, 400, 6


@dataclass(frozen=True)
class Line:
    """One number of an answer."""

    key: str
    what: str
    value: float
    formula: str
    """how it comes about; empty where the line above says it"""


@dataclass(frozen=True)
class Answer:
    """What the closed forms say to one question."""

    question: str
    given: dict[str, object]
    lines: tuple[Line, ...]
    sources: tuple[str, ...]


def barrage(
    threats: int,
    decoys: int,
    kill: float,
    track: float,
    leak_free: float | None,
    shots: float | None,
    first: float | None,
) -> Answer:
    """What a barrage needs for a wanted chance of no leaker, or gives with stated shots at each object.

    Args:
        threats: objects that matter; decoys: objects that cannot be told from them.
        kill: chance of one shot; track: chance that nothing common to the shots at an object fails.
        leak_free: wanted chance of no leaker, or None; shots: at each object, or None. One of both.
        first: shots before a look, of the shots at each object; None: no look.

    Raises:
        UsageError: both or neither are given, or no number of shots is enough.
    """
    if (leak_free is None) == (shots is None):
        raise UsageError(
            "--leak-free, --shots",
            "both or neither",
            "Give the one that is known, for instance --leak-free 0.8.",
        )
    if leak_free is not None:
        needed = theory.kill_needed(threats, leak_free)
        shots, first_lines = _shots_for(needed, leak_free, kill, track)
    else:
        assert shots is not None
        needed = theory.salvo_kill(kill, shots, track)
        first_lines = [
            Line("kill", "chance to kill each object", needed, "K = track (1 - (1 - p)^n)"),
            Line("leak_free", "chance of no leaker", needed**threats, "P(0) = K^W"),
        ]
    every = threats + decoys
    lines = [
        *first_lines,
        Line("shots", "shots in all", every * shots, "n (W + decoys)"),
        Line("shots_whole", "shots in all, whole at each", every * math.ceil(shots - 1e-9), "n rounded up"),
        Line("leakers", "expected leakers", threats * (1.0 - needed), "W (1 - K)"),
    ]
    for k, chance in enumerate(theory.leaker_chances(threats, needed)[:4].tolist()):
        what = "chance of 1 leaker" if k == 1 else f"chance of {k} leakers"
        lines.append(Line(f"chance_{k}", what, chance, "" if k else "binomial(W, 1 - K)"))
    if first is not None:
        lines.append(_look_after(first, shots, kill, every))
    given: dict[str, object] = {"threats": threats, "decoys": decoys, "kill": kill, "track": track}
    given |= {"leak_free": leak_free, "shots": shots if leak_free is None else None, "first": first}
    return Answer(
        "Barrage: every object is shot at alike, once and for all", given, tuple(lines), (WILKENING,)
    )


def _shots_for(needed: float, leak_free: float, kill: float, track: float) -> tuple[float, list[Line]]:
    shots = theory.shots_needed(needed, kill, track)
    if math.isinf(shots):
        raise UsageError(
            f"--leak-free {leak_free:g}",
            f"each object must be killed with chance {needed:.4f}; no number of shots does better than {track:g}",
            "Ask for less, or for a greater --track or --kill.",
        )
    return shots, [
        Line("kill_needed", "chance to kill that each threat needs", needed, "K = P(0)^(1/W)"),
        Line("shots_each", "shots at each object", shots, "n = ln(1 - K/track) / ln(1 - p)"),
    ]


def _look_after(first: float, shots: float, kill: float, every: int) -> Line:
    if first >= shots:
        raise UsageError(
            f"--first {first:g}", f"each object needs {shots:.2f} shots in all", "Give fewer before the look."
        )
    salvos = (first, shots - first)
    found = theory.shoot_look_shoot(salvos, [theory.salvo_kill(kill, n) for n in salvos])
    return Line(
        "shots_with_look",
        f"expected shots, looking after {first:g}",
        every * found.rounds,
        "W (n1 + (n - n1)(1 - p)^n1)",
    )


def layers(kill: Sequence[float], threats: int, undetected: float, common_failure: float) -> Answer:
    """What passes layers of defence, one behind the other.

    Args:
        kill: chance of each layer to kill an object that comes to it, the first layer first.
        threats: objects.
        undetected: share of them that no layer sees.
        common_failure: chance that all layers fail at once.
    """
    lines = []
    for n in range(1, len(kill) + 1):
        formula = "u + (1 - u)(c + (1 - c) prod(1 - K))" if n == 1 else ""
        passed = theory.layered_leakage(kill[:n], undetected, common_failure)
        lines.append(Line(f"past_{n}", f"share past layer {n}", passed, formula))
    lines.append(Line("leakers", "expected leakers", threats * passed, "W x share past the last"))
    floor = theory.layered_leakage([1.0], undetected, common_failure)
    lines.append(Line("floor", "share that no further layer stops", floor, "u + (1 - u) c"))
    given: dict[str, object] = {"kill": list(kill), "threats": threats}
    given |= {"undetected": undetected, "common_failure": common_failure}
    return Answer("Layers: what passes one goes on to the next", given, tuple(lines), (WILKENING,))


def looks(threats: int, rounds: int, kill: float, most: int, track: float) -> Answer:
    """The least expected leakers with 1 to `most` looks and a magazine, and what to fire at the first look.

    Raises:
        UsageError: more objects, rounds or looks than the programme is meant for.
    """
    for name, found, limit in (
        ("--threats", threats, MOST_OBJECTS),
        ("--rounds", rounds, MOST_ROUNDS),
        ("--looks", most, MOST_LOOKS),
    ):
        if found > limit:
            raise UsageError(f"{name} {found}", "the table would take minutes", f"Give at most {limit}.")
    lines = []
    for plan in theory.best_looks(threats, rounds, kill, most, track):
        again = "1 look" if plan.looks == 1 else f"{plan.looks} looks"
        formula = ("V(t, r) = min E V(t left, r - s)", "s of it") if plan.looks == 1 else ("", "")
        lines.append(Line(f"leakers_{plan.looks}", f"expected leakers, {again}", plan.leakers, formula[0]))
        lines.append(
            Line(f"first_{plan.looks}", "  rounds to fire at the first", float(plan.first), formula[1])
        )
    given: dict[str, object] = {
        "threats": threats,
        "rounds": rounds,
        "kill": kill,
        "looks": most,
        "track": track,
    }
    return Answer("Looks: the best split of a magazine over looks", given, tuple(lines), (SOLAND,))


def uncoordinated(threats: int, shots: int, kill: float) -> Answer:
    """What leaks where nobody knows at what the others shoot, beside fire split evenly.

    Args:
        threats: objects.
        shots: one from each shooter.
        kill: chance of one shot.
    """
    alone = theory.uncoordinated_leakers(threats, shots, kill)
    together = theory.coordinated_leakers(threats, shots, kill)
    lines = (
        Line("leakers_alone", "expected leakers, each at random", alone, "T (1 - p/T)^N"),
        Line("leakers_together", "expected leakers, split evenly", together, "T (1 - p)^(N/T)"),
        Line("cost", "leakers for want of co-ordination", alone - together, "the difference"),
        Line(
            "leak_free_alone",
            "chance of no leaker, each at random",
            theory.uncoordinated_leak_free(threats, shots, kill),
            "sum (-1)^k C(T, k) (1 - k p/T)^N",
        ),
    )
    given: dict[str, object] = {"threats": threats, "shots": shots, "kill": kill}
    return Answer("Fire without co-ordination", given, lines, (OCCUPANCY, WILKENING))


def print_answer(found: Answer, console: Console) -> None:
    """Print an answer: a row a number, with its formula, and where the formulas are from."""
    given = ", ".join(
        f"{name.replace('_', ' ')} {_shown(value)}"
        for name, value in found.given.items()
        if value is not None
    )
    console.print(f"[bold]{found.question}[/bold]\n[dim]{given}[/dim]")
    table = Table(box=None)
    table.add_column("quantity", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("formula", style="dim")
    for line in found.lines:
        table.add_row(line.what, _number(line.value), line.formula)
    console.print(table)
    console.print(f"[dim]{'; '.join(found.sources)}. Every object alike, every shot independent.[/dim]")


def to_json(found: Answer) -> str:
    """Everything as JSON."""
    return json.dumps(plain(asdict(found)), indent=1, ensure_ascii=False, allow_nan=False)


def _shown(value: object) -> str:
    if isinstance(value, list):
        return " ".join(f"{part:g}" for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(value: float) -> str:
    """A whole number as it is, else as many digits as matter."""
    if value == round(value):
        return f"{value:.0f}"
    if abs(value) >= 10.0:
        return f"{value:.2f}"
    return f"{value:.4f}" if abs(value) >= 1e-3 else f"{value:.2e}"
