"""Two infrared satellites, from truth to track: a launch is placed as well as the crossing of their sights allows.

Two lines that measure directions to s radians at ranges a and b and cross at an angle g place a point with variance
s^2 (a^2 + b^2) / sin^2 g in their plane and s^2 / (1/a^2 + 1/b^2) across it (Torrieri, "Statistical theory of passive
location systems", IEEE Trans. AES 20(2), 1984: the bearing lines' ellipse, small errors).
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from skypact.earth.frame import ecef_from_geodetic, range_bearing_elevation_from_ecef
from skypact.model.codes import ObjectClass, TrackStatus
from skypact.sense import sense
from skypact.track import TrackerSettings, advance, new_bank, snapshot
from tests.sense.world import DEG, LAT, LON, SATELLITE, no_bias, sensor_table, still, surroundings, truth

SIGMA_RAD = 3e-5
HEIGHT_M = 25_000.0
RUNS = 150


def bound(longitudes_deg):
    """Variances (m2) in and across the plane of sight of two stationary satellites."""
    target = ecef_from_geodetic(LAT, LON, HEIGHT_M)
    sights = [ecef_from_geodetic(0.0, lon * DEG, 35_786_000.0) - target for lon in longitudes_deg]
    a, b = (float(np.linalg.norm(sight)) for sight in sights)
    cosine = float(sights[0] @ sights[1]) / (a * b)
    return SIGMA_RAD**2 * (a * a + b * b) / (1.0 - cosine**2), SIGMA_RAD**2 / (1.0 / a**2 + 1.0 / b**2)


def satellite(lon_deg):
    """A satellite whose errors are the same in all directions across the sight: bearings turn about its nadir."""
    target = ecef_from_geodetic(LAT, LON, HEIGHT_M)
    _, _, elevation = range_bearing_elevation_from_ecef(target, 0.0, lon_deg * DEG, 35_786_000.0)
    return {
        **SATELLITE,
        "lon_rad": lon_deg * DEG,
        "revisit_s": 0.1,
        "scan_phase_s": 0.0,
        "detection_probability": 1.0,
        "sigma_elevation_rad": SIGMA_RAD,
        "sigma_bearing_rad": SIGMA_RAD / math.cos(float(elevation)),
    }


@pytest.mark.parametrize("longitudes_deg", [(20.0, 85.0), (35.0, 70.0)])
def test_two_satellites_place_a_launch_as_the_angle_of_their_sights_allows(longitudes_deg):
    tables = sensor_table(*(satellite(lon) for lon in longitudes_deg))
    world = truth(
        [still(LAT, LON, HEIGHT_M, 10)], burnout_s=10.0, object_class=ObjectClass.BALLISTIC, key=np.array([7])
    )
    around, settings = surroundings(tables), TrackerSettings()
    target = ecef_from_geodetic(LAT, LON, HEIGHT_M)
    errors, spreads = [], []
    for run in range(RUNS):
        found = sense(
            tables.sensors, tables.sensing, no_bias(tables.sensors), around, world,
            np.uint32(run), np.uint32(3), 0.1, 0.2, False,
        )  # fmt: skip
        assert sorted(found.detections.sensor.tolist()) == [0, 1]
        bank = new_bank(8)
        advance(bank, tables.sensors, found.detections, 0, 2, None, 0.2, settings)
        tracks = snapshot(bank, 0.2, settings, TrackStatus.TENTATIVE)
        assert len(tracks.track_id) == 1
        errors.append(tracks.mean_ecef[0, :3] - target)
        spreads.append(np.trace(tracks.cov_ecef[0][:3, :3]))
    in_plane, across = bound(longitudes_deg)
    measured = float(np.mean(np.sum(np.array(errors) ** 2, axis=1)))
    # Nearly all of it lies along one axis: 150 runs tell its mean square to 12%.
    assert measured == pytest.approx(in_plane + across, rel=0.35)
    assert np.mean(spreads) == pytest.approx(in_plane + across, rel=0.15)


def test_the_nearer_the_satellites_the_worse_the_place():
    assert bound((35.0, 70.0))[0] > 2.0 * bound((20.0, 85.0))[0]
    assert math.sqrt(sum(bound((20.0, 85.0)))) < 2_500.0
