"""Free and boosted flight over a rotating WGS 84 Earth: gravity with J2 to J4, drag in the standard atmosphere.

Forward integration only: a start, a thrust profile and the air give a path. The equations are those of a point
mass in the Earth-fixed frame (ECEF): gravity with the zonal harmonics J2, J3 and J4 (Vallado, "Fundamentals of
Astrodynamics and Applications", 4th ed. 2013, section 8.6; Montenbruck and Gill, "Satellite Orbits", 2000, section
3.2), centrifugal and Coriolis terms, drag against air that turns with the Earth, D/m = rho v^2 C(M) / (2 beta) with the
ballistic coefficient beta = m / (Cd A) at the reference Mach number and the ratio C of `atmosphere`.

They are integrated by the Runge-Kutta pair of orders 5 and 4 of Dormand and Prince ("A family of embedded
Runge-Kutta formulae", J. Comp. Appl. Math. 6, 1980), whose step follows the estimate of its error, and read between
steps by the interpolant of order 4 of Hairer, Norsett and Wanner ("Solving Ordinary Differential Equations I", 2nd
ed. 1993, section II.6).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.atmosphere import drag_rate
from skypact.kernels.frame import geodetic_from_ecef
from skypact.kernels.jit import kernel
from skypact.kernels.terrain import height_m
from skypact.kernels.wgs84 import A_M, B_M, GM_M3_S2, J2, J3, J4, OMEGA_RAD_S

REENTRY_M = 90_000.0
"""Below this height a descent after burnout is called re-entry; it changes nothing else."""
BOOST = 0
COAST = 1
REENTRY = 2

UNTIL_S, IGNITION_S, THRUST_MPS2, LOSS_PER_S, MASS, ALONG = 0, 1, 2, 3, 4, 5
"""Columns of a leg of the boost: its end, the ignition of its stage, the acceleration by thrust then, the share of the
mass then that burns in a second, that mass over the mass after the boost, and (three) the direction of thrust in ECEF.
Thrust and area stay as they are while the mass falls, so that the acceleration grows and drag takes less of a heavier
body."""
LEG_WIDTH = 8

_TOLERANCE_M = 2e-3
_TOLERANCE_MPS = 2e-5
_FIRST_STEP_S = 0.1
_LEAST_STEP_S = 1e-4
_WATCH_S = 0.25
_HALVINGS = 24
_HIGHEST_GROUND_M = 9_000.0
_DEG = 180.0 / math.pi

_NODE = np.array([0.2, 0.3, 0.8, 8 / 9, 1.0, 1.0])
_PART = np.array(
    [
        [1 / 5, 0, 0, 0, 0, 0],
        [3 / 40, 9 / 40, 0, 0, 0, 0],
        [44 / 45, -56 / 15, 32 / 9, 0, 0, 0],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0, 0],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656, 0],
        [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
    ]
)
_ERROR = np.array([71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40])
_DENSE = np.array(
    [
        -12715105075 / 11282082432,
        0,
        87487479700 / 32700410799,
        -10690763975 / 1880347072,
        701980252875 / 199316789632,
        -1453857185 / 822651844,
        69997945 / 29380423,
    ]
)


class Planet(NamedTuple):
    """What turns a flight's surroundings on and off: rotation, zonal harmonics, air and the shape of the ground."""

    omega_rad_s: float
    j2: float
    j3: float
    j4: float
    air: float
    """Factor on the density of the air; 0 for none."""
    a_m: float
    b_m: float
    """Semi-axes; equal ones make a sphere."""


EARTH = Planet(OMEGA_RAD_S, J2, J3, J4, 1.0, A_M, B_M)
"""The Earth as it is."""


@kernel
def height_above_ellipsoid_m(x: float, y: float, z: float, a_m: float, b_m: float) -> float:
    """Height above an ellipsoid along the radius, m: within 1 m of the geodetic height below 100 km."""
    across2 = x * x + y * y
    r = math.sqrt(across2 + z * z)
    return r - a_m * b_m * r / math.sqrt(b_m * b_m * across2 + a_m * a_m * z * z)


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
    t_s: float,
    leg: NDArray[np.float64],
    beta_kgpm2: float,
    tumbling: bool,
    planet: Planet,
    out: NDArray[np.float64],
) -> None:
    """Fill out[6] with the rate of state[6] (ECEF m, m/s) on a leg[8] of the boost: velocity and acceleration.

    A zonal harmonic J of degree n pulls with (GM / r2) J (a / r)^n [P'(n+1) u - P'(n) p]: u up, p along the axis,
    P' the derivatives of Legendre's polynomials in the sine of the latitude.
    """
    x, y, z = state[0], state[1], state[2]
    vx, vy, vz = state[3], state[4], state[5]
    r2 = x * x + y * y + z * z
    r = math.sqrt(r2)
    g = GM_M3_S2 / r2
    s = z / r
    s2 = s * s
    q = planet.a_m / r
    k2 = planet.j2 * q * q
    k3 = planet.j3 * q * q * q
    k4 = planet.j4 * q * q * q * q
    up = (
        1.5 * k2 * (5.0 * s2 - 1.0)
        + 2.5 * k3 * s * (7.0 * s2 - 3.0)
        + 1.875 * k4 * (s2 * (21.0 * s2 - 14.0) + 1.0)
    )
    polar = 3.0 * k2 * s + 1.5 * k3 * (5.0 * s2 - 1.0) + 2.5 * k4 * s * (7.0 * s2 - 3.0)
    radial = g * (up - 1.0) / r
    omega = planet.omega_rad_s
    left = 1.0 - leg[LOSS_PER_S] * (t_s - leg[IGNITION_S])
    size = leg[THRUST_MPS2] / left
    drag = 0.0
    if planet.air > 0.0:
        high = r - planet.a_m * planet.b_m / math.sqrt(
            planet.b_m * planet.b_m * (1.0 - s2) + planet.a_m * planet.a_m * s2
        )
        speed = math.sqrt(vx * vx + vy * vy + vz * vz)
        drag = planet.air * drag_rate(high, speed, tumbling) / (beta_kgpm2 * leg[MASS] * left)
    out[0], out[1], out[2] = vx, vy, vz
    out[3] = (radial + omega * omega) * x + 2.0 * omega * vy - drag * vx + size * leg[ALONG]
    out[4] = (radial + omega * omega) * y - 2.0 * omega * vx - drag * vy + size * leg[ALONG + 1]
    out[5] = radial * z - g * polar - drag * vz + size * leg[ALONG + 2]


@kernel
def step(
    state: NDArray[np.float64],
    t_s: float,
    h_s: float,
    leg: NDArray[np.float64],
    beta_kgpm2: float,
    tumbling: bool,
    planet: Planet,
    rates: NDArray[np.float64],
    after: NDArray[np.float64],
) -> float:
    """Fill after[6] with the state h_s later; the estimated error over what is allowed.

    rates[7, 6]: the first is given, the rest are filled; the last is that at the end.
    """
    for stage in range(6):
        for j in range(6):
            total = 0.0
            for m in range(stage + 1):
                total += _PART[stage, m] * rates[m, j]
            after[j] = state[j] + h_s * total
        t = t_s + _NODE[stage] * h_s
        acceleration(after, t, leg, beta_kgpm2, tumbling, planet, rates[stage + 1])
    worst = 0.0
    for j in range(6):
        total = 0.0
        for m in range(7):
            total += _ERROR[m] * rates[m, j]
        worst = max(worst, abs(h_s * total) / (_TOLERANCE_M if j < 3 else _TOLERANCE_MPS))
    return worst


@kernel
def interpolant(
    state: NDArray[np.float64],
    after: NDArray[np.float64],
    h_s: float,
    rates: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Fill out[5, 6] with the coefficients by which `inside` reads a step."""
    for j in range(6):
        total = 0.0
        for m in range(7):
            total += _DENSE[m] * rates[m, j]
        change = after[j] - state[j]
        bend = h_s * rates[0, j] - change
        out[0, j] = state[j]
        out[1, j] = change
        out[2, j] = bend
        out[3, j] = change - h_s * rates[6, j] - bend
        out[4, j] = h_s * total


@kernel
def inside(coefficients: NDArray[np.float64], part: float, out: NDArray[np.float64]) -> None:
    """Fill out[6] with the state at a part (0 to 1) of a step."""
    rest = 1.0 - part
    for j in range(6):
        c = coefficients[3, j] + rest * coefficients[4, j]
        c = coefficients[2, j] + part * c
        c = coefficients[1, j] + rest * c
        out[j] = coefficients[0, j] + part * c


@kernel
def grounded(
    heights_m: NDArray[np.int16],
    lat0_deg: float,
    lon0_deg: float,
    step_deg: float,
    planet: Planet,
    state: NDArray[np.float64],
) -> bool:
    """Whether state[6] sinks at or under the ground; on a sphere the ground is the sphere."""
    x, y, z = state[0], state[1], state[2]
    if x * state[3] + y * state[4] + z * state[5] >= 0.0:
        return False
    rough = height_above_ellipsoid_m(x, y, z, planet.a_m, planet.b_m)
    if rough > _HIGHEST_GROUND_M:
        return False
    if planet.a_m == planet.b_m:
        return rough <= 0.0
    lat, lon, high = geodetic_from_ecef(x, y, z)
    return high <= ground_m(heights_m, lat0_deg, lon0_deg, step_deg, lat, lon)


@kernel
def landing(
    heights_m: NDArray[np.int16],
    lat0_deg: float,
    lon0_deg: float,
    step_deg: float,
    planet: Planet,
    coefficients: NDArray[np.float64],
    h_s: float,
    point: NDArray[np.float64],
) -> float:
    """The part of a step at which it first meets the ground, point[6] then filled with the state there; -1 if none.

    The step is looked at every quarter of a second and then halved 24 times: to 1e-6 s of the interpolant. What ends
    a step higher than any ground has not met it.
    """
    inside(coefficients, 1.0, point)
    if height_above_ellipsoid_m(point[0], point[1], point[2], planet.a_m, planet.b_m) > _HIGHEST_GROUND_M:
        return -1.0
    looks = max(int(math.ceil(h_s / _WATCH_S)), 1)
    before = 0.0
    for k in range(looks + 1):
        part = k / looks
        inside(coefficients, part, point)
        if grounded(heights_m, lat0_deg, lon0_deg, step_deg, planet, point):
            over, under = before, part
            for _ in range(_HALVINGS):
                middle = 0.5 * (over + under)
                inside(coefficients, middle, point)
                if grounded(heights_m, lat0_deg, lon0_deg, step_deg, planet, point):
                    under = middle
                else:
                    over = middle
            inside(coefficients, under, point)
            return under
        before = part
    return -1.0


@kernel
def fly(
    heights_m: NDArray[np.int16],
    lat0_deg: float,
    lon0_deg: float,
    step_deg: float,
    start: NDArray[np.float64],
    first_s: float,
    longest_s: float,
    legs: NDArray[np.float64],
    beta_kgpm2: float,
    tumbling: bool,
    planet: Planet,
    out: NDArray[np.float64],
    phase: NDArray[np.uint8],
    end: NDArray[np.float64],
) -> int:
    """Fly from start[6] to the ground: the number of rows to the first at or after arrival, 0 where there is none.

    Args:
        heights_m, lat0_deg, lon0_deg, step_deg: the terrain; not looked at where `planet` is a sphere.
        start: ECEF m, m/s at time zero.
        first_s: time of the first row.
        longest_s: time at which to give up.
        legs: f8[m, 8], the boost in order (see `UNTIL_S`); none for free flight.
        beta_kgpm2, tumbling: ballistic coefficient after the boost, and whether the body is a tumbling piece.
        planet: rotation, zonal harmonics, air, shape.
        out: f8[n, 6], filled with the states at first_s, first_s + 1 ...; rows beyond it are not kept.
        phase: u1[n], filled: boost; coast; re-entry, that is, descent below 90 km after the boost.
        end: f8[10], filled with the time (s) and the position (m) of arrival, and the state at the boost's end.
    """
    state, after, point = start.copy(), np.empty(6), np.empty(6)
    rates, coefficients, free = np.empty((7, 6)), np.empty((5, 6)), np.zeros(LEG_WIDTH)
    burnout_s = legs[-1, UNTIL_S] if legs.shape[0] > 0 else 0.0
    free[UNTIL_S], free[MASS] = longest_s, 1.0
    end[4:] = start
    t, h, row, rows, at = 0.0, _FIRST_STEP_S, 0, 0, 0
    leg = legs[0] if legs.shape[0] > 0 else free
    acceleration(state, t, leg, beta_kgpm2, tumbling, planet, rates[0])
    while t < longest_s:
        h = min(max(h, _LEAST_STEP_S), leg[UNTIL_S] - t)
        error = step(state, t, h, leg, beta_kgpm2, tumbling, planet, rates, after)
        if error > 1.0 and h > _LEAST_STEP_S:
            h *= max(0.2, 0.9 * error**-0.2)
            continue
        interpolant(state, after, h, rates, coefficients)
        if rows == 0:
            part = landing(heights_m, lat0_deg, lon0_deg, step_deg, planet, coefficients, h, point)
            if part >= 0.0:
                end[0], end[1:4] = t + part * h, point[:3]
                rows = int(max(math.ceil(end[0] - first_s), 0.0)) + 1
        t_after = t + h if leg[UNTIL_S] - t - h > 1e-9 else leg[UNTIL_S]
        while row < out.shape[0] and first_s + row <= t_after and (rows == 0 or row < rows):
            inside(coefficients, (first_s + row - t) / h, out[row])
            phase[row] = label(out[row], first_s + row < burnout_s, planet)
            row += 1
        if rows > 0 and (row >= rows or row >= out.shape[0]):
            return rows
        t = t_after
        state[:] = after
        rates[0] = rates[6]
        h *= min(5.0, 0.9 * max(error, 1e-6) ** -0.2)
        if t >= leg[UNTIL_S] and at < legs.shape[0]:
            at += 1
            leg = legs[at] if at < legs.shape[0] else free
            acceleration(state, t, leg, beta_kgpm2, tumbling, planet, rates[0])
            h = min(h, 1.0)
            if at == legs.shape[0]:
                end[4:] = state
    return rows


@kernel
def label(state: NDArray[np.float64], boosts: bool, planet: Planet) -> int:
    """The phase of state[6]: boost, re-entry where it sinks below 90 km, coast otherwise."""
    if boosts:
        return BOOST
    x, y, z = state[0], state[1], state[2]
    climbing = x * state[3] + y * state[4] + z * state[5] > 0.0
    high = height_above_ellipsoid_m(x, y, z, planet.a_m, planet.b_m) >= REENTRY_M
    return COAST if climbing or high else REENTRY
