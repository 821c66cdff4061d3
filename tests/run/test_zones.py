"""Alerts for hexagons: recorded by zone, scored by zone, exported as polygons, shown at the nearest place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from skypact.interop.cap import decode
from skypact.model.codes import EventKind
from skypact.model.manifest import Manifest, PlaceEntry, ZoneEntry
from skypact.record import read_manifest, read_shard
from skypact.record.manifest import manifest_from_json, manifest_to_json
from skypact.run.build import Treatments
from skypact.run.campaign import Request, prepare_campaign
from skypact.run.library import load
from skypact.run.paired import evaluate, prepare
from skypact.run.report_replay import replay_alerts
from skypact.score import score_run
from tests.interop.test_cap import faults
from tests.record.tables import manifest
from tests.score.hand import PUBLIC, TODAY, alert, clear, table

SKYPACT = [sys.executable, "-c", "from skypact.cli import main; main()"]
SCENARIO = """
name: cells
title: Hexagons
extends: gulf-small
warning: {zones: hexagons, size: 12 km}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run of the small scenario with hexagons."""
    made = tmp_path_factory.mktemp("zones")
    (made / "cells.yaml").write_text(SCENARIO)
    words = ["run", "cells.yaml", "--runs", "1", "--level", "pact", "--out", "run"]
    done = subprocess.run(
        [*SKYPACT, *words], cwd=made, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    return made / "run"


def test_alerts_are_for_zones_of_the_nation_that_raises_them_and_are_scored_by_zone(folder: Path) -> None:
    described = read_manifest(folder)
    tables = read_shard(folder, 0)
    events = tables["events"]
    rows = np.isin(events["kind"], (EventKind.ALERT, EventKind.ALERT_UPDATE, EventKind.ALL_CLEAR))
    zones = np.unique(events["place"][rows])
    assert zones.max() >= len(described.places)
    for zone, nation in zip(events["place"][rows], events["nation"][rows], strict=True):
        assert described.zones[zone].nation == described.nations[nation]
    scores = score_run(tables, described)
    correct, false, every = (
        np.asarray(scores.rows[name], np.float64) for name in ("correct_alerts", "false_alerts", "alerts")
    )
    assert (correct + false == every).all()
    assert correct.sum() > 0.0
    assert (np.asarray(scores.objects["warning_s"], np.float64)[:, PUBLIC] > 0.0).any()


def test_alerts_of_hexagons_are_exported_as_valid_polygons(folder: Path, tmp_path: Path) -> None:
    words = ["export", "cap", str(folder), "--level", "pact", "--out", str(tmp_path / "cap")]
    done = subprocess.run([*SKYPACT, *words], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    files = sorted((tmp_path / "cap").rglob("*.xml"))
    read = [decode(file.read_bytes()) for file in files]
    assert not any(faults(file.read_bytes()) for file in files)
    single = [message.info.areas[0] for message in read if message.info.event.startswith("Air raid")]
    assert single
    assert all(len(area.polygons) == 1 and len(area.polygons[0]) == 6 for area in single)


TOWN = PlaceEntry("town", "AAA", 0.4, 0.8, 10e3, 1000, 1.0, True)
OTHER = PlaceEntry("other", "AAA", 0.41, 0.8, 10e3, 1000, 1.0, True)


def zoned() -> Manifest:
    """Two zones about one place and one about another."""
    spots = ((0.4001, 0.8), (0.4002, 0.8001), (0.4101, 0.8))
    zones = tuple(
        ZoneEntry(f"z{k}", "AAA", lat, lon, 2e3, 10, (lat, lat + 1e-4, lat), (lon, lon, lon + 1e-4))
        for k, (lat, lon) in enumerate(spots)
    )
    return manifest(places=(TOWN, OTHER), zones=zones)


def test_a_manifest_with_zones_comes_back_as_it_was_and_one_without_has_its_places_alerted() -> None:
    assert manifest_from_json(manifest_to_json(zoned())) == zoned()
    assert zoned().alerted == zoned().zones
    assert manifest().alerted == manifest().places


def test_on_the_map_a_place_is_under_alert_while_any_of_its_zones_is() -> None:
    rows = [
        alert(TODAY, 10, 0),
        alert(TODAY, 20, 1),
        clear(TODAY, 30, 0),
        alert(TODAY, 35, 2),
        clear(TODAY, 50, 1),
    ]
    events = table("events", rows)
    t_s = np.array([10.0, 20.0, 30.0, 35.0, 50.0])
    assert replay_alerts(events, t_s, zoned()) == [[0, 10.0, 50.0], [1, 35.0, -1]]


DISTRICTS = """
name: named
title: Districts
extends: gulf-small
warning:
  zones: districts
  districts:
    - {name: Juffair, nation: BHR, at: {lat: 26.215, lon: 50.605, notional: true}, radius: 3 km}
    - {name: Ras Laffan port, nation: QAT, at: {lat: 25.9, lon: 51.55, notional: true}, radius: 4 km, population: 7}
    - {name: Dammam, nation: SAU, at: {city: Dammam}, radius: 12 km}
"""


def test_alerts_are_for_the_districts_named_and_a_run_says_so(tmp_path: Path) -> None:
    (tmp_path / "named.yaml").write_text(DISTRICTS)
    request = Request(load(str(tmp_path / "named.yaml")), 1, 1, ("pact",), Treatments(), 1, tmp_path)
    wired, described = prepare_campaign(request)
    assert [(zone.name, zone.nation) for zone in described.zones] == [
        ("Juffair", "BHR"),
        ("Ras Laffan port", "QAT"),
        ("Dammam", "SAU"),
    ]
    assert described.zones[1].population == 7
    assert 0 < described.zones[0].population < 500_000
    plan, sensed = prepare(wired, 0, 1)
    tables = evaluate(plan, sensed, 0)
    events = tables["events"]
    alerts = np.isin(events["kind"], (EventKind.ALERT, EventKind.ALERT_UPDATE, EventKind.ALL_CLEAR))
    zones = events["place"][alerts]
    assert set(zones.tolist()) <= {0, 1, 2}
    assert {described.zones[zone].nation for zone in zones} > {"SAU"}
    objects = score_run(tables, described).objects
    outside = np.asarray(objects["place"]) == [place.name for place in described.places].index("Doha")
    assert not np.asarray(objects["warning_s"], np.float64)[outside].any()
