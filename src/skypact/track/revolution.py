"""How fast a radar turns, from its service messages or from its plots alone."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from skypact.model.network import F8, U4

SLOWEST_S, FASTEST_S = 30.0, 1.0
WINDOW_S = 60.0
"""Plots are compared in phase over this long: an antenna's speed wanders by some parts in a thousand."""
WINDOWS = 200
"""So many windows at most are looked at, spread over the recording."""
COHERENCE = 0.5
"""Least mean squared coherence at which plots are taken to come from a turning antenna."""
NEAR_BEST = 0.8
"""The slowest speed whose coherence is at least this share of the best one is the antenna's: a lone aircraft fits its
multiples too."""
LEAST_PLOTS = 20


class Revolution(NamedTuple):
    """A revolution, its scatter from turn to turn (s; NaN where not known), and what told it."""

    period_s: float
    spread_s: float
    source: str


def from_north_markers(t_s: F8) -> Revolution | None:
    """The revolution from the instants of north crossings (s, ascending); missed ones do not matter."""
    turns = np.diff(np.unique(t_s))
    if len(turns) < 3:
        return None
    usual_s = float(np.median(turns))
    whole = np.rint(turns / usual_s)
    one = turns[(whole == 1) & (np.abs(turns / usual_s - 1.0) < 0.2)]
    if len(one) < 3 or not FASTEST_S <= usual_s <= SLOWEST_S:
        return None
    return Revolution(float(np.mean(one)), float(np.std(one)), "north markers")


def from_sectors(t_s: F8, sector_rad: F8) -> Revolution | None:
    """The revolution from instants (s, ascending) and azimuths of sector crossings.

    Each crossing against the next one of the same sector.
    """
    order = np.lexsort((t_s, np.rint(sector_rad * 1e6)))
    sector, at_s = np.rint(sector_rad[order] * 1e6), t_s[order]
    again = sector[1:] == sector[:-1]
    turns = np.diff(at_s)[again]
    turns = turns[turns > 0.0]
    if len(turns) < 3:
        return None
    usual_s = float(np.median(turns))
    one = turns[np.abs(turns / usual_s - 1.0) < 0.2]
    if not FASTEST_S <= usual_s <= SLOWEST_S:
        return None
    return Revolution(float(np.mean(one)), float(np.std(one)), "sector messages")


def from_rotation_item(rotation_s: F8) -> Revolution | None:
    """The revolution that the radar itself states (I034/041)."""
    told = rotation_s[(rotation_s >= FASTEST_S) & (rotation_s <= SLOWEST_S)]
    if len(told) == 0:
        return None
    return Revolution(float(np.median(told)), float(np.std(told)), "rotation item")


def from_plots(t_s: F8, bearing_rad: F8) -> Revolution | None:
    """The revolution from plots: the turning speed at which their bearings follow from their instants.

    The coherence |mean exp i(bearing - 2 pi f t)| within windows of a minute is searched over f (the periodogram of
    circular data; Mardia and Jupp 2000, section 13.2); None where no speed explains them: a radar that does not turn.

    Args:
        t_s: f8[n] ascending.
        bearing_rad: f8[n].
    """
    if len(t_s) < LEAST_PLOTS:
        return None
    window = np.floor((t_s - t_s[0]) / WINDOW_S).astype(np.int64)
    _, index, count = np.unique(window, return_inverse=True, return_counts=True)
    full = np.flatnonzero(count >= max(5, 0.25 * np.median(count)))
    if len(full) == 0:
        return None
    chosen = full[np.linspace(0, len(full) - 1, min(WINDOWS, len(full))).astype(np.int64)]
    step_hz = 1.0 / (8.0 * WINDOW_S)
    grid_hz = np.arange(1.0 / SLOWEST_S, 1.0 / FASTEST_S, step_hz)
    power = np.zeros(len(grid_hz))
    members = [np.flatnonzero(index == k) for k in chosen]
    for rows in members:
        power += _coherence2(t_s[rows], bearing_rad[rows], grid_hz)
    power /= len(members)
    if power.max() < COHERENCE:
        return None
    first = int(np.argmax(power >= NEAR_BEST * power.max()))
    while first + 1 < len(power) and power[first + 1] > power[first]:
        first += 1
    fine_hz = grid_hz[first] + np.linspace(-1.0, 1.0, 201) * step_hz
    best = np.array([fine_hz[np.argmax(_coherence2(t_s[r], bearing_rad[r], fine_hz))] for r in members])
    return Revolution(1.0 / float(np.median(best)), float(np.std(1.0 / best)), "plots")


def from_answers(t_s: F8, code: U4) -> Revolution | None:
    """How often a radar that does not turn looks: the median time between plots with one transponder code.

    Args:
        t_s: f8[n] ascending.
        code: u4[n], 0 for none.
    """
    order = np.lexsort((t_s, code))
    order = order[code[order] > 0]
    again = np.diff(t_s[order])[np.diff(code[order]) == 0]
    again = again[(again > 0.0) & (again <= SLOWEST_S)]
    if len(again) < LEAST_PLOTS:
        return None
    return Revolution(float(np.median(again)), float(np.std(again)), "repeated answers: it does not turn")


def _coherence2(t_s: F8, bearing_rad: F8, grid_hz: F8) -> F8:
    """Squared coherence [g] beyond what bearings without order would give."""
    phase = bearing_rad[None, :] - 2.0 * math.pi * grid_hz[:, None] * (t_s - t_s[0])[None, :]
    n = len(t_s)
    raw = np.abs(np.exp(1j * phase).mean(axis=1)) ** 2
    return np.asarray((n * raw - 1.0) / (n - 1.0), np.float64)
