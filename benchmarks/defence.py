"""Shots assigned exactly: the capacitated assignment against SciPy's mixed-integer solver on the same problem."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from benchmarks.measure import Row, best_s
from skypact.defend import assign_shots


def _peer(value: np.ndarray, chance: np.ndarray, capacity: np.ndarray) -> float:
    batteries, objects = chance.shape
    column = np.arange(batteries * objects)
    each_object = coo_array((np.ones(len(column)), (column % objects, column)))
    each_battery = coo_array((np.ones(len(column)), (column // objects, column)))
    result = milp(
        -(chance * value).ravel(),
        constraints=[LinearConstraint(each_object, 0, 1), LinearConstraint(each_battery, 0, capacity)],
        integrality=np.ones(len(column)),
        bounds=Bounds(0, 1),
    )
    return -float(result.fun)


def rows() -> list[Row]:
    """A row for each size; the two must agree before they are timed."""
    found = []
    for batteries, objects in ((5, 20), (40, 300)):
        rng = np.random.default_rng(objects)
        value, chance = rng.uniform(1.0, 10.0, objects), rng.uniform(0.4, 0.9, (batteries, objects))
        chance[rng.random(chance.shape) < 0.5] = 0.0
        capacity = np.full(batteries, 4, np.int32)
        chosen = assign_shots(value, chance, capacity)
        taken = np.flatnonzero(chosen >= 0)
        ours, peer = (
            float((value[taken] * chance[chosen[taken], taken]).sum()),
            _peer(value, chance, capacity),
        )
        if abs(ours - peer) > 1e-6 * peer:
            raise ArithmeticError(f"assignment {batteries} x {objects}: {ours} here, {peer} by SciPy")
        ours_s = best_s(partial(assign_shots, value, chance, capacity), 20)
        peer_s = best_s(partial(_peer, value, chance, capacity), 3)
        size = f"{batteries}x{objects}"
        found.append(
            Row("defend.assign_shots", size, "s", ours_s, peer_s, "SciPy milp (HiGHS)", "proven optimum")
        )
    return found
