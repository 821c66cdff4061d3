"""The Poisson multi-Bernoulli associator beyond one scan: what nobody has detected, and what it is told."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skypact.errors import UsageError
from skypact.track import JointIntegrated, PoissonMultiBernoulli, Tracker
from skypact.track.association import Setup
from skypact.track.life import Life
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
