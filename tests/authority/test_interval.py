"""Exact bounds and quantiles against published tables."""

import pytest

from skypact.score.interval import binomial_bounds, poisson_bounds, t_quantile


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (2, 0.242, 7.225), (5, 1.623, 11.668), (10, 4.795, 18.390)],
)
def test_poisson_bounds_are_those_of_garwood(count, low, high):
    assert poisson_bounds(count, 1.0) == pytest.approx((low, high), abs=1e-3)


def test_a_rate_is_a_run():
    assert poisson_bounds(0, 20.0)[1] == pytest.approx(3.6889 / 20, abs=1e-5)


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        (0, 50, 0.0, 0.0711),
        (50, 50, 0.9289, 1.0),
        (0, 10, 0.0, 0.3085),
        (5, 20, 0.0866, 0.4910),
        (1, 10, 0.0025, 0.4450),
    ],
)
def test_binomial_bounds_are_those_of_clopper_and_pearson(count, n, low, high):
    assert binomial_bounds(count, n) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(("n", "t"), [(2, 12.706), (5, 2.776), (20, 2.093), (121, 1.980)])
def test_quantiles_of_student(n, t):
    assert t_quantile(n) == pytest.approx(t, abs=1e-3)
