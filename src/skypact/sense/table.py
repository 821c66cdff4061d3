"""Between the nouns and the kernels' arrays: what is checked, packed, and put back in order."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import looks
from skypact.kernels.detectability import threshold
from skypact.kernels.look import Cues
from skypact.kernels.looks import Around, Paths
from skypact.kernels.report import Rows
from skypact.kernels.resolution import Echoes
from skypact.kernels.sensing import Scratch
from skypact.model.codes import SensorKind
from skypact.model.cue import CueTable
from skypact.model.detection import Detections, Sensed
from skypact.model.network import B1, F8, I8, SensingTable, SensorTable, Surroundings
from skypact.model.truth import Truth

_SITE = (
    (looks.KIND, "kind"),
    (looks.ROTATES, "rotates"),
    (looks.MEASURES_ELEVATION, "measures_elevation"),
    (looks.LAT, "lat_rad"),
    (looks.LON, "lon_rad"),
    (looks.HEIGHT, "height_m"),
    (looks.RANGE_MIN, "range_min_m"),
    (looks.RANGE_MAX, "range_max_m"),
    (looks.REVISIT, "revisit_s"),
    (looks.SIGMA_RANGE, "sigma_range_m"),
    (looks.SIGMA_BEARING, "sigma_bearing_rad"),
    (looks.SIGMA_ELEVATION, "sigma_elevation_rad"),
    (looks.ELEVATION_MIN, "elevation_min_rad"),
    (looks.ELEVATION_MAX, "elevation_max_rad"),
    (looks.SECTOR_CENTRE, "sector_centre_rad"),
    (looks.SECTOR, "sector_rad"),
    (looks.FALSE_PLOTS, "false_plots"),
    (looks.CODE_PROBABILITY, "code_probability"),
)
_PHYSICS = (
    (looks.PHASE, "scan_phase_s"),
    (looks.REVISIT_TRACK, "revisit_track_s"),
    (looks.REVISIT_CUED, "revisit_cued_s"),
    (looks.TRACK_GAIN_DB, "track_gain_db"),
    (looks.SNR_DB, "snr_db_100km_1m2"),
    (looks.PFA, "pfa"),
    (looks.SWERLING, "swerling"),
    (looks.PULSES, "pulses"),
    (looks.PATTERN, "pattern"),
    (looks.TILT, "tilt_rad"),
    (looks.BEAM_AZIMUTH, "beam_azimuth_rad"),
    (looks.BEAM_ELEVATION, "beam_elevation_rad"),
    (looks.FENCE, "fence_rad"),
    (looks.CELL_RANGE, "cell_range_m"),
    (looks.BLIND_SPEED, "blind_speed_mps"),
    (looks.CANCELLER, "canceller"),
    (looks.STAGGER, "stagger"),
    (looks.MTI_RANGE, "mti_range_m"),
    (looks.PLOTS_MAX, "plots_max"),
    (looks.DRIFT_TIME, "drift_time_s"),
    (looks.DETECTION_PROBABILITY, "detection_probability"),
    (looks.RECEIVERS, "receivers"),
    (looks.BASELINE, "baseline_m"),
    (looks.SIGMA_TIME, "sigma_time_s"),
)


_threshold = lru_cache(maxsize=None)(threshold)


def sites(sensors: SensorTable, bias: F8) -> F8:
    """What trackers may know of the sensors, and their biases, as f8[S, SITE_WIDTH] in the layout of kernels.looks."""
    table = np.empty((len(sensors.kind), looks.SITE_WIDTH))
    for column, field in _SITE:
        table[:, column] = getattr(sensors, field)
    table[:, looks.X : looks.Z + 1] = sensors.pos_ecef_m
    table[:, looks.BIAS_RANGE : looks.BIAS_CLOCK + 1] = bias
    table[:, looks.ROTATION :] = sensors.rot_enu_from_ecef.reshape(-1, 9)
    return table


def physics(sensors: SensorTable, sensing: SensingTable) -> F8:
    """How the sensors perceive as f8[S, PHYSICS_WIDTH] in the layout of kernels.looks."""
    table = np.empty((len(sensors.kind), looks.PHYSICS_WIDTH))
    for column, field in _PHYSICS:
        table[:, column] = getattr(sensing, field)
    table[:, looks.DRIFT_RANGE : looks.DRIFT_CLOCK + 1] = sensing.drift_sigma
    table[:, looks.THRESHOLD] = math.nan
    radar = sensors.kind == SensorKind.RADAR
    waveforms = zip(sensing.pfa[radar].tolist(), sensing.pulses[radar].tolist(), strict=True)
    table[radar, looks.THRESHOLD] = [_threshold(pfa, pulses) for pfa, pulses in waveforms]
    return table


def around(surroundings: Surroundings) -> Around:
    """The arrays of a run's surroundings that the kernels read, each in the one layout for which they are compiled."""
    clutter, weather, disturbances = surroundings.clutter, surroundings.weather, surroundings.disturbances
    return Around(
        np.ascontiguousarray(surroundings.masks.tan_elevation, np.float32),
        float(surroundings.masks.cell_m),
        np.ascontiguousarray(surroundings.loss.loss_db, np.float32),
        np.ascontiguousarray(clutter.residue, np.float32),
        float(clutter.cell_m),
        np.ascontiguousarray(clutter.rain, np.float32),
        np.ascontiguousarray(clutter.surface, np.float32),
        np.ascontiguousarray(clutter.mean, np.float64),
        float(weather.rain_top_m),
        np.ascontiguousarray(weather.wind_height_m, np.float64),
        np.ascontiguousarray(weather.wind_east_mps, np.float64),
        np.ascontiguousarray(weather.wind_north_mps, np.float64),
        float(weather.cloud_cover),
        float(weather.cloud_base_m),
        float(weather.cloud_top_m),
        np.ascontiguousarray(disturbances.sensor, np.int32),
        np.ascontiguousarray(disturbances.effect, np.uint8),
        np.ascontiguousarray(disturbances.from_s, np.float64),
        np.ascontiguousarray(disturbances.until_s, np.float64),
        np.ascontiguousarray(disturbances.bearing_rad, np.float64),
        np.ascontiguousarray(disturbances.width_rad, np.float64),
        np.ascontiguousarray(disturbances.level, np.float64),
    )


def paths(truth: Truth) -> Paths:
    """The arrays of truth that the kernels read, each in the one layout for which they are compiled."""
    return Paths(
        np.ascontiguousarray(truth.key, np.uint32),
        np.ascontiguousarray(truth.object_class, np.uint8),
        np.ascontiguousarray(truth.code, np.uint32),
        np.ascontiguousarray(truth.position_sigma_m, np.float64),
        np.ascontiguousarray(truth.emits, np.bool_),
        np.ascontiguousarray(truth.rcs_m2, np.float64),
        np.ascontiguousarray(truth.rcs_side_ratio, np.float64),
        np.ascontiguousarray(truth.launch_s, np.float64),
        np.ascontiguousarray(truth.burnout_s, np.float64),
        np.ascontiguousarray(truth.end_s, np.float64),
        np.ascontiguousarray(truth.offset, np.int64),
        np.ascontiguousarray(truth.first_s, np.int32),
        np.ascontiguousarray(truth.state, np.float64),
        np.ascontiguousarray(truth.silent_s, np.float64),
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
        np.empty(count, np.int64),
        np.empty(count),
    )


def first_rows(rows: Rows, count: int) -> Rows:
    """The first `count` rows."""
    return taken_rows(rows, slice(count))


def taken_rows(rows: Rows, which: slice | B1) -> Rows:
    """Some of the rows."""
    return Rows(
        rows.t_ns[which],
        rows.sensor[which],
        rows.z[which],
        rows.sigma[which],
        rows.snr_db[which],
        rows.code[which],
        rows.detection_id[which],
        rows.object[which],
        rows.frame[which],
        rows.t_s[which],
    )


def empty_scratch(count: int, objects: int) -> Scratch:
    """Room for `count` echoes of one sensor and the objects it may meet."""
    return Scratch(
        Echoes(
            np.empty(count),
            np.empty(count, np.int64),
            np.empty(count, np.int32),
            np.empty(count),
            np.empty(count, np.bool_),
            np.empty(count),
            np.empty(count),
            np.empty(count),
            np.empty(count),
            np.empty(count),
            np.empty(count, np.int64),
        ),
        np.empty(objects, np.int64),
        np.empty(6),
    )


def cued(cues: CueTable | None, sensors: int) -> Cues:
    """Cues sorted by sensor, object and time, those of one object that overlap made one."""
    if cues is None:
        return Cues(np.zeros(sensors + 1, np.int64), np.empty(0, np.int32), np.empty(0), np.empty(0))
    merged: list[list[tuple[int, float, float]]] = [[] for _ in range(sensors)]
    for c in np.lexsort((cues.from_s, cues.object, cues.sensor)).tolist():
        own = merged[int(cues.sensor[c])]
        i, from_s, until_s = int(cues.object[c]), float(cues.from_s[c]), float(cues.until_s[c])
        if own and own[-1][0] == i and from_s <= own[-1][2]:
            own[-1] = (i, own[-1][1], max(own[-1][2], until_s))
        else:
            own.append((i, from_s, until_s))
    rows = [row for own in merged for row in own]
    return Cues(
        np.cumsum([0, *map(len, merged)]).astype(np.int64),
        np.array([row[0] for row in rows], np.int32),
        np.array([row[1] for row in rows], np.float64),
        np.array([row[2] for row in rows], np.float64),
    )


def sensed(chunks: list[Rows], sensors: SensorTable) -> Sensed:
    """All rows in the order (t_ns, sensor, detection_id); `chunks` is emptied to save memory."""
    chunks = chunks or [empty_rows(0)]
    columns: list[list[NDArray[Any]]] = [list(column) for column in zip(*chunks, strict=True)]
    chunks.clear()
    t_ns, sensor, detection_id = (
        _joined(columns[Rows._fields.index(name)]) for name in ("t_ns", "sensor", "detection_id")
    )
    order = np.lexsort((detection_id, sensor, t_ns))
    taken: dict[str, NDArray[Any]] = {}
    for name, column in zip(Rows._fields, columns, strict=True):
        if name not in ("frame", "t_s"):
            taken[name] = _joined(column)[order]
        column.clear()
    delay_ns: I8 = np.rint(sensors.delay_s * 1e9).astype(np.int64)
    objects = taken.pop("object")
    detections = Detections(
        ready_ns=taken["t_ns"] + delay_ns[taken["sensor"]], kind=sensors.kind[taken["sensor"]], **taken
    )
    return Sensed(detections, objects)


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
