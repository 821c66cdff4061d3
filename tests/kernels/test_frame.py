"""Frames against their slow twins, compiled and not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.kernels import frame
from tests.naive import frame as naive

LAT = st.floats(-math.pi / 2, math.pi / 2)
LON = st.floats(-math.pi, math.pi)
HEIGHT = st.floats(-10e3, 40e6)
BEARING = st.floats(0, 2 * math.pi, exclude_max=True)
TWO_PI = 2 * math.pi


def apart(angle, other):
    """Size of the difference of two angles."""
    return abs(math.remainder(angle - other, TWO_PI))


def uncompiled(kernel: Any) -> Any:
    """The Python function behind a kernel (itself, where compiling is switched off)."""
    return getattr(kernel, "py_func", kernel)


@given(LAT, LON, HEIGHT)
def test_geodetic_to_ecef_is_the_point_on_the_normal(lat, lon, height):
    assert frame.ecef_from_geodetic(lat, lon, height) == pytest.approx(
        naive.ecef_from_geodetic(lat, lon, height), abs=1e-7
    )


@given(LAT, LON, HEIGHT)
def test_geodetic_and_ecef_undo_each_other_within_a_micrometre(lat, lon, height):
    point = frame.ecef_from_geodetic(lat, lon, height)
    back = frame.geodetic_from_ecef(*point)
    assert back[2] == pytest.approx(height, abs=1e-6)
    assert frame.ecef_from_geodetic(*back) == pytest.approx(point, abs=1e-6)


@given(LAT, LON, st.floats(-10e3, 40e6))
def test_the_closed_form_agrees_with_iteration(lat, lon, height):
    point = naive.ecef_from_geodetic(lat, lon, height)
    closed, iterated = frame.geodetic_from_ecef(*point), naive.geodetic_from_ecef(*point)
    metres_a_radian = 6.4e6 + height
    assert abs(closed[0] - iterated[0]) * metres_a_radian < 1e-6
    assert closed[2] == pytest.approx(iterated[2], abs=1e-6)


@pytest.mark.parametrize("height", [-10e3, 0.0, 100.0, 1e6])
def test_poles_and_equator_are_exact(height):
    for sign in (1.0, -1.0):
        lat, _, up = frame.geodetic_from_ecef(0.0, 0.0, sign * (naive.A_M * (1 - naive.F) + height))
        assert (lat, up) == pytest.approx((sign * math.pi / 2, height), abs=1e-8)
    lat, lon, up = frame.geodetic_from_ecef(0.0, naive.A_M + height, 0.0)
    assert (lat, lon, up) == pytest.approx((0.0, math.pi / 2, height), abs=1e-8)


@given(LAT, LON)
def test_rotation_rows_are_east_north_and_up(lat, lon):
    rot = np.array(frame.rot_enu_from_ecef(lat, lon)).reshape(3, 3)
    np.testing.assert_allclose(rot @ rot.T, np.eye(3), atol=1e-14)
    assert np.linalg.det(rot) == pytest.approx(1.0)
    np.testing.assert_allclose(rot[2], naive.unit(lat, lon), atol=1e-15)


@given(LAT, LON, st.floats(-100, 3000), st.tuples(*[st.floats(-5e6, 5e6)] * 3))
def test_range_bearing_elevation_agree_with_unit_vectors(lat, lon, height, offset):
    site = np.array(frame.ecef_from_geodetic(lat, lon, height))
    point = site + offset
    distance = float(np.linalg.norm(point - site))
    if distance < 1.0:
        return
    rot = frame.rot_enu_from_ecef(lat, lon)
    ends: Any = (*point, *site, rot)
    found = frame.range_bearing_elevation_from_ecef(*ends)
    twin = naive.range_bearing_elevation(point, site, lat, lon)
    assert 0.0 <= found[1] < TWO_PI
    assert found[0] == pytest.approx(twin[0], rel=1e-12)
    assert found[2] == pytest.approx(twin[2], abs=1e-8)
    assert apart(found[1], twin[1]) * distance * math.cos(twin[2]) < 1e-6
    seen: Any = (*found, *site, rot)
    back = frame.ecef_from_range_bearing_elevation(*seen)
    assert back == pytest.approx(tuple(point), abs=1e-6)


def test_a_bearing_just_west_of_north_stays_below_a_full_turn():
    _, bearing, _ = frame.range_bearing_elevation_from_enu(-1e-300, 1.0, 0.0)
    assert bearing == 0.0


@given(LAT, LON, BEARING, st.floats(0, 15e6))
def test_destination_agrees_with_turning_a_vector(lat, lon, bearing, distance):
    found = frame.destination(lat, lon, bearing, distance)
    twin = naive.destination(lat, lon, bearing, distance)
    gap = np.linalg.norm(naive.unit(*found) - naive.unit(*twin))
    assert gap * naive.MEAN_RADIUS_M < 0.01
    assert -math.pi <= found[1] <= math.pi


@given(st.floats(-1.5, 1.5), LON, BEARING, st.floats(1e3, 19e6))
def test_distance_and_bearing_undo_destination(lat, lon, bearing, distance):
    there = frame.destination(lat, lon, bearing, distance)
    back, direction = frame.distance_bearing(lat, lon, *there)
    assert back == pytest.approx(distance, abs=0.01)
    assert apart(direction, bearing) * math.sin(distance / naive.MEAN_RADIUS_M) < 1e-9


@given(LAT, LON, LAT, LON)
def test_distance_agrees_with_the_angle_between_vectors(lat1, lon1, lat2, lon2):
    found, _ = frame.distance_bearing(lat1, lon1, lat2, lon2)
    assert found == pytest.approx(naive.distance_bearing(lat1, lon1, lat2, lon2)[0], abs=0.01)


@given(LAT, LON, BEARING, st.floats(0, 15e6), st.floats(0, 1))
def test_a_point_between_divides_the_way(lat, lon, bearing, distance, fraction):
    end = frame.destination(lat, lon, bearing, distance)
    between = frame.intermediate(lat, lon, *end, fraction)
    there = frame.destination(lat, lon, bearing, fraction * distance)
    assert np.linalg.norm(naive.unit(*between) - naive.unit(*there)) * naive.MEAN_RADIUS_M < 0.01


def test_uncompiled_kernels_give_the_same_numbers():
    rng = np.random.default_rng(1)
    site = frame.ecef_from_geodetic(0.43, 0.9, 20.0)
    rot = frame.rot_enu_from_ecef(0.43, 0.9)
    for _ in range(50):
        lat, lat2 = rng.uniform(-1.5, 1.5, 2)
        lon, lon2, bearing = rng.uniform(-3, 3, 3)
        point = rng.uniform(-2e7, 2e7, 3)
        cases: list[tuple[Any, Any]] = [
            (frame.ecef_from_geodetic, (lat, lon, 1e5 * bearing)),
            (frame.geodetic_from_ecef, tuple(point)),
            (frame.rot_enu_from_ecef, (lat, lon)),
            (frame.range_bearing_elevation_from_ecef, (*point, *site, rot)),
            (frame.ecef_from_range_bearing_elevation, (1e5, bearing, lat, *site, rot)),
            (frame.destination, (lat, lon, bearing, 4e5)),
            (frame.distance_bearing, (lat, lon, lat2, lon2)),
            (frame.intermediate, (lat, lon, lat2, lon2, 0.3)),
        ]
        for kernel, arguments in cases:
            assert kernel(*arguments) == pytest.approx(uncompiled(kernel)(*arguments), rel=1e-12, abs=1e-9)
