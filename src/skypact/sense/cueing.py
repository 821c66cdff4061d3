"""Looks that are ordered: what a radar reports of where it was told to look, beyond what it reports by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.errors import UsageError
from skypact.kernels.cueing import INSTANT_S, meet, reach_rows, report_cued
from skypact.kernels.look import Scene
from skypact.kernels.report import Rows
from skypact.model.codes import SensorKind
from skypact.model.cue import CueTable, PointingTable
from skypact.model.detection import Sensed
from skypact.model.network import B1, F8, I4, SensingTable, SensorTable
from skypact.sense.table import cued, empty_rows, empty_scratch, first_rows, sensed

_LEAST_ROWS = 512


@dataclass(frozen=True)
class CueSettings:
    """What a radar does for others' sake beside its own search.

    Raises:
        UsageError: a number of looks below 0.
    """

    looks_at_once: int = 4
    """Tracks at which one radar looks by cue at the same time (notional). A look by cue lasts as long as one in track
    mode: at the catalogue's dwell of 0.18 s for the X-band radar four of them, once a second, take seven tenths of its
    time; for the others a tenth or less."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.looks_at_once < 0:
            raise UsageError(
                "CueSettings.looks_at_once", str(self.looks_at_once), "Give a number that is not negative."
            )


def takes_cues(sensors: SensorTable, sensing: SensingTable) -> B1:
    """Which sensors have a cued mode, [S]."""
    mode: B1 = (sensors.kind == SensorKind.RADAR) & (sensing.revisit_cued_s > 0.0)
    return mode


def in_reach(scene: Scene, sensors: I4, state_ecef: F8) -> B1:
    """Whether each of k sensors may expect to see each of m states, [k, m] (kernels.cueing.within_reach).

    Args:
        scene: of `scene_of`.
        sensors: [k] rows.
        state_ecef: [m, 6] m, m/s.
    """
    out = np.empty((len(sensors), len(state_ecef)), np.bool_)
    reach_rows(scene.sites, sensors.astype(np.int32), np.ascontiguousarray(state_ecef), out)
    return out


def cues_met(scene: Scene, orders: PointingTable, t_from_s: float, t_to_s: float, gone_s: F8) -> CueTable:
    """Which objects are truly in the beams that were ordered, a row for each look and object; none at empty sky.

    A beam has the radar's widths at half power. It goes where the order says, by the radar's own biased scale; what
    lies in it at the instant of a look is met, and nothing else.

    Args:
        scene: of `scene_of`.
        orders: to radars with a cued mode.
        t_from_s, t_to_s: the time for which the orders hold.
        gone_s: [objects] when each was shot down.
    """
    size = _LEAST_ROWS
    while True:
        sensor, row, t_s = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size)
        n = meet(
            scene,
            orders.sensor.astype(np.int32),
            np.ascontiguousarray(orders.state_ecef, np.float64),
            float(orders.at_s),
            float(t_from_s),
            float(t_to_s),
            gone_s,
            sensor,
            row,
            t_s,
        )
        if n >= 0:
            return CueTable(sensor[:n], row[:n], t_s[:n] - INSTANT_S, t_s[:n] + INSTANT_S)
        size *= 2


def sense_cued(scene: Scene, sensors: SensorTable, cues: CueTable, t_from_s: float, t_to_s: float) -> Sensed:
    """The detections of looks by cue in [t_from_s, t_to_s) alone, in the order of `sense`.

    They come on top of what `sense` reports without cues, of which they change nothing: echoes of cued looks merge with
    one another only (of one radar at one instant), and no limit of plots counts them. Where no two objects share a
    cell and no limit binds, both together are what `sense` reports with these cues, bit by bit. Only the sensors and
    objects of the cues are evaluated.

    Args:
        scene: of `scene_of`, whose own cues are not read.
        sensors: those of the scene.
        cues: orders to look at objects.
        t_from_s, t_to_s: seconds since the scenario's zero.
    """
    asked = scene._replace(cues=cued(cues, len(sensors.kind)))
    chunks: list[Rows] = []
    sensor, size = 0, _LEAST_ROWS
    while sensor < len(sensors.kind) and len(cues.sensor):
        rows, scratch = empty_rows(size), empty_scratch(size, len(scene.paths.key))
        before = sensor
        sensor, n = report_cued(asked, float(t_from_s), float(t_to_s), scratch, sensor, rows)
        chunks.append(first_rows(rows, n))
        if sensor == before:
            size *= 2
    return sensed(chunks, sensors)
