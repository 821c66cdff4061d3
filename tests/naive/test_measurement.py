"""Measurement kernels against plain geometry and differences."""

import math

import numpy as np
import pymap3d
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.kernels.measurement import (
    elevation_at_height,
    linearise,
    linearise_sound,
    position_of,
    position_spread,
    range_to_shell,
    spherical_of,
    wrap,
)
from tests.track.world import LAT, LON, from_enu, rotation

ORIGIN = from_enu(0.0, 0.0, 30.0)
ROT = rotation(LAT, LON)


def naive_measure(state):
    e, n, u = ROT @ (state[:3] - ORIGIN)
    r = math.sqrt(e * e + n * n + u * u)
    d = (state[:3] - ORIGIN) / r
    return np.array([r, math.atan2(e, n), math.asin(u / r), d @ state[3:]])


def naive_sound(state):
    r = np.linalg.norm(state[:3] - ORIGIN)
    past = state.copy()
    past[:3] -= r / 340.294 * state[3:]
    return naive_measure(past)


states = st.tuples(
    st.floats(-2e5, 2e5), st.floats(1e3, 2e5), st.floats(0.0, 1e5), st.floats(-2e3, 2e3), st.floats(-2e3, 2e3)
)


@given(states)
def test_value_and_jacobian_are_those_of_plain_geometry(x):
    state = np.concatenate([from_enu(*x[:3]), [x[3], x[4], 100.0]])
    value, rows = np.empty(4), np.empty((4, 6))
    linearise(state, ORIGIN, ROT, value, rows)
    assert value == pytest.approx(naive_measure(state), rel=1e-8, abs=1e-8)
    for j in range(6):
        step = 0.5
        up, down = state.copy(), state.copy()
        up[j] += step
        down[j] -= step
        slope = (naive_measure(up) - naive_measure(down)) / (2 * step)
        assert rows[:, j] == pytest.approx(slope, rel=1e-3, abs=2e-6)


def test_sound_tells_of_the_past():
    state = np.concatenate([from_enu(4e3, 5e3, 600.0), [30.0, -20.0, 35.0]])
    value, rows = np.empty(4), np.empty((4, 6))
    linearise_sound(state, ORIGIN, ROT, value, rows)
    assert value[:3] == pytest.approx(naive_sound(state)[:3], rel=1e-9)
    step = 0.01
    for j in range(3, 6):
        up = state.copy()
        up[j] += step
        slope = (naive_sound(up) - naive_sound(state)) / step
        assert rows[1:3, j] == pytest.approx(slope[1:3], rel=1e-2, abs=1e-8)


@given(st.floats(1e3, 1e6), st.floats(-3.1, 3.1), st.floats(-0.2, 1.5))
def test_a_place_measures_as_what_it_was_made_from(r, bearing, elevation):
    pos = np.empty(3)
    position_of(r, bearing, elevation, ORIGIN, ROT, pos)
    assert spherical_of(pos, ORIGIN, ROT) == pytest.approx((r, bearing, elevation), rel=1e-6, abs=1e-8)
    spread = np.empty((3, 3))
    position_spread(r, bearing, elevation, ROT, spread)
    other = np.empty(3)
    position_of(r, bearing + 1e-6, elevation, ORIGIN, ROT, other)
    assert (other - pos) / 1e-6 == pytest.approx(spread[:, 1], rel=1e-3, abs=1e-3 * r)


@given(st.floats(-50.0, 50.0))
def test_a_wrapped_angle_is_the_same_direction(angle):
    assert -math.pi <= wrap(angle) < math.pi + 1e-12
    assert math.cos(wrap(angle)) == pytest.approx(math.cos(angle), abs=1e-9)


@pytest.mark.parametrize("elevation", [0.02, 0.5, 1.4])
def test_a_line_of_sight_from_the_ground_leaves_the_shell_at_its_height(elevation):
    r = range_to_shell(ORIGIN, ROT, 1.0, elevation, 25e3)
    pos = np.empty(3)
    position_of(r, 1.0, elevation, ORIGIN, ROT, pos)
    axes = np.array([6378137.0 + 25e3, 6378137.0 + 25e3, 6356752.314245 + 25e3])
    assert np.sum((pos / axes) ** 2) == pytest.approx(1.0, abs=1e-12)


def test_a_line_of_sight_from_space_meets_the_shell_in_front_or_misses():
    high = from_enu(0.0, 0.0, 35.8e6)
    assert range_to_shell(high, ROT, 0.0, -math.pi / 2, 25e3) == pytest.approx(35.775e6, rel=1e-4)
    assert range_to_shell(high, ROT, 0.0, -1.2, 25e3) == -1.0
    assert range_to_shell(high, ROT, 0.0, 1.0, 25e3) == -1.0


def naive_elevation(range_m, bearing_rad, height_m):
    """By halving, with another library's geodesy; NaN where neither end brackets the height."""
    lat, lon = math.degrees(LAT), math.degrees(LON)

    def height(elevation):
        return pymap3d.aer2geodetic(
            math.degrees(bearing_rad), math.degrees(elevation), range_m, lat, lon, 30.0
        )[2]

    low, high = -math.pi / 2, math.pi / 2
    if not height(low) <= height_m <= height(high):
        return math.nan
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if height(middle) < height_m else (low, middle)
    return 0.5 * (low + high)


@given(st.floats(100.0, 500e3), st.floats(0.0, 6.28), st.floats(-300.0, 20e3))
def test_elevation_at_a_height_is_where_halving_finds_it(range_m, bearing_rad, height_m):
    found = elevation_at_height(range_m, bearing_rad, height_m, ORIGIN, ROT)
    wanted = naive_elevation(range_m, bearing_rad, height_m)
    if abs(abs(height_m - 30.0) - range_m) < 1.0:
        return  # straight up or down, to the metre: either answer will do
    assert math.isnan(found) == math.isnan(wanted)
    if not math.isnan(wanted):
        assert found == pytest.approx(wanted, abs=2e-6)


def test_no_elevation_without_a_range():
    assert math.isnan(elevation_at_height(0.0, 0.0, 30.0, ORIGIN, ROT))
    assert math.isnan(elevation_at_height(math.nan, 0.0, 30.0, ORIGIN, ROT))
