"""Feeding a bank of tracks and reading it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.errors import UsageError
from skypact.kernels import bank as layout
from skypact.kernels.identify import N_CLASSES
from skypact.kernels.snapshot import select_rows, write_tracks
from skypact.kernels.tracking import advance_bank
from skypact.model.codes import TrackStatus
from skypact.model.detection import Detections
from skypact.model.network import B1, I8, U1, U8, SensorTable
from skypact.model.track import Tracks
from skypact.track.bank import TrackBank
from skypact.track.settings import TrackerSettings


@dataclass(frozen=True)
class TrackEvents:
    """What one call did: e changes of status in the order in which they happened, and where the detections went."""

    track_id: U8
    new: U1
    """model.codes.TrackStatus"""
    old: U1
    owner: U8
    """[high - low] id of the track that each row was paired with or started, 0 for none"""

    def __len__(self) -> int:
        return len(self.track_id)


_NOTHING = np.empty((0, 3), np.int64)
_NO_IDS: U8 = np.empty(0, np.uint64)
_NO_CODES: U1 = np.empty(0, np.uint8)
_ALL_ROWS: B1 = np.empty(0, np.bool_)


def advance(
    bank: TrackBank,
    sensors: SensorTable,
    detections: Detections,
    low: int,
    high: int,
    use: B1 | None,
    now_s: float,
    settings: TrackerSettings,
) -> TrackEvents:
    """What happened when the bank took rows [low, high) of the detections and lived up to now_s.

    Rows may be in any order; they are associated second by second and within a second sensor by sensor. A
    detection older than what a track already knows is used by predicting the track back, up to `late_max_s`.
    Splitting a call at whole seconds changes nothing, bit by bit, as long as each row goes with its time.

    Args:
        bank: changed in place.
        sensors: S sensors; what their owners know of them (bias_sigma, false_plots), never the biases drawn.
        detections: n detections.
        low, high: 0 <= low <= high <= n.
        use: [n] which rows are this bank's, None for all.
        now_s: seconds since the scenario's zero, not before the last call's.
        settings: the tracker's.

    Raises:
        UsageError: the rows do not exist.
    """
    if not 0 <= low <= high <= len(detections.t_ns):
        found = f"rows {low} to {high} of {len(detections.t_ns)}"
        raise UsageError("advance", found, "Give rows that the detections have.")
    bank.make_room_for_events(high - low)
    arrays = bank.arrays
    owner = np.zeros(high - low, np.uint64)
    if high == low and arrays.counts[layout.ACTIVE] == 0:
        arrays.clock[0] = now_s
        return _changes(_NOTHING, owner)
    advance_bank(
        arrays,
        bank.sensor_pack(sensors, settings),
        detections.t_ns,
        detections.sensor,
        detections.kind,
        detections.z,
        detections.sigma,
        detections.code,
        _ALL_ROWS if use is None else use,
        low,
        high,
        now_s,
        settings.vector,
        owner,
        bank.scratch,
    )
    return _changes(arrays.events[: arrays.counts[layout.EVENTS]], owner)


def _changes(events: I8, owner: U8) -> TrackEvents:
    if not len(events):
        return TrackEvents(_NO_IDS, _NO_CODES, _NO_CODES, owner)
    return TrackEvents(
        events[:, 0].astype(np.uint64), events[:, 1].astype(np.uint8), events[:, 2].astype(np.uint8), owner
    )


def snapshot(
    bank: TrackBank,
    now_s: float,
    settings: TrackerSettings,
    status_min: int = TrackStatus.CONFIRMED,
) -> Tracks:
    """The bank's tracks of at least this status predicted to now_s, oldest first.

    Mean and covariance are those of the mode mixture, the covariance with what the sensors' biases and clocks put into
    the estimate (kernels.filter). Coasting counts above confirmed; lost tracks are gone.
    """
    arrays = bank.arrays
    found = np.empty(arrays.counts[layout.ACTIVE], np.int32)
    rows = found[: select_rows(arrays, int(status_min), found)]
    n = len(rows)
    mean = np.empty((n, 6))
    cov = np.empty((n, 6, 6))
    class_prob = np.empty((n, N_CLASSES), np.float32)
    mode_prob = np.empty((n, layout.MODES), np.float32)
    identity = np.empty(n, np.uint8)
    times_ns = np.empty((2, n), np.int64)
    track_id = np.empty(n, np.uint64)
    status = np.empty(n, np.uint8)
    bits = np.empty((2, n), np.uint32)
    if n:
        write_tracks(
            arrays, rows, now_s, settings.vector, mean, cov, class_prob, mode_prob, identity, times_ns,
            track_id, status, bits, bank.scratch,
        )  # fmt: skip
    return Tracks(
        now_ns=round(now_s * 1e9),
        track_id=track_id,
        slot=rows,
        mean_ecef=mean,
        cov_ecef=cov,
        status=status,
        class_prob=class_prob,
        mode_prob=mode_prob,
        identity=identity,
        code=bits[0],
        first_ns=times_ns[0],
        updated_ns=times_ns[1],
        sources=bits[1],
    )
