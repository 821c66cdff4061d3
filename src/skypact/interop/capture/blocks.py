"""A raw file of ASTERIX data blocks: where each block begins, and how a damaged file is entered again.

A block is its category, its length in two octets, and records; a record begins with its field specification, whose
first bit says that the data source (item 010) is present. Every category in use requires that item, which tells a
block from text and from most other octets.
"""

from __future__ import annotations

import numpy as np

from skypact.interop.capture.datagram import Datagrams, Faults
from skypact.interop.capture.frame import Damage, Search
from skypact.interop.capture.octet import big16, octet
from skypact.model.network import B1, I8, U1
from skypact.model.recording import ABSENT

READ = (34, 48, 62)
"""Categories that are read."""
_IN_USE = frozenset((*range(1, 36), 48, 62, 63, 65, 129, 150, 204, 205, 240, 247, 248, 252))
_IN_USE_ARRAY = np.array(sorted(_IN_USE), np.int64)
HEADER = 4
"""Octets of a block that are looked at: category, length, the first of the field specification."""
LEAST = 6
"""Octets of the smallest block with a data source."""
HEAD = 1 << 16
"""Octets at the start of a file among which a block must begin."""
HEAD_DEPTH = 4
NEEDED = HEAD + (HEAD_DEPTH - 1) * 0xFFFF + HEADER
"""Octets after which it is certain whether a file holds blocks."""
_SYNC_LENGTH = 4096
_WAIT, _DOUBT = -1, -2


def _plausible(data: U1, at: I8, categories: I8, length_most: int) -> B1:
    """Whether a block of these categories and at most this length could begin at each place."""
    n = len(data)
    length = big16(data, at + 1, n)
    return (
        np.isin(octet(data, at, n), categories)
        & (length >= LEAST)
        & (length <= length_most)
        & (octet(data, at + 3, n) >= 0x80)
    )


def _follow(data: U1, at: I8) -> I8:
    return at + big16(data, at + 1, len(data))


def first_block(head: bytes, final: bool) -> int:
    """Where the first block begins in the head of a file, -1 where there is none.

    Args:
        head: the first `NEEDED` octets, or all that there are.
        final: these are all that there are.
    """
    data = np.frombuffer(head, np.uint8)

    def plausible(data: U1, at: I8) -> B1:
        return _plausible(data, at, _IN_USE_ARRAY, 0xFFFF)

    def plausible_and_short(data: U1, at: I8) -> B1:
        return _plausible(data, at, _IN_USE_ARRAY, 2 * _SYNC_LENGTH)

    start = Search(plausible, _follow, HEADER, HEAD_DEPTH)
    if start.find(data, 0, final, most=1)[1] or (final and _cut_short(head)):
        return 0
    later = Search(plausible_and_short, _follow, HEADER, HEAD_DEPTH)
    place, found = later.find(data, 0, final, most=HEAD)
    return place if found else -1


def _cut_short(octets: bytes) -> bool:
    """Whether these are blocks of the categories read, the last of which goes on beyond the end."""
    at = 0
    while at + HEADER <= len(octets) and octets[at] in READ and octets[at + 3] >= 0x80:
        length = octets[at + 1] << 8 | octets[at + 2]
        if length < LEAST:
            return False
        at += length
    return at > 0 and (at >= len(octets) or len(octets) - at < HEADER)


def holds_blocks(found: Datagrams) -> B1:
    """Which datagrams hold ASTERIX, damaged perhaps: n answers.

    Either their octets are blocks to the very end, or they begin like a block of a category that is read.
    """
    data, begin, end = found.data, found.begin, found.end
    holds = np.isin(octet(data, begin, end), READ) & (octet(data, begin + 3, end) >= 0x80)
    left = np.flatnonzero(~holds & (end > begin))
    at = begin[left]
    while len(left):
        length = big16(data, at + 1, end[left])
        at = at + length
        fits = (octet(data, at - length, end[left]) > 0) & (length >= 3) & (at <= end[left])
        holds[left[fits & (at == end[left])]] = True
        on = fits & (at < end[left])
        left, at = left[on], at[on]
    return holds


class Blocks:
    """Reads a raw file of blocks piece by piece; each block becomes a datagram without capture time.

    Args:
        first: place of the first block in the file, from `first_block`.
        head: what that looked at.
    """

    name = "ASTERIX blocks"

    def __init__(self, first: int, head: bytes) -> None:
        self._seen = set(READ)
        self._longest = _SYNC_LENGTH // 2
        self._usual: dict[int, int] = {}  # the longest block of each category that hid no others
        self._in_a_row = 0
        self._search = Search(self._plausible, _follow, HEADER)
        self._damage = Damage(self._search, "no ASTERIX block where one should be")
        at = first
        for _ in range(HEAD_DEPTH):
            if at + HEADER <= len(head):
                self._learn(head[at], head[at + 1] << 8 | head[at + 2])
                at += max(head[at + 1] << 8 | head[at + 2], 1)
        if first > 0:
            self._damage.begin(0)

    @property
    def done(self) -> bool:
        """The rest of the file cannot be read."""
        return self._damage.done

    def walk(self, octets: bytes, base: int, final: bool, faults: Faults) -> tuple[Datagrams, int]:
        """Blocks that are whole in `octets`, and how many octets they took (see `Pcap.walk`)."""
        data = np.frombuffer(octets, np.uint8)
        begins: list[int] = []
        ends: list[int] = []
        at, n = 0, len(octets)
        while not self.done:
            if self._damage.skipping:
                at = self._damage.skip(data, at, base, final, faults)
                if self._damage.skipping or self.done:
                    break
            while (follow := self._next(data, octets, at, final)) > at:
                begins.append(at)
                ends.append(follow)
                at = follow
            if follow == _WAIT:
                if final and at < n:
                    faults.add("the file ends within a block", base + at)
                    at = n
                break
            stop = self._stop(data, octets, at, final)
            if stop == _WAIT:
                break
            if stop > n:
                faults.add("the file ends within a block", base + at)
                at = n
                break
            if stop > at:
                begins.append(at)
                ends.append(stop)
            if stop < n:
                self._damage.begin(base + stop)
            at = max(stop, at + 1)
        return _spans(data, begins, ends, base), at

    def _next(self, data: U1, octets: bytes, at: int, final: bool) -> int:
        """Where the next block begins if this one is certain, else `_WAIT` for more octets, or `_DOUBT`."""
        n = len(octets)
        if at + HEADER > n:
            return _WAIT
        length = octets[at + 1] << 8 | octets[at + 2]
        follow = at + length
        if not octets[at] or length < HEADER:
            return _DOUBT
        if follow + HEADER > n:
            return (follow if follow <= n else _DOUBT) if final else _WAIT
        most = 2 * self._longest
        if not _begins(octets, at, most):
            return self._vouched(data, octets, at, final)
        if not _begins(octets, follow, most):
            self._in_a_row = 0
            return self._before_odd(octets, follow, final)
        alone = self._alone(data, at, octets[at], length, final)
        if alone == follow:
            self._in_a_row += 1
            if self._in_a_row >= HEAD_DEPTH:
                self._learn(octets[at], length)
        return alone

    def _alone(self, data: U1, at: int, category: int, length: int, final: bool) -> int:
        """As `_next`, of a block longer than any of its category so far: it must not hide others."""
        follow = at + length
        if length > self._usual.get(category, 0):
            place, found = self._search.find(data, at + 1, final, length - 1)
            if found or not (final or place >= follow):
                return _DOUBT if found else _WAIT
            self._usual[category] = length
        return follow

    def _before_odd(self, octets: bytes, follow: int, final: bool) -> int:
        """As `_next`, of a block with an odd one after it: the one after that must be as it should."""
        length = octets[follow + 1] << 8 | octets[follow + 2]
        after = follow + length
        if not octets[follow] or length < HEADER:
            return _DOUBT
        if after + HEADER > len(octets):
            return (follow if after == len(octets) else _DOUBT) if final else _WAIT
        return follow if _begins(octets, after, 2 * self._longest) else _DOUBT

    def _vouched(self, data: U1, octets: bytes, at: int, final: bool) -> int:
        """As `_next`, of a block of an odd category or length: two of the next three must be as they should."""
        n, sound, place = len(octets), 0, at
        for _ in range(3):
            place += octets[place + 1] << 8 | octets[place + 2]
            if place + HEADER > n and not final:
                return _WAIT
            if place == n:
                sound = 2
            if place + HEADER > n:
                break
            if not octets[place] or octets[place + 1] << 8 | octets[place + 2] < HEADER:
                return _DOUBT
            sound += _begins(octets, place, 2 * self._longest)
        if sound < 2:
            return _DOUBT
        length = octets[at + 1] << 8 | octets[at + 2]
        alone = self._alone(data, at, octets[at], length, final)
        if alone == at + length:
            self._learn(octets[at], length)
        return alone

    def _learn(self, category: int, length: int) -> None:
        """What blocks of this file are like."""
        if category in _IN_USE:
            self._seen.add(category)
            self._longest = max(self._longest, length)

    def _stop(self, data: U1, octets: bytes, at: int, final: bool) -> int:
        """Where a doubtful block ends; `at` if it is none, or if another one begins inside it."""
        if not _begins(octets, at, 0xFFFF):
            return at
        follow = at + (octets[at + 1] << 8 | octets[at + 2])
        place, found = self._search.find(data, at + 1, final, follow - at - 1)
        if found:
            return at
        return follow if final or place >= follow else _WAIT

    def _plausible(self, data: U1, at: I8) -> B1:
        most = min(2 * self._longest, 0xFFFF)
        return _plausible(data, at, np.array(sorted(self._seen), np.int64), most)


def _begins(octets: bytes, at: int, length_most: int) -> bool:
    """Whether what is at a place looks like a block of a category in use, of at most this length."""
    length = octets[at + 1] << 8 | octets[at + 2]
    return octets[at] in _IN_USE and octets[at + 3] >= 0x80 and LEAST <= length <= length_most


def _spans(data: U1, begins: list[int], ends: list[int], base: int) -> Datagrams:
    begin = np.array(begins, np.int64)
    return Datagrams(
        data, begin, np.array(ends, np.int64), np.full(len(begin), ABSENT, np.int64), base + begin
    )
