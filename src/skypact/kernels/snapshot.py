"""What a bank believes at an instant, as the columns of model.track.Tracks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.bank import (
    ACTIVE,
    CODE,
    FIRST_S,
    MODES,
    SET_CLASS_LOOKS,
    SET_DEAD_SHARE,
    SET_HOSTILE,
    SET_SUSPECT,
    SILENCE,
    SOURCES,
    STATUS,
    TRACK_ID,
    UPDATED_S,
    BankArrays,
    Scratch,
)
from skypact.kernels.identify import N_CLASSES, class_probabilities, identity_of
from skypact.kernels.jit import bare
from skypact.kernels.lifecycle import track_at


@bare
def select_rows(bank: BankArrays, least: int, rows: NDArray[np.int32]) -> int:
    """Write the rows of tracks of at least this status, oldest first; their number."""
    n = 0
    for a in range(bank.counts[ACTIVE]):
        row = bank.lists[0, a]
        if bank.tags[row, STATUS] >= least:
            rows[n] = row
            n += 1
    return n


@bare
def write_tracks(
    bank: BankArrays,
    rows: NDArray[np.int32],
    now_s: float,
    settings: NDArray[np.float64],
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    class_prob: NDArray[np.float32],
    mode_prob: NDArray[np.float32],
    identity: NDArray[np.uint8],
    times_ns: NDArray[np.int64],
    whole: NDArray[np.uint64],
    status: NDArray[np.uint8],
    bits: NDArray[np.uint32],
    scratch: Scratch,
) -> None:
    """Write the columns of model.track.Tracks for n rows.

    `times_ns` receives first and latest detection, `whole` the track ids, `bits` codes and sources.
    """
    probability = scratch.classes[0]
    for i in range(rows.size):
        row = rows[i]
        track_at(bank, row, now_s, settings, mean[i], cov[i], scratch)
        class_probabilities(
            bank.evidence[row],
            settings[SET_CLASS_LOOKS],
            int(bank.tags[row, CODE]),
            bank.life[row, SILENCE],
            settings[SET_DEAD_SHARE],
            probability,
        )
        for c in range(N_CLASSES):
            class_prob[i, c] = probability[c]
        for j in range(MODES):
            mode_prob[i, j] = bank.mode[row, j]
        identity[i] = identity_of(
            probability, int(bank.tags[row, CODE]), settings[SET_SUSPECT], settings[SET_HOSTILE]
        )
        times_ns[0, i] = round(bank.life[row, FIRST_S] * 1e9)
        times_ns[1, i] = round(bank.life[row, UPDATED_S] * 1e9)
        whole[i] = bank.tags[row, TRACK_ID]
        status[i] = bank.tags[row, STATUS]
        bits[0, i] = bank.tags[row, CODE]
        bits[1, i] = bank.tags[row, SOURCES]
