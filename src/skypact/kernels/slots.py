"""The best match of single rounds to places in a plan, and what each round is worth by it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import bare, kernel

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]

RAISED = (
    0.002  # of the mean gain: how far a bid goes beyond need; less costs more in bids than it saves in paths
)
BIDS = 400  # a row, at most


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
def auction(gain: F8, scale: F8, column: I4, outside: F8, raised: float, dual: F8, limit: int) -> None:
    """Write prices of the slots near the optimal ones: rows outbid each other by `raised` more than they need to.

    The auction of Bertsekas (Annals of Operations Research 14, 1988) with one value of its epsilon and at most `limit`
    bids; only its prices are kept.
    """
    dual[:] = 0.0
    row_of = np.full(len(scale), -1, np.int32)
    waiting = np.arange(len(outside)).astype(np.int32)
    top = len(waiting)
    while top > 0 and limit > 0:
        limit -= 1
        top -= 1
        i = waiting[top]
        s, first, second = bid(i, gain, scale, column, outside, dual)
        if s < 0:
            continue
        dual[s] += first - second + raised
        if row_of[s] >= 0:
            waiting[top] = row_of[s]
            top += 1
        row_of[s] = i


@kernel
def match_from(gain: F8, scale: F8, column: I4, outside: F8, dual: F8, slot_of: I4) -> bool:
    """Match rows to slots from given prices, which are updated; whether every slot left without a row has price 0."""
    rows, size = len(outside), len(scale)
    row_of = np.full(size, -1, np.int32)
    slot_of[:] = -1
    free = np.empty(rows, np.int32)
    count = 0
    for i in range(rows):
        s, _, _ = bid(i, gain, scale, column, outside, dual)
        if s < 0:
            continue
        if row_of[s] < 0:
            row_of[s], slot_of[i] = i, s
        else:
            free[count] = i
            count += 1
    distance, back, todo = np.empty(size), np.empty(size, np.int32), np.empty(size, np.int32)
    for i in free[:count]:
        augment(i, gain, scale, column, outside, dual, row_of, slot_of, distance, back, todo)
    for s in range(size):
        if row_of[s] < 0 and dual[s] > 0.0:
            return False
    return True


@kernel
def match_slots(gain: F8, scale: F8, column: I4, outside: F8, slot_of: I4, worth: F8) -> None:
    """Match rows to slots for the greatest total; write each row's slot (-1: outside) and what the row is worth.

    Row i in slot s gains `scale[s] * gain[i, column[s]]`, outside `outside[i]`; a slot takes one row. Prices of the
    slots come from an auction; rows that then want one slot are told apart by shortest augmenting paths (Jonker and
    Volgenant, Computing 38, 1987). Where that leaves a slot unused at a price, which no optimum does, all is
    done again from prices of 0.
    `worth` [rows] are the optimal dual values of the rows: by how much the total falls without a row.
    """
    rows = len(outside)
    dual = np.zeros(len(scale))
    best = 0.0
    for i in range(rows):
        best += bid(i, gain, scale, column, outside, dual)[1]
    if rows > 0:
        auction(gain, scale, column, outside, RAISED * best / rows, dual, BIDS * rows)
    if not match_from(gain, scale, column, outside, dual, slot_of):
        dual[:] = 0.0
        match_from(gain, scale, column, outside, dual, slot_of)
    for i in range(rows):
        worth[i] = bid(i, gain, scale, column, outside, dual)[1]
