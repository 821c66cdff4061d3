"""Trajectories as plain arrays, and which of two sets of them come close at which step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from skypact.errors import UsageError
from skypact.kernels.nearby import all_finite, near_rows
from skypact.model.network import F8, I8

HOW = "Give one row for each trajectory and snapshot at which it exists, and no row where it does not."


@dataclass(frozen=True)
class Trajectories:
    """A set of trajectories, estimated or true: one row for each snapshot at which one of them exists.

    Rows may be in any order. A trajectory may begin, end and have gaps where it likes: at a snapshot without a row it
    does not exist. Snapshots are told apart by their index alone; what needs times is given them apart.

    Raises:
        UsageError: lengths differ, a number is not finite, or a trajectory has two rows in a snapshot.
    """

    k: I8
    """[N] index of the snapshot."""
    id: I8
    """[N] which trajectory. Numbers mean nothing across two sets: a score finds out who is who."""
    pos_m: F8
    """[N, d] position in m, d = 1 or more, in any frame that both sets share."""
    vel_mps: F8 | None = None
    """[N, d] velocity in m/s in that frame, where it is known."""

    def __post_init__(self) -> None:
        rows = len(self.k)
        fault = ""
        if np.ndim(self.k) != 1 or np.shape(self.id) != (rows,):
            fault = f"k has shape {np.shape(self.k)}, id {np.shape(self.id)}"
        elif np.ndim(self.pos_m) != 2 or len(self.pos_m) != rows or not self.pos_m.shape[1]:
            fault = f"pos_m has shape {np.shape(self.pos_m)} for {rows} rows"
        elif self.vel_mps is not None and np.shape(self.vel_mps) != self.pos_m.shape:
            fault = f"vel_mps has shape {np.shape(self.vel_mps)}, pos_m {self.pos_m.shape}"
        elif not (np.issubdtype(self.k.dtype, np.integer) and np.issubdtype(self.id.dtype, np.integer)):
            fault = f"k is {self.k.dtype}, id {self.id.dtype}; both must be whole numbers"
        elif not all(np.isfinite(part).all() for part in (self.pos_m, self.vel_mps) if part is not None):
            fault = "a position or velocity is not finite"
        elif rows:
            order = np.lexsort((self.k, self.id))
            same = (np.diff(self.id[order]) == 0) & (np.diff(self.k[order]) == 0)
            if same.any():
                row = order[np.flatnonzero(same)[0]]
                fault = f"trajectory {self.id[row]} has two rows at snapshot {self.k[row]}"
        if fault:
            raise UsageError("a set of trajectories", fault, HOW)


class Near(NamedTuple):
    """Pairs of rows of one snapshot that are closer than the cut-off, ordered by snapshot."""

    est: I8
    """[E] row of the estimates as they were given."""
    truth: I8
    """[E] row of the truth as it was given."""
    step: I8
    """[E] place of the snapshot in `steps`."""
    square: F8
    """[E] squared distance, m2."""


def require(name: str, value: float, least: float, open_end: bool) -> None:
    """Raise a UsageError where a parameter is not a finite number of `least` (or more than it) upwards."""
    if not np.isfinite(value) or value < least or (open_end and value == least):
        wanted = f"a finite number {'greater than' if open_end else 'of at least'} {least:g}"
        raise UsageError(f"{name} = {value}", "no such score exists", f"Give {wanted}.")


def in_metres(part: float, c: float, p: float) -> float:
    """A part of a metric from units of c^p to m^p: infinite where no number is as large."""
    if part == 0.0:
        return 0.0
    try:
        return float(part * float(c) ** p)
    except OverflowError:
        return float("inf")


def require_same_space(est: F8, truth: F8) -> None:
    """Raise a UsageError where two non-empty sets of positions have not the same number of components."""
    if len(est) and len(truth) and est.shape[1] != truth.shape[1]:
        found = f"estimates have {est.shape[1]} components, truth has {truth.shape[1]}"
        raise UsageError("positions of two sets", found, "Give both in the same frame.")


def as_positions(points: F8) -> F8:
    """Positions as kernels take them; a UsageError where one is not finite."""
    points = np.ascontiguousarray(points, np.float64)
    if len(points) and not all_finite(points):
        raise UsageError("positions", "one is not finite", "Leave out what has no position.")
    return points


def all_steps(est: Trajectories, truth: Trajectories) -> I8:
    """Every snapshot at which anything exists, [K] ascending."""
    return np.unique(np.concatenate([est.k, truth.k]).astype(np.int64))


def near(est: Trajectories, truth: Trajectories, steps: I8, c: float) -> Near:
    """The pairs of rows closer than c at each of `steps`."""
    require_same_space(est.pos_m, truth.pos_m)
    est_order = np.lexsort((est.id, est.k))
    truth_order = np.lexsort((truth.id, truth.pos_m[:, 0], truth.k))
    est_start = _starts(est.k[est_order], steps)
    i, j, square = near_points(
        est.pos_m[est_order], est_start, truth.pos_m[truth_order], _starts(truth.k[truth_order], steps), c
    )
    step = np.searchsorted(est_start, i, side="right") - 1
    return Near(est_order[i], truth_order[j], step, square)


def _starts(k: I8, steps: I8) -> I8:
    """Where each step begins in ascending k, and the end, [K + 1]."""
    return np.append(np.searchsorted(k, steps), len(k)).astype(np.int64)


def near_points(est: F8, est_start: I8, truth: F8, truth_start: I8, c: float) -> tuple[I8, I8, F8]:
    """Rows of estimates and truth closer than c within a snapshot, and their squared distances; all finite.

    Args:
        est: [n, d] snapshot by snapshot.
        est_start: [s + 1] first row of each snapshot.
        truth: [m, d] snapshot by snapshot, within each ascending in the first component.
        truth_start: [s + 1] first row of each snapshot.
        c: cut-off distance.
    """
    if not len(est) or not len(truth):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    est, truth = np.ascontiguousarray(est, np.float64), np.ascontiguousarray(truth, np.float64)
    room = 4 * max(len(est), len(truth))
    while True:
        i, j, square = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room)
        found = near_rows(est, est_start, truth, truth_start, float(c), i, j, square)
        if found <= room:
            return i[:found], j[:found], square[:found]
        room = found
