"""The flow of detections at a level: by which legs they go, what hangs on alerts carried, everything counted."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from skypact.model.codes import Content, EventKind
from skypact.model.link import NEVER_NS
from skypact.model.network import B1, I8
from skypact.run.account import count_detections
from skypact.run.carriage import Feed, Pool, Windows, left_at, windows_of
from skypact.run.leg import COUNTED, Channel, Leg, Lot, Traffic, messages_within, told_of, unfinished
from skypact.run.plan import Plan
from skypact.run.state import Level, own_pool, strung, take
from skypact.share import LevelRules, Source, new_link_state

Way: TypeAlias = tuple[int, ...]
"""An owner, those who pass its detections on, and who gets them."""


def hops(line: Source, receiver: int) -> list[tuple[int, int]]:
    """The way of a line to its receiver, hop by hop; none for what is one's own."""
    if line.nation == receiver:
        return []
    return list(itertools.pairwise((line.nation, *line.path, receiver)))


def schedules(rules: LevelRules, way: Way) -> tuple[tuple[Windows, ...], tuple[Windows, ...]]:
    """When detections go over each hop of a way: while its sender is not on alert, and while it is."""
    calm, alert = (
        tuple(windows_of(rules, way[0], *hop, on_alert) for hop in itertools.pairwise(way))
        for on_alert in (False, True)
    )
    return calm, alert


def lay_ways(plan: Plan, level: Level, legs: dict[Feed, Leg]) -> None:
    """Find every hop that detections take at a level: each once, however many trackers lie behind it.

    Args:
        plan: the run's.
        level: its traffic and its channels are filled.
        legs: what levels share, added to.
    """
    ways: set[Way] = set()
    ends: dict[Way, list[Pool]] = {}
    for view in level.views:
        lines = [line for line in view.lines if line.content == Content.DETECTIONS]
        for nation, (line, feed) in itertools.product(view.holders, zip(lines, view.pool, strict=True)):
            if line.nation == nation:
                continue
            way = (line.nation, *line.path, nation)
            ways |= {way[:k] for k in range(2, len(way) + 1)}
            if feed.gate >= 0:
                ends.setdefault(way, [])
                if nation == view.holders[0]:
                    ends[way].append(view.pool)
    traffic: dict[Feed, Traffic] = {}
    for way in sorted(ways):
        feed = _feed_along(plan, level, way)
        if feed.gate < 0:
            if feed not in legs:
                legs[feed] = _new_leg(plan, level, feed)
            traffic.setdefault(feed, Traffic(legs[feed], [])).pairs.append((way[-2], way[-1]))
    level.traffic = list(traffic.values())
    _lay_channels(plan, level, ends)


def _feed_along(plan: Plan, level: Level, way: Way) -> Feed:
    """A way as a feed, each hop by its own windows."""
    calm, alert = schedules(level.rules, way)
    perfect = all(level.links.perfect[hop] for hop in itertools.pairwise(way))
    path, table = ((), 0) if perfect else (way[1:], plan.wired.link_of[level.index])
    if calm == alert:
        return Feed(way[0], 0.0, path, table, calm)
    return Feed(way[0], 0.0, path, table, calm, alert, level.index)


def _new_leg(plan: Plan, level: Level, feed: Feed) -> Leg:
    ready_ns = level.cells[own_pool(feed.nation)].stream.detections.ready_ns
    carriage = plan.carriage
    return Leg(feed, told_of(carriage.passage(feed, ready_ns), carriage.message_period_ns))


def _lay_channels(plan: Plan, level: Level, ends: dict[Way, list[Pool]]) -> None:
    """A channel for each hop of the ways that hang on alerts; what comes from a hop stands after it."""
    ways = sorted({way[:k] for way in ends for k in range(2, len(way) + 1)}, key=lambda way: (len(way), way))
    place = {way: k for k, way in enumerate(ways)}
    for way in ways:
        calm, alert = schedules(level.rules, way)
        level.channels.append(
            Channel(
                way=way,
                windows=calm[-1],
                alert_windows=alert[-1],
                table=plan.wired.link_of[level.index],
                line=new_link_state(len(level.rules.nation)),
                source=place.get(way[:-1], -1),
                pools=tuple(ends.get(way, ())),
                counted=calm != alert,
            )
        )


def carry_on_alert(plan: Plan, level: Level, now_ns: int) -> None:
    """Carry, until now, the detections whose release hangs on alerts; called before trackers are fed.

    Plots that get to a sender between two message epochs go by the alerts in force at the first of them.
    """
    ready: dict[int, Lot] = {}
    for channel in level.channels:
        owner = channel.way[0]
        if channel.source >= 0:
            asked = level.channels[channel.source].arrived
        else:
            if owner not in ready:
                ready[owner] = _own_ready(level, owner, now_ns)
            asked = [ready[owner]]
        _let_go(plan, level, channel, asked)
        _carry(plan, level, channel, now_ns)


def _own_ready(level: Level, owner: int, now_ns: int) -> Lot:
    """What a nation's own sensors have given since the last epoch, debris and looks by cue included."""
    cell = level.cells[own_pool(owner)]
    end = int(np.searchsorted(cell.stream.use_ns, now_ns, side="right"))
    rows: I8 = cell.cursor + np.flatnonzero(cell.use[cell.cursor : end])
    parts = [take(cell.stream.detections, rows)]
    for use_ns, begin, detections in cell.added:
        due = int(np.searchsorted(use_ns, now_ns, side="right"))
        parts.append(take(detections, np.arange(begin, due)))
    found = strung(parts)
    return Lot(found.ready_ns, found.ready_ns, found)


def _let_go(plan: Plan, level: Level, channel: Channel, asked: Sequence[Lot]) -> None:
    """Hold back for as long as the policy says what it releases; count what it does not."""
    windows = channel.alert_windows if level.told_alert[channel.way[-2]] else channel.windows
    period_ns = plan.carriage.message_period_ns
    for lot in asked:
        left_ns = left_at(windows, lot.t_ns)
        message = -(-np.where(left_ns < NEVER_NS, left_ns, lot.t_ns) // period_ns)
        held, withheld = _parted(Lot(left_ns, message, lot.detections), NEVER_NS - 1)
        channel.held += held
        _tell(channel, EventKind.MESSAGE_REFUSED, withheld)


def _carry(plan: Plan, level: Level, channel: Channel, now_ns: int) -> None:
    """Hand to the line what is to go by now, and take from it what has come."""
    carriage, (here, there) = plan.carriage, channel.way[-2:]
    held, channel.held = channel.held, []
    for lot in _strung(held):
        goes_ns = carriage.handed_over(channel.table, here, there, lot.t_ns)
        late = goes_ns > now_ns
        channel.held += _picked(lot, late)
        for going in _picked(lot, ~late):
            came_ns = carriage.carried(channel.table, here, there, going.t_ns, channel.line)
            comes, lost = _parted(going._replace(t_ns=came_ns), NEVER_NS - 1)
            _tell(channel, EventKind.MESSAGE_SENT, [going])
            _tell(channel, EventKind.MESSAGE_LOST, lost)
            channel.under_way += comes
            for coming, pool in itertools.product(comes, channel.pools):
                order = np.argsort(coming.t_ns, kind="stable")
                level.cells[pool].added.append((coming.t_ns[order], 0, take(coming.detections, order)))
    under_way, channel.under_way, channel.arrived = channel.under_way, [], []
    for lot in under_way:
        arrived, later = _parted(lot, now_ns)
        channel.arrived += arrived
        channel.under_way += later
    _tell(channel, EventKind.MESSAGE_RECEIVED, channel.arrived)


def _tell(channel: Channel, kind: EventKind, lots: Sequence[Lot]) -> None:
    channel.told[COUNTED.index(kind)].extend(lot.message for lot in lots)


def _parted(lot: Lot, until_ns: int) -> tuple[list[Lot], list[Lot]]:
    """What has its instant by then, and what later; no empty lot."""
    early = lot.t_ns <= until_ns
    return _picked(lot, early), _picked(lot, ~early)


def _picked(lot: Lot, among: B1) -> list[Lot]:
    rows = np.flatnonzero(among)
    return [Lot(lot.t_ns[rows], lot.message[rows], take(lot.detections, rows))] if len(rows) else []


def _strung(lots: Sequence[Lot]) -> list[Lot]:
    """All in one lot, so that what shares a message goes together; no empty lot."""
    if len(lots) < 2:
        return list(lots)
    t_ns, message = (np.concatenate([lot[k] for lot in lots]) for k in (0, 1))
    return [Lot(t_ns, message, strung([lot.detections for lot in lots]))]


def count_flow(plan: Plan, level: Level, now_ns: int) -> None:
    """Count the detections that went, came, were lost and were withheld since the last account."""
    since_ns, level.account.counted_ns = level.account.counted_ns, now_ns
    added = _added_ready(plan, level)
    for traffic in level.traffic:
        _count_traffic(plan, level, traffic, added.get(traffic.leg.feed.nation), since_ns)
    for channel in level.channels:
        for kind, told in zip(COUNTED, channel.told, strict=True):
            if channel.counted and told:
                here, there = channel.way[-2:]
                _count(level, kind, [(here, there)], np.concatenate(told))
            told.clear()


def _added_ready(plan: Plan, level: Level) -> dict[int, I8]:
    """By nation, when the detections of debris and by cue since the last account are ready."""
    if not level.added:
        return {}
    found = strung(level.added)
    level.added.clear()
    owner = plan.wired.network.sensors.nation[found.sensor]
    return {int(nation): found.ready_ns[owner == nation] for nation in np.unique(owner)}


def _count_traffic(plan: Plan, level: Level, traffic: Traffic, added_ns: I8 | None, since_ns: int) -> None:
    carriage, leg, now_ns = plan.carriage, traffic.leg, level.account.counted_ns
    if added_ns is not None:
        traffic.added.append(told_of(carriage.passage(leg.feed, added_ns), carriage.message_period_ns))
    # The owner's own tracker knows which of its plots there are at this level: those of what is not yet shot down.
    use = level.cells[own_pool(leg.feed.nation)].use
    for k, kind in enumerate(COUNTED):
        messages = [messages_within(leg.told[k], since_ns, now_ns, use)]
        messages += [messages_within(told[k], since_ns, now_ns) for told in traffic.added]
        _count(level, kind, traffic.pairs, np.concatenate(messages))
    traffic.added = unfinished(traffic.added, now_ns)


def _count(level: Level, kind: EventKind, pairs: Sequence[tuple[int, int]], messages: I8) -> None:
    """Count plots that go alike from each sender to its receiver, given the message of each."""
    if not len(messages):
        return
    number = len(np.unique(messages))
    for sender, receiver in pairs:
        count_detections(level.account, kind, sender, receiver, number, len(messages))
