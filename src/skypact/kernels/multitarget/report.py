"""Reading a bank: tracks of a status and above, their modes combined, at one instant."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.chain import combine, predict_track, workspace
from skypact.kernels.multitarget.layout import STATUS, TRACKS, Bank, Motion


@kernel
def list_tracks(bank: Bank, least_status: int, rows: NDArray[np.int64]) -> int:
    """Write the rows of tracks of at least a status, oldest first, into rows[tracks]; their number."""
    count = 0
    for i in range(bank.counts[TRACKS]):
        if bank.tags[i, STATUS] >= least_status:
            rows[count] = i
            count += 1
    return count


@kernel
def report_tracks(
    bank: Bank,
    motion: Motion,
    t_s: float,
    rows: NDArray[np.int64],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    mode: NDArray[np.float64],
) -> None:
    """Write tracks as predicted to an instant: mean [k, n] and cov [k, n, n] of the mixture, mode chances [k, M].

    The bank stays as it is; a track that is at that instant is not predicted, nor are its modes mixed.
    """
    means, covs, at_s, chances = bank.mean, bank.cov, bank.t_s, bank.mode
    modes, size = means.shape[1], means.shape[2]
    work = workspace(modes, size)
    state, spread = np.empty((modes, size)), np.empty((modes, size, size))
    for k in range(rows.size):
        i = rows[k]
        for j in range(modes):
            mode[k, j] = chances[i, j]
        if at_s[i] == t_s:
            if modes > 1:
                combine(means[i], covs[i], chances[i], mean[k], cov[k])
                continue
            for a in range(size):
                mean[k, a] = means[i, 0, a]
                for b in range(size):
                    cov[k, a, b] = covs[i, 0, a, b]
            continue
        state[:] = means[i]
        spread[:] = covs[i]
        predict_track(motion, t_s - at_s[i], state, spread, mode[k], work)
        combine(state, spread, mode[k], mean[k], cov[k])
