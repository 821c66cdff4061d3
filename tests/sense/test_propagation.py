"""Loss to gases and rain along a radar's rays."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.earth.attenuation import gas_attenuation_dbpkm
from skypact.kernels.propagation import ELEVATIONS, RANGES, loss_db
from skypact.model.weather import Weather, calm
from skypact.sense.propagation import air_attenuation_dbpkm, loss_table
from tests.sense.world import MICROPHONE, RECEIVER, SATELLITE, sensor_table

BANDS_HZ = (0.44e9, 1.3e9, 3.0e9, 5.6e9, 9.4e9, 16.0e9)


def weather(rain_mmph: float = 0.0, top_m: float = 4_000.0, vapour_gpm3: float = 7.5) -> Weather:
    return dataclasses.replace(calm(), rain_mmph=rain_mmph, rain_top_m=top_m, vapour_gpm3=vapour_gpm3)


def row(frequency_hz: float, height_m: float = 30.0, air: Weather | None = None) -> np.ndarray:
    sensors, sensing = sensor_table({"frequency_hz": frequency_hz, "height_m": height_m})
    return loss_table(sensors, sensing, air or weather()).loss_db[0]


def test_what_is_no_radar_loses_nothing() -> None:
    sensors, sensing = sensor_table(SATELLITE, {}, MICROPHONE, RECEIVER)
    table = loss_table(sensors, sensing, weather(5.0)).loss_db
    assert table.shape == (4, ELEVATIONS, RANGES)
    assert table.dtype == np.float32
    assert not table[[0, 2, 3]].any()
    assert (table[1, :, 1:] > 0.0).all()


def test_each_radar_has_the_loss_of_its_own_band_and_height() -> None:
    places = [(1.3e9, 30.0), (9.4e9, 30.0), (1.3e9, 900.0), (9.4e9, 900.0), (1.3e9, 30.0)]
    sensors, sensing = sensor_table(*({"frequency_hz": f, "height_m": h} for f, h in places))
    table = loss_table(sensors, sensing, weather(8.0)).loss_db
    for k, (frequency_hz, height_m) in enumerate(places):
        np.testing.assert_array_equal(table[k], row(frequency_hz, height_m, weather(8.0)))
    assert len({table[k].tobytes() for k in range(5)}) == 4


@settings(max_examples=40)
@given(
    st.sampled_from(BANDS_HZ),
    st.floats(0.0, 40.0),
    st.floats(-0.05, 1.5),
    st.floats(0.0, 500e3),
    st.floats(0.0, 100e3),
)
def test_loss_grows_with_range_and_with_rain(frequency_hz, rain_mmph, elevation, range_m, more_m) -> None:
    dry, wet = row(frequency_hz), row(frequency_hz, air=weather(rain_mmph))
    here = loss_db(wet, elevation, range_m)
    assert loss_db(wet, elevation, range_m + more_m) >= here * (1.0 - 1e-6)
    assert here >= loss_db(dry, elevation, range_m) * (1.0 - 1e-6) >= 0.0


@settings(max_examples=40)
@given(
    st.sampled_from(BANDS_HZ),
    st.floats(0.0, 40.0),
    st.floats(0.0, 1.4),
    st.floats(0.0, 0.17),
    st.floats(0.0, 500e3),
)
def test_loss_falls_as_the_ray_rises(frequency_hz, rain_mmph, elevation, more, range_m) -> None:
    table = row(frequency_hz, air=weather(rain_mmph))
    assert (
        loss_db(table, elevation + more, range_m) <= loss_db(table, elevation, range_m) * (1.0 + 1e-6) + 1e-6
    )


def test_moist_air_costs_more_and_thin_air_less() -> None:
    usual = loss_db(row(9.4e9), 0.01, 150e3)
    assert loss_db(row(9.4e9, air=weather(vapour_gpm3=20.0)), 0.01, 150e3) > 1.2 * usual
    assert loss_db(row(9.4e9, height_m=3_000.0), 0.01, 150e3) < 0.8 * usual


def test_vapour_takes_its_part_of_the_barometers_pressure() -> None:
    """At sea level and 20 g/m3 (26.6 hPa), so that oxygen has the rest of 1013.25 hPa; at 2 km 1 / e of the vapour."""
    air = air_attenuation_dbpkm(np.array([1.3e9]), 20.0)[0]
    ground = gas_attenuation_dbpkm(1.3e9, 101_325.0 - 2_659.0, 288.15, 20.0)
    assert air[2] == pytest.approx(float(ground), rel=1e-4)
    above = gas_attenuation_dbpkm(1.3e9, 79_495.0 - 933.0, 275.15, 20.0 / math.e)
    assert air[10] == pytest.approx(float(above), rel=1e-4)


def test_rain_costs_its_rate_times_the_way_below_its_top_and_back() -> None:
    """25 mm/h at 9.4 GHz, 0.55 dB/km one way: 20 km in it, then as far as a ray of 10 degrees stays below 2 km."""
    dry, wet = row(9.4e9), row(9.4e9, air=weather(25.0, top_m=2_000.0))
    level = loss_db(wet, 0.0, 20e3) - loss_db(dry, 0.0, 20e3)
    rate_dbpkm = level / 40.0
    assert 0.5 < rate_dbpkm < 0.6
    rising = loss_db(wet, math.radians(10.0), 100e3) - loss_db(dry, math.radians(10.0), 100e3)
    assert rising / (2.0 * rate_dbpkm) == pytest.approx(1.97 / math.sin(math.radians(10.0)), rel=0.02)
