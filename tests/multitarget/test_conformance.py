"""What every associator of the general tracker has to do, whatever its method."""

from __future__ import annotations

import numpy as np
import pytest

from skypact.errors import UsageError
from skypact.estimate import ConstantVelocity, Switching
from skypact.model.codes import TrackStatus
from skypact.track.association import registered
from skypact.track.multitarget import Tracker
from tests.multitarget.objects import Cv, Eye, crossing

EYE = Eye(sigma=(5.0, 5.0))
SHOWN = ("track_id", "status", "mean", "cov", "existence", "score", "mode_prob")
IMM = Cv(noises_m2ps3=(0.1, 1.0, 30.0))

pytestmark = pytest.mark.parametrize("name", registered())


def follow(name, scans, eye=EYE, motion=None, **settings):
    """The reports after every scan."""
    tracker = Tracker(motion or Cv(), name, speed_sigma_mps=30.0, **settings)
    return [tracker.step(float(k), z, eye) for k, z in enumerate(scans)]


def same(first, second, fields=(*SHOWN, "detection_track")):
    return all(np.array_equal(getattr(first, field), getattr(second, field)) for field in fields)


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


def test_measurements_without_error_are_refused_and_with_hardly_any_are_tracked(name):
    """Of objects whose motion has noise or none."""
    truth, _ = crossing()
    with pytest.raises(UsageError, match="not positive"):
        follow(name, truth, eye=Eye(sigma=(0.0, 0.0)))
    for noise in (0.0, 1.0):
        reports = follow(name, truth, eye=Eye(sigma=(1e-3, 1e-3)), motion=Cv(noises_m2ps3=(noise,)))
        assert len(reports[-1]) == 2
        assert missed(reports[-1], truth[-1], 0.01) == 0


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
    orders = [rng.permutation(len(z)) for z in scans]
    mixed = [z[order] for z, order in zip(scans, orders, strict=True)]
    for first, second, order in zip(
        follow(name, scans, motion=motion), follow(name, mixed, motion=motion), orders, strict=True
    ):
        assert same(first, second, SHOWN)
        assert np.array_equal(first.detection_track[order], second.detection_track)


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


def test_late_scans_of_two_sensors_with_own_instants_and_chances_give_what_scans_in_order_give(name):
    """Three scans of every instant: they keep the order in which they came."""
    _, scans = crossing(scans=24, chance=0.9, clutter=3)
    other = Eye(sigma=(8.0, 3.0), detection_chance=0.7)

    def give(tracker, k):
        t_s, z = float(k // 3), scans[k]
        return tracker.step(
            t_s, z, (EYE, other)[k % 2], at_s=t_s - 0.1 * np.arange(len(z)) if k % 4 == 0 else None,
            sees=(lambda mean: np.where(mean[:, 0] > 0.0, 0.8, 0.3)) if k % 3 == 0 else None,
        )  # fmt: skip

    late = Tracker(Cv(), name, speed_sigma_mps=30.0, late_s=3.0)
    prompt = Tracker(Cv(), name, speed_sigma_mps=30.0)
    order = [0, 1, 2, 6, 3, 7, 4, 8, 5, 9, 10, 15, 11, 12, 13, 16, 14, 17, 18, 21, 22, 19, 20, 23]
    for k, turn in enumerate(order):
        give(late, turn)
        give(prompt, k)
    assert same(prompt.estimates(), late.estimates())
    every = [tracker.estimates(least_status=TrackStatus.TENTATIVE) for tracker in (prompt, late)]
    assert same(*every)
    assert len(every[0]) > 2


def test_a_refused_scan_new_or_late_is_as_if_it_had_never_been_tried(name):
    _, scans = crossing(scans=12, chance=0.9, clutter=3)

    def too_much(mean):
        return np.full(len(mean), 2.0)

    def run(refused):
        tracker = Tracker(Cv(), name, speed_sigma_mps=30.0, late_s=5.0)
        for k in range(8):
            tracker.step(float(k), scans[k], EYE)
        if refused:
            before = tracker.estimates(least_status=TrackStatus.TENTATIVE)
            for t_s in (8.0, 3.5):
                with pytest.raises(UsageError, match=r"2\.0 for row 0"):
                    tracker.step(t_s, scans[8], EYE, sees=too_much)
                assert tracker.now_s == 7.0
                assert same(before, tracker.estimates(least_status=TrackStatus.TENTATIVE))
            with pytest.raises(ZeroDivisionError):
                tracker.step(4.5, scans[8], EYE, sees=lambda _: [1 // 0])
        tracker.step(9.0, scans[9], EYE)
        tracker.step(6.5, scans[10], EYE)
        return tracker.step(10.0, scans[11], EYE), tracker.estimates(least_status=TrackStatus.TENTATIVE)

    for clean, tried in zip(run(False), run(True), strict=True):
        assert same(clean, tried)


def test_pure_clutter_in_the_first_scan_is_not_reported(name):
    z = np.random.default_rng(4).uniform(-1000.0, 1000.0, (60, 2))
    tracker = Tracker(Cv(), name, speed_sigma_mps=30.0)
    assert len(tracker.step(0.0, z, Eye(sigma=(5.0, 5.0), clutter_density=60 / 4e6))) == 0


def test_every_detection_says_which_track_it_updated_or_began(name):
    """Whatever the order given; of clutter it is no confirmed track."""
    truth, _ = crossing(scans=25)
    rng = np.random.default_rng(6)
    tracker, other = (Tracker(Cv(), name, speed_sigma_mps=30.0) for _ in range(2))
    for k, where in enumerate(truth):
        z = np.concatenate([where + rng.normal(0.0, 5.0, (2, 2)), rng.uniform(2e3, 2e4, (9, 2))])
        shuffled = rng.permutation(len(z))
        plain = other.step(float(k), z, EYE).detection_track
        report = tracker.step(float(k), z[shuffled], EYE)
        assert np.array_equal(report.detection_track, plain[shuffled])
        if k >= 5 and abs(k - 12) > 2:  # they cross at 12
            near = np.linalg.norm(report.pos_m[:, None] - z[None, :2], axis=2).argmin(axis=0)
            assert np.array_equal(plain[:2], report.track_id[near])
            assert not np.isin(plain[2:], report.track_id).any()
    for asked in (tracker.estimates(t_s=40.0), tracker.estimates(least_status=TrackStatus.TENTATIVE)):
        assert np.array_equal(asked.detection_track, report.detection_track)
    assert tracker.step(25.0, np.empty((0, 2)), EYE).detection_track.shape == (0,)


def test_a_late_scan_says_which_tracks_its_own_detections_updated(name):
    truth, scans = crossing(scans=12)
    tracker = Tracker(Cv(), name, speed_sigma_mps=30.0, late_s=3.0)
    for k in (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11):
        tracker.step(float(k), scans[k], EYE)
    report = tracker.step(9.0, truth[9], EYE)
    near = np.linalg.norm(report.pos_m[:, None] - truth[None, 11], axis=2).argmin(axis=0)
    assert np.array_equal(report.detection_track, report.track_id[near])


def test_equal_detections_with_unequal_noise_may_come_in_any_order(name):
    noise = np.array([np.eye(2), 400.0 * np.eye(2), 25.0 * np.eye(2)])

    def run(order):
        tracker = Tracker(Cv(), name, speed_sigma_mps=30.0)
        for k in range(6):
            eye = Eye(sigma=(5.0, 5.0), noise=noise[order])
            tracker.step(float(k), np.zeros((3, 2)), eye)
        return tracker.estimates(least_status=TrackStatus.TENTATIVE)

    first, second = run([0, 1, 2]), run([2, 0, 1])
    assert np.array_equal(first.cov, second.cov)
    assert np.array_equal(first.existence, second.existence)
    assert np.array_equal(first.detection_track, second.detection_track[[1, 2, 0]])


def test_a_scan_that_is_changed_after_it_was_taken_in_changes_nothing(name):
    _, scans = crossing(scans=10)

    def run(spoiled):
        tracker = Tracker(Cv(), name, speed_sigma_mps=30.0, late_s=5.0)
        for k in (0, 1, 2, 3, 4, 6, 7):
            scan = EYE.scan(float(k), scans[k])
            tracker.step(float(k), scan, EYE)
            if spoiled:
                for column in (scan.z, scan.noise, scan.sensor, scan.t_s, scan.place, scan.clutter):
                    column[:] = 77.0
        return tracker.step(5.0, scans[5], EYE)

    assert same(run(False), run(True))


def test_instants_out_of_reach_are_refused_and_those_of_a_revolution_are_not(name):
    _, scans = crossing(scans=4)
    tracker = Tracker(Cv(), name, speed_sigma_mps=30.0)
    tracker.step(1000.0, scans[0], EYE, at_s=[900.0, 1000.0])
    before = tracker.estimates(least_status=TrackStatus.TENTATIVE)
    for at_s in ([1012.0, 1012.1], [1012.0, np.nan], [951.0, 1012.0]):
        with pytest.raises(UsageError):
            tracker.step(1012.0, scans[1], EYE, at_s=at_s)
    with pytest.raises(UsageError, match="at_s with a scan"):
        tracker.step(1012.0, EYE.scan(1012.0, scans[1]), EYE, at_s=[1012.0, 1012.0])
    with pytest.raises(UsageError, match="1013"):
        tracker.step(1012.0, EYE.scan(1013.0, scans[1]), EYE)
    assert same(before, tracker.estimates(least_status=TrackStatus.TENTATIVE))
    tracker.step(1012.0, scans[1], EYE, at_s=[1000.0, 1012.0])
    tracker.step(1013.0, scans[2], EYE, at_s=[1001.0, 1013.0])  # another radar's revolution
    tracker.step(1313.0, scans[2], EYE, at_s=[1013.0, 1313.0])  # a slow one's


def test_fixed_chances_of_switching_and_instants_of_their_own_do_not_go_together(name):
    moves = Switching(
        [ConstantVelocity(), ConstantVelocity(noise_m2ps3=9.0)], chance=[[0.9, 0.1], [0.1, 0.9]]
    )
    tracker = Tracker(moves, name)
    tracker.step(0.0, [[0.0, 0.0]], EYE, at_s=[0.0])
    with pytest.raises(UsageError, match="rates_per_s"):
        tracker.step(1.0, [[0.0, 0.0]], EYE, at_s=[0.5])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"kind": 9}, "kind 9"),
        ({"sensor": np.zeros(3)}, "sensor"),
        ({"t_s": np.zeros(3)}, "t_s|place"),
        ({"t_s": np.array([0.0, np.nan])}, "t_s is not finite"),
        ({"z": np.zeros((2, 3))}, "z is of shape"),
        ({"z": np.full((2, 2), np.inf)}, "z is not finite"),
        ({"noise": np.zeros((3, 2, 2))}, "noise is of shape"),
        ({"noise": np.zeros((1, 2, 2))}, "not positive"),
        ({"z": np.zeros((2, 2), np.float32)}, "z is of float32"),
        ({"place": np.zeros((2, 3))}, "3 dimensions"),
        ({"place": np.zeros((1, 2))}, "place is of shape"),
        ({"clutter": np.array([-1.0, 0.0])}, "negative"),
        ({"clutter": np.array([np.nan, 0.0])}, "clutter is not finite"),
    ],
)
def test_a_scan_made_by_hand_that_does_not_fit_is_refused(name, change, word):
    tracker = Tracker(Cv(), name)
    scan = EYE.scan(0.0, [[0.0, 0.0], [50.0, 0.0]])
    with pytest.raises(UsageError, match=word):
        tracker.step(0.0, scan._replace(**change), EYE)
    tracker.step(0.0, scan, EYE)
    assert len(tracker.estimates(least_status=TrackStatus.TENTATIVE)) == 2


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
    tracker = Tracker(Cv(), name, capacity=1)
    assert tracker.dropped_full == 0
    tracker.step(0.0, [[0.0, 0.0], [500.0, 0.0], [900.0, 0.0]], EYE)
    assert tracker.dropped_full == 2
    assert len(tracker.estimates(least_status=TrackStatus.TENTATIVE)) == 1
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
