"""How late stations are: found without bias, with an honest error, each tied set against its own zero."""

from __future__ import annotations

import numpy as np
import pytest

from skypact.earth.frame import destination, ecef_from_geodetic
from skypact.kernels.arrivalrows import predicted_rows
from skypact.model.arrival import Arrivals, Stations
from skypact.sense.location import STANDARD_REFRACTIVITY, station_errors


def made_messages(seed, count=400, wild=0.0, heard=5):
    """Nine stations that are late by known times, messages heard by five, errors of 45 ns and some wild ones."""
    rng = np.random.default_rng(seed)
    late_ns = np.array([30.0, -65.0, 0.0, 15.0, -25.0, 0.0, 97.0, 120.0, 20.0])
    bearing, radius = 2 * np.pi * np.arange(9) / 9, 60_000.0
    lat, lon = destination(np.radians(47.0), np.radians(9.0), bearing, radius)
    stations = Stations(
        np.arange(9), np.ascontiguousarray(ecef_from_geodetic(lat, lon, 300.0)), lat, lon, np.full(9, 300.0),
        ("made",) * 9, np.ones(9, np.bool_),
    )  # fmt: skip
    lat_m, lon_m = destination(
        np.radians(47.0), np.radians(9.0), rng.uniform(0, 6.2, count), rng.uniform(0, 70e3, count)
    )
    height = rng.uniform(3e3, 11e3, count)
    station = np.concatenate([rng.choice(9, heard, replace=False) for _ in range(count)]).astype(np.int32)
    first = heard * np.arange(count + 1)
    expected = np.empty(heard * count)
    pos = ecef_from_geodetic(lat_m, lon_m, height)
    predicted_rows(stations.pos_ecef_m, first, station, pos, STANDARD_REFRACTIVITY, expected)
    error_ns = late_ns[station] + 45.0 * rng.standard_normal(heard * count)
    error_ns += np.where(rng.random(heard * count) < wild, 3_000.0 * rng.standard_normal(heard * count), 0.0)
    t_ns = np.rint(1e9 + expected / 0.299792458 + error_ns).astype(np.int64)
    arrivals = Arrivals(
        np.zeros(count, np.int32), np.arange(count), np.arange(count) * 1.0, np.arange(count) % 20, lat_m, lon_m,
        height, height, first, station, t_ns,
    )  # fmt: skip
    return arrivals, stations, late_ns


@pytest.mark.parametrize("wild", [0.0, 0.05])
def test_offsets_are_unbiased_and_as_good_as_they_say(wild):
    errors, share = [], []
    for seed in range(12):
        arrivals, stations, late_ns = made_messages(seed, wild=wild)
        found = station_errors(arrivals, stations, STANDARD_REFRACTIVITY, np.ones(len(arrivals), np.bool_))
        offset_ns = found.offset_m / 0.299792458
        assert np.median(offset_ns) == pytest.approx(0.0, abs=1e-6)
        off = offset_ns - offset_ns.mean() - (late_ns - late_ns.mean())
        errors.append(off)
        share.append(off / (found.sigma_m / 0.299792458))
        # Five arrivals fit their own instant of sending: residuals are a tenth less than the errors.
        assert np.mean(found.spread_m / 0.299792458) == pytest.approx(42.0, abs=6.0)
    assert np.abs(np.mean(errors, axis=0)).max() < 4.0
    assert np.mean(np.square(share)) == pytest.approx(1.0, abs=0.35)


def test_sets_of_stations_that_share_no_message_have_each_their_own_zero():
    """The same nine stations twice, as eighteen: what ties the two halves together is nothing."""
    (one, stations, late_ns), (two, _, _) = made_messages(1), made_messages(2)
    twice = Stations(
        np.arange(18),
        np.concatenate([stations.pos_ecef_m] * 2),
        np.tile(stations.lat_rad, 2),
        np.tile(stations.lon_rad, 2),
        np.tile(stations.height_m, 2),
        ("made",) * 18,
        np.ones(18, np.bool_),
    )
    columns = {
        name: np.concatenate([getattr(one, name), getattr(two, name)])
        for name in vars(one)
        if name not in ("first", "station", "t_ns")
    }
    both = Arrivals(
        **columns,
        first=np.concatenate([one.first, two.first[1:] + one.first[-1]]),
        station=np.concatenate([one.station, two.station + np.int32(9)]),
        t_ns=np.concatenate([one.t_ns, two.t_ns + 10**12]),
    )
    found = station_errors(both, twice, STANDARD_REFRACTIVITY, np.ones(len(both), np.bool_))
    halves = np.split(found.offset_m / 0.299792458, 2)
    for half in halves:
        assert np.median(half) == pytest.approx(0.0, abs=1e-6)
        assert half - half.mean() == pytest.approx(late_ns - late_ns.mean(), abs=15.0)
    assert np.isfinite(found.sigma_m).all()


def test_a_station_with_few_arrivals_has_no_offset_and_spoils_none():
    arrivals, stations, _ = made_messages(3)
    rare = arrivals.station.copy()
    use = np.ones(len(arrivals), np.bool_)
    use[
        np.flatnonzero(
            np.isin(np.arange(len(arrivals)), np.flatnonzero((rare == 8).reshape(-1, 5).any(1))[10:])
        )
    ] = False
    t_ns = arrivals.t_ns + np.where(rare == 8, 10**6, 0)
    spoilt = type(arrivals)(**{**vars(arrivals), "t_ns": t_ns})
    clean = station_errors(arrivals, stations, STANDARD_REFRACTIVITY, use)
    found = station_errors(spoilt, stations, STANDARD_REFRACTIVITY, use)
    assert found.count[8] == 10
    assert found.offset_m[8] == 0.0
    assert np.isnan(found.sigma_m[8])
    np.testing.assert_allclose(found.offset_m, clean.offset_m, atol=0.02)
