"""What took off at home is not fired at; what comes into view elsewhere, or fast, is."""

from __future__ import annotations

import numpy as np
import pytest

from skypact.defend import decide, new_fire_state
from skypact.defend.origin import took_off
from skypact.defend.settings import FireSettings
from skypact.model.codes import ObjectClass
from tests.defend.world import SETTINGS, battery_table, picture_of
from tests.warn.world import NOW_NS, ecef, place_table, state, tracks

AIRPORTS = np.array([ecef(29.4, 48.0), ecef(26.0, 50.0)])
SLOW, FAST = np.array([[60.0, 0.0, 0.0]]), np.array([[220.0, 0.0, 0.0]])


@pytest.mark.parametrize(
    ("place", "velocity", "expected"),
    [
        ((29.45, 48.0), SLOW, True),
        ((26.0, 50.1), SLOW, True),
        ((29.55, 48.0), SLOW, False),
        ((29.45, 48.0), FAST, False),
    ],
)
def test_a_slow_track_first_seen_beside_an_airport_has_taken_off(place, velocity, expected):
    assert took_off(np.array([ecef(*place)]), velocity, AIRPORTS, FireSettings()).tolist() == [expected]


def test_without_airports_nothing_takes_off():
    assert not took_off(np.zeros((3, 3)), np.zeros((3, 3)), np.zeros((0, 3)), FireSettings()).any()


def _fired(object_class: ObjectClass, departed: bool) -> int:
    batteries, places = battery_table([(29.35, 48.05)]), place_table([(29.4, 48.0)])
    picture = picture_of(
        tracks([state(29.2, 48.0, 500.0, 0.0, 60.0)], [int(object_class)], 0.95), took_off=departed
    )
    mine = np.arange(1, dtype=np.int32)
    shots = decide(batteries, mine, picture, places, new_fire_state(batteries), NOW_NS, None, SETTINGS)
    return len(shots.battery)


def test_a_drone_is_fired_at_unless_it_took_off_at_home():
    assert _fired(ObjectClass.DRONE, departed=False) == 1
    assert _fired(ObjectClass.DRONE, departed=True) == 0
