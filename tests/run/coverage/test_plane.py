"""The plane of coverage maps."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.kernels.wgs84 import MEAN_RADIUS_M
from skypact.run.coverage.plane import Chart, Plane, chart_around


@given(st.floats(-80, 80), st.floats(-180, 180), st.floats(-2000, 2000), st.floats(-2000, 2000))
def test_the_way_back_ends_where_it_began(lat, lon, x, y):
    plane = Plane(math.radians(lat), math.radians(lon))
    there = plane.xy_km(*plane.lat_lon(x, y))
    assert there[0] == pytest.approx(x, abs=1e-4)
    assert there[1] == pytest.approx(y, abs=1e-4)


def test_the_plane_is_proj_s_equal_area_one():
    rng = np.random.default_rng(1)
    lat, lon = rng.uniform(10, 46, 500), rng.uniform(24, 66, 500)
    proj = pyproj.Proj(proj="laea", lat_0=27.0, lon_0=50.0, R=MEAN_RADIUS_M)
    theirs = np.array(proj(lon, lat)) / 1e3
    ours = Plane(math.radians(27.0), math.radians(50.0)).xy_km(np.radians(lat), np.radians(lon))
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_lengths_up_to_1500_km_from_the_middle_are_as_true_as_stated():
    plane = Plane(math.radians(27.0), math.radians(50.0))
    away = 1500.0 / (1e-3 * MEAN_RADIUS_M)
    x, y = plane.xy_km(math.radians(27.0) + away, math.radians(50.0))
    step = plane.xy_km(math.radians(27.0) + away + 1e-5, math.radians(50.0))[1] - y
    assert x == pytest.approx(0.0, abs=1e-9)
    assert step / (1e-8 * MEAN_RADIUS_M) == pytest.approx(1.0, abs=0.007)


def test_a_chart_holds_its_points_in_its_shape_with_square_cells():
    lat, lon = np.radians([22.0, 31.0, 25.0]), np.radians([44.0, 50.0, 61.0])
    chart = chart_around(lat, lon, 1.4, 200)
    x, y = chart.plane.xy_km(lat, lon)
    assert (x > chart.west).all()
    assert (x < chart.east).all()
    assert (y > chart.south).all()
    assert (y < chart.north).all()
    assert len(chart.y_km) == 200
    assert len(chart.x_km) / len(chart.y_km) == pytest.approx(1.4, abs=0.02)
    assert chart.lat_lon()[0].shape == (len(chart.y_km), len(chart.x_km))


def test_one_point_alone_still_has_a_map_about_it():
    chart = chart_around(np.array([0.4]), np.array([0.8]), 1.5, 50)
    assert chart.north - chart.south > 15.0
    assert chart.plane == Plane(0.4, 0.8)


def test_cells_are_named_by_their_middles():
    chart = Chart(Plane(0.4, 0.8), -2.0, 2.0, -1.0, 1.0, 1.0)
    assert chart.x_km.tolist() == [-1.5, -0.5, 0.5, 1.5]
    assert chart.y_km.tolist() == [-0.5, 0.5]
