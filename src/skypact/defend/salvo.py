"""Which salvo at which object: exactly the best set of them, one shooter an object until the next look."""

from __future__ import annotations

import numpy as np

from skypact.defend.allocation import allocate
from skypact.defend.search import WorkLimit
from skypact.model.network import F8, I4

NODES = 64
"""Problems solved at most; past it the best answer so far stands."""
LIMIT = WorkLimit(
    steps=200, moves=100_000, nodes=20_000, sets=20_000, choices=20_000, relaxations=5, branches=200
)
"""Work on each of them: an everyday one needs a small part of it."""
_CROWDING = 1e-6
"""Price of a round that gains nothing, as a part of the largest gain, so that none is added for nothing."""


def choose_salvos(gain: F8, rounds: I4, lanes: I4, price: F8) -> tuple[I4, I4]:
    """The shooter of each object, or -1, and the rounds of its salvo: the greatest sum of gains less prices.

    Each object goes to one shooter at most: what it does comes to be known before another is tried. `allocate` knows
    no such rule. So it is given each object's largest gain as its weight, and as chances the parts of it that other
    salvos gain: a salvo alone then counts for exactly what it gains, and a second shooter for next to nothing. Where
    two are at one object all the same, either of the two ways out is tried: that shooter alone, or the others without
    it (branch and bound; Land and Doig, Econometrica 28, 1960).

    Args:
        gain: [n, m, R] what a salvo of 1..R rounds of a shooter at an object gains, not falling with the rounds; 0
            where it cannot. A salvo grows only while its gain does.
        rounds: [m] rounds that each shooter may fire.
        lanes: [m] objects that each can serve at once.
        price: [m] of a round, in units of gain.

    Raises:
        ValueError: shapes differ, or a number is negative, not finite, or falls with the rounds.
    """
    ready = np.flatnonzero((rounds > 0) & (lanes > 0))
    if len(ready) < len(rounds):
        shooter, salvo = choose_salvos(gain[:, ready], rounds[ready], lanes[ready], price[ready])
        return np.where(shooter >= 0, ready[shooter], -1).astype(np.int32) if len(ready) else shooter, salvo
    objects, shooters = gain.shape[:2]
    weight = gain.max(axis=(1, 2), initial=0.0)
    chance = (gain / np.where(weight > 0.0, weight, 1.0)[:, None, None]).transpose(1, 0, 2)
    most = np.where(chance[:, :, -1] > 0.0, chance.argmax(axis=2) + 1, 0).astype(np.int32)
    dear = price + _CROWDING * weight.max(initial=0.0)
    best = np.full(objects, -1, np.int32), np.zeros(objects, np.int32)
    least = float(weight.sum())
    left = [most] if least > 0.0 else []
    for _ in range(NODES):
        if not left:
            break
        allowed = left.pop()
        plan = allocate(weight, chance, rounds, price=dear, most=allowed, lanes=lanes, limit=LIMIT)
        alone = _alone(plan.rounds, gain)
        lost = float(weight.sum()) - _worth(alone, gain, dear)
        if lost < least:
            best, least = alone, lost
        crowded = np.flatnonzero((plan.rounds > 0).sum(axis=0) > 1)
        if not len(crowded) or plan.bound >= least:
            continue
        j = crowded[0]
        kept = np.arange(shooters) == alone[0][j]
        for others in (kept, ~kept):
            narrower = allowed.copy()
            narrower[others, j] = 0
            left.append(narrower)
    return best


def _alone(plan: I4, gain: F8) -> tuple[I4, I4]:
    """The plan with one shooter an object: of several, the one whose rounds gain most."""
    objects = np.arange(plan.shape[1])
    fired = plan.T
    has = np.where(
        fired > 0, np.take_along_axis(gain, np.maximum(fired - 1, 0)[:, :, None], 2)[:, :, 0], -1.0
    )
    shooter = has.argmax(axis=1).astype(np.int32)
    rounds = fired[objects, shooter]
    return np.where(rounds > 0, shooter, -1).astype(np.int32), rounds.astype(np.int32)


def _worth(salvos: tuple[I4, I4], gain: F8, price: F8) -> float:
    """What the salvos gain, less the price of their rounds."""
    shooter, rounds = salvos
    at = np.flatnonzero(shooter >= 0)
    return float((gain[at, shooter[at], rounds[at] - 1] - rounds[at] * price[shooter[at]]).sum())
