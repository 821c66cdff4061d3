"""Flight against published values: gravity with J2, vacuum arcs, the standard atmosphere, conserved energy."""

from __future__ import annotations

import numpy as np
import pytest

from skypact.kernels import flight
from skypact.kernels.frame import ecef_from_geodetic, rot_enu_from_ecef
from skypact.kernels.wgs84 import J2, OMEGA_RAD_S
from tests.naive.test_flight import fly, launch

RADIUS_M, MU = 6371.0e3, 398600.4418e9

# Minimum-energy flights over a sphere of 6,371 km without air or rotation (Wheelon, "Free flight of a ballistic
# missile", ARS Journal 29, 1959): v^2 = (mu/R) 2 s / (1 + s) with s = sin(phi/2), gamma = (pi - phi) / 4, apogee (R/2)
# (s + cos(phi/2) - 1). Columns: range km, speed km/s, elevation deg, apogee km, time of flight s.
MINIMUM_ENERGY = [
    (300, 1.6965, 44.326, 74.11, 251.03),
    (600, 2.3717, 43.651, 146.41, 360.39),
    (1000, 3.0161, 42.752, 239.94, 474.36),
    (1500, 3.6265, 41.628, 352.09, 594.56),
    (2000, 4.1129, 40.503, 458.79, 701.78),
    (3000, 4.865, 38.255, 655.21, 895.04),
]


def arc(state, seconds, beta=1.0, omega=0.0, j2=0.0, air=0.0, step=flight.STEP_S):
    """States at every step from 0 to at least `seconds`."""
    state, work, still = np.array(state, dtype=float), np.empty((5, 6)), np.zeros(3)
    rows = [state.copy()]
    for _ in range(int(np.ceil(seconds / step))):
        flight.advance(state, step, still, beta, omega, j2, air, work)
        rows.append(state.copy())
    return np.array(rows)


@pytest.mark.parametrize(("range_km", "_v", "_gamma", "apogee_km", "time_s"), MINIMUM_ENERGY)
def test_vacuum_arcs_over_an_earth_at_rest_are_the_closed_form(range_km, _v, _gamma, apogee_km, time_s):
    phi = range_km * 1e3 / RADIUS_M
    half = np.sin(phi / 2)
    speed, gamma = np.sqrt(MU / RADIUS_M * 2 * half / (1 + half)), (np.pi - phi) / 4
    assert speed / 1e3 == pytest.approx(_v, abs=1e-4)
    assert np.degrees(gamma) == pytest.approx(_gamma, abs=1e-3)
    rows = arc([RADIUS_M, 0, 0, speed * np.sin(gamma), speed * np.cos(gamma), 0], time_s + 2)
    height = np.linalg.norm(rows[:, :3], axis=1) - RADIUS_M
    down = int(np.flatnonzero((height[1:] < 0) & (height[:-1] >= 0))[-1])
    part = height[down] / (height[down] - height[down + 1])
    landing = rows[down, :3] + part * (rows[down + 1, :3] - rows[down, :3])
    assert (down + part) * flight.STEP_S == pytest.approx(time_s, abs=0.02)
    assert height.max() / 1e3 == pytest.approx(apogee_km, abs=0.01)
    assert np.arctan2(landing[1], landing[0]) * RADIUS_M / 1e3 == pytest.approx(range_km, abs=0.01)


def test_gravity_with_j2_has_the_reference_values():
    """GM 3.986004418e14, J2 1.08262668355e-3, a 6378137 m, rotation 7.292115e-5 rad/s (exact evaluation)."""
    state = np.array([6878e3, 1000e3, 2000e3, -1000.0, 7000.0, 2000.0])
    out = np.empty(6)
    flight.acceleration(state, np.zeros(3), 1.0, 0.0, 1.08262668355e-3, 0.0, out)
    assert out[3:] == pytest.approx([-7.252710167624, -1.054479524226, -2.114282071136], abs=1e-11)
    flight.acceleration(state, np.zeros(3), 1.0, 7.292115e-5, 1.08262668355e-3, 0.0, out)
    assert out[3:] == pytest.approx([-6.195240343085, -0.903319730108, -2.114282071136], abs=1e-11)


@pytest.mark.parametrize(
    ("height_m", "density"),
    [
        (0, 1.2250), (5000, 7.3643e-1), (10000, 4.1351e-1), (20000, 8.8910e-2), (30000, 1.8410e-2),
        (40000, 3.9957e-3), (50000, 1.0269e-3), (60000, 3.0968e-4), (70000, 8.2829e-5), (80000, 1.8458e-5),
        (86000, 6.958e-6), (89000, 4.081e-6),
    ],
)  # fmt: skip
def test_air_is_the_us_standard_atmosphere_of_1976(height_m, density):
    """NOAA-S/T 76-1562, table I, geometric altitude."""
    assert flight.density_kgpm3(float(height_m)) == pytest.approx(density, rel=2e-4)


def test_there_is_no_air_above_90_km():
    assert flight.density_kgpm3(89_999.0) > 0.0
    assert flight.density_kgpm3(90_000.0) == 0.0


@pytest.mark.parametrize("speed", [1700.0, 3000.0, 4800.0])
def test_the_step_keeps_energy_to_a_millionth_over_a_vacuum_arc(speed):
    """Jacobi's integral v^2/2 + potential - (omega rho)^2/2 is constant in the turning frame (Hill 1878)."""
    omega, j2 = 7.292115e-5, 1.08262668355e-3
    start = [5.5e6, 2.0e6, 2.5e6, *(speed * np.array([0.5, -0.7, 0.51]))]
    rows = arc(start, 900, omega=omega, j2=j2)
    r = np.linalg.norm(rows[:, :3], axis=1)
    sin2 = (rows[:, 2] / r) ** 2
    potential = -MU / r * (1 - j2 * (6378137.0 / r) ** 2 * (3 * sin2 - 1) / 2)
    turning = (omega * np.hypot(rows[:, 0], rows[:, 1])) ** 2 / 2
    jacobi = (rows[:, 3:] ** 2).sum(axis=1) / 2 + potential - turning
    assert np.abs(jacobi - jacobi[0]).max() < 1e-6 * speed**2 / 2


def test_steady_fall_has_the_terminal_speed():
    """Drag equals weight: v = sqrt(2 beta g / rho)."""
    state, directions = launch(31.0, 45.0, 0.0, -90.0, speed=100.0, height=4000.0)
    rows, _, end = fly(state, directions, 0.0, 0.0, 0.0, 100.0)
    assert np.linalg.norm(rows[int(end[0]), 3:]) == pytest.approx(np.sqrt(2 * 100 * 9.79 / 1.225), rel=0.01)


def test_a_falling_body_is_thrown_east():
    """Coriolis: the deflection of a fall from h in vacuum is (omega/3) cos(lat) sqrt(8 h^3 / g) to the east."""
    height, lat = 50e3, np.radians(30.0)
    start = ecef_from_geodetic(lat, 0.0, height)
    time = np.sqrt(2 * height / 9.72)
    rows = arc([*start, 0, 0, 0], time, omega=OMEGA_RAD_S, j2=J2, step=time / 200)
    east = np.array(rot_enu_from_ecef(lat, 0.0)).reshape(3, 3)[0] @ (rows[-1, :3] - np.array(start))
    assert east == pytest.approx(OMEGA_RAD_S / 3 * np.cos(lat) * np.sqrt(8 * height**3 / 9.72), rel=0.01)
