"""`kernels.route` against its slow twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels import route
from tests.naive import route as naive
from tests.naive.frame import MEAN_RADIUS_M, destination, unit

ways = st.lists(st.tuples(st.floats(-2.2, 2.2), st.floats(30e3, 300e3)), min_size=1, max_size=4)


def walk(lat_deg, lon_deg, turns):
    """N-vectors of a way given as turns (rad) and legs (m)."""
    point, bearing = (np.radians(lat_deg), np.radians(lon_deg)), 0.3
    points = [unit(*point)]
    for turn, leg in turns:
        bearing += turn
        point = destination(*point, bearing, leg)
        points.append(unit(*point))
    return np.array(points)


def build(points, radius):
    elements = np.zeros((2 * len(points) - 3, route.ELEMENT_WIDTH))
    return elements, route.build_route(points, radius, elements)


@settings(max_examples=25)
@given(st.floats(-50, 50), st.floats(-179, 179), ways, st.floats(500, 15e3))
def test_a_route_is_that_of_the_traveller(lat, lon, turns, radius):
    points = walk(lat, lon, turns)
    elements, length = build(points, radius)
    assert length == pytest.approx(sum(piece[2] for piece in naive.pieces(points, radius)), rel=1e-5)
    s = np.linspace(0.0, length, 25)
    out = np.empty((25, 3))
    route.route_points(elements, s, out)
    twin = np.array([naive.point_at(points, radius, x) for x in s])
    assert np.linalg.norm(out - twin, axis=1).max() * MEAN_RADIUS_M < 30.0
    assert np.linalg.norm(out[-1] - points[-1]) * MEAN_RADIUS_M < 1.0


@settings(max_examples=25)
@given(st.floats(-50, 50), ways, st.floats(500, 15e3))
def test_a_route_has_no_gap_and_one_speed(lat, turns, radius):
    elements, length = build(walk(lat, 40.0, turns), radius)
    places = np.linspace(-1000.0, length, 12)
    for near in (*elements[:, 0], *places):  # every joint, and between
        s = near + 50.0 * np.arange(-10.0, 10.0)
        out = np.empty((20, 3))
        route.route_points(elements, s, out)
        steps = np.linalg.norm(np.diff(out, axis=0), axis=1) * MEAN_RADIUS_M
        assert steps == pytest.approx(50.0, abs=2.0)


def test_ground_along_a_route_is_the_twins():
    heights = np.arange(20, dtype=np.int16).reshape(4, 5) ** 2
    points = walk(8.0, 9.0, [(0.5, 200e3), (0.4, 300e3)])
    elements, length = build(points, 5e3)
    vectors, out = np.empty((20, 3)), np.empty(20)
    route.route_points(elements, np.linspace(0, 2 * length, 20), vectors)
    route.ground_along(heights, 8.0, 9.5, 1.0, vectors, out)
    assert out == pytest.approx([naive.ground(heights, 8.0, 9.5, 1.0, v) for v in vectors], abs=1e-6)


@given(st.lists(st.floats(-100, 4000), min_size=13, max_size=40), st.integers(1, 3))
def test_smoothed_ground_is_the_twins_and_nowhere_under_the_ground(values, half):
    ground = np.array(values)
    out = np.empty(len(ground) - 4 * half)
    route.smooth_above(ground, half, out)
    assert out == pytest.approx(np.array(naive.smooth(values, half)), abs=1e-9)
    assert (out >= ground[2 * half : len(ground) - 2 * half] - 1e-9).all()


def test_states_have_positions_of_the_twin_and_their_central_differences():
    elements, length = build(walk(30.0, 45.0, [(0.1, 30e3), (0.7, 40e3)]), 8e3)
    n = 18
    vectors = np.empty((n + 2, 3))
    route.route_points(elements, 20e3 + 240.0 * np.arange(-1.0, n + 1), vectors)
    heights = 500.0 + 30.0 * np.sin(np.arange(n + 2.0))
    out = np.empty((n, 6))
    route.route_states(vectors, heights, out)
    twin = naive.positions(vectors, heights)
    assert np.abs(out[:, :3] - twin[1:-1]).max() < 1e-5
    assert np.abs(out[:, 3:] - (twin[2:] - twin[:-2]) / 2).max() < 1e-5
    assert length > 60e3


def test_the_tangent_and_the_angle_between_points():
    a, b = unit(0.4, 0.7), unit(0.6, 1.1)
    out = np.empty(3)
    angle = route.tangent(a, b, out)
    assert angle == pytest.approx(np.arccos(a @ b))
    assert np.cos(angle) * a + np.sin(angle) * out == pytest.approx(b)


@settings(max_examples=25)
@given(
    st.floats(-50, 50),
    st.floats(-179, 179),
    st.lists(st.tuples(st.floats(-3, 3), st.floats(2e3, 30e3)), max_size=6),
)
def test_going_on_is_the_traveller_who_turns_and_walks(lat, lon, pieces):
    here = unit(np.radians(lat), np.radians(lon))
    ahead = np.cross([0.0, 0.0, 1.0], here)
    ahead /= np.linalg.norm(ahead)
    start = np.concatenate([here, ahead])
    radius = np.array([np.sign(turn) * 5e3 if i % 2 else 0.0 for i, (turn, _) in enumerate(pieces)])
    length = np.array([abs(turn) * 5e3 if i % 2 else leg for i, (turn, leg) in enumerate(pieces)])
    out = np.zeros((len(pieces), route.ELEMENT_WIDTH))
    state = start.copy()
    end = route.go_on(state, 1e3, radius, length, out)
    assert end == pytest.approx(1e3 + length.sum())
    for turn, way in zip(radius, length, strict=True):
        if turn == 0.0:
            axis, angle = np.cross(here, ahead), way / MEAN_RADIUS_M
        else:  # about the centre of the circle, to the right of the way where positive
            right = np.cross(ahead, here)
            tilt = abs(turn) / MEAN_RADIUS_M
            side = np.sign(turn) * right
            axis = np.cos(tilt) * here + np.sin(tilt) * side
            angle = -np.sign(turn) * way / abs(turn)
        here, ahead = naive.rotate(here, axis, angle), naive.rotate(ahead, axis, angle)
    assert np.linalg.norm(state[:3] - here) * MEAN_RADIUS_M < 20.0
    assert np.linalg.norm(state[3:] - ahead) < 3e-4


@settings(max_examples=40)
@given(st.floats(-50, 50), st.floats(-np.pi, np.pi), st.floats(30e3, 400e3), st.floats(1e3, 12e3))
def test_after_a_turn_towards_a_point_it_lies_straight_ahead(lat, bearing, distance, radius):
    start = (np.radians(lat), 0.7)
    here = unit(*start)
    ahead = unit(*destination(*start, 0.4, 1.0)) - here
    state = np.concatenate([here, ahead / np.linalg.norm(ahead)])
    to = unit(*destination(*start, bearing, distance))
    angle = route.turn_towards(state, to, radius)
    assert abs(angle) < 1.6 * np.pi
    assert (
        np.sign(angle) == np.sign(np.remainder(bearing - 0.4 + np.pi, 2 * np.pi) - np.pi) or abs(angle) < 1e-3
    )
    out = np.zeros((1, route.ELEMENT_WIDTH))
    route.go_on(state, 0.0, np.array([np.copysign(radius, angle)]), np.array([abs(angle) * radius]), out)
    course = np.empty(3)
    route.tangent(state[:3], to, course)
    assert course @ state[3:] == pytest.approx(1.0, abs=1e-9)
