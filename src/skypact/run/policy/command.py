"""`skypact policy`: explains a policy, draws its matrix, compares two."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from skypact.errors import UsageError
from skypact.model.codes import Content
from skypact.model.document import choice
from skypact.run.plain import plain
from skypact.run.policy.difference import difference_document, print_difference
from skypact.run.policy.explain import explanation, print_explanation
from skypact.run.policy.matrix import matrix_document, print_matrix
from skypact.run.policy.reading import DEFAULT_LEVEL, choose, nation_row


def explain(name: str, sender: str, receiver: str, level: str, as_json: bool, console: Console) -> None:
    """Print what one nation releases to another at a level, and why not more.

    Raises:
        UsageError: no such scenario, level or nation, or twice the same nation.
        InputError: the file has faults.
    """
    chosen = choose(name, level)
    origin = nation_row(chosen, "--from", sender)
    end = nation_row(chosen, "--to", receiver)
    if origin == end:
        raise UsageError(
            f"--from {sender} --to {receiver}", "a nation always has its own", "Name two different nations."
        )
    if as_json:
        _print_json(explanation(chosen, origin, end), console)
    else:
        print_explanation(chosen, origin, end, console)


def matrix(
    name: str, level: str, content: str | None, plot: Path | None, as_json: bool, console: Console
) -> Path | None:
    """Print who has what of whom at a level; the path of the picture where one is drawn.

    Raises:
        UsageError: no such scenario, level or content, or the picture cannot be written.
        InputError: the file has faults.
    """
    asked = None if content is None else _content(content)
    chosen = choose(name, level)
    if as_json:
        _print_json(matrix_document(chosen, asked), console)
    else:
        print_matrix(chosen, asked, console)
    if plot is None:
        return None
    from skypact.run.policy.picture import plot_matrix  # noqa: PLC0415

    return plot_matrix(chosen, asked, plot)


def diff(name: str, other: str | None, levels: Sequence[str], as_json: bool, console: Console) -> None:
    """Print what changes for whom between two scenarios at a level, or two levels of one scenario.

    Raises:
        UsageError: no such scenario or level, or not two things to compare.
        InputError: a file has faults.
    """
    if len(levels) > 2 or (other is None and len(levels) != 2):
        raise UsageError(
            f"{len(levels)} levels of {'one scenario' if other is None else 'two scenarios'}",
            "two things are compared",
            "Name two scenarios, or one and two levels: --level today --level pact.",
        )
    first, second = (levels or [DEFAULT_LEVEL])[0], (levels or [DEFAULT_LEVEL])[-1]
    before, after = choose(name, first), choose(other or name, second)
    if as_json:
        _print_json(difference_document(before, after), console)
    else:
        print_difference(before, after, console)


def _content(name: str) -> Content:
    known = [content.name.lower() for content in list(Content)[1:]]
    if name not in known:
        raise UsageError(f"--content {name}", "no such content", f"Name {choice(name, known)}.")
    return Content[name.upper()]


def _print_json(document: object, console: Console) -> None:
    text = json.dumps(plain(document), indent=1, ensure_ascii=False, allow_nan=False)
    console.print(text, soft_wrap=True, highlight=False, markup=False)
