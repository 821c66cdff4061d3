"""The chance that a radar detects a target at a point, with everything that weakens a look."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from skypact.earth.terrain import Terrain
from skypact.errors import UsageError
from skypact.kernels import detectability, doppler, looks, masking, propagation
from skypact.kernels.random import run_key
from skypact.model.codes import Disturbance
from skypact.model.network import Surroundings
from skypact.model.scenario import SensorEvent
from skypact.run.surroundings import draw_surroundings
from skypact.sense.coverage import detection_map, within_looks
from skypact.sense.table import physics
from tests.run.coverage.made import site, wired

EAST = math.pi / 2


def around(world) -> Surroundings:
    return draw_surroundings(world, *run_key(0, 0))


@pytest.fixture(scope="module")
def search():
    return wired(site("search_radar"))


@pytest.fixture(scope="module")
def search_around(search):
    return around(search)


def chance(world, surroundings, distance, bearing, height, rcs=1.0):
    network = world.network
    return detection_map(network.sensors, network.sensing, surroundings, 0, distance, bearing, height, rcs)


def without_clutter(surroundings):
    clutter = surroundings.clutter
    return replace(
        surroundings,
        clutter=replace(clutter, residue=np.zeros_like(clutter.residue), rain=np.zeros_like(clutter.rain)),
    )


def test_maps_have_a_cross_section_first_and_then_the_shape_of_the_points(search, search_around):
    distance, bearing, height = np.arange(10e3, 90e3, 10e3), np.zeros((3, 1)), np.ones((2, 1, 1)) * 5e3
    assert chance(search, search_around, distance, bearing, height, [0.1, 1.0]).shape == (2, 2, 3, 8)
    assert chance(search, search_around, 50e3, 0.0, 5e3).shape == (1,)


@pytest.mark.parametrize("height", [50.0, 300.0, 2000.0])
def test_over_the_sea_nothing_is_seen_beyond_the_horizon(search, search_around, height):
    horizon = masking.horizon_m(float(search.network.sensors.height_m[0]), height)
    near, far = chance(search, search_around, [horizon - 2.5e3, horizon + 2.5e3], EAST, height, 100.0)[0]
    assert near > 0.9
    assert far == 0.0


@settings(max_examples=30)
@given(st.floats(8e3, 300e3), st.floats(0, 2 * math.pi), st.floats(0.01, 10.0))
def test_a_larger_target_is_never_seen_less(search, search_around, distance, bearing, rcs):
    small, large = chance(search, search_around, distance, bearing, 12e3, [rcs, 2 * rcs])
    assert large >= small


def test_without_clutter_the_chance_is_that_of_the_radar_equation_with_the_loss_of_the_air(
    search, search_around
):
    sensors, sensing = search.network.sensors, search.network.sensing
    for distance, height in [(120e3, 6e3), (200e3, 9e3), (280e3, 11e3)]:
        found = float(chance(search, without_clutter(search_around), distance, 1.0, height, 0.5)[0])
        antenna = float(sensors.height_m[0])
        slant = math.hypot(distance * (1 + (height + antenna) / 2 / 6.371e6), height - antenna)
        elevation = math.atan(masking.apparent_tan(distance, height, antenna))
        decibels = float(sensing.snr_db_100km_1m2[0]) + 10 * math.log10(0.5) - 40 * math.log10(slant / 100e3)
        decibels -= propagation.loss_db(search_around.loss.loss_db[0], elevation, slant)
        power = detectability.threshold(float(sensing.pfa[0]), int(sensing.pulses[0]))
        expected = detectability.detection_chance(
            10 ** (decibels / 10), power, int(sensing.pulses[0]), int(sensing.swerling[0])
        )
        assert 0.05 < found < 0.999
        assert found == pytest.approx(expected, abs=0.01)


def test_clutter_hides_what_flies_low_from_a_pencil_beam_and_not_what_flies_high(search, search_around):
    heavy = replace(
        search_around, clutter=replace(search_around.clutter, residue=search_around.clutter.residue + 1000.0)
    )
    low, high = chance(search, heavy, 80e3, EAST, [700.0, 9e3], 0.1)[0]
    low_usual, high_usual = chance(search, search_around, 80e3, EAST, [700.0, 9e3], 0.1)[0]
    assert low < 0.5 * low_usual
    assert high > 0.99 * high_usual


def test_a_face_sees_its_sector_and_best_along_its_normal():
    world = wired(site("early_warning_radar", faces_deg=90.0))
    surroundings = around(world)
    half = 0.5 * float(world.network.sensors.sector_rad[0])
    bearing = np.array([EAST - half - 0.02, EAST - half + 0.02, EAST, EAST + half - 0.02, EAST + half + 0.02])
    found = chance(world, surroundings, 380e3, bearing, 40e3, 0.05)[0]
    assert found[0] == found[4] == 0.0
    assert found[2] > found[1] > 0.0
    assert found[2] > found[3] > 0.0


def test_limits_of_elevation_and_range_hold(search, search_around):
    sensors = search.network.sensors
    top = float(sensors.elevation_max_rad[0])
    for distance in (15e3, 40e3):
        edge = masking.lowest_visible_m(math.tan(top), distance, float(sensors.height_m[0]))
        below, above = chance(search, search_around, distance, 0.3, [edge - 100, edge + 100], 100.0)[0]
        assert below > 0.9
        assert above == 0.0
    near, far = float(sensors.range_min_m[0]), float(sensors.range_max_m[0])
    assert chance(search, search_around, [near - 300, near + 300], 0.3, 500.0, 100.0)[0].tolist() == [
        0.0,
        1.0,
    ]
    inside, outside = chance(search, search_around, [far - 4e3, far + 4e3], 0.3, 25e3, 1e4)[0]
    assert inside > 0.9
    assert outside == 0.0


def test_a_ridge_hides_what_is_low_behind_it():
    heights = np.zeros((301, 301), np.int16)
    heights[160, :] = 1500
    ridge = Terrain(heights, 22.0, 42.0, 0.02, "ridge")
    world = wired(site("search_radar"), terrain=ridge)
    surroundings = around(world)
    assert surroundings.masks.tan_elevation.shape[1:] == (720, 501)
    north, south = chance(world, surroundings, 80e3, [0.0, math.pi], 2500.0, 10.0)[0]
    assert north == 0.0
    assert south > 0.9


def test_what_befalls_the_radar_at_a_time_does_not_count():
    event = SensorEvent("A", Disturbance.JAMMED, -math.inf, math.inf, 0.0, 2 * math.pi, 1e6)
    calm, jammed = wired(site("search_radar")), wired(site("search_radar"), events=(event,))
    points = np.array([60e3, 150e3, 250e3]), 0.5, 9e3
    assert around(jammed).disturbances.level.tolist() == [1e6]
    np.testing.assert_array_equal(
        chance(calm, around(calm), *points, 0.3), chance(jammed, around(jammed), *points, 0.3)
    )


@pytest.mark.parametrize(("order", "stagger"), [(1, 1), (2, 1), (2, 4)])
def test_the_chance_with_a_canceller_is_the_mean_over_radial_speeds(search, search_around, order, stagger):
    """Targets that move in and out at many speeds, each by its own look; the mean gain alone would promise more."""
    plain, cancels = (
        replace(
            search.network.sensing,
            canceller=np.array([n], np.uint8),
            stagger=np.array([stagger], np.uint8),
            mti_range_m=np.array([400e3]),
        )
        for n in (0, order)
    )
    sensors = search.network.sensors
    points = np.linspace(130e3, 220e3, 10), 1.0, 9e3, 0.2
    still, found = (detection_map(sensors, s, search_around, 0, *points)[0] for s in (plain, cancels))
    row = physics(sensors, cancels)[0]
    blind = row[looks.BLIND_SPEED]
    speeds = np.random.default_rng(1).uniform(0.0, 28.25 * blind, 4_000)
    gains = [doppler.canceller_gain(v, blind, order, stagger) for v in speeds.tolist()]
    power, pulses, swerling = row[looks.THRESHOLD], int(row[looks.PULSES]), int(row[looks.SWERLING])
    for chance_still, chance_found in zip(still.tolist(), found.tolist(), strict=True):
        signal = brentq(
            lambda x, aim=chance_still: detectability.detection_chance(x, power, pulses, swerling) - aim,
            0.0,
            1e6,
        )
        each = [detectability.detection_chance(g * signal, power, pulses, swerling) for g in gains]
        assert chance_found == pytest.approx(np.mean(each), abs=0.02)
    middle = int(np.abs(still - 0.6).argmin())
    assert 0.3 < still[middle] < 0.9
    assert found[middle] < still[middle] - 0.01


def test_beyond_the_cancellers_range_nothing_is_cancelled(search, search_around):
    cancels = replace(
        search.network.sensing, canceller=np.array([2], np.uint8), mti_range_m=np.array([150e3])
    )
    plain = replace(search.network.sensing, canceller=np.array([0], np.uint8))
    sensors = search.network.sensors
    near, far = (
        [detection_map(sensors, s, search_around, 0, d, 1.0, 9e3, 0.1)[0] for s in (cancels, plain)]
        for d in (149e3, 151e3)
    )
    assert near[0] < near[1]
    assert far[0] == far[1]


def test_every_radar_is_looked_at_with_its_own_surroundings():
    """Two radars of one class far apart: the wall stands about the second alone."""
    heights = np.zeros((301, 301), np.int16)
    heights[:, 260:] = 1_500
    ground = Terrain(heights, 22.0, 42.0, 0.02, "wall in the east")
    world = wired(site("search_radar"), site("search_radar", "B", lon_deg=47.1), terrain=ground)
    surroundings, network = around(world), world.network
    found = [
        detection_map(network.sensors, network.sensing, surroundings, s, 60e3, EAST, 1_600.0, 10.0)[0]
        for s in (0, 1)
    ]
    assert found[0] > 0.9
    assert found[1] == 0.0
    for table in ("loss_db", "residue", "rain"):
        part = "loss" if table == "loss_db" else "clutter"
        own = getattr(surroundings, part)
        drowned = getattr(own, table).copy()
        drowned[1] += 1e9
        other = replace(surroundings, **{part: replace(own, **{table: drowned})})
        again = detection_map(network.sensors, network.sensing, other, 0, 60e3, EAST, 1_600.0, 10.0)[0]
        assert again == found[0]


def test_only_radars_have_such_a_map():
    world = wired(site("acoustic_post"))
    with pytest.raises(UsageError, match="acoustic"):
        chance(world, around(world), 1e3, 0.0, 100.0)


def test_several_looks_miss_as_often_as_each_of_them_does():
    np.testing.assert_allclose(within_looks([0.0, 0.5, 1.0], 3), [0.0, 0.875, 1.0])
    np.testing.assert_allclose(within_looks([0.2, 0.7], 1), [0.2, 0.7], rtol=1e-6)
