"""What a radar reports of its echoes: resolution, the most that a frame can carry, disturbances, drift."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binomtest, kstest

from skypact.kernels.drift import wander
from skypact.kernels.looks import seen_from
from skypact.model.codes import Disturbance
from skypact.sense.table import sites
from tests.sense.world import (
    DEG,
    ELECTRONIC,
    K0,
    K1,
    LAT,
    LON,
    RADAR,
    RECEIVER,
    disturbances,
    no_bias,
    no_clutter,
    perceived,
    sensor_table,
    some_objects,
    still,
    surroundings,
    truth,
)

EAST_RAD_PER_M = 1.0 / (6_383_500.0 * math.cos(LAT))
COARSE = {
    **RADAR,
    "cell_range_m": 500.0,
    "beam_azimuth_rad": 2.0 * DEG,
    "sigma_range_m": 1e-3,
    "sigma_bearing_rad": 1e-6,
    "snr_db_100km_1m2": 45.0,
    "swerling": 0,
    "elevation_min_rad": -2.0 * DEG,
}


def east(metres: float, north_m: float = 0.0, height_m: float = 9_000.0):
    return still(LAT + north_m / 6_340_000.0, LON + metres * EAST_RAD_PER_M, height_m, 400)


@pytest.mark.parametrize(
    ("apart_m", "north_m", "plots"),
    [(300.0, 0.0, 1), (700.0, 0.0, 2), (0.0, 2_000.0, 1), (0.0, 5_000.0, 2), (300.0, 5_000.0, 2)],
)
def test_objects_in_one_cell_of_range_and_beam_give_one_plot(
    apart_m: float, north_m: float, plots: int
) -> None:
    world = truth([east(100e3), east(100e3 + apart_m, north_m)], rcs_m2=[1.0, 4.0])
    for sensor in (
        COARSE,
        {**COARSE, "rotates": False, "sector_rad": 100.0 * DEG, "sector_centre_rad": 90.0 * DEG},
    ):
        found = perceived(sensor_table(sensor), world, 3.0, 303.0)
        frames = np.unique(np.floor((found["t_ns"] * 1e-9 - 3.0) / 10.0))
        assert len(frames) == 30
        assert len(found["t_ns"]) == 30 * plots


def test_a_merged_plot_is_of_the_stronger_object_at_the_centroid_of_power_and_as_strong_as_both() -> None:
    world = truth([east(100e3), east(100e3 + 400.0)], rcs_m2=[1.0, 4.0], code=[5, 6], rcs_side_ratio=1.0)
    sensor = {**COARSE, "cell_range_m": 1e-9, "code_probability": 1.0}
    apart = perceived(sensor_table(sensor), world, 3.0, 303.0)
    merged = perceived(sensor_table({**sensor, "cell_range_m": 500.0}), world, 3.0, 303.0)
    assert set(merged["object"]) == {1}
    assert set(merged["code"]) == {6}
    power = [10.0 ** (apart["snr_db"][apart["object"] == i].astype(np.float64) / 10.0) for i in (0, 1)]
    total = power[0] + power[1]
    np.testing.assert_allclose(10.0 ** (merged["snr_db"].astype(np.float64) / 10.0), total, rtol=1e-5)
    place = [apart["z"][apart["object"] == i, 0] for i in (0, 1)]
    expected = (power[0] * place[0] + power[1] * place[1]) / total
    thermal = 500.0 / (1.6 * np.sqrt(2.0 * total))
    assert np.abs(merged["z"][:, 0] - expected).max() < 5.0 * thermal.max()
    assert (merged["z"][:, 0] - expected).mean() == pytest.approx(0.0, abs=1.0)
    np.testing.assert_allclose(merged["sigma"][:, 0], np.hypot(1e-3, thermal), rtol=1e-4)
    assert set(merged["detection_id"]) == set(apart["detection_id"][apart["object"] == 1])


@pytest.mark.parametrize(("height_m", "plots"), [(9_000.0, 2), (33_000.0, 1)])
def test_a_beam_spans_more_of_bearing_the_higher_it_points(height_m: float, plots: int) -> None:
    """1,000 m apart at 17 km: 3.4 degrees of bearing, but 1.6 of a beam that points 62 degrees up."""
    world = truth([east(17e3, 500.0, height_m), east(17e3, -500.0, height_m)], rcs_m2=[1.0, 4.0])
    sensor = {**COARSE, "elevation_max_rad": 80.0 * DEG}
    found = perceived(sensor_table(sensor), world, 3.0, 303.0)
    assert len(found["t_ns"]) == 30 * plots


@pytest.mark.parametrize(
    ("height_m", "gap_m", "highest_deg"), [(9_000.0, 2_600.0, 6.0), (130_000.0, 3_500.0, 67.0)]
)
def test_a_window_between_a_plot_and_what_decides_about_it_changes_nothing(
    height_m: float, gap_m: float, highest_deg: float
) -> None:
    """The middle one of three is nearer than a beam to both others, and theirs is the stronger echo."""
    ground_m = 100e3 if height_m < 1e5 else 60e3
    places = [east(ground_m, north_m, height_m) for north_m in (gap_m, 0.0, -gap_m)]
    world = truth(places, rcs_m2=[4.0, 1.0, 40.0])
    tables = sensor_table({**COARSE, "cell_range_m": 2_000.0, "elevation_max_rad": highest_deg * DEG})
    whole = perceived(tables, world, 0.0, 300.0)
    assert np.bincount(whole["object"]).tolist() == [30, 0, 30]
    edges = np.sort(np.concatenate([whole["t_ns"] * 1e-9 + step for step in (-1e-6, 1e-6)]))
    parts = [perceived(tables, world, low, high) for low, high in pairwise([0.0, *edges, 300.0])]
    order = np.argsort(whole["detection_id"])
    joined = {
        name: np.concatenate([part[name] for part in parts]) for name in ("detection_id", "z", "snr_db")
    }
    other = np.argsort(joined["detection_id"])
    for name, column in joined.items():
        np.testing.assert_array_equal(column[other], whole[name][order], err_msg=name)


def test_elevation_tells_objects_apart_where_it_is_measured() -> None:
    world = truth([east(60e3, height_m=3_000.0), east(60e3 - 500.0, height_m=9_000.0)], rcs_m2=[1.0, 4.0])
    sensor = {**COARSE, "beam_elevation_rad": 3.0 * DEG, "cell_range_m": 1_500.0}
    counts = [
        len(perceived(sensor_table({**sensor, "measures_elevation": m}), world, 3.0, 303.0)["t_ns"])
        for m in (True, False)
    ]
    assert counts == [60, 30]


def test_a_beam_over_north_merges_and_a_sectors_two_ends_do_not() -> None:
    near_north = [still(LAT + 0.02, LON + e, 9_000.0, 400) for e in (3e-4, -3e-4)]
    found = perceived(
        sensor_table({**COARSE, "cell_range_m": 5_000.0}), truth(near_north, rcs_m2=[1.0, 4.0]), 3.0, 303.0
    )
    assert len(found["t_ns"]) == 30
    ends = [still(LAT + n, LON + 0.0182, 9_000.0, 400) for n in (0.0094, -0.0094)]
    sector = {
        "rotates": False,
        "sector_rad": 60.0 * DEG,
        "sector_centre_rad": 90.0 * DEG,
        "sigma_bearing_rad": 1e-9,
    }
    tables = sensor_table({**COARSE, **sector, "cell_range_m": 50_000.0})
    found = perceived(tables, truth(ends, rcs_m2=[1e3, 4e3]), 3.0, 303.0)
    assert np.ptp(found["z"][:, 1]) > 50.0 * DEG
    assert np.bincount(found["object"]).tolist() == [30, 30]


def test_in_a_row_closer_than_the_cell_the_local_maxima_are_reported() -> None:
    """Powers 1, 2, 4 from one another within the cell, the first from the last not: only the strongest is a maximum."""
    world = truth([east(100e3 + 400.0 * i) for i in range(3)], rcs_m2=[1.0, 30.0, 900.0])
    found = perceived(sensor_table(COARSE), world, 3.0, 303.0)
    assert set(found["object"]) == {2}
    world = truth([east(100e3 + 400.0 * i) for i in range(3)], rcs_m2=[30.0, 1.0, 900.0])
    assert set(perceived(sensor_table(COARSE), world, 3.0, 303.0)["object"]) == {0, 2}


def test_an_object_apart_is_sensed_alike_beside_a_crowd() -> None:
    crowd = [east(100e3 + 10.0 * i) for i in range(30)]
    alone = perceived(sensor_table(COARSE), truth([east(80e3)], key=[5], rcs_m2=2.0), 3.0, 303.0)
    world = truth([east(80e3), *crowd], key=[5, *range(100, 130)], rcs_m2=2.0)
    beside = perceived(sensor_table(COARSE), world, 3.0, 303.0)
    own = beside["object"] == 0
    assert 0 < (~own).sum() < 60
    for name in ("t_ns", "z", "sigma", "snr_db", "detection_id"):
        np.testing.assert_array_equal(beside[name][own], alone[name], err_msg=name)


@pytest.mark.parametrize("false_plots", [False, True])
def test_of_a_full_frame_the_strongest_plots_remain_false_ones_among_them(false_plots: bool) -> None:
    world = some_objects(40, last_s=300)
    sensor = {**RADAR, "false_plots": 8.0, "snr_db_100km_1m2": -10.0, "code_probability": 0.0}
    free = perceived(sensor_table(sensor), world, 3.0, 203.0, false_plots=false_plots)
    tables = sensor_table({**sensor, "plots_max": 9})
    full = perceived(tables, world, 3.0, 203.0, false_plots=false_plots)
    frame = np.floor((free["t_ns"] * 1e-9 - 3.0) / 10.0).astype(int)
    expected = []
    for k in np.unique(frame):
        rows = np.flatnonzero(frame == k)
        order = np.lexsort((free["detection_id"][rows], -free["snr_db"][rows]))
        expected.extend(free["detection_id"][rows[order[:9]]].tolist())
    assert np.bincount(frame).max() > 11
    assert set(full["detection_id"]) == set(expected)
    assert (full["object"] < 0).any() == false_plots


def test_a_limit_that_no_frame_reaches_changes_nothing() -> None:
    world = some_objects(40, last_s=300)
    free, limited = (
        perceived(sensor_table({**RADAR, "plots_max": n}), world, 3.0, 203.0)["detection_id"] for n in (0, 40)
    )
    np.testing.assert_array_equal(free, limited)


def test_a_sensor_is_blind_while_off_and_for_good_when_lost() -> None:
    tables = sensor_table({**ELECTRONIC, "false_plots": 3.0}, {**ELECTRONIC, "false_plots": 3.0}, RECEIVER)
    world = truth([still(LAT, LON + 0.01, 9_000.0, 400)], rcs_m2=1e4, code=4)
    events = disturbances(
        {"sensor": 0, "effect": Disturbance.OFF, "from_s": 50.0, "until_s": 120.0},
        {"sensor": 0, "effect": Disturbance.OFF, "from_s": 110.0, "until_s": 130.0},
        {"sensor": 1, "effect": Disturbance.LOST, "from_s": 200.0, "until_s": 210.0},
        {"sensor": 2, "effect": Disturbance.OFF, "from_s": 300.0},
    )
    free = perceived(tables, world, 0.0, 400.0, false_plots=True)
    found = perceived(tables, world, 0.0, 400.0, surroundings(tables, events=events), false_plots=True)
    t_s, sensor = free["t_ns"] * 1e-9, free["sensor"]
    blind = ((sensor == 0) & (t_s >= 50.0) & (t_s < 130.0)) | ((sensor == 1) & (t_s >= 200.0))
    blind |= (sensor == 2) & (t_s >= 300.0)
    assert blind.sum() > 200
    np.testing.assert_array_equal(found["detection_id"], free["detection_id"][~blind])


def test_jamming_blinds_a_sector_to_weak_echoes_while_it_lasts() -> None:
    places = [still(LAT, LON + 0.01, 9_000.0, 2_000), still(LAT, LON - 0.01, 9_000.0, 2_000)]
    world = truth(places, rcs_m2=1.0)
    tables = sensor_table({**ELECTRONIC, "revisit_s": 1.0, "swerling": 1, "snr_db_100km_1m2": 20.0})
    jam = {"sensor": 0, "effect": Disturbance.JAMMED, "from_s": 0.0, "until_s": 1_500.0, "level": 99.0}
    jam |= {"bearing_rad": 80.0 * DEG, "width_rad": 40.0 * DEG}
    found = perceived(tables, world, 0.0, 2_000.0, surroundings(tables, events=disturbances(jam)))
    free = perceived(tables, world, 0.0, 2_000.0)
    t_s = found["t_ns"] * 1e-9
    east_on = (found["object"] == 0) & (t_s < 1_500.0)
    range_m = seen_from(sites(tables.sensors, no_bias(tables.sensors))[0], world.state[0])[0]
    chance = 1e-6 ** (1.0 / (1.0 + 100.0 / 100.0 * (1e5 / range_m) ** 4))
    assert binomtest(int(east_on.sum()), 1_500, chance).pvalue > 1e-3
    rest = ~((free["object"] == 0) & (free["t_ns"] * 1e-9 < 1_500.0))
    np.testing.assert_array_equal(found["detection_id"][~east_on], free["detection_id"][rest])


def test_saturation_lets_as_many_plots_through_as_stated_while_it_lasts() -> None:
    tables = sensor_table({**RADAR, "false_plots": 20.0})
    events = disturbances(
        {"sensor": 0, "effect": Disturbance.SATURATED, "from_s": 53.0, "until_s": 103.0, "level": 4.0}
    )
    found = perceived(
        tables,
        truth([]),
        3.0,
        153.0,
        surroundings(tables, clutter=no_clutter(tables.sensors), events=events),
        false_plots=True,
    )
    counts = np.bincount(np.floor((found["t_ns"] * 1e-9 - 3.0) / 10.0).astype(int), minlength=15)
    assert counts[5:10].tolist() == [4] * 5
    assert (np.delete(counts, range(5, 10)) > 5).all()


def test_a_drift_has_its_sigma_at_every_instant_and_changes_slowly() -> None:
    t_s = np.arange(0.0, 40_000.0, 7.3)
    for pair in (0, 1):
        values = np.array([wander(3, pair, t, 50.0, K0, K1) for t in t_s])
        for column in values.T:
            assert column.std() == pytest.approx(1.0, abs=0.12)
            assert kstest(column[::14], "norm").pvalue > 1e-3
            phase = (t_s / 50.0) % 1.0
            assert column[np.abs(phase - 0.5) < 0.1].std() == pytest.approx(1.0, abs=0.15)
            assert np.corrcoef(column[:-28], column[28:])[0, 1] == pytest.approx(0.0, abs=0.12)
            step = [
                wander(3, pair, t + 1e-3, 50.0, K0, K1)[0] - wander(3, pair, t, 50.0, K0, K1)[0]
                for t in t_s[:500]
            ]
            assert np.abs(step).max() < 1e-3 * math.pi / 2.0 / 50.0 * 5.0
    assert abs(np.corrcoef(values.T)[0, 1]) < 0.1
    assert wander(3, 0, -25.0, 50.0, K0, K1) != wander(4, 0, -25.0, 50.0, K0, K1)


def test_a_drift_is_stationary_and_sensors_do_not_turn_together() -> None:
    """Correlation after one interval is the mean of sin(x) cos(x) over a quarter turn, wherever the interval begins."""
    for t_s in (0.0, 25.0, 37.5):
        pairs = np.array(
            [[wander(s, 0, t, 50.0, K0, K1)[0] for t in (t_s, t_s + 50.0)] for s in range(4_000)]
        )
        assert np.corrcoef(pairs.T)[0, 1] == pytest.approx(1.0 / math.pi, abs=0.06)
        assert pairs.std() == pytest.approx(1.0, abs=0.05)


def test_drift_shifts_measurements_and_clock_by_its_own_walk_and_nothing_else() -> None:
    world = truth([still(LAT, LON + 0.01, 9_000.0, 400)], rcs_m2=1e4)
    sensor = {**ELECTRONIC, "drift_time_s": 60.0}
    steady = perceived(sensor_table(sensor), world, 0.0, 400.0)
    drift = (30.0, 1e-3, 2e-3, 0.05)
    moved = perceived(sensor_table({**sensor, "drift_sigma": drift}), world, 0.0, 400.0)
    np.testing.assert_array_equal(np.sort(steady["detection_id"]), np.sort(moved["detection_id"]))
    first, second = np.argsort(steady["detection_id"]), np.argsort(moved["detection_id"])
    true_s = steady["t_ns"][first] * 1e-9
    walks = np.array([wander(0, 0, t, 60.0, K0, K1) + wander(0, 1, t, 60.0, K0, K1) for t in true_s])
    shift = moved["z"][second, :3] - steady["z"][first, :3]
    np.testing.assert_allclose(shift, walks[:, :3] * drift[:3], atol=1e-8)
    np.testing.assert_allclose((moved["t_ns"][second] * 1e-9 - true_s), walks[:, 3] * drift[3], atol=2e-9)
    np.testing.assert_array_equal(moved["sigma"][second], steady["sigma"][first])
