"""Tables of defence units: reach by altitude, and time of flight by range; kept as shares of the class's values."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from skypact.errors import Fault
from skypact.model.catalogue import Shape, Value
from skypact.model.document import Document, Strict
from skypact.model.quantity import UNITS

_KM = 1_000.0
_NEAR = 1e-6


class ShapeEntry(Strict):
    """A table as written: rows of kilometres, in a time of flight of kilometres and seconds."""

    source: Annotated[str, Field(min_length=10)]
    rows: Annotated[list[list[Annotated[float, Field(ge=0.0)]]], Field(min_length=2, max_length=20)]


def shapes(
    envelope: ShapeEntry | None, flight: ShapeEntry | None, values: Mapping[str, Value]
) -> tuple[Shape | None, Shape | None]:
    """The tables of a class as shares of its nominal values: `model.catalogue.InterceptorClass`."""
    high_m, far_m = values["altitude_max_m"].value, values["range_max_m"].value
    whole_s = far_m / values["mean_speed_mps"].value
    reach = time = None
    if envelope is not None:
        rows = (
            (_KM * height / high_m, _KM * near / far_m, _KM * far / far_m)
            for height, near, far in envelope.rows
        )
        reach = Shape(tuple(rows), envelope.source)
    if flight is not None:
        times = ((_KM * distance / far_m, seconds / whole_s) for distance, seconds in flight.rows)
        time = Shape(tuple(times), flight.source)
    return reach, time


def shape_faults(document: Document, name: str, part: Mapping[str, object]) -> list[Fault]:
    """Faults of the tables of one class: their columns, their order, and how they fit the class's values."""
    faults: list[Fault] = []
    for table, width in (("envelope", 3), ("flight", 2)):
        rows = _rows(part.get(table))
        if rows is None:
            continue
        at = (name, table, "rows")
        if any(len(row) != width for row in rows):
            faults.append(document.fault(at, "a row of another length", f"{width} numbers in each row"))
        elif any(later[0] <= row[0] for row, later in pairwise(rows)):
            faults.append(document.fault(at, "rows out of order", "rows that rise in their first column"))
        else:
            wrong = _misfit(table, rows, part.get("values"))
            faults += [document.fault(at, found, expected) for found, expected in wrong]
    return faults


def _misfit(table: str, rows: list[list[float]], values: object) -> list[tuple[str, str]]:
    """What does not fit the values that the class states beside the table."""
    if table == "envelope":
        if any(near > far for _, near, far in rows):
            return [("a least range beyond the greatest", "altitude, least and greatest range")]
        ends = (
            ("altitude_min", rows[0][0]),
            ("altitude_max", rows[-1][0]),
            ("range_max", max(row[2] for row in rows)),
        )
        near_m = _metres(values, "range_min", "value")
        if near_m is not None and any(_KM * near < near_m * (1.0 - _NEAR) for _, near, _ in rows):
            return [("a least range below that of the class", f"{near_m / _KM:g} km at least")]
        stated = [(key, found, _metres(values, key, "value")) for key, found in ends]
        return [
            (f"{found:g} km", f"the {key} of the class, {limit / _KM:g} km")
            for key, found, limit in stated
            if limit is not None and abs(_KM * found - limit) > _NEAR * max(1.0, limit)
        ]
    far_m, slow, fast = (
        _metres(values, *which)
        for which in (("range_max", "value"), ("mean_speed", "low"), ("mean_speed", "high"))
    )
    if far_m is None or not slow or not fast:
        return []
    distance, seconds = rows[-1]
    if rows[0] != [0.0, 0.0] or abs(_KM * distance - far_m) > _NEAR * far_m:
        return [("other ends", f"rows from [0, 0] to the range_max of the class, {far_m / _KM:g} km")]
    if any(later[1] <= row[1] for row, later in pairwise(rows)):
        return [("a time that does not rise", "longer flights to greater ranges")]
    if not far_m / fast <= seconds <= far_m / slow:
        between = f"{far_m / fast:.3g} to {far_m / slow:.3g} s"
        return [(f"{seconds:g} s to the greatest range", f"what the interval of mean_speed gives: {between}")]
    return []


def _rows(table: object) -> list[list[float]] | None:
    """The rows of a table where they are lists of numbers; the schema says where they are not."""
    rows = table.get("rows") if isinstance(table, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return None
    whole = all(isinstance(x, (int, float)) and not isinstance(x, bool) for row in rows for x in row)
    return [[float(x) for x in row] for row in rows] if whole and rows else None


def _metres(values: object, key: str, part: str) -> float | None:
    """A number of the class in SI units, or None where it is itself at fault."""
    entry = values.get(key) if isinstance(values, dict) else None
    number = entry.get(part) if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(number, (int, float)):
        return None
    _, factor = UNITS.get(str(entry.get("unit")), ("", 1.0))
    return float(number) * factor
