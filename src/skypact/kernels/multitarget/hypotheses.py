"""Global hypotheses of the Poisson multi-Bernoulli mixture: how those of one scan grow out of those before.

A leaf is one hypothesis of one track: its state and chance of existence after one history of detections. A global
hypothesis is a list of leaves, at most one of each track, with a weight; a track without a leaf in it does not exist
under it. Tracks that have no detection in common, now or in what is remembered, form clusters of their own: each
cluster has its own list of hypotheses, and the mixture is their product (track-oriented hypotheses: Garcia-Fernandez,
Williams, Granstrom and Svensson, IEEE Trans. AES 54(4), 2018; clusters: Reid, IEEE Trans. AC 24(6), 1979).

In a scan each leaf misses or takes one of its pairs, and each detection that no leaf takes founds a track that is
false or new. The leaves that can follow have codes that rise with the leaf before: `miss_code`, `pair_code` and
`new_code`. Only the codes in use are made into leaves.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel


class Hypotheses(NamedTuple):
    """The global hypotheses of every cluster: rows of leaves, compressed."""

    cluster: NDArray[np.int64]
    """[C + 1] first hypothesis of each cluster"""
    start: NDArray[np.int64]
    """[H + 1] first entry of each hypothesis in `leaf`"""
    leaf: NDArray[np.int64]
    """[N] leaves, rising within a hypothesis"""
    log_weight: NDArray[np.float64]
    """[H] falling within a cluster; the weights of a cluster sum to 1"""


class Branches(NamedTuple):
    """What can follow in a scan, of L leaves and D detections."""

    start: NDArray[np.int64]
    """[L + 1] where each leaf's pairs begin"""
    detection: NDArray[np.int64]
    """[E] rising within a leaf"""
    score: NDArray[np.float64]
    """[E] log weight of the pair over that of the leaf's miss and of the detection's new track"""
    miss: NDArray[np.float64]
    """[L] log weight of no detection"""
    kept: NDArray[np.bool_]
    """[L + E + D] of each code: whether such a leaf exists; the others leave their hypotheses"""


class Rows(NamedTuple):
    """Hypotheses of one cluster while they are made; [p, w] and [p]."""

    leaf: NDArray[np.int64]
    length: NDArray[np.int64]
    log_weight: NDArray[np.float64]


@kernel
def miss_code(branches: Branches, leaf: int) -> int:
    """Code of the leaf that follows a leaf without a detection."""
    return int(leaf + branches.start[leaf])


@kernel
def pair_code(leaf: int, pair: int) -> int:
    """Code of the leaf that follows a leaf by one of its pairs."""
    return leaf + pair + 1


@kernel
def new_code(branches: Branches, detection: int) -> int:
    """Code of the first leaf of the track that a detection founds."""
    return len(branches.miss) + len(branches.detection) + detection


@kernel
def make_rows(most: int, width: int) -> Rows:
    """Room for `most` hypotheses of at most `width` leaves."""
    return Rows(np.empty((most, max(width, 1)), np.int64), np.zeros(most, np.int64), np.empty(most))


@kernel
def merge_equal(rows: Rows, count: int) -> int:
    """The number of different hypotheses among the first `count`, which come first; equal ones add their weights."""
    if count < 2:
        return count
    key = np.empty(count, np.int64)
    for i in range(count):
        value = 1
        for k in range(rows.length[i]):
            value = (value * 1_000_003 + rows.leaf[i, k]) % 2_147_483_647
        key[i] = value
    order = np.argsort(key, kind="mergesort")
    twin = np.full(count, -1, np.int64)
    for a in range(count):
        first = order[a]
        if twin[first] >= 0:
            continue
        b = a + 1
        while b < count and key[order[b]] == key[first]:
            other = order[b]
            b += 1
            if twin[other] >= 0 or rows.length[other] != rows.length[first]:
                continue
            same = True
            for k in range(rows.length[first]):
                same = same and rows.leaf[first, k] == rows.leaf[other, k]
            if same:
                twin[other] = first
                rows.log_weight[first] = np.logaddexp(rows.log_weight[first], rows.log_weight[other])
    left = 0
    for i in range(count):
        if twin[i] < 0:
            _move(rows, i, rows, left)
            left += 1
    return left


@kernel
def _move(source: Rows, i: int, to: Rows, k: int) -> None:
    to.log_weight[k] = source.log_weight[i]
    to.length[k] = source.length[i]
    for e in range(source.length[i]):
        to.leaf[k, e] = source.leaf[i, e]


@kernel
def best_rows(rows: Rows, count: int, most: int, least: float, out: Rows) -> int:
    """The number of hypotheses kept, written into `out` by falling weight, which sums to 1.

    At most `most`, and none lighter than `least` times the heaviest.
    """
    if count == 0:
        return 0
    order = np.argsort(-rows.log_weight[:count], kind="mergesort")
    floor = rows.log_weight[order[0]] + (math.log(least) if least > 0.0 else -np.inf)
    left = 0
    total = 0.0
    for i in order:
        if left >= most or rows.log_weight[i] < floor or rows.log_weight[i] == -np.inf:
            break
        _move(rows, i, out, left)
        total += math.exp(rows.log_weight[i] - rows.log_weight[order[0]])
        left += 1
    shift = rows.log_weight[order[0]] + math.log(total)
    for k in range(left):
        out.log_weight[k] -= shift
    return left


@kernel
def append_rows(rows: Rows, count: int, held: Hypotheses, filled: NDArray[np.int64]) -> Hypotheses:
    """`held` with one cluster more; its arrays may be new and larger.

    filled: [3] clusters, hypotheses and entries in use, written on.
    """
    clusters, hyps, entries = filled[0], filled[1], filled[2]
    more = 0
    for i in range(count):
        more += rows.length[i]
    cluster, start, leaf, log_weight = held
    if clusters + 2 > len(cluster):
        cluster = np.append(cluster, np.empty(len(cluster) + 2, np.int64))
    if hyps + count + 1 > len(start):
        start = np.append(start, np.empty(len(start) + count + 1, np.int64))
        log_weight = np.append(log_weight, np.empty(len(log_weight) + count + 1, np.float64))
    if entries + more > len(leaf):
        leaf = np.append(leaf, np.empty(len(leaf) + more, np.int64))
    cluster[clusters], start[hyps] = hyps, entries
    for i in range(count):
        for k in range(rows.length[i]):
            leaf[entries + k] = rows.leaf[i, k]
        entries += rows.length[i]
        log_weight[hyps + i] = rows.log_weight[i]
        start[hyps + i + 1] = entries
    cluster[clusters + 1] = hyps + count
    filled[0], filled[1], filled[2] = clusters + 1, hyps + count, entries
    return Hypotheses(cluster, start, leaf, log_weight)


@kernel
def room(clusters: int, hyps: int, entries: int) -> Hypotheses:
    """Empty hypotheses with room for so many; it grows where that is too little."""
    held = Hypotheses(
        np.empty(clusters + 2, np.int64),
        np.empty(hyps + 2, np.int64),
        np.empty(entries + 2, np.int64),
        np.empty(hyps + 2, np.float64),
    )
    held.cluster[0] = 0
    held.start[0] = 0
    return held


@kernel
def trim(held: Hypotheses, filled: NDArray[np.int64]) -> Hypotheses:
    """The part that is in use."""
    return Hypotheses(
        held.cluster[: filled[0] + 1].copy(),
        held.start[: filled[1] + 1].copy(),
        held.leaf[: filled[2]].copy(),
        held.log_weight[: filled[1]].copy(),
    )


@kernel
def read_rows(held: Hypotheses, cluster: int) -> Rows:
    """A cluster's hypotheses, in arrays of their own."""
    first = held.cluster[cluster]
    count = int(held.cluster[cluster + 1] - first)
    width = 0
    for h in range(first, first + count):
        width = max(width, held.start[h + 1] - held.start[h])
    out = make_rows(count, width)
    for i in range(count):
        begin = held.start[first + i]
        out.length[i] = held.start[first + i + 1] - begin
        out.log_weight[i] = held.log_weight[first + i]
        for k in range(out.length[i]):
            out.leaf[i, k] = held.leaf[begin + k]
    return out
