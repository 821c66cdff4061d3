"""The stages of sharing: what each nation releases, and the pictures made of what arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from skypact.defend import follow
from skypact.fuse import Contribution, carried_to, firm, fuse, position_sigma, stacked
from skypact.model.codes import HOSTILE_CLASSES, STATUSES, Content, EventKind, ImpactKind
from skypact.model.message import Message, Payload
from skypact.model.network import I8
from skypact.model.track import Impacts, Tracks
from skypact.model.warning import Warnings
from skypact.run.account import (
    ACCOUNT_NS,
    count_carried,
    count_detections,
    count_verdicts,
    count_withheld,
    write_account,
)
from skypact.run.item import items_of, on_alert, status_of
from skypact.run.level import detections_released, hops
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
        _gate_detections(plan, level, now_ns)
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
    _count_rest(plan, level, now_ns)
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
    impacts = impacts_of(plan, cell) if honest else predict_impacts(tracks, plan.impact, plan.wired.terrain)
    return _warnings(sender, tracks, impacts)


def _send(plan: Plan, level: Level, outbox: Outbox, payload: Payload, made_ns: int, now_ns: int) -> None:
    """Ask the policy of every item for every receiver, and post what it allows."""
    verdicts = releasable(
        level.rules,
        outbox.sender,
        np.array(outbox.receivers, np.int64),
        items_of(plan, level, outbox.content, payload, now_ns),
        now_ns * 1e-9,
        on_alert(plan, level, outbox.sender),
    )
    count_verdicts(level.account, outbox, len(payload), verdicts)
    capacity = plan.wired.scenario.settings.link_tracks
    post(level.delivery, compose(outbox, payload, verdicts, made_ns, now_ns, capacity))


def _pass_on(plan: Plan, level: Level, outbox: Outbox, now_ns: int) -> None:
    """Pass on the newest that the sender has got of another's information, once."""
    got = [
        message
        for message in level.inbox[outbox.sender]
        if message.origin == outbox.origin and message.content == outbox.content
    ]
    key = (outbox.sender, outbox.origin, int(outbox.content))
    numbers = tuple(message.number for message in got)
    if not got or level.forwarded.get(key) == numbers:
        return
    level.forwarded[key] = numbers
    made_ns = max(message.made_ns for message in got)
    _send(plan, level, outbox, _together(got, made_ns), made_ns, now_ns)


def _together(messages: Sequence[Message], made_ns: int) -> Payload:
    """The items of messages that were held back for different times, as of the newest; the rest of a status is old."""
    payloads = [message.payload for message in messages]
    tracks = [carried_to(part, made_ns) for part in payloads if isinstance(part, Tracks)]
    warnings = [part for part in payloads if isinstance(part, Warnings)]
    if tracks:
        return tracks[0] if len(tracks) == 1 else replace(stacked(tracks), now_ns=made_ns)
    if warnings:
        return joined_warnings(warnings)
    return max(messages, key=lambda message: message.made_ns).payload


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
        if any(line.content == Content.TRACKS for line in view.lines):
            own = Contribution(view.holders[0], tracks_of(cell))
            received = [
                Contribution(message.origin, _brought_to(level, message, now_ns))
                for message in _received_by_all(level, view)
            ]
            view.tracks = fuse(view.state, [own, *received], now_ns, plan.wired.scenario.settings.fusion)
            view.impacts = predict_impacts(view.tracks, plan.impact, plan.wired.terrain)
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
        same = len(first) == len(other) and all(
            one.payload is two.payload for one, two in zip(first, other, strict=True)
        )
        if not same:
            raise RuntimeError(f"holders {view.holders} of one picture have been told different things")
    return first


def received_by(level: Level, view: View, nation: int, content: Content) -> Sequence[Message]:
    """Messages of one content that a nation's picture is made from, in order of origin."""
    ways = {
        (line.nation, line.path[-1] if line.path else line.nation)
        for line in view.lines
        if line.content == content
    }
    found = [
        message
        for message in level.inbox[nation]
        if message.content == content and (message.origin, message.sender) in ways
    ]
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


def _count_rest(plan: Plan, level: Level, now_ns: int) -> None:
    """Count the detections that went, came and were lost since the last account."""
    account, since_ns = level.account, level.account.counted_ns
    account.counted_ns = now_ns
    period_ns = plan.carriage.message_period_ns
    sent = now_ns // period_ns - max(since_ns, round(plan.span_s[0] * 1e9)) // period_ns

    def within(times_ns: I8) -> I8:
        begin, end = np.searchsorted(times_ns, [since_ns, now_ns], side="right")
        return times_ns[begin:end]

    for sender, receiver, pool in level.feeds:
        way = level.cells[pool].stream.ways[sender]
        count_detections(account, EventKind.MESSAGE_SENT, sender, receiver, sent, len(within(way.ready_ns)))
        came = within(way.use_ns)
        messages = len(np.unique(came)) if way.batched else sent
        count_detections(account, EventKind.MESSAGE_RECEIVED, sender, receiver, messages, len(came))
        lost = within(way.lost_ns)
        if len(lost):
            epochs = len(np.unique(lost // period_ns))
            count_detections(account, EventKind.MESSAGE_LOST, sender, receiver, epochs, len(lost))


def _count_silence(level: Level) -> None:
    """Count the tracks that nations withhold, at this message epoch, from those who may have nothing of theirs."""
    tracks = [len(tracks_of(level.cells[own_pool(n)])) for n in range(len(level.inbox))]
    count_withheld(level.account, level.silent, np.array(tracks, np.float64))


def _gate_detections(plan: Plan, level: Level, now_ns: int) -> None:
    """Keep back, until the next message epoch, the detections whose release hangs on an alert that is not in force."""
    until_ns = now_ns + plan.carriage.message_period_ns
    for line, receiver, pool in level.gated:
        free = all(
            detections_released(level.rules, line.nation, *hop, now_ns, on_alert(plan, level, hop[0]))
            for hop in hops(line, receiver)
        )
        if not free:
            cell = level.cells[pool]
            found = cell.stream.detections
            cell.use &= ~(
                (plan.wired.network.sensors.nation[found.sensor] == line.nation)
                & (found.ready_ns > now_ns)
                & (found.ready_ns <= until_ns)
            )
