"""What holds of every sensor: independence, order, numbers, bias, clock, noise, errors."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, kstest, spearmanr

from skypact.errors import UsageError
from skypact.kernels import disturbance, looks, passive
from skypact.kernels.random import run_key
from skypact.model.codes import Disturbance, ObjectClass, SensorKind
from skypact.model.network import LossTable, MaskTable
from skypact.sense import draw_biases, sense
from skypact.sense.table import empty_rows, sensed, sites
from tests.sense.world import (
    DEG,
    DIRECTION,
    ELECTRONIC,
    K0,
    K1,
    LAT,
    LON,
    MICROPHONE,
    MULTILATERATION,
    RADAR,
    RECEIVER,
    SATELLITE,
    disturbances,
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

TABLES = sensor_table(
    {**RADAR, "bias_sigma": (30.0, 1e-3, 1e-3, 0.2), "false_plots": 2.0},
    {**ELECTRONIC, "false_plots": 0.5, "bias_sigma": (10.0, 1e-3, 2e-3, 0.1), "delay_s": 1.25},
    SATELLITE,
    {**MICROPHONE, "false_plots": 0.05},
    {**RECEIVER, "revisit_s": 5.0, "bias_sigma": (20.0, 1e-3, 1e-3, 0.05)},
    {**DIRECTION, "false_plots": 0.1, "bias_sigma": (0.0, 1e-3, 0.0, 0.05)},
    {**MULTILATERATION, "revisit_s": 3.0, "bias_sigma": (0.0, 0.0, 0.0, 0.05)},
)
SENSORS = TABLES.sensors
AROUND = surroundings(TABLES)
BIAS = draw_biases(SENSORS, K0, K1)
TRUTH = some_objects(16, last_s=300)


def sense_all(world=TRUTH, low: float = 0.0, high: float = 120.0, false_plots: bool = True):
    return perceived(TABLES, world, low, high, AROUND, BIAS, false_plots)


def assert_same(first: dict, second: dict, without: tuple[str, ...] = ()) -> None:
    for name, column in first.items():
        if name not in without:
            np.testing.assert_array_equal(column, second[name], err_msg=name)


@given(st.floats(0.0, 120.0))
def test_a_time_sensed_in_two_parts_gives_the_same_bits(cut_s: float) -> None:
    parts = [sense_all(low=0.0, high=cut_s), sense_all(low=cut_s, high=120.0)]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((joined["detection_id"], joined["sensor"], joined["t_ns"]))
    assert_same(sense_all(), {name: column[order] for name, column in joined.items()})


@given(st.sets(st.integers(0, 15), min_size=1, max_size=15))
def test_an_object_is_sensed_alike_whatever_else_is_there(chosen: set[int]) -> None:
    rows = sorted(chosen)
    alone = sense_all(subset(TRUTH, rows), false_plots=False)
    whole = sense_all(false_plots=False)
    keep = np.isin(whole["object"], rows)
    assert_same(alone, {name: column[keep] for name, column in whole.items()}, without=("object",))
    np.testing.assert_array_equal(np.array(rows)[alone["object"]], whole["object"][keep])


def test_false_plots_leave_true_detections_as_they_are() -> None:
    with_, without = sense_all(), sense_all(false_plots=False)
    keep = with_["object"] >= 0
    assert 0 < keep.sum() < len(keep)
    assert_same(without, {name: column[keep] for name, column in with_.items()})


def test_another_run_key_gives_other_detections() -> None:
    other = sense(*TABLES, BIAS, AROUND, TRUTH, *run_key(1, 1), 0.0, 120.0, False)
    assert not np.isin(other.detections.detection_id, sense_all()["detection_id"]).any()


def test_every_kind_of_sensor_detects_something_and_rows_are_in_order() -> None:
    found = sense_all()
    assert set(found["kind"]) == {0, 1, 2, 3, 4, 5}
    order = np.lexsort((found["detection_id"], found["sensor"], found["t_ns"]))
    np.testing.assert_array_equal(order, np.arange(len(order)))
    delay_ns = np.where(found["sensor"] == 1, 1_250_000_000, 500_000_000)
    np.testing.assert_array_equal(found["ready_ns"] - found["t_ns"], delay_ns)


def test_ties_in_time_are_ordered_by_sensor_then_number() -> None:
    rows = empty_rows(4)
    rows.t_ns[:] = [5, 5, 5, 1]
    rows.sensor[:] = [1, 0, 0, 1]
    rows.detection_id[:] = [1, 9, 2, 3]
    rows.object[:] = [0, 1, 2, 3]
    assert sensed([rows], SENSORS).object.tolist() == [3, 2, 1, 0]


def test_detection_numbers_are_unique_and_tell_nothing_of_object_or_time() -> None:
    found = sense_all(low=-40.0, high=300.0)
    numbers = found["detection_id"]
    assert len(np.unique(numbers)) == len(numbers) > 1500
    for column in (found["t_ns"], found["object"], found["sensor"]):
        assert abs(spearmanr(numbers.astype(np.float64), column).statistic) < 4.0 / math.sqrt(len(numbers))
    share = (found["detection_id"][:, None] >> np.arange(64, dtype=np.uint64) & np.uint64(1)).mean(axis=0)
    assert np.abs(share - 0.5).max() < 4.5 * 0.5 / math.sqrt(len(numbers))


def test_a_bias_shifts_every_measurement_by_itself_and_the_clock_only_the_time() -> None:
    plain = perceived(TABLES, TRUTH, 0.0, 120.0)
    biased = sense_all(false_plots=False)
    first, second = np.argsort(plain["detection_id"]), np.argsort(biased["detection_id"])
    np.testing.assert_array_equal(plain["detection_id"][first], biased["detection_id"][second])
    sensor = plain["sensor"][first]
    expected = BIAS[sensor].copy()
    expected[np.isin(sensor, (4, 6)), :3] = 0.0
    shift = biased["z"][second, :3] - plain["z"][first, :3]
    shift[:, 1] = (shift[:, 1] + math.pi) % (2.0 * math.pi) - math.pi
    np.testing.assert_allclose(np.where(np.isnan(shift), expected[:, :3], shift), expected[:, :3], atol=1e-9)
    np.testing.assert_allclose(
        (biased["t_ns"][second] - plain["t_ns"][first]) * 1e-9, expected[:, 3], atol=2e-9
    )
    assert np.ptp(expected[:, 3]) > 0.01


def test_biases_are_drawn_with_the_sigma_that_the_owner_knows() -> None:
    sensors = sensor_table(*[{"bias_sigma": (50.0, 1e-3, 2e-3, 0.02)}] * 2000).sensors
    drawn = draw_biases(sensors, K0, K1) / sensors.bias_sigma
    for column in drawn.T:
        assert kstest(column, "norm").pvalue > 1e-3
    assert np.abs(np.corrcoef(drawn.T) - np.eye(4)).max() < 4.0 / math.sqrt(2000)
    first = draw_biases(sensor_table(*[{"bias_sigma": (1.0,) * 4}] * 7).sensors, K0, K1)
    np.testing.assert_allclose(drawn[:7], first, rtol=1e-12)


@pytest.mark.parametrize("sensor", [RADAR, ELECTRONIC, RECEIVER])
def test_errors_are_normal_with_the_reported_sigma_and_unbiased(sensor: dict) -> None:
    tables = sensor_table({**sensor, "revisit_s": 1.0, "detection_probability": 1.0})
    world = truth([still(LAT + 0.005, LON + 0.01, 6_000.0, 4_000)], code=9, rcs_m2=30.0)
    found = perceived(tables, world, 0.0, 4e3)
    seen = looks.seen_from(sites(tables.sensors, no_bias(tables.sensors))[0], world.state[0])
    error = (found["z"][:, :3] - np.array(seen)) / found["sigma"][:, :3]
    n = len(error)
    assert n > 3000
    assert np.abs(error.mean(axis=0)).max() < 4.0 / math.sqrt(n)
    low, high = chi2.ppf([1e-4, 1.0 - 1e-4], n)
    squares = (error**2).sum(axis=0)
    assert (low < squares).all()
    assert (squares < high).all()
    assert np.abs(np.corrcoef(error.T) - np.eye(3)).max() < 4.0 / math.sqrt(n)
    for column in error.T:
        assert kstest(column, "norm").pvalue > 1e-3


def test_successive_errors_of_one_object_are_independent() -> None:
    tables = sensor_table({**ELECTRONIC, "revisit_s": 1.0})
    world = truth([still(LAT, LON + 0.01, 6_000.0, 4_000)] * 2, rcs_m2=30.0)
    found = perceived(tables, world, 0.0, 4e3)
    one, two = (found["z"][found["object"] == i][:3500, 0] for i in (0, 1))
    assert abs(np.corrcoef(one[:-1], one[1:])[0, 1]) < 4.0 / math.sqrt(3500)
    assert abs(np.corrcoef(one, two)[0, 1]) < 4.0 / math.sqrt(3500)


def test_nothing_is_sensed_before_launch_after_the_end_or_outside_the_time_asked() -> None:
    world = truth(
        [line(LAT, LON + 0.01, 5_000.0, 100.0, 0.0, 0.0, -50, 200)], code=5, launch_s=-20.25, end_s=150.75
    )
    low, high = (perceived(TABLES, world, *time)["t_ns"] * 1e-9 for time in ((-100.0, 30.0), (30.0, 500.0)))
    assert -20.25 <= low.min() < -14.0
    assert low.max() < 30.0 <= high.min()
    assert 145.0 < high.max() <= 150.75
    assert len(sense_all(world, 160.0, 500.0, False)["t_ns"]) == 0


def test_no_objects_and_no_time_give_no_detections() -> None:
    for found in (sense_all(some_objects(0), false_plots=False), sense_all(low=50.0, high=50.0)):
        assert {len(column) for column in found.values()} == {0}
        assert found["z"].shape == (0, 4)


def test_the_kernels_codes_are_the_models() -> None:
    for kind in SensorKind:
        assert getattr(looks, kind.name) == kind
    for effect in Disturbance:
        assert getattr(disturbance, effect.name) == effect
    for name in ("CRUISE", "DRONE", "CIVIL", "FRIENDLY"):
        assert getattr(passive, name) == ObjectClass[name]


@pytest.mark.parametrize(
    ("sensor", "field", "value"),
    [
        (RADAR, "revisit_s", 0.0),
        (RADAR, "range_max_m", math.nan),
        (RADAR, "sector_rad", 0.0),
        (RADAR, "sigma_range_m", 0.0),
        (RADAR, "sigma_bearing_rad", -1.0),
        (RADAR, "sigma_elevation_rad", 0.0),
        (RADAR, "snr_db_100km_1m2", math.nan),
        (RADAR, "pfa", 0.5),
        (RADAR, "swerling", 5),
        (RADAR, "pulses", 0),
        (RADAR, "beam_azimuth_rad", 0.0),
        (RADAR, "beam_elevation_rad", 0.0),
        (RADAR, "fence_rad", 0.0),
        ({**RADAR, "pattern": 1}, "tilt_rad", math.nan),
        ({**ELECTRONIC, "sector_rad": 2.0}, "tilt_rad", math.nan),
        (RADAR, "canceller", 3),
        (RADAR, "stagger", 2),
        (RADAR, "stagger", 5),
        ({**RADAR, "canceller": 1}, "blind_speed_mps", 0.0),
        (RADAR, "scan_phase_s", math.nan),
        (RADAR, "range_min_m", math.nan),
        (RADAR, "range_max_m", math.inf),
        (RADAR, "elevation_min_rad", math.nan),
        (RADAR, "elevation_max_rad", math.nan),
        (MICROPHONE, "false_plots", 1e6),
        ({**RADAR, "revisit_track_s": 1.0}, "track_gain_db", math.nan),
        ({**RADAR, "drift_sigma": (1.0, 0.0, 0.0, 0.0)}, "drift_time_s", math.nan),
        (RECEIVER, "detection_probability", 1.5),
        (MULTILATERATION, "receivers", 3),
        (MULTILATERATION, "baseline_m", math.nan),
        (MULTILATERATION, "sigma_time_s", 0.0),
        (MICROPHONE, "false_plots", -1.0),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named_with_its_class(
    sensor: dict, field: str, value: float
) -> None:
    tables = sensor_table(RADAR, {**sensor, field: value})
    with pytest.raises(UsageError, match=f"sensor-1.*{field} = .*sensor-1 ."):
        perceived(tables, TRUTH, 0.0, 1.0)


@pytest.mark.parametrize("value", [math.nan, math.inf, 0.0, -1.0])
@pytest.mark.parametrize("field", ["rcs_m2", "rcs_side_ratio"])
def test_an_object_without_a_cross_section_is_refused(field: str, value: float) -> None:
    world = truth([line(LAT, LON, 9_000.0, 100.0, 0.0, 0.0, 0, 10)] * 2, **{field: [1.0, value]})
    with pytest.raises(UsageError, match=f"object 1001.*{field}"):
        perceived(TABLES, world, 0.0, 1.0)


def test_a_signal_that_is_not_a_number_is_not_detected() -> None:
    tables = sensor_table({**ELECTRONIC, "revisit_s": 1.0})
    world = truth([still(LAT, LON + 0.01, 6_000.0, 50)], rcs_m2=1e3)
    around = surroundings(tables)
    around.loss.loss_db[:] = math.nan
    assert len(perceived(tables, world, 0.0, 50.0)["t_ns"]) == 50
    assert len(perceived(tables, world, 0.0, 50.0, around)["t_ns"]) == 0


@pytest.mark.parametrize("mean", [math.nan, 1e6])
def test_more_false_plots_of_a_radar_than_can_be_drawn_are_refused(mean: float) -> None:
    around = surroundings(TABLES)
    around.clutter.mean[0, 1] = mean
    with pytest.raises(UsageError, match=r"sensor-0.*false plots"):
        perceived(TABLES, TRUTH, 0.0, 1.0, around)


def test_tables_of_other_sensors_and_endless_times_are_refused() -> None:
    few = MaskTable(AROUND.masks.tan_elevation[:2], AROUND.masks.cell_m)
    with pytest.raises(UsageError, match="masks: 2"):
        perceived(TABLES, TRUTH, 0.0, 1.0, dataclasses.replace(AROUND, masks=few))
    loss = LossTable(AROUND.loss.loss_db[:, :3])
    with pytest.raises(UsageError, match="loss: -1"):
        perceived(TABLES, TRUTH, 0.0, 1.0, dataclasses.replace(AROUND, loss=loss))
    with pytest.raises(UsageError, match="bias: 3"):
        perceived(TABLES, TRUTH, 0.0, 1.0, AROUND, BIAS[:3])
    with pytest.raises(UsageError, match="disturbances"):
        perceived(
            TABLES, TRUTH, 0.0, 1.0, surroundings(TABLES, events=disturbances({"sensor": 7, "effect": 0}))
        )
    with pytest.raises(UsageError, match="looks"):
        sense_all(high=1e8)
    with pytest.raises(UsageError, match="looks"):
        sense_all(high=math.inf)


def test_an_object_far_away_that_comes_near_is_found_as_if_every_look_were_taken() -> None:
    """Looks out of reach are skipped: the path goes out for an hour and comes back at more than orbital speed."""
    north = np.concatenate(
        [np.linspace(0.0, 2_000e3, 900), np.full(900, 2_000e3), np.linspace(2_000e3, 0.0, 250)]
    )
    first, state = still(LAT + 0.02, LON, 12_000.0, len(north) - 1)
    state[:, 2] += north
    state[:, 5] = np.gradient(north)
    world = truth([(first, state)], rcs_m2=1e9)
    masks = MaskTable(np.full((1, 1, 1), -np.inf, np.float32), 1_000.0)
    for sector in ({}, {"sector_rad": 0.5, "sector_centre_rad": 0.1}):
        sensor = {**ELECTRONIC, "elevation_min_rad": -90.0 * DEG, "revisit_s": 2.0, **sector}
        tables = sensor_table(sensor)
        found = perceived(tables, world, 0.0, 2_100.0, surroundings(tables, masks))
        endless = sensor_table({**sensor, "range_max_m": 1e9})
        every = perceived(endless, world, 0.0, 2_100.0, surroundings(endless, masks))
        range_m = np.linalg.norm(state[:, :3] - tables.sensors.pos_ecef_m[0], axis=1)
        true_m = np.interp(every["t_ns"] * 1e-9, np.arange(len(range_m)), range_m)
        np.testing.assert_array_equal(found["detection_id"], every["detection_id"][true_m <= 400e3])
        assert 50 < len(found["detection_id"]) < len(every["detection_id"]) // 2
