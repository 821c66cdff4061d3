"""Global nearest neighbour: each scan the one assignment of detections to tracks that costs least in total.

The cost of a pair is its Mahalanobis distance, a miss costing a stated distance (Blackman and Popoli, "Design and
Analysis of Modern Tracking Systems", 1999, section 6.4, without the determinant), or minus the log likelihood ratio of
the pair against a miss and a false detection (there eq. 6.13; Sittler 1964).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.gospa import match_sparse
from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.chain import workspace
from skypact.kernels.multitarget.inline import hold, inlined
from skypact.kernels.multitarget.layout import (
    DIMS,
    EXTENDED,
    MOST_MEASURED,
    STATUS,
    TENTATIVE,
    TRACK_ID,
    Bank,
    Motion,
    Pairs,
    Scan,
)
from skypact.kernels.multitarget.life import begin_tracks, note_looks, run_life
from skypact.kernels.multitarget.measurement import measure
from skypact.kernels.multitarget.sight import bearing_at, wrap
from skypact.kernels.multitarget.update import innovate, innovation, linearise, revise, update_state

# settings, f8[N_NEAREST]
GATE2 = 0
"""Squared Mahalanobis distance below which a pair is possible."""
COST = 1
STAGED = 2
"""1 where tentative tracks take only what the others left."""
N_NEAREST = 3

BY_DISTANCE, BY_LIKELIHOOD = 0, 1
LEAST_CHANCE = 1e-9
"""Chances of detection are kept this far from 0 and 1."""
LEAST_DENSITY = 1e-100
"""Densities of false detections are kept above this."""


@inlined
def log_odds(chance: float) -> float:
    """Log of chance over its complement, finite."""
    p = min(max(chance, LEAST_CHANCE), 1.0 - LEAST_CHANCE)
    return math.log(p / (1.0 - p))


@kernel
def assign_nearest(
    pairs: Pairs,
    gain: NDArray[np.float64],
    use: NDArray[np.bool_],
    taken: NDArray[np.bool_],
    pair_of: NDArray[np.int64],
) -> None:
    """Assign the tracks in `use` the detections not yet `taken`, the sum of gains being the greatest possible.

    Args:
        pairs: gated pairs.
        gain: [E] of each; pairs of no gain are left out.
        use: [T] which tracks take part.
        taken: [n] detections gone; those assigned are added.
        pair_of: [T] written where `use`: the track's pair, or -1 for a miss.
    """
    tracks, n = use.size, taken.size
    start = np.zeros(tracks + 1, np.int64)
    column = np.empty(gain.size, np.int64)
    cost = np.empty(gain.size)
    pair = np.empty(gain.size, np.int64)
    most = 0.0
    used = 0
    for i in range(tracks):
        if use[i]:
            pair_of[i] = -1
            for e in range(pairs.start[i], pairs.start[i + 1]):
                if gain[e] > 0.0 and not taken[pairs.detection[e]]:
                    column[used], cost[used], pair[used] = pairs.detection[e], gain[e], e
                    most = max(most, gain[e])
                    used += 1
        start[i + 1] = used
    if used == 0:
        return
    for k in range(used):
        cost[k] = most - cost[k]
    column_of = np.empty(tracks, np.int64)
    match_sparse(start, column[:used], cost[:used], most, n, column_of)
    for i in range(tracks):
        if use[i] and column_of[i] >= 0:
            for k in range(start[i], start[i + 1]):
                if column[k] == column_of[i]:
                    pair_of[i] = pair[k]
                    taken[column[k]] = True


@kernel
def update_tracks(
    bank: Bank,
    motion: Motion,
    form: int,
    scan: Scan,
    detection_of: NDArray[np.int64],
) -> None:
    """Update each track, already at its detection's instant, with the detection given for it (-1: none).

    Every mode is updated, then the mode chances by the likelihoods (Blom and Bar-Shalom 1988, eqs. 6 to 8).
    """
    mean, cov, mode, z, noises = bank.mean, bank.cov, bank.mode, scan.z, scan.noise
    kind, sensor, shape = scan.kind, scan.sensor, motion.shape
    m, modes, size = z.shape[1], mean.shape[1], mean.shape[2]
    bearing, shared = bearing_at(kind), noises.shape[0] == 1
    value, extra = np.zeros(MOST_MEASURED), np.zeros((MOST_MEASURED, MOST_MEASURED))
    rows, cross = np.zeros((MOST_MEASURED, size)), np.zeros((size, MOST_MEASURED))
    inverse, left, loglik = np.zeros((MOST_MEASURED, MOST_MEASURED)), np.zeros(MOST_MEASURED), np.zeros(modes)
    work = workspace(modes, size)
    if form == EXTENDED and modes == 1:
        for i in range(detection_of.size):
            j = detection_of[i]
            if j >= 0:
                noise = noises[0 if shared else j]
                measure(kind, sensor, shape, mean[i, 0], value, rows)
                logdet = innovate(m, rows, cov[i, 0], noise, extra, cross, inverse)
                if logdet < np.inf and distance2(m, bearing, z, j, value, inverse, left) < np.inf:
                    revise(m, left, rows, noise, extra, cross, inverse, mean[i, 0], cov[i, 0], work)
        return
    for i in range(detection_of.size):
        j = detection_of[i]
        if j < 0:
            continue
        noise = noises[0 if shared else j]
        for k in range(modes):
            loglik[k] = -np.inf
            linearise(form, kind, sensor, shape, mean[i, k], cov[i, k], value, rows, extra, work)
            logdet = innovation(m, rows, cov[i, k], noise, extra, cross, inverse)
            if not logdet < np.inf:
                continue
            d2 = distance2(m, bearing, z, j, value, inverse, left)
            if d2 < np.inf:
                loglik[k] = -0.5 * (d2 + logdet)
                update_state(m, left, rows, noise, extra, cross, inverse, mean[i, k], cov[i, k], work)
        if modes > 1:
            weigh_modes(mode[i], loglik)


@inlined
def distance2(
    m: int,
    bearing: int,
    z: NDArray[np.float64],
    j: int,
    value: NDArray[np.float64],
    inverse: NDArray[np.float64],
    left: NDArray[np.float64],
) -> float:
    """Squared Mahalanobis distance of detection j from what was expected; writes the difference into left [4]."""
    for a in range(m):
        left[a] = z[j, a] - value[a]
        if a == bearing:
            left[a] = wrap(left[a])
    total = 0.0
    for a in range(m):
        for b in range(m):
            total += left[a] * inverse[a, b] * left[b]
    hold((z, value, inverse, left))
    return total


@kernel
def weigh_modes(mode: NDArray[np.float64], loglik: NDArray[np.float64]) -> None:
    """Multiply mode chances by each one's likelihood and bring their sum to 1; no change where all are 0.

    A mode that has no chance keeps none, however well it explains the detection.
    """
    most = -np.inf
    for k in range(mode.size):
        if mode[k] > 0.0:
            most = max(most, loglik[k])
    if most == -np.inf:
        return
    total = 0.0
    for k in range(mode.size):
        mode[k] = mode[k] * math.exp(loglik[k] - most) if mode[k] > 0.0 else 0.0
        total += mode[k]
    for k in range(mode.size):
        mode[k] /= total


@kernel
def pair_gains(
    pairs: Pairs,
    clutter: NDArray[np.float64],
    chance: NDArray[np.float64],
    by: int,
    gate2: float,
    gain: NDArray[np.float64],
) -> None:
    """Write what each pair saves over a miss, gain [E], in the unit of the cost; not positive: a miss is as good.

    By distance the miss distance is the root of gate2. By likelihood it is a log likelihood ratio.
    """
    for i in range(chance.size):
        odds = log_odds(chance[i])
        for e in range(pairs.start[i], pairs.start[i + 1]):
            if by == BY_DISTANCE:
                gain[e] = math.sqrt(gate2) - math.sqrt(pairs.distance2[e])
            else:
                gain[e] = pairs.loglik[e] + odds - math.log(max(clutter[pairs.detection[e]], LEAST_DENSITY))


@kernel
def associate(
    bank: Bank, pairs: Pairs, gain: NDArray[np.float64], staged: bool, n: int, pair_of: NDArray[np.int64]
) -> None:
    """Write each track's pair, or -1, of the best assignment: of all tracks, or of confirmed ones first."""
    tracks = pair_of.size
    taken = np.zeros(n, np.bool_)
    first = np.ones(tracks, np.bool_)
    if staged:
        for i in range(tracks):
            first[i] = bank.tags[i, STATUS] != TENTATIVE
    assign_nearest(pairs, gain, first, taken, pair_of)
    if staged:
        for i in range(tracks):
            first[i] = not first[i]
        assign_nearest(pairs, gain, first, taken, pair_of)


class Choice(NamedTuple):
    """What an assignment gave each of T tracks and n detections."""

    detection_of: NDArray[np.int64]
    """[T] -1 for a miss"""
    hit: NDArray[np.bool_]
    """[T]"""
    told: NDArray[np.float64]
    """[T] log likelihood ratio of the detection (object against clutter), or of the miss"""
    at_s: NDArray[np.float64]
    """[T] where the track is updated: the detection's instant, else the scan's"""
    free: NDArray[np.bool_]
    """[n] which detections no track took"""


@kernel
def choose_nearest(
    bank: Bank,
    pairs: Pairs,
    scan: Scan,
    t_s: float,
    chance: NDArray[np.float64],
    settings: NDArray[np.float64],
    owner: NDArray[np.int64],
) -> Choice:
    """The assignment of one scan.

    Args:
        bank: tracks.
        pairs: gated pairs.
        scan: detections, each at its own instant.
        t_s: the scan's instant: where tracks without a detection are afterwards.
        chance: [tracks] that the sensor detects each track, were it there.
        settings: [N_NEAREST].
        owner: [n] written: id of the track that takes each detection, 0 for none.
    """
    tracks, n = chance.size, scan.z.shape[0]
    gain = np.empty(pairs.detection.size)
    pair_of = np.full(tracks, -1, np.int64)
    pair_gains(pairs, scan.clutter, chance, int(settings[COST]), settings[GATE2], gain)
    associate(bank, pairs, gain, settings[STAGED] != 0.0, n, pair_of)
    if settings[COST] != BY_LIKELIHOOD:
        pair_gains(pairs, scan.clutter, chance, BY_LIKELIHOOD, settings[GATE2], gain)
    tags, when_s = bank.tags, scan.t_s
    hit, told, detection_of = np.empty(tracks, np.bool_), np.empty(tracks), np.empty(tracks, np.int64)
    free = np.ones(n, np.bool_)
    owner[:] = 0
    at_s = np.full(tracks, t_s)
    for i in range(tracks):
        hit[i] = pair_of[i] >= 0
        told[i] = math.log1p(-min(max(chance[i], LEAST_CHANCE), 1.0 - LEAST_CHANCE))
        detection_of[i] = -1
        if hit[i]:
            j = pairs.detection[pair_of[i]]
            told[i] += gain[pair_of[i]]
            detection_of[i], at_s[i] = j, when_s[j]
            free[j] = False
            owner[j] = tags[i, TRACK_ID]
    return Choice(detection_of, hit, told, at_s, free)


@kernel
def settle_nearest(
    bank: Bank,
    motion: Motion,
    form: int,
    scan: Scan,
    chance: NDArray[np.float64],
    life: NDArray[np.float64],
    choice: Choice,
    owner: NDArray[np.int64],
) -> int:
    """How many tracks were lost once each, already at its instant, is updated and lives on; begins new ones.

    Args:
        bank: changed in place; tracks begin as long as it has room.
        motion: models.
        form: EXTENDED, UNSCENTED or CUBATURE.
        scan: detections.
        chance: [tracks] by which a look is judged.
        life: [life.N_LIFE].
        choice: what each track was given.
        owner: [n] written: id of the track that each detection not given to one began.
    """
    update_tracks(bank, motion, form, scan, choice.detection_of)
    note_looks(bank, choice.hit, chance, choice.told, life)
    lost = run_life(bank, motion.shape[DIMS], life, np.empty(choice.hit.size, np.int64))
    n = choice.free.size
    begun = np.empty(n, np.int64)
    begin_tracks(bank, motion, scan, choice.free, life, begun)
    for j in range(n):
        if begun[j] >= 0:
            owner[j] = bank.tags[begun[j], TRACK_ID]
    return lost
