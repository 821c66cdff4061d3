"""How long something lasts: against the classic remission data, and against exact bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.score.interval import binomial_bounds
from skypact.score.survival import restricted_mean, survival

# Weeks of remission under 6-mercaptopurine; + censored (Freireich et al., Blood 21, 1963).
WEEKS = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], np.float64)
SEEN = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], np.bool_)


def test_the_remission_data_have_the_published_survival_and_intervals():
    """Kalbfleisch and Prentice (2002) and every textbook since; bounds as of R's survfit, log-log."""
    found = survival(WEEKS, SEEN, np.array([6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0, 35.0]))
    np.testing.assert_allclose(
        found.share, [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448, 0.448], atol=5e-4
    )
    np.testing.assert_allclose(found.low[[0, 2, 6]], [0.620, 0.503, 0.188], atol=2e-3)
    np.testing.assert_allclose(found.high[[0, 2, 6]], [0.952, 0.889, 0.680], atol=2e-3)
    assert found.median == 23.0


@given(st.lists(st.integers(1, 6), min_size=1, max_size=40))
def test_without_censoring_before_the_end_it_is_the_plain_share(days):
    ended = np.array(days, np.float64)
    found = survival(np.minimum(ended, 5.0), ended < 5.0, np.arange(1.0, 5.0))
    for day, share in zip(found.time, found.share, strict=True):
        assert share == pytest.approx(np.mean(ended > day))
    assert (found.low <= found.share + 1e-12).all()
    assert (found.high >= found.share - 1e-12).all()
    assert ((found.low >= 0.0) & (found.high <= 1.0)).all()


def test_where_none_or_all_have_ended_the_bounds_are_exact():
    never = survival(np.full(12, 5.0), np.zeros(12, np.bool_), np.array([4.0]))
    assert (never.share[0], never.low[0], never.high[0]) == (1.0, *binomial_bounds(12.0, 12.0))
    all_gone = survival(np.full(12, 2.0), np.ones(12, np.bool_), np.array([1.0, 4.0]))
    assert (all_gone.share[1], all_gone.low[1], all_gone.high[1]) == (0.0, *binomial_bounds(0.0, 12.0))
    assert all_gone.median == 4.0
    assert never.median == np.inf


def test_the_restricted_mean_is_the_area_under_the_curve():
    ended = np.array([1.0, 3.0, 3.0, 5.0, 6.0, 6.0, 2.0])
    seen = ended < 6.0
    curve = survival(ended, seen, np.arange(0.0, 5.0))
    found = restricted_mean(np.where(seen, ended, 5.0), 5.0)
    assert found.value == pytest.approx(curve.share.sum())
    assert found.low < found.value < found.high


def test_chains_that_are_all_alike_do_not_make_a_mean_certain():
    found = restricted_mean(np.full(20, 5.0), 5.0)
    assert (found.value, found.high) == (5.0, 5.0)
    assert found.low == pytest.approx(5.0 * (1.0 - binomial_bounds(0.0, 20)[1]))
