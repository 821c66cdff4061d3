"""Raids day after day: rounds are carried, never made; worlds are those of paired runs; a kill loses nothing done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.errors import RecordError, UsageError
from skypact.model.scenario import Days
from skypact.record import run_digest
from skypact.run.build import Treatments, Wired
from skypact.run.campaign import Request, prepare_campaign
from skypact.run.endurance import EnduranceRequest, endurance_of, to_json
from skypact.run.endurance.chain import Chain, chain_seed, follow_chain
from skypact.run.endurance.folder import finished_chains, read_chain, write_chain
from skypact.run.endurance.supply import ENDLESS, brought, held_first, held_next
from skypact.run.library import Loaded, load
from skypact.run.paired import run_pair
from tests.defend.world import battery_table

SKYPACT = [sys.executable, "-c", "from skypact.cli import main; main()"]
LEVELS = ("national", "full")
SCENARIO = """name: few
title: "Three nations with few rounds"
extends: gulf-small
levels: [national, full]
days: {store: 0, basis: "assumption: few rounds, so that days tell"}
batteries:
  - {name: Manama medium, class: medium_hit_to_kill, nation: BHR, at: {airport: OBBI}, stock: 3}
  - {name: Doha medium, class: medium_hit_to_kill, nation: QAT, at: {airport: OTHH}, stock: 2}
  - {name: Dammam medium, class: medium_blast, nation: SAU, at: {airport: OEDR}, stock: 2}
"""
ENOUGH = Days(1, 1000.0, 1000.0, "assumption: rounds without end")


# ------------------------------------------------------------------------------------------- rounds by hand

AMOUNTS = st.floats(0.0, 5.0)


@given(
    st.lists(st.integers(0, 40), min_size=3, max_size=3),
    AMOUNTS,
    AMOUNTS,
    st.integers(1, 4),
    st.lists(st.integers(0, 60), min_size=12, max_size=12),
)
def test_no_battery_ever_holds_more_than_at_first_nor_than_what_was_left_and_what_came(
    stock, store, resupply, per_day, fired
):
    batteries = replace(battery_table([(29.0, 48.0 + k) for k in range(3)]), stock=np.array(stock, np.int32))
    days = Days(per_day, resupply, store)
    first = held_first(batteries, days)
    held = np.tile(first, (2, 1))
    for raid, rounds in enumerate(fired, start=1):
        left = np.maximum(held - rounds, 0)
        held = held_next(left, batteries, days, raid)
        came = brought(batteries, days, raid)
        assert (held <= first).all()
        assert (held <= left + came).all()
        assert (held == np.minimum(left + came, first)).all()


@given(st.integers(0, 40), AMOUNTS, st.integers(1, 6), st.integers(1, 30))
def test_rounds_come_whole_and_none_is_lost_between_raids(stock, resupply, per_day, raids):
    batteries = battery_table([(29.0, 48.0)], stock=stock)
    days = Days(per_day, resupply)
    came = sum(int(brought(batteries, days, raid)[0]) for raid in range(raids + 1))
    assert came == int(np.floor(raids * stock * resupply / per_day + 1e-9))


def test_a_laser_never_runs_out_and_tiers_have_their_own_amounts():
    batteries = replace(
        battery_table([(29.0, 48.0 + k) for k in range(3)], stock=10),
        dwell_s=np.array([0.0, 5.0, 0.0]),
        tiers=("upper", "laser", "short"),
    )
    days = Days(1, {"short": 0.5}, {"upper": 2.0, "laser": 0.0})
    assert held_first(batteries, days).tolist() == [30, ENDLESS, 10]
    none = np.zeros((1, 3), np.int32)
    assert held_next(none, batteries, days, 1).tolist() == [[0, ENDLESS, 5]]


# --------------------------------------------------------------------------------------------- raids played


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("few") / "few.yaml"
    path.write_text(SCENARIO, "utf-8")
    return path


@pytest.fixture(scope="module")
def loaded(few: Path) -> Loaded:
    return load(str(few))


def with_days(loaded: Loaded, days: Days) -> Loaded:
    return replace(loaded, scenario=replace(loaded.scenario, days=days))


def chain_of(loaded: Loaded, raids: int, control: bool = False, number: int = 0) -> tuple[Wired, Chain]:
    request = Request(loaded, 1, 1, LEVELS, Treatments(), 1, Path())
    wired, manifest = prepare_campaign(request)
    return wired, follow_chain(wired, manifest, 1, number, raids, control)


@pytest.fixture(scope="module")
def dry(loaded: Loaded) -> Chain:
    return chain_of(loaded, 3, control=True)[1]


def test_with_rounds_without_end_every_raid_is_a_fresh_paired_run_bit_for_bit(loaded):
    wired, chain = chain_of(with_days(loaded, ENOUGH), 2, number=1)
    for raid in range(2):
        assert chain.digests[raid] == run_digest(run_pair(wired, 1 + raid, chain_seed(1, 1)))
    assert chain.digests[0] != chain.digests[1]
    assert (chain.held[1] == chain.held[0]).all()


def test_without_resupply_a_raid_larger_than_the_stock_runs_dry_and_stays_so(dry):
    first = dry.held[0, 0]
    assert dry.left[:, :, 0].min() == 0, "Bahrain has three rounds against some ten objects"
    fired = np.stack([score.fired for score in dry.raids])
    assert (fired.sum(axis=0) <= first).all(), "no reload makes rounds that were not held"
    assert (dry.left == dry.held - fired).all()
    assert (dry.held[1:] == dry.left[:-1]).all()
    empty = dry.held == 0
    assert empty.any()
    assert (fired[empty] == 0).all()


def test_the_control_is_the_same_raid_with_full_stocks_and_is_the_raid_itself_on_the_first_day(dry):
    assert dry.fresh is not None
    assert (dry.fresh[0] == dry.raids[0].stopped).all()
    stopped = np.stack([score.stopped for score in dry.raids])
    assert dry.fresh.sum() > stopped.sum()
    for raid, score in enumerate(dry.raids):
        assert (dry.fresh[raid] <= score.scored).all()


def test_levels_meet_the_same_raids_and_families_come_in_turn(loaded, dry):
    wired, other = chain_of(loaded, 1, number=1)
    scored = np.stack([score.scored for score in dry.raids])
    assert scored.shape == (3, len(wired.scenario.nations))
    assert scored[1].sum() <= 1, "the second family of the small scenario is a single drone"
    assert scored[0].sum() > 4
    assert other.raids[0].scored.sum() <= 1, "chain 1 begins with the second family"


def test_a_chain_is_read_back_as_it_was_written(dry, tmp_path):
    write_chain(tmp_path, dry)
    again = read_chain(tmp_path, 0)
    assert again.digests == dry.digests
    for name in ("held", "left", "fresh"):
        assert np.array_equal(getattr(again, name), getattr(dry, name))
    for mine, theirs in zip(again.raids, dry.raids, strict=True):
        for name in ("scored", "stopped", "fired"):
            assert np.array_equal(getattr(mine, name), getattr(theirs, name))
    (tmp_path / "chains" / "chain-00000.json").write_text("{", "utf-8")
    with pytest.raises(RecordError, match="this chain alone is computed anew"):
        read_chain(tmp_path, 0)


# ------------------------------------------------------------------------------------------------ the study


def asked(loaded: Loaded, folder: Path, **changed: object) -> EnduranceRequest:
    return replace(EnduranceRequest(loaded, 2, 3, 1, LEVELS, 1, folder, control=False), **changed)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def undisturbed(loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("endurance") / "one"
    endurance_of(asked(loaded, folder))
    return folder


def test_two_workers_give_what_one_gives(loaded, undisturbed, tmp_path):
    two = endurance_of(asked(loaded, tmp_path / "two", workers=2))
    assert to_json(two) == to_json(endurance_of(asked(loaded, undisturbed)))
    for chain in range(3):
        name = Path("chains") / f"chain-{chain:05d}.json"
        assert (tmp_path / "two" / name).read_bytes() == (undisturbed / name).read_bytes()


def test_a_killed_study_keeps_its_finished_chains_and_ends_as_an_undisturbed_one(few, loaded, undisturbed):
    folder = few.parent / "killed"
    words = ["endurance", str(few), "--days", "2", "--chains", "3", "--no-control", "--out", str(folder)]
    process = subprocess.Popen(
        [*SKYPACT, *words, "--workers", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while process.poll() is None and not finished_chains(folder):
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kept = {path: path.stat().st_mtime_ns for path in (folder / "chains").glob("chain-*.json")}
    assert kept
    again = endurance_of(asked(loaded, folder))
    assert all(path.stat().st_mtime_ns == when for path, when in kept.items())
    assert again.hash == endurance_of(asked(loaded, undisturbed)).hash
    for chain in range(3):
        name = Path("chains") / f"chain-{chain:05d}.json"
        assert (folder / name).read_bytes() == (undisturbed / name).read_bytes()
    assert not list((folder / "chains").glob(".part-*"))


def test_a_folder_of_other_days_or_another_seed_is_refused(loaded, undisturbed):
    with pytest.raises(RecordError, match="its chains have 2 raids, not 3"):
        endurance_of(asked(loaded, undisturbed, days=3))
    with pytest.raises(RecordError, match="seed was 1, now 2"):
        endurance_of(asked(loaded, undisturbed, seed=2))
    with pytest.raises(RecordError, match="add --no-control"):
        endurance_of(asked(loaded, undisturbed, control=True))


def test_a_scenario_without_raids_is_refused(loaded, tmp_path):
    quiet = replace(loaded, scenario=replace(loaded.scenario, families=()))
    with pytest.raises(UsageError, match="it has no raid family"):
        endurance_of(asked(quiet, tmp_path))


def test_the_command_shows_tables_that_fit_eighty_columns_a_picture_and_json(few, undisturbed):
    def skypact(*words: str) -> subprocess.CompletedProcess[str]:
        given_words = ["endurance", str(few), "--days", "2", "--chains", "3", "--no-control", *words]
        command = [*SKYPACT, *given_words, "--out", str(undisturbed)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stderr
        return done

    picture = few.parent / "days.png"
    shown = skypact("--plot", str(picture)).stdout
    assert "PREVIEW" in shown
    assert "UNEVEN" in shown
    tables = shown[: shown.index("How to read it")]
    assert all(len(line) <= 80 for line in tables.splitlines())
    assert "…" not in tables
    assert all(nation in shown for nation in ("BHR", "QAT", "SAU", "all"))
    assert picture.read_bytes().startswith(b"\x89PNG")
    document = json.loads(skypact("--json").stdout)
    assert document["preview"] is True
    assert {row["nation"] for row in document["rows"]} == {"BHR", "QAT", "SAU", "all"}
    assert len(document["rows"][0]["days"]) == 2
    assert skypact("--markdown").stdout.count("| nation |") == 3
