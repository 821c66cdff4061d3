"""Clutter against published numbers: the sea of Nathanson's tables, rain of the textbook, Weibull's law."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import weibull_min

from skypact.kernels.clutter import rain_reflectivity_pm, sea_reflectivity, spike_chance

NATHANSON_GHZ = (0.5, 1.25, 3.0, 5.6, 9.3, 17.0, 35.0)
# Nathanson, "Radar Design Principles", 2nd ed., 1991, horizontal polarisation, as reprinted by Gregers-Hansen and Mital
# (NRL/MR/5310-12-9346, 2012, appendix B): grazing angle (degrees) -> sigma0 (dB) by sea state 0 to 6 and frequency;
# 0 stands for no value.
NATHANSON_H: dict[float, list[list[int]]] = {
    0.1: [
        [0, 0, -90, -87, 0, 0, 0],
        [0, 0, -80, -75, -71, 0, 0],
        [-95, -90, -75, -67, -59, -48, 0],
        [-90, -82, -68, -69, -53, 0, 0],
        [0, -74, -63, -60, -48, 0, 0],
        [0, -70, -63, -58, -42, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
    ],
    0.3: [
        [0, 0, -83, -79, -74, 0, 0],
        [0, 0, -74, -68, -66, -58, 0],
        [-78, 0, -66, -60, -56, -53, 0],
        [0, -68, -60, -50, -46, -42, 0],
        [0, 0, -55, 0, -42, -39, 0],
        [0, -64, -52, -44, -39, -38, 0],
        [0, 0, -46, 0, -34, -37, 0],
    ],
    1.0: [
        [-86, -80, -75, -70, -60, -60, -60],
        [-84, -73, -66, -56, -51, -48, -48],
        [-82, -65, -55, -48, -46, -41, -38],
        [-73, -60, -48, -43, -40, -37, -36],
        [-63, -56, -45, -39, -36, -34, -34],
        [-60, -50, -42, -36, -34, -34, 0],
        [0, 0, -41, 0, -32, -32, 0],
    ],
    3.0: [
        [-75, -72, -68, -63, -58, 0, -53],
        [-70, -62, -59, -54, -50, -45, -43],
        [-66, -59, -53, -48, -43, -38, -40],
        [-61, -55, -46, -42, -39, -35, -37],
        [-54, -48, -41, -38, -35, -32, -32],
        [-53, -46, -40, -36, -33, -30, 0],
        [0, 0, -37, 0, -30, -28, 0],
    ],
    10.0: [
        [0, -60, 0, -44, -56, 0, 0],
        [0, -56, 0, -53, -51, 0, 0],
        [-54, -53, -51, -48, -43, -37, -36],
        [-50, -48, -46, -40, -37, -32, -31],
        [-48, -45, -40, -36, -34, -29, -29],
        [-46, -43, -38, -36, -30, -26, -27],
        [-44, -40, -37, -35, -27, -24, 0],
    ],
}


def test_the_sea_lies_as_near_to_nathansons_tables_as_its_authors_say() -> None:
    """Table 2 of the report: 2.3 dB on average, up to 10 degrees of grazing."""
    misses = [
        abs(10.0 * math.log10(sea_reflectivity(ghz * 1e9, math.radians(grazing), state)) - value)
        for grazing, rows in NATHANSON_H.items()
        for state, row in enumerate(rows)
        for ghz, value in zip(NATHANSON_GHZ, row, strict=True)
        if value != 0
    ]
    assert len(misses) > 150
    assert np.mean(misses) == pytest.approx(2.3, abs=0.1)


def test_the_sea_below_half_a_gigahertz_is_that_of_half_a_gigahertz() -> None:
    assert sea_reflectivity(0.2e9, 0.01, 3) == sea_reflectivity(0.5e9, 0.01, 3)


@pytest.mark.parametrize("frequency_ghz", [1.3, 3.0, 9.4])
@pytest.mark.parametrize("rain_mmph", [1.0, 4.0, 16.0])
def test_rain_reflects_as_in_skolniks_formula(frequency_ghz: float, rain_mmph: float) -> None:
    """Introduction to Radar Systems, 3rd ed., section 7.6: 7 f^4 R^1.6 1e-12 per metre."""
    textbook = 7e-12 * frequency_ghz**4 * rain_mmph**1.6
    assert rain_reflectivity_pm(frequency_ghz * 1e9, rain_mmph) == pytest.approx(textbook, rel=0.01)


@pytest.mark.parametrize("shape", [1.2, 1.45, 1.75, 2.0])
@pytest.mark.parametrize("pfa", [1e-4, 1e-6])
@pytest.mark.parametrize("residue", [0.3, 1.0, 1e3])
def test_spikes_are_those_of_weibulls_distribution(shape: float, pfa: float, residue: float) -> None:
    """The amplitude is Weibull's with this shape, so the power, its square, is Weibull's with half of it."""
    law = weibull_min(shape / 2.0)
    threshold = -math.log(pfa) * (1.0 + residue)
    assert spike_chance(residue, pfa, shape) == pytest.approx(
        law.sf(threshold * law.mean() / residue), rel=1e-9
    )


def test_strong_rayleigh_clutter_gives_the_chance_of_noise_and_spikier_clutter_more() -> None:
    assert spike_chance(1e9, 1e-6, 2.0) == pytest.approx(1e-6, rel=1e-6)
    chances = [spike_chance(1e9, 1e-6, shape) for shape in (2.0, 1.75, 1.45, 1.2)]
    assert chances == sorted(chances)
    assert spike_chance(0.0, 1e-6, 1.75) == 0.0
