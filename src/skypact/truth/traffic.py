"""Synthetic air traffic: a gravity model between airports, overflights, private and military aircraft.

Not recorded traffic, and labelled so. Departures are a Poisson process that began as long before sensors come on as the
longest flight lasts, so that the sky is full at any time of a run: the rate of each kind is its mean number in the
air over its mean time of flight (Little, Operations Research 9, 1961).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain

import numpy as np

from skypact.earth.terrain import Terrain
from skypact.errors import UsageError
from skypact.kernels import route as kernel
from skypact.kernels.random import TRAFFIC, poisson
from skypact.model.catalogue import Catalogue, ThreatClass
from skypact.model.codes import ObjectClass
from skypact.model.network import F8, AirportTable
from skypact.model.scenario import Scenario
from skypact.truth._closure import ClosedAirspace
from skypact.truth._duration import longest_duration_s, mean_duration_s
from skypact.truth._itinerary import KINDS, Itinerary, Kind, World, itinerary
from skypact.truth.clearance import joined, least_heights, over, steepest
from skypact.truth.flight import (
    Draws,
    Flight,
    Path,
    class_value,
    position_on_path,
    radar_cross_section,
    threat_class,
)
from skypact.truth.identity import aircraft_identity, side_ratio

FIRST_KEY = 0x100000
"""Keys of aircraft are this and the index of the flight in the whole process."""

_WINDOW_S = 60
_ORDINAL_BITS = 16
_INDEX_AT_ZERO = 200_000
"""Index of the first departure from the scenario's zero on: those before count down from it, so that none hangs on how
far back the process is drawn."""
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
    since_s = {kind: kept_s[0] - longest_duration_s(kind, threats[kind], world) for kind in numbers}
    highest_m = float(terrain.heights_m.max())
    closed = ClosedAirspace(scenario.closures, world)
    flights: list[Flight] = []
    for departure in _departures(rates, since_s, kept_s[1], k0, k1):
        kind, threat = departure.kind, threats[departure.kind]
        planned = itinerary(kind, threat, world, departure.draws)
        plan = (
            closed.flown(planned, departure.launch_s)
            if threat.object_class != ObjectClass.FRIENDLY
            else planned
        )
        if plan is None or departure.launch_s + plan.flown.duration_s <= kept_s[0]:
            continue
        key = FIRST_KEY + departure.index
        section = class_value(threat, "rcs_m2")
        flights.append(
            Flight(
                key=key,
                object_class=threat.object_class,
                type_index=names.index(kind.class_name),
                nation=_owner(scenario, airports, kind, threat, plan),
                identity=aircraft_identity(
                    scenario.traffic, threat, key, departure.index, _flown_s(departure, planned), k0, k1
                ),
                rcs_m2=radar_cross_section(section, departure.draws.normals(_SECTION)[0]),
                rcs_side_ratio=side_ratio(threat),
                place=-1,
                path=_path(terrain, highest_m, plan, steepest(threat), departure.launch_s, kept_s),
            )
        )
    return flights


def _flown_s(departure: _Departure, planned: Itinerary) -> tuple[float, float]:
    """When a flight begins, and ends as planned."""
    return float(departure.launch_s), departure.launch_s + planned.flown.duration_s


def _path(
    terrain: Terrain, highest_m: float, plan: Itinerary, slope: float, launch_s: int, kept_s: tuple[int, int]
) -> Path:
    """The path of an aircraft, kept from the first to the last second of `kept_s` only.

    What is kept changes no sample: each is computed by itself. Where `kept_s` ends before the flight does, so does the
    path.
    """
    duration = plan.flown.duration_s
    first = max(0, kept_s[0] - launch_s)
    last = min(math.ceil(duration), kept_s[1] - launch_s)
    t = np.arange(first - 1.0, last + 2.0)
    along, height, phase = plan.flown.at(t)
    height = over(height, along, _least_heights(terrain, highest_m, plan, slope))
    vectors = np.empty((len(t), 3))
    kernel.route_points(plan.route.elements, along, vectors)
    state = np.empty((last - first + 1, 6))
    kernel.route_states(vectors, height, state)
    end_s = min(launch_s + duration, float(kept_s[1]))
    return Path(
        launch_s=float(launch_s),
        burnout_s=float(launch_s),
        end_s=end_s,
        end_ecef_m=position_on_path(state, launch_s + first, end_s),
        first_s=launch_s + first,
        state=state,
        phase=phase[1:-1].copy(),
    )


def _least_heights(terrain: Terrain, highest_m: float, plan: Itinerary, slope: float) -> F8:
    """The least heights along a plan, as they were before it left another."""
    least = least_heights(terrain, highest_m, plan.route, plan.flown, slope)
    if plan.left is None:
        return least
    return joined(_least_heights(terrain, highest_m, plan.left, slope), least, plan.left_m)


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


def _departures(
    rates: dict[Kind, float], since_s: dict[Kind, float], until_s: int, k0: np.uint32, k1: np.uint32
) -> list[_Departure]:
    """Every departure of each kind from a second of its own until another, in the order of time, by windows."""
    first = math.floor(min(since_s.values(), default=0.0) / _WINDOW_S)
    before = [_window(rates, window, k0, k1) for window in range(-1, first - 1, -1)]
    after = [_window(rates, window, k0, k1) for window in range(max(math.ceil(until_s / _WINDOW_S), 0))]
    index = _INDEX_AT_ZERO - sum(map(len, before))
    found = []
    for kind, launch_s, draws in chain(*reversed(before), *after):
        if since_s[kind] <= launch_s < until_s:
            found.append(_Departure(index, kind, launch_s, draws))
        index += 1
    return found


def _window(
    rates: dict[Kind, float], window: int, k0: np.uint32, k1: np.uint32
) -> list[tuple[Kind, int, Draws]]:
    """The departures of a minute, the one of that number from the scenario's zero: kind, second and random numbers."""
    word = window & 0xFFFFFFFF
    found = []
    for kind, rate in rates.items():
        number = KINDS.index(kind)
        count = poisson(rate * _WINDOW_S, k0, k1, TRAFFIC, np.uint32(number), np.uint32(word))
        for ordinal in range(count):
            draws = Draws(k0, k1, TRAFFIC, number << _ORDINAL_BITS | ordinal, word)
            found.append((kind, window * _WINDOW_S + int(draws.uniforms(_MOMENT)[0] * _WINDOW_S), draws))
    return found


def _owner(
    scenario: Scenario, airports: AirportTable, kind: Kind, threat: ThreatClass, plan: Itinerary
) -> int:
    """Index of the nation that owns a military aircraft, by the country of its airport; else -1."""
    if threat.object_class != ObjectClass.FRIENDLY or plan.airport < 0 or kind.name != "military":
        return -1
    country = airports.countries[plan.airport]
    return scenario.nations.index(country) if country in scenario.nations else -1
