"""How weather weakens a near-infrared laser beam near the ground."""

from __future__ import annotations

import math

from skypact.errors import UsageError
from skypact.model.weather import Weather

WAVELENGTH_UM = 1.06
"""Notional: that of solid-state lasers."""
CLEAR_M = 23_000.0
"""Visibility of the clear day for which a laser's dwell is stated."""
OVERCAST = 0.5
"""Share of cloud from which a laser is not fired at what is higher than its base."""


def extinction_1pm(visibility_m: float, rain_mmph: float = 0.0) -> float:
    """Extinction coefficient of a near-infrared beam, per metre.

    Haze: 3.912 / V (0.55 um / wavelength)^q with Kruse's q: 1.6 above 50 km, 1.3 above 6 km, 0.585 (V / km)^(1/3) below
    (Kruse, McGlauchlin and McQuistan, Elements of Infrared Technology, 1962). Rain: 1.076 R^0.67 dB/km (Carbonneau and
    Wisely, Proc. SPIE 3232, 1998, as in ITU-R F.2106).

    Args:
        visibility_m: meteorological optical range, above 0.
        rain_mmph: rain rate, 0 or more.

    Raises:
        UsageError: a value is out of range.
    """
    if not (visibility_m > 0.0 and rain_mmph >= 0.0):
        raise UsageError(
            "extinction of a laser beam",
            f"visibility {visibility_m} m, rain {rain_mmph} mm/h",
            "Give a visibility above 0 and a rain rate of 0 or more.",
        )
    visibility_km = 1e-3 * visibility_m
    if visibility_km > 50.0:
        slope = 1.6
    elif visibility_km > 6.0:
        slope = 1.3
    else:
        slope = 0.585 * visibility_km ** (1.0 / 3.0)
    haze_1pkm = 3.912 / visibility_km * (0.55 / WAVELENGTH_UM) ** slope
    rain_1pkm = 0.1 * math.log(10.0) * 1.076 * rain_mmph**0.67
    return float(1e-3 * (haze_1pkm + rain_1pkm))


def laser_weather(weather: Weather) -> tuple[float, float]:
    """What a laser meets: extinction beyond that of a clear day (per metre, 0 or more), and its ceiling (m).

    The ceiling is the base of the clouds where they cover half of the sky, else infinite.
    """
    excess = extinction_1pm(weather.visibility_m, weather.rain_mmph) - extinction_1pm(CLEAR_M)
    ceiling_m = weather.cloud_base_m if weather.cloud_cover >= OVERCAST else math.inf
    return max(excess, 0.0), ceiling_m
