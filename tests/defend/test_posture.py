"""A lone silent aircraft is never fired at; a raid is."""

from __future__ import annotations

from typing import Any

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


def _allowed(
    state: FireState, kinds: list[int], t_s: float, nation: int = 0, first_id: int = 1, **changed: Any
) -> list[bool]:
    ids = np.arange(first_id, first_id + len(kinds), dtype=np.uint64)
    settings = FireSettings(**changed)
    found = free_to_engage(state, nation, ids, np.array(kinds, np.uint8), round(t_s * SECOND), settings)
    return found.tolist()


def test_fewer_air_breathing_objects_than_a_raid_are_left_alone(state: FireState) -> None:
    assert _allowed(state, [AIR], 0.0) == [False]
    assert _allowed(state, [AIR, AIR], 5.0) == [False, False]


def test_a_ballistic_object_is_always_engaged_and_frees_the_fire_on_others_once_it_has_lasted(
    state: FireState,
) -> None:
    assert _allowed(state, [AIR, FALLING], 0.0) == [False, True]
    assert _allowed(state, [AIR, FALLING], 5.0) == [False, True]
    assert _allowed(state, [AIR, FALLING], 10.0) == [False, True]
    assert _allowed(state, [AIR, FALLING], 15.0) == [True, True]
    assert _allowed(state, [AIR], 1814.0) == [True]
    assert _allowed(state, [AIR], 1816.0) == [False]


def test_ballistic_tracks_that_come_and_go_free_no_fire_on_others(state: FireState) -> None:
    """As those are that false plots make: each lasts some seconds, and another comes."""
    for k in range(20):
        assert _allowed(state, [FALLING, AIR], 10.0 * k, first_id=1 + 5 * k) == [True, False]
    for k in range(40, 80):
        assert _allowed(state, [FALLING, AIR] if k % 2 else [AIR], 5.0 * k)[-1] is False


def test_a_ballistic_track_that_comes_back_after_nothing_was_judged_has_not_lasted(state: FireState) -> None:
    assert _allowed(state, [FALLING], 100.0) == [True]
    assert _allowed(state, [FALLING, AIR], 116.0) == [True, False]


def test_ballistic_tracks_do_not_make_a_lone_silent_aircraft_a_raid(state: FireState) -> None:
    assert _allowed(state, [FALLING, FALLING, AIR], 0.0) == [True, True, False]


def test_a_raid_of_drones_frees_the_fire_of_the_nation_that_sees_it_and_of_no_other(state: FireState) -> None:
    assert _allowed(state, [AIR] * FireSettings().raid_size, 0.0) == [True] * FireSettings().raid_size
    assert _allowed(state, [AIR], 60.0) == [True]
    assert _allowed(state, [AIR], 60.0, nation=1) == [False]


def test_an_order_frees_the_fire_on_a_lone_silent_aircraft_while_it_stands(state: FireState) -> None:
    allowed = [
        _allowed(state, [AIR], t_s, free_from_s=60.0, free_until_s=120.0)[0] for t_s in (59, 60, 119, 120)
    ]
    assert allowed == [False, True, True, False]


@given(
    st.lists(
        st.tuples(st.integers(0, 5000), st.lists(st.sampled_from([AIR, FALLING]), max_size=5)), max_size=12
    )
)
def test_nothing_air_breathing_is_engaged_unless_a_raid_was_seen_in_the_last_half_hour(
    looks: list[tuple[float, list[int]]],
) -> None:
    none = np.zeros(0, np.int64)
    state = FireState(none.astype(np.int8), none.astype(np.int32), none.reshape(0, 0), none)
    settings = FireSettings()
    raid_s, last_s = -np.inf, 0.0
    since_s: dict[int, float] = {}
    for t_s, kinds in sorted(looks, key=lambda look: look[0]):
        if t_s - last_s > settings.raid_confirm_s / 2.0:
            since_s = {}
        last_s = t_s
        since_s = {row: since_s.get(row, t_s) for row, kind in enumerate(kinds) if kind == FALLING}
        lasting = any(t_s - first_s >= settings.raid_confirm_s for first_s in since_s.values())
        if lasting or kinds.count(AIR) >= settings.raid_size:
            raid_s = t_s
        free = raid_s + settings.raid_s > t_s
        assert _allowed(state, kinds, t_s) == [kind == FALLING or free for kind in kinds]
