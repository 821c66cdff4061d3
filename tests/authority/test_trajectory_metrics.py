"""Metrics of trackers against their papers: worked examples and tables, by hand.

Trajectory GOSPA: the six examples of Garcia-Fernandez, Rahmathullah and Svensson (IEEE Trans. SP 68, 2020)
and the one with a hole, with the numbers of the authors' demonstration (c = 5, p = 1, gamma = 1, offsets 1 and 0.1).
"""

import math

import numpy as np
import pytest

from skypact.score import Trajectories, anees, mean_square_bounds, ospa, ospa2, siap, trajectory_gospa


def lines(*paths):
    """Trajectories on a line, each (first snapshot, positions); None is a hole."""
    rows = [
        (begin + step, number, x)
        for number, (begin, places) in enumerate(paths)
        for step, x in enumerate(places)
        if x is not None
    ]
    k, number, x = (np.array(column) for column in zip(*rows, strict=True))
    return Trajectories(k, number, x[:, None].astype(np.float64))


STRAIGHT = lines((1, [1.0] * 5))
TWO = lines((1, [1.0] * 4), (1, [2.2] * 4))


@pytest.mark.parametrize(
    ("truth", "est", "localisation", "missed", "false", "switching"),
    [
        pytest.param(STRAIGHT, lines((1, [2.0] * 5)), 5.0, 0.0, 0.0, 0.0, id="1: always 1 away"),
        pytest.param(STRAIGHT, lines((1, [2.0] * 4)), 4.0, 2.5, 0.0, 0.0, id="2: lost at the end"),
        pytest.param(
            STRAIGHT, lines((1, [1.1] * 3), (4, [1.1] * 2)), 0.5, 0.0, 0.0, 1.0, id="3: in two parts"
        ),
        pytest.param(
            lines((1, [1.0] * 5), (1, [2.2] * 3), (4, [2.2] * 2)),
            lines((1, [1.1] * 3), (4, [1.1] * 2), (1, [2.1] * 5)),
            *(1.0, 0.0, 0.0, 2.0),
            id="4: one in two parts, two as one",
        ),
        pytest.param(
            TWO,
            lines((1, [2.0, 2.0, 1.2, 1.2]), (1, [1.2, 1.2, 2.0, 2.0])),
            *(1.6, 0.0, 0.0, 2.0),
            id="5: two swapped",
        ),
        pytest.param(
            TWO,
            lines((1, [2.0] * 4), (1, [1.2] * 2), (3, [1.2] * 2)),
            *(1.6, 0.0, 0.0, 1.0),
            id="6: one whole, one in two parts",
        ),
        pytest.param(
            lines((1, [0.5] * 5), (1, [2.0, 2.0, None, 2.0, 2.0])),
            lines((1, [1.5] * 5), (1, [0.0] * 5)),
            *(4.5, 0.0, 2.5, 0.0),
            id="7: a hole is no switch",
        ),
    ],
)
def test_trajectory_gospa_of_the_papers_examples(truth, est, localisation, missed, false, switching):
    found = trajectory_gospa(est, truth, 5.0, 1.0, 1.0)
    parts = (found.localisation, found.missed, found.false, found.switching)
    assert parts == pytest.approx((localisation, missed, false, switching), abs=1e-9)
    assert found.total == pytest.approx(localisation + missed + false + switching)


def test_ospa_of_one_extra_point_is_the_definitions():
    """Schuhmacher, Vo and Vo 2008: ((3^2 + 10^2) / 2)^(1/2), and c where one set is empty."""
    found = ospa(np.array([[3.0, 0.0], [400.0, 0.0]]), np.zeros((1, 2)), 10.0, 2.0)
    assert found.total == pytest.approx(math.sqrt((9.0 + 100.0) / 2.0))
    assert (found.localisation, found.cardinality) == pytest.approx((math.sqrt(4.5), math.sqrt(50.0)))
    assert ospa(np.zeros((4, 2)), np.zeros((0, 2)), 10.0).total == pytest.approx(10.0)


def test_ospa2_of_a_track_in_two_parts_is_the_definitions():
    """Beard, Vo and Vo 2020: absent for half of the window is c / 2 apart; the other part is one track too many."""
    est, truth = lines((0, [0.0] * 2), (2, [0.0] * 2)), lines((0, [0.0] * 4))
    found = ospa2(est, truth, 10.0, 4, 1.0)
    assert found.total == pytest.approx([0.0, 0.0, (10.0 / 3.0 + 10.0) / 2.0, (5.0 + 10.0) / 2.0])
    assert ospa2(est, truth, 10.0, 2, 1.0).total == pytest.approx([0.0, 0.0, (5.0 + 10.0) / 2.0, 0.0])


def test_siap_of_two_objects_worked_by_hand():
    """Votruba and others 2001: object 0 by track 0, then 1; object 1 by tracks 2 and 3 at once; track 4 on nothing."""
    truth = lines((0, [0.0] * 4), (0, [50.0] * 4))
    est = lines((0, [1.0] * 2), (2, [2.0] * 2), (0, [49.0] * 4), (0, [53.0]), (0, [200.0] * 2))
    found = siap(est, truth, np.array([0.0, 10.0, 20.0, 30.0]), 5.0)
    assert found.completeness == 1.0
    assert found.ambiguity == pytest.approx(9 / 8)
    assert found.spuriousness == pytest.approx(2 / 11)
    assert found.position_m == pytest.approx((2 * 1 + 2 * 2 + 4 * 1 + 3) / 9)
    assert found.longest_segment == pytest.approx((20 + 40) / 80)
    assert found.changes_per_s == pytest.approx(1 / 80)


@pytest.mark.parametrize(
    ("dims", "runs", "low", "high"),
    [(2, 50, 74.22 / 100, 129.56 / 100), (1, 50, 32.36 / 50, 71.42 / 50), (4, 1, 0.484 / 4, 11.143 / 4)],
)
def test_bounds_of_mean_squares_are_those_of_the_tables(dims, runs, low, high):
    """Bar-Shalom, Li and Kirubarajan 2001, section 5.4.2: 50 runs of 2 dimensions keep [1.5, 2.6] / 2."""
    assert mean_square_bounds(dims, runs) == pytest.approx((low, high), abs=1e-3)
    assert anees(np.full((runs, 3), float(dims)), dims).inside == 1.0
