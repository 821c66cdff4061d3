"""Which rounds may go where: the reserve of a doctrine, and the rule under which nations fire for each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.model.doctrine import Coordination
from skypact.model.network import B1, F8, I4, DoctrineTable


@dataclass(frozen=True)
class Accord:
    """What a nation keeps to where fire is co-ordinated."""

    rule: Coordination
    barred: B1
    """[n] tracks that are left to others, which have told of a salvo at them"""
    allies: B1
    """[N] nations whose places may count: those with which it exchanges anything at this level"""


@dataclass(frozen=True)
class Step:
    """One choice of salvos; what it leaves is for the next."""

    stake: F8
    """[m, b] expected value lost that counts"""
    rounds: I4
    """[b] rounds of each magazine that may have gone, by the end of the step"""


def steps_of(
    doctrine: DoctrineTable, mine: I4, own: F8, every: F8, stock: I4, rule: Coordination
) -> list[Step]:
    """The choices of one epoch, in order; each is made exactly, for the objects that have no salvo yet.

    The reserve goes only to own places, and only where the stake there is at least `reserve_for`; or, under the rule
    `pooled`, to all places by units whose doctrine says so.

    Args:
        doctrine: of all batteries.
        mine: [b] rows of the batteries that decide.
        own: [m, b] stake at places that each is there to defend.
        every: [m, b] stake at all places that may count.
        stock: [b] rounds ready.
        rule: of co-ordinated fire; OWN_PLACES where fire is not co-ordinated.
    """
    spare = np.maximum(stock - doctrine.reserve[mine], 0)
    urgent = own >= doctrine.reserve_for[mine]
    grave = Step(np.where(urgent, own, 0.0), stock)
    slight = Step(np.where(urgent, 0.0, own), spare)
    if rule == Coordination.OWN_PLACES:
        return [grave, slight]
    if rule == Coordination.OWN_PLACES_FIRST:
        return [grave, slight, Step(every, spare)]
    if rule == Coordination.RESERVE_KEPT:
        return [Step(every, spare), grave]
    return [Step(every, np.where(doctrine.pooled[mine], stock, spare)), grave]
