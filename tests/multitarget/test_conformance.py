"""What every associator of the general tracker has to do, whatever its method."""

from __future__ import annotations

import numpy as np
import pytest

from skypact.errors import UsageError
from skypact.model.codes import TrackStatus
from skypact.track.association import registered
from skypact.track.multitarget import Tracker
from tests.multitarget.objects import Cv, Eye, crossing

EYE = Eye(sigma=(5.0, 5.0))
IMM = Cv(noises_m2ps3=(0.1, 1.0, 30.0))

pytestmark = pytest.mark.parametrize("name", registered())


def follow(name, scans, eye=EYE, motion=None, **settings):
    """The reports after every scan."""
    tracker = Tracker(motion or Cv(), name, speed_sigma_mps=30.0, **settings)
    return [tracker.step(float(k), z, eye) for k, z in enumerate(scans)]


def same(first, second):
    return all(
        np.array_equal(getattr(first, field), getattr(second, field))
        for field in ("track_id", "status", "mean", "cov", "existence", "score", "mode_prob")
    )


def missed(report, truth, within_m):
    """How many objects no report is near to."""
    apart = np.linalg.norm(report.pos_m[:, None] - truth[None], axis=2)
    return int((apart.min(axis=0, initial=np.inf) > within_m).sum())


@pytest.mark.parametrize("motion", [Cv(), IMM], ids=["one model", "three models"])
def test_a_clean_crossing_gives_two_tracks_that_keep_to_their_objects(name, motion):
    truth, scans = crossing()
    reports = follow(name, scans, motion=motion)
    assert [len(report) for report in reports[5:]] == [2] * 20
    for report, where in zip(reports[5:], truth[5:], strict=True):
        assert missed(report, where, 20.0) == 0
    first = {tuple(report.track_id) for report in reports[5:]}
    assert len(first) == 1
    ends = [reports[k].pos_m[np.argsort(reports[k].track_id)] for k in (5, -1)]
    for k, end in zip((5, -1), ends, strict=True):
        assert np.linalg.norm(end - truth[k], axis=1).max() < 20.0 or (
            np.linalg.norm(end[::-1] - truth[k], axis=1).max() < 20.0
        )
    kept = [np.argmin(np.linalg.norm(ends[i][0] - truth[k], axis=1)) for i, k in enumerate((5, -1))]
    assert kept[0] == kept[1]
    assert np.allclose(reports[-1].vel_mps[:, 0], 20.0, atol=5.0)


def test_missed_detections_and_clutter_cost_few_objects_and_few_false_tracks(name):
    truth, scans = crossing(scans=60, chance=0.85, clutter=4, seed=3)
    reports = follow(name, scans)
    lost = sum(missed(report, where, 40.0) for report, where in zip(reports[8:], truth[8:], strict=True))
    extra = sum(max(len(report) - 2, 0) for report in reports[8:])
    assert lost <= 12
    assert extra <= 30


def test_empty_scans_give_nothing_and_end_tracks(name):
    assert all(len(report) == 0 for report in follow(name, [np.empty((0, 2))] * 3))
    _, scans = crossing(scans=8)
    reports = follow(name, [*scans, *[np.empty((0, 2))] * 30])
    assert len(reports[7]) == 2
    assert len(reports[-1]) == 0


def test_clutter_alone_is_not_believed(name):
    rng = np.random.default_rng(5)
    scans = [rng.uniform(-1000.0, 1000.0, (4, 2)) for _ in range(40)]
    assert np.mean([len(report) for report in follow(name, scans)]) < 0.5


def test_duplicate_detections_break_nothing(name):
    truth, scans = crossing()
    reports = follow(name, [np.repeat(z, 2, axis=0) for z in scans])
    assert missed(reports[-1], truth[-1], 20.0) == 0
    assert np.all(np.isfinite(reports[-1].cov))


def test_what_is_not_a_number_is_refused_and_changes_nothing(name):
    _, scans = crossing()
    tracker = Tracker(Cv(), name, speed_sigma_mps=30.0)
    for k in range(5):
        tracker.step(float(k), scans[k], EYE)
    before = tracker.estimates()
    for z in ([[np.nan, 0.0]], [[0.0, np.inf]]):
        with pytest.raises(UsageError):
            tracker.step(5.0, z, EYE)
    with pytest.raises(UsageError):
        tracker.step(np.nan, scans[5], EYE)
    with pytest.raises(UsageError):
        tracker.step(5.0, scans[5], EYE, sees=lambda mean: np.full(len(mean), 2.0))
    assert same(before, tracker.estimates())


def test_measurements_without_error_and_states_without_noise_break_nothing(name):
    truth, _ = crossing()
    for noise in (0.0, 1.0):
        reports = follow(name, truth, eye=Eye(sigma=(0.0, 0.0)), motion=Cv(noises_m2ps3=(noise,)))
        assert all(np.all(np.isfinite(report.mean)) for report in reports)


def test_huge_numbers_break_nothing(name):
    rng = np.random.default_rng(7)
    scans = [
        np.array([[1e200, -1e200], [1e15, 1e15], [0.0, 0.0]]) + rng.normal(0, 5, (3, 2)) for _ in range(8)
    ]
    reports = follow(name, scans)
    assert np.abs(reports[-1].pos_m).max(axis=1).min(initial=np.inf) < 20.0


@pytest.mark.parametrize("motion", [Cv(), IMM], ids=["one model", "three models"])
def test_the_order_of_detections_changes_nothing(name, motion):
    _, scans = crossing(chance=0.9, clutter=5)
    rng = np.random.default_rng(1)
    mixed = [z[rng.permutation(len(z))] for z in scans]
    for first, second in zip(
        follow(name, scans, motion=motion), follow(name, mixed, motion=motion), strict=True
    ):
        assert same(first, second)


def test_shifting_the_world_moves_the_tracks_with_it(name):
    _, scans = crossing(chance=0.9, clutter=3)
    shift = np.array([4096.0, -8192.0])
    for here, there in zip(follow(name, scans), follow(name, [z + shift for z in scans]), strict=True):
        assert np.array_equal(here.track_id, there.track_id)
        assert np.allclose(here.pos_m + shift, there.pos_m, atol=1e-5)
        assert np.allclose(here.vel_mps, there.vel_mps, atol=1e-5)


def test_the_same_scans_give_the_same_tracks_bit_by_bit(name):
    _, scans = crossing(chance=0.8, clutter=5)
    for first, second in zip(follow(name, scans), follow(name, scans), strict=True):
        assert same(first, second)


def test_an_object_behind_a_mountain_is_not_lost(name):
    truth, scans = crossing(scans=30)
    hidden = range(10, 18)
    scans = [np.empty((0, 2)) if k in hidden else z for k, z in enumerate(scans)]

    def run(sees):
        tracker = Tracker(Cv(), name, speed_sigma_mps=30.0)
        return [tracker.step(float(k), z, EYE, sees=sees(k)) for k, z in enumerate(scans)]

    covered = run(lambda k: lambda mean: np.full(len(mean), 0.0 if k in hidden else 0.9))
    blind = run(lambda k: None)
    assert set(covered[-1].track_id) == set(covered[9].track_id)
    assert missed(covered[17], truth[17], 150.0) == 0
    assert len(blind[17]) == 0


@pytest.mark.parametrize("motion", [Cv(), IMM], ids=["one model", "three models"])
def test_scans_that_come_late_give_what_scans_in_order_give_bit_by_bit(name, motion):
    _, scans = crossing(scans=20, chance=0.9, clutter=3)
    order = [0, 1, 2, 5, 3, 4, 6, 9, 8, 7, 10, 11, 13, 12, 14, 15, 17, 18, 16, 19]
    late = Tracker(motion, name, speed_sigma_mps=30.0, late_s=2.5)
    prompt = Tracker(motion, name, speed_sigma_mps=30.0)
    for k, turn in enumerate(order):
        report = late.step(float(turn), scans[turn], EYE)
        prompt.step(float(k), scans[k], EYE)
    assert report.t_s == 19.0
    assert same(prompt.estimates(), report)
    every = [tracker.estimates(least_status=TrackStatus.TENTATIVE) for tracker in (prompt, late)]
    assert same(*every)
    assert len(every[0]) > len(report)


def test_scans_that_come_too_late_are_refused_or_counted(name):
    _, scans = crossing(scans=6)
    for late_s in (0.0, 1.0):
        tracker = Tracker(Cv(), name, speed_sigma_mps=30.0, late_s=late_s)
        for k in range(5):
            tracker.step(float(k), scans[k], EYE)
        before = tracker.estimates()
        with pytest.raises(UsageError, match="after one at"):
            tracker.step(2.5, scans[5], EYE)
        assert same(before, tracker.estimates())
    counting = Tracker(Cv(), name, late_s=1.0, too_late="count")
    counting.step(10.0, scans[0], EYE)
    counting.step(8.0, scans[1], EYE)
    assert counting.refused_late == 1


def test_detections_at_their_own_instants_are_compared_there(name):
    truth, _ = crossing(scans=20)
    rng = np.random.default_rng(2)
    tracker = Tracker(Cv(noises_m2ps3=(0.1,)), name, speed_sigma_mps=30.0)
    speed = truth[1] - truth[0]
    for k in range(20):
        at_s = k - rng.uniform(0.0, 1.0, 2)
        z = truth[0] + speed * at_s[:, None] + rng.normal(0.0, 5.0, (2, 2))
        report = tracker.step(float(k), z, EYE, at_s=at_s)
    assert len(report) == 2
    assert report.t_s == 19.0
    assert missed(report, truth[-1], 12.0) == 0


def test_a_full_bank_gives_new_tracks_up_and_goes_on(name):
    truth, scans = crossing(scans=12)
    reports = follow(name, scans, capacity=1)
    assert all(len(report) <= 1 for report in reports)
    assert np.linalg.norm(reports[-1].pos_m - truth[-1], axis=1).min() < 20.0


def test_only_tracks_of_the_asked_status_are_reported(name):
    _, scans = crossing(scans=8)
    tracker = Tracker(Cv(), name, speed_sigma_mps=30.0)
    tracker.step(0.0, scans[0], EYE)
    assert len(tracker.estimates(least_status=TrackStatus.TENTATIVE)) >= len(tracker.estimates())
    for k in range(1, 8):
        report = tracker.step(float(k), scans[k], EYE)
    assert set(report.status) <= {TrackStatus.CONFIRMED, TrackStatus.COASTING}
    ahead = tracker.estimates(t_s=10.0)
    assert np.allclose(ahead.pos_m, report.pos_m + 3.0 * report.vel_mps, atol=1e-6)
