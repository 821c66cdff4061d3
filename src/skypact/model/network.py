"""What does not change in a run: sites and their parameters as arrays, SI units, one row a site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from skypact.model.weather import Weather

F8: TypeAlias = NDArray[np.float64]
F4: TypeAlias = NDArray[np.float32]
I8: TypeAlias = NDArray[np.int64]
I4: TypeAlias = NDArray[np.int32]
I1: TypeAlias = NDArray[np.int8]
U1: TypeAlias = NDArray[np.uint8]
U2: TypeAlias = NDArray[np.uint16]
U4: TypeAlias = NDArray[np.uint32]
U8: TypeAlias = NDArray[np.uint64]
B1: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class SensorTable:
    """Sensors, S rows. Biases are the run's own drawn values and are known to `sense` alone."""

    names: tuple[str, ...]
    class_names: tuple[str, ...]
    nation: I1
    kind: U1
    rotates: B1
    measures_elevation: B1
    lat_rad: F8
    lon_rad: F8
    height_m: F8
    """Antenna height above the ellipsoid (ground plus mast)."""
    pos_ecef_m: F8
    """[S, 3]"""
    rot_enu_from_ecef: F8
    """[S, 3, 3]"""
    range_min_m: F8
    range_max_m: F8
    revisit_s: F8
    sigma_range_m: F8
    sigma_bearing_rad: F8
    sigma_elevation_rad: F8
    elevation_min_rad: F8
    elevation_max_rad: F8
    sector_centre_rad: F8
    sector_rad: F8
    """Full width; 2 pi for all round."""
    bias_sigma: F8
    """[S, 4] one-sigma of range_m, bearing_rad, elevation_rad, clock_s: what the owner knows of its sensor."""
    false_plots: F8
    delay_s: F8
    code_probability: F8
    """Chance that a look at an object with a working transponder also reads its code (0: no interrogator)."""


@dataclass(frozen=True)
class SensingTable:
    """How the sensors of a SensorTable perceive, S rows: known to `sense` and to what builds it, never to a tracker.

    What a kind does not have is NaN, or 0 in columns of integers.
    """

    scan_phase_s: F8
    """Start of look k is k * revisit + phase, so that looks do not depend on when the run starts."""
    revisit_track_s: F8
    revisit_cued_s: F8
    """An electronically scanned radar looks again after these where it tracks or is cued; NaN: it has no such mode."""
    track_gain_db: F8
    """Signal to noise that a look in track or cued mode has over one in search."""
    snr_db_100km_1m2: F8
    """Signal to noise of one coherent burst, 1 m2 at 100 km in free space on the axis of the beam."""
    frequency_hz: F8
    pfa: F8
    """Of one resolution cell at one look."""
    swerling: U1
    """Case 0 to 4."""
    pulses: U2
    """Bursts integrated without phase in a look, at least 1."""
    pattern: U1
    """model.codes.BeamPattern"""
    tilt_rad: F8
    beam_azimuth_rad: F8
    beam_elevation_rad: F8
    """Half-power widths, one way."""
    fence_rad: F8
    """Elevation up to which a search transmits its whole energy; above, its squared cosecant; NaN: no fence."""
    cell_range_m: F8
    blind_speed_mps: F8
    """First blind speed of the unstaggered waveform, wavelength x PRF / 2."""
    canceller: U1
    """Order of the moving-target canceller: 0 none, 1 single, 2 double."""
    stagger: U1
    """Number of pulse intervals that alternate: 1 none, 4 as in Skolnik's example."""
    mti_range_m: F8
    """Ground range within which the moving-target canceller is on."""
    improvement_db: F8
    """By how much the processing weakens clutter."""
    plots_max: I4
    """Plots that one look (a revolution or frame) can carry; 0: no limit."""
    drift_sigma: F8
    """[S, 4] one-sigma of the slow drift of range_m, bearing_rad, elevation_rad, clock_s."""
    drift_time_s: F8
    detection_probability: F8
    """Infrared, acoustic, cooperative, direction finder, multilateration."""
    receivers: U1
    baseline_m: F8
    sigma_time_s: F8
    """Multilateration: stations on a ring of this radius about the site (one of them at its centre), and the
    one-sigma error of a time of arrival."""


@dataclass(frozen=True)
class MaskTable:
    """Terrain masking of every sensor, S rows: the run's own, since sub-grid relief is drawn a run."""

    tan_elevation: F4
    """[S, A, R] largest tangent of apparent elevation (4/3 Earth) of the terrain nearer than range cell R."""
    cell_m: float


@dataclass(frozen=True)
class LossTable:
    """Two-way loss of every radar to gases and rain, S rows, dB; the grid is that of kernels.propagation."""

    loss_db: F4
    """[S, E, R]"""


@dataclass(frozen=True)
class ClutterTable:
    """Clutter of every sensor, S rows: what raises the noise, and where and how many false plots come from."""

    residue: F4
    """[S, A, C] power left after processing over the noise, of the surface in each azimuth and range cell."""
    cell_m: float
    rain: F4
    """[S, C] the same of rain, by range cell."""
    surface: F4
    """[S, A * C] cumulated share of the false plots of the surface up to each cell; all 0 where there are none."""
    mean: F8
    """[S, 3] mean number of false plots a look of noise, of land and sea, of rain."""


@dataclass(frozen=True)
class DisturbanceTable:
    """What befalls sensors at stated times, D rows."""

    sensor: I4
    effect: U1
    """model.codes.Disturbance"""
    from_s: F8
    until_s: F8
    """Infinite where it does not end."""
    bearing_rad: F8
    width_rad: F8
    """Sector that is jammed; 2 pi for all round."""
    level: F8
    """Jammed: noise power over the receiver's own (ratio); saturated: the plots a look that remain."""


@dataclass(frozen=True)
class PositionFaultTable:
    """Where and when aircraft report no position or a false one, F rows; where several hold, the first does."""

    direction: F8
    """[F, 3] of the middle of the disc from the centre of the Earth, ECEF"""
    cos_radius: F8
    """cosine of its radius as an angle there"""
    from_s: F8
    until_s: F8
    """Infinite where it does not end."""
    jammed: B1
    east_m: F8
    north_m: F8
    """By how much a false position lies off."""


TRUE_POSITIONS = PositionFaultTable(
    np.zeros((0, 3)), np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, np.bool_), np.zeros(0), np.zeros(0)
)
"""Nobody is jammed or deceived."""


@dataclass(frozen=True)
class Surroundings:
    """What lies between sensors and objects in one run."""

    masks: MaskTable
    loss: LossTable
    clutter: ClutterTable
    weather: Weather
    disturbances: DisturbanceTable
    position_faults: PositionFaultTable = TRUE_POSITIONS


@dataclass(frozen=True)
class DoctrineTable:
    """The doctrine of every defence unit, B rows: columns of model.doctrine.Doctrine."""

    rounds: I4
    """Of a salvo after which a further shot is possible."""
    last_rounds: I4
    """Of one after which none is."""
    again: B1
    """Whether an object may be fired at a second time."""
    reserve: I4
    """Rounds that are kept."""
    reserve_for: F8
    leave_below: F8
    pooled: B1


@dataclass(frozen=True)
class BatteryTable:
    """Defence units, B rows."""

    names: tuple[str, ...]
    class_names: tuple[str, ...]
    tiers: tuple[str, ...]
    nation: I1
    consent: I1
    defends: B1
    """[B, N] whose places each protects."""
    lat_rad: F8
    lon_rad: F8
    pos_ecef_m: F8
    range_max_m: F8
    """Greatest slant range at any altitude."""
    envelope_m: F8
    """[B, K, 3] altitude, least and greatest slant range there; rises in altitude, the last row repeated."""
    flight: F8
    """[B, L, 2] slant range (m) and time of flight to it (s); rises, the last row repeated."""
    sector: F8
    """[B, 7] unit vectors of the sector's centre and of up at its site (ECEF), cosine of half its width; -2: all."""
    reaction_s: F8
    channels: I4
    salvo: I4
    stock: I4
    reload_s: F8
    dwell_s: F8
    track_sigma_m: F8
    salvo_common: F8
    price_usd: F8
    kill: F8
    """[B, N_CLASSES] single-shot chance; 0: cannot engage."""
    doctrine: DoctrineTable


@dataclass(frozen=True)
class PlaceTable:
    """Places, P rows."""

    names: tuple[str, ...]
    nation: I1
    lat_rad: F8
    lon_rad: F8
    pos_ecef_m: F8
    radius_m: F8
    population: I8
    value: F8
    defended: B1


@dataclass(frozen=True)
class AirportTable:
    """Real airports of the region, A rows; `weight` is the gravity model's mass."""

    names: tuple[str, ...]
    countries: tuple[str, ...]
    lat_rad: F8
    lon_rad: F8
    height_m: F8
    weight: F8
    military: B1


@dataclass(frozen=True)
class Network:
    """Everything that stands still: what stages take beside the state that changes."""

    nations: tuple[str, ...]
    sensors: SensorTable
    sensing: SensingTable
    batteries: BatteryTable
    places: PlaceTable
