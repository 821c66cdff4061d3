"""What objects were taken for, from a record made by hand."""

from __future__ import annotations

import json
from io import StringIO

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from skypact.cli import app
from skypact.errors import UsageError
from skypact.model.codes import Identity, ObjectClass
from skypact.record import open_run, write_shard
from skypact.run.confusion_table import print_recorded, recorded_json
from skypact.score import Confusion, confusions
from skypact.score.confusion import NOTHING, TRUE_NAMES
from tests.score.hand import MANIFEST, tables

BALLISTIC, CRUISE, DRONE, ROCKET, CIVIL, _, DEBRIS = range(7)
STEP_S = 200.0
"""The hand-made snapshots' median distance."""


def made():
    """The record, whose tracks 2 and 77 say cruise and civil; everything else says ballistic."""
    record = tables()
    pictures = record["pictures"]
    pictures["object_class"][pictures["track"] == 2] = ObjectClass.CRUISE
    pictures["object_class"][pictures["track"] == 77] = ObjectClass.CIVIL
    pictures["identity"][pictures["track"] == 77] = Identity.CIVIL
    pictures["identity"][pictures["track"] == 1] = Identity.HOSTILE
    return record


def found(level, first_firm, runs=1):
    (one,) = (
        c for c in confusions([made()] * runs, MANIFEST) if (c.name, c.first_firm) == (level, first_firm)
    )
    return one


def test_time_is_weighed_by_true_and_believed_class():
    wanted = np.zeros((8, 7))
    wanted[CIVIL, CIVIL] = 4
    wanted[BALLISTIC, BALLISTIC] = 2
    wanted[CRUISE, CRUISE] = 2
    wanted[ROCKET, BALLISTIC] = wanted[DRONE, BALLISTIC] = wanted[DEBRIS, BALLISTIC] = 1
    wanted[NOTHING, BALLISTIC] = 2  # 20 km and 10 km beside anything; the tentative track is not shown
    assert np.array_equal(found("today", False).classes[0], STEP_S * wanted)


def test_identities_are_weighed_too():
    sums = found("today", False).identities[0] / STEP_S
    assert sums[CIVIL, Identity.CIVIL] == 4
    assert sums[BALLISTIC, Identity.HOSTILE] == 2
    assert sums[CRUISE, Identity.UNKNOWN] == 2
    assert sums.sum() == 13


def test_a_picture_of_two_nations_counts_for_each():
    sums = found("pact", False).classes[0] / STEP_S
    assert sums[CRUISE, CRUISE] == 8
    assert sums[DRONE, BALLISTIC] == 8
    assert sums.sum() == 16


def test_objects_count_once_when_first_firm():
    sums = found("today", True).classes[0]
    assert sums[BALLISTIC, BALLISTIC] == 1  # firm at 300 s, not at 200 s
    assert sums[CRUISE, CRUISE] == 1
    assert sums[CIVIL, CIVIL] == 1
    assert sums[NOTHING].sum() == 0
    assert sums.sum() == 6
    assert found("national", True).classes.sum() == 0


def test_shares_have_intervals_over_runs():
    both = found("today", False, runs=3)
    assert both.share(ROCKET, BALLISTIC).value == 1.0
    assert both.share(ROCKET, BALLISTIC).low < 1.0  # three runs cannot say "always"
    assert both.share(ROCKET, BALLISTIC).n == 3
    assert both.identity_share(CIVIL, Identity.CIVIL).value == 1.0
    counts = np.zeros((2, 8, 7))
    counts[:, CRUISE, CRUISE], counts[:, CRUISE, CIVIL] = (3.0, 1.0), (1.0, 3.0)
    spread = Confusion("one", False, counts, np.zeros((2, 8, 5))).share(CRUISE, CIVIL)
    assert spread.value == pytest.approx(0.5)
    assert 0.0 < spread.low < 0.05


def test_a_record_without_a_run_is_refused():
    with pytest.raises(UsageError, match="no finished run"):
        confusions([], MANIFEST)


def shown(counts, runs):
    one = Confusion("today", False, counts[:runs], np.ones((runs, 8, 5)))
    console = Console(width=160, record=True, file=StringIO())
    print_recorded("small", "A small world", [one], 20, console)
    return one, console.export_text()


def test_a_share_that_never_happened_shows_its_bound():
    """None of 20 runs: at most 1 - 0.025^(1/20) with runs as trials."""
    counts = np.zeros((20, 8, 7))
    counts[:, CRUISE, CRUISE] = 5.0
    _, text = shown(counts, 20)
    row = next(line for line in text.splitlines() if line.split()[:1] == ["cruise"])
    assert row.split()[1:5] == ["0.0", "±16.8", "100.0", "±16.8"]
    assert "20 runs" in text
    assert "PREVIEW" not in text


def test_recorded_matrices_say_of_how_many_runs_they_are():
    counts = np.zeros((20, 8, 7))
    counts[:, CRUISE, CRUISE] = 5.0
    one, text = shown(counts, 3)
    assert "3 runs" in text
    assert "PREVIEW" in text
    document = json.loads(recorded_json("small", "A small world", [one], 20))
    assert (document["runs"], document["preview"], document["scenario"]) == (3, True, "small")
    assert document["confusions"][0]["class_shares"][CRUISE][CRUISE]["value"] == 1.0


def test_the_command_shows_the_matrices_of_a_folder_and_gives_them_to_machines(tmp_path):
    with open_run(tmp_path / "some", MANIFEST, "scenario"):
        write_shard(tmp_path / "some", 0, made())
    table = CliRunner().invoke(app, ["show", str(tmp_path / "some"), "--confusion"])
    assert table.exit_code == 0, table.output
    assert "PREVIEW" in table.stdout
    machine = CliRunner().invoke(app, ["show", str(tmp_path / "some"), "--confusion", "--json"])
    document = json.loads(machine.stdout)
    assert (document["runs"], document["preview"]) == (1, True)
    assert {one["name"] for one in document["confusions"]} == set(MANIFEST.levels)


def test_the_command_says_that_a_folder_has_no_finished_run(tmp_path):
    with open_run(tmp_path / "none", MANIFEST, "scenario"):
        pass
    done = CliRunner().invoke(app, ["show", str(tmp_path / "none"), "--confusion"])
    assert isinstance(done.exception, UsageError)
    assert "no finished run" in str(done.exception)


def test_rows_are_named():
    assert TRUE_NAMES[NOTHING] == "nothing"
    assert TRUE_NAMES[ROCKET] == "rocket"
