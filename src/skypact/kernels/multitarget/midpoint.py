"""One plot of several objects: where it lies, and what it tells each of them.

The plot of K objects that are not resolved lies about their midpoint (Koch and van Keuk, IEEE Trans. AES 33(3), 1997):
z = (h_1 + ... + h_K) / K + v, v with the sensor's covariance R. That they are not resolved says besides that they are
near each other, and this is what keeps their tracks together: alone, a plot in common tells nothing of their
difference, which then grows with what was wrong in their velocities.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.layout import MOST_MEASURED, Bank, Motion, Scan
from skypact.kernels.multitarget.nearest import weigh_modes
from skypact.kernels.multitarget.resolution import Seen, expect_track, new_glass, resolution_weights
from skypact.kernels.multitarget.sight import LOG_TWO_PI, bearing_at, wrap
from skypact.kernels.multitarget.update import innovation, linearise, update_state


@kernel
def residual_from_midpoint(
    scan: Scan, z: int, seen: Seen, members: int, bearing: int, left: NDArray[np.float64]
) -> None:
    """Write detection z minus the mean of the expected values of the first members, bearings wrapped, into left [m]."""
    for a in range(left.size):
        first = seen.value[0, a]
        middle = 0.0
        for k in range(1, members):
            step = seen.value[k, a] - first
            middle += (wrap(step) if a == bearing else step) / members
        left[a] = scan.z[z, a] - first - middle
        if a == bearing:
            left[a] = wrap(left[a])


@kernel
def compare_midpoint(
    scan: Scan, z: int, seen: Seen, members: int, out: NDArray[np.float64], noise: NDArray[np.float64]
) -> float:
    """Log likelihood of detection z as the plot of the first `members` rows of seen; its squared distance in out[0].

    `noise` [4, 4] is scratch. Minus infinity where the innovation's covariance is not positive definite.
    """
    m, bearing = scan.z.shape[1], bearing_at(scan.kind)
    own = scan.noise[0 if scan.noise.shape[0] == 1 else z]
    share = 1.0 / members
    det, square = 1.0, 0.0
    left = np.empty(m)
    residual_from_midpoint(scan, z, seen, members, bearing, left)
    for a in range(m):
        for b in range(a + 1):
            total = own[a, b]
            for k in range(members):
                total += share * share * seen.spread[k, a, b]
            for c in range(b):
                total -= noise[a, c] * noise[b, c]
            if a != b:
                noise[a, b] = total / noise[b, b]
            elif total > 0.0:
                noise[a, a] = math.sqrt(total)
            else:
                out[0] = np.inf
                return -np.inf
        for c in range(a):
            left[a] -= noise[a, c] * left[c]
        left[a] /= noise[a, a]
        det *= noise[a, a]
        square += float(left[a] * left[a])
    out[0] = square
    return float(-0.5 * (square + m * LOG_TWO_PI) - math.log(det))


@kernel
def in_order(scan: Scan) -> bool:
    """Whether detections are in rising order of their first component, and that is no bearing."""
    rising = bearing_at(scan.kind) != 0
    for z in range(1, scan.z.shape[0]):
        rising = rising and scan.z[z - 1, 0] <= scan.z[z, 0]
    return rising


@kernel
def near_midpoint(scan: Scan, pair: Seen, gate2: float, widest: float, span: NDArray[np.int64]) -> None:
    """Write into span [2] from which to before which detection those lie that a midpoint's gate may pass.

    For scans `in_order`; `widest` is the greatest variance of noise of the first component.
    """
    reach = math.sqrt(gate2 * (0.25 * (pair.spread[0, 0, 0] + pair.spread[1, 0, 0]) + widest))
    middle = 0.5 * (pair.value[0, 0] + pair.value[1, 0])
    for side in range(2):
        low, high = 0, scan.z.shape[0]
        while low < high:
            z = (low + high) // 2
            before = scan.z[z, 0] < middle - reach if side == 0 else scan.z[z, 0] <= middle + reach
            if before:
                low = z + 1
            else:
                high = z
        span[side] = low


@kernel
def update_joined(
    bank: Bank,
    motion: Motion,
    form: int,
    scan: Scan,
    joined: NDArray[np.int64],
    detection_of: NDArray[np.int64],
) -> None:
    """Update each track that is `joined` [T] to a plot, already at its instant, and set its detection_of [T] to -1."""
    m, bearing = scan.z.shape[1], bearing_at(scan.kind)
    modes, size = bank.mean.shape[1], bank.mean.shape[2]
    following, first = np.full(joined.size, -1, np.int64), np.full(scan.z.shape[0], -1, np.int64)
    count = np.zeros(scan.z.shape[0], np.int64)
    group = 0
    for i in range(joined.size - 1, -1, -1):
        if joined[i] >= 0:
            following[i] = first[joined[i]]
            first[joined[i]] = i
            count[joined[i]] += 1
            group = max(group, count[joined[i]])
            detection_of[i] = -1
    if group == 0:
        return
    seen, glass = Seen(np.empty((group, m)), np.empty((group, m, m))), new_glass(modes, size)
    cross, inverse = np.zeros((size, MOST_MEASURED)), np.zeros((MOST_MEASURED, MOST_MEASURED))
    told, left, loglik = np.empty(m), np.zeros(MOST_MEASURED), np.empty(modes)
    noise, weight = np.empty((m, m)), np.diag(resolution_weights(scan.sensor, m) ** 2)
    for z in range(first.size):
        members, i = 0, first[z]
        while i >= 0:
            expect_track(bank, motion, form, scan, i, bank.t_s[i], seen, members, glass)
            members += 1
            i = following[i]
        k, i = 0, first[z]
        while i >= 0:
            read_common(scan, z, seen, members, k, weight, told, noise)
            for mode in range(modes):
                loglik[mode] = -np.inf
                mean, cov = bank.mean[i, mode], bank.cov[i, mode]
                linearise(
                    form, scan.kind, scan.sensor, motion.shape, mean, cov,
                    glass.value, glass.rows, glass.extra, glass.work,
                )  # fmt: skip
                logdet = innovation(m, glass.rows, cov, noise, glass.extra, cross, inverse)
                if not logdet < np.inf:
                    continue
                square = 0.0
                for a in range(m):
                    step = seen.value[k, a] - glass.value[a]
                    left[a] = told[a] + (wrap(step) if a == bearing else step)
                for a in range(m):
                    for b in range(m):
                        square += left[a] * inverse[a, b] * left[b]
                if not square < np.inf:
                    continue
                loglik[mode] = -0.5 * (square + logdet)
                update_state(m, left, glass.rows, noise, glass.extra, cross, inverse, mean, cov, glass.work)
            if modes > 1:
                weigh_modes(bank.mode[i], loglik)
            k += 1
            i = following[i]


@kernel
def read_common(
    scan: Scan,
    z: int,
    seen: Seen,
    members: int,
    k: int,
    weight: NDArray[np.float64],
    told: NDArray[np.float64],
    noise: NDArray[np.float64],
) -> None:
    """Write what a plot in common tells of member k alone: a measurement, minus the one expected of it, and its noise.

    With h that of k, o the mean of the others' (expected: o_0, covariance S), a = 1 / K and b = 1 - a, the plot says

        z = a h + b o + v, v ~ (0, R)        0 = h - o + w, w ~ (0, W^-1)

    the second because objects that are not resolved are near each other: as a function of the difference P_u is, up
    to a factor, the likelihood of a measured difference of 0 with the covariance W^-1 (Koch and van Keuk 1997).
    Without o this is information on h:

        L = W + a^2 R^-1 - G (S^-1 + M)^-1 G,   M = W + b^2 R^-1,   G = W - a b R^-1
        L y = a R^-1 z + G (S^-1 + M)^-1 (S^-1 o_0 + b R^-1 z)

    a measurement y of covariance L^-1. Every member's update so is exactly its part of the joint update of two; the
    correlation that this makes between them is not kept.

    Args:
        scan: detections; z: which.
        seen: [K, m] all members, as expected.
        members: K; k: which.
        weight: [m, m] W.
        told: [m] written: y, in a frame with the expected measurement of k as origin.
        noise: [m, m] written.
    """
    m, bearing = told.size, bearing_at(scan.kind)
    a = 1.0 / members
    b = 1.0 - a
    other, spread, left = np.zeros(m), np.zeros((m, m)), np.empty(m)
    for i in range(members):
        if i != k:
            for c in range(m):
                step = seen.value[i, c] - seen.value[k, c]
                other[c] += (wrap(step) if c == bearing else step) / (members - 1)
            spread += seen.spread[i] / (members - 1) ** 2
    for c in range(m):
        left[c] = scan.z[z, c] - seen.value[k, c]
        if c == bearing:
            left[c] = wrap(left[c])
    sure = inverted(scan.noise[0 if scan.noise.shape[0] == 1 else z])
    both = weight - a * b * sure
    free = inverted(np.eye(m) + multiply(spread, weight + b * b * sure))  # (S^-1 + M)^-1 = free S
    gain = multiply(both, free)
    level = inverted(weight + a * a * sure - multiply(multiply(gain, spread), both))
    pull = np.zeros(m)
    for c in range(m):
        for e in range(m):
            pull[c] += a * sure[c, e] * left[e] + gain[c, e] * other[e]
            for f in range(m):
                for g in range(m):
                    pull[c] += gain[c, e] * spread[e, f] * b * sure[f, g] * left[g]
    for c in range(m):
        told[c] = 0.0
        for e in range(m):
            told[c] += level[c, e] * pull[e]
            noise[c, e] = 0.5 * (level[c, e] + level[e, c])


@kernel
def multiply(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """The product of two small square matrices."""
    m = left.shape[0]
    out = np.zeros((m, m))
    for a in range(m):
        for b in range(m):
            for c in range(m):
                out[a, b] += left[a, c] * right[c, b]
    return out


@kernel
def inverted(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of a small square matrix by Gauss and Jordan's elimination; not finite where there is none."""
    m = matrix.shape[0]
    rest, out = matrix.copy(), np.eye(m)
    for k in range(m):
        top = k
        for i in range(k + 1, m):
            top = i if abs(rest[i, k]) > abs(rest[top, k]) else top
        for c in range(m):
            rest[k, c], rest[top, c] = rest[top, c], rest[k, c]
            out[k, c], out[top, c] = out[top, c], out[k, c]
        pivot = rest[k, k]
        for c in range(m):
            rest[k, c] /= pivot
            out[k, c] /= pivot
        for i in range(m):
            factor = rest[i, k]
            if i != k and factor != 0.0:
                for c in range(m):
                    rest[i, c] -= factor * rest[k, c]
                    out[i, c] -= factor * out[k, c]
    return out
