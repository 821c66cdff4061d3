"""What a scenario file may contain, as pydantic models; `json_schema` is the same for editors."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import ConfigDict, Field, JsonValue, model_validator

from skypact.model.document import Strict
from skypact.scenario.days import DaysEntry
from skypact.scenario.doctrine import DoctrineEntry, DoctrinesEntry
from skypact.scenario.field import (
    Code,
    CountSpan,
    Delay,
    Facing,
    Height,
    Latitude,
    Longitude,
    Name,
    Period,
    Radius,
    ReliefSpan,
    Share,
    Size,
    StartSpan,
    Width,
)
from skypact.scenario.link_schema import LinksEntry, MisreportEntry, OutageEntry
from skypact.scenario.policy_schema import BoxEntry, PolicyEntry
from skypact.scenario.world import ClosureEntry, PositionFaultEntry, SensorEventEntry, WeatherEntry

_POINTS: JsonValue = [{"required": [key]} for key in ("airport", "city", "lat", "geostationary")]


class At(Strict):
    """Where something is: an airport, a city, a notional point, or above the equator."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _POINTS})

    airport: Annotated[str, Field(description="ICAO code of an airport or air base")] | None = None
    city: Annotated[str, Field(description="name of a city")] | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None
    notional: Literal[True] | None = None
    geostationary: Annotated[Longitude, Field(description="degrees east above the equator")] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(value is not None for value in (self.airport, self.city, self.lat, self.geostationary)) != 1:
            raise ValueError(
                "one of {airport: ICAO}, {city: NAME}, {lat, lon, notional: true}, {geostationary: LON}"
            )
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lat and lon together")
        if (self.lat is not None) != (self.notional is True):
            raise ValueError("'notional: true' beside lat and lon, and only there")
        return self


class RegionEntry(BoxEntry):
    """The box of the scenario, degrees."""


FusionName: TypeAlias = Literal[
    "covariance_intersection",
    "covariance_intersection_trace",
    "inverse_covariance_intersection",
    "split_covariance_intersection",
    "tracklets",
    "independent",
    "ellipsoidal_intersection",
    "best",
]


class SettingsEntry(Strict):
    """Times and thresholds of the simulated system."""

    lead_in: Delay = Field(default="5 min", validate_default=True)
    tail: Delay = Field(default="1 min", validate_default=True)
    picture_period: Period = Field(default="5 s", validate_default=True)
    message_period: Period = Field(default="5 s", validate_default=True)
    snapshot_period: Period = Field(default="10 s", validate_default=True)
    alert_probability: Share = 0.2
    relief: Annotated[ReliefSpan, Field(description="sub-grid relief: interval drawn from, a run")] = Field(
        default=["5 m", "35 m"], validate_default=True
    )
    fusion: Annotated[
        FusionName,
        Field(
            description="how a picture combines tracks of one object; independent and ellipsoidal_intersection are "
            "inconsistent, for comparison only"
        ),
    ] = "covariance_intersection"
    cut: Annotated[
        StartSpan,
        Field(description="when the links of a nation are down at a level with the modifier +cut:XXX"),
    ] = Field(default=["30 min", "40 min"], validate_default=True)
    weapons_free: (
        Annotated[
            StartSpan,
            Field(
                description="raised alert: when every nation is free to fire at what flies, whatever it sees"
            ),
        ]
        | None
    ) = None


class DistrictEntry(Strict):
    """A named part of a nation that is alerted for itself."""

    name: Name
    nation: Code
    at: At
    radius: Radius
    population: (
        Annotated[int, Field(ge=0, le=50_000_000, description="by default of the places that it overlaps")]
        | None
    ) = None


class WarningEntry(Strict):
    """What alerts are for."""

    zones: Annotated[
        Literal["places", "hexagons", "districts"],
        Field(description="the places themselves, cells over their ground, or the districts named"),
    ] = "places"
    size: (
        Annotated[Size, Field(description="of a hexagon, from side to side; with hexagons alone")] | None
    ) = None
    districts: Annotated[list[DistrictEntry], Field(max_length=5_000)] = Field(default=[])

    @model_validator(mode="after")
    def _sized(self) -> Self:
        if (self.size is not None) != (self.zones == "hexagons"):
            raise ValueError("a size with hexagons, and only there: {zones: hexagons, size: 10 km}")
        if bool(self.districts) != (self.zones == "districts"):
            raise ValueError("districts where zones are districts, and only there")
        return self


class PlaceEntry(Strict):
    """A city or notional point that is warned and may be defended."""

    name: Name
    nation: Code
    at: At
    radius: Radius
    population: Annotated[int, Field(ge=0, le=50_000_000)] | None = None
    value: Annotated[float, Field(gt=0.0, le=1e6)] = 1.0
    defended: bool = False


class SensorEntry(Strict):
    """A sensor. On another nation's soil it says whose its data are."""

    model_config = ConfigDict(populate_by_name=True)

    name: Name
    class_name: Annotated[str, Field(alias="class")]
    nation: Code
    host: Code | None = None
    owns_data: Code | None = None
    at: At
    height: Annotated[Height, Field(description="of the antenna above the ellipsoid")] | None = None
    faces: Annotated[Facing, Field(description="centre of its sector, clockwise from north")] | None = None


class BatteryEntry(Strict):
    """A defence unit. On another nation's soil it says whom it defends and whose consent a shot needs."""

    model_config = ConfigDict(populate_by_name=True)

    name: Name
    class_name: Annotated[str, Field(alias="class")]
    nation: Code
    host: Code | None = None
    defends: Annotated[list[Code], Field(min_length=1)] | None = None
    consent: Code | None = None
    at: At
    stock: Annotated[int, Field(ge=0, le=10_000)] | None = None
    faces: Annotated[Facing, Field(description="centre of its sector, clockwise from north")] | None = None
    sector: (
        Annotated[Width, Field(description="of bearings in which it meets objects; all round by default")]
        | None
    ) = None
    doctrine: Annotated[DoctrineEntry, Field(description="where this unit's differs")] | None = None

    @model_validator(mode="after")
    def _sector(self) -> Self:
        if (self.faces is None) != (self.sector is None):
            raise ValueError("'faces' and 'sector' together")
        return self


class TrafficEntry(Strict):
    """Synthetic civil and military traffic."""

    aircraft: Annotated[int, Field(ge=0, le=2_000, description="in the air at once, about")]
    private_share: Share = 0.08
    military_share: Share = 0.08
    overflight_share: Share = 0.25
    dead_transponder_share: Share = 0.02
    failing_transponder_share: Annotated[
        Share, Field(description="of the aircraft with a transponder: it fails at some time of the flight")
    ] = 0.0
    false_code_share: Annotated[
        Share, Field(description="of the aircraft with a transponder: they reply with the other kind's code")
    ] = 0.0

    @model_validator(mode="after")
    def _shares(self) -> Self:
        if self.private_share + self.military_share + self.overflight_share > 1.0:
            raise ValueError("private_share, military_share and overflight_share of at most 1 together")
        return self


class LaunchRegionEntry(Strict):
    """A wide notional disc in which objects of a raid begin."""

    name: Name
    at: At
    radius: Radius


class GroupEntry(Strict):
    """One kind of object of a raid family."""

    threat: str
    count: CountSpan
    launch: Annotated[list[str], Field(min_length=1)]
    false_code_share: Annotated[Share, Field(description="of the objects: they reply with a civil code")] = (
        0.0
    )
    aims: Annotated[
        dict[str, Annotated[float, Field(gt=0.0, le=1e6)]],
        Field(min_length=1, description="place, or nation: its places in reach by population -> weight"),
    ]
    start: StartSpan


class FamilyEntry(Strict):
    """A whole family of raids."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Name
    groups: Annotated[list[GroupEntry], Field(min_length=1)]


class ScenarioEntry(Strict):
    """A scenario file."""

    model_config = ConfigDict(title="Skypact scenario")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Name
    description: str = ""
    extends: (
        Annotated[str, Field(description="a scenario whose other top-level keys are taken over")] | None
    ) = None
    runs: Annotated[int, Field(ge=1, le=100_000)]
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    levels: Annotated[list[str], Field(min_length=1, max_length=64)]
    nations: Annotated[dict[Code, Name], Field(min_length=1, max_length=31)]
    region: RegionEntry
    terrain: str = "region"
    settings: SettingsEntry = Field(default_factory=SettingsEntry)
    warning: WarningEntry = Field(default_factory=WarningEntry)
    places: Annotated[list[PlaceEntry], Field(min_length=1)]
    sensors: Annotated[list[SensorEntry], Field(min_length=1)]
    batteries: list[BatteryEntry] = Field(default=[])
    doctrine: Annotated[DoctrinesEntry, Field(description="how rounds are spent")] = Field(
        default_factory=DoctrinesEntry
    )
    policy: PolicyEntry
    traffic: TrafficEntry
    weather: WeatherEntry = Field(default_factory=WeatherEntry)
    sensor_events: list[SensorEventEntry] = Field(default=[])
    airspace_closures: Annotated[list[ClosureEntry], Field(max_length=16)] = Field(default=[])
    position_faults: Annotated[list[PositionFaultEntry], Field(max_length=16)] = Field(default=[])
    links: Annotated[LinksEntry, Field(description="perfect links by default")] | None = None
    outages: Annotated[list[OutageEntry], Field(max_length=100)] = Field(default=[])
    misreports: Annotated[list[MisreportEntry], Field(max_length=100)] = Field(default=[])
    launch_regions: list[LaunchRegionEntry] = Field(default=[])
    families: list[FamilyEntry] = Field(default=[])
    days: Annotated[DaysEntry, Field(description="for `skypact endurance`")] | None = None


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a scenario file, for editors; a file that `extends` needs fewer keys.

    Where a policy or a nation's block of it may stand, the name of a file that holds it may stand instead.
    """
    schema = ScenarioEntry.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    every = schema.pop("required")
    always = ["name", "title"]
    schema["required"] = always
    schema["if"] = {"not": {"required": ["extends"]}}
    schema["then"] = {"required": every}
    parts = schema["$defs"]
    parts["IncludeEntry"] = {
        "title": "IncludeEntry",
        "description": "A file of its own.",
        "type": "object",
        "properties": {"include": {"type": "string", "description": "file, beside this one"}},
        "required": ["include"],
        "additionalProperties": False,
    }
    elsewhere = {"$ref": "#/$defs/IncludeEntry"}
    schema["properties"]["policy"] = {"anyOf": [schema["properties"]["policy"], elsewhere]}
    blocks = parts["PolicyEntry"]["properties"]["nations"]
    blocks["patternProperties"] = {
        code: {"anyOf": [block, elsewhere]} for code, block in blocks["patternProperties"].items()
    }
    return schema
