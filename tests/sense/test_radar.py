"""What holds of radars: chance of detection, received power, scan, sight, codes, accuracy, false plots."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy.stats import binomtest, kstest, poisson

from skypact.kernels.detectability import detection_chance, exceedance, random_error
from skypact.kernels.looks import in_sector, seen_from
from skypact.model.codes import DetectionKind
from skypact.model.network import MaskTable
from skypact.sense import sense
from skypact.sense.table import sites
from tests.sense.world import (
    DEG,
    ELECTRONIC,
    K0,
    K1,
    LAT,
    LON,
    MICROPHONE,
    RADAR,
    RECEIVER,
    columns_of,
    line,
    no_bias,
    sensor_table,
    smooth_masks,
    some_objects,
    still,
    truth,
)

TWO_PI = 2.0 * math.pi


def sense_one(sensor: dict, world, low: float, high: float, false_plots: bool = False):
    sensors = sensor_table(sensor)
    found = sense(sensors, no_bias(sensors), smooth_masks(sensors), world, K0, K1, low, high, false_plots)
    return sensors, columns_of(found)


def true_view(sensors, world, found) -> np.ndarray:
    """Range, bearing, elevation at the (unbiased) time of each detection of object 0 on a still path."""
    return np.array(seen_from(sites(sensors, no_bias(sensors))[0], world.state[0]))


@pytest.mark.parametrize("swerling", [1, 3])
@pytest.mark.parametrize("rcs_m2", [0.2, 0.5, 2.0])
def test_objects_are_detected_as_often_as_swerling_says(swerling: int, rcs_m2: float) -> None:
    world = truth([still(LAT, LON + 0.025, 9_000.0, 6_000)], rcs_m2=rcs_m2)
    sensor = {**ELECTRONIC, "swerling": swerling, "revisit_s": 1.0, "snr_db_100km_1m2": 18.0}
    sensors, found = sense_one(sensor, world, 0.0, 6_000.0)
    range_m = true_view(sensors, world, found)[0]
    snr = 10.0**1.8 * rcs_m2 * (1e5 / range_m) ** 4
    chance = detection_chance(snr, 1e-6, swerling)
    assert 0.01 < chance < 0.99
    assert binomtest(len(found["t_ns"]), 6_000, chance).pvalue > 1e-3


@pytest.mark.parametrize("swerling", [1, 3])
def test_the_reported_signal_is_that_of_a_fluctuating_echo_that_crossed_the_threshold(swerling: int) -> None:
    world = truth([still(LAT, LON + 0.025, 9_000.0, 3_000)], rcs_m2=0.4)
    sensor = {**ELECTRONIC, "swerling": swerling, "revisit_s": 1.0, "snr_db_100km_1m2": 18.0}
    sensors, found = sense_one(sensor, world, 0.0, 3_000.0)
    snr = 10.0**1.8 * 0.4 * (1e5 / true_view(sensors, world, found)[0]) ** 4
    power = 10.0 ** (found["snr_db"].astype(np.float64) / 10.0) + 1.0
    threshold = -math.log(1e-6)
    assert power.min() > threshold * (1.0 - 1e-6)
    chance = detection_chance(snr, 1e-6, swerling)
    uniform = [exceedance(x, snr, swerling) / chance for x in power]
    assert kstest(uniform, "uniform").pvalue > 1e-3


def test_accuracy_follows_the_looks_own_signal_down_to_the_floor() -> None:
    world = truth([still(LAT, LON + 0.02, 9_000.0, 2_000)], rcs_m2=1.0)
    sensors, found = sense_one({**ELECTRONIC, "revisit_s": 1.0}, world, 0.0, 2_000.0)
    snr = 10.0 ** (found["snr_db"].astype(np.float64) / 10.0)
    elevation = true_view(sensors, world, found)[2]
    for column, floor, cell, spread in (
        (0, 40.0, 200.0, 1.0),
        (1, 2e-3, 1.4 * DEG, 1.0 / math.cos(elevation)),
        (2, 3e-3, 2.0 * DEG, 1.0),
    ):
        expected = spread * np.hypot(floor, cell / (1.6 * np.sqrt(2.0 * snr)))
        np.testing.assert_allclose(found["sigma"][:, column], expected, rtol=1e-5)
        assert found["sigma"][:, column].min() > floor
    assert np.ptp(found["sigma"][:, 1]) > 1e-4
    assert random_error(2e-3, 1.4 * DEG, 1e12) == pytest.approx(2e-3)


def test_a_rotating_antenna_points_at_the_object_when_it_is_detected() -> None:
    course = line(LAT + 0.002, LON + 0.004, 9_000.0, 0.0, -250.0, 0.0, 0, 600)
    world = truth([course], rcs_m2=100.0)
    _, found = sense_one({**RADAR, "sigma_bearing_rad": 1e-6, "beam_azimuth_rad": 0.0}, world, 0.0, 600.0)
    turn = ((found["t_ns"] * 1e-9 - 3.0) / 10.0) % 1.0 * TWO_PI
    miss = (found["z"][:, 1] - turn + math.pi) % TWO_PI - math.pi
    north = np.minimum(found["z"][:, 1], TWO_PI - found["z"][:, 1]) < 0.15
    assert (~north).sum() > 45
    worst = math.pi * (250.0 / 12_700.0 * 10.0 / TWO_PI) ** 2  # two steps of a contraction, from half a turn
    assert np.abs(miss[~north]).max() < worst
    assert np.abs(miss[~north]).mean() < 0.2 * worst
    assert len(np.unique((found["t_ns"] - 3_000_000_000) // 10_000_000_000)) == len(turn)


def test_an_electronic_scan_looks_at_an_object_at_even_times_of_its_own() -> None:
    world = truth([still(LAT, LON + 0.01, 9_000.0, 400)] * 2, rcs_m2=1e4)
    _, found = sense_one(ELECTRONIC, world, 0.0, 400.0)
    phases = [found["t_ns"][found["object"] == i] % 4_000_000_000 for i in (0, 1)]
    assert [np.ptp(phase) <= 2 for phase in phases] == [True, True]
    assert phases[0][0] != phases[1][0]


def test_a_low_flyer_is_lost_at_the_horizon_of_the_four_thirds_earth() -> None:
    away = line(LAT, LON + 0.003, 50.0, 0.0, 250.0, 0.0, 0, 400)
    world = truth([away], rcs_m2=1e6)
    _, found = sense_one({**RADAR, "height_m": 10.0, "revisit_s": 1.0, "range_min_m": 0.0}, world, 0.0, 400.0)
    furthest = found["z"][:, 0].max()
    assert furthest == pytest.approx(42_200.0, abs=500.0)


def test_a_hill_hides_what_is_behind_it_on_its_own_bearing_alone() -> None:
    sensors = sensor_table(ELECTRONIC)
    masks = smooth_masks(sensors)
    masks.tan_elevation[0, 2, 30:] = math.tan(10.0 * DEG)
    east, west = still(LAT, LON + 0.01, 9_000.0, 200), still(LAT, LON - 0.01, 9_000.0, 200)
    near = still(LAT, LON + 0.004, 2_000.0, 200)
    world = truth([east, west, near], rcs_m2=1e4)
    found = sense(sensors, no_bias(sensors), masks, world, K0, K1, 0.0, 200.0, False)
    assert np.bincount(found.object, minlength=3).tolist() == [0, 50, 50]


def test_range_elevation_and_sector_limits_bound_what_is_seen() -> None:
    places = [(0.0, 0.02), (0.02, 0.0), (0.0, -0.02), (-0.02, 0.0)]
    world = truth([still(LAT + n, LON + e, 9_000.0, 100) for n, e in places], rcs_m2=1e4)
    for centre, seen in ((0.0, {1}), (90.0, {0}), (-1.0, {1}), (315.0, {1, 2})):
        sector = {"sector_centre_rad": centre * DEG, "sector_rad": 100.0 * DEG}
        _, found = sense_one({**ELECTRONIC, **sector}, world, 0.0, 100.0)
        assert set(found["object"]) == seen
    for limits, seen in (
        ({"range_max_m": 120_000.0}, {0, 2}),
        ({"range_min_m": 120_000.0}, {1, 3}),
        ({"elevation_min_rad": 5.0 * DEG}, set()),
        ({"elevation_max_rad": 1.0 * DEG}, set()),
    ):
        _, found = sense_one({**ELECTRONIC, **limits}, world, 0.0, 100.0)
        assert set(found["object"]) == seen


def test_a_sector_wraps_through_north() -> None:
    for bearing, inside in ((350.0, True), (10.0, True), (30.1, False), (329.9, False), (180.0, False)):
        for turns in (-1, 0, 1):
            assert in_sector(bearing * DEG, (360.0 * turns) * DEG, 60.0 * DEG) is inside
    assert in_sector(3.0, 0.0, TWO_PI)


def test_codes_are_read_as_often_as_the_interrogator_can_and_a_dead_transponder_never() -> None:
    world = truth([still(LAT, LON + 0.01, 9_000.0, 6_000)] * 2, code=[4242, 0], rcs_m2=100.0)
    _, found = sense_one({**ELECTRONIC, "revisit_s": 2.0}, world, 0.0, 6_000.0)
    alive = found["code"][found["object"] == 0]
    assert set(alive) == {0, 4242}
    assert binomtest(int((alive > 0).sum()), len(alive), 0.7).pvalue > 1e-3
    assert (found["code"][found["object"] == 1] == 0).all()
    _, found = sense_one({**ELECTRONIC, "code_probability": 0.0}, world, 0.0, 600.0)
    assert (found["code"] == 0).all()


def test_without_height_finding_the_elevation_is_not_a_number() -> None:
    world = truth([still(LAT, LON + 0.01, 9_000.0, 60)], rcs_m2=100.0)
    _, found = sense_one({**RADAR, "measures_elevation": False, "false_plots": 2.0}, world, 0.0, 60.0, True)
    assert np.isnan(found["z"][:, 2:]).all()
    assert np.isnan(found["sigma"][:, 2:]).all()
    assert not np.isnan(found["z"][:, :2]).any()


def test_false_plots_come_as_often_and_as_evenly_as_stated() -> None:
    sensor = {**RADAR, "false_plots": 4.0, "elevation_min_rad": 0.0, "range_min_m": 20_000.0}
    _, found = sense_one(sensor, some_objects(0), 3.0, 10_003.0, True)
    n = len(found["t_ns"])
    low, high = poisson.ppf([1e-3, 1.0 - 1e-3], 4_000)
    assert low <= n <= high
    per_look = np.bincount((found["t_ns"] - 3_000_000_000) // 10_000_000_000, minlength=1_000)
    assert per_look.var() / per_look.mean() == pytest.approx(1.0, abs=0.2)
    assert kstest((found["z"][:, 0] ** 2 - 4e8) / (1.6e11 - 4e8), "uniform").pvalue > 1e-3
    assert kstest(found["z"][:, 1] / TWO_PI, "uniform").pvalue > 1e-3
    assert kstest(found["z"][:, 2] / (60.0 * DEG), "uniform").pvalue > 1e-3
    power = 10.0 ** (found["snr_db"].astype(np.float64) / 10.0) + 1.0
    assert kstest(power + math.log(1e-6), "expon").pvalue > 1e-3
    assert set(found["object"]) == {-1}
    assert set(found["kind"]) == {DetectionKind.PLOT}
    assert set(found["code"]) == {0}
    antenna = ((found["t_ns"] * 1e-9 - 3.0) / 10.0) % 1.0 * TWO_PI
    np.testing.assert_allclose(antenna, found["z"][:, 1], atol=1e-6)


def test_false_plots_of_a_sector_stay_in_it_and_other_kinds_have_their_own_rule() -> None:
    sector = {**ELECTRONIC, "false_plots": 5.0, "sector_rad": 60.0 * DEG, "sector_centre_rad": 10.0 * DEG}
    _, found = sense_one(sector, some_objects(0), 0.0, 400.0, True)
    assert len(found["t_ns"]) > 300
    assert all(in_sector(b, 10.0 * DEG, 60.0 * DEG) for b in found["z"][:, 1])
    _, found = sense_one({**MICROPHONE, "false_plots": 1.0}, some_objects(0), 0.0, 400.0, True)
    assert len(found["t_ns"]) > 100
    assert np.isnan(found["z"][:, [0, 2, 3]]).all()
    _, found = sense_one({**RECEIVER, "false_plots": 1.0}, some_objects(0), 0.0, 400.0, True)
    assert len(found["t_ns"]) == 0


def test_more_detections_than_one_buffer_holds_are_all_kept() -> None:
    sensors = sensor_table(*[{**ELECTRONIC, "revisit_s": 1.0, "false_plots": 3.0}] * 3)
    world = truth([still(LAT, LON + 0.01, 9_000.0, 2_000)] * 4, rcs_m2=1e6)
    masks = MaskTable(np.full((3, 1, 1), -np.inf, np.float32), 1_000.0)
    found = columns_of(sense(sensors, no_bias(sensors), masks, world, K0, K1, 0.0, 2_000.0, True))
    counts = np.bincount(found["object"] + 1)
    assert (counts[1:] >= 5_990).all()
    assert (counts[1:] <= 6_000).all()
    assert counts[0] == pytest.approx(18_000, abs=500)
    one = dataclasses.replace(world, key=world.key)
    again = columns_of(sense(sensors, no_bias(sensors), masks, one, K0, K1, 0.0, 2_000.0, True))
    np.testing.assert_array_equal(found["detection_id"], again["detection_id"])
