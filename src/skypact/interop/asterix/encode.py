"""Writing ASTERIX: records in, a data block out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from skypact.errors import UsageError
from skypact.interop.asterix.grammar import grammar_of
from skypact.interop.asterix.layout import MORE, Bits, Field, Item, Shape
from skypact.interop.asterix.record import Record, limits_of, mapping_of, sequence_of

MAX_BLOCK = 0xFFFF
"""Octets of the longest block."""

_MORE = Bits(MORE, 1, 0x7F, 0, Field(MORE, 7))


def encode_block(category: int, records: Iterable[Record], edition: str | None = None) -> bytes:
    """A data block of records, each with the shortest FSPEC; fields left out are 0.

    Raises:
        UsageError: a category, edition, item or field that is not known, a number that does not fit, a record without
            items, or more than a block can hold.
    """
    items = grammar_of(category, edition).category.items
    path = f"I{category:03d}/"
    body = b"".join(_record(items, record, path) for record in records)
    if len(body) + 3 > MAX_BLOCK:
        raise UsageError(
            f"a block of category {category:03d}",
            f"{len(body) + 3} octets are more than {MAX_BLOCK}",
            "Write fewer records in a block.",
        )
    return bytes((category,)) + (len(body) + 3).to_bytes(2) + body


def _record(items: tuple[Item | None, ...], record: Record, path: str) -> bytes:
    if not record:
        raise UsageError(f"a record of {path.rstrip('/')}", "it has no item", "Give it at least one item.")
    return _listed(items, record, path)


def _listed(items: tuple[Item | None, ...], entries: Mapping[str, Any], path: str) -> bytes:
    """The bits that say which items follow, and these."""
    names = [None if item is None else item.name for item in items]
    unknown = [name for name in entries if name not in names]
    if unknown:
        known = ", ".join(name for name in names if name is not None)
        raise UsageError(f"{path}{unknown[0]}", "there is no such item", f"Known: {known}.")
    slots = [slot for slot, name in enumerate(names) if name is not None and name in entries]
    head = bytearray(slots[-1] // 7 + 1 if slots else 1)
    for k in range(len(head) - 1):
        head[k] = 1
    body = b""
    for slot in slots:
        head[slot // 7] |= 0x80 >> slot % 7
        item = items[slot]
        if item is not None:
            body += _item(item, entries[item.name], path + item.name)
    return bytes(head) + body


def _item(item: Item, entry: object, path: str) -> bytes:
    if item.shape is Shape.FIXED:
        return _part(item, entry, path).to_bytes(item.part_octets)
    if item.shape is Shape.COMPOUND:
        return _listed(item.subitems, mapping_of(entry, path), f"{path} ")
    if item.shape is Shape.EXPLICIT:
        if not isinstance(entry, bytes) or len(entry) > 0xFE:
            raise UsageError(path, f"{entry!r} is not at most 254 bytes", "Give bytes without their length.")
        return bytes((len(entry) + 1,)) + entry
    if item.shape is Shape.EXTENDED:
        return _followed(_extents(item, mapping_of(entry, path), path), 1)
    parts = [_part(item, part, path) for part in sequence_of(entry, path)]
    if item.shape is Shape.CHAINED:
        if not parts:
            raise UsageError(path, "an empty list", "Give at least one part, or leave the item out.")
        return _followed(parts, item.part_octets)
    if len(parts) > 0xFF:
        raise UsageError(path, f"{len(parts)} parts are more than 255", "Give fewer.")
    return bytes((len(parts),)) + b"".join(part.to_bytes(item.part_octets) for part in parts)


def _followed(parts: list[int], octets: int) -> bytes:
    """Parts, the last bit of all but the last of them set."""
    return b"".join((part | (k < len(parts) - 1)).to_bytes(octets) for k, part in enumerate(parts))


def _extents(item: Item, fields: Mapping[str, Any], path: str) -> list[int]:
    """The parts of an extended item up to the last that has a field."""
    keys = [{bits.key for bits in part} for part in item.bits]
    _check_names(set().union(*keys, {MORE}), fields, path)
    more = [_fitting(_MORE, part, f"{path} {MORE}") for part in sequence_of(fields.get(MORE, ()), path)]
    last = (
        len(keys) - 1 if more else max((k for k, part in enumerate(keys) if part & fields.keys()), default=0)
    )
    return [_sum(part, fields, path) for part in item.bits[: last + 1]] + more


def _part(item: Item, entry: object, path: str) -> int:
    """A part as the number that it is."""
    if item.single:
        return _fitting(item.bits[0][0], entry, path)
    fields = mapping_of(entry, path)
    _check_names({bits.key for bits in item.bits[0]}, fields, path)
    return _sum(item.bits[0], fields, path)


def _sum(part: tuple[Bits, ...], fields: Mapping[str, Any], path: str) -> int:
    return sum(_fitting(bits, fields.get(bits.key, 0), f"{path} {bits.key}") for bits in part)


def _fitting(bits: Bits, number: object, path: str) -> int:
    """A number in its place in its part."""
    if not isinstance(number, int):
        raise UsageError(
            path, f"{number!r} is not a whole number", "record_of makes them of physical values."
        )
    least, most = limits_of(bits.field)
    if not least <= number <= most:
        raise UsageError(path, f"{number} is out of range", f"It holds {least} to {most}.")
    return (number & bits.mask) << bits.shift


def _check_names(known: set[str], fields: Mapping[str, Any], path: str) -> None:
    unknown = fields.keys() - known
    if unknown:
        raise UsageError(
            f"{path} {min(unknown)}", "there is no such field", f"Known: {', '.join(sorted(known))}."
        )
