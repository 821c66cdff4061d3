"""The least heights of an aircraft's way: over hills, no steeper than it climbs, as they were before it turned."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skypact.earth.terrain import Terrain
from skypact.model.codes import ObjectClass
from skypact.truth.clearance import SPACING_M, joined, least_heights, over, steepest
from skypact.truth.profile import Performance, airport_to_airport, level_profile
from skypact.truth.route import ground_along, n_vectors, place_on, route_through
from tests.truth import world

SLOPE = math.tan(0.08)


def ridge():
    heights = np.zeros((60, 60), dtype=np.int16)
    heights[:, 14] = 2_000  # 50.28 E, some 28 km from the airport
    return Terrain(heights, 26.5, 50.0, 0.02, "ridge")


def flight():
    route = route_through(n_vectors(np.radians([27.0, 27.0]), np.radians([50.0, 51.1])), 12e3)
    return route, airport_to_airport(
        route.length_m, 235.0, (10.0, 6_096.0, 0.0), Performance(5.0, 8.0, SLOPE)
    )


def test_a_ridge_beside_the_airport_lifts_the_way_by_150_m_and_no_steeper_than_it_climbs():
    route, flown = flight()
    least = least_heights(ridge(), 2_000.0, route, flown, SLOPE)
    s = np.arange(0.0, route.length_m, 50.0)
    points = np.array([place_on(route, x)[:3] for x in s])
    ground = ground_along(ridge(), points)
    floor = np.interp(s, SPACING_M * np.arange(len(least)), least)
    climbed = 10.0 - 100.0 + SLOPE * s
    free = (ground + 150.0 < climbed - 700.0) & (s < 0.5 * route.length_m)
    high = ground > 1_000.0
    assert high.any()
    assert (floor >= np.minimum(ground + 150.0, climbed) - 260.0)[s < 0.5 * route.length_m].all()
    assert (floor[high & free] >= ground[high & free] + 149.0).all()
    assert np.abs(np.diff(least)).max() <= SLOPE * SPACING_M * 1.0001
    t = np.arange(0.0, flown.duration_s)
    along, height, _ = flown.at(t)
    raised = over(height, along, least)
    at_ridge = np.argmin(np.abs(along - s[ground.argmax()]))
    assert height[at_ridge] < 2_000.0
    assert raised[at_ridge] > height[at_ridge] + 100.0
    assert raised[at_ridge] >= min(2_150.0, climbed[ground.argmax()]) - 160.0
    assert raised[0] == pytest.approx(10.0, abs=0.5)
    assert (raised >= height).all()


def test_high_flights_are_not_touched():
    route, _ = flight()
    flown = level_profile(route.length_m, 235.0, 9_000.0)
    t = np.arange(0.0, flown.duration_s)
    along, height, _ = flown.at(t)
    least = least_heights(ridge(), 2_000.0, route, flown, SLOPE)
    assert over(height, along, least).tobytes() == height.tobytes()


def test_before_the_turn_the_least_heights_are_as_they_were_and_then_join_smoothly():
    before, after = np.full(100, 500.0), np.full(140, 2_000.0)
    least = joined(before, after, 30e3)
    assert (least[:32] == 500.0).all()
    assert least[-1] == 2_000.0
    assert np.diff(least).min() >= 0.0
    assert np.diff(least).max() < 0.06 * SPACING_M


def test_ground_lifts_a_way_as_steeply_as_any_of_its_class_climbs():
    threat = world.threat("kind", ObjectClass.CIVIL, climb_rad=world.value(0.1, 0.05, 0.17))
    assert steepest(threat) == pytest.approx(math.tan(0.17))
