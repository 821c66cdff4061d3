"""Records as nested dicts of whole numbers: what a table holds of a record, and what an encoder writes.

A record maps an item ('040') to its entry: a number where the item is one unnamed number, else a dict of fields; a
list of these where it repeats; a dict of subitems where it is compound; bytes where only its length is known. Spare
bits that are not zero are kept as 'SPARE' and their first bit, octets of an extended item that the edition does not
know as a list 'MORE'.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from skypact.errors import UsageError
from skypact.interop.asterix.decode import Table
from skypact.interop.asterix.grammar import category_of, grammar_of
from skypact.interop.asterix.layout import MORE, VALUE, Bits, Field, Item, Kind, Shape
from skypact.interop.asterix.text import number_of

Entry: TypeAlias = "int | bytes | list[Entry] | dict[str, Entry]"
Record: TypeAlias = dict[str, Entry]
Physical: TypeAlias = "float | str | bytes | Sequence[Physical] | Mapping[str, Physical]"


def records(table: Table, rows: Iterable[int] | None = None) -> list[Record]:
    """Some records of a table, or all, as nested dicts; slow: for looking closely and for writing again."""
    named = [
        (item, table.grammar.row(item.name)) for item in table.grammar.category.items if item is not None
    ]
    found = []
    for n in range(len(table)) if rows is None else rows:
        begin, end = int(table.begin[n]), int(table.end[n])
        octets = table.data[begin:end].tobytes()
        offsets = table.offsets[n].tolist()
        found.append(
            {item.name: _entry(item, octets, offsets[row])[0] for item, row in named if offsets[row]}
        )
    return found


def _entry(item: Item, octets: bytes, at: int) -> tuple[Entry, int]:
    """The entry of an item that begins there, and where it ends."""
    size = item.part_octets
    if item.shape is Shape.FIXED:
        return _part(item, octets[at : at + size]), at + size
    if item.shape is Shape.REPETITIVE:
        starts = range(at + 1, at + 1 + octets[at] * size, size)
        return [_part(item, octets[k : k + size]) for k in starts], at + 1 + octets[at] * size
    if item.shape is Shape.EXPLICIT:
        return octets[at + 1 : at + octets[at]], at + octets[at]
    if item.shape is Shape.COMPOUND:
        return _compound(item, octets, at)
    end = at + size
    while octets[end - 1] & 1:
        end += size
    parts = [octets[k : k + size] for k in range(at, end, size)]
    if item.shape is Shape.CHAINED:
        return [_part(item, part) for part in parts], end
    fields: dict[str, Entry] = {}
    for k in range(min(len(parts), len(item.parts))):
        fields |= _fields(item.bits[k], int.from_bytes(parts[k]))
    if len(parts) > len(item.parts):
        fields[MORE] = [part[0] >> 1 for part in parts[len(item.parts) :]]
    return fields, end


def _compound(item: Item, octets: bytes, at: int) -> tuple[dict[str, Entry], int]:
    head = at + 1
    while octets[head - 1] & 1:
        head += 1
    found: dict[str, Entry] = {}
    end = head
    for slot, subitem in enumerate(item.subitems[: 7 * (head - at)]):
        if subitem is not None and octets[at + slot // 7] & 0x80 >> slot % 7:
            found[subitem.name], end = _entry(subitem, octets, end)
    return found, end


def _part(item: Item, octets: bytes) -> Entry:
    fields = _fields(item.bits[0], int.from_bytes(octets))
    return fields[VALUE] if item.single else fields


def _fields(bits: tuple[Bits, ...], number: int) -> dict[str, Entry]:
    fields: dict[str, Entry] = {}
    for field in bits:
        found = number >> field.shift & field.mask
        if field.half and found >= field.half:
            found -= field.mask + 1
        if found or field.field.kind is not Kind.SPARE:
            fields[field.key] = found
    return fields


# ------------------------------------------------------------------------------------------ from physical values


def record_of(category: int, items: Mapping[str, Physical], edition: str | None = None) -> Record:
    """A record from physical values in the specification's units, each taken to the nearest number it can hold.

    `items` is shaped as a record. Text may be given for fields of characters ('KLM1023') and of octal digits ('7700').
    A direction that rounds to the full circle becomes 0. Fields left out stay out: an encoder writes 0.

    Raises:
        UsageError: a category, edition, item or field that is not known, or a value that it cannot hold.
    """
    known = {item.name: item for item in grammar_of(category, edition).category.items if item is not None}
    path = f"I{category_of(category).number:03d}/"
    return {name: _quantised(_member(known, name, path), value, path + name) for name, value in items.items()}


def _member(known: Mapping[str, Item], name: str, path: str) -> Item:
    if name not in known:
        raise UsageError(f"{path}{name}", "there is no such item", f"Known: {', '.join(known)}.")
    return known[name]


def _quantised(item: Item, value: Physical, path: str) -> Entry:
    if item.shape is Shape.EXPLICIT:
        if isinstance(value, bytes):
            return value
        raise UsageError(path, f"{value!r} is not bytes", "Give its bytes without their length.")
    if item.shape is Shape.COMPOUND:
        subitems = {sub.name: sub for sub in item.subitems if sub is not None}
        return {
            name: _quantised(_member(subitems, name, f"{path} "), inner, f"{path} {name}")
            for name, inner in mapping_of(value, path).items()
        }
    if item.shape in {Shape.CHAINED, Shape.REPETITIVE}:
        return [_quantised_part(item, part, path) for part in sequence_of(value, path)]
    return _quantised_part(item, value, path)


def _quantised_part(item: Item, value: Physical, path: str) -> Entry:
    if item.single:
        return _number(item.parts[0][0], value, path)
    given = mapping_of(value, path)
    known = {bits.key: bits.field for part in item.bits for bits in part}
    found: dict[str, Entry] = {}
    for name, inner in given.items():
        if name == MORE and item.shape is Shape.EXTENDED:
            found[MORE] = [_number(Field(MORE, 7), part, path) for part in sequence_of(inner, path)]
            continue
        if name not in known:
            raise UsageError(f"{path} {name}", "there is no such field", f"Known: {', '.join(known)}.")
        field = known[name]
        other = bool(field.switch) and given.get(field.switch) == 1
        found[name] = _number(field, inner, f"{path} {name}", field.other_scale if other else field.scale)
    return found


def _number(field: Field, value: Physical, path: str, scale: float | None = None) -> int:
    if isinstance(value, str):
        number = number_of(field, value)
        if number is None:
            raise UsageError(path, f"{value!r} cannot be written in it", "Use fewer or other characters.")
        return number
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise UsageError(path, f"{value!r} is not a number", "Give a finite number.")
    scale = field.scale if scale is None else scale
    exact = value / scale
    number = round(exact)
    if number != exact and not field.unit:
        raise UsageError(path, f"{value!r} is not a whole number", "Give a whole number.")
    if field.circular and number == 2**field.bits:
        number = 0
    least, most = limits_of(field)
    if not least <= number <= most:
        unit = f" {field.unit}" if field.unit else ""
        raise UsageError(
            path, f"{value!r}{unit} is out of range", f"It holds {least * scale:g} to {most * scale:g}{unit}."
        )
    return number


def limits_of(field: Field) -> tuple[int, int]:
    """The least and the greatest number that a field can hold."""
    if field.kind is Kind.SIGNED:
        return -(1 << (field.bits - 1)), (1 << (field.bits - 1)) - 1
    return 0, (1 << field.bits) - 1


def mapping_of(value: object, path: str) -> Mapping[str, Any]:
    """The value if it is a mapping; else UsageError."""
    if not isinstance(value, Mapping):
        raise UsageError(path, f"{value!r} has no names", "Give a dict of fields or subitems.")
    return value


def sequence_of(value: object, path: str) -> Sequence[Any]:
    """The value if it is a list or the like; else UsageError."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise UsageError(path, f"{value!r} is not a list", "Give a list: the item repeats.")
    return value
