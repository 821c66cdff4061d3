"""The grammar of level names: the same in scenario files, on the command line and in reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skypact.errors import UsageError
from skypact.model.doctrine import Coordination
from skypact.model.document import nearest

BASES = ("national", "today", "pact", "full", "warnings", "tracks")
"""Levels that every scenario has; `hub:XXX` and the modifier `without:XXX` name a nation."""
SWITCHES = ("cueing", "engage_on_remote", "coordinated_fire")
"""What a level may let sharing do beside informing: each a modifier of its own, in the order of the ladder."""


@dataclass(frozen=True)
class LevelName:
    """A level name taken apart.

    `base` is one of `BASES`, a level written in the scenario, or "hub" with `hub` the nation in the middle.
    """

    base: str
    hub: str | None = None
    without: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    """Nations whose links are down for the time that the scenario states."""
    rule: Coordination | None = None
    """Under which rule fire is co-ordinated; None where the scenario says."""


def parse_level(name: str, nations: Sequence[str], written: Sequence[str]) -> LevelName:
    """The parts of a level name such as `pact`, `hub:SAU`, `tracks+without:QAT` or `pact+cueing+cut:USA`.

    `without:XXX` alone is `pact+without:XXX`; several nations may be left out or cut off, each with its own modifier.
    A switch stands after the level that it belongs to; `coordinated_fire:RULE` says under which rule.

    Args:
        name: the level's name.
        nations: codes of the scenario's nations.
        written: further levels that the scenario writes out.

    Raises:
        UsageError: there is no such level, nation or switch, one is named twice, or a level leaves out its own hub.
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
    cut: list[str] = []
    switches: list[str] = []
    rule: Coordination | None = None
    for modifier in modifiers:
        word, _, nation = modifier.partition(":")
        if modifier in SWITCHES and modifier not in switches:
            switches.append(modifier)
        elif word == "coordinated_fire" and word not in switches and nation in set(Coordination):
            switches.append(word)
            rule = Coordination(nation)
        elif word == "without" and nation in nations and nation not in (*without, *cut, hub):
            without.append(nation)
        elif word == "cut" and nation in nations and nation not in (*without, *cut):
            cut.append(nation)
        else:
            raise _unknown(name, word, nations, known)
    return LevelName(base, hub, tuple(without), tuple(switches), tuple(cut), rule)


def _unknown(name: str, word: str, nations: Sequence[str], known: Sequence[str]) -> UsageError:
    near = nearest(word, known)
    hint = f"Perhaps '{near}'. " if near is not None and near != name else ""
    switches = ", ".join(f"+{switch}" for switch in SWITCHES)
    names = (
        f"{', '.join(known)}, hub:XXX, each with any number of +without:XXX and +cut:XXX, and with {switches}; "
        f"or without:XXX alone; coordinated_fire takes a rule, as +coordinated_fire:pooled ({', '.join(Coordination)})"
    )
    found = "no such level or switch, or a nation that is not there, is named twice or is the hub"
    return UsageError(f"level '{name}'", found, f"{hint}Levels: {names}. Nations: {', '.join(nations)}.")
