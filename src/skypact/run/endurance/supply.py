"""What batteries hold before each raid of a chain: what they had left, and what has come since."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from skypact.model.network import B1, F8, I4, BatteryTable
from skypact.model.scenario import Days, Magazines

ENDLESS = 2**30
"""Shots of a laser, which is short of time and never of rounds."""


def can_run_out(batteries: BatteryTable) -> B1:
    """Whether each battery's rounds can run out, [B]: those of a laser cannot."""
    return np.asarray(batteries.dwell_s == 0.0, np.bool_)


def held_first(batteries: BatteryTable, days: Days) -> I4:
    """Rounds of each battery before the first day, [B]: its magazine full, and its store."""
    store = np.floor(batteries.stock * _shares(days.store, batteries.tiers) + 1e-9)
    held: I4 = batteries.stock + np.minimum(store, ENDLESS - batteries.stock).astype(np.int32)
    return np.asarray(np.where(can_run_out(batteries), held, ENDLESS), np.int32)


def brought(batteries: BatteryTable, days: Days, raid: int) -> I4:
    """Rounds that come to each battery between raid `raid - 1` and raid `raid`, counted from 0, [B].

    Whole rounds: what is less than one is kept until it is one.
    """
    a_raid = batteries.stock * _shares(days.resupply_per_day, batteries.tiers) / days.raids_per_day
    if raid < 1:
        return np.zeros(len(a_raid), np.int32)
    now, before = (np.floor(raids * a_raid + 1e-9) for raids in (raid, raid - 1))
    return np.asarray(np.minimum(now - before, ENDLESS), np.int32)


def held_next(left: I4, batteries: BatteryTable, days: Days, raid: int) -> I4:
    """Rounds before raid `raid`, [L, B]: what was left and what came, never more than there was on the first day."""
    first = held_first(batteries, days).astype(np.int64)
    held = np.minimum(left.astype(np.int64) + brought(batteries, days, raid), first)
    return np.asarray(np.where(can_run_out(batteries), held, ENDLESS), np.int32)


def _shares(written: Magazines, tiers: Sequence[str]) -> F8:
    """The share of the magazine of each battery's tier, [B]."""
    if isinstance(written, (int, float)):
        return np.full(len(tiers), float(written))
    return np.array([written.get(tier, 0.0) for tier in tiers], np.float64)


def rounds_text(written: Magazines) -> str:
    """An amount in words: a number of magazines, or one for each tier named."""
    if isinstance(written, (int, float)):
        return _magazines(float(written))
    return ", ".join(f"{tier} {_magazines(share)}" for tier, share in sorted(written.items())) or "nothing"


def _magazines(share: float) -> str:
    if not share or math.isclose(share, 0.0):
        return "nothing"
    return f"{share:g} magazine{'s' * (share != 1.0)}"
