"""Launch points: where, how surely, and for whom."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from skypact.earth.terrain import Terrain
from skypact.kernels.frame import distance_bearing, geodetic_from_ecef
from skypact.model.codes import Identity, ObjectClass, TrackStatus
from skypact.warn import LAUNCH_VALUES, ImpactSettings, LaunchSettings, launch_points, predict_impacts
from tests.naive.test_launch import thrown
from tests.warn.world import before_impact, state, tracks

SETTINGS = LaunchSettings()
BALLISTIC, ROCKET, CRUISE = int(ObjectClass.BALLISTIC), int(ObjectClass.ROCKET), int(ObjectClass.CRUISE)
PUSH_MPS2 = 0.5 / SETTINGS.size_s2pm[0]


def missile(coast_s=60.0, ground_m=0.0):
    return thrown(PUSH_MPS2, 2000.0 / PUSH_MPS2, 48.0, coast_s, ground_m, beta=SETTINGS.beta_kgpm2[0])


def off_m(launches, launch):
    lat, lon, _ = geodetic_from_ecef(*launch)
    there = launches.lat_lon_rad[0]
    return distance_bearing(there[0], there[1], lat, lon)[0]


@pytest.mark.parametrize("coast_s", [1.0, 60.0, 200.0])
def test_a_missile_is_followed_back_to_its_launch(coast_s):
    launch, now = missile(coast_s)
    launches = launch_points(tracks([now], [BALLISTIC]), SETTINGS)
    assert launches.known.tolist() == [True]
    assert off_m(launches, launch) < 500.0
    sigma = math.sqrt(np.linalg.eigvalsh(launches.cov_en_m2[0]).max())
    assert 2_000.0 < sigma < 15_000.0


def test_the_ground_of_the_terrain_counts():
    launch, now = missile(60.0, ground_m=2000.0)
    plateau = Terrain(np.full((2, 2), 2000, np.int16), 20.0, 40.0, 20.0, "plateau")
    on_it = launch_points(tracks([now], [BALLISTIC]), SETTINGS, plateau)
    assert off_m(on_it, launch) < 500.0
    assert off_m(launch_points(tracks([now], [BALLISTIC]), SETTINGS), launch) > 1_000.0


def test_a_boost_under_way_lies_on_the_line_behind_it():
    launch, now = thrown(PUSH_MPS2, 30.0, 60.0, 0.0)
    launches = launch_points(tracks([now], [BALLISTIC], manoeuvre=0.9), SETTINGS)
    assert off_m(launches, launch) < 50.0
    _, near = missile(0.0)
    whole = launch_points(tracks([near], [BALLISTIC]), SETTINGS)
    assert np.trace(launches.cov_en_m2[0]) < np.trace(whole.cov_en_m2[0])


def test_a_rockets_boost_is_shorter():
    _, now = missile()
    as_missile = launch_points(tracks([now], [BALLISTIC]), SETTINGS)
    as_rocket = launch_points(tracks([now], [ROCKET]), SETTINGS)
    assert np.linalg.norm(as_missile.pos_ecef_m - as_rocket.pos_ecef_m) > 1_000.0


def test_none_is_told_of_what_is_not_thrown_or_identifies_itself_or_has_fallen_into_the_air():
    _, now = missile()
    assert not launch_points(tracks([now], [CRUISE]), SETTINGS).known.any()
    for changed in ({"code": 7}, {"identity": Identity.FRIEND}, {"status": TrackStatus.LOST}):
        assert not launch_points(tracks([now], [BALLISTIC], **changed), SETTINGS).known.any()
    falls = before_impact(29.4, 48.0, 20.0)
    assert not launch_points(tracks([falls], [BALLISTIC]), SETTINGS).known.any()


def test_rows_asked_for_are_those_of_all():
    _, now = missile()
    picture = tracks([now, state(29.0, 48.0, 60.0, 65.0, 230.0), now], [BALLISTIC, CRUISE, BALLISTIC])
    everyone = launch_points(picture, SETTINGS)
    assert everyone.known.tolist() == [True, False, True]
    some = launch_points(picture, SETTINGS, rows=np.array([1, 2]))
    assert some.known.tolist() == [False, False, True]
    assert np.array_equal(some.cov_en_m2[2], everyone.cov_en_m2[2])
    assert len(launch_points(tracks([], []), SETTINGS).known) == 0


def test_a_launch_known_too_poorly_is_not_told():
    _, now = missile()
    assert not launch_points(tracks([now], [BALLISTIC]), replace(SETTINGS, sigma_max_m=1_000.0)).known.any()


def test_every_assumption_lies_in_its_interval_and_names_its_source():
    for name, value in LAUNCH_VALUES.items():
        assert value.low <= getattr(SETTINGS, name) <= value.high, name
        assert value.source


def test_an_impact_on_high_ground_is_nearer():
    """A plateau of 2 km under a fall at 48 degrees is met about 1.8 km before the sea would be."""
    falls = before_impact(29.4, 48.0, 100.0)
    picture = tracks([falls], [BALLISTIC])
    sea = predict_impacts(picture, ImpactSettings())
    plateau = Terrain(np.full((2, 2), 2000, np.int16), 20.0, 40.0, 20.0, "plateau")
    high = predict_impacts(picture, ImpactSettings(), plateau)
    nearer_m, _ = distance_bearing(sea.lat_rad[0], sea.lon_rad[0], high.lat_rad[0], high.lon_rad[0])
    assert 1_400.0 < nearer_m < 2_400.0
    assert high.t_ns[0] < sea.t_ns[0]
    _, _, height = geodetic_from_ecef(*high.pos_ecef_m[0].tolist())
    assert height == pytest.approx(2000.0, abs=10.0)


def test_a_body_that_falls_as_the_ballistic_mode_says_is_no_light_debris():
    """Taken for wreckage of 100 kg/m2, a rocket would be predicted kilometres short."""
    falls = before_impact(29.4, 48.0, 60.0, beta_kgpm2=10_000.0)
    picture = tracks([falls], [int(ObjectClass.DEBRIS)], class_prob=0.6)
    picture.class_prob[0, ROCKET] = 0.35
    heavy = predict_impacts(picture, ImpactSettings())
    lat, lon = math.radians(29.4), math.radians(48.0)
    assert distance_bearing(heavy.lat_rad[0], heavy.lon_rad[0], lat, lon)[0] < 500.0
    doubtful = replace(picture, mode_prob=np.array([[0.3, 0.3, 0.4]], np.float32))
    light = predict_impacts(doubtful, ImpactSettings())
    assert distance_bearing(light.lat_rad[0], light.lon_rad[0], lat, lon)[0] > 2_000.0
