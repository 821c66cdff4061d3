"""The assignment of rounds: exactly the optimum, with a bound that holds whatever stops the search."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.defend.allocation import Allocation, allocate, allocate_greedy
from skypact.defend.search import WorkLimit


def lost(rounds, weight, chance, price=None):
    """The objective, from its definition."""
    m, n = rounds.shape
    total = 0.0 if price is None else float(rounds.sum(axis=1) @ price)
    for j in range(n):
        left = weight[j]
        for i in range(m):
            if chance.ndim == 2:
                left *= (1.0 - chance[i, j]) ** int(rounds[i, j])
            elif rounds[i, j] > 0:
                left *= 1.0 - chance[i, j, rounds[i, j] - 1]
        total += left
    return total


def optimum(weight, chance, rounds, price=None, most=None, lanes=None):
    """By trying every row of rounds that each shooter could fire."""
    m, n = len(rounds), len(weight)
    ways = []
    for i in range(m):
        tops = [rounds[i] if most is None else min(rounds[i], most[i][j]) for j in range(n)]
        if chance.ndim == 3:
            tops = [min(t, chance.shape[2]) for t in tops]
        fits = [w for w in product(*(range(t + 1) for t in tops)) if sum(w) <= rounds[i]]
        if lanes is not None:
            fits = [w for w in fits if sum(r > 0 for r in w) <= lanes[i]]
        ways.append(fits)
    return min(lost(np.array(plan, np.int32).reshape(m, n), weight, chance, price) for plan in product(*ways))


def subset_pairs(m):
    """Every subset of m shooters with every subset of it, the larger ones in ascending order; where each begins."""
    pairs = [(whole, part) for whole in range(1 << m) for part in range(whole + 1) if part & ~whole == 0]
    whole, part = np.array(pairs).T
    return part, whole & ~part, np.searchsorted(whole, np.arange(1 << m))


def optimum_by_subsets(weight, chance, pairs):
    """The least loss where each shooter has one round: a dynamic programme over subsets of shooters."""
    m, n = chance.shape
    part, rest, begin = pairs
    member = np.arange(1 << m)[:, None] >> np.arange(m) & 1
    least = np.zeros(1 << m)
    for j in range(n):
        left = weight[j] * np.prod(np.where(member == 1, 1.0 - chance[:, j], 1.0), axis=1)
        least = np.minimum.reduceat(left[part] + least[rest], begin)
    return least[-1]


def check(answer, weight, chance, rounds, price=None, most=None, lanes=None):
    """What holds of every answer."""
    assert answer.rounds.shape == (len(rounds), len(weight))
    assert answer.rounds.dtype == np.int32
    assert (answer.rounds >= 0).all()
    assert (answer.rounds.sum(axis=1) <= rounds).all()
    if most is not None:
        assert (answer.rounds <= most).all()
    if lanes is not None:
        assert ((answer.rounds > 0).sum(axis=1) <= lanes).all()
    assert answer.lost == pytest.approx(lost(answer.rounds, weight, chance, price), rel=1e-9, abs=1e-12)
    assert answer.bound <= answer.lost
    assert answer.charge.shape == (2, len(rounds))
    assert (answer.charge >= 0.0).all()


def problem(m, n, k, seed, reach=0.8):
    rng = np.random.default_rng(seed)
    weight = rng.integers(0, 20, n).astype(float)
    chance = np.where(rng.random((m, n)) < reach, np.round(rng.uniform(0.1, 0.95, (m, n)), 2), 0.0)
    return weight, chance, rng.integers(0, k + 1, m).astype(np.int32), rng


def large(m, k, n, density, seed=1):
    rng = np.random.default_rng(seed)
    weight = rng.integers(1, 101, n).astype(float)
    chance = np.where(
        rng.random((m, n)) < density,
        np.round(rng.uniform(0.4, 0.9, (m, 1)) * rng.uniform(0.85, 1, (m, n)), 3),
        0.0,
    )
    return weight, chance, np.full(m, k, np.int32)


seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=60)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), seeds)
def test_the_plan_is_as_good_as_any_and_proven(m, n, k, seed):
    weight, chance, rounds, _ = problem(m, n, k, seed)
    answer = allocate(weight, chance, rounds)
    check(answer, weight, chance, rounds)
    best = optimum(weight, chance, rounds)
    assert answer.lost == pytest.approx(best, rel=1e-9, abs=1e-9)
    assert answer.proven
    greedy = allocate_greedy(weight, chance, rounds)
    check(greedy, weight, chance, rounds)
    assert answer.bound <= best + 1e-9 <= greedy.lost + 2e-9


@settings(max_examples=60)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), seeds)
def test_prices_lanes_and_limits_of_a_pair_are_kept_and_the_plan_is_as_good_as_any(m, n, k, seed):
    weight, chance, rounds, rng = problem(m, n, k, seed)
    limits = {
        "price": np.round(rng.uniform(0, 3, m), 1),
        "most": rng.integers(0, 3, (m, n)).astype(np.int32),
        "lanes": rng.integers(0, n + 1, m).astype(np.int32),
    }
    answer = allocate(weight, chance, rounds, **limits)
    check(answer, weight, chance, rounds, **limits)
    best = optimum(weight, chance, rounds, **limits)
    assert answer.lost == pytest.approx(best, rel=1e-9, abs=1e-9)
    assert answer.proven
    check(allocate_greedy(weight, chance, rounds, **limits), weight, chance, rounds, **limits)


@settings(max_examples=40)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), seeds)
def test_a_table_of_salvos_with_a_common_factor_is_solved_exactly(m, n, k, seed):
    weight, single, rounds, rng = problem(m, n, k, seed)
    common = rng.uniform(0.7, 1.0, (m, 1, 1))
    chance = common * (1.0 - (1.0 - single[:, :, None]) ** np.arange(1, 4))
    answer = allocate(weight, chance, rounds)
    check(answer, weight, chance, rounds)
    assert answer.lost == pytest.approx(optimum(weight, chance, rounds), rel=1e-9, abs=1e-9)
    assert answer.proven


def test_ten_shooters_of_one_round_and_five_objects_are_solved_in_all_of_200_cases():
    pairs = subset_pairs(10)
    for seed in range(200):
        rng = np.random.default_rng(seed)
        weight, chance = rng.integers(1, 101, 5).astype(float), rng.uniform(0.3, 0.9, (10, 5))
        answer = allocate(weight, chance, np.ones(10, np.int32))
        assert answer.proven, seed
        assert answer.lost == pytest.approx(optimum_by_subsets(weight, chance, pairs), rel=1e-9), seed


@settings(max_examples=25)
@given(st.integers(1, 8), st.integers(1, 12), st.integers(1, 4), seeds)
def test_the_order_of_objects_and_shooters_does_not_matter(m, n, k, seed):
    weight, chance, rounds, rng = problem(m, n, k, seed, reach=0.5)
    answer = allocate(weight, chance, rounds)
    objects, shooters = rng.permutation(n), rng.permutation(m)
    other = allocate(weight[objects], chance[np.ix_(shooters, objects)], rounds[shooters])
    check(other, weight[objects], chance[np.ix_(shooters, objects)], rounds[shooters])
    assert max(answer.bound, other.bound) <= min(answer.lost, other.lost) * (1 + 1e-9) + 1e-9
    if answer.proven and other.proven:
        assert other.lost == pytest.approx(answer.lost, rel=2e-9, abs=1e-9)


def test_the_same_problem_has_the_same_answer_to_the_bit():
    data = large(12, 8, 60, 0.4)
    first, second = allocate(*data), allocate(*data)
    assert (first.rounds == second.rounds).all()
    assert (first.lost, first.bound) == (second.lost, second.bound)
    assert (first.charge == second.charge).all()


def test_a_larger_problem_is_proven_and_the_parts_of_a_wider_gap_hold_it():
    data = large(12, 8, 60, 0.4)
    exact = allocate(*data)
    check(exact, *data)
    assert exact.proven
    for gap in (0.001, 0.01, 0.1):
        rough = allocate(*data, gap=gap)
        check(rough, *data)
        assert rough.gap <= gap + 1e-9
        assert rough.bound <= exact.lost * (1 + 1e-9) <= rough.lost * (1 + 2e-9)
    near = allocate(*data, slack=5.0)
    assert near.lost - near.bound <= 5.0


def test_listing_in_several_rounds_proves_only_what_all_rounds_have_seen():
    rng = np.random.default_rng(1)
    data = rng.integers(25, 101, 30).astype(float), rng.uniform(0.6, 0.9, (60, 30)), np.ones(60, np.int32)
    answer = allocate(*data)
    check(answer, *data)
    assert answer.proven
    for steps in (0, 40, 100):  # other charges, other lists, the same optimum
        other = allocate(*data, limit=WorkLimit(steps=steps))
        check(other, *data)
        assert other.bound <= answer.lost * (1 + 1e-9)
        assert answer.bound <= other.lost * (1 + 1e-9)
    assert answer.lost == pytest.approx(23.482218, abs=1e-6)


@pytest.mark.parametrize(
    "limit",
    [
        WorkLimit(steps=0, moves=0, nodes=1, sets=0, choices=0, relaxations=0, branches=0),
        WorkLimit(steps=8, moves=10, nodes=3, sets=50, choices=1, relaxations=1, branches=0),
        WorkLimit(steps=100, nodes=20, sets=200, choices=1, relaxations=1, pivots=3, branches=1),
    ],
)
def test_a_search_that_is_cut_short_still_knows_how_far_off_it_is(limit):
    for data in (large(12, 8, 60, 0.4), large(30, 1, 20, 1.0)):
        exact = allocate(*data)
        assert exact.proven
        short = allocate(*data, limit=limit)
        check(short, *data)
        assert short.bound <= exact.lost * (1 + 1e-9) <= short.lost * (1 + 2e-9)
        assert short.lost <= allocate_greedy(*data).lost


def test_a_warm_search_finds_what_a_cold_one_does():
    weight, chance, rounds = large(12, 8, 60, 0.4)
    before = allocate(weight, chance, rounds)
    rounds = rounds - np.minimum(before.rounds[:, :3].sum(axis=1), rounds).astype(np.int32)
    changed = weight.copy()
    changed[:3] = 0.0
    cold, warm = allocate(changed, chance, rounds), allocate(changed, chance, rounds, warm=before)
    check(warm, changed, chance, rounds)
    assert cold.proven
    assert warm.proven
    assert warm.lost == pytest.approx(cold.lost, rel=2e-9)
    fewer = allocate(weight[5:], chance[:, 5:], rounds, warm=before)
    assert fewer.lost == pytest.approx(allocate(weight[5:], chance[:, 5:], rounds).lost, rel=2e-9)


def test_a_round_is_held_back_where_it_is_worth_more_later():
    weight, chance, rounds = np.array([10.0, 1.0]), np.full((1, 2), 0.8), np.array([4], np.int32)
    assert allocate(weight, chance, rounds, price=np.array([1.0])).rounds.tolist() == [[2, 0]]
    assert allocate(weight, chance, rounds, price=np.array([9.0])).rounds.tolist() == [[0, 0]]
    free = allocate(weight, chance, rounds)
    assert free.rounds.sum() == 4


def test_shooters_that_are_all_alike_do_not_slow_the_proof():
    weight = np.array([30.0, 20.0, 20.0, 10.0, 10.0, 10.0, 5.0])
    for m, k in ((20, 1), (8, 2), (12, 8), (40, 16)):
        data = weight, np.full((m, 7), 0.6), np.full(m, k, np.int32)
        answer = allocate(*data)
        check(answer, *data)
        pooled = allocate_greedy(
            weight, np.full((1, 7), 0.6), np.array([m * k], np.int32)
        )  # optimal: den Broeder 1959
        assert answer.proven
        assert answer.lost == pytest.approx(pooled.lost, rel=1e-9, abs=1e-9)


@settings(max_examples=40)
@given(st.integers(1, 2), st.integers(1, 3), st.integers(1, 3), seeds)
def test_shooters_alike_share_their_rounds_within_the_limits_of_each(m, n, k, seed):
    weight, chance, rounds, rng = problem(m, n, k, seed)
    most = rng.integers(0, 3, (m, n)).astype(np.int32)
    pick = np.array([0, *range(m), m - 1])
    chance, rounds, most = chance[pick][:4], np.minimum(rounds[pick][:4], 2), most[pick][:4]
    answer = allocate(weight, chance, rounds, most=most)
    check(answer, weight, chance, rounds, most=most)
    assert answer.proven
    assert answer.lost == pytest.approx(optimum(weight, chance, rounds, most=most), rel=1e-9, abs=1e-9)
    again = allocate(weight, chance, rounds, most=most, warm=answer)
    check(again, weight, chance, rounds, most=most)
    assert again.lost == pytest.approx(answer.lost, rel=1e-9, abs=1e-9)


def test_nothing_to_shoot_with_or_at_loses_what_is_at_stake():
    weight = np.array([3.0, 4.0])
    for chance, rounds in (
        (np.zeros((0, 2)), np.zeros(0, np.int32)),
        (np.full((2, 2), 0.5), np.zeros(2, np.int32)),
        (np.zeros((2, 2)), np.full(2, 3, np.int32)),
    ):
        answer = allocate(weight, chance, rounds)
        assert (answer.lost, answer.bound) == (7.0, 7.0)
        assert answer.proven
        assert not answer.rounds.any()
    nobody = allocate(np.zeros(0), np.zeros((2, 0)), np.ones(2, np.int32))
    assert (nobody.lost, nobody.rounds.shape) == (0.0, (2, 0))
    assert nobody.proven
    assert allocate(np.zeros(3), np.full((2, 3), 0.5), np.ones(2, np.int32)).lost == 0.0


def test_a_certain_stop_leaves_nothing():
    answer = allocate(np.array([5.0, 7.0]), np.ones((2, 2)), np.ones(2, np.int32))
    assert answer.proven
    assert answer.lost == pytest.approx(0.0, abs=1e-12)
    assert answer.rounds.sum(axis=0).tolist() == [1, 1]


GOOD = {"weight": np.ones(2), "chance": np.full((3, 2), 0.5), "rounds": np.ones(3, np.int32)}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("weight", np.array([1.0, -1.0])),
        ("weight", np.array([1.0, np.inf])),
        ("chance", np.full((3, 2), 1.5)),
        ("chance", np.full((3, 2), np.nan)),
        ("chance", np.ones((2, 2))),
        ("chance", np.ones(3)),
        ("chance", np.tile([0.5, 0.4], (3, 2, 1))),
        ("rounds", np.array([1, 1, -1])),
        ("price", np.full(3, -1.0)),
        ("price", np.ones(2)),
        ("most", np.ones((2, 3))),
        ("lanes", np.ones(2)),
        ("lanes", np.full(3, -1)),
    ],
)
def test_a_wrong_number_is_named(name, value):
    with pytest.raises(ValueError, match=f"^{name}: found"):
        allocate(**(GOOD | {name: value}))


def test_an_answer_cannot_be_changed():
    answer = allocate(GOOD["weight"], GOOD["chance"], GOOD["rounds"])
    assert isinstance(answer, Allocation)
    with pytest.raises(AttributeError):
        answer.lost = 0.0  # type: ignore[misc]


def test_a_warm_start_keeps_to_limits_that_have_become_narrower():
    weight, rounds = np.array([10.0, 1.0]), np.array([3], np.int32)
    before = allocate(weight, np.array([[0.5, 0.5]]), rounds)
    assert before.rounds.tolist() == [[3, 0]]
    narrow = allocate(weight, np.array([[0.5, 0.5]]), rounds, most=np.array([[1, 3]], np.int32), warm=before)
    assert narrow.rounds.tolist() == [[1, 2]]
    assert narrow.lost == pytest.approx(5.25)
    assert narrow.proven
    sure = allocate(weight, np.array([[1.0, 0.5]]), rounds, warm=before)
    assert sure.rounds.tolist() == [[1, 2]]
    assert sure.lost == pytest.approx(0.25)
    assert sure.proven
