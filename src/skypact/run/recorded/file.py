"""Tracks of a real recording as files: Parquet, one row a track point, and GeoJSON (RFC 7946), one line a track.

A file appears under its name only when it is whole. The same tracks give the same bytes of GeoJSON.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from skypact import __version__
from skypact.earth.frame import enu_from_ecef, geodetic_from_ecef, rot_enu_from_ecef
from skypact.errors import UsageError
from skypact.model.network import B1, F8, I8, U2, U8
from skypact.model.quantity import UNITS
from skypact.model.recording import ABSENT, Plots, RadarSite, TrackPoints
from skypact.run.recorded.radar import radar_name
from skypact.track import OWN_PLANE

NM_M, KNOT_MPS, FOOT_M = (UNITS[unit][1] for unit in ("NM", "kt", "ft"))
NOTE = "exercise/analysis: a radar recording, not truth"
NO_SITE = (
    "The position of radar {radars} is not known: x_m and y_m are metres east and north of the radar in its own plane, "
    "north is the radar's own, and there is no latitude or longitude."
)


@dataclass(frozen=True)
class TrackedRecording:
    """A recording and the confirmed tracks made of it: what is written and drawn."""

    name: str
    """of the recording's file, without its folder"""
    plots: Plots
    """with the instants that the tracker was given"""
    plot_track: U8
    """[n of plots] id of the confirmed track that took each plot, 0 for none"""
    points: TrackPoints
    with_codes: bool
    """whether the tracker was shown the transponder codes"""
    sites: Mapping[int, RadarSite]
    """places of radars by number (SAC * 256 + SIC), of those that are known; the others were tracked at OWN_PLANE"""
    revolution_s: Mapping[int, float]
    """of every radar by number"""

    @property
    def radars(self) -> tuple[int, ...]:
        """Numbers of the radars, that with the most plots first."""
        numbers, count = np.unique(self.plots.radar, return_counts=True)
        return tuple(numbers[np.argsort(-count, kind="stable")].tolist())

    def placed(self) -> B1:
        """[n of points] whether the radar that updated the track then has a known place."""
        known: B1 = np.isin(self.points_radar(), list(self.sites))
        return known

    def points_radar(self) -> U2:
        """[n of points] number of the radar of each point's plot."""
        return self.plots.radar[self.points.plot]

    def height_known(self) -> B1:
        """[n of points] whether the track had a plot with flight level by then; before, its height is assumed."""
        ids, row = np.unique(self.points.track_id, return_inverse=True)
        told = np.flatnonzero(np.isfinite(self.plots.height_m) & np.isin(self.plot_track, ids))
        since_ns = np.full(len(ids), np.iinfo(np.int64).max)
        np.minimum.at(since_ns, np.searchsorted(ids, self.plot_track[told]), self.plots.t_ns[told])
        known: B1 = self.plots.t_ns[self.points.plot] >= since_ns[row]
        return known

    def slowest_s(self, rows: I8) -> float:
        """The longest revolution among the radars of these points."""
        radars = np.unique(self.points_radar()[rows]).tolist()
        return max((self.revolution_s[radar] for radar in radars), default=0.0)


@dataclass(frozen=True)
class Kinematics:
    """Where n track points are and how they move."""

    lat_rad: F8
    lon_rad: F8
    height_m: F8
    """barometric, taken as above the ellipsoid; NaN before the track's first flight level"""
    speed_mps: F8
    """over the ground"""
    course_rad: F8
    """clockwise from true north at the point, or from the radar's north where its place is not known; [0, 2 pi)"""
    climb_mps: F8
    """NaN like the height"""
    sigma_horizontal_m: F8
    """one standard deviation along the larger axis of the horizontal ellipse"""


def kinematics(tracked: TrackedRecording) -> Kinematics:
    """Places and motion of the points of a tracked recording, in their order."""
    points = tracked.points
    lat, lon, height_m = geodetic_from_ecef(points.pos_ecef_m)
    rot = rot_enu_from_ecef(lat, lon)
    vel_enu_mps = np.einsum("nij,nj->ni", rot, points.vel_ecef_mps)
    cov_enu_m2 = np.einsum("nij,njk,nlk->nil", rot, points.cov_ecef_m2, rot)
    mean = 0.5 * (cov_enu_m2[:, 0, 0] + cov_enu_m2[:, 1, 1])
    split = np.hypot(0.5 * (cov_enu_m2[:, 0, 0] - cov_enu_m2[:, 1, 1]), cov_enu_m2[:, 0, 1])
    own = points.vel_ecef_mps @ rot_enu_from_ecef(OWN_PLANE.lat_rad, OWN_PLANE.lon_rad).T
    height_known = tracked.height_known()
    heading = np.where(tracked.placed()[:, None], vel_enu_mps, own)
    return Kinematics(
        lat_rad=lat,
        lon_rad=lon,
        height_m=np.where(height_known, height_m, np.nan),
        speed_mps=np.hypot(vel_enu_mps[:, 0], vel_enu_mps[:, 1]),
        course_rad=np.arctan2(heading[:, 0], heading[:, 1]) % (2.0 * math.pi),
        climb_mps=np.where(height_known, vel_enu_mps[:, 2], np.nan),
        sigma_horizontal_m=np.sqrt(np.maximum(mean + split, 0.0)),
    )


def code_text(mode_3a: int) -> str | None:
    """A Mode 3/A code as people write it, four octal digits; None where absent."""
    return None if mode_3a == ABSENT else f"{mode_3a:04o}"


def address_text(address: int) -> str | None:
    """An aircraft address as six hexadecimal digits; None where absent."""
    return None if address == ABSENT else f"{address:06X}"


def track_rows(points: TrackPoints) -> Iterator[tuple[int, I8]]:
    """Each track's id and the rows of its points in order of time, by rising id."""
    order = np.lexsort((points.t_ns, points.track_id))
    ids, first = np.unique(points.track_id[order], return_index=True)
    yield from zip(ids.tolist(), np.split(order, first[1:]) if len(ids) else [], strict=True)


def seen_in_order(values: list[str | None]) -> list[str]:
    """The distinct texts, in the order in which they first occur."""
    return list(dict.fromkeys(value for value in values if value is not None))


# ---------------------------------------------------------------------------------------------------- Parquet


def parquet_table(tracked: TrackedRecording) -> pa.Table:
    """One row a track point, by track and time; units and meanings are metadata of the columns.

    Latitude and longitude are there if any radar's place is known, x_m and y_m if any is not; they are null in rows of
    the other kind.
    """
    columns = _columns(tracked)
    arrays = [pa.array(values) for *_, values in columns]
    fields = [
        pa.field(name, array.type, metadata={"unit": unit, "about": about})
        for (name, unit, about, _), array in zip(columns, arrays, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=_about(tracked)))


def _columns(tracked: TrackedRecording) -> list[tuple[str, str, str, Any]]:
    """Name, unit, meaning and values of each column."""
    points, plots = tracked.points, tracked.plots
    order = np.lexsort((points.t_ns, points.track_id))
    moving, plot = kinematics(tracked), points.plot[order]
    codes = pa.array([code_text(code) for code in plots.mode_3a[plot].tolist()], pa.string())
    addresses = pa.array([address_text(address) for address in plots.address[plot].tolist()], pa.string())
    radars = pa.array([radar_name(radar) for radar in plots.radar[plot].tolist()], pa.string())
    instants = pa.array(points.t_ns[order], pa.timestamp("ns", "UTC"))
    height_m = pa.array(moving.height_m[order], from_pandas=True)  # NaN is null
    climb_mps = pa.array(moving.climb_mps[order], from_pandas=True)
    course, bearing = np.degrees(moving.course_rad)[order], np.degrees(plots.bearing_rad[plot])
    return [
        ("track_id", "1", "number of our track", points.track_id[order]),
        ("t", "ns", "instant of the state, UTC by the radar's clock", instants),
        *_where(tracked, moving, order),
        ("height_m", "m", "from flight levels (1013.25 hPa), null before the track's first", height_m),
        ("speed_mps", "m/s", "over the ground", moving.speed_mps[order]),
        ("course_deg", "deg", "clockwise from north", course),
        ("climb_mps", "m/s", "positive upward, null where the height is", climb_mps),
        ("sigma_horizontal_m", "m", "standard deviation, larger axis", moving.sigma_horizontal_m[order]),
        ("mode_3a", "octal", "Mode 3/A code of the plot, null where not valid", codes),
        ("address", "hex", "aircraft address of the plot, null where absent", addresses),
        ("radar", "SAC/SIC", "the radar of the plot", radars),
        ("range_m", "m", "slant range of the plot", plots.range_m[plot]),
        ("bearing_deg", "deg", "of the plot, clockwise from the radar's north", bearing),
        ("byte_offset", "B", "where the plot's record is in the recording", plots.byte_offset[plot]),
    ]


def _where(tracked: TrackedRecording, moving: Kinematics, order: I8) -> list[tuple[str, str, str, Any]]:
    """The columns of position: on the Earth, in a plane, or both."""
    placed = tracked.placed()[order]
    columns: list[tuple[str, str, str, Any]] = []
    if tracked.sites:
        lat_deg, lon_deg = np.degrees(moving.lat_rad)[order], np.degrees(moving.lon_rad)[order]
        columns += [
            ("lat_deg", "deg", "WGS 84 latitude", pa.array(lat_deg, mask=~placed)),
            ("lon_deg", "deg", "WGS 84 longitude", pa.array(lon_deg, mask=~placed)),
        ]
    if _unplaced(tracked):
        plane_m = plane(tracked.points.pos_ecef_m[order], OWN_PLANE)
        columns += [
            ("x_m", "m", "east of the radar, in its own plane", pa.array(plane_m[:, 0], mask=placed)),
            ("y_m", "m", "north of the radar, in its own plane", pa.array(plane_m[:, 1], mask=placed)),
        ]
    return columns


def plane(pos_ecef_m: F8, site: RadarSite) -> F8:
    """East and north (m) [n, 2] of positions [n, 3] in the tangent plane of a site."""
    enu_m = enu_from_ecef(pos_ecef_m, site.lat_rad, site.lon_rad, site.height_m)
    return enu_m[:, :2]


def write_parquet(path: Path, tracked: TrackedRecording) -> None:
    """Write the table of `parquet_table` (zstd).

    Raises:
        UsageError: the file cannot be written.
    """
    sink = pa.BufferOutputStream()
    pq.write_table(parquet_table(tracked), sink, compression="zstd", write_page_checksum=True)
    write_whole(path, bytes(sink.getvalue()))


def _about(tracked: TrackedRecording) -> dict[str, str]:
    """What a file says of itself."""
    about = {
        "program": "skypact",
        "version": __version__,
        "recording": tracked.name,
        "note": NOTE,
        "codes": "used by the tracker" if tracked.with_codes else "hidden from the tracker",
        "site": "; ".join(_site_text(radar, tracked.sites.get(radar)) for radar in sorted(tracked.radars)),
    }
    if unplaced := _unplaced(tracked):
        about["plane"] = NO_SITE.format(radars=", ".join(map(radar_name, unplaced)))
    return about


def _unplaced(tracked: TrackedRecording) -> list[int]:
    """Radars whose place is not known."""
    return sorted(set(tracked.radars) - set(tracked.sites))


def _site_text(radar: int, site: RadarSite | None) -> str:
    if site is None:
        return f"{radar_name(radar)}: unknown"
    lat_deg, lon_deg = math.degrees(site.lat_rad), math.degrees(site.lon_rad)
    return f"{radar_name(radar)}: {lat_deg:.6f},{lon_deg:.6f},{site.height_m:.1f} (deg, deg, m)"


# ---------------------------------------------------------------------------------------------------- GeoJSON


def geojson_text(tracked: TrackedRecording) -> str:
    """The tracks as a FeatureCollection, one feature a track by rising id, one line of text each.

    Positions are longitude and latitude to 1e-6 degrees and, where the height is known, height to 0.1 m. A track that
    crosses the antimeridian is cut there (RFC 7946, 3.1.9), and where its height comes to be known; a track of one
    point is a Point. Points by radars whose place is not known are left out.

    Raises:
        UsageError: no radar's place is known.
    """
    if not tracked.sites:
        raise UsageError(
            "GeoJSON", "the radar's position is not known", "Give it with --site LAT,LON,HEIGHT_M."
        )
    moving, placed = kinematics(tracked), tracked.placed()
    lon_lat_height = np.stack(
        [np.degrees(moving.lon_rad), np.degrees(moving.lat_rad), moving.height_m], axis=1
    )
    features = [
        _dumps(
            {
                "type": "Feature",
                "id": track,
                "geometry": _geometry(lon_lat_height[rows]),
                "properties": _properties(tracked, moving, track, rows),
            }
        )
        for track, every in track_rows(tracked.points)
        if len(rows := every[placed[every]])
    ]
    head = _dumps({"type": "FeatureCollection", **_about(tracked)})
    return head[:-1] + ',"features":[\n' + ",\n".join(features) + "\n]}\n"


def write_geojson(path: Path, tracked: TrackedRecording) -> None:
    """Write the text of `geojson_text`.

    Raises:
        UsageError: no radar's place is known, or the file cannot be written.
    """
    write_whole(path, geojson_text(tracked).encode())


def _properties(tracked: TrackedRecording, moving: Kinematics, track: int, rows: I8) -> dict[str, object]:
    plot = tracked.points.plot[rows]
    t_ns, height_m = tracked.points.t_ns[rows], moving.height_m[rows]
    known_m = height_m[np.isfinite(height_m)].tolist()
    return {
        "track_id": track,
        "mode_3a": seen_in_order([code_text(code) for code in tracked.plots.mode_3a[plot].tolist()]),
        "address": seen_in_order([address_text(address) for address in tracked.plots.address[plot].tolist()]),
        "radar": seen_in_order([radar_name(radar) for radar in tracked.plots.radar[plot].tolist()]),
        "first": instant_text(int(t_ns[0])),
        "last": instant_text(int(t_ns[-1])),
        "points": len(rows),
        "mean_speed_kn": round(float(moving.speed_mps[rows].mean()) / KNOT_MPS, 1),
        "lowest_m": round(min(known_m), 1) if known_m else None,
        "highest_m": round(max(known_m), 1) if known_m else None,
    }


def instant_text(t_ns: int) -> str:
    """An instant (UTC ns) in ISO 8601, to the millisecond."""
    return f"{np.datetime_as_string(np.datetime64(t_ns, 'ns'), unit='ms')}Z"


def _geometry(lon_lat_height: F8) -> dict[str, object]:
    """A Point, a LineString, or a MultiLineString; in each line all positions have a height or none has."""
    n = len(lon_lat_height)
    since = n - int(np.isfinite(lon_lat_height[:, 2]).sum())
    since = n if since == n - 1 > 0 else since  # one position makes no line with height
    lines = _cut_at_antimeridian(lon_lat_height[: since + 1, :2]) if since else []
    lines += _cut_at_antimeridian(lon_lat_height[since:]) if since < n else []
    parts = [[_position(*at) for at in line] for line in lines]
    if n == 1:
        return {"type": "Point", "coordinates": parts[0][0]}
    if len(parts) == 1:
        return {"type": "LineString", "coordinates": parts[0]}
    return {"type": "MultiLineString", "coordinates": parts}


def _cut_at_antimeridian(positions: F8) -> list[list[list[float]]]:
    lines: list[list[list[float]]] = [[]]
    before: list[float] | None = None
    for at in positions.tolist():
        if before is not None and abs(at[0] - before[0]) > 180.0:
            side = math.copysign(180.0, before[0])
            gap_deg = at[0] + 2.0 * side - before[0]
            share = (side - before[0]) / gap_deg if gap_deg else 0.0
            rest = [b + share * (a - b) for a, b in zip(at[1:], before[1:], strict=True)]
            lines[-1].append([side, *rest])
            lines.append([[-side, *rest]])
        lines[-1].append(at)
        before = at
    return lines


def _position(lon_deg: float, lat_deg: float, *height_m: float) -> list[float]:
    return [round(lon_deg, 6), round(lat_deg, 6), *(round(height, 1) for height in height_m)]


def _dumps(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


# ------------------------------------------------------------------------------------------------- whole files


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that appears under its name only when it is whole; what stood there before is replaced.

    Raises:
        UsageError: the file cannot be written.
    """
    write_with(path, lambda part: part.write_bytes(content))


def write_with(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a file under a temporary name of the same suffix, and give it its name when it is whole.

    Raises:
        UsageError: the file cannot be written.
    """
    part = path.with_name(f".part-{os.getpid()}-{path.name}")
    try:
        write(part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as fault:
        raise UsageError(
            f"writing {path}", fault.strerror or str(fault), "Choose a folder that can be written to."
        ) from fault
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
