"""`skypact coverage`: what it writes, and what it refuses."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyproj
import pytest
from PIL import Image
from rich.console import Console

from skypact.errors import UsageError
from skypact.run.coverage import command
from skypact.run.coverage.command import CoverageRequest, draw_coverage, print_coverage
from skypact.run.coverage.outline import polygons
from skypact.run.coverage.plane import Chart, Plane

GEOD = pyproj.Geod(a=6371008.8, b=6371008.8)
ASKED = CoverageRequest(
    scenario="gulf-small",
    sensors=("Isa search", "Doha engagement"),
    nations=(),
    heights_m=(300.0, 3000.0),
    rcs_m2=1.0,
    threshold=0.5,
    looks=1,
    terrain=None,
    folder=Path(),
)


def quietly():
    return Console(file=io.StringIO(), width=200)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("coverage")
    return draw_coverage(replace(ASKED, folder=folder / "new"), quietly())


def test_it_writes_a_map_a_height_a_diagram_a_named_radar_and_two_tables(drawn):
    assert [path.name for path in drawn.files] == [
        "coverage-300m.png",
        "coverage-3000m.png",
        "vertical-isa-search.png",
        "vertical-doha-engagement.png",
        "coverage.geojson",
        "coverage.csv",
    ]
    assert sorted(path.name for path in drawn.files[0].parent.iterdir()) == sorted(
        path.name for path in drawn.files
    )
    for path in drawn.files[:4]:
        picture = np.asarray(Image.open(path).convert("L"))
        assert picture.shape == (1350, 2400)
        assert picture.std() > 10.0


def test_more_is_seen_higher_and_by_both_together(drawn):
    area = {(row[0], row[2]): row[3] for row in drawn.rows}
    for nation in ("BHR", "QAT", "all"):
        assert 0.0 < area[nation, 300.0] < area[nation, 3000.0]
    for height in (300.0, 3000.0):
        alone = area["BHR", height], area["QAT", height]
        assert max(alone) < area["all", height] <= sum(alone)
    assert [(row[0], row[1]) for row in drawn.rows[:3]] == [("BHR", 1), ("QAT", 1), ("all", 2)]


def test_the_csv_has_the_rows_of_the_table(drawn):
    with drawn.files[-1].open(newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["nation", "radars", "height_above_ground_m", "area_km2"]
    assert [(r[0], int(r[1]), float(r[2]), float(r[3])) for r in rows] == list(drawn.rows)


def test_the_polygons_have_the_areas_of_the_table_and_run_the_right_way_round(drawn):
    document = json.loads(drawn.files[-2].read_text())
    points = [f for f in document["features"] if f["geometry"]["type"] == "Point"]
    assert [p["properties"]["radar"] for p in points] == ["Isa search", "Doha engagement"]
    shapes = [f for f in document["features"] if f["geometry"]["type"] == "MultiPolygon"]
    told = {(row[0], row[2]): row[3] for row in drawn.rows}
    assert len(shapes) == len(told) == 6
    for shape in shapes:
        about, total = shape["properties"], 0.0
        for rings in shape["geometry"]["coordinates"]:
            for k, ring in enumerate(rings):
                assert ring[0] == ring[-1]
                area_m2, _ = GEOD.polygon_area_perimeter(*np.array(ring).T)
                assert (area_m2 > 0) == (k == 0)
                total += 1e-6 * area_m2
        assert about["area_km2"] == told[about["nation"], about["height_above_ground_m"]]
        assert total == pytest.approx(about["area_km2"], rel=0.02)


def test_polygons_have_holes_and_leave_specks_out():
    chart = Chart(Plane(0.4, 0.8), 0.0, 40.0, 0.0, 30.0, 1.0)
    chance = np.zeros((30, 40), np.float32)
    chance[5:25, 5:25] = 1.0
    chance[10:16, 10:16] = 0.0
    chance[28, 36] = 1.0
    ((outer, hole),) = polygons(chance, 0.5, chart)
    assert outer.min(axis=0) == pytest.approx([5.0, 5.0], abs=0.01)
    assert outer.max(axis=0) == pytest.approx([25.0, 25.0], abs=0.01)
    assert hole.min(axis=0) == pytest.approx([10.0, 10.0], abs=0.01)
    assert polygons(np.zeros_like(chance), 0.5, chart) == []
    (whole,) = polygons(np.ones_like(chance), 0.5, chart)
    assert whole[0].max(axis=0) == pytest.approx([40.0, 30.0], abs=0.6)


def test_the_printed_table_and_the_json_say_the_same(drawn):
    table, machine = quietly(), quietly()
    print_coverage(drawn, False, table)
    print_coverage(drawn, True, machine)
    text = table.file.getvalue()
    found = json.loads(machine.file.getvalue())
    assert found["scenario"] == "gulf-small"
    assert found["coarse"]
    assert "--terrain" in text
    for row in found["areas"]:
        assert f"{row['area_km2']:,.0f}" in text
        assert row["nation"] in text


def test_more_looks_see_more(drawn, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "write_coverage_map", lambda *_: None)
    monkeypatch.setattr(command, "write_vertical_picture", lambda *_: None)
    asked = replace(ASKED, folder=tmp_path, heights_m=(3000.0,), rcs_m2=0.05)
    one, many = (draw_coverage(replace(asked, looks=looks), quietly()).rows[-1][3] for looks in (1, 4))
    assert many > 1.05 * one


def test_nations_choose_radars_too(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "write_coverage_map", lambda *_: None)
    asked = replace(ASKED, folder=tmp_path, sensors=(), nations=("QAT",), heights_m=(300.0,))
    found = draw_coverage(replace(asked, nations=("QAT", "SAU")), quietly())
    assert [row[:2] for row in found.rows] == [("QAT", 3), ("SAU", 2), ("all", 5)]
    assert not [path for path in found.files if path.name.startswith("vertical")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sensors": ("Isa",)}, "Isa search"),
        ({"sensors": ("Dhahran ADS-B",)}, "no radar of the scenario"),
        ({"sensors": (), "nations": ("XXX",)}, "BHR, QAT, SAU"),
        ({"sensors": ("Isa search",), "nations": ("QAT",)}, "no radar is left"),
        ({"heights_m": (-1.0,)}, "--height"),
        ({"rcs_m2": 0.0}, "--rcs"),
        ({"threshold": 1.0}, "--pd"),
        ({"looks": 0}, "--looks"),
    ],
)
def test_what_cannot_be_drawn_is_one_clear_message(tmp_path, change, said):
    with pytest.raises(UsageError, match=said):
        draw_coverage(replace(ASKED, folder=tmp_path, **change), quietly())


def test_a_folder_that_cannot_be_made_is_an_input_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="--out"):
        draw_coverage(replace(ASKED, folder=tmp_path / "file"), quietly())
