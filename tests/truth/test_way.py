"""Ways out of discs and round them."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from skypact.model.scenario import Closure
from skypact.truth._way import Discs, Ways
from skypact.truth.route import n_vectors

KM = 1.0 / 6371.0


def at(lat, lon):
    return n_vectors(np.radians([lat]), np.radians([lon]))[0]


def ways(*discs):
    closures = [
        Closure(f"{k}", math.radians(lat), math.radians(lon), km * 1e3, 0.0, math.inf)
        for k, (lat, lon, km) in enumerate(discs)
    ]
    return Ways(Discs.of(closures), 10.0 * KM)


def test_an_exit_is_the_nearest_point_clear_of_all_discs_and_no_nearer_than_asked_for():
    two = ways((26.0, 50.0, 200.0), (26.0, 52.0, 200.0))
    here = at(26.5, 51.0)
    nearest = two.out(here, 0.0)[0]
    assert not two.discs.hold(nearest[None], 9.0 * KM).any()
    lat, lon = np.meshgrid(np.radians(np.arange(23.0, 30.0, 0.02)), np.radians(np.arange(47.0, 55.0, 0.02)))
    grid = n_vectors(lat.ravel(), lon.ravel())
    free = grid[~two.discs.hold(grid, 10.0 * KM).any(axis=1)]
    assert math.acos(nearest @ here) == pytest.approx(math.acos((free @ here).max()), abs=4.0 * KM)
    far = two.out(here, 300.0 * KM)
    assert far
    assert all(math.acos(point @ here) >= 299.9 * KM for point in far)
    assert two.out(at(20.0, 40.0), 0.0) == []


def test_a_way_round_is_little_longer_than_the_tangents_and_none_leads_out_of_a_ring():
    one = ways((26.0, 50.0, 200.0))
    start, goal = at(26.0, 45.0), at(26.0, 55.0)
    way = [start, *one.onward(start, goal)]
    length = sum(math.acos(a @ b) for a, b in pairwise(way))
    far = math.acos(start @ at(26.0, 50.0))
    radius = 210.0 * KM
    shortest = 2.0 * (math.sqrt(far**2 - radius**2) + radius * (math.pi / 2 - math.acos(radius / far)))
    assert 0.99 * shortest < length < 1.02 * shortest
    ring = ways(
        *((26.0 + 3.0 * math.sin(k), 50.0 + 3.3 * math.cos(k), 200.0) for k in np.arange(0.0, 6.2, 0.78))
    )
    assert ring.onward(at(26.0, 50.0), at(26.0, 60.0)) is None
    assert ring.onward(at(26.0, 40.0), at(26.0, 60.0)) is not None
