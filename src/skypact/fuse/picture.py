"""One picture: correlation kept from epoch to epoch, fusion anew at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from skypact.fuse.align import Registration, learn, new_registration
from skypact.kernels.fusion import combine, correlate
from skypact.model.codes import HOSTILE_CLASSES, N_CLASSES, Identity, TrackStatus
from skypact.model.network import B1, I8, U1
from skypact.model.track import Tracks

GOLDEN_STEPS = 12
"""Golden-section steps of an intersection: the weight to 0.003, which moves no fused sigma by 0.1 %."""
LEARN_EVERY = 5
"""Epochs between registrations."""


@dataclass(frozen=True)
class Contribution:
    """Tracks of one nation (or of a pool of detections led by it), predicted to the instant of fusion."""

    nation: int
    tracks: Tracks


@dataclass
class PictureState:
    """What a picture remembers: which row each contributed track belongs to, and the registration."""

    rows: dict[tuple[int, int], int] = field(default_factory=dict)
    """(nation, track id) -> picture track id"""
    next_id: int = 1
    epoch: int = 0
    registration: Registration = field(default_factory=lambda: new_registration(0))


def new_picture(nations: int) -> PictureState:
    """An empty picture of a world of `nations` nations."""
    return PictureState(registration=new_registration(nations))


def fuse(state: PictureState, contributions: Sequence[Contribution], now_ns: int) -> Tracks:
    """The picture at `now_ns`; the state remembers which tracks belong together.

    Covariance intersection never counts the same information twice, whatever the lineage of the contributions.
    Classes are pooled by the normalised product of equal powers (logarithmic opinion pool).

    Args:
        state: changed in place.
        contributions: the nation's own first; all predicted to `now_ns`.
        now_ns: instant of the picture.

    Returns:
        Picture tracks in ascending order of id; `slot` is the row of the most accurate contributed track in
        the stack of contributions.
    """
    own = contributions[0].tracks
    if state.epoch % LEARN_EVERY == 0:
        for part in contributions[1:]:
            learn(state.registration, own, part.tracks, part.nation)
    state.epoch += 1
    stack = [part.tracks for part in contributions]
    nation = np.repeat([part.nation for part in contributions], [len(t) for t in stack]).astype(np.int32)
    mean = np.concatenate([t.mean_ecef for t in stack])
    mean[:, :3] -= np.where((nation == contributions[0].nation)[:, None], 0.0, state.registration.offset_ecef_m[nation])
    pad_m2 = np.where(nation == contributions[0].nation, 0.0, state.registration.variance_m2[nation])
    cov = np.concatenate([t.cov_ecef for t in stack])
    track_id = np.concatenate([t.track_id for t in stack])
    code = np.concatenate([t.code for t in stack])
    keys = list(zip(nation.tolist(), track_id.tolist(), strict=True))
    held = np.array([state.rows.get(key, 0) for key in keys], np.int64)
    ids, dense = np.unique(held[held > 0], return_inverse=True)
    row = np.full(len(keys), -1, np.int32)
    row[held > 0] = dense
    row_count = correlate(mean, cov, nation, track_id, code, row, len(ids), pad_m2)
    row_id = np.zeros(row_count, np.int64)
    row_id[: len(ids)] = ids
    used = np.unique(row)
    for r in used[used >= len(ids)]:
        row_id[r] = state.next_id
        state.next_id += 1
    state.rows = dict(zip(keys, row_id[row].tolist(), strict=True))
    fused_mean, fused_cov = np.empty((row_count, 6)), np.empty((row_count, 6, 6))
    best = np.empty(row_count, np.int32)
    combine(mean, cov, row, row_count, pad_m2, fused_mean, fused_cov, best, GOLDEN_STEPS)
    used = used[np.argsort(row_id[used], kind="stable")]
    return _describe(stack, row, used, row_id, best, fused_mean, fused_cov, now_ns)


def _describe(
    stack: list[Tracks],
    row: np.ndarray[tuple[int], np.dtype[np.int32]],
    used: np.ndarray[tuple[int], np.dtype[np.int32]],
    row_id: I8,
    best: np.ndarray[tuple[int], np.dtype[np.int32]],
    mean: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    cov: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    now_ns: int,
) -> Tracks:
    """Status, class, code, times and lineage of each row from its members."""
    count = len(row_id)
    status = np.zeros(count, np.uint8)
    np.maximum.at(status, row, np.where(_column(stack, "status") == TrackStatus.CONFIRMED, 9, _column(stack, "status")))
    status[status == 9] = TrackStatus.CONFIRMED
    code = np.zeros(count, np.uint32)
    np.maximum.at(code, row, _column(stack, "code"))
    updated = np.zeros(count, np.int64)
    np.maximum.at(updated, row, _column(stack, "updated_ns"))
    first = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first, row, _column(stack, "first_ns"))
    sources = np.zeros(count, np.uint32)
    np.bitwise_or.at(sources, row, _column(stack, "sources"))
    members = np.bincount(row, minlength=count)
    log_pool = np.zeros((count, N_CLASSES))
    np.add.at(log_pool, row, np.log(np.maximum(_column(stack, "class_prob"), 1e-6)))
    log_pool /= np.maximum(members, 1)[:, None]
    pooled = np.exp(log_pool - log_pool.max(axis=1, keepdims=True))
    pooled /= pooled.sum(axis=1, keepdims=True)
    identity = np.zeros(count, np.uint8)
    hostile = pooled[:, list(HOSTILE_CLASSES)].sum(axis=1)
    identity[hostile >= 0.5] = Identity.SUSPECT
    identity[hostile >= 0.8] = Identity.HOSTILE
    member_identity = _column(stack, "identity")
    for named in (Identity.CIVIL, Identity.FRIEND):
        identity[row[member_identity == named]] = named
    return Tracks(
        now_ns=now_ns,
        track_id=row_id[used].astype(np.uint64),
        slot=best[used],
        mean_ecef=mean[used],
        cov_ecef=cov[used],
        status=status[used],
        class_prob=pooled[used].astype(np.float32),
        mode_prob=_column(stack, "mode_prob")[best[used]],
        identity=identity[used],
        code=code[used],
        first_ns=first[used],
        updated_ns=updated[used],
        sources=sources[used],
    )


def _column(stack: list[Tracks], name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    return np.concatenate([getattr(tracks, name) for tracks in stack])


def held_locally(picture: Tracks, local: Tracks) -> U1:
    """1 for each picture track that one of the nation's own confirmed tracks lies on, [n].

    Two tracks are taken as one object when they are within 3 sigma of their summed position variance and never
    further apart than 5 km.
    """
    rows = np.flatnonzero((local.status == TrackStatus.CONFIRMED) | (local.status == TrackStatus.COASTING))
    if len(rows) == 0 or len(picture) == 0:
        return np.zeros(len(picture), np.uint8)
    gap = picture.mean_ecef[:, None, :3] - local.mean_ecef[None, rows, :3]
    distance2 = np.einsum("ijk,ijk->ij", gap, gap)
    variance = np.trace(picture.cov_ecef[:, :3, :3], axis1=1, axis2=2)[:, None]
    variance = variance + np.trace(local.cov_ecef[rows, :3, :3], axis1=1, axis2=2)[None, :]
    near: B1 = distance2 <= np.minimum(9.0 * variance + 100.0**2, 5_000.0**2)
    return near.any(axis=1).astype(np.uint8)
