"""How pure and how unbroken our tracks are, judged by transponder codes that the tracker may never have seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from skypact.errors import UsageError
from skypact.model.network import F8, I8, U8
from skypact.model.recording import Plots
from skypact.score.aircraft import ADDRESS_KEY, Aircraft, aircraft_of, commonest

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
    """the code that most of them have: Mode 3/A, or ADDRESS_KEY + address; -1 without any"""
    mode_3a: I8
    """the Mode 3/A code that most plots have, whoever else bears it; -1 without any"""
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
    """the aircraft took another Mode 3/A code"""
    misread: I8
    """plots whose code or address stood alone among others"""
    swaps: I8
    """the track went over to another aircraft"""


@dataclass(frozen=True)
class AircraftRows:
    """Aircraft with at least MIN_PLOTS plots, in order of their first plot. One that changed its code is one."""

    key: I8
    """its first code: Mode 3/A, or ADDRESS_KEY + address"""
    codes: I8
    """how many it had"""
    plots: I8
    first_ns: I8
    last_ns: I8
    tracks: I8
    """confirmed tracks that took at least LASTING of its plots"""
    main_share: F8
    """share of its plots in the track that took most: its continuity"""
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
    """Where the address or code within a track changed for good, in order of track and time.

    From one address to another it is another aircraft, for addresses never change in flight. Under one address the
    Mode 3/A code changes as that of an aircraft without address does.
    """

    track_id: U8
    t_ns: I8
    old_key: I8
    """Mode 3/A code, or ADDRESS_KEY + address"""
    new_key: I8
    swap: I8
    """1: another aircraft, for both have an address, or both had plots at one time; 0: the same under a new code"""


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

    Aircraft are told by their address, else by their Mode 3/A code (see `aircraft_of`).

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
    old, fresh, misread = _successions(coded, owner[coded].astype(np.int64), craft.key)
    swap = (craft.key[old] >= ADDRESS_KEY) & (craft.key[fresh] >= ADDRESS_KEY)
    by_run = np.lexsort((plots.t_ns, craft.run))
    edges = np.searchsorted(craft.run[by_run], np.arange(len(craft.run_key) + 1))
    for k in np.flatnonzero(~swap):
        last, first = old[k], fresh[k]
        gone = by_run[edges[craft.run[last]] : edges[craft.run[last] + 1]]
        come = by_run[edges[craft.run[first]] : edges[craft.run[first] + 1]]
        after = np.sum((plots.t_ns[gone] > plots.t_ns[first]) & (owner[gone] != owner[last]))
        before = np.sum((plots.t_ns[come] < plots.t_ns[last]) & (owner[come] != owner[last]))
        swap[k] = max(after, before) >= LASTING
    # A code that fell silent and came again within one track is the same aircraft: the track went on in between.
    ranked = coded[np.lexsort((craft.run[coded], craft.key[coded], owner[coded]))]
    again = (owner[ranked][1:] == owner[ranked][:-1]) & (craft.key[ranked][1:] == craft.key[ranked][:-1])
    again &= np.diff(craft.run[ranked]) != 0
    first = np.concatenate([old[~swap], ranked[:-1][again]])
    second = np.concatenate([fresh[~swap], ranked[1:][again]])
    joined = np.stack([craft.run[first], craft.run[second]], axis=1)
    code = plots.mode_3a.astype(np.int64)
    under = coded[(craft.key[coded] >= ADDRESS_KEY) & (code[coded] >= 0)]
    under = under[np.lexsort((plots.t_ns[under], craft.key[under], owner[under]))]
    of = np.unique(np.stack([owner[under].astype(np.int64), craft.key[under]]), axis=1, return_inverse=True)[
        1
    ]
    before, after, garbled = _successions(under, of, code)
    key = np.concatenate([craft.key[old], code[before]]), np.concatenate([craft.key[fresh], code[after]])
    row = np.concatenate([fresh, after])
    swap = np.concatenate([swap, np.zeros(len(after), np.bool_)])
    by_time = np.lexsort((plots.t_ns[row], owner[row]))
    row = row[by_time]
    changes = Changes(
        owner[row], plots.t_ns[row], key[0][by_time], key[1][by_time], swap[by_time].astype(np.int64)
    )
    return changes, np.union1d(misread, garbled), joined


def _successions(rows: I8, group: I8, value: I8) -> tuple[I8, I8, I8]:
    """Where a value that lasts follows another within a group: its last row before and its first after; misread rows.

    Args:
        rows: plots in order of group and time.
        group: [rows]
        value: [n plots]
    """
    new = np.ones(len(rows), np.bool_)
    new[1:] = (np.diff(group) != 0) | (np.diff(value[rows]) != 0)
    begin = np.flatnonzero(new)
    length = np.diff(np.append(begin, len(rows)))
    _, of, times = np.unique(group[begin], return_inverse=True, return_counts=True)
    alone = times[of] == 1
    lasting = length >= LASTING
    kept, ends = begin[lasting], (begin + length - 1)[lasting]
    change = np.flatnonzero(
        (group[kept[1:]] == group[kept[:-1]]) & (value[rows[kept[1:]]] != value[rows[kept[:-1]]])
    )
    return rows[ends[change]], rows[kept[change + 1]], rows[begin[~lasting & ~alone]]


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
    return int(commonest(np.unique(group, return_inverse=True)[1], value)[1].sum())


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
    best, most = commonest(of, key)
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
        mode_3a=commonest(of, plots.mode_3a[order].astype(np.int64))[0],
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
    most = commonest(of, np.where(held, owner[rows].astype(np.int64), -1))[1]
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
        main_share=(most / count)[keep],
        unheld=(count - np.bincount(of[held], minlength=n))[keep].astype(np.int64),
        breaks=np.maximum(tracks - 1, 0)[keep].astype(np.int64),
    )
