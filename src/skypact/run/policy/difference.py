"""Two policies beside each other: what changes, and for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from skypact.errors import UsageError
from skypact.kernels.release import LIFE_SAVING
from skypact.model.codes import ORDERED_CONTENTS, STATUSES, Content
from skypact.run.policy.reading import Chosen, Flow, covering, flows
from skypact.run.policy.words import flow_words, line_words, list_words

MORE, LESS, OTHER = "more", "less", "otherwise"
_STYLE = {MORE: "green", LESS: "red", OTHER: "yellow"}


@dataclass(frozen=True)
class Change:
    """What changes of one nation's information for another."""

    origin: str
    receiver: str
    kind: str
    """more, less or otherwise"""
    before: str
    after: str
    caveats: tuple[str, ...] = ()
    """Caveats that only one side has, as +new or -old; told where the flows themselves read alike"""


def changes(before: Chosen, after: Chosen) -> list[Change]:
    """Every pair of nations of both whose exchange differs, receiver by receiver in the order of the first.

    Raises:
        UsageError: the two have no nation in common.
    """
    common = [code for code in before.nations if code in after.nations]
    if not common:
        raise UsageError(
            f"{before.name} and {after.name}", "no nation in common", "Compare policies of the same nations."
        )
    found = []
    for receiver in common:
        for origin in common:
            if origin == receiver:
                continue
            one, other = (
                flows(chosen, chosen.nations.index(origin), chosen.nations.index(receiver))
                for chosen in (before, after)
            )
            found += _changed(origin, receiver, one, other, common)
    return found


def _changed(
    origin: str, receiver: str, one: tuple[Flow, ...], other: tuple[Flow, ...], nations: Sequence[str]
) -> list[Change]:
    found = []
    for contents in (ORDERED_CONTENTS, *((status,) for status in STATUSES)):
        first = [flow for flow in one if flow.content in contents]
        second = [flow for flow in other if flow.content in contents]
        was, now = (
            list_words([flow_words(flow) for flow in side] or ["nothing"]) for side in (first, second)
        )
        caveats = _caveats(first, second, nations)
        if was != now or caveats:
            kind = _kind(first, second, contents)
            found.append(Change(origin, receiver, kind, was, now, caveats if was == now else ()))
    return found


def _kind(first: list[Flow], second: list[Flow], contents: tuple[Content, ...]) -> str:
    """Whether the second gives more, less, or another thing."""
    gains = losses = False
    for content in contents:
        one, other = covering(tuple(first), content), covering(tuple(second), content)
        rank_one, rank_other = _rank(one), _rank(other)
        gains |= rank_other > rank_one
        losses |= rank_other < rank_one
    return MORE if gains and not losses else LESS if losses and not gains else OTHER


def _rank(flow: Flow | None) -> tuple[int, int, float]:
    if flow is None:
        return 0, 0, 0.0
    return 1, int(not flow.conditional), -flow.delay_s


def _caveats(first: list[Flow], second: list[Flow], nations: Sequence[str]) -> tuple[str, ...]:
    sides = [
        {"; ".join(line_words(line, nations)) for flow in side for line in flow.lines}
        for side in (first, second)
    ]
    gone = [f"-{text}" for text in sorted(sides[0] - sides[1])]
    return (*gone, *(f"+{text}" for text in sorted(sides[1] - sides[0])))


def difference_document(before: Chosen, after: Chosen) -> dict[str, Any]:
    """The difference as data."""
    return {
        "before": {"scenario": before.name, "level": before.rules.level},
        "after": {"scenario": after.name, "level": after.rules.level},
        "terms": _terms(before, after),
        "changes": [
            {
                "from": change.origin,
                "to": change.receiver,
                "kind": change.kind,
                "before": change.before,
                "after": change.after,
                "caveats": list(change.caveats),
            }
            for change in changes(before, after)
        ],
    }


def print_difference(before: Chosen, after: Chosen, console: Console) -> None:
    """Print in words what changes for whom from one policy to the other."""
    found, terms = changes(before, after), _terms(before, after)
    console.print(Text(f"From {before.title} to {after.title}", style="bold"))
    for text in terms:
        console.print(Padding(Text(text), (0, 0, 0, 2)))
    if not found:
        last = "No line changes besides." if terms else "Nothing changes of what any nation has of any other."
        console.print(Padding(Text(last), (0, 0, 0, 2)))
        return
    for receiver in dict.fromkeys(change.receiver for change in found):
        row = before.nations.index(receiver)
        console.print(Text(before.full_name(row), style="bold"), "has")
        alike: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
        for change in found:
            if change.receiver == receiver:
                key = (change.kind, change.before, change.after, change.caveats)
                alike.setdefault(key, []).append(change.origin)
        for (kind, was, now, caveats), origins in alike.items():
            what = f"{now} instead of {was}" if was != now else f"{now} as before, on other terms"
            said = Text.assemble((kind, _STYLE[kind]), f" of {list_words(origins)}: {what}")
            console.print(Padding(said, (0, 0, 0, 2)))
            for caveat in caveats:
                side = "now" if caveat[0] == "+" else "was"
                console.print(Padding(Text(f"{side}: {caveat[1:]}", "dim"), (0, 0, 0, 4)))
    counts = {kind: sum(change.kind == kind for change in found) for kind in (MORE, LESS, OTHER)}
    summed = list_words([f"{count} {kind}" for kind, count in counts.items() if count])
    console.print(Text(f"{len(found)} exchanges change: {summed}.", "dim"))


def _terms(before: Chosen, after: Chosen) -> list[str]:
    """What changes of the ground on which lines stand."""
    said = []
    bars = [{frozenset((bar.first, bar.second)) for bar in chosen.policy.bars} for chosen in (before, after)]
    for text, pairs in (
        ("Only the first has", bars[0] - bars[1]),
        ("Only the second has", bars[1] - bars[0]),
    ):
        ordered = sorted(sorted(pair) for pair in pairs)
        said += [f"{text} a legal bar between {list_words(pair)}." for pair in ordered]
    words = {True: "allowed", False: "refused"}
    one, other = before.policy.passing_through, after.policy.passing_through
    if one != other:
        said.append(f"Passing through a third is {words[other]} instead of {words[one]}.")
    said += _bending(before, after)
    said += _silence(before, after)
    only = [code for code in before.nations if code not in after.nations]
    only_other = [code for code in after.nations if code not in before.nations]
    if only:
        said.append(f"Only the first has {list_words(only)}; what concerns them is left out.")
    if only_other:
        said.append(f"Only the second has {list_words(only_other)}; what concerns them is left out.")
    return said


def _bending(before: Chosen, after: Chosen) -> list[str]:
    """Whose caveats bend on one side only to save lives."""
    one, other = (
        {code for code, bends in zip(of.nations, of.rules.nation[:, LIFE_SAVING], strict=True) if bends}
        for of in (before, after)
    )
    return [
        f"{text} may a warning override caveats of {list_words(sorted(codes))} to save lives."
        for text, codes in (("Only in the first", one - other), ("Only in the second", other - one))
        if codes
    ]


def _silence(before: Chosen, after: Chosen) -> list[str]:
    """To whom an owner says `nothing` on one side only, so that others pass on nothing of it and no caveat bends."""
    one, other = (
        {(of.nations[owner], of.nations[to]) for owner, to in np.argwhere(of.rules.nothing)}
        for of in (before, after)
    )
    said = []
    for text, pairs in (("Only in the first", one - other), ("Only in the second", other - one)):
        for owner in sorted({code for code, _ in pairs}):
            receivers = list_words(sorted(to for code, to in pairs if code == owner))
            said.append(f"{text} does {owner} say 'nothing' to {receivers}.")
    return said
