"""The closed forms hold what the defence does where their assumptions hold: 200 settings drawn at random.

In each the batteries decide, shoot and assess for themselves (`tests.defend.shooting`), a number of runs with keys of
their own, and something that either happens or not is counted: an object leaks, a second salvo is fired at it, a run
has no leaker. The closed form is its chance. So the count is binomial, its exact 99% interval holds the closed form in
99 of 100 settings or more, and the number of settings in which it does is binomial too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, kstest

from skypact.defend import theory
from skypact.score.interval import binomial_bounds
from tests.defend.shooting import World, play, world

SETTINGS, TRIALS, RUNS = 200, 400, 50
SEED = 300


@dataclass(frozen=True)
class Setting:
    """One of the 200: what was counted, and what the closed form says of it, given the numbers it was drawn with."""

    kind: str
    count: int
    trials: int
    numbers: dict
    chance: float


def salvos_of(sky: World) -> tuple[int, ...]:
    """The salvos that the doctrine fires at an object that no shot harms."""
    return play(sky, SEED, 0, every_shot_misses=True).rounds


def leaks(sky: World, number: int, runs: int) -> tuple[int, int]:
    alive = [play(sky, SEED + number, run).alive for run in range(runs)]
    return int(np.sum(alive)), runs * sky.objects


def leak_free(sky: World, number: int) -> tuple[int, int]:
    return sum(not play(sky, SEED + number, run).alive.any() for run in range(RUNS)), RUNS


def objects_and_runs(rng) -> tuple[int, int]:
    objects = int(rng.integers(20, 60))
    return objects, -(-TRIALS // objects)


def barrage(number: int, rng) -> tuple[tuple[int, int], dict]:
    """No time to look."""
    objects, runs = objects_and_runs(rng)
    numbers = {"single": rng.uniform(0.2, 0.8), "common": rng.uniform(0.7, 1.0)}
    sky = world(
        objects,
        kill=numbers["single"],
        salvo_common=numbers["common"],
        last_rounds=int(rng.integers(1, 5)),
        assessment_s=25.0,
    )
    (numbers["rounds"],) = salvos_of(sky)
    return leaks(sky, number, runs), numbers


def looks(number: int, rng) -> tuple[World, int, dict]:
    objects, runs = objects_and_runs(rng)
    numbers = {
        "single": rng.uniform(0.2, 0.8),
        "common": rng.uniform(0.7, 1.0),
        "false_kill": rng.uniform(0.0, 0.4),
        "missed_kill": rng.uniform(0.0, 0.4),
    }
    sky = world(
        objects,
        kill=numbers["single"],
        salvo_common=numbers["common"],
        look_rounds=int(rng.integers(1, 4)),
        last_rounds=int(rng.integers(1, 4)),
        assessment_s=float(rng.choice([1.0, 4.0])),
        false_kill=numbers["false_kill"],
        missed_kill=numbers["missed_kill"],
    )
    numbers["salvos"] = salvos_of(sky)
    assert len(numbers["salvos"]) > 1
    return sky, runs, numbers


def look_leaks(number: int, rng) -> tuple[tuple[int, int], dict]:
    """Shoot, look, shoot, with errors of assessment: who leaks."""
    sky, runs, numbers = looks(number, rng)
    return leaks(sky, number, runs), numbers


def look_rounds(number: int, rng) -> tuple[tuple[int, int], dict]:
    """Shoot, look, shoot, with errors of assessment: at whom a second salvo is fired."""
    sky, runs, numbers = looks(number, rng)
    twice = sum(int((play(sky, SEED + number, run).salvos >= 2).sum()) for run in range(runs))
    return (twice, runs * sky.objects), numbers


def layers(number: int, rng) -> tuple[tuple[int, int], dict]:
    """Two or three layers, a salvo in each, and objects that nobody sees."""
    objects, runs = objects_and_runs(rng)
    count = int(rng.integers(2, 4))
    numbers = {
        "single": rng.uniform(0.2, 0.7, count).tolist(),
        "common": rng.uniform(0.7, 1.0, count).tolist(),
        "unseen": int(rng.integers(0, objects // 5)),
        "objects": objects,
    }
    seen = np.arange(objects) >= numbers["unseen"]
    sky = world(
        objects,
        layers=count,
        kill=numbers["single"],
        salvo_common=numbers["common"],
        salvo=rng.integers(1, 4, count).tolist(),
        look_rounds=4,
        last_rounds=4,
        assessment_s=2.0,
        decision_s=2.0,
    )
    numbers["salvos"] = salvos_of(sky)
    assert len(numbers["salvos"]) == count
    (count_leaks, trials) = leaks(World(sky.objects, sky.batteries, sky.settings, seen), number, runs)
    # The unseen leak for certain: those that are seen are the trials.
    return (count_leaks - runs * numbers["unseen"], trials - runs * numbers["unseen"]), numbers


def magazine(number: int, rng) -> tuple[tuple[int, int], dict]:
    """Looks with fewer rounds than the doctrine would fire."""
    objects = int(rng.integers(2, 7))
    numbers = {
        "objects": objects,
        "stock": int(rng.integers(objects, 2 * objects + 1)),
        "single": rng.uniform(0.5, 0.95),
        "common": rng.uniform(0.8, 1.0),
    }
    fires: dict[str, Any] = {
        "look_rounds": int(rng.integers(1, 3)),
        "last_rounds": 2,
        "assessment_s": float(rng.choice([1.0, 4.0])),
    }
    sky = world(
        objects,
        kill=numbers["single"],
        salvo_common=numbers["common"],
        stock=numbers["stock"],
        **fires,
    )
    plenty = world(objects, **fires)
    numbers["salvos"] = salvos_of(plenty)
    return leak_free(sky, number), numbers


def alone(number: int, rng) -> tuple[tuple[int, int], dict]:
    """Shooters of several nations, none of whom knows at what the others fire."""
    objects = int(rng.integers(2, 5))
    numbers = {"objects": objects, "shots": int(rng.integers(objects, 10)), "single": rng.uniform(0.4, 1.0)}
    sky = world(objects, nations=numbers["shots"], kill=numbers["single"], stock=1, last_rounds=1, blind=True)
    return leak_free(sky, number), numbers


def together(number: int, rng) -> tuple[tuple[int, int], dict]:
    """Shooters of several nations, each of whom knows at what the others before have fired."""
    objects = int(rng.integers(5, 12))
    numbers = {"objects": objects, "single": rng.uniform(0.2, 0.9)}
    sky = world(objects, nations=objects, kill=numbers["single"], stock=1, last_rounds=1, told=True)
    return leaks(sky, number, RUNS // 2), numbers


KINDS = (barrage, look_leaks, look_rounds, layers, magazine, alone, together)


def salvo_kills(n: dict) -> list[float]:
    """The chance of each salvo; a layer has numbers of its own."""
    count = len(n["salvos"])
    single = n["single"] if isinstance(n["single"], list) else [n["single"]] * count
    common = n["common"] if isinstance(n["common"], list) else [n["common"]] * count
    return [theory.salvo_kill(*part) for part in zip(single, n["salvos"], common, strict=True)]


def engagement(n: dict) -> theory.Expectation:
    return theory.shoot_look_shoot(n["salvos"], salvo_kills(n), n["false_kill"], n["missed_kill"])


def seen_leak(n: dict) -> float:
    """The share of leakers among what is seen, from that among all."""
    unseen = n["unseen"] / n["objects"]
    return (theory.layered_leakage(salvo_kills(n), unseen) - unseen) / (1.0 - unseen)


Formulas = dict[str, Callable[[dict], float]]
CLOSED: Formulas = {
    "barrage": lambda n: 1.0 - theory.salvo_kill(n["single"], n["rounds"], n["common"]),
    "look_leaks": lambda n: engagement(n).leak,
    "look_rounds": lambda n: engagement(n).fired[1],
    "layers": seen_leak,
    "magazine": lambda n: float(
        theory.doctrine_leakers(n["objects"], n["stock"], n["salvos"], n["single"], n["common"])[0]
    ),
    "alone": lambda n: theory.uncoordinated_leak_free(n["objects"], n["shots"], n["single"]),
    "together": lambda n: theory.coordinated_leakers(n["objects"], n["objects"], n["single"]) / n["objects"],
}
WRONG: Formulas = {
    "barrage": lambda n: 1.0 - theory.salvo_kill(n["single"], n["rounds"]),
    "look_leaks": lambda n: theory.shoot_look_shoot(n["salvos"], salvo_kills(n)).leak,
    "look_rounds": lambda n: theory.shoot_look_shoot(n["salvos"], salvo_kills(n)).fired[1],
    "layers": lambda n: 1.0 - salvo_kills(n)[0],
    "magazine": lambda n: float(
        theory.doctrine_leakers(n["objects"], 99, n["salvos"], n["single"], n["common"])[0]
    ),
    "alone": lambda n: float(theory.leaker_chances(n["objects"], n["single"])[0]),
    "together": lambda n: (
        theory.uncoordinated_leakers(n["objects"], n["objects"], n["single"]) / n["objects"]
    ),
}


def setting(number: int) -> Setting:
    """Setting `number`: its numbers are drawn, its runs played, the closed form asked."""
    kind = KINDS[number % len(KINDS)]
    (count, trials), numbers = kind(number, np.random.default_rng([SEED, number]))
    name = kind.__name__
    return Setting(name, count, trials, numbers, CLOSED[name](numbers))


@pytest.fixture(scope="module")
def settings() -> list[Setting]:
    return [setting(number) for number in range(SETTINGS)]


def holding(settings: list[Setting], formulas: Formulas) -> int:
    """In how many settings the exact 99% interval of what was counted holds what the formulas say."""
    held = 0
    for one in settings:
        low, high = binomial_bounds(one.count, one.trials, 0.99)
        held += low <= formulas[one.kind](one.numbers) <= high
    return held


FEWEST = int(binom.ppf(5e-4, SETTINGS, 0.99))
"""Fewer than these would be improbable: exact intervals hold the truth with 99% or more."""


@pytest.mark.slow
def test_the_exact_intervals_of_200_settings_hold_the_closed_forms_as_often_as_they_promise(settings):
    held = holding(settings, CLOSED)
    assert held >= FEWEST


@pytest.mark.slow
def test_what_is_counted_lies_among_what_the_closed_forms_allow_as_chance_would_have_it(settings):
    """Sharper than the intervals: a bias too small for any one setting shows in all together."""
    place = np.random.default_rng(SEED).uniform(size=SETTINGS)
    count, trials = np.array([(s.count, s.trials) for s in settings]).T
    chance = np.array([s.chance for s in settings])
    rank = binom.cdf(count - 1, trials, chance) + place * binom.pmf(count, trials, chance)
    assert kstest(rank, "uniform").pvalue > 1e-3
    for kind in CLOSED:
        of_kind = np.array([s.kind == kind for s in settings])
        assert kstest(rank[of_kind], "uniform").pvalue > 1e-3 / len(CLOSED), kind


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(CLOSED))
def test_one_wrong_formula_of_seven_is_found_out(settings, kind):
    wrong = holding(settings, CLOSED | {kind: WRONG[kind]})
    assert wrong < FEWEST


@pytest.mark.parametrize("number", range(len(KINDS)))
def test_one_setting_of_each_kind_agrees_with_its_closed_form(number):
    one = setting(number)
    low, high = binomial_bounds(one.count, one.trials, 1.0 - 1e-4)
    assert low <= one.chance <= high
