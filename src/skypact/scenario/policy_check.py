"""Faults in what the parts of a policy say of each other, and lines that can never release anything."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from pydantic import ValidationError

from skypact.errors import Fault
from skypact.model.document import Document, Path, choice, shown
from skypact.scenario.party import party, receivers_of
from skypact.scenario.policy_schema import ALL_BUT, RESERVED, ReleaseEntry

_LISTS = (("today",), ("pact",), ("readings", "*"))
_OF_OBJECTS = ("classes", "region", "threatening", "accuracy", "identity")
_CAVEATS = (*_OF_OBJECTS, "onward", "through", "from", "until", "when")
_KNOWS_NONE = {
    "nothing": "this line releases nothing",
    "detections": "a plot knows no class, no object and no impact",
    "sensor_status": "a status is of no object",
    "magazine_status": "a status is of no object",
}
"""Content -> why a line of it can say nothing of objects."""
_WORDS = {"to": ("all",), "onward": ("all", "refused"), "passes_on": ("all", "none")}
"""Field -> the words that may stand in it alone."""


@dataclass(frozen=True)
class _Book:
    """What a line is held against: as much of the policy as could be read."""

    document: Document
    nations: Sequence[str]
    groups: Mapping[str, Sequence[str]]
    bars: Set[frozenset[str]]
    passing: bool
    passes_on: Mapping[str, Sequence[str]]
    homes: Set[str]
    """Nations that have places"""

    def barred(self, one: str, other: str) -> bool:
        """Whether a legal bar stands between two nations."""
        return frozenset((one, other)) in self.bars

    def passes(self, carrier: str, receiver: str, owner: str) -> bool:
        """Whether a nation would ever carry the owner's information to the receiver."""
        third = self.barred(owner, receiver) and not self.passing
        return (
            receiver in self.passes_on.get(carrier, ()) and not self.barred(carrier, receiver) and not third
        )


def policy_faults(document: Document, nations: Sequence[str]) -> Iterator[Fault]:
    """Faults in what the policy's parts say of each other.

    An unknown nation or group, a receiver named twice on the same terms in a list, a nation releasing to itself, a
    release that a legal bar forbids, a line that can never release anything, a nation without a block, a reading in
    force that is not written.
    """
    book = _book(document, nations)
    yield from _bar_faults(document)
    yield from _group_faults(book)
    for path, _ in document.each("policy", "nations"):
        for code in nations:
            if not any(document.each("policy", "nations", code)):
                yield document.fault((*path, code), "nothing", f"a block for {code} (its lists may be empty)")
    for path, block in document.each("policy", "nations", "*"):
        if not isinstance(block, dict):
            continue
        yield from _block_faults(book, path, block)
        readings = block.get("readings")
        if isinstance(readings, dict) and block.get("reading", None) not in readings:
            expected = f"one of the readings {', '.join(map(str, readings))}"
            yield document.fault((*path, "reading"), shown(block.get("reading")), expected)
    for list_path in _LISTS:
        for path, releases in document.each("policy", "nations", "*", *list_path):
            if isinstance(releases, list):
                yield from _list_faults(book, path, releases)


def _book(document: Document, nations: Sequence[str]) -> _Book:
    pairs = (value for _, value in document.each("policy", "bars", "*", "between"))
    groups = {
        str(path[-1]): [str(member) for member in members]
        for path, members in document.each("policy", "groups", "*")
        if isinstance(members, list)
    }
    passes_on = {
        str(path[2]): party(_listed(words), str(path[2]), nations, groups)
        for path, words in document.each("policy", "nations", "*", "passes_on")
    }
    return _Book(
        document=document,
        nations=nations,
        groups=groups,
        bars={frozenset(map(str, pair)) for pair in pairs if isinstance(pair, list)},
        passing=any(value == "allowed" for _, value in document.each("policy", "passing_through")),
        passes_on=passes_on,
        homes={str(code) for _, code in document.each("places", "*", "nation")},
    )


def _listed(written: object) -> list[str]:
    if isinstance(written, dict):
        left_out = written.get(ALL_BUT)
        return [ALL_BUT, *map(str, left_out)] if isinstance(left_out, list) else []
    if isinstance(written, list):
        return [str(word) for word in written]
    return [written] if isinstance(written, str) else []


def _placed(path: Path, written: object) -> list[tuple[Path, str]]:
    """Each word of a field with the path at which it stands."""
    if isinstance(written, dict):
        path, written = (*path, ALL_BUT), written.get(ALL_BUT)
    if isinstance(written, list):
        return [((*path, j), word) for j, word in enumerate(written) if isinstance(word, str)]
    return [(path, written)] if isinstance(written, str) else []


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


def _group_faults(book: _Book) -> Iterator[Fault]:
    for path, members in book.document.each("policy", "groups", "*"):
        if path[-1] in RESERVED:
            yield book.document.fault(path, shown(path[-1]), f"another name than {', '.join(RESERVED)}")
        for at, code in _placed(path, members):
            if code not in book.nations:
                expected = f"a nation of the scenario: {choice(code, book.nations)}"
                yield book.document.fault(at, shown(code), expected)
            elif isinstance(members, list) and code in members[: int(at[-1])]:
                yield book.document.fault(at, f"{code} again", "each nation once in a group")


def _word_faults(book: _Book, path: Path, written: object) -> Iterator[Fault]:
    """Words that are neither a nation, nor a group, nor what may stand in the field alone."""
    alone = _WORDS[str(path[-1])]
    known = [*book.nations, *book.groups]
    for at, word in _placed(path, written):
        if word not in known and word not in (alone if at == path else ()):
            extra = f", or {', '.join(alone)} alone" if at != path and word in alone else ""
            expected = f"a nation of the scenario or a group{extra}: {choice(word, known)}"
            yield book.document.fault(at, shown(word), expected)


def _block_faults(book: _Book, path: Path, block: dict[str, object]) -> Iterator[Fault]:
    at = (*path, "passes_on")
    yield from _word_faults(book, at, block.get("passes_on"))
    for place, code in (
        _placed(at, block.get("passes_on")) if isinstance(block.get("passes_on"), list) else ()
    ):
        if code == path[2]:
            yield book.document.fault(place, shown(code), "another nation")
        elif book.barred(str(path[2]), code):
            expected = f"nobody to whom {path[2]} may send nothing: a legal bar forbids it"
            yield book.document.fault(place, shown(code), expected)


def _list_faults(book: _Book, path: Path, releases: list[object]) -> Iterator[Fault]:
    sender = str(path[2])
    refused: set[str] = set()
    for release in releases:
        if isinstance(release, dict) and release.get("content") == "nothing":
            refused |= set(party(_listed(release.get("to")), sender, book.nations, book.groups))
    named: dict[object, set[str]] = {}
    for i, release in enumerate(releases):
        if not isinstance(release, dict):
            continue
        at = (*path, i)
        for field in ("to", "onward"):
            yield from _word_faults(book, (*at, field), release.get(field))
        yield from _receiver_faults(book, at, release, sender)
        yield from _again_faults(book, at, release, sender, named)
        yield from _onward_faults(book, at, release, sender, refused)
        yield from _caveat_faults(book, at, release)
        try:
            entry = ReleaseEntry.model_validate(release)
        except ValidationError:
            continue
        yield from _never_faults(book, at, entry, sender)


def _receiver_faults(book: _Book, at: Path, release: dict[str, object], sender: str) -> Iterator[Fault]:
    """Receivers that are named by their code and can have nothing."""
    written, through = release.get("to"), release.get("through")
    for place, code in _placed((*at, "to"), written) if isinstance(written, list) else ():
        if code == sender:
            expected = "another nation: what is a nation's own is not released to it"
            yield book.document.fault(place, shown(code), expected)
        elif release.get("content") == "nothing" or code not in book.nations:
            continue
        elif through is None and book.barred(sender, code):
            expected = f"no release from {sender} to {code}: a legal bar forbids it"
            yield book.document.fault(place, shown(code), expected)
        elif book.barred(sender, code) and not book.passing:
            expected = f"no release from {sender} to {code}: a legal bar forbids it, and 'passing_through' is refused"
            yield book.document.fault(place, shown(code), expected)
        elif isinstance(through, str) and code != through and not book.passes(through, code, sender):
            expected = f"a nation to which {through} passes on, as its block says in 'passes_on'"
            yield book.document.fault(place, shown(code), expected)


def _again_faults(
    book: _Book, at: Path, release: dict[str, object], sender: str, named: dict[object, set[str]]
) -> Iterator[Fault]:
    """Receivers that an earlier line, or an earlier word, names on the same terms."""
    content = str(release.get("content"))
    terms = repr(sorted((k, v) for k, v in release.items() if k not in ("to", "delay", "basis")))
    seen = named.setdefault(terms, set())
    for place, word in _placed((*at, "to"), release.get("to")):
        if ALL_BUT in place:
            continue
        codes = set(party([word], sender, book.nations, book.groups)) or {word}
        if codes & seen:
            expected = f"each receiver once for {content} in a list, where the lines do not differ otherwise"
            yield book.document.fault(place, f"{word} again", expected)
        seen |= codes
    if isinstance(release.get("to"), dict):
        seen |= set(party(_listed(release["to"]), sender, book.nations, book.groups))


def _onward_faults(
    book: _Book, at: Path, release: dict[str, object], sender: str, refused: Set[str]
) -> Iterator[Fault]:
    written = release.get("onward")
    for place, code in _placed((*at, "onward"), written) if isinstance(written, list) else ():
        if code == sender:
            expected = "another nation: what is a nation's own need not be passed on to it"
            yield book.document.fault(place, shown(code), expected)
        elif code in refused:
            expected = f"nobody whom a line of this list gives nothing, as {code}"
            yield book.document.fault(place, shown(code), expected)
        elif book.barred(sender, code) and not book.passing:
            expected = f"no passing on to {code}: a legal bar forbids it, and 'passing_through' is refused"
            yield book.document.fault(place, shown(code), expected)


def _caveat_faults(book: _Book, at: Path, release: dict[str, object]) -> Iterator[Fault]:
    """Caveats that a line of its content cannot have."""
    content = str(release.get("content"))
    forbidden = _CAVEATS if content == "nothing" else _OF_OBJECTS if content in _KNOWS_NONE else ()
    for field in forbidden:
        if field in release:
            expected = f"no such key on a line of {content}: {_KNOWS_NONE[content]}"
            yield book.document.fault((*at, field), shown(release[field]), expected)


def _never_faults(book: _Book, at: Path, entry: ReleaseEntry, sender: str) -> Iterator[Fault]:
    """A line that can never release anything, and why."""
    if entry.content == "nothing":
        return
    never = "this line can never release anything"
    receivers = receivers_of(entry, sender, book.nations, book.groups, book.bars)
    unknown = set(entry.to) - {*book.nations, *book.groups, "all", ALL_BUT}
    if not receivers and entry.to != ["all"] and not unknown:
        whom = f"nobody but {sender} itself and those whom a legal bar excludes"
        yield book.document.fault((*at, "to"), whom, f"another nation: {never}")
    if entry.from_ is not None and entry.until is not None and entry.from_ >= entry.until:
        found, expected = f"{entry.until:g} s", f"a time after 'from', which is {entry.from_:g} s: {never}"
        yield book.document.fault((*at, "until"), found, expected)
    through = entry.through
    if through is not None:
        yield from _through_faults(book, (*at, "through"), through, receivers, sender)
    if entry.threatening and receivers and not set(receivers) & book.homes:
        expected = f"a receiver that has places: nothing threatens {', '.join(receivers)}, so {never}"
        yield book.document.fault((*at, "threatening"), "true", expected)
    box = entry.region
    if box is not None:
        sides = {
            str(path[-1]): value
            for path, value in book.document.each("region", "*")
            if isinstance(value, (int, float))
        }
        apart = box.north < sides.get("south", -math.inf) or box.south > sides.get("north", math.inf)
        apart |= box.east < sides.get("west", -math.inf) or box.west > sides.get("east", math.inf)
        if apart:
            found = f"{box.south:g} to {box.north:g} N, {box.west:g} to {box.east:g} E"
            expected = f"a box that overlaps the scenario's region: outside it {never}"
            yield book.document.fault((*at, "region"), found, expected)


def _through_faults(
    book: _Book, at: Path, through: str, receivers: Sequence[str], sender: str
) -> Iterator[Fault]:
    never = "this line can never release anything"
    others = [code for code in receivers if code != through]
    if through not in book.nations:
        expected = f"a nation of the scenario: {choice(through, book.nations)}"
    elif through == sender:
        expected = "another nation than the sender"
    elif book.barred(sender, through):
        expected = f"a nation that {sender} may deal with: a legal bar keeps {through} from it, so {never}"
    elif not others:
        expected = f"a line without 'through', where {through} alone receives"
    elif not any(book.passes(through, code, sender) for code in others):
        to = ", ".join(book.passes_on.get(through, ())) or "nobody"
        expected = f"a nation that passes on to its receivers: {through} passes on to {to}, so {never}"
    else:
        return
    yield book.document.fault(at, shown(through), expected)
