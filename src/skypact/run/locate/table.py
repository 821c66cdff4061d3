"""What multilateration found, on the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from skypact.run.locate.summary import Found

MOST_STATIONS = 20
NONE = "-"


def print_found(found: Found, console: Console) -> None:
    """Print errors by variant, by geometry, along and across the course, and by station."""
    count = f"{found['messages']:,} messages of {found['aircraft']:,} aircraft"
    _head(console, count, found["note"])
    _print_variants(found, console)
    _print_dilution(found, console)
    _print_course(found, console)
    _print_stations(found, console)


def _head(console: Console, title: str, beside: str = "") -> None:
    console.print()
    console.print(Text(title, style="bold") + Text(f"  {beside}", style="dim"), soft_wrap=True)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    table.add_column(columns[0])
    for name in columns[1:]:
        table.add_column(name, justify="right")
    return table


def _number(value: float | None, digits: int = 0) -> str:
    return NONE if value is None else f"{value:,.{digits}f}"


def _print_variants(found: Found, console: Console) -> None:
    table = _table("located with", "located", "not", "median m", "95% m", "vertical median m", "timing ns")
    for each in found["variants"]:
        lost = sum(count for text, count in each["outcomes"].items() if text != "located")
        table.add_row(
            each["variant"],
            f"{each['outcomes']['located']:,}",
            f"{lost:,}",
            _number(each["horizontal"]["median"]),
            _number(each["horizontal"]["p95"]),
            _number(each["vertical"]["median"]),
            _number(each["timing_sigma_ns"]),
        )
    console.print(table)
    for each in found["variants"]:
        lost = {text: n for text, n in each["outcomes"].items() if n and text != "located"}
        if lost:
            why = ", ".join(f"{n} {text}" for text, n in lost.items())
            console.print(Text(f" {each['variant']}: {why}", style="dim"), soft_wrap=True)


def _print_dilution(found: Found, console: Console) -> None:
    _head(console, "By geometry", "horizontal dilution of precision: error over that of a time of arrival")
    table = _table("dilution", "messages", "median m", "95% m")
    for each in found["by_dilution"]:
        if each["count"]:
            upper = f"over {each['from']:g}" if each["to"] is None else f"{each['from']:g} to {each['to']:g}"
            table.add_row(upper, f"{each['count']:,}", _number(each["median"]), _number(each["p95"]))
    console.print(table)


def _print_course(found: Found, console: Console) -> None:
    course = found["against_course"]
    if not course["along"]["count"]:
        return
    _head(
        console, "Along and across the course", f"{course['along']['count']:,} messages whose course is known"
    )
    table = _table("", "median m", "95% m")
    for name in ("along", "across"):
        table.add_row(name, _number(course[name]["median"]), _number(course[name]["p95"]))
    console.print(table)
    lag = course["lag_s"]
    console.print(
        Text(
            f" The reported positions lag by {_number(lag['median'], 2)} s (median; 95%: {_number(lag['p95'], 2)} s); "
            f"{100 * course['across_inside_own_95']:.0f} % of the errors across lie within their own 95 %.",
            style="dim",
        ),
        soft_wrap=True,
    )


def _print_stations(found: Found, console: Console) -> None:
    _head(
        console,
        "Stations",
        "late against the reported positions, with one sigma of that; one sigma of an arrival about it",
    )
    table = _table("station", "kind", "good", "arrivals", "late ns", "error ns", "spread ns")
    for each in found["stations"][:MOST_STATIONS]:
        table.add_row(
            str(each["station"]),
            each["kind"],
            "yes" if each["good"] else "no",
            f"{each['arrivals']:,}",
            _number(each["offset_ns"]),
            _number(each["offset_error_ns"]),
            _number(each["spread_ns"]),
        )
    console.print(table)
    if (more := len(found["stations"]) - MOST_STATIONS) > 0:
        console.print(Text(f" and {more} more in summary.json", style="dim"))
