"""Matching two groups of tracks that one of them sees shifted as a whole.

Where objects fly closer together than registration errs, the nearest track is often the wrong one; but all of them are
off by nearly the same. The assignment and the shift are therefore found together (the global nearest pattern: Levedahl,
"An explicit pattern matching assignment algorithm", Proc. SPIE 4728, 2002, eq. 9; Papageorgiou and Holender, "Track-to-
track association and ambiguity management in the presence of sensor bias", J. Adv. Inf. Fusion 6(2), 2011).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.assignment import assign_rows
from skypact.kernels.intersection import cholesky, invert
from skypact.kernels.jit import bare, kernel

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]

COMMON = 0.5
"""Share of the variance of a difference taken to be common to a group (assumption)."""
STARTS = 24
"""Shifts tried first, besides none: those that bring one pair together, nearest pairs first."""
ROUNDS = 8
"""Times that assignment and shift are found in turn."""
SAME_CODE = 1e3
"""Taken off the cost of a pair with one transponder code."""


@bare
def inverse_terms(total: F8, difference: F8, work: F8, low: F8, terms: F8) -> float:
    """Squared Mahalanobis distance of a difference [6] of covariance [6, 6], 1e300 where that is singular.

    terms[12] receive what a shift of position changes: S^-1 d on the position, and S^-1 there row by row.
    """
    if not invert(total, work, low, 6):
        return 1e300
    square = 0.0
    for r in range(6):
        value = 0.0
        for c in range(6):
            value += work[r, c] * difference[c]
        square += difference[r] * value
        if r < 3:
            terms[r] = value
            for c in range(3):
                terms[3 + 3 * r + c] = work[r, c]
    return square


@kernel
def match(first: I4, second: I4, square: F8, terms: F8, same: I4, miss: float, partner: I4) -> float:
    """Write for each of k tracks its partner or -1, and return the cost: the best of the assignments tried.

    The cost of pairs with a shift b is the sum of (d - b)' S^-1 (d - b) / (1 - COMMON), plus b' B^-1 b with B the
    share COMMON of the pairs' mean S, plus miss / (1 - COMMON) for every track without partner. In turn, the
    cheapest assignment under a shift and the best shift of an assignment are found, until neither changes, from no
    shift and from those of single pairs. Of equal costs the first found stands.

    Args:
        first: [p] 0..m-1, one side of each pair; second: [p] 0..k-1, the other.
        square: [p] squared distances; terms: [p, 12] of `inverse_terms`.
        same: [p] 1 where both have the same code.
        miss: squared distance at which a pair is no better than none.
        partner: [k] written.
    """
    k, m, pairs = len(partner), 0, len(first)
    for p in range(pairs):
        m = max(m, first[p] + 1)
    cost = np.empty((k, m + k))
    columns, previous = np.empty(k, np.int32), np.empty(k, np.int32)
    prior, work, low = np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3))
    shift = np.empty(3)
    pair_of = np.full((k, m), -1, np.int32)
    for p in range(pairs):
        pair_of[second[p], first[p]] = p
    if not _prior(terms, prior, work, low):
        prior[:] = 0.0
    order = np.argsort(square, kind="mergesort")
    least = np.inf
    for start in range(min(pairs, STARTS) + 1):
        shift[:] = 0.0
        if start > 0:
            columns[:] = m
            columns[second[order[start - 1]]] = first[order[start - 1]]
            _best_shift(columns, pair_of, terms, prior, work, low, shift)
        previous[:] = -1
        for _ in range(ROUNDS):
            _fill(first, second, square, terms, same, miss, shift, m, cost)
            assign_rows(cost, columns)
            changed = False
            for j in range(k):
                changed = changed or columns[j] != previous[j]
                previous[j] = columns[j]
            _best_shift(columns, pair_of, terms, prior, work, low, shift)
            if not changed:
                break
        _fill(first, second, square, terms, same, miss, shift, m, cost)
        total = 0.0
        for a in range(3):
            for b in range(3):
                total += shift[a] * prior[a, b] * shift[b]
        for j in range(k):
            total += cost[j, columns[j]]
        if total < least - 1e-9:
            least = total
            for j in range(k):
                partner[j] = columns[j] if columns[j] < m else -1
    return least


@kernel
def _prior(terms: F8, prior: F8, work: F8, low: F8) -> bool:
    """Write the inverse of the prior covariance of the shift: the share COMMON of the pairs' mean covariance."""
    mean = np.zeros((3, 3))
    for p in range(len(terms)):
        for a in range(3):
            for b in range(3):
                work[a, b] = terms[p, 3 + 3 * a + b]
        if not invert(work, prior, low, 3):
            return False
        for a in range(3):
            for b in range(3):
                mean[a, b] += COMMON * prior[a, b] / len(terms)
    return invert(mean, prior, low, 3)


@bare
def _fill(
    first: I4, second: I4, square: F8, terms: F8, same: I4, miss: float, shift: F8, m: int, cost: F8
) -> None:
    """The costs of all pairs under a shift; a column of its own for each track that stays alone."""
    cost[:] = np.inf
    for j in range(len(cost)):
        cost[j, m + j] = miss / (1.0 - COMMON)
    for p in range(len(first)):
        value = square[p]
        for a in range(3):
            value -= 2.0 * shift[a] * terms[p, a]
            for b in range(3):
                value += shift[a] * terms[p, 3 + 3 * a + b] * shift[b]
        cost[second[p], first[p]] = value / (1.0 - COMMON) - SAME_CODE * same[p]


@kernel
def _best_shift(columns: I4, pair_of: I4, terms: F8, prior: F8, work: F8, low: F8, shift: F8) -> None:
    """The shift of least cost for an assignment."""
    info, vector = np.zeros((3, 3)), np.zeros(3)
    for j in range(len(columns)):
        if columns[j] >= pair_of.shape[1]:
            continue
        p = pair_of[j, columns[j]]
        for a in range(3):
            vector[a] += terms[p, a] / (1.0 - COMMON)
            for b in range(3):
                info[a, b] += terms[p, 3 + 3 * a + b] / (1.0 - COMMON)
    for a in range(3):
        for b in range(3):
            info[a, b] += prior[a, b]
    shift[:] = 0.0
    if cholesky(info, low, 3) and invert(info, work, low, 3):
        for a in range(3):
            for b in range(3):
                shift[a] += work[a, b] * vector[b]
