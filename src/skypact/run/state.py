"""What changes in a paired run: trackers that levels share while they can, and each level's own state."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from skypact.defend import FireState
from skypact.fuse import PictureState
from skypact.model.codes import Content
from skypact.model.defence import Shots
from skypact.model.detection import Detections, Sensed
from skypact.model.network import B1, F8, I4, I8, U1, SensorTable
from skypact.model.track import Impacts, Tracks
from skypact.model.warning import Warnings
from skypact.run.log import EventLog, TableLog
from skypact.share import LevelRules, Source
from skypact.track import TrackBank
from skypact.warn import AlertState

Pool = tuple[tuple[int, float], ...]
"""Whose detections feed a tracker, each with the seconds that they take to arrive."""


def own_pool(nation: int) -> Pool:
    """A nation's own detections alone, at once."""
    return ((nation, 0.0),)


@dataclass(frozen=True)
class Stream:
    """A pool's detections in the order in which they can be used."""

    detections: Detections
    object: I4
    use_ns: I8
    last_ns: I8
    """[objects] time of the last detection of each object, -2**62 where there is none"""


@dataclass
class Cell:
    """A tracker fed by one pool, shared by the levels whose raid has so far been the same to its sensors."""

    pool: Pool
    bank: TrackBank
    stream: Stream
    use: B1
    cursor: int
    levels: list[int]
    debris: list[tuple[I8, int, Detections]] = field(default_factory=list)
    """Detections of debris: the instants from which they can be used, the first not yet used, the detections."""
    tracks: Tracks | None = None
    """Confirmed tracks at the present epoch."""
    impacts: Impacts | None = None


@dataclass(frozen=True)
class Post:
    """What a nation released at one instant, from its own tracks."""

    t_ns: int
    tracks: Tracks
    warnings: Warnings


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


@dataclass
class Level:
    """Everything that one level of one run has of its own."""

    index: int
    rules: LevelRules
    links: tuple[tuple[int, int, Content], ...]
    """What goes from whom to whom (share.released)."""
    cells: dict[Pool, Cell]
    views: list[View]
    alerts: list[AlertState]
    fire: FireState
    events: EventLog
    pictures: TableLog
    full_rate: TableLog
    objects: TableLog
    truth: TableLog
    dead_ns: I8
    """[objects] instant of the kill, 2**62 while alive"""
    posts: list[list[Post]]
    """Per nation, newest last, no older than the longest delay in use."""
    flying: list[Shooting] = field(default_factory=list)
    awaiting: list[Shooting] = field(default_factory=list)
    ordinals: dict[tuple[int, int], int] = field(default_factory=dict)
    """(battery, object key) -> shots so far"""
    shots_fired: int = 0
    arrived: int = 0
    """Objects whose arrival has been dealt with, in order of arrival."""
    traffic: dict[tuple[int, int, int], list[float]] = field(default_factory=dict)
    """(sender, receiver, content) -> messages and items since the last account"""
    accounted_ns: int = -(2**62)
    """Instant of the last message counted"""

    def view_of(self, nation: int) -> View:
        """The picture that a nation holds."""
        return next(view for view in self.views if nation in view.holders)


NEVER_NS = 2**62


def stream_for(pool: Pool, sensed: Sensed, sensors: SensorTable, objects: int) -> Stream:
    """The detections of a pool's sensors in order of use: when they are ready, plus their way to the tracker."""
    rows = owned_by(sensors, pool, sensed.detections)
    found = take(sensed.detections, rows)
    use_ns = use_times(found, sensors, pool)
    order = np.lexsort((found.detection_id, found.sensor, found.t_ns, use_ns))
    owner = sensed.object[rows[order]]
    last = np.full(objects + 1, -NEVER_NS, np.int64)
    np.maximum.at(last, owner, found.t_ns[order])
    return Stream(take(found, order), owner, use_ns[order], last[:objects])


def use_times(detections: Detections, sensors: SensorTable, pool: Pool) -> I8:
    """When a pool's tracker can use each detection, [n] ns."""
    delay_ns = np.zeros(128, np.int64)
    for nation, delay_s in pool:
        delay_ns[nation] = round(delay_s * 1e9)
    use_ns: I8 = detections.ready_ns + delay_ns[sensors.nation[detections.sensor]]
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


def merged(first: Detections, second: Detections) -> Detections:
    """Two lots of detections put together in order of time."""
    both = Detections(
        *(
            np.concatenate([getattr(first, name), getattr(second, name)])
            for name in ("t_ns", "ready_ns", "sensor", "kind", "z", "sigma", "snr_db", "code", "detection_id")
        )
    )
    return take(both, np.lexsort((both.detection_id, both.sensor, both.t_ns)))


def fork(level: Level, pool: Pool) -> Cell:
    """The level's own tracker of this pool: the shared one copied where other levels still use it."""
    cell = level.cells[pool]
    if len(cell.levels) == 1:
        return cell
    cell.levels.remove(level.index)
    own = Cell(
        pool,
        cell.bank.copy(),
        cell.stream,
        cell.use.copy(),
        cell.cursor,
        [level.index],
        list(cell.debris),
        cell.tracks,
        cell.impacts,
    )
    level.cells[pool] = own
    return own


def owned_by(sensors: SensorTable, pool: Pool, detections: Detections) -> I8:
    """Rows of the detections made by sensors of a pool's nations."""
    members = [nation for nation, _ in pool]
    return np.flatnonzero(np.isin(sensors.nation[detections.sensor], members))
