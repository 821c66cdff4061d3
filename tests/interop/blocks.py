"""Random records of any edition, spans of blocks, and captures of one block a datagram; for tests of ASTERIX."""

from __future__ import annotations

import struct

import numpy as np

from skypact.interop.asterix.layout import Kind, Shape
from skypact.model.network import I8, U1

FILES = {"arg_260429.pcap": 19_907, "arg_fds260429.pcap": 10_503}
"""Real captures and how many datagrams each holds."""


def random_part(item, part, rng):
    fields = {}
    for bits in part:
        if bits.field.kind is not Kind.SPARE:
            low = -bits.half if bits.half else 0
            fields[bits.key] = rng.choice((low, low + bits.mask, rng.randint(low, low + bits.mask)))
    return fields["VALUE"] if item.single else fields


def random_entry(item, rng):
    """An entry as `records` gives it, of one item or subitem."""
    if item.shape is Shape.FIXED:
        return random_part(item, item.bits[0], rng)
    if item.shape is Shape.EXPLICIT:
        return rng.randbytes(rng.choice((0, 1, 7, 254)))
    if item.shape is Shape.COMPOUND:
        chosen = [sub for sub in item.subitems if sub is not None and rng.random() < 0.3]
        return {sub.name: random_entry(sub, rng) for sub in chosen}
    if item.shape is Shape.EXTENDED:
        parts = item.bits[: rng.randint(1, len(item.bits))]
        return {key: number for part in parts for key, number in random_part(item, part, rng).items()}
    least = 1 if item.shape is Shape.CHAINED else 0
    return [random_part(item, item.bits[0], rng) for _ in range(rng.choice((least, 1, 2, 5)))]


def random_record(category, rng, share=0.4):
    """A record of a category in one edition, each item in it with this chance."""
    items = [item for item in category.items if item is not None]
    chosen = [item for item in items if rng.random() < share] or items[:1]
    return {item.name: random_entry(item, rng) for item in chosen}


def joined(blocks) -> tuple[U1, I8, I8]:
    """The blocks as decode wants them: data, begin and end, a span each."""
    lengths = np.array([len(block) for block in blocks], np.int64)
    ends = np.cumsum(lengths, dtype=np.int64)
    return np.frombuffer(b"".join(blocks), np.uint8), ends - lengths, ends


def real_spans(path) -> tuple[U1, I8, I8]:
    """The UDP payloads of a real capture (classic pcap, Ethernet, IPv4, little-endian): data, begin and end."""
    octets = path.read_bytes()
    begin, end, at = [], [], 24
    while at < len(octets):
        (length,) = struct.unpack_from("<I", octets, at + 8)
        frame = at + 16
        begin.append(frame + 14 + (octets[frame + 14] & 15) * 4 + 8)
        end.append(frame + 14 + int.from_bytes(octets[frame + 16 : frame + 18], "big"))
        at = frame + length
    return np.frombuffer(octets, np.uint8), np.array(begin, np.int64), np.array(end, np.int64)


def capture_of(blocks, port):
    """The bytes of a pcap file with a block in each UDP datagram."""
    found = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1)]
    for number, block in enumerate(blocks):
        udp = struct.pack(">HHHH", port, port, 8 + len(block), 0) + block
        head = struct.pack(
            ">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), number, 0, 9, 17, 0, b"\n\0\0\1", b"\n\0\0\2"
        )
        frame = b"\0" * 12 + b"\x08\0" + head + udp
        found.append(struct.pack("<IIII", number, 0, len(frame), len(frame)) + frame)
    return b"".join(found)
