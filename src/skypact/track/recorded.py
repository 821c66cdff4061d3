"""Recorded plots as the tracker takes them: a sensor table and detections, as simulated radars give them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skypact.earth.frame import ecef_from_geodetic, rot_enu_from_ecef
from skypact.kernels.measurement import elevations_at_heights
from skypact.model.codes import DetectionKind, SensorKind
from skypact.model.detection import Detections
from skypact.model.network import F8, I8, U2, U4, SensorTable
from skypact.model.recording import Plots, RadarSite

HEIGHT_SIGMA_M = 30.0
"""Random error of a flight level: its step of 25 or 100 ft (sigma 2 or 9 m) and altimetry (an assumption, of the
order of what airspace with reduced vertical separation asks of aircraft; older aircraft are worse)."""
STEEPEST_RAD = math.radians(80.0)
"""Above this a height tells nothing of the elevation."""
BIAS_SIGMA = (100.0, math.radians(0.2), 0.0, 0.3)
"""Assumed one-sigma of what is wrong with a radar that nobody has registered: range (m), bearing (rad), elevation,
clock (s). One recording cannot tell them; they widen covariances and, where radars are tracked together, gates."""
LOWEST_RAD, HIGHEST_RAD = math.radians(-1.0), math.radians(45.0)
"""Elevations that a radar without any height is taken to see."""


OWN_PLANE = RadarSite(0.0, 0.0, 0.0)
"""Stands for a radar whose place is not known: tracks are then told in its own plane, east and north of it."""


@dataclass(frozen=True)
class RadarModel:
    """What the tracker is told of one radar: read from the recording or assumed."""

    site: RadarSite
    revisit_s: float
    sigma_range_m: float
    sigma_bearing_rad: float
    false_plots: float
    """plots a look that belong to no object"""
    code_probability: float
    """share of its looks at aircraft that read a code; 0 where codes are hidden"""


def elevations(plots: Plots, rows: I8, site: RadarSite) -> F8:
    """Elevation (rad) of each of the rows from slant range and flight level, NaN where that tells none.

    Barometric heights are taken as heights above the ellipsoid.
    """
    out = np.full(len(rows), np.nan)
    told = np.flatnonzero(np.isfinite(plots.height_m[rows]) & np.isfinite(plots.range_m[rows]))
    origin = ecef_from_geodetic(site.lat_rad, site.lon_rad, site.height_m)
    found = np.empty(len(told))
    elevations_at_heights(
        plots.range_m[rows[told]],
        plots.bearing_rad[rows[told]],
        plots.height_m[rows[told]],
        origin,
        rot_enu_from_ecef(site.lat_rad, site.lon_rad),
        found,
    )
    out[told] = np.where(np.abs(found) < STEEPEST_RAD, found, np.nan)
    return out


def recorded_detections(
    plots: Plots, rows: I8, t_ns: I8, sensor: U2, models: Sequence[RadarModel], code: U4
) -> Detections:
    """The rows as detections, in their order; bearings in [-pi, pi), elevation from the flight level.

    Args:
        plots: those of a recording.
        rows: i8[n] which.
        t_ns: i8[n] their instants since the tracker's zero, ascending.
        sensor: u2[n] row of `models`.
        models: the radars.
        code: u4[n], 0 for none.
    """
    n = len(rows)
    z, sigma = np.full((n, 4), np.nan), np.full((n, 4), np.nan)
    z[:, 0] = plots.range_m[rows]
    z[:, 1] = np.mod(plots.bearing_rad[rows] + math.pi, 2.0 * math.pi) - math.pi
    for s, model in enumerate(models):
        own = np.flatnonzero(sensor == s)
        z[own, 2] = elevations(plots, rows[own], model.site)
        sigma[own, 0] = model.sigma_range_m
        sigma[own, 1] = model.sigma_bearing_rad
    sigma[:, 2] = HEIGHT_SIGMA_M / (z[:, 0] * np.cos(z[:, 2]))
    return Detections(
        t_ns=t_ns,
        ready_ns=t_ns,
        sensor=sensor,
        kind=np.full(n, DetectionKind.PLOT, np.uint8),
        z=z,
        sigma=sigma,
        snr_db=np.full(n, np.nan, np.float32),
        code=code,
        detection_id=rows.astype(np.uint64),
    )


def recorded_sensors(
    models: Sequence[RadarModel], names: Sequence[str], detections: Detections
) -> SensorTable:
    """The radars as the tracker's sensor table; how far and how high they see is what their detections show."""
    n = len(models)
    lat, lon, height = (
        np.array([getattr(m.site, k) for m in models]) for k in ("lat_rad", "lon_rad", "height_m")
    )
    farthest, lowest, highest = np.zeros(n), np.full(n, LOWEST_RAD), np.full(n, HIGHEST_RAD)
    for s in range(n):
        z = detections.z[detections.sensor == s]
        farthest[s] = z[:, 0].max(initial=1_000.0)
        told = z[np.isfinite(z[:, 2]), 2]
        if len(told):
            lowest[s], highest[s] = told.min(), told.max()
    unknown = np.full(n, np.nan)
    return SensorTable(
        names=tuple(names),
        class_names=("recorded",) * n,
        nation=np.zeros(n, np.int8),
        kind=np.full(n, SensorKind.RADAR, np.uint8),
        rotates=np.ones(n, np.bool_),
        measures_elevation=np.zeros(n, np.bool_),
        lat_rad=lat,
        lon_rad=lon,
        height_m=height,
        pos_ecef_m=np.ascontiguousarray(ecef_from_geodetic(lat, lon, height)),
        rot_enu_from_ecef=np.ascontiguousarray(rot_enu_from_ecef(lat, lon)),
        range_min_m=np.zeros(n),
        range_max_m=farthest,
        revisit_s=np.array([m.revisit_s for m in models]),
        sigma_range_m=np.array([m.sigma_range_m for m in models]),
        sigma_bearing_rad=np.array([m.sigma_bearing_rad for m in models]),
        sigma_elevation_rad=unknown,
        elevation_min_rad=lowest,
        elevation_max_rad=highest,
        sector_centre_rad=np.zeros(n),
        sector_rad=np.full(n, 2.0 * math.pi),
        bias_sigma=np.tile(BIAS_SIGMA, (n, 1)),
        false_plots=np.array([m.false_plots for m in models]),
        delay_s=np.zeros(n),
        code_probability=np.array([m.code_probability for m in models]),
    )
