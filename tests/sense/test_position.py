"""Where positions are jammed or spoofed and when transponders fail: who is heard, where, and what radars see then."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from skypact.kernels.wgs84 import MEAN_RADIUS_M
from skypact.model.codes import DetectionKind, ObjectClass
from skypact.model.scenario import PositionFault
from skypact.run.surroundings import position_faults
from tests.sense.world import LAT, LON, RADAR, RECEIVER, line, perceived, sensor_table, surroundings, truth

FROM_S, UNTIL_S = 60.0, 120.0
NORTH = LAT + 100e3 / MEAN_RADIUS_M
TABLES = sensor_table(RECEIVER, {**RADAR, "code_probability": 1.0})
WORLD = truth(
    [line(NORTH, LON, 9e3, -150.0, 0.0, 0.0, 0, 180), line(LAT, LON + 0.015, 9e3, 150.0, 0.0, 0.0, 0, 180)],
    object_class=ObjectClass.CIVIL,
    code=[7, 8],
    rcs_m2=100.0,
)
"""One aircraft in the disc 100 km north of the sensors, one far from it."""


def seen(*faults: PositionFault, low_s: float = 0.0, high_s: float = 180.0) -> dict[str, np.ndarray]:
    around = surroundings(TABLES, faults=position_faults(faults))
    return perceived(TABLES, WORLD, low_s, high_s, around)


def fault(jammed: bool, shift_m: float = 0.0, towards_rad: float = 0.0) -> PositionFault:
    return PositionFault("test", NORTH, LON, 50_000.0, FROM_S, UNTIL_S, jammed, shift_m, towards_rad)


def told(found: dict[str, np.ndarray]) -> np.ndarray:
    """Which rows are what the aircraft of the disc says of itself in the time of the fault."""
    t_s = found["t_ns"] * 1e-9
    mine = (found["kind"] == DetectionKind.COOPERATIVE) & (found["object"] == 0)
    return mine & (t_s >= FROM_S) & (t_s < UNTIL_S)


def places(z: np.ndarray) -> np.ndarray:
    """East, north and up of measurements, m."""
    range_m, bearing, elevation = z[:, :3].T
    level = range_m * np.cos(elevation)
    return np.column_stack([level * np.sin(bearing), level * np.cos(bearing), range_m * np.sin(elevation)])


def rows_equal(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(first[name], second[name], equal_nan=True) for name in first if name != "code")


def test_who_is_jammed_is_not_heard_and_all_else_is_as_it_was():
    usual, found = seen(), seen(fault(jammed=True))
    silent = told(usual)
    assert silent.sum() >= 50
    assert not told(found).any()
    assert rows_equal({name: column[~silent] for name, column in usual.items()}, found)


def test_who_is_deceived_tells_a_place_as_far_off_as_stated_with_its_own_code_and_quality():
    usual, found = seen(), seen(fault(jammed=False, shift_m=30e3, towards_rad=0.5 * math.pi))
    false = told(usual)
    others = {name: column[~false] for name, column in usual.items()}
    assert rows_equal(others, {name: column[~told(found)] for name, column in found.items()})
    assert np.array_equal(usual["sigma"], found["sigma"], equal_nan=True)
    assert np.array_equal(usual["code"], found["code"])
    off = places(found["z"][told(found)]) - places(usual["z"][false])
    np.testing.assert_allclose(
        off, np.tile([30e3, 0.0, 0.0], (len(off), 1)), atol=600.0
    )  # the Earth is round


def test_radars_see_the_deceived_where_they_are():
    usual, found = seen(), seen(fault(jammed=False, shift_m=30e3))
    radar = usual["kind"] == DetectionKind.PLOT
    assert (radar & (usual["object"] == 0)).sum() >= 5
    assert np.array_equal(usual["z"][radar], found["z"][radar], equal_nan=True)
    assert set(found["code"][radar & (found["object"] == 0)]) == {7}


def test_of_two_faults_at_one_place_the_first_holds():
    jammed, spoofed = fault(jammed=True), fault(jammed=False, shift_m=30e3)
    assert not told(seen(jammed, spoofed)).any()
    assert rows_equal(seen(spoofed, jammed), seen(spoofed))


def test_a_transponder_that_fails_is_heard_and_read_until_then_and_the_radar_sees_the_aircraft_on():
    failing = replace(WORLD, silent_s=np.array([90.0, np.inf]))
    usual = seen()
    found = perceived(TABLES, failing, 0.0, 180.0, surroundings(TABLES))
    t_s = usual["t_ns"] * 1e-9
    of_it, heard = usual["object"] == 0, usual["kind"] == DetectionKind.COOPERATIVE
    kept = {name: column[~(of_it & heard & (t_s >= 90.0))] for name, column in usual.items()}
    assert rows_equal(kept, found)
    later = (found["object"] == 0) & (found["t_ns"] * 1e-9 >= 90.0)
    assert later.any()
    assert set(found["code"][later]) == {0}
    assert set(found["code"][(found["object"] == 0) & ~later]) == {7}
    assert set(found["code"][found["object"] == 1]) == {8}


def test_what_is_sensed_in_parts_is_what_is_sensed_at_once():
    one = fault(jammed=False, shift_m=30e3)
    whole = seen(one)
    parts = [seen(one, low_s=0.0, high_s=77.0), seen(one, low_s=77.0)]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in whole}
    order = np.lexsort((joined["detection_id"], joined["sensor"], joined["t_ns"]))
    assert rows_equal(whole, {name: column[order] for name, column in joined.items()})
