"""Our track points held against another system's tracks: which of them it has too, how far away, under what code."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from skypact.earth.frame import ecef_from_geodetic, geodetic_from_ecef, rot_enu_from_ecef
from skypact.model.network import B1, F8, I8
from skypact.model.recording import Plots, RadarSite, SystemTracks, TrackPoints
from skypact.score.aircraft import unshared
from skypact.score.bias import RadarBias
from skypact.score.interval import (
    NOTHING,
    Estimate,
    binomial_bounds,
    pooled_quantile,
    ratio_spread,
)
from skypact.score.path import SystemPath, path_of, place_at
from skypact.score.unmatched import Corrected, Unmatched, causes_of

DISTANCE_M = 1852.0
TIME_S = 3.0
MIN_UPDATES = 10
CELL_M, LEVELS_M = 30_000.0, 2000.0
"""Boxes of the sky that tell where our radar sees."""
_NS = 1e9
_OVER_TRACKS = "t over tracks"


@dataclass(frozen=True)
class CauseCount:
    """How many of our points the other system does not have, for one reason."""

    cause: Unmatched
    points: int
    share: float
    """of all unmatched points"""
    tracks: int
    """of ours with such points"""
    track_id: int
    """an example: the middle one of the track that has most of them"""
    t_ns: int
    """by our clock"""
    lat_rad: float
    lon_rad: float
    distance_m: float
    """median to the nearest of theirs, inf where they held nothing then"""
    along_m: float
    """median of our place minus theirs along the flight, where they hold the aircraft; NaN elsewhere"""
    across_m: float
    """the same to the right of the flight"""


@dataclass(frozen=True)
class Match:
    """n of our confirmed track points against another system's tracks, and the summary.

    Heights are left aside: distances are between the points of the ellipsoid below. Only points within the time of
    the other recording are scored. Nothing is scored for what the other system holds and we do not.
    """

    distance_m: F8
    """[n] to the nearest of theirs that was updated within the time limit; inf where there was none"""
    update: I8
    """[n] row in SystemTracks of that track's update nearest in time; -1 where there was none"""
    matched: B1
    """[n] within the distance limit"""
    inside: B1
    """[n] within the time of the other recording"""
    cause: I8
    """[n] Unmatched, of each unmatched point inside; -1 elsewhere"""
    lat_rad: F8
    lon_rad: F8
    """[n] our points as corrected"""
    points: int
    """inside"""
    points_outside: int
    share: Estimate
    """of the points inside that are matched; the track is the unit of the interval"""
    median_m: Estimate
    p95_m: Estimate
    """of the distance of matched points; the track is the unit of the interval"""
    same_code: Estimate
    """share of matched points whose plot's own code is theirs, among those where both are known"""
    coded: int
    """matched points where both codes are known"""
    causes: tuple[CauseCount, ...]
    """most frequent first"""
    theirs_inside: int
    never_held: int
    """information, no score: of their aircraft that were often where our radar sees (see `_never_held`), how many
    none of our confirmed tracks had"""


def match_points(
    points: TrackPoints,
    bias: RadarBias,
    site: RadarSite,
    plots: Plots,
    system: SystemTracks,
    distance_m: float = DISTANCE_M,
    time_s: float = TIME_S,
) -> Match:
    """Each of our track points against the nearest of the other system's tracks, of any identity.

    Our points are first freed of the bias: in range and bearing at the radar and in time. A track of theirs counts
    at our instant if a true update of it (none that it coasted) lies within `time_s`; it is brought to our instant by
    interpolation, or beyond its ends by its velocity. Mode 3/A codes that several aircraft bear at once are no codes
    here.

    Args:
        points: states of our confirmed tracks.
        bias: of the radar, ours minus theirs.
        site: of the radar.
        plots: those that the points' rows refer to; their codes need not have been known to the tracker.
        system: the other system's track updates.
        distance_m: within which a point is matched.
        time_s: within which an update must lie.
    """
    plots, path = unshared(plots, points.plot, points.track_id, path_of(system, site))
    ours = _corrected(points, bias, site, plots)
    inside = np.zeros(len(points), np.bool_)
    if len(path):
        inside = (ours.t_ns >= path.t_ns.min()) & (ours.t_ns <= path.t_ns.max())
    distance, nearest = _nearest(ours, path, np.flatnonzero(inside), time_s)
    matched = distance <= distance_m
    cause, along, across = causes_of(ours, path, matched, np.flatnonzero(inside & ~matched), time_s)
    known, same = _same_code(plots, points.plot, path, nearest, matched)
    track = points.track_id.astype(np.int64)
    seen, missed = _never_held(ours, path, nearest, matched)
    return Match(
        distance_m=distance,
        update=np.where(nearest >= 0, path.row[nearest], -1) if len(path) else nearest,
        matched=matched,
        inside=inside,
        cause=cause,
        lat_rad=ours.lat_rad,
        lon_rad=ours.lon_rad,
        points=int(inside.sum()),
        points_outside=int(len(points) - inside.sum()),
        share=_share(matched[inside], track[inside]),
        median_m=_quantile(distance[matched], track[matched], 0.5),
        p95_m=_quantile(distance[matched], track[matched], 0.95),
        same_code=_share(same[known], track[known]),
        coded=int(known.sum()),
        causes=_counts(cause, points, ours, distance, along, across),
        theirs_inside=seen,
        never_held=missed,
    )


def _corrected(points: TrackPoints, bias: RadarBias, site: RadarSite, plots: Plots) -> Corrected:
    """Our points as the radar would have made them without bias, by their clock.

    The height above the radar's horizon is kept, so that a shorter slant range means a shorter way on the ground.
    """
    rot = rot_enu_from_ecef(site[0], site[1])
    enu = (points.pos_ecef_m - ecef_from_geodetic(*site)) @ rot.T
    range_m = np.maximum(np.linalg.norm(enu, axis=1) - bias.range_m, 0.0)
    bearing = np.arctan2(enu[:, 0], enu[:, 1]) - bias.bearing_rad
    ground_m = np.sqrt(np.maximum(range_m**2 - enu[:, 2] ** 2, 0.0))
    freed = np.stack([ground_m * np.sin(bearing), ground_m * np.cos(bearing), enu[:, 2]], axis=1)
    lat, lon, height = geodetic_from_ecef(freed @ rot + ecef_from_geodetic(*site))
    surface = (ecef_from_geodetic(lat, lon, np.zeros(len(lat))) - ecef_from_geodetic(*site)) @ rot.T
    known = np.isin(points.track_id, points.track_id[~np.isnan(plots.height_m[points.plot])])
    return Corrected(
        t_ns=points.t_ns - round(bias.time_s * _NS),
        surface_enu_m=surface,
        vel_enu_mps=points.vel_ecef_mps @ rot.T,
        range_m=range_m,
        height_m=np.where(known, height, np.nan),
        lat_rad=lat,
        lon_rad=lon,
        track_id=points.track_id.astype(np.int64),
        mode_3a=plots.mode_3a[points.plot].astype(np.int64),
        address=plots.address[points.plot].astype(np.int64),
    )


def _nearest(ours: Corrected, path: SystemPath, rows: I8, time_s: float) -> tuple[F8, I8]:
    """Distance (m) to the nearest of their tracks and its nearest update (of SystemPath), [n]; inf and -1 for none.

    Our points stand at whole seconds: their tracks are brought to each instant once and searched there.
    """
    distance = np.full(len(ours), np.inf)
    nearest = np.full(len(ours), -1, np.int64)
    order = rows[np.argsort(ours.t_ns[rows], kind="stable")]
    instants, begin = np.unique(ours.t_ns[order], return_index=True)
    stretch, which = _alive(path, instants, time_s)
    if not len(stretch):
        return distance, nearest
    place = place_at(path, stretch, instants[which])
    fresh = place.held & (place.age_s <= time_s)
    which, surface, update = which[fresh], place.surface_enu_m[fresh], place.nearest[fresh]
    low = np.searchsorted(which, np.arange(len(instants)), "left")
    high = np.searchsorted(which, np.arange(len(instants)), "right")
    end = np.append(begin[1:], len(order))
    for k in np.flatnonzero(high > low):
        mine = order[begin[k] : end[k]]
        apart, at = cKDTree(surface[low[k] : high[k]]).query(ours.surface_enu_m[mine])
        distance[mine] = apart
        nearest[mine] = update[low[k] + at]
    return distance, nearest


def _alive(path: SystemPath, instants: I8, time_s: float) -> tuple[I8, I8]:
    """Stretches and the instants (rows) within `time_s` of their life, in order of the instants."""
    if not len(path) or not len(instants):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    slack = round(time_s * _NS)
    low = np.searchsorted(instants, path.t_ns[path.begin[:-1]] - slack, "left")
    high = np.searchsorted(instants, path.t_ns[path.begin[1:] - 1] + slack, "right")
    count = high - low
    stretch = np.repeat(np.arange(len(count)), count)
    which = np.arange(len(stretch)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)
    order = np.argsort(which, kind="stable")
    return stretch[order], which[order]


def _same_code(plots: Plots, plot: I8, path: SystemPath, nearest: I8, matched: B1) -> tuple[B1, B1]:
    """Whether both codes of a matched point are known, and whether they are the same; addresses before Mode 3/A."""
    known, same = np.zeros(len(plot), np.bool_), np.zeros(len(plot), np.bool_)
    if not len(path):
        return known, same
    for mine, their in ((plots.mode_3a[plot], path.mode_3a), (plots.address[plot], path.address)):
        both = matched & (mine >= 0) & (their[nearest] >= 0)
        known |= both
        same = np.where(both, mine == their[nearest], same)
    return known, same


def _share(hit: B1, track: I8) -> Estimate:
    """A share with its interval over tracks; exact bounds over tracks where all or none are hit."""
    ids, of = np.unique(track, return_inverse=True)
    n = len(ids)
    if not n:
        return Estimate(np.nan, np.nan, np.nan, 0, NOTHING.replace("run", "track"))
    hits = int(hit.sum())
    if hits in (0, len(hit)):
        low, high = binomial_bounds(0 if hits == 0 else n, n)
        return Estimate(hits / len(hit), low, high, n, "exact, each track counted once")
    estimate = ratio_spread(
        np.bincount(of, weights=hit).astype(np.float64), np.bincount(of).astype(np.float64)
    ).interval()
    low, high = max(estimate.low, 0.0), min(estimate.high, 1.0)
    bounds = (low, high) if n > 1 else (np.nan, np.nan)
    return replace(estimate, low=bounds[0], high=bounds[1], method=_OVER_TRACKS)


def _quantile(values: F8, track: I8, q: float) -> Estimate:
    """A quantile with its interval over tracks."""
    estimate = pooled_quantile(values, track, q).spread().interval()
    low = max(estimate.low, 0.0) if estimate.n > 1 else estimate.low
    return replace(
        estimate, low=low, method=estimate.method.replace("runs", "tracks").replace("run", "track")
    )


def _counts(
    cause: I8, points: TrackPoints, ours: Corrected, distance: F8, along: F8, across: F8
) -> tuple[CauseCount, ...]:
    """One line for each cause that occurs, the most frequent first."""
    total = int(np.sum(cause >= 0))
    lines = []
    for kind in Unmatched:
        at = np.flatnonzero(cause == kind)
        if not len(at):
            continue
        tracks, count = np.unique(ours.track_id[at], return_counts=True)
        mine = at[ours.track_id[at] == tracks[np.argmax(count)]]
        example = mine[len(mine) // 2]
        lines.append(
            CauseCount(
                cause=kind,
                points=len(at),
                share=len(at) / total,
                tracks=len(tracks),
                track_id=int(points.track_id[example]),
                t_ns=int(points.t_ns[example]),
                lat_rad=float(ours.lat_rad[example]),
                lon_rad=float(ours.lon_rad[example]),
                distance_m=float(np.median(distance[at])),
                along_m=float(np.median(along[at])),
                across_m=float(np.median(across[at])),
            )
        )
    return tuple(sorted(lines, key=lambda line: -line.points))


def _never_held(ours: Corrected, path: SystemPath, nearest: I8, matched: B1) -> tuple[int, int]:
    """Of their aircraft at least MIN_UPDATES times where our radar sees, their number, and how many we never had.

    Where our radar sees: in a box of the sky (CELL_M wide, LEVELS_M high) in which one of our own points lies, within
    the time of our points; where either side has no height the box has none. An aircraft is one address, else one
    Mode 3/A code, else one stretch.
    """
    if not len(path) or not len(ours):
        return 0, 0
    (cell, box), (their_cell, their_box) = (
        _boxes(side.surface_enu_m, side.height_m) for side in (ours, path)
    )
    high, their_high = ~np.isnan(ours.height_m), ~np.isnan(path.height_m)
    seen = np.isin(their_cell, cell[~high])
    seen |= np.where(their_high, np.isin(their_box, box[high]), np.isin(their_cell, cell))
    seen &= (path.t_ns >= ours.t_ns.min()) & (path.t_ns <= ours.t_ns.max())
    key = np.where(
        path.address >= 0,
        path.address.astype(np.int64) + (1 << 40),
        np.where(path.mode_3a >= 0, path.mode_3a.astype(np.int64) + (1 << 48), path.stretch),
    )
    inside, count = np.unique(key[seen], return_counts=True)
    inside = inside[count >= MIN_UPDATES]
    held = np.unique(key[np.unique(nearest[matched])])
    return len(inside), int(np.sum(~np.isin(inside, held)))


def _boxes(surface_enu_m: F8, height_m: F8) -> tuple[I8, I8]:
    """A number for the cell of the map in which each point lies, and one for the box of the sky."""
    east, north = (np.floor(surface_enu_m[:, k] / CELL_M).astype(np.int64) for k in (0, 1))
    level = np.floor(np.nan_to_num(height_m) / LEVELS_M).astype(np.int64)
    cell = (east + 4096) * 8192 + north + 4096
    return cell, cell * 64 + np.clip(level, 0, 63)
