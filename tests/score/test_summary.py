import math
from dataclasses import replace

import numpy as np
import pytest

from skypact.errors import UsageError
from skypact.score import METRICS, score_run, summarise
from skypact.score.campaign import equal_rung
from skypact.score.summary import ALL
from tests.score import hand
from tests.score.made import LEVELS, MANIFEST, NATIONAL, NATIONS, PACT, TODAY, column, scores


def change(summary, level, nation, metric):
    """The paired difference, which must be there."""
    apart = summary.entry(level, nation, metric).difference
    assert apart is not None
    return apart


def campaign(runs=30, name="leakers", pact=0.0, spread=1.0, base=5.0):
    """`name` is `base` plus noise common to the levels; at pact AAA has `pact` more, with noise of its own."""
    random = np.random.default_rng(runs)
    values = column(runs, base) + random.normal(0.0, spread, (runs, 1, NATIONS))
    values[:, PACT, 0] += pact + random.normal(0.0, 0.1, runs)
    return scores(runs, {name: values})


def test_every_metric_has_an_entry_for_every_nation_and_level():
    summary = summarise(campaign(), MANIFEST)
    assert len(summary.entries) == len(METRICS) * LEVELS * (NATIONS + 1)
    assert summary.baseline == "today"
    assert all((entry.difference is None) == (entry.level == "today") for entry in summary.entries)
    with pytest.raises(KeyError):
        summary.entry("today", "CCC", "leakers")


@pytest.mark.parametrize(
    ("pact", "verdict", "text"),
    [
        (3.0, "worse", "worse by more than 0.5 a raid"),
        (-3.0, "better", "better by more than 0.5 a raid"),
        (0.1, "no relevant difference", "differs by less than 0.5 a raid"),
        (0.5, "not resolved", "not resolved with n = 30"),
    ],
)
def test_a_verdict_follows_from_the_interval_and_the_threshold(pact, verdict, text):
    apart = change(summarise(campaign(pact=pact), MANIFEST), "pact", "AAA", "leakers")
    assert (apart.verdict, apart.text) == (verdict, text)
    assert apart.value == pytest.approx(pact, abs=0.1)
    assert apart.simultaneous_low < apart.low < apart.value < apart.high < apart.simultaneous_high


def test_where_more_is_better_the_sign_turns():
    random = np.random.default_rng(1)
    held, there = column(30, 6.0), column(30, 10.0)
    held += random.integers(-1, 2, (30, 1, NATIONS))
    held[:, PACT, 0] -= 3.0
    held[0, PACT, 0] += 0.5
    summary = summarise(scores(30, {"held": held, "held_of": there}), MANIFEST)
    apart = change(summary, "pact", "AAA", "held_share")
    assert apart.verdict == "worse"
    assert apart.value == pytest.approx(-0.3, abs=0.01)
    assert apart.text == "worse by more than 5%"


def test_a_metric_without_a_better_is_only_higher_or_lower():
    summary = summarise(campaign(name="messages_sent", pact=40.0), MANIFEST)
    assert change(summary, "pact", "AAA", "messages_sent").verdict == "higher"


def test_the_simultaneous_interval_is_bonferroni_over_the_nations():
    summary = summarise(campaign(runs=20), MANIFEST)
    apart = change(summary, "pact", "AAA", "leakers")
    ratio = (apart.simultaneous_high - apart.value) / (apart.high - apart.value)
    assert ratio == pytest.approx(2.4334 / 2.0930, abs=1e-3)
    together = change(summary, "pact", ALL, "leakers")
    assert together.simultaneous_high == together.high


def test_a_zero_count_has_its_exact_upper_bound():
    estimate = summarise(scores(25), MANIFEST).entry("pact", "AAA", "civil_engaged").estimate
    assert (estimate.value, estimate.low) == (0.0, 0.0)
    assert estimate.high == pytest.approx(3.6889 / 25, abs=1e-4)
    assert estimate.method.startswith("exact")


def test_identical_levels_are_called_so_with_what_the_runs_still_allow():
    summary = summarise(scores(25, {"rounds": column(25, 7.0)}), MANIFEST)
    apart = change(summary, "pact", "AAA", "rounds")
    assert (apart.verdict, apart.text) == ("identical", "the same in all 25 runs")
    assert apart.high == pytest.approx(3.6889 / 25, abs=1e-4)
    assert apart.simultaneous_high > apart.high == -apart.low
    warning = change(summary, "pact", "AAA", "warning_median_s")
    assert warning.verdict == "identical"
    assert "at most 14% of raids" in warning.method


def test_a_share_of_all_or_nothing_has_an_exact_bound_by_runs():
    there = column(50, 4.0)
    all_held = summarise(scores(50, {"held": there, "held_of": there}), MANIFEST)
    estimate = all_held.entry("today", "BBB", "held_share").estimate
    assert (estimate.value, estimate.high) == (1.0, 1.0)
    assert estimate.low == pytest.approx(0.9289, abs=1e-4)
    none = summarise(scores(50, {"held_of": there}), MANIFEST).entry("today", "BBB", "held_share").estimate
    assert none.high == pytest.approx(0.0711, abs=1e-4)


def test_a_nation_that_nothing_goes_to_has_no_number():
    summary = summarise(scores(20, objects_each=0), MANIFEST)
    estimate = summary.entry("today", "AAA", "warning_median_s").estimate
    assert estimate.n == 0
    assert math.isnan(estimate.value)
    assert change(summary, "pact", "AAA", "warning_median_s").verdict == "not resolved"


def test_all_nations_together_are_sums_of_counts_and_means_of_errors():
    values = column(20) + np.array([2.0, 5.0])
    summary = summarise(scores(20, {"leakers": values, "gospa_m": values, "alert_hours": values}), MANIFEST)
    assert summary.entry("today", ALL, "leakers").estimate.value == 7.0
    assert summary.entry("today", ALL, "alert_hours").estimate.value == 7.0
    assert summary.entry("today", ALL, "gospa_m").estimate.value == 3.5


def test_warning_is_pooled_over_the_objects_of_all_runs():
    random = np.random.default_rng(5)
    warning = random.gamma(2.0, 40.0, (30, LEVELS, NATIONS, 2))
    warning[:, PACT] = warning[:, TODAY] + 25.0
    summary = summarise(scores(30, warning=warning), MANIFEST)
    assert summary.entry("today", "BBB", "warning_median_s").estimate.value == pytest.approx(
        np.median(warning[:, TODAY, 1])
    )
    apart = change(summary, "pact", "BBB", "warning_median_s")
    assert apart.value == pytest.approx(25.0)
    assert apart.verdict == "better"


def test_differences_are_given_within_each_family():
    values = column(10, 5.0)
    values[::2, PACT, 0] += 4.0
    warning = np.full((10, LEVELS, NATIONS, 2), 50.0)
    warning[1::2, PACT] += 30.0
    summary = summarise(scores(10, {"leakers": values}, warning), MANIFEST)
    families = change(summary, "pact", "AAA", "leakers").families
    assert [(f.family, f.value, f.n) for f in families] == [("mass", 4.0, 5), ("lone", 0.0, 5)]
    families = change(summary, "pact", "AAA", "warning_median_s").families
    assert [(f.family, f.value, f.n) for f in families] == [("mass", 0.0, 5), ("lone", 30.0, 5)]


@pytest.mark.parametrize(("runs", "preview"), [(1, True), (19, True), (20, False)])
def test_fewer_than_twenty_runs_are_a_preview_with_the_command_for_more(runs, preview):
    summary = summarise(campaign(runs), MANIFEST)
    assert summary.preview == preview
    assert summary.citable_command == "skypact run two --seed 1 --runs 20"
    if runs == 1:
        assert change(summary, "pact", "AAA", "leakers").text == "not resolved with n = 1"


def test_no_run_is_an_error_that_says_what_to_do():
    with pytest.raises(UsageError, match="no finished run"):
        summarise([], MANIFEST)


def test_the_order_of_runs_changes_nothing():
    made = campaign(pact=1.0)
    assert repr(summarise(made[::-1], MANIFEST)) == repr(summarise(made, MANIFEST))


@pytest.mark.parametrize(
    ("false", "allowed", "rung"),
    [
        ([9, 7, 5, 4, 3, 2, 1, 0], 4.0, 3),
        ([9, 7, 5, 4, 3, 2, 1, 0], 3.5, 4),
        ([3, 3, 3, 2, 2, 1, 0, 0], 3.0, 0),
        ([9, 9, 9, 9, 9, 9, 9, 8], 3.0, 7),
    ],
)
def test_the_rung_for_equal_false_alerts_is_the_nearest_not_above(false, allowed, rung):
    assert equal_rung(np.array(false, np.float64), allowed) == rung


def test_equal_false_alerts_are_reached_level_by_level():
    by_rung = np.zeros((20, LEVELS, NATIONS, 8))
    by_rung[:, TODAY] = [4, 3, 1, 1, 1, 0, 0, 0]
    by_rung[:, PACT] = [8, 6, 5, 4, 3, 1, 0, 0]
    by_rung[:, NATIONAL] = 9
    made = scores(20, {"false_alerts_by_rung": by_rung})
    for run in made:
        run.objects["warning_s"][:] = np.arange(80.0, 0.0, -10.0)
    summary = summarise(made, MANIFEST)
    assert [(c.level, c.probability, c.within) for c in summary.rungs] == [
        ("national", 0.9, False),
        ("today", 0.2, True),
        ("pact", 0.5, True),
    ]
    assert [
        summary.entry(level, "AAA", "warning_equal_far_s").estimate.value for level in MANIFEST.levels
    ] == [
        10.0,
        50.0,
        30.0,
    ]


def test_the_record_made_by_hand_is_summarised():
    one = score_run(hand.tables(), MANIFEST)
    many = [
        replace(
            one,
            run=r,
            rows=one.rows | {"run": one.rows["run"] + r},
            objects=one.objects | {"run": one.objects["run"] + r},
        )
        for r in range(4)
    ]
    summary = summarise(many, MANIFEST)
    assert summary.entry("today", "AAA", "warning_median_s").estimate.value == 90.0
    assert summary.entry("today", "AAA", "people_60_share").estimate.value == 0.8
    assert summary.entry("today", "BBB", "overkill_rounds").estimate.value == 3.0
    assert summary.entry("today", "AAA", "warned_60_per_head").estimate.value == pytest.approx(2000 / 1500)
    rmse = change(summary, "pact", "AAA", "common_rmse_m")
    assert rmse.value == pytest.approx(50.0 - math.sqrt((80**2 + 100**2) / 2), rel=0.05)


def test_a_familys_difference_has_an_interval_over_its_own_runs_alone():
    """By hand: t with 4 degrees of freedom on the five differences of the family."""
    values = column(10, 5.0)
    apart = np.array([1.0, 2.0, 4.0, 2.0, 1.0])
    values[::2, PACT, 0] += apart
    mass = change(summarise(scores(10, {"leakers": values}), MANIFEST), "pact", "AAA", "leakers").families[0]
    half = 2.7764451 * apart.std(ddof=1) / np.sqrt(5.0)
    assert (mass.family, mass.n) == ("mass", 5)
    assert (mass.low, mass.value, mass.high) == pytest.approx((2.0 - half, 2.0, 2.0 + half))


def test_the_time_to_a_firm_track_counts_what_was_never_firm_as_its_whole_flight():
    made = scores(4)
    for run in made:
        objects = run.objects
        objects["launch_s"][:], objects["end_s"][:] = 100.0, 700.0
        objects["first_firm_s"][:] = 160.0
        at_pact = (objects["level"] == PACT) & (objects["nation"] == 0)
        objects["first_firm_s"][at_pact] = [120.0, np.nan]
    summary = summarise(made, MANIFEST)
    assert summary.entry("today", "AAA", "firm_after_s").estimate.value == 60.0
    assert summary.entry("pact", "AAA", "firm_after_s").estimate.value == 0.5 * (20.0 + 600.0)
    assert change(summary, "pact", "AAA", "firm_after_s").verdict == "worse"
    assert change(summary, "pact", "BBB", "firm_after_s").verdict == "identical"
