"""Track-to-track correlation and covariance intersection on stacked arrays of tracks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.wgs84 import GM_M3_S2, OMEGA_RAD_S

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
U8 = NDArray[np.uint64]
U4 = NDArray[np.uint32]

GATE_NEW = 20.5
"""Squared distance of position and velocity (6 degrees of freedom) under which two tracks may be joined:
the 99.77 % point."""
GATE_KEEP = 50.0
"""Squared distance above which a member is detached: well outside, so that members do not flicker."""
GOLDEN = 0.6180339887498949


@kernel
def cholesky(a: F8, low: F8, n: int) -> bool:
    """Write the lower Cholesky factor of a[n, n] into low; False if a is not positive definite."""
    for i in range(n):
        for j in range(i + 1):
            total = a[i, j]
            for k in range(j):
                total -= low[i, k] * low[j, k]
            if i == j:
                if total <= 0.0:
                    return False
                low[i, i] = math.sqrt(total)
            else:
                low[i, j] = total / low[j, j]
    return True


@kernel
def invert(a: F8, out: F8, low: F8, n: int) -> bool:
    """Write the inverse of the symmetric positive definite a[n, n] into out; False if it has none."""
    if not cholesky(a, low, n):
        return False
    for column in range(n):
        for i in range(n):
            total = 1.0 if i == column else 0.0
            for k in range(i):
                total -= low[i, k] * out[k, column]
            out[i, column] = total / low[i, i]
        for i in range(n - 1, -1, -1):
            total = out[i, column]
            for k in range(i + 1, n):
                total -= low[k, i] * out[k, column]
            out[i, column] = total / low[i, i]
    return True


@kernel
def _log_det_mixed(info_a: F8, info_b: F8, weight: float, work: F8, low: F8, n: int) -> float:
    for i in range(n):
        for j in range(n):
            work[i, j] = weight * info_a[i, j] + (1.0 - weight) * info_b[i, j]
    if not cholesky(work, low, n):
        return -1e300
    total = 0.0
    for i in range(n):
        total += math.log(low[i, i])
    return total


@kernel
def intersect(mean_a: F8, cov_a: F8, mean_b: F8, cov_b: F8, mean: F8, cov: F8, steps: int) -> float:
    """Covariance intersection of two estimates whose correlation is unknown (Julier and Uhlmann 1997, eq. 4-5).

    The weight of a minimises the determinant of the result, found by `steps` golden-section steps.

    Args:
        mean_a: first estimate, [n].
        cov_a: its covariance, [n, n].
        mean_b: second estimate, [n].
        cov_b: its covariance, [n, n].
        mean: receives the fused mean.
        cov: receives the fused covariance.
        steps: golden-section steps; 24 give the weight to 1e-5.

    Returns:
        The weight of a in [0, 1], or -1 where a covariance is not positive definite (nothing is written).
    """
    n = len(mean_a)
    info_a = np.empty((n, n))
    info_b = np.empty((n, n))
    work = np.empty((n, n))
    low = np.empty((n, n))
    if not invert(cov_a, info_a, low, n) or not invert(cov_b, info_b, low, n):
        return -1.0
    left, right = 0.0, 1.0
    x1 = right - GOLDEN * (right - left)
    x2 = left + GOLDEN * (right - left)
    f1 = _log_det_mixed(info_a, info_b, x1, work, low, n)
    f2 = _log_det_mixed(info_a, info_b, x2, work, low, n)
    for _ in range(steps):
        if f1 > f2:
            right, x2, f2 = x2, x1, f1
            x1 = right - GOLDEN * (right - left)
            f1 = _log_det_mixed(info_a, info_b, x1, work, low, n)
        else:
            left, x1, f1 = x1, x2, f2
            x2 = left + GOLDEN * (right - left)
            f2 = _log_det_mixed(info_a, info_b, x2, work, low, n)
    weight = 0.5 * (left + right)
    best = _log_det_mixed(info_a, info_b, weight, work, low, n)
    if _log_det_mixed(info_a, info_b, 1.0, work, low, n) >= best:
        weight = 1.0
    elif _log_det_mixed(info_a, info_b, 0.0, work, low, n) >= best:
        weight = 0.0
    vector = np.zeros(n)
    for i in range(n):
        for j in range(n):
            work[i, j] = weight * info_a[i, j] + (1.0 - weight) * info_b[i, j]
            vector[i] += weight * info_a[i, j] * mean_a[j] + (1.0 - weight) * info_b[i, j] * mean_b[j]
    if not invert(work, cov, low, n):
        return -1.0
    for i in range(n):
        mean[i] = 0.0
        for j in range(n):
            mean[i] += cov[i, j] * vector[j]
    return weight


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
def correlate(mean: F8, cov: F8, source: I4, track: U8, code: U4, row: I4, row_count: int, pad_m2: F8) -> int:
    """Give every stacked track a row of the picture; tracks of one object share a row.

    On entry row[i] is the row held so far or -1. A member too far from its row's reference (its first member in
    stacked order, the nation's own track where there is one) is detached. Free tracks, and rows held by a single
    source, are joined to rows that lack their source, nearest first, inside GATE_NEW. Tracks with two different
    transponder codes are never joined; with equal codes the wider GATE_KEEP holds.

    Args:
        mean: [n, 6]; cov: [n, 6, 6]; source: [n] nation; track: [n] id; code: [n].
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
        elif members[r] < 3 and spread[i] < 25.0 * spread[best[r]]:
            if intersect(out_mean[r], out_cov[r], mean[i], padded, fused_mean, fused_cov, steps) >= 0.0:
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


Q_LEVEL = 1.0
Q_MANOEUVRE = 900.0
Q_BALLISTIC = 25.0
"""White acceleration densities (m2/s3) of an extrapolated message, by mode: a message cannot carry the filter."""


@kernel
def extrapolate(mean: F8, cov: F8, mode: NDArray[np.float32], dt_s: float, out_mean: F8, out_cov: F8) -> None:
    """Carry tracks forward by dt_s (at most about 30 s): level flight in a line, ballistic flight under gravity.

    Gravity, Coriolis and centrifugal acceleration are taken constant over the step. Process noise is the
    mode-weighted white acceleration (Bar-Shalom, Li and Kirubarajan 2001, eq. 6.2.2-12).

    Args:
        mean: [n, 6] ECEF m, m/s; cov: [n, 6, 6].
        mode: [n, 3] probability of level, manoeuvring and ballistic flight.
        dt_s: seconds.
        out_mean: [n, 6] receives the result; out_cov: [n, 6, 6].
    """
    for i in range(len(mean)):
        x, y, z = mean[i, 0], mean[i, 1], mean[i, 2]
        r2 = x * x + y * y + z * z
        pull = -GM_M3_S2 / (r2 * math.sqrt(r2))
        w = OMEGA_RAD_S
        weight = mode[i, 2]
        ax = weight * (pull * x + w * w * x + 2.0 * w * mean[i, 4])
        ay = weight * (pull * y + w * w * y - 2.0 * w * mean[i, 3])
        az = weight * pull * z
        q = mode[i, 0] * Q_LEVEL + mode[i, 1] * Q_MANOEUVRE + weight * Q_BALLISTIC
        acceleration = (ax, ay, az)
        for a in range(3):
            out_mean[i, a] = mean[i, a] + dt_s * mean[i, a + 3] + 0.5 * dt_s * dt_s * acceleration[a]
            out_mean[i, a + 3] = mean[i, a + 3] + dt_s * acceleration[a]
        for a in range(3):
            for b in range(3):
                pp, pv = cov[i, a, b], cov[i, a, b + 3]
                vp, vv = cov[i, a + 3, b], cov[i, a + 3, b + 3]
                out_cov[i, a, b] = pp + dt_s * (pv + vp) + dt_s * dt_s * vv
                out_cov[i, a, b + 3] = pv + dt_s * vv
                out_cov[i, a + 3, b] = vp + dt_s * vv
                out_cov[i, a + 3, b + 3] = vv
            out_cov[i, a, a] += q * dt_s**3 / 3.0
            out_cov[i, a, a + 3] += q * dt_s**2 / 2.0
            out_cov[i, a + 3, a] += q * dt_s**2 / 2.0
            out_cov[i, a + 3, a + 3] += q * dt_s
