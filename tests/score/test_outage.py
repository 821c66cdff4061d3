"""What a cut costs: paired with the same run without it, before, during and after, and how long it is felt."""

from __future__ import annotations

import numpy as np
import pytest

from skypact.score.outage import CutRun, cut_rows, cut_run, mean_errors
from tests.score import hand
from tests.score.test_run import SCORES

T_S = np.arange(0.0, 1800.0, 10.0)


def _run(lost_m: float, until_s: float, length: int = len(T_S)) -> CutRun:
    """Nation 0 loses `lost_m` from 300 s to `until_s`; nation 1 loses nothing; nation 2 has no region."""
    connected = np.vstack([np.full(length, 4000.0), np.full(length, 1000.0), np.full(length, np.nan)])
    cut = connected.copy()
    felt = (T_S[:length] >= 300.0) & (T_S[:length] < until_s)
    cut[0, felt] += lost_m
    return CutRun(T_S[:length], connected, cut)


def test_a_cut_is_told_before_during_and_after_with_the_time_until_it_is_no_longer_felt() -> None:
    first, second = cut_rows([_run(900.0, 640.0), _run(1500.0, 700.0)], ("AAA", "BBB", "CCC"), 300.0, 600.0)
    assert (first.nation, second.nation) == ("AAA", "BBB")
    assert first.connected_m.value == 4000.0
    assert first.before_m.value == 0.0
    assert first.during_m.value == 1200.0
    assert first.after_m.value == pytest.approx(0.5 * (900.0 * 4 / 60 + 1500.0 * 10 / 60))
    # The last relevant snapshots are at 630 s and at 690 s.
    assert first.recovery_s.value == 0.5 * (30.0 + 90.0)
    assert second.during_m.value == second.recovery_s.value == 0.0


def test_what_stays_below_the_threshold_of_relevance_needs_no_recovery() -> None:
    (row, _) = cut_rows([_run(400.0, 900.0)], ("AAA", "BBB", "CCC"), 300.0, 600.0)
    assert row.after_m.value > 0.0
    assert row.recovery_s.value == 0.0


def test_runs_that_end_too_early_say_nothing_of_recovery_and_those_that_never_recover_are_counted() -> None:
    early, never = _run(900.0, 1e9, length=65), _run(900.0, 1e9)
    names = ("AAA", "BBB", "CCC")
    assert np.isnan(cut_rows([early], names, 300.0, 600.0)[0].recovery_s.value)
    row, other = cut_rows([early, never, _run(900.0, 640.0)], names, 300.0, 600.0)
    assert row.recovery_s.n == 2
    assert row.recovery_s.value == 0.5 * (600.0 + 30.0)
    assert (row.unrecovered, other.unrecovered) == (1, 0)


def test_a_run_that_ends_before_the_cut_says_nothing_of_it() -> None:
    short = _run(900.0, 640.0, length=20)
    rows = cut_rows([_run(900.0, 640.0), short], ("AAA", "BBB", "CCC"), 300.0, 600.0)
    assert rows[0].during_m.n == 1
    assert cut_rows([short], ("AAA", "BBB", "CCC"), 300.0, 600.0) == ()


def test_the_mean_over_runs_takes_those_that_are_still_under_way() -> None:
    mean = mean_errors([_run(900.0, 640.0), _run(1500.0, 640.0, length=40)])
    at = int(np.searchsorted(T_S, 350.0))
    assert mean.cut_m[0, at] == 4000.0 + 1200.0
    assert mean.cut_m[0, 60] == 4900.0
    assert np.isnan(mean.cut_m[2]).all()


def test_the_error_over_time_averages_to_the_picture_error_of_the_scores() -> None:
    run = cut_run(hand.tables(), hand.MANIFEST, "national", "pact")
    levels = SCORES.rows["level"]
    for n in range(2):
        here = SCORES.rows["nation"] == n
        for errors, level in ((run.connected_m, hand.NATIONAL), (run.cut_m, hand.PACT)):
            assert errors[n].mean() == pytest.approx(SCORES.rows["gospa_m"][here & (levels == level)][0])
