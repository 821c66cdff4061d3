"""Published and closed-form values of layered defence, met by the functions that the defence uses.

Source of the numbers marked (W): D. A. Wilkening, "A simple model for calculating ballistic missile defense
effectiveness", Science and Global Security 8 (1999), 183-215; integers as published. Uncoordinated fire: N shooters
each choosing uniformly among T objects leave T (1 - p / T)^N, co-ordinated ones T (1 - p)^(N / T).
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from skypact.defend import allocate, resolve, salvo_chance
from skypact.model.codes import ObjectClass, Outcome
from tests.defend.world import K0, K1, SETTINGS, battery_table, shots_of

KILL_BY_SHOTS_P056 = [0.56, 0.8064, 0.914816, 0.962519, 0.983508]  # (W)
CHANCE_FOR_NO_LEAKER_08 = {5: 0.95635, 20: 0.9889, 100: 0.99777}  # (W): K of each object so that K^W = 0.8
SHOTS_FOR_NO_LEAKER_08 = {  # (W): by single-shot chance, for W = 5, 20, 100
    0.5: [5, 7, 9],
    0.7: [3, 4, 6],
    0.8: [2, 3, 4],
    0.9: [2, 2, 3],
}
UNCOORDINATED = [(10, 10, 0.7, 4.8398, 3.0), (10, 20, 0.7, 2.3424, 0.9), (10, 30, 0.7, 1.1337, 0.27)]


def test_the_chance_of_salvos_of_one_to_five_is_wilkenings():
    rounds = np.arange(1, 6, dtype=np.int32)
    assert salvo_chance(0.56, 1.0, 1.0, rounds) == pytest.approx(KILL_BY_SHOTS_P056, abs=1e-6)


def test_the_shots_that_keep_a_raid_out_with_chance_08_are_wilkenings():
    for column, (objects, needed) in enumerate(CHANCE_FOR_NO_LEAKER_08.items()):
        assert 0.8 ** (1.0 / objects) == pytest.approx(needed, abs=1e-5)
        for single, shots in SHOTS_FOR_NO_LEAKER_08.items():
            chance = salvo_chance(single, 1.0, 1.0, np.arange(1, 30, dtype=np.int32))
            assert int(np.argmax(chance >= needed)) + 1 == shots[column]


@pytest.mark.parametrize(
    ("warheads", "decoys", "published", "computed"), [(20, 0, 113, 113.07), (10, 10, 73, 73.21)]
)
def test_the_barrage_with_a_common_factor_is_wilkenings(warheads, decoys, published, computed):
    """(W): P0 = 0.8, P_track = 0.99, p = 0.7, decoys that cannot be told; shots an object are not rounded."""
    needed = 0.8 ** (1.0 / warheads)
    low, high = 1.0, 20.0
    for _ in range(60):  # the salvo's chance is continuous in its rounds
        middle = 0.5 * (low + high)
        low, high = (middle, high) if salvo_chance(0.7, 0.99, 1.0, middle) < needed else (low, middle)
    assert (warheads + decoys) * high == pytest.approx(computed, abs=0.01)
    assert round((warheads + decoys) * high) == published


def leakers(targets, objects, p, runs):
    """Mean and standard error of the number alive after the shots at `targets` [runs, shooters], each keyed."""
    shooters = targets.shape[1]
    batteries = battery_table([(29.0, 48.0)] * shooters, kill=p)
    alive = np.ones((runs, objects), np.bool_)
    for shooter in range(shooters):
        out = resolve(
            shots_of(runs, battery=shooter),
            batteries,
            targets[:, shooter].astype(np.int32),
            (np.arange(runs) * objects + targets[:, shooter]).astype(np.uint32),
            np.full(runs, int(ObjectClass.BALLISTIC), np.uint8),
            np.ones(runs, np.bool_),
            np.ones(runs, np.bool_),
            np.zeros(runs, np.int32),
            K0,
            K1,
            SETTINGS,
        )
        alive[np.arange(runs), targets[:, shooter]] &= out.outcome != Outcome.KILL
    left = alive.sum(axis=1)
    return left.mean(), left.std(ddof=1) / np.sqrt(runs)


@pytest.mark.parametrize(("objects", "shooters", "p", "uncoordinated", "coordinated"), UNCOORDINATED)
def test_leakers_of_uncoordinated_and_coordinated_fire_are_the_closed_forms(
    objects, shooters, p, uncoordinated, coordinated
):
    runs = 6000
    assert uncoordinated == pytest.approx(objects * (1 - p / objects) ** shooters, abs=1e-4)
    alone = np.random.default_rng(100).integers(0, objects, (runs, shooters))
    mean, error = leakers(alone, objects, p, runs)
    assert abs(mean - uncoordinated) < norm.isf(1e-4) * error
    plan = []
    for epoch in range(shooters // objects):  # each epoch one shooter an object; the rest looks again later
        plan_of = allocate(np.ones(objects), np.full((objects, objects), p), np.ones(objects, np.int32))
        assert (plan_of.rounds.sum(axis=0) == 1).all()
        shooter_of = plan_of.rounds.argmax(axis=0) + epoch * objects
        plan += [(int(s), j) for j, s in enumerate(shooter_of)]
    together = np.empty((runs, shooters), np.int64)
    for s, j in plan:
        together[:, s] = j
    assert sorted(s for s, _ in plan) == list(range(shooters))
    mean, error = leakers(together, objects, p, runs)
    assert abs(mean - coordinated) < norm.isf(1e-4) * error
