"""Every mistake is found and given the cause that truth shows."""

from __future__ import annotations

from skypact.model.codes import Identity, ObjectClass, Outcome
from skypact.model.record import COMMON_LEVEL, TABLES, empty
from skypact.score import mistakes
from tests.score.engaged import manifest, record, row


def test_a_silent_aircraft_that_is_alerted_and_fired_at_is_two_mistakes_with_that_cause() -> None:
    found = mistakes(record(code=0, with_object=True), manifest())
    assert [m.kind for m in found] == ["false alert", "shot at a civil aircraft"]
    assert {m.cause for m in found} == {"a civil aircraft with a dead transponder"}
    assert [m.t_s for m in found] == [10.0, 12.0]


def test_an_aircraft_that_answers_is_told_from_one_that_does_not() -> None:
    assert {m.cause for m in mistakes(record(code=9, with_object=True), manifest())} == {
        "a civil aircraft, code not read"
    }


def test_a_track_over_nothing_is_named_so() -> None:
    found = mistakes(record(code=0, with_object=False), manifest())
    assert [m.kind for m in found] == ["false alert", "shot at nothing"]
    assert {m.cause for m in found} == {"no object: false plots, or a track gone astray"}


def test_an_alert_that_an_object_bears_out_is_no_mistake() -> None:
    tables = record(code=0, with_object=True)
    tables["objects"] = empty(TABLES["objects"], 2)
    row(tables["objects"], 0, level=COMMON_LEVEL, object=5, object_class=ObjectClass.CIVIL, place=-1)
    row(
        tables["objects"],
        1,
        level=COMMON_LEVEL,
        object=6,
        object_class=ObjectClass.DRONE,
        place=0,
        end_s=60.0,
    )
    assert [m.kind for m in mistakes(tables, manifest())] == ["shot at a civil aircraft"]


def test_a_shot_names_what_it_met_whether_it_killed_and_what_the_track_was_taken_for() -> None:
    tables = record(code=0, with_object=True)
    tables["pictures"]["object_class"][:] = ObjectClass.DRONE
    tables["pictures"]["class_percent"][:] = 91
    tables["pictures"]["identity"][:] = Identity.HOSTILE
    tables["events"]["other"][2] = Outcome.KILL
    alert, shot = mistakes(tables, manifest())
    assert (alert.object_key, alert.end) == (-1, "")
    assert (shot.object_key, shot.end) == (5, "killed")
    assert shot.taken_for == "drone 91 %, hostile"


def test_a_salvo_that_meets_an_aircraft_beside_its_object_says_so() -> None:
    tables = record(code=9, with_object=True)
    tables["objects"] = empty(TABLES["objects"], 2)
    row(tables["objects"], 0, level=COMMON_LEVEL, object=5, object_class=ObjectClass.DRONE, place=-1)
    row(tables["objects"], 1, level=COMMON_LEVEL, object=6, object_class=ObjectClass.CIVIL, code=9, place=-1)
    tables["events"]["object"][2] = 6
    shot = mistakes(tables, manifest())[-1]
    assert shot.kind == "shot at a civil aircraft"
    assert shot.cause.startswith("another object, a drone object")
    assert shot.cause.endswith("the salvo met the aircraft beside it")
