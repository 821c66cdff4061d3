"""The packaged region: known heights, cities, airports and borders."""

from __future__ import annotations

import csv
import json
import math
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pytest

from skypact.run.terrain import load_region_terrain

REGION = files("skypact") / "data" / "region"


def rows(name):
    with (REGION / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def terrain():
    return load_region_terrain()


@pytest.fixture(scope="module")
def borders():
    return json.loads((REGION / "borders.json").read_text("utf-8"))["features"]


def test_the_packaged_region_stays_small():
    sizes = {path.name: len(path.read_bytes()) for path in REGION.iterdir() if path.is_file()}
    assert {"borders.json", "cities.csv", "airports.csv", "terrain.npz"} <= set(sizes)
    assert sum(sizes.values()) < 1_000_000


@pytest.mark.parametrize(
    ("place", "lat_deg", "lon_deg", "known_m", "within_m"),
    [
        ("Riyadh", 24.69, 46.72, 612, 30),
        ("Tehran", 35.69, 51.42, 1190, 60),
        ("Kuwait", 29.37, 47.98, 10, 20),
        ("Sanaa", 15.35, 44.21, 2250, 150),
        ("Ankara", 39.93, 32.86, 900, 150),
        ("Cairo", 30.04, 31.24, 23, 40),
        ("Dead Sea", 31.50, 35.50, -430, 60),
        ("Persian Gulf", 27.00, 51.50, 0, 0),
        ("Mediterranean", 34.00, 30.00, 0, 0),
        ("Caspian Sea", 42.00, 50.50, -28, 0),
    ],
)
def test_known_points_have_their_height(terrain, place, lat_deg, lon_deg, known_m, within_m):
    found = float(terrain.height_m(math.radians(lat_deg), math.radians(lon_deg)))
    assert abs(found - known_m) <= within_m, place


def test_summits_are_cut_as_the_notes_say(terrain):
    around = np.radians(np.linspace(-0.1, 0.1, 21))
    lat, lon = math.radians(35.955) + around[:, None], math.radians(52.11) + around
    assert 3000 < terrain.height_m(lat, lon).max() < 4500  # Damavand is 5,610 m


def test_the_terrain_covers_the_region_and_a_cell_more_and_is_coarse(terrain):
    south, west, north, east = terrain.bounds_deg
    assert (south, west, north, east) == pytest.approx((10 - 1 / 12, 24 - 1 / 12, 46 + 1 / 12, 66 + 1 / 12))
    assert terrain.coarse
    assert 0.2 < (terrain.heights_m == 0).mean() < 0.3


@pytest.mark.parametrize(
    ("name", "country", "least"),
    [
        ("Riyadh", "SAU", 3e6),
        ("Jeddah", "SAU", 3e6),
        ("Kuwait City", "KWT", 5e4),
        ("Manama", "BHR", 1e5),
        ("Doha", "QAT", 3e5),
        ("Abu Dhabi", "ARE", 5e5),
        ("Dubai", "ARE", 1e6),
        ("Muscat", "OMN", 5e5),
        ("Baghdad", "IRQ", 5e6),
        ("Cairo", "EGY", 5e6),
        ("Amman", "JOR", 1e6),
        ("Tel Aviv", "ISR", 3e5),
        ("Tehran", "IRN", 5e6),
        ("Beirut", "LBN", 3e5),
        ("Damascus", "SYR", 1e6),
        ("Sanaa", "YEM", 1e6),
        ("Ankara", "TUR", 3e6),
    ],
)
def test_the_cities_of_the_region_are_there(name, country, least):
    found = [row for row in rows("cities.csv") if row["name"] == name and row["country"] == country]
    assert found
    assert int(found[0]["population"]) >= least


def test_every_city_and_airport_is_in_the_region_and_nearly_every_one_on_land(terrain):
    for name in ("cities.csv", "airports.csv"):
        places = rows(name)
        lat = np.radians([float(row["lat_deg"]) for row in places])
        lon = np.radians([float(row["lon_deg"]) for row in places])
        assert ((lat >= math.radians(10)) & (lat <= math.radians(46))).all()
        assert ((lon >= math.radians(24)) & (lon <= math.radians(66))).all()
        assert (terrain.height_m(lat, lon) != 0.0).mean() > 0.95
        assert all(len(row["country"]) == 3 for row in places)


def test_elevations_are_metres(terrain):
    places = rows("airports.csv")
    lat, lon, elevation = (
        np.array([float(row[key]) for row in places]) for key in ("lat_deg", "lon_deg", "elevation_m")
    )
    apart = elevation - terrain.height_m(np.radians(lat), np.radians(lon))
    assert abs(np.median(apart)) < 10.0
    assert np.percentile(np.abs(apart), 90) < 150.0


@pytest.mark.parametrize(
    ("icao", "word"),
    [
        ("OTBH", "Udeid"),
        ("OMAM", "Dhafra"),
        ("OKAS", "Ali Al Salem"),
        ("OKAJ", "Jaber"),
        ("OEPS", "Prince Sultan"),
        ("OEKM", "King Khaled"),
        ("OEDR", "King Abdulaziz"),
        ("OBBS", "Isa"),
        ("OJ40", "Muwaffaq Salti"),
        ("OMDM", "Minhad"),
        ("OOTH", "Thumrait"),
        ("ORAA", "Asad"),
        ("HECW", "Cairo West"),
        ("LTAG", "Incirlik"),
        ("LLNV", "Nevatim"),
    ],
)
def test_the_air_bases_are_there_and_marked(icao, word):
    [row] = [row for row in rows("airports.csv") if row["icao"] == icao]
    assert word in row["name"]
    assert row["kind"] == "base"


def test_the_great_airports_are_there_and_codes_are_unique():
    airports = rows("airports.csv")
    codes = [row["icao"] for row in airports]
    assert len(set(codes)) == len(codes)
    assert {
        "OMDB",
        "OTHH",
        "OERK",
        "OEJN",
        "OKKK",
        "OBBI",
        "OOMS",
        "OIIE",
        "ORBI",
        "HECA",
        "OJAI",
        "LLBG",
    } <= set(codes)
    assert sum(row["kind"] == "airport" and row["iata"] != "" for row in airports) > 300


def test_borders_hold_every_country_of_the_region_as_closed_rings(borders):
    countries = {item["properties"]["iso3"] for item in borders if item["properties"]["kind"] == "country"}
    assert {
        "SAU",
        "KWT",
        "BHR",
        "QAT",
        "ARE",
        "OMN",
        "IRQ",
        "IRN",
        "JOR",
        "EGY",
        "ISR",
        "YEM",
        "TUR",
    } <= countries
    for item in borders:
        if item["geometry"]["type"] == "MultiPolygon":
            for ring in (ring for polygon in item["geometry"]["coordinates"] for ring in polygon):
                assert len(ring) >= 4
                assert ring[0] == ring[-1]
                assert all(24 <= lon <= 66 and 10 <= lat <= 46 for lon, lat in ring)


def inside(ring, lon, lat):
    """Even-odd rule."""
    return (
        sum(
            (a[1] > lat) != (b[1] > lat) and lon < a[0] + (lat - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
            for a, b in pairwise(ring)
        )
        % 2
    )


@pytest.mark.parametrize(
    ("iso3", "lat_deg", "lon_deg"),
    [("SAU", 24.7, 46.7), ("IRN", 35.7, 51.4), ("EGY", 30.0, 31.2), ("QAT", 25.3, 51.2), ("OMN", 22.0, 58.0)],
)
def test_a_capital_lies_in_its_own_country_and_on_land(borders, iso3, lat_deg, lon_deg):
    def holds(item):
        polygons = item["geometry"]["coordinates"]
        return any(sum(inside(ring, lon_deg, lat_deg) for ring in polygon) % 2 for polygon in polygons)

    areas = [item for item in borders if item["geometry"]["type"] == "MultiPolygon"]
    assert {item["properties"].get("iso3", "land") for item in areas if holds(item)} == {iso3, "land"}


def test_terrain_and_map_agree_on_what_is_sea(terrain, borders):
    """At the terrain's nodes: they may differ along the coast only."""
    [land] = [item for item in borders if item["properties"]["kind"] == "land"]
    rng = np.random.default_rng(0)
    differ = 0
    for lat, lon in rng.uniform([10.5, 24.5], [45.5, 65.5], (300, 2)):
        polygons = land["geometry"]["coordinates"]
        on_land = any(sum(inside(ring, lon, lat) for ring in polygon) % 2 for polygon in polygons)
        height = float(terrain.height_m(math.radians(lat), math.radians(lon)))
        differ += on_land != (height not in (0.0, -28.0))
    assert differ <= 12
