"""The method of fusion in the settings: every name, the default, and a name that is none."""

from __future__ import annotations

from typing import get_args

import pytest

from skypact.errors import InputError
from skypact.model.codes import Combination
from skypact.scenario.schema import FusionName
from tests.scenario.conftest import SMALL


def test_the_file_may_name_exactly_the_methods_there_are() -> None:
    assert list(get_args(FusionName)) == [method.name.lower() for method in Combination]


@pytest.mark.parametrize("method", list(Combination))
def test_the_named_method_is_frozen_and_without_a_name_it_is_covariance_intersection(desk, method) -> None:
    text = SMALL.replace("runs: 2", f"runs: 2\nsettings: {{fusion: {method.name.lower()}}}")
    assert desk.load(text).settings.fusion == method
    assert desk.load(SMALL).settings.fusion == Combination.COVARIANCE_INTERSECTION


def test_a_method_that_is_none_is_a_fault_with_its_line_and_the_names_there_are(desk) -> None:
    with pytest.raises(InputError) as caught:
        desk.load(SMALL.replace("runs: 2", "runs: 2\nsettings: {fusion: averaging}"))
    fault = caught.value.faults[0]
    assert (fault.field, fault.found) == ("settings.fusion", "'averaging'")
    assert "covariance_intersection" in fault.expected
