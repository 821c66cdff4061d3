"""Tables of the clutter of one radar: what its surface and its rain leave, and how many false plots they make.

A table has `AZIMUTHS` cells all round, the first centred on north, and `CELLS` cells of range of `CELL_M`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.clutter import (
    LAND_GAMMA,
    LAND_SHAPE,
    RAIN_IMPROVEMENT_DB,
    SEA_SHAPE,
    ground_tan,
    rain_reflectivity_pm,
    rain_weight,
    sea_reflectivity,
    spike_chance,
    steer_gain,
)
from skypact.kernels.detectability import signal_to_noise
from skypact.kernels.frame import destination
from skypact.kernels.jit import kernel
from skypact.kernels.looks import in_sector
from skypact.kernels.masking import Grid, apparent_tan
from skypact.kernels.pattern import STEERED, beam_gain
from skypact.kernels.propagation import loss_db
from skypact.kernels.terrain import height_m

AZIMUTHS, CELLS, CELL_M = 72, 128, 4_000.0
EXTRACTED = 0.2
"""Share of the spikes of clutter above the threshold that clutter map and plot extractor let through (notional)."""

_WATER_M = (0.0, -28.0)  # the sea and the Caspian
_SAMPLES = 3  # rows of the mask that stand for a cell of azimuth
_TWO_PI = 2.0 * math.pi
_LN_2 = math.log(2.0)
_DEG = 180.0 / math.pi


class Radar(NamedTuple):
    """What clutter needs of one radar, SI units."""

    lat_rad: float
    lon_rad: float
    height_m: float
    range_min_m: float
    range_max_m: float
    sector_centre_rad: float
    sector_rad: float
    elevation_min_rad: float
    elevation_max_rad: float
    snr_db: float
    frequency_hz: float
    pfa: float
    beam_azimuth_rad: float
    beam_elevation_rad: float
    cell_range_m: float
    pattern: int
    rotates: bool
    tilt_rad: float
    improvement_db: float


@kernel
def in_reach(radar: Radar, range_m: float) -> bool:
    """Whether a range lies between a radar's limits."""
    return radar.range_min_m <= range_m <= radar.range_max_m


@kernel
def is_sea(
    heights_m: NDArray[np.int16], grid_deg: Grid, radar: Radar, bearing_rad: float, d_m: float
) -> bool:
    """Whether a terrain is water at a bearing and ground range: of height 0, the Caspian's -28, or off the grid."""
    lat, lon = destination(radar.lat_rad, radar.lon_rad, bearing_rad, d_m)
    ground_m = height_m(heights_m, grid_deg[0], grid_deg[1], grid_deg[2], lat * _DEG, lon * _DEG)
    return math.isnan(ground_m) or ground_m in _WATER_M


@kernel
def fill_surface(
    radar: Radar,
    mask_tan: NDArray[np.float32],
    mask_cell_m: float,
    heights_m: NDArray[np.int16],
    grid_deg: Grid,
    sea_state: int,
    loss_row: NDArray[np.float32],
    residue: NDArray[np.float32],
    plots: NDArray[np.float64],
) -> None:
    """Fill residue[A, C] and plots[A, C], the mean number of false plots a look, of what a radar sees of the surface.

    Ground is visible where the greatest tangent of the mask grows, and as high as it grows: ground range times growth
    is what the ground shows of itself across the ray. Constant gamma times that times the width of the beam is
    the cross-section of land, shadows and slopes included; over grounds of even slope it is gamma times the sine of
    grazing times the area. The sea's reflectivity is that of the sine of grazing that the growth means.

    Args:
        radar: the radar.
        mask_tan: f4[N, R] of kernels.masking.sweep with cells of mask_cell_m.
        heights_m, grid_deg: the terrain, which tells land from sea.
        sea_state: 0 to 6.
        loss_row: f4[E, R] of kernels.propagation.
        residue, plots: zeros; a residue is the mean over its cell, dark parts included.
    """
    n_az, n_range = mask_tan.shape
    cells_beam = _TWO_PI / (AZIMUTHS * _SAMPLES * radar.beam_azimuth_rad) * mask_cell_m / radar.cell_range_m
    share = mask_cell_m / (CELL_M * _SAMPLES)
    for sample in range(AZIMUTHS * _SAMPLES):
        turn = (sample - 1) / (AZIMUTHS * _SAMPLES)
        row = int(math.floor(turn * n_az + 0.5)) % n_az
        bearing = _TWO_PI * row / n_az
        if not in_sector(bearing, radar.sector_centre_rad, radar.sector_rad):
            continue
        before = float(mask_tan[row, 1])
        for i in range(2, n_range):
            tan = float(mask_tan[row, i])
            d_m = mask_cell_m * math.sqrt(i * (i - 1.0))
            if tan <= before or not in_reach(radar, d_m):
                before = tan
                continue
            column = int(d_m / CELL_M)
            if column >= CELLS:
                break
            shown_m = d_m * (tan - before)
            before = tan
            wet = is_sea(heights_m, grid_deg, radar, bearing, i * mask_cell_m)
            if wet:
                grazing = math.asin(min(shown_m / mask_cell_m, 1.0))
                rcs_m2 = sea_reflectivity(radar.frequency_hz, grazing, sea_state)
                rcs_m2 *= d_m * radar.beam_azimuth_rad * radar.cell_range_m
            else:
                rcs_m2 = (
                    LAND_GAMMA * d_m * radar.beam_azimuth_rad * shown_m * radar.cell_range_m / mask_cell_m
                )
            elevation = math.atan(tan)
            left = residue_of(radar, rcs_m2, d_m, bearing, elevation, loss_row)
            residue[sample // _SAMPLES, column] += left * share
            off = max(radar.elevation_min_rad - elevation, 0.0)
            left *= steer_gain(radar.pattern, off, radar.beam_elevation_rad)
            shape = SEA_SHAPE if wet else LAND_SHAPE
            plots[sample // _SAMPLES, column] += EXTRACTED * cells_beam * spike_chance(left, radar.pfa, shape)


@kernel
def residue_of(
    radar: Radar,
    rcs_m2: float,
    range_m: float,
    bearing_rad: float,
    elevation_rad: float,
    loss_row: NDArray[np.float32],
) -> float:
    """What a radar's processing leaves of a cross-section (m2) of clutter: the radar equation, beam and loss in it."""
    gain = beam_gain(
        radar.pattern,
        radar.rotates,
        bearing_rad - radar.sector_centre_rad,
        elevation_rad,
        radar.tilt_rad,
        radar.beam_elevation_rad,
        radar.elevation_max_rad,
    )
    weaker_db = loss_db(loss_row, elevation_rad, range_m) + radar.improvement_db
    return gain * signal_to_noise(radar.snr_db - weaker_db, rcs_m2, range_m)


@kernel
def fill_rain(
    radar: Radar,
    mask_tan: NDArray[np.float32],
    mask_cell_m: float,
    rain_mmph: float,
    rain_top_m: float,
    loss_row: NDArray[np.float32],
    residue: NDArray[np.float32],
) -> float:
    """Fill residue[C] of rain; the mean number of its false plots a look.

    The cell's volume is pi / (8 ln 2) beam widths times the cell of range (Probert-Jones, "The radar equation in
    meteorology", Quart. J. Roy. Met. Soc. 88, 1962). A steered beam is full of rain here (`rain_share` says how full);
    of another, only what lies between ground and the rain's top counts. The processing weakens rain, which moves, by
    no more than `RAIN_IMPROVEMENT_DB`. Where the mask hides the rain's top on most bearings there is none.
    """
    n_az, n_range = mask_tan.shape
    eta_pm = rain_reflectivity_pm(radar.frequency_hz, rain_mmph)
    volume_per_m2 = (
        math.pi / (8.0 * _LN_2) * radar.beam_azimuth_rad * radar.beam_elevation_rad * radar.cell_range_m
    )
    less_db = min(radar.improvement_db, RAIN_IMPROVEMENT_DB)
    plots = 0.0
    for column in range(CELLS):
        d_m = (column + 0.5) * CELL_M
        top = apparent_tan(d_m, rain_top_m, radar.height_m)
        ground = ground_tan(d_m, radar.height_m)
        if top <= ground or not in_reach(radar, d_m):
            continue
        behind = min(int(d_m / mask_cell_m), n_range - 1)
        hidden = 0
        for sample in range(AZIMUTHS):
            hidden += mask_tan[sample * n_az // AZIMUTHS, behind] > top
        if 2 * hidden > AZIMUTHS:
            continue
        elevation = min(
            max(0.5 * (math.atan(top) + math.atan(ground)), radar.elevation_min_rad), math.atan(top)
        )
        filled = 1.0
        if radar.pattern != STEERED:
            half = 0.5 * radar.beam_elevation_rad
            high = min(math.atan(top), radar.tilt_rad + half)
            low = max(math.atan(ground), radar.tilt_rad - half)
            filled = min(max(high - low, 0.0) / radar.beam_elevation_rad, 1.0)
        rcs_m2 = eta_pm * volume_per_m2 * d_m * d_m * filled
        weaker_db = loss_db(loss_row, elevation, d_m) + less_db
        left = signal_to_noise(radar.snr_db - weaker_db, rcs_m2, d_m)
        residue[column] = left
        cells = radar.sector_rad / radar.beam_azimuth_rad * CELL_M / radar.cell_range_m
        plots += (
            EXTRACTED
            * cells
            * rain_weight(
                left,
                radar.pfa,
                d_m,
                radar.height_m,
                rain_top_m,
                radar.elevation_min_rad,
                radar.elevation_max_rad,
                radar.beam_elevation_rad,
                radar.pattern,
            )
        )
    return plots
