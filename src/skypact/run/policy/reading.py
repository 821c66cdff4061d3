"""A level of a scenario's policy as it is read: what comes from whom to whom, by which lines."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

from skypact.errors import UsageError
from skypact.model.codes import ORDERED_CONTENTS, STATUSES, Content
from skypact.model.document import choice
from skypact.model.scenario import Policy, Release, Scenario
from skypact.run.library import load
from skypact.scenario import LevelName, parse_level
from skypact.share import LevelRules, Source, governing, information_set, rules_for

DEFAULT_LEVEL = "pact"


@dataclass(frozen=True)
class Chosen:
    """One level of one scenario."""

    name: str
    """As it was asked for, a file without its folder"""
    scenario: Scenario
    level: LevelName
    rules: LevelRules

    @property
    def nations(self) -> tuple[str, ...]:
        """Codes in the order of rows."""
        return self.scenario.nations

    @property
    def policy(self) -> Policy:
        """The written policy."""
        return self.scenario.policy

    @property
    def title(self) -> str:
        """Which level of which scenario."""
        return f"level {self.rules.level} of {self.name}"

    def full_name(self, nation: int) -> str:
        """A nation's name and code."""
        return f"{self.scenario.nation_names[nation]} ({self.nations[nation]})"

    def other_reading(self) -> Chosen:
        """The same level under the other reading of the legal bars."""
        policy = replace(self.policy, passing_through=not self.policy.passing_through)
        rules = _rules(policy, self.nations, self.rules.level, self.level)
        return replace(self, scenario=replace(self.scenario, policy=policy), rules=rules)


@dataclass(frozen=True)
class Flow:
    """What of one origin's information comes to one receiver: a line of its information set in codes."""

    content: Content
    delay_s: float
    path: tuple[str, ...]
    conditional: bool
    lines: tuple[Release, ...]
    """The lines that may let it go, in order of the hops and of the file, each once"""


def choose(name: str, level: str) -> Chosen:
    """A level of a built-in scenario or a file.

    Raises:
        UsageError: there is no such scenario or level.
        InputError: the file has faults.
    """
    scenario = load(name).scenario
    parsed = parse_level(level, scenario.nations, tuple(scenario.policy.levels))
    shown = Path(name).name
    return Chosen(shown, scenario, parsed, _rules(scenario.policy, scenario.nations, level, parsed))


def nation_row(chosen: Chosen, option: str, code: str) -> int:
    """The row of a nation named on the command line, in capitals or not.

    Raises:
        UsageError: the scenario has none of that code.
    """
    if code.upper() in chosen.nations:
        return chosen.nations.index(code.upper())
    raise UsageError(
        f"{option} {code}",
        f"no such nation in {chosen.name}",
        f"Name {choice(code.upper(), chosen.nations)}.",
    )


def flows(chosen: Chosen, origin: int, receiver: int) -> tuple[Flow, ...]:
    """What comes from one nation to another, the most content first, statuses last; empty where nothing can."""
    found = [source for source in information_set(chosen.rules, receiver) if source.nation == origin]
    found.sort(key=lambda source: (source.content not in ORDERED_CONTENTS, -source.content))
    if chosen.rules.pooled:  # a pool holds detections; with it everything else is given
        found += [replace(source, content=status) for source in found for status in STATUSES]
    return tuple(_flow(chosen, source, receiver) for source in found)


def covering(found: tuple[Flow, ...], content: Content) -> Flow | None:
    """The flow with which a content comes: its own where it has one, else that of a greater content."""
    fitting = [
        flow
        for flow in found
        if flow.content == content or (content in ORDERED_CONTENTS and content < flow.content <= 3)
    ]
    return min(fitting, key=lambda flow: (flow.content != content, flow.conditional), default=None)


def _flow(chosen: Chosen, source: Source, receiver: int) -> Flow:
    rules = chosen.rules
    if rules.pooled:
        return Flow(source.content, source.delay_s, (), False, ())
    rows = [row for hop in governing(rules, source, receiver) for row in hop]
    lines = [rules.lines[row] for row in dict.fromkeys(rows)]
    if not source.terms:
        plain = [line for line in lines if not is_filtered(line)]
        lines = plain or lines
    path = tuple(chosen.nations[k] for k in source.path)
    return Flow(source.content, source.delay_s, path, bool(source.terms), tuple(lines))


def is_filtered(line: Release) -> bool:
    """Whether a line lets only some objects, times or details through."""
    filters = line.classes or line.region or line.threatening or line.accuracy_m or line.nameless
    return bool(filters) or line.on_alert or line.from_s > -math.inf or line.until_s < math.inf


def _rules(policy: Policy, nations: tuple[str, ...], name: str, level: LevelName) -> LevelRules:
    return rules_for(policy, nations, name, level.base, level.hub, level.without)
