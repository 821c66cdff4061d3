"""Cruise missiles and drones: over the ground, within their limits, in the wind, to their end."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.earth.frame import distance_bearing, geodetic_from_ecef
from skypact.earth.terrain import Terrain, flat_terrain
from skypact.kernels.frame import destination
from skypact.model.codes import Phase
from skypact.model.weather import calm
from skypact.truth.lowflight import VERTICAL_MPS2, Flyer, Wander, low_path
from skypact.truth.route import n_vectors
from tests.truth import world
from tests.truth.kinematics import motion, rows_of
from tests.truth.test_raid import draw, one_group

STILL = Wander(0.0, (200.0,), (0.0,))
SEA = flat_terrain(20.0, 40.0, 34.0, 60.0)


def blowing(east, north):
    return dataclasses.replace(calm(), wind_east_mps=np.array([east]), wind_north_mps=np.array([north]))


def drone(**changes):
    plain = Flyer(50.0, 200.0, 5.0, 0.12, 0.0, 400e3, STILL)
    return dataclasses.replace(plain, **changes)


def missile(**changes):
    return dataclasses.replace(Flyer(230.0, 60.0, 15.0, 0.2, 0.0, 900e3, STILL), **changes)


def way(*corners):
    lat, lon = np.radians(corners).T
    return n_vectors(lat, lon)


EAST = way((27.0, 50.0), (27.0, 50.6))


def fly(flyer, points=EAST, terrain=SEA, weather=None):
    return low_path(terrain, points, flyer, weather or calm(), 100)


def across_m(path, points):
    """How far (m) each sample is to the left of the great circle from the first point to the last."""
    pole = np.cross(points[0], points[-1])
    lat, lon, _ = geodetic_from_ecef(path.state[:, :3])
    return np.arcsin(n_vectors(lat, lon) @ (pole / np.linalg.norm(pole))) * 6.371e6


# ------------------------------------------------------------------------------------------------------ limits


def hilly(seed, relief_m, step_deg=0.02):
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0.0, relief_m, (40, 40))
    return Terrain(coarse.astype(np.int16), 26.8, 49.8, step_deg, "bumps")


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    relief=st.floats(0.0, 700.0),
    fast=st.booleans(),
    turn=st.floats(4.0, 20.0),
    climb=st.floats(0.1, 0.3),
    popup=st.sampled_from([0.0, 300.0, 800.0]),
    bend=st.floats(-0.2, 0.2),
    wind=st.tuples(st.floats(-15, 15), st.floats(-15, 15)),
)
def test_a_flight_keeps_its_limits_over_any_hills(seed, relief, fast, turn, climb, popup, bend, wind):
    plain = missile() if fast else drone()
    flyer = dataclasses.replace(plain, turn_mps2=turn, climb_rad=climb, popup_m=popup)
    ground = hilly(seed, relief)
    path = fly(flyer, way((27.0, 50.0), (27.1 + bend, 50.2), (27.2, 50.45)), ground, blowing(*wind))
    seen = motion(path.state)
    level = (path.phase == Phase.CRUISE)[:-1]
    over = seen.height - ground.height_m(seen.lat, seen.lon)
    assert (over[:-1] > -0.5 - 0.01 * relief).all()
    assert (over[path.phase == Phase.CRUISE] > flyer.height_m - 0.02 * relief - 1.0).all()
    assert seen.lateral.max() < 1.03 * turn
    assert np.abs(seen.vertical[level]).max(initial=0.0) < 1.03 * VERTICAL_MPS2
    assert np.abs(seen.angle[path.phase == Phase.CRUISE]).max(initial=0.0) < 1.03 * climb


@pytest.mark.parametrize("popup", [0.0, 200.0, 900.0])
@pytest.mark.parametrize("flyer", [missile(), drone()])
def test_over_the_sea_every_second_from_launch_to_end_is_within_the_limits(flyer, popup):
    path = fly(dataclasses.replace(flyer, popup_m=popup))
    seen = motion(path.state)
    assert np.abs(seen.vertical).max() < 1.02 * VERTICAL_MPS2
    assert np.abs(seen.angle).max() < 1.02 * flyer.climb_rad
    assert seen.speed == pytest.approx(flyer.air_speed_mps, rel=0.01)
    assert (path.state.shape[0] - 1) >= path.end_s - path.launch_s
    assert seen.height[0] == pytest.approx(0.0, abs=0.01)
    assert geodetic_from_ecef(path.end_ecef_m)[2] == pytest.approx(0.0, abs=1.5)
    middle = seen.height[path.phase == Phase.CRUISE]
    assert np.median(middle) == pytest.approx(flyer.height_m, abs=2.0)


def test_it_climbs_before_the_hill_and_not_after_it():
    heights = np.zeros((40, 40), dtype=np.int16)
    heights[:, 20] = 800  # a ridge at 50.2 E
    ridge = Terrain(heights, 26.8, 49.8, 0.02, "ridge")
    path = fly(missile(climb_rad=0.15), way((27.2, 49.85), (27.2, 50.5)), ridge)
    seen = motion(path.state)
    ahead = np.radians(50.2) - seen.lon
    high = seen.height > 120.0
    assert seen.height[np.abs(ahead).argmin()] > 860.0 - 1.0
    assert ahead[high].max() * 5.7e6 > 800.0 / math.tan(0.15) - 2_000.0  # as early as its climb needs
    assert ahead[high].max() * 5.7e6 < 800.0 / math.tan(0.15) + 6_000.0


def test_between_two_ridges_the_limits_are_used_and_kept():
    heights = np.zeros((40, 40), dtype=np.int16)
    heights[:, [14, 20]] = 1_500
    ridges = Terrain(heights, 26.8, 49.8, 0.02, "ridges")
    path = fly(missile(), way((27.2, 49.82), (27.2, 50.5)), ridges)
    seen = motion(path.state)
    assert (seen.height[1:-1] - ridges.height_m(seen.lat[1:-1], seen.lon[1:-1]) > -0.5).all()
    middle = (path.phase == Phase.CRUISE)[:-1]
    assert 0.7 * VERTICAL_MPS2 < np.abs(seen.vertical[middle]).max() < 1.03 * VERTICAL_MPS2
    assert 0.95 * 0.2 < np.abs(seen.angle[:-1][middle]).max() < 1.03 * 0.2


def test_a_corner_too_tight_for_the_turn_is_left_out():
    points = way((27.0, 50.0), (27.05, 50.3), (27.1, 50.02))
    path = fly(missile(turn_mps2=6.0), points)
    assert np.abs(across_m(path, points)).max() < 1.0
    assert motion(path.state).lateral.max() < 0.1


def test_a_flight_into_a_steep_valley_ends_on_its_floor():
    heights = np.full((40, 40), 900, dtype=np.int16)
    heights[:, 30] = 0
    valley = Terrain(heights, 26.8, 49.8, 0.02, "valley")
    path = fly(missile(), way((27.2, 49.9), (27.2, 50.4)), valley)
    seen = motion(path.state)
    assert geodetic_from_ecef(path.end_ecef_m)[2] == pytest.approx(0.0, abs=30.0)
    assert (seen.height[:-1] - valley.height_m(seen.lat[:-1], seen.lon[:-1]) > -1.0).all()


# ----------------------------------------------------------------------------------------------------- pop-up


def test_a_pop_up_is_reached_shortly_before_the_end_and_dived_from():
    flyer = missile(popup_m=600.0)
    plain, popped = fly(missile()), fly(flyer)
    seen = motion(popped.state)
    top = int(seen.height.argmax())
    assert seen.height[top] == pytest.approx(600.0, abs=3.0)
    left_m = (len(seen.height) - top) * 230.0
    assert 600.0 / math.tan(0.2) < left_m < 600.0 / math.tan(0.2) + 10e3
    n = len(seen.height) // 2
    assert np.abs(seen.height[20:n] - motion(plain.state).height[20:n]).max() < 0.1
    assert seen.angle[-5:] == pytest.approx(-0.2, abs=0.02)


def test_the_share_of_the_class_pops_up():
    truth = draw(families=one_group(threat="cruise", count_low=150, count_high=150, start_high_s=1.0,
                                    launch=(world.disc(27.0, 46.5, 20e3),)), terrain=SEA)  # fmt: skip
    top = np.array([motion(truth.state[rows_of(truth, i)]).height.max() for i in range(150)])
    pops = top > 200.0
    assert 0.15 < pops.mean() < 0.45  # 0.3, four sigma
    assert (top[pops] > 395.0).all()
    assert (top[pops] < 905.0).all()
    assert top[pops].std() > 50.0


# ------------------------------------------------------------------------------------------------------- wind


@settings(max_examples=30)
@given(st.floats(5.0, 30.0), st.floats(0.0, 2.0 * math.pi))
def test_the_wind_changes_speed_over_ground_by_its_triangle_and_not_the_course(speed, towards):
    weather = blowing(speed * math.sin(towards), speed * math.cos(towards))
    path = fly(drone(), weather=weather)
    seen = motion(path.state)
    level = (path.phase == Phase.CRUISE)[1:-1]
    bearing = math.pi / 2.0
    along = speed * math.cos(towards - bearing)
    across = speed * math.sin(towards - bearing)
    expected = along + math.sqrt(50.0**2 - across**2)
    assert seen.ground_speed[1:-1][level] == pytest.approx(expected, rel=0.01)
    assert np.abs(across_m(path, EAST)).max() < 1.0
    still = fly(drone())
    ratio = (path.end_s - path.launch_s) / (still.end_s - still.launch_s)
    assert ratio == pytest.approx(50.0 / expected, rel=0.02)
    assert np.linalg.norm(path.end_ecef_m - still.end_ecef_m) < 5.0


def test_calm_air_changes_nothing():
    level = dataclasses.replace(
        calm(),
        wind_height_m=np.array([0.0, 5_000.0]),
        wind_east_mps=np.zeros(2),
        wind_north_mps=np.zeros(2),
    )
    flyer = drone(wander=Wander(3.0, (150.0, 300.0), (0.3, 1.0)))
    assert fly(flyer).state.tobytes() == fly(drone(), weather=level).state.tobytes()


def test_the_wind_is_that_of_the_height():
    layered = dataclasses.replace(
        calm(),
        wind_height_m=np.array([100.0, 1_100.0]),
        wind_east_mps=np.array([0.0, 20.0]),
        wind_north_mps=np.zeros(2),
    )
    for height, wind in ((50.0, 0.0), (600.0, 10.0), (2_000.0, 20.0)):
        path = fly(drone(height_m=height), way((27.0, 50.0), (27.0, 51.5)), weather=layered)
        level = path.phase == Phase.CRUISE
        assert np.median(motion(path.state).ground_speed[level]) == pytest.approx(50.0 + wind, abs=0.5)


def test_a_drone_swings_slowly_about_its_course_within_its_bound_and_only_in_wind():
    flyer = drone(wander=Wander(3.0, (130.0, 210.0, 380.0), (0.3, 1.0, 4.0)))
    path = fly(flyer, weather=blowing(0.0, 12.0))
    aside = across_m(path, EAST)
    assert np.abs(aside).max() < 3.0 * 12.0
    assert aside.max() - aside.min() > 20.0
    assert np.abs(np.diff(aside)).max() < 3.0 * 12.0 * 2.0 * math.pi / 130.0
    assert abs(aside[0]) < 0.5
    assert abs(aside[-2]) < 2.0
    assert motion(path.state).lateral.max() < 0.3


def test_where_time_is_up_it_comes_down_short_on_its_course():
    flyer = drone(range_max_m=62e3)
    assert distance_bearing(*map(math.radians, (27.0, 50.0, 27.0, 50.6)))[0] < 62e3
    whole, short = fly(flyer), fly(flyer, weather=blowing(-25.0, 0.0))
    assert whole.end_s - whole.launch_s < 1.05 * 62e3 / 50.0
    assert short.end_s - short.launch_s == pytest.approx(1.05 * 62e3 / 50.0, rel=0.01)
    lat, lon, height = geodetic_from_ecef(short.end_ecef_m)
    assert height == pytest.approx(0.0, abs=1.5)
    flown, _ = distance_bearing(math.radians(27.0), math.radians(50.0), lat, lon)
    assert flown == pytest.approx(25.0 * 1.05 * 62e3 / 50.0, rel=0.02)
    assert np.abs(across_m(short, EAST)).max() < 1.0


def test_where_the_wind_aloft_is_stronger_than_it_flies_it_comes_down_before():
    heights = np.zeros((40, 40), dtype=np.int16)
    heights[:, 20:] = 1_000
    plateau = Terrain(heights, 26.8, 49.8, 0.02, "plateau")
    layered = dataclasses.replace(
        calm(),
        wind_height_m=np.array([400.0, 1_000.0]),
        wind_east_mps=np.array([0.0, -60.0]),
        wind_north_mps=np.zeros(2),
    )
    path = fly(drone(), way((27.2, 49.85), (27.2, 50.5)), plateau, layered)
    lat, lon, height = geodetic_from_ecef(path.end_ecef_m)
    assert math.degrees(lon) < 50.2
    assert height == pytest.approx(plateau.height_m(lat, lon), abs=30.0)


def test_what_cannot_even_leave_does_not_fly():
    assert fly(drone(), weather=blowing(-60.0, 0.0)) is None
    assert fly(drone(), weather=blowing(0.0, 60.0)) is None
    assert fly(drone(), weather=blowing(60.0, 0.0)) is not None


def test_a_raid_in_a_gale_flies_the_aims_that_it_can():
    aims = (("Alpha", 1.0), ("Coast", 1.0))  # east and west of the launch disc
    families = one_group(
        threat="drone", launch=(world.disc(27.5, 49.3, 5e3),), aims=aims, count_low=20, count_high=20
    )
    gale = blowing(52.0 * math.sin(math.radians(150.0)), 52.0 * math.cos(math.radians(150.0)))
    truth = draw(families=families, weather=gale, terrain=SEA)
    east = geodetic_from_ecef(truth.end_ecef_m)[1] > math.radians(49.3)
    assert east.all()
    still = draw(families=families, terrain=SEA)
    assert not (geodetic_from_ecef(still.end_ecef_m)[1] > math.radians(49.3)).all()


@settings(max_examples=30)
@given(st.floats(0.0, 2 * math.pi), st.floats(2e3, 60e3))
def test_flights_of_any_length_and_course_end_where_they_should(bearing, length):
    start = (math.radians(27.0), math.radians(50.0))
    end = destination(*start, bearing, length)
    points = n_vectors(*np.array([start, end]).T)
    for flyer in (drone(), missile()):
        path = fly(flyer, points)
        if path is None:
            assert length < 60.0 * flyer.air_speed_mps
            continue
        lat, lon, _ = geodetic_from_ecef(path.end_ecef_m)
        assert distance_bearing(lat, lon, *end)[0] < 3.0
        assert path.end_s - path.launch_s == pytest.approx(length / flyer.air_speed_mps, rel=0.05)
