"""Why the other system does not have one of our track points: rules in order, by the codes of both."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from skypact.model.network import B1, F8, I8
from skypact.score.aircraft import ADDRESS_KEY, commonest
from skypact.score.clock import equal_pairs, spread
from skypact.score.path import SystemPath, place_at

EDGE_M = 20_000.0
"""So far outside the hull of all that they ever reported, a point is outside their sky."""
TWIN_S = 20.0
"""Another of our tracks with the same code so shortly before or after is a second track of one aircraft."""
_NS = 1e9


class Unmatched(IntEnum):
    """Why a point of ours is unmatched; the first that holds, in this order."""

    OUTSIDE_THEIR_SKY = 0
    NO_CODE = 1
    SECOND_TRACK = 2
    HELD_AHEAD_OR_BEHIND = 3
    HELD_ASIDE = 4
    IN_A_GAP = 5
    NOT_YET_HELD = 6
    NO_LONGER_HELD = 7
    NEVER_HELD = 8

    @property
    def text(self) -> str:
        """In plain words."""
        return _TEXTS[self]


_TEXTS = {
    Unmatched.OUTSIDE_THEIR_SKY: "outside the area in which their system ever reports",
    Unmatched.NO_CODE: "our track or all of theirs have no code to tell by",
    Unmatched.SECOND_TRACK: "ours is a second track: another of our tracks holds the aircraft and is nearer to theirs",
    Unmatched.HELD_AHEAD_OR_BEHIND: "they hold the aircraft, but too far ahead or behind",
    Unmatched.HELD_ASIDE: "they hold the aircraft, but too far aside",
    Unmatched.IN_A_GAP: "they hold the aircraft before and after, without a true update just then",
    Unmatched.NOT_YET_HELD: "they take the aircraft up only later",
    Unmatched.NO_LONGER_HELD: "they have given the aircraft up by then",
    Unmatched.NEVER_HELD: "the code of the aircraft is in none of their tracks",
}


@dataclass(frozen=True)
class Corrected:
    """n of our track points freed of the radar's bias, in its frame and by the other system's clock."""

    t_ns: I8
    surface_enu_m: F8
    """[n, 3] the point of the ellipsoid below"""
    vel_enu_mps: F8
    """[n, 3]"""
    range_m: F8
    height_m: F8
    """NaN where no plot of the track has one"""
    lat_rad: F8
    lon_rad: F8
    track_id: I8
    mode_3a: I8
    """of the plot that updated the track, ABSENT (-1) where it had none or one that several aircraft bear"""
    address: I8
    """of that plot, or ABSENT"""

    def __len__(self) -> int:
        return len(self.t_ns)


@dataclass(frozen=True)
class _Theirs:
    """k identities that their updates bear: an update with address and code has two."""

    key: I8
    update: I8
    """in SystemPath"""


def causes_of(ours: Corrected, path: SystemPath, matched: B1, rows: I8, time_s: float) -> tuple[I8, F8, F8]:
    """Cause of each unmatched point, and how far ours lies ahead and to the right of theirs (m), each [n].

    A point goes by its plot's own code, and where their tracks never had that (or there is none) by the code that
    most plots of its track have.

    Args:
        ours: all points.
        path: their tracks.
        matched: [n].
        rows: the unmatched points within their time.
        time_s: within which an update of theirs must lie.
    """
    cause = np.full(len(ours), -1, np.int64)
    along, across = np.full(len(ours), np.nan), np.full(len(ours), np.nan)
    if not len(rows):
        return cause, along, across
    theirs = _theirs(path)
    key = _identities(ours, theirs)
    along[rows], across[rows] = _held_at(ours, path, rows, key[rows], theirs, time_s)
    held = ~np.isnan(along[rows])
    earlier, later = _before_after(ours.t_ns[rows], key[rows], path, theirs)
    rules = {
        Unmatched.OUTSIDE_THEIR_SKY: _outside(ours.surface_enu_m[rows], path.surface_enu_m),
        Unmatched.NO_CODE: (key[rows] < 0) | (len(theirs.key) == 0),
        Unmatched.SECOND_TRACK: _second(ours, key, matched, rows),
        Unmatched.HELD_AHEAD_OR_BEHIND: held & (np.abs(along[rows]) >= np.abs(across[rows])),
        Unmatched.HELD_ASIDE: held,
        Unmatched.IN_A_GAP: earlier & later,
        Unmatched.NOT_YET_HELD: later,
        Unmatched.NO_LONGER_HELD: earlier,
    }
    cause[rows] = np.select(
        list(rules.values()), [int(kind) for kind in rules], default=int(Unmatched.NEVER_HELD)
    )
    return cause, along, across


def _theirs(path: SystemPath) -> _Theirs:
    """Their updates by address and by code."""
    address, code = np.flatnonzero(path.address >= 0), np.flatnonzero(path.mode_3a >= 0)
    key = np.concatenate(
        [path.address[address].astype(np.int64) + ADDRESS_KEY, path.mode_3a[code].astype(np.int64)]
    )
    return _Theirs(key, np.concatenate([address, code]))


def _identities(ours: Corrected, theirs: _Theirs) -> I8:
    """The identity by which each point is looked for among theirs; -1 without any."""
    by_address = np.where(ours.address >= 0, ours.address + ADDRESS_KEY, -1)
    known_address, known_code = np.isin(by_address, theirs.key), np.isin(ours.mode_3a, theirs.key)
    own = np.where(known_address, by_address, np.where(known_code, ours.mode_3a, -1))
    track = np.unique(ours.track_id, return_inverse=True)[1]
    fallback = commonest(track, own)[0][track]
    any_own = np.where(by_address >= 0, by_address, ours.mode_3a)
    last = np.where(any_own >= 0, any_own, commonest(track, any_own)[0][track])
    return np.where(own >= 0, own, np.where(fallback >= 0, fallback, last))


def _held_at(
    ours: Corrected, path: SystemPath, rows: I8, key: I8, theirs: _Theirs, time_s: float
) -> tuple[F8, F8]:
    """How far ours lies ahead of and to the right of the nearest track of theirs of the same identity; else NaN."""
    kind = np.unique(np.stack([theirs.key, path.stretch[theirs.update]], axis=1), axis=0)
    i, j = equal_pairs(key, kind[:, 0])
    place = place_at(path, kind[j, 1], ours.t_ns[rows[i]])
    fresh = place.held & (place.age_s <= time_s)
    i = i[fresh]
    off = ours.surface_enu_m[rows[i]] - place.surface_enu_m[fresh]
    order = np.lexsort((np.linalg.norm(off, axis=1), i))
    first = order[np.unique(i[order], return_index=True)[1]]
    i, off, up = i[first], off[first], place.up[fresh][first]
    ahead = ours.vel_enu_mps[rows[i]]
    ahead = ahead - np.sum(ahead * up, axis=1, keepdims=True) * up
    ahead = ahead / np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    along, across = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    along[i] = np.sum(off * ahead, axis=1)
    across[i] = np.sum(off * np.cross(ahead, up), axis=1)
    return along, across


def _before_after(t_ns: I8, key: I8, path: SystemPath, theirs: _Theirs) -> tuple[B1, B1]:
    """Whether any update of the identity came before, and after, each instant."""
    order = np.lexsort((path.t_ns[theirs.update], theirs.key))
    kind, begin = np.unique(theirs.key[order], return_index=True)
    if not len(kind):
        return np.zeros(len(key), np.bool_), np.zeros(len(key), np.bool_)
    t = path.t_ns[theirs.update][order]
    first, last = t[begin], t[np.append(begin[1:], len(order)) - 1]
    at = np.minimum(np.searchsorted(kind, key), len(kind) - 1)
    there = kind[at] == key
    return there & (first[at] <= t_ns), there & (last[at] >= t_ns)


def _second(ours: Corrected, key: I8, matched: B1, rows: I8) -> B1:
    """Whether another of our tracks of the same identity was matched at about the same time."""
    kind, which = np.unique(key, return_inverse=True)
    zero = int(ours.t_ns.min())
    reach = round(TWIN_S * _NS) // 1000
    since = (ours.t_ns - zero) // 1000 + reach
    combined = which * (int(since.max()) + 2 * reach) + since
    good = np.flatnonzero(matched)
    good = good[np.argsort(combined[good], kind="stable")]
    low = np.searchsorted(combined[good], combined[rows] - reach, "left")
    high = np.searchsorted(combined[good], combined[rows] + reach, "right")
    i, other = spread(low, high, good)
    twin = i[(ours.track_id[rows[i]] != ours.track_id[other]) & (kind[which[rows[i]]] >= 0)]
    return np.isin(np.arange(len(rows)), twin)


def _outside(surface_enu_m: F8, theirs_enu_m: F8) -> B1:
    """Whether points lie more than EDGE_M outside the hull of all that they reported, on the map of the site."""
    try:
        hull = ConvexHull(theirs_enu_m[:, :2])
    except (QhullError, ValueError):  # too few of theirs, or all on one line: there is no area
        return np.zeros(len(surface_enu_m), np.bool_)
    planes = hull.equations
    out = np.asarray(surface_enu_m[:, :2] @ planes[:, :2].T + planes[:, 2])
    return np.asarray(out.max(axis=1) > EDGE_M, np.bool_)
