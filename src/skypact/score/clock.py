"""How far apart the clocks of two recordings are, to a few seconds: which offset lets most plots find a track."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from skypact.model.network import B1, F8, I4, I8
from skypact.score.path import SystemPath, place_at, range_bearing, wrapped

REACH_S = 43_200.0
"""Clocks are looked for this far apart either way."""
ASSUMED_HEIGHT_M = 9000.0
"""Height of an aircraft for which neither side has one."""
LEVEL_GATE_M = 600.0
"""Flight levels further apart contradict that two reports are of one aircraft."""
_SAMPLE, _MOST_JOINED = 1000, 2_000_000
_BIN_S, _BLUR_S = 4.0, 24.0
_PEAKS, _APART_S = 4, 120.0
_CODED = (8000.0, np.radians(25.0))
_UNCODED = (3000.0, np.radians(3.0))
"""Range (m) and bearing (rad) within which biases are looked for: wide where codes tell aircraft apart."""
_FAST_MPS = 350.0
_FINE = (250.0, np.radians(0.25))
_NS = 1e9


class PairedBy(IntEnum):
    """What told that a plot and a track are of one aircraft."""

    ADDRESS = 0
    MODE_3A = 1
    POSITION = 2

    @property
    def text(self) -> str:
        """In plain words."""
        return ("Mode S address", "Mode 3/A code", "position alone")[self]


@dataclass(frozen=True)
class Looks:
    """n plots as the comparison uses them, in order of the recording."""

    row: I8
    """in Plots"""
    t_ns: I8
    range_m: F8
    bearing_rad: F8
    height_m: F8
    """NaN where absent"""
    mode_3a: I4
    address: I4

    def __len__(self) -> int:
        return len(self.row)

    def take(self, at: I8 | B1) -> Looks:
        """Some of them."""
        return Looks(
            self.row[at],
            self.t_ns[at],
            self.range_m[at],
            self.bearing_rad[at],
            self.height_m[at],
            self.mode_3a[at],
            self.address[at],
        )


@dataclass(frozen=True)
class Candidates:
    """k pairs of a plot and a stretch that may be of one aircraft."""

    look: I8
    """row in Looks"""
    stretch: I8
    by: I8
    """PairedBy"""

    def take(self, at: I8 | B1) -> Candidates:
        """Some of them."""
        return Candidates(self.look[at], self.stretch[at], self.by[at])


@dataclass(frozen=True)
class Apart:
    """How candidates differ at one clock offset, [k]."""

    range_m: F8
    """plot minus track; NaN where the track is not held then or the flight levels contradict"""
    bearing_rad: F8
    range_rate: F8
    bearing_rate: F8
    assumed: B1
    """neither side has a height"""
    nearest: I8
    """update of SystemPath"""

    def take(self, at: I8) -> Apart:
        """Some of them."""
        return Apart(
            self.range_m[at],
            self.bearing_rad[at],
            self.range_rate[at],
            self.bearing_rate[at],
            self.assumed[at],
            self.nearest[at],
        )


@dataclass(frozen=True)
class Start:
    """A coarse answer: biases ours minus theirs, and how well it stands out."""

    time_s: float
    range_m: float
    bearing_rad: float
    agreeing: int
    """plots of the sample that found a track with these biases"""
    rival: int
    """the same for the best offset elsewhere"""
    sample: int
    """plots of the sample within the other recording's time"""


def equal_pairs(ours: I8, theirs: I8) -> tuple[I8, I8]:
    """All rows (i, j) with `ours[i] == theirs[j]`."""
    order = np.argsort(theirs, kind="stable")
    ranked = theirs[order]
    low, high = np.searchsorted(ranked, ours, "left"), np.searchsorted(ranked, ours, "right")
    return spread(low, high, order)


def spread(low: I8, high: I8, order: I8) -> tuple[I8, I8]:
    """All rows (i, order[j]) with low[i] <= j < high[i]."""
    count = np.maximum(high - low, 0)
    i = np.repeat(np.arange(len(low)), count)
    j = np.arange(len(i)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)
    return i, order[j]


def candidates(looks: Looks, path: SystemPath, by_code: bool, time_s: float, slack_s: float) -> Candidates:
    """Pairs of plots and stretches of one identity, or of any if not `by_code`, alive at the same instant.

    Args:
        looks: the plots.
        path: the tracks.
        by_code: by address where both have one, else by Mode 3/A.
        time_s: clock offset, ours minus theirs.
        slack_s: how much longer than it lived a stretch counts as alive.
    """
    if by_code:
        keys = np.stack([path.stretch, path.mode_3a.astype(np.int64), path.address.astype(np.int64)], axis=1)
        kind = np.unique(keys, axis=0)
        found = []
        for by, ours, theirs in (
            (PairedBy.ADDRESS, looks.address, kind[:, 2]),
            (PairedBy.MODE_3A, looks.mode_3a, kind[:, 1]),
        ):
            known = np.flatnonzero(ours >= 0)
            i, j = equal_pairs(ours[known].astype(np.int64), theirs)
            i = known[i]
            if by == PairedBy.MODE_3A:
                better = (looks.address[i] >= 0) & (kind[j, 2] >= 0)
                i, j = i[~better], j[~better]
            found.append(np.stack([i, kind[j, 0], np.full(len(i), int(by))], axis=1))
        rows = np.unique(np.concatenate(found), axis=0)
    else:
        i, j = np.divmod(np.arange(len(looks) * (len(path.begin) - 1)), max(len(path.begin) - 1, 1))
        rows = np.stack([i, j, np.full(len(i), int(PairedBy.POSITION))], axis=1)
    at_s = looks.t_ns[rows[:, 0]] / _NS - time_s
    first_s = path.t_ns[path.begin[rows[:, 1]]] / _NS
    last_s = path.t_ns[path.begin[rows[:, 1] + 1] - 1] / _NS
    rows = rows[(at_s >= first_s - slack_s) & (at_s <= last_s + slack_s)]
    return Candidates(rows[:, 0], rows[:, 1], rows[:, 2])


def apart(looks: Looks, path: SystemPath, pairs: Candidates, time_s: float) -> Apart:
    """How the pairs differ in range and bearing if our clock is `time_s` ahead of theirs."""
    i = pairs.look
    place = place_at(path, pairs.stretch, looks.t_ns[i] - round(time_s * _NS))
    own = looks.height_m[i]
    height = np.where(np.isnan(place.height_m), own, place.height_m)
    assumed = np.isnan(height)
    range_m, bearing, range_rate, bearing_rate = range_bearing(
        place, np.where(assumed, ASSUMED_HEIGHT_M, height)
    )
    out = ~place.held | (np.abs(own - place.height_m) > LEVEL_GATE_M)
    return Apart(
        range_m=np.where(out, np.nan, looks.range_m[i] - range_m),
        bearing_rad=np.where(out, np.nan, wrapped(looks.bearing_rad[i] - bearing)),
        range_rate=range_rate,
        bearing_rate=bearing_rate,
        assumed=assumed,
        nearest=place.nearest,
    )


def thinned(looks: Looks, most: int) -> Looks:
    """At most so many of them, evenly taken."""
    return looks.take(np.arange(0, len(looks), max(1, -(-len(looks) // most))))


def coarse_start(looks: Looks, path: SystemPath, by_code: bool) -> Start:
    """The clock offset, with biases, at which most plots of a sample find a track.

    First every plot votes for the offsets at which one of their updates lay where the plot lies; then the highest
    peaks, and no offset at all, are tried in steps of seconds: the offset wins at which most residuals in range and
    bearing fall together, wherever that is.
    """
    sample = thinned(looks, _SAMPLE if by_code else _SAMPLE // 2)
    peaks = [0.0, *_vote_peaks(sample, path, by_code)]
    tried = [_best_near(sample, path, by_code, peak) for peak in peaks]
    best = max(tried, key=lambda start: start.agreeing)
    far = [start.agreeing for start in tried if abs(start.time_s - best.time_s) > _APART_S]
    return Start(best.time_s, best.range_m, best.bearing_rad, best.agreeing, max(far, default=0), best.sample)


def _vote_peaks(looks: Looks, path: SystemPath, by_code: bool) -> list[float]:
    """Offsets (s) for which most plots vote, best first."""
    gate_range, gate_bearing = _CODED if by_code else _UNCODED
    rows = np.arange(0, len(path), max(1, -(-len(path) // 50_000)))
    at = place_at(path, path.stretch[rows], path.t_ns[rows])
    height = np.where(np.isnan(at.height_m), ASSUMED_HEIGHT_M, at.height_m)
    range_m, bearing, _, _ = range_bearing(at, height)
    if by_code:
        code = [equal_pairs(looks.mode_3a.astype(np.int64), _known(path.mode_3a[rows]))]
        code.append(equal_pairs(looks.address.astype(np.int64), _known(path.address[rows])))
        i, j = (np.concatenate([pair[k] for pair in code]) for k in (0, 1))
    else:
        order = np.argsort(range_m)
        low = np.searchsorted(range_m[order], looks.range_m - gate_range)
        high = np.searchsorted(range_m[order], looks.range_m + gate_range)
        i, j = spread(low, high, order)
    stride = max(1, len(i) // _MOST_JOINED)
    i, j = i[::stride], j[::stride]
    near = (np.abs(looks.range_m[i] - range_m[j]) < gate_range) & (
        np.abs(wrapped(looks.bearing_rad[i] - bearing[j])) < gate_bearing
    )
    near &= ~(np.abs(looks.height_m[i] - at.height_m[j]) > LEVEL_GATE_M)
    i, j = i[near], j[near]
    offset_s = (looks.t_ns[i] - path.t_ns[rows[j]]) / _NS
    inside = np.abs(offset_s) <= REACH_S + _APART_S
    i, offset_s = i[inside], offset_s[inside]
    if not len(i):
        return []
    weight = 1.0 / np.sqrt(np.bincount(i, minlength=len(looks)))[i]
    edges = np.arange(-REACH_S - _APART_S, REACH_S + _APART_S + _BIN_S, _BIN_S)
    votes = np.histogram(offset_s, edges, weights=weight)[0]
    votes = np.convolve(votes, np.ones(int(_BLUR_S / _BIN_S)), mode="same")
    peaks = []
    for _ in range(_PEAKS):
        top = int(np.argmax(votes))
        if votes[top] <= 0.0:
            break
        peaks.append(float(0.5 * (edges[top] + edges[top + 1])))
        votes[np.abs(edges[:-1] - edges[top]) <= _APART_S] = 0.0
    return peaks


def _known(code: I4) -> I8:
    """Codes of theirs with the absent ones made unlike any absent one of ours."""
    return np.where(code < 0, -2, code).astype(np.int64)


def _best_near(looks: Looks, path: SystemPath, by_code: bool, time_s: float) -> Start:
    """The best offset within the better part of a minute of one."""
    wide_s = 48.0
    gate = _CODED if by_code else _UNCODED
    pairs = candidates(looks, path, by_code, time_s, wide_s)
    off = apart(looks, path, pairs, time_s)
    # Biases and a flight of wide_s cannot bring these together; false where the track is not held just then.
    moved_m = wide_s * _FAST_MPS
    far = np.abs(off.range_m) > gate[0] + moved_m
    far |= (np.abs(off.bearing_rad) - gate[1]) * looks.range_m[pairs.look] > 2.0 * moved_m
    pairs = pairs.take(~far)
    best = Start(time_s, 0.0, 0.0, 0, 0, 0)
    for step_s, reach_s in ((4.0, wide_s), (1.0, 6.0)):
        centre = best.time_s
        for at_s in centre + np.arange(-reach_s, reach_s + step_s / 2, step_s):
            found = _densest(apart(looks, path, pairs, float(at_s)), pairs.look, gate, float(at_s))
            if found.agreeing > best.agreeing:
                best = found
    return best


def _densest(off: Apart, look: I8, gate: tuple[float, float], time_s: float) -> Start:
    """The biases around which most residuals at one offset lie."""
    there = (np.abs(off.range_m) < gate[0]) & (np.abs(off.bearing_rad) < gate[1])
    sample = len(np.unique(look))
    edges = [np.arange(-width, width + fine, fine) for width, fine in zip(gate, _FINE, strict=True)]
    count = np.histogram2d(off.range_m[there], off.bearing_rad[there], bins=edges)[0]
    padded = np.pad(count, 1)
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    around = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]
    top = np.unravel_index(int(np.argmax(around)), around.shape)
    middle = [float(edges[k][top[k]] + 0.5 * _FINE[k]) for k in (0, 1)]
    return Start(time_s, middle[0], middle[1], int(around[top]), 0, sample)
