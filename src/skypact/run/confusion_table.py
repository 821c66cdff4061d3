"""Confusion matrices on the terminal, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from skypact.model.network import F8
from skypact.run.plain import plain
from skypact.score.confusion import CLASS_NAMES, IDENTITY_NAMES, TRUE_NAMES, Confusion
from skypact.score.interval import Estimate


def print_confusions(found: Sequence[Confusion], console: Console) -> None:
    """Print matrices: a row a true class, shares in percent with the wider side of their interval."""
    for confusion in found:
        weighed = "objects when first firm" if confusion.first_firm else "share of the time"
        for heading, names, sums, share in (
            ("taken for, by class", CLASS_NAMES, confusion.classes, confusion.share),
            ("taken for, by identity", IDENTITY_NAMES, confusion.identities, confusion.identity_share),
        ):
            console.print(_matrix(f"\n{confusion.name}, {weighed}: {heading} (%)", names, sums, share))


def print_recorded(
    name: str, title: str, found: Sequence[Confusion], citable_runs: int, console: Console
) -> None:
    """Print the matrices of a run folder, and of how many runs they are."""
    runs = len(found[0].classes)
    console.print(
        f"[bold]{escape(title)}[/bold]\n[dim]{name}, {'1 run' if runs == 1 else f'{runs} runs'}[/dim]"
    )
    if runs < citable_runs:
        console.print(
            f"[yellow]PREVIEW[/yellow] Too few runs to cite: {citable_runs} or more give intervals to rely on."
        )
    print_confusions(found, console)
    console.print("\nIntervals are 95%, the run being the unit.")


def recorded_json(name: str, title: str, found: Sequence[Confusion], citable_runs: int) -> str:
    """The same as JSON."""
    runs = len(found[0].classes)
    document = {
        "scenario": name,
        "title": title,
        "runs": runs,
        "preview": runs < citable_runs,
        "confusions": [confusion_json(confusion) for confusion in found],
    }
    return json.dumps(plain(document), indent=1, ensure_ascii=False, allow_nan=False)


def confusion_json(confusion: Confusion) -> dict[str, Any]:
    """A confusion as plain data: sums over runs, and shares of each true class with their intervals."""
    return {
        "name": confusion.name,
        "first_firm": confusion.first_firm,
        "true": TRUE_NAMES,
        "classes": CLASS_NAMES,
        "identities": IDENTITY_NAMES,
        "class_sums": confusion.classes.sum(axis=0).tolist(),
        "identity_sums": confusion.identities.sum(axis=0).tolist(),
        "class_shares": _shares(confusion.share, len(CLASS_NAMES)),
        "identity_shares": _shares(confusion.identity_share, len(IDENTITY_NAMES)),
    }


def _shares(share: Callable[[int, int], Estimate], columns: int) -> list[list[dict[str, Any]]]:
    return [[asdict(share(true, k)) for k in range(columns)] for true in range(len(TRUE_NAMES))]


def _matrix(title: str, names: Sequence[str], sums: F8, share: Callable[[int, int], Estimate]) -> Table:
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("truly")
    for name in names:
        table.add_column(name, justify="right")
    for true in np.flatnonzero(sums.sum(axis=(0, 2))):
        cells = [_cell(share(int(true), k)) for k in range(len(names))]
        table.add_row(TRUE_NAMES[true], *cells)
    return table


def _cell(found: Estimate) -> str:
    """A share in percent with the wider side of its interval, dim where it never happened."""
    margin = 100.0 * max(found.high - found.value, found.value - found.low)
    text = f"{100.0 * found.value:.1f} ±{margin:.1f}"
    return text if found.value > 0.0 else f"[dim]{text}[/dim]"
