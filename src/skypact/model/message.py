"""Messages: what one nation sends another at one instant, with an identity of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from skypact.model.codes import Content
from skypact.model.network import F8, I4, I8, U4
from skypact.model.track import Tracks
from skypact.model.warning import Warnings


@dataclass(frozen=True)
class Status:
    """The state of m sensors or magazines: what `item` numbers (a row of the network's table), and its value."""

    item: I4
    value: F8
    """1 a sensor that works, 0 one that does not; rounds left of a magazine"""
    t_ns: I8
    sources: U4
    """A bit per nation whose information it is"""

    def __len__(self) -> int:
        return len(self.item)


Payload: TypeAlias = Tracks | Warnings | Status


@dataclass(frozen=True)
class Message:
    """One message. Its arrival is not its own: each copy of it arrives when the link brings it.

    Tracks and warnings in it have numbers of the line on which it goes, by sender and origin, not the numbers that
    their owner knows them by.
    """

    sender: int
    """Row of the nation that sends it on this hop"""
    origin: int
    """Row of the nation whose information it is"""
    content: Content
    delay_ns: int
    """How long the policy held it back; items with other hold-backs go in messages of their own"""
    number: int
    """From 0, one more for each message of the same line to one receiver"""
    stream: int
    """Keys the luck of the message on a link, with its number"""
    made_ns: int
    """Instant of the information"""
    sent_ns: int
    """Instant at which it is handed to the link"""
    size_bytes: int
    payload: Payload
    before: tuple[int, ...] = ()
    """How the sender came by it: sender and hold-back (ns) of each hop before this one, the latest first; empty for
    what is the sender's own. What came to the sender in other messages goes on in other messages."""

    def __len__(self) -> int:
        """How many items it holds."""
        return len(self.payload)

    @property
    def way(self) -> tuple[int, ...]:
        """The origin, and who has passed it on, the sender last."""
        return (self.sender, *self.before[::2])[::-1]

    @property
    def line(self) -> tuple[int, ...]:
        """What its number counts on: sender, origin, content, hold-back, and how the sender came by it."""
        return self.sender, self.origin, int(self.content), self.delay_ns, *self.before

    @property
    def identity(self) -> tuple[int, ...]:
        """What tells it from every other message to the same receiver: a second copy has the same."""
        return (*self.line, self.number)
