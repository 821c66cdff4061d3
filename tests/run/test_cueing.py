"""A nation's sensors pointed by others' tracks: who is cued at what, and that a level senses for itself."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skypact.model.codes import N_CLASSES, EventKind, Identity, ImpactKind, ObjectClass, TrackStatus
from skypact.model.cue import CueTable, PointingTable
from skypact.model.detection import Sensed
from skypact.model.record import COMMON_LEVEL, TABLES, Columns
from skypact.model.track import Impacts, Tracks
from skypact.record import read_manifest, record_hash
from skypact.run import cueing, pipeline
from skypact.run.build import Treatments, Wired
from skypact.run.cueing import hostile_rows, not_held, threat_order
from skypact.run.paired import evaluate, prepare
from skypact.run.plan import Plan
from skypact.run.state import Level
from skypact.sense import CueSettings, cues_met, sense, sense_cued
from tests.run.conftest import wired_small

FOUR = ("national", "today", "pact", "full")
SECOND = 1_000_000_000
DEAD_NS = 640 * SECOND
SKYPACT = [sys.executable, "-c", "from skypact.cli import main; main()"]


@pytest.fixture(scope="module")
def world() -> tuple[Plan, Sensed]:
    return prepare(wired_small(FOUR, cueing=True), 0, 1)


@pytest.fixture(scope="module")
def cued(world: tuple[Plan, Sensed]) -> dict[str, Columns]:
    return evaluate(*world, 0)


@pytest.fixture(scope="module")
def uncued(world: tuple[Plan, Sensed]) -> dict[str, Columns]:
    return evaluate(_without_cueing(world[0]), world[1], 0)


def _without_cueing(plan: Plan) -> Plan:
    return replace(plan, wired=replace(plan.wired, switches=(Treatments(),) * len(plan.wired.levels)))


def _of_level(table: Columns, level: int) -> Columns:
    rows = table["level"] == level
    return {name: column[rows] for name, column in table.items() if name not in ("level", "picture")}


def _same(mine: Columns, other: Columns, what: str) -> None:
    for column, values in mine.items():
        assert np.array_equal(values, other[column], equal_nan=values.dtype.kind == "f"), f"{what}.{column}"


def _first_by_cue(tables: dict[str, Columns], level: int) -> int:
    events = tables["events"]
    return int(((events["kind"] == EventKind.FIRST_DETECTION) & (events["level"] == level)).sum())


@pytest.mark.slow
def test_where_nobody_shares_tracks_cueing_changes_nothing_bit_by_bit(
    cued: dict[str, Columns], uncued: dict[str, Columns]
) -> None:
    for level in (FOUR.index("national"), FOUR.index("today"), COMMON_LEVEL):
        for name in TABLES:
            _same(_of_level(cued[name], level), _of_level(uncued[name], level), f"{level}: {name}")
    for level in (FOUR.index("pact"), FOUR.index("full")):
        assert _first_by_cue(cued, level) > 0
        assert _first_by_cue(uncued, level) == 0


@pytest.mark.slow
def test_a_level_without_a_cue_is_what_it_was_bit_by_bit(
    world: tuple[Plan, Sensed], uncued: dict[str, Columns]
) -> None:
    deaf = evaluate(replace(world[0], cue=CueSettings(looks_at_once=0)), world[1], 0)
    for name in TABLES:
        _same(deaf[name], uncued[name], name)


@pytest.mark.slow
@pytest.mark.parametrize(("run", "fire"), [(0, False), (1, True)])
def test_levels_with_cues_evaluated_together_equal_each_evaluated_alone_bit_by_bit(
    run: int, fire: bool
) -> None:
    """Where nobody fires, nothing but a cue makes the trackers of two levels come apart."""
    levels = ("national", "pact", "full", "tracks")
    together = _evaluated(levels, run, fire)
    for index, level in enumerate(levels):
        alone = _evaluated((level,), run, fire)
        for name in TABLES:
            _same(_of_level(together[name], index), _of_level(alone[name], 0), f"{level}: {name}")
        if run == 0:
            assert (_first_by_cue(together, index) > 0) == (level != "national")


def _evaluated(levels: tuple[str, ...], run: int, fire: bool) -> dict[str, Columns]:
    plan, sensed = prepare(wired_small(levels, cueing=True), run, 1)
    if not fire:
        plan = replace(plan, own_batteries=tuple(rows[:0] for rows in plan.own_batteries))
    return evaluate(plan, sensed, run)


@pytest.mark.slow
def test_what_a_level_senses_is_what_all_its_network_would_with_its_cues_bit_by_bit(
    world: tuple[Plan, Sensed], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With cells so small that no two objects share one, and no limit of plots: all sensors and objects anew."""
    plan, sensed = world
    wired = _apart(plan.wired)
    plan = replace(plan, wired=wired)
    asked: list[tuple[CueTable, float, float, Sensed]] = []

    def spy(scene: object, sensors: object, cues: CueTable, from_s: float, to_s: float) -> Sensed:
        found = sense_cued(scene, sensors, cues, from_s, to_s)  # type: ignore[arg-type]
        asked.append((cues, from_s, to_s, found))
        return found

    monkeypatch.setattr(cueing, "sense_cued", spy)
    evaluate(plan, sensed, 0)
    useful = [entry for entry in asked if len(entry[3].object)]
    assert len(useful) > 5
    for cues, from_s, to_s, mine in useful:
        whole, usual = (_sensed(plan, from_s, to_s, given) for given in (cues, None))
        extra = ~np.isin(whole.detections.detection_id, usual.detections.detection_id)
        assert np.isin(usual.detections.detection_id, whole.detections.detection_id).all()
        assert np.array_equal(whole.object[extra], mine.object)
        for name in ("t_ns", "ready_ns", "sensor", "z", "sigma", "snr_db", "code", "detection_id"):
            left, right = getattr(whole.detections, name)[extra], getattr(mine.detections, name)
            assert np.array_equal(left, right, equal_nan=left.dtype.kind == "f"), name


def _apart(wired: Wired) -> Wired:
    sensing = wired.network.sensing
    apart = replace(
        sensing,
        cell_range_m=np.where(np.isnan(sensing.cell_range_m), np.nan, 1e-6),
        plots_max=np.zeros_like(sensing.plots_max),
    )
    return replace(wired, network=replace(wired.network, sensing=apart))


def _sensed(plan: Plan, from_s: float, to_s: float, cues: CueTable | None) -> Sensed:
    network, around = plan.wired.network, plan.surroundings
    tables = (network.sensors, network.sensing, plan.bias, around, plan.truth)
    return sense(*tables, plan.k0, plan.k1, from_s, to_s, False, cues)


@pytest.mark.slow
def test_no_radar_is_given_more_looks_at_once_than_it_has_and_none_without_a_cued_mode(
    world: tuple[Plan, Sensed], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, sensed = world
    given: list[PointingTable] = []

    def spy(scene: object, orders: PointingTable, *rest: object) -> CueTable:
        given.append(orders)
        return met(scene, orders, *rest)  # type: ignore[arg-type]

    met = cues_met
    monkeypatch.setattr(cueing, "cues_met", spy)
    evaluate(replace(plan, cue=CueSettings(looks_at_once=1)), sensed, 0)
    assert given
    for orders in given:
        assert np.bincount(orders.sensor).max() == 1
        assert (plan.wired.network.sensing.revisit_cued_s[orders.sensor] > 0.0).all()


@pytest.mark.slow
def test_no_beam_detects_what_is_dead_at_its_level(
    world: tuple[Plan, Sensed], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is taken for shot down at an instant, while its other plots still feed the pictures."""
    plan, sensed = world
    late: list[int] = []
    detected: list[int] = []

    def spy(*arguments: Any) -> Sensed:
        found = sense(*arguments)
        after_ns = found.detections.t_ns - seeing[-1].dead_ns[found.object]
        late.extend(found.object[after_ns > SECOND].tolist())
        detected.extend(found.object.tolist())
        return found

    def look(plan: Plan, level: Level, now_ns: int) -> None:
        if now_ns >= DEAD_NS:
            level.dead_ns[:] = np.minimum(level.dead_ns, DEAD_NS)
        seeing.append(level)
        looked(plan, level, now_ns)

    seeing: list[Level] = []
    sense, looked = sense_cued, cueing.look_by_cue
    monkeypatch.setattr(cueing, "sense_cued", spy)
    monkeypatch.setattr(pipeline, "look_by_cue", look)
    evaluate(plan, sensed, 0)
    assert detected
    assert late == []


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    base = tmp_path_factory.mktemp("workers")
    found = []
    for workers in ("1", "2"):
        folder = base / workers
        subprocess.run(
            [
                *(*SKYPACT, "run", "gulf-small", "--runs", "2", "--level", "pact"),
                *("--treatments", "information,cueing", "--workers", workers, "--out", str(folder)),
            ],
            check=True,
            capture_output=True,
        )
        found.append(folder)
    return found


@pytest.mark.slow
def test_the_number_of_workers_changes_nothing_and_the_report_says_that_sensors_are_cued(
    folders: list[Path],
) -> None:
    assert record_hash(folders[0]) == record_hash(folders[1])
    assert read_manifest(folders[0]).treatments == ("information", "cueing")
    assert "cueing" in (folders[0] / "report.html").read_text()


# ------------------------------------------------------------------------------ whose tracks, in which order

HOME = np.array([3.9e6, 4.2e6, 2.8e6])


def tracks(pos_m: list[list[float]], vel_mps: list[list[float]] | None = None, **columns: object) -> Tracks:
    n = len(pos_m)
    mean = np.zeros((n, 6))
    mean[:, :3] = HOME + np.asarray(pos_m, np.float64).reshape(n, 3)
    if vel_mps is not None:
        mean[:, 3:] = vel_mps
    probability = np.full((n, N_CLASSES), 0.01, np.float32)
    probability[:, ObjectClass.DRONE] = 0.94
    usual = {
        "now_ns": 100 * SECOND,
        "track_id": np.arange(1, n + 1, dtype=np.uint64),
        "slot": np.arange(n, dtype=np.int32),
        "mean_ecef": mean,
        "cov_ecef": np.tile(np.diag([50.0**2] * 3 + [5.0**2] * 3), (n, 1, 1)),
        "status": np.full(n, TrackStatus.CONFIRMED, np.uint8),
        "class_prob": probability,
        "mode_prob": np.tile(np.array([1.0, 0.0, 0.0], np.float32), (n, 1)),
        "identity": np.full(n, Identity.HOSTILE, np.uint8),
        "code": np.zeros(n, np.uint32),
        "first_ns": np.zeros(n, np.int64),
        "updated_ns": np.full(n, 100 * SECOND, np.int64),
        "sources": np.ones(n, np.uint32),
    }
    return Tracks(**{**usual, **columns})  # type: ignore[arg-type]


def impacts(kind: list[int], pos_m: list[list[float]], after_s: list[float]) -> Impacts:
    n = len(kind)
    return Impacts(
        kind=np.array(kind, np.uint8),
        pos_ecef_m=HOME + np.asarray(pos_m, np.float64).reshape(n, 3),
        lat_rad=np.zeros(n),
        lon_rad=np.zeros(n),
        cov_en_m2=np.tile(np.diag([1e6, 1e6]), (n, 1, 1)),
        t_ns=np.array([(100.0 + s) * 1e9 for s in after_s], np.int64),
        sigma_t_s=np.ones(n),
    )


def test_only_confirmed_tracks_that_look_hostile_are_worth_a_look() -> None:
    probability = np.full((4, N_CLASSES), 0.1, np.float32)
    probability[:2, ObjectClass.BALLISTIC] = 0.4
    probability[2] = 0.02
    probability[2, ObjectClass.CIVIL] = 0.88
    status = np.array([TrackStatus.CONFIRMED, TrackStatus.COASTING] + [TrackStatus.CONFIRMED] * 2, np.uint8)
    picture = tracks([[0.0, 0.0, 0.0]] * 4, class_prob=probability, status=status)
    assert hostile_rows(picture).tolist() == [0]


def test_a_track_is_held_where_a_confirmed_own_one_lies_on_it_not_where_that_coasts() -> None:
    picture = tracks([[0.0, 0.0, 0.0], [50_000.0, 0.0, 0.0], [90_000.0, 0.0, 0.0]])
    status = np.array([TrackStatus.CONFIRMED, TrackStatus.COASTING], np.uint8)
    own = tracks([[80.0, 0.0, 0.0], [50_010.0, 0.0, 0.0]], status=status)
    assert not_held(picture, np.arange(3), own).tolist() == [1, 2]
    assert not_held(picture, np.array([1]), own).tolist() == [1]
    assert not_held(picture, np.arange(0), own).tolist() == []


def test_what_comes_down_soonest_on_an_own_place_comes_first() -> None:
    ballistic, reachable = ImpactKind.BALLISTIC, ImpactKind.REACHABLE
    picture = tracks(
        [[9e5, 0.0, 0.0], [9e5, 0.0, 0.0], [30_000.0, 0.0, 0.0], [20_000.0, 0.0, 0.0], [9e5, 0.0, 0.0]],
        [[0.0, 0.0, 0.0]] * 2 + [[-200.0, 0.0, 0.0], [200.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
    )
    ends = impacts(
        [ballistic, ballistic, reachable, reachable, ballistic],
        [[0.0, 0.0, 0.0], [3e5, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [5_000.0, 0.0, 0.0]],
        [200.0, 10.0, 0.0, 0.0, 60.0],
    )
    rows = np.arange(5)
    place, radius = HOME[None], np.array([8_000.0])
    assert rows[threat_order(picture, ends, rows, place, radius)].tolist() == [4, 2, 0, 1, 3]
    nowhere = threat_order(picture, ends, rows, np.zeros((0, 3)), np.zeros(0))
    assert nowhere.tolist() == [1, 4, 0, 2, 3]
