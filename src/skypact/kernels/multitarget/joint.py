"""Marginal association chances of a small group by summing over every joint event, exactly.

Tracks are taken one after the other; what counts of those before is only which disputed detections they took
(a bit each). Sums over all events of the tracks before, and of those after, given that set, are made once each way,
as in a hidden Markov model; each chance is then one sum over sets. The cost is tracks x 2^bits x detections of a
track, where enumeration's is exponential in the tracks (compare Horridge and Maskell, "Real-time tracking of
hundreds of targets with efficient exact JPDAF implementation", FUSION 2006).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel

MOST_SHARED = 12
"""Disputed detections at most: sets of them are counted by bits."""
LEAST_SUM, GREATEST_SUM = 1e-200, 1e200
"""Sums over all events beyond these may have lost digits."""


@kernel
def sum_events(
    tracks: NDArray[np.int64],
    detections: NDArray[np.int64],
    start: NDArray[np.int64],
    detection: NDArray[np.int64],
    column_start: NDArray[np.int64],
    ratio: NDArray[np.float64],
    miss: NDArray[np.float64],
    left: NDArray[np.float64],
    bit: NDArray[np.int64],
    work: NDArray[np.float64],
    pair_out: NDArray[np.float64],
) -> bool:
    """Whether the chances of the group's pairs were found; writes them if so.

    Args:
        tracks, detections: of the group; at most MOST_SHARED of the detections have two pairs or more.
        start, detection, column_start: pairs by track, and where those by detection begin.
        ratio, miss, left: scaled weights (`belief.scale_weights`).
        bit: [D] scratch.
        work: [2, tracks + 1, 2^bits] scratch, or larger.
        pair_out: [E] written at the group's pairs.
    """
    n, bits = len(tracks), 0
    before, after = work[0], work[1]
    for j in detections:
        bit[j] = -1
        if column_start[j + 1] - column_start[j] > 1:
            bit[j] = bits
            bits += 1
    size = 1 << bits
    for state in range(size):
        before[0, state] = 0.0
        after[n, state] = 1.0
    before[0, 0] = 1.0
    for j in detections:
        if bit[j] >= 0:
            for state in range(size):
                if not (state >> bit[j]) & 1:
                    after[n, state] *= left[j]
    for k in range(n):
        _forward(tracks[k], size, start, detection, ratio, miss, left, bit, before[k], before[k + 1])
    for k in range(n - 1, -1, -1):
        _backward(tracks[k], size, start, detection, ratio, miss, left, bit, after[k + 1], after[k])
    if not LEAST_SUM < after[0, 0] < GREATEST_SUM:
        return False
    for k in range(n):
        i = tracks[k]
        for e in range(start[i], start[i + 1]):
            j, total = detection[e], 0.0
            if bit[j] < 0:
                for state in range(size):
                    total += before[k, state] * after[k + 1, state]
                total /= left[j]
            else:
                flag = 1 << bit[j]
                for state in range(size):
                    if not state & flag:
                        total += before[k, state] * after[k + 1, state | flag]
            pair_out[e] = min(ratio[e] * total / after[0, 0], 1.0)
    return True


@kernel
def _private(
    i: int,
    start: NDArray[np.int64],
    detection: NDArray[np.int64],
    ratio: NDArray[np.float64],
    miss: NDArray[np.float64],
    left: NDArray[np.float64],
    bit: NDArray[np.int64],
) -> float:
    """Weight of a track's events that take no disputed detection, over that of its own detections being of none."""
    total = float(miss[i])
    for e in range(start[i], start[i + 1]):
        if bit[detection[e]] < 0:
            total += ratio[e] / left[detection[e]]
    return total


@kernel
def _forward(
    i: int,
    size: int,
    start: NDArray[np.int64],
    detection: NDArray[np.int64],
    ratio: NDArray[np.float64],
    miss: NDArray[np.float64],
    left: NDArray[np.float64],
    bit: NDArray[np.int64],
    have: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Sums over the events of the tracks up to this one, by what they took: [size]."""
    alone = _private(i, start, detection, ratio, miss, left, bit)
    for state in range(size):
        out[state] = have[state] * alone
    for e in range(start[i], start[i + 1]):
        j = detection[e]
        if bit[j] >= 0:
            flag = 1 << bit[j]
            for state in range(size):
                if not state & flag:
                    out[state | flag] += have[state] * ratio[e]


@kernel
def _backward(
    i: int,
    size: int,
    start: NDArray[np.int64],
    detection: NDArray[np.int64],
    ratio: NDArray[np.float64],
    miss: NDArray[np.float64],
    left: NDArray[np.float64],
    bit: NDArray[np.int64],
    have: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Sums over the events of this track and those after it, by what the tracks before took: [size]."""
    alone = _private(i, start, detection, ratio, miss, left, bit)
    for state in range(size):
        out[state] = have[state] * alone
    for e in range(start[i], start[i + 1]):
        j = detection[e]
        if bit[j] >= 0:
            flag = 1 << bit[j]
            for state in range(size):
                if not state & flag:
                    out[state] += have[state | flag] * ratio[e]
