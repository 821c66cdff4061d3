"""What looks by cue report: what truly is in the beam, on top of all other looks and at no cost to them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from skypact.errors import UsageError
from skypact.kernels.look import Scene
from skypact.model.cue import CueTable, PointingTable
from skypact.model.truth import Truth
from skypact.sense import CueSettings, cues_met, draw_biases, in_reach, scene_of, sense_cued, takes_cues
from tests.sense.world import (
    DEG,
    ELECTRONIC,
    K0,
    K1,
    LAT,
    LON,
    RADAR,
    Tables,
    columns_of,
    line,
    no_bias,
    perceived,
    sensor_table,
    some_objects,
    still,
    subset,
    surroundings,
    truth,
)

CUED = {
    **ELECTRONIC,
    "swerling": 1,
    "revisit_track_s": 1.5,
    "revisit_cued_s": 0.7,
    "track_gain_db": 12.0,
    "scan_phase_s": 0.3,
    "snr_db_100km_1m2": -6.0,
    "bias_sigma": (30.0, 1e-3, 1e-3, 0.2),
    "drift_sigma": (10.0, 1e-3, 1e-3, 0.1),
    "drift_time_s": 50.0,
    "cell_range_m": 0.0,
}
APART = sensor_table(
    {**RADAR, "snr_db_100km_1m2": 10.0},
    {**CUED, "sector_rad": 4.0, "sector_centre_rad": 0.3, "snr_db_100km_1m2": -8.0, "track_gain_db": 36.0},
    {**CUED, "revisit_track_s": math.nan, "revisit_s": 3.0, "snr_db_100km_1m2": 6.0},
)
"""A radar that turns, one that tracks and may be cued, one that may be cued alone: no two objects ever share a cell."""
WORLD = some_objects(40, last_s=300)
BIAS = draw_biases(APART.sensors, K0, K1)
CUES = CueTable(
    np.array([1, 1, 1, 2, 2, 0], np.int32),
    np.array([3, 5, 3, 3, 20, 3], np.int32),
    np.array([10.0, 20.0, 15.0, 0.0, 30.0, 0.0]),
    np.array([40.0, 90.0, 60.0, 100.0, 31.0, 100.0]),
)


def scene(tables: Tables, world: Truth, bias: np.ndarray | None = None) -> Scene:
    bias = no_bias(tables.sensors) if bias is None else bias
    return scene_of(*tables, bias, surroundings(tables), world, K0, K1)


def by_cue(
    tables: Tables,
    world: Truth,
    cues: CueTable,
    low_s: float,
    high_s: float,
    bias: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    return columns_of(sense_cued(scene(tables, world, bias), tables.sensors, cues, low_s, high_s))


def same(left: dict[str, np.ndarray], right: dict[str, np.ndarray]) -> None:
    for name, column in left.items():
        np.testing.assert_array_equal(column, right[name], err_msg=name)


def merged(*parts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((whole["detection_id"], whole["sensor"], whole["t_ns"]))
    return {name: column[order] for name, column in whole.items()}


def test_cued_looks_and_the_others_together_are_what_all_looks_report_bit_by_bit() -> None:
    usual = perceived(APART, WORLD, 0.0, 120.0, bias=BIAS)
    cued = by_cue(APART, WORLD, CUES, 0.0, 120.0, BIAS)
    assert set(cued["sensor"]) == {1, 2}
    assert len(cued["t_ns"]) > 50
    assert not np.isin(cued["detection_id"], usual["detection_id"]).any()
    same(merged(usual, cued), perceived(APART, WORLD, 0.0, 120.0, bias=BIAS, cues=CUES))


def test_cued_looks_of_a_longer_time_are_those_of_its_epochs_bit_by_bit() -> None:
    whole = by_cue(APART, WORLD, CUES, 0.0, 120.0, BIAS)
    parts = [by_cue(APART, WORLD, CUES, low, low + 5.0, BIAS) for low in np.arange(0.0, 120.0, 5.0)]
    same(merged(*parts), whole)


def test_only_the_objects_of_the_cues_matter_to_cued_looks() -> None:
    rows = [3, 5, 20]
    alone = replace(CUES, object=np.searchsorted(rows, CUES.object).astype(np.int32))
    few = by_cue(APART, subset(WORLD, rows), alone, 0.0, 120.0, BIAS)
    few["object"] = np.array(rows, np.int32)[few["object"]]
    same(few, by_cue(APART, WORLD, CUES, 0.0, 120.0, BIAS))


def test_objects_in_one_cell_at_one_cued_look_give_one_plot_and_no_frame_limits_them() -> None:
    there = still(LAT, LON + 0.02, 9_000.0, 60)
    world = truth([there, there], rcs_m2=[1e3, 1e2])
    radar = {
        **CUED,
        "revisit_track_s": math.nan,
        "snr_db_100km_1m2": 20.0,
        "cell_range_m": 500.0,
        "plots_max": 1,
    }
    radar |= {"bias_sigma": (0.0,) * 4, "drift_sigma": (0.0,) * 4, "track_gain_db": 30.0}
    tables = sensor_table(radar)
    both = CueTable(np.zeros(2, np.int32), np.arange(2, dtype=np.int32), np.zeros(2), np.full(2, 40.0))
    found = by_cue(tables, world, both, 0.0, 40.0)
    assert len(np.unique(found["t_ns"])) == len(found["t_ns"]) == 60
    assert (found["object"] == 0).mean() > 0.5


def order(
    tables: Tables, world: Truth, aim: np.ndarray, gone_s: float = math.inf, bias: np.ndarray | None = None
) -> CueTable:
    pointed = PointingTable(np.zeros(1, np.int32), aim[None], 12.0)
    return cues_met(scene(tables, world, bias), pointed, 10.0, 14.0, np.full(len(world.key), gone_s))


NARROW = sensor_table({**CUED, "revisit_cued_s": 1.0, "scan_phase_s": 0.0, "drift_sigma": (0.0,) * 4})
FLYER = truth([line(LAT, LON + 0.03, 8_000.0, 100.0, 200.0, 0.0, 0, 100)])


def expected_at(world: Truth, row: int, t_s: int) -> np.ndarray:
    return world.state[world.offset[row] + t_s - world.first_s[row]].copy()


def test_a_beam_meets_what_its_track_leads_it_to_at_each_of_its_looks() -> None:
    met = order(NARROW, FLYER, expected_at(FLYER, 0, 12))
    np.testing.assert_allclose(0.5 * (met.from_s + met.until_s), [10.0, 11.0, 12.0, 13.0])
    assert set(met.object) == {0}
    assert set(met.sensor) == {0}


@pytest.mark.parametrize(("beams", "looks"), [(0.45, 4), (0.55, 0)])
def test_a_track_that_is_wrong_by_more_than_half_the_beam_leads_it_to_empty_sky(
    beams: float, looks: int
) -> None:
    world = truth([still(LAT, LON + 0.03, 8_000.0, 100)])
    aim = expected_at(world, 0, 12)
    sight = aim[:3] - NARROW.sensors.pos_ecef_m[0]
    across = np.cross(sight, aim[:3])
    across /= np.linalg.norm(across)
    aim[:3] += across * np.linalg.norm(sight) * beams * NARROW.sensing.beam_azimuth_rad[0]
    assert len(order(NARROW, world, aim).object) == looks


def test_a_wrong_speed_leads_the_beam_away() -> None:
    aim = expected_at(FLYER, 0, 12)
    aim[3:] *= 40.0
    assert len(order(NARROW, FLYER, aim).object) == 1


def test_a_beam_meets_whatever_is_in_it_and_nothing_that_is_not() -> None:
    there = (LAT, LON + 0.03)
    world = truth(
        [
            still(*there, 8_000.0, 100),
            still(*there, 8_200.0, 100),
            still(*there, 30_000.0, 100),
            still(LAT + 0.03, LON, 8_000.0, 100),
        ]
    )
    assert set(order(NARROW, world, expected_at(world, 0, 12)).object) == {0, 1}


def test_what_has_been_shot_down_or_does_not_fly_is_not_met() -> None:
    aim = expected_at(FLYER, 0, 12)
    assert len(order(NARROW, FLYER, aim, gone_s=12.5).object) == 3
    late = replace(FLYER, launch_s=np.array([12.5]))
    assert len(order(NARROW, late, aim).object) == 1


def test_a_radar_with_a_bias_points_as_much_beside() -> None:
    world = truth([still(LAT, LON + 0.03, 8_000.0, 100)])
    aim = expected_at(world, 0, 12)
    for turned, looks in ((0.4, 4), (0.7, 0)):
        bias = np.array([[0.0, turned * NARROW.sensing.beam_azimuth_rad[0], 0.0, 0.0]])
        assert len(order(NARROW, world, aim, bias=bias).object) == looks


def test_the_reach_of_a_radar_ends_with_range_sector_limits_and_horizon() -> None:
    tables = sensor_table({**CUED, "sector_rad": 1.0, "sector_centre_rad": 0.5 * math.pi, "height_m": 30.0})
    places = [
        still(LAT, LON + 0.03, 8_000.0, 1),
        still(LAT, LON + 0.08, 9_000.0, 1),
        still(LAT, LON - 0.03, 8_000.0, 1),
        still(LAT, LON + 0.03, 300.0, 1),
        still(LAT, LON + 0.002, 60_000.0, 1),
        still(LAT, LON + 0.0001, 300.0, 1),
    ]
    states = np.array([state[0] for _, state in places])
    seen = in_reach(scene(tables, FLYER), np.zeros(1, np.int32), states)
    assert seen[0].tolist() == [True, False, False, False, False, False]
    wide = sensor_table({**CUED, "range_max_m": 900_000.0, "elevation_max_rad": 89.0 * DEG})
    assert in_reach(scene(wide, FLYER), np.zeros(1, np.int32), states)[0].tolist() == [
        True,
        False,
        True,
        False,
        True,
        False,
    ]


def test_sensors_without_a_cued_mode_take_no_cues() -> None:
    assert takes_cues(*APART).tolist() == [False, True, True]


def test_fewer_than_no_looks_are_refused() -> None:
    with pytest.raises(UsageError, match="looks_at_once"):
        CueSettings(looks_at_once=-1)
