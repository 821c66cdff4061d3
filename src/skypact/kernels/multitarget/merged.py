"""Global nearest neighbour where not everything is resolved: which plots several tracks have in common.

Whether a track that missed is in a partner's plot is asked of the two ways in which partner j may have a plot at z
while track i has none, both objects being there (`midpoint`):

    unresolved   P_ij p L_m,  L_m = N(z; (h_i + h_j) / 2, (H_i P_i H_i' + H_j P_j H_j') / 4 + R)
    j's alone    (1 - P_ij) p (1 - p) L_j,  L_j = N(z; h_j, H_j P_j H_j' + R)

A plot that no track took, in the gate of the midpoint of two that both missed, is theirs where that is likelier than
two misses and a false detection, P_ij p L_m against (1 - P_ij) (1 - p)^2 clutter: where the resolution is much wider
than the noise, a plot in common lies in the gate of neither.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.layout import MOST_MEASURED, TRACK_ID, Bank, Motion, Scan
from skypact.kernels.multitarget.midpoint import compare_midpoint, in_order, near_midpoint
from skypact.kernels.multitarget.nearest import (
    LEAST_CHANCE,
    LEAST_DENSITY,
    Choice,
)
from skypact.kernels.multitarget.resolution import (
    Partners,
    Seen,
    expect_track,
    new_glass,
)


@kernel
def join_misses(
    bank: Bank,
    motion: Motion,
    form: int,
    scan: Scan,
    gate2: float,
    partners: Partners,
    chance: NDArray[np.float64],
    detection_of: NDArray[np.int64],
    joined: NDArray[np.int64],
    told: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The chance [T] by which each track's look is judged: lower where its miss may be a plot in common, 0 where it is.

    A miss is one in common where that explains the plot better than the partner alone, and the plot is in the gate of
    their midpoint.

    Args:
        bank: tracks, at t_s or before; not changed.
        motion, form, scan, gate2: as of `gate.gate_pairs`.
        partners: of all tracks.
        chance: [T] of detection of each, were it alone.
        detection_of: [T] of the assignment, -1 for a miss.
        joined: [T] written: the plot in common that each track is held to be in, its own track included; -1.
        told: [T] log likelihood ratio of each track's look; changed for those whose miss may be a plot in common.
    """
    tracks = detection_of.size
    joined[:] = -1
    out, m = chance.copy(), scan.z.shape[1]
    pair, glass = Seen(np.empty((2, m)), np.empty((2, m, m))), new_glass(*bank.mean.shape[1:])
    scratch, square = np.zeros((MOST_MEASURED, MOST_MEASURED)), np.zeros(1)
    for i in range(tracks):
        if detection_of[i] >= 0:
            continue
        alone = 1.0 - min(max(chance[i], LEAST_CHANCE), 1.0 - LEAST_CHANCE)
        kept, greatest, plot, mate = alone, 0.0, -1, -1
        for e in range(partners.start[i], partners.start[i + 1]):
            j, p = partners.row[e], partners.chance[e]
            z = detection_of[j]
            if z < 0:
                continue
            both = expect_track(bank, motion, form, scan, j, scan.t_s[z], pair, 0, glass)
            both = both and expect_track(bank, motion, form, scan, i, scan.t_s[z], pair, 1, glass)
            own = compare_midpoint(scan, z, pair, 1, square, scratch)
            common = compare_midpoint(scan, z, pair, 2, square, scratch)
            if not (both and square[0] < gate2 and own > -np.inf):
                continue
            shared = p * math.exp(min(common - own, 700.0))
            kept = max(kept, min(shared + (1.0 - p) * alone, 1.0))
            odds = shared / max((1.0 - p) * alone, LEAST_CHANCE)
            if odds > 1.0 and (odds > greatest or (odds == greatest and j < mate)):
                greatest, plot, mate = odds, z, j
        if kept > alone:
            told[i] = math.log(kept)
            out[i] = min(chance[i], 1.0 - kept)
        if plot >= 0:
            joined[i], joined[mate], out[i] = plot, plot, 0.0
    return out


@kernel
def join_pairs(
    bank: Bank,
    motion: Motion,
    form: int,
    scan: Scan,
    gate2: float,
    partners: Partners,
    chance: NDArray[np.float64],
    choice: Choice,
    joined: NDArray[np.int64],
    judged: NDArray[np.float64],
    owner: NDArray[np.int64],
) -> None:
    """Give plots that no track took to pairs that both missed and whose midpoint they are, the likeliest pair first.

    Neither track is judged by the look then; `judged` [T] becomes 0. Other arguments as of `join_misses` and
    `nearest.choose_nearest`.
    """
    m, most = scan.z.shape[1], partners.row.size // 2
    pair, glass = Seen(np.empty((2, m)), np.empty((2, m, m))), new_glass(*bank.mean.shape[1:])
    scratch, square = np.zeros((MOST_MEASURED, MOST_MEASURED)), np.zeros(1)
    first, second, plot = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    odds, gain, found = np.empty(most), np.empty(most), 0
    span, ordered, widest = np.array([0, scan.z.shape[0]]), in_order(scan), 0.0
    for z in range(scan.noise.shape[0]):
        widest = max(widest, scan.noise[z, 0, 0])
    for i in range(joined.size):
        for e in range(partners.start[i], partners.start[i + 1]):
            j, p = partners.row[e], partners.chance[e]
            if j < i or choice.hit[i] or choice.hit[j] or joined[i] >= 0 or joined[j] >= 0:
                continue
            both = expect_track(bank, motion, form, scan, i, choice.at_s[i], pair, 0, glass)
            if not (both and expect_track(bank, motion, form, scan, j, choice.at_s[j], pair, 1, glass)):
                continue
            if ordered:
                near_midpoint(scan, pair, gate2, widest, span)
            seen, greatest = min(chance[i], chance[j]), 0.0
            alone = max((1.0 - p) * (1.0 - chance[i]) * (1.0 - chance[j]), LEAST_CHANCE)
            for z in range(span[0], span[1]):
                if not choice.free[z]:
                    continue
                ratio = compare_midpoint(scan, z, pair, 2, square, scratch)
                ratio += math.log(p * seen / max(scan.clutter[z], LEAST_DENSITY))
                if square[0] < gate2 and ratio - math.log(alone) > greatest:
                    greatest = ratio - math.log(alone)
                    first[found], second[found], plot[found] = i, j, z
                    odds[found], gain[found] = greatest, ratio
            found += 1 if greatest > 0.0 else 0
    for _ in range(found):
        best = -1
        for c in range(found):
            possible = joined[first[c]] < 0 and joined[second[c]] < 0 and choice.free[plot[c]]
            if possible and (best < 0 or odds[c] > odds[best]):
                best = c
        if best < 0:
            break
        choice.free[plot[best]] = False
        owner[plot[best]] = bank.tags[first[best], TRACK_ID]
        for i in (first[best], second[best]):
            joined[i], judged[i], choice.told[i] = plot[best], 0.0, 0.5 * gain[best]
