"""What goes over the links of a level, counted, and told to the record once a minute."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from skypact.kernels.release import tally
from skypact.model.codes import Content, EventKind
from skypact.model.link import NEVER_NS
from skypact.model.network import B1, F8, I8
from skypact.model.release import Verdicts
from skypact.run.log import EventLog
from skypact.share import HEADER_BYTES, ITEM_BYTES, Carried, Outbox

ACCOUNT_NS = 60_000_000_000
"""Messages are recorded as one line a minute, pair, content and kind."""
KINDS = (
    EventKind.MESSAGE_SENT,
    EventKind.MESSAGE_RECEIVED,
    EventKind.MESSAGE_REFUSED,
    EventKind.MESSAGE_LOST,
    EventKind.CAVEAT_OVERRIDDEN,
)
_AT = {kind: k for k, kind in enumerate(KINDS)}


@dataclass
class Account:
    """Messages, items and bytes since the last account."""

    counts: F8
    """[kinds, N, N, contents, 3] messages, items, bytes by sender and receiver"""
    under_way: list[tuple[int, int, int, int, int, int]] = field(default_factory=list)
    """Copies that have not yet arrived: instant, sender, receiver, content, items, bytes"""
    counted_ns: int = -NEVER_NS
    """Instant up to which detections have been counted"""


def new_account(nations: int) -> Account:
    """Nothing counted yet."""
    return Account(np.zeros((len(KINDS), nations, nations, len(Content), 3)))


def count_carried(account: Account, carried: Carried, now_ns: int) -> None:
    """Count a message handed to the links: sent to each receiver; received by, on its way to, or lost to each."""
    message, receivers = carried.message, np.array(carried.receivers)
    sender, content, size = message.sender, int(message.content), message.size_bytes
    told = (1.0, float(len(message)), float(size))
    account.counts[_AT[EventKind.MESSAGE_SENT], sender, receivers, content] += told
    first_ns: I8 = carried.arrives_ns.min(axis=1)
    arrived = first_ns <= now_ns
    account.counts[_AT[EventKind.MESSAGE_RECEIVED], sender, receivers[arrived], content] += told
    if arrived.all():
        return
    lost = first_ns == NEVER_NS
    account.counts[_AT[EventKind.MESSAGE_LOST], sender, receivers[lost], content] += told
    account.under_way += [
        (int(first_ns[k]), sender, int(receivers[k]), content, len(message), size)
        for k in np.flatnonzero(~arrived & ~lost)
    ]


def count_verdicts(account: Account, outbox: Outbox, verdicts: Verdicts) -> None:
    """Count what the policy withholds, and what it lets go against a caveat, at one epoch."""
    told = tally(verdicts.reason)
    for k, of in np.argwhere(told).tolist():
        kind = (EventKind.MESSAGE_REFUSED, EventKind.CAVEAT_OVERRIDDEN)[of]
        count_items(account, kind, outbox.sender, outbox.receivers[k], outbox.content, int(told[k, of]))


def count_items(
    account: Account, kind: EventKind, sender: int, receiver: int, content: Content, items: int
) -> None:
    """Count items that are refused, or released against a caveat, at one epoch."""
    told = (1.0, float(items), float(items * ITEM_BYTES.get(content, 0)))
    account.counts[_AT[kind], sender, receiver, content] += told


def count_withheld(account: Account, silent: B1, items: F8) -> None:
    """Count what senders withhold at one epoch from all who may have nothing of theirs.

    Args:
        account: changed in place.
        silent: [N, N] sender, receiver.
        items: [N] that each sender has.
    """
    refused = account.counts[_AT[EventKind.MESSAGE_REFUSED], :, :, Content.NOTHING]
    refused[:, :, 0] += silent
    refused[:, :, 1] += silent * items[:, None]


def count_detections(
    account: Account, kind: EventKind, sender: int, receiver: int, messages: int, plots: int
) -> None:
    """Count messages of detections, which go over the links by themselves; what is refused has no header."""
    headers = 0 if kind == EventKind.MESSAGE_REFUSED else messages
    size = headers * HEADER_BYTES + plots * ITEM_BYTES[Content.DETECTIONS]
    account.counts[_AT[kind], sender, receiver, Content.DETECTIONS] += (messages, plots, size)


def write_account(account: Account, events: EventLog, now_ns: int) -> None:
    """Record what was counted since the last account, a line a pair, content and kind, and begin anew."""
    later = []
    for copy in account.under_way:
        t_ns, sender, receiver, content, items, size = copy
        if t_ns > now_ns:
            later.append(copy)
        else:
            account.counts[_AT[EventKind.MESSAGE_RECEIVED], sender, receiver, content] += (1, items, size)
    account.under_way = later
    for k, sender, receiver, content in np.argwhere(account.counts[..., 0] > 0.0).tolist():
        messages, items, size = account.counts[k, sender, receiver, content].tolist()
        events.add(
            KINDS[k],
            now_ns,
            nation=sender,
            other=receiver,
            place=content,
            track=int(messages),
            value=items,
            value2=size,
        )
    account.counts[:] = 0.0
