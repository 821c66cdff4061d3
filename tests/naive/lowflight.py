"""Slow twin of `kernels.lowflight`: cones over every point, a search for the wind's triangle, a flight step by step."""

from __future__ import annotations

import numpy as np


def limited(height, rise):
    """The upper envelope of a cone over every point."""
    rows = np.arange(len(height))
    return np.array([max(height - rise * np.abs(rows - k)) for k in rows])


def bent(over, slope, rise, bend):
    """Height after `over` rows by summing the slope in small steps."""
    steps = 4000
    total = 0.0
    for k in range(steps):
        total += max(slope - bend * over * (k + 0.5) / steps, -rise) * over / steps
    return total


def ground_speed(air_speed, wind, course, slope):
    """The faster speed over the ground along a course (unit vector) at which the air speed is the class's, or None.

    Looked for by trying: what is left of the velocity when the wind is taken off must have the length of the air speed.
    """

    def excess(speeds):
        through = np.outer(speeds, [*course, slope]) - np.array([*wind, 0.0])
        return np.linalg.norm(through, axis=1) - air_speed

    tries = np.linspace(-air_speed, 3.0 * (air_speed + np.linalg.norm(wind)), 20_001)
    values = excess(tries)
    rising = np.flatnonzero((values[:-1] < 0) & (values[1:] >= 0))
    if len(rising) == 0:
        return None
    low, high = tries[rising[-1]], tries[rising[-1] + 1]
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if excess(np.array([middle]))[0] < 0 else (low, middle)
    return low
