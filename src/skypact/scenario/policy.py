"""The policy block: from a checked entry to the frozen policy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from skypact.errors import UsageError
from skypact.model.codes import Content, ObjectClass
from skypact.model.document import Document, Path
from skypact.model.scenario import LegalBar, Policy, Region, Release
from skypact.scenario.party import party, receivers_of
from skypact.scenario.policy_schema import NationPolicy, PolicyEntry, ReleaseEntry


def freeze_policy(entry: PolicyEntry, nations: Sequence[str], document: Document) -> Policy:
    """The policy of a checked entry; `all` means every other nation that no legal bar excludes.

    What a disputed member releases under `pact` stands in its readings alone.

    Args:
        entry: the checked block.
        nations: codes of the scenario.
        document: where the block is written, so that each line knows its place.
    """
    pairs = {frozenset(bar.between) for bar in entry.bars}

    def frozen(path: Path, releases: Sequence[ReleaseEntry]) -> tuple[Release, ...]:
        sender = str(path[2])
        lines = []
        for i, line in enumerate(releases):
            at = document.position((*path, i))
            receivers = receivers_of(line, sender, nations, entry.groups, pairs)
            onward = party(line.onward, sender, nations, entry.groups)
            lines.append(replace(_release(sender, receivers, onward, line), file=at.file, line=at.line))
        return tuple(lines)

    blocks: list[tuple[str, NationPolicy, Path]] = [
        (code, entry.nations[code], ("policy", "nations", code)) for code in nations
    ]
    levels = {
        "today": tuple(line for _, block, at in blocks for line in frozen((*at, "today"), block.today)),
        "pact": tuple(line for _, block, at in blocks for line in frozen((*at, "pact"), block.pact or ())),
    }
    readings = {
        code: {name: frozen((*at, "readings", name), lines) for name, lines in block.readings.items()}
        for code, block, at in blocks
        if block.readings is not None
    }
    passed = {code: party(block.passes_on, code, nations, entry.groups) for code, block, _ in blocks}
    return Policy(
        levels=levels,
        bars=tuple(LegalBar(bar.between[0], bar.between[1], bar.basis) for bar in entry.bars),
        readings=readings,
        reading={code: block.reading for code, block, _ in blocks if block.reading is not None},
        full_delay_s=entry.full_delay,
        passes_on={code: receivers for code, receivers in passed.items() if receivers},
        life_saving=tuple(code for code, block, _ in blocks if block.life_saving),
        passing_through=entry.passing_through == "allowed",
        groups={name: tuple(members) for name, members in entry.groups.items()},
    )


def _release(
    sender: str, receivers: tuple[str, ...], onward: tuple[str, ...], entry: ReleaseEntry
) -> Release:
    box = entry.region
    sides = None if box is None else (box.south, box.north, box.west, box.east)
    return Release(
        sender=sender,
        receivers=receivers,
        content=Content[entry.content.upper()],
        delay_s=entry.delay,
        basis=entry.basis,
        classes=tuple(sorted(ObjectClass[name.upper()] for name in entry.classes or ())),
        region=None if sides is None else Region(*(math.radians(side) for side in sides)),
        threatening=entry.threatening,
        accuracy_m=entry.accuracy or 0.0,
        nameless=entry.identity == "withheld",
        onward=onward,
        through=entry.through,
        from_s=-math.inf if entry.from_ is None else entry.from_,
        until_s=math.inf if entry.until is None else entry.until,
        on_alert=entry.when == "alert",
    )


def with_reading(policy: Policy, member: str, reading: str) -> Policy:
    """The policy with another reading of a disputed member in force.

    Raises:
        UsageError: the member is not disputed, or has no such reading.
    """
    readings = policy.readings.get(member)
    if readings is None:
        asked = f"a reading of {member}'s policy"
        disputed = ", ".join(policy.readings) or "none"
        raise UsageError(
            asked, "its policy is not disputed in this scenario", f"Disputed members: {disputed}."
        )
    if reading not in readings:
        raise UsageError(
            f"reading '{reading}' of {member}", "no such reading", f"Readings: {', '.join(readings)}."
        )
    return replace(policy, reading={**policy.reading, member: reading})
