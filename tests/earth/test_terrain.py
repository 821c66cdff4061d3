"""The noun Terrain: what it accepts, covers and answers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skypact.earth.terrain import Terrain, flat_terrain
from skypact.errors import UsageError

HEIGHTS = np.array([[0, 100, 200], [10, 110, 210]], np.int16)
TERRAIN = Terrain(HEIGHTS, 20.0, 40.0, 0.5, "test")


def test_heights_are_bilinear_between_nodes():
    lat, lon = np.radians([20.0, 20.5, 20.25]), np.radians([40.0, 41.0, 40.25])
    np.testing.assert_allclose(TERRAIN.height_m(lat, lon), [0.0, 210.0, 55.0], atol=1e-9)


def test_the_answer_has_the_shape_of_the_question():
    lat, lon = np.radians([[20.1], [20.2]]), np.radians([40.1, 40.2, 40.3])
    assert TERRAIN.height_m(lat, lon).shape == (2, 3)
    assert TERRAIN.covers(lat, lon).all()
    assert TERRAIN.height_m(lat[0, 0], lon[0]).shape == ()


def test_outside_is_an_error_that_says_where_and_what_to_do():
    with pytest.raises(UsageError, match=r"19\.9000 N 40\.2000 E.*20 to 20\.5 N, 40 to 41 E.*covers"):
        TERRAIN.height_m(np.radians([20.1, 19.9]), np.radians([40.2, 40.2]))
    assert TERRAIN.covers(np.radians([20.1, 19.9]), np.radians([40.2, 40.2])).tolist() == [True, False]


def test_covered_and_answered_are_the_same_points():
    rng = np.random.default_rng(0)
    terrain = Terrain(np.zeros((13, 25), np.int16), 10.0 - 1 / 12, 24.0 - 1 / 12, 1 / 12, "test")
    south, west, north, east = np.radians(terrain.bounds_deg)
    for lat, lon in [(south, west), (north, east), *rng.uniform([south, west], [north, east], (50, 2))]:
        if terrain.covers(lat, lon):
            assert terrain.height_m(lat, lon) == 0.0


@pytest.mark.parametrize(("step_deg", "coarse"), [(1 / 12, True), (1 / 120, False), (1 / 1200, False)])
def test_coarse_follows_from_the_step(step_deg, coarse):
    assert Terrain(HEIGHTS, 20.0, 40.0, step_deg, "test").coarse is coarse


@pytest.mark.parametrize(
    ("heights", "step_deg"),
    [
        (HEIGHTS.astype(float), 0.5),
        (HEIGHTS[:1], 0.5),
        (HEIGHTS.ravel(), 0.5),
        (HEIGHTS[:, ::2], 0.5),
        (HEIGHTS, 0.0),
    ],
)
def test_what_is_no_terrain_is_refused(heights, step_deg):
    with pytest.raises(UsageError, match="terrain test"):
        Terrain(heights, 20.0, 40.0, step_deg, "test")


def test_a_flat_terrain_is_flat_and_covers_its_box():
    flat = flat_terrain(10, 24, 46, 66, 120)
    assert flat.bounds_deg == (10, 24, 46, 66)
    assert flat.height_m(math.radians(30), math.radians(50)) == 120.0
