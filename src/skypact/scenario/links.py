"""The blocks on links, outages and misreports: their faults, and what they are frozen to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from skypact.errors import Fault
from skypact.model.document import Document, shown
from skypact.model.link import CutOff, Link, Links, Misreport, Outage
from skypact.scenario.link_schema import BetweenEntry, LinksEntry, MisreportEntry, OutageEntry, TermsEntry

_TERMS = tuple(TermsEntry.model_fields)


@dataclass(frozen=True)
class _Said:
    """What is said of one ordered pair: its terms, and the lines that say it (-1: the default alone)."""

    terms: TermsEntry
    line: int


def link_faults(document: Document, nations: Sequence[str]) -> Iterator[Fault]:
    """Faults in what the lines on links say of each other.

    A nation linked with itself, a pair in two lines of which neither is the more particular, and bursts that cannot
    be as short as is said while so many messages are lost.
    """
    for path, line in document.each("links", "between", "*"):
        if isinstance(line, dict) and line.get("from") == line.get("to") and line.get("from") in nations:
            yield document.fault((*path, "to"), shown(line["to"]), "another nation than 'from'")
    for path, written in document.each("links"):
        try:
            entry = LinksEntry.model_validate(written)
        except ValidationError:
            return
        seen: dict[tuple[str, str, bool], int] = {}
        for i, line in enumerate(entry.between):
            for sender, receiver in _pairs(line, nations):
                first = seen.setdefault((sender, receiver, _general(line)), i)
                if first != i:
                    where = document.position((*path, "between", first)).line
                    expected = f"each pair once among such lines (first in line {where})"
                    yield document.fault((*path, "between", i), f"{sender} to {receiver} again", expected)
                    break
        yield from _burst_faults(document, entry, nations)


def _burst_faults(document: Document, entry: LinksEntry, nations: Sequence[str]) -> Iterator[Fault]:
    told: set[int] = set()
    for said in _said(entry, nations).values():
        loss, burst = said.terms.loss, said.terms.burst
        if burst is None or said.line in told or burst * (1.0 - loss) >= loss:
            continue
        told.add(said.line)
        path = ("links", "default") if said.line < 0 else ("links", "between", said.line)
        least = f"at least {loss / (1.0 - loss):.3g}" if loss < 1.0 else "a loss below 1"
        yield document.fault((*path, "burst"), f"{burst:g} with a loss of {loss:g}", least)


def freeze_links(
    links: LinksEntry | None,
    outages: Sequence[OutageEntry],
    misreports: Sequence[MisreportEntry],
    nations: Sequence[str],
) -> Links:
    """The links of checked entries, every pair of nations spelt out unless all are perfect."""
    entry = LinksEntry() if links is None else links
    lines = [
        Link(
            sender,
            receiver,
            delay_s=said.terms.delay,
            jitter_s=said.terms.jitter,
            loss=said.terms.loss,
            duplicate=said.terms.duplicate,
            burst=said.terms.burst or 0.0,
            bandwidth_bps=said.terms.bandwidth or math.inf,
            queue_s=said.terms.queue,
            store_and_forward=said.terms.store_and_forward,
        )
        for (sender, receiver), said in _said(entry, nations).items()
    ]
    windows = [
        Outage(sender, receiver, window.begin, window.until)
        for line in entry.between
        for sender, receiver in _pairs(line, nations)
        for window in line.outages
    ]
    return Links(
        lines=() if links is None else tuple(lines),
        outages=tuple(windows),
        cut_off=tuple(CutOff(item.nation, item.begin, item.until) for item in outages),
        misreports=tuple(_misreport(item) for item in misreports),
    )


def _misreport(item: MisreportEntry) -> Misreport:
    return Misreport(
        nation=item.nation,
        from_s=-math.inf if item.begin is None else item.begin,
        until_s=math.inf if item.until is None else item.until,
        basis=item.basis,
        ghosts=item.ghosts,
        covariance=item.covariance,
        shift_m=item.shift,
        certainty=item.certainty or 0.0,
    )


def _general(line: BetweenEntry) -> bool:
    """Whether a line is for all nations at one end: then it gives way to lines that name both."""
    return "all" in (line.sender, line.to)


def _pairs(line: BetweenEntry, nations: Sequence[str]) -> list[tuple[str, str]]:
    """The ordered pairs that a line speaks of."""
    one = [(a, b) for a in _ends(line.sender, nations) for b in _ends(line.to, nations) if a != b]
    both = [*one, *((b, a) for a, b in one)] if line.two_way else one
    return list(dict.fromkeys(both))


def _ends(word: str, nations: Sequence[str]) -> list[str]:
    return [code for code in nations if word in (code, "all")]


def _said(entry: LinksEntry, nations: Sequence[str]) -> dict[tuple[str, str], _Said]:
    """What holds for every ordered pair: the default, over it a line for all, over that a line for the pair."""
    said = {(a, b): _Said(entry.default, -1) for a in nations for b in nations if a != b}
    for general in (True, False):
        for i, line in enumerate(entry.between):
            if _general(line) != general:
                continue
            own = {name: getattr(line, name) for name in _TERMS if name in line.model_fields_set}
            for pair in _pairs(line, nations):
                said[pair] = _Said(said[pair].terms.model_copy(update=own), i)
    return said
