"""Registration: the biases of sources estimated from objects that several of them see at one instant.

Source k says y_k = x + J_k b_k + e_k of the position x of a common object: b_k are its biases, J_k their effect, e_k
its random error. Differences y_k - y_0 are free of x: they are the exact pseudo-measurements of the biases of Lin,
Kirubarajan and Bar-Shalom ("Exact multisensor dynamic bias estimation with local tracks", IEEE T-AES 40(2), 2004;
"Multisensor-multitarget bias estimation for general asynchronous sensors", IEEE T-AES 41(3), 2005; before them Dana,
"Registration: a prerequisite for multiple sensor tracking", in Multitarget-Multisensor Tracking, Artech 1990). All
differences of an object are taken together with their whole covariance, so nothing is lost to the choice of source 0.
What no difference shows keeps its prior variance.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.intersection import cholesky, invert
from skypact.kernels.jit import bare, kernel
from skypact.kernels.measurement import wrap

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]

PLOT_TERMS = 7
"""Biases of a sensor: range (m), bearing, elevation (rad), clock (s), position east, north, up (m)."""


@kernel
def absorb(
    mean: F8,
    cov: F8,
    terms: int,
    group: I8,
    source: I4,
    y: F8,
    noise: F8,
    effect: F8,
    reach_m: float,
) -> int:
    """Update the biases by all common objects, in the order of the rows; how many objects were used.

    A Kalman filter without motion: the differences of an object are whitened by the Cholesky factor of their covariance
    and taken one number after the other. An object of which two positions differ by more than `reach_m` is left out.

    Args:
        mean: [S * terms] biases, source by source; changed in place.
        cov: [S * terms, S * terms]; changed in place.
        terms: biases a source.
        group: [m] rows of one object have one number and stand together.
        source: [m] whose the row is, below S.
        y: [m, 3] what it says of the position, biases uncorrected, m.
        noise: [m, 3, 3] covariance of its random error.
        effect: [m, 3, terms] J.
        reach_m: see above.
    """
    used = 0
    begin = 0
    gain, touched = np.empty(len(mean)), np.empty(len(mean), np.int64)
    while begin < len(group):
        end = begin + 1
        while end < len(group) and group[end] == group[begin]:
            end += 1
        near = end - begin > 1
        for i in range(begin + 1, end):
            near = near and _gap2(y, begin, i) <= reach_m * reach_m
        if near:
            k = end - begin
            rows, columns = 3 * (k - 1), k * terms
            total = np.empty((rows, rows))
            low = np.empty((rows, rows))
            model = np.zeros((rows, columns))
            residual = np.empty(rows)
            index = np.empty(columns, np.int64)
            _differences(y, noise, effect, source, terms, begin, k, total, model, residual, index)
            if cholesky(total, low, rows):
                _whiten(low, model, residual)
                for r in range(rows):
                    _scalar_update(mean, cov, model[r], index, residual[r], gain, touched)
                used += 1
        begin = end
    return used


@bare
def _gap2(y: F8, i: int, j: int) -> float:
    """Squared distance of two rows."""
    dx, dy, dz = y[i, 0] - y[j, 0], y[i, 1] - y[j, 1], y[i, 2] - y[j, 2]
    return float(dx * dx + dy * dy + dz * dz)


@bare
def _differences(
    y: F8,
    noise: F8,
    effect: F8,
    source: I4,
    terms: int,
    begin: int,
    k: int,
    total: F8,
    model: F8,
    residual: F8,
    index: I8,
) -> None:
    """The differences of an object's k rows from its first: covariance, effect of the biases, value, state rows."""
    for i in range(k):
        for t in range(terms):
            index[i * terms + t] = source[begin + i] * terms + t
    for i in range(1, k):
        for a in range(3):
            r = 3 * (i - 1) + a
            residual[r] = y[begin + i, a] - y[begin, a]
            for t in range(terms):
                model[r, t] = -effect[begin, a, t]
                model[r, i * terms + t] = effect[begin + i, a, t]
            for j in range(1, k):
                for b in range(3):
                    value = noise[begin, a, b]
                    if i == j:
                        value += noise[begin + i, a, b]
                    total[r, 3 * (j - 1) + b] = value


@bare
def _whiten(low: F8, model: F8, residual: F8) -> None:
    """Multiply model and residual by the inverse of the lower factor, in place."""
    rows, columns = model.shape
    for r in range(rows):
        for q in range(r):
            factor = low[r, q]
            residual[r] -= factor * residual[q]
            for c in range(columns):
                model[r, c] -= factor * model[q, c]
        residual[r] /= low[r, r]
        for c in range(columns):
            model[r, c] /= low[r, r]


@bare
def _scalar_update(mean: F8, cov: F8, row: F8, index: I8, value: float, gain: F8, touched: I8) -> None:
    """One measurement of unit variance; only what is correlated with it is touched. Rows of cov are read in order."""
    n, count = len(mean), 0
    innovation, variance = value, 1.0
    gain[:] = 0.0
    for c in range(len(index)):
        k, effect = index[c], row[c]
        for i in range(n):
            gain[i] += cov[k, i] * effect
    for c in range(len(index)):
        innovation -= row[c] * mean[index[c]]
        variance += row[c] * gain[index[c]]
    for i in range(n):
        if gain[i] != 0.0:
            touched[count] = i
            count += 1
    for p in range(count):
        i = touched[p]
        share = gain[i] / variance
        mean[i] += share * innovation
        for q in range(p, count):
            j = touched[q]
            cov[i, j] -= share * gain[j]
            cov[j, i] = cov[i, j]


@kernel
def plot_places(pos: F8, rot: F8, bias: F8, sensor: I4, z: F8, velocity: F8, place: F8) -> None:
    """Write the position, ECEF [m, 3], that each plot alone says, its sensor's biases taken off (see `plot_rows`)."""
    for i in range(len(sensor)):
        s = sensor[i]
        r = z[i, 0] - bias[s, 0]
        bearing, elevation = z[i, 1] - bias[s, 1], z[i, 2] - bias[s, 2]
        level = r * math.cos(elevation)
        east, north, up = level * math.sin(bearing), level * math.cos(bearing), r * math.sin(elevation)
        for a in range(3):
            place[i, a] = pos[s, a] + velocity[i, a] * bias[s, 3]
            place[i, a] += (east - bias[s, 4]) * rot[s, 0, a]
            place[i, a] += (north - bias[s, 5]) * rot[s, 1, a] + (up - bias[s, 6]) * rot[s, 2, a]


@kernel
def common_places(group: I8, place: F8, noise: F8) -> None:
    """Put in the place of each row, [m, 3], the mean of its object's rows weighted by their inverse covariances."""
    info, low, weight, total = np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3)), np.empty(3)
    begin = 0
    while begin < len(group):
        end = begin
        info[:] = 0.0
        total[:] = 0.0
        while end < len(group) and group[end] == group[begin]:
            if invert(noise[end], weight, low, 3):
                for a in range(3):
                    for b in range(3):
                        info[a, b] += weight[a, b]
                        total[a] += weight[a, b] * (place[end, b] - place[begin, b])
            end += 1
        if invert(info, weight, low, 3):
            for a in range(3):
                info[0, a] = place[begin, a]
                for b in range(3):
                    info[0, a] += weight[a, b] * total[b]
            for i in range(begin, end):
                for a in range(3):
                    place[i, a] = info[0, a]
        begin = end


@kernel
def plot_rows(
    pos: F8,
    rot: F8,
    bias: F8,
    sensor: I4,
    z: F8,
    sigma: F8,
    velocity: F8,
    place: F8,
    y: F8,
    noise: F8,
    effect: F8,
) -> None:
    """What plots say of positions, linearised at a place of the object and where the biases are thought to be.

    The effect of a bias is measured minus true. A clock that runs ahead by b makes a plot too old by b: -v b. A sensor
    that is thought to stand b away from where it does moves all its plots by b. The place should be the best known:
    linearised at itself, a plot at 300 km with 0.15 deg of error is a metre too far.

    Args:
        pos: [S, 3] where the sensors are thought to be, ECEF; rot: [S, 3, 3] ENU from ECEF.
        bias: [S, 7] present estimate.
        sensor: [m]; z: [m, 3] range, bearing, elevation; sigma: [m, 3]; velocity: [m, 3] ECEF of the object.
        place: [m, 3] where to linearise, ECEF.
        y: [m, 3] written; noise: [m, 3, 3] written; effect: [m, 3, 7] written.
    """
    axes, seen, expected, arms = np.empty((3, 3)), np.empty(3), np.empty(3), np.empty(3)
    for i in range(len(sensor)):
        s = sensor[i]
        for t in range(3):
            seen[t] = bias[s, 4 + t]
            for a in range(3):
                seen[t] += rot[s, t, a] * (place[i, a] - velocity[i, a] * bias[s, 3] - pos[s, a])
        ground = math.sqrt(seen[0] ** 2 + seen[1] ** 2)
        r = math.sqrt(ground**2 + seen[2] ** 2)
        sb, cb, se, ce = seen[0] / ground, seen[1] / ground, seen[2] / r, ground / r
        expected[:] = r, math.atan2(seen[0], seen[1]), math.atan2(seen[2], ground)
        arms[:] = 1.0, ground, r
        for a in range(3):  # unit vectors of range, bearing, elevation in ECEF
            east, north, up = rot[s, 0, a], rot[s, 1, a], rot[s, 2, a]
            axes[0, a] = ce * sb * east + ce * cb * north + se * up
            axes[1, a] = cb * east - sb * north
            axes[2, a] = -se * sb * east - se * cb * north + ce * up
        for a in range(3):
            y[i, a] = place[i, a]
            for t in range(3):
                effect[i, a, t] = arms[t] * axes[t, a]
                effect[i, a, 4 + t] = rot[s, t, a]
                news = z[i, t] - bias[s, t] - expected[t]
                if t == 1:
                    news = wrap(news)
                y[i, a] += effect[i, a, t] * news
            effect[i, a, 3] = -velocity[i, a]
            for t in range(PLOT_TERMS):
                y[i, a] += effect[i, a, t] * bias[s, t]
            for b in range(3):
                noise[i, a, b] = 0.0
                for t in range(3):
                    noise[i, a, b] += (arms[t] * sigma[i, t]) ** 2 * axes[t, a] * axes[t, b]
