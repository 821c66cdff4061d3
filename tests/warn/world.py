"""Nouns made by hand for the rooms that warn and defend."""

from __future__ import annotations

import math

import numpy as np

from skypact.kernels.descent import flight_step
from skypact.kernels.frame import ecef_from_geodetic
from skypact.model.codes import N_CLASSES, Identity, ObjectClass, TrackStatus
from skypact.model.network import F8, PlaceTable
from skypact.model.track import Impacts, Tracks

DEG = math.pi / 180.0
NOW_NS = 1_000_000_000_000
BETA_KGPM2 = 5000.0


def ecef(lat_deg: float, lon_deg: float, height_m: float = 0.0) -> F8:
    return np.array(ecef_from_geodetic(lat_deg * DEG, lon_deg * DEG, height_m))


def axes(lat_deg: float, lon_deg: float) -> tuple[F8, F8, F8]:
    """East, north and up at a point."""
    la, lo = lat_deg * DEG, lon_deg * DEG
    east = np.array([-math.sin(lo), math.cos(lo), 0.0])
    up = np.array([math.cos(la) * math.cos(lo), math.cos(la) * math.sin(lo), math.sin(la)])
    return east, np.cross(up, east), up


def state(
    lat_deg: float,
    lon_deg: float,
    height_m: float,
    course_deg: float,
    speed_mps: float,
    climb_mps: float = 0.0,
) -> F8:
    east, north, up = axes(lat_deg, lon_deg)
    level = speed_mps * (math.sin(course_deg * DEG) * east + math.cos(course_deg * DEG) * north)
    return np.concatenate([ecef(lat_deg, lon_deg, height_m), level + climb_mps * up])


def before_impact(
    lat_deg: float,
    lon_deg: float,
    seconds: float,
    course_deg: float = 210.0,
    speed_mps: float = 500.0,
    fall_mps: float = 550.0,
    beta_kgpm2: float = BETA_KGPM2,
) -> F8:
    """The state from which unpowered flight hits a point after so many seconds (flown backwards from it)."""
    now = tuple(state(lat_deg, lon_deg, 0.0, course_deg, speed_mps, -fall_mps).tolist())
    inverse_beta = 1.0 / beta_kgpm2 if beta_kgpm2 > 0.0 else 0.0
    for _ in range(int(seconds * 4)):
        now = flight_step(now, -0.25, inverse_beta)
    return np.array(now)


def covariance(sigma_pos_m: float, sigma_vel_mps: float) -> F8:
    return np.diag([sigma_pos_m**2] * 3 + [sigma_vel_mps**2] * 3)


def tracks(
    states: list[F8],
    classes: list[int],
    class_prob: float = 0.95,
    sigma: tuple[float, float] = (200.0, 5.0),
    identity: int = Identity.UNKNOWN,
    code: int = 0,
    status: int = TrackStatus.CONFIRMED,
    manoeuvre: float = 0.0,
    first_id: int = 101,
    now_ns: int = NOW_NS,
) -> Tracks:
    n = len(states)
    prob = np.full((n, N_CLASSES), (1.0 - class_prob) / (N_CLASSES - 1), np.float32)
    prob[np.arange(n), classes] = class_prob
    falls = [c in (ObjectClass.BALLISTIC, ObjectClass.ROCKET, ObjectClass.DEBRIS) for c in classes]
    mode = np.zeros((n, 3), np.float32)
    mode[:, 1] = manoeuvre
    mode[np.arange(n), [2 if f else 0 for f in falls]] = 1.0 - manoeuvre
    return Tracks(
        now_ns=now_ns,
        track_id=np.arange(first_id, first_id + n, dtype=np.uint64),
        slot=np.arange(n, dtype=np.int32),
        mean_ecef=np.array(states, np.float64).reshape(n, 6),
        cov_ecef=np.tile(covariance(*sigma), (n, 1, 1)),
        status=np.full(n, status, np.uint8),
        class_prob=prob,
        mode_prob=mode,
        identity=np.full(n, identity, np.uint8),
        code=np.full(n, code, np.uint32),
        first_ns=np.full(n, now_ns - 60_000_000_000, np.int64),
        updated_ns=np.full(n, now_ns, np.int64),
        sources=np.ones(n, np.uint32),
    )


def no_impacts() -> Impacts:
    return Impacts(
        kind=np.zeros(0, np.uint8),
        pos_ecef_m=np.zeros((0, 3)),
        lat_rad=np.zeros(0),
        lon_rad=np.zeros(0),
        cov_en_m2=np.zeros((0, 2, 2)),
        t_ns=np.zeros(0, np.int64),
        sigma_t_s=np.zeros(0),
    )


def place_table(
    spots: list[tuple[float, float]],
    radius_m: float = 10_000.0,
    nation: list[int] | None = None,
    value: list[float] | None = None,
    defended: bool = True,
) -> PlaceTable:
    n = len(spots)
    return PlaceTable(
        names=tuple(f"place {i}" for i in range(n)),
        nation=np.array(nation if nation is not None else [0] * n, np.int8),
        lat_rad=np.array([s[0] * DEG for s in spots]),
        lon_rad=np.array([s[1] * DEG for s in spots]),
        pos_ecef_m=np.array([ecef(*s) for s in spots]).reshape(n, 3),
        radius_m=np.full(n, radius_m),
        population=np.full(n, 1_000_000, np.int64),
        value=np.array(value if value is not None else [1.0] * n),
        defended=np.full(n, defended),
    )
