"""What the report's page is given as data: the summary, the sites, the policy, and the map of one run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from skypact.earth.terrain import Terrain
from skypact.errors import SkypactError
from skypact.model.catalogue import SensorClass
from skypact.model.codes import SensorKind
from skypact.model.manifest import BatteryEntry, Manifest, PlaceEntry, SensorEntry
from skypact.model.network import F8
from skypact.model.record import SCHEMA_VERSION
from skypact.model.scenario import Release, Scenario, SensorSite
from skypact.record import finished_runs, read_manifest, read_shard, record_hash
from skypact.run.library import Loaded, load
from skypact.run.report_map import Box, box_around, circle, coverage, land, sector_reach
from skypact.run.report_replay import family_of, raid_extent, replay_of
from skypact.score import Cause, Difference, Summary

HEADLINE_LEVEL = "pact"
HEADLINE_METRIC = "warning_median_s"
REPLAYED_TABLES = ("events", "objects", "truth", "pictures", "holders")


@dataclass(frozen=True)
class ReportData:
    """Everything the page shows: plain data for JSON, and the packed bytes of the run that the map replays."""

    document: dict[str, Any]
    packed: bytes


def report_data(folder: Path, summary: Summary, loaded: Loaded | None = None) -> ReportData:
    """The data of a run folder's report.

    Raises:
        RecordError: the folder is no run folder, or a file of its first run is damaged.
    """
    manifest = read_manifest(folder)
    loaded = loaded or _loaded(folder)
    runs = finished_runs(folder)
    tables = read_shard(folder, runs[0], REPLAYED_TABLES)
    box = _box(manifest, *raid_extent(tables))
    replay = replay_of(tables, manifest, box)
    scenario = loaded.scenario if loaded is not None else None
    family = family_of(tables)
    document = _campaign(summary, manifest, scenario) | {
        "hash": record_hash(folder),
        "schema": SCHEMA_VERSION,
        "shown": _shown(
            summary, [manifest.places[row[4]].nation for row in replay.header["objects"] if row[4] >= 0]
        ),
        "definitions": _definitions(scenario),
        "readings": dict(scenario.policy.reading) if scenario is not None else {},
        "bars": [[bar.first, bar.second, bar.basis] for bar in scenario.policy.bars] if scenario else [],
        "map": land(box, manifest.nations) | _frame(box) | _sites(manifest, loaded, box),
        "replay": replay.header | {"run": runs[0], "family": family if family != 255 else None},
    }
    return ReportData(document, replay.packed)


def focus_level(summary: Summary) -> str:
    """The level that the headline speaks of: the pact where it was run, else the last but the baseline."""
    others = [level for level in summary.levels if level != summary.baseline]
    if HEADLINE_LEVEL in others:
        return HEADLINE_LEVEL
    return others[-1] if others else summary.baseline


def _shown(summary: Summary, attacked: Sequence[str]) -> int:
    """The nation whose picture the map opens with: of those attacked in its run, the one whose warning changes most."""
    among = [n for n, code in enumerate(summary.nations) if code in attacked] or [0]

    focus = focus_level(summary)

    def change(n: int) -> float:
        apart = summary.entry(focus, summary.nations[n], HEADLINE_METRIC).difference
        return abs(apart.value) if apart is not None and math.isfinite(apart.value) else 0.0

    return max(among, key=change)


def number(value: float) -> float | None:
    """The value as JSON can hold it: seven figures, None where it is not finite."""
    return float(f"{value:.7g}") if math.isfinite(value) else None


def _loaded(folder: Path) -> Loaded | None:
    """The scenario as it was run; None where this program cannot read it any more."""
    try:
        return load(str(folder / "scenario.yaml"))
    except SkypactError:
        return None


def _box(manifest: Manifest, lat_deg: F8, lon_deg: F8) -> Box:
    """The map's edges: about every place and battery and everything that the raid flies over."""
    sites: list[PlaceEntry | BatteryEntry] = [*manifest.places, *manifest.batteries]
    sites_lat = np.degrees([site.lat_rad for site in sites])
    sites_lon = np.degrees([site.lon_rad for site in sites])
    return box_around(np.concatenate([sites_lat, lat_deg]), np.concatenate([sites_lon, lon_deg]))


def _frame(box: Box) -> dict[str, Any]:
    """The map's corner and size, from which the page computes co-ordinates."""
    x, y = box.grid(np.array([box.north]), np.array([box.east]))
    return {"south": box.south, "west": box.west, "width": int(x[0]), "height": int(y[0])}


def _campaign(summary: Summary, manifest: Manifest, scenario: Scenario | None) -> dict[str, Any]:
    """The summary in short lists, by metric, nation and level."""
    titles = {family.name: family.title for family in scenario.families} if scenario is not None else {}
    methods: dict[str, int] = {}
    entries: dict[str, list[list[Any]]] = {m.key: [] for m in summary.metrics}
    for entry in summary.entries:
        rows = entries[entry.metric]
        if entry.level == summary.levels[0]:
            rows.append([])
        e = entry.estimate
        method = methods.setdefault(e.method, len(methods))
        rows[-1].append(
            [*map(number, (e.value, e.low, e.high)), e.n, method, _difference(entry.difference, methods)]
        )
    return {
        "scenario": summary.scenario,
        "title": summary.title,
        "seed": summary.seed,
        "version": summary.version,
        "treatments": summary.treatments,
        "uncertain": summary.uncertain,
        "runs": summary.runs,
        "preview": summary.preview,
        "command": summary.citable_command,
        "baseline": summary.levels.index(summary.baseline),
        "levels": summary.levels,
        "nations": summary.nations,
        "nationNames": summary.nation_names,
        "families": [[name, titles.get(name, name)] for name in summary.families],
        "confidence": summary.confidence,
        "alertProbability": manifest.alert_probability,
        "metrics": [
            {
                name: getattr(m, name)
                for name in ("key", "title", "unit", "better", "threshold", "count", "digits", "meaning")
            }
            for m in summary.metrics
        ],
        "entries": entries,
        "methods": list(methods),
        "rungs": [
            [r.level, r.probability, number(r.false_alerts), number(r.public_false_alerts), r.within]
            for r in summary.rungs
        ],
        "worse": [
            [c.nation, c.level, c.metric, number(c.difference), c.resolved, _reasons(c)]
            for c in summary.worse
        ],
    }


def _reasons(cause: Cause) -> list[Any]:
    return [[reason.text, number(reason.per_run)] for reason in cause.reasons]


def _difference(difference: Difference | None, methods: dict[str, int]) -> list[Any] | None:
    """A paired difference in short: value, simultaneous interval, n, method, verdict, text, by family."""
    if difference is None:
        return None
    d = difference
    method = methods.setdefault(d.method, len(methods))
    families = [[f.family, number(f.value), f.n, number(f.low), number(f.high)] for f in d.families]
    bounds = map(number, (d.value, d.simultaneous_low, d.simultaneous_high))
    return [*bounds, d.n, method, d.verdict, d.text, families]


def _definitions(scenario: Scenario | None) -> dict[str, list[list[Any]]]:
    """The releases of every written level, the disputed ones with the reading in force."""
    if scenario is None:
        return {}
    policy = scenario.policy
    disputed = [release for code, name in policy.reading.items() for release in policy.readings[code][name]]
    return {
        level: [_release(r) for r in (*releases, *(disputed if level == "pact" else ()))]
        for level, releases in policy.levels.items()
    }


def _release(release: Release) -> list[Any]:
    return [release.sender, release.receivers, release.content.name.lower(), release.delay_s, release.basis]


def _sites(manifest: Manifest, loaded: Loaded | None, box: Box) -> dict[str, Any]:
    """Places, sensors with their outlines, and batteries, in grid steps."""
    row = {code: n for n, code in enumerate(manifest.nations)}
    terrain = loaded.terrain if loaded is not None else None
    return {
        "places": [
            [p.name, row[p.nation], *_point(p.lat_rad, p.lon_rad, box), p.population, p.defended]
            for p in manifest.places
        ],
        "sensors": [
            [*_sensor(s, loaded, row, box), _outlines(s, loaded, terrain, box)] for s in manifest.sensors
        ],
        "batteries": [
            [b.name, b.class_name, b.tier, row[b.nation], *_point(b.lat_rad, b.lon_rad, box), b.stock]
            for b in manifest.batteries
        ],
        "terrain": None if terrain is None else [terrain.name, terrain.coarse],
    }


def _point(lat_rad: float, lon_rad: float, box: Box) -> Sequence[int]:
    x, y = box.grid(np.degrees([lat_rad]), np.degrees([lon_rad]))
    return int(x[0]), int(y[0])


def _sensor(sensor: SensorEntry, loaded: Loaded | None, row: Mapping[str, int], box: Box) -> list[Any]:
    """Name, class, kind, nation and site; a sensor of an unknown class is taken for a radar."""
    known = _class_of(sensor, loaded)
    title, kind = (known.title, known.kind.name.lower()) if known else (sensor.class_name, "radar")
    return [sensor.name, title, kind, row[sensor.nation], *_point(sensor.lat_rad, sensor.lon_rad, box)]


def _class_of(sensor: SensorEntry, loaded: Loaded | None) -> SensorClass | None:
    return loaded.catalogue.sensors.get(sensor.class_name) if loaded is not None else None


def _outlines(
    sensor: SensorEntry, loaded: Loaded | None, terrain: Terrain | None, box: Box
) -> list[list[int]]:
    """The sensor's limit, and (with terrain) what it sees of a low and of a high target; none for infrared."""
    known = _class_of(sensor, loaded)
    if not math.isfinite(sensor.range_m) or (known is not None and known.kind == SensorKind.INFRARED):
        return []
    limit = circle(sensor.lat_rad, sensor.lon_rad, sensor.range_m, box)
    site = _site_of(sensor, loaded)
    if known is None or site is None or terrain is None or not terrain.covers(sensor.lat_rad, sensor.lon_rad):
        return [limit]
    mast_m = known.values["mast_m"].value if "mast_m" in known.values else 0.0
    ground_m = float(terrain.height_m(sensor.lat_rad, sensor.lon_rad))
    antenna_m = mast_m if site.height_m is None else site.height_m - ground_m
    sector_rad = known.values["sector_rad"].value if "sector_rad" in known.values else 2 * math.pi
    reach = sector_reach(sensor.range_m, site.sector_centre_rad, sector_rad)
    return [limit, *coverage(terrain, sensor.lat_rad, sensor.lon_rad, antenna_m, reach, box)]


def _site_of(sensor: SensorEntry, loaded: Loaded | None) -> SensorSite | None:
    """The sensor as the scenario places it."""
    sites = loaded.scenario.sensors if loaded is not None else ()
    return next((site for site in sites if site.name == sensor.name), None)
