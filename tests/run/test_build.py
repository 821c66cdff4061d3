"""The tables that a scenario is wired into: what trackers may know, how sensors perceive, what runs may draw."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from skypact.catalogue import drawn
from skypact.kernels.random import run_key
from skypact.model.codes import BeamPattern, SensorKind
from skypact.model.network import SensingTable
from skypact.model.scenario import SensorSite
from skypact.run.build import Treatments, Wired, wire, with_catalogue
from skypact.run.library import load
from skypact.run.radar import radar_constant_db
from skypact.sense.clutter import noise_plots


@pytest.fixture(scope="module")
def every_class() -> Wired:
    """One sensor of every class, in the small scenario."""
    loaded = load("gulf-small")
    lat, lon = math.radians(26.3), math.radians(50.4)
    sites = tuple(
        SensorSite(name, name, "SAU", "SAU", lat, lon, None, 0.3) for name in loaded.catalogue.sensors
    )
    scenario = replace(loaded.scenario, sensors=sites)
    return wire(scenario, loaded.catalogue, loaded.airports, loaded.terrain, ("national",), Treatments())


def test_every_table_has_a_row_a_sensor_and_perception_is_not_in_what_trackers_know(every_class):
    sensors, sensing = every_class.network.sensors, every_class.network.sensing
    count = len(sensors.names)
    assert count == 14
    for field in fields(SensingTable):
        assert len(getattr(sensing, field.name)) == count, field.name
        assert not hasattr(sensors, field.name)


def test_the_table_of_perception_holds_the_values_of_the_classes(every_class):
    sensors, sensing = every_class.network.sensors, every_class.network.sensing
    row = {name: s for s, name in enumerate(sensors.names)}
    for name, cls in every_class.catalogue.sensors.items():
        s = row[name]
        for field in fields(SensingTable):
            if field.name in cls.values:
                assert getattr(sensing, field.name)[s] == cls.values[field.name].value, (name, field.name)
        assert sensing.pattern[s] == cls.pattern
        for j, key in enumerate(
            ("drift_range_m", "drift_bearing_rad", "drift_elevation_rad", "drift_clock_s")
        ):
            assert sensing.drift_sigma[s, j] == (cls.values[key].value if key in cls.values else 0.0)
    assert sensing.pattern[row["air_traffic_radar"]] == BeamPattern.COSECANT
    assert sensing.pattern[row["coastal_radar"]] == BeamPattern.FAN
    assert sensing.receivers[row["multilateration_system"]] == 8
    assert sensing.sigma_time_s[row["multilateration_system"]] == pytest.approx(10e-9)


def test_what_follows_from_a_radars_values_stands_in_the_table(every_class):
    sensors, sensing = every_class.network.sensors, every_class.network.sensing
    radar = sensors.kind == SensorKind.RADAR
    for s in np.flatnonzero(radar):
        cls = every_class.catalogue.sensors[sensors.names[s]]
        assert sensing.snr_db_100km_1m2[s] == radar_constant_db(cls)
        wavelength_m = 299_792_458.0 / cls.values["frequency_hz"].value
        assert sensing.blind_speed_mps[s] == pytest.approx(0.5 * wavelength_m * cls.values["prf_hz"].value)
    assert np.isnan(sensing.snr_db_100km_1m2[~radar]).all()
    assert np.isnan(sensing.blind_speed_mps[~radar]).all()
    assert (sensing.pulses[radar] >= 1).all()
    assert (sensing.pulses[~radar] == 0).all()
    scanned = radar & ~sensors.rotates
    assert (np.isnan(sensing.revisit_track_s) == ~scanned).all()


def test_neighbours_do_not_look_in_step(every_class):
    sensors, sensing = every_class.network.sensors, every_class.network.sensing
    share = sensing.scan_phase_s / sensors.revisit_s
    assert ((share >= 0.0) & (share < 1.0)).all()
    assert np.diff(np.sort(share)).min() > 0.02


def test_an_owner_knows_the_false_plots_of_noise_and_of_its_own_ground(every_class):
    sensors, sensing = every_class.network.sensors, every_class.network.sensing
    radar = sensors.kind == SensorKind.RADAR
    noise = noise_plots(sensors, sensing)
    assert (sensors.false_plots[radar] >= noise[radar]).all()
    assert (sensors.false_plots[radar] < noise[radar] + 5.0).all()
    row = {name: s for s, name in enumerate(sensors.names)}
    assert sensors.false_plots[row["acoustic_post"]] == pytest.approx(0.05)
    assert 5.0 < sensors.false_plots[row["search_radar"]] < 12.0
    assert sensors.false_plots[row["coastal_radar"]] > 1.2 * noise[row["coastal_radar"]]


def test_another_catalogue_changes_the_classes_and_nothing_else(every_class):
    other = with_catalogue(every_class, drawn(every_class.catalogue, *run_key(1, 0)))
    before, after = every_class.network, other.network
    assert (before.sensing.snr_db_100km_1m2 != after.sensing.snr_db_100km_1m2).any()
    assert (before.sensors.sigma_bearing_rad != after.sensors.sigma_bearing_rad).all()
    assert (before.batteries.flight[:, -1] != after.batteries.flight[:, -1]).all()
    assert (
        before.batteries.kill[before.batteries.kill > 0] != after.batteries.kill[before.batteries.kill > 0]
    ).all()
    for table, columns in (
        ("sensors", ("names", "lat_rad", "nation", "sector_centre_rad")),
        ("batteries", ("names", "lat_rad", "stock", "defends")),
        ("places", ("names", "population", "radius_m")),
    ):
        for column in columns:
            one, two = getattr(getattr(before, table), column), getattr(getattr(after, table), column)
            assert np.array_equal(one, two), (table, column)
    assert other.scenario is every_class.scenario
    again = with_catalogue(other, every_class.catalogue)
    for field in fields(SensingTable):
        one, two = getattr(before.sensing, field.name), getattr(again.network.sensing, field.name)
        assert np.array_equal(one, two, equal_nan=True), field.name
