"""What keeps the mixture small between scans: leaves that say the same are merged, faint tracks go, clusters split.

Two leaves of a track are merged where that changes the mixture least: the cost is Runnalls' bound on the
Kullback-Leibler divergence (IEEE Trans. AES 43(3), 2007), with the entropy of existence added, in the leaves'
weights within their cluster. Clusters split into tracks whose leaves tell nothing of each other. Faint tracks become
part of the intensity of undetected objects (recycling: Williams, FUSION 2012).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.chain import combine
from skypact.kernels.multitarget.cluster import find_root
from skypact.kernels.multitarget.hypotheses import (
    Hypotheses,
    Rows,
    append_rows,
    best_rows,
    make_rows,
    merge_equal,
    read_rows,
    room,
    trim,
)
from skypact.kernels.multitarget.layout import TRACK_ID, Bank


@kernel
def log_det(cov: NDArray[np.float64], work: NDArray[np.float64]) -> float:
    """Logarithm of the determinant of cov[n, n], +inf where it is not positive definite; work [n, n] is scratch."""
    n = cov.shape[0]
    total = 0.0
    for i in range(n):
        for j in range(i + 1):
            left = cov[i, j]
            for k in range(j):
                left -= work[i, k] * work[j, k]
            if i == j:
                if not left > 0.0:
                    return np.inf
                work[i, i] = math.sqrt(left)
                total += math.log(left)
            else:
                work[i, j] = left / work[j, j]
    return total


@kernel
def _entropy(chance: float) -> float:
    """Entropy of an event, nats."""
    total = 0.0
    if chance > 0.0:
        total -= chance * math.log(chance)
    if chance < 1.0:
        total -= (1.0 - chance) * math.log(1.0 - chance)
    return total


@kernel
def leaf_weights(held: Hypotheses, n_leaves: int) -> NDArray[np.float64]:
    """Chance of each leaf: the weight of the hypotheses that hold it."""
    weight = np.zeros(n_leaves)
    for h in range(len(held.log_weight)):
        share = math.exp(held.log_weight[h])
        for k in range(held.start[h], held.start[h + 1]):
            weight[held.leaf[k]] += share
    return weight


@kernel
def _match_moments(
    w: float,
    mean: NDArray[np.float64],
    cov: NDArray[np.float64],
    w_other: float,
    mean_other: NDArray[np.float64],
    cov_other: NDArray[np.float64],
    mean_out: NDArray[np.float64],
    cov_out: NDArray[np.float64],
) -> None:
    """Write mean and covariance of two components; the outputs may be the first one's own."""
    n = len(mean)
    a, b = w / (w + w_other), w_other / (w + w_other)
    for i in range(n):
        for j in range(i + 1):
            gap = (mean[i] - mean_other[i]) * (mean[j] - mean_other[j])
            cov_out[i, j] = a * cov[i, j] + b * cov_other[i, j] + a * b * gap
            cov_out[j, i] = cov_out[i, j]
    for i in range(n):
        mean_out[i] = a * mean[i] + b * mean_other[i]


@kernel
def absorb(bank: Bank, i: int, other: Bank, k: int, w: float, w_other: float) -> None:
    """Merge row k of another bank into row i of this one, mode by mode, in their weights and chances of existence."""
    r, r_other = bank.existence[i], other.existence[k]
    bank.existence[i] = (w * r + w_other * r_other) / (w + w_other)
    a, b = w * r, w_other * r_other
    if a + b <= 0.0:
        return
    for j in range(bank.mode.shape[1]):
        p, q = a * bank.mode[i, j], b * other.mode[k, j]
        if p + q > 0.0:
            _match_moments(
                p,
                bank.mean[i, j],
                bank.cov[i, j],
                q,
                other.mean[k, j],
                other.cov[k, j],
                bank.mean[i, j],
                bank.cov[i, j],
            )
        bank.mode[i, j] = (p + q) / (a + b)


@kernel
def merge_leaves(
    bank: Bank, n_leaves: int, weight: NDArray[np.float64], most_cost: float
) -> NDArray[np.int64]:
    """The leaf that each leaf is now part of: itself, or a heavier one of its track that was like it.

    Changes the bank; weight [L] (`leaf_weights`) becomes that of what each has absorbed. Leaves of the bank are
    ordered by track.
    """
    size = bank.mean.shape[2]
    head = np.arange(n_leaves)
    mean, cov = np.empty((n_leaves, size)), np.empty((n_leaves, size, size))
    logdet = np.empty(n_leaves)
    mean_both, cov_both, work = np.empty(size), np.empty((size, size)), np.empty((size, size))
    first = 0
    while first < n_leaves:
        last = first + 1
        while last < n_leaves and bank.tags[last, TRACK_ID] == bank.tags[first, TRACK_ID]:
            last += 1
        if last - first > 1:
            for i in range(first, last):
                combine(bank.mean[i], bank.cov[i], bank.mode[i], mean[i], cov[i])
                logdet[i] = log_det(cov[i], work)
            order = first + np.argsort(-weight[first:last], kind="mergesort")
            for a in range(last - first):
                i = order[a]
                if head[i] != i:
                    continue
                for b in range(a + 1, last - first):
                    k = order[b]
                    if head[k] != k or bank.t_s[i] != bank.t_s[k] or weight[k] <= 0.0:
                        continue
                    if not (logdet[i] < np.inf and logdet[k] < np.inf):
                        continue
                    w, w_other = weight[i], weight[k]
                    r, r_other = bank.existence[i], bank.existence[k]
                    r_both = (w * r + w_other * r_other) / (w + w_other)
                    cost = (w + w_other) * _entropy(r_both) - w * _entropy(r) - w_other * _entropy(r_other)
                    if not cost < most_cost:
                        continue
                    w, w_other = w * r, w_other * r_other
                    _match_moments(w, mean[i], cov[i], w_other, mean[k], cov[k], mean_both, cov_both)
                    both = log_det(cov_both, work)
                    cost += 0.5 * ((w + w_other) * both - w * logdet[i] - w_other * logdet[k])
                    if not cost < most_cost:
                        continue
                    absorb(bank, i, bank, k, weight[i], weight[k])
                    mean[i], cov[i], logdet[i] = mean_both, cov_both, both
                    weight[i] += weight[k]
                    head[k] = i
        first = last
    return head


@kernel
def faint_tracks(bank: Bank, n_leaves: int, weight: NDArray[np.float64], least: float) -> NDArray[np.bool_]:
    """Whether each leaf's track is of less existence than `least`, all its leaves together."""
    faint = np.full(n_leaves, False)
    first = 0
    while first < n_leaves:
        last, total = first, 0.0
        while last < n_leaves and bank.tags[last, TRACK_ID] == bank.tags[first, TRACK_ID]:
            total += weight[last] * bank.existence[last]
            last += 1
        faint[first:last] = not total >= least
        first = last
    return faint


@kernel
def _states(rows: Rows, bank: Bank, state: NDArray[np.int64], size: NDArray[np.int64]) -> int:
    """The number of tracks in the rows; writes state [p, tracks], each hypothesis's leaf of each track by rank, from 1.

    size: [tracks] written: number of states, 0 (no leaf) included.
    """
    count = len(rows.length)
    total = 0
    for i in range(count):
        total += rows.length[i]
    leaves = np.empty(total, np.int64)
    total = 0
    for i in range(count):
        for k in range(rows.length[i]):
            leaves[total] = rows.leaf[i, k]
            total += 1
    leaves = np.unique(leaves)
    track_of, rank_of = np.empty(len(leaves), np.int64), np.empty(len(leaves), np.int64)
    tracks = 0
    for k in range(len(leaves)):
        if k == 0 or bank.tags[leaves[k], TRACK_ID] != bank.tags[leaves[k - 1], TRACK_ID]:
            size[tracks] = 1
            tracks += 1
        track_of[k], rank_of[k] = tracks - 1, size[tracks - 1]
        size[tracks - 1] += 1
    state[:, :] = 0
    for i in range(count):
        for k in range(rows.length[i]):
            at = np.searchsorted(leaves, rows.leaf[i, k])
            state[i, track_of[at]] = rank_of[at]
    return tracks


@kernel
def _shared_information(
    rows: Rows, state: NDArray[np.int64], size: NDArray[np.int64], t: int, u: int
) -> float:
    """Mutual information of the leaves of two tracks, nats."""
    joint = np.zeros((size[t], size[u]))
    for i in range(len(rows.length)):
        joint[state[i, t], state[i, u]] += math.exp(rows.log_weight[i])
    of_t, of_u = np.sum(joint, axis=1), np.sum(joint, axis=0)
    total = 0.0
    for a in range(size[t]):
        for b in range(size[u]):
            if joint[a, b] > 0.0:
                total += joint[a, b] * math.log(joint[a, b] / (of_t[a] * of_u[b]))
    return total


@kernel
def _split(
    rows: Rows, bank: Bank, independent: float, out: Hypotheses, filled: NDArray[np.int64]
) -> Hypotheses:
    """Append one cluster, or several where tracks share less information than `independent`."""
    count, width = rows.leaf.shape
    total = 0
    for i in range(count):
        total += rows.length[i]
    state, size = np.empty((count, total), np.int64), np.zeros(total, np.int64)
    tracks = _states(rows, bank, state, size)
    if tracks == 0:
        return out
    parent = np.arange(tracks)
    for t in range(tracks):
        for u in range(t):
            a, b = find_root(parent, t), find_root(parent, u)
            if a != b and (
                independent < 0.0
                or (
                    size[t] > 1 and size[u] > 1 and _shared_information(rows, state, size, t, u) > independent
                )
            ):
                parent[max(a, b)] = min(a, b)
    part, kept = make_rows(count, width), make_rows(count, width)
    for t in range(tracks):
        if find_root(parent, t) != t:
            continue
        for i in range(count):
            part.log_weight[i] = rows.log_weight[i]
            part.length[i] = 0
            at = 0
            for u in range(tracks):
                if state[i, u] > 0:
                    if find_root(parent, u) == t:
                        part.leaf[i, part.length[i]] = rows.leaf[i, at]
                        part.length[i] += 1
                    at += 1
        n = best_rows(part, merge_equal(part, count), count, 0.0, kept)
        out = append_rows(kept, n, out, filled)
    return out


@kernel
def reduce(
    held: Hypotheses, bank: Bank, head: NDArray[np.int64], faint: NDArray[np.bool_], independent: float
) -> Hypotheses:
    """The hypotheses with leaves replaced by what they are part of, without faint tracks, in clusters that depend.

    Args:
        held: hypotheses.
        bank: their leaves.
        head: [L] `merge_leaves`.
        faint: [L] `faint_tracks`.
        independent: mutual information (nats) up to which tracks count as independent; negative keeps clusters whole.
    """
    filled = np.zeros(3, np.int64)
    clusters = len(held.cluster) - 1
    out = room(clusters, len(held.log_weight), len(held.leaf))
    for c in range(clusters):
        rows = read_rows(held, c)
        count = len(rows.length)
        for i in range(count):
            n = 0
            for k in range(rows.length[i]):
                leaf = rows.leaf[i, k]
                if not faint[leaf]:
                    rows.leaf[i, n] = head[leaf]
                    n += 1
            rows.length[i] = n
        left = make_rows(count, rows.leaf.shape[1])
        n = best_rows(rows, merge_equal(rows, count), count, 0.0, left)
        left = Rows(left.leaf[:n], left.length[:n], left.log_weight[:n])
        out = _split(left, bank, independent, out, filled)
    return trim(out, filled)
