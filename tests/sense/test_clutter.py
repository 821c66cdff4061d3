"""What ground, sea and rain send back, what is left of it, and the false plots that it makes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.earth.masking import terrain_mask
from skypact.earth.terrain import Terrain, flat_terrain
from skypact.kernels.clutter import rain_residue, surface_residue
from skypact.kernels.cluttertable import AZIMUTHS, CELL_M, CELLS
from skypact.kernels.falseplots import sense_nothing
from skypact.kernels.propagation import loss_db
from skypact.model.network import ClutterTable, MaskTable, SensorTable
from skypact.model.weather import calm
from skypact.sense.clutter import clutter_table, mean_false_plots, noise_plots
from skypact.sense.propagation import loss_table
from skypact.sense.table import empty_rows, physics, sites
from tests.sense.world import DEG, K0, K1, MICROPHONE, no_bias, sensor_table

SEA = flat_terrain(20, 46, 30, 56)
LAND = flat_terrain(20, 46, 30, 56, 100)
SEARCH: dict[str, object] = {"snr_db_100km_1m2": 41.0, "cell_range_m": 200.0, "improvement_db": 50.0}
COASTAL: dict[str, object] = {
    "snr_db_100km_1m2": 27.0,
    "frequency_hz": 9.4e9,
    "pattern": 1,
    "tilt_rad": 5.0 * DEG,
    "beam_azimuth_rad": 1.0 * DEG,
    "beam_elevation_rad": 20.0 * DEG,
    "elevation_max_rad": 20.0 * DEG,
    "range_max_m": 110_000.0,
    "cell_range_m": 150.0,
    "improvement_db": 35.0,
}


def masks_on(terrain: Terrain, sensors: SensorTable) -> MaskTable:
    tables = []
    for lat, lon, height in zip(sensors.lat_rad, sensors.lon_rad, sensors.height_m, strict=True):
        above = float(height) - float(terrain.height_m(lat, lon))
        tables.append(terrain_mask(terrain, float(lat), float(lon), above, n_az=144, dr_m=2_000.0).tan)
    return MaskTable(np.array(tables), 2_000.0)


def clutter(
    terrain: Terrain,
    *radars: Mapping[str, object],
    rain_mmph: float = 0.0,
    rain_top_m: float = 4_000.0,
    sea_state: int = 3,
) -> ClutterTable:
    sensors, sensing = sensor_table(*radars)
    air = dataclasses.replace(calm(), rain_mmph=rain_mmph, rain_top_m=rain_top_m, sea_state=sea_state)
    return clutter_table(sensors, sensing, masks_on(terrain, sensors), terrain, air)


def valley() -> Terrain:
    """Land of 100 m with a wall of 2,000 m some 55 km east of the synthetic site, on the grid's own meridian."""
    heights = np.full((121, 121), 100, np.int16)
    step = 1.0 / 12.0
    heights[:, round((51.55 - 46.0) / step)] = 2_000
    return Terrain(heights, 20.0, 46.0, step, "valley")


def test_only_radars_have_clutter() -> None:
    table = clutter(LAND, {**SEARCH, "height_m": 130.0}, {**MICROPHONE, "height_m": 110.0}, rain_mmph=5.0)
    assert table.residue.shape == (2, AZIMUTHS, CELLS)
    assert (table.mean[0] > 0.0).all()
    for part in (table.residue[1], table.rain[1], table.surface[1], table.mean[1]):
        assert not part.any()


def test_a_hundred_radars_fit_in_ten_megabytes() -> None:
    table = clutter(LAND, {**SEARCH, "height_m": 130.0})
    one = sum(array.nbytes for array in (table.residue, table.rain, table.surface, table.mean))
    assert 100 * one < 10e6
    assert table.cell_m * CELLS > 500e3


def test_flat_land_leaves_what_the_radar_equation_says() -> None:
    """Gamma times the sine of grazing times the cell's area, at 14 km from a mast of 60 m."""
    radar = {**SEARCH, "height_m": 160.0}
    sensors, sensing = sensor_table(radar)
    d, k = 14_000.0, 4.0 / 3.0 * 6_371_000.0
    sine = 60.0 / d - d / (2.0 * k)
    rcs_db = -15.0 + 10.0 * math.log10(sine * d * 1.4 * DEG * 200.0)
    loss = loss_db(loss_table(sensors, sensing, calm()).loss_db[0], -60.0 / d, d)
    expected = 41.0 + rcs_db + 40.0 * math.log10(100e3 / d) - loss - 50.0
    found = surface_residue(clutter(LAND, radar).residue[0], CELL_M, 1.0, d)
    assert 10.0 * math.log10(found) == pytest.approx(expected, abs=0.5)


def test_each_decibel_of_improvement_takes_a_decibel_of_surface_and_of_rain_up_to_a_limit() -> None:
    tables = [
        clutter(LAND, {**SEARCH, "height_m": 130.0, "improvement_db": db}, rain_mmph=4.0)
        for db in (20.0, 30.0, 40.0)
    ]
    seen = tables[0].residue > 0.0
    wet = tables[0].rain > 0.0
    np.testing.assert_allclose(tables[0].residue[seen], 10.0 * tables[1].residue[seen], rtol=1e-5)
    np.testing.assert_allclose(tables[1].residue[seen], 10.0 * tables[2].residue[seen], rtol=1e-5)
    np.testing.assert_allclose(tables[0].rain[wet], 10.0 * tables[1].rain[wet], rtol=1e-5)
    np.testing.assert_array_equal(tables[1].rain, tables[2].rain)


def test_a_smooth_surface_is_seen_to_its_horizon_and_no_further() -> None:
    table = clutter(SEA, {**SEARCH, "height_m": 100.0})
    horizon = math.sqrt(2.0 * 4.0 / 3.0 * 6_371_000.0 * 100.0)
    last = int(horizon / CELL_M)
    assert (table.residue[0, :, 1:last] > 0.0).all()
    assert not table.residue[0, :, last + 1 :].any()


def test_behind_a_wall_there_is_no_clutter_and_on_it_there_is_much() -> None:
    terrain = valley()
    table = clutter(terrain, {**SEARCH, "height_m": 120.0}).residue[0]
    east = AZIMUTHS // 4
    wall = int(55_000.0 / CELL_M)
    assert table[east, wall - 3 : wall + 2].max() > 100.0
    assert not table[east, wall + 4 :].any()
    assert not table[3 * east, wall - 3 :].any()


def test_the_sector_and_the_range_limits_bound_the_clutter() -> None:
    bounded = {
        **SEARCH,
        "height_m": 400.0,
        "rotates": False,
        "sector_rad": 100.0 * DEG,
        "sector_centre_rad": 350.0 * DEG,
        "range_min_m": 12_000.0,
        "range_max_m": 44_000.0,
    }
    table = clutter(LAND, bounded, rain_mmph=3.0)
    away = np.abs((np.arange(AZIMUTHS) * 5.0 - 350.0 + 180.0) % 360.0 - 180.0)
    seen = table.residue[0].any(axis=1)
    assert seen[away <= 45.0].all()
    assert not seen[away >= 55.0].any()
    cells = np.flatnonzero(table.residue[0].any(axis=0))
    assert (cells.min(), cells.max()) == (3, 10)
    wet = np.flatnonzero(table.rain[0])
    assert (wet.min(), wet.max()) == (3, 10)


@settings(max_examples=15)
@given(st.integers(0, 5), st.floats(20.0, 300.0), st.sampled_from([SEARCH, COASTAL]))
def test_a_rougher_sea_leaves_more_and_makes_more_false_plots(state, height_m, radar) -> None:
    calmer, rougher = (clutter(SEA, {**radar, "height_m": height_m}, sea_state=s) for s in (state, state + 1))
    seen = calmer.residue > 0.0
    assert seen.any()
    assert (rougher.residue[seen] > calmer.residue[seen]).all()
    assert rougher.mean[0, 1] >= calmer.mean[0, 1]
    assert rougher.mean[0, 0] == calmer.mean[0, 0]


def test_rain_adds_false_plots_and_falls_no_further_than_its_top_is_seen() -> None:
    dry, wet, wetter = (
        clutter(SEA, {**SEARCH, "height_m": 60.0}, rain_mmph=r, rain_top_m=2_000.0) for r in (0.0, 2.0, 8.0)
    )
    assert not dry.rain.any()
    assert dry.mean[0, 2] == 0.0
    assert 0.0 < wet.mean[0, 2] < wetter.mean[0, 2]
    k = 4.0 / 3.0 * 6_371_000.0
    seen_m = math.sqrt(2.0 * k * 60.0) + math.sqrt(2.0 * k * 2_000.0)
    assert rain_residue(wet.rain[0], CELL_M, seen_m - CELL_M) > 0.0
    assert not wet.rain[0, int(seen_m / CELL_M) + 1 :].any()
    # Volume grows with the square of range and the echo falls with its fourth power: 6 dB a doubling, and some loss.
    doubled = rain_residue(wet.rain[0], CELL_M, 22e3) / rain_residue(wet.rain[0], CELL_M, 46e3)
    assert doubled == pytest.approx((46.0 / 22.0) ** 2, rel=0.1)


def test_a_fence_above_the_ground_makes_fewer_false_plots_of_it() -> None:
    low, high = (
        clutter(LAND, {**SEARCH, "height_m": 160.0, "elevation_min_rad": e * DEG}) for e in (-2.0, 3.0)
    )
    np.testing.assert_array_equal(low.residue, high.residue)
    assert high.mean[0, 1] < 0.5 * low.mean[0, 1]


def test_shares_of_the_surface_cumulate_to_one_over_the_cells_that_are_seen() -> None:
    table = clutter(valley(), {**SEARCH, "height_m": 120.0}, {**COASTAL, "height_m": 130.0}, MICROPHONE)
    for s in (0, 1):
        shares = np.diff(table.surface[s], prepend=0.0)
        assert (shares >= 0.0).all()
        assert table.surface[s, -1] == 1.0
        assert not shares[table.residue[s].ravel() == 0.0].any()
        assert (shares > 0.0).sum() > 10
    assert not table.surface[2].any()


def test_noise_makes_as_many_false_plots_as_cells_times_their_chance() -> None:
    sensors, sensing = sensor_table(
        {**SEARCH, "range_min_m": 5_000.0, "range_max_m": 405_000.0, "pfa": 1e-5},
        {**COASTAL, "range_min_m": 10_000.0, "sector_rad": 60.0 * DEG},
        MICROPHONE,
    )
    cells = (2_000 * (360.0 / 1.4) * 31.0, (100_000.0 / 150.0) * 60.0)
    np.testing.assert_allclose(
        noise_plots(sensors, sensing), [cells[0] * 1e-5, cells[1] * 1e-6, 0.0], rtol=1e-12
    )


def test_means_add_up_to_what_an_owner_knows_of_its_radar() -> None:
    radars = ({**SEARCH, "height_m": 130.0}, {**MICROPHONE, "height_m": 110.0, "false_plots": 0.4})
    sensors, sensing = sensor_table(*radars)
    table = clutter(LAND, *radars, rain_mmph=2.0)
    np.testing.assert_array_equal(table.mean[:, 0], noise_plots(sensors, sensing))
    np.testing.assert_allclose(mean_false_plots(sensors, table), [table.mean[0].sum(), 0.4])


def test_as_many_false_plots_come_as_their_means_say_and_from_where_clutter_is_seen() -> None:
    """A month of a radar among hills: counts within four standard deviations of Poisson's, source by source."""
    radar = {**SEARCH, "height_m": 120.0, "improvement_db": 30.0, "pfa": 1e-7}
    sensors, sensing = sensor_table(radar)
    terrain, looks = valley(), 20_000
    table = clutter(terrain, radar, rain_mmph=6.0, rain_top_m=1_500.0)
    found = []
    first = 0
    while first <= looks - 1:
        rows = empty_rows(20_000)
        first, n = sense_nothing(
            sites(sensors, no_bias(sensors))[0],
            physics(sensors, sensing)[0],
            0,
            table.surface[0],
            table.rain[0],
            table.cell_m,
            table.mean[0],
            1_500.0,
            K0,
            K1,
            -math.inf,
            math.inf,
            first,
            looks - 1,
            rows,
        )
        found.append(rows.z[:n].copy())
    z = np.concatenate(found)
    total = looks * table.mean[0].sum()
    assert abs(len(z) - total) < 4.0 * math.sqrt(total)
    seen = np.array([surface_residue(table.residue[0], CELL_M, b, r) > 0.0 for r, b in z[:, :2]])
    wet = np.array([rain_residue(table.rain[0], CELL_M, r) > 0.0 for r in z[:, 0]])
    # What lies in no cell of surface or rain is noise, which is even in range, bearing and elevation.
    dark = ~seen & ~wet
    row, column = (table.residue[0] > 0.0), (table.rain[0] > 0.0)
    reach = np.clip((np.arange(CELLS + 1) * CELL_M - 1_000.0) / 399_000.0, 0.0, 1.0)
    share = float((~(row | column[None, :]) * np.diff(reach)[None, :]).mean(axis=0).sum())
    expected = looks * table.mean[0, 0] * share
    assert expected > 300.0
    assert abs(dark.sum() - expected) < 4.0 * math.sqrt(expected)
    assert np.mean(z[dark, 2]) == pytest.approx(29.0 * DEG, abs=2.0 * DEG)
    low = z[~dark & (z[:, 2] < 3.0 * DEG)]
    assert len(low) > 0.5 * looks * table.mean[0, 1]
