"""Catalogue nouns: notional or public classes, each value with unit, source, interval and note on dispute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from skypact.model.codes import BeamPattern, ObjectClass, SensorKind


@dataclass(frozen=True)
class Value:
    """A catalogue value with its interval and its source; `value` is in the SI unit named by the field."""

    value: float
    low: float
    high: float
    unit: str
    source: str
    dispute: str = ""
    """Where public sources differ, and by how much; empty where they do not, or where there are none."""


@dataclass(frozen=True)
class SensorClass:
    """A notional class of sensor. Unused quantities of a kind are absent from `values`.

    `values` keys (SI), every kind: range_max_m, revisit_s, bias_clock_s, delay_s (processing delay until a
    detection can be used), and where it applies mast_m, bias_range_m, bias_bearing_rad, bias_elevation_rad
    (one-sigma of a run's constant bias), drift_range_m, drift_bearing_rad, drift_elevation_rad, drift_clock_s
    (one-sigma of what comes and goes about it), drift_time_s (time in which a drift is forgotten),
    sigma_range_m, sigma_bearing_rad, sigma_elevation_rad (floors), false_plots (mean a look; not of radars,
    whose false plots follow from noise and clutter).

    Radar, range equation: peak_power_w, pulse_width_s (uncompressed), coherent_pulses (in one burst), pulses
    (bursts integrated without phase in a look), gain_db, frequency_hz, system_temperature_k, losses_db (all of
    them but the propagation's); range_min_m, pfa (a cell and look), swerling (case 0 to 4).
    Radar, time: prf_hz; revisit_track_s, revisit_cued_s and track_gain_db (electronically scanned: when a beam
    comes again to what is tracked or cued, and its signal to noise over a look in search; absent: no such mode).
    Radar, beam: beam_azimuth_rad, beam_elevation_rad (half-power widths), tilt_rad (elevation of the axis, or of
    the normal of a fixed face), elevation_min_rad, elevation_max_rad, sector_rad, the attribute `pattern`, and of a
    steered one fence_rad (elevation up to which its search transmits the whole energy; less above).
    Radar, clutter and capacity: cell_range_m (range resolution), canceller (order of the moving-target
    canceller, 0 none), stagger (pulse intervals that alternate, 1 none), mti_range_m (ground range within which
    the canceller is on), improvement_db (by how much clutter is weakened), plots_max (plots a look can carry).
    code_probability: chance that a look reads a transponder.

    Infrared, acoustic, cooperative, direction finder, multilateration: detection_probability of a look.
    Multilateration: receivers, baseline_m (radius of their ring), sigma_time_s (of a time of arrival).
    """

    name: str
    title: str
    kind: SensorKind
    rotates: bool
    measures_elevation: bool
    values: Mapping[str, Value]
    pattern: BeamPattern = BeamPattern.STEERED
    """How a radar's beam lies in elevation; without meaning for other kinds."""


@dataclass(frozen=True)
class Shape:
    """A table of a class of defence unit as shares of its values, so that it keeps its form where those are drawn."""

    rows: tuple[tuple[float, ...], ...]
    source: str


@dataclass(frozen=True)
class InterceptorClass:
    """A notional class of defence unit: reach, time of flight, chance to kill, magazine, price; nothing else.

    `values` keys (SI): range_min_m, range_max_m, altitude_min_m, altitude_max_m, mean_speed_mps, reaction_s,
    channels, salvo, stock, reload_s, price_usd, dwell_s (lasers; 0 otherwise), track_sigma_m (largest position
    sigma it may be launched on), salvo_common (chance that nothing common to a salvo fails).
    `kill` is the single-shot chance by object class (absent: cannot engage).
    `envelope` has rows of altitude over altitude_max_m, least and greatest slant range over range_max_m; `flight` has
    rows of slant range over range_max_m, and time of flight over range_max_m / mean_speed_mps. Without them a unit
    reaches the box of its altitudes and ranges, at its mean speed.
    """

    name: str
    title: str
    tier: str
    values: Mapping[str, Value]
    kill: Mapping[ObjectClass, Value]
    envelope: Shape | None = None
    flight: Shape | None = None

    def envelope_m(self) -> tuple[tuple[float, float, float], ...]:
        """Rows of altitude, least and greatest slant range, m, in order of altitude."""
        near_m, far_m, low_m, high_m = (
            self.values[key].value
            for key in ("range_min_m", "range_max_m", "altitude_min_m", "altitude_max_m")
        )
        if self.envelope is None:
            return (low_m, near_m, far_m), (high_m, near_m, far_m)
        return tuple((high_m * row[0], far_m * row[1], far_m * row[2]) for row in self.envelope.rows)

    def flight_s(self) -> tuple[tuple[float, float], ...]:
        """Rows of slant range (m) and time of flight to it (s), in order of range."""
        far_m, speed_mps = self.values["range_max_m"].value, self.values["mean_speed_mps"].value
        rows = ((0.0, 0.0), (1.0, 1.0)) if self.flight is None else self.flight.rows
        return tuple((far_m * row[0], far_m / speed_mps * row[1]) for row in rows)


@dataclass(frozen=True)
class ThreatClass:
    """A notional class of raid object or aircraft.

    `values` keys (SI), all: rcs_m2 (nose on), rcs_side_m2 (broadside), emitter (share of the objects that a
    direction finder can hear). Raid classes: range_min_m, range_max_m, scatter_m.
    Ballistic and rocket: ballistic_coefficient_kgpm2 (at Mach 3, after burnout), boost_acceleration_mps2 (mean over
    the burn), loft (multiplies the minimum-energy elevation), stages, exhaust_speed_mps (with the boost's change of
    velocity, how a stage's acceleration grows), stage_coast_s (between stages), burnout_speed (one-sigma share),
    burnout_angle_rad (one sigma).
    Cruise, drone and aircraft: speed_mps, height_m, turn_mps2 (sideways acceleration in turns), climb_rad
    (greatest flight-path angle); cruise and drone: popup_share (of the objects that climb before the end) and
    popup_height_m; aircraft: position_sigma_m (of the position that they report).
    The interval of a value says how far the objects of a class lie apart.
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
