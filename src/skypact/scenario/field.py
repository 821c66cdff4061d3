"""The kinds of field a scenario file has: quantities with units, spans, codes, names."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from skypact.model.quantity import SI_UNIT, parse_quantity, written_pattern


def _parser(dimension: str, least: float, most: float) -> Callable[[object], float]:
    def parse(text: object) -> float:
        value = parse_quantity(text, dimension)
        if not least <= value <= most:
            unit = SI_UNIT[dimension]
            raise ValueError(f"a {dimension} from {least:g} {unit} to {most:g} {unit}")
        return value

    return parse


def _schema(dimension: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": written_pattern(dimension)})


def _ordered(span: list[float]) -> list[float]:
    if span[0] > span[1]:
        raise ValueError("the lower number first")
    return span


Height: TypeAlias = Annotated[float, BeforeValidator(_parser("length", -500.0, 12_000.0)), _schema("length")]
Radius: TypeAlias = Annotated[float, BeforeValidator(_parser("length", 100.0, 300_000.0)), _schema("length")]
Size: TypeAlias = Annotated[float, BeforeValidator(_parser("length", 1_000.0, 200_000.0)), _schema("length")]
Delay: TypeAlias = Annotated[float, BeforeValidator(_parser("time", 0.0, 3_600.0)), _schema("time")]
Period: TypeAlias = Annotated[float, BeforeValidator(_parser("time", 1.0, 600.0)), _schema("time")]
Start: TypeAlias = Annotated[float, BeforeValidator(_parser("time", 0.0, 14_400.0)), _schema("time")]
Rate: TypeAlias = Annotated[float, BeforeValidator(_parser("data rate", 100.0, 1e12)), _schema("data rate")]
Lag: TypeAlias = Annotated[float, BeforeValidator(_parser("time", 0.0, 30.0)), _schema("time")]
Shift: TypeAlias = Annotated[float, BeforeValidator(_parser("length", 0.0, 300_000.0)), _schema("length")]
Grid: TypeAlias = Annotated[float, BeforeValidator(_parser("length", 100.0, 200_000.0)), _schema("length")]
Facing: TypeAlias = Annotated[
    float, BeforeValidator(_parser("angle", -2.0 * math.pi, 2.0 * math.pi)), _schema("angle")
]

Level: TypeAlias = Annotated[float, BeforeValidator(_parser("length", 0.0, 30_000.0)), _schema("length")]
Sight: TypeAlias = Annotated[float, BeforeValidator(_parser("length", 50.0, 300_000.0)), _schema("length")]
Wind: TypeAlias = Annotated[float, BeforeValidator(_parser("speed", 0.0, 100.0)), _schema("speed")]
Width: TypeAlias = Annotated[
    float, BeforeValidator(_parser("angle", math.radians(0.1), 2.0 * math.pi)), _schema("angle")
]

StartSpan: TypeAlias = Annotated[list[Start], Field(min_length=2, max_length=2), AfterValidator(_ordered)]
Relief: TypeAlias = Annotated[float, BeforeValidator(_parser("length", 0.0, 500.0)), _schema("length")]
ReliefSpan: TypeAlias = Annotated[list[Relief], Field(min_length=2, max_length=2), AfterValidator(_ordered)]
CountSpan: TypeAlias = Annotated[
    list[Annotated[int, Field(ge=0, le=1_000)]], Field(min_length=2, max_length=2), AfterValidator(_ordered)
]

Code: TypeAlias = Annotated[
    str, Field(pattern=r"^[A-Z]{3}$", description="ISO 3166 alpha-3 code of a nation")
]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=80)]
Latitude: TypeAlias = Annotated[float, Field(ge=-85.0, le=85.0, description="degrees north")]
Longitude: TypeAlias = Annotated[float, Field(ge=-180.0, le=180.0, description="degrees east")]
Share: TypeAlias = Annotated[float, Field(ge=0.0, le=1.0)]

_BASIS = r"^(cited: .*\((?:[0-9]{1,2} )?(?:[A-Z][a-z]+ )?(?:19|20)[0-9]{2}\).*|assumption: .+)$"
_BASIS_WORDS = "'cited: SOURCE (DATE)', the date as 2025, July 2022 or 5 July 2022, or 'assumption: REASON'"


def _cited_or_assumed(text: str) -> str:
    if re.match(_BASIS, text) is None:
        raise ValueError(_BASIS_WORDS)
    return text


Basis: TypeAlias = Annotated[
    str,
    AfterValidator(_cited_or_assumed),
    WithJsonSchema({"type": "string", "pattern": _BASIS, "description": _BASIS_WORDS}),
]
