"""False plots against a plain twin: the same keyed draws, placed by lists and NumPy's own cumulated sums."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skypact.kernels import falseplots
from skypact.kernels.clutter import beams_in_rain, spike_chance
from skypact.kernels.detectability import received_power
from skypact.kernels.random import FALSE_PLOT, poisson, uniform_pair
from skypact.kernels.report import identity
from skypact.sense.table import empty_rows, physics, sites
from tests.sense.world import (
    DEG,
    DIRECTION,
    ELECTRONIC,
    K0,
    K1,
    MICROPHONE,
    MULTILATERATION,
    RECEIVER,
    SATELLITE,
    no_bias,
    sensor_table,
)

K_M = 4.0 / 3.0 * 6_371_000.0
A_M = 6_378_137.0
CELL_M = 4_000.0
AZIMUTHS, CELLS = 12, 20
TOP_M = 3_000.0
RNG = np.random.default_rng(11)
PLOTS = np.where(RNG.uniform(size=(AZIMUTHS, CELLS)) < 0.3, RNG.uniform(size=(AZIMUTHS, CELLS)), 0.0)
PLOTS[:, 18:] = 0.0
SURFACE = np.minimum(np.cumsum(PLOTS) / PLOTS.sum(), 1.0).astype(np.float32)
SURFACE[np.flatnonzero(PLOTS)[-1] :] = 1.0
RAIN = np.where(np.arange(CELLS) < 15, 30.0 / (1.0 + np.arange(CELLS)), 0.0).astype(np.float32)

SENSORS, SENSING = sensor_table(
    {"pulses": 4, "cell_range_m": 200.0, "range_max_m": 70_000.0},
    {
        **ELECTRONIC,
        "sector_rad": 2.0,
        "sector_centre_rad": 6.0,
        "cell_range_m": 200.0,
        "elevation_min_rad": DEG,
    },
    {"pattern": 2, "measures_elevation": False, "cell_range_m": 200.0, "beam_elevation_rad": 5.0 * DEG},
    {**SATELLITE, "false_plots": 2.0},
    {**MICROPHONE, "false_plots": 1.3},
    {**DIRECTION, "false_plots": 0.7, "range_max_m": 200_000.0},
    {**RECEIVER, "false_plots": 3.0},
    {**MULTILATERATION, "false_plots": 1.1, "elevation_min_rad": 0.0},
)
MEANS = {0: (1.0, 2.0, 1.5), 1: (0.5, 0.8, 0.4), 2: (0.3, 0.0, 2.0)}
FROM_S, TO_S = -33.0, 157.0


def fast(sensor: int) -> dict[int, list[float]]:
    """detection_id -> t_s, clock, power (dB), z, sigma."""
    table, perceives = sites(SENSORS, no_bias(SENSORS)), physics(SENSORS, SENSING)
    rows = empty_rows(4_096)
    after, n = falseplots.sense_nothing(
        table[sensor],
        perceives[sensor],
        sensor,
        SURFACE,
        RAIN,
        CELL_M,
        np.array(MEANS.get(sensor, (0.0, 0.0, 0.0))),
        TOP_M,
        K0,
        K1,
        FROM_S,
        TO_S,
        -200,
        200,
        rows,
    )
    assert after == 201
    assert set(rows.object[:n].tolist()) <= {-1}
    assert set(rows.code[:n].tolist()) <= {0}
    assert set(rows.sensor[:n].tolist()) <= {sensor}
    return {
        int(rows.detection_id[i]): [
            rows.t_s[i],
            rows.t_ns[i] * 1e-9,
            float(rows.snr_db[i]),
            *rows.z[i, :3],
            *rows.sigma[i, :3],
        ]
        for i in range(n)
    }


def wrap(angle: float) -> float:
    return (angle + math.pi) % (2.0 * math.pi) - math.pi


def naive_place(s: int, u: list[float]) -> tuple[float, float, float]:
    """Range, bearing and elevation from the uniforms range, bearing, elevation, time, power, source, pick."""
    near, far = SENSORS.range_min_m[s], SENSORS.range_max_m[s]
    low, high = SENSORS.elevation_min_rad[s], SENSORS.elevation_max_rad[s]
    sector, centre = SENSORS.sector_rad[s], SENSORS.sector_centre_rad[s]
    if s == 3:
        limb = math.sqrt(1.0 - (A_M / (A_M + 35_786_000.0)) ** 2)
        return 0.0, 2.0 * math.pi * u[1], math.asin(-1.0 + u[2] * (1.0 - limb))
    if s > 3:
        range_m = near + u[0] * (far - near)
        return range_m, 2.0 * math.pi * u[1], math.atan(12_000.0 * u[2] / range_m)
    anywhere = (centre + (u[1] - 0.5) * sector) % (2.0 * math.pi)
    mean, height = MEANS[s], SENSORS.height_m[s]

    def tangent(up_m: float, d: float) -> float:
        return (up_m - height) / d - d / (2.0 * K_M)

    def ground(d: float) -> float:
        return math.atan(tangent(0.0, min(d, math.sqrt(2.0 * K_M * height))))

    source = u[5] * sum(mean)
    if source < mean[0]:
        return near + u[0] * (far - near), anywhere, low + u[2] * (high - low)
    if source < mean[0] + mean[1]:
        cell = int(np.searchsorted(SURFACE, u[6], side="right"))
        range_m = min(max((cell % CELLS + u[0]) * CELL_M, near), far)
        bearing = 2.0 * math.pi * (cell // CELLS - 0.5 + u[1]) / AZIMUTHS
        if sector < 6.28:
            bearing = centre + max(-sector / 2.0, min(sector / 2.0, wrap(bearing - centre)))
        bottom = max(low, ground(range_m))
        top = min(bottom + SENSING.beam_elevation_rad[s], high)
        return range_m, bearing % (2.0 * math.pi), bottom + u[2] * (top - bottom)
    weights = np.array(
        [
            beams_in_rain(
                (c + 0.5) * CELL_M,
                height,
                TOP_M,
                low,
                high,
                SENSING.beam_elevation_rad[s],
                int(SENSING.pattern[s]),
            )
            * spike_chance(float(RAIN[c]), 1e-6, 1.85)
            for c in range(CELLS)
        ]
    )
    column = int(np.flatnonzero(np.cumsum(weights) > u[6] * weights.sum())[0])
    range_m = min(max((column + u[0]) * CELL_M, near), far)
    bottom = max(low, ground(range_m))
    top = max(min(math.atan(tangent(TOP_M, range_m)), high), bottom)
    return range_m, anywhere, bottom + u[2] * (top - bottom)


def slow(s: int) -> dict[int, list[float]]:
    found = {}
    mean = sum(MEANS[s]) if s in MEANS else float(SENSORS.false_plots[s])
    for look in range(-200, 200):
        word = np.uint32(look & 0xFFFFFFFF)
        for j in range(poisson(mean, K0, K1, FALSE_PLOT, np.uint32(s), word)):
            u: list[float] = []
            for k in range(4):
                u += uniform_pair(K0, K1, FALSE_PLOT, np.uint32(s), word, np.uint32(4 * j + k))
            range_m, bearing, elevation = naive_place(s, u)
            share, snr = u[3], math.nan
            if s in MEANS:
                pulses = int(SENSING.pulses[s])
                snr = 10.0 * math.log10(received_power(1e-6 * u[4], 0.0, pulses, 2) - pulses)
                begin = (
                    0.0 if SENSORS.rotates[s] else SENSORS.sector_centre_rad[s] - SENSORS.sector_rad[s] / 2.0
                )
                width = 2.0 * math.pi if SENSORS.rotates[s] else SENSORS.sector_rad[s]
                share = (bearing - begin) % (2.0 * math.pi) / width
            t = (look + share) * SENSORS.revisit_s[s] + SENSING.scan_phase_s[s]
            has_range, has_elevation = s in (0, 1, 2), s in (0, 1, 3)
            z = [range_m if has_range else math.nan, bearing, elevation if has_elevation else math.nan]
            if FROM_S <= t < TO_S:
                found[int(identity(s, look, np.uint32(j), True, K0, K1))] = [t, t, snr, *z]
    return found


@pytest.mark.parametrize("sensor", range(6))
def test_false_plots_are_their_plain_twins(sensor: int) -> None:
    quick, plain = fast(sensor), slow(sensor)
    assert set(quick) == set(plain)
    assert len(plain) > 20
    for number, row in plain.items():
        np.testing.assert_allclose(quick[number][:6], row, rtol=2e-7, atol=2e-6)
        assert [math.isnan(x) for x in quick[number][6:]] == [math.isnan(x) for x in row[3:]]


def test_a_cooperative_receiver_makes_nothing_up() -> None:
    assert fast(6) == {}


def test_receivers_that_agree_on_nobody_give_a_fix_where_aircraft_fly() -> None:
    rows = np.array(list(fast(7).values()))
    plain = slow(7)
    assert 0.5 * len(plain) < len(rows) <= len(plain)
    assert np.isfinite(rows[:, 3:]).all()
    off = [wrap(row[4] - plain[number][4]) for number, row in fast(7).items()]
    assert np.mean(np.abs(off) < 0.05) > 0.9
    heights = rows[:, 3] * np.sin(rows[:, 5]) + rows[:, 3] ** 2 / (2.0 * 6_371_000.0)
    assert heights.max() < 17_000.0


def test_looks_go_on_where_the_rows_were_full() -> None:
    whole = fast(0)
    table, perceives = sites(SENSORS, no_bias(SENSORS)), physics(SENSORS, SENSING)
    look, numbers = -200, []
    while look <= 200:
        rows = empty_rows(16)
        look, n = falseplots.sense_nothing(
            table[0],
            perceives[0],
            0,
            SURFACE,
            RAIN,
            CELL_M,
            np.array(MEANS[0]),
            TOP_M,
            K0,
            K1,
            FROM_S,
            TO_S,
            look,
            200,
            rows,
        )
        numbers += rows.detection_id[:n].tolist()
    assert numbers == list(whole)
