"""Which tracks of several sources are of one object, epoch after epoch.

Every track belongs to a row, a row holds at most one track of a source, and no two codes. So what is said of tracks a
and b and of b and c holds of a and c. The steps of an epoch: members that have left their row are detached; rows near
one another are found by a sweep along one axis; rows without a common source are joined, source after source, group by
group (kernels.matching); members of two rows are exchanged where that is plainly better, and what else each track
might have belonged to is weighed (kernels.ambiguity).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.ambiguity import SPEED_NOISE, distance2, exchange, spread, weigh
from skypact.kernels.jit import bare, kernel
from skypact.kernels.matching import inverse_terms, match

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
U4 = NDArray[np.uint32]
U8 = NDArray[np.uint64]

GATE_NEW = 20.5
"""Squared distance of position and velocity (6 degrees of freedom) under which two tracks may be joined:
the 99.77 % point."""
GATE_LASTING = 30.0
"""Squared distance, averaged over about five epochs, above which a member is detached."""
GATE_KEEP = 50.0
"""Squared distance above which a member is detached at once: well outside, so that members do not flicker."""
MEMORY = 0.8
"""Weight of the past in the average of a member's squared distance."""
WIDE_M2 = 4.0e6
"""Tracks with a larger variance along the axis are compared with all rows; the others with those in reach."""


@kernel
def correlate(mean: F8, cov: F8, source: I4, code: U4, row: I4, row_count: int, score: F8, doubt: F8) -> int:
    """Give every stacked track a row of the picture; tracks of one object share a row. The new row count is returned.

    Rows are not compacted: a row may have lost all its members. The order of the stack decides between equals, so give
    it in an order of its own (by source, the picture's own first, and number).

    Args:
        mean: [n, 6] registered; cov: [n, 6, 6] with what registration leaves open.
        source: [n] nation, below 64; code: [n].
        row: [n] the row held so far or -1; changed in place.
        row_count: rows in use; new rows are numbered from here.
        score: [n] mean squared distance from its row so far, NaN for new tracks; changed in place.
        doubt: [n] written: probability that the track belongs to another of the rows near it than to its own.
    """
    n = len(row)
    work, low, solved = np.empty((6, 6)), np.empty((6, 6)), np.empty(6)
    _keep(mean, cov, code, row, row_count, score, work, low, solved)
    for i in range(n):
        if row[i] < 0:
            row[i] = row_count
            score[i] = np.nan
            row_count += 1
    reference, row_code = np.empty(row_count, np.int32), np.zeros(row_count, np.uint32)
    held = np.zeros(row_count, np.uint64)
    _summary(cov, source, code, row, reference, row_code, held)
    near = _near_rows(mean, cov, reference)
    _join(mean, cov, source, row, reference, row_code, held, near, work, low)
    near = _each_once(near, row_count)
    exchange(mean, cov, source, code, row, row_count, near)
    weigh(mean, cov, source, code, row, row_count, near, doubt)
    return row_count


@kernel
def _keep(
    mean: F8, cov: F8, code: U4, row: I4, row_count: int, score: F8, work: F8, low: F8, solved: F8
) -> None:
    """Detach members that are too far from their row's most accurate member, or that contradict its code."""
    best = np.full(row_count, -1, np.int32)
    row_code = np.zeros(row_count, np.uint32)
    for i in range(len(row)):
        r = row[i]
        if r < 0:
            continue
        if best[r] < 0 or spread(cov, i) < spread(cov, best[r]):
            best[r] = i
        if row_code[r] == 0:
            row_code[r] = code[i]
    for i in range(len(row)):
        r = row[i]
        if r < 0:
            continue
        if code[i] != 0 and code[i] != row_code[r]:
            row[i] = -1
        elif i != best[r]:
            square = distance2(mean, cov, i, best[r], work, low, solved)
            score[i] = square if math.isnan(score[i]) else MEMORY * score[i] + (1.0 - MEMORY) * square
            if square > GATE_KEEP or score[i] > GATE_LASTING:
                row[i] = -1


@kernel
def _summary(cov: F8, source: I4, code: U4, row: I4, reference: I4, row_code: U4, held: U8) -> None:
    """Each row's most accurate member (-1: none), its code and its sources."""
    reference[:] = -1
    row_code[:] = 0
    held[:] = 0
    for i in range(len(row)):
        r = row[i]
        if reference[r] < 0 or spread(cov, i) < spread(cov, reference[r]):
            reference[r] = i
        row_code[r] = max(row_code[r], code[i])
        held[r] |= np.uint64(1) << np.uint64(source[i])


@kernel
def _near_rows(mean: F8, cov: F8, reference: I4) -> I4:
    """Pairs of rows [p, 2], lower first, whose references lie within GATE_KEEP along each axis."""
    rows = np.flatnonzero(reference >= 0).astype(np.int32)
    wide = np.empty(len(rows), np.bool_)
    place = np.empty(len(rows))
    for k in range(len(rows)):
        wide[k] = cov[reference[rows[k]], 0, 0] > WIDE_M2
        place[k] = mean[reference[rows[k]], 0]
    narrow, broad = rows[~wide], rows[wide]
    narrow = narrow[np.argsort(place[~wide], kind="mergesort")]
    pairs, count = np.empty((2 * len(rows) + 16, 2), np.int32), 0
    reach_m = math.sqrt(GATE_KEEP * 2.0 * WIDE_M2)
    for a in range(len(narrow)):
        i = reference[narrow[a]]
        for b in range(a + 1, len(narrow)):
            j = reference[narrow[b]]
            if mean[j, 0] - mean[i, 0] > reach_m:
                break
            if _within(mean, cov, i, j):
                pairs = _added(pairs, count, narrow[a], narrow[b])
                count += 1
    for a in range(len(broad)):
        for b in range(len(narrow)):
            if _within(mean, cov, reference[broad[a]], reference[narrow[b]]):
                pairs = _added(pairs, count, broad[a], narrow[b])
                count += 1
        for b in range(a):
            if _within(mean, cov, reference[broad[a]], reference[broad[b]]):
                pairs = _added(pairs, count, broad[a], broad[b])
                count += 1
    return pairs[:count]


@bare
def _within(mean: F8, cov: F8, i: int, j: int) -> bool:
    """Whether two tracks can be within GATE_KEEP: no axis of position alone is beyond it."""
    for a in range(3):
        gap = mean[i, a] - mean[j, a]
        if gap * gap > GATE_KEEP * (cov[i, a, a] + cov[j, a, a]):
            return False
    return True


@kernel
def _added(pairs: I4, count: int, r: int, s: int) -> I4:
    """The table with one pair more, grown where it was full."""
    if count == len(pairs):
        grown = np.empty((2 * count, 2), np.int32)
        grown[:count] = pairs
        pairs = grown
    pairs[count, 0], pairs[count, 1] = min(r, s), max(r, s)
    return pairs


@kernel
def _each_once(pairs: I4, row_count: int) -> I4:
    """The pairs of two different rows, ascending, each once."""
    key = np.empty(len(pairs), np.int64)
    for p in range(len(pairs)):
        key[p] = np.int64(pairs[p, 0]) * row_count + pairs[p, 1] if pairs[p, 0] != pairs[p, 1] else -1
    found = np.unique(key)
    out, count = np.empty((len(found), 2), np.int32), 0
    for k in range(len(found)):
        if found[k] >= 0:
            out[count, 0], out[count, 1] = found[k] // row_count, found[k] % row_count
            count += 1
    return out[:count]


@bare
def _find(target: I4, r: int) -> int:
    """The row that a row has become part of."""
    while target[r] != r:
        r = target[r]
    return r


@kernel
def _join(
    mean: F8,
    cov: F8,
    source: I4,
    row: I4,
    reference: I4,
    row_code: U4,
    held: U8,
    near: I4,
    work: F8,
    low: F8,
) -> None:
    """Join near rows without a common source; `row` and the pairs in `near` are changed to the rows that remain.

    The leading source of a row is the first in the stack that it holds. Rows led by the second source are matched with
    those led by the first, then rows led by the third with those and what has joined them, and so on: each pair of rows
    is met once. The row of the lower number remains.
    """
    rank = np.full(64, -1, np.int32)
    lead = np.full(len(reference), 64, np.int32)
    sources = 0
    for i in range(len(row)):
        if rank[source[i]] < 0:
            rank[source[i]] = sources
            sources += 1
        lead[row[i]] = min(lead[row[i]], rank[source[i]])
    square = np.empty(len(near))
    same, step = np.zeros(len(near), np.int32), np.full(len(near), -1, np.int32)
    solved = np.empty(6)
    for p in range(len(near)):
        r, s = near[p, 0], near[p, 1]
        if held[r] & held[s] or (row_code[r] != row_code[s] and row_code[r] != 0 and row_code[s] != 0):
            continue
        square[p] = distance2(mean, cov, reference[r], reference[s], work, low, solved)
        same[p] = row_code[r] != 0 and row_code[r] == row_code[s]
        if square[p] < (GATE_KEEP if same[p] else GATE_NEW):
            step[p] = max(lead[r], lead[s])
    target = np.arange(len(reference)).astype(np.int32)
    for k in range(1, sources):
        members = np.flatnonzero(step == k)
        if len(members):
            terms = np.empty((len(members), 12))
            _join_step(
                mean, cov, reference, members, lead, row_code, held, near, square, terms, same, target, k
            )
    for i in range(len(row)):
        row[i] = _find(target, row[i])
    for p in range(len(near)):
        r, s = _find(target, near[p, 0]), _find(target, near[p, 1])
        near[p, 0], near[p, 1] = min(r, s), max(r, s)


@kernel
def _join_step(
    mean: F8,
    cov: F8,
    reference: I4,
    members: I8,
    lead: I4,
    row_code: U4,
    held: U8,
    near: I4,
    square: F8,
    terms: F8,
    same: I4,
    target: I4,
    step: int,
) -> None:
    """Match the rows led by one source with those led by earlier ones, each group of rows in reach by itself."""
    count = len(members)
    base, new = np.empty(count, np.int32), np.empty(count, np.int32)
    old = np.empty(count, np.int32)
    group = np.arange(len(target)).astype(np.int32)
    label = np.full(count, -1, np.int32)
    for q in range(count):
        r, s = near[members[q], 0], near[members[q], 1]
        if lead[r] == step:
            r, s = s, r
        old[q], base[q], new[q] = r, _find(target, r), s
        a, b = row_code[base[q]], row_code[s]
        if not held[base[q]] & held[s] and (a == b or a == 0 or b == 0):
            label[q] = 0
            first, second = _find(group, base[q]), _find(group, s)
            group[max(first, second)] = min(first, second)
    for q in range(count):
        if label[q] == 0:
            label[q] = _find(group, base[q])
    order = np.argsort(label, kind="mergesort")
    begin = 0
    while begin < count:
        end = begin + 1
        while end < count and label[order[end]] == label[order[begin]]:
            end += 1
        if label[order[begin]] >= 0 and end - begin == 1:
            _merge(base[order[begin]], new[order[begin]], target, lead, held, row_code)
        elif label[order[begin]] >= 0:
            part = order[begin:end]
            for q in part:
                _terms(mean, cov, reference[old[q]], reference[new[q]], terms[q])
            bases, news = np.unique(base[part]), np.unique(new[part])
            i = np.searchsorted(bases, base[part]).astype(np.int32)
            j = np.searchsorted(news, new[part]).astype(np.int32)
            rows = members[part]
            partner = np.empty(len(news), np.int32)
            match(i, j, square[rows], terms[part], same[rows], GATE_NEW, partner)
            for k in range(len(news)):
                if partner[k] >= 0:
                    _merge(bases[partner[k]], news[k], target, lead, held, row_code)
        begin = end


@bare
def _merge(a: int, b: int, target: I4, lead: I4, held: U8, row_code: U4) -> None:
    """Make two rows one: the one of the lower number."""
    keep, drop = min(a, b), max(a, b)
    target[drop] = keep
    lead[keep] = min(lead[a], lead[b])
    held[keep] |= held[drop]
    row_code[keep] = max(row_code[a], row_code[b])


@kernel
def _terms(mean: F8, cov: F8, i: int, j: int, terms: F8) -> None:
    """What a shift changes in the comparison of tracks i and j (see `match`), the shift being j's from i."""
    total, difference, work, low = np.empty((6, 6)), np.empty(6), np.empty((6, 6)), np.empty((6, 6))
    for a in range(6):
        difference[a] = mean[j, a] - mean[i, a]
        for b in range(6):
            total[a, b] = cov[i, a, b] + cov[j, a, b]
        if a > 2:
            total[a, a] += SPEED_NOISE
    inverse_terms(total, difference, work, low, terms)
