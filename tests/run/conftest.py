"""A small world, wired once for the tests of the pipeline."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skypact.run.build import Treatments, Wired, wire
from skypact.run.library import load


def wired_small(levels: tuple[str, ...], lead_in_s: float | None = None, **switches: bool) -> Wired:
    """The built-in small scenario at the given levels."""
    loaded = load("gulf-small")
    scenario = loaded.scenario
    if lead_in_s is not None:
        scenario = replace(scenario, settings=replace(scenario.settings, lead_in_s=lead_in_s))
    return wire(scenario, loaded.catalogue, loaded.airports, loaded.terrain, levels, Treatments(**switches))


@pytest.fixture(scope="session")
def four_levels() -> Wired:
    return wired_small(("national", "today", "pact", "full"))
