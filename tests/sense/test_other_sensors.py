"""What holds of infrared, acoustic and cooperative sensors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest, kstest, poisson

from skypact.earth.frame import geodetic_from_ecef
from skypact.kernels.looks import SPEED_OF_SOUND_MPS, seen_from
from skypact.kernels.path import state_at
from skypact.model.codes import DetectionKind, ObjectClass
from skypact.sense import sense
from skypact.sense.table import sites
from tests.sense.world import (
    DEG,
    K0,
    K1,
    LAT,
    LON,
    MICROPHONE,
    RECEIVER,
    SATELLITE,
    columns_of,
    line,
    no_bias,
    sensor_table,
    smooth_masks,
    still,
    track,
    truth,
)

TWO_PI = 2.0 * math.pi


def sense_one(sensor: dict, world, low: float, high: float):
    sensors = sensor_table(sensor)
    found = sense(sensors, no_bias(sensors), smooth_masks(sensors), world, K0, K1, low, high, False)
    return sites(sensors, no_bias(sensors))[0], columns_of(found)


def at(world, i: int, t_s: float) -> np.ndarray:
    out = np.empty(6)
    assert state_at(
        world.state, int(world.offset[i]), int(world.offset[i + 1]), int(world.first_s[i]), t_s, out
    )
    return out


def rising(lat: float, lon: float) -> tuple[int, np.ndarray]:
    return track(lambda t: (lat, lon, 10.0 + 10.0 * t * t), 0, 120)


def test_a_launch_is_seen_from_space_above_the_clouds_until_burnout() -> None:
    world = truth([rising(LAT, LON)] * 2, burnout_s=[90.5, 0.0], object_class=ObjectClass.BALLISTIC)
    sensor = {**SATELLITE, "revisit_s": 1.0, "delay_s": 20.0, "detection_probability": 1.0}
    site, found = sense_one(sensor, world, 0.0, 120.0)
    t_s = found["t_ns"] * 1e-9
    assert set(found["object"]) == {0}
    assert math.sqrt(999.0) <= t_s.min() < math.sqrt(999.0) + 1.0
    assert 89.5 < t_s.max() <= 90.5
    assert (found["ready_ns"] - found["t_ns"] == 20_000_000_000).all()
    assert (found["kind"] == DetectionKind.INFRARED).all()
    assert np.isnan(found["z"][:, [0, 3]]).all()
    for row in range(len(t_s)):
        _, bearing, elevation = seen_from(site, at(world, 0, t_s[row]))
        assert abs(found["z"][row, 1] - bearing) < 5.0 * found["sigma"][row, 1]
        assert abs(found["z"][row, 2] - elevation) < 5.0 * 3e-5
        assert found["sigma"][row, 1] == 3e-5


def test_each_frame_sees_a_burning_object_with_the_stated_probability() -> None:
    world = truth([still(LAT, LON, 50_000.0, 3_000)], burnout_s=3_000.0)
    _, found = sense_one({**SATELLITE, "revisit_s": 1.0, "detection_probability": 0.6}, world, 0.0, 3_000.0)
    assert binomtest(len(found["t_ns"]), 3_000, 0.6).pvalue > 1e-3


def test_a_launch_beyond_the_earths_limb_is_not_seen() -> None:
    burning = {"burnout_s": 100.0}
    for lon_deg, height_m, seen in (
        (60.0 + 85.6, 20_000.0, True),  # acos(6378 / 42164) + acos(6378 / 6398) = 85.8 degrees
        (60.0 + 86.0, 20_000.0, False),
        (60.0 + 86.0, 200_000.0, True),
        (-120.0, 200_000.0, False),
    ):
        world = truth([still(0.0, lon_deg * DEG, height_m, 100)], **burning)
        _, found = sense_one(SATELLITE, world, 0.0, 100.0)
        assert (len(found["t_ns"]) > 0) is seen


def test_elevation_and_range_limits_bound_what_a_satellite_sees() -> None:
    world = truth([still(LAT, LON, 20_000.0, 100)], burnout_s=100.0)
    for limits, seen in (
        ({}, True),
        ({"elevation_max_rad": -87.0 * DEG}, False),
        ({"elevation_min_rad": -80.0 * DEG}, False),
        ({"range_max_m": 36_000_000.0}, False),
    ):
        _, found = sense_one({**SATELLITE, **limits}, world, 0.0, 100.0)
        assert (len(found["t_ns"]) > 0) is seen


def test_false_launches_lie_evenly_on_the_earths_disc() -> None:
    sensors = sensor_table({**SATELLITE, "false_plots": 3.0})
    found = columns_of(
        sense(sensors, no_bias(sensors), smooth_masks(sensors), truth([]), K0, K1, 0.0, 5_000.0, True)
    )
    low, high = poisson.ppf([1e-3, 1.0 - 1e-3], 3_000)
    assert low <= len(found["t_ns"]) <= high
    assert np.isnan(found["z"][:, [0, 3]]).all()
    limb = -math.acos(6_378_137.0 / (6_378_137.0 + 35_786_000.0))
    assert limb == pytest.approx(-81.3 * DEG, abs=1e-3)
    assert kstest((np.sin(found["z"][:, 2]) + 1.0) / (math.sin(limb) + 1.0), "uniform").pvalue > 1e-3
    assert kstest(found["z"][:, 1] / TWO_PI, "uniform").pvalue > 1e-3
    assert kstest((found["t_ns"] * 1e-9 % 5.0) / 5.0, "uniform").pvalue > 1e-3


def test_sound_arrives_late_and_from_where_it_was_made() -> None:
    world = truth([line(LAT - 0.0004, LON + 0.0002, 300.0, 60.0, 0.0, 0.0, 0, 80)])
    sensor = {**MICROPHONE, "revisit_s": 0.5, "sigma_bearing_rad": 1e-9, "detection_probability": 1.0}
    site, found = sense_one(sensor, world, 0.0, 100.0)
    heard_s = found["t_ns"] * 1e-9
    assert len(heard_s) > 100
    assert np.isnan(found["z"][:, [0, 2, 3]]).all()
    lags = []
    for row in range(len(heard_s)):
        emitted = heard_s[row]
        for _ in range(80):
            range_m, bearing, _ = seen_from(site, at(world, 0, min(max(emitted, 0.0), 80.0)))
            emitted = heard_s[row] - range_m / SPEED_OF_SOUND_MPS
        assert found["z"][row, 1] == pytest.approx(bearing, abs=1e-7)
        assert 0.0 <= emitted <= 80.0
        lags.append(heard_s[row] - emitted)
    assert 1.0 < min(lags) < max(lags) < 10.0
    assert heard_s.max() > 80.0


def test_only_low_air_breathing_objects_in_earshot_are_heard_the_nearer_the_surer() -> None:
    near, mid, far, high = (
        still(LAT, LON + e / 5.78e6, h, 6_000)
        for e, h in ((2e3, 200.0), (6e3, 200.0), (9e3, 200.0), (2e3, 1_800.0))
    )
    classes = [
        ObjectClass.DRONE,
        ObjectClass.CIVIL,
        ObjectClass.CRUISE,
        ObjectClass.FRIENDLY,
        ObjectClass.ROCKET,
    ]
    world = truth([near, mid, far, high, near], object_class=classes)
    site, found = sense_one({**MICROPHONE, "detection_probability": 0.9}, world, 100.0, 6_100.0)
    counts = np.bincount(found["object"], minlength=5)
    assert counts[2:].tolist() == [0, 0, 0]
    for i in (0, 1):
        range_m = seen_from(site, at(world, i, 0.0))[0]
        heard = found["t_ns"][found["object"] == i]
        looks = 3_000 - round((heard.max() * 1e-9 < 6_000.0) * 50)
        assert binomtest(len(heard), looks, 0.9 * (1.0 - (range_m / 8e3) ** 2)).pvalue > 1e-3


def test_an_object_faster_than_sound_coming_in_is_not_heard_before_it_arrives() -> None:
    inbound = line(LAT, LON + 7_000.0 / 5.77e6, 300.0, 0.0, -600.0, 0.0, 0, 11)
    world = truth([inbound], object_class=ObjectClass.CRUISE)
    _, found = sense_one({**MICROPHONE, "revisit_s": 0.25, "detection_probability": 1.0}, world, 0.0, 40.0)
    assert (found["t_ns"] * 1e-9 > 10.0).all()


def test_working_transponders_are_received_in_sight_with_their_code_and_position() -> None:
    places = [(0.01, 9_000.0), (0.01, 9_000.0), (0.05, 100.0), (0.07, 11_000.0)]
    world = truth([still(LAT, LON + e, h, 2_000) for e, h in places], code=[11, 0, 33, 44])
    site, found = sense_one({**RECEIVER, "detection_probability": 0.8}, world, 0.0, 2_000.0)
    assert set(found["object"]) == {0}
    assert set(found["code"]) == {11}
    assert (found["kind"] == DetectionKind.COOPERATIVE).all()
    assert binomtest(len(found["t_ns"]), 2_000, 0.8).pvalue > 1e-3
    seen = np.array(seen_from(site, at(world, 0, 0.0)))
    error = (found["z"][:, :3] - seen) / found["sigma"][:, :3]
    assert np.abs(error.mean(axis=0)).max() < 0.12
    assert np.abs(error).max() < 5.5


def test_the_synthetic_satellite_stands_where_it_says() -> None:
    sensors = sensor_table(SATELLITE)
    _, lon, height = geodetic_from_ecef(sensors.pos_ecef_m[0])
    assert float(lon) == pytest.approx(60.0 * DEG)
    assert float(height) == pytest.approx(35_786_000.0)
