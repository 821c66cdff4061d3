"""Characters in numbers, and back: 8 bits each, or 6 (ICAO Annex 10 Vol. IV, table 3-9), or octal digits of 3."""

from __future__ import annotations

from skypact.interop.asterix.layout import Field, Kind

UNKNOWN = "?"
"""Stands for a number that means no character; it is itself no character of six bits."""

_LETTERS = {chr(ord("A") + k): k + 1 for k in range(26)} | {" ": 32} | {str(k): 48 + k for k in range(10)}
_ALPHABETS: dict[Kind, tuple[int, dict[str, int]]] = {
    Kind.ASCII: (8, {chr(k): k for k in range(32, 127)}),
    Kind.ICAO: (6, _LETTERS),
    Kind.OCTAL: (3, {str(k): k for k in range(8)}),
}
_CHARACTERS = {kind: {code: char for char, code in codes.items()} for kind, (_, codes) in _ALPHABETS.items()}


def text_of(field: Field, number: int) -> str:
    """The characters of a field of text or octal digits, without the blanks at its end ('' of any other field)."""
    if field.kind not in _ALPHABETS:
        return ""
    width = _ALPHABETS[field.kind][0]
    shifts = range(field.bits - width, -1, -width)
    codes = _CHARACTERS[field.kind]
    return "".join(codes.get(number >> shift & (1 << width) - 1, UNKNOWN) for shift in shifts).rstrip()


def number_of(field: Field, text: str) -> int | None:
    """The number that is a text, filled with blanks (octal digits: exactly as many); None if it cannot be written."""
    if field.kind not in _ALPHABETS:
        return None
    width, codes = _ALPHABETS[field.kind]
    length = field.bits // width
    filled = text if field.kind is Kind.OCTAL else text.ljust(length)
    if len(filled) != length or any(char not in codes for char in filled):
        return None
    number = 0
    for char in filled:
        number = number << width | codes[char]
    return number
