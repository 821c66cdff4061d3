"""How long and by how many tracks each true object is held: stretches of snapshots with a track in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel


@kernel
def hold_stretches(
    row_start: NDArray[np.int64],
    step: NDArray[np.int64],
    span: NDArray[np.float64],
    held_start: NDArray[np.int64],
    held: NDArray[np.int64],
    longest: NDArray[np.float64],
    tracked: NDArray[np.float64],
    needed: NDArray[np.int64],
) -> None:
    """Write for each object how long one track held it at most, how long any did, and how many tracks that took.

    Args:
        row_start: [j + 1] where each object's rows begin.
        step: [n] place of each row's snapshot, ascending within an object.
        span: [n] time that each row stands for, s.
        held_start: [n + 1] where each row's tracks begin in `held`.
        held: [h] tracks assigned to the object there, ascending within a row.
        longest: [j] written: longest time without interruption with one track, s.
        tracked: [j] written: time with at least one track, s.
        needed: [j] written: the fewest stretches, each with one track throughout, that make up the tracked time;
            times without any track in between do not end a stretch.
    """
    run = np.zeros(len(held))
    lasting = np.zeros(len(held), np.bool_)
    for j in range(len(row_start) - 1):
        longest[j], tracked[j], needed[j] = 0.0, 0.0, 0
        previous = -1  # the row before that had a track
        for r in range(row_start[j], row_start[j + 1]):
            begin, end = held_start[r], held_start[r + 1]
            if begin == end:
                continue
            tracked[j] += span[r]
            joined = previous == r - 1 and previous >= 0 and step[r] == step[previous] + 1
            common = False
            for h in range(begin, end):
                run[h] = span[r]
                lasting[h] = False
                if previous >= 0:
                    for g in range(held_start[previous], held_start[previous + 1]):
                        if held[g] == held[h]:
                            if joined:
                                run[h] += run[g]
                            lasting[h] = lasting[g]
                common = common or lasting[h]
                longest[j] = max(longest[j], run[h])
            if not common:
                needed[j] += 1
                for h in range(begin, end):
                    lasting[h] = True
            previous = r
