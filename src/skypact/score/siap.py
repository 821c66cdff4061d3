"""The measures of the single integrated air picture (SIAP): who is held, by how many tracks, how well, how long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.errors import UsageError
from skypact.kernels.holding import hold_stretches
from skypact.model.network import F8, I8
from skypact.score.trajectory import Trajectories, near, require


@dataclass(frozen=True)
class Siap:
    """The SIAP measures over all snapshots, weighted with time; NaN where there was nothing to measure."""

    completeness: float
    """Share of the objects' time with at least one track: best 1."""
    ambiguity: float
    """Assigned tracks for each tracked object: best 1."""
    spuriousness: float
    """Share of the tracks' time with no object: best 0."""
    position_m: float
    """Mean distance of an assigned track from its object."""
    velocity_mps: float
    """Mean size of the velocity error of an assigned track; NaN where velocities are not known."""
    longest_segment: float
    """Longest uninterrupted time with one track over lifetime, both summed over objects: best 1."""
    changes_per_s: float
    """Changes of track number for each second tracked: best 0."""
    objects_k: I8
    """[K] true objects of each snapshot."""
    tracked_k: I8
    """[K] those with at least one track."""
    tracks_k: I8
    """[K] tracks."""
    assigned_k: I8
    """[K] those assigned to an object."""


def siap(est: Trajectories, truth: Trajectories, t_s: F8, cutoff_m: float) -> Siap:
    """The SIAP measures of tracks against true objects.

    At each snapshot a track belongs to the nearest object within the cut-off (of equals to the one of lower id); an
    object may have many tracks. With J objects, J_T of them tracked, N tracks and N_A of them assigned, and sums over
    snapshots weighted with the time w that each stands for:

        completeness = sum w J_T / sum w J          ambiguity = sum w N_A / sum w J_T
        spuriousness = sum w (N - N_A) / sum w N    accuracy  = sum w error / sum w N_A
        longest segment = sum T_L / sum T           changes   = sum (N_U - 1) / sum T_T, over objects ever tracked

    T is an object's lifetime, T_T its tracked time, T_L the longest time without interruption with one track, and N_U
    the fewest stretches with one track throughout that make up T_T: a track that loses an object and finds it again
    under its number has not changed. A snapshot stands for the time until the next, the last for as long as the one
    before it, so that with even snapshots the sums are those of the source.

    Source: Votruba, Nisley, Rothrock and Zombro, "Single Integrated Air Picture (SIAP) Metrics Implementation", SIAP
    System Engineering Task Force, Technical Report 2001-003, 2001.

    Args:
        est: tracks; `k` is a place in `t_s`.
        truth: true objects, in the same frame.
        t_s: [K] time of each snapshot, s, ascending; snapshots at which nothing exists too.
        cutoff_m: farthest that a track may be from its object.

    Raises:
        UsageError: the cut-off is not positive, times do not ascend, a snapshot has no time, or the frames differ.
    """
    _check(est, truth, t_s, cutoff_m)
    n, gap = len(t_s), np.diff(t_s)
    weight = np.append(gap, gap[-1]) if n > 1 else np.ones(n)
    pairs = near(est, truth, np.arange(n), cutoff_m)
    order = np.lexsort((truth.id[pairs.truth], pairs.square, pairs.est))
    track, first = np.unique(pairs.est[order], return_index=True)
    item, apart = pairs.truth[order][first], np.sqrt(pairs.square[order][first])
    tracked = np.unique(item)
    counts = [np.bincount(k, minlength=n) for k in (truth.k, truth.k[tracked], est.k, est.k[track])]
    objects, held, tracks, assigned = (float(weight @ count) for count in counts)
    slower = np.full(len(track), np.nan)
    if est.vel_mps is not None and truth.vel_mps is not None:
        slower = np.linalg.norm(est.vel_mps[track] - truth.vel_mps[item], axis=1)
    share = weight[est.k[track]]
    longest, held_s, needed = _continuity(truth, est.id[track], item, weight)
    return Siap(
        _ratio(held, objects),
        _ratio(assigned, held),
        _ratio(tracks - assigned, tracks),
        _ratio(float(share @ apart), assigned),
        _ratio(float(share @ slower), assigned),
        _ratio(float(longest.sum()), objects),
        _ratio(float(np.maximum(needed - 1, 0).sum()), float(held_s.sum())),
        *counts,
    )


def _check(est: Trajectories, truth: Trajectories, t_s: F8, cutoff_m: float) -> None:
    """Raise a UsageError where times, snapshots and cut-off do not fit together."""
    require("cutoff_m", cutoff_m, 0.0, open_end=True)
    n = len(t_s)
    if not np.isfinite(t_s).all() or (np.diff(t_s) <= 0).any():
        raise UsageError(
            "times of snapshots", "they do not ascend", "Give t_s in seconds, each later than the last."
        )
    for paths in (est, truth):
        if len(paths.k) and (paths.k.min() < 0 or paths.k.max() >= n):
            found = f"snapshots {paths.k.min()} to {paths.k.max()}, times for 0 to {n - 1}"
            raise UsageError("SIAP measures", found, "Give t_s for every snapshot.")


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else float("nan")


def _continuity(truth: Trajectories, track: I8, item: I8, weight: F8) -> tuple[F8, F8, I8]:
    """Longest segment, tracked time and tracks needed of each object, from the tracks of rows `item` of the truth."""
    order = np.lexsort((truth.k, truth.id))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    at = place[item]
    by_row = np.lexsort((track, at))
    ids, start = np.unique(truth.id[order], return_index=True)
    longest, held_s = np.zeros(len(ids)), np.zeros(len(ids))
    needed = np.zeros(len(ids), np.int64)
    step = truth.k[order].astype(np.int64)
    hold_stretches(
        np.append(start, len(order)).astype(np.int64),
        step,
        weight[step],
        np.searchsorted(at[by_row], np.arange(len(order) + 1)).astype(np.int64),
        track[by_row].astype(np.int64),
        longest,
        held_s,
        needed,
    )
    return longest, held_s, needed
