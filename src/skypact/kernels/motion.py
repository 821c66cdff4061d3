"""Prediction of one mode's mean and covariance: level flight, manoeuvre or boost, ballistic flight; ECEF, SI.

Level flight follows the Earth's curvature at constant speed and height, with a small white acceleration
(Bar-Shalom, Li and Kirubarajan 2001, section 6.2.2: continuous white noise acceleration). Ballistic flight obeys
gravity with J2 and the forces of the rotating frame; drag is that of the standard atmosphere with a notional ballistic
coefficient and, being unknown, adds a white acceleration along the velocity that rises with dynamic pressure. A boost
pushes along the velocity, more or less and the more the faster it is, for a while.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.atmosphere import drag_rate
from skypact.kernels.jit import bare, kernel
from skypact.kernels.multitarget.inline import inlined
from skypact.kernels.wgs84 import A_M, GM_M3_S2, J2, OMEGA_RAD_S, F

AIRCRAFT_SPEED_MPS = 700.0
AIRCRAFT_CLIMB_MPS = 150.0
"""What flies on wings stays below these: twice the speed of sound; fighters climb at 150 m/s for a minute or two."""
SPEED_BLEND_MPS = 100.0
CLIMB_BLEND_MPS = 30.0
"""Turn and boost blend within so much of them."""
BURN_S = 20.0
"""How much longer a boost is taken to last, once nothing is heard of it any more."""
SUBSTEP_S = 30.0
LEAST_STEP_S = 2.0
AIR_TOP_M = 70_000.0
AIR_STEP_M = 5_000.0
STRAIGHT_S = 5.0
STRAIGHT_DRAG = 0.1
"""Up to this time, and to this share of the velocity lost to drag, a covariance moves as in straight flight: the
gravity gradient is below 1e-5 of it, and leaving out the damping is cautious."""
LIFT_SHARE = 0.04
"""Variance of the acceleration across the velocity (lift, body motion) over that along it."""


@bare
def height_of(x: float, y: float, z: float) -> float:
    """Height above the ellipsoid (m) of an ECEF position, within 40 m up to 1,000 km (first order in flattening)."""
    r2 = x * x + y * y + z * z
    r = math.sqrt(r2)
    return r - A_M * (1.0 - F * z * z / r2)


@bare
def acceleration(x: float, y: float, z: float, vx: float, vy: float) -> tuple[float, float, float]:
    """Acceleration (m/s2) of free flight in ECEF: J2 gravity (Vallado 2013, section 8.6.1), centrifugal, Coriolis."""
    r2 = x * x + y * y + z * z
    g = -GM_M3_S2 / (r2 * math.sqrt(r2))
    k = 1.5 * J2 * A_M * A_M / r2
    w = 5.0 * z * z / r2
    across = g * (1.0 + k * (1.0 - w)) + OMEGA_RAD_S * OMEGA_RAD_S
    return (
        across * x + 2.0 * OMEGA_RAD_S * vy,
        across * y - 2.0 * OMEGA_RAD_S * vx,
        g * (1.0 + k * (3.0 - w)) * z,
    )


@bare
def predict_white(mean: NDArray[np.float64], cov: NDArray[np.float64], dt_s: float, q: float) -> None:
    """Advance mean[6] and cov[6, 6] in place by nearly constant velocity, spectral density q (m2/s3), any dt."""
    a = abs(dt_s)
    for i in range(3):
        mean[i] += dt_s * mean[i + 3]
    _straight_covariance(cov, dt_s)
    for i in range(3):
        cov[i, i] += q * a * a * a / 3.0
        cov[i, i + 3] += 0.5 * q * dt_s * a
        cov[i + 3, i] = cov[i, i + 3]
        cov[i + 3, i + 3] += q * a


@bare
def _straight_covariance(cov: NDArray[np.float64], dt: float) -> None:
    """cov[6, 6] <- F cov F' with position moving by velocity."""
    for i in range(3):
        for j in range(i, 3):
            c = cov[i, j] + dt * (cov[i + 3, j] + cov[i, j + 3]) + dt * dt * cov[i + 3, j + 3]
            cov[i, j] = c
            cov[j, i] = c
    for i in range(3):
        for j in range(3):
            c = cov[i, j + 3] + dt * cov[i + 3, j + 3]
            cov[i, j + 3] = c
            cov[j + 3, i] = c


@bare
def predict_level(mean: NDArray[np.float64], cov: NDArray[np.float64], dt_s: float, q: float) -> None:
    """As `predict_white`, the mean following the Earth's curvature: centripetal acceleration v_horizontal^2 / r."""
    r2 = mean[0] * mean[0] + mean[1] * mean[1] + mean[2] * mean[2]
    v2 = mean[3] * mean[3] + mean[4] * mean[4] + mean[5] * mean[5]
    climb = mean[0] * mean[3] + mean[1] * mean[4] + mean[2] * mean[5]
    curve = -(v2 - climb * climb / r2) / r2
    x, y, z = mean[0], mean[1], mean[2]
    predict_white(mean, cov, dt_s, q)
    half = 0.5 * dt_s * dt_s * curve
    turn = dt_s * curve
    mean[0] += half * x
    mean[1] += half * y
    mean[2] += half * z
    mean[3] += turn * x
    mean[4] += turn * y
    mean[5] += turn * z


@inlined
def beyond_aircraft(mean: NDArray[np.float64]) -> bool:
    """Whether a state (mean [6]) is faster than wings carry. Height is not asked: many radars do not measure it."""
    speed2 = mean[3] * mean[3] + mean[4] * mean[4] + mean[5] * mean[5]
    return bool(speed2 > AIRCRAFT_SPEED_MPS * AIRCRAFT_SPEED_MPS)


@inlined
def climb_rate(mean: NDArray[np.float64]) -> float:
    """Velocity along the radius (m/s) of a state (mean [6])."""
    r = math.sqrt(mean[0] * mean[0] + mean[1] * mean[1] + mean[2] * mean[2])
    return float((mean[0] * mean[3] + mean[1] * mean[4] + mean[2] * mean[5]) / r)


@inlined
def ramp(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high`, straight between."""
    return min(max((value - low) / (high - low), 0.0), 1.0)


@inlined
def boost_chance(climb: float, speed: float) -> float:
    """How far what does not fly level is taken to boost: 0 like an aircraft, 1 as none can.

    By its climb (m/s), or by its speed while it climbs, about `AIRCRAFT_CLIMB_MPS` and `AIRCRAFT_SPEED_MPS`.
    """
    steep = ramp(climb, AIRCRAFT_CLIMB_MPS - CLIMB_BLEND_MPS, AIRCRAFT_CLIMB_MPS + CLIMB_BLEND_MPS)
    fast = ramp(speed, AIRCRAFT_SPEED_MPS - SPEED_BLEND_MPS, AIRCRAFT_SPEED_MPS + SPEED_BLEND_MPS)
    return max(steep, fast * ramp(climb, 0.0, CLIMB_BLEND_MPS))


@inlined
def speed_gains(growth_ps: float, dt_s: float) -> tuple[float, float]:
    """Speed and path gained over a time by 1 m/s2 at rest where the acceleration grows by growth_ps times the speed.

    (e^x - 1) / g and (e^x - 1 - x) / g^2 with x = g t, by their series: within 1e-4 of their size up to |x| = 0.5.
    """
    x = growth_ps * dt_s
    speed = dt_s * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0))))
    return speed, 0.5 * dt_s * dt_s * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0))))


@bare
def predict_boost(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    dt_s: float,
    along: float,
    growth_ps: float,
    share: float,
    hold_s: float,
    chance: float = 1.0,
    other_q: float = 0.0,
) -> None:
    """Advance mean[6] and cov[6, 6] in place by a boost: net acceleration along the velocity, of a size half known.

    A boost from rest in a constant direction moves along its velocity whatever its size. Net acceleration is
    `along` (m/s2) at rest and grows by `growth_ps` times the speed, as propellant burns; one sigma is that times
    `share`, and a third of that across. It is taken to last for `hold_s` and adds as white noise of spectral density
    sigma^2 * hold_s. The push turns with the velocity, so that an error of direction grows with the speed. Where the
    velocity is hardly known, its direction is not either: moments are those of a direction drawn from the velocity's
    distribution. Back in time the velocity is at least 0.

    Where it boosts with a `chance` only, the acceleration is that times as large, the spread between boost and none
    adds, and the rest of the chance is white acceleration of density `other_q`.
    """
    x, y, z = mean[3], mean[4], mean[5]
    whole2 = x * x + y * y + z * z + cov[3, 3] + cov[4, 4] + cov[5, 5] + 1e-9
    whole = math.sqrt(whole2)
    pull, growth = chance * along / whole, chance * growth_ps
    flown = dt_s
    if dt_s < 0.0 and pull > 0.0:
        flown = max(dt_s, -(math.log1p(growth / pull) / growth if growth > 0.0 else 1.0 / pull))
    gain, path = speed_gains(growth, flown)
    # Position and velocity change by turn I - side u u' times the velocity's error, u the velocity over `whole`.
    pos_side, vel_side = pull * path, pull * gain
    pos_turn, vel_turn = gain + pos_side, max(1.0 + growth * gain + vel_side, 0.0)
    u = (x / whole, y / whole, z / whole)
    c = (
        cov[0, 3] * u[0] + cov[0, 4] * u[1] + cov[0, 5] * u[2],
        cov[1, 3] * u[0] + cov[1, 4] * u[1] + cov[1, 5] * u[2],
        cov[2, 3] * u[0] + cov[2, 4] * u[1] + cov[2, 5] * u[2],
    )
    d = (
        cov[3, 3] * u[0] + cov[3, 4] * u[1] + cov[3, 5] * u[2],
        cov[4, 3] * u[0] + cov[4, 4] * u[1] + cov[4, 5] * u[2],
        cov[5, 3] * u[0] + cov[5, 4] * u[1] + cov[5, 5] * u[2],
    )
    spread = d[0] * u[0] + d[1] * u[1] + d[2] * u[2]
    size2 = (along + growth_ps * whole) ** 2
    ahead = hold_s * size2 * chance * (1.0 + share * share - chance)
    across = hold_s * size2 * chance * share * share / 9.0 + (1.0 - chance) * other_q
    # What adds early grows with the speed, and what adds late is larger: over a step the same factor.
    late = 1.0 + growth * gain
    mid = 0.5 * (1.0 + late)
    a = abs(dt_s)
    q_pos, q_cross, q_vel = mid * mid * a * a * a / 3.0, 0.5 * mid * late * dt_s * a, late * late * a
    for i in range(3):
        for j in range(i, 3):
            own, ij, ji, uu = cov[i + 3, j + 3], cov[i, j + 3], cov[j, i + 3], u[i] * u[j]
            n = ahead * (uu + own / whole2) + (across if i == j else 0.0)
            both = u[i] * d[j] + d[i] * u[j]
            cov[i, j] += (
                pos_turn * (ij + ji) - pos_side * (c[i] * u[j] + c[j] * u[i])
                + pos_turn * pos_turn * own - pos_turn * pos_side * both + pos_side * pos_side * spread * uu
                + n * q_pos
            )  # fmt: skip
            cross = pos_turn * vel_turn * own + pos_side * vel_side * spread * uu + n * q_cross
            one, two = pos_turn * vel_side, pos_side * vel_turn
            cov[i, j + 3] = (
                vel_turn * ij - vel_side * c[i] * u[j] + cross - one * d[i] * u[j] - two * u[i] * d[j]
            )
            cov[j, i + 3] = (
                vel_turn * ji - vel_side * c[j] * u[i] + cross - one * d[j] * u[i] - two * u[j] * d[i]
            )
            cov[i + 3, j + 3] = (
                vel_turn * vel_turn * own
                - vel_turn * vel_side * both
                + vel_side * vel_side * spread * uu
                + n * q_vel
            )
            cov[j, i] = cov[i, j]
            cov[j + 3, i + 3] = cov[i + 3, j + 3]
    for i in range(3):
        for j in range(3):
            cov[j + 3, i] = cov[i, j + 3]
    for i in range(3):
        mean[i] += pos_turn * mean[i + 3]
        mean[i + 3] *= vel_turn


@bare
def predict_ballistic(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    dt_s: float,
    q: float,
    beta_kgpm2: float,
    drag_time_s: float,
) -> None:
    """Advance mean[6] and cov[6, 6] in place by ballistic flight; dt may be negative.

    Steps are at most 30 s; where the air is met, in a fall or back through a climb, they end at its top and then cross
    at most `AIR_STEP_M` of height.
    """
    left = dt_s
    while abs(left) > 0.0:  # ends for an instant that is not a number, too
        step = min(max(left, -SUBSTEP_S), SUBSTEP_S)
        if abs(step) > LEAST_STEP_S:
            most = _longest_step(mean, left > 0.0)
            step = min(max(step, -most), most)
        _ballistic_step(mean, cov, step, q, beta_kgpm2, drag_time_s)
        left -= step


@bare
def _longest_step(mean: NDArray[np.float64], ahead: bool) -> float:
    """The longest step (s) that a state of ballistic flight may take, forwards or back."""
    climb = climb_rate(mean) if ahead else -climb_rate(mean)
    height = height_of(mean[0], mean[1], mean[2])
    if height > AIR_TOP_M:
        return max(LEAST_STEP_S, (height - AIR_TOP_M) / -climb) if climb < 0.0 else SUBSTEP_S
    return max(LEAST_STEP_S, AIR_STEP_M / (abs(climb) + 1.0))


@bare
def _ballistic_step(
    mean: NDArray[np.float64], cov: NDArray[np.float64], dt: float, q: float, beta: float, drag_time: float
) -> None:
    """One step: midpoint rule for the mean, second-order transition matrix with the gravity gradient."""
    x, y, z, vx, vy, vz = mean[0], mean[1], mean[2], mean[3], mean[4], mean[5]
    ax, ay, az = acceleration(x, y, z, vx, vy)
    h = 0.5 * dt
    mx, my, mz = x + h * vx + 0.5 * h * h * ax, y + h * vy + 0.5 * h * h * ay, z + h * vz + 0.5 * h * h * az
    bx, by, bz = acceleration(mx, my, mz, vx + h * ax, vy + h * ay)
    # Quadratic drag in constant density: v(t) = v0 / (1 + k t).
    speed = math.sqrt(vx * vx + vy * vy + vz * vz) + 1e-9
    height = max(height_of(mx, my, mz), 0.0)
    k = 0.0
    if height < 120_000.0:
        k = drag_rate(height, speed, False) / beta
    slow = k / (1.0 + max(k * dt, -0.5))
    d2 = dt * dt / 6.0
    mean[0] = x + dt * vx + d2 * (ax + 2.0 * bx) - 0.5 * dt * dt * slow * vx
    mean[1] = y + dt * vy + d2 * (ay + 2.0 * by) - 0.5 * dt * dt * slow * vy
    mean[2] = z + dt * vz + d2 * (az + 2.0 * bz) - 0.5 * dt * dt * slow * vz
    mean[3] = vx + dt * (bx - slow * vx)
    mean[4] = vy + dt * (by - slow * vy)
    mean[5] = vz + dt * (bz - slow * vz)
    ux, uy, uz = vx / speed, vy / speed, vz / speed
    if abs(dt) <= STRAIGHT_S and slow * abs(dt) <= STRAIGHT_DRAG:
        _straight_covariance(cov, dt)
    else:
        _ballistic_covariance(cov, dt, mx, my, mz, ux, uy, uz, slow)
    along = (k * speed) ** 2 * drag_time
    a = abs(dt)
    u = (ux, uy, uz)
    for i in range(3):
        for j in range(3):
            n = along * (1.0 - LIFT_SHARE) * u[i] * u[j]
            if i == j:
                n += q + along * LIFT_SHARE
            cov[i, j] += n * a * a * a / 3.0
            cov[i, j + 3] += 0.5 * n * dt * a
            cov[j + 3, i] += 0.5 * n * dt * a
            cov[i + 3, j + 3] += n * a


@kernel
def _ballistic_covariance(
    cov: NDArray[np.float64],
    dt: float,
    x: float,
    y: float,
    z: float,
    ux: float,
    uy: float,
    uz: float,
    slow: float,
) -> None:
    """cov <- Phi cov Phi', Phi to second order in dt from gravity gradient, Coriolis and drag at the midpoint."""
    r2 = x * x + y * y + z * z
    g = GM_M3_S2 / (r2 * math.sqrt(r2))
    p = (x, y, z)
    u = (ux, uy, uz)
    phi = np.zeros((6, 6))
    half = 0.5 * dt * dt
    for i in range(3):
        for j in range(3):
            gradient = 3.0 * g * p[i] * p[j] / r2
            damping = -slow * u[i] * u[j]
            if i == j:
                gradient -= g
                damping -= slow
                phi[i, j] = 1.0
                phi[i + 3, j + 3] = 1.0
                phi[i, j + 3] = dt
            phi[i, j] += half * gradient
            phi[i + 3, j] = dt * gradient
            phi[i, j + 3] += half * damping
            phi[i + 3, j + 3] += half * gradient + dt * damping
    spin2 = OMEGA_RAD_S * OMEGA_RAD_S
    phi[0, 0] += half * spin2
    phi[1, 1] += half * spin2
    phi[3, 0] += dt * spin2
    phi[4, 1] += dt * spin2
    phi[0, 4] += dt * dt * OMEGA_RAD_S
    phi[1, 3] -= dt * dt * OMEGA_RAD_S
    phi[3, 4] += 2.0 * dt * OMEGA_RAD_S
    phi[4, 3] -= 2.0 * dt * OMEGA_RAD_S
    w = np.empty((6, 6))
    for i in range(6):
        for j in range(6):
            total = 0.0
            for m in range(6):
                total += phi[i, m] * cov[m, j]
            w[i, j] = total
    for i in range(6):
        for j in range(i, 6):
            total = 0.0
            for m in range(6):
                total += w[i, m] * phi[j, m]
            cov[i, j] = total
            cov[j, i] = total
