"""The state of a search for the best allocation: the best plan, the best bound, and the steps that better them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.defend.master import Master, Sets, take_sets
from skypact.kernels.ascent import ascend
from skypact.kernels.exchange import (
    exchange,
    fill_greedily,
    index_offers,
    keep_within,
    list_offers,
    list_own,
    margins,
)
from skypact.kernels.pricing import Store, list_sets, price_objects, store_space, work_space
from skypact.kernels.selection import select_sets, set_costs
from skypact.kernels.slots import match_slots
from skypact.model.network import F8, I4

LEAST = 1e-18  # of a weight: a salvo that leaves less leaves nothing
TOLERANCE = 1e-9  # relative: two values that differ by less are taken as equal
ROUNDING = 1e-12  # of all weight


@dataclass(frozen=True)
class WorkLimit:
    """The most work of each kind, counted, never timed: the answer depends on the problem alone.

    `steps` of the ascent of charges; `moves` looked at to better one plan; `nodes` of the search for one object's
    cheapest set; `sets` listed at once; `choices` of the search by hand among few sets; `relaxations` of the master;
    `pivots` of one of them; `branches` of the integer master.
    """

    steps: int = 400
    moves: int = 20_000_000
    nodes: int = 200_000
    sets: int = 40_000
    choices: int = 20_000
    relaxations: int = 40
    pivots: int = 200_000
    branches: int = 1_000


class Search:
    """One problem with the best plan and the best Lagrangian bound found so far.

    `take` are the plan's rounds at each offer, `upper` its cost, `charge` [2, m] the charges of rounds and lanes that
    give the Lagrangian bound `base`, and `cheapest` the sets that are cheapest at those charges. `bound` is the best
    known, by whatever proof.
    """

    def __init__(
        self, weight: F8, chance: F8, rounds: I4, price: F8, most: I4, lanes: I4, limit: WorkLimit
    ) -> None:
        """`chance` is [n, m, R] here: objects first, as the kernels walk it."""
        self.weight, self.rounds, self.price, self.lanes, self.limit = weight, rounds, price, lanes, limit
        self.chance = chance
        self.offers = list_offers(chance, rounds, most, weight, LEAST)
        self.own = list_own(self.offers, len(rounds))
        widest = int(np.diff(self.offers[0]).max(initial=0))
        self.work = work_space(widest)
        self.store = store_space(2, 2 * widest + 2)
        self.index: I4 | None = None
        self.take: I4 = np.zeros(len(self.offers[1]), np.int32)
        self.left = weight.copy()
        self.upper = float(weight.sum())
        self.base = -np.inf
        self.bound = 0.0
        self.charge: F8 = np.zeros((2, len(rounds)))
        self.cheapest = self.take
        self._gap, self._slack, self._total = 0.0, 0.0, self.upper

    @property
    def room(self) -> float:
        """By how much the plan may be above the optimum."""
        return max(0.0, self.upper - self.bound)

    @property
    def enough(self) -> float:
        """By how much the plan may stay above the optimum: what is asked, and never less than rounding."""
        return max(self._gap * self.upper, self._slack, self._rounding)

    @property
    def _rounding(self) -> float:
        return max(TOLERANCE * self.upper, ROUNDING * self._total)

    @property
    def proven(self) -> bool:
        """Whether the plan is known to be an optimum."""
        return self.room <= self._rounding

    @property
    def done(self) -> bool:
        """Whether the plan is known to be as good as is asked."""
        return self.room <= self.enough

    def accept(self, gap: float, slack: float) -> None:
        """Set what is asked: a part of what the plan loses, and an amount."""
        self._gap, self._slack = gap, slack

    # ------------------------------------------------------------------------------------------------- plans

    def improve(self, take: I4, order: I4 | None, *, swaps: bool = True) -> None:
        """Cut a plan to the rounds there are, fill it greedily, exchange rounds; keep it if it is the best so far."""
        if order is None:
            order = np.arange(len(self.weight), dtype=np.int32)
        state = (take, self.weight.copy(), self.rounds.copy(), self.lanes.copy())
        keep_within(order, self.weight, self.offers, state)
        fill_greedily(self.weight, self.offers, self.price, state)
        if swaps:
            if self.index is None:
                self.index = index_offers(self.offers, len(self.rounds))
            exchange(self.offers, self.own, self.index, state, self.limit.moves)
        used = self.rounds - state[2]
        upper = float(state[1].sum() + used @ self.price)
        if upper < self.upper:
            self.upper, self.take, self.left = upper, take, state[1]

    def repair(self) -> None:
        """Make plans of the sets that are cheapest at the best charges."""
        self.improve(self.cheapest.copy(), None)
        self.improve(self.cheapest.copy(), np.argsort(self.weight, kind="stable").astype(np.int32))

    # ------------------------------------------------------------------------------------------------ bounds

    def value_margins(self) -> None:
        """Charge for each round what the plan would lose by its shooter's least useful one."""
        self.charge = margins(
            self.offers, self.own, (self.take, self.left, self.rounds, self.lanes), self.price
        )

    def ascend(self, steps: int, pace: float) -> None:
        """Raise the bound from the best charges."""
        charge, take = self.charge.copy(), self.cheapest.copy()
        bound, _ = ascend(
            self.weight, self.offers, self.price, self.rounds, self.lanes, charge, take, self.upper,
            self.enough, steps, pace, self.work, self.store, self.limit.nodes,
        )  # fmt: skip
        self._charge(bound, charge, take)

    def _charge(self, bound: float, charge: F8, cheapest: I4) -> None:
        if bound > self.base:
            self.base, self.charge, self.cheapest = bound, charge, cheapest
            self.bound = max(self.bound, bound)

    def price_at(self, charge: F8) -> F8:
        """The cost of each object's cheapest set at some charges, which are kept if their bound is the best."""
        take, cost = self.cheapest.copy(), np.empty(len(self.weight))
        price_objects(
            self.weight, self.offers, charge[0] + self.price, charge[1], take, cost,
            self.work, self.store, self.limit.nodes,
        )  # fmt: skip
        bound = float(cost.sum() - charge[0] @ self.rounds - charge[1] @ self.lanes)
        self._charge(bound, charge, take)
        return cost

    def match(self) -> None:
        """Match single rounds to the places of the plan; price by the worth of each round, and plan by the match."""
        fired = np.flatnonzero(self.take)
        served = self.own[0][fired]
        idle = np.setdiff1d(np.arange(len(self.weight)), served)
        scale = np.concatenate([self.left[served] / self.offers[3][self.offers[2][fired]], self.weight[idle]])
        column = np.concatenate([served, idle]).astype(np.int32)
        left = self.left.copy()
        left[idle] = 0.0  # a first round at an idle object is a place of its own
        gain = np.ascontiguousarray(self.chance[:, :, 0].T)
        ready = self.rounds > 0
        outside = np.maximum(0.0, (gain * left).max(axis=1, initial=0.0) - self.price)
        slot, worth = np.empty(len(self.rounds), np.int32), np.empty(len(self.rounds))
        match_slots(gain, scale, column, np.where(ready, outside, 2.0 * self._total + 1.0), slot, worth)
        charge = np.zeros((2, len(self.rounds)))
        charge[0] = np.where(ready, worth, 0.0)
        self.price_at(charge)
        shooter = np.flatnonzero(slot >= 0)
        if self.index is None:
            self.index = index_offers(self.offers, len(self.rounds))
        take = np.zeros_like(self.take)
        offer = self.index[shooter, column[slot[shooter]]]
        take[offer[offer >= 0]] = 1
        self.improve(take, None)

    # ------------------------------------------------------------------------------------------------- proof

    def list_near(self, ceiling: F8, charge: F8, sets: int) -> tuple[I4, Store] | None:
        """Every set that costs less than its object's ceiling, or None where there are more than `sets`."""
        store = store_space(sets, 4 * sets)
        first = np.zeros(len(self.weight) + 1, np.int32)
        whole = list_sets(
            self.weight,
            self.offers,
            charge[0] + self.price,
            charge[1],
            ceiling,
            first,
            self.work,
            store,
            20 * sets,
        )
        return (first, store) if whole else None

    def choose(self) -> None:
        """Search all plans that could be better than the best one, where the sets that they may hold are few."""
        charge = self.charge
        cost = self.price_at(charge)
        room = self.upper - self.base
        listed = self.list_near(cost + room, charge, min(self.limit.sets, 200 * len(cost)))
        if listed is None:
            return
        first, store = listed
        near = set_costs(self.weight, self.offers, charge[0] + self.price, charge[1], first, store)
        excess = np.maximum(0.0, near - np.repeat(cost, np.diff(first)))
        chosen = np.full(len(cost), -1, np.int32)
        least = select_sets(
            excess,
            room,
            charge,
            self.rounds,
            self.lanes,
            self.offers,
            first,
            store,
            chosen,
            self.limit.choices,
        )
        if chosen.size and chosen[0] >= 0:
            self.improve(self._plan(take_sets(first, near, store), chosen), None, swaps=False)
        if least >= 0.0:
            self.bound = max(self.bound, min(self.upper, self.base + least))

    def _plan(self, sets: Sets, chosen: I4) -> I4:
        take = np.zeros_like(self.take)
        for s in chosen.tolist():
            entries = slice(sets.start[s], sets.start[s + 1])
            take[sets.offer[entries]] = sets.rounds[entries]
        return take

    def _sets(self, ceiling: F8, charge: F8, most: int) -> Sets | None:
        listed = self.list_near(ceiling, charge, most)
        if listed is None:
            return None
        first, store = listed
        nothing = np.zeros(len(self.rounds))
        return take_sets(first, set_costs(self.weight, self.offers, self.price, nothing, first, store), store)

    def _near_few(self, cost: F8, room: F8, charge: F8, few: int) -> tuple[float, Sets | None]:
        """The sets that cost less than the cheapest and a part of `room`, the part being halved until they are few.

        Returns that part, at most 1, and the sets; None where even a tiny part holds too many.
        """
        part = 1.0
        while part > TOLERANCE:
            sets = self._sets(cost + part * room, charge, min(few, self.limit.sets))
            if sets is not None:
                return part, sets
            part /= 2.0
        return 0.0, None

    def relax(self) -> None:
        """Raise the bound to that of the master's linear programme by generating columns."""
        few = 1000 + 20 * len(self.weight)
        charge = self.charge
        cost = self.price_at(charge)
        _, sets = self._near_few(cost, np.full(len(cost), self.room / 4.0), charge, few)
        if sets is None:
            return
        master = self._master()
        master.load(sets, whole=False)
        master.add(self._plan_sets())
        tiny = TOLERANCE * (self.weight + 1e-3 * self.upper)
        for _ in range(self.limit.relaxations):
            found = master.relax(self.limit.pivots)
            if found is None:
                return
            value, charge = found
            cost = self.price_at(charge)
            if self.done or (cost >= value - tiny).all():
                return
            _, more = self._near_few(cost, np.maximum(value - cost, 0.0), charge, few)
            if more is None:
                return
            master.add(more)

    def branch(self) -> None:
        """Choose among the sets near the cheapest by an integer programme, and go further out until none can be better.

        A plan costs the Lagrangian bound and the sum of what its sets cost beyond the cheapest. So one that holds a set
        dearer by some amount costs more than the bound and that amount, and all others are looked at.
        """
        reached, few = 0.0, 200 + 3 * len(self.weight)
        charge, base = self.charge, self.base
        cost = self.price_at(charge)
        while not self.done and few <= self.limit.sets:
            room = (self.upper - base) * (1.0 + 1e-9)
            part, sets = self._near_few(cost, np.full(len(cost), room), charge, few)
            few *= 4
            if sets is None or part * room <= reached:
                continue
            reached = part * room
            master = self._master()
            master.load(sets, whole=True)
            chosen, finished = master.choose(self.upper, self.limit.branches)
            if chosen is not None:
                self.improve(self._plan(sets, chosen), None)
            if not finished:
                return
            self.bound = max(self.bound, min(self.upper, base + reached))

    def _plan_sets(self) -> Sets:
        """The sets of the best plan, which make any master feasible."""
        fired = np.flatnonzero(self.take).astype(np.int32)
        rounds = self.take[fired]
        n = len(self.weight)
        start = np.searchsorted(fired, self.offers[0]).astype(np.int32)
        paid = np.bincount(self.own[0][fired], rounds * self.price[self.offers[1][fired]], n)
        return Sets(np.arange(n, dtype=np.int32), self.left + paid, start, fired, rounds)

    def _master(self) -> Master:
        return Master(len(self.weight), self.offers, self.rounds, self.lanes, 1e4 / self.upper)
