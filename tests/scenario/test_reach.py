"""Every raid group of the built-in scenarios flies distances that its class flies, whatever is drawn."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.scenario.reach import Disc, span_m
from skypact.scenario.site import Spot, distance_m


def vincenty_sphere_m(a, b):
    """Great-circle distance by the spherical case of Vincenty's formula (1975), mean radius 6,371,009 m."""
    dlon = b.lon_rad - a.lon_rad
    y = math.hypot(
        math.cos(b.lat_rad) * math.sin(dlon),
        math.cos(a.lat_rad) * math.sin(b.lat_rad)
        - math.sin(a.lat_rad) * math.cos(b.lat_rad) * math.cos(dlon),
    )
    x = math.sin(a.lat_rad) * math.sin(b.lat_rad) + math.cos(a.lat_rad) * math.cos(b.lat_rad) * math.cos(dlon)
    return 6_371_009.0 * math.atan2(y, x)


@given(lat=st.floats(0.2, 0.7), lon=st.floats(0.4, 1.1), other=st.floats(0.2, 0.7), far=st.floats(0.4, 1.1))
def test_distance_is_the_great_circle(lat, lon, other, far):
    a, b = Spot(lat, lon), Spot(other, far)
    assert distance_m(a, b) == pytest.approx(vincenty_sphere_m(a, b), abs=0.1)


def test_span_bounds_the_distance_between_points_of_two_discs():
    generator = random.Random(1)
    a, b = Disc(Spot(0.45, 0.9), 80_000.0), Disc(Spot(0.46, 0.95), 12_000.0)

    def point(disc):
        angle, r = (
            generator.uniform(0, 2 * math.pi),
            disc.radius_m * math.sqrt(generator.random()) / 6_371_009.0,
        )
        lat = disc.spot.lat_rad + r * math.cos(angle)
        return Spot(lat, disc.spot.lon_rad + r * math.sin(angle) / math.cos(lat))

    least, most = span_m(a, b)
    for _ in range(500):
        assert least - 500.0 <= distance_m(point(a), point(b)) <= most + 500.0


@pytest.mark.parametrize("name", ["gulf", "gulf-small"])
def test_every_group_flies_from_all_of_its_discs_to_all_of_its_aims(desk, name):
    scenario = desk.builtin(name)
    places = {place.name: place for place in scenario.places}
    for family in scenario.families:
        for group in family.groups:
            values = desk.known.catalogue.threats[group.threat].values
            for lat, lon, radius_m in group.launch:
                for aim, weight in group.aims:
                    place = places[aim]
                    apart = vincenty_sphere_m(Spot(lat, lon), Spot(place.lat_rad, place.lon_rad))
                    assert apart - radius_m - place.radius_m >= values["range_min_m"].value
                    assert apart + radius_m + place.radius_m <= values["range_max_m"].value
                    assert weight > 0.0


def test_a_nation_as_aim_is_shared_out_by_population(desk):
    gulf = desk.builtin("gulf")
    barrage = next(family for family in gulf.families if family.name == "barrage")
    group = next(group for group in barrage.groups if dict(group.aims).keys() >= {"Muscat", "Seeb", "Sohar"})
    people = {place.name: place.population for place in gulf.places}
    aims = dict(group.aims)
    assert sum(aims.values()) == pytest.approx(1.0)
    assert aims["Muscat"] / aims["Seeb"] == pytest.approx(people["Muscat"] / people["Seeb"])
