"""Slow, plain twins of cueing: every object asked at every look, angles instead of vectors."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skypact.kernels.path import state_at
from skypact.model.cue import PointingTable
from skypact.model.network import SensorTable
from skypact.model.truth import Truth
from skypact.sense import cues_met, draw_biases, in_reach, scene_of
from tests.naive.sensing import apparent, polar
from tests.sense.world import ELECTRONIC, K0, K1, RADAR, Tables, sensor_table, some_objects, surroundings

CUED = {**ELECTRONIC, "revisit_cued_s": 0.7, "track_gain_db": 3.0, "beam_azimuth_rad": 0.08}
TABLES = sensor_table(
    {
        **CUED,
        "sector_rad": 2.0,
        "sector_centre_rad": 1.0,
        "elevation_min_rad": 0.01,
        "bias_sigma": (0, 0.02, 0.02, 0),
    },
    {**CUED, "revisit_s": 3.0, "revisit_cued_s": 1.1, "height_m": 500.0, "beam_elevation_rad": 0.1},
    {**RADAR, "rotates": False, "revisit_cued_s": 0.5, "track_gain_db": 1.0, "range_max_m": 60_000.0},
)
WORLD = some_objects(40, last_s=300)
BIAS = draw_biases(TABLES.sensors, K0, K1)
SCENE = scene_of(*TABLES, BIAS, surroundings(TABLES), WORLD, K0, K1)


def naive_state(world: Truth, i: int, t_s: float) -> np.ndarray | None:
    out = np.empty(6)
    inside = state_at(world.state, world.offset[i], world.offset[i + 1], world.first_s[i], t_s, out)
    return out if inside and world.launch_s[i] <= t_s <= world.end_s[i] else None


def naive_met(
    tables: Tables, orders: PointingTable, low_s: float, high_s: float, gone_s: np.ndarray
) -> set[tuple[int, int, int]]:
    """(sensor, object, time in ms) of every object in the beam, by the angles between three vectors."""
    sensors, sensing = tables
    met = set()
    for s, aim in zip(orders.sensor, orders.state_ecef, strict=True):
        revisit, phase, again = sensors.revisit_s[s], sensing.scan_phase_s[s], sensing.revisit_cued_s[s]
        for k in range(math.floor((low_s - phase) / revisit) - 1, math.ceil(high_s / revisit) + 1):
            for j in range(math.ceil(revisit / again - 1e-9)):
                t_s = k * revisit + phase + j * again
                if not low_s <= t_s < high_s:
                    continue
                _, b, e = polar(sensors, s, aim[:3] + (t_s - orders.at_s) * aim[3:])
                b, e = b - BIAS[s, 1], e - BIAS[s, 2]
                for i in range(len(WORLD.key)):
                    state = naive_state(WORLD, i, t_s)
                    if state is None or t_s >= gone_s[i]:
                        continue
                    _, bearing, elevation = polar(sensors, s, state[:3])
                    ray = np.array(
                        [
                            math.cos(elevation) * math.sin(bearing - b),
                            math.cos(elevation) * math.cos(bearing - b),
                            math.sin(elevation),
                        ]
                    )
                    turned = np.array(
                        [
                            ray[0],
                            math.cos(e) * ray[1] + math.sin(e) * ray[2],
                            -math.sin(e) * ray[1] + math.cos(e) * ray[2],
                        ]
                    )
                    if turned[1] > 0.0 and (
                        abs(math.atan2(turned[0], turned[1])) <= 0.5 * sensing.beam_azimuth_rad[s]
                        and abs(math.atan2(turned[2], turned[1])) <= 0.5 * sensing.beam_elevation_rad[s]
                    ):
                        met.add((int(s), i, round(t_s * 1e3)))
    return met


def naive_reach(sensors: SensorTable, s: int, place: np.ndarray) -> bool:
    r, bearing, _ = polar(sensors, s, place)
    ground, tangent = apparent(sensors, s, place)
    apart = abs((bearing - sensors.sector_centre_rad[s] + math.pi) % (2.0 * math.pi) - math.pi)
    height, radius = max(float(sensors.height_m[s]), 0.0), 4.0 / 3.0 * 6371000.0
    hidden = ground > math.sqrt(2.0 * radius * height) and tangent < -math.sqrt(2.0 * height / radius)
    return bool(
        sensors.range_min_m[s] <= r <= sensors.range_max_m[s]
        and (sensors.sector_rad[s] >= 2.0 * math.pi or apart <= 0.5 * sensors.sector_rad[s])
        and sensors.elevation_min_rad[s] <= math.atan(tangent) <= sensors.elevation_max_rad[s]
        and not hidden
    )


@given(
    st.integers(0, 2),
    st.integers(0, 39),
    st.floats(0.0, 250.0),
    st.tuples(*[st.floats(-3_000.0, 3_000.0)] * 3),
    st.floats(0.0, 1.0),
)
def test_beams_meet_the_objects_that_the_twin_finds_in_them(
    sensor: int, row: int, at_s: float, off_m: tuple[float, float, float], dead: float
) -> None:
    state = naive_state(WORLD, row, at_s)
    aim = WORLD.state[WORLD.offset[row]].copy() if state is None else state
    aim[:3] += off_m
    orders = PointingTable(np.array([sensor], np.int32), aim[None], at_s)
    gone_s = np.full(40, math.inf)
    gone_s[row] = at_s - 2.5 + 10.0 * dead
    met = cues_met(SCENE, orders, at_s - 2.5, at_s + 2.5, gone_s)
    middle_ms = np.rint(500.0 * (met.from_s + met.until_s)).astype(int)
    found = set(zip(met.sensor.tolist(), met.object.tolist(), middle_ms.tolist(), strict=True))
    assert found == naive_met(TABLES, orders, at_s - 2.5, at_s + 2.5, gone_s)


@given(st.integers(0, 39), st.floats(0.0, 1.0), st.floats(-3_000.0, 40_000.0))
def test_the_reach_is_that_of_the_twin(row: int, share: float, up_m: float) -> None:
    count = WORLD.offset[row + 1] - WORLD.offset[row]
    state = WORLD.state[WORLD.offset[row] + int(share * (count - 1))].copy()
    state[:3] *= 1.0 + up_m / 6.4e6
    seen = in_reach(SCENE, np.arange(3, dtype=np.int32), state[None])
    assert seen[:, 0].tolist() == [naive_reach(TABLES.sensors, s, state[:3]) for s in range(3)]
