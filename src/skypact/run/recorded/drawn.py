"""Tracks of a recording as a picture shows them: places in the map, gaps, codes, and the share of looks that hit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from skypact.model.network import B1, F8, I8
from skypact.model.recording import ABSENT, RadarSite
from skypact.run.recorded.file import (
    NM_M,
    TrackedRecording,
    address_text,
    code_text,
    kinematics,
    plane,
    track_rows,
)
from skypact.run.recorded.map import breaks, flight_level
from skypact.track import OWN_PLANE

NEW_CODE_REPLIES = 3
"""A code is the track's from this many valid replies in a row."""
SHARE_WINDOW = 12
"""The share of looks that hit is of at least this many revolutions at a time."""


@dataclass(frozen=True)
class DrawnTrack:
    """One track as it is drawn."""

    track_id: int
    t_ns: I8
    east_nm: F8
    north_nm: F8
    height_fl: F8
    """hundreds of feet; NaN before the track's first flight level"""
    revolution_s: float
    broken: B1
    """[points - 1] where a gap follows the point"""
    codes: tuple[tuple[int, str], ...]
    """(row of the point from which it is used, Mode 3/A code)"""
    name: str
    """the first code, else the address, else the number of the track"""

    def segments(self) -> F8:
        """[points - 1, 2, 2] the lines between points in the map, NM."""
        points = np.stack([self.east_nm, self.north_nm], axis=1)
        return np.stack([points[:-1], points[1:]], axis=1)

    def shown(self) -> B1:
        """[points - 1] whether the line after the point is in the map, both ends."""
        there = np.isfinite(self.east_nm)
        both: B1 = there[:-1] & there[1:]
        return both


def drawn_tracks(tracked: TrackedRecording) -> list[DrawnTrack]:
    """Every track, by its first instant; places are NaN where the radar is not in the map."""
    points, plots = tracked.points, tracked.plots
    moving, mapped = kinematics(tracked), np.isin(tracked.points_radar(), list(drawn_sites(tracked)))
    east_north_nm = np.where(mapped[:, None], plane(points.pos_ecef_m, centre_of(tracked)) / NM_M, np.nan)
    tracks = []
    for track, rows in track_rows(points):
        plot = points.plot[rows]
        codes = code_changes(plots.mode_3a[plot].tolist())
        address = next((a for a in plots.address[plot].tolist() if a != ABSENT), ABSENT)
        tracks.append(
            DrawnTrack(
                track_id=track,
                t_ns=points.t_ns[rows],
                east_nm=east_north_nm[rows, 0],
                north_nm=east_north_nm[rows, 1],
                height_fl=flight_level(moving.height_m[rows]),
                revolution_s=tracked.slowest_s(rows),
                broken=breaks(points.t_ns[rows], tracked.slowest_s(rows)),
                codes=codes,
                name=codes[0][1] if codes else address_text(address) or f"#{track}",
            )
        )
    return sorted(tracks, key=lambda track: (int(track.t_ns[0]), track.track_id))


def drawn_sites(tracked: TrackedRecording) -> dict[int, RadarSite]:
    """Radars in the map: those whose places are known; if none is, the one with the most plots, in its own plane."""
    radars = tracked.radars
    return {r: tracked.sites[r] for r in radars if r in tracked.sites} or dict.fromkeys(radars[:1], OWN_PLANE)


def centre_of(tracked: TrackedRecording) -> RadarSite:
    """The place of the radar in the middle of the map: of those drawn, the one with the most plots."""
    return next(iter(drawn_sites(tracked).values()), OWN_PLANE)


def code_changes(replies: list[int]) -> tuple[tuple[int, str], ...]:
    """Each code that a track has used and the row of the reply where it began.

    A code counts from `NEW_CODE_REPLIES` valid replies in a row, so that a garbled one is no change; in a track with
    fewer valid replies its most frequent code counts.
    """
    valid = [(row, code) for row, code in enumerate(replies) if code != ABSENT]
    found: list[tuple[int, int]] = []
    first = 0
    for i, (_, code) in enumerate(valid):
        if code != valid[first][1]:
            first = i
        if i - first + 1 == NEW_CODE_REPLIES and (not found or found[-1][1] != code):
            found.append((valid[first][0], code))
    if valid and not found:
        usual = Counter(code for _, code in valid).most_common(1)[0][0]
        found = [(next(row for row, code in valid if code == usual), usual)]
    return tuple((row, code_text(code) or "") for row, code in found)


def lone_points(broken: B1) -> I8:
    """Rows of the points with a gap, or the track's end, on both sides: no line shows them."""
    open_before, open_after = np.append(True, broken), np.append(broken, True)
    return np.flatnonzero(open_before & open_after)


def detection_share(tracks: list[DrawnTrack]) -> tuple[I8, F8]:
    """Edges [n + 1] of windows of time and the share [n] of the looks at tracks in them that gave a plot.

    From a track's first point to its last there was a look every revolution; after the last one nothing is counted, so
    the share is of looks at tracks in being. Windows are at least `SHARE_WINDOW` revolutions; the share is NaN in those
    without a look.
    """
    looks, hits = [], []
    for track in tracks:
        apart_ns = np.diff(track.t_ns)
        number = np.maximum(np.rint(apart_ns / max(track.revolution_s * 1e9, 1.0)).astype(np.int64), 1)
        before, step_ns = np.repeat(track.t_ns[:-1], number), np.repeat(apart_ns / number, number)
        ordinal = np.arange(number.sum()) - np.repeat(number.cumsum() - number, number) + 1
        looks.append(before + (ordinal * step_ns).astype(np.int64))
        hits.append(ordinal == np.repeat(number, number))
    if not looks or not sum(len(part) for part in looks):
        return np.zeros(1, np.int64), np.empty(0)
    at_ns, hit = np.concatenate(looks), np.concatenate(hits)
    first, last = int(at_ns.min()), int(at_ns.max())
    slowest_s = max(track.revolution_s for track in tracks)
    window_ns = max(SHARE_WINDOW * slowest_s * 1e9, (last - first) / 80, 1.0)
    window = ((at_ns - first) / window_ns).astype(np.int64)
    total = np.bincount(window)
    share = np.full(len(total), np.nan)
    np.divide(np.bincount(window, weights=hit), total, out=share, where=total > 0)
    return first + (np.arange(len(total) + 1) * window_ns).astype(np.int64), share
