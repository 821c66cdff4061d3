"""How many rounds of which shooter at which object: the weapon-target assignment, exactly, in abstract weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.defend.search import Search, WorkLimit
from skypact.model.network import F8, I4

_UNLIMITED = np.iinfo(np.int32).max
_CYCLES = 8  # of ascent and repair before the master is asked


@dataclass(frozen=True)
class Allocation:
    """A plan, with what is known of the best one.

    Attributes:
        rounds: [m, n] rounds of each shooter at each object.
        lost: the weight expected to be left, plus the price of the rounds.
        bound: no plan loses less.
        charge: [2, m] what one more round, and one more lane, of each shooter would save by that bound. A later search
            starts from it.
        proven: whether the plan is known to be an optimum, to a part in 10^9 of what it loses or 10^12 of all weight.
    """

    rounds: I4
    lost: float
    bound: float
    charge: F8
    proven: bool

    @property
    def gap(self) -> float:
        """By how much at most the plan is above the optimum, as a part of what it loses."""
        return (self.lost - self.bound) / self.lost if self.lost > self.bound else 0.0


def allocate(
    weight: F8,
    chance: F8,
    rounds: I4,
    *,
    price: F8 | None = None,
    most: I4 | None = None,
    lanes: I4 | None = None,
    gap: float = 0.0,
    slack: float = 0.0,
    limit: WorkLimit | None = None,
    warm: Allocation | None = None,
) -> Allocation:
    """The plan that leaves the least expected weight, with a bound that certifies how good it is.

    Minimises the sum over objects of `weight` times the product over shooters of the chance that their rounds all fail,
    plus the price of the rounds: the static weapon-target assignment (Manne, Operations Research 6, 1958). Charges for
    rounds give a bound and a plan near the optimum; where that is not enough, all sets of shots that a better plan
    could hold are listed and the best of them chosen exactly (docs: Assignment).

    Args:
        weight: [n] what is lost where an object is not stopped, >= 0.
        chance: [m, n] that one round of a shooter stops an object, 0..1, rounds being independent; or [m, n, R] that a
            salvo of 1..R rounds does, not falling with the rounds. 0 where it cannot reach.
        rounds: [m] rounds that each shooter has.
        price: [m] what a round is worth later, >= 0; default 0.
        most: [m, n] rounds of a shooter at one object at most; default no limit.
        lanes: [m] objects that a shooter can serve at once; default all.
        gap: stop when the plan is known to be within this part of the optimum; 0 asks for a proven optimum.
        slack: stop likewise when it is known to be within this much of the optimum, in units of weight.
        limit: of the work; past it the best plan so far is returned, with its gap.
        warm: the plan of an earlier, similar problem of the same shooters.

    Raises:
        ValueError: shapes differ, or a number is negative, not finite or not a chance.
    """
    search, group = _search(weight, chance, rounds, price, most, lanes, limit)
    plan = np.zeros_like(search.take)
    if warm is not None and warm.rounds.shape == (len(rounds), len(weight)):
        pooled = np.zeros((len(search.rounds), len(weight)), np.int32)
        np.add.at(pooled, group, warm.rounds)
        plan = pooled[search.offers[1], search.own[0]]
    search.improve(plan, None)
    if warm is not None and warm.charge.shape == (2, len(rounds)):
        search.price_at(np.ascontiguousarray(warm.charge[:, np.unique(group, return_index=True)[1]]))
    else:
        search.value_margins()
    _solve(search, gap, slack)
    return _result(search, group)


def allocate_greedy(
    weight: F8,
    chance: F8,
    rounds: I4,
    *,
    price: F8 | None = None,
    most: I4 | None = None,
    lanes: I4 | None = None,
) -> Allocation:
    """The plan of maximum marginal return: one round after another, each where it saves most. Its bound is 0.

    Arguments and errors as for `allocate`. It is optimal where an object is as hard for every shooter (den Broeder,
    Ellison and Emerling, Operations Research 7, 1959).
    """
    search, group = _search(weight, chance, rounds, price, most, lanes, None)
    search.improve(np.zeros_like(search.take), None, swaps=False)
    return _result(search, group)


def _solve(search: Search, gap: float, slack: float) -> None:
    search.accept(gap, slack)
    steps = search.limit.steps
    if len(search.rounds) and int(search.rounds.max()) == 1 and steps > 0:
        search.match()
    for cycle in range(_CYCLES):
        if search.done:
            return
        search.ascend(steps // _CYCLES, 1.0 if cycle == 0 else 0.5)
        search.repair()
        if search.room < 0.1 * search.upper and len(search.weight) <= 60:
            search.choose()
    if not search.done:
        search.relax()
    if not search.done:
        search.branch()


def _search(
    weight: F8,
    chance: F8,
    rounds: I4,
    price: F8 | None,
    most: I4 | None,
    lanes: I4 | None,
    limit: WorkLimit | None,
) -> tuple[Search, I4]:
    """The problem after its numbers have been checked and like shooters pooled; the pool of each shooter."""
    m, n = len(rounds), len(weight)
    if np.ndim(chance) not in (2, 3) or np.shape(chance)[:2] != (m, n):
        raise ValueError(f"chance: found shape {np.shape(chance)}; needed ({m}, {n}) or ({m}, {n}, R)")
    table = np.asarray(chance, np.float64)
    table = table[:, :, None] if table.ndim == 2 else table
    if not ((table >= 0.0) & (table <= 1.0)).all():
        raise ValueError("chance: found a number outside 0..1")
    if (np.diff(table, axis=2) < 0.0).any():
        raise ValueError("chance: found a salvo that does worse than a smaller one")
    numbers: dict[str, tuple[F8, tuple[int, ...]]] = {
        "weight": (np.asarray(weight, np.float64), (n,)),
        "rounds": (np.asarray(rounds, np.float64), (m,)),
        "price": (np.zeros(m) if price is None else np.asarray(price, np.float64), (m,)),
        "most": (
            np.full((m, n), _UNLIMITED, np.float64) if most is None else np.asarray(most, np.float64),
            (m, n),
        ),
        "lanes": (np.full(m, n, np.float64) if lanes is None else np.asarray(lanes, np.float64), (m,)),
    }
    for name, (found, shape) in numbers.items():
        if found.shape != shape:
            raise ValueError(f"{name}: found shape {found.shape}; needed {shape}")
        if not (np.isfinite(found) & (found >= 0.0)).all():
            raise ValueError(f"{name}: found a number negative or not finite")
    whole = {
        name: np.minimum(numbers[name][0], _UNLIMITED).astype(np.int32)
        for name in ("rounds", "most", "lanes")
    }
    group: I4 = np.arange(m, dtype=np.int32)
    if table.shape[2] == 1 and (whole["lanes"] >= n).all():
        group = _alike(table[:, :, 0], numbers["price"][0], whole["rounds"], whole["most"])
    first, members = np.unique(group, return_index=True, return_counts=True)[1:]
    most_pooled = np.minimum(whole["most"][first].astype(np.int64) * members[:, None], _UNLIMITED)
    search = Search(
        numbers["weight"][0],
        np.ascontiguousarray(table[first].transpose(1, 0, 2)),
        (whole["rounds"][first] * members).astype(np.int32),
        numbers["price"][0][first],
        most_pooled.astype(np.int32),
        np.minimum(whole["lanes"][first], n).astype(np.int32),
        limit or WorkLimit(),
    )
    return search, group


def _alike(chance: F8, price: F8, rounds: I4, most: I4) -> I4:
    """A number for each shooter, the same for those that are alike in everything."""
    group: I4 = np.arange(len(rounds), dtype=np.int32)
    if len(np.unique(chance.sum(axis=1))) < len(rounds):
        rows = np.column_stack([chance, price, rounds, most])
        known: dict[bytes, int] = {}
        group = np.array([known.setdefault(row.tobytes(), len(known)) for row in rows], np.int32)
    return group


def _result(search: Search, group: I4) -> Allocation:
    """The answer, for each shooter."""
    pooled = np.zeros((len(search.rounds), len(search.weight)), np.int64)
    pooled[search.offers[1], search.own[0]] = search.take
    if len(pooled) < len(group):
        pooled = _deal(pooled, group)
    bound = min(search.bound, search.upper)
    return Allocation(pooled.astype(np.int32), search.upper, bound, search.charge[:, group], search.proven)


def _deal(pooled: NDArray[np.int64], group: I4) -> NDArray[np.int64]:
    """The rounds of each shooter: those of its pool dealt in turn, so none fires more than its limits allow."""
    members = np.bincount(group)
    turn = np.zeros(len(group), np.int64)
    for g in np.flatnonzero(members > 1):
        turn[group == g] = np.arange(members[g])
    size = members[group][:, None]
    last = np.cumsum(pooled, axis=1)[group] - 1 - turn[:, None]
    return last // size - (last - pooled[group]) // size
