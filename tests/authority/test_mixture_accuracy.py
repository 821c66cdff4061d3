"""The mixture filter on the closely spaced scenario of Williams (2015), against published accuracy."""

import numpy as np

from benchmarks import williams
from skypact.track.mixture import PoissonMultiBernoulliMixture


def test_the_scenario_is_the_published_one():
    """Its first and last positions as drawn by the generator that the published figures were made with."""
    states = williams.truth()
    assert states.shape == (81, 4, 4)
    spread = np.linalg.norm(states[40][:, [0, 2]] - 150.0, axis=1)
    assert spread.max() < 1.2
    assert williams.alive(39).sum() == 4
    assert williams.alive(40).sum() == 3
    counts = [len(z) for run in range(12) for z in williams.measurements(states, run)]
    assert abs(np.mean(counts) - (10 + 0.9 * (4 * 40 + 3 * 41) / 81)) < 0.4


def test_targets_that_meet_are_followed_as_well_as_published():
    """RMS GOSPA over runs 0 to 3; published over 9 runs: PMBM 2.86, PMB 3.42, JPDA 3.63, GNN 3.55."""
    squares, _ = williams.squared_errors(williams.PMBM, range(4))
    assert np.sqrt(squares.mean()) < 2.95


def test_few_hypotheses_cost_accuracy_while_targets_are_close():
    """One hypothesis a cluster is what global nearest neighbour keeps; the mixture is there to do better."""
    one = PoissonMultiBernoulliMixture(
        lifetime_s=williams.PMBM.lifetime_s,
        density=williams.PMBM.density,
        births_per_s=williams.PMBM.births_per_s,
        cutoff_m=williams.CUT_M,
        report_existence=0.4,
        hypotheses=1,
    )
    alone, many = (williams.squared_errors(each, range(4))[0] for each in (one, williams.PMBM))
    assert alone.mean() > 1.1 * many.mean()
