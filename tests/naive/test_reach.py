"""Naive twins of `kernels.reach`: brute quadrature and plain vectors."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.kernels.reach import course_probability, disc_probability, impact_probability, normal_below
from tests.warn.world import DEG, covariance, ecef, state


def naive_disc(east, north, cov, radius, cells=1200):
    """The mass on a disc: the sum over a fine polar grid of cells, each with its area."""
    r = (np.arange(cells) + 0.5) * radius / cells
    a = (np.arange(cells) + 0.5) * 2 * np.pi / cells
    x = r[:, None] * np.cos(a) - east
    y = r[:, None] * np.sin(a) - north
    inverse = np.linalg.inv(cov)
    q = inverse[0, 0] * x * x + 2 * inverse[0, 1] * x * y + inverse[1, 1] * y * y
    density = np.exp(-0.5 * q) / (2 * np.pi * math.sqrt(np.linalg.det(cov)))
    return float((density * r[:, None]).sum() * radius / cells * 2 * np.pi / cells)


@given(
    st.floats(0.0, 3.0),
    st.floats(0.0, 2 * math.pi),
    st.floats(0.05, 20.0),
    st.floats(0.05, 1.0),
    st.floats(0.0, math.pi),
)
def test_the_mass_on_a_disc_is_that_of_brute_quadrature_to_a_thousandth(distance, where, major, ratio, tilt):
    radius = 8000.0
    rot = np.array([[math.cos(tilt), -math.sin(tilt)], [math.sin(tilt), math.cos(tilt)]])
    sigma = radius * np.array([major, major * ratio])
    sigma[1] = max(sigma[1], 0.02 * radius)  # the brute grid resolves no thinner ellipse
    cov = rot @ np.diag(sigma**2) @ rot.T
    east, north = distance * radius * math.cos(where), distance * radius * math.sin(where)
    got = disc_probability(east, north, cov[0, 0], cov[0, 1], cov[1, 1], radius)
    assert got == pytest.approx(naive_disc(east, north, cov, radius, 700), abs=1e-3)


def test_the_mass_on_a_disc_has_the_closed_form_at_the_centre_of_a_round_gaussian():
    for sigma in (10.0, 1000.0, 8000.0, 1e6):
        want = 1.0 - math.exp(-0.5 * (8000.0 / sigma) ** 2)
        assert disc_probability(0.0, 0.0, sigma**2, 0.0, sigma**2, 8000.0) == pytest.approx(want, abs=1e-4)


def test_the_mass_of_a_point_is_all_or_nothing():
    assert disc_probability(100.0, 0.0, 0.0, 0.0, 0.0, 101.0) == 1.0
    assert disc_probability(100.0, 0.0, 0.0, 0.0, 0.0, 99.0) == 0.0


def test_monte_carlo_finds_the_same_mass():
    rng = np.random.default_rng(7)
    cov = np.array([[9e6, -4e6], [-4e6, 4e6]])
    draws = rng.multivariate_normal([3000.0, 2000.0], cov, 400_000)
    hits = (np.hypot(draws[:, 0], draws[:, 1]) <= 5000.0).mean()
    got = disc_probability(3000.0, 2000.0, 9e6, -4e6, 4e6, 5000.0)
    assert abs(got - hits) < 4 * math.sqrt(0.25 / 400_000)


def test_an_impact_is_offset_as_the_chord_in_ecef_says():
    place, impact = (29.4, 48.0), (29.47, 48.06)
    offset = float(np.linalg.norm(ecef(*place) - ecef(*impact)))
    sigma2 = 10.0**2  # so small that the mass jumps from 0 to 1 within a few tens of metres
    args = (impact[0] * DEG, impact[1] * DEG, sigma2, 0.0, sigma2, place[0] * DEG, place[1] * DEG)
    assert impact_probability(*args, offset + 60.0) > 0.99
    assert impact_probability(*args, offset - 60.0) < 0.01
    across = (0.3 * DEG, (180.0 - 0.01) * DEG, 1e6, 0.0, 1e6, 0.3 * DEG, (-180.0 + 0.01) * DEG, 10_000.0)
    assert impact_probability(*across) > 0.99


def naive_course(mean, cov, place, radius, horizon, turn, share):
    up = mean[:3] / np.linalg.norm(mean[:3])
    distance = math.acos(up @ place / np.linalg.norm(place)) * np.linalg.norm(mean[:3])
    if distance <= radius:
        return 1.0, 0.0
    level = mean[3:] - (mean[3:] @ up) * up
    speed = np.linalg.norm(level)
    along, side = level / speed, np.cross(up, level / speed)
    to = place - (place @ up) * up
    off = math.atan2(to @ side, to @ along)
    var = turn**2 + side @ cov[3:, 3:] @ side / speed**2 + side @ cov[:3, :3] @ side / distance**2
    width = math.asin(radius / distance)
    p = normal_below((off + width) / math.sqrt(var)) - normal_below((off - width) / math.sqrt(var))
    spread = math.sqrt(along @ cov[3:, 3:] @ along + (share * speed) ** 2)
    ahead = normal_below((speed * horizon - (distance - radius)) / (horizon * spread + 1.0))
    return p * ahead, (distance - radius) / speed


@pytest.mark.parametrize("course", [0.0, 60.0, 75.0, 90.0, 180.0, 270.0])
@pytest.mark.parametrize("lon", [48.05, 48.3, 49.0, 50.5])
def test_the_chance_of_a_course_is_the_naive_one(course, lon):
    mean, cov, place = state(29.0, 48.0, 80.0, course, 220.0), covariance(300.0, 8.0), ecef(29.0, lon)
    got = course_probability(mean, cov, place, 9000.0, 600.0, 0.17, 0.05)
    want = naive_course(mean, cov, place, 9000.0, 600.0, 0.17, 0.05)
    assert got[0] == pytest.approx(want[0], abs=1e-6)
    if want[0] > 1e-6:
        assert got[1] == pytest.approx(want[1], rel=1e-6)


def test_the_chance_of_a_course_falls_with_the_angle_off_it():
    place = ecef(29.0, 48.4)
    courses = [state(29.0, 48.0, 80.0, c, 220.0) for c in (90.0, 100.0, 120.0, 150.0, 270.0)]
    chances = [
        course_probability(s, covariance(100.0, 5.0), place, 9000.0, 600.0, 0.17, 0.05)[0] for s in courses
    ]
    assert chances[0] > 0.6
    assert all(a > b for a, b in pairwise(chances))
