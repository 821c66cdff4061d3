"""Columns of a table as typed arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from skypact.model.network import B1, F8, I8

Table = Mapping[str, NDArray[np.generic]]


def real(table: Table, name: str) -> F8:
    """The column as f8."""
    return np.asarray(table[name], np.float64)


def whole(table: Table, name: str) -> I8:
    """The column as i8 (a u8 keeps its bits)."""
    return np.asarray(table[name]).astype(np.int64)


def seconds(table: Table, zero_ns: int) -> F8:
    """The column `t_ns` as seconds since the scenario's second 0."""
    return np.asarray((whole(table, "t_ns") - zero_ns) / 1e9, np.float64)


def rows(table: Table, where: B1) -> dict[str, NDArray[np.generic]]:
    """The rows of the table where the mask is true."""
    return {name: values[where] for name, values in table.items()}
