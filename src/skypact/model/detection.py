"""Detections: what sensors report. Which object caused one is a separate array that only score reads."""

from __future__ import annotations

from dataclasses import dataclass

from skypact.model.network import F4, F8, I4, I8, U1, U2, U4, U8


@dataclass(frozen=True)
class Detections:
    """n detections, sorted by (t_ns, sensor, detection_id).

    z is measured and includes the sensor's bias and clock error: range_m, bearing_rad (clockwise from true
    north), elevation_rad (above the ellipsoid's local horizontal), range_rate_mps; NaN where not measured.
    sigma is the random error of each, NaN likewise; it does not include bias. `ready_ns` is when the detection
    can first be used (t_ns plus processing delay).
    """

    t_ns: I8
    ready_ns: I8
    sensor: U2
    kind: U1
    z: F8
    """[n, 4]"""
    sigma: F8
    """[n, 4]"""
    snr_db: F4
    code: U4
    detection_id: U8


@dataclass(frozen=True)
class Sensed:
    """A run's detections and, apart, the row of truth that caused each (-1: a false plot)."""

    detections: Detections
    object: I4
