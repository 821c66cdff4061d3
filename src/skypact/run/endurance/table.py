"""How long protection lasts, as tables for the terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from skypact.run.endurance.study import Endurance
from skypact.run.endurance.supply import rounds_text
from skypact.run.plain import plain
from skypact.run.scale import MARKS, Scale, scale_for
from skypact.run.summary import CITABLE_RUNS
from skypact.score import Estimate, Metric
from skypact.score.endurance import ENDURANCE_METRICS, LEFT, PRICE, STOPPED, Apart, DayRow, EnduranceRow
from skypact.score.summary import ALL

_HEADINGS = {"left": "left", "stopped": "stopped", "lasted": "lasts", "price_usd": "price"}


def print_endurance(found: Endurance, console: Console) -> None:
    """Print what each nation has left, what is stopped, how long that lasts, and what sharing changes."""
    console.print(Text(found.title or found.scenario, "bold") + Text("\n" + _setting(found), "dim"))
    for note in _notes(found):
        console.print(note)
    console.print()
    for title, under, head, rows in _tables(found):
        heading = Text(title, "bold")
        heading.append(f"  {under}", "dim")
        console.print(heading)
        console.print(Padding(_table(head, rows), (0, 0, 1, 0)))
    console.print(Text("How to read it. ", "bold") + Text(_legend(found)))


def to_markdown(found: Endurance) -> str:
    """The tables as Markdown, to be pasted into a page."""
    parts = [f"{found.title or found.scenario}: {_setting(found)}", *(note.plain for note in _notes(found))]
    for title, note, head, rows in _tables(found):
        parts.append(f"**{title}** ({note})")
        lines = [_line(head), _line(["---", *("---:" for _ in head[1:])]), *(_line(row) for row in rows)]
        parts.append("\n".join(lines))
    parts.append(_legend(found))
    return "\n\n".join(parts)


def to_json(found: Endurance) -> str:
    """Everything as JSON, SI units; what there is no number for is null."""
    document = asdict(found) | {"preview": found.preview}
    for row in document["rows"]:
        if row["survival"] is not None:
            row["survival"] = {name: values.tolist() for name, values in row["survival"].items()}
    return json.dumps(plain(document), indent=1, ensure_ascii=False, allow_nan=False)


def _setting(found: Endurance) -> str:
    supply = found.supply
    raids = f"{supply.raids_per_day} raid{'s' * (supply.raids_per_day != 1)} a day"
    return (
        f"{found.chains} chain{'s' * (found.chains != 1)} of {found.days} day{'s' * (found.days != 1)}, {raids}, seed "
        f"{found.seed}; behind each magazine {rounds_text(supply.store)}, resupply a day "
        f"{rounds_text(supply.resupply_per_day)} ({supply.basis}); skypact {found.version}"
    )


def _notes(found: Endurance) -> list[Text]:
    """What a reader must know before the tables."""
    notes = []
    if found.preview:
        few = "1 chain is" if found.chains == 1 else f"{found.chains} chains are"
        text = f"{few} too few to cite; from {CITABLE_RUNS} on a result may be cited."
        notes.append(Text("PREVIEW ", "bold yellow") + Text(text))
    families = len(found.families)
    if found.chains % families:
        text = (
            f"the {families} raid families come in turn: only a multiple of {families} chains has the same raids on "
            "each day, so days differ by their raids too."
        )
        notes.append(Text("UNEVEN ", "bold yellow") + Text(text))
    return notes


Rows = list[list[str]]


def _tables(found: Endurance) -> list[tuple[str, str, list[str], Rows]]:
    """Title, note, headings and rows of every table."""
    after = f"after {found.days} day{'s' * (found.days != 1)}"
    tables = [
        ("Rounds and protection", after, *_state(found)),
        ("How long it lasts, and what it costs", after, *_length(found)),
    ]
    if len(found.levels) > 1:
        note = "each chain compared with itself; margins for all nations at once"
        tables.append((f"What each level changes against {found.baseline}", note, *_changes(found)))
    return [
        *tables,
        ("Rounds left, %", "all nations together, day by day", *_daily(found, lambda day: day.left)),
        ("Stopped, %", "all nations together, day by day", *_daily(found, lambda day: day.stopped)),
    ]


def _scales(found: Endurance) -> dict[str, Scale]:
    """One scale a metric, so that its numbers can be compared by eye."""
    scales = {}
    for metric in ENDURANCE_METRICS:
        values = [abs(row.totals[metric.key].value) for row in found.rows]
        scales[metric.key] = scale_for(metric, max((v for v in values if math.isfinite(v)), default=0.0))
    return scales


def _heading(metric: Metric, scale: Scale, change: bool = False) -> str:
    return f"{_HEADINGS[metric.key]}\n{(scale.change if change else scale.unit).replace('million', 'M')}"


def _state(found: Endurance) -> tuple[list[str], Rows]:
    scale = _scales(found)["stopped"]
    last = f"day {found.days}, %"
    head = ["nation", "level", f"left\n{last}", "stopped\nday 1, %", f"stopped\n{last}"]
    head += [f"if full\n{last}", "lost\npoints"] if found.control else []

    def cells(row: EnduranceRow) -> list[str]:
        end = row.days[-1]
        control = [end.control, end.lost] if found.control else []
        return [_shown(part, scale) for part in (end.left, row.days[0].stopped, end.stopped, *control)]

    return head, _lines(found, found.levels, cells)


def _length(found: Endurance) -> tuple[list[str], Rows]:
    scales = _scales(found)
    price = _heading(PRICE, scales["price_usd"])
    head = ["nation", "level", "lasts\ndays", "fell in\nchains", "stopped\nin all, %", price]

    def cells(row: EnduranceRow) -> list[str]:
        return [
            _shown(row.totals["lasted"], scales["lasted"]),
            "-" if row.fallen is None else f"{row.fallen} of {found.chains}",
            _shown(row.totals["stopped"], scales["stopped"]),
            _shown(row.totals["price_usd"], scales["price_usd"]),
        ]

    return head, _lines(found, found.levels, cells)


def _changes(found: Endurance) -> tuple[list[str], Rows]:
    scales = _scales(found)
    head = ["nation", "level", *(_heading(metric, scales[metric.key], True) for metric in ENDURANCE_METRICS)]

    def cells(row: EnduranceRow) -> list[str]:
        return [_change(row.differences.get(metric.key), scales[metric.key]) for metric in ENDURANCE_METRICS]

    return head, _lines(found, [level for level in found.levels if level != found.baseline], cells)


def _lines(found: Endurance, levels: Sequence[str], cells: Callable[[EnduranceRow], list[str]]) -> Rows:
    """A line a nation and level, all nations together last; the nation is named once."""
    nations = [*(nation for nation in found.nations if nation != ALL), ALL]
    return [
        [("all" if nation == ALL else nation) if not k else "", level, *cells(found.row(nation, level))]
        for nation in nations
        for k, level in enumerate(levels)
    ]


def _daily(found: Endurance, of: Callable[[DayRow], Estimate]) -> tuple[list[str], Rows]:
    scale = _scales(found)["stopped"]
    days = [[of(found.row(ALL, level).days[d]) for level in found.levels] for d in range(found.days)]
    rows = [[str(d + 1), *(_shown(part, scale) for part in parts)] for d, parts in enumerate(days)]
    return ["day", *found.levels], rows


def _shown(estimate: Estimate | None, scale: Scale) -> str:
    if estimate is None or not estimate.n:
        return "-"
    margin = scale.margin(estimate.value, estimate.low, estimate.high)
    return f"{scale.show(estimate.value)} {margin}".rstrip()


def _change(apart: Apart | None, scale: Scale) -> str:
    if apart is None or not apart.n:
        return "-"
    mark = MARKS[apart.verdict][0]
    if apart.verdict == "identical":
        return f"same {mark}"
    margin = scale.margin(apart.value, apart.simultaneous_low, apart.simultaneous_high)
    return " ".join(part for part in (scale.show(apart.value, sign=True), margin, mark) if part)


def _table(head: Sequence[str], rows: Rows) -> Table:
    table = Table(box=box.HORIZONTALS, pad_edge=False, padding=(0, 1))
    for k, name in enumerate(head):
        table.add_column(
            Text(name, "bold"),
            justify="left" if k == 0 or name == "level" else "right",
            no_wrap=True,
        )
    for row in rows:
        table.add_row(*row)
    return table


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("\n", " ") for cell in cells) + " |"


def _legend(found: Endurance) -> str:
    meanings = "; ".join(f"{_HEADINGS[metric.key]}: {metric.meaning}" for metric in ENDURANCE_METRICS)
    control = (
        " If full: the same raid if every battery had the rounds that it had on the first day; lost: the difference."
        if found.control
        else ""
    )
    return (
        f"{meanings}. The threshold: {threshold_text(found)}. A chain in which protection never falls counts with "
        f"{found.days} days (the restricted mean); in how many chains it fell stands beside it.{control} Margins are "
        f"of {found.confidence:.0%} intervals over chains. ▲ better, ▼ worse, ↑ more, ↓ less, = no change that "
        f"matters, ? not resolved (these chains cannot tell), measured against {_thresholds()}. All rounds are "
        "notional; raids are drawn at random, whole families in turn."
    )


def threshold_text(found: Endurance) -> str:
    """Below what protection has fallen."""
    if found.threshold is not None:
        return f"{found.threshold:.0%} of the objects stopped"
    if found.control:
        return "half of what the rounds of day 1 stop in the same raid"
    return "half of the share stopped on day 1, at that nation and level"


def _thresholds() -> str:
    words = {
        LEFT.key: "5 points",
        STOPPED.key: "5 points",
        "lasted": "half a day",
        PRICE.key: "1 million USD",
    }
    return ", ".join(f"{_HEADINGS[key]} {text}" for key, text in words.items())
