"""Units as people write them, and the SI values that the program holds."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

LIGHT_MPS = 299_792_458.0
"""The speed of light in vacuum."""

UNITS: Mapping[str, tuple[str, float]] = {
    "m": ("length", 1.0),
    "km": ("length", 1_000.0),
    "NM": ("length", 1_852.0),
    "ft": ("length", 0.3048),
    "s": ("time", 1.0),
    "ms": ("time", 0.001),
    "us": ("time", 1e-6),
    "ns": ("time", 1e-9),
    "min": ("time", 60.0),
    "h": ("time", 3_600.0),
    "rad": ("angle", 1.0),
    "mrad": ("angle", 0.001),
    "urad": ("angle", 1e-6),
    "deg": ("angle", math.pi / 180.0),
    "m/s": ("speed", 1.0),
    "km/h": ("speed", 1.0 / 3.6),
    "kt": ("speed", 1_852.0 / 3_600.0),
    "m/s2": ("acceleration", 1.0),
    "m2": ("area", 1.0),
    "kg/m2": ("mass per area", 1.0),
    "W": ("power", 1.0),
    "kW": ("power", 1e3),
    "MW": ("power", 1e6),
    "Hz": ("frequency", 1.0),
    "kHz": ("frequency", 1e3),
    "MHz": ("frequency", 1e6),
    "GHz": ("frequency", 1e9),
    "bit/s": ("data rate", 1.0),
    "kbit/s": ("data rate", 1e3),
    "Mbit/s": ("data rate", 1e6),
    "K": ("temperature", 1.0),
    "dB": ("level", 1.0),
    "USD": ("price", 1.0),
    "count": ("number", 1.0),
    "1": ("share", 1.0),
}
"""Unit -> (dimension, factor to the dimension's SI unit)."""

SI_UNIT: Mapping[str, str] = {dimension: unit for unit, (dimension, factor) in UNITS.items() if factor == 1.0}
"""Dimension -> the unit in which the program holds it."""

_EXAMPLE = {
    "length": "40 km",
    "time": "90 s",
    "angle": "60 deg",
    "speed": "180 km/h",
    "price": "50000 USD",
    "data rate": "256 kbit/s",
}
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_WRITTEN = re.compile(rf"\s*({_NUMBER})\s*(\S+)\s*")


def units_of(dimension: str) -> tuple[str, ...]:
    """The units of a dimension, in the order of the table."""
    return tuple(unit for unit, (kind, _) in UNITS.items() if kind == dimension)


def expectation(dimension: str) -> str:
    """What a reader is told to write for a quantity of this dimension."""
    example = f' such as "{_EXAMPLE[dimension]}"' if dimension in _EXAMPLE else ""
    article = "an" if dimension[0] in "aeiou" else "a"
    return f"{article} {dimension}{example} (units {', '.join(units_of(dimension))})"


def written_pattern(dimension: str) -> str:
    """A regular expression of the quantities of this dimension, for editors (JSON Schema)."""
    units = "|".join(re.escape(unit) for unit in units_of(dimension))
    return rf"^\s*{_NUMBER}\s*(?:{units})\s*$"


def parse_quantity(text: object, dimension: str) -> float:
    """The SI value of a quantity written with its unit, as "40 km".

    Raises:
        ValueError: not a text of a finite number and a unit of this dimension; the message is what was expected.
    """
    match = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(expectation(dimension))
    kind, factor = UNITS.get(match[2], ("", 1.0))
    value = float(match[1]) * factor
    if kind != dimension or not math.isfinite(value):
        raise ValueError(expectation(dimension))
    return value
