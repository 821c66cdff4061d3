"""What holds of sensors that send nothing: clouds, layered wind, receivers of emissions and of transponder replies."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from skypact.earth.frame import range_bearing_elevation_from_ecef
from skypact.model.codes import DetectionKind, ObjectClass
from skypact.model.network import MaskTable
from skypact.model.weather import calm
from skypact.sense import sense
from tests.sense.world import (
    DEG,
    DIRECTION,
    K0,
    K1,
    LAT,
    LON,
    MICROPHONE,
    MULTILATERATION,
    SATELLITE,
    columns_of,
    line,
    sensor_table,
    smooth_masks,
    still,
    surroundings,
    track,
    truth,
)


def hear(world, *sensors, until_s=100.0, weather=None, masks=None):
    """Columns of what the sensors detect, without bias."""
    tables = sensor_table(*sensors)
    around = surroundings(tables, weather=weather, masks=masks)
    bias = np.zeros((len(sensors), 4))
    return columns_of(sense(tables.sensors, tables.sensing, bias, around, world, K0, K1, 0.0, until_s, False))


def rising(k: int):
    """A launch that climbs 5 t^2 from the ground, k steps east of the site."""
    return track(lambda t: (LAT, LON + 1e-3 * k, 1.0 + 5.0 * t * t), 0, 120)


SURE = {**SATELLITE, "revisit_s": 1.0, "detection_probability": 1.0}


def test_the_share_of_launches_under_cloud_is_seen_late_and_the_others_from_the_ground_on():
    count = 400
    world = truth([rising(k) for k in range(count)], burnout_s=100.0, object_class=ObjectClass.BALLISTIC)
    weather = replace(calm(), cloud_cover=0.3, cloud_top_m=8_000.0)
    found = hear(world, SURE, until_s=60.0, weather=weather)
    first = np.full(count, np.inf)
    np.minimum.at(first, found["object"], found["t_ns"] * 1e-9)
    breaks_through_s = math.sqrt(7_999.0 / 5.0)
    late = first > 2.0
    assert (first[late] >= breaks_through_s).all()
    assert (first[late] < breaks_through_s + 1.0).all()
    assert (first[~late] < 1.0).all()
    assert binomtest(int(late.sum()), count, 0.3).pvalue > 1e-3


def test_all_satellites_see_the_same_cloud_over_a_launch():
    world = truth([rising(k) for k in range(60)], burnout_s=100.0, object_class=ObjectClass.BALLISTIC)
    weather = replace(calm(), cloud_cover=0.5, cloud_top_m=8_000.0)
    found = hear(world, SURE, {**SURE, "lon_rad": 30.0 * DEG}, until_s=20.0, weather=weather)
    seen = [set(found["object"][found["sensor"] == s].tolist()) for s in (0, 1)]
    assert seen[0] == seen[1]
    assert 0 < len(seen[0]) < 60


@pytest.mark.parametrize(("cover", "seen"), [(0.0, 60), (1.0, 0)])
def test_a_clear_sky_hides_nothing_and_a_closed_one_all(cover, seen):
    world = truth([rising(k) for k in range(60)], burnout_s=100.0, object_class=ObjectClass.BALLISTIC)
    weather = replace(calm(), cloud_cover=cover, cloud_top_m=8_000.0)
    found = hear(world, SURE, until_s=20.0, weather=weather)
    assert len(set(found["object"].tolist())) == seen


EAR = {
    **MICROPHONE,
    "revisit_s": 0.5,
    "sigma_bearing_rad": 1e-9,
    "detection_probability": 1.0,
    "height_m": 0.0,
}


def lag_of(wind_east_mps: float) -> float:
    """Mean lag (s) of the sound of something that passes 4 km west of a post from south to north, by its bearings."""
    path = line(LAT - 1.5e-4, LON - 4_000.0 / 5.77e6, 100.0, 50.0, 0.0, 0.0, 0, 60)
    weather = replace(calm(), wind_east_mps=np.array([wind_east_mps]))
    found = hear(truth([path]), EAR, weather=weather)
    lags = []
    for t_ns, bearing in zip(found["t_ns"], found["z"][:, 1], strict=True):
        t = np.arange(0.0, 60.0, 0.01)
        whole = t.astype(int)
        pos = path[1][whole, :3] + (t - whole)[:, None] * (path[1][whole + 1, :3] - path[1][whole, :3])
        _, directions, _ = range_bearing_elevation_from_ecef(pos, LAT, LON, 0.0)
        lags.append(t_ns * 1e-9 - t[int(np.argmin(np.abs(directions - bearing)))])
    return float(np.mean(lags))


def test_wind_towards_the_post_brings_sound_sooner_and_against_it_later():
    still_air = lag_of(0.0)
    # It is 4.0 to 4.5 km away and sound flies at 340 m/s; the wind from the west blows from it to the post.
    assert 4_000.0 / 340.0 < still_air < 4_500.0 / 340.0
    assert lag_of(20.0) == pytest.approx(still_air * 340.0 / 360.0, rel=6e-3)
    assert lag_of(-20.0) == pytest.approx(still_air * 340.0 / 320.0, rel=6e-3)


def test_a_direction_finder_tells_the_bearing_alone_of_what_emits_in_its_sight():
    places = [still(LAT + 0.005, LON + 0.005, 3_000.0, 2_000)] * 2
    beyond = still(LAT + 0.05, LON, 500.0, 2_000)
    world = truth([*places, beyond], emits=[True, False, True], code=77)
    found = hear(world, {**DIRECTION, "detection_probability": 0.7}, until_s=2_000.0)
    assert set(found["object"].tolist()) == {0}
    assert (found["kind"] == DetectionKind.DIRECTION).all()
    assert binomtest(len(found["t_ns"]), 500, 0.7).pvalue > 1e-3
    assert np.isnan(found["z"][:, [0, 2, 3]]).all()
    assert np.isnan(found["sigma"][:, [0, 2, 3]]).all()
    assert (found["code"] == 0).all()
    _, bearing, _ = range_bearing_elevation_from_ecef(places[0][1][0, :3], LAT, LON, 30.0)
    error = (found["z"][:, 1] - float(bearing)) / 0.02
    np.testing.assert_allclose(found["sigma"][:, 1], 0.02)
    assert abs(error.mean()) < 4.0 / math.sqrt(len(error))
    assert 0.85 < error.std() < 1.15


def test_hills_hide_emitters_and_transponders():
    world = truth([still(LAT, LON + 0.008, 2_000.0, 200)], code=5)
    for sensor in (DIRECTION, MULTILATERATION):
        tables = sensor_table(sensor)
        smooth = smooth_masks(tables.sensors)
        hill = smooth.tan_elevation.copy()
        hill[:, 2, 10:] = 0.2
        assert len(hear(world, sensor)["t_ns"]) > 10
        assert len(hear(world, sensor, masks=MaskTable(hill, smooth.cell_m))["t_ns"]) == 0


def test_multilateration_places_working_transponders_as_well_as_it_says():
    place = still(LAT + 0.003, LON + 0.004, 9_000.0, 2_000)
    world = truth([place, place], code=[4_321, 0])
    found = hear(world, {**MULTILATERATION, "detection_probability": 0.8}, until_s=2_000.0)
    assert set(found["object"].tolist()) == {0}
    assert set(found["code"].tolist()) == {4_321}
    assert (found["kind"] == DetectionKind.MULTILATERATION).all()
    assert binomtest(len(found["t_ns"]), 2_000, 0.8).pvalue > 1e-3
    seen = [float(part) for part in range_bearing_elevation_from_ecef(place[1][0, :3], LAT, LON, 30.0)]
    error = (found["z"][:, :3] - seen) / found["sigma"][:, :3]
    assert np.isnan(found["z"][:, 3]).all()
    assert (error**2).sum(axis=1).mean() == pytest.approx(3.0, rel=0.1)
    assert np.abs(error.mean(axis=0)).max() < 0.12
    assert np.median(found["sigma"][:, 0]) < 60.0


def test_more_receivers_and_better_clocks_place_better():
    world = truth([still(LAT + 0.003, LON + 0.004, 9_000.0, 100)], code=9)
    usual, more, better = (
        np.median(hear(world, {**MULTILATERATION, **change})["sigma"][:, 1])
        for change in ({}, {"receivers": 12}, {"sigma_time_s": 5e-9})
    )
    assert more < 0.85 * usual
    assert better == pytest.approx(usual / 4.0, rel=0.1)
