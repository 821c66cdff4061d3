"""The tables of all categories and editions, and each flattened to the rows that the kernels walk by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from skypact.errors import UsageError
from skypact.interop.asterix import category034, category048, category062
from skypact.interop.asterix.layout import Category, Field, Item, Kind, Shape
from skypact.kernels.asterix import Rows

_TABLES: tuple[Category, ...] = (category034.CATEGORY, category048.CATEGORY, category062.CATEGORY)
_CATEGORIES = {category.number: category for category in _TABLES}

EDITIONS: Mapping[int, tuple[str, ...]] = {category.number: category.editions for category in _TABLES}
"""The editions that each category can be read and written in, oldest first; the newest is taken unless told."""


@dataclass(frozen=True)
class Place:
    """Where a field stands: the arguments of kernels.asterix.read_bits, and what it means."""

    row: int
    shape: Shape
    part_octets: int
    part: int
    first_bit: int
    field: Field


@dataclass(frozen=True)
class Grammar:
    """A category in one edition as rows: row 0 is the record, then each item followed by its subitems."""

    category: Category
    edition: str
    names: tuple[str, ...]
    """of each row: 'I048/130', 'I048/130 SRL'"""
    rows: Mapping[tuple[str, str | None], int]
    """(item, subitem or None) -> row"""
    places: Mapping[tuple[str, str | None, str], Place]
    """(item, subitem or None, field) -> where it is"""
    arrays: tuple[Rows, Rows, Rows, Rows, Rows]
    """shape, size, first, count and slots, as kernels.asterix has them"""

    def row(self, item: str, subitem: str | None = None) -> int:
        """The row of an item or subitem; UsageError if this edition has none."""
        row = self.rows.get((item, subitem))
        if row is None:
            known = (
                [name for name, sub in self.rows if sub is None] if subitem is None else self._subitems(item)
            )
            raise self._unknown(_path(item, subitem), known)
        return row

    def place(self, item: str, field: str, subitem: str | None = None) -> Place:
        """Where a field is; UsageError if this edition has none."""
        place = self.places.get((item, subitem, field))
        if place is None:
            self.row(item, subitem)
            known = [name for name_, sub, name in self.places if (name_, sub) == (item, subitem)]
            known = known or [f"subitem {name}" for name in self._subitems(item)]
            raise self._unknown(f"{_path(item, subitem)} {field}", known)
        return place

    def _subitems(self, item: str) -> list[str]:
        return [sub for name, sub in self.rows if name == item and sub is not None]

    def _unknown(self, asked: str, known: list[str]) -> UsageError:
        number = self.category.number
        return UsageError(
            f"I{number:03d}/{asked}",
            f"category {number:03d} edition {self.edition} does not have it",
            f"Known: {', '.join(known) or 'nothing'}.",
        )


def _path(item: str, subitem: str | None) -> str:
    return item if subitem is None else f"{item} {subitem}"


def category_of(number: int) -> Category:
    """A category with all its editions; UsageError if it is none of 34, 48, 62."""
    if number not in _CATEGORIES:
        known = ", ".join(f"{known:03d}" for known in _CATEGORIES)
        raise UsageError(f"ASTERIX category {number:03d}", "there is no table for it", f"Known: {known}.")
    return _CATEGORIES[number]


@cache
def grammar_of(number: int, edition: str | None = None) -> Grammar:
    """The rows of a category in an edition, the newest unless told; UsageError if there is none."""
    category = category_of(number)
    edition = category.editions[-1] if edition is None else edition
    if edition not in category.editions:
        raise UsageError(
            f"edition {edition} of ASTERIX category {number:03d}",
            "there is no table for it",
            f"Known: {', '.join(category.editions)}.",
        )
    return _flat(category.at(edition), edition)


def _flat(category: Category, edition: str) -> Grammar:
    items: list[tuple[str, str | None, Item | None]] = [("", None, None)]
    for item in category.items:
        if item is not None:
            items.append((item.name, None, item))
            items += [(item.name, sub.name, sub) for sub in item.subitems if sub is not None]
    rows = {(name, sub): row for row, (name, sub, item) in enumerate(items) if item is not None}

    shape, size, first, count = np.zeros((4, len(items)), np.int32)
    slots = [-1 if item is None else rows[item.name, None] for item in category.items]
    count[0] = len(slots)
    places: dict[tuple[str, str | None, str], Place] = {}
    for row, (name, sub, entry) in enumerate(items):
        if entry is None:
            continue
        shape[row], size[row], first[row], count[row] = (
            entry.shape,
            entry.part_octets,
            len(slots),
            len(entry.subitems),
        )
        slots += [-1 if subitem is None else rows[name, subitem.name] for subitem in entry.subitems]
        for part, bit, field in entry.fields():
            if field.kind is Kind.SPARE:
                continue
            places[name, sub, field.name] = Place(row, entry.shape, entry.part_octets, part, bit, field)
    prefix = f"I{category.number:03d}/"
    return Grammar(
        category,
        edition,
        tuple(prefix + _path(name, sub) if name else "record" for name, sub, _ in items),
        rows,
        places,
        (shape, size, first, count, np.array(slots, np.int32)),
    )
