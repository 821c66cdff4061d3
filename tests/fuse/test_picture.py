"""Pictures: tracks of one object become one, keep their number, carry their lineage, and are never over-confident."""

from __future__ import annotations

import numpy as np
import pytest

from skypact.fuse import (
    Contribution,
    carried_to,
    firm,
    fuse,
    held_locally,
    new_picture,
    position_sigma,
    selected,
)
from skypact.model.codes import FIRST_CIVIL_CODE, Identity, ImpactKind, ObjectClass, TrackStatus
from skypact.model.track import Impacts, Tracks

SECOND = 1_000_000_000
ORIGIN = np.array([3.9e6, 4.2e6, 2.8e6])


def tracks(
    pos_m: np.ndarray,
    nation: int,
    *,
    now_s: int = 10,
    sigma_m: float = 50.0,
    code: int | list[int] = 0,
    object_class: ObjectClass = ObjectClass.DRONE,
    certainty: float = 0.9,
    first_id: int = 1,
    velocity_mps: tuple[float, float, float] = (40.0, 0.0, 0.0),
) -> Tracks:
    n = len(pos_m)
    mean = np.concatenate([ORIGIN + pos_m, np.tile(velocity_mps, (n, 1))], axis=1)
    prob = np.full((n, 7), (1.0 - certainty) / 6.0, np.float32)
    prob[:, object_class] = certainty
    return Tracks(
        now_ns=now_s * SECOND,
        track_id=np.arange(first_id, first_id + n, dtype=np.uint64),
        slot=np.arange(n, dtype=np.int32),
        mean_ecef=mean,
        cov_ecef=np.tile(np.diag([sigma_m**2] * 3 + [25.0] * 3), (n, 1, 1)),
        status=np.full(n, TrackStatus.CONFIRMED, np.uint8),
        class_prob=prob,
        mode_prob=np.tile(np.array([1, 0, 0], np.float32), (n, 1)),
        identity=np.where(np.broadcast_to(code, n) != 0, Identity.CIVIL, Identity.HOSTILE).astype(np.uint8),
        code=np.array(np.broadcast_to(code, n), np.uint32),
        first_ns=np.zeros(n, np.int64),
        updated_ns=np.full(n, now_s * SECOND, np.int64),
        sources=np.full(n, 1 << nation, np.uint32),
    )


PLACES = np.array([[0.0, 0, 0], [40_000, 0, 0], [0, 60_000, 0]])


def test_what_two_nations_track_is_one_picture_track_that_names_both() -> None:
    rng = np.random.default_rng(1)
    own, theirs = tracks(PLACES, 0), tracks(PLACES + rng.normal(0, 50, PLACES.shape), 2, first_id=11)
    picture = fuse(new_picture(3), [Contribution(0, own), Contribution(2, theirs)], 10 * SECOND)
    assert len(picture) == 3
    assert set(picture.sources) == {0b101}
    assert np.linalg.norm(picture.mean_ecef[:, :3] - ORIGIN - PLACES, axis=1).max() < 250.0


def test_what_only_the_other_sees_is_in_the_picture_with_only_the_other_in_its_lineage() -> None:
    picture = fuse(
        new_picture(2),
        [Contribution(0, tracks(PLACES[:1], 0)), Contribution(1, tracks(PLACES[1:], 1))],
        10 * SECOND,
    )
    assert sorted(picture.sources) == [0b01, 0b10, 0b10]


def test_a_picture_track_keeps_its_number_from_epoch_to_epoch_and_ids_are_not_used_again() -> None:
    state = new_picture(2)
    numbers = []
    for k in range(6):
        moved = PLACES + np.array([40.0 * k, 0.0, 0.0])
        parts = [
            Contribution(0, tracks(moved, 0, now_s=10 + k)),
            Contribution(1, tracks(moved, 1, now_s=10 + k)),
        ]
        numbers.append(set(fuse(state, parts, (10 + k) * SECOND).track_id))
    assert all(found == numbers[0] for found in numbers)
    fresh = [Contribution(0, tracks(PLACES + 3e5, 0, first_id=100)), Contribution(1, tracks(PLACES[:0], 1))]
    assert not set(fuse(state, fresh, 17 * SECOND).track_id) & numbers[0]


def test_the_same_information_twice_makes_nothing_more_certain() -> None:
    own = tracks(PLACES[:1], 0)
    alone = position_sigma(own)[0]
    picture = fuse(
        new_picture(2), [Contribution(0, own), Contribution(1, tracks(PLACES[:1], 1))], 10 * SECOND
    )
    assert position_sigma(picture)[0] >= alone * (1.0 - 1e-6)


def test_two_codes_are_two_objects_and_a_code_names_the_track() -> None:
    own = tracks(PLACES[:1], 0, code=FIRST_CIVIL_CODE)
    other = tracks(PLACES[:1], 1, code=FIRST_CIVIL_CODE + 1)
    assert len(fuse(new_picture(2), [Contribution(0, own), Contribution(1, other)], 10 * SECOND)) == 2
    silent = tracks(PLACES[:1], 1)
    picture = fuse(new_picture(2), [Contribution(0, own), Contribution(1, silent)], 10 * SECOND)
    assert len(picture) == 1
    assert picture.identity[0] == Identity.CIVIL


def test_a_received_track_is_carried_to_the_present_and_grows_less_certain() -> None:
    old = tracks(PLACES, 0)
    now = carried_to(old, 20 * SECOND)
    np.testing.assert_allclose(now.mean_ecef[:, :3] - old.mean_ecef[:, :3], [[400.0, 0, 0]] * 3, atol=1e-6)
    assert np.all(position_sigma(now) > position_sigma(old))
    assert carried_to(old, old.now_ns).mean_ecef is old.mean_ecef


def _impacts(kind: ImpactKind, spread_m: float, n: int) -> Impacts:
    cov = np.tile(np.diag([spread_m**2, spread_m**2]), (n, 1, 1))
    zero = np.zeros(n)
    return Impacts(np.full(n, kind, np.uint8), np.zeros((n, 3)), zero, zero, cov, np.zeros(n, np.int64), zero)


@pytest.mark.parametrize(
    ("certainty", "sigma_m", "kind", "spread_m", "expected"),
    [
        (0.81, 900.0, ImpactKind.NONE, 1e5, 1),
        (0.79, 900.0, ImpactKind.NONE, 1e5, 0),
        (0.79, 900.0, ImpactKind.BALLISTIC, 1e4, 1),
        (0.79, 900.0, ImpactKind.BALLISTIC, 3e4, 0),
        (0.99, 1100.0, ImpactKind.BALLISTIC, 1e3, 0),
    ],
)
def test_a_track_is_firm_when_near_enough_and_its_class_or_its_impact_area_is_known(
    certainty: float, sigma_m: float, kind: ImpactKind, spread_m: float, expected: int
) -> None:
    held = tracks(PLACES[:1], 0, sigma_m=sigma_m, certainty=certainty)
    assert firm(held, _impacts(kind, spread_m, 1), position_sigma(held))[0] == expected


def test_a_picture_track_is_held_locally_where_an_own_track_lies_on_it() -> None:
    picture = tracks(PLACES, 1)
    assert list(held_locally(picture, np.arange(3), tracks(PLACES[1:2] + 60.0, 0))) == [0, 1, 0]
    assert list(held_locally(picture, np.arange(3), tracks(PLACES[:0], 0))) == [0, 0, 0]
    assert list(held_locally(picture, np.array([1]), tracks(PLACES[1:2] + 60.0, 0))) == [1]
    assert len(selected(picture, np.array([2]))) == 1
