"""The set-partitioning master: one set of shots for each object, within the rounds and lanes, by HiGHS."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from skypact.kernels.pricing import Offers, Store
from skypact.model.network import F8, I4

_INF: float = highspy.kHighsInf


@dataclass(frozen=True)
class Sets:
    """Candidate sets of shots: columns of the master.

    `target` [c] is each set's object and `cost` [c] the weight it leaves plus the price of its rounds. Entries
    `start[s]`..`start[s + 1]` of `offer` and `rounds` are its salvos.
    """

    target: I4
    cost: F8
    start: I4
    offer: I4
    rounds: I4


def take_sets(first: I4, cost: F8, store: Store) -> Sets:
    """The sets of a store, listed object after object."""
    count = int(first[-1])
    _, start, offer, rounds = store
    target = np.repeat(np.arange(len(first) - 1, dtype=np.int32), np.diff(first))
    size = int(start[count])
    return Sets(target, cost, start[: count + 1].copy(), offer[:size].copy(), rounds[:size].copy())


class Master:
    """A linear or integer programme over sets of shots.

    Rows: one set for each object; at most `rounds` of each shooter; at most `lanes` objects of each shooter where
    fewer than all. Costs are multiplied by `scale` for HiGHS's absolute tolerances. One thread, fixed seed, no
    time limit: the answer depends on the problem alone.
    """

    def __init__(self, objects: int, offers: Offers, rounds: I4, lanes: I4, scale: float) -> None:
        self._objects, self._shooter = objects, offers[1]
        self._rounds, self._scale = len(rounds), scale
        self._narrow = np.flatnonzero(lanes < objects)
        self._lane_row = np.full(len(lanes), -1, np.int32)
        self._lane_row[self._narrow] = objects + len(rounds) + np.arange(len(self._narrow))
        self._limits = np.concatenate([np.ones(objects), rounds, lanes[self._narrow]]).astype(np.float64)
        self._floor = np.concatenate([np.ones(objects), np.full(len(self._limits) - objects, -_INF)])
        self._model = self._silent()

    @staticmethod
    def _silent() -> highspy.Highs:
        model = highspy.Highs()
        for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("parallel", "off")):
            model.setOptionValue(name, value)
        return model

    def _columns(self, sets: Sets) -> tuple[I4, I4, F8]:
        """The matrix of the sets by columns: starts, rows, values."""
        count = len(sets.target)
        owner = np.repeat(np.arange(count, dtype=np.int32), np.diff(sets.start))
        shooter = self._shooter[sets.offer]
        lane = self._lane_row[shooter]
        narrow = lane >= 0
        column = np.concatenate([np.arange(count, dtype=np.int32), owner, owner[narrow]])
        row = np.concatenate([sets.target, self._objects + shooter, lane[narrow]]).astype(np.int32)
        value = np.concatenate([np.ones(count), sets.rounds, np.ones(int(narrow.sum()))]).astype(np.float64)
        order = np.argsort(column, kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=count))]).astype(np.int32)
        return start, row[order], value[order]

    def load(self, sets: Sets, whole: bool) -> None:
        """Replace the columns; with `whole` they are taken whole or not at all."""
        start, row, value = self._columns(sets)
        count = len(sets.target)
        self._model.passModel(
            count,
            len(self._limits),
            len(row),
            int(highspy.MatrixFormat.kColwise),
            int(highspy.ObjSense.kMinimize),
            0.0,
            sets.cost * self._scale,
            np.zeros(count),
            np.full(count, 1.0 if whole else _INF),
            self._floor,
            self._limits,
            start,
            row,
            value,
            np.full(count, int(whole), np.int32),
        )

    def add(self, sets: Sets) -> None:
        """Append columns to the linear programme."""
        start, row, value = self._columns(sets)
        count = len(sets.target)
        ceiling = np.full(count, _INF)
        self._model.addCols(
            count, sets.cost * self._scale, np.zeros(count), ceiling, len(row), start[:-1], row, value
        )

    def relax(self, iterations: int) -> tuple[F8, F8] | None:
        """The value of each object and the charges [2, m] in the linear programme, or None past `iterations`."""
        self._model.setOptionValue("simplex_iteration_limit", iterations)
        self._model.run()
        if self._model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        row = np.array(self._model.getSolution().row_dual) / self._scale
        charge = np.zeros((2, self._rounds))
        charge[0] = np.maximum(0.0, -row[self._objects : self._objects + self._rounds])
        charge[1, self._narrow] = np.maximum(0.0, -row[self._objects + self._rounds :])
        return row[: self._objects], charge

    def choose(self, cutoff: float, nodes: int) -> tuple[I4 | None, bool]:
        """The sets of the cheapest plan below `cutoff`, if one was found, and whether the search was finished."""
        for name, value in (
            ("objective_bound", cutoff * self._scale),
            ("mip_max_nodes", nodes),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", 0.0),
        ):
            self._model.setOptionValue(name, value)
        self._model.run()
        status = self._model.getModelStatus()
        finished = status in (
            highspy.HighsModelStatus.kOptimal,
            highspy.HighsModelStatus.kInfeasible,
            highspy.HighsModelStatus.kObjectiveBound,
        )
        if self._model.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None, finished
        return np.flatnonzero(np.array(self._model.getSolution().col_value) > 0.5).astype(np.int32), finished
