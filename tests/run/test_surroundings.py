"""What lies between sensors and objects in a run."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from skypact.earth.masking import terrain_mask
from skypact.earth.terrain import Terrain
from skypact.earth.visibility import laser_weather
from skypact.kernels.random import RELIEF, run_key, uniform
from skypact.model.codes import Disturbance
from skypact.model.scenario import SensorEvent
from skypact.run.mask import masks_with_relief
from skypact.run.paired import prepare
from skypact.run.surroundings import disturbances, draw_masks, draw_surroundings
from tests.run.coverage.made import LAT_DEG, LON_DEG, quiet, site, wired

COARSE = Terrain(np.full((61, 61), 300, np.int16), 20.0, 40.0, 0.2, "plateau")
FINE = Terrain(np.full((501, 501), 300, np.int16), 22.5, 42.5, 0.01, "fine plateau")


def test_on_coarse_terrain_every_run_has_its_own_relief():
    world = wired(site("search_radar"), terrain=COARSE)
    first, again, other = (draw_masks(world, *run_key(1, run)) for run in (0, 0, 1))
    assert first.tan_elevation.shape == (1, 360, 251)
    assert first.cell_m == 2000.0
    np.testing.assert_array_equal(first.tan_elevation, again.tan_elevation)
    assert (first.tan_elevation != other.tan_elevation).any()


def test_the_relief_of_a_run_is_its_draw_in_the_interval():
    world = wired(site("search_radar"), terrain=COARSE)
    settings, key = quiet().scenario.settings, run_key(1, 4)
    share = uniform(*key, RELIEF, np.uint32(0xFFFFFFFF), np.uint32(0), np.uint32(0))
    relief_m = settings.relief_low_m * (1.0 - share) + settings.relief_high_m * share
    expected = masks_with_relief(world.network.sensors, COARSE, relief_m, *key).tan_elevation
    np.testing.assert_allclose(draw_masks(world, *key).tan_elevation[..., 1:], expected[..., 1:], atol=1e-7)


def test_the_relief_of_runs_spreads_over_the_scenarios_interval():
    """The lowest summit of many azimuths tells the standard deviation that was drawn."""
    world = wired(site("gap_filler_radar"), terrain=COARSE)
    settings = quiet().scenario.settings
    antenna = float(world.network.sensors.height_m[0])
    spread = []
    for run in range(12):
        tangent = draw_masks(world, *run_key(3, run)).tan_elevation[0, :, 2].astype(float)
        ground = antenna + 4000.0 * (tangent + 4000.0 / (2 * 8494666.7))
        spread.append(np.quantile(ground - 300.0, 0.84))
    assert min(spread) < settings.relief_low_m + 8.0
    assert max(spread) > settings.relief_high_m - 10.0
    assert max(spread) < 1.4 * settings.relief_high_m


def test_on_fine_terrain_masks_are_finer_drawn_once_and_kept():
    world = wired(site("search_radar"), terrain=FINE)
    first, other = (draw_masks(world, *run_key(1, run)) for run in (0, 1))
    assert first is other
    assert first.tan_elevation.shape == (1, 720, 501)
    assert first.cell_m == 1000.0
    own = terrain_mask(
        FINE, math.radians(LAT_DEG), math.radians(LON_DEG), _mast(world), n_az=720, dr_m=1000.0, parts=4
    )
    np.testing.assert_array_equal(first.tan_elevation[0], own.tan)


def test_ridges_between_the_columns_of_a_fine_mask_hide_what_is_behind_them():
    """A wall one node thick, half a column from the nearest one: its top counts to within a few parts of it."""
    heights = np.zeros((501, 501), np.int16)
    east = round((LON_DEG - 42.5) / 0.01) + 60
    heights[:, east] = 1_000
    world = wired(site("search_radar"), terrain=Terrain(heights, 22.5, 42.5, 0.01, "wall"))
    away_m = math.radians(0.6) * 6_371_008.8 * math.cos(math.radians(LAT_DEG))
    assert 400.0 < away_m % 1000.0 < 600.0
    tangent = float(draw_masks(world, *run_key(1, 0)).tan_elevation[0, 180, 70])
    antenna_m = float(world.network.sensors.height_m[0])
    top_m = antenna_m + away_m * (tangent + away_m / (2 * 8494666.7))
    assert 1_000.0 * (1.0 - 125.0 / 1_000.0) < top_m < 1_001.0


def test_another_site_or_terrain_is_not_mistaken_for_the_kept_one():
    other_ground = Terrain(FINE.heights_m + np.int16(50), 22.5, 42.5, 0.01, "fine plateau")
    worlds = [
        wired(site("search_radar"), terrain=FINE),
        wired(site("search_radar", lon_deg=43.0), terrain=FINE),
        wired(site("search_radar", lon_deg=43.0), terrain=other_ground),
    ]
    outcome = [draw_masks(world, *run_key(1, 0)) for world in worlds]
    assert outcome[0] is not outcome[1]
    assert outcome[1] is not outcome[2]


def _mast(world):
    return float(world.network.sensors.height_m[0]) - 300.0


def test_nothing_stands_in_the_way_of_a_satellite():
    world = wired(site("search_radar"), site("infrared_satellite", "B"), terrain=COARSE)
    radar, satellite = draw_masks(world, *run_key(0, 0)).tan_elevation
    assert np.isfinite(radar[:, 1:]).all()
    assert (satellite == -np.inf).all()


def test_every_table_has_a_row_a_sensor_and_the_weather_is_the_scenarios():
    world = wired(site("search_radar"), site("acoustic_post", "B"), terrain=COARSE)
    found = draw_surroundings(world, *run_key(0, 0))
    tables = (found.masks.tan_elevation, found.loss.loss_db, found.clutter.residue, found.clutter.rain)
    assert {len(table) for table in tables} == {2}
    assert found.weather is world.scenario.weather
    assert len(found.disturbances.sensor) == 0


def test_sensor_events_of_the_scenario_reach_the_sensors():
    world = wired(site("search_radar"), terrain=COARSE)
    name = world.network.sensors.names[0]
    event = SensorEvent(name, Disturbance.OFF, 10.0, 20.0, 0.0, 2 * math.pi, 0.0)
    scenario = replace(world.scenario, sensor_events=(event,))
    found = draw_surroundings(replace(world, scenario=scenario), *run_key(0, 0)).disturbances
    assert found.sensor.tolist() == [0]
    assert found.from_s.tolist() == [10.0]


def test_lasers_fire_through_the_weather_of_the_scenario():
    world = wired(site("search_radar"), terrain=COARSE)
    haze = replace(world.scenario.weather, visibility_m=2_000.0, cloud_cover=1.0)
    hazy = replace(world.scenario, weather=haze, families=())
    plan, _ = prepare(replace(world, scenario=hazy), 0, 1)
    assert plan.fire.laser_excess_1pm > 0.0
    assert (plan.fire.laser_excess_1pm, plan.fire.laser_ceiling_m) == laser_weather(haze)


def test_clutter_follows_the_runs_own_masks():
    world = wired(site("search_radar"), terrain=COARSE)
    first, other = (draw_surroundings(world, *run_key(1, run)).clutter.residue for run in (0, 1))
    assert (first != other).any()


def test_what_befalls_sensors_is_told_by_row_in_the_order_written():
    events = (
        SensorEvent("C", Disturbance.OFF, 10.0, 20.0, 0.0, 2 * math.pi, 0.0),
        SensorEvent("A", Disturbance.JAMMED, 0.0, math.inf, 1.0, 0.5, 40.0),
    )
    table = disturbances(events, ("A", "B", "C"))
    assert table.sensor.tolist() == [2, 0]
    assert table.effect.tolist() == [Disturbance.OFF, Disturbance.JAMMED]
    assert table.from_s.tolist() == [10.0, 0.0]
    assert table.until_s.tolist() == [20.0, math.inf]
    assert table.bearing_rad.tolist() == [0.0, 1.0]
    assert table.width_rad.tolist() == [2 * math.pi, 0.5]
    assert table.level.tolist() == [0.0, 40.0]
    assert table.sensor.dtype == np.int32
    assert table.effect.dtype == np.uint8
    with pytest.raises(KeyError):
        disturbances(events, ("A", "B"))
