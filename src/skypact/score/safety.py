"""Who was fired at that is no threat: flights engaged per 1,000 flights, with exact bounds, and each of them.

A flight is an aircraft that was in the region of some nation at some recorded snapshot (score.world): truth alone
decides, so all levels have the same flights. It is engaged where a salvo met it, and counts once however often.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skypact.model.codes import EventKind, ObjectClass, Outcome
from skypact.model.manifest import Manifest
from skypact.score.column import Table, whole
from skypact.score.interval import CONFIDENCE, binomial_bounds
from skypact.score.mistake import ENDS, SHOT_AT_CIVIL, SHOT_AT_FRIEND, Mistake, mistakes
from skypact.score.world import world_of

GOAL = 1e-4
"""The share of flights engaged that the upper bound should be under."""
KINDS_OF_FLIGHT: Mapping[str, tuple[ObjectClass, str]] = {
    "civil": (ObjectClass.CIVIL, SHOT_AT_CIVIL),
    "friendly": (ObjectClass.FRIENDLY, SHOT_AT_FRIEND),
}


@dataclass(frozen=True)
class SafetyRun:
    """What one run says."""

    run: int
    flights: Mapping[str, int]
    """by kind of flight"""
    engagements: tuple[Mistake, ...]
    """salvos that met an aircraft, level by level in order of time"""


@dataclass(frozen=True)
class SafetyRow:
    """One kind of flight at one level, all runs together."""

    level: str
    kind: str
    flights: int
    engaged: int
    """flights that a salvo met"""
    killed: int
    low: float
    high: float
    """exact bounds of the share engaged if flights were independent (Clopper and Pearson 1934)"""
    runs: int
    runs_engaged: int
    """runs in which any was"""
    run_high: float
    """exact upper bound of the share of such runs, in which nothing is assumed of flights"""

    @property
    def share(self) -> float:
        """Of the flights that were engaged; NaN where there was none."""
        return self.engaged / self.flights if self.flights else math.nan

    @property
    def good(self) -> bool:
        """Whether the upper bound is under `GOAL`."""
        return self.high < GOAL


def flights_needed(goal: float = GOAL) -> int:
    """The flights of which none may be engaged so that the exact upper bound is under a goal."""
    count = math.ceil(math.log(0.5 * (1.0 - CONFIDENCE)) / math.log1p(-goal))
    return count if binomial_bounds(0, count)[1] < goal else count + 1


def safety_run(tables: Mapping[str, Table], manifest: Manifest) -> SafetyRun:
    """The flights of one run and the engagements among them.

    Args:
        tables: events, objects, truth, pictures and holders of one run, as in `model.record`.
        manifest: the campaign's description.
    """
    world, events = world_of(tables, manifest), tables["events"]
    seen = set(world.key[world.member.any(axis=1)].tolist())
    met = whole(events, "object")[whole(events, "kind") == EventKind.OUTCOME]
    seen |= set(met.tolist())
    flights = {
        kind: sum(1 for key, value in world.object_class.items() if value == code and key in seen)
        for kind, (code, _) in KINDS_OF_FLIGHT.items()
    }
    codes = [int(code) for code, _ in KINDS_OF_FLIGHT.values()]
    if not np.isin([world.object_class.get(key, -1) for key in met.tolist()], codes).any():
        return SafetyRun(world.run, flights, ())
    kinds = [name for _, name in KINDS_OF_FLIGHT.values()]
    return SafetyRun(world.run, flights, tuple(m for m in mistakes(tables, manifest) if m.kind in kinds))


def safety_rows(runs: Sequence[SafetyRun], levels: Sequence[str]) -> tuple[SafetyRow, ...]:
    """A row a kind of flight and level."""
    return tuple(_row(runs, level, kind) for kind in KINDS_OF_FLIGHT for level in levels)


def _row(runs: Sequence[SafetyRun], level: str, kind: str) -> SafetyRow:
    name = KINDS_OF_FLIGHT[kind][1]
    mine = [(r.run, m) for r in runs for m in r.engagements if (m.level, m.kind) == (level, name)]
    engaged = {(run, m.object_key) for run, m in mine}
    flights = sum(run.flights[kind] for run in runs)
    low, high = binomial_bounds(len(engaged), flights) if flights else (math.nan, math.nan)
    of_runs = len({run for run, _ in engaged})
    return SafetyRow(
        level=level,
        kind=kind,
        flights=flights,
        engaged=len(engaged),
        killed=len({(run, m.object_key) for run, m in mine if m.end == ENDS[int(Outcome.KILL)]}),
        low=low,
        high=high,
        runs=len(runs),
        runs_engaged=of_runs,
        run_high=binomial_bounds(of_runs, len(runs))[1] if runs else math.nan,
    )
