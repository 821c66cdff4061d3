"""Rumours: whatever way information goes, and however often, it makes nothing more certain than its sources are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from skypact.fuse import (
    Contribution,
    covariance_intersection,
    fuse,
    independent_inconsistent,
    inverse_covariance_intersection,
    new_picture,
)
from skypact.model.codes import Combination
from skypact.score.consistency import mean_estimate
from skypact.score.interval import Estimate
from tests.fuse.test_picture import PLACES, SECOND, tracks

Estimate_ = tuple[np.ndarray, np.ndarray]
Fusion = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], tuple]


def _loop(fusion: Fusion, states: list[Estimate_], rounds: int) -> list[Estimate_]:
    """A tells B, B tells C, C tells A, and so on: each passes on what it has fused."""
    states = list(states)
    for k in range(3 * rounds):
        sender, receiver = k % 3, (k + 1) % 3
        states[receiver] = fusion(*states[receiver], *states[sender])[:2]
    return states


def _sources(rng: np.random.Generator) -> tuple[list[np.ndarray], list[Estimate_]]:
    covs = [m @ m.T + 0.2 * np.eye(3) for m in rng.normal(size=(3, 3, 3))]
    return covs, [(rng.multivariate_normal(np.zeros(3), cov), cov) for cov in covs]


@pytest.mark.parametrize("rounds", [1, 2, 20])
def test_a_loop_of_relays_ends_no_more_certain_than_all_its_sources_together(rounds: int) -> None:
    for seed in range(10):
        covs, states = _sources(np.random.default_rng(seed))
        together = np.linalg.inv(sum(np.linalg.inv(cov) for cov in covs))
        for _, cov in _loop(covariance_intersection, states, rounds):
            assert np.linalg.eigvalsh(cov - together).min() > -1e-9


def test_taken_for_independent_a_loop_ends_certain_of_anything() -> None:
    covs, states = _sources(np.random.default_rng(1))
    together = np.linalg.inv(sum(np.linalg.inv(cov) for cov in covs))
    for _, cov in _loop(independent_inconsistent, states, 20):
        assert np.trace(cov) < 1e-6 * np.trace(together)


def _moving(fusion: Fusion, runs: int = 60, steps: int = 25) -> Estimate:
    """ANEES per dimension of three filters that feed what the one before has fused into their own, round and round.

    Each measures the two axes of position differently well. A run is one cluster.
    """
    f = np.kron(np.array([[1.0, 1.0], [0.0, 1.0]]), np.eye(2))
    q = 0.2 * np.kron(np.array([[1 / 3, 1 / 2], [1 / 2, 1.0]]), np.eye(2))
    h = np.hstack([np.eye(2), np.zeros((2, 2))])
    noises = [np.diag(variance) for variance in ([1.0, 9.0], [9.0, 1.0], [3.0, 3.0])]
    values, run_of = [], []
    for run in range(runs):
        rng = np.random.default_rng(1000 + run)
        truth = np.zeros(4)
        states = [(rng.multivariate_normal(truth, 9.0 * np.eye(4)), 9.0 * np.eye(4)) for _ in range(3)]
        for step in range(steps):
            truth = f @ truth + rng.multivariate_normal(np.zeros(4), q)
            for k, (mean, cov) in enumerate(states):
                x, p = f @ mean, f @ cov @ f.T + q
                gain = p @ h.T @ np.linalg.inv(h @ p @ h.T + noises[k])
                z = h @ truth + rng.multivariate_normal(np.zeros(2), noises[k])
                states[k] = (x + gain @ (z - h @ x), (np.eye(4) - gain @ h) @ p)
            states = _loop(fusion, states, 2)
            if step > 4:
                for mean, cov in states:
                    error = mean - truth
                    values.append(float(error @ np.linalg.solve(cov, error)) / 4.0)
                    run_of.append(run)
    return mean_estimate(np.array(values), np.array(run_of), runs)


def test_filters_that_feed_each_other_in_a_loop_stay_consistent_by_covariance_intersection() -> None:
    found = _moving(covariance_intersection)
    assert found.value < 1.0
    assert found.high < 1.1


def test_the_same_filters_taken_for_independent_are_over_confident() -> None:
    assert _moving(independent_inconsistent).low > 1.3


def test_the_same_filters_by_the_inverse_intersection_are_less_cautious_and_here_still_consistent() -> None:
    found = _moving(inverse_covariance_intersection)
    assert found.value > _moving(covariance_intersection).value
    assert found.high < 1.1


@pytest.mark.parametrize("method", list(Combination))
def test_a_track_that_arrives_by_two_ways_counts_once(method: Combination) -> None:
    own, theirs = tracks(PLACES, 0), tracks(PLACES, 1, sigma_m=40.0)
    late = replace(theirs, updated_ns=theirs.updated_ns - 4 * SECOND, mean_ecef=theirs.mean_ecef + 30.0)
    once = fuse(new_picture(2), [Contribution(0, own), Contribution(1, theirs)], 10 * SECOND, method)
    for parts in ([theirs, theirs], [late, theirs], [theirs, late], [theirs, theirs, late]):
        several = [Contribution(0, own), *(Contribution(1, part) for part in parts)]
        twice = fuse(new_picture(2), several, 10 * SECOND, method)
        assert list(twice.track_id) == list(once.track_id)
        np.testing.assert_array_equal(twice.mean_ecef, once.mean_ecef)
        np.testing.assert_array_equal(twice.cov_ecef, once.cov_ecef)
        np.testing.assert_array_equal(twice.class_prob, once.class_prob)


def test_the_row_of_the_most_accurate_track_is_counted_in_what_was_given() -> None:
    own, theirs = tracks(PLACES[:1], 0), tracks(PLACES[:1], 1, sigma_m=20.0)
    old = replace(theirs, updated_ns=theirs.updated_ns - SECOND)
    parts = [Contribution(0, own), Contribution(1, old), Contribution(1, theirs)]
    assert fuse(new_picture(2), parts, 10 * SECOND).slot[0] == 2
