"""All detections of all sensors, from truth.

What a sensor is: `model.network.SensorTable`; how it perceives: `model.network.SensingTable`; when it looks:
kernels.scan; what a look does: kernels.look and kernels.radar; what it reports: kernels.plots. A radar's `snr_db` is
that of the plot itself: received power over mean noise, less the noise. It has fluctuated and it crossed the
threshold; `sigma` follows from it. It is NaN for the other kinds. Range rate is not measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from skypact.kernels.look import Scene
from skypact.kernels.looks import ACOUSTIC, KIND, RANGE_MAX, REVISIT
from skypact.kernels.plots import look_spans, report_sensors
from skypact.kernels.report import Rows, bias_rows
from skypact.kernels.scan import most_slots
from skypact.kernels.sensing import Stretches
from skypact.kernels.sound import greatest_lag
from skypact.kernels.tick import lives, stand_in_each
from skypact.model.cue import CueTable
from skypact.model.detection import Sensed
from skypact.model.network import F8, SensingTable, SensorTable, Surroundings
from skypact.model.truth import Truth
from skypact.sense.check import check, check_looks
from skypact.sense.position import told
from skypact.sense.table import (
    around,
    cued,
    empty_rows,
    empty_scratch,
    first_rows,
    paths,
    physics,
    sensed,
    sites,
)

_LEAST_ROWS = 4_096
_STRETCH_S = 64.0
"""How long one bound on where the objects are holds. It changes the time that sensing takes, not what is sensed."""
_PIECE_S = 1_800.0
"""Sensed at a time, so that the tables of bounds stay small."""


def draw_biases(sensors: SensorTable, k0: np.uint32, k1: np.uint32) -> F8:
    """The biases of a run, f8[S, 4]: range_m, bearing_rad, elevation_rad, clock_s, each measured minus true.

    Normal with `sensors.bias_sigma`, constant in a run, keyed (BIAS, sensor). Drift comes on top while sensing.

    Args:
        sensors: S sensors.
        k0, k1: the run's key (kernels.random.run_key).
    """
    biases = np.empty((len(sensors.kind), 4))
    bias_rows(sensors.bias_sigma, np.uint32(k0), np.uint32(k1), biases)
    return biases


def sense(  # noqa: PLR0913, PLR0917  what stands still, what moves, the run's key and its time
    sensors: SensorTable,
    sensing: SensingTable,
    bias: F8,
    surroundings: Surroundings,
    truth: Truth,
    k0: np.uint32,
    k1: np.uint32,
    t_from_s: float,
    t_to_s: float,
    false_plots: bool,
    cues: CueTable | None = None,
) -> Sensed:
    """All detections whose true time lies in [t_from_s, t_to_s), sorted by (t_ns, sensor, detection_id).

    Every draw hangs on its sensor, object and look; what objects do to one another hangs on whole cells and frames.
    So the detections of a longer time are those of its parts, bit by bit. The time of a detection is that of the look
    (for sound, that of its arrival); `t_ns` is what the sensor's clock then read, `ready_ns` adds the processing delay.

    Args:
        sensors: S sensors.
        sensing: how they perceive.
        bias: f8[S, 4] of `draw_biases`.
        surroundings: what lies between them and the objects.
        truth: the objects.
        k0, k1: the run's key.
        t_from_s, t_to_s: seconds since the scenario's zero, of any sign.
        false_plots: whether to add false plots (object -1).
        cues: orders to look at objects; radars without a cued mode pay no heed.

    Raises:
        UsageError: the tables do not fit one another, a sensor's parameters cannot be used, or its looks are too many
            to number.
    """
    t_from_s, t_to_s = float(t_from_s), float(t_to_s)
    scene = scene_of(sensors, sensing, bias, surroundings, truth, k0, k1, cues)
    check_looks(sensors, sensing, most_slots(scene.sites, scene.physics), t_from_s, t_to_s)
    chunks: list[Rows] = []
    from_s = t_from_s
    while from_s < t_to_s and len(sensors.kind) > 0:
        to_s = min(from_s + _PIECE_S, t_to_s)
        pieces = _chunks(scene, from_s, to_s, false_plots)
        chunks.extend(told(rows, scene, surroundings.position_faults) for rows in pieces)
        from_s = to_s
    return sensed(chunks, sensors)


def scene_of(
    sensors: SensorTable,
    sensing: SensingTable,
    bias: F8,
    surroundings: Surroundings,
    truth: Truth,
    k0: np.uint32,
    k1: np.uint32,
    cues: CueTable | None = None,
) -> Scene:
    """All that sensing reads, checked and in the arrays of the kernels; arguments as of `sense`.

    Raises:
        UsageError: the tables do not fit one another or a sensor's parameters cannot be used.
    """
    check(sensors, sensing, bias, surroundings, truth, cues)
    objects = paths(truth)
    life_s = np.empty((len(truth.key), 2))
    lives(objects, life_s)
    return Scene(
        sites(sensors, bias),
        physics(sensors, sensing),
        around(surroundings),
        objects,
        life_s,
        cued(cues, len(sensors.kind)),
        np.uint32(k0),
        np.uint32(k1),
    )


def _chunks(scene: Scene, t_from_s: float, t_to_s: float, false_plots: bool) -> Iterator[Rows]:
    """What the sensors report in a piece of time, in pieces that grow with what they need."""
    spans = np.empty((len(scene.sites), 2))
    look_spans(scene, t_from_s, t_to_s, false_plots, spans)
    stretches = _stretches(scene, spans, t_from_s, t_to_s)
    sensor, size = 0, _LEAST_ROWS
    scratch = empty_scratch(size, len(scene.paths.key))
    while sensor < len(spans):
        rows = empty_rows(size)
        sensor, n = report_sensors(
            scene, t_from_s, t_to_s, spans, false_plots, stretches, scratch, sensor, rows
        )
        yield first_rows(rows, n)
        if (
            sensor < len(spans) and n < size // 2
        ):  # what this sensor alone reports may need more than all the room
            size *= 2
            scratch = empty_scratch(size, len(scene.paths.key))


def _stretches(scene: Scene, spans: F8, t_from_s: float, t_to_s: float) -> Stretches:
    """Even stretches over all that any sensor needs, about the same middle as what was asked for."""
    margin_s = max(t_from_s - float(spans[:, 0].min()), float(spans[:, 1].max()) - t_to_s)
    from_s, to_s = t_from_s - margin_s, t_to_s + margin_s
    count = max(math.ceil((to_s - from_s) / _STRETCH_S), 1)
    objects = len(scene.paths.key)
    edge_s = np.linspace(from_s, to_s, count + 1)
    place, speed = np.empty((count, 3, objects)), np.empty((count, objects))
    stand_in_each(scene.paths, scene.life_s, edge_s, _outlook_s(scene), place, speed)
    return Stretches(edge_s, place, speed)


def _outlook_s(scene: Scene) -> float:
    """How far from a look the states that it hangs on may lie (s): half a frame, or the lag of sound."""
    hearing = scene.sites[:, KIND] == ACOUSTIC
    furthest_m = float(np.max(scene.sites[hearing, RANGE_MAX], initial=0.0))
    return float(np.max(scene.sites[:, REVISIT])) + greatest_lag(furthest_m, scene.around) + 2.0
