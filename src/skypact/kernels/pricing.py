"""The best sets of shots at one object, where each round of each shooter has a charge.

An object's offers stand together: offer k (of `start[j]`..`start[j + 1]`) is that of `shooter[k]`, and its options
`option[k]`..`option[k + 1]` are salvos of 1, 2, ... rounds, each with the factor `survive` by which it lessens the
object's weight and `effect` = -log(survive). A set of shots takes at most one option of each offer. It costs what is
left of the weight, `charge[i]` a round and `opening[i]` for each shooter that takes part.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import bare, kernel

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
Offers = tuple[I4, I4, I4, F8, F8]  # start, shooter, option, survive, effect: as above
Store = tuple[I8, I4, I4, I4]  # tally (sets, nodes), where each set begins, its offers, their rounds
Work = tuple[
    F8, I4, F8, I4, I4, I4, F8, F8, F8
]  # ratio, near, near_ratio, at, turn, held, paid, left, log_left


@bare
def charge_ratios(
    j: int, weight: float, offers: Offers, charge: F8, opening: F8, ratio: F8, single: I4
) -> tuple[float, float]:
    """Write each offer's least charge per unit of effect; return the least of them, and the cheapest salvo's cost.

    `single` becomes the offer and the rounds of that salvo. `ratio` is [offers of the object].
    """
    start, shooter, option, survive, effect = offers
    begin = start[j]
    least = np.inf
    cheapest = np.inf
    for k in range(begin, start[j + 1]):
        i = shooter[k]
        lowest = np.inf
        first = option[k]
        for o in range(first, option[k + 1]):
            cost = opening[i] + (o - first + 1) * charge[i]
            each = cost / effect[o]
            if each < lowest:
                lowest = each
            cost += weight * survive[o]
            if cost < cheapest:
                cheapest = cost
                single[0], single[1] = k, o - first + 1
        ratio[k - begin] = lowest
        if lowest < least:
            least = lowest
    return least, cheapest


@bare
def shortlist(
    j: int,
    weight: float,
    ceiling: float,
    least: float,
    offers: Offers,
    charge: F8,
    opening: F8,
    ratio: F8,
    near: I4,
    near_ratio: F8,
) -> int:
    """Write the offers that a set cheaper than `ceiling` may hold, the cheapest per unit of effect first; their count.

    An offer is left out where even its best option, followed by the relaxed rest of `rest_cost` at the least charge
    per unit of effect, costs `ceiling` or more.
    """
    start, shooter, option, survive, effect = offers
    begin = start[j]
    log_weight = math.log(weight)
    log_least = math.log(least) if least > 0.0 else -np.inf
    count = 0
    for k in range(begin, start[j + 1]):
        i = shooter[k]
        keep = False
        first = option[k]
        for o in range(first, option[k + 1]):
            cost = opening[i] + (o - first + 1) * charge[i]
            if cost >= ceiling:
                break
            left = log_weight - effect[o]
            if least == 0.0:
                keep = True
            elif left > log_least:
                keep = cost + least * (1.0 + left - log_least) < ceiling
            else:
                keep = cost + weight * survive[o] < ceiling
            if keep:
                break
        if keep:
            at = count
            while at > 0 and near_ratio[at - 1] > ratio[k - begin]:
                near[at] = near[at - 1]
                near_ratio[at] = near_ratio[at - 1]
                at -= 1
            near[at] = k
            near_ratio[at] = ratio[k - begin]
            count += 1
    return count


@bare
def rest_cost(
    t: int, count: int, left: float, log_left: float, near: I4, near_ratio: F8, option: I4, effect: F8
) -> float:
    """A lower bound on what is left of `left` and on what is paid for it, with offers `near[t:count]` still to choose.

    The relaxation in which a fraction of an offer may be bought, at its least charge per unit of effect: fill the
    cheapest first until the next unit of effect costs what it saves. Within one offer this is the closed form
    rho * (1 + log(left / rho)).
    """
    paid = 0.0
    while t < count:
        rho = float(near_ratio[t])
        if left <= rho:
            return paid + left
        whole = float(effect[option[near[t] + 1] - 1])
        if rho > 0.0:
            wanted = log_left - math.log(rho)
            if wanted <= whole:
                return paid + rho * (1.0 + wanted)
        paid += rho * whole
        log_left -= whole
        left = math.exp(log_left)
        t += 1
    return paid + left


@bare
def alike(k: int, other: int, offers: Offers, charge: F8, opening: F8) -> bool:
    """Whether two offers to one object have the same options at the same charges."""
    _, shooter, option, _, effect = offers
    i, h = shooter[k], shooter[other]
    size = option[k + 1] - option[k]
    if charge[i] != charge[h] or opening[i] != opening[h] or option[other + 1] - option[other] != size:
        return False
    for r in range(size):
        if effect[option[k] + r] != effect[option[other] + r]:
            return False
    return True


@bare
def most_rounds(
    k: int, room: float, left: float, every: bool, offers: Offers, charge: float, opening: float
) -> int:
    """Rounds beyond which a salvo must cost `room` or, unless `every`, a further round more than it saves."""
    _, _, option, survive, _ = offers
    last = int(option[k + 1] - option[k])
    for r in range(1, last + 1):
        if opening + r * charge >= room:
            return r - 1
        if not every and r > 1 and left * survive[option[k] + r - 2] <= charge:
            return r - 1
    return last


@bare
def search_sets(
    weight: float,
    ceiling: float,
    every: bool,
    count: int,
    offers: Offers,
    charge: F8,
    opening: F8,
    work: Work,
    store: Store,
    limit: int,
) -> float:
    """Search the shortlist depth first; return the least cost found below `ceiling`, else `ceiling`.

    With `every` each set that costs less than `ceiling` is appended to the store, else the cheapest alone, and only
    behind its end. Salvos of one shooter are tried largest first. When only the cheapest is asked for, an offer like
    the one before it is left out where that one was, and what is free is always taken whole. Returns -1 where the
    store is full or more than `limit` nodes would be visited in all (`tally`: sets, nodes).
    """
    _, shooter, option, survive, effect = offers
    _, near, near_ratio, at, turn, held, paid, left, log_left = work
    tally, set_start, set_offer, set_rounds = store
    best = ceiling
    depth = 0
    at[0], turn[0], paid[0], left[0], log_left[0] = 0, -1, 0.0, weight, math.log(weight)
    while depth >= 0:
        t = at[depth]
        if turn[depth] == -1:  # a new offer: how many rounds could pay?
            rest = rest_cost(t, count, left[depth], log_left[depth], near, near_ratio, option, effect)
            if t >= count or paid[depth] + rest >= ceiling:
                depth -= 1
                continue
            k = near[t]
            room, now, i = ceiling - paid[depth], left[depth], shooter[k]
            turn[depth] = most_rounds(
                k, room, now, every or near_ratio[t] == 0.0, offers, charge[i], opening[i]
            )
        k, r = near[t], turn[depth]
        i = shooter[k]
        if r <= 0:
            if r < 0:  # what is free was taken
                depth -= 1
                continue
            t += 1  # without this offer, nor, where only the cheapest counts, any other like it
            while not every and t < count and alike(near[t], k, offers, charge, opening):
                t += 1
            at[depth], turn[depth] = t, -1
            continue
        turn[depth] = -2 if near_ratio[t] == 0.0 and not every else r - 1
        held[depth] = r
        tally[1] += 1
        if tally[1] > limit:
            return -1.0
        o = option[k] + r - 1
        cost = paid[depth] + opening[i] + r * charge[i]
        now = left[depth] * survive[o]
        if cost + now < ceiling:
            first = set_start[tally[0]]
            if first + depth + 1 > len(set_offer) or tally[0] + 2 > len(set_start):
                return -1.0
            for d in range(depth + 1):
                set_offer[first + d], set_rounds[first + d] = near[at[d]], held[d]
            set_start[tally[0] + 1] = first + depth + 1
            best = min(best, cost + now)
            if every:
                tally[0] += 1
            else:
                ceiling = best
        log_now = log_left[depth] - effect[o]
        if t + 1 < count:
            rest = rest_cost(t + 1, count, now, log_now, near, near_ratio, option, effect)
            if cost + rest < ceiling:
                depth += 1
                at[depth], turn[depth], paid[depth], left[depth], log_left[depth] = (
                    t + 1,
                    -1,
                    cost,
                    now,
                    log_now,
                )
    return best


@kernel
def work_space(size: int) -> Work:
    """Arrays for the search of objects with at most `size` offers."""
    whole = np.empty((6, size + 1), np.int32)
    real = np.empty((5, size + 1))
    return real[0], whole[0], real[1], whole[1], whole[2], whole[3], real[2], real[3], real[4]


@kernel
def store_space(sets: int, entries: int) -> Store:
    """A store for so many sets with so many salvos in all."""
    start = np.zeros(sets + 1, np.int32)
    return np.zeros(2, np.int64), start, np.empty(entries, np.int32), np.empty(entries, np.int32)


@kernel
def price_objects(
    weight: F8,
    offers: Offers,
    charge: F8,
    opening: F8,
    take: I4,
    cost: F8,
    work: Work,
    store: Store,
    limit: int,
) -> bool:
    """Write for each object the cheapest set of shots and its cost; False where the search was cut short.

    `take` [offers] holds the rounds of each offer: a guess before (what was cheapest at other charges), the
    cheapest set after. `limit` is the most nodes an object may take. Where the search is cut
    short, `cost` is a lower bound and `take` the best set found.
    """
    start, shooter, option, survive, effect = offers
    ratio, near, near_ratio = work[0], work[1], work[2]
    tally, set_start, set_offer, set_rounds = store
    single = np.zeros(2, np.int32)
    whole = True
    for j in range(len(weight)):
        begin, end = start[j], start[j + 1]
        cost[j] = weight[j]
        if weight[j] <= 0.0 or begin == end:
            take[begin:end] = 0
            continue
        guess, left, size = 0.0, weight[j], 0
        for k in range(begin, end):
            if take[k] > 0:
                guess += opening[shooter[k]] + take[k] * charge[shooter[k]]
                left *= survive[option[k] + take[k] - 1]
                size += 1
        ceiling = guess + left
        least, cheapest = charge_ratios(j, weight[j], offers, charge, opening, ratio, single)
        if weight[j] <= min(ceiling, cheapest) and size > 0:
            take[begin:end] = 0
            ceiling = weight[j]
        if cheapest < ceiling:
            take[begin:end] = 0
            take[single[0]] = single[1]
            ceiling = cheapest
        count = shortlist(j, weight[j], ceiling, least, offers, charge, opening, ratio, near, near_ratio)
        tally[0], tally[1], set_start[1] = 0, 0, 0
        cost[j] = search_sets(weight[j], ceiling, False, count, offers, charge, opening, work, store, limit)
        if set_start[1] > 0:
            take[begin:end] = 0
            for e in range(set_start[1]):
                take[set_offer[e]] = set_rounds[e]
        if cost[j] < 0.0:
            whole = False
            cost[j] = rest_cost(0, count, weight[j], math.log(weight[j]), near, near_ratio, option, effect)
            cost[j] = min(cost[j], ceiling)
    return whole


@kernel
def list_sets(
    weight: F8,
    offers: Offers,
    charge: F8,
    opening: F8,
    ceiling: F8,
    first: I4,
    work: Work,
    store: Store,
    limit: int,
) -> bool:
    """Append to the store, for each object, every set of shots that costs less than its `ceiling`; False if cut short.

    `first` [n + 1] becomes the first set of each object. The empty set, which costs the weight, is among them.
    """
    ratio, near, near_ratio = work[0], work[1], work[2]
    tally, set_start = store[0], store[1]
    single = np.zeros(2, np.int32)
    for j in range(len(weight)):
        first[j] = tally[0]
        if weight[j] < ceiling[j] or offers[0][j] == offers[0][j + 1]:
            if tally[0] + 2 > len(set_start):
                return False
            set_start[tally[0] + 1] = set_start[tally[0]]
            tally[0] += 1
        if weight[j] <= 0.0:
            continue
        least, _ = charge_ratios(j, weight[j], offers, charge, opening, ratio, single)
        count = shortlist(j, weight[j], ceiling[j], least, offers, charge, opening, ratio, near, near_ratio)
        if search_sets(weight[j], ceiling[j], True, count, offers, charge, opening, work, store, limit) < 0.0:
            return False
    first[len(weight)] = tally[0]
    return True
