"""Doctrine by name, what may be left, the reserve, and the rules under which nations fire for each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.defend import Accord, apply_assessment, decide, new_fire_state
from skypact.defend.spending import steps_of
from skypact.model.codes import Assessment, ObjectClass
from skypact.model.doctrine import STANDARD, Coordination, Doctrine, FireName
from tests.defend.world import SECOND, SETTINGS, battery_table, doctrine_table, later, picture_of
from tests.warn.world import NOW_NS, before_impact, place_table, tracks

CITY, OTHER = (29.4, 48.0), (29.4, 48.3)
SITE = (29.35, 48.05)
ONE = np.array([0], np.int32)
BALLISTIC = int(ObjectClass.BALLISTIC)


def fire(batteries, picture, memory, places, rule=None, now_ns=NOW_NS):
    accord = None
    if rule is not None:
        barred, allies = np.zeros(len(picture.tracks.track_id), np.bool_), np.array([True, True, False])
        accord = Accord(rule, barred, allies)
    return decide(batteries, ONE, picture, places, memory, now_ns, accord, SETTINGS)


def rounds_of_a_whole_attack(name, outcome=Assessment.MISSED, after_s=120.0):
    """Rounds of each salvo at one object of which every assessment says the same, until so long after the first."""
    batteries = battery_table(
        [SITE],
        doctrine=STANDARD[name],
        mean_speed_mps=3000.0,
        reaction_s=4.0,
        altitude_max_m=60e3,
        range_max_m=150e3,
    )
    memory, places, log, due = new_fire_state(batteries), place_table([CITY]), [], None
    end_ns = None
    for seconds in range(120, 0, -2):
        now_ns = NOW_NS + (120 - seconds) * SECOND
        if due and now_ns >= due + 4 * SECOND:
            apply_assessment(memory, 0, 101, outcome, now_ns)
            due, end_ns = None, end_ns or now_ns + int(after_s * SECOND)
        if end_ns is not None and now_ns >= end_ns:
            break
        flying = tracks([before_impact(*CITY, float(seconds))], [BALLISTIC], now_ns=now_ns)
        shots = fire(batteries, picture_of(flying), memory, places, now_ns=now_ns)
        if len(shots.battery):
            due = int(shots.intercept_ns[0])
            log.append(int(shots.rounds[0]))
    return log


def test_each_doctrine_fires_as_its_name_says():
    once, looks, salvos, saved = (rounds_of_a_whole_attack(name) for name in FireName)
    assert once == [1]
    assert looks[0] == 1
    assert looks[-1] == 2
    assert set(salvos) == {2}
    assert set(saved) == {1}
    assert len(looks) >= 2
    assert len(salvos) == len(saved) == len(looks)


@pytest.mark.parametrize("name", list(FireName))
def test_no_doctrine_fires_again_at_what_is_believed_dead(name):
    assert len(rounds_of_a_whole_attack(name, Assessment.KILLED, SETTINGS.reopen_s)) == 1


def test_rounds_beyond_the_salvo_of_the_unit_are_not_fired():
    batteries = battery_table([SITE], doctrine=Doctrine(FireName.SALVO, rounds=8), salvo=3)
    flying = picture_of(tracks([before_impact(*CITY, 45.0)], [BALLISTIC]))
    assert fire(batteries, flying, new_fire_state(batteries), place_table([CITY])).rounds.tolist() == [3]


def test_what_falls_where_hardly_anything_is_hit_is_left_as_the_doctrine_says():
    near_miss = picture_of(tracks([before_impact(29.4, 48.12, 45.0)], [BALLISTIC]))
    places = place_table([CITY])

    def count(least):
        batteries = battery_table([SITE], doctrine=Doctrine(leave_below=least))
        return len(fire(batteries, near_miss, new_fire_state(batteries), places).battery)

    assert count(0.9) == 0
    assert count(1e-6) == 1


def shots_until_silent(batteries, picture, places, rule=None):
    """How many rounds go at ever new objects of the same kind before no more are fired."""
    memory, spent = new_fire_state(batteries), 0
    for k in range(30):
        now_ns = NOW_NS + k * 200 * SECOND
        tracks_now = later(picture.tracks, k * 200)
        fresh = replace(tracks_now, track_id=picture.tracks.track_id + np.uint64(10 * k))
        shots = fire(batteries, picture_of(fresh), memory, places, rule, now_ns)
        spent += int(shots.rounds.sum())
    return spent


def test_the_reserve_is_fired_only_where_enough_is_at_stake():
    flying = picture_of(tracks([before_impact(*CITY, 45.0)], [BALLISTIC]))
    places = place_table([CITY], value=[4.0])
    for reserve_for, spent in ((0.0, 16), (3.0, 16), (30.0, 12)):
        doctrine = Doctrine(reserve=0.25, reserve_for=reserve_for)
        assert shots_until_silent(battery_table([SITE], doctrine=doctrine), flying, places) == spent


@pytest.mark.parametrize(
    ("rule", "pooled", "own", "others"),
    [
        (None, False, 16, 0),
        (Coordination.OWN_PLACES, True, 16, 0),
        (Coordination.OWN_PLACES_FIRST, True, 16, 12),
        (Coordination.RESERVE_KEPT, True, 16, 12),
        (Coordination.POOLED, False, 16, 12),
        (Coordination.POOLED, True, 16, 16),
    ],
)
def test_a_rule_spends_no_round_of_the_reserve_on_others_without_the_doctrine(rule, pooled, own, others):
    batteries = battery_table([SITE], doctrine=Doctrine(reserve=0.25, pooled=pooled))
    flying = picture_of(tracks([before_impact(*CITY, 45.0)], [BALLISTIC]))
    for nation, spent in ((0, own), (1, others), (2, 0)):
        places = place_table([CITY], nation=[nation])
        assert shots_until_silent(batteries, flying, places, rule) == spent


def test_a_unit_that_needs_consent_fires_for_those_it_is_there_to_defend_and_for_no_ally():
    flying = picture_of(tracks([before_impact(*CITY, 45.0)], [BALLISTIC]))
    free = battery_table([SITE], doctrine=Doctrine(reserve=0.0))
    bound = replace(free, consent=np.array([1], np.int8))
    for owner, shots in ((0, 1), (1, 0)):
        places = place_table([CITY], nation=[owner])
        rule = Coordination.RESERVE_KEPT
        assert len(fire(bound, flying, new_fire_state(bound), places, rule).battery) == shots
        assert len(fire(free, flying, new_fire_state(free), places, rule).battery) == 1


def test_own_places_come_first_only_under_that_rule():
    """One channel, and more at stake at the other nation's place."""
    batteries = battery_table([SITE], doctrine=Doctrine(reserve=0.25), channels=1, range_max_m=80e3)
    places = place_table([CITY, OTHER], nation=[0, 1], value=[1.0, 9.0])
    flying = picture_of(tracks([before_impact(*CITY, 45.0), before_impact(*OTHER, 45.0)], [BALLISTIC] * 2))

    def first(rule):
        return fire(batteries, flying, new_fire_state(batteries), places, rule).track_id.tolist()

    assert first(Coordination.OWN_PLACES) == first(Coordination.OWN_PLACES_FIRST) == [101]
    assert first(Coordination.RESERVE_KEPT) == first(Coordination.POOLED) == [102]


@given(st.integers(0, 2**32 - 1), st.sampled_from(list(Coordination)), st.booleans())
def test_every_step_keeps_the_reserve_from_all_but_grave_threats_to_own_places(seed, rule, pooled):
    rng = np.random.default_rng(seed)
    stock = rng.integers(0, 20, 3).astype(np.int32)
    doctrine = doctrine_table(Doctrine(reserve=0.4, reserve_for=2.0, pooled=pooled), np.full(3, 20, np.int32))
    own = np.where(rng.random((5, 3)) < 0.5, rng.uniform(0.0, 4.0, (5, 3)), 0.0)
    every = own + rng.uniform(0.0, 2.0, (5, 3))
    for step in steps_of(doctrine, np.arange(3, dtype=np.int32), own, every, stock, rule):
        beyond = step.rounds > np.maximum(stock - 8, 0)
        allowed = (own >= 2.0) & (step.stake == own)
        if rule == Coordination.POOLED and pooled:
            allowed = np.ones_like(allowed)
        assert not ((step.stake > 0.0) & ~allowed & beyond[None, :]).any()
        assert (step.rounds <= stock).all()
