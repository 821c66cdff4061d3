"""Plans of shots made by simple rules: the greatest gain next, rounds moved and exchanged while that helps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import bare, kernel
from skypact.kernels.pricing import Offers

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
State = tuple[I4, F8, I4, I4]  # take [offers], left [n], spare rounds [m], spare lanes [m]

WORTH = 1e-12  # of an object's weight: what a further round must save to be fired at all


@kernel
def list_offers(chance: NDArray[np.float64], rounds: I4, most: I4, weight: F8, least: float) -> Offers:
    """The offers of a problem.

    `chance` [n, m, R]: that a salvo of 1..R rounds stops the object; with R = 1 rounds are independent of each
    other and a salvo may have any number. `most` [m, n] bounds the rounds of a pair. A salvo that leaves less
    than `least` of the weight is the last of its offer.
    """
    n, m, table = chance.shape
    start = np.zeros(n + 1, np.int32)
    offers, options = 0, 0
    for turn in range(2):
        if turn == 1:
            shooter = np.empty(offers, np.int32)
            option = np.zeros(offers + 1, np.int32)
            survive = np.empty(options)
            effect = np.empty(options)
            offers, options = 0, 0
        for j in range(n):
            for i in range(m):
                top = min(rounds[i], most[i, j]) if weight[j] > 0.0 else 0
                if table > 1:
                    top = min(top, table)
                if top <= 0 or chance[j, i, min(top, table) - 1] <= 0.0:
                    continue
                left, miss = 1.0, 1.0 - chance[j, i, 0]
                for r in range(top):
                    left = left * miss if table == 1 else 1.0 - chance[j, i, r]
                    if turn == 1:
                        survive[options] = max(left, least)
                        effect[options] = 0.0
                    options += 1
                    if left <= least:
                        break
                if turn == 1:
                    shooter[offers] = i
                    option[offers + 1] = options
                offers += 1
            start[j + 1] = offers
    effect[:] = -np.log(survive)
    return start, shooter, option, survive, effect


@kernel
def list_own(offers: Offers, shooters: int) -> tuple[I4, I4, I4]:
    """The object of each offer; where each shooter's offers begin in a list of them, [m + 1]; that list."""
    start, shooter = offers[0], offers[1]
    target = np.empty(len(shooter), np.int32)
    own_start = np.zeros(shooters + 1, np.int32)
    for j in range(len(start) - 1):
        for k in range(start[j], start[j + 1]):
            target[k] = j
            own_start[shooter[k] + 1] += 1
    for i in range(shooters):
        own_start[i + 1] += own_start[i]
    own = np.empty(len(shooter), np.int32)
    fill = own_start[:-1].copy()
    for k in range(len(shooter)):
        own[fill[shooter[k]]] = k
        fill[shooter[k]] += 1
    return target, own_start, own


@bare
def factor(k: int, r: int, more: int, offers: Offers) -> float:
    """By what the weight left changes when offer k has r + more rounds instead of r."""
    option, survive = offers[2], offers[3]
    before = survive[option[k] + r - 1] if r > 0 else 1.0
    after = survive[option[k] + r + more - 1] if r + more > 0 else 1.0
    return after / before


@bare
def keep_within(order: I4, weight: F8, offers: Offers, state: State) -> None:
    """Cut `take` to the options, rounds and lanes that there are; write what is left. Objects are served in `order`.

    `spare` and `lanes` come whole and go as what remains.
    """
    start, shooter, option, survive, _ = offers
    take, left, spare, lanes = state
    for j in order:
        left[j] = weight[j]
        for k in range(start[j], start[j + 1]):
            if take[k] == 0:
                continue
            i = shooter[k]
            r = min(take[k], spare[i], option[k + 1] - option[k]) if lanes[i] > 0 else 0
            take[k] = r
            if r > 0:
                spare[i] -= r
                lanes[i] -= 1
                left[j] *= survive[option[k] + r - 1]


@bare
def best_gain(j: int, weight: F8, offers: Offers, price: F8, state: State) -> tuple[float, int]:
    """What the best further round at object j saves beyond its price, and its offer; -1 where none is worth it."""
    start, shooter, option, _, _ = offers
    take, left, spare, lanes = state
    found, gain = -1, WORTH * weight[j]
    for k in range(start[j], start[j + 1]):
        i, r = shooter[k], take[k]
        if spare[i] == 0 or (r == 0 and lanes[i] == 0) or r == option[k + 1] - option[k]:
            continue
        saved = left[j] * (1.0 - factor(k, r, 1, offers)) - price[i]
        if saved > gain:
            found, gain = k, saved
    return gain, found


@kernel
def fill_greedily(weight: F8, offers: Offers, price: F8, state: State) -> None:
    """Fire one round after another, each where it saves most beyond its price (maximum marginal return).

    Ties fall to the lower object, then the lower shooter. An object's best gain only shrinks as others are served, so
    it is looked at again only when it comes first.
    """
    take, left, spare, lanes = state
    shooter = offers[1]
    n = len(weight)
    gain, offer = np.empty(n), np.empty(n, np.int32)
    for j in range(n):
        gain[j], offer[j] = best_gain(j, weight, offers, price, state)
        if offer[j] < 0:
            gain[j] = -1.0
    while n > 0:
        j = int(np.argmax(gain))
        if gain[j] < 0.0:
            break
        k = offer[j]
        i = shooter[k]
        if spare[i] > 0 and (take[k] > 0 or lanes[i] > 0):
            left[j] *= factor(k, take[k], 1, offers)
            if take[k] == 0:
                lanes[i] -= 1
            take[k] += 1
            spare[i] -= 1
        gain[j], offer[j] = best_gain(j, weight, offers, price, state)
        if offer[j] < 0:
            gain[j] = -1.0


@kernel
def index_offers(offers: Offers, shooters: int) -> I4:
    """The offer of each pair, [m, n], or -1."""
    start, shooter = offers[0], offers[1]
    index = np.full((shooters, len(start) - 1), -1, np.int32)
    for j in range(len(start) - 1):
        for k in range(start[j], start[j + 1]):
            index[shooter[k], j] = k
    return index


@bare
def change(k: int, more: int, j: int, offers: Offers, state: State, head: I4, after: I4) -> None:
    """Give offer k of object j one round more or fewer, and keep the list of those that serve j."""
    take, left, spare, lanes = state
    i = offers[1][k]
    left[j] *= factor(k, take[k], more, offers)
    take[k] += more
    spare[i] -= more
    if more > 0 and take[k] == 1:
        lanes[i] -= 1
        after[k] = head[j]
        head[j] = k
    elif take[k] == 0:
        lanes[i] += 1
        if head[j] == k:
            head[j] = after[k]
            return
        e = head[j]
        while after[e] != k:
            e = after[e]
        after[e] = after[k]


@bare
def better(
    k: int,
    j: int,
    offers: Offers,
    own: tuple[I4, I4, I4],
    index: I4,
    state: State,
    head: I4,
    after: I4,
    work: I8,
) -> bool:
    """Move a round of offer k from object j elsewhere, or exchange it for another's, if that helps; whether it did."""
    shooter, option = offers[1], offers[2]
    target, own_start, own_offer = own
    take, left, _, lanes = state
    i, r = shooter[k], take[k]
    without = left[j] * factor(k, r, -1, offers)
    worth = WORTH * without + 1e-13
    for e in range(own_start[i], own_start[i + 1]):
        k2 = own_offer[e]
        j2, r2 = target[k2], take[k2]
        if j2 == j or r2 == option[k2 + 1] - option[k2] or (r2 == 0 and r > 1 and lanes[i] == 0):
            continue
        work[0] -= 1
        with_it = left[j2] * factor(k2, r2, 1, offers)
        before = left[j] + left[j2]
        if without + with_it < before - worth:
            change(k, -1, j, offers, state, head, after)
            change(k2, 1, j2, offers, state, head, after)
            return True
        k3 = head[j2]
        while k3 >= 0:
            i3 = shooter[k3]
            k4 = index[i3, j]
            room = k4 >= 0 and take[k4] < option[k4 + 1] - option[k4]
            if i3 != i and room and (take[k4] > 0 or take[k3] == 1 or lanes[i3] > 0):
                work[0] -= 1
                here = without * factor(k4, take[k4], 1, offers)
                there = with_it * factor(k3, take[k3], -1, offers)
                if here + there < before - worth:
                    change(k, -1, j, offers, state, head, after)
                    change(k3, -1, j2, offers, state, head, after)
                    change(k2, 1, j2, offers, state, head, after)
                    change(k4, 1, j, offers, state, head, after)
                    return True
            k3 = after[k3]
    return False


@kernel
def exchange(offers: Offers, own: tuple[I4, I4, I4], index: I4, state: State, limit: int) -> None:
    """Move rounds between objects and exchange rounds of two shooters while that lessens what is left.

    Stops after about `limit` moves looked at. Prices do not matter: a move spends no round.
    """
    start = offers[0]
    take = state[0]
    n = len(start) - 1
    head = np.full(n, -1, np.int32)
    after = np.full(len(take), -1, np.int32)
    for j in range(n):
        for k in range(start[j], start[j + 1]):
            if take[k] > 0:
                after[k] = head[j]
                head[j] = k
    work = np.full(1, limit, np.int64)
    since = 0
    j = 0
    while since < n and work[0] > 0:
        since += 1
        k = head[j]
        while k >= 0:
            if better(k, j, offers, own, index, state, head, after, work):
                since = 0
                k = head[j]
            else:
                k = after[k]
        j = j + 1 if j + 1 < n else 0


@kernel
def margins(offers: Offers, own: tuple[I4, I4, I4], state: State, price: F8) -> NDArray[np.float64]:
    """What each shooter's least useful round in a plan saves beyond its price, [2, m]; 0 where rounds are left over.

    The second row, for lanes, is 0. `state` holds the rounds that there are, not those left over.
    """
    shooter = offers[1]
    take, left, rounds, _ = state
    target = own[0]
    charge = np.zeros((2, len(rounds)))
    charge[0] = np.inf
    used = np.zeros(len(rounds), np.int32)
    for k in range(len(shooter)):
        if take[k] > 0:
            i = shooter[k]
            used[i] += take[k]
            charge[0, i] = min(
                charge[0, i], left[target[k]] * (factor(k, take[k], -1, offers) - 1.0) - price[i]
            )
    for i in range(len(rounds)):
        if used[i] == 0 or used[i] < rounds[i] or charge[0, i] < 0.0:
            charge[0, i] = 0.0
    return charge
