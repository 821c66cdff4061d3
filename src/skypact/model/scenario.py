"""What an analyst writes, checked and frozen. Angles are degrees and lengths kilometres only in the file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from skypact.model.codes import Combination, Content, Disturbance, ObjectClass
from skypact.model.doctrine import Coordination, Doctrine
from skypact.model.link import Links
from skypact.model.weather import Weather

QUIET_S = 3_600
"""How long a run without a raid lasts, seconds."""


@dataclass(frozen=True)
class Region:
    """The box of the scenario, WGS-84, radians."""

    south_rad: float
    north_rad: float
    west_rad: float
    east_rad: float


@dataclass(frozen=True)
class Place:
    """A city or notional point that is warned and may be defended."""

    name: str
    nation: str
    lat_rad: float
    lon_rad: float
    population: int
    radius_m: float
    value: float
    defended: bool


@dataclass(frozen=True)
class District:
    """A named part of a nation that is alerted for itself."""

    name: str
    nation: str
    lat_rad: float
    lon_rad: float
    radius_m: float
    population: int | None
    """None: those of the nation's places who live in it"""


@dataclass(frozen=True)
class SensorSite:
    """A sensor at a place. `nation` owns its data; `host` is the nation on whose soil it stands."""

    name: str
    class_name: str
    nation: str
    host: str
    lat_rad: float
    lon_rad: float
    height_m: float | None
    sector_centre_rad: float


@dataclass(frozen=True)
class BatterySite:
    """A defence unit. `nation` owns it, `defends` is whose places it protects, `consent` whose consent a shot needs."""

    name: str
    class_name: str
    nation: str
    host: str
    defends: tuple[str, ...]
    consent: str
    lat_rad: float
    lon_rad: float
    stock: int | None
    sector_centre_rad: float = 0.0
    sector_rad: float = 2.0 * math.pi
    """It meets objects only within this angle about the centre; clockwise from north."""
    doctrine: Doctrine = field(default_factory=Doctrine)


@dataclass(frozen=True)
class Release:
    """One line of a policy: `sender` releases `content` of its own to `receivers`; `basis` cites and dates it.

    A line of NOTHING grants nothing; what other lines let pass on does not go to its receivers, and no caveat is
    overridden for them.
    """

    sender: str
    receivers: tuple[str, ...]
    content: Content
    delay_s: float
    """For so long the sender, and each who passes it on, holds it back."""
    basis: str
    classes: tuple[ObjectClass, ...] = ()
    """Only objects whose most probable class is among these; all where empty."""
    region: Region | None = None
    """Only objects that are now inside."""
    threatening: bool = False
    """Only objects that the sender's prediction brings to a place of the receiver."""
    accuracy_m: float = 0.0
    """Positions are coarsened to this grid; 0 for none."""
    nameless: bool = False
    """Class, code and identity are left out."""
    onward: tuple[str, ...] = ()
    """To whom those who hold it may pass it on; to nobody where empty."""
    through: str | None = None
    """Not sent directly: only by way of this nation, which sees what it carries."""
    from_s: float = -math.inf
    until_s: float = math.inf
    on_alert: bool = False
    """Only while the nation that sends it has an alert in force for one of its own places."""
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)
    """Where it is written."""


@dataclass(frozen=True)
class LegalBar:
    """Two nations that may never exchange directly (both directions)."""

    first: str
    second: str
    basis: str


@dataclass(frozen=True)
class Policy:
    """Who may see what. `levels` maps a written level (today, pact) to its releases.

    `readings` maps a disputed member to named readings of what it releases under `pact`; `reading` names the
    one in force. Derived levels (national, full, warnings, tracks, hub:XXX, without:XXX) are made from these.
    """

    levels: Mapping[str, tuple[Release, ...]]
    bars: tuple[LegalBar, ...]
    readings: Mapping[str, Mapping[str, tuple[Release, ...]]]
    reading: Mapping[str, str]
    full_delay_s: float
    passes_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Nation -> to whom it forwards others' information, where their owners allow it; nobody where not named."""
    life_saving: tuple[str, ...] = ()
    """Nations whose caveats a warning of an object that threatens the receiver may override."""
    passing_through: bool = False
    """Whether a third may carry information between nations that a bar keeps apart."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Traffic:
    """Synthetic gravity-model flows between real airports, overflights, private and military aircraft."""

    aircraft: int
    private_share: float
    military_share: float
    overflight_share: float
    dead_transponder_share: float
    false_code_share: float
    """Share of the aircraft with a transponder whose code is that of the other kind (civil for military)."""
    failing_transponder_share: float = 0.0
    """Share of the aircraft with a transponder whose transponder fails on the way."""


@dataclass(frozen=True)
class RaidGroup:
    """One kind of object of a raid family, drawn at random: numbers, launch discs, aims and timing."""

    threat: str
    count_low: int
    count_high: int
    launch: tuple[tuple[float, float, float], ...]
    """Launch discs: (lat_rad, lon_rad, radius_m), one drawn per object with equal chance."""
    aims: tuple[tuple[str, float], ...]
    """(place name or nation code, weight): a nation stands for its places by population."""
    start_low_s: float
    start_high_s: float
    false_code_share: float = 0.0
    """Share of the objects that reply with a civil transponder code."""


@dataclass(frozen=True)
class RaidFamily:
    """A whole family of raids, taken as it is; never swept or optimised."""

    name: str
    title: str
    groups: tuple[RaidGroup, ...]


@dataclass(frozen=True)
class SensorEvent:
    """What befalls one sensor at a stated time."""

    sensor: str
    effect: Disturbance
    from_s: float
    until_s: float
    bearing_rad: float
    width_rad: float
    level: float
    """As in model.network.DisturbanceTable."""


@dataclass(frozen=True)
class Closure:
    """A disc of airspace that is closed to civil aircraft from a stated time."""

    name: str
    lat_rad: float
    lon_rad: float
    radius_m: float
    from_s: float
    until_s: float


@dataclass(frozen=True)
class PositionFault:
    """A disc of airspace in which aircraft do not know where they are, or are deceived about it, for a stated time."""

    name: str
    lat_rad: float
    lon_rad: float
    radius_m: float
    from_s: float
    until_s: float
    jammed: bool
    """They report no position; else they are deceived."""
    shift_m: float
    towards_rad: float
    """By how much, and clockwise from north whither, what they report lies off."""


@dataclass(frozen=True)
class Settings:
    """Times and thresholds of the simulated system (not of the raid)."""

    lead_in_s: float = 300.0
    tail_s: float = 60.0
    picture_period_s: float = 5.0
    message_period_s: float = 5.0
    snapshot_period_s: float = 10.0
    link_tracks: int = 200
    """Tracks that one message can carry; the rest wait for the next (most threatening first)."""
    alert_probability: float = 0.2
    relief_low_m: float = 5.0
    relief_high_m: float = 35.0
    fusion: Combination = Combination.COVARIANCE_INTERSECTION
    """How a picture combines the tracks of one object."""
    cut_from_s: float = 1_800.0
    cut_until_s: float = 2_400.0
    """When the links of a nation are down at a level with the modifier `cut:XXX`."""
    free_from_s: float = math.inf
    free_until_s: float = math.inf
    """When every nation is free to fire at what flies, whatever it sees (raised alert); never by default."""


Magazines: TypeAlias = float | Mapping[str, float]
"""Rounds as a share of a battery's magazine: one for all tiers, or tier -> share; 0 for a tier that is not named."""


@dataclass(frozen=True)
class Days:
    """Raids day after day, and what batteries have to meet them. Every number is notional."""

    raids_per_day: int = 1
    resupply_per_day: Magazines = 0.0
    """Rounds that come to a battery in a day."""
    store: Magazines = 1.0
    """Rounds behind a battery's magazine on the first day; resupply never brings it more than it then had in all."""
    basis: str = "assumption: one more magazine behind each battery, and no resupply"


@dataclass(frozen=True)
class Scenario:
    """A checked scenario."""

    name: str
    title: str
    description: str
    runs: int
    seed: int
    levels: tuple[str, ...]
    nations: tuple[str, ...]
    nation_names: tuple[str, ...]
    region: Region
    terrain: str
    """`region` for the built-in coarse grid, else the path of a GeoTIFF or DTED file."""
    settings: Settings
    places: tuple[Place, ...]
    sensors: tuple[SensorSite, ...]
    batteries: tuple[BatterySite, ...]
    policy: Policy
    traffic: Traffic
    families: tuple[RaidFamily, ...]
    weather: Weather
    sensor_events: tuple[SensorEvent, ...]
    closures: tuple[Closure, ...]
    text: str
    """The file as written, kept in the run folder."""
    links: Links = field(default_factory=Links)
    position_faults: tuple[PositionFault, ...] = ()
    hexagon_m: float | None = None
    """Width of the hexagons that alerts are for; None where they are for the places, or for districts."""
    districts: tuple[District, ...] = ()
    """What alerts are for; empty where they are for the places, or for hexagons."""
    days: Days = field(default_factory=Days)
    coordination: Coordination = Coordination.OWN_PLACES
    """The rule of co-ordinated fire, where a level's name states none"""
