"""What goes from nation to nation in a run: as the policy says, by the links there are, and by no other way."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from skypact.model.codes import Content, EventKind, ObjectClass
from skypact.model.link import Link, Links, Misreport
from skypact.model.message import Message
from skypact.model.scenario import LegalBar, Policy, Release, Scenario
from skypact.model.track import Tracks
from skypact.run.build import Treatments, Wired, wire
from skypact.run.level import new_levels
from skypact.run.library import load
from skypact.run.paired import _snapshot, evaluate, prepare
from skypact.run.pipeline import step
from skypact.run.state import Level

BHR, QAT, SAU = range(3)
EPOCHS = 110
"""Until some eight minutes after the first launch: the ballistic missiles have been seen."""


def _wired(levels: tuple[str, ...], lines: tuple[Release, ...], **changes: Any) -> Wired:
    """The small scenario with a pact of these lines alone; `changes` are of the policy, or named links or settings."""
    loaded = load("gulf-small")
    policy = Policy({"today": (), "pact": lines}, (), {}, {}, 1.0)
    of_policy = {field.name for field in fields(Policy)}
    policy = replace(policy, **{name: value for name, value in changes.items() if name in of_policy})
    scenario: Scenario = replace(loaded.scenario, policy=policy)
    scenario = replace(scenario, **{name: value for name, value in changes.items() if name not in of_policy})
    return wire(scenario, loaded.catalogue, loaded.airports, loaded.terrain, levels, Treatments())


def _line(sender: str, receivers: tuple[str, ...], content: Content, **terms: Any) -> Release:
    return replace(Release(sender, receivers, content, 2.0, "assumption: a test"), **terms)


def _played(wired: Wired, epochs: int = EPOCHS) -> tuple[list[Level], list[list[list[Message]]]]:
    """The levels after so many epochs, and every message that came: by level and receiver, each once."""
    plan, sensed = prepare(wired, 0, 1)
    levels = new_levels(plan, sensed, 0)
    came: list[list[dict[tuple[int, ...], Message]]] = [[{} for _ in wired.network.nations] for _ in levels]
    for k in range(1, epochs + 1):
        step(plan, levels, plan.span_s[0] + 5.0 * k)
        for level in levels:
            for nation, inbox in enumerate(level.inbox):
                came[level.index][nation] |= {message.identity: message for message in inbox}
    return levels, [[list(of.values()) for of in level] for level in came]


def _tracks(message: Message) -> Tracks:
    assert isinstance(message.payload, Tracks)
    return message.payload


def test_a_line_for_one_class_of_objects_lets_no_other_through() -> None:
    line = _line("QAT", ("BHR",), Content.TRACKS, classes=(ObjectClass.BALLISTIC,))
    _, ((bahrain, qatar, saudi),) = _played(_wired(("pact",), (line,)))
    assert qatar == saudi == []
    assert {(message.sender, message.origin) for message in bahrain} == {(QAT, QAT)}
    kinds = np.concatenate([_tracks(message).class_prob.argmax(axis=1) for message in bahrain])
    assert len(kinds) > 10
    assert (kinds == ObjectClass.BALLISTIC).all()


PASSED_ON = (_line("QAT", ("SAU",), Content.TRACKS, onward=("BHR",)),)


def test_what_may_be_passed_on_comes_by_way_of_the_one_who_does_so_with_its_lineage() -> None:
    wired = _wired(("pact",), PASSED_ON, passes_on={"SAU": ("BHR",)})
    _, ((bahrain, _, saudi),) = _played(wired, 40)
    assert {(message.sender, message.origin) for message in bahrain} == {(SAU, QAT)}
    assert {(message.sender, message.origin) for message in saudi} == {(QAT, QAT)}
    for message in bahrain:
        assert (_tracks(message).sources == 1 << QAT).all()
        assert message.sent_ns - message.made_ns >= 4_000_000_000
    assert sum(len(message) for message in bahrain) > 20


@pytest.mark.parametrize(("through", "comes"), [(False, False), (True, True)])
def test_a_legal_bar_stops_what_a_third_carries_unless_that_reading_is_chosen(
    through: bool, comes: bool
) -> None:
    bars = (LegalBar("QAT", "BHR", "cited: a law (2022)"),)
    wired = _wired(("pact",), PASSED_ON, passes_on={"SAU": ("BHR",)}, bars=bars, passing_through=through)
    _, ((bahrain, _, saudi),) = _played(wired, 30)
    assert bool(bahrain) is comes
    assert saudi


def test_what_is_withheld_changes_no_byte_of_what_is_sent() -> None:
    line = _line("QAT", ("BHR",), Content.TRACKS, classes=(ObjectClass.BALLISTIC,))
    ghosts = Links(misreports=(Misreport("QAT", 60.0, 300.0, "assumption: a test", ghosts=30),))
    _, ((alone, _, _),) = _played(_wired(("pact",), (line,)))
    _, ((beside, _, _),) = _played(_wired(("pact",), (line,), links=ghosts))
    assert len(alone) == len(beside) > 5
    for one, other in zip(alone, beside, strict=True):
        assert replace(one, payload=other.payload) == other
        for field in fields(Tracks):
            assert np.array_equal(getattr(one.payload, field.name), getattr(other.payload, field.name))


def test_messages_that_are_sent_come_or_are_lost_or_are_under_way() -> None:
    every = (
        _line("SAU", ("BHR", "QAT"), Content.TRACKS),
        _line("BHR", ("QAT",), Content.DETECTIONS),
        _line("QAT", ("SAU",), Content.WARNINGS),
    )
    poor = Links(
        tuple(Link(a, b, jitter_s=1.0, loss=0.3) for a in NAMES for b in NAMES if a != b),
    )
    wired = _wired(("pact",), every, links=poor)
    plan, sensed = prepare(wired, 0, 1)
    tables = [evaluate(plan, sensed, 0, most_epochs=EPOCHS)["events"] for _ in range(2)]
    assert all(
        np.array_equal(tables[0][name], tables[1][name], equal_nan=True) for name in ("track", "value")
    )
    events = tables[0]

    def messages(kind: EventKind, content: Content) -> int:
        return int(events["track"][(events["kind"] == kind) & (events["place"] == content)].sum())

    for content, pairs in ((Content.TRACKS, 2), (Content.WARNINGS, 1)):
        sent, lost, came = (messages(kind, content) for kind in KINDS)
        assert 0 <= sent - lost - came <= 3 * pairs, content
        assert sent > 10 * pairs
    # What was posted last is still held back.
    assert messages(EventKind.MESSAGE_SENT, Content.TRACKS) == 2 * (EPOCHS - 1)
    assert 40 < messages(EventKind.MESSAGE_LOST, Content.TRACKS) < 92
    plots = [
        events["value"][(events["kind"] == kind) & (events["place"] == Content.DETECTIONS)].sum()
        for kind in KINDS
    ]
    assert 0.15 < plots[1] / plots[0] < 0.45
    assert 0.95 * (plots[0] - plots[1]) < plots[2] <= plots[0] - plots[1]


KINDS = (EventKind.MESSAGE_SENT, EventKind.MESSAGE_LOST, EventKind.MESSAGE_RECEIVED)
NAMES = ("BHR", "QAT", "SAU")


def test_a_nation_that_is_cut_off_is_as_before_until_then_hears_nothing_and_comes_back() -> None:
    lines = (_line("SAU", ("BHR",), Content.TRACKS), _line("QAT", ("BHR",), Content.DETECTIONS))
    settings = replace(load("gulf-small").scenario.settings, cut_from_s=120.0, cut_until_s=240.0)
    wired = _wired(("pact", "pact+cut:SAU"), lines, settings=settings)
    _, ((whole, _, _), (cut, _, _)) = _played(wired, 70)
    heard = {message.sent_ns for message in cut}
    second = 1_000_000_000
    assert {t for t in heard if t < 118 * second} == {m.sent_ns for m in whole if m.sent_ns < 118 * second}
    assert not {t for t in heard if 120 * second <= t < 240 * second}
    assert {t for t in heard if t >= 240 * second} == {m.sent_ns for m in whole if m.sent_ns >= 240 * second}
    plan, sensed = prepare(wired, 0, 1)
    pictures = evaluate(plan, sensed, 0, most_epochs=70)["pictures"]
    early = np.asarray(pictures["t_ns"], np.int64) <= 115 * second
    ours, theirs = ((early & (pictures["level"] == level)) for level in (0, 1))
    for name in ("t_ns", "track", "pos_ecef_m", "sigma_m"):
        assert np.array_equal(pictures[name][ours], pictures[name][theirs]), name
    assert ours.sum() > 50


def test_a_switch_in_a_levels_name_is_the_switch_of_the_campaign() -> None:
    loaded = load("gulf-small")
    world = (loaded.scenario, loaded.catalogue, loaded.airports, loaded.terrain)
    named = wire(*world, ("pact", "pact+engage_on_remote"), Treatments())
    switched = wire(*world, ("pact",), Treatments(engage_on_remote=True))
    assert [on.engage_on_remote for on in named.switches] == [False, True]
    events = [evaluate(*prepare(wired, 0, 1), 0, most_epochs=120)["events"] for wired in (named, switched)]
    for kind in (EventKind.SHOT, EventKind.OUTCOME, EventKind.ALERT):
        rows = [
            (table["kind"] == kind) & (table["level"] == level)
            for table, level in zip(events, (1, 0), strict=True)
        ]
        for name in ("t_ns", "nation", "track", "battery", "value"):
            first, second = (table[name][row] for table, row in zip(events, rows, strict=True))
            assert np.array_equal(first, second, equal_nan=first.dtype.kind == "f")


def test_the_record_says_how_much_a_picture_doubts_its_tracks_and_a_trackers_own_picture_does_not() -> None:
    (level,), _ = _played(_wired(("pact",), (_line("QAT", ("BHR",), Content.TRACKS),)), 20)
    fused = level.view_of(BHR)
    assert fused.fused
    assert not level.view_of(QAT).fused
    fused.state.doubts[:] = 0.37
    _snapshot(level, 0)
    recorded = level.pictures.columns()
    theirs = recorded["picture"] == fused.number
    assert (recorded["doubt_percent"][theirs] == 37).sum() == theirs.sum() > 0
    assert (recorded["doubt_percent"][~theirs] == 0).sum() > 0


def test_full_takes_away_what_policy_withholds_and_not_what_a_poor_link_costs() -> None:
    poor = Links(tuple(Link(a, "BHR", delay_s=20.0) for a in NAMES if a != "BHR"))
    (perfect,), _ = _played(_wired(("full",), ()), 60)
    assert len(perfect.views) == 1
    (level,), _ = _played(_wired(("full",), (), links=poor), 60)
    assert len(level.views) == 2
    assert level.view_of(QAT).number == level.view_of(SAU).number != level.view_of(BHR).number
    assert _newest_ns(level, QAT) == _newest_ns(perfect, QAT)
    cell = level.cells[level.view_of(BHR).pool]
    assert {feed.nation for feed in cell.pool if feed.path} == {QAT, SAU}


def _newest_ns(level: Level, nation: int) -> int:
    tracks = level.view_of(nation).tracks
    assert tracks is not None
    assert len(tracks)
    return int(tracks.updated_ns.max())
