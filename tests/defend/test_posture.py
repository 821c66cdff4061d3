"""A lone silent aircraft is never fired at; a raid is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.defend.posture import free_to_engage
from skypact.defend.settings import FireSettings
from skypact.defend.state import FireState
from skypact.model.codes import ImpactKind

SECOND = 1_000_000_000
AIR, FALLING = int(ImpactKind.REACHABLE), int(ImpactKind.BALLISTIC)


@pytest.fixture
def state() -> FireState:
    none = np.zeros(0, np.int64)
    return FireState(none.astype(np.int8), none.astype(np.int32), none.reshape(0, 0), none)


def _allowed(state: FireState, kinds: list[int], t_s: float, nation: int = 0) -> list[bool]:
    found = free_to_engage(state, nation, np.array(kinds, np.uint8), round(t_s * SECOND), FireSettings())
    return found.tolist()


def test_fewer_air_breathing_objects_than_a_raid_are_left_alone(state: FireState) -> None:
    assert _allowed(state, [AIR], 0.0) == [False]
    assert _allowed(state, [AIR, AIR], 5.0) == [False, False]


def test_a_ballistic_object_is_always_engaged_and_frees_the_fire_on_others(state: FireState) -> None:
    assert _allowed(state, [AIR, FALLING], 0.0) == [True, True]
    assert _allowed(state, [AIR], 1799.0) == [True]
    assert _allowed(state, [AIR], 1801.0) == [False]


def test_a_raid_of_drones_frees_the_fire_of_the_nation_that_sees_it_and_of_no_other(state: FireState) -> None:
    assert _allowed(state, [AIR] * FireSettings().raid_size, 0.0) == [True] * FireSettings().raid_size
    assert _allowed(state, [AIR], 60.0) == [True]
    assert _allowed(state, [AIR], 60.0, nation=1) == [False]


def test_an_order_frees_the_fire_on_a_lone_silent_aircraft_while_it_stands(state: FireState) -> None:
    raised = FireSettings(free_from_s=60.0, free_until_s=120.0)
    one = np.array([AIR], np.uint8)
    allowed = [bool(free_to_engage(state, 0, one, t_s * SECOND, raised)[0]) for t_s in (59, 60, 119, 120)]
    assert allowed == [False, True, True, False]


@given(
    st.lists(
        st.tuples(st.floats(0, 5000), st.lists(st.sampled_from([AIR, FALLING]), max_size=5)), max_size=12
    )
)
def test_nothing_air_breathing_is_engaged_unless_a_raid_was_seen_in_the_last_half_hour(
    looks: list[tuple[float, list[int]]],
) -> None:
    none = np.zeros(0, np.int64)
    state = FireState(none.astype(np.int8), none.astype(np.int32), none.reshape(0, 0), none)
    settings = FireSettings()
    raid_s = -np.inf
    for t_s, kinds in sorted(looks, key=lambda look: look[0]):
        if FALLING in kinds or len(kinds) >= settings.raid_size:
            raid_s = t_s
        free = raid_s + settings.raid_s > t_s
        assert _allowed(state, kinds, t_s) == [kind == FALLING or free for kind in kinds]
