"""Frames for arrays: shapes, broadcasting, and that transforms cancel."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skypact.earth import frame
from skypact.kernels import frame as kernel


def test_arrays_hold_what_the_kernel_gives_point_by_point():
    lat, lon = np.meshgrid(np.radians([12.0, 25.0, 45.0]), np.radians([24.0, 51.0]), indexing="ij")
    pos_ecef_m = frame.ecef_from_geodetic(lat, lon, 300.0)
    assert pos_ecef_m.shape == (3, 2, 3)
    for i, j in np.ndindex(3, 2):
        one = kernel.ecef_from_geodetic(float(lat[i, j]), float(lon[i, j]), 300.0)
        np.testing.assert_array_equal(pos_ecef_m[i, j], one)
    back_lat, back_lon, height = frame.geodetic_from_ecef(pos_ecef_m)
    np.testing.assert_allclose(back_lat, lat, atol=1e-14)
    np.testing.assert_allclose(back_lon, lon, atol=1e-14)
    np.testing.assert_allclose(height, 300.0, atol=1e-8)


def test_a_single_point_gives_scalars_without_axes():
    pos_ecef_m = frame.ecef_from_geodetic(0.4, 0.9, 10.0)
    assert pos_ecef_m.shape == (3,)
    assert [value.shape for value in frame.geodetic_from_ecef(pos_ecef_m)] == [(), (), ()]
    assert frame.rot_enu_from_ecef(0.4, 0.9).shape == (3, 3)


def test_nothing_in_gives_nothing_out():
    assert frame.ecef_from_geodetic([], [], []).shape == (0, 3)
    assert frame.geodetic_from_ecef(np.empty((0, 3)))[0].shape == (0,)


def test_enu_and_ecef_undo_each_other():
    pos_enu_m = np.random.default_rng(0).uniform(-3e5, 3e5, (7, 5, 3))
    site = (math.radians(26.0), math.radians(50.5), 60.0)
    pos_ecef_m = frame.ecef_from_enu(pos_enu_m, *site)
    np.testing.assert_allclose(frame.enu_from_ecef(pos_ecef_m, *site), pos_enu_m, atol=1e-8)


def test_a_point_due_east_and_level_has_bearing_a_quarter_turn():
    site = (math.radians(26.0), math.radians(50.5), 60.0)
    pos_ecef_m = frame.ecef_from_enu([[1000.0, 0.0, 0.0], [0.0, -500.0, 500.0]], *site)
    distance, bearing, elevation = frame.range_bearing_elevation_from_ecef(pos_ecef_m, *site)
    np.testing.assert_allclose(distance, [1000.0, 500.0 * math.sqrt(2)], rtol=1e-9)
    np.testing.assert_allclose(bearing, [math.pi / 2, math.pi], atol=1e-9)
    np.testing.assert_allclose(elevation, [0.0, math.pi / 4], atol=1e-9)


def test_a_great_circle_is_walked_in_equal_parts():
    lat1, lon1, lat2, lon2 = np.radians([24.69, 46.72, 35.69, 51.42])
    fraction = np.linspace(0.0, 1.0, 11)
    lat, lon = frame.intermediate(lat1, lon1, lat2, lon2, fraction)
    steps_m, _ = frame.distance_bearing(lat[:-1], lon[:-1], lat[1:], lon[1:])
    whole_m, bearing = frame.distance_bearing(lat1, lon1, lat2, lon2)
    assert whole_m == pytest.approx(1.302e6, rel=0.01)
    np.testing.assert_allclose(steps_m, whole_m / 10, rtol=1e-9)
    there = frame.destination(lat1, lon1, bearing, whole_m * fraction)
    np.testing.assert_allclose(there, (lat, lon), atol=1e-12)
