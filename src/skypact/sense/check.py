"""Whether sensing is possible with the tables that it is given."""

from __future__ import annotations

import math

import numpy as np

from skypact.errors import UsageError
from skypact.kernels.doppler import DOUBLE, NONE, STAGGERED
from skypact.kernels.propagation import ELEVATIONS, RANGES
from skypact.kernels.random import GREATEST_MEAN
from skypact.kernels.report import MAX_LOOK, MAX_SENSORS
from skypact.model.codes import BeamPattern, SensorKind
from skypact.model.cue import CueTable
from skypact.model.network import B1, F8, SensingTable, SensorTable, Surroundings
from skypact.model.truth import Truth


def check(
    sensors: SensorTable,
    sensing: SensingTable,
    bias: F8,
    surroundings: Surroundings,
    truth: Truth,
    cues: CueTable | None,
) -> None:
    """Nothing, where sensing is possible with these tables.

    Raises:
        UsageError: a table has another number of sensors, a cue or a disturbance is of none of them, or a parameter
            that its kind needs, a number of false plots or an object's cross-section cannot be used.
    """
    _check_sizes(sensors, sensing, bias, surroundings)
    _check_rows("disturbances", surroundings.disturbances.sensor, len(sensors.kind), "sensors")
    if cues is not None:
        _check_rows("cues", cues.sensor, len(sensors.kind), "sensors")
        _check_rows("cues", cues.object, len(truth.key), "objects")
    _check_echoes(truth)
    _check_false_plots(sensors, surroundings)
    for field, fine in _demands(sensors, sensing):
        if not fine.all():
            s = int(np.argmin(fine))
            value = getattr(sensors if hasattr(sensors, field) else sensing, field)[s]
            raise UsageError(
                f"sense with sensor {sensors.names[s]}",
                f"{field} = {value}",
                "Correct the value in the catalogue's class "
                f"{sensors.class_names[s]} ({SensorKind(sensors.kind[s]).name.lower()}).",
            )


def check_looks(
    sensors: SensorTable, sensing: SensingTable, numbers: int, t_from_s: float, t_to_s: float
) -> None:
    """Nothing, where all looks of a time can be numbered; `numbers` is the most that a frame of any sensor takes.

    Raises:
        UsageError: the looks are too many.
    """
    reach_s = max(abs(t_from_s), abs(t_to_s)) + np.abs(sensing.scan_phase_s)
    furthest = (float(np.max(reach_s / sensors.revisit_s, initial=0.0)) + 4.0) * numbers
    if not math.isfinite(t_to_s - t_from_s) or furthest >= MAX_LOOK:
        raise UsageError(
            f"sense from {t_from_s} s to {t_to_s} s",
            f"more than {MAX_LOOK} looks from the scenario's zero",
            "Ask for a shorter time or a longer revisit.",
        )


def _check_sizes(sensors: SensorTable, sensing: SensingTable, bias: F8, surroundings: Surroundings) -> None:
    count = len(sensors.kind)
    around = surroundings
    lengths = {
        "sensing": len(sensing.pfa),
        "bias": len(bias) if bias.shape == (len(bias), 4) else -1,
        "masks": len(around.masks.tan_elevation),
        "loss": len(around.loss.loss_db) if around.loss.loss_db.shape[1:] == (ELEVATIONS, RANGES) else -1,
        "clutter": min(len(around.clutter.residue), len(around.clutter.rain), len(around.clutter.mean)),
    }
    wrong = {name: length for name, length in lengths.items() if length != count}
    if count > MAX_SENSORS or wrong:
        raise UsageError(
            f"sense with {count} sensors",
            "rows of " + ", ".join(f"{name}: {length}" for name, length in wrong.items()),
            f"Give every table one row a sensor in the shape of its kind, at most {MAX_SENSORS} sensors.",
        )


def _check_rows(what: str, rows: np.ndarray, count: int, of: str) -> None:
    if len(rows) and (int(rows.min()) < 0 or int(rows.max()) >= count):
        raise UsageError(
            f"sense with {what}",
            f"rows {rows.min()} to {rows.max()} of {count} {of}",
            f"Name rows of the {of}.",
        )


def _check_echoes(truth: Truth) -> None:
    for name, values in (("rcs_m2", truth.rcs_m2), ("rcs_side_ratio", truth.rcs_side_ratio)):
        fine = np.isfinite(values) & (values > 0.0)
        if not fine.all():
            row = int(np.argmin(fine))
            raise UsageError(
                f"sense object {truth.key[row]}",
                f"{name} = {values[row]}",
                "Give every object a finite cross-section above 0.",
            )


def _check_false_plots(sensors: SensorTable, surroundings: Surroundings) -> None:
    """Those of radars, which the clutter table holds."""
    mean = np.where(sensors.kind == SensorKind.RADAR, surroundings.clutter.mean.sum(axis=1), 0.0)
    fine = (mean >= 0.0) & (mean <= GREATEST_MEAN)
    if not fine.all():
        s = int(np.argmin(fine))
        raise UsageError(
            f"sense with sensor {sensors.names[s]}",
            f"{mean[s]} false plots a frame",
            f"Give its class a pfa, cells and an improvement that make at most {GREATEST_MEAN:g}.",
        )


def _demands(sensors: SensorTable, sensing: SensingTable) -> tuple[tuple[str, B1], ...]:
    """What each kind needs, by field, and where it is met."""
    kind = sensors.kind
    radar, multilateration = kind == SensorKind.RADAR, kind == SensorKind.MULTILATERATION
    cooperative = kind == SensorKind.COOPERATIVE
    errors = ~multilateration
    ranges = radar | cooperative
    elevations = (kind == SensorKind.INFRARED) | cooperative | (radar & sensors.measures_elevation)
    all_round = sensors.rotates | (sensors.sector_rad >= 2.0 * math.pi)
    steered_round = (sensing.pattern == BeamPattern.STEERED) & all_round
    looks_up = radar | (kind == SensorKind.INFRARED)
    modes = radar & ((sensing.revisit_track_s > 0.0) | (sensing.revisit_cued_s > 0.0))
    drifts = (sensing.drift_sigma > 0.0).any(axis=1)
    share = (sensing.detection_probability >= 0.0) & (sensing.detection_probability <= 1.0)
    return (
        ("revisit_s", sensors.revisit_s > 0.0),
        ("scan_phase_s", np.isfinite(sensing.scan_phase_s)),
        ("range_min_m", np.isfinite(sensors.range_min_m)),
        ("range_max_m", (sensors.range_max_m > 0.0) & np.isfinite(sensors.range_max_m)),
        ("elevation_min_rad", np.isfinite(sensors.elevation_min_rad) | ~looks_up),
        ("elevation_max_rad", np.isfinite(sensors.elevation_max_rad) | ~looks_up),
        ("sector_rad", (sensors.sector_rad > 0.0) | ~radar),
        ("sigma_range_m", (sensors.sigma_range_m > 0.0) | ~ranges),
        ("sigma_bearing_rad", (sensors.sigma_bearing_rad > 0.0) | ~errors),
        ("sigma_elevation_rad", (sensors.sigma_elevation_rad > 0.0) | ~elevations),
        ("snr_db_100km_1m2", np.isfinite(sensing.snr_db_100km_1m2) | ~radar),
        ("pfa", ((sensing.pfa > 0.0) & (sensing.pfa < 0.1)) | ~radar),
        ("swerling", (sensing.swerling <= 4) | ~radar),
        ("pulses", (sensing.pulses >= 1) | ~radar),
        ("beam_azimuth_rad", (sensing.beam_azimuth_rad > 0.0) | ~radar),
        ("beam_elevation_rad", (sensing.beam_elevation_rad > 0.0) | ~radar),
        ("tilt_rad", np.isfinite(sensing.tilt_rad) | steered_round | ~radar),
        ("canceller", (sensing.canceller <= DOUBLE) | ~radar),
        ("stagger", np.isin(sensing.stagger, (1, STAGGERED)) | ~radar),
        ("blind_speed_mps", (sensing.blind_speed_mps > 0.0) | (sensing.canceller == NONE) | ~radar),
        ("fence_rad", (sensing.fence_rad > 0.0) | np.isnan(sensing.fence_rad)),
        ("track_gain_db", np.isfinite(sensing.track_gain_db) | ~modes),
        ("detection_probability", share | radar),
        ("drift_time_s", (sensing.drift_time_s > 0.0) | ~drifts),
        ("receivers", (sensing.receivers >= 4) | ~multilateration),
        ("baseline_m", (sensing.baseline_m > 0.0) | ~multilateration),
        ("sigma_time_s", (sensing.sigma_time_s > 0.0) | ~multilateration),
        ("false_plots", ((sensors.false_plots >= 0.0) & (sensors.false_plots <= GREATEST_MEAN)) | radar),
    )
