"""One picture: correlation kept from epoch to epoch, fusion anew at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from skypact.fuse.align import Registration, learn, new_registration
from skypact.kernels.fusion import combine, correlate, describe
from skypact.model.codes import HOSTILE_CLASSES, N_CLASSES, Identity, TrackStatus
from skypact.model.network import B1, F8, I4, I8, U1, U8
from skypact.model.track import Tracks

GOLDEN_STEPS = 12
"""Golden-section steps of an intersection: the weight to 0.003, which moves no fused sigma by 0.1 %."""
LEARN_EVERY = 3
"""Epochs between registrations."""
NATION_SHIFT = 48
"""Bits of a track's key below its nation."""
SUSPECT_PROBABILITY, HOSTILE_PROBABILITY = 0.5, 0.8
"""Summed probability of the hostile classes from which a track without a code is suspect, and hostile."""


@dataclass(frozen=True)
class Contribution:
    """Tracks of one nation (or of a pool of detections led by it), predicted to the instant of fusion."""

    nation: int
    tracks: Tracks


@dataclass
class PictureState:
    """What a picture remembers: which row each contributed track belongs to, and the registration."""

    registration: Registration
    keys: U8 = field(default_factory=lambda: np.zeros(0, np.uint64))
    """Contributed tracks (nation and id in one number), ascending"""
    rows: I8 = field(default_factory=lambda: np.zeros(0, np.int64))
    """The picture track that each belongs to"""
    merged: dict[int, int] = field(default_factory=dict)
    """Picture tracks that the last epoch joined to another: their number -> the number they now have"""
    next_id: int = 1
    epoch: int = 0


def new_picture(nations: int) -> PictureState:
    """An empty picture of a world of `nations` nations."""
    return PictureState(new_registration(nations))


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
    mean[:, :3] -= np.where(
        (nation == contributions[0].nation)[:, None], 0.0, state.registration.offset_ecef_m[nation]
    )
    pad_m2 = np.where(nation == contributions[0].nation, 0.0, state.registration.variance_m2[nation])
    cov = np.concatenate([t.cov_ecef for t in stack])
    track_id = np.concatenate([t.track_id for t in stack])
    code = np.concatenate([t.code for t in stack])
    keys = nation.astype(np.uint64) << np.uint64(NATION_SHIFT) | track_id
    place = np.minimum(np.searchsorted(state.keys, keys), max(len(state.keys) - 1, 0))
    held = np.zeros(len(keys), np.int64)
    if len(state.keys):
        held = np.where(state.keys[place] == keys, state.rows[place], 0)
    ids, dense = np.unique(held[held > 0], return_inverse=True)
    row = np.full(len(keys), -1, np.int32)
    row[held > 0] = dense
    row_count = correlate(mean, cov, nation, code, row, len(ids), pad_m2)
    row_id = np.zeros(row_count, np.int64)
    row_id[: len(ids)] = ids
    state.merged = {
        int(old): int(ids[new])
        for old, new in zip(held[held > 0].tolist(), row[held > 0].tolist(), strict=True)
        if new < len(ids) and ids[new] != old and not np.any(row_id[row] == old)
    }
    used = np.unique(row)
    for r in used[used >= len(ids)]:
        row_id[r] = state.next_id
        state.next_id += 1
    order = np.argsort(keys)
    state.keys, state.rows = keys[order], row_id[row][order]
    fused_mean, fused_cov = np.empty((row_count, 6)), np.empty((row_count, 6, 6))
    best = np.empty(row_count, np.int32)
    combine(mean, cov, row, row_count, pad_m2, fused_mean, fused_cov, best, GOLDEN_STEPS)
    used = used[np.argsort(row_id[used], kind="stable")]
    return _describe(stack, row, used, row_id, best, fused_mean, fused_cov, now_ns)


def _describe(
    stack: list[Tracks], row: I4, used: I4, row_id: I8, best: I4, mean: F8, cov: F8, now_ns: int
) -> Tracks:
    """Status, class, code, times and lineage of each row from its members."""
    count = len(row_id)
    status, identity = np.empty(count, np.uint8), np.empty(count, np.uint8)
    code, sources = np.empty(count, np.uint32), np.empty(count, np.uint32)
    updated_ns, first_ns = np.empty(count, np.int64), np.empty(count, np.int64)
    pooled = np.empty((count, N_CLASSES))
    describe(
        row,
        count,
        np.concatenate([tracks.status for tracks in stack]),
        np.concatenate([tracks.code for tracks in stack]),
        np.concatenate([tracks.updated_ns for tracks in stack]),
        np.concatenate([tracks.first_ns for tracks in stack]),
        np.concatenate([tracks.sources for tracks in stack]),
        np.concatenate([tracks.identity for tracks in stack]),
        np.log(np.maximum(np.concatenate([tracks.class_prob for tracks in stack]).astype(np.float64), 1e-6)),
        int(Identity.FRIEND),
        int(TrackStatus.CONFIRMED),
        status,
        code,
        updated_ns,
        first_ns,
        sources,
        identity,
        pooled,
    )
    hostile = pooled[:, list(HOSTILE_CLASSES)].sum(axis=1)
    unnamed = identity == Identity.UNKNOWN
    identity[unnamed & (hostile >= SUSPECT_PROBABILITY)] = Identity.SUSPECT
    identity[unnamed & (hostile >= HOSTILE_PROBABILITY)] = Identity.HOSTILE
    return Tracks(
        now_ns=now_ns,
        track_id=row_id[used].astype(np.uint64),
        slot=best[used],
        mean_ecef=mean[used],
        cov_ecef=cov[used],
        status=status[used],
        class_prob=pooled[used].astype(np.float32),
        mode_prob=np.concatenate([tracks.mode_prob for tracks in stack])[best[used]],
        identity=identity[used],
        code=code[used],
        first_ns=first_ns[used],
        updated_ns=updated_ns[used],
        sources=sources[used],
    )


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
    held: U1 = np.any(near, axis=1).astype(np.uint8)
    return held
