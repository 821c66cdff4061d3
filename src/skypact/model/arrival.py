"""Times at which messages of aircraft arrived at several stations: what multilateration starts from."""

from __future__ import annotations

from dataclasses import dataclass

from skypact.model.network import B1, F8, I4, I8


@dataclass(frozen=True, eq=False)
class Stations:
    """Ground stations that time messages, m rows."""

    number: I8
    pos_ecef_m: F8
    """[m, 3]"""
    lat_rad: F8
    lon_rad: F8
    height_m: F8
    kinds: tuple[str, ...]
    """Make of each receiver."""
    good: B1
    """Whether its clock is said to be a good one."""


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Messages, n rows, and their k arrivals: those of message i are first[i]..first[i + 1]."""

    source: I4
    """[n] ordinal of the file that the message came from"""
    number: I8
    t_s: F8
    """[n] when a server received it, seconds from an arbitrary zero of its file"""
    aircraft: I8
    lat_rad: F8
    lon_rad: F8
    """[n] as the aircraft itself reports (ADS-B)"""
    height_m: F8
    """[n] above the ellipsoid, as reported; NaN where it is not"""
    pressure_height_m: F8
    """[n] barometric, as reported; NaN where it is not"""
    first: I8
    station: I4
    """[k] row of Stations"""
    t_ns: I8
    """[k] time of arrival"""

    def __len__(self) -> int:
        return len(self.number)
