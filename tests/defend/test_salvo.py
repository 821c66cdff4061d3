"""The salvos of one epoch: exactly the best, one shooter an object, within magazines and channels."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.defend.salvo import choose_salvos


def brute_force(gain, rounds, lanes, price):
    """The best total over every way to give each object one salvo of one shooter, or none."""
    objects, shooters, salvo = gain.shape
    options = [(-1, 0), *product(range(shooters), range(1, salvo + 1))]
    best = 0.0
    for plan in product(options, repeat=objects):
        fired = [sum(r for i, r in plan if i == b) for b in range(shooters)]
        served = [sum(1 for i, _ in plan if i == b) for b in range(shooters)]
        if any(fired[b] > rounds[b] or served[b] > lanes[b] for b in range(shooters)):
            continue
        best = max(best, sum(gain[j, i, r - 1] - r * price[i] for j, (i, r) in enumerate(plan) if i >= 0))
    return best


def total(found, gain, price):
    shooter, rounds = found
    return sum(
        gain[j, i, r - 1] - r * price[i]
        for j, (i, r) in enumerate(zip(shooter, rounds, strict=True))
        if i >= 0
    )


def salvo_gains(rng, objects, shooters, salvo):
    """Gains that rise with the rounds by ever less, some pairs out of reach."""
    chance = np.where(rng.random((objects, shooters)) < 0.7, rng.uniform(0.3, 0.9, (objects, shooters)), 0.0)
    worth = rng.uniform(1.0, 10.0, objects)[:, None, None]
    return worth * (1.0 - (1.0 - chance[:, :, None]) ** np.arange(1, salvo + 1))


@settings(max_examples=40)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 2), st.integers(0, 2**32 - 1))
def test_the_total_is_that_of_brute_force(objects, shooters, salvo, seed):
    rng = np.random.default_rng(seed)
    gain = salvo_gains(rng, objects, shooters, salvo)
    rounds, lanes = (
        rng.integers(0, 4, shooters).astype(np.int32),
        rng.integers(0, 3, shooters).astype(np.int32),
    )
    price = rng.choice([0.0, 0.5], shooters)
    shooter, fired = choose_salvos(gain, rounds, lanes, price)
    for b in range(shooters):
        assert fired[shooter == b].sum() <= rounds[b]
        assert (shooter == b).sum() <= lanes[b]
    assert ((fired > 0) == (shooter >= 0)).all()
    assert total((shooter, fired), gain, price) == pytest.approx(
        brute_force(gain, rounds, lanes, price), abs=1e-4
    )


@given(st.integers(1, 12), st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_the_answer_is_the_same_whenever_it_is_asked_for(objects, shooters, seed):
    rng = np.random.default_rng(seed)
    gain = salvo_gains(rng, objects, shooters, 2)
    rounds, lanes = np.full(shooters, 3, np.int32), np.full(shooters, 2, np.int32)
    first, second = (choose_salvos(gain, rounds, lanes, np.zeros(shooters)) for _ in range(2))
    assert first[0].tolist() == second[0].tolist()
    assert first[1].tolist() == second[1].tolist()


def test_a_second_shooter_is_not_added_to_an_object_that_one_serves():
    shooter, rounds = choose_salvos(
        np.array([[[7.0], [6.9], [6.0]]]), *(np.ones(3, np.int32),) * 2, np.zeros(3)
    )
    assert shooter.tolist() == [0]
    assert rounds.tolist() == [1]


def test_where_the_best_shooter_is_elsewhere_one_of_the_others_serves_and_not_both():
    gain = np.array([[[9.0], [0.0], [0.0]], [[6.0], [4.0], [4.0]]])
    shooter, _ = choose_salvos(gain, *(np.ones(3, np.int32),) * 2, np.zeros(3))
    assert shooter[0] == 0
    assert shooter[1] in (1, 2)


def test_a_shooter_is_not_kept_where_another_does_nearly_as_well_and_it_is_needed_elsewhere():
    gain = np.array([[[9.0], [0.0], [0.0]], [[6.0], [4.0], [3.9]], [[0.0], [1.0], [0.0]]])
    shooter, _ = choose_salvos(gain, *(np.ones(3, np.int32),) * 2, np.zeros(3))
    assert shooter.tolist() == [0, 2, 1]


def test_a_salvo_grows_only_where_the_magazine_is_not_needed_more_elsewhere():
    gain = np.array([[[7.0, 9.1]], [[3.5, 4.55]]])
    assert choose_salvos(gain, np.array([2], np.int32), np.array([2], np.int32), np.zeros(1))[1].tolist() == [
        1,
        1,
    ]
    assert choose_salvos(gain, np.array([3], np.int32), np.array([2], np.int32), np.zeros(1))[1].tolist() == [
        2,
        1,
    ]


def test_a_round_that_is_worth_more_later_stays():
    gain = np.array([[[7.0, 9.1]], [[0.7, 0.91]]])
    shooter, rounds = choose_salvos(gain, *(np.full(1, 9, np.int32),) * 2, np.array([1.0]))
    assert shooter.tolist() == [0, -1]
    assert rounds.tolist() == [2, 0]


def test_nothing_to_choose_from_is_nothing_chosen():
    shooter, _ = choose_salvos(np.zeros((2, 1, 1)), *(np.ones(1, np.int32),) * 2, np.zeros(1))
    assert shooter.tolist() == [-1, -1]
    assert len(choose_salvos(np.zeros((0, 1, 1)), *(np.ones(1, np.int32),) * 2, np.zeros(1))[0]) == 0
