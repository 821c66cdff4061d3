"""Zones of several sizes from the same pictures: what a run with these zones would have alerted, no more, no less."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skypact.errors import UsageError
from skypact.model.manifest import Manifest
from skypact.model.warning import RUNGS
from skypact.run.build import Treatments, zones_of
from skypact.run.campaign import Request, prepare_campaign
from skypact.run.library import load
from skypact.run.paired import evaluate, prepare
from skypact.run.warning import ZoneStudy, study, to_json, widths_m, write_zone_picture
from skypact.run.warning.sample import Sample, Watch, cut_of, samples
from skypact.run.warning.study import points
from skypact.score import score_run
from skypact.score.alert import public_rung

LEVELS = ("national", "pact")
SIZE_M = 12_000.0


def watched(hexagon_m: float | None) -> tuple[list[list[Sample]], dict[str, np.ndarray], Manifest]:
    """A run of the small scenario alerting its own zones: what two cuts at its side say, and its own scores."""
    loaded = load("gulf-small")
    loaded = replace(loaded, scenario=replace(loaded.scenario, hexagon_m=hexagon_m))
    wired, manifest = prepare_campaign(Request(loaded, 1, 1, LEVELS, Treatments(), 1, Path()))
    plan, sensed = prepare(wired, 0, 1)
    cuts = [cut_of(plan, zones_of(wired.network.places, size), size) for size in (None, SIZE_M)]
    watch = Watch(cuts, len(LEVELS), 0)
    tables = evaluate(plan, sensed, 0, watch=watch)
    scores = score_run(tables, manifest)
    columns = {f"row_{name}": np.asarray(values) for name, values in scores.rows.items()}
    columns |= {f"object_{name}": np.asarray(values) for name, values in scores.objects.items()}
    return samples(watch, cuts, tables, replace(manifest, zones=())), columns, manifest


@pytest.mark.slow
@pytest.mark.parametrize(("hexagon_m", "k"), [(None, 0), (SIZE_M, 1)])
def test_a_cut_at_the_side_says_what_a_run_with_these_zones_says(hexagon_m: float | None, k: int) -> None:
    found, own, manifest = watched(hexagon_m)
    rung = public_rung(manifest)
    assert own["row_alerts"].sum() > 0
    for level in range(len(LEVELS)):
        sample = found[level][k]
        rows, objects = own["row_level"] == level, own["object_level"] == level
        assert np.array_equal(sample.warning_s, own["object_warning_s"][objects])
        assert np.array_equal(sample.correct[:, rung], own["row_correct_alerts"][rows])
        assert np.array_equal(sample.precautionary[:, rung], own["row_precautionary_alerts"][rows])
        assert np.array_equal(sample.false[:, rung], own["row_stray_alerts"][rows])
        assert np.array_equal(sample.in_vain[:, rung], own["row_people_in_vain"][rows])


def made(warning: Sequence[float], nation: Sequence[int], people: float, in_vain: float) -> Sample:
    """A sample of two nations with the same numbers at every rung."""
    every = np.ones((2, len(RUNGS)))
    return Sample(
        np.tile(np.array(warning)[:, None], (1, len(RUNGS))),
        np.full(len(warning), people),
        np.array(nation, np.int64),
        every,
        2.0 * every,
        0.0 * every,
        in_vain * every,
        7.0 * every,
    )


def test_points_are_over_runs_and_of_the_nations_that_count() -> None:
    runs = [made([100.0, 0.0, 40.0], [0, 0, 1], 10.0, 500.0), made([60.0], [0], 10.0, 700.0)]
    both = points(runs, np.array([True, True]))[0]
    assert both.warning_median_s.value == 50.0
    assert both.missed.value == 0.5
    assert both.correct.value == 2.0
    assert both.false.value == 0.0
    assert both.false.high > 0.0
    assert both.in_vain.value == 1200.0
    assert both.warned_share.value == 0.5
    first = points(runs, np.array([True, False]))[0]
    assert first.warning_median_s.value == 60.0
    assert first.in_vain.value == 600.0


def test_widths_are_kilometres_each_once_the_smallest_first() -> None:
    assert widths_m("20,5,5") == (5_000.0, 20_000.0)
    for wrong in ("5,many", "0.1", "500", "1,2,3,4,5,6", ""):
        with pytest.raises(UsageError):
            widths_m(wrong)


@pytest.fixture(scope="module")
def found() -> ZoneStudy:
    return study(load("gulf-small"), 1, 1, ("pact",), (20_000.0,))


@pytest.mark.slow
def test_a_study_is_one_curve_a_size_and_level_as_json_and_as_a_picture(
    found: ZoneStudy, tmp_path: Path
) -> None:
    assert [(curve.level, curve.name) for curve in found.curves] == [("pact", "places"), ("pact", "20 km")]
    document = json.loads(to_json(found))
    assert [len(curve["points"]) for curve in document["curves"]] == [len(RUNGS)] * 2
    assert document["curves"][0]["points"][0]["warning_median_s"]["value"] > 0.0
    write_zone_picture(tmp_path / "zones.png", found)
    assert (tmp_path / "zones.png").stat().st_size > 20_000
    with pytest.raises(UsageError, match="format"):
        write_zone_picture(tmp_path / "zones.txt", found)


def test_a_study_without_a_raid_or_of_an_unknown_nation_is_refused() -> None:
    with pytest.raises(UsageError, match="no raid"):
        study(load("quiet-sky"), 1, 1, ("pact",), (20_000.0,))
    with pytest.raises(UsageError, match="QQQ"):
        study(load("gulf-small"), 1, 1, ("pact",), (20_000.0,), ("QQQ",))
