"""The trajectory GOSPA metric in its linear-programming form: how far two sets of trajectories are apart, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from skypact.errors import UsageError
from skypact.model.network import F8, I8
from skypact.score.alignment import align
from skypact.score.trajectory import Trajectories, all_steps, in_metres, near, require


@dataclass(frozen=True)
class TrajectoryGospa:
    """The trajectory GOSPA metric and its parts; `total`^p is the sum of the four parts.

    The total is unique. Where two ways of alignment cost the same, its parts are those of one of them. A part beyond
    all numbers, as 5 km to the power 100 is, is infinite; the total never is.
    """

    total: float
    """m"""
    localisation: float
    """m^p: sum of distances^p of what is aligned."""
    missed: float
    """m^p: c^p / 2 for each snapshot of a true trajectory without an estimate."""
    false: float
    """m^p: c^p / 2 for each snapshot of an estimate without a true object."""
    switching: float
    """m^p: gamma^p for each change of partner, half of it for each beginning and end of a partnership."""
    p: float
    truth_span: int
    """Snapshots from the first to the last of the truth; 0 without any."""
    k: I8
    """[K] snapshots at which anything exists."""
    localisation_k: F8
    """[K] the parts of each snapshot; a switch counts where the new state begins."""
    missed_k: F8
    false_k: F8
    switching_k: F8

    def per_step(self, window: int | None = None) -> float:
        """The metric divided by K^(1/p), m: its mean of order p over K snapshots, comparable between scenarios.

        Args:
            window: K, snapshots of the scenario; `truth_span` where not given. It must not depend on the estimates:
                by the snapshots at which anything exists, false tracks beside the truth would lower the mean.

        Raises:
            UsageError: the window is no number of snapshots, or there is neither truth nor window.
        """
        snapshots = self.truth_span if window is None else window
        if snapshots != int(snapshots) or snapshots < 1:
            raise UsageError("a mean over snapshots", f"{snapshots} snapshots", "Give a window of 1 or more.")
        return float(self.total / int(snapshots) ** (1.0 / self.p))


def trajectory_gospa(
    est: Trajectories, truth: Trajectories, c: float, gamma: float, p: float = 2.0
) -> TrajectoryGospa:
    """The trajectory GOSPA metric between two sets of trajectories, its linear program solved exactly.

    Every pair of trajectories has a weight 0 <= W <= 1 at every snapshot, at most 1 in sum for each trajectory. It
    pays W min(d, c)^p where both exist, c^p / 2 for what is left of each that exists, and gamma^p / 2 for each unit
    by which a weight changes from one snapshot to the next. The least sum, to the power 1 / p, is a metric.

    Trajectories of different lifetimes and with gaps: where one of a pair does not exist the pair costs nothing, so
    a partnership is kept through a gap, before a birth and after a death without a switch; the other, where it
    exists alone, is missed or false there. Two estimates that follow each other on one object cost one switch.

    Source: Garcia-Fernandez, Rahmathullah and Svensson, "A metric on the space of finite sets of trajectories for
    evaluation of multi-target tracking algorithms", IEEE Trans. SP 68, 2020: the relaxation of its
    definition 1 (a lower bound of it and itself a metric), with clusters as in its section IV.

    Args:
        est: estimated trajectories.
        truth: true trajectories, in the same frame.
        c: cut-off distance, m: nothing farther away is ever aligned.
        gamma: what a switch costs, m, 0 or more. At 0 this is the GOSPA of each snapshot on its own, and a metric no
            longer.
        p: order, 1 or more.

    Raises:
        UsageError: a parameter is out of its range, the frames differ, or a program has not been solved.
    """
    require("c", c, 0.0, open_end=True)
    require("gamma", gamma, 0.0, open_end=False)
    require("p", p, 1.0, open_end=False)
    steps = all_steps(est, truth)
    pairs = near(est, truth, steps, c)
    saved = 1.0 - (np.sqrt(pairs.square) / c) ** p  # all costs in units of c^p
    est_ids, est_of = np.unique(est.id, return_inverse=True)
    truth_ids, truth_of = np.unique(truth.id, return_inverse=True)
    weight, switching_k = _weights(
        truth_of[pairs.truth],
        est_of[pairs.est],
        (len(truth_ids), len(est_ids)),
        pairs.step,
        len(steps),
        saved,
        _half_switch(gamma, c, p),
    )
    k = len(steps)
    aligned_k = np.bincount(pairs.step, weight, k)
    localisation_k = np.bincount(pairs.step, weight * (1.0 - saved), k)
    alone = [np.bincount(np.searchsorted(steps, side.k), minlength=k) for side in (truth, est)]
    missed_k, false_k = (0.5 * np.maximum(there - aligned_k, 0.0) for there in alone)
    parts = np.stack([localisation_k, missed_k, false_k, switching_k])
    located, missed, false, switching = (in_metres(part, c, p) for part in parts.sum(axis=1).tolist())
    by_step = np.multiply(parts, in_metres(1.0, c, p), out=np.zeros_like(parts), where=parts > 0.0)
    span = int(truth.k.max()) - int(truth.k.min()) + 1 if len(truth.k) else 0
    total = float(c * parts.sum() ** (1.0 / p))
    return TrajectoryGospa(total, located, missed, false, switching, p, span, steps, *by_step)


def _half_switch(gamma: float, c: float, p: float) -> float:
    """What half a switch costs in units of c^p."""
    try:
        return float(0.5 * (float(gamma) / float(c)) ** float(p))
    except OverflowError:
        found = f"a switch costs {gamma / c:g} c to the power {p:g}"
        raise UsageError(f"gamma = {gamma}", found, "Give less.") from None


def _weights(
    row: I8, column: I8, size: tuple[int, int], step: I8, n_steps: int, saved: F8, half: float
) -> tuple[F8, F8]:
    """The weight of each near pair of rows, and what switches cost at each step; clusters are solved apart.

    Args:
        row: [E] true trajectory of each near pair of rows.
        column: [E] estimated trajectory.
        size: numbers of true and of estimated trajectories.
        step: [E] place of its snapshot.
        n_steps: number of snapshots.
        saved: [E] what to align it saves.
        half: cost of a unit by which a weight changes.
    """
    weight, switching_k = np.ones(len(row)), np.zeros(n_steps)
    if not len(row):
        return weight, switching_k
    links, link_of = np.unique(row * size[1] + column, return_inverse=True)
    link_row, link_column = links // size[1], links % size[1]
    joined = coo_matrix(
        (np.ones(len(links)), (link_row, link_column + size[0])), shape=(sum(size), sum(size))
    )
    cluster = connected_components(joined, directed=False)[1][link_row]
    alone = np.bincount(cluster)[cluster] == 1  # one pair and nobody else: together for ever
    entries = np.flatnonzero(~alone[link_of])
    entries = entries[np.argsort(cluster[link_of[entries]], kind="stable")]
    ends = np.flatnonzero(np.diff(cluster[link_of[entries]])) + 1
    for part in np.split(entries, ends) if len(entries) else []:
        local_links, edge = np.unique(link_of[part], return_inverse=True)
        local_steps, at = np.unique(step[part], return_inverse=True)
        gain = np.zeros((len(local_links), len(local_steps)))
        gain[edge, at] = saved[part]
        found = align(link_row[local_links], link_column[local_links], gain, half)
        weight[part] = found[edge, at]
        switching_k[local_steps[1:]] += half * np.abs(np.diff(found, axis=1)).sum(axis=0)
    return weight, switching_k
