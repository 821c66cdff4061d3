"""Weights of the Poisson multi-Bernoulli mixture filter: what can follow each leaf, and the tracks detections found.

Objects that were detected at least once are a mixture over global hypotheses (`hypotheses`) of independent Bernoulli
tracks; objects never detected are a Poisson process. Given Gaussian leaves the recursion is exact (Williams, IEEE
Trans. AES 51(3), 2015; Garcia-Fernandez, Williams, Granstrom and Svensson, IEEE Trans. AES 54(4), 2018) but for
gating, for what `growth` prunes and for what `reduction` merges.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.hypotheses import Branches, Hypotheses, room, trim
from skypact.kernels.multitarget.layout import Bank, Pairs
from skypact.kernels.multitarget.reduction import absorb

LEAST_MISS = 1e-12
"""A miss is never less likely than this, so that no hypothesis is impossible."""
LEAST_DENSITY = 1e-300


@kernel
def no_hypotheses() -> Hypotheses:
    """The hypotheses before the first scan: no cluster."""
    return trim(room(0, 0, 0), np.zeros(3, np.int64))


@kernel
def found_tracks(
    born: Bank,
    row_of: NDArray[np.int64],
    fresh: NDArray[np.float64],
    clutter: NDArray[np.float64],
    parts: Bank,
    seen: Pairs,
    chance: NDArray[np.float64],
    expected: NDArray[np.float64],
    existence: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> None:
    """Write the chance that each detection's track exists, and its log weight: eqs. (23)-(27) of the 2018 paper.

    Args:
        born: tracks begun from the detections alone, changed in place: their moments become those of all that may
            have been detected there.
        row_of: [n] each detection's row in `born`, -1 where the detection tells no place; written: such a detection
            takes the row that is its own number, which must be there.
        fresh: [n] density of first detections of undetected objects, apart from the components'.
        clutter: [n] density of false detections.
        parts: [E] components updated with the detections of the pairs.
        seen: pairs of component and detection.
        chance: [G] of detection of each component.
        expected: [G] number of objects in each.
        existence: [n] written.
        weight: [n] written: log of the density of false and first detections.
    """
    for j in range(len(fresh)):
        existence[j] = max(fresh[j], 0.0) if row_of[j] >= 0 else 0.0
    for g in range(len(expected)):
        for e in range(seen.start[g], seen.start[g + 1]):
            j = seen.detection[e]
            share = chance[g] * expected[g] * math.exp(seen.loglik[e])
            if not share > 0.0:
                continue
            parts.existence[e] = 1.0
            if existence[j] > 0.0:
                born.existence[row_of[j]] = 1.0
                absorb(born, row_of[j], parts, e, existence[j], share)
            else:
                row_of[j] = j
                born.mean[j], born.cov[j], born.mode[j] = parts.mean[e], parts.cov[e], parts.mode[e]
                born.t_s[j] = parts.t_s[e]
            existence[j] += share
    for j in range(len(fresh)):
        total = existence[j] + max(clutter[j], 0.0)
        weight[j] = math.log(max(total, LEAST_DENSITY))
        existence[j] = existence[j] / total if total > 0.0 else 0.0


@kernel
def weigh_branches(
    pairs: Pairs,
    existence: NDArray[np.float64],
    chance: NDArray[np.float64],
    new_existence: NDArray[np.float64],
    weight: NDArray[np.float64],
    least_leaf: float,
    least: float,
) -> Branches:
    """What can follow each leaf, and with which weight.

    A pair that makes any hypothesis lighter than `least` times the same one with a miss and a new track is left out:
    that hypothesis would be dropped.

    Args:
        pairs: of leaf and detection, detections rising.
        existence: [L] of each leaf, predicted.
        chance: [L] that the sensor detects each leaf's object if it exists.
        new_existence: [n] of each detection's new track.
        weight: [n] log weight of each detection's new track.
        least_leaf: existence below which a leaf is not kept.
        least: weight of a hypothesis, relative to the heaviest, below which it is dropped.
    """
    n_leaves, n_pairs, n = len(existence), len(pairs.detection), len(weight)
    start, detection = np.zeros(n_leaves + 1, np.int64), np.empty(n_pairs, np.int64)
    score, miss = np.empty(n_pairs), np.empty(n_leaves)
    floor = math.log(least) if least > 0.0 else -np.inf
    used = 0
    for i in range(n_leaves):
        miss[i] = math.log(max(1.0 - existence[i] * chance[i], LEAST_MISS))
        found = existence[i] * chance[i]
        for e in range(pairs.start[i], pairs.start[i + 1]):
            if not found > 0.0:
                break
            gain = math.log(found) + pairs.loglik[e] - miss[i] - weight[pairs.detection[e]]
            if gain > floor:
                detection[used], score[used] = pairs.detection[e], gain
                used += 1
        start[i + 1] = used
    kept = np.full(n_leaves + used + n, True)
    for i in range(n_leaves):
        r, p = existence[i], chance[i]
        kept[i + start[i]] = r * (1.0 - p) >= least_leaf * max(1.0 - r * p, LEAST_MISS)
    for j in range(n):
        kept[n_leaves + used + j] = new_existence[j] >= least_leaf and new_existence[j] > 0.0
    return Branches(start, detection[:used], score[:used], miss, kept)


@kernel
def read_codes(
    codes: NDArray[np.int64], branches: Branches, source: NDArray[np.int64], pair: NDArray[np.int64]
) -> int:
    """The number of codes that follow an old leaf; the others are new tracks.

    Args:
        codes: [K] rising.
        branches: what they mean.
        source: [K] written: the leaf before, or a new track's detection.
        pair: [K] written: the pair taken, or -1.
    """
    n_leaves = len(branches.miss)
    i, old = 0, 0
    for k in range(len(codes)):
        while i < n_leaves and codes[k] > i + branches.start[i + 1]:
            i += 1
        pair[k] = -1
        if i == n_leaves:
            source[k] = codes[k] - n_leaves - len(branches.detection)
            continue
        old += 1
        source[k] = i
        if codes[k] > i + branches.start[i]:
            pair[k] = codes[k] - i - 1
    return old


@kernel
def order_pairs(pairs: Pairs) -> None:
    """Bring each row's detections into rising order, in place."""
    detection, distance2, loglik, mode_loglik = (
        pairs.detection,
        pairs.distance2,
        pairs.loglik,
        pairs.mode_loglik,
    )
    for i in range(len(pairs.start) - 1):
        for a in range(pairs.start[i] + 1, pairs.start[i + 1]):
            b = a
            while b > pairs.start[i] and detection[b - 1] > detection[b]:
                detection[b], detection[b - 1] = detection[b - 1], detection[b]
                distance2[b], distance2[b - 1] = distance2[b - 1], distance2[b]
                loglik[b], loglik[b - 1] = loglik[b - 1], loglik[b]
                for k in range(mode_loglik.shape[1]):
                    mode_loglik[b, k], mode_loglik[b - 1, k] = mode_loglik[b - 1, k], mode_loglik[b, k]
                b -= 1
