"""How near the tracker comes to truth on drawn scenarios, beside figures that others reached on the same scans."""

import math

import numpy as np
import pytest

from benchmarks import accuracy, scenario, williams
from skypact.estimate import ConstantVelocity, Sensor
from skypact.track import PoissonMultiBernoulli, Tracker

PERFECT = (67.0, 63.1)
"""A Kalman filter that is told which detection is whose: nothing that is not told can be below."""


@pytest.fixture(scope="module")
def pmb():
    return accuracy.averages(accuracy.PMB, accuracy.PUBLISHED_SEEDS)


def test_the_poisson_filter_is_better_than_the_published_one_on_the_same_seeds(pmb):
    """75.5 over all scans of 50 targets, 66.3 after start-up: another implementation with belief propagation."""
    whole, settled = pmb.mean(axis=0)
    assert PERFECT[0] < whole < 73.0
    assert PERFECT[1] < settled < 64.8


def test_it_is_as_good_when_it_is_told_nothing_of_the_scenario():
    whole, settled = accuracy.averages(PoissonMultiBernoulli(), accuracy.PUBLISHED_SEEDS).mean(axis=0)
    assert whole < 75.5
    assert settled < 66.3


@pytest.mark.parametrize("belief", accuracy.MISTAKEN, ids=lambda belief: belief.label)
def test_mistaken_rates_of_detection_and_clutter_cost_little(pmb, belief):
    found = accuracy.averages(accuracy.PMB, accuracy.PUBLISHED_SEEDS, belief)
    assert np.all(found.mean(axis=0) - pmb.mean(axis=0) < (4.0, 2.0))


def test_jipda_is_better_than_the_published_one_of_the_peer():
    """85.8 and 70.6: Stone Soup's JPDA with its logic tuned."""
    whole, settled = accuracy.averages(accuracy.JIPDA, accuracy.PUBLISHED_SEEDS).mean(axis=0)
    assert PERFECT[0] < whole < 82.0
    assert PERFECT[1] < settled < 68.0


def test_exact_sums_and_belief_propagation_are_equally_accurate(pmb):
    settings = PoissonMultiBernoulli(density=accuracy.PMB.density, lifetime_s=1e4, cutoff_m=50.0, shared=0)
    found = accuracy.averages(settings, accuracy.PUBLISHED_SEEDS)
    assert found.mean(axis=0) == pytest.approx(pmb.mean(axis=0), abs=0.5)


def test_the_poisson_filter_follows_four_targets_that_meet_as_well_as_published():
    """RMS GOSPA 3.42 over runs 0 to 11: Williams (2015) scenario 1, the open implementation's figure of the PMB."""
    area = williams.SIDE_M**2
    settings = PoissonMultiBernoulli(
        density=3.0 / area, births_per_s=0.005 / area, lifetime_s=-1.0 / math.log(0.99), report_existence=0.4
    )
    sensor = Sensor(
        measures="position", sigma=(1.0, 1.0), dimensions=2, detection_chance=0.9, clutter_density=10 / area
    )
    truth, squares = williams.truth(), []
    for run in range(12):
        tracker = Tracker(ConstantVelocity(dimensions=2, noise_m2ps3=0.02), settings, speed_sigma_mps=1.0)
        for k, z in enumerate(williams.measurements(truth, run)):
            report = tracker.step(float(k), z, sensor)
            there = truth[k][williams.alive(k)][:, [0, 2]]
            squares.append(scenario.gospa(report.pos_m, there, 10.0) ** 2)
    assert 2.5 < math.sqrt(np.mean(squares)) < 3.5
