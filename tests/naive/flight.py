"""Slow twin of `kernels.flight`: the same physics in inertial space, integrated by SciPy to high order."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.integrate import solve_ivp

GM, J2, A, B = 3.986004418e14, 1.08262668355e-3, 6378137.0, 6378137.0 * (1 - 1 / 298.257223563)
OMEGA = 7.292115e-5


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


def density(height):
    """U.S. Standard Atmosphere 1976: base pressures built up layer by layer from sea level."""
    if height >= 90e3:
        return 0.0
    gas, g0, radius = 8.31432 / 0.0289644, 9.80665, 6356766.0
    h = radius * height / (radius + height)
    layers = [(0, -6.5), (11e3, 0), (20e3, 1), (32e3, 2.8), (47e3, 0), (51e3, -2.8), (71e3, -2), (84852, 0)]
    temperature, pressure = 288.15, 101325.0
    for i, (base, kelvin_per_km) in enumerate(layers):
        top = layers[i + 1][0] if i + 1 < len(layers) else np.inf
        lapse = kelvin_per_km / 1000
        over = min(h, top) - base
        if lapse == 0:
            pressure *= np.exp(-g0 * over / gas / temperature)
        else:
            pressure *= (1 + lapse * over / temperature) ** (-g0 / gas / lapse)
        temperature += lapse * over
        if h <= top:
            break
    return pressure / gas / temperature


def potential(pos, j2):
    """Gravitational potential with J2, m2/s2."""
    r = np.linalg.norm(pos)
    return -GM / r * (1 - j2 * (A / r) ** 2 * (3 * (pos[2] / r) ** 2 - 1) / 2)


def gravity(pos, j2):
    """Minus the gradient of the potential: radial and northward parts."""
    r = np.linalg.norm(pos)
    sin = pos[2] / r
    along = pos / r
    north = np.array([0, 0, 1]) - sin * along  # its length is cos of the geocentric latitude
    radial = -GM / r**2 * (1 - 1.5 * j2 * (A / r) ** 2 * (3 * sin**2 - 1))
    return radial * along - 3 * GM / r**2 * j2 * (A / r) ** 2 * sin * north


def turned(vector, angle):
    """A vector turned about the Earth's axis."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([c * vector[0] - s * vector[1], s * vector[0] + c * vector[1], vector[2]])


def fly(start, thrust, rise, burn, directions, beta, omega, j2, air, stop):
    """Earth-fixed states at 0, 1, 2 ... stop seconds, f8[stop + 1, 6]; the ground is not looked at."""
    spin = np.array([0, 0, omega])

    def rate(t, y):
        pos, vel = y[:3], y[3:]
        wind = vel - np.cross(spin, pos)
        acceleration = gravity(pos, j2)
        if air:
            rho = air * density(geodetic_height(pos))
            acceleration = acceleration - rho * np.linalg.norm(wind) * wind / (2 * beta)
        if t < burn:
            acceleration = acceleration + thrust * turned(
                directions[:3] if t < rise else directions[3:], omega * t
            )
        return np.concatenate([vel, acceleration])

    y = np.concatenate([start[:3], start[3:] + np.cross(spin, start[:3])])
    rows = []
    edges = sorted({0.0, float(rise), float(burn), float(stop)})
    for a, b in pairwise(edges):
        middle = [t for t in range(stop + 1) if a <= t < b]
        inside = 1e-9 * (b - a)  # the thrust of the piece also at its ends
        found = solve_ivp(
            lambda t, y, a=a, b=b, inside=inside: rate(min(max(t, a + inside), b - inside), y),
            (a, b), y, "DOP853", [*middle, b], rtol=1e-11, atol=1e-5,
        )  # fmt: skip
        rows += list(zip(middle, found.y.T[: len(middle)], strict=True))
        y = found.y[:, -1]
    rows.append((stop, y))
    states = []
    for t, row in rows:
        pos, vel = turned(row[:3], -omega * t), turned(row[3:], -omega * t)
        states.append(np.concatenate([pos, vel - np.cross(spin, pos)]))
    return np.array(states)
