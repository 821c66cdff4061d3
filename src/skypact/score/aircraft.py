"""Which aircraft each plot is of, told by transponder codes that a tracker may never have seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.model.network import I8
from skypact.model.recording import Plots

SILENCE_REVOLUTIONS = 12.0
"""A code that was silent for longer is another aircraft when it comes again."""
SHARED_SHARE = 0.2
"""A code is borne by several aircraft if so many of its plots have a twin far away within half a revolution."""
SHARED_M = 20_000.0
_ADDRESS = 1 << 20
_NS = 1e9


@dataclass(frozen=True)
class Aircraft:
    """Runs of one code, and the run of each plot."""

    key: I8
    """[n plots] Mode 3/A code, or 2^20 + address; -1 without either"""
    run: I8
    """[n plots] row below; -1 without a code, or with one that several aircraft bear"""
    run_key: I8
    """[runs]"""
    shared: I8
    """codes that several aircraft bear at once, by which nothing is judged"""


def aircraft_of(plots: Plots, revolution_s: float) -> Aircraft:
    """The aircraft of each plot: runs of one Mode S address, else one Mode 3/A code, without a long silence.

    A plot with a Mode 3/A code but no address goes under the only address that the code was ever seen with, if
    there is exactly one. Plots without time belong to none.

    Args:
        plots: of one radar.
        revolution_s: of its antenna.
    """
    key = _keys(plots)
    shared = _shared(plots, key, revolution_s)
    judged = np.flatnonzero((key >= 0) & ~np.isin(key, shared) & (plots.t_ns >= 0))
    order = judged[np.lexsort((plots.t_ns[judged], key[judged]))]
    run = np.full(len(plots), -1, np.int64)
    silence_s = np.diff(plots.t_ns[order]) / _NS
    new = np.ones(len(order), np.bool_)
    new[1:] = (np.diff(key[order]) != 0) | (silence_s > SILENCE_REVOLUTIONS * revolution_s)
    run[order] = np.cumsum(new) - 1
    return Aircraft(key, run, key[order][new], shared)


def _keys(plots: Plots) -> I8:
    """The identity of each plot; -1 without any."""
    address, code = plots.address.astype(np.int64), plots.mode_3a.astype(np.int64)
    both = (address >= 0) & (code >= 0)
    pair = np.unique(np.stack([code[both], address[both]], axis=1), axis=0)
    codes, first, count = np.unique(pair[:, 0], return_index=True, return_counts=True)
    only = np.full(4096, -1, np.int64)
    only[codes[count == 1]] = pair[first[count == 1], 1]
    address = np.where((address < 0) & (code >= 0), only[np.maximum(code, 0)], address)
    return np.where(address >= 0, address + _ADDRESS, np.where(code >= 0, code, -1))


def _shared(plots: Plots, key: I8, revolution_s: float) -> I8:
    """Codes of which many plots have a twin far away within half a revolution."""
    there = np.flatnonzero(
        (key >= 0) & (plots.t_ns >= 0) & ~np.isnan(plots.range_m) & ~np.isnan(plots.bearing_rad)
    )
    order = there[np.lexsort((plots.t_ns[there], key[there]))]
    east = plots.range_m[order] * np.sin(plots.bearing_rad[order])
    north = plots.range_m[order] * np.cos(plots.bearing_rad[order])
    near = (np.diff(key[order]) == 0) & (np.diff(plots.t_ns[order]) / _NS < 0.5 * revolution_s)
    twin = near & (np.hypot(np.diff(east), np.diff(north)) > SHARED_M)
    kind, of, count = np.unique(key[order], return_inverse=True, return_counts=True)
    twins = np.bincount(of[1:][twin], minlength=len(kind)) if len(order) else np.zeros(0)
    bearers: I8 = kind[twins > np.maximum(SHARED_SHARE * count, 1.0)]
    return bearers
