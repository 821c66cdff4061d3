"""What holds of every solution by times of arrival, and what the solver says where there is none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from skypact.earth.frame import destination, ecef_from_geodetic
from skypact.kernels.arrivalrows import locate_rows, predicted_rows
from skypact.kernels.multilateration import (
    AMBIGUOUS,
    MISFIT_MAX,
    NOT_CONVERGED,
    SINGULAR,
    SOLVED,
    TOO_FEW,
    UNFIT,
    UNFIT_CHANCE,
    locate,
    path_refractivity,
)

LAT, LON = math.radians(47.0), math.radians(9.0)


def ring(count: int, radius_m: float, lon: float = LON, lat: float = LAT, height_m=300.0, turn: float = 0.0):
    """Stations evenly about a place."""
    bearing = turn + 2.0 * math.pi * np.arange(count) / count
    lat_s, lon_s = destination(lat, lon, bearing, radius_m)
    return np.ascontiguousarray(ecef_from_geodetic(lat_s, lon_s, height_m))


def at(east_m: float, north_m: float, height_m: float, lon: float = LON):
    bearing, far = math.atan2(east_m, north_m), math.hypot(east_m, north_m)
    lat_p, lon_p = destination(LAT, lon, bearing, far)
    return ecef_from_geodetic(lat_p, lon_p, height_m)


def solve(stations, arrival_m, height_m=math.nan, height_sigma_m=0.0, sigma_m=15.0, refractivity=0.0):
    n = len(stations)
    pos, cov, residual = np.full(3, np.nan), np.full((3, 3), np.nan), np.full(n, np.nan)
    sigma = np.full(n, sigma_m)
    status, misfit = locate(
        stations, arrival_m, sigma, height_m, height_sigma_m, refractivity, pos, cov, residual
    )
    return status, misfit, pos, cov, residual


def ranges(stations, place):
    return np.linalg.norm(stations - place, axis=1)


places = st.tuples(
    st.floats(-35e3, 35e3), st.floats(-35e3, 35e3), st.floats(2_000.0, 12_000.0), st.floats(0.0, 2 * math.pi)
)


@given(place=places, count=st.integers(5, 12), offset=st.floats(-1e9, 1e9), noise=st.integers(0, 10**6))
def test_a_common_clock_offset_changes_nothing(place, count, offset, noise):
    stations = ring(count, 60e3, turn=place[3])
    arrival = ranges(stations, at(*place[:3])) + 10.0 * np.random.default_rng(noise).standard_normal(count)
    plain = solve(stations, arrival, place[2], 20.0)
    moved = solve(stations, arrival + offset, place[2], 20.0)
    assert plain[0] == moved[0] == SOLVED
    np.testing.assert_allclose(moved[2], plain[2], atol=0.05)
    np.testing.assert_allclose(moved[4], plain[4], atol=0.05)


@given(place=places, count=st.integers(5, 12), turn=st.floats(-3.0, 3.0), noise=st.integers(0, 10**6))
def test_turning_everything_about_the_axis_of_the_earth_turns_the_solution(place, count, turn, noise):
    stations = ring(count, 60e3, turn=place[3])
    arrival = ranges(stations, at(*place[:3])) + 10.0 * np.random.default_rng(noise).standard_normal(count)
    c, s = math.cos(turn), math.sin(turn)
    axis = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    _, misfit, pos, cov, _ = solve(stations, arrival, place[2], 20.0)
    _, turned_misfit, turned, turned_cov, _ = solve(
        np.ascontiguousarray(stations @ axis.T), arrival, place[2], 20.0
    )
    np.testing.assert_allclose(turned, axis @ pos, atol=0.05)
    np.testing.assert_allclose(turned_cov, axis @ cov @ axis.T, atol=1e-3 * np.trace(cov))
    assert turned_misfit == pytest.approx(misfit, abs=1e-4)


@given(place=places, shift=st.tuples(*(st.floats(-30.0, 30.0),) * 3), noise=st.integers(0, 10**6))
def test_shifting_all_stations_shifts_the_solution(place, shift, noise):
    """Without height and air nothing in the cost knows of the Earth."""
    stations = ring(8, 60e3, height_m=300.0 + 100.0 * (np.arange(8) % 3))
    arrival = ranges(stations, at(*place[:3])) + np.random.default_rng(noise).standard_normal(8)
    plain, moved = solve(stations, arrival), solve(stations + np.array(shift), arrival)
    if plain[0] == moved[0] == SOLVED:
        scale = math.sqrt(np.trace(plain[3]))
        np.testing.assert_allclose(moved[2], plain[2] + np.array(shift), atol=0.01 + 2e-3 * scale)


@given(place=places, count=st.integers(4, 16))
def test_exact_times_give_the_exact_place(place, count):
    stations = ring(count, 70e3, turn=place[3], height_m=200.0 + 37.0 * (np.arange(count) * 3 % 7))
    truth = at(*place[:3])
    status, misfit, pos, _, residual = solve(stations, ranges(stations, truth), place[2], 20.0)
    assert status == SOLVED
    assert np.linalg.norm(pos - truth) < 0.1
    assert misfit < 1e-6
    assert np.abs(residual).max() < 0.02


def test_without_a_height_the_root_that_flies_and_is_heard_is_taken():
    stations = ring(6, 40e3)
    for height_m in (3_000.0, 9_000.0):
        truth = at(8e3, 5e3, height_m)
        status, _, pos, _, _ = solve(stations, ranges(stations, truth), sigma_m=1.0)
        assert status == SOLVED
        assert np.linalg.norm(pos - truth) < 1.0


def test_three_stations_and_a_height_may_leave_two_places():
    stations = ring(3, 30e3)
    inside = solve(stations, ranges(stations, at(2e3, 3e3, 6_000.0)), 6_000.0, 20.0)
    assert inside[0] == SOLVED
    assert np.linalg.norm(inside[2] - at(2e3, 3e3, 6_000.0)) < 0.1
    # Behind a station the branches of the hyperbolae meet twice.
    behind = solve(stations, ranges(stations, at(0.0, 45e3, 6_000.0)), 6_000.0, 20.0)
    assert behind[0] == AMBIGUOUS
    true, fitted = ranges(stations, at(0.0, 45e3, 6_000.0)), ranges(stations, behind[2])
    np.testing.assert_allclose(fitted - fitted[0], true - true[0], atol=0.5)


def test_too_few_stations_and_stations_in_a_line_are_said():
    place = at(8e3, 5e3, 9_000.0)
    assert solve(ring(3, 40e3), ranges(ring(3, 40e3), place))[0] == TOO_FEW
    assert solve(ring(2, 40e3), ranges(ring(2, 40e3), place), 9_000.0, 20.0)[0] == TOO_FEW
    assert solve(ring(17, 40e3), ranges(ring(17, 40e3), place), 9_000.0, 20.0)[0] == TOO_FEW
    line = np.array([at(x, 0.0, 300.0) for x in (-20e3, 0.0, 15e3, 30e3)])
    straight = np.ascontiguousarray(line[:1] + np.outer(np.array([0.0, 1.0, 2.0, 3.5]), line[1] - line[0]))
    assert solve(straight, ranges(straight, place), 9_000.0, 20.0)[0] == SINGULAR
    same = np.repeat(line[:1], 4, axis=0)
    status, misfit, pos, cov, residual = solve(same, ranges(same, place), 9_000.0, 20.0)
    assert status == SINGULAR
    assert math.isnan(misfit)
    assert np.isnan(pos).all()
    assert np.isnan(cov).all()
    assert np.isnan(residual).all()


@given(seed=st.integers(0, 10**6), count=st.integers(3, 8), aided=st.booleans())
def test_any_times_give_a_status_and_finite_numbers_or_none(seed, count, aided):
    rng = np.random.default_rng(seed)
    stations = ring(count, 50e3, turn=rng.uniform(0, 6))
    status, misfit, pos, cov, residual = solve(
        stations, rng.uniform(-3e5, 3e5, count), 5_000.0, 20.0 if aided else 0.0
    )
    assert status in (SOLVED, TOO_FEW, SINGULAR, NOT_CONVERGED, AMBIGUOUS, UNFIT)
    placed = status in (SOLVED, AMBIGUOUS)
    assert np.isfinite(pos).all() == np.isfinite(cov).all() == np.isfinite(residual).all() == placed
    assert math.isfinite(misfit) == (placed or status == UNFIT)
    if placed:
        assert (np.linalg.eigvalsh(cov) > 0.0).all()


def test_one_wrong_station_moves_the_place_little_and_shows():
    stations, truth = ring(7, 50e3), at(6e3, -9e3, 8_000.0)
    arrival = ranges(stations, truth)
    arrival[4] += 3_000.0
    status, misfit, pos, _, residual = solve(stations, arrival, 8_000.0, 20.0)
    assert status == SOLVED
    assert misfit > 1_000.0
    assert int(np.argmax(np.abs(residual))) == 4
    # Squares alone would be off by about 3000 / 7 x dilution; Huber's weights leave some 2 sigma.
    assert np.linalg.norm(pos - truth) < 50.0


def wild_messages(count, wild, seed=0, number=150):
    """Places with their heights, and arrivals of which so many are 10 km off."""
    rng = np.random.default_rng(seed)
    for _ in range(number):
        stations = ring(count, 40e3, turn=rng.uniform(0.0, 1.0))
        height_m = rng.uniform(3e3, 11e3)
        east, north = rng.uniform(-60e3, 60e3, 2).tolist()
        truth = at(east, north, height_m)
        arrival = ranges(stations, truth) + 15.0 * rng.standard_normal(count)
        arrival[rng.choice(count, wild, replace=False)] += 10e3 * rng.choice([-1.0, 1.0], wild)
        yield stations, truth, height_m, arrival


def test_one_time_that_is_far_off_is_left_out_or_nothing_is_located():
    """The closed form starts from all the times; from a wrong one it leads far away, where a fit may end."""
    placed = 0
    for stations, truth, height_m, arrival in wild_messages(8, 1):
        status, _, pos, cov, _ = solve(stations, arrival, height_m, 20.0)
        if status == SOLVED:
            placed += 1
            assert np.linalg.norm(pos - truth) < 6.0 * math.sqrt(np.trace(cov))
        assert status != SINGULAR
    assert placed > 140


def test_times_of_which_two_are_far_off_do_not_agree():
    told = [solve(s, arrival, h, 20.0)[0] for s, _, h, arrival in wild_messages(6, 2)]
    assert told.count(UNFIT) > 100
    assert told.count(SOLVED) < 5


def test_where_leaving_out_one_time_or_another_gives_far_places_both_are_possible():
    """Five stations and a height: without one a single check is left, which another place may pass."""
    wrong = both = 0
    for stations, truth, height_m, arrival in wild_messages(5, 1, number=400):
        status, _, pos, cov, _ = solve(stations, arrival, height_m, 20.0)
        wrong += int(
            status == SOLVED and np.linalg.norm(pos - truth) > max(1e3, 6.0 * math.sqrt(np.trace(cov)))
        )
        both += status == AMBIGUOUS
    assert wrong <= 4
    assert both >= 10


def test_no_aircraft_is_located_deep_underground():
    """Times of a sender 15 km under the ground, exact ones: only the mirror image over the stations would fly."""
    stations = ring(6, 40e3, height_m=300.0)
    stations += np.array([0.0, 0.0, 1.0]) * 800.0 * (np.arange(6) % 2)[:, None]
    deep = at(5e3, -4e3, -15_000.0)
    status, misfit, pos, _, _ = solve(stations, ranges(stations, deep), sigma_m=2.0)
    assert status == UNFIT
    assert misfit < 1e3
    assert np.isnan(pos).all()


def test_the_greatest_misfits_are_those_of_chi_square():
    np.testing.assert_allclose(MISFIT_MAX, chi2.isf(UNFIT_CHANCE, np.arange(1, 14)), atol=6e-4)


def test_air_that_slows_light_is_taken_out_again():
    stations, truth = ring(6, 90e3), at(60e3, -20e3, 9_000.0)
    first, rows = np.array([0, 6]), np.arange(6, dtype=np.int32)
    arrival = np.empty(6)
    predicted_rows(stations, first, rows, truth[None], 3.15e-4, arrival)
    extra = arrival - ranges(stations, truth)
    own = path_refractivity(3.15e-4, 300.0, 9_000.0, float(ranges(stations, truth)[0]))[0]
    assert extra[0] == pytest.approx(own * ranges(stations, truth)[0], rel=1e-6)
    assert np.ptp(extra) > 10.0
    corrected = solve(stations, arrival, 9_000.0, 20.0, refractivity=3.15e-4)
    vacuum = solve(stations, arrival, 9_000.0, 20.0)
    assert np.linalg.norm(corrected[2] - truth) < 0.05
    assert np.linalg.norm(vacuum[2] - truth) > 5.0


def test_rows_are_solved_each_by_itself_and_lack_a_place_where_there_is_none():
    stations, truth = ring(6, 50e3), np.array([at(6e3, -9e3, 8_000.0), at(-3e3, 4e3, 5_000.0)])
    station = np.array([0, 1, 2, 3, 0, 5, 1, 2, 3, 4, 5], np.int32)
    first = np.array([0, 4, 6, 11])
    owner = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    arrival = np.linalg.norm(stations[station] - truth[owner], axis=1)
    status, misfit = np.empty(3, np.uint8), np.empty(3)
    pos, cov, residual = np.empty((3, 3)), np.empty((3, 3, 3)), np.empty(11)
    locate_rows(
        stations, first, station, arrival, np.full(11, 15.0), np.array([8_000.0, 8_000.0, 0.0]),
        np.array([20.0, 20.0, 0.0]), 0.0, status, misfit, pos, cov, residual,
    )  # fmt: skip
    assert status.tolist() == [SOLVED, TOO_FEW, SOLVED]
    assert np.linalg.norm(pos[0] - truth[0]) < 0.1
    assert np.linalg.norm(pos[2] - truth[1]) < 1.0
    assert np.isnan(pos[1]).all()
    assert np.isnan(residual[4:6]).all()
    assert np.isfinite(np.delete(residual, [4, 5])).all()
