"""Which tracks a sensor may not tell apart, and how often each therefore gives a plot of its own.

Two objects whose measurements differ by d are one plot with the chance (Koch and van Keuk, "Multiple hypothesis track
maintenance with possibly unresolved measurements", IEEE Trans. AES 33(3), 1997)

    P_u(d) = prod_a exp(-ln 2 (d_a / alpha_a)^2) = exp(-1/2 d' W d),   W = diag(2 ln 2 / alpha_a^2),

alpha the sensor's resolution: alpha_a apart in one component alone, half of the plots are common. Tracks do not know d:
it is normal with the mean d of their expected measurements and the covariance D = H_i P_i H_i' + H_j P_j H_j' (tracks
taken as independent). The mean of P_u over it, in closed form as the model is a Gaussian one (Svensson, Ulmke and
Hammarstrand, "Multitarget sensor resolution model and joint probabilistic data association", IEEE Trans. AES 48(4),
2012), is what is used:

    P_ij = det(B)^-1/2 exp(-1/2 u' B^-1 u),   u = W^1/2 d,   B = I + W^1/2 D W^1/2.

Each pair is looked at by itself: that i with j and j with k are unresolved says nothing of i with k.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.chain import predict_track, workspace
from skypact.kernels.multitarget.grid import build_grid, search_grid
from skypact.kernels.multitarget.layout import (
    MOST_MEASURED,
    RESOLUTION,
    TRACK_ID,
    Bank,
    Motion,
    Scan,
)
from skypact.kernels.multitarget.sight import TWO_PI, bearing_at, wrap
from skypact.kernels.multitarget.update import linearise

LEAST_UNRESOLVED = 0.01
"""Pairs that are unresolved less often than this count as resolved."""
_REACH = math.sqrt(-2.0 * math.log(LEAST_UNRESOLVED))
_NODES = np.array([0.04691007703066800, 0.23076534494715845, 0.5, 0.76923465505284155, 0.95308992296933200])
_WEIGHTS = np.array(
    [0.11846344252809454, 0.23931433524968324, 0.28444444444444444, 0.23931433524968324, 0.11846344252809454]
)
"""Gauss and Legendre's rule on [0, 1], exact for polynomials up to degree 9."""


class Seen(NamedTuple):
    """What a sensor is expected to measure of each track, all modes together."""

    value: NDArray[np.float64]
    """[T, m]"""
    spread: NDArray[np.float64]
    """[T, m, m] how surely: covariance of the expected measurement, without the noise"""


class Partners(NamedTuple):
    """Which tracks may share a plot with each: rows of tracks, compressed, every pair in both rows."""

    start: NDArray[np.int64]
    """[T + 1]"""
    row: NDArray[np.int64]
    """[E] the other track"""
    chance: NDArray[np.float64]
    """[E] of the pair not to be resolved, were both there and in view"""


class Glass(NamedTuple):
    """Scratch of `expect_track`."""

    mean: NDArray[np.float64]
    cov: NDArray[np.float64]
    mode: NDArray[np.float64]
    value: NDArray[np.float64]
    each: NDArray[np.float64]
    """[M, 4] values by mode"""
    rows: NDArray[np.float64]
    extra: NDArray[np.float64]
    work: NDArray[np.float64]


@kernel
def new_glass(modes: int, size: int) -> Glass:
    """Scratch for tracks of so many modes and state components."""
    return Glass(
        np.empty((modes, size)),
        np.empty((modes, size, size)),
        np.empty(modes),
        np.zeros(MOST_MEASURED),
        np.zeros((modes, MOST_MEASURED)),
        np.zeros((MOST_MEASURED, size)),
        np.zeros((MOST_MEASURED, MOST_MEASURED)),
        workspace(modes, size),
    )


@kernel
def expect_track(
    bank: Bank, motion: Motion, form: int, scan: Scan, i: int, t_s: float, seen: Seen, at: int, glass: Glass
) -> bool:
    """Whether track i's expected measurement at an instant is finite; writes it into row `at` of seen.

    Value and covariance are the moments of the mixture of modes, bearings taken from the likeliest one's.
    """
    m, modes, bearing = scan.z.shape[1], bank.mode.shape[1], bearing_at(scan.kind)
    mean, cov, mode, rows, extra = glass.mean, glass.cov, glass.mode, glass.rows, glass.extra
    value, spread = seen.value[at], seen.spread[at]
    mean[:] = bank.mean[i]
    cov[:] = bank.cov[i]
    mode[:] = bank.mode[i]
    if t_s != bank.t_s[i]:
        predict_track(motion, t_s - bank.t_s[i], mean, cov, mode, glass.work)
    spread[:] = 0.0
    best = 0
    for k in range(modes):
        linearise(
            form, scan.kind, scan.sensor, motion.shape, mean[k], cov[k], glass.value, rows, extra, glass.work
        )
        best = k if mode[k] > mode[best] else best
        for a in range(m):
            glass.each[k, a] = glass.value[a]
            for b in range(m):
                total = extra[a, b]
                for c in range(mean.shape[1]):
                    for e in range(mean.shape[1]):
                        total += rows[a, c] * cov[k, c, e] * rows[b, e]
                spread[a, b] += mode[k] * total
    for a in range(m):
        value[a] = 0.0
    for k in range(modes):
        for a in range(m):
            glass.each[k, a] -= glass.each[best, a] if k != best else 0.0
            if a == bearing and k != best:
                glass.each[k, a] = wrap(glass.each[k, a])
            value[a] += mode[k] * glass.each[k, a] if k != best else 0.0
    finite = True
    for a in range(m):
        for b in range(m):
            for k in range(modes):
                x = (glass.each[k, a] if k != best else 0.0) - value[a]
                y = (glass.each[k, b] if k != best else 0.0) - value[b]
                spread[a, b] += mode[k] * x * y
            finite = finite and math.isfinite(spread[a, b])
    for a in range(m):
        value[a] += glass.each[best, a]
        finite = finite and math.isfinite(value[a])
    return finite


@kernel
def resolution_weights(sensor: NDArray[np.float64], m: int) -> NDArray[np.float64]:
    """The roots of W's diagonal [m]; 0 for a component that does not help to tell objects apart."""
    root = np.zeros(m)
    for a in range(m):
        width = sensor[RESOLUTION + a]
        root[a] = math.sqrt(2.0 * math.log(2.0)) / width if width > 0.0 else 0.0
    return root


@kernel
def unresolved_chance(
    seen: Seen, i: int, j: int, bearing: int, root: NDArray[np.float64], lower: NDArray[np.float64]
) -> float:
    """P_ij of two rows of `seen`, 0 where it is not a number; root [m] of W, lower [4, 5] scratch."""
    m = root.size
    det, square = 1.0, 0.0
    for a in range(m):
        left = seen.value[i, a] - seen.value[j, a]
        if a == bearing:
            left = wrap(left)
        left *= root[a]
        for b in range(a + 1):
            total = (1.0 if a == b else 0.0) + root[a] * root[b] * (
                seen.spread[i, a, b] + seen.spread[j, a, b]
            )
            for c in range(b):
                total -= lower[a, c] * lower[b, c]
            if a != b:
                lower[a, b] = total / lower[b, b]
            elif total > 0.0:
                lower[a, a] = math.sqrt(total)
            else:
                return 0.0
        for c in range(a):
            left -= lower[a, c] * lower[c, MOST_MEASURED]
        lower[a, MOST_MEASURED] = left / lower[a, a]
        det *= lower[a, a]
        square += lower[a, MOST_MEASURED] ** 2
    chance = math.exp(-0.5 * square) / det
    return chance if chance <= 1.0 else 0.0


@kernel
def find_partners(bank: Bank, scan: Scan, seen: Seen, use: NDArray[np.bool_]) -> Partners:
    """The tracks in `use` [T] that may share a plot, rows of one track id (its alternatives) never with each other.

    Found by cells over the first two measured components that resolve, in units of W^-1/2. With s_i the greatest
    W_aa times the variance that track i is expected with, P_ij is below LEAST_UNRESOLVED = exp(-r^2 / 2) where a
    component differs by more than r sqrt(1 + s_i + s_j) <= e_i + e_j, e_i = r sqrt(1/2 + s_i): of each pair the one
    of greater e looks as far as 2 e.
    """
    tracks, m, bearing = use.size, scan.z.shape[1], bearing_at(scan.kind)
    root, lower = resolution_weights(scan.sensor, m), np.zeros((MOST_MEASURED, MOST_MEASURED + 1))
    listed = np.flatnonzero(use)
    spot, reach = np.zeros((listed.size, 2)), np.zeros(listed.size)
    axis, axes, turn = np.zeros(2, np.int64), 0, -1
    for a in range(m):
        if root[a] > 0.0 and axes < 2:
            turn = axes if a == bearing else turn
            axis[axes] = a
            axes += 1
    for u in range(listed.size):
        i = listed[u]
        for k in range(axes):
            a = axis[k]
            spot[u, k] = root[a] * (wrap(seen.value[i, a]) if a == bearing else seen.value[i, a])
            reach[u] = max(reach[u], _REACH * math.sqrt(0.5 + root[a] ** 2 * seen.spread[i, a, a]))
    first, second, chance = np.empty(tracks, np.int64), np.empty(tracks, np.int64), np.empty(tracks)
    found, pairs, count = np.empty(listed.size, np.int64), 0, np.zeros(tracks + 1, np.int64)
    low, high = np.zeros((1, 2)), np.zeros((1, 2))
    if axes > 0 and listed.size > 1:
        grid = build_grid(spot, 4.0 * np.median(reach))
        period = TWO_PI * root[bearing] if turn >= 0 else 0.0
        for u in range(listed.size):
            for lap in range(-1, 2):
                for k in range(2):
                    shift = lap * period if k == turn else 0.0
                    low[0, k] = spot[u, k] + shift - 2.0 * reach[u]
                    high[0, k] = spot[u, k] + shift + 2.0 * reach[u]
                if turn >= 0 and 4.0 * reach[u] >= period:
                    low[0, turn], high[0, turn] = -np.inf, np.inf
                    if lap != 0:
                        continue
                if lap != 0 and (turn < 0 or low[0, turn] > 0.5 * period or high[0, turn] < -0.5 * period):
                    continue
                for k in range(search_grid(grid, low, high, 0, found)):
                    v = found[k]
                    if reach[v] > reach[u] or (reach[v] == reach[u] and v <= u):
                        continue
                    i, j = listed[u], listed[v]
                    p = unresolved_chance(seen, i, j, bearing, root, lower)
                    if p < LEAST_UNRESOLVED or bank.tags[i, TRACK_ID] == bank.tags[j, TRACK_ID]:
                        continue
                    if pairs == first.size:
                        first, second = np.append(first, first), np.append(second, second)
                        chance = np.append(chance, chance)
                    first[pairs], second[pairs], chance[pairs] = i, j, p
                    pairs += 1
                    count[i + 1] += 1
                    count[j + 1] += 1
    start = np.cumsum(count)
    row, both, free = np.empty(2 * pairs, np.int64), np.empty(2 * pairs), start.copy()
    for k in range(pairs):
        for i, j in ((first[k], second[k]), (second[k], first[k])):
            row[free[i]], both[free[i]] = j, chance[k]
            free[i] += 1
    return Partners(start, row, both)


@kernel
def meet_partners(
    bank: Bank, motion: Motion, form: int, scan: Scan, t_s: float, use: NDArray[np.bool_]
) -> Partners:
    """Partners at an instant of the tracks in `use` [T]; what is not finite is taken out of it."""
    m, tracks = scan.z.shape[1], use.size
    seen = Seen(np.empty((tracks, m)), np.empty((tracks, m, m)))
    glass = new_glass(bank.mean.shape[1], bank.mean.shape[2])
    for i in range(tracks):
        use[i] = use[i] and expect_track(bank, motion, form, scan, i, t_s, seen, i, glass)
    return find_partners(bank, scan, seen, use)


@kernel
def effective_chances(
    bank: Bank,
    motion: Motion,
    form: int,
    scan: Scan,
    t_s: float,
    chance: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The chance [T] of each track to have a plot of its own, where each plot in common counts as one of its objects'.

    A plot of 1 + N objects is that of each of them equally often, so that p becomes p E[1 / (1 + N)]: with one partner
    p (1 - P_ij / 2). With independent partners of chances q_j the mean is the integral over x in [0, 1] of
    prod_j (1 - q_j (1 - x)). A partner counts as far as it exists and is seen: q_j = P_ij weight_j min(1, p_j / p_i).

    Args:
        bank: tracks, at t_s or before; not changed.
        motion, form: their models, and EXTENDED, UNSCENTED or CUBATURE.
        scan: for its sensor.
        t_s: the instant.
        chance: [T] of detection of each, were it alone.
        weight: [T] or more, probability that each exists.
    """
    tracks = chance.size
    use = np.empty(tracks, np.bool_)
    for i in range(tracks):
        use[i] = weight[i] >= LEAST_UNRESOLVED and chance[i] > 0.0
    partners = meet_partners(bank, motion, form, scan, t_s, use)
    out, apart = chance.copy(), np.empty(_NODES.size)
    for i in range(tracks):
        if partners.start[i] == partners.start[i + 1]:
            continue
        apart[:] = 1.0
        for e in range(partners.start[i], partners.start[i + 1]):
            j = partners.row[e]
            q = partners.chance[e] * min(weight[j], 1.0) * min(chance[j] / chance[i], 1.0)
            for k in range(apart.size):
                apart[k] *= 1.0 - q * (1.0 - _NODES[k])
        share = 0.0
        for k in range(apart.size):
            share += _WEIGHTS[k] * apart[k]
        out[i] *= share
    return out
