"""A pcap file of UDP datagrams: for synthetic recordings and for tests."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

_ETHERNET = 1
_MTU_LEAST = 28 + 8
_SNAP_LENGTH = 262_144


@dataclass(frozen=True)
class Datagram:
    """One UDP datagram to write."""

    t_ns: int
    payload: bytes
    source: tuple[str, int] = ("192.0.2.1", 8600)
    """Internet address (version 4) and port; 192.0.2.0/24 is kept for documentation (RFC 5737)."""
    target: tuple[str, int] = ("192.0.2.2", 8600)


def pcap_of(datagrams: Iterable[Datagram], mtu: int = 65_535, nanoseconds: bool = False) -> bytes:
    """A pcap file with these datagrams in Ethernet and IPv4, checksums and all.

    Args:
        datagrams: in the order of the file; payloads of at most 65,507 octets, instants of the years 1970 to 2106.
        mtu: octets of an IP packet above which it is sent in fragments; at least 36.
        nanoseconds: keep nanoseconds (else microseconds, rounded down).
    """
    magic, unit_ns = (0xA1B23C4D, 1) if nanoseconds else (0xA1B2C3D4, 1000)
    parts = [struct.pack("<IHHiIII", magic, 2, 4, 0, 0, _SNAP_LENGTH, _ETHERNET)]
    for number, datagram in enumerate(datagrams):
        second, rest_ns = divmod(datagram.t_ns, 1_000_000_000)
        for packet in _internet(datagram, number & 0xFFFF, max(mtu, _MTU_LEAST)):
            frame = _ethernet(packet, datagram)
            head = struct.pack("<IIII", second, rest_ns // unit_ns, len(frame), len(frame))
            parts += [head, frame]
    return b"".join(parts)


def _internet(datagram: Datagram, number: int, mtu: int) -> list[bytes]:
    """The IP packets of a datagram."""
    source, target = _address(datagram.source[0]), _address(datagram.target[0])
    length = 8 + len(datagram.payload)
    udp = struct.pack(">HHHH", datagram.source[1], datagram.target[1], length, 0) + datagram.payload
    checksum = _checksum(source + target + struct.pack(">HH", 17, length) + udp) or 0xFFFF
    udp = udp[:6] + struct.pack(">H", checksum) + udp[8:]
    most = (mtu - 20) // 8 * 8 if len(udp) + 20 > mtu else len(udp)
    packets = []
    for offset in range(0, len(udp), most):
        piece = udp[offset : offset + most]
        part = (0x2000 if offset + most < len(udp) else 0) | offset // 8
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(piece), number, part, 32, 17, 0) + source + target
        packets.append(head[:10] + struct.pack(">H", _checksum(head)) + head[12:] + piece)
    return packets


def _ethernet(packet: bytes, datagram: Datagram) -> bytes:
    """An Ethernet frame (without its checksum), padded to the shortest length; locally administered addresses."""
    source, target = (b"\x02\x00" + _address(end[0]) for end in (datagram.source, datagram.target))
    return (target + source + b"\x08\x00" + packet).ljust(60, b"\x00")


def _address(text: str) -> bytes:
    return bytes(int(part) for part in text.split("."))


def _checksum(octets: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    even = octets + b"\x00" * (len(octets) % 2)
    total: int = sum(struct.unpack(f">{len(even) // 2}H", even))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
