"""Slow twin of `kernels.refraction`: Bouguer's invariant n r cos(elevation), integrated over height, not range."""

from __future__ import annotations

import math

from scipy.integrate import quad

RADIUS_M = 6_371_000.0


def index(height):
    return 1.0 + 315e-6 * math.exp(-height / 7350.0)


def path(height_antenna, elevation, height_target):
    """Ground range (m) and elevation at the end of a ray that climbs from one height to another.

    The ground range is the integral of R c / (r sqrt(n^2 r^2 - c^2)) over r; with height = antenna + s^2 it stays
    finite for a ray that leaves level.
    """
    start = RADIUS_M + height_antenna
    invariant = index(height_antenna) * start * math.cos(elevation)

    def per_s(s):
        height = height_antenna + s * s
        r = RADIUS_M + height
        # n r - c without cancellation: (n r - n0 r0) + n0 r0 (1 - cos e)
        fall = math.expm1(-(s * s) / 7350.0) * (index(height_antenna) - 1.0)
        above = s * s * index(height) + start * fall
        above += index(height_antenna) * start * 2.0 * math.sin(elevation / 2.0) ** 2
        return 2.0 * s * RADIUS_M * invariant / (r * math.sqrt(above * (index(height) * r + invariant)))

    distance, _ = quad(per_s, 1e-12, math.sqrt(height_target - height_antenna), epsrel=1e-11, limit=200)
    end = math.acos(min(1.0, invariant / (index(height_target) * (RADIUS_M + height_target))))
    return distance, end
