import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels.gospa import pair_snapshots
from skypact.score import gospa
from tests.naive.gospa import naive_gospa

C = 10.0
points = st.lists(st.tuples(*[st.integers(-30, 30)] * 3), max_size=8).map(
    lambda rows: np.array(rows, np.float64).reshape(-1, 3)
)


@given(points, points)
@settings(max_examples=150)
def test_the_sparse_pairing_is_as_good_as_the_dense_assignment(est, truth):
    found, wanted = gospa(est, truth, C), naive_gospa(est, truth, C)
    assert found.total == pytest.approx(wanted[0], abs=1e-9)
    assert found.total**2 == pytest.approx(found.localisation + found.missed + found.false)


@pytest.mark.parametrize("seed", range(6))
def test_crowds_that_compete_for_the_same_objects_are_paired_as_well(seed):
    random = np.random.default_rng(seed)
    n, m = random.integers(2, 20, 2)
    est, truth = random.normal(0.0, 6.0, (n, 2)), random.normal(0.0, 6.0, (m, 2))
    found, wanted = gospa(est, truth, C), naive_gospa(est, truth, C)
    assert [found.total, found.localisation, found.missed, found.false] == pytest.approx(wanted)


@given(points, points)
def test_it_is_symmetric_and_swaps_missed_with_false(first, second):
    one, other = gospa(first, second, C), gospa(second, first, C)
    assert one.total == pytest.approx(other.total)
    assert one.missed + one.false == pytest.approx(other.missed + other.false)


@given(points, points, points)
def test_the_triangle_inequality_holds(a, b, c):
    assert gospa(a, c, C).total <= gospa(a, b, C).total + gospa(b, c, C).total + 1e-9


@given(points)
def test_a_set_is_at_no_distance_from_itself(points):
    assert gospa(points, points[::-1], C).total == 0.0


def test_snapshots_are_paired_apart_and_the_dead_are_passed_over():
    est = np.array([[0.0, 0, 0], [50, 0, 0], [0, 0, 0]])
    truth = np.array([[1.0, 0, 0], [2, 0, 0], [3, 0, 0], [51, 0, 0]])
    match, square = np.zeros(3, np.int64), np.zeros(3)
    pairs = pair_snapshots(
        est,
        np.array([0, 2, 2, 3]),
        truth,
        np.array([0, 1, 2, 4]),
        np.array([True, True, False, True]),
        C,
        match,
        square,
    )
    assert pairs == 1
    assert match.tolist() == [0, -1, -1]
    assert square.tolist() == [1.0, 0.0, 0.0]


def test_more_candidates_than_were_made_room_for_are_kept():
    est, truth = np.zeros((1, 3)), np.linspace(1.0, 5.0, 60)[:, None] * np.array([1.0, 0, 0])
    match, square = np.zeros(1, np.int64), np.zeros(1)
    pair_snapshots(est, np.array([0, 1]), truth, np.array([0, 60]), np.ones(60, np.bool_), C, match, square)
    assert match.tolist() == [0]
    assert square.tolist() == [1.0]
