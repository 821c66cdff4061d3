"""All detections of all sensors, from truth.

What a sensor is: `model.network.SensorTable`; how it perceives is in kernels.sensing, kernels.looks and
kernels.detectability. Stated simplifications:

* Objects do not interact: no two share a resolution cell, and no sensor saturates.
* A radar's elevation is corrected for refraction; sight is that of the 4/3 Earth and the terrain mask.
* A radar's `snr_db` is that of the look itself: received power over mean noise, less the noise. It has
  fluctuated and it crossed the threshold; `sigma` follows from it. It is NaN for the other kinds.
* Range rate is not measured.
* Acoustic sensors listen in still air and are not masked by terrain.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from skypact.kernels.falseplots import sense_nothing
from skypact.kernels.looks import PHASE, REVISIT, Paths
from skypact.kernels.report import Rows, bias_rows
from skypact.kernels.sensing import sense_objects
from skypact.model.detection import Sensed
from skypact.model.network import F8, MaskTable, SensorTable
from skypact.model.truth import Truth
from skypact.sense.table import check, empty_rows, first_rows, most_looks, paths, sensed, sites

_LEAST_ROWS = 4_096
_MOST_ROWS = 262_144


def draw_biases(sensors: SensorTable, k0: np.uint32, k1: np.uint32) -> F8:
    """The biases of a run, f8[S, 4]: range_m, bearing_rad, elevation_rad, clock_s, each measured minus true.

    Normal with `sensors.bias_sigma`, constant in a run, keyed (BIAS, sensor).

    Args:
        sensors: S sensors.
        k0, k1: the run's key (kernels.random.run_key).
    """
    biases = np.empty((len(sensors.kind), 4))
    bias_rows(sensors.bias_sigma, np.uint32(k0), np.uint32(k1), biases)
    return biases


def sense(
    sensors: SensorTable,
    bias: F8,
    masks: MaskTable,
    truth: Truth,
    k0: np.uint32,
    k1: np.uint32,
    t_from_s: float,
    t_to_s: float,
    false_plots: bool,
) -> Sensed:
    """All detections whose true time lies in [t_from_s, t_to_s), sorted by (t_ns, sensor, detection_id).

    A detection depends on its sensor, its object and its look alone, so the detections of a longer time or of
    more objects are those of the parts, bit by bit. The time of a detection is that of the look (for sound,
    that of its arrival); `t_ns` is what the sensor's clock then read, `ready_ns` adds the processing delay.

    Args:
        sensors: S sensors.
        bias: f8[S, 4] of `draw_biases`.
        masks: terrain masks of the S sensors.
        truth: the objects.
        k0, k1: the run's key.
        t_from_s, t_to_s: seconds since the scenario's zero, of any sign.
        false_plots: whether to add false plots (object -1) of radar, acoustic and infrared sensors.

    Raises:
        UsageError: a sensor's parameters cannot be used, or its looks are too many to number.
    """
    check(sensors, bias, masks, t_from_s, t_to_s)
    k0, k1, t_from_s, t_to_s = np.uint32(k0), np.uint32(k1), float(t_from_s), float(t_to_s)
    table = sites(sensors, bias)
    most = most_looks(sensors, t_from_s, t_to_s)
    chunks = list(_true_chunks(table, masks, paths(truth), k0, k1, t_from_s, t_to_s, most))
    if false_plots:
        for sensor in np.flatnonzero(sensors.false_plots > 0.0).tolist():
            chunks.extend(_false_chunks(table[sensor], sensor, k0, k1, t_from_s, t_to_s))
    return sensed(chunks, sensors)


def _true_chunks(
    table: F8,
    masks: MaskTable,
    objects: Paths,
    k0: np.uint32,
    k1: np.uint32,
    t_from_s: float,
    t_to_s: float,
    most: int,
) -> Iterator[Rows]:
    """Detections of objects, in pieces that grow; each piece has room for one object's looks (`most`)."""
    pair, pairs, size = 0, len(table) * len(objects.key), _LEAST_ROWS
    while pair < pairs:
        rows = empty_rows(max(size, most))
        pair, n = sense_objects(
            table, masks.tan_elevation, masks.cell_m, objects, k0, k1, t_from_s, t_to_s, pair, rows
        )
        yield first_rows(rows, n)
        size = min(2 * size, _MOST_ROWS)


def _false_chunks(
    site: F8, sensor: int, k0: np.uint32, k1: np.uint32, t_from_s: float, t_to_s: float
) -> Iterator[Rows]:
    """False plots of one sensor, in pieces."""
    look = math.floor((t_from_s - site[PHASE]) / site[REVISIT]) - 1
    last = math.floor((t_to_s - site[PHASE]) / site[REVISIT]) + 1
    while look <= last:
        rows = empty_rows(_LEAST_ROWS)
        look, n = sense_nothing(site, sensor, k0, k1, t_from_s, t_to_s, look, last, rows)
        yield first_rows(rows, n)
