"""Whom a policy names: codes, groups, everyone, everyone but some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from skypact.scenario.policy_schema import ALL_BUT, ReleaseEntry


def party(
    words: Sequence[str], sender: str, nations: Sequence[str], groups: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """The nations that words of a policy name, the sender never among them.

    Args:
        words: codes, names of groups, `all`, `refused` or `none`; after `all_but` those who are left out.
        sender: whose policy it is.
        nations: codes of the scenario.
        groups: name -> members.

    Returns:
        Codes in the order in which they are named, each once; unknown words are passed over.
    """
    if words and words[0] == ALL_BUT:
        left_out = party(words[1:], sender, nations, groups)
        return tuple(code for code in nations if code not in (*left_out, sender))
    named: dict[str, None] = {}
    for word in words:
        members = nations if word == "all" else groups.get(word, [word] if word in nations else [])
        named |= dict.fromkeys(code for code in members if code in nations and code != sender)
    return tuple(named)


def receivers_of(
    entry: ReleaseEntry,
    sender: str,
    nations: Sequence[str],
    groups: Mapping[str, Sequence[str]],
    bars: Set[frozenset[str]],
) -> tuple[str, ...]:
    """The receivers of a line. A word for many leaves out whom a legal bar keeps from the sender, if sent directly."""
    named = party(entry.to, sender, nations, groups)
    if entry.through is not None:
        return named
    return tuple(code for code in named if code in entry.to or frozenset((sender, code)) not in bars)
