"""Mistakes on the terminal: how often each cause led to each, with exact bounds, and then one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from skypact.score import KINDS, Mistake, poisson_bounds


def print_mistakes(found: Sequence[Mistake], levels: Sequence[str], runs: int, console: Console) -> None:
    """Print the mistakes of `runs` runs: totals with exact 95 % Poisson bounds a run, causes, and each of them."""
    totals = Table(title="Mistakes a run, with exact 95 % bounds", title_justify="left", box=None)
    for heading in ("level", "mistake", "in all", "a run", "lowest", "highest"):
        totals.add_column(heading, justify="left" if heading in ("level", "mistake") else "right")
    for level in levels:
        for kind in KINDS:
            count = sum(1 for m in found if m.level == level and m.kind == kind)
            low, high = poisson_bounds(count, runs)
            totals.add_row(level, kind, str(count), f"{count / runs:.2f}", f"{low:.2f}", f"{high:.2f}")
    console.print(totals)
    if not found:
        return
    causes = Table(title="\nBy cause", title_justify="left", box=None)
    for heading in ("level", "mistake", "what was there", "in all"):
        causes.add_column(heading, justify="right" if heading == "in all" else "left")
    for (level, kind, cause), count in sorted(Counter((m.level, m.kind, m.cause) for m in found).items()):
        causes.add_row(level, kind, cause, str(count))
    console.print(causes)
    each = Table(title="\nOne by one", title_justify="left", box=None)
    for heading in ("run", "level", "second", "nation", "mistake", "where", "what was there", "taken for"):
        each.add_column(heading, justify="right" if heading in ("run", "second") else "left")
    for m in found:
        each.add_row(str(m.run), m.level, f"{m.t_s:.0f}", m.nation, m.kind, m.where, m.cause, m.taken_for)
    console.print(each)
