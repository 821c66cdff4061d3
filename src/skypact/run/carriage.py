"""The way of detections from the sensors' owner to a tracker: known for a whole run in advance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from skypact.model.codes import Content
from skypact.model.link import NEVER_NS, LinkTable
from skypact.model.network import I8
from skypact.model.release import NO_CLASS, Items
from skypact.share import ITEM_BYTES, LevelRules, LinkState, plot_arrivals, releasable

Windows: TypeAlias = tuple[tuple[int, int, int], ...]
"""When one nation sends another's or its own detections to a third: (from, until, hold-back), ns, in order of time;
what is at the sender in no window is withheld."""


class Feed(NamedTuple):
    """Whose detections feed a tracker, and by which way."""

    nation: int
    delay_s: float
    """Hold-back of all senders together, where `windows` is empty"""
    path: tuple[int, ...] = ()
    """Nations that they come to in turn, the tracker's own last; empty where every link on the way is perfect"""
    table: int = 0
    """Which of the run's tables of links holds; 0 where the way is perfect"""
    windows: tuple[Windows, ...] = ()
    """By hop of the way, while its sender is not on alert; empty where all comes always and every link is perfect"""
    alert_windows: tuple[Windows, ...] = ()
    """The same while its sender is on alert; empty where that changes nothing"""
    gate: int = -1
    """Level whose alerts decide how they come: what feeds a tracker of its own; -1 where alerts change nothing"""


Pool: TypeAlias = tuple[Feed, ...]
"""What feeds a tracker."""


class Passage(NamedTuple):
    """Instants of n detections on one hop, ns."""

    asked_ns: I8
    """At the sender; NEVER_NS where they never get there"""
    sent_ns: I8
    """Handed to the line, any hold-back over; NEVER_NS where the policy withholds them"""
    came_ns: I8
    """At the receiver; NEVER_NS where they are withheld, or lost"""


def windows_of(rules: LevelRules, owner: int, sender: int, receiver: int, on_alert: bool) -> Windows:
    """When a sender sends an owner's detections to a receiver, and how long it holds them back.

    Args:
        rules: the level's.
        owner: whose detections they are.
        sender: the nation that would send.
        receiver: the nation that would receive.
        on_alert: whether the sender has an alert in force all the time.

    Returns:
        What `releasable` says at each instant of the run; it can change only where a line begins or ends.
    """
    bounds_s = {bound_s for line in rules.lines for bound_s in (line.from_s, line.until_s)}
    turns_ns = sorted({_first_ns(bound_s) for bound_s in bounds_s if np.isfinite(bound_s)})
    windows: list[tuple[int, int, int]] = []
    for from_ns, until_ns in zip([-NEVER_NS, *turns_ns], [*turns_ns, NEVER_NS], strict=True):
        held_ns = _held_back_ns(rules, owner, sender, receiver, from_ns, on_alert)
        if held_ns is None:
            continue
        if windows and windows[-1][1:] == (from_ns, held_ns):
            windows[-1] = (windows[-1][0], until_ns, held_ns)
        else:
            windows.append((from_ns, until_ns, held_ns))
    return tuple(windows)


def _first_ns(t_s: float) -> int:
    """The first whole nanosecond that, told in seconds, is not before `t_s`."""
    t_ns = round(t_s * 1e9)
    while t_ns * 1e-9 < t_s:
        t_ns += 1
    while (t_ns - 1) * 1e-9 >= t_s:
        t_ns -= 1
    return t_ns


def _held_back_ns(
    rules: LevelRules, owner: int, sender: int, receiver: int, now_ns: int, on_alert: bool
) -> int | None:
    """How long a detection that is at the sender now is held back; None where it is not released."""
    items = Items(
        Content.DETECTIONS,
        np.array([1 << owner], np.uint32),
        np.full(1, NO_CLASS, np.uint8),
        np.full(1, np.nan),
        np.full(1, np.nan),
        np.zeros(1, np.uint32),
    )
    verdicts = releasable(rules, sender, np.array([receiver]), items, now_ns * 1e-9, on_alert)
    return round(float(verdicts.delay_s[0, 0]) * 1e9) if verdicts.allowed[0, 0] else None


def left_at(windows: Windows, asked_ns: I8) -> I8:
    """When the hold-back ends of what is at the sender at these instants, [n]; NEVER_NS where it is withheld."""
    left_ns = np.full(len(asked_ns), NEVER_NS, np.int64)
    for from_ns, until_ns, held_ns in windows:
        rows = (asked_ns >= from_ns) & (asked_ns < until_ns)
        left_ns[rows] = asked_ns[rows] + held_ns
    return left_ns


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
            feed: the way; alerts do not change it.
            ready_ns: [n] in any order.
        """
        return self.passage(feed, ready_ns).came_ns

    def passage(self, feed: Feed, ready_ns: I8) -> Passage:
        """How detections that are ready at these instants go over the last hop of the feed's way, [n]."""
        if not feed.windows:
            sent_ns = ready_ns + round(feed.delay_s * 1e9)
            return Passage(ready_ns, sent_ns, sent_ns)
        passage = Passage(ready_ns, ready_ns, ready_ns)
        here = feed.nation
        for hop, windows in enumerate(feed.windows):
            left_ns = left_at(windows, passage.came_ns)
            if feed.path:
                there = feed.path[hop]
                sent_ns = self.handed_over(feed.table, here, there, left_ns)
                passage = Passage(
                    passage.came_ns, sent_ns, self.carried(feed.table, here, there, left_ns, None)
                )
                here = there
            else:
                passage = Passage(passage.came_ns, left_ns, left_ns)
        return passage

    def handed_over(self, table: int, here: int, there: int, left_ns: I8) -> I8:
        """When detections whose hold-back is over go: at once, or where a link is not perfect with their message."""
        if self.tables[table].perfect_when_open[here, there]:
            return left_ns
        period_ns = self.message_period_ns
        return np.where(left_ns == NEVER_NS, NEVER_NS, -(-left_ns // period_ns) * period_ns)

    def carried(self, table: int, here: int, there: int, left_ns: I8, state: LinkState | None) -> I8:
        """When detections whose hold-back ends at these instants are at the receiver; NEVER_NS where never.

        Args:
            table: which of the run's.
            here: the sender.
            there: the receiver.
            left_ns: [n]; NEVER_NS where they are withheld.
            state: what the line remembers, changed in place; None where these are all that it ever carries.
        """
        size = ITEM_BYTES[Content.DETECTIONS]
        period_ns = self.message_period_ns
        return plot_arrivals(
            self.tables[table], here, there, left_ns, period_ns, size, self.k0, self.k1, state
        )
