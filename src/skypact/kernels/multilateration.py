"""Where a signal came from, by its times of arrival at stations whose clocks agree.

The unknowns are position and instant of sending. A closed form (kernels.hyperbola) gives the start, Levenberg's and
Marquardt's method with Huber's weights the rest (Huber, "Robust statistics", 1981, section 7). Where the times do not
agree, closed forms that leave out one station each start it again, and what still does not agree is no position: the
test and the exclusion of satellite navigation's integrity monitoring (Parkinson and Axelrad, "Autonomous GPS integrity
monitoring using the pseudorange residual", Navigation 35(2), 1988). Times are given as lengths: speed of light times
time. Positions are ECEF, metres.
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

SOLVED, TOO_FEW, SINGULAR, NOT_CONVERGED, AMBIGUOUS, UNFIT = range(6)
"""What became of a solution: the position is one only where it is SOLVED."""

MAX_STATIONS = 16
LOWEST_M, HIGHEST_M = -1_000.0, 25_000.0
"""Between these heights above the ellipsoid aircraft fly."""
HUBER = 2.0
"""From so many sigma a residual counts by its size instead of its square."""
SCALE_HEIGHT_M = 7_350.0
"""Of refractivity (ITU-R P.453-14, eq. 8)."""
UNFIT_CHANCE = 1e-6
"""Of a misfit as large as this by normal errors alone the times are said not to agree."""
MISFIT_MAX = np.array(
    (23.928, 27.631, 30.665, 33.377, 35.888, 38.258, 40.522, 42.701, 44.811, 46.863, 48.866, 50.825, 52.747)
)
"""Chi square that is exceeded with UNFIT_CHANCE, by degrees of freedom from 1 on."""

_ITERATIONS = 80
_LEAST_GAIN = 1e-6  # a step of less than 1e-3 sigma ends the search
_HEIGHT_SIGMAS = 4.0
_APART_M = 100.0
_FAR_M = 1_000.0
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
        SOLVED, TOO_FEW, SINGULAR (the geometry gives no position), NOT_CONVERGED, AMBIGUOUS (another position
        explains the arrivals as well) or UNFIT (no place where aircraft fly explains them, nor all but one of them);
        and the sum of the squares of the residuals over their sigmas, the height's too, NaN where nothing was solved.
        Only SOLVED and AMBIGUOUS write a position.
    """
    n = stations.shape[0]
    aided = height_sigma_m > 0.0
    fewest = 3 if aided else 4
    if n < fewest or n > MAX_STATIONS:
        return TOO_FEW, math.nan
    height, up = np.empty(n), np.empty((n, 3))
    for i in range(n):
        height[i] = _upwards(stations[i], up[i])
    problem = Problem(stations, height, up, arrival_m, sigma_m, height_m, height_sigma_m, refractivity)
    places, covs = np.empty((2 * n + 2, 3)), np.empty((2 * n + 2, 3, 3))
    residuals, verdicts = np.empty((2 * n + 2, n)), np.empty((2 * n + 2, 4))
    states = np.empty(2 * n + 2, np.int64)
    found = closed_form(stations, arrival_m, height_m, aided, places)
    for k in range(found):
        states[k] = _refine(problem, places[k], covs[k], residuals[k], verdicts[k])
    status, k = _choice(states, verdicts, places, found)
    freedom = n - fewest
    fits = status == AMBIGUOUS or (status == SOLVED and _agree(verdicts[k, 1], freedom))
    if not (fits and _flies(places[k], covs[k])):
        before = found
        if freedom > 0:
            found = _without_each(problem, aided, places, found)
        for k in range(before, found):
            states[k] = _refine(problem, places[k], covs[k], residuals[k], verdicts[k])
        status, k = _choice(states, verdicts, places, found)
        if status == SOLVED and not _agree(verdicts[k, 1], freedom):
            status = _with_one_wild(problem, k, states, verdicts, places, residuals, found, freedom)
        if status == UNFIT or (status == SOLVED and not _flies(places[k], covs[k])):
            return UNFIT, verdicts[k, 1]
    if status != SOLVED and status != AMBIGUOUS:
        return status, math.nan
    pos[:] = places[k]
    cov[:] = covs[k]
    residual_m[:] = residuals[k]
    return status, verdicts[k, 1]


@kernel
def _without_each(problem: Problem, aided: bool, places: NDArray[np.float64], found: int) -> int:
    """Write the closed forms that leave out one station each after the `found` first places; the new number."""
    n = problem.arrival_m.size
    stations, arrival_m = np.empty((n - 1, 3)), np.empty(n - 1)
    for out in range(n):
        for i in range(n - 1):
            j = i if i < out else i + 1
            stations[i] = problem.stations[j]
            arrival_m[i] = problem.arrival_m[j]
        found += closed_form(stations, arrival_m, problem.height_m, aided, places[found:])
    return found


@kernel
def _agree(misfit: float, freedom: int) -> bool:
    """Whether a misfit can be chance; it is where nothing is left to check the times by."""
    return bool(freedom == 0 or misfit <= MISFIT_MAX[freedom - 1])


@kernel
def _with_one_wild(
    problem: Problem,
    best: int,
    states: NDArray[np.int64],
    verdicts: NDArray[np.float64],
    places: NDArray[np.float64],
    residuals: NDArray[np.float64],
    found: int,
    freedom: int,
) -> int:
    """SOLVED where all times but one agree with the best place; AMBIGUOUS where they do with a far place too; UNFIT."""
    status = UNFIT
    for k in range(found):
        if freedom < 2 or states[k] != SOLVED or not (k == best or _heard(verdicts[k])):
            continue
        worst, gap2 = 0.0, 0.0
        for i in range(problem.sigma_m.size):
            worst = max(worst, (residuals[k, i] / problem.sigma_m[i]) ** 2)
        for a in range(3):
            gap2 += (places[k, a] - places[best, a]) ** 2
        if _agree(verdicts[k, 1] - worst, freedom - 1):
            if k == best and status == UNFIT:
                status = SOLVED
            elif gap2 > _FAR_M * _FAR_M:
                status = AMBIGUOUS
    return status


@kernel
def _flies(place: NDArray[np.float64], cov: NDArray[np.float64]) -> bool:
    """Whether aircraft fly so high or low as this place may be: within `_HEIGHT_SIGMAS` of its own height's error."""
    up = np.empty(3)
    height_m = _upwards(place, up)
    variance = 0.0
    for a in range(3):
        for b in range(3):
            variance += up[a] * cov[a, b] * up[b]
    room_m = _HEIGHT_SIGMAS * math.sqrt(max(variance, 0.0))
    return bool(LOWEST_M - room_m <= height_m <= HIGHEST_M + room_m)


@kernel
def _heard(verdict: NDArray[np.float64]) -> bool:
    """Whether an aircraft can be where this verdict of `_refine` is, and be heard by all the stations."""
    return bool(LOWEST_M <= verdict[2] <= HIGHEST_M and verdict[3] >= _LOWEST_SINE)


@kernel
def _choice(
    states: NDArray[np.int64], verdicts: NDArray[np.float64], places: NDArray[np.float64], found: int
) -> tuple[int, int]:
    """Status and number of the best of the places found: one where aircraft fly, then the one of lowest cost.

    Two that fly, are apart and fit about equally well are both possible.
    """
    best = -1
    for k in range(found):
        if states[k] != SOLVED:
            continue
        flies, flew = _heard(verdicts[k]), best >= 0 and _heard(verdicts[best])
        if best < 0 or flies > flew or (flies == flew and verdicts[k, 0] < verdicts[best, 0]):
            best = k
    if best < 0:
        return int(states[0]) if found > 0 else SINGULAR, 0
    if _heard(verdicts[best]):
        for k in range(found):
            gap2 = 0.0
            for a in range(3):
                gap2 += (places[k, a] - places[best, a]) ** 2
            rival = states[k] == SOLVED and _heard(verdicts[k]) and gap2 > _APART_M * _APART_M
            if rival and verdicts[k, 0] - verdicts[best, 0] < _EQUAL_COST:
                return AMBIGUOUS, best
    return SOLVED, best


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
