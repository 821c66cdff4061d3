"""Gases and rain against the recommendations: another implementation (itur), their tables, textbook values."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from itur.models import itu676, itu838

from skypact.earth.attenuation import (
    gas_attenuation_dbpkm,
    rain_attenuation_dbpkm,
    rain_coefficients,
    vapour_pressure_pa,
)
from skypact.kernels.propagation import loss_db
from skypact.model.weather import calm
from skypact.sense.propagation import loss_table
from tests.sense.world import sensor_table

GHZ = 1e9
FREQUENCIES_GHZ = (0.5, 0.8, 1.3, 3.0, 5.6, 9.4, 16.0, 22.235, 35.0, 50.5, 60.0, 77.0, 94.0, 100.0)
AIR = [
    (1013.25, 288.15, 7.5),
    (1000.0, 310.0, 25.0),
    (850.0, 278.0, 3.0),
    (500.0, 252.0, 0.4),
    (50.0, 217.0, 0.0),
]
"""Dry pressure (hPa), temperature (K), vapour (g/m3)."""

# ITU-R P.838-3, table 5: GHz, k and alpha of horizontal, then of vertical polarisation.
P838_TABLE_5 = [
    (1.0, 0.0000259, 0.9691, 0.0000308, 0.8592),
    (2.0, 0.0000847, 1.0664, 0.0000998, 0.9490),
    (6.0, 0.0007056, 1.5900, 0.0004878, 1.5728),
    (10.0, 0.01217, 1.2571, 0.01129, 1.2156),
    (15.0, 0.04481, 1.1233, 0.05008, 1.0440),
    (30.0, 0.2403, 0.9485, 0.2291, 0.9129),
    (40.0, 0.4431, 0.8673, 0.4274, 0.8421),
    (100.0, 1.3671, 0.6815, 1.3680, 0.6765),
]


@pytest.mark.parametrize(("pressure_hpa", "temperature_k", "vapour_gpm3"), AIR)
@pytest.mark.parametrize("frequency_ghz", FREQUENCIES_GHZ)
def test_gases_weaken_as_the_recommendation_has_it(
    frequency_ghz, pressure_hpa, temperature_k, vapour_gpm3
) -> None:
    theirs = itu676.gamma_exact(frequency_ghz, pressure_hpa, vapour_gpm3, temperature_k).value
    ours = gas_attenuation_dbpkm(frequency_ghz * GHZ, 100.0 * pressure_hpa, temperature_k, vapour_gpm3)
    assert ours == pytest.approx(theirs, rel=1e-9)


def test_arrays_of_air_are_their_points_one_by_one() -> None:
    pressure, temperature, vapour = (np.array(column) for column in zip(*AIR, strict=True))
    bands = np.array([[1.3e9], [9.4e9]])
    table = gas_attenuation_dbpkm(bands, 100.0 * pressure, temperature, vapour)
    assert table.shape == (2, len(AIR))
    for (i, j), value in np.ndenumerate(table):
        point = gas_attenuation_dbpkm(bands[i, 0], 100.0 * pressure[j], temperature[j], vapour[j])
        assert value == pytest.approx(float(point), rel=1e-12)


@pytest.mark.parametrize("elevation_deg", [0.0, 20.0, 75.0])
@pytest.mark.parametrize("tilt_deg", [0.0, 30.0, 45.0, 90.0])
@pytest.mark.parametrize("frequency_ghz", FREQUENCIES_GHZ)
def test_rain_weakens_as_the_recommendation_has_it(frequency_ghz, tilt_deg, elevation_deg) -> None:
    for rain_mmph in (0.25, 5.0, 25.0, 150.0):
        theirs = itu838.rain_specific_attenuation(rain_mmph, frequency_ghz, elevation_deg, tilt_deg).value
        ours = rain_attenuation_dbpkm(
            frequency_ghz * GHZ, rain_mmph, math.radians(elevation_deg), math.radians(tilt_deg)
        )
        assert ours == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(("frequency_ghz", "k_h", "alpha_h", "k_v", "alpha_v"), P838_TABLE_5)
def test_coefficients_of_rain_are_those_of_the_recommendations_table(
    frequency_ghz, k_h, alpha_h, k_v, alpha_v
) -> None:
    for tilt, k, alpha in ((0.0, k_h, alpha_h), (math.pi / 2.0, k_v, alpha_v)):
        found_k, found_alpha = rain_coefficients(frequency_ghz * GHZ, 0.0, tilt)
        assert found_k == pytest.approx(k, rel=2.5e-3)
        assert found_alpha == pytest.approx(alpha, abs=1.5e-4)


def test_circular_polarisation_weakens_the_same_at_every_elevation() -> None:
    along = rain_attenuation_dbpkm(9.4e9, 10.0, np.radians([0.0, 40.0, 90.0]))
    np.testing.assert_allclose(along, along[0], rtol=1e-12)


@pytest.mark.parametrize(
    ("frequency_ghz", "low", "high"),
    [
        (1.3, 0.005, 0.007),  # oxygen's plateau, some 0.006 dB/km
        (10.0, 0.012, 0.017),
        (22.235, 0.17, 0.21),  # the line of water
        (35.0, 0.07, 0.12),
        (60.0, 14.0, 16.0),  # the lines of oxygen
        (94.0, 0.3, 0.5),
    ],
)
def test_the_standard_air_at_the_ground_weakens_as_textbooks_draw_it(frequency_ghz, low, high) -> None:
    """Figure 1 of ITU-R P.676-12 (1013.25 hPa, 15 degrees, 7.5 g/m3), read off."""
    assert low < gas_attenuation_dbpkm(frequency_ghz * GHZ, 101_325.0, 288.15, 7.5) < high


def test_saturated_air_at_20_degrees_has_its_vapour_pressure() -> None:
    """Psychrometric tables: 17.3 g/m3 and 23.4 hPa at 20 degrees."""
    assert vapour_pressure_pa(17.3, 293.15) == pytest.approx(2_340.0, rel=2e-3)


@pytest.mark.parametrize("frequency_ghz", [1.3, 9.4, 22.235, 35.0])
@pytest.mark.parametrize("elevation_deg", [5.0, 15.0, 45.0, 90.0])
def test_the_way_out_of_the_atmosphere_costs_what_the_recommendation_integrates(
    frequency_ghz, elevation_deg
) -> None:
    """Layer by layer through its own standard air (P.835), refracted, against half of the two-way table.

    It takes the whole pressure for that of dry air, up to 1% more of it.
    """
    theirs = itu676.gaseous_attenuation_slant_path(
        frequency_ghz, elevation_deg, 7.5, 1013.25, 288.15, mode="exact"
    ).value
    sensors, sensing = sensor_table({"height_m": 0.0, "frequency_hz": frequency_ghz * GHZ})
    weather = dataclasses.replace(calm(), vapour_gpm3=7.5)
    row = loss_table(sensors, sensing, weather).loss_db[0]
    assert loss_db(row, math.radians(elevation_deg), 900e3) / 2.0 == pytest.approx(theirs, rel=0.015)
