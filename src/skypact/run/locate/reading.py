"""Messages and stations from CSV files like those of LocaRDS (Schaefer et al., Sensors 21(16), 2021)."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from skypact.earth.frame import ecef_from_geodetic
from skypact.errors import Fault, InputError, UsageError
from skypact.kernels.multilateration import MAX_STATIONS
from skypact.model.arrival import Arrivals, Stations

MESSAGE_COLUMNS = (
    "id",
    "timeAtServer",
    "aircraft",
    "latitude",
    "longitude",
    "baroAltitude",
    "geoAltitude",
    "measurements",
)
STATION_COLUMNS = ("serial", "latitude", "longitude", "height", "type", "good")
MOST_FAULTS = 50
"""More faults of one file are only counted."""
LAST_NS = 10**18

Row = Mapping[str, str]


class _Faults:
    """The faults of one file so far."""

    def __init__(self, file: str) -> None:
        self.file, self.found, self.more = file, list[Fault](), 0

    def add(self, line: int, field: str, found: object, expected: str) -> None:
        if len(self.found) < MOST_FAULTS:
            self.found.append(Fault(self.file, line, field, str(found)[:80] or "nothing", expected))
        else:
            self.more += 1

    def all(self) -> list[Fault]:
        if self.more:
            return [*self.found, Fault(self.file, 0, "file", f"{self.more} more faults", "none")]
        return self.found

    def number(self, line: int, row: Row, field: str, low: float, high: float) -> float:
        """The number in a field, NaN with a fault where it is none within its limits."""
        text = (row.get(field) or "").strip()
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            self.add(line, field, text, f"a number from {low:g} to {high:g}")
            return math.nan
        return value

    def whole(self, line: int, row: Row, field: str) -> int:
        """The whole number in a field, 0 with a fault where it is none."""
        text = (row.get(field) or "").strip()
        if not text.lstrip("-").isdigit() or len(text) > 18:
            self.add(line, field, text, "a whole number")
            return 0
        return int(text)

    def optional(self, line: int, row: Row, field: str, low: float, high: float) -> float:
        """As `number`, NaN without a fault where the field is empty."""
        empty = not (row.get(field) or "").strip()
        return math.nan if empty else self.number(line, row, field, low, high)


def read_stations(path: Path) -> Stations:
    """The stations of a file with the columns STATION_COLUMNS; degrees and metres above the ellipsoid.

    Stations at latitude, longitude and height 0 have no known place and are left out.

    Raises:
        UsageError: it cannot be read, or holds no station.
        InputError: it has faults.
    """
    faults = _Faults(str(path))
    rows: dict[int, tuple[float, float, float, str, bool]] = {}
    for line, row in _rows(path, STATION_COLUMNS, faults):
        number = faults.whole(line, row, "serial")
        place = (
            faults.number(line, row, "latitude", -90.0, 90.0),
            faults.number(line, row, "longitude", -180.0, 180.0),
            faults.number(line, row, "height", -500.0, 9_000.0),
        )
        if number in rows:
            faults.add(line, "serial", number, "one row a station")
        if place != (0.0, 0.0, 0.0):
            rows[number] = (*place, row["type"] or "", (row["good"] or "").strip().upper() == "TRUE")
    if faults.found:
        raise InputError(faults.all())
    if not rows:
        raise UsageError(
            f"--sensors {path}", "no station with a place", "Give a file with one row a station."
        )
    lat, lon = (np.radians([row[axis] for row in rows.values()]) for axis in (0, 1))
    height = np.array([row[2] for row in rows.values()])
    return Stations(
        number=np.array(list(rows), np.int64),
        pos_ecef_m=np.ascontiguousarray(ecef_from_geodetic(lat, lon, height)),
        lat_rad=lat,
        lon_rad=lon,
        height_m=height,
        kinds=tuple(row[3] for row in rows.values()),
        good=np.array([row[4] for row in rows.values()]),
    )


def read_messages(paths: Sequence[Path], stations: Stations) -> Arrivals:
    """The messages of files with the columns MESSAGE_COLUMNS; `measurements` is JSON: [[station, ns, signal], ...].

    Raises:
        UsageError: a file cannot be read, or they hold no message.
        InputError: they have faults.
    """
    known = {int(number): row for row, number in enumerate(stations.number)}
    faults: list[Fault] = []
    table: list[tuple[int, int, float, int, float, float, float, float]] = []
    heard: list[list[tuple[int, int]]] = []
    for source, path in enumerate(paths):
        own = _Faults(str(path))
        for line, row in _rows(path, MESSAGE_COLUMNS, own):
            table.append(
                (
                    source,
                    own.whole(line, row, "id"),
                    own.number(line, row, "timeAtServer", 0.0, 1e12),
                    own.whole(line, row, "aircraft"),
                    math.radians(own.optional(line, row, "latitude", -90.0, 90.0)),
                    math.radians(own.optional(line, row, "longitude", -180.0, 180.0)),
                    own.optional(line, row, "geoAltitude", -1_000.0, 50_000.0),
                    own.optional(line, row, "baroAltitude", -1_000.0, 50_000.0),
                )
            )
            heard.append(_measurements(line, row["measurements"] or "", known, own))
        faults += own.all()
    if faults:
        raise InputError(faults)
    if not table:
        raise UsageError(" ".join(map(str, paths)), "no message", "Give files with one row a message.")
    columns = [np.array(column) for column in zip(*table, strict=True)]
    flat = np.array([pair for pairs in heard for pair in pairs], np.int64)
    return Arrivals(
        source=columns[0].astype(np.int32),
        number=columns[1].astype(np.int64),
        t_s=columns[2],
        aircraft=columns[3].astype(np.int64),
        lat_rad=columns[4],
        lon_rad=columns[5],
        height_m=columns[6],
        pressure_height_m=columns[7],
        first=np.cumsum([0, *(len(pairs) for pairs in heard)], dtype=np.int64),
        station=flat[:, 0].astype(np.int32),
        t_ns=flat[:, 1],
    )


def _measurements(line: int, text: str, known: Mapping[int, int], faults: _Faults) -> list[tuple[int, int]]:
    """Rows of stations and times (ns) of one message."""
    expected = f"1 to {MAX_STATIONS} times of arrival, [[station, nanoseconds, signal], ...]"
    try:
        entries = json.loads(text)
        pairs = [(entry[0], entry[1]) for entry in entries]
    except (ValueError, TypeError, IndexError, KeyError):
        pairs = []
    if not 1 <= len(pairs) <= MAX_STATIONS or any(type(part) is not int for pair in pairs for part in pair):
        faults.add(line, "measurements", text, expected)
        return []
    for number, t_ns in pairs:
        if not 0 <= t_ns < LAST_NS:
            faults.add(line, "measurements", t_ns, f"nanoseconds from 0 to {LAST_NS:.0e}")
        if number not in known:
            faults.add(
                line, "measurements", f"station {number}", "a station of the sensors' file with a place"
            )
    if len({number for number, _ in pairs}) != len(pairs):
        faults.add(line, "measurements", text, "each station once")
    return [(known.get(number, 0), t_ns) for number, t_ns in pairs]


def _rows(path: Path, columns: Sequence[str], faults: _Faults) -> Iterator[tuple[int, Row]]:
    """The rows of a CSV file with their line numbers, none where a column is missing."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                faults.add(1, ", ".join(missing), ", ".join(reader.fieldnames or ()), "these columns")
                return
            for row in reader:
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        found = fault.strerror if isinstance(fault, OSError) else str(fault)
        raise UsageError(f"reading {path}", found or "it cannot be read", "Give a CSV file.") from fault
