"""The policy block: its faults, and the frozen policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from skypact.errors import Fault, UsageError
from skypact.model.codes import Content
from skypact.model.document import Document, Path, shown
from skypact.model.scenario import LegalBar, Policy, Release
from skypact.scenario.schema import NationPolicy, PolicyEntry, ReleaseEntry

WRITTEN_LEVELS = ("today", "pact")
"""The levels that a scenario writes out, release by release."""

_LISTS = (("today",), ("pact",), ("readings", "*"))


def policy_faults(document: Document, nations: Sequence[str]) -> Iterator[Fault]:
    """Faults in what the policy's parts say of each other.

    A receiver named twice with one content in a list, a nation releasing to itself, a release that a legal bar
    forbids, a nation without a block, a reading in force that is not written.
    """
    bars = _bars(document)
    yield from _bar_faults(document)
    for path, _ in document.each("policy", "nations"):
        for code in nations:
            if not any(document.each("policy", "nations", code)):
                yield document.fault((*path, code), "nothing", f"a block for {code} (its lists may be empty)")
    for list_path in _LISTS:
        for path, releases in document.each("policy", "nations", "*", *list_path):
            if isinstance(releases, list):
                yield from _release_faults(document, path, releases, bars)
    for path, block in document.each("policy", "nations", "*"):
        readings = block.get("readings") if isinstance(block, dict) else None
        if (
            isinstance(block, dict)
            and isinstance(readings, dict)
            and block.get("reading", None) not in readings
        ):
            expected = f"one of the readings {', '.join(map(str, readings))}"
            yield document.fault((*path, "reading"), shown(block.get("reading")), expected)


def _bars(document: Document) -> set[frozenset[str]]:
    pairs = (value for _, value in document.each("policy", "bars", "*", "between"))
    return {frozenset(map(str, pair)) for pair in pairs if isinstance(pair, list)}


def _bar_faults(document: Document) -> Iterator[Fault]:
    seen: set[frozenset[str]] = set()
    for path, pair in document.each("policy", "bars", "*", "between"):
        if not isinstance(pair, list):
            continue
        if len(set(map(str, pair))) < len(pair):
            yield document.fault(path, shown(", ".join(map(str, pair))), "two different nations")
        if frozenset(map(str, pair)) in seen:
            yield document.fault(path, shown(", ".join(map(str, pair))), "each pair once")
        seen.add(frozenset(map(str, pair)))


def _release_faults(
    document: Document, path: Path, releases: list[object], bars: set[frozenset[str]]
) -> Iterator[Fault]:
    sender = str(path[2])
    named: set[tuple[str, str]] = set()
    for i, release in enumerate(releases):
        to = release.get("to") if isinstance(release, dict) else None
        receivers = ["all"] if to == "all" else to
        if not isinstance(release, dict) or not isinstance(receivers, list):
            continue
        for j, code in enumerate(map(str, receivers)):
            at = (*path, i, "to", j) if isinstance(to, list) else (*path, i, "to")
            content = str(release.get("content"))
            others = {name for name, named_content in named if named_content == content}
            if code in others or "all" in others or (code == "all" and others):
                yield document.fault(at, f"{code} again", f"each receiver once for {content} in a list")
            named.add((code, content))
            if code == sender:
                yield document.fault(
                    at, shown(code), "another nation: what is a nation's own is not released to it"
                )
            if frozenset((sender, code)) in bars and release.get("content") != "nothing":
                yield document.fault(
                    at, shown(code), f"no release from {sender} to {code}: a legal bar forbids it"
                )


def freeze_policy(entry: PolicyEntry, nations: Sequence[str]) -> Policy:
    """The policy of a checked entry; `all` means every other nation that no legal bar excludes.

    What a disputed member releases under `pact` stands in its readings alone.
    """
    bars = tuple(LegalBar(bar.between[0], bar.between[1], bar.basis) for bar in entry.bars)

    def frozen(sender: str, releases: Sequence[ReleaseEntry]) -> tuple[Release, ...]:
        return tuple(_release(sender, release, nations, bars) for release in releases)

    blocks: list[tuple[str, NationPolicy]] = [(code, entry.nations[code]) for code in nations]
    levels = {
        "today": tuple(release for code, block in blocks for release in frozen(code, block.today)),
        "pact": tuple(release for code, block in blocks for release in frozen(code, block.pact or ())),
    }
    readings = {
        code: {name: frozen(code, releases) for name, releases in block.readings.items()}
        for code, block in blocks
        if block.readings is not None
    }
    reading = {code: block.reading for code, block in blocks if block.reading is not None}
    return Policy(levels, bars, readings, reading, entry.full_delay)


def _release(sender: str, entry: ReleaseEntry, nations: Sequence[str], bars: Sequence[LegalBar]) -> Release:
    barred = {
        bar.second if bar.first == sender else bar.first for bar in bars if sender in (bar.first, bar.second)
    }
    others = [code for code in nations if code != sender and code not in barred]
    named = dict.fromkeys(code for word in entry.to for code in (others if word == "all" else [word]))
    return Release(sender, tuple(named), Content[entry.content.upper()], entry.delay, entry.basis)


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
