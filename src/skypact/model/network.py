"""What does not change in a run: sites and their parameters as arrays, SI units, one row a site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

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
    snr_db_100km_1m2: F8
    pfa: F8
    swerling: U1
    revisit_s: F8
    scan_phase_s: F8
    """Start of look k is k * revisit + phase, so that looks do not depend on when the run starts."""
    beam_azimuth_rad: F8
    beam_elevation_rad: F8
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
    detection_probability: F8
    code_probability: F8
    """Chance that a look at an object with a working transponder also reads its code (0: no interrogator)."""


@dataclass(frozen=True)
class MaskTable:
    """Terrain masking of every sensor, S rows: the run's own, since sub-grid relief is drawn a run."""

    tan_elevation: F4
    """[S, A, R] largest tangent of apparent elevation (4/3 Earth) of the terrain nearer than range cell R."""
    cell_m: float


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
    range_min_m: F8
    range_max_m: F8
    altitude_min_m: F8
    altitude_max_m: F8
    mean_speed_mps: F8
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
    batteries: BatteryTable
    places: PlaceTable
