"""The loss of every radar's signal to gases and rain, as a table.

The air is the U.S. Standard Atmosphere 1976 with vapour that falls off exponentially with height (ITU-R P.835: 2 km).
The rain is the same everywhere below its top and has no shape: storms are not modelled.
"""

from __future__ import annotations

import numpy as np

from skypact.earth.attenuation import (
    gas_attenuation_dbpkm,
    rain_attenuation_dbpkm,
    vapour_pressure_pa,
)
from skypact.kernels.atmosphere import pressure_pa, temperature_k
from skypact.kernels.propagation import (
    AIR_BOTTOM_M,
    AIR_LEVELS,
    AIR_STEP_M,
    ELEVATIONS,
    RANGES,
    fill_loss,
)
from skypact.model.codes import SensorKind
from skypact.model.network import F8, LossTable, SensingTable, SensorTable
from skypact.model.weather import Weather

VAPOUR_SCALE_M = 2_000.0
"""ITU-R P.835-6 (2017): height over which water vapour falls to 1 / e of its density."""


def air_attenuation_dbpkm(frequency_hz: F8, vapour_gpm3: float) -> F8:
    """One-way specific attenuation f8[F, AIR_LEVELS] (dB/km) of the standard air at the heights of the loss table.

    Args:
        frequency_hz: f8[F].
        vapour_gpm3: water vapour at height 0.
    """
    height_m = AIR_BOTTOM_M + AIR_STEP_M * np.arange(AIR_LEVELS)
    pressure = np.array([pressure_pa(height) for height in height_m.tolist()])
    temperature = np.array([temperature_k(height) for height in height_m.tolist()])
    vapour = vapour_gpm3 * np.exp(-height_m / VAPOUR_SCALE_M)
    dry = pressure - vapour_pressure_pa(vapour, temperature)
    return gas_attenuation_dbpkm(frequency_hz[:, None], dry, temperature, vapour)


def loss_table(sensors: SensorTable, sensing: SensingTable, weather: Weather) -> LossTable:
    """The two-way loss of every sensor's signal; zeros for what is no radar.

    Radars of one frequency at one height share what is computed. The rain's polarisation is taken as circular, which
    is also the middle between horizontal and vertical.

    Args:
        sensors: S sensors.
        sensing: their physics.
        weather: rain and vapour, the same everywhere.
    """
    table = np.zeros((len(sensors.names), ELEVATIONS, RANGES), np.float32)
    radars = np.flatnonzero(sensors.kind == SensorKind.RADAR)
    bands, band = np.unique(sensing.frequency_hz[radars], return_inverse=True)
    air = air_attenuation_dbpkm(bands, weather.vapour_gpm3)
    rain = rain_attenuation_dbpkm(bands, weather.rain_mmph)
    first: dict[tuple[int, float], int] = {}
    for radar, row in zip(radars.tolist(), band.tolist(), strict=True):
        height_m = float(sensors.height_m[radar])
        like = first.setdefault((row, height_m), radar)
        if like != radar:
            table[radar] = table[like]
            continue
        fill_loss(air[row], float(rain[row]), weather.rain_top_m, height_m, table[radar])
    return LossTable(table)
