"""Detections go where, when and as late as the one release function says, plot by plot, and are counted as they go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pytest

from skypact.model.codes import Content, EventKind
from skypact.model.detection import Detections
from skypact.model.link import Link, Links
from skypact.model.release import NO_CLASS, Items
from skypact.model.scenario import Policy, Release
from skypact.run import exchange, tracking
from skypact.run.build import Wired
from skypact.run.carriage import left_at, windows_of
from skypact.run.level import new_levels
from skypact.run.outcome import kill, true_states
from skypact.run.paired import RAID_CLASSES, prepare
from skypact.run.pipeline import step
from skypact.run.state import Level, own_pool
from skypact.share import LevelRules, releasable, rules_for
from skypact.track import advance
from tests.run.test_exchange import BHR, QAT, SAU, _line, _wired

S = 1_000_000_000
EPOCH_NS = 5 * S
MINUTE_NS = 60 * S
NEVER_NS = 2**62
D = Content.DETECTIONS
EPOCHS = 72
"""Until 300 s, a whole minute."""
SENT, RECEIVED, REFUSED, LOST = (
    EventKind.MESSAGE_SENT,
    EventKind.MESSAGE_RECEIVED,
    EventKind.MESSAGE_REFUSED,
    EventKind.MESSAGE_LOST,
)

Plot: TypeAlias = tuple[int, int, int]
"""Instant, sensor, identity."""
Alert: TypeAlias = Callable[[int, int], bool]
"""Whether a nation is on alert at an instant (ns)."""


def scripted(nation: int, now_ns: int) -> bool:
    """Alerts that come, go and come again, one nation's not when the other's."""
    now_s = now_ns // S
    return 60 <= now_s < 120 or 165 <= now_s < 240 if nation == QAT else 90 <= now_s < 200


def from_100_s(nation: int, now_ns: int) -> bool:
    """Alert in force from an instant on."""
    return now_ns >= 100 * S


@dataclass
class Played:
    """A level after a run, and what its trackers were fed."""

    level: Level
    start_ns: int
    end_ns: int
    ready_ns: dict[Plot, int] = field(default_factory=dict)
    fed_ns: dict[int, dict[Plot, int]] = field(default_factory=dict)
    """By identity of the tracker's bank: plot -> epoch at which it was fed"""

    def own(self, nation: int) -> dict[Plot, int]:
        """What a nation's own tracker was fed: its sensors' plots of what is still there at this level."""
        return self.fed_ns[id(self.level.cells[own_pool(nation)].bank)]

    def others(self, nation: int, owner: int, wired: Wired) -> dict[Plot, int]:
        """What the tracker of a nation's picture was fed of another's."""
        bank = self.level.cells[self.level.view_of(nation).pool].bank
        sensors = wired.network.sensors.nation
        return {plot: t for plot, t in self.fed_ns[id(bank)].items() if sensors[plot[1]] == owner}

    def counted(self, kind: EventKind) -> dict[tuple[int, int, int], int]:
        """Plots by sender, receiver and end of the minute, as the level's events tell them."""
        events = self.level.events.columns()
        rows = np.flatnonzero((events["kind"] == kind) & (events["place"] == D))
        return {
            (int(events["nation"][k]), int(events["other"][k]), int(events["t_ns"][k])): int(
                events["value"][k]
            )
            for k in rows
        }


def _play(monkeypatch: pytest.MonkeyPatch, wired: Wired, alert: Alert | None, fire: bool = True) -> Played:
    """A run to its 300th second, its alerts as written if they are; with `fire` some of the raid is shot down."""
    plan, sensed = prepare(wired, 0, 1)
    if not fire:
        plan = replace(plan, own_batteries=tuple(rows[:0] for rows in plan.own_batteries))
    (level,) = new_levels(plan, sensed, 0)
    start_ns = round(plan.span_s[0] * 1e9)
    played = Played(level, start_ns, start_ns + EPOCHS * EPOCH_NS)
    now_ns = start_ns

    def spy(bank: Any, sensors: Any, found: Detections, begin: int, end: int, use: Any, *rest: Any) -> Any:
        fed = played.fed_ns.setdefault(id(bank), {})
        for k in range(begin, end):
            if use is None or use[k]:
                plot = (int(found.t_ns[k]), int(found.sensor[k]), int(found.detection_id[k]))
                assert plot not in fed
                fed[plot] = now_ns
                played.ready_ns[plot] = int(found.ready_ns[k])
        return advance(bank, sensors, found, begin, end, use, *rest)

    monkeypatch.setattr(tracking, "advance", spy)
    if alert is not None:
        monkeypatch.setattr(exchange, "on_alert", lambda plan, level, nation: alert(nation, now_ns))
    for _ in range(EPOCHS):
        now_ns += EPOCH_NS
        step(plan, [level], now_ns * 1e-9)
        if fire and now_ns == 150 * S:
            states = true_states(plan.truth, now_ns * 1e-9)
            flying = ~np.isnan(states[:, 0]) & np.isin(plan.truth.object_class, RAID_CLASSES)
            for row in np.flatnonzero(flying)[:8]:
                kill(plan, level, int(row), now_ns, states[row])
    return played


def _plot_of(owner: int) -> Items:
    nowhere = np.full(1, np.nan)
    return Items(
        D,
        np.array([1 << owner], np.uint32),
        np.full(1, NO_CLASS, np.uint8),
        nowhere,
        nowhere,
        np.zeros(1, np.uint32),
    )


def _goes(rules: LevelRules, owner: int, sender: int, receiver: int, at_ns: int, alert: bool) -> int:
    """When the release function lets a plot go that is at its sender at an instant; NEVER_NS where it refuses."""
    verdicts = releasable(rules, sender, np.array([receiver]), _plot_of(owner), at_ns * 1e-9, alert)
    return at_ns + round(verdicts.delay_s[0, 0] * 1e9) if verdicts.allowed[0, 0] else NEVER_NS


def _minute(t_ns: int) -> int:
    return -(-t_ns // MINUTE_NS) * MINUTE_NS


LINES: dict[str, tuple[Release, ...]] = {
    "sooner first, later then": (
        _line("QAT", ("BHR",), D, delay_s=1.0, until_s=100.0),
        _line("QAT", ("BHR",), D, delay_s=9.0, from_s=100.0),
    ),
    "until an instant between two messages": (_line("QAT", ("BHR",), D, delay_s=1.0, until_s=101.3),),
    "ended before the run": (_line("QAT", ("BHR",), D, delay_s=1.0, until_s=-200.0),),
    "on alert alone": (_line("QAT", ("BHR",), D, delay_s=1.0, on_alert=True),),
    "late always, soon on alert": (
        _line("QAT", ("BHR",), D, delay_s=10.0),
        _line("QAT", ("BHR",), D, delay_s=1.0, on_alert=True),
    ),
    "on alert until an instant, later then": (
        _line("QAT", ("BHR",), D, delay_s=1.5, on_alert=True, until_s=187.2),
        _line("QAT", ("BHR",), D, delay_s=7.0, from_s=187.2),
    ),
}
RELAYED: dict[str, tuple[Release, ...]] = {
    "passed on": (_line("QAT", ("SAU",), D, delay_s=2.0, onward=("BHR",)),),
    "passed on until an instant": (_line("QAT", ("SAU",), D, delay_s=2.0, onward=("BHR",), until_s=101.3),),
    "passed on where each is on alert": (
        _line("QAT", ("SAU",), D, delay_s=2.0, onward=("BHR",), on_alert=True),
    ),
    "passed on sooner on alert": (
        _line("QAT", ("SAU",), D, delay_s=4.0, onward=("BHR",), until_s=221.7),
        _line("QAT", ("SAU",), D, delay_s=1.0, onward=("BHR",), on_alert=True),
    ),
}


@pytest.mark.parametrize("name", [*LINES, *RELAYED])
def test_every_plot_comes_as_the_release_function_says_of_it_at_its_instant_and_is_counted_so(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Debris among them, on every hop, minute by minute."""
    way = (QAT, BHR) if name in LINES else (QAT, SAU, BHR)
    lines = LINES.get(name) or RELAYED[name]
    wired = _wired(("pact",), lines, passes_on={"SAU": ("BHR",)} if name in RELAYED else {})
    played = _play(monkeypatch, wired, scripted)
    rules = played.level.rules

    def told_alert(nation: int, at_ns: int) -> bool:
        message_ns = (-(-at_ns // EPOCH_NS) - 1) * EPOCH_NS
        return message_ns > played.start_ns and scripted(nation, message_ns)

    expected: dict[int, dict[Plot, int]] = {nation: {} for nation in way[1:]}
    counts: dict[EventKind, Counter[tuple[int, int, int]]] = {k: Counter() for k in (SENT, RECEIVED, REFUSED)}
    for plot in played.own(QAT):
        at_ns = played.ready_ns[plot]
        for sender, receiver in pairwise(way):
            goes_ns = _goes(rules, QAT, sender, receiver, at_ns, told_alert(sender, at_ns))
            if goes_ns == NEVER_NS:
                counts[REFUSED][sender, receiver, _minute(at_ns)] += 1
                break
            at_ns = goes_ns
            if at_ns > played.end_ns:
                break
            expected[receiver][plot] = -(-at_ns // EPOCH_NS) * EPOCH_NS
            counts[SENT][sender, receiver, _minute(at_ns)] += 1
            counts[RECEIVED][sender, receiver, _minute(at_ns)] += 1
    for nation in way[1:]:
        assert played.others(nation, QAT, wired) == expected[nation], nation
    for kind, wanted in counts.items():
        assert played.counted(kind) == dict(wanted), kind.name
    assert played.counted(LOST) == {}
    refuses = name not in ("sooner first, later then", "late always, soon on alert", "passed on")
    assert bool(counts[REFUSED]) is refuses
    assert bool(counts[RECEIVED]) is (name != "ended before the run")


def test_debris_does_not_get_by_a_gate_that_never_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    wired = _wired(("pact",), LINES["on alert alone"])
    played = _play(monkeypatch, wired, lambda nation, now_ns: False)
    stream = played.level.cells[own_pool(QAT)].stream.detections
    sensed = set(zip(stream.t_ns.tolist(), stream.sensor.tolist(), stream.detection_id.tolist(), strict=True))
    assert set(played.own(QAT)) - sensed
    assert played.others(BHR, QAT, wired) == {}
    assert played.counted(SENT) == played.counted(RECEIVED) == {}
    assert sum(played.counted(REFUSED).values()) == len(played.own(QAT))


POOR = Links((Link("QAT", "BHR", delay_s=0.4, jitter_s=1.5, loss=0.3),))


def test_lost_is_what_was_sent_and_never_came_and_refused_what_was_never_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wired = _wired(("pact",), LINES["until an instant between two messages"], links=POOR)
    played = _play(monkeypatch, wired, scripted)
    ready_ns = [played.ready_ns[plot] for plot in played.own(QAT)]
    free = sum(t_ns < 101_300_000_000 for t_ns in ready_ns)
    sent, came, refused, lost = (
        sum(played.counted(kind).values()) for kind in (SENT, RECEIVED, REFUSED, LOST)
    )
    assert (sent, refused) == (free, len(ready_ns) - free)
    assert came == len(played.others(BHR, QAT, wired))
    assert came + lost == sent
    assert 0.1 < lost / sent < 0.6


def test_what_a_shut_gate_withholds_does_not_delay_or_lose_what_follows_on_a_narrow_link(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where nobody fires, what comes is as if the line began when the gate opens, though nobody knew it would."""
    narrow = Links((Link("QAT", "BHR", delay_s=0.4, jitter_s=1.5, loss=0.3, bandwidth_bps=2500.0),))
    runs = []
    for terms in ({"from_s": 100.0}, {"on_alert": True}):
        wired = _wired(("pact",), (_line("QAT", ("BHR",), D, delay_s=1.0, **terms),), links=narrow)
        with monkeypatch.context() as patch:
            played = _play(patch, wired, from_100_s, fire=False)
        counts = [played.counted(kind) for kind in (SENT, RECEIVED, REFUSED, LOST)]
        runs.append((played.others(BHR, QAT, wired), counts))
    came, (_, _, refused, lost) = runs[0]
    assert min(len(came), sum(refused.values()), sum(lost.values())) > 100
    assert runs[0] == runs[1]


def test_detections_released_on_alert_alone_come_from_the_next_message_after_it_is_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wired = _wired(("pact",), LINES["on alert alone"])
    played = _play(monkeypatch, wired, None)
    events = played.level.events.columns()
    raised = (events["kind"] == EventKind.ALERT) & (events["nation"] == QAT) & (events["other"] == 3)
    # Alerts are raised after the message of the same epoch has gone.
    opens_ns = int(np.asarray(events["t_ns"][raised]).min()) + EPOCH_NS
    came_ns = np.array([played.ready_ns[plot] for plot in played.others(BHR, QAT, wired)])
    assert opens_ns < came_ns.min() <= opens_ns + EPOCH_NS
    assert sum(played.ready_ns[plot] <= opens_ns for plot in played.own(QAT)) > 100


def test_windows_say_what_the_release_function_says_at_every_instant() -> None:
    names = ("AAA", "BBB", "CCC")
    rng = np.random.default_rng(5)
    released = withheld = 0
    for _ in range(150):
        lines = tuple(_random_line(rng, names) for _ in range(rng.integers(1, 5)))
        policy = Policy({"pact": lines}, (), {}, {}, 1.0, passes_on={"BBB": ("CCC",), "CCC": ("BBB",)})
        rules = rules_for(policy, names, "pact", "pact", None, ())
        bounds_s = [t_s for line in lines for t_s in (line.from_s, line.until_s) if np.isfinite(t_s)]
        instants = [round(t_s * 1e9) + shift for t_s in bounds_s for shift in (-1, 0, 1)]
        at_ns = np.array(instants + rng.integers(-200 * S, 1200 * S, 20).tolist(), np.int64)
        for sender, receiver in ((0, 1), (0, 2), (1, 2), (2, 1)):
            for alert in (False, True):
                left_ns = left_at(windows_of(rules, 0, sender, receiver, alert), at_ns)
                wanted = [_goes(rules, 0, sender, receiver, int(t_ns), alert) for t_ns in at_ns]
                assert left_ns.tolist() == wanted
                withheld += wanted.count(NEVER_NS)
                released += len(wanted) - wanted.count(NEVER_NS)
    assert min(released, withheld) > 2_000


def _random_line(rng: np.random.Generator, names: tuple[str, ...]) -> Release:
    """A line of the first nation: for one or both of the others, to be passed on or not, with bounds or without."""
    bounds_s = np.sort(rng.uniform(-100.0, 1000.0, 2)).round(int(rng.integers(0, 10))).tolist()
    return _line(
        names[0],
        ((names[1],), (names[2],), names[1:])[rng.integers(3)],
        Content.TRACKS if rng.random() < 0.1 else D,
        delay_s=float(rng.integers(0, 12)),
        onward=names[1:] if rng.random() < 0.6 else (),
        on_alert=bool(rng.random() < 0.4),
        from_s=bounds_s[0] if rng.random() < 0.5 else -np.inf,
        until_s=bounds_s[1] if rng.random() < 0.5 else np.inf,
    )
