"""A made sky: aircraft on straight ways seen by a radar with known biases and by another system."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pymap3d

from skypact.model.recording import Plots, RadarSite, SystemTracks, TrackPoints

SITE = RadarSite(np.radians(47.0), np.radians(8.0), 400.0)
DEGREES = (47.0, 8.0, 400.0)
ZERO_NS = 1_700_000_000_000_000_000
REVOLUTION_S = 5.0
RANGE_M, BEARING_RAD, TIME_S = 180.0, np.radians(-0.4), 0.8


@dataclass(frozen=True)
class Sky:
    plots: Plots
    owner: np.ndarray
    confirmed: np.ndarray
    points: TrackPoints
    """of tracks without any error but the radar's biases"""
    system: SystemTracks


def flat_plots(t_ns, range_m, bearing_rad, height_m, mode_3a, address=None):
    n = len(t_ns)
    absent = np.full(n, -1, np.int32)
    return Plots(
        t_ns=np.asarray(t_ns, np.int64),
        capture_ns=np.full(n, -1, np.int64),
        radar=np.zeros(n, np.uint16),
        kind=np.full(n, 2, np.uint8),
        flags=np.zeros(n, np.uint8),
        range_m=np.asarray(range_m, np.float64),
        bearing_rad=np.mod(np.asarray(bearing_rad, np.float64), 2 * np.pi),
        height_m=np.asarray(height_m, np.float64),
        mode_3a=np.asarray(mode_3a, np.int32),
        address=absent if address is None else np.asarray(address, np.int32),
        byte_offset=np.arange(n),
    )


def system_tracks(t_ns, number, lat_deg, lon_deg, height_m, vel, mode_3a):
    n = len(t_ns)
    return SystemTracks(
        t_ns=np.asarray(t_ns, np.int64),
        capture_ns=np.full(n, -1, np.int64),
        source=np.zeros(n, np.uint16),
        track_number=np.asarray(number, np.int32),
        lat_rad=np.radians(lat_deg),
        lon_rad=np.radians(lon_deg),
        height_m=np.asarray(height_m, np.float64),
        vel_east_mps=np.asarray(vel[0], np.float64),
        vel_north_mps=np.asarray(vel[1], np.float64),
        mode_3a=np.asarray(mode_3a, np.int32),
        address=np.full(n, -1, np.int32),
        confirmed=np.ones(n, np.uint8),
        ended=np.zeros(n, np.uint8),
        coasting=np.zeros(n, np.uint8),
        byte_offset=np.arange(n),
    )


def rows_of(columns, keep):
    """The same noun with some of its rows."""
    return type(columns)(**{name: value[keep] for name, value in vars(columns).items()})


def joined(first, second):
    """The rows of both."""
    return type(first)(
        **{name: np.concatenate([value, getattr(second, name)]) for name, value in vars(first).items()}
    )


def sky(
    seed=0,
    n=12,
    seconds=600.0,
    time_s=TIME_S,
    range_m=RANGE_M,
    bearing_rad=BEARING_RAD,
    noise=1.0,
    shared_noise=0.0,
    update_s=4.0,
):
    """n aircraft, codes 100 and following, our tracks and theirs numbered from 1.

    `noise` scales errors of single reports, `shared_noise` those that an aircraft keeps for the whole time.
    """
    random = np.random.Generator(np.random.Philox(seed))
    start = np.stack([random.uniform(-150e3, 150e3, n), random.uniform(-150e3, 150e3, n)])
    start += np.sign(start) * 20e3
    course, speed = random.uniform(0, 2 * np.pi, n), random.uniform(120, 260, n)
    lat0, lon0 = 47.0 + start[1] / 111e3, 8.0 + start[0] / 76e3
    rate = speed * np.cos(course) / 111e3, speed * np.sin(course) / (111e3 * np.cos(np.radians(lat0)))
    height = random.uniform(3000, 12000, n)
    lag_m, wrong_range, wrong_bearing = random.normal(0, 1, (3, n)) * shared_noise

    def where(k, t_s):
        return lat0[k] + rate[0][k] * t_s, lon0[k] + rate[1][k] * t_s

    looks_s = np.arange(0.0, seconds, REVOLUTION_S)
    k = np.repeat(np.arange(n), len(looks_s))
    t_s = np.tile(looks_s, n)
    t_s = t_s + random.uniform(0, REVOLUTION_S, n)[k] * 0.99
    order = np.argsort(t_s, kind="stable")
    k, t_s = k[order], t_s[order]
    bearing, _, slant = pymap3d.geodetic2aer(*where(k, t_s), height[k], *DEGREES)
    slant = slant + range_m + noise * random.normal(0, 60, len(k)) + 60.0 * wrong_range[k]
    bearing = np.radians(bearing) + bearing_rad
    bearing += noise * random.normal(0, np.radians(0.06), len(k)) + np.radians(0.05) * wrong_bearing[k]
    plots = flat_plots(
        ZERO_NS + np.round((t_s + time_s) * 1e9).astype(np.int64), slant, bearing, height[k], 100 + k
    )

    beats_s = np.arange(-2 * update_s, seconds + 4 * update_s, update_s)
    j = np.repeat(np.arange(n), len(beats_s))
    u_s = np.tile(beats_s, n)
    u_s = u_s + random.uniform(0, update_s, n)[j] * 0.99
    order = np.argsort(u_s, kind="stable")
    j, u_s = j[order], u_s[order]
    lat, lon = where(j, u_s + 0.5 * lag_m[j])
    lat = lat + noise * random.normal(0, 20, len(j)) / 111e3
    vel = speed[j] * np.sin(course[j]), speed[j] * np.cos(course[j])
    system = system_tracks(
        ZERO_NS + np.round(u_s * 1e9).astype(np.int64), 1 + j, lat, lon, height[j], vel, 100 + j
    )

    # Our track points: at the next whole second of our clock, the biases of the radar in them.
    p_ns = (plots.t_ns // 10**9 + 1) * 10**9
    true_s = (p_ns - ZERO_NS) / 1e9 - time_s
    azimuth, elevation, away = pymap3d.geodetic2aer(*where(k, true_s), height[k], *DEGREES)
    pos = np.stack(
        pymap3d.aer2ecef(azimuth + np.degrees(bearing_rad), elevation, away + range_m, *DEGREES), axis=1
    )
    east, north = speed[k] * np.sin(course[k]), speed[k] * np.cos(course[k])
    velocity = np.stack(pymap3d.enu2uvw(east, north, np.zeros(len(k)), *where(k, true_s)), axis=1)
    owner = (1 + k).astype(np.uint64)
    points = TrackPoints(p_ns, owner, np.arange(len(k)), pos, velocity, np.tile(np.eye(3), (len(k), 1, 1)))
    return Sky(plots, owner, np.arange(1, n + 1).astype(np.uint64), points, system)


def without_codes(columns):
    return replace(columns, mode_3a=np.full(len(columns), -1, np.int32))
