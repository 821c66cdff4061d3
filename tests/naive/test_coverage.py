"""The chances of detection in rows against the same look put together point by point, bearings by pymap3d."""

from __future__ import annotations

import math

import numpy as np
import pymap3d
import pytest

from skypact.kernels import detectability, looks, radar
from skypact.kernels.coverage import chance_rows
from skypact.kernels.wgs84 import MEAN_RADIUS_M
from skypact.sense.table import physics, sites
from tests.sense import world


def placed(lat, lon, distance, bearing):
    """Spherical trigonometry by the cosine rule, not by atan2."""
    angle = distance / MEAN_RADIUS_M
    lat2 = math.asin(math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(bearing))
    turn = math.acos(
        max(
            -1.0,
            min(1.0, (math.cos(angle) - math.sin(lat) * math.sin(lat2)) / (math.cos(lat) * math.cos(lat2))),
        )
    )
    return lat2, lon + math.copysign(turn, math.sin(bearing))


def test_every_row_is_the_chance_of_its_own_look():
    tables = world.sensor_table({"fence_rad": 0.01})
    sensors, sensing = tables.sensors, tables.sensing
    site, row = sites(sensors, np.zeros((1, 4)))[0], physics(sensors, sensing)[0]
    row[looks.CANCELLER] = 0.0
    seen = world.surroundings(tables)
    clutter = seen.clutter
    view = radar.View(
        seen.masks.tan_elevation[0],
        seen.masks.cell_m,
        seen.loss.loss_db[0],
        clutter.residue[0],
        clutter.rain[0],
        clutter.cell_m,
        seen.weather.rain_top_m,
    )
    rng = np.random.default_rng(6)
    targets = np.column_stack(
        [rng.uniform(1e3, 450e3, 60), rng.uniform(0.0, 2 * math.pi, 60), rng.uniform(10.0, 15e3, 60)]
    )
    rcs = np.array([0.1, 3.0])
    out = np.empty((2, 60), np.float32)
    gains = np.array([0.1, 1.4, 1.5])
    row[looks.MTI_RANGE] = 150e3
    chance_rows(site, row, view, targets, rcs, gains, out)
    undecided = 0
    for i, (distance, bearing, height) in enumerate(targets):
        lat, lon = placed(site[looks.LAT], site[looks.LON], distance, bearing)
        state = np.zeros(6)
        state[:3] = pymap3d.geodetic2ecef(lat, lon, height, deg=False)
        towards, _, slant = pymap3d.ecef2aer(
            *state[:3], site[looks.LAT], site[looks.LON], site[looks.HEIGHT], deg=False
        )
        for q in range(2):
            expected = 0.0
            if site[looks.RANGE_MIN] <= slant <= site[looks.RANGE_MAX]:
                signal = radar.look_signal(
                    site, row, view, 0.0, slant, towards, state, rcs[q], 1.0, 1.0, True
                )
                if signal > 0.0:
                    chances = [
                        detectability.detection_chance(
                            gain * signal,
                            row[looks.THRESHOLD],
                            int(row[looks.PULSES]),
                            int(row[looks.SWERLING]),
                        )
                        for gain in (gains if distance < 150e3 else (1.0,))
                    ]
                    expected = sum(chances) / len(chances)
            assert out[q, i] == pytest.approx(expected, abs=1e-5)
            undecided += 0.02 < expected < 0.98
    assert undecided >= 5
