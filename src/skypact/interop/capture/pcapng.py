"""Packets of a pcapng file: several sections and interfaces, either byte order."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from skypact.interop.capture.datagram import Faults
from skypact.interop.capture.frame import LENGTH_MOST, Damage, Frames, Search
from skypact.interop.capture.octet import big32, little32
from skypact.model.network import B1, I8, U1
from skypact.model.recording import ABSENT

SECTION = 0x0A0D0D0A
_INTERFACE, _OLD_PACKET, _SIMPLE, _ENHANCED = 1, 2, 3, 6
_KNOWN = np.array([SECTION, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0xBAD, 0x40000BAD], np.int64)
_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
BLOCK_HEADER = 12
"""Octets looked at to tell a block: its type, its length and, of a section, its byte order."""
_BLOCK_MOST = 1 << 24
_INTERFACES_MOST = 4096
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True)
class Interface:
    """Where packets of a section were captured."""

    link: int
    snap_length: int
    units_s: int
    """Units of its clock in a second."""
    offset_s: int

    def instant_ns(self, count: int) -> int:
        """A reading of its clock as UTC; ABSENT where it lies outside the years 1970 to 2262."""
        t_ns = count * _SECOND_NS // self.units_s + self.offset_s * _SECOND_NS
        return t_ns if 0 <= t_ns < 2**63 else ABSENT


class Pcapng:
    """Reads the packets of one pcapng file piece by piece."""

    name = "pcapng"

    def __init__(self) -> None:
        self._order = "<"
        self._interfaces: list[Interface] = []
        self._search = Search(self._plausible, self._follow, BLOCK_HEADER)
        self._damage = Damage(self._search, "no pcapng block where one should be")

    @property
    def done(self) -> bool:
        """The rest of the file cannot be read."""
        return self._damage.done

    def walk(self, octets: bytes, base: int, final: bool, faults: Faults) -> tuple[Frames, int]:
        """Packets that are whole in `octets`, and how many octets they took (see `Pcap.walk`)."""
        data = np.frombuffer(octets, np.uint8)
        packets = _Packets()
        at, n = 0, len(octets)
        while not self.done:
            if self._damage.skipping:
                at = self._damage.skip(data, at, base, final, faults)
                if self._damage.skipping or self.done:
                    break
            if at + BLOCK_HEADER > n:
                if final and at < n:
                    faults.add("the file ends within a block", base + at)
                    at = n
                break
            length = self._length(octets, at)
            if length and at + length > n:
                if not final:
                    break
                if not self._search.find(data, at + 1, True)[1]:
                    faults.add("the file ends within a block", base + at)
                    at = n
                    break
                length = 0
            if not length or octets[at + length - 4 : at + length] != octets[at + 4 : at + 8]:
                self._damage.begin(base + at)
                at += 1
                continue
            self._take(octets, at, at + length - 4, packets, base, faults)
            at += length
        return packets.frames(data), at

    def _length(self, octets: bytes, at: int) -> int:
        """Octets of the block, 0 where it cannot be one; a section sets the byte order."""
        order = self._order
        if octets[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order = _ORDERS.get(octets[at + 8 : at + 12], "")
            if not order:
                return 0
        length: int = struct.unpack_from(f"{order}I", octets, at + 4)[0]
        return length if 12 <= length <= _BLOCK_MOST and length % 4 == 0 else 0

    def _take(
        self,
        octets: bytes,
        at: int,
        stop: int,
        packets: _Packets,
        base: int,
        faults: Faults,
    ) -> None:
        """One block: `octets[at:stop]`, without its closing length."""
        if octets[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            self._order = _ORDERS[octets[at + 8 : at + 12]]
            self._interfaces = []
            return
        kind: int = struct.unpack_from(f"{self._order}I", octets, at)[0]
        if kind == _INTERFACE and stop - at >= 16 and len(self._interfaces) < _INTERFACES_MOST:
            self._interfaces.append(_interface(octets[at + 8 : stop], self._order))
        elif kind in (_ENHANCED, _OLD_PACKET) and stop - at >= 28:
            which, high, low, kept, sent = struct.unpack_from(f"{self._order}IIIII", octets, at + 8)
            if kind == _OLD_PACKET:
                which = struct.unpack_from(f"{self._order}H", octets, at + 8)[0]
            fits = kept <= LENGTH_MOST and at + 28 + kept <= stop
            if which >= len(self._interfaces):
                faults.add("a packet of an interface that the file does not describe", base + at)
            elif not fits:
                faults.add("a packet longer than its block", base + at)
            else:
                begin, interface = at + 28, self._interfaces[which]
                t_ns = interface.instant_ns(high << 32 | low)
                packets.add(begin, begin + kept, kept < sent, t_ns, interface.link)
        elif kind == _SIMPLE and stop - at >= 12:
            if not self._interfaces:
                faults.add("a packet of an interface that the file does not describe", base + at)
                return
            sent = struct.unpack_from(f"{self._order}I", octets, at + 8)[0]
            first = self._interfaces[0]
            kept = min(sent, first.snap_length or sent, stop - at - 12)
            packets.add(at + 12, at + 12 + kept, kept < sent, ABSENT, first.link)

    def _plausible(self, data: U1, at: I8) -> B1:
        number, n = little32 if self._order == "<" else big32, len(data)
        kind, length, magic = number(data, at, n), number(data, at + 4, n), number(data, at + 8, n)
        fits = np.isin(kind, _KNOWN) & (length >= 12) & (length <= LENGTH_MOST + 64) & (length % 4 == 0)
        sound: B1 = fits & ((kind != SECTION) | (magic == 0x1A2B3C4D))
        return sound

    def _follow(self, data: U1, at: I8) -> I8:
        return at + (little32 if self._order == "<" else big32)(data, at + 4, len(data))


class _Packets:
    """Packets of one call, gathered."""

    def __init__(self) -> None:
        self._begin: list[int] = []
        self._end: list[int] = []
        self._cut: list[bool] = []
        self._capture_ns: list[int] = []
        self._link: list[int] = []

    def add(self, begin: int, end: int, cut: bool, capture_ns: int, link: int) -> None:
        """One packet."""
        self._begin.append(begin)
        self._end.append(end)
        self._cut.append(cut)
        self._capture_ns.append(capture_ns)
        self._link.append(link)

    def frames(self, data: U1) -> Frames:
        """All of them."""
        return Frames(
            data,
            np.array(self._begin, np.int64),
            np.array(self._end, np.int64),
            np.array(self._cut, np.bool_),
            np.array(self._capture_ns, np.int64),
            np.array(self._link, np.int32),
        )


def _interface(body: bytes, order: str) -> Interface:
    """An interface from its block without type and lengths."""
    link, snap_length = struct.unpack_from(f"{order}HxxI", body)
    units_s, offset_s, at = 10**6, 0, 8
    while at + 4 <= len(body):
        code, length = struct.unpack_from(f"{order}HH", body, at)
        value = body[at + 4 : at + 4 + length]
        if code == 0 or len(value) < length:
            break
        if code == 9 and length == 1:  # if_tsresol: a negative power of ten, or of two with the first bit set
            units_s = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else 10 ** value[0]
        elif code == 14 and length == 8:  # if_tsoffset
            offset_s = struct.unpack(f"{order}q", value)[0]
        at += 4 + (length + 3) // 4 * 4
    return Interface(link, snap_length, units_s, offset_s)
