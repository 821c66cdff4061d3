"""What gases and rain take from a radio wave, in dB per kilometre.

Gases: ITU-R P.676-12 (2019), annex 1, line by line, 1 to 1,000 GHz. Rain: ITU-R P.838-3 (2005), 1 to 1,000 GHz; below
1 GHz, where rain takes next to nothing, its formulas are carried on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skypact.earth.spectrum import ALPHA_H, ALPHA_V, LOG_K_H, LOG_K_V, OXYGEN, VAPOUR, Fit

F8 = NDArray[np.float64]

CIRCULAR_TILT_RAD = np.pi / 4.0
"""The tilt of polarisation that stands for a circular one (P.838-3)."""

_GHZ = 1e-9
_HPA = 1e-2


def vapour_pressure_pa(vapour_gpm3: ArrayLike, temperature_k: ArrayLike) -> F8:
    """Partial pressure (Pa) of water vapour of a density (g/m3): P.676-12, equation 4."""
    return np.asarray(vapour_gpm3, np.float64) * np.asarray(temperature_k, np.float64) / 216.7 / _HPA


def gas_attenuation_dbpkm(
    frequency_hz: ArrayLike, dry_pressure_pa: ArrayLike, temperature_k: ArrayLike, vapour_gpm3: ArrayLike
) -> F8:
    """Specific attenuation (dB/km) by oxygen, nitrogen and water vapour: P.676-12, annex 1, equations 1 to 9.

    Args:
        frequency_hz: 1 to 1,000 GHz in the recommendation.
        dry_pressure_pa: of the air without its vapour: the barometer's less `vapour_pressure_pa`.
        temperature_k: of the air.
        vapour_gpm3: density of water vapour.

    Returns:
        The shape of the broadcast arguments.
    """
    arrays = np.broadcast_arrays(
        *(np.asarray(a, np.float64) for a in (frequency_hz, dry_pressure_pa, temperature_k, vapour_gpm3))
    )
    f, p, t, rho = (a[..., None] for a in arrays)
    f, p = f * _GHZ, p * _HPA
    e = rho * t / 216.7
    theta = 300.0 / t

    line, a1, a2, a3, a4, a5, a6 = np.array(OXYGEN).T
    strength = a1 * 1e-7 * p * theta**3 * np.exp(a2 * (1.0 - theta))
    width = a3 * 1e-4 * (p * theta ** (0.8 - a4) + 1.1 * e * theta)
    width = np.sqrt(width**2 + 2.25e-6)  # Zeeman splitting
    overlap = (a5 + a6 * theta) * 1e-4 * (p + e) * theta**0.8
    oxygen = (strength * _shape(f, line, width, overlap)).sum(-1)

    line, b1, b2, b3, b4, b5, b6 = np.array(VAPOUR).T
    strength = b1 * 1e-1 * e * theta**3.5 * np.exp(b2 * (1.0 - theta))
    width = b3 * 1e-4 * (p * theta**b4 + b5 * e * theta**b6)
    width = 0.535 * width + np.sqrt(0.217 * width**2 + 2.1316e-12 * line**2 / theta)  # Doppler broadening
    vapour = (strength * _shape(f, line, width, 0.0)).sum(-1)

    d = 5.6e-4 * (p + e) * theta**0.8
    debye = 6.14e-5 / (d * (1.0 + (f / d) ** 2))
    nitrogen = 1.4e-12 * p * theta**1.5 / (1.0 + 1.9e-5 * f**1.5)
    dry = (f * p * theta**2 * (debye + nitrogen))[..., 0]
    return np.asarray(0.1820 * f[..., 0] * (oxygen + dry + vapour))


def _shape(f: F8, line: F8, width: F8, overlap: F8 | float) -> F8:
    """Line-shape factor, equation 5."""
    below = (width - overlap * (line - f)) / ((line - f) ** 2 + width**2)
    above = (width - overlap * (line + f)) / ((line + f) ** 2 + width**2)
    return np.asarray(f / line * (below + above))


def rain_coefficients(
    frequency_hz: ArrayLike, elevation_rad: ArrayLike = 0.0, tilt_rad: ArrayLike = CIRCULAR_TILT_RAD
) -> tuple[F8, F8]:
    """k and alpha of rain: attenuation is k R^alpha dB/km for R mm/h (P.838-3, equations 2 to 5).

    Args:
        frequency_hz: 1 to 1,000 GHz in the recommendation.
        elevation_rad: of the path.
        tilt_rad: of the polarisation against the horizontal; 0 horizontal, pi / 2 vertical, pi / 4 also circular.
    """
    log_f = np.log10(np.asarray(frequency_hz, np.float64) * _GHZ)
    k_h, k_v = 10.0 ** _fit(log_f, LOG_K_H), 10.0 ** _fit(log_f, LOG_K_V)
    by_h, by_v = k_h * _fit(log_f, ALPHA_H), k_v * _fit(log_f, ALPHA_V)
    turn = np.cos(np.asarray(elevation_rad)) ** 2 * np.cos(2.0 * np.asarray(tilt_rad))
    k = (k_h + k_v + (k_h - k_v) * turn) / 2.0
    return np.asarray(k), np.asarray((by_h + by_v + (by_h - by_v) * turn) / (2.0 * k))


def _fit(log_f: F8, fit: Fit) -> F8:
    terms, slope, constant = fit
    bells = sum(a * np.exp(-(((log_f - b) / c) ** 2)) for a, b, c in terms)
    return np.asarray(bells + slope * log_f + constant)


def rain_attenuation_dbpkm(
    frequency_hz: ArrayLike,
    rain_mmph: ArrayLike,
    elevation_rad: ArrayLike = 0.0,
    tilt_rad: ArrayLike = CIRCULAR_TILT_RAD,
) -> F8:
    """Specific attenuation (dB/km) by rain of a rate (mm/h, 0 or more); arguments as in `rain_coefficients`."""
    k, alpha = rain_coefficients(frequency_hz, elevation_rad, tilt_rad)
    return np.asarray(k * np.asarray(rain_mmph, np.float64) ** alpha)
