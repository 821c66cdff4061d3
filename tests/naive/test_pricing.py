"""The kernels of the assignment against plain enumeration."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels.ascent import ascend
from skypact.kernels.exchange import exchange, fill_greedily, index_offers, list_offers, list_own
from skypact.kernels.pricing import list_sets, price_objects, store_space, work_space
from skypact.kernels.selection import select_sets, set_costs
from skypact.kernels.slots import match_slots

FEW = settings(max_examples=30)
seeds = st.integers(0, 2**32 - 1)
sizes = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), seeds)


class Problem:
    def __init__(self, size):
        m, n, k, seed = size
        self.rng = np.random.default_rng(seed)
        self.weight = self.rng.integers(1, 20, n).astype(float)
        self.chance = np.where(
            self.rng.random((n, m, 1)) < 0.8, np.round(self.rng.uniform(0.1, 0.9, (n, m, 1)), 1), 0.0
        )
        self.rounds = self.rng.integers(0, k + 1, m).astype(np.int32)
        self.lanes = self.rng.integers(0, n + 1, m).astype(np.int32)
        free = np.full((m, n), 9, np.int32)
        self.offers = list_offers(self.chance, self.rounds, free, self.weight, 1e-18)
        self.charge = np.round(self.rng.uniform(0.0, 3.0, m), 1) * self.rng.integers(0, 2, m)
        self.opening = np.round(self.rng.uniform(0.0, 2.0, m), 1) * self.rng.integers(0, 2, m)

    def sets(self, j):
        """Every set of shots at object j: rounds of each offer, and its cost."""
        start, shooter, option, _, _ = self.offers
        mine = range(start[j], start[j + 1])
        for rounds in product(*(range(option[k + 1] - option[k] + 1) for k in mine)):
            left, paid = self.weight[j], 0.0
            for k, r in zip(mine, rounds, strict=True):
                i = shooter[k]
                left *= (1.0 - self.chance[j, i, 0]) ** r
                paid += r * self.charge[i] + (self.opening[i] if r else 0.0)
            yield rounds, left + paid


@given(sizes)
@FEW
def test_the_cheapest_set_of_each_object_is_found(size):
    p = Problem(size)
    take, cost = np.zeros(len(p.offers[1]), np.int32), np.empty(len(p.weight))
    for _ in range(2):  # the second time from the answer as a guess
        assert price_objects(
            p.weight, p.offers, p.charge, p.opening, take, cost, work_space(4), store_space(2, 99), 10**6
        )
        for j in range(len(p.weight)):
            costs = dict(p.sets(j))
            assert cost[j] == pytest.approx(min(costs.values()))
            mine = slice(p.offers[0][j], p.offers[0][j + 1])
            assert costs[tuple(take[mine].tolist())] == pytest.approx(cost[j])


@given(sizes)
@FEW
def test_a_search_cut_short_says_so_and_never_claims_too_much(size):
    p = Problem(size)
    take, cost = np.zeros(len(p.offers[1]), np.int32), np.empty(len(p.weight))
    price_objects(p.weight, p.offers, p.charge, p.opening, take, cost, work_space(4), store_space(2, 99), 1)
    for j in range(len(p.weight)):
        assert cost[j] <= min(dict(p.sets(j)).values()) + 1e-9


@given(sizes, st.floats(0.1, 6.0))
@FEW
def test_every_set_near_the_cheapest_is_listed_once(size, room):
    p = Problem(size)
    ceiling = np.array([min(dict(p.sets(j)).values()) for j in range(len(p.weight))]) + room
    store, first = store_space(9999, 39999), np.zeros(len(p.weight) + 1, np.int32)
    assert list_sets(p.weight, p.offers, p.charge, p.opening, ceiling, first, work_space(4), store, 10**6)
    cost = set_costs(p.weight, p.offers, p.charge, p.opening, first, store)
    _, start, offer, rounds = store
    for j in range(len(p.weight)):
        begin, end = p.offers[0][j], p.offers[0][j + 1]
        found = []
        for s in range(first[j], first[j + 1]):
            row = np.zeros(end - begin, np.int32)
            row[offer[start[s] : start[s + 1]] - begin] = rounds[start[s] : start[s + 1]]
            found.append(tuple(row.tolist()))
            assert dict(p.sets(j))[found[-1]] == pytest.approx(cost[s])
        assert len(found) == len(set(found))
        wanted = {r for r, c in p.sets(j) if c < ceiling[j] - 1e-9}
        assert wanted <= set(found)
        assert all(dict(p.sets(j))[r] < ceiling[j] + 1e-9 for r in found)
    assert not list_sets(
        p.weight, p.offers, p.charge, p.opening, ceiling + 99, first, work_space(4), store_space(0, 9), 9
    )


@given(sizes)
@FEW
def test_the_choice_of_sets_is_the_best_within_the_rounds_and_lanes(size):
    p = Problem(size)
    n = len(p.weight)
    ceiling, store, first = np.full(n, 1e9), store_space(9999, 39999), np.zeros(n + 1, np.int32)
    list_sets(p.weight, p.offers, p.charge, p.opening, ceiling, first, work_space(4), store, 10**6)
    cost = set_costs(p.weight, p.offers, p.charge, p.opening, first, store)
    floor = np.array([cost[first[j] : first[j + 1]].min() for j in range(n)])
    if np.prod(np.diff(first).astype(float)) > 20_000:
        return
    excess = cost - np.repeat(floor, np.diff(first))
    dual = np.array([p.charge, p.opening])
    chosen = np.full(n, -1, np.int32)
    least = select_sets(excess, 1e9, dual, p.rounds, p.lanes, p.offers, first, store, chosen, 10**7)
    best = np.inf
    for plan in product(*(range(first[j], first[j + 1]) for j in range(n))):
        spare, lanes = p.rounds.copy(), p.lanes.copy()
        for s in plan:
            for e in range(store[1][s], store[1][s + 1]):
                i = p.offers[1][store[2][e]]
                spare[i] -= store[3][e]
                lanes[i] -= 1
        if (spare >= 0).all() and (lanes >= 0).all():
            best = min(best, excess[list(plan)].sum() + spare @ p.charge + lanes @ p.opening)
    assert least == pytest.approx(best)
    assert select_sets(excess, 1e9, dual, p.rounds, p.lanes, p.offers, first, store, chosen, 0) == -1.0


@given(st.integers(1, 5), st.integers(1, 5), seeds)
@FEW
def test_the_match_of_rounds_to_slots_is_the_best_and_so_is_each_rounds_worth(rows, slots, seed):
    rng = np.random.default_rng(seed)
    gain, scale = rng.integers(0, 9, (rows, slots)).astype(float), rng.integers(1, 4, slots).astype(float)
    outside = rng.integers(0, 6, rows).astype(float)
    column = np.arange(slots, dtype=np.int32)

    def best(mine):
        size = max(slots, len(mine))
        total = -np.inf
        for order in permutations(range(size + len(mine)), len(mine)):
            total = max(
                total,
                sum(
                    scale[s] * gain[i, s] if s < slots else outside[i]
                    for i, s in zip(mine, order, strict=True)
                ),
            )
        return total

    slot, worth = np.empty(rows, np.int32), np.empty(rows)
    match_slots(gain, scale, column, outside, slot, worth)
    used = slot[slot >= 0]
    assert len(used) == len(set(used.tolist()))
    total = sum(scale[s] * gain[i, s] if s >= 0 else outside[i] for i, s in enumerate(slot.tolist()))
    if rows + slots <= 7:
        assert total == pytest.approx(best(list(range(rows))))
    # Duality: the worths and the slots' prices they imply add up to the total.
    prices = np.maximum(0.0, (scale * gain - worth[:, None]).max(axis=0))
    assert worth.sum() + prices.sum() == pytest.approx(total)
    assert (worth >= outside - 1e-9).all()


@given(sizes)
@FEW
def test_greedy_takes_the_greatest_gain_and_exchange_never_loses_or_overspends(size):
    p = Problem(size)
    n, m = len(p.weight), len(p.rounds)
    price = p.charge
    take = np.zeros(len(p.offers[1]), np.int32)
    state = (take, p.weight.copy(), p.rounds.copy(), p.lanes.copy())
    fill_greedily(p.weight, p.offers, price, state)
    plan, left = np.zeros((m, n), int), p.weight.copy()
    while True:  # the rule, word by word
        options = [
            (left[j] * p.chance[j, i, 0] - price[i], -j, -i)
            for j in range(n)
            for i in range(m)
            if plan[i].sum() < p.rounds[i] and (plan[i, j] > 0 or (plan[i] > 0).sum() < p.lanes[i])
        ]
        gain, j, i = max(options, default=(0.0, 0, 0))
        if gain <= 1e-12 * p.weight[-j]:
            break
        plan[-i, -j] += 1
        left[-j] *= 1.0 - p.chance[-j, -i, 0]
    assert state[1].sum() == pytest.approx(left.sum(), rel=1e-9)
    before, fired = state[1].sum(), p.rounds - state[2]
    exchange(p.offers, list_own(p.offers, m), index_offers(p.offers, m), state, 10**6)
    assert state[1].sum() <= before + 1e-9
    assert (p.rounds - state[2] == fired).all()
    assert (state[3] >= 0).all()
    left = p.weight.copy()
    for j in range(n):
        for k in range(p.offers[0][j], p.offers[0][j + 1]):
            left[j] *= (1.0 - p.chance[j, p.offers[1][k], 0]) ** int(take[k])
    assert state[1] == pytest.approx(left)


@given(sizes)
@FEW
def test_the_ascent_returns_the_bound_of_its_charges_and_it_is_below_every_plan(size):
    p = Problem(size)
    n, m = len(p.weight), len(p.rounds)
    dual, take = np.zeros((2, m)), np.zeros(len(p.offers[1]), np.int32)
    work, store = work_space(4), store_space(2, 99)
    none = np.zeros(m)
    state = (take.copy(), p.weight.copy(), p.rounds.copy(), p.lanes.copy())
    fill_greedily(p.weight, p.offers, none, state)
    upper = state[1].sum()
    bound, steps = ascend(
        p.weight, p.offers, none, p.rounds, p.lanes, dual, take, upper, 1e-9, 50, 1.0, work, store, 10**6
    )
    assert 1 <= steps <= 50
    assert bound <= upper + 1e-9
    p.charge, p.opening = dual[0], dual[1]
    cost = sum(min(dict(p.sets(j)).values()) for j in range(n))
    assert bound == pytest.approx(cost - dual[0] @ p.rounds - dual[1] @ p.lanes)
