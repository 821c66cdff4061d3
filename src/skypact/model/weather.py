"""Wind and weather of a run: the same over the whole region, layered in height where it is wind."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Weather:
    """Weather of a scenario. Wind is linear between its levels and constant below the first and above the last."""

    wind_height_m: NDArray[np.float64]
    """[L] rising, above the ellipsoid; at least one level."""
    wind_east_mps: NDArray[np.float64]
    wind_north_mps: NDArray[np.float64]
    """[L] where the air moves to."""
    rain_mmph: float
    rain_top_m: float
    """Height below which the rain falls."""
    cloud_cover: float
    """Share of the sky, and of the launches, under cloud."""
    cloud_base_m: float
    cloud_top_m: float
    visibility_m: float
    """Meteorological optical range at the ground."""
    vapour_gpm3: float
    """Water vapour at the ground."""
    sea_state: int
    """Douglas scale, 0 to 6."""

    def __eq__(self, other: object) -> bool:
        """Whether all fields are equal."""
        return isinstance(other, Weather) and self._values() == other._values()

    def __hash__(self) -> int:
        """By the fields."""
        return hash(self._values())

    def _values(self) -> tuple[object, ...]:
        values = (getattr(self, field.name) for field in fields(self))
        return tuple(tuple(v.tolist()) if isinstance(v, np.ndarray) else v for v in values)


def calm() -> Weather:
    """No wind, no rain, cloud from 8 to 10 km everywhere, 23 km of visibility: where a scenario says nothing."""
    return Weather(
        wind_height_m=np.zeros(1),
        wind_east_mps=np.zeros(1),
        wind_north_mps=np.zeros(1),
        rain_mmph=0.0,
        rain_top_m=4_000.0,
        cloud_cover=1.0,
        cloud_base_m=8_000.0,
        cloud_top_m=10_000.0,
        visibility_m=23_000.0,
        vapour_gpm3=7.5,
        sea_state=3,
    )
