"""One scan's growth of the global hypotheses: clusters joined, the best associations of each, what is kept of them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.cluster import components
from skypact.kernels.multitarget.hypotheses import (
    Branches,
    Hypotheses,
    Rows,
    append_rows,
    best_rows,
    make_rows,
    merge_equal,
    miss_code,
    new_code,
    pair_code,
    read_rows,
    room,
    trim,
)
from skypact.kernels.multitarget.ranked import Ranking, best_assignments, ranking

WIDE = 24
"""Tracks in a cluster beyond which fewer hypotheses are kept, so that the work of a scan stays bounded."""


@kernel
def _cluster_detections(
    held: Hypotheses, branches: Branches, start: NDArray[np.int64], detection: NDArray[np.int64], n: int
) -> int:
    """The number of pairs of cluster and detection; writes start [C + 1] and, where long enough, detection."""
    seen = np.full(n, -1, np.int64)
    done = np.full(len(branches.miss), False)
    filled = 0
    for c in range(len(held.cluster) - 1):
        start[c] = filled
        for k in range(held.start[held.cluster[c]], held.start[held.cluster[c + 1]]):
            leaf = held.leaf[k]
            if done[leaf]:
                continue
            done[leaf] = True
            for e in range(branches.start[leaf], branches.start[leaf + 1]):
                if seen[branches.detection[e]] != c:
                    seen[branches.detection[e]] = c
                    detection[filled] = branches.detection[e]
                    filled += 1
    start[len(held.cluster) - 1] = filled
    return filled


@kernel
def _join(first: Rows, n_first: int, second: Rows, n_second: int, most: int, least: float) -> Rows:
    """The product of two clusters' hypotheses: the best of all pairs; its length is the number kept."""
    width = 1
    for i in range(n_first):
        width = max(width, first.length[i])
    wide = 1
    for k in range(n_second):
        wide = max(wide, second.length[k])
    floor = first.log_weight[0] + second.log_weight[0] + (math.log(least) if least > 0.0 else -np.inf)
    count = 0
    for i in range(n_first):
        for k in range(n_second):
            if first.log_weight[i] + second.log_weight[k] < floor:
                break
            count += 1
    pair = np.empty((count, 2), np.int64)
    weight = np.empty(count)
    count = 0
    for i in range(n_first):
        for k in range(n_second):
            if first.log_weight[i] + second.log_weight[k] < floor:
                break
            pair[count, 0], pair[count, 1] = i, k
            weight[count] = first.log_weight[i] + second.log_weight[k]
            count += 1
    order = np.argsort(-weight, kind="mergesort")
    kept = min(count, most)
    out = make_rows(kept, width + wide)
    for row in range(kept):
        i, k = pair[order[row], 0], pair[order[row], 1]
        out.log_weight[row] = weight[order[row]]
        out.length[row] = first.length[i] + second.length[k]
        for e in range(first.length[i]):
            out.leaf[row, e] = first.leaf[i, e]
        for e in range(second.length[k]):
            out.leaf[row, first.length[i] + e] = second.leaf[k, e]
    return out


@kernel
def _affordable(width: int, most: int) -> int:
    """How many hypotheses of so many leaves are kept: the cost of each rises as their square."""
    return most if width <= WIDE else max(int(most * (WIDE / width) ** 2), 1)


@kernel
def _fill_costs(
    branches: Branches,
    rows: Rows,
    i: int,
    place: NDArray[np.int64],
    n_detections: int,
    cost: NDArray[np.float64],
    acting: NDArray[np.int64],
) -> int:
    """The number of leaves of hypothesis i that have pairs, listed in `acting`; writes their costs.

    Columns are the cluster's detections, then each leaf's own miss, at cost 0.
    """
    n = 0
    for k in range(rows.length[i]):
        leaf = rows.leaf[i, k]
        if branches.start[leaf + 1] > branches.start[leaf]:
            acting[n] = k
            n += 1
    for a in range(n):
        leaf = rows.leaf[i, acting[a]]
        for j in range(n_detections + n):
            cost[a, j] = np.inf
        cost[a, n_detections + a] = 0.0
        for e in range(branches.start[leaf], branches.start[leaf + 1]):
            cost[a, place[branches.detection[e]]] = -branches.score[e]
    return n


@kernel
def _write_child(
    branches: Branches,
    rows: Rows,
    i: int,
    acting: NDArray[np.int64],
    n_acting: int,
    column: NDArray[np.int64],
    detections: NDArray[np.int64],
    out: Rows,
    at: int,
) -> None:
    """Write the codes of hypothesis i after one assignment, without those that are not kept."""
    taken = np.full(len(detections), False)
    filled, a = 0, 0
    for k in range(rows.length[i]):
        leaf = rows.leaf[i, k]
        code = miss_code(branches, leaf)
        if a < n_acting and acting[a] == k:
            if column[a] < len(detections):
                taken[column[a]] = True
                for e in range(branches.start[leaf], branches.start[leaf + 1]):
                    if branches.detection[e] == detections[column[a]]:
                        code = pair_code(leaf, e)
            a += 1
        if branches.kept[code]:
            out.leaf[at, filled] = code
            filled += 1
    for j in range(len(detections)):
        code = new_code(branches, detections[j])
        if not taken[j] and branches.kept[code]:
            out.leaf[at, filled] = code
            filled += 1
    out.leaf[at, :filled].sort()
    out.length[at] = filled


@kernel
def _quotas(branches: Branches, rows: Rows, most: int) -> NDArray[np.int64]:
    """How many children each hypothesis may have: its share of `most` by weight, or as many as there can be."""
    parents = len(rows.length)
    quota = np.empty(parents, np.int64)
    share = 0.0
    for i in range(parents):
        share += math.exp(rows.log_weight[i] - rows.log_weight[0])
    for i in range(parents):
        deserved = math.ceil(most * math.exp(rows.log_weight[i] - rows.log_weight[0]) / share - 1e-9)
        possible = 1.0
        for k in range(rows.length[i]):
            leaf = rows.leaf[i, k]
            possible *= 1.0 + branches.start[leaf + 1] - branches.start[leaf]
        quota[i] = int(min(max(deserved, 1), possible))
    return quota


@kernel
def _grow_cluster(
    branches: Branches,
    rows: Rows,
    detections: NDArray[np.int64],
    place: NDArray[np.int64],
    most: int,
    least: float,
) -> Rows:
    """The hypotheses that follow those of one cluster; each parent has as many children as its weight deserves."""
    parents = len(rows.length)
    width = 0
    for i in range(parents):
        width = max(width, rows.length[i])
    n_detections = len(detections)
    quota = _quotas(branches, rows, most)
    out = make_rows(int(np.sum(quota)), width + n_detections)
    largest = int(np.max(quota))
    work: Ranking = ranking(largest, width, width + n_detections)
    cost = np.empty((width, width + n_detections))
    acting = np.empty(width, np.int64)
    columns, total = np.empty((largest, width), np.int64), np.empty(largest)
    best, count = -np.inf, 0
    span = -math.log(least) if least > 0.0 else np.inf
    for j in range(n_detections):
        place[detections[j]] = j
    for i in range(parents):
        base = rows.log_weight[i]
        for k in range(rows.length[i]):
            base += branches.miss[rows.leaf[i, k]]
        n = _fill_costs(branches, rows, i, place, n_detections, cost, acting)
        limit = base - best + span if best > -np.inf else np.inf
        found = best_assignments(cost, n, n_detections + n, quota[i], limit, work, columns, total)
        for a in range(found):
            if a > 0 and total[a] > total[0] + span:
                break
            _write_child(branches, rows, i, acting, n, columns[a], detections, out, count)
            out.log_weight[count] = base - total[a]
            best = max(best, out.log_weight[count])
            count += 1
    count = merge_equal(out, count)
    kept = make_rows(min(count, most), out.leaf.shape[1])
    count = best_rows(out, count, most, least, kept)
    return Rows(kept.leaf[:count], kept.length[:count], kept.log_weight[:count])


@kernel
def grow(held: Hypotheses, branches: Branches, n_detections: int, most: int, least: float) -> Hypotheses:
    """The hypotheses after a scan, their leaves given as codes.

    Of each parent the best associations are kept, in number proportional to its weight (section V.C of the paper);
    of their union the heaviest.

    Args:
        held: hypotheses before.
        branches: what can follow.
        n_detections: number of detections.
        most: hypotheses of a cluster at most.
        least: weight below which a hypothesis is dropped, relative to the heaviest of its cluster.
    """
    n_clusters = len(held.cluster) - 1
    start = np.empty(n_clusters + 1, np.int64)
    detection = np.empty(len(branches.detection), np.int64)
    n_pairs = _cluster_detections(held, branches, start, detection, n_detections)
    cluster_start, cluster_list = np.empty(n_clusters + 1, np.int64), np.empty(n_clusters, np.int64)
    detection_start, detection_list = np.empty(n_clusters + 1, np.int64), np.empty(n_detections, np.int64)
    groups = components(
        start,
        detection[:n_pairs],
        n_detections,
        cluster_start,
        cluster_list,
        detection_start,
        detection_list,
    )
    free_of = np.full(n_detections, True)
    for j in range(n_pairs):
        free_of[detection[j]] = False
    group_of = np.full(n_clusters, -1, np.int64)
    for g in range(groups):
        group_of[cluster_list[cluster_start[g]]] = g
    place = np.empty(n_detections, np.int64)
    filled = np.zeros(3, np.int64)
    out = room(n_clusters + n_detections, 2 * len(held.log_weight), 2 * len(held.leaf) + n_detections)
    for c in range(n_clusters):
        g = group_of[c]
        if g < 0 and start[c + 1] > start[c]:
            continue
        rows = read_rows(held, c)
        if g >= 0:
            for k in range(cluster_start[g] + 1, cluster_start[g + 1]):
                other = read_rows(held, cluster_list[k])
                rows = _join(
                    rows,
                    len(rows.length),
                    other,
                    len(other.length),
                    _affordable(rows.leaf.shape[1] + other.leaf.shape[1], most),
                    least,
                )
            found = detection_list[detection_start[g] : detection_start[g + 1]]
        else:
            found = detection_list[:0]
        children = _grow_cluster(branches, rows, found, place, _affordable(rows.leaf.shape[1], most), least)
        if np.max(children.length) > 0:
            out = append_rows(children, len(children.length), out, filled)
    single = make_rows(1, 1)
    single.length[0], single.log_weight[0] = 1, 0.0
    for j in range(n_detections):
        single.leaf[0, 0] = new_code(branches, j)
        if free_of[j] and branches.kept[single.leaf[0, 0]]:
            out = append_rows(single, 1, out, filled)
    return trim(out, filled)


@kernel
def number_codes(held: Hypotheses, n_codes: int) -> NDArray[np.int64]:
    """The codes in use, rising: those of the next leaves; replaces each code in `held` by its number."""
    number = np.zeros(n_codes, np.int64)
    for code in held.leaf:
        number[code] = 1
    used = 0
    codes = np.empty(int(np.sum(number)), np.int64)
    for code in range(n_codes):
        if number[code]:
            codes[used] = code
            number[code] = used
            used += 1
    for k in range(len(held.leaf)):
        held.leaf[k] = number[held.leaf[k]]
    return codes
