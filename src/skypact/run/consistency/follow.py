"""One run for its trackers alone: truth is drawn and sensed, trackers follow it, nobody shares, warns or fires.

Whose track a track is, is told by its detections: of the objects that gave its latest ones the one that gave most. So a
track that errs is a track of its object however far off it is, what false detections it took besides, and a track that
changes over to another object is soon one of that. Where most of the latest detections were false a track is one of
nothing in the counts of false tracks, of classes and of first tracks; its errors count all the same.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from skypact.fuse import firm, position_sigma
from skypact.kernels import bank as layout
from skypact.kernels.gospa import pair_snapshots
from skypact.model.codes import Content, ImpactKind, ObjectClass, TrackStatus
from skypact.model.detection import Sensed
from skypact.model.network import B1, F8, I8
from skypact.model.track import Impacts, Launches, Tracks
from skypact.run.build import Wired
from skypact.run.carriage import Feed, Pool
from skypact.run.consistency.sample import RunSamples, Sampler, gathered
from skypact.run.level import TRACK_CAPACITY
from skypact.run.outcome import true_states
from skypact.run.paired import prepare, span_s
from skypact.run.plan import Plan
from skypact.run.state import Stream, own_pool, stream_for
from skypact.score.confusion import NOTHING
from skypact.score.pairing import CUTOFF_M
from skypact.share import information_set
from skypact.track import TrackBank, advance, new_bank, snapshot
from skypact.warn import LaunchSettings, launch_points, predict_impacts

RECENT = 5
"""Latest detections that say whose a track is."""
SEEN_S = 60.0
"""An object that the sensors detected within this time is one that the picture should hold."""
FALLING = (ObjectClass.BALLISTIC, ObjectClass.ROCKET)


@dataclass
class Follower:
    """A tracker, and what is known of its tracks by the one who made the world."""

    pool: Pool
    stream: Stream
    bank: TrackBank
    sampler: Sampler
    seen_s: F8
    """[objects + 1] when its sensors last detected each; -inf never; the last is no object"""
    first_s: F8
    """[objects, 3] first detection, confirmed track and firm track, NaN never"""
    cursor: int = 0
    recent: dict[int, deque[int]] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)
    """Tracks ever confirmed."""
    false_tracks: int = 0


@dataclass(frozen=True)
class Instant:
    """What everything truly does at an instant."""

    now_s: float
    state: F8
    """[objects, 6]"""
    phase: I8


def follow_run(
    wired: Wired, run: int, seed: int, progress: Callable[[float], None] | None = None
) -> RunSamples:
    """What the trackers of one run believed beside what was true: a function of scenario, seed and run alone.

    Args:
        wired: the scenario ready to run; its last level says which nations feed the common tracker.
        run: number of the run.
        seed: the campaign's seed.
        progress: called with the share done, 0..1.
    """
    plan, sensed = prepare(wired, run, seed)
    period_s = wired.scenario.settings.picture_period_s
    start_s, end_s = span_s(wired, plan.truth)
    followers = [new_follower(plan, sensed, pool) for pool in pools_of(wired)]
    epochs = math.ceil((end_s - start_s) / period_s)
    for k in range(1, epochs + 1):
        now_s = start_s + k * period_s
        instant = Instant(now_s, true_states(plan.truth, now_s), phases_of(plan, now_s))
        for follower in followers:
            look(plan, follower, instant)
        if progress is not None and k % 25 == 0:
            progress(k / epochs)
    hours = epochs * period_s / 3600.0
    for own in followers:
        own.sampler.finish(plan.truth.object_class.astype(np.int64), own.first_s, own.false_tracks, hours)
    return gathered([own.sampler for own in followers])


def pools_of(wired: Wired) -> tuple[Pool, ...]:
    """Each nation with sensors by itself; then the largest pool of detections of the last level, if it has one."""
    nations = sorted(set(wired.network.sensors.nation.tolist()))
    pools = [own_pool(nation) for nation in nations]
    lines = [information_set(wired.levels[-1], nation) for nation in range(len(wired.network.nations))]
    shared = [
        tuple(Feed(line.nation, line.delay_s) for line in of if line.content == Content.DETECTIONS)
        for of in lines
    ]
    largest: Pool = max(shared, key=len, default=())
    return (*pools, largest) if len(largest) > 1 else tuple(pools)


def new_follower(plan: Plan, sensed: Sensed, pool: Pool) -> Follower:
    """A tracker of a pool that has heard nothing yet."""
    objects = len(plan.truth.key)
    return Follower(
        pool=pool,
        stream=stream_for(pool, sensed, plan.wired.network.sensors, objects),
        bank=new_bank(TRACK_CAPACITY),
        sampler=Sampler(pooled=len(pool) > 1),
        seen_s=np.full(objects + 1, -math.inf),
        first_s=np.full((objects, 3), math.nan),
    )


def look(plan: Plan, own: Follower, instant: Instant) -> None:
    """Bring a tracker to an instant, and note how it stands beside truth."""
    now_s = instant.now_s
    feed(plan, own, now_s)
    tracks = snapshot(own.bank, now_s, plan.tracker, TrackStatus.CONFIRMED)
    impacts = predict_impacts(tracks, plan.impact, plan.wired.terrain)
    recent = [own.recent[track] for track in tracks.track_id.tolist()]
    thing = np.array([owner_of(sources) for sources in recent], np.int64)
    false = np.array([mostly_false(sources) for sources in recent], np.bool_)
    solid = firm(tracks, impacts, position_sigma(tracks)).astype(np.bool_)
    _note_firsts(
        own, tracks, np.where(false, -1, thing), solid, plan.truth.object_class.astype(np.int64), now_s
    )
    _note_picture(own, tracks, instant)
    flies = np.zeros(len(tracks), np.bool_)
    flies[thing >= 0] = ~np.isnan(instant.state[thing[thing >= 0], 0])
    rows = np.flatnonzero(flies)
    launches = launch_points(tracks, LaunchSettings(), plan.wired.terrain, rows)
    _note_states(plan, own, tracks, rows, thing, instant)
    _note_points(plan, own, rows, thing, impacts, launches, now_s)


def feed(plan: Plan, own: Follower, now_s: float) -> None:
    """Advance the bank, and remember which object gave each track its detections."""
    low, high = own.cursor, int(np.searchsorted(own.stream.use_ns, round(now_s * 1e9), side="right"))
    own.cursor = high
    sensors = plan.wired.network.sensors
    events = advance(own.bank, sensors, own.stream.detections, low, high, None, now_s, plan.tracker)
    thing = own.stream.object[low:high]
    for track, source in zip(events.owner.tolist(), thing.tolist(), strict=True):
        if track:
            own.recent.setdefault(track, deque(maxlen=RECENT)).append(source)
    own.seen_s[thing] = now_s
    new = thing[thing >= 0]
    own.first_s[new, 0] = np.fmin(own.first_s[new, 0], now_s)


def owner_of(sources: deque[int]) -> int:
    """The object that gave most detections, the earlier of two where they are even; -1 if all were false."""
    real = Counter(source for source in sources if source >= 0)
    return real.most_common(1)[0][0] if real else -1


def mostly_false(sources: deque[int]) -> bool:
    """Whether more than half of the detections were false."""
    return 2 * sum(source < 0 for source in sources) > len(sources)


def _note_firsts(own: Follower, tracks: Tracks, thing: I8, solid: B1, kinds: I8, now_s: float) -> None:
    """Note first confirmed and firm tracks, what they were then taken for, and tracks of nothing."""
    for row, (track, source) in enumerate(zip(tracks.track_id.tolist(), thing.tolist(), strict=True)):
        if track not in own.known:
            own.known.add(track)
            own.false_tracks += source < 0
        if source < 0:
            continue
        firsts = own.first_s[source]
        if math.isnan(firsts[1]):
            firsts[1] = now_s
        if solid[row] and math.isnan(firsts[2]):
            firsts[2] = now_s
            believed, identity = int(tracks.class_prob[row].argmax()), int(tracks.identity[row])
            own.sampler.confuse(True, int(kinds[source]), believed, identity)
    kind = np.where(thing >= 0, kinds[thing], NOTHING)
    for row in range(len(tracks)):
        own.sampler.confuse(
            False, int(kind[row]), int(tracks.class_prob[row].argmax()), int(tracks.identity[row])
        )


def _note_picture(own: Follower, tracks: Tracks, instant: Instant) -> None:
    """The picture error against what the sensors lately detected and what still flies."""
    there = np.flatnonzero((own.seen_s[:-1] >= instant.now_s - SEEN_S) & ~np.isnan(instant.state[:, 0]))
    own.sampler.picture(*picture_error(tracks, instant.state[there]), CUTOFF_M)


def picture_error(tracks: Tracks, state: F8) -> tuple[float, int, int]:
    """Squared distances of tracks from what they lie on, summed; objects without a track; tracks without an object.

    Args:
        tracks: the picture.
        state: [objects, 6] what should be in it.
    """
    state = state[np.argsort(state[:, 0])]
    n, m = len(tracks), len(state)
    match, square = np.full(n, -1, np.int64), np.zeros(n)
    pair_snapshots(
        np.ascontiguousarray(tracks.mean_ecef[:, :3]),
        np.array([0, n]),
        np.ascontiguousarray(state[:, :3]),
        np.array([0, m]),
        np.ones(m, np.bool_),
        CUTOFF_M,
        match,
        square,
    )
    pairs = int(np.count_nonzero(match >= 0))
    return float(square[match >= 0].sum()), m - pairs, n - pairs


def _note_states(plan: Plan, own: Follower, tracks: Tracks, rows: I8, thing: I8, instant: Instant) -> None:
    """The errors of tracks of what flies."""
    of = thing[rows]
    own.sampler.states(
        plan.truth.object_class[of].astype(np.int64),
        instant.phase[of],
        own.bank.arrays.tags[tracks.slot[rows], layout.HITS],
        np.array([len(set(own.recent[track])) > 1 for track in tracks.track_id[rows].tolist()], np.bool_),
        tracks.mean_ecef[rows] - instant.state[of],
        tracks.cov_ecef[rows],
    )


def _note_points(
    plan: Plan, own: Follower, rows: I8, thing: I8, impacts: Impacts, launches: Launches, now_s: float
) -> None:
    """Predicted impacts of what has burnt out, and launch points, beside where they truly are."""
    truth = plan.truth
    falling = rows[np.isin(truth.object_class[thing[rows]], FALLING)]
    ends = falling[
        (impacts.kind[falling] == ImpactKind.BALLISTIC) & (now_s >= truth.burnout_s[thing[falling]])
    ]
    of = thing[ends]
    own.sampler.ellipses(
        False,
        truth.object_class[of].astype(np.int64),
        truth.end_s[of] - now_s,
        impacts.pos_ecef_m[ends] - truth.end_ecef_m[of],
        np.stack([impacts.lat_rad[ends], impacts.lon_rad[ends]], axis=1),
        impacts.cov_en_m2[ends],
    )
    begun = falling[launches.known[falling]]
    of = thing[begun]
    own.sampler.ellipses(
        True,
        truth.object_class[of].astype(np.int64),
        now_s - truth.launch_s[of],
        launches.pos_ecef_m[begun] - truth.state[truth.offset[of], :3],
        launches.lat_lon_rad[begun],
        launches.cov_en_m2[begun],
    )


def phases_of(plan: Plan, now_s: float) -> I8:
    """The phase of every object's flight, whether or not it flies."""
    truth = plan.truth
    last = truth.offset[1:] - 1
    sample = truth.offset[:-1] + np.maximum(math.floor(now_s) - truth.first_s, 0)
    return truth.phase[np.minimum(sample, last)].astype(np.int64)
