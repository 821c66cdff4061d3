"""What alerts for zones of several sizes would have been in one run, from the same pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from skypact.model.codes import EventKind
from skypact.model.manifest import Manifest
from skypact.model.network import F8, I4, I8
from skypact.model.record import Columns
from skypact.model.warning import RUNGS, AlertChange
from skypact.model.zone import Zones
from skypact.run.campaign import zone_entries
from skypact.run.log import EventLog
from skypact.run.plan import Plan, alert_settings, rows_by_nation
from skypact.run.response import seen, warnings_of
from skypact.run.state import Level
from skypact.score.alert import AlertBook, alert_book, warning_seconds
from skypact.score.verdict import tally, verdicts
from skypact.score.world import NEVER_S, alive_rows, killed_s, world_of
from skypact.warn import AlertSettings, AlertState, new_alert_state, update_alerts


@dataclass(frozen=True)
class Cut:
    """One way to cut the territory into zones."""

    size_m: float | None
    """width of the hexagons; None: the places themselves"""
    zones: Zones
    own: tuple[I4, ...]
    """per nation, the rows of its zones"""
    settings: AlertSettings


@dataclass(frozen=True)
class Sample:
    """What alerts for one cut at one level were worth in one run: k scored objects, R rungs."""

    warning_s: F8
    """[k, R] as `score.alert.warning_seconds`"""
    people: F8
    """[k] of the zone to which each object goes"""
    nation: I8
    """[k]"""
    correct: F8
    """[N, R] alerts, and likewise:"""
    precautionary: F8
    false: F8
    in_vain: F8
    """[N, R] people"""
    person_hours: F8
    """[N, R] people times hours under alert"""


def cut_of(plan: Plan, zones: Zones, size_m: float | None) -> Cut:
    """The cut made ready for a run."""
    own = rows_by_nation(zones, len(plan.wired.network.nations))
    return Cut(size_m, zones, own, alert_settings(zones, plan.alert))


class Watch:
    """Decides on alerts for every cut after every epoch, beside those of the run, which it leaves alone."""

    def __init__(self, cuts: Sequence[Cut], levels: int, run: int) -> None:
        self._cuts = cuts
        self._states = [[self._new(cut) for cut in cuts] for _ in range(levels)]
        self._logs = [[EventLog(run, level) for _ in cuts] for level in range(levels)]

    @staticmethod
    def _new(cut: Cut) -> AlertState:
        return new_alert_state(len(cut.zones.table.names))

    def __call__(self, levels: list[Level], now_ns: int) -> None:
        """Look at the pictures of an epoch."""
        for level in levels:
            for view in level.views:
                for nation in view.holders:
                    self._decide(level, nation, now_ns)

    def _decide(self, level: Level, nation: int, now_ns: int) -> None:
        view = level.view_of(nation)
        tracks, impacts = seen(view)
        received = warnings_of(level, view, nation)
        for k, cut in enumerate(self._cuts):
            if not len(cut.own[nation]):
                continue
            state = self._states[level.index][k]
            changes = update_alerts(
                cut.zones.table, cut.own[nation], tracks, impacts, received, state, now_ns, cut.settings
            )
            for row in np.flatnonzero(changes.change != AlertChange.UPDATED):
                raised = changes.change[row] == AlertChange.RAISED
                self._logs[level.index][k].add(
                    EventKind.ALERT if raised else EventKind.ALL_CLEAR,
                    now_ns,
                    nation=nation,
                    place=int(changes.place[row]),
                    other=int(changes.rung[row]),
                )

    def alerts(self, level: int, cut: int) -> Columns:
        """The alerts of one cut at one level, as a table of events."""
        return self._logs[level][cut].columns()


def samples(
    watch: Watch, cuts: Sequence[Cut], tables: dict[str, Columns], manifest: Manifest
) -> list[list[Sample]]:
    """What the alerts of each level and cut were worth, by the truth of the run's tables."""
    found: list[list[Sample]] = [[] for _ in manifest.levels]
    for k, cut in enumerate(cuts):
        described = replace(manifest, zones=zone_entries(cut.zones, manifest.nations))
        world = world_of(tables, described)
        for level in range(len(manifest.levels)):
            dead = killed_s(tables["events"], level, described)
            dead_s = np.array([dead.get(int(key), NEVER_S) for key in world.scored.key], np.float64)
            book = alert_book(watch.alerts(level, k), level, described)
            total = tally(verdicts(book, world, alive_rows(world, level, dead), dead, described), described)
            found[level].append(
                Sample(
                    warning_seconds(book, world.scored, dead_s),
                    world.scored.population,
                    world.scored.nation,
                    total.correct,
                    total.precautionary,
                    total.false,
                    total.in_vain,
                    _person_hours(book, described, float(world.t_s[-1])),
                )
            )
    return found


def _person_hours(book: AlertBook, manifest: Manifest, last_s: float) -> F8:
    """People times the hours for which their zones are under alert, by nation and rung [N, R]."""
    row = {name: n for n, name in enumerate(manifest.nations)}
    found = np.zeros((len(manifest.nations), len(RUNGS)))
    for (zone, rung), spans in book.items():
        entry = manifest.alerted[zone]
        lasted_s = np.maximum(np.minimum(spans.clear_s, last_s) - spans.raise_s, 0.0).sum()
        found[row[entry.nation], rung] += entry.population * lasted_s / 3600.0
    return found
