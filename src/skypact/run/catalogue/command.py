"""`skypact catalogue`: lists the classes, explains one of them, draws it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from skypact.catalogue.key import THREAT_KEYS
from skypact.errors import UsageError
from skypact.model.catalogue import Catalogue, InterceptorClass, SensorClass, ThreatClass
from skypact.model.codes import SensorKind
from skypact.run.catalogue.reading import CHANCE, Class, class_of, derived, handy, tables, written_values
from skypact.run.library import load_catalogue
from skypact.run.plain import plain
from skypact.run.radar import reach_m

WIDE = 130
"""Columns of the terminal from which on the list has titles."""


def show_catalogue(name: str | None, as_json: bool, console: Console) -> None:
    """Print the list of all classes, or of one class every value with its unit, interval, source and dispute.

    Args:
        name: of a class; none for the list.
        as_json: for machines instead of people, every value in SI units.
        console: where to print.

    Raises:
        UsageError: there is no class of that name.
    """
    catalogue = load_catalogue()
    if as_json:
        groups = (catalogue.sensors, catalogue.interceptors, catalogue.threats)
        found: Any = (
            _document(class_of(catalogue, name))
            if name is not None
            else {cls.name: _document(cls) for group in groups for cls in group.values()}
        )
        text = json.dumps(plain(found), indent=1, ensure_ascii=False, allow_nan=False)
        console.print(text, soft_wrap=True, highlight=False, markup=False)
    elif name is None:
        _print_list(catalogue, console)
    else:
        _print_class(class_of(catalogue, name), console)


def plot_class(name: str | None, path: Path | None) -> Path:
    """The picture drawn of a class: a radar's coverage, a unit's envelope, a raid object's speed and cross-section.

    Args:
        name: of the class.
        path: PNG or SVG; NAME.png in the present folder by default.

    Raises:
        UsageError: no class is named, there is none of that name or no picture of its kind, or the file cannot be
            written.
    """
    if name is None:
        raise UsageError(
            "--plot", "no class is named", "Name one, as in: skypact catalogue search_radar --plot"
        )
    cls = class_of(load_catalogue(), name)
    target = path or Path(f"{name}.png")
    if isinstance(cls, SensorClass):
        from skypact.run.coverage.class_plot import plot_sensor_class  # noqa: PLC0415

        return plot_sensor_class(cls, target)
    from skypact.run.catalogue.picture import plot_interceptor, plot_threat  # noqa: PLC0415

    return plot_interceptor(cls, target) if isinstance(cls, InterceptorClass) else plot_threat(cls, target)


def _document(cls: Class) -> dict[str, Any]:
    """A class as data."""
    kind: dict[str, Any]
    if isinstance(cls, SensorClass):
        kind = {"group": "sensors", "kind": SensorKind(cls.kind).name.lower()}
        kind |= {"rotates": cls.rotates, "measures_elevation": cls.measures_elevation}
        if cls.kind == SensorKind.RADAR:
            kind["pattern"] = cls.pattern.name.lower()
    elif isinstance(cls, InterceptorClass):
        kind = {"group": "interceptors", "tier": cls.tier}
        kind |= {"envelope_m": cls.envelope_m(), "flight_s": cls.flight_s()}
    else:
        kind = {"group": "threats", "object_class": cls.object_class.name.lower()}
    values = {name: asdict(value) for name, value in written_values(cls).items()}
    return {"name": cls.name, "title": cls.title, **kind, "values": values, "derived": derived(cls)}


def _print_list(catalogue: Catalogue, console: Console) -> None:
    sensors = _list("sensor", "kind", "range", f"1 m2, {CHANCE:.0%}", "look every")
    for cls in catalogue.sensors.values():
        kind = SensorKind(cls.kind)
        reach = f"{1e-3 * reach_m(cls, 1.0, CHANCE):,.0f} km" if kind == SensorKind.RADAR else ""
        far, revisit = (handy(cls.values[key])[0] for key in ("range_max_m", "revisit_s"))
        sensors.add_row(cls.name, kind.name.lower(), far, reach, revisit, cls.title)
    units = _list("interceptor", "tier", "range", "altitude", "rounds", "a round")
    for unit in catalogue.interceptors.values():
        keys = ("range_max_m", "altitude_max_m", "stock", "price_usd")
        units.add_row(unit.name, unit.tier, *(handy(unit.values[key])[0] for key in keys), unit.title)
    threats = _list("raid object, aircraft", "class", "nose on", "broadside", "speed", "range")
    for threat in catalogue.threats.values():
        figures = (
            handy(threat.values[key])[0] if key in threat.values else ""
            for key in ("rcs_m2", "rcs_side_m2", "speed_mps", "range_max_m")
        )
        threats.add_row(threat.name, threat.object_class.name.lower(), *figures, threat.title)
    for table in (sensors, units, threats):
        if console.width < WIDE:
            table.columns.pop()
        console.print(table)
        console.print()
    console.print("Notional classes; [cyan]skypact catalogue NAME[/cyan] explains one, value by value.")


def _list(noun: str, kind: str, *figures: str) -> Table:
    """An empty table of classes: name, kind, figures, title."""
    table = Table(noun, kind, box=None)
    table.columns[0].style = "bold"
    for figure in figures:
        table.add_column(figure, justify="right")
    for column in table.columns:
        column.no_wrap = True
    table.add_column("title", style="dim")
    return table


def _print_class(cls: Class, console: Console) -> None:
    console.print(Text(cls.title, "bold"), Text(cls.name, "dim"))
    table = Table("value", box=None, padding=(0, 2, 0, 0))
    table.add_column("nominal", justify="right", no_wrap=True)
    table.add_column("interval", no_wrap=True)
    table.add_column("source", overflow="fold")
    for name, value in written_values(cls).items():
        source = Text(value.source)
        if value.dispute:
            source.append(f"\ndispute: {value.dispute}", "yellow")
        table.add_row(name, *handy(value), source)
    for name, (told, origin) in tables(cls).items():
        table.add_row(name, told, "", Text(origin))
    console.print(table)
    if isinstance(cls, ThreatClass) and any(not THREAT_KEYS[name].drawn for name in written_values(cls)):
        console.print(Text("The interval says how far the objects of the class lie apart.", "dim"))
    figures = derived(cls)
    if figures:
        console.print()
        follows = Table("what follows", box=None, show_header=True, padding=(0, 2, 0, 0))
        follows.add_column("", justify="right")
        for name, number in figures.items():
            what, _, unit = name.rpartition(", ")
            follows.add_row(what, f"{number:,.4g} {unit}" if abs(number) < 1e4 else f"{number:,.0f} {unit}")
        console.print(follows)
