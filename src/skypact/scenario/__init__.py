"""What the analyst writes: its schema, a check that names all faults at once, and the names of levels."""

from __future__ import annotations

from skypact.scenario.check import Known, check
from skypact.scenario.level import BASES, SWITCHES, LevelName, parse_level
from skypact.scenario.load import Resolver, load
from skypact.scenario.policy import with_reading
from skypact.scenario.schema import json_schema
from skypact.scenario.site import Airports, Cities

__all__ = [
    "BASES",
    "SWITCHES",
    "Airports",
    "Cities",
    "Known",
    "LevelName",
    "Resolver",
    "check",
    "json_schema",
    "load",
    "parse_level",
    "with_reading",
]
