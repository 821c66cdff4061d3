"""The numbers of a picture's tracks: found again for what was contributed before, given anew to what was not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
U8 = NDArray[np.uint64]


@kernel
def recall(before: U8, numbers: I8, scores: F8, keys: U8, held: I8, score: F8, row: I4) -> I8:
    """What is remembered of each contributed track; the numbers among it, ascending, are returned: a row each.

    Args:
        before: [k] keys of the last epoch, ascending; numbers: [k] of the picture track of each; scores: [k].
        keys: [n] ascending.
        held: [n] written: the number of the picture track that each belonged to, 0 for none.
        score: [n] written: its score there, NaN for none.
        row: [n] written: place of that number among those returned, -1 for none.
    """
    at, known = 0, 0
    found = np.empty(len(keys), np.int64)
    for i in range(len(keys)):
        while at < len(before) and before[at] < keys[i]:
            at += 1
        held[i], score[i], row[i] = 0, np.nan, -1
        if at < len(before) and before[at] == keys[i]:
            held[i], score[i] = numbers[at], scores[at]
            found[known] = held[i]
            known += 1
    ids = np.unique(found[:known])
    for i in range(len(keys)):
        if held[i] > 0:
            row[i] = np.searchsorted(ids, held[i])
    return ids


@kernel
def number(row: I4, row_count: int, ids: I8, next_id: int) -> I8:
    """The number of every row that has a track, ascending; rows without one are left out, and `row` is changed so.

    Args:
        row: [n] the row of each track, changed in place to its place in what is returned.
        row_count: rows in use.
        ids: [k] numbers of the first k rows, ascending.
        next_id: number of the first row beyond them that has a track, above all of `ids`.
    """
    place = np.full(row_count, -1, np.int32)
    for r in row:
        place[r] = 0
    numbers, count = np.empty(row_count, np.int64), 0
    for r in range(row_count):
        if place[r] < 0:
            continue
        place[r] = count
        if r < len(ids):
            numbers[count] = ids[r]
        else:
            numbers[count] = next_id
            next_id += 1
        count += 1
    for i in range(len(row)):
        row[i] = place[row[i]]
    return numbers[:count]
