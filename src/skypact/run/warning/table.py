"""Zones of several sizes, as tables for the terminal and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.console import Console

from skypact.model.warning import RUNGS
from skypact.run.consistency.table import margin, plain_table
from skypact.run.plain import plain
from skypact.run.warning.study import ZoneStudy
from skypact.score.verdict import NEAR_M


def print_zones(found: ZoneStudy, console: Console) -> None:
    """Print a table a level: a row a size, at the probability that the public hears."""
    runs = "1 run" if found.runs == 1 else f"{found.runs} runs"
    console.print(
        f"\n[bold]{found.title}[/bold]\n[dim]{runs}, seed {found.seed}, {', '.join(found.nations)}, "
        f"alert probability {RUNGS[found.public]:g}, skypact {found.version}[/dim]"
    )
    if found.preview:
        console.print("[yellow]PREVIEW[/yellow] Too few runs to cite: 20 or more give intervals to rely on.")
    for level in found.levels:
        table = plain_table(
            f"Alerts for zones, level {level}",
            ("zones",),
            (
                *("number", "warning, s", "worst 5 %", "missed", "correct", "near", "false"),
                *("in vain, thousand", "thousand hours"),
            ),
        )
        for curve in found.curves:
            if curve.level != level:
                continue
            point = curve.points[found.public]
            table.add_row(
                curve.name,
                f"{curve.zones:,}",
                margin(point.warning_median_s, 0),
                margin(point.warning_p5_s, 0),
                *(
                    margin(part, 1)
                    for part in (point.missed, point.correct, point.precautionary, point.false)
                ),
                margin(point.in_vain, 0, 1e-3),
                margin(point.person_hours, 0, 1e-3),
            )
        console.print(table)
    console.print(
        "\nWarning: seconds from the alert that stays in force to the arrival, the median of all objects and that of "
        "the worst twentieth; no alert counts 0. Missed: objects without an alert. Correct: alerts of a zone to which "
        f"something came; near: it came within {NEAR_M / 1e3:g} km (precautionary); false: neither. In vain: people of "
        "zones to which nothing came, once an alert; hours: people times hours under alert. Counts are of a raid; "
        "intervals are 95%, the run being the unit. "
        "All sizes are alerted from the same pictures; what is released on alert hangs on the scenario's own zones."
    )


def to_json(found: ZoneStudy) -> str:
    """Everything as JSON, all alert probabilities; what there is no number for is null."""
    return json.dumps(plain(asdict(found)), indent=1, ensure_ascii=False, allow_nan=False)
