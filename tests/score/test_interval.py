import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.score.interval import (
    binomial_bounds,
    poisson_bounds,
    pooled_quantile,
    quantile,
    ratio_difference,
    ratio_spread,
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
