"""Pictures beside truth: which track is on which object, picture error, and when an object was first held.

A picture is paired with everything true at its level once a snapshot (optimal within 5 km), whoever holds it. The
picture error of a nation is GOSPA between its scored set and the tracks that concern it: those paired with an
object of the set, and those paired with nothing that lie in its region. A track on another nation's object is
neither false nor of use to it. Restricted so, the one pairing is optimal for every nation: were there a better
one for its set, it would have improved the pairing of the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from skypact.kernels.gospa import pair_snapshots
from skypact.model.codes import TrackStatus
from skypact.model.manifest import Manifest
from skypact.model.network import B1, F8, I8
from skypact.score.column import Table, seconds, whole
from skypact.score.world import World, inside

CUTOFF_M = 5_000.0
_TRACK_BITS = 0xFFFF_FFFF


@dataclass(frozen=True)
class Pairing:
    """One picture of a level beside truth, n track rows sorted by snapshot."""

    row: I8
    """of the recorded pictures"""
    snapshot: I8
    track: I8
    """lower 32 bits of the track's number"""
    firm: B1
    match: I8
    """row of World's truth, -1 where there is none"""
    square_m2: F8
    stray: B1
    """[n, N] paired with nothing, in the nation's region"""


@dataclass(frozen=True)
class PictureError:
    """The picture error of one nation at one level, averaged over the snapshots."""

    gospa_m: float
    localisation_m: float
    """root of the sum of squared distances"""
    missed: float
    """objects without a track"""
    false: float
    """tracks without an object"""
    rmse_m: float
    """position error of the objects held; NaN where none ever was"""


def pairings(
    pictures: Table, holders: Table, world: World, alive: Mapping[int, B1], manifest: Manifest
) -> dict[tuple[int, int], Pairing]:
    """Every nation's picture beside truth, by (level, nation); nations that hold the same picture share a pairing.

    Args:
        pictures: recorded pictures.
        holders: which picture each nation holds at each level.
        world: truth.
        alive: which true rows exist at each level.
        manifest: the campaign's.
    """
    shown = np.isin(pictures["status"], (TrackStatus.CONFIRMED, TrackStatus.COASTING))
    level, number = whole(pictures, "level")[shown], whole(pictures, "picture")[shown]
    t_s = seconds(pictures, manifest.zero_ns)[shown]
    order = np.lexsort((t_s, number, level))
    rows = np.flatnonzero(shown)[order]
    group = level[order] * 0x1_0000 + number[order]
    made: dict[tuple[int, int], Pairing] = {}
    held: dict[tuple[int, int], Pairing] = {}
    columns = (whole(holders, name).tolist() for name in ("level", "nation", "picture"))
    for at, nation, picture in zip(*columns, strict=True):
        if (at, picture) not in made:
            begin, end = np.searchsorted(group, [at * 0x1_0000 + picture, at * 0x1_0000 + picture + 1])
            made[at, picture] = _pair(pictures, rows[begin:end], t_s[order[begin:end]], world, alive[at])
        held[at, nation] = made[at, picture]
    return held


def _pair(pictures: Table, rows: I8, t_s: F8, world: World, alive: B1) -> Pairing:
    """One picture (rows sorted by time) beside truth."""
    snapshot = np.searchsorted(world.t_s, t_s).astype(np.int64)
    pos = np.asarray(pictures["pos_ecef_m"][rows], np.float64)
    match, square = np.full(len(rows), -1, np.int64), np.zeros(len(rows))
    start = np.searchsorted(snapshot, np.arange(len(world.t_s) + 1)).astype(np.int64)
    pair_snapshots(pos, start, world.pos_ecef_m, world.start, alive, CUTOFF_M, match, square)
    stray = np.zeros((len(rows), len(world.boxes)), np.bool_)
    lone = np.flatnonzero(match < 0)
    stray[lone] = inside(world.boxes, pos[lone])
    return Pairing(
        row=rows,
        snapshot=snapshot,
        track=whole(pictures, "track")[rows] & _TRACK_BITS,
        firm=np.asarray(pictures["firm"][rows], np.bool_),
        match=match,
        square_m2=square,
        stray=stray,
    )


def picture_error(pairing: Pairing, world: World, alive: B1, nation: int) -> PictureError:
    """GOSPA (p = 2, alpha = 2, c = 5 km) of a nation's picture against its scored set, and its parts."""
    if not len(world.t_s) or np.isnan(world.boxes[nation, 0]):
        return PictureError(*(np.nan,) * 5)
    on, located, missed, false = _over_time(pairing, world, alive, nation)
    return PictureError(
        gospa_m=float(np.sqrt(located + 0.5 * CUTOFF_M**2 * (missed + false)).mean()),
        localisation_m=float(np.sqrt(located).mean()),
        missed=float(missed.mean()),
        false=float(false.mean()),
        rmse_m=float(np.sqrt(pairing.square_m2[on].mean())) if len(on) else np.nan,
    )


def error_over_time(pairing: Pairing, world: World, alive: B1, nation: int) -> F8:
    """GOSPA (p = 2, alpha = 2, c = 5 km) of a nation's picture at each snapshot, m; NaN where it has no region."""
    if np.isnan(world.boxes[nation, 0]):
        return np.full(len(world.t_s), np.nan)
    _, located, missed, false = _over_time(pairing, world, alive, nation)
    error: F8 = np.sqrt(located + 0.5 * CUTOFF_M**2 * (missed + false))
    return error


def _over_time(pairing: Pairing, world: World, alive: B1, nation: int) -> tuple[I8, F8, I8, I8]:
    """Rows of the tracks on the nation's set; at each snapshot their squared distances, the missed and the false."""
    count = len(world.t_s)
    member = world.member[:, nation] & alive
    on: I8 = np.flatnonzero(pairing.match >= 0)
    on = on[member[pairing.match[on]]]
    located = np.bincount(pairing.snapshot[on], pairing.square_m2[on], minlength=count).astype(np.float64)
    held = np.bincount(pairing.snapshot[on], minlength=count)
    missed: I8 = np.bincount(world.snapshot[member], minlength=count) - held
    false: I8 = np.bincount(pairing.snapshot[pairing.stray[:, nation]], minlength=count)
    return on, located, missed, false


def squares_by_truth(pairing: Pairing, world: World, alive: B1, nation: int) -> F8:
    """Squared position error (m2) of each true row of a nation's scored set, [m]; NaN where it is not held."""
    square = np.full(len(world.key), np.nan)
    on = np.flatnonzero(pairing.match >= 0)
    on = on[(world.member[:, nation] & alive)[pairing.match[on]]]
    square[pairing.match[on]] = pairing.square_m2[on]
    return square


def common_rmse(first: F8, second: F8) -> tuple[float, float, int]:
    """Position errors (m) of two levels on the true rows both hold, and their number; NaN where there is none."""
    both = ~np.isnan(first) & ~np.isnan(second)
    number = int(np.count_nonzero(both))
    if not number:
        return np.nan, np.nan, 0
    return float(np.sqrt(first[both].mean())), float(np.sqrt(second[both].mean())), number


def first_held(pairing: Pairing, world: World, nation: int) -> tuple[F8, F8]:
    """When a track, and when a firm track, was first on each scored object of the nation (s), [k] each; NaN never.

    At the instants of the recorded snapshots.
    """
    on = np.flatnonzero(pairing.match >= 0)
    row = world.scored_row[pairing.match[on]]
    on, row = on[row >= 0], row[row >= 0]
    mine = world.scored.nation[row] == nation
    on, row = on[mine], row[mine]
    firsts = []
    for wanted in (np.ones(len(on), np.bool_), pairing.firm[on]):
        first = np.full(len(world.scored.key), np.inf)
        np.minimum.at(first, row[wanted], world.t_s[pairing.snapshot[on[wanted]]])
        firsts.append(np.where(np.isinf(first), np.nan, first))
    return firsts[0], firsts[1]


def object_of_track(pairing: Pairing, world: World, track: int, t_s: float) -> int:
    """Key of the object under a track of a picture at the last snapshot up to an instant; -1 where there is none."""
    here = row_of_track(pairing, world, track, t_s)
    if here < 0 or pairing.match[here] < 0:
        return -1
    return int(world.key[pairing.match[here]])


def row_of_track(pairing: Pairing, world: World, track: int, t_s: float) -> int:
    """Row of a picture in which a track stands at the last snapshot up to an instant; -1 where it does not."""
    at = int(np.searchsorted(world.t_s, t_s, side="right")) - 1
    begin, end = np.searchsorted(pairing.snapshot, [at, at + 1])
    here = begin + np.flatnonzero(pairing.track[begin:end] == track & _TRACK_BITS)
    return int(here[0]) if len(here) else -1
