"""Bernoulli components after a scan: each the mixture of its miss and of every detection it may have made, as moments.

Where all detections share an instant and a covariance, a mode's gain is common to all, and the mixture over
detections is that of their residuals (probabilistic data association: Bar-Shalom and Tse, Automatica 11(5), 1975,
with the covariance in Joseph's form). Else every detection is applied apart and the states are blended. Existence
is already that of after the scan where these kernels begin.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.blend import add_to_blend, clear_blend, new_blend, settle_blend
from skypact.kernels.multitarget.chain import predict_track, workspace
from skypact.kernels.multitarget.inline import inlined
from skypact.kernels.multitarget.layout import MOST_MEASURED, Bank, Motion, Pairs, Scan
from skypact.kernels.multitarget.nearest import weigh_modes
from skypact.kernels.multitarget.sight import LOG_TWO_PI, bearing_at, wrap
from skypact.kernels.multitarget.update import innovation, linearise, update_state

LEAST_PAIR = 1e-9
"""Pairs less likely than this change no moment."""


@kernel
def mix_residuals(
    bank: Bank,
    motion: Motion,
    form: int,
    scan: Scan,
    pairs: Pairs,
    pair: NDArray[np.float64],
    missed: NDArray[np.float64],
) -> None:
    """Update every component, which is at the detections' one instant, with their one covariance of noise.

    With weights of a mode's detections and of its miss whose sum is 1, and mean v and covariance V of the residuals
    (0 for the miss): mean + K v, and the weighted covariances of hit and miss plus K V K'.

    Args:
        bank: states and mode chances are changed.
        motion, form, scan, pairs: as of `poisson.settle_poisson`; scan.noise has one row.
        pair: [E] chances of the pairs.
        missed: [T] chance that the component exists and made no detection.
    """
    mean, cov, mode, z = bank.mean, bank.cov, bank.mode, scan.z
    kind, sensor, shape, noise = scan.kind, scan.sensor, motion.shape, scan.noise[0]
    m, n, modes = z.shape[1], mean.shape[2], mean.shape[1]
    bearing = bearing_at(kind)
    start, detection, mode_loglik, loglik = pairs.start, pairs.detection, pairs.mode_loglik, pairs.loglik
    value, extra = np.zeros(MOST_MEASURED), np.zeros((MOST_MEASURED, MOST_MEASURED))
    rows, cross = np.zeros((MOST_MEASURED, n)), np.zeros((n, MOST_MEASURED))
    inverse, left = np.zeros((MOST_MEASURED, MOST_MEASURED)), np.zeros(MOST_MEASURED)
    shift, square = np.zeros(MOST_MEASURED), np.zeros((MOST_MEASURED, MOST_MEASURED))
    blank, state, hit_cov = np.zeros(MOST_MEASURED), np.zeros(n), np.zeros((n, n))
    gain, weight = np.zeros((n, MOST_MEASURED)), np.zeros(modes)
    work = workspace(modes, n)
    for i in range(start.size - 1):
        total = 0.0
        for e in range(start[i], start[i + 1]):
            total += pair[e]
        if not total > LEAST_PAIR:
            continue
        for k in range(modes):
            linearise(form, kind, sensor, shape, mean[i, k], cov[i, k], value, rows, extra, work)
            usable = innovation(m, rows, cov[i, k], noise, extra, cross, inverse) < np.inf
            shift[:] = 0.0
            square[:] = 0.0
            hit = 0.0
            for e in range(start[i], start[i + 1]):
                w = pair[e]
                if not (w > LEAST_PAIR and usable):
                    continue
                if modes > 1:
                    w *= mode[i, k] * math.exp(mode_loglik[e, k] - loglik[e])
                hit += w
                for a in range(m):
                    left[a] = z[detection[e], a] - value[a]
                    if a == bearing:
                        left[a] = wrap(left[a])
                    shift[a] += w * left[a]
                    for b in range(a + 1):
                        square[a, b] += w * left[a] * left[b]
            weight[k] = hit + missed[i] * mode[i, k]
            if not hit > 0.0:
                continue
            for a in range(n):
                for b in range(n):
                    hit_cov[a, b] = cov[i, k, a, b]
            update_state(m, blank, rows, noise, extra, cross, inverse, state, hit_cov, work)
            _put_together(
                m, hit, weight[k], cross, inverse, shift, square, hit_cov, gain, mean[i, k], cov[i, k]
            )
        if modes > 1:
            total = weight.sum()
            for k in range(modes):
                mode[i, k] = weight[k] / total


@inlined
def _put_together(
    m: int,
    hit: float,
    total: float,
    cross: NDArray[np.float64],
    inverse: NDArray[np.float64],
    shift: NDArray[np.float64],
    square: NDArray[np.float64],
    hit_cov: NDArray[np.float64],
    gain: NDArray[np.float64],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
) -> None:
    """Change a mode's mean [n] and cov [n, n] to the mixture's, from weighted sums over its detections."""
    n = mean.size
    for a in range(m):
        shift[a] /= total
    for a in range(m):
        for b in range(a + 1):
            square[a, b] = square[a, b] / total - shift[a] * shift[b]
            square[b, a] = square[a, b]
    for a in range(n):
        for b in range(m):
            gain[a, b] = 0.0
            for c in range(m):
                gain[a, b] += cross[a, c] * inverse[c, b]
            mean[a] += gain[a, b] * shift[b]
    seen = hit / total
    for a in range(n):
        for c in range(m):
            # a row of K V; shift is not needed any more
            shift[c] = 0.0
            for b in range(m):
                shift[c] += gain[a, b] * square[b, c]
        for b in range(a, n):
            both = cov[a, b] * (1.0 - seen) + seen * hit_cov[a, b]
            for c in range(m):
                both += shift[c] * gain[b, c]
            cov[a, b] = both
            cov[b, a] = both


@kernel
def blend_detections(
    bank: Bank,
    motion: Motion,
    form: int,
    scan: Scan,
    pairs: Pairs,
    pair: NDArray[np.float64],
    missed: NDArray[np.float64],
    t_s: float,
) -> None:
    """Update every component, whatever instants and covariances the detections have, and bring it to t_s.

    Arguments as `mix_residuals`; `t_s` is the scan's instant.
    """
    modes, n = bank.mean.shape[1], bank.mean.shape[2]
    blend = new_blend(modes, n)
    mean, cov, mode = np.zeros((modes, n)), np.zeros((modes, n, n)), np.zeros(modes)
    work = workspace(modes, n)
    for i in range(pairs.start.size - 1):
        clear_blend(blend, bank.mean[i])
        for e in range(pairs.start[i], pairs.start[i + 1]):
            if pair[e] > LEAST_PAIR:
                mean[:] = bank.mean[i]
                cov[:] = bank.cov[i]
                mode[:] = bank.mode[i]
                j = pairs.detection[e]
                if scan.t_s[j] != bank.t_s[i]:
                    predict_track(motion, scan.t_s[j] - bank.t_s[i], mean, cov, mode, work)
                apply_detection(motion.shape, form, scan, j, mean, cov, mode, work)
                if scan.t_s[j] != t_s:
                    predict_track(motion, t_s - scan.t_s[j], mean, cov, mode, work)
                add_to_blend(blend, pair[e], mean, cov, mode)
        if bank.t_s[i] != t_s:
            predict_track(motion, t_s - bank.t_s[i], bank.mean[i], bank.cov[i], bank.mode[i], work)
            bank.t_s[i] = t_s
        add_to_blend(blend, missed[i], bank.mean[i], bank.cov[i], bank.mode[i])
        settle_blend(blend, bank.mean[i], bank.cov[i], bank.mode[i])


@kernel
def apply_detection(
    shape: NDArray[np.int64],
    form: int,
    scan: Scan,
    j: int,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Update a state at detection j's instant with it, in place: mean [M, n], cov [M, n, n], mode [M]."""
    noise = scan.noise[0 if scan.noise.shape[0] == 1 else j]
    m, n, bearing = noise.shape[0], mean.shape[1], bearing_at(scan.kind)
    value, extra = np.zeros(MOST_MEASURED), np.zeros((MOST_MEASURED, MOST_MEASURED))
    rows, cross = np.zeros((MOST_MEASURED, n)), np.zeros((n, MOST_MEASURED))
    inverse, left = np.zeros((MOST_MEASURED, MOST_MEASURED)), np.zeros(MOST_MEASURED)
    loglik = np.full(mode.size, -np.inf)
    for k in range(mode.size):
        linearise(form, scan.kind, scan.sensor, shape, mean[k], cov[k], value, rows, extra, work)
        logdet = innovation(m, rows, cov[k], noise, extra, cross, inverse)
        if not logdet < np.inf:
            continue
        d2 = 0.0
        for a in range(m):
            left[a] = scan.z[j, a] - value[a]
            if a == bearing:
                left[a] = wrap(left[a])
        for a in range(m):
            for b in range(m):
                d2 += left[a] * inverse[a, b] * left[b]
        loglik[k] = -0.5 * (d2 + logdet + m * LOG_TWO_PI)
        update_state(m, left, rows, noise, extra, cross, inverse, mean[k], cov[k], work)
    weigh_modes(mode, loglik)
