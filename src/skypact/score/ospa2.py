"""OSPA(2): how far two sets of tracks are apart, window by window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.errors import UsageError
from skypact.kernels.nearby import shared_steps
from skypact.kernels.ospa import block_sums, ospa_windows
from skypact.model.network import F8, I8
from skypact.score.trajectory import Trajectories, all_steps, near, require


@dataclass(frozen=True)
class Ospa2:
    """OSPA(2) of each window; `total` to the power p is the sum of the two parts to the power p."""

    k: I8
    """[S] last snapshot of each window."""
    total: F8
    """[S] m"""
    localisation: F8
    """[S] m: what the paired tracks are apart, as a mean of order p over the larger set."""
    cardinality: F8
    """[S] m: what the difference of the numbers of tracks costs."""


def ospa2(
    est: Trajectories,
    truth: Trajectories,
    c: float,
    window: int,
    p: float = 2.0,
    q: float | None = None,
    at: I8 | None = None,
) -> Ospa2:
    """The OSPA(2) metric between two sets of trajectories in windows of snapshots, exact; 0 of two empty windows.

    The distance of two tracks over a window is the mean of order q, over the snapshots at which at least one of
    them exists, of min(d, c) where both do and of c where one does. The metric is OSPA of order p with that as its
    base distance, between the tracks that exist anywhere in the window. Unlike labelled OSPA (Ristic, Vo, Clark
    and Vo, IEEE Trans. SP 59(7), 2011), which adds a cost for labels to the distance of each snapshot and needs
    labels of estimates and truth assigned to each other beforehand, nothing but the sets is needed.

    Source: Beard, Vo and Vo, "A solution for large-scale multi-object tracking", IEEE Trans. SP 68, 2020; it is a
    metric for any q of 1 or more by Minkowski's inequality: a mean over the steps of two tracks does not shrink where
    it is padded with c over those of a third alone, as c is the most that any of them costs.

    Args:
        est: estimated trajectories.
        truth: true trajectories, in the same frame.
        c: cut-off distance, m.
        window: snapshots of a window, 1 or more: those with index k - window + 1 to k.
        p: order of the mean over tracks, 1 or more.
        q: order of the mean over snapshots, 1 or more; as p where not given.
        at: [S] ascending last snapshots of the windows; where not given, every one at which anything exists, estimates
            included. For a mean over windows give those of the scenario: the mean of what is compared must not be over
            windows that the estimates themselves choose.

    Raises:
        UsageError: a parameter is out of its range or the frames differ.
    """
    q = p if q is None else q
    require("c", c, 0.0, open_end=True)
    require("p", p, 1.0, open_end=False)
    require("q", q, 1.0, open_end=False)
    if window != int(window) or window < 1:
        raise UsageError(f"window = {window}", "it is not a number of snapshots", "Give 1 or more.")
    steps = all_steps(est, truth)
    ends = steps if at is None else np.asarray(at, np.int64)
    if (np.diff(ends) < 0).any():
        raise UsageError("ends of windows", "they do not ascend", "Sort them.")
    if not len(steps):
        nothing = np.zeros(len(ends))
        return Ospa2(ends, nothing, nothing, nothing)
    count, paired = _windows(est, truth, steps, ends, int(window), (float(c), p, q))
    more = np.maximum(count.max(axis=1), 1)
    short = np.abs(count[:, 0] - count[:, 1])
    total, localisation, cardinality = (
        c * (part / more) ** (1.0 / p) for part in (paired + short, paired, short)
    )
    return Ospa2(ends, total, localisation, cardinality)


def _windows(
    est: Trajectories,
    truth: Trajectories,
    steps: I8,
    ends: I8,
    window: int,
    shape: tuple[float, float, float],
) -> tuple[I8, F8]:
    """Tracks and objects of each window, [S, 2], and what their best pairing costs in units of c^p, [S]."""
    c, p, q = shape
    pairs = near(est, truth, steps, c)
    est_order, est_start, est_of = _by_trajectory(est)
    truth_order, truth_start, truth_of = _by_trajectory(truth)
    many = max(len(truth_start) - 1, 1)
    links = np.unique(est_of[pairs.est] * many + truth_of[pairs.truth])
    pair_est, pair_truth = links // many, links % many
    est_k, truth_k = est.k[est_order].astype(np.int64), truth.k[truth_order].astype(np.int64)
    shared = (pair_est, pair_truth, est_start, est_k, _rows(est, est_order))
    shared_truth = (truth_start, truth_k, _rows(truth, truth_order), c, float(q))
    pair_start, step, cost = np.zeros(len(links) + 1, np.int64), np.zeros(0, np.int64), np.zeros(0)
    for _ in range(2):  # the first time to learn how much room is needed
        room = shared_steps(*shared, *shared_truth, pair_start, step, cost) if len(links) else 0
        if len(step) < room:
            step, cost = np.zeros(room, np.int64), np.zeros(room)
    first = int(steps[0])
    span = min(window, int(max(steps[-1], ends.max(initial=steps[-1]))) - first + 1)
    since, until = np.zeros_like(cost), np.zeros_like(cost)
    block_sums(pair_start, step, cost, first, span, since, until)
    count, paired = np.zeros((len(ends), 2), np.int64), np.zeros(len(ends))
    ospa_windows(
        *(ends, span, first, p / q, est_start, est_k, truth_start, truth_k),
        *(pair_est, pair_truth, pair_start, step, since, until, count, paired),
    )
    return count, paired


def _by_trajectory(paths: Trajectories) -> tuple[I8, I8, I8]:
    """The order of rows by trajectory and snapshot, where each trajectory begins in it, and that of each row."""
    order = np.lexsort((paths.k, paths.id))
    ids, of = np.unique(paths.id, return_inverse=True)
    return order, np.searchsorted(of[order], np.arange(len(ids) + 1)).astype(np.int64), of


def _rows(paths: Trajectories, order: I8) -> F8:
    """The positions in that order, as kernels take them."""
    return np.ascontiguousarray(paths.pos_m[order], np.float64)
