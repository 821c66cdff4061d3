"""What the published formulas of layered defence say: closed forms to hold beside the simulation, and to think with.

They share no code with what decides and resolves shots in this room, so that either can show the other wrong. They hold
where their assumptions do: every object alike, every shot independent of every other but for a stated common factor,
and nobody in doubt about which object is which.

Sources: (W) D. A. Wilkening, "A simple model for calculating ballistic missile defense effectiveness", Science and
Global Security 8 (1999), 183-215. Looks: the dynamic programme of Soland, "Optimal terminal defense tactics when
several sequential engagements are possible", Operations Research 35 (1987), with rounds split evenly within a look.
Fire that nobody co-ordinates: each shot falls on each object alike (occupancy; Feller, "An Introduction to Probability
Theory and Its Applications" I, 1968, IV.2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, xlog1py, xlogy

from skypact.model.network import F8


def salvo_kill(single: float, shots: float, common: float = 1.0) -> float:
    """The chance K that one object is killed: common x (1 - (1 - single)^shots) (W).

    Args:
        single: chance of one shot to kill, 0..1.
        shots: at the object, >= 0; need not be whole.
        common: chance that nothing common to all shots at the object fails (W: P_track), 0..1.

    Raises:
        ValueError: a chance is outside 0..1, or `shots` is negative.
    """
    _need_chances(single=single, common=common)
    _need_counts(shots=shots)
    return float(common * (1.0 - (1.0 - single) ** shots))


def kill_needed(objects: int, leak_free: float) -> float:
    """The chance K that each of some objects must be killed with so that none leaks: leak_free^(1 / objects) (W).

    Raises:
        ValueError: `leak_free` is outside 0..1, or there is no object.
    """
    _need_chances(leak_free=leak_free)
    if objects < 1:
        raise ValueError(f"objects: found {objects}; needed one or more")
    return float(leak_free ** (1.0 / objects))


def shots_needed(kill: float, single: float, common: float = 1.0) -> float:
    """The shots at one object that kill it with a wanted chance: ln(1 - kill / common) / ln(1 - single) (W).

    Not rounded: (W) multiplies by the number of objects first. Infinite where no number of shots is enough.

    Raises:
        ValueError: a chance is outside 0..1.
    """
    _need_chances(kill=kill, single=single, common=common)
    if kill == 0.0:
        return 0.0
    if single == 1.0:
        return 1.0 if kill <= common else math.inf
    if kill >= common or single == 0.0:
        return math.inf
    return math.log1p(-kill / common) / math.log1p(-single)


def leaker_chances(objects: int, kill: float) -> F8:
    """The chances of 0, 1, ..., `objects` leakers, each object being killed alike: binomial (W), [objects + 1].

    Raises:
        ValueError: `kill` is outside 0..1, or `objects` is negative.
    """
    _need_chances(kill=kill)
    _need_counts(objects=objects)
    k = np.arange(objects + 1, dtype=np.float64)
    ways = gammaln(objects + 1.0) - gammaln(k + 1.0) - gammaln(objects - k + 1.0)
    chance: F8 = np.exp(ways + xlog1py(k, -kill) + xlogy(objects - k, kill))
    return chance


@dataclass(frozen=True)
class Expectation:
    """What is expected of the engagement of one object, look by look."""

    leak: float
    """chance that it is not killed"""
    rounds: float
    """expected number fired at it"""
    fired: tuple[float, ...]
    """chance that a salvo is fired at it at each look"""


def shoot_look_shoot(
    rounds: Sequence[float], kill: Sequence[float], false_kill: float = 0.0, missed_kill: float = 0.0
) -> Expectation:
    """What is expected where a salvo is fired, looked after, and followed by the next unless a kill is believed.

    With two looks, n1 rounds of n, each of chance p, and no error of assessment the expected rounds are those of (W):
    n1 + (n - n1)(1 - p)^n1. A miss taken for a kill ends the engagement, and the object leaks; a kill taken for a miss
    costs the next salvo.

    Args:
        rounds: of the salvo at each look.
        kill: chance of each of these salvos (`salvo_kill`).
        false_kill: chance that a miss is taken for a kill.
        missed_kill: chance that a kill is taken for a miss.

    Raises:
        ValueError: as many chances as looks are needed, each in 0..1.
    """
    if len(rounds) != len(kill) or not len(kill):
        raise ValueError(f"kill: found {len(kill)} chances; needed one for each of {len(rounds)} looks")
    _need_chances(
        false_kill=false_kill, missed_kill=missed_kill, **{f"kill{i}": k for i, k in enumerate(kill)}
    )
    alive, dead, given_up, expected = 1.0, 0.0, 0.0, 0.0
    fired = []
    for salvo, chance in zip(rounds, kill, strict=True):
        fired.append(alive + dead)
        expected += salvo * fired[-1]
        missed = alive * (1.0 - chance)
        dead = (dead + alive * chance) * missed_kill
        given_up += missed * false_kill
        alive = missed * (1.0 - false_kill)
    return Expectation(alive + given_up, expected, tuple(fired))


def layered_leakage(kill: Sequence[float], undetected: float = 0.0, common_failure: float = 0.0) -> float:
    """The chance that an object passes every layer: u + (1 - u)(c + (1 - c) x product of (1 - kill)).

    Layers are independent of each other but for what they have in common (W, section on layered defences): an object
    that none of them sees (u), and a failure that silences all of them at once (c).

    Args:
        kill: chance of each layer against an object that comes to it.
        undetected: share of objects that no layer sees, u.
        common_failure: chance that all layers fail together, c.

    Raises:
        ValueError: a chance is outside 0..1.
    """
    _need_chances(
        undetected=undetected, common_failure=common_failure, **{f"kill{i}": k for i, k in enumerate(kill)}
    )
    through = math.prod(1.0 - chance for chance in kill)
    return undetected + (1.0 - undetected) * (common_failure + (1.0 - common_failure) * through)


@dataclass(frozen=True)
class LookPlan:
    """The least expected leakers with a number of looks, and how to reach it."""

    looks: int
    leakers: float
    first: int
    """rounds to fire at the first look; the rest is kept for later ones"""


def best_looks(
    objects: int, rounds: int, single: float, looks: int, common: float = 1.0
) -> tuple[LookPlan, ...]:
    """The least expected leakers with 1, 2, ..., `looks` looks, rounds being split evenly within a look.

    Before each look it is known which objects still live. With t objects, r rounds and k looks left the value is
    V_k(t, r) = min over s <= r of E[V_{k-1}(T, r - s)], T being what s rounds split evenly over t leave (Soland 1987).

    Args:
        objects: at the start.
        rounds: in all.
        single: chance of one shot to kill.
        looks: greatest number of looks.
        common: chance that nothing common to one salvo fails.

    Raises:
        ValueError: a chance is outside 0..1, or a number is negative.
    """
    _need_counts(objects=objects, rounds=rounds, looks=looks)
    left = [_survivors(t, rounds, single, common) for t in range(objects + 1)]
    value = np.tile(np.arange(objects + 1.0)[:, None], rounds + 1)
    found = []
    for look in range(1, looks + 1):
        last, first = value, 0
        value = np.empty_like(last)
        for t in range(objects + 1):
            # cost[s, r'] of s rounds now and r' later; a plan of r rounds is an antidiagonal of it.
            cost = left[t] @ last[: t + 1]
            of_r = [cost[np.arange(r + 1), r - np.arange(r + 1)] for r in range(rounds + 1)]
            value[t] = [plan.min() for plan in of_r]
            first = int(np.argmin(of_r[-1] > of_r[-1].min() + 1e-12))
        found.append(LookPlan(look, float(value[objects, rounds]), first))
    return tuple(found)


def doctrine_leakers(
    objects: int, rounds: int, salvos: Sequence[int], single: float, common: float = 1.0
) -> F8:
    """The chances of 0, 1, ..., `objects` leakers where every look fires a fixed salvo at each that still lives.

    Where the magazine holds less than that, what it holds is split evenly. The same recursion as `best_looks`, with the
    doctrine in the place of the best choice.

    Args:
        objects: at the start.
        rounds: in the magazine.
        salvos: rounds wanted for each object at each look.
        single, common: as `best_looks`.

    Raises:
        ValueError: a chance is outside 0..1, or a number is negative.
    """
    _need_counts(objects=objects, rounds=rounds, **{f"salvos{i}": n for i, n in enumerate(salvos)})
    left = [_survivors(t, rounds, single, common) for t in range(objects + 1)]
    chance = np.zeros((objects + 1, rounds + 1))
    chance[objects, rounds] = 1.0
    for salvo in salvos:
        after = np.zeros_like(chance)
        for t in range(objects + 1):
            for r in np.flatnonzero(chance[t]).tolist():
                spent = min(r, t * salvo)
                after[: t + 1, r - spent] += chance[t, r] * left[t][spent]
        chance = after
    total: F8 = chance.sum(axis=1)
    return total


def uncoordinated_leakers(objects: int, shots: int, single: float) -> float:
    """The expected leakers where each shot falls on each object alike, nobody knowing of the others: T (1 - p/T)^N.

    Raises:
        ValueError: `single` is outside 0..1, or a number is negative.
    """
    _need_chances(single=single)
    _need_counts(objects=objects, shots=shots)
    return float(objects * (1.0 - single / objects) ** shots) if objects else 0.0


def uncoordinated_leak_free(objects: int, shots: int, single: float) -> float:
    """The chance of no leaker under such fire: the sum over k of (-1)^k C(T, k)(1 - k p/T)^N, by states of a chain.

    The alternating sum loses its digits for many objects; the chain over the objects that still live does not.

    Raises:
        ValueError: `single` is outside 0..1, or a number is negative.
    """
    _need_chances(single=single)
    _need_counts(objects=objects, shots=shots)
    alive = np.zeros(objects + 1)
    alive[objects] = 1.0
    hit = single * np.arange(objects + 1.0) / max(objects, 1)
    for _ in range(shots):
        alive = alive * (1.0 - hit) + np.append((alive * hit)[1:], 0.0)
    return float(alive[0])


def coordinated_leakers(objects: int, shots: int, single: float) -> float:
    """The expected leakers where shots are split evenly: T (1 - p)^(N/T) where T divides N (W).

    Raises:
        ValueError: `single` is outside 0..1, or a number is negative.
    """
    _need_chances(single=single)
    _need_counts(objects=objects, shots=shots)
    if objects == 0:
        return 0.0
    each, more = divmod(shots, objects)
    return float((objects - more) * (1.0 - single) ** each + more * (1.0 - single) ** (each + 1))


def _survivors(objects: int, rounds: int, single: float, common: float) -> F8:
    """The chances of 0, 1, ..., `objects` survivors of s = 0, 1, ..., `rounds` rounds split evenly, [s, survivors]."""
    chance = np.zeros((rounds + 1, objects + 1))
    for s in range(rounds + 1):
        each, more = divmod(s, objects) if objects else (0, 0)
        few = leaker_chances(objects - more, salvo_kill(single, each, common))
        chance[s] = np.convolve(few, leaker_chances(more, salvo_kill(single, each + 1, common)))
    return chance


def _need_chances(**values: float) -> None:
    for name, value in values.items():
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"{name}: found {value:g}; needed a chance between 0 and 1")


def _need_counts(**values: float) -> None:
    for name, value in values.items():
        if not 0.0 <= value < math.inf:
            raise ValueError(f"{name}: found {value:g}; needed a number of 0 or more")
