"""Unpowered flight as a picture predicts it, and its way down to the ground.

Only what a tracker believes goes in: a state, its covariance and a notional ballistic coefficient of the believed
class. Gravity with J2 in the rotating ECEF frame (Montenbruck and Gill, Satellite Orbits, 2000, sections 3.2 and
3.5); J3 and J4, left out here and not in truth, move an impact after ten minutes by 6 m (30 m at most). Drag is against
an atmosphere that rotates with the Earth, by the density and the Mach number of `atmosphere`, up to 100 km: above, it
takes 0.01 m/s at most from a heavy body that falls back.
"""

from __future__ import annotations

import math

from skypact.kernels.atmosphere import drag_rate
from skypact.kernels.jit import kernel
from skypact.kernels.wgs84 import A_M, B_M, E2, GM_M3_S2, J2, OMEGA_RAD_S

State = tuple[float, float, float, float, float, float]
"""Position (m) and velocity (m/s) in ECEF."""

_TOP_M = 100_000.0
"""Above this height drag is left out."""
_J2_FACTOR = 1.5 * J2 * A_M * A_M
_OMEGA2 = OMEGA_RAD_S * OMEGA_RAD_S


@kernel
def height_above_ellipsoid(x: float, y: float, z: float) -> float:
    """Height (m) of an ECEF point above the WGS-84 ellipsoid along its radius.

    Within 6e-6 of the height of the geodetic one (0.6 m at 100 km), and exact at height zero, at a tenth of the cost.
    """
    p2 = x * x + y * y
    r2 = p2 + z * z
    return math.sqrt(r2) - B_M / math.sqrt(1.0 - E2 * p2 / r2)


@kernel
def _acceleration(
    x: float, y: float, z: float, vx: float, vy: float, vz: float, inverse_beta: float
) -> tuple[float, float, float]:
    """Acceleration (m/s2) in ECEF; `inverse_beta` is 1 / ballistic coefficient (m2/kg), 0 for no drag."""
    p2 = x * x + y * y
    r2 = p2 + z * z
    r = math.sqrt(r2)
    inverse_r = 1.0 / r
    inverse_r2 = inverse_r * inverse_r
    g = -GM_M3_S2 * inverse_r2 * inverse_r
    q = _J2_FACTOR * inverse_r2
    s = 5.0 * z * z * inverse_r2
    across = g * (1.0 + q * (1.0 - s)) + _OMEGA2
    ax = across * x + 2.0 * OMEGA_RAD_S * vy
    ay = across * y - 2.0 * OMEGA_RAD_S * vx
    az = g * (1.0 + q * (3.0 - s)) * z
    if inverse_beta > 0.0 and r2 < (A_M + _TOP_M) * (A_M + _TOP_M):
        height_m = r - B_M / math.sqrt(1.0 - E2 * p2 * inverse_r2)
        speed = math.sqrt(vx * vx + vy * vy + vz * vz)
        drag = -drag_rate(height_m, speed, False) * inverse_beta
        ax += drag * vx
        ay += drag * vy
        az += drag * vz
    return ax, ay, az


@kernel
def flight_step(s: State, h: float, inverse_beta: float) -> State:
    """The state (ECEF, m and m/s) h seconds later: one step of the classical Runge-Kutta method of order 4."""
    x, y, z, u, v, w = s
    a1, b1, c1 = _acceleration(x, y, z, u, v, w, inverse_beta)
    k = 0.5 * h
    u2 = u + k * a1
    v2 = v + k * b1
    w2 = w + k * c1
    a2, b2, c2 = _acceleration(x + k * u, y + k * v, z + k * w, u2, v2, w2, inverse_beta)
    u3 = u + k * a2
    v3 = v + k * b2
    w3 = w + k * c2
    a3, b3, c3 = _acceleration(x + k * u2, y + k * v2, z + k * w2, u3, v3, w3, inverse_beta)
    u4 = u + h * a3
    v4 = v + h * b3
    w4 = w + h * c3
    a4, b4, c4 = _acceleration(x + h * u3, y + h * v3, z + h * w3, u4, v4, w4, inverse_beta)
    k = h / 6.0
    return (
        x + k * (u + 2.0 * (u2 + u3) + u4),
        y + k * (v + 2.0 * (v2 + v3) + v4),
        z + k * (w + 2.0 * (w2 + w3) + w4),
        u + k * (a1 + 2.0 * (a2 + a3) + a4),
        v + k * (b1 + 2.0 * (b2 + b3) + b4),
        w + k * (c1 + 2.0 * (c2 + c3) + c4),
    )


@kernel
def _step_s(s: State, height_m: float, inverse_beta: float, coarse: float) -> float:
    """A step (s) that keeps the error of `flight_step` far below the state's own uncertainty.

    Above the atmosphere up to 10 s times `coarse`, ending near its top; below, at most 4 km of descent (12 km above
    60 km, where drag is slight) and a quarter of the time in which drag would stop the object. With `coarse` 1 an
    impact is then within 25 m of that of tiny steps in 19 cases of 20; most of that is the bend of drag at Mach 1.
    """
    x, y, z, u, v, w = s
    climb = (x * u + y * v + z * w) / math.sqrt(x * x + y * y + z * z)
    if height_m > _TOP_M:
        step = 10.0 * coarse
        if climb < 0.0:
            step = min(step, max(1.0, (height_m - _TOP_M) / -climb))
        return step
    if inverse_beta <= 0.0:
        return 5.0 * coarse
    speed = math.sqrt(u * u + v * v + w * w)
    rate = drag_rate(height_m, speed, False) * inverse_beta
    descent_m = 4000.0 if height_m < 60_000.0 else 12_000.0
    step = min(4.5, descent_m / (abs(climb) + 1.0))
    return coarse * max(0.05, min(step, 0.25 / (rate + 1e-9)))


@kernel
def fly_to_ground(
    start: State, inverse_beta: float, time_max_s: float, coarse: float, ground_m: float = 0.0
) -> tuple[bool, float, float, float, float]:
    """Whether, where (ECEF, m) and after how many seconds a state comes down to a height above the ellipsoid.

    What is below and descends has come down. What is below and climbs comes down later or, where it does not climb
    as far, where it begins to descend.

    Args:
        start: position (m) and velocity (m/s), ECEF.
        inverse_beta: 1 / ballistic coefficient (m2/kg); 0 for no drag.
        time_max_s: give up after this flight time.
        coarse: 1 for the mean; larger for the neighbours from which a Jacobian is made.
        ground_m: the height, m.
    """
    s = start
    t = 0.0
    height_m = height_above_ellipsoid(s[0], s[1], s[2]) - ground_m
    while t < time_max_s:
        if height_m <= 0.0 and s[0] * s[3] + s[1] * s[4] + s[2] * s[5] <= 0.0:
            return True, s[0], s[1], s[2], t
        h = _step_s(s, height_m + ground_m, inverse_beta, coarse)
        after = flight_step(s, h, inverse_beta)
        height_after_m = height_above_ellipsoid(after[0], after[1], after[2]) - ground_m
        if height_after_m > 0.0 or height_m <= 0.0:
            s = after
            t += h
            height_m = height_after_m
            continue
        low, high = 0.0, h
        low_m, high_m = height_m, height_after_m
        part = h
        at_m = height_after_m
        for _ in range(8):  # regula falsi, kept honest by bisection where it creeps
            part = low + (high - low) * min(0.98, max(0.02, low_m / (low_m - high_m)))
            after = flight_step(s, part, inverse_beta)
            at_m = height_above_ellipsoid(after[0], after[1], after[2]) - ground_m
            if abs(at_m) < 100.0:
                break
            if at_m > 0.0:
                low, low_m = part, at_m
            else:
                high, high_m = part, at_m
        x, y, z, u, v, w = after
        fall = -(x * u + y * v + z * w) / math.sqrt(x * x + y * y + z * z)
        # The rest is flown straight: from 100 m at 100 m/s, gravity bends the path by less than 5 m.
        rest_s = at_m / max(fall, 1.0)
        return True, x + u * rest_s, y + v * rest_s, z + w * rest_s, t + part + rest_s
    return False, s[0], s[1], s[2], t
