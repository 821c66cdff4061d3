"""The clutter of every radar: what raises its noise, and where and how many false plots it makes."""

from __future__ import annotations

import math

import numpy as np

from skypact.earth.terrain import Terrain
from skypact.kernels.cluttertable import AZIMUTHS, CELL_M, CELLS, Radar, fill_rain, fill_surface
from skypact.model.codes import BeamPattern, SensorKind
from skypact.model.network import F8, ClutterTable, MaskTable, SensingTable, SensorTable
from skypact.model.weather import Weather
from skypact.sense.propagation import loss_table


def clutter_table(
    sensors: SensorTable, sensing: SensingTable, masks: MaskTable, terrain: Terrain, weather: Weather
) -> ClutterTable:
    """The clutter of every sensor; zeros for what is no radar.

    Args:
        sensors: S sensors.
        sensing: their physics.
        masks: their masks: what surface they see, and how steep it stands.
        terrain: tells land from sea.
        weather: sea state and rain.
    """
    count = len(sensors.names)
    residue = np.zeros((count, AZIMUTHS, CELLS), np.float32)
    rain = np.zeros((count, CELLS), np.float32)
    surface = np.zeros((count, AZIMUTHS * CELLS), np.float32)
    mean = np.zeros((count, 3))
    loss_db = loss_table(sensors, sensing, weather).loss_db
    grid_deg = (terrain.lat0_deg, terrain.lon0_deg, terrain.step_deg)
    mean[:, 0] = noise_plots(sensors, sensing)
    for s in np.flatnonzero(sensors.kind == SensorKind.RADAR).tolist():
        radar, tan = _radar(sensors, sensing, s), masks.tan_elevation[s]
        plots = np.zeros((AZIMUTHS, CELLS))
        fill_surface(
            radar,
            tan,
            masks.cell_m,
            terrain.heights_m,
            grid_deg,
            weather.sea_state,
            loss_db[s],
            residue[s],
            plots,
        )
        cumulated = np.cumsum(plots)
        mean[s, 1] = cumulated[-1]
        if mean[s, 1] > 0.0:
            surface[s] = cumulated / mean[s, 1]
        if weather.rain_mmph > 0.0:
            mean[s, 2] = fill_rain(
                radar, tan, masks.cell_m, weather.rain_mmph, weather.rain_top_m, loss_db[s], rain[s]
            )
    return ClutterTable(residue, CELL_M, rain, surface, mean)


def noise_plots(sensors: SensorTable, sensing: SensingTable) -> F8:
    """Mean number of false plots a look that noise makes, f8[S]: resolution cells times pfa; 0 for what is no radar.

    Cells of range, of azimuth in the sector, and, of a pencil beam, of elevation between its limits.
    """
    radars = sensors.kind == SensorKind.RADAR
    stacked = (sensors.elevation_max_rad - sensors.elevation_min_rad)[radars] / sensing.beam_elevation_rad[
        radars
    ]
    stacked = np.where(sensing.pattern[radars] == BeamPattern.STEERED, np.maximum(stacked, 1.0), 1.0)
    in_range = (sensors.range_max_m - sensors.range_min_m)[radars] / sensing.cell_range_m[radars]
    in_azimuth = sensors.sector_rad[radars] / sensing.beam_azimuth_rad[radars]
    plots = np.zeros(len(sensors.names))
    plots[radars] = in_range * in_azimuth * stacked * sensing.pfa[radars]
    return plots


def mean_false_plots(sensors: SensorTable, clutter: ClutterTable) -> F8:
    """Mean number of false plots a look of every sensor, f8[S]: of radars that of their clutter table.

    A radar's owner knows this number of its nominal radar on its nominal ground: from the clutter table of masks
    without sub-grid relief. A run's own table, from masks with relief, differs a little.
    """
    return np.where(sensors.kind == SensorKind.RADAR, clutter.mean.sum(axis=1), sensors.false_plots)


def _radar(sensors: SensorTable, sensing: SensingTable, s: int) -> Radar:
    return Radar(
        lat_rad=float(sensors.lat_rad[s]),
        lon_rad=float(sensors.lon_rad[s]),
        height_m=float(sensors.height_m[s]),
        range_min_m=float(sensors.range_min_m[s]),
        range_max_m=float(sensors.range_max_m[s]),
        sector_centre_rad=float(sensors.sector_centre_rad[s]),
        sector_rad=float(sensors.sector_rad[s]),
        elevation_min_rad=float(sensors.elevation_min_rad[s]),
        elevation_max_rad=float(sensors.elevation_max_rad[s]),
        snr_db=float(sensing.snr_db_100km_1m2[s]),
        frequency_hz=float(sensing.frequency_hz[s]),
        pfa=float(sensing.pfa[s]),
        beam_azimuth_rad=float(sensing.beam_azimuth_rad[s]),
        beam_elevation_rad=float(sensing.beam_elevation_rad[s]),
        cell_range_m=float(sensing.cell_range_m[s]),
        pattern=int(sensing.pattern[s]),
        rotates=bool(sensors.rotates[s] or sensors.sector_rad[s] >= 2.0 * math.pi),
        tilt_rad=float(sensing.tilt_rad[s]),
        improvement_db=float(sensing.improvement_db[s]),
    )
