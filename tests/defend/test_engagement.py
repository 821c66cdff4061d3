"""The life of an engagement, its magazine and its channels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.defend import (
    ENGAGEMENT_TABLE,
    EngagementEvent,
    EngagementState,
    apply_assessment,
    engagement_diagram,
    new_fire_state,
)
from skypact.defend.engagement import after
from skypact.defend.state import may_fire, reload, reserve
from skypact.model.codes import Assessment
from tests.defend.world import SECOND, SETTINGS, battery_table
from tests.warn.world import NOW_NS

MINE = np.array([0, 1], np.int32)
TRACK = 101


def engaged(**changed):
    batteries = battery_table([(29.0, 48.0), (29.0, 48.1)], **changed)
    memory = new_fire_state(batteries)
    reserve(memory, batteries, 0, TRACK, 1, NOW_NS, NOW_NS + 30 * SECOND)
    return batteries, memory


def free_to_fire(memory, seconds, updated=None):
    now_ns = NOW_NS + int(seconds * SECOND)
    updated_ns = now_ns if updated is None else NOW_NS + int(updated * SECOND)
    return may_fire(memory, 0, TRACK, updated_ns, now_ns, SETTINGS)


def test_every_state_is_reached_and_can_be_left_and_every_event_matters():
    starts = {start for start, _ in ENGAGEMENT_TABLE}
    ends = set(ENGAGEMENT_TABLE.values())
    assert starts == set(EngagementState)
    assert ends == set(EngagementState) - {EngagementState.CLEAR}
    assert {event for _, event in ENGAGEMENT_TABLE} == set(EngagementEvent)


def test_an_event_that_the_table_lacks_changes_nothing():
    for s in EngagementState:
        for e in EngagementEvent:
            assert after(s, e) == ENGAGEMENT_TABLE.get((s, e), s)


def test_the_diagram_has_one_arrow_for_each_line_of_the_table():
    lines = engagement_diagram().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert len(lines) == len(ENGAGEMENT_TABLE) + 2
    assert "    IN_FLIGHT --> ASSESSING: intercept due" in lines


def test_no_second_shot_before_the_first_is_assessed():
    _, memory = engaged()
    for seconds in (0, 10, 29, 31, 34, 59):
        assert not free_to_fire(memory, seconds)


@pytest.mark.parametrize("assessment", [Assessment.MISSED, Assessment.UNKNOWN])
def test_a_missed_or_unknown_shot_may_be_followed_by_another(assessment):
    _, memory = engaged()
    apply_assessment(memory, 0, TRACK, assessment, NOW_NS + 34 * SECOND)
    assert free_to_fire(memory, 36)


def test_after_an_unknown_outcome_the_track_must_have_been_seen_again():
    _, memory = engaged()
    apply_assessment(memory, 0, TRACK, Assessment.UNKNOWN, NOW_NS + 34 * SECOND)
    assert not free_to_fire(memory, 36, updated=29)
    assert free_to_fire(memory, 36, updated=35)


def test_a_believed_kill_ends_it_unless_the_track_lives_on():
    _, memory = engaged()
    apply_assessment(memory, 0, TRACK, Assessment.KILLED, NOW_NS + 34 * SECOND)
    assert not free_to_fire(memory, 36)
    assert not free_to_fire(memory, 53.9)
    assert not free_to_fire(memory, 80, updated=40)  # coasting proves nothing
    assert free_to_fire(memory, 54)


def test_an_assessment_that_never_comes_is_not_waited_for_for_ever():
    _, memory = engaged()
    assert not free_to_fire(memory, 30 + SETTINGS.assessment_timeout_s - 1)
    assert free_to_fire(memory, 30 + SETTINGS.assessment_timeout_s)


def test_the_assessment_of_an_older_or_foreign_shot_is_ignored():
    _, memory = engaged()
    apply_assessment(memory, 0, TRACK, Assessment.MISSED, NOW_NS + 29 * SECOND)  # before the intercept
    apply_assessment(memory, 1, TRACK, Assessment.MISSED, NOW_NS + 34 * SECOND)  # another battery's
    apply_assessment(memory, 0, 999, Assessment.MISSED, NOW_NS + 34 * SECOND)
    assert not free_to_fire(memory, 36)


def test_another_nation_is_not_bound_by_it():
    _, memory = engaged()
    assert may_fire(memory, 1, TRACK, NOW_NS, NOW_NS, SETTINGS)


def test_a_channel_is_busy_until_the_intercept():
    batteries, memory = engaged(channels=1)
    with pytest.raises(ValueError, match="0 free"):
        reserve(memory, batteries, 0, 102, 1, NOW_NS + 29 * SECOND, NOW_NS + 60 * SECOND)
    reserve(memory, batteries, 0, 102, 1, NOW_NS + 30 * SECOND, NOW_NS + 60 * SECOND)


def test_an_empty_magazine_is_full_again_after_its_reload_and_never_where_there_is_none():
    for reload_s, rounds in ((600.0, 1), (0.0, 0)):
        batteries, memory = engaged(stock=1, reload_s=reload_s)
        assert memory.stock.tolist() == [0, 1]
        reload(memory, batteries, MINE, NOW_NS + 599 * SECOND)
        assert memory.stock[0] == 0
        reload(memory, batteries, MINE, NOW_NS + 600 * SECOND)
        assert memory.stock.tolist() == [rounds, 1]


def test_a_counted_store_gives_a_reload_what_it_has_and_no_more():
    batteries = battery_table([(29.0, 48.0), (29.0, 48.1)], stock=4, reload_s=600.0)
    memory = new_fire_state(batteries, np.array([7, 2], np.int32))
    assert memory.stock.tolist() == [4, 2]
    assert memory.store is not None
    assert memory.store.tolist() == [3, 0]
    for k, (battery, rounds) in enumerate(((0, 4), (1, 2))):
        reserve(memory, batteries, battery, TRACK + k, rounds, NOW_NS, NOW_NS + 30 * SECOND)
    reload(memory, batteries, MINE, NOW_NS + 600 * SECOND)
    assert memory.stock.tolist() == [3, 0]
    assert memory.store.tolist() == [0, 0]
    reserve(memory, batteries, 0, TRACK + 2, 3, NOW_NS + 600 * SECOND, NOW_NS + 630 * SECOND)
    reload(memory, batteries, MINE, NOW_NS + 5000 * SECOND)
    assert memory.stock.tolist() == [0, 0]


@given(
    st.integers(1, 3),
    st.integers(0, 6),
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(1, 3), st.integers(0, 20), st.integers(1, 40)), max_size=25
    ),
)
def test_no_magazine_goes_below_zero_and_no_channel_is_booked_twice(channels, stock, orders):
    batteries = battery_table([(29.0, 48.0), (29.0, 48.1)], channels=channels, stock=stock)
    memory = new_fire_state(batteries)
    now, spent = 0, [0, 0]
    flights: list[tuple[int, int]] = []
    for number, (battery, rounds, wait, flight) in enumerate(orders):
        now += wait
        in_use = len([end for b, end in flights if b == battery and end > now])
        possible = in_use < channels and spent[battery] + rounds <= stock
        try:
            reserve(memory, batteries, battery, number, rounds, now * SECOND, (now + flight) * SECOND)
        except ValueError:
            assert not possible
            continue
        assert possible
        flights.append((battery, now + flight))
        spent[battery] += rounds
        assert memory.stock.tolist() == [stock - s for s in spent]
        assert (memory.stock >= 0).all()
