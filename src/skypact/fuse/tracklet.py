"""Fusion by tracklets: what each tracker has learnt since its last report, added to one estimate of each object.

Exact, that is equal to one filter fed with all measurements, where motion is linear with Gaussian noise, every tracker
assumes the same motion as the fusion, reports after each of its measurements and began from a report that the fusion
took whole and alone, or from nothing. With reports of several measurements at once it stays exact only without process
noise: with it, trackers that err alike through the same turn are taken to err apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from skypact.errors import UsageError
from skypact.kernels.carry import extrapolate
from skypact.kernels.tracklet import NOTHING_NEW, TRACKLET, WHOLE, absorb, absorb_reports
from skypact.model.network import B1, F4, F8, I4, I8, U1, U8

Register = Callable[[I4, F8, F8], tuple[F8, F8]]
"""From sources [n], means [n, 6] and covariances [n, 6, 6] as stated: both as they are now believed."""
APART_2 = 9.0
"""A row begins anew where its estimate and its most accurate report lie further apart than three sigma."""


def with_tracklet(mean: F8, cov: F8, new_mean: F8, new_cov: F8, old_mean: F8, old_cov: F8) -> tuple[F8, F8]:
    """An estimate to which is added what a report says beyond the report before (Drummond 1997; Chong et al. 2000).

    Args:
        mean: [n] the estimate, predicted to the instant of the report; cov: [n, n].
        new_mean: [n] the report; new_cov: [n, n].
        old_mean: [n] the report before, predicted to the same instant; old_cov: [n, n].

    Raises:
        UsageError: a covariance is not positive definite.
    """
    out_mean, out_cov, n = np.array(mean, np.float64), np.array(cov, np.float64), len(mean)
    new = np.ascontiguousarray(new_mean, np.float64), np.ascontiguousarray(new_cov, np.float64)
    old = np.ascontiguousarray(old_mean, np.float64), np.ascontiguousarray(old_cov, np.float64)
    if absorb(out_mean, out_cov, *new, *old, np.empty((4, max(n, 4), n))) < 0:
        raise UsageError(
            "tracklet",
            "a report's covariance is not positive definite",
            "Give symmetric covariances with positive eigenvalues.",
        )
    return out_mean, out_cov


@dataclass
class TrackletMemory:
    """The estimate of each row of a picture, and the last report of each contributed track, at one instant.

    Reports are kept as stated: what has become known of a source since is no measurement of its tracks.
    """

    now_ns: int = 0
    row_id: I8 = field(default_factory=lambda: np.zeros(0, np.int64))
    """Ascending."""
    row_mean: F8 = field(default_factory=lambda: np.zeros((0, 6)))
    row_cov: F8 = field(default_factory=lambda: np.zeros((0, 6, 6)))
    row_mode: F4 = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    keys: U8 = field(default_factory=lambda: np.zeros(0, np.uint64))
    """Ascending."""
    held: I8 = field(default_factory=lambda: np.zeros(0, np.int64))
    """The row of each."""
    source: I4 = field(default_factory=lambda: np.zeros(0, np.int32))
    mean: F8 = field(default_factory=lambda: np.zeros((0, 6)))
    cov: F8 = field(default_factory=lambda: np.zeros((0, 6, 6)))
    mode: F4 = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    updated_ns: I8 = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass(frozen=True)
class Reports:
    """n contributed tracks at one instant, each in a row of the picture."""

    keys: U8
    source: I4
    mean: F8
    """As registered."""
    cov: F8
    said_mean: F8
    """As stated."""
    said_cov: F8
    mode: F4
    updated_ns: I8
    row: I4


def fused_tracklets(
    memory: TrackletMemory, reports: Reports, row_id: I8, now_ns: int, register: Register
) -> tuple[F8, F8, I4]:
    """The estimate of every row, brought up to date by what its members have reported.

    A lost message or a gap only makes the next tracklet span more time. A track that joins a row enters whole, by
    covariance intersection. A row that a track has left for another begins anew: what it said cannot be taken back.

    Args:
        memory: changed in place.
        reports: the tracks, predicted to now.
        row_id: [rows] the number of each row.
        now_ns: instant of the picture.
        register: what is now known of sources; the report before is put to it like the report.

    Returns:
        Mean [rows, 6], covariance [rows, 6, 6] and most accurate member [rows], -1 where a row has none.
    """
    dt_s = (now_ns - memory.now_ns) * 1e-9
    old_mean, old_cov = register(memory.source, *_carried(memory.mean, memory.cov, memory.mode, dt_s))
    state_mean, state_cov = _carried(memory.row_mean, memory.row_cov, memory.row_mode, dt_s)
    before, there = _found(memory.keys, reports.keys)
    moved = np.zeros(len(reports.keys), np.bool_)
    moved[there] = memory.held[before[there]] != row_id[reports.row[there]]
    broken = np.unique(memory.held[before[moved]])
    place, kept = _found(memory.row_id, row_id)
    known = (kept & ~np.isin(row_id, broken)).astype(np.uint8)
    mean, cov = np.zeros((len(row_id), 6)), np.zeros((len(row_id), 6, 6))
    mean[kept], cov[kept] = state_mean[place[kept]], state_cov[place[kept]]
    spread = np.trace(reports.cov[:, :3, :3], axis1=1, axis2=2)
    order = np.argsort(spread, kind="stable")
    _forget_the_lost(known, mean, cov, reports, order)
    fresh = np.full(len(reports.keys), WHOLE, np.uint8)
    same = there & ~moved & (known[reports.row] == 1)
    newer = reports.updated_ns[same] > memory.updated_ns[before[same]]
    fresh[same] = np.where(newer, TRACKLET, NOTHING_NEW)
    best = np.empty(len(row_id), np.int32)
    absorb_reports(
        reports.mean,
        reports.cov,
        order,
        reports.row,
        fresh,
        before,
        old_mean,
        old_cov,
        known,
        mean,
        cov,
        best,
    )
    _remember(memory, reports, row_id, mean, cov, best, now_ns)
    return mean, cov, best


def _carried(mean: F8, cov: F8, mode: F4, dt_s: float) -> tuple[F8, F8]:
    out_mean, out_cov = np.empty_like(mean), np.empty_like(cov)
    extrapolate(mean, cov, mode, dt_s, out_mean, out_cov)
    return out_mean, out_cov


def _found(known: U8 | I8, wanted: U8 | I8) -> tuple[I8, B1]:
    """Where each of the wanted is among the known, which ascend (0 where it is not), and whether it is."""
    if not len(known):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.bool_)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    there: B1 = known[place] == wanted
    return np.where(there, place, 0), there


def _forget_the_lost(known: U1, mean: F8, cov: F8, reports: Reports, order: I8) -> None:
    """Drop the estimates that the most accurate report of their row contradicts."""
    rows, first = np.unique(reports.row[order], return_index=True)
    best = order[first]
    gap = mean[rows, :3] - reports.mean[best, :3]
    variance = np.trace(cov[rows, :3, :3] + reports.cov[best, :3, :3], axis1=1, axis2=2)
    known[rows[np.einsum("ni,ni->n", gap, gap) > APART_2 * variance]] = 0


def _remember(
    memory: TrackletMemory, reports: Reports, row_id: I8, mean: F8, cov: F8, best: I4, now_ns: int
) -> None:
    """Keep the estimates of rows that have members, and the reports."""
    rows = np.flatnonzero(best >= 0)
    rows = rows[np.argsort(row_id[rows])]
    memory.row_id, memory.row_mean, memory.row_cov = row_id[rows], mean[rows], cov[rows]
    memory.row_mode = reports.mode[best[rows]]
    sort = np.argsort(reports.keys)
    memory.keys, memory.held = reports.keys[sort], row_id[reports.row[sort]]
    memory.source, memory.mode = reports.source[sort], reports.mode[sort]
    memory.mean, memory.cov = reports.said_mean[sort], reports.said_cov[sort]
    memory.updated_ns, memory.now_ns = reports.updated_ns[sort], now_ns
