"""What ground, sea and rain send back to a radar, and how often the rest of it passes for a plot.

Powers are ratios to the mean noise of one burst. A residue is what the radar's processing leaves of the clutter. A
table of residues f4[A, C] has A cells all round, the first centred on north, and C cells of range.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel
from skypact.kernels.masking import apparent_tan
from skypact.kernels.pattern import STEERED
from skypact.kernels.wgs84 import EFFECTIVE_RADIUS_M

LAND_GAMMA = 10.0**-1.5
"""-15 dB: rolling country (Barton, "Land clutter models for radar design and analysis", Proc. IEEE 73, 1985: from
-20 dB for flat land to -10 dB for mountains)."""
LAND_SHAPE = 1.75
"""Weibull shape of the amplitude of land clutter: the middle of 1.507 to 2.0, an L-band route radar at 0.21 to 0.32
degrees of grazing (Sekine et al., "Weibull-distributed ground clutter", IEEE Trans. AES-17, 1981)."""
SEA_SHAPE = 1.45
"""The same of sea clutter: the middle of 1.160 to 1.783, sea state 3 (Schleher, "Radar detection in Weibull clutter",
IEEE Trans. AES-12, 1976)."""
RAIN_SHAPE = 1.85
"""The same of rain: assumption, a little spikier than Rayleigh's 2 (Sekine et al., "On Weibull-distributed weather
clutter", IEEE Trans. AES-15, 1979)."""
RAIN_IMPROVEMENT_DB = 30.0
"""The most that a radar's processing weakens rain, which moves: notional, for circular polarisation and Doppler filters
that follow it (Skolnik 2001, section 7.8: 15 dB and more by circular polarisation alone)."""
SIDE_LOBES = 1e-5
"""Two-way gain of a pencil beam far off its axis: -25 dB one way (notional)."""

_PI = math.pi
_TWO_PI = 2.0 * math.pi
_LN_2 = math.log(2.0)
_DEG = 180.0 / math.pi
_LIGHT_MPS = 299_792_458.0


@kernel
def sea_reflectivity(frequency_hz: float, grazing_rad: float, sea_state: int) -> float:
    """Cross-section of the sea per area, horizontal polarisation.

    Gregers-Hansen and Mital, "An improved empirical model for radar sea clutter reflectivity", NRL/MR/5310-12-9346,
    2012, equation 7 and table 1: within 2.3 dB on average of Nathanson's tables from 0.1 to 10 degrees of grazing,
    0.5 to 35 GHz and sea states 0 to 6. Below 0.1 degrees it is carried on; below 0.5 GHz that of 0.5 GHz is taken.
    """
    psi = grazing_rad * _DEG
    log_f = math.log10(max(frequency_hz * 1e-9, 0.5))
    decibels = -73.0 + 20.78 * math.log10(math.sin(grazing_rad))
    decibels += (27.5 + 7.351 * psi) * log_f / (1.0 + 0.95 * psi)
    decibels += 25.65 * (1.0 + sea_state) ** (1.0 / (2.0 + 0.085 * psi + 0.033 * sea_state))
    decibels += 0.0054 * psi * psi
    return math.pow(10.0, 0.1 * decibels)


@kernel
def rain_reflectivity_pm(frequency_hz: float, rain_mmph: float) -> float:
    """Cross-section of rain per volume (1/m): pi^5 |K|^2 Z / wavelength^4 with |K|^2 = 0.93 and Z = 200 R^1.6.

    Rayleigh scattering by drops of Marshall and Palmer (1948): Skolnik, "Introduction to Radar Systems", 3rd ed., 2001,
    section 7.6, where it is written 7e-12 f^4 R^1.6 with f in GHz.
    """
    z_m3 = 200.0e-18 * math.pow(rain_mmph, 1.6)
    wavelength_m = _LIGHT_MPS / frequency_hz
    return _PI**5 * 0.93 * z_m3 / wavelength_m**4


@kernel
def spike_chance(residue: float, pfa: float, shape: float) -> float:
    """Chance that clutter of a mean residue crosses a threshold that is right for noise of the same mean power.

    The threshold is -ln(pfa) times noise and residue together. The amplitude of the residue is of Weibull's
    distribution: its power exceeds x times its mean with chance exp(-(gamma(1 + 2 / c) x)^(c / 2)) (Schleher 1976);
    c = 2 is Rayleigh's, for which much residue gives pfa again. The noise beside it is left out.
    """
    if residue <= 0.0:
        return 0.0
    times = -math.log(pfa) * (1.0 + residue) / residue
    return math.exp(-((math.gamma(1.0 + 2.0 / shape) * times) ** (0.5 * shape)))


@kernel
def steer_gain(pattern: int, off_rad: float, beam_elevation_rad: float) -> float:
    """Two-way gain of a steered pencil beam at an angle of elevation off its axis: Gaussian, `SIDE_LOBES` at least.

    1 for beams that are not steered: what they have towards the ground is in the table.
    """
    if pattern != STEERED:
        return 1.0
    off = off_rad / beam_elevation_rad
    return max(math.exp(-8.0 * _LN_2 * off * off), SIDE_LOBES)


@kernel
def rain_share(
    pattern: int,
    elevation_rad: float,
    beam_elevation_rad: float,
    range_m: float,
    antenna_m: float,
    rain_top_m: float,
) -> float:
    """Share of a steered pencil beam that rain fills at a range; 1 for beams that are not steered (see `fill_rain`)."""
    if pattern != STEERED:
        return 1.0
    top_rad = math.atan(apparent_tan(range_m, rain_top_m, antenna_m))
    share = (top_rad - elevation_rad) / beam_elevation_rad + 0.5
    return min(max(share, 0.0), 1.0)


@kernel
def surface_residue(
    table_row: NDArray[np.float32], cell_m: float, bearing_rad: float, range_m: float
) -> float:
    """Residue of the ground or sea at a place for a beam that looks at it, off f4[A, C]; 0 beyond the table."""
    azimuths, cells = table_row.shape
    column = int(range_m / cell_m)
    if column >= cells:
        return 0.0
    row = int(math.floor(bearing_rad / _TWO_PI * azimuths + 0.5)) % azimuths
    return float(table_row[row, column])


@kernel
def rain_residue(row: NDArray[np.float32], cell_m: float, range_m: float) -> float:
    """Residue of the rain at a range for a beam full of it, off f4[C]; 0 beyond the table."""
    column = int(range_m / cell_m)
    if column >= row.shape[0]:
        return 0.0
    return float(row[column])


@kernel
def clutter_power(
    surface_row: NDArray[np.float32],
    rain_row: NDArray[np.float32],
    cell_m: float,
    mask_tan: NDArray[np.float32],
    mask_cell_m: float,
    rain_top_m: float,
    antenna_m: float,
    pattern: int,
    beam_elevation_rad: float,
    range_m: float,
    bearing_rad: float,
    elevation_rad: float,
) -> float:
    """Clutter over noise in the cell of a target at a place, after processing: what a look at it has to overcome.

    A steered beam points at the target, so that it meets the surface by so much off its axis as the target stands above
    the ground in its cell, and as much rain as fills it there.

    Args:
        surface_row, rain_row, cell_m: the radar's rows of model.network.ClutterTable.
        mask_tan, mask_cell_m: its mask: where the surface stands.
        rain_top_m, antenna_m: heights above the ellipsoid.
        pattern, beam_elevation_rad: its beam.
        range_m, bearing_rad, elevation_rad: the target; apparent elevation.
    """
    power = rain_residue(rain_row, cell_m, range_m)
    if power > 0.0:
        power *= rain_share(pattern, elevation_rad, beam_elevation_rad, range_m, antenna_m, rain_top_m)
    ground = surface_residue(surface_row, cell_m, bearing_rad, range_m)
    if ground > 0.0:
        n_az, n_range = mask_tan.shape
        row = int(math.floor(bearing_rad / _TWO_PI * n_az + 0.5)) % n_az
        tan = float(mask_tan[row, min(int(range_m / mask_cell_m), n_range - 1)])
        power += ground * steer_gain(pattern, elevation_rad - math.atan(tan), beam_elevation_rad)
    return power


@kernel
def ground_tan(range_m: float, antenna_m: float) -> float:
    """Apparent tangent below which a smooth Earth of height 0 hides everything at a range."""
    horizon_m = math.sqrt(2.0 * EFFECTIVE_RADIUS_M * max(antenna_m, 1.0))
    return apparent_tan(min(range_m, horizon_m), 0.0, antenna_m)


@kernel
def beams_in_rain(
    range_m: float,
    antenna_m: float,
    rain_top_m: float,
    elevation_min_rad: float,
    elevation_max_rad: float,
    beam_elevation_rad: float,
    pattern: int,
) -> float:
    """Number of beams, one above the other, that rain over a smooth Earth fills at a range; 0 beyond its horizon.

    Part of a beam counts as part; a beam that is not steered is one whatever the rain fills of it.
    """
    top = apparent_tan(range_m, rain_top_m, antenna_m)
    ground = ground_tan(range_m, antenna_m)
    if top <= ground:
        return 0.0
    if pattern != STEERED:
        return 1.0
    low = max(math.atan(ground), elevation_min_rad - 0.5 * beam_elevation_rad)
    high = min(math.atan(top), elevation_max_rad + 0.5 * beam_elevation_rad)
    return max(high - low, 0.0) / beam_elevation_rad


@kernel
def rain_weight(
    residue: float,
    pfa: float,
    range_m: float,
    antenna_m: float,
    rain_top_m: float,
    elevation_min_rad: float,
    elevation_max_rad: float,
    beam_elevation_rad: float,
    pattern: int,
) -> float:
    """What false plots of rain at a range are proportional to."""
    beams = beams_in_rain(
        range_m,
        antenna_m,
        rain_top_m,
        elevation_min_rad,
        elevation_max_rad,
        beam_elevation_rad,
        pattern,
    )
    return beams * spike_chance(residue, pfa, RAIN_SHAPE)
