"""Slow twin of `kernels.flight`: the same physics in inertial space, integrated by SciPy to high order.

Gravity is the numerical gradient of the potential written with NumPy's Legendre series; air up to 86 km is built up
layer by layer, above by published values; the drag tables are read by NumPy.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.polynomial.legendre import legval
from scipy.integrate import solve_ivp

from skypact.kernels import atmosphere

GM, A, B = 3.986004418e14, 6378137.0, 6378137.0 * (1 - 1 / 298.257223563)
J = (1.08262668355e-3, -2.53265648533e-6, -1.619621591367e-6)
OMEGA = 7.292115e-5
GAS = 8.31432 / 0.0289644

# NOAA-S/T 76-1562, table I, geometric altitude: km, kg/m3.
HIGH_AIR = [
    (86, 6.958e-6), (90, 3.416e-6), (95, 1.393e-6), (100, 5.604e-7), (110, 9.708e-8), (120, 2.222e-8),
    (150, 2.076e-9), (200, 2.541e-10), (300, 1.916e-11), (400, 2.803e-12), (500, 5.215e-13), (600, 1.137e-13),
    (700, 3.070e-14), (800, 1.136e-14), (900, 5.759e-15), (1000, 3.561e-15),
]  # fmt: skip


def geodetic_height(pos):
    """Height above the ellipsoid by Newton's method on the foot point's reduced latitude."""
    p, z = np.hypot(pos[0], pos[1]), pos[2]
    beta = np.arctan2(z * A, p * B)
    for _ in range(20):
        x, y = A * np.cos(beta), B * np.sin(beta)
        dx, dy = -A * np.sin(beta), B * np.cos(beta)
        f = (p - x) * dx + (z - y) * dy
        slope = -(dx * dx + dy * dy) - (p - x) * x - (z - y) * y
        beta -= f / slope
    outward = np.array([np.cos(beta) / A, np.sin(beta) / B])
    outward /= np.linalg.norm(outward)
    return float(np.array([p - A * np.cos(beta), z - B * np.sin(beta)]) @ outward)


def layered(height):
    """Pressure (Pa) and temperature (K) up to 86 km: base pressures built up layer by layer from sea level."""
    g0, radius = 9.80665, 6356766.0
    h = radius * height / (radius + height)
    layers = [(0, -6.5), (11e3, 0), (20e3, 1), (32e3, 2.8), (47e3, 0), (51e3, -2.8), (71e3, -2), (84852, 0)]
    temperature, pressure = 288.15, 101325.0
    for i, (base, kelvin_per_km) in enumerate(layers):
        top = layers[i + 1][0] if i + 1 < len(layers) else np.inf
        lapse = kelvin_per_km / 1000
        over = min(h, top) - base
        if lapse == 0:
            pressure *= np.exp(-g0 * over / GAS / temperature)
        else:
            pressure *= (1 + lapse * over / temperature) ** (-g0 / GAS / lapse)
        temperature += lapse * over
        if h <= top:
            break
    return pressure, temperature


def density(height):
    """U.S. Standard Atmosphere 1976, kg/m3; above 86 km log-linear between published values."""
    if height < 86e3:
        pressure, temperature = layered(height)
        return pressure / GAS / temperature
    km, rho = np.array(HIGH_AIR).T
    return float(np.exp(np.interp(height / 1e3, km, np.log(rho)))) if height < 1000e3 else 0.0


def drag_coefficient_ratio(mach, tumbling):
    """The table of drag by Mach number, every 0.05 of it, constant beyond its end."""
    table = atmosphere._TUMBLING if tumbling else atmosphere._SLENDER
    return float(np.interp(mach, np.arange(len(table)) / 20, table))


def potential(pos, zonals):
    """Gravitational potential (m2/s2): central term and zonal harmonics J2, J3 ... as a Legendre series."""
    r = np.linalg.norm(pos)
    series = [0.0, 0.0, *(j * (A / r) ** n for n, j in enumerate(zonals, start=2))]
    return -GM / r * (1 - legval(pos[2] / r, series))


def gravity(pos, zonals):
    """Minus the gradient of the potential: central term exactly, the rest by differences of fourth order."""
    r = np.linalg.norm(pos)
    field = -GM * pos / r**3
    step = 2000.0
    for j in range(3):
        line = np.zeros(3)
        line[j] = step
        around = [
            potential(pos + k * line, zonals) + GM / np.linalg.norm(pos + k * line) for k in (-2, -1, 1, 2)
        ]
        field[j] -= (around[0] - 8 * around[1] + 8 * around[2] - around[3]) / (12 * step)
    return field


def turned(vector, angle):
    """A vector turned about the Earth's axis."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([c * vector[0] - s * vector[1], s * vector[0] + c * vector[1], vector[2]])


def boosted(t, legs, omega):
    """Acceleration by thrust in inertial axes, and the mass over that after the boost, which falls evenly."""
    for until, ignition, first, loss, mass, *direction in legs:
        if t < until:
            left = 1 - loss * (t - ignition)
            return first / left * turned(np.array(direction), omega * t), mass * left
    return np.zeros(3), 1.0


def fly(start, legs, beta, stop, tumbling=False, omega=OMEGA, zonals=J, air=1.0):
    """Earth-fixed states at 0, 1, 2 ... stop seconds, f8[stop + 1, 6]; the ground is not looked at."""
    spin = np.array([0, 0, omega])

    def rate(t, y):
        pos, vel = y[:3], y[3:]
        wind = vel - np.cross(spin, pos)
        thrust, mass = boosted(t, legs, omega)
        total = gravity(pos, zonals) + thrust
        if air:
            height = geodetic_height(pos)
            _, temperature = layered(min(height, 86e3))
            speed = np.linalg.norm(wind)
            mach = speed / np.sqrt(1.4 * GAS * temperature)
            pull = air * density(height) * drag_coefficient_ratio(mach, tumbling) / (2 * beta * mass)
            total = total - pull * speed * wind
        return np.concatenate([vel, total])

    y = np.concatenate([start[:3], start[3:] + np.cross(spin, start[:3])])
    rows = []
    edges = sorted({0.0, float(stop), *(float(leg[0]) for leg in legs if leg[0] < stop)})
    for a, b in pairwise(edges):
        middle = [t for t in range(stop + 1) if a <= t < b]
        inside = 1e-9 * (b - a)  # the thrust of the piece also at its ends
        found = solve_ivp(
            lambda t, y, a=a, b=b, inside=inside: rate(min(max(t, a + inside), b - inside), y),
            (a, b), y, "DOP853", [*middle, b], rtol=1e-9, atol=1e-4, max_step=20.0,
        )  # fmt: skip
        rows += list(zip(middle, found.y.T[: len(middle)], strict=True))
        y = found.y[:, -1]
    rows.append((stop, y))
    states = []
    for t, row in rows:
        pos, vel = turned(row[:3], -omega * t), turned(row[3:], -omega * t)
        states.append(np.concatenate([pos, vel - np.cross(spin, pos)]))
    return np.array(states)
