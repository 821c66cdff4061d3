"""Naive twins of `kernels.envelope`: reach and time of flight by NumPy's own interpolation, sample by sample."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.earth.frame import rot_enu_from_ecef
from skypact.kernels.envelope import first_intercept, flight_time, reach_at
from skypact.kernels.firing import ballistic_path
from tests.defend.world import battery_table
from tests.warn.world import BETA_KGPM2 as BETA
from tests.warn.world import before_impact, ecef


def within(sample, site, envelope, sector, ceiling):
    """Whether a sample is met there: altitude, slant range and bearing, each by a function of NumPy."""
    to, height = sample[1:4] - site, sample[4]
    slant, (altitude, near, far) = np.linalg.norm(to), envelope.T
    if height > ceiling or not altitude[0] <= height <= altitude[-1]:
        return False
    if not np.interp(height, altitude, near) <= slant <= np.interp(height, altitude, far):
        return False
    level = to - (to @ sector[3:6]) * sector[3:6]
    cosine = level @ sector[:3] / np.linalg.norm(level)
    return bool(cosine >= sector[6])


def naive_first(path, site, envelope, flight, sector, ceiling, dwell, excess, launch):
    """The first sample that satisfies every condition, each said anew for every sample."""

    def inside(s):
        return within(s, site, envelope, sector, ceiling)

    for k, s in enumerate(path):
        if not inside(s):
            continue
        if dwell > 0:
            needed = dwell * math.exp(excess * np.linalg.norm(s[1:4] - site))
            before = [q for q in range(k + 1) if s[0] - path[q, 0] >= needed]
            if before and s[0] - launch >= needed and all(inside(q) for q in path[before[-1] : k + 1]):
                return k
        elif launch + np.interp(np.linalg.norm(s[1:4] - site), *flight.T) <= s[0]:
            return k
    return -1


def facing(bearing_rad, width_rad, lat_deg, lon_deg):
    """A sector as the table of batteries has it."""
    east, north, up = rot_enu_from_ecef(math.radians(lat_deg), math.radians(lon_deg))
    centre = math.sin(bearing_rad) * east + math.cos(bearing_rad) * north
    return np.array([*centre, *up, math.cos(0.5 * width_rad)])


@settings(max_examples=60)
@given(
    st.tuples(st.floats(0.0, 40e3), st.floats(1e3, 60e3), st.floats(1e3, 60e3)),
    st.lists(st.tuples(st.floats(0.0, 30e3), st.floats(20e3, 200e3)), min_size=3, max_size=3),
    st.tuples(st.floats(300.0, 4000.0), st.floats(0.3, 3.0)),
    st.sampled_from([0.0, 0.0, 2.0, 6.0]),
    st.sampled_from([0.0, 1e-5, 1e-4]),
    st.floats(0.0, 120.0),
    st.tuples(st.floats(0.0, 6.28), st.sampled_from([6.5, 6.5, 3.0, 1.0])),
    st.sampled_from([math.inf, 20e3]),
)
def test_the_first_intercept_is_that_of_a_plain_search(
    heights, ranges, motion, dwell, excess, launch, looks, ceiling
):
    path = np.empty((1024, 5))
    n = ballistic_path(before_impact(29.4, 48.0, 110.0), 1 / BETA, 1800.0, path)
    site = ecef(29.3, 48.2)
    envelope = np.array([[h, *span] for h, span in zip(np.cumsum(heights), ranges, strict=True)])
    far = envelope[:, 2].max()
    flight = np.array([[0.0, 0.0], [0.4 * far, motion[1] * 0.4 * far / motion[0]], [far, 0.0]])
    flight[2, 1] = flight[1, 1] + 0.6 * far / motion[0]
    sector = facing(looks[0], looks[1], 29.3, 48.2)
    if looks[1] > 6.3:
        sector[6] = -2.0
    shape = (site, envelope, flight, sector, ceiling)
    k, takes = first_intercept(path, n, *shape, dwell, excess, launch)
    assert k == naive_first(path[:n], *shape, dwell, excess, launch)
    if k >= 0:
        slant = np.linalg.norm(path[k, 1:4] - site)
        beam_s = dwell * math.exp(excess * slant)
        assert takes == pytest.approx(beam_s if dwell > 0.0 else np.interp(slant, *flight.T))


@given(st.lists(st.tuples(*[st.floats(1.0, 1e5)] * 4), min_size=2, max_size=6), st.floats(0.0, 1.0))
def test_between_its_rows_a_table_is_straight(rows, part):
    steps = np.array(rows)
    altitude, distance = np.cumsum(steps[:, 0]), np.cumsum(steps[:, 3])
    envelope = np.column_stack([altitude, steps[:, 1], steps[:, 1] + steps[:, 2]])
    height = min(altitude[0] + part * (altitude[-1] - altitude[0]), altitude[-1])
    want = [np.interp(height, altitude, envelope[:, column]) for column in (1, 2)]
    assert reach_at(envelope, height) == pytest.approx(want)
    flight = np.column_stack([distance, np.cumsum(steps[:, 2])])
    range_m = min(distance[0] + part * (distance[-1] - distance[0]), distance[-1])
    assert flight_time(flight, range_m) == pytest.approx(np.interp(range_m, *flight.T))


def test_a_table_of_two_equal_rows_is_the_box_at_its_mean_speed():
    table = battery_table([(29.35, 48.05)], mean_speed_mps=2000.0)
    for height_m, reach in (
        (-1.0, (1.0, 0.0)),
        (0.0, (2e3, 60e3)),
        (25e3, (2e3, 60e3)),
        (25_001.0, (1.0, 0.0)),
    ):
        assert reach_at(table.envelope_m[0], height_m) == reach
    assert flight_time(table.flight[0], 30e3) == pytest.approx(15.0)
    assert math.isinf(flight_time(table.flight[0], 61e3))
    padded = np.concatenate([table.envelope_m[0], table.envelope_m[0, -1:]])
    assert reach_at(padded, 25_001.0) == (1.0, 0.0)
