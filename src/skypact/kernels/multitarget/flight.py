"""Prediction of flight through gravity: boost, coast and re-entry, forwards or backwards.

Positions are from the Earth's centre, in a frame that turns with it (SPIN) or not. Acceleration is that of gravity with
the second zonal harmonic (Vallado, "Fundamentals of Astrodynamics and Applications", 4th ed. 2013, section 8.6.1) and
the forces of the turning frame; in boost an unknown acceleration along the velocity; in re-entry the drag
DRAG_LEVEL exp(log drag - height / SCALE_HEIGHT) v^2 against it, its logarithm a random walk (in the plane without
rotation the problem of Julier and Uhlmann, Proc. IEEE 92(3), 2004). Mean and transition matrix
by Runge and Kutta's fourth order, the latter of the variational equation.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.inline import hold, inlined
from skypact.kernels.multitarget.layout import (
    AXIAL,
    AXIAL_NOISE,
    BOOST,
    COAST,
    DIMS,
    DRAG,
    DRAG_LEVEL,
    DRAG_NOISE,
    FLATTENING,
    GM,
    J2_TERM,
    NOISE,
    REENTRY,
    SCALE_HEIGHT,
    SPIN,
    SURFACE,
)

_LONGEST_S = 30.0
_MOST_CHANGE = 0.2
"""Share of the velocity that a step may take or give: steps are shorter where drag or thrust is strong."""
_MOST_STEPS = 64
"""Of a prediction, or as many as keep them at the longest; from _ENDLESS on (35 days) they are longer."""
_ENDLESS = 100_000
_SLOWEST_MPS = 1.0
"""Below this speed thrust has less than its full effect: its direction is not known."""
_SLOW_MPS = 20.0
"""Steps of boost are as short as at this speed, and not shorter: from the ground it would take endlessly many."""


@kernel
def predict_flight(
    code: int,
    param: NDArray[np.float64],
    shape: NDArray[np.int64],
    dt_s: float,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Advance mean[n] and cov[n, n] in place by BOOST, COAST or REENTRY; arguments as `motion.predict_state`."""
    d = shape[DIMS]
    free = -1
    noise = 0.0
    if code == BOOST:
        free, noise = shape[AXIAL], param[AXIAL_NOISE]
    elif code == REENTRY:
        free, noise = shape[DRAG], param[DRAG_NOISE]
    left = dt_s
    most_steps = _MOST_STEPS
    if abs(dt_s) > (_MOST_STEPS - 1) * _LONGEST_S:
        most_steps = int(min(abs(dt_s) / _LONGEST_S, _ENDLESS)) + 2
    for _ in range(most_steps):
        if left != 0.0:
            h = _step_length(code, param, d, free, abs(dt_s) / (most_steps - 1), left, mean)
            # where drag would stop the object in less than a step (or, backwards, than all) it is held at that
            most = 1.0 / abs(h if dt_s > 0.0 else dt_s)
            _fly(code, param, d, free, h, most, mean, work)
            _carry(d, free, cov, work)
            _shake(d, free, h, param[NOISE], noise, cov, work)
            left -= h
    hold((param, shape, mean, cov, work))


@inlined
def _step_length(
    code: int,
    param: NDArray[np.float64],
    d: int,
    free: int,
    least: float,
    left: float,
    mean: NDArray[np.float64],
) -> float:
    """The next step (s): what is left, or less; of at least a length (s) that the number of steps allows."""
    x, y, vx, vy = mean[0], mean[1], mean[d], mean[d + 1]
    z = mean[2] if d == 3 else 0.0
    vz = mean[5] if d == 3 else 0.0
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    rate = 0.0
    if code == REENTRY:
        rate = _drag(param, x, y, z, mean[free]) * speed
    elif code == BOOST:
        rate = abs(mean[free]) / max(speed, _SLOW_MPS)
    longest = _LONGEST_S
    if rate * longest > _MOST_CHANGE:
        longest = _MOST_CHANGE / rate
    longest = max(longest, least)
    h = left
    if abs(left) > longest:
        h = longest if left > 0.0 else -longest
    hold((param, mean))
    return h


@inlined
def _drag(param: NDArray[np.float64], x: float, y: float, z: float, log_drag: float) -> float:
    """Deceleration over speed squared (1/m); at most as dense as at the surface, and e^50 times what is usual."""
    r2 = max(x * x + y * y + z * z, 1.0)
    height = math.sqrt(r2) - param[SURFACE] * (1.0 - param[FLATTENING] * z * z / r2)
    exponent = min(log_drag - max(height, 0.0) / param[SCALE_HEIGHT], 50.0)
    return float(param[DRAG_LEVEL]) * math.exp(exponent)


@inlined
def accelerate(
    code: int,
    param: NDArray[np.float64],
    x: float,
    y: float,
    z: float,
    vx: float,
    vy: float,
    vz: float,
    free: float,
    most: float,
) -> tuple[float, float, float]:
    """Acceleration (m/s2) at a position (m) and velocity (m/s); free: axial acceleration or log drag.

    most: greatest deceleration over speed that drag may have (1/s).
    """
    r2 = max(x * x + y * y + z * z, 1.0)
    g = -param[GM] / (r2 * math.sqrt(r2))
    k = 1.5 * param[J2_TERM] / r2
    w = 5.0 * z * z / r2
    spin = param[SPIN]
    across = g * (1.0 + k * (1.0 - w)) + spin * spin
    push = 0.0
    if code == BOOST:
        push = free / max(math.sqrt(vx * vx + vy * vy + vz * vz), _SLOWEST_MPS)
    elif code == REENTRY:
        push = -min(_drag(param, x, y, z, free) * math.sqrt(vx * vx + vy * vy + vz * vz), most)
    return (
        across * x + 2.0 * spin * vy + push * vx,
        across * y - 2.0 * spin * vx + push * vy,
        g * (1.0 + k * (3.0 - w)) * z + push * vz,
    )


@inlined
def _fly(
    code: int,
    param: NDArray[np.float64],
    d: int,
    free: int,
    h: float,
    most: float,
    mean: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Advance the mean by one step; its derivatives into work[1, :2 d, :2 d + 1], d acceleration / d free into row 2 d.

    Runge and Kutta's rule, for the variational equation in the same stages as for the mean.
    """
    used = 2 * d + 1 if free >= 0 else 2 * d
    for i in range(2 * d):
        for j in range(used):
            work[1, i, j] = 1.0 if i == j else 0.0
        if i < d:
            work[1, i, d + i] = h
    x, y, z, vx, vy, vz = mean[0], mean[1], 0.0, mean[d], mean[d + 1], 0.0
    if d == 3:
        z, vz = mean[2], mean[5]
    f = mean[free] if free >= 0 else 0.0
    px, py, pz, ax, ay, az = vx, vy, vz, 0.0, 0.0, 0.0
    sx, sy, sz, tx, ty, tz = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    c, weight = 0.0, h / 6.0
    for stage in range(4):
        at = (x + c * px, y + c * py, z + c * pz)
        px, py, pz = vx + c * ax, vy + c * ay, vz + c * az
        ax, ay, az = accelerate(code, param, at[0], at[1], at[2], px, py, pz, f, most)
        sx, sy, sz = sx + weight * px, sy + weight * py, sz + weight * pz
        tx, ty, tz = tx + weight * ax, ty + weight * ay, tz + weight * az
        _slopes(code, param, d, at, (px, py, pz), f, most, work)
        if stage == 2 and free >= 0:
            for i in range(d):
                work[1, 2 * d, i] = work[0, i, 2 * d]
        _vary(stage, d, used, h, c, weight, work)
        c = 0.5 * h if stage < 2 else h
        weight = h / 3.0 if stage < 2 else h / 6.0
    mean[0], mean[1], mean[d], mean[d + 1] = x + sx, y + sy, vx + tx, vy + ty
    if d == 3:
        mean[2], mean[5] = z + sz, vz + tz
    hold((param, mean, work))


@inlined
def _vary(
    stage: int, d: int, used: int, h: float, c: float, weight: float, work: NDArray[np.float64]
) -> None:
    """One stage of the variational equation: rates of the velocity's derivatives, from the slopes in work[0].

    Rates of stages 0 to 3 are kept in blocks of d rows: work[0, d:], work[2, :d], work[2, d:], and the first again.
    """
    new, at_new = 0 if stage % 3 == 0 else 2, 0 if stage == 1 else d
    old, at_old = 0 if stage == 1 else 2, 0 if stage == 2 else d
    older, at_older = 0 if stage == 2 else 2, d if stage == 2 else 0
    before = 0.5 * h * c if stage >= 2 else 0.0
    to_position = h * h / 6.0 if stage < 3 else 0.0
    for i in range(d):
        for j in range(used):
            total = work[0, i, j]
            if d <= j < 2 * d:
                total += c * work[0, i, j - d]
            if stage >= 1:
                for k in range(d):
                    total += c * work[0, i, d + k] * work[old, at_old + k, j]
            if stage >= 2:
                for k in range(d):
                    total += before * work[0, i, k] * work[older, at_older + k, j]
            work[new, at_new + i, j] = total
            work[1, i, j] += to_position * total
            work[1, d + i, j] += weight * total
    hold((work,))


@inlined
def _slopes(
    code: int,
    param: NDArray[np.float64],
    d: int,
    pos: tuple[float, float, float],
    vel: tuple[float, float, float],
    free: float,
    most: float,
    work: NDArray[np.float64],
) -> None:
    """Write d acceleration / d (position, velocity, free parameter) into work[0, :d, :2 d + 1]."""
    z = pos[2]
    r2 = max(pos[0] * pos[0] + pos[1] * pos[1] + z * z, 1.0)
    r = math.sqrt(r2)
    g = param[GM] / (r2 * r)
    c = 1.5 * param[J2_TERM] * g / r2
    w = z * z / r2
    straight = -g - c * (1.0 - 5.0 * w)
    outward = (3.0 * g + c * (5.0 - 35.0 * w)) / r2
    speed = math.sqrt(vel[0] * vel[0] + vel[1] * vel[1] + vel[2] * vel[2])
    push, along, fade, by_free = 0.0, 0.0, 0.0, 0.0
    if code == BOOST:
        push = free / max(speed, _SLOWEST_MPS)
        by_free = 1.0 / max(speed, _SLOWEST_MPS)
        along = -push / (speed * speed) if speed > _SLOWEST_MPS else 0.0
    elif code == REENTRY:
        push = -_drag(param, pos[0], pos[1], z, free) * speed
        if push > -most:
            by_free = push
            along = push / max(speed * speed, 1e-18)
            height = r - param[SURFACE] * (1.0 - param[FLATTENING] * w)
            fade = -push / param[SCALE_HEIGHT] if height > 0.0 else 0.0
        else:
            push = -most
    flat = 2.0 * param[SURFACE] * param[FLATTENING] / r2
    for i in range(d):
        for j in range(d):
            up = pos[j] * (1.0 / r - flat * w)
            if j == 2:
                up += flat * z
            work[0, i, j] = outward * pos[i] * pos[j] + fade * vel[i] * up
            work[0, i, d + j] = along * vel[i] * vel[j]
        work[0, i, i] += straight
        work[0, i, d + i] += push
        if code != COAST:
            work[0, i, 2 * d] = by_free * vel[i]
    if d == 3:
        work[0, 0, 2] += 10.0 * c * pos[0] * z / r2
        work[0, 1, 2] += 10.0 * c * pos[1] * z / r2
        work[0, 2, 0] += 10.0 * c * pos[0] * z / r2
        work[0, 2, 1] += 10.0 * c * pos[1] * z / r2
        work[0, 2, 2] += c * (20.0 * w - 2.0)
    spin = param[SPIN]
    work[0, 0, 0] += spin * spin
    work[0, 1, 1] += spin * spin
    work[0, 0, d + 1] += 2.0 * spin
    work[0, 1, d] -= 2.0 * spin
    hold((param, work))


@inlined
def _carry(
    d: int,
    free: int,
    cov: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """cov <- Phi cov Phi' on position, velocity and the free parameter; Phi in work[1]."""
    used = 2 * d + 1 if free >= 0 else 2 * d
    for i in range(2 * d):
        for j in range(used):
            at = j if j < 2 * d else free
            total = 0.0
            for k in range(2 * d):
                total += work[1, i, k] * cov[k, at]
            if free >= 0:
                total += work[1, i, 2 * d] * cov[free, at]
            work[2, i, j] = total
    for i in range(2 * d):
        for j in range(i, 2 * d):
            total = 0.0
            for k in range(used):
                total += work[2, i, k] * work[1, j, k]
            cov[i, j] = total
            cov[j, i] = total
        if free >= 0:
            cov[i, free] = work[2, i, 2 * d]
            cov[free, i] = work[2, i, 2 * d]
    hold((cov, work))


@inlined
def _shake(
    d: int,
    free: int,
    h: float,
    q: float,
    q_free: float,
    cov: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Add white noise acceleration, and what a random walk of the free parameter does by way of its slope."""
    a = abs(h)
    for i in range(d):
        cov[i, i] += q * a * h * h / 3.0
        cov[i, d + i] += 0.5 * q * a * h
        cov[d + i, i] += 0.5 * q * a * h
        cov[d + i, d + i] += q * a
    if free >= 0:
        level = q_free * a
        for i in range(d):
            b = work[1, 2 * d, i] * h
            for j in range(d):
                bb = work[1, 2 * d, i] * work[1, 2 * d, j] * h * h * level
                cov[i, j] += bb * h * h / 20.0
                cov[i, d + j] += bb * h / 8.0
                cov[d + i, j] += bb * h / 8.0
                cov[d + i, d + j] += bb / 3.0
            cov[i, free] += level * b * h / 6.0
            cov[free, i] += level * b * h / 6.0
            cov[d + i, free] += 0.5 * level * b
            cov[free, d + i] += 0.5 * level * b
        cov[free, free] += level
    hold((cov, work))
