"""Links between nations: how each carries messages, when it is cut, and who misreports on it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from skypact.model.network import B1, F8, I8

DELAY, JITTER, LOSS, DUPLICATE, BURST, BANDWIDTH, QUEUE = range(7)
"""Columns of `LinkTable.terms`."""

NEVER_NS = 2**62
"""The instant of what does not arrive."""


@dataclass(frozen=True)
class Link:
    """How messages go from `sender` to `receiver` (codes), as the scenario says it."""

    sender: str
    receiver: str
    delay_s: float = 0.0
    """What every message takes beside its sending."""
    jitter_s: float = 0.0
    """Mean of what a message takes beyond that."""
    loss: float = 0.0
    duplicate: float = 0.0
    burst: float = 0.0
    """Mean number of messages lost one after another; 0: each is lost on its own."""
    bandwidth_bps: float = float("inf")
    queue_s: float = 10.0
    """Sending time of all that may wait before a message; one that finds more is not sent."""
    store_and_forward: bool = False


@dataclass(frozen=True)
class Outage:
    """A time in which nothing is sent from one nation to another."""

    sender: str
    receiver: str
    from_s: float
    until_s: float


@dataclass(frozen=True)
class CutOff:
    """A time in which a nation neither sends to anybody nor receives from anybody."""

    nation: str
    from_s: float
    until_s: float


@dataclass(frozen=True)
class Misreport:
    """What a nation says wrongly of its own tracks from one time to another."""

    nation: str
    from_s: float
    until_s: float
    basis: str
    ghosts: int = 0
    """Tracks of objects that are not there."""
    covariance: float = 1.0
    """Factor on the covariance that is sent: below 1 claims more accuracy than there is."""
    shift_m: float = 0.0
    """How far all is sent away from where it is held, always in one direction."""
    certainty: float = 0.0
    """Least probability that is claimed for the most probable class; 0: as it is held."""


@dataclass(frozen=True)
class Links:
    """What a scenario says of links: nothing, and all are perfect."""

    lines: tuple[Link, ...] = ()
    """A pair that is not named is perfect; each ordered pair at most once."""
    outages: tuple[Outage, ...] = ()
    cut_off: tuple[CutOff, ...] = ()
    misreports: tuple[Misreport, ...] = ()


@dataclass(frozen=True)
class LinkTable:
    """The links of N nations, rows senders and columns receivers.

    Every ordered pair has its own line and its own bandwidth, so that what one receiver is sent never changes when
    another hears.
    """

    terms: F8
    """[N, N, 7] by the columns DELAY (s), JITTER (s), LOSS, DUPLICATE, BURST, BANDWIDTH (bit/s), QUEUE (s)"""
    store_and_forward: B1
    """[N, N] whether what is sent in an outage is kept and sent when it ends"""
    offset: I8
    """[N * N + 1] first outage of the pair sender * N + receiver, and after it"""
    from_ns: I8
    """[W] outages of a pair in order of time, none touching another"""
    until_ns: I8

    @property
    def delay_s(self) -> F8:
        """What every message takes beside its sending, [N, N]."""
        return self._column(DELAY)

    @property
    def jitter_s(self) -> F8:
        """Mean of what a message takes beyond the delay, [N, N]."""
        return self._column(JITTER)

    @property
    def loss(self) -> F8:
        """Share of the messages that are lost, [N, N]."""
        return self._column(LOSS)

    @property
    def duplicate(self) -> F8:
        """Share of the messages that come twice, [N, N]."""
        return self._column(DUPLICATE)

    @property
    def bandwidth_bps(self) -> F8:
        """Bits a second, infinite where there is no limit, [N, N]."""
        return self._column(BANDWIDTH)

    @property
    def perfect(self) -> B1:
        """Pairs on which a message arrives once, at the instant at which it is sent, [N, N]."""
        count = len(self.terms)
        perfect: B1 = self.perfect_when_open & (np.diff(self.offset) == 0).reshape(count, count)
        return perfect

    @property
    def perfect_when_open(self) -> B1:
        """Pairs of which this is true outside their outages, [N, N]."""
        perfect: B1 = (self.terms[:, :, [DELAY, JITTER, LOSS, DUPLICATE]] == 0.0).all(axis=2)
        perfect &= np.isinf(self.terms[:, :, BANDWIDTH])
        return perfect

    def _column(self, k: int) -> F8:
        column: F8 = self.terms[:, :, k]
        return column


@dataclass(frozen=True)
class MisreportTable:
    """Misreports as arrays, M rows, times in ns."""

    nation: I8 = field(default_factory=lambda: np.zeros(0, np.int64))
    from_ns: I8 = field(default_factory=lambda: np.zeros(0, np.int64))
    until_ns: I8 = field(default_factory=lambda: np.zeros(0, np.int64))
    ghosts: I8 = field(default_factory=lambda: np.zeros(0, np.int64))
    covariance: F8 = field(default_factory=lambda: np.zeros(0))
    shift_m: F8 = field(default_factory=lambda: np.zeros(0))
    certainty: F8 = field(default_factory=lambda: np.zeros(0))


def perfect_links(nations: int) -> LinkTable:
    """Links on which every message arrives once, at the instant at which it is sent."""
    terms = np.zeros((nations, nations, 7))
    terms[:, :, [BANDWIDTH, QUEUE]] = np.inf
    return LinkTable(
        terms,
        np.zeros((nations, nations), np.bool_),
        np.zeros(nations * nations + 1, np.int64),
        np.zeros(0, np.int64),
        np.zeros(0, np.int64),
    )
