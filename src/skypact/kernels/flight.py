"""Free and boosted flight over a rotating WGS 84 Earth: gravity with J2, drag in the standard atmosphere.

Forward integration only: a start, a thrust profile and the air give a path. The equations are those of a point
mass in the Earth-fixed frame (ECEF): central gravity and its second zonal harmonic (Vallado, "Fundamentals of
Astrodynamics and Applications", 4th ed. 2013, section 8.7), centrifugal and Coriolis terms, drag against air that
turns with the Earth, D/m = rho v^2 / (2 beta) with the ballistic coefficient beta = m / (Cd A). The air ends at 90 km.
Rotation, J2 and air are switched by `omega_rad_s`, `j2` and `air` (a factor on density).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.frame import geodetic_from_ecef
from skypact.kernels.jit import kernel
from skypact.kernels.terrain import height_m
from skypact.kernels.wgs84 import A_M, B_M, GM_M3_S2

AIR_TOP_M = 90_000.0
"""Height above which there is no drag, m."""
STEP_S = 0.5
"""Step of the integration; drag that acts faster than that shortens it (see `fly`)."""
BOOST = 0
COAST = 1
REENTRY = 2

_STIFFNESS = 0.25
_MAX_SUBSTEPS = 400
_HIGHEST_GROUND_M = 9_000.0
_DEG = 180.0 / math.pi

# U.S. Standard Atmosphere 1976 (NOAA-S/T 76-1562), tables 2 and 4: geopotential base height (m'), base
# temperature (K), lapse rate (K/m') and base pressure (Pa) of the layers; R = R* / M0 (J/kg/K).
_BASE_M = (0.0, 11_000.0, 20_000.0, 32_000.0, 47_000.0, 51_000.0, 71_000.0, 84_852.0)
_BASE_K = (288.15, 216.65, 216.65, 228.65, 270.65, 270.65, 214.65, 186.946)
_LAPSE = (-0.0065, 0.0, 0.001, 0.0028, 0.0, -0.0028, -0.002, 0.0)
_BASE_PA = (101_325.0, 22_632.06, 5_474.889, 868.0187, 110.9063, 66.93887, 3.956420, 0.3733836)
_GAS = 287.05287
_G0 = 9.80665
_GEOPOTENTIAL_RADIUS_M = 6_356_766.0


@kernel
def density_kgpm3(above_ellipsoid_m: float) -> float:
    """Density of the U.S. Standard Atmosphere 1976 at a height, kg/m3; 0 above 90 km.

    Up to 84,852 m of geopotential height by the seven layers, from there isothermal; below zero the first layer
    goes on. The standard's height above sea level is taken as the height above the ellipsoid.
    """
    if above_ellipsoid_m >= AIR_TOP_M:
        return 0.0
    h = _GEOPOTENTIAL_RADIUS_M * above_ellipsoid_m / (_GEOPOTENTIAL_RADIUS_M + above_ellipsoid_m)
    i = 0
    while i < 7 and h >= _BASE_M[i + 1]:
        i += 1
    over = h - _BASE_M[i]
    lapse = _LAPSE[i]
    base = _BASE_K[i]
    temperature = base + lapse * over
    if lapse == 0.0:
        pressure = _BASE_PA[i] * math.exp(-_G0 * over / (_GAS * base))
    else:
        pressure = _BASE_PA[i] * (base / temperature) ** (_G0 / (_GAS * lapse))
    return pressure / (_GAS * temperature)


@kernel
def height_above_ellipsoid_m(x: float, y: float, z: float) -> float:
    """Height above the ellipsoid along the radius, m: within 1 m of the geodetic height below 100 km."""
    across2 = x * x + y * y
    r2 = across2 + z * z
    r = math.sqrt(r2)
    surface = A_M * B_M * r / math.sqrt(B_M * B_M * across2 + A_M * A_M * z * z)
    return r - surface


@kernel
def ground_m(
    heights_m: NDArray[np.int16], lat0_deg: float, lon0_deg: float, step_deg: float, lat: float, lon: float
) -> float:
    """Height of the ground (m) at a point (rad); beyond the edge of the grid, that of the nearest edge point."""
    rows, cols = heights_m.shape
    north = lat0_deg + (rows - 1) * step_deg
    east = lon0_deg + (cols - 1) * step_deg
    lat_deg = min(max(lat * _DEG, lat0_deg), north)
    lon_deg = min(max(lon * _DEG, lon0_deg), east)
    y = min((lat_deg - lat0_deg) / step_deg, rows - 1.0)
    x = min((lon_deg - lon0_deg) / step_deg, cols - 1.0)
    return height_m(heights_m, 0.0, 0.0, 1.0, y, x)


@kernel
def acceleration(
    state: NDArray[np.float64],
    thrust: NDArray[np.float64],
    beta_kgpm2: float,
    omega_rad_s: float,
    j2: float,
    air: float,
    out: NDArray[np.float64],
) -> None:
    """Fill out[6] with the rate of state[6] (ECEF m, m/s): velocity and acceleration with thrust[3] (m/s2)."""
    x, y, z = state[0], state[1], state[2]
    vx, vy, vz = state[3], state[4], state[5]
    r2 = x * x + y * y + z * z
    r = math.sqrt(r2)
    central = -GM_M3_S2 / (r2 * r)
    oblate = 1.5 * j2 * A_M * A_M / r2
    polar = 5.0 * z * z / r2
    across = central * (1.0 + oblate * (1.0 - polar)) + omega_rad_s * omega_rad_s
    out[0], out[1], out[2] = vx, vy, vz
    out[3] = across * x + 2.0 * omega_rad_s * vy + thrust[0]
    out[4] = across * y - 2.0 * omega_rad_s * vx + thrust[1]
    out[5] = central * (1.0 + oblate * (3.0 - polar)) * z + thrust[2]
    if air > 0.0 and r < A_M + AIR_TOP_M:
        rho = air * density_kgpm3(height_above_ellipsoid_m(x, y, z))
        drag = 0.5 * rho * math.sqrt(vx * vx + vy * vy + vz * vz) / beta_kgpm2
        out[3] -= drag * vx
        out[4] -= drag * vy
        out[5] -= drag * vz


@kernel
def advance(
    state: NDArray[np.float64],
    dt_s: float,
    thrust: NDArray[np.float64],
    beta_kgpm2: float,
    omega_rad_s: float,
    j2: float,
    air: float,
    work: NDArray[np.float64],
) -> None:
    """Move state[6] by one classical Runge-Kutta step of dt_s in place; work is [5, 6]."""
    acceleration(state, thrust, beta_kgpm2, omega_rad_s, j2, air, work[0])
    for k in range(1, 4):
        part = dt_s if k == 3 else 0.5 * dt_s
        for j in range(6):
            work[4, j] = state[j] + part * work[k - 1, j]
        acceleration(work[4], thrust, beta_kgpm2, omega_rad_s, j2, air, work[k])
    for j in range(6):
        state[j] += dt_s / 6.0 * (work[0, j] + 2.0 * work[1, j] + 2.0 * work[2, j] + work[3, j])


@kernel
def advance_finely(
    state: NDArray[np.float64],
    dt_s: float,
    thrust: NDArray[np.float64],
    beta_kgpm2: float,
    omega_rad_s: float,
    j2: float,
    air: float,
    work: NDArray[np.float64],
) -> None:
    """Move state[6] by dt_s in as many equal Runge-Kutta steps as drag needs (its rate times the step <= 0.25)."""
    n = 1
    if air > 0.0:
        rho = air * density_kgpm3(height_above_ellipsoid_m(state[0], state[1], state[2]))
        speed = math.sqrt(state[3] ** 2 + state[4] ** 2 + state[5] ** 2)
        n = min(1 + int(dt_s * rho * speed / beta_kgpm2 / _STIFFNESS), _MAX_SUBSTEPS)
    for _ in range(n):
        advance(state, dt_s / n, thrust, beta_kgpm2, omega_rad_s, j2, air, work)


@kernel
def above_ground_m(
    heights_m: NDArray[np.int16],
    lat0_deg: float,
    lon0_deg: float,
    step_deg: float,
    state: NDArray[np.float64],
) -> float:
    """Height (m) of state[6] above the ground; above 9 km, above the ellipsoid less 9 km (nothing is as high)."""
    rough = height_above_ellipsoid_m(state[0], state[1], state[2])
    if rough > _HIGHEST_GROUND_M:
        return rough - _HIGHEST_GROUND_M
    lat, lon, h = geodetic_from_ecef(state[0], state[1], state[2])
    return h - ground_m(heights_m, lat0_deg, lon0_deg, step_deg, lat, lon)


@kernel
def boosted_step(
    state: NDArray[np.float64],
    t_s: float,
    dt_s: float,
    thrust_mps2: float,
    rise_s: float,
    burn_s: float,
    directions: NDArray[np.float64],
    beta_kgpm2: float,
    omega_rad_s: float,
    j2: float,
    air: float,
    thrust: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Move state[6] from t_s by dt_s, broken where the thrust changes: up until rise_s, along until burn_s, none.

    directions[0:3] is the unit vector of the rise, directions[3:6] that of the rest of the burn (ECEF).
    """
    t = t_s
    stop = t_s + dt_s
    while stop - t > 1e-9:
        edge = stop
        size = 0.0
        first = 3
        if t < burn_s - 1e-9:
            size = thrust_mps2
            edge = min(stop, burn_s)
            if t < rise_s - 1e-9:
                first = 0
                edge = min(edge, rise_s)
        for j in range(3):
            thrust[j] = size * directions[first + j]
        advance_finely(state, edge - t, thrust, beta_kgpm2, omega_rad_s, j2, air, work)
        t = edge


@kernel
def fly(
    heights_m: NDArray[np.int16],
    lat0_deg: float,
    lon0_deg: float,
    step_deg: float,
    start: NDArray[np.float64],
    thrust_mps2: float,
    rise_s: float,
    burn_s: float,
    directions: NDArray[np.float64],
    beta_kgpm2: float,
    omega_rad_s: float,
    j2: float,
    air: float,
    out: NDArray[np.float64],
    phase: NDArray[np.uint8],
    end: NDArray[np.float64],
) -> int:
    """Fly from start[6] to the ground: the number of rows written, 0 where it has not come down within them.

    Args:
        heights_m, lat0_deg, lon0_deg, step_deg: the terrain.
        start: ECEF m, m/s at time zero.
        thrust_mps2, rise_s, burn_s, directions: the boost (`boosted_step`); burn_s 0 for free flight.
        beta_kgpm2: ballistic coefficient.
        omega_rad_s, j2, air: rotation, oblateness, factor on density.
        out: f8[n, 6], filled with the state at 0, 1, 2 ... s; the last row is at or after the arrival.
        phase: u1[n], filled: boost; coast; re-entry, that is, descent below 90 km after burnout.
        end: f8[4], filled with the time (s) and the ECEF position (m) of arrival at the ground.
    """
    state = start.copy()
    before = np.empty(6)
    thrust = np.zeros(3)
    work = np.empty((5, 6))
    per_row = int(round(1.0 / STEP_S))
    height = above_ground_m(heights_m, lat0_deg, lon0_deg, step_deg, state)
    down = False
    for row in range(out.shape[0]):
        out[row] = state
        climbing = state[0] * state[3] + state[1] * state[4] + state[2] * state[5] > 0.0
        high = height_above_ellipsoid_m(state[0], state[1], state[2]) >= AIR_TOP_M
        phase[row] = BOOST if row < burn_s else (COAST if climbing or high else REENTRY)
        if down:
            return row + 1
        for k in range(per_row):
            t = row + k * STEP_S
            before[:] = state
            boosted_step(
                state, t, STEP_S, thrust_mps2, rise_s, burn_s, directions, beta_kgpm2, omega_rad_s, j2, air,
                thrust, work,
            )  # fmt: skip
            last = height
            height = above_ground_m(heights_m, lat0_deg, lon0_deg, step_deg, state)
            sinking = state[0] * state[3] + state[1] * state[4] + state[2] * state[5] < 0.0
            if not down and height <= 0.0 and sinking and t + STEP_S > burn_s:
                down = True
                part = min(max(last / (last - height), 0.0), 1.0) if last > height else 0.0
                end[0] = t + part * STEP_S
                for j in range(3):
                    end[1 + j] = before[j] + part * (state[j] - before[j])
    return 0
