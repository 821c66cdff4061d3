"""Runs that draw the parameters of their classes: recorded, paired over levels, independent of workers and kills."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skypact.catalogue import drawn
from skypact.kernels.random import run_key
from skypact.record import finished_runs, read_manifest, read_shard, record_hash, verify
from skypact.run.build import Treatments, Wired, wire
from skypact.run.campaign import Request, prepare_campaign
from skypact.run.library import load
from skypact.run.paired import prepare
from skypact.run.uncertain import drawn_world, parameter_entries, parameter_rows

RUNS = 6
SKYPACT = [sys.executable, "-c", "from skypact.cli import main; main()"]


def _run(folder: Path, *options: str, runs: int = RUNS) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SKYPACT, "run", "gulf-small", "--out", str(folder), "--runs", str(runs), *options],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def uncertain() -> Wired:
    loaded = load("gulf-small")
    return wire(
        loaded.scenario, loaded.catalogue, loaded.airports, loaded.terrain, ("national",), Treatments(), True
    )


def test_a_run_has_the_parameters_of_its_own_key_and_others_have_others(uncertain):
    first = drawn_world(uncertain, *run_key(1, 0))
    again = drawn_world(uncertain, *run_key(1, 0))
    other = drawn_world(uncertain, *run_key(1, 1))
    assert first.catalogue == again.catalogue == drawn(uncertain.catalogue, *run_key(1, 0))
    assert first.catalogue != other.catalogue
    assert np.array_equal(
        first.network.sensing.snr_db_100km_1m2, again.network.sensing.snr_db_100km_1m2, True
    )
    assert not np.array_equal(
        first.network.sensing.snr_db_100km_1m2, other.network.sensing.snr_db_100km_1m2, True
    )


def test_without_the_option_nothing_is_drawn_and_nothing_recorded(uncertain):
    certain = replace(uncertain, uncertain=False)
    assert drawn_world(certain, *run_key(1, 0)) is certain
    assert parameter_entries(certain) == ()
    assert len(parameter_rows(certain, 0)["run"]) == 0


def test_what_is_recorded_names_the_classes_of_the_scenario_and_their_drawn_values(uncertain):
    world = drawn_world(uncertain, *run_key(1, 5))
    entries, rows = parameter_entries(uncertain), parameter_rows(world, 5)
    assert rows["parameter"].tolist() == list(range(len(entries)))
    assert set(rows["run"]) == {5}
    assert set(rows["level"]) == {255}
    used = {site.class_name for site in uncertain.scenario.sensors}
    assert {e.class_name for e in entries if e.group == "sensors"} == used
    assert {e.class_name for e in entries if e.group == "interceptors"} == {
        site.class_name for site in uncertain.scenario.batteries
    }
    assert {e.class_name for e in entries if e.group == "threats"} == {
        *("airliner", "private", "military"),
        *("one_way_drone", "cruise", "srbm"),
    }
    values = dict(zip(((e.class_name, e.key) for e in entries), rows["value"].tolist(), strict=True))
    sensors, batteries = world.network.sensors, world.network.batteries
    row = sensors.class_names.index("search_radar")
    assert values["search_radar", "sigma_bearing_rad"] == sensors.sigma_bearing_rad[row]
    assert (
        values["search_radar", "losses_db"]
        == world.catalogue.sensors["search_radar"].values["losses_db"].value
    )
    unit = batteries.class_names.index("nasams_like")
    assert values["nasams_like", "kill.drone"] in batteries.kill[unit]
    nominal = next(e for e in entries if (e.class_name, e.key) == ("search_radar", "losses_db"))
    assert (nominal.nominal, nominal.low, nominal.high, nominal.unit) == (8.0, 6.5, 9.5, "dB")


def test_the_manifest_says_that_parameters_are_drawn_and_which(tmp_path):
    loaded = load("gulf-small")
    request = Request(loaded, 1, 1, ("national",), Treatments(), 1, tmp_path)
    certain, uncertain = (prepare_campaign(replace(request, uncertain=on))[1] for on in (False, True))
    assert not certain.uncertain
    assert certain.parameters == ()
    assert uncertain.uncertain
    assert len(uncertain.parameters) > 150
    assert replace(uncertain, uncertain=False, parameters=()) == certain


def test_a_prepared_run_senses_with_the_drawn_parameters(uncertain):
    plan, _ = prepare(uncertain, 2, 1)
    wanted = drawn_world(uncertain, *run_key(1, 2))
    assert plan.wired.catalogue == wanted.catalogue
    assert np.array_equal(plan.wired.network.sensors.false_plots, wanted.network.sensors.false_plots)
    assert not np.array_equal(plan.wired.network.sensors.false_plots, uncertain.network.sensors.false_plots)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uncertain") / "one"
    done = _run(folder, "--workers", "1", "--uncertain")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "every run drew the parameters" in said
    assert "--uncertain --out" in said, "the command for more runs must draw as well"
    return folder


@pytest.mark.slow
def test_workers_and_resuming_do_not_change_the_hash(undisturbed, tmp_path):
    folder = tmp_path / "two"
    assert _run(folder, "--workers", "2", "--uncertain", runs=2).returncode == 0
    assert _run(folder, "--workers", "2", "--uncertain").returncode == 0
    assert finished_runs(folder) == finished_runs(undisturbed)
    assert record_hash(folder) == record_hash(undisturbed) == verify(undisturbed)


@pytest.mark.slow
def test_every_run_records_its_own_draws(undisturbed):
    manifest = read_manifest(undisturbed)
    tables = [read_shard(undisturbed, run, ["parameters"])["parameters"] for run in range(RUNS)]
    values = np.array([table["value"] for table in tables])
    assert values.shape == (RUNS, len(manifest.parameters))
    assert (np.ptp(values, axis=0) > 0.0).mean() > 0.9
    for run, table in enumerate(tables):
        assert set(table["run"]) == {run}


@pytest.mark.slow
def test_a_folder_of_the_other_setting_is_refused(undisturbed, tmp_path):
    before = record_hash(undisturbed)
    refused = _run(undisturbed)
    assert refused.returncode == 2
    assert "drawing of parameters was True, now False" in " ".join(refused.stderr.split())
    assert record_hash(undisturbed) == before
    assert _run(tmp_path / "plain", runs=1).returncode == 0
    assert record_hash(tmp_path / "plain") != before
    assert _run(tmp_path / "plain", "--uncertain", runs=1).returncode == 2


@pytest.mark.slow
def test_the_table_again_and_the_report_say_that_parameters_were_drawn(undisturbed):
    shown = subprocess.run([*SKYPACT, "show", str(undisturbed)], capture_output=True, text=True, check=True)
    assert "every run drew the parameters" in " ".join(shown.stdout.split())
    assert "--uncertain" in shown.stdout
    assert '"uncertain":true' in (undisturbed / "report.html").read_text("utf-8").replace('": true', '":true')
