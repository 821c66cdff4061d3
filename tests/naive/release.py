"""The naive twin of `share.releasable`: one message at a time, over the lines as they are written.

Nothing here knows the compiled table: sets of codes, a loop over the lines of each nation whose information is inside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from skypact.model.codes import Content, ObjectClass, Reason
from skypact.model.scenario import LegalBar, Policy, Region, Release

NATIONS = ("AAA", "BBB", "CCC", "DDD", "EEE")


@dataclass(frozen=True)
class Message:
    """One item on its way from one nation to another."""

    sender: str
    receiver: str
    content: Content
    lineage: frozenset[str]
    object_class: int
    lat_rad: float
    lon_rad: float
    threatens: frozenset[str]
    now_s: float
    on_alert: bool


@dataclass(frozen=True)
class Answer:
    """What the policy says of a message."""

    allowed: bool
    reason: Reason
    line: Release | None
    delay_s: float
    accuracy_m: float
    nameless: bool


def refused(reason: Reason, line: Release | None = None) -> Answer:
    return Answer(False, reason, line, math.inf, math.inf, True)


class Book:
    """A written policy as sets, made once."""

    def __init__(self, policy: Policy, lines: tuple[Release, ...]) -> None:
        self.bars = {frozenset((bar.first, bar.second)) for bar in policy.bars}
        self.passing = policy.passing_through
        self.passes_on = {code: frozenset(to) for code, to in policy.passes_on.items()}
        self.life_saving = frozenset(policy.life_saving)
        self.lines: dict[str, list[Release]] = {}
        self.nothing: dict[str, set[str]] = {}
        for line in lines:
            if line.content == Content.NOTHING:
                self.nothing.setdefault(line.sender, set()).update(line.receivers)
            else:
                self.lines.setdefault(line.sender, []).append(line)

    def barred(self, one: str, other: str) -> bool:
        return frozenset((one, other)) in self.bars

    def forwards(self, sender: str, receiver: str) -> bool:
        return receiver in self.passes_on.get(sender, ()) and receiver != sender

    def carried(self, line: Release) -> set[str]:
        """Those of a line's receivers whom its carrier reaches, the carrier itself among them if it is named."""
        owner, carrier = line.sender, line.through
        assert carrier is not None
        return {
            code
            for code in line.receivers
            if (code == carrier or (self.forwards(carrier, code) and not self.barred(carrier, code)))
            and (self.passing or not self.barred(owner, code))
            and code != owner
        }


def answer(book: Book, message: Message) -> Answer:
    """What the policy says of one message, by its definition."""
    sender, receiver = message.sender, message.receiver
    if sender == receiver:
        return Answer(True, Reason.OWN, None, 0.0, 0.0, False)
    if book.barred(sender, receiver):
        return refused(Reason.BARRED)
    if not message.lineage:
        return refused(Reason.NO_LINEAGE)
    found: list[tuple[Reason, Release]] = []
    for owner in sorted(message.lineage):
        if owner not in NATIONS:
            return refused(Reason.NOT_GRANTED)
        if owner != sender and book.barred(owner, receiver) and not book.passing:
            return refused(Reason.BARRED_THROUGH)
        line: Release | None = None
        reason = Reason.GRANTED
        if owner != receiver:
            reason, line = of_owner(book, owner, message)
            if reason > Reason.OVERRIDDEN:
                return refused(reason, line)
        if owner != sender and not book.forwards(sender, receiver):
            return refused(Reason.NOT_PASSED_ON, line)
        if line is not None:
            found.append((reason, line))
    whys = [reason for reason, _ in found]
    why = max(whys, default=Reason.GRANTED)
    governing: Release | None = None
    for reason, line in found:
        if reason == why and (governing is None or line.delay_s > governing.delay_s):
            governing = line
    return Answer(
        True,
        why,
        governing,
        max((line.delay_s for _, line in found), default=0.0),
        max((line.accuracy_m for _, line in found), default=0.0),
        any(line.nameless for _, line in found),
    )


def of_owner(book: Book, owner: str, message: Message) -> tuple[Reason, Release | None]:
    """The line of one owner that lets the message go, or the one that comes nearest and why it does not."""
    allowing: list[tuple[Reason, Release]] = []
    nearest: tuple[Reason, Release | None] = (Reason.NOT_GRANTED, None)
    for line in book.lines.get(owner, ()):
        why = by_line(book, line, message)
        if why <= Reason.OVERRIDDEN:
            allowing.append((why, line))
        elif why > nearest[0]:
            nearest = (why, line)
    if not allowing:
        return nearest
    return min(allowing, key=lambda pair: (pair[0], pair[1].delay_s, pair[1].accuracy_m, pair[1].nameless))


def by_line(book: Book, line: Release, message: Message) -> Reason:
    """What one line of one owner says."""
    asked, given = message.content, line.content
    if not (Content.NOTHING < asked <= given <= Content.DETECTIONS or asked == given):
        return Reason.NOT_GRANTED
    why, sake = by_name(book, line, message)
    if why not in (Reason.GRANTED, Reason.NOT_TO_BE_PASSED_ON):
        return why
    caveats: list[Reason] = [] if why == Reason.GRANTED else [why]
    bends = may_bend(book, line.sender, message, sake)
    if message.now_s < line.from_s or message.now_s >= line.until_s:
        early = message.now_s < line.from_s
        return caveats[0] if caveats else Reason.NOT_YET if early else Reason.NO_LONGER
    if line.on_alert and not message.on_alert:
        caveats.append(Reason.NOT_ON_ALERT)
    if line.classes and message.object_class not in [int(kind) for kind in line.classes]:
        caveats.append(Reason.WRONG_CLASS)
    if line.region is not None and not inside(line.region, message):
        caveats.append(Reason.OUTSIDE_REGION)
    if line.threatening and not message.threatens & sake:
        caveats.append(Reason.NOT_THREATENING)
    if caveats and not bends:
        return caveats[0]
    return Reason.OVERRIDDEN if caveats else Reason.GRANTED


def by_name(book: Book, line: Release, message: Message) -> tuple[Reason, set[str]]:
    """Whether a line speaks of this sender and receiver, and for whose sake it lets the message go."""
    owner, sender, receiver, through = line.sender, message.sender, message.receiver, line.through
    if owner == sender:
        if through == receiver:
            sake = book.carried(line)
            return (Reason.GRANTED if sake else Reason.NOT_GRANTED), sake
        if receiver not in line.receivers:
            return Reason.NOT_GRANTED, set()
        return (Reason.GRANTED if through is None else Reason.ONLY_THROUGH), {receiver}
    onward = set(line.onward) - book.nothing.get(owner, set())
    if sender not in line.receivers and sender not in onward and sender != through:
        return Reason.NOT_GRANTED, set()
    named = receiver in onward or (through is not None and receiver in line.receivers)
    if not named:
        # Whoever is no carrier of this line could not pass it on even to save lives.
        return Reason.NOT_TO_BE_PASSED_ON, {receiver} if through in (None, sender) else set()
    return (Reason.GRANTED if through in (None, sender) else Reason.ONLY_THROUGH), {receiver}


def inside(box: Region, message: Message) -> bool:
    return (
        box.south_rad <= message.lat_rad <= box.north_rad and box.west_rad <= message.lon_rad <= box.east_rad
    )


def may_bend(book: Book, owner: str, message: Message, sake: set[str]) -> bool:
    """Whether an owner's caveats give way: a warning, an object that threatens one for whose sake it is sent."""
    spared = {
        code for code in sake if code not in book.nothing.get(owner, set()) and not book.barred(owner, code)
    }
    return (
        message.content == Content.WARNINGS and owner in book.life_saving and bool(message.threatens & spared)
    )


def random_policy(rng: np.random.Generator) -> Policy:
    """A policy of random lines, bars, carriers and caveats; many lines, so that much is allowed."""

    def some(p: float) -> tuple[str, ...]:
        return tuple(code for code in NATIONS if rng.random() < p)

    lines = []
    for _ in range(int(rng.integers(2, 16))):
        sender = str(rng.choice(NATIONS))
        others = tuple(code for code in NATIONS if code != sender)
        content = Content(int(rng.choice([0, 1, 1, 2, 2, 3, 4, 5])))
        named = tuple(code for code in some(0.5) if code != sender)
        start = float(rng.integers(0, 8)) if rng.random() < 0.3 else -math.inf
        low = rng.uniform(0.0, 0.6, 2)
        lines.append(
            Release(
                sender,
                named,
                content,
                float(rng.integers(0, 4)),
                "assumption: drawn",
                classes=tuple(kind for kind in ObjectClass if rng.random() < 0.5)
                if rng.random() < 0.3
                else (),
                region=Region(low[0], low[0] + 0.6, low[1], low[1] + 0.6) if rng.random() < 0.25 else None,
                threatening=bool(rng.random() < 0.2),
                accuracy_m=float(rng.integers(0, 3)) * 1_000.0 if rng.random() < 0.4 else 0.0,
                nameless=bool(rng.random() < 0.25),
                onward=some(0.6) if rng.random() < 0.6 else (),
                through=str(rng.choice(others)) if rng.random() < 0.25 else None,
                from_s=start,
                until_s=start + float(rng.integers(1, 6)) if rng.random() < 0.6 and start >= 0 else math.inf,
                on_alert=bool(rng.random() < 0.2),
            )
        )
    pairs = [(a, b) for i, a in enumerate(NATIONS) for b in NATIONS[i + 1 :] if rng.random() < 0.12]
    return Policy(
        {"pact": tuple(lines)},
        tuple(LegalBar(a, b, "a law") for a, b in pairs),
        {},
        {},
        1.0,
        passes_on={code: some(0.7) for code in NATIONS if rng.random() < 0.7},
        life_saving=some(0.4),
        passing_through=bool(rng.random() < 0.5),
    )
