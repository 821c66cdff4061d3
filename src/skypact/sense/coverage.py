"""Where a radar detects what: its chance of detection at stated points, heights and cross-sections.

A target is seen by one look of an undisturbed radar in search; everything that weakens a look counts: pattern and
scan, gases and rain, clutter, terrain and the 4/3 Earth, limits of range, elevation and sector. Its radial speed is
taken as at random: the chance is the mean over the speeds that a canceller tells apart. Its cross-section is the one
towards the radar.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from skypact.errors import UsageError
from skypact.kernels.coverage import chance_rows
from skypact.kernels.doppler import INTERVALS, NONE, STAGGERED, canceller_gain
from skypact.kernels.looks import BLIND_SPEED, CANCELLER, STAGGER
from skypact.kernels.radar import View
from skypact.model.codes import SensorKind
from skypact.model.network import F4, F8, SensingTable, SensorTable, Surroundings
from skypact.sense.table import physics, sites

GAINS = 16
"""Quantiles of the canceller's gain over the radial speeds by which the mean chance is taken."""
_SPEEDS = 1_024


def detection_map(
    sensors: SensorTable,
    sensing: SensingTable,
    surroundings: Surroundings,
    sensor: int,
    ground_range_m: ArrayLike,
    bearing_rad: ArrayLike,
    height_m: ArrayLike,
    rcs_m2: ArrayLike,
) -> F4:
    """Chance that one look of a radar detects targets, f4[Q, ...] for Q cross-sections and the points' own shape.

    Ranges [R], bearings [A, 1] and heights [H, 1, 1] give maps [Q, H, A, R]; one bearing, ranges [R] and heights
    [H, 1] a vertical diagram [Q, H, R].

    Args:
        sensors, sensing: S sensors.
        surroundings: what lies around them.
        sensor: row of the radar.
        ground_range_m, bearing_rad: of the points from the radar, as `earth.frame.distance_bearing` gives them.
        height_m: of the points above the ellipsoid; a point below the ground is not seen.
        rcs_m2: Q cross-sections, or one.

    Raises:
        UsageError: the sensor is no radar.
    """
    if sensors.kind[sensor] != SensorKind.RADAR:
        raise UsageError(
            f"coverage of {sensors.names[sensor]}",
            f"it is of the kind {SensorKind(sensors.kind[sensor]).name.lower()}",
            "Name a radar.",
        )
    arrays = np.broadcast_arrays(
        *(np.asarray(value, np.float64) for value in (ground_range_m, bearing_rad, height_m))
    )
    targets = np.ascontiguousarray(np.stack([array.ravel() for array in arrays], axis=1))
    rcs = np.atleast_1d(np.asarray(rcs_m2, np.float64))
    out = np.empty((len(rcs), len(targets)), np.float32)
    row = physics(sensors, sensing)[sensor]
    gains = _gains(row)
    row[CANCELLER] = NONE  # it stands in the gains
    chance_rows(
        sites(sensors, np.zeros((len(sensors.kind), 4)))[sensor],
        row,
        _view(surroundings, sensor),
        targets,
        rcs,
        gains,
        out,
    )
    return out.reshape(len(rcs), *arrays[0].shape)


def _gains(physics_row: F8) -> F8:
    """Quantiles of the canceller's gain over the radial speeds up to the first that is blind, stagger counted."""
    order, stagger = int(physics_row[CANCELLER]), int(physics_row[STAGGER])
    if order == NONE:
        return np.ones(1)
    blind_mps = float(physics_row[BLIND_SPEED])
    period_mps = blind_mps * (float(np.mean(INTERVALS)) if stagger == STAGGERED else 1.0)
    speeds_mps = period_mps * (np.arange(_SPEEDS) + 0.5) / _SPEEDS
    gain = [canceller_gain(speed, blind_mps, order, stagger) for speed in speeds_mps.tolist()]
    return np.quantile(gain, (np.arange(GAINS) + 0.5) / GAINS)


def _view(surroundings: Surroundings, sensor: int) -> View:
    """What lies around one radar, in the layout for which the kernel is compiled."""
    clutter = surroundings.clutter
    return View(
        np.ascontiguousarray(surroundings.masks.tan_elevation[sensor], np.float32),
        float(surroundings.masks.cell_m),
        np.ascontiguousarray(surroundings.loss.loss_db[sensor], np.float32),
        np.ascontiguousarray(clutter.residue[sensor], np.float32),
        np.ascontiguousarray(clutter.rain[sensor], np.float32),
        float(clutter.cell_m),
        float(surroundings.weather.rain_top_m),
    )


def within_looks(chance: ArrayLike, looks: int) -> F4:
    """Chance of at least one detection in so many looks that are independent of each other."""
    missed = (1.0 - np.asarray(chance, np.float64)) ** looks
    return np.asarray(1.0 - missed, np.float32)
