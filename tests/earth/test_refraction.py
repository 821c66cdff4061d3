"""What the 4/3 Earth costs against rays in the exponential atmosphere."""

from __future__ import annotations

import numpy as np
import pytest

from skypact.earth.masking import min_visible_height_m, terrain_mask
from skypact.earth.refraction import apparent_elevation_rad, effective_earth_error, ray_height_m
from skypact.earth.terrain import flat_terrain


def test_a_ray_traced_to_a_range_and_asked_back_has_the_elevation_it_left_with():
    distance = np.array([[20e3], [150e3], [400e3]])
    elevation = np.radians([0.1, 1.0, 5.0, 20.0])
    height = ray_height_m(distance, elevation, 30.0)
    assert height.shape == (3, 4)
    assert (np.diff(height, axis=1) > 0.0).all()
    found = apparent_elevation_rad(distance, height, 30.0)
    np.testing.assert_allclose(found, np.broadcast_to(elevation, found.shape), atol=1e-7)


def test_low_targets_within_two_hundred_kilometres_are_told_to_a_few_hundredths_of_a_degree():
    distance, height = np.meshgrid([50e3, 100e3, 200e3], [100.0, 1e3, 3e3])
    elevation_rad, height_m = effective_earth_error(distance, height, 30.0)
    assert np.degrees(np.abs(elevation_rad)).max() < 0.035
    assert np.abs(height_m).max() < 120.0


def test_the_four_thirds_earth_shows_high_targets_too_high_and_brings_plots_of_them_down():
    elevation_rad, height_m = effective_earth_error([200e3, 400e3], [20e3, 100e3], 30.0)
    np.testing.assert_allclose(np.degrees(elevation_rad), [0.115, 0.557], atol=0.002)
    np.testing.assert_allclose(height_m, [-406, -4077], atol=5)


def test_near_the_ground_rays_are_those_of_an_earth_of_the_gradient_at_the_ground():
    """315 N-units over 7,350 m of scale height are 42.9 N-units a kilometre: an Earth of 1.376, not 1.333."""
    radius_m = 1.0 / (1.0 / 6_371e3 - 315e-6 / 7_350.0)
    assert radius_m == pytest.approx(1.376 * 6_371e3, rel=1e-3)
    grazing = np.linspace(-0.004, 0.0, 4001)
    distance = np.arange(1e3, 60e3, 1e3)
    clear = (ray_height_m(distance[:, None], grazing[None, :], 30.0) >= 0.0).all(axis=0)
    ray_m = float(ray_height_m(100e3, grazing[clear.argmax()], 30.0))
    analytic_m = (100e3 - np.sqrt(2.0 * radius_m * 30.0)) ** 2 / (2.0 * radius_m)
    assert ray_m == pytest.approx(analytic_m, abs=2.5)
    sea = flat_terrain(20, 40, 30, 50)
    mask = terrain_mask(sea, np.radians(25.0), np.radians(45.0), 30.0, n_az=4, dr_m=1000.0, max_range_m=100e3)
    assert float(min_visible_height_m(mask)[0, 100]) - ray_m == pytest.approx(12.8, abs=1.0)
