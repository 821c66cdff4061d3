"""Where another system held its tracks at any instant: its updates split into unbroken stretches and interpolated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.earth.frame import ecef_from_geodetic, rot_enu_from_ecef
from skypact.kernels.wgs84 import MEAN_RADIUS_M
from skypact.model.network import B1, F8, I4, I8
from skypact.model.recording import RadarSite, SystemTracks

GAP_INTERVALS = 4.0
"""A stretch ends where no update came for this many of the system's own intervals (their 90th percentile)."""
MAX_SPEED_MPS = 1000.0
JUMP_M = 5000.0
"""A stretch also ends where the way to the next update is longer than this and faster than that: a number reused."""
EXTRAPOLATE_S = 3.0
"""Nothing is said of a track longer than this before its first or after its last update."""
SLOPE_SHARE, SLOPE_SLACK_M = 0.5, 50.0
"""Velocities are used where they lead to the next update this well (share of the way, metres); else straight lines."""
_NS = 1e9


@dataclass(frozen=True)
class SystemPath:
    """m true updates of confirmed tracks, in order of stretch and time, in the radar's own frame.

    Messages that only end a track and coasted ones are no updates: they are left out. A stretch is one track
    number of one source without a gap. Positions are ENU (m) at the site of the point of the ellipsoid below, and
    `up` is the direction in which a height is added to it.
    """

    row: I8
    """in SystemTracks"""
    t_ns: I8
    stretch: I8
    """[m], numbered from 0"""
    begin: I8
    """[stretches + 1] the first update of each stretch, and m"""
    surface_enu_m: F8
    """[m, 3]"""
    up: F8
    """[m, 3]"""
    way_enu_mps: F8
    """[m, 3] the straight way to the next update over its time; at the last of a stretch that of the one before"""
    slope_begin_mps: F8
    """[m, 3] velocity with which the interval to the next update begins"""
    slope_end_mps: F8
    """[m, 3] velocity with which it ends"""
    vel_enu_mps: F8
    """[m, 3] velocity at the update, for going on beyond an end; from the neighbours where none was reported"""
    height_m: F8
    """interpolated over missing ones; NaN in a stretch without any"""
    mode_3a: I4
    address: I4
    interval_s: float
    """median time between updates of a track"""
    gap_s: float

    def __len__(self) -> int:
        return len(self.t_ns)


@dataclass(frozen=True)
class Place:
    """Where k stretches were at k instants."""

    surface_enu_m: F8
    """[k, 3]"""
    up: F8
    """[k, 3]"""
    vel_enu_mps: F8
    """[k, 3]"""
    height_m: F8
    """NaN where the stretch has none"""
    nearest: I8
    """the update of SystemPath nearest in time"""
    age_s: F8
    """time to that update"""
    held: B1
    """within the stretch, or at most EXTRAPOLATE_S beyond its ends"""


def path_of(system: SystemTracks, site: RadarSite) -> SystemPath:
    """The true updates of confirmed tracks, split where a track number was reused or an update stayed out."""
    use = (system.confirmed == 1) & (system.ended == 0) & (system.coasting == 0) & (system.t_ns >= 0)
    use &= ~(np.isnan(system.lat_rad) | np.isnan(system.lon_rad)) & (system.track_number >= 0)
    rows = np.flatnonzero(use)
    track = (system.source[rows].astype(np.int64) << 32) + system.track_number[rows]
    rows = rows[np.lexsort((system.t_ns[rows], track))]
    track = (system.source[rows].astype(np.int64) << 32) + system.track_number[rows]
    t_ns = system.t_ns[rows].astype(np.int64)
    last = np.ones(len(rows), np.bool_)
    last[:-1] = (np.diff(track) != 0) | (np.diff(t_ns) != 0)
    rows, track, t_ns = rows[last], track[last], t_ns[last]  # of two at one instant the later record counts
    surface, up, vel = _in_frame(system, rows, site)
    step_s = np.diff(t_ns) / _NS
    same = np.diff(track) == 0
    interval_s = float(np.median(step_s[same])) if same.any() else EXTRAPOLATE_S
    gap_s = GAP_INTERVALS * float(np.quantile(step_s[same], 0.9)) if same.any() else EXTRAPOLATE_S
    moved_m = np.linalg.norm(np.diff(surface, axis=0), axis=1)
    split = ~same | (step_s > gap_s) | ((moved_m > JUMP_M) & (moved_m > MAX_SPEED_MPS * step_s))
    stretch = np.concatenate([np.zeros(min(len(rows), 1), np.int64), np.cumsum(split)])
    begin = np.concatenate([np.searchsorted(stretch, np.arange(int(split.sum()) + 1)), [len(rows)]])
    way, first, second, vel = _slopes(surface, vel, t_ns, split)
    return SystemPath(
        row=rows,
        t_ns=t_ns,
        stretch=stretch,
        begin=begin.astype(np.int64) if len(rows) else np.zeros(1, np.int64),
        surface_enu_m=surface,
        up=up,
        way_enu_mps=way,
        slope_begin_mps=first,
        slope_end_mps=second,
        vel_enu_mps=vel,
        height_m=_filled(system.height_m[rows].astype(np.float64), t_ns, stretch),
        mode_3a=system.mode_3a[rows],
        address=system.address[rows],
        interval_s=interval_s,
        gap_s=gap_s,
    )


def _in_frame(system: SystemTracks, rows: I8, site: RadarSite) -> tuple[F8, F8, F8]:
    """Surface points, up directions and velocities along the surface, ENU at the site, each [m, 3]."""
    lat, lon = system.lat_rad[rows], system.lon_rad[rows]
    rot_site = rot_enu_from_ecef(site[0], site[1])
    rot = rot_enu_from_ecef(lat, lon)
    surface_ecef_m = ecef_from_geodetic(lat, lon, np.zeros(len(rows)))
    surface = (surface_ecef_m - ecef_from_geodetic(*site)) @ rot_site.T
    up = rot[:, 2] @ rot_site.T
    height = np.nan_to_num(system.height_m[rows])
    east, north = system.vel_east_mps[rows], system.vel_north_mps[rows]
    vel_ecef = east[:, None] * rot[:, 0] + north[:, None] * rot[:, 1]
    on_ground = MEAN_RADIUS_M / (MEAN_RADIUS_M + height)  # the foot point moves slower than the aircraft
    return surface, up, (vel_ecef * on_ground[:, None]) @ rot_site.T


def _slopes(surface: F8, vel: F8, t_ns: I8, split: B1) -> tuple[F8, F8, F8, F8]:
    """Straight ways, begin and end slopes of each interval, and a velocity at each update, all [m, 3]."""
    m = len(surface)
    way = np.zeros((m, 3))
    if m < 2:
        return way, way.copy(), way.copy(), np.nan_to_num(vel)
    step_s = np.diff(t_ns) / _NS
    inside = np.flatnonzero(~split)
    chord = surface[inside + 1] - surface[inside]
    way[inside] = chord / step_s[inside, None]
    ends = np.setdiff1d(np.arange(m), inside)
    before = ends[np.isin(ends - 1, inside)]
    way[before] = way[before - 1]
    first, second = way.copy(), way.copy()
    slack = SLOPE_SHARE * np.linalg.norm(chord, axis=1) + SLOPE_SLACK_M
    for slope, at in ((first, inside), (second, inside + 1)):
        off = np.linalg.norm(vel[at] * step_s[inside, None] - chord, axis=1)
        good = off <= slack  # false where the velocity is NaN
        slope[inside[good]] = vel[at[good]]
    return way, first, second, np.where(np.isnan(vel), way, vel)


def _filled(height_m: F8, t_ns: I8, stretch: I8) -> F8:
    """Heights with missing ones interpolated in time within each stretch (held at its ends)."""
    missing = np.isnan(height_m)
    out = height_m.copy()
    there = np.flatnonzero(~missing)
    holes = np.flatnonzero(missing)
    if not len(there) or not len(holes):
        return out
    place = np.searchsorted(there, holes)
    low, high = there[np.maximum(place - 1, 0)], there[np.minimum(place, len(there) - 1)]
    low_ok = (place > 0) & (stretch[low] == stretch[holes])
    high_ok = (place < len(there)) & (stretch[high] == stretch[holes])
    span = np.maximum(t_ns[high] - t_ns[low], 1)
    share = np.where(low_ok & high_ok, (t_ns[holes] - t_ns[low]) / span, np.where(high_ok, 1.0, 0.0))
    value = height_m[low] + share * (height_m[high] - height_m[low])
    out[holes] = np.where(low_ok | high_ok, value, np.nan)
    return out


def place_at(path: SystemPath, stretch: I8, t_ns: I8) -> Place:
    """Where stretches were at instants of their clock, row by row.

    Between updates a cubic Hermite curve on reported velocities, straight where there are none or where they
    contradict the positions. Beyond the ends the velocity leads on for at most EXTRAPOLATE_S.

    Args:
        path: at least one stretch.
        stretch: [k].
        t_ns: [k] instants.
    """
    first, last = path.begin[stretch], path.begin[stretch + 1] - 1
    zero, end = int(path.t_ns.min()), int(path.t_ns.max())
    span_us = (end - zero) // 1000 + 2
    key = (path.t_ns - zero) // 1000 + path.stretch * span_us
    asked = (np.clip(t_ns, zero, end) - zero) // 1000 + stretch * span_us
    low = np.clip(np.searchsorted(key, asked, side="right") - 1, first, np.maximum(last - 1, first))
    high = np.minimum(low + 1, last)
    step_s = np.maximum((path.t_ns[high] - path.t_ns[low]) / _NS, 1e-9)
    since_s = (t_ns - path.t_ns[low]) / _NS
    alone = high == low
    share = np.where(alone, 0.0, np.clip(since_s / step_s, 0.0, 1.0))
    beyond_s = np.where(alone, since_s, since_s - share * step_s)
    beyond_s = np.where(np.abs(beyond_s) < 1e-6, 0.0, beyond_s)

    u = share[:, None]
    curve = (
        path.surface_enu_m[low] * ((1 + 2 * u) * (1 - u) ** 2)
        + path.surface_enu_m[high] * (u**2 * (3 - 2 * u))
        + (path.slope_begin_mps[low] * (u * (1 - u) ** 2) + path.slope_end_mps[low] * (u**2 * (u - 1)))
        * step_s[:, None]
    )
    at = np.where(share > 0.5, high, low)
    on = np.clip(beyond_s, -EXTRAPOLATE_S, EXTRAPOLATE_S)[:, None] * path.vel_enu_mps[at]
    up = path.up[low] + u * (path.up[high] - path.up[low])
    return Place(
        surface_enu_m=curve + on,
        up=up / np.linalg.norm(up, axis=1, keepdims=True),
        vel_enu_mps=np.where((beyond_s != 0.0)[:, None], path.vel_enu_mps[at], path.way_enu_mps[low]),
        height_m=path.height_m[low] + share * (path.height_m[high] - path.height_m[low]),
        nearest=at,
        age_s=np.abs(t_ns - path.t_ns[at]) / _NS,
        held=np.abs(beyond_s) <= EXTRAPOLATE_S,
    )


def range_bearing(place: Place, height_m: F8) -> tuple[F8, F8, F8, F8]:
    """Slant range (m), bearing (rad) and their rates (1/s) of places at heights, seen from the site.

    Geometric: no refraction. Rates leave out the climb, which moves the range of distant aircraft little.
    """
    enu = place.surface_enu_m + height_m[:, None] * place.up
    range_m = np.linalg.norm(enu, axis=1)
    ground2 = np.maximum(enu[:, 0] ** 2 + enu[:, 1] ** 2, 1.0)
    bearing = np.mod(np.arctan2(enu[:, 0], enu[:, 1]), 2 * np.pi)
    vel = place.vel_enu_mps
    range_rate = np.einsum("ij,ij->i", enu, vel) / np.maximum(range_m, 1.0)
    bearing_rate = (vel[:, 0] * enu[:, 1] - vel[:, 1] * enu[:, 0]) / ground2
    return range_m, bearing, range_rate, bearing_rate


def wrapped(angle_rad: F8) -> F8:
    """Angles (rad) brought into [-pi, pi)."""
    out: F8 = np.mod(angle_rad + np.pi, 2 * np.pi) - np.pi
    return out
