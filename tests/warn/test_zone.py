"""Hexagonal zones: every place is covered, once, and nobody is lost."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.errors import UsageError
from skypact.model.manifest import ZoneEntry
from skypact.model.network import PlaceTable
from skypact.score.world import within
from skypact.warn.zone import districts_as_zones, hexagons, places_as_zones
from tests.warn.world import place_table

R_M = 6_371_008.8


def spots():
    return st.lists(st.tuples(st.floats(18.0, 38.0), st.floats(36.0, 56.0)), min_size=1, max_size=4)


def made(points, radius_m, nations):
    places = place_table(points, radius_m, nation=[k % nations for k in range(len(points))])
    return replace(places, population=np.arange(len(points)) * 70_001 + 12_345)


def entry(zones, k):
    corner = zones.corner_rad[k]
    table = zones.table
    return ZoneEntry(
        table.names[k],
        str(table.nation[k]),
        float(table.lat_rad[k]),
        float(table.lon_rad[k]),
        float(table.radius_m[k]),
        int(table.population[k]),
        tuple(corner[:, 0].tolist()),
        tuple(corner[:, 1].tolist()),
    )


@settings(max_examples=25)
@given(
    spots(),
    st.floats(3e3, 40e3),
    st.floats(4e3, 60e3),
    st.integers(1, 2),
    st.floats(0, 1),
    st.floats(0, 6.28),
)
def test_every_point_of_a_place_lies_in_one_hexagon_of_its_nation(
    points, radius_m, size_m, nations, out, angle
):
    places = made(points, radius_m, nations)
    zones = hexagons(places, size_m, 2_000.0)
    for row in range(len(points)):
        lat = places.lat_rad[row] + out * radius_m * math.sin(angle) / R_M
        lon = places.lon_rad[row] + out * radius_m * math.cos(angle) / R_M / math.cos(places.lat_rad[row])
        mine = np.flatnonzero(zones.table.nation == places.nation[row])
        holding = [k for k in mine if within(entry(zones, k), np.array([lat]), np.array([lon]))[0]]
        assert len(holding) == 1


@settings(max_examples=25)
@given(spots(), st.floats(3e3, 40e3), st.floats(4e3, 60e3), st.integers(1, 2))
def test_nobody_is_lost_and_nobody_is_counted_twice(points, radius_m, size_m, nations):
    places = made(points, radius_m, nations)
    zones = hexagons(places, size_m, 2_000.0)
    for nation in range(nations):
        there = places.population[places.nation == nation].sum()
        assert zones.table.population[zones.table.nation == nation].sum() == there
    assert len(set(zones.table.names)) == len(zones.table.names)


@settings(max_examples=25)
@given(spots(), st.floats(3e3, 40e3), st.floats(4e3, 60e3))
def test_no_hexagon_lies_far_from_every_place(points, radius_m, size_m):
    places = made(points, radius_m, 1)
    table = hexagons(places, size_m, 2_000.0).table
    north = (table.lat_rad[:, None] - places.lat_rad) * R_M
    east = (table.lon_rad[:, None] - places.lon_rad) * np.cos(places.lat_rad) * R_M
    beyond = np.hypot(north, east).min(axis=1) - radius_m
    assert beyond.max() <= max(2_000.0, 1.1 * size_m / math.sqrt(3.0)) + 1.0


def test_a_hexagon_is_as_wide_as_asked_and_its_disc_has_its_area():
    zones = hexagons(made([(25.0, 50.0)], 10e3, 1), 6_000.0, 2_000.0)
    assert zones.tiled
    corner = zones.corner_rad[0]
    x = (corner[:, 1] - corner[:, 1].mean()) * math.cos(25.0 * math.pi / 180.0) * R_M
    y = (corner[:, 0] - corner[:, 0].mean()) * R_M
    assert x.max() - x.min() == pytest.approx(6_000.0, rel=1e-3)
    area = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
    assert math.pi * zones.table.radius_m[0] ** 2 == pytest.approx(area, rel=1e-3)


def test_people_are_spread_over_the_disc_and_margins_are_empty():
    places: PlaceTable = made([(25.0, 50.0)], 20e3, 1)
    zones = hexagons(replace(places, population=np.array([1_000_000])), 5_000.0, 2_000.0)
    north = (zones.table.lat_rad - places.lat_rad[0]) * R_M
    east = (zones.table.lon_rad - places.lon_rad[0]) * math.cos(places.lat_rad[0]) * R_M
    out = np.hypot(north, east)
    inner = zones.table.population[out < 15e3]
    assert inner.min() > 0.9 * 1_000_000 * 21.65 / (math.pi * 400.0)
    assert inner.max() < 1.1 * 1_000_000 * 21.65 / (math.pi * 400.0)
    assert zones.table.population[out > 23e3].sum() == 0


def test_a_district_has_the_people_of_its_nation_who_live_in_it_unless_it_says_its_own():
    places = replace(made([(25.0, 50.0), (25.0, 50.0)], 20e3, 2), population=np.array([1_000_000, 500]))
    spots = [(25.0, 50.0), (25.0, 50.0), (27.0, 50.0)]
    districts = replace(
        place_table(spots, 10e3, nation=[0, 0, 0]), population=np.array([-1, 77, -1], np.int64)
    )
    zones = districts_as_zones(places, districts)
    assert zones.apart
    assert not zones.tiled
    assert zones.table.population.tolist() == [250_000, 77, 0]


def test_places_as_zones_are_the_places_and_too_many_zones_are_refused():
    places = made([(25.0, 50.0)], 20e3, 1)
    assert places_as_zones(places).table is places
    assert not places_as_zones(places).tiled
    with pytest.raises(UsageError, match="zones of"):
        hexagons(replace(places, radius_m=np.array([100e3])), 1_000.0, 2_000.0)
