"""What changes in a paired run: trackers that levels share while they can, and each level's own state."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from skypact.defend import FireState
from skypact.fuse import PictureState
from skypact.model.defence import Shots
from skypact.model.detection import Detections, Sensed
from skypact.model.network import B1, F8, I4, I8, U1, SensorTable
from skypact.model.track import Impacts, Tracks
from skypact.model.warning import Warnings
from skypact.run.log import EventLog, TableLog
from skypact.share import LevelRules, Source
from skypact.track import TrackBank
from skypact.warn import AlertState

Pool = tuple[tuple[int, ...], float]
"""Whose detections feed a tracker, and how long they are held back so that all are in order of time (seconds)."""


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

    def view_of(self, nation: int) -> View:
        """The picture that a nation holds."""
        return next(view for view in self.views if nation in view.holders)


NEVER_NS = 2**62


def stream_for(pool: Pool, sensed: Sensed, sensors: SensorTable, objects: int) -> Stream:
    """The detections of a pool's sensors, in order of use (ready time plus the pool's hold-back)."""
    members, hold_s = pool
    found = sensed.detections
    rows = owned_by(sensors, members, found)
    use_ns = found.ready_ns[rows] + round(hold_s * 1e9)
    order = np.lexsort((found.detection_id[rows], found.sensor[rows], found.t_ns[rows], use_ns))
    rows = rows[order]
    owner = sensed.object[rows]
    last = np.full(objects + 1, -NEVER_NS, np.int64)
    np.maximum.at(last, owner, found.t_ns[rows])
    return Stream(take(found, rows), owner, use_ns[order], last[:objects])


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


def owned_by(sensors: SensorTable, members: tuple[int, ...], detections: Detections) -> I8:
    """Rows of the detections made by sensors of these nations."""
    return np.flatnonzero(np.isin(sensors.nation[detections.sensor], members))
