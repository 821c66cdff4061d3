"""Small synthetic sensors, surroundings and truth for the tests of sensing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from skypact.earth.frame import ecef_from_geodetic, rot_enu_from_ecef
from skypact.kernels.propagation import ELEVATIONS, RANGES
from skypact.kernels.wgs84 import EFFECTIVE_RADIUS_M
from skypact.model.codes import BeamPattern, ObjectClass, SensorKind
from skypact.model.cue import CueTable
from skypact.model.detection import Sensed
from skypact.model.network import (
    TRUE_POSITIONS,
    ClutterTable,
    DisturbanceTable,
    LossTable,
    MaskTable,
    PositionFaultTable,
    SensingTable,
    SensorTable,
    Surroundings,
)
from skypact.model.truth import Truth
from skypact.model.weather import Weather, calm
from skypact.sense import sense

DEG = math.pi / 180.0
K0, K1 = np.uint32(0x12345678), np.uint32(0x9ABCDEF0)
LAT, LON = 25.0 * DEG, 51.0 * DEG
"""Where the synthetic sensors stand unless told otherwise."""

KNOWN: dict[str, object] = {
    "nation": 0,
    "kind": SensorKind.RADAR,
    "rotates": True,
    "measures_elevation": True,
    "lat_rad": LAT,
    "lon_rad": LON,
    "height_m": 30.0,
    "range_min_m": 1_000.0,
    "range_max_m": 400_000.0,
    "revisit_s": 10.0,
    "sigma_range_m": 40.0,
    "sigma_bearing_rad": 2e-3,
    "sigma_elevation_rad": 3e-3,
    "elevation_min_rad": -2.0 * DEG,
    "elevation_max_rad": 60.0 * DEG,
    "sector_centre_rad": 0.0,
    "sector_rad": 2.0 * math.pi,
    "bias_sigma": (0.0, 0.0, 0.0, 0.0),
    "false_plots": 0.0,
    "delay_s": 0.5,
    "code_probability": 0.7,
}
"""What trackers may know of a synthetic sensor unless told otherwise: a radar."""
PERCEIVED: dict[str, object] = {
    "scan_phase_s": 3.0,
    "revisit_track_s": math.nan,
    "revisit_cued_s": math.nan,
    "track_gain_db": 0.0,
    "snr_db_100km_1m2": 30.0,
    "frequency_hz": 1.3e9,
    "pfa": 1e-6,
    "swerling": 1,
    "pulses": 1,
    "pattern": BeamPattern.STEERED,
    "tilt_rad": 0.0,
    "beam_azimuth_rad": 1.4 * DEG,
    "beam_elevation_rad": 2.0 * DEG,
    "fence_rad": math.nan,
    "cell_range_m": 0.0,
    "blind_speed_mps": 80.0,
    "canceller": 0,
    "stagger": 1,
    "mti_range_m": 0.0,
    "improvement_db": 40.0,
    "plots_max": 0,
    "drift_sigma": (0.0, 0.0, 0.0, 0.0),
    "drift_time_s": 600.0,
    "detection_probability": 0.9,
    "receivers": 0,
    "baseline_m": math.nan,
    "sigma_time_s": math.nan,
}
"""How a synthetic sensor perceives unless told otherwise: one pulse, no canceller, no limit, objects never merge."""
TYPES = {
    "nation": np.int8,
    "kind": np.uint8,
    "rotates": np.bool_,
    "measures_elevation": np.bool_,
    "swerling": np.uint8,
    "pulses": np.uint16,
    "pattern": np.uint8,
    "canceller": np.uint8,
    "stagger": np.uint8,
    "plots_max": np.int32,
    "receivers": np.uint8,
}

RADAR: dict[str, object] = {}
ELECTRONIC: dict[str, object] = {"rotates": False, "revisit_s": 4.0, "swerling": 3}
SATELLITE: dict[str, object] = {
    "kind": SensorKind.INFRARED,
    "lat_rad": 0.0,
    "lon_rad": 60.0 * DEG,
    "height_m": 35_786_000.0,
    "range_min_m": 0.0,
    "range_max_m": 45_000_000.0,
    "elevation_min_rad": -90.0 * DEG,
    "elevation_max_rad": -75.0 * DEG,
    "revisit_s": 5.0,
    "sigma_bearing_rad": 3e-5,
    "sigma_elevation_rad": 3e-5,
}
MICROPHONE: dict[str, object] = {
    "kind": SensorKind.ACOUSTIC,
    "height_m": 5.0,
    "range_min_m": 0.0,
    "range_max_m": 8_000.0,
    "revisit_s": 2.0,
    "sigma_bearing_rad": 0.03,
}
RECEIVER: dict[str, object] = {
    "kind": SensorKind.COOPERATIVE,
    "range_min_m": 0.0,
    "revisit_s": 1.0,
    "sigma_range_m": 30.0,
    "sigma_bearing_rad": 1e-4,
    "sigma_elevation_rad": 1e-4,
}

DIRECTION: dict[str, object] = {
    "kind": SensorKind.DIRECTION,
    "range_min_m": 0.0,
    "revisit_s": 4.0,
    "sigma_bearing_rad": 0.02,
}
MULTILATERATION: dict[str, object] = {
    "kind": SensorKind.MULTILATERATION,
    "range_min_m": 0.0,
    "range_max_m": 150_000.0,
    "revisit_s": 1.0,
    "receivers": 6,
    "baseline_m": 20_000.0,
    "sigma_time_s": 20e-9,
}

Place = tuple[float, float, float]


class Tables(NamedTuple):
    """Sensors: what trackers may know of them, and how they perceive."""

    sensors: SensorTable
    sensing: SensingTable


def sensor_table(*sensors: Mapping[str, object]) -> Tables:
    """Sensors with `KNOWN` and `PERCEIVED` where nothing else is said."""
    unknown = {name for sensor in sensors for name in sensor} - {*KNOWN, *PERCEIVED}
    if unknown:
        raise TypeError(f"no such columns: {sorted(unknown)}")
    rows = [{**KNOWN, **PERCEIVED, **sensor} for sensor in sensors]
    columns: dict[str, Any] = {
        name: np.array([row[name] for row in rows], TYPES.get(name, np.float64))
        for name in {**KNOWN, **PERCEIVED}
    }
    for name in ("bias_sigma", "drift_sigma"):
        columns[name] = columns[name].reshape(-1, 4)
    lat, lon, height = columns["lat_rad"], columns["lon_rad"], columns["height_m"]
    names = tuple(f"sensor-{s}" for s in range(len(rows)))
    known = SensorTable(
        names=names,
        class_names=names,
        pos_ecef_m=ecef_from_geodetic(lat, lon, height),
        rot_enu_from_ecef=rot_enu_from_ecef(lat, lon),
        **{name: columns[name] for name in KNOWN},
    )
    return Tables(known, SensingTable(**{name: columns[name] for name in PERCEIVED}))


def smooth_masks(sensors: SensorTable, cells: int = 400, cell_m: float = 1_000.0) -> MaskTable:
    """Masks of a smooth sea: the 4/3 Earth's own horizon (analytic)."""
    d, table = np.maximum(np.arange(cells) * cell_m, 1.0), np.empty((len(sensors.kind), 8, cells), np.float32)
    for s, height in enumerate(np.maximum(sensors.height_m, 0.0)):
        horizon = math.sqrt(2.0 * EFFECTIVE_RADIUS_M * height)
        near = -height / d - d / (2.0 * EFFECTIVE_RADIUS_M)
        table[s] = np.where(d < horizon, near, -math.sqrt(2.0 * height / EFFECTIVE_RADIUS_M))
    return MaskTable(table, cell_m)


def no_loss(sensors: SensorTable) -> LossTable:
    """Air without gases or rain."""
    return LossTable(np.zeros((len(sensors.kind), ELEVATIONS, RANGES), np.float32))


def no_clutter(sensors: SensorTable) -> ClutterTable:
    """No echoes of surface or rain; a radar's false plots are of noise alone, as many as its table says."""
    count = len(sensors.kind)
    mean = np.zeros((count, 3))
    mean[:, 0] = np.where(sensors.kind == SensorKind.RADAR, sensors.false_plots, 0.0)
    return ClutterTable(
        residue=np.zeros((count, 1, 1), np.float32),
        cell_m=1_000.0,
        rain=np.zeros((count, 1), np.float32),
        surface=np.zeros((count, 1), np.float32),
        mean=mean,
    )


def disturbances(*events: Mapping[str, float]) -> DisturbanceTable:
    """What befalls sensors: rows of `sensor`, `effect` and what else DisturbanceTable has, endless and all round."""
    usual = {
        "from_s": -math.inf,
        "until_s": math.inf,
        "bearing_rad": 0.0,
        "width_rad": 2.0 * math.pi,
        "level": 0.0,
    }
    rows = [{**usual, **event} for event in events]
    kinds = {"sensor": np.int32, "effect": np.uint8}
    names = ("sensor", "effect", *usual)
    return DisturbanceTable(**{n: np.array([r[n] for r in rows], kinds.get(n, np.float64)) for n in names})


def surroundings(
    tables: Tables,
    masks: MaskTable | None = None,
    loss: LossTable | None = None,
    clutter: ClutterTable | None = None,
    weather: Weather | None = None,
    events: DisturbanceTable | None = None,
    faults: PositionFaultTable = TRUE_POSITIONS,
) -> Surroundings:
    """Surroundings of synthetic sensors: where not given a smooth sea, clear air, no clutter, calm, no events."""
    sensors = tables.sensors
    return Surroundings(
        masks=masks or smooth_masks(sensors),
        loss=loss or no_loss(sensors),
        clutter=clutter or no_clutter(sensors),
        weather=weather or calm(),
        disturbances=events or disturbances(),
        position_faults=faults,
    )


def track(place: Callable[[float], Place], first_s: int, last_s: int) -> tuple[int, np.ndarray]:
    """A path sampled every second from lat (rad), lon (rad), height (m) as functions of time."""

    def at(t: np.ndarray) -> np.ndarray:
        points = np.array([place(float(x)) for x in t])
        return ecef_from_geodetic(points[:, 0], points[:, 1], points[:, 2])

    t = np.arange(first_s, last_s + 1, dtype=np.float64)
    velocity = (at(t + 0.01) - at(t - 0.01)) / 0.02
    return first_s, np.hstack([at(t), velocity])


def still(lat: float, lon: float, height: float, seconds: int, first_s: int = 0) -> tuple[int, np.ndarray]:
    """A path that stays at one place (geodetic, rad, m)."""
    state = np.zeros((seconds + 1, 6))
    state[:, :3] = ecef_from_geodetic(lat, lon, height)
    return first_s, state


def line(
    lat: float,
    lon: float,
    height: float,
    north_mps: float,
    east_mps: float,
    up_mps: float,
    first: int,
    last: int,
) -> tuple[int, np.ndarray]:
    """A path of constant speed over the ground from a place at `first` (s)."""
    radius = 6_371_000.0

    def place(t: float) -> Place:
        dt = t - first
        return (
            lat + north_mps * dt / radius,
            lon + east_mps * dt / (radius * math.cos(lat)),
            height + up_mps * dt,
        )

    return track(place, first, last)


def truth(paths: Sequence[tuple[int, np.ndarray]], **columns: object) -> Truth:
    """Objects on these paths; columns by name, for all objects or as a list."""
    n = len(paths)
    first = np.array([path[0] for path in paths], np.int32)
    counts = [len(path[1]) for path in paths]
    offset = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    last = first + np.array(counts, np.float64) - 1.0

    def column(name: str, default: object, kind: type) -> np.ndarray:
        return np.array(np.broadcast_to(np.asarray(columns.pop(name, default)), n), kind)

    result = Truth(
        key=column("key", np.arange(n) + 1000, np.uint32),
        object_class=column("object_class", ObjectClass.DRONE, np.uint8),
        type_index=np.zeros(n, np.uint16),
        type_names=("synthetic",),
        nation=np.full(n, -1, np.int8),
        code=column("code", 0, np.uint32),
        false_code=column("false_code", False, np.bool_),
        silent_s=column("silent_s", math.inf, np.float64),
        position_sigma_m=column("position_sigma_m", 30.0, np.float64),
        emits=column("emits", True, np.bool_),
        rcs_m2=column("rcs_m2", 1.0, np.float64),
        rcs_side_ratio=column("rcs_side_ratio", 1.0, np.float64),
        launch_s=column("launch_s", first, np.float64),
        burnout_s=column("burnout_s", first, np.float64),
        end_s=column("end_s", last, np.float64),
        place=np.full(n, -1, np.int32),
        end_ecef_m=np.zeros((n, 3)),
        family=0,
        offset=offset,
        first_s=first,
        state=np.vstack([path[1] for path in paths]) if n else np.zeros((0, 6)),
        phase=np.zeros(int(offset[-1]), np.uint8),
    )
    if columns:
        raise TypeError(f"no such columns: {sorted(columns)}")
    return result


def some_objects(count: int, first_s: int = -40, last_s: int = 400, seed: int = 1) -> Truth:
    """A mixture around the synthetic site: aircraft, drones, low cruise, and ballistic arcs that burn."""
    rng = np.random.default_rng(seed)
    paths, classes, codes, rcs, burnout = [], [], [], [], []
    for i in range(count):
        kind = i % 4
        start = first_s + int(rng.integers(0, 60))
        lat, lon = LAT + rng.normal(0.0, 0.012), LON + rng.normal(0.0, 0.012)
        speed, course = rng.uniform(40.0, 250.0), rng.uniform(0.0, 2.0 * math.pi)
        north, east = speed * math.cos(course), speed * math.sin(course)
        if kind == 3:
            lat += 0.03

            def arc(t: float, lat: float = lat, lon: float = lon, start: int = start) -> Place:
                dt = t - start
                return lat - 1.5e-4 * dt, lon + 2e-5 * dt, 20.0 + 1_500.0 * dt - 3.5 * dt * dt

            paths.append(track(arc, start, start + 400))
        else:
            height = (10_000.0, 300.0, 60.0)[kind]
            near = 0.05 if kind == 1 else 1.0
            lat, lon = LAT + near * (lat - LAT), LON + near * (lon - LON)
            paths.append(line(lat, lon, height, north, east, 0.0, start, last_s))
        order = (ObjectClass.CIVIL, ObjectClass.DRONE, ObjectClass.CRUISE, ObjectClass.BALLISTIC)
        classes.append(order[kind])
        codes.append(77 + i if kind == 0 and i % 8 == 0 else 0)
        rcs.append((20.0, 0.05, 0.2, 0.5)[kind])
        burnout.append(start + 60.5 if kind == 3 else start)
    return truth(paths, object_class=classes, code=codes, rcs_m2=rcs, burnout_s=burnout)


def subset(whole: Truth, rows: Sequence[int]) -> Truth:
    """The chosen objects of a truth."""
    paths = [(int(whole.first_s[i]), whole.state[whole.offset[i] : whole.offset[i + 1]]) for i in rows]
    names = (
        "key",
        "object_class",
        "code",
        "false_code",
        "silent_s",
        "position_sigma_m",
        "emits",
        "rcs_m2",
        "rcs_side_ratio",
        "launch_s",
        "burnout_s",
        "end_s",
    )
    return truth(paths, **{name: getattr(whole, name)[list(rows)] for name in names})


def columns_of(sensed: Sensed) -> dict[str, np.ndarray]:
    """Every column of a Sensed by name, `object` among them."""
    names = ("t_ns", "ready_ns", "sensor", "kind", "z", "sigma", "snr_db", "code", "detection_id")
    return {**{name: getattr(sensed.detections, name) for name in names}, "object": sensed.object}


def no_bias(sensors: SensorTable) -> np.ndarray:
    """Biases of zero."""
    return np.zeros((len(sensors.kind), 4))


def perceived(
    tables: Tables,
    world: Truth,
    low_s: float,
    high_s: float,
    around: Surroundings | None = None,
    bias: np.ndarray | None = None,
    false_plots: bool = False,
    cues: CueTable | None = None,
) -> dict[str, np.ndarray]:
    """Columns of what synthetic sensors detect; where not told otherwise without bias, false plots and cues."""
    seen, bias = around or surroundings(tables), no_bias(tables.sensors) if bias is None else bias
    return columns_of(sense(*tables, bias, seen, world, K0, K1, low_s, high_s, false_plots, cues))
