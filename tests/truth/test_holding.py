"""Holding before landing: standard patterns, a share of the airliners, and nothing of the flight before them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skypact.earth.frame import geodetic_from_ecef
from skypact.kernels.profile import HEIGHT, SPEED, TIME
from skypact.model.scenario import Traffic
from skypact.truth._holding import HOLDING_SHARE, held, lap
from skypact.truth.profile import Performance, airport_to_airport
from skypact.truth.route import n_vectors, place_on, route_through
from tests.truth.kinematics import motion, rows_of
from tests.truth.test_traffic import draw

POINTS = n_vectors(np.radians([25.0, 29.0]), np.radians([47.0, 50.0]))


def flight():
    route = route_through(POINTS, 12e3)
    return route, airport_to_airport(
        route.length_m, 235.0, (600.0, 10_668.0, 20.0), Performance(10.0, 8.0, 0.08)
    )


@pytest.mark.parametrize("laps", [1, 2, 3])
@pytest.mark.parametrize("level", range(5, 11))
def test_a_held_flight_goes_round_and_lands_where_it_would(laps, level):
    route, flown = flight()
    draws = (HOLDING_SHARE * (laps - 0.5) / 3.0, (level - 5 + 0.5) / 6.0)
    longer, later = held(route, flown, draws)
    end = place_on(longer, longer.length_m)[:3]
    assert np.linalg.norm(end - POINTS[1]) * 6.371e6 < 1.0
    assert later.knots[-1, HEIGHT] == flown.knots[-1, HEIGHT]
    assert later.at(np.array([later.duration_s]))[0][0] == pytest.approx(longer.length_m, abs=0.1)
    level_s = (np.diff(later.knots[:, TIME])[later.knots[:-1, 4] == 0.0]).tolist()
    time_s = later.duration_s - flown.duration_s
    assert time_s in [pytest.approx(x) for x in level_s]
    at = int(np.argmin(np.abs(np.diff(later.knots[:, TIME]) - time_s)))
    assert later.knots[at, HEIGHT] == pytest.approx(level * 304.8)
    speed = later.knots[at, SPEED]
    assert time_s == pytest.approx(laps * lap(speed)[1], rel=1e-3)
    indicated_kt = speed * math.sqrt((1 - 2.25577e-5 * level * 304.8) ** 4.25588) * 3600 / 1852
    assert indicated_kt <= 230.0 + 0.1


def test_the_pattern_is_the_standard_one():
    radius, time = lap(80.0)  # rate one needs less than 25 degrees of bank
    assert radius == pytest.approx(80.0 / math.radians(3.0))
    assert time == pytest.approx(240.0)
    radius, time = lap(120.0)
    assert math.degrees(math.atan(120.0**2 / radius / 9.80665)) == pytest.approx(25.0)
    assert 240.0 < time < 340.0


def test_without_the_draw_nothing_is_held():
    route, flown = flight()
    assert held(route, flown, (HOLDING_SHARE, 0.5)) == (route, flown)


def test_a_flight_that_stays_below_does_not_hold():
    route = route_through(n_vectors(np.radians([25.0, 25.3]), np.radians([47.0, 47.4])), 12e3)
    flown = airport_to_airport(route.length_m, 100.0, (0.0, 1_200.0, 0.0), Performance(4.0, 3.0, 0.08))
    assert held(route, flown, (0.0, 0.9)) == (route, flown)


def test_a_share_of_the_airliners_holds_with_right_turns_of_25_degrees_or_less():
    truth = draw(traffic=Traffic(500, 0.0, 0.0, 0.0, 0.0, 0.0), lead_in_s=600.0)
    holds = landed = 0
    for i in range(len(truth.key)):
        state = truth.state[rows_of(truth, i)]
        seen = motion(state)
        landed += truth.end_s[i] < 3599
        east = np.diff(seen.lon) * np.cos(seen.lat[:-1])
        heading = np.unwrap(np.arctan2(east, np.diff(seen.lat)))
        if np.ptp(heading) > math.pi:
            holds += truth.end_s[i] < 3599
            assert np.diff(heading).max() < math.radians(3.0) * 1.02
            assert np.diff(heading).min() > -math.radians(0.05)
            assert seen.lateral.max() < 9.80665 * math.tan(math.radians(25.0)) * 1.01
    assert holds / landed == pytest.approx(HOLDING_SHARE, abs=0.06)
    _, _, height = geodetic_from_ecef(truth.end_ecef_m)
    assert np.isfinite(height).all()
