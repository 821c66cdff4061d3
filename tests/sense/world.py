"""Small synthetic sensors, masks and truth for the tests of sensing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from skypact.earth.frame import ecef_from_geodetic, rot_enu_from_ecef
from skypact.kernels.wgs84 import EFFECTIVE_RADIUS_M
from skypact.model.codes import ObjectClass, SensorKind
from skypact.model.detection import Sensed
from skypact.model.network import MaskTable, SensorTable
from skypact.model.truth import Truth

DEG = math.pi / 180.0
K0, K1 = np.uint32(0x12345678), np.uint32(0x9ABCDEF0)
LAT, LON = 25.0 * DEG, 51.0 * DEG
"""Where the synthetic sensors stand unless told otherwise."""

DEFAULTS: dict[str, object] = {
    "nation": 0,
    "kind": SensorKind.RADAR,
    "rotates": True,
    "measures_elevation": True,
    "lat_rad": LAT,
    "lon_rad": LON,
    "height_m": 30.0,
    "range_min_m": 1_000.0,
    "range_max_m": 400_000.0,
    "snr_db_100km_1m2": 30.0,
    "pfa": 1e-6,
    "swerling": 1,
    "revisit_s": 10.0,
    "scan_phase_s": 3.0,
    "beam_azimuth_rad": 1.4 * DEG,
    "beam_elevation_rad": 2.0 * DEG,
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
    "detection_probability": 0.9,
    "code_probability": 0.7,
}
TYPES = {
    "nation": np.int8,
    "kind": np.uint8,
    "rotates": np.bool_,
    "measures_elevation": np.bool_,
    "swerling": np.uint8,
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

Place = tuple[float, float, float]


def sensor_table(*sensors: Mapping[str, object]) -> SensorTable:
    """Sensors with `DEFAULTS` where nothing else is said."""
    rows = [{**DEFAULTS, **sensor} for sensor in sensors]
    columns: dict[str, Any] = {
        name: np.array([row[name] for row in rows], TYPES.get(name, np.float64)) for name in DEFAULTS
    }
    columns["bias_sigma"] = columns["bias_sigma"].reshape(-1, 4)
    lat, lon, height = columns["lat_rad"], columns["lon_rad"], columns["height_m"]
    names = tuple(f"sensor-{s}" for s in range(len(rows)))
    return SensorTable(
        names=names,
        class_names=names,
        pos_ecef_m=ecef_from_geodetic(lat, lon, height),
        rot_enu_from_ecef=rot_enu_from_ecef(lat, lon),
        **columns,
    )


def smooth_masks(sensors: SensorTable, cells: int = 400, cell_m: float = 1_000.0) -> MaskTable:
    """Masks of a smooth sea: the 4/3 Earth's own horizon (analytic)."""
    d = np.maximum(np.arange(cells) * cell_m, 1.0)
    table = np.empty((len(sensors.kind), 8, cells), np.float32)
    for s, height in enumerate(np.maximum(sensors.height_m, 0.0)):
        horizon = math.sqrt(2.0 * EFFECTIVE_RADIUS_M * height)
        near = -height / d - d / (2.0 * EFFECTIVE_RADIUS_M)
        table[s] = np.where(d < horizon, near, -math.sqrt(2.0 * height / EFFECTIVE_RADIUS_M))
    return MaskTable(table, cell_m)


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
        rcs_m2=column("rcs_m2", 1.0, np.float64),
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
    names = ("key", "object_class", "code", "rcs_m2", "launch_s", "burnout_s", "end_s")
    return truth(paths, **{name: getattr(whole, name)[list(rows)] for name in names})


def columns_of(sensed: Sensed) -> dict[str, np.ndarray]:
    """Every column of a Sensed by name, `object` among them."""
    names = ("t_ns", "ready_ns", "sensor", "kind", "z", "sigma", "snr_db", "code", "detection_id")
    return {**{name: getattr(sensed.detections, name) for name in names}, "object": sensed.object}


def no_bias(sensors: SensorTable) -> np.ndarray:
    """Biases of zero."""
    return np.zeros((len(sensors.kind), 4))
