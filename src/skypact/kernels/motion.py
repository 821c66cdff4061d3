"""Prediction of one mode's mean and covariance: level flight, manoeuvre or boost, ballistic flight; ECEF, SI.

Level flight follows the Earth's curvature at constant speed and height, with a small white acceleration
(Bar-Shalom, Li and Kirubarajan 2001, section 6.2.2: continuous white noise acceleration). Ballistic flight obeys
gravity with J2 and the forces of the rotating frame; drag is that of the standard atmosphere with a notional ballistic
coefficient and, being unknown, adds a white acceleration along the velocity that rises with dynamic pressure. A boost
pushes along the velocity, more or less, for a while.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.atmosphere import drag_rate
from skypact.kernels.jit import kernel
from skypact.kernels.wgs84 import A_M, GM_M3_S2, J2, OMEGA_RAD_S, F

AIRCRAFT_SPEED_MPS = 700.0
AIRCRAFT_CLIMB_MPS = 150.0
"""What flies on wings stays below these: twice the speed of sound; fighters climb at 150 m/s for a minute or two."""
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


@kernel
def height_of(x: float, y: float, z: float) -> float:
    """Height above the ellipsoid (m) of an ECEF position, within 40 m up to 1,000 km (first order in flattening)."""
    r2 = x * x + y * y + z * z
    r = math.sqrt(r2)
    return r - A_M * (1.0 - F * z * z / r2)


@kernel
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


@kernel
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


@kernel
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


@kernel
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


@kernel
def beyond_aircraft(mean: NDArray[np.float64]) -> bool:
    """Whether a state (mean [6]) is faster than wings carry. Height is not asked: many radars do not measure it."""
    speed2 = mean[3] * mean[3] + mean[4] * mean[4] + mean[5] * mean[5]
    return bool(speed2 > AIRCRAFT_SPEED_MPS * AIRCRAFT_SPEED_MPS)


@kernel
def climb_rate(mean: NDArray[np.float64]) -> float:
    """Velocity along the radius (m/s) of a state (mean [6])."""
    r = math.sqrt(mean[0] * mean[0] + mean[1] * mean[1] + mean[2] * mean[2])
    return float((mean[0] * mean[3] + mean[1] * mean[4] + mean[2] * mean[5]) / r)


@kernel
def predict_boost(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    dt_s: float,
    along: float,
    sigma: float,
    hold_s: float,
) -> None:
    """Advance mean[6] and cov[6, 6] in place by a boost: net acceleration along the velocity, of a size half known.

    A boost from rest in a constant direction moves along its velocity whatever its size. The acceleration is
    `along` (m/s2) with one `sigma`, and a third of that across; being much the same for as long as a look, at least
    `hold_s`, it adds as noise of spectral density sigma^2 times that time. Where the velocity is hardly known its
    direction is not either: moments are those of a direction drawn from the velocity's distribution.
    """
    speed2 = mean[3] * mean[3] + mean[4] * mean[4] + mean[5] * mean[5]
    whole2 = speed2 + cov[3, 3] + cov[4, 4] + cov[5, 5] + 1e-9
    push = along / math.sqrt(whole2)
    a = abs(dt_s)
    held = max(a, hold_s)
    across2 = sigma * sigma / 9.0
    _straight_covariance(cov, dt_s)
    for i in range(3):
        for j in range(i, 3):
            flow = mean[i + 3] * mean[j + 3]
            n = (sigma * sigma * flow + (along * along + sigma * sigma) * cov[i + 3, j + 3]) / whole2
            n = held * (n + across2 if i == j else n)
            cov[i, j] += n * a * a * a / 3.0
            cov[i, j + 3] += 0.5 * n * dt_s * a
            cov[i + 3, j + 3] += n * a
            if j != i:
                cov[j, i + 3] += 0.5 * n * dt_s * a
                cov[j, i] = cov[i, j]
                cov[j + 3, i + 3] = cov[i + 3, j + 3]
    for i in range(3):
        for j in range(3):
            cov[j + 3, i] = cov[i, j + 3]
    for i in range(3):
        mean[i] += dt_s * mean[i + 3] * (1.0 + 0.5 * dt_s * push)
        mean[i + 3] *= 1.0 + dt_s * push


@kernel
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
    while left != 0.0:
        step = min(max(left, -SUBSTEP_S), SUBSTEP_S)
        if abs(step) > LEAST_STEP_S:
            most = _longest_step(mean, left > 0.0)
            step = min(max(step, -most), most)
        _ballistic_step(mean, cov, step, q, beta_kgpm2, drag_time_s)
        left -= step


@kernel
def _longest_step(mean: NDArray[np.float64], ahead: bool) -> float:
    """The longest step (s) that a state of ballistic flight may take, forwards or back."""
    climb = climb_rate(mean) if ahead else -climb_rate(mean)
    height = height_of(mean[0], mean[1], mean[2])
    if height > AIR_TOP_M:
        return max(LEAST_STEP_S, (height - AIR_TOP_M) / -climb) if climb < 0.0 else SUBSTEP_S
    return max(LEAST_STEP_S, AIR_STEP_M / (abs(climb) + 1.0))


@kernel
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
