"""What a scenario may say of the world about its nations: weather, sensors that fail, airspace that closes."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from skypact.model.codes import Disturbance
from skypact.model.document import Strict
from skypact.model.scenario import Closure, PositionFault, SensorEvent
from skypact.model.weather import Weather
from skypact.scenario.field import Facing, Level, Name, Radius, Share, Shift, Sight, Start, Width, Wind

_EVERYWHERE = 2.0 * math.pi


class WindEntry(Strict):
    """Wind at a height: linear between the heights given, constant below the first and above the last."""

    height: Level
    speed: Wind
    comes_from: Annotated[Facing, Field(description="clockwise from north")]


class CloudEntry(Strict):
    """Cloud: infrared satellites see launches above it, lasers do not shoot through it."""

    cover: Share = 1.0
    base: Level = Field(default="8 km", validate_default=True)
    top: Level = Field(default="10 km", validate_default=True)

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.base > self.top:
            raise ValueError("base at or below top")
        return self


class RainEntry(Strict):
    """Steady rain over the whole region."""

    mm_per_h: Annotated[float, Field(ge=0.0, le=150.0)]
    top: Level = Field(default="4 km", validate_default=True)


class WeatherEntry(Strict):
    """The weather of every run."""

    wind: Annotated[list[WindEntry], Field(min_length=1, max_length=64)] | None = None
    rain: RainEntry | None = None
    cloud: CloudEntry = Field(default_factory=CloudEntry)
    visibility: Sight = Field(default="23 km", validate_default=True)
    vapour_g_per_m3: Annotated[float, Field(ge=0.0, le=40.0, description="at the ground")] = 7.5
    sea_state: Annotated[int, Field(ge=0, le=6, description="Douglas scale")] = 3

    @model_validator(mode="after")
    def _rising(self) -> Self:
        heights = [level.height for level in self.wind or ()]
        if any(low >= high for low, high in pairwise(heights)):
            raise ValueError("wind levels from the lowest height to the highest")
        return self


class SensorEventEntry(Strict):
    """A sensor that is switched off, jammed, saturated or lost at a stated time."""

    sensor: Name
    effect: Literal["off", "jammed", "saturated", "lost"]
    at: Start
    until: Start | None = None
    centre: (
        Annotated[Facing, Field(description="middle of the jammed sector, clockwise from north")] | None
    ) = None
    width: Annotated[Width, Field(description="of the jammed sector; all round by default")] | None = None
    noise: (
        Annotated[float, Field(gt=0.0, le=100.0, description="of the jammer over the receiver, dB")] | None
    ) = None
    plots: Annotated[int, Field(ge=0, le=100_000, description="that a look can still carry")] | None = None

    @model_validator(mode="after")
    def _of_its_effect(self) -> Self:
        if self.until is not None and (self.effect == "lost" or self.until <= self.at):
            raise ValueError("'until' after 'at', and none where a sensor is lost")
        if (self.effect == "jammed") != (self.noise is not None):
            raise ValueError("'noise' in dB where a sensor is jammed, and only there")
        if (self.effect == "saturated") != (self.plots is not None):
            raise ValueError("'plots' where a sensor is saturated, and only there")
        if (self.centre is None) != (self.width is None) or (
            self.width is not None and self.effect != "jammed"
        ):
            raise ValueError("'centre' and 'width' together, where a sensor is jammed from one side")
        return self


class ClosureEntry(Strict):
    """A disc of airspace that civil aircraft leave, and do not enter, from a stated time."""

    name: Name
    lat: Annotated[float, Field(ge=-85.0, le=85.0, description="degrees north")]
    lon: Annotated[float, Field(ge=-180.0, le=180.0, description="degrees east")]
    radius: Radius
    at: Start
    until: Start | None = None

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.until is not None and self.until <= self.at:
            raise ValueError("'until' after 'at'")
        return self


class PositionFaultEntry(Strict):
    """A disc in which aircraft report no position (jammed) or a false one (spoofed) for a stated time."""

    name: Name
    lat: Annotated[float, Field(ge=-85.0, le=85.0, description="degrees north")]
    lon: Annotated[float, Field(ge=-180.0, le=180.0, description="degrees east")]
    radius: Radius
    effect: Literal["jammed", "spoofed"]
    at: Start
    until: Start | None = None
    shift: Annotated[Shift, Field(description="by how much a false position lies off")] | None = None
    towards: Annotated[Facing, Field(description="whither, clockwise from north")] | None = None

    @model_validator(mode="after")
    def _of_its_effect(self) -> Self:
        if self.until is not None and self.until <= self.at:
            raise ValueError("'until' after 'at'")
        spoofed = self.effect == "spoofed"
        if (self.shift is not None, self.towards is not None) != (spoofed, spoofed):
            raise ValueError("'shift' and 'towards' where positions are spoofed, and only there")
        return self


def frozen_weather(entry: WeatherEntry) -> Weather:
    """The weather as the rooms use it."""
    levels = [(level.height, level.speed, level.comes_from) for level in entry.wind or ()] or [
        (0.0, 0.0, 0.0)
    ]
    height_m, speed_mps, from_rad = np.array(levels).T
    return Weather(
        wind_height_m=height_m.copy(),
        wind_east_mps=0.0 - speed_mps * np.sin(from_rad),
        wind_north_mps=0.0 - speed_mps * np.cos(from_rad),
        rain_mmph=entry.rain.mm_per_h if entry.rain else 0.0,
        rain_top_m=entry.rain.top if entry.rain else 4_000.0,
        cloud_cover=entry.cloud.cover,
        cloud_base_m=entry.cloud.base,
        cloud_top_m=entry.cloud.top,
        visibility_m=entry.visibility,
        vapour_gpm3=entry.vapour_g_per_m3,
        sea_state=entry.sea_state,
    )


def frozen_event(entry: SensorEventEntry) -> SensorEvent:
    """What befalls a sensor, as the rooms use it."""
    level = 0.0
    if entry.noise is not None:
        level = 10.0 ** (0.1 * entry.noise)
    elif entry.plots is not None:
        level = float(entry.plots)
    return SensorEvent(
        sensor=entry.sensor,
        effect=Disturbance[entry.effect.upper()],
        from_s=entry.at,
        until_s=math.inf if entry.until is None else entry.until,
        bearing_rad=(entry.centre or 0.0) % (2.0 * math.pi),
        width_rad=_EVERYWHERE if entry.width is None else entry.width,
        level=level,
    )


def frozen_closure(entry: ClosureEntry) -> Closure:
    """A closure as the rooms use it."""
    until_s = math.inf if entry.until is None else entry.until
    lat_rad, lon_rad = math.radians(entry.lat), math.radians(entry.lon)
    return Closure(entry.name, lat_rad, lon_rad, entry.radius, entry.at, until_s)


def frozen_position_fault(entry: PositionFaultEntry) -> PositionFault:
    """Positions that are not known or false, as the rooms use it."""
    return PositionFault(
        name=entry.name,
        lat_rad=math.radians(entry.lat),
        lon_rad=math.radians(entry.lon),
        radius_m=entry.radius,
        from_s=entry.at,
        until_s=math.inf if entry.until is None else entry.until,
        jammed=entry.effect == "jammed",
        shift_m=entry.shift or 0.0,
        towards_rad=entry.towards or 0.0,
    )
