"""The study of fusion in the small scenario: the same inputs for every method, and what the command says of them."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from skypact.cli import app
from skypact.errors import UsageError
from skypact.fuse import new_picture
from skypact.model.codes import Combination, ObjectClass, Phase
from skypact.run.consistency.follow import Instant
from skypact.run.fusion.command import methods_named, write_study
from skypact.run.fusion.sample import FUSED, MIXED, SINGLE, Tally, note_common
from skypact.run.fusion.study import FusionStudy, _pictures, judged, lines_of, study, study_run, wired_for
from skypact.run.fusion.table import print_fusion, to_json
from skypact.run.fusion.world import Held, View, World, _owner, contributions
from skypact.run.library import load
from skypact.run.state import own_pool
from tests.fuse.test_picture import PLACES, tracks

METHODS = (
    Combination.COVARIANCE_INTERSECTION,
    Combination.TRACKLETS,
    Combination.INDEPENDENT,
    Combination.BEST,
)
LINES = lines_of("pact", METHODS)


@pytest.fixture(scope="module")
def tallies() -> list[Tally]:
    """Run 0 of the small scenario until aircraft are in all pictures."""
    return study_run(wired_for(load("gulf-small"), LINES), 0, 5, LINES, most_epochs=120)


@pytest.fixture(scope="module")
def found(tallies: list[Tally]) -> FusionStudy:
    return FusionStudy("small", "Small", "pact", 2, 5, "0", judged(LINES, [tallies, tallies]))


def test_every_line_is_held_against_the_same_objects(tallies: list[Tally]) -> None:
    sizes = [[len(errors) for errors in (*tally.raid_m, *tally.traffic_m)] for tally in tallies]
    assert all(size == sizes[0] for size in sizes)
    assert sum(sizes[0]) > 100


def test_the_usual_method_is_no_better_than_itself_and_taking_the_best_alone_is_worse(
    found: FusionStudy,
) -> None:
    usual, best = found.rows[0], found.rows[3]
    assert (usual.raid_change.value, usual.traffic_change.value) == (0.0, 0.0)
    share = best.traffic_median_m.value / usual.traffic_median_m.value - 1.0
    assert best.traffic_change.value == pytest.approx(share)


def test_a_track_begun_from_three_different_things_is_nobodys_and_mixed() -> None:
    pool, view = own_pool(0), View([0], (), own_pool(0), new_picture(1))
    held = [deque([-1, 22, 19]), deque([7, 7, -1]), deque([7, 7])]
    thing, mixed = np.array([_owner(of) for of in held]), np.array([True, True, False])
    assert thing.tolist() == [-1, 7, 7]
    world = World(None, {}, held={pool: Held(tracks(PLACES, 0), thing, mixed)})  # type: ignore[arg-type]
    _, things, impure = contributions(world, view, 0)
    assert things.tolist() == [-1, 7, 7]
    ((_, _, found, _),) = _pictures(world, view, [Combination.BEST], True, 0)
    assert found.tolist() == impure.tolist() == [True, True, False]


def test_methods_agree_on_single_tracks_and_differ_on_fused_ones(tallies: list[Tally]) -> None:
    ours, independent, best = tallies[0].squares, tallies[2].squares, tallies[3].squares
    for cell, sums in ours.items():
        if cell[2] == SINGLE:
            np.testing.assert_allclose(independent[cell], sums)
    fused = [cell for cell in ours if cell[2] == FUSED]
    assert fused
    assert sum(independent[cell][2] for cell in fused) != sum(best[cell][2] for cell in fused)


def test_a_study_says_what_each_line_costs_and_that_aircraft_are_found_to_a_few_hundred_metres(
    found: FusionStudy,
) -> None:
    assert [row.line.name for row in found.rows][-1] == "central"
    for row in found.rows:
        assert 10.0 < row.traffic_median_m.value < 1_000.0
        assert row.bytes_per_s > 0.0
        assert row.ms_per_picture > 0.0
    assert len({row.bytes_per_s for row in found.rows[:-1]}) == 1, "all methods fuse the same messages"
    assert [row.line.inconsistent for row in found.rows] == [False, False, True, False, False]


def test_the_table_and_the_json_name_methods_cells_and_what_is_inconsistent(found: FusionStudy) -> None:
    text = StringIO()
    print_fusion(found, Console(file=text, width=240))
    assert "independent inconsistent" in text.getvalue()
    assert "PREVIEW" in text.getvalue()
    rows = json.loads(to_json(found))["rows"]
    assert [row["method"] for row in rows[:2]] == ["covariance_intersection", "tracklets"]
    assert rows[2]["inconsistent"] is True
    assert rows[0]["cells"][0]["phase"]


def test_a_track_of_several_objects_is_told_from_one_of_one() -> None:
    picture = replace(tracks(PLACES, 0), sources=np.array([1, 3, 3], np.uint32))
    state = np.concatenate([picture.mean_ecef + 10.0, picture.mean_ecef[:1] + np.nan])
    kinds = np.full(4, ObjectClass.DRONE, np.int64)
    tally, other = Tally(), Tally()
    instant = Instant(0.0, state, np.full(4, Phase.CRUISE, np.int64))
    errors = tally.look(picture, np.array([0, 1, 2]), np.array([False, False, True]), kinds, instant)
    assert {cell[2] for cell in tally.squares} == {SINGLE, FUSED, MIXED}
    np.testing.assert_allclose(errors[:3], np.sqrt(300.0), atol=1e-6)
    assert np.isnan(errors[3])
    lacking = np.where(np.arange(4) == 1, np.nan, errors)
    note_common([tally, other], [errors, lacking], kinds)
    assert len(tally.raid_m[0]) == len(other.raid_m[0]) == 2


def test_methods_go_by_name_and_unknown_ones_are_told_together() -> None:
    assert methods_named(["best", "tracklets", "best"]) == (Combination.BEST, Combination.TRACKLETS)
    assert methods_named([]) == tuple(Combination)
    with pytest.raises(UsageError, match=r"averaging guessing: no such method.*Choose from covariance_inter"):
        methods_named(["averaging", "best", "guessing"])


def test_a_level_without_tracks_is_refused() -> None:
    with pytest.raises(UsageError, match="nobody releases tracks"):
        study(load("gulf-small"), 1, 5, METHODS, "full")


def test_the_command_ends_with_status_2_on_bad_input() -> None:
    result = CliRunner().invoke(app, ["fusion", "gulf-small", "--method", "averaging"])
    assert isinstance(result.exception, UsageError)
    assert result.exception.exit_status == 2
    assert "Examples" in CliRunner().invoke(app, ["fusion", "--help"]).output


def test_results_are_written_and_a_file_that_cannot_be_is_told(found: FusionStudy, tmp_path) -> None:
    write_study(found, tmp_path / "deep" / "fusion.json")
    assert json.loads((tmp_path / "deep" / "fusion.json").read_text())["level"] == "pact"
    with pytest.raises(UsageError, match="cannot be written"):
        write_study(found, tmp_path)
