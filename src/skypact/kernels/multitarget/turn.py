"""Prediction of a nearly constant turn whose rate is not known.

Bar-Shalom, Li and Kirubarajan, "Estimation with Applications to Tracking and Navigation" (2001), section 11.7.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.multitarget.inline import hold, inlined

_STRAIGHT_BELOW = 0.5
"""Turned angle (rad) up to which the functions of a turn are summed as series."""


@inlined
def _curve(x: float) -> tuple[float, float]:
    """(1 - cos x) / x^2 and (x - sin x) / x^3, of which everything about a turn by x is made."""
    x2 = x * x
    if x2 < _STRAIGHT_BELOW * _STRAIGHT_BELOW:
        even = 0.5 - x2 / 24.0 * (1.0 - x2 / 30.0 * (1.0 - x2 / 56.0 * (1.0 - x2 / 90.0)))
        odd = 1.0 / 6.0 - x2 / 120.0 * (1.0 - x2 / 42.0 * (1.0 - x2 / 72.0 * (1.0 - x2 / 110.0)))
    else:
        even = (1.0 - math.cos(x)) / x2
        odd = (x - math.sin(x)) / (x2 * x)
    return even, odd


@inlined
def predict_turn(
    d: int,
    turn: int,
    q: float,
    q_turn: float,
    dt: float,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
) -> None:
    """Nearly constant turn of unknown rate (2001, eq. 11.7.1-4, and its Jacobian); a third axis moves straight.

    Turn rate is positive from the first axis to the second, so to the left. Covariance: of the rate by the exact
    derivative; of white noise acceleration by its exact integral (an isotropic noise stays so).
    """
    x = mean[turn] * dt
    even, odd = _curve(x)
    sine, cosine = x * (1.0 - x * x * odd), 1.0 - x * x * even
    s1, s2 = dt * (1.0 - x * x * odd), dt * x * even
    g1, g2 = dt * dt * x * (odd - even), dt * dt * (1.0 - even - x * x * odd)
    vx, vy = mean[d], mean[d + 1]
    ux, uy = cosine * vx - sine * vy, sine * vx + cosine * vy
    mean[0] += s1 * vx - s2 * vy
    mean[1] += s2 * vx + s1 * vy
    mean[d], mean[d + 1] = ux, uy
    gx, gy = g1 * vx - g2 * vy, g2 * vx + g1 * vy
    hx, hy = -dt * uy, dt * ux
    n = mean.size
    # F P by columns, then (F P) F' by rows
    for k in range(n):
        a, b, w = cov[d, k], cov[d + 1, k], cov[turn, k]
        cov[0, k] += s1 * a - s2 * b + gx * w
        cov[1, k] += s2 * a + s1 * b + gy * w
        cov[d, k] = cosine * a - sine * b + hx * w
        cov[d + 1, k] = sine * a + cosine * b + hy * w
    for k in range(n):
        a, b, w = cov[k, d], cov[k, d + 1], cov[k, turn]
        cov[k, 0] += s1 * a - s2 * b + gx * w
        cov[k, 1] += s2 * a + s1 * b + gy * w
        cov[k, d] = cosine * a - sine * b + hx * w
        cov[k, d + 1] = sine * a + cosine * b + hy * w
    span = abs(dt)
    q_vv = q * span
    q_pv = q_vv * dt
    if d == 3:
        mean[2] += dt * mean[5]
        for k in range(n):
            cov[2, k] += dt * cov[5, k]
        for k in range(n):
            cov[k, 2] += dt * cov[k, 5]
        cov[2, 2] += q_pv * dt / 3.0
        cov[2, 5] += 0.5 * q_pv
        cov[5, 5] += q_vv
    for i in range(2):
        cov[i, i] += 2.0 * odd * q_pv * dt
        cov[i, d + i] += even * q_pv
        cov[d + i, d + i] += q_vv
    cov[0, d + 1] += odd * x * q_pv
    cov[1, d] -= odd * x * q_pv
    _shake_turn(d, turn, q_turn, dt, x, ux, uy, cov)
    for i in range(n):
        for j in range(i):
            cov[i, j] = cov[j, i]
    hold((mean, cov))


@inlined
def _shake_turn(
    d: int,
    turn: int,
    q: float,
    dt: float,
    x: float,
    ux: float,
    uy: float,
    cov: NDArray[np.float64],
) -> None:
    """Add what noise of the turn rate, by way of velocity u at the end, does: the upper half, to first order.

    A change of rate a time t before the end turns the velocity by t and moves the position by t^2 (y odd u + even J u),
    y the angle turned since, J a left turn by 90 degrees. The integral over t by four points (Gauss and Legendre).
    """
    node_a, node_b = 0.33998104358485626, 0.86113631159405258
    weight_a, weight_b = 0.65214515486254614, 0.34785484513745386
    for point in range(4):
        node = node_a if point < 2 else node_b
        weight = 0.5 * q * abs(dt) * (weight_a if point < 2 else weight_b)
        share = 0.5 * (1.0 + node) if point % 2 == 0 else 0.5 * (1.0 - node)
        t, y = share * dt, share * x
        even, odd = _curve(y)
        bx, by = t * t * (y * odd * ux - even * uy), t * t * (y * odd * uy + even * ux)
        cx, cy = -t * uy, t * ux
        cov[0, 0] += weight * bx * bx
        cov[0, 1] += weight * bx * by
        cov[1, 1] += weight * by * by
        cov[0, d] += weight * bx * cx
        cov[0, d + 1] += weight * bx * cy
        cov[1, d] += weight * by * cx
        cov[1, d + 1] += weight * by * cy
        cov[d, d] += weight * cx * cx
        cov[d, d + 1] += weight * cx * cy
        cov[d + 1, d + 1] += weight * cy * cy
        cov[0, turn] += weight * bx
        cov[1, turn] += weight * by
        cov[d, turn] += weight * cx
        cov[d + 1, turn] += weight * cy
        cov[turn, turn] += weight
    hold((cov,))
