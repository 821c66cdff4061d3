"""What the defending room assumes: each number with unit, interval and source."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from skypact.model.catalogue import Value
from skypact.model.network import F8

_NOTIONAL = "notional, no measured system"

FIRE_VALUES: Mapping[str, Value] = MappingProxyType(
    {
        "raid_size": Value(3.0, 1.0, 6.0, "count", "notional: silent aircraft taken for hostile at once"),
        "raid_confirm_s": Value(
            15.0, 0.0, 60.0, "s", "notional: how long a ballistic track lasts before it is taken for a raid"
        ),
        "raid_s": Value(1800.0, 600.0, 3600.0, "s", "notional: how long a nation then stays ready to fire"),
        "hostile_min": Value(0.8, 0.6, 0.95, "1", "as a firm track's class"),
        "origin_radius_m": Value(
            12_000.0,
            5_000.0,
            25_000.0,
            "m",
            "notional: what is first seen so near to an airport took off there",
        ),
        "origin_speed_mps": Value(
            130.0, 80.0, 150.0, "m/s", "notional: a small aircraft after take-off is no faster"
        ),
        "chance_min": Value(0.05, 0.0, 0.2, "1", "notional: least chance of a salvo worth its price"),
        "round_price": Value(
            0.0,
            0.0,
            1.0,
            "stake",
            "notional: what a round is worth later, in units of a place's value; lasers none",
        ),
        "margin_m": Value(2000.0, 0.0, 5000.0, "m", "notional: added to a place's radius"),
        "turn_sigma_rad": Value(math.radians(10), math.radians(5), math.radians(20), "rad", _NOTIONAL),
        "speed_error": Value(0.05, 0.02, 0.15, "1", _NOTIONAL),
        "air_horizon_s": Value(
            600.0, 300.0, 900.0, "s", "notional: air-breathing objects nearer than this count"
        ),
        "path_horizon_s": Value(
            1800.0, 900.0, 2400.0, "s", "longer than the flight of any range below 4,000 km"
        ),
        "level_horizon_s": Value(
            300.0, 120.0, 600.0, "s", "notional: how long a present course is relied on"
        ),
        "commit_s": Value(
            5.0, 2.0, 10.0, "s", "notional: a shot is decided at most this long before it must start"
        ),
        "false_kill": Value(0.05, 0.01, 0.15, "1", "notional: a miss taken for a kill"),
        "missed_kill": Value(0.10, 0.02, 0.25, "1", "notional: a kill taken for a miss"),
        "assessment_s": Value(4.0, 2.0, 15.0, "s", "notional: a few looks of an engagement radar"),
        "decision_s": Value(4.0, 2.0, 10.0, "s", "notional: from an assessment to the next decision"),
        "reopen_s": Value(20.0, 10.0, 60.0, "s", "notional: a track that lives on so long was not killed"),
        "assessment_timeout_s": Value(30.0, 15.0, 120.0, "s", "notional: an assessment that never came"),
        "handover_reference": Value(
            2.0, 1.5, 4.0, "1", "notional: track sigma, in largest sigmas, that halves it"
        ),
        "handover_min": Value(0.5, 0.2, 0.8, "1", _NOTIONAL),
    }
)
"""Intervals and sources of the numbers of `FireSettings`."""


def _default(name: str) -> float:
    return FIRE_VALUES[name].value


@dataclass(frozen=True)
class FireSettings:
    """How shots are decided, assessed and repeated; SI units; intervals and sources are in `FIRE_VALUES`."""

    engage_on_remote: bool = False
    """Whether a track to which no own sensor contributes may be shot at."""
    raid_size: int = int(_default("raid_size"))
    """Air-breathing candidates at once from which a nation fires at such (defend.posture); 1: always."""
    origin_radius_m: float = _default("origin_radius_m")
    """What is first seen so near to a member's airport, and no faster than below, is not fired at (defend.origin)."""
    origin_speed_mps: float = _default("origin_speed_mps")
    raid_confirm_s: float = _default("raid_confirm_s")
    """How long a track stays a candidate on a ballistic path before air-breathing ones may be fired at too."""
    raid_s: float = _default("raid_s")
    free_from_s: float = math.inf
    free_until_s: float = math.inf
    """Raised alert: between these every nation is free to fire at air-breathing objects, whatever it sees."""
    hostile_min: float = _default("hostile_min")
    chance_min: float = _default("chance_min")
    round_price: float = _default("round_price")
    margin_m: float = _default("margin_m")
    turn_sigma_rad: float = _default("turn_sigma_rad")
    speed_error: float = _default("speed_error")
    air_horizon_s: float = _default("air_horizon_s")
    path_horizon_s: float = _default("path_horizon_s")
    level_horizon_s: float = _default("level_horizon_s")
    commit_s: float = _default("commit_s")
    false_kill: float = _default("false_kill")
    missed_kill: float = _default("missed_kill")
    assessment_s: float = _default("assessment_s")
    decision_s: float = _default("decision_s")
    reopen_s: float = _default("reopen_s")
    assessment_timeout_s: float = _default("assessment_timeout_s")
    handover_reference: float = _default("handover_reference")
    handover_min: float = _default("handover_min")
    beta_kgpm2: tuple[float, ...] = (5000.0, 0.0, 0.0, 10000.0, 0.0, 0.0, 100.0)
    """Notional ballistic coefficient by object class, as the warning room's; 0 where it is not used."""
    laser_excess_1pm: float = 0.0
    """Extinction of a laser beam beyond that of a clear day (earth.visibility)."""
    laser_ceiling_m: float = math.inf
    """Height above which clouds keep lasers from shooting."""


@lru_cache(maxsize=64)
def fire_arrays(settings: FireSettings) -> tuple[F8, F8, F8]:
    """The settings as the kernels take them: beta_kgpm2[7], values of `stakes`[4], values of `intercepts`[5]."""
    return (
        np.array(settings.beta_kgpm2, np.float64),
        np.array([settings.margin_m, settings.air_horizon_s, settings.turn_sigma_rad, settings.speed_error]),
        np.array(
            [
                settings.path_horizon_s,
                settings.level_horizon_s,
                settings.assessment_s + settings.decision_s,
                settings.commit_s,
                settings.laser_excess_1pm,
            ]
        ),
    )
