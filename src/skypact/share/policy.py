"""The policy of a level as a table of nations, and the one function that decides a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from skypact.errors import UsageError
from skypact.model.codes import Content
from skypact.model.network import B1, F8, U1
from skypact.model.scenario import Policy, Release


@dataclass(frozen=True, order=True)
class Source:
    """One line of an information set: whose information, what of it, and how late (seconds)."""

    nation: int
    content: Content
    delay_s: float


@dataclass(frozen=True)
class LevelRules:
    """What each of N nations releases to each other at one level; everything not granted is refused."""

    level: str
    content: U1
    """[sender, receiver] model.codes.Content"""
    delay_s: F8
    """[sender, receiver] from the instant of the information to its use"""
    barred: B1
    """[N, N] symmetric: pairs that may not exchange, directly or through a third"""
    pooled: bool
    """True where every nation, the owner included, uses the common pool of detections at one delay (`full`)."""


def releasable(rules: LevelRules, sender: int, receiver: int, content: Content, sources: int) -> bool:
    """Whether `sender` may release information of this content and lineage to `receiver`.

    Args:
        rules: the level's table.
        sender: row of the nation that would send.
        receiver: row of the nation that would receive.
        content: what would be sent; a lesser content than the one granted may be sent too.
        sources: lineage, a bit per nation whose information is contained.

    Returns:
        True only where the content is granted and no contained nation is barred from the receiver.
    """
    if sender == receiver:
        return True
    if content == Content.NOTHING or content > rules.content[sender, receiver]:
        return False
    return not any(sources >> nation & 1 for nation in np.flatnonzero(rules.barred[:, receiver]))


def released(rules: LevelRules) -> tuple[tuple[int, int, Content], ...]:
    """What each nation releases of its own to each other, sender by sender: (sender, receiver, content)."""
    count = len(rules.content)
    lines = []
    for sender in range(count):
        for receiver in range(count):
            if receiver == sender:
                continue
            content = Content(int(rules.content[sender, receiver]))
            allowed = releasable(rules, sender, receiver, content, 1 << sender)
            lines.append((sender, receiver, content if allowed else Content.NOTHING))
    return tuple(lines)


def information_set(rules: LevelRules, nation: int) -> tuple[Source, ...]:
    """What a nation's picture is made from, its own detections included, in order of nation.

    Nations with equal sets hold the same picture. Under `full` the set is the common pool, so all are equal.
    """
    count = len(rules.content)
    if rules.pooled:
        members = np.flatnonzero((rules.content[:, nation] > 0) | (np.arange(count) == nation))
        delay = float(rules.delay_s.max()) if len(members) > 1 else 0.0
        return tuple(Source(int(n), Content.DETECTIONS, delay) for n in members)
    lines = [Source(nation, Content.DETECTIONS, 0.0)]
    for sender in range(count):
        content = Content(int(rules.content[sender, nation]))
        if sender != nation and releasable(rules, sender, nation, content, 1 << sender):
            lines.append(Source(sender, content, float(rules.delay_s[sender, nation])))
    return tuple(sorted(lines))


def rules_for(
    policy: Policy, nations: tuple[str, ...], level: str, base: str, hub: str | None, without: tuple[str, ...]
) -> LevelRules:
    """The table of a level.

    Args:
        policy: the scenario's written releases, bars and readings.
        nations: codes in the order of rows.
        level: the level's full name, as the record shows it.
        base: national, today, pact, full, warnings, tracks, hub, or another level written in the scenario.
        hub: the nation through which all tracks pass, where base is hub.
        without: nations that neither send nor receive.

    Raises:
        UsageError: the base is not written in the scenario.
    """
    row = {code: i for i, code in enumerate(nations)}
    n = len(nations)
    content = np.zeros((n, n), np.uint8)
    delay = np.zeros((n, n))
    barred = np.zeros((n, n), np.bool_)
    for bar in policy.bars:
        barred[row[bar.first], row[bar.second]] = barred[row[bar.second], row[bar.first]] = True
    others = ~np.eye(n, dtype=np.bool_)
    if base == "full":
        content[others] = Content.DETECTIONS
        delay[others] = policy.full_delay_s
        barred[:] = False
    elif base in ("warnings", "tracks"):
        content[others] = Content.WARNINGS if base == "warnings" else Content.TRACKS
        delay[others] = policy.full_delay_s
    elif base == "hub" and hub is not None:
        content[others] = Content.TRACKS
        delay[others] = 2.0 * policy.full_delay_s
        delay[row[hub], :] = delay[:, row[hub]] = policy.full_delay_s
    elif base in policy.levels:
        _grant(content, delay, policy.levels[base], row)
        if base == "pact":
            _grant(content, delay, _disputed(policy.readings, policy.reading), row)
    elif base != "national":
        raise UsageError(
            f"level {level}", "no such level in this scenario", f"Written levels: {', '.join(policy.levels)}"
        )
    content[barred] = Content.NOTHING
    for code in without:
        content[row[code], :] = content[:, row[code]] = Content.NOTHING
    np.fill_diagonal(content, Content.DETECTIONS)
    return LevelRules(level, content, delay, barred, base == "full")


def _disputed(
    readings: Mapping[str, Mapping[str, tuple[Release, ...]]], reading: Mapping[str, str]
) -> tuple[Release, ...]:
    return tuple(release for code, name in reading.items() for release in readings[code][name])


def _grant(content: U1, delay: F8, releases: tuple[Release, ...], row: Mapping[str, int]) -> None:
    for release in releases:
        for receiver in release.receivers:
            i, j = row[release.sender], row[receiver]
            if release.content > content[i, j]:
                content[i, j], delay[i, j] = release.content, release.delay_s
