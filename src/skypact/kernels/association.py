"""Which of one sensor's detections belong to which tracks: global nearest neighbour.

A pair that passes the coarse gate (kernels.gate) is scored by trying it (kernels.trial); it is made only where that
explains the detection better than a new object or a false plot. Scores of detections that compete for tracks are
maximised together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.assignment import assign_rows
from skypact.kernels.jit import bare, kernel

FEW_PAIRS = 64
"""Up to so many pairs are looked through for two that compete, before components are made of them."""


@bare
def choose_pairs(
    score: NDArray[np.float64],
    pair_det: NDArray[np.int32],
    pair_row: NDArray[np.int32],
    detections: int,
    capacity: int,
    chosen: NDArray[np.bool_],
) -> None:
    """Mark the pairs of the assignment of greatest total score, leaving unpaired what scores at most 0.

    Where no two pairs that score compete, each is chosen.
    """
    if score.size > FEW_PAIRS or not _chosen_at_once(score, pair_det, pair_row, chosen):
        _choose_by_component(score, pair_det, pair_row, detections, capacity, chosen)


@bare
def _chosen_at_once(
    score: NDArray[np.float64],
    pair_det: NDArray[np.int32],
    pair_row: NDArray[np.int32],
    chosen: NDArray[np.bool_],
) -> bool:
    """Mark every pair that scores; False where two of them share a detection or a track."""
    for p in range(score.size):
        chosen[p] = score[p] > 0.0
        if chosen[p]:
            for other in range(p):
                if chosen[other] and (pair_det[other] == pair_det[p] or pair_row[other] == pair_row[p]):
                    return False
    return True


@kernel
def _choose_by_component(
    score: NDArray[np.float64],
    pair_det: NDArray[np.int32],
    pair_row: NDArray[np.int32],
    detections: int,
    capacity: int,
    chosen: NDArray[np.bool_],
) -> None:
    """As `choose_pairs`: detections that share no track are solved apart, by union-find over the pairs that score."""
    pairs = score.size
    parent = np.empty(detections, np.int32)
    for i in range(detections):
        parent[i] = i
    claimed = np.full(capacity, -1, np.int32)
    for p in range(pairs):
        chosen[p] = False
        if score[p] > 0.0:
            i = _root(parent, pair_det[p])
            other = claimed[pair_row[p]]
            if other < 0:
                claimed[pair_row[p]] = i
            else:
                parent[i] = _root(parent, other)
    for i in range(detections):
        if parent[i] == i:
            _solve_component(i, parent, score, pair_det, pair_row, detections, claimed, chosen)


@bare
def _root(parent: NDArray[np.int32], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@kernel
def _solve_component(
    root: int,
    parent: NDArray[np.int32],
    score: NDArray[np.float64],
    pair_det: NDArray[np.int32],
    pair_row: NDArray[np.int32],
    detections: int,
    column: NDArray[np.int32],
    chosen: NDArray[np.bool_],
) -> None:
    """Choose among the pairs of one component; `column` is scratch by track row."""
    members = np.empty(score.size, np.int32)
    count = 0
    for p in range(score.size):
        if score[p] > 0.0 and _root(parent, pair_det[p]) == root:
            members[count] = p
            count += 1
    if count == 1:
        chosen[members[0]] = True
    if count <= 1:
        return
    line = np.full(detections, -1, np.int32)
    for m in range(count):
        column[pair_row[members[m]]] = -1
    n, tracks = 0, 0
    for m in range(count):
        p = members[m]
        if line[pair_det[p]] < 0:
            line[pair_det[p]] = n
            n += 1
        if column[pair_row[p]] < 0:
            column[pair_row[p]] = tracks
            tracks += 1
    cost = np.full((n, tracks + n), np.inf)
    for i in range(n):
        cost[i, tracks + i] = 0.0
    for m in range(count):
        p = members[m]
        cost[line[pair_det[p]], column[pair_row[p]]] = -score[p]
    col_of_row = np.empty(n, np.int32)
    assign_rows(cost, col_of_row)
    for m in range(count):
        p = members[m]
        if col_of_row[line[pair_det[p]]] == column[pair_row[p]]:
            chosen[p] = True
