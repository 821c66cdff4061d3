"""Naive twins of `kernels.descent` and `kernels.impact`: NumPy vectors, tiny steps, no shortcut."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skypact.kernels.descent import flight_step, fly_to_ground, height_above_ellipsoid
from skypact.kernels.frame import geodetic_from_ecef
from skypact.kernels.impact import Ground, fly_to_terrain, impact_jacobian, predict_course
from tests.naive.flight import density, drag_coefficient_ratio, layered
from tests.warn.world import before_impact, covariance, state

MU, RADIUS, J2, OMEGA = 3.986004418e14, 6378137.0, 1.08262668355e-3, 7.292115e-5


def naive_rate(s, beta_kgpm2):
    pos, vel = s[:3], s[3:]
    r = np.linalg.norm(pos)
    inertial = -MU / r**3 * pos
    factor = -1.5 * J2 * MU * RADIUS**2 / r**5
    sine2 = (pos[2] / r) ** 2
    inertial = inertial + factor * pos * np.array([1 - 5 * sine2, 1 - 5 * sine2, 3 - 5 * sine2])
    spin = np.array([0.0, 0.0, OMEGA])
    total = inertial - 2 * np.cross(spin, vel) - np.cross(spin, np.cross(spin, pos))
    if beta_kgpm2 > 0.0:
        height = geodetic_from_ecef(*pos.tolist())[2]
        if height < 86e3:
            _, temperature = layered(height)
            speed = np.linalg.norm(vel)
            ratio = drag_coefficient_ratio(speed / math.sqrt(1.4 * 287.05287 * temperature), tumbling=False)
            total = total - 0.5 * density(height) * ratio * speed * vel / beta_kgpm2
    return np.concatenate([vel, total])


def naive_flight(s, beta_kgpm2, step_s):
    """Impact (ECEF) and time of flight by the midpoint rule with one tiny fixed step."""
    t, before = 0.0, s
    while geodetic_from_ecef(*s[:3].tolist())[2] > 0.0:
        before = s
        s = s + step_s * naive_rate(s + 0.5 * step_s * naive_rate(s, beta_kgpm2), beta_kgpm2)
        t += step_s
    high, low = geodetic_from_ecef(*before[:3].tolist())[2], geodetic_from_ecef(*s[:3].tolist())[2]
    part = high / (high - low)
    return before[:3] + part * (s[:3] - before[:3]), t - step_s + part * step_s


@pytest.mark.parametrize(("course", "speed", "climb"), [(30.0, 1800.0, 900.0), (250.0, 3000.0, -500.0)])
def test_vacuum_flight_meets_the_naive_one_within_a_metre_and_a_half(course, speed, climb):
    start = state(31.0, 48.0, 90e3, course, speed, climb)
    want, want_t = naive_flight(start, 0.0, 0.2)
    ok, x, y, z, t = fly_to_ground(tuple(start.tolist()), 0.0, 2400.0, 1.0)
    assert ok
    assert np.linalg.norm(np.array([x, y, z]) - want) < 1.5
    assert abs(t - want_t) < 0.01


@pytest.mark.parametrize("beta", [500.0, 5000.0])
def test_flight_with_drag_meets_the_naive_one_within_1_percent_of_what_drag_does(beta):
    start = state(31.0, 48.0, 60e3, 120.0, 1500.0, -200.0)
    want, want_t = naive_flight(start, beta, 0.1)
    free, _ = naive_flight(start, 0.0, 0.1)
    ok, x, y, z, t = fly_to_ground(tuple(start.tolist()), 1.0 / beta, 2400.0, 1.0)
    assert ok
    assert np.linalg.norm(np.array([x, y, z]) - want) < 0.01 * np.linalg.norm(free - want) + 5.0
    assert abs(t - want_t) < 0.5


def test_height_along_the_radius_is_the_geodetic_height_within_a_metre():
    for lat in range(-90, 91, 15):
        for height in (0.0, 10e3, 150e3):
            s = state(float(lat), 20.0, height, 0.0, 0.0)
            assert height_above_ellipsoid(*s[:3].tolist()) == pytest.approx(height, abs=1.0)


def test_a_step_keeps_the_energy_of_the_rotating_frame():
    def jacobi(s):
        r = np.linalg.norm(s[:3])
        potential = -MU / r * (1 - J2 * (RADIUS / r) ** 2 * (1.5 * (s[2] / r) ** 2 - 0.5))
        return 0.5 * s[3:] @ s[3:] + potential - 0.5 * OMEGA**2 * (s[0] ** 2 + s[1] ** 2)

    now = tuple(state(25.0, 50.0, 200e3, 45.0, 3000.0, 500.0).tolist())
    before = jacobi(np.array(now))
    for _ in range(20):
        now = flight_step(now, 10.0, 0.0)
    assert jacobi(np.array(now)) == pytest.approx(before, rel=1e-9)


def test_the_jacobian_predicts_what_a_changed_start_does():
    start = before_impact(31.0, 48.0, 200.0)
    ok, x, y, z, _ = fly_to_ground(tuple(start.tolist()), 1 / 5000.0, 2400.0, 1.0)
    lat, lon, _ = geodetic_from_ecef(x, y, z)
    jacobian = np.zeros((3, 7))
    assert ok
    assert impact_jacobian(tuple(start.tolist()), 1 / 5000.0, 2400.0, lat, lon, jacobian)
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    north = np.array([-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)])
    for j, step in enumerate([300.0] * 3 + [3.0] * 3):
        moved = start.copy()
        moved[j] += step
        want, want_t = naive_flight(moved, 5000.0, 0.25)
        base, base_t = naive_flight(start, 5000.0, 0.25)
        change = want - base
        near = 0.03 * float(np.linalg.norm(change)) + 2.0
        assert jacobian[0, j] * step == pytest.approx(east @ change, abs=near)
        assert jacobian[1, j] * step == pytest.approx(north @ change, abs=near)
        assert jacobian[2, j] * step == pytest.approx(want_t - base_t, abs=0.03)


def test_the_course_leads_where_a_walk_in_small_straight_steps_leads():
    start = state(29.0, 48.0, 100.0, 70.0, 230.0)
    point, cov_en = np.zeros(6), np.zeros(4)
    assert predict_course(start, covariance(100.0, 5.0), 600.0, 0.17, 0.05, point, cov_en)
    pos, vel = start[:3].copy(), start[3:].copy()
    for _ in range(600):  # straight for a second, then turned back to the level plane
        pos = pos + vel
        up = pos / np.linalg.norm(pos)
        vel = vel - (vel @ up) * up
        vel *= 230.0 / np.linalg.norm(vel)
        pos *= np.linalg.norm(start[:3]) / np.linalg.norm(pos)
    up = pos / np.linalg.norm(pos)
    off = point[:3] - pos
    assert np.linalg.norm(off - (off @ up) * up) < 0.01 * 600 * 230
    assert cov_en[0] * cov_en[2] - cov_en[1] ** 2 > 0.0
    hovers = state(29.0, 48.0, 100.0, 70.0, 0.5)
    assert not predict_course(hovers, covariance(1.0, 1.0), 600.0, 0.17, 0.05, point, cov_en)


def hills(profile):
    """Ground whose height (m) depends on the latitude (degrees) alone, and that height as a function of a place."""
    step = 1.0 / 240.0
    lat = 28.0 + step * np.arange(481)
    heights = np.array([profile(x) for x in lat]).round().astype(np.int16)
    grid = Ground(np.ascontiguousarray(np.tile(heights[:, None], (1, 481))), 28.0, 47.0, step)
    return grid, lambda place: float(np.interp(math.degrees(geodetic_from_ecef(*place)[0]), lat, heights))


def naive_impact(s, beta_kgpm2, height_of_ground, step_s=0.02):
    """Where a path in tiny steps meets the ground from above, however it began."""
    above = False
    while True:
        over = geodetic_from_ecef(*s[:3].tolist())[2] - height_of_ground(s[:3].tolist())
        if above and over <= 0.0:
            return s[:3]
        above = above or over > 0.0
        s = s + step_s * naive_rate(s + 0.5 * step_s * naive_rate(s, beta_kgpm2), beta_kgpm2)


@pytest.mark.parametrize(
    "profile",
    [
        lambda lat: 3000.0 * math.exp(-(((lat - 29.44) / 0.08) ** 2)),  # a ridge
        lambda lat: 2500.0 if lat < 29.6 else max(2500.0 - 60e3 * (lat - 29.6), 0.0),  # a plateau
        lambda lat: 0.0,
    ],
)
def test_the_impact_is_where_the_path_meets_the_ground(profile):
    ground, height_of_ground = hills(profile)
    start = before_impact(29.4, 48.0, 40.0, 180.0)
    wanted = naive_impact(start, 5000.0, height_of_ground)
    ok, x, y, z, _, height = fly_to_terrain(tuple(start.tolist()), 1 / 5000.0, 2400.0, ground)
    assert ok
    assert np.linalg.norm(np.array([x, y, z]) - wanted) < 80.0
    assert height == pytest.approx(height_of_ground([x, y, z]), abs=60.0)


def test_what_climbs_from_below_the_ground_at_its_end_is_predicted_there():
    """Launched in a valley, on its way to a plateau of 2,500 m."""
    ground, height_of_ground = hills(lambda lat: 2500.0 if lat < 29.6 else 0.0)
    start = state(29.7, 48.0, 900.0, 180.0, 500.0, 500.0)
    wanted = naive_impact(start, 5000.0, height_of_ground, 0.05)
    ok, x, y, z, t, height = fly_to_terrain(tuple(start.tolist()), 1 / 5000.0, 2400.0, ground)
    assert ok
    assert height == 2500.0
    assert t > 30.0
    assert np.linalg.norm(np.array([x, y, z]) - wanted) < 80.0


def test_what_descends_below_the_ground_has_come_down_and_what_never_rises_above_it_where_it_turns():
    falls = state(29.9, 48.0, 900.0, 180.0, 100.0, -100.0)
    assert fly_to_ground(tuple(falls.tolist()), 0.0, 2400.0, 1.0, 2500.0) == (True, *falls[:3].tolist(), 0.0)
    rises = state(29.9, 48.0, 900.0, 180.0, 100.0, 100.0)
    ok, x, y, z, t = fly_to_ground(tuple(rises.tolist()), 0.0, 2400.0, 1.0, 2500.0)
    assert ok
    assert 5.0 < t < 20.0
    assert height_above_ellipsoid(x, y, z) == pytest.approx(900.0 + 100.0**2 / 19.6, abs=150.0)
