import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skypact.errors import RecordError
from skypact.model.manifest import ParameterEntry
from skypact.model.record import OPTIONAL, TABLES, empty
from skypact.record import (
    canonical,
    finished_runs,
    manifest_from_json,
    manifest_to_json,
    open_run,
    read_manifest,
    read_scenario,
    read_shard,
    record_hash,
    run_digest,
    verify,
    write_shard,
)
from tests.record.tables import manifest, random_tables

ROOT = Path(__file__).resolve().parents[2]
TEXT = "name: two\n# ümlaut\r\nruns: 20\n"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "campaign"
    open_run(path, manifest(), TEXT).close()
    return path


def test_a_folder_keeps_manifest_and_scenario(folder):
    assert read_manifest(folder) == manifest()
    assert read_scenario(folder) == TEXT
    assert finished_runs(folder) == []


def test_a_run_comes_back_as_it_was_written(folder):
    tables = random_tables()
    digest = write_shard(folder, 3, tables)
    assert digest == run_digest(tables)
    back = read_shard(folder, 3)
    assert list(back) == list(TABLES)
    for name in TABLES:
        for column, values in canonical(name, tables[name]).items():
            assert back[name][column].tobytes() == values.tobytes()
    assert list(read_shard(folder, 3, ["holders"])) == ["holders"]
    assert finished_runs(folder) == [3]


def test_an_absent_table_is_written_empty(folder):
    write_shard(folder, 0, {})
    assert all(len(table["run"]) == 0 for table in read_shard(folder, 0).values())


def test_a_finished_run_is_not_written_again(folder):
    first = write_shard(folder, 1, random_tables(seed=1))
    assert write_shard(folder, 1, random_tables(seed=2)) == first
    assert run_digest(read_shard(folder, 1)) == first


def test_the_hash_of_the_record_does_not_depend_on_the_order_of_writing(tmp_path):
    hashes = []
    for k, order in enumerate([(0, 1, 2), (2, 0, 1)]):
        path = tmp_path / str(k)
        with open_run(path, manifest(), TEXT):
            for run in order:
                write_shard(path, run, random_tables(seed=run))
        hashes.append(record_hash(path))
        assert verify(path) == hashes[-1]
    assert hashes[0] == hashes[1]


def test_an_empty_optional_table_leaves_no_trace_and_a_filled_one_is_part_of_the_hash(folder):
    tables = random_tables()
    without = {name: table for name, table in tables.items() if name not in OPTIONAL}
    empty_too = without | {name: empty(TABLES[name], 0) for name in OPTIONAL}
    assert run_digest(empty_too) == run_digest(without) != run_digest(tables)
    write_shard(folder, 0, empty_too)
    write_shard(folder, 1, tables)
    shards = folder / "shards"
    assert not (shards / "run-00000/parameters.parquet").exists()
    assert (shards / "run-00001/parameters.parquet").exists()
    assert len(read_shard(folder, 0)["parameters"]["run"]) == 0
    assert len(read_shard(folder, 1)["parameters"]["run"]) == len(tables["parameters"]["run"])
    verify(folder)
    (shards / "run-00001/parameters.parquet").unlink()
    with pytest.raises(RecordError, match="not those that were written"):
        verify(folder)


def test_a_manifest_keeps_what_runs_drew_and_one_from_before_drew_nothing(folder):
    drew = ParameterEntry("sensors", "search_radar", "losses_db", "dB", 8.0, 6.5, 9.5)
    asked = manifest(uncertain=True, parameters=(drew,))
    assert manifest_from_json(manifest_to_json(asked)) == asked
    document = json.loads(manifest_to_json(manifest()))
    del document["uncertain"], document["parameters"]
    assert manifest_from_json(json.dumps(document)) == manifest()


def test_the_same_campaign_resumes_and_more_runs_extend_it(folder):
    write_shard(folder, 0, {})
    with open_run(folder, manifest(runs=50), TEXT) as opened:
        assert opened.manifest.runs == 50
    assert read_manifest(folder).runs == 50
    with open_run(folder, manifest(runs=5), TEXT) as opened:
        assert opened.manifest.runs == 50
    assert finished_runs(folder) == [0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seed": 2}, "seed was 1, now 2"),
        ({"version": "0.2.0"}, "program version was 0.1.0, now 0.2.0"),
        ({"scenario": "three"}, "scenario was two, now three"),
        ({"levels": ("today", "full")}, "levels was national, today, pact, now today, full"),
        ({"treatments": ("information", "cueing")}, "treatments was information, now information, cueing"),
        ({"uncertain": True}, "drawing of parameters was False, now True"),
        ({"alert_probability": 0.5}, "alert_probability differ"),
    ],
)
def test_another_campaign_is_refused_and_the_difference_named(folder, changes, said):
    with pytest.raises(RecordError, match=said) as fault:
        open_run(folder, manifest(**changes), TEXT)
    assert "Choose another folder" in str(fault.value)
    assert read_manifest(folder) == manifest()


def test_another_scenario_text_is_refused_with_the_line(folder):
    with pytest.raises(RecordError, match="text differs from line 3"):
        open_run(folder, manifest(), TEXT.replace("20", "21"))
    with pytest.raises(RecordError, match="text differs from line 4"):
        open_run(folder, manifest(), TEXT + "more: 1\n")


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(RecordError, match="not a record"):
        open_run(tmp_path, manifest(), TEXT)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_a_crash_left_is_removed_and_finished_runs_stay(folder):
    write_shard(folder, 0, random_tables())
    left = folder / "shards/.part-run-00001-99"
    left.mkdir()
    (left / "events.parquet").write_bytes(b"half")
    (folder / ".part-manifest.json-99").write_bytes(b"{")
    open_run(folder, manifest(), TEXT).close()
    assert sorted(entry.name for entry in folder.iterdir()) == [
        ".lock",
        "manifest.json",
        "scenario.yaml",
        "shards",
    ]
    assert [entry.name for entry in (folder / "shards").iterdir()] == ["run-00000"]
    assert finished_runs(folder) == [0]


def test_a_crash_before_the_manifest_was_written_does_not_block_the_folder(tmp_path):
    (tmp_path / "shards").mkdir()
    (tmp_path / "scenario.yaml").write_text("half")
    open_run(tmp_path, manifest(), TEXT).close()
    assert read_scenario(tmp_path) == TEXT


WRITER = """
import sys
from pathlib import Path
from skypact.record import open_run, write_shard
from tests.record.tables import manifest, random_tables
folder = Path(sys.argv[1])
open_run(folder, manifest(), "text")
for run in range(1000):
    write_shard(folder, run, random_tables(400, run))
"""


def start_writer(folder):
    return subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], cwd=ROOT)


@pytest.mark.parametrize("after", [2, 3, 5])
def test_a_killed_writer_leaves_whole_runs_and_the_campaign_resumes(tmp_path, after):
    folder = tmp_path / "campaign"
    writer = start_writer(folder)
    try:
        wait_until(lambda: len(finished_runs(folder)) >= after, writer)
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    done = finished_runs(folder)
    assert done == list(range(len(done)))
    open_run(folder, manifest(), "text").close()
    assert sorted(p.name for p in (folder / "shards").iterdir()) == [f"run-{run:05d}" for run in done]
    for run in done:
        assert run_digest(read_shard(folder, run)) == run_digest(random_tables(400, run))
    verify(folder)


def test_a_folder_in_use_is_refused_until_its_command_ends(tmp_path):
    folder = tmp_path / "campaign"
    writer = start_writer(folder)
    try:
        wait_until(lambda: finished_runs(folder), writer)
        with pytest.raises(RecordError, match="another command is writing"):
            open_run(folder, manifest(), "text")
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    open_run(folder, manifest(), "text").close()


def wait_until(holds, process):
    end = time.monotonic() + 30.0
    while not holds():
        assert process.poll() is None, "the writer ended by itself"
        assert time.monotonic() < end, "the writer wrote nothing"
        time.sleep(0.005)


def test_a_cut_file_is_named_with_what_to_do(folder):
    write_shard(folder, 7, random_tables())
    path = folder / "shards/run-00007/pictures.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(RecordError, match=r"pictures\.parquet") as fault:
        read_shard(folder, 7)
    assert "Delete the folder" in fault.value.next_step
    assert "run-00007" in fault.value.next_step


def test_a_missing_file_is_named(folder):
    write_shard(folder, 7, {})
    (folder / "shards/run-00007/truth.parquet").unlink()
    with pytest.raises(RecordError, match=r"truth\.parquet.*No such file"):
        read_shard(folder, 7)


def test_a_run_that_is_not_there_is_said_so(folder):
    write_shard(folder, 0, {})
    write_shard(folder, 1, {})
    with pytest.raises(RecordError, match="run 9 is not in it: it has 2 finished runs, 0 to 1"):
        read_shard(folder, 9)


def test_tables_exchanged_afterwards_are_found_by_verify(folder):
    write_shard(folder, 0, random_tables(seed=0))
    write_shard(folder, 1, random_tables(seed=9))
    other = folder / "shards/run-00001/events.parquet"
    (folder / "shards/run-00000/events.parquet").write_bytes(other.read_bytes())
    with pytest.raises(RecordError, match="not those that were written"):
        verify(folder)


def test_a_run_appears_by_one_renaming_and_a_refusing_disk_leaves_none(folder, monkeypatch):
    def refuse(self, target):
        assert sorted(entry.name for entry in self.iterdir()) == sorted(
            ["digest", *(f"{t}.parquet" for t in TABLES if t not in OPTIONAL)]
        )
        assert not target.exists()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(RecordError, match="No space left on device") as fault:
        write_shard(folder, 0, {})
    assert "Free space" in fault.value.next_step
    assert list((folder / "shards").iterdir()) == []


def test_a_table_that_does_not_fit_leaves_no_run(folder):
    tables = random_tables()
    tables["truth"]["pos_ecef_m"] = np.zeros((2, 3), np.float32)
    with pytest.raises(RecordError, match="shape"):
        write_shard(folder, 0, tables)
    assert finished_runs(folder) == []


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"schema_version": 99}', '{"schema_version": 1, "runs": 1}']
)
def test_a_damaged_manifest_is_an_error_of_the_record(folder, text):
    (folder / "manifest.json").write_text(text)
    with pytest.raises(RecordError, match=r"manifest\.json"):
        read_manifest(folder)


def test_a_folder_without_a_manifest_is_no_campaign(tmp_path):
    with pytest.raises(RecordError, match="Name the folder of a campaign"):
        read_manifest(tmp_path)


def test_the_manifest_of_a_later_schema_is_not_guessed_at(folder):
    open_run_with = replace(manifest(), schema_version=2)
    with pytest.raises(RecordError, match="schema version was 1, now 2"):
        open_run(folder, open_run_with, TEXT)
