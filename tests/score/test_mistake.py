"""Every mistake is found and given the cause that truth shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from skypact.model.codes import EventKind, ObjectClass
from skypact.model.record import COMMON_LEVEL, TABLES, Columns, empty
from skypact.run.build import Treatments
from skypact.run.campaign import Request, prepare_campaign
from skypact.run.library import load
from skypact.score import mistakes


def _manifest():
    loaded = load("gulf-small")
    request = Request(loaded, 1, 1, ("today",), Treatments(), 1, Path())
    return prepare_campaign(request)[1]


def _row(table: Columns, k: int, **values: Any) -> None:
    for name, value in values.items():
        table[name][k] = value


def _world(code: int, with_object: bool) -> dict[str, Columns]:
    """One aircraft, seen by nation 0; nation 0's place 0 is alerted and a battery fires because of its track 7."""
    where = np.array([3.9e6, 4.0e6, 2.9e6])
    second = 1_000_000_000
    tables = {name: empty(schema, 0) for name, schema in TABLES.items()}
    tables["objects"] = empty(TABLES["objects"], 1)
    _row(
        tables["objects"],
        0,
        level=COMMON_LEVEL,
        object=5,
        object_class=ObjectClass.CIVIL,
        code=code,
        place=-1,
    )
    tables["truth"] = empty(TABLES["truth"], 4)
    tables["pictures"] = empty(TABLES["pictures"], 4)
    for k in range(4):
        away = 0.0 if with_object else 50_000.0
        _row(
            tables["truth"],
            k,
            level=COMMON_LEVEL,
            t_ns=10 * k * second,
            seq=k,
            object=5,
            pos_ecef_m=where + away,
        )
        _row(
            tables["pictures"], k, t_ns=10 * k * second, seq=k, picture=0, track=7, pos_ecef_m=where, status=2
        )
    tables["holders"] = empty(TABLES["holders"], 3)
    for nation in range(3):
        _row(tables["holders"], nation, seq=nation, nation=nation, picture=0)
    tables["events"] = empty(TABLES["events"], 3)
    _row(
        tables["events"],
        0,
        t_ns=10 * second,
        seq=0,
        kind=EventKind.ALERT,
        nation=0,
        place=0,
        other=3,
        track=7,
    )
    _row(
        tables["events"], 1, t_ns=12 * second, seq=1, kind=EventKind.SHOT, nation=0, battery=0, track=7, place=1,
        other=1, value=20.0,
    )  # fmt: skip
    _row(
        tables["events"], 2, t_ns=20 * second, seq=2, kind=EventKind.OUTCOME, nation=0, battery=0, track=7,
        object=5 if with_object else -1, other=0, value=1.0,
    )  # fmt: skip
    return tables


def test_a_silent_aircraft_that_is_alerted_and_fired_at_is_two_mistakes_with_that_cause() -> None:
    found = mistakes(_world(code=0, with_object=True), _manifest())
    assert [m.kind for m in found] == ["false alert", "shot at a civil aircraft"]
    assert {m.cause for m in found} == {"a civil aircraft with a dead transponder"}
    assert [m.t_s for m in found] == [10.0, 12.0]


def test_an_aircraft_that_answers_is_told_from_one_that_does_not() -> None:
    assert {m.cause for m in mistakes(_world(code=9, with_object=True), _manifest())} == {
        "a civil aircraft, code not read"
    }


def test_a_track_over_nothing_is_named_so() -> None:
    found = mistakes(_world(code=0, with_object=False), _manifest())
    assert [m.kind for m in found] == ["false alert", "shot at nothing"]
    assert {m.cause for m in found} == {"no object: false plots, or a track gone astray"}


def test_an_alert_that_an_object_bears_out_is_no_mistake() -> None:
    tables = _world(code=0, with_object=True)
    tables["objects"] = empty(TABLES["objects"], 2)
    _row(tables["objects"], 0, level=COMMON_LEVEL, object=5, object_class=ObjectClass.CIVIL, place=-1)
    _row(
        tables["objects"],
        1,
        level=COMMON_LEVEL,
        object=6,
        object_class=ObjectClass.DRONE,
        place=0,
        end_s=60.0,
    )
    assert [m.kind for m in mistakes(tables, _manifest())] == ["shot at a civil aircraft"]
