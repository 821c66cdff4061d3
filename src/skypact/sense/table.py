"""Between the nouns and the kernels' arrays: what is checked, packed, and put back in order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.errors import UsageError
from skypact.kernels import looks
from skypact.kernels.looks import Paths, speed_bounds
from skypact.kernels.report import MAX_LOOK, MAX_SENSORS, Rows
from skypact.model.codes import SensorKind
from skypact.model.detection import Detections, Sensed
from skypact.model.network import B1, F8, I8, MaskTable, SensorTable
from skypact.model.truth import Truth

_SCALARS = (
    (looks.KIND, "kind"),
    (looks.ROTATES, "rotates"),
    (looks.MEASURES_ELEVATION, "measures_elevation"),
    (looks.LAT, "lat_rad"),
    (looks.LON, "lon_rad"),
    (looks.HEIGHT, "height_m"),
    (looks.RANGE_MIN, "range_min_m"),
    (looks.RANGE_MAX, "range_max_m"),
    (looks.SNR_DB, "snr_db_100km_1m2"),
    (looks.PFA, "pfa"),
    (looks.SWERLING, "swerling"),
    (looks.REVISIT, "revisit_s"),
    (looks.PHASE, "scan_phase_s"),
    (looks.BEAM_AZIMUTH, "beam_azimuth_rad"),
    (looks.BEAM_ELEVATION, "beam_elevation_rad"),
    (looks.SIGMA_RANGE, "sigma_range_m"),
    (looks.SIGMA_BEARING, "sigma_bearing_rad"),
    (looks.SIGMA_ELEVATION, "sigma_elevation_rad"),
    (looks.ELEVATION_MIN, "elevation_min_rad"),
    (looks.ELEVATION_MAX, "elevation_max_rad"),
    (looks.SECTOR_CENTRE, "sector_centre_rad"),
    (looks.SECTOR, "sector_rad"),
    (looks.FALSE_PLOTS, "false_plots"),
    (looks.DETECTION_PROBABILITY, "detection_probability"),
    (looks.CODE_PROBABILITY, "code_probability"),
)


def check(sensors: SensorTable, bias: F8, masks: MaskTable, t_from_s: float, t_to_s: float) -> None:
    """Nothing, where sensing is possible with these tables over this time.

    Raises:
        UsageError: a table has another number of sensors, a parameter its kind needs cannot be used, or the
            looks are too many to number.
    """
    count = len(sensors.kind)
    if count > MAX_SENSORS or bias.shape != (count, 4) or len(masks.tan_elevation) != count:
        raise UsageError(
            f"sense with {count} sensors",
            f"bias of shape {bias.shape} and {len(masks.tan_elevation)} masks",
            f"Give one row of bias and one mask a sensor, at most {MAX_SENSORS} sensors.",
        )
    radar = sensors.kind == SensorKind.RADAR
    infrared = sensors.kind == SensorKind.INFRARED
    cooperative = sensors.kind == SensorKind.COOPERATIVE
    elevation = infrared | cooperative | (radar & sensors.measures_elevation)
    demands: tuple[tuple[str, B1], ...] = (
        ("revisit_s", sensors.revisit_s > 0.0),
        ("range_max_m", sensors.range_max_m > 0.0),
        ("sigma_range_m", (sensors.sigma_range_m > 0.0) | ~(radar | cooperative)),
        ("sigma_bearing_rad", sensors.sigma_bearing_rad > 0.0),
        ("sigma_elevation_rad", (sensors.sigma_elevation_rad > 0.0) | ~elevation),
        ("pfa", ((sensors.pfa > 0.0) & (sensors.pfa < 0.1)) | ~radar),
        ("swerling", (sensors.swerling == 1) | (sensors.swerling == 3) | ~radar),
        ("false_plots", (sensors.false_plots >= 0.0) & (sensors.false_plots < 500.0)),
    )
    for field, fine in demands:
        if not fine.all():
            s = int(np.argmin(fine))
            raise UsageError(
                f"sense with sensor {sensors.names[s]}",
                f"{field} = {getattr(sensors, field)[s]}",
                "Correct the value in the catalogue's class "
                f"{sensors.class_names[s]} ({SensorKind(sensors.kind[s]).name.lower()}).",
            )
    if not math.isfinite(t_to_s - t_from_s) or _furthest_look(sensors, t_from_s, t_to_s) >= MAX_LOOK:
        raise UsageError(
            f"sense from {t_from_s} s to {t_to_s} s",
            f"more than {MAX_LOOK} looks from the scenario's zero",
            "Ask for a shorter time or a longer revisit.",
        )


def _furthest_look(sensors: SensorTable, t_from_s: float, t_to_s: float) -> float:
    reach_s = max(abs(t_from_s), abs(t_to_s)) + np.abs(sensors.scan_phase_s)
    return float(np.max(reach_s / sensors.revisit_s, initial=0.0)) + 4.0


def most_looks(sensors: SensorTable, t_from_s: float, t_to_s: float) -> int:
    """The greatest number of looks, or part looks, of any sensor within a time."""
    return int(max(t_to_s - t_from_s, 0.0) / float(np.min(sensors.revisit_s, initial=math.inf))) + 8


def sites(sensors: SensorTable, bias: F8) -> F8:
    """The sensors' parameters and biases as f8[S, SITE_WIDTH] in the layout of kernels.looks."""
    table = np.empty((len(sensors.kind), looks.SITE_WIDTH))
    for column, field in _SCALARS:
        table[:, column] = getattr(sensors, field)
    table[:, looks.X : looks.Z + 1] = sensors.pos_ecef_m
    table[:, looks.BIAS_RANGE : looks.BIAS_CLOCK + 1] = bias
    table[:, looks.ROTATION :] = sensors.rot_enu_from_ecef.reshape(-1, 9)
    return table


def paths(truth: Truth) -> Paths:
    """The arrays of truth that the kernels read, each in the one layout for which they are compiled."""
    state = np.ascontiguousarray(truth.state, np.float64)
    offset = np.ascontiguousarray(truth.offset, np.int64)
    speed_mps = np.empty(len(truth.key))
    speed_bounds(state, offset, speed_mps)
    return Paths(
        np.ascontiguousarray(truth.key, np.uint32),
        np.ascontiguousarray(truth.object_class, np.uint8),
        np.ascontiguousarray(truth.code, np.uint32),
        np.ascontiguousarray(truth.rcs_m2, np.float64),
        np.ascontiguousarray(truth.launch_s, np.float64),
        np.ascontiguousarray(truth.burnout_s, np.float64),
        np.ascontiguousarray(truth.end_s, np.float64),
        offset,
        np.ascontiguousarray(truth.first_s, np.int32),
        state,
        speed_mps,
    )


def empty_rows(count: int) -> Rows:
    """Rows for `count` detections, not yet written."""
    return Rows(
        np.empty(count, np.int64),
        np.empty(count, np.uint16),
        np.empty((count, 4)),
        np.empty((count, 4)),
        np.empty(count, np.float32),
        np.empty(count, np.uint32),
        np.empty(count, np.uint64),
        np.empty(count, np.int32),
    )


def first_rows(rows: Rows, count: int) -> Rows:
    """The first `count` rows."""
    return Rows(
        rows.t_ns[:count],
        rows.sensor[:count],
        rows.z[:count],
        rows.sigma[:count],
        rows.snr_db[:count],
        rows.code[:count],
        rows.detection_id[:count],
        rows.object[:count],
    )


def sensed(chunks: list[Rows], sensors: SensorTable) -> Sensed:
    """All rows in the order (t_ns, sensor, detection_id); `chunks` is emptied to save memory."""
    chunks = chunks or [empty_rows(0)]
    t_ns, sensor, detection_id = (
        np.concatenate([getattr(chunk, field) for chunk in chunks])
        for field in ("t_ns", "sensor", "detection_id")
    )
    order = np.lexsort((detection_id, sensor, t_ns))
    columns: list[list[NDArray[Any]]] = [list(column) for column in zip(*chunks, strict=True)]
    chunks.clear()
    taken = []
    for column in columns:
        taken.append(np.concatenate(column)[order])
        column.clear()
    rows = Rows(*taken)
    delay_ns: I8 = np.rint(sensors.delay_s * 1e9).astype(np.int64)
    detections = Detections(
        t_ns=rows.t_ns,
        ready_ns=rows.t_ns + delay_ns[rows.sensor],
        sensor=rows.sensor,
        kind=sensors.kind[rows.sensor],
        z=rows.z,
        sigma=rows.sigma,
        snr_db=rows.snr_db,
        code=rows.code,
        detection_id=rows.detection_id,
    )
    return Sensed(detections, rows.object)
