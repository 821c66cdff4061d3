"""Verdicts on alerts: correct, precautionary or false, by truth alone."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skypact.earth.frame import ecef_from_geodetic
from skypact.model.codes import EventKind, ObjectClass, Outcome
from skypact.model.manifest import PlaceEntry, ZoneEntry
from skypact.model.record import COMMON_LEVEL
from skypact.score.alert import alert_book
from skypact.score.verdict import NEAR_M, Verdict, tally, verdicts
from skypact.score.world import alive_rows, killed_s, within, world_of
from tests.record.tables import manifest
from tests.score.hand import PUBLIC, TODAY, alert, clear, event, table

LAT, LON = math.radians(25.0), math.radians(50.0)
R_M = 6_371_008.8
TOWN = PlaceEntry("town", "AAA", LAT, LON, 8_000.0, 1_000, 1.0, True)
FAR = PlaceEntry("far", "BBB", LAT + 0.1, LON, 8_000.0, 5_000, 1.0, True)
MANIFEST = manifest(places=(TOWN, FAR))
KEY = 7


def north(metres):
    return LAT + metres / R_M


def verdict(alerts, end_m, end_s=400.0, place=-1, path=(), kill_s=None, described=MANIFEST):
    """The verdicts on alerts (raise, clear) of the town; an object that ends so far north of its middle.

    path: (seconds, metres north, height) of its snapshots.
    """
    objects = table(
        "objects",
        [
            {
                "level": COMMON_LEVEL,
                "object": KEY,
                "object_class": ObjectClass.CRUISE,
                "end_s": end_s,
                "place": place,
                "lat_rad": north(end_m),
                "lon_rad": LON,
            }
        ],
    )
    truth = table(
        "truth",
        [
            {
                "level": COMMON_LEVEL,
                "t_s": t_s,
                "object": KEY,
                "pos_ecef_m": ecef_from_geodetic(north(m), LON, h),
            }
            for t_s, m, h in path
        ],
    )
    rows = [row for a, b in alerts for row in (alert(TODAY, a, 0), clear(TODAY, b, 0))]
    if kill_s is not None:
        rows.append(event(EventKind.OUTCOME, TODAY, kill_s, object=KEY, other=Outcome.KILL))
    events = table("events", rows)
    world = world_of({"objects": objects, "truth": truth, "pictures": table("pictures", [])}, described)
    dead = killed_s(events, TODAY, described)
    book = alert_book(events, TODAY, described)
    found = verdicts(book, world, alive_rows(world, TODAY, dead), dead, described)
    total = tally(found, described)
    assert total.alerts[0, PUBLIC] == len(alerts)
    assert (total.correct + total.precautionary + total.false == total.alerts).all()
    vain = sum(v != Verdict.CORRECT for v in found[0, PUBLIC])
    assert total.in_vain[0, PUBLIC] == vain * described.alerted[0].population
    return [Verdict(int(v)) for v in found[0, PUBLIC]]


def test_an_alert_of_a_place_to_which_an_object_comes_is_correct():
    assert verdict([(300, 420)], 2_000.0, place=0) == [Verdict.CORRECT]


def test_an_object_that_falls_outside_within_ten_kilometres_makes_it_precautionary_and_further_off_false():
    edge = TOWN.radius_m
    assert verdict([(300, 420)], edge + NEAR_M - 100.0) == [Verdict.PRECAUTIONARY]
    assert verdict([(300, 420)], edge + NEAR_M + 100.0) == [Verdict.FALSE]


def test_only_what_comes_while_the_alert_is_in_force_or_two_minutes_after_counts():
    assert verdict([(100, 279)], 2_000.0, place=0) == [Verdict.FALSE]
    assert verdict([(100, 281)], 2_000.0, place=0) == [Verdict.CORRECT]
    assert verdict([(100, 150), (401, 500)], 2_000.0, place=0) == [Verdict.FALSE, Verdict.FALSE]


def test_what_flies_by_low_makes_it_precautionary_and_what_passes_far_above_does_not():
    low, high = [(300.0, 9_000.0, 500.0)], [(300.0, 9_000.0, 60e3)]
    assert verdict([(250, 350)], 200e3, path=low) == [Verdict.PRECAUTIONARY]
    assert verdict([(250, 350)], 200e3, path=high) == [Verdict.FALSE]
    assert verdict([(310, 350)], 200e3, path=low) == [Verdict.FALSE]


def test_an_object_killed_on_its_way_counts_with_its_death_and_with_its_arrival():
    assert verdict([(100, 150)], 2_000.0, place=0, kill_s=140.0) == [Verdict.CORRECT]
    assert verdict([(380, 420)], 2_000.0, place=0, kill_s=140.0) == [Verdict.CORRECT]
    assert verdict([(280, 290)], 200e3, path=[(285.0, 9e3, 500.0)], kill_s=140.0) == [Verdict.FALSE]


def hexagon(size_m, population=300):
    """A hexagon about the town's middle, so wide from side to side."""
    angles = math.radians(30.0) + np.arange(6) * math.pi / 3.0
    corner_m = size_m / math.sqrt(3.0)
    return ZoneEntry(
        "town 1",
        "AAA",
        LAT,
        LON,
        size_m * math.sqrt(math.sqrt(3.0) / 2.0 / math.pi),
        population,
        tuple((LAT + corner_m * np.sin(angles) / R_M).tolist()),
        tuple((LON + corner_m * np.cos(angles) / R_M / math.cos(LAT)).tolist()),
    )


def test_where_alerts_are_for_zones_the_zone_decides_and_not_the_place():
    described = manifest(places=(TOWN, FAR), zones=(hexagon(5_000.0),))
    assert verdict([(300, 420)], 1_000.0, place=0, described=described) == [Verdict.CORRECT]
    assert verdict([(300, 420)], 6_000.0, place=0, described=described) == [Verdict.PRECAUTIONARY]
    assert verdict([(300, 420)], 1_000.0, place=-1, described=described) == [Verdict.CORRECT]


def test_what_falls_where_two_districts_overlap_has_come_to_both():
    both = tuple(
        ZoneEntry(name, "AAA", LAT, LON, size, 100) for name, size in (("small", 3e3), ("large", 6e3))
    )
    described = manifest(places=(TOWN, FAR), zones=both[::-1])
    assert verdict([(300, 420)], 1_000.0, place=0, described=described) == [Verdict.CORRECT]
    described = manifest(places=(TOWN, FAR), zones=both)
    assert verdict([(300, 420)], 1_000.0, place=0, described=described) == [Verdict.CORRECT]
    assert verdict([(300, 420)], 4_000.0, place=0, described=described) == [Verdict.PRECAUTIONARY]


@given(st.floats(0.0, 2.0 * math.pi), st.floats(0.0, 6_000.0))
def test_a_hexagon_holds_what_is_nearer_than_its_sides(bearing, distance_m):
    zone = hexagon(6_000.0)
    east, north_m = distance_m * math.sin(bearing), distance_m * math.cos(bearing)
    lat, lon = LAT + north_m / R_M, LON + east / R_M / math.cos(LAT)
    sides = [abs(east * math.cos(a) + north_m * math.sin(a)) for a in np.arange(3) * math.pi / 3.0]
    if abs(max(sides) - 3_000.0) < 1.0:
        return
    assert within(zone, np.array([lat]), np.array([lon])).tolist() == [max(sides) < 3_000.0]
