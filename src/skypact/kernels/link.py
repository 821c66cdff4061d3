"""One message after another over the line of an ordered pair of nations: queue, outages, loss, jitter, copies.

A message that is sent at `sent_ns` waits until the line is free, goes out at the line's bandwidth, and arrives after
the delay and a jitter that is exponential about its mean: the sojourn time of a queue with random arrivals (Kleinrock,
"Queueing Systems", volume 1, 1975), the shape-one case of the shifted gamma that is measured on long paths (Mukherjee,
"On the dynamics and significance of low frequency components of Internet load", Internetworking 5, 1994). Messages are
lost independently, or in bursts by the chain of two states of Gilbert ("Capacity of a burst-noise channel", Bell System
Technical Journal 39, 1960) and Elliott (same journal 42, 1963): all is lost in the bad state, nothing in the good.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.random import LINK, philox

DELAY, JITTER, LOSS, DUPLICATE, BURST, BANDWIDTH, QUEUE = 0, 1, 2, 3, 4, 5, 6

NEVER_NS = 2**62

_TO_UNIT = 1.0 / 4294967296.0
_NS = 1e9


@kernel
def shut_ns(
    from_ns: NDArray[np.int64], until_ns: NDArray[np.int64], low: int, high: int, start_ns: int, end_ns: int
) -> int:
    """How long the outages [low, high) last within an interval, ns."""
    total = 0
    for w in range(low, high):
        overlap = min(until_ns[w], end_ns) - max(from_ns[w], start_ns)
        if overlap > 0:
            total += overlap
    return total


@kernel
def broken(
    from_ns: NDArray[np.int64], until_ns: NDArray[np.int64], low: int, high: int, start_ns: int, end_ns: int
) -> bool:
    """Whether an outage of [low, high) holds at `start_ns` or at some instant before `end_ns`."""
    for w in range(low, high):
        if from_ns[w] < max(end_ns, start_ns + 1) and start_ns < until_ns[w]:
            return True
    return False


@kernel
def opened_ns(
    from_ns: NDArray[np.int64],
    until_ns: NDArray[np.int64],
    low: int,
    high: int,
    start_ns: int,
    sending_ns: int,
) -> int:
    """The first instant not before `start_ns` from which the line stays open for `sending_ns`; outages ascend."""
    for w in range(low, high):
        if from_ns[w] < start_ns + max(sending_ns, 1) and start_ns < until_ns[w]:
            start_ns = until_ns[w]
    return start_ns


@kernel
def lost_next(loss: float, burst: float, bad: int, u: float) -> int:
    """1 where the next message of a line is lost, 0 where not; `bad` is that of the last one, -1 before the first.

    With a mean burst of b messages the bad state is left with chance 1 / b and entered with loss / (b (1 - loss)), so
    that the share of bad messages is `loss`; the first is drawn from that share.
    """
    if burst <= 0.0 or bad < 0:
        return 1 if u < loss else 0
    if bad == 1:
        return 0 if u < 1.0 / burst else 1
    return 1 if u * burst * (1.0 - loss) < loss else 0


@kernel
def send_rows(
    terms: NDArray[np.float64],
    store: NDArray[np.bool_],
    offset: NDArray[np.int64],
    from_ns: NDArray[np.int64],
    until_ns: NDArray[np.int64],
    free_ns: NDArray[np.int64],
    bad: NDArray[np.int8],
    sender: int,
    receiver: NDArray[np.int64],
    stream: int,
    number: NDArray[np.int64],
    sent_ns: NDArray[np.int64],
    size_bytes: NDArray[np.int64],
    k0: np.uint32,
    k1: np.uint32,
    out: NDArray[np.int64],
) -> None:
    """When each of k messages of one sender arrives, row after row.

    Args:
        terms, store, offset, from_ns, until_ns: as in model.link.LinkTable.
        free_ns: [N, N] instant from which each line is free; bad: [N, N] state of the chain of losses. Both are
            changed.
        sender: row of the nation that sends; receiver: [k] those it sends to.
        stream, number: [k] with sender and receiver the identity by which a message's luck is drawn.
        sent_ns: [k], for each receiver in ascending order; NEVER_NS where nothing is sent.
        size_bytes: [k].
        k0, k1: key of the run.
        out: [k, 2] filled with the arrival of the message and of its copy, NEVER_NS where there is none.
    """
    count = len(terms)
    for i in range(len(receiver)):
        out[i, 0] = NEVER_NS
        out[i, 1] = NEVER_NS
        r = receiver[i]
        sent = sent_ns[i]
        if sent >= NEVER_NS:
            continue
        low, high = offset[sender * count + r], offset[sender * count + r + 1]
        sending = 0
        if terms[sender, r, BANDWIDTH] < math.inf:
            sending = int(math.ceil(8.0 * size_bytes[i] / terms[sender, r, BANDWIDTH] * _NS))
        start = max(sent, free_ns[sender, r])
        waiting = start - sent - shut_ns(from_ns, until_ns, low, high, sent, start)
        if waiting > terms[sender, r, QUEUE] * _NS:
            continue
        cut = False
        if store[sender, r]:
            start = opened_ns(from_ns, until_ns, low, high, start, sending)
        else:
            cut = broken(from_ns, until_ns, low, high, sent, start + sending)
        free_ns[sender, r] = start + sending
        if cut:
            continue
        w0, w1, w2, w3 = philox(
            LINK,
            np.uint32((sender << 16) | r),
            np.uint32(stream),
            np.uint32(number[i] & 0xFFFFFFFF),
            k0,
            k1,
        )
        bad[sender, r] = lost_next(
            terms[sender, r, LOSS], terms[sender, r, BURST], bad[sender, r], (float(w0) + 0.5) * _TO_UNIT
        )
        if bad[sender, r] == 1:
            continue
        out_ns = start + sending + int(terms[sender, r, DELAY] * _NS + 0.5)
        jitter = terms[sender, r, JITTER] * _NS
        out[i, 0] = out_ns + int(-math.log((float(w1) + 0.5) * _TO_UNIT) * jitter)
        if (float(w2) + 0.5) * _TO_UNIT < terms[sender, r, DUPLICATE]:
            out[i, 1] = out_ns + int(-math.log((float(w3) + 0.5) * _TO_UNIT) * jitter)
