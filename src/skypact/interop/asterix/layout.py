"""The nouns of an ASTERIX table: a category is a list of items, an item a list of fields, whatever its shape.

EUROCONTROL-SPEC-0149 Part 1 (ed. 3.1) defines the shapes. A field that a later edition added says since when; before
that its bits are spare, and octets of nothing but spare bits at the end of an extended item do not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property

VALUE = "VALUE"
"""The name of the one field of an item that is a single number, to which the specification gives no name."""
MORE = "MORE"
"""In a record: octets of an extended item beyond those that its edition knows, 7 bits each."""


class Kind(IntEnum):
    """How the bits of a field are meant."""

    UNSIGNED = 0
    SIGNED = 1
    """two's complement"""
    OCTAL = 2
    """digits of three bits, the first the most significant (Mode 1, 2, 3/A)"""
    ASCII = 3
    """characters of eight bits"""
    ICAO = 4
    """characters of six bits (ICAO Annex 10 Vol. IV, table 3-9)"""
    SPARE = 5


class Shape(IntEnum):
    """How the length of an item is found."""

    FIXED = 0
    EXTENDED = 1
    """the last bit (FX) of each part says whether another follows; the parts differ"""
    CHAINED = 2
    """the same part again and again, as FX says"""
    REPETITIVE = 3
    """a count, then as many parts"""
    COMPOUND = 4
    """bits that say which subitems follow"""
    EXPLICIT = 5
    """its length in octets, itself included, then bytes of no known meaning"""


@dataclass(frozen=True)
class Field:
    """Some bits of an item; a physical value is the number times `scale`, in `unit`."""

    name: str
    bits: int
    kind: Kind = Kind.UNSIGNED
    scale: float = 1.0
    unit: str = ""
    since: int = 0
    """the minor edition that introduced it"""
    switch: str = ""
    """the field of the same item that, where it is 1, makes `scale` and `unit` `other_scale` and `other_unit`"""
    other_scale: float = 1.0
    other_unit: str = ""

    @property
    def circular(self) -> bool:
        """Whether its numbers go once around the circle."""
        return self.unit == "deg" and self.kind is Kind.UNSIGNED and self.scale * 2**self.bits == 360.0


@dataclass(frozen=True)
class Bits:
    """Where a field, or a run of spare bits, stands in the number that its part is."""

    key: str
    """its name in a record: the field's, or 'SPARE' and the bit of the item that it begins with"""
    shift: int
    """from the part's last bit"""
    mask: int
    half: int
    """the number from which on it is negative; 0: it never is"""
    field: Field


@dataclass(frozen=True)
class Item:
    """An item of a category, or a subitem of a compound one."""

    name: str
    """'010' of an item, 'SRL' of a subitem"""
    title: str
    shape: Shape
    parts: tuple[tuple[Field, ...], ...] = ()
    """fields with spare bits, without FX; a single part unless EXTENDED"""
    subitems: tuple[Item | None, ...] = ()
    """of a compound item, in the order of its bits; None: this bit means nothing"""
    names_before: tuple[tuple[int, str], ...] = ()
    """(minor edition, the name before it)"""

    @property
    def part_octets(self) -> int:
        """The length of the first part, FX included, octets."""
        bits = sum(field.bits for field in self.parts[0]) if self.parts else 0
        return (bits + 7) // 8

    @property
    def single(self) -> bool:
        """Whether each part is one unnamed number."""
        return len(self.parts) == 1 and self.parts[0][0].name == VALUE

    def fields(self) -> Iterator[tuple[int, int, Field]]:
        """Every field, spare bits too: its part, its first bit in the part, itself."""
        for number, part in enumerate(self.parts):
            first = 0
            for field in part:
                yield number, first, field
                first += field.bits

    @cached_property
    def bits(self) -> tuple[tuple[Bits, ...], ...]:
        """The fields of each part as they stand in it, spare bits too."""
        whole = 8 * self.part_octets
        found: list[list[Bits]] = [[] for _ in self.parts]
        for number, first, field in self.fields():
            spare_bits = field.kind is Kind.SPARE
            key = f"SPARE{number * whole + first}" if spare_bits else field.name
            half = 1 << (field.bits - 1) if field.kind is Kind.SIGNED else 0
            found[number].append(Bits(key, whole - first - field.bits, (1 << field.bits) - 1, half, field))
        return tuple(tuple(part) for part in found)


@dataclass(frozen=True)
class Category:
    """A category in one edition, or, as written in its own module, in all of them."""

    number: int
    title: str
    editions: tuple[str, ...]
    """oldest first"""
    items: tuple[Item | None, ...]
    """in the order of the bits of FSPEC (the user application profile); None: this bit means nothing"""

    def at(self, edition: str) -> Category:
        """The category in one edition, a member of `editions`."""
        minor = int(edition.partition(".")[2])
        items = tuple(item and _item_at(item, minor) for item in self.items)
        return replace(self, editions=(edition,), items=items)


def _item_at(item: Item, minor: int) -> Item:
    parts = [tuple(_field_at(field, minor) for field in part) for part in item.parts]
    while len(parts) > 1 and all(field.kind is Kind.SPARE for field in parts[-1]):
        parts.pop()
    name = next((name for until, name in item.names_before if minor < until), item.name)
    subitems = tuple(subitem and _item_at(subitem, minor) for subitem in item.subitems)
    return replace(item, name=name, parts=tuple(parts), subitems=subitems, names_before=())


def _field_at(field: Field, minor: int) -> Field:
    return field if field.since <= minor else spare(field.bits)


# ------------------------------------------------------------------------------------ how the tables are written


def unsigned(name: str, bits: int, scale: float = 1.0, unit: str = "") -> Field:
    """A number, zero or more."""
    return Field(name, bits, Kind.UNSIGNED, scale, unit)


def signed(name: str, bits: int, scale: float = 1.0, unit: str = "") -> Field:
    """A number in two's complement."""
    return Field(name, bits, Kind.SIGNED, scale, unit)


def octal(name: str, bits: int = 12) -> Field:
    """A code of octal digits."""
    return Field(name, bits, Kind.OCTAL)


def ascii_text(name: str, length: int) -> Field:
    """Characters of eight bits."""
    return Field(name, 8 * length, Kind.ASCII)


def icao_text(name: str, length: int = 8) -> Field:
    """Characters of six bits."""
    return Field(name, 6 * length, Kind.ICAO)


def spare(bits: int) -> Field:
    """Bits without meaning; a record keeps them where they are not zero."""
    return Field("", bits, Kind.SPARE)


def flags(names: str, since: int = 0) -> tuple[Field, ...]:
    """Fields from 'V G TYP:3': a name each, one bit unless it says how many; '-' and '-:4' are spare."""
    found = []
    for entry in names.split():
        name, _, bits = entry.partition(":")
        if name == "-":
            found.append(spare(int(bits or 1)))
        else:
            found.append(Field(name, int(bits or 1), since=since))
    return tuple(found)


def fixed(name: str, title: str, *fields: Field) -> Item:
    """An item of a fixed length."""
    return Item(name, title, Shape.FIXED, (fields,))


def extended(name: str, title: str, *parts: tuple[Field, ...]) -> Item:
    """An item whose parts follow each other as FX says."""
    return Item(name, title, Shape.EXTENDED, parts)


def chained(name: str, title: str, *fields: Field) -> Item:
    """An item that repeats one part as FX says."""
    return Item(name, title, Shape.CHAINED, (fields,))


def repetitive(name: str, title: str, *fields: Field) -> Item:
    """An item that repeats one part as often as its first octet says."""
    return Item(name, title, Shape.REPETITIVE, (fields,))


def compound(name: str, title: str, *subitems: Item | None) -> Item:
    """An item whose first bits say which subitems follow."""
    return Item(name, title, Shape.COMPOUND, subitems=subitems)


def explicit(name: str, title: str) -> Item:
    """An item that begins with its own length."""
    return Item(name, title, Shape.EXPLICIT)
