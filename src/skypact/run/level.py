"""Every level of a run at its start: trackers, pictures, and what will go from whom to whom."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from skypact.defend import new_fire_state
from skypact.fuse import new_picture
from skypact.model.codes import Content
from skypact.model.detection import Sensed
from skypact.model.release import NO_CLASS, Items
from skypact.run.account import new_account
from skypact.run.carriage import ALWAYS, Feed, Pool
from skypact.run.log import EventLog, TableLog
from skypact.run.plan import Plan
from skypact.run.state import NEVER_NS, Cell, Level, Stream, View, own_pool, stream_for
from skypact.share import (
    LevelRules,
    Outbox,
    Source,
    asks_alert,
    information_set,
    new_delivery,
    new_outbox,
    releasable,
)
from skypact.track import new_bank
from skypact.warn import new_alert_state

TRACK_CAPACITY = 1024


def new_levels(plan: Plan, sensed: Sensed, run: int) -> list[Level]:
    """Every level at its start, with trackers shared wherever two levels use the same pool of detections."""
    shared: dict[Pool, Cell] = {}
    levels = []
    for index, rules in enumerate(plan.wired.levels):
        views = _views(plan, rules, index)
        pools = [view.pool for view in views]
        pools += [own_pool(nation) for nation in range(len(rules.nation))]
        cells = {}
        for pool in dict.fromkeys(pools):
            if pool not in shared:
                shared[pool] = _new_cell(plan, sensed, pool)
            shared[pool].levels.append(index)
            cells[pool] = shared[pool]
        levels.append(_new_level(plan, rules, index, run, cells, views))
    return levels


def _new_cell(plan: Plan, sensed: Sensed, pool: Pool) -> Cell:
    sensors = plan.wired.network.sensors
    stream: Stream = stream_for(pool, sensed, sensors, len(plan.truth.key), plan.carriage)
    use = np.ones(len(stream.use_ns), np.bool_)
    gated = [feed.nation for feed in pool if feed.gate >= 0]
    if gated:
        # Nobody is on alert before the first message epoch, which opens or closes the way until the second.
        period_ns = plan.carriage.message_period_ns
        first_ns = (round(plan.span_s[0] * 1e9) // period_ns + 1) * period_ns
        found = stream.detections
        use[np.isin(sensors.nation[found.sensor], gated) & (found.ready_ns <= first_ns)] = False
    return Cell(pool, new_bank(TRACK_CAPACITY), stream, use, 0, [])


def _new_level(
    plan: Plan, rules: LevelRules, index: int, run: int, cells: dict[Pool, Cell], views: list[View]
) -> Level:
    network, switches = plan.wired.network, plan.wired.switches[index]
    nations = len(network.nations)
    silent = ~np.eye(nations, dtype=np.bool_)
    for nation in range(nations):
        silent[[line.nation for line in information_set(rules, nation)], nation] = False
    return Level(
        index=index,
        rules=rules,
        switches=switches,
        links=plan.wired.links[plan.wired.link_of[index]],
        cells=cells,
        views=views,
        alerts=[new_alert_state(len(network.places.names)) for _ in network.nations],
        fire=new_fire_state(network.batteries),
        fire_settings=replace(plan.fire, engage_on_remote=switches.engage_on_remote),
        events=EventLog(run, index),
        pictures=TableLog("pictures", run, index),
        full_rate=TableLog("tracks", run, index),
        objects=TableLog("objects", run, index),
        truth=TableLog("truth", run, index),
        dead_ns=np.full(len(plan.truth.key), NEVER_NS, np.int64),
        outboxes=_outboxes(rules),
        delivery=new_delivery(nations),
        account=new_account(nations),
        silent=silent,
        feeds=tuple(
            (feed.nation, nation, view.pool)
            for view in views
            for nation in view.holders
            for feed in view.pool
            if feed.nation != nation
        ),
        gated=tuple(
            (line, nation, view.pool)
            for view in views
            for nation in view.holders[:1]
            for line in view.lines
            if any(feed.nation == line.nation and feed.gate >= 0 for feed in view.pool)
        ),
        inbox=[() for _ in network.nations],
    )


def _views(plan: Plan, rules: LevelRules, level: int) -> list[View]:
    """The distinct pictures of a level: one for every distinct information set that comes by perfect links."""
    nations = len(rules.nation)
    views: dict[tuple[tuple[Source, ...], Pool, int], View] = {}
    for nation in range(nations):
        lines = information_set(rules, nation)
        pool = tuple(
            _feed(plan, rules, level, line, nation) for line in lines if line.content == Content.DETECTIONS
        )
        luck = -1 if all(_perfect(plan, level, line, nation) for line in lines) else nation
        known = views.get((lines, pool, luck))
        if known is not None:
            known.holders.append(nation)
            continue
        number = level * nations + len(views)
        views[lines, pool, luck] = View(number, lines, pool, [nation], new_picture(nations))
    return list(views.values())


def detections_released(
    rules: LevelRules, owner: int, sender: int, receiver: int, now_ns: int, alert: bool
) -> bool:
    """Whether a sender may now send an owner's detections to a receiver."""
    items = Items(
        Content.DETECTIONS,
        np.array([1 << owner], np.uint32),
        np.full(1, NO_CLASS, np.uint8),
        np.full(1, np.nan),
        np.full(1, np.nan),
        np.zeros(1, np.uint32),
    )
    verdicts = releasable(rules, sender, np.array([receiver]), items, now_ns * 1e-9, alert)
    return bool(verdicts.allowed.all())


def hops(line: Source, receiver: int) -> list[tuple[int, int]]:
    """The way of a line to its receiver, hop by hop; none for what is one's own."""
    if line.nation == receiver:
        return []
    way = [line.nation, *line.path, receiver]
    return list(itertools.pairwise(way))


def _perfect(plan: Plan, level: int, line: Source, receiver: int) -> bool:
    perfect = plan.wired.links[plan.wired.link_of[level]].perfect
    return all(perfect[hop] for hop in hops(line, receiver))


def _feed(plan: Plan, rules: LevelRules, level: int, line: Source, receiver: int) -> Feed:
    """How detections of a line come to its receiver."""
    windows = _windows_ns(plan, rules, line, receiver)
    gate = level if line.terms and asks_alert(rules) else -1
    if _perfect(plan, level, line, receiver):
        return Feed(line.nation, line.delay_s, windows_ns=windows, gate=gate)
    path = (*line.path, receiver)
    return Feed(line.nation, line.delay_s, path, plan.wired.link_of[level], windows, gate)


def _windows_ns(plan: Plan, rules: LevelRules, line: Source, receiver: int) -> tuple[tuple[int, int], ...]:
    """When detections of a line are released on every hop of their way if all are on alert, by message periods."""
    if not line.terms:
        return ALWAYS
    period_ns = plan.carriage.message_period_ns
    start_ns, end_ns = (round(t_s * 1e9) for t_s in plan.span_s)
    windows: list[tuple[int, int]] = []
    for t_ns in range(start_ns - start_ns % period_ns, end_ns, period_ns):
        free = all(detections_released(rules, line.nation, *hop, t_ns, True) for hop in hops(line, receiver))
        if free and windows and windows[-1][1] == t_ns:
            windows[-1] = (windows[-1][0], t_ns + period_ns)
        elif free:
            windows.append((t_ns, t_ns + period_ns))
    return tuple(windows)


def _outboxes(rules: LevelRules) -> list[Outbox]:
    """One for each sender, origin and live content, own information first: with all to whom it goes next."""
    next_hops: dict[tuple[bool, int, int, Content], set[int]] = {}
    if not rules.pooled:
        for receiver in range(len(rules.nation)):
            for line in information_set(rules, receiver):
                if line.content == Content.DETECTIONS:
                    continue
                for here, there in hops(line, receiver):
                    key = (here != line.nation, here, line.nation, line.content)
                    next_hops.setdefault(key, set()).add(there)
    return [
        new_outbox(sender, origin, content, sorted(next_hops[key]))
        for key in sorted(next_hops)
        for _, sender, origin, content in [key]
    ]
