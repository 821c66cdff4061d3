"""Messages on their way: held back for as long as the policy says, then carried by the links into mailboxes."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from skypact.model.link import NEVER_NS, LinkTable
from skypact.model.message import Message
from skypact.model.network import I8
from skypact.share.link import LinkState, new_link_state, transmit_all
from skypact.share.mailbox import Mailbox
from skypact.share.message import Posting


@dataclass
class Delivery:
    """What is under way at one level, and what its links remember."""

    state: LinkState
    mailboxes: list[Mailbox]
    """One for each nation"""
    held: list[tuple[tuple[int, ...], tuple[int, ...], Message]] = field(default_factory=list)
    """A heap of what the policy still holds back: (instant of sending, identity), receivers, message"""


@dataclass(frozen=True)
class Carried:
    """A message handed to the links, and when it arrives at each receiver."""

    message: Message
    receivers: tuple[int, ...]
    arrives_ns: I8
    """[receivers, 2] the message and its copy, NEVER_NS where none comes"""


def new_delivery(nations: int) -> Delivery:
    """Nothing sent yet, and an empty mailbox for each nation."""
    return Delivery(new_link_state(nations), [Mailbox() for _ in range(nations)])


def post(delivery: Delivery, postings: Iterable[Posting]) -> None:
    """Take messages to be sent when their hold-back is over; each group of receivers of a message only once."""
    for posting in postings:
        for message in posting.messages:
            key = (message.sent_ns, *message.identity)
            heapq.heappush(delivery.held, (key, posting.receivers, message))


def deliver(
    delivery: Delivery, links: LinkTable, now_ns: int, k0: np.uint32, k1: np.uint32
) -> Sequence[Carried]:
    """Hand to the links, in the order of sending, all that is to be sent by now; each mailbox knows what will come.

    Args:
        delivery: changed in place.
        links: the table of the level.
        now_ns: the present; every message sent by then must have been posted.
        k0, k1: key of the run.

    Returns:
        What was handed over, lost messages too.
    """
    carried = []
    while delivery.held and delivery.held[0][0][0] <= now_ns:
        _, receivers, message = heapq.heappop(delivery.held)
        rows = np.array(receivers, np.int64)
        arrives_ns = transmit_all(
            links,
            delivery.state,
            message.sender,
            rows,
            message.stream,
            np.full(len(rows), message.number, np.int64),
            np.full(len(rows), message.sent_ns, np.int64),
            np.full(len(rows), message.size_bytes, np.int64),
            k0,
            k1,
        )
        for receiver, arrivals in zip(receivers, arrives_ns.tolist(), strict=True):
            first_ns = min(arrivals)
            if first_ns < NEVER_NS:
                delivery.mailboxes[receiver].receive(message, first_ns)
        carried.append(Carried(message, receivers, arrives_ns))
    return carried
