"""What a cut costs, from a record of a level with and without it, on the terminal, in a picture and as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SKYPACT = [sys.executable, "-c", "from skypact.cli import main; main()"]
SCENARIO = """name: short
title: "Saudi Arabia is cut off"
extends: gulf-small
settings: {lead_in: 1 min, tail: 30 s, cut: [5 min, 8 min]}
"""


def _skypact(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SKYPACT, *words], capture_output=True, text=True, timeout=600, check=False, cwd=folder
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the records `cut` (with a level that cuts) and `whole` (without)."""
    made = tmp_path_factory.mktemp("outage")
    (made / "short.yaml").write_text(SCENARIO, "utf-8")
    levels = ("--level", "pact", "--level", "pact+cut:SAU")
    for name, words in (("cut", levels), ("whole", levels[:2])):
        done = _skypact("run", "short.yaml", "--runs", "1", *words, "--out", name, folder=made)
        assert done.returncode == 0, done.stderr
    return made


def test_a_cut_costs_nothing_before_it_and_something_in_its_time(folder: Path) -> None:
    done = _skypact("outage", "cut", "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["connected"], found["cut"]) == ("pact", "pact+cut:SAU")
    assert (found["from_s"], found["until_s"]) == (300.0, 480.0)
    rows = {row["nation"]: row for row in found["rows"]}
    assert set(rows) == {"BHR", "QAT", "SAU"}
    assert all(row["before_m"]["value"] == 0.0 for row in rows.values())
    assert max(row["during_m"]["value"] for row in rows.values()) > 100.0
    assert len(found["mean"]["t_s"]) == len(found["mean"]["cut_m"][0])


def test_it_is_shown_as_a_table_that_fits_eighty_columns_and_as_a_picture(folder: Path) -> None:
    done = _skypact("outage", "cut", "--plot", "cut.png", folder=folder)
    assert done.returncode == 0, done.stderr
    assert "PREVIEW" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    assert all(nation in done.stdout for nation in ("BHR", "QAT", "SAU"))
    assert (folder / "cut.png").read_bytes().startswith(b"\x89PNG")


def test_a_record_without_such_a_pair_of_levels_is_refused_with_a_command_that_makes_one(
    folder: Path,
) -> None:
    done = _skypact("outage", "whole", folder=folder)
    assert done.returncode == 2
    assert "--level pact+cut:USA" in done.stderr
