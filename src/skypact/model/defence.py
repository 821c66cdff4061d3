"""Shots, outcomes and what is believed of them."""

from __future__ import annotations

from dataclasses import dataclass

from skypact.model.network import F8, I4, I8, U1, U8


@dataclass(frozen=True)
class Shots:
    """Shots (salvos) decided at one instant, k rows."""

    battery: I4
    track_id: U8
    rounds: I4
    launch_ns: I8
    intercept_ns: I8
    aim_ecef_m: F8
    """[k, 3] predicted position at the intercept"""
    kill_chance: F8
    """[k] single-round chance against the class believed"""
    common_chance: F8
    """[k] chance that nothing common to the salvo fails"""
    handover: F8
    """[k] notional factor from the track's quality, 0..1"""


@dataclass(frozen=True)
class Outcomes:
    """What truly came of shots that were due, k rows in the order given."""

    outcome: U1
    """model.codes.Outcome"""
    object: I4
    """Row of truth that was there, -1 none"""
    assessment: U1
    """model.codes.Assessment: what the shooter will believe"""
    assessed_ns: I8
    """when it will believe it"""
