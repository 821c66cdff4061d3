"""`skypact safety` on a record: a table that fits a terminal, and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skypact.cli import app

SCENARIO = """name: doubtful
title: "A small doubtful sky"
extends: gulf-small
settings: {lead_in: 1 min, tail: 30 s, weapons_free: [0 min, 1 h]}
position_faults:
  - {name: north, lat: 26.5, lon: 50.5, radius: 100 km, effect: spoofed, at: 0 s, shift: 30 km, towards: 90 deg}
traffic: {aircraft: 30, private_share: 0.3, dead_transponder_share: 0.3}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of one run at two levels."""
    made = tmp_path_factory.mktemp("safety")
    (made / "doubtful.yaml").write_text(SCENARIO, "utf-8")
    words = ["run", str(made / "doubtful.yaml"), "--runs", "1", "--level", "today", "--level", "full"]
    done = CliRunner().invoke(app, [*words, "--out", str(made / "record")], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return made / "record"


@pytest.mark.slow
def test_the_flights_of_a_record_are_the_same_at_every_level_and_its_engagements_are_listed(folder: Path):
    done = CliRunner().invoke(app, ["safety", str(folder), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    civil = [row for row in found["rows"] if row["kind"] == "civil"]
    assert [row["level"] for row in civil] == ["today", "full"]
    assert civil[0]["flights"] == civil[1]["flights"] > 5
    assert all(0.0 <= row["low"] <= row["share"] <= row["high"] <= 1.0 for row in civil)
    listed = {(m["level"], m["object_key"]) for m in found["engagements"] if "civil" in m["kind"]}
    assert len(listed) == sum(row["engaged"] for row in civil)


@pytest.mark.slow
def test_the_table_fits_and_says_what_its_bounds_assume(folder: Path):
    done = CliRunner().invoke(app, ["safety", str(folder)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "PREVIEW" in done.output
    assert "36,887" in done.output
    assert all(len(line) <= 80 for line in done.output.splitlines())
