import pytest

from skypact.errors import UsageError
from skypact.scenario import with_reading


def test_another_reading_of_one_member_changes_that_member_alone(desk):
    policy = desk.builtin("gulf").policy
    other = with_reading(policy, "QAT", "willing")
    assert other.reading == {**policy.reading, "QAT": "willing"}
    assert other.levels == policy.levels
    assert other.readings == policy.readings
    assert policy.reading["QAT"] == "partial"


def test_a_reading_that_is_not_written_is_refused_with_those_that_are(desk):
    policy = desk.builtin("gulf").policy
    with pytest.raises(UsageError, match="reluctant, partial, willing"):
        with_reading(policy, "QAT", "eager")
    with pytest.raises(UsageError, match="QAT, KWT, OMN, IRQ"):
        with_reading(policy, "EGY", "willing")
