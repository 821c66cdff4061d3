"""The doctrine block: a unit's word before its nation's, a nation's before that of all, and the name's numbers last."""

from __future__ import annotations

import math

from skypact.model.doctrine import STANDARD, Coordination, Doctrine, FireName
from tests.scenario.conftest import text_of


def written(desk, block, unit=""):
    """The small scenario with a doctrine block, and words added to its first unit, which is Bahrain's."""
    text = text_of("gulf-small").replace("\npolicy:", f"\n{block}\npolicy:", 1)
    first = "{name: Manama medium, "
    assert first in text
    return desk.load(text.replace(first, f"{first}{unit}", 1))


def test_without_a_word_every_unit_shoots_looks_and_shoots(desk):
    scenario = desk.builtin("gulf-small")
    assert {unit.doctrine for unit in scenario.batteries} == {STANDARD[FireName.SHOOT_LOOK_SHOOT]}
    assert scenario.coordination == Coordination.OWN_PLACES
    standard = scenario.batteries[0].doctrine
    assert (standard.rounds, standard.last_rounds, standard.again, standard.leave_below) == (1, 2, True, 0.1)


def test_what_is_stated_nearer_to_the_unit_holds(desk):
    block = (
        "doctrine: {fire: salvo, reserve: 0.2, coordination: pooled,"
        " nations: {QAT: {fire: save, leave_below: 0.3}, BHR: {reserve: 0.7}}}"
    )
    scenario = written(desk, block, "doctrine: {rounds: 3, pooled: true}, ")
    by_name = {unit.name: unit.doctrine for unit in scenario.batteries}
    assert by_name["Manama medium"] == Doctrine(FireName.SALVO, rounds=3, reserve=0.7, pooled=True)
    assert by_name["Doha medium"] == Doctrine(FireName.SAVE, 1, 0.2, 5.0, 0.3)
    assert by_name["Dammam short"] == Doctrine(FireName.SALVO, rounds=2, reserve=0.2)
    assert scenario.coordination == Coordination.POOLED


def test_a_unit_may_meet_objects_in_a_sector_only(desk):
    unit = written(desk, "", "faces: 30 deg, sector: 120 deg, ").batteries[0]
    assert unit.sector_centre_rad == math.radians(30)
    assert unit.sector_rad == math.radians(120)
    assert desk.builtin("gulf-small").batteries[0].sector_rad == 2.0 * math.pi
