"""Where a signal came from, by its times of arrival at stations whose clocks agree.

The unknowns are position and instant of sending. A closed form (kernels.hyperbola) gives the start, Levenberg's and
Marquardt's method with Huber's weights the rest (Huber, "Robust statistics", 1981, section 7). Times are given as
lengths: speed of light times time. Positions are ECEF, metres.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.frame import geodetic_from_ecef
from skypact.kernels.hyperbola import closed_form
from skypact.kernels.intersection import invert
from skypact.kernels.jit import kernel
from skypact.kernels.quadrature import NODES, WEIGHTS
from skypact.kernels.wgs84 import MEAN_RADIUS_M

SPEED_OF_LIGHT_MPS = 299_792_458.0

SOLVED, TOO_FEW, SINGULAR, NOT_CONVERGED, AMBIGUOUS = range(5)
"""What became of a solution: the position is one only where it is SOLVED."""

MAX_STATIONS = 16
LOWEST_M, HIGHEST_M = -1_000.0, 25_000.0
"""Between these heights above the ellipsoid aircraft fly."""
HUBER = 2.0
"""From so many sigma a residual counts by its size instead of its square."""
SCALE_HEIGHT_M = 7_350.0
"""Of refractivity (ITU-R P.453-14, eq. 8)."""

_ITERATIONS = 80
_LEAST_GAIN = 1e-6  # a step of less than 1e-3 sigma ends the search
_APART_M = 100.0
_EQUAL_COST = 1.0
_LOWEST_SINE = -0.015  # refraction and a station's hill let it hear so far under its own horizontal
_LARGEST_VAR_M2 = 1e12


@kernel
def path_refractivity(
    refractivity: float, height_a_m: float, height_b_m: float, range_m: float
) -> tuple[float, float]:
    """Mean of the refractive index less one along the straight path between two heights (m); its slope in the second.

    `refractivity` is that at sea level (3.15e-4, ITU-R P.453-14); it falls exponentially. The path dips below the
    chord of the heights as the Earth is round.
    """
    mean, slope = 0.0, 0.0
    if refractivity != 0.0:
        sag_m = range_m * range_m / (2.0 * MEAN_RADIUS_M)
        for k in range(4):
            s = NODES[k]
            height_m = height_a_m + s * (height_b_m - height_a_m) - s * (1.0 - s) * sag_m
            part = refractivity * WEIGHTS[k] * math.exp(-height_m / SCALE_HEIGHT_M)
            mean += part
            slope -= part * s / SCALE_HEIGHT_M
    return mean, slope


@kernel
def _upwards(pos: NDArray[np.float64], up: NDArray[np.float64]) -> float:
    """Write the unit vector upwards at a position; its height (m)."""
    lat, lon, height_m = geodetic_from_ecef(pos[0], pos[1], pos[2])
    up[0], up[1], up[2] = math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)
    return height_m


class Problem(NamedTuple):
    """What a solution is made from; n stations."""

    stations: NDArray[np.float64]
    station_height_m: NDArray[np.float64]
    station_up: NDArray[np.float64]
    arrival_m: NDArray[np.float64]
    sigma_m: NDArray[np.float64]
    height_m: float
    height_sigma_m: float
    refractivity: float


@kernel
def locate(
    stations: NDArray[np.float64],
    arrival_m: NDArray[np.float64],
    sigma_m: NDArray[np.float64],
    height_m: float,
    height_sigma_m: float,
    refractivity: float,
    pos: NDArray[np.float64],
    cov: NDArray[np.float64],
    residual_m: NDArray[np.float64],
) -> tuple[int, float]:
    """Position of a sender from times of arrival.

    Args:
        stations: [n, 3], 3 <= n <= 16, near the ground and near a plane.
        arrival_m: [n] times of arrival times the speed of light; a common offset changes nothing.
        sigma_m: [n] their one-sigma errors.
        height_m: height above the ellipsoid that the sender reports.
        height_sigma_m: its one-sigma error; 0 where there is none, and then four stations are needed.
        refractivity: refractive index of the air less one at sea level; 0 for a vacuum.
        pos: [3] receives the position.
        cov: [3, 3] receives its covariance, by the sigmas given.
        residual_m: [n] receives measured less fitted arrivals.

    Returns:
        SOLVED, TOO_FEW, SINGULAR (the geometry gives no position), NOT_CONVERGED or AMBIGUOUS (another position
        explains the arrivals as well); and the sum of the squares of the residuals over their sigmas, the height's too.
        Only SOLVED and AMBIGUOUS write a position.
    """
    n = stations.shape[0]
    aided = height_sigma_m > 0.0
    if n < (3 if aided else 4) or n > MAX_STATIONS:
        return TOO_FEW, math.nan
    starts = np.empty((2, 3))
    found = closed_form(stations, arrival_m, height_m, aided, starts)
    if found == 0:
        return SINGULAR, math.nan
    height, up = np.empty(n), np.empty((n, 3))
    for i in range(n):
        height[i] = _upwards(stations[i], up[i])
    problem = Problem(stations, height, up, arrival_m, sigma_m, height_m, height_sigma_m, refractivity)
    covs, residuals, verdicts = np.empty((2, 3, 3)), np.empty((2, n)), np.empty((2, 4))
    states = np.empty(2, np.int64)
    for k in range(found):
        states[k] = _refine(problem, starts[k], covs[k], residuals[k], verdicts[k])
    status, k = _choice(states, verdicts, starts, found)
    if status != SOLVED and status != AMBIGUOUS:
        return status, math.nan
    pos[:] = starts[k]
    cov[:] = covs[k]
    residual_m[:] = residuals[k]
    return status, verdicts[k, 1]


@kernel
def _heard(verdict: NDArray[np.float64]) -> bool:
    """Whether an aircraft can be where this verdict of `_refine` is, and be heard by all the stations."""
    return bool(LOWEST_M <= verdict[2] <= HIGHEST_M and verdict[3] >= _LOWEST_SINE)


@kernel
def _choice(
    states: NDArray[np.int64], verdicts: NDArray[np.float64], places: NDArray[np.float64], found: int
) -> tuple[int, int]:
    """Status and number of the better of two roots: one where aircraft fly, then the one of lower cost.

    Two that fly, are apart and fit about equally well are both possible.
    """
    if found == 1:
        return int(states[0]), 0
    if states[0] != SOLVED or states[1] != SOLVED:
        k = 0 if states[0] == SOLVED else 1
        return int(states[k]), k
    flies = (_heard(verdicts[0]), _heard(verdicts[1]))
    if flies[0] != flies[1]:
        return SOLVED, 0 if flies[0] else 1
    k = 0 if verdicts[0, 0] <= verdicts[1, 0] else 1
    gap2 = 0.0
    for a in range(3):
        gap2 += (places[0, a] - places[1, a]) ** 2
    if flies[0] and gap2 > _APART_M * _APART_M and abs(verdicts[0, 0] - verdicts[1, 0]) < _EQUAL_COST:
        return AMBIGUOUS, k
    return SOLVED, k


@kernel
def _refine(
    problem: Problem,
    pos: NDArray[np.float64],
    cov: NDArray[np.float64],
    residual_m: NDArray[np.float64],
    verdict: NDArray[np.float64],
) -> int:
    """Take pos[3] to the least cost by Levenberg's and Marquardt's steps; status.

    Writes covariance, residuals, and into verdict[4] cost (Huber's), misfit (sum of squares), height and the sine of
    the least elevation at a station.
    """
    n = problem.stations.shape[0]
    towards, up = np.empty((n, 3)), np.empty(3)
    normal, gradient = np.empty((4, 4)), np.empty(4)
    damped, low, inverse = np.empty((4, 4)), np.empty((4, 4)), np.empty((4, 4))
    trial, trial_verdict = np.empty(4), np.empty(4)
    state = np.array((pos[0], pos[1], pos[2], 0.0))
    _fit(problem, state, residual_m, towards, up, verdict)
    state[3] = residual_m.mean()
    _fit(problem, state, residual_m, towards, up, verdict)
    damping, status = 1e-4, NOT_CONVERGED
    for _ in range(_ITERATIONS):
        _normal_equations(problem, residual_m, towards, up, verdict[2], normal, gradient)
        for a in range(4):
            for b in range(4):
                damped[a, b] = normal[a, b]
            damped[a, a] += damping * normal[a, a]
        if not invert(damped, inverse, low, 4):
            return SINGULAR
        promise = 0.0
        for a in range(4):
            step = 0.0
            for b in range(4):
                step += inverse[a, b] * gradient[b]
            trial[a] = state[a] + step
            promise += step * gradient[a]
        _fit(problem, trial, residual_m, towards, up, trial_verdict)
        gain = verdict[0] - trial_verdict[0]
        if gain >= 0.0:
            for a in range(4):
                state[a] = trial[a]
                verdict[a] = trial_verdict[a]
            damping = max(0.1 * damping, 1e-12)
        else:
            _fit(problem, state, residual_m, towards, up, verdict)
            damping *= 10.0
        if promise < _LEAST_GAIN:
            status = SOLVED
            break
    _normal_equations(problem, residual_m, towards, up, verdict[2], normal, gradient)
    if status == SOLVED and not invert(normal, inverse, low, 4):
        return SINGULAR
    for a in range(3):
        pos[a] = state[a]
        for b in range(3):
            cov[a, b] = inverse[a, b]
    if not cov[0, 0] + cov[1, 1] + cov[2, 2] < _LARGEST_VAR_M2:
        return SINGULAR
    return status


@kernel
def _fit(
    problem: Problem,
    state: NDArray[np.float64],
    residual_m: NDArray[np.float64],
    towards: NDArray[np.float64],
    up: NDArray[np.float64],
    verdict: NDArray[np.float64],
) -> None:
    """Write residuals, their slopes `towards` [n, 3], the unit vector upwards [3] and `verdict` as in `_refine`."""
    height_m = _upwards(state, up)
    cost, misfit, lowest = 0.0, 0.0, 1.0
    for i in range(residual_m.size):
        for a in range(3):
            towards[i, a] = state[a] - problem.stations[i, a]
        range_m = math.sqrt(towards[i, 0] ** 2 + towards[i, 1] ** 2 + towards[i, 2] ** 2)
        mean, slope = path_refractivity(problem.refractivity, problem.station_height_m[i], height_m, range_m)
        slow = 1.0 + mean
        rise_m = 0.0
        for a in range(3):
            rise_m += problem.station_up[i, a] * towards[i, a]
            towards[i, a] = towards[i, a] * slow / max(range_m, 1.0) + range_m * slope * up[a]
        lowest = min(lowest, rise_m / max(range_m, 1.0))
        residual_m[i] = problem.arrival_m[i] - state[3] - range_m * slow
        part = abs(residual_m[i]) / problem.sigma_m[i]
        misfit += part * part
        cost += part * part if part < HUBER else HUBER * (2.0 * part - HUBER)
    if problem.height_sigma_m > 0.0:
        part = (problem.height_m - height_m) / problem.height_sigma_m
        misfit += part * part
        cost += part * part
    verdict[0], verdict[1], verdict[2], verdict[3] = cost, misfit, height_m, lowest


@kernel
def _normal_equations(
    problem: Problem,
    residual_m: NDArray[np.float64],
    towards: NDArray[np.float64],
    up: NDArray[np.float64],
    height_m: float,
    normal: NDArray[np.float64],
    gradient: NDArray[np.float64],
) -> None:
    """Write the weighted normal matrix [4, 4] and right-hand side [4] of a step; the fourth unknown is the offset."""
    row = np.empty(4)
    row[3] = 1.0
    normal[:] = 0.0
    gradient[:] = 0.0
    for i in range(residual_m.size):
        weight = 1.0 / (problem.sigma_m[i] * problem.sigma_m[i])
        part = abs(residual_m[i]) / problem.sigma_m[i]
        if part > HUBER:
            weight *= HUBER / part
        for a in range(3):
            row[a] = towards[i, a]
        for a in range(4):
            gradient[a] += weight * row[a] * residual_m[i]
            for b in range(4):
                normal[a, b] += weight * row[a] * row[b]
    if problem.height_sigma_m > 0.0:
        weight = 1.0 / (problem.height_sigma_m * problem.height_sigma_m)
        for a in range(3):
            gradient[a] += weight * up[a] * (problem.height_m - height_m)
            for b in range(3):
                normal[a, b] += weight * up[a] * up[b]


@kernel
def locate_rows(
    station_ecef_m: NDArray[np.float64],
    first: NDArray[np.int64],
    station: NDArray[np.int32],
    arrival_m: NDArray[np.float64],
    sigma_m: NDArray[np.float64],
    height_m: NDArray[np.float64],
    height_sigma_m: NDArray[np.float64],
    refractivity: float,
    status: NDArray[np.uint8],
    misfit: NDArray[np.float64],
    pos: NDArray[np.float64],
    cov: NDArray[np.float64],
    residual_m: NDArray[np.float64],
) -> None:
    """Write `locate` of every message; NaN where there is no position.

    Args:
        station_ecef_m: [m, 3] all stations.
        first: [n + 1] message i has the arrivals first[i]..first[i + 1].
        station: [k] row of the station of each arrival.
        arrival_m: [k] as in `locate`; `sigma_m` [k], `height_m` [n] and `height_sigma_m` [n] too.
        refractivity: as in `locate`.
        status: [n] receives the status, `misfit` [n] the misfit, `pos` [n, 3], `cov` [n, 3, 3], `residual_m` [k].
    """
    pos[:] = math.nan
    cov[:] = math.nan
    residual_m[:] = math.nan
    for i in range(status.size):
        a, b = first[i], first[i + 1]
        stations = np.empty((b - a, 3))
        for j in range(a, b):
            stations[j - a] = station_ecef_m[station[j]]
        found, miss = locate(
            stations, arrival_m[a:b], sigma_m[a:b], height_m[i], height_sigma_m[i], refractivity,
            pos[i], cov[i], residual_m[a:b],
        )  # fmt: skip
        status[i] = found
        misfit[i] = miss


@kernel
def predicted_rows(
    station_ecef_m: NDArray[np.float64],
    first: NDArray[np.int64],
    station: NDArray[np.int32],
    pos: NDArray[np.float64],
    refractivity: float,
    out: NDArray[np.float64],
) -> None:
    """Write how long (m of light in a vacuum) every arrival's way from its message's position pos[n, 3] takes."""
    for i in range(pos.shape[0]):
        _, _, height_m = geodetic_from_ecef(pos[i, 0], pos[i, 1], pos[i, 2])
        for j in range(first[i], first[i + 1]):
            own = station_ecef_m[station[j]]
            _, _, own_height_m = geodetic_from_ecef(own[0], own[1], own[2])
            range_m = math.sqrt(
                (pos[i, 0] - own[0]) ** 2 + (pos[i, 1] - own[1]) ** 2 + (pos[i, 2] - own[2]) ** 2
            )
            slow, _ = path_refractivity(refractivity, own_height_m, height_m, range_m)
            out[j] = range_m * (1.0 + slow)
