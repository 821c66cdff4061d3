"""Capture files and packets made by hand, independently of the writer under test."""

from __future__ import annotations

import struct

from skypact.interop.capture import Datagrams, Reader

T_NS = 1_777_482_000_123_456_000
SOURCE, TARGET = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
SOURCE6 = bytes.fromhex("20010db8000000000000000000000001")
TARGET6 = bytes.fromhex("20010db8000000000000000000000002")


def udp(payload: bytes) -> bytes:
    return struct.pack(">HHHH", 8600, 8601, 8 + len(payload), 0) + payload


def ipv4(
    body: bytes,
    protocol: int = 17,
    options: bytes = b"",
    part: int = 0,
    number: int = 7,
    total: int | None = None,
) -> bytes:
    """`part`: flags and offset as they stand in the header; no checksum."""
    header = 20 + len(options)
    total = header + len(body) if total is None else total
    head = struct.pack(">BBHHHBBH", 0x40 | header // 4, 0, total, number, part, 9, protocol, 0)
    return head + SOURCE + TARGET + options + body


def ipv6(body: bytes, following: int = 17) -> bytes:
    return struct.pack(">IHBB", 6 << 28, len(body), following, 64) + SOURCE6 + TARGET6 + body


def fragments4(body: bytes, size: int, number: int = 7) -> list[bytes]:
    """The packets of a body cut into pieces of `size` octets (a multiple of 8)."""
    cuts = range(0, len(body), size)
    return [
        ipv4(body[at : at + size], part=(0x2000 if at + size < len(body) else 0) | at // 8, number=number)
        for at in cuts
    ]


def fragments6(body: bytes, size: int, number: int = 7) -> list[bytes]:
    cuts = range(0, len(body), size)
    return [
        ipv6(struct.pack(">BBHI", 17, 0, at | (at + size < len(body)), number) + body[at : at + size], 44)
        for at in cuts
    ]


def ethernet(packet: bytes, kind: int = 0x0800, tags: tuple[int, ...] = ()) -> bytes:
    tagged = b"".join(struct.pack(">HH", tag, 5) for tag in tags)
    return (b"\x02\x00" + TARGET + b"\x02\x00" + SOURCE + tagged + struct.pack(">H", kind) + packet).ljust(
        60, b"\0"
    )


def pcap(
    frames: list[bytes], link: int = 1, order: str = "<", nano: bool = False, step_ns: int = 1_000_000
) -> bytes:
    unit = 1 if nano else 1000
    parts = [struct.pack(f"{order}IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)]
    for k, frame in enumerate(frames):
        second, rest = divmod(T_NS + k * step_ns, 10**9)
        parts.append(struct.pack(f"{order}IIII", second, rest // unit, len(frame), len(frame)) + frame)
    return b"".join(parts)


def png_block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    return struct.pack(f"{order}II", kind, 12 + len(body)) + body + struct.pack(f"{order}I", 12 + len(body))


def png_section(order: str = "<") -> bytes:
    return png_block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def png_interface(
    link: int = 1, order: str = "<", resolution: int | None = None, offset_s: int | None = None
) -> bytes:
    options = b""
    if resolution is not None:
        options += struct.pack(f"{order}HHB3x", 9, 1, resolution)
    if offset_s is not None:
        options += struct.pack(f"{order}HHq", 14, 8, offset_s)
    return png_block(1, struct.pack(f"{order}HHI", link, 0, 0) + options, order)


def png_packet(frame: bytes, count: int, interface: int = 0, order: str = "<") -> bytes:
    head = struct.pack(f"{order}IIIII", interface, count >> 32, count & 0xFFFFFFFF, len(frame), len(frame))
    return png_block(6, head + frame, order)


def png_simple(frame: bytes, order: str = "<") -> bytes:
    return png_block(3, struct.pack(f"{order}I", len(frame)) + frame, order)


def read(octets: bytes, sizes: list[int] | None = None) -> list[Datagrams]:
    """What a reader gives for a file in pieces of these sizes (the rest in one)."""
    reader, chunks, at = Reader(), [], 0
    for size in sizes or []:
        chunks.append(reader.feed(octets[at : at + size]))
        at += size
    return [*chunks, reader.feed(octets[at:]), reader.close()]


def payloads(chunks: list[Datagrams]) -> list[bytes]:
    return [chunk.payload(k) for chunk in chunks for k in range(len(chunk))]


def times(chunks: list[Datagrams]) -> list[int]:
    return [int(t_ns) for chunk in chunks for t_ns in chunk.capture_ns]


def places(chunks: list[Datagrams]) -> list[int]:
    return [int(place) for chunk in chunks for place in chunk.file_offset]


def others(chunks: list[Datagrams]) -> dict[str, int]:
    total: dict[str, int] = {}
    for chunk in chunks:
        for name, count in chunk.other.items():
            total[name] = total.get(name, 0) + count
    return total


def faults(chunks: list[Datagrams]) -> dict[str, tuple[int, int]]:
    """By reason: first place, count."""
    found: dict[str, tuple[int, int]] = {}
    for chunk in chunks:
        for fault in chunk.faults:
            place, count = found.get(fault.reason, (fault.byte_offset, 0))
            found[fault.reason] = (min(place, fault.byte_offset), count + fault.count)
    return found
