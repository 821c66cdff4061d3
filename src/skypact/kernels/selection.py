"""One set of shots for each object, from lists of them, within the rounds that there are: searched to the end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import bare, kernel
from skypact.kernels.pricing import Offers, Store

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]


@kernel
def set_costs(weight: F8, offers: Offers, charge: F8, opening: F8, first: I4, store: Store) -> F8:
    """What each set of the store costs at these charges."""
    _, shooter, option, survive, _ = offers
    _, start, offer, rounds = store
    cost = np.empty(first[len(weight)])
    for j in range(len(weight)):
        for s in range(first[j], first[j + 1]):
            left, paid = weight[j], 0.0
            for e in range(start[s], start[s + 1]):
                k, r = offer[e], rounds[e]
                left *= survive[option[k] + r - 1]
                paid += opening[shooter[k]] + r * charge[shooter[k]]
            cost[s] = left + paid
    return cost


@bare
def place(s: int, sign: int, offers: Offers, store: Store, spare: I4, lanes: I4) -> bool:
    """Take a set's rounds and lanes (sign 1) or give them back (-1); whether there are enough, else nothing is done."""
    shooter = offers[1]
    _, start, offer, rounds = store
    if sign > 0:
        for e in range(start[s], start[s + 1]):
            i = shooter[offer[e]]
            if rounds[e] > spare[i] or lanes[i] < 1:
                return False
    for e in range(start[s], start[s + 1]):
        i = shooter[offer[e]]
        spare[i] -= sign * rounds[e]
        lanes[i] -= sign
    return True


@bare
def unused_cost(
    depth: int, dual: NDArray[np.float64], wanted: NDArray[np.int32], spare: I4, lanes: I4
) -> float:
    """What rounds and lanes cost that objects from `depth` on cannot use, at their charges."""
    cost = 0.0
    for i in range(len(spare)):
        idle = spare[i] - wanted[depth, 0, i]
        if idle > 0:
            cost += idle * dual[0, i]
        idle = lanes[i] - wanted[depth, 1, i]
        if idle > 0:
            cost += idle * dual[1, i]
    return cost


@kernel
def most_wanted(order: I4, offers: Offers, first: I4, store: Store, shooters: int) -> NDArray[np.int32]:
    """The most rounds and lanes of each shooter that objects from each place of `order` on can use, [n + 1, 2, m]."""
    n = len(order)
    _, start, offer, rounds = store
    wanted = np.zeros((n + 1, 2, shooters), np.int32)
    most = np.zeros((2, shooters), np.int32)
    for d in range(n - 1, -1, -1):
        most[:] = 0
        for s in range(first[order[d]], first[order[d] + 1]):
            for e in range(start[s], start[s + 1]):
                i = offers[1][offer[e]]
                most[0, i] = max(most[0, i], rounds[e])
                most[1, i] = 1
        wanted[d] = wanted[d + 1] + most
    return wanted


@kernel
def select_sets(
    excess: F8,
    room: float,
    dual: NDArray[np.float64],
    rounds: I4,
    lanes: I4,
    offers: Offers,
    first: I4,
    store: Store,
    chosen: I4,
    limit: int,
) -> float:
    """Choose one set for each object with the least sum of `excess` and of what unused rounds and lanes cost.

    `excess` is by how much a set costs more than its object's cheapest at the charges `dual` [2, m]. The cost of a plan
    is the Lagrangian bound plus that sum, so only plans with a sum below `room` are looked at (the columns within the
    gap suffice: Baldacci, Christofides and Mingozzi, Mathematical Programming 115, 2008).
    Depth first, objects with the fewest sets first, cheapest sets first.
    Returns the least sum and writes `chosen` [n]; `room` where there is none below; -1 after `limit` nodes.
    """
    n = len(first) - 1
    count = first[1:] - first[:-1]
    order = np.argsort(count, kind="mergesort").astype(np.int32)
    by_cost = np.empty(len(excess), np.int32)
    for j in range(n):
        by_cost[first[j] : first[j + 1]] = first[j] + np.argsort(
            excess[first[j] : first[j + 1]], kind="mergesort"
        )
    wanted = most_wanted(order, offers, first, store, len(rounds))
    spare, free = rounds.copy(), lanes.copy()
    turn = np.full(n + 1, -1, np.int32)
    spent = np.zeros(n + 1)
    nodes, d = 0, 0
    while d >= 0:
        if d == n:
            total = spent[n] + unused_cost(n, dual, wanted, spare, free)
            if total < room:
                room = total
                for e in range(n):
                    chosen[order[e]] = by_cost[first[order[e]] + turn[e]]
            d -= 1
            continue
        j = order[d]
        if turn[d] >= 0:
            place(by_cost[first[j] + turn[d]], -1, offers, store, spare, free)
        turn[d] += 1
        while turn[d] < count[j]:
            s = by_cost[first[j] + turn[d]]
            if spent[d] + excess[s] >= room:
                turn[d] = count[j]
                break
            nodes += 1
            if place(s, 1, offers, store, spare, free):
                if spent[d] + excess[s] + unused_cost(d + 1, dual, wanted, spare, free) < room:
                    break
                place(s, -1, offers, store, spare, free)
            turn[d] += 1
        if nodes > limit:
            return -1.0
        if turn[d] >= count[j]:
            turn[d] = -1
            d -= 1
            continue
        spent[d + 1] = spent[d] + excess[by_cost[first[j] + turn[d]]]
        d += 1
        if d < n:
            turn[d] = -1
    return room
