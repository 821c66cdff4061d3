"""A record made by hand, every metric worked out beside it."""

import math

import numpy as np
import pytest

from skypact.model.codes import EventKind
from skypact.score import score_run
from skypact.score.column import real
from skypact.score.run import OBJECT_ROWS, ROWS
from tests.score import hand
from tests.score.hand import MANIFEST, NATIONAL, PACT, PUBLIC, TODAY

SCORES = score_run(hand.tables(), MANIFEST)
AAA, BBB = 0, 1
HALF = 0.5 * 5000.0**2


def row(level, nation, scores=SCORES):
    at = level * 2 + nation
    return {name: values[at] for name, values in scores.rows.items()}


def of(level, key, scores=SCORES):
    found = np.flatnonzero((scores.objects["level"] == level) & (scores.objects["object"] == key))
    assert len(found) == 1
    return {name: values[found[0]] for name, values in scores.objects.items()}


def test_rows_have_the_columns_stated():
    assert list(SCORES.rows) == list(ROWS)
    assert list(SCORES.objects) == list(OBJECT_ROWS)
    assert {len(values) for values in SCORES.rows.values()} == {6}
    assert {len(values) for values in SCORES.objects.values()} == {12}
    assert (SCORES.run, SCORES.family, SCORES.baseline) == (0, 1, TODAY)


@pytest.mark.parametrize("level", [NATIONAL, TODAY, PACT])
def test_the_scored_set_is_the_same_at_all_levels(level):
    assert row(level, AAA)["scored"] == 3
    assert row(level, BBB)["scored"] == 1
    assert row(level, AAA)["people"] == 1000 + 500 + 1000
    assert row(level, AAA)["population"] == 1500


def test_warning_is_from_the_alert_that_stays_in_force_and_none_counts_zero():
    assert [of(TODAY, key)["warning_s"][PUBLIC] for key in (1, 2, 3)] == [150.0, 50.0, 90.0]
    assert [of(NATIONAL, key)["warning_s"][PUBLIC] for key in (1, 2, 3, 5)] == [0.0] * 4
    assert of(TODAY, 1)["warning_s"][0] == 300.0
    assert row(TODAY, AAA)["warning_median_s"] == 90.0
    assert row(TODAY, AAA)["warning_p5_s"] == 50.0
    assert row(TODAY, AAA)["warning_mean_s"] == pytest.approx(290.0 / 3.0)
    assert row(NATIONAL, AAA)["unalerted"] == 3


def test_an_object_killed_under_alert_is_warned_of_with_its_unintercepted_arrival():
    assert of(TODAY, 5)["warning_s"][PUBLIC] == 1000.0 - 500.0
    assert of(TODAY, 5)["kill_s"] == 590.0
    assert math.isnan(of(PACT, 5)["kill_s"])
    assert row(TODAY, BBB)["killed_unalerted"] == 0


def test_an_object_killed_before_any_alert_counts_as_not_alerted():
    tables = hand.tables()
    late = (tables["events"]["place"] == 2) & (tables["events"]["kind"] == EventKind.ALERT)
    late &= tables["events"]["t_ns"] == 500_000_000_000
    tables["events"]["t_ns"][late] = 595_000_000_000
    scores = score_run(tables, MANIFEST)
    assert of(TODAY, 5, scores)["warning_s"][PUBLIC] == 0.0
    assert row(TODAY, BBB, scores)["killed_unalerted"] == 1


def test_people_are_counted_once_for_each_object_that_comes():
    today = row(TODAY, AAA)
    assert [today[f"people_{s}_s"] for s in (15, 30, 60, 120, 300)] == [2500, 2500, 2000, 1000, 0]
    assert row(TODAY, BBB)["people_300_s"] == 2000


def test_first_alert_is_any_alert_during_the_flight():
    assert of(TODAY, 2)["first_alert_s"] == 200.0
    assert of(PACT, 1)["first_alert_s"] == 100.0
    assert math.isnan(of(NATIONAL, 1)["first_alert_s"])


def test_an_alert_without_an_object_is_false():
    """AAA today: the alert for place 1 that was cleared at 300 s, 300 s before its object came."""
    assert row(TODAY, AAA)["false_alerts"] == 1
    assert row(TODAY, BBB)["false_alerts"] == 1
    assert row(PACT, AAA)["false_alerts"] == 0
    assert row(TODAY, AAA)["false_alerts_by_rung"].tolist() == [0, 0, 0, 1, 0, 0, 0, 0]
    assert [row(TODAY, n)["alerts"] for n in (AAA, BBB)] == [3, 2]


@pytest.mark.parametrize(("cleared_s", "false"), [(1, 1), (479, 1), (480, 0), (2000, 0)])
def test_an_arrival_up_to_two_minutes_after_the_clearing_justifies_an_alert(cleared_s, false):
    tables = hand.tables()
    tables["events"] = hand.table("events", [hand.alert(TODAY, 0, 1), hand.clear(TODAY, cleared_s, 1)])
    assert row(TODAY, AAA, score_run(tables, MANIFEST))["false_alerts"] == false


def test_alert_hours_end_with_the_record():
    """Place 0: 250 to 500 s (the last snapshot); place 1: 100 s; the other alerts begin after the end."""
    assert row(TODAY, AAA)["alert_hours"] == pytest.approx((250 + 100) / 3600)
    assert row(TODAY, BBB)["alert_hours"] == 0.0


def test_held_in_time_is_firm_sixty_seconds_before_arrival():
    """Object 1 firm at 300 of 400, object 2 at 500 of 600; object 3 flies 40 s and is a row of its own."""
    today = row(TODAY, AAA)
    assert (today["held"], today["held_of"]) == (2, 2)
    assert (today["held_short"], today["held_short_of"]) == (1, 1)
    assert of(TODAY, 1)["first_held_s"] == 200.0
    assert of(TODAY, 1)["first_firm_s"] == 300.0
    assert row(NATIONAL, AAA)["held"] == 0
    assert of(NATIONAL, 2)["first_held_s"] == 300.0
    assert row(NATIONAL, AAA)["held_short"] == 0
    assert math.isnan(of(TODAY, 5)["first_firm_s"])
    assert row(PACT, BBB)["held"] == 1


def test_firm_too_late_is_not_held():
    tables = hand.tables()
    tables["objects"]["end_s"][tables["objects"]["object"] == 1] = 359.0
    assert row(TODAY, AAA, score_run(tables, MANIFEST))["held"] == 1


def test_the_picture_error_is_that_of_the_scored_set_in_its_region():
    """AAA today. Set: 2, 10, 11 at 0 s; 1, 2, 10, 11 at 200; 1, 2, 3, 10, 11 at 300; 2, 10, 11 at 500.

    Not of the set: tracks on objects 4's drone (a stray far from AAA), 5 (another nation's) and debris.
    """
    squares = [40**2, 40**2 + 30**2, 40**2 + 60**2 + 80**2 + 100**2, 40**2 + 100**2]
    missed, false = [2, 2, 1, 1], [0, 0, 1, 0]
    total = [math.sqrt(s + HALF * (m + f)) for s, m, f in zip(squares, missed, false, strict=True)]
    today = row(TODAY, AAA)
    assert today["gospa_m"] == pytest.approx(np.mean(total), rel=1e-3)
    assert today["gospa_localisation_m"] == pytest.approx(np.mean(np.sqrt(squares)), rel=0.02)
    assert today["gospa_missed"] == pytest.approx(np.mean(missed))
    assert today["gospa_false"] == pytest.approx(np.mean(false))
    assert today["position_rmse_m"] == pytest.approx(math.sqrt(sum(squares) / 9), rel=0.02)


def test_a_dead_object_is_not_missed():
    """BBB's set is object 5: dead from 590 s, so alive at all four snapshots; kill it at 250 s instead."""
    assert row(TODAY, BBB)["gospa_missed"] == 1.0
    tables = hand.tables()
    tables["events"]["t_ns"][tables["events"]["other"] == 1] = np.where(
        tables["events"]["kind"][tables["events"]["other"] == 1] == EventKind.OUTCOME, 250_000_000_000, 0
    )
    assert row(TODAY, BBB, score_run(tables, MANIFEST))["gospa_missed"] == 0.5


def test_position_errors_are_compared_on_what_both_levels_hold():
    """Both hold object 2 at 300 and 500 s: today 80 and 100 m off, at pact 50 m."""
    pact = row(PACT, AAA)
    assert pact["common_rows"] == 2
    assert pact["common_rmse_m"] == pytest.approx(50.0, rel=0.03)
    assert pact["common_baseline_rmse_m"] == pytest.approx(math.sqrt((80**2 + 100**2) / 2), rel=0.03)
    assert math.isnan(row(PACT, BBB)["common_rmse_m"])


def test_leakers_reach_a_defended_place_intact():
    assert [row(TODAY, n)["leakers"] for n in (AAA, BBB)] == [2, 0]
    assert [row(PACT, n)["leakers"] for n in (AAA, BBB)] == [2, 1]
    assert [row(TODAY, n)["arrivals"] for n in (AAA, BBB)] == [3, 0]
    assert [row(TODAY, n)["killed"] for n in (AAA, BBB)] == [0, 1]


def test_rounds_and_their_price_are_the_shooters():
    assert [row(TODAY, n)["rounds"] for n in (AAA, BBB)] == [3, 6]
    assert [row(TODAY, n)["shots"] for n in (AAA, BBB)] == [2, 4]
    assert [row(TODAY, n)["price_usd"] for n in (AAA, BBB)] == [3e6, 6e6]
    assert row(PACT, AAA)["rounds"] == 0
    assert of(TODAY, 1)["rounds"] == 4


def test_overkill_is_late_or_doubled_and_the_second_shooter_pays():
    """BBB's shot 2 flies beside AAA's shot 1; its shot 4 is launched at what shot 3 has killed."""
    assert row(TODAY, AAA)["overkill_rounds"] == 0
    assert row(TODAY, BBB)["doubled_rounds"] == 2
    assert row(TODAY, BBB)["late_rounds"] == 1
    assert row(TODAY, BBB)["overkill_rounds"] == 3


def test_a_salvo_in_flight_when_its_object_dies_is_not_overkill():
    tables = hand.tables()
    rows = [
        *hand.shot(TODAY, 1, 1, 5, 560, 590, 1),
        *hand.shot(TODAY, 2, 1, 5, 580, 600, 3),
    ]
    tables["events"] = hand.table("events", rows)
    assert row(TODAY, BBB, score_run(tables, MANIFEST))["overkill_rounds"] == 0


def test_a_shot_after_the_other_nations_has_landed_is_not_overkill():
    tables = hand.tables()
    rows = [*hand.shot(TODAY, 1, 0, 1, 300, 340, 0), *hand.shot(TODAY, 2, 1, 1, 341, 360, 0)]
    tables["events"] = hand.table("events", rows)
    assert row(TODAY, BBB, score_run(tables, MANIFEST))["overkill_rounds"] == 0


def test_civil_aircraft_fired_at_are_found_by_outcome_or_by_the_track_fired_at():
    """BBB's shot 6 met airliner 12; AAA's shot 5 met nothing but was fired at the track on airliner 10."""
    assert [row(TODAY, n)["civil_engaged"] for n in (AAA, BBB)] == [1, 1]
    assert [row(TODAY, n)["friendly_engaged"] for n in (AAA, BBB)] == [0, 0]
    assert row(TODAY, AAA)["stray_rounds"] == 1


def test_a_track_on_a_friendly_aircraft_fired_at_counts():
    tables = hand.tables()
    tables["events"] = hand.table("events", hand.shot(TODAY, 1, 0, 11, 100, 120, 1))
    assert row(TODAY, AAA, score_run(tables, MANIFEST))["friendly_engaged"] == 1


def test_stock_is_spent_when_all_defending_units_have_fired_it():
    """AAA's unit has 3 rounds and fires the last at 310 s: spent for arrivals after that."""
    assert [of(TODAY, key)["stock_spent"] for key in (1, 2, 3)] == [1, 1, 1]
    assert of(PACT, 1)["stock_spent"] == 0
    assert of(TODAY, 5)["stock_spent"] == 0


def test_own_first_detection_is_the_same_at_all_levels():
    for level in (NATIONAL, TODAY, PACT):
        assert row(level, AAA)["first_detection_s"] == 40.0
        assert row(level, AAA)["detected"] == 2
        assert math.isnan(row(level, BBB)["first_detection_s"])
    assert of(TODAY, 1)["detected_s"] == 130.0


def test_messages_are_counted_by_their_accounts():
    assert row(TODAY, AAA)["messages_sent"] == 31
    assert row(TODAY, AAA)["bytes_sent"] == 9100
    assert row(TODAY, BBB)["messages_received"] == 30
    assert row(TODAY, BBB)["messages_refused"] == 7
    assert row(PACT, AAA)["messages_sent"] == 0


def test_the_order_of_rows_changes_nothing():
    random = np.random.default_rng(1)
    mixed = {
        name: {column: values[order] for column, values in table.items()}
        for name, table in hand.tables().items()
        for order in [random.permutation(len(table["run"]))]
    }
    scores = score_run(mixed, MANIFEST)
    for name in ROWS:
        np.testing.assert_allclose(real(scores.rows, name), real(SCORES.rows, name), rtol=1e-12)


def test_a_run_without_a_raid_has_rows_and_no_objects():
    tables = hand.tables()
    keep = np.isin(tables["objects"]["object"], (10, 11, 12))
    tables["objects"] = {name: values[keep] for name, values in tables["objects"].items()}
    tables["events"] = hand.table("events", [])
    scores = score_run(tables, MANIFEST)
    assert scores.family == 255
    assert len(scores.objects["run"]) == 0
    assert math.isnan(row(TODAY, AAA, scores)["warning_median_s"])
    assert row(TODAY, AAA, scores)["leakers"] == 0


def test_an_empty_record_is_scored_without_a_fault():
    empty = {name: hand.table(name, []) for name in hand.tables()}
    assert score_run(empty, MANIFEST).rows["scored"].tolist() == [0.0] * 6


def test_a_baseline_that_was_not_run_is_the_first_level():
    assert score_run(hand.tables(), MANIFEST, "full").baseline == NATIONAL
