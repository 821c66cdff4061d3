"""Packets of a pcap file (microseconds or nanoseconds, either byte order)."""

from __future__ import annotations

import struct

import numpy as np

from skypact.interop.capture.datagram import Faults
from skypact.interop.capture.frame import LENGTH_MOST, Damage, Frames, Search
from skypact.interop.capture.octet import big32, little32
from skypact.model.network import B1, I8, U1

MAGIC: dict[bytes, tuple[str, int]] = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
"""First octets: byte order, nanoseconds a unit of the fraction of a second."""
FILE_HEADER, PACKET_HEADER = 24, 16
_DAY_S = 86_400
_SECOND_NS = 1_000_000_000


class Pcap:
    """Reads the packets of one pcap file piece by piece.

    Args:
        header: the first 24 octets.
    """

    name = "pcap"

    def __init__(self, header: bytes) -> None:
        order, self._unit_ns = MAGIC[header[:4]]
        self._number = little32 if order == "<" else big32
        self._lengths = struct.Struct(f"{order}II")
        self.link = struct.unpack_from(f"{order}I", header, 20)[0] & 0xFFFF
        self._last_s = -1
        self._search = Search(self._plausible, self._follow, PACKET_HEADER)
        self._damage = Damage(self._search, "no packet header where one should be")

    @property
    def done(self) -> bool:
        """The rest of the file cannot be read."""
        return self._damage.done

    def walk(self, octets: bytes, base: int, final: bool, faults: Faults) -> tuple[Frames, int]:
        """Packets that are whole in `octets`, and how many octets they took.

        Args:
            octets: from the first that was not taken before.
            base: their offset in the file.
            final: no more octets follow.
            faults: what could not be read is told here.
        """
        data = np.frombuffer(octets, np.uint8)
        starts: list[int] = []
        at, n = 0, len(octets)
        while not self.done:
            if self._damage.skipping:
                at = self._damage.skip(data, at, base, final, faults)
                if self._damage.skipping or self.done:
                    break
            at = self._chain(octets, at, starts)
            if at + PACKET_HEADER > n:
                if final and at < n:
                    faults.add("the file ends within a packet", base + at)
                    at = n
                break
            if self._possible(octets, at):  # possible, and longer than what is at hand
                if not final:
                    break
                self._note_time(data, starts)
                if not self._search.find(data, at + 1, True)[1]:
                    faults.add("the file ends within a packet", base + at)
                    at = n
                    break
            elif not final and not self._decidable(octets, at):
                break
            self._note_time(data, starts)
            self._damage.begin(base + at)
            at += 1
        frames = self._frames(data, starts)
        return frames, at

    def _chain(self, octets: bytes, at: int, starts: list[int]) -> int:
        """The first place at or after `at` that begins no whole packet; the packets before it are noted."""
        unpack, note, last = self._lengths.unpack_from, starts.append, len(octets) - PACKET_HEADER
        n = len(octets)
        while at <= last:
            length, sent = unpack(octets, at + 8)
            follow = at + PACKET_HEADER + length
            odd = follow > n or length > sent or not 0 < length <= LENGTH_MOST
            if odd and not (0 < sent < length <= LENGTH_MOST and self._confirmed(octets, follow)):
                return at
            note(at)
            at = follow
        return at

    def _two(self, octets: bytes, at: int) -> tuple[int, int]:
        """Octets kept and octets sent, as the header at a place says."""
        kept: int
        sent: int
        kept, sent = self._lengths.unpack_from(octets, at + 8)
        return kept, sent

    def _possible(self, octets: bytes, at: int) -> bool:
        length, sent = self._two(octets, at)
        return 0 < length <= min(sent, LENGTH_MOST)

    def _confirmed(self, octets: bytes, follow: int) -> bool:
        """Some programs write a length as sent below the length kept: the next header tells."""
        return follow + PACKET_HEADER <= len(octets) and self._possible(octets, follow)

    def _decidable(self, octets: bytes, at: int) -> bool:
        """Whether the header after this one, where it matters, is at hand."""
        length, sent = self._two(octets, at)
        return not (0 < sent < length <= LENGTH_MOST and at + 2 * PACKET_HEADER + length > len(octets))

    def _note_time(self, data: U1, starts: list[int]) -> None:
        if starts:
            self._last_s = int(self._number(data, np.array(starts[-1:]), len(data))[0])

    def _plausible(self, data: U1, at: I8) -> B1:
        """A packet header that fits: sensible lengths, a whole fraction, within a day of the packet before."""
        n = len(data)
        second, fraction, length, sent = (self._number(data, at + 4 * k, n) for k in range(4))
        near = np.abs(second - self._last_s) <= _DAY_S if self._last_s >= 0 else second > 0
        return (
            near
            & (fraction >= 0)
            & (fraction < _SECOND_NS // self._unit_ns)
            & (length > 0)
            & (length <= sent)
            & (sent <= LENGTH_MOST)
        )

    def _follow(self, data: U1, at: I8) -> I8:
        return at + PACKET_HEADER + self._number(data, at + 8, len(data))

    def _frames(self, data: U1, starts: list[int]) -> Frames:
        self._note_time(data, starts)
        at, n = np.array(starts, np.int64), len(data)
        second, fraction, length, sent = (self._number(data, at + 4 * k, n) for k in range(4))
        begin = at + PACKET_HEADER
        return Frames(
            data,
            begin,
            begin + length,
            length < sent,
            second * _SECOND_NS + fraction * self._unit_ns,
            np.full(len(at), self.link, np.int32),
        )
