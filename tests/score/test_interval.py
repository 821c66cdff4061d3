import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.score.interval import (
    binomial_bounds,
    mean_of_sums,
    median_estimate,
    poisson_bounds,
    pooled_quantile,
    quantile,
    rate_of_sums,
    ratio_difference,
    ratio_spread,
    share_of_sums,
)


def test_with_denominators_of_one_a_ratio_is_the_mean_with_its_t_interval():
    values = np.array([3.0, 5.0, 4.0, 8.0, 6.0])
    estimate = ratio_spread(values, np.ones(5)).interval()
    half = 2.7764451 * values.std(ddof=1) / math.sqrt(5)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((5.2, 5.2 - half, 5.2 + half))
    assert estimate.n == 5


def test_a_ratio_weighs_runs_by_their_denominator_and_leaves_out_empty_ones():
    spread = ratio_spread(np.array([1.0, 9.0, 0.0]), np.array([10.0, 10.0, 0.0]))
    assert (spread.value, spread.n) == (0.5, 2)


def test_one_run_gives_a_number_and_no_interval():
    estimate = ratio_spread(np.array([3.0]), np.ones(1)).interval()
    assert estimate.value == 3.0
    assert math.isnan(estimate.low)
    assert math.isnan(estimate.high)


def test_nothing_to_measure_gives_nothing():
    for spread in (ratio_spread(np.array([np.nan]), np.ones(1)), ratio_spread(np.zeros(2), np.zeros(2))):
        assert spread.n == 0
        assert math.isnan(spread.value)


def test_pairing_takes_away_what_runs_have_in_common():
    random = np.random.default_rng(3)
    common = random.normal(100.0, 50.0, 30)
    level, base = common + 5.0 + random.normal(0.0, 1.0, 30), common
    paired = ratio_difference(level, base, np.ones(30), np.ones(30))
    assert paired.value == pytest.approx((level - base).mean())
    assert paired.error == pytest.approx((level - base).std(ddof=1) / math.sqrt(30))
    assert paired.error < 0.05 * ratio_spread(level, np.ones(30)).error


def test_a_run_that_one_level_could_not_measure_is_left_out_of_the_pair():
    paired = ratio_difference(np.array([1.0, np.nan, 3.0]), np.array([0.0, 5.0, 1.0]), np.ones(3), np.ones(3))
    assert (paired.value, paired.n) == (1.5, 2)


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=12))
def test_the_middle_is_the_median(values):
    assert quantile(np.array(values, np.float64), 0.5) == np.median(values)


def test_low_quantiles_are_the_smallest_of_few():
    assert quantile(np.array([30.0, 10.0, 20.0]), 0.05) == 10.0
    assert quantile(np.arange(1.0, 21.0), 0.05) == 1.5
    assert math.isnan(quantile(np.zeros(0), 0.5))


def test_a_pooled_quantile_is_that_of_all_objects():
    random = np.random.default_rng(1)
    values, run = random.gamma(2.0, 60.0, 300), random.integers(0, 25, 300)
    pooled = pooled_quantile(values, run, 0.5)
    assert pooled.value == pytest.approx(np.median(values))
    assert pooled.n == 25


def test_pooled_differences_are_paired():
    random = np.random.default_rng(2)
    run = np.repeat(np.arange(20), 10)
    base = np.repeat(random.gamma(2.0, 60.0, 20), 10) + random.normal(0.0, 5.0, 200)
    spread = pooled_quantile(base + 12.0, run, 0.5).minus(pooled_quantile(base, run, 0.5))
    assert spread.value == pytest.approx(12.0)
    assert spread.error < 1e-9
    assert pooled_quantile(base, run, 0.5).spread().error > 5.0


@pytest.mark.parametrize(("runs", "q"), [(10, 0.5), (20, 0.5), (40, 0.2)])
def test_the_interval_of_a_pooled_quantile_covers_the_truth_about_as_often_as_it_says(runs, q):
    """Objects in runs with an effect of their own; 300 campaigns, so 95 % +- 3 up to small-sample bias."""
    random = np.random.default_rng(runs)

    def objects(count):
        effect = random.normal(0.0, 20.0, (count, 1))
        return (100.0 + effect + random.normal(0.0, 20.0, (count, 12))).ravel()

    true = np.quantile(objects(60_000), q)
    run = np.repeat(np.arange(runs), 12)
    covered = 0
    for _ in range(300):
        estimate = pooled_quantile(objects(runs), run, q).spread().interval()
        covered += estimate.low <= true <= estimate.high
    assert 0.90 <= covered / 300 <= 0.985


def test_the_t_interval_of_a_ratio_covers_the_truth_about_as_often_as_it_says():
    random = np.random.default_rng(7)
    covered = 0
    for _ in range(1000):
        there = random.poisson(8.0, 20).astype(float) + 1.0
        held = random.binomial(there.astype(int), 0.6).astype(float)
        estimate = ratio_spread(held, there).interval()
        covered += estimate.low <= 0.6 <= estimate.high
    assert 0.92 <= covered / 1000 <= 0.97


@given(st.integers(0, 30), st.integers(1, 30))
def test_exact_bounds_enclose_the_estimate(count, extra):
    low, high = poisson_bounds(count, 2.0)
    assert low <= count / 2.0 < high
    low, high = binomial_bounds(count, count + extra)
    assert 0.0 <= low <= count / (count + extra) < high <= 1.0


LOOKS = np.full(20, 500.0)


def missing(*misses):
    """Share held of 20 runs of 500 looks, the first runs with so many misses."""
    return share_of_sums(LOOKS - np.pad(np.array(misses, np.float64), (0, 20 - len(misses))), LOOKS)


def test_one_miss_never_makes_a_share_surer_than_none():
    """One run of twenty tells nothing of how runs differ: as after none, the runs are the trials."""
    none, one = missing(), missing(1)
    assert (none.low, none.high) == pytest.approx((0.025 ** (1 / 20), 1.0))
    assert one.low < none.low
    assert one.low < one.value < one.high <= 1.0
    assert none.low - one.low < 0.01


def test_bounds_of_a_share_fall_as_misses_rise_in_every_run():
    """From few to all, with the same unevenness: neither bound ever goes up, and both stay within 0 and 1."""
    found = [missing(*np.minimum(np.arange(20) % 5 + scale, 500)) for scale in range(1, 501, 7)]
    assert all(a.low >= b.low and a.high >= b.high for a, b in itertools.pairwise(found))
    assert all(0.0 <= e.low < e.value < e.high <= 1.0 for e in found[:-1])
    assert found[0].high - found[0].low < 0.005
    alike = missing(*[1] * 20)
    assert 0.001 < alike.high - alike.low < 0.003  # that all have one each is no lack of knowledge


@pytest.mark.parametrize("misses", [5, 50, 400])
def test_the_same_misses_in_fewer_runs_leave_a_share_less_sure(misses):
    def width(runs):
        found = missing(*[misses / runs] * runs)
        return found.high - found.low

    widths = [width(runs) for runs in (20, 10, 5, 2)]
    assert widths[1:] == sorted(widths[1:])
    assert width(10) < width(1)


def test_a_share_of_one_run_has_the_bounds_of_one_trial():
    found = share_of_sums(np.array([50.0]), np.array([100.0]))
    assert (found.value, found.n) == (0.5, 1)
    assert found.low < 0.01
    assert found.high > 0.99


@pytest.mark.parametrize("share", [0.5, 0.95, 0.995])
def test_the_bounds_of_a_share_cover_the_truth_at_least_about_as_often_as_they_say(share):
    """20 runs of 40 looks, each run with a chance of its own about the share."""
    random = np.random.default_rng(int(1000 * share))
    total, covered = np.full(20, 40.0), 0
    for _ in range(400):
        chance = random.beta(20.0 * share, 20.0 * (1.0 - share), 20)
        found = share_of_sums(random.binomial(40, chance).astype(np.float64), total)
        covered += found.low <= share <= found.high
    assert covered / 400 >= 0.93


def test_a_rate_after_no_event_shows_its_exact_upper_bound_and_one_more_event_raises_it():
    hours = np.full(20, 0.5)
    found = [rate_of_sums(np.append(np.zeros(19), float(events)), hours) for events in range(6)]
    assert (found[0].low, found[0].high) == pytest.approx((0.0, 3.6889 / 10.0), abs=1e-4)
    assert all(a.high < b.high for a, b in itertools.pairwise(found))
    assert all(e.low >= 0.0 for e in found)
    assert rate_of_sums(np.zeros(0), np.zeros(0)).n == 0


def test_a_mean_of_nothing_shows_the_bound_of_its_runs_and_no_mean_goes_below_zero():
    epochs = np.full(20, 100.0)
    found = mean_of_sums(np.zeros(20), epochs, counted=True)
    assert (found.value, found.low, found.high) == pytest.approx((0.0, 0.0, 3.6889 / 20.0), abs=1e-4)
    assert mean_of_sums(np.append(np.zeros(19), 50.0), epochs).low == 0.0


def test_a_median_counts_what_never_came():
    run = np.repeat(np.arange(10), 3)
    most = np.tile([10.0, 20.0, np.inf], 10)
    found = median_estimate(most, run)
    assert (found.value, found.low, found.high) == (20.0, 20.0, 20.0)
    rarely = np.where(run < 4, 10.0, np.inf)
    assert median_estimate(rarely, run).value == np.inf
    half = median_estimate(np.where(run < 6, 10.0, np.inf), run)
    assert (half.value, half.low, half.high) == (10.0, 10.0, np.inf)
    random = np.random.default_rng(5)
    spread = median_estimate(random.gamma(2.0, 60.0, 30), run)
    assert 0.0 <= spread.low < spread.value < spread.high < np.inf
    assert math.isnan(median_estimate(np.array([1.0, 2.0]), np.zeros(2, np.int64)).low)
    assert math.isnan(median_estimate(np.zeros(0), np.zeros(0, np.int64)).value)
