"""What is passed on in a run: without its identity, by several lines, and beside what others may not have."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from skypact.fuse import selected
from skypact.model.codes import Content, ObjectClass
from skypact.model.link import Links, Misreport
from skypact.model.message import Message
from skypact.model.release import NO_CLASS
from skypact.model.scenario import Release
from skypact.model.track import Tracks
from skypact.run.build import Wired
from skypact.run.exchange import received_by
from skypact.run.policy.explain import explanation
from skypact.run.policy.reading import Chosen
from skypact.scenario import parse_level
from skypact.share import Source, believed_class
from tests.fuse.test_picture import PLACES, tracks
from tests.run.test_exchange import BHR, QAT, SAU, _line, _played, _tracks, _wired
from tests.share.test_message import bytes_of

AIRCRAFT = (ObjectClass.CIVIL, ObjectClass.FRIENDLY)
MISSILES = (ObjectClass.CRUISE, ObjectClass.DRONE)


def _relayed(lines: tuple[Release, ...], **changes: Any) -> Wired:
    return _wired(("pact",), lines, passes_on={"SAU": ("BHR",)}, **changes)


def _from(sender: str, receiver: str, **terms: Any) -> Release:
    return _line(sender, (receiver,), Content.TRACKS, **terms)


def _answers(wired: Wired) -> set[str]:
    """Of all classes: whether tracks of QAT come to BHR, as the policy is explained."""
    scenario = wired.scenario
    level = parse_level("pact", scenario.nations, tuple(scenario.policy.levels))
    said = explanation(Chosen("a test", scenario, level, wired.levels[0]), QAT, BHR)
    answers = {of["tracks"] for of in said["objects"].values()}
    (tracks,) = (of for of in said["contents"] if of["content"] == "tracks")
    assert (tracks["released"] == "no") is (answers == {"no"})
    return answers


def _came(wired: Wired, epochs: int) -> list[list[Message]]:
    _, (came,) = _played(wired, epochs)
    return came


def test_what_came_without_its_identity_goes_on_by_no_line_for_stated_classes() -> None:
    soon = _from("QAT", "SAU", delay_s=0.0, nameless=True)
    civil = _from("QAT", "SAU", delay_s=5.0, classes=(ObjectClass.CIVIL,), onward=("BHR",))
    every = _from("QAT", "SAU", delay_s=5.0, classes=tuple(ObjectClass), onward=("BHR",))
    for line in (civil, every):
        wired = _relayed((soon, line))
        bahrain, _, saudi = _came(wired, 30)
        assert sum(len(message) for message in saudi) > 20
        assert all((believed_class(_tracks(message).class_prob) == NO_CLASS).all() for message in saudi)
        assert bahrain == []
        assert _answers(wired) == {"no"}


def test_what_came_without_its_identity_goes_on_without_it_where_no_class_is_asked() -> None:
    wired = _relayed((_from("QAT", "SAU", delay_s=0.0, nameless=True, onward=("BHR",)),))
    bahrain, _, _ = _came(wired, 30)
    assert sum(len(message) for message in bahrain) > 20
    assert all((believed_class(_tracks(message).class_prob) == NO_CLASS).all() for message in bahrain)
    assert _answers(wired) == {"always"}


def test_of_two_lines_that_hold_back_alike_the_one_that_names_governs_and_its_objects_go_on() -> None:
    soon = _from("QAT", "SAU", delay_s=5.0, nameless=True)
    wired = _relayed((soon, _from("QAT", "SAU", delay_s=5.0, classes=(ObjectClass.CIVIL,), onward=("BHR",))))
    bahrain, _, _ = _came(wired, 30)
    kinds = np.concatenate([believed_class(_tracks(message).class_prob) for message in bahrain])
    assert set(kinds.tolist()) == {ObjectClass.CIVIL}
    assert _answers(wired) == {"always", "no"}


def test_what_a_relay_may_not_pass_on_changes_no_byte_and_no_instant_of_what_it_does() -> None:
    lines = (
        _from("QAT", "SAU", classes=(ObjectClass.CIVIL,), delay_s=20.0, onward=("BHR",)),
        _from("QAT", "SAU", classes=MISSILES, delay_s=0.0),
    )
    ghosts = Links(misreports=(Misreport("QAT", -300.0, 300.0, "assumption: a test", ghosts=5),))
    alone, beside = (_came(_relayed(lines, links=links), 40) for links in (Links(), ghosts))
    assert sum(map(len, beside[SAU])) > 40 + sum(map(len, alone[SAU]))
    assert bytes_of(tuple(alone[BHR])) == bytes_of(tuple(beside[BHR]))
    assert len(alone[BHR]) > 20


def test_two_who_hold_one_picture_are_told_the_same_by_lines_that_hold_back_for_different_times() -> None:
    shared = (
        _line("BHR", ("SAU",), Content.DETECTIONS, delay_s=0.0),
        _line("SAU", ("BHR",), Content.DETECTIONS, delay_s=0.0),
        _line("QAT", ("BHR", "SAU"), Content.TRACKS, classes=(ObjectClass.BALLISTIC,), delay_s=10.0),
        _line("QAT", ("BHR", "SAU"), Content.TRACKS, classes=(*AIRCRAFT, *MISSILES), delay_s=0.0),
    )
    (level,), (came,) = _played(_wired(("pact",), shared), 110)
    assert [view.holders for view in level.views] == [[BHR, SAU], [QAT]]
    assert {message.delay_ns for message in came[BHR]} == {0, 10_000_000_000}
    assert bytes_of(tuple(came[BHR])) == bytes_of(tuple(came[SAU]))


def test_a_picture_is_made_from_what_came_by_its_own_way_and_not_by_another_through_the_same_relay() -> None:
    # What A holds comes to D by way of B and C, and, alas, from C as C has it from A itself.
    a, b, c, d = range(4)
    made = partial(Message, c, a, Content.TRACKS, 0, 0, 0, 0, 0, 0)
    empty = _nothing()
    by_b, by_itself = made(empty, before=(b, 0, a, 0)), made(empty, before=(a, 0))
    own = Message(a, a, Content.TRACKS, 0, 0, 0, 0, 0, 0, empty)
    assert (by_b.way, by_itself.way, own.way) == ((a, b, c), (a, c), (a,))
    level = SimpleNamespace(inbox={d: [by_itself, by_b, own]})
    for path, expected in (((b, c), by_b), ((c,), by_itself), ((), own)):
        view = SimpleNamespace(lines=(Source(a, Content.TRACKS, 0.0, path),))
        assert received_by(level, view, d, Content.TRACKS) == [expected]  # type: ignore[arg-type]


def _nothing() -> Tracks:
    """No tracks at all."""
    return selected(tracks(PLACES, 0), np.zeros(0, np.int64))
