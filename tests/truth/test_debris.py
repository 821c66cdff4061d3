"""Debris after a kill: thrown about, slowed, fallen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.earth.frame import ecef_from_geodetic, geodetic_from_ecef
from skypact.kernels.frame import rot_enu_from_ecef
from skypact.kernels.random import run_key
from skypact.model.codes import ObjectClass
from skypact.truth import debris_truth
from tests.truth import world

K0, K1 = run_key(3, 0)


def killed(height_m, enu_mps, n=1, lat=27.0, lon=50.5):
    """Positions and velocities of n objects killed at one place."""
    rot = np.array(rot_enu_from_ecef(np.radians(lat), np.radians(lon))).reshape(3, 3)
    pos = np.asarray(ecef_from_geodetic(np.radians(lat), np.radians(lon), height_m))
    return np.tile(pos, (n, 1)), np.tile(np.array(enu_mps) @ rot, (n, 1))


def fall(height_m, enu_mps, n=1, t_s=100.25, **kwargs):
    keys = np.arange(500, 500 + n, dtype=np.uint32)
    pos, vel = killed(height_m, enu_mps, n)
    return debris_truth(pos, vel, np.full(n, t_s), keys, K0, K1, **kwargs)


@settings(max_examples=20)
@given(st.floats(50, 120e3), st.floats(-2500, 2500), st.floats(-2500, 500), st.floats(-50, 5000))
def test_every_piece_comes_down(height, east, up, t_s):
    truth = fall(height, [east, 0.0, up], n=3, t_s=t_s)
    assert (truth.end_s >= truth.launch_s).all()
    assert (truth.launch_s == np.ceil(t_s)).all()
    _, _, end_height = geodetic_from_ecef(truth.end_ecef_m)
    assert end_height == pytest.approx(0.0, abs=2.0)
    assert (truth.first_s + np.diff(truth.offset) - 1 >= truth.end_s).all()
    assert np.isfinite(truth.state).all()


def test_pieces_are_spread_and_slower_and_end_at_terminal_speed():
    truth = fall(12e3, [300.0, -800.0, -600.0], n=40, t_s=10.0)
    start = truth.state[truth.offset[:-1]]
    assert np.linalg.norm(start[:, 3:], axis=1).mean() == pytest.approx(0.7 * 1044.0, rel=0.1)
    lat, lon, _ = geodetic_from_ecef(truth.end_ecef_m)
    assert np.std(lat) * 6.4e6 > 100.0
    assert np.std(lon) * 5.7e6 > 100.0
    speed = np.linalg.norm(truth.state[truth.offset[1:] - 1, 3:], axis=1)
    assert (speed > 25.0).all()
    assert (speed < 62.0).all()
    assert (truth.object_class == ObjectClass.DEBRIS).all()
    assert (truth.end_s > 100.0).all()


def test_a_piece_depends_on_its_own_key_alone():
    whole = fall(20e3, [0.0, 500.0, -900.0], n=5)
    keys = np.array([503], dtype=np.uint32)
    pos, vel = killed(20e3, [0.0, 500.0, -900.0])
    alone = debris_truth(pos, vel, np.array([100.25]), keys, K0, K1)
    assert alone.state.tobytes() == whole.state[whole.offset[3] : whole.offset[4]].tobytes()
    assert alone.end_s[0] == whole.end_s[3]
    assert len(set(whole.end_s)) == 5


def test_the_ground_may_be_high():
    lat, lon = 28.0, 54.4
    ground = world.hills()
    here = float(ground.height_m(np.radians(lat), np.radians(lon)))
    pos, vel = killed(here + 3000.0, [50.0, 0.0, -100.0], lat=lat, lon=lon)
    truth = debris_truth(pos, vel, np.array([0.0]), np.array([1], dtype=np.uint32), K0, K1, terrain=ground)
    end_lat, end_lon, end_height = geodetic_from_ecef(truth.end_ecef_m)
    assert here > 300.0
    assert end_height == pytest.approx(ground.height_m(end_lat, end_lon), abs=1.0)


def test_what_comes_down_within_the_second_of_its_kill_ends_on_the_ground_at_the_next():
    truth = fall(20.0, [0.0, 0.0, -900.0], n=3, t_s=100.25)
    assert truth.end_s.tolist() == truth.launch_s.tolist() == [101.0] * 3
    assert np.diff(truth.offset).tolist() == [1, 1, 1]
    _, _, height = geodetic_from_ecef(truth.state[:, :3])
    assert height == pytest.approx(0.0, abs=0.05)
    assert (truth.state[:, :3] == truth.end_ecef_m).all()


def test_what_never_comes_down_leaves_after_an_hour():
    truth = fall(200e3, [0.0, 0.0, 16e3], t_s=0.0)
    assert truth.end_s[0] == 3599.0


def test_nothing_killed_is_no_debris():
    nothing = np.empty((0, 3))
    truth = debris_truth(nothing, nothing, np.empty(0), np.empty(0, dtype=np.uint32), K0, K1)
    assert len(truth.key) == 0
    assert truth.offset.tolist() == [0]
