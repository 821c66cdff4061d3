"""Track-to-track correlation and covariance intersection on stacked arrays of tracks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.intersection import cholesky, intersect
from skypact.kernels.jit import kernel

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
U4 = NDArray[np.uint32]

GATE_NEW = 20.5
"""Squared distance of position and velocity (6 degrees of freedom) under which two tracks may be joined:
the 99.77 % point."""
GATE_KEEP = 50.0
"""Squared distance above which a member is detached: well outside, so that members do not flicker."""


@kernel
def distance2(mean: F8, cov: F8, i: int, j: int, pad_m2: float, work: F8, low: F8, solved: F8) -> float:
    """Squared Mahalanobis distance of stacked tracks i and j (6 states), the position variance padded.

    Errors of the two are taken as independent, which their separate sensors make nearly true; 1e300 where the
    sum of covariances is singular.
    """
    for r in range(6):
        for c in range(6):
            work[r, c] = cov[i, r, c] + cov[j, r, c]
        if r < 3:
            work[r, r] += pad_m2
        else:
            work[r, r] += 25.0
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


@kernel
def correlate(mean: F8, cov: F8, source: I4, code: U4, row: I4, row_count: int, pad_m2: F8) -> int:
    """Give every stacked track a row of the picture; tracks of one object share a row.

    On entry row[i] is the row held so far or -1. A member too far from its row's reference (its first member in
    stacked order, the nation's own track where there is one) is detached. Free tracks, and rows held by a single
    source, are joined to rows that lack their source, nearest first, inside GATE_NEW. Tracks with two different
    transponder codes are never joined; with equal codes the wider GATE_KEEP holds.

    Args:
        mean: [n, 6]; cov: [n, 6, 6]; source: [n] nation; code: [n].
        row: [n] changed in place.
        row_count: rows in use; new rows are numbered from here.
        pad_m2: [n] residual registration variance of the track's source.

    Returns:
        The new row count. Rows are not compacted: a row may have lost all its members.
    """
    n = len(row)
    work = np.empty((6, 6))
    low = np.empty((6, 6))
    solved = np.empty(6)
    reference = np.full(row_count + n, -1, np.int32)
    row_code = np.zeros(row_count + n, np.uint32)
    for i in range(n):
        r = row[i]
        if r < 0:
            continue
        conflict = code[i] != 0 and row_code[r] != 0 and code[i] != row_code[r]
        if row_code[r] == 0:
            row_code[r] = code[i]
        if reference[r] < 0:
            reference[r] = i
            continue
        j = reference[r]
        if conflict or distance2(mean, cov, i, j, pad_m2[i] + pad_m2[j], work, low, solved) > GATE_KEEP:
            row[i] = -1
    for i in range(n):
        if row[i] < 0:
            row[i] = row_count
            reference[row_count] = i
            row_code[row_count] = code[i]
            row_count += 1
    sources = np.zeros(row_count, np.uint64)
    for i in range(n):
        sources[row[i]] |= np.uint64(1) << np.uint64(source[i])
    best_pair = np.empty((4 * n + 16, 2), np.int32)
    best_d = np.empty(4 * n + 16)
    pairs = 0
    for r in range(row_count):
        i = reference[r]
        if i < 0:
            continue
        for s in range(r):
            j = reference[s]
            if j < 0 or sources[r] & sources[s]:
                continue
            if row_code[r] != 0 and row_code[s] != 0 and row_code[r] != row_code[s]:
                continue
            reach = cov[i, 0, 0] + cov[i, 1, 1] + cov[i, 2, 2] + cov[j, 0, 0] + cov[j, 1, 1] + cov[j, 2, 2]
            pad = pad_m2[i] + pad_m2[j]
            dx = mean[i, 0] - mean[j, 0]
            dy = mean[i, 1] - mean[j, 1]
            dz = mean[i, 2] - mean[j, 2]
            if dx * dx + dy * dy + dz * dz > GATE_KEEP * (reach + 3.0 * pad):
                continue
            d = distance2(mean, cov, i, j, pad, work, low, solved)
            same_code = row_code[r] != 0 and row_code[r] == row_code[s]
            if d < (GATE_KEEP if same_code else GATE_NEW) and pairs < len(best_d):
                best_pair[pairs, 0] = r
                best_pair[pairs, 1] = s
                best_d[pairs] = d - 1e3 if same_code else d
                pairs += 1
    order = np.argsort(best_d[:pairs])
    target = np.arange(row_count).astype(np.int32)
    for k in range(pairs):
        r = target[best_pair[order[k], 0]]
        s = target[best_pair[order[k], 1]]
        if r == s or sources[r] & sources[s]:
            continue
        if row_code[r] != 0 and row_code[s] != 0 and row_code[r] != row_code[s]:
            continue
        keep, drop = (s, r) if s < r else (r, s)
        sources[keep] |= sources[drop]
        row_code[keep] = max(row_code[keep], row_code[drop])
        for q in range(row_count):
            if target[q] == drop:
                target[q] = keep
    for i in range(n):
        row[i] = target[row[i]]
    return row_count


@kernel
def combine(
    mean: F8, cov: F8, row: I4, row_count: int, pad_m2: F8, out_mean: F8, out_cov: F8, best: I4, steps: int
) -> None:
    """Fuse the members of every row by covariance intersection, most accurate first, at most three.

    A member of which the position is five times less accurate than the best so far cannot improve it and is left out.

    Args:
        mean: [n, 6]; cov: [n, 6, 6]; row: [n]; pad_m2: [n] as in `correlate`.
        row_count: number of rows.
        out_mean: [row_count, 6] receives the result; out_cov: [row_count, 6, 6].
        best: [row_count] receives the most accurate member, -1 where a row has none.
        steps: golden-section steps of each intersection.
    """
    n = len(row)
    spread = np.empty(n)
    for i in range(n):
        spread[i] = cov[i, 0, 0] + cov[i, 1, 1] + cov[i, 2, 2] + 3.0 * pad_m2[i]
    order = np.argsort(spread)
    members = np.zeros(row_count, np.int32)
    padded = np.empty((6, 6))
    fused_mean = np.empty(6)
    fused_cov = np.empty((6, 6))
    for r in range(row_count):
        best[r] = -1
    for k in range(n):
        i = order[k]
        r = row[i]
        padded[:] = cov[i]
        for axis in range(3):
            padded[axis, axis] += pad_m2[i]
        if best[r] < 0:
            best[r] = i
            out_mean[r] = mean[i]
            out_cov[r] = padded
            members[r] = 1
        elif (
            members[r] < 3
            and spread[i] < 25.0 * spread[best[r]]
            and intersect(out_mean[r], out_cov[r], mean[i], padded, fused_mean, fused_cov, steps) >= 0.0
        ):
            out_mean[r] = fused_mean
            out_cov[r] = fused_cov
            members[r] += 1


@kernel
def describe(
    row: I4,
    row_count: int,
    status: NDArray[np.uint8],
    code: U4,
    updated_ns: I8,
    first_ns: I8,
    sources: U4,
    identity: NDArray[np.uint8],
    log_class: F8,
    named: int,
    confirmed: int,
    out_status: NDArray[np.uint8],
    out_code: U4,
    out_updated_ns: I8,
    out_first_ns: I8,
    out_sources: U4,
    out_identity: NDArray[np.uint8],
    out_class: F8,
) -> None:
    """Describe every row by its members; the out arrays are [row_count, ...] and are overwritten.

    Status is CONFIRMED where a member is, else the members' highest; the code is the highest read; times are the
    latest update and the earliest start; lineage is the union; the identity is a member's that a code names (1 up
    to `named`), else 0; class probabilities are the logarithmic opinion pool with equal weights (Genest and Zidek
    1986, sec. 3.2), from log_class[n, classes].
    """
    classes = log_class.shape[1]
    members = np.zeros(row_count, np.int64)
    for r in range(row_count):
        out_status[r] = 0
        out_code[r] = 0
        out_updated_ns[r] = 0
        out_first_ns[r] = 9223372036854775807
        out_sources[r] = 0
        out_identity[r] = 0
        out_class[r] = 0.0
    for i in range(len(row)):
        r = row[i]
        members[r] += 1
        if status[i] == confirmed or (out_status[r] != confirmed and status[i] > out_status[r]):
            out_status[r] = status[i]
        out_code[r] = max(out_code[r], code[i])
        out_updated_ns[r] = max(out_updated_ns[r], updated_ns[i])
        out_first_ns[r] = min(out_first_ns[r], first_ns[i])
        out_sources[r] |= sources[i]
        if 1 <= identity[i] <= named:
            out_identity[r] = identity[i]
        for c in range(classes):
            out_class[r, c] += log_class[i, c]
    for r in range(row_count):
        if members[r] == 0:
            continue
        highest = out_class[r].max()
        total = 0.0
        for c in range(classes):
            out_class[r, c] = math.exp((out_class[r, c] - highest) / members[r])
            total += out_class[r, c]
        for c in range(classes):
            out_class[r, c] /= total
