"""Who gains what: the same numbers as the summary against any baseline, in tables, as pictures and for machines."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from skypact.errors import UsageError
from skypact.record import finished_runs, read_manifest, read_shard
from skypact.run.gains import GainsRequest, chart, gains_of, study, to_json, to_markdown
from skypact.run.gains.picture import drawn_levels, write_gains_picture
from skypact.run.gains.study import Gains, Group
from skypact.run.scale import Scale
from skypact.run.summary import SCORED_TABLES, summary_of
from skypact.score import METRICS, Difference, Entry, Estimate, Summary, score_run, summarise
from skypact.score.metric import BY_KEY
from skypact.score.summary import ALL

SKYPACT = [sys.executable, "-c", "from skypact.cli import main; main()"]
SCENARIO = """name: short
title: "Three nations, five minutes"
extends: gulf-small
settings: {lead_in: 1 min, tail: 30 s}
"""
LEVELS = ("national", "today", "pact")
EVERY_METRIC = tuple(metric.key for metric in METRICS)


def _skypact(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SKYPACT, *words], capture_output=True, text=True, timeout=600, check=False, cwd=folder
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the record `small`: four runs, two of each family, at three levels."""
    made = tmp_path_factory.mktemp("gains")
    (made / "short.yaml").write_text(SCENARIO, "utf-8")
    levels = [word for level in LEVELS for word in ("--level", level)]
    done = _skypact("run", "short.yaml", "--runs", "4", *levels, "--out", "small", folder=made)
    assert done.returncode == 0, done.stderr
    return made


def _same(mine: Difference, other: Difference) -> bool:
    """Whether two differences are equal in every number and word; NaN equals NaN."""
    return repr(mine) == repr(other)


def _compared_with(summary: Summary, found: Gains) -> int:
    """How many differences were held against the summary's."""
    held = 0
    for entry in found.groups[0].entries:
        other = summary.entry(entry.level, entry.nation, entry.metric)
        assert repr(entry.estimate) == repr(other.estimate)
        if entry.level != found.baseline:
            assert entry.difference is not None
            assert other.difference is not None
            assert _same(entry.difference, other.difference), (entry.metric, entry.nation)
            held += 1
    return held


# ------------------------------------------------------------------------------------------------- the numbers


def test_every_number_is_that_of_the_summary(folder: Path) -> None:
    summary = summary_of(folder / "small")
    found = gains_of(folder / "small", GainsRequest(metrics=EVERY_METRIC))
    assert found.baseline == summary.baseline == "today"
    assert found.levels == ("national", "pact")
    assert _compared_with(summary, found) == len(METRICS) * 2 * (len(summary.nations) + 1)


def test_against_another_level_it_is_the_summary_with_that_baseline(folder: Path) -> None:
    manifest = read_manifest(folder / "small")
    scores = [
        score_run(read_shard(folder / "small", run, SCORED_TABLES), manifest, "pact")
        for run in finished_runs(folder / "small")
    ]
    found = gains_of(folder / "small", GainsRequest(against="pact", metrics=EVERY_METRIC))
    assert found.levels == ("national", "today")
    assert _compared_with(summarise(scores, manifest, "pact"), found)


def test_a_level_gains_against_another_what_that_one_loses_against_it(folder: Path) -> None:
    to = gains_of(folder / "small", GainsRequest(against="national")).groups[0]
    back = gains_of(folder / "small", GainsRequest(against="pact")).groups[0]
    values = []
    for nation in ("BHR", "QAT", "SAU", ALL):
        gained = to.entry("pact", nation, "gospa_m").difference
        lost = back.entry("national", nation, "gospa_m").difference
        assert gained is not None
        assert lost is not None
        assert (gained.value, gained.low) == pytest.approx((-lost.value, -lost.high))
        values.append(gained.value)
    assert max(abs(value) for value in values) > 10.0


def test_a_family_by_itself_has_the_difference_that_the_whole_shows_of_it(folder: Path) -> None:
    found = gains_of(folder / "small", GainsRequest(every_family=True, metrics=EVERY_METRIC))
    whole, *families = found.groups
    assert [(group.family, group.runs) for group in found.groups] == [
        ("", 4),
        ("mixed", 2),
        ("single-event", 2),
    ]
    for group in families:
        for metric in EVERY_METRIC:
            told = whole.entry("pact", ALL, metric).difference
            alone = group.entry("pact", ALL, metric).difference
            assert told is not None
            assert alone is not None
            part = next(part for part in told.families if part.family == group.family)
            np.testing.assert_equal(
                (alone.value, alone.n) + ((alone.low, alone.high) if alone.verdict != "identical" else ()),
                (part.value, part.n) + ((part.low, part.high) if alone.verdict != "identical" else ()),
            )


def test_the_number_of_processes_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    for workers in (1, 3):
        monkeypatch.setattr(study, "default_workers", lambda _runs, workers=workers: workers)
        seen: list[tuple[int, int]] = []
        found = gains_of(folder / "small", GainsRequest(), lambda *done, seen=seen: seen.append(done))
        assert seen == [(done, 4) for done in range(5)]
        told.append(to_json(found))
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (GainsRequest(against="pakt"), "--against pakt: the record's levels are national, today, pact"),
        (GainsRequest(levels=("full",)), "--level full"),
        (GainsRequest(levels=("today",)), "no other level"),
        (GainsRequest(metrics=("warning",)), "--metric warning: the metrics are warning_median_s"),
        (GainsRequest(nations=("USA",)), "--nation USA: the record's nations are"),
        (GainsRequest(families=("storm",)), "--family storm: its raid families are mixed"),
    ],
)
def test_what_the_record_lacks_is_refused_with_what_it_has(
    folder: Path, request_: GainsRequest, said: str
) -> None:
    with pytest.raises(UsageError) as raised:
        gains_of(folder / "small", request_)
    assert said in str(raised.value)


def test_a_record_without_a_finished_run_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes((folder / "small/manifest.json").read_bytes())
    with pytest.raises(UsageError, match="no finished run"):
        gains_of(tmp_path, GainsRequest())


# ------------------------------------------------------------------------------------------- what a reader gets


def test_the_table_fits_eighty_columns_and_says_that_it_is_a_preview(folder: Path) -> None:
    done = _skypact("gains", "small", "--families", "--metric", "gospa_m", folder=folder)
    assert done.returncode == 0, done.stderr
    assert "PREVIEW" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    for word in ("today", "baseline", "BHR", "picture error, km", "Raid family mixed, n = 2 (preview)"):
        assert word in done.stdout


def test_a_bad_name_ends_with_exit_status_two_and_no_traceback(folder: Path) -> None:
    done = _skypact("gains", "small", "--metric", "joy", folder=folder)
    assert done.returncode == 2
    assert "--metric joy" in done.stderr
    assert "Traceback" not in done.stderr


def test_json_holds_everything_and_both_pictures_are_written(folder: Path) -> None:
    words = ("--json", "--against", "national", "--plot", "gains.png", "--ladder", "ladder.svg")
    done = _skypact("gains", "small", *words, folder=folder)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["baseline"], found["groups"][0]["preview"]) == ("national", True)
    assert len(found["groups"][0]["entries"]) == 4 * 4 * 3
    assert (folder / "gains.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (folder / "ladder.svg").read_text("utf-8")


def test_markdown_has_a_table_a_metric_with_a_line_a_nation(folder: Path) -> None:
    page = to_markdown(gains_of(folder / "small", GainsRequest(nations=("BHR", "SAU"))))
    tables = [block.splitlines() for block in page.split("\n\n") if block.startswith("|")]
    assert len(tables) == 4
    for table in tables:
        assert {line.count("|") for line in table} == {5}
        assert [line.split("|")[1].strip() for line in table] == [
            *("nation", "---", "Bahrain", "Saudi Arabia", "**all nations**", "marks")
        ]
    assert "**Preview.**" in page


# ------------------------------------------------------------------------------------------ drawn from the hand


def _difference(value: float, half: float, verdict: str) -> Difference:
    bounds = (value - half, value + half)
    return Difference(value, *bounds, *bounds, 30, "t", verdict, "", ())  # type: ignore[arg-type]


def _by_hand(levels: tuple[str, ...] = ("pact",)) -> Gains:
    """BBB gains 50 s and 2 km, AAA cannot be told; a level's gain grows with its place."""
    metrics = (BY_KEY["warning_median_s"], BY_KEY["gospa_m"])
    estimate = Estimate(5000.0, 4000.0, 6000.0, 30, "t")
    entries = [Entry(n, "national", m.key, estimate, None) for m in metrics for n in ("AAA", "BBB", ALL)]
    for k, level in enumerate(levels, start=1):
        for metric, gain in zip(metrics, (50.0 * k, -2000.0 * k), strict=True):
            for nation in ("BBB", ALL):
                apart = _difference(gain, 0.3 * abs(gain), "better")
                entries.append(Entry(nation, level, metric.key, estimate, apart))
            apart = _difference(0.1 * gain, 100.0 * abs(gain), "not resolved")
            entries.append(Entry("AAA", level, metric.key, estimate, apart))
    return Gains(
        *(
            "hand",
            "By hand",
            1,
            "0",
            ("information",),
            False,
            30,
            0.95,
            "national",
            levels,
            ("national", *levels),
        ),
        *(("AAA", "BBB"), ("Aland", "Beland"), metrics, (Group("", 30, tuple(entries)),)),
    )


@pytest.fixture
def figure(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that would have been written."""
    caught: list[Figure] = []
    monkeypatch.setattr(chart, "save", lambda _path, figure: caught.append(figure))
    return caught


def _dots(figure: Figure, panel: int) -> list[tuple[float, bool]]:
    """Each dot of a panel: how far right of the zero line it stands (pixels), and whether it is hollow."""
    axes = figure.axes[panel]
    zero = axes.transData.transform((0.0, 0.0))[0]
    dots = [line for line in axes.lines if line.get_marker() in chart.SHAPES]
    return [
        (
            float(axes.transData.transform((float(np.asarray(line.get_xdata())[0]), 0.0))[0] - zero),
            line.get_markerfacecolor() == "white",
        )
        for line in dots
    ]


def test_right_is_better_whether_more_or_less_of_it_is(figure: list[Figure]) -> None:
    write_gains_picture(Path("gains.png"), _by_hand())
    for panel in (0, 1):
        dots = _dots(figure[0], panel)
        assert len(dots) == 3
        assert all(shift > 0.0 for shift, _ in dots)


def test_a_dot_is_hollow_only_where_the_runs_cannot_tell(figure: list[Figure]) -> None:
    write_gains_picture(Path("gains.png"), _by_hand())
    assert [hollow for _, hollow in _dots(figure[0], 0)] == [False, False, True]  # all, BBB, AAA


def test_nations_stand_in_the_order_of_their_gain(figure: list[Figure]) -> None:
    write_gains_picture(Path("gains.png"), _by_hand())
    texts = {text.get_text(): text.xy[1] for text in figure[0].axes[0].texts if hasattr(text, "xy")}
    assert texts["All nations"] > texts["Beland"] > texts["Aland"]


def test_an_interval_much_wider_than_any_change_is_cut_and_shown_to_be_cut(figure: list[Figure]) -> None:
    write_gains_picture(Path("gains.png"), _by_hand())
    axes = figure[0].axes[0]
    low, high = axes.get_xlim()
    assert -200.0 < low < 0.0
    assert 65.0 < high < 200.0
    heads = sorted(
        float(np.asarray(line.get_xdata())[0]) for line in axes.lines if line.get_marker() in (4, 5)
    )
    assert heads == [low, high]


def test_of_many_levels_those_without_a_nation_or_a_switch_are_drawn_in_their_order() -> None:
    levels = ("warnings", "hub:SAU", "today", "pact+cueing", "tracks", "pact", "full", "without:QAT")
    assert drawn_levels(_by_hand(levels)) == ("warnings", "hub:SAU", "today", "tracks", "pact", "full")
    assert drawn_levels(_by_hand(levels[1:4])) == levels[1:4]


def test_more_panels_than_are_legible_are_refused(figure: list[Figure]) -> None:
    found = _by_hand()
    many = Gains(**{**found.__dict__, "metrics": found.metrics * 3})
    with pytest.raises(UsageError, match="6 metrics"):
        write_gains_picture(Path("gains.png"), many)
    assert not figure


def test_a_number_is_written_without_a_sign_where_it_rounds_to_nothing() -> None:
    scale = Scale(100.0, "%", 0)
    assert [scale.show(value, sign=True) for value in (0.123, -0.5, -0.001, math.nan)] == [
        "+12",
        "-50",
        "0",
        "-",
    ]
    assert scale.margin(0.1, 0.05, 0.2) == "±10"
    assert scale.margin(0.1, math.nan, math.nan) == ""
    assert Scale(1.0, "s", 0).show(1234.0) == "1,234"
