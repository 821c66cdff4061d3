"""What the policy block of a scenario file, or a file of its own, may contain, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from skypact.model.document import Strict
from skypact.scenario.field import Basis, Code, Delay, Grid, Latitude, Longitude, Start

ClassName: TypeAlias = Literal["ballistic", "cruise", "drone", "rocket", "civil", "friendly", "debris"]
ContentName: TypeAlias = Literal[
    "nothing", "warnings", "tracks", "detections", "sensor_status", "magazine_status"
]
RESERVED = ("all", "all_but", "refused", "none", "nothing")
"""Words that no group may be called."""
_GROUP = "^[a-z][a-z0-9_-]*$"
_WORD_SCHEMA = {"type": "string", "pattern": "^([A-Z]{3}|[a-z][a-z0-9_-]*)$"}
_LIST_SCHEMA: dict[str, Any] = {"type": "array", "items": _WORD_SCHEMA, "minItems": 1}

Word: TypeAlias = Annotated[str, Field(pattern=str(_WORD_SCHEMA["pattern"]))]
"""A nation's code or a group's name."""


ALL_BUT = "all_but"
"""First of a list that names those who are left out."""


def _words(*alone: str) -> BeforeValidator:
    """A word that stands alone, a list, or `all_but` with a list: always as a list."""
    expected = f"{', '.join(alone)}, a list of nations' codes and groups, or {{all_but: [...]}}"

    def listed(value: object) -> object:
        if isinstance(value, str) and value in alone:
            return [value]
        if isinstance(value, dict) and list(value) == [ALL_BUT] and isinstance(value[ALL_BUT], list):
            value = [ALL_BUT, *value[ALL_BUT]]
        if not isinstance(value, list) or value in ([], [ALL_BUT]):
            raise ValueError(expected)
        return value

    return BeforeValidator(listed)


def _schema(*alone: str) -> WithJsonSchema:
    but = {
        "type": "object",
        "properties": {ALL_BUT: _LIST_SCHEMA},
        "required": [ALL_BUT],
        "additionalProperties": False,
    }
    return WithJsonSchema({"anyOf": [{"enum": list(alone)}, _LIST_SCHEMA, but]})


Receivers: TypeAlias = Annotated[list[Word], _words("all"), _schema("all")]
Onward: TypeAlias = Annotated[list[Word], _words("all", "refused"), _schema("all", "refused")]
PassedTo: TypeAlias = Annotated[list[Word], _words("all", "none"), _schema("all", "none")]


def _once(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError("each class once")
    return names


class BoxEntry(Strict):
    """A box of latitudes and longitudes, degrees."""

    south: Latitude
    north: Latitude
    west: Longitude
    east: Longitude

    @model_validator(mode="after")
    def _box(self) -> Self:
        if not (self.south < self.north and self.west < self.east):
            raise ValueError("south below north and west below east")
        return self


class ReleaseEntry(Strict):
    """What a nation releases, to whom, of which objects, how, under which caveat, when, and how that is known."""

    model_config = ConfigDict(populate_by_name=True)

    to: Receivers
    content: ContentName
    basis: Basis
    delay: Annotated[Delay, Field(description="held back for so long by whoever sends it")] = Field(
        default="0 s", validate_default=True
    )
    classes: (
        Annotated[
            list[ClassName],
            Field(min_length=1, description="only objects taken to be of these classes"),
            AfterValidator(_once),
        ]
        | None
    ) = None
    region: Annotated[BoxEntry, Field(description="only objects that are now inside")] | None = None
    threatening: Annotated[
        bool, Field(description="only objects predicted to come to a place of the receiver")
    ] = False
    accuracy: Annotated[Grid, Field(description="positions are coarsened to this grid")] | None = None
    identity: Annotated[
        Literal["shown", "withheld"], Field(description="withheld: class, code and identity are left out")
    ] = "shown"
    onward: Annotated[
        Onward, Field(description="to whom it may be passed on; refused: not to be passed on")
    ] = Field(default="refused", validate_default=True)
    through: Annotated[Code, Field(description="only by way of this nation")] | None = None
    from_: Annotated[Start | None, Field(alias="from", description="scenario time")] = None
    until: Annotated[Start, Field(description="scenario time")] | None = None
    when: Annotated[
        Literal["always", "alert"], Field(description="alert: while the sender has an alert in force at home")
    ] = "always"


class NationPolicy(Strict):
    """One nation's policy; where `pact` is disputed, named readings of it stand in its place."""

    today: list[ReleaseEntry] = Field(default=[])
    pact: list[ReleaseEntry] | None = None
    readings: Annotated[dict[str, list[ReleaseEntry]], Field(min_length=1)] | None = None
    reading: str | None = None
    passes_on: Annotated[
        PassedTo, Field(description="to whom it forwards others' information, where their owners allow it")
    ] = Field(default="none", validate_default=True)
    life_saving: Annotated[
        bool, Field(description="a warning of an object that threatens the receiver may override its caveats")
    ] = False

    @model_validator(mode="after")
    def _pact_or_readings(self) -> Self:
        if (self.pact is None) == (self.readings is None):
            raise ValueError("either 'pact', or 'readings' and 'reading'")
        if (self.readings is None) != (self.reading is None):
            raise ValueError("'readings', and 'reading' to name the one in force")
        return self


class BarEntry(Strict):
    """Two nations that may never exchange directly."""

    between: Annotated[list[Code], Field(min_length=2, max_length=2)]
    basis: Basis


class PolicyEntry(Strict):
    """Who may see what."""

    full_delay: Delay = Field(default="1 s", validate_default=True)
    groups: dict[Annotated[str, Field(pattern=_GROUP)], Annotated[list[Code], Field(min_length=1)]] = Field(
        default={}, description="names for several nations"
    )
    bars: list[BarEntry] = Field(default=[])
    passing_through: Annotated[
        Literal["refused", "allowed"],
        Field(description="may a third carry information between nations that a bar keeps apart?"),
    ] = "refused"
    nations: dict[Code, NationPolicy]
