"""The interacting multiple model filter of one track: three modes of one six-state, with biases considered.

Mixing is that of Blom and Bar-Shalom ("The interacting multiple model algorithm", IEEE Trans. AC 33(8), 1988),
with transition probabilities of a continuous-time Markov chain, so that irregular updates are right.
Biases of sensors: kernels.bias.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.bank import (
    MODES,
    SET_BETA,
    SET_BOOST,
    SET_BOOST_GROWTH,
    SET_BOOST_HOLD,
    SET_BOOST_SHARE,
    SET_DRAG_TIME,
    SET_Q_BALLISTIC,
    SET_Q_LEVEL,
    SET_Q_MANOEUVRE,
    SET_RATES,
)
from skypact.kernels.bias import unexplained_bias, update_bias_gain
from skypact.kernels.jit import bare
from skypact.kernels.measurement import TWO_PI, wrap
from skypact.kernels.motion import (
    BURN_S,
    beyond_aircraft,
    boost_chance,
    climb_rate,
    predict_ballistic,
    predict_boost,
    predict_level,
    predict_white,
)
from skypact.kernels.multitarget.inline import inlined

LEAST_MODE = 1e-6
"""Mode probabilities are kept above this."""


@bare
def transition(
    rates: NDArray[np.float64], dt_s: float, out: NDArray[np.float64], work: NDArray[np.float64]
) -> None:
    """Write exp(rates |dt|) into out[3, 3]: rows sum to 1. `rates` is a generator, 9 numbers row by row, per second.

    work [3, 3] is scratch (both may be larger).
    Scaling and squaring of a Taylor series of order 4; the halvings keep the largest entry below 1/4.
    """
    largest = max(abs(rates[0]), abs(rates[4]), abs(rates[8])) * abs(dt_s)
    halvings = 0
    while largest > 0.25 and halvings < 30:
        largest *= 0.5
        halvings += 1
    scale = abs(dt_s) * 0.5**halvings
    for i in range(3):
        for j in range(3):
            out[i, j] = 1.0 if i == j else 0.0
    for order in range(4, 0, -1):
        _multiply_generator(rates, scale / order, out, work)
    for _ in range(halvings):
        for i in range(3):
            for j in range(3):
                work[i, j] = out[i, 0] * out[0, j] + out[i, 1] * out[1, j] + out[i, 2] * out[2, j]
        _copy(work, out)


@bare
def _copy(source: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    for i in range(3):
        for j in range(3):
            out[i, j] = source[i, j]


@bare
def _multiply_generator(
    rates: NDArray[np.float64], scale: float, out: NDArray[np.float64], work: NDArray[np.float64]
) -> None:
    """out <- I + scale * rates @ out: a step of Horner's rule."""
    for i in range(3):
        for j in range(3):
            total = 0.0
            for m in range(3):
                total += rates[3 * i + m] * out[m, j]
            work[i, j] = scale * total + (1.0 if i == j else 0.0)
    _copy(work, out)


@bare
def mix(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    chance: NDArray[np.float64],
    mean_out: NDArray[np.float64],
    cov_out: NDArray[np.float64],
    mode_out: NDArray[np.float64],
) -> None:
    """Write the mixed means [3, 6], covariances [3, 6, 6] and predicted mode probabilities [3] (eqs. 2-5)."""
    for j in range(MODES):
        total = 0.0
        for i in range(MODES):
            total += chance[i, j] * mode[i]
        mode_out[j] = max(total, LEAST_MODE)
        w0 = chance[0, j] * mode[0] / total
        w1 = chance[1, j] * mode[1] / total
        w2 = chance[2, j] * mode[2] / total
        for a in range(6):
            mean_out[j, a] = w0 * mean[0, a] + w1 * mean[1, a] + w2 * mean[2, a]
        for a in range(6):
            d0 = mean[0, a] - mean_out[j, a]
            d1 = mean[1, a] - mean_out[j, a]
            d2 = mean[2, a] - mean_out[j, a]
            for b in range(a, 6):
                c = (
                    w0 * (cov[0, a, b] + d0 * (mean[0, b] - mean_out[j, b]))
                    + w1 * (cov[1, a, b] + d1 * (mean[1, b] - mean_out[j, b]))
                    + w2 * (cov[2, a, b] + d2 * (mean[2, b] - mean_out[j, b]))
                )
                cov_out[j, a, b] = c
                cov_out[j, b, a] = c


@bare
def predict_modes(
    mean: NDArray[np.float64], cov: NDArray[np.float64], dt_s: float, settings: NDArray[np.float64]
) -> None:
    """Advance each mode's mean [3, 6] and covariance [3, 6, 6] in place by its own motion."""
    if dt_s == 0.0:
        return
    predict_level(mean[0], cov[0], dt_s, settings[SET_Q_LEVEL])
    predict_manoeuvre(mean[1], cov[1], dt_s, settings)
    predict_ballistic(
        mean[2], cov[2], dt_s, settings[SET_Q_BALLISTIC], settings[SET_BETA], settings[SET_DRAG_TIME]
    )


@bare
def predict_manoeuvre(
    mean: NDArray[np.float64], cov: NDArray[np.float64], dt_s: float, settings: NDArray[np.float64]
) -> None:
    """Advance mean[6] and cov[6, 6] in place by a turn or, for what climbs as no aircraft can, by a boost to its end.

    In between, by so much of each; after `BURN_S` a boost is over, and what it is flies on freely.
    """
    speed = math.sqrt(mean[3] * mean[3] + mean[4] * mean[4] + mean[5] * mean[5])
    chance = boost_chance(climb_rate(mean), speed)
    if chance > 0.0:
        _predict_push(mean, cov, dt_s, chance, settings)
    else:
        predict_white(mean, cov, dt_s, settings[SET_Q_MANOEUVRE])


@bare
def _predict_push(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    dt_s: float,
    chance: float,
    settings: NDArray[np.float64],
) -> None:
    """`predict_manoeuvre` for what boosts with some chance: apart, as it is rare and long."""
    most = BURN_S + (1.0 - chance) * max(abs(dt_s) - BURN_S, 0.0)
    burn = min(max(dt_s, -most), most)
    predict_boost(
        mean,
        cov,
        burn,
        settings[SET_BOOST],
        settings[SET_BOOST_GROWTH],
        settings[SET_BOOST_SHARE],
        settings[SET_BOOST_HOLD],
        chance,
        settings[SET_Q_MANOEUVRE],
    )
    if burn != dt_s:
        predict_ballistic(
            mean, cov, dt_s - burn, settings[SET_Q_BALLISTIC], settings[SET_BETA], settings[SET_DRAG_TIME]
        )


@bare
def predict_track(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    mixes: bool,
    dt_s: float,
    settings: NDArray[np.float64],
    mean_out: NDArray[np.float64],
    cov_out: NDArray[np.float64],
    mode_out: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Write a track's modes as predicted over dt: mixed first if `mixes`, else each on its own.

    work [2, 3, 3] or larger is scratch.
    """
    if mixes and dt_s != 0.0:
        transition(settings[SET_RATES : SET_RATES + 9], dt_s, work[0], work[1])
        if _none_flies_level(mean, mode):
            for i in range(MODES):
                work[0, i, 1] += work[0, i, 0]
                work[0, i, 0] = LEAST_MODE
        mix(mean, cov, mode, work[0], mean_out, cov_out, mode_out)
    else:
        for j in range(MODES):
            mode_out[j] = mode[j]
            for a in range(6):
                mean_out[j, a] = mean[j, a]
                for b in range(6):
                    cov_out[j, a, b] = cov[j, a, b]
    predict_modes(mean_out, cov_out, dt_s, settings)


@inlined
def _none_flies_level(mean: NDArray[np.float64], mode: NDArray[np.float64]) -> bool:
    """Whether the likeliest of a track's modes is where no aircraft flies, so that level flight is no way to go on."""
    best = 0
    for j in range(1, MODES):
        if mode[j] > mode[best]:
            best = j
    return beyond_aircraft(mean[best])


@bare
def combine(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    mean_out: NDArray[np.float64],
    cov_out: NDArray[np.float64],
) -> None:
    """Write the mixture's mean [6] and covariance [6, 6] (eqs. 9-10)."""
    for a in range(6):
        mean_out[a] = mode[0] * mean[0, a] + mode[1] * mean[1, a] + mode[2] * mean[2, a]
    for a in range(6):
        for b in range(a, 6):
            total = 0.0
            for j in range(MODES):
                total += mode[j] * (cov[j, a, b] + (mean[j, a] - mean_out[a]) * (mean[j, b] - mean_out[b]))
            cov_out[a, b] = total
            cov_out[b, a] = total


@bare
def update_modes(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    bias_gain: NDArray[np.float64],
    bias_var: NDArray[np.float64],
    used: NDArray[np.int32],
    slot: int,
    z: NDArray[np.float64],
    var: NDArray[np.float64],
    point: NDArray[np.float64],
    value: NDArray[np.float64],
    rows: NDArray[np.float64],
    held: NDArray[np.float64],
    gates: NDArray[np.float64],
    work: NDArray[np.float64],
) -> tuple[float, float]:
    """Update a track in place with one measurement, component by component; log likelihood and squared distance.

    mean [3, 6], cov [3, 6, 6], mode [3], bias_gain [4, 6, 4] are updated; components with var <= 0 are absent.
    `value` [4] and `rows` [4, 6] are measurement and Jacobian at `point` [6]; `slot` is the sensor's. The gain is
    P H' / (H P H' + R + M), M the variance of the bias not yet explained; the covariance is Joseph's for that gain,
    multiplied out: P - K H P - (K H P)' + K (H P H' + R) K'. Component by component the running mode
    probabilities give exactly the mixture's joint likelihood. Along `held` [3], a unit vector or zero, neither position
    nor velocity is changed (its error is considered, not estimated: Schmidt 1966). Returns (-inf, distance) as soon
    as every mode lies outside `gates` [4] (by number of components), the squared distance being the likeliest mode's.
    work [3, 4, 6] or larger is scratch.
    """
    gain, cross, unexplained, distance = work[0], work[0, 3], work[1], work[2]
    for j in range(MODES):
        distance[0, j] = 0.0
    likelihood, exponent = 1.0, 0.0
    count = 0
    for k in range(4):
        if var[k] <= 0.0:
            continue
        m = unexplained_bias(bias_gain, bias_var, used, slot, k, rows, point, unexplained)
        residual = z[k] - value[k]
        if k == 1:
            residual = wrap(residual)
        for a in range(6):
            residual += rows[k, a] * point[a]
        nearest, least = math.inf, math.inf
        for j in range(MODES):
            nu2, s = update_scalar(mean[j], cov[j], rows[k], residual, var[k], m, held, gain[j], cross)
            distance[0, j] += nu2
            distance[1, j] = nu2
            distance[2, j] = s
            least = min(least, nu2)
            nearest = min(nearest, distance[0, j])
        count += 1
        if nearest > gates[3]:
            return -math.inf, nearest
        total = 0.0
        for j in range(MODES):
            weight = math.exp(0.5 * (least - distance[1, j])) / math.sqrt(TWO_PI * distance[2, j])
            mode[j] *= weight
            total += mode[j]
        for j in range(MODES):
            mode[j] = max(mode[j] / total, LEAST_MODE)
        likelihood *= total
        exponent -= 0.5 * least
        update_bias_gain(bias_gain, used, slot, mode, gain, unexplained)
    best = 0
    total = mode[0] + mode[1] + mode[2]
    for j in range(MODES):
        mode[j] /= total
        if mode[j] > mode[best]:
            best = j
    if count == 0 or distance[0, best] > gates[count - 1]:
        return -math.inf, distance[0, best]
    return exponent + math.log(likelihood), distance[0, best]


@bare
def update_scalar(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    row: NDArray[np.float64],
    residual: float,
    var: float,
    bias: float,
    held: NDArray[np.float64],
    gain: NDArray[np.float64],
    cross: NDArray[np.float64],
) -> tuple[float, float]:
    """Update one mode in place with one component; squared normalised innovation and its variance.

    gain [6] receives K, cross [6] is scratch for P H'.
    """
    s = var + bias
    nu = residual
    for a in range(6):
        total = 0.0
        for b in range(6):
            total += cov[a, b] * row[b]
        cross[a] = total
        s += row[a] * total
        nu -= row[a] * mean[a]
    along_pos, along_vel = 0.0, 0.0
    for a in range(3):
        along_pos += held[a] * cross[a]
        along_vel += held[a] * cross[a + 3]
    for a in range(3):
        gain[a] = (cross[a] - along_pos * held[a]) / s
        gain[a + 3] = (cross[a + 3] - along_vel * held[a]) / s
    for a in range(6):
        own = (s - bias) * gain[a] - cross[a]
        for b in range(a, 6):
            c = cov[a, b] - gain[a] * cross[b] + own * gain[b]
            cov[a, b] = c
            cov[b, a] = c
        mean[a] += gain[a] * nu
    return nu * nu / s, s


@bare
def anchor_height(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    up: NDArray[np.float64],
    height_m: float,
    assumed_m: float,
    sigma_m: float,
    cross: NDArray[np.float64],
) -> None:
    """Keep one mode's height, where nothing measures it, from spreading beyond an assumed one.

    Where the sigma of height (along the unit vector `up`) exceeds sigma_m, the assumed height is taken in with the
    weight that brings it back to sigma_m; below, nothing is done, so that the assumption never adds up to knowledge.
    cross [6] is scratch.
    """
    spread = 0.0
    for a in range(6):
        cross[a] = cov[a, 0] * up[0] + cov[a, 1] * up[1] + cov[a, 2] * up[2]
    for a in range(3):
        spread += up[a] * cross[a]
    if spread <= sigma_m * sigma_m:
        return
    share = (spread - sigma_m * sigma_m) / (spread * spread)
    for a in range(6):
        mean[a] += cross[a] * share * (assumed_m - height_m)
        for b in range(6):
            cov[a, b] -= share * cross[a] * cross[b]
