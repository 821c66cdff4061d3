"""When radars look in track and cued mode, and that no window of time changes what is sensed."""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from skypact.errors import UsageError
from skypact.kernels.detectability import detection_chance, threshold
from skypact.kernels.looks import seen_from
from skypact.kernels.wgs84 import EFFECTIVE_RADIUS_M
from skypact.model.codes import Disturbance
from skypact.model.cue import CueTable
from skypact.sense import draw_biases
from skypact.sense.table import sites
from tests.sense.world import (
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
    no_clutter,
    perceived,
    sensor_table,
    some_objects,
    still,
    surroundings,
    truth,
)

TRACKING = {**ELECTRONIC, "revisit_s": 4.0, "revisit_track_s": 1.0, "swerling": 1, "scan_phase_s": 0.0}
# Everything that could make a window of time matter: merging, limits, modes, cues, drift, disturbances.
CROWDED = sensor_table(
    {
        **RADAR,
        "bias_sigma": (30.0, 1e-3, 1e-3, 0.2),
        "drift_sigma": (10.0, 1e-3, 1e-3, 0.1),
        "drift_time_s": 50.0,
        "false_plots": 2.0,
        "cell_range_m": 5_000.0,
        "beam_azimuth_rad": 0.2,
        "plots_max": 6,
    },
    {
        **TRACKING,
        "snr_db_100km_1m2": -4.0,
        "track_gain_db": 12.0,
        "revisit_cued_s": 0.7,
        "sector_rad": 2.0,
        "sector_centre_rad": 1.0,
        "false_plots": 0.5,
        "cell_range_m": 3_000.0,
        "beam_azimuth_rad": 0.2,
        "plots_max": 9,
    },
    SATELLITE,
    {**MICROPHONE, "false_plots": 0.05},
    {**RECEIVER, "revisit_s": 5.0},
    MULTILATERATION,
    {**RADAR, "rotates": False, "sector_rad": 2.5, "cell_range_m": 2_000.0, "beam_azimuth_rad": 0.1},
    {**MICROPHONE, "plots_max": 1, "range_max_m": 30_000.0, "detection_probability": 1.0},
)
EVENTS = disturbances(
    {"sensor": 0, "effect": Disturbance.OFF, "from_s": 30.0, "until_s": 47.0},
    {"sensor": 1, "effect": Disturbance.SATURATED, "from_s": 50.0, "until_s": 80.0, "level": 3.0},
    {
        "sensor": 6,
        "effect": Disturbance.JAMMED,
        "from_s": 20.0,
        "until_s": 60.0,
        "level": 1e3,
        "width_rad": 2.0,
    },
    {"sensor": 4, "effect": Disturbance.LOST, "from_s": 60.0},
)
TRUTH = some_objects(40, last_s=300)
CUES = CueTable(
    np.array([1, 1, 1, 0], np.int32),
    np.array([3, 5, 3, 3], np.int32),
    np.array([10.0, 20.0, 15.0, 0.0]),
    np.array([40.0, 90.0, 60.0, 100.0]),
)
BIAS = draw_biases(CROWDED.sensors, K0, K1)


def crowded(low_s: float, high_s: float) -> dict[str, np.ndarray]:
    return perceived(CROWDED, TRUTH, low_s, high_s, surroundings(CROWDED, events=EVENTS), BIAS, True, CUES)


WHOLE = crowded(0.0, 120.0)


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 120.0), min_size=1, max_size=40))
def test_a_longer_time_gives_the_detections_of_its_parts_bit_by_bit(cuts_s: list[float]) -> None:
    edges = [0.0, *sorted(cuts_s), 120.0]
    parts = [crowded(low, high) for low, high in pairwise(edges)]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in WHOLE}
    order = np.lexsort((joined["detection_id"], joined["sensor"], joined["t_ns"]))
    for name, column in WHOLE.items():
        np.testing.assert_array_equal(joined[name][order], column, err_msg=name)


def test_sensing_earlier_or_longer_than_the_tables_of_bounds_last_changes_nothing() -> None:
    earlier, later = crowded(-4_000.0, 120.0), crowded(0.0, 5_000.0)
    for other in (earlier, later):
        rows = np.isin(other["detection_id"], WHOLE["detection_id"])
        for name, column in WHOLE.items():
            np.testing.assert_array_equal(other[name][rows], column, err_msg=name)
    assert len(WHOLE["t_ns"]) > 900
    assert set(WHOLE["sensor"]) == {0, 1, 2, 3, 4, 5, 6, 7}


def test_a_limit_on_a_microphone_is_kept_in_any_window_however_late_sound_arrives() -> None:
    """Fast objects that fly away: by the time their sound arrives, the most of them have left its range."""
    paths = [line(LAT + 0.0002 * i, LON, 200.0, 0.0, 300.0, 0.0, 0, 100) for i in range(12)]
    tables = sensor_table(
        {**MICROPHONE, "plots_max": 1, "range_max_m": 5_000.0, "detection_probability": 1.0}
    )
    whole = perceived(tables, truth(paths), 0.0, 60.0)
    parts = [perceived(tables, truth(paths), low, low + 1.0) for low in np.arange(60.0)]
    np.testing.assert_array_equal(
        np.sort(np.concatenate([part["detection_id"] for part in parts])), np.sort(whole["detection_id"])
    )
    frames = np.floor((whole["t_ns"] * 1e-9 - 3.0) / 2.0)
    assert len(np.unique(frames)) == len(frames) > 10


@pytest.mark.parametrize("gain_db", [0.0, 6.0])
def test_looks_in_track_mode_detect_as_often_as_their_gain_says(gain_db: float) -> None:
    world = truth([still(LAT, LON + 0.02, 9_000.0, 12_000)], rcs_m2=0.5)
    tables = sensor_table({**TRACKING, "track_gain_db": gain_db, "snr_db_100km_1m2": 20.0})
    range_m = seen_from(sites(tables.sensors, no_bias(tables.sensors))[0], world.state[0])[0]
    snr = 100.0 * 0.5 * (1e5 / range_m) ** 4
    power = threshold(1e-6, 1)
    search, track = (detection_chance(snr * g, power, 1, 1) for g in (1.0, 10.0 ** (0.1 * gain_db)))
    kept = 1.0 - (1.0 - search) ** 3
    count = len(perceived(tables, world, 0.0, 12_000.0)["t_ns"])
    expected = 3_000 * (search + 3.0 * kept * track)
    spread = math.sqrt(3_000 * (search + 27.0 * kept * track))  # frames hang together: a generous bound
    assert abs(count - expected) < 4.0 * spread
    assert count > 3_000 * search * 1.5


@pytest.mark.parametrize("gain_db", [0.0, 3.0])
def test_only_looks_of_search_have_a_fence(gain_db: float) -> None:
    world = truth([still(LAT, LON + 0.02, 9_000.0, 4_000)])
    radar = {**TRACKING, "revisit_track_s": 2.0, "track_gain_db": gain_db, "snr_db_100km_1m2": 17.0}
    tables = sensor_table(radar)
    range_m = seen_from(sites(tables.sensors, no_bias(tables.sensors))[0], world.state[0])[0]
    elevation = math.atan((9_000.0 - 30.0) / range_m - range_m / (2.0 * EFFECTIVE_RADIUS_M))
    fence = 0.5 * elevation
    snr, power = 10.0**1.7 * (1e5 / range_m) ** 4, threshold(1e-6, 1)
    search = detection_chance(snr * (math.sin(fence) / math.sin(elevation)) ** 2, power, 1, 1)
    track = detection_chance(snr * 10.0 ** (0.1 * gain_db), power, 1, 1)
    found = perceived(sensor_table({**radar, "fence_rad": fence}), world, 0.0, 4_000.0)
    met_s = np.mod(found["t_ns"] * 1e-9, 4.0)
    frame, in_search = found["t_ns"] // 4_000_000_000, met_s < met_s.min() + 1.0
    again = np.isin(frame[in_search], frame[~in_search])
    assert 0.05 < search < 0.6 * track
    assert binomtest(int(in_search.sum()), 1_000, search).pvalue > 1e-3
    assert binomtest(int(again.sum()), len(again), track).pvalue > 1e-3


def test_a_cue_makes_a_radar_look_where_it_does_not_track_and_only_while_it_holds() -> None:
    world = truth([still(LAT, LON + 0.02, 9_000.0, 3_000)] * 2, rcs_m2=1e-6)
    cues = CueTable(
        np.array([0, 0], np.int32),
        np.array([1, 1], np.int32),
        np.array([100.0, 500.0]),
        np.array([1_000.0, 2_100.0]),
    )
    cued = {**TRACKING, "revisit_cued_s": 0.5, "track_gain_db": 75.0}
    tables = sensor_table(cued)
    found = perceived(tables, world, 0.0, 3_000.0, cues=cues)
    t_s = found["t_ns"][found["object"] == 1] * 1e-9
    assert set(found["object"]) == {1}
    assert 100.0 <= t_s.min() < 101.0
    assert 2_099.0 < t_s.max() < 2_100.0
    assert len(np.unique(found["detection_id"])) == len(t_s) > 3_600
    np.testing.assert_allclose(t_s * 2.0, np.rint(t_s * 2.0), atol=1e-6)
    strong = truth([still(LAT, LON + 0.02, 9_000.0, 3_000)] * 2, rcs_m2=1e6)
    same = [perceived(tables, strong, 100.0, 900.0, cues=c)["detection_id"] for c in (None, cues)]
    np.testing.assert_array_equal(same[0], same[1])
    deaf = sensor_table(TRACKING)
    assert len(perceived(deaf, world, 0.0, 3_000.0, cues=cues)["t_ns"]) == 0


def test_cues_of_other_sensors_or_objects_are_refused() -> None:
    tables = sensor_table(TRACKING)
    for sensor, row in ((1, 0), (0, 40), (-1, 0)):
        cues = CueTable(np.array([sensor], np.int32), np.array([row], np.int32), np.zeros(1), np.ones(1))
        with pytest.raises(UsageError, match="cues"):
            perceived(tables, TRUTH, 0.0, 1.0, cues=cues)


def test_a_cued_look_is_as_good_as_its_gain() -> None:
    world = truth([still(LAT, LON + 0.02, 9_000.0, 2_000)], rcs_m2=1e-4)
    cues = CueTable(np.zeros(1, np.int32), np.zeros(1, np.int32), np.zeros(1), np.full(1, 2_000.0))
    tables = sensor_table({**ELECTRONIC, "swerling": 1, "revisit_cued_s": 1.0, "track_gain_db": 27.0})
    range_m = seen_from(sites(tables.sensors, no_bias(tables.sensors))[0], world.state[0])[0]
    chance = detection_chance(10.0**5.7 * 1e-4 * (1e5 / range_m) ** 4, threshold(1e-6, 1), 1, 1)
    count = len(perceived(tables, world, 0.0, 2_000.0, cues=cues)["t_ns"])
    assert 0.2 < chance < 0.9
    assert binomtest(count, 2_000, chance).pvalue > 1e-3


def test_a_stronger_look_raises_its_clutter_as_it_raises_its_echo() -> None:
    """By cue and in search: ten times the energy, or a fifth above the fence, against rain that fills the beam."""
    world = truth([still(LAT, LON + 0.02, 9_000.0, 4_000)], rcs_m2=1.0)
    cues = CueTable(np.zeros(1, np.int32), np.zeros(1, np.int32), np.zeros(1), np.full(1, 4_000.0))
    radar = {**ELECTRONIC, "swerling": 1, "snr_db_100km_1m2": 31.0, "pattern": 1, "tilt_rad": 0.0}
    radar |= {"beam_elevation_rad": 10.0}
    range_m = seen_from(sites(sensor_table(radar).sensors, np.zeros((1, 4)))[0], world.state[0])[0]
    elevation = math.atan((9_000.0 - 30.0) / range_m - range_m / (2.0 * EFFECTIVE_RADIUS_M))
    snr, rain = 10.0**3.1 * (1e5 / range_m) ** 4, 5.0
    faint = {
        **radar,
        "snr_db_100km_1m2": 21.0,
        "revisit_s": 4_000.0,
        "revisit_cued_s": 1.0,
        "track_gain_db": 10.0,
    }
    fence = math.asin(math.sin(elevation) * math.sqrt(0.2))
    fenced = {**radar, "snr_db_100km_1m2": 28.0, "revisit_s": 1.0, "fence_rad": fence}
    for sensor, echo, clutter_power in (
        (faint, snr, 10.0 * rain),
        (fenced, 10.0**-0.3 * 0.2 * snr, 0.2 * rain),
    ):
        tables = sensor_table(sensor)
        clutter = no_clutter(tables.sensors)
        clutter.rain[:] = rain
        around = surroundings(tables, clutter=dataclasses.replace(clutter, cell_m=1e6))
        chance = detection_chance(echo / (1.0 + clutter_power), threshold(1e-6, 1), 1, 1)
        count = len(perceived(tables, world, 0.0, 4_000.0, around, cues=cues)["t_ns"])
        assert 0.01 < chance < 0.9
        assert binomtest(count, 4_000, chance).pvalue > 1e-3
