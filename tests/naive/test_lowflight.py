"""`kernels.lowflight` against its slow twin and against what it promises."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from skypact.kernels import lowflight, route
from tests.naive import lowflight as naive
from tests.naive.frame import destination, unit

grounds = st.lists(st.floats(0, 800), min_size=3, max_size=40)


@given(grounds, st.floats(0.5, 200))
def test_limited_heights_are_the_cones_of_the_twin(values, rise):
    height = np.array(values)
    lowflight.limit_slope(height, rise)
    assert height == pytest.approx(naive.limited(np.array(values), rise))


@settings(max_examples=25)
@given(st.floats(0.1, 30), st.floats(-3, 3), st.floats(3, 20), st.floats(0.1, 3))
def test_a_bent_height_is_the_sum_of_its_slopes(over, slope, rise, bend):
    assert lowflight._bent(over, slope, rise, bend) == pytest.approx(
        naive.bent(over, slope, rise, bend), rel=1e-3, abs=1e-3
    )


@settings(max_examples=60)
@given(
    st.floats(20, 200),
    st.floats(-30, 30),
    st.floats(4, 30),
    st.floats(0.5, 3),
    st.integers(60, 200),
)
def test_what_comes_down_meets_the_ground_within_its_limits(over, end, rise, bend, n):
    assume(over > end + 5)
    height = np.full(n, over)
    ground = np.linspace(0.0, end, n)
    row = lowflight.come_down(height, ground, rise, bend)
    assert height[-1] == pytest.approx(end, abs=1e-9)
    assert (height[: row + 1] == over).all()
    assert (height >= ground - 1e-9).all()
    steps = np.diff(height)
    if end - over > lowflight._bent(n - 2.0 - (n - 1) // 2, 0.0, rise, bend):  # half the rows are enough
        assert steps.min() > -rise * 1.0001
        assert np.abs(np.diff(steps)).max() < bend * 1.5
        # One row later would not do at these limits.
        assert over + naive.bent(n - 1 - (row + 1), 0.0, rise, bend) > end


def test_ground_before_the_end_makes_the_dive_steeper_and_not_lower():
    height = np.full(120, 300.0)
    ground = np.zeros(120)
    ground[100:117] = 200.0
    lowflight.come_down(height, ground, 6.0, 0.5)
    assert (height >= ground).all()
    assert height[-1] == 0.0
    assert np.diff(height).min() < -6.0


@settings(max_examples=60)
@given(
    st.floats(20, 250),
    st.floats(-60, 60),
    st.floats(-60, 60),
    st.floats(0, 2 * math.pi),
    st.floats(-0.3, 0.3),
)
def test_speed_over_the_ground_is_that_of_the_triangle(air, east, north, course, slope):
    ahead = np.array([math.sin(course), math.cos(course)])
    along = east * ahead[0] + north * ahead[1]
    across = east * ahead[1] - north * ahead[0]
    found = lowflight.ground_speed_mps(air, along, across, slope)
    twin = naive.ground_speed(air, (east, north), ahead, slope)
    if twin is None or math.isnan(found):
        # Both find none, or the course is held by a hair.
        assert abs(across) > 0.97 * air or math.hypot(east, north) > 0.9 * air
    else:
        assert found == pytest.approx(twin, rel=1e-3, abs=0.05)


def test_time_passes_as_the_wind_at_each_row_has_it():
    start = (math.radians(31.0), math.radians(48.0))
    points = np.array([unit(*start), unit(*destination(*start, 0.7, 20e3))])
    elements = np.zeros((1, route.ELEMENT_WIDTH))
    length = route.build_route(points, 1e3, elements)
    n = 81
    vectors = np.empty((n, 3))
    route.route_points(elements, np.linspace(0.0, length, n), vectors)
    spacing = length / (n - 1)
    height = 300.0 + 100.0 * np.sin(np.arange(n) / 9.0)
    east, north = np.linspace(-20.0, 20.0, n), np.linspace(10.0, -5.0, n)
    out = np.empty(n)
    reached = lowflight.pass_time(vectors, height, spacing, 50.0, east, north, 5.0, 1e9, out)
    assert reached == n
    slope = np.gradient(height, spacing)
    ahead = np.array([math.sin(0.7), math.cos(0.7)])
    speed = [
        naive.ground_speed(50.0, wind, ahead, s)
        for wind, s in zip(np.stack([east, north], axis=1), slope, strict=True)
    ]
    expected = [np.trapezoid(1.0 / np.array(speed[: k + 1]), dx=spacing) for k in range(n)]
    assert out == pytest.approx(np.array(expected), rel=2e-3)
    assert lowflight.pass_time(vectors, height, spacing, 50.0, east, north, 5.0, out[40] + 1e-6, out) == 41
    gale = np.where(np.arange(n) < 30, 0.0, -80.0)
    assert lowflight.pass_time(vectors, height, spacing, 50.0, gale, np.zeros(n), 5.0, 1e9, out) == 30
