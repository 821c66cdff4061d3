import numpy as np
import pytest

from skypact.errors import UsageError
from skypact.score import Trajectories, siap


def trajectories(rows, vel=None):
    """From rows (k, id, x)."""
    table = np.array(rows, np.float64).reshape(-1, 3)
    return Trajectories(table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2:], vel)


STANDING = trajectories([(k, 0, 0.0) for k in range(6)])
EVEN = np.arange(6.0)


def test_a_perfect_picture_has_every_best_value():
    found = siap(STANDING, STANDING, EVEN, 5.0)
    assert (found.completeness, found.ambiguity, found.spuriousness) == (1.0, 1.0, 0.0)
    assert (found.position_m, found.longest_segment, found.changes_per_s) == (0.0, 1.0, 0.0)
    assert np.isnan(found.velocity_mps)


def test_what_there_was_nothing_to_measure_of_is_no_number():
    nothing = trajectories([])
    found = siap(nothing, STANDING, EVEN, 5.0)
    assert (found.completeness, found.longest_segment) == (0.0, 0.0)
    assert np.isnan([found.ambiguity, found.spuriousness, found.position_m, found.changes_per_s]).all()
    assert np.isnan(siap(STANDING, nothing, EVEN, 5.0).completeness)
    assert siap(STANDING, nothing, EVEN, 5.0).spuriousness == 1.0
    assert np.isnan(siap(nothing, nothing, np.zeros(0), 5.0).completeness)


def test_a_snapshot_counts_for_as_long_as_it_stands():
    """Tracked at the first snapshot alone, which stands for 90 of 100 s; the last stands as long as the one before."""
    t_s = np.array([0.0, 90.0, 95.0])
    truth = trajectories([(k, 0, 0.0) for k in range(3)])
    assert siap(trajectories([(0, 4, 1.0)]), truth, t_s, 5.0).completeness == pytest.approx(0.9)


def test_a_track_that_comes_back_under_its_number_has_not_changed():
    back = trajectories([(k, 3, 1.0) for k in (0, 1, 4, 5)])
    found = siap(back, STANDING, EVEN, 5.0)
    assert (found.changes_per_s, found.longest_segment) == pytest.approx((0.0, 2 / 6))
    anew = trajectories([(0, 3, 1.0), (1, 3, 1.0), (4, 8, 1.0), (5, 8, 1.0)])
    assert siap(anew, STANDING, EVEN, 5.0).changes_per_s == pytest.approx(1 / 4)


def test_tracks_that_overlap_for_a_while_are_one_change():
    handed = trajectories([*((k, 1, 1.0) for k in range(3)), *((k, 2, 1.0) for k in range(2, 6))])
    found = siap(handed, STANDING, EVEN, 5.0)
    assert (found.changes_per_s, found.longest_segment) == pytest.approx((1 / 6, 4 / 6))


def test_an_object_that_is_not_there_for_a_while_interrupts_its_segment():
    gone = trajectories([(k, 0, 0.0) for k in (0, 1, 2, 4, 5)])
    found = siap(STANDING, gone, EVEN, 5.0)
    assert (found.longest_segment, found.changes_per_s) == pytest.approx((3 / 5, 0.0))


def test_a_second_track_that_stays_throughout_spares_a_change():
    doubled = trajectories([*((k, 1, 1.0) for k in range(3)), *((k, 2, 1.0) for k in range(3, 6))])
    assert siap(doubled, STANDING, EVEN, 5.0).changes_per_s == pytest.approx(1 / 6)
    over = trajectories([(k, 1, 1.0) for k in range(3)] + [(k, 2, 1.0) for k in range(6)])
    found = siap(over, STANDING, EVEN, 5.0)
    assert (found.changes_per_s, found.ambiguity) == pytest.approx((0.0, 9 / 6))


def test_a_track_belongs_to_the_nearest_object_within_the_cutoff():
    truth = trajectories([(0, 0, 0.0), (0, 1, 4.0)])
    found = siap(trajectories([(0, 0, 3.0), (0, 1, 2.0), (0, 2, -6.0)]), truth, np.zeros(1), 5.0)
    assert found.tracked_k.tolist() == [2]
    assert found.assigned_k.tolist() == [2]
    assert found.position_m == pytest.approx((1.0 + 2.0) / 2)
    assert siap(trajectories([(0, 0, 3.0)]), truth, np.zeros(1), 0.5).completeness == 0.0


def test_velocity_errors_are_those_of_assigned_tracks():
    truth = trajectories([(0, 0, 0.0), (1, 0, 10.0)], np.full((2, 1), 10.0))
    est = trajectories([(0, 0, 0.0), (1, 0, 10.0), (1, 1, 99.0)], np.array([[7.0], [11.0], [500.0]]))
    assert siap(est, truth, np.arange(2.0), 5.0).velocity_mps == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("t_s", "cutoff"), [(np.arange(3.0), 5.0), (np.zeros(6), 5.0), (np.full(6, np.nan), 5.0), (EVEN, 0.0)]
)
def test_times_and_cutoffs_that_do_not_fit_are_refused(t_s, cutoff):
    with pytest.raises(UsageError):
        siap(STANDING, STANDING, t_s, cutoff)
