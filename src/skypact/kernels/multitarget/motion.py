"""Prediction of a state and its covariance by one motion model, any time step, forwards or backwards.

Backwards (dt < 0) the noise is the absolute value of the integral of F(s) G G' F(s)' over the step, so that
uncertainty grows either way. Singer's acceleration is a stationary process and forgets itself backwards as it does
forwards: its reversed model is the same one with the velocity's sign changed.

Sources: Bar-Shalom, Li and Kirubarajan, "Estimation with Applications to Tracking and Navigation" (2001), section 6.2
(white noise acceleration and jerk); Singer, "Estimating optimal tracking filter
performance for manned maneuvering targets", IEEE Trans. AES 6(4), 1970 (exact discretisation).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.flight import predict_flight
from skypact.kernels.multitarget.inline import hold, inlined
from skypact.kernels.multitarget.layout import (
    ACC,
    ACC_SIGMA,
    AXIAL,
    AXIAL_SIGMA,
    BOOST,
    CONSTANT_ACCELERATION,
    CONSTANT_VELOCITY,
    COORDINATED_TURN,
    DIMS,
    DRAG,
    DRAG_SIGMA,
    MANOEUVRE_SIGMA,
    MANOEUVRE_TIME,
    NOISE,
    REENTRY,
    SINGER,
    SIZE,
    TURN,
    TURN_NOISE,
    TURN_SIGMA,
)
from skypact.kernels.multitarget.turn import predict_turn

_SERIES_BELOW = 1.0
"""|dt| / time constant up to which Singer's noise is summed as a series (the closed form cancels there)."""


@kernel
def predict_state(
    code: int,
    param: NDArray[np.float64],
    shape: NDArray[np.int64],
    dt_s: float,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Advance mean[n] and cov[n, n] in place over dt_s (s, of either sign) by one motion model.

    Components that the model does not use become idle: mean 0, prior variance, independent of the rest.

    Args:
        code: the motion model (layout).
        param: [N_PARAM] its parameters.
        shape: [N_SHAPE] where components begin.
        dt_s: time step.
        mean: [n] changed in place.
        cov: [n, n] symmetric, changed in place.
        work: [3, n, n] scratch.
    """
    if code <= COORDINATED_TURN:
        predict_simple(code, param, shape, dt_s, mean, cov)
    else:
        predict_flight(code, param, shape, dt_s, mean, cov, work)
        rest(code, param, shape, mean, cov)


@inlined
def predict_simple(
    code: int,
    param: NDArray[np.float64],
    shape: NDArray[np.int64],
    dt_s: float,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
) -> None:
    """`predict_state` for the models without gravity: CONSTANT_VELOCITY to COORDINATED_TURN."""
    d = shape[DIMS]
    if code == CONSTANT_VELOCITY:
        _predict_velocity(d, param[NOISE], dt_s, mean, cov)
    elif code == CONSTANT_ACCELERATION:
        _predict_acceleration(d, shape[ACC], param[NOISE], dt_s, mean, cov)
    elif code == SINGER:
        _predict_singer(d, shape[ACC], param[MANOEUVRE_TIME], param[MANOEUVRE_SIGMA], dt_s, mean, cov)
    else:
        predict_turn(d, shape[TURN], param[NOISE], param[TURN_NOISE], dt_s, mean, cov)
    if shape[SIZE] > 2 * d:
        rest(code, param, shape, mean, cov)
    hold((param, shape, mean, cov))


@inlined
def rest(
    code: int,
    param: NDArray[np.float64],
    shape: NDArray[np.int64],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
) -> None:
    """Give every component that the model does not use its prior."""
    if shape[ACC] >= 0 and code != CONSTANT_ACCELERATION and code != SINGER:
        for i in range(shape[DIMS]):
            _idle(shape[ACC] + i, param[ACC_SIGMA], mean, cov)
    if shape[TURN] >= 0 and code != COORDINATED_TURN:
        _idle(shape[TURN], param[TURN_SIGMA], mean, cov)
    if shape[DRAG] >= 0 and code != REENTRY:
        _idle(shape[DRAG], param[DRAG_SIGMA], mean, cov)
    if shape[AXIAL] >= 0 and code != BOOST:
        _idle(shape[AXIAL], param[AXIAL_SIGMA], mean, cov)
    hold((param, shape, mean, cov))


@inlined
def _idle(k: int, sigma: float, mean: NDArray[np.float64], cov: NDArray[np.float64]) -> None:
    mean[k] = 0.0
    for i in range(mean.size):
        cov[k, i] = 0.0
        cov[i, k] = 0.0
    cov[k, k] = sigma * sigma
    hold((mean, cov))


@inlined
def _predict_velocity(
    d: int, q: float, dt: float, mean: NDArray[np.float64], cov: NDArray[np.float64]
) -> None:
    """Nearly constant velocity, continuous white noise acceleration (2001, eq. 6.2.2-12)."""
    a = abs(dt)
    q_vv = q * a
    q_pv = 0.5 * q_vv * dt
    q_pp = q_vv * a * a / 3.0
    if d == 2:
        _straighten(2, dt, q_pp, q_pv, q_vv, mean, cov)
    else:
        _straighten(3, dt, q_pp, q_pv, q_vv, mean, cov)
    hold((mean, cov))


@inlined
def _straighten(
    d: int,
    dt: float,
    q_pp: float,
    q_pv: float,
    q_vv: float,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
) -> None:
    """Positions move by velocities; the same noise on each axis."""
    for i in range(d):
        mean[i] += dt * mean[i + d]
        for j in range(i, d):
            pp = cov[i, j] + dt * (cov[i, j + d] + cov[j, i + d] + dt * cov[i + d, j + d])
            if i == j:
                pp += q_pp
            cov[i, j] = pp
            cov[j, i] = pp
    for i in range(d):
        for j in range(d):
            pv = cov[i, j + d] + dt * cov[i + d, j + d]
            if i == j:
                pv += q_pv
            cov[i, j + d] = pv
            cov[j + d, i] = pv
        cov[i + d, i + d] += q_vv
    hold((mean, cov))


@inlined
def _predict_acceleration(
    d: int, acc: int, q: float, dt: float, mean: NDArray[np.float64], cov: NDArray[np.float64]
) -> None:
    """Nearly constant acceleration, continuous white noise jerk (2001, eq. 6.2.3-7)."""
    a = abs(dt)
    q_aa = q * a
    a2 = dt * dt
    noise = (
        q_aa * a2 * a2 / 20.0,
        q_aa * a2 * dt / 8.0,
        q_aa * a2 / 6.0,
        q_aa * a2 / 3.0,
        q_aa * dt / 2.0,
        q_aa,
    )
    _chain(d, acc, dt, 0.5 * a2, dt, 1.0, noise, mean, cov)


@inlined
def _predict_singer(
    d: int,
    acc: int,
    time_s: float,
    sigma: float,
    dt: float,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
) -> None:
    """Acceleration a first-order Markov process of given time constant and sigma (1970, eqs. 5 to 9).

    With x = |dt| / time constant, the noise of position, velocity and acceleration in units of
    2 sigma^2 time^(4, 3, 2, 2, 1, 0): its closed form, or for small x its power series.
    """
    x = abs(dt) / time_s
    decay = math.exp(-x)
    f2 = -math.expm1(-x)
    if x < _SERIES_BELOW:
        # sums over k of (-x)^k / k! times a weight
        term, power = 0.5 * x * x, 2.0
        f1, pp, pa, vv = term, 0.0, 0.0, 0.0
        for k in range(3, 24):
            term *= -x / k
            power *= 2.0
            f1 += term
            pp += term * (2.0 * k - power) if k > 4 else 0.0
            pa += term * (k - power)
            vv += term * (2.0 - power)
    else:
        f1 = x - f2
        pp = x * x * x / 3.0 - x * x + x - 2.0 * x * decay - 0.5 * math.expm1(-2.0 * x)
        pa = -0.5 * math.expm1(-2.0 * x) - x * decay
        vv = x - 2.0 * f2 - 0.5 * math.expm1(-2.0 * x)
    t = time_s
    level = 2.0 * sigma * sigma
    way = 1.0 if dt >= 0.0 else -1.0
    noise = (
        level * t * t * t * t * pp,
        way * level * t * t * t * 0.5 * f1 * f1,
        level * t * t * pa,
        level * t * t * vv,
        way * level * t * 0.5 * f2 * f2,
        level * -0.5 * math.expm1(-2.0 * x),
    )
    _chain(d, acc, dt, t * t * f1, way * t * f2, decay, noise, mean, cov)


@inlined
def _chain(
    d: int,
    acc: int,
    t: float,
    beta: float,
    gamma: float,
    decay: float,
    noise: tuple[float, float, float, float, float, float],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
) -> None:
    """Position += t velocity + beta acceleration, velocity += gamma acceleration, acceleration *= decay, on each axis.

    noise: pp, pv, pa, vv, va, aa of one axis, the same on each.
    """
    for i in range(d):
        mean[i] += t * mean[d + i] + beta * mean[acc + i]
        mean[d + i] += gamma * mean[acc + i]
        mean[acc + i] *= decay
        for j in range(i, d):
            pi, vi, ai, pj, vj, aj = i, d + i, acc + i, j, d + j, acc + j
            ap, av, aa = cov[ai, pj], cov[ai, vj], cov[ai, aj]
            vp, vv, va = cov[vi, pj] + gamma * ap, cov[vi, vj] + gamma * av, cov[vi, aj] + gamma * aa
            pp = cov[pi, pj] + t * cov[vi, pj] + beta * ap
            pv = cov[pi, vj] + t * cov[vi, vj] + beta * av
            pa = cov[pi, aj] + t * cov[vi, aj] + beta * aa
            pp, pv, pa = pp + t * pv + beta * pa, pv + gamma * pa, decay * pa
            vp, vv, va = vp + t * vv + beta * va, vv + gamma * va, decay * va
            ap, av, aa = decay * (ap + t * av + beta * aa), decay * (av + gamma * aa), decay * decay * aa
            if i == j:
                pp, pv, pa = pp + noise[0], pv + noise[1], pa + noise[2]
                vp, vv, va = pv, vv + noise[3], va + noise[4]
                ap, av, aa = pa, va, aa + noise[5]
            cov[pi, pj], cov[pi, vj], cov[pi, aj] = pp, pv, pa
            cov[vi, pj], cov[vi, vj], cov[vi, aj] = vp, vv, va
            cov[ai, pj], cov[ai, vj], cov[ai, aj] = ap, av, aa
            cov[pj, pi], cov[vj, pi], cov[aj, pi] = pp, pv, pa
            cov[pj, vi], cov[vj, vi], cov[aj, vi] = vp, vv, va
            cov[pj, ai], cov[vj, ai], cov[aj, ai] = ap, av, aa
    hold((mean, cov))
