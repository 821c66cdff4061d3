"""Objects that no sensor has detected yet: a Poisson process of one density over the region under surveillance.

New objects appear at `births` per second and unit of space and end at `deaths` per second; each look thins them out.
Before the first look the density is the stationary one, births / deaths: nobody has looked. While one looks again and
again it falls to the stationary density of what is still undetected (Williams, IEEE Trans. AES 51(3), 2015, section
III.B, with a uniform density).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.layout import (
    BEARING,
    BEARING_ELEVATION,
    BIAS,
    NEW_ELEVATION,
    NEW_ELEVATION_SIGMA,
    NEW_RANGE,
    NEW_RANGE_SIGMA,
    ORIGIN,
    POSITION,
    RANGE_BEARING_ELEVATION,
    RANGE_BEARING_ELEVATION_RATE,
    RANGE_BEARING_RATE,
    RANGE_DIFFERENCE,
    VELOCITY,
    Scan,
)
from skypact.kernels.multitarget.measurement import place

_ROOT_TWO_PI = math.sqrt(2.0 * math.pi)


@kernel
def age_density(density: float, births: float, deaths_per_s: float, dt_s: float) -> float:
    """The density of undetected objects (per m^d) after dt_s >= 0 without a look.

    Args:
        density: before, per m^d.
        births: per m^d and second.
        deaths_per_s: chance of an object to end, per second.
        dt_s: time gone by.
    """
    if deaths_per_s * dt_s < 1e-9:
        return density + births * dt_s
    left = math.exp(-deaths_per_s * dt_s)
    return density * left + births / deaths_per_s * (1.0 - left)


@kernel
def space_of(kind: int, sensor: NDArray[np.float64], d: int, z: NDArray[np.float64]) -> float:
    """Space (m^d) that one unit of a position measurement's volume stands for; the range rate is left out.

    That is the determinant of place by measurement. A range or elevation that is not measured is one that the
    sensor's row assumes, and counts with the width of a normal density, sqrt(2 pi) sigma.

    Args:
        kind: what is measured.
        sensor: [N_SENSOR].
        d: dimensions of space.
        z: [m] measurement.

    Returns:
        m^d per m and rad as measured; 0 for a range difference, which tells no place.
    """
    if kind == POSITION:
        return 1.0
    if kind == RANGE_DIFFERENCE:
        return 0.0
    ranged = kind != BEARING and kind != BEARING_ELEVATION
    r = float(z[0] - sensor[BIAS] if ranged else sensor[NEW_RANGE])
    space = 1.0 if ranged else _ROOT_TWO_PI * float(sensor[NEW_RANGE_SIGMA])
    if d == 2:
        return max(space * r, 0.0)
    if kind in (RANGE_BEARING_ELEVATION, RANGE_BEARING_ELEVATION_RATE, BEARING_ELEVATION):
        k = 2 if ranged else 1
        elevation = float(z[k] - sensor[BIAS + k])
    else:
        elevation = float(sensor[NEW_ELEVATION])
        space *= _ROOT_TWO_PI * float(sensor[NEW_ELEVATION_SIGMA])
    return max(space * r * r * math.cos(elevation), 0.0)


@kernel
def expect_new(
    scan: Scan,
    d: int,
    density: float,
    chance: float,
    speed_sigma_mps: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write how densely detections of undetected objects lie at each detection, per unit of the measurement's volume.

    Args:
        scan: detections.
        d: dimensions of space.
        density: undetected objects per m^d.
        chance: that the sensor detects one of them.
        speed_sigma_mps: [3] standard deviation of a new object's velocity by axis; tells how likely a range rate is.
        out: [n] written, 0 where the detection tells no place.
    """
    pos, spread = np.zeros(3), np.zeros((3, 3))
    rated = scan.kind == RANGE_BEARING_RATE or scan.kind == RANGE_BEARING_ELEVATION_RATE
    for j in range(scan.z.shape[0]):
        z = scan.z[j]
        noise = scan.noise[0 if scan.noise.shape[0] == 1 else j]
        out[j] = density * chance * space_of(scan.kind, scan.sensor, d, z)
        if not rated or not out[j] > 0.0:
            continue
        place(scan.kind, scan.sensor, d, z, noise, pos, spread)
        m = z.size
        along2, variance, moving = 0.0, noise[m - 1, m - 1], 0.0
        for a in range(d):
            along = pos[a] - scan.sensor[ORIGIN + a]
            along2 += along * along
        for a in range(d):
            along = (pos[a] - scan.sensor[ORIGIN + a]) / math.sqrt(along2)
            variance += (along * speed_sigma_mps[a]) ** 2
            moving -= along * scan.sensor[VELOCITY + a]
        left = z[m - 1] - scan.sensor[BIAS + m - 1] - moving
        out[j] *= math.exp(-0.5 * left * left / variance) / (_ROOT_TWO_PI * math.sqrt(variance))
