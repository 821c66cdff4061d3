"""`kernels.profile` against its slow twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels import profile
from tests.naive import profile as naive


def planned(length, start, cruise, least, end, most, climb, descent, slope, share):
    knots = np.zeros((1 + profile.PLANNED, profile.KNOT_WIDTH))
    knots[0, profile.HEIGHT], knots[0, profile.SPEED] = start
    count = profile.plan(length, most, cruise, least, end[0], end[1], climb, descent, slope, share, knots, 1)
    return knots[: abs(count)], count > 0


@settings(max_examples=40)
@given(
    length=st.floats(120e3, 900e3),
    start=st.tuples(st.floats(0, 9000), st.floats(75, 200)),
    end=st.tuples(st.floats(0, 1500), st.floats(60, 80)),
    cruise=st.floats(1700, 12_000),
    most=st.floats(120, 260),
    share=st.sampled_from([0.0, 0.2]),
)
def test_a_planned_flight_is_the_twins(length, start, end, cruise, most, share):
    rest = (length, start, cruise, end[0] + 150.0, end, most, 10.0, 8.0, 0.1, share)
    knots, fits = planned(*rest)
    pieces = naive.flight(*rest)
    assert fits == (pieces is not None)
    if pieces is None:
        return
    t, s, h = naive.walk(pieces, start)
    assert knots[-1, profile.TIME] == pytest.approx(t[-1], rel=1e-6)
    assert knots[-1, profile.LENGTH] == pytest.approx(length, rel=1e-9)
    at = np.linspace(0.0, t[-1], 60)
    found, height, phase = np.empty(60), np.empty(60), np.empty(60, dtype=np.uint8)
    profile.follow(knots, at, found, height, phase)
    assert found == pytest.approx(np.interp(at, t, s), abs=2.0)
    sharp = np.interp(at, t, h)
    assert np.abs(height[1:-1] - sharp[1:-1]).max() < 10.0 * 10.0 / 2.0 + 1e-6  # corners are rounded
    away = np.abs(at[:, None] - knots[None, :, profile.TIME]).min(axis=1) > profile.ROUND_S
    assert height[away] == pytest.approx(sharp[away], abs=1e-2)


def test_what_is_too_short_is_flown_in_less_time():
    knots, fits = planned(20e3, (9000.0, 200.0), 9000.0, 150.0, (0.0, 70.0), 230.0, 10.0, 8.0, 0.1, 0.0)
    assert not fits
    assert knots[-1, profile.LENGTH] == pytest.approx(20e3)
    assert knots[-1, profile.HEIGHT] == 0.0
    assert (np.diff(knots[:, profile.TIME]) > 0).all()


@given(st.floats(0, 11_000), st.floats(100, 350))
def test_true_air_speed_is_the_twins(height, indicated):
    assert profile.true_air_speed_mps(indicated, height) == pytest.approx(
        naive.true_speed(indicated, height), rel=2e-4
    )


def test_speed_limits_are_those_of_the_rules():
    knot = 1852.0 / 3600.0
    assert profile.speed_limit_mps(0.0) == pytest.approx(250.0 * knot)
    assert profile.speed_limit_mps(3000.0) == pytest.approx(naive.true_speed(250.0, 3000.0), rel=1e-4)
    assert profile.speed_limit_mps(3100.0) == pytest.approx(naive.true_speed(330.0, 3100.0), rel=1e-4)


def test_before_take_off_and_after_landing_it_goes_straight_on():
    knots, _ = planned(300e3, (0.0, 80.0), 9000.0, 150.0, (0.0, 70.0), 230.0, 10.0, 8.0, 0.1, 0.2)
    end = knots[-1, profile.TIME]
    t = np.array([-5.0, 0.0, end, end + 5.0])
    s, h, phase = np.empty(4), np.empty(4), np.empty(4, dtype=np.uint8)
    profile.follow(knots, t, s, h, phase)
    assert s == pytest.approx([-400.0, 0.0, 300e3, 300e3 + 350.0])
    assert h[-2:] == pytest.approx(0.0, abs=1e-6)
