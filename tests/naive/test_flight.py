"""`kernels.flight` and `kernels.atmosphere` against their slow twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels import atmosphere, flight
from skypact.kernels.frame import ecef_from_geodetic, rot_enu_from_ecef
from skypact.kernels.path import state_at
from tests.naive import flight as naive
from tests.naive.frame import geodetic_from_ecef
from tests.naive.masking import height_m

SEA = np.zeros((2, 2), dtype=np.int16)
NO_BOOST = np.empty((0, 8))
FREE = np.array([1e9, 0, 0, 0, 1, 0, 0, 0], dtype=float)
"""A leg without thrust."""


def launch(lat_deg, lon_deg, bearing_deg, elevation_deg, speed=0.0, height=0.0):
    """State at a height, and the directions up and along."""
    lat, lon, bearing, elevation = np.radians([lat_deg, lon_deg, bearing_deg, elevation_deg])
    rot = np.array(rot_enu_from_ecef(lat, lon)).reshape(3, 3)
    across = np.cos(elevation)
    along = np.array([across * np.sin(bearing), across * np.cos(bearing), np.sin(elevation)]) @ rot
    state = np.concatenate([ecef_from_geodetic(lat, lon, height), speed * along])
    return state, rot[2], along


def fly(
    state,
    beta,
    legs=NO_BOOST,
    rows=1500,
    tumbling=False,
    planet=flight.EARTH,
    heights=SEA,
    first=0.0,
    longest=None,
):
    """States, phases, and what `end` holds; no rows where the flight does not end."""
    out, phase, end = np.empty((rows, 6)), np.empty(rows, dtype=np.uint8), np.empty(10)
    longest = first + rows - 1.0 if longest is None else longest
    n = flight.fly(
        heights, 30.0, 40.0, 10.0, state, first, longest, legs, beta, tumbling, planet, out, phase, end
    )
    return out[:n], phase[:n], end


@given(st.floats(-4999.0, 85e3))
def test_air_below_86_km_is_the_standards(height):
    pressure, temperature = naive.layered(height)
    assert atmosphere.density_kgpm3(height) == pytest.approx(naive.density(height), rel=1.2e-3)
    assert atmosphere.pressure_pa(height) == pytest.approx(pressure, rel=2e-4)
    assert atmosphere.temperature_k(height) == pytest.approx(temperature, rel=1.5e-3)
    assert atmosphere.sound_speed_mps(height) == pytest.approx(
        np.sqrt(1.4 * naive.GAS * temperature), rel=8e-4
    )


@given(st.floats(-9000.0, 1.2e6), st.floats(0.0, 6000.0), st.booleans())
def test_drag_in_one_go_is_made_of_density_mach_number_and_ratio(height, speed, tumbling):
    mach = speed / atmosphere.sound_speed_mps(height)
    ratio = naive.drag_coefficient_ratio(mach, tumbling)
    each = atmosphere.tumbling_ratio(mach) if tumbling else atmosphere.drag_ratio(mach)
    assert each == pytest.approx(ratio, rel=1e-12)
    expected = 0.5 * atmosphere.density_kgpm3(height) * speed * ratio
    assert atmosphere.drag_rate(height, speed, tumbling) == pytest.approx(expected, rel=1e-3)


def test_air_ends_at_1000_km_and_is_constant_under_minus_5():
    assert atmosphere.density_kgpm3(999_999.0) > 3e-15
    assert atmosphere.density_kgpm3(1e6) == atmosphere.pressure_pa(1e6) == 0.0
    assert atmosphere.drag_rate(1e6, 3000.0, False) == 0.0
    assert atmosphere.temperature_k(2e6) == pytest.approx(1000.0, abs=1e-3)
    for of in (atmosphere.density_kgpm3, atmosphere.pressure_pa, atmosphere.temperature_k):
        assert of(-7e3) == of(-5e3) > of(-4.9e3)
    assert atmosphere.density_kgpm3(float("nan")) == 0.0


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-1e3, 100e3))
def test_quick_height_is_within_a_metre_below_100_km(lat, lon, height):
    pos = ecef_from_geodetic(np.radians(lat), np.radians(lon), height)
    quick = flight.height_above_ellipsoid_m(*pos, naive.A, naive.B)
    assert quick == pytest.approx(height, abs=1.0)
    assert naive.geodetic_height(np.array(pos)) == pytest.approx(height, abs=1e-3)


@given(st.floats(-30, 30), st.floats(0, 40))
def test_ground_beyond_the_grid_is_that_of_its_edge(lat, lon):
    heights = np.arange(12, dtype=np.int16).reshape(3, 4) ** 2
    inside = np.clip([lat, lon], [5.0, 10.0], [15.0, 25.0])
    found = flight.ground_m(heights, 5.0, 10.0, 5.0, np.radians(lat), np.radians(lon))
    assert found == pytest.approx(height_m(heights, 5.0, 10.0, 5.0, *inside), abs=1e-6)


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 1e6))
def test_gravity_is_the_gradient_of_the_potential_with_each_zonal_harmonic(lat, lon, height):
    pos = np.array(ecef_from_geodetic(np.radians(lat), np.radians(lon), height))
    state, leg, out = np.concatenate([pos, np.zeros(3)]), FREE, np.empty(6)
    for kept in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1)):
        zonals = np.array(naive.J) * kept
        planet = flight.EARTH._replace(omega_rad_s=0.0, air=0.0, j2=zonals[0], j3=zonals[1], j4=zonals[2])
        flight.acceleration(state, 0.0, leg, 1.0, False, planet, out)
        assert out[3:] == pytest.approx(naive.gravity(pos, zonals), abs=2e-10)


@settings(max_examples=20)
@given(st.floats(0.0, 1.0), st.floats(20.0, 120.0), st.floats(0.01, 10.0))
def test_reading_inside_a_step_matches_its_ends_and_a_shorter_step(part, high_km, h):
    state, _, _ = launch(31.0, 45.0, 210.0, 30.0, 2500.0, high_km * 1e3)
    rates, leg = np.empty((7, 6)), FREE
    after, found, shorter, coefficients = np.empty(6), np.empty(6), np.empty(6), np.empty((5, 6))
    args = (leg, 5000.0, False, flight.EARTH, rates)
    flight.acceleration(state, 0.0, *args[:-1], rates[0])
    error = flight.step(state, 0.0, h, *args, after)
    flight.interpolant(state, after, h, rates, coefficients)
    for at, expected in ((0.0, state), (1.0, after)):
        flight.inside(coefficients, at, found)
        assert found == pytest.approx(expected, rel=1e-12)
    flight.inside(coefficients, part, found)
    flight.step(state, 0.0, part * h, *args, shorter)
    assert np.abs(found - shorter)[:3].max() <= 1e-6 + 2e-3 * 4.0 * error


@pytest.mark.parametrize(
    ("elevation", "speed", "beta"), [(45, 3000, 6000), (70, 2500, 3000), (20, 900, 2000), (89, 1500, 8000)]
)
def test_free_flight_with_drag_is_that_of_the_inertial_twin(elevation, speed, beta):
    state, _, _ = launch(31.0, 45.0, 210.0, elevation, speed)
    rows, _, end = fly(state, beta)
    stop = int(end[0])
    twin = naive.fly(state, NO_BOOST, beta, stop)
    assert np.abs(rows[: stop + 1, :3] - twin[:, :3]).max() < 12.0  # air read between rows
    assert np.abs(rows[: stop + 1, 3:] - twin[:, 3:]).max() < 0.6


def test_without_air_it_is_the_twins_within_centimetres():
    state, _, _ = launch(31.0, 45.0, 60.0, 42.0, 4500.0)
    rows, _, end = fly(state, 1.0, planet=flight.EARTH._replace(air=0.0))
    twin = naive.fly(state, NO_BOOST, 1.0, int(end[0]), air=0.0)
    assert len(rows) > 700
    assert np.abs(rows[:-1, :3] - twin[:, :3]).max() < 0.05
    assert np.abs(rows[:-1, 3:] - twin[:, 3:]).max() < 2e-4


def two_stages(up, along):
    """A boost in two stages: 22 s that grow to three times the first acceleration, a coast of 4.5 s, 19.3 s more."""
    return np.array(
        [
            [3.7, 0.0, 30.0, 2 / 3 / 22.0, 6.0, *up],
            [22.0, 0.0, 30.0, 2 / 3 / 22.0, 6.0, *along],
            [26.5, 0.0, 0.0, 0.0, 2.0, *along],
            [45.8, 26.5, 35.0, 0.5 / 19.3, 2.0, *(1.01 * along)],
        ]
    )


def test_a_boost_in_stages_that_change_between_seconds_is_that_of_the_inertial_twin():
    state, up, along = launch(31.0, 45.0, 250.0, 52.0)
    legs = two_stages(up, along)
    rows, phase, end = fly(state, 5000.0, legs)
    stop = int(end[0])
    twin = naive.fly(state, legs, 5000.0, stop)
    assert np.abs(rows[: stop + 1, :3] - twin[:, :3]).max() < 10.0
    assert np.abs(rows[47, 3:] - twin[47, 3:]).max() < 0.1
    assert (phase[:46] == flight.BOOST).all()
    assert (phase[46:] != flight.BOOST).all()
    assert np.linalg.norm(end[4:7] - (rows[46, :3] - 0.2 * rows[46, 3:])) < 1.0


def test_a_light_piece_in_thick_air_is_the_twins():
    state, _, _ = launch(31.0, 45.0, 90.0, -20.0, speed=1500.0, height=8000.0)
    rows, _, end = fly(state, 60.0, tumbling=True)
    stop = int(end[0])
    twin = naive.fly(state, NO_BOOST, 60.0, stop, tumbling=True)
    assert np.abs(rows[: stop + 1, :3] - twin[:, :3]).max() < 1.0


def test_rows_may_begin_between_and_the_search_keeps_none():
    state, _, _ = launch(31.0, 45.0, 210.0, 45.0, 1200.0)
    whole, _, end = fly(state, 5000.0)
    shifted, _, same_end = fly(state, 5000.0, first=0.4)
    assert same_end == pytest.approx(end, rel=1e-12)
    between = np.empty((len(shifted) - 1, 6))
    for k, row in enumerate(between):
        assert state_at(whole, 0, len(whole), 0, k + 0.4, row)
    assert len(shifted) in {len(whole), len(whole) - 1}
    assert np.abs(shifted[:-1] - between).max() < 1.0
    out, phase, none = np.empty((0, 6)), np.empty(0, dtype=np.uint8), np.empty(10)
    rows = flight.fly(
        SEA, 30.0, 40.0, 10.0, state, 0.0, 3000.0, NO_BOOST, 5000.0, False, flight.EARTH, out, phase, none
    )
    assert rows == len(whole)
    assert none[:4] == pytest.approx(end[:4], rel=1e-12)


def test_arrival_lies_on_the_ground_and_within_the_last_second():
    heights = np.array([[0, 0, 0], [0, 3000, 0], [0, 0, 0]], dtype=np.int16)
    state, _, _ = launch(39.0, 43.0, 80.0, 50.0, speed=1700.0)
    rows, phase, end = fly(state, 5000.0, heights=heights)
    assert len(rows) - 2 <= end[0] <= len(rows) - 1
    lat, lon, height = geodetic_from_ecef(*end[1:4])
    ground = height_m(heights, 30.0, 40.0, 10.0, np.degrees(lat), np.degrees(lon))
    assert ground > 800.0
    assert height == pytest.approx(ground, abs=0.01)
    before, after = rows[-2], rows[-1]
    mean = 0.5 * (before[3:] + after[3:])
    assert np.abs(before[:3] + (end[0] - len(rows) + 2) * mean - end[1:4]).max() < 10.0
    assert phase[-1] == flight.REENTRY


def test_re_entry_is_the_way_down_below_90_km():
    state, _, _ = launch(31.0, 45.0, 30.0, 60.0, speed=2000.0, height=40e3)
    rows, phase, _ = fly(state, 5000.0)
    height = np.array([geodetic_from_ecef(*row[:3])[2] for row in rows])
    sinks = (rows[:, :3] * rows[:, 3:]).sum(axis=1) <= 0.0
    assert height.max() > 150e3
    assert ((phase == flight.REENTRY) == (sinks & (height < 90e3))).all()
    assert ((phase == flight.COAST) == ~(sinks & (height < 90e3))).all()


def test_what_stays_up_longer_has_no_arrival():
    state, _, _ = launch(31.0, 45.0, 0.0, 80.0, 4000.0)
    rows, _, _ = fly(state, 5000.0, longest=99.0)
    assert len(rows) == 0
