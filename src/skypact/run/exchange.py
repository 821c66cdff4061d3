"""The stages of sharing: what each nation releases, and the pictures made of what arrives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skypact.defend import follow
from skypact.fuse import Contribution, carried_to, firm, fuse, position_sigma, selected
from skypact.model.codes import HOSTILE_CLASSES, Content, EventKind, ImpactKind
from skypact.model.track import Impacts, Tracks
from skypact.model.warning import Warnings
from skypact.run.plan import Plan
from skypact.run.state import Cell, Level, Post, View, own_pool
from skypact.share import Source, within_capacity
from skypact.warn import predict_impacts

ACCOUNT_NS = 60_000_000_000
"""Messages are recorded as one line a minute, pair and content."""
ITEM_BYTES = {Content.NOTHING: 0, Content.WARNINGS: 60, Content.TRACKS: 250, Content.DETECTIONS: 80}
"""Bytes of one item on a link (notional; a track with its covariance is the largest)."""
WARNED_PROBABILITY = 0.5
"""Hostile probability from which a track is worth a warning to others."""


def release(plan: Plan, level: Level, now_ns: int) -> None:
    """Post each nation's own tracks and warnings, at the message period, for those who may have them."""
    settings = plan.wired.scenario.settings
    if now_ns % round(settings.message_period_s * 1e9):
        return
    rules = level.rules
    longest_ns = round(float(rules.delay_s.max()) * 1e9)
    for sender in range(len(rules.content)):
        if _wanted(level, sender):
            cell = level.cells[own_pool(sender)]
            tracks = tracks_of(cell)
            carried = selected(tracks, within_capacity(tracks, settings.link_tracks))
            posts = level.posts[sender]
            posts.append(Post(now_ns, carried, _warnings(sender, tracks, impacts_of(plan, cell))))
            while len(posts) > 1 and posts[1].t_ns <= now_ns - longest_ns:
                posts.pop(0)
    count_messages(level, now_ns)
    if now_ns % ACCOUNT_NS == 0:
        write_account(level, now_ns)


def see(plan: Plan, level: Level, now_ns: int) -> None:
    """Make each distinct picture of the level from its holders' information set."""
    for view in level.views:
        cell = level.cells[view.pool]
        received = [
            Contribution(line.nation, carried_to(post.tracks, now_ns))
            for line in view.lines
            if line.content == Content.TRACKS and (post := latest(level, line, now_ns)) is not None
        ]
        if any(line.content == Content.TRACKS for line in view.lines):
            own = Contribution(view.holders[0], tracks_of(cell))
            view.tracks = fuse(view.state, [own, *received], now_ns)
            view.impacts = predict_impacts(view.tracks, plan.impact, plan.wired.terrain)
            _follow_merged(level, view)
        else:
            view.tracks = tracks_of(cell)
            view.impacts = impacts_of(plan, cell)
        view.sigma_pos_m = position_sigma(view.tracks)
        view.firm = firm(view.tracks, view.impacts, view.sigma_pos_m)


def _follow_merged(level: Level, view: View) -> None:
    """Let engagements go on under the number that a picture track has got by being joined to another."""
    for old, new in view.state.merged.items():
        for nation in view.holders:
            follow(level.fire, nation, old, new)
        for shooting in (*level.flying, *level.awaiting):
            if shooting.nation in view.holders and int(shooting.shots.track_id[0]) == old:
                shooting.shots = replace(shooting.shots, track_id=np.array([new], np.uint64))


def tracks_of(cell: Cell) -> Tracks:
    """The confirmed tracks of a tracker at the present epoch."""
    if cell.tracks is None:
        raise RuntimeError("a tracker is read before the tracking stage has run")
    return cell.tracks


def impacts_of(plan: Plan, cell: Cell) -> Impacts:
    """Where a tracker's tracks will end: predicted once an epoch, however many ask."""
    if cell.impacts is None:
        cell.impacts = predict_impacts(tracks_of(cell), plan.impact, plan.wired.terrain)
    return cell.impacts


def latest(level: Level, line: Source, now_ns: int) -> Post | None:
    """The newest post that has had time to arrive."""
    limit = now_ns - round(line.delay_s * 1e9)
    for post in reversed(level.posts[line.nation]):
        if post.t_ns <= limit:
            return post
    return None


def _wanted(level: Level, sender: int) -> bool:
    """Whether anybody uses this nation's tracks or warnings at this level."""
    return any(
        line.nation == sender and line.content in (Content.TRACKS, Content.WARNINGS)
        for view in level.views
        for line in view.lines
    )


def _warnings(sender: int, tracks: Tracks, impacts: Impacts) -> Warnings:
    hostile = tracks.class_prob[:, list(HOSTILE_CLASSES)].sum(axis=1)
    rows = np.flatnonzero((impacts.kind == ImpactKind.BALLISTIC) & (hostile >= WARNED_PROBABILITY))
    return Warnings(
        sender=np.full(len(rows), sender, np.uint8),
        track_id=tracks.track_id[rows],
        object_class=tracks.class_prob[rows].argmax(axis=1).astype(np.uint8),
        class_prob=hostile[rows].astype(np.float32),
        lat_rad=impacts.lat_rad[rows],
        lon_rad=impacts.lon_rad[rows],
        cov_en_m2=impacts.cov_en_m2[rows],
        t_ns=impacts.t_ns[rows],
        sigma_t_s=impacts.sigma_t_s[rows],
        sources=tracks.sources[rows],
    )


def count_messages(level: Level, now_ns: int) -> None:
    """Count what goes over each link at this message epoch, and what is refused."""
    items = [_items(level, sender, now_ns) for sender in range(len(level.rules.content))]
    for sender, receiver, content in level.links:
        line = level.traffic.setdefault((sender, receiver, int(content)), [0.0, 0.0])
        line[0] += 1.0
        line[1] += items[sender][content]
    level.accounted_ns = now_ns


def _items(level: Level, sender: int, now_ns: int) -> dict[Content, int]:
    """How many items of each content a nation has for others at this message epoch."""
    cell, posts = level.cells[own_pool(sender)], level.posts[sender]
    plots = np.searchsorted(cell.stream.use_ns, [level.accounted_ns, now_ns], side="right")
    return {
        Content.NOTHING: len(tracks_of(cell)),
        Content.WARNINGS: len(posts[-1].warnings.track_id) if posts else 0,
        Content.TRACKS: len(posts[-1].tracks) if posts else 0,
        Content.DETECTIONS: int(plots[1] - plots[0]),
    }


def write_account(level: Level, now_ns: int) -> None:
    """Record what went over each link since the last account, a line a link."""
    for (sender, receiver, code), (messages, carried) in sorted(level.traffic.items()):
        content = Content(code)
        kind_at = [(EventKind.MESSAGE_REFUSED, now_ns)]
        if content != Content.NOTHING:
            delay_ns = round(float(level.rules.delay_s[sender, receiver]) * 1e9)
            kind_at = [(EventKind.MESSAGE_SENT, now_ns), (EventKind.MESSAGE_RECEIVED, now_ns + delay_ns)]
        for kind, t_ns in kind_at:
            level.events.add(
                kind,
                t_ns,
                nation=sender,
                other=receiver,
                place=code,
                track=int(messages),
                value=carried,
                value2=carried * ITEM_BYTES[content],
            )
    level.traffic.clear()
