"""Packets of a capture file before their headers are read, and how a damaged file is entered again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from skypact.interop.capture.datagram import Faults
from skypact.model.network import B1, I4, I8, U1

LENGTH_MOST = 262_144
"""Octets of one packet: more than any capture program writes."""
SKIP_MOST = 1 << 20
"""Octets searched for the next packet or block before a damaged file is given up."""
FIRST_WINDOW, WINDOW = 1 << 10, 1 << 16
GAVE_UP = "reading given up: nothing readable follows for a long stretch"


@dataclass(frozen=True)
class Frames:
    """n packets as captured, in the order of the file: `data[begin[k]:end[k]]`."""

    data: U1
    begin: I8
    end: I8
    cut: B1
    """The capture kept less than was sent."""
    capture_ns: I8
    link: I4
    """Link type, as pcap numbers them."""


class Search:
    """Looks for the next place from which a damaged file can be read on.

    Args:
        plausible: whether a header could be at each of the given places of the octets.
        follow: for each of those places, where the next header would be.
        header: octets that `plausible` reads.
        depth: consecutive headers wanted; fewer will do where the last of them ends with the file.
    """

    def __init__(
        self,
        plausible: Callable[[U1, I8], B1],
        follow: Callable[[U1, I8], I8],
        header: int,
        depth: int = 2,
    ) -> None:
        self._plausible, self._follow, self._header, self._depth = plausible, follow, header, depth

    def find(self, data: U1, start: int, final: bool, most: int = SKIP_MOST) -> tuple[int, bool]:
        """The first place from `start` with as many plausible headers in a row as are wanted.

        Args:
            data: the octets at hand.
            start: the first place to look at.
            final: no more octets follow.
            most: places to look at.

        Returns:
            (place, True) where there is one; (place, False) where none begins before `place` and more octets are
            needed, or none are left, to say more.
        """
        n, window = len(data), FIRST_WINDOW
        limit = start + most
        last = min(n - self._header + 1, limit)
        while start < last:
            stop = min(start + window, last)
            at = np.arange(start, stop, dtype=np.int64)
            at = at[self._plausible(data, at)]
            good, undecided = self._chained(data, at, final)
            if good.any() or undecided.any():
                k = int(np.argmax(good | undecided))
                return int(at[k]), bool(good[k])
            start, window = stop, min(4 * window, WINDOW)
        return (min(n, limit) if final else start), False

    def _chained(self, data: U1, at: I8, final: bool) -> tuple[B1, B1]:
        """From which plausible places enough headers follow, and for which that cannot be told yet."""
        place, alive = at.copy(), np.ones(len(at), np.bool_)
        good, undecided = np.zeros(len(at), np.bool_), np.zeros(len(at), np.bool_)
        for _ in range(self._depth - 1):
            place[alive] = self._follow(data, place[alive])
            ends = alive & (place == len(data)) & final
            beyond = alive & ~ends & (place + self._header > len(data))
            good |= ends
            undecided |= beyond & (not final)
            alive &= ~ends & ~beyond
            alive[alive] = self._plausible(data, place[alive])
        return good | alive, undecided


class Damage:
    """The stretch of a file that is being skipped, if any."""

    def __init__(self, search: Search, what: str) -> None:
        self._search, self._what = search, what
        self._began = -1
        self.done = False

    @property
    def skipping(self) -> bool:
        """A place to read on is being looked for."""
        return self._began >= 0

    def begin(self, file_offset: int) -> None:
        """The octets from here on make no sense."""
        self._began = file_offset

    def skip(self, data: U1, start: int, base: int, final: bool, faults: Faults) -> int:
        """Where to read on, or how far was looked in vain; `skipping` tells which.

        Args:
            data: the octets at hand.
            start: place in `data` to look from.
            base: offset of `data` in the file.
            final: no more octets follow.
            faults: what was skipped is told here once it has ended.
        """
        most = self._began + SKIP_MOST - base - start
        place, found = self._search.find(data, start, final, most)
        exhausted = not found and base + place >= self._began + SKIP_MOST
        if not (found or final or exhausted):
            return place
        if base + place > self._began:
            faults.add(f"octets skipped: {self._what}", self._began, base + place - self._began)
        if exhausted:
            faults.add(GAVE_UP, base + place)
            self.done = True
        self._began = -1
        return place
