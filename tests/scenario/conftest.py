"""The built-in catalogue, airports, cities and scenarios, as the rooms are given them."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import pytest

from skypact import catalogue
from skypact.model.scenario import Region, Scenario
from skypact.scenario import Airports, Cities, Known, load

DATA = Path(__file__).resolve().parents[2] / "src/skypact/data"


def text_of(name: str) -> str:
    return (DATA / "scenarios" / f"{name}.yaml").read_text("utf-8")


def resolve(name: str) -> tuple[str, str] | None:
    path = DATA / "scenarios" / f"{name}.yaml"
    return (path.read_text("utf-8"), path.name) if path.is_file() else None


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / "region" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Desk:
    """What an analyst has at hand: loads a text, or a built-in scenario by name."""

    known: Known

    def load(self, text: str, file: str = "my.yaml") -> Scenario:
        known = self.known
        return load(
            text, file, known.catalogue, known.airports, known.cities, resolve=resolve, terrain=known.terrain
        )

    def builtin(self, name: str) -> Scenario:
        return self.load(text_of(name), f"{name}.yaml")


@pytest.fixture(scope="session")
def desk() -> Desk:
    classes = catalogue.load({f: (DATA / "catalogue" / f).read_text("utf-8") for f in catalogue.FILES})
    airports: Airports = {
        row["icao"]: (
            math.radians(float(row["lat_deg"])),
            math.radians(float(row["lon_deg"])),
            float(row["elevation_m"]),
        )
        for row in rows("airports.csv")
    }
    cities: Cities = {
        row["name"]: (
            math.radians(float(row["lat_deg"])),
            math.radians(float(row["lon_deg"])),
            int(row["population"]),
        )
        for row in reversed(rows("cities.csv"))
    }
    box = Region(math.radians(10), math.radians(46), math.radians(24), math.radians(66))
    return Desk(Known(classes, airports, cities, box))


SMALL = """\
name: small
title: Two nations
runs: 2
levels: [national, pact]
nations: {QAT: Qatar, BHR: Bahrain}
region: {south: 22, north: 32, west: 44, east: 58}
places:
  - {name: Doha, nation: QAT, at: {city: Doha}, radius: 12 km}
  - {name: Manama, nation: BHR, at: {city: Manama}, radius: 8 km, population: 500000}
sensors:
  - {name: search, class: search_radar, nation: QAT, at: {airport: OTHH}}
batteries:
  - {name: gun, class: gun, nation: BHR, at: {airport: OBBI}}
policy:
  nations:
    QAT:
      pact:
        - {to: all, content: tracks, delay: 4 s, basis: "assumption: willing"}
    BHR:
      pact: []
traffic: {aircraft: 5}
launch_regions:
  - {name: sea, at: {lat: 26.3, lon: 51.4, notional: true}, radius: 10 km}
families:
  - name: one
    title: One drone
    groups:
      - {threat: one_way_drone, count: [1, 1], launch: [sea], aims: {Doha: 1, BHR: 1}, start: [0 s, 60 s]}
"""
