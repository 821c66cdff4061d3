"""The alignment over time of one cluster of trajectories that saves the most: an exact linear program, mostly avoided.

The weights W[edge, step] of a cluster maximise

    sum gain W - half sum |W[k + 1] - W[k]|,    W >= 0, at most 1 in sum at each step for each row and each column.

Without the columns' rule each row stands alone and is a shortest path. If these paths never meet in a column they are
the optimum. Otherwise the rows that met are solved together as a linear program, then again with whom they now
meet: each time the optimum of a problem with fewer rules, so that as soon as no rule is broken it is the optimum.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from skypact.errors import UsageError
from skypact.kernels.tgospa import best_partners
from skypact.model.network import F8, I8

SLACK = 1e-7
"""By how much a solver may break a rule."""


def align(row: I8, column: I8, gain: F8, half: float) -> F8:
    """The weights [E, S] of a cluster's edges at each step.

    Args:
        row: [E] trajectory of one side, any numbers.
        column: [E] trajectory of the other side.
        gain: [E, S] what the whole weight of an edge saves at each step, not negative.
        half: what a unit of change of a weight costs, not negative.
    """
    best: tuple[int, I8, I8, F8] | None = None
    for one, other in ((row, column), (column, row)):
        rows, columns = (np.unique(side, return_inverse=True)[1] for side in (one, other))
        weight = _alone(rows, gain, half)
        broken = int((_load(columns, weight) > 1.0 + SLACK).sum())
        if not broken:
            return weight
        if best is None or broken < best[0]:
            best = broken, rows, columns, weight
    assert best is not None
    return _together(best[1], best[2], gain, half, best[3])


def _alone(rows: I8, gain: F8, half: float) -> F8:
    """The best weights where a column may have any number of rows."""
    edge = np.argsort(rows, kind="stable")
    start = np.searchsorted(rows[edge], np.arange(rows.max() + 2))
    chosen = np.empty((len(start) - 1, gain.shape[1]), np.int64)
    best_partners(start, edge, np.ascontiguousarray(gain), half, chosen)
    weight = np.zeros_like(gain)
    held = chosen >= 0
    weight[chosen[held], np.nonzero(held)[1]] = 1.0
    return weight


def _load(columns: I8, weight: F8) -> F8:
    """The sum of each column's weights at each step, [C, S]."""
    load = np.zeros((columns.max() + 1, weight.shape[1]))
    np.add.at(load, columns, weight)
    return load


def _together(rows: I8, columns: I8, gain: F8, half: float, weight: F8) -> F8:
    """The best weights, from those of rows alone: rows that meet in a column are solved together."""
    group = np.arange(rows.max() + 1)
    while True:
        broken = _load(columns, weight)[columns] > 1.0 + SLACK
        meeting = broken & (weight > SLACK)
        if not meeting.any():
            return weight
        before = group.copy()
        for column in np.unique(columns[meeting.any(axis=1)]):
            mine = (columns == column) & meeting.any(axis=1)
            met = np.unique(group[rows[mine]])
            group[np.isin(group, met)] = met[0]
        if (
            np.bincount(group).max() > len(group) // 2
        ):  # the rest would soon follow, at the price of solving twice
            group[:] = 0
        if np.array_equal(
            group, before
        ):  # solved together already: a rule is broken by the solver's tolerance
            return weight
        for member in np.unique(group[rows[meeting.any(axis=1)]]):
            mine = group[rows] == member
            weight[mine] = _solve(rows[mine], columns[mine], gain[mine], half)


def _solve(rows: I8, columns: I8, gain: F8, half: float) -> F8:
    """The best weights of a few rows under all rules among themselves, by HiGHS.

    Only steps at which something is to be gained are variables: in between nothing changes without cost, so that
    what was held is held on. A change upwards is a variable u >= W[k + 1] - W[k]; the changes downwards are those
    upwards less what is left in the end.
    """
    useful = np.flatnonzero(gain.any(axis=0))
    n, s = len(gain), len(useful)
    cost = -gain[:, useful]
    cost[:, 0] += half
    cost[:, -1] -= half
    variable = np.arange(n * s).reshape(n, s)
    changes = n * (s - 1)
    change = np.arange(changes)
    terms = [
        (change, np.ravel(variable[:, 1:]), np.ones(changes)),
        (change, np.ravel(variable[:, :-1]), -np.ones(changes)),
        (change, n * s + change, -np.ones(changes)),
    ]
    rules = changes
    for side in (rows, columns):
        number = np.unique(side, return_inverse=True)[1]
        terms.append(
            (np.ravel(rules + number[:, None] * s + np.arange(s)), np.ravel(variable), np.ones(n * s))
        )
        rules += (int(number.max()) + 1) * s
    i, j, entry = (np.concatenate([term[part] for term in terms]) for part in range(3))
    done = linprog(
        np.concatenate([np.ravel(cost), np.full(changes, 2.0 * half)]),
        A_ub=coo_matrix((entry, (i, j)), shape=(rules, n * s + changes)).tocsr(),
        b_ub=np.repeat([0.0, 1.0], [changes, rules - changes]),
        method="highs-ds",
        options={"presolve": False},  # there is little to take away: it would double the time
    )
    if done.status != 0:
        raise UsageError(
            "trajectory GOSPA", f"its linear program ended with: {done.message}", "Lower the cut-off."
        )
    weight = np.clip(done.x[: n * s].reshape(n, s), 0.0, 1.0)
    steps = np.arange(gain.shape[1])
    return np.asarray(weight[:, np.maximum(np.searchsorted(useful, steps, side="right") - 1, 0)], np.float64)
