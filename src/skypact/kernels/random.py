"""Keyed randomness: a number depends on what it is for and on what identifies the event, never on order.

Philox 4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11, 2011):
a counter-based generator, so that any event's draw is computed alone. The key is the run's; the counter is
(purpose, a, b, c), for example (DETECTION, sensor, object, look).
"""

from __future__ import annotations

import math

import numpy as np

from skypact.kernels.jit import kernel

# Purposes: the first counter word. Every draw in the program has one of these.
RAID = np.uint32(1)
TRAFFIC = np.uint32(2)
DETECTION = np.uint32(3)
MEASUREMENT = np.uint32(4)
FALSE_PLOT = np.uint32(5)
BIAS = np.uint32(6)
RELIEF = np.uint32(7)
SHOT = np.uint32(9)
ASSESSMENT = np.uint32(10)
DEBRIS = np.uint32(11)
TRANSPONDER = np.uint32(12)
MEASUREMENT_2 = np.uint32(13)
DRIFT = np.uint32(22)
PARAMETER = np.uint32(23)
CLOUD = np.uint32(24)
ARRIVAL_TIME = np.uint32(27)
IDENTITY = np.uint32(25)
EMITTER = np.uint32(26)
LINK = np.uint32(28)
GHOST = np.uint32(29)

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint32(0x9E3779B9)
_W1 = np.uint32(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_TO_UNIT = 1.0 / 4294967296.0

POISSON_PART = 400.0
"""The greatest mean of which a Poisson number is drawn at once; greater ones are sums."""

GREATEST_MEAN = 100_000.0
"""The greatest mean of a Poisson number."""

_MOST_OF_PART = 2000


@kernel
def philox(
    c0: np.uint32, c1: np.uint32, c2: np.uint32, c3: np.uint32, k0: np.uint32, k1: np.uint32
) -> tuple[np.uint32, np.uint32, np.uint32, np.uint32]:
    """Four independent uint32 words for a counter (c0..c3) under a key (k0, k1): Philox 4x32-10."""
    x0, x1, x2, x3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    key0, key1 = np.uint64(k0), np.uint64(k1)
    for _ in range(10):
        product0 = _M0 * x0
        product1 = _M1 * x2
        x0 = (product1 >> _32) ^ x1 ^ key0
        x2 = (product0 >> _32) ^ x3 ^ key1
        x1 = product1 & _LOW
        x3 = product0 & _LOW
        key0 = (key0 + np.uint64(_W0)) & _LOW
        key1 = (key1 + np.uint64(_W1)) & _LOW
    return np.uint32(x0), np.uint32(x1), np.uint32(x2), np.uint32(x3)


@kernel
def uniform_pair(
    k0: np.uint32, k1: np.uint32, purpose: np.uint32, a: np.uint32, b: np.uint32, c: np.uint32
) -> tuple[float, float]:
    """Two independent uniforms in (0, 1) keyed by (purpose, a, b, c)."""
    w0, w1, _, _ = philox(purpose, a, b, c, k0, k1)
    return (float(w0) + 0.5) * _TO_UNIT, (float(w1) + 0.5) * _TO_UNIT


@kernel
def uniform(
    k0: np.uint32, k1: np.uint32, purpose: np.uint32, a: np.uint32, b: np.uint32, c: np.uint32
) -> float:
    """A uniform in (0, 1) keyed by (purpose, a, b, c): the first of `uniform_pair`."""
    w0, _, _, _ = philox(purpose, a, b, c, k0, k1)
    return (float(w0) + 0.5) * _TO_UNIT


@kernel
def normal_pair(
    k0: np.uint32, k1: np.uint32, purpose: np.uint32, a: np.uint32, b: np.uint32, c: np.uint32
) -> tuple[float, float]:
    """Two independent standard normals keyed by (purpose, a, b, c) (Box and Muller 1958)."""
    u0, u1 = uniform_pair(k0, k1, purpose, a, b, c)
    radius = math.sqrt(-2.0 * math.log(u0))
    angle = 2.0 * math.pi * u1
    return radius * math.cos(angle), radius * math.sin(angle)


@kernel
def poisson(mean: float, k0: np.uint32, k1: np.uint32, purpose: np.uint32, a: np.uint32, b: np.uint32) -> int:
    """A Poisson number of the given mean (0 to `GREATEST_MEAN`), keyed by (purpose, a, b), by inversion.

    One of a mean above `POISSON_PART` is the sum of independent ones of at most that, where exp(-mean) is a number yet.
    """
    n = 0
    word = np.uint32(0xFFFFFFFF)
    while mean > 0.0:
        part = min(mean, POISSON_PART)
        u = uniform(k0, k1, purpose, a, b, word)
        term = math.exp(-part)
        total = term
        count = 0
        while u > total and count < _MOST_OF_PART:
            count += 1
            term *= part / count
            total += term
        n += count
        mean -= part
        word = np.uint32(word - np.uint32(1))
    return n


def run_key(seed: int, run: int) -> tuple[np.uint32, np.uint32]:
    """The key words (k0, k1) of one paired run: the same for all its levels."""
    w0, w1, _, _ = philox(
        np.uint32(run & 0xFFFFFFFF),
        np.uint32(0x534B5950),
        np.uint32(0x41435431),
        np.uint32(0),
        np.uint32(seed & 0xFFFFFFFF),
        np.uint32((seed >> 32) & 0xFFFFFFFF),
    )
    return np.uint32(w0), np.uint32(w1)
