"""Slow, plain twins of multilateration, of the ring of receivers and of sound in layered air."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq, least_squares

from skypact.kernels import looks
from skypact.kernels.atmosphere import sound_speed_mps
from skypact.kernels.looks import HEIGHT, PHYSICS_WIDTH, ROTATION, SITE_WIDTH, Around, Paths, X
from skypact.kernels.multilateration import HUBER, SOLVED, locate, path_refractivity
from skypact.kernels.random import ARRIVAL_TIME, normal_pair
from skypact.kernels.ring import HEIGHT_SIGMA_M, fix_transponder, ring_stations
from skypact.kernels.sound import emission_time, greatest_lag, sound_towards, wind_at

A, F = 6378137.0, 1.0 / 298.257223563
E2 = F * (2.0 - F)
LAT, LON = 0.82, 0.15


def ecef(lat: float, lon: float, h: float) -> np.ndarray:
    n = A / math.sqrt(1.0 - E2 * math.sin(lat) ** 2)
    x, z = (n + h) * math.cos(lat), (n * (1.0 - E2) + h) * math.sin(lat)
    return np.array([x * math.cos(lon), x * math.sin(lon), z])


def height(p: np.ndarray) -> float:
    lat, across = math.atan2(p[2], math.hypot(p[0], p[1]) * (1.0 - E2)), math.hypot(p[0], p[1])
    for _ in range(20):
        n = A / math.sqrt(1.0 - E2 * math.sin(lat) ** 2)
        lat = math.atan2(p[2] + E2 * n * math.sin(lat), across)
    n = A / math.sqrt(1.0 - E2 * math.sin(lat) ** 2)
    return across * math.cos(lat) + p[2] * math.sin(lat) - n * (1.0 - E2 * math.sin(lat) ** 2)


def about(e: float, n: float, h: float) -> np.ndarray:
    return ecef(LAT + n / 6.37e6, LON + e / (6.37e6 * math.cos(LAT)), h)


def mean_index(n0: float, a: float, b: float, r: float) -> float:
    """By adaptive quadrature along the chord over a round Earth."""

    def index(s: float) -> float:
        return math.exp(-(a + s * (b - a) - s * (1.0 - s) * r * r / (2.0 * 6371008.8)) / 7350.0)

    return n0 * quad(index, 0.0, 1.0, epsabs=1e-13)[0]


def twin(stations, arrival, sigma, h, h_sigma, n0, start):
    """Huber's cost by SciPy's trust region from near the truth; position, residuals and covariance by differences."""

    def parts(x: np.ndarray) -> np.ndarray:
        r = [float(np.linalg.norm(x[:3] - s)) for s in stations]
        path = [
            d * (1.0 + mean_index(n0, height(s), height(x[:3]), d)) for d, s in zip(r, stations, strict=True)
        ]
        return np.append((arrival - x[3] - path) / sigma, [(h - height(x[:3])) / h_sigma] if h_sigma else [])

    def robust(x: np.ndarray) -> np.ndarray:
        u = parts(x)
        far = np.abs(u) > HUBER
        far[len(stations) :] = False
        return np.where(far, np.sign(u) * np.sqrt(np.maximum(HUBER * (2.0 * np.abs(u) - HUBER), 0.0)), u)

    x0 = np.append(start, np.mean(arrival - [np.linalg.norm(start - s) for s in stations]))
    found = least_squares(robust, x0, xtol=1e-15, ftol=1e-15, gtol=1e-15, x_scale="jac")
    u = parts(found.x)
    return (
        found.x[:3],
        u[: len(stations)] * sigma,
        np.linalg.inv(found.jac.T @ found.jac)[:3, :3],
        float(u @ u),
    )


@pytest.mark.parametrize("n0", [0.0, 3.15e-4])
@pytest.mark.parametrize(("count", "h_sigma"), [(3, 30.0), (4, 30.0), (5, 0.0), (6, 15.0), (8, 0.0)])
def test_the_solver_finds_the_least_cost_that_scipy_finds(count, h_sigma, n0) -> None:
    rng = np.random.default_rng(count)
    bearing = 2.0 * math.pi * (np.arange(count) + 0.4 * rng.random(count)) / count
    far = rng.uniform(20e3, 60e3, count)
    stations = np.array(
        [
            about(r * math.sin(b), r * math.cos(b), h)
            for r, b, h in zip(far, bearing, rng.uniform(0, 900, count), strict=True)
        ]
    )
    truth = about(9e3, -14e3, 8_500.0)
    sigma = rng.uniform(10.0, 20.0, count)
    arrival = (
        np.array([np.linalg.norm(truth - s) for s in stations]) + sigma * rng.standard_normal(count) + 5e5
    )
    arrival *= 1.0 + 0.5 * n0
    if count == 8:
        arrival[2] += 400.0
    pos, cov, residual = np.empty(3), np.empty((3, 3)), np.empty(count)
    status, misfit = locate(stations, arrival, sigma, 8_520.0, h_sigma, n0, pos, cov, residual)
    expected, rest, spread, squares = twin(stations, arrival, sigma, 8_520.0, h_sigma, n0, truth)
    assert status == SOLVED
    scale = math.sqrt(np.trace(spread))
    assert np.linalg.norm(pos - expected) < 2e-3 * scale
    np.testing.assert_allclose(residual, rest, atol=2e-3 * scale)
    assert misfit == pytest.approx(squares, rel=2e-3, abs=1e-4)
    if count != 8:
        np.testing.assert_allclose(cov, spread, atol=0.02 * np.trace(spread))


@pytest.mark.parametrize(
    ("a", "b", "r"), [(0.0, 10_000.0, 30e3), (400.0, 12_000.0, 300e3), (9_000.0, 100.0, 150e3)]
)
def test_the_mean_index_along_a_path_is_its_integral(a, b, r) -> None:
    mean, slope = path_refractivity(3.15e-4, a, b, r)
    assert mean == pytest.approx(mean_index(3.15e-4, a, b, r), rel=2e-5)
    above, below = (mean_index(3.15e-4, a, b + d, r) for d in (10.0, -10.0))
    assert slope == pytest.approx((above - below) / 20.0, rel=2e-4)
    assert path_refractivity(0.0, a, b, r) == (0.0, 0.0)


def site_at(lat: float, lon: float, h: float) -> np.ndarray:
    site = np.zeros(SITE_WIDTH)
    site[X : X + 3], site[HEIGHT] = ecef(lat, lon, h), h
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    up = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
    site[ROTATION : ROTATION + 9] = np.concatenate([east, np.cross(up, east), up])
    return site


def test_a_ring_of_receivers_finds_what_its_twin_finds() -> None:
    site, physics = site_at(LAT, LON, 120.0), np.zeros(PHYSICS_WIDTH)
    physics[looks.RECEIVERS], physics[looks.BASELINE], physics[looks.SIGMA_TIME] = 6, 18_000.0, 25e-9
    stations = np.empty((6, 3))
    ring_stations(site, 6, 18_000.0, stations)
    assert np.linalg.norm(stations[0] - site[X : X + 3]) == 0.0
    np.testing.assert_allclose(np.linalg.norm(stations[1:] - stations[0], axis=1), 18_000.0, atol=20.0)
    np.testing.assert_allclose([height(s) for s in stations], 120.0, atol=0.2)
    rot = site[ROTATION : ROTATION + 9].reshape(3, 3)
    first = rot @ (stations[1] - stations[0])
    assert abs(first[0]) < 1e-6
    assert first[1] > 0.0
    k0, k1 = np.uint32(5), np.uint32(6)
    for look in range(3):
        place = about(25e3, 12e3 * look, 6_000.0)
        z, sigma = np.empty(4), np.empty(4)
        word = np.uint32(look)
        assert fix_transponder(
            site, physics, 7, np.uint32(99), word, np.append(place, np.zeros(3)), k0, k1, z, sigma
        )
        error = [
            normal_pair(k0, k1, ARRIVAL_TIME, np.uint32(7 + 4096 * (i // 2)), np.uint32(99), word)[i % 2]
            for i in range(6)
        ]
        late = 299792458.0 * 25e-9
        arrival = np.linalg.norm(stations - place, axis=1) + late * np.array(error)
        altimetry = normal_pair(k0, k1, ARRIVAL_TIME, np.uint32(7 + 4096 * 15), np.uint32(99), word)[0]
        reported = height(place) + HEIGHT_SIGMA_M * altimetry
        pos, _, cov, _ = twin(stations, arrival, np.full(6, late), reported, HEIGHT_SIGMA_M, 0.0, place)
        e, n, u = rot @ (pos - site[X : X + 3])
        polar = [
            math.sqrt(e * e + n * n + u * u),
            math.atan2(e, n) % (2 * math.pi),
            math.atan2(u, math.hypot(e, n)),
        ]
        np.testing.assert_allclose(z[:3], polar, atol=0.05, rtol=1e-6)
        assert math.isnan(z[3])
        # Slopes of range, bearing and elevation by differences, instead of an inverse of those of position.
        slope = np.empty((3, 3))
        for a in range(3):
            moved = rot @ (pos + np.eye(3)[a] - site[X : X + 3])
            across = math.hypot(moved[0], moved[1])
            after = [
                np.linalg.norm(moved),
                math.atan2(moved[0], moved[1]) % (2 * math.pi),
                math.atan2(moved[2], across),
            ]
            slope[:, a] = np.array(after) - polar
        np.testing.assert_allclose(sigma[:3], np.sqrt(np.diag(slope @ cov @ slope.T)), rtol=0.02)


def around_with(wind) -> Around:
    """Surroundings of which sound reads the wind alone: rows of height, east, north."""
    levels = np.array(wind, np.float64)
    numbers = ("mask_cell_m", "clutter_cell_m", "cloud_cover", "cloud_base_m", "cloud_top_m")
    dimensions = {"mask_tan": 3, "loss_db": 3, "residue": 3, "rain": 2, "surface": 2, "false_mean": 2}
    kinds = {"disturbed": np.int32, "effect": np.uint8, "false_mean": np.float64}
    given: dict[str, Any] = dict.fromkeys(numbers, 0.0)
    for name in Around._fields:
        if name not in given:
            kind = np.float32 if name in dimensions else np.float64
            given[name] = np.zeros((1,) * dimensions.get(name, 1), kinds.get(name, kind))
    for column, name in enumerate(("wind_height_m", "wind_east_mps", "wind_north_mps")):
        given[name] = levels[:, column].copy()
    return Around(**given)


WINDS = (
    [(0.0, 0.0, 0.0)],
    [(100.0, 6.0, -3.0), (800.0, 18.0, 4.0), (2_000.0, 10.0, 12.0)],
    [(0.0, -25.0, 10.0), (300.0, 0.0, 0.0)],
)


@pytest.mark.parametrize("wind", WINDS)
def test_wind_is_linear_between_its_levels(wind) -> None:
    levels = np.array(wind)
    for h in (-50.0, 0.0, 99.0, 100.0, 333.0, 800.0, 1_500.0, 2_000.0, 9_000.0):
        expected = [np.interp(h, levels[:, 0], levels[:, c]) for c in (1, 2)]
        found = wind_at(h, levels[:, 0].copy(), levels[:, 1].copy(), levels[:, 2].copy())
        np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("wind", WINDS)
def test_sound_takes_the_mean_speed_of_its_straight_way(wind) -> None:
    site, around, levels = site_at(LAT, LON, 40.0), around_with(wind), np.array(wind)
    for e, n, h in ((3e3, 0.0, 400.0), (-2e3, 5e3, 1_200.0), (10.0, 10.0, 60.0)):
        place = about(e, n, h)
        away = place - site[X : X + 3]
        distance = float(np.linalg.norm(away))
        towards = -(site[ROTATION : ROTATION + 9].reshape(3, 3) @ away) / distance

        def speed(level: float, towards=towards) -> float:
            blowing = [np.interp(level, levels[:, 0], levels[:, c]) for c in (1, 2)]
            return sound_speed_mps(level) + blowing[0] * towards[0] + blowing[1] * towards[1]

        top = height(place)
        mean = quad(speed, 40.0, top, limit=400, points=[x for x in levels[:, 0] if 40.0 < x < top] or None)[
            0
        ] / (top - 40.0)
        found_m, found_mps = sound_towards(site, around, np.append(place, np.zeros(3)))
        assert found_m == pytest.approx(distance, rel=1e-12)
        # Four points see a kink between levels a little wrong: 1% of the strongest wind.
        assert found_mps == pytest.approx(mean, abs=0.01 * np.abs(levels[:, 1:]).max() + 2e-3)
        assert found_m / found_mps < greatest_lag(found_m, around)


def test_a_sound_was_made_when_its_twin_says() -> None:
    site, around = site_at(LAT, LON, 40.0), around_with(WINDS[1])
    t = np.arange(61.0)
    state = np.zeros((61, 6))
    for k in range(61):
        state[k, :3] = about(-4e3 + 140.0 * t[k], 1e3, 300.0)
    state[:, 3:] = np.gradient(state[:, :3], axis=0)
    one = np.ones(1)
    paths = Paths(
        np.ones(1, np.uint32), np.ones(1, np.uint8), np.zeros(1, np.uint32), one, np.ones(1, np.bool_), one, one,
        np.zeros(1), np.zeros(1), 60.0 * one, np.array([0, 61]), np.zeros(1, np.int32), state,
        np.full(1, math.inf),
    )  # fmt: skip
    out = np.empty(6)

    def place(when: float) -> np.ndarray:
        k = min(max(int(when), 0), 59)
        return state[k, :3] + (when - k) * (state[k + 1, :3] - state[k, :3])

    for heard in (15.0, 30.0, 55.0, 70.0):
        found = emission_time(site, around, paths, 0, heard, 0.0, 60.0, out)

        def late(when: float, heard=heard) -> float:
            range_m, speed = sound_towards(site, around, np.append(place(when), np.zeros(3)))
            return heard - when - range_m / speed

        assert found == pytest.approx(brentq(late, -20.0, heard), abs=1e-4)
    assert math.isnan(emission_time(site, around, paths, 0, 2.0, 0.0, 60.0, out))
    assert math.isnan(emission_time(site, around, paths, 0, 90.0, 0.0, 60.0, out))
