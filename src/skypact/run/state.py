"""What changes in a paired run: trackers that levels share while they can, and each level's own state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

import numpy as np

from skypact.defend import FireSettings, FireState
from skypact.fuse import PictureState
from skypact.model.codes import Content
from skypact.model.defence import Shots
from skypact.model.detection import Detections, Sensed
from skypact.model.link import LinkTable
from skypact.model.message import Message
from skypact.model.network import B1, F8, I1, I4, I8, U1, SensorTable
from skypact.model.track import Impacts, Tracks
from skypact.run.account import Account
from skypact.run.build import Treatments
from skypact.run.carriage import Carriage, Feed, Pool
from skypact.run.leg import Channel, Traffic
from skypact.run.log import EventLog, TableLog
from skypact.share import Delivery, LevelRules, Outbox, Source
from skypact.track import TrackBank
from skypact.warn import AlertState, PrealertState


def own_pool(nation: int) -> Pool:
    """A nation's own detections alone, at once."""
    return (Feed(nation, 0.0),)


@dataclass(frozen=True)
class Stream:
    """A pool's detections in the order in which they can be used."""

    detections: Detections
    object: I4
    use_ns: I8
    last_ns: I8
    """[objects] time of the last detection of each object, -2**62 where there is none"""


KILLED, DEBRIS, CUED = 0, 1, 2
"""What can change for a tracker: an object is killed, its debris is seen, looks by cue have seen something."""
Change: TypeAlias = tuple[int, int, int]
"""One of these; the row of truth, or a digest of what was seen; when (ns). Equal changes are made in one epoch."""


@dataclass
class Cell:
    """A tracker fed by one pool, shared by the levels whose raid has so far been the same to its sensors."""

    pool: Pool
    bank: TrackBank
    stream: Stream
    use: B1
    cursor: int
    levels: list[int]
    family: dict[tuple[Change, ...], Cell]
    """Every tracker of the pool, by its history"""
    history: tuple[Change, ...] = ()
    """What has changed against the raid in which nobody fires"""
    added: list[tuple[I8, int, Detections]] = field(default_factory=list)
    """Detections of debris and by cue: the instants from which they can be used, the first not yet used, they."""
    tracks: Tracks | None = None
    """Confirmed tracks at the present epoch."""
    impacts: Impacts | None = None


@dataclass
class Shooting:
    """A salvo on its way, or awaiting its assessment."""

    shots: Shots
    """One row."""
    number: int
    nation: int
    fired_ns: int
    due_ns: int
    assessment: int = 0
    told_ecef_m: dict[int, F8] = field(default_factory=dict)
    """Nation that is told of the salvo -> where it is to meet its object, as that nation may know it, [3]"""
    told_ns: dict[int, int] = field(default_factory=dict)
    """Nation that is told of the salvo -> when the news arrives, NEVER_NS where it is lost"""


@dataclass(frozen=True)
class News:
    """A message of a salvo that waits to be sent to one nation."""

    message: Message
    receiver: int
    shooting: Shooting


@dataclass
class View:
    """One distinct picture of a level and who holds it."""

    number: int
    lines: tuple[Source, ...]
    pool: Pool
    holders: list[int]
    state: PictureState
    tracks: Tracks | None = None
    impacts: Impacts | None = None
    sigma_pos_m: F8 | None = None
    firm: U1 | None = None
    took_off: dict[int, bool] = field(default_factory=dict)
    """By track, from when it was first seen: whether it had taken off at home"""

    @property
    def fused(self) -> bool:
        """Whether it is made of several sources' tracks, and not by a tracker alone."""
        return any(line.content == Content.TRACKS for line in self.lines)


@dataclass
class Level:
    """Everything that one level of one run has of its own."""

    index: int
    rules: LevelRules
    switches: Treatments
    links: LinkTable
    cells: dict[Pool, Cell]
    views: list[View]
    alerts: list[AlertState]
    prealerts: PrealertState
    fire: FireState
    fire_settings: FireSettings
    events: EventLog
    pictures: TableLog
    full_rate: TableLog
    objects: TableLog
    truth: TableLog
    dead_ns: I8
    """[objects] instant of the kill, 2**62 while alive"""
    outboxes: list[Outbox]
    """What goes live from whom to whom: one for each sender, origin and content; own information first."""
    delivery: Delivery
    account: Account
    silent: B1
    """[N, N] sender and receiver of whom the one never lets the other have anything"""
    traffic: list[Traffic]
    """The legs of detections that alerts do not change"""
    channels: list[Channel]
    """Those whose release hangs on alerts, hop by hop; what comes from a hop stands after it"""
    told_alert: list[bool]
    """Per nation, whether it had an alert in force at the last message epoch"""
    inbox: list[tuple[Message, ...]]
    """Per nation, what has come and may be used at the present epoch."""
    carried: dict[int, tuple[Tracks, Tracks]] = field(default_factory=dict)
    """By the identity of a message's tracks: these, and they at the present epoch"""
    forwarded: dict[tuple[int, ...], int] = field(default_factory=dict)
    """(nation, line of messages that came to it) -> number of the one that it passed on last"""
    flying: list[Shooting] = field(default_factory=list)
    awaiting: list[Shooting] = field(default_factory=list)
    ordinals: dict[tuple[int, int], int] = field(default_factory=dict)
    """(battery, object key) -> shots so far"""
    cued: set[tuple[int, int]] = field(default_factory=set)
    """(nation, row of truth) that a look by cue has detected"""
    shots_fired: int = 0
    added: list[Detections] = field(default_factory=list)
    """Of debris and by cue, not yet in the account of the traffic"""
    news: list[News] = field(default_factory=list)
    """Of salvos, held back as the policy says"""
    salvos_told: dict[tuple[int, int], int] = field(default_factory=dict)
    """(sender, receiver) -> messages of salvos so far"""
    arrived: int = 0
    """Objects whose arrival has been dealt with, in order of arrival."""

    def view_of(self, nation: int) -> View:
        """The picture that a nation holds."""
        return next(view for view in self.views if nation in view.holders)


NEVER_NS = 2**62


def stream_for(
    pool: Pool, sensed: Sensed, sensors: SensorTable, objects: int, carriage: Carriage | None = None
) -> Stream:
    """The detections of a pool's sensors in order of use: when they are ready, plus their way to the tracker.

    What never comes is left out: withheld, lost on its way, or carried only as alerts turn out. `carriage` may be left
    out where every way is perfect.
    """
    rows = owned_by(sensors, pool, sensed.detections)
    ready_ns = sensed.detections.ready_ns[rows]
    nation = sensors.nation[sensed.detections.sensor[rows]]
    use_ns = use_times(ready_ns, nation, pool, carriage)
    # What was sensed comes in order of time, sensor and number, which decides between equals.
    order = np.argsort(use_ns, kind="stable")
    order = order[: np.searchsorted(use_ns[order], NEVER_NS)]
    found, owner = take(sensed.detections, rows[order]), sensed.object[rows[order]]
    last = np.full(objects + 1, -NEVER_NS, np.int64)
    np.maximum.at(last, owner, found.t_ns)
    return Stream(found, owner, use_ns[order], last[:objects])


def use_times(ready_ns: I8, nation: I1, pool: Pool, carriage: Carriage | None = None) -> I8:
    """When a pool's tracker can use each detection, [n] ns; NEVER_NS where it never comes, or hangs on alerts.

    Args:
        ready_ns: [n] when each is ready at its owner; nation: [n] its owner.
        pool: whose detections come, and how.
        carriage: the links; without them every way is perfect.
    """
    use_ns = np.full(len(ready_ns), NEVER_NS, np.int64)
    for feed in pool:
        if feed.gate >= 0:
            continue
        rows = np.flatnonzero(nation == feed.nation)
        ready = ready_ns[rows]
        use_ns[rows] = (
            ready + round(feed.delay_s * 1e9) if carriage is None else carriage.arrivals(feed, ready)
        )
    return use_ns


def take(detections: Detections, rows: I8) -> Detections:
    """The detections of the given rows."""
    return Detections(
        detections.t_ns[rows],
        detections.ready_ns[rows],
        detections.sensor[rows],
        detections.kind[rows],
        detections.z[rows],
        detections.sigma[rows],
        detections.snr_db[rows],
        detections.code[rows],
        detections.detection_id[rows],
    )


def strung(parts: Sequence[Detections]) -> Detections:
    """At least one lot of detections, one after another."""
    if len(parts) == 1:
        return parts[0]
    return Detections(*(np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS))


_COLUMNS = ("t_ns", "ready_ns", "sensor", "kind", "z", "sigma", "snr_db", "code", "detection_id")


def merged(first: Detections, second: Detections) -> Detections:
    """Two lots of detections put together in order of time."""
    both = strung((first, second))
    return take(both, np.lexsort((both.detection_id, both.sensor, both.t_ns)))


def change_tracker(level: Level, pool: Pool, change: Change, make: Callable[[Cell], None]) -> None:
    """Make a change in the level's tracker of a pool, for this level alone: a shared tracker is copied.

    Where another level has come to the same history, its tracker is this level's too from now on.
    """
    cell = level.cells[pool]
    history = (*cell.history, change)
    changed = cell.family.get(history)
    cell.levels.remove(level.index)
    if not cell.levels:
        del cell.family[cell.history]
    if changed is None:
        changed = cell
        if cell.levels:
            changed = replace(cell, bank=cell.bank.copy(), levels=[], added=list(cell.added))
        changed.history = history
        cell.family[history] = changed
        make(changed)
    changed.levels.append(level.index)
    level.cells[pool] = changed


def add(
    level: Level, detections: Detections, sensors: SensorTable, carriage: Carriage, change: Change
) -> None:
    """Give a level's trackers detections beside those of the unfired raid, each in its own time, by its own way."""
    level.added.append(detections)
    for pool in list(level.cells):
        rows = owned_by(sensors, pool, detections)
        if len(rows) == 0:
            continue
        nation = sensors.nation[detections.sensor[rows]]
        use_ns = use_times(detections.ready_ns[rows], nation, pool, carriage)
        order = np.argsort(use_ns, kind="stable")
        order = order[: np.searchsorted(use_ns[order], NEVER_NS)]
        if len(order):
            change_tracker(
                level, pool, change, partial(_feed_more, use_ns[order], take(detections, rows[order]))
            )


def _feed_more(use_ns: I8, detections: Detections, cell: Cell) -> None:
    cell.added.append((use_ns, 0, detections))


def owned_by(sensors: SensorTable, pool: Pool, detections: Detections) -> I8:
    """Rows of the detections made by sensors of a pool's nations."""
    members = [feed.nation for feed in pool]
    return np.flatnonzero(np.isin(sensors.nation[detections.sensor], members))
