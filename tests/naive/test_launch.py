"""Naive twin of `kernels.launch`: boosts and falls made forwards in tiny steps, then followed back."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skypact.kernels.frame import distance_bearing, geodetic_from_ecef
from skypact.kernels.impact import Ground
from skypact.kernels.launch import back_to_launch, boost_start, launch_of
from tests.naive.test_impact import naive_rate
from tests.warn.world import axes, covariance, ecef

FLAT = Ground(np.zeros((2, 2), np.int16), 0.0, 0.0, 1.0)
SIGMA = np.array([0.4, 0.4, 0.08])


def thrown(push_mps2, burn_s, steep_deg, coast_s, ground_m=0.0, bend_rad=0.0, beta=5500.0):
    """Launch (ECEF) and state after a straight boost from rest and a fall of `coast_s` in steps of 0.05 s."""
    east, _, up = axes(31.0, 48.0)
    launch = ecef(31.0, 48.0, ground_m)

    def along(angle):
        return math.cos(angle) * east + math.sin(angle) * up

    angle = math.radians(steep_deg)
    speed = push_mps2 * burn_s
    state = np.concatenate([launch + 0.5 * speed * burn_s * along(angle), speed * along(angle - bend_rad)])
    for _ in range(round(coast_s / 0.05)):
        state = state + 0.05 * naive_rate(state + 0.025 * naive_rate(state, beta), beta)
    return launch, state


@pytest.mark.parametrize("coast_s", [0.0, 40.0, 300.0])
@pytest.mark.parametrize("ground_m", [0.0, 900.0])
def test_a_straight_boost_is_followed_back_to_its_launch(coast_s, ground_m):
    launch, state = thrown(30.0, 70.0, 50.0, coast_s, ground_m)
    found = back_to_launch(tuple(state), 1 / 5500.0, 0.5 / 30.0, 0.0, ground_m, 2400.0)
    assert found[0]
    assert np.linalg.norm(np.array(found[1:]) - launch) < 250.0


def test_a_bend_of_the_boost_is_followed_too():
    launch, state = thrown(30.0, 70.0, 50.0, 60.0, bend_rad=0.1)
    straight = back_to_launch(tuple(state), 1 / 5500.0, 0.5 / 30.0, 0.0, 0.0, 2400.0)
    bent = back_to_launch(tuple(state), 1 / 5500.0, 0.5 / 30.0, 0.1, 0.0, 2400.0)
    assert np.linalg.norm(np.array(straight[1:]) - launch) > 3000.0
    assert np.linalg.norm(np.array(bent[1:]) - launch) < 300.0


def test_what_still_boosts_lies_on_the_line_behind_it():
    """Its size is not asked for: half of the burn, or told so."""
    launch, state = thrown(30.0, 35.0, 50.0, 0.0)
    for size in (1.0 / 30.0, -1.0):
        found = back_to_launch(tuple(state), 1 / 5500.0, size, 0.0, 0.0, 2400.0)
        assert found[0]
        assert np.linalg.norm(np.array(found[1:]) - launch) < 30.0


def test_what_never_rose_from_the_ground_has_no_launch():
    east, _, _ = axes(31.0, 48.0)
    orbit = np.concatenate([ecef(31.0, 48.0, 400e3), 7700.0 * east])
    assert not back_to_launch(tuple(orbit), 0.0, 0.01, 0.0, 0.0, 2400.0)[0]
    _, late = thrown(30.0, 70.0, 50.0, 200.0)
    assert not back_to_launch(tuple(late), 1 / 5500.0, 0.5 / 30.0, 0.0, 0.0, 100.0)[0]


def test_the_boost_starts_its_length_behind_and_its_bend_below():
    east, _, up = axes(31.0, 48.0)
    state = np.concatenate([ecef(31.0, 48.0, 50e3), 1000.0 * (0.6 * east + 0.8 * up)])
    back = state[:3] - np.array(boost_start(tuple(state), 10e3, 0.0))
    assert back == pytest.approx(10e3 * (0.6 * east + 0.8 * up), abs=1.0)
    steeper = state[:3] - np.array(boost_start(tuple(state), 10e3, 0.1))
    assert np.linalg.norm(steeper) == pytest.approx(10e3, abs=1.0)
    assert math.asin(steeper @ up / 10e3) == pytest.approx(math.asin(0.8) + 0.1, abs=0.003)


@pytest.mark.parametrize("coast_s", [5.0, 120.0])
def test_the_launch_ellipse_holds_95_percent_of_drawn_boosts(coast_s):
    """Boosts of drawn size and bend, seen with drawn errors: the ellipse is that of the assumptions, made backwards."""
    rng = np.random.default_rng(101)
    cov, n, inside = covariance(150.0, 6.0), 300, 0
    point, packed = np.zeros(5), np.zeros(3)
    for _ in range(n):
        push = 0.5 / (0.5 / 30.0 * math.exp(SIGMA[1] * rng.standard_normal()))
        bend = SIGMA[2] * rng.standard_normal()
        launch, state = thrown(push, 2100.0 / push, 50.0, 0.0, 0.0, bend)
        for _ in range(int(coast_s)):
            state = state + naive_rate(state + 0.5 * naive_rate(state, 5500.0), 5500.0)
        seen = rng.multivariate_normal(state, cov)
        assert launch_of(seen, cov, 1 / 5500.0, 0.5 / 30.0, SIGMA, 2400.0, FLAT, point, packed)
        lat, lon, _ = geodetic_from_ecef(*launch)
        distance, bearing = distance_bearing(point[3], point[4], lat, lon)
        off = distance * np.array([math.sin(bearing), math.cos(bearing)])
        ellipse = np.array([[packed[0], packed[1]], [packed[1], packed[2]]])
        inside += int(off @ np.linalg.solve(ellipse, off) <= 5.991464547)
    assert 0.92 < inside / n < 0.985
