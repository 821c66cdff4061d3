"""The fusion and description of tracks that belong together, on stacked arrays of tracks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.carry import Q_BALLISTIC, Q_LEVEL, Q_MANOEUVRE, Q_RISE
from skypact.kernels.combination import BY_BEST, BY_INTERSECTION, BY_SPLIT, split_intersect, unite
from skypact.kernels.intersection import intersect
from skypact.kernels.jit import bare, kernel

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
U4 = NDArray[np.uint32]
U1 = NDArray[np.uint8]

SUSPECT_PROBABILITY, HOSTILE_PROBABILITY = 0.5, 0.8
"""Summed probability of the hostile classes from which a track without a code is suspect, and hostile."""


@kernel
def common_shares(cov: F8, mode: NDArray[np.float32], age_s: F8, share: F8) -> None:
    """Write for each track the share of its covariance that another tracker's may have in common, [n] in 0..1.

    Two trackers of one object share the errors that its unforeseen motion makes, not those of their own sensors. With
    white acceleration of density q (by mode, as for received tracks) a filter forgets position in the time
    sigma_position / sigma_velocity, and in that time its velocity gains the variance q sigma_position / sigma_velocity.
    What this is of the velocity's variance is taken as the share: 0.71 in the steady state of a filter of position
    (Kalata 1984, in the limit of often taken measurements), less where little motion is foreseen. Turns begun since the
    last measurement befall all trackers alike, so that what they add counts as well.

    Args:
        cov: [n, 6, 6]; mode: [n, 3] of level flight, manoeuvre, ballistic flight.
        age_s: [n] time since the last measurement.
        share: receives the result.
    """
    for i in range(len(share)):
        q = mode[i, 0] * Q_LEVEL + mode[i, 1] * Q_MANOEUVRE + mode[i, 2] * Q_BALLISTIC
        position = (cov[i, 0, 0] + cov[i, 1, 1] + cov[i, 2, 2]) / 3.0
        velocity = (cov[i, 3, 3] + cov[i, 4, 4] + cov[i, 5, 5]) / 3.0
        turned = 0.5 * mode[i, 0] * Q_RISE * age_s[i] * age_s[i]
        gained = q * math.sqrt(position / velocity) + turned if velocity > 0.0 else math.inf
        share[i] = min(1.0, gained / velocity) if velocity > 0.0 else 1.0


@kernel
def combine(
    mean: F8,
    cov: F8,
    row: I4,
    row_count: int,
    share: F8,
    rule: int,
    by_trace: int,
    out_mean: F8,
    out_cov: F8,
    best: I4,
) -> None:
    """Fuse the members of every row by a rule of kernels.combination, most accurate first, at most three.

    A member of which the position is five times less accurate than the best so far cannot improve it and is left out.

    Args:
        mean: [n, 6]; cov: [n, 6, 6]; row: [n].
        row_count: number of rows.
        share: [n] share of each covariance that others' may have in common; read by BY_SPLIT alone.
        rule: BY_...; by_trace: states whose trace the weight makes least, 0 for the determinant of all.
        out_mean: [row_count, 6] receives the result; out_cov: [row_count, 6, 6].
        best: [row_count] receives the most accurate member, -1 where a row has none.
    """
    n = len(row)
    spread = np.empty(n)
    for i in range(n):
        spread[i] = cov[i, 0, 0] + cov[i, 1, 1] + cov[i, 2, 2]
    order = np.argsort(spread)
    members = np.zeros(row_count, np.int32)
    own, part = np.empty((6, 6)), np.empty((6, 6))
    fused_mean, fused_cov, fused_part = np.empty(6), np.empty((6, 6)), np.empty((6, 6))
    common = np.empty((row_count if rule == BY_SPLIT else 0, 6, 6))
    work = np.empty((6, 6, 6))
    best[:row_count] = -1
    for k in range(n):
        i = order[k]
        r = row[i]
        if best[r] >= 0 and (rule == BY_BEST or members[r] >= 3 or spread[i] >= 25.0 * spread[best[r]]):
            continue
        if rule == BY_SPLIT:
            part[:] = share[i] * cov[i]
        if best[r] < 0:
            best[r] = i
            out_mean[r] = mean[i]
            out_cov[r] = cov[i]
            members[r] = 1
            if rule == BY_SPLIT:
                common[r] = part
            continue
        if rule == BY_INTERSECTION and by_trace == 0:
            weight = intersect(out_mean[r], out_cov[r], mean[i], cov[i], fused_mean, fused_cov, work)
        elif rule == BY_SPLIT:
            out_cov[r] -= common[r]
            own[:] = cov[i] - part
            weight = split_intersect(
                out_mean[r],
                out_cov[r],
                common[r],
                mean[i],
                own,
                part,
                fused_mean,
                fused_cov,
                fused_part,
                work,
            )
            out_cov[r] += common[r]
            fused_cov += fused_part
        else:
            weight = unite(
                rule, by_trace, out_mean[r], out_cov[r], mean[i], cov[i], fused_mean, fused_cov, work
            )
        if weight >= 0.0:
            out_mean[r] = fused_mean
            out_cov[r] = fused_cov
            members[r] += 1
            if rule == BY_SPLIT:
                common[r] = fused_part


@kernel
def describe(
    row: I4,
    status: U1,
    code: U4,
    updated_ns: I8,
    first_ns: I8,
    sources: U4,
    identity: U1,
    log_class: F8,
    weight: F8,
    confirmed: int,
    identities: tuple[int, int, int],
    hostile: I8,
    out_status: U1,
    out_code: U4,
    out_updated_ns: I8,
    out_first_ns: I8,
    out_sources: U4,
    out_identity: U1,
    out_class: NDArray[np.float32],
) -> None:
    """Describe every row by its members; the out arrays are [rows, ...] and are overwritten.

    Status is CONFIRMED where a member is, else the members' highest; the code is the highest read; times are the
    latest update and the earliest start; lineage is the union. Class probabilities are the logarithmic opinion pool
    with weights in proportion to weight[n] (Genest and Zidek 1986, sec. 3.2), from log_class[n, classes]. The identity
    is a member's that a code names, 1 up to the first of `identities`; where there is none it is the second or the
    third of them from a probability of the `hostile` classes on, else 0.
    """
    rows, classes = out_class.shape
    named, suspect, enemy = identities
    weights, pooled = np.zeros(rows), np.zeros((rows, classes))
    for r in range(rows):
        out_status[r] = 0
        out_code[r] = 0
        out_updated_ns[r] = 0
        out_first_ns[r] = 9223372036854775807
        out_sources[r] = 0
        out_identity[r] = 0
    for i in range(len(row)):
        r = row[i]
        weights[r] += weight[i]
        if status[i] == confirmed or (out_status[r] != confirmed and status[i] > out_status[r]):
            out_status[r] = status[i]
        out_code[r] = max(out_code[r], code[i])
        out_updated_ns[r] = max(out_updated_ns[r], updated_ns[i])
        out_first_ns[r] = min(out_first_ns[r], first_ns[i])
        out_sources[r] |= sources[i]
        if 1 <= identity[i] <= named:
            out_identity[r] = identity[i]
        for c in range(classes):
            pooled[r, c] += weight[i] * log_class[i, c]
    for r in range(rows):
        _normalise(pooled[r], weights[r])
        threat = 0.0
        for c in hostile:
            threat += pooled[r, c]
        if out_identity[r] == 0 and threat >= SUSPECT_PROBABILITY:
            out_identity[r] = enemy if threat >= HOSTILE_PROBABILITY else suspect
        for c in range(classes):
            out_class[r, c] = pooled[r, c]


@bare
def _normalise(pooled: F8, weight: float) -> None:
    """Probabilities from summed logarithms, in place; nothing where nobody said anything."""
    if weight == 0.0:
        return
    highest, total = pooled[0], 0.0
    for c in range(1, len(pooled)):
        highest = max(highest, pooled[c])
    for c in range(len(pooled)):
        pooled[c] = math.exp((pooled[c] - highest) / weight)
        total += pooled[c]
    for c in range(len(pooled)):
        pooled[c] /= total


@kernel
def lie_on(
    mean: F8,
    cov: F8,
    rows: I8,
    own_mean: F8,
    own_cov: F8,
    own: NDArray[np.bool_],
    held: U1,
) -> None:
    """Write 1 for each of the rows [m] of mean [n, 6] and cov [n, 6, 6] near one of the `own` [k] tracks, else 0.

    Near: within 3 sigma of the summed position variance and 100 m, and never further apart than 5 km.
    """
    for j in range(len(rows)):
        i = rows[j]
        held[j] = 0
        variance = cov[i, 0, 0] + cov[i, 1, 1] + cov[i, 2, 2]
        for k in range(len(own)):
            if not own[k]:
                continue
            dx, dy, dz = mean[i, 0] - own_mean[k, 0], mean[i, 1] - own_mean[k, 1], mean[i, 2] - own_mean[k, 2]
            both = variance + (own_cov[k, 0, 0] + own_cov[k, 1, 1] + own_cov[k, 2, 2])
            if dx * dx + dy * dy + dz * dz <= min(9.0 * both + 100.0**2, 5_000.0**2):
                held[j] = 1
                break
