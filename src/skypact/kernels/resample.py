"""The cluster bootstrap: whole runs drawn with replacement, keyed so that every report of a record is the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.random import philox

RESAMPLE = np.uint32(0x52534D50)
_TO_UNIT = 1.0 / 4294967296.0


@kernel
def draw_counts(replicates: int, n: int) -> NDArray[np.int32]:
    """How often each of n runs is drawn in each replicate, i4[replicates, n]; every row sums to n."""
    counts = np.zeros((replicates, n), np.int32)
    zero = np.uint32(0)
    for b in range(replicates):
        for i in range(n):
            word, _, _, _ = philox(RESAMPLE, np.uint32(b), np.uint32(i), np.uint32(n), zero, zero)
            counts[b, int(float(word) * _TO_UNIT * n)] += 1
    return counts


@kernel
def resampled_quantiles(
    values: NDArray[np.float64], run_of: NDArray[np.int64], counts: NDArray[np.int32], q: float
) -> NDArray[np.float64]:
    """The q-quantile of each replicate, f8[b]; NaN where a replicate has no value.

    The inverse of the empirical distribution, averaged where it is flat (Hyndman and Fan 1996, definition 2).

    Args:
        values: [m] sorted.
        run_of: [m] the run each value belongs to.
        counts: [b, n] how often each run is in each replicate.
        q: in (0, 1).
    """
    m = len(values)
    out = np.full(counts.shape[0], np.nan)
    for b in range(counts.shape[0]):
        total = 0
        for i in range(m):
            total += counts[b, run_of[i]]
        if total == 0:
            continue
        wanted = q * total
        reached = 0
        half = -1
        for i in range(m):
            weight = counts[b, run_of[i]]
            if weight == 0:
                continue
            if half >= 0:
                out[b] = 0.5 * (values[half] + values[i])
                break
            reached += weight
            if abs(reached - wanted) < 1e-9 * total:
                half = i
            elif reached > wanted:
                out[b] = values[i]
                break
    return out
