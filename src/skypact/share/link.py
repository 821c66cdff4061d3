"""What links do to messages: when each arrives, if it does, and what a message can carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from skypact.kernels.link import send_rows
from skypact.model.codes import HOSTILE_CLASSES, TrackStatus
from skypact.model.link import (
    BANDWIDTH,
    BURST,
    DELAY,
    DUPLICATE,
    JITTER,
    LOSS,
    NEVER_NS,
    QUEUE,
    Links,
    LinkTable,
    perfect_links,
)
from skypact.model.network import I1, I8
from skypact.model.track import Tracks
from skypact.share.message import HEADER_BYTES

PLOT_STREAM = 2**20
"""Number of the stream of detections; live messages use lower ones."""
SALVO_STREAM = PLOT_STREAM - 1
"""Number of the stream of news of salvos."""


@dataclass
class LinkState:
    """What the lines of one level remember from message to message."""

    free_ns: I8
    """[N, N] instant from which the line is free; past the end of an outage while messages are kept for it"""
    bad: I1
    """[N, N] 1 where the last message was lost, -1 before the first"""


def new_link_state(nations: int) -> LinkState:
    """Lines on which nothing has been sent."""
    return LinkState(
        np.full((nations, nations), -NEVER_NS, np.int64),
        np.full((nations, nations), -1, np.int8),
    )


def link_table(links: Links, nations: Sequence[str]) -> LinkTable:
    """The links of a scenario as arrays, nations in the order given; what is not said is perfect."""
    row = {code: i for i, code in enumerate(nations)}
    count = len(nations)
    table = perfect_links(count)
    for line in links.lines:
        at = (row[line.sender], row[line.receiver])
        for column, value in (
            (DELAY, line.delay_s),
            (JITTER, line.jitter_s),
            (LOSS, line.loss),
            (DUPLICATE, line.duplicate),
            (BURST, line.burst),
            (BANDWIDTH, line.bandwidth_bps),
            (QUEUE, line.queue_s),
        ):
            table.terms[(*at, column)] = value
        table.store_and_forward[at] = line.store_and_forward
    windows: list[list[tuple[int, int]]] = [[] for _ in range(count * count)]
    for outage in links.outages:
        pair = row[outage.sender] * count + row[outage.receiver]
        windows[pair].append((_ns(outage.from_s), _ns(outage.until_s)))
    cut = with_outages(table, windows)
    for one in links.cut_off:
        cut = cut_off(cut, row[one.nation], one.from_s, one.until_s)
    return cut


def cut_off(table: LinkTable, nation: int, from_s: float, until_s: float) -> LinkTable:
    """The links with one nation cut off from all others, both ways, for a time more."""
    count = len(table.terms)
    windows: list[list[tuple[int, int]]] = [[] for _ in range(count * count)]
    for other in (i for i in range(count) if i != nation):
        for pair in (nation * count + other, other * count + nation):
            windows[pair].append((_ns(from_s), _ns(until_s)))
    return with_outages(table, windows)


def with_outages(table: LinkTable, windows: Sequence[Sequence[tuple[int, int]]]) -> LinkTable:
    """The links with further outages: for each pair, by sender and then receiver, (from, until) in ns."""
    joined = []
    for pair, more in enumerate(windows):
        old = slice(int(table.offset[pair]), int(table.offset[pair + 1]))
        held = zip(table.from_ns[old].tolist(), table.until_ns[old].tolist(), strict=True)
        joined.append(_joined(sorted([*held, *more])))
    offset = np.concatenate([[0], np.cumsum([len(pair) for pair in joined])]).astype(np.int64)
    flat = np.array([window for pair in joined for window in pair], np.int64).reshape(-1, 2)
    return replace(table, offset=offset, from_ns=flat[:, 0].copy(), until_ns=flat[:, 1].copy())


def _ns(t_s: float) -> int:
    return NEVER_NS if t_s * 1e9 >= NEVER_NS else round(t_s * 1e9)


def _joined(windows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Windows in order of time, those that touch made one."""
    done: list[tuple[int, int]] = []
    for begin, end in windows:
        if done and begin <= done[-1][1]:
            done[-1] = (done[-1][0], max(done[-1][1], end))
        else:
            done.append((begin, end))
    return done


def transmit_all(
    links: LinkTable,
    state: LinkState,
    sender: int,
    receivers: I8,
    stream: int,
    numbers: I8,
    sent_ns: I8,
    size_bytes: I8,
    k0: np.uint32,
    k1: np.uint32,
) -> I8:
    """When each of k messages of one sender arrives, [k, 2] ns: the message and its copy, NEVER_NS for none.

    On a perfect link a message arrives at `sent_ns`. To one receiver, messages must be handed over in the order in
    which they are sent. A line is one pipe for everything live from sender to receiver: a message waits until those
    before it have gone out at the link's bandwidth, and is not sent where more than the link's queue waits. In an
    outage, and where it would be waiting or going out when one begins, it is lost; with store and forward it is kept
    and goes out, in order, when the outage ends.

    Args:
        links: the table.
        state: changed in place; one for each level.
        sender: row of the nation that sends: the last one on the way, not the origin.
        receivers: [k] rows.
        stream: what numbers the messages, below PLOT_STREAM; with sender, receiver and number it keys their luck.
        numbers: [k] message numbers.
        sent_ns: [k] instants at which they are handed to the line: any hold-back of the policy is over.
        size_bytes: [k] with the header.
        k0, k1: key of the run.
    """
    out = np.empty((len(receivers), 2), np.int64)
    send_rows(
        links.terms,
        links.store_and_forward,
        links.offset,
        links.from_ns,
        links.until_ns,
        state.free_ns,
        state.bad,
        sender,
        receivers,
        stream,
        numbers,
        sent_ns,
        size_bytes,
        k0,
        k1,
        out,
    )
    return out


def plot_arrivals(
    links: LinkTable,
    sender: int,
    receiver: int,
    ready_ns: I8,
    message_period_ns: int,
    bytes_each: int,
    k0: np.uint32,
    k1: np.uint32,
    state: LinkState | None = None,
) -> I8:
    """When the receiver can use each plot of a stream, [n] ns: NEVER_NS where its message is lost.

    On a perfect link that is at once, at `ready_ns`; on one that is perfect but for outages too, unless it is lost or
    kept in one of them. On any other, plots are put into messages at whole multiples of the message period, each with
    all that became ready since the last, and share their message's fate: its wait for the line, its jitter, its loss.
    Of a message that comes twice the earlier copy counts. A stream of plots has a line of the link's bandwidth to
    itself. Where its messages are known in advance it is carried at once for the whole run; else message by message.

    Args:
        links: the table.
        sender, receiver: rows.
        ready_ns: [n] in any order: when each plot may leave the sender, hold-back of the policy included; NEVER_NS
            where it never does (lost on an earlier hop).
        message_period_ns: time between messages.
        bytes_each: size of one plot.
        k0, k1: key of the run.
        state: what the line remembers of earlier parts of the stream, changed in place; None where this is all of it.
    """
    if links.perfect_when_open[sender, receiver] or len(ready_ns) == 0:
        return _through_outages(links, sender, receiver, ready_ns)
    kept = np.flatnonzero(ready_ns < NEVER_NS)
    due = -(-ready_ns[kept] // message_period_ns)
    number, of_message, count = np.unique(due, return_inverse=True, return_counts=True)
    arrivals = transmit_all(
        links,
        new_link_state(len(links.terms)) if state is None else state,
        sender,
        np.full(len(number), receiver, np.int64),
        PLOT_STREAM,
        number,
        number * message_period_ns,
        HEADER_BYTES + count * bytes_each,
        k0,
        k1,
    )
    use_ns = np.full(len(ready_ns), NEVER_NS, np.int64)
    use_ns[kept] = arrivals.min(axis=1)[of_message]
    return use_ns


def _through_outages(links: LinkTable, sender: int, receiver: int, ready_ns: I8) -> I8:
    """What arrives at once arrives when the outage ends or never, where it is ready in one."""
    use_ns = ready_ns.copy()
    pair = sender * len(links.terms) + receiver
    for window in range(links.offset[pair], links.offset[pair + 1]):
        until_ns = links.until_ns[window]
        shut = (links.from_ns[window] <= ready_ns) & (ready_ns < until_ns)
        use_ns[shut] = until_ns if links.store_and_forward[sender, receiver] else NEVER_NS
    return use_ns


def within_capacity(tracks: Tracks, capacity: int) -> I8:
    """Rows of the confirmed tracks that one message carries: all that fit, the most threatening first.

    Args:
        tracks: a nation's own tracks.
        capacity: how many tracks the message holds.

    Returns:
        Row indices, in ascending order.
    """
    rows = np.flatnonzero(tracks.status >= TrackStatus.CONFIRMED)
    if len(rows) > capacity:
        threat = tracks.class_prob[rows][:, list(HOSTILE_CLASSES)].sum(axis=1)
        rows = np.sort(rows[np.argsort(-threat, kind="stable")[:capacity]])
    return rows
