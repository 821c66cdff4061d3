"""What a recording of real radars holds, as columns in SI units: plots, service messages, another system's tracks.

Nothing here can reach the simulated defence: a recording is looked at, never acted on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import NamedTuple

from skypact.model.network import F8, I4, I8, U1, U2, U8

ABSENT = -1
"""Of integer columns: the item was not in the record, or the radar itself marked it as not valid."""


class PlotKind(IntEnum):
    """How a target report came about (I048/020 TYP, the same numbers)."""

    NONE = 0
    PRIMARY = 1
    SECONDARY = 2
    COMBINED = 3
    MODE_S_ALL_CALL = 4
    MODE_S_ROLL_CALL = 5
    MODE_S_ALL_CALL_COMBINED = 6
    MODE_S_ROLL_CALL_COMBINED = 7


class PlotFlag(IntFlag):
    """What the radar says of a target report beside its kind (I048/020)."""

    SIMULATED = 1
    TEST = 2
    FIELD_MONITOR = 4
    SPECIAL_PULSE = 8


class RadarMessage(IntEnum):
    """What a service message says (I034/000, the same numbers)."""

    NORTH = 1
    SECTOR = 2
    FILTER = 3
    JAMMING = 4
    SOLAR_STORM = 5
    SSR_JAMMING = 6
    MODE_S_JAMMING = 7


class RadarSite(NamedTuple):
    """Where a radar stands: geodetic, WGS-84."""

    lat_rad: float
    lon_rad: float
    height_m: float


@dataclass(frozen=True)
class Plots:
    """n target reports in the order of the recording.

    `t_ns` is the radar's own instant, UTC, the day taken from the capture (from 1970-01-01 where there is none);
    ABSENT without time. `capture_ns` is when the capture received it, ABSENT in a file without capture times.
    """

    t_ns: I8
    capture_ns: I8
    radar: U2
    """SAC * 256 + SIC"""
    kind: U1
    flags: U1
    range_m: F8
    """slant range; NaN without position"""
    bearing_rad: F8
    """clockwise from the radar's north, [0, 2 pi)"""
    height_m: F8
    """barometric (flight level), NaN where absent, not validated or garbled"""
    mode_3a: I4
    """[0, 4095]; ABSENT where absent, not validated or garbled"""
    address: I4
    """ICAO 24-bit aircraft address, or ABSENT"""
    byte_offset: I8
    """of the record in its file"""

    def __len__(self) -> int:
        return len(self.t_ns)


@dataclass(frozen=True)
class RadarMessages:
    """n service messages (category 034) in the order of the recording."""

    t_ns: I8
    capture_ns: I8
    radar: U2
    kind: U1
    """RadarMessage"""
    sector_rad: F8
    """I034/020, NaN where absent"""
    rotation_s: F8
    """I034/041, NaN where absent"""
    lat_rad: F8
    lon_rad: F8
    height_m: F8
    """I034/120 position of the radar, NaN where absent"""

    def __len__(self) -> int:
        return len(self.t_ns)


@dataclass(frozen=True)
class SystemTracks:
    """n updates of another system's tracks (category 062) in the order of the recording."""

    t_ns: I8
    capture_ns: I8
    source: U2
    """SAC * 256 + SIC of the system"""
    track_number: I4
    """ABSENT where absent"""
    lat_rad: F8
    lon_rad: F8
    """I062/105 WGS-84; NaN where absent"""
    height_m: F8
    """I062/136 measured flight level, else I062/135 barometric altitude, else I062/130 geometric; NaN where absent"""
    vel_east_mps: F8
    vel_north_mps: F8
    """I062/185; NaN where absent"""
    mode_3a: I4
    address: I4
    confirmed: U1
    """0: tentative"""
    ended: U1
    """1: the last message of this track"""
    coasting: U1
    """1: extrapolated, no sensor has lately updated it"""
    byte_offset: I8

    def __len__(self) -> int:
        return len(self.t_ns)


@dataclass(frozen=True)
class TrackPoints:
    """n states of our confirmed tracks, in order of time: one each time that a plot updated one.

    A point stands at the whole second after its plot, the state predicted there.
    """

    t_ns: I8
    """UTC by the radar's clock"""
    track_id: U8
    plot: I8
    """row in Plots of the plot that updated it"""
    pos_ecef_m: F8
    """[n, 3]"""
    vel_ecef_mps: F8
    """[n, 3]"""
    cov_ecef_m2: F8
    """[n, 3, 3] of the position, biases of the sensors included"""

    def __len__(self) -> int:
        return len(self.t_ns)


@dataclass(frozen=True)
class ReadFault:
    """Something in a recording that could not be read: where, why, and how often it happened."""

    byte_offset: int
    """of the first"""
    reason: str
    count: int = 1


@dataclass(frozen=True)
class Recording:
    """Everything read from one file."""

    name: str
    container: str
    """'pcap', 'pcapng' or 'ASTERIX blocks'"""
    plots: Plots
    messages: RadarMessages
    system: SystemTracks
    records: dict[int, int]
    """number of records read, by category"""
    unknown: dict[str, int]
    """what was skipped by its length, and how often: 'category 021', 'I048/SP'"""
    faults: tuple[ReadFault, ...]
    bytes_read: int
