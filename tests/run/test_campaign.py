"""Campaigns: the same hash on any number of workers, after any number of kills."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from skypact.record import finished_runs, record_hash

RUNS = "10"
SKYPACT = [sys.executable, "-c", "from skypact.cli import main; main()"]


def _run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SKYPACT, "run", "gulf-small", "--out", str(folder), *options],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("campaign") / "one"
    done = _run(folder, "--workers", "1", "--runs", RUNS)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_the_same_seed_gives_the_same_hash_with_one_and_two_workers(
    undisturbed: Path, tmp_path: Path
) -> None:
    assert _run(tmp_path / "two", "--workers", "2", "--runs", RUNS).returncode == 0
    assert record_hash(tmp_path / "two") == record_hash(undisturbed)
    assert _run(tmp_path / "other", "--workers", "2", "--runs", RUNS, "--seed", "2").returncode == 0
    assert record_hash(tmp_path / "other") != record_hash(undisturbed)


@pytest.mark.slow
def test_a_campaign_killed_five_times_ends_with_the_hash_of_an_undisturbed_one(
    undisturbed: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "killed"
    moment = random.Random(20)
    killed = 0
    for _ in range(5):
        process = subprocess.Popen(
            [*SKYPACT, "run", "gulf-small", "--out", str(folder), "--runs", RUNS, "--workers", "2"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(moment.uniform(0.8, 3.0))
        if process.poll() is None:
            killed += 1
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert killed >= 3, "most campaigns ended before their kill: too little was tested"
    assert _run(folder, "--workers", "2", "--runs", RUNS).returncode == 0
    assert finished_runs(folder) == finished_runs(undisturbed)
    assert record_hash(folder) == record_hash(undisturbed)


@pytest.mark.slow
def test_a_folder_of_another_seed_is_refused_and_left_alone(undisturbed: Path) -> None:
    before = record_hash(undisturbed)
    refused = _run(undisturbed, "--runs", RUNS, "--seed", "9")
    assert refused.returncode == 2
    assert "seed" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert record_hash(undisturbed) == before


@pytest.mark.slow
def test_show_prints_the_same_table_from_the_record_alone(undisturbed: Path) -> None:
    (undisturbed / "report.html").unlink(missing_ok=True)
    shown = subprocess.run([*SKYPACT, "show", str(undisturbed)], capture_output=True, text=True, check=True)
    assert "At pact" in shown.stdout
    hashed = subprocess.run(
        [*SKYPACT, "show", str(undisturbed), "--hash"], capture_output=True, text=True, check=True
    )
    assert hashed.stdout.strip() == record_hash(undisturbed)


def test_an_unknown_treatment_is_one_clear_message(tmp_path: Path) -> None:
    refused = _run(tmp_path / "unknown", "--treatments", "information,telepathy")
    assert refused.returncode == 2
    assert "unknown telepathy" in refused.stderr
    assert "cueing" in refused.stderr


def test_an_unknown_scenario_is_one_clear_message(tmp_path: Path) -> None:
    refused = subprocess.run([*SKYPACT, "check", "atlantis"], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "atlantis" in refused.stderr
    assert "gulf-small" in refused.stderr
    assert "Traceback" not in refused.stderr
