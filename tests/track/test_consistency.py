"""Covariances are as large as errors: exactly for matched models, within stated limits for tracks with biases."""

import numpy as np
import pytest
from scipy.stats import chi2

from skypact.kernels.filter import update_scalar
from skypact.kernels.motion import predict_white
from tests.track.test_tracker import BIAS, WIDE, follow, missile, nearest
from tests.track.world import LAT, Site, level_flight


def test_a_matched_linear_filter_is_consistent_over_runs():
    """NEES of 200 independent runs after 30 steps: their sum lies within the two-sided 95 % bounds of chi-square."""
    runs, q, sigma = 200, 0.5, np.array([30.0, 40.0, 50.0])
    rng = np.random.default_rng(101)
    F = np.block([[np.eye(3), np.eye(3)], [np.zeros((3, 3)), np.eye(3)]])
    Q = q * np.block([[np.eye(3) / 3, np.eye(3) / 2], [np.eye(3) / 2, np.eye(3)]])
    root = np.linalg.cholesky(Q)
    gain, total = np.empty(6), 0.0
    for _ in range(runs):
        start = np.diag([100.0**2] * 3 + [10.0**2] * 3)
        truth = rng.normal(size=6) * np.sqrt(np.diag(start))
        mean, cov = np.zeros(6), start.copy()
        for _ in range(30):
            truth = F @ truth + root @ rng.normal(size=6)
            predict_white(mean, cov, 1.0, q)
            for k in range(3):
                z = truth[k] + sigma[k] * rng.normal()
                update_scalar(mean, cov, np.eye(6)[k], z, sigma[k] ** 2, 0.0, np.zeros(3), gain, np.empty(6))
        total += (mean - truth) @ np.linalg.solve(cov, mean - truth)
    low, high = chi2.ppf([0.025, 0.975], 6 * runs)
    assert low < total < high


def anees(sites, make_flights, seconds, first, runs):
    """ANEES per dimension of position and of the whole state, each the mean over runs, after `first` seconds."""
    position, whole = [], []
    for run in range(runs):
        flights = make_flights(np.random.default_rng(100 + run))
        _, shots, _ = follow(sites, flights, seconds, 1000 + run, every=5)
        of_position, of_whole = [], []
        for k, tracks in shots:
            for flight in flights if k > first else []:
                row = nearest(tracks, flight.at(k))
                assert row >= 0
                error, cov = tracks.mean_ecef[row] - flight.at(k), tracks.cov_ecef[row]
                of_position.append(error[:3] @ np.linalg.solve(cov[:3, :3], error[:3]) / 3)
                of_whole.append(error @ np.linalg.solve(cov, error) / 6)
        position.append(np.mean(of_position))
        whole.append(np.mean(of_whole))
    return np.mean(position), np.mean(whole)


def aircraft(rng):
    return [
        level_flight(
            rng.uniform(-9e4, 9e4), rng.uniform(-9e4, 9e4), rng.uniform(3e3, 11e3), rng.uniform(60, 250),
            rng.uniform(0, 360), 160,
        )
        for _ in range(3)
    ]  # fmt: skip


SECOND = Site(lat=LAT + 0.012, revisit=10.0, phase=0.3, bias_sigma=BIAS)


@pytest.mark.parametrize("sites", [[Site(bias_sigma=BIAS)], [Site(bias_sigma=BIAS), SECOND]])
def test_tracks_of_aircraft_are_not_over_confident_with_biased_radars(sites):
    """Straight flight; the whole state is wider than its errors because a turn is always possible."""
    position, whole = anees(sites, aircraft, 160, 60, 8)
    assert 0.4 < position < 1.3
    assert 0.25 < whole < 1.3


def test_tracks_of_free_flight_are_consistent_with_a_biased_radar():
    site = Site(bias_sigma=BIAS, **WIDE)
    position, whole = anees([site], lambda rng: [missile()], 150, 50, 12)
    assert 0.4 < position < 1.6
    assert 0.4 < whole < 1.3
