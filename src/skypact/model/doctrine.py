"""How a defence spends its rounds: doctrine by name, and the rules under which nations fire for each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class FireName(StrEnum):
    """How often and with how much a unit fires at one object."""

    SHOOT = "shoot"
    """One salvo at an object and no second one, whatever came of it."""
    SHOOT_LOOK_SHOOT = "shoot-look-shoot"
    """A salvo, a look, and another; a round more where no further shot will be possible."""
    SALVO = "salvo"
    """The same salvo each time, however many shots are still possible."""
    SAVE = "save"
    """One round at a time, to the last; the reserve only for what threatens much."""


class Coordination(StrEnum):
    """Whose places count where nations co-ordinate their fire, and which rounds may go there."""

    OWN_PLACES = "own-places"
    """Only the places that the unit is there to defend."""
    OWN_PLACES_FIRST = "own-places-first"
    """Own places with all rounds; then those of others with rounds beyond the reserve."""
    RESERVE_KEPT = "reserve-kept"
    """All places alike with rounds beyond the reserve; the reserve for own places alone."""
    POOLED = "pooled"
    """All places alike with all rounds of units whose doctrine says so; other units keep their reserve."""


@dataclass(frozen=True)
class Doctrine:
    """The doctrine of one unit; every number notional.

    Attributes:
        name: how it fires.
        rounds: of a salvo, 1 or more; never beyond the unit's own salvo.
        reserve: share of the full magazine, 0 to 1, that is kept for own places at which much is at stake.
        reserve_for: stake from which on an object may be fired at with the reserve, >= 0: the sum over places of the
            chance that they are hit times their value.
        leave_below: objects that hit no defended place with at least this chance are left alone, as those that fall
            into the desert or the sea, 0 to 1.
        pooled: whether the rule `pooled` may spend the reserve on the places of others.
    """

    name: FireName = FireName.SHOOT_LOOK_SHOOT
    rounds: int = 1
    reserve: float = 0.5
    reserve_for: float = 0.0
    leave_below: float = 0.1
    pooled: bool = False

    @property
    def last_rounds(self) -> int:
        """Rounds of a salvo after which no further shot is possible."""
        return self.rounds + 1 if self.name == FireName.SHOOT_LOOK_SHOOT else self.rounds

    @property
    def again(self) -> bool:
        """Whether an object may be fired at a second time."""
        return self.name != FireName.SHOOT


STANDARD: Mapping[FireName, Doctrine] = MappingProxyType(
    {
        FireName.SHOOT: Doctrine(FireName.SHOOT),
        FireName.SHOOT_LOOK_SHOOT: Doctrine(),
        FireName.SALVO: Doctrine(FireName.SALVO, rounds=2),
        FireName.SAVE: Doctrine(FireName.SAVE, reserve_for=5.0),
    }
)
"""The numbers of each doctrine where a scenario states none (notional; reserve 0.25 to 0.75, leave_below 0.02 to 0.5,
reserve_for 2 to 10)."""
