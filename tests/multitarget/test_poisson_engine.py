"""The Poisson multi-Bernoulli associator beyond one scan: what nobody has detected, and what it is told."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import ArrayLike

from skypact.errors import UsageError
from skypact.kernels.multitarget.layout import TRACK_ID
from skypact.kernels.multitarget.reduction import leaf_weights
from skypact.model.codes import TrackStatus
from skypact.track import JointIntegrated, PoissonMultiBernoulli, PoissonMultiBernoulliMixture, Tracker
from skypact.track.association import Setup
from skypact.track.life import Life
from skypact.track.mixture import MixtureEngine
from skypact.track.poisson import PoissonEngine
from tests.multitarget.objects import Cv, Eye

SIDE_M, CLUTTER = 1000.0, 2e-5
EYE = Eye(sigma=(10.0, 10.0), clutter_density=CLUTTER)


def engine_of(settings) -> PoissonEngine:
    engine = settings.engine(Setup(Cv().pack(), 0, Life(), (10.0, 10.0, 10.0), 1000))
    assert isinstance(engine, PoissonEngine)
    return engine


def watch_clutter(settings, scans, seed=0):
    """The engine after scans of nothing but clutter."""
    random, engine = np.random.default_rng(seed), engine_of(settings)
    for k in range(scans):
        z = random.uniform(0.0, SIDE_M, (random.poisson(CLUTTER * SIDE_M**2), 2))
        engine.advance(float(k), EYE.scan(float(k), z), np.full(engine.tracks, 0.9), 0.9)
    return engine


def test_the_undetected_settle_where_as_many_are_detected_as_appear():
    """Without recycling: density after a look = (1 - p) (survivors + births)."""
    settings = PoissonMultiBernoulli(density=1e-4, lifetime_s=50.0, drop_existence=0.0)
    engine = watch_clutter(settings, 30)
    left, births = math.exp(-1.0 / 50.0), 1e-4 * (1.0 - math.exp(-1.0 / 50.0))
    assert engine.unseen == pytest.approx(0.1 * births / (1.0 - 0.1 * left), rel=1e-6)


@pytest.mark.parametrize("density", [1e-6, None])
def test_detections_too_faint_to_begin_a_track_are_not_forgotten(density):
    """Births so rare that no detection begins a track: as they are put back, one in time does."""
    settings = PoissonMultiBernoulli(density=density, lifetime_s=1e4, drop_existence=0.01)
    engine = watch_clutter(settings, 60)
    expected = engine.unseen * (CLUTTER if density is None else 0.9)
    bare = (1e-6 if density is not None else CLUTTER) / 1e4
    assert expected / CLUTTER > 20.0 * bare / CLUTTER
    assert expected / CLUTTER < 0.05


def test_a_first_scan_without_a_stated_density_is_believed_by_half():
    engine = engine_of(PoissonMultiBernoulli())
    engine.advance(0.0, EYE.scan(0.0, [[100.0, 100.0], [700.0, 700.0]]), np.empty(0), 0.9)
    assert engine.bank.existence[:2] == pytest.approx([0.5, 0.5])
    assert list(engine.owner) == [1, 2]


@pytest.mark.parametrize("density", [2e-5, None])
@pytest.mark.parametrize("settings", [PoissonMultiBernoulli, PoissonMultiBernoulliMixture])
def test_where_scans_cover_little_of_all_space_the_undetected_stay(settings, density):
    """A thousandth of space looked at twenty times: a look elsewhere still finds something new."""

    def looked(unseen_chance):
        tracker = Tracker(Cv(), settings(density=density, unseen_chance=unseen_chance), speed_sigma_mps=10.0)
        for k in range(20):
            tracker.step(float(k), np.empty((0, 2)), EYE)
        tracker.step(20.0, [[1e6, 0.0]], EYE)
        return tracker.estimates(least_status=TrackStatus.TENTATIVE).existence

    first = Tracker(Cv(), settings(density=density, unseen_chance=9e-4), speed_sigma_mps=10.0)
    first.step(0.0, [[1e6, 0.0]], EYE)
    wanted = first.estimates(least_status=TrackStatus.TENTATIVE).existence
    assert looked(9e-4) == pytest.approx(wanted, rel=0.03)
    assert looked(None).max(initial=0.0) < 0.01 * wanted[0]


@pytest.mark.parametrize(
    ("settings", "left"),
    [(PoissonMultiBernoulli, 0.5), (JointIntegrated, 0.5), (PoissonMultiBernoulliMixture, 0.5)],
)
def test_a_track_predicted_far_ahead_exists_less_likely(settings, left):
    tracker = Tracker(Cv(), settings(lifetime_s=100.0), speed_sigma_mps=10.0)
    for k in range(8):
        now = tracker.step(float(k), [[0.0, 0.0], [700.0, 0.0]], EYE)
    assert len(now) == 2
    later = tracker.estimates(t_s=7.0 + 100.0 * math.log(2.0))
    assert later.existence == pytest.approx(left * now.existence)
    assert np.array_equal(tracker.estimates(t_s=3.0).existence, now.existence)
    assert np.array_equal(later.status, now.status)


def test_a_track_of_the_heaviest_hypothesis_is_told_with_its_existence_over_all():
    """Four rival explanations of two places: within the heaviest its track is sure, over all it is not."""
    eye = Eye(sigma=(10.0, 10.0), clutter_density=1e-4)
    tracker = Tracker(Cv(), PoissonMultiBernoulliMixture(), speed_sigma_mps=10.0)
    scans: list[ArrayLike] = [[[0.0, 0.0]], [[30.0, 0.0]], [[20.0, 10.0]], np.empty((0, 2))]
    for k, z in enumerate(scans):
        tracker.step(float(k), z, eye)
        engine = tracker._engine
        assert isinstance(engine, MixtureEngine)
        leaves = engine.mixture.leaves
        weight = leaf_weights(engine.mixture.held, len(leaves.t_s)) * leaves.existence
        shown = tracker.estimates(least_status=TrackStatus.TENTATIVE)
        for number, existence in zip(shown.track_id, shown.existence, strict=True):
            of_track = leaves.tags[:, TRACK_ID] == number
            assert existence == pytest.approx(weight[of_track].sum(), rel=1e-12)
        assert len(shown) > 0


def test_without_false_detections_every_detection_is_of_an_object():
    clean = Eye(sigma=(10.0, 10.0), clutter_density=0.0)
    tracker = Tracker(Cv(), PoissonMultiBernoulli(), speed_sigma_mps=10.0)
    assert len(tracker.step(0.0, [[0.0, 0.0], [500.0, 0.0]], clean)) == 2


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        (PoissonMultiBernoulli, {"density": 0.0}),
        (PoissonMultiBernoulli, {"density": math.nan}),
        (PoissonMultiBernoulli, {"births_per_s": 1e-9}),
        (PoissonMultiBernoulli, {"density": 1e-6, "births_per_s": -1.0}),
        (PoissonMultiBernoulli, {"unseen_chance": 1.5}),
        (PoissonMultiBernoulli, {"gate_sigmas": -1.0}),
        (PoissonMultiBernoulli, {"lifetime_s": 0.0}),
        (PoissonMultiBernoulli, {"report_existence": 1.0}),
        (PoissonMultiBernoulli, {"cutoff_m": math.inf}),
        (PoissonMultiBernoulli, {"shared": 99}),
        (PoissonMultiBernoulli, {"tolerance": 0.0}),
        (JointIntegrated, {"start_existence": 1.0}),
        (JointIntegrated, {"drop_existence": 0.6}),
    ],
)
def test_settings_outside_their_range_are_refused(settings, wrong):
    with pytest.raises(UsageError) as caught:
        settings(**wrong)
    assert settings.__name__ in str(caught.value)


def test_a_snapshot_of_something_else_is_refused():
    with pytest.raises(UsageError):
        engine_of(PoissonMultiBernoulli()).restore("nothing")
