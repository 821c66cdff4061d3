"""What the warning room assumes: each number with unit, interval and source."""

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

IMPACT_VALUES: Mapping[str, Value] = MappingProxyType(
    {
        "class_min": Value(0.5, 0.3, 0.8, "1", _NOTIONAL),
        "mode_min": Value(0.8, 0.6, 0.95, "1", _NOTIONAL),
        "log_beta_sigma": Value(
            0.3, 0.15, 0.6, "1", "notional: a class's coefficients spread by about a third"
        ),
        "model_error": Value(
            0.002, 0.0, 0.01, "1", "notional: winds, lift and steps, as a share of the way to go"
        ),
        "boost_sigma_mps": Value(
            400.0, 200.0, 1000.0, "m/s", "notional: speed still to be gained while boosting"
        ),
        "sigma_max_m": Value(
            200e3, 100e3, 400e3, "m", "beyond this a point of impact is no information here"
        ),
        "time_max_s": Value(
            2400.0, 1200.0, 3600.0, "s", "longer than the flight of any range below 6,000 km"
        ),
        "horizon_s": Value(600.0, 300.0, 900.0, "s", _NOTIONAL),
        "turn_sigma_rad": Value(math.radians(10), math.radians(5), math.radians(20), "rad", _NOTIONAL),
        "speed_error": Value(0.05, 0.02, 0.15, "1", _NOTIONAL),
    }
)
"""Intervals and sources of the fields of `ImpactSettings`."""

ALERT_VALUES: Mapping[str, Value] = MappingProxyType(
    {
        "margin_m": Value(
            2000.0, 0.0, 5000.0, "m", "notional: a warned zone reaches beyond the built-up area"
        ),
        "horizon_s": IMPACT_VALUES["horizon_s"],
        "turn_sigma_rad": IMPACT_VALUES["turn_sigma_rad"],
        "speed_error": IMPACT_VALUES["speed_error"],
        "clear_after_s": Value(60.0, 30.0, 600.0, "s", "notional: countries wait from a minute to ten"),
        "after_arrival_s": Value(30.0, 10.0, 600.0, "s", _NOTIONAL),
        "match_sigma": Value(
            3.0, 2.0, 4.0, "1", "notional gate at which two predictions are taken for one object"
        ),
        "match_floor_m": Value(
            1000.0, 300.0, 3000.0, "m", "notional floor of that gate: bias between nations"
        ),
        "match_floor_s": Value(5.0, 2.0, 15.0, "s", "notional floor of that gate in time"),
    }
)
"""Intervals and sources of the fields of `AlertSettings`."""


def _default(values: Mapping[str, Value], name: str) -> float:
    return values[name].value


@dataclass(frozen=True)
class ImpactSettings:
    """How impacts are predicted; SI units; intervals and sources are in `IMPACT_VALUES`."""

    class_min: float = _default(IMPACT_VALUES, "class_min")
    """Probability of an unpowered (or of an air-breathing) class from which an impact is predicted."""
    mode_min: float = _default(IMPACT_VALUES, "mode_min")
    """Probability of ballistic flight from which an impact is predicted though the class is open."""
    log_beta_sigma: float = _default(IMPACT_VALUES, "log_beta_sigma")
    model_error: float = _default(IMPACT_VALUES, "model_error")
    boost_sigma_mps: float = _default(IMPACT_VALUES, "boost_sigma_mps")
    sigma_max_m: float = _default(IMPACT_VALUES, "sigma_max_m")
    time_max_s: float = _default(IMPACT_VALUES, "time_max_s")
    horizon_s: float = _default(IMPACT_VALUES, "horizon_s")
    turn_sigma_rad: float = _default(IMPACT_VALUES, "turn_sigma_rad")
    speed_error: float = _default(IMPACT_VALUES, "speed_error")
    beta_kgpm2: tuple[float, ...] = (5000.0, 0.0, 0.0, 10000.0, 0.0, 0.0, 100.0)
    """Notional ballistic coefficient by object class; 0 where it is not used."""


@dataclass(frozen=True)
class AlertSettings:
    """How alerts are raised and cleared; SI units; intervals and sources are in `ALERT_VALUES`."""

    margin_m: float = _default(ALERT_VALUES, "margin_m")
    """Added to a place's radius."""
    horizon_s: float = _default(ALERT_VALUES, "horizon_s")
    """An air-breathing object warns the places that it can reach on its course within this time."""
    turn_sigma_rad: float = _default(ALERT_VALUES, "turn_sigma_rad")
    """One sigma of the bearing, seen from the object, between its present course and where it is going."""
    speed_error: float = _default(ALERT_VALUES, "speed_error")
    clear_after_s: float = _default(ALERT_VALUES, "clear_after_s")
    after_arrival_s: float = _default(ALERT_VALUES, "after_arrival_s")
    match_sigma: float = _default(ALERT_VALUES, "match_sigma")
    match_floor_m: float = _default(ALERT_VALUES, "match_floor_m")
    match_floor_s: float = _default(ALERT_VALUES, "match_floor_s")


@lru_cache(maxsize=64)
def impact_arrays(settings: ImpactSettings) -> tuple[F8, F8]:
    """The settings as the kernel takes them: (beta_kgpm2[7], values[10]), read-only."""
    beta = np.array(settings.beta_kgpm2, np.float64)
    values = np.array(
        [
            settings.class_min,
            settings.mode_min,
            settings.log_beta_sigma,
            settings.model_error,
            settings.boost_sigma_mps,
            settings.sigma_max_m,
            settings.time_max_s,
            settings.horizon_s,
            settings.turn_sigma_rad,
            settings.speed_error,
        ]
    )
    return beta, values


@lru_cache(maxsize=64)
def alert_array(settings: AlertSettings) -> F8:
    """The settings as the kernel takes them: values[9]."""
    return np.array(
        [
            settings.margin_m,
            settings.horizon_s,
            settings.turn_sigma_rad,
            settings.speed_error,
            settings.clear_after_s,
            settings.after_arrival_s,
            settings.match_sigma,
            settings.match_floor_m,
            settings.match_floor_s,
        ]
    )
