"""Blocks damaged in every way that comes to mind, read through every container: what a fuzz test is made of."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import numpy as np

from skypact.errors import UsageError
from skypact.interop.asterix import EDITIONS, Physical, decode, encode_block, record_of
from skypact.interop.asterix.grammar import category_of, grammar_of
from skypact.interop.asterix.instant import Clock
from skypact.interop.asterix.report import Report, report
from skypact.interop.capture import Datagram, Datagrams, Reader, holds_blocks, pcap_of
from skypact.model.recording import ABSENT
from tests.interop.blocks import random_record
from tests.interop.wire import T_NS

POOL = 600
"""Sound blocks of each category that the damaged ones are made of."""


def pool(seed: int) -> list[bytes]:
    """Sound blocks: everyday records, and records with any items of any edition."""
    rng = random.Random(seed)
    blocks = []
    for k in range(POOL):
        blocks += [_everyday(category, k, rng) for category in EDITIONS]
        for category in EDITIONS:
            edition = rng.choice(category_of(category).editions)
            items = grammar_of(category, edition).category
            records = [
                random_record(items, rng, rng.choice((0.1, 0.4, 0.9))) for _ in range(rng.randint(1, 4))
            ]
            try:
                blocks.append(encode_block(category, records, edition))
            except UsageError:  # longer than a block can be
                continue
    return blocks


def _everyday(category: int, k: int, rng: random.Random) -> bytes:
    source, time_s = {"SAC": k % 3, "SIC": rng.randrange(256)}, (86_000 + k) % 86_400
    records = []
    for _ in range(rng.randint(1, 5)):
        known: dict[int, dict[str, Physical]] = {
            34: {"010": source, "000": rng.randint(1, 3), "030": time_s, "020": 45.0, "041": 4.0},
            48: {
                "010": source,
                "140": time_s,
                "020": {"TYP": rng.randrange(8)},
                "040": {"RHO": rng.uniform(0, 250), "THETA": rng.uniform(0, 359)},
                "070": {"MODE3A": rng.randrange(4096)},
                "090": {"FL": rng.randint(-10, 450)},
                "220": rng.randrange(1 << 24),
                "250": [{"MBDATA": rng.randrange(1 << 56), "BDS1": 4}] * rng.randrange(3),
            },
            62: {
                "010": source,
                "070": time_s,
                "105": {"LAT": rng.uniform(-90, 90), "LON": rng.uniform(-179, 179)},
                "040": rng.randrange(1 << 16),
                "080": {"CNF": rng.randrange(2), "CST": rng.randrange(2)},
                "380": {"ADR": rng.randrange(1 << 24)},
            },
        }
        records.append(record_of(category, known[category]))
    return encode_block(category, records)


# -------------------------------------------------------------------------------------------------------- damage


def _flip(block: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 8)):
        block[rng.randrange(len(block))] ^= 1 << rng.randrange(8)


def _cut(block: bytearray, rng: random.Random) -> None:
    del block[rng.randrange(1, len(block) + 1) :]


def _insert(block: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(block))
    block[at:at] = rng.randbytes(rng.randint(1, 12))


def _remove(block: bytearray, rng: random.Random) -> None:
    at = rng.randrange(1, len(block))
    del block[at : at + rng.randint(1, 6)]


def _lie(block: bytearray, rng: random.Random) -> None:
    length = rng.choice((0, 1, 2, 3, 4, len(block) - 1, len(block) + 1, rng.randrange(1 << 16), 0xFFFF))
    block[1:3] = length.to_bytes(2)


def _swap(block: bytearray, rng: random.Random) -> None:
    at, to = sorted((rng.randrange(len(block)), rng.randrange(len(block))))
    block[:] = block[:at] + block[to:] + block[at:to]


def _fspec(block: bytearray, rng: random.Random) -> None:
    size = rng.randint(1, 9)
    block[3 : 3 + size] = rng.randbytes(size)


def _chain(block: bytearray, rng: random.Random) -> None:
    """Bits that say that more follows, on and on."""
    at = rng.randrange(3, len(block)) if len(block) > 3 else 0
    block[at:] = bytes([rng.choice((0x01, 0xFF, 0x81))]) * (len(block) - at)


def _noise(block: bytearray, rng: random.Random) -> None:
    block[3:] = rng.randbytes(max(len(block) - 3, 0))


def _count(block: bytearray, rng: random.Random) -> None:
    block[rng.randrange(len(block))] = rng.choice((0, 0x7F, 0x80, 0xFE, 0xFF))


def _other(block: bytearray, rng: random.Random) -> None:
    block[0] = rng.choice((34, 48, 62, rng.randrange(256)))


DAMAGE: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip,
    _cut,
    _insert,
    _remove,
    _lie,
    _swap,
    _fspec,
    _chain,
    _noise,
    _count,
    _other,
)


def mutated(blocks: list[bytes], n: int, seed: int) -> list[bytes]:
    """n blocks, one in ten sound, the others damaged once to three times."""
    rng = random.Random(seed)
    made = []
    for _ in range(n):
        block = bytearray(rng.choice(blocks))
        for _ in range(rng.choice((0, 1, 1, 1, 1, 1, 1, 2, 2, 3))):
            if len(block) > 1:
                rng.choice(DAMAGE)(block, rng)
        made.append(bytes(block))
    return made


# ------------------------------------------------------------------------------------------------------- reading


def read_all(blocks: list[bytes], seed: int) -> Counter[str]:
    """Read blocks as datagrams of a pcap, as a damaged pcap in fragments, and as a raw file; what was found.

    Raises:
        AssertionError: what came out cannot be.
    """
    rng = random.Random(seed)
    datagrams = [Datagram(T_NS + k * 10**6, block) for k, block in enumerate(blocks) if len(block) <= 65_507]
    wounded = bytearray(pcap_of(datagrams[: len(datagrams) // 10], mtu=rng.choice((68, 576, 1500))))
    for _ in range(len(wounded) // 1000):
        _count(wounded, rng)
    wounded[:24] = pcap_of([])
    found: Counter[str] = Counter(blocks=len(blocks))
    found += read(pcap_of(datagrams), rng)
    found += read(bytes(wounded), rng)
    found += read(b"".join(blocks), rng)
    return found


def read(file: bytes, rng: random.Random) -> Counter[str]:
    """What one file holds, read in pieces of any size; nothing but a UsageError of the container may be raised."""
    reader, clock, at = Reader(), Clock(), 0
    found: Counter[str] = Counter(files=1)
    while True:
        size = rng.randint(1, 1 << rng.randint(8, 20))
        piece, at = file[at : at + size], at + size
        try:
            datagrams = reader.feed(piece) if piece else reader.close()
        except UsageError:
            found["files refused"] += 1
            return found
        clock = _check(file, datagrams, clock, found)
        if not piece:
            found["files given up"] += reader.done
            return found


def _check(file: bytes, datagrams: Datagrams, clock: Clock, found: Counter[str]) -> Clock:
    decoded = decode(datagrams.data, datagrams.begin, datagrams.end)
    told = report(decoded, datagrams.begin, datagrams.capture_ns, datagrams.file_offset, clock)
    _plausible(file, told)
    found["datagrams"] += len(datagrams)
    found["with blocks"] += int(holds_blocks(datagrams).sum())
    found["records"] += len(told.plots) + len(told.messages) + len(told.system)
    for fault in (*decoded.faults, *datagrams.faults):
        found["octets skipped" if fault.reason.startswith("octets skipped") else "faults"] += fault.count
    found["foreign items and blocks"] += sum(decoded.unknown.values())
    return told.clock


def _plausible(file: bytes, told: Report) -> None:
    plots, messages, system = told.plots, told.messages, told.system
    for noun in (plots, messages, system):
        assert {len(column) for column in vars(noun).values()} == {len(noun)}
        assert (noun.t_ns >= ABSENT).all()
    for offset in (plots.byte_offset, system.byte_offset):
        assert ((offset >= 0) & (offset < len(file))).all()
    for code in (plots.mode_3a, system.mode_3a):
        assert ((code >= ABSENT) & (code < 4096)).all()
    for address in (plots.address, system.address):
        assert ((address >= ABSENT) & (address < 1 << 24)).all()
    there = ~np.isnan(plots.bearing_rad)
    assert ((plots.bearing_rad >= 0) & (plots.bearing_rad < 2 * np.pi))[there].all()
    assert (plots.range_m[~np.isnan(plots.range_m)] >= 0).all()
    assert (plots.kind < 8).all()
    assert not np.isinf(system.lat_rad).any()
