"""One picture: correlation kept from epoch to epoch, fusion anew at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from skypact.fuse.align import Registration, corrected, learn, new_registration
from skypact.fuse.combine import RULES
from skypact.fuse.quality import selected, stacked
from skypact.fuse.tracklet import Reports, TrackletMemory, fused_tracklets
from skypact.fuse.trust import Trust, compare, ghosts, new_trust
from skypact.kernels.correlation import correlate
from skypact.kernels.fusion import combine, common_shares, describe, lie_on
from skypact.model.codes import HOSTILE_CLASSES, N_CLASSES, Combination, Identity, TrackStatus
from skypact.model.network import F8, I4, I8, U1, U8
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
    doubts: F8 = field(default_factory=lambda: np.zeros(0))
    """The probability of each that it belongs to another picture track near its own"""
    merged: dict[int, int] = field(default_factory=dict)
    """Picture tracks that the last epoch joined to another: their number -> the number they now have"""
    next_id: int = 1
    tracklets: TrackletMemory = field(default_factory=TrackletMemory)

    def doubt(self) -> F8:
        """The largest probability that a track of a picture track belongs to another, [picture tracks] by number."""
        numbers, place = np.unique(self.rows, return_inverse=True)
        largest = np.zeros(len(numbers))
        np.maximum.at(largest, place, self.doubts)
        return largest


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
    source: I4
    """[n] the nation of each"""
    mean_ecef: F8
    """[n, 6] as registered"""
    cov_ecef: F8
    """[n, 6, 6] with what registration leaves unknown"""
    row: I4
    """[n]"""
    row_id: I8
    """[rows] the picture's number of each row; rows without a track are left over"""
    used: I8
    """[picture tracks] the rows that have a track, in ascending order of the picture's number"""


def fuse(
    state: PictureState,
    contributions: Sequence[Contribution],
    now_ns: int,
    method: Combination = Combination.COVARIANCE_INTERSECTION,
) -> Tracks:
    """The picture at `now_ns`; the state remembers which tracks belong together.

    A track that arrives by several ways counts once. What two tracks of one object have in common is unknown, and
    `method` says how that is met (docs: sharing and fusion). Classes are pooled by the normalised product of powers,
    equal where no source is distrusted (logarithmic opinion pool).

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
    tracks, nation, keys, origin = _put_together(contributions)
    holder = contributions[0].nation
    mean, cov = tracks.mean_ecef, tracks.cov_ecef
    compare(state.trust, nation, mean, cov, tracks.code, holder, now_ns)
    learn(state.registration, nation, mean, _doubted(state, nation, cov), tracks.code, now_ns)
    mean, cov = _registered(state, nation, mean, cov)
    held, score = _held_rows(state, keys)
    known = held > 0
    ids, dense = np.unique(held[known], return_inverse=True)
    row = np.full(len(keys), -1, np.int32)
    row[known] = dense
    doubt = np.empty(len(keys))
    row_count = correlate(mean, cov, nation, tracks.code, row, len(ids), score, doubt)
    unfounded = ghosts(state.trust, nation, keys, tracks, row, holder)
    if unfounded.any():
        tracks = replace(tracks, status=np.where(unfounded, np.uint8(TrackStatus.TENTATIVE), tracks.status))
    used = np.flatnonzero(np.bincount(row, minlength=row_count))
    fresh = used[np.searchsorted(used, len(ids)) :]
    row_id = np.zeros(row_count, np.int64)
    row_id[: len(ids)] = ids
    row_id[fresh] = np.arange(state.next_id, state.next_id + len(fresh))
    state.next_id += len(fresh)
    state.merged = _joined(held[known], row[known], row_id, used, len(ids))
    order = np.argsort(keys)
    state.keys, state.rows, state.scores = keys[order], row_id[row[order]], score[order]
    state.doubts = doubt[order]
    used = used[np.argsort(row_id[used])]
    return Stack(tracks, origin.astype(np.int32), keys, nation, mean, cov, row, row_id, used)


def _doubted(state: PictureState, source: I4, cov: F8) -> F8:
    """Covariances as far as their sources are believed."""
    widened: F8 = cov * state.trust.factor[source][:, None, None]
    return widened


def _registered(state: PictureState, source: I4, mean: F8, cov: F8) -> tuple[F8, F8]:
    """Tracks as sources state them, widened and corrected by what is now known of the sources."""
    return corrected(state.registration, source, mean, _doubted(state, source, cov))


def combined(state: PictureState, stack: Stack, now_ns: int, method: Combination) -> Tracks:
    """The picture of tracks in rows: each row's combined by a method, which may remember in the state."""
    tracks, rows = stack.tracks, len(stack.row_id)
    if method == Combination.TRACKLETS:
        reports = Reports(
            *(stack.keys, stack.source, stack.mean_ecef, stack.cov_ecef, tracks.mean_ecef, tracks.cov_ecef),
            *(tracks.mode_prob, tracks.updated_ns, stack.row),
        )
        mean, cov, best = fused_tracklets(
            state.tracklets, reports, stack.row_id, now_ns, partial(_registered, state)
        )
    else:
        mean, cov, best = np.empty((rows, 6)), np.empty((rows, 6, 6)), np.empty(rows, np.int32)
        share = np.ones(len(tracks))
        if method == Combination.SPLIT_COVARIANCE_INTERSECTION:
            age_s = np.maximum(now_ns - tracks.updated_ns, 0) * 1e-9
            common_shares(stack.cov_ecef, tracks.mode_prob, age_s, share)
        rule, by_trace = RULES[method]
        combine(
            *(stack.mean_ecef, stack.cov_ecef, stack.row, rows, share),
            *(rule, by_trace, mean, cov, best),
        )
    return _describe(stack, 1.0 / state.trust.factor[stack.source], best, mean, cov, now_ns)


def _put_together(contributions: Sequence[Contribution]) -> tuple[Tracks, I4, U8, I8]:
    """The tracks of all, the first one's own first, then by nation and number; nations, keys, places in the parts.

    Where a track came by several ways, the latest is taken. Parts mostly come in this order and no track twice: then
    nothing is moved.
    """
    tracks = stacked([part.tracks for part in contributions])
    lengths = [len(part.tracks) for part in contributions]
    nation = np.repeat(np.array([part.nation for part in contributions], np.int32), lengths)
    keys = nation.astype(np.uint64) << np.uint64(NATION_SHIFT) | tracks.track_id
    place = keys | (nation != contributions[0].nation).astype(np.uint64) << np.uint64(63)
    origin = np.arange(len(keys))
    if np.all(place[1:] > place[:-1]):
        return tracks, nation, keys, origin
    order = np.lexsort((origin, -tracks.updated_ns, place))
    first = np.ones(len(keys), np.bool_)
    first[1:] = place[order[1:]] != place[order[:-1]]
    origin = order[first]
    return selected(tracks, origin), nation[origin], keys[origin], origin


def _held_rows(state: PictureState, keys: U8) -> tuple[I8, F8]:
    """The picture track that each contributed track belonged to, 0 for none, and its score there, NaN for none."""
    if not len(state.keys):
        return np.zeros(len(keys), np.int64), np.full(len(keys), np.nan)
    place = np.minimum(np.searchsorted(state.keys, keys), len(state.keys) - 1)
    known = state.keys[place] == keys
    return np.where(known, state.rows[place], 0), np.where(known, state.scores[place], np.nan)


def _joined(held: I8, row: I4, row_id: I8, used: I8, rows_before: int) -> dict[int, int]:
    """Picture tracks of which nothing is left because their tracks are now another's: number before -> number now."""
    moved = np.flatnonzero((row < rows_before) & (row_id[row] != held))
    left = {int(number) for number in row_id[used]} if len(moved) else set()
    return {int(held[k]): int(row_id[row[k]]) for k in moved if int(held[k]) not in left}


def _describe(stack: Stack, believed: F8, best: I4, mean: F8, cov: F8, now_ns: int) -> Tracks:
    """Status, class, code, times and lineage of each row from its members; of classes, as each is `believed`."""
    tracks, row_id, used = stack.tracks, stack.row_id, stack.used
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
        believed,
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


def held_locally(picture: Tracks, rows: I8, local: Tracks) -> U1:
    """1 for each of the given rows of a picture that one of the nation's own held tracks lies on, [rows].

    Two tracks are taken as one object when they are within 3 sigma of their summed position variance and never
    further apart than 5 km.
    """
    held = np.empty(len(rows), np.uint8)
    own = (local.status == TrackStatus.CONFIRMED) | (local.status == TrackStatus.COASTING)
    lie_on(picture.mean_ecef, picture.cov_ecef, rows, local.mean_ecef, local.cov_ecef, own, held)
    return held
