"""Synthetic air traffic: a gravity model between airports, overflights, private and military aircraft.

Not recorded traffic, and labelled so. Departures are a Poisson process that began six hours before the scenario's
zero, so that the sky is full at any time of a run, whenever its sensors come on: the rate of each kind is its mean
number in the air over its mean time of flight (Little, Operations Research 9, 1961).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from skypact.earth.terrain import Terrain
from skypact.errors import UsageError
from skypact.kernels.random import TRAFFIC, TRANSPONDER, poisson
from skypact.model.catalogue import Catalogue, ThreatClass
from skypact.model.codes import FIRST_CIVIL_CODE, FIRST_FRIENDLY_CODE, NO_CODE, ObjectClass
from skypact.model.network import AirportTable
from skypact.model.scenario import Scenario
from skypact.truth._itinerary import KINDS, Itinerary, Kind, World, itinerary, mean_duration_s
from skypact.truth.flight import Draws, Flight, class_value, radar_cross_section, threat_class
from skypact.truth.route import aircraft_path

FIRST_KEY = 0x100000
"""Keys of aircraft are this and the index of the flight in the whole process."""

_HISTORY_S = 21_600
_WINDOW_S = 60
_ORDINAL_BITS = 8
_SECTION, _MOMENT = 0, 1


@dataclass(frozen=True)
class _Departure:
    """One departure of the process."""

    index: int
    kind: Kind
    launch_s: int
    draws: Draws


def draw_traffic(
    scenario: Scenario,
    catalogue: Catalogue,
    airports: AirportTable,
    terrain: Terrain,
    kept_s: tuple[int, int],
    k0: np.uint32,
    k1: np.uint32,
) -> list[Flight]:
    """The aircraft in the air at any time of kept_s, with their paths cut to it; which they are hangs on nothing else.

    Raises:
        UsageError: a kind with a share has no airports to fly between, or the catalogue lacks a class.
    """
    if scenario.traffic.aircraft <= 0:
        return []
    world = World(scenario.region, airports, terrain)
    names = tuple(catalogue.threats)
    numbers = _numbers(scenario)
    threats = {kind: threat_class(catalogue.threats, kind.class_name) for kind in numbers}
    rates = {kind: number / mean_duration_s(kind, threats[kind], world) for kind, number in numbers.items()}
    flights: list[Flight] = []
    for departure in _departures(rates, kept_s[1], k0, k1):
        kind = departure.kind
        plan = itinerary(kind, threats[kind], world, departure.draws)
        if departure.launch_s + plan.flown.duration_s <= kept_s[0]:
            continue
        section = class_value(threats[kind], "rcs_m2")
        flights.append(
            Flight(
                key=FIRST_KEY + departure.index,
                object_class=threats[kind].object_class,
                type_index=names.index(kind.class_name),
                nation=_owner(scenario, airports, kind, threats[kind], plan),
                code=_code(scenario, threats[kind], departure.index, k0, k1),
                rcs_m2=radar_cross_section(section, departure.draws.normals(_SECTION)[0]),
                place=-1,
                path=aircraft_path(terrain, plan.route, plan.flown, departure.launch_s, kept_s),
            )
        )
    return flights


def _numbers(scenario: Scenario) -> dict[Kind, float]:
    """The mean number in the air of each kind that has a share of the traffic."""
    traffic = scenario.traffic
    shares = {
        "overflight": traffic.overflight_share,
        "private": traffic.private_share,
        "military": traffic.military_share,
    }
    total = sum(shares.values())
    if total > 1.0 + 1e-9 or min(shares.values()) < 0.0:
        raise UsageError(
            "shares of the traffic", f"{shares}", "Keep each at 0 or above, their sum at 1 or below."
        )
    shares["airliner"] = 1.0 - total
    return {kind: traffic.aircraft * shares[kind.name] for kind in KINDS if shares[kind.name] > 1e-9}


def _departures(rates: dict[Kind, float], until_s: int, k0: np.uint32, k1: np.uint32) -> Iterator[_Departure]:
    """Every departure from six hours before zero until a second, window by window; the index counts them."""
    index = 0
    for window in range((_HISTORY_S + until_s) // _WINDOW_S + 1):
        begin_s = window * _WINDOW_S - _HISTORY_S
        for kind, rate in rates.items():
            number = KINDS.index(kind)
            count = poisson(rate * _WINDOW_S, k0, k1, TRAFFIC, np.uint32(number), np.uint32(window))
            for ordinal in range(count):
                draws = Draws(k0, k1, TRAFFIC, number, window << _ORDINAL_BITS | ordinal)
                launch_s = begin_s + int(draws.uniforms(_MOMENT)[0] * _WINDOW_S)
                if launch_s < until_s:
                    yield _Departure(index, kind, launch_s, draws)
                index += 1


def _owner(
    scenario: Scenario, airports: AirportTable, kind: Kind, threat: ThreatClass, plan: Itinerary
) -> int:
    """Index of the nation that owns a military aircraft, by the country of its airport; else -1."""
    if threat.object_class != ObjectClass.FRIENDLY or plan.airport < 0 or kind.name != "military":
        return -1
    country = airports.countries[plan.airport]
    return scenario.nations.index(country) if country in scenario.nations else -1


def _code(scenario: Scenario, threat: ThreatClass, index: int, k0: np.uint32, k1: np.uint32) -> int:
    """The transponder code of a flight: of its block, or none where the transponder is dead."""
    if Draws(k0, k1, TRANSPONDER, index, 0).uniforms(0)[0] < scenario.traffic.dead_transponder_share:
        return NO_CODE
    friendly = threat.object_class == ObjectClass.FRIENDLY
    return index + (FIRST_FRIENDLY_CODE if friendly else FIRST_CIVIL_CODE)
