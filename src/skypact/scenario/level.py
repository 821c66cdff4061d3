"""The grammar of level names: the same in scenario files, on the command line and in reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skypact.errors import UsageError
from skypact.model.document import nearest

BASES = ("national", "today", "pact", "full", "warnings", "tracks")
"""Levels that every scenario has; `hub:XXX` and the modifier `without:XXX` name a nation."""


@dataclass(frozen=True)
class LevelName:
    """A level name taken apart.

    `base` is one of `BASES`, a level written in the scenario, or "hub" with `hub` the nation in the middle.
    """

    base: str
    hub: str | None = None
    without: tuple[str, ...] = ()


def parse_level(name: str, nations: Sequence[str], written: Sequence[str]) -> LevelName:
    """The parts of a level name such as `pact`, `hub:SAU` or `tracks+without:QAT`.

    `without:XXX` alone is `pact+without:XXX`; several nations may be left out, each with its own modifier.

    Args:
        name: the level's name.
        nations: codes of the scenario's nations.
        written: further levels that the scenario writes out.

    Raises:
        UsageError: there is no such level or nation, or a level that leaves out its own hub.
    """
    words = name.split("+")
    if words[0].startswith("without:"):
        words.insert(0, "pact")
    first, *modifiers = words
    base, _, middle = first.partition(":")
    known = tuple(dict.fromkeys((*BASES, *written)))
    hub = middle if base == "hub" and middle in nations else None
    if hub is None and first not in known:
        raise _unknown(name, first, nations, known)
    without: list[str] = []
    for modifier in modifiers:
        word, _, nation = modifier.partition(":")
        if word != "without" or nation not in nations or nation in (*without, hub):
            raise _unknown(name, word, nations, known)
        without.append(nation)
    return LevelName(base, hub, tuple(without))


def _unknown(name: str, word: str, nations: Sequence[str], known: Sequence[str]) -> UsageError:
    near = nearest(word, known)
    hint = f"Perhaps '{near}'. " if near is not None and near != name else ""
    names = f"{', '.join(known)}, hub:XXX, each with any number of +without:XXX; or without:XXX alone"
    found = "no such level, or a nation that is not there, is named twice or is the hub"
    return UsageError(f"level '{name}'", found, f"{hint}Levels: {names}. Nations: {', '.join(nations)}.")
