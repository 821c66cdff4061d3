"""The raid of a run, drawn at random from a family as it is written: private to this room.

For each object: a launch point uniform in one of its group's launch discs, an aim drawn by the group's weights (a
nation stands for its places by population), a point about it, a launch second. The point is uniform in a disc of 1%
of the range, never under 2 km, scattered further by the class: no flight is aimed finer than that. Nothing here knows
of sensors, batteries or anything else that the other side has: no draw depends on what would come of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from skypact.earth import frame as frames
from skypact.earth.terrain import Terrain
from skypact.errors import UsageError
from skypact.kernels import frame
from skypact.kernels.random import RAID
from skypact.model.catalogue import Catalogue, ThreatClass
from skypact.model.codes import ObjectClass
from skypact.model.network import F8, I4, PlaceTable
from skypact.model.scenario import RaidFamily, RaidGroup, Scenario
from skypact.model.weather import Weather
from skypact.truth._ballistic import ballistic_flight, tolerance_m
from skypact.truth.flight import Draws, Flight, Path, class_value, radar_cross_section, threat_class, within
from skypact.truth.identity import raid_identity, side_ratio
from skypact.truth.lowflight import Flyer, Wander, low_path
from skypact.truth.route import n_vectors

_GROUP_BITS = 12
_AIMS_TRIED = 42
_DOG_LEG_SHARE = 0.15
_COUNT_ORDINAL = 0xFFFFFFFF

_FALSE_CODES = 99_999
# How far a drone swings to the sides of its course (notional): metres for each m/s of wind, with such periods.
_SWING_S = 3.0
_SWING_PERIOD_S = (120.0, 400.0)

# Slots of an object's draws; those of the aims are 16 to 99, those of ballistic flight from 100.
_DISC, _POINT, _START, _SECTION, _MOTION, _CORNERS, _BLUR = 0, 1, 2, 3, 5, 6, 9
_FIRST_AIM = 16
_LIMITS, _POPUP, _SWING = 140, 141, 142


@dataclass(frozen=True)
class _Aims:
    """A group's aims: rows of the place table and the cumulated chance of each."""

    rows: I4
    cumulated: F8


def draw_raid(
    scenario: Scenario,
    catalogue: Catalogue,
    places: PlaceTable,
    terrain: Terrain,
    family: int,
    k0: np.uint32,
    k1: np.uint32,
) -> list[Flight]:
    """The flights of one raid of a family, group by group; keys are group << 12 | ordinal.

    Raises:
        UsageError: an unknown family, class, value or aim, too many objects, or no aim that the class can fly to.
    """
    if not 0 <= family < len(scenario.families):
        known = ", ".join(raid.name for raid in scenario.families) or "none"
        found = f"the scenario has {len(scenario.families)} ({known})"
        raise UsageError(f"raid family {family}", found, "Give the index of one, or -1 for no raid.")
    names = tuple(catalogue.threats)
    raid = scenario.families[family]
    flights: list[Flight] = []
    first_false = _first_false_codes(raid)
    for index, group in enumerate(raid.groups):
        threat = threat_class(catalogue.threats, group.threat)
        aims = _group_aims(raid, group, scenario, places)
        count = _count(group, Draws(k0, k1, RAID, family << 16 | index, _COUNT_ORDINAL))
        if count >= 1 << _GROUP_BITS or index >= 1 << 8:
            raise UsageError(
                f"group {index} of family {raid.name}",
                f"{count} objects",
                "At most 256 groups of 4095 objects.",
            )
        for ordinal in range(count):
            draws = Draws(k0, k1, RAID, family << 16 | index, ordinal)
            path = _draw_path(raid, group, threat, aims, places, terrain, scenario.weather, draws)
            if path is None:
                continue
            key = index << _GROUP_BITS | ordinal
            number = first_false[index] + ordinal
            flights.append(
                Flight(
                    key=key,
                    object_class=threat.object_class,
                    type_index=names.index(group.threat),
                    nation=-1,
                    identity=raid_identity(group.false_code_share, threat, key, number, k0, k1),
                    rcs_m2=radar_cross_section(class_value(threat, "rcs_m2"), draws.normals(_SECTION)[0]),
                    rcs_side_ratio=side_ratio(threat),
                    place=place_reached(places, path.end_ecef_m),
                    path=path,
                )
            )
    return flights


def place_reached(places: PlaceTable, pos_ecef_m: F8) -> int:
    """Row of the place in whose radius a point of the ground lies, nearest relative to the radius; -1 none."""
    if len(places.names) == 0:
        return -1
    lat, lon, _height = frame.geodetic_from_ecef(*pos_ecef_m)
    distance_m, _bearing = frames.distance_bearing(places.lat_rad, places.lon_rad, lat, lon)
    relative = distance_m / places.radius_m
    nearest = int(np.argmin(relative))
    return nearest if relative[nearest] <= 1.0 else -1


def _first_false_codes(raid: RaidFamily) -> list[int]:
    """The number of each group's first false code: there are as many before it as earlier groups may need."""
    numbers = [0]
    for group in raid.groups:
        numbers.append(numbers[-1] + (group.count_high if group.false_code_share > 0.0 else 0))
    if numbers[-1] > _FALSE_CODES:
        raise UsageError(
            f"false codes of family {raid.name}",
            f"up to {numbers[-1]} objects in groups with a false_code_share",
            f"Keep them to {_FALSE_CODES}.",
        )
    return numbers[:-1]


def _count(group: RaidGroup, draws: Draws) -> int:
    """The number of objects of a group: uniform from its lowest to its highest."""
    span = group.count_high - group.count_low + 1
    return group.count_low + min(int(draws.uniforms(0)[0] * span), span - 1)


def _group_aims(raid: RaidFamily, group: RaidGroup, scenario: Scenario, places: PlaceTable) -> _Aims:
    """A group's aims as rows of places with cumulated chances."""
    chance = np.zeros(len(places.names))
    for name, weight in group.aims:
        if name in places.names:
            chance[places.names.index(name)] += weight
            continue
        nation = scenario.nations.index(name) if name in scenario.nations else -2
        people = np.where(places.nation == nation, places.population, 0).astype(np.float64)
        if people.sum() <= 0.0:
            raise UsageError(
                f"aim {name} of class {group.threat} in family {raid.name}",
                "no place of that name and no nation of that code with people in its places",
                "Name a place of the scenario, or a nation that has one.",
            )
        chance += weight * people / people.sum()
    rows = np.flatnonzero(chance > 0.0).astype(np.int32)
    if len(rows) == 0:
        raise UsageError(
            f"class {group.threat} in family {raid.name}", "no aim of positive weight", "Give at least one."
        )
    cumulated = np.cumsum(chance[rows])
    return _Aims(rows, cumulated / cumulated[-1])


def _draw_path(
    raid: RaidFamily,
    group: RaidGroup,
    threat: ThreatClass,
    aims: _Aims,
    places: PlaceTable,
    terrain: Terrain,
    weather: Weather,
    draws: Draws,
) -> Path | None:
    """One object's path: launch, aim, scatter and flight; another aim is drawn while the class cannot fly to it.

    None where the wind lets what flies by its wings go to none of them: it is not launched.
    """
    disc, spread = draws.uniforms(_DISC)
    lat, lon, radius_m = group.launch[min(int(disc * len(group.launch)), len(group.launch) - 1)]
    start = frame.destination(
        lat, lon, 2.0 * math.pi * draws.uniforms(_POINT)[0], radius_m * math.sqrt(spread)
    )
    launch_s = math.floor(
        group.start_low_s + draws.uniforms(_START)[0] * (group.start_high_s - group.start_low_s)
    )
    least_m, most_m = _reach(threat)
    far = 0
    falls = threat.object_class in {ObjectClass.BALLISTIC, ObjectClass.ROCKET}
    for attempt in range(_AIMS_TRIED):
        slot = _FIRST_AIM + 2 * attempt
        row = min(int(np.searchsorted(aims.cumulated, draws.uniforms(slot)[0])), len(aims.rows) - 1)
        place = aims.rows[row]
        aim = (float(places.lat_rad[place]), float(places.lon_rad[place]))
        if not least_m <= frame.distance_bearing(*start, *aim)[0] <= most_m:
            far += 1
            continue
        towards = _blurred(threat, start, aim, draws, slot)
        if falls:
            path = ballistic_flight(threat, terrain, start, towards, launch_s, draws)
        else:
            points = _dog_legs(start, towards, draws, most_m)
            path = low_path(terrain, points, _flyer(threat, draws), weather, launch_s)
        if path is not None:
            return path
    if far < _AIMS_TRIED and not falls:
        return None
    raise UsageError(
        f"an aim for class {threat.name} in family {raid.name}",
        f"of {_AIMS_TRIED} drawn {far} do not lie {least_m / 1e3:.0f} to {most_m / 1e3:.0f} km from the launch point "
        f"{math.degrees(start[0]):.2f} N {math.degrees(start[1]):.2f} E, and no boost leads to the other "
        f"{_AIMS_TRIED - far}",
        "Change the group's launch discs, its aims or its class.",
    )


def _blurred(
    threat: ThreatClass, start: tuple[float, float], aim: tuple[float, float], draws: Draws, slot: int
) -> tuple[float, float]:
    """The point that a flight makes for: the aim, blurred as coarsely as every aim is, and the class's scatter."""
    _used, angle = draws.uniforms(slot)
    north, east = draws.normals(slot + 1)
    spread = draws.uniforms(_BLUR)[0]
    disc_m = tolerance_m(frame.distance_bearing(*start, *aim)[0]) * math.sqrt(spread)
    blurred = frame.destination(*aim, 2.0 * math.pi * angle, disc_m)
    scatter_m = _value_or(threat, "scatter_m", 0.0)
    return frame.destination(*blurred, math.atan2(east, north), scatter_m * math.hypot(east, north))


def _reach(threat: ThreatClass) -> tuple[float, float]:
    """Least and greatest distance (m) from launch to aim that a class can fly."""
    return _value_or(threat, "range_min_m", 0.0), class_value(threat, "range_max_m").value


def _value_or(threat: ThreatClass, key: str, otherwise: float) -> float:
    """A value that a class need not have."""
    return threat.values[key].value if key in threat.values else otherwise


def _flyer(threat: ThreatClass, draws: Draws) -> Flyer:
    """A low flyer of a class, with the object's own draws; a share of them pops up before the end."""
    u, v = draws.uniforms(_MOTION)
    turn, climb = draws.uniforms(_LIMITS)
    pops, high = draws.uniforms(_POPUP)
    drawn = [draws.uniforms(_SWING + k) for k in range(3)]
    shortest, longest = _SWING_PERIOD_S
    return Flyer(
        air_speed_mps=within(class_value(threat, "speed_mps"), u),
        height_m=within(class_value(threat, "height_m"), v),
        turn_mps2=within(class_value(threat, "turn_mps2"), turn),
        climb_rad=within(class_value(threat, "climb_rad"), climb),
        popup_m=within(class_value(threat, "popup_height_m"), high)
        if pops < class_value(threat, "popup_share").value
        else 0.0,
        range_max_m=class_value(threat, "range_max_m").value,
        wander=Wander(
            reach_s=_SWING_S if threat.object_class == ObjectClass.DRONE else 0.0,
            period_s=tuple(shortest + share * (longest - shortest) for share, _angle in drawn),
            phase_rad=tuple(2.0 * math.pi * angle for _share, angle in drawn),
        ),
    )


def _dog_legs(
    start: tuple[float, float], towards: tuple[float, float], draws: Draws, range_max_m: float
) -> F8:
    """N-vectors [2..4, 3] of a way with none to two corners, drawn aside of the straight way at random.

    A corner lies up to 15% of a leg to either side; a way longer than the class can fly goes straight.
    """
    corners = min(int(3.0 * draws.uniforms(_CORNERS)[0]), 2)
    direct_m, bearing = frame.distance_bearing(*start, *towards)
    ways = [start]
    for k in range(corners):
        along, aside = draws.uniforms(_CORNERS + 1 + k)
        share = (k + 0.7 + 0.6 * along) / (corners + 1)
        side = _DOG_LEG_SHARE * direct_m / (corners + 1) * (2.0 * aside - 1.0)
        foot = frame.destination(*start, bearing, share * direct_m)
        turn = math.copysign(0.5 * math.pi, side)
        ways.append(frame.destination(*foot, bearing + turn, abs(side)))
    ways.append(towards)
    total_m = sum(frame.distance_bearing(*a, *b)[0] for a, b in pairwise(ways))
    if total_m > range_max_m:
        ways = [start, towards]
    lat, lon = np.array(ways).T
    return n_vectors(lat, lon)
