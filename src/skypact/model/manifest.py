"""What a run folder says of itself beside the tables: what was asked, and the places, sensors and units that stood."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlaceEntry:
    """A place as recorded; its index in `Manifest.places` is the `place` of the tables."""

    name: str
    nation: str
    lat_rad: float
    lon_rad: float
    radius_m: float
    population: int
    value: float
    defended: bool


@dataclass(frozen=True)
class ZoneEntry:
    """A zone that alerts are for, as recorded; its index in `Manifest.zones` is the `place` of alerts."""

    name: str
    nation: str
    lat_rad: float
    lon_rad: float
    """of its centre"""
    radius_m: float
    """of the disc of its area"""
    population: int
    corner_lat_rad: tuple[float, ...] = ()
    """of a convex polygon, one way round; empty where the zone is the disc"""
    corner_lon_rad: tuple[float, ...] = ()


@dataclass(frozen=True)
class SensorEntry:
    """A sensor as recorded; its index is the `other` of a first detection."""

    name: str
    class_name: str
    nation: str
    host: str
    lat_rad: float
    lon_rad: float
    range_m: float


@dataclass(frozen=True)
class BatteryEntry:
    """A defence unit as recorded; its index is the `battery` of the tables."""

    name: str
    class_name: str
    tier: str
    nation: str
    lat_rad: float
    lon_rad: float
    range_m: float
    stock: int
    price_usd: float
    defends: tuple[str, ...]


@dataclass(frozen=True)
class ParameterEntry:
    """A catalogue value that every run drew; its index is the `parameter` of the table of parameters."""

    group: str
    """sensors, interceptors or threats"""
    class_name: str
    key: str
    """SI name of the value, or `kill.` and an object class"""
    unit: str
    nominal: float
    low: float
    high: float


@dataclass(frozen=True)
class Manifest:
    """The description of a campaign: everything a reader needs beside the tables.

    `schema_version`, `version`, `scenario`, `seed`, `levels`, `treatments` and `uncertain` name the campaign: with
    the text of the scenario they decide whether a folder may be resumed. `zero_ns` is the instant of the scenario's
    second 0, from which the columns ending in `_s` count.
    """

    schema_version: int
    version: str
    scenario: str
    title: str
    seed: int
    runs: int
    levels: tuple[str, ...]
    treatments: tuple[str, ...]
    nations: tuple[str, ...]
    nation_names: tuple[str, ...]
    families: tuple[str, ...]
    alert_probability: float
    zero_ns: int
    places: tuple[PlaceEntry, ...]
    sensors: tuple[SensorEntry, ...]
    batteries: tuple[BatteryEntry, ...]
    uncertain: bool = False
    """Whether each run drew the parameters of its classes from their intervals."""
    parameters: tuple[ParameterEntry, ...] = ()
    """What the runs drew; empty where they did not."""
    zones: tuple[ZoneEntry, ...] = ()
    """What alerts are for, where that is not the places themselves."""

    @property
    def alerted(self) -> tuple[PlaceEntry, ...] | tuple[ZoneEntry, ...]:
        """What alerts are for: the `place` of ALERT, ALERT_UPDATE and ALL_CLEAR is an index of it."""
        return self.zones or self.places
