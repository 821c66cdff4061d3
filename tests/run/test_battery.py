"""The table of defence units: sectors, tables of reach, and doctrine in rounds."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from skypact.earth.frame import ecef_from_geodetic
from skypact.kernels.envelope import range_within
from skypact.model.doctrine import Doctrine, FireName
from skypact.run.battery import battery_table
from skypact.run.library import load


def test_a_unit_meets_what_lies_in_its_sector_and_envelope() -> None:
    loaded = load("gulf-small")
    east = replace(
        loaded.scenario.batteries[0], sector_centre_rad=math.radians(90.0), sector_rad=math.radians(100.0)
    )
    scenario = replace(loaded.scenario, batteries=(east, *loaded.scenario.batteries[1:]))
    table = battery_table(scenario, loaded.catalogue.interceptors, loaded.terrain)

    def reached(row: int, bearing_deg: float, height_m: float) -> bool:
        far_rad = 30e3 / 6.371e6
        lat = table.lat_rad[row] + far_rad * math.cos(math.radians(bearing_deg))
        lon = table.lon_rad[row] + far_rad * math.sin(math.radians(bearing_deg)) / math.cos(
            table.lat_rad[row]
        )
        point = np.array([0.0, *ecef_from_geodetic(lat, lon, height_m), height_m])
        shape = table.pos_ecef_m[row], table.envelope_m[row], table.sector[row]
        return range_within(point, *shape, math.inf) > 0.0

    assert [reached(0, bearing, 5e3) for bearing in (45.0, 90.0, 135.0, 150.0, 270.0)] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert all(reached(1, bearing, 5e3) for bearing in (0.0, 90.0, 180.0, 270.0))
    assert not reached(1, 90.0, 31e3)


def test_the_reserve_is_a_share_of_the_magazine_in_whole_rounds() -> None:
    loaded = load("gulf-small")
    saving = Doctrine(FireName.SAVE, reserve=0.3, reserve_for=5.0)
    units = tuple(replace(unit, doctrine=saving, stock=11) for unit in loaded.scenario.batteries)
    table = battery_table(
        replace(loaded.scenario, batteries=units), loaded.catalogue.interceptors, loaded.terrain
    )
    assert set(table.doctrine.reserve.tolist()) == {4}
    assert set(table.doctrine.last_rounds.tolist()) == {1}
