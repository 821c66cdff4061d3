"""The stages of sharing: what each nation releases, and the pictures made of what arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from skypact.defend import follow
from skypact.fuse import Contribution, carried_to, firm, fuse, position_sigma
from skypact.model.codes import HOSTILE_CLASSES, STATUSES, Content, ImpactKind
from skypact.model.message import Message, Payload
from skypact.model.track import Impacts, Tracks
from skypact.model.warning import Warnings
from skypact.run.account import (
    ACCOUNT_NS,
    count_carried,
    count_verdicts,
    count_withheld,
    write_account,
)
from skypact.run.flow import count_flow
from skypact.run.item import items_of, on_alert, status_of
from skypact.run.origin import join_origins
from skypact.run.plan import Plan
from skypact.run.state import Cell, Level, View, own_pool
from skypact.share import Outbox, compose, deliver, misreported, post, releasable
from skypact.warn import predict_impacts

WARNED_PROBABILITY = 0.5
"""Hostile probability from which a track is worth a warning to others."""
STATUS_NS = 60_000_000_000
"""Time between messages of what works and what is left."""


def release(plan: Plan, level: Level, now_ns: int) -> None:
    """Send what each nation releases of its own, and passes on, to those who may have it; take in what has come."""
    posting = now_ns % plan.carriage.message_period_ns == 0
    if posting:
        _send_own(plan, level, now_ns)
        _count_silence(level)
        _gate_detections(plan, level)
    _take_in(plan, level, now_ns)
    relays = [outbox for outbox in level.outboxes if outbox.sender != outbox.origin] if posting else []
    if relays:
        for outbox in relays:
            _pass_on(plan, level, outbox, now_ns)
        _take_in(plan, level, now_ns)
    if now_ns % ACCOUNT_NS == 0:
        tell_account(plan, level, now_ns)


def tell_account(plan: Plan, level: Level, now_ns: int) -> None:
    """Record what went over the links since the last account."""
    count_flow(plan, level, now_ns)
    write_account(level.account, level.events, now_ns)


def _take_in(plan: Plan, level: Level, now_ns: int) -> None:
    """Hand to the links what is to go by now, and open the mailboxes."""
    for carried in deliver(level.delivery, level.links, now_ns, plan.k0, plan.k1):
        count_carried(level.account, carried, now_ns)
    level.inbox = [mailbox.usable(now_ns) for mailbox in level.delivery.mailboxes]


def _send_own(plan: Plan, level: Level, now_ns: int) -> None:
    told: dict[tuple[int, Content], Payload] = {}
    for outbox in level.outboxes:
        late = outbox.content in STATUSES and now_ns % STATUS_NS
        if outbox.sender != outbox.origin or late:
            continue
        key = (outbox.sender, outbox.content)
        if key not in told:
            told[key] = _own(plan, level, outbox, now_ns)
        _send(plan, level, outbox, told[key], now_ns, now_ns)


def _own(plan: Plan, level: Level, outbox: Outbox, now_ns: int) -> Payload:
    """What a nation has of its own to tell, before any policy is asked."""
    sender = outbox.sender
    if outbox.content in STATUSES:
        return status_of(plan, level, sender, outbox.content, now_ns)
    cell = level.cells[own_pool(sender)]
    region = plan.wired.scenario.region
    tracks = misreported(plan.misreports, sender, tracks_of(cell), region, plan.k0, plan.k1)
    if outbox.content == Content.TRACKS:
        return tracks
    honest = tracks is tracks_of(cell)
    return _warnings(sender, tracks, impacts_of(plan, cell) if honest else _impacts(plan, tracks))


def _send(
    plan: Plan,
    level: Level,
    outbox: Outbox,
    payload: Payload,
    made_ns: int,
    now_ns: int,
    before: tuple[int, ...] = (),
) -> None:
    """Ask the policy of every item for every receiver, and post what it allows."""
    verdicts = releasable(
        level.rules,
        outbox.sender,
        np.array(outbox.receivers, np.int64),
        items_of(plan, level, outbox.content, payload, now_ns),
        now_ns * 1e-9,
        on_alert(plan, level, outbox.sender),
    )
    count_verdicts(level.account, outbox, verdicts)
    capacity = plan.wired.scenario.settings.link_tracks
    post(level.delivery, compose(outbox, payload, verdicts, made_ns, now_ns, capacity, before))


def _pass_on(plan: Plan, level: Level, outbox: Outbox, now_ns: int) -> None:
    """Pass on what the sender has got of another's information: each message once, and by itself.

    Were messages put together, what a receiver may have would bear traces of what it may not: its instant would be
    that of the other, and it would go again whenever the other came.
    """
    for message in level.delivery.mailboxes[outbox.sender].arrived(now_ns):
        key = (outbox.sender, *message.line)
        ours = message.origin == outbox.origin and message.content == outbox.content
        if not ours or level.forwarded.get(key) == message.number:
            continue
        level.forwarded[key] = message.number
        before = (message.sender, message.delay_ns, *message.before)
        _send(plan, level, outbox, message.payload, message.made_ns, now_ns, before)


def joined_warnings(parts: Sequence[Warnings]) -> Warnings:
    """Warnings put together, in the order given."""
    return Warnings(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Warnings.__dataclass_fields__)
    )


def see(plan: Plan, level: Level, now_ns: int) -> None:
    """Make each distinct picture of the level from its holders' information set."""
    level.carried = {
        id(message.payload): level.carried[id(message.payload)]
        for inbox in level.inbox
        for message in inbox
        if id(message.payload) in level.carried
    }
    for view in level.views:
        cell = level.cells[view.pool]
        if view.fused:
            own = Contribution(view.holders[0], tracks_of(cell))
            received = [
                Contribution(message.origin, _brought_to(level, message, now_ns))
                for message in _received_by_all(level, view)
            ]
            view.tracks = fuse(view.state, [own, *received], now_ns, plan.wired.scenario.settings.fusion)
            view.impacts = _impacts(plan, view.tracks)
            _follow_merged(level, view)
        else:
            view.tracks = tracks_of(cell)
            view.impacts = impacts_of(plan, cell)
        view.sigma_pos_m = position_sigma(view.tracks)
        view.firm = firm(view.tracks, view.impacts, view.sigma_pos_m)


def _received_by_all(level: Level, view: View) -> Sequence[Message]:
    """Messages of tracks that the picture is made from.

    Raises:
        RuntimeError: its holders have not got the same, so that one of them would see what another was told.
    """
    first, *others = (received_by(level, view, nation, Content.TRACKS) for nation in view.holders)
    for other in others:
        if len(first) != len(other) or not all(map(_same, first, other)):
            raise RuntimeError(f"holders {view.holders} of one picture have been told different things")
    return first


def _same(one: Message, other: Message) -> bool:
    """Whether two nations have been told the same: the same message, and of it the same items."""
    if one is other:
        return True
    if (one.identity, one.made_ns) != (other.identity, other.made_ns):
        return False
    names = type(one.payload).__dataclass_fields__
    return type(one.payload) is type(other.payload) and all(
        np.array_equal(getattr(one.payload, name), getattr(other.payload, name)) for name in names
    )


def received_by(level: Level, view: View, nation: int, content: Content) -> Sequence[Message]:
    """Messages of one content that a nation's picture is made from, in order of origin."""
    ways = {(line.nation, *line.path) for line in view.lines if line.content == content}
    found = [message for message in level.inbox[nation] if message.content == content and message.way in ways]
    return sorted(found, key=lambda message: message.origin)


def _brought_to(level: Level, message: Message, now_ns: int) -> Tracks:
    """A message's tracks at the present epoch, predicted once however many nations have got it."""
    payload = message.payload
    if not isinstance(payload, Tracks):
        raise TypeError("a message of tracks holds something else")
    known = level.carried.get(id(payload))
    if known is None or known[1].now_ns != now_ns:
        known = level.carried[id(payload)] = (payload, carried_to(payload, now_ns))
    return known[1]


def _follow_merged(level: Level, view: View) -> None:
    """Let engagements go on under the number that a picture track has got by being joined to another."""
    for old, new in view.state.merged.items():
        join_origins(view, old, new)
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
        cell.impacts = _impacts(plan, tracks_of(cell))
    return cell.impacts


def _impacts(plan: Plan, tracks: Tracks) -> Impacts:
    return predict_impacts(tracks, plan.impact, plan.wired.terrain, plan.logbook)


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


def _count_silence(level: Level) -> None:
    """Count the tracks that nations withhold, at this message epoch, from those who may have nothing of theirs."""
    tracks = [len(tracks_of(level.cells[own_pool(n)])) for n in range(len(level.inbox))]
    count_withheld(level.account, level.silent, np.array(tracks, np.float64))


def _gate_detections(plan: Plan, level: Level) -> None:
    """Let the alerts in force decide, until the next message epoch, how the detections that hang on them go."""
    if level.channels:
        level.told_alert = [on_alert(plan, level, nation) for nation in range(len(level.inbox))]
