"""Masks of sensors on terrain."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skypact.earth.masking import is_visible, min_visible_height_m, terrain_mask
from skypact.earth.terrain import Terrain, flat_terrain
from skypact.errors import UsageError

SITE = (math.radians(25.0), math.radians(45.0))


def ridge_terrain():
    """Flat sea with a ridge 1,000 m high along 25.5 N, some 56 km north of the site."""
    heights = np.zeros((121, 121), np.int16)
    heights[70, :] = 1000
    return Terrain(heights, 22.0, 42.0, 0.05, "ridge")


def test_a_ridge_hides_what_flies_low_behind_it_and_nothing_before_it():
    mask = terrain_mask(ridge_terrain(), *SITE, 20.0, max_range_m=150e3, dr_m=1000.0)
    north, south = 0.0, math.pi
    assert is_visible(mask, [40e3, 100e3, 100e3], north, [500.0, 1500.0, 3500.0]).tolist() == [
        True,
        False,
        True,
    ]
    assert is_visible(mask, 100e3, south, 1500.0)


def test_the_table_and_the_question_agree():
    mask = terrain_mask(ridge_terrain(), *SITE, 20.0, max_range_m=150e3)
    lowest_m = min_visible_height_m(mask)
    assert (lowest_m[:, 0] == -np.inf).all()
    j, i = np.meshgrid(np.arange(360), np.arange(1, mask.tan.shape[1]), indexing="ij")
    bearing, distance = 2 * np.pi * j / 360, i * mask.dr_m
    assert is_visible(mask, distance, bearing, lowest_m[:, 1:] + 0.5).all()
    assert not is_visible(mask, distance, bearing, lowest_m[:, 1:] - 0.5).any()


def test_the_antenna_stands_on_the_ground():
    mask = terrain_mask(flat_terrain(20, 40, 30, 50, 700), *SITE, 15.0)
    assert mask.height_antenna_m == pytest.approx(715.0)
    assert mask.coarse
    assert mask.tan.dtype == np.float32
    assert mask.tan.shape == (360, 251)


def test_a_mask_says_how_much_of_it_lies_outside_the_terrain():
    assert terrain_mask(ridge_terrain(), *SITE, 20.0, max_range_m=150e3).outside_share == 0.0
    assert 0.2 < terrain_mask(ridge_terrain(), *SITE, 20.0).outside_share < 0.5


def test_a_site_outside_the_terrain_is_refused():
    with pytest.raises(UsageError, match=r"10\.0000 N"):
        terrain_mask(ridge_terrain(), math.radians(10.0), math.radians(45.0), 20.0)


@pytest.mark.parametrize("size", [{"dr_m": 0.0}, {"n_az": 0}, {"relief_m": -1.0}, {"max_range_m": 100.0}])
def test_sizes_that_make_no_sense_are_refused(size):
    with pytest.raises(UsageError, match="terrain mask"):
        terrain_mask(ridge_terrain(), *SITE, 20.0, **size)


def test_relief_hides_more_of_what_flies_low_over_land_and_is_the_same_again():
    plain = flat_terrain(20, 40, 30, 50, 700)
    smooth, rough, again = (
        terrain_mask(plain, *SITE, 15.0, relief_m=relief, key=(1, 2, 3)) for relief in (0.0, 20.0, 20.0)
    )
    np.testing.assert_array_equal(rough.tan, again.tan)
    assert (rough.tan != terrain_mask(plain, *SITE, 15.0, relief_m=20.0, key=(1, 2, 4)).tan).any()
    distance = np.full((360, 1), 60e3)
    bearing = np.radians(np.arange(360.0))[:, None]
    seen = [is_visible(mask, distance, bearing, 900.0).mean() for mask in (smooth, rough)]
    assert seen[1] < seen[0] == 1.0
