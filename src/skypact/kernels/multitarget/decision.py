"""Which objects to report, and where: decisions from the mixture over global hypotheses.

`decide_best` is the common answer, estimator 1 of Garcia-Fernandez, Williams, Granstrom and Svensson (IEEE Trans.
AES 54(4), 2018): the tracks of the heaviest hypothesis that exist with more than a stated chance.

`decide_least` takes the set of points whose expected squared GOSPA error (p = 2, alpha = 2, cut-off c) is least. It
goes from a first set downhill: under each hypothesis the points are assigned to its leaves at best, each point moves to
the mean of what it was assigned over all hypotheses, and a point that costs more than it earns goes. With sure
existence that is the MMOSPA estimate by Lloyd's iteration (Guerriero, Svensson, Svensson and Willett, FUSION 2010;
Baum, Willett and Hanebeck, FUSION 2013). Because a point need not keep to one track, it is right where hypotheses
differ only in which track is where.

For a point x and a leaf of existence r, mean m and position covariance P the pair saves r (c^2 - tr P - |x - m|^2)
of the error that both would cost alone, and a point alone costs c^2 / 2.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.multitarget.chain import combine
from skypact.kernels.multitarget.hypotheses import Hypotheses, Rows, read_rows
from skypact.kernels.multitarget.layout import N_TAGS, TRACK_ID, TRACKS, Bank
from skypact.kernels.multitarget.ranked import Ranking, cheapest, ranking
from skypact.kernels.multitarget.reduction import absorb

LEAST_CANDIDATE = 0.1
"""Chance of existence from which a track is tried as a point of the report."""


SURE = 0.95
"""A point that earns this share of c^2 stays without a trial."""


class _Cluster(NamedTuple):
    """The leaves of one cluster, combined over modes; U of them, and G points."""

    leaf: NDArray[np.int64]
    """[U] rising"""
    mean: NDArray[np.float64]
    """[U, n]"""
    cov: NDArray[np.float64]
    """[U, n, n]"""
    existence: NDArray[np.float64]
    """[U]"""
    spread: NDArray[np.float64]
    """[U] trace of the position's covariance"""
    entry: NDArray[np.int64]
    """[p, w] the rows' leaves by place in `leaf`"""


class _Work(NamedTuple):
    """Scratch of an assignment of G points to leaves."""

    gain: NDArray[np.float64]
    """[G, U] what a pair saves"""
    cost: NDArray[np.float64]
    """[G, w + G]"""
    ranks: Ranking


@kernel
def _rows_like(bank: Bank, rows: int) -> Bank:
    """A bank of so many rows, to be filled, and the counts of another."""
    modes, size = bank.mean.shape[1:]
    return Bank(
        np.zeros((rows, modes, size)),
        np.zeros((rows, modes, size, size)),
        np.zeros((rows, modes)),
        np.zeros(rows),
        np.zeros(rows),
        np.zeros(rows),
        np.zeros((rows, N_TAGS), np.int64),
        np.zeros(rows, np.uint64),
        bank.counts.copy(),
    )


@kernel
def _copy_row(source: Bank, i: int, to: Bank, k: int) -> None:
    to.mean[k] = source.mean[i]
    to.cov[k] = source.cov[i]
    to.mode[k] = source.mode[i]
    to.t_s[k], to.existence[k], to.score[k] = source.t_s[i], source.existence[i], source.score[i]
    to.tags[k] = source.tags[i]
    to.recent[k] = source.recent[i]


@kernel
def decide_best(held: Hypotheses, bank: Bank, least: float) -> Bank:
    """The leaves that exist with a chance above `least` in the heaviest hypothesis of each cluster."""
    chosen = np.full(bank.t_s.size, False)
    for c in range(len(held.cluster) - 1):
        h = held.cluster[c]
        for k in range(held.start[h], held.start[h + 1]):
            chosen[held.leaf[k]] = bank.existence[held.leaf[k]] > least
    out = _rows_like(bank, int(np.sum(chosen)))
    count = 0
    for i in range(chosen.size):
        if chosen[i]:
            _copy_row(bank, i, out, count)
            count += 1
    out.counts[TRACKS] = count
    return out


@kernel
def _open_cluster(rows: Rows, bank: Bank, d: int) -> _Cluster:
    """The leaves of a cluster."""
    total = 0
    for i in range(len(rows.length)):
        total += rows.length[i]
    listed = np.empty(total, np.int64)
    total = 0
    for i in range(len(rows.length)):
        for k in range(rows.length[i]):
            listed[total] = rows.leaf[i, k]
            total += 1
    leaf = np.unique(listed)
    n, size = len(leaf), bank.mean.shape[2]
    held = _Cluster(
        leaf,
        np.empty((n, size)),
        np.empty((n, size, size)),
        np.empty(n),
        np.zeros(n),
        np.empty(rows.leaf.shape, np.int64),
    )
    for u in range(n):
        i = leaf[u]
        combine(bank.mean[i], bank.cov[i], bank.mode[i], held.mean[u], held.cov[u])
        held.existence[u] = bank.existence[i]
        for a in range(d):
            held.spread[u] += held.cov[u, a, a]
    for i in range(len(rows.length)):
        for k in range(rows.length[i]):
            held.entry[i, k] = np.searchsorted(leaf, rows.leaf[i, k])
    return held


@kernel
def _candidates(
    rows: Rows, bank: Bank, held: _Cluster, point: NDArray[np.float64], source: NDArray[np.int64]
) -> int:
    """The number of first points: one of each track worth trying; writes where it is and its leaf's place."""
    n = len(held.leaf)
    weight = np.zeros(n)
    first = np.full(n, False)
    for i in range(len(rows.length)):
        for k in range(rows.length[i]):
            weight[held.entry[i, k]] += math.exp(rows.log_weight[i])
            if i == 0:
                first[held.entry[i, k]] = True
    count, u = 0, 0
    while u < n:
        best, total, v = u, 0.0, u
        while v < n and bank.tags[held.leaf[v], TRACK_ID] == bank.tags[held.leaf[u], TRACK_ID]:
            total += weight[v] * held.existence[v]
            if first[v] or (not first[best] and weight[v] > weight[best]):
                best = v
            v += 1
        if total >= LEAST_CANDIDATE:
            for a in range(point.shape[1]):
                point[count, a] = held.mean[best, a]
            source[count] = best
            count += 1
        u = v
    return count


@kernel
def _saved(
    rows: Rows,
    held: _Cluster,
    c: float,
    point: NDArray[np.float64],
    count: int,
    without: int,
    work: _Work,
    share: NDArray[np.float64],
    earned: NDArray[np.float64],
) -> float:
    """What the points save in expectation, one of them left out where `without` is not -1.

    Writes the share [G, U] that each leaf has in each point, existence not included, and what each point earns [G].
    """
    d, n_leaves = point.shape[1], len(held.leaf)
    gain, cost, ranks = work.gain, work.cost, work.ranks
    for x in range(count):
        earned[x] = 0.0
        for u in range(n_leaves):
            square = held.spread[u]
            for a in range(d):
                square += (point[x, a] - held.mean[u, a]) ** 2
            gain[x, u] = held.existence[u] * (c * c - square) if x != without else 0.0
            share[x, u] = 0.0
    total = 0.0
    for i in range(len(rows.length)):
        n, weight = rows.length[i], math.exp(rows.log_weight[i])
        for x in range(count):
            for k in range(n):
                saved = gain[x, held.entry[i, k]]
                cost[x, k] = -saved if saved > 0.0 else np.inf
            for k in range(count):
                cost[x, n + k] = 0.0 if k == x else np.inf
        cheapest(cost, count, n + count, ranks, 0)
        for x in range(count):
            k = ranks.col_of_row[0, x]
            if k < n:
                u = held.entry[i, k]
                share[x, u] += weight
                earned[x] += weight * gain[x, u]
                total += weight * gain[x, u]
    return total


@kernel
def _move_points(held: _Cluster, point: NDArray[np.float64], count: int, share: NDArray[np.float64]) -> float:
    """The longest move of a coordinate: each point goes to the mean of its share of the leaves."""
    moved = 0.0
    for x in range(count):
        total = 0.0
        for u in range(len(held.leaf)):
            total += share[x, u] * held.existence[u]
        if total > 0.0:
            for a in range(point.shape[1]):
                middle = 0.0
                for u in range(len(held.leaf)):
                    middle += share[x, u] * held.existence[u] * held.mean[u, a]
                moved = max(moved, abs(middle / total - point[x, a]))
                point[x, a] = middle / total
    return moved


@kernel
def _settle(
    rows: Rows,
    held: _Cluster,
    c: float,
    price: float,
    point: NDArray[np.float64],
    source: NDArray[np.int64],
    count: int,
    sweeps: int,
    share: NDArray[np.float64],
) -> int:
    """The number of points left; moves them, and writes the share of each leaf in each point."""
    width = rows.leaf.shape[1] + count
    work = _Work(np.empty((count, len(held.leaf))), np.empty((count, width)), ranking(1, count, width))
    earned, other, spare = np.empty(count), np.empty(count), np.empty_like(share)
    while count > 0:
        total = 0.0
        for _ in range(sweeps):
            total = _saved(rows, held, c, point, count, -1, work, share, earned)
            if _move_points(held, point, count, share) < 1e-3 * c:
                break
        drop, best = -1, total
        for x in range(count):
            if earned[x] < SURE * c * c:
                left = _saved(rows, held, c, point, count, x, work, spare, other) + price * c * c
                if left >= best:
                    drop, best = x, left
        if drop < 0:
            break
        count -= 1
        for x in range(drop, count):
            point[x], source[x] = point[x + 1], source[x + 1]
    return count


@kernel
def decide_least(held: Hypotheses, bank: Bank, d: int, c: float, price: float, sweeps: int) -> Bank:
    """The points of least expected squared GOSPA error: rows of a bank, cluster by cluster.

    A row has the number of the track it was first put on, which may not be where it ended, that track's history, and
    the moments, by mode, of all leaves that share in it; its existence is the chance that some object is there.

    Args:
        held: hypotheses.
        bank: their leaves.
        d: dimensions of position.
        c: cut-off distance, metres.
        price: what a point alone costs, in c^2: 0.5 for GOSPA; less reports objects that are less sure.
        sweeps: rounds of assigning and moving at most, each time that a point goes.
    """
    out = _rows_like(bank, bank.t_s.size)
    filled = 0
    for cluster in range(len(held.cluster) - 1):
        rows = read_rows(held, cluster)
        leaves = _open_cluster(rows, bank, d)
        n = len(leaves.leaf)
        point, source = np.empty((n, d)), np.empty(n, np.int64)
        share = np.zeros((n, n))
        count = _candidates(rows, bank, leaves, point, source)
        count = _settle(rows, leaves, c, price, point, source, count, sweeps, share)
        for x in range(count):
            _copy_row(bank, leaves.leaf[source[x]], out, filled)
            _blend(leaves, share[x], bank, out, filled)
            filled += 1
    out.counts[TRACKS] = filled
    return Bank(
        out.mean[:filled],
        out.cov[:filled],
        out.mode[:filled],
        out.t_s[:filled],
        out.existence[:filled],
        out.score[:filled],
        out.tags[:filled],
        out.recent[:filled],
        out.counts,
    )


@kernel
def _blend(held: _Cluster, share: NDArray[np.float64], bank: Bank, out: Bank, k: int) -> None:
    """Write the moments of all leaves in a point, and its chance of existence, into row k."""
    weight, total = 0.0, 0.0
    for u in range(len(held.leaf)):
        if not share[u] * held.existence[u] > 0.0:
            continue
        i = held.leaf[u]
        total += share[u] * held.existence[u]
        if weight == 0.0:
            out.mean[k], out.cov[k], out.mode[k] = bank.mean[i], bank.cov[i], bank.mode[i]
            out.existence[k] = bank.existence[i]
        else:
            absorb(out, k, bank, i, weight, share[u])
        weight += share[u]
    out.existence[k] = min(total, 1.0)
