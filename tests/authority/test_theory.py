"""The closed forms of layered defence give the values published for them, and agree with counting every case.

(W): D. A. Wilkening, "A simple model for calculating ballistic missile defense effectiveness", Science and Global
Security 8 (1999), 183-215; integers as published. (S): the dynamic programme of Soland, "Optimal terminal defense
tactics when several sequential engagements are possible", Operations Research 35 (1987), with rounds split evenly
within a look; its reference values, to six digits, were worked out apart from this code.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.defend import theory

chances = st.floats(0.0, 1.0)


@pytest.mark.parametrize(
    ("warheads", "decoys", "published", "computed"), [(20, 0, 113, 113.07), (10, 10, 73, 73.21)]
)
def test_the_barrages_are_wilkenings(warheads, decoys, published, computed):
    """(W): P0 = 0.8, P_track = 0.99, p = 0.7."""
    needed = theory.kill_needed(warheads, 0.8)
    shots = (warheads + decoys) * theory.shots_needed(needed, 0.7, 0.99)
    assert shots == pytest.approx(computed, abs=0.005)
    assert round(shots) == published


def test_the_chance_of_salvos_of_one_to_five_is_wilkenings():
    found = [theory.salvo_kill(0.56, n) for n in range(1, 6)]
    assert found == pytest.approx([0.56, 0.8064, 0.914816, 0.962519, 0.983508], abs=1e-6)


@pytest.mark.parametrize(
    ("objects", "needed", "shots"),
    [(5, 0.95635, (5, 3, 2, 2)), (20, 0.98890, (7, 4, 3, 2)), (100, 0.99777, (9, 6, 4, 3))],
)
def test_the_shots_that_keep_a_raid_out_with_chance_08_are_wilkenings(objects, needed, shots):
    """(W): whole shots at each of 5, 20 and 100 objects, for single-shot chances 0.5, 0.7, 0.8, 0.9."""
    kill = theory.kill_needed(objects, 0.8)
    assert kill == pytest.approx(needed, abs=1e-5)
    assert tuple(math.ceil(theory.shots_needed(kill, p)) for p in (0.5, 0.7, 0.8, 0.9)) == shots


@pytest.mark.parametrize(
    ("objects", "rounds", "leakers"),
    [(5, 10, (0.45, 0.132209, 0.063765)), (10, 20, (0.9, 0.162592, 0.04162))],
)
def test_the_best_use_of_one_two_and_three_looks_leaks_what_is_known(objects, rounds, leakers):
    """(S): p = 0.7."""
    plans = theory.best_looks(objects, rounds, 0.7, 3)
    assert [plan.looks for plan in plans] == [1, 2, 3]
    assert [plan.leakers for plan in plans] == pytest.approx(leakers, abs=1e-6)


@pytest.mark.parametrize(
    ("objects", "shots", "alone", "together"),
    [(10, 10, 4.8398, 3.0), (10, 20, 2.3424, 0.9), (10, 30, 1.1337, 0.27)],
)
def test_what_leaks_without_and_with_coordination_is_what_is_known(objects, shots, alone, together):
    """T (1 - p/T)^N and T (1 - p)^(N/T), p = 0.7."""
    assert theory.uncoordinated_leakers(objects, shots, 0.7) == pytest.approx(alone, abs=1e-4)
    assert theory.coordinated_leakers(objects, shots, 0.7) == pytest.approx(together, abs=1e-9)


@given(first=st.integers(1, 5), more=st.integers(1, 5), single=chances)
def test_rounds_with_one_look_are_wilkenings(first, more, single):
    found = theory.shoot_look_shoot((first, more), [theory.salvo_kill(single, n) for n in (first, more)])
    assert found.rounds == pytest.approx(first + more * (1.0 - single) ** first)
    assert found.leak == pytest.approx((1.0 - single) ** (first + more))


@given(objects=st.integers(1, 60), kill=chances)
def test_leakers_are_so_many_on_average_and_none_as_often_as_wilkening_says(objects, kill):
    chance = theory.leaker_chances(objects, kill)
    assert chance.sum() == pytest.approx(1.0)
    assert np.arange(objects + 1) @ chance == pytest.approx(objects * (1.0 - kill), abs=1e-9)
    assert chance[0] == pytest.approx(kill**objects, abs=1e-12)


@given(kill=st.lists(chances, min_size=1, max_size=3), false_kill=chances, missed_kill=chances)
def test_an_engagement_with_errors_is_what_counting_every_course_of_it_gives(kill, false_kill, missed_kill):
    rounds = list(range(1, len(kill) + 1))
    leak, spent = 0.0, 0.0
    for course in itertools.product((True, False), repeat=2 * len(kill)):
        weight, alive, fired, going = 1.0, True, 0, True
        for n, chance, hits, errs in zip(rounds, kill, course[::2], course[1::2], strict=True):
            weight *= chance if hits else 1.0 - chance
            if going:
                alive, fired = alive and not hits, fired + n
            error = false_kill if alive else missed_kill
            weight *= error if errs else 1.0 - error
            going = going and alive != errs
        leak, spent = leak + weight * alive, spent + weight * fired
    found = theory.shoot_look_shoot(rounds, kill, false_kill, missed_kill)
    assert found.leak == pytest.approx(leak, abs=1e-9)
    assert found.rounds == pytest.approx(spent, abs=1e-9)


@given(kill=st.lists(chances, max_size=4), unseen=chances, fails=chances)
def test_a_further_layer_never_stops_what_nobody_sees_or_what_passes_all_at_once(kill, unseen, fails):
    passed = theory.layered_leakage(kill, unseen, fails)
    floor = theory.layered_leakage([*kill, 1.0], unseen, fails)
    assert floor == pytest.approx(1.0 - (1.0 - unseen) * (1.0 - fails))
    assert passed >= floor - 1e-12
    assert theory.layered_leakage(kill) == pytest.approx(math.prod(1.0 - k for k in kill))


@settings(max_examples=25, deadline=None)
@given(
    objects=st.integers(0, 6),
    rounds=st.integers(0, 12),
    single=chances,
    common=chances,
    looks=st.integers(1, 3),
)
def test_the_best_use_of_looks_leaks_no_more_than_a_doctrine_and_no_more_with_a_further_look(
    objects, rounds, single, common, looks
):
    plans = theory.best_looks(objects, rounds, single, looks, common)
    for plan, before in zip(plans[1:], plans, strict=False):
        assert plan.leakers <= before.leakers + 1e-12
    assert all(0 <= plan.first <= rounds for plan in plans)
    for salvo in (0, 1, 2):
        chance = theory.doctrine_leakers(objects, rounds, (salvo,) * looks, single, common)
        assert chance.sum() == pytest.approx(1.0)
        assert np.arange(objects + 1) @ chance >= plans[-1].leakers - 1e-9


@settings(deadline=None)
@given(objects=st.integers(1, 8), shots=st.integers(0, 20), single=chances)
def test_no_leaker_without_coordination_is_as_likely_as_the_alternating_sum_says(objects, shots, single):
    terms = [
        (-1) ** k * math.comb(objects, k) * (1.0 - k * single / objects) ** shots for k in range(objects + 1)
    ]
    assert theory.uncoordinated_leak_free(objects, shots, single) == pytest.approx(sum(terms), abs=1e-9)


@given(objects=st.integers(1, 50), shots=st.integers(0, 200), single=chances)
def test_coordination_never_leaks_more(objects, shots, single):
    alone = theory.uncoordinated_leakers(objects, shots, single)
    together = theory.coordinated_leakers(objects, shots, single)
    assert together <= alone + 1e-9
    assert together >= objects * (1.0 - single) ** (shots / objects) - 1e-9


@given(objects=st.integers(1, 200), leak_free=st.floats(0.01, 0.99), single=st.floats(0.01, 0.99))
def test_as_many_shots_as_are_needed_kill_as_often_as_is_needed(objects, leak_free, single):
    needed = theory.kill_needed(objects, leak_free)
    shots = theory.shots_needed(needed, single, 1.0)
    assert theory.salvo_kill(single, shots) == pytest.approx(needed)


@pytest.mark.parametrize(
    ("kill", "single", "common", "shots"),
    [(0.9, 0.5, 0.9, math.inf), (0.5, 0.0, 1.0, math.inf), (0.0, 0.0, 0.0, 0.0), (0.8, 1.0, 0.9, 1.0)],
)
def test_where_no_number_of_shots_is_enough_infinitely_many_are_needed(kill, single, common, shots):
    assert theory.shots_needed(kill, single, common) == shots


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: theory.salvo_kill(1.1, 2),
        lambda: theory.salvo_kill(0.5, -1),
        lambda: theory.salvo_kill(math.nan, 2),
        lambda: theory.kill_needed(0, 0.5),
        lambda: theory.leaker_chances(5, -0.1),
        lambda: theory.shoot_look_shoot((1, 2), (0.5,)),
        lambda: theory.layered_leakage([0.5, 2.0]),
        lambda: theory.best_looks(2, -1, 0.5, 1),
        lambda: theory.uncoordinated_leakers(-1, 2, 0.5),
    ],
)
def test_what_is_no_chance_or_no_number_is_refused(wrong):
    with pytest.raises(ValueError, match="found"):
        wrong()
