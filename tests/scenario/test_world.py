"""Weather, sensors that fail and airspace that closes: what is written, what it becomes, what is refused."""

import math

import numpy as np
import pytest

from skypact.errors import InputError
from skypact.model.codes import Disturbance
from skypact.model.weather import calm
from tests.scenario.conftest import SMALL


def faults_of(desk, extra):
    with pytest.raises(InputError) as caught:
        desk.load(SMALL + extra)
    return {fault.field: fault for fault in caught.value.faults}


def test_a_scenario_that_says_nothing_of_the_weather_is_calm(desk):
    scenario = desk.load(SMALL)
    assert scenario.weather == calm()
    assert scenario.sensor_events == ()
    assert scenario.closures == ()


def test_wind_is_written_as_where_it_comes_from_and_held_as_where_it_goes(desk):
    weather = desk.load(
        SMALL
        + """\
weather:
  wind:
    - {height: 0 m, speed: 5 m/s, comes_from: 0 deg}
    - {height: 10 km, speed: 72 km/h, comes_from: 270 deg}
  rain: {mm_per_h: 12, top: 3 km}
  cloud: {cover: 0.4, base: 1 km, top: 6 km}
  visibility: 4 km
  vapour_g_per_m3: 15
  sea_state: 5
"""
    ).weather
    np.testing.assert_allclose(weather.wind_height_m, [0.0, 10_000.0])
    np.testing.assert_allclose(weather.wind_north_mps, [-5.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(weather.wind_east_mps, [0.0, 20.0], atol=1e-12)
    assert (weather.rain_mmph, weather.rain_top_m) == (12.0, 3_000.0)
    assert (weather.cloud_cover, weather.cloud_base_m, weather.cloud_top_m) == (0.4, 1_000.0, 6_000.0)
    assert (weather.visibility_m, weather.vapour_gpm3, weather.sea_state) == (4_000.0, 15.0, 5)
    assert weather != calm()


def test_what_befalls_a_sensor_is_held_in_ratios_radians_and_seconds(desk):
    off, jammed, saturated, lost = desk.load(
        SMALL
        + """\
sensor_events:
  - {sensor: search, effect: off, at: 5 min, until: 6 min}
  - {sensor: search, effect: jammed, at: 0 s, noise: 20, centre: -90 deg, width: 30 deg}
  - {sensor: search, effect: saturated, at: 10 s, plots: 40}
  - {sensor: search, effect: lost, at: 20 min}
"""
    ).sensor_events
    assert (off.effect, off.from_s, off.until_s) == (Disturbance.OFF, 300.0, 360.0)
    assert jammed.level == pytest.approx(100.0)
    assert jammed.bearing_rad == pytest.approx(1.5 * math.pi)
    assert jammed.width_rad == pytest.approx(math.radians(30.0))
    assert (saturated.level, saturated.width_rad) == (40.0, 2.0 * math.pi)
    assert (lost.effect, lost.until_s) == (Disturbance.LOST, math.inf)


def test_a_closure_is_a_disc_with_a_time(desk):
    (closure,) = desk.load(
        SMALL
        + "airspace_closures:\n  - {name: north, lat: 26, lon: 51, radius: 40 km, at: 2 min, until: 1 h}\n"
    ).closures
    assert (closure.name, closure.radius_m, closure.from_s, closure.until_s) == (
        "north",
        40_000.0,
        120.0,
        3_600.0,
    )
    assert closure.lat_rad == pytest.approx(math.radians(26.0))


def test_positions_are_jammed_or_spoofed_in_a_disc_for_a_time(desk):
    jammed, spoofed = desk.load(
        SMALL
        + """position_faults:
  - {name: a, lat: 26, lon: 51, radius: 40 km, effect: jammed, at: 2 min}
  - {name: b, lat: 27, lon: 50, radius: 80 km, effect: spoofed, at: 1 min, until: 9 min, shift: 30 km, towards: 90 deg}
"""
    ).position_faults
    assert (jammed.jammed, jammed.from_s, jammed.until_s, jammed.shift_m) == (True, 120.0, math.inf, 0.0)
    assert (spoofed.jammed, spoofed.until_s, spoofed.shift_m) == (False, 540.0, 30_000.0)
    assert spoofed.towards_rad == pytest.approx(0.5 * math.pi)


def test_weapons_are_free_when_the_scenario_says_so_and_else_never(desk):
    usual = desk.load(SMALL).settings
    assert (usual.free_from_s, usual.free_until_s) == (math.inf, math.inf)
    raised = desk.load(SMALL + "settings: {weapons_free: [2 min, 1 h]}\n").settings
    assert (raised.free_from_s, raised.free_until_s) == (120.0, 3_600.0)


def test_shares_of_false_codes_reach_traffic_and_raid(desk):
    text = SMALL.replace("{aircraft: 5}", "{aircraft: 5, false_code_share: 0.25}")
    text = text.replace("count: [1, 1],", "count: [1, 1], false_code_share: 0.5,")
    scenario = desk.load(text)
    assert scenario.traffic.false_code_share == 0.25
    assert scenario.families[0].groups[0].false_code_share == 0.5


@pytest.mark.parametrize(
    ("extra", "field", "words"),
    [
        (
            "sensor_events: [{sensor: searc, effect: 'off', at: 0 s}]",
            "sensor_events[0].sensor",
            "'search', perhaps",
        ),
        (
            "sensor_events: [{sensor: search, effect: jammed, at: 0 s}]",
            "sensor_events[0]",
            "'noise' in dB where a sensor is jammed",
        ),
        (
            "sensor_events: [{sensor: search, effect: 'off', at: 0 s, plots: 3}]",
            "sensor_events[0]",
            "'plots' where a sensor is saturated",
        ),
        (
            "sensor_events: [{sensor: search, effect: lost, at: 0 s, until: 9 s}]",
            "sensor_events[0]",
            "none where a sensor is lost",
        ),
        (
            "sensor_events: [{sensor: search, effect: jammed, at: 0 s, noise: 10, width: 9 deg}]",
            "sensor_events[0]",
            "'centre' and 'width' together",
        ),
        ("weather: {cloud: {base: 9 km, top: 2 km}}", "weather.cloud", "base at or below top"),
        (
            "weather: {wind: [{height: 1 km, speed: 1 m/s, comes_from: 0 deg}, "
            "{height: 1 km, speed: 2 m/s, comes_from: 0 deg}]}",
            "weather",
            "lowest height to the highest",
        ),
        ("weather: {visibility: 1 m}", "weather.visibility", "50 m"),
        (
            "airspace_closures: [{name: a, lat: 26, lon: 51, radius: 9 km, at: 60 s, until: 60 s}]",
            "airspace_closures[0]",
            "'until' after 'at'",
        ),
        (
            "position_faults: [{name: a, lat: 26, lon: 51, radius: 9 km, effect: spoofed, at: 0 s, shift: 9 km}]",
            "position_faults[0]",
            "'shift' and 'towards' where positions are spoofed",
        ),
        (
            "position_faults: [{name: a, lat: 26, lon: 51, radius: 9 km, effect: jammed, at: 9 s, until: 9 s}]",
            "position_faults[0]",
            "'until' after 'at'",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_write(desk, extra, field, words):
    faults = faults_of(desk, extra + "\n")
    assert field in faults, faults
    assert words in faults[field].expected
