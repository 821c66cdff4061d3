"""Charges for rounds that make the bound on what must be lost high: ascent along the shortage of rounds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import bare, kernel
from skypact.kernels.pricing import Offers, Store, Work, price_objects

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]


@bare
def demand(offers: Offers, take: I4, used: I4, served: I4) -> None:
    """Write the rounds that `take` asks of each shooter and the objects that it would serve."""
    shooter = offers[1]
    used[:] = 0
    served[:] = 0
    for k in range(len(shooter)):
        if take[k] > 0:
            used[shooter[k]] += take[k]
            served[shooter[k]] += 1


@kernel
def ascend(
    weight: F8,
    offers: Offers,
    price: F8,
    rounds: I4,
    lanes: I4,
    dual: F8,
    take: I4,
    upper: float,
    enough: float,
    steps: int,
    pace: float,
    work: Work,
    store: Store,
    limit: int,
) -> tuple[float, int]:
    """Raise the Lagrangian bound from the charges `dual` [2, m]; return the best bound and the steps taken.

    The bound at charges u of a round and h of a lane is the sum of the objects' cheapest sets less u . rounds and
    h . lanes (Fisher, Management Science 27, 1981). Steps follow the excess demand, turned towards the last direction
    (Camerini, Fratta and Maffioli, Mathematical Programming Study 3, 1975), with Polyak's length for the value
    `upper` of a known plan, times a pace that falls when the bound no longer rises. Stops when the bound is within
    `enough` of `upper`. `dual` becomes the best charges, `take` the cheapest sets at them.
    """
    m = len(rounds)
    now = dual.copy()
    cost = np.empty(len(weight))
    used, served = np.empty(m, np.int32), np.empty(m, np.int32)
    course = np.zeros((2, m))
    best, stalled = -np.inf, 0
    guess = take.copy()
    for step in range(steps):
        price_objects(weight, offers, now[0] + price, now[1], guess, cost, work, store, limit)
        bound = cost.sum() - (now[0] * rounds).sum() - (now[1] * lanes).sum()
        if bound > best:
            stalled = 0 if bound > best + 1e-4 * (upper - bound) else stalled + 1
            best = bound
            dual[:] = now
            take[:] = guess
            if upper - best <= enough:
                return best, step + 1
        else:
            stalled += 1
        if stalled >= 4:
            pace *= 0.6
            stalled = 0
        demand(offers, guess, used, served)
        along, length, turned = 0.0, 0.0, 0.0
        for i in range(m):
            for c in range(2):
                excess = float(used[i] - rounds[i]) if c == 0 else float(served[i] - lanes[i])
                if excess < 0.0 and now[c, i] <= 0.0:
                    excess = 0.0
                    course[c, i] = 0.0
                along += excess * course[c, i]
                length += course[c, i] * course[c, i]
        turn = -1.5 * along / length if along < 0.0 and length > 0.0 else 0.0
        for i in range(m):
            for c in range(2):
                excess = float(used[i] - rounds[i]) if c == 0 else float(served[i] - lanes[i])
                if excess < 0.0 and now[c, i] <= 0.0:
                    excess = 0.0
                course[c, i] = excess + turn * course[c, i]
                turned += course[c, i] * course[c, i]
        if turned == 0.0:
            return best, step + 1
        stride = pace * max(upper - bound, 0.0) / turned
        for i in range(m):
            for c in range(2):
                now[c, i] = max(0.0, now[c, i] + stride * course[c, i])
    return best, steps
