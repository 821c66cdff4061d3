"""One picture: correlation kept from epoch to epoch, fusion anew at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from skypact.fuse.align import Registration, corrected, learn, new_registration, registration_due
from skypact.fuse.combine import RULES
from skypact.fuse.quality import selected, stacked
from skypact.fuse.tracklet import Reports, TrackletMemory, fused_tracklets
from skypact.fuse.trust import Trust, compare, ghosts, new_trust
from skypact.kernels.correlation import correlate
from skypact.kernels.fusion import combine, common_shares, describe, lie_on
from skypact.kernels.picture import number, recall
from skypact.model.codes import HOSTILE_CLASSES, N_CLASSES, Combination, Identity, TrackStatus
from skypact.model.network import F8, I4, I8, U1, U8
from skypact.model.track import Tracks

NATION_SHIFT = 48
"""Bits of a track's key below its nation."""
OTHERS_SHIFT = 63
"""Bit of a track's key that is set where the track is not the holder's own."""
_IDENTITIES = int(Identity.FRIEND), int(Identity.SUSPECT), int(Identity.HOSTILE)
_HOSTILE = np.array(HOSTILE_CLASSES, np.int64)


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
    """Contributed tracks (`Stack.keys`), ascending"""
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
    """[n] nation and id in one number, the own nation's lowest; ascending"""
    source: I4
    """[n] the nation of each"""
    mean_ecef: F8
    """[n, 6] as registered"""
    cov_ecef: F8
    """[n, 6, 6] with what registration leaves unknown"""
    row: I4
    """[n]"""
    row_id: I8
    """[rows] the picture's number of each row, ascending"""


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
    if registration_due(state.registration, now_ns):
        widened = cov * state.trust.factor[nation][:, None, None]
        learn(state.registration, nation, mean, widened, tracks.code, now_ns)
    mean, cov = _registered(state, nation, mean, cov)
    held, score, row = np.empty(len(keys), np.int64), np.empty(len(keys)), np.empty(len(keys), np.int32)
    ids = recall(state.keys, state.rows, state.scores, keys, held, score, row)
    doubt = np.empty(len(keys))
    row_count = correlate(mean, cov, nation, tracks.code, row, len(ids), score, doubt)
    row_id = number(row, row_count, ids, state.next_id)
    unfounded = ghosts(state.trust, nation, keys, tracks, row, holder)
    if unfounded.any():
        tracks = replace(tracks, status=np.where(unfounded, np.uint8(TrackStatus.TENTATIVE), tracks.status))
    now_held = row_id[row]
    state.merged = _joined(held, now_held, row_id, state.next_id)
    state.keys, state.rows, state.scores, state.doubts = keys, now_held, score, doubt
    state.next_id = max(state.next_id, int(row_id.max(initial=0)) + 1)
    return Stack(tracks, origin, keys, nation, mean, cov, row, row_id)


def _registered(state: PictureState, source: I4, mean: F8, cov: F8) -> tuple[F8, F8]:
    """Tracks as sources state them, widened and corrected by what is now known of the sources."""
    return corrected(state.registration, source, mean, cov, state.trust.factor)


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


def _put_together(contributions: Sequence[Contribution]) -> tuple[Tracks, I4, U8, I4]:
    """The tracks of all in ascending order of their keys; nations, keys, places in the parts.

    Where a track came by several ways, the latest is taken. Parts mostly come in this order and no track twice: then
    nothing is moved.
    """
    tracks = stacked([part.tracks for part in contributions])
    lengths = [len(part.tracks) for part in contributions]
    nations = [part.nation for part in contributions]
    nation = np.repeat(np.array(nations, np.int32), lengths)
    above = [n << NATION_SHIFT | (n != nations[0]) << OTHERS_SHIFT for n in nations]
    keys = np.repeat(np.array(above, np.uint64), lengths) | tracks.track_id
    origin = np.arange(len(keys), dtype=np.int32)
    if (keys[1:] > keys[:-1]).all():
        return tracks, nation, keys, origin
    order = np.lexsort((origin, -tracks.updated_ns, keys))
    first = np.ones(len(keys), np.bool_)
    first[1:] = keys[order[1:]] != keys[order[:-1]]
    chosen = order[first]
    return selected(tracks, chosen), nation[chosen], keys[chosen], origin[chosen]


def _joined(held: I8, now_held: I8, row_id: I8, next_id: int) -> dict[int, int]:
    """Picture tracks of which nothing is left because their tracks are now another's: number before -> number now.

    Args:
        held: [n] number before of the picture track of each contributed track, 0 for none; now_held: [n] number now.
        row_id: [rows] numbers now.
        next_id: lowest number that is new.
    """
    moved = np.flatnonzero((held != now_held) & (held > 0) & (now_held < next_id))
    left = set(row_id.tolist()) if len(moved) else set()
    return {int(held[k]): int(now_held[k]) for k in moved if int(held[k]) not in left}


def _describe(stack: Stack, believed: F8, best: I4, mean: F8, cov: F8, now_ns: int) -> Tracks:
    """Status, class, code, times and lineage of each row from its members; of classes, as each is `believed`."""
    tracks, count = stack.tracks, len(stack.row_id)
    status, identity = np.empty(count, np.uint8), np.empty(count, np.uint8)
    code, sources = np.empty(count, np.uint32), np.empty(count, np.uint32)
    updated_ns, first_ns = np.empty(count, np.int64), np.empty(count, np.int64)
    class_prob = np.empty((count, N_CLASSES), np.float32)
    describe(
        stack.row,
        tracks.status,
        tracks.code,
        tracks.updated_ns,
        tracks.first_ns,
        tracks.sources,
        tracks.identity,
        np.log(np.maximum(tracks.class_prob.astype(np.float64), 1e-6)),
        believed,
        int(TrackStatus.CONFIRMED),
        _IDENTITIES,
        _HOSTILE,
        status,
        code,
        updated_ns,
        first_ns,
        sources,
        identity,
        class_prob,
    )
    return Tracks(
        now_ns=now_ns,
        track_id=stack.row_id.astype(np.uint64),
        slot=stack.origin[best],
        mean_ecef=mean,
        cov_ecef=cov,
        status=status,
        class_prob=class_prob,
        mode_prob=tracks.mode_prob[best],
        identity=identity,
        code=code,
        first_ns=first_ns,
        updated_ns=updated_ns,
        sources=sources,
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
