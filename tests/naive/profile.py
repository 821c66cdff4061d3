"""Slow twin of `kernels.profile`: a flight put together from stretches and then stepped through in time."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

KNEE = 3048.0
GLIDE = math.tan(math.radians(3.0))


def true_speed(indicated_kt, height):
    """By the standard atmosphere's temperature and pressure."""
    temperature = 288.15 - 0.0065 * height
    pressure = 101325.0 * (temperature / 288.15) ** 5.25588
    density = pressure / (287.05287 * temperature)
    return indicated_kt * 1852.0 / 3600.0 * math.sqrt(1.225 / density)


def stretches(start, cruise, end, most, climb, descent, slope):
    """(time, height change, speed from, speed to) of each stretch up to cruise and down from it."""
    up: list[tuple[float, float, float, float]] = []
    down: list[tuple[float, float, float, float]] = []
    limit = min(most, true_speed(250.0 if cruise < KNEE else 330.0, cruise))

    def between(into, a, b, rate, indicated, glide):
        points = [a]
        if min(a[0], b[0]) < KNEE < max(a[0], b[0]):
            points.append((KNEE, min(limit, true_speed(indicated, KNEE))))
        points.append(b)
        for (h0, v0), (h1, v1) in pairwise(points):
            steepest = min(slope, GLIDE) if glide and h1 < KNEE else slope
            time = max(abs(h1 - h0) / min(rate, steepest * min(v0, v1)), abs(v1 - v0) / 0.5)
            into.append((time, h1 - h0, v0, v1))

    rising = cruise >= start[0]
    between(
        up,
        start,
        (cruise, limit),
        climb if cruise > start[0] else descent,
        250.0 if rising else 230.0,
        not rising,
    )
    between(down, (cruise, limit), end, descent, 230.0, True)
    return up, down, limit


def flight(length, start, cruise, least, end, most, climb, descent, slope, share):
    """The pieces of a flight of a length, by trying cruise heights from the top; None where none fits."""
    height = max(cruise, least)
    while True:
        up, down, limit = stretches(start, height, end, most, climb, descent, slope)
        level = length - sum(0.5 * (a + b) * t for t, _, a, b in [*up, *down]) - 10.0 * end[1]
        if level >= share * length:
            break
        if height <= least:
            if level < 0:
                return None
            break
        height = max(height - 609.6, least)
    return [*up, (level / limit, 0.0, limit, limit), *down, (10.0, 0.0, end[1], end[1])]


def walk(pieces, start, dt=2.0):
    """Times, lengths and (sharp-cornered) heights by small steps."""
    t, s, h = [0.0], [0.0], [start[0]]
    for time, change, a, b in pieces:
        n = max(int(time / dt), 1)
        step = time / n
        for k in range(n):
            speed = a + (b - a) * (k + 0.5) / n
            t.append(t[-1] + step)
            s.append(s[-1] + speed * step)
            h.append(h[-1] + change / n)
    return np.array(t), np.array(s), np.array(h)
