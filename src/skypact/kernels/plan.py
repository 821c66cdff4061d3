"""Which looks a sensor takes at one object in a stretch of time, and when.

A look that is planned is taken by kernels.look; whether a look in track or cued mode did happen is told afterwards, by
what the search found.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.looks import PHASE, REVISIT, REVISIT_CUED, REVISIT_TRACK, TRACK_GAIN_DB
from skypact.kernels.resolution import Echoes
from skypact.kernels.scan import cued_slots, frame_at, meeting_time, slots, track_slots

REMEMBERED = 10
"""Frames before the present one in which a detection in search still keeps a radar's track mode on an object.

Notional: about a minute, in which looks of its own hold a track above the search. Finite, so that no instant hangs on
all that went before.
"""

_EDGE_S = 1e-6  # frames are numbered by division: one that ends within this of an instant is tried as well


@kernel
def plan_look(echoes: Echoes, n: int, i: int, look: int, t_s: float, gain_db: float) -> None:
    """Write a look at object i into echo n."""
    echoes.object[n] = i
    echoes.look[n] = look
    echoes.t_s[n] = t_s
    echoes.gain_db[n] = gain_db


@kernel
def plan_search(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    states: NDArray[np.float64],
    rows: tuple[int, int, int],
    i: int,
    life_s: NDArray[np.float64],
    t_from_s: float,
    t_to_s: float,
    state: NDArray[np.float64],
    echoes: Echoes,
    n: int,
) -> int:
    """Plan a radar's looks at object i in [t_from_s, t_to_s) from echo n on; the next free, -1 where full.

    Looks of search and, in a radar that has the mode, those that it would take in track mode; with them the looks of
    search before that tell whether it does. A frame's search comes before its other looks, frames are in order.

    Args:
        site, physics: the radar's rows.
        states, rows: paths, and the object's first row, row after the last, and second of the first.
        life_s: f8[2] when the object flies.
        state: scratch f8[6].
    """
    numbers, tracking = slots(site, physics), track_slots(site, physics)
    first = frame_at(site, physics, t_from_s - _EDGE_S)
    last = frame_at(site, physics, t_to_s + _EDGE_S)
    remembered = tracking > 0
    if remembered:
        first -= 1 + REMEMBERED
    room = echoes.t_s.shape[0]
    for k in range(first, last + 1):
        start_s = k * site[REVISIT] + physics[PHASE]
        met_s = meeting_time(site, states, rows[0], rows[1], rows[2], start_s, life_s[0], life_s[1], state)
        if math.isnan(met_s) or met_s < life_s[0] or met_s > life_s[1]:
            continue
        if n + 1 + tracking > room:
            return -1
        if remembered or (t_from_s <= met_s < t_to_s):
            plan_look(echoes, n, i, k * numbers, met_s, 0.0)
            n += 1
        for j in range(1, tracking + 1):
            t_s = met_s + j * physics[REVISIT_TRACK]
            if t_from_s <= t_s < t_to_s and t_s <= life_s[1]:
                plan_look(echoes, n, i, k * numbers + j, t_s, physics[TRACK_GAIN_DB])
                n += 1
    return n


@kernel
def plan_cue(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    i: int,
    t_from_s: float,
    t_to_s: float,
    echoes: Echoes,
    n: int,
) -> int:
    """Plan a radar's looks by cue at object i in [t_from_s, t_to_s) from echo n on; the next free, -1 where full."""
    numbers, tracking, cued = slots(site, physics), track_slots(site, physics), cued_slots(site, physics)
    first = frame_at(site, physics, t_from_s - _EDGE_S)
    last = frame_at(site, physics, t_to_s + _EDGE_S)
    for k in range(first, last + 1):
        for j in range(cued):
            t_s = k * site[REVISIT] + physics[PHASE] + j * physics[REVISIT_CUED]
            if t_s < t_from_s or t_s >= t_to_s:
                continue
            if n >= echoes.t_s.shape[0]:
                return -1
            plan_look(echoes, n, i, k * numbers + 1 + tracking + j, t_s, physics[TRACK_GAIN_DB])
            n += 1
    return n


@kernel
def plan_frames(
    site: NDArray[np.float64],
    physics: NDArray[np.float64],
    i: int,
    fraction: float,
    t_from_s: float,
    t_to_s: float,
    echoes: Echoes,
    n: int,
) -> int:
    """Plan the looks at object i of a sensor that is no radar, a share into each frame; the next free or -1."""
    first = frame_at(site, physics, t_from_s - _EDGE_S)
    last = frame_at(site, physics, t_to_s + _EDGE_S)
    for k in range(first, last + 1):
        t_s = k * site[REVISIT] + physics[PHASE] + fraction * site[REVISIT]
        if t_s < t_from_s or t_s >= t_to_s:
            continue
        if n >= echoes.t_s.shape[0]:
            return -1
        plan_look(echoes, n, i, k, t_s, 0.0)
        n += 1
    return n
