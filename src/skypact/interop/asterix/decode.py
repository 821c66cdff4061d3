"""Reading ASTERIX: spans of bytes in, a table for each category out, with what was skipped and what was wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.errors import UsageError
from skypact.interop.asterix.grammar import EDITIONS, Grammar, grammar_of
from skypact.interop.asterix.layout import VALUE, Kind, Shape
from skypact.interop.asterix.text import text_of
from skypact.kernels import asterix as kernel
from skypact.model.network import B1, F8, I4, I8, U1, U2
from skypact.model.recording import ReadFault

MISSING = int(kernel.MISSING)
"""What `Table.raw` gives where a record does not have the field: less than any number of 56 bits."""


@dataclass(frozen=True)
class Table:
    """n records of one category in the order of the data, and where every item of each begins."""

    category: int
    edition: str
    span: I4
    """[n] index of the span that holds the record"""
    begin: I8
    """[n] its first octet in `data`"""
    end: I8
    """[n] the octet after its last"""
    data: U1
    """what was decoded, as it was given: do not change it while the table is in use"""
    offsets: U2
    """[n, rows] first octet of each item and subitem of `grammar` from `begin`; 0: absent"""
    grammar: Grammar

    def __len__(self) -> int:
        return len(self.begin)

    def has(self, item: str, subitem: str | None = None) -> B1:
        """Which records have an item, or a subitem of a compound item, [n]; UsageError if the edition has none."""
        found: B1 = self.offsets[:, self.grammar.row(item, subitem)] != 0
        return found

    def raw(self, item: str, field: str = VALUE, subitem: str | None = None, repetition: int = 0) -> I8:
        """The number in a field of every record, [n]; MISSING where it is absent.

        Args:
            item: such as '040'.
            field: such as 'RHO'; left out for an item that is one unnamed number.
            subitem: of a compound item, such as 'SRL'.
            repetition: which part of a repeated item, from 0; a record with fewer is MISSING.

        Raises:
            UsageError: the edition has no such field, or the item is not one that repeats.
        """
        place = self.grammar.place(item, field, subitem)
        repeated = place.shape in {Shape.CHAINED, Shape.REPETITIVE}
        if repetition < 0 or (repetition and not repeated):
            raise UsageError(
                f"repetition {repetition} of {self.grammar.names[place.row]}",
                "the item repeats" if repeated else "the item does not repeat",
                "Ask for 0 or more of an item that repeats, for 0 of another.",
            )
        return kernel.read_bits(
            self.data,
            self.begin,
            self.end,
            self.offsets,
            place.row,
            int(place.shape),
            place.part_octets,
            repetition if repeated else place.part,
            place.first_bit,
            place.field.bits,
            place.field.kind is Kind.SIGNED,
        )

    def value(self, item: str, field: str = VALUE, subitem: str | None = None, repetition: int = 0) -> F8:
        """The physical value of a field of every record, [n], in the specification's own unit; NaN where absent.

        Nautical miles, degrees, seconds, flight levels, feet: `grammar.place(...).field.unit` says which. A field whose
        unit another one decides (I062/380 IAS: NM/s, or Mach where IM is 1) is in the unit that holds in that record.
        Arguments and errors as of `raw`.
        """
        raw = self.raw(item, field, subitem, repetition)
        meant = self.grammar.place(item, field, subitem).field
        scale: F8 | float = meant.scale
        if meant.switch:
            other = self.raw(item, meant.switch, subitem, repetition) == 1
            scale = np.where(other, meant.other_scale, meant.scale)
        return np.where(raw == MISSING, np.nan, raw * scale)

    def text(self, item: str, field: str = VALUE, subitem: str | None = None) -> list[str]:
        """The characters in a field of every record, without blanks at the end; '' where absent. As `raw` else."""
        meant = self.grammar.place(item, field, subitem).field
        numbers = self.raw(item, field, subitem).tolist()
        return ["" if number == MISSING else text_of(meant, number) for number in numbers]


@dataclass(frozen=True)
class Decoded:
    """What spans of bytes hold."""

    tables: Mapping[int, Table]
    """by category: 34, 48 and 62, each perhaps of length 0"""
    unknown: Mapping[str, int]
    """what was skipped by its length, and how often: 'category 021' (blocks), 'I048/SP' (items)"""
    faults: tuple[ReadFault, ...]
    """in the order of their first offsets"""


def decode(data: U1, begin: I8, end: I8, editions: Mapping[int, str] | None = None) -> Decoded:
    """What spans of ASTERIX hold: every record that can be read, what was skipped, and what could not be read.

    A record that is not sound ends its block, and the records before it are kept. A block whose length cannot be
    true ends its span. Blocks of other categories and the fields SP and RE are skipped by their lengths.

    Args:
        data: u1[bytes].
        begin: i8[s], the first octet of each span, such as a datagram: whole data blocks, one after another.
        end: i8[s], the octet after its last.
        editions: by category, one of EDITIONS; the newest where left out.

    Raises:
        UsageError: a span does not lie in `data`, or an edition is not known.
    """
    data, begin, end = np.ascontiguousarray(data), np.asarray(begin, np.int64), np.asarray(end, np.int64)
    if data.dtype != np.uint8 or data.ndim != 1 or begin.shape != end.shape or begin.ndim != 1:
        raise UsageError(
            "decode ASTERIX", "data is not u1[bytes], or spans are not i8[s]", "Give arrays of these."
        )
    if ((begin < 0) | (end < begin) | (end > len(data))).any():
        raise UsageError(
            "decode ASTERIX", "a span does not lie in the data", "Give 0 <= begin <= end <= bytes."
        )
    span, first, last, stop, status = kernel.find_blocks(data, begin, end)
    faults = [
        (int(stop[k]), _block_reason(data, int(stop[k]), int(status[k])))
        for k in status.nonzero()[0].tolist()
    ]
    category = data[first]
    tables: dict[int, Table] = {}
    unknown: dict[str, int] = {}
    for number in EDITIONS:
        grammar = grammar_of(number, (editions or {}).get(number))
        mine = (category == number).nonzero()[0]
        tables[number], found = _read(data, span[mine], first[mine] + 3, last[mine], grammar)
        faults += found
    counts = np.bincount(category, minlength=256)
    unknown |= {
        f"category {number:03d}": int(counts[number])
        for number in counts.nonzero()[0].tolist()
        if number not in EDITIONS
    }
    for number, table in tables.items():
        held = {f"I{number:03d}/{name}": int(table.has(name).sum()) for name in ("SP", "RE")}
        unknown |= {name: count for name, count in held.items() if count}
    return Decoded(tables, unknown, _gathered(faults))


def _read(data: U1, span: I4, begin: I8, end: I8, grammar: Grammar) -> tuple[Table, list[tuple[int, str]]]:
    """The records of the blocks of one category, and what ended a block too early."""
    sound, stop, status, about = kernel.count_records(data, begin, end, *grammar.arrays)
    block, record_begin, record_end, offsets = kernel.find_items(data, begin, end, sound, *grammar.arrays)
    faults = [
        (int(stop[b]), _record_reason(grammar, int(status[b]), int(about[b])))
        for b in status.nonzero()[0].tolist()
    ]
    number = grammar.category.number
    return Table(
        number, grammar.edition, span[block], record_begin, record_end, data, offsets, grammar
    ), faults


def _block_reason(data: NDArray[np.uint8], at: int, status: int) -> str:
    if status == kernel.LENGTH_SHORT:
        return f"block length {int(data[at + 1]) * 256 + int(data[at + 2])} is below 3"
    return "block header is cut off" if status == kernel.HEADER_CUT else "block reaches past its datagram"


def _record_reason(grammar: Grammar, status: int, row: int) -> str:
    category = f"category {grammar.category.number:03d}"
    name = grammar.names[row]
    if status == kernel.ITEM_UNDEFINED and row == 0:
        return f"FSPEC names an item that {category} does not have"
    return {
        kernel.FSPEC_CUT: f"FSPEC of a record of {category} reaches past its block",
        kernel.RECORD_EMPTY: f"record of {category} has no item",
        kernel.ITEM_UNDEFINED: f"item {name} names a subitem that it does not have",
        kernel.ITEM_CUT: f"item {name} reaches past its block",
        kernel.LENGTH_ZERO: f"item {name} has length 0",
    }[status]


def _gathered(found: Iterable[tuple[int, str]]) -> tuple[ReadFault, ...]:
    """Each reason once, with its first offset and how often it was met."""
    first: dict[str, int] = {}
    count: dict[str, int] = {}
    for offset, reason in sorted(found):
        first.setdefault(reason, offset)
        count[reason] = count.get(reason, 0) + 1
    return tuple(ReadFault(first[reason], reason, count[reason]) for reason in first)
