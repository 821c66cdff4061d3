"""A level's whole matrix: who has what of whom, in the terminal and as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from skypact.model.codes import ORDERED_CONTENTS, Content
from skypact.run.policy.reading import Chosen, Flow, covering, flows
from skypact.run.policy.words import CONTENT_WORDS, flow_words

LETTER = {
    Content.WARNINGS: "W",
    Content.TRACKS: "T",
    Content.DETECTIONS: "D",
    Content.SENSOR_STATUS: "S",
    Content.MAGAZINE_STATUS: "M",
}
_STYLE = {
    Content.WARNINGS: "yellow",
    Content.TRACKS: "cyan",
    Content.DETECTIONS: "bold green",
    Content.SENSOR_STATUS: "cyan",
    Content.MAGAZINE_STATUS: "cyan",
}
BARRED, NOTHING = "x", "."


@dataclass(frozen=True)
class Cell:
    """What of one nation's information another has."""

    flow: Flow | None
    barred: bool
    """Whether a bar stands between the two"""


def cells(chosen: Chosen, content: Content | None) -> list[list[Cell]]:
    """By origin and then receiver, what comes: most of the ordered contents, or of the one asked for."""
    count = range(len(chosen.nations))
    return [
        [Cell(_flow(chosen, o, r, content), bool(chosen.rules.barred[o, r])) for r in count] for o in count
    ]


def _flow(chosen: Chosen, origin: int, receiver: int, content: Content | None) -> Flow | None:
    if origin == receiver:
        return None
    found = flows(chosen, origin, receiver)
    if content is not None:
        return covering(found, content)
    return next((flow for flow in found if flow.content in ORDERED_CONTENTS), None)


def print_matrix(chosen: Chosen, content: Content | None, console: Console) -> None:
    """Print who has what of whom, a row a sender; legible at 80 columns with eleven nations."""
    matrix = cells(chosen, content)
    asked = "" if content is None else f": {CONTENT_WORDS[content]}"
    console.print(Text(f"Who has what of whom, {chosen.title}{asked}", style="bold"))
    table = Table(box=None, pad_edge=False, padding=(0, 0, 0, 1), header_style="dim")
    table.add_column("of \\ for", no_wrap=True)
    for code in chosen.nations:
        table.add_column(code, justify="right", no_wrap=True, min_width=5)
    for origin, code in enumerate(chosen.nations):
        row = [
            Text("\\", "dim") if origin == receiver else _shown(cell)
            for receiver, cell in enumerate(matrix[origin])
        ]
        table.add_row(Text(code, "bold"), *row)
    console.print(table)
    present = [cell.flow for row in matrix for cell in row if cell.flow is not None]
    barred = any(cell.barred and cell.flow is None for row in matrix for cell in row)
    console.print(Text(legend(present, barred), "dim"))


def legend(present: list[Flow], barred: bool) -> str:
    """What the signs in the cells mean, only those that occur."""
    letters = dict.fromkeys(flow.content for flow in sorted(present, key=lambda flow: -flow.content))
    parts = [f"{LETTER[content]} {CONTENT_WORDS[content]}" for content in letters]
    if present:
        parts.append("then seconds held back (m: minutes)")
    if any(flow.path for flow in present):
        parts.append("> through another")
    if any(flow.conditional for flow in present):
        parts.append("* on conditions")
    return ", ".join([*parts, *([f"{BARRED} a legal bar"] if barred else []), f"{NOTHING} nothing"])


def matrix_document(chosen: Chosen, content: Content | None) -> dict[str, Any]:
    """The matrix as data: a line for each pair of which something comes."""
    return {
        "scenario": chosen.name,
        "level": chosen.rules.level,
        "content": None if content is None else content.name.lower(),
        "nations": list(chosen.nations),
        "bars": [[bar.first, bar.second] for bar in chosen.policy.bars],
        "lines": [
            {
                "from": chosen.nations[o],
                "to": chosen.nations[r],
                "content": cell.flow.content.name.lower(),
                "delay_s": cell.flow.delay_s,
                "through": list(cell.flow.path),
                "on_conditions": cell.flow.conditional,
                "words": flow_words(cell.flow),
            }
            for o, row in enumerate(cells(chosen, content))
            for r, cell in enumerate(row)
            if cell.flow is not None
        ],
    }


def short(flow: Flow) -> str:
    """A flow in at most five signs: letter, delay, and > through another, * on conditions."""
    late = f"{flow.delay_s:.0f}" if flow.delay_s >= 10.0 or flow.delay_s == int(flow.delay_s) else ""
    late = late or f"{flow.delay_s:.1f}"
    if flow.delay_s >= 100.0:
        late = f"{flow.delay_s / 60.0:.0f}m"
    return f"{LETTER[flow.content]}{late}{'>' if flow.path else ''}{'*' if flow.conditional else ''}"


def _shown(cell: Cell) -> Text:
    if cell.flow is None:
        return Text(BARRED, "red") if cell.barred else Text(NOTHING, "dim")
    return Text(short(cell.flow), _STYLE[cell.flow.content])
