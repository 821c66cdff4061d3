"""Pre-alerts: a nation is told of a launch that may reach it, once, until nothing may."""

from __future__ import annotations

import numpy as np

from skypact.model.codes import Identity, ObjectClass, TrackStatus
from skypact.warn import (
    ImpactSettings,
    PrealertSettings,
    launches_within_reach,
    new_prealert_state,
    predict_impacts,
    update_prealert,
)
from tests.warn.test_alert import warning
from tests.warn.world import NOW_NS, before_impact, place_table, state, tracks

SETTINGS = PrealertSettings()
CITY, FAR = (29.4, 48.0), (26.2, 50.6)
PLACES = place_table([CITY, FAR], nation=[0, 1])
ROWS = [np.array([0], np.int32), np.array([1], np.int32)]
MISSILE, CRUISE = int(ObjectClass.BALLISTIC), int(ObjectClass.CRUISE)
SECOND = 1_000_000_000
NOTHING = tracks([], [])
CLIMBING = tracks(
    [state(33.0, 47.0, 80e3, 200.0, 1500.0, 1200.0)], [MISSILE], manoeuvre=0.9, sigma=(5000.0, 1500.0)
)


def told(picture, memory, nation=0, now_ns=NOW_NS, warnings=None):
    impacts = predict_impacts(picture, ImpactSettings())
    seen = launches_within_reach(PLACES, 2, picture, impacts, SETTINGS)
    return update_prealert(
        PLACES, ROWS[nation], nation, int(seen[nation]), picture, impacts, warnings, memory, now_ns, SETTINGS
    )


def test_a_launch_without_a_predicted_impact_tells_every_nation_in_reach():
    assert predict_impacts(CLIMBING, ImpactSettings()).kind[0] == 0
    memory = new_prealert_state(2)
    events = [told(CLIMBING, memory, nation) for nation in (0, 1)]
    assert [event is not None and event.begins and not event.told for event in events] == [True, True]
    assert events[0].track_id == 101
    assert events[0].t_impact_ns == 0
    assert 0.5 < events[0].probability < 1.0


def test_a_launch_with_a_predicted_impact_tells_only_the_nation_that_it_may_hit():
    memory = new_prealert_state(2)
    picture = tracks([before_impact(*CITY, 200.0)], [MISSILE])
    event = told(picture, memory, 0)
    assert event.begins
    assert abs(event.t_impact_ns - NOW_NS - 200 * SECOND) < SECOND
    assert told(picture, memory, 1) is None


def test_a_nation_is_told_once_and_it_is_over_a_minute_after_nothing_is_in_reach():
    memory = new_prealert_state(2)
    picture = tracks([before_impact(*CITY, 200.0)], [MISSILE])
    assert told(picture, memory).begins
    assert told(picture, memory, now_ns=NOW_NS + 5 * SECOND) is None
    assert told(NOTHING, memory, now_ns=NOW_NS + 60 * SECOND) is None
    over = told(NOTHING, memory, now_ns=NOW_NS + 65 * SECOND)
    assert over is not None
    assert not over.begins
    assert told(NOTHING, memory, now_ns=NOW_NS + 70 * SECOND) is None
    assert told(picture, memory, now_ns=NOW_NS + 75 * SECOND).begins


def test_a_received_warning_tells_of_a_launch_that_the_nation_does_not_see():
    memory = new_prealert_state(2)
    event = told(NOTHING, memory, warnings=warning(*CITY, 100.0, [4]))
    assert event.begins
    assert event.told
    assert event.track_id == 7000
    assert told(NOTHING, memory, 1, warnings=warning(*CITY, 100.0, [4])) is None


def test_aircraft_cruise_missiles_and_tentative_tracks_are_no_launch():
    start = [before_impact(*CITY, 200.0)]
    for picture in (
        tracks(start, [CRUISE]),
        tracks(start, [MISSILE], identity=Identity.CIVIL),
        tracks(start, [MISSILE], status=TrackStatus.TENTATIVE),
    ):
        assert told(picture, new_prealert_state(2)) is None
