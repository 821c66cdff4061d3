"""Walking ASTERIX: where every block, record, item and subitem begins, and the bits of a field there.

EUROCONTROL-SPEC-0149 Part 1 (ed. 3.1). A grammar is rows, one for each item and subitem: `shape` and `size` as below,
and for a compound item (and the record itself, row 0) `count` slots from `first` on, each the row that this bit of
FSPEC announces, or -1. Nothing is read outside a span, every step advances, and what comes out is counted first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel

FIXED, EXTENDED, CHAINED, REPETITIVE, COMPOUND, EXPLICIT = 0, 1, 2, 3, 4, 5
"""Shapes; `size` is the length in octets of a fixed item, or of one part, FX included."""

SOUND = 0
HEADER_CUT, LENGTH_SHORT, BLOCK_CUT = 1, 2, 3
FSPEC_CUT, RECORD_EMPTY, ITEM_UNDEFINED, ITEM_CUT, LENGTH_ZERO = 4, 5, 6, 7, 8
"""Why a span could not be read on (the first three), or a block."""

MISSING = np.int64(-(2**63))
"""What a field reads as where it is not in the record; no field has 64 bits."""

Octets = NDArray[np.uint8]
Rows = NDArray[np.int32]


@kernel
def block_status(data: Octets, p: int, end: int) -> int:
    """Whether a whole block stands at p, before end: SOUND, HEADER_CUT, LENGTH_SHORT or BLOCK_CUT."""
    if end - p < 3:
        return HEADER_CUT
    length = int(data[p + 1]) * 256 + int(data[p + 2])
    if length < 3:
        return LENGTH_SHORT
    if length > end - p:
        return BLOCK_CUT
    return SOUND


@kernel
def find_blocks(
    data: Octets, begin: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """The blocks of each span: span, first octet and end, i4[m], i8[m], i8[m]; and how each span ended.

    The last two are i8[s], where the first unreadable block begins (or the span's end), and i4[s], its status.
    """
    spans = len(begin)
    stop = np.empty(spans, np.int64)
    status = np.zeros(spans, np.int32)
    total = 0
    for k in range(spans):
        p = begin[k]
        while p < end[k]:
            status[k] = block_status(data, p, end[k])
            if status[k] != SOUND:
                break
            p += int(data[p + 1]) * 256 + int(data[p + 2])
            total += 1
        stop[k] = p
    span = np.empty(total, np.int32)
    first = np.empty(total, np.int64)
    last = np.empty(total, np.int64)
    m = 0
    for k in range(spans):
        p = begin[k]
        while p < stop[k]:
            span[m] = k
            first[m] = p
            p += int(data[p + 1]) * 256 + int(data[p + 2])
            last[m] = p
            m += 1
    return span, first, last, stop, status


@kernel
def fspec_end(data: Octets, p: int, end: int) -> int:
    """Where the bits end that begin at p and say which items follow; -1 if they do not end before end."""
    while p < end:
        p += 1
        if data[p - 1] & 1 == 0:
            return p
    return -1


@kernel
def plain_end(data: Octets, p: int, end: int, shape: int, size: int) -> tuple[int, int]:
    """Where an item that begins at p ends, if it is not compound; and SOUND, ITEM_CUT or LENGTH_ZERO."""
    if shape == FIXED:
        stop = p + size
    elif shape in (EXTENDED, CHAINED):
        stop = p + size
        while stop <= end and data[stop - 1] & 1 == 1:
            stop += size
    elif p >= end:
        return p, ITEM_CUT
    elif shape == REPETITIVE:
        stop = p + 1 + int(data[p]) * size
    else:
        stop = p + int(data[p])
        if stop == p:
            return p, LENGTH_ZERO
    if stop > end:
        return p, ITEM_CUT
    return stop, SOUND


@kernel
def compound_end(
    data: Octets,
    p: int,
    end: int,
    row: int,
    origin: int,
    shape: Rows,
    size: Rows,
    first: Rows,
    count: Rows,
    slots: Rows,
    offsets: NDArray[np.uint16],
) -> tuple[int, int, int]:
    """Where a compound item that begins at p ends, a status and the row it is about; `offsets` as in record_end."""
    stop = fspec_end(data, p, end)
    if stop < 0:
        return p, ITEM_CUT, row
    octets = stop - p
    for k in range(octets):
        bits = int(data[p + k])
        for bit in range(7):
            if bits & (0x80 >> bit) == 0:
                continue
            slot = 7 * k + bit
            sub = slots[first[row] + slot] if slot < count[row] else -1
            if sub < 0:
                return p, ITEM_UNDEFINED, row
            offsets[sub] = stop - origin
            stop, status = plain_end(data, stop, end, shape[sub], size[sub])
            if status != SOUND:
                return p, status, sub
    return stop, SOUND, row


@kernel
def record_end(
    data: Octets,
    origin: int,
    end: int,
    shape: Rows,
    size: Rows,
    first: Rows,
    count: Rows,
    slots: Rows,
    offsets: NDArray[np.uint16],
) -> tuple[int, int, int]:
    """Where the record that begins at origin ends (origin if it is not sound), a status and the row it is about.

    Args:
        data: the recording.
        origin: first octet of the record.
        end: of its block; nothing from here on is read.
        shape, size, first, count, slots: the grammar.
        offsets: u2[rows], written: of each item and subitem from origin; those not met stay as they are.
    """
    p = fspec_end(data, origin, end)
    if p < 0:
        return origin, FSPEC_CUT, 0
    octets = p - origin
    head = p
    for k in range(octets):
        bits = int(data[origin + k])
        for bit in range(7):
            if bits & (0x80 >> bit) == 0:
                continue
            slot = 7 * k + bit
            row = slots[first[0] + slot] if slot < count[0] else -1
            if row < 0:
                return origin, ITEM_UNDEFINED, 0
            offsets[row] = p - origin
            if shape[row] == COMPOUND:
                p, status, about = compound_end(
                    data, p, end, row, origin, shape, size, first, count, slots, offsets
                )
            else:
                p, status = plain_end(data, p, end, shape[row], size[row])
                about = row
            if status != SOUND:
                return origin, status, about
    if p == head:
        return origin, RECORD_EMPTY, 0
    return p, SOUND, 0


@kernel
def count_records(
    data: Octets,
    begin: NDArray[np.int64],
    end: NDArray[np.int64],
    shape: Rows,
    size: Rows,
    first: Rows,
    count: Rows,
    slots: Rows,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """How many sound records each block begins with, i4[m]; where it stopped, i8[m], with which status and row.

    Args:
        data: the recording.
        begin, end: [m] of each block's records, without its header.
        shape, size, first, count, slots: the grammar.
    """
    blocks = len(begin)
    sound = np.zeros(blocks, np.int32)
    stop = np.empty(blocks, np.int64)
    status = np.zeros(blocks, np.int32)
    about = np.zeros(blocks, np.int32)
    scratch = np.zeros(len(shape), np.uint16)
    for b in range(blocks):
        p = begin[b]
        while p < end[b]:
            p, status[b], about[b] = record_end(data, p, end[b], shape, size, first, count, slots, scratch)
            if status[b] != SOUND:
                break
            sound[b] += 1
        stop[b] = p
    return sound, stop, status, about


@kernel
def find_items(
    data: Octets,
    begin: NDArray[np.int64],
    end: NDArray[np.int64],
    sound: NDArray[np.int32],
    shape: Rows,
    size: Rows,
    first: Rows,
    count: Rows,
    slots: Rows,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint16]]:
    """The sound records of all blocks: block, first octet, end, and u2[n, rows] where each item begins in it.

    Offsets count from the record's first octet; 0 means that the item is not there, as FSPEC stands at 0.

    Args:
        data: the recording.
        begin, end: [m] of each block's records, without its header.
        sound: [m] from count_records.
        shape, size, first, count, slots: the grammar.
    """
    total = 0
    for b in range(len(sound)):
        total += sound[b]
    block = np.empty(total, np.int32)
    record_begin = np.empty(total, np.int64)
    record_stop = np.empty(total, np.int64)
    offsets = np.zeros((total, len(shape)), np.uint16)
    n = 0
    for b in range(len(sound)):
        p = begin[b]
        for _ in range(sound[b]):
            block[n] = b
            record_begin[n] = p
            p, _, _ = record_end(data, p, end[b], shape, size, first, count, slots, offsets[n])
            record_stop[n] = p
            n += 1
    return block, record_begin, record_stop, offsets


@kernel
def read_bits(
    data: Octets,
    begin: NDArray[np.int64],
    end: NDArray[np.int64],
    offsets: NDArray[np.uint16],
    row: int,
    shape: int,
    size: int,
    part: int,
    bit: int,
    bits: int,
    signed: bool,
) -> NDArray[np.int64]:
    """A field of every record, i8[n]; MISSING where the item or this part of it is not there.

    Args:
        data: the recording.
        begin, end: [n] octets of each record.
        offsets: [n, rows] from find_items.
        row: of the item or subitem; `shape` and `size` are its own.
        shape: not COMPOUND or EXPLICIT.
        size: octets of one part.
        part: which part, from 0.
        bit: first bit of the field in the part, the most significant of its first octet being 0.
        bits: 1 to 56.
        signed: two's complement.
    """
    found = np.full(len(begin), MISSING, np.int64)
    low = bit // 8
    high = (bit + bits - 1) // 8
    right = 7 - (bit + bits - 1) % 8
    half = np.int64(1) << (bits - 1)
    mask = (np.int64(1) << bits) - 1
    for i in range(len(begin)):
        if offsets[i, row] == 0:
            continue
        p = begin[i] + np.int64(offsets[i, row])
        there = True
        if shape == REPETITIVE:
            there = p < end[i] and part < int(data[p])
            p += 1
        elif shape == FIXED:
            there = part == 0
        else:
            for k in range(part):
                follows = p + (k + 1) * size
                if follows > end[i] or data[follows - 1] & 1 == 0:
                    there = False
                    break
        p += part * size
        if not there or p + high >= end[i]:
            continue
        value = np.int64(0)
        for k in range(low, high + 1):
            value = (value << 8) | np.int64(data[p + k])
        value = (value >> right) & mask
        if signed and value >= half:
            value -= mask + 1
        found[i] = value
    return found
