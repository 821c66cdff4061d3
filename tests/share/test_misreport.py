"""Misreporting members: what they post is wrong as scripted, what they hold is not, and the lie is plausible."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from skypact.earth.frame import destination, distance_bearing, ecef_from_geodetic, geodetic_from_ecef
from skypact.kernels.random import run_key
from skypact.model.codes import HOSTILE_CLASSES, ObjectClass, TrackStatus
from skypact.model.link import Links, Misreport
from skypact.model.scenario import Region
from skypact.model.track import Tracks
from skypact.share import misreport_table, misreported
from skypact.share.misreport import GHOST_FLIGHT_S, GHOST_TRACK
from tests.share.world import tracks_at

S = 10**9
NATIONS = ("AAA", "BBB")
REGION = Region(math.radians(22), math.radians(32), math.radians(44), math.radians(58))
K0, K1 = run_key(2, 3)


def _posted(tracks: Tracks, nation: int = 1, keys=(K0, K1), **lie) -> Tracks:
    times = {"from_s": 0.0, "until_s": 3_600.0, **{k: lie.pop(k) for k in ("from_s", "until_s") if k in lie}}
    table = misreport_table(
        Links(misreports=(Misreport("BBB", basis="assumption: a test", **times, **lie),)), NATIONS
    )
    return misreported(table, nation, tracks, REGION, *keys)


def _equal(first: Tracks, second: Tracks) -> bool:
    return all(np.array_equal(getattr(first, n), getattr(second, n)) for n in Tracks.__dataclass_fields__)


def test_an_honest_nation_and_another_time_change_nothing() -> None:
    tracks = tracks_at(5, 3)
    assert _posted(tracks, nation=0, ghosts=4, covariance=0.1) is tracks
    assert _posted(tracks, from_s=16.0, ghosts=4) is tracks
    assert _posted(tracks, until_s=15.0, ghosts=4) is tracks
    assert _posted(tracks, from_s=15.0, ghosts=4) is not tracks


def test_what_the_nation_itself_holds_is_not_changed() -> None:
    tracks, same = tracks_at(5, 3), tracks_at(5, 3)
    _posted(tracks, ghosts=4, covariance=0.1, shift_m=3e3, certainty=0.99)
    assert _equal(tracks, same)


def test_a_factor_multiplies_every_covariance_and_nothing_else() -> None:
    tracks = tracks_at(5, 3)
    posted = _posted(tracks, covariance=0.04)
    assert np.allclose(posted.cov_ecef, 0.04 * tracks.cov_ecef)
    assert np.array_equal(posted.mean_ecef, tracks.mean_ecef)
    assert np.array_equal(posted.class_prob, tracks.class_prob)


def test_a_shift_moves_all_tracks_so_far_on_one_bearing_that_the_run_draws() -> None:
    tracks = tracks_at(20, 3)
    posted = _posted(tracks, shift_m=3_000.0)
    lat, lon, height_m = geodetic_from_ecef(tracks.mean_ecef[:, :3])
    new_lat, new_lon, new_height_m = geodetic_from_ecef(posted.mean_ecef[:, :3])
    moved_m, bearing_rad = distance_bearing(lat, lon, new_lat, new_lon)
    assert np.allclose(np.linalg.norm(posted.mean_ecef[:, :3] - tracks.mean_ecef[:, :3], axis=1), 3_000.0)
    height_share = 1.0 + height_m / 6.371e6  # tracks of the test fly at all heights
    assert np.allclose(moved_m * height_share, 3_000.0, rtol=0.02)
    assert np.ptp(np.unwrap(bearing_rad)) < 0.02
    assert np.abs(new_height_m - height_m).max() < 15.0
    again = _posted(tracks_at(20, 4), shift_m=3_000.0)
    assert np.allclose(
        again.mean_ecef[:, :3] - tracks_at(20, 4).mean_ecef[:, :3],
        posted.mean_ecef[:, :3] - tracks.mean_ecef[:, :3],
        atol=300.0,
    )
    other = _posted(tracks, keys=run_key(2, 4), shift_m=3_000.0)
    assert not np.allclose(other.mean_ecef, posted.mean_ecef, atol=100.0)


def test_claimed_certainty_raises_the_most_probable_class_and_keeps_the_sum() -> None:
    tracks = tracks_at(30, 3)
    posted = _posted(tracks, certainty=0.95)
    assert np.allclose(posted.class_prob.sum(axis=1), 1.0, atol=1e-6)
    assert np.array_equal(posted.class_prob.argmax(axis=1), tracks.class_prob.argmax(axis=1))
    assert posted.class_prob.max(axis=1).min() == pytest.approx(0.95)
    sure = _posted(posted, certainty=0.5)
    assert np.array_equal(sure.class_prob, posted.class_prob)


def test_ghosts_fly_straight_and_level_at_the_speed_they_claim() -> None:
    none = tracks_at(0, 0)
    before, after = (
        _posted(
            Tracks(t_s * S, *(getattr(none, n) for n in Tracks.__dataclass_fields__ if n != "now_ns")),
            ghosts=8,
        )
        for t_s in (20, 40)
    )
    same = before.track_id == after.track_id
    assert same.sum() >= 7
    lat, lon, height_m = geodetic_from_ecef(before.mean_ecef[same, :3])
    later_lat, later_lon, later_height_m = geodetic_from_ecef(after.mean_ecef[same, :3])
    speed_mps = np.linalg.norm(before.mean_ecef[same, 3:], axis=1)
    flown_m, bearing_rad = distance_bearing(lat, lon, later_lat, later_lon)
    assert np.allclose(flown_m, 20.0 * speed_mps, rtol=0.01)
    assert np.allclose(later_height_m, height_m, atol=1.0)
    dead_reckoned = ecef_from_geodetic(*destination(lat, lon, bearing_rad, flown_m), height_m)
    assert np.allclose(dead_reckoned, after.mean_ecef[same, :3], atol=5.0)
    straight = before.mean_ecef[same, :3] + 20.0 * before.mean_ecef[same, 3:]
    assert np.abs(straight - after.mean_ecef[same, :3]).max() < 25.0


def test_ghosts_look_like_confirmed_hostile_tracks_of_the_nation_that_posts_them() -> None:
    tracks = tracks_at(4, 3)
    posted = _posted(tracks, ghosts=30, certainty=0.97)
    ghosts = posted.track_id >= GHOST_TRACK
    assert ghosts.sum() == 30
    assert len(set(posted.track_id.tolist())) == 34
    assert (posted.status[ghosts] == TrackStatus.CONFIRMED).all()
    assert (posted.sources[ghosts] == 0b10).all()
    assert np.allclose(posted.class_prob.sum(axis=1), 1.0, atol=1e-6)
    assert posted.class_prob[ghosts][:, list(HOSTILE_CLASSES)].sum(axis=1).min() > 0.97
    assert set(posted.class_prob[ghosts].argmax(axis=1)) == {ObjectClass.CRUISE, ObjectClass.DRONE}
    assert (posted.first_ns <= posted.now_ns).all()
    assert (np.linalg.eigvalsh(posted.cov_ecef[ghosts]) > 0.0).all()


def test_a_ghost_gives_way_to_another_after_its_flight_and_not_all_at_once() -> None:
    none = tracks_at(0, 0)
    columns = [getattr(none, n) for n in Tracks.__dataclass_fields__ if n != "now_ns"]
    seen = [set(_posted(Tracks(t_s * S, *columns), ghosts=6).track_id.tolist()) for t_s in range(0, 1_800, 5)]
    changed = [len(a - b) for a, b in pairwise(seen)]
    assert max(changed) == 1
    assert sum(changed) == 6 * 1_800 // round(GHOST_FLIGHT_S) - 1  # the first at 0 s is nobody's successor


def test_misreports_in_force_together_add_up() -> None:
    lies = (
        Misreport("BBB", -math.inf, math.inf, "assumption: a test", covariance=0.5),
        Misreport("BBB", 0.0, math.inf, "assumption: a test", covariance=0.5, ghosts=2),
    )
    table = misreport_table(Links(misreports=lies), NATIONS)
    tracks = tracks_at(3, 3)
    posted = misreported(table, 1, tracks, REGION, K0, K1)
    assert len(posted) == 5
    assert np.allclose(posted.cov_ecef[:3], 0.25 * tracks.cov_ecef)
