"""The legs that detections go over, and the instants at which they do: what the account of a level is made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np

from skypact.model.codes import EventKind
from skypact.model.detection import Detections
from skypact.model.link import NEVER_NS
from skypact.model.network import B1, I8
from skypact.run.carriage import Feed, Passage, Pool, Windows
from skypact.share import LinkState

COUNTED = (
    EventKind.MESSAGE_SENT,
    EventKind.MESSAGE_RECEIVED,
    EventKind.MESSAGE_REFUSED,
    EventKind.MESSAGE_LOST,
)
"""What is counted of detections."""


class Moments(NamedTuple):
    """When something happened to detections, in order of time."""

    t_ns: I8
    row: I8
    """Which detection"""
    message: I8
    """Number of the message that it went in, or would have"""


Told: TypeAlias = tuple[Moments, ...]
"""Moments of each kind in `COUNTED`."""


@dataclass(frozen=True)
class Leg:
    """One hop of an owner's detections, known for a whole run in advance."""

    feed: Feed
    """The way as far as the end of this hop"""
    told: Told
    """Of the rows of the owner's own stream"""


@dataclass
class Traffic:
    """A leg at one level."""

    leg: Leg
    pairs: list[tuple[int, int]]
    """(sender, receiver) to whom it goes alike"""
    added: list[Told] = field(default_factory=list)
    """Of debris and of looks by cue, as long as something is still to happen"""


class Lot(NamedTuple):
    """Detections, each with an instant and the message that it goes in."""

    t_ns: I8
    message: I8
    detections: Detections


@dataclass
class Channel:
    """One hop of detections whose release hangs on alerts: they are carried as the run goes."""

    way: tuple[int, ...]
    """The owner, those who pass it on, the receiver"""
    windows: Windows
    """While the sender is not on alert"""
    alert_windows: Windows
    """While it is"""
    table: int
    """Which of the run's tables of links holds"""
    line: LinkState
    source: int
    """Place among the level's channels of the hop before; -1 where the owner sends"""
    pools: tuple[Pool, ...]
    """Of the trackers that what arrives is for"""
    counted: bool
    """Whether alerts change what goes over it: else a leg stands for the same hop"""
    held: list[Lot] = field(default_factory=list)
    """Released and not yet sent, with the end of the hold-back"""
    under_way: list[Lot] = field(default_factory=list)
    """Sent, with the instant of arrival"""
    arrived: list[Lot] = field(default_factory=list)
    """What has arrived in this epoch"""
    told: tuple[list[I8], ...] = field(default_factory=lambda: tuple([] for _ in COUNTED))
    """Since the last account the message of each detection, by kind in `COUNTED`"""


def told_of(passage: Passage, period_ns: int) -> Told:
    """What happens to detections on a hop and when, by kind in `COUNTED`."""
    asked_ns, sent_ns, came_ns = passage
    withheld = sent_ns == NEVER_NS
    lost = ~withheld & (came_ns == NEVER_NS)
    asked = withheld & (asked_ns < NEVER_NS)
    return (
        _moments(sent_ns, ~withheld, sent_ns, period_ns),
        _moments(came_ns, came_ns < NEVER_NS, sent_ns, period_ns),
        _moments(asked_ns, asked, asked_ns, period_ns),
        _moments(sent_ns, lost, sent_ns, period_ns),
    )


def _moments(t_ns: I8, among: B1, goes_ns: I8, period_ns: int) -> Moments:
    rows = np.flatnonzero(among)
    rows = rows[np.argsort(t_ns[rows], kind="stable")]
    return Moments(t_ns[rows], rows, -(-goes_ns[rows] // period_ns))


def messages_within(moments: Moments, since_ns: int, now_ns: int, use: B1 | None = None) -> I8:
    """The message of each detection to which it happened after `since_ns` and by `now_ns`.

    Args:
        moments: of one kind.
        since_ns: excluded.
        now_ns: included.
        use: by row, whether there is such a detection at this level; None where there are all.
    """
    begin, end = np.searchsorted(moments.t_ns, [since_ns, now_ns], side="right")
    messages = moments.message[begin:end]
    return messages if use is None else messages[use[moments.row[begin:end]]]


def unfinished(told: Iterable[Told], now_ns: int) -> list[Told]:
    """Those of which something is still to happen."""
    return [one for one in told if any(len(of.t_ns) and of.t_ns[-1] > now_ns for of in one)]
