"""Trust: sources weighed by how well what they say of themselves holds against what others say of the same objects."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from skypact.kernels.field import common_rows
from skypact.kernels.trust import add_compared, covered, pairs_of_code
from skypact.model.codes import TrackStatus
from skypact.model.network import B1, F8, I4, I8, U4, U8
from skypact.model.track import Tracks

PERIOD_NS = 30_000_000_000
"""Time between two comparisons."""
INDEPENDENT_S = 600.0
"""One aircraft held by two sources counts as one comparison in this time: biases change no faster with the geometry."""
MEMORY_S = 3_600.0
"""Time in which comparisons are forgotten."""
ALARM_Z = 4.0
"""Normal deviate of the chi-square bound: odds of 1 to 30,000, since it is looked at again and again."""
LEAST_COMPARISONS = 5.0
"""Comparisons with one partner before anything is said."""
WITNESS_POWER = 0.25
FACTOR_MAX = 400.0
REACH_M = 20_000.0
"""Tracks with one code further apart than this are of one object only where two sources are so throughout."""
LEAST_APART = 3
"""Common aircraft of which the middle distance must be beyond reach for that: one false code does not make it."""

LONE_NS = 60_000_000_000
"""A track of a source alone counts from this age on: others have had time to find it."""
COVER_M, COVER_HEIGHT_M = 50_000.0, 1_000.0
"""Another source covers a place where it holds a track of the same class this near and no more than this higher."""
COVERED_BY = 2
"""Sources that must cover a place before a lone track in it counts."""
MISSED = 0.3
"""Chance that all of them miss a real object there (assumption, high)."""
GHOST_CHANCE = 1e-3
"""Chance below which so many lone tracks are not taken for bad luck."""


@dataclass
class Trust:
    """What comparisons have shown of N sources; what concerns two of them is [N, N], first the one judged."""

    square: F8
    """Sum of squared distances of position, weighted"""
    count: F8
    """Comparisons, weighted"""
    excess: F8
    """Sum of d' S^-1 P S^-1 d - tr(S^-1 P), P the covariance of the one judged: its mean is (f - 1) times `power`"""
    power: F8
    """Sum of tr((S^-1 P)^2)"""
    lone: I8
    """[N] tracks that no other source confirmed though others cover their places"""
    seen: I8
    """[N] tracks in such places that another source confirmed"""
    factor: F8
    """[N] verdict on what sources say of their accuracy (`factors`), as of the last comparison"""
    inventing: B1
    """[N] verdict on lone tracks (`ghosts`), as of the last look"""
    judged: dict[int, bool] = field(default_factory=dict)
    """Tracks in such places (nation and id in one number) and whether another source has confirmed them"""
    compared_ns: int = -(2**62)
    """Instant of the last comparison"""
    watched_ns: int = -(2**62)
    """Instant of the last look at lone tracks"""


def new_trust(nations: int) -> Trust:
    """No source has been compared with any other."""
    square = np.zeros((4, nations, nations))
    counts = np.zeros((2, nations), np.int64)
    nothing = np.zeros(nations, np.bool_)
    return Trust(square[0], square[1], square[2], square[3], counts[0], counts[1], np.ones(nations), nothing)


def compare(trust: Trust, source: I4, mean: F8, cov: F8, code: U4, holder: int, now_ns: int) -> None:
    """Compare what sources say of the same aircraft, by transponder code, as they say it themselves.

    Neither registration nor an earlier verdict enters: stated covariances hold stated biases, and are what is tested.
    Correlated tracks without a code would not do: the gate has left out what does not fit. A distance beyond reach is
    a false code, and left out, unless all that two sources hold lies so far apart: then it counts as one of `REACH_M`.
    Does nothing before `PERIOD_NS` has passed.

    Args:
        trust: changed in place.
        source: [n]; mean: [n, 6] ECEF; cov: [n, 6, 6]; code: [n].
        holder: the picture's own source.
        now_ns: instant of all tracks.
    """
    since_s = (now_ns - trust.compared_ns) * 1e-9
    if since_s < PERIOD_NS * 1e-9:
        return
    first, trust.compared_ns = trust.compared_ns < -(2**61), now_ns
    rows = common_rows(source, code)
    if len(rows) == 0:
        return
    kept = math.exp(-since_s / MEMORY_S)
    trust.square *= kept
    trust.count *= kept
    trust.excess *= kept
    trust.power *= kept
    a, b = pairs_of_code(rows, code)
    gap = mean[a, :3] - mean[b, :3]
    far_m = np.sqrt(np.einsum("ij,ij->i", gap, gap))
    counts = far_m <= REACH_M
    if not counts.all():
        counts |= _far_throughout(source[a], source[b], far_m, len(trust.factor))
    a, b, far_m = a[counts], b[counts], far_m[counts]
    gap = gap[counts] * np.minimum(1.0, REACH_M / np.maximum(far_m, 1.0))[:, None]
    own = cov[a, :3, :3]
    inverse = np.linalg.inv(own + cov[b, :3, :3])
    solved = np.einsum("nij,nj->ni", inverse, gap)
    ratio = inverse @ own
    weight = (PERIOD_NS * 1e-9 if first else min(since_s, INDEPENDENT_S)) / INDEPENDENT_S
    squares = np.einsum("ni,ni->n", gap, solved)
    excess = np.einsum("ni,nij,nj->n", solved, own, solved) - np.trace(ratio, axis1=1, axis2=2)
    powers = np.einsum("nij,nji->n", ratio, ratio)
    sums = trust.square, trust.count, trust.excess, trust.power
    add_compared(sums, source[a], source[b], weight, (squares, excess, powers))
    trust.factor = factors(trust, holder)


def _far_throughout(first: I4, second: I4, far_m: F8, sources: int) -> B1:
    """Of comparisons of two sources [n] and their distance: whether the median of the two's is beyond reach."""
    pair = first.astype(np.int64) * sources + second
    order = np.lexsort((far_m, pair))
    _, begin, place, count = np.unique(
        pair[order], return_index=True, return_inverse=True, return_counts=True
    )
    middle_m = 0.5 * (far_m[order][begin + (count - 1) // 2] + far_m[order][begin + count // 2])
    far = np.empty(len(pair), np.bool_)
    far[order] = ((middle_m > REACH_M) & (count >= LEAST_APART))[place]
    return far


def factors(trust: Trust, holder: int) -> F8:
    """By what each source's covariance is to be multiplied, [N], 1 where nothing speaks against it.

    Against one partner a source is inconsistent where the sum of squared distances is above the chi-square bound of
    three degrees of freedom a comparison (Bar-Shalom, Li and Kirubarajan, Estimation with Applications, 2001, sec.
    5.4.2; the quantile by Wilson and Hilferty 1931). The factor is then the one at which the mean of d' S^-1 P S^-1 d
    is what was seen, an unbiased estimate.

    Of several partners the one that speaks best for the source counts: an honest source stays so as long as one other
    is. A partner has no say where it can see little (its `power` is below a quarter of the best one's), nor where it is
    found inconsistent itself without this source: a liar does not drag others down.

    Args:
        trust: not changed.
        holder: the picture's own source, which is the measure where there are only two: its factor is 1.
    """
    freedom = 3.0 * np.maximum(trust.count, 1e-9)
    part = 2.0 / (9.0 * freedom)
    bound = freedom * (1.0 - part + ALARM_Z * np.sqrt(part)) ** 3
    inconsistent = trust.square > bound
    if not inconsistent.any():
        return np.ones(len(inconsistent))
    estimate = 1.0 + trust.excess / np.maximum(trust.power, 1e-12)
    wanted = np.where(inconsistent, np.clip(estimate, 1.0, FACTOR_MAX), 1.0)
    wanted = np.where(trust.count >= LEAST_COMPARISONS, wanted, np.inf)
    wanted[trust.power < WITNESS_POWER * trust.power.max(axis=1, keepdims=True)] = np.inf
    # [o, s] the verdict on o by its partners without s
    others = ~np.eye(len(wanted), dtype=bool)
    without = np.where(others[None, :, :], wanted[:, None, :], np.inf).min(axis=2)
    unfit = np.isfinite(without) & (without > 1.0)
    unfit[holder] = False
    wanted[unfit.T] = np.inf
    best = wanted.min(axis=1, initial=np.inf)
    best = np.where(np.isfinite(best), best, 1.0)
    best[holder] = 1.0
    return best


def ghosts(trust: Trust, source: I4, keys: U8, tracks: Tracks, row: I4, holder: int) -> B1:
    """Tracks not to be taken as confirmed: alone where others cover, of a source that has too many such, [n].

    A place is covered for a track without a code where `COVERED_BY` other sources each hold a track of the same most
    probable class within 50 km and no more than 1 km higher. Elsewhere nothing counts: to see what others do not is
    what a source is for. Each track counts once; a source is taken to invent where the chance of so many unconfirmed
    ones, each missed by all with probability `MISSED`, is below `GHOST_CHANCE` (binomial).

    Args:
        trust: changed in place.
        source: [n]; keys: [n] nation and id in one number; tracks: n; row: [n] of the picture.
        holder: the picture's own source, never judged.
    """
    found = np.zeros(len(row), np.bool_)
    due = tracks.now_ns - trust.watched_ns >= PERIOD_NS
    if not due and not trust.inventing.any():
        return found
    alone = np.bincount(row, minlength=int(row.max(initial=-1)) + 1)[row] == 1
    old = tracks.now_ns - tracks.first_ns >= LONE_NS
    rows = np.flatnonzero((tracks.code == 0) & old & (source != holder))
    held = tracks.status >= TrackStatus.CONFIRMED
    where = source, tracks.mean_ecef, tracks.class_prob, held
    rows = rows[covered(rows, *where, COVER_M, COVER_HEIGHT_M, COVERED_BY)]
    if due:
        trust.watched_ns = tracks.now_ns
        _count(trust, source[rows], keys[rows], alone[rows])
        present = set(keys.tolist())
        trust.judged = {key: said for key, said in trust.judged.items() if key in present}
    found[rows] = trust.inventing[source[rows]] & alone[rows]
    return found


def _count(trust: Trust, source: I4, keys: U8, alone: B1) -> None:
    """Count tracks in covered places that are new, or confirmed since they were counted."""
    for n, key, lone in zip(source.tolist(), keys.tolist(), alone.tolist(), strict=True):
        before = trust.judged.get(key)
        if before is None or (before is False and not lone):
            trust.judged[key] = not lone
            trust.seen[n] += not lone
            trust.lone[n] += int(lone) - int(before is not None)
    pairs = zip(trust.lone.tolist(), trust.seen.tolist(), strict=True)
    trust.inventing = np.array([_beyond(lone, seen) for lone, seen in pairs])


def _beyond(lone: int, seen: int) -> bool:
    """Whether so many of so many lone tracks are not bad luck: the binomial's upper tail."""
    total = lone + seen
    tail = sum(
        math.comb(total, k) * MISSED**k * (1.0 - MISSED) ** (total - k) for k in range(lone, total + 1)
    )
    return tail < GHOST_CHANCE
