"""Alerts: raised on what is probable, cleared when it is over, for the right places only."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from skypact.model.codes import Identity, ObjectClass, TrackStatus
from skypact.model.warning import RUNGS, AlertChange, Warnings
from skypact.warn import (
    ALERT_VALUES,
    AlertSettings,
    ImpactSettings,
    new_alert_state,
    predict_impacts,
    update_alerts,
)
from tests.warn.world import DEG, NOW_NS, before_impact, no_impacts, place_table, state, tracks

SETTINGS = AlertSettings()
CITY, FAR = (29.4, 48.0), (26.2, 50.6)
PLACES = place_table([CITY, FAR])
BOTH = np.array([0, 1], np.int32)
BALLISTIC, CRUISE, CIVIL = int(ObjectClass.BALLISTIC), int(ObjectClass.CRUISE), int(ObjectClass.CIVIL)
SECOND = 1_000_000_000
NOTHING = tracks([], [])
SURE = (50.0, 1.0)


def alert(picture, memory, now_ns=NOW_NS, warnings=None, rows=BOTH, settings=SETTINGS, places=PLACES):
    impacts = predict_impacts(picture, ImpactSettings())
    return update_alerts(places, rows, picture, impacts, warnings, memory, now_ns, settings)


def warning(lat_deg, lon_deg, seconds, sender, p=0.9, sigma_m=1500.0, track_id=7000):
    """Received warnings of one object each."""
    n = len(sender)
    return Warnings(
        sender=np.array(sender, np.uint8),
        track_id=np.arange(track_id, track_id + n, dtype=np.uint64),
        object_class=np.full(n, BALLISTIC, np.uint8),
        class_prob=np.full(n, p, np.float32),
        lat_rad=np.full(n, lat_deg * DEG),
        lon_rad=np.full(n, lon_deg * DEG),
        cov_en_m2=np.tile(np.eye(2) * sigma_m**2, (n, 1, 1)),
        t_ns=np.full(n, NOW_NS + int(seconds * 1e9), np.int64),
        sigma_t_s=np.full(n, 3.0),
        sources=np.ones(n, np.uint32),
    )


def test_a_missile_on_a_city_alerts_that_city_alone_on_every_rung_it_reaches():
    memory = new_alert_state(2)
    events = alert(tracks([before_impact(*CITY, 200.0)], [BALLISTIC], class_prob=0.6), memory)
    assert set(events.place.tolist()) == {0}
    p = events.probability[0]
    assert 0.5 < p < 0.7
    assert events.rung.tolist() == [k for k, rung in enumerate(RUNGS) if rung <= p]
    assert (events.change == 1).all()
    assert (events.track_id == 101).all()
    assert abs(events.t_impact_ns[0] - NOW_NS - 200 * SECOND) < SECOND


def test_a_standing_alert_makes_no_second_event():
    memory = new_alert_state(2)
    picture = tracks([before_impact(*CITY, 200.0)], [BALLISTIC])
    assert len(alert(picture, memory).place) == len(RUNGS)
    assert len(alert(picture, memory, NOW_NS + 2 * SECOND).place) == 0


def test_an_alert_stands_between_half_its_rung_and_the_rung_and_is_cleared_a_minute_after_it_falls_below():
    memory = new_alert_state(2)
    rung = RUNGS.index(0.7)
    missile = before_impact(*CITY, 320.0)
    alert(tracks([missile], [BALLISTIC], class_prob=0.75, sigma=SURE), memory)
    assert memory.in_force[0, rung]
    for seconds in range(0, 200, 4):
        events = alert(
            tracks([missile], [BALLISTIC], class_prob=0.5, sigma=SURE), memory, NOW_NS + seconds * SECOND
        )
        assert rung not in events.rung.tolist()
    cleared: dict[int, int] = {}
    for seconds in range(200, 300, 4):
        events = alert(
            tracks([missile], [BALLISTIC], class_prob=0.2, sigma=SURE), memory, NOW_NS + seconds * SECOND
        )
        over = events.rung[events.change == 0].tolist()
        cleared |= dict.fromkeys(over, seconds)
    assert cleared[rung] == 260
    assert not memory.in_force[0, rung]


def test_a_short_dip_does_not_clear():
    memory = new_alert_state(2)
    missile = tracks([before_impact(*CITY, 600.0)], [BALLISTIC])
    alert(missile, memory)
    for seconds in range(0, 240, 4):
        picture = missile if seconds % 40 == 0 else NOTHING
        assert len(alert(picture, memory, NOW_NS + seconds * SECOND).place) == 0


def test_an_alert_is_cleared_half_a_minute_after_the_predicted_arrival():
    memory = new_alert_state(2)
    alert(tracks([before_impact(*CITY, 20.0)], [BALLISTIC]), memory)
    assert len(alert(NOTHING, memory, NOW_NS + 49 * SECOND).place) == 0
    events = alert(NOTHING, memory, NOW_NS + 51 * SECOND)
    assert (events.change == 0).all()
    assert len(events.place) == len(RUNGS)
    assert not memory.in_force.any()
    assert (events.track_id == 0).all()
    assert (events.t_impact_ns == 0).all()


@pytest.mark.parametrize(
    "changed",
    [
        {"identity": Identity.CIVIL},
        {"identity": Identity.FRIEND},
        {"code": 12},
        {"status": TrackStatus.TENTATIVE},
    ],
)
@pytest.mark.parametrize("object_class", [BALLISTIC, CRUISE])
def test_civil_and_friendly_aircraft_and_tentative_tracks_alert_nobody(changed, object_class):
    inbound = state(29.4, 47.7, 100.0, 90.0, 230.0) if object_class == CRUISE else before_impact(*CITY, 100.0)
    stranger, known = tracks([inbound], [object_class]), tracks([inbound], [object_class], **changed)
    assert len(alert(stranger, new_alert_state(2)).place) > 0
    assert len(alert(known, new_alert_state(2)).place) == 0
    impacts = predict_impacts(stranger, ImpactSettings())  # predicted before it was known who it is
    if "code" not in changed:  # the identity is what the alert looks at
        events = update_alerts(PLACES, BOTH, known, impacts, None, new_alert_state(2), NOW_NS, SETTINGS)
        assert len(events.place) == 0


def test_a_cruise_missile_alerts_the_city_ahead_and_not_the_one_behind():
    memory = new_alert_state(2)
    places = place_table([(29.4, 48.0), (29.4, 47.2)])
    events = alert(tracks([state(29.4, 47.6, 60.0, 90.0, 230.0)], [CRUISE]), memory, places=places)
    assert set(events.place.tolist()) == {0}
    assert memory.probability[0] > 0.5
    assert memory.probability[1] < 1e-3
    edge_s = (0.4 * 111_320.0 * math.cos(29.4 * DEG) - 12_000.0) / 230.0
    assert (events.t_impact_ns[0] - NOW_NS) * 1e-9 == pytest.approx(edge_s, abs=3.0)


def test_two_objects_combine_as_independent_chances():
    memory = new_alert_state(2)
    starts = [before_impact(*CITY, 200.0), before_impact(*CITY, 260.0)]
    alert(tracks(starts, [BALLISTIC] * 2, class_prob=0.6), memory)
    both = memory.probability[0]
    singles = []
    for start in starts:
        alone = new_alert_state(2)
        alert(tracks([start], [BALLISTIC], class_prob=0.6), alone)
        singles.append(alone.probability[0])
    assert both == pytest.approx(1.0 - (1.0 - singles[0]) * (1.0 - singles[1]), rel=1e-9)


def test_a_received_warning_alerts_without_any_own_track():
    memory = new_alert_state(2)
    events = alert(NOTHING, memory, warnings=warning(*CITY, 180.0, sender=[3]))
    assert set(events.place.tolist()) == {0}
    assert (events.track_id == 7000).all()
    assert memory.probability[0] == pytest.approx(0.9, abs=0.01)


def test_a_warning_of_an_object_already_tracked_adds_nothing_but_its_larger_chance():
    own = tracks([before_impact(*CITY, 200.0)], [BALLISTIC], class_prob=0.6)
    memory = new_alert_state(2)
    alert(own, memory, warnings=warning(*CITY, 201.0, sender=[3, 4], p=0.5))
    alone = new_alert_state(2)
    alert(own, alone)
    assert memory.probability[0] == alone.probability[0]
    raised = new_alert_state(2)
    alert(own, raised, warnings=warning(*CITY, 201.0, sender=[3], p=0.9))
    assert raised.probability[0] == pytest.approx(0.9, abs=0.01)


def test_two_warnings_of_one_sender_are_two_objects_and_of_two_senders_one():
    one, two = new_alert_state(2), new_alert_state(2)
    alert(NOTHING, one, warnings=warning(*CITY, 180.0, sender=[3, 3], p=0.5))
    alert(NOTHING, two, warnings=warning(*CITY, 180.0, sender=[3, 4], p=0.5))
    assert one.probability[0] == pytest.approx(0.75, abs=0.01)
    assert two.probability[0] == pytest.approx(0.5, abs=0.01)


def test_warnings_far_apart_in_time_are_two_objects():
    memory = new_alert_state(2)
    both = warning(*CITY, 180.0, sender=[3, 4], p=0.5)
    both.t_ns[1] += 60 * SECOND
    alert(NOTHING, memory, warnings=both)
    assert memory.probability[0] == pytest.approx(0.75, abs=0.01)


def test_a_warning_whose_arrival_has_passed_is_forgotten():
    memory = new_alert_state(2)
    assert len(alert(NOTHING, memory, warnings=warning(*CITY, -60.0, sender=[3])).place) == 0


def test_only_the_rows_asked_for_are_decided():
    memory = new_alert_state(2)
    events = alert(tracks([before_impact(*CITY, 200.0)], [BALLISTIC]), memory, rows=np.array([1], np.int32))
    assert len(events.place) == 0
    assert not memory.in_force.any()


def test_with_nothing_to_see_nothing_happens():
    memory = new_alert_state(2)
    events = update_alerts(PLACES, BOTH, NOTHING, no_impacts(), None, memory, NOW_NS, SETTINGS)
    assert len(events.place) == 0
    assert not memory.in_force.any()


def test_a_higher_chance_never_alerts_fewer_rungs():
    counts = []
    for p in (0.05, 0.2, 0.4, 0.6, 0.8, 0.95):
        picture = tracks([before_impact(*CITY, 200.0)], [BALLISTIC], class_prob=p)
        impacts = predict_impacts(tracks([before_impact(*CITY, 200.0)], [BALLISTIC]), ImpactSettings())
        events = update_alerts(PLACES, BOTH, picture, impacts, None, new_alert_state(2), NOW_NS, SETTINGS)
        counts.append(len(events.place))
    assert counts == sorted(counts)
    assert counts[0] < counts[-1] == len(RUNGS)


def test_every_assumption_lies_in_its_interval_and_names_its_source():
    for name, value in ALERT_VALUES.items():
        assert value.low <= getattr(SETTINGS, name) <= value.high, name
        assert value.source


def test_settings_are_taken_as_they_stand():
    wide = replace(SETTINGS, margin_m=60_000.0)
    places = place_table([(29.4, 48.5)])  # 48 km beside the impact
    picture = tracks([before_impact(*CITY, 200.0)], [BALLISTIC])
    rows = np.array([0], np.int32)
    assert len(alert(picture, new_alert_state(1), rows=rows, places=places).place) == 0
    assert len(alert(picture, new_alert_state(1), rows=rows, places=places, settings=wide).place) == len(
        RUNGS
    )


def test_an_alert_whose_arrival_or_probability_has_changed_is_updated_at_the_public_rung_alone():
    memory = new_alert_state(2)
    public = SETTINGS.public_rung
    alert(tracks([before_impact(*CITY, 200.0)], [BALLISTIC], class_prob=0.4), memory)

    def later(seconds, arrival_s, p):
        found = alert(
            tracks([before_impact(*CITY, arrival_s)], [BALLISTIC], class_prob=p),
            memory,
            NOW_NS + seconds * SECOND,
        )
        told = found.change == AlertChange.UPDATED
        assert set(found.rung[told].tolist()) <= {public}
        return found.t_impact_ns[told].tolist()

    assert later(20, 205.0, 0.42) == []
    assert later(25, 240.0, 0.42) != []
    assert later(30, 300.0, 0.42) == []
    (arrival_ns,) = later(45, 300.0, 0.42)
    assert abs(arrival_ns - NOW_NS - 300 * SECOND) < SECOND
    assert len(later(65, 300.0, 0.9)) == 1
    assert later(85, 300.0, 0.9) == []
