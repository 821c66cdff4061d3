"""Marginal association chances of one scan: which track made which detection, summed over all joint events.

A joint event gives each track at most one detection and each detection at most one track. Its weight is the product
of the weights of its pairs, of `outside` of every detection left over (false, or of an object not yet known), and of 1
for every track that missed. Chances are found group by group (`cluster.components`): in closed form where a group has
one track or one detection; exactly where few detections are disputed (`joint`); else by loopy belief propagation
(Williams and Lau, "Approximate evaluation of marginal association probabilities with belief propagation", IEEE Trans.
AES 50(4), 2014), which is exact on trees and always converges.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.cluster import components, transpose
from skypact.kernels.multitarget.joint import MOST_SHARED, sum_events

LEAST, GREATEST = 1e-150, 1e300
"""After scaling nothing is below LEAST but 0, so that no message overflows; weights beyond GREATEST count as it."""


@kernel
def marginals(
    start: NDArray[np.int64],
    detection: NDArray[np.int64],
    weight: NDArray[np.float64],
    outside: NDArray[np.float64],
    tolerance: float,
    most: int,
    shared: int,
    pair_out: NDArray[np.float64],
    miss_out: NDArray[np.float64],
    new_out: NDArray[np.float64],
) -> int:
    """The most sweeps that any group needed (0: all were exact); writes the chances.

    A weight that is negative or not a number counts as 0: the pair does not happen.

    Args:
        start: [T + 1] where each track's pairs begin.
        detection: [E] detections of the pairs, distinct within a track.
        weight: [E] of each pair against 1 for the track's miss.
        outside: [D] weight of each detection being of none of the tracks.
        tolerance: messages are within this of the fixed point, in logarithm, when sweeps end.
        most: sweeps at most.
        shared: groups in which at most so many detections have two tracks or more are summed exactly, up to
            joint.MOST_SHARED; 0 to use belief propagation for all that have a loop.
        pair_out: [E] written: chance that the track made the detection.
        miss_out: [T] written: chance that the track made none; with its pairs it sums to 1.
        new_out: [D] written: chance that none of the tracks made it; with its pairs it sums to 1.
    """
    n_tracks, n_detections, n_pairs = len(start) - 1, len(outside), len(detection)
    track_start, detection_start = np.empty(n_tracks + 1, np.int64), np.empty(n_tracks + 1, np.int64)
    track_list, detection_list = np.empty(n_tracks, np.int64), np.empty(n_detections, np.int64)
    count = components(
        start, detection, n_detections, track_start, track_list, detection_start, detection_list
    )
    column_start = np.empty(n_detections + 1, np.int64)
    column_pair, column_track = np.empty(n_pairs, np.int64), np.empty(n_pairs, np.int64)
    transpose(start, detection, n_detections, column_start, column_pair, column_track)
    ratio, miss, left = np.empty(n_pairs), np.empty(n_tracks), np.empty(n_detections)
    scale_weights(start, weight, outside, column_start, column_pair, ratio, miss, left)
    miss_out[:] = 1.0
    new_out[:] = 1.0
    up, down, tally = np.empty(n_pairs), np.empty(n_pairs), np.empty(n_pairs + 1)
    work = np.empty((2, 1, 1))
    bit = np.full(n_detections, -1, np.int64)
    sweeps = 0
    for g in range(count):
        tracks = track_list[track_start[g] : track_start[g + 1]]
        detections = detection_list[detection_start[g] : detection_start[g + 1]]
        if len(tracks) == 1:
            _one_track(tracks[0], start, detection, ratio, miss, left, tally, pair_out)
        elif len(detections) == 1:
            _one_detection(
                detections[0], column_start, column_pair, column_track, ratio, miss, left, tally, pair_out
            )
        else:
            n_shared, n_loops = 0, 1 - len(tracks) - len(detections)
            for j in detections:
                degree = column_start[j + 1] - column_start[j]
                n_loops += degree
                if degree > 1:
                    n_shared += 1
            summed = False
            if n_shared <= min(shared, MOST_SHARED):
                if work.shape[1] < len(tracks) + 1 or work.shape[2] < 1 << n_shared:
                    work = np.empty((2, max(8, 2 * len(tracks)), 1 << max(n_shared, 6)))
                summed = sum_events(
                    tracks, detections, start, detection, column_start, ratio, miss, left, bit, work, pair_out
                )
            if not summed:
                spent = propagate(
                    tracks, detections, start, detection, column_start, column_pair, ratio, miss, left,
                    0.0 if n_loops == 0 else tolerance,
                    len(tracks) + len(detections) if n_loops == 0 else most,
                    up, down, tally, pair_out,
                )  # fmt: skip
                sweeps = max(sweeps, spent if n_loops > 0 else 0)
    _complete(start, detection, pair_out, miss_out, new_out)
    return sweeps


@kernel
def scale_weights(
    start: NDArray[np.int64],
    weight: NDArray[np.float64],
    outside: NDArray[np.float64],
    column_start: NDArray[np.int64],
    column_pair: NDArray[np.int64],
    ratio: NDArray[np.float64],
    miss: NDArray[np.float64],
    left: NDArray[np.float64],
) -> None:
    """Write weights of pairs, misses and detections left over, divided by what changes no chance.

    All that concerns one track may be divided by a number, and all that concerns one detection: the greatest.
    """
    for i in range(len(start) - 1):
        largest = 1.0
        for e in range(start[i], start[i + 1]):
            ratio[e] = min(weight[e], GREATEST) if weight[e] > 0.0 else 0.0
            largest = max(largest, ratio[e])
        for e in range(start[i], start[i + 1]):
            ratio[e] /= largest
        miss[i] = max(1.0 / largest, LEAST)
    for j in range(len(outside)):
        left[j] = min(outside[j], GREATEST) if outside[j] > 0.0 else 0.0
        largest = left[j]
        for k in range(column_start[j], column_start[j + 1]):
            largest = max(largest, ratio[column_pair[k]])
        if largest == 0.0:
            largest, left[j] = 1.0, 1.0
        left[j] = max(left[j] / largest, LEAST)
        for k in range(column_start[j], column_start[j + 1]):
            e = column_pair[k]
            ratio[e] /= largest
            if ratio[e] < LEAST:
                ratio[e] = 0.0


@kernel
def _one_track(
    i: int,
    start: NDArray[np.int64],
    detection: NDArray[np.int64],
    ratio: NDArray[np.float64],
    miss: NDArray[np.float64],
    left: NDArray[np.float64],
    tally: NDArray[np.float64],
    pair_out: NDArray[np.float64],
) -> None:
    """Chances of a track that competes with none: its pairs against its miss."""
    total = miss[i]
    for e in range(start[i], start[i + 1]):
        tally[e] = ratio[e] / left[detection[e]]
        total += tally[e]
    for e in range(start[i], start[i + 1]):
        pair_out[e] = tally[e] / total


@kernel
def _one_detection(
    j: int,
    column_start: NDArray[np.int64],
    column_pair: NDArray[np.int64],
    column_track: NDArray[np.int64],
    ratio: NDArray[np.float64],
    miss: NDArray[np.float64],
    left: NDArray[np.float64],
    tally: NDArray[np.float64],
    pair_out: NDArray[np.float64],
) -> None:
    """Chances of a detection whose tracks have no other: its pairs against being of none."""
    total = left[j]
    for k in range(column_start[j], column_start[j + 1]):
        tally[k] = ratio[column_pair[k]] / miss[column_track[k]]
        total += tally[k]
    for k in range(column_start[j], column_start[j + 1]):
        pair_out[column_pair[k]] = tally[k] / total


@kernel
def propagate(
    tracks: NDArray[np.int64],
    detections: NDArray[np.int64],
    start: NDArray[np.int64],
    detection: NDArray[np.int64],
    column_start: NDArray[np.int64],
    column_pair: NDArray[np.int64],
    ratio: NDArray[np.float64],
    miss: NDArray[np.float64],
    left: NDArray[np.float64],
    tolerance: float,
    most: int,
    up: NDArray[np.float64],
    down: NDArray[np.float64],
    tally: NDArray[np.float64],
    pair_out: NDArray[np.float64],
) -> int:
    """The number of sweeps of belief propagation in one group; writes the chances of its pairs.

    Messages of tracks to detections (`up`) and back (`down`), [E] each, are those of Williams and Lau (2014, eqs.
    23-24) before division by `left` and `miss`. In the metric of the greatest difference of logarithms a sweep is a
    contraction (their section IV): if a sweep moves the messages by d and shrinks distances near them by the
    factor a < 1, the fixed point is within a d / (1 - a). Each half of a sweep adds a constant to a sum of
    positive terms; while the terms change by at most exp(r), the sum s of terms and the constant c, the
    logarithm of c + s changes by at most r (s e^r) / (c + s e^r). On a tree the fixed point is reached, and is exact,
    after as many sweeps as the longest path has steps.
    """
    for i in tracks:
        for e in range(start[i], start[i + 1]):
            down[e] = 1.0 / left[detection[e]]
    sweeps = 0
    while sweeps < most:
        sweeps += 1
        share_up, share_down, moved = 0.0, 0.0, 0.0
        for i in tracks:
            share_up = max(share_up, _speak_up(start[i], start[i + 1], ratio, miss[i], down, tally, up))
        for j in detections:
            share, change = _speak_down(
                column_start[j], column_start[j + 1], column_pair, left[j], up, tally, down
            )
            share_down, moved = max(share_down, share), max(moved, change)
        if moved == 0.0:
            break
        # shares s / (c + s) of sums near the messages, should those still move by the tolerance
        growth = math.exp(tolerance)
        factor = share_up * growth / (1.0 - share_up + share_up * growth)
        factor *= share_down * growth / (1.0 - share_down + share_down * growth)
        if tolerance > 0.0 and factor < 1.0 and moved * factor <= tolerance * (1.0 - factor):
            break
    for i in tracks:
        total = miss[i]
        for e in range(start[i], start[i + 1]):
            total += ratio[e] * down[e]
        for e in range(start[i], start[i + 1]):
            pair_out[e] = ratio[e] * down[e] / total
    return sweeps


@kernel
def _speak_up(
    low: int,
    high: int,
    ratio: NDArray[np.float64],
    miss: float,
    down: NDArray[np.float64],
    tally: NDArray[np.float64],
    up: NDArray[np.float64],
) -> float:
    """A track's messages; the greatest share of the sums that is not the constant.

    Sums without one term come from sums before and after it: taking it from the whole would lose digits.
    """
    behind = 0.0
    for e in range(low, high):
        tally[e] = behind
        behind += ratio[e] * down[e]
    ahead, share = 0.0, 0.0
    for e in range(high - 1, low - 1, -1):
        others = tally[e] + ahead
        up[e] = ratio[e] / (miss + others)
        share = max(share, others / (miss + others))
        ahead += ratio[e] * down[e]
    return share


@kernel
def _speak_down(
    low: int,
    high: int,
    column_pair: NDArray[np.int64],
    left: float,
    up: NDArray[np.float64],
    tally: NDArray[np.float64],
    down: NDArray[np.float64],
) -> tuple[float, float]:
    """A detection's messages; the greatest share of the sums that is not the constant, and the greatest change."""
    behind = 0.0
    for k in range(low, high):
        tally[k] = behind
        behind += up[column_pair[k]]
    ahead, share, moved = 0.0, 0.0, 0.0
    for k in range(high - 1, low - 1, -1):
        e = column_pair[k]
        others = tally[k] + ahead
        share = max(share, others / (left + others))
        new = 1.0 / (left + others)
        if new != down[e]:
            moved = max(moved, abs(math.log(new / down[e])))
        down[e] = new
        ahead += up[e]
    return share, moved


@kernel
def _complete(
    start: NDArray[np.int64],
    detection: NDArray[np.int64],
    pair_out: NDArray[np.float64],
    miss_out: NDArray[np.float64],
    new_out: NDArray[np.float64],
) -> None:
    """Write what the pairs leave: chances of a miss and of being of none of the tracks.

    Sweeps that ended before their fixed point may have given a detection to its tracks more than once: their chances
    are cut to sum to 1.
    """
    for e in range(len(detection)):
        new_out[detection[e]] -= pair_out[e]
    for i in range(len(start) - 1):
        for e in range(start[i], start[i + 1]):
            given = 1.0 - new_out[detection[e]]
            if given > 1.0:
                pair_out[e] /= given
            miss_out[i] -= pair_out[e]
        miss_out[i] = max(miss_out[i], 0.0)
    for j in range(len(new_out)):
        new_out[j] = max(new_out[j], 0.0)
