"""Flight and air against published values, closed forms and conserved quantities."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from skypact.kernels import atmosphere, flight
from skypact.kernels.frame import ecef_from_geodetic, rot_enu_from_ecef
from skypact.kernels.wgs84 import A_M, J2, J3, J4, OMEGA_RAD_S
from tests.naive.test_flight import FREE, fly, launch

RADIUS_M, MU = 6371.0e3, 398600.4418e9
BARE = flight.Planet(0.0, 0.0, 0.0, 0.0, 0.0, RADIUS_M, RADIUS_M)
"""A sphere at rest, without air or zonal harmonics."""

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


def minimum_energy(range_km):
    """Speed (m/s), elevation (rad), apogee (m) and time (s, by Kepler's equation) of the closed form."""
    phi = range_km * 1e3 / RADIUS_M
    half = np.sin(phi / 2)
    speed = np.sqrt(MU / RADIUS_M * 2 * half / (1 + half))
    major = 1 / (2 / RADIUS_M - speed**2 / MU)
    apogee = RADIUS_M / 2 * (half + np.cos(phi / 2) - 1)
    eccentricity = (RADIUS_M + apogee) / major - 1
    anomaly = np.arccos((1 - RADIUS_M / major) / eccentricity)
    time = 2 * np.sqrt(major**3 / MU) * (np.pi - anomaly + eccentricity * np.sin(anomaly))
    return speed, (np.pi - phi) / 4, apogee, time


@pytest.mark.parametrize(("range_km", "speed_km_s", "gamma_deg", "apogee_km", "time_s"), MINIMUM_ENERGY)
def test_minimum_energy_flights_are_the_published_ones(range_km, speed_km_s, gamma_deg, apogee_km, time_s):
    speed, gamma, apogee, time = minimum_energy(range_km)
    published = [speed_km_s * 1e3, np.radians(gamma_deg), apogee_km * 1e3, time_s]
    assert [speed, gamma, apogee, time] == pytest.approx(published, rel=1e-4)

    start = np.array([RADIUS_M, 0, 0, speed * np.sin(gamma), speed * np.cos(gamma), 0])
    rows, phase, end = fly(start, 1.0, planet=BARE)
    height = np.linalg.norm(rows[:, :3], axis=1) - RADIUS_M
    reached = np.arctan2(end[2], end[1]) * RADIUS_M
    assert [reached / 1e3, height.max() / 1e3, end[0]] == pytest.approx(
        [range_km, apogee_km, time_s], rel=1e-3
    )
    assert reached == pytest.approx(range_km * 1e3, abs=0.1)
    assert end[0] == pytest.approx(time, abs=1e-3)
    assert np.linalg.norm(end[1:4]) == pytest.approx(RADIUS_M, abs=1e-2)
    assert (phase != flight.BOOST).all()


def test_gravity_with_j2_has_the_reference_values():
    """GM 3.986004418e14, J2 1.08262668355e-3, a 6378137 m, rotation 7.292115e-5 rad/s (exact evaluation)."""
    state = np.array([6878e3, 1000e3, 2000e3, -1000.0, 7000.0, 2000.0])
    out, leg = np.empty(6), FREE
    still = flight.Planet(0.0, 1.08262668355e-3, 0.0, 0.0, 0.0, A_M, A_M)
    flight.acceleration(state, 0.0, leg, 1.0, False, still, out)
    assert out[3:] == pytest.approx([-7.252710167624, -1.054479524226, -2.114282071136], abs=1e-11)
    turning = still._replace(omega_rad_s=7.292115e-5)
    flight.acceleration(state, 0.0, leg, 1.0, False, turning, out)
    assert out[3:] == pytest.approx([-6.195240343085, -0.903319730108, -2.114282071136], abs=1e-11)


def test_zonal_harmonics_are_those_of_egm96():
    """From EGM96's normalised C20, C30, C40 (Lemoine et al., NASA/TP-1998-206861): J = -C sqrt(2 n + 1)."""
    normalised = {2: -0.484165371736e-3, 3: 0.957254173792e-6, 4: 0.539873863789e-6}
    for n, found in ((2, J2), (3, J3), (4, J4)):
        assert found == pytest.approx(-normalised[n] * np.sqrt(2 * n + 1), rel=1e-8)
    assert flight.EARTH == (OMEGA_RAD_S, J2, J3, J4, 1.0, A_M, 6356752.314245179)


# NOAA-S/T 76-1562, table I, geometric altitude: km, K, Pa, kg/m3.
STANDARD = [
    (-5, 320.676, 1.7776e5, 1.9311), (0, 288.150, 1.01325e5, 1.2250), (5, 255.676, 5.4048e4, 7.3643e-1),
    (10, 223.252, 2.6500e4, 4.1351e-1), (20, 216.650, 5.5293e3, 8.8910e-2), (30, 226.509, 1.1970e3, 1.8410e-2),
    (40, 250.350, 2.8714e2, 3.9957e-3), (50, 270.650, 7.9779e1, 1.0269e-3), (60, 247.021, 2.1958e1, 3.0968e-4),
    (70, 219.585, 5.2209, 8.2829e-5), (80, 198.639, 1.0524, 1.8458e-5), (86, 186.87, 3.7338e-1, 6.958e-6),
    (90, 186.87, 1.8359e-1, 3.416e-6), (100, 195.08, 3.2011e-2, 5.604e-7), (110, 240.00, 7.1042e-3, 9.708e-8),
    (120, 360.00, 2.5382e-3, 2.222e-8), (150, 634.39, 4.5422e-4, 2.076e-9), (200, 854.56, 8.4736e-5, 2.541e-10),
    (300, 976.01, 8.7704e-6, 1.916e-11), (400, 995.83, 1.4518e-6, 2.803e-12), (500, 999.24, 3.0236e-7, 5.215e-13),
    (600, 999.85, 8.2130e-8, 1.137e-13), (700, 999.97, 3.1908e-8, 3.070e-14), (800, 999.99, 1.7036e-8, 1.136e-14),
    (900, 1000.00, 1.0873e-8, 5.759e-15),
]  # fmt: skip


@pytest.mark.parametrize(("km", "kelvin", "pascal", "density"), STANDARD)
def test_air_is_the_us_standard_atmosphere_of_1976(km, kelvin, pascal, density):
    assert atmosphere.temperature_k(km * 1e3) == pytest.approx(kelvin, rel=5e-4)
    assert atmosphere.pressure_pa(km * 1e3) == pytest.approx(pascal, rel=2e-4 if km < 100 else 2e-3)
    assert atmosphere.density_kgpm3(km * 1e3) == pytest.approx(density, rel=2e-4 if km < 100 else 2e-3)


# ussa1976 0.3.4, its atomic oxygen put right as scripts/build_atmosphere.py says, between the rows of the table.
BETWEEN = [
    (250, 1.19587e+00), (4750, 7.56524e-01), (8250, 5.10602e-01), (10800, 3.74171e-01), (12345, 2.95482e-01),
    (18321, 1.15676e-01), (25777, 3.54755e-02), (32160, 1.32288e-02), (38250, 5.17034e-03), (47300, 1.43718e-03),
    (51350, 8.68313e-04), (58123, 3.90358e-04), (66666, 1.30771e-04), (71750, 6.46889e-05), (79250, 2.07700e-05),
    (85250, 7.88526e-06), (88250, 4.66313e-06), (93750, 1.74698e-06), (99250, 6.42518e-07), (104250, 2.64955e-07),
    (109250, 1.11046e-07), (114750, 4.44694e-08), (119250, 2.43258e-08), (122250, 1.71821e-08), (131750, 7.04402e-09),
    (147250, 2.42978e-09), (152500, 1.80887e-09), (187500, 3.91623e-10), (262500, 4.46195e-11), (411111, 2.30315e-12),
    (633333, 7.13120e-14), (877777, 6.54710e-15),
]  # fmt: skip


@pytest.mark.parametrize(("metres", "density"), BETWEEN)
def test_air_between_the_rows_is_the_standards_too(metres, density):
    assert atmosphere.density_kgpm3(metres) == pytest.approx(density, rel=2e-3 if metres < 120e3 else 1e-2)


def test_the_speed_of_sound_is_the_standards():
    """NOAA-S/T 76-1562, table III."""
    for km, speed in ((0, 340.29), (10, 299.53), (20, 295.07), (30, 301.71), (50, 329.80), (80, 282.54)):
        assert atmosphere.sound_speed_mps(km * 1e3) == pytest.approx(speed, abs=0.05)


def test_drag_rises_and_falls_with_the_mach_number_as_the_standard_projectiles():
    """G7 and GS drag coefficients (Ballistic Research Laboratory; McCoy 1999)."""
    g7 = {0.5: 0.1194, 0.8: 0.1242, 0.9: 0.1464, 1.0: 0.3803, 1.05: 0.4043, 1.2: 0.3884, 1.5: 0.3440, 2.0: 0.2980,
          3.0: 0.2424, 4.0: 0.1935, 5.0: 0.1618}  # fmt: skip
    gs = {0.5: 0.4970, 0.8: 0.6610, 1.0: 0.8140, 1.5: 1.0080, 2.0: 1.0010, 3.0: 0.9610, 4.0: 0.9280}
    assert atmosphere.drag_ratio(atmosphere.REFERENCE_MACH) == 1.0
    for mach, coefficient in g7.items():
        assert atmosphere.drag_ratio(mach) == pytest.approx(coefficient / 0.2424, rel=1e-9)
    for mach, coefficient in gs.items():
        assert atmosphere.tumbling_ratio(mach) == pytest.approx(coefficient / 0.4662, rel=1e-9)
    assert atmosphere.drag_ratio(20.0) == atmosphere.drag_ratio(5.0)
    assert atmosphere.tumbling_ratio(20.0) == atmosphere.tumbling_ratio(4.0)


def jacobi(rows, planet):
    """v^2/2 + potential - (omega rho)^2/2: constant in the turning frame (Hill 1878); the energy where it rests."""
    r = np.linalg.norm(rows[:, :3], axis=1)
    s, q = rows[:, 2] / r, planet.a_m / r
    zonal = (
        planet.j2 * q**2 * (3 * s**2 - 1) / 2
        + planet.j3 * q**3 * (5 * s**3 - 3 * s) / 2
        + planet.j4 * q**4 * (35 * s**4 - 30 * s**2 + 3) / 8
    )
    turning = (planet.omega_rad_s * np.hypot(rows[:, 0], rows[:, 1])) ** 2 / 2
    return (rows[:, 3:] ** 2).sum(axis=1) / 2 - MU / r * (1 - zonal) - turning


@pytest.mark.parametrize("speed", [1700.0, 3000.0, 4800.0])
@pytest.mark.parametrize("planet", [BARE, flight.EARTH._replace(air=0.0)])
def test_energy_is_kept_to_a_hundred_millionth_over_a_vacuum_arc(speed, planet):
    state, _, _ = launch(23.0, 20.0, 70.0, 42.0, speed, height=5e3)
    rows, _, _ = fly(state, 1.0, planet=planet)
    energy = jacobi(rows, planet)
    assert len(rows) > 200
    assert np.abs(energy - energy[0]).max() < 1e-8 * speed**2 / 2


def test_an_orbit_is_keplers():
    """Position by Kepler's equation, on an ellipse of 800 to 3,400 km of height over half a turn and more."""
    major, eccentricity = 8471e3, 0.15
    perigee = major * (1 - eccentricity)
    state = np.array([perigee, 0, 0, 0, np.sqrt(MU * (1 + eccentricity) / perigee), 0])
    out, phase, end = np.empty((5000, 6)), np.empty(5000, dtype=np.uint8), np.empty(10)
    ground = np.zeros((2, 2), dtype=np.int16)
    none = flight.fly(
        ground, 0.0, 0.0, 1.0, state, 0.0, 4999.0, np.empty((0, 8)), 1.0, False, BARE, out, phase, end
    )
    assert none == 0
    for t in (500, 2000, 3879, 4999):
        mean = np.sqrt(MU / major**3) * t
        e = brentq(lambda e, mean=mean: e - eccentricity * np.sin(e) - mean, 0, 2 * np.pi, xtol=1e-14)
        place = major * np.array([np.cos(e) - eccentricity, np.sqrt(1 - eccentricity**2) * np.sin(e), 0])
        assert np.abs(out[t, :3] - place).max() < 0.5
    assert (phase == flight.COAST).all()


@pytest.mark.parametrize(("beta", "tumbling"), [(100.0, True), (200.0, False)])
def test_steady_fall_has_the_terminal_speed(beta, tumbling):
    """Drag equals weight: v = sqrt(2 beta g / (rho C)), C of the Mach number of v; g less what the spin takes."""
    state, _, _ = launch(31.0, 45.0, 0.0, -90.0, speed=100.0, height=15e3)
    rows, _, end = fly(state, beta, tumbling=tumbling)
    ratio = atmosphere.tumbling_ratio if tumbling else atmosphere.drag_ratio
    sound, rho = 340.29, 1.225

    def excess(v):
        return v - np.sqrt(2 * beta * 9.794 / (rho * ratio(v / sound)))

    speed = np.linalg.norm(rows[int(end[0]), 3:])
    assert speed == pytest.approx(brentq(excess, 10.0, 320.0), rel=0.03)


def test_hypersonic_entry_loses_speed_by_the_air_above():
    """Straight down at constant drag coefficient: ln(v / v vacuum) = -p / (2 beta g) (Allen and Eggers, NACA 1381)."""
    state, _, _ = launch(0.0, 45.0, 0.0, -90.0, speed=7500.0, height=130e3)
    still = flight.EARTH._replace(omega_rad_s=0.0)
    rows, _, _ = fly(state, 8000.0, planet=still)
    vacuum, _, _ = fly(state, 8000.0, planet=still._replace(air=0.0))
    height = rows[:, 0] / np.cos(np.radians(45.0)) - A_M
    low = int(np.argmin(np.abs(height - 12e3)))
    height_of_vacuum = vacuum[:, 0] / np.cos(np.radians(45.0)) - A_M
    speed = np.linalg.norm(rows[low, 3:])
    free = np.interp(-height[low], -height_of_vacuum, np.linalg.norm(vacuum[:, 3:], axis=1))
    assert 5.0 * atmosphere.sound_speed_mps(height[low]) < speed < 0.95 * free
    hypersonic = 8000.0 / atmosphere.drag_ratio(5.0)
    expected = -atmosphere.pressure_pa(height[low]) / (2 * hypersonic * 9.7)
    assert np.log(speed / free) == pytest.approx(expected, rel=0.03)


def test_a_falling_body_is_thrown_east():
    """Coriolis: the deflection of a fall from h in vacuum is (omega/3) cos(lat) sqrt(8 h^3 / g) to the east."""
    height, lat = 50e3, np.radians(30.0)
    start = np.array([*ecef_from_geodetic(lat, 0.0, height), 0, 0, 0])
    _, _, end = fly(start, 1.0, planet=flight.EARTH._replace(air=0.0))
    east = np.array(rot_enu_from_ecef(lat, 0.0)).reshape(3, 3)[0] @ (end[1:4] - start[:3])
    assert east == pytest.approx(OMEGA_RAD_S / 3 * np.cos(lat) * np.sqrt(8 * height**3 / 9.72), rel=0.01)


def test_a_boost_in_vacuum_gives_the_speed_of_the_rocket_equation():
    """Thrust over an evenly falling mass: dv = a0 T / c ln(1 / (1 - c)) for a share c of the mass burnt in T."""
    up = np.array([0.0, 0.0, 1.0])
    legs = np.array([[40.0, 0.0, 20.0, 0.75 / 40.0, 4.0, *up]])
    far = np.array([0.0, 0.0, 1e12, 0.0, 0.0, 0.0])  # gravity there is 4e-10 m/s2
    _, _, end = fly(far, 1.0, legs, planet=BARE, rows=100)
    assert end[9] == pytest.approx(20.0 * 40.0 / 0.75 * np.log(4.0), rel=1e-8)
