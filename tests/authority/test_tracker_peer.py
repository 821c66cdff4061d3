"""The general tracker with the logic of Stone Soup 1.9.1 gives its tracks: values measured with that program.

`benchmarks/peer/stone_soup.py` is the program; `make bench` runs both again and compares them scan by scan.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import scenario
from skypact.kernels.multitarget.layout import POSITION, RANGE_BEARING_ELEVATION
from skypact.track import Life, Tracker
from tests.multitarget.objects import Cv, Eye

DEFAULT = Life(confirm_hits=3, drop_misses=2, lost_misses=4)
TUNED = Life()


def run(world, life, form="ekf"):
    """GOSPA of the tracks held after each scan."""
    d = world.pos_m.shape[2]
    kind = POSITION if world.kind == "cart2d" else RANGE_BEARING_ELEVATION
    eye = Eye(kind, world.sigma, d, clutter_density=world.clutter_density)
    tracker = Tracker(
        Cv(d, (world.noise_m2ps3,)), "gnn", life=life, form=form, speed_sigma_mps=world.speed_sigma_mps
    )
    found = []
    for k, z in enumerate(world.scans):
        held = tracker.step(k * world.dt_s, z, eye)
        found.append(scenario.gospa(held.pos_m, world.pos_m[k], world.cut_m))
    return np.mean(found), np.mean(found[10:])


PEER_CART2D = {
    "default": (DEFAULT, [(114.255, 106.817), (108.454, 99.071), (108.324, 100.619)], (110.3, 102.2)),
    "tuned": (TUNED, [(86.706, 74.166), (83.490, 68.611), (84.872, 70.734)], (85.0, 71.2)),
}


@pytest.mark.parametrize("logic", PEER_CART2D)
def test_fifty_targets_in_the_plane_are_tracked_as_by_the_peer(logic):
    life, by_seed, published = PEER_CART2D[logic]
    found = [run(scenario.cart2d(50, seed=seed), life) for seed in range(3)]
    assert np.allclose(found, by_seed, atol=5e-4)
    assert np.array_equal(np.round(np.mean(found, axis=0), 1), published)


PEER_RADAR3D = {0: ((425.752, 321.103), (425.749, 321.099)), 1: ((416.635, 281.187), (416.630, 281.183))}
"""By seed: with the derivative of the measurement in closed form, and as the peer is, by finite differences."""


@pytest.mark.parametrize("seed", PEER_RADAR3D)
def test_fifty_targets_of_a_radar_are_tracked_as_by_the_peer(seed):
    exact, rounded = PEER_RADAR3D[seed]
    found = run(scenario.radar3d(50, seed=seed), DEFAULT)
    assert np.allclose(found, exact, atol=5e-4)
    assert np.allclose(found, rounded, atol=6e-3)


def test_the_other_filter_forms_track_a_radars_targets_as_well():
    world = scenario.radar3d(50, steps=25)
    reference = run(world, DEFAULT)
    for form in ("ukf", "ckf"):
        assert np.allclose(run(world, DEFAULT, form), reference, rtol=0.02)
