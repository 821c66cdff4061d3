"""From a written policy to the table of a level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from skypact.errors import UsageError
from skypact.model.codes import STATUSES, Content
from skypact.model.scenario import Policy, Release
from skypact.share.level import LevelRules, Terms, tabled
from skypact.share.source import surveyed


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
    barred = np.zeros((len(nations), len(nations)), np.bool_)
    if base != "full":
        for bar in policy.bars:
            barred[row[bar.first], row[bar.second]] = barred[row[bar.second], row[bar.first]] = True
    lines, passes_on, life_saving = _written(policy, nations, level, base, hub)
    forwards = np.zeros((len(nations), len(nations)), np.bool_)
    for code, receivers in passes_on.items():
        if code not in without:
            forwards[row[code], [row[other] for other in receivers if other not in (code, *without)]] = True
    saves = np.array([code in life_saving for code in nations], np.bool_)
    terms = Terms(barred, forwards, saves, base == "full" or policy.passing_through)
    kept = [_without(line, without) for line in lines if not {line.sender, line.through} & set(without)]
    return surveyed(tabled(level, nations, tuple(kept), terms, base == "full"))


def _written(
    policy: Policy, nations: tuple[str, ...], level: str, base: str, hub: str | None
) -> tuple[tuple[Release, ...], Mapping[str, tuple[str, ...]], tuple[str, ...]]:
    """A level's lines, who passes on to whom, and whose caveats bend."""
    if base in policy.levels:
        lines = policy.levels[base]
        if base == "pact":
            lines += tuple(
                release for code, name in policy.reading.items() for release in policy.readings[code][name]
            )
        return lines, policy.passes_on, policy.life_saving
    delay_s = policy.full_delay_s

    def everyone(content: Content, onward: bool = False, through: str | None = None) -> list[Release]:
        return [
            Release(
                sender=code,
                receivers=_others(code, nations),
                content=content,
                delay_s=delay_s,
                basis=f"the level {level}",
                onward=_others(code, nations) if onward else (),
                through=through if through != code else None,
            )
            for code in nations
        ]

    match base:
        case "national":
            return (), {}, ()
        case "full":
            every = [line for content in (Content.DETECTIONS, *STATUSES) for line in everyone(content, True)]
            return tuple(every), {code: _others(code, nations) for code in nations}, ()
        case "warnings" | "tracks":
            return tuple(everyone(Content[base.upper()])), {}, ()
        case "hub" if hub is not None:
            return tuple(everyone(Content.TRACKS, through=hub)), {hub: _others(hub, nations)}, ()
    raise UsageError(
        f"level {level}", "no such level in this scenario", f"Written levels: {', '.join(policy.levels)}"
    )


def _others(code: str, nations: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(other for other in nations if other != code)


def _without(line: Release, without: tuple[str, ...]) -> Release:
    """The line without those who are left out."""
    if not without:
        return line
    return replace(
        line,
        receivers=tuple(code for code in line.receivers if code not in without),
        onward=tuple(code for code in line.onward if code not in without),
    )
