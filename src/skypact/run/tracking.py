"""The tracking stage: each distinct tracker is fed once, whatever number of levels share it."""

from __future__ import annotations

import numpy as np

from skypact.model.codes import EventKind, TrackStatus
from skypact.model.detection import Detections
from skypact.model.network import I8
from skypact.run.plan import Plan
from skypact.run.state import Cell, Level, merged, take
from skypact.track import TrackEvents, advance, snapshot

_CONFIRMED = int(TrackStatus.CONFIRMED)


def distinct_cells(levels: list[Level]) -> list[Cell]:
    """Every tracker once, in order of level and pool."""
    seen: dict[int, Cell] = {}
    for level in levels:
        for cell in level.cells.values():
            seen.setdefault(id(cell), cell)
    return list(seen.values())


def track(plan: Plan, levels: list[Level], now_s: float) -> None:
    """Feed each distinct tracker with what its sensors have reported since the last epoch."""
    noted: dict[int, list[tuple[int, int, int]]] = {}
    for cell in distinct_cells(levels):
        changes = _feed(plan, cell, now_s)
        if len(cell.pool) == 1:
            noted[id(cell)] = _noted(changes)
        cell.tracks = snapshot(cell.bank, now_s, plan.tracker, TrackStatus.CONFIRMED)
        cell.impacts = None
    # In the level's own order: which trackers it shares with others must not show in its record.
    for level in levels:
        for cell in level.cells.values():
            if len(cell.pool) == 1:
                _record(level, cell.pool[0][0], noted[id(cell)], now_s)


def _feed(plan: Plan, cell: Cell, now_s: float) -> TrackEvents:
    sensors = plan.wired.network.sensors
    now_ns = round(now_s * 1e9)
    begin, end = cell.cursor, int(np.searchsorted(cell.stream.use_ns, now_ns, side="right"))
    cell.cursor = end
    more = _added_due(cell, now_ns)
    if more is None:
        return advance(cell.bank, sensors, cell.stream.detections, begin, end, cell.use, now_s, plan.tracker)
    rows: I8 = begin + np.flatnonzero(cell.use[begin:end])
    both = merged(take(cell.stream.detections, rows), more)
    return advance(cell.bank, sensors, both, 0, len(both.t_ns), None, now_s, plan.tracker)


def _added_due(cell: Cell, now_ns: int) -> Detections | None:
    """Added detections that can be used by now; what is used up leaves the cell's list."""
    due: Detections | None = None
    for k, (use_ns, begin, detections) in enumerate(cell.added):
        if use_ns[begin] > now_ns:
            continue
        end = int(np.searchsorted(use_ns, now_ns, side="right"))
        part = take(detections, np.arange(begin, end))
        due = part if due is None else merged(due, part)
        cell.added[k] = (use_ns, end, detections)
    if due is not None:
        cell.added = [entry for entry in cell.added if entry[1] < len(entry[0])]
    return due


def _noted(changes: TrackEvents) -> list[tuple[int, int, int]]:
    """Id, new and old status of tracks that are or were confirmed; tentative ones come and go with every false plot."""
    rows = np.flatnonzero((changes.new == _CONFIRMED) | (changes.old >= _CONFIRMED))
    return [(int(changes.track_id[k]), int(changes.new[k]), int(changes.old[k])) for k in rows]


def _record(level: Level, nation: int, noted: list[tuple[int, int, int]], now_s: float) -> None:
    """Record changes of status."""
    for track_id, new, old in noted:
        level.events.add(
            EventKind.TRACK_STATE,
            round(now_s * 1e9),
            nation=nation,
            track=track_id,
            other=new,
            value=float(old),
        )
