"""One picture: correlation kept from epoch to epoch, fusion anew at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from skypact.fuse.align import Registration, corrected, learn, new_registration
from skypact.fuse.combine import RULES
from skypact.fuse.quality import selected, stacked
from skypact.fuse.tracklet import Reports, TrackletMemory, fused_tracklets
from skypact.fuse.trust import Trust, compare, ghosts, new_trust
from skypact.kernels.correlation import correlate
from skypact.kernels.fusion import combine, common_shares, describe
from skypact.model.codes import HOSTILE_CLASSES, N_CLASSES, Combination, Identity, TrackStatus
from skypact.model.network import B1, F8, I4, I8, U1, U8
from skypact.model.track import Tracks

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
    """What a picture remembers: rows of contributed tracks, registration of their sources, trust in them."""

    registration: Registration
    trust: Trust
    keys: U8 = field(default_factory=lambda: np.zeros(0, np.uint64))
    """Contributed tracks (nation and id in one number), ascending"""
    rows: I8 = field(default_factory=lambda: np.zeros(0, np.int64))
    """The picture track that each belongs to"""
    scores: F8 = field(default_factory=lambda: np.zeros(0))
    """How far each has lain from the others of its picture track: mean squared distance"""
    doubt: F8 = field(default_factory=lambda: np.zeros(0))
    """[picture tracks] of the last picture: the largest probability that one of its tracks belongs to another"""
    merged: dict[int, int] = field(default_factory=dict)
    """Picture tracks that the last epoch joined to another: their number -> the number they now have"""
    next_id: int = 1
    tracklets: TrackletMemory = field(default_factory=TrackletMemory)


def new_picture(nations: int) -> PictureState:
    """An empty picture of a world of `nations` nations."""
    return PictureState(new_registration(nations), new_trust(nations))


@dataclass(frozen=True)
class Stack:
    """All tracks of an instant that a picture is made of, registered, each in a row of the picture."""

    tracks: Tracks
    """Of all contributions, each track once"""
    origin: I4
    """The place of each in the contributions put together"""
    keys: U8
    mean_ecef: F8
    """[n, 6] as registered"""
    cov_ecef: F8
    """[n, 6, 6] with what registration leaves unknown"""
    row: I4
    """[n]"""
    row_id: I8
    """[rows] the picture's number of each row; rows without a track are left over"""


def fuse(
    state: PictureState,
    contributions: Sequence[Contribution],
    now_ns: int,
    method: Combination = Combination.COVARIANCE_INTERSECTION,
) -> Tracks:
    """The picture at `now_ns`; the state remembers which tracks belong together.

    A track that arrives by several ways counts once. What two tracks of one object have in common is unknown, and
    `method` says how that is met (docs: sharing and fusion). Classes are pooled by the normalised product of equal
    powers (logarithmic opinion pool).

    Args:
        state: changed in place.
        contributions: the nation's own first; all predicted to `now_ns`.
        now_ns: instant of the picture.
        method: how the tracks of one object are combined.

    Returns:
        Picture tracks in ascending order of id; `slot` is the row of the most accurate contributed track in
        the stack of contributions.
    """
    return combined(state, correlated(state, contributions, now_ns), now_ns, method)


def correlated(state: PictureState, contributions: Sequence[Contribution], now_ns: int) -> Stack:
    """The contributed tracks, registered, each with its row of the picture; the state remembers the rows."""
    nation = np.repeat(
        [part.nation for part in contributions], [len(part.tracks) for part in contributions]
    ).astype(np.int32)
    tracks = stacked([part.tracks for part in contributions])
    keys = nation.astype(np.uint64) << np.uint64(NATION_SHIFT) | tracks.track_id
    holder = contributions[0].nation
    origin = _each_once(keys, tracks.updated_ns)
    origin = origin[np.lexsort((keys[origin], nation[origin] != holder))]
    tracks, nation, keys = selected(tracks, origin), nation[origin], keys[origin]
    mean, cov = tracks.mean_ecef, tracks.cov_ecef
    compare(state.trust, nation, mean, cov, tracks.code, holder, now_ns)
    cov = cov * state.trust.factor[nation][:, None, None]
    learn(state.registration, nation, mean, cov, tracks.code, now_ns)
    mean, cov = corrected(state.registration, nation, mean, cov)
    held, score = _held_rows(state, keys)
    ids, dense = np.unique(held[held > 0], return_inverse=True)
    row = np.full(len(keys), -1, np.int32)
    row[held > 0] = dense
    doubt = np.empty(len(keys))
    row_count = correlate(mean, cov, nation, tracks.code, row, len(ids), score, doubt)
    unfounded = ghosts(state.trust, nation, keys, tracks, row, holder)
    tracks = replace(tracks, status=np.where(unfounded, np.uint8(TrackStatus.TENTATIVE), tracks.status))
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
    state.keys, state.rows, state.scores = keys[order], row_id[row][order], score[order]
    state.doubt = _row_doubt(row, row_id, doubt)
    return Stack(tracks, origin.astype(np.int32), keys, mean, cov, row, row_id)


def combined(state: PictureState, stack: Stack, now_ns: int, method: Combination) -> Tracks:
    """The picture of tracks in rows: each row's combined by a method, which may remember in the state."""
    tracks, rows = stack.tracks, len(stack.row_id)
    if method == Combination.TRACKLETS:
        mode, updated_ns = tracks.mode_prob, tracks.updated_ns
        reports = Reports(stack.keys, stack.mean_ecef, stack.cov_ecef, mode, updated_ns, stack.row)
        mean, cov, best = fused_tracklets(state.tracklets, reports, stack.row_id, now_ns)
    else:
        mean, cov, best = np.empty((rows, 6)), np.empty((rows, 6, 6)), np.empty(rows, np.int32)
        share = np.ones(len(tracks))
        if method == Combination.SPLIT_COVARIANCE_INTERSECTION:
            common_shares(stack.cov_ecef, tracks.mode_prob, share)
        rule, by_trace = RULES[method]
        combine(
            *(stack.mean_ecef, stack.cov_ecef, stack.row, rows, share),
            *(rule, by_trace, mean, cov, best),
        )
    return _describe(stack, best, mean, cov, now_ns)


def _each_once(keys: U8, updated_ns: I8) -> I8:
    """The rows to keep where a track came by several ways: the latest of each, in the order given."""
    order = np.lexsort((np.arange(len(keys)), -updated_ns, keys))
    first = np.ones(len(keys), np.bool_)
    first[1:] = keys[order[1:]] != keys[order[:-1]]
    return np.sort(order[first])


def _held_rows(state: PictureState, keys: U8) -> tuple[I8, F8]:
    """The picture track that each contributed track belonged to, 0 for none, and its score there, NaN for none."""
    if not len(state.keys):
        return np.zeros(len(keys), np.int64), np.full(len(keys), np.nan)
    place = np.minimum(np.searchsorted(state.keys, keys), len(state.keys) - 1)
    known = state.keys[place] == keys
    return np.where(known, state.rows[place], 0), np.where(known, state.scores[place], np.nan)


def _row_doubt(row: I4, row_id: I8, doubt: F8) -> F8:
    """The largest doubt of the tracks of each row in use, by the row's number."""
    largest = np.zeros(len(row_id))
    np.maximum.at(largest, row, doubt)
    used = np.unique(row)
    result: F8 = largest[used[np.argsort(row_id[used], kind="stable")]]
    return result


def _describe(stack: Stack, best: I4, mean: F8, cov: F8, now_ns: int) -> Tracks:
    """Status, class, code, times and lineage of each row from its members."""
    tracks, row_id = stack.tracks, stack.row_id
    used = np.unique(stack.row)
    used = used[np.argsort(row_id[used], kind="stable")]
    count = len(row_id)
    status, identity = np.empty(count, np.uint8), np.empty(count, np.uint8)
    code, sources = np.empty(count, np.uint32), np.empty(count, np.uint32)
    updated_ns, first_ns = np.empty(count, np.int64), np.empty(count, np.int64)
    pooled = np.empty((count, N_CLASSES))
    describe(
        stack.row,
        count,
        tracks.status,
        tracks.code,
        tracks.updated_ns,
        tracks.first_ns,
        tracks.sources,
        tracks.identity,
        np.log(np.maximum(tracks.class_prob.astype(np.float64), 1e-6)),
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
        slot=stack.origin[best[used]],
        mean_ecef=mean[used],
        cov_ecef=cov[used],
        status=status[used],
        class_prob=pooled[used].astype(np.float32),
        mode_prob=tracks.mode_prob[best[used]],
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
