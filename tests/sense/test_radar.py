"""What holds of radars: chance of detection, received power, scan, sight, codes, accuracy, false plots."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy.stats import binomtest, gamma, kstest, ncx2

from skypact.kernels.detectability import detection_chance, random_error, threshold
from skypact.kernels.looks import in_sector, seen_from
from skypact.kernels.wgs84 import EFFECTIVE_RADIUS_M
from skypact.model.codes import BeamPattern
from skypact.model.network import MaskTable
from skypact.sense.table import sites
from tests.sense.world import (
    DEG,
    ELECTRONIC,
    LAT,
    LON,
    RADAR,
    Tables,
    line,
    no_bias,
    no_clutter,
    no_loss,
    perceived,
    sensor_table,
    smooth_masks,
    still,
    surroundings,
    truth,
)

TWO_PI = 2.0 * math.pi


def sense_one(sensor: dict, world, low: float, high: float, false_plots: bool = False):
    tables = sensor_table(sensor)
    return tables.sensors, perceived(tables, world, low, high, false_plots=false_plots)


def true_view(sensors, world, found) -> np.ndarray:
    """Range, bearing, elevation at the (unbiased) time of each detection of object 0 on a still path."""
    return np.array(seen_from(sites(sensors, no_bias(sensors))[0], world.state[0]))


@pytest.mark.parametrize("swerling", [0, 1, 2, 3, 4])
@pytest.mark.parametrize(("pulses", "snr_db"), [(1, 16.0), (1, 20.0), (6, 9.0), (24, 5.0)])
def test_objects_are_detected_as_often_as_the_exact_chance_says(
    swerling: int, pulses: int, snr_db: float
) -> None:
    """A Monte Carlo of the simulated radar; the chance from the non-central chi-square and gamma distributions."""
    world = truth([still(LAT, LON + 0.025, 9_000.0, 6_000)])
    sensor = {
        **ELECTRONIC,
        "swerling": swerling,
        "pulses": pulses,
        "revisit_s": 1.0,
        "snr_db_100km_1m2": snr_db,
    }
    sensors, found = sense_one(sensor, world, 0.0, 6_000.0)
    range_m = true_view(sensors, world, found)[0]
    chance = exact_chance(10.0 ** (0.1 * snr_db) * (1e5 / range_m) ** 4, pulses, swerling)
    assert 0.02 < chance < 0.995
    interval = binomtest(len(found["t_ns"]), 6_000).proportion_ci(0.999, "exact")
    assert interval.low < chance < interval.high


def exact_chance(snr: float, pulses: int, swerling: int, pfa: float = 1e-6) -> float:
    """Marcum's chance for a steady sum, averaged over the gamma distribution of the sum's energy (Swerling 1954)."""
    power = gamma.isf(pfa, pulses)
    shape = {0: math.inf, 1: 1, 2: pulses, 3: 2, 4: 2 * pulses}[swerling]
    if swerling == 0:
        return float(ncx2.sf(2.0 * power, 2 * pulses, 2.0 * pulses * snr))
    if snr == 0.0:
        return pfa
    node, weight = np.polynomial.legendre.leggauss(48)
    energy = gamma.ppf(0.5 + 0.5 * node, shape, scale=pulses * snr / shape)
    return float(0.5 * weight @ ncx2.sf(2.0 * power, 2 * pulses, 2.0 * energy))


@pytest.mark.parametrize(("swerling", "pulses"), [(1, 1), (3, 1), (1, 5), (0, 5)])
def test_the_reported_signal_is_that_of_a_fluctuating_echo_that_crossed_the_threshold(
    swerling: int, pulses: int
) -> None:
    world = truth([still(LAT, LON + 0.025, 9_000.0, 3_000)], rcs_m2=0.4)
    snr_db = 18.0 if pulses == 1 else 15.0
    sensor = {
        **ELECTRONIC,
        "swerling": swerling,
        "pulses": pulses,
        "revisit_s": 1.0,
        "snr_db_100km_1m2": snr_db,
    }
    sensors, found = sense_one(sensor, world, 0.0, 3_000.0)
    snr = 10.0 ** (0.1 * snr_db) * 0.4 * (1e5 / true_view(sensors, world, found)[0]) ** 4
    power = 10.0 ** (found["snr_db"].astype(np.float64) / 10.0) + pulses
    crossed = threshold(1e-6, pulses)
    assert power.min() > crossed * (1.0 - 1e-6)
    chance = detection_chance(snr, crossed, pulses, swerling)
    uniform = [detection_chance(snr, x, pulses, swerling) / chance for x in power]
    assert len(power) > 200
    assert kstest(uniform, "uniform").pvalue > 1e-3


def test_an_echo_is_weaker_off_the_beam_through_the_air_and_from_the_side_that_shows_less() -> None:
    """Each of these is told apart by the share of looks that detect, against the exact chance with that factor."""
    east = {"sector_centre_rad": 90.0 * DEG, "sector_rad": 100.0 * DEG}
    sensor = {**ELECTRONIC, **east, "swerling": 1, "revisit_s": 1.0, "snr_db_100km_1m2": 20.0}
    world = truth([still(LAT, LON + 0.025, 9_000.0, 4_000)])
    sensors = sensor_table(sensor).sensors
    range_m, bearing, _ = true_view(sensors, world, None)
    tan = (9_000.0 - 30.0) / range_m - range_m / (2.0 * EFFECTIVE_RADIUS_M)
    elevation = math.atan(tan)
    snr = 100.0 * (1e5 / range_m) ** 4
    fan = {"pattern": BeamPattern.FAN, "beam_elevation_rad": 6.0 * DEG, "tilt_rad": elevation + 2.0 * DEG}
    face = {"sector_centre_rad": 50.0 * DEG, "tilt_rad": 10.0 * DEG}
    off = math.cos(elevation) * math.cos(face["tilt_rad"]) * math.cos(bearing - face["sector_centre_rad"])
    off += math.sin(elevation) * math.sin(face["tilt_rad"])
    for change, factor in (
        (fan, 2.0 ** (-8.0 / 9.0)),
        (face, off**3),
        ({"fence_rad": 0.7 * elevation}, (math.sin(0.7 * elevation) / math.sin(elevation)) ** 2),
        ({"fence_rad": 1.1 * elevation}, 1.0),
        ({"snr_db_100km_1m2": 17.0}, 10.0**-0.3),
        ({"snr_db_100km_1m2": 23.0}, 10.0**0.3),
    ):
        _, found = sense_one({**sensor, **change}, world, 0.0, 4_000.0)
        assert_share(found, 4_000, snr * factor)
    tables = sensor_table(sensor)
    loss = no_loss(tables.sensors)
    loss.loss_db[:] = 3.0
    assert_share(
        perceived(tables, world, 0.0, 4_000.0, surroundings(tables, loss=loss)), 4_000, snr * 10.0**-0.3
    )
    clutter = no_clutter(tables.sensors)
    clutter.residue[:] = 0.6
    around = surroundings(tables, masks=open_masks(tables.sensors), clutter=clutter)
    clutter = dataclasses.replace(clutter, cell_m=1e6)
    near_ground = 2.0 ** (-8.0 * (elevation / tables.sensing.beam_elevation_rad[0]) ** 2)
    around = surroundings(tables, masks=open_masks(tables.sensors), clutter=clutter)
    assert_share(
        perceived(tables, world, 0.0, 4_000.0, around), 4_000, snr / (1.0 + 0.6 * max(near_ground, 1e-5))
    )


def open_masks(sensors) -> MaskTable:
    """Ground at elevation 0 all round, which hides nothing above it."""
    return MaskTable(np.zeros((len(sensors.kind), 1, 1), np.float32), 1e6)


def assert_share(found: dict, looks: int, snr: float, swerling: int = 1) -> None:
    interval = binomtest(len(found["t_ns"]), looks).proportion_ci(0.999, "exact")
    assert interval.low < exact_chance(snr, 1, swerling) < interval.high


@pytest.mark.parametrize(("course", "cosine"), [((0.0, 1.0), 1.0), ((1.0, 0.0), 0.0)])
def test_the_side_that_an_object_shows_and_its_radial_speed_decide_its_echo(course, cosine: float) -> None:
    """It moves by three metres in all."""
    first, state = still(LAT, LON + 0.02, 9_000.0, 3_000)
    tables = sensor_table({**ELECTRONIC, "swerling": 1, "revisit_s": 1.0, "snr_db_100km_1m2": 16.0})
    rotation = tables.sensors.rot_enu_from_ecef[0]
    seen = true_view(tables.sensors, truth([(first, state)]), None)
    away = rotation.T @ np.array([math.sin(seen[1]), math.cos(seen[1]), 0.0]) * math.cos(seen[2])
    away += rotation.T @ np.array([0.0, 0.0, 1.0]) * math.sin(seen[2])
    across = rotation.T @ np.array([math.cos(seen[1]), -math.sin(seen[1]), 0.0])
    speed_mps = 1e-3
    state[:, 3:] = speed_mps * (course[1] * away + course[0] * across)
    state[:, :3] += np.arange(len(state))[:, None] * state[:, 3:]
    world = truth([(first, state)], rcs_m2=0.5, rcs_side_ratio=9.0)
    snr = 10.0**1.6 * 0.5 * (1e5 / seen[0]) ** 4 * (1.0 if cosine else 9.0)
    assert_share(perceived(tables, world, 0.0, 3_000.0), 3_000, snr)
    # A tenth of the blind speed along the line of sight; none across it, which the canceller takes for clutter.
    cancelled = sensor_table(
        {
            **ELECTRONIC,
            "swerling": 1,
            "revisit_s": 1.0,
            "snr_db_100km_1m2": 16.0,
            "canceller": 1,
            "blind_speed_mps": 10.0 * speed_mps,
            "mti_range_m": 400e3,
        }
    )
    gain = 2.0 * math.sin(math.pi / 10.0) ** 2 if cosine else 0.0
    found = perceived(cancelled, world, 0.0, 3_000.0)
    assert_share(found, 3_000, snr * gain)
    beyond = dataclasses.replace(cancelled.sensing, mti_range_m=np.array([100e3]))
    assert_share(perceived(Tables(cancelled.sensors, beyond), world, 0.0, 3_000.0), 3_000, snr)


def test_accuracy_follows_the_looks_own_signal_down_to_the_floor() -> None:
    world = truth([still(LAT, LON + 0.02, 9_000.0, 2_000)], rcs_m2=1.0)
    sensors, found = sense_one({**ELECTRONIC, "revisit_s": 1.0, "cell_range_m": 200.0}, world, 0.0, 2_000.0)
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
    _, found = sense_one({**RADAR, "sigma_bearing_rad": 1e-6, "beam_azimuth_rad": 1e-9}, world, 0.0, 600.0)
    turn = ((found["t_ns"] * 1e-9 - 3.0) / 10.0) % 1.0 * TWO_PI
    miss = (found["z"][:, 1] - turn + math.pi) % TWO_PI - math.pi
    north = np.minimum(found["z"][:, 1], TWO_PI - found["z"][:, 1]) < 0.15
    assert (~north).sum() > 45
    worst = 0.5 * 0.65 * (250.0 / 12_700.0) ** 2 * 5.0**2  # the bend of the bearing over half a turn
    assert np.abs(miss[~north]).max() < worst
    assert np.abs(miss[~north]).mean() < 0.2 * worst
    assert len(np.unique((found["t_ns"] - 3_000_000_000) // 10_000_000_000)) == len(turn)


@pytest.mark.parametrize("centre_deg", [0.0, 90.0, 350.0])
def test_an_electronic_scan_sweeps_its_sector_clockwise_once_a_frame(centre_deg: float) -> None:
    places = [(0.0, 0.01), (0.01, 0.001), (0.006, -0.009), (0.009, 0.006)]
    world = truth([still(LAT + n, LON + e, 9_000.0, 400) for n, e in places], rcs_m2=1e5)
    sector = {"sector_rad": 150.0 * DEG, "sector_centre_rad": centre_deg * DEG, "sigma_bearing_rad": 1e-6}
    _, found = sense_one({**ELECTRONIC, **sector, "beam_azimuth_rad": 1e-9}, world, 3.0, 403.0)
    assert len(set(found["object"])) >= 2
    share = ((found["t_ns"] * 1e-9 - 3.0) / 4.0) % 1.0
    turn = (found["z"][:, 1] - centre_deg * DEG + math.pi) % TWO_PI - math.pi
    np.testing.assert_allclose(turn / (150.0 * DEG) + 0.5, share, atol=1e-4)
    for i in set(found["object"]):
        frames = (found["t_ns"][found["object"] == i] - 3_000_000_000) // 4_000_000_000
        assert len(frames) > 90
        assert len(np.unique(frames)) == len(frames)


def test_a_low_flyer_is_lost_at_the_horizon_of_the_four_thirds_earth() -> None:
    away = line(LAT, LON + 0.003, 50.0, 0.0, 250.0, 0.0, 0, 400)
    world = truth([away], rcs_m2=1e6)
    _, found = sense_one({**RADAR, "height_m": 10.0, "revisit_s": 1.0, "range_min_m": 0.0}, world, 0.0, 400.0)
    furthest = found["z"][:, 0].max()
    assert furthest == pytest.approx(42_200.0, abs=500.0)


def test_a_hill_hides_what_is_behind_it_on_its_own_bearing_alone() -> None:
    tables = sensor_table(ELECTRONIC)
    masks = smooth_masks(tables.sensors)
    masks.tan_elevation[0, 2, 30:] = math.tan(10.0 * DEG)
    east, west = still(LAT, LON + 0.01, 9_000.0, 200), still(LAT, LON - 0.01, 9_000.0, 200)
    near = still(LAT, LON + 0.004, 2_000.0, 200)
    world = truth([east, west, near], rcs_m2=1e4)
    found = perceived(tables, world, 0.0, 200.0, surroundings(tables, masks))
    assert np.bincount(found["object"], minlength=3).tolist() == [0, 50, 50]


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


def test_more_detections_than_one_buffer_holds_are_all_kept() -> None:
    tables = sensor_table(*[{**ELECTRONIC, "revisit_s": 1.0, "false_plots": 3.0}] * 3)
    world = truth([still(LAT, LON + 0.01, 9_000.0, 2_000)] * 4, rcs_m2=1e6)
    masks = MaskTable(np.full((3, 1, 1), -np.inf, np.float32), 1_000.0)
    found = perceived(tables, world, 0.0, 2_000.0, surroundings(tables, masks), false_plots=True)
    counts = np.bincount(found["object"] + 1)
    assert (counts[1:] >= 5_990).all()
    assert (counts[1:] <= 6_000).all()
    assert counts[0] == pytest.approx(18_000, abs=500)
