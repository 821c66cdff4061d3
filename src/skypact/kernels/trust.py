"""What several sources say of the same aircraft, and where others would have seen what one source holds alone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel

F8 = NDArray[np.float64]
F4 = NDArray[np.float32]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
U4 = NDArray[np.uint32]
U1 = NDArray[np.uint8]
B1 = NDArray[np.bool_]


@kernel
def pairs_of_code(rows: I8, code: U4) -> tuple[I8, I8]:
    """Every pair of two rows [m] with one code, both ways round, in the order of the rows; equal codes stand together.

    Args:
        rows: [m] places in code.
        code: [n].
    """
    most, begin = 0, 0
    for k in range(len(rows)):
        if code[rows[k]] != code[rows[begin]]:
            begin = k
        most += 2 * (k - begin)
    first, second, count = np.empty(most, np.int64), np.empty(most, np.int64), 0
    for i in range(len(rows)):
        begin = i
        while begin > 0 and code[rows[begin - 1]] == code[rows[i]]:
            begin -= 1
        for j in range(begin, len(rows)):
            if code[rows[j]] != code[rows[i]]:
                break
            if j != i:
                first[count], second[count] = rows[i], rows[j]
                count += 1
    return first, second


@kernel
def covered(
    rows: I8,
    source: I4,
    mean: F8,
    class_prob: F4,
    held: B1,
    cover_m: float,
    cover_height_m: float,
    least: int,
) -> B1:
    """Which of the rows [m] lie where enough other sources hold the like: near, no higher, of the same likeliest class.

    Args:
        rows: [m] places in the stack of n tracks.
        source: [n]; mean: [n, 6] ECEF; class_prob: [n, classes].
        held: [n] whether a track counts as one that covers.
        cover_m: greatest distance; cover_height_m: by how much it may be higher.
        least: other sources that must.
    """
    n, sources = len(source), 0
    kind, height = np.empty(n, np.int64), np.empty(n)
    for i in range(n):
        kind[i] = np.argmax(class_prob[i])
        height[i] = math.sqrt(mean[i, 0] * mean[i, 0] + mean[i, 1] * mean[i, 1] + mean[i, 2] * mean[i, 2])
        sources = max(sources, source[i] + 1)
    enough, covering = np.empty(len(rows), np.bool_), np.empty(sources, np.bool_)
    for k in range(len(rows)):
        i = rows[k]
        covering[:] = False
        for j in range(n):
            if source[j] == source[i] or kind[j] != kind[i] or not held[j]:
                continue
            square = 0.0
            for a in range(3):
                square += (mean[i, a] - mean[j, a]) ** 2
            if square <= cover_m * cover_m and height[j] <= height[i] + cover_height_m:
                covering[source[j]] = True
        enough[k] = covering.sum() >= least
    return enough


@kernel
def add_compared(
    sums: tuple[F8, F8, F8, F8], first: I4, second: I4, weight: float, found: tuple[F8, F8, F8]
) -> None:
    """Add m comparisons to the sums [N, N] of their two sources, in their order.

    Args:
        sums: of squared distances, comparisons, excess and power; changed in place.
        first: [m] the source that is judged; second: [m] its partner.
        weight: of each comparison.
        found: squared distance, excess and power of each, [m].
    """
    square, count, excess, power = sums
    squares, excesses, powers = found
    for k in range(len(first)):
        i, j = first[k], second[k]
        square[i, j] += weight * squares[k]
        count[i, j] += weight
        excess[i, j] += weight * excesses[k]
        power[i, j] += weight * powers[k]
