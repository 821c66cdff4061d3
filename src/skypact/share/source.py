"""What a nation's picture is made from: whose information, what of it, by which way and on which terms."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from skypact.kernels.release import (
    ACCURACY,
    CLASSES,
    DELAY,
    EAST,
    FROM,
    LIFE_SAVING,
    NAMELESS,
    NORTH,
    ON_ALERT,
    SOUTH,
    START,
    THREATENING,
    UNBENT_FOR,
    UNTIL,
    WEST,
    ways,
)
from skypact.model.codes import ORDERED_CONTENTS, STATUSES, Content
from skypact.model.network import B1, F8, U1
from skypact.share.level import Filters, LevelRules, Source


def information_set(rules: LevelRules, nation: int) -> tuple[Source, ...]:
    """What a nation's picture is made from, its own detections included, in order of nation.

    Of each origin there is the most content that can ever come, by its best way: unconditional before conditional,
    then the least delay, then the fewest hops, then the lowest numbers. Where that is conditional, a lesser content
    on other terms stands beside it. Statuses stand apart. Nations with equal sets hold the same picture. Under `full`
    the set is the common pool, so all are equal.

    What can come is not yet what comes: at each send `releasable` decides on the items themselves.
    """
    return rules.sets[nation]


def governing(rules: LevelRules, source: Source, receiver: int) -> tuple[tuple[int, ...], ...]:
    """The rows of the level's table that may let a line of an information set go, hop by hop of its way."""
    hops = _hops(rules, source.nation, source.content)
    way = (source.nation, *source.path, receiver)
    return tuple(
        tuple(int(hops.first + i) for i in np.flatnonzero(hops.open[:, here, there]))
        for here, there in pairwise(way)
    )


def surveyed(rules: LevelRules) -> LevelRules:
    """The same level with what can come to whom: `sets`, and their summary `content` and `delay_s`."""
    n = len(rules.nation)
    found: list[list[Source]] = [[] for _ in range(n)]
    content, delay_s = np.zeros((n, n), np.uint8), np.zeros((n, n))
    np.fill_diagonal(content, Content.DETECTIONS)
    for origin in range(n):
        for receiver, sources in enumerate(_sources(rules, origin)):
            found[receiver] += sources
            for source in sources[:1]:
                if source.content in ORDERED_CONTENTS:
                    content[origin, receiver], delay_s[origin, receiver] = source.content, source.delay_s
    sets = [tuple(sorted([Source(k, Content.DETECTIONS, 0.0), *sources])) for k, sources in enumerate(found)]
    if rules.pooled:
        members = [np.flatnonzero(content[:, k]) for k in range(n)]
        common_s = [float(delay_s.max()) if len(of) > 1 else 0.0 for of in members]
        sets = [
            tuple(Source(int(member), Content.DETECTIONS, common_s[k]) for member in of)
            for k, of in enumerate(members)
        ]
    return replace(rules, content=content, delay_s=delay_s, sets=tuple(sets))


@dataclass(frozen=True)
class _Hops:
    """The hops over which one owner's information of one content can ever go."""

    rules: LevelRules
    owner: int
    first: int
    """Row of the owner's first line"""
    open: U1
    """[lines, N, N] as kernels.release.ways"""
    plain: B1
    """[lines] whether a line has no filter at all"""
    plain_s: F8
    """[N, N] the least delay of lines without filters, infinite where there is none"""
    least_s: F8
    """[N, N] the least delay of all lines"""
    bends: bool


def _hops(rules: LevelRules, owner: int, content: Content) -> _Hops:
    n = len(rules.nation)
    first = int(rules.nation[owner, START])
    last = int(rules.nation[owner + 1, START]) if owner + 1 < n else len(rules.table)
    table, measure = rules.table[first:last], rules.measure[first:last]
    out = np.zeros((last - first, n, n), np.uint8)
    ways(rules.table, rules.nation, rules.passing_through, owner, int(content), out)
    plain: B1 = (table[:, [CLASSES, THREATENING, NAMELESS, ON_ALERT]] == 0).all(axis=1)
    plain &= (measure[:, ACCURACY] == 0.0) & np.isneginf(measure[:, SOUTH])
    plain &= np.isneginf(measure[:, FROM]) & np.isposinf(measure[:, UNTIL])
    delay_s = measure[:, DELAY][:, None, None]
    free = (out == 1) & plain[:, None, None]
    return _Hops(
        rules=rules,
        owner=owner,
        first=first,
        open=out,
        plain=plain,
        plain_s=np.where(free, delay_s, np.inf).min(axis=0, initial=np.inf),
        least_s=np.where(out > 0, delay_s, np.inf).min(axis=0, initial=np.inf),
        bends=content == Content.WARNINGS and bool(rules.nation[owner, LIFE_SAVING]),
    )


def _sources(rules: LevelRules, origin: int) -> list[list[Source]]:
    """What of one origin's information each nation can have, the most content first."""
    n = len(rules.nation)
    found: list[list[Source]] = [[] for _ in range(n)]
    for content in (*reversed(ORDERED_CONTENTS), *STATUSES):
        hops = _hops(rules, origin, content)
        if not hops.open.any():
            continue
        plain, any_way = _best_paths(hops.plain_s, origin), _best_paths(hops.least_s, origin)
        for receiver in range(n):
            path = plain[receiver] or any_way[receiver]
            if path is None or receiver == origin:
                continue
            delay_s, terms = _along(hops, path, plain[receiver] is not None)
            greater = () if content in STATUSES else found[receiver]
            if all(other.terms not in ((), terms) for other in greater):
                found[receiver].append(Source(origin, content, delay_s, path[1:-1], terms))
    return found


def _best_paths(hop_s: F8, origin: int) -> list[tuple[int, ...] | None]:
    """The best way from the origin to each nation, both ends included; None where there is none.

    Least total delay, then fewest hops, then lowest numbers (Dijkstra 1959, on labels that order so).
    """
    best: list[tuple[int, ...] | None] = [None] * len(hop_s)
    heap: list[tuple[float, int, tuple[int, ...]]] = [(0.0, 0, (origin,))]
    while heap:
        delay_s, count, path = heapq.heappop(heap)
        here = path[-1]
        if best[here] is not None:
            continue
        best[here] = path
        for there in np.flatnonzero(np.isfinite(hop_s[here])).tolist():
            if best[there] is None:
                heapq.heappush(heap, (delay_s + float(hop_s[here, there]), count + 1, (*path, there)))
    return best


def _along(hops: _Hops, path: tuple[int, ...], plain: bool) -> tuple[float, Filters]:
    """The delay and the terms of a way."""
    total_s = 0.0
    terms: set[tuple[float, ...]] = set()
    for k, (here, there) in enumerate(pairwise(path)):
        free_s, least_s = float(hops.plain_s[here, there]), float(hops.least_s[here, there])
        total_s += free_s if plain else least_s
        if free_s > least_s:
            rows = np.flatnonzero(hops.open[:, here, there])
            terms |= {_term(hops, k, int(i), there) for i in rows}
    return total_s, tuple(sorted(terms))


def _term(hops: _Hops, hop: int, i: int, receiver: int) -> tuple[float, ...]:
    codes, measures = hops.rules.table[hops.first + i], hops.rules.measure[hops.first + i]
    bends = hops.bends and not hops.plain[i] and not hops.rules.nation[hops.owner, UNBENT_FOR] >> receiver & 1
    return (
        float(hop),
        float(measures[DELAY]),
        float(codes[CLASSES]),
        float(receiver if codes[THREATENING] else -1),
        float(measures[ACCURACY]),
        float(codes[NAMELESS]),
        float(measures[FROM]),
        float(measures[UNTIL]),
        float(codes[ON_ALERT]),
        *(float(measures[side]) for side in (SOUTH, NORTH, WEST, EAST)),
        float(receiver if bends else -1),
    )
