"""One second of a hundred radars and a thousand objects, and the same second in plain NumPy."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from benchmarks.measure import Row, best_s
from benchmarks.plain_sensing import World, culled_tick, plain_tick
from skypact.earth.frame import ecef_from_geodetic, rot_enu_from_ecef
from skypact.kernels.wgs84 import EFFECTIVE_RADIUS_M, MEAN_RADIUS_M
from skypact.model.codes import BeamPattern, ObjectClass, SensorKind
from skypact.model.detection import Sensed
from skypact.model.network import (
    F8,
    ClutterTable,
    DisturbanceTable,
    MaskTable,
    SensingTable,
    SensorTable,
    Surroundings,
)
from skypact.model.truth import Truth
from skypact.model.weather import calm
from skypact.sense import draw_biases, sense
from skypact.sense.propagation import loss_table

RADARS, OBJECTS = 100, 1_000
FROM_S = 60.0
SECONDS = 20
_KEY = (np.uint32(17), np.uint32(42))
_DEG = math.pi / 180.0
_TWO_PI = 2.0 * math.pi


def rows() -> list[Row]:
    """The rows of the tick, against each of its peers."""
    world = _world()
    bias = draw_biases(world.sensors, *_KEY)

    def tick(from_s: float = FROM_S) -> Sensed:
        return sense(
            world.sensors,
            world.sensing,
            bias,
            world.around,
            world.truth,
            *_KEY,
            from_s,
            from_s + 1.0,
            False,
        )

    found = tick()
    ours = set(zip(found.detections.sensor.tolist(), found.object.tolist(), strict=True))
    ours_ms = 1e3 * best_s(tick, 20)
    worst_ms = max(1e3 * best_s(partial(tick, second), 5) for second in np.linspace(20.0, 570.0, SECONDS))
    note = f"one second, {len(ours)} detections; the worst of {SECONDS} seconds takes {worst_ms:.1f} ms; "
    size = f"{RADARS}x{OBJECTS}"
    table = []
    for name, peer, peer_name in (
        ("sense.tick", plain_tick, "plain NumPy"),
        ("sense.tick.culled", culled_tick, "NumPy, culled first"),
    ):
        theirs = peer(world, FROM_S, _KEY)
        if ours != theirs:
            raise AssertionError(
                f"detections differ: {len(ours - theirs)} of ours alone, {len(theirs - ours)} of {peer_name}"
            )
        peer_ms = 1e3 * best_s(partial(peer, world, FROM_S, _KEY), 5)
        table.append(
            Row(name, size, "ms", ours_ms, peer_ms, peer_name, note + "the peer only finds out which")
        )
    return table


def _world() -> World:
    """Radars and objects over a region of 1,300 by 1,100 km: three in four turn, others scan a third of a circle."""
    rng = np.random.default_rng(5)
    sensors, sensing = _radars(rng)
    masks = _smooth_masks(sensors.height_m)
    residue = rng.exponential(0.2, (RADARS, 360, 200)).astype(np.float32)
    none, no_share = np.zeros((RADARS, 200), np.float32), np.zeros((RADARS, 1), np.float32)
    clutter = ClutterTable(residue, 1_000.0, none, no_share, np.zeros((RADARS, 3)))
    nothing = DisturbanceTable(np.zeros(0, np.int32), np.zeros(0, np.uint8), *(np.zeros(0) for _ in range(5)))
    around = Surroundings(masks, loss_table(sensors, sensing, calm()), clutter, calm(), nothing)
    return World(sensors, sensing, around, _objects(rng))


def _radars(rng: np.random.Generator) -> tuple[SensorTable, SensingTable]:
    turns = np.arange(RADARS) % 4 != 0
    lat, lon = rng.uniform(24.0, 34.0, RADARS) * _DEG, rng.uniform(44.0, 58.0, RADARS) * _DEG
    height = rng.uniform(30.0, 130.0, RADARS)
    names = tuple(f"radar-{s}" for s in range(RADARS))

    def all_of(value: float) -> F8:
        return np.full(RADARS, value)

    def either(turning: float, fixed: float) -> F8:
        return np.where(turns, turning, fixed)

    sensors = SensorTable(
        names=names,
        class_names=names,
        nation=np.zeros(RADARS, np.int8),
        kind=np.full(RADARS, SensorKind.RADAR, np.uint8),
        rotates=turns,
        measures_elevation=~turns,
        lat_rad=lat,
        lon_rad=lon,
        height_m=height,
        pos_ecef_m=ecef_from_geodetic(lat, lon, height),
        rot_enu_from_ecef=rot_enu_from_ecef(lat, lon),
        range_min_m=all_of(2e3),
        range_max_m=rng.uniform(250e3, 470e3, RADARS),
        revisit_s=np.where(turns, rng.uniform(5.0, 12.0, RADARS), 4.0),
        sigma_range_m=all_of(50.0),
        sigma_bearing_rad=all_of(1.4e-3),
        sigma_elevation_rad=all_of(2.5e-3),
        elevation_min_rad=all_of(-2.0 * _DEG),
        elevation_max_rad=either(40.0 * _DEG, 60.0 * _DEG),
        sector_centre_rad=rng.uniform(0.0, _TWO_PI, RADARS),
        sector_rad=either(_TWO_PI, _TWO_PI / 3.0),
        bias_sigma=np.tile([50.0, 1e-3, 1e-3, 0.0], (RADARS, 1)),
        false_plots=all_of(0.0),
        delay_s=all_of(1.0),
        code_probability=all_of(0.9),
    )
    sensing = SensingTable(
        scan_phase_s=rng.uniform(0.0, 10.0, RADARS),
        revisit_track_s=all_of(math.nan),
        revisit_cued_s=all_of(math.nan),
        track_gain_db=all_of(0.0),
        snr_db_100km_1m2=all_of(20.0),
        frequency_hz=either(1.3e9, 3.0e9),
        pfa=all_of(1e-6),
        swerling=np.ones(RADARS, np.uint8),
        pulses=either(4, 2).astype(np.uint16),
        pattern=either(BeamPattern.COSECANT, BeamPattern.STEERED).astype(np.uint8),
        tilt_rad=either(1.5 * _DEG, 15.0 * _DEG),
        beam_azimuth_rad=all_of(1.4 * _DEG),
        beam_elevation_rad=either(5.0 * _DEG, 2.0 * _DEG),
        fence_rad=all_of(math.nan),
        cell_range_m=all_of(200.0),
        blind_speed_mps=all_of(35.0),
        canceller=either(2, 0).astype(np.uint8),
        stagger=either(4, 1).astype(np.uint8),
        mti_range_m=either(150e3, 0.0),
        improvement_db=all_of(50.0),
        plots_max=np.full(RADARS, 1_000, np.int32),
        drift_sigma=np.tile([15.0, 3e-4, 5e-4, 0.0], (RADARS, 1)),
        drift_time_s=all_of(3_600.0),
        detection_probability=all_of(math.nan),
        receivers=np.zeros(RADARS, np.uint8),
        baseline_m=all_of(math.nan),
        sigma_time_s=all_of(math.nan),
    )
    return sensors, sensing


def _smooth_masks(height_m: F8) -> MaskTable:
    """Of a smooth sea, in the size that a run on fine terrain has."""
    d = np.maximum(np.arange(500) * 1e3, 1.0)
    horizon = np.sqrt(2.0 * EFFECTIVE_RADIUS_M * height_m)[:, None]
    near = -height_m[:, None] / d - d / (2.0 * EFFECTIVE_RADIUS_M)
    tan = np.where(d < horizon, near, -np.sqrt(2.0 * height_m / EFFECTIVE_RADIUS_M)[:, None])
    return MaskTable(np.repeat(tan[:, None].astype(np.float32), 720, axis=1), 1e3)


def _objects(rng: np.random.Generator) -> Truth:
    """Airliners, a third low and slow, one in twenty on a ballistic arc: ten minutes of each, a state a second."""
    seconds = np.arange(601.0)
    kind = np.arange(OBJECTS)
    arc, low = (kind % 20 == 19)[:, None], (kind % 3 == 0)[:, None]
    course = rng.uniform(0.0, _TWO_PI, (OBJECTS, 1))
    speed = np.where(arc, 1_500.0, np.where(low, 50.0, 240.0)) / MEAN_RADIUS_M
    lat = rng.uniform(24.0, 34.0, (OBJECTS, 1)) * _DEG
    lon = rng.uniform(44.0, 58.0, (OBJECTS, 1)) * _DEG
    flat = np.where(low, 60.0, 6_000.0) + rng.uniform(0.0, 200.0, (OBJECTS, 1)) * np.where(low, 1.0, 30.0)

    def at(t: F8) -> F8:
        rise = np.where(arc, 1_000.0 + 1_500.0 * t - 2.5 * t * t, flat)
        return ecef_from_geodetic(
            lat + speed * np.cos(course) * t, lon + speed * np.sin(course) * t / np.cos(lat), rise
        )

    state = np.concatenate([at(seconds), (at(seconds + 0.01) - at(seconds - 0.01)) / 0.02], axis=2)
    zeros, none = np.zeros(OBJECTS), np.zeros(OBJECTS, np.bool_)
    return Truth(
        key=np.arange(1, OBJECTS + 1, dtype=np.uint32),
        object_class=np.full(OBJECTS, ObjectClass.CIVIL, np.uint8),
        type_index=np.zeros(OBJECTS, np.uint16),
        type_names=("synthetic",),
        nation=np.full(OBJECTS, -1, np.int8),
        code=np.arange(OBJECTS, dtype=np.uint32),
        false_code=none,
        silent_s=np.full(OBJECTS, math.inf),
        position_sigma_m=zeros,
        emits=none,
        rcs_m2=np.where(arc, 0.3, np.where(low, 0.1, 20.0))[:, 0],
        rcs_side_ratio=np.full(OBJECTS, 3.0),
        launch_s=zeros,
        burnout_s=zeros,
        end_s=np.full(OBJECTS, 600.0),
        place=np.full(OBJECTS, -1, np.int32),
        end_ecef_m=np.zeros((OBJECTS, 3)),
        family=0,
        offset=np.arange(OBJECTS + 1, dtype=np.int64) * len(seconds),
        first_s=np.zeros(OBJECTS, np.int32),
        state=state.reshape(-1, 6),
        phase=np.zeros(OBJECTS * len(seconds), np.uint8),
    )
