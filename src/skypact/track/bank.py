"""The only state of tracking: a bank of tracks in preallocated arrays."""

from __future__ import annotations

import math

import numpy as np

from skypact.errors import UsageError
from skypact.kernels import bank as layout
from skypact.kernels.bank import BIAS_SLOTS, MODES, N_COUNTS, N_WORK, BankArrays, Scratch
from skypact.kernels.identify import N_CLASSES
from skypact.model.network import F8, SensorTable
from skypact.track.settings import TrackerSettings

EVENTS_PER_ROW = 2


class TrackBank:
    """Tracks of one nation, or of nations that share detections. `advance` changes it in place.

    `arrays` are those of kernels.bank. A row keeps its track while the track lives (`Tracks.slot`); track ids
    count up from 1 and are never used again in the bank.
    """

    def __init__(self, arrays: BankArrays) -> None:
        self.arrays = arrays
        self.scratch = Scratch(
            work=np.empty((N_WORK, 4, 6)),
            used=np.empty(BIAS_SLOTS, np.int32),
            mean=np.empty((MODES, 6)),
            cov=np.empty((MODES, 6, 6)),
            mode=np.empty(MODES),
            bias_gain=np.empty((BIAS_SLOTS, 6, 4)),
            classes=np.empty((2, 8)),
            reach=np.empty(len(arrays.mode)),
            near=np.empty(len(arrays.mode), np.bool_),
        )
        self._sensors: SensorTable | None = None
        self._new_per_look = -1.0
        self._pack: F8 = np.empty((0, layout.N_SENSOR))

    def copy(self) -> TrackBank:
        """A bank equal to this one that shares nothing with it that changes."""
        other = TrackBank(BankArrays._make(array.copy() for array in self.arrays))
        other._sensors, other._new_per_look, other._pack = self._sensors, self._new_per_look, self._pack
        return other

    def __len__(self) -> int:
        return int(self.arrays.counts[layout.ACTIVE])

    @property
    def capacity(self) -> int:
        """The greatest number of tracks at once."""
        return len(self.arrays.mode)

    @property
    def dropped_full(self) -> int:
        """How many tracks or starts were given up because the bank was full."""
        return int(self.arrays.counts[layout.DROPPED_FULL])

    @property
    def refused_late(self) -> int:
        """How many unpaired detections came too late to start a track."""
        return int(self.arrays.counts[layout.REFUSED_LATE])

    @property
    def merged(self) -> int:
        """How many tracks were found to be of another track's object."""
        return int(self.arrays.counts[layout.MERGED])

    def sensor_pack(self, sensors: SensorTable, settings: TrackerSettings) -> F8:
        """The sensors as the kernels read them, kept while table and setting stay the same: f8[S, N_SENSOR]."""
        if self._sensors is not sensors or self._new_per_look != settings.new_per_look:
            self._pack = pack_sensors(sensors, settings.new_per_look)
            self._sensors, self._new_per_look = sensors, settings.new_per_look
        return self._pack

    def make_room_for_events(self, detections: int) -> None:
        """Make the event arrays long enough for a call with this many detections.

        A detection starts or confirms one track and may push one out; the lifecycle changes each track at most
        twice between two whole seconds.
        """
        need = 3 * detections + EVENTS_PER_ROW * self.capacity
        if need > len(self.arrays.events):
            self.arrays = self.arrays._replace(events=np.zeros((2 * need, 3), np.int64))


def new_bank(capacity: int = 1024) -> TrackBank:
    """An empty bank of at most `capacity` tracks.

    When it is full the oldest tentative track makes room for a new one; `TrackBank.dropped_full` counts.

    Raises:
        UsageError: capacity is not positive.
    """
    if capacity < 1:
        raise UsageError("new_bank", f"capacity {capacity}", "Give a capacity of at least 1.")
    c = capacity
    counts = np.zeros(N_COUNTS, np.int64)
    counts[layout.NEXT_ID] = 1
    return TrackBank(
        BankArrays(
            mean=np.zeros((c, MODES, 6)),
            cov=np.zeros((c, MODES, 6, 6)),
            mode=np.zeros((c, MODES)),
            bias_gain=np.zeros((c, BIAS_SLOTS, 6, 4)),
            bias_sensor=np.full((c, BIAS_SLOTS), -1, np.int32),
            bias_s=np.full((c, BIAS_SLOTS), -math.inf),
            bias_var=np.zeros((c, BIAS_SLOTS, 4)),
            centre=np.zeros((c, 6)),
            gate=np.zeros((layout.N_GATE, c)),
            evidence=np.zeros((c, N_CLASSES)),
            life=np.zeros((c, layout.N_LIFE)),
            tags=np.zeros((c, layout.N_TAGS), np.int64),
            lists=np.stack([np.zeros(c), np.arange(c - 1, -1, -1)]).astype(np.int32),
            counts=counts,
            clock=np.full(1, math.nan),
            events=np.zeros((4 * EVENTS_PER_ROW * c, 3), np.int64),
        )
    )


def pack_sensors(sensors: SensorTable, new_per_look: float) -> F8:
    """The sensors as the kernels read them: f8[S, N_SENSOR] in the layout of kernels.bank.

    The density of new objects and false plots (per look) is uniform over what the sensor can measure: its range,
    sector and elevation (at least 2 degrees).
    """
    pack = np.zeros((len(sensors.nation), layout.N_SENSOR))
    pack[:, layout.SN_POS : layout.SN_POS + 3] = sensors.pos_ecef_m
    pack[:, layout.SN_ROT : layout.SN_ROT + 9] = sensors.rot_enu_from_ecef.reshape(-1, 9)
    pack[:, layout.SN_RANGE_MAX] = np.where(np.isfinite(sensors.range_max_m), sensors.range_max_m, 0.0)
    pack[:, layout.SN_REVISIT] = np.maximum(sensors.revisit_s, 1e-3)
    pack[:, layout.SN_BIAS_VAR : layout.SN_BIAS_VAR + 4] = np.nan_to_num(sensors.bias_sigma) ** 2
    rate = np.log(np.nan_to_num(sensors.false_plots) + new_per_look + 1e-6)
    span_range = np.log(np.maximum(np.nan_to_num(sensors.range_max_m), 1_000.0))
    span_bearing = np.log(np.clip(np.nan_to_num(sensors.sector_rad, nan=2.0 * math.pi), 0.01, 2.0 * math.pi))
    low = np.nan_to_num(sensors.elevation_min_rad)
    high = np.nan_to_num(sensors.elevation_max_rad)
    span_elevation = np.log(np.maximum(high - low, math.radians(2.0)))
    pack[:, layout.SN_LOG_NEW_3D] = rate - span_range - span_bearing - span_elevation
    pack[:, layout.SN_LOG_NEW_2D] = rate - span_range - span_bearing
    pack[:, layout.SN_LOG_NEW_ANGLES] = rate - span_bearing - span_elevation
    pack[:, layout.SN_LOG_NEW_BEARING] = rate - span_bearing
    pack[:, layout.SN_NATION] = sensors.nation
    pack[:, layout.SN_ELEVATION_MIN] = low
    pack[:, layout.SN_ELEVATION_MAX] = np.maximum(high, low)
    pack[:, layout.SN_CODE_PROBABILITY] = np.nan_to_num(sensors.code_probability)
    pack[:, layout.SN_SIGMA] = np.nan_to_num(sensors.sigma_range_m)
    pack[:, layout.SN_SIGMA + 1] = np.nan_to_num(sensors.sigma_bearing_rad)
    pack[:, layout.SN_SIGMA + 2] = np.nan_to_num(sensors.sigma_elevation_rad)
    pack[:, layout.SN_HEIGHT] = sensors.height_m
    pack[:, layout.SN_DELAY] = np.nan_to_num(sensors.delay_s)
    return pack
