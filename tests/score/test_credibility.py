import math

import numpy as np
import pytest

from skypact.errors import UsageError
from skypact.score import anees, credibility, ellipse_coverage, mean_square_bounds, normalised_square


def drawn(runs, n, scale=1.0, seed=3):
    """Errors with a known covariance, and that covariance times 1 / scale as what the estimator says."""
    random = np.random.default_rng(seed)
    root = np.tril(random.uniform(0.5, 2.0, (n, n)))
    return random.normal(size=(runs, n)) @ root.T, root @ root.T / scale


def test_a_normalised_square_is_the_quadratic_form():
    error, cov = drawn(20, 3)
    wanted = [e @ np.linalg.inv(cov) @ e for e in error]
    assert normalised_square(error, cov) == pytest.approx(wanted)
    assert normalised_square(np.array([3.0, 4.0]), np.diag([9.0, 4.0])) == pytest.approx(5.0)


def test_honest_covariances_keep_the_bounds_and_small_ones_do_not():
    error, cov = drawn(400, 2)
    honest = anees(normalised_square(error.reshape(50, 8, 2), cov), 2)
    assert honest.mean.shape == (8,)
    assert (honest.runs, honest.inside >= 0.75) == (50, True)
    assert anees(normalised_square(error.reshape(50, 8, 2), cov / 3.0), 2).inside == 0.0


def test_bounds_cut_off_equal_tails_of_the_mean_of_drawn_errors():
    """Mean squares of 10 runs in 3 dimensions, drawn 100,000 times; within 4 sigma of 5 % on each side."""
    error = np.random.default_rng(8).normal(size=(10, 100_000, 3))
    mean = anees(normalised_square(error, np.eye(3)), 3).mean
    low, high = mean_square_bounds(3, 10, 0.9)
    for share in ((mean < low).mean(), (mean > high).mean()):
        assert share == pytest.approx(0.05, abs=4 * math.sqrt(0.0475 / 100_000))


@pytest.mark.parametrize(("scale", "inclination"), [(2.0, 3.0103), (1.0, 0.0), (0.1, -10.0)])
def test_noncredibility_of_a_covariance_off_by_a_factor_is_that_factor_in_decibels(scale, inclination):
    """Li and Zhao 2006: with the true mean square error every ratio is the factor itself."""
    error, cov = drawn(100, 2, scale)
    found = credibility(error, cov, mse=cov * scale)
    assert found.inclination_db == pytest.approx(inclination, abs=1e-4)
    assert found.noncredibility_db == pytest.approx(abs(inclination), abs=1e-4)


def test_errors_too_cautious_half_the_time_and_bold_the_other_half_do_not_cancel():
    error, cov = drawn(1000, 2)
    said = np.where(np.arange(1000)[:, None, None] % 2, 2.0 * cov, 0.5 * cov)
    found = credibility(error, said)
    assert found.inclination_db == pytest.approx(0.0, abs=0.2)
    assert found.noncredibility_db == pytest.approx(3.01, abs=0.2)


def test_ellipses_hold_what_they_say_and_the_bounds_are_exact():
    error, cov = drawn(2000, 2)
    square = normalised_square(error, cov)
    found = ellipse_coverage(square, 2)
    assert found.low < 0.95 < found.high
    assert found.held == int((square <= -2.0 * math.log(0.05)).sum())
    assert ellipse_coverage(square, 2, 0.5).share == pytest.approx(0.5, abs=0.04)
    together = ellipse_coverage(np.repeat(square, 9), 2, run=np.repeat(np.arange(2000), 9))
    assert (together.low, together.high) == pytest.approx((found.low, found.high), abs=2e-3)
    nothing = ellipse_coverage(np.full(10, 99.0), 2)
    assert (nothing.low, nothing.high) == pytest.approx((0.0, 1.0 - 0.025 ** (1 / 10)))


@pytest.mark.parametrize(
    "score",
    [
        lambda: normalised_square(np.zeros((4, 2)), np.eye(3)),
        lambda: normalised_square(np.ones(2), np.zeros((2, 2))),
        lambda: normalised_square(np.ones(2), np.full((2, 2), np.nan)),
        lambda: normalised_square(np.array([np.nan, 1.0]), np.eye(2)),
        lambda: anees(np.zeros((0, 3)), 2),
        lambda: anees(np.ones(3), 0),
        lambda: credibility(np.zeros((5, 2)), np.eye(2)),
        lambda: credibility(np.ones((2, 3)), np.eye(3)),
        lambda: ellipse_coverage(np.zeros(0), 2),
        lambda: ellipse_coverage(np.ones(2), 2, 1.0),
        lambda: ellipse_coverage(np.ones(2), 2, run=np.zeros(3, np.int64)),
    ],
)
def test_what_cannot_be_scored_is_refused(score):
    with pytest.raises(UsageError):
        score()
