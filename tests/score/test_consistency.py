"""The statistics of consistency: what is right by construction, and what each fault does to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from skypact.model.codes import ObjectClass, Phase
from skypact.run.consistency.sample import Sampler
from skypact.score.consistency import (
    GATES,
    Counts,
    Ellipses,
    Firsts,
    States,
    coverage_verdict,
    ellipse_rows,
    first_rows,
    picture_rows,
    squares_or_nan,
    state_rows,
)
from skypact.score.interval import Estimate

RUNS = 20


def states(rng, each=200, scale=1.0, shift=0.0):
    """Errors drawn from their covariance, `scale` times as large, with what runs have in common."""
    n = RUNS * each
    root = rng.normal(size=(n, 6, 6))
    cov = root @ root.transpose(0, 2, 1) + np.eye(6)
    error = scale * np.einsum("nij,nj->ni", np.linalg.cholesky(cov), rng.normal(size=(n, 6)))
    run = np.repeat(np.arange(RUNS), each)
    error += shift * rng.normal(size=(RUNS, 6))[run]
    return States(
        run=run,
        pooled=np.zeros(n, np.bool_),
        object_class=np.full(n, ObjectClass.BALLISTIC, np.int64),
        phase=np.full(n, Phase.COAST, np.int64),
        settled=np.ones(n, np.bool_),
        mixed=np.zeros(n, np.bool_),
        position=squares_or_nan(error[:, :3], cov[:, :3, :3]),
        whole=squares_or_nan(error, cov),
    )


def test_errors_drawn_from_their_covariance_are_one_per_dimension():
    (row,) = state_rows(states(np.random.default_rng(1)), RUNS)
    for found, within in ((row.position, row.position_within), (row.whole, row.whole_within)):
        assert found.low < 1.0 < found.high
        assert found.high - found.low < 0.1
        assert within.low < 0.95 < within.high
    assert row.looks == RUNS * 200


def test_over_confidence_shows_as_its_square():
    (row,) = state_rows(states(np.random.default_rng(2), scale=1.5), RUNS)
    assert row.whole.value == pytest.approx(2.25, rel=0.03)
    assert row.whole_within.value < 0.8


def test_what_runs_have_in_common_widens_the_interval():
    """The same number of looks: runs, not looks, are counted."""
    (alone,) = state_rows(states(np.random.default_rng(3)), RUNS)
    (shared,) = state_rows(states(np.random.default_rng(3), shift=1.5), RUNS)
    assert shared.whole.high - shared.whole.low > 4.0 * (alone.whole.high - alone.whole.low)


def test_every_look_counts_whatever_the_track_took_and_the_unmixed_stand_beside():
    """A tenth of the looks is at tracks gone astray: leaving them out would choose by truth, and hide the worst."""
    good = states(np.random.default_rng(8))
    wild = np.arange(len(good)) % 10 == 0
    found = replace(good, mixed=wild, whole=np.where(wild, 180.0, good.whole))
    (row,) = state_rows(found, RUNS)
    assert row.whole.value == pytest.approx(0.9 + 0.1 * 180.0 / 6.0, abs=0.05)
    assert row.whole_within.value == pytest.approx(0.9 * 0.95, abs=0.01)
    assert row.unmixed_whole.value == pytest.approx(1.0, abs=0.05)
    assert row.unmixed_position.value == pytest.approx(1.0, abs=0.05)
    assert (row.looks, row.unmixed_looks, row.broken) == (len(good), int((~wild).sum()), 0)


def test_looks_without_a_covariance_are_counted_and_in_no_number():
    good = states(np.random.default_rng(9))
    broken = np.arange(len(good)) % 4 == 0
    found = replace(
        good, whole=np.where(broken, np.nan, good.whole), position=np.where(broken, 1e6, good.position)
    )
    (row,) = state_rows(found, RUNS)
    assert (row.looks, row.broken, row.unmixed_looks) == (len(good), int(broken.sum()), int((~broken).sum()))
    for mean in (row.position, row.whole, row.unmixed_position, row.unmixed_whole):
        assert mean.value == pytest.approx(1.0, abs=0.06)
    assert row.position_within.value == pytest.approx(0.95, abs=0.02)
    assert row.whole_within.value == pytest.approx(0.95, abs=0.02)


def test_groups_are_kept_apart_and_sorted():
    rng = np.random.default_rng(4)
    one = states(rng, each=3)
    two = states(rng, each=3, scale=3.0)
    both = States(
        run=np.concatenate([one.run, two.run]),
        pooled=np.concatenate([one.pooled, ~two.pooled]),
        object_class=np.concatenate([one.object_class, two.object_class]),
        phase=np.concatenate([one.phase, two.phase]),
        settled=np.concatenate([one.settled, two.settled]),
        mixed=np.concatenate([one.mixed, two.mixed]),
        position=np.concatenate([one.position, two.position]),
        whole=np.concatenate([one.whole, two.whole]),
    )
    rows = state_rows(both, RUNS)
    assert [row.pooled for row in rows] == [False, True]
    assert rows[1].whole.value > 3.0 * rows[0].whole.value


def test_a_covariance_that_is_none_gives_no_number_and_no_error():
    faults = [
        np.diag([1.0, 1.0, 0.0]),
        np.diag([1.0, 1.0, -1.0]),
        np.full((3, 3), np.nan),
        np.diag([1.0, 1.0, np.inf]),
    ]
    found = squares_or_nan(np.ones((5, 3)), np.stack([np.eye(3), *faults]))
    assert found[0] == pytest.approx(3.0)
    assert np.isnan(found[1:]).all()
    assert len(squares_or_nan(np.empty((0, 6)), np.empty((0, 6, 6)))) == 0


def test_ellipses_are_judged_by_time_and_all_together():
    rng = np.random.default_rng(5)
    n = 4000
    square = rng.chisquare(2, n)
    square[:400] = 100.0  # the last 15 s are all misses
    t_s = np.concatenate([np.full(400, 5.0), rng.uniform(15.0, 900.0, n - 400)])
    ellipses = Ellipses(
        run=rng.integers(0, RUNS, n),
        pooled=np.zeros(n, np.bool_),
        object_class=np.full(n, ObjectClass.ROCKET, np.int64),
        t_s=t_s,
        square=square,
        miss_m=np.sqrt(square),
        sigma_m=np.ones(n),
    )
    rows = ellipse_rows(ellipses, RUNS)
    assert rows[0].most.value == 0.0
    assert 0.0 < rows[0].most.high < 0.2  # none of 20 runs: the exact bound
    for row in rows[1:-1]:
        assert row.half.value == pytest.approx(0.5, abs=0.12)
        assert row.most.value == pytest.approx(0.95, abs=0.06)
    assert (rows[0].from_s, rows[-2].to_s, rows[-1].to_s) == (0.0, np.inf, np.inf)
    assert sum(row.predictions for row in rows[:-1]) == n
    assert rows[-1].miss_m.low < rows[-1].miss_m.value < rows[-1].miss_m.high
    assert rows[-1].sigma_m.value == 1.0
    assert rows[-1].predictions == n
    assert rows[-1].most.value == pytest.approx(0.9 * 0.95, abs=0.02)


def test_broken_ellipses_hold_nothing_and_are_counted():
    n = 400
    broken = np.arange(n) % 4 == 0
    ellipses = Ellipses(
        run=np.arange(n) % RUNS,
        pooled=np.zeros(n, np.bool_),
        object_class=np.full(n, ObjectClass.ROCKET, np.int64),
        t_s=np.full(n, 5.0),
        square=np.where(broken, np.nan, 0.1),
        miss_m=np.ones(n),
        sigma_m=np.where(broken, np.nan, 3.0),
    )
    row = ellipse_rows(ellipses, RUNS)[-1]
    assert (row.predictions, row.broken) == (n, n // 4)
    assert row.most.value == pytest.approx(0.75)
    assert (row.miss_m.value, row.sigma_m.value) == (1.0, 3.0)
    sampler = Sampler(pooled=False)
    cov = np.stack([np.eye(2), np.full((2, 2), np.nan), np.diag([1.0, -1.0])])
    zero = np.zeros((3, 2))
    sampler.ellipses(False, np.zeros(3, np.int64), np.ones(3), np.ones((3, 3)), zero, cov)
    _, _, square, miss_m, longer = sampler.point_blocks[False][0]
    assert np.isnan(square).tolist() == np.isnan(longer).tolist() == [False, True, True]
    assert np.isfinite(miss_m).all()


def test_false_tracks_are_counted_by_the_hour_of_all_trackers():
    counts = Counts(
        run=np.array([0, 0, 1, 1]),
        pooled=np.zeros(4, np.bool_),
        hours=np.full(4, 0.5),
        false_tracks=np.array([1.0, 2.0, 3.0, 0.0]),
        epochs=np.full(4, 10.0),
        gospa_m=np.full(4, 30_000.0),
        located_m2=np.full(4, 10.0 * 400.0**2),
        missed=np.full(4, 20.0),
        stray=np.zeros(4),
    )
    (row,) = picture_rows(counts, 2)
    assert row.false_tracks_per_h.value == pytest.approx(3.0)
    assert row.gospa_m.value == pytest.approx(3000.0)
    assert row.located_m == pytest.approx(400.0)
    assert row.missed.value == pytest.approx(2.0)
    assert row.stray.value == 0.0
    assert row.stray.high == pytest.approx(3.6889 / 2.0, abs=1e-4)  # exact, of two runs
    assert row.false_tracks_per_h.low >= 0.0


def test_no_false_track_at_all_shows_the_exact_upper_bound():
    nothing = np.zeros(20)
    counts = Counts(
        run=np.arange(20),
        pooled=np.zeros(20, np.bool_),
        hours=np.full(20, 0.5),
        false_tracks=nothing,
        epochs=np.full(20, 10.0),
        gospa_m=nothing,
        located_m2=nothing,
        missed=nothing,
        stray=nothing,
    )
    (row,) = picture_rows(counts, 20)
    assert row.false_tracks_per_h.high == pytest.approx(3.6889 / 10.0, abs=1e-4)
    assert row.missed.high == pytest.approx(3.6889 / 20.0, abs=1e-4)


def test_objects_never_held_count_against_the_share_and_as_never_in_the_median():
    firsts = Firsts(
        run=np.array([0, 0, 1, 1]),
        pooled=np.zeros(4, np.bool_),
        object_class=np.full(4, ObjectClass.DRONE, np.int64),
        confirmed_s=np.array([10.0, 20.0, 30.0, np.nan]),
        firm_s=np.array([40.0, np.nan, np.nan, np.nan]),
    )
    (row,) = first_rows(firsts, 2)
    assert row.confirmed_share.value == pytest.approx(0.75)
    assert row.confirmed_median_s.value == pytest.approx(25.0)
    assert row.confirmed_median_s.high == np.inf
    assert row.firm_share.value == pytest.approx(0.25)
    assert row.firm_median_s.value == np.inf


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.935, 0.965, "as said"),
        (0.90, 0.96, "not resolved"),
        (0.90, 0.99, "not resolved"),
        (0.94, 0.98, "not resolved"),
        (0.90, 0.929, "too small"),
        (0.971, 1.0, "too large"),
        (np.nan, np.nan, "not resolved"),
    ],
)
def test_a_coverage_is_as_said_off_or_not_resolved(low, high, said):
    assert coverage_verdict(Estimate(0.95, low, high, 20, ""), 0.95) == said
    assert coverage_verdict(Estimate(0.5, low - 0.45, high - 0.45, 20, ""), 0.5) == said


def test_the_gates_hold_95_percent():
    rng = np.random.default_rng(6)
    for dimension, gate in GATES.items():
        assert (rng.chisquare(dimension, 100_000) <= gate).mean() == pytest.approx(0.95, abs=0.005)
