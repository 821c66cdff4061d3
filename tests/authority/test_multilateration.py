"""Location by time of arrival against published bounds, real measurements, and the geometry of crossing lines."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import chi2

from skypact.earth.frame import ecef_from_enu, ecef_from_geodetic, rot_enu_from_ecef
from skypact.kernels.looks import (
    BASELINE,
    HEIGHT,
    PHYSICS_WIDTH,
    RECEIVERS,
    ROTATION,
    SIGMA_TIME,
    SITE_WIDTH,
    X,
)
from skypact.kernels.multilateration import SOLVED, SPEED_OF_LIGHT_MPS, UNFIT, locate
from skypact.kernels.ring import HEIGHT_SIGMA_M, fix_transponder
from skypact.run.locate.reading import read_messages, read_stations
from skypact.run.locate.study import study
from skypact.sense.location import FEWEST_ARRIVALS

LAT, LON = math.radians(47.0), math.radians(9.0)


def ring(count: int, radius_m: float, centre: bool):
    """Stations on a circle in the horizontal plane of a place, one at its centre."""
    bearing = 2.0 * math.pi * np.arange(count) / count
    enu = np.stack([radius_m * np.sin(bearing), radius_m * np.cos(bearing), np.zeros(count)], axis=1)
    enu = np.concatenate([np.zeros((1, 3)), enu]) if centre else enu
    return np.ascontiguousarray(ecef_from_enu(enu, LAT, LON, 0.0))


@pytest.mark.parametrize("count", [4, 5, 8, 12])
def test_a_regular_ring_has_the_lowest_dilution_that_there_is(count):
    """Levanon, "Lowest GDOP in 2-D scenarios", IEE Proc. Radar Sonar Navig. 147(3), 2000: 2 / sqrt(N) at the centre.

    Seen under an elevation the ring's radius is shortened by its cosine; the height is held.
    """
    height_m, radius_m, sigma_m = 6_000.0, 30_000.0, 3.0
    stations = ring(count, radius_m, centre=False)
    truth = ecef_from_enu([0.0, 0.0, height_m], LAT, LON, 0.0)
    pos, cov, residual = np.empty(3), np.empty((3, 3)), np.empty(count)
    arrival = np.linalg.norm(stations - truth, axis=1)
    status, _ = locate(stations, arrival, np.full(count, sigma_m), height_m, 0.01, 0.0, pos, cov, residual)
    assert status == SOLVED
    rot = rot_enu_from_ecef(LAT, LON)
    enu = rot @ cov @ rot.T
    dilution = math.sqrt(enu[0, 0] + enu[1, 1]) / sigma_m
    assert dilution == pytest.approx(
        2.0 / math.sqrt(count) * math.hypot(radius_m, height_m) / radius_m, rel=1e-4
    )


def test_above_a_ring_with_a_station_in_the_middle_the_bound_of_the_height_is_reached():
    """Cramer-Rao: the unknown instant takes the mean off every slope, so 1/var(z) = n (1 - sin e)^2 / ((n + 1) s^2)."""
    count, radius_m, height_m, sigma_m = 6, 20_000.0, 8_000.0, 4.0
    stations = ring(count, radius_m, centre=True)
    truth = ecef_from_enu([0.0, 0.0, height_m], LAT, LON, 0.0)
    sine = height_m / math.hypot(radius_m, height_m)
    cosine = radius_m / math.hypot(radius_m, height_m)
    bound = np.array(
        [2.0 * sigma_m**2 / (count * cosine**2)] * 2
        + [sigma_m**2 * (count + 1) / (count * (1.0 - sine) ** 2)]
    )
    rng, rot = np.random.default_rng(4), rot_enu_from_ecef(LAT, LON)
    pos, cov, residual = np.empty(3), np.empty((3, 3)), np.empty(count + 1)
    exact = np.linalg.norm(stations - truth, axis=1)
    errors, misfits = [], []
    for _ in range(2_000):
        arrival = exact + sigma_m * rng.standard_normal(count + 1)
        status, misfit = locate(
            stations, arrival, np.full(count + 1, sigma_m), 0.0, 0.0, 0.0, pos, cov, residual
        )
        assert status == SOLVED
        errors.append(rot @ (pos - truth))
        misfits.append(misfit)
    np.testing.assert_allclose(np.diag(rot @ cov @ rot.T), bound, rtol=0.05)
    share = np.var(np.array(errors), axis=0) / bound
    low, high = chi2.ppf([5e-4, 1.0 - 5e-4], 2_000) / 2_000
    # Huber's weights cost a little of the bound (some 1% at two sigma).
    assert (share > low).all()
    assert (share < 1.02 * high).all()
    assert np.mean(misfits) == pytest.approx(count + 1 - 4, rel=0.1)


@pytest.mark.parametrize(("east_m", "north_m", "up_m"), [(5e3, 8e3, 9_000.0), (40e3, -30e3, 7_000.0)])
def test_the_simulated_fixes_are_as_good_as_they_say(east_m, north_m, up_m):
    """Normalised squared error of range, bearing and elevation: 3 on average, whatever hangs together in them."""
    site, physics = np.zeros(SITE_WIDTH), np.zeros(PHYSICS_WIDTH)
    rot = rot_enu_from_ecef(LAT, LON)
    site[X : X + 3], site[ROTATION : ROTATION + 9] = ecef_from_geodetic(LAT, LON, 0.0), rot.ravel()
    site[HEIGHT] = 0.0
    physics[RECEIVERS], physics[BASELINE], physics[SIGMA_TIME] = 7, 25_000.0, 20e-9
    state = np.append(ecef_from_enu([east_m, north_m, up_m], LAT, LON, 0.0), np.zeros(3))
    far = math.hypot(east_m, north_m)
    seen = np.array(
        [math.hypot(far, up_m), math.atan2(east_m, north_m) % (2 * math.pi), math.atan2(up_m, far)]
    )
    looks = 3_000
    errors = np.empty((looks, 3))
    for look in range(looks):
        z, sigma = np.empty(4), np.empty(4)
        assert fix_transponder(
            site, physics, 3, np.uint32(11), np.uint32(look), state, np.uint32(1), np.uint32(2), z, sigma
        )
        errors[look] = (z[:3] - seen) / sigma[:3]
    assert (errors**2).sum(axis=1).mean() == pytest.approx(3.0, rel=0.08)
    np.testing.assert_allclose((errors**2).mean(axis=0), 1.0, rtol=0.12)
    assert np.abs(errors.mean(axis=0)).max() < 0.1
    assert np.abs(np.corrcoef(errors[:-1, 0], errors[1:, 0])[0, 1]) < 0.07


def test_the_reported_height_decides_only_where_the_ring_tells_heights_poorly():
    site, physics = np.zeros(SITE_WIDTH), np.zeros(PHYSICS_WIDTH)
    site[X : X + 3] = ecef_from_geodetic(LAT, LON, 0.0)
    site[ROTATION : ROTATION + 9] = rot_enu_from_ecef(LAT, LON).ravel()
    physics[RECEIVERS], physics[BASELINE] = 7, 25_000.0
    for place, poor in (([0.0, 1_000.0, 11_000.0], False), ([60e3, 20e3, 6_000.0], True)):
        physics[SIGMA_TIME] = 50e-9 if poor else 5e-9
        state = np.append(ecef_from_enu(place, LAT, LON, 0.0), np.zeros(3))
        z, sigma = np.empty(4), np.empty(4)
        key, look, k0, k1 = np.uint32(1), np.uint32(2), np.uint32(3), np.uint32(4)
        assert fix_transponder(site, physics, 0, key, look, state, k0, k1, z, sigma)
        vertical_m = math.hypot(sigma[0] * math.sin(z[2]), sigma[2] * z[0] * math.cos(z[2]))
        if poor:
            assert 0.8 * HEIGHT_SIGMA_M < vertical_m < 1.5 * HEIGHT_SIGMA_M
        else:
            assert vertical_m < 5.0


@pytest.fixture(scope="module")
def locards(real_data):
    """LocaRDS (Schaefer, Strohmeier, Leonardi and Lenders, Sensors 21(16), 2021): five GPS-timed stations a message."""
    folder = real_data / "locards"
    stations = read_stations(folder / "sensors.csv")
    messages = read_messages([folder / f"set_{k}.csv" for k in (1, 2, 3, 4)], stations)
    return study(messages, stations, "reported", calibrate=True)


def test_real_messages_are_located_to_some_forty_metres(locards):
    """Median 38 m and 95% 265 m with offsets from the other sets; 46 m and 268 m without."""
    calibrated, plain = locards.results[0], locards.results[-1]
    for result, median_m, p95_m in ((calibrated, 41.0, 280.0), (plain, 50.0, 285.0)):
        error = result.horizontal_m[np.isfinite(result.horizontal_m)]
        assert len(error) >= 1_140
        assert (result.located.status == UNFIT).sum() == 1
        assert np.median(error) < median_m
        assert np.percentile(error, 95) < p95_m
    for result in locards.results:
        error = result.horizontal_m[result.located.status == SOLVED]
        assert np.nanmax(error) < 5_000.0
    none = next(result for result in locards.results if result.variant.height == "none")
    error = none.horizontal_m[np.isfinite(none.horizontal_m)]
    assert len(error) >= 1_110
    assert np.median(error) < 52.0
    vacuum = next(result for result in locards.results if result.variant.refractivity == 0.0)
    assert np.nanmedian(vacuum.horizontal_m) > np.nanmedian(calibrated.horizontal_m) + 3.0
    assert vacuum.sigma_s > 1.15 * calibrated.sigma_s


def test_real_errors_lie_along_the_course_because_reports_are_old(locards):
    have = np.isfinite(locards.along_m)
    assert have.sum() > 500
    assert np.percentile(np.abs(locards.across_m[have]), 95) < 70.0
    assert np.median(np.abs(locards.across_m[have])) < 12.0
    assert np.percentile(np.abs(locards.along_m[have]), 95) > 200.0
    assert 0.05 < np.median(locards.lag_s[have]) < 0.25
    assert np.percentile(locards.lag_s[have], 95) > 1.0


def test_real_timing_errors_are_some_forty_nanoseconds_and_station_offsets_persist(locards):
    assert 30e-9 < locards.results[0].sigma_s < 50e-9
    offset_ns = dict(
        zip(locards.stations.number.tolist(), 1e9 * locards.errors.offset_m / SPEED_OF_LIGHT_MPS, strict=True)
    )
    for number, expected in ((257, 114.0), (143, 99.0), (141, -71.0), (598, -3.0)):
        assert offset_ns[number] == pytest.approx(expected, abs=15.0)
    used = locards.errors.count >= FEWEST_ARRIVALS
    assert (1e9 * locards.errors.sigma_m[used] / SPEED_OF_LIGHT_MPS < 20.0).all()
    # Medians in turn leave stations at exactly nothing: with five stations one residual always is.
    assert (locards.errors.offset_m[used] == 0.0).sum() <= 1
