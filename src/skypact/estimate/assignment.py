"""The cheapest one-to-one assignment."""

from __future__ import annotations

import numpy as np

from skypact.errors import UsageError
from skypact.kernels.assignment import assign_rows
from skypact.model.network import F8, I4


def assign(cost: F8) -> I4:
    """For each row of cost [n, m] its column in an assignment of least total cost, -1 where there are too few columns.

    Infinity forbids a pair. With n > m the m best rows are assigned. Method: kernels.assignment.

    Raises:
        UsageError: cost is no matrix, has NaN or minus infinity, or forbids so much that no full assignment exists.
    """
    matrix = np.ascontiguousarray(cost, dtype=np.float64)
    if matrix.ndim != 2 or np.isnan(matrix).any() or np.isneginf(matrix).any():
        raise UsageError(
            "assign", f"cost of shape {matrix.shape}", "Give a matrix without NaN and without minus infinity."
        )
    n, m = matrix.shape
    if n <= m:
        columns: I4 = np.empty(n, np.int32)
        _solve(matrix, columns)
        return columns
    lines: I4 = np.empty(m, np.int32)
    _solve(np.ascontiguousarray(matrix.T), lines)
    columns = np.full(n, -1, np.int32)
    columns[lines] = np.arange(m, dtype=np.int32)
    return columns


def _solve(matrix: F8, columns: I4) -> None:
    if matrix.size and not assign_rows(matrix, columns):
        raise UsageError(
            "assign", "pairs forbidden so that no full assignment exists", "Allow more pairs, or add dummies."
        )
