"""Who shoots at what: the exact optimum of one epoch's transportation problem, in abstract weights."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from skypact.model.network import F8, I4


def assign_shots(value: F8, chance: F8, capacity: I4) -> I4:
    """The shooter of each object, or -1: each object at most one, each shooter at most its capacity.

    Maximises the sum of value x chance over the pairs chosen, exactly: every shooter is expanded into as many columns
    as it may serve, and the rectangular assignment is solved by the shortest augmenting path method (Crouse, "On
    implementing 2D rectangular assignment algorithms", IEEE Trans. AES 52(4), 2016). Pairs that gain nothing are
    never chosen.

    Args:
        value: [m] worth of each object, finite, >= 0.
        chance: [b, m] chance that shooter b stops object m, 0..1; 0 where it cannot.
        capacity: [b] objects that each shooter can take.

    Raises:
        ValueError: shapes differ, or a number is negative or not finite.
    """
    m, b = len(value), len(capacity)
    gain = np.asarray(chance, np.float64) * np.asarray(value, np.float64)
    if gain.shape != (b, m):
        raise ValueError(f"chance: found shape {np.shape(chance)}; needed ({b}, {m}) from capacity and value")
    if not np.isfinite(gain).all() or (gain < 0.0).any():
        raise ValueError("value or chance: found a number negative or not finite; give finite numbers >= 0")
    shooter = np.full(m, -1, np.int32)
    slots = np.minimum(np.maximum(capacity, 0), (gain > 0.0).sum(axis=1))
    owner = np.repeat(np.arange(b, dtype=np.int32), slots)
    if not len(owner):
        return shooter
    objects, columns = linear_sum_assignment(gain[owner].T, maximize=True)
    chosen = owner[columns]
    good = gain[chosen, objects] > 0.0
    shooter[objects[good]] = chosen[good]
    return shooter
