"""The event log of one paired run, level by level, and the tables that the record keeps."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from skypact.model.codes import EventKind
from skypact.model.record import TABLES, Columns, empty

Row = tuple[int, int, int, int, int, int, int, int, float, float]


class EventLog:
    """Events of one level of one run, in the order they happened."""

    def __init__(self, run: int, level: int) -> None:
        self.run, self.level = run, level
        self._rows: list[Row] = []

    def add(
        self,
        kind: EventKind,
        t_ns: int,
        *,
        nation: int = -1,
        object_key: int = -1,
        track: int = 0,
        place: int = -1,
        battery: int = -1,
        other: int = -1,
        value: float = math.nan,
        value2: float = math.nan,
    ) -> None:
        """Append one event; columns as in model.record.EVENTS."""
        self._rows.append((t_ns, kind, nation, object_key, track, place, battery, other, value, value2))

    def columns(self) -> Columns:
        """The events as a table."""
        table = empty(TABLES["events"], len(self._rows))
        if self._rows:
            fields = list(zip(*self._rows, strict=True))
            names = (
                "t_ns",
                "kind",
                "nation",
                "object",
                "track",
                "place",
                "battery",
                "other",
                "value",
                "value2",
            )
            for name, values in zip(names, fields, strict=True):
                table[name][:] = np.asarray(values, table[name].dtype)
        table["run"][:], table["level"][:] = self.run, self.level
        table["seq"][:] = np.arange(len(self._rows))
        return table


class TableLog:
    """Chunks of one recorded table of one level of one run."""

    def __init__(self, name: str, run: int, level: int) -> None:
        self.name, self.run, self.level = name, run, level
        self._chunks: list[Columns] = []
        self._seq = 0

    def add(self, rows: int, values: Mapping[str, object]) -> None:
        """Append `rows` rows; scalars are repeated."""
        if rows == 0:
            return
        table = empty(TABLES[self.name], rows)
        for key, value in values.items():
            table[key][:] = np.asarray(value)
        table["run"][:], table["level"][:] = self.run, self.level
        table["seq"][:] = np.arange(self._seq, self._seq + rows)
        self._seq += rows
        self._chunks.append(table)

    def columns(self) -> Columns:
        """All chunks as one table."""
        return joined(self.name, self._chunks)


def joined(name: str, parts: list[Columns]) -> Columns:
    """Tables of one schema put together."""
    if not parts:
        return empty(TABLES[name], 0)
    return {key: np.concatenate([part[key] for part in parts]) for key in TABLES[name]}
