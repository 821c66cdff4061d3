"""The life of the general tracker's tracks: its rules, its table, its settings."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skypact.errors import UsageError
from skypact.estimate import ConstantVelocity, Sensor
from skypact.kernels.multitarget.layout import HITS, LOOKS, MISSES, N_TAGS, STATUS, TENTATIVE
from skypact.kernels.multitarget.life import CONFIRM_LOOKS, note_looks, run_life
from skypact.model.codes import TrackStatus
from skypact.track import GlobalNearestNeighbour, Life, Tracker
from skypact.track.life import CHANGES, EVENTS
from tests.multitarget.objects import bank_of

EYE = Sensor("position", sigma=5.0, dimensions=2, detection_chance=0.9, clutter_density=1e-6)


def statuses(hits, life, **settings):
    """Status of one object's track after each scan (0: no track), seen or not as `hits` says."""
    tracker = Tracker(ConstantVelocity(), GlobalNearestNeighbour(cost="likelihood"), life=life, **settings)
    found = []
    for k, hit in enumerate(hits):
        tracker.step(float(k), [[0.0, 0.0]] if hit else np.empty((0, 2)), EYE)
        held = tracker.estimates(least_status=TrackStatus.TENTATIVE).status
        found.append(int(held[0]) if len(held) else 0)
    return found


def test_hits_and_misses_lead_through_the_table():
    life = Life(confirm_hits=3, drop_misses=2, coast_misses=2, lost_misses=4)
    assert statuses([1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0], life) == [1, 1, 1, 2, 2, 3, 2, 2, 3, 3, 0]
    assert statuses([1, 1, 0, 0], life) == [1, 1, 1, 0]
    assert statuses([1], Life(confirm_hits=1)) == [2]


def test_hits_have_to_come_within_the_looks_asked_for():
    hits = [1, 0, 1, 0, 1, 1, 1]
    assert statuses(hits, Life(confirm_hits=3, drop_misses=2)) == [1, 1, 1, 1, 2, 2, 2]
    assert statuses(hits, Life(confirm_hits=3, confirm_looks=4, drop_misses=2)) == [1, 1, 1, 1, 1, 2, 2]


def test_a_score_rises_by_the_likelihood_ratio_and_falls_by_the_chance_of_a_miss():
    life = Life(rule="score", confirm_score=5.0, drop_score=-1.0, most_score=12.0)
    tracker = Tracker(ConstantVelocity(noise_m2ps3=1e-6), life=life, speed_sigma_mps=1.0)
    seen = [tracker.step(0.0, [[0.0, 0.0]], EYE), tracker.step(1.0, [[0.0, 0.0]], EYE)]
    assert [len(report) for report in seen] == [0, 1]
    variance = 25.0 + 1.0 + 25.0
    assert seen[1].score[0] == pytest.approx(math.log(0.9 / (2 * math.pi * variance) / 1e-6), rel=1e-4)
    for k in range(2, 5):
        tracker.step(float(k), [[0.0, 0.0]], EYE)
    assert tracker.estimates().score[0] == 12.0
    missed = tracker.step(5.0, np.empty((0, 2)), EYE)
    assert missed.score[0] == pytest.approx(12.0 + math.log(0.1))
    left = [len(tracker.step(float(k), np.empty((0, 2)), EYE)) for k in range(6, 12)]
    assert left == [1, 1, 1, 1, 0, 0]


def test_a_track_too_vague_to_be_of_use_is_lost():
    life = Life(confirm_hits=1, lost_misses=50, lost_sigma_m=175.0)
    found = statuses([1, *[0] * 6], life, speed_sigma_mps=50.0)
    assert found == [2, 3, 3, 3, 0, 0, 0]


def test_a_track_that_knows_nothing_is_lost_although_none_is_too_vague():
    bank = bank_of(np.zeros((3, 4)), np.tile(np.eye(4), (3, 1, 1)))
    bank.cov[1, 0, 0, 0] = np.inf
    bank.mean[2, 0, 1] = np.nan
    row_of = np.empty(3, np.int64)
    assert run_life(bank, 2, Life().pack((1.0, 1.0, 1.0)), row_of) == 2
    assert row_of.tolist() == [0, -1, -1]


def test_lost_tracks_leave_and_the_others_keep_their_order():
    rng = np.random.default_rng(0)
    bank = bank_of(rng.normal(size=(30, 4)), np.tile(np.eye(4), (30, 1, 1)))
    before = [array.copy() for array in bank]
    gone = rng.random(30) < 0.4
    bank.tags[:, MISSES] = np.where(gone, 9, 0)
    row_of = np.empty(30, np.int64)
    assert run_life(bank, 2, Life(confirm_hits=60).pack((1.0, 1.0, 1.0)), row_of) == gone.sum()
    kept = np.flatnonzero(~gone)
    assert bank.counts[0] == len(kept)
    assert row_of[kept].tolist() == list(range(len(kept)))
    assert np.all(row_of[gone] == -1)
    for now, then in zip(bank[:6], before[:6], strict=True):
        assert np.array_equal(now[: len(kept)], then[kept])
    assert np.array_equal(bank.tags[: len(kept), 0], before[6][kept, 0])


def test_looks_are_counted_where_the_track_could_have_been_seen():
    bank = bank_of(np.zeros((3, 4)), np.tile(np.eye(4), (3, 1, 1)))
    hit, chance = np.array([True, False, False]), np.array([0.0, 0.9, 0.05])
    note_looks(bank, hit, chance, np.array([2.0, -1.0, -0.1]), Life().pack((1.0, 1.0, 1.0)))
    wanted = np.zeros((3, N_TAGS), np.int64)
    wanted[:, STATUS] = TENTATIVE
    wanted[:, HITS], wanted[:, MISSES], wanted[:, LOOKS] = [1, 0, 0], [0, 1, 0], [1, 1, 0]
    assert np.array_equal(bank.tags[:, STATUS:], wanted[:, STATUS:])
    assert bank.recent.tolist() == [1, 0, 0]
    assert bank.score.tolist() == [2.0, -1.0, -0.1]


def test_the_table_says_what_happens_and_nothing_else_does():
    names = TrackStatus
    assert {(change.status, change.next) for change in CHANGES} == {
        (names.TENTATIVE, names.CONFIRMED),
        (names.TENTATIVE, names.LOST),
        (names.CONFIRMED, names.COASTING),
        (names.CONFIRMED, names.LOST),
        (names.COASTING, names.CONFIRMED),
        (names.COASTING, names.LOST),
    }
    assert {change.event for change in CHANGES} <= set(EVENTS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rule": "luck"},
        {"confirm_hits": 0},
        {"confirm_looks": 65},
        {"confirm_hits": 4, "confirm_looks": 3},
        {"drop_misses": 0},
        {"drop_score": 1.0},
        {"confirm_existence": 0.0},
        {"lost_sigma_m": math.nan},
        {"look_chance": 2.0},
    ],
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(UsageError):
        Life(**wrong)


def test_no_limit_of_looks_is_written_as_infinity():
    assert Life().pack((1.0, 1.0, 1.0))[CONFIRM_LOOKS] == math.inf


@pytest.mark.parametrize(
    "wrong",
    [
        {"association": "luck"},
        {"association": 3},
        {"form": "kf"},
        {"speed_sigma_mps": (1.0, 2.0, 3.0)},
        {"speed_sigma_mps": -1.0},
        {"late_s": -1.0},
        {"too_late": "never"},
        {"capacity": 0},
        {"life": Life(rule="existence")},
    ],
)
def test_a_tracker_refuses_what_it_cannot_be_made_of(wrong):
    with pytest.raises(UsageError):
        Tracker(ConstantVelocity(), **wrong)


def test_a_sensor_of_other_dimensions_is_refused():
    with pytest.raises(UsageError, match="dimensions"):
        Tracker(ConstantVelocity(dimensions=3)).step(0.0, [[0.0, 0.0]], EYE)
