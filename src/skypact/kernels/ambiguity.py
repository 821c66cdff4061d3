"""What else a correlated track might have belonged to: members exchanged where that is plainly better, and doubt."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.intersection import cholesky
from skypact.kernels.jit import bare, kernel

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
U4 = NDArray[np.uint32]

SWAP_GAIN = 12.0
"""By how much an exchange of two members must lower the sum of squared distances: odds of 400 to 1."""
SPEED_NOISE = 25.0
"""Variance of velocity added to every comparison, m2/s2: sources turn at different times."""


@bare
def distance2(mean: F8, cov: F8, i: int, j: int, work: F8, low: F8, solved: F8) -> float:
    """Squared Mahalanobis distance of stacked tracks i and j (6 states).

    Errors of the two are taken as independent, which their separate sensors make nearly true; 1e300 where the
    sum of covariances is singular.
    """
    for r in range(6):
        for c in range(6):
            work[r, c] = cov[i, r, c] + cov[j, r, c]
        if r > 2:
            work[r, r] += SPEED_NOISE
    if not cholesky(work, low, 6):
        return 1e300
    total = 0.0
    for r in range(6):
        value = mean[i, r] - mean[j, r]
        for k in range(r):
            value -= low[r, k] * solved[k]
        solved[r] = value / low[r, r]
        total += solved[r] * solved[r]
    return total


@bare
def spread(cov: F8, i: int) -> float:
    """Summed variance of a track's position."""
    return float(cov[i, 0, 0] + cov[i, 1, 1] + cov[i, 2, 2])


@kernel
def exchange(mean: F8, cov: F8, source: I4, code: U4, row: I4, row_count: int, near: I4) -> None:
    """Exchange members of near rows where that lowers the squared distances by more than SWAP_GAIN; `row` is changed.

    Two tracks of one source in two rows are compared with the most accurate other members. An error that is common to
    the source shifts both alike and falls out of the comparison. Where the source leads both rows it is the others that
    change places, so that the picture's numbers stay with its own tracks. Nothing is taken from a track of equal code.

    Args:
        mean: [n, 6]; cov: [n, 6, 6]; source: [n]; code: [n].
        row: [n] changed in place; row_count: rows.
        near: [p, 2] pairs of rows, each once.
    """
    start, member = members_of(row, row_count)
    work, low, solved = np.empty((6, 6)), np.empty((6, 6)), np.empty(6)
    changed = np.zeros(row_count, np.bool_)
    for p in range(len(near)):
        r, s = near[p, 0], near[p, 1]
        if changed[r] or changed[s]:  # a row changes once an epoch: its members are no more those listed
            continue
        for a in range(start[r], start[r + 1]):
            i = member[a]
            j = _of_source(start, member, source, s, source[i])
            if j < 0:
                continue
            if _read_by_another(start, member, code, r, i) or _read_by_another(start, member, code, s, j):
                continue
            if not (_fits(start, member, code, s, j, i) and _fits(start, member, code, r, i, j)):
                continue
            gain = -_loss(mean, cov, start, member, r, i, s, j, work, low, solved)
            if gain <= SWAP_GAIN:
                continue
            if a == start[r] and j == member[start[s]]:
                for b in range(start[r] + 1, start[r + 1]):
                    row[member[b]] = s
                for b in range(start[s] + 1, start[s + 1]):
                    row[member[b]] = r
            else:
                row[i], row[j] = s, r
            changed[r], changed[s] = True, True
            break


@kernel
def weigh(mean: F8, cov: F8, source: I4, code: U4, row: I4, row_count: int, near: I4, doubt: F8) -> None:
    """Write for each track the probability that it belongs to another of the rows near it than to its own.

    The odds of an alternative are exp(-loss / 2) of what it adds to the squared distances: the track goes over to a row
    that lacks its source, or changes places with that row's. A track whose code another member of its row has read is
    not in doubt, nor is one alone in its row.

    Args:
        mean, cov, source, code, row, row_count, near: as `exchange`.
        doubt: [n] written.
    """
    start, member = members_of(row, row_count)
    work, low, solved = np.empty((6, 6)), np.empty((6, 6)), np.empty(6)
    doubt[:] = 0.0
    for p in range(len(near)):
        for side in range(2):
            r, s = near[p, side], near[p, 1 - side]
            if start[s + 1] == start[s]:
                continue
            for a in range(start[r], start[r + 1]):
                i = member[a]
                other = best_other(cov, start, member, r, i)
                j = _of_source(start, member, source, s, source[i])
                if (
                    other < 0
                    or _read_by_another(start, member, code, r, i)
                    or not _fits(start, member, code, s, j, i)
                    or (j >= 0 and not _fits(start, member, code, r, i, j))
                ):
                    continue
                loss = _loss(mean, cov, start, member, r, i, s, j, work, low, solved)
                if loss < 80.0:
                    doubt[i] += math.exp(-0.5 * max(loss, -80.0))
    for i in range(len(doubt)):
        doubt[i] /= 1.0 + doubt[i]


@kernel
def members_of(row: I4, row_count: int) -> tuple[I8, I8]:
    """Where the members of each row begin, [rows + 1], and the members row by row, in the order of the stack."""
    start, member = np.zeros(row_count + 1, np.int64), np.empty(len(row), np.int64)
    for i in range(len(row)):
        start[row[i] + 1] += 1
    for r in range(row_count):
        start[r + 1] += start[r]
    place = start[:-1].copy()
    for i in range(len(row)):
        member[place[row[i]]] = i
        place[row[i]] += 1
    return start, member


@bare
def best_other(cov: F8, start: I8, member: I8, r: int, i: int) -> int:
    """The most accurate member of row r beside i, -1 where there is none."""
    best = -1
    for a in range(start[r], start[r + 1]):
        m = member[a]
        if m != i and (best < 0 or spread(cov, m) < spread(cov, best)):
            best = m
    return best


@bare
def _of_source(start: I8, member: I8, source: I4, r: int, s: int) -> int:
    """The member of row r from source s, -1 where there is none."""
    for a in range(start[r], start[r + 1]):
        if source[member[a]] == s:
            return int(member[a])
    return -1


@bare
def _fits(start: I8, member: I8, code: U4, r: int, without: int, i: int) -> bool:
    """Whether the code of track i contradicts no member of row r beside `without`."""
    for a in range(start[r], start[r + 1]):
        m = member[a]
        if m != without and code[m] != 0 and code[i] != 0 and code[m] != code[i]:
            return False
    return True


@bare
def _read_by_another(start: I8, member: I8, code: U4, r: int, i: int) -> bool:
    """Whether another member of the row has read track i's code."""
    for a in range(start[r], start[r + 1]):
        if member[a] != i and code[i] != 0 and code[member[a]] == code[i]:
            return True
    return False


@bare
def _loss(
    mean: F8, cov: F8, start: I8, member: I8, r: int, i: int, s: int, j: int, work: F8, low: F8, solved: F8
) -> float:
    """What is added to the squared distances if i of row r and j of row s (-1: none) change places."""
    here, there = best_other(cov, start, member, r, i), best_other(cov, start, member, s, j)
    loss = 0.0
    if here >= 0:
        loss -= distance2(mean, cov, i, here, work, low, solved)
        if j >= 0:
            loss += distance2(mean, cov, j, here, work, low, solved)
    if there >= 0:
        loss += distance2(mean, cov, i, there, work, low, solved)
        if j >= 0:
            loss -= distance2(mean, cov, j, there, work, low, solved)
    return loss
