"""Several days of raids in a scenario: what is written, what it becomes, what is refused."""

import pytest

from skypact.errors import InputError
from skypact.model.scenario import Days
from tests.scenario.conftest import SMALL

BASIS = 'basis: "assumption: for a test"'


def faults_of(desk, extra):
    with pytest.raises(InputError) as caught:
        desk.load(SMALL + extra)
    return {fault.field: fault for fault in caught.value.faults}


def test_a_scenario_that_says_nothing_has_one_raid_a_day_one_more_magazine_and_no_resupply(desk):
    days = desk.load(SMALL).days
    assert days == Days()
    assert (days.raids_per_day, days.resupply_per_day, days.store) == (1, 0.0, 1.0)


def test_rounds_are_a_share_of_the_magazine_for_all_tiers_or_tier_by_tier(desk):
    text = "days: {raids_per_day: 2, resupply_per_day: {medium: 0.5, short: 1}, store: 0.25, " + BASIS + "}\n"
    days = desk.load(SMALL + text).days
    assert days == Days(2, {"medium": 0.5, "short": 1.0}, 0.25, "assumption: for a test")


@pytest.mark.parametrize(
    ("written", "field", "words"),
    [
        ("{store: 1}", "days.basis", "basis"),
        ("{raids_per_day: 0, " + BASIS + "}", "days.raids_per_day", "1"),
        ("{resupply_per_day: -0.5, " + BASIS + "}", "days.resupply_per_day", "0"),
        (
            "{resupply_per_day: {medum: 0.5}, " + BASIS + "}",
            "days.resupply_per_day.medum",
            "'medium', perhaps",
        ),
        ('{basis: "everybody knows"}', "days.basis", "assumption: REASON"),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_expected(desk, written, field, words):
    faults = faults_of(desk, f"days: {written}\n")
    named = [fault for name, fault in faults.items() if name.startswith(field)]
    assert named, faults
    assert any(words in fault.expected for fault in named), named
