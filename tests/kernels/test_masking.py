"""Terrain heights and masking against their slow twins, compiled and not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels import masking, terrain, wgs84
from tests.naive import masking as naive

GRID = (24.0, 44.0, 0.05)
KEY = (np.uint32(7), np.uint32(11), np.uint32(0))


def uncompiled(kernel: Any) -> Any:
    return getattr(kernel, "py_func", kernel)


def hills(seed, rows=41, cols=41, top=900):
    """Rough ground with some sea in it."""
    return np.random.default_rng(seed).integers(-top // 3, top, (rows, cols)).clip(0).astype(np.int16)


def swept(heights, site, *, n_az=24, n_range=46, dr=2000.0, parts=1, relief=0.0, key=KEY):
    out = np.empty((n_az, n_range), np.float32)
    outside = masking.sweep(heights, GRID, site, dr, parts, relief, key, out)
    return out, outside


@given(st.floats(23.9, 26.1), st.floats(43.9, 46.1), st.integers(0, 100))
def test_heights_between_nodes_are_bilinear_and_nan_outside(lat, lon, seed):
    heights = hills(seed)
    found = terrain.height_m(heights, *GRID, lat, lon)
    twin = naive.height_m(heights, *GRID, lat, lon)
    if twin is None:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(twin, abs=1e-6)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    row=st.integers(0, 23),
    antenna=st.floats(5.0, 3000.0),
    target_range=st.floats(2500.0, 91_900.0),
    height=st.floats(0.0, 8000.0),
)
def test_a_target_is_visible_exactly_where_its_own_ray_clears_the_ground(
    seed, row, antenna, target_range, height
):
    heights = hills(seed)
    site = (math.radians(25.0), math.radians(45.0), float(heights[20, 20]) + antenna)
    mask, _ = swept(heights, site)
    bearing = 2 * math.pi * row / 24
    ground = naive.profile(heights, GRID, site, bearing, 2000.0, target_range)
    clearance = naive.clearance_m(ground, 2000.0, site[2], target_range, height, parts=40)
    if abs(clearance) < 0.5:  # the twin walks in steps of 50 m; the kernel's positions are 2 m off
        return
    tangent = masking.apparent_tan(target_range, height, site[2])
    assert masking.visible(mask, 2000.0, target_range, bearing, tangent) == (clearance > 0.0)


@pytest.mark.parametrize("parts", [2, 3, 4])
def test_columns_of_several_samples_are_those_of_a_finer_table(parts):
    heights, site = hills(4), (math.radians(25.0), math.radians(45.0), 700.0)
    coarse, outside = swept(heights, site, parts=parts, relief=20.0)
    fine, as_many = swept(heights, site, dr=2000.0 / parts, n_range=45 * parts + 1, relief=20.0)
    np.testing.assert_array_equal(coarse, fine[:, ::parts])
    assert outside == as_many


@given(st.integers(0, 1000), st.floats(0.0, 60.0))
def test_the_mask_never_falls_with_range(seed, relief):
    heights = hills(seed)
    mask, _ = swept(heights, (math.radians(25.0), math.radians(45.0), 500.0), relief=relief)
    assert (mask[:, 0] == -np.inf).all()
    assert (np.diff(mask[:, 1:], axis=1) >= 0.0).all()


@given(st.integers(0, 1000), st.floats(0, 7), st.floats(100, 80e3), st.floats(0, 5000), st.floats(0, 5000))
def test_what_is_seen_low_is_seen_higher(seed, bearing, distance, height, rise):
    site = (math.radians(25.0), math.radians(45.0), 700.0)
    mask, _ = swept(hills(seed), site)

    def seen(h):
        return masking.visible(mask, 2000.0, distance, bearing, masking.apparent_tan(distance, h, site[2]))

    assert seen(height + rise) or not seen(height)


def test_far_profiles_follow_the_great_circle_to_half_a_metre():
    """Ground that climbs ever more steeply hides by its farthest sample alone, so the mask tells its height."""
    grid = (38.0, 38.0, 0.05)
    lat, lon = np.meshgrid(38.0 + 0.05 * np.arange(301), 38.0 + 0.05 * np.arange(301), indexing="ij")
    away = np.hypot(lat - 45.0, (lon - 45.0) * math.cos(math.radians(45.0)))
    heights = np.rint(1_000.0 * away**2).astype(np.int16)
    site = (math.radians(45.0), math.radians(45.0), 20.0)
    mask = np.empty((16, 401), np.float32)
    assert masking.sweep(heights, grid, site, 1000.0, 1, 0.0, KEY, mask) == 0
    for j in range(16):
        ground = naive.profile(heights, grid, site, 2 * math.pi * j / 16, 1000.0, 400e3)
        steepest_mpm = max(np.diff(ground)) / 1000.0
        for i in (70, 150, 277, 400):
            told = masking.lowest_visible_m(float(mask[j, i]), i * 1000.0, 20.0)
            assert told == pytest.approx(ground[i], abs=0.5 * steepest_mpm + 0.05)


def test_a_sweep_goes_on_past_the_antimeridian():
    heights = np.zeros((41, 81), np.int16)
    heights[:, 60] = 2000  # 181 degrees east, 1.5 degrees beyond the site
    grid = (24.0, 178.0, 0.05)
    site = (math.radians(25.0), math.radians(179.5), 30.0)
    mask = np.empty((4, 201), np.float32)
    masking.sweep(heights, grid, site, 1000.0, 1, 0.0, KEY, mask)
    plain = np.empty((4, 201), np.float32)
    masking.sweep(np.zeros_like(heights), grid, site, 1000.0, 1, 0.0, KEY, plain)
    hidden = np.flatnonzero(mask[1] > plain[1])
    assert 1000.0 * hidden[0] == pytest.approx(math.radians(1.5) * 6371e3 * math.cos(site[0]), abs=6e3)
    np.testing.assert_array_equal(mask[[0, 2, 3]], plain[[0, 2, 3]])


@pytest.mark.parametrize("edge", ["south", "north", "west", "east"])
def test_the_grid_is_used_to_its_last_node(edge):
    """The site stands a kilometre and a half from an edge; the nodes on that edge are a wall."""
    heights = np.zeros((41, 41), np.int16)
    wall = heights if edge in {"south", "north"} else heights.T
    wall[0 if edge in {"south", "west"} else -1] = 3000
    lat = {"south": 24.02, "north": 25.98}.get(edge, 25.0)
    lon = {"west": 44.02, "east": 45.98}.get(edge, 45.0)
    mask, outside = swept(
        heights, (math.radians(lat), math.radians(lon), 100.0), n_az=4, n_range=40, dr=100.0
    )
    row = {"north": 0, "east": 1, "south": 2, "west": 3}[edge]
    assert mask[row].max() > 0.8
    assert outside > 0
    assert outside < 40


def test_higher_ground_hides_more():
    site = (math.radians(25.0), math.radians(45.0), 1500.0)
    low = hills(3)
    before, _ = swept(low, site)
    after, _ = swept(low + np.int16(200), site)
    assert (after >= before).all()


def test_more_samples_miss_less_of_rough_ground_and_never_hide_what_is_seen():
    """Ground of 1 km nodes against its own profile in steps of 50 m; the rest is what rises between samples."""
    heights = np.random.default_rng(8).integers(0, 1_200, (141, 141)).astype(np.int16)
    grid, site = (24.3, 44.3, 0.01), (math.radians(25.0), math.radians(45.0), 700.0)
    ends = np.arange(5, 61)
    missed: dict[int, list[float]] = {1: [], 4: []}
    mask = {parts: np.empty((8, 61), np.float32) for parts in missed}
    for parts, table in mask.items():
        masking.sweep(heights, grid, site, 1000.0, parts, 0.0, KEY, table)
    for j in range(8):
        ground = np.array(naive.profile(heights, grid, site, 2 * math.pi * j / 8, 50.0, 60e3))[1:]
        distance = 50.0 * np.arange(1, len(ground) + 1)
        tangent = (ground - site[2]) / distance - distance / (2 * wgs84.EFFECTIVE_RADIUS_M)
        exact = np.maximum.accumulate(tangent)[20 * ends - 1]
        for parts, table in mask.items():
            missed[parts] += ((exact - table[j, ends]) * 1000.0 * ends).tolist()
    assert np.median(missed[1]) > 200.0
    assert np.median(missed[4]) < 50.0
    assert np.percentile(missed[4], 95) < 0.6 * np.percentile(missed[1], 95)
    assert min(missed[4]) > -5.0  # the profile's own steps of 50 m


def test_samples_outside_the_terrain_are_counted_and_taken_as_sea():
    site = (math.radians(25.0), math.radians(45.0), 30.0)
    sea = np.zeros((41, 41), np.int16)
    _, within = swept(sea, site, n_range=46)
    far, outside = swept(sea, site, n_range=101)
    assert within == 0
    assert outside > 24 * 10
    assert masking.lowest_visible_m(float(far[0, 100]), 200e3, 30.0) == pytest.approx(1852.88, abs=0.01)


@pytest.mark.parametrize("dr", [500.0, 1000.0, 2000.0, 5000.0])
def test_the_smooth_horizon_does_not_depend_on_the_step(dr):
    mask, _ = swept(
        np.zeros((41, 41), np.int16), (0.436, 0.785, 30.0), n_az=3, n_range=int(200e3 / dr) + 1, dr=dr
    )
    for row in mask:
        assert masking.lowest_visible_m(float(row[-1]), 200e3, 30.0) == pytest.approx(1852.88, abs=0.01)


def test_bearings_take_the_nearest_row_and_wrap_round_north():
    mask = np.full((4, 2), -1.0, np.float32)
    mask[1] = 1.0
    degrees = np.array([0, 44, 46, 134, 136, 314, 316, 359.99, 400])
    blocked = [not masking.visible(mask, 1000.0, 1500.0, math.radians(d), 0.0) for d in degrees]
    assert blocked == [False, False, True, True, False, False, False, False, False]


def test_beyond_the_table_its_last_column_holds():
    mask = np.array([[-np.inf, 0.0, 0.1]], np.float32)
    assert masking.visible(mask, 1000.0, 999.0, 0.0, -5.0)
    assert not masking.visible(mask, 1000.0, 1000.0, 0.0, -0.01)
    assert not masking.visible(mask, 1000.0, 1e6, 0.0, 0.05)


def test_relief_has_its_standard_deviation_and_no_mean():
    plateau = np.full((41, 41), 100, np.int16)
    mask, _ = swept(
        plateau, (math.radians(25), math.radians(45), 120.0), n_az=4000, n_range=2, dr=3000.0, relief=15.0
    )
    tangent = mask[:, 1].astype(float)
    added = np.array([masking.lowest_visible_m(float(t), 3000.0, 120.0) for t in tangent]) - 100.0
    assert abs(added.mean()) < 4 * 15.0 / math.sqrt(4000)
    assert added.std() == pytest.approx(15.0, rel=0.05)


@pytest.mark.parametrize("level", [0, -28])
def test_the_sea_and_the_caspian_have_no_relief(level):
    sea = np.full((41, 41), level, np.int16)
    site = (math.radians(25.0), math.radians(45.0), 20.0)
    np.testing.assert_array_equal(swept(sea, site, relief=50.0)[0], swept(sea, site)[0])


def test_near_ground_has_no_relief():
    plateau = np.full((41, 41), 100, np.int16)
    site = (math.radians(25.0), math.radians(45.0), 120.0)
    rough, smooth = (swept(plateau, site, dr=500.0, relief=relief)[0] for relief in (50.0, 0.0))
    np.testing.assert_array_equal(rough[:, :5], smooth[:, :5])
    assert (rough[:, 6] != smooth[:, 6]).any()


def test_relief_is_keyed_by_run_and_sensor_and_not_by_how_far_the_sweep_goes():
    heights = hills(5)
    site = (math.radians(25.0), math.radians(45.0), 500.0)
    first = swept(heights, site, relief=30.0)[0]
    np.testing.assert_array_equal(first, swept(heights, site, relief=30.0)[0])
    np.testing.assert_array_equal(first[:, :21], swept(heights, site, relief=30.0, n_range=21)[0])
    for key in [(8, 11, 0), (7, 12, 0), (7, 11, 1)]:
        other = swept(heights, site, relief=30.0, key=tuple(np.uint32(word) for word in key))[0]
        assert (other != first).any()


@given(st.floats(100.0, 400e3), st.floats(-0.01, 0.6), st.floats(0.0, 3000.0))
def test_height_from_slant_range_is_the_law_of_cosines(slant, elevation, antenna):
    found = masking.height_from_slant(slant, elevation, antenna)
    assert found == pytest.approx(naive.height_from_slant(slant, elevation, antenna), abs=1e-6)


@given(st.floats(1.0, 100e3), st.floats(0.001, 1.0), st.floats(0.0, 3000.0))
def test_slant_range_and_height_undo_each_other(rise, elevation, antenna):
    slant = masking.slant_from_height(antenna + rise, elevation, antenna)
    assert slant == pytest.approx(naive.slant_from_height(antenna + rise, elevation, antenna), rel=1e-4)
    assert masking.height_from_slant(slant, elevation, antenna) == pytest.approx(antenna + rise, abs=1e-6)


@given(st.floats(1e3, 400e3), st.floats(0.0, 15e3), st.floats(0.0, 10e3))
def test_the_parabola_stays_within_a_hundredth_of_a_degree_below_one_degree(distance, target, antenna):
    """Against the exact tangent on the 4/3 Earth's circle."""
    radius = wgs84.EFFECTIVE_RADIUS_M
    angle = distance / radius
    across = (radius + target) * math.sin(angle)
    exact = ((radius + target) * math.cos(angle) - (radius + antenna)) / across
    if abs(exact) < math.tan(math.radians(1.0)):
        found = masking.apparent_tan(distance, target, antenna)
        assert abs(math.degrees(math.atan(found) - math.atan(exact))) < 0.01


def test_uncompiled_kernels_give_the_same_mask():
    heights = hills(9)
    site = (math.radians(25.0), math.radians(45.0), 400.0)
    compiled, plain = np.empty((8, 30), np.float32), np.empty((8, 30), np.float32)
    count = masking.sweep(heights, GRID, site, 2000.0, 2, 20.0, KEY, compiled)
    assert uncompiled(masking.sweep)(heights, GRID, site, 2000.0, 2, 20.0, KEY, plain) == count
    np.testing.assert_array_equal(compiled, plain)
    for distance, bearing, height in [(30e3, 1.0, 900.0), (50e3, 4.0, 300.0), (10e3, 6.2, 100.0)]:
        tangent = masking.apparent_tan(distance, height, 400.0)
        assert uncompiled(masking.apparent_tan)(distance, height, 400.0) == tangent
        seen = masking.visible(compiled, 2000.0, distance, bearing, tangent)
        assert uncompiled(masking.visible)(compiled, 2000.0, distance, bearing, tangent) == seen
