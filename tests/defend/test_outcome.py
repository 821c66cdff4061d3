"""Outcomes are kept to their chances, keyed, independent across shooters, and assessed with error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from skypact.defend import FIRE_VALUES, FireSettings, resolve, salvo_chance
from skypact.defend.outcome import handover_factor
from skypact.model.codes import Assessment, ObjectClass, Outcome
from tests.defend.world import K0, K1, SECOND, SETTINGS, battery_table, shots_of

N = 20_000
BATTERIES = battery_table([(29.0, 48.0), (29.0, 48.1)], kill=0.56)


def settle(
    shots,
    key=None,
    object_class=ObjectClass.BALLISTIC,
    held=True,
    alive=True,
    ordinal=0,
    row=0,
    tables=BATTERIES,
):
    n = len(shots.battery)
    return resolve(
        shots,
        tables,
        np.full(n, row, np.int32),
        np.arange(n, dtype=np.uint32) if key is None else key,
        np.full(n, int(object_class), np.uint8),
        np.full(n, alive),
        np.full(n, held),
        np.full(n, ordinal, np.int32),
        K0,
        K1,
        SETTINGS,
    )


def within_exact_bounds(hits, n, chance, tail=1e-4):
    return binom.ppf(tail, n, chance) <= hits <= binom.ppf(1.0 - tail, n, chance)


SALVOS = [(1, 1.0, 1.0), (2, 1.0, 1.0), (2, 0.9, 0.8), (4, 0.95, 0.6)]


@pytest.mark.parametrize(("rounds", "common", "handover"), SALVOS)
def test_kills_are_as_frequent_as_their_chance_says(rounds, common, handover):
    out = settle(shots_of(N, rounds, common, handover))
    want = common * (1.0 - (1.0 - 0.56 * handover) ** rounds)
    assert salvo_chance(0.56, common, handover, rounds) == pytest.approx(want)
    assert within_exact_bounds(int((out.outcome == Outcome.KILL).sum()), N, want)
    assert set(out.outcome.tolist()) == {Outcome.KILL, Outcome.MISS}


def test_two_shooters_and_two_shots_of_one_shooter_are_independent():
    first = settle(shots_of(N)).outcome == Outcome.KILL
    other = settle(shots_of(N, battery=1)).outcome == Outcome.KILL
    again = settle(shots_of(N), ordinal=1).outcome == Outcome.KILL
    for second in (other, again):
        assert within_exact_bounds(int((first & second).sum()), N, 0.56**2)
        assert within_exact_bounds(int((~first & ~second).sum()), N, 0.44**2)


def test_the_same_event_has_the_same_outcome_in_any_company():
    together = settle(shots_of(50))
    for i in range(0, 50, 7):
        alone = settle(shots_of(1), key=np.array([i], np.uint32))
        assert alone.outcome[0] == together.outcome[i]
        assert alone.assessment[0] == together.assessment[i]


def test_a_better_chance_never_turns_a_kill_into_a_miss():
    worse = settle(shots_of(2000, handover=0.5)).outcome == Outcome.KILL
    better = settle(shots_of(2000, handover=0.9)).outcome == Outcome.KILL
    assert not (worse & ~better).any()
    assert better.sum() > worse.sum()


def test_nothing_there_and_already_dead_are_said():
    assert (settle(shots_of(5), row=-1).outcome == Outcome.NOTHING_THERE).all()
    dead = settle(shots_of(500), alive=False)
    assert (dead.outcome == Outcome.ALREADY_DEAD).all()
    assert (dead.assessment == Assessment.KILLED).sum() > 400


@pytest.mark.parametrize("victim", [ObjectClass.CIVIL, ObjectClass.FRIENDLY])
def test_an_aircraft_at_the_aim_point_is_hit_as_a_cruise_missile_would_be(victim):
    out = settle(shots_of(N), object_class=victim)
    assert within_exact_bounds(int((out.outcome == Outcome.KILL).sum()), N, 0.56)
    stated = BATTERIES.kill.copy()
    stated[:, int(victim)] = 0.2
    out = settle(shots_of(N), object_class=victim, tables=replace(BATTERIES, kill=stated))
    assert within_exact_bounds(int((out.outcome == Outcome.KILL).sum()), N, 0.2)


def test_a_class_that_a_battery_cannot_kill_is_missed():
    assert (settle(shots_of(1000), object_class=ObjectClass.DEBRIS).outcome == Outcome.MISS).all()


def test_assessments_err_at_their_stated_rates_and_come_late():
    out = settle(shots_of(N))
    killed = out.outcome == Outcome.KILL
    missed_kills = int((out.assessment[killed] == Assessment.MISSED).sum())
    false_kills = int((out.assessment[~killed] == Assessment.KILLED).sum())
    assert within_exact_bounds(missed_kills, int(killed.sum()), SETTINGS.missed_kill)
    assert within_exact_bounds(false_kills, int((~killed).sum()), SETTINGS.false_kill)
    assert (out.assessed_ns == 30 * SECOND + int(SETTINGS.assessment_s * SECOND)).all()


def test_what_own_sensors_do_not_hold_is_not_assessed():
    assert (settle(shots_of(200), held=False).assessment == Assessment.UNKNOWN).all()


def test_handover_falls_with_sigma_and_is_bounded():
    sigma = np.array([0.0, 500.0, 1000.0, 2000.0, 1e6])
    factor = handover_factor(sigma, np.full(5, 1000.0), SETTINGS)
    assert factor[0] == 1.0
    assert factor[2] == pytest.approx(0.8)
    assert (np.diff(factor) <= 0.0).all()
    assert factor[-1] == SETTINGS.handover_min


def test_no_shots_have_no_outcomes():
    assert len(settle(shots_of(0)).outcome) == 0


def test_every_assumption_lies_in_its_interval_and_names_its_source():
    for name, value in FIRE_VALUES.items():
        assert value.low <= getattr(FireSettings(), name) <= value.high, name
        assert value.source
