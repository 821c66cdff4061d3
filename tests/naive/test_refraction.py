"""Rays in the exponential atmosphere against Bouguer's invariant, and the 4/3 Earth against both."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels import masking, refraction
from tests.naive import refraction as naive


@settings(max_examples=12)
@given(st.floats(0.0, 3e3), st.just(0.0) | st.floats(0.001, 0.6), st.floats(100.0, 40e3))
def test_a_ray_keeps_bouguers_invariant(antenna, elevation, rise):
    distance, end = naive.path(antenna, elevation, antenna + rise)
    height, slope = refraction.ray_end(distance, elevation, antenna)
    assert height - antenna == pytest.approx(rise, abs=0.02)
    assert slope == pytest.approx(end, abs=1e-7)


@settings(max_examples=6)
@given(st.floats(0.0, 3e3), st.floats(0.001, 0.6), st.floats(100.0, 40e3))
def test_a_target_appears_at_the_elevation_whose_ray_meets_it(antenna, elevation, rise):
    distance, _ = naive.path(antenna, elevation, antenna + rise)
    found = refraction.apparent_elevation(distance, antenna + rise, antenna)
    assert found == pytest.approx(elevation, abs=2e-7)


def test_rays_in_rows_are_the_rays_one_by_one():
    rays = np.array([[50e3, 0.01, 30.0], [90e3, 0.05, 500.0]])
    ends, seen = np.empty((2, 2)), np.empty(2)
    refraction.ray_end_rows(rays, ends)
    assert ends.tolist() == [list(refraction.ray_end(*ray)) for ray in rays]
    targets = np.column_stack([rays[:, 0], ends[:, 0], rays[:, 2]])
    refraction.apparent_elevation_rows(targets, seen)
    np.testing.assert_allclose(seen, rays[:, 1], atol=1e-7)


def test_a_ray_falls_with_the_earth_where_the_air_is_empty_and_bends_back_where_it_is_not():
    height, slope = refraction.ray_end(200e3, 0.0, 300e3)
    circle = (refraction.RADIUS_M + 300e3) / math.cos(200e3 / refraction.RADIUS_M) - refraction.RADIUS_M
    assert height == pytest.approx(circle, abs=0.01)
    assert slope == pytest.approx(200e3 / refraction.RADIUS_M, abs=1e-10)
    assert refraction.ray_end(200e3, 0.0, 30.0)[0] < masking.lowest_visible_m(0.0, 200e3, 30.0) + 30.0
