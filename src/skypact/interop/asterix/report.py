"""Decoded tables as the nouns of the model: SI units, instants, and only what the radar itself calls valid.

EUROCONTROL-SPEC-0149-2b (034), -4 (048), -9 (062). A record without data source (item 010) has source 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from skypact.errors import UsageError
from skypact.interop.asterix.decode import MISSING, Decoded, Table
from skypact.interop.asterix.instant import Clock, instants
from skypact.model.network import B1, F8, I4, I8, U1, U2
from skypact.model.recording import ABSENT, PlotFlag, Plots, RadarMessages, SystemTracks

NM_M = 1852.0
FOOT_M = 0.3048
FLIGHT_LEVEL_M = 100.0 * FOOT_M
_TURN_RAD = 2.0 * math.pi
_ADDRESS_MOST = 0xFFFFFF
_TIME = {34: "030", 48: "140", 62: "070"}
_CATEGORIES = tuple(_TIME)


@dataclass(frozen=True)
class Report:
    """What the tables of one call say, and the clock for the next."""

    plots: Plots
    messages: RadarMessages
    system: SystemTracks
    clock: Clock


def report(decoded: Decoded, begin: I8, capture_ns: I8, file_offset: I8, clock: Clock) -> Report:
    """The records of `decoded` as columns of the model.

    Args:
        decoded: tables of categories 034, 048 and 062.
        begin: [s] where each span that was decoded began.
        capture_ns: [s] when it was captured, UTC, or ABSENT.
        file_offset: [s] where it began in its file.
        clock: of the records before; `Clock()` at the start of a file.
    """
    tables = [decoded.tables[category] for category in _CATEGORIES]
    t_ns, captures_ns, clock = _times(tables, capture_ns, clock)
    offsets = [table.begin - begin[table.span] + file_offset[table.span] for table in tables]
    messages = _messages(tables[0], t_ns[0], captures_ns[0])
    plots = _plots(tables[1], t_ns[1], captures_ns[1], offsets[1])
    system = _system(tables[2], t_ns[2], captures_ns[2], offsets[2])
    return Report(plots, messages, system, clock)


def _times(tables: list[Table], capture_ns: I8, clock: Clock) -> tuple[list[I8], list[I8], Clock]:
    """Instants and capture times of every table, taken in the order of the file."""
    captures = [capture_ns[table.span] for table in tables]
    time_s = np.concatenate([table.value(_TIME[table.category]) for table in tables])
    source = np.concatenate([_source(table).astype(np.int64) for table in tables])
    order = np.lexsort(
        (
            np.concatenate([table.begin for table in tables]),
            np.concatenate([table.span for table in tables]),
        )
    )
    t_ns = np.empty(len(order), np.int64)
    t_ns[order], clock = instants(time_s[order], source[order], np.concatenate(captures)[order], clock)
    cuts = np.cumsum([len(table) for table in tables])[:-1]
    return np.split(t_ns, cuts), captures, clock


def _plots(table: Table, t_ns: I8, capture_ns: I8, byte_offset: I8) -> Plots:
    """Category 048. A position in Cartesian co-ordinates (042) stands in where 040 is absent."""
    x_m, y_m = table.value("042", "X") * NM_M, table.value("042", "Y") * NM_M
    polar = table.has("040")
    range_m = np.where(polar, table.value("040", "RHO") * NM_M, np.hypot(x_m, y_m))
    bearing_rad = np.where(polar, np.radians(table.value("040", "THETA")), np.arctan2(x_m, y_m))
    return Plots(
        t_ns=t_ns,
        capture_ns=capture_ns,
        radar=_source(table),
        kind=_number(table, "020", "TYP").astype(np.uint8),
        flags=_flags(table),
        range_m=range_m,
        bearing_rad=_wrapped(bearing_rad),
        height_m=np.where(_valid(table, "090"), table.value("090", "FL") * FLIGHT_LEVEL_M, np.nan),
        mode_3a=_code(table, "070"),
        address=_address(table.raw("220")),
        byte_offset=byte_offset,
    )


def _messages(table: Table, t_ns: I8, capture_ns: I8) -> RadarMessages:
    """Category 034."""
    return RadarMessages(
        t_ns=t_ns,
        capture_ns=capture_ns,
        radar=_source(table),
        kind=_number(table, "000").astype(np.uint8),
        sector_rad=np.radians(table.value("020")),
        rotation_s=table.value("041"),
        lat_rad=np.radians(table.value("120", "LAT")),
        lon_rad=np.radians(table.value("120", "LON")),
        height_m=table.value("120", "HGT"),
    )


def _system(table: Table, t_ns: I8, capture_ns: I8, byte_offset: I8) -> SystemTracks:
    """Category 062. CST of I062/080 says that the last update of the track by any sensor is too old."""
    measured_m = table.value("136") * FLIGHT_LEVEL_M
    barometric_m = table.value("135", "CTB") * FLIGHT_LEVEL_M
    geometric_m = table.value("130") * FOOT_M
    height_m = np.where(np.isnan(measured_m), barometric_m, measured_m)
    return SystemTracks(
        t_ns=t_ns,
        capture_ns=capture_ns,
        source=_source(table),
        track_number=_or_absent(table.raw("040")),
        lat_rad=np.radians(table.value("105", "LAT")),
        lon_rad=np.radians(table.value("105", "LON")),
        height_m=np.where(np.isnan(height_m), geometric_m, height_m),
        vel_east_mps=table.value("185", "VX"),
        vel_north_mps=table.value("185", "VY"),
        mode_3a=_code(table, "060"),
        address=_address(table.raw("380", subitem="ADR")),
        confirmed=(_number(table, "080", "CNF") == 0).astype(np.uint8),
        ended=(_number(table, "080", "TSE") == 1).astype(np.uint8),
        coasting=(_number(table, "080", "CST") == 1).astype(np.uint8),
        byte_offset=byte_offset,
    )


# ------------------------------------------------------------------------------------------------------- fields


def _number(table: Table, item: str, field: str = "VALUE") -> I8:
    """A field, 0 where it is absent or its edition does not have it."""
    try:
        raw = table.raw(item, field)
    except UsageError:
        return np.zeros(len(table), np.int64)
    return np.where(raw == MISSING, 0, raw)


def _source(table: Table) -> U2:
    return (_number(table, "010", "SAC") * 256 + _number(table, "010", "SIC")).astype(np.uint16)


def _flags(table: Table) -> U1:
    said = {
        PlotFlag.SIMULATED: "SIM",
        PlotFlag.TEST: "TST",
        PlotFlag.FIELD_MONITOR: "RAB",
        PlotFlag.SPECIAL_PULSE: "SPI",
    }
    flags = np.zeros(len(table), np.uint8)
    for flag, field in said.items():
        flags |= (_number(table, "020", field) * int(flag)).astype(np.uint8)
    return flags


def _valid(table: Table, item: str) -> B1:
    """Where a code or level is present, validated (V) and not garbled (G)."""
    valid: B1 = table.has(item) & (_number(table, item, "V") == 0) & (_number(table, item, "G") == 0)
    return valid


def _code(table: Table, item: str) -> I4:
    return np.where(_valid(table, item), table.raw(item, "MODE3A"), ABSENT).astype(np.int32)


def _or_absent(raw: I8) -> I4:
    return np.where(raw == MISSING, ABSENT, raw).astype(np.int32)


def _address(raw: I8) -> I4:
    """Addresses; all zeros and all ones belong to no aircraft (ICAO Annex 10, Volume III, Chapter 9)."""
    return np.where((raw <= 0) | (raw >= _ADDRESS_MOST), ABSENT, raw).astype(np.int32)


def _wrapped(angle_rad: F8) -> F8:
    """The same directions in [0, 2 pi)."""
    turned = np.mod(angle_rad, _TURN_RAD)
    return np.where(turned >= _TURN_RAD, 0.0, turned)
