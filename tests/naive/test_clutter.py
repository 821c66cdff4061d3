"""Clutter tables against a plain twin: each visible piece of ground by itself, from the mask and the radar equation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skypact.kernels import clutter, cluttertable
from skypact.kernels.cluttertable import AZIMUTHS, CELL_M, CELLS, Radar
from skypact.kernels.pattern import beam_gain
from skypact.kernels.propagation import ELEVATIONS, RANGES, loss_db
from tests.naive.frame import destination
from tests.naive.masking import height_m

DEG = math.pi / 180.0
K_M = 4.0 / 3.0 * 6_371_000.0
GRID = (24.0, 50.0, 0.25)
HEIGHTS = np.full(
    (9, 9), 300, np.int16
)  # land but for two waters in the west: the sea and one as low as the Caspian
HEIGHTS[:4, :5] = 0
HEIGHTS[4:, :5] = -28
LOSS = np.linspace(0.0, 6.0, RANGES, dtype=np.float32)[None, :].repeat(ELEVATIONS, 0)

SEARCH = Radar(
    lat_rad=25.0 * DEG,
    lon_rad=51.05 * DEG,
    height_m=60.0,
    range_min_m=3_000.0,
    range_max_m=120_000.0,
    sector_centre_rad=0.0,
    sector_rad=2.0 * math.pi,
    elevation_min_rad=0.3 * DEG,
    elevation_max_rad=25.0 * DEG,
    snr_db=41.0,
    frequency_hz=1.3e9,
    pfa=1e-6,
    beam_azimuth_rad=1.4 * DEG,
    beam_elevation_rad=2.0 * DEG,
    cell_range_m=200.0,
    pattern=0,
    rotates=True,
    tilt_rad=0.0,
    improvement_db=40.0,
)
FACE = SEARCH._replace(
    rotates=False, sector_centre_rad=0.3, sector_rad=2.0, tilt_rad=20.0 * DEG, improvement_db=20.0
)
FAN = SEARCH._replace(pattern=1, tilt_rad=3.0 * DEG, beam_elevation_rad=12.0 * DEG, frequency_hz=9.4e9)


def mask(azimuths: int, cells: int, cell_m: float) -> np.ndarray:
    """The greatest tangents of a wavy ground: a smooth sea with ridges on some bearings."""
    d = np.arange(1, cells) * cell_m
    turns = np.arange(azimuths)[:, None] / azimuths
    wave = 150.0 * np.maximum(np.sin(d / 9e3 + 20.0 * turns), 0.0) * (turns < 0.5)
    tan = np.maximum.accumulate((wave - 60.0) / d - d / (2.0 * K_M), axis=1)
    return np.hstack([np.full((azimuths, 1), -np.inf), tan]).astype(np.float32)


def naive_sea(frequency_hz: float, psi: float, state: int) -> float:
    """Gregers-Hansen and Mital 2012, equation 7, in decibels, written out."""
    deg, ghz = psi / DEG, max(frequency_hz / 1e9, 0.5)
    exponent = 1.0 / (2.0 + 0.085 * deg + 0.033 * state)
    return (
        -73.0
        + 20.78 * math.log10(math.sin(psi))
        + (27.5 + 7.351 * deg) * math.log10(ghz) / (1.0 + 0.95 * deg)
        + 25.65 * (state + 1) ** exponent
        + 0.0054 * deg**2
    )


def naive_chance(residue: float, pfa: float, shape: float) -> float:
    scale = 1.0 / math.gamma(1.0 + 2.0 / shape)  # of the power, for a mean of one
    excess = math.log(1.0 / pfa) * (1.0 + residue) / residue
    return math.exp(-((excess / scale) ** (shape / 2.0)))


def naive_echo(
    radar: Radar, rcs: float, d: float, bearing: float, elevation: float, better_db: float
) -> float:
    gain = beam_gain(
        radar.pattern,
        radar.rotates,
        bearing - radar.sector_centre_rad,
        elevation,
        radar.tilt_rad,
        radar.beam_elevation_rad,
        radar.elevation_max_rad,
    )
    db = (
        radar.snr_db
        + 10 * math.log10(rcs)
        - 40 * math.log10(d / 1e5)
        - loss_db(LOSS, elevation, d)
        - better_db
    )
    return gain * 10 ** (db / 10)


def naive_surface(radar: Radar, tan: np.ndarray, dr: float, state: int) -> tuple[np.ndarray, np.ndarray]:
    residue, plots = np.zeros((AZIMUTHS, CELLS)), np.zeros((AZIMUTHS, CELLS))
    for cell in range(AZIMUTHS):
        for third in (-1, 0, 1):
            row = math.floor((cell + third / 3) / AZIMUTHS * len(tan) + 0.5) % len(tan)
            bearing = 2 * math.pi * row / len(tan)
            if (
                abs((bearing - radar.sector_centre_rad + math.pi) % (2 * math.pi) - math.pi)
                > radar.sector_rad / 2
            ):
                continue
            for i in range(2, tan.shape[1]):
                rise = float(tan[row, i]) - float(tan[row, i - 1])
                d = dr * math.sqrt(i * (i - 1))
                if rise <= 0.0 or not radar.range_min_m <= d <= radar.range_max_m:
                    continue
                sine = d * rise / dr
                at = height_m(
                    HEIGHTS,
                    *GRID,
                    *(x / DEG for x in destination(radar.lat_rad, radar.lon_rad, bearing, i * dr)),
                )
                sea = at is None or at in (0.0, -28.0)
                area = d * radar.beam_azimuth_rad * radar.cell_range_m
                sigma0 = (
                    naive_sea(radar.frequency_hz, math.asin(sine), state)
                    if sea
                    else -15.0 + 10 * math.log10(sine)
                )
                elevation = math.atan(float(tan[row, i]))
                left = naive_echo(
                    radar, area * 10 ** (sigma0 / 10), d, bearing, elevation, radar.improvement_db
                )
                residue[cell, int(d // CELL_M)] += left * dr / CELL_M / 3.0
                if radar.pattern == 0:
                    off = max(radar.elevation_min_rad - elevation, 0.0) / radar.beam_elevation_rad
                    left *= max(0.5 ** (8.0 * off**2), 1e-5)
                cells = dr / radar.cell_range_m * 2 * math.pi / AZIMUTHS / 3.0 / radar.beam_azimuth_rad
                plots[cell, int(d // CELL_M)] += (
                    0.2 * cells * naive_chance(left, radar.pfa, 1.45 if sea else 1.75)
                )
    return residue, plots


@pytest.mark.parametrize("radar", [SEARCH, FACE, FAN], ids=["turning", "face", "fan"])
def test_the_surfaces_table_is_its_plain_twins(radar) -> None:
    tan, dr = mask(90, 24, 1_500.0), 1_500.0
    residue, plots = np.zeros((AZIMUTHS, CELLS), np.float32), np.zeros((AZIMUTHS, CELLS))
    cluttertable.fill_surface(radar, tan, dr, HEIGHTS, GRID, 4, LOSS, residue, plots)
    slow_residue, slow_plots = naive_surface(radar, tan, dr, 4)
    assert (slow_residue > 0.0).sum() > 100
    np.testing.assert_allclose(residue, slow_residue, rtol=2e-5, atol=1e-12)
    np.testing.assert_allclose(plots, slow_plots, rtol=1e-5, atol=1e-15)


def naive_rain(
    radar: Radar, tan: np.ndarray, dr: float, rate: float, top_m: float
) -> tuple[np.ndarray, float]:
    residue, total = np.zeros(CELLS), 0.0
    eta = math.pi**5 * 0.93 * 200e-18 * rate**1.6 * (radar.frequency_hz / 299_792_458.0) ** 4
    for c in range(CELLS):
        d = (c + 0.5) * CELL_M
        top = (top_m - radar.height_m) / d - d / (2 * K_M)
        at = min(d, math.sqrt(2 * K_M * radar.height_m))
        ground = -radar.height_m / at - at / (2 * K_M)
        rows = [k * len(tan) // AZIMUTHS for k in range(AZIMUTHS)]
        seen = np.mean([tan[row, min(int(d / dr), tan.shape[1] - 1)] <= top for row in rows])
        if top <= ground or seen < 0.5 or not radar.range_min_m <= d <= radar.range_max_m:
            continue
        low, high, theta = math.atan(ground), math.atan(top), radar.beam_elevation_rad
        middle = min(max((low + high) / 2, radar.elevation_min_rad), high)
        if radar.pattern == 0:
            filled = 1.0
            span = min(high, radar.elevation_max_rad + theta / 2) - max(
                low, radar.elevation_min_rad - theta / 2
            )
            beams = max(span, 0.0) / theta
        else:
            span = min(high, radar.tilt_rad + theta / 2) - max(low, radar.tilt_rad - theta / 2)
            filled, beams = min(max(span / theta, 0.0), 1.0), 1.0
        volume = math.pi / (8 * math.log(2)) * (d * radar.beam_azimuth_rad) * (d * theta) * radar.cell_range_m
        db = (
            radar.snr_db
            - 40 * math.log10(d / 1e5)
            - loss_db(LOSS, middle, d)
            - min(radar.improvement_db, 30.0)
        )
        residue[c] = eta * volume * filled * 10 ** (db / 10)
        cells = CELL_M / radar.cell_range_m * radar.sector_rad / radar.beam_azimuth_rad
        if residue[c] > 0.0:
            total += 0.2 * cells * beams * naive_chance(residue[c], radar.pfa, 1.85)
    return residue, total


@pytest.mark.parametrize("radar", [SEARCH, FACE, FAN], ids=["turning", "face", "fan"])
@pytest.mark.parametrize("top_m", [3_000.0, 700.0, -10.0])
@pytest.mark.parametrize("walled", [30, 60])
def test_the_rains_table_is_its_plain_twins(radar, top_m, walled) -> None:
    tan = mask(90, 24, 1_500.0)
    tan[:walled, 14:] = 0.1  # a wall, which hides the rain behind it if it stands on most bearings
    residue = np.zeros(CELLS, np.float32)
    total = cluttertable.fill_rain(radar, tan, 1_500.0, 10.0, top_m, LOSS, residue)
    slow_residue, slow_total = naive_rain(radar, tan, 1_500.0, 10.0, top_m)
    np.testing.assert_allclose(residue, slow_residue, rtol=2e-6)
    assert total == pytest.approx(slow_total, rel=1e-5)
    assert (residue > 0.0).any() == (top_m > 0.0)


def test_a_look_meets_the_clutter_of_its_own_cell_as_far_as_its_beam_reaches_it() -> None:
    rng = np.random.default_rng(2)
    surface, rain = (
        rng.uniform(0.0, 50.0, (8, 10)).astype(np.float32),
        rng.uniform(0.0, 9.0, 10).astype(np.float32),
    )
    tan = np.tile(np.linspace(-0.004, 0.01, 45, dtype=np.float32), (16, 1))
    top_m, antenna_m, theta = 2_000.0, 100.0, 0.03
    for _ in range(200):
        range_m, bearing, elevation = (
            rng.uniform(500.0, 45e3),
            rng.uniform(0.0, 6.283),
            rng.uniform(-0.01, 0.1),
        )
        for pattern in (0, 1, 2):
            found = clutter.clutter_power(
                surface, rain, 4e3, tan, 1e3, top_m, antenna_m, pattern, theta, range_m, bearing, elevation
            )
            cell = int(range_m // 4e3)
            ground = wet = 0.0
            if cell < 10:
                ground = float(surface[round(bearing / (2 * math.pi) * 8) % 8, cell])
                wet = float(rain[cell])
            if pattern == 0:
                off = elevation - math.atan(float(tan[0, min(int(range_m // 1e3), 44)]))
                ground *= max(math.exp(-8.0 * math.log(2.0) * (off / theta) ** 2), 1e-5)
                top = math.atan((top_m - antenna_m) / range_m - range_m / (2 * K_M))
                wet *= float(np.clip((top - (elevation - theta / 2)) / theta, 0.0, 1.0))
            assert found == pytest.approx(ground + wet, rel=1e-6, abs=1e-12)
