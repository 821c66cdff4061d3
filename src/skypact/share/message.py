"""Messages composed from what the policy has allowed, and of nothing else.

What is withheld must not show in what is sent. So whatever depends on the whole of a nation's tracks is made anew from
the released ones alone: which of them a full message carries, their numbers and order, the times of their first
release, the number and size of the message. Receivers for whom the verdicts have always been equal share one
composition.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace

import numpy as np

from skypact.kernels.coarsening import coarsen_points, coarsen_states
from skypact.kernels.identify import PRIOR
from skypact.kernels.release import alike, likeliest
from skypact.model.codes import HOSTILE_CLASSES, NO_CODE, Content, Identity, TrackStatus
from skypact.model.message import Message, Payload, Status
from skypact.model.network import B1, F4, F8, I8, U1
from skypact.model.release import NO_CLASS, Verdicts
from skypact.model.track import Tracks
from skypact.model.warning import Warnings

HEADER_BYTES = 40
"""What a message costs beside its items (notional)."""
ITEM_BYTES = {
    Content.WARNINGS: 60,
    Content.TRACKS: 250,
    Content.DETECTIONS: 80,
    Content.SENSOR_STATUS: 20,
    Content.MAGAZINE_STATUS: 20,
}
"""Bytes of one item on a link (notional; a track with its covariance is the largest)."""

UNKNOWN_CLASS = PRIOR.astype(np.float32)
"""Class probabilities that say nothing: what is believed of every object before the first look. A track whose identity
is withheld is sent with them."""
_SAME_PROBABILITY = np.float32(1e-6)
"""Rounding left by fusion: tracks of no known class make a track of no known class. A track that anything is known of
is further off; should one come so near by chance, less is released, never more."""

_HOSTILE = list(HOSTILE_CLASSES)
_HOLD_BACKS = 64
_TRACK_COLUMNS = tuple(column.name for column in fields(Tracks))[1:]


@dataclass
class Numbering:
    """What a line remembers: the numbers of what it has released, and how many messages have gone."""

    numbers: dict[int, dict[int, int]] = field(default_factory=dict)
    """From whom the sender has it (itself, of its own) -> that one's number of the item -> its number on this line,
    from 1 in the order of first release"""
    first_ns: list[int] = field(default_factory=lambda: [0])
    """Instant of first release, by number"""
    messages: dict[tuple[int, ...], int] = field(default_factory=dict)
    """Hold-back (ns), and how the sender came by it -> number of the next message; in the order in which these came
    into use"""

    def copy(self) -> Numbering:
        """The same, to go on by itself."""
        numbers = {giver: dict(known) for giver, known in self.numbers.items()}
        return Numbering(numbers, list(self.first_ns), dict(self.messages))


@dataclass
class Outbox:
    """What one nation sends of one origin and content at one level, and to whom it has sent the same."""

    sender: int
    origin: int
    content: Content
    receivers: tuple[int, ...]
    """Rows of nations, one for each row of the verdicts"""
    groups: list[tuple[tuple[int, ...], Numbering]]
    """Positions in `receivers` of those for whom all verdicts have so far been equal"""


@dataclass(frozen=True)
class Posting:
    """Messages that go alike to some receivers (rows of nations)."""

    receivers: tuple[int, ...]
    messages: tuple[Message, ...]


def new_outbox(sender: int, origin: int, content: Content, receivers: Iterable[int]) -> Outbox:
    """An outbox from which nothing has been sent to any of its receivers, rows of nations in the verdicts' order."""
    rows = tuple(int(row) for row in receivers)
    return Outbox(sender, origin, content, rows, [(tuple(range(len(rows))), Numbering())] if rows else [])


def compose(
    outbox: Outbox,
    items: Payload,
    verdicts: Verdicts,
    made_ns: int,
    now_ns: int,
    capacity: int = 10**9,
    before: tuple[int, ...] = (),
) -> list[Posting]:
    """The messages of this epoch, for each receiver of the outbox exactly once.

    What came to the sender in messages of several lines is composed line by line: of each as if the others were not.

    An item goes where its verdict allows; tracks must also be confirmed. Items with different hold-backs go in
    different messages, sent when the hold-back is over. A hold-back once used on a line is used at every epoch after,
    with an empty message where nothing has it now, so that the receiver learns what has gone; before its first use
    nothing is sent.

    Args:
        outbox: changed in place: its numbers go on, its groups part where verdicts differ.
        items: what the sender holds of this origin, row for row with the columns of the verdicts.
        verdicts: [receivers of the outbox, items].
        made_ns: instant of the information.
        now_ns: instant of the sending, hold-back not counted; later than `made_ns` where it is passed on.
        capacity: most items of one message, chosen among the released ones: the most threatening first.
        before: how the items came to the sender, as in `model.message.Message`; empty for its own.
    """
    giver = before[0] if before else outbox.sender
    outbox.groups = list(_parted(outbox.groups, verdicts))
    ready = _ready(items)
    postings = []
    for receivers, numbering in outbox.groups:
        k = receivers[0]
        every = _Terms(verdicts.delay_s[k], verdicts.accuracy_m[k], verdicts.nameless[k])
        released = np.flatnonzero(verdicts.allowed[k] & ready)
        rows, number = _numbered(numbering, giver, items, released, every, now_ns, capacity)
        terms = every.of(rows)
        payload = _as_numbered(_seen(items, rows, terms), number, numbering)
        delay_ns = np.rint(terms.delay_s * 1e9).astype(np.int64)
        messages = _messages(outbox, numbering, payload, delay_ns, made_ns, now_ns, before)
        postings.append(Posting(tuple(outbox.receivers[i] for i in receivers), tuple(messages)))
    return postings


def released_to(items: Payload, verdicts: Verdicts, receiver: int) -> Payload:
    """The items that go to the receiver in one row of the verdicts, as it may see them."""
    rows = np.flatnonzero(verdicts.allowed[receiver])
    every = _Terms(verdicts.delay_s[receiver], verdicts.accuracy_m[receiver], verdicts.nameless[receiver])
    return _seen(items, rows, every.of(rows))


@dataclass(frozen=True)
class _Terms:
    """How each item goes."""

    delay_s: F8
    accuracy_m: F8
    nameless: B1

    def of(self, rows: I8) -> _Terms:
        return _Terms(self.delay_s[rows], self.accuracy_m[rows], self.nameless[rows])


def _parted(
    groups: Iterable[tuple[tuple[int, ...], Numbering]], verdicts: Verdicts
) -> Iterable[tuple[tuple[int, ...], Numbering]]:
    """Groups in which all verdicts are equal; each part of a group goes on from what the whole had sent."""
    columns = (verdicts.allowed, verdicts.delay_s, verdicts.accuracy_m, verdicts.nameless)
    whole = alike(*columns)
    for receivers, numbering in groups:
        if whole or len(receivers) == 1:
            yield receivers, numbering
            continue
        parts: dict[bytes, list[int]] = {}
        for k in receivers:
            parts.setdefault(b"".join(column[k].tobytes() for column in columns), []).append(k)
        for i, part in enumerate(parts.values()):
            yield tuple(part), numbering if i == len(parts) - 1 else numbering.copy()


def _ready(items: Payload) -> B1:
    if isinstance(items, Tracks):
        return items.status >= TrackStatus.CONFIRMED
    return np.ones(1, np.bool_)


def _seen(items: Payload, rows: I8, terms: _Terms) -> Payload:
    """The items of the rows as the receiver may see them: positions coarsened, names left out."""
    kept = taken(items, rows)
    if isinstance(kept, Status) or not (terms.accuracy_m.any() or terms.nameless.any()):
        return kept
    if isinstance(kept, Tracks):
        coarsen_states(kept.mean_ecef, kept.cov_ecef, terms.accuracy_m)
        kept.class_prob[terms.nameless] = UNKNOWN_CLASS
        kept.code[terms.nameless] = NO_CODE
        kept.identity[terms.nameless] = Identity.UNKNOWN
    else:
        coarsen_points(kept.lat_rad, kept.lon_rad, kept.cov_en_m2, terms.accuracy_m)
        kept.object_class[terms.nameless] = NO_CLASS
    return kept


def believed_class(class_prob: F4) -> U1:
    """The most probable class of each of n tracks; NO_CLASS where nothing is known of it.

    Args:
        class_prob: [n, N_CLASSES]
    """
    kind = np.empty(len(class_prob), np.uint8)
    likeliest(class_prob, UNKNOWN_CLASS, _SAME_PROBABILITY, NO_CLASS, kind)
    return kind


def taken(items: Payload, rows: I8) -> Payload:
    """The items of the given rows, as arrays of their own."""
    if isinstance(items, Tracks):
        return Tracks(items.now_ns, *(getattr(items, name)[rows] for name in _TRACK_COLUMNS))
    return type(items)(*(getattr(items, column.name)[rows] for column in fields(items)))


def _numbered(
    numbering: Numbering, giver: int, items: Payload, rows: I8, every: _Terms, now_ns: int, capacity: int
) -> tuple[I8, I8]:
    """Which of the released items, given by their rows, go: rows in the order of their numbers, and the numbers.

    New items are numbered, and items chosen, by what the receiver sees of them, never by the owner's order.
    """
    if isinstance(items, Status):
        return rows, np.arange(len(rows))
    known = numbering.numbers.setdefault(giver, {})
    owners = items.track_id[rows].tolist()
    held = np.array([known.get(track, 0) for track in owners], np.int64)
    if len(held) <= capacity and held.all():
        order = np.argsort(held, kind="stable")
        return rows[order], held[order]
    seen = _seen(items, rows, every.of(rows))
    free = len(numbering.first_ns)
    rank = [(number, b"") if number else (free, _bytes(seen, j)) for j, number in enumerate(held)]
    chosen = sorted(range(len(held)), key=rank.__getitem__)
    if len(held) > capacity:
        threat = _threat(seen)
        place = {j: at for at, j in enumerate(chosen)}
        chosen = sorted(sorted(chosen, key=lambda j: -threat[j])[:capacity], key=place.__getitem__)
    for j in chosen:
        if held[j] == 0:
            held[j] = known[owners[j]] = len(numbering.first_ns)
            numbering.first_ns.append(now_ns)
    order = np.array(chosen, np.int64)
    return rows[order], held[order]


def _threat(seen: Payload) -> list[float]:
    """How threatening each item is as the receiver sees it."""
    if isinstance(seen, Tracks):
        return [float(value) for value in seen.class_prob[:, _HOSTILE].sum(axis=1)]
    return [float(value) for value in seen.class_prob] if isinstance(seen, Warnings) else []


def _bytes(seen: Payload, row: int) -> bytes:
    """All that the receiver sees of an item beside its number: an order that owes nothing to what is withheld."""
    own = ("now_ns", "track_id", "slot", "first_ns")
    columns = [column.name for column in fields(seen) if column.name not in own]
    return b"".join(getattr(seen, name)[row].tobytes() for name in columns)


def _as_numbered(payload: Payload, number: I8, numbering: Numbering) -> Payload:
    """The items under their numbers of the line, with their rows in the message and the instants of first release."""
    if isinstance(payload, Tracks):
        first_ns = np.array([numbering.first_ns[n] for n in number.tolist()], np.int64)
        slot = np.arange(len(number), dtype=np.int32)
        return replace(payload, track_id=number.astype(np.uint64), slot=slot, first_ns=first_ns)
    if isinstance(payload, Warnings):
        return replace(payload, track_id=number.astype(np.uint64))
    return payload


def _messages(
    outbox: Outbox,
    numbering: Numbering,
    payload: Payload,
    delay_ns: I8,
    made_ns: int,
    now_ns: int,
    before: tuple[int, ...],
) -> Iterable[Message]:
    """One message for each hold-back that the line uses."""
    for delay in sorted(set(delay_ns.tolist())):
        numbering.messages.setdefault((delay, *before), 0)
    for order, ((delay, *came), number) in enumerate(numbering.messages.items()):
        if tuple(came) != before:
            continue
        rows = np.flatnonzero(delay_ns == delay)
        part = payload if len(rows) == len(delay_ns) else _slots(taken(payload, rows))
        numbering.messages[delay, *before] = number + 1
        stream = (outbox.origin * 16 + int(outbox.content)) * _HOLD_BACKS + min(order, _HOLD_BACKS - 1)
        size = HEADER_BYTES + len(rows) * ITEM_BYTES[outbox.content]
        yield Message(
            outbox.sender,
            outbox.origin,
            outbox.content,
            delay,
            number,
            stream,
            made_ns,
            now_ns + delay,
            size,
            part,
            before,
        )


def _slots(payload: Payload) -> Payload:
    if isinstance(payload, Tracks):
        return replace(payload, slot=np.arange(len(payload.track_id), dtype=np.int32))
    return payload
