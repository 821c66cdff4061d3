"""What is asked of the policy, and what it answers: items that would be sent, verdicts on each."""

from __future__ import annotations

from dataclasses import dataclass

from skypact.model.codes import Content
from skypact.model.network import B1, F8, I4, U1, U4

NO_CLASS = 255
"""The object class of an item of which none is known (a detection, a status, an object that came without its identity):
no line for stated classes matches it, not even one that states them all."""


@dataclass(frozen=True)
class Items:
    """m items of one content, as the sender holds them."""

    content: Content
    sources: U4
    """[m] lineage: a bit per nation whose information is inside; an item of nobody is never released"""
    object_class: U1
    """[m] most probable model.codes.ObjectClass, or NO_CLASS"""
    lat_rad: F8
    """[m] where the object is now; NaN where that is not known"""
    lon_rad: F8
    threatens: U4
    """[m] a bit per nation to one of whose places the sender's prediction brings the object"""

    def __len__(self) -> int:
        return len(self.sources)


@dataclass(frozen=True)
class Verdicts:
    """Whether each of m items may go to each of k receivers, and how: every column is [k, m].

    Where an item is refused, delay and accuracy are infinite and the identity is withheld.
    """

    allowed: B1
    reason: U1
    """model.codes.Reason"""
    rule: I4
    """Row of the level's table: the line that governs (the one with the longest delay where the information is of
    several nations; an overridden one before others), or the line that came nearest to allowing it; -1 for none."""
    delay_s: F8
    """How long the sender holds the item back: the longest over all nations whose information is inside"""
    accuracy_m: F8
    """The grid to which positions are coarsened, 0 for none: the coarsest over all those nations"""
    nameless: B1
    """Class, code and identity are left out: where any of those nations says so"""
