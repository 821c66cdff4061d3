"""`kernels.flight` against its slow twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.kernels import flight
from skypact.kernels.frame import ecef_from_geodetic, rot_enu_from_ecef
from tests.naive import flight as naive
from tests.naive.frame import geodetic_from_ecef
from tests.naive.masking import height_m

SEA = np.zeros((2, 2), dtype=np.int16)


def launch(lat_deg, lon_deg, bearing_deg, elevation_deg, speed=0.0, height=0.0):
    """State on the ground, and the directions of rise and of the rest of the burn."""
    lat, lon, bearing, elevation = np.radians([lat_deg, lon_deg, bearing_deg, elevation_deg])
    rot = np.array(rot_enu_from_ecef(lat, lon)).reshape(3, 3)
    across = np.cos(elevation)
    along = np.array([across * np.sin(bearing), across * np.cos(bearing), np.sin(elevation)]) @ rot
    state = np.concatenate([ecef_from_geodetic(lat, lon, height), speed * along])
    return state, np.concatenate([rot[2], along])


def fly(state, directions, thrust, rise, burn, beta, rows=1500, air=1.0, heights=SEA):
    out, phase, end = np.empty((rows, 6)), np.empty(rows, dtype=np.uint8), np.empty(4)
    n = flight.fly(
        heights, 30.0, 40.0, 10.0, state, thrust, rise, burn, directions, beta, naive.OMEGA, naive.J2, air,
        out, phase, end,
    )  # fmt: skip
    return out[:n], phase[:n], end


@given(st.floats(-1000.0, 95e3))
def test_density_is_the_standards(height):
    assert flight.density_kgpm3(height) == pytest.approx(naive.density(height), rel=2e-5)


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-1e3, 100e3))
def test_quick_height_is_within_a_metre_below_100_km(lat, lon, height):
    pos = ecef_from_geodetic(np.radians(lat), np.radians(lon), height)
    assert flight.height_above_ellipsoid_m(*pos) == pytest.approx(height, abs=1.0)
    assert naive.geodetic_height(np.array(pos)) == pytest.approx(height, abs=1e-3)


@given(st.floats(-30, 30), st.floats(0, 40))
def test_ground_beyond_the_grid_is_that_of_its_edge(lat, lon):
    heights = np.arange(12, dtype=np.int16).reshape(3, 4) ** 2
    inside = np.clip([lat, lon], [5.0, 10.0], [15.0, 25.0])
    found = flight.ground_m(heights, 5.0, 10.0, 5.0, np.radians(lat), np.radians(lon))
    assert found == pytest.approx(height_m(heights, 5.0, 10.0, 5.0, *inside), abs=1e-6)


def test_gravity_is_the_gradient_of_the_potential():
    pos = np.array([4e6, 3e6, 4.2e6])
    out = np.empty(6)
    flight.acceleration(np.concatenate([pos, np.zeros(3)]), np.zeros(3), 1.0, 0.0, naive.J2, 0.0, out)
    step = 50.0
    for j, axis in enumerate(np.eye(3) * step):
        slope = (naive.potential(pos + axis, naive.J2) - naive.potential(pos - axis, naive.J2)) / (2 * step)
        assert out[3 + j] == pytest.approx(-slope, rel=1e-8)


@pytest.mark.parametrize(
    ("elevation", "speed", "beta", "metres"),
    [(45, 3000, 6000, 2.0), (70, 2500, 3000, 2.0), (20, 900, 2000, 2.0), (89, 1500, 8000, 2.0)],
)
def test_free_flight_with_drag_is_that_of_the_inertial_twin(elevation, speed, beta, metres):
    state, directions = launch(31.0, 45.0, 210.0, elevation, speed)
    rows, _, end = fly(state, directions, 0.0, 0.0, 0.0, beta)
    stop = min(len(rows) - 1, int(end[0]))
    twin = naive.fly(state, 0.0, 0.0, 0.0, directions, beta, naive.OMEGA, naive.J2, 1.0, stop)
    assert np.abs(rows[: stop + 1, :3] - twin[:, :3]).max() < metres
    assert np.abs(rows[: stop + 1, 3:] - twin[:, 3:]).max() < 0.5


def test_boost_that_changes_between_steps_is_that_of_the_inertial_twin():
    state, directions = launch(31.0, 45.0, 250.0, 52.0)
    rows, phase, end = fly(state, directions, 55.0, 3.7, 41.27, 5000.0)
    stop = int(end[0])
    twin = naive.fly(state, 55.0, 3.7, 41.27, directions, 5000.0, naive.OMEGA, naive.J2, 1.0, stop)
    assert np.abs(rows[: stop + 1, :3] - twin[:, :3]).max() < 5.0
    assert (phase[:42] == flight.BOOST).all()
    assert (phase[42:] != flight.BOOST).all()


def test_a_light_piece_in_thick_air_needs_and_gets_short_steps():
    state, directions = launch(31.0, 45.0, 90.0, -20.0, speed=1500.0, height=8000.0)
    rows, _, end = fly(state, directions, 0.0, 0.0, 0.0, 60.0)
    stop = int(end[0])
    twin = naive.fly(state, 0.0, 0.0, 0.0, directions, 60.0, naive.OMEGA, naive.J2, 1.0, stop)
    assert np.abs(rows[: stop + 1, :3] - twin[:, :3]).max() < 1.0


def test_arrival_lies_on_the_ground_and_within_the_last_second():
    heights = np.array([[0, 0, 0], [0, 3000, 0], [0, 0, 0]], dtype=np.int16)
    state, directions = launch(39.0, 43.0, 80.0, 50.0, speed=1700.0)
    rows, _, end = fly(state, directions, 0.0, 0.0, 0.0, 5000.0, heights=heights)
    assert len(rows) - 2 <= end[0] <= len(rows) - 1
    lat, lon, height = geodetic_from_ecef(*end[1:])
    ground = height_m(heights, 30.0, 40.0, 10.0, np.degrees(lat), np.degrees(lon))
    assert ground > 800.0
    assert height == pytest.approx(ground, abs=1.0)


def test_what_stays_up_longer_than_the_rows_has_no_arrival():
    state, directions = launch(31.0, 45.0, 0.0, 80.0, 4000.0)
    rows, _, _ = fly(state, directions, 0.0, 0.0, 0.0, 5000.0, rows=100)
    assert len(rows) == 0
