"""Which aircraft each plot is of, told by transponder codes that a tracker may never have seen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from skypact.model.network import F8, I8, U8
from skypact.model.recording import ABSENT, Plots
from skypact.score.path import SystemPath

ADDRESS_KEY = 1 << 20
"""Added to aircraft addresses, so that as keys they differ from Mode 3/A codes."""
SILENCE_REVOLUTIONS = 12.0
"""A code that was silent for longer is another aircraft when it comes again."""
SHARED_SHARE = 0.2
"""A code is borne by several aircraft if so many of its reports have a twin far away within half a period."""
SHARED_M = 20_000.0
_NS = 1e9


@dataclass(frozen=True)
class Aircraft:
    """Runs of one code, and the run of each plot."""

    key: I8
    """[n plots] Mode 3/A code, or ADDRESS_KEY + address; -1 without either"""
    run: I8
    """[n plots] row below; -1 without a code, or with one that several aircraft bear"""
    run_key: I8
    """[runs]"""
    shared: I8
    """codes that several aircraft bear at once, by which nothing is judged"""


def aircraft_of(plots: Plots, revolution_s: float) -> Aircraft:
    """The aircraft of each plot: runs of one Mode S address, else one Mode 3/A code, without a long silence.

    A plot with a Mode 3/A code but no address goes under the only address that the code was ever seen with; if
    there were several, or if several aircraft bear the code at once, under none. Plots without time belong to none.

    Args:
        plots: of one radar.
        revolution_s: of its antenna.
    """
    codes = _shared_codes(plots, revolution_s)
    key = _keys(plots, codes)
    shared = np.union1d(codes, shared_keys(key, plots.t_ns, *_flat(plots), revolution_s))
    judged = np.flatnonzero((key >= 0) & ~np.isin(key, shared) & (plots.t_ns >= 0))
    order = judged[np.lexsort((plots.t_ns[judged], key[judged]))]
    run = np.full(len(plots), -1, np.int64)
    silence_s = np.diff(plots.t_ns[order]) / _NS
    new = np.ones(len(order), np.bool_)
    new[1:] = (np.diff(key[order]) != 0) | (silence_s > SILENCE_REVOLUTIONS * revolution_s)
    run[order] = np.cumsum(new) - 1
    return Aircraft(key, run, key[order][new], shared)


def shared_keys(key: I8, t_ns: I8, east_m: F8, north_m: F8, period_s: float) -> I8:
    """The keys of which many reports have a twin far away within half a period: several aircraft bear them at once.

    Args:
        key: [n] of each report; below 0 without any.
        t_ns: [n]; below 0 without time.
        east_m: [n] NaN without place.
        north_m: [n]
        period_s: between two reports of one aircraft.
    """
    there = np.flatnonzero((key >= 0) & (t_ns >= 0) & ~np.isnan(east_m) & ~np.isnan(north_m))
    order = there[np.lexsort((t_ns[there], key[there]))]
    near = (np.diff(key[order]) == 0) & (np.diff(t_ns[order]) / _NS < 0.5 * period_s)
    twin = near & (np.hypot(np.diff(east_m[order]), np.diff(north_m[order])) > SHARED_M)
    kind, of, count = np.unique(key[order], return_inverse=True, return_counts=True)
    twins = np.bincount(of[1:][twin], minlength=len(kind)) if len(order) else np.zeros(0)
    bearers: I8 = kind[twins > np.maximum(SHARED_SHARE * count, 1.0)]
    return bearers


def unshared(plots: Plots, row: I8, track: U8, path: SystemPath) -> tuple[Plots, SystemPath]:
    """Both sides without the Mode 3/A codes that several aircraft bear at once on either side (all on 7000).

    Args:
        plots: of one radar.
        row: plots that updated tracks; from them comes the time between two plots of one aircraft.
        track: the track of each of these rows.
        path: the other system's.
    """
    shared = np.union1d(
        _shared_codes(plots, _period_s(track, plots.t_ns[row])),
        shared_keys(
            path.mode_3a.astype(np.int64),
            path.t_ns,
            path.surface_enu_m[:, 0],
            path.surface_enu_m[:, 1],
            path.interval_s,
        ),
    )
    ours, theirs = (
        np.where(np.isin(side.mode_3a, shared), ABSENT, side.mode_3a).astype(np.int32)
        for side in (plots, path)
    )
    return replace(plots, mode_3a=ours), replace(path, mode_3a=theirs)


def commonest(group: I8, value: I8) -> tuple[I8, I8]:
    """The commonest value (of those >= 0; of equals the least) of each group and its count; -1 and 0 without.

    Args:
        group: [n] numbered from 0.
        value: [n]
    """
    n = int(group.max(initial=-1)) + 1
    there = value >= 0
    pair, count = np.unique(np.stack([group[there], value[there]], axis=1), axis=0, return_counts=True)
    order = np.lexsort((pair[:, 1], -count, pair[:, 0]))
    first, at = np.unique(pair[order, 0], return_index=True)
    best, most = np.full(n, -1, np.int64), np.zeros(n, np.int64)
    best[first], most[first] = pair[order][at, 1], count[order][at]
    return best, most


def _keys(plots: Plots, shared: I8) -> I8:
    """The identity of each plot; -1 without any."""
    address, code = plots.address.astype(np.int64), plots.mode_3a.astype(np.int64)
    both = (address >= 0) & (code >= 0)
    pair = np.unique(np.stack([code[both], address[both]], axis=1), axis=0)
    codes, first, count = np.unique(pair[:, 0], return_index=True, return_counts=True)
    stands_for = np.arange(4096)
    stands_for[codes] = np.where(count == 1, pair[first, 1] + ADDRESS_KEY, -1)
    stands_for[shared] = -1
    by_code = np.where(code >= 0, stands_for[np.maximum(code, 0)], -1)
    return np.where(address >= 0, address + ADDRESS_KEY, by_code)


def _shared_codes(plots: Plots, period_s: float) -> I8:
    """The Mode 3/A codes that several aircraft bear at once."""
    return shared_keys(plots.mode_3a.astype(np.int64), plots.t_ns, *_flat(plots), period_s)


def _flat(plots: Plots) -> tuple[F8, F8]:
    """East and north of the radar (m), the slant range taken as way on the ground."""
    return plots.range_m * np.sin(plots.bearing_rad), plots.range_m * np.cos(plots.bearing_rad)


def _period_s(track: U8, t_ns: I8) -> float:
    """The median time between two reports of one track; 0 without any."""
    order = np.lexsort((t_ns, track))
    apart_s = np.diff(t_ns[order])[np.diff(track[order].astype(np.int64)) == 0] / _NS
    return float(np.median(apart_s)) if len(apart_s) else 0.0
