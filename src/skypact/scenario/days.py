"""What a scenario may say of several days of raids: how often they come, and what batteries are brought."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, TypeAlias

from pydantic import Field

from skypact.errors import Fault
from skypact.model.catalogue import Catalogue
from skypact.model.document import Document, Strict, choice, shown
from skypact.model.scenario import Days
from skypact.scenario.field import Basis

Magazines: TypeAlias = Annotated[float, Field(ge=0.0, le=1_000.0)]
ByTier: TypeAlias = Magazines | dict[str, Magazines]


class DaysEntry(Strict):
    """Raids day after day: rounds as a share of each battery's magazine, for all tiers or tier by tier."""

    raids_per_day: Annotated[int, Field(ge=1, le=24)] = 1
    resupply_per_day: Annotated[ByTier, Field(description="rounds that come to a battery in a day")] = 0.0
    store: Annotated[ByTier, Field(description="rounds behind its magazine on the first day")] = 1.0
    basis: Basis


def days_faults(document: Document, catalogue: Catalogue) -> Iterator[Fault]:
    """Tiers that no class of defence unit has."""
    tiers = sorted({kind.tier for kind in catalogue.interceptors.values()})
    for key in ("resupply_per_day", "store"):
        for path, _ in document.each("days", key, "*"):
            if path[-1] not in tiers:
                yield document.fault(path, shown(path[-1]), f"a tier: {choice(str(path[-1]), tiers)}")


def frozen_days(entry: DaysEntry | None) -> Days:
    """The days as the chain of raids uses them; those of `Days` itself where the file says nothing."""
    return Days() if entry is None else Days(**entry.model_dump())
