"""Flights engaged by mistake: who counts as a flight, how often one counts, and what bound follows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from skypact.model.codes import EventKind, ObjectClass, Outcome
from skypact.model.record import COMMON_LEVEL, TABLES, empty
from skypact.score import SafetyRun, flights_needed, safety_rows, safety_run
from skypact.score.interval import binomial_bounds
from tests.score.engaged import manifest, record, row


def one_run(*more: dict) -> SafetyRun:
    """The run of the record, with further objects over the first place of nation 0, or elsewhere."""
    tables = record(code=0, with_object=True)
    objects = empty(TABLES["objects"], 1 + len(more))
    for name, column in tables["objects"].items():
        objects[name][0] = column[0]
    truth = empty(TABLES["truth"], 4 + len(more))
    for name, column in tables["truth"].items():
        truth[name][:4] = column
    home = manifest().places[0]
    near = 6_378_000.0 * np.array(
        [
            np.cos(home.lat_rad) * np.cos(home.lon_rad),
            np.cos(home.lat_rad) * np.sin(home.lon_rad),
            np.sin(home.lat_rad),
        ]
    )
    for k, values in enumerate(more):
        where = near if values["near"] else -near
        described = {name: value for name, value in values.items() if name != "near"}
        row(objects, 1 + k, level=COMMON_LEVEL, place=-1, **described)
        row(truth, 4 + k, level=COMMON_LEVEL, object=values["object"], pos_ecef_m=where)
    tables["objects"], tables["truth"] = objects, truth
    return safety_run(tables, manifest())


def test_flights_are_aircraft_that_were_in_the_region_of_a_nation_and_those_that_were_met():
    civil, friendly = ObjectClass.CIVIL, ObjectClass.FRIENDLY
    found = one_run(
        {"object": 6, "object_class": civil, "near": True},
        {"object": 7, "object_class": civil, "near": False},
        {"object": 8, "object_class": friendly, "near": True},
        {"object": 9, "object_class": ObjectClass.DRONE, "near": True},
    )
    assert found.flights == {"civil": 2, "friendly": 1}  # the first was met by a salvo, wherever it was
    assert [(m.kind, m.object_key) for m in found.engagements] == [("shot at a civil aircraft", 5)]


def test_a_run_in_which_no_aircraft_is_met_has_flights_and_no_engagement():
    tables = record(code=0, with_object=False)
    assert safety_run(tables, manifest()).engagements == ()


def test_a_flight_counts_once_however_often_it_is_engaged_and_killed_if_one_salvo_did():
    run = one_run()
    (first,) = run.engagements
    again = replace(first, t_s=first.t_s + 9.0, end="killed")
    civil = safety_rows([replace(run, engagements=(first, again))], ("today",))[0]
    assert (civil.kind, civil.flights, civil.engaged, civil.killed) == ("civil", 1, 1, 1)


def test_the_same_key_in_two_runs_is_two_flights():
    run = one_run()
    runs = [run, replace(run, run=run.run + 1), replace(run, run=run.run + 2, engagements=())]
    civil = safety_rows(runs, ("today",))[0]
    assert (civil.flights, civil.engaged, civil.runs, civil.runs_engaged) == (3, 2, 3, 2)
    assert civil.high == pytest.approx(binomial_bounds(2, 3)[1])
    assert civil.run_high == civil.high
    assert civil.share == pytest.approx(2 / 3)


def test_levels_and_kinds_are_counted_apart():
    run = one_run({"object": 8, "object_class": ObjectClass.FRIENDLY, "near": True})
    rows = {(row.kind, row.level): row for row in safety_rows([run], ("today", "full"))}
    assert rows["civil", "today"].engaged == 1
    assert rows["civil", "full"].engaged == 0
    assert rows["friendly", "today"].engaged == 0
    assert rows["civil", "full"].flights == rows["civil", "today"].flights == 1


def test_none_of_so_many_flights_is_under_the_goal_and_of_one_less_is_not():
    needed = flights_needed()
    assert needed == 36_887
    assert binomial_bounds(0, needed)[1] < 1e-4 <= binomial_bounds(0, needed - 1)[1]
    none = SafetyRun(0, {"civil": needed, "friendly": 0}, ())
    civil, friendly = safety_rows([none], ("today",))
    assert civil.good
    assert not friendly.good
    assert np.isnan(friendly.share)


def test_a_miss_counts_as_much_as_a_hit():
    tables = record(code=0, with_object=True)
    met = tables["events"]["kind"] == EventKind.OUTCOME
    for outcome in (Outcome.MISS, Outcome.KILL, Outcome.ALREADY_DEAD):
        tables["events"]["other"][met] = outcome
        (row_,) = [r for r in safety_rows([safety_run(tables, manifest())], ("today",)) if r.kind == "civil"]
        assert row_.engaged == 1
        assert row_.killed == (outcome == Outcome.KILL)
