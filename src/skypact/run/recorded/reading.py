"""A recording of real radars read from a file or from standard input: bytes, datagrams, records, columns."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from skypact.errors import UsageError
from skypact.interop.asterix.decode import Decoded, decode
from skypact.interop.asterix.instant import Clock
from skypact.interop.asterix.report import Report, report
from skypact.interop.capture import Datagrams, Faults, Reader, holds_blocks, no_datagrams
from skypact.model.network import B1
from skypact.model.recording import Plots, RadarMessages, ReadFault, Recording, SystemTracks

PIECE = 1 << 20
"""Octets read at once. Memory beside the columns is some hundred times this at worst, ten times as a rule."""
LIMIT = 20_000_000
STRANGE = "UDP without ASTERIX blocks"
_CATEGORIES = (34, 48, 62)

Progress = Callable[[int, int, int], None]
"""Called with octets read, records read, and octets in all (0 where that is not known)."""
_Column = NDArray[np.generic]
_T = TypeVar("_T", Plots, RadarMessages, SystemTracks)


def read_recording(
    path: str | Path,
    editions: Mapping[int, str] | None = None,
    limit: int = LIMIT,
    progress: Progress | None = None,
) -> Recording:
    """Everything of categories 034, 048 and 062 in a recording.

    What is damaged is passed over and told in `faults`, what is not ASTERIX of these categories in `unknown`. An
    interrupt (Ctrl-C), a failing disk or the limit stop the reading: what was read by then is kept, and a fault says
    so.

    Args:
        path: a pcap, a pcapng or a raw file of ASTERIX blocks; '-' reads standard input.
        editions: of the categories, where not the newest.
        limit: records to read at most.
        progress: called after every piece.

    Raises:
        UsageError: no such file, no recording, or one without a record of these categories.
    """
    name = "standard input" if str(path) == "-" else str(path)
    if limit < 1:
        raise UsageError(f"reading {name}", f"a limit of {limit} records", "Give a limit of at least 1.")
    with _opened(path, name) as (stream, size):
        gathered = _Gathered(name, editions, limit)
        try:
            for piece in _pieces(stream, gathered.faults):
                gathered.add(gathered.reader.feed(piece), len(piece))
                if progress is not None:
                    progress(gathered.octets, gathered.records, size)
                if gathered.full or gathered.reader.done:
                    break
            else:
                gathered.add(gathered.reader.close(), 0)
        except KeyboardInterrupt:
            gathered.faults.add("reading stopped by an interrupt", gathered.octets)
    return gathered.recording()


class _Gathered:
    """What was read so far."""

    def __init__(self, name: str, editions: Mapping[int, str] | None, limit: int) -> None:
        self.reader = Reader(name)
        self.faults = Faults()
        self.octets = 0
        self.full = False
        self._name, self._editions, self._limit = name, editions, limit
        self._clock = Clock()
        none = _decoded(no_datagrams(), editions, self._clock)[1]
        self._plots, self._messages, self._system = (
            _Rows(none.plots),
            _Rows(none.messages),
            _Rows(none.system),
        )
        self._unknown: Counter[str] = Counter()
        self._datagrams = 0

    @property
    def records(self) -> int:
        """Records kept."""
        return len(self._plots) + len(self._messages) + len(self._system)

    def add(self, found: Datagrams, octets: int) -> None:
        """Decode some datagrams that took so many octets of the file."""
        self.octets += octets
        self._unknown.update(found.other)
        self.faults.merge(found.faults)
        self._datagrams += len(found)
        if self.reader.container != "ASTERIX blocks":
            holds = holds_blocks(found)
            if not holds.all():
                self._unknown[STRANGE] += int((~holds).sum())
                found = _only(found, holds)
        if not len(found):
            return
        decoded, rows = _decoded(found, self._editions, self._clock)
        self._unknown.update(decoded.unknown)
        self.faults.merge(_in_file(decoded.faults, found))
        self._clock = rows.clock
        self._keep(decoded, rows)

    def _keep(self, decoded: Decoded, rows: Report) -> None:
        room = self._limit - self.records
        tables = [decoded.tables[category] for category in _CATEGORIES]
        keep: list[B1 | None] = [None, None, None]
        if sum(len(table) for table in tables) > room:
            begin = np.concatenate([table.begin for table in tables])
            order = np.lexsort((begin, np.concatenate([table.span for table in tables])))
            kept = np.zeros(len(begin), np.bool_)
            kept[order[:room]] = True
            keep = list(np.split(kept, np.cumsum([len(table) for table in tables])[:-1]))
            self.full = True
            self.faults.add(f"reading stopped after {self._limit:,} records, the limit", self.octets)
        self._messages.append(rows.messages, keep[0])
        self._plots.append(rows.plots, keep[1])
        self._system.append(rows.system, keep[2])

    def recording(self) -> Recording:
        """All of it.

        Raises:
            UsageError: there is no record.
        """
        if not self.records:
            raise self._nothing()
        return Recording(
            name=self._name,
            container=self.reader.container,
            plots=self._plots.table(),
            messages=self._messages.table(),
            system=self._system.table(),
            records={34: len(self._messages), 48: len(self._plots), 62: len(self._system)},
            unknown=dict(self._unknown),
            faults=self.faults.as_tuple(),
            bytes_read=self.octets,
        )

    def _nothing(self) -> UsageError:
        container = self.reader.container or "file"
        instead = [f"{what} ({count:,})" for what, count in self._unknown.most_common(6)]
        what = f"; found instead: {', '.join(instead)}" if instead else ""
        faults = self.faults.as_tuple()
        wrong = f"; at byte {faults[0].byte_offset:,}: {faults[0].reason}" if faults else ""
        return UsageError(
            f"reading {self._name}",
            f"no record of category 034, 048 or 062 in this {container} "
            f"({self.octets:,} octets, {self._datagrams:,} datagrams){what}{wrong}",
            "Give a recording of a radar's or a tracker's ASTERIX output, sent by UDP or as raw blocks.",
        )


class _Rows(Generic[_T]):
    """Columns that grow: one noun made of many, without holding twice the memory.

    Args:
        first: the first rows, perhaps none.
    """

    def __init__(self, first: _T) -> None:
        self._make: Callable[..., _T] = type(first)
        self._columns: dict[str, _Column] = {name: part.copy() for name, part in _columns(first).items()}
        self._n = len(first)

    def __len__(self) -> int:
        return self._n

    def append(self, rows: _T, keep: B1 | None) -> None:
        """More rows, or those of them that are to be kept. Interrupted, it leaves the rows before."""
        parts = _columns(rows)
        if keep is not None:
            parts = {name: part[keep] for name, part in parts.items()}
        n = self._n + len(next(iter(parts.values())))
        for name, part in parts.items():
            column = self._columns[name]
            if len(column) < n:
                column.resize(max(n, len(column) + len(column) // 4), refcheck=False)
            column[self._n : n] = part
        self._n = n

    def table(self) -> _T:
        """All rows; nothing can be added any more."""
        for column in self._columns.values():
            column.resize(self._n, refcheck=False)
        return self._make(**self._columns)


def _columns(rows: _T) -> dict[str, _Column]:
    return {column.name: getattr(rows, column.name) for column in fields(rows)}


def _decoded(found: Datagrams, editions: Mapping[int, str] | None, clock: Clock) -> tuple[Decoded, Report]:
    decoded = decode(found.data, found.begin, found.end, editions)
    return decoded, report(decoded, found.begin, found.capture_ns, found.file_offset, clock)


def _only(found: Datagrams, which: B1) -> Datagrams:
    """Some of the datagrams."""
    return replace(
        found,
        begin=found.begin[which],
        end=found.end[which],
        capture_ns=found.capture_ns[which],
        file_offset=found.file_offset[which],
    )


def _in_file(faults: tuple[ReadFault, ...], found: Datagrams) -> tuple[ReadFault, ...]:
    """Faults at their offsets in the file instead of those in the octets that were decoded."""
    order = np.argsort(found.begin, kind="stable")
    at = np.array([fault.byte_offset for fault in faults], np.int64)
    span = order[np.searchsorted(found.begin[order], at, side="right") - 1]
    place = at - found.begin[span] + found.file_offset[span]
    return tuple(
        replace(fault, byte_offset=int(offset)) for fault, offset in zip(faults, place.tolist(), strict=True)
    )


# ------------------------------------------------------------------------------------------------------- reading


@contextmanager
def _opened(path: str | Path, name: str) -> Iterator[tuple[BinaryIO, int]]:
    """The file, or standard input, and its size (0: not known)."""
    asked = f"reading {name}"
    if str(path) == "-":
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageError(asked, "nothing is piped in", "Give a file, or pipe a recording in.")
        yield sys.stdin.buffer, 0
        return
    try:
        stream = Path(path).open("rb", buffering=0)  # noqa: SIM115 - the errors of opening are told apart from others
    except FileNotFoundError as fault:
        raise UsageError(asked, "there is no such file", "Check the path.") from fault
    except IsADirectoryError as fault:
        raise UsageError(asked, "this is a folder", "Give one of the recordings in it.") from fault
    except PermissionError as fault:
        raise UsageError(asked, "you may not read it", "Ask its owner for permission to read.") from fault
    except (OSError, ValueError) as fault:
        raise UsageError(asked, f"it cannot be opened ({fault})", "Check the path.") from fault
    with stream:
        yield stream, Path(path).stat().st_size


def _pieces(stream: BinaryIO, faults: Faults) -> Iterator[bytes]:
    """The octets of the stream as they come, until it ends or fails."""
    read = getattr(stream, "read1", stream.read)
    octets = 0
    while True:
        try:
            piece: bytes = read(PIECE)
        except OSError as fault:
            faults.add(f"reading failed: {fault.strerror}", octets)
            return
        if not piece:
            return
        octets += len(piece)
        yield piece
