"""Internet packets (versions 4 and 6): which of a file's frames carry UDP, and where its payload is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from skypact.interop.capture.datagram import Datagrams, Faults
from skypact.interop.capture.fragment import Fragment, Reassembly
from skypact.interop.capture.frame import Frames
from skypact.interop.capture.link import CUT, IPV4, IPV6, UNREAD_LINK, internet, kind_name, link_name
from skypact.interop.capture.octet import big16, octet
from skypact.model.network import B1, I8, U1

UDP = 17
_FRAGMENT_HEADER = 44
_EXTENSIONS = (0, 43, 51, 60, 135, 139, 140)
"""IPv6 extension headers that say their own length."""
_HEADERS_MOST = 16
_PROTOCOLS = {
    1: "ICMP",
    2: "IGMP",
    4: "IP in IP",
    6: "TCP",
    41: "IPv6 in IP",
    46: "RSVP",
    47: "GRE",
    50: "ESP",
    58: "ICMPv6",
    59: "IPv6 without payload",
    88: "EIGRP",
    89: "OSPF",
    103: "PIM",
    112: "VRRP",
    115: "L2TP",
    132: "SCTP",
}
IMPOSSIBLE = "an IP or UDP header with impossible lengths"
SNAPPED = "a packet cut short by the capture (snap length) before its end"
SHORT = "a packet that ends before its IP length"


@dataclass(frozen=True)
class _Found:
    """UDP payloads of one call: the number of the frame, where, and in which array."""

    frame: I8
    begin: I8
    end: I8
    place: I8


class Packets:
    """Turns frames into datagrams; keeps the fragments that wait for others."""

    def __init__(self) -> None:
        self._reassembly = Reassembly()

    def close(self, faults: Faults) -> None:
        """No more frames follow."""
        self._reassembly.close(faults)

    def datagrams(self, frames: Frames, base: int, faults: Faults) -> Datagrams:
        """The UDP payloads of these frames.

        Args:
            frames: packets as captured.
            base: offset of their octets in the file.
            faults: what could not be read is told here.
        """
        other: Counter[str] = Counter()
        at, kind = internet(frames)
        self._count_strangers(frames, at, kind, other, base, faults)
        plain, odd = self._plain(frames, at, kind, other, base, faults)
        extra, octets = self._odd(frames, at, odd, other, base, faults)
        frame = np.concatenate([plain.frame, extra.frame])
        order = np.argsort(frame, kind="stable")
        return Datagrams(
            frames.data if not octets else np.concatenate([frames.data, *octets]),
            np.concatenate([plain.begin, extra.begin])[order],
            np.concatenate([plain.end, extra.end])[order],
            frames.capture_ns[frame[order]],
            np.concatenate([plain.place, extra.place])[order],
            dict(other),
        )

    def _count_strangers(
        self, frames: Frames, at: I8, kind: I8, other: Counter[str], base: int, faults: Faults
    ) -> None:
        """Frames without IP."""
        strange = (kind != IPV4) & (kind != IPV6)
        kinds, first, counts = np.unique(kind[strange], return_index=True, return_counts=True)
        for value, k, count in zip(kinds.tolist(), first.tolist(), counts.tolist(), strict=True):
            if value == CUT:
                faults.add("a frame too short for its link layer", base + int(at[strange][k]), count)
            elif value != UNREAD_LINK:
                other[kind_name(value)] += count
        links, counts = np.unique(frames.link[kind == UNREAD_LINK], return_counts=True)
        for link, count in zip(links.tolist(), counts.tolist(), strict=True):
            other[link_name(link)] += count

    def _plain(
        self, frames: Frames, at: I8, kind: I8, other: Counter[str], base: int, faults: Faults
    ) -> tuple[_Found, I8]:
        """UDP in packets that need no second look, and the numbers of the frames that do."""
        data, end = frames.data, frames.end
        four, six = kind == IPV4, kind == IPV6
        first = octet(data, at, end)
        header = np.where(four, (first & 15) * 4, 40)
        total = np.where(four, big16(data, at + 2, end), 40 + big16(data, at + 4, end))
        protocol = np.where(four, octet(data, at + 9, end), octet(data, at + 6, end))
        broken = (at + np.where(four, 20, 40) > end) | (at + header > end)
        wrong = (first >> 4 != np.where(four, 4, 6)) | (header < 20)
        unsized = np.where(four, total == 0, total == 40)
        wrong |= (total < header) & ~unsized
        ip = four | six
        self._note(frames, at, ip & broken & ~wrong, base, faults)
        _note_all(faults, IMPOSSIBLE, base + at[ip & wrong])
        ip &= ~broken & ~wrong
        pieces = four & (big16(data, at + 6, end) & 0x3FFF > 0)
        extended = six & ((protocol == _FRAGMENT_HEADER) | np.isin(protocol, _EXTENSIONS))
        odd = ip & (pieces | extended | unsized) & ((protocol == UDP) | extended)
        values, counts = np.unique(protocol[ip & ~odd & (protocol != UDP)], return_counts=True)
        for value, count in zip(values.tolist(), counts.tolist(), strict=True):
            other[_protocol_name(value)] += count
        plain = np.flatnonzero(ip & ~odd & (protocol == UDP))
        udp_at, ip_end = (at + header)[plain], (at + total)[plain]
        return self._udp(frames, plain, udp_at, ip_end, base, faults), np.flatnonzero(odd)

    def _udp(self, frames: Frames, number: I8, udp_at: I8, ip_end: I8, base: int, faults: Faults) -> _Found:
        """The payloads of UDP headers at `udp_at` in packets that should end at `ip_end`."""
        end = frames.end[number]
        length = big16(frames.data, udp_at + 4, end)
        cut = (udp_at + 8 > end) | (udp_at + length > end)
        wrong = (udp_at + 8 > ip_end) | (~(udp_at + 8 > end) & ((length < 8) | (udp_at + length > ip_end)))
        _note_all(faults, IMPOSSIBLE, base + udp_at[wrong])
        lost = np.zeros(len(frames.begin), np.bool_)
        lost[number[cut & ~wrong]] = True
        self._note(frames, frames.begin, lost, base, faults)
        good = ~wrong & ~cut
        begin = udp_at[good] + 8
        return _Found(number[good], begin, (udp_at + length)[good], base + begin)

    def _note(self, frames: Frames, at: I8, lost: B1, base: int, faults: Faults) -> None:
        """Packets of which a part was not captured."""
        _note_all(faults, SNAPPED, base + at[lost & frames.cut])
        _note_all(faults, SHORT, base + at[lost & ~frames.cut])

    def _odd(
        self, frames: Frames, at: I8, odd: I8, other: Counter[str], base: int, faults: Faults
    ) -> tuple[_Found, list[U1]]:
        """UDP in fragments, behind extension headers, or in packets that do not say their length.

        Returns:
            the payloads, and the octets that follow `frames.data` where they were put together.
        """
        rows: list[tuple[int, int, int, int]] = []
        octets: list[U1] = []
        size = len(frames.data)
        for k in odd.tolist():
            packet = frames.data[at[k] : frames.end[k]]
            piece = _internet_payload(packet, int(frames.capture_ns[k]), base + int(at[k]))
            if isinstance(piece, str):
                self._complain(piece, frames, k, base + int(at[k]), faults)
                continue
            whole = self._reassembly.add(piece, faults) if piece.more or piece.offset else piece
            if whole is None:
                continue
            start = _udp_start(whole.octets, whole.protocol)
            if isinstance(start, str):
                other[start] += 1
                continue
            length = int(whole.octets[start + 4]) << 8 | int(whole.octets[start + 5]) if start >= 0 else 0
            if length < 8 or start + length > len(whole.octets):
                faults.add(IMPOSSIBLE, base + int(at[k]))
                continue
            octets.append(whole.octets[start + 8 : start + length])
            rows.append((k, size, size + length - 8, whole.place + start + 8))
            size += length - 8
        table = np.array(rows, np.int64).reshape(-1, 4)
        return _Found(table[:, 0], table[:, 1], table[:, 2], table[:, 3]), octets

    def _complain(self, why: str, frames: Frames, k: int, place: int, faults: Faults) -> None:
        short = SNAPPED if frames.cut[k] else SHORT
        faults.add(short if why == SHORT else why, place)


def _note_all(faults: Faults, reason: str, places: I8) -> None:
    if len(places):
        faults.add(reason, int(places.min()), len(places))


def _protocol_name(protocol: int) -> str:
    return _PROTOCOLS.get(protocol, f"IP protocol {protocol}")


def _internet_payload(packet: U1, t_ns: int, place: int) -> Fragment | str:
    """What a packet carries, as a fragment (of offset 0 and without more where it is whole), or what is wrong.

    Only packets whose fixed header is whole and sensible come here.
    """
    octets = packet[:40].tobytes()
    if octets[0] >> 4 == 4:
        header = (octets[0] & 15) * 4
        total = int.from_bytes(octets[2:4], "big") or len(packet)
        if total > len(packet):
            return SHORT
        part = int.from_bytes(octets[6:8], "big")
        key = (octets[12:16], octets[16:20], octets[9], int.from_bytes(octets[4:6], "big"))
        more, offset = bool(part & 0x2000), (part & 0x1FFF) * 8
        return Fragment(key, offset, more, packet[header:total], octets[9], t_ns, place + header)
    total = 40 + int.from_bytes(octets[4:6], "big")
    total = len(packet) if total == 40 else total
    if total > len(packet):
        return SHORT
    walked = _behind_extensions(packet[:total], octets[6], 40)
    if walked is None:
        return IMPOSSIBLE
    protocol, start = walked
    sender, receiver = octets[8:24], octets[24:40]
    if protocol != _FRAGMENT_HEADER:
        return Fragment(
            (sender, receiver, 0, 0), 0, False, packet[start:total], protocol, t_ns, place + start
        )
    head = packet[start : start + 8].tobytes()
    if len(head) < 8:
        return IMPOSSIBLE
    part = int.from_bytes(head[2:4], "big")
    key = (sender, receiver, _FRAGMENT_HEADER, int.from_bytes(head[4:8], "big"))
    start += 8
    return Fragment(key, part & 0xFFF8, bool(part & 1), packet[start:total], head[0], t_ns, place + start)


def _behind_extensions(octets: U1, protocol: int, start: int) -> tuple[int, int] | None:
    """The first protocol that is no extension header, and where it begins; None where a header does not fit."""
    for _ in range(_HEADERS_MOST):
        if protocol not in _EXTENSIONS:
            return protocol, start
        if start + 8 > len(octets):
            return None
        length = int(octets[start + 1])
        protocol, start = (
            int(octets[start]),
            start + ((length + 2) * 4 if protocol == 51 else (length + 1) * 8),
        )
    return None


def _udp_start(octets: U1, protocol: int) -> int | str:
    """Where the UDP header begins (-1: nowhere, the headers do not fit), or the name of another protocol."""
    walked = _behind_extensions(octets, protocol, 0)
    if walked is None:
        return -1
    found, start = walked
    if found != UDP:
        return _protocol_name(found)
    return start if start + 8 <= len(octets) else -1
