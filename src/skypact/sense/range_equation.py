"""The radar range equation: what a radar's catalogue values give at a reference range."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from skypact.errors import UsageError
from skypact.model.network import F8
from skypact.model.quantity import LIGHT_MPS

BOLTZMANN_JPK = 1.380649e-23
"""J/K, exact by definition (SI, 2019)."""

_REFERENCE_RANGE_M = 100.0e3


def snr_db_100km_1m2(
    peak_power_w: ArrayLike,
    pulse_width_s: ArrayLike,
    coherent_pulses: ArrayLike,
    gain_db: ArrayLike,
    frequency_hz: ArrayLike,
    system_temperature_k: ArrayLike,
    losses_db: ArrayLike,
) -> F8:
    """Signal to noise (dB) of one coherent burst from 1 m2 at 100 km on the beam's axis, in free space.

    The ratio of energies behind a matched filter, whatever the pulse's modulation (Skolnik, "Introduction to Radar
    Systems", 3rd ed., 2001, chapter 1; Blake, "Radar Range-Performance Analysis", 1986, for the temperature):

        snr = P tau n G^2 lambda^2 sigma / ((4 pi)^3 R^4 k T L)

    with sigma = 1 m2, R = 100 km and k Boltzmann's constant. Arguments broadcast.

    Args:
        peak_power_w: P.
        pulse_width_s: tau, of the transmitted pulse.
        coherent_pulses: n, added in phase.
        gain_db: G, of transmission and of reception alike.
        frequency_hz: speed of light / lambda.
        system_temperature_k: T, of the whole system referred to the antenna's output.
        losses_db: L, all that is lost between transmitter and detector that no other parameter holds, both ways.

    Raises:
        UsageError: a value is not finite, or not above 0 where that is needed.
    """
    given = locals()
    values = {name: np.asarray(value, dtype=np.float64) for name, value in given.items()}
    for name, value in values.items():
        sound = np.isfinite(value) & (name.endswith("_db") | (value > 0.0))
        if not np.all(sound):
            raise UsageError(
                "snr_db_100km_1m2", f"{name} is {value}", "Give finite values, above 0 but for decibels."
            )
    energy_j = values["peak_power_w"] * values["pulse_width_s"] * values["coherent_pulses"]
    wavelength_m = LIGHT_MPS / values["frequency_hz"]
    spread = (4.0 * math.pi) ** 3 * _REFERENCE_RANGE_M**4
    noise_j = BOLTZMANN_JPK * values["system_temperature_k"]
    ratio = energy_j * wavelength_m**2 / (spread * noise_j)
    snr_db: F8 = 10.0 * np.log10(ratio) + 2.0 * values["gain_db"] - values["losses_db"]
    return snr_db
