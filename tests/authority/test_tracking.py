"""Published and exact values: steady-state Kalman filter, gravity in the rotating frame, Murty's assignment."""

import numpy as np
import pytest

from skypact.estimate import assign, chi_square_gate
from skypact.kernels.filter import update_scalar
from skypact.kernels.motion import acceleration, predict_white

# K. G. Murty, Operations Research 16(3), 1968: the 10 x 10 example, whose best costs are 0, 1, 10, 11, 13, 14.
MURTY = np.array(
    [
        [7, 51, 52, 87, 38, 60, 74, 66, 0, 20],
        [50, 12, 0, 64, 8, 53, 0, 46, 76, 42],
        [27, 77, 0, 18, 22, 48, 44, 13, 0, 57],
        [62, 0, 3, 8, 5, 6, 14, 0, 26, 39],
        [0, 97, 0, 5, 13, 0, 41, 31, 62, 48],
        [79, 68, 0, 0, 15, 12, 17, 47, 35, 43],
        [76, 99, 48, 27, 34, 0, 0, 0, 28, 0],
        [0, 20, 9, 27, 46, 15, 84, 19, 3, 24],
        [56, 10, 45, 39, 0, 93, 67, 79, 19, 38],
        [27, 0, 39, 53, 46, 24, 69, 46, 23, 1],
    ],
    dtype=float,
)


@pytest.mark.parametrize(("manoeuvre", "alpha", "beta"), [(1.0, 0.75, 0.5), (0.1, 0.36, 0.08)])
def test_the_filter_settles_at_the_published_gains(manoeuvre, alpha, beta):
    """Bar-Shalom and Campo, IEEE Trans. AES 22(6), 1986: R = 1, T = 1, discrete white acceleration of index lambda."""
    mean, cov, gain = np.zeros(6), np.eye(6) * 100.0, np.empty(6)
    row = np.zeros(6)
    row[0] = 1.0
    noise = np.array([0.5, 1.0])
    for _ in range(300):
        predict_white(mean, cov, 1.0, 0.0)
        cov[np.ix_([0, 3], [0, 3])] += manoeuvre**2 * np.outer(noise, noise)
        update_scalar(mean, cov, row, 0.0, 1.0, 0.0, np.zeros(3), gain, np.empty(6))
    assert gain[0] == pytest.approx(alpha, abs=5e-3 if manoeuvre < 1 else 1e-9)
    assert gain[3] == pytest.approx(beta, abs=5e-3 if manoeuvre < 1 else 1e-9)
    assert cov[0, 0] == pytest.approx(gain[0])


def test_free_flight_has_the_published_acceleration_in_the_rotating_frame():
    """J2 gravity, centrifugal and Coriolis at r (6878, 1000, 2000) km, v (-1, 7, 2) km/s; WGS 84."""
    found = acceleration(6.878e6, 1.0e6, 2.0e6, -1e3, 7e3)
    assert found == pytest.approx((-6.195240343085, -0.903319730108, -2.114282071136), abs=1e-9)


def test_murtys_example_costs_nothing():
    column = assign(MURTY)
    assert MURTY[np.arange(10), column].sum() == 0.0
    assert sorted(column) == list(range(10))


def test_murtys_second_best_costs_one():
    """Forbidding in turn each pair of the best assignment and of its equals leaves the published second cost."""
    costs = set()
    best = assign(MURTY)
    for row in range(10):
        barred = MURTY.copy()
        barred[row, best[row]] = np.inf
        costs.add(float(MURTY[np.arange(10), assign(barred)].sum()))
    assert min(costs) == 1.0


@pytest.mark.parametrize(
    ("probability", "dimensions", "value"), [(0.95, 1, 3.841459), (0.95, 6, 12.591587), (0.99, 3, 11.344867)]
)
def test_gates_are_those_of_the_chi_square_table(probability, dimensions, value):
    """Abramowitz and Stegun (1964), table 26.8."""
    assert chi_square_gate(probability, dimensions) == pytest.approx(value, abs=1e-5)
