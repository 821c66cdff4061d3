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
from skypact.model.warning import RUNGS

_NOTIONAL = "notional, no measured system"

IMPACT_VALUES: Mapping[str, Value] = MappingProxyType(
    {
        "class_min": Value(0.5, 0.3, 0.8, "1", _NOTIONAL),
        "mode_min": Value(0.8, 0.6, 0.95, "1", _NOTIONAL),
        "log_beta_sigma": Value(
            0.35,
            0.15,
            0.6,
            "1",
            "notional: coefficients of a class differ by a factor of four in all (Regan 1993)",
        ),
        "model_error": Value(
            0.0005, 0.0, 0.01, "1", "notional: winds, lift and steps, as a share of the way to go"
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

LAUNCH_VALUES: Mapping[str, Value] = MappingProxyType(
    {
        "class_min": IMPACT_VALUES["class_min"],
        "log_beta_sigma": IMPACT_VALUES["log_beta_sigma"],
        "boost_min": Value(0.5, 0.3, 0.8, "1", _NOTIONAL),
        "bend_sigma_rad": Value(
            0.08,
            0.03,
            0.15,
            "rad",
            "notional: thrust grows and gravity does not, so that no boost is quite straight",
        ),
        "air_top_m": Value(60e3, 40e3, 90e3, "m", "below, drag moves a fall by more than its track is known"),
        "sigma_max_m": IMPACT_VALUES["sigma_max_m"],
        "time_max_s": IMPACT_VALUES["time_max_s"],
    }
)
"""Intervals and sources of the single numbers of `LaunchSettings`."""

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
        "update_arrival_s": Value(
            30.0, 10.0, 120.0, "s", "notional: what makes a difference to who is on the way to shelter"
        ),
        "update_probability": Value(0.25, 0.1, 0.5, "1", _NOTIONAL),
        "update_after_s": Value(15.0, 5.0, 60.0, "s", "notional: no more messages than can be read"),
    }
)
"""Intervals and sources of the fields of `AlertSettings`."""

PREALERT_VALUES: Mapping[str, Value] = MappingProxyType(
    {
        "class_min": IMPACT_VALUES["class_min"],
        "gate_sigma": Value(3.0, 2.0, 4.0, "1", "notional: three sigma of the predicted point of impact"),
        "margin_m": ALERT_VALUES["margin_m"],
        "missile_reach_m": Value(
            2500e3,
            1000e3,
            3000e3,
            "m",
            "public: the range of medium-range missiles, the longest in the catalogue",
        ),
        "rocket_reach_m": Value(
            150e3, 100e3, 150e3, "m", "public, unconfirmed: the longest of rocket artillery"
        ),
        "over_after_s": ALERT_VALUES["clear_after_s"],
        "after_arrival_s": ALERT_VALUES["after_arrival_s"],
    }
)
"""Intervals and sources of the fields of `PrealertSettings`."""


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
class LaunchSettings:
    """How launch points are found; SI units; intervals and sources are in `LAUNCH_VALUES`."""

    class_min: float = _default(LAUNCH_VALUES, "class_min")
    """Probability of a missile or rocket from which a launch is sought."""
    log_beta_sigma: float = _default(LAUNCH_VALUES, "log_beta_sigma")
    boost_min: float = _default(LAUNCH_VALUES, "boost_min")
    """Probability of the manoeuvre mode from which a climbing object is taken to boost still."""
    bend_sigma_rad: float = _default(LAUNCH_VALUES, "bend_sigma_rad")
    """Angle between the path of a boost and the velocity at its end."""
    air_top_m: float = _default(LAUNCH_VALUES, "air_top_m")
    sigma_max_m: float = _default(LAUNCH_VALUES, "sigma_max_m")
    time_max_s: float = _default(LAUNCH_VALUES, "time_max_s")
    beta_kgpm2: tuple[float, float] = (5000.0, 10000.0)
    """Ballistic coefficient of missiles and of rockets."""
    size_s2pm: tuple[float, float] = (0.011, 0.0027)
    """Length of the boost over the square of the speed at its end: some 40% of the burn time over that speed, at 20 to
    50 m/s2 for missiles and 50 to 300 m/s2 for rockets."""
    log_size_sigma: tuple[float, float] = (0.4, 0.6)
    """One sigma of the logarithm of that."""


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
    update_arrival_s: float = _default(ALERT_VALUES, "update_arrival_s")
    """An alert is updated where its predicted arrival has moved by so much since the last message,"""
    update_probability: float = _default(ALERT_VALUES, "update_probability")
    """or its probability by so much;"""
    update_after_s: float = _default(ALERT_VALUES, "update_after_s")
    """but not sooner than this after that message."""
    public_rung: int = RUNGS.index(0.2)
    """Index in RUNGS of the alerts that the public hears: only these are updated."""


@dataclass(frozen=True)
class PrealertSettings:
    """When a nation is told of a launch; SI units; intervals and sources are in `PREALERT_VALUES`."""

    class_min: float = _default(PREALERT_VALUES, "class_min")
    """Probability of a missile or rocket from which a track is a launch."""
    gate_sigma: float = _default(PREALERT_VALUES, "gate_sigma")
    """A launch with a predicted impact reaches the places within so many sigma of it."""
    margin_m: float = _default(PREALERT_VALUES, "margin_m")
    """Added to a place's radius."""
    missile_reach_m: float = _default(PREALERT_VALUES, "missile_reach_m")
    """Without a predicted impact it reaches the places within this of where it is, if it is a missile;"""
    rocket_reach_m: float = _default(PREALERT_VALUES, "rocket_reach_m")
    """or this, if a rocket is likelier."""
    over_after_s: float = _default(PREALERT_VALUES, "over_after_s")
    """The pre-alert ends when nothing has been within reach for this long."""
    after_arrival_s: float = _default(PREALERT_VALUES, "after_arrival_s")
    """A received warning counts until so long after its predicted arrival."""


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
    """The settings as the kernel takes them: values[12]."""
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
            settings.update_arrival_s,
            settings.update_probability,
            settings.update_after_s,
        ]
    )


@lru_cache(maxsize=64)
def prealert_array(settings: PrealertSettings) -> F8:
    """The settings as the kernel takes them: values[6]."""
    return np.array(
        [
            settings.class_min,
            settings.gate_sigma,
            settings.margin_m,
            settings.missile_reach_m,
            settings.rocket_reach_m,
            settings.after_arrival_s,
        ]
    )
