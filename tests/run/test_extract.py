"""What leaves a record for one nation: its own, what it was told, and no trace of the rest."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from skypact.errors import UsageError
from skypact.interop.cap import Response
from skypact.interop.cap import decode as decode_cap
from skypact.model.codes import EventKind
from skypact.record import decode, read_manifest, read_shard
from skypact.run.bulletin import BulletinRequest, export_cap
from skypact.run.extract import TABLES, extract, known_to
from skypact.score.alert import public_rung
from tests.interop.test_cap import faults

SKYPACT = [sys.executable, "-c", "from skypact.cli import main; main()"]
BHR = 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run of the small scenario at two levels."""
    made = tmp_path_factory.mktemp("record") / "run"
    words = ["run", "gulf-small", "--runs", "1", "--level", "national", "--level", "pact", "--out", str(made)]
    done = subprocess.run([*SKYPACT, *words], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return made


def test_a_nation_gets_its_own_and_what_it_was_told(folder: Path, tmp_path: Path) -> None:
    assert extract(folder, "BHR", "pact", tmp_path / "out") == 1
    shard = tmp_path / "out/run-00000"
    events, pictures = (
        decode(name, (shard / f"{name}.parquet").read_bytes()) for name in ("events", "pictures")
    )
    kinds = set(events["kind"].tolist())
    assert {EventKind.ALERT, EventKind.MESSAGE_RECEIVED, EventKind.TRACK_STATE} <= kinds
    assert not kinds & {EventKind.LAUNCH, EventKind.OUTCOME, EventKind.ARRIVAL, EventKind.FIRST_DETECTION}
    mine = (events["nation"] == BHR) | (
        (events["kind"] == EventKind.MESSAGE_RECEIVED) & (events["other"] == BHR)
    )
    assert mine.all()
    assert (events["object"] == -1).all()
    assert len(pictures["t_ns"]) > 100
    assert (np.asarray(pictures["sources"], np.int64) & 0b110).any()
    shots = events["other"][events["kind"] == EventKind.SHOT]
    assert shots.tolist() == list(range(1, len(shots) + 1)) != []
    assert "seed" not in json.loads((tmp_path / "out/about.json").read_text("utf-8"))


def test_no_row_of_others_and_no_number_of_theirs_changes_a_byte(folder: Path) -> None:
    tables = read_shard(folder, 0, TABLES)
    before = known_to(tables, BHR, 1)
    events = tables["events"]
    others = (events["nation"] != BHR) & (events["other"] != BHR)
    fewer = {name: {k: v.copy() for k, v in table.items()} for name, table in tables.items()}
    fewer["events"] = {name: values[~others] for name, values in fewer["events"].items()}
    fewer["events"]["seq"][:] = np.arange(len(fewer["events"]["seq"])) * 7
    # As if other nations had fired five shots before this one's first, and two between any two of its own.
    for kind, column in ((EventKind.SHOT, "other"), (EventKind.ASSESSED, "value")):
        of = fewer["events"]["kind"] == kind
        assert of.any()
        fewer["events"][column][of] = 5 + 3 * fewer["events"][column][of]
    after = known_to(fewer, BHR, 1)
    for name, table in before.items():
        for column, values in table.items():
            assert values.tobytes() == after[name][column].tobytes(), f"{name}.{column}"


def test_a_picture_with_forbidden_lineage_is_not_let_out(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaking(*arguments: object) -> object:
        tables = read_shard(*arguments)  # type: ignore[arg-type]
        tables["pictures"]["sources"] = np.full_like(tables["pictures"]["sources"], 0b11)
        return tables

    monkeypatch.setattr("skypact.run.extract.read_shard", leaking)
    with pytest.raises(UsageError, match="lineage"):
        extract(folder, "BHR", "national", tmp_path / "out")
    with pytest.raises(UsageError, match="lineage"):
        export_cap(folder, BulletinRequest("national"), tmp_path / "cap")


def test_every_message_of_a_run_is_valid_and_the_nations_own(folder: Path, tmp_path: Path) -> None:
    words = ["export", "cap", str(folder), "--level", "pact", "--out", str(tmp_path / "cap")]
    done = subprocess.run([*SKYPACT, *words], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    files = sorted((tmp_path / "cap").rglob("*.xml"))
    places = {place.name: place.nation for place in read_manifest(folder).places}
    for file in files:
        data = file.read_bytes()
        assert not faults(data), file
        nation = file.relative_to(tmp_path / "cap").parts[0]
        assert {places[area.description] for area in decode_cap(data).info.areas} == {nation}
    kinds = {file.stem.split("-")[1] for file in files}
    assert {"alert", "cancel"} <= kinds
    events = read_shard(folder, 0, ("events",))["events"]
    mine = (events["level"] == 1) & (events["other"] == public_rung(read_manifest(folder)))
    raised = np.count_nonzero(mine & (events["kind"] == EventKind.ALERT))
    assert raised == sum(
        decode_cap(file.read_bytes()).info.response == Response.SHELTER
        for file in files
        if "-alert" in file.name
    )


@pytest.mark.parametrize(("nation", "level"), [("QQQ", "pact"), ("BHR", "full")])
def test_a_nation_or_level_that_is_not_there_is_named_with_those_that_are(
    folder: Path, tmp_path: Path, nation: str, level: str
) -> None:
    with pytest.raises(UsageError, match=r"BHR, QAT, SAU|national, pact"):
        extract(folder, nation, level, tmp_path / "out")
