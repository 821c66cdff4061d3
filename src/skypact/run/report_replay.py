"""The moving part of the report's map: one run's truth, pictures and events, packed for the page.

Positions are rounded to the map's grid (0.002 degrees) and stored along each path as second differences, a plane of
low bytes and one of high bytes; all is then deflated. The page's `unpack` is the inverse.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from skypact.earth.frame import geodetic_from_ecef
from skypact.model.codes import HOSTILE_CLASSES, EventKind, Identity, Outcome, TrackStatus
from skypact.model.manifest import Manifest
from skypact.model.network import B1, F8, I8, U1
from skypact.model.record import COMMON_LEVEL, Columns
from skypact.model.warning import RUNGS
from skypact.run.report_map import Box

THINNINGS = ((1, 1), (1, 2), (1, 3), (1, 6), (2, 6), (3, 12), (6, 24))
"""Snapshots kept of what has no civil or friendly code, and of what has: one in so many."""
MOST_ROWS = 1_000_000
"""Rows of pictures that the page may carry; the first thinning with no more is used."""
HEIGHT_STEP_M = 100.0
NEVER_S = 1e9

Row: TypeAlias = list[float | int]


@dataclass(frozen=True)
class Paths:
    """Positions along paths, sorted by (path, snapshot); extras are one byte or two a row."""

    path: I8
    snapshot: I8
    x: I8
    y: I8
    extras: Mapping[str, I8]


@dataclass(frozen=True)
class Replay:
    """What the page is given of a run: the description of the bytes, and the bytes."""

    header: dict[str, Any]
    packed: bytes


def replay_of(tables: Mapping[str, Columns], manifest: Manifest, box: Box) -> Replay:
    """One run as the page plays it back: truth, every distinct picture, alerts, shots and arrivals of each level.

    Args:
        tables: events, objects, truth, pictures and holders of the run.
        manifest: the campaign's description.
        box: of the map; what never enters it is left out.
    """
    times = np.unique(np.concatenate([_whole(tables[name], "t_ns") for name in ("truth", "pictures")]))
    objects = _objects(tables["objects"], box)
    truth, truth_level, truth_object = _truth_paths(tables["truth"], objects.index, times, box)
    pictures, picture_of, thinning = _picture_paths(tables["pictures"], times, box)
    planes: list[tuple[str, U1]] = []
    header: dict[str, Any] = {
        "times_s": np.round((times - manifest.zero_ns) * 1e-9, 1).tolist(),
        "objects": objects.rows,
        "truth": _packed("truth", truth, planes) | {"object": truth_object, "level": truth_level},
        "pictures": _packed("pictures", pictures, planes) | {"picture": picture_of},
        "thinning": thinning,
        "holders": _holders(tables["holders"], manifest),
        "levels": [
            _level_events(tables["events"], level, objects.index, manifest)
            for level in range(len(manifest.levels))
        ],
    }
    header["planes"] = [[name, len(plane)] for name, plane in planes]
    packed = gzip.compress(b"".join(plane.tobytes() for _, plane in planes), 7, mtime=0)
    return Replay(header, packed)


def raid_extent(tables: Mapping[str, Columns]) -> tuple[F8, F8]:
    """Latitudes and longitudes (degrees) of everything that the raid of a run flies over."""
    classes = tables["objects"]["object_class"]
    raid = np.isin(classes, HOSTILE_CLASSES) & (tables["objects"]["level"] == COMMON_LEVEL)
    here = np.isin(tables["truth"]["object"], tables["objects"]["object"][raid])
    lat, lon, _ = _degrees(tables["truth"]["pos_ecef_m"][here])
    return lat, lon


def family_of(tables: Mapping[str, Columns]) -> int | None:
    """Index of the raid family of a run, None where there is no raid."""
    families = tables["objects"]["family"][np.isin(tables["objects"]["object_class"], HOSTILE_CLASSES)]
    return int(families[0]) if len(families) else None


@dataclass(frozen=True)
class _Objects:
    rows: list[Row]
    index: Mapping[int, int]


def _objects(table: Columns, box: Box) -> _Objects:
    """Each object once: class, owner, launch and end (s), place, and where its flight ends (grid steps)."""
    x, y = box.grid(np.degrees(_real(table, "lat_rad")), np.degrees(_real(table, "lon_rad")))
    ends = [np.where(np.isfinite(v), v, -1).astype(np.int64).tolist() for v in (x, y)]
    index: dict[int, int] = {}
    rows: list[Row] = []
    for i, key in enumerate(_whole(table, "object").tolist()):
        if key in index:
            continue
        index[key] = len(rows)
        rows.append(
            [
                int(table["object_class"][i]),
                int(table["nation"][i]),
                round(float(table["launch_s"][i]), 1),
                round(float(table["end_s"][i]), 1),
                int(table["place"][i]),
                ends[0][i],
                ends[1][i],
            ]
        )
    return _Objects(rows, index)


def _truth_paths(
    table: Columns, index: Mapping[int, int], times: I8, box: Box
) -> tuple[Paths, list[int], list[int]]:
    """Paths of truth, with the level (255: all) and the object of each."""
    lat, lon, height_m = _degrees(table["pos_ecef_m"])
    level, key = _whole(table, "level"), _whole(table, "object")
    extras = {"height": np.clip(np.rint(height_m / HEIGHT_STEP_M), 0, 65_535).astype(np.int64)}
    paths, names = _paths(level, key, np.searchsorted(times, _whole(table, "t_ns")), lat, lon, extras, box)
    return paths, [int(a) for a, _ in names], [index.get(int(b), -1) for _, b in names]


def _picture_paths(table: Columns, times: I8, box: Box) -> tuple[Paths, list[int], dict[str, Any]]:
    """Paths of the tracks of every picture, the picture of each, and what was thinned."""
    snapshot = np.searchsorted(times, _whole(table, "t_ns"))
    coded = np.isin(table["identity"], (Identity.CIVIL, Identity.FRIEND))
    keep, steps = _thinned(snapshot, coded)
    kept: Columns = {name: values[keep] for name, values in table.items()}
    lat, lon, _ = _degrees(kept["pos_ecef_m"])
    coasting = _whole(kept, "status") == TrackStatus.COASTING
    flags = (
        _whole(kept, "object_class")
        | _whole(kept, "firm") << 3
        | _whole(kept, "identity") << 4
        | coasting << 7
    )
    sigma = np.rint(2 * np.log2(np.maximum(_real(kept, "sigma_m"), 50.0) / 50.0)).astype(np.int64)
    extras = {"flags": flags, "sigma": sigma, "sources": _whole(kept, "sources")}
    paths, names = _paths(
        _whole(kept, "picture"), _whole(kept, "track"), snapshot[keep], lat, lon, extras, box
    )
    period_s = float(np.median(np.diff(times))) * 1e-9 if len(times) > 1 else 0.0
    thinning = {
        "raid_s": steps[0] * period_s,
        "coded_s": steps[1] * period_s,
        "rows": len(coded),
        "kept": len(paths.path),
    }
    return paths, [int(a) for a, _ in names], thinning


def _thinned(snapshot: I8, coded: B1) -> tuple[B1, tuple[int, int]]:
    """The rows kept by the first thinning that keeps few enough (the last, otherwise), and its steps."""
    keep, steps = np.ones(len(coded), np.bool_), THINNINGS[0]
    for steps in THINNINGS:
        keep = np.where(coded, snapshot % steps[1] == 0, snapshot % steps[0] == 0)
        if np.count_nonzero(keep) <= MOST_ROWS:
            break
    return keep, steps


def _paths(
    first: I8, second: I8, snapshot: I8, lat: F8, lon: F8, extras: Mapping[str, I8], box: Box
) -> tuple[Paths, list[tuple[int, int]]]:
    """Rows put together by (first, second), paths that never enter the box left out, and each path's names."""
    order = np.lexsort((snapshot, second, first))
    first, second = first[order], second[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    path = np.cumsum(new) - 1
    inside = (lat >= box.south) & (lat <= box.north) & (lon >= box.west) & (lon <= box.east)
    enters = np.zeros(int(new.sum()), np.bool_)
    enters[path[inside[order]]] = True
    rows = np.flatnonzero(enters[path])
    chosen = order[rows]
    x, y = box.grid(lat[chosen], lon[chosen])
    starts = rows[new[rows]]
    names = list(zip(first[starts].tolist(), second[starts].tolist(), strict=True))
    numbers = np.cumsum(new[rows]) - 1
    taken = {name: values[chosen] for name, values in extras.items()}
    return Paths(numbers, snapshot[chosen], x.astype(np.int64), y.astype(np.int64), taken), names


def _packed(name: str, paths: Paths, planes: list[tuple[str, U1]]) -> dict[str, Any]:
    """The heads of the paths (rows, first snapshot, x, y); their rows are added to the planes.

    A row holds the difference of its snapshot to the last, zigzag second differences of x and y, and of every
    extra the exclusive or with the last.
    """
    new = np.ones(len(paths.path), np.bool_)
    new[1:] = paths.path[1:] != paths.path[:-1]
    starts = np.flatnonzero(new)
    counts = np.diff(np.append(starts, len(new)))
    planes.append((f"{name}.dt", np.minimum(_changes(paths.snapshot, new), 255).astype(np.uint8)))
    for axis in ("x", "y"):
        change = _changes(getattr(paths, axis), new)
        second = _changes(change, new)
        wrapped = second.astype(np.int16)
        zigzag = ((wrapped << 1) ^ (wrapped >> 15)).astype(np.uint16)
        planes += [
            (f"{name}.{axis}0", (zigzag & 255).astype(np.uint8)),
            (f"{name}.{axis}1", (zigzag >> 8).astype(np.uint8)),
        ]
    for extra, values in paths.extras.items():
        before = np.where(new, 0, np.roll(values, 1))
        mixed = values ^ before
        planes.append((f"{name}.{extra}0", (mixed & 255).astype(np.uint8)))
        planes.append((f"{name}.{extra}1", (mixed >> 8 & 255).astype(np.uint8)))
    heads = {"rows": counts, "snapshot": paths.snapshot[starts], "x": paths.x[starts], "y": paths.y[starts]}
    return {key: values.tolist() for key, values in heads.items()}


def _changes(values: I8, new: B1) -> I8:
    """Each value minus the one before it, 0 at the beginning of a path."""
    return np.where(new, 0, values - np.roll(values, 1)).astype(np.int64)


def _holders(table: Columns, manifest: Manifest) -> list[list[int]]:
    """The picture that each nation held, by level; -1 where none is recorded."""
    held = [[-1] * len(manifest.nations) for _ in manifest.levels]
    for level, nation, picture in zip(table["level"], table["nation"], table["picture"], strict=True):
        held[int(level)][int(nation)] = int(picture)
    return held


def _level_events(
    events: Columns, level: int, index: Mapping[int, int], manifest: Manifest
) -> dict[str, Any]:
    """Alerts, shots, kills and arrivals of a level; seconds, and rows of objects, places and batteries."""
    here: Columns = {name: values[events["level"] == level] for name, values in events.items()}
    kind = here["kind"]
    t_s = np.round((_whole(here, "t_ns") - manifest.zero_ns) * 1e-9, 1)
    shots: dict[int, list[float | int]] = {}
    for i in np.flatnonzero(kind == EventKind.SHOT):
        number = int(here["other"][i])
        shots[number] = [
            int(here["battery"][i]),
            float(t_s[i]),
            round(float(here["value"][i]), 1),
            int(here["place"][i]),
            -1,
            -1,
        ]
    kills: dict[int, float] = {}
    for i in np.flatnonzero(kind == EventKind.OUTCOME):
        key, outcome = int(here["object"][i]), int(here["other"][i])
        shot = shots.get(round(float(here["value"][i])))
        if shot is not None:
            shot[2], shot[4], shot[5] = float(t_s[i]), index.get(key, -1), outcome
        if outcome == Outcome.KILL and key in index:
            kills[index[key]] = min(kills.get(index[key], NEVER_S), float(t_s[i]))
    arrivals = [
        [index[int(here["object"][i])], float(t_s[i]), int(here["place"][i]), int(here["value"][i])]
        for i in np.flatnonzero(kind == EventKind.ARRIVAL)
        if int(here["object"][i]) in index
    ]
    return {
        "alerts": replay_alerts(here, t_s, manifest),
        "shots": sorted(shots.values(), key=lambda shot: shot[1]),
        "kills": sorted(kills.items()),
        "arrivals": arrivals,
    }


def replay_alerts(events: Columns, t_s: F8, manifest: Manifest) -> list[Row]:
    """Spans in which the public of a place was under alert: place, from, until (-1: to the end).

    Where alerts are for zones, a place is under alert while any zone is to which it is the nearest of its nation.
    """
    rung = int(np.argmin(np.abs(np.array(RUNGS) - manifest.alert_probability)))
    kind = events["kind"]
    public = np.isin(kind, (EventKind.ALERT, EventKind.ALL_CLEAR)) & (events["other"] == rung)
    spans: list[Row] = []
    open_: dict[int, Row] = {}
    under: dict[int, set[int]] = {}
    shown_at = _places_shown(manifest)
    for i in np.flatnonzero(public):
        zone = int(events["place"][i])
        place = shown_at[zone]
        zones = under.setdefault(place, set())
        if kind[i] == EventKind.ALERT:
            zones.add(zone)
        else:
            zones.discard(zone)
        if zones and place not in open_:
            open_[place] = [place, float(t_s[i]), -1]
            spans.append(open_[place])
        elif not zones and place in open_:
            open_.pop(place)[2] = float(t_s[i])
    return spans


def _places_shown(manifest: Manifest) -> list[int]:
    """The place at which an alert for each zone is shown: the nearest of its nation."""
    if not manifest.zones:
        return list(range(len(manifest.places)))
    found = []
    for zone in manifest.zones:
        away = [
            math.hypot(p.lat_rad - zone.lat_rad, (p.lon_rad - zone.lon_rad) * math.cos(zone.lat_rad))
            if p.nation == zone.nation
            else math.inf
            for p in manifest.places
        ]
        found.append(away.index(min(away)))
    return found


def _degrees(pos_ecef_m: NDArray[np.generic]) -> tuple[F8, F8, F8]:
    """Latitude and longitude (degrees) and height (m) of positions."""
    lat, lon, height_m = geodetic_from_ecef(np.asarray(pos_ecef_m, np.float64))
    return np.degrees(lat), np.degrees(lon), height_m


def _whole(table: Columns, name: str) -> I8:
    return np.asarray(table[name]).astype(np.int64)


def _real(table: Columns, name: str) -> F8:
    return np.asarray(table[name], np.float64)
