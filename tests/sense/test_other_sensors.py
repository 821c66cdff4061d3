"""What holds of infrared, acoustic and cooperative sensors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from skypact.earth.frame import geodetic_from_ecef
from skypact.kernels.looks import seen_from
from skypact.kernels.path import state_at
from skypact.model.codes import DetectionKind, ObjectClass
from skypact.sense.table import sites
from tests.sense.world import (
    DEG,
    LAT,
    LON,
    MICROPHONE,
    RECEIVER,
    SATELLITE,
    line,
    no_bias,
    perceived,
    sensor_table,
    still,
    track,
    truth,
)


def sense_one(sensor: dict, world, low: float, high: float):
    tables = sensor_table(sensor)
    return sites(tables.sensors, no_bias(tables.sensors))[0], perceived(tables, world, low, high)


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


def test_sound_arrives_late_and_from_where_it_was_made() -> None:
    world = truth([line(LAT - 0.0004, LON + 0.0002, 300.0, 60.0, 0.0, 0.0, 0, 80)])
    sensor = {**MICROPHONE, "revisit_s": 0.5, "sigma_bearing_rad": 1e-9, "detection_probability": 1.0}
    site, found = sense_one(sensor, world, 0.0, 100.0)
    heard_s = found["t_ns"] * 1e-9
    assert len(heard_s) > 100
    assert np.isnan(found["z"][:, [0, 2, 3]]).all()
    lags = []
    speed_mps = math.sqrt(1.4 * 287.053 * (288.15 - 0.0065 * 152.0))  # of the standard air halfway up
    for row in range(len(heard_s)):
        emitted = heard_s[row]
        for _ in range(80):
            range_m, bearing, _ = seen_from(site, at(world, 0, min(max(emitted, 0.0), 80.0)))
            emitted = heard_s[row] - range_m / speed_mps
        assert found["z"][row, 1] == pytest.approx(bearing, abs=3e-6)
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


def test_working_transponders_are_received_in_sight_with_their_code_and_as_well_as_they_know_their_place() -> (
    None
):
    places = [(0.01, 9_000.0), (0.01, 9_000.0), (0.05, 100.0), (0.07, 11_000.0), (0.01, 9_000.0)]
    quality = [40.0, 40.0, 40.0, 40.0, 500.0]
    world = truth(
        [still(LAT, LON + e, h, 2_000) for e, h in places], code=[11, 0, 33, 44, 55], position_sigma_m=quality
    )
    sensor = {**RECEIVER, "detection_probability": 0.8, "bias_sigma": (50.0, 1.0, 1.0, 0.0)}
    site, found = sense_one(sensor, world, 0.0, 2_000.0)
    assert set(found["object"]) == {0, 4}
    assert (found["kind"] == DetectionKind.COOPERATIVE).all()
    for i, code in ((0, 11), (4, 55)):
        own = found["object"] == i
        assert set(found["code"][own]) == {code}
        assert binomtest(int(own.sum()), 2_000, 0.8).pvalue > 1e-3
        seen = np.array(seen_from(site, at(world, i, 0.0)))
        error = (found["z"][own, :3] - seen) / found["sigma"][own, :3]
        assert np.abs(error.mean(axis=0)).max() < 0.12
        assert np.abs(error).max() < 5.5
        angle = quality[i] / seen[0]
        expected = [
            math.hypot(30.0, quality[i]),
            math.hypot(1e-4, angle / math.cos(seen[2])),
            math.hypot(1e-4, angle),
        ]
        np.testing.assert_allclose(found["sigma"][own, :3], np.tile(expected, (int(own.sum()), 1)), rtol=1e-9)


def test_the_synthetic_satellite_stands_where_it_says() -> None:
    sensors = sensor_table(SATELLITE).sensors
    _, lon, height = geodetic_from_ecef(sensors.pos_ecef_m[0])
    assert float(lon) == pytest.approx(60.0 * DEG)
    assert float(height) == pytest.approx(35_786_000.0)
