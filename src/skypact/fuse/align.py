"""Registration: how far another nation's tracks lie from ours, learnt from aircraft whose codes both read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.model.network import F8
from skypact.model.track import Tracks

FORGET = 0.98
"""Weight kept by what was learnt before, at each aircraft compared: a memory of about 50 comparisons."""
PRIOR_VARIANCE_M2 = 300.0**2
"""Variance of the offset before anything was compared: typical of uncalibrated neighbours (assumption)."""
MAX_PAIR_M = 5_000.0


@dataclass
class Registration:
    """Offset of N nations' tracks from the picture's own (theirs minus ours), ECEF."""

    offset_ecef_m: F8
    """[N, 3]"""
    variance_m2: F8
    """[N] what is left after the offset is removed, per axis"""
    weight: F8
    """[N] comparisons remembered"""


def new_registration(nations: int) -> Registration:
    """A registration that has learnt nothing."""
    return Registration(np.zeros((nations, 3)), np.full(nations, PRIOR_VARIANCE_M2), np.zeros(nations))


def learn(registration: Registration, own: Tracks, theirs: Tracks, nation: int) -> None:
    """Update the offset of `nation` from tracks of both that carry the same transponder code.

    The running mean of the offset and of its spread (exponential forgetting). Offsets are taken in ECEF: over
    the few hundred kilometres that two neighbours share, a turned frame changes them by less than their spread.
    """
    mine = np.flatnonzero(own.code != 0)
    other = np.flatnonzero(theirs.code != 0)
    _, i, j = np.intersect1d(own.code[mine], theirs.code[other], return_indices=True)
    for a, b in zip(mine[i], other[j], strict=True):
        difference = theirs.mean_ecef[b, :3] - own.mean_ecef[a, :3]
        if difference @ difference > MAX_PAIR_M**2:
            continue
        weight = registration.weight[nation] * FORGET + 1.0
        gain = 1.0 / weight
        residual = difference - registration.offset_ecef_m[nation]
        registration.offset_ecef_m[nation] += gain * residual
        spread = float(residual @ residual) / 3.0
        registration.variance_m2[nation] += gain * (spread - registration.variance_m2[nation])
        registration.weight[nation] = weight
