"""Small tracked recordings made by hand for the tests of files and pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from skypact.earth.frame import ecef_from_enu, ecef_from_geodetic, rot_enu_from_ecef
from skypact.model.recording import ABSENT, Plots, RadarSite, TrackPoints
from skypact.run.recorded.file import TrackedRecording
from skypact.track import OWN_PLANE

SITE = RadarSite(math.radians(50.0), math.radians(8.5), 100.0)
RADAR = 25 * 256 + 10
REVOLUTION_S = 4.0
START_NS = int(np.datetime64("2026-03-02T09:00:00", "ns").astype(np.int64))
SIGMAS_M = (300.0, 40.0, 60.0)
"""of every point: along the course, across it, up"""


def plots_at(t_ns, range_m, bearing_rad, height_m, codes, addresses=None, radar=RADAR) -> Plots:
    n = len(t_ns)
    return Plots(
        t_ns=np.asarray(t_ns, np.int64),
        capture_ns=np.asarray(t_ns, np.int64) + 10**8,
        radar=np.broadcast_to(np.asarray(radar, np.uint16), n).copy(),
        kind=np.full(n, 2, np.uint8),
        flags=np.zeros(n, np.uint8),
        range_m=np.asarray(range_m, np.float64),
        bearing_rad=np.asarray(bearing_rad, np.float64) % (2.0 * math.pi),
        height_m=np.asarray(height_m, np.float64),
        mode_3a=np.asarray(codes, np.int32),
        address=np.full(n, ABSENT, np.int32) if addresses is None else np.asarray(addresses, np.int32),
        byte_offset=1000 + 50 * np.arange(n, dtype=np.int64),
    )


def line(
    east_m,
    north_m,
    course_deg,
    count,
    speed_mps=200.0,
    height_m=9000.0,
    first_s=0.0,
    skip: Sequence[int] = (),
):
    """Seconds, ENU positions and ENU velocities of a level line in the radar's plane, without some of its looks."""
    look = np.array([k for k in range(count) if k not in skip])
    course = math.radians(course_deg)
    vel = speed_mps * np.array([math.sin(course), math.cos(course), 0.0])
    t_s = first_s + look * REVOLUTION_S
    pos = np.array([east_m, north_m, 0.0]) + (t_s - first_s)[:, None] * vel
    across = np.hypot(pos[:, 0], pos[:, 1])
    pos[:, 2] = height_m - SITE.height_m - across**2 / (2.0 * 6.371e6)
    return t_s, pos, np.broadcast_to(vel, pos.shape)


def recording(
    lines, codes, site=SITE, known=True, lost=0, height=True, name="made.pcap", with_codes=True, rows=None
):
    """A recording of these lines, one track each (ids from 1), and some plots in no track."""
    place = site if known else OWN_PLANE
    rot = rot_enu_from_ecef(place.lat_rad, place.lon_rad)
    t_s = np.concatenate([part[0] for part in lines])
    enu = np.concatenate([part[1] for part in lines])
    vel = np.concatenate([part[2] for part in lines])
    track = np.concatenate([np.full(len(part[0]), k + 1) for k, part in enumerate(lines)])
    code = np.concatenate([np.broadcast_to(c, len(part[0])) for c, part in zip(codes, lines, strict=True)])
    order = np.argsort(t_s, kind="stable")
    t_s, enu, vel, track, code = t_s[order], enu[order], vel[order], track[order], code[order]
    along = vel / np.linalg.norm(vel, axis=1)[:, None]
    up = np.broadcast_to([0.0, 0.0, 1.0], along.shape)
    axes = np.stack([along, np.cross(up, along), up], axis=2)
    cov = np.einsum("nij,j,nkj->nik", axes, np.square(SIGMAS_M), axes)
    n = len(t_s)
    t_ns = START_NS + np.rint(t_s * 1e9).astype(np.int64)
    height_m = np.full(n, 9000.0 if height else np.nan)
    spread = np.linspace(0.1, 1.0, lost) if lost else np.empty(0)
    plots = plots_at(
        np.concatenate([t_ns, START_NS + (spread * 60e9).astype(np.int64)]),
        np.concatenate([np.linalg.norm(enu, axis=1), 50_000.0 * spread]),
        np.concatenate([np.arctan2(enu[:, 0], enu[:, 1]), 6.0 * spread]),
        np.concatenate([height_m, np.full(lost, np.nan)]),
        np.concatenate([code, np.full(lost, ABSENT)]),
    )
    points = TrackPoints(
        t_ns=(t_ns // 10**9 + 1) * 10**9,
        track_id=track.astype(np.uint64),
        plot=np.arange(n, dtype=np.int64),
        pos_ecef_m=ecef_from_enu(enu, place.lat_rad, place.lon_rad, place.height_m),
        vel_ecef_mps=vel @ rot,
        cov_ecef_m2=np.einsum("ji,njk,kl->nil", rot, cov, rot),
    )
    return TrackedRecording(
        name=name,
        plots=plots,
        plot_track=np.concatenate([track, np.zeros(lost)]).astype(np.uint64),
        points=points,
        with_codes=with_codes,
        sites={RADAR: site} if known else {},
        revolution_s={RADAR: REVOLUTION_S},
    )


def geographic(lat_deg, lon_deg, height_m=9000.0) -> TrackedRecording:
    """One track through these places, a second apart."""
    n = len(lat_deg)
    t_ns = START_NS + 10**9 * np.arange(n)
    pos = ecef_from_geodetic(np.radians(lat_deg), np.radians(lon_deg), height_m)
    site = RadarSite(math.radians(lat_deg[0]), math.radians(lon_deg[0]), 0.0)
    points = TrackPoints(
        t_ns, np.ones(n, np.uint64), np.arange(n), pos, np.zeros((n, 3)), np.tile(np.eye(3), (n, 1, 1))
    )
    plots = plots_at(t_ns, np.full(n, 1e4), np.zeros(n), np.full(n, height_m), np.full(n, 0o1234))
    return TrackedRecording(
        "made.pcap", plots, np.ones(n, np.uint64), points, True, {RADAR: site}, {RADAR: 4.0}
    )


def spread(tracked: TrackedRecording, other: int, ids: Sequence[int]) -> TrackedRecording:
    """The same recording, the plots of these tracks by another radar, without a place."""
    radar = tracked.plots.radar.copy()
    radar[np.isin(tracked.plot_track, ids)] = other
    plots = replace(tracked.plots, radar=radar)
    return replace(tracked, plots=plots, revolution_s={**tracked.revolution_s, other: 6.0})


def without_levels(tracked: TrackedRecording, rows: Sequence[int]) -> TrackedRecording:
    """The same recording, these plots without flight level."""
    height_m = tracked.plots.height_m.copy()
    height_m[list(rows)] = np.nan
    return replace(tracked, plots=replace(tracked.plots, height_m=height_m))


def many(tracks: int, looks: int, seed: int = 0) -> TrackedRecording:
    """Lines in all directions over 200 NM."""
    draw = np.random.Generator(np.random.Philox(seed))
    lines = [
        line(
            draw.uniform(-250e3, 250e3),
            draw.uniform(-250e3, 250e3),
            draw.uniform(0.0, 360.0),
            looks,
            height_m=draw.uniform(1000.0, 12_000.0),
            first_s=draw.uniform(0.0, 3000.0),
        )
        for _ in range(tracks)
    ]
    return recording(lines, draw.integers(0, 4096, tracks).tolist(), lost=tracks)
