"""How pure and how unbroken our tracks are, judged by transponder codes that the tracker may never have seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from skypact.errors import UsageError
from skypact.model.network import F8, I8, U8
from skypact.model.recording import Plots
from skypact.score.aircraft import Aircraft, aircraft_of

GAP_REVOLUTIONS = 1.5
"""A track that got no plot for longer has a gap."""
LASTING = 2
"""A code that comes so often in succession has changed; one that comes less often was misread."""
MIN_PLOTS = 3
"""An aircraft with fewer plots is not judged: most are misread codes."""
_NS = 1e9


@dataclass(frozen=True)
class TrackRows:
    """Our confirmed tracks that took plots, in order of id."""

    track_id: U8
    plots: I8
    coded: I8
    """plots with a judged code"""
    key: I8
    """the code that most of them have: Mode 3/A, or 2^20 + address; -1 without any"""
    purity: F8
    """share of the coded plots with that code; NaN without any"""
    first_ns: I8
    last_ns: I8
    looks: I8
    """revolutions from the first plot to the last, both counted"""
    gaps: I8
    longest_s: F8
    """longest time between two plots; 0 with one plot"""
    code_changes: I8
    """the aircraft took another code"""
    misread: I8
    """plots whose code stood alone among others"""
    swaps: I8
    """the track went over to another aircraft"""


@dataclass(frozen=True)
class AircraftRows:
    """Aircraft with at least MIN_PLOTS plots, in order of their first plot. One that changed its code is one."""

    key: I8
    """its first code: Mode 3/A, or 2^20 + address"""
    codes: I8
    """how many it had"""
    plots: I8
    first_ns: I8
    last_ns: I8
    tracks: I8
    """confirmed tracks that took at least LASTING of its plots"""
    main_track: U8
    """the one that took most; 0 if none"""
    main_share: F8
    """share of its plots in that track: its continuity"""
    unheld: I8
    """plots in no confirmed track"""
    breaks: I8
    """tracks - 1"""


@dataclass(frozen=True)
class GapRows:
    """Times for which a confirmed track got no plot, in order of track and time."""

    track_id: U8
    begin_ns: I8
    """of the last plot before"""
    length_s: F8
    missed: I8
    """revolutions without a plot"""
    range_m: F8
    bearing_rad: F8
    """of the last plot before"""


@dataclass(frozen=True)
class Changes:
    """Where the code within a track changed for good, in order of track and time."""

    track_id: U8
    t_ns: I8
    old_key: I8
    new_key: I8
    swap: I8
    """1: another aircraft, for both had plots at one time; 0: the same under a new code"""


@dataclass(frozen=True)
class Continuity:
    """The tracks, the aircraft, the gaps and the changes of code, and their totals."""

    tracks: TrackRows
    aircraft: AircraftRows
    gaps: GapRows
    changes: Changes
    shared_codes: I8
    """codes that several aircraft bear at once; nothing is judged by them"""
    purity: float
    """share of all coded plots of confirmed tracks that have the commonest code of their track; NaN without any"""
    purity_aircraft: float
    """the same with an aircraft that changed its code counted as one"""
    continuity: float
    """share of all plots of judged aircraft that are in the main track of their aircraft; NaN without any"""
    unheld: int
    breaks: int
    swaps: int
    code_changes: int
    misread: int
    detection: float
    """plots over revolutions, all tracks together; NaN without tracks"""
    longest_gap_s: float


def continuity(plots: Plots, owner: U8, confirmed: U8, revolution_s: float) -> Continuity:
    """Purity, continuity, gaps and changes of code of our confirmed tracks.

    Args:
        plots: of one radar.
        owner: [n plots] id of the track that each plot updated.
        confirmed: ids of tracks that were ever confirmed.
        revolution_s: of the antenna.

    Raises:
        UsageError: the revolution is no positive number.
    """
    if not revolution_s > 0.0:
        raise UsageError(
            "continuity of tracks", f"a revolution of {revolution_s} s", "Give its length in seconds."
        )
    craft = aircraft_of(plots, revolution_s)
    mine = np.flatnonzero(np.isin(owner, confirmed) & (plots.t_ns >= 0))
    order = mine[np.lexsort((plots.t_ns[mine], owner[mine]))]
    gaps = _gaps(plots, owner, order, revolution_s)
    changes, misread_rows, joined = _changes(plots, owner, order, craft)
    whole = _merged(craft, joined)
    tracks = _tracks(plots, owner, order, craft, gaps, changes, misread_rows, revolution_s)
    aircraft = _aircraft(plots, owner, confirmed, craft, whole)
    coded = int(tracks.coded.sum())
    pure = float(np.nansum(tracks.purity * tracks.coded))
    pure_whole = _commonest_total(owner[order], whole[order])
    return Continuity(
        tracks=tracks,
        aircraft=aircraft,
        gaps=gaps,
        changes=changes,
        shared_codes=craft.shared,
        purity=pure / coded if coded else np.nan,
        purity_aircraft=pure_whole / coded if coded else np.nan,
        continuity=float(aircraft.main_share @ aircraft.plots / aircraft.plots.sum())
        if len(aircraft.plots)
        else np.nan,
        unheld=int(aircraft.unheld.sum()),
        breaks=int(aircraft.breaks.sum()),
        swaps=int(changes.swap.sum()),
        code_changes=int(len(changes.swap) - changes.swap.sum()),
        misread=len(misread_rows),
        detection=float(tracks.plots.sum() / tracks.looks.sum()) if len(tracks.looks) else np.nan,
        longest_gap_s=float(tracks.longest_s.max(initial=0.0)),
    )


def _gaps(plots: Plots, owner: U8, order: I8, revolution_s: float) -> GapRows:
    """Times without a plot, of plots in order of track and time."""
    apart_s = np.diff(plots.t_ns[order]) / _NS
    at = np.flatnonzero((owner[order][1:] == owner[order][:-1]) & (apart_s > GAP_REVOLUTIONS * revolution_s))
    before = order[at]
    return GapRows(
        track_id=owner[before],
        begin_ns=plots.t_ns[before],
        length_s=apart_s[at],
        missed=np.maximum(np.round(apart_s[at] / revolution_s).astype(np.int64) - 1, 1),
        range_m=plots.range_m[before],
        bearing_rad=plots.bearing_rad[before],
    )


def _changes(plots: Plots, owner: U8, order: I8, craft: Aircraft) -> tuple[Changes, I8, I8]:
    """Lasting changes of code within tracks, rows of plots that were misread, and pairs of runs that are one."""
    coded = order[craft.run[order] >= 0]
    new = np.ones(len(coded), np.bool_)
    new[1:] = (np.diff(owner[coded].astype(np.int64)) != 0) | (np.diff(craft.key[coded]) != 0)
    begin = np.flatnonzero(new)
    length = np.diff(np.append(begin, len(coded)))
    _, per_track = np.unique(owner[coded[begin]], return_inverse=True)
    alone = np.bincount(per_track)[per_track] == 1 if len(begin) else np.zeros(0, np.bool_)
    lasting = length >= LASTING
    misread = coded[begin[~lasting & ~alone]]
    kept = begin[lasting]
    ends = (begin + length - 1)[lasting]
    change = np.flatnonzero(
        (owner[coded[kept[1:]]] == owner[coded[kept[:-1]]])
        & (craft.key[coded[kept[1:]]] != craft.key[coded[kept[:-1]]])
    )
    old, fresh = coded[ends[change]], coded[kept[change + 1]]
    swap = np.zeros(len(change), np.int64)
    by_run = np.lexsort((plots.t_ns, craft.run))
    edges = np.searchsorted(craft.run[by_run], np.arange(len(craft.run_key) + 1))
    for k, (last, first) in enumerate(zip(old, fresh, strict=True)):
        gone = by_run[edges[craft.run[last]] : edges[craft.run[last] + 1]]
        come = by_run[edges[craft.run[first]] : edges[craft.run[first] + 1]]
        after = np.sum((plots.t_ns[gone] > plots.t_ns[first]) & (owner[gone] != owner[last]))
        before = np.sum((plots.t_ns[come] < plots.t_ns[last]) & (owner[come] != owner[last]))
        swap[k] = int(max(after, before) >= LASTING)
    changes = Changes(owner[fresh], plots.t_ns[fresh], craft.key[old], craft.key[fresh], swap)
    same = swap == 0
    # A code that fell silent and came again within one track is the same aircraft: the track went on in between.
    ranked = coded[np.lexsort((craft.run[coded], craft.key[coded], owner[coded]))]
    again = (owner[ranked][1:] == owner[ranked][:-1]) & (craft.key[ranked][1:] == craft.key[ranked][:-1])
    again &= np.diff(craft.run[ranked]) != 0
    first = np.concatenate([old[same], ranked[:-1][again]])
    second = np.concatenate([fresh[same], ranked[1:][again]])
    return changes, misread, np.stack([craft.run[first], craft.run[second]], axis=1)


def _merged(craft: Aircraft, joined: I8) -> I8:
    """[n plots] the aircraft of each plot, runs joined where one aircraft changed its code; -1 without."""
    n = len(craft.run_key)
    if not n:
        return craft.run
    graph = coo_array((np.ones(len(joined)), (joined[:, 0], joined[:, 1])), shape=(n, n))
    label = connected_components(graph, directed=False)[1].astype(np.int64)
    return np.where(craft.run >= 0, label[craft.run], -1)


def _commonest_total(group: U8, value: I8) -> int:
    """How many rows have the commonest value (of those >= 0) of their group."""
    best = _commonest(np.unique(group, return_inverse=True)[1], value)[1]
    return int(best.sum())


def _commonest(group: I8, value: I8) -> tuple[I8, I8]:
    """The commonest value (of those >= 0; of equals the least) of each group and its count; -1 and 0 without."""
    n = int(group.max(initial=-1)) + 1
    there = value >= 0
    pair, count = np.unique(np.stack([group[there], value[there]], axis=1), axis=0, return_counts=True)
    order = np.lexsort((pair[:, 1], -count, pair[:, 0]))
    first, at = np.unique(pair[order, 0], return_index=True)
    best, most = np.full(n, -1, np.int64), np.zeros(n, np.int64)
    best[first], most[first] = pair[order][at, 1], count[order][at]
    return best, most


def _tracks(
    plots: Plots,
    owner: U8,
    order: I8,
    craft: Aircraft,
    gaps: GapRows,
    changes: Changes,
    misread: I8,
    revolution_s: float,
) -> TrackRows:
    """One row a track, of plots in order of track and time."""
    ids, begin, of, count = np.unique(
        owner[order], return_index=True, return_inverse=True, return_counts=True
    )
    n = len(ids)
    key = np.where(craft.run[order] >= 0, craft.key[order], -1)
    best, most = _commonest(of, key)
    coded = np.bincount(of[key >= 0], minlength=n)
    first, last = plots.t_ns[order[begin]], plots.t_ns[order[begin + count - 1]]
    longest = np.zeros(n)
    same = np.diff(of) == 0
    np.maximum.at(longest, of[1:][same], (np.diff(plots.t_ns[order]) / _NS)[same])

    def tally(track_id: U8) -> I8:
        return np.bincount(np.searchsorted(ids, track_id), minlength=n).astype(np.int64)

    return TrackRows(
        track_id=ids,
        plots=count.astype(np.int64),
        coded=coded.astype(np.int64),
        key=best,
        purity=np.where(coded > 0, most / np.maximum(coded, 1), np.nan),
        first_ns=first,
        last_ns=last,
        looks=np.round((last - first) / _NS / revolution_s).astype(np.int64) + 1,
        gaps=tally(gaps.track_id),
        longest_s=longest,
        code_changes=tally(changes.track_id[changes.swap == 0]),
        misread=tally(owner[misread]),
        swaps=tally(changes.track_id[changes.swap == 1]),
    )


def _aircraft(plots: Plots, owner: U8, confirmed: U8, craft: Aircraft, whole: I8) -> AircraftRows:
    """One row an aircraft that is judged."""
    rows = np.flatnonzero(whole >= 0)
    rows = rows[np.lexsort((plots.t_ns[rows], whole[rows]))]
    _, begin, count = np.unique(whole[rows], return_index=True, return_counts=True)
    of = np.repeat(np.arange(len(begin)), count)
    n = len(begin)
    held = np.isin(owner[rows], confirmed)
    pair, taken = np.unique(
        np.stack([of[held], owner[rows[held]].astype(np.int64)], axis=1), axis=0, return_counts=True
    )
    tracks = np.bincount(pair[taken >= LASTING, 0], minlength=n)
    main, most = _commonest(of, np.where(held, owner[rows].astype(np.int64), -1))
    codes = np.bincount(np.unique(np.stack([of, craft.key[rows]], axis=1), axis=0)[:, 0], minlength=n)
    first = plots.t_ns[rows[begin]]
    keep = np.flatnonzero(count >= MIN_PLOTS)
    keep = keep[np.argsort(first[keep], kind="stable")]
    return AircraftRows(
        key=craft.key[rows[begin]][keep],
        codes=codes[keep].astype(np.int64),
        plots=count[keep].astype(np.int64),
        first_ns=first[keep],
        last_ns=plots.t_ns[rows[begin + count - 1]][keep],
        tracks=tracks[keep].astype(np.int64),
        main_track=np.maximum(main, 0)[keep].astype(np.uint64),
        main_share=(most / count)[keep],
        unheld=(count - np.bincount(of[held], minlength=n))[keep].astype(np.int64),
        breaks=np.maximum(tracks - 1, 0)[keep].astype(np.int64),
    )
