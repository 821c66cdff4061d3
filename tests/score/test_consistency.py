"""The statistics of consistency: what is right by construction, and what each fault does to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from skypact.model.codes import ObjectClass, Phase
from skypact.score.consistency import (
    GATES,
    Counts,
    Ellipses,
    Firsts,
    States,
    ellipse_rows,
    first_rows,
    picture_rows,
    squares_or_nan,
    state_rows,
)

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


def test_tracks_that_took_other_detections_are_counted_apart():
    good = states(np.random.default_rng(8))
    wild = np.arange(len(good)) % 10 == 0
    found = replace(good, mixed=wild, whole=np.where(wild, 1e9, good.whole))
    (row,) = state_rows(found, RUNS)
    assert row.mixed.value == pytest.approx(0.1)
    assert row.whole.value == pytest.approx(1.0, abs=0.05)
    assert row.looks == len(good)


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
    cov = np.stack([np.eye(3), np.diag([1.0, 1.0, 0.0]), np.diag([1.0, 1.0, -1.0])])
    found = squares_or_nan(np.ones((3, 3)), cov)
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
    assert rows[-1].predictions == n
    assert rows[-1].most.value == pytest.approx(0.9 * 0.95, abs=0.02)


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


def test_objects_never_held_count_against_the_share_and_not_in_the_median():
    firsts = Firsts(
        run=np.array([0, 0, 1, 1]),
        pooled=np.zeros(4, np.bool_),
        object_class=np.full(4, ObjectClass.DRONE, np.int64),
        confirmed_s=np.array([10.0, 20.0, 30.0, np.nan]),
        firm_s=np.array([40.0, np.nan, np.nan, np.nan]),
    )
    (row,) = first_rows(firsts, 2)
    assert row.confirmed_share.value == pytest.approx(0.75)
    assert row.confirmed_median_s == pytest.approx(20.0)
    assert row.firm_share.value == pytest.approx(0.25)
    assert row.firm_median_s == pytest.approx(40.0)


def test_the_gates_hold_95_percent():
    rng = np.random.default_rng(6)
    for dimension, gate in GATES.items():
        assert (rng.chisquare(dimension, 100_000) <= gate).mean() == pytest.approx(0.95, abs=0.005)
