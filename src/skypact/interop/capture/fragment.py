"""Fragments of Internet packets put together again (RFC 791, RFC 8200), within fixed bounds of memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.interop.capture.datagram import Faults
from skypact.model.network import B1, U1

PACKET_MOST = 65_536
OPEN_MOST = 128
"""Packets waiting for fragments at once; beyond them the oldest is given up."""
AGE_MOST_NS = 30_000_000_000
REPEAT_NS = 1_000_000_000
"""A fragment equal to one of a packet completed so lately is the same one, captured twice."""
MISSING = "a packet of which fragments are missing"
CONFLICT = "fragments of one packet that contradict each other (the first was kept)"
IMPOSSIBLE = "a fragment that cannot belong to a packet"

Key = tuple[bytes, bytes, int, int]
"""Sender, receiver, protocol, identification."""


class _Partial:
    """A packet of which some octets have come."""

    def __init__(self, t_ns: int, place: int) -> None:
        self.t_ns = t_ns
        self.place = place
        self.octets: U1 = np.zeros(PACKET_MOST, np.uint8)  # pages that are never written take no memory
        self.there: B1 = np.zeros(PACKET_MOST, np.bool_)
        self.length = -1
        self.first_place = -1
        self.first_protocol = -1


@dataclass(frozen=True)
class Fragment:
    """One fragment: `offset` octets into the packet's payload."""

    key: Key
    offset: int
    more: bool
    octets: U1
    protocol: int
    """Of what the whole carries, as this fragment says."""
    t_ns: int
    """Capture time, or any negative number."""
    place: int
    """Offset of `octets` in the file."""


@dataclass(frozen=True)
class Whole:
    """A payload put together."""

    octets: U1
    protocol: int
    place: int
    """Of its first fragment's octets in the file."""


class Reassembly:
    """The packets that wait for fragments."""

    def __init__(self) -> None:
        self._open: dict[Key, _Partial] = {}
        self._complete: dict[Key, _Partial] = {}

    def add(self, piece: Fragment, faults: Faults) -> Whole | None:
        """The whole payload, if this was the last piece that it wanted."""
        stop = piece.offset + len(piece.octets)
        if stop > PACKET_MOST or (piece.more and len(piece.octets) % 8) or not len(piece.octets):
            faults.add(IMPOSSIBLE, piece.place)
            return None
        if self._repeated(piece, stop):
            return None
        self._expire(piece.t_ns, faults)
        partial = self._open.get(piece.key)
        if partial is None:
            if len(self._open) == OPEN_MOST:
                self._drop(next(iter(self._open)), faults)
            partial = self._open[piece.key] = _Partial(piece.t_ns, piece.place)
        if (partial.length >= 0 and stop > partial.length) or (
            not piece.more and (partial.there[stop:].any() or partial.length not in (-1, stop))
        ):
            faults.add(CONFLICT, piece.place)
            return None
        span = slice(piece.offset, stop)
        old = partial.there[span]
        if (partial.octets[span][old] != piece.octets[old]).any():
            faults.add(CONFLICT, piece.place)
        partial.octets[span][~old] = piece.octets[~old]
        partial.there[span] = True
        if not piece.more:
            partial.length = stop
        if piece.offset == 0 and partial.first_place < 0:
            partial.first_place, partial.first_protocol = piece.place, piece.protocol
        if partial.length < 0 or not partial.there[: partial.length].all():
            return None
        del self._open[piece.key]
        partial.t_ns = piece.t_ns
        self._complete[piece.key] = partial
        if len(self._complete) > OPEN_MOST:
            del self._complete[next(iter(self._complete))]
        return Whole(partial.octets[: partial.length], partial.first_protocol, partial.first_place)

    def close(self, faults: Faults) -> None:
        """Nothing more comes: what waits is given up."""
        while self._open:
            self._drop(next(iter(self._open)), faults)

    def _repeated(self, piece: Fragment, stop: int) -> bool:
        whole = self._complete.get(piece.key)
        if whole is None:
            return False
        late = 0 <= piece.t_ns - whole.t_ns <= REPEAT_NS
        if late and stop <= whole.length and (whole.octets[piece.offset : stop] == piece.octets).all():
            return True
        del self._complete[piece.key]
        return False

    def _expire(self, t_ns: int, faults: Faults) -> None:
        while self._open:
            oldest = next(iter(self._open))
            if t_ns - self._open[oldest].t_ns <= AGE_MOST_NS:
                return
            self._drop(oldest, faults)

    def _drop(self, key: Key, faults: Faults) -> None:
        faults.add(MISSING, self._open.pop(key).place)
