"""A small invented world for the tests of truth: flat and hilly ground, two nations, a dozen airports."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from skypact.earth.frame import ecef_from_geodetic
from skypact.earth.terrain import Terrain
from skypact.model.catalogue import Catalogue, ThreatClass, Value
from skypact.model.codes import ObjectClass
from skypact.model.network import AirportTable, BatteryTable, Network, PlaceTable, SensingTable, SensorTable
from skypact.model.scenario import Policy, RaidFamily, RaidGroup, Region, Scenario, Settings, Traffic
from skypact.model.weather import calm


def value(nominal, low=None, high=None, unit="SI"):
    return Value(
        nominal, nominal if low is None else low, nominal if high is None else high, unit, "invented"
    )


def threat(name, object_class, **values):
    return ThreatClass(name, name, object_class, values)


def catalogue():
    classes = [
        threat(
            "mrbm",
            ObjectClass.BALLISTIC,
            rcs_m2=value(0.05, 0.01, 0.3),
            range_min_m=value(500e3),
            range_max_m=value(2000e3),
            ballistic_coefficient_kgpm2=value(6000.0, 4000.0, 9000.0),
            boost_acceleration_mps2=value(55.0, 45.0, 65.0),
            loft=value(1.0, 0.9, 1.2),
            scatter_m=value(2500.0),
            stages=value(1.0),
            exhaust_speed_mps=value(2400.0, 2000.0, 2800.0),
            stage_coast_s=value(0.0),
            burnout_speed=value(0.001),
            burnout_angle_rad=value(0.001),
        ),
        threat(
            "srbm",
            ObjectClass.BALLISTIC,
            rcs_m2=value(0.1, 0.02, 0.5),
            range_min_m=value(80e3),
            range_max_m=value(700e3),
            ballistic_coefficient_kgpm2=value(5000.0, 3000.0, 8000.0),
            boost_acceleration_mps2=value(50.0, 40.0, 60.0),
            loft=value(1.0, 0.85, 1.15),
            scatter_m=value(500.0),
            stages=value(1.0),
            exhaust_speed_mps=value(2400.0, 2000.0, 2800.0),
            stage_coast_s=value(0.0),
            burnout_speed=value(0.001),
            burnout_angle_rad=value(0.001),
        ),
        threat(
            "rocket",
            ObjectClass.ROCKET,
            rcs_m2=value(0.02, 0.005, 0.1),
            range_min_m=value(10e3),
            range_max_m=value(110e3),
            ballistic_coefficient_kgpm2=value(4000.0, 2500.0, 6000.0),
            boost_acceleration_mps2=value(250.0, 150.0, 350.0),
            loft=value(1.05, 0.95, 1.2),
            scatter_m=value(1500.0),
            stages=value(1.0),
            exhaust_speed_mps=value(2400.0, 2000.0, 2800.0),
            stage_coast_s=value(0.0),
            burnout_speed=value(0.001),
            burnout_angle_rad=value(0.001),
        ),
        threat(
            "cruise",
            ObjectClass.CRUISE,
            rcs_m2=value(0.1, 0.03, 0.5),
            range_max_m=value(1800e3),
            speed_mps=value(230.0, 200.0, 250.0),
            height_m=value(60.0, 30.0, 100.0),
            turn_mps2=value(18.0, 15.0, 20.0),
            climb_rad=value(0.25, 0.2, 0.3),
            popup_share=value(0.3),
            popup_height_m=value(600.0, 400.0, 900.0),
            rcs_side_m2=value(1.0),
            emitter=value(0.5),
        ),
        threat(
            "drone",
            ObjectClass.DRONE,
            rcs_m2=value(0.05, 0.01, 0.2),
            range_max_m=value(900e3),
            speed_mps=value(50.0, 45.0, 55.0),
            height_m=value(300.0, 100.0, 1000.0),
            turn_mps2=value(5.0, 4.0, 6.0),
            climb_rad=value(0.12, 0.1, 0.15),
            popup_share=value(0.0),
            popup_height_m=value(300.0),
        ),
        threat(
            "airliner",
            ObjectClass.CIVIL,
            rcs_m2=value(30.0, 5.0, 100.0),
            speed_mps=value(235.0, 220.0, 250.0),
            height_m=value(10.7e3, 9.1e3, 12.2e3),
            turn_mps2=value(4.0, 3.5, 4.5),
            climb_rad=value(0.15),
            position_sigma_m=value(10.0, 3.0, 50.0),
            emitter=value(0.9),
        ),
        threat(
            "private",
            ObjectClass.CIVIL,
            rcs_m2=value(3.0, 1.0, 10.0),
            speed_mps=value(70.0, 50.0, 100.0),
            height_m=value(1800.0, 900.0, 3000.0),
            turn_mps2=value(4.0, 3.5, 4.5),
            climb_rad=value(0.15),
            position_sigma_m=value(30.0, 3.0, 100.0),
            emitter=value(0.9),
        ),
        threat(
            "military",
            ObjectClass.FRIENDLY,
            rcs_m2=value(4.0, 1.0, 15.0),
            speed_mps=value(220.0, 180.0, 260.0),
            height_m=value(8e3, 5e3, 11e3),
            turn_mps2=value(8.0, 5.0, 15.0),
            climb_rad=value(0.15),
            position_sigma_m=value(10.0, 3.0, 40.0),
            emitter=value(0.9),
        ),
    ]
    return Catalogue({}, {}, {item.name: item for item in classes})


def hills(step_deg=0.1):
    """Ground of the box 20-34 N, 40-60 E: a coast at 50 E, hills up to 2,500 m east of it."""
    lat, lon = np.meshgrid(
        np.arange(20.0, 34.0 + step_deg / 2, step_deg),
        np.arange(40.0, 60.0 + step_deg / 2, step_deg),
        indexing="ij",
    )
    rise = np.clip((lon - 50.0) / 4.0, 0.0, 1.0)
    high = rise * (1200.0 + 1300.0 * np.sin(7.0 * lat) * np.cos(5.0 * lon))
    return Terrain(
        np.ascontiguousarray(np.maximum(high, 0.0).astype(np.int16)), 20.0, 40.0, step_deg, "hills"
    )


def places():
    rows = [
        ("Alpha", 0, 26.2, 50.0, 8e3, 600_000),
        ("Bravo", 0, 25.3, 49.2, 12e3, 2_000_000),
        ("Coast", 1, 29.3, 47.8, 15e3, 3_000_000),
        ("Delta", 1, 28.6, 48.2, 6e3, 200_000),
    ]
    lat = np.radians([row[2] for row in rows])
    lon = np.radians([row[3] for row in rows])
    return PlaceTable(
        names=tuple(row[0] for row in rows),
        nation=np.array([row[1] for row in rows], dtype=np.int8),
        lat_rad=lat,
        lon_rad=lon,
        pos_ecef_m=ecef_from_geodetic(lat, lon, np.zeros(len(rows))),
        radius_m=np.array([row[4] for row in rows]),
        population=np.array([row[5] for row in rows], dtype=np.int64),
        value=np.ones(len(rows)),
        defended=np.ones(len(rows), dtype=np.bool_),
    )


def _empty(table, **given):
    """A table of no rows: the tests of truth look at neither sensors nor batteries."""
    nothing = {field.name: np.empty(0) for field in dataclasses.fields(table)}
    return table(**{**nothing, "names": (), "class_names": (), **given})


def _unnamed(table):
    """A table of no rows that names nothing."""
    return table(**{field.name: np.empty(0) for field in dataclasses.fields(table)})


def network():
    return Network(
        ("AAA", "BBB"), _empty(SensorTable), _unnamed(SensingTable), _empty(BatteryTable, tiers=()), places()
    )


def airports():
    rows = [
        ("A1", "AAA", 25.2, 49.6, 20.0, 9.0, False),
        ("A2", "AAA", 26.2, 50.2, 10.0, 4.0, False),
        ("A3", "AAA", 24.4, 46.7, 0.0, 6.0, False),
        ("A4", "AAA", 21.5, 41.2, 0.0, 5.0, False),
        ("B1", "BBB", 29.2, 47.9, 0.0, 5.0, False),
        ("B2", "BBB", 33.3, 44.2, 0.0, 3.0, False),
        ("C1", "CCC", 29.5, 52.6, 700.0, 4.0, False),
        ("C2", "CCC", 27.2, 56.4, 900.0, 3.0, False),
        ("C3", "CCC", 32.7, 51.9, 500.0, 3.0, False),
        ("C4", "CCC", 30.4, 48.2, 0.0, 1.0, False),
        ("MA", "AAA", 24.0, 47.5, 0.0, 0.0, True),
        ("MB", "BBB", 28.9, 47.5, 0.0, 0.0, True),
        ("MC", "CCC", 31.3, 48.8, 0.0, 0.0, True),
        ("FAR", "DDD", 10.0, 10.0, 0.0, 100.0, False),
    ]
    return AirportTable(
        names=tuple(row[0] for row in rows),
        countries=tuple(row[1] for row in rows),
        lat_rad=np.radians([row[2] for row in rows]),
        lon_rad=np.radians([row[3] for row in rows]),
        height_m=np.array([row[4] for row in rows]),
        weight=np.array([row[5] for row in rows]),
        military=np.array([row[6] for row in rows]),
    )


def disc(lat, lon, radius_m):
    return (math.radians(lat), math.radians(lon), radius_m)


def families():
    nations = (("AAA", 2.0), ("BBB", 1.0))
    groups = (
        RaidGroup("drone", 30, 40, (disc(29.5, 51.0, 40e3), disc(28.0, 52.0, 40e3)), nations, 0.0, 300.0),
        RaidGroup("cruise", 15, 25, (disc(31.0, 55.0, 80e3),), nations, 1800.0, 2400.0),
        RaidGroup("mrbm", 20, 30, (disc(33.0, 57.5, 60e3),), nations, 3000.0, 3300.0),
        RaidGroup("srbm", 30, 40, (disc(29.0, 52.5, 60e3),), nations, 3200.0, 3600.0),
        RaidGroup("rocket", 10, 20, (disc(29.9, 48.1, 10e3),), (("Coast", 1.0),), 3600.0, 3700.0),
    )
    lone = (RaidGroup("drone", 1, 1, (disc(27.5, 51.5, 20e3),), (("Alpha", 1.0),), 0.0, 60.0),)
    return (RaidFamily("wide", "wide", groups), RaidFamily("lone", "lone", lone))


def scenario(**changes):
    """The invented scenario; keyword arguments replace fields."""
    plain = Scenario(
        name="invented",
        title="invented",
        description="",
        runs=1,
        seed=1,
        levels=("national",),
        nations=("AAA", "BBB"),
        nation_names=("A", "B"),
        region=Region(math.radians(20.0), math.radians(34.0), math.radians(40.0), math.radians(60.0)),
        terrain="region",
        settings=Settings(),
        places=(),
        sensors=(),
        batteries=(),
        policy=Policy({}, (), {}, {}, 1.0),
        traffic=Traffic(150, 0.1, 0.06, 0.2, 0.03, 0.0),
        families=families(),
        weather=calm(),
        sensor_events=(),
        closures=(),
        text="",
    )
    return dataclasses.replace(plain, **changes)
