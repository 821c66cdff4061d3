"""What truth alone says of a run: the scored set of each nation, true snapshots, and who died when at a level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from skypact.earth.frame import geodetic_from_ecef
from skypact.model.codes import HOSTILE_CLASSES, EventKind, ObjectClass, Outcome
from skypact.model.manifest import Manifest, ZoneEntry
from skypact.model.network import B1, F8, I8
from skypact.model.record import COMMON_LEVEL, Columns
from skypact.score.column import Table, real, seconds, whole

REGION_MARGIN_M = 100_000.0
"""A nation's region is the box of its places widened by this much."""
_M_PER_RAD = 6_371_008.8
NEVER_S = np.inf


@dataclass(frozen=True)
class Scored:
    """The scored raid objects of a run, k rows: un-intercepted flights that end within a place.

    Decided by truth alone and so identical at all levels.
    """

    key: I8
    object_class: I8
    place: I8
    zone: I8
    """of the nation, that holds the end (index of `Manifest.alerted`): the place itself where alerts are for places"""
    nation: I8
    """of the place"""
    launch_s: F8
    end_s: F8
    """un-intercepted arrival"""
    population: F8
    """of the zone"""
    defended: B1


@dataclass(frozen=True)
class Falls:
    """Where and when the un-intercepted flights of all raid objects end, scored or not, r rows."""

    key: I8
    end_s: F8
    lat_rad: F8
    lon_rad: F8
    zone: I8
    """[r, N] the zone of each nation that holds the end (index of `Manifest.alerted`), -1 none"""


@dataclass(frozen=True)
class World:
    """Truth of one run. Snapshot s holds rows start[s]..start[s + 1] of the m true rows, sorted by x within it."""

    run: int
    family: int
    """index in the manifest's families, 255 none"""
    scored: Scored
    falls: Falls
    object_class: Mapping[int, int]
    """class of every object by its key"""
    t_s: F8
    start: I8
    snapshot: I8
    """[m]"""
    pos_ecef_m: F8
    """[m, 3]"""
    key: I8
    level: I8
    scored_row: I8
    """[m] row in `scored`, -1 where not scored"""
    member: B1
    """[m, N] the scored set of each nation: its raid objects, and aircraft in its region"""
    boxes: F8
    """[N, 4] south, north, west, east of each nation's region (rad); NaN for a nation without places"""


def world_of(tables: Mapping[str, Table], manifest: Manifest) -> World:
    """The truth of one run, read from its tables."""
    objects, truth, pictures = tables["objects"], tables["truth"], tables["pictures"]
    scored, falls, family = _scored(objects, manifest)
    common = whole(objects, "level") == COMMON_LEVEL
    classes = whole(objects, "object_class")
    class_of = dict(zip(whole(objects, "object")[common], classes[common], strict=True))

    truth_s, pos = seconds(truth, manifest.zero_ns), np.asarray(truth["pos_ecef_m"], np.float64)
    t_s = np.unique(np.concatenate([truth_s, seconds(pictures, manifest.zero_ns)]))
    snapshot = np.searchsorted(t_s, truth_s)
    order = np.lexsort((pos[:, 0], snapshot))
    snapshot, pos = snapshot[order], np.ascontiguousarray(pos[order])
    key, level = whole(truth, "object")[order], whole(truth, "level")[order]

    scored_row = np.full(len(key), -1, np.int64)
    if len(scored.key):
        by_key = np.argsort(scored.key)
        at = np.minimum(np.searchsorted(scored.key[by_key], key), len(by_key) - 1)
        found = (scored.key[by_key][at] == key) & (level == COMMON_LEVEL)
        scored_row[found] = by_key[at[found]]
    boxes = _boxes(manifest)
    aircraft = [k for k, value in class_of.items() if value in (ObjectClass.CIVIL, ObjectClass.FRIENDLY)]
    flying = np.flatnonzero(np.isin(key, aircraft) & (level == COMMON_LEVEL))
    member = np.zeros((len(key), len(boxes)), np.bool_)
    member[flying] = inside(boxes, pos[flying])
    raid = np.flatnonzero(scored_row >= 0)
    member[raid, scored.nation[scored_row[raid]]] = True
    return World(
        run=int(whole(objects, "run")[0]) if len(classes) else 0,
        family=family,
        scored=scored,
        falls=falls,
        object_class={int(k): int(value) for k, value in class_of.items()},
        t_s=t_s,
        start=np.searchsorted(snapshot, np.arange(len(t_s) + 1)).astype(np.int64),
        snapshot=snapshot.astype(np.int64),
        pos_ecef_m=pos,
        key=key,
        level=level,
        scored_row=scored_row,
        member=member,
        boxes=boxes,
    )


def _scored(objects: Table, manifest: Manifest) -> tuple[Scored, Falls, int]:
    """The scored raid objects, where all raid objects fall, and the family of the run's raid."""
    raid = (whole(objects, "level") == COMMON_LEVEL) & np.isin(objects["object_class"], HOSTILE_CLASSES)
    row = {name: n for n, name in enumerate(manifest.nations)}
    nation = np.array([row[entry.nation] for entry in manifest.places], np.int64)
    falls = _falls(objects, np.flatnonzero(raid), nation, manifest)
    hits = np.flatnonzero(raid & (whole(objects, "place") >= 0))
    place = whole(objects, "place")[hits]
    zone = falls.zone[np.searchsorted(np.flatnonzero(raid), hits), nation[place]]
    population = np.array([entry.population for entry in manifest.alerted], np.float64)
    defended = np.array([entry.defended for entry in manifest.places], np.bool_)
    scored = Scored(
        key=whole(objects, "object")[hits],
        object_class=whole(objects, "object_class")[hits],
        place=place,
        zone=zone,
        nation=nation[place],
        launch_s=real(objects, "launch_s")[hits],
        end_s=real(objects, "end_s")[hits],
        population=np.where(zone >= 0, population[zone], 0.0),
        defended=defended[place],
    )
    families = whole(objects, "family")[raid]
    return scored, falls, int(families[0]) if len(families) else 255


def _falls(objects: Table, raid: I8, nation_of_place: I8, manifest: Manifest) -> Falls:
    """Where the raid objects, given by their rows, fall."""
    lat, lon = real(objects, "lat_rad")[raid], real(objects, "lon_rad")[raid]
    place = whole(objects, "place")[raid]
    zone = np.full((len(raid), len(manifest.nations)), -1, np.int64)
    if manifest.zones:
        for n, nation in enumerate(manifest.nations):
            for k, entry in reversed([*enumerate(manifest.zones)]):
                if entry.nation == nation:
                    zone[within(entry, lat, lon), n] = k  # the first of those that overlap
    else:
        hit = np.flatnonzero(place >= 0)
        zone[hit, nation_of_place[place[hit]]] = place[hit]
    return Falls(
        key=whole(objects, "object")[raid],
        end_s=real(objects, "end_s")[raid],
        lat_rad=lat,
        lon_rad=lon,
        zone=zone,
    )


def within(zone: ZoneEntry, lat_rad: F8, lon_rad: F8) -> B1:
    """Whether each point lies in a zone: its convex polygon in latitude and longitude, or its disc."""
    if not zone.corner_lat_rad:
        north_m = (lat_rad - zone.lat_rad) * _M_PER_RAD
        east_m = (lon_rad - zone.lon_rad) * _M_PER_RAD * np.cos(0.5 * (lat_rad + zone.lat_rad))
        return np.asarray(np.hypot(north_m, east_m) <= zone.radius_m)
    lat, lon = np.array(zone.corner_lat_rad), np.array(zone.corner_lon_rad)
    along_lat, along_lon = np.roll(lat, -1) - lat, np.roll(lon, -1) - lon
    side = along_lon * (lat_rad[:, None] - lat) - along_lat * (lon_rad[:, None] - lon)
    return np.asarray((side >= 0.0).all(axis=1) | (side <= 0.0).all(axis=1))


def _boxes(manifest: Manifest) -> F8:
    """South, north, west, east of each nation's region."""
    boxes = np.full((len(manifest.nations), 4), np.nan)
    for n, nation in enumerate(manifest.nations):
        lat = np.array([p.lat_rad for p in manifest.places if p.nation == nation])
        lon = np.array([p.lon_rad for p in manifest.places if p.nation == nation])
        if len(lat):
            margin = REGION_MARGIN_M / _M_PER_RAD
            wider = margin / np.cos(np.abs(lat).max())
            boxes[n] = lat.min() - margin, lat.max() + margin, lon.min() - wider, lon.max() + wider
    return boxes


def inside(boxes: F8, pos_ecef_m: F8) -> B1:
    """Whether each position is in each box, [n, N]."""
    if not len(pos_ecef_m):
        return np.zeros((0, len(boxes)), np.bool_)
    lat, lon, _ = geodetic_from_ecef(pos_ecef_m)
    south, north, west, east = boxes.T
    return np.asarray(
        (lat[:, None] >= south) & (lat[:, None] <= north) & (lon[:, None] >= west) & (lon[:, None] <= east)
    )


def killed_s(events: Table, level: int, manifest: Manifest) -> dict[int, float]:
    """When each object that was truly killed at a level died (s), by its key."""
    kills = (
        (whole(events, "level") == level)
        & (whole(events, "kind") == EventKind.OUTCOME)
        & (whole(events, "other") == Outcome.KILL)
    )
    dead: dict[int, float] = {}
    for key, t_s in zip(
        whole(events, "object")[kills], seconds(events, manifest.zero_ns)[kills], strict=True
    ):
        dead[int(key)] = min(float(t_s), dead.get(int(key), NEVER_S))
    return dead


def alive_rows(world: World, level: int, dead_s: Mapping[int, float]) -> B1:
    """Which true rows exist at a level: what is common to the levels and not yet dead, and its own debris, [m]."""
    alive: B1 = (world.level == COMMON_LEVEL) | (world.level == level)
    for key, t_s in dead_s.items():
        alive &= (world.key != key) | (world.t_s[world.snapshot] < t_s)
    return alive


def empty_like(schema: Mapping[str, str], count: int) -> Columns:
    """A table of the schema with `count` rows, floats NaN."""
    table: Columns = {}
    for name, kind in schema.items():
        base, _, width = kind.partition("x")
        shape = (count, int(width)) if width else (count,)
        table[name] = np.full(shape, np.nan if base[0] == "f" else 0, np.dtype("<" + base))
    return table
