"""UDP datagrams as spans of one array of octets: what every container of a recording is turned into."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from skypact.model.network import I8, U1
from skypact.model.recording import ReadFault


@dataclass(frozen=True)
class Datagrams:
    """n payloads in the order of the file: of UDP datagrams, or ASTERIX blocks of a raw file.

    `data` may hold other octets between the payloads: only `data[begin[k]:end[k]]` counts.
    """

    data: U1
    begin: I8
    end: I8
    capture_ns: I8
    """UTC; ABSENT where the file has no times. Of a datagram in fragments: when the last of them came."""
    file_offset: I8
    """of the payload's first octet in the file (where fragmented: of the first fragment's)"""
    other: dict[str, int] = field(default_factory=dict)
    """packets that hold no UDP, by kind: 'TCP', 'ARP'"""
    faults: tuple[ReadFault, ...] = ()

    def __len__(self) -> int:
        return len(self.begin)

    def payload(self, k: int) -> bytes:
        """The octets of datagram k."""
        return self.data[self.begin[k] : self.end[k]].tobytes()


class Faults:
    """Faults merged by reason: the first place of each, and how often."""

    def __init__(self) -> None:
        self._first: dict[str, list[int]] = {}

    def add(self, reason: str, byte_offset: int, count: int = 1) -> None:
        """One more (or `count` more) of a reason."""
        entry = self._first.setdefault(reason, [byte_offset, 0])
        entry[0] = min(entry[0], byte_offset)
        entry[1] += count

    def merge(self, faults: tuple[ReadFault, ...]) -> None:
        """Faults found elsewhere."""
        for fault in faults:
            self.add(fault.reason, fault.byte_offset, fault.count)

    def as_tuple(self) -> tuple[ReadFault, ...]:
        """The faults by their first place."""
        rows = [ReadFault(place, reason, count) for reason, (place, count) in self._first.items()]
        return tuple(sorted(rows, key=lambda fault: (fault.byte_offset, fault.reason)))


def no_datagrams(other: dict[str, int] | None = None, faults: tuple[ReadFault, ...] = ()) -> Datagrams:
    """No payload at all."""
    none = np.zeros(0, np.int64)
    return Datagrams(np.zeros(0, np.uint8), none, none, none, none, other or {}, faults)
