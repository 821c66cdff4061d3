"""Co-ordinated fire: whom a nation tells of a salvo, when they get to know, and what they therefore leave to it."""

from __future__ import annotations

import numpy as np

from skypact.fuse import carried_to, selected
from skypact.model.codes import Content, EventKind
from skypact.model.message import Message
from skypact.model.network import B1, U1
from skypact.model.track import Tracks
from skypact.run.account import count_carried, count_items
from skypact.run.exchange import tracks_of
from skypact.run.item import items_of, on_alert
from skypact.run.plan import Plan
from skypact.run.state import NEVER_NS, Level, News, Shooting, own_pool
from skypact.share import (
    HEADER_BYTES,
    ITEM_BYTES,
    SALVO_STREAM,
    Carried,
    releasable,
    released_to,
    transmit_all,
)

SAME_OBJECT_M = 5_000.0
"""A track that will be this near to where another nation's salvo is to meet its object is left to that nation."""


def announce(plan: Plan, level: Level, shooting: Shooting, tracks: Tracks, local: U1, now_ns: int) -> None:
    """Put the news of a salvo on its way to all who may have what it tells.

    That is the track of what was fired at as the nation's own sensors hold it, so that it is the nation's own to
    release. Where they do not, it is the picture's track, and goes no further than all that is in it. Each is told as
    it may see that track: coarsened, without its identity, after the hold-back.

    Args:
        plan: the run's.
        level: changed: its news, its account.
        shooting: the salvo.
        tracks: the shooter's picture; local: [n] 1 where its own sensors hold the track.
        now_ns: instant of the shot.
    """
    nation = shooting.nation
    row = np.flatnonzero(tracks.track_id == shooting.shots.track_id[0])
    told = _own_track(level, nation, tracks, int(row[0])) if local[row].all() else selected(tracks, row)
    others = np.array([n for n in range(len(level.rules.nation)) if n != nation], np.int64)
    items = items_of(plan, level, Content.TRACKS, told, now_ns)
    verdicts = releasable(level.rules, nation, others, items, now_ns * 1e-9, on_alert(plan, level, nation))
    size = HEADER_BYTES + ITEM_BYTES[Content.TRACKS]
    for k, receiver in enumerate(others.tolist()):
        if not verdicts.allowed[k, 0]:
            count_items(level.account, EventKind.MESSAGE_REFUSED, nation, receiver, Content.TRACKS, 1)
            continue
        number = level.salvos_told.get((nation, receiver), 0)
        level.salvos_told[nation, receiver] = number + 1
        delay_ns = round(float(verdicts.delay_s[k, 0]) * 1e9)
        message = Message(
            nation,
            nation,
            Content.TRACKS,
            delay_ns,
            number,
            SALVO_STREAM,
            now_ns,
            now_ns + delay_ns,
            size,
            released_to(told, verdicts, k),
        )
        level.news.append(News(message, receiver, shooting))


def carry_news(plan: Plan, level: Level, now_ns: int) -> None:
    """Hand to the links the news of salvos that are to be sent by now, in order of sending.

    Called before what is released now: a line takes messages in the order of their sending.
    """
    due = sorted((news for news in level.news if news.message.sent_ns <= now_ns), key=_sent_ns)
    if not due:
        return
    level.news = [news for news in level.news if news.message.sent_ns > now_ns]
    for news in due:
        message = news.message
        receiver, number, sent_ns, size = (
            np.array([value], np.int64)
            for value in (news.receiver, message.number, message.sent_ns, message.size_bytes)
        )
        arrives_ns = transmit_all(
            level.links,
            level.delivery.state,
            message.sender,
            receiver,
            message.stream,
            number,
            sent_ns,
            size,
            plan.k0,
            plan.k1,
        )
        news.shooting.told_ns[news.receiver] = int(arrives_ns.min())
        if isinstance(message.payload, Tracks):
            there = carried_to(message.payload, news.shooting.due_ns).mean_ecef[0, :3]
            news.shooting.told_ecef_m[news.receiver] = there
        count_carried(level.account, Carried(message, (news.receiver,), arrives_ns), now_ns)


def left_to_others(level: Level, nation: int, tracks: Tracks) -> B1:
    """Tracks that will be where another nation's salvo meets its object, as it has told, [n]: left to that nation."""
    left = np.zeros(len(tracks), np.bool_)
    for shooting in level.flying:
        if tracks.now_ns < shooting.told_ns.get(nation, NEVER_NS):
            continue
        there = carried_to(tracks, shooting.due_ns).mean_ecef[:, :3]
        left |= np.linalg.norm(there - shooting.told_ecef_m[nation], axis=1) < SAME_OBJECT_M
    return left


def _sent_ns(news: News) -> int:
    return news.message.sent_ns


def _own_track(level: Level, nation: int, tracks: Tracks, row: int) -> Tracks:
    """The nation's own track that lies nearest to a track of its picture."""
    own = tracks_of(level.cells[own_pool(nation)])
    gap = np.linalg.norm(own.mean_ecef[:, :3] - tracks.mean_ecef[row, :3], axis=1)
    return selected(own, np.array([np.argmin(gap)]))
