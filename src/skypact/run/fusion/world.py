"""The inputs of the study: trackers advanced once, their tracks posted as messages, and whose tracks they truly are.

Messages leave at the message period, carry the most threatening first up to their capacity, and may be used from the
delay of their line. Links are perfect. Lines whose terms depend on the object, the time or the alert are left out.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from skypact.fuse import Contribution, PictureState, carried_to, new_picture, selected
from skypact.model.codes import Content, TrackStatus
from skypact.model.detection import Sensed
from skypact.model.network import B1, I8
from skypact.model.track import Tracks
from skypact.run.carriage import Feed, Pool
from skypact.run.consistency.follow import Follower, feed, new_follower, owner_of
from skypact.run.plan import Plan
from skypact.run.state import own_pool
from skypact.share import ITEM_BYTES, LevelRules, Source, information_set, within_capacity
from skypact.track import snapshot


@dataclass
class Held:
    """A tracker's confirmed tracks at an instant, and whose they are."""

    tracks: Tracks
    thing: I8
    """[n] row of truth of the object that gave more than half of its latest detections, -1 for none"""
    mixed: B1
    """[n] whether its latest detections are of several things"""


@dataclass
class View:
    """One distinct picture of a level: what it is made from, and what each method remembers of it."""

    holders: list[int]
    lines: tuple[Source, ...]
    pool: Pool
    state: PictureState

    @property
    def nations(self) -> tuple[int, ...]:
        """Whose information it contains."""
        return tuple(line.nation for line in self.lines if line.content >= Content.TRACKS)


@dataclass
class World:
    """Everything that all methods share in one run."""

    plan: Plan
    trackers: dict[Pool, Follower]
    held: dict[Pool, Held] = field(default_factory=dict)
    posts: dict[int, deque[Held]] = field(default_factory=dict)
    """By nation, newest last"""
    spent_s: dict[Pool, float] = field(default_factory=dict)
    """Processor time of each tracker, prediction to the epoch included"""
    sent: dict[tuple[int, Content], int] = field(default_factory=dict)
    """Items that a nation has sent once to each receiver"""


def views_of(rules: LevelRules) -> list[View]:
    """The distinct pictures of a level."""
    views: dict[tuple[Source, ...], View] = {}
    nations = len(rules.content)
    for nation in range(nations):
        lines = tuple(
            line
            for line in information_set(rules, nation)
            if line.content in (Content.TRACKS, Content.DETECTIONS) and line.terms == ()
        )
        if lines in views:
            views[lines].holders.append(nation)
            continue
        pool = tuple(Feed(line.nation, line.delay_s) for line in lines if line.content == Content.DETECTIONS)
        views[lines] = View([nation], lines, pool, new_picture(nations))
    return list(views.values())


def new_world(plan: Plan, sensed: Sensed, views: list[View]) -> World:
    """The trackers that the views and their sources need, before anything was heard."""
    nations = sorted({line.nation for view in views for line in view.lines})
    pools = [own_pool(nation) for nation in nations] + [view.pool for view in views]
    trackers = {pool: new_follower(plan, sensed, pool) for pool in dict.fromkeys(pools)}
    return World(plan, trackers, spent_s=dict.fromkeys(trackers, 0.0))


def advance_world(world: World, now_s: float) -> None:
    """Bring every tracker to an instant, and post each nation's tracks where a message is due."""
    now_ns = round(now_s * 1e9)
    for pool, tracker in world.trackers.items():
        plots = tracker.cursor
        begin = time.process_time()
        feed(world.plan, tracker, now_s)
        tracks = snapshot(tracker.bank, now_s, world.plan.tracker, TrackStatus.CONFIRMED)
        world.spent_s[pool] += time.process_time() - begin
        recent = [tracker.recent[track] for track in tracks.track_id.tolist()]
        thing = np.array([_owner(of) for of in recent], np.int64)
        mixed = np.array([len(set(of)) > 1 for of in recent], np.bool_)
        world.held[pool] = Held(tracks, thing, mixed)
        if len(pool) == 1 and pool == own_pool(pool[0].nation):
            _count(world, pool[0].nation, Content.DETECTIONS, tracker.cursor - plots)
            _post(world, pool[0].nation, world.held[pool], now_ns)


def _owner(sources: deque[int]) -> int:
    owner = owner_of(sources)
    return owner if 2 * sources.count(owner) > len(sources) else -1


def _post(world: World, nation: int, held: Held, now_ns: int) -> None:
    settings = world.plan.wired.scenario.settings
    if now_ns % round(settings.message_period_s * 1e9):
        return
    rows = within_capacity(held.tracks, settings.link_tracks)
    world.posts.setdefault(nation, deque(maxlen=64)).append(
        Held(selected(held.tracks, rows), held.thing[rows], held.mixed[rows])
    )
    _count(world, nation, Content.TRACKS, len(rows))


def _count(world: World, nation: int, content: Content, items: int) -> None:
    world.sent[nation, content] = world.sent.get((nation, content), 0) + items


def contributions(world: World, view: View, now_ns: int) -> tuple[list[Contribution], I8, B1]:
    """What a view is made from at an instant, the own tracks first; whose track each is, and whether it is mixed."""
    own = world.held[view.pool]
    parts, held = [Contribution(view.holders[0], own.tracks)], [own]
    for line in view.lines:
        post = _latest(world, line, now_ns) if line.content == Content.TRACKS else None
        if post is not None:
            parts.append(Contribution(line.nation, carried_to(post.tracks, now_ns)))
            held.append(post)
    return parts, np.concatenate([part.thing for part in held]), np.concatenate([part.mixed for part in held])


def _latest(world: World, line: Source, now_ns: int) -> Held | None:
    """The newest message of a line that has had time to arrive."""
    limit_ns = now_ns - round(line.delay_s * 1e9)
    for post in reversed(world.posts.get(line.nation, ())):
        if post.tracks.now_ns <= limit_ns:
            return post
    return None


def bytes_sent(world: World, views: list[View]) -> float:
    """Bytes over all links of a level since the start: each nation's own line to itself is none."""
    return float(
        sum(
            world.sent.get((line.nation, line.content), 0) * ITEM_BYTES[line.content]
            for view in views
            for holder in view.holders
            for line in view.lines
            if line.nation != holder
        )
    )


def lately_seen(world: World, view: View, now_s: float, within_s: float) -> B1:
    """Rows of truth that a sensor of the view's nations detected lately, as a mask over all objects."""
    last = np.max([world.trackers[own_pool(nation)].seen_s[:-1] for nation in view.nations], axis=0)
    return np.asarray(last >= now_s - within_s, np.bool_)
