"""Every level of a run at its start: trackers, pictures, and what will go from whom to whom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skypact.defend import new_fire_state
from skypact.fuse import new_picture
from skypact.model.codes import Content
from skypact.model.detection import Sensed
from skypact.model.network import I4
from skypact.run.account import new_account
from skypact.run.carriage import Feed, Pool
from skypact.run.flow import hops, lay_ways, schedules
from skypact.run.leg import Leg
from skypact.run.log import EventLog, TableLog
from skypact.run.plan import Plan
from skypact.run.state import NEVER_NS, Cell, Level, Stream, View, own_pool, stream_for
from skypact.share import (
    LevelRules,
    Outbox,
    Source,
    information_set,
    new_delivery,
    new_outbox,
)
from skypact.track import new_bank
from skypact.warn import new_alert_state, new_prealert_state

TRACK_CAPACITY = 1024


def new_levels(plan: Plan, sensed: Sensed, run: int, held: I4 | None = None) -> list[Level]:
    """Every level at its start, with trackers shared wherever two levels use the same pool of detections.

    Batteries have the rounds `held` [levels, batteries], or full magazines and stores without end.
    """
    shared: dict[Pool, Cell] = {}
    legs: dict[Feed, Leg] = {}
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
        if held is not None:
            levels[-1].fire = new_fire_state(plan.wired.network.batteries, held[index])
        lay_ways(plan, levels[-1], legs)
    return levels


def _new_cell(plan: Plan, sensed: Sensed, pool: Pool) -> Cell:
    sensors = plan.wired.network.sensors
    stream: Stream = stream_for(pool, sensed, sensors, len(plan.truth.key), plan.carriage)
    use = np.ones(len(stream.use_ns), np.bool_)
    cell = Cell(pool, new_bank(TRACK_CAPACITY), stream, use, 0, [], {})
    cell.family[()] = cell
    return cell


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
        alerts=[new_alert_state(len(plan.wired.zones.table.names)) for _ in network.nations],
        prealerts=new_prealert_state(nations),
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
        traffic=[],
        channels=[],
        told_alert=[False] * nations,
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


def _perfect(plan: Plan, level: int, line: Source, receiver: int) -> bool:
    perfect = plan.wired.links[plan.wired.link_of[level]].perfect
    return all(perfect[hop] for hop in hops(line, receiver))


def _feed(plan: Plan, rules: LevelRules, level: int, line: Source, receiver: int) -> Feed:
    """How detections of a line come to its receiver."""
    perfect = _perfect(plan, level, line, receiver)
    if line.nation == receiver or (perfect and not line.terms):
        return Feed(line.nation, line.delay_s)
    calm, alert = schedules(rules, (line.nation, *line.path, receiver))
    path, table = ((), 0) if perfect else ((*line.path, receiver), plan.wired.link_of[level])
    if calm == alert:
        return Feed(line.nation, line.delay_s, path, table, calm)
    return Feed(line.nation, line.delay_s, path, table, calm, alert, level)


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
