"""A run's truth: the raid and the air traffic about it."""

from __future__ import annotations

import math

import numpy as np

from skypact.earth.terrain import Terrain
from skypact.model.catalogue import Catalogue
from skypact.model.network import AirportTable, Network
from skypact.model.scenario import QUIET_S, Scenario
from skypact.model.truth import Truth
from skypact.truth._raid import draw_raid
from skypact.truth.flight import gather
from skypact.truth.traffic import draw_traffic


def draw_truth(
    scenario: Scenario,
    catalogue: Catalogue,
    network: Network,
    airports: AirportTable,
    terrain: Terrain,
    family: int,
    k0: np.uint32,
    k1: np.uint32,
) -> Truth:
    """The truth of one paired run: every object from its launch to its un-intercepted arrival, raid objects first.

    Aircraft are kept from the second before sensors come on (settings.lead_in_s before zero) or their take-off,
    until they land or the run ends: settings.tail_s after the last arrival of the raid, an hour without one. An
    aircraft still flying then has the run's end as its `end_s`.

    Args:
        scenario, catalogue, network, airports, terrain: the world as built.
        family: index in scenario.families; -1 for no raid.
        k0, k1: the run's key.

    Raises:
        UsageError: the family, a class, a value, an aim or an airport that the draw needs does not exist.
    """
    raid = [] if family == -1 else draw_raid(scenario, catalogue, network.places, terrain, family, k0, k1)
    horizon_s = QUIET_S
    if raid:
        horizon_s = math.ceil(max(flight.path.end_s for flight in raid) + scenario.settings.tail_s)
    kept_s = (-math.ceil(scenario.settings.lead_in_s) - 1, horizon_s)
    traffic = draw_traffic(scenario, catalogue, airports, terrain, kept_s, k0, k1)
    return gather([*raid, *traffic], tuple(catalogue.threats), family)
