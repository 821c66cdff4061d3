"""Several motion models at once: the interacting multiple model filter's mixing and prediction, and the mixture.

Blom and Bar-Shalom, "The interacting multiple model algorithm for systems with Markovian switching coefficients",
IEEE Trans. AC 33(8), 1988, eqs. 2 to 5. Modes change in continuous time, so that steps of any length agree, or with the
fixed chances of one step.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.inline import hold
from skypact.kernels.multitarget.layout import COORDINATED_TURN, Motion
from skypact.kernels.multitarget.motion import predict_simple, predict_state

_KEPT = 3
"""The first matrix of a workspace that outlives a call; those before it are `predict_state`'s scratch."""
_LONGEST = 1e9
"""Greatest number of changes of mode expected in a step: beyond, the chain has long forgotten where it began."""


@kernel
def workspace(modes: int, size: int) -> NDArray[np.float64]:
    """Scratch for `predict_track` and every kernel that takes `work`: f8[modes + 3, k, k], k >= size + 2, zeros.

    It also remembers the mode chances of the latest step, so one workspace serves one Motion only.
    """
    k = max(size + 2, modes)
    return np.zeros((modes + _KEPT, k, k))


@kernel
def predict_track(
    motion: Motion,
    dt_s: float,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Mix the modes (where there are several and time passes) and predict each over dt_s, in place.

    Args:
        motion: the models and how they change.
        dt_s: time step (s), of either sign: chances of change depend on its length.
        mean: [M, n], changed in place.
        cov: [M, n, n], changed in place.
        mode: [M] mode probabilities, changed in place.
        work: [M + 3, k, k] from `workspace`.
    """
    if mode.size > 1 and dt_s != 0.0:
        mix(motion, dt_s, mean, cov, mode, work)
    for j in range(mode.size):
        if motion.code[j] <= COORDINATED_TURN:
            predict_simple(motion.code[j], motion.param[j], motion.shape, dt_s, mean[j], cov[j])
        else:
            predict_state(motion.code[j], motion.param[j], motion.shape, dt_s, mean[j], cov[j], work)


@kernel
def predict_tracks(
    motion: Motion,
    t_s: NDArray[np.float64],
    to_s: NDArray[np.float64],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """`predict_track` for each of T objects, from its own instant t_s [T] to another, to_s [T]; t_s becomes that.

    An object that is there already stays as it is, its idle components too. With one model without gravity this costs a
    small part of as many calls.

    Args:
        motion: the models.
        t_s: [T] or longer, changed in place.
        to_s: [T] the instants (s).
        mean: [T, M, n], cov: [T, M, n, n], mode: [T, M]: changed in place; rows beyond T are left alone.
        work: as `predict_track`.
    """
    if mode.shape[1] == 1 and motion.code[0] <= COORDINATED_TURN:
        _predict_alike(motion.code[0], motion.param[0], motion.shape, t_s, to_s, mean, cov)
    else:
        for i in range(to_s.size):
            if t_s[i] != to_s[i]:
                predict_track(motion, to_s[i] - t_s[i], mean[i], cov[i], mode[i], work)
                t_s[i] = to_s[i]


@kernel
def _predict_alike(
    code: int,
    param: NDArray[np.float64],
    shape: NDArray[np.int64],
    t_s: NDArray[np.float64],
    to_s: NDArray[np.float64],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
) -> None:
    for i in range(to_s.size):
        if t_s[i] != to_s[i]:
            predict_simple(code, param, shape, to_s[i] - t_s[i], mean[i, 0], cov[i, 0])
            t_s[i] = to_s[i]
    hold((param, shape, t_s, to_s, mean, cov))


@kernel
def transition(
    motion: Motion, dt_s: float, scratch: NDArray[np.float64], out: NDArray[np.float64], column: int
) -> None:
    """Write the chance of going from mode i to mode j over |dt_s| into out[i, j, column]; rows sum to 1.

    With fixed chances, those. Otherwise exp(rates |dt|) as a sum of terms none of which is negative (uniformisation:
    Jensen 1953), of a step halved until less than half a change is expected in it, and squared again.

    scratch: [3, k, k] with k >= M.
    """
    modes = motion.code.size
    if motion.chance[0, 0] >= 0.0:
        for i in range(modes):
            for j in range(modes):
                out[i, j, column] = motion.chance[i, j]
        return
    fastest = 0.0
    for i in range(modes):
        fastest = max(fastest, -motion.rates[i, i])
    x = min(fastest * abs(dt_s), _LONGEST)
    halvings = 0
    while x > 0.5:
        x *= 0.5
        halvings += 1
    term, total, product = scratch[0], scratch[1], scratch[2]
    for i in range(modes):
        for j in range(modes):
            term[i, j] = 1.0 if i == j else 0.0
            total[i, j] = term[i, j]
    scale = x / fastest if fastest > 0.0 else 0.0
    for order in range(1, 14):
        for i in range(modes):
            for j in range(modes):
                entry = fastest * term[i, j]
                for k in range(modes):
                    entry += term[i, k] * motion.rates[k, j]
                product[i, j] = entry * scale / order
        for i in range(modes):
            for j in range(modes):
                term[i, j] = product[i, j]
                total[i, j] += product[i, j]
    _normalise(modes, total)
    for _ in range(halvings):
        for i in range(modes):
            for j in range(modes):
                entry = 0.0
                for k in range(modes):
                    entry += total[i, k] * total[k, j]
                product[i, j] = entry
        total, product = product, total
        _normalise(modes, total)
    for i in range(modes):
        for j in range(modes):
            out[i, j, column] = total[i, j]


@kernel
def _normalise(modes: int, rows: NDArray[np.float64]) -> None:
    for i in range(modes):
        total = 0.0
        for j in range(modes):
            total += rows[i, j]
        for j in range(modes):
            rows[i, j] /= total


@kernel
def mix(
    motion: Motion,
    dt_s: float,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Mix the modes in place and replace their probabilities by those after |dt_s| (eqs. 2 to 5 of the source).

    A mode that nothing leads to keeps what it had and gets the probability 0. Arguments as `predict_track`.
    """
    n, edge = mean.shape[1], work.shape[1] - 1
    if work[_KEPT, edge, n] != dt_s:
        transition(motion, dt_s, work, work[_KEPT:], n + 1)
        work[_KEPT, edge, n] = dt_s
    _blend(mean, cov, mode, work)


@kernel
def _blend(
    mean: NDArray[np.float64], cov: NDArray[np.float64], mode: NDArray[np.float64], work: NDArray[np.float64]
) -> None:
    """`mix` with the chances in the workspace.

    Of each matrix kept there: [:n, :n] the covariance, column n the mean, column n + 1 the chances of leaving the mode.
    """
    modes, n = mean.shape
    last = n + 1
    kept, after, gap = work[_KEPT:], work[0, 0], work[0, 1]
    for i in range(modes):
        for a in range(n):
            kept[i, a, n] = mean[i, a]
            for b in range(a, n):
                kept[i, a, b] = cov[i, a, b]
    for j in range(modes):
        total = 0.0
        for i in range(modes):
            total += kept[i, j, last] * mode[i]
        after[j] = 0.0
        if total > 0.0:
            after[j] = total
            for a in range(n):
                entry = 0.0
                for i in range(modes):
                    entry += kept[i, j, last] * mode[i] * kept[i, a, n]
                mean[j, a] = entry / total
                for b in range(a, n):
                    cov[j, a, b] = 0.0
            for i in range(modes):
                share = kept[i, j, last] * mode[i] / total
                if share > 0.0:
                    for a in range(n):
                        gap[a] = kept[i, a, n] - mean[j, a]
                    for a in range(n):
                        for b in range(a, n):
                            cov[j, a, b] += share * (kept[i, a, b] + gap[a] * gap[b])
            for a in range(n):
                for b in range(a):
                    cov[j, a, b] = cov[j, b, a]
    for j in range(modes):
        mode[j] = after[j]
    hold((mean, cov, mode, work, kept, after, gap))


@kernel
def combine(
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    mean_out: NDArray[np.float64],
    cov_out: NDArray[np.float64],
) -> None:
    """Write mean [n] and covariance [n, n] of the mixture of modes (mean [M, n], cov [M, n, n], mode [M])."""
    modes, n = mean.shape
    for a in range(n):
        total = 0.0
        for j in range(modes):
            total += mode[j] * mean[j, a]
        mean_out[a] = total
    for a in range(n):
        for b in range(a, n):
            total = 0.0
            for j in range(modes):
                total += mode[j] * (cov[j, a, b] + (mean[j, a] - mean_out[a]) * (mean[j, b] - mean_out[b]))
            cov_out[a, b] = total
            cov_out[b, a] = total
    hold((mean, cov, mode, mean_out, cov_out))
