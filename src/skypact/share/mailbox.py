"""What has come to a nation: each message once, the newest of each line, whatever the order of arrival."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from skypact.model.codes import STATUSES
from skypact.model.message import Message, Status
from skypact.share.message import taken

STALE_NS = 60_000_000_000
"""Time from its sending after which a message is no longer used: a picture a minute old says little of where anything
is. A hold-back of the policy does not count: who releases late information means it to be used late."""


@dataclass
class _Inbox:
    """Messages of one line that are not older than the newest one read."""

    newest: int = -1
    waiting: dict[int, tuple[int, Message]] = field(default_factory=dict)
    """Number -> instant of arrival, message"""


@dataclass
class Mailbox:
    """What one receiver has got. Receiving a message again changes nothing; neither does the order of receiving."""

    lines: dict[tuple[int, ...], _Inbox] = field(default_factory=dict)

    def receive(self, message: Message, arrives_ns: int) -> None:
        """Take in a message that arrives at an instant, which may lie ahead; of two copies the earlier counts."""
        inbox = self.lines.setdefault(message.line, _Inbox())
        if message.number < inbox.newest:
            return
        earlier = inbox.waiting.get(message.number)
        if earlier is None or arrives_ns < earlier[0]:
            inbox.waiting[message.number] = (arrives_ns, message)

    def usable(self, now_ns: int, stale_ns: int = STALE_NS) -> tuple[Message, ...]:
        """What a picture is made from: as `arrived`, each item once.

        Of messages with the same sender, origin and content but other hold-backs, an item that several have is kept in
        the one with the newest information alone.
        """
        return tuple(_without_repeats(self.arrived(now_ns, stale_ns)))

    def arrived(self, now_ns: int, stale_ns: int = STALE_NS) -> Sequence[Message]:
        """The newest message of each line that has arrived by now and is not stale, in order of line.

        This is what may be passed on: each message as it came, whatever else has come. Ask in the order of time.

        Args:
            now_ns: the present.
            stale_ns: greatest time since the sending; ten times that for a status.
        """
        found = []
        for line in sorted(self.lines):
            inbox = self.lines[line]
            arrived = [number for number, (t_ns, _) in inbox.waiting.items() if t_ns <= now_ns]
            if not arrived:
                continue
            newest = max(arrived)
            if newest > inbox.newest:
                inbox.newest = newest
                inbox.waiting = {n: entry for n, entry in inbox.waiting.items() if n >= newest}
            message = inbox.waiting[newest][1]
            lasts_ns = 10 * stale_ns if message.content in STATUSES else stale_ns
            if message.sent_ns >= now_ns - lasts_ns:
                found.append(message)
        return found


def _without_repeats(messages: Sequence[Message]) -> Iterable[Message]:
    """The messages, without the items of which another of the same sender, origin and content knows something newer."""
    alike: dict[tuple[int, ...], list[Message]] = {}
    for message in messages:
        alike.setdefault((message.sender, message.origin, message.content), []).append(message)
    for message in messages:
        group = alike[message.sender, message.origin, message.content]
        mine = (message.made_ns, -message.delay_ns)
        others = [other for other in group if (other.made_ns, -other.delay_ns) > mine]
        payload = message.payload
        if not others or isinstance(payload, Status):
            yield message
            continue
        newer = np.concatenate(
            [other.payload.track_id for other in others if not isinstance(other.payload, Status)]
        )
        kept = np.flatnonzero(~np.isin(payload.track_id, newer))
        yield message if len(kept) == len(payload) else replace(message, payload=taken(payload, kept))
