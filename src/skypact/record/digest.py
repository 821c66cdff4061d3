"""What identifies a record: a digest of its columns, the same for the same rows however they were stored."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from skypact.model.record import OPTIONAL, SCHEMA_VERSION, TABLES, Columns

_KEY = ("run", "level", "t_ns", "seq")
_BYTES = 32


def canonical(name: str, table: Mapping[str, NDArray[np.generic]]) -> Columns:
    """The table's columns, little-endian, in schema order, sorted by (run, level, t_ns, seq).

    Rows that share a key are put in the order of their other columns, so that the result never depends on the
    order in which rows were written. Every NaN becomes the same NaN and -0.0 becomes 0.0.

    Args:
        name: a table of `model.record.TABLES`.
        table: its columns, all of one length, in any row order.
    """
    columns: Columns = {}
    for column, kind in TABLES[name].items():
        base = np.dtype("<" + kind.partition("x")[0])
        values = np.ascontiguousarray(table[column], base)
        if base.kind == "f":
            values = np.where(np.isnan(values), base.type(np.nan), values + base.type(0))
        columns[column] = values
    order = _order(columns)
    return columns if order is None else {column: values[order] for column, values in columns.items()}


def _order(columns: Columns) -> NDArray[np.intp] | None:
    """The sorting order of the rows, or None where they are sorted already."""
    keys = [columns[name] for name in _KEY]
    rising, tied = _rising(keys)
    if not rising:
        order = np.lexsort(keys[::-1])
        _, tied = _rising([key[order] for key in keys])
    elif not tied:
        return None
    if tied:
        rest = [
            part
            for name, values in columns.items()
            if name not in _KEY
            for part in (values.T if values.ndim == 2 else (values,))
        ]
        order = np.lexsort([*rest[::-1], *keys[::-1]])
    return order


def _rising(keys: list[NDArray[np.generic]]) -> tuple[bool, bool]:
    """Whether no row comes before the one above it, and whether two neighbours share all keys."""
    rows = len(keys[0])
    same = np.ones(max(rows - 1, 0), np.bool_)
    falling = np.zeros(max(rows - 1, 0), np.bool_)
    for key in keys:
        falling |= same & np.less(key[1:], key[:-1])
        same &= key[1:] == key[:-1]
    return not bool(falling.any()), bool(same.any())


def run_digest(tables: Mapping[str, Columns]) -> str:
    """The BLAKE2b digest (hex) of one run: schema version and, per table, its canonical columns.

    No wall time, worker, path, host or stored byte enters it. A table that is absent counts as empty; an optional one
    that is empty does not count.
    """
    digest = hashlib.blake2b(f"skypact run {SCHEMA_VERSION}".encode(), digest_size=_BYTES)
    for name, schema in TABLES.items():
        table = canonical(name, tables[name]) if name in tables else {}
        rows = len(table["run"]) if table else 0
        if rows == 0 and name in OPTIONAL:
            continue
        digest.update(f"\n{name} {rows}".encode())
        for column, kind in schema.items():
            digest.update(f"\n{column} {kind}\n".encode())
            if rows:
                digest.update(table[column].tobytes())
    return digest.hexdigest()


def combined_digest(runs: Mapping[int, str]) -> str:
    """The record hash (hex): BLAKE2b over schema version and the digests of the runs in the order of their numbers."""
    digest = hashlib.blake2b(f"skypact record {SCHEMA_VERSION}".encode(), digest_size=_BYTES)
    for run in sorted(runs):
        digest.update(f"\n{run} {runs[run]}".encode())
    return digest.hexdigest()
