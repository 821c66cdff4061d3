"""The doctrine block of a scenario: for all, by nation, and by unit where it differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from skypact.errors import Fault
from skypact.model.doctrine import STANDARD, Coordination, Doctrine, FireName
from skypact.model.document import Document, Strict, choice, shown
from skypact.scenario.field import Code, Share

Rule: TypeAlias = Literal["own-places", "own-places-first", "reserve-kept", "pooled"]


class DoctrineEntry(Strict):
    """What one unit, the units of one nation, or all do; what is not stated is as for the next larger group."""

    fire: Annotated[
        Literal["shoot", "shoot-look-shoot", "salvo", "save"] | None,
        Field(description="how often and with how much a unit fires at one object"),
    ] = None
    rounds: Annotated[int, Field(ge=1, le=8, description="of a salvo")] | None = None
    reserve: Annotated[Share, Field(description="of the full magazine, kept for own places")] | None = None
    reserve_for: (
        Annotated[float, Field(ge=0.0, le=1e6, description="stake from which the reserve may be fired")]
        | None
    ) = None
    leave_below: (
        Annotated[
            Share, Field(description="chance that a defended place is hit, below which objects are left")
        ]
        | None
    ) = None
    pooled: (
        Annotated[bool, Field(description="whether the rule pooled may spend the reserve on others")] | None
    ) = None


class DoctrinesEntry(DoctrineEntry):
    """The doctrine of all, what nations do otherwise, and the rule of co-ordinated fire."""

    nations: dict[Code, DoctrineEntry] = Field(default={})
    coordination: Annotated[
        Rule,
        Field(description="whose places count where fire is co-ordinated, and which rounds may go there"),
    ] = "own-places"


def freeze_doctrine(every: DoctrinesEntry, nation: str, unit: DoctrineEntry | None) -> Doctrine:
    """The doctrine of one unit of a nation: field by field its own, else the nation's, else that of all.

    Numbers that nobody states are those of the doctrine's name.
    """
    said: dict[str, Any] = {}
    for entry in (every, every.nations.get(nation), unit):
        if entry is not None:
            said |= entry.model_dump(include=set(DoctrineEntry.model_fields), exclude_none=True)
    name = FireName(str(said.pop("fire", FireName.SHOOT_LOOK_SHOOT)))
    return replace(STANDARD[name], **said)


def freeze_coordination(every: DoctrinesEntry) -> Coordination:
    """The rule of co-ordinated fire at levels whose name states none."""
    return Coordination(every.coordination)


def doctrine_faults(document: Document, nations: list[str]) -> Iterator[Fault]:
    """Nations that the scenario does not have."""
    for path, _ in document.each("doctrine", "nations", "*"):
        if path[-1] not in nations:
            expected = f"a nation of the scenario: {choice(str(path[-1]), nations)}"
            yield document.fault(path, shown(path[-1]), expected)
