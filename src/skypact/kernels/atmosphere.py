"""Air at rest with the Earth, and what it does to a body: U.S. Standard Atmosphere 1976, drag by Mach number.

Density, pressure and temperature are those of NOAA-S/T 76-1562 from -5 to 1,000 km of geometric height, read from the
rows of `standard_air`: the logarithms of density and pressure linear between rows, temperature and the speed of sound
linear. Between rows density is within 0.12% of the standard below 150 km (0.02% but for the corners of the
temperature near 32, 47 and 51 km), within 0.4% above. The height above sea level is taken as that above the
ellipsoid. Real air differs more than that: by a few percent below 30 km with season and weather, by tens of percent
at 80 km, by a factor of several above 300 km with the sun.

The drag coefficient of a slender body by Mach number has the shape of the G7 standard projectile, that of tumbling
pieces the shape of the GS sphere (McCoy, "Modern Exterior Ballistics", 1999, chapter 4; the tables of the U.S. Army
Ballistic Research Laboratory): a steep rise through Mach 1, a slow fall above. Only ratios are used; the size is the
ballistic coefficient. Doubt: other slender bodies differ from the ratio by about 30% (the A-4 of Sutton and Biblarz,
"Rocket Propulsion Elements", 9th ed. 2017, chapter 4, has 2.7 times its coefficient of Mach 5 at Mach 1.2 and about the
same as at Mach 5 below Mach 0.8, the G7 projectile 2.4 and 0.74 times). Above the last row the ratio is constant (Mach
number independence: Anderson, "Hypersonic and High-Temperature Gas Dynamics", 2nd ed. 2006, section 4.4).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import standard_air
from skypact.kernels.jit import kernel

REFERENCE_MACH = 3.0
"""Where `drag_ratio` is 1: a ballistic coefficient is that of supersonic flight, about the mean of a descent."""

_LOWEST_M = standard_air.LOWEST_M
_JOINT_M = standard_air.JOINT_M
_HIGHEST_M = standard_air.HIGHEST_M
_FINE_PER_M = 1.0 / standard_air.FINE_M
_COARSE_PER_M = 1.0 / standard_air.COARSE_M
_JOINT_ROW = (_JOINT_M - _LOWEST_M) * _FINE_PER_M
_LAST_ROW = len(standard_air.DENSITY_KGPM3) - 1.0
_LOG_DENSITY = np.log(standard_air.DENSITY_KGPM3)
_LOG_PRESSURE = np.log(standard_air.PRESSURE_PA)
_TEMPERATURE = standard_air.TEMPERATURE_K
_SOUND_SPEED = np.sqrt(1.4 * standard_air.PRESSURE_PA / standard_air.DENSITY_KGPM3)
_AIR = np.stack([_LOG_DENSITY, 1.0 / _SOUND_SPEED], axis=1)
"""What `drag_rate` reads, side by side: logarithm of density, Mach number per m/s."""

_MACH_ROWS = 20.0
# fmt: off
_G7 = np.array([
    0.1198, 0.1197, 0.1196, 0.1194, 0.1193, 0.1194, 0.1194, 0.1194, 0.1193, 0.1193, 0.1194, 0.1193, 0.1194, 0.1197,
    0.1202, 0.1215, 0.1242, 0.1306, 0.1464, 0.2054, 0.3803, 0.4043, 0.4014, 0.3955, 0.3884, 0.3810, 0.3732, 0.3657,
    0.3580, 0.3510, 0.3440, 0.3376, 0.3315, 0.3260, 0.3209, 0.3160, 0.3117, 0.3078, 0.3042, 0.3010, 0.2980, 0.2951,
    0.2922, 0.2892, 0.2864, 0.2835, 0.2807, 0.2779, 0.2752, 0.2725, 0.2697, 0.2670, 0.2643, 0.2615, 0.2588, 0.2561,
    0.2533, 0.2506, 0.2479, 0.2451, 0.2424, 0.2396, 0.2368, 0.2340, 0.2313, 0.2286, 0.2258, 0.2232, 0.2205, 0.2180,
    0.2154, 0.2130, 0.2106, 0.2083, 0.2060, 0.2038, 0.2017, 0.1996, 0.1975, 0.1955, 0.1935, 0.1916, 0.1898, 0.1880,
    0.1861, 0.1844, 0.1827, 0.1810, 0.1793, 0.1777, 0.1762, 0.1746, 0.1730, 0.1716, 0.1701, 0.1686, 0.1672, 0.1658,
    0.1645, 0.1632, 0.1618,
])
_GS = np.array([
    0.4662, 0.4689, 0.4717, 0.4745, 0.4772, 0.4800, 0.4827, 0.4852, 0.4882, 0.4920, 0.4970, 0.5080, 0.5260, 0.5590,
    0.5920, 0.6258, 0.6610, 0.6985, 0.7370, 0.7757, 0.8140, 0.8512, 0.8870, 0.9210, 0.9510, 0.9740, 0.9910, 0.9990,
    1.0030, 1.0060, 1.0080, 1.0090, 1.0090, 1.0090, 1.0090, 1.0080, 1.0070, 1.0060, 1.0040, 1.0025, 1.0010, 0.9990,
    0.9970, 0.9956, 0.9940, 0.9916, 0.9890, 0.9869, 0.9850, 0.9830, 0.9810, 0.9790, 0.9770, 0.9750, 0.9730, 0.9710,
    0.9690, 0.9670, 0.9650, 0.9630, 0.9610, 0.9589, 0.9570, 0.9555, 0.9540, 0.9520, 0.9500, 0.9485, 0.9470, 0.9450,
    0.9430, 0.9414, 0.9400, 0.9385, 0.9370, 0.9355, 0.9340, 0.9325, 0.9310, 0.9295, 0.9280,
])
# fmt: on
_SLENDER = _G7 / _G7[round(REFERENCE_MACH * _MACH_ROWS)]
_TUMBLING = _GS / _GS[0]


@kernel
def _row(height_m: float) -> float:
    """The fractional row of a height; the first below -5 km, the last above 1,000 km."""
    if not height_m < _HIGHEST_M:
        return _LAST_ROW
    if height_m < _JOINT_M:
        return max((height_m - _LOWEST_M) * _FINE_PER_M, 0.0)
    return _JOINT_ROW + (height_m - _JOINT_M) * _COARSE_PER_M


@kernel
def _between(column: NDArray[np.float64], x: float) -> float:
    """A column at a fractional row, linear between rows."""
    i = min(int(x), column.shape[0] - 2)
    return float(column[i] + (x - i) * (column[i + 1] - column[i]))


@kernel
def density_kgpm3(height_m: float) -> float:
    """Density of the air at a height, kg/m3: 0 from 1,000 km up, that at -5 km below it."""
    if not height_m < _HIGHEST_M:
        return 0.0
    return math.exp(_between(_LOG_DENSITY, _row(height_m)))


@kernel
def pressure_pa(height_m: float) -> float:
    """Pressure of the air at a height, Pa: 0 from 1,000 km up, that at -5 km below it."""
    if not height_m < _HIGHEST_M:
        return 0.0
    return math.exp(_between(_LOG_PRESSURE, _row(height_m)))


@kernel
def temperature_k(height_m: float) -> float:
    """Kinetic temperature of the air at a height, K; constant below -5 and above 1,000 km."""
    return _between(_TEMPERATURE, _row(height_m))


@kernel
def sound_speed_mps(height_m: float) -> float:
    """Speed of sound at a height, m/s: the square root of 1.4 times pressure over density.

    The standard gives it up to 86 km; above, where air is hardly a continuum, it only keeps Mach numbers defined.
    """
    return _between(_SOUND_SPEED, _row(height_m))


@kernel
def drag_ratio(mach: float) -> float:
    """Drag coefficient of a slender body at a Mach number over that at Mach 3.

    1.67 at Mach 1.05, 0.49 below Mach 0.8, 0.67 from Mach 5 up.
    """
    x = mach * _MACH_ROWS
    return _between(_SLENDER, x) if x < _SLENDER.shape[0] - 1.0 else float(_SLENDER[-1])


@kernel
def tumbling_ratio(mach: float) -> float:
    """Drag coefficient of a tumbling piece at a Mach number over that at rest: 2.16 at Mach 1.6, 1.99 from Mach 4."""
    x = mach * _MACH_ROWS
    return _between(_TUMBLING, x) if x < _TUMBLING.shape[0] - 1.0 else float(_TUMBLING[-1])


@kernel
def drag_rate(height_m: float, speed_mps: float, tumbling: bool) -> float:
    """Deceleration by drag over speed, times the ballistic coefficient, kg/m2/s: density, speed and ratio, halved.

    Args:
        height_m: height; no air from 1,000 km up.
        speed_mps: speed through the air.
        tumbling: whether the body is a tumbling piece; otherwise it flies nose on.
    """
    if not height_m < _HIGHEST_M:
        return 0.0
    x = _row(height_m)
    i = min(int(x), _LOG_DENSITY.shape[0] - 2)
    part = x - i
    low, high = _AIR[i], _AIR[i + 1]
    density = math.exp(low[0] + part * (high[0] - low[0]))
    mach = speed_mps * (low[1] + part * (high[1] - low[1]))
    ratio = tumbling_ratio(mach) if tumbling else drag_ratio(mach)
    return float(0.5 * density * speed_mps * ratio)
