"""The way of detections from the sensors' owner to a tracker: known for a whole run in advance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from skypact.model.codes import Content
from skypact.model.link import NEVER_NS, LinkTable
from skypact.model.network import I8
from skypact.share import ITEM_BYTES, plot_arrivals

ALWAYS = ((-NEVER_NS, NEVER_NS),)


class Feed(NamedTuple):
    """Whose detections feed a tracker, and by which way."""

    nation: int
    delay_s: float
    """Hold-back of all senders together"""
    path: tuple[int, ...] = ()
    """Nations that they come to in turn, the tracker's own last; empty where every link on the way is perfect"""
    table: int = 0
    """Which of the run's tables of links holds; 0 where the way is perfect"""
    windows_ns: tuple[tuple[int, int], ...] = ALWAYS
    """When they are released, [from, until)"""
    gate: int = -1
    """Level whose alerts open the way: what feeds a tracker of its own; -1 where it does not hang on alerts"""


Pool: TypeAlias = tuple[Feed, ...]
"""What feeds a tracker."""


@dataclass(frozen=True)
class Carriage:
    """What carries the detections of a run."""

    tables: tuple[LinkTable, ...]
    """The run's tables of links, by `Feed.table`"""
    message_period_ns: int
    k0: np.uint32
    k1: np.uint32

    def arrivals(self, feed: Feed, ready_ns: I8) -> I8:
        """When detections that are ready at these instants can be used at the feed's end; NEVER_NS where never.

        Args:
            feed: the way.
            ready_ns: [n] in any order.
        """
        use_ns = ready_ns + round(feed.delay_s * 1e9)
        released = np.zeros(len(ready_ns), np.bool_)
        for from_ns, until_ns in feed.windows_ns:
            released |= (ready_ns >= from_ns) & (ready_ns < until_ns)
        use_ns[~released] = NEVER_NS
        here = feed.nation
        for there in feed.path:
            use_ns = plot_arrivals(
                self.tables[feed.table],
                here,
                there,
                use_ns,
                self.message_period_ns,
                ITEM_BYTES[Content.DETECTIONS],
                self.k0,
                self.k1,
            )
            here = there
        return use_ns
