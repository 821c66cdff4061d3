"""One object, all of whose measurements are its own: the update of its modes, and the whole filter."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.chain import combine, predict_track, workspace
from skypact.kernels.multitarget.layout import MOST_MEASURED, Motion, Scan
from skypact.kernels.multitarget.measurement import residual
from skypact.kernels.multitarget.update import innovation, linearise, update_state


class Look(NamedTuple):
    """Scratch of one update."""

    value: NDArray[np.float64]
    """[4]"""
    rows: NDArray[np.float64]
    """[4, n]"""
    extra: NDArray[np.float64]
    """[4, 4]"""
    cross: NDArray[np.float64]
    """[n, 4]"""
    inverse: NDArray[np.float64]
    """[4, 4]"""
    left: NDArray[np.float64]
    """[4]"""
    loglik: NDArray[np.float64]
    """[M]"""
    work: NDArray[np.float64]
    """As `chain.workspace`."""


@kernel
def new_look(modes: int, size: int) -> Look:
    """Scratch for an object of so many modes and state components."""
    return Look(
        np.zeros(MOST_MEASURED),
        np.zeros((MOST_MEASURED, size)),
        np.zeros((MOST_MEASURED, MOST_MEASURED)),
        np.zeros((size, MOST_MEASURED)),
        np.zeros((MOST_MEASURED, MOST_MEASURED)),
        np.zeros(MOST_MEASURED),
        np.zeros(modes),
        workspace(modes, size),
    )


@kernel
def update_track(
    form: int,
    shape: NDArray[np.int64],
    scan: Scan,
    row: int,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    look: Look,
) -> tuple[float, float]:
    """Update the modes in place with one detection; its log likelihood, and squared distance from the nearest mode.

    A mode whose innovation covariance is not positive definite stays as it is and loses its probability; where no mode
    can be used nothing changes, and the log likelihood is -inf.

    Args:
        form: EXTENDED, UNSCENTED or CUBATURE.
        shape: [N_SHAPE]
        scan: the detections; row: which of them.
        mean: [M, n], cov: [M, n, n], mode: [M]: changed in place.
        look: scratch.
    """
    z = scan.z[row]
    noise = scan.noise[row if scan.noise.shape[0] > 1 else 0]
    m = z.size
    nearest, best = np.inf, -np.inf
    for j in range(mode.size):
        linearise(
            form, scan.kind, scan.sensor, shape, mean[j], cov[j], look.value, look.rows, look.extra, look.work
        )
        logdet = innovation(m, look.rows, cov[j], noise, look.extra, look.cross, look.inverse)
        residual(scan.kind, m, z, look.value, look.left)
        distance2 = 0.0
        for a in range(m):
            for b in range(m):
                distance2 += look.left[a] * look.inverse[a, b] * look.left[b]
        look.loglik[j] = -0.5 * (logdet + distance2 + m * math.log(2.0 * math.pi))
        if mode[j] > 0.0 and look.loglik[j] > -np.inf:
            nearest = min(nearest, distance2)
            best = max(best, look.loglik[j])
            update_state(
                m, look.left, look.rows, noise, look.extra, look.cross, look.inverse,
                mean[j], cov[j], look.work,
            )  # fmt: skip
    if best == -np.inf:
        return -np.inf, np.inf
    total = 0.0
    for j in range(mode.size):
        weight = math.exp(look.loglik[j] - best) if look.loglik[j] > -np.inf else 0.0
        mode[j] *= weight
        total += mode[j]
    for j in range(mode.size):
        mode[j] /= total
    return best + math.log(total), nearest


@kernel
def filter_all(
    form: int,
    motion: Motion,
    scan: Scan,
    t_s: float,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
    mean_out: NDArray[np.float64],
    cov_out: NDArray[np.float64],
    mode_out: NDArray[np.float64],
    fit: NDArray[np.float64],
) -> None:
    """Filter detections of one object in the order given; after the last, mean, cov and mode are its.

    Args:
        form: as `update_track`.
        motion: the models.
        scan: the detections with their instants; one that is NaN is passed over: the state is only predicted.
        t_s: the instant of the state given.
        mean: [M, n], cov: [M, n, n], mode: [M]: changed in place.
        mean_out: [T, n], cov_out: [T, n, n], mode_out: [T, M]: written, the mixture after each.
        fit: [T, 2] written: log likelihood and squared distance; NaN where none.
    """
    look = new_look(mode.size, mean.shape[1])
    for k in range(scan.t_s.size):
        predict_track(motion, scan.t_s[k] - t_s, mean, cov, mode, look.work)
        t_s = scan.t_s[k]
        fit[k, 0], fit[k, 1] = np.nan, np.nan
        if not np.isnan(scan.z[k]).any():
            fit[k, 0], fit[k, 1] = update_track(form, motion.shape, scan, k, mean, cov, mode, look)
        combine(mean, cov, mode, mean_out[k], cov_out[k])
        mode_out[k] = mode
