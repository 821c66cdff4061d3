import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.kernels.resample import draw_counts, resampled_quantiles


def naive_quantile(values, q):
    """Definition 2 of Hyndman and Fan on the values written out."""
    ordered = sorted(values)
    place = q * len(ordered)
    if abs(place - round(place)) < 1e-9:
        return 0.5 * (ordered[round(place) - 1] + ordered[min(round(place), len(ordered) - 1)])
    return ordered[int(np.ceil(place)) - 1]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=15),
    st.sampled_from([0.05, 0.25, 0.5, 0.9]),
)
def test_a_weighted_quantile_is_that_of_the_values_written_out(pairs, q):
    pairs = sorted(pairs)
    values, run_of = np.array([p[0] for p in pairs], np.float64), np.array([p[1] for p in pairs])
    counts = draw_counts(10, 4)
    found = resampled_quantiles(values, run_of, counts, q)
    for b, count in enumerate(counts):
        written = [v for v, r in zip(values, run_of, strict=True) for _ in range(count[r])]
        if written:
            assert found[b] == naive_quantile(written, q)
        else:
            assert np.isnan(found[b])


def test_every_replicate_draws_as_many_runs_as_there_are():
    counts = draw_counts(200, 20)
    assert (counts.sum(axis=1) == 20).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(20), abs=0.3)
    assert counts.var() == pytest.approx(0.95, abs=0.1)


def test_the_same_number_of_runs_is_always_drawn_alike():
    assert np.array_equal(draw_counts(50, 7), draw_counts(100, 7)[:50])
