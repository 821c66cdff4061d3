"""The loss along a ray walked in small steps over the 4/3 Earth, against the table and its interpolation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skypact.kernels import propagation as fast

EFFECTIVE_RADIUS_M = 4.0 / 3.0 * 6_371_000.0
DEG = math.pi / 180.0
LEVELS_M = fast.AIR_BOTTOM_M + fast.AIR_STEP_M * np.arange(fast.AIR_LEVELS)
AIR = 0.012 * np.exp(-LEVELS_M / 6_000.0) + 0.01 * np.exp(-LEVELS_M / 2_000.0)
"""dB/km one way, as the air has at X band."""


def naive_heights(distance_m: np.ndarray, elevation: float, antenna_m: float) -> np.ndarray:
    """In the plane of the ray: the antenna stands on the y axis above the centre of the 4/3 Earth."""
    x = distance_m * math.cos(elevation)
    y = EFFECTIVE_RADIUS_M + antenna_m + distance_m * math.sin(elevation)
    return np.hypot(x, y) - EFFECTIVE_RADIUS_M


def naive_loss(
    weather: tuple[float, float, float], elevation: float, range_m: float, pieces: int = 8_000
) -> float:
    """Pieces are short near the antenna and grow with the square of their number."""
    rain, top_m, antenna_m = weather
    edges = range_m * np.linspace(0.0, 1.0, pieces + 1) ** 3
    height = naive_heights(0.5 * (edges[1:] + edges[:-1]), elevation, antenna_m)
    air = np.interp(height, LEVELS_M, AIR, right=0.0)
    return 2e-3 * float(np.sum((air + rain * (height < top_m)) * np.diff(edges)))


def table(rain: float, top_m: float, antenna_m: float) -> np.ndarray:
    out = np.full((fast.ELEVATIONS, fast.RANGES), np.nan, np.float32)
    fast.fill_loss(AIR, rain, top_m, antenna_m, out)
    return out


ABOVE_RAIN = (0.4, 1_500.0, 2_200.0)
WEATHERS = {
    "clear": (0.0, 4_000.0, 30.0),
    "rain": (0.2, 4_000.0, 30.0),
    "heavy": (0.6, 3_000.0, 400.0),
    "above the rain": ABOVE_RAIN,
}


@pytest.fixture(scope="module", params=list(WEATHERS))
def weather(request):
    values = WEATHERS[request.param]
    return values, table(*values)


def test_nodes_of_the_table_are_integrals_along_the_ray(weather) -> None:
    values, row = weather
    for i in range(0, fast.ELEVATIONS, 7):
        for j in range(1, fast.RANGES, 11):
            slow = naive_loss(values, fast.node_elevation_rad(i), fast.node_range_m(j))
            assert row[i, j] == pytest.approx(slow, rel=4e-3, abs=2e-3)


def test_between_the_nodes_the_loss_is_within_a_tenth_of_a_decibel_or_two_percent(weather) -> None:
    values, row = weather
    # A ray that grazes the top of rain that lies below the antenna changes its share of rain too fast for any table.
    coarse = 10.0 if values == ABOVE_RAIN else 1.0
    rng = np.random.default_rng(5)
    checked = 0
    while checked < 250:
        elevation = float(rng.choice([rng.uniform(-1, 1), rng.uniform(-3, 12), rng.uniform(0, 90)])) * DEG
        range_m = float(np.exp(rng.uniform(math.log(500.0), math.log(600e3))))
        if naive_heights(np.array([range_m]), elevation, values[2])[0] < 0.0:
            continue
        slow = naive_loss(values, elevation, range_m)
        assert fast.loss_db(row, elevation, range_m) == pytest.approx(
            slow, abs=coarse * max(0.1, 0.02 * slow)
        )
        checked += 1


def test_the_interpolation_is_bilinear_in_its_two_numbers(weather) -> None:
    _, row = weather
    x_nodes, y_nodes = np.arange(fast.ELEVATIONS), np.arange(fast.RANGES)
    rng = np.random.default_rng(6)
    for _ in range(200):
        elevation, range_m = rng.uniform(-12.0, 90.0) * DEG, rng.uniform(0.0, 1_200e3)
        x = np.clip(math.asinh(elevation / DEG) * 15.0 + 45.0, 0.0, fast.ELEVATIONS - 1.0)
        y = min(math.log1p(range_m / 2_000.0) * 20.0, fast.RANGES - 1.0)
        across = [np.interp(y, y_nodes, line) for line in row[int(x) : int(x) + 2]]
        slow = np.interp(x, x_nodes[int(x) : int(x) + 2], across)
        assert fast.loss_db(row, elevation, range_m) == pytest.approx(float(slow), rel=1e-5, abs=1e-6)


def test_nodes_lie_where_the_table_looks_them_up(weather) -> None:
    _, row = weather
    for i in (0, 1, 44, 45, 46, 100, fast.ELEVATIONS - 2):
        for j in (0, 1, 60, fast.RANGES - 1):
            found = fast.loss_db(row, fast.node_elevation_rad(i), fast.node_range_m(j))
            assert found == pytest.approx(float(row[i, j]), rel=1e-6, abs=1e-6)
    assert fast.node_elevation_rad(fast.LEVEL_ELEVATION) == 0.0
    assert fast.node_elevation_rad(0) == pytest.approx(-10.02 * DEG, abs=1e-4)
    assert fast.node_elevation_rad(fast.ELEVATIONS - 1) == math.pi / 2.0
    assert fast.node_range_m(0) == 0.0
    assert fast.node_range_m(fast.RANGES - 1) > 1_000e3


@pytest.mark.parametrize(
    ("near", "far", "top", "share"),
    [
        (0.0, 10.0, 4.0, 0.4),
        (10.0, 0.0, 4.0, 0.4),
        (5.0, 9.0, 4.0, 0.0),
        (1.0, 3.0, 4.0, 1.0),
        (3.0, 3.0, 4.0, 1.0),
        (4.0, 4.0, 4.0, 0.0),
    ],
)
def test_the_share_of_a_piece_under_the_rain(near, far, top, share) -> None:
    assert fast.share_below(near, far, top) == pytest.approx(share)
