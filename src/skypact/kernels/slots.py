"""The best match of single rounds to places in a plan, and what each round is worth by it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import bare, kernel

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]


@bare
def bid(i: int, gain: F8, scale: F8, column: I4, outside: F8, dual: F8) -> tuple[int, float, float]:
    """The slot that row i likes best or -1 for none, its profit there, and that of its next choice."""
    best, first, second = -1, outside[i], -np.inf
    for s in range(len(scale)):
        profit = scale[s] * gain[i, column[s]] - dual[s]
        if profit > second:
            if profit > first:
                best, first, second = s, profit, first
            else:
                second = profit
    return best, first, second


@bare
def augment(
    start: int,
    gain: F8,
    scale: F8,
    column: I4,
    outside: F8,
    dual: F8,
    row_of: I4,
    slot_of: I4,
    distance: F8,
    back: I4,
    todo: I4,
) -> None:
    """Give row `start` a slot, or the outside, along the shortest path of exchanges, and update the duals."""
    size = len(scale)
    for s in range(size):
        distance[s] = dual[s] - scale[s] * gain[start, column[s]]
        back[s] = start
        todo[s] = s
    left, leaver = -outside[start], start
    done = 0
    while True:
        near, at = np.inf, -1
        for e in range(done, size):
            d = distance[todo[e]]
            if d < near or (d == near and at >= 0 and row_of[todo[at]] >= 0 and row_of[todo[e]] < 0):
                near, at = d, e
        if left <= near:
            near, end = left, -1
            break
        end = todo[at]
        if row_of[end] < 0:
            break
        todo[at], todo[done] = todo[done], end
        done += 1
        i = row_of[end]
        offset = dual[end] - scale[end] * gain[i, column[end]] - near
        if -outside[i] - offset < left:
            left, leaver = -outside[i] - offset, i
        for e in range(done, size):
            s = todo[e]
            d = dual[s] - scale[s] * gain[i, column[s]] - offset
            if d < distance[s]:
                distance[s] = d
                back[s] = i
    for e in range(done):
        s = todo[e]
        dual[s] += near - distance[s]
    if end < 0:
        end = slot_of[leaver]
        slot_of[leaver] = -1
    while end >= 0:
        i = back[end]
        row_of[end] = i
        slot_of[i], end = end, slot_of[i]
        if i == start:
            break


@kernel
def match_slots(gain: F8, scale: F8, column: I4, outside: F8, slot_of: I4, worth: F8) -> None:
    """Match rows to slots for the greatest total; write each row's slot (-1: outside) and what the row is worth.

    Row i in slot s gains `scale[s] * gain[i, column[s]]`, outside `outside[i]`; a slot takes one row. Augmenting row
    reduction, then shortest augmenting paths (Jonker and Volgenant, Computing 38, 1987). `worth` [rows] are the optimal
    dual values of the rows: by how much the total falls without a row.
    """
    rows, size = len(outside), len(scale)
    dual = np.zeros(size)
    row_of = np.full(size, -1, np.int32)
    slot_of[:] = -1
    distance, back, todo = np.empty(size), np.empty(size, np.int32), np.empty(size, np.int32)
    for i in range(rows):
        augment(i, gain, scale, column, outside, dual, row_of, slot_of, distance, back, todo)
    for i in range(rows):
        _, worth[i], _ = bid(i, gain, scale, column, outside, dual)
