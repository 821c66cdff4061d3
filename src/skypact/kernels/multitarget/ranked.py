"""The k cheapest assignments of a small dense cost matrix, cheapest first.

Murty ("An algorithm for ranking all the assignments in order of increasing cost", Operations Research 16(3), 1968)
splits the solutions other than a known best one into problems that fix its first rows, forbid one more of its pairs
and leave the rest free. Each of them inherits the dual variables and the pairs of its parent, so that only the row
whose pair was forbidden needs a new shortest augmenting path (Miller, Stone and Cox, IEEE Trans. AES 33(3), 1997;
Crouse, IEEE Trans. AES 52(4), 2016).

Where there are more columns than rows, inheriting is right only with idle rows that hold the columns left over, at no
cost. All of them have one dual variable, so one idle row stands for them all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel

_IDLE = -1
"""In row_of_col: the column is held by an idle row."""
_FREED = -2
"""In row_of_col: the column from which the pair was taken."""
_OPEN, _DONE, _FIXED = 0, 1, 2


class Ranking(NamedTuple):
    """Scratch of `best_assignments` for up to n rows, m columns and p assignments; row p + 1 takes what is tried."""

    row_price: NDArray[np.float64]
    """[p + 2, n + 1] dual variables of the rows, then of the idle row"""
    col_price: NDArray[np.float64]
    """[p + 2, m]"""
    col_of_row: NDArray[np.int64]
    """[p + 2, n]"""
    row_of_col: NDArray[np.int64]
    """[p + 2, m]"""
    forbidden: NDArray[np.bool_]
    """[p + 2, m] columns closed to the first free row"""
    first: NDArray[np.int64]
    """[p + 2] the first free row; -1 where the place is empty"""
    order: NDArray[np.int64]
    """[p + 2] when it was found: the earlier one is first among equals"""
    cost: NDArray[np.float64]
    """[p + 2]"""
    shortest: NDArray[np.float64]
    """[m]"""
    before: NDArray[np.int64]
    """[m] row from which the shortest path reaches a column"""
    state: NDArray[np.int64]
    """[m]"""


@kernel
def ranking(most: int, n_rows: int, n_columns: int) -> Ranking:
    """Scratch for matrices of at most n_rows by n_columns and at most `most` assignments."""
    p = most + 2
    return Ranking(
        np.empty((p, n_rows + 1)),
        np.empty((p, n_columns)),
        np.empty((p, n_rows), np.int64),
        np.empty((p, n_columns), np.int64),
        np.empty((p, n_columns), np.bool_),
        np.empty(p, np.int64),
        np.empty(p, np.int64),
        np.empty(p),
        np.empty(n_columns),
        np.empty(n_columns, np.int64),
        np.empty(n_columns, np.int64),
    )


@kernel
def _augment(
    cost: NDArray[np.float64],
    n: int,
    m: int,
    start: int,
    freed: int,
    budget: float,
    work: Ranking,
    at: int,
) -> float:
    """Give row `start` of problem `at` a column by the shortest augmenting path; its length, infinite if none.

    The path ends in the column `freed`, or in any idle column where that is -1. work.state holds _FIXED for columns
    that are out of the problem and _OPEN for the others. Paths longer than `budget` count as none.
    """
    u, v = work.row_price[at], work.col_price[at]
    col_of_row, row_of_col = work.col_of_row[at], work.row_of_col[at]
    forbidden, shortest, before, state = work.forbidden[at], work.shortest, work.before, work.state
    for j in range(m):
        shortest[j] = np.inf
    row, length, idle_by = start, 0.0, -1
    while True:
        nearest, least, ends = -1, np.inf, False
        for j in range(m):
            if state[j] != _OPEN:
                continue
            if row == n:
                reached = length - u[n] - v[j]
            elif row < 0 or (row == start and forbidden[j]) or not cost[row, j] < np.inf:
                reached = np.inf
            else:
                reached = length + cost[row, j] - u[row] - v[j]
            if reached < shortest[j]:
                shortest[j], before[j] = reached, row
            final = j == freed or (freed < 0 and row_of_col[j] == _IDLE)
            if shortest[j] < least or (shortest[j] == least and final and not ends and nearest >= 0):
                nearest, least, ends = j, shortest[j], final
        if nearest < 0 or least > budget:
            return np.inf
        length = least
        state[nearest] = _DONE
        if ends:
            break
        row = row_of_col[nearest]
        if row == _IDLE and idle_by < 0:
            idle_by, row = nearest, n
    u[start] += length
    for j in range(m):
        if state[j] == _DONE:
            if row_of_col[j] >= 0:
                u[row_of_col[j]] += length - shortest[j]
            v[j] -= length - shortest[j]
    if idle_by >= 0:
        u[n] += length - shortest[idle_by]
    column, row = nearest, -1
    while row != start:
        row = before[column]
        if row == n:
            row_of_col[column] = _IDLE
            column = idle_by
        else:
            row_of_col[column] = row
            previous = col_of_row[row]
            col_of_row[row] = column
            column = previous
    return length


@kernel
def cheapest(cost: NDArray[np.float64], n: int, m: int, work: Ranking, at: int) -> float:
    """Cost of the best assignment of cost[:n, :m], infinite if there is none; its pairs are in work.col_of_row[at]."""
    u = work.row_price[at]
    for j in range(m):
        work.col_price[at, j] = 0.0
        work.row_of_col[at, j] = _IDLE
        work.forbidden[at, j] = False
    u[n] = 0.0
    for i in range(n):
        work.col_of_row[at, i] = -1
        u[i] = np.inf
        for j in range(m):
            if cost[i, j] < u[i]:
                u[i] = cost[i, j]
        if not u[i] < np.inf:
            return np.inf
    for i in range(n):
        for j in range(m):
            work.state[j] = _OPEN
        if _augment(cost, n, m, i, -1, np.inf, work, at) == np.inf:
            return np.inf
    work.first[at] = 0
    return _total(cost, n, work, at)


@kernel
def _total(cost: NDArray[np.float64], n: int, work: Ranking, at: int) -> float:
    total = 0.0
    for i in range(n):
        total += cost[i, work.col_of_row[at, i]]
    work.cost[at] = total
    return total


@kernel
def _copy_problem(n: int, m: int, work: Ranking, source: int, to: int) -> None:
    for i in range(n + 1):
        work.row_price[to, i] = work.row_price[source, i]
    for i in range(n):
        work.col_of_row[to, i] = work.col_of_row[source, i]
    for j in range(m):
        work.col_price[to, j] = work.col_price[source, j]
        work.row_of_col[to, j] = work.row_of_col[source, j]
        work.forbidden[to, j] = work.forbidden[source, j]
    work.first[to] = work.first[source]
    work.order[to] = work.order[source]
    work.cost[to] = work.cost[source]


@kernel
def _without_pair(
    cost: NDArray[np.float64], n: int, m: int, row: int, limit: float, work: Ranking, parent: int, to: int
) -> bool:
    """Write the best solution that keeps the parent's pairs above `row` and not its pair of `row`; False if none."""
    _copy_problem(n, m, work, parent, to)
    for j in range(m):
        work.state[j] = _OPEN
        if row > work.first[parent]:
            work.forbidden[to, j] = False
    for i in range(row):
        work.state[work.col_of_row[to, i]] = _FIXED
    freed = work.col_of_row[to, row]
    work.forbidden[to, freed] = True
    work.row_of_col[to, freed] = _FREED
    work.first[to] = row
    if _augment(cost, n, m, row, freed, limit - work.cost[parent], work, to) == np.inf:
        return False
    _total(cost, n, work, to)
    return True


@kernel
def best_assignments(
    cost: NDArray[np.float64],
    n: int,
    m: int,
    most: int,
    limit: float,
    work: Ranking,
    col_of_row: NDArray[np.int64],
    total: NDArray[np.float64],
) -> int:
    """Number of assignments of rows to columns of cost[:n, :m], n <= m, written cheapest first; 0 if there is none.

    Infinity forbids a pair, and so does NaN. Among equal costs the one found first is first: the order depends on the
    matrix alone. No assignment twice.

    Args:
        cost: [>= n, >= m], not -inf.
        n: number of rows, each of which is assigned.
        m: number of columns.
        most: how many are wanted at most.
        limit: assignments that cost more (beyond rounding) are left out; infinity for none.
        work: `ranking(most, n, m)` or larger.
        col_of_row: [most, >= n] written.
        total: [most] written: the costs.
    """
    if most < 1:
        return 0
    trial = most + 1
    for place in range(most + 1):
        work.first[place] = -1
    if not cheapest(cost, n, m, work, 0) <= limit:
        return 0
    work.order[0] = 0
    found, made = 0, 1
    while found < most:
        best = -1
        for place in range(most + 1):
            if work.first[place] >= 0 and (
                best < 0
                or work.cost[place] < work.cost[best]
                or (work.cost[place] == work.cost[best] and work.order[place] < work.order[best])
            ):
                best = place
        if best < 0:
            break
        for i in range(n):
            col_of_row[found, i] = work.col_of_row[best, i]
        total[found] = work.cost[best]
        found += 1
        wanted = most - found
        for row in range(work.first[best], n if wanted > 0 else 0):
            waiting, empty, worst = 0, -1, -1
            for place in range(most + 1):
                if work.first[place] < 0:
                    empty = place if empty < 0 else empty
                elif place != best:
                    waiting += 1
                    if (
                        worst < 0
                        or work.cost[place] > work.cost[worst]
                        or (work.cost[place] == work.cost[worst] and work.order[place] > work.order[worst])
                    ):
                        worst = place
            bound = limit if waiting < wanted else min(limit, work.cost[worst])
            if not _without_pair(cost, n, m, row, bound, work, best, trial):
                continue
            if waiting >= wanted:
                if not work.cost[trial] < work.cost[worst]:
                    continue
                empty = worst
            work.order[trial] = made
            made += 1
            _copy_problem(n, m, work, trial, empty)
        work.first[best] = -1
    return found
