"""What the tracker makes of receivers: bearings alone of direction finders, places with codes of multilateration."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skypact.model.codes import Identity, SensorKind, TrackStatus
from skypact.track import TrackerSettings, advance, new_bank, snapshot
from tests.track.world import LAT, LON, Site, from_enu, level_flight, observe, table

SETTINGS = TrackerSettings()


def finder(east_m: float, north_m: float, **given) -> Site:
    return Site(
        lat=LAT + north_m / 6.37e6, lon=LON + east_m / (6.37e6 * math.cos(LAT)), kind=SensorKind.DIRECTION,
        sigma=(math.nan, 0.005, math.nan), elevation=False, ranges=False, rotates=False, revisit=2.0, **given,
    )  # fmt: skip


MULTILATERATION = Site(
    kind=SensorKind.MULTILATERATION,
    sigma=(15.0, 0.0005, 0.002),
    rotates=False,
    revisit=1.0,
    code_probability=1.0,
)


def follow(sites, flights, seconds, seed=1):
    detections, owners = observe(sites, flights, seconds, np.random.default_rng(seed))
    bank = new_bank(64)
    sensors = table(sites)
    begin = 0
    for now in range(1, seconds + 1):
        end = int(np.searchsorted(detections.t_ns, now * 10**9))
        advance(bank, sensors, detections, begin, end, None, float(now), SETTINGS)
        begin = end
    return bank, snapshot(bank, float(seconds), SETTINGS, TrackStatus.TENTATIVE), owners


def test_multilateration_starts_and_keeps_a_track_with_its_code_and_confirms_it():
    flight = level_flight(20e3, 30e3, 9_000.0, 220.0, 60.0, 60, code=4_711)
    bank, tracks, _ = follow([MULTILATERATION], [flight], 60)
    assert len(bank) == 1
    assert tracks.status.tolist() == [TrackStatus.CONFIRMED]
    assert tracks.code.tolist() == [4_711]
    assert tracks.identity.tolist() == [Identity.CIVIL]
    truth = flight.at(60.0)
    assert np.linalg.norm(tracks.mean_ecef[0, :3] - truth[:3]) < 60.0
    assert np.linalg.norm(tracks.mean_ecef[0, 3:] - truth[3:]) < 12.0


def test_codes_of_multilateration_keep_crossing_aircraft_apart():
    flights = [
        level_flight(20e3, 30e3, 9_000.0, 220.0, 90.0, 80, code=11),
        level_flight(20e3 + 17_600.0, 30e3 + 30.0, 9_000.0, 220.0, 270.0, 80, code=22),
    ]
    _, tracks, _ = follow([MULTILATERATION], flights, 80)
    assert sorted(tracks.code.tolist()) == [11, 22]
    for code, flight in zip((11, 22), flights, strict=True):
        row = tracks.code.tolist().index(code)
        assert np.linalg.norm(tracks.mean_ecef[row, :3] - flight.at(80.0)[:3]) < 80.0


def test_bearings_alone_start_no_track():
    flight = level_flight(10e3, 15e3, 3_000.0, 150.0, 0.0, 40)
    bank, _, _ = follow([finder(0.0, 0.0), finder(30e3, 0.0)], [flight], 40)
    assert len(bank) == 0
    assert bank.arrays.counts[1] == 1


def test_bearings_sharpen_a_track_across_and_teach_nothing_along_the_sight():
    radar = Site(sigma=(50.0, 0.02, 0.02), revisit=4.0, rotates=False)
    flight = level_flight(0.0, 60e3, 3_000.0, 150.0, 90.0, 60)
    _, alone, _ = follow([radar], [flight], 60)
    _, helped, _ = follow([radar, finder(0.0, 0.0)], [flight], 60)
    sight = flight.at(60.0)[:3] - from_enu(0.0, 0.0, 30.0)
    along = sight / np.linalg.norm(sight)
    up = flight.at(60.0)[:3] / np.linalg.norm(flight.at(60.0)[:3])
    across = np.cross(along, up)

    def sigma(tracks, direction):
        cov = tracks.cov_ecef[0][:3, :3]
        return math.sqrt(direction @ cov @ direction)

    assert sigma(helped, across) < 0.6 * sigma(alone, across)
    assert sigma(helped, along) > 0.7 * sigma(alone, along)
    assert abs((helped.mean_ecef[0, :3] - flight.at(60.0)[:3]) @ across) < 3.0 * sigma(helped, across)


def test_a_direction_finder_hears_without_the_delay_of_sound():
    """The same bearings taken for sound would drag the track by what it flies in the sound's delay."""
    radar = Site(sigma=(30.0, 0.05, 0.01), revisit=4.0, rotates=False)
    flight = level_flight(0.0, 20e3, 1_000.0, 200.0, 90.0, 60)
    sharp = finder(0.0, 0.0)
    truth = flight.at(60.0)
    errors = {}
    for kind in (SensorKind.DIRECTION, SensorKind.ACOUSTIC):
        sharp.kind = kind
        _, tracks, _ = follow([radar, sharp], [flight], 60)
        row = int(np.argmin(np.linalg.norm(tracks.mean_ecef[:, :3] - truth[:3], axis=1)))
        errors[kind] = np.linalg.norm(tracks.mean_ecef[row, :3] - truth[:3])
    assert errors[SensorKind.DIRECTION] < 400.0
    assert errors[SensorKind.ACOUSTIC] > 2.0 * errors[SensorKind.DIRECTION]


@pytest.mark.parametrize("kind", [SensorKind.DIRECTION, SensorKind.MULTILATERATION])
def test_the_kinds_are_told_apart_by_what_they_measure_not_by_name(kind):
    """A radar's plots with the same columns make the same track."""
    site = Site(kind=kind, rotates=False, revisit=2.0)
    flight = level_flight(20e3, 30e3, 9_000.0, 220.0, 60.0, 30)
    _, tracks, _ = follow([site], [flight], 30)
    _, plain, _ = follow([Site(rotates=False, revisit=2.0)], [flight], 30)
    np.testing.assert_array_equal(tracks.mean_ecef, plain.mean_ecef)
