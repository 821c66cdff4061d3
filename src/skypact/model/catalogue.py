"""Catalogue nouns: notional or public classes, each value with unit, source and interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from skypact.model.codes import ObjectClass, SensorKind


@dataclass(frozen=True)
class Value:
    """A catalogue value with its interval and its source; `value` is in the SI unit named by the field."""

    value: float
    low: float
    high: float
    unit: str
    source: str


@dataclass(frozen=True)
class SensorClass:
    """A notional class of sensor. Unused quantities of a kind are absent from `values`.

    `values` keys (SI): range_max_m, range_min_m, snr_db_100km_1m2 (radar: signal to noise of 1 m2 at 100 km),
    pfa, swerling (1 or 3), revisit_s, beam_azimuth_rad, beam_elevation_rad, sigma_range_m, sigma_bearing_rad,
    sigma_elevation_rad (floors), elevation_min_rad, elevation_max_rad, sector_rad, bias_range_m,
    bias_bearing_rad, bias_elevation_rad, bias_clock_s (one-sigma of a run's constant bias), false_plots
    (mean a revolution or frame), mast_m, delay_s (processing delay until a detection can be used),
    detection_probability (infrared, acoustic, cooperative), code_probability (chance that a look reads a transponder).
    """

    name: str
    title: str
    kind: SensorKind
    rotates: bool
    measures_elevation: bool
    values: Mapping[str, Value]


@dataclass(frozen=True)
class InterceptorClass:
    """A notional class of defence unit: reach, time of flight, chance to kill, magazine, price; nothing else.

    `values` keys (SI): range_min_m, range_max_m, altitude_min_m, altitude_max_m, mean_speed_mps, reaction_s,
    channels, salvo, stock, reload_s, price_usd, dwell_s (lasers; 0 otherwise), track_sigma_m (largest position
    sigma it may be launched on), salvo_common (chance that nothing common to a salvo fails).
    `kill` is the single-shot chance by object class (absent: cannot engage).
    """

    name: str
    title: str
    tier: str
    values: Mapping[str, Value]
    kill: Mapping[ObjectClass, Value]


@dataclass(frozen=True)
class ThreatClass:
    """A notional class of raid object or aircraft.

    `values` keys (SI): rcs_m2, and by class: ballistic and rocket: range_min_m, range_max_m,
    ballistic_coefficient_kgpm2, boost_acceleration_mps2 (mean over the burn), loft (multiplies the minimum-energy
    elevation), scatter_m; cruise, drone and aircraft: speed_mps, height_m, and for raid classes range_max_m.
    """

    name: str
    title: str
    object_class: ObjectClass
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Catalogue:
    """All classes by name."""

    sensors: Mapping[str, SensorClass]
    interceptors: Mapping[str, InterceptorClass]
    threats: Mapping[str, ThreatClass]
